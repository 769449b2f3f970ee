#include "reconcilers/coverage/recoverables.hpp"

#include <algorithm>

namespace snaptrail::reconcilers {

Recoverables::Others Recoverables::others(const objects::VolumeSnapshot& snapshot,
                                          const objects::VolumeSnapshotContent& content,
                                          std::span<const std::string> going) const {
  ClaimedVolume volume{
      content.driver.get(), content.source_volume_handle, snapshot.meta.ns.get(), snapshot.source_claim, {}, {}};
  if (const auto claim = cluster_.claim(volume.ns, volume.claim)) {
    volume.uid = claim->meta.uid;
    volume.created = claim->meta.created;
    const auto bound = cluster_.volume(claim->volume_name);
    // The content of a group's member names no volume.
    if (volume.volume_handle.empty() && bound) volume.volume_handle = bound->volume_handle;
  }
  const ClaimPoints points(cluster_, points_, backups(), volume);
  const auto is_other = [&](const RecoveryPoint* point) {
    const bool is_copy = point->kind != PointKind::Snapshot;
    return is_copy ||
           (point->handle != content.snapshot_handle && std::ranges::find(going, point->handle) == going.end());
  };
  return {static_cast<std::size_t>(std::ranges::count_if(points.standing(), is_other)), points.first_expiry()};
}

const BackupIndex& Recoverables::backups() const {
  if (!backups_) backups_.emplace(cluster_, now_);
  return *backups_;
}

}  // namespace snaptrail::reconcilers
