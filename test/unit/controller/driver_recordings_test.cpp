// Drivers and backup tools that no test runs, in recordings made by hand (test/data/drivers/generate.py): what goes well raises
// nothing, and what doesn't is one finding with the right cause.
#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>

#include "expected_findings.hpp"
#include "test_data_path.hpp"

using namespace snaptrail;
using reconcilers::Category;
using reconcilers::Severity;
using test::check;
using test::describe;
using test::DiagnosedReplay;

namespace {

constexpr double kStands = -1;

DiagnosedReplay replayed(const std::string& name) {
  return DiagnosedReplay(std::string(SNAPTRAIL_TEST_DATA) + "/drivers/" + name + ".ndjson.gz");
}

}  // namespace

TEST_CASE("EBS and Kasten K10: throttled until the cut, whatever each request's id is; the long upload is none",
          "[diagnosis][drivers]") {
  const auto replay = replayed("ebs-k10");
  check(replay, {{"VolumeSnapshot pg/k10-csi-snap-7xkfz", "Throttled", 30, 40, 145}});
}

TEST_CASE("Ceph and VolSync: twelve snapshots made and destroyed within minutes, twice, raise nothing",
          "[diagnosis][drivers]") {
  const auto replay = replayed("ceph-volsync");
  INFO(describe(replay));
  CHECK(replay.stories().empty());
}

TEST_CASE("vSphere: a limit of three snapshots a volume stands until there is room", "[diagnosis][drivers]") {
  const auto replay = replayed("vsphere-limit");
  check(replay, {{"VolumeSnapshot db/data-hourly-0", "LastCopyAtRisk", 4, 8, 11},
                 {"VolumeSnapshot db/data-hourly-3", "OutOfResources", 85, 95, 302}});
}

TEST_CASE("Azure and Velero's data mover: what it hands over and destroys is neither lost, unverified nor a burst",
          "[diagnosis][drivers]") {
  const auto replay = replayed("azure-data-mover");
  check(replay, {{"VolumeSnapshotClass snapclass", "VeleroClassDeletes", 0, 1, kStands}});
}

TEST_CASE("GCE: a full quota and a disk that is gone", "[diagnosis][drivers]") {
  const auto replay = replayed("gce-restore");
  check(replay, {{"PersistentVolumeClaim web/full", "OutOfResources", 35, 45, 205},
                 {"VolumeSnapshot web/gone-disk", "HandleNotFound", 24, 30, kStands}});
}

TEST_CASE("Longhorn: a driver that is silent for ten minutes at a time is one finding", "[diagnosis][drivers]") {
  const auto replay = replayed("longhorn-silent");
  check(replay, {{"VolumeSnapshot media/weekly", "DriverNotResponding", 300, 310, 1502},
                 {"VolumeSnapshot media/weekly", "LastCopyAtRisk", 1499, 1502, kStands}});
}

TEST_CASE("Trident: a deletion that the backend refuses without a word, and when it is tried again",
          "[diagnosis][drivers]") {
  const auto replay = replayed("trident-deletion");
  check(replay, {{"VolumeSnapshot ci/old", "LastCopyAtRisk", 2, 5, 15},
                 {"VolumeSnapshot ci/new", "LastCopyAtRisk", 10, 15, kStands},
                 {"VolumeSnapshot ci/old", "ContentHeld", 55, 65, 302}});
  const auto* held = replay.find("VolumeSnapshot ci/old", "ContentHeld");
  REQUIRE(held);
  CHECK(held->finding.category == Category::Error);
  const auto* left = replay.find("VolumeSnapshot ci/new", "LastCopyAtRisk");
  REQUIRE(left);
  CHECK(left->finding.severity == Severity::Warning);
}

TEST_CASE("OADP: a restore whose claim comes before its snapshot, and that before its content, raises nothing",
          "[diagnosis][drivers]") {
  const auto replay = replayed("oadp-odd-order");
  INFO(describe(replay));
  CHECK(replay.stories().empty());
}

TEST_CASE("a scheduler's burst of forty: throttled once each until bound, no absent controller, no burst of deletions",
          "[diagnosis][drivers]") {
  const auto replay = replayed("scheduler-burst");
  INFO(describe(replay));
  std::set<std::string> throttled;
  for (const auto& story : replay.stories()) {
    CAPTURE(story.subject, story.reason);
    if (story.reason == "ControllerThrottled") {
      CHECK(throttled.insert(story.subject).second);
      CHECK(story.ended >= story.began);
    } else {
      CHECK(story.reason == "LastCopyAtRisk");
    }
  }
  CHECK(throttled.size() >= 37);
  CHECK(throttled.size() <= 39);
}
