// The recordings played through decoder, stores, tracker and diagnosis: what a person would find in them, and nothing
// else.
#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

#include "expected_findings.hpp"

#include "test_data_path.hpp"

using namespace snaptrail;
using reconcilers::Category;
using reconcilers::Severity;
using test::check;
using test::describe;
using test::DiagnosedReplay;

namespace {

const std::string kRecordings = std::string(SNAPTRAIL_TEST_DATA) + "/recordings/";

}  // namespace

TEST_CASE("a good backup and restore by Velero has no finding, neither at its end nor on the way",
          "[diagnosis][replay]") {
  const DiagnosedReplay replay(kRecordings + "velero-backup-restore.ndjson");
  INFO(describe(replay));
  CHECK(replay.stories().empty());
  CHECK(replay.standing() == 0);
}

TEST_CASE("each of the six objects of the hazards gets its code, and the orphans that were there are the baseline",
          "[diagnosis][replay]") {
  const DiagnosedReplay replay(kRecordings + "hazards.ndjson");
  const std::string ns = "mongo-persistent/";
  check(replay,
        {
            {"VolumeSnapshot " + ns + "wrong-driver", "DriverMismatch", 4, 5, 20},
            {"VolumeSnapshot " + ns + "no-such-class", "SnapshotClassNotFound", 4, 10, 20},
            {"VolumeSnapshot " + ns + "no-such-pvc", "SourceClaimGone", 4, 10, 20},
            // Before the namespace is deleted at 19.3: afterwards it is too late.
            {"VolumeSnapshot " + ns + "doomed", "LastCopyAtRisk", 4, 8, 20},
            {"PersistentVolumeClaim " + ns + "too-early", "SourceSnapshotMissing", 4, 10, 20},
            // `kept`, whose VolumeSnapshot went with the namespace.
            {"VolumeSnapshotContent snapcontent-9810dac6-d559-4fb5-bfec-f45840a32391", "OrphanedContent", 24, 25, 26},
            // `wrong-driver`'s, until it is deleted by hand.
            {"VolumeSnapshotContent snapcontent-04c4e060-445f-4c58-bb79-d8016fcfb024", "OrphanedContent", 24, 25, 26},
            {"VolumeSnapshotContent 273f80285b95b02046541c151ccec8652383f87ee5d1b8dc1ee7261ef29e2c5f",
             "OrphanedContent", 4, 6, 26},
            {"VolumeSnapshotContent 5d228fdefbbdcd33d2687c9372cda605bb5b42360677a38b43d92f916660c288",
             "OrphanedContent", 4, 6, 26},
        });
  for (const auto& story : replay.stories()) {
    CAPTURE(story.subject);
    CHECK(story.finding.baseline == (story.began < 5.5 && story.reason == "OrphanedContent"));
  }
}

TEST_CASE("a bad night is told as it was: what was stuck, what it held up, what only waited, what was lost",
          "[diagnosis][replay]") {
  const DiagnosedReplay replay(kRecordings + "night.ndjson.gz");
  constexpr double kStands = -1;
  check(replay, {
                    // Binding takes up to 7 s in a burst: the controller's own rate limit, not the driver.
                    {"VolumeSnapshot queue-kafka/data-kafka-0-hourly-202611222300", "ControllerThrottled", 34, 36, 40},
                    {"VolumeSnapshot queue-kafka/data-kafka-1-hourly-202611222300", "ControllerThrottled", 34, 36, 40},
                    {"VolumeSnapshot queue-kafka/data-kafka-2-hourly-202611222300", "ControllerThrottled", 34, 36, 40},
                    {"VolumeSnapshot mail-dovecot/before-upgrade", "ControllerThrottled", 34, 36, 40},
                    {"VolumeSnapshot auth-keycloak/velero-db-959dn", "ControllerThrottled", 37, 39, 43},
                    {"VolumeSnapshot metrics-thanos/store-manual", "DriverMismatch", 31, 33, kStands},
                    {"VolumeSnapshot ci-cache/gone", "SnapshotClassNotFound", 36, 40, kStands},
                    // Never cut; Velero waits for it for its 90 s, and five other volumes wait behind it.
                    {"VolumeSnapshot auth-keycloak/velero-db-959dn", "DriverNotResponding", 60, 75, 125},
                    {"Backup velero/nightly-platform", "BackupHeldUp", 60, 75, 125},
                    {"VolumeSnapshot auth-keycloak/velero-db-959dn", "BackupTimeout", 80, 110, 125},
                    {"VolumeSnapshot auth-keycloak/velero-db-959dn", "ContentHeld", 150, 160, kStands},
                    // The backend's copy goes with its namespace at 97.
                    {"VolumeSnapshot mail-dovecot/before-upgrade", "LastCopyAtRisk", 41, 50, 98},
                    {"PersistentVolumeClaim wiki-mariadb/data", "HandleNotFound", 123, 130, kStands},
                    {"PersistentVolumeClaim queue-kafka/data-kafka-0-clone", "WaitingForConsumer", 123, 130, kStands},
                    {"PersistentVolumeClaim queue-kafka/data-kafka-1-small", "SizeTooSmall", 123, 130, kStands},
                    {"VolumeSnapshotContent snapcontent-11cb6ee9-61a8-4796-b6f4-b7adb0069c39", "OrphanedContent", 187,
                     190, kStands},
                });

  const auto* held_up = replay.find("Backup velero/nightly-platform", "BackupHeldUp");
  REQUIRE(held_up);
  CHECK(held_up->finding.consequence);
  REQUIRE(held_up->finding.blocking.size() == 1);
  CHECK(held_up->finding.blocking[0].name == "velero-db-959dn");
  CHECK(held_up->finding.evidence.back().text == "5");
  CHECK(replay.find("PersistentVolumeClaim queue-kafka/data-kafka-0-clone", "WaitingForConsumer")->finding.category ==
        Category::Waiting);
  CHECK(replay.find("VolumeSnapshot auth-keycloak/velero-db-959dn", "ContentHeld")->finding.blocking[0].name ==
        "snapcontent-ad30af2d-adce-47cb-9ef7-04d5037bd2a6");
  CHECK(replay.find("VolumeSnapshot mail-dovecot/before-upgrade", "LastCopyAtRisk")->finding.severity ==
        Severity::Critical);
}
