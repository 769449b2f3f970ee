#include "controller/event_trail.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace snaptrail;
using controller::EventTrail;

namespace {

objects::Uid uid(int number) {
  return *objects::Uid::parse("00000000-0000-4000-8000-" + std::to_string(100'000'000'000 + number));
}
objects::Instant at(int second) { return objects::Instant{objects::Millis{second * 1000LL}}; }

objects::Event event(int number, const char* kind = "VolumeSnapshot") {
  objects::Event made;
  made.meta.uid = uid(number);
  made.meta.created = at(1);
  made.about_kind = objects::Symbol(kind);
  made.about.ns = objects::Symbol("shop");
  made.about.name = "nightly";
  made.about.uid = uid(7);
  made.reason = objects::Symbol("SnapshotReady");
  made.type = objects::Symbol("Normal");
  made.message = "ready";
  made.last = at(2);
  return made;
}

}  // namespace

TEST_CASE("an Event about an object of the flow is recorded with when it was observed", "[event trail]") {
  EventTrail trail;
  const auto found = trail.take(event(1), at(3), false);
  REQUIRE(found);
  CHECK(found->uid == uid(1));
  CHECK(found->kind == objects::Kind::VolumeSnapshot);
  CHECK(found->ns == "shop");
  CHECK(found->name == "nightly");
  CHECK(found->about == uid(7));
  CHECK(found->reason == "SnapshotReady");
  CHECK(!found->warning);
  CHECK(found->count == 1);
  CHECK(found->at == at(3));
  CHECK(found->first == objects::MaybeInstant(at(1)));
  CHECK(found->api_time == objects::MaybeInstant(at(2)));
}

TEST_CASE("of an Event that a list brings the time is the one that it says itself", "[event trail]") {
  EventTrail trail;
  const auto listed = trail.take(event(1), at(99), true);
  REQUIRE(listed);
  CHECK(listed->at == at(2));
  CHECK(listed->late);
  auto timeless = event(2);
  timeless.last = {};
  CHECK(trail.take(timeless, at(99), true)->at == at(99));
}

TEST_CASE("what a list brings again is no news, what is counted up is", "[event trail]") {
  EventTrail trail;
  CHECK(trail.take(event(1), at(3), false));
  CHECK(!trail.take(event(1), at(4), true));
  auto more = event(1);
  more.count = 2;
  CHECK(trail.take(more, at(5), true));
  CHECK(!trail.take(more, at(6), true));
}

TEST_CASE("Events about other kinds, or about nobody, are left out", "[event trail]") {
  EventTrail trail;
  CHECK(!trail.take(event(1, "Pod"), at(3), false));
  CHECK(!trail.take(event(2, "Backup"), at(3), false));
  CHECK(!trail.take(event(3, ""), at(3), false));
  auto nobody = event(4);
  nobody.about = {};
  CHECK(!trail.take(nobody, at(3), false));
}

TEST_CASE("what is remembered is bounded, and a long message is cut between two characters", "[event trail]") {
  EventTrail trail(2);
  for (int number = 1; number <= 3; ++number) CHECK(trail.take(event(number), at(3), false));
  CHECK(!trail.take(event(3), at(4), true));
  CHECK(trail.take(event(1), at(4), true));
  auto wordy = event(9);
  wordy.message = std::string(EventTrail::kMessageBytes - 4, 'x') + "üüü";
  CHECK(trail.take(wordy, at(5), false)->message == std::string(EventTrail::kMessageBytes - 4, 'x') + "…");
}
