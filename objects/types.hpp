#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "objects/initiator.hpp"
#include "objects/instant.hpp"
#include "objects/kind.hpp"
#include "objects/symbol.hpp"
#include "objects/uid.hpp"

/// The projected types: of each watched kind just the fields that states, chains and diagnosis read.
/// They are filled by informers/projection straight from the bytes; absent fields keep their defaults.
namespace snaptrail::objects {

/// status.readyToUse as the API has it: absent is not false.
enum class Ready : std::uint8_t { Nil, False, True };

enum class DeletionPolicy : std::uint8_t { None, Retain, Delete };

/// One entry of metadata.managedFields, reduced to what tells whether it changed.
struct FieldsEntry {
  Symbol manager;
  std::uint64_t scope = 0;   ///< hash of operation, subresource and apiVersion
  std::uint64_t fields = 0;  ///< hash of the bytes of fieldsV1, as they were sent; 0 if left out
  MaybeInstant time;
  friend bool operator==(const FieldsEntry&, const FieldsEntry&) = default;
};

/// The labels of Velero that say for whom an object was made; empty where absent.
struct VeleroMarks {
  Symbol backup;    ///< velero.io/backup-name
  Symbol restore;   ///< velero.io/restore-name
  Symbol schedule;  ///< velero.io/schedule-name
};

struct Meta {
  Uid uid;
  Symbol ns;  ///< empty for cluster-scoped kinds
  std::string name;
  /// Opaque to requests; compared by informers/resource_version.hpp (KEP-5504).
  std::string resource_version;
  MaybeInstant created;  ///< metadata.creationTimestamp
  MaybeInstant deleted;  ///< metadata.deletionTimestamp
  VeleroMarks velero;
  Symbol gitops;            ///< the label by which Argo CD or Flux know what they own; empty if none
  Symbol stuck_after;       ///< annotation snaptrail.io/stuck-after, as it is written
  InitiatorMark initiator;  ///< another one than Velero; of VolumeSnapshots and claims
  std::vector<Symbol> finalizers;
  std::vector<FieldsEntry> managed_fields;
};

/// status.error of a VolumeSnapshot or VolumeSnapshotContent.
struct StatusError {
  bool present = false;
  std::string message;
  MaybeInstant time;
};

/// A reference by name, and by UID where the API gives one.
struct ObjectRef {
  Symbol ns;
  std::string name;
  Uid uid;
};

struct VolumeSnapshot {
  Meta meta;
  std::string source_claim;    ///< spec.source.persistentVolumeClaimName
  std::string source_content;  ///< spec.source.volumeSnapshotContentName: pre-provisioned
  Symbol class_name;           ///< spec.volumeSnapshotClassName
  std::string bound_content;   ///< status.boundVolumeSnapshotContentName
  Ready ready = Ready::Nil;
  MaybeInstant cut;  ///< status.creationTime
  StatusError error;
  std::int64_t restore_size = -1;  ///< status.restoreSize in bytes; -1 where unknown
  Symbol group;                    ///< status.volumeGroupSnapshotName: the group that it is a member of
};

struct VolumeSnapshotContent {
  Meta meta;
  DeletionPolicy policy = DeletionPolicy::None;
  Symbol driver;
  Symbol class_name;
  ObjectRef snapshot;                  ///< spec.volumeSnapshotRef
  std::string source_volume_handle;    ///< spec.source.volumeHandle: made from a volume
  std::string source_snapshot_handle;  ///< spec.source.snapshotHandle: pre-provisioned
  std::string snapshot_handle;         ///< status.snapshotHandle
  Ready ready = Ready::Nil;
  MaybeInstant cut;  ///< status.creationTime (nanoseconds in the API)
  StatusError error;
  std::int64_t restore_size = -1;  ///< status.restoreSize in bytes; -1 where unknown
  bool being_created = false;      ///< annotation volumesnapshot-being-created
  bool being_deleted = false;      ///< annotation volumesnapshot-being-deleted
};

struct VolumeSnapshotClass {
  Meta meta;
  Symbol driver;
  DeletionPolicy policy = DeletionPolicy::None;
  bool is_default = false;
  bool velero_marked = false;  ///< label velero.io/csi-volumesnapshot-class
};

enum class ClaimPhase : std::uint8_t { None, Pending, Bound, Lost };

struct PersistentVolumeClaim {
  Meta meta;
  Symbol storage_class;
  std::string volume_name;
  ClaimPhase phase = ClaimPhase::None;
  /// dataSource or dataSourceRef, where it names a VolumeSnapshot; source.ns is the claim's own
  /// namespace unless dataSourceRef names another. An empty name: not restored from a snapshot.
  ObjectRef source;
  Symbol provisioner;          ///< annotation volume.kubernetes.io/storage-provisioner (or its beta name)
  bool selected_node = false;  ///< annotation volume.kubernetes.io/selected-node
  /// The annotation kubectl.kubernetes.io/last-applied-configuration names a VolumeSnapshot: what was asked for, whatever
  /// the API server made of it.
  bool applied_from_snapshot = false;
  bool excluded_from_backup = false;  ///< label velero.io/exclude-from-backup is "true"
  Symbol rpo;                         ///< annotation snaptrail.io/rpo, as it is written
};

enum class VolumePhase : std::uint8_t { None, Pending, Available, Bound, Released, Failed };

struct PersistentVolume {
  Meta meta;
  VolumePhase phase = VolumePhase::None;
  MaybeInstant phase_since;   ///< status.lastPhaseTransitionTime
  ObjectRef claim;            ///< spec.claimRef
  Symbol driver;              ///< spec.csi.driver
  std::string volume_handle;  ///< spec.csi.volumeHandle
  Symbol storage_class;
};

struct StorageClass {
  Meta meta;
  Symbol provisioner;
  bool wait_for_first_consumer = false;
  bool is_default = false;
};

struct Namespace {
  Meta meta;
  Symbol rpo;  ///< annotation snaptrail.io/rpo, as it is written
};

/// A Kubernetes Event (core/v1) about one of the watched objects.
struct Event {
  Meta meta;
  Symbol about_kind;  ///< involvedObject.kind
  ObjectRef about;    ///< involvedObject
  Symbol reason;
  Symbol type;  ///< Normal or Warning
  std::string message;
  std::int64_t count = 0;  ///< count, or series.count
  MaybeInstant last;       ///< lastTimestamp, else series.lastObservedTime, else eventTime
};

/// Velero's Backup.
struct Backup {
  Meta meta;
  Symbol phase;
  MaybeInstant started;
  MaybeInstant completed;
  MaybeInstant expires;            ///< status.expiration: Velero deletes it and its snapshots then
  Millis csi_snapshot_timeout{0};  ///< spec.csiSnapshotTimeout; 0 where absent (Velero's default is 10 minutes)
  Symbol storage_location;         ///< spec.storageLocation
  std::vector<Symbol> included_namespaces;  ///< empty, or "*": all
  std::vector<Symbol> excluded_namespaces;
  /// It takes only some of its namespaces' claims, by labels, resources, policies or spec.snapshotVolumes, so that a claim
  /// without a snapshot may be meant.
  bool selective = false;
  /// OADP's NonAdminBackup that it was made for, `namespace/name`; empty if none.
  Symbol non_admin_origin;
};

struct Restore {
  Meta meta;
  std::string backup_name;
  Symbol phase;
  MaybeInstant started;
  MaybeInstant completed;
};

/// A Lease of coordination.k8s.io: a sign of life of a controller that elects a leader.
struct Lease {
  Meta meta;
  std::string holder;                  ///< spec.holderIdentity; empty: given back
  MaybeInstant renewed;                ///< spec.renewTime, the holder's clock
  std::int64_t duration_seconds = -1;  ///< spec.leaseDurationSeconds; -1 where unknown
};

/// A CSI driver that is installed; its name is the driver's.
struct CSIDriver {
  Meta meta;
};

/// A ReferenceGrant of the Gateway API, reduced to what it lets claims do with VolumeSnapshots of its own namespace
/// (KEP-3294).
struct ReferenceGrant {
  Meta meta;
  std::vector<Symbol> claim_namespaces;  ///< spec.from: claims of these namespaces
  bool all_snapshots = false;            ///< spec.to names the kind without a name
  std::vector<std::string> snapshots;    ///< spec.to: these by name
};

struct VolumeGroupSnapshot {
  Meta meta;
  std::string source_content;  ///< spec.source.volumeGroupSnapshotContentName: pre-provisioned
  Symbol class_name;           ///< spec.volumeGroupSnapshotClassName
  std::string bound_content;   ///< status.boundVolumeGroupSnapshotContentName
  Ready ready = Ready::Nil;
  MaybeInstant cut;  ///< status.creationTime
  StatusError error;
};

struct VolumeGroupSnapshotContent {
  /// One volume's part of the group.
  struct Member {
    std::string snapshot_handle;
    std::string volume_handle;
    friend bool operator==(const Member&, const Member&) = default;
  };

  Meta meta;
  DeletionPolicy policy = DeletionPolicy::None;
  Symbol driver;
  Symbol class_name;
  ObjectRef group_snapshot;         ///< spec.volumeGroupSnapshotRef
  std::string source_group_handle;  ///< spec.source.groupSnapshotHandles: pre-provisioned
  std::string group_handle;         ///< status.volumeGroupSnapshotHandle
  /// status.volumeSnapshotInfoList, in v1beta1 volumeSnapshotHandlePairList.
  std::vector<Member> members;
  Ready ready = Ready::Nil;
  MaybeInstant cut;  ///< status.creationTime
  StatusError error;
};

struct VolumeGroupSnapshotClass {
  Meta meta;
  Symbol driver;
  DeletionPolicy policy = DeletionPolicy::None;
  bool is_default = false;
};

/// Velero's BackupStorageLocation.
struct BackupStorageLocation {
  Meta meta;
  Symbol phase;  ///< Available, Unavailable
  bool is_default = false;
  bool read_only = false;  ///< spec.accessMode
  MaybeInstant validated;  ///< status.lastValidationTime
  std::string message;     ///< status.message: why it is unavailable
};

/// Velero's Schedule.
struct Schedule {
  Meta meta;
  Symbol phase;      ///< New, Enabled, FailedValidation
  std::string cron;  ///< spec.schedule
  bool paused = false;
  MaybeInstant last_backup;  ///< status.lastBackup
};

/// Velero's DeleteBackupRequest: the end of a Backup and of its snapshots, by a person or by expiry.
struct DeleteBackupRequest {
  Meta meta;
  std::string backup_name;
  Symbol phase;  ///< New, InProgress, Processed
};

/// Velero's DataUpload: a snapshot's data on their way into the backup repository.
struct DataUpload {
  Meta meta;  ///< velero.backup: the Backup that it belongs to
  Symbol phase;
  ObjectRef claim;          ///< spec.sourceNamespace, spec.sourcePVC; no UID
  std::string snapshot;     ///< spec.csiSnapshot.volumeSnapshot, in the claim's namespace
  Symbol driver;            ///< spec.csiSnapshot.driver; empty with older versions
  std::string snapshot_id;  ///< status.snapshotID: the copy in the repository
  MaybeInstant started;
  MaybeInstant completed;
  std::string message;
};

/// Velero's DataDownload: data on their way from the backup repository into a restored volume.
struct DataDownload {
  Meta meta;  ///< velero.restore: the Restore that it belongs to
  Symbol phase;
  ObjectRef claim;          ///< spec.targetVolume; no UID
  std::string snapshot_id;  ///< spec.snapshotID
  MaybeInstant started;
  MaybeInstant completed;
  std::string message;
};

/// Velero's PodVolumeBackup: a volume's files copied into the backup repository, without a snapshot.
struct PodVolumeBackup {
  Meta meta;  ///< velero.backup: the Backup that it belongs to
  Symbol phase;
  ObjectRef
      claim;  ///< namespace of spec.pod, annotation velero.io/pvc-name, label velero.io/pvc-uid; empty: no claim's
  std::string snapshot_id;  ///< status.snapshotID: the copy in the repository
  MaybeInstant started;
  MaybeInstant completed;
  std::string message;
};

/// OADP's NonAdminBackup: a Velero Backup that a namespace's user asked for.
struct NonAdminBackup {
  Meta meta;
  Symbol phase;               ///< New, BackingOff, Created, Deleting: of the request, not of the Backup
  std::string velero_backup;  ///< status.veleroBackup.name; empty until it was made
};

/// In the order of Kind, so that index() is the Kind.
using Object =
    std::variant<VolumeSnapshot, VolumeSnapshotContent, VolumeSnapshotClass, PersistentVolumeClaim, PersistentVolume,
                 StorageClass, Namespace, Event, Backup, Restore, Lease, CSIDriver, ReferenceGrant, VolumeGroupSnapshot,
                 VolumeGroupSnapshotContent, VolumeGroupSnapshotClass, BackupStorageLocation, Schedule,
                 DeleteBackupRequest, DataUpload, DataDownload, PodVolumeBackup, NonAdminBackup>;

inline Kind kind_of(const Object& object) { return static_cast<Kind>(object.index()); }
/// metadata of any kind; valid as long as the object.
const Meta& meta_of(const Object& object);
Meta& meta_of(Object& object);
/// An empty object of that kind, for a decoder to fill.
Object make_object(Kind kind);

}  // namespace snaptrail::objects
