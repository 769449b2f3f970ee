#include <utility>

#include "reconcilers/coverage/point.hpp"

namespace snaptrail::reconcilers {

using objects::Kind;
using objects::ObjectRecord;
using objects::Outcome;

std::optional<RecoveryPoint> snapshot_point_of(const ObjectRecord& record) {
  if (record.kind != Kind::VolumeSnapshotContent || record.snapshot_handle.empty()) return std::nullopt;
  const bool was_ready = record.was_ready || record.ready == objects::Ready::True;
  // Only what was made from a volume is the end of a cut; an imported handle is a point if the cut was seen.
  if (!was_ready || record.pre_provisioned || record.volume_handle.empty()) return std::nullopt;
  RecoveryPoint point;
  // Without the backend's word the time of our first sight: never later than the data are.
  point.cut = record.cut ? *record.cut : record.first_seen;
  point.handle = record.snapshot_handle;
  if (record.initiator && record.initiator->type == "velero") point.backup = record.initiator->backup;
  return point;
}

std::optional<PointEnd> snapshot_end_of(const ObjectRecord& record) {
  if (record.kind != Kind::VolumeSnapshotContent || record.snapshot_handle.empty() || !record.outcome) {
    return std::nullopt;
  }
  switch (*record.outcome) {
    case Outcome::Destroyed: return PointEnd::Destroyed;
    case Outcome::Leaked: return PointEnd::Leaked;
    case Outcome::Unknown:
      return record.policy == objects::DeletionPolicy::Delete ? std::optional(PointEnd::Unseen) : std::nullopt;
    default: return std::nullopt;
  }
}

}  // namespace snaptrail::reconcilers
