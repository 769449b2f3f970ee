#pragma once

// How the tracker turns one observation into rows: shared by tracker*.cpp only.

#include <algorithm>
#include <string>
#include <utility>

#include "reconcilers/actor.hpp"
#include "reconcilers/tracker.hpp"

namespace snaptrail::reconcilers {

template <class T>
constexpr objects::Kind kind_for();
template <>
constexpr objects::Kind kind_for<objects::VolumeSnapshot>() {
  return objects::Kind::VolumeSnapshot;
}
template <>
constexpr objects::Kind kind_for<objects::VolumeSnapshotContent>() {
  return objects::Kind::VolumeSnapshotContent;
}
template <>
constexpr objects::Kind kind_for<objects::PersistentVolumeClaim>() {
  return objects::Kind::PersistentVolumeClaim;
}
template <>
constexpr objects::Kind kind_for<objects::PersistentVolume>() {
  return objects::Kind::PersistentVolume;
}

inline std::vector<std::string> finalizers_of(const objects::Meta& meta) {
  std::vector<std::string> names;
  for (const auto& finalizer : meta.finalizers) names.push_back(finalizer.get());
  return names;
}

inline std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    if (!text.empty()) text += ',';
    text += name;
  }
  return text;
}

/// Those of `before` that `now` no longer has, in their old order.
inline std::vector<std::string> removed_from(const std::vector<std::string>& before,
                                             const std::vector<std::string>& now) {
  std::vector<std::string> removed;
  std::ranges::copy_if(before, std::back_inserter(removed),
                       [&](const std::string& name) { return std::ranges::find(now, name) == now.end(); });
  return removed;
}

inline objects::Cause cause_by(const objects::Meta& meta, objects::Kind kind) {
  return objects::Cause{kind, meta.uid, meta.resource_version};
}

template <class T>
objects::Row Tracker::make_row(const T& object, const Relations& relations, Observed seen) const {
  objects::Row row;
  row.at = seen.at;
  row.late = seen.late;
  row.kind = kind_for<T>();
  row.ns = object.meta.ns.get();
  row.name = object.meta.name;
  row.uid = object.meta.uid;
  row.resource_version = object.meta.resource_version;
  row.chain = relations.chain;
  row.content = relations.content;
  row.claim_uid = relations.claim_uid;
  row.policy = relations.policy;
  row.driver = relations.driver;
  row.snapshot_handle = relations.snapshot_handle;
  row.volume_handle = relations.volume_handle;
  if (!relations.initiator.type.empty()) row.initiator = relations.initiator;
  return row;
}

template <class T>
objects::ObjectRecord Tracker::make_record(const T& object, const Memory& memory, const Relations& relations) const {
  objects::ObjectRecord record;
  record.kind = kind_for<T>();
  record.uid = object.meta.uid;
  record.ns = object.meta.ns.get();
  record.name = object.meta.name;
  record.state = memory.state;
  record.ready = memory.ready;
  record.resource_version = object.meta.resource_version;
  record.first_seen = memory.first_seen;
  record.since = memory.since;
  record.was_ready = memory.was_ready;
  record.policy = relations.policy;
  record.driver = relations.driver;
  record.class_name = relations.class_name;
  record.snapshot_handle = relations.snapshot_handle;
  record.handle_cleared = memory.handle_cleared;
  record.volume_handle = relations.volume_handle;
  record.content = relations.content;
  record.content_uid = relations.content_uid;
  record.claim_uid = relations.claim_uid;
  record.chain = relations.chain;
  if (!relations.initiator.type.empty()) record.initiator = relations.initiator;
  record.finalizers = joined(finalizers_of(object.meta));
  if constexpr (std::is_same_v<T, objects::VolumeSnapshot>) {
    record.error = object.error.message;
    record.pre_provisioned = !object.source_content.empty();
    record.cut = object.cut;
  } else if constexpr (std::is_same_v<T, objects::VolumeSnapshotContent>) {
    record.error = object.error.message;
    record.pre_provisioned = !object.source_snapshot_handle.empty();
    record.cut = object.cut;
    record.being_created = object.being_created;
    record.restore_size = object.restore_size;
    record.snapshot_uid = object.snapshot.uid;
  } else if constexpr (std::is_same_v<T, objects::PersistentVolumeClaim>) {
    if (memory.restore && memory.restore->error) record.error = memory.restore->error->message;
  }
  return record;
}

/// The object's own word for when it came into that state, else the stamp of who wrote it (docs/states.md, apiTime).
inline std::optional<objects::Instant> api_time_of(std::optional<objects::Instant> field, const objects::Meta& meta,
                                                   objects::State state, bool first,
                                                   const std::optional<Actor>& actor) {
  if (state == objects::State::Deleting) return meta.deleted;
  if (state == objects::State::Orphaned) return std::nullopt;
  if (field) return field;
  if (first && (state == objects::State::Pending || state == objects::State::Requested)) return meta.created;
  return actor ? std::optional<objects::Instant>(actor->time) : std::nullopt;
}

template <class T>
void Tracker::record_state(const T& object, Memory& memory, bool first, objects::State state,
                           std::optional<objects::Ready> ready, const Before& now, const Observation& observation,
                           Output& out) {
  const Relations relations = relations_.of(object);
  const bool moved = first || state != memory.state;
  const std::size_t rows_before = out.rows.size();
  const auto actor = observation.cause ? std::nullopt : actor_of(observation.previous, object.meta);

  const auto new_row = [&] {
    objects::Row row = make_row(object, relations, observation.seen);
    row.cause = observation.cause;
    return row;
  };
  if (moved) {
    objects::Row transition = new_row();
    if (!first) transition.from = memory.state;
    transition.to = state;
    if (ready) transition.ready = objects::ReadyChange{first ? objects::Ready::Nil : memory.ready, *ready};
    const bool by_event = observation.cause && observation.cause->kind == objects::Kind::Event;
    if (!observation.cause || by_event) {
      transition.api_time = api_time_of(observation.api_time, object.meta, state, first, actor);
    }
    if (actor && state != objects::State::Deleting && state != objects::State::Orphaned) {
      transition.actor = actor->manager;
    }
    transition.message = observation.message;
    out.rows.push_back(std::move(transition));
    if (!first && !is_ordinary_move(kind_for<T>(), memory.state, state)) ++surprising_moves_;
    memory.state = state;
    memory.since = observation.seen.at;
    if (ready) memory.ready = *ready;
  }
  if (!first && observation.before) {
    objects::Row row = new_row();
    if (actor) {
      row.actor = actor->manager;
      row.api_time = actor->time;
    }
    if (ready) row.ready = objects::ReadyChange{memory.ready, *ready};
    record_facts(object, memory, moved, now, observation, std::move(row), out);
  }
  if (out.rows.size() > rows_before) {
    if (ready) memory.ready = *ready;
    out.records.push_back(make_record(object, memory, relations));
  }
}

template <class T>
void Tracker::record_facts(const T&, const Memory& memory, bool moved, const Before& now,
                           const Observation& observation, objects::Row row, Output& out) {
  const Before& before = *observation.before;
  row.type = objects::RowType::Fact;
  row.from = memory.state;
  row.to = memory.state;
  const auto add = [&](objects::FactType type, std::string from, std::string to, std::string message = {}) {
    objects::Row fact = row;
    fact.fact = objects::Fact{type, std::move(from), std::move(to)};
    fact.message = std::move(message);
    out.rows.push_back(std::move(fact));
    if (row.ready) row.ready->from = row.ready->to;
  };
  if (before.policy != now.policy) {
    add(objects::FactType::DeletionPolicyChanged, std::string(to_string(before.policy)),
        std::string(to_string(now.policy)));
  }
  if (!before.handle.empty() && now.handle.empty()) add(objects::FactType::HandleCleared, before.handle, {});
  const auto removed = removed_from(before.finalizers, now.finalizers);
  if (!removed.empty()) add(objects::FactType::FinalizersRemoved, joined(removed), {});
  if (!moved && before.error != now.error) {
    add(objects::FactType::ErrorChanged, before.error, now.error, now.error);
  }
}

template <class T>
void Tracker::record_end(const T& last, std::optional<objects::Ready> ready, std::optional<objects::Outcome> outcome,
                         bool outcome_pending, Observed seen, Output& out) {
  const Relations relations = relations_.of(last);
  const auto found = memory_.find(last.meta.uid);
  objects::Row row = make_row(last, relations, seen);
  row.to = objects::State::Deleted;
  row.outcome = outcome;
  Memory memory;
  memory.first_seen = seen.at;
  if (found != memory_.end()) {
    memory = std::move(found->second);
    memory_.erase(found);
    row.from = memory.state;
  }
  if (ready) {
    row.ready = objects::ReadyChange{memory.ready, *ready};
    memory.ready = *ready;
  }
  memory.state = objects::State::Deleted;
  memory.since = seen.at;
  objects::ObjectRecord record = make_record(last, memory, relations);
  record.outcome = outcome;
  record.outcome_pending = outcome_pending;
  out.rows.push_back(std::move(row));
  out.records.push_back(std::move(record));
}

}  // namespace snaptrail::reconcilers
