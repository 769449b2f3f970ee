#include "controller/pipeline.hpp"

#include <algorithm>
#include <utility>

#include "informers/resource_version.hpp"
#include "reconcilers/states.hpp"

namespace snaptrail::controller {

using informers::Availability;
using informers::EventType;
using informers::Target;
using objects::Instant;
using objects::Kind;
using reconcilers::Observed;
using reconcilers::Output;

namespace {

/// Every stream notices by itself that history went back; within this time it is the same rewind.
constexpr objects::Millis kOneRewind{10 * 60'000};

template <class T>
constexpr bool has_states =
    std::is_same_v<T, objects::VolumeSnapshot> || std::is_same_v<T, objects::VolumeSnapshotContent> ||
    std::is_same_v<T, objects::PersistentVolumeClaim> || std::is_same_v<T, objects::PersistentVolume>;

template <class T>
constexpr bool is_operation = std::is_same_v<T, objects::Backup> || std::is_same_v<T, objects::Restore>;

bool concerns_a_claim(const objects::Event& event) {
  return event.about_kind.get() == "PersistentVolumeClaim" &&
         (reconcilers::is_provisioning_failure(event) || reconcilers::is_provisioning_success(event));
}

/// Velero's final phases (api/v1 BackupPhase, RestorePhase).
bool is_final(std::string_view phase) {
  return phase == "Completed" || phase == "PartiallyFailed" || phase == "Failed" || phase == "FailedValidation";
}

}  // namespace

Pipeline::Pipeline(PipelineOptions options, PipelineSink& sink)
    : options_(std::move(options)),
      sink_(sink),
      epoch_(options_.epoch),
      tracker_(stores_),
      diagnoser_(stores_, tracker_, options_.thresholds),
      gate_(options_.targets) {
  for (const Target& target : options_.targets) {
    if (options_.followed_before.contains(target.name)) followed_.insert(target.kind);
  }
}

void Pipeline::list_started(const Target& target, Instant at) {
  advance(at);
  stores_.with_store(target.kind, [](auto& store) { store.begin_relist(); });
}

void Pipeline::listed(const Target& target, objects::Object object, Instant at) {
  advance(at);
  if (auto* event = std::get_if<objects::Event>(&object); event && !gate_.is_open()) {
    diagnoser_.event(*event);
    if (concerns_a_claim(*event)) early_events_.push_back(std::move(*event));
    return;
  }
  apply(target, {EventType::Modified, std::move(object)}, Observed{at, true});
}

void Pipeline::list_finished(const Target& target, std::string_view resource_version, Instant at) {
  advance(at);
  Output out;
  stores_.with_store(target.kind, [&](auto& store) {
    for (auto& last : store.end_relist()) {
      using T = std::decay_t<decltype(last)>;
      if constexpr (has_states<T>) {
        tracker_.gone(last, Observed{at, true}, out);
      } else if constexpr (std::is_same_v<T, objects::StorageClass>) {
        tracker_.storage_class_changed(last, Observed{at, true}, out);
      }
      diagnoser_.gone(last);
    }
  });
  traffic_[target.name].lists += 1;
  traffic_[target.name].last = at;
  stores_.set_synced(target.kind, true);
  stores_.set_listed(target.kind, at);
  tracker_.kind_synced(target.kind, at, out);
  if (target.poll.count() == 0) note_progress(target, resource_version, at);  // a poll resumes nowhere
  emit(&target, std::move(out), at);
  if (gate_.is_open()) followed_.insert(target.kind);
  gate_.note(target, Availability::Synced, {});
  open_gate_if_ready(at);
}

void Pipeline::delivered(const Target& target, informers::ObjectEvent event, Instant at) {
  advance(at);
  Traffic& traffic = traffic_[target.name];
  traffic.events[static_cast<std::size_t>(event.type)] += 1;
  traffic.last = at;
  if (!gate_.is_open()) {
    deferred_.push_back({target, std::move(event), at});
    return;
  }
  apply(target, std::move(event), Observed{at, false});
}

void Pipeline::bookmark(const Target& target, std::string_view resource_version, Instant at) {
  advance(at);
  traffic_[target.name].bookmarks += 1;
  traffic_[target.name].last = at;
  if (!gate_.is_open() || resource_version.empty()) return;
  note_progress(target, resource_version, at);
  emit(&target, {}, at);
}

void Pipeline::gap(const Target& target, objects::Gap gap, Instant at) {
  advance(at);
  ledger::Batch batch;
  if (gap.cause == objects::GapCause::Rewound) {
    const bool same_rewind = rewound_at_ && at - *rewound_at_ < kOneRewind;
    if (!same_rewind) batch.epoch = ++epoch_;
    rewound_at_ = at;
    positions_.erase(target.name);
    stores_.with_store(target.kind, [](auto& store) { store.begin_history(); });
  }
  objects::Row row;
  row.cluster = options_.cluster;
  row.epoch = epoch_;
  row.type = objects::RowType::Gap;
  row.at = at;
  row.gap = std::move(gap);
  batch.rows.push_back(std::move(row));
  sink_.record(std::move(batch));
}

void Pipeline::availability(const Target& target, Availability availability, std::string_view why, Instant at) {
  advance(at);
  const bool unseen = availability == Availability::Absent || availability == Availability::Forbidden ||
                      availability == Availability::Failing;
  if (unseen) stores_.set_synced(target.kind, false);
  diagnoser_.look_at_all();
  plan_diagnosis(at);
  gate_.note(target, availability, why);
  sink_.availability_changed(target, availability, why);
  open_gate_if_ready(at);
}

void Pipeline::advance(Instant now) {
  open_gate_if_ready(now);
  for (auto due = next_timer(); due && *due <= now; due = next_timer()) {
    const auto timer = tracker_.next_timer();
    if (timer && *timer == *due) {
      Output out;
      tracker_.fire_timers(*due, out);
      emit(nullptr, std::move(out), *due);
    } else {
      diagnose(*due);
    }
  }
}

void Pipeline::settle(Instant now) {
  advance(now);
  if (diagnose_at_) diagnose(now);
}

std::optional<Instant> Pipeline::next_timer() const {
  const auto timer = tracker_.next_timer();
  if (!timer || !diagnose_at_) return timer ? timer : diagnose_at_;
  return std::min(*timer, *diagnose_at_);
}

void Pipeline::diagnose(Instant now) {
  diagnose_at_.reset();
  Output out;
  diagnoser_.evaluate(now, out.rows);
  emit(nullptr, std::move(out), now);
}

/// What is due already waits for company; what time alone may change is looked at when it may.
void Pipeline::plan_diagnosis(Instant now) {
  const auto next = diagnoser_.next();
  if (!next) return;
  const Instant due = std::max(*next, now + kDwell);
  if (!diagnose_at_ || due < *diagnose_at_) diagnose_at_ = due;
}

void Pipeline::open_gate_if_ready(Instant at) {
  if (gate_.is_open() || !gate_.open(at)) return;
  std::ranges::stable_sort(early_events_, [](const objects::Event& a, const objects::Event& b) {
    const std::optional<Instant> last_a = a.last, last_b = b.last;
    if (last_a != last_b) return last_a < last_b;
    return informers::compare_resource_versions(a.meta.resource_version, b.meta.resource_version) < 0;
  });
  Output out;
  for (const auto& event : early_events_) tracker_.event(event, Observed{at, true}, out);
  early_events_.clear();
  early_events_.shrink_to_fit();
  tracker_.open(at, out);
  diagnoser_.open(at, options_.first_start);
  ledger::Batch batch = batch_of(std::move(out));
  for (const auto& [name, position] : positions_) batch.positions.push_back(position);
  sink_.record(std::move(batch));
  for (const auto& entry : gate_.entries()) {
    if (entry.ever_synced) followed_.insert(entry.target.kind);
  }
  plan_diagnosis(at);
  sink_.gate_opened(at);
  for (auto& deferred : std::exchange(deferred_, {})) {
    apply(deferred.target, std::move(deferred.event), Observed{deferred.at, false});
  }
}

void Pipeline::apply(const Target& target, informers::ObjectEvent event, Observed seen) {
  const std::string resource_version = objects::meta_of(event.object).resource_version;
  Output out;
  if (auto* kubernetes_event = std::get_if<objects::Event>(&event.object)) {
    if (event.type != EventType::Deleted) take_event(target, std::move(*kubernetes_event), seen, out);
  } else {
    stores_.with_store(target.kind, [&](auto& store) {
      using T = std::decay_t<decltype(*store.find(objects::Uid()))>;
      auto* object = std::get_if<T>(&event.object);
      if (!object) return;
      if (event.type == EventType::Deleted) {
        remove(store, std::move(*object), seen, out);
      } else {
        upsert(store, std::move(*object), seen, out);
      }
    });
  }
  // A list is in key order: only its end says how far it has come.
  if (!seen.late) note_progress(target, resource_version, seen.at);
  emit(&target, std::move(out), seen.at);
}

template <class T>
void Pipeline::upsert(informers::Store<T>& store, T object, Observed seen, Output& out) {
  const auto change = store.upsert(std::move(object));
  if (change.kind == informers::ChangeKind::Unchanged) return;
  const T* previous = change.previous ? &*change.previous : nullptr;
  if constexpr (has_states<T>) {
    tracker_.changed(previous, *change.object, seen, out);
  } else if constexpr (std::is_same_v<T, objects::StorageClass>) {
    tracker_.storage_class_changed(*change.object, seen, out);
  } else if constexpr (is_operation<T>) {
    note_operation(previous, *change.object, seen.late);
  }
  diagnoser_.changed(*change.object);
}

template <class T>
void Pipeline::remove(informers::Store<T>& store, T last, Observed seen, Output& out) {
  const bool known = store.remove(last.meta.uid).has_value();
  if constexpr (has_states<T>) {
    // The end of an object that was never seen would be a story without a beginning: a list that came later than
    // this event has told already that it is gone.
    if (known) tracker_.gone(last, seen, out);
  } else if constexpr (std::is_same_v<T, objects::StorageClass>) {
    if (known) tracker_.storage_class_changed(last, seen, out);
  }
  if (known) diagnoser_.gone(last);
}

void Pipeline::take_event(const Target& target, objects::Event event, Observed seen, Output& out) {
  diagnoser_.event(event);
  if (!concerns_a_claim(event)) return;
  const auto position = positions_.find(target.name);
  const bool is_old =
      seen.late && position != positions_.end() &&
      informers::compare_resource_versions(event.meta.resource_version, position->second.resource_version) <= 0;
  if (!is_old) tracker_.event(event, seen, out);
}

void Pipeline::note_operation(const objects::Backup* previous, const objects::Backup& current, bool late) {
  const bool finished = previous && !is_final(previous->phase.get()) && is_final(current.phase.get());
  if (!finished || late || !current.started || !current.completed) return;
  sink_.operation_finished({Kind::Backup, current.meta.name, current.meta.velero.schedule.get(), current.phase.get(),
                            *current.completed - *current.started});
}

void Pipeline::note_operation(const objects::Restore* previous, const objects::Restore& current, bool late) {
  const bool finished = previous && !is_final(previous->phase.get()) && is_final(current.phase.get());
  if (!finished || late || !current.started || !current.completed) return;
  sink_.operation_finished({Kind::Restore, current.meta.name, current.meta.velero.schedule.get(), current.phase.get(),
                            *current.completed - *current.started});
}

void Pipeline::note_progress(const Target& target, std::string_view resource_version, Instant at) {
  if (resource_version.empty()) return;
  positions_[target.name] = ledger::Position{target.name, std::string(resource_version), at};
}

void Pipeline::emit(const Target* target, Output out, Instant at) {
  ledger::Batch batch = batch_of(std::move(out));
  plan_diagnosis(at);
  if (target && gate_.is_open()) {
    const auto position = positions_.find(target->name);
    if (position != positions_.end()) batch.positions.push_back(position->second);
  }
  if (!batch.empty()) sink_.record(std::move(batch));
}

ledger::Batch Pipeline::batch_of(Output out) {
  ledger::Batch batch;
  batch.records = std::move(out.records);
  for (const auto& record : batch.records) diagnoser_.recorded(record);
  for (auto& row : out.rows) {
    diagnoser_.recorded(row);
    if (!is_news(row)) continue;
    row.cluster = options_.cluster;
    row.epoch = epoch_;
    batch.rows.push_back(std::move(row));
  }
  return batch;
}

bool Pipeline::is_news(const objects::Row& row) const {
  const bool first_sight_by_list = row.late && !row.from && row.type == objects::RowType::Transition;
  if (!first_sight_by_list || options_.rows_of_first_list) return true;
  return row.kind && followed_.contains(*row.kind);
}

}  // namespace snaptrail::controller
