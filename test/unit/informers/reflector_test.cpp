#include "informers/reflector.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "reflector_harness.hpp"

using namespace snaptrail::informers;
using namespace snaptrail::informers::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using Lines = std::vector<std::string>;

TEST_CASE("a reflector lists page by page, then watches, and hands over everything in order", "[reflector]") {
  Harness h({list("100", {object("a", "5"), object("b", "7")}, "p2"), list("100", {object("c", "90")}),
             stream({event("MODIFIED", object("a", "101")), bookmark("150") + event("DELETED", object("b", "151"))},
                    End::Clean),
             list("151", {})});
  h.run();
  CHECK(h.intake.seen == Lines{"list_started", "listed a 5", "listed b 7", "listed c 90", "list_finished 100", "synced",
                               "MODIFIED a 101", "bookmark 150", "DELETED b 151"});
  CHECK(h.asked == Lines{"list", "list p2", "watch 100", "check 151"});
  CHECK(h.log.empty());  // an end of a stream is no news
  CHECK(h.stats.listed == 3);
  CHECK(h.stats.events == std::array<std::uint64_t, 3>{0, 1, 1});
  CHECK(h.stats.bookmarks == 1);
  CHECK(h.stats.reconnects[ReconnectCause::Ended] == 1);
  CHECK(h.stats.reconnects.total() == 1);
  CHECK(h.stats.relists.total() == 0);
  CHECK(h.stats.bytes > 1000);
  CHECK(h.stats.availability == Availability::Synced);
  CHECK(h.stats.synced_at < h.stats.last_receive);
  CHECK_FALSE(h.thrown);
}

TEST_CASE("a reflector asks for exactly what the API wants", "[reflector]") {
  Harness h({list("100", {}, "a+b/c="), list("100", {}), stream({}, End::Clean), list("100", {})});
  h.run();
  const std::string path = "/apis/snapshot.storage.k8s.io/v1/volumesnapshots";
  REQUIRE(h.targets.size() == 4);
  CHECK(h.targets[0] == path + "?limit=500");
  CHECK(h.targets[1] == path + "?limit=500&continue=a%2Bb%2Fc%3D");
  CHECK_THAT(h.targets[2],
             StartsWith(path + "?watch=true&allowWatchBookmarks=true&resourceVersion=100&timeoutSeconds="));
  CHECK(h.targets[3] == path + "?limit=1&resourceVersion=100&resourceVersionMatch=NotOlderThan");
}

TEST_CASE("a reflector begins each list aloud, an empty one too", "[reflector]") {
  Harness h({list("100", {})});
  h.run();
  CHECK(h.intake.seen == Lines{"list_started", "list_finished 100", "synced"});
}

TEST_CASE("a reflector reads a stream whatever its pieces", "[reflector]") {
  const std::string all = event("ADDED", object("a", "101")) + bookmark("102") + event("ADDED", object("b", "103"));
  std::vector<std::string> bytes;
  for (const char c : all) bytes.emplace_back(1, c);
  Harness h({list("100", {}), stream(bytes, End::Clean), hang()});
  h.options.list.head = 20ms;
  h.run();
  CHECK(h.intake.by_target.at("volumesnapshots").size() == 6);
  CHECK(h.intake.seen.back() == "ADDED b 103");
}

TEST_CASE("a reflector resumes a cut stream at its last version, and a cut line is no event", "[reflector]") {
  const std::string cut = event("ADDED", object("b", "102"));
  const End end = GENERATE(End::Cut, End::Clean);
  Harness h({list("100", {}), stream({event("ADDED", object("a", "101")), cut.substr(0, cut.size() - 1)}, end),
             list("101", {}), stream({cut}, End::Clean)});
  h.run();
  CHECK(h.asked == Lines{"list", "watch 100", "check 101", "watch 101"});
  CHECK(h.intake.seen == Lines{"list_started", "list_finished 100", "synced", "ADDED a 101", "ADDED b 102"});
}

TEST_CASE("a reflector lists anew what expired, and tells the gap before the list's end", "[reflector]") {
  const bool as_event = GENERATE(true, false);
  Harness h({list("100", {object("a", "5")}), stream({bookmark("110")}, End::Clean), list("110", {}),
             as_event ? stream({error_event(410, "Expired")}, End::Open) : status(410, "Expired"),
             list("500", {object("a", "5")})});
  h.run();
  CHECK(h.asked == Lines{"list", "watch 100", "check 110", "watch 110", "list"});
  CHECK(h.intake.seen == Lines{"list_started", "listed a 5", "list_finished 100", "synced", "bookmark 110",
                               "list_started", "listed a 5", "gap expired 110..500", "list_finished 500"});
  CHECK(h.stats.relists[RelistCause::Expired] == 1);
  CHECK(h.stats.relists.total() == 1);
}

TEST_CASE("a reflector begins a list again whose continue token expired", "[reflector]") {
  Harness h({list("100", {object("a", "5")}, "p2"), status(410, "Expired"), list("120", {object("a", "5")})});
  h.run();
  CHECK(h.asked == Lines{"list", "list p2", "list"});
  CHECK(h.intake.seen ==
        Lines{"list_started", "listed a 5", "list_started", "listed a 5", "list_finished 120", "synced"});
}

TEST_CASE("a reflector asks again for a page that a busy server refused", "[reflector]") {
  Harness h({list("100", {object("a", "5")}, "p2"), answer(429, "storage is (re)initializing", "Retry-After: 1\r\n"),
             status(503, "ServiceUnavailable"), list("100", {object("b", "6")})});
  h.run();
  CHECK(h.asked == Lines{"list", "list p2", "list p2", "list p2"});
  CHECK(h.intake.seen == Lines{"list_started", "listed a 5", "failing", "listed b 6", "list_finished 100", "synced"});
}

TEST_CASE("a reflector waits for a CRD that is missing", "[reflector]") {
  Harness h({answer(404, "404 page not found\n"), answer(404, "404 page not found\n"), list("100", {})});
  h.run();
  CHECK(h.intake.seen == Lines{"absent", "list_started", "list_finished 100", "synced"});
}

TEST_CASE("a reflector whose CRD goes and comes back lists anew with a gap", "[reflector]") {
  Harness h({list("100", {object("a", "5")}), stream({event("DELETED", object("a", "101"))}, End::Clean),
             answer(404, "404 page not found\n"), list("200", {})});
  h.run();
  CHECK(h.intake.seen == Lines{"list_started", "listed a 5", "list_finished 100", "synced", "DELETED a 101", "absent",
                               "list_started", "gap disconnected 101..200", "list_finished 200", "synced"});
}

TEST_CASE("a reflector that is refused says so and goes on once it is let in", "[reflector]") {
  const int code = GENERATE(401, 403);
  Harness h({list("100", {}), stream({bookmark("101")}, End::Clean), status(code, "Forbidden"), list("300", {})});
  h.run();
  CHECK(h.intake.seen == Lines{"list_started", "list_finished 100", "synced", "bookmark 101", "forbidden",
                               "list_started", "gap forbidden 101..300", "list_finished 300", "synced"});
}

TEST_CASE("a reflector takes a page of HTML for a failure, not for a list", "[reflector]") {
  Harness h(
      {answer(200, "<html>Bad gateway</html>"), answer(200, R"({"kind":"Table"})"), answer(200, ""), list("100", {})});
  h.run();
  CHECK(h.intake.seen == Lines{"failing", "list_started", "list_finished 100", "synced"});
  CHECK(h.stats.failures == 3);
  REQUIRE(h.log.size() == 2);  // three failures of one kind
  CHECK_THAT(h.log[0], StartsWith("warning: volumesnapshots: the answer to a list is no list (no valid JSON"));
  CHECK_THAT(h.log[0], ContainsSubstring("trying again in 0.0 s"));
  CHECK_THAT(h.log[1], StartsWith("info: volumesnapshots: can be followed again, after "));
}

TEST_CASE("a reflector announces a history that went back before it lists it", "[reflector]") {
  const std::string too_large =
      R"({"kind":"Status","status":"Failure","message":"Too large resource version","reason":"Timeout","details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1},"code":504})";
  Harness h({list("1000", {object("a", "900")}), stream({bookmark("1010")}, End::Cut), answer(504, too_large),
             list("800", {object("a", "700")})});
  h.run();
  CHECK(h.asked == Lines{"list", "watch 1000", "check 1010", "list"});
  CHECK(h.intake.seen == Lines{"list_started", "listed a 900", "list_finished 1000", "synced", "bookmark 1010",
                               "gap rewound 1010..800", "list_started", "listed a 700", "list_finished 800"});
}

TEST_CASE("a reflector that was restarted reports the gap since then, or that history went back", "[reflector]") {
  const bool rewound = GENERATE(false, true);
  Harness h({list(rewound ? "80" : "100", {object("a", "5")})});
  h.stored = Position{"90", snaptrail::objects::Instant(1h)};
  h.run();
  CHECK(h.intake.seen ==
        (rewound ? Lines{"gap rewound 90..80", "list_started", "listed a 5", "list_finished 80", "synced"}
                 : Lines{"list_started", "listed a 5", "gap restarted 90..100", "list_finished 100", "synced"}));
}

TEST_CASE("a reflector skips and counts what is about something else, and says so once", "[reflector]") {
  const std::string odd_type = "{\"type\":\"ODD\",\"object\":{}}\n";
  const std::string foreign = event("ADDED", R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}})");
  Harness h({list("100", {R"({"metadata":{"name":"without-uid"}})", object("a", "5")}),
             stream({odd_type, foreign, odd_type, event("ADDED", object("b", "104"))}, End::Clean)});
  h.run();
  CHECK(h.intake.seen == Lines{"list_started", "listed a 5", "list_finished 100", "synced", "ADDED b 104"});
  CHECK(h.stats.malformed == 4);
  REQUIRE(h.log.size() == 2);
  CHECK_THAT(h.log[0], ContainsSubstring("skipped 1 items of a list"));
  CHECK_THAT(h.log[1], ContainsSubstring("skipped an event ("));
}

TEST_CASE("a reflector that can't read an event lists anew with a gap, for the event may have told anything",
          "[reflector]") {
  const std::string nameless = event("ADDED", R"({"metadata":{"name":"without-uid"}})");
  const std::string long_line = event("ADDED", object(std::string(5000, 'x'), "103"));
  const std::string line = GENERATE_COPY(std::string("<html>\n"), std::string("garbage\n"), nameless, long_line);
  Harness h({list("100", {object("a", "5")}),
             stream({bookmark("101"), line, event("ADDED", object("b", "104"))}, End::Clean),
             list("110", {object("a", "5"), object("b", "104")})});
  h.options.max_line = 2000;
  h.run();
  CHECK(h.intake.seen == Lines{"list_started", "listed a 5", "list_finished 100", "synced", "bookmark 101",
                               "list_started", "listed a 5", "listed b 104", "gap disconnected 101..110",
                               "list_finished 110"});
  CHECK(h.stats.malformed + h.stats.oversized == 1);
  REQUIRE(h.log.size() == 1);
  CHECK_THAT(h.log[0], StartsWith("warning: volumesnapshots: skipped an event ("));
}

TEST_CASE("a reflector whose place is a lost event's does not go on to the one after it", "[reflector]") {
  const std::string long_line = event("ADDED", object(std::string(5000, 'x'), "103"));
  Harness h({list("100", {}), stream({long_line + event("ADDED", object("b", "104"))}, End::Clean), list("110", {})});
  h.options.max_line = 2000;
  h.run();
  CHECK(h.intake.seen == Lines{"list_started", "list_finished 100", "synced", "list_started",
                               "gap disconnected 100..110", "list_finished 110"});
}

TEST_CASE("a reflector takes a silent watch for a dead peer and resumes elsewhere", "[reflector]") {
  Harness h({list("100", {}), stream({bookmark("101")}, End::Open), list("101", {}),
             stream({event("ADDED", object("a", "102"))}, End::Clean)});
  h.options.watch.idle = 20ms;
  h.run();
  CHECK(h.asked == Lines{"list", "watch 100", "check 101", "watch 101"});
  CHECK(h.intake.seen.back() == "ADDED a 102");
}

TEST_CASE("a reflector survives any fault at any step and ends with the same view", "[reflector]") {
  const std::string half = R"({"kind":"VolumeSnapshotList","metadata":{"resourceVersion":"100"},"items":[)";
  const std::vector<Answer> faults = {close(),
                                      {"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + half, Then::Close},
                                      {"nonsense\r\n\r\n", Then::Close},
                                      answer(200, "<html>"),
                                      status(400, "BadRequest"),
                                      status(401, "Unauthorized"),
                                      status(403, "Forbidden"),
                                      status(404, "NotFound"),
                                      status(410, "Expired"),
                                      status(429, "TooManyRequests"),
                                      status(500, "InternalError"),
                                      status(503, "ServiceUnavailable"),
                                      status(504, "Timeout"),
                                      answer(502, "<html>"),
                                      stream({error_event(500, "InternalError")}, End::Open),
                                      stream({error_event(410, "Expired")}, End::Clean)};
  for (std::size_t fault = 0; fault < faults.size(); ++fault) {
    for (std::size_t at = 0; at < 5; ++at) {
      INFO("fault " << fault << " at request " << at);
      std::size_t request = 0;
      bool seen = false;
      Harness h({});
      h.options.list.idle = h.options.watch.idle = 50ms;  // for the stream that stays open
      std::set<std::string> view;
      // By what is asked, so that it answers any order of requests that a fault leads to.
      const auto serve = [&](const std::string& target) {
        if (request++ == at) return faults[fault];
        if (target.find("watch=true") != std::string::npos) {
          return stream({event("MODIFIED", object("a", "101")), event("ADDED", object("c", "102"))}, End::Clean);
        }
        if (target.find("continue=p2") != std::string::npos) return list("100", {object("b", "6")});
        if (target.find("limit=1&") != std::string::npos) return list("102", {});
        return list("100", {object("a", "5")}, "p2");
      };
      h.intake.on_line = [&](const std::string& line) {
        view.insert(line);
        if (line == "ADDED c 102" && request > at && !std::exchange(seen, true)) {
          boost::asio::post(h.context, [&] { h.cancel.emit(boost::asio::cancellation_type::terminal); });
        }
      };
      h.serve = serve;
      h.run();
      CHECK_FALSE(h.thrown);
      CHECK(seen);
      CHECK(view.contains("listed a 5"));
      CHECK(view.contains("listed b 6"));
      CHECK(view.contains("MODIFIED a 101"));
      CHECK(h.stats.availability == Availability::Synced);
      CHECK(request < 12);  // no storm
    }
  }
}

TEST_CASE("cancelling a reflector ends it cleanly wherever it is", "[reflector]") {
  SECTION("before it connects") {
    Harness h({});
    h.cancel_at_start = true;
    h.run();
    CHECK_FALSE(h.thrown);
    CHECK(h.intake.seen.empty());
  }
  SECTION("while it lists, or asks for a page") {
    Harness h({list("100", {}, "p2")});
    h.run();
    CHECK_FALSE(h.thrown);
    CHECK(h.intake.seen == Lines{"list_started"});
  }
  SECTION("while a watch is silent") {
    Harness h({list("100", {}), stream({bookmark("101")}, End::Open)});
    h.intake.on_line = [&](const std::string& line) {
      if (line == "bookmark 101") {
        boost::asio::post(h.context, [&] { h.cancel.emit(boost::asio::cancellation_type::terminal); });
      }
    };
    h.run();
    CHECK_FALSE(h.thrown);
    CHECK(h.intake.seen.back() == "bookmark 101");
  }
  SECTION("while it waits") {
    Harness h({status(404, "NotFound")});
    h.options.timings.absent_poll = 1h;
    h.intake.on_line = [&](const std::string&) {
      boost::asio::post(h.context, [&] { h.cancel.emit(boost::asio::cancellation_type::terminal); });
    };
    h.run();
    CHECK_FALSE(h.thrown);
    CHECK(h.intake.seen == Lines{"absent"});
  }
}

TEST_CASE("an exception of the intake comes out of the reflector's run", "[reflector]") {
  const std::string where = GENERATE("listed a 5", "list_started", "list_finished 100", "synced", "ADDED b 101");
  Harness h({list("100", {object("a", "5")}), stream({event("ADDED", object("b", "101"))}, End::Open)});
  h.intake.on_line = [&](const std::string& line) {
    if (line == where) throw std::runtime_error("the disk is gone");
  };
  h.run();
  REQUIRE(h.thrown);
  CHECK_THROWS_AS(std::rethrow_exception(h.thrown), std::runtime_error);
}

namespace {

const Target kGroups{snaptrail::objects::Kind::VolumeGroupSnapshotClass, "", "volumegroupsnapshotclasses"};

Answer group_list(const std::string& version) {
  return answer(200, R"({"kind":"VolumeGroupSnapshotClassList","metadata":{"resourceVersion":")" + version +
                         R"("},"items":[{"metadata":{"name":"fast","uid":"11111111-2222-3333-4444-555555555555"}}]})");
}

std::string version_of(const std::string& request) {
  const std::string group = "/apis/groupsnapshot.storage.k8s.io/";
  return request.substr(group.size(), request.find('/', group.size()) - group.size());
}

}  // namespace

TEST_CASE("a reflector takes the first version of an API that is served, and stays with it", "[reflector]") {
  Harness h({status(404, "NotFound"), group_list("100"), stream({}, End::Clean), group_list("100"),
             status(410, "Expired"), group_list("120")});
  h.target = kGroups;
  h.run();
  Lines versions;
  for (const auto& request : h.targets) versions.push_back(version_of(request));
  // The list, the watch and the question use what was found; a new list begins with the newest again.
  CHECK(versions == Lines{"v1", "v1beta2", "v1beta2", "v1beta2", "v1beta2", "v1"});
  CHECK(h.asked[2] == "watch 100");
  CHECK(h.intake.seen[0] == "list_started");
  CHECK(std::ranges::count(h.intake.seen, "absent") == 0);
}

TEST_CASE("a reflector of an API that no version serves is absent once, and looks for all of them again",
          "[reflector]") {
  Harness h({status(404, "NotFound"), status(404, "NotFound"), status(404, "NotFound"), status(404, "NotFound"),
             status(404, "NotFound"), group_list("100")});
  h.target = kGroups;
  h.run();
  Lines versions;
  for (const auto& request : h.targets) versions.push_back(version_of(request));
  CHECK(versions == Lines{"v1", "v1beta2", "v1beta1", "v1", "v1beta2", "v1beta1"});
  CHECK(h.intake.seen == Lines{"absent", "list_started", "listed fast ", "list_finished 100", "synced"});
}

TEST_CASE("a reflector that is refused in one version does not try another", "[reflector]") {
  Harness h({status(403, "Forbidden")});
  h.target = kGroups;
  h.run();
  CHECK(h.targets.size() == 1);
  CHECK(h.intake.seen == Lines{"forbidden"});
}
