#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "reconcilers/diagnosis/diagnose.hpp"
#include "reconcilers/diagnosis/error_text.hpp"
#include "reconcilers/diagnosis/fix.hpp"

/// What the examinations of all kinds share. Not for use outside this folder.
namespace snaptrail::reconcilers {

/// Streams are independent: what is missing may only be late. So absences, and errors that retrying can't end, stand
/// for this long before they are told.
inline constexpr objects::Millis kGrace{5'000};
/// Errors that retrying may end, and deletions that wait for somebody.
inline constexpr objects::Millis kRetryGrace{30'000};

/// One subject under examination: collects what is found, and remembers when to look again.
class Examination {
 public:
  Examination(const DiagnosisView& all, objects::Kind kind, const objects::Meta& meta);

  const DiagnosisView& view;
  FixValues values;  ///< of the fixes; kind, ns, name are set
  std::string driver;
  std::string class_name;

  /// Whether `after` has passed since then; if not, it is to be looked at again when it has.
  bool passed(objects::Instant since, objects::Millis after);
  void look_again_at(objects::Instant at);
  /// The threshold of a phase for this subject; with what the driver took before.
  Limit limit(Phase phase) const;
  /// Another finding; valid until the next one.
  Finding& add(Reason reason, objects::Instant since);
  bool has_findings() const { return !diagnosis_.findings.empty(); }
  /// Changes what was found so far.
  template <class Change>
  void each(Change change) {
    for (Finding& finding : diagnosis_.findings) change(finding);
  }
  const Finding* first() const { return diagnosis_.findings.empty() ? nullptr : &diagnosis_.findings.front(); }

  /// Ranks the findings and fills in their fixes.
  Diagnosis finish();

 private:
  Subject subject_;
  std::string_view stuck_after_;
  Diagnosis diagnosis_;
};

/// When the state that an object is in began: as it was observed; where a list told of it, as `api` says.
objects::Instant state_since(const DiagnosisView& view, const objects::Meta& meta, objects::MaybeInstant api);

Evidence field_evidence(std::string what, std::string_view text, objects::MaybeInstant at = {});
Evidence ledger_evidence(std::string what, std::string text);

/// `VolumeSnapshotContent c1`, `VolumeSnapshot shop/s1`: for the evidence on an object that isn't the subject.
std::string label_of(std::string_view kind, const objects::Meta& meta);
ObjectName name_of(std::string_view kind, const objects::Meta& meta);
ObjectName name_of(std::string_view kind, std::string_view ns, std::string_view name);

/// The second in which the content's handle became known, by the cluster's clock (the snapshot-controller's Event), else by the backend's
/// where that isn't ahead; empty without a handle, or where neither tells.
objects::MaybeInstant cut_time(const DiagnosisView& view, const objects::VolumeSnapshotContent& content);
/// Whether an error was written before the cut that ended it: external-snapshotter takes errors back only once a snapshot is
/// ready, which may be a long upload later.
bool is_outdated(const objects::StatusError& error, objects::MaybeInstant cut);

/// A message that tells why something failed.
struct Said {
  TextVerdict verdict;
  Evidence evidence;
  objects::MaybeInstant next_try;
};

/// The most telling of what statuses and Warning events say: the first known reason, else the first unknown one.
class Listener {
 public:
  Listener(const DiagnosisView& view, Call call) : view_(view), call_(call) {}
  void status(const objects::StatusError& error, const std::string& what);
  /// The Warning events about an object that aren't older than `since`.
  void events(const objects::Uid& about, objects::MaybeInstant since);
  /// Passes over messages with that reason: they are out of date.
  void ignore(Reason reason) { ignored_.push_back(reason); }
  /// What every try so far has failed for, where nobody says it at this moment: a sidecar may clear its error while it
  /// tries again.
  void earlier_tries(const Attempt& attempt, const std::string& what);
  const Said* said() const { return said_ ? &*said_ : nullptr; }

 private:
  void take(std::string_view message, Evidence evidence, objects::MaybeInstant next_try);

  const DiagnosisView& view_;
  Call call_;
  std::vector<Reason> ignored_;
  std::optional<Said> said_;
};

/// When a sidecar tries again: its backoff doubles from 1 s to 5 min (--retry-interval-start, --retry-interval-max of
/// external-snapshotter and external-provisioner), counted by the event's repetitions. Nothing where that is over, or
/// the count unknown.
objects::MaybeInstant next_try_after(const StoredEvent& event, objects::Instant now);

/// Since when it has failed for that reason without a break, where errors were cleared or reworded meanwhile; `since`: of
/// the error that stands.
objects::Instant failing_since(const Attempt* attempt, Reason reason, objects::Instant since);

/// Reports what was said once it has stood for its grace; null until then.
Finding* report_said(Examination& exam, const Said& said, objects::Instant since);

// The parts of diagnose(), by what is examined.
void examine_creation(Examination& exam, const objects::VolumeSnapshot& snapshot);
/// `failing`: somebody said what hinders it, so the sidecar lives.
void examine_content_creation(Examination& exam, const objects::VolumeSnapshotContent& content, bool failing);
void examine_group_content(Examination& exam, const objects::VolumeGroupSnapshotContent& content);
/// `content`: the snapshot's, null if it has none; `since`: when its state began.
void examine_controller(Examination& exam, const objects::VolumeSnapshot& snapshot,
                        const objects::VolumeSnapshotContent* content, objects::Instant since);
void examine_deletion(Examination& exam, const objects::VolumeSnapshot& snapshot);
/// A member of a group that isn't made: its own findings follow from the group's.
void examine_membership(Examination& exam, const objects::VolumeSnapshot& snapshot);
void examine_backup_timeout(Examination& exam, const objects::VolumeSnapshot& snapshot);
void examine_hazards(Examination& exam, const objects::VolumeSnapshot& snapshot);
void examine_hazards(Examination& exam, const objects::PersistentVolumeClaim& claim);

/// The Backup that a snapshot belongs to, restored ones aside; none if there is none, or several may be it.
std::optional<objects::Backup> backup_of(const ClusterView& cluster, const objects::VolumeSnapshot& snapshot);
/// Velero's final phases.
bool is_over(const objects::Backup& backup);

}  // namespace snaptrail::reconcilers
