#include <algorithm>

#include "objects/utf8.hpp"
#include "reconcilers/diagnosis/examination.hpp"
#include "reconcilers/states.hpp"

/// Why a restore isn't bound, and why a claim isn't deleted.
namespace snaptrail::reconcilers {
namespace {

using objects::ClaimPhase;
using objects::Instant;
using objects::Kind;
using objects::PersistentVolumeClaim;
using objects::Ready;
using objects::VolumeSnapshot;

/// Set by the csi-provisioner on a VolumeSnapshot that it has begun to restore: it goes on, also when that is being deleted.
constexpr std::string_view kProvisionerProtection =
    "provisioner.storage.kubernetes.io/volumesnapshot-as-source-protection";
constexpr std::string_view kSourceProtection = "snapshot.storage.kubernetes.io/pvc-as-source-protection";

std::string source_name(const PersistentVolumeClaim& claim) { return claim.source.ns.get() + "/" + claim.source.name; }

bool is_cross_namespace(const PersistentVolumeClaim& claim) { return claim.source.ns != claim.meta.ns; }

bool has_finalizer(const objects::Meta& meta, std::string_view finalizer) {
  return std::ranges::any_of(meta.finalizers, [&](const objects::Symbol& one) { return one.get() == finalizer; });
}

std::string trail_of(const ObjectName& snapshot) {
  return "snaptrail timeline -n " + shell_quoted(snapshot.ns) + " " + shell_quoted("volumesnapshot/" + snapshot.name);
}

/// What the trail knows of a source that is gone: that it was there, when it went, and whether its copy went with it.
void tell_departure(Finding& finding, const Departed& gone, const ObjectName& name) {
  const std::string label = "VolumeSnapshot " + name.ns + "/" + name.name;
  finding.evidence.push_back(
      {Evidence::Source::Ledger, label, gone.late ? "deleted, found gone at" : "deleted", 0, gone.at});
  if (gone.outcome) {
    finding.evidence.push_back(ledger_evidence("outcome of " + label, std::string(objects::to_string(*gone.outcome))));
  }
  if (!gone.handle.empty()) finding.evidence.push_back(ledger_evidence("snapshotHandle of " + label, gone.handle));
  finding.driver = finding.driver.empty() ? gone.driver : finding.driver;
  const bool kept = gone.outcome == objects::Outcome::Retained && !gone.handle.empty();
  const bool lost = gone.outcome == objects::Outcome::Destroyed;
  const std::string what = objects::to_printable(name.name);
  finding.fix = {
      "VolumeSnapshot " + what + " was deleted. " +
          (kept ? "Its copy is kept in the backend: import handle " + objects::to_printable(gone.handle) +
                      " anew under the same name, and the restore goes on by itself."
           : lost ? "Its copy was destroyed with it: restore from another one."
                  : "Make it anew from its handle if the backend still has that, or restore from another one."),
      trail_of(name)};
}

/// The ReferenceGrant that lets the claim use its source; null if there is none.
const objects::ReferenceGrant* grant_for(const ClusterView& cluster, const PersistentVolumeClaim& claim) {
  const objects::ReferenceGrant* found = nullptr;
  cluster.for_each([&](const objects::ReferenceGrant& grant) {
    if (grant.meta.ns != claim.source.ns || grant.meta.deleted) return;
    const bool from = std::ranges::find(grant.claim_namespaces, claim.meta.ns) != grant.claim_namespaces.end();
    const bool to =
        grant.all_snapshots || std::ranges::find(grant.snapshots, claim.source.name) != grant.snapshots.end();
    if (from && to) found = &grant;
  });
  return found;
}

/// A source in another namespace that nobody grants. While grants can't be listed only the provisioner can tell.
bool examine_grant(Examination& exam, const PersistentVolumeClaim& claim, Instant since) {
  const ClusterView& cluster = exam.view.cluster;
  if (!cluster.synced(Kind::ReferenceGrant, claim.source.ns.get()) || grant_for(cluster, claim)) return false;
  if (!exam.passed(since, kGrace)) return true;
  Finding& finding = exam.add(Reason::CrossNamespaceDenied, since);
  finding.blocking.push_back(name_of("VolumeSnapshot", claim.source.ns.get(), claim.source.name));
  finding.evidence.push_back(field_evidence("spec.dataSourceRef", source_name(claim)));
  finding.evidence.push_back(field_evidence("ReferenceGrants of namespace " + claim.source.ns.get() +
                                                " that allow it to claims of namespace " + claim.meta.ns.get(),
                                            "none"));
  return true;
}

void examine_missing_source(Examination& exam, const PersistentVolumeClaim& claim, Instant since) {
  const bool can_tell = exam.view.cluster.synced(Kind::VolumeSnapshot, claim.source.ns.get());
  if (!can_tell || !exam.passed(since, kGrace)) return;
  Finding& finding = exam.add(Reason::SourceSnapshotMissing, since);
  const ObjectName name = name_of("VolumeSnapshot", claim.source.ns.get(), claim.source.name);
  finding.blocking.push_back(name);
  finding.evidence.push_back(field_evidence("spec.dataSourceRef", source_name(claim)));
  if (const Departed* gone = exam.view.history.departed(name.ns, name.name)) tell_departure(finding, *gone, name);
}

/// Nothing begins to be restored from a VolumeSnapshot that is being deleted, and it isn't deleted as long as a claim waits
/// for it: the root is that somebody deleted it.
void tell_deletion(Examination& exam, Finding& finding, const VolumeSnapshot& source) {
  const std::string label = label_of("VolumeSnapshot", source.meta);
  finding.evidence.push_back(field_evidence(label + " metadata.deletionTimestamp", "set", source.meta.deleted));
  if (const auto content = exam.view.tracker.relations().content_of(source)) {
    const std::string of_content = label_of("VolumeSnapshotContent", content->meta);
    finding.evidence.push_back(
        field_evidence(of_content + " spec.deletionPolicy", objects::to_string(content->policy)));
    if (!content->snapshot_handle.empty()) {
      finding.evidence.push_back(field_evidence(of_content + " status.snapshotHandle", content->snapshot_handle));
    }
  }
  finding.fix = {
      "VolumeSnapshot " + objects::to_printable(source.meta.name) +
          " was deleted before the restore had begun, and nothing can be restored from it any more. Delete the "
          "claim, and restore from another copy.",
      trail_of(name_of("VolumeSnapshot", source.meta))};
}

/// The source is there and not ready: what it waits for is the cause, this the consequence.
void examine_unready_source(Examination& exam, const VolumeSnapshot& source, Instant since) {
  const Diagnosis its = diagnose(exam.view, source);
  if (its.look_again) exam.look_again_at(*its.look_again);
  const Finding* cause = nullptr;
  for (const Finding& finding : its.findings) {
    // SnapshotInUse: by this very restore.
    const bool tells = finding.category != Category::Hazard && finding.reason != Reason::BackupTimeout &&
                       finding.reason != Reason::SnapshotInUse;
    if (tells) {
      cause = &finding;
      break;
    }
  }
  const bool deleting = source.meta.deleted.has_value();
  const bool stuck = exam.passed(since, exam.limit(Phase::Waiting).after);
  if (!exam.passed(since, kGrace) || (!cause && !stuck && !deleting)) return;
  Finding& finding = exam.add(Reason::SourceSnapshotNotReady, since);
  finding.consequence = cause != nullptr;
  finding.category = deleting || stuck ? Category::Stuck : Category::Waiting;
  finding.severity = deleting || stuck ? Severity::Warning : Severity::Info;
  const std::string label = label_of("VolumeSnapshot", source.meta);
  finding.blocking.push_back(name_of("VolumeSnapshot", source.meta));
  if (deleting) {
    tell_deletion(exam, finding, source);
  } else {
    finding.evidence.push_back(
        field_evidence(label + " status.readyToUse", source.ready == Ready::False ? "false" : "absent"));
  }
  if (!cause) return;
  finding.severity = std::max(finding.severity, cause->severity);
  if (cause->category != Category::Waiting) finding.category = Category::Stuck;
  finding.evidence.push_back(field_evidence("finding of " + label, to_string(cause->reason)));
  finding.blocking.insert(finding.blocking.end(), cause->blocking.begin(), cause->blocking.end());
  finding.next_try = cause->next_try;
}

/// What the provisioner said that the objects don't contradict.
bool examine_messages(Examination& exam, const PersistentVolumeClaim& claim, const VolumeSnapshot* source,
                      Instant since) {
  Listener listener(exam.view, Call::CreateVolume);
  if (source) listener.ignore(Reason::SourceSnapshotMissing);
  if (source && source->ready == Ready::True) listener.ignore(Reason::SourceSnapshotNotReady);
  if (exam.view.cluster.storage_class(claim.storage_class.get())) listener.ignore(Reason::StorageClassNotFound);
  // What was said before the grant was there is out of date.
  const auto* grant = is_cross_namespace(claim) ? grant_for(exam.view.cluster, claim) : nullptr;
  listener.events(claim.meta.uid, grant ? grant->meta.created : objects::MaybeInstant());
  if (!listener.said()) return false;
  const Attempt* attempt = exam.view.history.attempt(claim.meta.uid);
  const Said& said = *listener.said();
  if (Finding* finding = report_said(exam, said, failing_since(attempt, said.verdict.reason, since))) {
    finding->blocking.push_back(name_of("VolumeSnapshot", claim.source.ns.get(), claim.source.name));
  }
  return true;
}

bool examine_storage_class(Examination& exam, const PersistentVolumeClaim& claim, Instant since) {
  const std::string& name = claim.storage_class.get();
  if (name.empty() || !exam.view.cluster.synced(Kind::StorageClass) || exam.view.cluster.storage_class(name)) {
    return false;
  }
  if (!exam.passed(since, kGrace)) return true;
  Finding& finding = exam.add(Reason::StorageClassNotFound, since);
  finding.blocking.push_back(name_of("StorageClass", "", name));
  finding.evidence.push_back(field_evidence("spec.storageClassName", name));
  return true;
}

/// `failing`: the provisioner has said what hinders it, though not for long enough to be told.
void examine_provisioner(Examination& exam, const PersistentVolumeClaim& claim, Instant of_state, bool failing) {
  const Attempt* attempt = exam.view.history.attempt(claim.meta.uid);
  const Instant since = attempt ? std::min(of_state, attempt->since) : of_state;
  const Limit limit = exam.limit(Phase::Provisioning);
  if (!exam.passed(since, limit.after)) return;
  const auto events = exam.view.events.about(claim.meta.uid);
  const bool begun = failing || std::ranges::any_of(events, [](const StoredEvent& event) {
                       return event.reason.get() == "Provisioning";
                     });
  Finding& finding = exam.add(begun ? Reason::DriverNotResponding : Reason::ProvisionerAbsent, since);
  finding.category = Category::Stuck;
  finding.evidence.push_back(field_evidence("status.phase", "Pending"));
  finding.evidence.push_back(field_evidence("annotation volume.kubernetes.io/storage-provisioner",
                                            claim.provisioner.get().empty() ? "absent" : claim.provisioner.get()));
  for (const StoredEvent& event : events) {
    if (event.warning) continue;
    finding.evidence.push_back({Evidence::Source::Event, event.reason.get(), event.message, event.count, event.last});
  }
}

void examine_consumer(Examination& exam, Instant since) {
  if (!exam.passed(since, kGrace)) return;
  Finding& finding = exam.add(Reason::WaitingForConsumer, since);
  finding.evidence.push_back(
      field_evidence("StorageClass " + exam.class_name + " volumeBindingMode", "WaitForFirstConsumer"));
  finding.evidence.push_back(field_evidence("annotation volume.kubernetes.io/selected-node", "absent"));
}

void examine_restore(Examination& exam, const PersistentVolumeClaim& claim) {
  const auto& cluster = exam.view.cluster;
  const Instant since = state_since(exam.view, claim.meta, claim.meta.created);
  const auto source = cluster.snapshot(claim.source.ns.get(), claim.source.name);
  if (examine_storage_class(exam, claim, since)) return;
  if (is_cross_namespace(claim)) {
    if (examine_grant(exam, claim, since)) return;
    if (examine_messages(exam, claim, source.get(), since)) return;
  }
  if (!source) return examine_missing_source(exam, claim, since);
  const bool goes = source->meta.deleted && !has_finalizer(source->meta, kProvisionerProtection);
  if (source->ready != Ready::True || goes) {
    return examine_unready_source(exam, *source, since);
  }
  const auto* storage_class = cluster.storage_class(claim.storage_class.get());
  const objects::State state = state_of_restore(claim, SourceCondition::Ready, storage_class, false);
  if (state == objects::State::WaitingForConsumer) return examine_consumer(exam, since);
  const bool failing = examine_messages(exam, claim, source.get(), since);
  if (!exam.has_findings()) examine_provisioner(exam, claim, since, failing);
}

/// Snapshots of the claim that aren't finished keep it (snapshot-controller's isPVCBeingUsed).
void examine_claim_deletion(Examination& exam, const PersistentVolumeClaim& claim) {
  const bool held = has_finalizer(claim.meta, kSourceProtection);
  const Instant since = state_since(exam.view, claim.meta, claim.meta.deleted);
  if (!held || !exam.passed(since, kRetryGrace)) return;
  std::vector<objects::Held<VolumeSnapshot>> holders;
  for (const auto& uid : exam.view.tracker.index().snapshots_of_claim(claim.meta.ns.get(), claim.meta.name)) {
    const auto snapshot = exam.view.cluster.snapshot(uid);
    const bool is_its = snapshot && snapshot->meta.ns == claim.meta.ns && snapshot->source_claim == claim.meta.name;
    if (is_its && snapshot->ready != Ready::True) holders.push_back(snapshot);
  }
  if (holders.empty()) return;
  std::ranges::sort(holders, {}, [](const auto& snapshot) -> const std::string& { return snapshot->meta.name; });
  Finding& finding = exam.add(Reason::ClaimHeldBySnapshot, since);
  for (const auto& holder : holders) finding.blocking.push_back(name_of("VolumeSnapshot", holder->meta));
  finding.evidence.push_back(field_evidence("metadata.finalizers", kSourceProtection, claim.meta.deleted));
  finding.evidence.push_back(
      field_evidence(label_of("VolumeSnapshot", holders.front()->meta) + " status.readyToUse", "not true"));
}

}  // namespace

Diagnosis diagnose(const DiagnosisView& view, const PersistentVolumeClaim& claim) {
  Examination exam(view, Kind::PersistentVolumeClaim, claim.meta);
  exam.class_name = claim.storage_class.get();
  const Relations relations = view.tracker.relations().of(claim);
  exam.driver = relations.driver;
  exam.values["storageclass"] = exam.class_name;
  exam.values["claim"] = claim.meta.name;
  exam.values["content"] = relations.content;
  exam.values["volume"] = claim.volume_name;
  if (is_restore(claim)) {
    exam.values["blocker_kind"] = "VolumeSnapshot";
    exam.values["blocker_ns"] = claim.source.ns.get();
    exam.values["blocker"] = claim.source.name;
    const auto source = view.cluster.snapshot(claim.source.ns.get(), claim.source.name);
    if (source) exam.values["class"] = source->class_name.get();
  }
  if (claim.meta.deleted) {
    examine_claim_deletion(exam, claim);
  } else if (is_restore(claim) && claim.phase != ClaimPhase::Bound && claim.phase != ClaimPhase::Lost &&
             claim.volume_name.empty()) {
    examine_restore(exam, claim);
  }
  examine_hazards(exam, claim);
  return exam.finish();
}

}  // namespace snaptrail::reconcilers
