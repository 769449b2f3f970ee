#include "informers/watch_fsm.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "informers/watch_rules.hpp"
#include "watch_fsm_driver.hpp"

using namespace snaptrail::informers;
using namespace std::chrono_literals;
using snaptrail::kube::Errc;
using snaptrail::objects::Gap;
using snaptrail::objects::GapCause;
using test::Driver;

// ---- the first list ----

TEST_CASE("a first list is consistent, in pages of 500, and goes on as long as there is a token", "[watch_fsm]") {
  Driver d;
  CHECK(std::get<command::ListPage>(d.start().next) == command::ListPage{500, ""});
  CHECK(std::get<command::ListPage>(d.page("100", "t1").next) == command::ListPage{500, "t1"});
  CHECK(std::get<command::ListPage>(d.page("100", "t2").next) == command::ListPage{500, "t2"});
  d.page("100");
  CHECK(d.last.list_finished == "100");
  CHECK(d.resumes_at() == "100");
  CHECK(d.next<command::Watch>());
}

TEST_CASE("a target is reported as synced with the end of its first list, and without a gap", "[watch_fsm]") {
  Driver d;
  CHECK_FALSE(d.start().availability);
  d.page("100");
  REQUIRE(d.last.availability);
  CHECK(d.last.availability->availability == Availability::Synced);
  CHECK_FALSE(d.last.gap);
}

TEST_CASE("a list in pages is watched from its first page's version", "[watch_fsm]") {
  Driver d;
  d.start();
  d.page("100", "t1");
  d.page("105");
  CHECK(d.last.list_finished == "100");
  CHECK(d.resumes_at() == "100");
}

TEST_CASE("a list without a usable resourceVersion is a failure", "[watch_fsm]") {
  const std::string version = GENERATE("", "0");
  Driver d;
  d.start();
  d.page(version);
  CHECK_FALSE(d.last.list_finished);
  CHECK(d.last.availability->availability == Availability::Failing);
  CHECK(d.wait() > 0ms);
  d.waited();
  CHECK(d.lists_first_page());
}

TEST_CASE("a server that keeps sending the same page is not followed round in circles", "[watch_fsm]") {
  Driver d;
  d.start();
  d.page("100", "t1");
  d.page("100", "t1");
  CHECK(d.wait() >= 800ms);
  d.waited();
  CHECK(d.lists_first_page());
}

TEST_CASE("a list whose pages have no end is a failure, also where its tokens take turns", "[watch_fsm]") {
  Driver d;
  d.start();
  unsigned pages = 0;
  for (; pages < 200'000 && d.next<command::ListPage>(); ++pages) d.page("100", pages % 2 == 0 ? "t1" : "t2");
  CHECK(pages == kMaxPages);
  REQUIRE(d.wait() >= 800ms);
  REQUIRE(d.last.availability);
  CHECK(d.last.availability->availability == Availability::Failing);
  d.waited();
  REQUIRE(d.lists_first_page());
  CHECK(std::get<command::ListPage>(d.page("100", "t1").next) == command::ListPage{500, "t1"});  // counted anew
  d.page("100");
  CHECK(d.last.list_finished == "100");
}

TEST_CASE("an expired continue token restarts the list and is never replaced by the inconsistent one", "[watch_fsm]") {
  Driver d;
  d.start();
  d.page("100", "t1");
  auto expired = test::error(Errc::gone);
  expired.continue_token = "inconsistent";
  d.give(input::CallFailed{expired});
  CHECK(d.wait() >= 800ms);
  CHECK_FALSE(d.last.availability);
  d.waited();
  CHECK(std::get<command::ListPage>(d.last.next) == command::ListPage{500, ""});
  d.page("120");
  CHECK(d.resumes_at() == "120");
}

TEST_CASE("a later page that fails in passing is asked for again, so that a large list gets through", "[watch_fsm]") {
  const Errc code = GENERATE(Errc::too_many_requests, Errc::unavailable, Errc::server_error, Errc::unreachable,
                             Errc::timed_out, Errc::disconnected, Errc::tls);
  Driver d;
  d.start();
  d.page("100", "t1");
  d.fail(code);
  CHECK(d.wait() >= 800ms);
  CHECK(std::get<command::ListPage>(d.waited().next) == command::ListPage{500, "t1"});
}

TEST_CASE("a later page that is refused or broken restarts the list", "[watch_fsm]") {
  const Errc code = GENERATE(Errc::bad_request, Errc::protocol, Errc::not_found, Errc::forbidden, Errc::conflict,
                             Errc::unexpected_status);
  Driver d;
  d.start();
  d.page("100", "t1");
  d.fail(code);
  d.waited();
  CHECK(d.lists_first_page());
}

TEST_CASE("a target that was never synced is failing after the first failure, and is tried again", "[watch_fsm]") {
  const Errc code = GENERATE(Errc::unreachable, Errc::tls, Errc::timed_out, Errc::protocol, Errc::bad_request,
                             Errc::too_many_requests, Errc::unavailable, Errc::server_error,
                             Errc::resource_version_too_large, Errc::invalid_config);
  Driver d;
  d.start();
  d.fail(code);
  REQUIRE(d.last.availability);
  CHECK(d.last.availability->availability == Availability::Failing);
  CHECK(d.last.availability->why == "it failed");
  d.waited();
  CHECK(d.lists_first_page());
  d.fail(code);
  CHECK_FALSE(d.last.availability);  // nothing new
  d.waited();
  d.page("100");
  CHECK(d.last.availability->availability == Availability::Synced);
  CHECK_FALSE(d.last.gap);
}

// ---- resuming ----

TEST_CASE("a watch resumes at the last version of its events and bookmarks", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.deliver("101");
  CHECK(d.fsm.resource_version() == "101");
  d.deliver("150");
  d.pass(2s);
  d.stream_end();
  CHECK(d.resumes_at() == "150");
}

TEST_CASE("a watch's place is never moved back, nor to a version that says nothing", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.deliver("120");
  for (const char* version : {"", "0", "99", "120", "119"}) {
    d.deliver(version);
    CHECK(d.fsm.resource_version() == "120");
  }
}

TEST_CASE("versions that can't be ordered are passed back as they came", "[watch_fsm]") {
  Driver d;
  d.sync("a1");
  d.deliver("zz");
  d.deliver("b7");
  d.pass(2s);
  d.stream_end();
  CHECK(d.resumes_at() == "b7");
}

TEST_CASE("a watch that ends at its deadline asks at once whether history is still ours, and is watched on",
          "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.pass(d.next<command::Watch>()->timeout);
  CHECK(std::get<command::Check>(d.stream_end().next) == command::Check{"100"});
  d.page("130");
  CHECK(d.next<command::Watch>());
  CHECK(d.resumes_at() == "100");
  CHECK_FALSE(d.last.gap);
}

TEST_CASE("a watch that ends before its deadline asks at once whether history is still ours", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.pass(61s);
  CHECK(std::get<command::Check>(d.stream_end().next) == command::Check{"100"});
  d.page("130");
  CHECK(d.next<command::Watch>());
  CHECK(d.resumes_at() == "100");
}

TEST_CASE("a stream that ends within a second without anything new backs off instead of spinning", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.pass(999ms);
  d.stream_end();
  CHECK(d.wait() >= 800ms);
  d.waited();
  CHECK(d.resumes_at() == "100");
}

TEST_CASE("a replay of what is known already does not count as something new", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.deliver("100");
  d.deliver("90");
  d.stream_end();
  CHECK(d.wait() >= 800ms);
}

TEST_CASE("a short stream that brought something new is watched on without a wait", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.deliver("101");
  d.stream_end();
  CHECK(d.wait() == -1ms);
  CHECK(d.resumes_at() == "101");
}

TEST_CASE("a failure in passing keeps the place: same version, no list, no gap", "[watch_fsm]") {
  const Errc code = GENERATE(Errc::too_many_requests, Errc::unavailable, Errc::server_error, Errc::unreachable,
                             Errc::timed_out, Errc::disconnected, Errc::tls, Errc::protocol);
  Driver d;
  d.sync("100");
  d.deliver("101");
  for (int i = 0; i < 5; ++i) {  // fails as a stream, then as the question before it
    d.fail(code);
    CHECK(d.wait() >= 800ms);
    d.waited();
    CHECK(std::get<command::Check>(d.last.next) == command::Check{"101"});
    CHECK_FALSE(d.last.availability);
  }
  d.page("200");
  CHECK(d.next<command::Watch>());
  CHECK(d.resumes_at() == "101");
  CHECK_FALSE(d.last.gap);
}

TEST_CASE("waits grow while a server stays away and shrink after two healthy minutes", "[watch_fsm]") {
  Driver d;
  d.sync();
  for (int i = 0; i < 8; ++i) {
    d.fail(Errc::unreachable);
    d.waited();
  }
  d.fail(Errc::unreachable);
  CHECK(d.wait() >= 30s);
  CHECK(d.wait() < 60s);
  d.waited();
  d.page("100");
  d.deliver("101");
  d.pass(121s);
  d.fail(Errc::disconnected);
  CHECK(d.wait() < 1600ms);
}

TEST_CASE("a Retry-After is honoured up to a minute", "[watch_fsm]") {
  struct Case {
    std::chrono::seconds asked;
    std::chrono::milliseconds at_least, below;
  };
  const auto c = GENERATE(Case{0s, 800ms, 1600ms}, Case{1s, 1s, 1600ms}, Case{7s, 7s, 7001ms},
                          Case{86400s, 60s, 60001ms}, Case{-5s, 800ms, 1600ms});
  const Errc code = GENERATE(Errc::too_many_requests, Errc::unavailable, Errc::server_error);
  const bool synced = GENERATE(false, true);
  Driver d;
  synced ? d.sync() : d.start();
  d.fail(code, c.asked);
  CHECK(d.wait() >= c.at_least);
  CHECK(d.wait() < c.below);
}

// ---- expired ----

TEST_CASE("an expired version is listed anew, and the gap says since when", "[watch_fsm]") {
  const bool as_event = GENERATE(false, true);
  const std::string reason = GENERATE("Expired", "Gone");
  Driver d;
  d.sync("100");
  d.pass(10s);
  d.deliver("110");
  d.pass(50s);
  if (as_event) {
    d.stream_error(410, reason);
  } else {
    d.fail(Errc::gone);
  }
  CHECK_FALSE(d.last.gap);
  CHECK_FALSE(d.last.availability);
  d.waited();
  REQUIRE(d.lists_first_page());
  d.page("500", "more");
  d.pass(2s);
  d.page("500");
  REQUIRE(d.last.gap);
  CHECK(*d.last.gap == Gap{"volumesnapshots", Driver::at(10s), Driver::at(d.elapsed), "110", "500", GapCause::Expired});
  CHECK(d.last.list_finished == "500");
  CHECK(d.resumes_at() == "500");
  CHECK_FALSE(d.last.availability);
}

TEST_CASE("a gap is reported once, though its list needs several attempts", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.fail(Errc::gone);
  d.waited();
  for (int i = 0; i < 3; ++i) {
    d.page("500", "more");
    d.fail(Errc::gone);
    CHECK_FALSE(d.last.gap);
    d.waited();
  }
  CHECK(d.page("600").gap->since == Driver::at(0ms));
  d.deliver("601");
  d.pass(2s);
  d.stream_end();
  d.page("700");
  CHECK_FALSE(d.last.gap);
}

TEST_CASE("an expired version at the question before a watch is listed anew too", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.fail(Errc::disconnected);
  d.waited();
  d.fail(Errc::gone);
  d.waited();
  CHECK(d.lists_first_page());
  CHECK(d.page("200").gap->cause == GapCause::Expired);
}

// ---- errors within the stream ----

TEST_CASE("an in-stream 429 backs off and keeps the place", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.stream_error(429, "TooManyRequests");
  CHECK(d.wait() >= 800ms);
  d.waited();
  CHECK(d.resumes_at() == "100");
}

TEST_CASE("an in-stream InternalError keeps the place for a minute and is then listed anew", "[watch_fsm]") {
  const std::string reason = GENERATE("InternalError", "");
  Driver d;
  d.sync("100");
  const auto begun = d.elapsed;
  bool listed = false;
  while (!listed && d.elapsed < begun + 10min) {
    d.stream_error(500, reason);
    d.waited();
    listed = d.lists_first_page();
    if (!listed) {
      CHECK(d.resumes_at() == "100");
      d.page("100");  // the question is answered; the next watch fails again
    }
  }
  CHECK(listed);
  CHECK(d.elapsed - begun >= 1min);
  CHECK(d.elapsed - begun < 3min);
  CHECK(d.page("300").gap->cause == GapCause::Disconnected);
}

TEST_CASE("an InternalError long after another one keeps the place, if the stream was fine in between", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  for (int i = 0; i < 3; ++i) {
    d.stream_error(500, "InternalError");
    d.waited();
    REQUIRE(d.resumes_at() == "100");
    d.page("100");
    REQUIRE(d.next<command::Watch>());
    for (int minute = 0; minute < 5; ++minute) {
      d.pass(1min);
      d.deliver("100");  // a quiet resource's bookmark
    }
  }
}

TEST_CASE("bookmarks of streams that don't last don't prolong the patience for InternalErrors", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  bool listed = false;
  while (!listed && d.elapsed < 10min) {
    d.deliver("100");
    d.stream_error(500, "InternalError");
    d.waited();
    listed = d.lists_first_page();
    if (!listed) d.page("100");
  }
  CHECK(listed);
}

TEST_CASE("any other in-stream error is listed anew", "[watch_fsm]") {
  struct Case {
    int code;
    const char* reason;
  };
  const auto c = GENERATE(Case{500, "StorageReadError"}, Case{504, "Timeout"}, Case{400, "BadRequest"}, Case{0, ""},
                          Case{403, "Forbidden"}, Case{799, "Unheard"});
  Driver d;
  d.sync("100");
  d.stream_error(c.code, c.reason);
  CHECK(d.wait() >= 800ms);
  d.waited();
  CHECK(d.lists_first_page());
  CHECK(d.page("300").gap->cause == GapCause::Disconnected);
}

TEST_CASE("a watch that the server calls wrong is listed anew instead of being repeated for ever", "[watch_fsm]") {
  const Errc code = GENERATE(Errc::bad_request, Errc::conflict, Errc::unexpected_status);
  Driver d;
  d.sync("100");
  d.fail(code);
  d.waited();
  CHECK(d.lists_first_page());
}

TEST_CASE("a server that does not know the question before a watch is watched without it, and asked again next time",
          "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.fail(Errc::disconnected);
  d.waited();
  REQUIRE(d.next<command::Check>());
  d.fail(Errc::bad_request);
  d.waited();
  CHECK(d.next<command::Watch>());
  CHECK(d.resumes_at() == "100");
  d.fail(Errc::timed_out);  // silent: it may be one whose history went back
  d.waited();
  CHECK(d.next<command::Check>());
}

// ---- polling instead of watching ----

namespace {

WatchTimings polled() {
  WatchTimings timings;
  timings.poll = 60s;
  return timings;
}

}  // namespace

TEST_CASE("a polled target is listed again after its period, a fifth later at most, and never watched", "[watch_fsm]") {
  Driver d({}, polled());
  d.sync("100");
  CHECK(d.last.list_finished == "100");
  CHECK(d.last.availability->availability == Availability::Synced);
  CHECK(d.wait() >= 60s);
  CHECK(d.wait() <= 72s);
  d.waited();
  CHECK(d.lists_first_page());
  d.page("250");
  CHECK(d.last.list_finished == "250");
  CHECK_FALSE(d.last.gap);  // nobody was to see what came between
  CHECK_FALSE(d.last.availability);
}

TEST_CASE("a polled target makes no gap: not of a restart, a failure, a lost right or a history that went back",
          "[watch_fsm]") {
  Driver d(Position{"90", Driver::at(0s)}, polled());
  d.sync("100");
  CHECK_FALSE(d.last.gap);
  for (const Errc code : {Errc::unreachable, Errc::forbidden, Errc::not_found}) {
    d.waited();
    d.fail(code);
    d.waited();
    d.page("100");
    CHECK_FALSE(d.last.gap);
    CHECK(d.last.list_finished == "100");
  }
  d.waited();
  CHECK_FALSE(d.fsm.list_opened("7", d.now()));
  d.page("7");
  CHECK(d.last.list_finished == "7");
  CHECK_FALSE(d.last.gap);
}

TEST_CASE("a polled target that can't be listed any more says so, since what it told grows old", "[watch_fsm]") {
  Driver d({}, polled());
  d.sync("100");
  d.waited();
  d.fail(Errc::unreachable);
  REQUIRE(d.last.availability);
  CHECK(d.last.availability->availability == Availability::Failing);
  d.waited();
  d.page("101");
  REQUIRE(d.last.availability);
  CHECK(d.last.availability->availability == Availability::Synced);
}
