// Availability, restarts and history that went back.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "informers/watch_fsm.hpp"
#include "watch_fsm_driver.hpp"

using namespace snaptrail::informers;
using namespace std::chrono_literals;
using snaptrail::kube::Errc;
using snaptrail::objects::Gap;
using snaptrail::objects::GapCause;
using test::Driver;

// ---- history that went back ----

TEST_CASE("a server whose history is behind ours makes a rewound gap before its list", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.pass(5s);
  d.deliver("140");
  d.pass(5s);
  d.fail(Errc::disconnected);
  d.waited();
  REQUIRE(std::get<command::Check>(d.last.next) == command::Check{"140"});
  d.fail(Errc::resource_version_too_large, 1s);
  CHECK(d.wait() >= 1s);
  d.waited();
  REQUIRE(d.lists_first_page());
  const auto gap = d.fsm.list_opened("102", d.now());
  REQUIRE(gap);
  CHECK(*gap == Gap{"volumesnapshots", Driver::at(5s), Driver::at(d.elapsed), "140", "102", GapCause::Rewound});
  CHECK_FALSE(d.fsm.list_opened("102", d.now()));
  d.page("102");
  CHECK_FALSE(d.last.gap);
  CHECK(d.last.list_finished == "102");
  CHECK(d.resumes_at() == "102");
}

TEST_CASE("a server that only lagged makes no rewound gap", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.fail(Errc::disconnected);
  d.waited();
  d.fail(Errc::resource_version_too_large);
  d.waited();
  CHECK_FALSE(d.fsm.list_opened("100", d.now()));
  CHECK(d.page("100").gap->cause == GapCause::Disconnected);
}

TEST_CASE("an answer to the question before a watch that is older than ours is a history that went back",
          "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.pass(2s);
  d.stream_end();
  REQUIRE(d.next<command::Check>());
  d.page("99");
  REQUIRE(d.lists_first_page());
  CHECK(d.fsm.list_opened("99", d.now())->cause == GapCause::Rewound);
}

TEST_CASE(
    "a watch or list that is told its version is too large may be one of a history that went back: the list decides",
    "[watch_fsm]") {
  const bool from_list = GENERATE(false, true);
  const bool back = GENERATE(false, true);
  Driver d;
  d.sync("100");
  if (from_list) {
    d.fail(Errc::gone);
    d.waited();
  }
  d.fail(Errc::resource_version_too_large, 1s);
  d.waited();
  REQUIRE(d.lists_first_page());
  const auto gap = d.fsm.list_opened(back ? "99" : "100", d.now());
  REQUIRE(gap.has_value() == back);
  if (back) CHECK(gap->cause == GapCause::Rewound);
}

TEST_CASE("a history that went back is known by a list that broke off, too", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.fail(Errc::gone);
  d.waited();
  d.page("200", "more");
  d.fail(Errc::gone);
  d.waited();
  REQUIRE(d.lists_first_page());
  const auto gap = d.fsm.list_opened("150", d.now());
  REQUIRE(gap);
  CHECK(gap->cause == GapCause::Rewound);
}

TEST_CASE("any list that is older than what was seen is a history that went back", "[watch_fsm]") {
  Driver d;
  d.sync("1000");
  d.deliver("1001");
  d.fail(Errc::gone);
  d.waited();
  CHECK(d.fsm.list_opened("999", d.now())->cause == GapCause::Rewound);
}

TEST_CASE("a list that tells its version after its items is begun again once history went back", "[watch_fsm]") {
  Driver d;
  d.sync("1000");
  d.fail(Errc::gone);
  d.waited();
  d.page("999");
  REQUIRE(d.last.gap);
  CHECK(d.last.gap->cause == GapCause::Rewound);
  CHECK_FALSE(d.last.list_finished);
  REQUIRE(d.lists_first_page());
  d.page("999");
  CHECK(d.last.list_finished == "999");
  CHECK(d.resumes_at() == "999");
}

TEST_CASE("a new history whose first list breaks off is no second new history", "[watch_fsm]") {
  Driver d;
  d.sync("1000");
  d.fail(Errc::gone);
  d.waited();
  REQUIRE(d.fsm.list_opened("10", d.now()));
  d.fail(Errc::disconnected);
  d.waited();
  REQUIRE(d.lists_first_page());
  CHECK_FALSE(d.fsm.list_opened("11", d.now()));
  d.page("11");
  CHECK(d.last.gap->cause == GapCause::Disconnected);
  CHECK(d.resumes_at() == "11");
}

TEST_CASE("versions that can't be ordered are never taken for a history that went back", "[watch_fsm]") {
  Driver d;
  d.sync("zzz");
  d.fail(Errc::gone);
  d.waited();
  CHECK_FALSE(d.fsm.list_opened("aaa", d.now()));
  CHECK(d.page("aaa").gap->cause == GapCause::Expired);
}

// ---- availability ----

TEST_CASE("a kind that the server does not know is absent and looked for every half minute", "[watch_fsm]") {
  Driver d;
  d.start();
  d.fail(Errc::not_found);
  CHECK(d.last.availability->availability == Availability::Absent);
  for (int i = 0; i < 20; ++i) {
    CHECK(d.wait() >= 30s);
    CHECK(d.wait() <= 36s);
    d.waited();
    CHECK(d.lists_first_page());
    d.fail(Errc::not_found);
    CHECK_FALSE(d.last.availability);
  }
  d.waited();
  d.page("100");
  CHECK(d.last.availability->availability == Availability::Synced);
  CHECK_FALSE(d.last.gap);
}

TEST_CASE("how often an absent kind is looked for can be configured", "[watch_fsm]") {
  WatchTimings timings;
  timings.absent_poll = 5ms;
  Driver d({}, timings);
  d.start();
  d.fail(Errc::not_found);
  CHECK(d.wait() >= 5ms);
  CHECK(d.wait() <= 6ms);
}

TEST_CASE("a refused kind is forbidden, refused credentials are a failure: both are tried again within a minute",
          "[watch_fsm]") {
  const Errc code = GENERATE(Errc::unauthorized, Errc::forbidden);
  Driver d;
  d.start();
  d.fail(code);
  CHECK(d.last.availability->availability ==
        (code == Errc::forbidden ? Availability::Forbidden : Availability::Failing));
  for (int i = 0; i < 20; ++i) {
    CHECK(d.wait() >= 800ms);
    CHECK(d.wait() < 60s);
    d.waited();
    d.fail(code);
  }
  d.waited();
  CHECK(d.page("100").availability->availability == Availability::Synced);
}

TEST_CASE("a kind that was refused for a while is listed anew with a gap that says forbidden", "[watch_fsm]") {
  const Errc code = GENERATE(Errc::unauthorized, Errc::forbidden);
  Driver d;
  d.sync("100");
  d.pass(30s);
  d.deliver("105");
  d.fail(code);
  CHECK(d.last.availability->availability == Availability::Forbidden);
  d.waited();
  d.fail(code);
  d.waited();
  d.fail(Errc::unreachable);
  CHECK_FALSE(d.last.availability);
  d.waited();
  d.page("200");
  CHECK(*d.last.gap ==
        Gap{"volumesnapshots", Driver::at(30s), Driver::at(d.elapsed), "105", "200", GapCause::Forbidden});
  CHECK(d.last.availability->availability == Availability::Synced);
}

TEST_CASE("a kind whose CRD went and came back is listed anew with a gap that says disconnected", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  d.deliver("105");
  d.pass(2s);
  d.stream_end();
  d.fail(Errc::not_found);
  CHECK(d.last.availability->availability == Availability::Absent);
  d.waited();
  d.page("200");
  CHECK(d.last.gap->cause == GapCause::Disconnected);
  CHECK(d.last.availability->availability == Availability::Synced);
}

TEST_CASE("a kind that was synced does not become failing while it can be resumed", "[watch_fsm]") {
  Driver d;
  d.sync("100");
  for (int i = 0; i < 10; ++i) {
    d.fail(Errc::unreachable);
    CHECK_FALSE(d.last.availability);
    d.waited();
  }
  CHECK(d.fsm.availability() == Availability::Synced);
}

TEST_CASE("an unsynced kind goes from absent to failing to forbidden as the server says", "[watch_fsm]") {
  Driver d;
  d.start();
  CHECK(d.fail(Errc::not_found).availability->availability == Availability::Absent);
  d.waited();
  CHECK(d.fail(Errc::unreachable).availability->availability == Availability::Failing);
  d.waited();
  CHECK(d.fail(Errc::forbidden).availability->availability == Availability::Forbidden);
}

// ---- restarts ----

TEST_CASE("after a restart the first list reports a gap since the stored position", "[watch_fsm]") {
  Driver d(Position{"90", Driver::at(-60s)});
  CHECK(std::get<command::ListPage>(d.start().next) == command::ListPage{500, ""});
  CHECK_FALSE(d.fsm.list_opened("100", d.now()));
  d.pass(1s);
  d.page("100");
  CHECK(*d.last.gap == Gap{"volumesnapshots", Driver::at(-60s), Driver::at(1s), "90", "100", GapCause::Restarted});
}

TEST_CASE("after a restart a list that is older than the stored position is a history that went back", "[watch_fsm]") {
  Driver d(Position{"1000", Driver::at(-60s)});
  d.start();
  const auto gap = d.fsm.list_opened("999", d.now());
  REQUIRE(gap);
  CHECK(*gap == Gap{"volumesnapshots", Driver::at(-60s), Driver::at(0ms), "1000", "999", GapCause::Rewound});
  CHECK_FALSE(d.page("999").gap);
}

TEST_CASE("a restart's gap stays one whatever delays the first list", "[watch_fsm]") {
  const Errc code = GENERATE(Errc::unreachable, Errc::forbidden, Errc::not_found, Errc::gone);
  Driver d(Position{"90", Driver::at(-60s)});
  d.start();
  d.fail(code);
  d.waited();
  CHECK(d.page("100").gap->cause == GapCause::Restarted);
}

TEST_CASE("a stored position without a version is none", "[watch_fsm]") {
  const std::string version = GENERATE("", "0");
  Driver d(Position{version, Driver::at(-60s)});
  CHECK_FALSE(d.sync().gap);
}

TEST_CASE("a wall clock that was set back makes no gap that ends before it began", "[watch_fsm]") {
  Driver d(Position{"90", Driver::at(1h)});
  const auto gap = d.sync().gap;
  CHECK(gap->since == Driver::at(1h));
  CHECK(gap->until == Driver::at(1h));
}

// ---- stopping ----

TEST_CASE("a cancellation stops it at every stage, for good", "[watch_fsm]") {
  for (int stage = 0; stage < 6; ++stage) {
    Driver d;
    if (stage > 0) d.start();
    if (stage > 1) d.page("100", "more");
    if (stage > 2) d.page("100");
    if (stage > 3) d.fail(Errc::disconnected);
    if (stage > 4) d.waited();
    d.give(input::Cancelled{});
    CHECK(d.next<command::Stop>());
    CHECK_FALSE(d.last.gap);
    d.give(input::TimerFired{});
    CHECK(d.next<command::Stop>());
  }
}

TEST_CASE("an input that does not answer the last command is refused as a broken invariant", "[watch_fsm]") {
  Driver d;
  CHECK_THROWS_AS(d.give(input::TimerFired{}), std::bad_variant_access);
  d.start();
  CHECK_THROWS_AS(d.give(input::StreamEnded{}), std::bad_variant_access);
}
