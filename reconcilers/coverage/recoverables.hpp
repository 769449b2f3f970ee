#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "reconcilers/coverage/claim_points.hpp"

namespace snaptrail::reconcilers {

/// What can be brought back at one moment, for diagnosis: asked volume by volume, of few volumes or many. Valid until the stores or the
/// points change.
class Recoverables {
 public:
  /// Both must outlive it.
  Recoverables(const ClusterView& cluster, const PointMemory& points, objects::Instant now)
      : cluster_(cluster), points_(points), now_(now) {}

  struct Others {
    std::size_t count = 0;
    /// When time alone will leave fewer of them.
    objects::MaybeInstant until;
  };
  /// The recoverable points of a content's volume besides its own, and besides the handles that are `going`; `snapshot`: the
  /// VolumeSnapshot that it belongs to.
  Others others(const objects::VolumeSnapshot& snapshot, const objects::VolumeSnapshotContent& content,
                std::span<const std::string> going) const;
  /// As PointMemory::was_cut().
  bool was_cut(std::string_view driver, std::string_view handle) const { return points_.was_cut(driver, handle); }

 private:
  const BackupIndex& backups() const;

  const ClusterView& cluster_;
  const PointMemory& points_;
  objects::Instant now_;
  mutable std::optional<BackupIndex>
      backups_;  ///< made when first needed: it takes time with the number of Velero's objects
};

}  // namespace snaptrail::reconcilers
