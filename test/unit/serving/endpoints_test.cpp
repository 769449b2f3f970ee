#include "serving/endpoints.hpp"

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fakes.hpp"

using namespace snaptrail;
using namespace snaptrail::serving;
using namespace snaptrail::serving::test;

namespace {

/// Keeps the queries that it is asked, and answers none.
struct KeptReads : LedgerReads {
  std::vector<Query> queries;
  void answer(Query query, Reply) override { queries.push_back(std::move(query)); }
};

/// Counts how often it is asked.
struct CountedCoverage : FakeCoverage {
  const std::vector<reconcilers::ClaimCoverage>& coverage() const override {
    ++asked;
    return claims;
  }
  mutable int asked = 0;
};

/// All paths, of that many VolumeSnapshots.
struct Paths {
  explicit Paths(std::size_t snapshots) : metrics({"0.1.0", "abc"}, state, {}), feed(ledger, "ledger", {}) {
    objects.snapshot_objects.resize(snapshots);
    for (std::size_t i = 0; i < snapshots; ++i) {
      objects.snapshot_objects[i].meta.ns = objects::Symbol("app");
      objects.snapshot_objects[i].meta.name = "s" + std::to_string(i);
    }
    router = make_router({metrics,
                          state,
                          objects,
                          [] { return ObjectMetricsOptions{}; },
                          {},
                          ledger,
                          feed,
                          [] { return HealthView{}; },
                          coverage,
                          {}});
  }

  Response get(const std::string& target) const {
    Response answer;
    answer.status = 0;  // none yet
    router.route(Request{*parse_target(target), {}}, [&](Response response) { answer = std::move(response); });
    return answer;
  }

  FakeState state;
  FakeObjects objects;
  CountedCoverage coverage;
  KeptReads ledger;
  Metrics metrics;
  RowFeed feed;
  Router router;
};

}  // namespace

TEST_CASE("so many scrapes in pieces are alive at once, one more is told when to come again", "[metrics]") {
  const Paths paths(501);
  std::vector<Response> alive;
  for (int i = 0; i < 8; ++i) {
    alive.push_back(paths.get("/metrics"));
    CHECK(alive.back().status == 200);
    REQUIRE(alive.back().pieces);
  }
  const Response refused = paths.get("/metrics");
  CHECK(refused.status == 503);
  CHECK_FALSE(refused.pieces);
  CHECK(refused.headers.at(0) == std::pair<std::string, std::string>("Retry-After", "5"));
  CHECK(paths.get("/healthz").status == 200);
  alive.pop_back();
  CHECK(paths.get("/metrics").status == 200);
}

TEST_CASE("scrapes of few objects are one text each, and any number of them is answered", "[metrics]") {
  const Paths paths(500);
  std::vector<Response> alive;
  for (int i = 0; i < 20; ++i) {
    alive.push_back(paths.get("/metrics"));
    CHECK(alive.back().status == 200);
    CHECK_FALSE(alive.back().pieces);
  }
}

TEST_CASE("a moment that is none is refused at once, without a look at the claims or the ledger", "[coverage][api]") {
  Paths paths(0);
  for (const char* path : {"/api/v1/coverage", "/api/v1/protection"}) {
    for (const char* query : {"?at=yesterday", "?at=2023-11-14T22:13:23Z&bad=1", "?at=1"}) {
      CAPTURE(path, query);
      CHECK(paths.get(std::string(path) + query).status == 400);
    }
  }
  CHECK(paths.coverage.asked == 0);
  CHECK(paths.ledger.queries.empty());
  for (const char* path : {"/api/v1/coverage", "/api/v1/protection"}) {
    CHECK(paths.get(std::string(path) + "?at=2023-11-14T22:13:23Z").status == 0);
    CHECK(paths.get(std::string(path) + "?at=").status == 200);
    CHECK(paths.get(path).status == 200);
  }
  CHECK(paths.ledger.queries.size() == 2);
}
