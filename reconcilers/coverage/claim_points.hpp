#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "reconcilers/cluster_view.hpp"
#include "reconcilers/coverage/backup_index.hpp"
#include "reconcilers/coverage/point_memory.hpp"

namespace snaptrail::reconcilers {

/// A volume and the claim that it is bound to. A snapshot belongs to the volume; a copy names the claim.
struct ClaimedVolume {
  std::string driver;
  std::string volume_handle;
  std::string ns;
  std::string claim;
  objects::Uid uid;               ///< the claim's; zero: it is gone
  objects::MaybeInstant created;  ///< the claim
};

/// All points of one claim's volume, parted into what counts and what no longer does (docs/coverage.md). The one place that decides it,
/// for coverage and for diagnosis. Refers to what it is made from, and to itself.
class ClaimPoints {
 public:
  ClaimPoints(const ClusterView& cluster, const PointMemory& points, const BackupIndex& backups,
              const ClaimedVolume& volume);
  ClaimPoints(const ClaimPoints&) = delete;
  ClaimPoints& operator=(const ClaimPoints&) = delete;

  /// Those that count.
  const std::vector<const RecoveryPoint*>& standing() const { return standing_; }
  /// The newest that counts.
  std::optional<RecoveryPoint> last() const;
  /// The newest that counts no more, if none that counts is as new.
  std::optional<EndedPoint> newest_ended() const;
  /// Whether there is or was one of that Backup.
  bool has_of(const objects::Backup& backup) const;
  /// When the first of those that count will have expired with its Backup.
  objects::MaybeInstant first_expiry() const { return first_expiry_; }

 private:
  void take(const PointMemory::Kept& kept);
  void judge(const RecoveryPoint& point);
  void no_longer(const RecoveryPoint& point, PointEnd end, objects::Instant at);

  const ClusterView& cluster_;
  const PointMemory& points_;
  const BackupIndex& backups_;
  std::string ns_;
  std::vector<PointMemory::Kept> kept_;
  std::vector<const RecoveryPoint*> standing_;
  std::vector<const RecoveryPoint*> all_;
  const RecoveryPoint* last_ = nullptr;
  const RecoveryPoint* ended_ = nullptr;
  PointEnd end_ = PointEnd::Destroyed;
  objects::Instant ended_at_;
  objects::MaybeInstant first_expiry_;
};

}  // namespace snaptrail::reconcilers
