#include "reconcilers/coverage/point_memory.hpp"

#include <algorithm>
#include <utility>

#include "reconcilers/velero_backup.hpp"

namespace snaptrail::reconcilers {
namespace {

using objects::Instant;
using objects::Kind;
using objects::Outcome;

/// No driver's name holds a control character.
std::string key_of(std::string_view driver, std::string_view handle) {
  return std::string(driver) + '\x1f' + std::string(handle);
}

bool was_ready(const objects::ObjectRecord& record) { return record.was_ready || record.ready == objects::Ready::True; }

void end_point(PointMemory::Kept& kept, PointEnd end, Instant at) {
  kept.has_ended = true;
  kept.end = end;
  kept.ended_at = at;
}

}  // namespace

std::string_view to_string(PointKind kind) {
  switch (kind) {
    case PointKind::Snapshot: break;
    case PointKind::DataUpload: return "DataUpload";
    case PointKind::PodVolumeBackup: return "PodVolumeBackup";
  }
  return "Snapshot";
}

std::string_view to_string(PointEnd end) {
  switch (end) {
    case PointEnd::Destroyed: break;
    case PointEnd::Leaked: return "Leaked";
    case PointEnd::Unseen: return "Unseen";
    case PointEnd::BackupExpired: return "BackupExpired";
    case PointEnd::BackupDeleted: return "BackupDeleted";
    case PointEnd::CopyGone: return "CopyGone";
  }
  return "Destroyed";
}

std::optional<RecoveryPoint> point_of(const objects::Operation& operation) {
  const bool is_upload = operation.kind == Kind::DataUpload;
  if (!is_upload && operation.kind != Kind::PodVolumeBackup) return std::nullopt;
  const objects::MaybeInstant cut = objects::copied_at(operation);
  if (!objects::has_copied(operation) || !cut) return std::nullopt;
  return RecoveryPoint{is_upload ? PointKind::DataUpload : PointKind::PodVolumeBackup, *cut, operation.copy,
                       operation.backup, operation.ns};
}

void PointMemory::recorded(const objects::ObjectRecord& record) {
  if (record.kind != Kind::VolumeSnapshotContent || record.snapshot_handle.empty()) return;
  std::string key = key_of(record.driver, record.snapshot_handle);
  // Only what was made from a volume is the end of a cut; an imported handle is a point if the cut was seen.
  if (was_ready(record) && !record.pre_provisioned && !record.volume_handle.empty()) {
    RecoveryPoint point;
    // Without the backend's word the time of our first sight: never later than the data are.
    point.cut = record.cut ? *record.cut : record.first_seen;
    point.handle = record.snapshot_handle;
    if (record.initiator && record.initiator->type == "velero") point.backup = record.initiator->backup;
    add(key_of(record.driver, record.volume_handle), key, std::move(point), record.since);
  }
  if (!record.outcome) return;
  const bool may_be_gone = *record.outcome == Outcome::Unknown && record.policy == objects::DeletionPolicy::Delete;
  if (*record.outcome == Outcome::Destroyed) lose(key, PointEnd::Destroyed, record.since);
  if (*record.outcome == Outcome::Leaked) lose(key, PointEnd::Leaked, record.since);
  if (may_be_gone) lose(key, PointEnd::Unseen, record.since);
}

void PointMemory::gap(const objects::Gap& gap) {
  if (gap.resource != "volumesnapshotcontents") return;
  if (gap.until - gap.since < kHole) return;
  if (!last_hole_ || *last_hole_ < gap.until) last_hole_ = gap.until;
}

void PointMemory::recorded(const objects::Operation& operation) {
  if (!operation.gone || !operation.end) return;
  if (operation.kind != Kind::Backup) return add_gone_copy(operation);
  // Whoever takes just the object away leaves the handles, and Velero finds the Backup again in its storage.
  if (*operation.end == objects::OperationEnd::Removed) return;
  cluster_ ? end_points_of(operation) : ended_backups_.push_back(operation);
}

void PointMemory::open(const ClusterView& cluster) {
  cluster_ = &cluster;
  losses_.clear();
  for (const auto& backup : std::exchange(ended_backups_, {})) end_points_of(backup);
  std::erase_if(copies_, [&](const auto& copies) {
    const std::size_t slash = copies.first.find('/');
    const std::string_view ns = std::string_view(copies.first).substr(0, slash);
    return cluster.synced(Kind::PersistentVolumeClaim, ns) && !cluster.claim(ns, copies.first.substr(slash + 1));
  });
}

void PointMemory::changed(const objects::VolumeGroupSnapshotContent& group, Instant at) {
  // An imported group's members were cut elsewhere; one that is being deleted may have lost them already.
  if (group.ready != objects::Ready::True || !group.source_group_handle.empty() || group.meta.deleted) return;
  for (const auto& member : group.members) {
    if (member.snapshot_handle.empty() || member.volume_handle.empty()) continue;
    const Instant cut = group.cut ? *group.cut : group.meta.created ? *group.meta.created : at;
    add(key_of(group.driver.get(), member.volume_handle), key_of(group.driver.get(), member.snapshot_handle),
        {PointKind::Snapshot, cut, member.snapshot_handle, group.meta.velero.backup.get(), {}}, at);
  }
}

void PointMemory::gone(const objects::VolumeGroupSnapshotContent& last, Instant at) {
  if (last.policy != objects::DeletionPolicy::Delete) return;
  for (const auto& member : last.members) {
    lose(key_of(last.driver.get(), member.snapshot_handle), PointEnd::Destroyed, at);
  }
}

void PointMemory::end_points_of(const objects::Operation& backup) {
  const bool expired = *backup.end == objects::OperationEnd::Expired && backup.expires;
  for (auto& [key, volume] : volumes_) {
    for (Kept& kept : volume.points) {
      const RecoveryPoint& point = kept.point;
      if (kept.has_ended || point.backup != backup.name) continue;
      // A Backup of the same name may have been there before, or come later.
      const bool earlier = backup.created && point.cut + kClocksDiffer < *backup.created;
      if (earlier || point.cut > *backup.gone) continue;
      expired ? end_point(kept, PointEnd::BackupExpired, *backup.expires)
              : end_point(kept, PointEnd::BackupDeleted, *backup.gone);
    }
  }
}

void PointMemory::add_gone_copy(const objects::Operation& copy) {
  auto point = point_of(copy);
  if (!point || copy.claim.empty()) return;
  if (cluster_ && !cluster_->claim(copy.claim_ns, copy.claim)) return;
  const PointEnd end = *copy.end == objects::OperationEnd::Expired   ? PointEnd::BackupExpired
                       : *copy.end == objects::OperationEnd::Deleted ? PointEnd::BackupDeleted
                                                                     : PointEnd::CopyGone;
  auto& copies = copies_[copy.claim_ns + "/" + copy.claim];
  copies.push_back({std::move(*point), end, *copy.gone});
  if (copies.size() > kMostEnded) copies.erase(std::ranges::min_element(copies, {}, &EndedPoint::at));
}

bool PointMemory::was_cut(std::string_view driver, std::string_view handle) const {
  const auto volume = volume_of_.find(key_of(driver, handle));
  if (volume == volume_of_.end()) return false;
  return std::ranges::any_of(volumes_.at(volume->second).points, [&](const Kept& kept) {
    return kept.point.handle == handle && !(kept.has_ended && kept.end == PointEnd::Destroyed);
  });
}

const std::vector<PointMemory::Kept>& PointMemory::of_volume(std::string_view driver,
                                                             std::string_view volume_handle) const {
  static const std::vector<Kept> kNone;
  const auto found = volumes_.find(key_of(driver, volume_handle));
  return found == volumes_.end() ? kNone : found->second.points;
}

const std::vector<EndedPoint>& PointMemory::gone_copies(std::string_view ns, std::string_view claim) const {
  static const std::vector<EndedPoint> kNone;
  const auto found = copies_.find(std::string(ns) + "/" + std::string(claim));
  return found == copies_.end() ? kNone : found->second;
}

void PointMemory::add(const std::string& volume, std::string key, RecoveryPoint point, Instant seen) {
  auto& points = volumes_[volume].points;
  const auto known = std::ranges::find_if(points, [&](const Kept& kept) { return kept.point.handle == point.handle; });
  if (known != points.end()) {
    known->seen = std::max(known->seen, seen);
    if (known->point.backup.empty()) known->point.backup = std::move(point.backup);
    // What has ended stays so, unless the backend gives the name to something new.
    if (!known->has_ended || point.cut <= known->ended_at) return;
    point.backup = known->point.backup;
    *known = Kept{std::move(point), seen, false, {}, {}};
    return;
  }
  Kept kept{std::move(point), seen, false, {}, {}};
  if (const auto loss = losses_.extract(key)) {
    if (kept.point.cut <= loss.mapped().at) end_point(kept, loss.mapped().end, loss.mapped().at);
  }
  volume_of_.insert_or_assign(std::move(key), volume);
  points.push_back(std::move(kept));
  prune(points, std::string_view(volume).substr(0, volume.find('\x1f')));
}

void PointMemory::lose(const std::string& key, PointEnd end, Instant at) {
  const auto found = volume_of_.find(key);
  if (found == volume_of_.end()) {
    if (!cluster_) losses_.insert_or_assign(key, Loss{end, at});
    return;
  }
  const std::string volume = found->second;
  const std::string_view handle = std::string_view(key).substr(key.find('\x1f') + 1);
  for (Kept& kept : volumes_.at(volume).points) {
    if (kept.point.handle == handle && !kept.has_ended && kept.point.cut <= at) end_point(kept, end, at);
  }
  if (cluster_) forget_if_over(volume);
}

void PointMemory::gone(const objects::PersistentVolume& last, Instant /*at*/) {
  const std::string key = key_of(last.driver.get(), last.volume_handle);
  const auto found = volumes_.find(key);
  if (found == volumes_.end()) return;
  found->second.gone = true;
  forget_if_over(key);
}

void PointMemory::gone(const objects::PersistentVolumeClaim& last, Instant /*at*/) {
  copies_.erase(last.meta.ns.get() + "/" + last.meta.name);
}

void PointMemory::forget_if_over(const std::string& volume) {
  const auto found = volumes_.find(volume);
  if (!found->second.gone || !std::ranges::all_of(found->second.points, &Kept::has_ended)) return;
  const std::string_view driver = std::string_view(volume).substr(0, volume.find('\x1f'));
  for (const Kept& kept : found->second.points) volume_of_.erase(key_of(driver, kept.point.handle));
  volumes_.erase(found);
}

void PointMemory::prune(std::vector<Kept>& points, std::string_view driver) {
  const auto drop_oldest = [&](bool ended, std::size_t most) {
    const auto count = std::ranges::count(points, ended, &Kept::has_ended);
    if (static_cast<std::size_t>(count) <= most) return;
    auto oldest = points.end();
    for (auto it = points.begin(); it != points.end(); ++it) {
      if (it->has_ended == ended && (oldest == points.end() || it->point.cut < oldest->point.cut)) oldest = it;
    }
    volume_of_.erase(key_of(driver, oldest->point.handle));
    points.erase(oldest);
  };
  drop_oldest(false, kMostLive);
  drop_oldest(true, kMostEnded);
}

}  // namespace snaptrail::reconcilers
