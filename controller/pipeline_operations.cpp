// Backups and Restores of Velero that are seen to finish, and what is kept of them.

#include <string_view>

#include "controller/pipeline.hpp"

namespace snaptrail::controller {

using objects::Kind;

namespace {

/// Velero's final phases (api/v1 BackupPhase, RestorePhase).
bool is_final(std::string_view phase) {
  return phase == "Completed" || phase == "PartiallyFailed" || phase == "Failed" || phase == "FailedValidation";
}

}  // namespace

void Pipeline::add_operations(ledger::Batch& batch) {
  batch.operations = operations_.take();
  for (const auto& operation : batch.operations) points_.recorded(operation);
}

void Pipeline::note_operation(const objects::Backup* previous, const objects::Backup& current, bool late) {
  const bool finished = previous && !is_final(previous->phase.get()) && is_final(current.phase.get());
  if (!finished || late || !current.started || !current.completed) return;
  sink_.operation_finished({Kind::Backup, current.meta.name, current.meta.velero.schedule.get(), current.phase.get(),
                            *current.completed - *current.started});
}

void Pipeline::note_operation(const objects::Restore* previous, const objects::Restore& current, bool late) {
  const bool finished = previous && !is_final(previous->phase.get()) && is_final(current.phase.get());
  if (!finished || late || !current.started || !current.completed) return;
  // Velero marks what a schedule made; a Restore has just the Backup's name.
  objects::Symbol schedule = current.meta.velero.schedule;
  const auto backup = stores_.backups.find(current.meta.ns.get(), current.backup_name);
  if (schedule.get().empty() && backup) schedule = backup->meta.velero.schedule;
  sink_.operation_finished(
      {Kind::Restore, current.meta.name, schedule.get(), current.phase.get(), *current.completed - *current.started});
}

}  // namespace snaptrail::controller
