#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "objects/operation.hpp"
#include "objects/row.hpp"
#include "reconcilers/coverage/assess.hpp"
#include "reconcilers/coverage/point.hpp"
#include "reconcilers/handle_key.hpp"

namespace snaptrail::reconcilers {

/// Which claims could be brought back at a moment of the past, and to when, by what the ledger keeps (docs/coverage.md, "The past"). First
/// it is told of everything, in any order, then asked claim by claim. Pure; one thread.
class PastCoverage {
 public:
  /// `last_hole`: the end of the last window before that in which contents were not watched.
  PastCoverage(objects::Instant at, objects::MaybeInstant last_hole) : at_(at), last_hole_(last_hole) {}

  /// A content as it is known by now, and when it was first seen to be ready; others are of no concern.
  void content(const objects::ObjectRecord& record, objects::MaybeInstant ready);
  /// A PersistentVolume that was there then.
  void volume(const objects::ObjectRecord& record);
  /// A Backup or a copy as it is known by now; others are of no concern.
  void operation(const objects::Operation& operation);

  /// Of a claim that was Bound then; nothing where it had no CSI volume. What skipped it is not told.
  std::optional<ClaimCoverage> claim(const objects::ObjectRecord& record, RpoTarget target) const;

 private:
  struct Point {
    RecoveryPoint point;
    objects::Instant known;  ///< from when on it was seen
  };
  struct Loss {
    PointEnd end;
    objects::Instant at;
  };
  struct Copy {
    Point point;
    objects::Uid claim;  ///< zero where the copy names none
    std::optional<Loss> gone;
  };
  struct Volume {
    std::string driver, handle;
  };
  class Judge;

  objects::Instant at_;
  objects::MaybeInstant last_hole_;
  std::unordered_map<HandleKey, std::vector<Point>> points_;                  ///< by driver and volumeHandle
  std::unordered_map<HandleKey, std::vector<Loss>> losses_;                   ///< by driver and snapshotHandle
  std::unordered_map<objects::Uid, Volume> volumes_;                          ///< by their claim
  std::unordered_map<std::string, std::vector<objects::Operation>> backups_;  ///< by name
  std::unordered_map<std::string, std::vector<Copy>> copies_;                 ///< by namespace and claim
};

}  // namespace snaptrail::reconcilers
