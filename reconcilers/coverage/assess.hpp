#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objects/uid.hpp"
#include "reconcilers/cluster_view.hpp"
#include "reconcilers/coverage/point_memory.hpp"
#include "reconcilers/coverage/target.hpp"
#include "reconcilers/tracker.hpp"

/// Whether every volume can be brought back to a moment that is new enough (docs/coverage.md).
namespace snaptrail::reconcilers {

enum class CoverageStatus : std::uint8_t {
  Covered,   ///< a recoverable point is as new as the target asks for
  Unknown,   ///< none is known that is, but the claim hasn't been watched for as long as its target
  Missed,    ///< proven that none is as new, or left
  Never,     ///< proven that there never was one
  NoTarget,  ///< nothing is asked for
};

/// The newest Completed Backup of Velero over a claim's namespace, which has no point of the claim.
struct SkippedBy {
  std::string backup;
  objects::Instant completed;
};

/// One bound claim with a CSI volume.
struct ClaimCoverage {
  objects::Uid uid;
  std::string ns;
  std::string name;
  std::string storage_class;
  std::string driver;
  std::string volume_handle;
  CoverageStatus status = CoverageStatus::Unknown;
  RpoTarget target;
  /// When it began to be Missed or Never, or when it will if no newer point comes; none without a target.
  objects::MaybeInstant due;
  /// From when on every point would have been seen; none where contents can't be watched.
  objects::MaybeInstant watched;
  std::optional<RecoveryPoint> last;  ///< the newest recoverable point
  std::size_t points = 0;             ///< recoverable ones that are known
  std::optional<EndedPoint> ended;    ///< the newest one that counts no more, if it is newer than `last`
  std::optional<SkippedBy> skipped;
};

struct CoverageView {
  const ClusterView& cluster;
  const Tracker& tracker;
  const PointMemory& points;
  const RpoTargets& targets;
  objects::Instant now;
};

/// What is left to say of a claim whose other members are known, at a moment. Pure.
CoverageStatus status_of(const ClaimCoverage& claim, objects::Instant now);
objects::MaybeInstant due_of(const ClaimCoverage& claim);

/// Missed or Never.
bool is_violation(CoverageStatus status);
std::string_view to_string(CoverageStatus status);
std::optional<CoverageStatus> coverage_status_of(std::string_view name);

/// The order in which claims are shown: by namespace and name.
bool by_name(const ClaimCoverage& a, const ClaimCoverage& b);

/// Calls visit(claim) for each bound CSI claim that isn't being deleted, in no particular order. Pure; time as assess(), and no memory.
void for_each_coverage(const CoverageView& view, const std::function<void(ClaimCoverage)>& visit);

/// All of them, by namespace and name. Pure; takes time with the number of claims, and of
/// Velero's objects.
std::vector<ClaimCoverage> assess(const CoverageView& view);

}  // namespace snaptrail::reconcilers
