#include <catch2/catch_test_macros.hpp>
#include <string>

#include "decode_support.hpp"

/// The kinds around the snapshots, by objects as real clusters have them (shortened where nothing is read).
using namespace snaptrail;
using namespace snaptrail::objects;
using informers::test::decode;
using informers::test::project;
using informers::test::when;

namespace {

/// The object of an ADDED event, as the API server writes it.
template <class T>
T object(std::string_view json) {
  const auto decoded = decode(kind_of(Object(T())), "{\"type\":\"ADDED\",\"object\":" + std::string(json) + "}");
  INFO(json);
  REQUIRE(std::holds_alternative<informers::ObjectEvent>(decoded));
  return std::get<T>(std::get<informers::ObjectEvent>(decoded).object);
}

}  // namespace

TEST_CASE("a sidecar's Lease is projected", "[projection]") {
  const auto it = object<Lease>(
      R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"external-snapshotter-leader-ebs-csi-aws-com",)"
      R"("namespace":"kube-system","uid":"0a5c2f7e-6d3b-4f0a-9a0c-5f6d7e8f9a0b","resourceVersion":"81215"},)"
      R"("spec":{"acquireTime":"2026-11-22T23:00:01.000000Z","holderIdentity":"ebs-csi-controller-6bd5f4d7c9-q2xkz",)"
      R"("leaseDurationSeconds":15,"leaseTransitions":3,"renewTime":"2026-11-22T23:11:11.512345Z"}})");
  CHECK(it.meta.name == "external-snapshotter-leader-ebs-csi-aws-com");
  CHECK(it.holder == "ebs-csi-controller-6bd5f4d7c9-q2xkz");
  CHECK(when(it.renewed) == "2026-11-22T23:11:11.512Z");
  CHECK(it.duration_seconds == 15);
  const auto given_back = project<Lease>("", R"("spec":{"holderIdentity":"","leaseDurationSeconds":"15"})");
  CHECK(given_back.holder.empty());
  CHECK(given_back.duration_seconds == -1);
  CHECK_FALSE(given_back.renewed);
}

TEST_CASE("a CSIDriver is known by its name", "[projection]") {
  CHECK(
      object<CSIDriver>(R"({"apiVersion":"storage.k8s.io/v1","kind":"CSIDriver","metadata":{"name":"ebs.csi.aws.com",)"
                        R"("uid":"2f1d5a7c-1111-4222-8333-444455556666"},"spec":{"attachRequired":true}})")
          .meta.name == "ebs.csi.aws.com");
}

TEST_CASE("of a ReferenceGrant counts what it lets claims do with snapshots", "[projection]") {
  const auto it = project<ReferenceGrant>(
      "",
      R"("spec":{"from":[{"group":"","kind":"PersistentVolumeClaim","namespace":"dev"},)"
      R"({"group":"gateway.networking.k8s.io","kind":"HTTPRoute","namespace":"web"},)"
      R"({"kind":"PersistentVolumeClaim","namespace":"stage"}, 5],)"
      R"("to":[{"group":"","kind":"Secret"},{"group":"snapshot.storage.k8s.io","kind":"VolumeSnapshot","name":"golden"}]})");
  CHECK(it.claim_namespaces == std::vector<Symbol>{Symbol("dev"), Symbol("stage")});
  CHECK_FALSE(it.all_snapshots);
  CHECK(it.snapshots == std::vector<std::string>{"golden"});
  const auto all = project<ReferenceGrant>(
      "", R"("spec":{"from":[],"to":[{"group":"snapshot.storage.k8s.io","kind":"VolumeSnapshot"}]})");
  CHECK(all.all_snapshots);
  CHECK(all.claim_namespaces.empty());
}

TEST_CASE("a VolumeGroupSnapshot is projected", "[projection]") {
  const auto it = object<VolumeGroupSnapshot>(
      R"({"apiVersion":"groupsnapshot.storage.k8s.io/v1beta1","kind":"VolumeGroupSnapshot","metadata":{"name":"daily",)"
      R"("namespace":"shop","uid":"6a1f0f3e-0000-4000-8000-000000000001"},"spec":{"source":{"selector":{"matchLabels":{"app":"pg"}}},)"
      R"("volumeGroupSnapshotClassName":"group"},"status":{"boundVolumeGroupSnapshotContentName":"groupsnapcontent-6a1f",)"
      R"("creationTime":"2026-11-22T23:11:16Z","readyToUse":true,"error":{"message":"no","time":"2026-11-22T23:11:17Z"}}})");
  CHECK(it.class_name == "group");
  CHECK(it.source_content.empty());
  CHECK(it.bound_content == "groupsnapcontent-6a1f");
  CHECK(it.ready == Ready::True);
  CHECK(when(it.cut) == "2026-11-22T23:11:16.000Z");
  CHECK(it.error.message == "no");
  CHECK(
      project<VolumeGroupSnapshot>("", R"("spec":{"source":{"volumeGroupSnapshotContentName":"c"}})").source_content ==
      "c");
}

TEST_CASE("a VolumeGroupSnapshotContent names its members in each version of the API", "[projection]") {
  const std::string spec =
      R"("spec":{"deletionPolicy":"Delete","driver":"hostpath.csi.k8s.io","source":{"volumeHandles":["v1","v2"]},)"
      R"("volumeGroupSnapshotClassName":"group","volumeGroupSnapshotRef":{"kind":"VolumeGroupSnapshot","name":"daily",)"
      R"("namespace":"shop","uid":"11111111-2222-3333-4444-555555555555"}},"status":{"creationTime":"2026-11-22T23:11:16Z",)"
      R"("readyToUse":false,"volumeGroupSnapshotHandle":"group-1",)";
  const auto v1 = project<VolumeGroupSnapshotContent>(
      "",
      spec +
          R"("volumeSnapshotInfoList":[{"snapshotHandle":"s1","volumeHandle":"v1","readyToUse":true,"restoreSize":5},)"
          R"({"snapshotHandle":"s2","volumeHandle":"v2"}]})");
  const auto v1beta1 = project<VolumeGroupSnapshotContent>(
      "", spec + R"("volumeSnapshotHandlePairList":[{"snapshotHandle":"s1","volumeHandle":"v1"},)"
                 R"({"snapshotHandle":"s2","volumeHandle":"v2"}]})");
  for (const auto& it : {v1, v1beta1}) {
    CHECK(it.policy == DeletionPolicy::Delete);
    CHECK(it.driver == "hostpath.csi.k8s.io");
    CHECK(it.class_name == "group");
    CHECK(it.group_snapshot.ns == "shop");
    CHECK(it.group_snapshot.name == "daily");
    CHECK(it.group_snapshot.uid.str() == "11111111-2222-3333-4444-555555555555");
    CHECK(it.group_handle == "group-1");
    CHECK(it.ready == Ready::False);
    CHECK(when(it.cut) == "2026-11-22T23:11:16.000Z");
    CHECK(it.members == std::vector<VolumeGroupSnapshotContent::Member>{{"s1", "v1"}, {"s2", "v2"}});
  }
  CHECK(
      project<VolumeGroupSnapshotContent>(
          "",
          R"("spec":{"source":{"groupSnapshotHandles":{"volumeGroupSnapshotHandle":"g","volumeSnapshotHandles":["s"]}}})")
          .source_group_handle == "g");
}

TEST_CASE("a VolumeGroupSnapshotClass is projected", "[projection]") {
  const auto it = project<VolumeGroupSnapshotClass>(
      R"("annotations":{"groupsnapshot.storage.kubernetes.io/is-default-class":"true"})",
      R"("driver":"hostpath.csi.k8s.io","deletionPolicy":"Retain")");
  CHECK(it.driver == "hostpath.csi.k8s.io");
  CHECK(it.policy == DeletionPolicy::Retain);
  CHECK(it.is_default);
}

TEST_CASE("a BackupStorageLocation and a Schedule are projected", "[projection]") {
  const auto location = project<BackupStorageLocation>(
      "",
      R"("spec":{"accessMode":"ReadWrite","default":true,"objectStorage":{"bucket":"b"},"provider":"aws"},)"
      R"("status":{"lastValidationTime":"2026-11-22T23:11:11Z","message":"BackupStorageLocation \"default\" is unavailable: )"
      R"(rpc error: code = Unknown desc = NoSuchBucket","phase":"Unavailable"})");
  CHECK(location.phase == "Unavailable");
  CHECK(location.is_default);
  CHECK_FALSE(location.read_only);
  CHECK(when(location.validated) == "2026-11-22T23:11:11.000Z");
  CHECK(location.message.ends_with("NoSuchBucket"));
  CHECK(project<BackupStorageLocation>("", R"("spec":{"accessMode":"ReadOnly"})").read_only);

  const auto schedule = project<Schedule>(
      "", R"("spec":{"paused":true,"schedule":"0 1 * * *","template":{"includedNamespaces":["shop"]}},)"
          R"("status":{"lastBackup":"2026-11-22T01:00:00Z","phase":"Enabled"})");
  CHECK(schedule.phase == "Enabled");
  CHECK(schedule.cron == "0 1 * * *");
  CHECK(schedule.paused);
  CHECK(when(schedule.last_backup) == "2026-11-22T01:00:00.000Z");
}

TEST_CASE("a DeleteBackupRequest is projected", "[projection]") {
  const auto it = project<DeleteBackupRequest>(R"("labels":{"velero.io/backup-name":"full"})",
                                               R"("spec":{"backupName":"full"},"status":{"phase":"Processed"})");
  CHECK(it.backup_name == "full");
  CHECK(it.phase == "Processed");
}

TEST_CASE("a DataUpload and a DataDownload are projected", "[projection]") {
  const auto upload = object<DataUpload>(
      R"({"apiVersion":"velero.io/v2alpha1","kind":"DataUpload","metadata":{"generateName":"full-","name":"full-4xkqd",)"
      R"("namespace":"velero","uid":"6a1f0f3e-0000-4000-8000-000000000002","labels":{"velero.io/backup-name":"full",)"
      R"("velero.io/async-operation-id":"du-1"}},"spec":{"backupStorageLocation":"default","csiSnapshot":{"driver":"ebs.csi.aws.com",)"
      R"("snapshotClass":"fast","storageClass":"gp3","volumeSnapshot":"velero-data-5gx7w"},"operationTimeout":"10m0s",)"
      R"("snapshotType":"CSI","sourceNamespace":"shop","sourcePVC":"data"},"status":{"completionTimestamp":"2026-11-22T23:15:00Z",)"
      R"("message":"","phase":"Completed","progress":{"bytesDone":5,"totalBytes":5},"snapshotID":"k9f","startTimestamp":"2026-11-22T23:12:00Z"}})");
  CHECK(upload.meta.velero.backup == "full");
  CHECK(upload.phase == "Completed");
  CHECK(upload.claim.ns == "shop");
  CHECK(upload.claim.name == "data");
  CHECK(upload.snapshot == "velero-data-5gx7w");
  CHECK(upload.driver == "ebs.csi.aws.com");
  CHECK(upload.snapshot_id == "k9f");
  CHECK(when(upload.started) == "2026-11-22T23:12:00.000Z");
  CHECK(when(upload.completed) == "2026-11-22T23:15:00.000Z");

  const auto download =
      project<DataDownload>(R"("labels":{"velero.io/restore-name":"back"})",
                            R"("spec":{"snapshotID":"k9f","targetVolume":{"namespace":"shop2","pv":"","pvc":"data"}},)"
                            R"("status":{"message":"timeout on preparing data download","phase":"Failed"})");
  CHECK(download.meta.velero.restore == "back");
  CHECK(download.claim.ns == "shop2");
  CHECK(download.claim.name == "data");
  CHECK(download.snapshot_id == "k9f");
  CHECK(download.phase == "Failed");
  CHECK(download.message == "timeout on preparing data download");
}

TEST_CASE("a PodVolumeBackup names the claim whose files it copies", "[projection]") {
  const auto it = project<PodVolumeBackup>(
      R"("annotations":{"velero.io/pvc-name":"data"},"labels":{"velero.io/backup-name":"full",)"
      R"("velero.io/pvc-uid":"11111111-2222-3333-4444-555555555555"})",
      R"("spec":{"node":"n1","pod":{"kind":"Pod","name":"pg-0","namespace":"shop"},"uploaderType":"kopia","volume":"data"},)"
      R"("status":{"phase":"Completed","snapshotID":"abc","startTimestamp":"2026-11-22T23:12:00Z"})");
  CHECK(it.meta.velero.backup == "full");
  CHECK(it.claim.ns == "shop");
  CHECK(it.claim.name == "data");
  CHECK(it.claim.uid.str() == "11111111-2222-3333-4444-555555555555");
  CHECK(it.snapshot_id == "abc");
  CHECK(it.phase == "Completed");
}

TEST_CASE("a NonAdminBackup and its Velero Backup know each other", "[projection]") {
  const auto request = project<NonAdminBackup>(
      "",
      R"("status":{"phase":"Created","veleroBackup":{"nacuuid":"x","name":"shop-mine-93effb39","namespace":"openshift-adp"}})");
  CHECK(request.phase == "Created");
  CHECK(request.velero_backup == "shop-mine-93effb39");
  CHECK(
      project<Backup>(
          R"("annotations":{"openshift.io/oadp-nab-origin-name":"mine","openshift.io/oadp-nab-origin-namespace":"shop"})",
          "")
          .non_admin_origin == "shop/mine");
  CHECK(project<Backup>("", "").non_admin_origin == "");
}

TEST_CASE("a Backup says whether it means all claims of its namespaces", "[projection]") {
  const auto selective = [](std::string_view spec) {
    return project<Backup>("", "\"spec\":{" + std::string(spec) + "}").selective;
  };
  // What Velero writes by itself into a plain Backup.
  CHECK_FALSE(selective(
      R"("csiSnapshotTimeout":"10m0s","defaultVolumesToFsBackup":false,"excludedClusterScopedResources":["volumesnapshotcontents.snapshot.storage.k8s.io"],)"
      R"("excludedNamespaceScopedResources":["volumesnapshots.snapshot.storage.k8s.io"],"hooks":{},"includedNamespaces":["a"],"snapshotMoveData":false)"));
  CHECK_FALSE(
      selective(R"("includedResources":["*"],"labelSelector":null,"snapshotVolumes":true,"orLabelSelectors":[])"));
  CHECK(selective(R"("includedResources":["pods"])"));
  CHECK(selective(R"("excludedResources":["persistentvolumeclaims"])"));
  CHECK(selective(R"("excludedResources":["pv"])"));
  CHECK(selective(R"("labelSelector":{"matchLabels":{"app":"pg"}})"));
  CHECK(selective(R"("orLabelSelectors":[{"matchLabels":{"app":"pg"}}])"));
  CHECK(selective(R"("resourcePolicy":{"kind":"configmap","name":"p"})"));
  CHECK(selective(R"("snapshotVolumes":false)"));
  const auto backup = project<Backup>(
      "",
      R"("spec":{"excludedNamespaces":["kube-system"],"storageLocation":"default"},"status":{"expiration":"2026-12-22T23:11:11Z"})");
  CHECK(backup.excluded_namespaces == std::vector<Symbol>{Symbol("kube-system")});
  CHECK(backup.storage_location == "default");
  CHECK(when(backup.expires) == "2026-12-22T23:11:11.000Z");
}

TEST_CASE("a kind of Velero's name in another group is another kind", "[projection]") {
  const auto schedule = [](std::string_view version) {
    return decode(Kind::Schedule, "{\"type\":\"ADDED\",\"object\":{\"apiVersion\":\"" + std::string(version) +
                                      "\",\"kind\":\"Schedule\",\"metadata\":{\"name\":\"n\",\"uid\":"
                                      "\"11111111-2222-3333-4444-555555555555\"}}}");
  };
  CHECK(std::holds_alternative<informers::ObjectEvent>(schedule("velero.io/v1")));
  CHECK(std::holds_alternative<informers::Malformed>(schedule("k8up.io/v1")));
}

TEST_CASE("hostile values in the new kinds give defaults, never another object", "[projection][hostile]") {
  const auto content = project<VolumeGroupSnapshotContent>(
      "",
      R"("status":{"volumeSnapshotInfoList":[5,null,"x",{"snapshotHandle":7},[{"snapshotHandle":"s"}]],"creationTime":-4})");
  CHECK(content.members == std::vector<VolumeGroupSnapshotContent::Member>{{"", ""}});
  CHECK_FALSE(content.cut);
  const auto grant = project<ReferenceGrant>("", R"("spec":{"from":{"kind":"PersistentVolumeClaim"},"to":"all"})");
  CHECK(grant.claim_namespaces.empty());
  CHECK_FALSE(grant.all_snapshots);
  CHECK_FALSE(project<Backup>("", R"("spec":{"snapshotVolumes":"false","includedResources":"pods"})").selective);
  CHECK(project<PodVolumeBackup>(R"("labels":{"velero.io/pvc-uid":"no uid"})", "").claim.uid == Uid());
}

TEST_CASE("who asked for a snapshot or a claim is known by its marks", "[projection][initiator]") {
  const auto snapshot = [](std::string_view meta) { return project<VolumeSnapshot>(meta, "").meta.initiator.get(); };
  CHECK(snapshot(R"("labels":{"snapscheduler.backube/schedule":"hourly"})") ==
        Initiator{"snapscheduler", "hourly", ""});
  CHECK(snapshot(R"("annotations":{"app.kubernetes.io/managed-by":"gemini","gemini.fairwinds.com/group":"postgres",)"
                 R"("gemini.fairwinds.com/timestamp":"1585945609"})") == Initiator{"gemini", "postgres", ""});
  CHECK(snapshot(
            R"("labels":{"cnpg.io/backupDate":"20260924","cnpg.io/backupName":"daily","cnpg.io/cluster":"pg"},)"
            R"("ownerReferences":[{"apiVersion":"postgresql.cnpg.io/v1","kind":"Cluster","name":"pg","uid":"u"}])") ==
        Initiator{"cnpg", "daily", ""});
  CHECK(
      snapshot(R"("ownerReferences":[{"apiVersion":"volsync.backube/v1alpha1","kind":"ReplicationSource","name":"db",)"
               R"("controller":true}],"labels":{"app.kubernetes.io/created-by":"volsync"})") ==
      Initiator{"volsync", "db", ""});
  CHECK(
      snapshot(
          R"("ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"p"},{"apiVersion":"snapshot.kubevirt.io/v1beta1",)"
          R"("kind":"VirtualMachineSnapshotContent","name":"vmsnapshot-content-6a1f0f3e-0000-4000-8000-000000000001"}])") ==
      Initiator{"kubevirt", "6a1f0f3e-0000-4000-8000-000000000001", ""});
  CHECK(snapshot(R"("labels":{"k10.kasten.io/appNamespace":"shop"})") == Initiator{"k10", "shop", ""});
  CHECK(snapshot(R"("ownerReferences":[{"apiVersion":"example.com/v1","kind":"ReplicationSource","name":"db"}])") ==
        Initiator());
  CHECK(snapshot(R"("labels":{"snapscheduler.backube/schedule":5},"ownerReferences":"none")") == Initiator());

  const auto claim = project<PersistentVolumeClaim>(
      R"("annotations":{"restore.kubevirt.io/name":"back","snaptrail.io/rpo":"24h"},"labels":{"velero.io/exclude-from-backup":"true"})",
      "");
  CHECK(claim.meta.initiator.get() == Initiator{"kubevirt", "", "back"});
  CHECK(claim.rpo == "24h");
  CHECK(claim.excluded_from_backup);
  CHECK(project<Namespace>(R"("annotations":{"snaptrail.io/rpo":"none"})", "").rpo == "none");
  // A snapshot that says nothing costs nothing: all of them share one.
  CHECK(&project<VolumeSnapshot>("", "").meta.initiator.get() == &project<VolumeSnapshot>("", "").meta.initiator.get());
}

TEST_CASE("a mark of one object is not the next one's", "[projection][initiator]") {
  informers::WatchDecoder decoder(Kind::VolumeSnapshot);
  const auto line = [](std::string_view meta) {
    return R"({"type":"ADDED","object":{"metadata":{"name":"n","uid":"00000000-0000-0000-0000-000000000001")" +
           std::string(meta) + "}}}";
  };
  decoder.decode(line(R"(,"labels":{"snapscheduler.backube/schedule":"hourly"})"));
  const auto next = decoder.decode(line(""));
  CHECK(meta_of(std::get<informers::ObjectEvent>(next).object).initiator.get() == Initiator());
}
