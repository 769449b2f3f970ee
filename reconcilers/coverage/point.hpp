#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "objects/instant.hpp"
#include "objects/operation.hpp"
#include "objects/row.hpp"

/// What a volume can be brought back from (docs/coverage.md, "Points").
namespace snaptrail::reconcilers {

enum class PointKind : std::uint8_t {
  Snapshot,         ///< a handle in the storage backend, cut by the CSI driver
  DataUpload,       ///< a snapshot's data in Velero's repository
  PodVolumeBackup,  ///< a volume's files in Velero's repository
};

/// Why a point counts no more.
enum class PointEnd : std::uint8_t {
  Destroyed,  ///< the driver was told to delete it, and did
  Leaked,     ///< its content went with policy Delete and nobody told the driver; nothing in the cluster leads to it
  Unseen,     ///< its content, of policy Delete, went while nobody watched; or its Backup went with a hole in between
  BackupExpired,  ///< the Velero Backup that it belongs to
  BackupDeleted,  ///< a DeleteBackupRequest, or the Backup says Deleting
  CopyGone,       ///< the DataUpload or PodVolumeBackup was deleted
};

/// One moment that a volume can be brought back to.
struct RecoveryPoint {
  PointKind kind = PointKind::Snapshot;
  /// As of when the data are: the cut of a snapshot (the backend's clock), the start of a copy.
  objects::Instant cut;
  std::string handle;     ///< snapshotHandle, or the copy's ID in the repository
  std::string backup;     ///< the Velero Backup that it belongs to; empty: none
  std::string backup_ns;  ///< that Backup's namespace; empty where it can't be told
};

struct EndedPoint {
  RecoveryPoint point;
  PointEnd end = PointEnd::Destroyed;
  objects::Instant at;  ///< as observed; of an expiry the Backup's own time
};

/// The point that a DataUpload or PodVolumeBackup is; none while its data aren't in the repository, and of other kinds.
std::optional<RecoveryPoint> point_of(const objects::Operation& operation);

/// The point that a content's snapshot is or was: it was made from a volume and became ready. None for anything else.
std::optional<RecoveryPoint> snapshot_point_of(const objects::ObjectRecord& record);
/// How the snapshot of a content's handle ended with it, since ObjectRecord::since; none where it did not, or nobody can tell.
std::optional<PointEnd> snapshot_end_of(const objects::ObjectRecord& record);

std::string_view to_string(PointKind kind);
std::string_view to_string(PointEnd end);

}  // namespace snaptrail::reconcilers
