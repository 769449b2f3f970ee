#include <boost/json/parse.hpp>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "fakes.hpp"
#include "filled_ledger.hpp"
#include "serving/api_coverage.hpp"
#include "serving/coverage_metrics.hpp"
#include "serving/metrics.hpp"

using namespace snaptrail;
using namespace snaptrail::serving;
using namespace snaptrail::serving::test;
using reconcilers::ClaimCoverage;
using reconcilers::CoverageStatus;
using reconcilers::PointKind;

namespace {

ClaimCoverage claim(const std::string& ns, const std::string& name, CoverageStatus status) {
  ClaimCoverage made;
  made.ns = ns;
  made.name = name;
  made.status = status;
  made.target.limit = objects::Millis{26LL * 3'600'000};
  return made;
}

ClaimCoverage covered(const std::string& ns, const std::string& name) {
  auto made = claim(ns, name, CoverageStatus::Covered);
  made.last = reconcilers::RecoveryPoint{PointKind::Snapshot, at(1'700'000'003'250), "snap-1", "nightly", "velero"};
  made.points = 3;
  return made;
}

FakeCoverage five() {
  FakeCoverage source;
  source.claims = {covered("a", "data"), claim("a", "logs", CoverageStatus::Never),
                   claim("b", "data", CoverageStatus::Missed), claim("b", "new", CoverageStatus::Unknown),
                   claim("c", "cache", CoverageStatus::NoTarget)};
  source.claims.back().target.limit.reset();
  source.claims[2].ended =
      reconcilers::EndedPoint{{PointKind::DataUpload, at(1'700'000'000'000), "kopia-1", "old", "velero"},
                              reconcilers::PointEnd::BackupExpired,
                              at(1'700'000'100'000)};
  source.claims[3].skipped = reconcilers::SkippedBy{"nightly", at(1'700'000'200'000)};
  return source;
}

boost::json::object asked(const FakeCoverage& source, const std::string& query) {
  const Response response = api_coverage(source, {*parse_target("/api/v1/coverage" + query), {}});
  REQUIRE(response.status == 200);
  return boost::json::parse(response.body).as_object();
}

std::string names(const boost::json::object& answer) {
  std::string text;
  for (const auto& item : answer.at("items").as_array()) {
    text += std::string(item.at("namespace").as_string()) + "/" + std::string(item.at("name").as_string()) + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("a point is a timestamp, what is proven to have none is 0, what is unknown has no series", "[coverage]") {
  const std::string text = coverage_metrics(five(), {});
  const std::string last = "snaptrail_persistentvolumeclaim_last_recoverable_timestamp_seconds";
  CHECK(value_of(text, last + R"({namespace="a",persistentvolumeclaim="data"})") == "1700000003.250");
  CHECK(value_of(text, last + R"({namespace="a",persistentvolumeclaim="logs"})") == "0");
  CHECK(value_of(text, last + R"({namespace="b",persistentvolumeclaim="data"})") == "0");
  CHECK(count_prefix(text, last + "{") == 3);
  const std::string target = "snaptrail_persistentvolumeclaim_rpo_target_seconds";
  CHECK(value_of(text, target + R"({namespace="b",persistentvolumeclaim="new"})") == "93600");
  CHECK(count_prefix(text, target + "{") == 4);
  CHECK(value_of(text, "snaptrail_persistentvolumeclaim_metrics_suppressed") == "0");
}

TEST_CASE("beyond the cap no claim has series and that is said; without a cap all have", "[coverage]") {
  const std::string text = coverage_metrics(five(), {.max_claims = 4});
  CHECK(count_prefix(text, "snaptrail_persistentvolumeclaim_last") == 0);
  CHECK(value_of(text, "snaptrail_persistentvolumeclaim_metrics_suppressed") == "1");
  CHECK(count_prefix(coverage_metrics(five(), {.max_claims = 0}), "snaptrail_persistentvolumeclaim_last") == 3);
  CHECK(coverage_metrics(five(), {.enabled = false}).empty());
}

TEST_CASE("hostile names of claims neither break a line nor make two series alike", "[coverage]") {
  FakeCoverage source;
  source.claims = {covered("a", "x\"} 1\nevil 2"), covered("a", "\xff"), covered("a", "\xfe")};
  const std::string text = coverage_metrics(source, {});
  CHECK(count_prefix(text, "evil") == 0);
  CHECK(count_prefix(text, "snaptrail_persistentvolumeclaim_last") == 2);
}

TEST_CASE("violations and skipped claims are counted by namespace, 0 where there are none", "[coverage]") {
  FakeState state;
  state.coverage_by_namespace = {{"shop", 2, 1}, {"crm", 0, 0}};
  Metrics metrics({"0.1.0", "abc"}, state, {});
  const std::string text = metrics.exposition();
  CHECK(value_of(text, R"(snaptrail_rpo_violations{namespace="shop"})") == "2");
  CHECK(value_of(text, R"(snaptrail_rpo_violations{namespace="crm"})") == "0");
  CHECK(value_of(text, R"(snaptrail_backup_skipped_persistentvolumeclaims{namespace="shop"})") == "1");
}

TEST_CASE("the API tells of each claim all that is known", "[coverage]") {
  const auto items = asked(five(), "").at("items").as_array();
  REQUIRE(items.size() == 5);
  const auto& first = items[0].as_object();
  CHECK(first.at("status") == "Covered");
  CHECK(first.at("targetSeconds") == 93'600);
  CHECK(first.at("targetFrom") == "default");
  CHECK(first.at("points") == 3U);
  CHECK(first.at("lastRecoverable").at("cut") == "2023-11-14T22:13:23.250Z");
  CHECK(first.at("lastRecoverable").at("kind") == "Snapshot");
  CHECK(first.at("lastRecoverable").at("handle") == "snap-1");
  CHECK(first.at("lastRecoverable").at("backup") == "nightly");
  CHECK(first.at("lastEnded").is_null());
  CHECK(items[2].at("lastEnded").at("end") == "BackupExpired");
  CHECK(items[2].at("lastEnded").at("endedAt") == "2023-11-14T22:15:00.000Z");
  CHECK(items[2].at("lastRecoverable").is_null());
  CHECK(items[3].at("skippedBy").at("backup") == "nightly");
  CHECK(items[4].at("targetSeconds").is_null());
}

TEST_CASE("the API's filters select claims", "[coverage]") {
  CHECK(names(asked(five(), "?ns=b")) == "b/data b/new ");
  CHECK(names(asked(five(), "?name=data")) == "a/data b/data ");
  CHECK(names(asked(five(), "?status=Never")) == "a/logs ");
  CHECK(names(asked(five(), "?skipped=true")) == "b/new ");
  CHECK(names(asked(five(), "?ns=none")).empty());
}

TEST_CASE("pages show every claim once, also when one before the page's end goes meanwhile", "[coverage]") {
  FakeCoverage source = five();
  std::string all, query = "?limit=2";
  for (int page = 0; page < 3; ++page) {
    const auto answer = asked(source, query);
    all += names(answer);
    if (page == 0) source.claims.erase(source.claims.begin() + 1);
    if (page == 2) {
      CHECK(answer.at("continue").is_null());
    } else {
      query = "?limit=2&continue=" + std::string(answer.at("continue").as_string());
    }
  }
  CHECK(all == "a/data a/logs b/data b/new c/cache ");
}

TEST_CASE("a question that can't be answered is refused, with what is wrong", "[coverage]") {
  for (const char* query :
       {"?status=Fine", "?stuck=1", "?limit=0", "?continue=x", "?continue=/x", "?continue=x/", "?skipped=1"}) {
    CAPTURE(query);
    CHECK(api_coverage(five(), {*parse_target(std::string("/api/v1/coverage") + query), {}}).status == 400);
  }
}

TEST_CASE("protection sums up claims by namespace, what needs attention first", "[coverage][api]") {
  const Response response = api_protection(five(), {*parse_target("/api/v1/protection"), {}});
  const auto answer = boost::json::parse(response.body).as_object();
  const auto& items = answer.at("items").as_array();
  REQUIRE(items.size() == 3);
  CHECK(items[0] ==
        boost::json::parse(R"({"namespace":"a","claims":2,"withCopy":1,"covered":1,"unknown":0,"missed":0,"never":1,
                                           "noTarget":0,"skipped":0,"oldestCopy":"2023-11-14T22:13:23.250Z"})"));
  CHECK(items[1].at("namespace") == "b");
  CHECK(items[1].at("missed") == 1);
  CHECK(items[1].at("skipped") == 1);
  CHECK(items[1].at("oldestCopy").is_null());
  CHECK(items[2].at("noTarget") == 1);
  CHECK(answer.at("at").is_null());
  CHECK(answer.at("notKept").as_array().empty());
  CHECK(api_protection(five(), {*parse_target("/api/v1/protection?ns=a"), {}}).status == 400);
}

TEST_CASE("coverage of a moment comes from the ledger, by the targets of now, and says what is not kept",
          "[coverage][api]") {
  const FilledLedger filled;
  FakeCoverage source;
  source.claims = {claim("shop", "data", CoverageStatus::Covered)};
  source.claims[0].uid = FilledLedger::uid(3);
  source.claims[0].target.limit = objects::Millis{8'000};
  const TargetsNow targets(source);
  const auto then = [&](int second) {
    const std::string query = "?at=" + objects::format_rfc3339(FilledLedger::second(second));
    const auto response = api_coverage_then(filled.ledger, {*parse_target("/api/v1/coverage" + query), {}}, targets);
    CAPTURE(response.body);
    REQUIRE(response.status == 200);
    return boost::json::parse(response.body).as_object();
  };
  // Claim 3 is there all along, its snapshot's content is ready from second 12 on; claim 5 is bound in second 22.
  CHECK(names(then(11)) == "shop/data ");
  CHECK(then(11).at("items").at(0).at("lastRecoverable").is_null());
  CHECK(then(11).at("items").at(0).at("status") == "Never");
  CHECK(then(12).at("items").at(0).at("lastRecoverable").at("handle") == "h1");
  CHECK(then(12).at("items").at(0).at("targetSeconds") == 8);
  CHECK(then(21).at("items").at(0).at("status") == "Missed");
  CHECK(names(then(22)) == "copy/data shop/data ");
  CHECK(then(22).at("items").at(0).at("targetFrom") == "default");
  CHECK(then(22).at("notKept") == boost::json::parse(R"(["groupSnapshots","skippedBackups","targets"])"));
  CHECK(then(22).at("at").as_string() == objects::format_rfc3339(FilledLedger::second(22)));
  const std::string query = "?at=" + objects::format_rfc3339(FilledLedger::second(12));
  const auto protection =
      api_protection_then(filled.ledger, {*parse_target("/api/v1/protection" + query), {}}, targets);
  CHECK(boost::json::parse(protection.body).at("items").at(0).at("withCopy") == 1);
}
