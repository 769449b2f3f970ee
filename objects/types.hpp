#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

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
  Symbol gitops;       ///< the label by which Argo CD or Flux know what they own; empty if none
  Symbol stuck_after;  ///< annotation snaptrail.io/stuck-after, as it is written
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

struct Backup {
  Meta meta;
  Symbol phase;
  MaybeInstant started;
  MaybeInstant completed;
  MaybeInstant expires;            ///< status.expiration: Velero deletes it and its snapshots then
  Millis csi_snapshot_timeout{0};  ///< spec.csiSnapshotTimeout; 0 where absent (Velero's default is 10 minutes)
  std::vector<Symbol> included_namespaces;
};

struct Restore {
  Meta meta;
  std::string backup_name;
  Symbol phase;
  MaybeInstant started;
  MaybeInstant completed;
};

/// In the order of Kind, so that index() is the Kind.
using Object = std::variant<VolumeSnapshot, VolumeSnapshotContent, VolumeSnapshotClass, PersistentVolumeClaim,
                            PersistentVolume, StorageClass, Namespace, Event, Backup, Restore>;

inline Kind kind_of(const Object& object) { return static_cast<Kind>(object.index()); }
/// metadata of any kind; valid as long as the object.
const Meta& meta_of(const Object& object);
Meta& meta_of(Object& object);
/// An empty object of that kind, for a decoder to fill.
Object make_object(Kind kind);

}  // namespace snaptrail::objects
