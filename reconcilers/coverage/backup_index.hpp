#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "reconcilers/cluster_view.hpp"
#include "reconcilers/coverage/point_memory.hpp"

namespace snaptrail::reconcilers {

/// What Velero's objects say at one moment: which Backups still stand for their points, which copies there are, and which
/// Completed ones should have a point of a claim.
class BackupIndex {
 public:
  /// `now` decides what has expired.
  BackupIndex(const ClusterView& cluster, objects::Instant now);

  /// Whether the Backup that a point belongs to has ended it, and since when. Nothing for one that stands, of which nothing is known,
  /// or where several may be the one. `claim_ns`: of the claim whose point it is.
  struct Standing {
    bool known = false;
    bool ended = false;
    PointEnd end = PointEnd::BackupExpired;
    objects::Instant at;
    objects::MaybeInstant expires;  ///< of one that stands
  };
  Standing standing(const RecoveryPoint& point, std::string_view claim_ns) const;

  struct Copy {
    RecoveryPoint point;
    objects::Uid claim;  ///< zero where the copy names none
  };
  /// The finished copies of a claim, by its names.
  const std::vector<Copy>& copies(std::string_view ns, std::string_view claim) const;

  /// Completed Backups that take all claims of the namespaces that they name, the newest first.
  const std::vector<objects::Backup>& completed() const { return completed_; }

 private:
  struct Entry {
    objects::Backup backup;
    bool asked = false;  ///< to be deleted
  };
  template <class T>
  void add_copy(const T& object);

  objects::Instant now_;
  std::unordered_map<std::string, std::vector<Entry>> backups_;  ///< by name
  std::unordered_map<std::string, std::vector<Copy>> copies_;
  std::vector<objects::Backup> completed_;
};

}  // namespace snaptrail::reconcilers
