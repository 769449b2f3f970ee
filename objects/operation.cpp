#include "objects/operation.hpp"

namespace snaptrail::objects {
namespace {

template <class T>
Operation common(Kind kind, const T& object) {
  Operation made;
  made.kind = kind;
  made.uid = object.meta.uid;
  made.ns = object.meta.ns.get();
  made.name = object.meta.name;
  made.phase = object.phase.get();
  made.schedule = object.meta.velero.schedule.get();
  made.created = object.meta.created;
  return made;
}

template <class T>
Operation timed(Kind kind, const T& object) {
  Operation made = common(kind, object);
  made.started = object.started;
  made.completed = object.completed;
  return made;
}

template <class T>
Operation copying(Kind kind, const T& object) {
  Operation made = timed(kind, object);
  made.backup = object.meta.velero.backup.get();
  made.restore = object.meta.velero.restore.get();
  made.claim_ns = object.claim.ns.get();
  made.claim = object.claim.name;
  made.claim_uid = object.claim.uid;
  made.copy = object.snapshot_id;
  made.message = object.message;
  return made;
}

}  // namespace

Operation operation_of(const Backup& backup) {
  Operation made = timed(Kind::Backup, backup);
  made.backup = backup.meta.name;
  made.expires = backup.expires;
  made.requested_by = backup.non_admin_origin.get();
  made.being_deleted = backup.phase.get() == "Deleting" || backup.meta.deleted.has_value();
  return made;
}

Operation operation_of(const Restore& restore) {
  Operation made = timed(Kind::Restore, restore);
  made.restore = restore.meta.name;
  made.backup = restore.backup_name;
  return made;
}

Operation operation_of(const DataUpload& upload) {
  Operation made = copying(Kind::DataUpload, upload);
  made.snapshot = upload.snapshot;
  made.driver = upload.driver.get();
  return made;
}

Operation operation_of(const DataDownload& download) { return copying(Kind::DataDownload, download); }

Operation operation_of(const PodVolumeBackup& copy) { return copying(Kind::PodVolumeBackup, copy); }

Operation operation_of(const NonAdminBackup& request) {
  Operation made = common(Kind::NonAdminBackup, request);
  made.backup = request.velero_backup;
  return made;
}

bool has_copied(const Operation& operation) { return operation.phase == "Completed" && !operation.copy.empty(); }

MaybeInstant copied_at(const Operation& operation) {
  if (operation.kind == Kind::DataUpload) return operation.created ? operation.created : operation.started;
  return operation.started ? operation.started : operation.created;
}

std::string_view to_string(OperationEnd end) {
  switch (end) {
    case OperationEnd::Expired: return "expired";
    case OperationEnd::Deleted: return "deleted";
    case OperationEnd::Removed: break;
  }
  return "removed";
}

std::optional<OperationEnd> operation_end_of(std::string_view text) {
  for (const OperationEnd end : {OperationEnd::Removed, OperationEnd::Expired, OperationEnd::Deleted}) {
    if (text == to_string(end)) return end;
  }
  return std::nullopt;
}

}  // namespace snaptrail::objects
