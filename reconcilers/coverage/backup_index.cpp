#include "reconcilers/coverage/backup_index.hpp"

#include <algorithm>
#include <utility>

namespace snaptrail::reconcilers {
namespace {

using objects::Backup;
using objects::Symbol;

/// Newer Veleros take patterns of names too; what they match isn't ours to tell.
bool is_pattern(const Symbol& name) {
  return name.get() != "*" && name.get().find_first_of("*?[{") != std::string::npos;
}

bool can_be_judged(const Backup& backup) {
  return backup.phase.get() == "Completed" && backup.started && backup.completed && !backup.selective &&
         std::ranges::none_of(backup.included_namespaces, is_pattern) &&
         std::ranges::none_of(backup.excluded_namespaces, is_pattern);
}

bool names(const std::vector<Symbol>& list, const Symbol& ns) {
  return std::ranges::any_of(list, [&](const Symbol& name) { return name == ns || name.get() == "*"; });
}

}  // namespace

bool takes_namespace(const Backup& backup, const Symbol& ns) {
  const bool included = backup.included_namespaces.empty() || names(backup.included_namespaces, ns);
  return included && !names(backup.excluded_namespaces, ns);
}

BackupIndex::BackupIndex(const ClusterView& cluster, objects::Instant now) : now_(now) {
  cluster.for_each([this](const Backup& backup) {
    const auto [entry, is_new] = backups_.try_emplace(backup.meta.name, Entry{&backup, false});
    if (!is_new) entry->second.backup = nullptr;
    if (can_be_judged(backup)) completed_.push_back(&backup);
  });
  std::ranges::sort(completed_, [](const Backup* a, const Backup* b) {
    return std::pair(*a->completed, std::string_view(b->meta.name)) >
           std::pair(*b->completed, std::string_view(a->meta.name));
  });
  cluster.for_each([this](const objects::DeleteBackupRequest& request) {
    const auto found = backups_.find(request.backup_name);
    const bool its =
        found != backups_.end() && found->second.backup && found->second.backup->meta.ns == request.meta.ns;
    if (its) found->second.asked = true;
  });
  cluster.for_each([this](const objects::DataUpload& upload) {
    // Made when the snapshot is cut and ready; it may wait long for its turn.
    const objects::MaybeInstant cut = upload.meta.created ? upload.meta.created : upload.started;
    if (upload.phase.get() != "Completed" || upload.snapshot_id.empty() || upload.meta.deleted || !cut) return;
    add_copy(upload.claim, {PointKind::DataUpload, *cut, upload.snapshot_id, upload.meta.velero.backup.get()});
  });
  cluster.for_each([this](const objects::PodVolumeBackup& copy) {
    const objects::MaybeInstant cut = copy.started ? copy.started : copy.meta.created;
    if (copy.phase.get() != "Completed" || copy.snapshot_id.empty() || copy.meta.deleted || !cut) return;
    add_copy(copy.claim, {PointKind::PodVolumeBackup, *cut, copy.snapshot_id, copy.meta.velero.backup.get()});
  });
}

void BackupIndex::add_copy(const objects::ObjectRef& claim, RecoveryPoint point) {
  if (!claim.name.empty()) copies_[claim.ns.get() + "/" + claim.name].push_back({std::move(point), claim.uid});
}

BackupIndex::Standing BackupIndex::standing(const std::string& backup) const {
  const auto found = backups_.find(backup);
  if (found == backups_.end()) return {};
  Standing standing;
  standing.known = true;
  const auto* its = found->second.backup;
  if (!its) return standing;
  if (its->expires && *its->expires <= now_) {
    standing.ended = true;
    standing.at = *its->expires;
  } else if (found->second.asked || its->phase.get() == "Deleting" || its->meta.deleted) {
    standing.ended = true;
    standing.end = PointEnd::BackupDeleted;
    standing.at = its->meta.deleted ? *its->meta.deleted : now_;
  }
  return standing;
}

const std::vector<BackupIndex::Copy>& BackupIndex::copies(std::string_view ns, std::string_view claim) const {
  static const std::vector<Copy> kNone;
  const auto found = copies_.find(std::string(ns) + "/" + std::string(claim));
  return found == copies_.end() ? kNone : found->second;
}

}  // namespace snaptrail::reconcilers
