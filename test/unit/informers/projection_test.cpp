#include <catch2/catch_test_macros.hpp>
#include <string>

#include "decode_support.hpp"

using namespace snaptrail;
using namespace snaptrail::objects;
using informers::test::project;
using informers::test::when;

namespace {

/// The entries of managedFields as projected for a namespace.
std::vector<FieldsEntry> entries(std::string_view json) {
  return project<Namespace>(fmt::format(R"("managedFields":{})", json), "").meta.managed_fields;
}

std::uint64_t fields_hash(std::string_view fields) {
  const auto found = entries(fmt::format(R"([{{"manager":"m","fieldsV1":{}}}])", fields));
  REQUIRE(found.size() == 1);
  return found[0].fields;
}

}  // namespace

TEST_CASE("metadata is projected for every kind", "[projection]") {
  const Meta meta =
      project<VolumeSnapshotClass>(
          R"("namespace":"shop","resourceVersion":"42","creationTimestamp":"2026-11-22T23:11:11Z",)"
          R"("deletionTimestamp":"2026-11-22T23:12:00+01:00","finalizers":["a/b","c"],"generation":3,)"
          R"("labels":{"velero.io/backup-name":"b","velero.io/restore-name":"r","velero.io/schedule-name":"s","x":"y"},)"
          R"("ownerReferences":[{"name":"other","uid":"99999999-0000-0000-0000-000000000000"}])",
          "")
          .meta;
  CHECK(meta.uid.str() == "00000000-0000-0000-0000-000000000001");
  CHECK(meta.name == "n");
  CHECK(meta.ns == "shop");
  CHECK(meta.resource_version == "42");
  CHECK(when(meta.created) == "2026-11-22T23:11:11.000Z");
  CHECK(when(meta.deleted) == "2026-11-22T22:12:00.000Z");
  CHECK(meta.finalizers == std::vector<Symbol>{Symbol("a/b"), Symbol("c")});
  CHECK(meta.velero.backup == "b");
  CHECK(meta.velero.restore == "r");
  CHECK(meta.velero.schedule == "s");
}

TEST_CASE("an entry of managedFields tells manager, scope, time and a hash of its fields", "[projection]") {
  const auto found = entries(
      R"([{"manager":"m","operation":"Update","apiVersion":"v1","time":"2026-11-22T23:11:11Z","fieldsType":"FieldsV1","fieldsV1":{"f:a":{}}},)"
      R"({"apiVersion":"v1","operation":"Update","manager":"m","subresource":"status"},)"
      R"({"apiVersion":"v1","operation":"Update","manager":"m"},)"
      R"({"apiVersion":"Update","operation":"v1","manager":"other"}, 5, "text"])");
  REQUIRE(found.size() == 4);
  CHECK(found[0].manager == "m");
  CHECK(when(found[0].time) == "2026-11-22T23:11:11.000Z");
  CHECK(found[0].fields != 0);
  CHECK(found[1].fields == 0);
  CHECK_FALSE(found[1].time);
  CHECK(found[0].scope == found[2].scope);
  CHECK(found[0].scope != found[1].scope);
  CHECK(found[0].scope != found[3].scope);
  CHECK(entries("null").empty());
  CHECK(entries("{}").empty());
}

TEST_CASE("the hash of fieldsV1 sees structure and content, and no whitespace or spelling", "[projection]") {
  const std::uint64_t hash = fields_hash(R"({"f:a":{"f:b":{}},"f:c":{}})");
  CHECK(hash == fields_hash("{ \"f:a\" : { \"f:b\" : { } } ,\t\"f:c\" : {} }"));
  CHECK(hash == fields_hash(R"({"f:a":{"f:\u0062":{}},"\u0066:c":{}})"));
  for (const char* other :
       {R"({"f:a":{"f:b":{},"f:c":{}}})", R"({"f:a":{"f:b":{}}})", R"({"f:c":{},"f:a":{"f:b":{}}})",
        R"({"f:a":{"f:b":[]},"f:c":{}})", R"({"f:a":{"f:b":null},"f:c":{}})", R"({"f:a":{"f:b":{}},"f:c":""})",
        R"({"f:a":{"f:b":{}},"f:c":false})", R"({"f:a":{"f:b":{}},"f:c":0})", R"({"f:af:b":{"":{}},"f:c":{}})", R"({})",
        R"([])", R"({"f:a":{"f:b":{}},"f:c":{},"":{}})"}) {
    INFO(other);
    CHECK(fields_hash(other) != hash);
  }
  CHECK(fields_hash("null") == 0);
  CHECK(fields_hash("\"text\"") == 0);
}

TEST_CASE("a VolumeSnapshot is projected", "[projection]") {
  const auto it = project<VolumeSnapshot>(
      "",
      R"("spec":{"source":{"persistentVolumeClaimName":"data"},"volumeSnapshotClassName":"fast"},)"
      R"("status":{"boundVolumeSnapshotContentName":"snapcontent-1","creationTime":"2026-11-22T23:11:16Z","readyToUse":false,)"
      R"("restoreSize":"500M","error":{"message":"no","time":"2026-11-22T23:11:17Z"}})");
  CHECK(it.source_claim == "data");
  CHECK(it.source_content.empty());
  CHECK(it.class_name == "fast");
  CHECK(it.bound_content == "snapcontent-1");
  CHECK(it.ready == Ready::False);
  CHECK(when(it.cut) == "2026-11-22T23:11:16.000Z");
  CHECK(it.restore_size == 500'000'000);
  CHECK(it.error.present);
  CHECK(it.error.message == "no");
  CHECK(when(it.error.time) == "2026-11-22T23:11:17.000Z");

  const auto bare =
      project<VolumeSnapshot>("", R"("spec":{"source":{"volumeSnapshotContentName":"c"}},"status":{"error":null})");
  CHECK(bare.source_content == "c");
  CHECK(bare.ready == Ready::Nil);
  CHECK_FALSE(bare.cut);
  CHECK_FALSE(bare.error.present);
  CHECK(bare.restore_size == -1);
  CHECK(project<VolumeSnapshot>("", R"("status":{"readyToUse":true,"error":{}})").error.present);
  CHECK(project<VolumeSnapshot>("", R"("status":{"readyToUse":true,"readyToUse":null})").ready == Ready::Nil);
  CHECK(project<VolumeSnapshot>("", R"("status":{"restoreSize":1073741824})").restore_size == 1073741824);
  CHECK(project<VolumeSnapshot>("", R"("status":{"restoreSize":"big"})").restore_size == -1);
}

TEST_CASE("a VolumeSnapshotContent is projected", "[projection]") {
  const auto it = project<VolumeSnapshotContent>(
      R"("annotations":{"snapshot.storage.kubernetes.io/volumesnapshot-being-created":"yes",)"
      R"("snapshot.storage.kubernetes.io/volumesnapshot-being-deleted":""})",
      R"("spec":{"deletionPolicy":"Delete","driver":"ebs","volumeSnapshotClassName":"fast","source":{"volumeHandle":"vol-1"},)"
      R"("volumeSnapshotRef":{"namespace":"shop","name":"s","uid":"11111111-2222-3333-4444-555555555555"}},)"
      R"("status":{"creationTime":1795392006097431779,"readyToUse":true,"restoreSize":1073741824,"snapshotHandle":"snap-1"})");
  CHECK(it.policy == DeletionPolicy::Delete);
  CHECK(it.driver == "ebs");
  CHECK(it.class_name == "fast");
  CHECK(it.source_volume_handle == "vol-1");
  CHECK(it.snapshot.ns == "shop");
  CHECK(it.snapshot.name == "s");
  CHECK(it.snapshot.uid.str() == "11111111-2222-3333-4444-555555555555");
  CHECK(when(it.cut) == "2026-11-23T00:00:06.097Z");
  CHECK(it.ready == Ready::True);
  CHECK(it.restore_size == 1073741824);
  CHECK(it.snapshot_handle == "snap-1");
  CHECK(it.being_created);
  CHECK(it.being_deleted);

  const auto other = project<VolumeSnapshotContent>(
      "",
      R"("spec":{"deletionPolicy":"Retain","source":{"snapshotHandle":"old"}},"status":{"creationTime":-1,"restoreSize":"1Gi"})");
  CHECK(other.policy == DeletionPolicy::Retain);
  CHECK(other.source_snapshot_handle == "old");
  CHECK_FALSE(other.cut);
  CHECK(other.restore_size == -1);
  CHECK_FALSE(other.being_created);
}

TEST_CASE("classes are projected with their marks", "[projection]") {
  const auto snapshot_class = project<VolumeSnapshotClass>(
      R"("annotations":{"snapshot.storage.kubernetes.io/is-default-class":"true"},"labels":{"velero.io/csi-volumesnapshot-class":"yes"})",
      R"("driver":"ebs","deletionPolicy":"Delete")");
  CHECK(snapshot_class.driver == "ebs");
  CHECK(snapshot_class.policy == DeletionPolicy::Delete);
  CHECK(snapshot_class.is_default);
  CHECK(snapshot_class.velero_marked);
  CHECK_FALSE(
      project<VolumeSnapshotClass>(R"("annotations":{"snapshot.storage.kubernetes.io/is-default-class":"false"})", "")
          .is_default);

  const auto storage_class =
      project<StorageClass>(R"("annotations":{"storageclass.kubernetes.io/is-default-class":"true"})",
                            R"("provisioner":"ebs","volumeBindingMode":"WaitForFirstConsumer")");
  CHECK(storage_class.provisioner == "ebs");
  CHECK(storage_class.wait_for_first_consumer);
  CHECK(storage_class.is_default);
  CHECK_FALSE(project<StorageClass>("", R"("volumeBindingMode":"Immediate")").wait_for_first_consumer);
}

TEST_CASE("a PersistentVolumeClaim is projected", "[projection]") {
  const auto it = project<PersistentVolumeClaim>(
      R"("namespace":"shop","annotations":{"volume.kubernetes.io/storage-provisioner":"new","volume.beta.kubernetes.io/storage-provisioner":"old",)"
      R"("volume.kubernetes.io/selected-node":"node-1"})",
      R"("spec":{"storageClassName":"gp3","volumeName":"pv-1"},"status":{"phase":"Bound"})");
  CHECK(it.storage_class == "gp3");
  CHECK(it.volume_name == "pv-1");
  CHECK(it.phase == ClaimPhase::Bound);
  CHECK(it.provisioner == "new");
  CHECK(it.selected_node);
  CHECK(it.source.name.empty());
  CHECK(project<PersistentVolumeClaim>(R"("annotations":{"volume.beta.kubernetes.io/storage-provisioner":"old"})", "")
            .provisioner == "old");
  CHECK(project<PersistentVolumeClaim>("", R"("status":{"phase":"Lost"})").phase == ClaimPhase::Lost);
  CHECK(project<PersistentVolumeClaim>("", R"("status":{"phase":"Odd"})").phase == ClaimPhase::None);
}

TEST_CASE("a claim's source is the VolumeSnapshot that dataSourceRef names, else dataSource", "[projection]") {
  const auto source = [](std::string_view spec) {
    const auto ref =
        project<PersistentVolumeClaim>(R"("namespace":"shop")", fmt::format(R"("spec":{{{}}})", spec)).source;
    return ref.ns.get() + "/" + ref.name;
  };
  const std::string snapshot = R"({"kind":"VolumeSnapshot","apiGroup":"snapshot.storage.k8s.io","name":"s"})";
  const std::string elsewhere =
      R"({"kind":"VolumeSnapshot","apiGroup":"snapshot.storage.k8s.io","name":"t","namespace":"other"})";
  const std::string claim = R"({"kind":"PersistentVolumeClaim","name":"c"})";
  CHECK(source(R"("dataSource":)" + snapshot) == "shop/s");
  CHECK(source(R"("dataSourceRef":)" + snapshot) == "shop/s");
  CHECK(source(R"("dataSourceRef":)" + elsewhere) == "other/t");
  CHECK(source(R"("dataSource":)" + snapshot + R"(,"dataSourceRef":)" + elsewhere) == "other/t");
  CHECK(source(R"("dataSourceRef":)" + elsewhere + R"(,"dataSource":)" + snapshot) == "other/t");
  CHECK(source(R"("dataSource":)" + snapshot + R"(,"dataSourceRef":)" + claim) == "/");
  CHECK(source(R"("dataSource":)" + snapshot + R"(,"dataSourceRef":null)") == "shop/s");
  CHECK(source(R"("dataSource":)" + elsewhere) == "shop/t");
  CHECK(source(R"("dataSource":)" + claim) == "/");
  CHECK(source(R"("dataSource":{"kind":"VolumeSnapshot","apiGroup":"other.io","name":"s"})") == "/");
  CHECK(source(R"("dataSource":{"kind":"VolumeSnapshot","apiGroup":null,"name":"s"})") == "/");
  CHECK(source(R"("dataSource":{"kind":"VolumeSnapshot","apiGroup":"snapshot.storage.k8s.io"})") == "/");
}

TEST_CASE("a PersistentVolume is projected", "[projection]") {
  const auto it = project<PersistentVolume>(
      "",
      R"("spec":{"storageClassName":"gp3","csi":{"driver":"ebs","volumeHandle":"vol-1","volumeAttributes":{"driver":"x"}},)"
      R"("claimRef":{"kind":"PersistentVolumeClaim","namespace":"shop","name":"c","uid":"11111111-2222-3333-4444-555555555555"}},)"
      R"("status":{"phase":"Released","lastPhaseTransitionTime":"2026-11-22T23:11:24Z"})");
  CHECK(it.phase == VolumePhase::Released);
  CHECK(when(it.phase_since) == "2026-11-22T23:11:24.000Z");
  CHECK(it.claim.ns == "shop");
  CHECK(it.claim.name == "c");
  CHECK(it.claim.uid.str() == "11111111-2222-3333-4444-555555555555");
  CHECK(it.driver == "ebs");
  CHECK(it.volume_handle == "vol-1");
  CHECK(it.storage_class == "gp3");
}

TEST_CASE("an Event that this program wrote is about no object, and the next one is as it is", "[projection]") {
  const std::string about =
      R"("involvedObject":{"kind":"VolumeSnapshot","namespace":"shop","name":"s",)"
      R"("uid":"0a5c2f7e-6d3b-4f0a-9a0c-5f6d7e8f9a0b"},"type":"Warning","reason":"SidecarAbsent")";
  const auto own = project<Event>("", about + R"(,"reportingComponent":"snaptrail")");
  CHECK_FALSE(own.about.uid);
  CHECK(own.about.name.empty());
  CHECK(own.about_kind.get().empty());
  const auto other = project<Event>("", about + R"(,"reportingComponent":"snapshot-controller")");
  CHECK(other.about.name == "s");
  CHECK(other.about_kind.get() == "VolumeSnapshot");
}

TEST_CASE("an Event is projected, with the first of its times and counts that is there", "[projection]") {
  const auto it = project<Event>(
      R"("creationTimestamp":"2026-01-01T00:00:00Z")",
      R"("involvedObject":{"kind":"PersistentVolumeClaim","namespace":"shop","name":"c","uid":"11111111-2222-3333-4444-555555555555"},)"
      R"("reason":"ProvisioningFailed","type":"Warning","message":"quota","count":4,"series":{"count":9,"lastObservedTime":"2026-01-01T00:00:02.500000Z"},)"
      R"("firstTimestamp":"2026-01-01T00:00:04Z","eventTime":"2026-01-01T00:00:03.123456Z","lastTimestamp":"2026-01-01T00:00:01Z")");
  CHECK(it.about_kind == "PersistentVolumeClaim");
  CHECK(it.about.ns == "shop");
  CHECK(it.about.name == "c");
  CHECK(it.about.uid.str() == "11111111-2222-3333-4444-555555555555");
  CHECK(it.reason == "ProvisioningFailed");
  CHECK(it.type == "Warning");
  CHECK(it.message == "quota");
  CHECK(it.count == 4);
  CHECK(when(it.last) == "2026-01-01T00:00:01.000Z");

  const std::string created = R"("creationTimestamp":"2026-01-01T00:00:00Z")";
  const auto last = [&](std::string_view members) { return when(project<Event>(created, members).last); };
  const std::string series =
      R"("lastTimestamp":null,"series":{"count":9,"lastObservedTime":"2026-01-01T00:00:02.500000Z"})";
  CHECK(last(series + R"(,"eventTime":"2026-01-01T00:00:03.123456Z")") == "2026-01-01T00:00:02.500Z");
  CHECK(last(R"("eventTime":"2026-01-01T00:00:03.123456Z","firstTimestamp":"2026-01-01T00:00:04Z")") ==
        "2026-01-01T00:00:03.123Z");
  CHECK(last(R"("eventTime":null,"firstTimestamp":"2026-01-01T00:00:04Z")") == "2026-01-01T00:00:04.000Z");
  CHECK(last("") == "2026-01-01T00:00:00.000Z");
  CHECK(project<Event>("", series).count == 9);
  CHECK(project<Event>("", R"("count":-4)").count == 0);
}

TEST_CASE("Velero's Backup and Restore are projected", "[projection]") {
  const auto backup = project<Backup>(
      "",
      R"("spec":{"includedNamespaces":["a","b",5]},"status":{"phase":"Completed","startTimestamp":"2026-11-22T23:11:11Z","completionTimestamp":"2026-11-22T23:11:17Z"})");
  CHECK(backup.phase == "Completed");
  CHECK(when(backup.started) == "2026-11-22T23:11:11.000Z");
  CHECK(when(backup.completed) == "2026-11-22T23:11:17.000Z");
  CHECK(backup.included_namespaces == std::vector<Symbol>{Symbol("a"), Symbol("b")});
  CHECK(project<Backup>("", R"("spec":{"includedNamespaces":["a"],"includedNamespaces":null})")
            .included_namespaces.empty());

  const auto restore = project<Restore>(
      "", R"("spec":{"backupName":"full"},"status":{"phase":"InProgress","startTimestamp":"2026-11-22T23:11:30Z"})");
  CHECK(restore.backup_name == "full");
  CHECK(restore.phase == "InProgress");
  CHECK(when(restore.started) == "2026-11-22T23:11:30.000Z");
  CHECK_FALSE(restore.completed);
}

TEST_CASE("a value of another type leaves the field empty, also after a good one", "[projection]") {
  const auto it = project<VolumeSnapshot>(
      R"("labels":{"velero.io/backup-name":5},"finalizers":"none","creationTimestamp":17)",
      R"("spec":{"volumeSnapshotClassName":"fast","volumeSnapshotClassName":{"a":1},"source":"x"},)"
      R"("status":{"boundVolumeSnapshotContentName":"c","boundVolumeSnapshotContentName":7,"readyToUse":"true","error":"text"})");
  CHECK(it.meta.velero.backup == "");
  CHECK(it.meta.finalizers.empty());
  CHECK_FALSE(it.meta.created);
  CHECK(it.class_name == "");
  CHECK(it.bound_content.empty());
  CHECK(it.ready == Ready::Nil);
  CHECK_FALSE(it.error.present);
}
