#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "objects/instant.hpp"
#include "objects/kind.hpp"
#include "objects/types.hpp"
#include "objects/uid.hpp"

/// What the ledger keeps of the objects that ask for backups and restores, or copy data for them: enough to tell of a run, and of what
/// it left behind, when they are gone (docs/ledger.md, "Operations").
namespace snaptrail::objects {

/// How an operation's object went.
enum class OperationEnd : std::uint8_t {
  Removed,  ///< somebody took it away, and nothing says that what it made goes with it
  Expired,  ///< status.expiration of its Backup was over
  Deleted,  ///< its Backup was to be deleted: a DeleteBackupRequest, or its phase Deleting
};

/// One Backup, Restore, DataUpload, DataDownload, PodVolumeBackup or NonAdminBackup as it was last. Empty strings: not there.
struct Operation {
  Kind kind = Kind::Backup;
  Uid uid;
  std::string ns;
  std::string name;
  std::string phase;     ///< status.phase, the tool's own word
  std::string backup;    ///< Velero's Backup: its own name, the one that it belongs to, or that a Restore is made from
  std::string restore;   ///< Velero's Restore: its own name, or the one that it belongs to
  std::string schedule;  ///< label velero.io/schedule-name
  std::string requested_by;  ///< of a Backup: OADP's NonAdminBackup, `namespace/name`
  std::string claim_ns;      ///< of a copy: the claim whose data it takes or brings
  std::string claim;
  Uid claim_uid;
  std::string snapshot;  ///< of a DataUpload: the VolumeSnapshot, in the claim's namespace
  std::string driver;
  std::string copy;  ///< snapshotID: the data in the backup repository
  std::string message;
  MaybeInstant created;
  MaybeInstant started;
  MaybeInstant completed;
  MaybeInstant expires;             ///< of a Backup: status.expiration
  bool being_deleted = false;       ///< of a Backup: with all that belongs to it
  MaybeInstant gone;                ///< when it was seen to be gone
  std::optional<OperationEnd> end;  ///< set with `gone`
  friend bool operator==(const Operation&, const Operation&) = default;
};

// Of an object that is there.
Operation operation_of(const Backup& backup);
Operation operation_of(const Restore& restore);
Operation operation_of(const DataUpload& upload);
Operation operation_of(const DataDownload& download);
Operation operation_of(const PodVolumeBackup& copy);
Operation operation_of(const NonAdminBackup& request);

/// Whether a copy's data are in the repository: Completed, with a snapshotID. Velero lets a copy of an empty volume end without one.
bool has_copied(const Operation& operation);
/// As of when a copy's data are: a DataUpload is made when its snapshot was cut and ready, and may wait long for its turn; a
/// PodVolumeBackup reads the volume itself from its start on.
MaybeInstant copied_at(const Operation& operation);

std::string_view to_string(OperationEnd end);  ///< lower case: `expired`
std::optional<OperationEnd> operation_end_of(std::string_view text);

}  // namespace snaptrail::objects
