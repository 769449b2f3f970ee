// Restores, claims, backups and hazards: one case a code.
#include <catch2/catch_test_macros.hpp>

#include <string>

#include "patient.hpp"

using namespace snaptrail;
using namespace snaptrail::test;

namespace {

/// A claim restored from snap-1, of class `fast`.
objects::PersistentVolumeClaim wanted() {
  auto claim = restore_claim();
  claim.storage_class = Symbol("fast");
  claim.provisioner = Symbol(kDriver);
  return claim;
}

struct ReadySource : Patient {
  ReadySource() {
    auto made = cut(content());
    made.policy = DeletionPolicy::Retain;
    put(made, 0);
    put(ready(gold()), 0);
    commit();
  }
};

}  // namespace

TEST_CASE("a restore that is bound in time has no finding", "[diagnosis][restore]") {
  ReadySource cluster;
  auto claim = wanted();
  cluster.put(claim, 1);
  cluster.says(
      "PersistentVolumeClaim", 50, "ProvisioningFailed",
      "Error saving claim: Operation cannot be fulfilled: the object has been modified; please apply your changes "
      "to the latest version and try again",
      1);
  CHECK(cluster.of_claim(60) == "");
  claim.phase = ClaimPhase::Bound;
  claim.volume_name = "pv-2";
  cluster.put(claim, 61);
  CHECK(cluster.of_claim(10'000) == "");
}

TEST_CASE("SourceSnapshotMissing: the snapshot isn't there, and snapshots can be seen", "[diagnosis][restore]") {
  Patient cluster;
  cluster.put(wanted(), 1);
  CHECK(cluster.of_claim(5) == "");
  CHECK(cluster.of_claim(6) == "SourceSnapshotMissing");
  cluster.stores.set_synced(Kind::VolumeSnapshot, false);
  CHECK(cluster.of_claim(6) == "");
  cluster.stores.set_synced(Kind::VolumeSnapshot, true, "elsewhere");
  CHECK(cluster.of_claim(6) == "");
  cluster.stores.set_synced(Kind::VolumeSnapshot, true, "shop");
  CHECK(cluster.of_claim(6) == "SourceSnapshotMissing");
}

TEST_CASE("a restore whose snapshot isn't ready because its class doesn't exist names the class as the root",
          "[diagnosis][restore]") {
  Patient cluster;
  auto source = snapshot();
  source.class_name = Symbol("absent");
  cluster.put(source, 1);
  cluster.put(wanted(), 1);
  CHECK(cluster.of_claim(10) == "SourceSnapshotNotReady");
  const Finding finding = cluster.first(Kind::PersistentVolumeClaim, 50, 10);
  CHECK(finding.consequence);
  CHECK(finding.category == Category::Stuck);
  REQUIRE(finding.blocking.size() == 2);
  CHECK(finding.blocking[0].name == "snap-1");
  CHECK(finding.blocking[1].kind == "VolumeSnapshotClass");
  CHECK(finding.fix.command == "snaptrail explain volumesnapshot/snap-1 -n shop");
}

TEST_CASE("SourceSnapshotNotReady: waiting on a snapshot that gets on is told only after long",
          "[diagnosis][restore]") {
  Patient cluster;
  cluster.put(being_created(), 1);
  cluster.put(bound(), 1);
  cluster.put(wanted(), 1);
  CHECK(cluster.of_claim(290) == "");
  CHECK(cluster.of_claim(301) == "SourceSnapshotNotReady");
  auto going = bound();
  going.meta.deleted = at(302);
  cluster.put(going, 302);
  CHECK(cluster.first(Kind::PersistentVolumeClaim, 50, 310).category == Category::Stuck);
}

TEST_CASE("WaitingForConsumer is waiting, however long", "[diagnosis][restore]") {
  ReadySource cluster;
  cluster.add(Patient::storage_class("lazy", true));
  auto claim = wanted();
  claim.storage_class = Symbol("lazy");
  cluster.put(claim, 1);
  CHECK(cluster.of_claim(100'000) == "WaitingForConsumer");
  CHECK(cluster.first(Kind::PersistentVolumeClaim, 50, 100'000).category == Category::Waiting);
  claim.selected_node = true;
  cluster.put(claim, 100'001);
  CHECK(cluster.of_claim(100'010) == "");
}

TEST_CASE("what the provisioner says of a restore is its reason", "[diagnosis][restore]") {
  struct Sample {
    const char* message;
    const char* reason;
  };
  const Sample samples[] = {
      {"requested volume size 5 is less than the size 10 for the source snapshot snap-1", "SizeTooSmall"},
      {"snapshotcontent content-1 is not handled by CSI driver of StorageClass fast", "DriverMismatch"},
      {"rpc error: code = NotFound desc = InvalidSnapshot.NotFound: The snapshot 'x' does not exist.",
       "HandleNotFound"},
      {"rpc error: code = ResourceExhausted desc = no space left on device", "OutOfResources"},
      {"CSI driver does not support snapshot restore: controller CREATE_DELETE_SNAPSHOT capability is not reported",
       "OperationUnsupported"},
      {"requested volume modifies the mode of the source volume but does not have permission to do so", "InvalidSpec"},
      {"rpc error: code = Internal desc = odd", "Unknown"},
  };
  for (const Sample& sample : samples) {
    CAPTURE(sample.message);
    ReadySource cluster;
    cluster.put(wanted(), 1);
    cluster.says("PersistentVolumeClaim", 50, "ProvisioningFailed", sample.message, 1, 3);
    CHECK(cluster.of_claim(31) == sample.reason);
  }
}

TEST_CASE("CrossNamespaceDenied: a restore from another namespace that nobody granted", "[diagnosis][restore]") {
  ReadySource cluster;
  auto claim = wanted();
  claim.meta.ns = Symbol("test");
  cluster.put(claim, 1);
  cluster.says("PersistentVolumeClaim", 50, "ProvisioningFailed",
               "accessing shop/snap-1 of VolumeSnapshot dataSource from test/restored-50 isn't allowed", 1);
  CHECK(cluster.of_claim(7) == "CrossNamespaceDenied");
  CHECK(cluster.first(Kind::PersistentVolumeClaim, 50, 7).fix.command == "kubectl get referencegrants -n shop -o yaml");
}

namespace {

objects::ReferenceGrant grant_to(const std::string& claims_of, int created) {
  objects::ReferenceGrant grant;
  grant.meta.uid = uid(950);
  grant.meta.ns = Symbol("shop");
  grant.meta.name = "restores";
  grant.meta.resource_version = std::to_string(10'000 + created);
  grant.meta.created = at(created);
  grant.claim_namespaces = {Symbol(claims_of)};
  return grant;
}

}  // namespace

TEST_CASE("CrossNamespaceDenied: told from the objects alone, and only while grants can be listed",
          "[diagnosis][restore]") {
  ReadySource cluster;
  auto claim = wanted();
  claim.meta.ns = Symbol("test");
  cluster.put(claim, 1);
  CHECK(cluster.of_claim(3) == "");
  CHECK(cluster.of_claim(7) == "CrossNamespaceDenied");
  const Finding found = cluster.first(Kind::PersistentVolumeClaim, 50, 7);
  CHECK(found.blocking.front().ns == "shop");
  CHECK(found.evidence.front().text == "shop/snap-1");
  cluster.stores.set_synced(Kind::ReferenceGrant, false);
  CHECK(cluster.of_claim(7) == "");
}

TEST_CASE("CrossNamespaceDenied: a grant counts only if it is from the claim's namespace and for that snapshot",
          "[diagnosis][restore]") {
  ReadySource cluster;
  auto claim = wanted();
  claim.meta.ns = Symbol("test");
  cluster.put(claim, 1);
  const auto with = [&](objects::ReferenceGrant grant) {
    cluster.stores.reference_grants.upsert(std::move(grant));
    return cluster.of_claim(30);
  };
  auto grant = grant_to("test", 2);
  CHECK(with(grant) == "CrossNamespaceDenied");  // to nothing
  grant = grant_to("other", 3);
  grant.all_snapshots = true;
  CHECK(with(grant) == "CrossNamespaceDenied");
  grant = grant_to("test", 4);
  grant.snapshots = {"another"};
  CHECK(with(grant) == "CrossNamespaceDenied");
  grant = grant_to("test", 5);
  grant.snapshots = {"another", "snap-1"};
  CHECK(with(grant) == "");
  grant = grant_to("test", 6);
  grant.all_snapshots = true;
  CHECK(with(grant) == "");
  grant = grant_to("test", 7);
  grant.all_snapshots = true;
  grant.meta.ns = Symbol("test");  // a grant is given where the snapshot is
  CHECK(with(grant) == "CrossNamespaceDenied");
}

TEST_CASE("CrossNamespaceDenied: what the provisioner said before the grant is out of date", "[diagnosis][restore]") {
  ReadySource cluster;
  auto claim = wanted();
  claim.meta.ns = Symbol("test");
  cluster.put(claim, 1);
  const std::string denied = "accessing shop/snap-1 of VolumeSnapshot dataSource from test/restored-50 isn't allowed";
  cluster.says("PersistentVolumeClaim", 50, "ProvisioningFailed", denied, 10);
  auto grant = grant_to("test", 20);
  grant.all_snapshots = true;
  cluster.stores.reference_grants.upsert(std::move(grant));
  CHECK(cluster.of_claim(30) == "");
  // The feature may be off all the same.
  cluster.says("PersistentVolumeClaim", 50, "ProvisioningFailed",
               "dataSourceRef namespace specified but the CrossNamespaceVolumeDataSource feature is disabled", 25);
  CHECK(cluster.of_claim(40) == "CrossNamespaceDenied");
}

TEST_CASE("StorageClassNotFound: the claim's class isn't there", "[diagnosis][restore]") {
  ReadySource cluster;
  auto claim = wanted();
  claim.storage_class = Symbol("nowhere");
  cluster.put(claim, 1);
  CHECK(cluster.of_claim(6) == "StorageClassNotFound");
  cluster.stores.set_synced(Kind::StorageClass, false);
  CHECK(cluster.of_claim(6) == "");
}

TEST_CASE("ProvisionerAbsent: nobody began with the claim; DriverNotResponding: somebody did", "[diagnosis][restore]") {
  ReadySource cluster;
  cluster.put(wanted(), 1);
  cluster.says("PersistentVolumeClaim", 50, "ExternalProvisioning", "Waiting for a volume to be created", 10, 1,
               "Normal");
  CHECK(cluster.of_claim(300) == "");
  CHECK(cluster.of_claim(301) == "ProvisionerAbsent");
  cluster.says("PersistentVolumeClaim", 50, "Provisioning", "External provisioner is provisioning", 11, 1, "Normal");
  CHECK(cluster.of_claim(301) == "DriverNotResponding");
}

TEST_CASE("ClaimHeldBySnapshot: an unfinished snapshot keeps a claim that is being deleted", "[diagnosis][restore]") {
  Patient cluster;
  cluster.put(being_created(), 1);
  cluster.put(bound(), 1);
  auto claim = Patient::source_claim();
  claim.meta.deleted = at(2);
  claim.meta.finalizers = {Symbol("snapshot.storage.kubernetes.io/pvc-as-source-protection")};
  cluster.put(claim, 2);
  CHECK(cluster.of_claim(31, 300) == "");
  CHECK(cluster.of_claim(32, 300) == "ClaimHeldBySnapshot");
  CHECK(cluster.first(Kind::PersistentVolumeClaim, 300, 32).blocking[0].name == "snap-1");
  claim.meta.finalizers = {Symbol("kubernetes.io/pvc-protection")};
  cluster.put(claim, 33);
  CHECK(cluster.of_claim(100, 300) == "");  // a pod's, not a snapshot's
}

TEST_CASE("BackupTimeout: foreseen when time runs out or the cause won't pass, missed after it",
          "[diagnosis][backup]") {
  Patient cluster;
  auto backup = Patient::backup();
  backup.csi_snapshot_timeout = objects::Millis(100'000);
  cluster.add(backup);
  auto object = gold();
  object.meta.velero.backup = Symbol("nightly");
  cluster.put(object, 0);
  cluster.put(being_created(), 0);
  object.bound_content = "content-1";
  object.ready = Ready::False;
  cluster.put(object, 0);
  CHECK(cluster.of_snapshot(79) == "");
  CHECK(cluster.of_snapshot(80) == "BackupTimeout");
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 80).severity == Severity::Warning);
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 100).severity == Severity::Critical);
  auto made = cut(content());
  made.ready = Ready::False;
  cluster.put(made, 90);
  CHECK(cluster.of_snapshot(200) == "");  // Velero waits for the handle only
}

TEST_CASE("BackupTimeout is foreseen at once where retrying can't help, and ranks below its cause",
          "[diagnosis][backup]") {
  Patient cluster;
  cluster.add(Patient::backup());
  auto object = snapshot();
  object.class_name = Symbol("absent");
  object.meta.velero.backup = Symbol("nightly");
  cluster.put(object, 0);
  CHECK(cluster.of_snapshot(10) == "SnapshotClassNotFound BackupTimeout");
  CHECK(cluster.diagnosis(Kind::VolumeSnapshot, 1, 10).findings[1].consequence);
  cluster.add(Patient::backup("PartiallyFailed"));
  CHECK(cluster.of_snapshot(10) == "SnapshotClassNotFound");
}

TEST_CASE("BackupHeldUp: one stuck snapshot, and how many claims wait behind it", "[diagnosis][backup]") {
  Patient cluster;
  cluster.add(Patient::backup());
  auto second = Patient::source_claim();
  second.meta.uid = uid(310);
  second.meta.name = "other";
  cluster.put(second, 0);
  auto object = snapshot();
  object.class_name = Symbol("absent");
  object.meta.velero.backup = Symbol("nightly");
  cluster.put(object, 0);
  CHECK(cluster.reasons(Kind::Backup, 600, 4) == "");
  CHECK(cluster.reasons(Kind::Backup, 600, 10) == "BackupHeldUp");
  const Finding finding = cluster.first(Kind::Backup, 600, 10);
  CHECK(finding.consequence);
  CHECK(finding.blocking[0].name == "snap-1");
  CHECK(finding.evidence.back().text == "1");
  cluster.add(Patient::backup("Finalizing"));
  CHECK(cluster.reasons(Kind::Backup, 600, 10) == "");
}

TEST_CASE("LastCopyAtRisk: the only copy, with policy Delete", "[diagnosis][hazard]") {
  Patient cluster;
  cluster.put(cut(content()), 1);
  cluster.put(ready(gold()), 1);
  CHECK(cluster.of_snapshot(2) == "LastCopyAtRisk");
  const Finding finding = cluster.first(Kind::VolumeSnapshot, 1, 2);
  CHECK(finding.severity == Severity::Warning);
  CHECK(finding.category == Category::Hazard);
  CHECK(finding.fix.command ==
        R"(kubectl patch volumesnapshotcontent content-1 --type merge -p '{"spec":{"deletionPolicy":"Retain"}}')");
  auto other = cut(content(2), "snap-h2");
  other.policy = DeletionPolicy::Retain;
  cluster.put(other, 3);
  cluster.put(ready(gold(2), 2), 3);
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 4).severity == Severity::Info);  // made by hand: still worth a word
  CHECK(cluster.of_snapshot(4, 2) == "");
}

TEST_CASE("LastCopyAtRisk is critical once the namespace goes", "[diagnosis][hazard]") {
  Patient cluster;
  cluster.put(cut(content()), 1);
  cluster.put(ready(gold()), 1);
  objects::Namespace ns;
  ns.meta.uid = uid(700);
  ns.meta.name = "shop";
  ns.meta.deleted = at(2);
  cluster.add(ns);
  auto going = ready(gold());
  going.meta.deleted = at(2);
  cluster.put(going, 2);
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 2).reason == Reason::LastCopyAtRisk);
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 2).severity == Severity::Critical);
}

TEST_CASE("LastCopyAtRisk: a copy that an unexpired Backup counts on; none while Velero still works with it",
          "[diagnosis][hazard]") {
  Patient cluster;
  auto backup = Patient::backup();
  cluster.add(backup);
  auto object = ready(gold());
  object.meta.velero.backup = Symbol("nightly");
  cluster.put(cut(content()), 1);
  cluster.put(object, 1);
  CHECK(cluster.of_snapshot(2) == "");
  backup.phase = Symbol("Completed");
  backup.expires = at(1'000);
  cluster.add(backup);
  CHECK(cluster.of_snapshot(2) == "LastCopyAtRisk");
}

TEST_CASE("LastCopyAtRisk: the only snapshot of a volume that is being deleted, whatever its policy",
          "[diagnosis][hazard]") {
  ReadySource cluster;
  CHECK(cluster.of_snapshot(1) == "");
  auto claim = Patient::source_claim();
  claim.meta.deleted = at(2);
  cluster.put(claim, 2);
  CHECK(cluster.of_snapshot(3) == "LastCopyAtRisk");
}

TEST_CASE("BackupLocationUnavailable: by its phase, with Velero's own words", "[diagnosis]") {
  Patient cluster;
  objects::BackupStorageLocation location;
  location.meta.uid = uid(680);
  location.meta.ns = Symbol("velero");
  location.meta.name = "default";
  location.is_default = true;
  location.validated = at(5);
  for (const char* phase : {"", "Available"}) {
    location.phase = Symbol(phase);
    cluster.add(location);
    CHECK(cluster.reasons(Kind::BackupStorageLocation, 680, 10).empty());
  }
  location.phase = Symbol("Unavailable");
  location.message = "BackupStorageLocation \"default\" is unavailable: rpc error: code = Unknown desc = AccessDenied";
  cluster.add(location);
  const Finding finding = cluster.first(Kind::BackupStorageLocation, 680, 10);
  CHECK(finding.reason == Reason::BackupLocationUnavailable);
  CHECK(finding.severity == Severity::Critical);
  CHECK(finding.since == at(5));
  REQUIRE(finding.evidence.size() == 3);
  CHECK(finding.evidence[1].text == location.message);
  CHECK(finding.fix.command == "kubectl get backupstoragelocations -n velero default -o yaml");

  const auto began = [&](int second) {
    cluster.findings.changed(location);
    return cluster.findings.evaluate(at(second));
  };
  cluster.findings.open(at(1), true);
  const auto changes = began(11);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].what == FindingChange::What::Began);
  CHECK_FALSE(changes[0].finding.baseline);
  location.validated = at(65);
  cluster.add(location);
  CHECK(began(66).empty());
  CHECK(cluster.findings.of(uid(680)).front()->since == at(5));
  location.phase = Symbol("Available");
  cluster.add(location);
  CHECK(began(130).front().what == FindingChange::What::Ended);
}

TEST_CASE("VeleroClassDeletes: by label and policy", "[diagnosis][hazard]") {
  Patient cluster;
  auto made = Patient::snapshot_class("velero", 401);
  made.velero_marked = true;
  cluster.add(made);
  CHECK(cluster.reasons(Kind::VolumeSnapshotClass, 401, 1) == "");
  made.policy = DeletionPolicy::Delete;
  cluster.add(made);
  CHECK(cluster.reasons(Kind::VolumeSnapshotClass, 401, 1) == "VeleroClassDeletes");
}

TEST_CASE("GitOpsOwned: the claim's mark on Velero's snapshot; a snapshot that Git has is its own",
          "[diagnosis][hazard]") {
  ReadySource cluster;
  auto claim = Patient::source_claim();
  claim.meta.gitops = Symbol("shop-app");
  cluster.put(claim, 1);
  auto object = ready(gold());
  object.meta.gitops = Symbol("shop-app");
  cluster.put(object, 1);
  CHECK(cluster.of_snapshot(2) == "");
  object.meta.velero.backup = Symbol("nightly");
  cluster.put(object, 3);
  CHECK(cluster.of_snapshot(4) == "GitOpsOwned");
}

TEST_CASE("ReadyUnverified: an import whose handle nobody saw cut; one that the trail saw is verified",
          "[diagnosis][hazard]") {
  Patient cluster;
  auto imported = snapshot();
  imported.source_claim.clear();
  imported.source_content = "content-1";
  imported.ready = Ready::True;
  auto made = cut(content(), "snap-x");
  made.policy = DeletionPolicy::Retain;
  made.source_volume_handle.clear();
  made.source_snapshot_handle = "snap-x";
  cluster.put(made, 1);
  cluster.put(imported, 1);
  CHECK(cluster.of_snapshot(2) == "ReadyUnverified");
  objects::ObjectRecord record;
  record.kind = Kind::VolumeSnapshotContent;
  record.was_ready = true;
  record.driver = kDriver;
  record.snapshot_handle = "snap-x";
  record.volume_handle = "vol-9";
  cluster.points.recorded(record);
  CHECK(cluster.of_snapshot(2) == "");
}

TEST_CASE("RestoredEmpty: the source was dropped by the API server, or the volume is older than the claim",
          "[diagnosis][hazard]") {
  Patient cluster;
  auto claim = Patient::source_claim();
  claim.applied_from_snapshot = true;
  cluster.put(claim, 1);
  CHECK(cluster.of_claim(2, 300) == "RestoredEmpty");

  ReadySource other;
  auto volume = Patient::source_volume();
  volume.meta.uid = uid(302);
  volume.meta.name = "pv-old";
  volume.meta.created = at(1);
  other.put(volume, 1);
  auto restored = wanted();
  restored.phase = ClaimPhase::Bound;
  restored.volume_name = "pv-old";
  restored.meta.created = at(5);
  restored.provisioner = Symbol("");
  other.put(restored, 5);
  CHECK(other.of_claim(6) == "RestoredEmpty");
  restored.provisioner = Symbol(kDriver);
  other.put(restored, 7);
  CHECK(other.of_claim(8) == "");
}

TEST_CASE("Warnings of others about the same objects are no cause", "[diagnosis][restore]") {
  ReadySource cluster;
  cluster.put(wanted(), 1);
  cluster.says("PersistentVolumeClaim", 50, "PolicyViolation", "policy require-labels/check fail: permission denied",
               2);
  CHECK(cluster.of_claim(60) == "");
}

TEST_CASE("an imported copy whose volume nobody knows is no last copy", "[diagnosis][hazard]") {
  Patient cluster;
  auto imported = snapshot();
  imported.source_claim.clear();
  imported.source_content = "content-1";
  imported.ready = Ready::True;
  auto made = cut(content(), "snap-x");
  made.source_volume_handle.clear();
  made.source_snapshot_handle = "snap-x";
  cluster.put(made, 1);
  cluster.put(imported, 1);
  CHECK(cluster.of_snapshot(2) == "ReadyUnverified");
}
