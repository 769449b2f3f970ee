#include "reconcilers/operation_book.hpp"

#include <algorithm>

#include "reconcilers/velero_backup.hpp"

namespace snaptrail::reconcilers {

using objects::Instant;
using objects::Kind;
using objects::Operation;
using objects::OperationEnd;

namespace {

bool is_copy(Kind kind) { return kind == Kind::DataUpload || kind == Kind::PodVolumeBackup; }

OperationEnd end_of_backup(const Operation& backup, Instant at) {
  if (backup.expires && *backup.expires <= at) return OperationEnd::Expired;
  return backup.being_deleted ? OperationEnd::Deleted : OperationEnd::Removed;
}

}  // namespace

void OperationBook::restore(Operation operation) {
  if (!operation.gone) {
    standing_.insert_or_assign(operation.uid, std::move(operation));
  } else if (operation.kind == Kind::Backup && operation.end && *operation.end != OperationEnd::Removed) {
    ended_.insert_or_assign({operation.ns, operation.name}, *operation.end);
  }
}

Operation OperationBook::told(const objects::Backup& backup) const {
  Operation made = objects::operation_of(backup);
  made.being_deleted = is_being_deleted(backup, cluster_);
  return made;
}

/// Velero marks what a schedule made; a Restore has just the Backup's name.
Operation OperationBook::completed(Operation operation) const {
  if (operation.kind != Kind::Restore || !operation.schedule.empty()) return operation;
  cluster_.for_each([&](const objects::Backup& backup) {
    if (backup.meta.name == operation.backup && backup.meta.ns.get() == operation.ns) {
      operation.schedule = backup.meta.velero.schedule.get();
    }
  });
  return operation;
}

void OperationBook::note(const std::optional<Operation>& previous, Operation current) {
  auto known = standing_.extract(current.uid);
  if (current.kind == Kind::Backup) ended_.erase({current.ns, current.name});
  if (previous && *previous == current) return;
  if (known && current.schedule.empty()) current.schedule = known.mapped().schedule;
  if (known && known.mapped() == current) return;
  news_.push_back(std::move(current));
}

void OperationBook::changed(const objects::DeleteBackupRequest* previous, const objects::DeleteBackupRequest& current) {
  if (!previous) note_again(current);
}

void OperationBook::gone(const objects::DeleteBackupRequest& last, Instant /*at*/) { note_again(last); }

void OperationBook::note_again(const objects::DeleteBackupRequest& request) {
  cluster_.for_each([&](const objects::Backup& backup) {
    if (backup.meta.name == request.backup_name && backup.meta.ns == request.meta.ns) news_.push_back(told(backup));
  });
}

void OperationBook::note_end(Operation last, Instant at) {
  last.gone = at;
  last.end = end_of(last, at);
  if (last.kind == Kind::Backup && *last.end != OperationEnd::Removed) {
    ended_.insert_or_assign({last.ns, last.name}, *last.end);
  }
  news_.push_back(std::move(last));
}

OperationEnd OperationBook::end_of(const Operation& last, Instant at) const {
  if (last.kind == Kind::Backup) return end_of_backup(last, at);
  if (!is_copy(last.kind)) return OperationEnd::Removed;
  const auto known = ended_.find({last.ns, last.backup});
  OperationEnd end = known == ended_.end() ? OperationEnd::Removed : known->second;
  cluster_.for_each([&](const objects::Backup& backup) {
    const bool its = backup.meta.name == last.backup && backup.meta.ns.get() == last.ns;
    if (its) end = end_of_backup(told(backup), at);
  });
  return end;
}

void OperationBook::settle(Instant at) {
  std::vector<Operation> vanished;
  for (const auto& [uid, operation] : standing_) {
    // What became of a copy is told by what became of its Backup.
    const bool listed = cluster_.synced(operation.kind, operation.ns) &&
                        (!is_copy(operation.kind) || cluster_.synced(Kind::Backup, operation.ns));
    if (listed) vanished.push_back(operation);
  }
  std::ranges::sort(vanished, {}, [](const Operation& one) { return std::pair(one.kind, one.uid); });
  for (Operation& operation : vanished) {
    standing_.erase(operation.uid);
    note_end(std::move(operation), at);
  }
}

}  // namespace snaptrail::reconcilers
