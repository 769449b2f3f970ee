#include <string>

#include "reconcilers/diagnosis/examination.hpp"

/// The snapshot-controller's part in making a snapshot: binding at the begin, mirroring the content's status at the end.
namespace snaptrail::reconcilers {
namespace {

using objects::Instant;
using objects::Millis;
using objects::Ready;
using objects::VolumeSnapshot;
using objects::VolumeSnapshotContent;

/// Binding takes the snapshot-controller tens of milliseconds; from here on it is worth a word.
constexpr Millis kSlowBinding{3'000};
/// Twice the longest pause between two tries (--retry-interval-max).
constexpr Millis kLongestRetry{10 * 60'000};

/// How the snapshot-controller gets on with what it has to bind.
struct Binding {
  bool begun = false;     ///< it has set a finalizer or made the content
  bool in_burst = false;  ///< it had several to bind at once while this one waited
  bool acts = false;      ///< in a burst, and it has bound another one since this one waits, not long ago
};

Binding binding_of(Examination& exam, const VolumeSnapshot& snapshot, const VolumeSnapshotContent* content,
                   Instant since) {
  const BindingQueue& queue = exam.view.history.binding();
  Binding binding;
  binding.begun = content || !snapshot.meta.finalizers.empty();
  binding.in_burst = queue.is_in_burst(snapshot.meta.uid);
  const objects::MaybeInstant last = queue.last_bound();
  if (binding.in_burst && last && *last >= since) {
    binding.acts = !exam.passed(*last, exam.limit(Phase::Binding).after);
  }
  return binding;
}

void report_throttling(Examination& exam, const VolumeSnapshotContent* content, const Binding& binding, Instant since) {
  if (!exam.passed(since, kSlowBinding)) return;
  // Nobody looks at this one only because others have come.
  if (!binding.in_burst) exam.look_again_at(exam.view.now + kSlowBinding);
  if (!binding.in_burst || (!binding.begun && !binding.acts)) return;
  Finding& finding = exam.add(Reason::ControllerThrottled, since);
  finding.evidence.push_back(ledger_evidence("VolumeSnapshots that wait for their content now",
                                             std::to_string(exam.view.history.binding().size())));
  if (binding.begun) {
    finding.evidence.push_back(
        field_evidence(content ? "metadata.finalizers, VolumeSnapshotContent" : "metadata.finalizers", "present"));
  }
  if (binding.acts) {
    Evidence last = ledger_evidence("the snapshot-controller bound another VolumeSnapshot", "since this one waits");
    last.at = exam.view.history.binding().last_bound();
    finding.evidence.push_back(std::move(last));
  }
}

}  // namespace

void examine_controller(Examination& exam, const VolumeSnapshot& snapshot, const VolumeSnapshotContent* content,
                        Instant since) {
  const bool mirroring = !snapshot.bound_content.empty();
  if (mirroring && (!content || content->ready != Ready::True)) return;
  const Instant from = mirroring ? state_since(exam.view, content->meta, {}) : since;
  const Binding binding = mirroring ? Binding() : binding_of(exam, snapshot, content, since);
  // Where it has said what hindered it, it lives, and tries again within its backoff; where it binds others, it is busy.
  const bool lives = !mirroring && (snapshot.error.present || binding.acts);
  const Millis limit = exam.limit(mirroring ? Phase::Mirroring : Phase::Binding).after;
  if (!exam.passed(from, limit + (lives ? kLongestRetry : Millis{0}))) {
    if (!mirroring) report_throttling(exam, content, binding, since);
    return;
  }
  Finding& finding = exam.add(Reason::SnapshotControllerAbsent, from);
  finding.evidence.push_back(mirroring ? field_evidence("status.readyToUse", "not true, although the content's is")
                                       : field_evidence("status.boundVolumeSnapshotContentName", "absent"));
  if (!mirroring && !binding.begun) finding.evidence.push_back(field_evidence("metadata.finalizers", "none"));
}

}  // namespace snaptrail::reconcilers
