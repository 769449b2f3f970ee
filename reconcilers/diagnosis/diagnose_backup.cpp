#include <algorithm>
#include <unordered_set>

#include "reconcilers/diagnosis/examination.hpp"

/// Why a Backup stands still or will fail, and which class is a danger to all of them.
namespace snaptrail::reconcilers {
namespace {

using objects::Backup;
using objects::Kind;
using objects::VolumeSnapshot;

/// Velero takes its items one after the other in this phase only; later it just waits for what it has begun.
bool is_taking_snapshots(const Backup& backup) { return backup.phase.get() == "InProgress" && !backup.meta.deleted; }

using Snapshots = std::vector<objects::Held<VolumeSnapshot>>;

/// A snapshot of the backup that Velero waits for, and why.
struct Holder {
  objects::Held<VolumeSnapshot> snapshot;
  Finding finding;
};

Snapshots snapshots_of(const ClusterView& cluster, const Backup& backup) {
  Snapshots snapshots;
  std::size_t namesakes = 0;
  cluster.for_each([&](const Backup& other) { namesakes += other.meta.name == backup.meta.name ? 1 : 0; });
  cluster.for_each_snapshot([&](const VolumeSnapshot& snapshot) {
    const bool is_named = snapshot.meta.velero.backup.get() == backup.meta.name &&
                          snapshot.meta.velero.restore.get().empty() && !snapshot.source_claim.empty();
    if (!is_named) return;
    const auto its = namesakes > 1 ? backup_of(cluster, snapshot) : std::optional(backup);
    if (its && its->meta.uid == backup.meta.uid) snapshots.push_back(std::make_shared<VolumeSnapshot>(snapshot));
  });
  std::ranges::sort(snapshots, {},
                    [](const auto& snapshot) { return std::tie(snapshot->meta.ns.get(), snapshot->meta.name); });
  return snapshots;
}

std::vector<Holder> holders_of(Examination& exam, const Snapshots& snapshots) {
  std::vector<Holder> holders;
  for (const auto& snapshot : snapshots) {
    const auto content = exam.view.tracker.relations().content_of(*snapshot);
    const bool cut = content && !content->snapshot_handle.empty();
    if (cut || snapshot->meta.deleted || snapshot->ready == objects::Ready::True) continue;
    Diagnosis its = diagnose(exam.view, *snapshot);
    if (its.look_again) exam.look_again_at(*its.look_again);
    const auto cause = std::ranges::find_if(its.findings, [](const Finding& finding) {
      return finding.category == Category::Stuck || finding.category == Category::Error;
    });
    if (cause != its.findings.end()) holders.push_back({snapshot, std::move(*cause)});
  }
  return holders;
}

/// Bound CSI claims of the backup's namespaces of which it has no snapshot yet.
std::size_t waiting_claims(const DiagnosisView& view, const Backup& backup, const Snapshots& snapshots) {
  std::unordered_set<std::string> done;
  for (const auto& snapshot : snapshots) done.insert(snapshot->meta.ns.get() + "/" + snapshot->source_claim);
  std::size_t count = 0;
  view.cluster.for_each_claim([&](const objects::PersistentVolumeClaim& claim) {
    const bool included = backup.included_namespaces.empty() ||
                          std::ranges::any_of(backup.included_namespaces, [&](const objects::Symbol& ns) {
                            return ns == claim.meta.ns || ns.get() == "*";
                          });
    if (!included || claim.phase != objects::ClaimPhase::Bound) return;
    const auto volume = view.cluster.volume(claim.volume_name);
    const bool csi = volume && !volume->driver.get().empty();
    if (csi && !done.contains(claim.meta.ns.get() + "/" + claim.meta.name)) ++count;
  });
  return count;
}

}  // namespace

void examine_backup_timeout(Examination& exam, const VolumeSnapshot& snapshot) {
  constexpr objects::Millis kDefault{10 * 60'000};  // velero server --csi-snapshot-timeout
  const auto backup = backup_of(exam.view.cluster, snapshot);
  const auto content = exam.view.tracker.relations().content_of(snapshot);
  // Velero waits for the handle, and for that alone (its WaitUntilVSCHandleIsReady).
  if (!backup || is_over(*backup) || (content && !content->snapshot_handle.empty())) return;
  const auto sight = exam.view.tracker.sight(snapshot.meta.uid);
  const bool old = !sight || sight->from_list;
  const objects::Instant begin = old && snapshot.meta.created ? *snapshot.meta.created
                                 : sight                      ? sight->first_seen
                                                              : exam.view.now;
  const objects::Millis timeout =
      backup->csi_snapshot_timeout > objects::Millis{0} ? backup->csi_snapshot_timeout : kDefault;
  const objects::Instant deadline = begin + timeout;
  const Finding* cause = exam.first();
  const bool hopeless = cause && cause->category == Category::Error && is_final(cause->reason);
  const bool too_late = cause && cause->next_try && *cause->next_try > deadline;
  const bool soon = exam.passed(begin, timeout - timeout / 5);
  const bool missed = exam.passed(begin, timeout);
  if (!hopeless && !too_late && !soon && !missed) return;
  const bool has_cause = cause != nullptr;
  Finding& finding = exam.add(Reason::BackupTimeout, begin);
  finding.consequence = has_cause;
  if (missed) finding.severity = Severity::Critical;
  exam.values["backup"] = backup->meta.name;
  finding.blocking.push_back(name_of("Backup", backup->meta));
  finding.evidence.push_back(field_evidence(
      label_of("Backup", backup->meta) + " spec.csiSnapshotTimeout",
      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(timeout).count()) + " s", deadline));
}

Diagnosis diagnose(const DiagnosisView& view, const Backup& backup) {
  Examination exam(view, Kind::Backup, backup.meta);
  exam.values["backup"] = backup.meta.name;
  if (!is_taking_snapshots(backup)) return exam.finish();
  const auto snapshots = snapshots_of(view.cluster, backup);
  const auto holders = holders_of(exam, snapshots);
  if (holders.empty()) return exam.finish();
  const Holder& first = holders.front();
  Finding& finding = exam.add(Reason::BackupHeldUp, first.finding.since);
  finding.consequence = true;
  finding.driver = first.finding.driver;
  finding.severity = std::max(finding.severity, first.finding.severity);
  finding.next_try = first.finding.next_try;
  for (const Holder& holder : holders) {
    finding.blocking.push_back(name_of("VolumeSnapshot", holder.snapshot->meta));
    finding.evidence.push_back(field_evidence("finding of " + label_of("VolumeSnapshot", holder.snapshot->meta),
                                              to_string(holder.finding.reason), holder.finding.since));
  }
  finding.evidence.push_back(field_evidence("bound claims of its namespaces without a snapshot of this backup yet",
                                            std::to_string(waiting_claims(view, backup, snapshots))));
  return exam.finish();
}

Diagnosis diagnose(const DiagnosisView& view, const objects::VolumeSnapshotClass& snapshot_class) {
  Examination exam(view, Kind::VolumeSnapshotClass, snapshot_class.meta);
  exam.driver = snapshot_class.driver.get();
  if (snapshot_class.velero_marked && snapshot_class.policy == objects::DeletionPolicy::Delete) {
    Finding& finding =
        exam.add(Reason::VeleroClassDeletes, snapshot_class.meta.created ? *snapshot_class.meta.created : view.now);
    finding.evidence.push_back(field_evidence("deletionPolicy", "Delete"));
    finding.evidence.push_back(field_evidence("label velero.io/csi-volumesnapshot-class", "present"));
  }
  return exam.finish();
}

Diagnosis diagnose(const DiagnosisView& view, const objects::BackupStorageLocation& location) {
  Examination exam(view, Kind::BackupStorageLocation, location.meta);
  if (location.phase.get() != "Unavailable" || location.meta.deleted) return exam.finish();
  // The first look that failed, as far as it was seen; an earlier `since` stands.
  Finding& finding = exam.add(Reason::BackupLocationUnavailable, location.validated ? *location.validated : view.now);
  finding.evidence.push_back(field_evidence("status.phase", location.phase.get(), location.validated));
  if (!location.message.empty()) finding.evidence.push_back(field_evidence("status.message", location.message));
  if (location.is_default) finding.evidence.push_back(field_evidence("spec.default", "true"));
  return exam.finish();
}

namespace {

/// Of kinds of which there are few.
template <class T>
Diagnosis find_and_diagnose(const DiagnosisView& view, const objects::Uid& uid) {
  Diagnosis found;
  view.cluster.for_each([&](const T& object) {
    if (object.meta.uid == uid) found = diagnose(view, object);
  });
  return found;
}

}  // namespace

Diagnosis diagnose(const DiagnosisView& view, Kind kind, const objects::Uid& uid) {
  const auto of = [&](const auto& object) { return object ? diagnose(view, *object) : Diagnosis(); };
  switch (kind) {
    case Kind::VolumeSnapshot: return of(view.cluster.snapshot(uid));
    case Kind::VolumeSnapshotContent: return of(view.cluster.content(uid));
    case Kind::PersistentVolumeClaim: return of(view.cluster.claim(uid));
    case Kind::VolumeSnapshotClass: return find_and_diagnose<objects::VolumeSnapshotClass>(view, uid);
    case Kind::Backup: return find_and_diagnose<Backup>(view, uid);
    case Kind::BackupStorageLocation: return find_and_diagnose<objects::BackupStorageLocation>(view, uid);
    case Kind::DataUpload: return find_and_diagnose<objects::DataUpload>(view, uid);
    case Kind::DataDownload: return find_and_diagnose<objects::DataDownload>(view, uid);
    case Kind::VolumeGroupSnapshot: return find_and_diagnose<objects::VolumeGroupSnapshot>(view, uid);
    case Kind::VolumeGroupSnapshotContent: return find_and_diagnose<objects::VolumeGroupSnapshotContent>(view, uid);
    default: return {};
  }
}

}  // namespace snaptrail::reconcilers
