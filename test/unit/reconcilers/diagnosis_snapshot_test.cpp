// Why a VolumeSnapshot isn't made or isn't deleted: one case a code, and how it is told from its neighbours.
#include <catch2/catch_test_macros.hpp>

#include <string>

#include "patient.hpp"

using namespace snaptrail;
using namespace snaptrail::test;

TEST_CASE("a healthy snapshot on its way has no finding", "[diagnosis][snapshot]") {
  Patient cluster;
  cluster.put(gold(), 1);
  CHECK(cluster.of_snapshot(2) == "");
  cluster.put(being_created(), 2);
  cluster.put(bound(), 2);
  CHECK(cluster.of_snapshot(200) == "");
  cluster.put(kept(), 200);
  cluster.put(ready(gold()), 201);
  CHECK(cluster.of_snapshot(10'000) == "");
  CHECK(cluster.of_content(10'000) == "");
}

TEST_CASE("SnapshotControllerAbsent: nothing touches the snapshot for a minute", "[diagnosis][snapshot]") {
  Patient cluster;
  cluster.put(gold(), 1);
  CHECK(cluster.of_snapshot(60) == "");
  CHECK(*cluster.diagnosis(Kind::VolumeSnapshot, 1, 2).look_again == at(4));
  CHECK(cluster.of_snapshot(61) == "SnapshotControllerAbsent");
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 61).severity == Severity::Critical);
}

TEST_CASE("SnapshotControllerAbsent: the content is ready, and nobody tells the snapshot", "[diagnosis][snapshot]") {
  Patient cluster;
  cluster.put(kept(), 1);
  cluster.put(bound(), 1);
  CHECK(cluster.of_snapshot(60) == "");
  CHECK(cluster.of_snapshot(61) == "SnapshotControllerAbsent");
}

TEST_CASE("an error whose cause is gone leaves the controller time for its next try", "[diagnosis][snapshot]") {
  Patient cluster;
  auto object = gold();
  object.error = {true, R"(Failed to get snapshot class with error volumesnapshotclass "gold" not found)", at(1)};
  cluster.put(object, 1);
  CHECK(cluster.of_snapshot(600) == "");
  CHECK(cluster.of_snapshot(661) == "SnapshotControllerAbsent");
}

TEST_CASE("SnapshotClassNotFound: the class is named and isn't there, and classes can be seen",
          "[diagnosis][snapshot]") {
  Patient cluster;
  auto object = snapshot();
  object.class_name = Symbol("absent");
  object.error = {true, R"(Failed to get snapshot class with error volumesnapshotclass "absent" not found)", at(1)};
  cluster.put(object, 1);
  CHECK(cluster.of_snapshot(5) == "");
  CHECK(cluster.of_snapshot(6) == "SnapshotClassNotFound");
  const Finding finding = cluster.first(Kind::VolumeSnapshot, 1, 6);
  REQUIRE(finding.blocking.size() == 1);
  CHECK(finding.blocking[0].kind == "VolumeSnapshotClass");
  CHECK(finding.blocking[0].name == "absent");
  CHECK(finding.fix.text.find("absent") != std::string::npos);
  cluster.add(Patient::snapshot_class("absent", 401));
  CHECK(cluster.of_snapshot(7) == "");  // the text stands until the controller's next try; its cause is gone
  cluster.stores.set_synced(Kind::VolumeSnapshotClass, false);
  object.class_name = Symbol("other");
  cluster.put(object, 8);
  CHECK(cluster.of_snapshot(20) != "SnapshotClassNotFound SnapshotClassNotFound");
}

TEST_CASE("a kind that can't be seen is no absence", "[diagnosis][snapshot]") {
  Patient cluster;
  auto object = snapshot();
  object.class_name = Symbol("absent");
  object.source_claim = "nobody";
  cluster.put(object, 1);
  cluster.stores.set_synced(Kind::VolumeSnapshotClass, false);
  cluster.stores.set_synced(Kind::PersistentVolumeClaim, false);
  CHECK(cluster.of_snapshot(30) == "");
  cluster.stores.set_synced(Kind::PersistentVolumeClaim, true);
  CHECK(cluster.of_snapshot(30) == "SourceClaimGone");
}

TEST_CASE("NoSingleDefaultClass: no class is named, and the driver has none or two defaults", "[diagnosis][snapshot]") {
  Patient cluster;
  cluster.put(snapshot(), 1);
  CHECK(cluster.of_snapshot(10) == "");
  cluster.add(Patient::snapshot_class("silver", 401));
  CHECK(cluster.of_snapshot(10) == "NoSingleDefaultClass");
  auto other_driver = Patient::snapshot_class("silver", 401);
  other_driver.driver = Symbol("other.example.com");
  cluster.add(other_driver);
  CHECK(cluster.of_snapshot(10) == "");
  auto no_default = Patient::snapshot_class("gold");
  no_default.is_default = false;
  cluster.add(no_default);
  CHECK(cluster.of_snapshot(10) == "NoSingleDefaultClass");
}

TEST_CASE("VolumeNotCsi: the source's volume has no CSI driver", "[diagnosis][snapshot]") {
  Patient cluster;
  auto volume = Patient::source_volume();
  volume.driver = Symbol("");
  cluster.put(volume, 1);
  cluster.put(gold(), 1);
  CHECK(cluster.of_snapshot(6) == "VolumeNotCsi");
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 6).fix.command == "kubectl get persistentvolume pv-data -o yaml");
}

TEST_CASE("SourceClaimGone: absent, or being deleted", "[diagnosis][snapshot]") {
  Patient cluster;
  auto object = gold();
  object.source_claim = "nobody";
  cluster.put(object, 1);
  CHECK(cluster.of_snapshot(6) == "SourceClaimGone");
  cluster.put(gold(2), 1);
  auto claim = Patient::source_claim();
  claim.meta.deleted = at(1);
  cluster.put(claim, 1);
  CHECK(cluster.of_snapshot(6, 2) == "SourceClaimGone");
}

TEST_CASE("SourceClaimUnbound: the claim is Pending for longer than a moment", "[diagnosis][snapshot]") {
  Patient cluster;
  auto claim = Patient::source_claim();
  claim.phase = ClaimPhase::Pending;
  claim.volume_name.clear();
  cluster.put(claim, 1);
  cluster.put(gold(), 1);
  CHECK(cluster.of_snapshot(30) == "");
  CHECK(cluster.of_snapshot(31) == "SourceClaimUnbound");
  cluster.put(Patient::source_claim(), 40);
  CHECK(cluster.of_snapshot(41) == "");
}

TEST_CASE("DriverMismatch: at once, by the class or by the content", "[diagnosis][snapshot]") {
  Patient cluster;
  auto other = Patient::snapshot_class("other", 401);
  other.driver = Symbol("other.example.com");
  other.is_default = false;
  cluster.add(other);
  auto object = snapshot();
  object.class_name = Symbol("other");
  cluster.put(object, 1);
  CHECK(cluster.of_snapshot(1) == "DriverMismatch");
  auto made = content();
  made.driver = Symbol("other.example.com");
  cluster.put(made, 2);
  object.bound_content = "content-1";
  cluster.put(object, 2);
  CHECK(cluster.of_snapshot(500) == "DriverMismatch");  // and not SidecarAbsent
}

TEST_CASE("SidecarAbsent: the content is there, and no sidecar marks it", "[diagnosis][snapshot]") {
  Patient cluster;
  cluster.put(content(), 1);
  cluster.put(bound(), 1);
  CHECK(cluster.of_snapshot(60) == "");
  CHECK(cluster.of_snapshot(61) == "SidecarAbsent");
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 61).driver == kDriver);
  cluster.put(being_created(), 62);
  CHECK(cluster.of_snapshot(63) == "");
}

TEST_CASE("DriverNotResponding: the call takes longer than the phase may, without a word", "[diagnosis][snapshot]") {
  Patient cluster;
  cluster.put(being_created(), 1);
  cluster.put(bound(), 1);
  CHECK(cluster.of_snapshot(300) == "");
  CHECK(cluster.of_snapshot(301) == "DriverNotResponding");
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 301).category == Category::Stuck);
}

TEST_CASE("an error that retrying may end is told after half a minute, one that it can't after seconds",
          "[diagnosis][snapshot]") {
  Patient cluster;
  auto made = being_created();
  made.error = {true, "rpc error: code = DeadlineExceeded desc = context deadline exceeded", at(1)};
  cluster.put(made, 1);
  cluster.put(bound(), 1);
  CHECK(cluster.of_snapshot(30) == "");
  CHECK(cluster.of_snapshot(31) == "DriverNotResponding");
  made.error.message = "rpc error: code = Internal desc = provided secret is empty";
  cluster.put(made, 40);
  CHECK(cluster.of_snapshot(41) == "SecretMissing");
  const Finding finding = cluster.first(Kind::VolumeSnapshot, 1, 41);
  CHECK(finding.evidence[0].what == "VolumeSnapshotContent content-1 status.error.message");
  CHECK(finding.evidence[0].text == made.error.message);
  CHECK(finding.fix.command == "kubectl get volumesnapshotclass gold -o yaml");
}

TEST_CASE("an error that only an Event tells counts, and its repetitions tell the next try", "[diagnosis][snapshot]") {
  Patient cluster;
  cluster.put(being_created(), 1);
  cluster.put(bound(), 1);
  cluster.says("VolumeSnapshotContent", 101, "SnapshotContentCheckandUpdateFailed",
               "rpc error: code = Internal desc = SnapshotCreationPerVolumeRateExceeded", 60, 6);
  const Finding finding = cluster.first(Kind::VolumeSnapshot, 1, 65);
  CHECK(finding.reason == Reason::Throttled);
  // The seventh failure in all: the first one's Event has a reason of its own.
  CHECK(*finding.next_try == at(60 + 64));
  CHECK(finding.evidence[0].count == 6);
  CHECK_FALSE(cluster.first(Kind::VolumeSnapshot, 1, 200).next_try);  // that is over
}

TEST_CASE("Unknown: a message that tells no cause is no guess", "[diagnosis][snapshot]") {
  Patient cluster;
  auto made = being_created();
  made.error = {true, "rpc error: code = Internal desc = tar: can't open", at(1)};
  cluster.put(made, 1);
  cluster.put(bound(), 1);
  CHECK(cluster.of_snapshot(31) == "Unknown");
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 31).evidence[0].text == made.error.message);
}

TEST_CASE("UploadSlow: beyond the threshold stuck, within the driver's own past waiting", "[diagnosis][snapshot]") {
  Patient cluster;
  auto made = cut(content());
  made.ready = Ready::False;
  cluster.put(made, 1);
  cluster.put(bound(), 1);
  CHECK(cluster.of_snapshot(1'800) == "");
  CHECK(cluster.of_snapshot(1'801) == "UploadSlow");
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 1'801).category == Category::Stuck);
  for (int i = 0; i < 30; ++i) {
    cluster.trail.measured(
        {reconcilers::Measure::SnapshotPhase, "upload", kDriver, "", objects::Millis(7'200'000), false});
  }
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 1'801).category == Category::Waiting);
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 7'201).category == Category::Stuck);
}

TEST_CASE("the object's annotation sets its threshold", "[diagnosis][snapshot]") {
  Patient cluster;
  auto made = cut(content());
  made.ready = Ready::False;
  cluster.put(made, 1);
  auto object = bound();
  object.meta.stuck_after = Symbol("10m");
  cluster.put(object, 1);
  CHECK(cluster.of_snapshot(601) == "UploadSlow");
}

TEST_CASE("ContentMissing and ContentMisbound: the content that is named isn't there, or is another's",
          "[diagnosis][snapshot]") {
  Patient cluster;
  auto imported = snapshot();
  imported.source_claim.clear();
  imported.source_content = "content-9";
  cluster.put(imported, 1);
  CHECK(cluster.of_snapshot(6) == "ContentMissing");
  auto other = content(9);
  other.meta.uid = uid(109);
  other.snapshot = {Symbol("shop"), "someone-else", uid(999)};
  cluster.put(other, 7);
  CHECK(cluster.of_snapshot(8) == "ContentMisbound");
}

TEST_CASE("ContentMisbound: the content that is named refers to a namespace that is not followed",
          "[diagnosis][snapshot]") {
  Patient cluster;
  auto imported = snapshot();
  imported.source_claim.clear();
  imported.source_content = "content-9";
  cluster.put(imported, 1);
  cluster.stores.elsewhere(Kind::VolumeSnapshotContent).add("content-9");
  CHECK(cluster.of_snapshot(6) == "ContentMisbound");
}

TEST_CASE("ContentMissing: a Ready snapshot whose content went", "[diagnosis][snapshot]") {
  Patient cluster;
  cluster.put(cut(content()), 1);
  cluster.put(ready(gold()), 1);
  cluster.drop(cut(content()), 2);
  auto object = ready(gold());
  object.ready = Ready::False;
  object.error = {true, "VolumeSnapshotContent is missing", at(3)};
  cluster.put(object, 3);
  CHECK(cluster.of_snapshot(9) == "ContentMissing");
}

TEST_CASE("HandleNotFound: an imported handle that the backend doesn't know", "[diagnosis][snapshot]") {
  Patient cluster;
  auto imported = snapshot();
  imported.source_claim.clear();
  imported.source_content = "content-1";
  auto made = content();
  made.source_volume_handle.clear();
  made.source_snapshot_handle = "snap-gone";
  made.error = {true,
                R"(failed to list snapshot for content content-1: "can not find snapshot for snapshotID snap-gone")",
                at(1)};
  cluster.put(made, 1);
  cluster.put(imported, 1);
  CHECK(cluster.of_snapshot(7) == "HandleNotFound");
  cluster.drop(imported, 8);
  cluster.put(made, 8);
  CHECK(cluster.of_content(9) == "");  // its snapshot was there and is gone: the orphan's business
}

TEST_CASE("SnapshotInUse: a snapshot goes only after the restores from it", "[diagnosis][deletion]") {
  Patient cluster;
  cluster.put(cut(content()), 1);
  cluster.put(ready(gold()), 1);
  auto claim = restore_claim();
  cluster.put(claim, 2);
  auto going = ready(gold());
  going.meta.deleted = at(3);
  going.meta.finalizers = {Symbol("snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection")};
  cluster.put(going, 3);
  CHECK(cluster.of_snapshot(8).starts_with("SnapshotInUse"));
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 8).category == Category::Waiting);
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 8).blocking[0].name == "restored-50");
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 200).category == Category::Stuck);
  claim.phase = ClaimPhase::Bound;
  claim.volume_name = "pv-2";
  cluster.put(claim, 9);
  CHECK(cluster.of_snapshot(10).find("SnapshotInUse") == std::string::npos);
}

TEST_CASE("FinalizerStuck: a finalizer stays and nobody is left who needs it", "[diagnosis][deletion]") {
  Patient cluster;
  auto going = ready(gold());
  going.meta.deleted = at(1);
  going.meta.finalizers = {Symbol("provisioner.storage.kubernetes.io/volumesnapshot-as-source-protection")};
  cluster.put(going, 1);
  CHECK(cluster.of_snapshot(120) == "");
  CHECK(cluster.of_snapshot(121) == "FinalizerStuck");
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 121).fix.text.find("provisioner.storage.kubernetes.io") !=
        std::string::npos);
}

TEST_CASE("a member of a group that can't be deleted by itself is as it should be", "[diagnosis][deletion]") {
  Patient cluster;
  auto made = cut(content());
  made.policy = DeletionPolicy::Retain;
  cluster.put(made, 1);
  auto going = ready(gold());
  going.group = Symbol("group-1");
  going.meta.deleted = at(1);
  going.meta.finalizers = {Symbol("snapshot.storage.kubernetes.io/volumesnapshot-in-group-protection")};
  cluster.put(going, 1);
  CHECK(cluster.of_snapshot(10'000) == "");
}

TEST_CASE("ContentHeld: a creation that never ended holds the snapshot's deletion", "[diagnosis][deletion]") {
  Patient cluster;
  auto made = being_created();
  made.meta.deleted = at(1);
  cluster.put(made, 1);
  auto going = bound();
  going.meta.deleted = at(1);
  cluster.put(going, 1);
  CHECK(cluster.of_snapshot(30) == "");
  CHECK(cluster.of_snapshot(31) == "ContentHeld");
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 31).blocking[0].name == "content-1");
  CHECK(cluster.of_content(31) == "");  // one cause, one finding
}

TEST_CASE("a deletion that the backend refuses tells the backend's reason", "[diagnosis][deletion]") {
  Patient cluster;
  auto made = cut(content());
  made.meta.deleted = at(1);
  made.being_deleted = true;
  cluster.put(made, 1);
  cluster.pass(10);
  cluster.says("VolumeSnapshotContent", 101, "SnapshotDeleteError",
               "Failed to delete snapshot: rpc error: code = FailedPrecondition desc = snapshot is busy", 20);
  CHECK(cluster.of_content(60) == "SnapshotInUse");
  CHECK(cluster.first(Kind::VolumeSnapshotContent, 101, 60).category == Category::Error);
  cluster.says("VolumeSnapshotContent", 101, "SnapshotDeleteError", "rpc error: code = Internal desc = odd", 30);
  CHECK(cluster.of_content(60) == "ContentHeld");
}

TEST_CASE("a content that the sidecar was told to delete and doesn't: SidecarAbsent", "[diagnosis][deletion]") {
  Patient cluster;
  auto made = cut(content());
  made.meta.deleted = at(1);
  made.being_deleted = true;
  made.meta.finalizers = {Symbol("snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection")};
  cluster.put(made, 1);
  CHECK(cluster.of_content(60) == "");
  CHECK(cluster.of_content(61) == "SidecarAbsent");
  made.being_deleted = false;
  cluster.put(made, 62);
  CHECK(cluster.of_content(121) == "ContentHeld");
}

TEST_CASE("a content that was deleted although its snapshot is there: ContentHeld", "[diagnosis][deletion]") {
  Patient cluster;
  auto made = cut(content());
  cluster.put(made, 1);
  cluster.put(ready(gold()), 1);
  made.meta.deleted = at(2);
  cluster.put(made, 2);
  CHECK(cluster.of_content(31) == "");
  CHECK(cluster.of_content(32) == "ContentHeld");
  CHECK(cluster.first(Kind::VolumeSnapshotContent, 101, 32).blocking[0].kind == "VolumeSnapshot");
}

TEST_CASE("OrphanedContent: by its state; a warning once it is old", "[diagnosis][deletion]") {
  Patient cluster;
  auto made = cut(content());
  made.policy = DeletionPolicy::Retain;
  made.restore_size = 1'073'741'824;
  cluster.put(made, 1);
  CHECK(cluster.of_content(5) == "");
  cluster.pass(6);
  CHECK(cluster.of_content(7) == "OrphanedContent");
  CHECK(cluster.first(Kind::VolumeSnapshotContent, 101, 7).severity == Severity::Info);
  CHECK(cluster.first(Kind::VolumeSnapshotContent, 101, 8 * 24 * 3'600).severity == Severity::Warning);
}
