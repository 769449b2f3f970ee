#include "reconcilers/velero_backup.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace snaptrail::reconcilers {
namespace {

using objects::Backup;
using objects::Instant;
using objects::Symbol;

bool is_pattern(const Symbol& name) {
  return name.get() != "*" && name.get().find_first_of("*?[{") != std::string::npos;
}

bool names(const std::vector<Symbol>& list, const Symbol& ns) {
  return std::ranges::any_of(list, [&](const Symbol& name) { return name == ns || name.get() == "*"; });
}

bool was_under_way(const Backup& backup, Instant at) {
  const auto begun = backup.meta.created ? backup.meta.created : backup.started;
  if (begun && at + kClocksDiffer < *begun) return false;
  return !backup.completed || at <= *backup.completed + kClocksDiffer;
}

}  // namespace

bool may_be(const Backup& backup, const BackupMark& mark) {
  if (backup.meta.name != mark.name) return false;
  if (!mark.velero_ns.empty()) return backup.meta.ns.get() == mark.velero_ns;
  const bool its_namespace =
      mark.claim_ns.empty() || has_patterns(backup) || takes_namespace(backup, Symbol(std::string(mark.claim_ns)));
  return its_namespace && (!mark.taken || was_under_way(backup, *mark.taken));
}

bool takes_namespace(const Backup& backup, const Symbol& ns) {
  const bool included = backup.included_namespaces.empty() || names(backup.included_namespaces, ns);
  return included && !names(backup.excluded_namespaces, ns);
}

bool has_patterns(const Backup& backup) {
  return std::ranges::any_of(backup.included_namespaces, is_pattern) ||
         std::ranges::any_of(backup.excluded_namespaces, is_pattern);
}

bool is_being_deleted(const Backup& backup, const ClusterView& cluster) {
  if (backup.phase.get() == "Deleting" || backup.meta.deleted) return true;
  bool asked = false;
  cluster.for_each([&](const objects::DeleteBackupRequest& request) {
    asked = asked || (request.backup_name == backup.meta.name && request.meta.ns == backup.meta.ns);
  });
  return asked;
}

}  // namespace snaptrail::reconcilers
