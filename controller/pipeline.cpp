#include "controller/pipeline.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "controller/has_states.hpp"
#include "informers/watch_rules.hpp"

namespace snaptrail::controller {

using informers::Availability;
using informers::EventType;
using informers::Target;
using objects::Instant;
using reconcilers::Observed;
using reconcilers::Output;

namespace {

template <class T>
constexpr bool is_operation = std::is_same_v<T, objects::Backup> || std::is_same_v<T, objects::Restore>;

}  // namespace

Pipeline::Pipeline(PipelineOptions options, PipelineSink& sink)
    : options_(std::move(options)),
      sink_(sink),
      epoch_(options_.epoch),
      tracker_(stores_),
      operations_(stores_),
      diagnoser_(stores_, tracker_, points_, options_.thresholds),
      scope_(options_.scope),
      gate_(options_.targets) {
  spread_gate();
  recall_places(scope_.is_whole() ? std::vector<std::string>{""}
                                  : std::vector<std::string>(scope_.namespaces().begin(), scope_.namespaces().end()));
}

void Pipeline::list_started(const Target& target, Instant at) {
  advance(at);
  if (!scope_.follows(target)) return;
  drop_deferred(target);
  stores_.with_store(target.kind, [&](auto& store) { store.begin_relist(target.ns); });
  if (spread_of(target) == Spread::Referring) stores_.elsewhere(target.kind).list_started();
}

void Pipeline::listed(const Target& target, objects::Object object, Instant at) {
  advance(at);
  if (!takes(target, object, at, false)) return;
  if (auto* event = std::get_if<objects::Event>(&object); event && !gate_.is_open()) {
    take_early_event(std::move(*event), at);
    return;
  }
  apply(target, {EventType::Modified, std::move(object)}, Observed{at, true});
}

void Pipeline::list_finished(const Target& target, std::string_view resource_version, Instant at) {
  advance(at);
  if (!scope_.follows(target)) return;
  Output out;
  stores_.with_store(target.kind, [&](auto& store) {
    for (auto& last : store.end_relist(target.ns, resource_version)) {
      using T = std::decay_t<decltype(last)>;
      if constexpr (has_states<T>) {
        tracker_.gone(last, Observed{at, true}, out);
      } else if constexpr (std::is_same_v<T, objects::StorageClass>) {
        tracker_.storage_class_changed(last, Observed{at, true}, out);
      }
      note_gone(last, at);
    }
  });
  if (spread_of(target) == Spread::Referring) stores_.elsewhere(target.kind).list_finished();
  traffic_[target.name].last = at;
  stores_.set_synced(target.kind, true, target.ns);
  stores_.set_hidden(target.kind, false);
  stores_.set_listed(target.kind, at);
  tracker_.kind_synced(target.kind, at, out);
  operations_.settle(at);
  if (target.poll.count() == 0) note_progress(target, resource_version, at);  // a poll resumes nowhere
  emit(&target, std::move(out), at);
  if (gate_.is_open()) note_followed(target.kind, target.ns);
  gate_.note(target, Availability::Synced, {});
  note_namespaces(target, at, true);
  open_gate_if_ready(at);
}

void Pipeline::delivered(const Target& target, informers::ObjectEvent event, Instant at) {
  advance(at);
  if (!scope_.follows(target)) return;
  Traffic& traffic = traffic_[target.name];
  traffic.events[static_cast<std::size_t>(event.type)] += 1;
  traffic.last = at;
  if (!gate_.is_open()) {
    deferred_.push_back({target, std::move(event), at});
    return;
  }
  apply(target, std::move(event), Observed{at, false});
  note_namespaces(target, at, false);
}

void Pipeline::bookmark(const Target& target, std::string_view resource_version, Instant at) {
  advance(at);
  if (!scope_.follows(target)) return;
  traffic_[target.name].bookmarks += 1;
  traffic_[target.name].last = at;
  if (!gate_.is_open() || resource_version.empty()) return;
  note_progress(target, resource_version, at);
  emit(&target, {}, at);
}

void Pipeline::advance(Instant now) {
  open_gate_if_ready(now);
  write_unwritten();
  for (auto due = next_timer(); due && *due <= now; due = next_timer()) {
    const auto timer = tracker_.next_timer();
    if (const auto leaves = scope_.next(); leaves && *leaves == *due) {
      change_scope(scope_.advance(*due), *due);
    } else if (timer && *timer == *due) {
      Output out;
      tracker_.fire_timers(*due, out);
      emit(nullptr, std::move(out), *due);
    } else {
      diagnose(*due);
    }
  }
}

void Pipeline::set_thresholds(reconcilers::Thresholds thresholds, Instant at) {
  advance(at);
  options_.thresholds = std::move(thresholds);
  diagnoser_.look_at_all();
  plan_diagnosis(at);
}

void Pipeline::settle(Instant now) {
  advance(now);
  if (diagnose_at_) diagnose(now);
}

std::optional<Instant> Pipeline::next_timer() const {
  std::optional<Instant> first;
  for (const auto& due : {tracker_.next_timer(), diagnose_at_, scope_.next()}) {
    if (due && (!first || *due < *first)) first = due;
  }
  return first;
}

std::vector<reconcilers::ClaimCoverage> Pipeline::coverage(Instant now) const {
  if (!gate_.is_open()) return {};
  return reconcilers::assess({stores_, tracker_, points_, options_.rpo, now});
}

void Pipeline::for_each_coverage(Instant now, const std::function<void(reconcilers::ClaimCoverage)>& visit) const {
  if (gate_.is_open()) reconcilers::for_each_coverage({stores_, tracker_, points_, options_.rpo, now}, visit);
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
  Output out;
  open_events(at, out);
  tracker_.open(at, out, [this](Output& part) { take_opening(std::exchange(part, {})); });
  take_opening(std::move(out));
  diagnoser_.open(at, options_.first_start);
  points_.open(stores_);
  for (auto& event : std::exchange(early_trail_, {})) add_to_trail(std::move(event));
  if (unwritten_.empty()) {
    ledger::Batch batch;
    add_positions(batch);
    sink_.record(std::move(batch));
  }
  std::ranges::sort(unwritten_, std::greater());  // as the ledger's key: pages are filled one after the other
  write_unwritten();
  for (const auto& entry : gate_.entries()) {
    for (const auto& [ns, part] : entry.parts) {
      if (part.ever_synced) note_followed(entry.target.kind, ns);
    }
  }
  plan_diagnosis(at);
  sink_.gate_opened(at);
  for (auto& deferred : std::exchange(deferred_, {})) {
    apply(deferred.target, std::move(deferred.event), Observed{deferred.at, false});
    note_namespaces(deferred.target, deferred.at, false);
  }
}

void Pipeline::apply(const Target& target, informers::ObjectEvent event, Observed seen) {
  const std::string resource_version = objects::meta_of(event.object).resource_version;
  Output out;
  if (!seen.late && !takes(target, event.object, seen.at, event.type == EventType::Deleted)) {
    // Not of concern: it only says how far the stream has come.
  } else if (auto* kubernetes_event = std::get_if<objects::Event>(&event.object)) {
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
  if constexpr (requires { points_.changed(*change.object, seen.at); }) points_.changed(*change.object, seen.at);
  if constexpr (requires { operations_.changed(previous, *change.object); }) {
    operations_.changed(previous, *change.object);
  }
}

template <class T>
void Pipeline::remove(informers::Store<T>& store, T last, Observed seen, Output& out) {
  const bool known = store.remove(last.meta.uid, last.meta.resource_version).has_value();
  if constexpr (has_states<T>) {
    // The end of an object that was never seen would be a story without a beginning: a list that came later than
    // this event has told already that it is gone.
    if (known) tracker_.gone(last, seen, out);
  } else if constexpr (std::is_same_v<T, objects::StorageClass>) {
    if (known) tracker_.storage_class_changed(last, seen, out);
  }
  if (known) note_gone(last, seen.at);
}

template <class T>
void Pipeline::note_gone(const T& last, Instant at) {
  diagnoser_.gone(last);
  if constexpr (requires { points_.gone(last, at); }) points_.gone(last, at);
  if constexpr (requires { operations_.gone(last, at); }) operations_.gone(last, at);
}

void Pipeline::note_progress(const Target& target, std::string_view resource_version, Instant at) {
  if (resource_version.empty()) return;
  std::string stream = informers::stream_name(target);
  ledger::Position& position = positions_[stream];
  const std::string& last = position.resource_version;
  // A duplicate, or what was deleted while a list was streamed, tells of nothing that is not known by now.
  if (resource_version != last && !informers::may_follow(resource_version, last)) return;
  position = ledger::Position{std::move(stream), std::string(resource_version), at};
}

void Pipeline::emit(const Target* target, Output out, Instant at) {
  ledger::Batch batch = batch_of(std::move(out));
  plan_diagnosis(at);
  if (target && gate_.is_open() && unwritten_.empty()) {
    const auto position = positions_.find(informers::stream_name(*target));
    if (position != positions_.end()) batch.positions.push_back(position->second);
  }
  if (!batch.empty()) sink_.record(std::move(batch));
}

ledger::Batch Pipeline::batch_of(Output out) {
  ledger::Batch batch;
  batch.records = std::move(out.records);
  for (const auto& record : batch.records) {
    diagnoser_.recorded(record);
    points_.recorded(record);
  }
  batch.rows = news_of(std::move(out.rows));
  batch.events = std::exchange(said_, {});
  add_operations(batch);
  return batch;
}

/// Those that are told, complete. Diagnosis and coverage hear of all of them.
std::vector<objects::Row> Pipeline::news_of(std::vector<objects::Row> rows) {
  std::vector<objects::Row> news;
  for (auto& row : rows) {
    diagnoser_.recorded(row);
    if (!is_news(row)) continue;
    row.cluster = options_.cluster;
    row.epoch = epoch_;
    news.push_back(std::move(row));
  }
  return news;
}

bool Pipeline::is_news(const objects::Row& row) const {
  const bool first_sight_by_list = row.late && !row.from && row.type == objects::RowType::Transition;
  if (!first_sight_by_list || options_.rows_of_first_list) return true;
  return row.kind && followed_.contains(place_of(row));
}

}  // namespace snaptrail::controller
