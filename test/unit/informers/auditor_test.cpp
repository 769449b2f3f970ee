#include "informers/auditor.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <deque>

#include "reflector_harness.hpp"

using namespace snaptrail::informers;
using namespace snaptrail::informers::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using snaptrail::objects::VolumeSnapshot;

namespace {

/// One stream with a store of its own, whose version is the next of `versions` at each look, the last one for good.
struct Subject : AuditSubject {
  std::vector<Target> to_audit() const override { return {kSnapshots}; }
  std::string version(const Target&) const override {
    std::string next = versions.front();
    if (versions.size() > 1) versions.pop_front();
    return next;
  }
  AuditDifferences compare(const Target&, const AuditList& list) const override {
    listed = list.items.size();
    return differences(list, store, {});
  }
  void audited(const Target&, Audited audited) override { results.push_back(std::move(audited)); }

  mutable std::deque<std::string> versions{"100"};
  mutable std::size_t listed = 0;
  Store<VolumeSnapshot> store;
  std::vector<Audited> results;
};

struct AuditHarness {
  explicit AuditHarness(std::vector<Answer> answers) : script(answers.begin(), answers.end()) {
    options.patience = 20ms;
    options.look = 1ms;
    options.clock = [] { return snaptrail::objects::Instant(1h); };
  }

  Audited run() {
    Auditor auditor(context.get_executor(), config_for(server.port()), subject, 1, options);
    std::exception_ptr thrown;
    boost::asio::co_spawn(context, auditor.round(), [&](std::exception_ptr e) {
      thrown = std::move(e);
      server.stop();
    });
    context.run_for(kCeiling);
    REQUIRE(context.stopped());
    CHECK_FALSE(thrown);
    REQUIRE(subject.results.size() == 1);
    return subject.results[0];
  }

  std::deque<Answer> script;
  std::vector<std::string> asked;
  Subject subject;
  AuditorOptions options;
  boost::asio::io_context context{1};
  ScriptedServer server{context, [this](const std::string& target) {
                          asked.push_back(target);
                          REQUIRE(!script.empty());
                          Answer next = script.front();
                          script.pop_front();
                          return next;
                        }};
};

}  // namespace

TEST_CASE("an auditor lists consistently, page by page, and compares", "[auditor]") {
  AuditHarness h({list("100", {}, "p2"), list("100", {})});
  const Audited audited = h.run();
  CHECK(audited.result == AuditResult::Consistent);
  CHECK(audited.resource_version == "100");
  CHECK(audited.at == snaptrail::objects::Instant(1h));
  REQUIRE(h.asked.size() == 2);
  CHECK(h.asked[0] == "/apis/snapshot.storage.k8s.io/v1/volumesnapshots?limit=500");
  CHECK_THAT(h.asked[1], ContainsSubstring("continue=p2"));
}

TEST_CASE("an auditor whose stream comes as far as the list and lacks something finds it inconsistent", "[auditor]") {
  AuditHarness h({list("120", {object("a", "90")})});
  h.subject.versions = {"100", "100", "100", "110", "110", "120"};
  const Audited audited = h.run();
  CHECK(h.subject.listed == 1);
  CHECK(audited.result == AuditResult::Inconsistent);
  CHECK_FALSE(audited.rewound);
  REQUIRE(audited.why.size() == 1);
  CHECK_THAT(audited.why[0], ContainsSubstring("listed in version 90 and not known"));
}

TEST_CASE("an auditor that waits for its stream in vain concludes nothing", "[auditor]") {
  AuditHarness h({list("120", {object("a", "90")})});
  const Audited audited = h.run();
  CHECK(audited.result == AuditResult::Inconclusive);
  CHECK(audited.why.size() == 1);
}

TEST_CASE("an auditor knows a history that went back by the list's version", "[auditor]") {
  AuditHarness h({list("70", {})});
  const Audited audited = h.run();
  CHECK(audited.result == AuditResult::Inconsistent);
  CHECK(audited.rewound);
  CHECK(audited.why.size() == 1);
}

TEST_CASE("an auditor whose list fails concludes nothing", "[auditor]") {
  const std::string no_list = R"({"kind":"Status"})";
  for (const auto& script : {std::vector<Answer>{status(403, "Forbidden")},
                             {close()},
                             {answer(200, no_list)},
                             {answer(200, "<html>")},
                             {list("", {})},
                             {list("100", {}, "p2"), status(410, "Expired")},
                             {list("100", {R"({"metadata":{}})"})}}) {
    AuditHarness h(script);
    if (script[0].then == Then::Close) h.script.push_back(close());  // a connection that was closed is replaced once
    const Audited audited = h.run();
    CHECK(audited.result == AuditResult::Inconclusive);
    REQUIRE(audited.why.size() == 1);
    CHECK_FALSE(audited.why[0].empty());
  }
}
