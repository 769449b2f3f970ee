#include <catch2/catch_test_macros.hpp>

#include "coverage.hpp"

using namespace snaptrail;
using namespace snaptrail::test;
using objects::Millis;
using reconcilers::parse_rpo;
using reconcilers::RpoLimit;
using reconcilers::RpoTarget;
using Origin = reconcilers::RpoTarget::Origin;

TEST_CASE("a target is a duration of a minute to a year, or none", "[coverage]") {
  CHECK(parse_rpo("4h") == RpoLimit(Millis{4 * 3'600'000LL}));
  CHECK(parse_rpo("1d12h") == RpoLimit(Millis{36 * 3'600'000LL}));
  CHECK(parse_rpo("90s") == RpoLimit(Millis{90'000}));
  CHECK(parse_rpo("365d") == RpoLimit(Millis{365LL * 24 * 3'600'000}));
  REQUIRE(parse_rpo("none"));
  CHECK_FALSE(*parse_rpo("none"));
  for (const char* bad :
       {"", "0", "24", "h", "59s", "366d", "4h1d", "1h1h", "-4h", "4 h", "None", "99999999999d", "4h\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_rpo(bad));
  }
}

TEST_CASE("the most particular target wins", "[coverage]") {
  reconcilers::RpoTargets targets;
  auto claim = Watched::source_claim();
  objects::Namespace ns;
  const auto is = [&](Origin origin, RpoLimit limit) {
    const RpoTarget target = targets.of(claim, &ns);
    return target.origin == origin && target.limit == limit;
  };
  CHECK(is(Origin::Default, Millis{26LL * 3'600'000}));
  targets.by_class["fast"] = Millis{60'000};
  CHECK(is(Origin::Class, Millis{60'000}));
  targets.by_namespace["shop"] = std::nullopt;
  CHECK(is(Origin::Namespace, std::nullopt));
  ns.rpo = Symbol("2h");
  CHECK(is(Origin::NamespaceAnnotation, Millis{2LL * 3'600'000}));
  claim.excluded_from_backup = true;
  CHECK(is(Origin::Excluded, std::nullopt));
  claim.rpo = Symbol("1h");
  CHECK(is(Origin::ClaimAnnotation, Millis{3'600'000}));
  claim.rpo = Symbol("none");
  CHECK(is(Origin::ClaimAnnotation, std::nullopt));
  CHECK(targets.of(Watched::source_claim(), nullptr).origin == Origin::Namespace);
}

TEST_CASE("an annotation that can't be read is left aside, and told", "[coverage]") {
  reconcilers::RpoTargets targets;
  auto claim = Watched::source_claim();
  claim.rpo = Symbol("daily");
  objects::Namespace ns;
  ns.rpo = Symbol("2h");
  CHECK(targets.of(claim, &ns).origin == Origin::NamespaceAnnotation);
  CHECK(targets.of(claim, &ns).ignored == "daily");
  claim.rpo = Symbol("");
  ns.rpo = Symbol("weekly");
  CHECK(targets.of(claim, &ns).origin == Origin::Default);
  CHECK(targets.of(claim, &ns).ignored == "weekly");
}

TEST_CASE("without a target nothing is missed, and the newest point is told all the same", "[coverage]") {
  Watched cluster;
  cluster.targets.standard = std::nullopt;
  cluster.cut_at(100);
  const auto claim = cluster.of(100 * kDay);
  CHECK(claim.status == CoverageStatus::NoTarget);
  CHECK(claim.last->cut == at(100));
  CHECK_FALSE(claim.due);
}
