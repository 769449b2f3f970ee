#include "reconcilers/coverage/point_memory.hpp"

#include <algorithm>
#include <utility>

#include "reconcilers/coverage/operation_end.hpp"
#include "reconcilers/velero_backup.hpp"

namespace snaptrail::reconcilers {
namespace {

using objects::Instant;
using objects::Kind;
using objects::Symbol;

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
  if (const auto point = snapshot_point_of(record)) {
    Stored stored;
    stored.cut = point->cut;
    stored.seen = record.since;
    stored.handle = record.snapshot_handle;
    stored.backup = Symbol(point->backup);
    add(record.driver, record.volume_handle, std::move(stored));
  }
  if (const auto end = snapshot_end_of(record)) lose(record.driver, record.snapshot_handle, *end, record.since);
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
    Stored point;
    point.cut = group.cut ? *group.cut : group.meta.created ? *group.meta.created : at;
    point.seen = at;
    point.handle = member.snapshot_handle;
    point.backup = group.meta.velero.backup;
    add(group.driver.get(), member.volume_handle, std::move(point));
  }
}

void PointMemory::gone(const objects::VolumeGroupSnapshotContent& last, Instant at) {
  if (last.policy != objects::DeletionPolicy::Delete) return;
  for (const auto& member : last.members) {
    lose(last.driver.get(), member.snapshot_handle, PointEnd::Destroyed, at);
  }
}

void PointMemory::end_points_of(const objects::Operation& backup) {
  const bool expired = *backup.end == objects::OperationEnd::Expired && backup.expires;
  for (auto& [key, volume] : volumes_) {
    for (Stored& point : volume.points) {
      if (point.has_ended || point.backup.get() != backup.name) continue;
      // A Backup of the same name may have been there before, or come later.
      const bool earlier = backup.created && point.cut + kClocksDiffer < *backup.created;
      if (earlier || point.cut > *backup.gone) continue;
      expired ? point.finish(PointEnd::BackupExpired, *backup.expires)
              : point.finish(PointEnd::BackupDeleted, *backup.gone);
    }
  }
}

void PointMemory::add_gone_copy(const objects::Operation& copy) {
  auto point = point_of(copy);
  if (!point || copy.claim.empty()) return;
  if (cluster_ && !cluster_->claim(copy.claim_ns, copy.claim)) return;
  auto& copies = copies_[copy.claim_ns + "/" + copy.claim];
  copies.push_back({std::move(*point), end_of(*copy.end), *copy.gone});
  if (copies.size() > kMostEnded) copies.erase(std::ranges::min_element(copies, {}, &EndedPoint::at));
}

bool PointMemory::was_cut(std::string_view driver, std::string_view handle) const {
  const auto volume = volume_of_.find(handle_key(driver, handle));
  if (volume == volume_of_.end()) return false;
  return std::ranges::any_of(volumes_.at(volume->second).points, [&](const Stored& point) {
    return point.handle == handle && !(point.has_ended && point.end == PointEnd::Destroyed);
  });
}

std::vector<PointMemory::Kept> PointMemory::of_volume(std::string_view driver, std::string_view volume_handle) const {
  std::vector<Kept> points;
  const auto found = volumes_.find(handle_key(driver, volume_handle));
  if (found == volumes_.end()) return points;
  points.reserve(found->second.points.size());
  for (const Stored& point : found->second.points) {
    points.push_back({{PointKind::Snapshot, point.cut, point.handle, point.backup.get(), {}},
                      point.seen,
                      point.has_ended,
                      point.end,
                      point.ended_at});
  }
  return points;
}

bool PointMemory::has_of(std::string_view driver, std::string_view volume_handle, std::string_view backup) const {
  const auto found = volumes_.find(handle_key(driver, volume_handle));
  return found != volumes_.end() &&
         std::ranges::any_of(found->second.points, [&](const Stored& point) { return point.backup.get() == backup; });
}

const std::vector<EndedPoint>& PointMemory::gone_copies(std::string_view ns, std::string_view claim) const {
  static const std::vector<EndedPoint> kNone;
  const auto found = copies_.find(std::string(ns) + "/" + std::string(claim));
  return found == copies_.end() ? kNone : found->second;
}

void PointMemory::add(const std::string& driver, std::string_view volume_handle, Stored point) {
  const HandleKey key = handle_key(driver, point.handle);
  const HandleKey volume_key = handle_key(driver, volume_handle);
  Volume& volume = volumes_[volume_key];
  const auto known = std::ranges::find(volume.points, point.handle, &Stored::handle);
  if (known != volume.points.end()) {
    known->seen = std::max(known->seen, point.seen);
    if (known->backup.get().empty()) known->backup = point.backup;
    // What has ended stays so, unless the backend gives the name to something new.
    if (!known->has_ended || point.cut <= known->ended_at) return;
    point.backup = known->backup;
    *known = std::move(point);
    return;
  }
  if (const auto loss = losses_.extract(key)) {
    if (point.cut <= loss.mapped().at) point.finish(loss.mapped().end, loss.mapped().at);
  }
  volume_of_.insert_or_assign(key, volume_key);
  volume.driver = Symbol(driver);
  volume.points.push_back(std::move(point));
  prune(volume);
}

void PointMemory::lose(std::string_view driver, std::string_view handle, PointEnd end, Instant at) {
  const HandleKey key = handle_key(driver, handle);
  const auto found = volume_of_.find(key);
  if (found == volume_of_.end()) {
    if (!cluster_) losses_.insert_or_assign(key, Loss{end, at});
    return;
  }
  const HandleKey volume = found->second;
  for (Stored& point : volumes_.at(volume).points) {
    if (point.handle == handle && !point.has_ended && point.cut <= at) point.finish(end, at);
  }
  if (cluster_) forget_if_over(volume);
}

void PointMemory::gone(const objects::PersistentVolume& last, Instant /*at*/) {
  const HandleKey key = handle_key(last.driver.get(), last.volume_handle);
  const auto found = volumes_.find(key);
  if (found == volumes_.end()) return;
  found->second.gone = true;
  forget_if_over(key);
}

void PointMemory::gone(const objects::PersistentVolumeClaim& last, Instant /*at*/) {
  copies_.erase(last.meta.ns.get() + "/" + last.meta.name);
}

void PointMemory::forget_if_over(HandleKey volume) {
  const auto found = volumes_.find(volume);
  const Volume& over = found->second;
  if (!over.gone || !std::ranges::all_of(over.points, &Stored::has_ended)) return;
  for (const Stored& point : over.points) volume_of_.erase(handle_key(over.driver.get(), point.handle));
  volumes_.erase(found);
}

void PointMemory::prune(Volume& volume) {
  auto& points = volume.points;
  const auto drop_oldest = [&](bool ended, std::size_t most) {
    const auto count = std::ranges::count(points, ended, &Stored::has_ended);
    if (static_cast<std::size_t>(count) <= most) return;
    auto oldest = points.end();
    for (auto it = points.begin(); it != points.end(); ++it) {
      if (it->has_ended == ended && (oldest == points.end() || it->cut < oldest->cut)) oldest = it;
    }
    volume_of_.erase(handle_key(volume.driver.get(), oldest->handle));
    points.erase(oldest);
  };
  drop_oldest(false, kMostLive);
  drop_oldest(true, kMostEnded);
}

}  // namespace snaptrail::reconcilers
