#include "reconcilers/coverage/claim_points.hpp"

#include <algorithm>

namespace snaptrail::reconcilers {

using objects::Instant;
using objects::Kind;
using objects::MaybeInstant;

ClaimPoints::ClaimPoints(const ClusterView& cluster, const PointMemory& points, const BackupIndex& backups,
                         const ClaimedVolume& volume)
    : cluster_(cluster),
      points_(points),
      backups_(backups),
      ns_(volume.ns),
      kept_(points.of_volume(volume.driver, volume.volume_handle)) {
  for (const auto& kept : kept_) take(kept);
  // A namesake may have been there before.
  const auto is_its = [&](Instant cut) { return !volume.created || cut >= *volume.created; };
  for (const auto& copy : backups.copies(volume.ns, volume.claim)) {
    const bool named = copy.claim && volume.uid;
    if (named ? copy.claim == volume.uid : is_its(copy.point.cut)) judge(copy.point);
  }
  for (const auto& ended : points.gone_copies(volume.ns, volume.claim)) {
    if (is_its(ended.point.cut)) no_longer(ended.point, ended.end, ended.at);
  }
}

std::optional<RecoveryPoint> ClaimPoints::last() const { return last_ ? std::optional(*last_) : std::nullopt; }

std::optional<EndedPoint> ClaimPoints::newest_ended() const {
  if (!ended_ || (last_ && last_->cut >= ended_->cut)) return std::nullopt;
  return EndedPoint{*ended_, end_, ended_at_};
}

bool ClaimPoints::has_of(const objects::Backup& backup) const {
  return std::ranges::any_of(all_, [&](const RecoveryPoint* point) {
    return point->backup == backup.meta.name && (point->backup_ns.empty() || point->backup_ns == backup.meta.ns.get());
  });
}

void ClaimPoints::take(const PointMemory::Kept& kept) {
  if (kept.has_ended) return no_longer(kept.point, kept.end, kept.ended_at);
  // Velero removes a Backup together with its snapshots; nobody watched when it did.
  const MaybeInstant hole = points_.last_hole();
  const bool unseen = !kept.point.backup.empty() && hole && *hole > kept.seen && cluster_.synced(Kind::Backup) &&
                      !backups_.standing(kept.point, ns_).known;
  unseen ? no_longer(kept.point, PointEnd::Unseen, *hole) : judge(kept.point);
}

void ClaimPoints::judge(const RecoveryPoint& point) {
  const auto standing = point.backup.empty() ? BackupIndex::Standing() : backups_.standing(point, ns_);
  if (standing.ended) return no_longer(point, standing.end, standing.at);
  all_.push_back(&point);
  standing_.push_back(&point);
  if (standing.expires && (!first_expiry_ || *standing.expires < *first_expiry_)) first_expiry_ = standing.expires;
  if (!last_ || point.cut > last_->cut) last_ = &point;
}

void ClaimPoints::no_longer(const RecoveryPoint& point, PointEnd end, Instant at) {
  all_.push_back(&point);
  if (ended_ && point.cut <= ended_->cut) return;
  ended_ = &point;
  end_ = end;
  ended_at_ = at;
}

}  // namespace snaptrail::reconcilers
