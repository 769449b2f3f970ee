#include "reconcilers/coverage/backup_index.hpp"

#include <algorithm>
#include <utility>

#include "reconcilers/velero_backup.hpp"

namespace snaptrail::reconcilers {
namespace {

using objects::Backup;

bool can_be_judged(const Backup& backup) {
  return backup.phase.get() == "Completed" && backup.started && backup.completed && !backup.selective &&
         !has_patterns(backup);
}

}  // namespace

BackupIndex::BackupIndex(const ClusterView& cluster, objects::Instant now) : now_(now) {
  cluster.for_each([this](const Backup& backup) {
    backups_[backup.meta.name].push_back({backup, false});
    if (can_be_judged(backup)) completed_.push_back(backup);
  });
  std::ranges::sort(completed_, [](const Backup& a, const Backup& b) {
    return std::pair(*a.completed, std::string_view(b.meta.name)) >
           std::pair(*b.completed, std::string_view(a.meta.name));
  });
  cluster.for_each([this](const objects::DeleteBackupRequest& request) {
    const auto found = backups_.find(request.backup_name);
    if (found == backups_.end()) return;
    for (Entry& entry : found->second) entry.asked = entry.asked || entry.backup.meta.ns == request.meta.ns;
  });
  cluster.for_each([this](const objects::DataUpload& upload) { add_copy(upload); });
  cluster.for_each([this](const objects::PodVolumeBackup& copy) { add_copy(copy); });
}

template <class T>
void BackupIndex::add_copy(const T& object) {
  if (object.phase.get() != "Completed" || object.meta.deleted || object.claim.name.empty()) return;
  auto point = point_of(objects::operation_of(object));
  if (point) copies_[object.claim.ns.get() + "/" + object.claim.name].push_back({std::move(*point), object.claim.uid});
}

BackupIndex::Standing BackupIndex::standing(const RecoveryPoint& point, std::string_view claim_ns) const {
  const auto found = backups_.find(point.backup);
  if (found == backups_.end()) return {};
  Standing standing;
  standing.known = true;
  const Entry* its = &found->second.front();
  if (found->second.size() > 1) {
    const BackupMark mark{point.backup, point.backup_ns, claim_ns, point.cut};
    const auto matches = [&](const Entry& entry) { return may_be(entry.backup, mark); };
    if (std::ranges::count_if(found->second, matches) != 1) return standing;
    its = &*std::ranges::find_if(found->second, matches);
  }
  const Backup& backup = its->backup;
  if (backup.expires && *backup.expires <= now_) {
    standing.ended = true;
    standing.at = *backup.expires;
  } else if (its->asked || backup.phase.get() == "Deleting" || backup.meta.deleted) {
    standing.ended = true;
    standing.end = PointEnd::BackupDeleted;
    standing.at = backup.meta.deleted ? *backup.meta.deleted : now_;
  } else {
    standing.expires = backup.expires;
  }
  return standing;
}

const std::vector<BackupIndex::Copy>& BackupIndex::copies(std::string_view ns, std::string_view claim) const {
  static const std::vector<Copy> kNone;
  const auto found = copies_.find(std::string(ns) + "/" + std::string(claim));
  return found == copies_.end() ? kNone : found->second;
}

}  // namespace snaptrail::reconcilers
