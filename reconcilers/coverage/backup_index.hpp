#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "reconcilers/cluster_view.hpp"
#include "reconcilers/coverage/point_memory.hpp"

namespace snaptrail::reconcilers {

/// What Velero's objects say at one moment: which Backups still stand for their points, which copies there are, and which
/// Completed ones should have a point of a claim. Valid until the stores change.
class BackupIndex {
 public:
  /// `now` decides what has expired.
  BackupIndex(const ClusterView& cluster, objects::Instant now);

  /// Whether the Backup of that name has ended what belongs to it, and since when. Nothing for one that stands, of which
  /// nothing is known, or of which there are several.
  struct Standing {
    bool known = false;
    bool ended = false;
    PointEnd end = PointEnd::BackupExpired;
    objects::Instant at;
  };
  Standing standing(const std::string& backup) const;

  struct Copy {
    RecoveryPoint point;
    objects::Uid claim;  ///< zero where the copy names none
  };
  /// The finished copies of a claim, by its names.
  const std::vector<Copy>& copies(std::string_view ns, std::string_view claim) const;

  /// Completed Backups that take all claims of the namespaces that they name, the newest first.
  const std::vector<const objects::Backup*>& completed() const { return completed_; }

 private:
  struct Entry {
    const objects::Backup* backup = nullptr;  ///< null: several of that name
    bool asked = false;                       ///< to be deleted
  };
  void add_copy(const objects::ObjectRef& claim, RecoveryPoint point);

  objects::Instant now_;
  std::unordered_map<std::string, Entry> backups_;
  std::unordered_map<std::string, std::vector<Copy>> copies_;
  std::vector<const objects::Backup*> completed_;
};

/// Whether a Backup that isn't selective takes the claims of that namespace.
bool takes_namespace(const objects::Backup& backup, const objects::Symbol& ns);

}  // namespace snaptrail::reconcilers
