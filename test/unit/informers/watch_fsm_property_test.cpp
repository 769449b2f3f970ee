// What must hold whatever the server does: faults at every step, and random runs from seeds.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <functional>
#include <random>
#include <vector>

#include "informers/resource_version.hpp"
#include "informers/watch_fsm.hpp"
#include "watch_fsm_driver.hpp"

using namespace snaptrail::informers;
using namespace std::chrono_literals;
using snaptrail::kube::Errc;
using snaptrail::objects::GapCause;
using test::Driver;

namespace {

const std::vector<Errc> kFaults = {Errc::unreachable,
                                   Errc::tls,
                                   Errc::timed_out,
                                   Errc::disconnected,
                                   Errc::protocol,
                                   Errc::bad_request,
                                   Errc::unauthorized,
                                   Errc::forbidden,
                                   Errc::not_found,
                                   Errc::conflict,
                                   Errc::gone,
                                   Errc::too_many_requests,
                                   Errc::unavailable,
                                   Errc::server_error,
                                   Errc::unexpected_status,
                                   Errc::resource_version_too_large};

/// A server that works: answers whatever is asked until `d` watches with its list complete.
void serve(Driver& d, const std::string& version) {
  for (int i = 0; i < 20 && !d.next<command::Watch>(); ++i) {
    if (d.next<command::Wait>()) {
      d.waited();
    } else {
      d.page(version);
    }
  }
}

}  // namespace

TEST_CASE("after any fault at any step a working server is watched again, and no call follows a fault at once",
          "[watch_fsm]") {
  const Errc fault = GENERATE(from_range(kFaults));
  for (int step = 0; step < 5; ++step) {
    INFO("fault " << to_string(fault) << " at step " << step);
    Driver d;
    d.start();
    if (step >= 1) d.page("100", "t1");
    if (step >= 2) d.page("100");
    if (step >= 3) d.fail(Errc::disconnected), d.waited();  // the question before a watch
    if (step >= 4) d.page("100");
    d.fail(fault);
    CHECK(d.next<command::Wait>());
    CHECK(d.wait() > 0ms);
    serve(d, "100");
    REQUIRE(d.next<command::Watch>());
    CHECK(d.resumes_at() == "100");
    CHECK(d.fsm.availability() == Availability::Synced);
  }
}

namespace {

/// A server out of its mind, seeded; keeps to the rules of the driver only.
class Chaos {
 public:
  explicit Chaos(std::uint64_t seed)
      : random_(seed),
        d_(seed % 3 == 0 ? std::optional(Position{"50", Driver::at(-1h)}) : std::nullopt,
           seed % 2 == 0 ? WatchTimings() : test::paged(), seed) {}

  void run(int steps) {
    d_.start();
    for (int i = 0; i < steps; ++i) step();
  }

 private:
  bool chance(unsigned one_in) { return random_() % one_in == 0; }
  std::string version() {
    if (chance(40)) return "";
    if (chance(40)) return "0";
    if (chance(60)) version_ = std::max<std::uint64_t>(1, version_ / 2);  // restored from a backup
    return std::to_string(version_ += random_() % 3);
  }

  void step() {
    const std::string before = d_.fsm.resource_version();
    bool failed = false, called = true;
    std::optional<snaptrail::objects::Gap> opened;
    if (d_.next<command::Wait>()) {
      CHECK(d_.wait() > 0ms);
      CHECK(d_.wait() <= 60s);
      called = false;
      d_.waited();
    } else if (const auto* watch = d_.next<command::Watch>()) {
      REQUIRE_FALSE(watch->resource_version.empty());
      REQUIRE(watch->resource_version != "0");
      failed = follow(watch->timeout);
    } else if (const auto* list = d_.next<command::StreamList>()) {
      REQUIRE(list->resource_version != "0");
      stream();
    } else {
      failed = chance(3);
      d_.pass(std::chrono::milliseconds(random_() % 3000));
      if (failed) {
        d_.fail(kFaults[random_() % kFaults.size()]);
      } else {
        const std::string v = version();
        if (d_.next<command::ListPage>() && chance(2)) opened = d_.fsm.list_opened(v, d_.now());
        d_.page(v, chance(3) ? "token" + std::to_string(random_() % 3) : "");
      }
    }
    check(before, opened, failed, called);
  }

  /// Lets a streamed list become complete, or end before.
  void stream() {
    d_.pass(std::chrono::milliseconds(random_() % 30'000));
    switch (random_() % 6) {
      case 0: d_.fail(kFaults[random_() % kFaults.size()]); break;
      case 1: d_.stream_end(); break;
      case 2: d_.stream_error(chance(2) ? 410 : 504, "Odd"); break;
      case 3:
        if (!d_.fsm.unmarked_bookmark(std::chrono::milliseconds(random_() % 40'000))) d_.stream_end();
        break;
      default:
        d_.streamed(version());
        if (!d_.last.list_finished) {
          const auto gap = d_.last.gap;
          d_.stream_end();
          if (gap) d_.last.gap = gap;
        }
    }
  }

  /// Lets a watch run and end. True if it failed.
  bool follow(std::chrono::seconds timeout) {
    for (auto n = random_() % 4; n > 0; --n) {
      d_.pass(std::chrono::milliseconds(random_() % 20'000));
      const std::string held = d_.fsm.resource_version();
      d_.deliver(version());
      REQUIRE(compare_resource_versions(d_.fsm.resource_version(), held) >= 0);
    }
    switch (random_() % 4) {
      case 0:
        d_.pass(timeout);
        d_.stream_end();
        return false;
      case 1: d_.stream_end(); return false;
      case 2: d_.stream_error(chance(2) ? 410 : 500, chance(2) ? "InternalError" : "Odd"); return true;
      default: d_.fail(kFaults[random_() % kFaults.size()]); return true;
    }
  }

  void check(const std::string& before, const std::optional<snaptrail::objects::Gap>& opened, bool failed,
             bool called) {
    if (failed && called) REQUIRE(d_.next<command::Wait>());
    const auto& gap = opened ? opened : d_.last.gap;
    if (gap) {
      REQUIRE(gap->until >= gap->since);
      REQUIRE(gap->since >= covered_);  // gaps of one stream don't overlap
      covered_ = gap->until;
    }
    const std::string& after = d_.fsm.resource_version();
    if (compare_resource_versions(after, before) < 0) {
      REQUIRE(gap);
      REQUIRE(gap->cause == GapCause::Rewound);
    }
    if (d_.last.list_finished) {
      if (synced_ || !before.empty()) REQUIRE((gap || rewound_));  // every later list bridged something
      synced_ = true;
      rewound_ = false;
    }
    if (gap && gap->cause == GapCause::Rewound) rewound_ = !d_.last.list_finished;
  }

  std::mt19937_64 random_;
  Driver d_;
  std::uint64_t version_ = 100;
  snaptrail::objects::Instant covered_ = Driver::at(-2h);
  bool synced_ = false;
  bool rewound_ = false;
};

}  // namespace

TEST_CASE("random servers never see two calls without a wait after a failure, nor a version go back but by a rewind",
          "[watch_fsm]") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    Chaos(seed).run(400);
  }
}

TEST_CASE("a server that fails in every way gets at most a few requests a minute", "[watch_fsm]") {
  for (const Errc fault : kFaults) {
    INFO(to_string(fault));
    Driver d;
    d.sync();
    int calls = 0;
    const auto begun = d.elapsed;
    while (d.elapsed < begun + 1h) {
      if (d.next<command::Wait>()) {
        d.waited();
      } else {
        d.fail(fault);
        ++calls;
      }
    }
    CHECK(calls <= 125);  // 30 s apart at least, but for the first minute
    CHECK(calls >= 60);
  }
}

TEST_CASE("the same seed and inputs give the same run", "[watch_fsm]") {
  Driver a({}, test::paged(), 5), b({}, test::paged(), 5), c({}, test::paged(), 6);
  for (Driver* d : {&a, &b, &c}) {
    d->sync();
    d->fail(Errc::unreachable);
  }
  CHECK(a.last.next == b.last.next);
  CHECK(a.last.next != c.last.next);
}
