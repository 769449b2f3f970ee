#include "reconcilers/coverage/assess.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "reconcilers/coverage/backup_index.hpp"
#include "reconcilers/coverage/claim_points.hpp"
#include "reconcilers/velero_backup.hpp"

namespace snaptrail::reconcilers {
namespace {

using objects::Instant;
using objects::Kind;
using objects::MaybeInstant;
using objects::PersistentVolumeClaim;

/// From when on every point of the claim would have been seen.
MaybeInstant watched_since(const CoverageView& view, const PersistentVolumeClaim& claim) {
  const auto sight = view.tracker.sight(claim.meta.uid);
  if (!sight || !view.cluster.synced(Kind::VolumeSnapshotContent)) return {};
  const MaybeInstant hole = view.points.last_hole();
  return hole && *hole > sight->first_seen ? *hole : sight->first_seen;
}

/// The newest Completed Backup that should have a point of the claim decides: an older one's silence is of the past.
std::optional<SkippedBy> skipped_by(const CoverageView& view, const BackupIndex& backups, const ClaimPoints& points,
                                    const PersistentVolumeClaim& claim, MaybeInstant watched) {
  const auto bound_since = view.tracker.state_since(claim.meta.uid);
  if (claim.excluded_from_backup || !watched || !bound_since) return std::nullopt;
  for (const auto& backup : backups.completed()) {
    // Of what was before nothing is known: it may have had a point that is gone.
    if (*backup.started < *watched || *backup.started < *bound_since) continue;
    if (!takes_namespace(backup, claim.meta.ns)) continue;
    if (points.has_of(backup)) return std::nullopt;
    return SkippedBy{backup.meta.name, *backup.completed};
  }
  return std::nullopt;
}

ClaimCoverage assess_claim(const CoverageView& view, const BackupIndex& backups, const PersistentVolumeClaim& claim,
                           const objects::PersistentVolume& volume) {
  ClaimCoverage its;
  its.uid = claim.meta.uid;
  its.ns = claim.meta.ns.get();
  its.name = claim.meta.name;
  its.storage_class = claim.storage_class.get();
  its.driver = volume.driver.get();
  its.volume_handle = volume.volume_handle;
  its.target = view.targets.of(claim, view.cluster.name_space(its.ns));
  its.watched = watched_since(view, claim);
  const ClaimPoints points(view.cluster, view.points, backups,
                           {its.driver, its.volume_handle, its.ns, its.name, claim.meta.uid, claim.meta.created});
  its.last = points.last();
  its.points = points.standing().size();
  its.ended = points.newest_ended();
  its.status = status_of(its, view.now);
  its.due = due_of(its);
  its.skipped = skipped_by(view, backups, points, claim, its.watched);
  return its;
}

struct StatusName {
  CoverageStatus status;
  std::string_view name;
};
constexpr std::array<StatusName, 5> kStatusNames = {{{CoverageStatus::Covered, "Covered"},
                                                     {CoverageStatus::Unknown, "Unknown"},
                                                     {CoverageStatus::Missed, "Missed"},
                                                     {CoverageStatus::Never, "Never"},
                                                     {CoverageStatus::NoTarget, "NoTarget"}}};

}  // namespace

MaybeInstant due_of(const ClaimCoverage& claim) {
  if (!claim.target.limit) return {};
  const objects::Millis limit = *claim.target.limit;
  if (!claim.watched && !claim.last) return {};
  Instant due = claim.watched ? *claim.watched + limit : claim.last->cut + limit;
  if (claim.last) due = std::max(due, claim.last->cut + limit);
  if (claim.ended) due = std::max(due, std::min(claim.ended->at, claim.ended->point.cut + limit));
  return due;
}

CoverageStatus status_of(const ClaimCoverage& claim, Instant now) {
  if (!claim.target.limit) return CoverageStatus::NoTarget;
  const objects::Millis limit = *claim.target.limit;
  if (claim.last && now - claim.last->cut <= limit) return CoverageStatus::Covered;
  if (!claim.watched || now - *claim.watched < limit) return CoverageStatus::Unknown;
  return claim.last || claim.ended ? CoverageStatus::Missed : CoverageStatus::Never;
}

bool is_violation(CoverageStatus status) { return status == CoverageStatus::Missed || status == CoverageStatus::Never; }

std::string_view to_string(CoverageStatus status) { return kStatusNames.at(static_cast<std::size_t>(status)).name; }

std::optional<CoverageStatus> coverage_status_of(std::string_view name) {
  const auto* const found = std::ranges::find(kStatusNames, name, &StatusName::name);
  return found == kStatusNames.end() ? std::nullopt : std::optional(found->status);
}

void for_each_coverage(const CoverageView& view, const std::function<void(ClaimCoverage)>& visit) {
  const BackupIndex backups(view.cluster, view.now);
  view.cluster.for_each_claim([&](const PersistentVolumeClaim& claim) {
    if (claim.phase != objects::ClaimPhase::Bound || claim.meta.deleted) return;
    const auto volume = view.cluster.volume(claim.volume_name);
    if (!volume || volume->driver.get().empty() || volume->volume_handle.empty()) return;
    visit(assess_claim(view, backups, claim, *volume));
  });
}

bool by_name(const ClaimCoverage& a, const ClaimCoverage& b) { return std::tie(a.ns, a.name) < std::tie(b.ns, b.name); }

std::vector<ClaimCoverage> assess(const CoverageView& view) {
  std::vector<ClaimCoverage> claims;
  for_each_coverage(view, [&claims](ClaimCoverage claim) { claims.push_back(std::move(claim)); });
  std::ranges::sort(claims, by_name);
  return claims;
}

}  // namespace snaptrail::reconcilers
