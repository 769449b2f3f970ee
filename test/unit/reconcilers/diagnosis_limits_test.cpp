// Thresholds, the memory of Events, and what the trail remembers.
#include <catch2/catch_test_macros.hpp>

#include <string>

#include "cluster.hpp"
#include "reconcilers/diagnosis/trail_memory.hpp"

using namespace snaptrail;
using namespace snaptrail::test;
using namespace std::chrono_literals;
using reconcilers::EventMemory;
using reconcilers::Limit;
using reconcilers::parse_stuck_after;
using reconcilers::Phase;
using reconcilers::Reason;
using reconcilers::TrailMemory;

TEST_CASE("the most particular threshold wins", "[diagnosis][thresholds]") {
  reconcilers::Thresholds thresholds;
  const auto of = [&](std::string_view annotation, std::optional<objects::Millis> p99 = {}) {
    return thresholds.of(Phase::Uploading, "ebs.csi.aws.com", "gp3", annotation, p99);
  };
  CHECK(of("").after == default_limit(Phase::Uploading));
  CHECK(of("").origin == Limit::Origin::Default);
  CHECK(of("", 3h).after == 3h);
  CHECK(of("", 1s).after == default_limit(Phase::Uploading));
  thresholds.global[static_cast<std::size_t>(Phase::Uploading)] = 1h;
  CHECK(of("", 30min).origin == Limit::Origin::Global);
  CHECK(of("", 2h).origin == Limit::Origin::Learned);
  thresholds.learned = false;
  CHECK(of("", 2h).after == 1h);
  thresholds.by_driver["ebs.csi.aws.com"][static_cast<std::size_t>(Phase::Uploading)] = 2h;
  CHECK(of("").after == 2h);
  thresholds.by_class["gp3"][static_cast<std::size_t>(Phase::Uploading)] = 10min;
  CHECK(of("").after == 10min);
  CHECK(of("45m").after == 45min);
  CHECK(of("soon").after == 10min);
  CHECK(thresholds.of(Phase::Deleting, "ebs.csi.aws.com", "gp3", "", {}).after == default_limit(Phase::Deleting));
}

TEST_CASE("an annotation's duration is whole numbers with units, the largest first", "[diagnosis][thresholds]") {
  CHECK(parse_stuck_after("90s") == 90s);
  CHECK(parse_stuck_after("1h30m") == 90min);
  CHECK(parse_stuck_after("2d") == 48h);
  for (const char* odd : {"", "5", "m", "0s", "30m1h", "1h1h", "-5m", "1.5h", "31d", "99999999d", "5m ", "1w"}) {
    CAPTURE(odd);
    CHECK_FALSE(parse_stuck_after(odd));
  }
}

TEST_CASE("phases are found by their names in the configuration", "[diagnosis][thresholds]") {
  for (std::size_t i = 0; i < reconcilers::kPhases; ++i) {
    CHECK(reconcilers::phase_of(to_string(static_cast<Phase>(i))) == static_cast<Phase>(i));
  }
  CHECK_FALSE(reconcilers::phase_of("forever"));
}

namespace {

objects::Event warning(const std::string& reason, const std::string& message, int second, int about = 1) {
  objects::Event event;
  event.about_kind = objects::Symbol("VolumeSnapshot");
  event.about.uid = uid(about);
  event.type = objects::Symbol("Warning");
  event.reason = objects::Symbol(reason);
  event.message = message;
  event.last = at(second);
  return event;
}

}  // namespace

TEST_CASE("of Events with one reason only the newest is kept, the newest first", "[diagnosis][events]") {
  EventMemory memory;
  CHECK(memory.add(warning("A", "first", 1)));
  CHECK(memory.add(warning("B", "other", 2)));
  CHECK(memory.add(warning("A", "second", 3)));
  CHECK_FALSE(memory.add(warning("A", "late", 2)));
  CHECK_FALSE(memory.add(warning("A", "second", 3)));
  const auto events = memory.about(uid(1));
  REQUIRE(events.size() == 2);
  CHECK(events[0].message == "second");
  CHECK(events[1].message == "other");
  memory.forget(uid(1));
  CHECK(memory.about(uid(1)).empty());
  CHECK(memory.objects() == 0);
}

TEST_CASE("the memory of Events is bounded in texts, Events and objects", "[diagnosis][events]") {
  EventMemory memory(2);
  for (int i = 0; i < 20; ++i) memory.add(warning("R" + std::to_string(i), "x", i));
  REQUIRE(memory.about(uid(1)).size() == EventMemory::kPerObject);
  CHECK(memory.about(uid(1))[0].reason.get() == "R19");
  memory.add(warning("A", std::string(EventMemory::kMessageBytes - 1, 'x') + "é and more", 1, 2));
  CHECK(memory.about(uid(2))[0].message == std::string(EventMemory::kMessageBytes - 1, 'x'));
  memory.add(warning("R1", "again", 30, 1));
  memory.add(warning("A", "x", 1, 3));
  CHECK(memory.about(uid(2)).empty());  // the one heard of longest ago
  CHECK_FALSE(memory.about(uid(1)).empty());
  CHECK(memory.evicted() == 1);
  EventMemory none(0);
  CHECK_FALSE(none.add(warning("A", "x", 1)));
}

TEST_CASE("success ends what is remembered of failures", "[diagnosis][events]") {
  EventMemory memory;
  memory.add(warning("ProvisioningFailed", "no", 1));
  auto event = warning("ProvisioningSucceeded", "yes", 2);
  event.type = objects::Symbol("Normal");
  CHECK(memory.add(event));
  CHECK(memory.about(uid(1)).empty());
  CHECK_FALSE(memory.add(event));
}

TEST_CASE("Events about nobody, and Normal ones that say that all is well, are not kept", "[diagnosis][events]") {
  EventMemory memory;
  auto event = warning("Pulled", "image", 1);
  event.type = objects::Symbol("Normal");
  CHECK_FALSE(memory.add(event));
  event = warning("A", "x", 1);
  event.about.uid = {};
  CHECK_FALSE(memory.add(event));
  event = warning("A", "x", 1);
  event.about_kind = objects::Symbol("Pod");
  CHECK_FALSE(memory.add(event));
}

namespace {

objects::Row content_row(objects::State to, int second, const std::string& handle = "snap-1") {
  objects::Row row;
  row.kind = Kind::VolumeSnapshotContent;
  row.uid = uid(101);
  row.name = "content-1";
  row.to = to;
  row.at = at(second);
  row.driver = "csi.example.com";
  row.snapshot_handle = handle;
  row.volume_handle = "vol-1";
  row.claim_uid = uid(50);
  row.policy = objects::DeletionPolicy::Delete;
  return row;
}

}  // namespace

TEST_CASE("a leak stands for a week", "[diagnosis][trail]") {
  TrailMemory trail;
  auto end = content_row(State::Deleted, 10);
  end.outcome = objects::Outcome::Leaked;
  trail.recorded(end);
  const auto found = trail.findings(at(11));
  REQUIRE(found.size() == 1);
  CHECK(found[0].reason == Reason::Leaked);
  CHECK(found[0].subject.name == "content-1");
  CHECK(found[0].evidence[1].text == "snap-1");
  CHECK(*trail.look_again(at(11)) == at(10) + TrailMemory::kLeakKept);
  CHECK(trail.findings(at(10) + TrailMemory::kLeakKept).empty());
}

TEST_CASE("ten destroyed snapshots of one namespace within ten minutes are a burst, nine or retained ones are none",
          "[diagnosis][trail]") {
  TrailMemory trail;
  auto end = content_row(State::Deleted, 0);
  end.kind = Kind::VolumeSnapshot;
  end.ns = "shop";
  end.outcome = objects::Outcome::Retained;
  for (int i = 0; i < 50; ++i) trail.recorded(end);
  end.outcome = objects::Outcome::Destroyed;
  for (int i = 0; i < 9; ++i) {
    end.at = at(i);
    trail.recorded(end);
  }
  CHECK(trail.findings(at(10)).empty());
  end.at = at(10);
  trail.recorded(end);
  const auto found = trail.findings(at(11));
  REQUIRE(found.size() == 1);
  CHECK(found[0].reason == Reason::DeletionBurst);
  CHECK(found[0].subject.name == "shop");
  CHECK(found[0].evidence[0].count == 10);
  CHECK(trail.findings(at(10) + TrailMemory::kBurstWindow).empty());
}

TEST_CASE("a driver's p99 needs enough samples and is the nearest rank of the last ones", "[diagnosis][trail]") {
  TrailMemory trail;
  reconcilers::PhaseDuration upload{reconcilers::Measure::SnapshotPhase, "upload", "csi.example.com", "", 60s, false};
  for (std::size_t i = 1; i < TrailMemory::kMinSamples; ++i) trail.measured(upload);
  CHECK_FALSE(trail.p99(Phase::Uploading, "csi.example.com"));
  upload.length = 100s;
  trail.measured(upload);
  CHECK(trail.p99(Phase::Uploading, "csi.example.com") == objects::Millis(100s));
  CHECK_FALSE(trail.p99(Phase::Creating, "csi.example.com"));
  CHECK_FALSE(trail.p99(Phase::Binding, "csi.example.com"));
  upload.length = 5s;
  for (std::size_t i = 0; i < TrailMemory::kSamples; ++i) trail.measured(upload);
  CHECK(trail.p99(Phase::Uploading, "csi.example.com") == objects::Millis(5s));
}
