#include <algorithm>

#include "reconcilers/diagnosis/examination.hpp"
#include "reconcilers/states.hpp"

/// Why a VolumeSnapshot or its content isn't deleted.
namespace snaptrail::reconcilers {
namespace {

using objects::ClaimPhase;
using objects::Instant;
using objects::Kind;
using objects::PersistentVolumeClaim;
using objects::VolumeSnapshot;
using objects::VolumeSnapshotContent;

std::string joined(const std::vector<objects::Symbol>& finalizers) {
  std::string text;
  for (const auto& finalizer : finalizers) {
    if (!text.empty()) text += ", ";
    text += finalizer.get();
  }
  return text;
}

/// Claims that are being restored from it.
std::vector<objects::Held<PersistentVolumeClaim>> users_of(const DiagnosisView& view, const VolumeSnapshot& snapshot) {
  std::vector<objects::Held<PersistentVolumeClaim>> users;
  for (const auto& uid : view.tracker.index().claims_restored_from(snapshot.meta.ns.get(), snapshot.meta.name)) {
    const auto claim = view.cluster.claim(uid);
    const bool is_its = claim && claim->source.ns == snapshot.meta.ns && claim->source.name == snapshot.meta.name;
    if (is_its && claim->phase == ClaimPhase::Pending && !claim->meta.deleted) users.push_back(claim);
  }
  std::ranges::sort(users, {}, [](const auto& claim) { return std::tie(claim->meta.ns.get(), claim->meta.name); });
  return users;
}

bool examine_users(Examination& exam, const VolumeSnapshot& snapshot, Instant since) {
  const auto users = users_of(exam.view, snapshot);
  if (users.empty()) return false;
  if (!exam.passed(since, kGrace)) return true;
  const bool stuck = exam.passed(since, exam.limit(Phase::Deleting).after);
  Finding& finding = exam.add(Reason::SnapshotInUse, since);
  if (stuck) {
    finding.category = Category::Stuck;
    finding.severity = Severity::Warning;
  }
  for (const auto& claim : users) finding.blocking.push_back(name_of("PersistentVolumeClaim", claim->meta));
  finding.evidence.push_back(
      field_evidence(label_of("PersistentVolumeClaim", users.front()->meta) + " status.phase", "Pending"));
  return true;
}

bool is_in_creation(const VolumeSnapshotContent& content) {
  return content.being_created && content.snapshot_handle.empty();
}

/// The sidecar's part. `exam` is the content's or its VolumeSnapshot's.
bool examine_content_deletion(Examination& exam, const VolumeSnapshotContent& content, Instant since) {
  const std::string label = label_of("VolumeSnapshotContent", content.meta);
  const auto held = [&](Reason reason) -> Finding& {
    Finding& finding = exam.add(reason, since);
    if (finding.subject.uid != content.meta.uid) {
      finding.blocking.push_back(name_of("VolumeSnapshotContent", content.meta));
    }
    return finding;
  };
  Listener listener(exam.view, Call::DeleteSnapshot);
  listener.events(content.meta.uid, since);
  if (content.being_deleted) listener.status(content.error, label + " status.error.message");
  if (const Said* said = listener.said(); said && !is_in_creation(content)) {
    if (!exam.passed(since, kRetryGrace)) return true;
    const Reason reason = said->verdict.reason == Reason::Unknown ? Reason::ContentHeld : said->verdict.reason;
    Finding& finding = held(reason);
    finding.category = Category::Error;
    finding.severity = Severity::Warning;
    finding.evidence.push_back(said->evidence);
    finding.next_try = said->next_try;
    return true;
  }
  if (is_in_creation(content)) {
    if (!exam.passed(since, kRetryGrace)) return true;
    Finding& finding = held(Reason::ContentHeld);
    finding.evidence.push_back(field_evidence(label + " annotation volumesnapshot-being-created", "present"));
    finding.evidence.push_back(field_evidence(label + " status.snapshotHandle", "absent"));
    return true;
  }
  if (!content.meta.deleted) return false;
  if (!exam.passed(since, exam.limit(content.being_deleted ? Phase::Calling : Phase::Deleting).after)) return true;
  Finding& finding = held(content.being_deleted ? Reason::SidecarAbsent : Reason::ContentHeld);
  finding.evidence.push_back(
      field_evidence(label + " annotation volumesnapshot-being-deleted", content.being_deleted ? "present" : "absent"));
  finding.evidence.push_back(field_evidence(label + " metadata.finalizers", joined(content.meta.finalizers)));
  return true;
}

void examine_orphan(Examination& exam, const VolumeSnapshotContent& content) {
  constexpr objects::Millis kForgotten{7LL * 24 * 3'600'000};
  const Instant since = state_since(exam.view, content.meta, {});
  const bool old = exam.passed(since, kForgotten);
  Finding& finding = exam.add(Reason::OrphanedContent, since);
  const std::string& handle =
      content.snapshot_handle.empty() ? content.source_snapshot_handle : content.snapshot_handle;
  // Without a handle nothing was cut that could cost.
  if (!handle.empty() && (old || content.policy == objects::DeletionPolicy::Delete)) {
    finding.severity = Severity::Warning;
  }
  finding.evidence.push_back(
      field_evidence("spec.volumeSnapshotRef", content.snapshot.ns.get() + "/" + content.snapshot.name));
  finding.evidence.push_back(field_evidence("spec.deletionPolicy", objects::to_string(content.policy)));
  finding.evidence.push_back(field_evidence("status.snapshotHandle", handle));
  if (content.restore_size >= 0) {
    finding.evidence.push_back(field_evidence("status.restoreSize", std::to_string(content.restore_size)));
  }
}

/// Imported, and its VolumeSnapshot has never been there: nobody else would tell of its errors.
void examine_import(Examination& exam, const VolumeSnapshotContent& content) {
  if (content.snapshot.uid || content.source_snapshot_handle.empty() || content.ready == objects::Ready::True) return;
  Listener listener(exam.view, Call::CreateSnapshot);
  listener.status(content.error, "status.error.message");
  listener.events(content.meta.uid, {});
  if (listener.said()) report_said(exam, *listener.said(), state_since(exam.view, content.meta, content.error.time));
}

}  // namespace

void examine_deletion(Examination& exam, const VolumeSnapshot& snapshot) {
  const Instant since = state_since(exam.view, snapshot.meta, snapshot.meta.deleted);
  if (examine_users(exam, snapshot, since)) return;
  const auto content = exam.view.tracker.relations().content_of(snapshot);
  const bool goes_with_it = content && (content->meta.deleted || content->policy == objects::DeletionPolicy::Delete);
  // A member of a group can't be deleted by itself: its group's deletion deletes it, and that is as it should be.
  if (!snapshot.group.get().empty() && !(content && content->meta.deleted)) return;
  if (goes_with_it && examine_content_deletion(exam, *content, since)) return;
  if (!exam.passed(since, exam.limit(Phase::Deleting).after) || snapshot.meta.finalizers.empty()) return;
  Finding& finding = exam.add(Reason::FinalizerStuck, since);
  exam.values["finalizers"] = joined(snapshot.meta.finalizers);
  finding.evidence.push_back(field_evidence("metadata.finalizers", joined(snapshot.meta.finalizers)));
  finding.evidence.push_back(field_evidence("metadata.deletionTimestamp", "set", snapshot.meta.deleted));
}

Diagnosis diagnose(const DiagnosisView& view, const VolumeSnapshotContent& content) {
  Examination exam(view, Kind::VolumeSnapshotContent, content.meta);
  exam.driver = content.driver.get();
  exam.class_name = content.class_name.get();
  exam.values["class"] = exam.class_name;
  exam.values["content"] = content.meta.name;
  const auto snapshot = view.tracker.relations().snapshot_of(content);
  const bool can_tell = view.cluster.synced(Kind::VolumeSnapshot, content.snapshot.ns.get());
  if (snapshot) {
    if (!content.meta.deleted || snapshot->meta.deleted) return exam.finish();
    // Deleted by hand: the snapshot-controller waits for the VolumeSnapshot.
    const Instant since = state_since(view, content.meta, content.meta.deleted);
    if (!exam.passed(since, kRetryGrace)) return exam.finish();
    Finding& finding = exam.add(Reason::ContentHeld, since);
    finding.blocking.push_back(name_of("VolumeSnapshot", snapshot->meta));
    finding.evidence.push_back(field_evidence("metadata.deletionTimestamp", "set", content.meta.deleted));
    finding.fix = {"The content goes once its VolumeSnapshot is deleted; it alone can't be taken back.",
                   "kubectl get volumesnapshot -n " + shell_quoted(snapshot->meta.ns.get()) + " " +
                       shell_quoted(snapshot->meta.name)};
  } else if (content.meta.deleted) {
    if (can_tell) examine_content_deletion(exam, content, state_since(view, content.meta, content.meta.deleted));
  } else if (view.tracker.state(content.meta.uid) == objects::State::Orphaned) {
    examine_orphan(exam, content);
  } else if (!is_velero_temporary(content)) {
    examine_import(exam, content);
  }
  return exam.finish();
}

}  // namespace snaptrail::reconcilers
