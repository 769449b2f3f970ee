#pragma once

#include "objects/operation.hpp"
#include "reconcilers/coverage/point.hpp"

namespace snaptrail::reconcilers {

/// How a point ended whose Backup or copy ended so. A copy that was merely removed is gone; what a removed Backup leaves is the caller's to judge.
inline PointEnd end_of(objects::OperationEnd end) {
  switch (end) {
    case objects::OperationEnd::Expired: return PointEnd::BackupExpired;
    case objects::OperationEnd::Deleted: return PointEnd::BackupDeleted;
    case objects::OperationEnd::Removed: break;
  }
  return PointEnd::CopyGone;
}

}  // namespace snaptrail::reconcilers
