#include <algorithm>

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

constexpr std::string_view kSourceProtection = "snapshot.storage.kubernetes.io/pvc-as-source-protection";

std::string source_name(const PersistentVolumeClaim& claim) { return claim.source.ns.get() + "/" + claim.source.name; }

bool is_cross_namespace(const PersistentVolumeClaim& claim) { return claim.source.ns != claim.meta.ns; }

void examine_missing_source(Examination& exam, const PersistentVolumeClaim& claim, Instant since) {
  if (!exam.view.cluster.synced(Kind::VolumeSnapshot) || !exam.passed(since, kGrace)) return;
  Finding& finding = exam.add(Reason::SourceSnapshotMissing, since);
  finding.blocking.push_back(name_of("VolumeSnapshot", claim.source.ns.get(), claim.source.name));
  finding.evidence.push_back(field_evidence("spec.dataSourceRef", source_name(claim)));
}

/// The source is there and not ready: what it waits for is the cause, this the consequence.
void examine_unready_source(Examination& exam, const VolumeSnapshot& source, Instant since) {
  const Diagnosis its = diagnose(exam.view, source);
  if (its.look_again) exam.look_again_at(*its.look_again);
  const Finding* cause = nullptr;
  for (const Finding& finding : its.findings) {
    if (finding.category != Category::Hazard && finding.reason != Reason::BackupTimeout) {
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
    finding.evidence.push_back(field_evidence(label + " metadata.deletionTimestamp", "set", source.meta.deleted));
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
  listener.events(claim.meta.uid, {});
  if (!listener.said()) return false;
  if (Finding* finding = report_said(exam, *listener.said(), since)) {
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

void examine_provisioner(Examination& exam, const PersistentVolumeClaim& claim, Instant since) {
  const Limit limit = exam.limit(Phase::Provisioning);
  if (!exam.passed(since, limit.after)) return;
  const auto events = exam.view.events.about(claim.meta.uid);
  const bool begun =
      std::ranges::any_of(events, [](const StoredEvent& event) { return event.reason.get() == "Provisioning"; });
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
  const auto* source = cluster.snapshot(claim.source.ns.get(), claim.source.name);
  if (examine_storage_class(exam, claim, since)) return;
  if (is_cross_namespace(claim) && examine_messages(exam, claim, source, since)) return;
  if (!source) return examine_missing_source(exam, claim, since);
  if (source->ready != Ready::True || source->meta.deleted) {
    return examine_unready_source(exam, *source, since);
  }
  const auto* storage_class = cluster.storage_class(claim.storage_class.get());
  const objects::State state = state_of_restore(claim, SourceCondition::Ready, storage_class, false);
  if (state == objects::State::WaitingForConsumer) return examine_consumer(exam, since);
  if (examine_messages(exam, claim, source, since)) return;
  examine_provisioner(exam, claim, since);
}

/// Snapshots of the claim that aren't finished keep it (snapshot-controller's isPVCBeingUsed).
void examine_claim_deletion(Examination& exam, const PersistentVolumeClaim& claim) {
  const bool held = std::ranges::any_of(
      claim.meta.finalizers, [](const objects::Symbol& finalizer) { return finalizer.get() == kSourceProtection; });
  const Instant since = state_since(exam.view, claim.meta, claim.meta.deleted);
  if (!held || !exam.passed(since, kRetryGrace)) return;
  std::vector<const VolumeSnapshot*> holders;
  for (const auto& uid : exam.view.tracker.index().snapshots_of_claim(claim.meta.ns.get(), claim.meta.name)) {
    const auto* snapshot = exam.view.cluster.snapshot(uid);
    const bool is_its = snapshot && snapshot->meta.ns == claim.meta.ns && snapshot->source_claim == claim.meta.name;
    if (is_its && snapshot->ready != Ready::True) holders.push_back(snapshot);
  }
  if (holders.empty()) return;
  std::ranges::sort(holders, {}, [](const auto* snapshot) -> const std::string& { return snapshot->meta.name; });
  Finding& finding = exam.add(Reason::ClaimHeldBySnapshot, since);
  for (const auto* holder : holders) finding.blocking.push_back(name_of("VolumeSnapshot", holder->meta));
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
    const auto* source = view.cluster.snapshot(claim.source.ns.get(), claim.source.name);
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
