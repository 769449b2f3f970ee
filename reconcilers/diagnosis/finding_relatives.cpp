#include "reconcilers/diagnosis/finding_tracker.hpp"

/// Whom a change concerns: which subjects are to be looked at again.
namespace snaptrail::reconcilers {

using objects::Kind;
using objects::Uid;

void FindingTracker::touch(Kind kind, const Uid& uid) {
  if (uid) dirty_.emplace(uid, kind);
}

void FindingTracker::touch_open(Kind kind) {
  for (const auto& [uid, entry] : entries_) {
    if (entry.kind == kind) touch(kind, uid);
  }
}

void FindingTracker::touch_family(const objects::VolumeSnapshot& snapshot, bool all) {
  touch(Kind::VolumeSnapshot, snapshot.meta.uid);
  for (const auto& uid : tracker_.index().contents_of(snapshot.meta.uid)) touch(Kind::VolumeSnapshotContent, uid);
  for (const auto& uid : tracker_.index().claims_restored_from(snapshot.meta.ns.get(), snapshot.meta.name)) {
    touch(Kind::PersistentVolumeClaim, uid);
  }
  if (!snapshot.source_claim.empty()) {
    const auto claim = cluster_.claim(snapshot.meta.ns.get(), snapshot.source_claim);
    if (claim && claim->meta.deleted) touch(Kind::PersistentVolumeClaim, claim->meta.uid);
    for (const auto& uid : tracker_.index().snapshots_of_claim(snapshot.meta.ns.get(), snapshot.source_claim)) {
      if (all || entries_.contains(uid)) touch(Kind::VolumeSnapshot, uid);
    }
  }
  const std::string& backup = snapshot.meta.velero.backup.get();
  if (backup.empty() || !snapshot.meta.velero.restore.get().empty()) return;
  cluster_.for_each([&](const objects::Backup& candidate) {
    const bool runs = candidate.phase.get() == "InProgress" || entries_.contains(candidate.meta.uid);
    if (candidate.meta.name == backup && runs) touch(Kind::Backup, candidate.meta.uid);
  });
}

void FindingTracker::touch_relatives(const objects::VolumeSnapshot& snapshot, bool gone) {
  touch_family(snapshot, gone || snapshot.meta.deleted);
}

void FindingTracker::touch_relatives(const objects::VolumeSnapshotContent& content, bool gone) {
  touch(Kind::VolumeSnapshotContent, content.meta.uid);
  const auto snapshot = content.snapshot.uid ? cluster_.snapshot(content.snapshot.uid)
                                             : cluster_.snapshot(content.snapshot.ns.get(), content.snapshot.name);
  if (snapshot) touch_family(*snapshot, gone);
}

void FindingTracker::touch_relatives(const objects::PersistentVolumeClaim& claim, bool) {
  touch(Kind::PersistentVolumeClaim, claim.meta.uid);
  touch_snapshots_of({claim.meta.ns, claim.meta.name, {}});
  // A restore holds the snapshot that it is made from.
  const auto source = cluster_.snapshot(claim.source.ns.get(), claim.source.name);
  if (source && source->meta.deleted) touch(Kind::VolumeSnapshot, source->meta.uid);
}

void FindingTracker::touch_relatives(const objects::PersistentVolume& volume, bool) {
  const auto claim = cluster_.claim(volume.claim.ns.get(), volume.claim.name);
  if (!claim) return;
  touch(Kind::PersistentVolumeClaim, claim->meta.uid);
  for (const auto& uid : tracker_.index().snapshots_of_claim(claim->meta.ns.get(), claim->meta.name)) {
    if (entries_.contains(uid)) touch(Kind::VolumeSnapshot, uid);
  }
}

void FindingTracker::touch_relatives(const objects::VolumeSnapshotClass& snapshot_class, bool) {
  touch(Kind::VolumeSnapshotClass, snapshot_class.meta.uid);
  touch_open(Kind::VolumeSnapshot);
}

void FindingTracker::touch_relatives(const objects::StorageClass&, bool) { touch_open(Kind::PersistentVolumeClaim); }

void FindingTracker::touch_relatives(const objects::Namespace& ns, bool gone) {
  if (!ns.meta.deleted || gone) return;
  cluster_.for_each_snapshot([&](const objects::VolumeSnapshot& snapshot) {
    if (snapshot.meta.ns.get() == ns.meta.name) touch(Kind::VolumeSnapshot, snapshot.meta.uid);
  });
}

void FindingTracker::touch_relatives(const objects::Backup& backup, bool) {
  touch(Kind::Backup, backup.meta.uid);
  if (backup.phase.get() != "InProgress") touch_snapshots_beside(backup.meta.name);
}

void FindingTracker::touch_snapshots_beside(std::string_view backup) {
  const auto is_beside = [&](const objects::VolumeSnapshot& snapshot) {
    if (snapshot.meta.velero.backup.get() == backup) return true;
    const auto content = tracker_.relations().content_of(snapshot);
    return content && points_.has_of(content->driver.get(), content->source_volume_handle, backup);
  };
  cluster_.for_each_snapshot([&](const objects::VolumeSnapshot& snapshot) {
    if (is_beside(snapshot)) touch(Kind::VolumeSnapshot, snapshot.meta.uid);
  });
}

void FindingTracker::touch_relatives(const objects::DeleteBackupRequest& request, bool) {
  // What belongs to a Backup that goes is at no risk any more, and is again if the request is taken back.
  touch_snapshots_beside(request.backup_name);
}

void FindingTracker::touch_relatives(const objects::BackupStorageLocation& location, bool) {
  touch(Kind::BackupStorageLocation, location.meta.uid);
}

template <class T>
void FindingTracker::touch_copies(Kind kind, const T& copy, bool gone) {
  const bool done = copy.phase.get() == "Completed";
  if (!done || gone || entries_.contains(copy.meta.uid)) touch(kind, copy.meta.uid);
  if (!done) return;
  touch_snapshots_of(copy.claim);
  cluster_.for_each([&](const T& other) {
    const bool same = other.claim.ns == copy.claim.ns && other.claim.name == copy.claim.name;
    if (same && other.phase.get() == "Failed") touch(kind, other.meta.uid);
  });
}

void FindingTracker::touch_relatives(const objects::DataUpload& upload, bool gone) {
  touch_copies(Kind::DataUpload, upload, gone);
}

void FindingTracker::touch_relatives(const objects::DataDownload& download, bool gone) {
  touch_copies(Kind::DataDownload, download, gone);
}

void FindingTracker::touch_relatives(const objects::PodVolumeBackup& copy, bool) {
  if (copy.phase.get() == "Completed") touch_snapshots_of(copy.claim);
}

void FindingTracker::touch_snapshots_of(const objects::ObjectRef& claim) {
  for (const auto& uid : tracker_.index().snapshots_of_claim(claim.ns.get(), claim.name)) {
    touch(Kind::VolumeSnapshot, uid);
  }
}

void FindingTracker::touch_relatives(const objects::VolumeGroupSnapshot& group, bool) {
  touch(Kind::VolumeGroupSnapshot, group.meta.uid);
  const std::string& content = group.bound_content.empty() ? group.source_content : group.bound_content;
  if (const auto* found = cluster_.group_content(content)) touch(Kind::VolumeGroupSnapshotContent, found->meta.uid);
  cluster_.for_each_snapshot([&](const objects::VolumeSnapshot& member) {
    const bool is_member = member.group.get() == group.meta.name && member.meta.ns == group.meta.ns;
    // A ready one may be unverified until its group is ready, too.
    const bool may_change = member.ready != objects::Ready::True || entries_.contains(member.meta.uid);
    if (is_member && may_change) touch(Kind::VolumeSnapshot, member.meta.uid);
  });
}

void FindingTracker::touch_relatives(const objects::VolumeGroupSnapshotContent& content, bool gone) {
  touch(Kind::VolumeGroupSnapshotContent, content.meta.uid);
  const auto* group = cluster_.group_snapshot(content.group_snapshot.ns.get(), content.group_snapshot.name);
  if (group) touch_relatives(*group, gone);
}

void FindingTracker::touch_relatives(const objects::VolumeGroupSnapshotClass&, bool) {
  touch_open(Kind::VolumeGroupSnapshot);
}

void FindingTracker::touch_relatives(const objects::ReferenceGrant&, bool) { touch_open(Kind::PersistentVolumeClaim); }

}  // namespace snaptrail::reconcilers
