#include "serving/trail_metrics.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "reconcilers/states.hpp"

namespace snaptrail::serving {
namespace {

using objects::Kind;
using objects::State;
using reconcilers::Measure;

constexpr std::array<std::string_view, 5> kSnapshotPhases = {"bind", "create", "upload", "mirror", "delete"};
constexpr std::array<std::string_view, 2> kSnapshotOutcomes = {"ready", "failed"};
constexpr std::array<std::string_view, 3> kRestorePhases = {"wait", "provision", "bind"};
constexpr std::array<std::string_view, 2> kRestoreOutcomes = {"bound", "failed"};
constexpr std::array<objects::Outcome, 5> kDeletions = {objects::Outcome::Unknown, objects::Outcome::NeverCut,
                                                        objects::Outcome::Retained, objects::Outcome::Destroyed,
                                                        objects::Outcome::Leaked};
/// The phases in which a Velero Backup or Restore ends; any other text becomes "other".
constexpr std::array<std::string_view, 4> kRunOutcomes = {"Completed", "PartiallyFailed", "Failed", "FailedValidation"};

const std::vector<State> kSnapshotStates = {State::Pending, State::Creating, State::Uploading, State::Ready,
                                            State::Broken,  State::Error,    State::Deleting,  State::Deleted};
const std::vector<State> kContentStates = {State::Pending,  State::Creating, State::Uploading, State::Ready,
                                           State::Orphaned, State::Error,    State::Deleting,  State::Deleted};
const std::vector<State> kClaimStates = {State::Pending,
                                         State::WaitingForSnapshot,
                                         State::WaitingForConsumer,
                                         State::Requested,
                                         State::Provisioning,
                                         State::Error,
                                         State::Bound,
                                         State::Lost,
                                         State::Deleting,
                                         State::Deleted};
const std::vector<State> kVolumeStates = {State::Pending, State::Available, State::Bound,  State::Released,
                                          State::Failed,  State::Deleting,  State::Deleted};

const FamilySpec kSnapshotPhase{"snaptrail_snapshot_phase_duration_seconds",
                                "How long one phase of a snapshot took.",
                                {{"phase"}, {"driver", true}, {"volumesnapshotclass", true}}};
const FamilySpec kSnapshotReady{"snaptrail_snapshot_ready_duration_seconds",
                                "From a snapshot's creation until it was ready, or gone without ever being ready.",
                                {{"driver", true}, {"volumesnapshotclass", true}, {"outcome"}}};
const FamilySpec kRestorePhase{"snaptrail_restore_phase_duration_seconds",
                               "How long one phase of a restored claim took.",
                               {{"phase"}, {"driver", true}, {"storageclass", true}}};
const FamilySpec kRestoreReady{"snaptrail_restore_ready_duration_seconds",
                               "From a restored claim's creation until it was bound, or gone without ever being bound.",
                               {{"driver", true}, {"storageclass", true}, {"outcome"}}};
const FamilySpec kBackup{"snaptrail_backup_duration_seconds",
                         "How long a backup ran, as its own object tells.",
                         {{"initiator"}, {"schedule", true}, {"outcome"}}};
const FamilySpec kRestore{"snaptrail_restore_duration_seconds",
                          "How long a restore ran, as its own object tells.",
                          {{"initiator"}, {"schedule", true}, {"outcome"}}};
const FamilySpec kSnapshotsFinished{"snaptrail_snapshots_finished_total",
                                    "Snapshots that became ready, or went without ever being ready.",
                                    {{"driver", true}, {"volumesnapshotclass", true}, {"outcome"}}};
const FamilySpec kRestoresFinished{"snaptrail_restores_finished_total",
                                   "Restored claims that were bound, or went without ever being bound.",
                                   {{"driver", true}, {"storageclass", true}, {"outcome"}}};
const FamilySpec kSnapshotDeletions{"snaptrail_snapshot_deletions_total",
                                    "VolumeSnapshotContents that went, by what became of the backend's snapshot.",
                                    {{"driver", true}, {"outcome"}}};
const FamilySpec kTransitions{
    "snaptrail_transitions_total", "Recorded transitions; without from: first sight.", {{"kind"}, {"from"}, {"to"}}};
const FamilySpec kNegative{"snaptrail_negative_durations_total",
                           "Durations whose end was observed before their start; they count as 0.",
                           {{"metric"}}};

double seconds_of(objects::Millis length) { return std::chrono::duration<double>(length).count(); }

}  // namespace

TrailMetrics::TrailMetrics(reconcilers::ClassLookup class_of)
    : clock_(std::move(class_of)),
      snapshot_phase_(histograms(kSnapshotPhase)),
      snapshot_ready_(histograms(kSnapshotReady)),
      restore_phase_(histograms(kRestorePhase)),
      restore_ready_(histograms(kRestoreReady)),
      backup_(histograms(kBackup)),
      restore_(histograms(kRestore)),
      snapshots_finished_(counters(kSnapshotsFinished)),
      restores_finished_(counters(kRestoresFinished)),
      snapshot_deletions_(counters(kSnapshotDeletions)),
      transitions_(counters(kTransitions)),
      negative_(counters(kNegative)) {
  create_known_sets();
}

TrailMetrics::Histograms TrailMetrics::histograms(const FamilySpec& spec) {
  return {prometheus::BuildHistogram().Name(std::string(spec.name)).Help(std::string(spec.help)).Register(registry_),
          spec};
}

TrailMetrics::Counters TrailMetrics::counters(const FamilySpec& spec) {
  return {prometheus::BuildCounter().Name(std::string(spec.name)).Help(std::string(spec.help)).Register(registry_),
          spec};
}

void TrailMetrics::create_known_sets() {
  create_known_transitions();
  for (const Histograms* family :
       {&snapshot_phase_, &snapshot_ready_, &restore_phase_, &restore_ready_, &backup_, &restore_}) {
    negative_.at({family->name()});
  }
  for (const auto outcome : kRunOutcomes) {
    backup_.at({"velero", "", outcome}, duration_buckets());
    restore_.at({"velero", "", outcome}, duration_buckets());
  }
}

void TrailMetrics::create_known_transitions() {
  const std::array<std::pair<Kind, const std::vector<State>*>, 4> kinds = {
      {{Kind::VolumeSnapshot, &kSnapshotStates},
       {Kind::VolumeSnapshotContent, &kContentStates},
       {Kind::PersistentVolumeClaim, &kClaimStates},
       {Kind::PersistentVolume, &kVolumeStates}}};
  for (const auto& [kind, states] : kinds) {
    for (const State to : *states) {
      if (to != State::Deleted) transitions_.at({to_string(kind), "", to_string(to)});
      for (const State from : *states) {
        if (from == to || from == State::Deleted || !reconcilers::is_ordinary_move(kind, from, to)) continue;
        transitions_.at({to_string(kind), to_string(from), to_string(to)});
      }
    }
  }
}

void TrailMetrics::know_snapshot_class(std::string_view driver, std::string_view snapshot_class) {
  if (!known_snapshot_classes_.emplace(driver, snapshot_class).second) return;
  for (const auto phase : kSnapshotPhases) snapshot_phase_.at({phase, driver, snapshot_class}, duration_buckets());
  for (const auto outcome : kSnapshotOutcomes) {
    snapshot_ready_.at({driver, snapshot_class, outcome}, duration_buckets());
    snapshots_finished_.at({driver, snapshot_class, outcome});
  }
  for (const auto outcome : kDeletions) snapshot_deletions_.at({driver, to_string(outcome)});
}

void TrailMetrics::know_storage_class(std::string_view driver, std::string_view storage_class) {
  if (!known_storage_classes_.emplace(driver, storage_class).second) return;
  for (const auto phase : kRestorePhases) restore_phase_.at({phase, driver, storage_class}, duration_buckets());
  for (const auto outcome : kRestoreOutcomes) {
    restore_ready_.at({driver, storage_class, outcome}, duration_buckets());
    restores_finished_.at({driver, storage_class, outcome});
  }
}

void TrailMetrics::recorded(const objects::Row& row) {
  if (row.type == objects::RowType::Transition && row.kind && row.to) {
    transitions_.at({to_string(*row.kind), row.from ? to_string(*row.from) : std::string_view{}, to_string(*row.to)})
        .Increment();
  }
  const reconcilers::PhaseResults results = clock_.recorded(row);
  for (const auto& duration : results.durations) observe(duration);
  for (const auto& end : results.counts) count(end);
}

TrailMetrics::Histograms& TrailMetrics::histograms_of(Measure measure) {
  switch (measure) {
    case Measure::SnapshotPhase: return snapshot_phase_;
    case Measure::SnapshotReady: return snapshot_ready_;
    case Measure::RestorePhase: return restore_phase_;
    case Measure::RestoreReady: break;
  }
  return restore_ready_;
}

void TrailMetrics::observe(const reconcilers::PhaseDuration& duration) {
  const bool is_phase = duration.measure == Measure::SnapshotPhase || duration.measure == Measure::RestorePhase;
  Histograms& family = histograms_of(duration.measure);
  auto& histogram = is_phase ? family.at({duration.step, duration.driver, duration.class_name}, duration_buckets())
                             : family.at({duration.driver, duration.class_name, duration.step}, duration_buckets());
  histogram.Observe(seconds_of(duration.length));
  if (duration.clamped) negative_.at({family.name()}).Increment();
}

void TrailMetrics::count(const reconcilers::PhaseCount& count) {
  switch (count.end) {
    case reconcilers::PhaseEnd::SnapshotFinished:
      return snapshots_finished_.at({count.driver, count.class_name, count.outcome}).Increment();
    case reconcilers::PhaseEnd::RestoreFinished:
      return restores_finished_.at({count.driver, count.class_name, count.outcome}).Increment();
    case reconcilers::PhaseEnd::SnapshotDeleted:
      return snapshot_deletions_.at({count.driver, count.outcome}).Increment();
  }
}

void TrailMetrics::run_finished(Histograms& family, std::string_view initiator, std::string_view schedule,
                                std::string_view outcome, double seconds) {
  if (!std::isfinite(seconds)) return;
  const bool is_known = std::ranges::find(kRunOutcomes, outcome) != kRunOutcomes.end();
  family.at({initiator, schedule, is_known ? outcome : kOtherValue}, duration_buckets())
      .Observe(std::max(seconds, 0.0));
  if (seconds < 0) negative_.at({family.name()}).Increment();
}

void TrailMetrics::backup_finished(std::string_view initiator, std::string_view schedule, std::string_view outcome,
                                   double seconds) {
  run_finished(backup_, initiator, schedule, outcome, seconds);
}

void TrailMetrics::restore_finished(std::string_view initiator, std::string_view schedule, std::string_view outcome,
                                    double seconds) {
  run_finished(restore_, initiator, schedule, outcome, seconds);
}

void TrailMetrics::for_each_folded(const std::function<void(std::string_view, std::uint64_t)>& visit) const {
  for (const Histograms* family :
       {&snapshot_phase_, &snapshot_ready_, &restore_phase_, &restore_ready_, &backup_, &restore_}) {
    visit(family->name(), family->folded());
  }
  for (const Counters* family : {&snapshots_finished_, &restores_finished_, &snapshot_deletions_, &transitions_}) {
    visit(family->name(), family->folded());
  }
}

}  // namespace snaptrail::serving
