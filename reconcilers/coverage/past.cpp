#include "reconcilers/coverage/past.hpp"

#include <algorithm>
#include <utility>

#include "reconcilers/coverage/operation_end.hpp"
#include "reconcilers/velero_backup.hpp"

namespace snaptrail::reconcilers {
namespace {

using objects::Instant;
using objects::Kind;
using objects::MaybeInstant;
using objects::Operation;
using objects::OperationEnd;

/// Whether a Backup may be the one that a point belongs to: others of its name may have been there before, or come later.
bool may_be_its(const Operation& backup, const RecoveryPoint& point) {
  if (!point.backup_ns.empty() && backup.ns != point.backup_ns) return false;
  if (backup.created && point.cut + kClocksDiffer < *backup.created) return false;
  return !backup.gone || point.cut <= *backup.gone;
}

}  // namespace

void PastCoverage::content(const objects::ObjectRecord& record, MaybeInstant ready) {
  if (auto point = snapshot_point_of(record)) {
    points_[handle_key(record.driver, record.volume_handle)].push_back(
        {std::move(*point), ready ? *ready : record.first_seen});
  }
  if (const auto end = snapshot_end_of(record)) {
    losses_[handle_key(record.driver, record.snapshot_handle)].push_back({*end, record.since});
  }
}

void PastCoverage::volume(const objects::ObjectRecord& record) {
  if (record.kind != Kind::PersistentVolume || !record.claim_uid) return;
  if (record.driver.empty() || record.volume_handle.empty()) return;
  volumes_.insert_or_assign(record.claim_uid, Volume{record.driver, record.volume_handle});
}

void PastCoverage::operation(const Operation& operation) {
  if (operation.kind == Kind::Backup) backups_[operation.name].push_back(operation);
  auto point = point_of(operation);
  if (!point || operation.claim.empty()) return;
  std::optional<Loss> gone;
  if (operation.gone && operation.end) gone = Loss{end_of(*operation.end), *operation.gone};
  const Instant known = operation.completed ? *operation.completed : point->cut;
  copies_[operation.claim_ns + "/" + operation.claim].push_back(
      {{std::move(*point), known}, operation.claim_uid, gone});
}

/// Parts the points of one claim into what counted and what no longer did.
class PastCoverage::Judge {
 public:
  Judge(const PastCoverage& past, ClaimCoverage& its) : past_(past), its_(its) {}

  void take(const Point& point, const std::vector<Loss>& losses) {
    if (point.known > past_.at_) return;
    for (const Loss& loss : losses) {
      if (loss.at <= past_.at_ && point.point.cut <= loss.at) return no_longer(point.point, loss);
    }
    if (const auto loss = lost_with_backup(point.point)) return no_longer(point.point, *loss);
    ++its_.points;
    if (!its_.last || point.point.cut > its_.last->cut) its_.last = point.point;
  }

  void finish() const {
    if (its_.ended && its_.last && its_.last->cut >= its_.ended->point.cut) its_.ended.reset();
  }

 private:
  std::optional<Loss> lost_with_backup(const RecoveryPoint& point) const {
    const auto found = past_.backups_.find(point.backup);
    if (point.backup.empty() || found == past_.backups_.end()) return std::nullopt;
    const auto matches = [&point](const Operation& backup) { return may_be_its(backup, point); };
    if (std::ranges::count_if(found->second, matches) != 1) return std::nullopt;
    const Operation& backup = *std::ranges::find_if(found->second, matches);
    if (backup.expires && *backup.expires <= past_.at_) return Loss{PointEnd::BackupExpired, *backup.expires};
    const bool went = backup.gone && *backup.gone <= past_.at_ && backup.end && *backup.end != OperationEnd::Removed;
    return went ? std::optional(Loss{end_of(*backup.end), *backup.gone}) : std::nullopt;
  }

  void no_longer(const RecoveryPoint& point, const Loss& loss) {
    if (!its_.ended || point.cut > its_.ended->point.cut) its_.ended = EndedPoint{point, loss.end, loss.at};
  }

  const PastCoverage& past_;
  ClaimCoverage& its_;
};

std::optional<ClaimCoverage> PastCoverage::claim(const objects::ObjectRecord& record, RpoTarget target) const {
  const auto volume = volumes_.find(record.uid);
  if (volume == volumes_.end()) return std::nullopt;
  ClaimCoverage its;
  its.uid = record.uid;
  its.ns = record.ns;
  its.name = record.name;
  its.storage_class = record.class_name;
  its.driver = volume->second.driver;
  its.volume_handle = volume->second.handle;
  its.target = std::move(target);
  its.watched = last_hole_ && *last_hole_ > record.first_seen ? *last_hole_ : record.first_seen;
  Judge judge(*this, its);
  if (const auto found = points_.find(handle_key(its.driver, its.volume_handle)); found != points_.end()) {
    static const std::vector<Loss> kNone;
    for (const Point& point : found->second) {
      const auto losses = losses_.find(handle_key(its.driver, point.point.handle));
      judge.take(point, losses == losses_.end() ? kNone : losses->second);
    }
  }
  if (const auto found = copies_.find(its.ns + "/" + its.name); found != copies_.end()) {
    for (const Copy& copy : found->second) {
      if (copy.claim && copy.claim != its.uid) continue;
      judge.take(copy.point, copy.gone ? std::vector{*copy.gone} : std::vector<Loss>());
    }
  }
  judge.finish();
  its.status = status_of(its, at_);
  its.due = due_of(its);
  return its;
}

}  // namespace snaptrail::reconcilers
