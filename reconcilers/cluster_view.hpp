#pragma once

#include <functional>
#include <string_view>

#include "objects/held.hpp"
#include "objects/types.hpp"

namespace snaptrail::reconcilers {

/// Read access to the cluster as the informers have it now. What is Held stays valid, as it was when it was asked for; pointers
/// are valid until the next change of the stores, and references until the visitor returns. The reconcilers keep none of them
/// beyond one change. One thread.
class ClusterView {
 public:
  virtual ~ClusterView() = default;

  // Of these there may be hundreds of thousands: to look at one costs its unpacking, to go through all milliseconds.
  virtual objects::Held<objects::VolumeSnapshot> snapshot(const objects::Uid& uid) const = 0;
  virtual objects::Held<objects::VolumeSnapshot> snapshot(std::string_view ns, std::string_view name) const = 0;
  virtual objects::Held<objects::VolumeSnapshotContent> content(const objects::Uid& uid) const = 0;
  virtual objects::Held<objects::VolumeSnapshotContent> content(std::string_view name) const = 0;
  virtual objects::Held<objects::PersistentVolumeClaim> claim(const objects::Uid& uid) const = 0;
  virtual objects::Held<objects::PersistentVolumeClaim> claim(std::string_view ns, std::string_view name) const = 0;
  /// Of the claim of that name; none for one that is not there. Cheaper than to look at it.
  virtual objects::Uid claim_uid(std::string_view ns, std::string_view name) const = 0;
  virtual objects::Held<objects::PersistentVolume> volume(const objects::Uid& uid) const = 0;
  virtual objects::Held<objects::PersistentVolume> volume(std::string_view name) const = 0;

  virtual void for_each_snapshot(const std::function<void(const objects::VolumeSnapshot&)>& visit) const = 0;
  virtual void for_each_content(const std::function<void(const objects::VolumeSnapshotContent&)>& visit) const = 0;
  virtual void for_each_claim(const std::function<void(const objects::PersistentVolumeClaim&)>& visit) const = 0;
  virtual void for_each_volume(const std::function<void(const objects::PersistentVolume&)>& visit) const = 0;

  virtual const objects::VolumeSnapshotClass* snapshot_class(std::string_view name) const = 0;
  virtual const objects::StorageClass* storage_class(std::string_view name) const = 0;
  virtual const objects::Namespace* name_space(std::string_view name) const = 0;
  virtual const objects::CSIDriver* csi_driver(std::string_view name) const = 0;
  virtual const objects::VolumeGroupSnapshot* group_snapshot(std::string_view ns, std::string_view name) const = 0;
  virtual const objects::VolumeGroupSnapshotContent* group_content(std::string_view name) const = 0;
  virtual const objects::VolumeGroupSnapshotClass* group_class(std::string_view name) const = 0;

  // Of these there are few: whoever needs one looks through them all.
  virtual void for_each(const std::function<void(const objects::VolumeSnapshotClass&)>& visit) const = 0;
  virtual void for_each(const std::function<void(const objects::Lease&)>& visit) const = 0;
  virtual void for_each(const std::function<void(const objects::ReferenceGrant&)>& visit) const = 0;
  virtual void for_each(const std::function<void(const objects::VolumeGroupSnapshot&)>& visit) const = 0;
  virtual void for_each(const std::function<void(const objects::VolumeGroupSnapshotContent&)>& visit) const = 0;
  virtual void for_each(const std::function<void(const objects::VolumeGroupSnapshotClass&)>& visit) const = 0;
  virtual void for_each(const std::function<void(const objects::Backup&)>& visit) const = 0;
  virtual void for_each(const std::function<void(const objects::Restore&)>& visit) const = 0;
  virtual void for_each(const std::function<void(const objects::BackupStorageLocation&)>& visit) const = 0;
  virtual void for_each(const std::function<void(const objects::Schedule&)>& visit) const = 0;
  virtual void for_each(const std::function<void(const objects::DeleteBackupRequest&)>& visit) const = 0;
  virtual void for_each(const std::function<void(const objects::DataUpload&)>& visit) const = 0;
  virtual void for_each(const std::function<void(const objects::DataDownload&)>& visit) const = 0;
  virtual void for_each(const std::function<void(const objects::PodVolumeBackup&)>& visit) const = 0;
  virtual void for_each(const std::function<void(const objects::NonAdminBackup&)>& visit) const = 0;

  /// Whether that kind is synced, in one namespace at least: only then does a missing object mean anything.
  virtual bool synced(objects::Kind kind) const = 0;
  /// Whether that kind is synced in that namespace (empty: what belongs to none).
  virtual bool synced(objects::Kind kind, std::string_view ns) const = 0;
  /// Whether the API server has that kind and does not show it: forbidden, or its lists fail.
  virtual bool hidden(objects::Kind kind) const = 0;
  /// Whether a VolumeSnapshotContent, PersistentVolume or VolumeGroupSnapshotContent of that name is there that is not in the view,
  /// since it refers to a namespace that is not followed.
  virtual bool exists_elsewhere(objects::Kind kind, std::string_view name) const = 0;
  /// When its last complete list ended: what a polled kind (Lease) says is as old as that. None: never.
  virtual objects::MaybeInstant listed_at(objects::Kind kind) const = 0;
};

}  // namespace snaptrail::reconcilers
