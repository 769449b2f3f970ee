#include <algorithm>
#include <string>

#include "reconcilers/diagnosis/examination.hpp"

/// The sidecar's and the driver's part in making a snapshot.
namespace snaptrail::reconcilers {
namespace {

using objects::Instant;
using objects::Millis;
using objects::Ready;
using objects::VolumeSnapshotContent;

void examine_upload(Examination& exam, const VolumeSnapshotContent& content) {
  const Attempt* attempt = exam.view.history.attempt(content.meta.uid);
  const Instant of_state = state_since(exam.view, content.meta, content.cut);
  // An error of before the cut may stand, and keep the state.
  const objects::MaybeInstant cut = cut_time(exam.view, content);
  const Instant since = attempt && attempt->cut ? std::min(of_state, attempt->since)
                        : cut                   ? std::max(of_state, *cut)
                                                : of_state;
  const Limit limit = exam.limit(Phase::Uploading);
  const Millis usual = exam.view.thresholds.of(Phase::Uploading, exam.driver, exam.class_name, {}, {}).after;
  const bool own_past = limit.origin == Limit::Origin::Learned;
  if (!exam.passed(since, own_past ? std::min(usual, limit.after) : limit.after)) return;
  const bool stuck = exam.passed(since, limit.after);
  Finding& finding = exam.add(Reason::UploadSlow, since);
  if (!stuck) {
    finding.category = Category::Waiting;
    finding.severity = Severity::Info;
  }
  finding.blocking.push_back(name_of("VolumeSnapshotContent", content.meta));
  finding.evidence.push_back(
      field_evidence(label_of("VolumeSnapshotContent", content.meta) + " status.readyToUse", "false", content.cut));
  if (own_past) {
    finding.evidence.push_back(
        ledger_evidence("99 of 100 uploads of this driver took at most",
                        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(limit.after).count()) + " s"));
  }
}

}  // namespace

void examine_content_creation(Examination& exam, const VolumeSnapshotContent& content, bool failing) {
  if (content.ready == Ready::True) return;
  if (!content.snapshot_handle.empty()) return examine_upload(exam, content);
  const std::string label = label_of("VolumeSnapshotContent", content.meta);
  if (failing && !content.being_created) return;
  const Attempt* attempt = content.being_created ? exam.view.history.attempt(content.meta.uid) : nullptr;
  const Instant of_state = state_since(exam.view, content.meta, content.meta.created);
  const Instant since = attempt ? std::min(of_state, attempt->since) : of_state;
  const Phase phase = content.being_created ? Phase::Creating : Phase::Calling;
  if (!exam.passed(since, exam.limit(phase).after)) return;
  Finding& finding = exam.add(content.being_created ? Reason::DriverNotResponding : Reason::SidecarAbsent, since);
  finding.category = Category::Stuck;
  finding.blocking.push_back(name_of("VolumeSnapshotContent", content.meta));
  finding.evidence.push_back(field_evidence(label + " spec.driver", content.driver.get()));
  finding.evidence.push_back(
      field_evidence(label + " annotation volumesnapshot-being-created", content.being_created ? "present" : "absent"));
  finding.evidence.push_back(field_evidence(label + " status.snapshotHandle", "absent"));
}

}  // namespace snaptrail::reconcilers
