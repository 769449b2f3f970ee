#include <algorithm>
#include <string>
#include <vector>

#include "reconcilers/diagnosis/examination.hpp"
#include "reconcilers/states.hpp"
#include "reconcilers/velero_backup.hpp"

/// What is about to be lost although nothing fails.
namespace snaptrail::reconcilers {
namespace {

using objects::ClaimPhase;
using objects::DeletionPolicy;
using objects::Instant;
using objects::PersistentVolumeClaim;
using objects::Ready;
using objects::VolumeSnapshot;
using objects::VolumeSnapshotContent;

/// Recoverable (docs/states.md): the content is ready, and its handle known.
bool is_recoverable(const VolumeSnapshotContent* content) {
  return content && content->ready == Ready::True && !content->snapshot_handle.empty();
}

/// Whether the same claim has another recoverable snapshot in the cluster with policy Delete, cut later than this: one hazard for each
/// volume is enough.
bool has_newer_with_delete(const DiagnosisView& view, const VolumeSnapshot& snapshot,
                           const VolumeSnapshotContent& content) {
  const auto siblings = view.tracker.index().snapshots_of_claim(snapshot.meta.ns.get(), snapshot.source_claim);
  return std::ranges::any_of(siblings, [&](const objects::Uid& uid) {
    const auto other = view.cluster.snapshot(uid);
    if (!other || other->meta.uid == snapshot.meta.uid || other->meta.deleted) return false;
    const auto its = view.tracker.relations().content_of(*other);
    if (!is_recoverable(its.get()) || its->policy != DeletionPolicy::Delete) return false;
    const std::optional<Instant> mine = content.cut, theirs = its->cut;
    return theirs > mine;
  });
}

/// The handles of the same claim's snapshots that are being deleted together with their copies: nobody can count on them.
std::vector<std::string> going_handles(const DiagnosisView& view, const VolumeSnapshot& snapshot) {
  std::vector<std::string> handles;
  for (const auto& uid : view.tracker.index().snapshots_of_claim(snapshot.meta.ns.get(), snapshot.source_claim)) {
    const auto other = view.cluster.snapshot(uid);
    if (!other || !other->meta.deleted) continue;
    const auto its = view.tracker.relations().content_of(*other);
    if (its && its->policy == DeletionPolicy::Delete) handles.push_back(its->snapshot_handle);
  }
  return handles;
}

enum class Risk { None, Copy, LastCopy, Backup };

/// What goes with this snapshot's copy.
Risk risk_of(Examination& exam, const VolumeSnapshot& snapshot, const VolumeSnapshotContent& content) {
  const DiagnosisView& view = exam.view;
  const std::string& backup_name = snapshot.meta.velero.backup.get();
  const bool of_backup = !backup_name.empty() && snapshot.meta.velero.restore.get().empty();
  if (of_backup) {
    const auto backup = backup_of(view.cluster, snapshot);
    // Where Backups can't be seen it may be under way.
    if (!backup && view.cluster.hidden(objects::Kind::Backup)) return Risk::None;
    // Velero sets the policy to Retain itself before it deletes the objects at the end.
    if (backup && !is_over(*backup)) return Risk::None;
    // Somebody asked for its end, copies and all.
    if (backup && is_being_deleted(*backup, view.cluster)) return Risk::None;
    const bool good = backup && (backup->phase.get() == "Completed" || backup->phase.get() == "PartiallyFailed");
    if (good && (!backup->expires || *backup->expires > view.now)) return Risk::Backup;
  }
  // Of an imported one nobody knows which volume it is of, and what else there is of that.
  if (snapshot.source_claim.empty()) return Risk::None;
  const Relations relations = view.tracker.relations().of(snapshot);
  // A data mover's, which copies the data elsewhere and deletes it in minutes.
  if (is_movers_own(relations.initiator)) return Risk::None;
  const auto others = view.recoverable.others(snapshot, content, going_handles(view, snapshot));
  if (others.until && *others.until > view.now) exam.look_again_at(*others.until);
  if (others.count == 0) return Risk::LastCopy;
  // Somebody who made it by hand counts on it; a backup's or scheduler's come and go. One for each volume is enough.
  const bool by_hand = !of_backup && relations.initiator.type.empty();
  return by_hand && !has_newer_with_delete(view, snapshot, content) ? Risk::Copy : Risk::None;
}

void examine_last_copy(Examination& exam, const VolumeSnapshot& snapshot) {
  const auto& view = exam.view;
  const auto content = view.tracker.relations().content_of(snapshot);
  if (!is_recoverable(content.get())) return;
  const auto claim =
      snapshot.source_claim.empty() ? nullptr : view.cluster.claim(snapshot.meta.ns.get(), snapshot.source_claim);
  const bool volume_goes = claim && claim->meta.deleted.has_value();
  const bool deletes = content->policy == DeletionPolicy::Delete;
  if (!deletes && (!volume_goes || snapshot.meta.deleted)) return;
  const Risk risk = risk_of(exam, snapshot, *content);
  if (risk == Risk::None || (!deletes && risk != Risk::LastCopy)) return;
  const auto* ns = view.cluster.name_space(snapshot.meta.ns.get());
  const bool namespace_goes = ns && ns->meta.deleted.has_value();
  const bool going = snapshot.meta.deleted.has_value() || namespace_goes;
  // Whoever deletes one of several copies by itself means it.
  if (risk == Risk::Copy && snapshot.meta.deleted && !namespace_goes) return;

  Finding& finding = exam.add(Reason::LastCopyAtRisk, state_since(view, content->meta, content->cut));
  finding.severity = deletes && (namespace_goes || (risk != Risk::Copy && (going || volume_goes))) ? Severity::Critical
                     : risk == Risk::Copy                                                          ? Severity::Info
                                                                                                   : Severity::Warning;
  finding.blocking.push_back(name_of("VolumeSnapshotContent", content->meta));
  const std::string label = label_of("VolumeSnapshotContent", content->meta);
  finding.evidence.push_back(field_evidence(label + " spec.deletionPolicy", objects::to_string(content->policy)));
  finding.evidence.push_back(field_evidence(label + " status.snapshotHandle", content->snapshot_handle));
  if (risk == Risk::LastCopy) {
    finding.evidence.push_back(ledger_evidence("other recoverable points of the volume", "none known"));
  }
  if (risk == Risk::Backup) {
    finding.evidence.push_back(field_evidence("label velero.io/backup-name", snapshot.meta.velero.backup.get()));
  }
  if (namespace_goes) {
    finding.evidence.push_back(
        field_evidence("Namespace " + snapshot.meta.ns.get() + " metadata.deletionTimestamp", "set", ns->meta.deleted));
  }
  if (volume_goes) {
    finding.evidence.push_back(field_evidence(
        label_of("PersistentVolumeClaim", claim->meta) + " metadata.deletionTimestamp", "set", claim->meta.deleted));
  }
  if (!deletes) {
    finding.fix = {"The volume goes, and this is its only snapshot: keep it until the data is safe elsewhere.",
                   "kubectl get volumesnapshotcontent " + shell_quoted(content->meta.name) + " -o yaml"};
  }
}

/// Velero and others copy the claim's labels to the snapshot, GitOps' mark of ownership among them.
void examine_gitops(Examination& exam, const VolumeSnapshot& snapshot) {
  const auto& mark = snapshot.meta.gitops;
  if (mark.get().empty() || snapshot.meta.deleted || snapshot.source_claim.empty()) return;
  const auto claim = exam.view.cluster.claim(snapshot.meta.ns.get(), snapshot.source_claim);
  const bool copied = claim && claim->meta.gitops == mark && !snapshot.meta.velero.backup.get().empty();
  if (!copied) return;
  Finding& finding = exam.add(Reason::GitOpsOwned, snapshot.meta.created ? *snapshot.meta.created : exam.view.now);
  finding.evidence.push_back(field_evidence("metadata.labels, GitOps owner", mark.get()));
  finding.evidence.push_back(
      field_evidence(label_of("PersistentVolumeClaim", claim->meta) + " metadata.labels, GitOps owner", mark.get()));
}

void examine_verification(Examination& exam, const VolumeSnapshot& snapshot) {
  if (snapshot.source_content.empty() || snapshot.ready != Ready::True || snapshot.meta.deleted) return;
  const auto content = exam.view.tracker.relations().content_of(snapshot);
  if (!content) return;
  const std::string& handle =
      content->snapshot_handle.empty() ? content->source_snapshot_handle : content->snapshot_handle;
  if (handle.empty() || exam.view.recoverable.was_cut(content->driver.get(), handle)) return;
  Finding& finding = exam.add(Reason::ReadyUnverified, state_since(exam.view, snapshot.meta, snapshot.meta.created));
  finding.blocking.push_back(name_of("VolumeSnapshotContent", content->meta));
  finding.evidence.push_back(field_evidence("spec.source.volumeSnapshotContentName", snapshot.source_content));
  finding.evidence.push_back(ledger_evidence("a cut of handle " + handle + " that still exists", "not known"));
  if (content->restore_size == 0) {
    finding.evidence.push_back(
        field_evidence(label_of("VolumeSnapshotContent", content->meta) + " status.restoreSize", "0"));
  }
}

}  // namespace

void examine_hazards(Examination& exam, const VolumeSnapshot& snapshot) {
  examine_last_copy(exam, snapshot);
  examine_gitops(exam, snapshot);
  examine_verification(exam, snapshot);
}

void examine_hazards(Examination& exam, const PersistentVolumeClaim& claim) {
  if (claim.phase != ClaimPhase::Bound || claim.meta.deleted) return;
  const Instant since = state_since(exam.view, claim.meta, claim.meta.created);
  if (claim.applied_from_snapshot && !is_restore(claim)) {
    Finding& finding = exam.add(Reason::RestoredEmpty, since);
    finding.evidence.push_back(
        field_evidence("annotation kubectl.kubernetes.io/last-applied-configuration", "names a VolumeSnapshot"));
    finding.evidence.push_back(field_evidence("spec.dataSourceRef", "absent: dropped by the API server"));
    return;
  }
  if (!is_restore(claim) || !claim.provisioner.get().empty()) return;
  // Bound to a volume that was there before anybody asked for a restore.
  const auto volume = exam.view.cluster.volume(claim.volume_name);
  if (!volume || !volume->meta.created || !claim.meta.created || *volume->meta.created >= *claim.meta.created) return;
  Finding& finding = exam.add(Reason::RestoredEmpty, since);
  finding.blocking.push_back(name_of("PersistentVolume", volume->meta));
  finding.evidence.push_back(
      field_evidence("spec.dataSourceRef", claim.source.ns.get() + "/" + claim.source.name, claim.meta.created));
  finding.evidence.push_back(field_evidence(label_of("PersistentVolume", volume->meta) + " metadata.creationTimestamp",
                                            "before the claim's", volume->meta.created));
}

}  // namespace snaptrail::reconcilers
