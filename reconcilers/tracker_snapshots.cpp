// VolumeSnapshots and their contents: states, facts, outcomes, orphans.

#include "reconcilers/tracker_rows.hpp"

namespace snaptrail::reconcilers {

using objects::Kind;
using objects::Outcome;
using objects::State;

void Tracker::classify(const objects::VolumeSnapshot* previous, const objects::VolumeSnapshot& current, Observed seen,
                       Output& out) {
  bool first = false;
  Observation observation{seen, previous ? &previous->meta : nullptr, {}, {}, {}, {}};
  Memory& memory = memory_of(current.meta, seen, first, observation.before);
  if (first && counts_as_broken_at_first_sight(current)) memory.was_ready = true;
  if (current.ready == objects::Ready::True) memory.was_ready = true;
  const State state = state_of(current, memory.was_ready);

  const auto facts_of = [](const objects::VolumeSnapshot& snapshot) {
    return Before{{}, {}, finalizers_of(snapshot.meta), snapshot.error.message};
  };
  if (previous && !observation.before) observation.before = facts_of(*previous);
  if (state == State::Error || state == State::Broken) {
    observation.message = current.error.message;
    observation.api_time = current.error.time;
  } else if (state == State::Uploading) {
    observation.api_time = current.cut;
  }
  record_state(current, memory, first, state, current.ready, facts_of(current), observation, out);
}

void Tracker::classify(const objects::VolumeSnapshotContent* previous, const objects::VolumeSnapshotContent& current,
                       Observed seen, std::optional<objects::Cause> cause, Output& out) {
  bool first = false;
  Observation observation{seen, previous ? &previous->meta : nullptr, {}, std::move(cause), {}, {}};
  Memory& memory = memory_of(current.meta, seen, first, observation.before);
  if (current.ready == objects::Ready::True) memory.was_ready = true;
  std::string old_handle;
  if (previous) {
    old_handle = previous->snapshot_handle;
  } else if (observation.before) {
    old_handle = observation.before->handle;
  }
  if (!old_handle.empty() && current.snapshot_handle.empty()) {
    memory.handle_cleared = true;
    Relations kept;
    kept.snapshot_handle = std::move(old_handle);
    remember(current.meta.uid, kept);
  } else if (!current.snapshot_handle.empty()) {
    memory.handle_cleared = false;
  }
  const bool refers_anew = !current.snapshot.uid || (previous && previous->snapshot.uid != current.snapshot.uid);
  if (memory.orphaned && (refers_anew || view_.snapshot(current.snapshot.uid))) memory.orphaned = false;
  const State state = state_of(current, memory.orphaned);

  const auto facts_of = [](const objects::VolumeSnapshotContent& content) {
    return Before{content.policy, content.snapshot_handle, finalizers_of(content.meta), content.error.message};
  };
  if (previous && !observation.before) observation.before = facts_of(*previous);
  if (state == State::Error) {
    observation.message = current.error.message;
    observation.api_time = current.error.time;
  } else if (state == State::Uploading) {
    observation.api_time = current.cut;
  }
  record_state(current, memory, first, state, current.ready, facts_of(current), observation, out);
}

void Tracker::changed(const objects::VolumeSnapshot* previous, const objects::VolumeSnapshot& current, Observed seen,
                      Output& out) {
  index_.add(current);
  for (const auto& content : index_.contents_of(current.meta.uid)) orphans_.cancel(content);
  if (!open_) return;
  classify(previous, current, seen, out);
  reclassify_restores_of(current, seen, out);
}

void Tracker::changed(const objects::VolumeSnapshotContent* previous, const objects::VolumeSnapshotContent& current,
                      Observed seen, Output& out) {
  if (previous && previous->snapshot.uid != current.snapshot.uid) {
    index_.remove(*previous);
    orphans_.cancel(current.meta.uid);  // of the one it referred to
  }
  index_.add(current);
  if (!open_) return;
  classify(previous, current, seen, {}, out);
  watch_for_orphan(current, seen, {});
}

void Tracker::gone(const objects::VolumeSnapshot& last, Observed seen, Output& out) {
  index_.remove(last);
  if (!open_) return;
  const auto outcome = outcome_at_end(last, seen.late);
  const auto content = relations_.content_of(last);
  remember_for_relatives(last);
  record_end(last, last.ready, outcome, !outcome, seen, out);
  if (!outcome && content) {
    objects::Row row = out.rows.back();
    row.type = objects::RowType::Outcome;
    row.from = State::Deleted;
    pending_outcomes_[content->meta.uid].push_back({std::move(row), out.records.back()});
  }
  relation_memory_.erase(last.meta.uid);
  content_outcomes_.erase(last.meta.uid);
  reclassify_restores_of(last, seen, out);
  for (const auto& uid : index_.contents_of(last.meta.uid)) {
    if (const auto orphan = view_.content(uid)) watch_for_orphan(*orphan, seen, last.meta.resource_version);
  }
}

void Tracker::gone(const objects::VolumeSnapshotContent& last, Observed seen, Output& out) {
  index_.remove(last);
  orphans_.cancel(last.meta.uid);
  if (!open_) return;
  const Outcome outcome = outcome_at_end(last, seen.late);
  remember_for_snapshots(last, outcome);
  record_end(last, last.ready, outcome, false, seen, out);
  settle_outcomes(last, outcome, seen, out);
  relation_memory_.erase(last.meta.uid);
}

Outcome Tracker::outcome_at_end(const objects::VolumeSnapshotContent& last, bool late) const {
  const auto remembered = relation_memory_.find(last.meta.uid);
  const bool had_handle = !last.snapshot_handle.empty() || !last.source_snapshot_handle.empty() ||
                          (remembered != relation_memory_.end() && !remembered->second.snapshot_handle.empty());
  const auto memory = memory_.find(last.meta.uid);
  const bool cleared = last.snapshot_handle.empty() && memory != memory_.end() && memory->second.handle_cleared;
  if (late || (last.being_created && !had_handle)) return Outcome::Unknown;
  if (!had_handle) return Outcome::NeverCut;
  if (last.policy == objects::DeletionPolicy::Retain) return Outcome::Retained;
  if (last.policy != objects::DeletionPolicy::Delete) return Outcome::Unknown;
  if (cleared) return Outcome::Destroyed;
  return last.snapshot_handle.empty() ? Outcome::Unknown : Outcome::Leaked;
}

std::optional<Outcome> Tracker::outcome_at_end(const objects::VolumeSnapshot& last, bool late) const {
  if (late) return Outcome::Unknown;
  if (const auto content = relations_.content_of(last)) {
    const Relations its = relations_.of(*content);
    const bool retained = content->policy == objects::DeletionPolicy::Retain && !its.snapshot_handle.empty();
    return retained ? std::optional(Outcome::Retained) : std::nullopt;
  }
  const auto found = content_outcomes_.find(last.meta.uid);
  if (found != content_outcomes_.end()) return found->second;
  // Bound to a content that we never saw: nothing proves what became of it.
  return last.bound_content.empty() ? Outcome::NeverCut : Outcome::Unknown;
}

void Tracker::settle_outcomes(const objects::VolumeSnapshotContent& content, Outcome outcome, Observed seen,
                              Output& out) {
  auto found = pending_outcomes_.extract(content.meta.uid);
  if (!found) return;
  const Relations its = relations_.of(content);
  for (auto& pending : found.mapped()) {
    pending.row.at = seen.at;
    pending.row.late = seen.late;
    pending.row.api_time.reset();
    pending.row.outcome = outcome;
    pending.row.ready = objects::ReadyChange{pending.record.ready, pending.record.ready};
    pending.row.policy = its.policy;
    if (!its.snapshot_handle.empty()) pending.row.snapshot_handle = its.snapshot_handle;
    pending.row.cause = cause_by(content.meta, Kind::VolumeSnapshotContent);
    pending.record.outcome = outcome;
    pending.record.outcome_pending = false;
    pending.record.policy = its.policy;
    pending.record.snapshot_handle = pending.row.snapshot_handle;
    out.rows.push_back(std::move(pending.row));
    out.records.push_back(std::move(pending.record));
  }
}

void Tracker::watch_for_orphan(const objects::VolumeSnapshotContent& content, Observed seen, std::string snapshot_rv) {
  const bool can_tell = view_.synced(Kind::VolumeSnapshot, content.snapshot.ns.get());
  if (!content.snapshot.uid || !can_tell || is_velero_temporary(content)) return;
  if (view_.snapshot(content.snapshot.uid)) return;
  const auto memory = memory_.find(content.meta.uid);
  if (memory != memory_.end() && memory->second.orphaned) return;
  orphans_.start(
      {content.meta.uid, content.meta.name, content.snapshot.uid, std::move(snapshot_rv), seen.at, seen.late});
}

void Tracker::fire_timers(objects::Instant now, Output& out) {
  while (const auto due = orphans_.pop(now)) {
    const auto content = view_.content(due->content);
    const auto memory = memory_.find(due->content);
    if (!content || memory == memory_.end() || view_.snapshot(due->snapshot)) continue;
    memory->second.orphaned = true;
    classify(content.get(), *content, Observed{due->since, due->late},
             objects::Cause{Kind::VolumeSnapshot, due->snapshot, due->snapshot_resource_version}, out);
  }
}

void Tracker::remember_for_snapshots(const objects::VolumeSnapshotContent& last, Outcome outcome) {
  const auto snapshot = relations_.snapshot_of(last);
  if (!snapshot || relations_.content_name_of(*snapshot) != last.meta.name) {
    const bool found_by_reference = snapshot && snapshot->bound_content.empty() && snapshot->source_content.empty();
    if (!found_by_reference) return;
  }
  const Relations its = relations_.of(last);
  Relations kept;
  kept.content = its.content;
  kept.content_uid = its.content_uid;
  kept.policy = its.policy;
  kept.driver = its.driver;
  kept.class_name = its.class_name;
  kept.snapshot_handle = its.snapshot_handle;
  kept.volume_handle = its.volume_handle;
  remember(snapshot->meta.uid, kept);
  content_outcomes_[snapshot->meta.uid] = outcome;
}

void Tracker::remember_for_relatives(const objects::VolumeSnapshot& last) {
  const Relations its = relations_.of(last);
  Relations for_content;
  for_content.claim_uid = its.claim_uid;
  for_content.initiator = its.initiator;
  if (const auto content = relations_.content_of(last)) remember(content->meta.uid, for_content);
  Relations for_claims;
  for_claims.content = its.content;
  for_claims.content_uid = its.content_uid;
  for_claims.policy = its.policy;
  for_claims.snapshot_handle = its.snapshot_handle;
  for (const auto& claim : sorted_claims(index_.claims_restored_from(last.meta.ns.get(), last.meta.name))) {
    if (claim->source.ns == last.meta.ns && claim->source.name == last.meta.name) {
      remember(claim->meta.uid, for_claims);
    }
  }
}

void Tracker::remember(const objects::Uid& who, const Relations& what) {
  Relations merged = what;
  merged.fill_from(relation_memory_[who]);
  relation_memory_[who] = std::move(merged);
}

}  // namespace snaptrail::reconcilers
