// The list/watch protocol's rules (docs/protocol.md) that the state machine keeps: one test a rule, named after it. `./dev
// mutate` takes each rule out and looks whether its test, and only that one, turns red.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <set>

#include "informers/watch_fsm.hpp"
#include "watch_fsm_driver.hpp"

using namespace snaptrail::informers;
using namespace std::chrono_literals;
using snaptrail::kube::Errc;
using snaptrail::objects::GapCause;
using test::Driver;

namespace {

/// A server that streams lists.
Driver streaming(std::optional<Position> stored = {}) { return Driver(std::move(stored), WatchTimings()); }

}  // namespace

TEST_CASE("rule 1: the first list is a stream, consistent, and at least as fresh as what was seen", "[protocol]") {
  Driver first = streaming();
  REQUIRE(first.start().next.index() == Command(command::StreamList{}).index());
  CHECK(first.next<command::StreamList>()->resource_version.empty());
  first.streamed("100");
  CHECK(first.last.list_finished == "100");
  CHECK(first.last.availability->availability == Availability::Synced);
  first.fail(Errc::gone);
  first.waited();
  REQUIRE(first.streams_list());
  CHECK(first.next<command::StreamList>()->resource_version == "100");
}

TEST_CASE("rule 6: a stream that dies before the end of its list proves nothing and starts over", "[protocol]") {
  const bool cleanly = GENERATE(false, true);
  Driver d = streaming();
  d.start();
  cleanly ? d.stream_end() : d.fail(Errc::disconnected);
  CHECK_FALSE(d.last.list_finished);
  CHECK(d.wait() > 0ms);
  d.waited();
  CHECK((d.streams_list() || d.lists_first_page()));
  CHECK(d.fsm.resource_version().empty());
}

TEST_CASE("rule 7: a server that streams no lists is asked for pages, and for a stream again an hour later",
          "[protocol]") {
  const auto refuse = GENERATE(0, 1, 2, 3);
  Driver d = streaming();
  d.start();
  if (refuse == 0) d.fail(Errc::bad_request);
  if (refuse == 1) d.fail(Errc::forbidden);
  if (refuse == 2) {
    d.stream_error(422, "Invalid");
    d.waited();
  }
  if (refuse == 3) {
    CHECK(d.fsm.unmarked_bookmark(19s));
    CHECK_FALSE(d.fsm.unmarked_bookmark(60s));
    d.stream_end();
  }
  REQUIRE(d.lists_first_page());
  d.page("100");
  CHECK(d.last.list_finished == "100");
  d.pass(50min);
  d.fail(Errc::gone);
  d.waited();
  REQUIRE(d.lists_first_page());
  d.page("200");
  d.pass(20min);
  d.fail(Errc::gone);
  d.waited();
  CHECK(d.streams_list());
}

TEST_CASE("rule 7: pages are tried where streams break off again and again", "[protocol]") {
  Driver d = streaming();
  d.start();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(d.streams_list());
    d.fail(Errc::disconnected);
    d.waited();
  }
  CHECK(d.lists_first_page());
}

TEST_CASE("a first list whose stream is ended by an ERROR or breaks off is failing, and comes in pages after several",
          "[watch_fsm]") {
  const int end = GENERATE(0, 1, 2, 3);
  const std::string why = end < 2 ? "the stream failed" : "";
  Driver d = streaming();
  d.start();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(d.streams_list());
    if (end == 0) d.stream_error(429, "TooManyRequests");
    if (end == 1) d.stream_error(500, "InternalError");
    if (end == 2) d.stream_end();
    if (end == 3) d.give(input::StreamFailed{{429, "TooManyRequests", ""}});
    CHECK(d.last.availability.has_value() == (i == 0));
    if (d.last.availability) {
      CHECK(d.last.availability->availability == Availability::Failing);
      CHECK_FALSE(d.last.availability->why.empty());
      CHECK(d.last.availability->why.find(why) != std::string::npos);
    }
    CHECK(d.wait() >= 800ms);
    d.waited();
  }
  REQUIRE(d.lists_first_page());
  CHECK(d.page("100").availability->availability == Availability::Synced);
}

TEST_CASE("a list that was complete before is not failing because the next one's stream breaks off", "[watch_fsm]") {
  Driver d = streaming();
  d.stream_sync("90");
  d.fail(Errc::gone);
  d.waited();
  REQUIRE(d.streams_list());
  d.stream_error(429, "TooManyRequests");
  CHECK_FALSE(d.last.availability);
}

TEST_CASE("rule 9: after a restart nothing older than the recorded version is taken", "[protocol]") {
  const bool back = GENERATE(false, true);
  Driver d = streaming(Position{"1000", Driver::at(-60s)});
  d.start();
  // What was recorded of a list that was not complete is newer than the position: no server's cache will do.
  REQUIRE(d.lists_first_page());
  const auto rewound = d.fsm.list_opened(back ? "999" : "1001", d.now());
  CHECK(rewound.has_value() == back);
  d.page(back ? "999" : "1001");
  REQUIRE((back || d.last.gap));
  CHECK((rewound ? rewound : d.last.gap)->cause == (back ? GapCause::Rewound : GapCause::Restarted));
}

TEST_CASE("rule 9: after a run that recorded objects and completed no list, the first complete one comes in pages",
          "[protocol]") {
  Driver d = streaming(Position{});
  d.start();
  // A streamed list begins with what the server's cache holds, though it ends consistent: broken off, it may be older
  // than what was recorded.
  REQUIRE(d.lists_first_page());
  d.fail(Errc::disconnected);
  d.waited();
  REQUIRE(d.lists_first_page());
  CHECK(d.page("100").list_finished == "100");
  CHECK_FALSE(d.last.gap);
  d.fail(Errc::gone);
  d.waited();
  CHECK(d.streams_list());
}

TEST_CASE("rule 11: an expired continue token restarts the list; the inconsistent one is not taken", "[protocol]") {
  Driver d;
  d.start();
  d.page("100", "t1");
  auto expired = test::error(Errc::gone);
  expired.continue_token = "inconsistent";
  d.give(input::CallFailed{expired});
  d.waited();
  CHECK(d.lists_first_page());
}

TEST_CASE("rule 12: a list whose version expired is asked for without one", "[protocol]") {
  Driver d = streaming();
  d.stream_sync("90");
  d.fail(Errc::gone);
  d.waited();
  REQUIRE(d.streams_list());
  d.fail(Errc::gone);
  d.waited();
  REQUIRE(d.lists_first_page());  // pages never name a version
  CHECK(d.page("100").list_finished == "100");
}

TEST_CASE("rule 13: a version that is too large is listed without one, and may be a history that went back",
          "[protocol]") {
  const bool in_stream = GENERATE(false, true);
  const bool back = GENERATE(false, true);
  Driver d = streaming();
  d.stream_sync("90");
  d.fail(Errc::gone);
  d.waited();
  REQUIRE(d.streams_list());
  in_stream ? d.stream_error(504, "Timeout") : d.fail(Errc::resource_version_too_large, 1s);
  d.waited();
  REQUIRE(d.lists_first_page());
  const auto gap = d.fsm.list_opened(back ? "60" : "95", d.now());
  CHECK(gap.has_value() == back);  // it merely lagged where the list has come further
  d.page(back ? "60" : "95");
  CHECK(d.last.list_finished);
}

TEST_CASE("rule 14: a version that is too old is listed anew, and the window is a gap", "[protocol]") {
  const bool as_event = GENERATE(false, true);
  Driver d;
  d.sync("100");
  as_event ? d.stream_error(410, "Expired") : d.fail(Errc::gone);
  d.waited();
  REQUIRE(d.lists_first_page());
  d.page("500");
  REQUIRE(d.last.gap);
  CHECK(d.last.gap->cause == GapCause::Expired);
  CHECK(d.last.gap->first_resource_version == "100");
}

TEST_CASE("rule 15: each watch that resumes asks first whether the server's history is still ours", "[protocol]") {
  const int end = GENERATE(0, 1, 2);
  Driver d;
  d.sync("100");
  d.deliver("140");
  d.pass(end == 1 ? d.next<command::Watch>()->timeout : 20s);
  end == 2 ? d.fail(Errc::timed_out) : d.stream_end();
  if (end == 2) d.waited();
  REQUIRE(d.next<command::Check>());
  CHECK(d.next<command::Check>()->resource_version == "140");
  d.page("60");
  REQUIRE(d.lists_first_page());
  const auto gap = d.fsm.list_opened("60", d.now());
  REQUIRE(gap);
  CHECK(gap->cause == GapCause::Rewound);
  CHECK(gap->since == Driver::at(0ms));
}

TEST_CASE("rule 16: an ERROR ends the watch; only what is in passing keeps its place", "[protocol]") {
  struct Case {
    int code;
    const char* reason;
    bool resumes;
  };
  const auto c = GENERATE(Case{429, "TooManyRequests", true}, Case{500, "InternalError", true},
                          Case{500, "StorageReadError", false}, Case{403, "Forbidden", false}, Case{0, "", false});
  Driver d;
  d.sync("100");
  d.stream_error(c.code, c.reason);
  CHECK(d.wait() > 0ms);
  d.waited();
  CHECK((d.resumes_at() == "100") == c.resumes);
  CHECK(d.lists_first_page() != c.resumes);
}

TEST_CASE("rule 17: a busy or absent server is left in peace for as long as it asks, and then resumed", "[protocol]") {
  const Errc code = GENERATE(Errc::too_many_requests, Errc::unavailable, Errc::unreachable);
  Driver d;
  d.sync("100");
  d.fail(code, 7s);
  CHECK(d.wait() == 7s);
  CHECK_FALSE(d.waited().gap);
  CHECK(d.resumes_at() == "100");
}

TEST_CASE("rule 18: waits double from 0.8 s to 30 s, each with as much jitter", "[protocol]") {
  Driver d;
  d.start();
  auto expected = 800ms;
  for (int i = 0; i < 10; ++i) {
    d.fail(Errc::unreachable);
    CHECK(d.wait() >= expected);
    CHECK(d.wait() <= 2 * expected);
    expected = std::min<std::chrono::milliseconds>(2 * expected, 30s);
    d.waited();
  }
}

TEST_CASE("rule 21: a watch asks for a random time between five and ten minutes", "[protocol]") {
  std::set<std::chrono::seconds> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Driver d({}, test::paged(), seed);
    d.sync();
    const auto timeout = d.next<command::Watch>()->timeout;
    CHECK(timeout >= 300s);
    CHECK(timeout < 600s);
    seen.insert(timeout);
  }
  CHECK(seen.size() > 30);
}

TEST_CASE("rule 24: a stream that ends within a second without anything new backs off", "[protocol]") {
  Driver d;
  d.sync("100");
  d.pass(999ms);
  d.stream_end();
  CHECK(d.wait() > 0ms);
}

TEST_CASE("rule 31: a version is passed back as it came, whatever it looks like", "[protocol]") {
  Driver d;
  d.sync("a1");
  d.deliver("zz/7");
  d.pass(2s);
  d.stream_end();
  CHECK(d.resumes_at() == "zz/7");
}

TEST_CASE("rule 32: two resources' versions are never compared", "[protocol]") {
  Driver big, small;
  big.sync("900000");
  small.sync("7");
  CHECK(big.fsm.resource_version() == "900000");
  CHECK(small.fsm.resource_version() == "7");
  big.deliver("900001");
  small.fail(Errc::gone);
  small.waited();
  CHECK_FALSE(small.fsm.list_opened("9", small.now()));
  CHECK(small.page("9").gap->cause == GapCause::Expired);
}

TEST_CASE("rule 35: what is refused or absent is said and tried again, at its own pace", "[protocol]") {
  const bool absent = GENERATE(false, true);
  Driver d;
  d.start();
  d.fail(absent ? Errc::not_found : Errc::forbidden);
  REQUIRE(d.last.availability);
  CHECK(d.last.availability->availability == (absent ? Availability::Absent : Availability::Forbidden));
  if (absent) CHECK(d.wait() >= 30s);
  d.waited();
  CHECK(d.lists_first_page());
  CHECK(d.page("100").availability->availability == Availability::Synced);
}
