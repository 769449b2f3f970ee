// Claims and their volumes: the restore's side of the story.

#include "reconcilers/tracker_rows.hpp"

namespace snaptrail::reconcilers {

using objects::Kind;
using objects::State;

SourceCondition Tracker::source_condition(const objects::PersistentVolumeClaim& claim, objects::Uid& uid) const {
  const auto source = view_.snapshot(claim.source.ns.get(), claim.source.name);
  if (!source) {
    const bool can_tell = view_.synced(Kind::VolumeSnapshot, claim.source.ns.get());
    return can_tell ? SourceCondition::Absent : SourceCondition::Unknown;
  }
  uid = source->meta.uid;
  return source->ready == objects::Ready::True ? SourceCondition::Ready : SourceCondition::NotReady;
}

void Tracker::classify(const objects::PersistentVolumeClaim* previous, const objects::PersistentVolumeClaim& current,
                       Observed seen, std::optional<objects::Cause> cause, Output& out) {
  bool first = false;
  Observation observation{seen, previous ? &previous->meta : nullptr, {}, std::move(cause), {}, {}};
  Memory& memory = memory_of(current.meta, seen, first, observation.before);
  if (previous && !observation.before) observation.before = Before{{}, {}, finalizers_of(previous->meta), {}};
  if (observation.before) observation.before->error.clear();

  State state = State::Pending;
  if (is_restore(current)) {
    if (!memory.restore) memory.restore = std::make_unique<RestoreMemory>();
    RestoreMemory& restore = *memory.restore;
    if (auto early = errors_of_unknown_claims_.take(current.meta.uid)) {
      // Every start lists Events again: one from before the recorded state is in that already.
      if (first || !early->at || *early->at > memory.since) restore.error = std::move(early);
    }
    objects::Uid source_uid;
    const SourceCondition source = source_condition(current, source_uid);
    // What comes into sight has not changed by that.
    const bool seen_before = restore.source && *restore.source != SourceCondition::Unknown;
    const bool seen_now = source != SourceCondition::Unknown;
    if (seen_before && seen_now && (*restore.source != source || restore.source_uid != source_uid)) {
      restore.error.reset();
    }
    if (!current.volume_name.empty()) restore.error.reset();
    restore.source = source;
    restore.source_uid = source_uid;
    state =
        state_of_restore(current, source, view_.storage_class(current.storage_class.get()), restore.error.has_value());
    if (state == State::Error) {
      observation.message = restore.error->message;
      observation.api_time = restore.error->at;
    }
    if (source_uid) {
      Relations fixed;
      fixed.chain = relations_.of(current).chain;
      remember(current.meta.uid, fixed);
    }
  } else {
    errors_of_unknown_claims_.take(current.meta.uid);
    state = state_of_claim(current);
  }
  record_state(current, memory, first, state, std::nullopt, Before{{}, {}, finalizers_of(current.meta), {}},
               observation, out);
}

void Tracker::classify(const objects::PersistentVolume* previous, const objects::PersistentVolume& current,
                       Observed seen, Output& out) {
  bool first = false;
  Observation observation{seen, previous ? &previous->meta : nullptr, {}, {}, current.phase_since, {}};
  Memory& memory = memory_of(current.meta, seen, first, observation.before);
  if (previous && !observation.before) observation.before = Before{{}, {}, finalizers_of(previous->meta), {}};
  record_state(current, memory, first, state_of(current), std::nullopt, Before{{}, {}, finalizers_of(current.meta), {}},
               observation, out);
}

void Tracker::changed(const objects::PersistentVolumeClaim* previous, const objects::PersistentVolumeClaim& current,
                      Observed seen, Output& out) {
  index_.add(current);
  if (open_) classify(previous, current, seen, {}, out);
}

void Tracker::changed(const objects::PersistentVolume* previous, const objects::PersistentVolume& current,
                      Observed seen, Output& out) {
  if (open_) classify(previous, current, seen, out);
}

void Tracker::gone(const objects::PersistentVolumeClaim& last, Observed seen, Output& out) {
  index_.remove(last);
  errors_of_unknown_claims_.take(last.meta.uid);
  if (!open_) return;
  remember_for_relatives(last);
  record_end(last, std::nullopt, std::nullopt, false, seen, out);
  relation_memory_.erase(last.meta.uid);
}

void Tracker::gone(const objects::PersistentVolume& last, Observed seen, Output& out) {
  if (!open_) return;
  remember_for_relatives(last);
  record_end(last, std::nullopt, std::nullopt, false, seen, out);
  relation_memory_.erase(last.meta.uid);
}

void Tracker::remember_for_relatives(const objects::PersistentVolumeClaim& last) {
  const Relations its = relations_.of(last);
  for (const auto& uid : index_.snapshots_of_claim(last.meta.ns.get(), last.meta.name)) {
    const auto snapshot = view_.snapshot(uid);
    if (!snapshot || snapshot->meta.ns != last.meta.ns || snapshot->source_claim != last.meta.name) continue;
    if (relations_.of(*snapshot).claim_uid) continue;  // a claim of that name that went earlier was its source
    Relations kept;
    kept.claim_uid = last.meta.uid;
    if (relations_.of(*snapshot).volume_handle.empty()) kept.volume_handle = its.volume_handle;
    remember(uid, kept);
  }
  const auto volume = view_.volume(last.volume_name);
  if (!volume || volume->claim.uid != last.meta.uid) return;
  Relations kept;
  kept.initiator = its.initiator;
  if (is_restore(last)) {
    kept.chain = its.chain;
    kept.content = its.content;
    kept.content_uid = its.content_uid;
    kept.snapshot_handle = its.snapshot_handle;
  }
  remember(volume->meta.uid, kept);
}

void Tracker::remember_for_relatives(const objects::PersistentVolume& last) {
  const auto claim = last.claim.uid ? view_.claim(last.claim.uid) : nullptr;
  if (!claim) return;
  Relations kept;
  kept.driver = last.driver.get();
  kept.volume_handle = last.volume_handle;
  remember(claim->meta.uid, kept);
  for (const auto& uid : index_.snapshots_of_claim(claim->meta.ns.get(), claim->meta.name)) {
    const auto snapshot = view_.snapshot(uid);
    if (!snapshot || !relations_.of(*snapshot).volume_handle.empty()) continue;
    Relations for_snapshot;
    for_snapshot.volume_handle = last.volume_handle;
    remember(uid, for_snapshot);
  }
}

std::vector<objects::Held<objects::PersistentVolumeClaim>> Tracker::sorted_claims(
    const std::vector<objects::Uid>& uids) const {
  std::vector<objects::Held<objects::PersistentVolumeClaim>> claims;
  for (const auto& uid : uids) {
    if (auto claim = view_.claim(uid)) claims.push_back(std::move(claim));
  }
  std::ranges::sort(claims, [](const auto& a, const auto& b) {
    return std::tie(a->meta.ns.get(), a->meta.name, a->meta.uid) <
           std::tie(b->meta.ns.get(), b->meta.name, b->meta.uid);
  });
  return claims;
}

void Tracker::reclassify_restores_of(const objects::VolumeSnapshot& source, Observed seen, Output& out) {
  for (const auto& claim : sorted_claims(index_.claims_restored_from(source.meta.ns.get(), source.meta.name))) {
    if (claim->source.ns != source.meta.ns || claim->source.name != source.meta.name) continue;
    classify(claim.get(), *claim, seen, cause_by(source.meta, Kind::VolumeSnapshot), out);
  }
}

/// VolumeSnapshots can be seen that could not: claims whose source was unknown.
void Tracker::reclassify_unknown_sources(objects::Instant at, Output& out) {
  std::vector<objects::Uid> uids;
  view_.for_each_claim([&](const objects::PersistentVolumeClaim& claim) {
    const auto memory = memory_.find(claim.meta.uid);
    if (memory == memory_.end() || !memory->second.restore) return;
    objects::Uid source;
    const bool was_unknown = memory->second.restore->source == SourceCondition::Unknown;
    if (was_unknown && source_condition(claim, source) != SourceCondition::Unknown) uids.push_back(claim.meta.uid);
  });
  for (const auto& claim : sorted_claims(uids)) classify(claim.get(), *claim, Observed{at, true}, {}, out);
}

void Tracker::storage_class_changed(const objects::StorageClass& storage_class, Observed seen, Output& out) {
  if (!open_) return;
  std::vector<objects::Uid> uids;
  view_.for_each_claim([&](const objects::PersistentVolumeClaim& claim) {
    if (is_restore(claim) && claim.storage_class.get() == storage_class.meta.name) uids.push_back(claim.meta.uid);
  });
  for (const auto& claim : sorted_claims(uids)) {
    classify(claim.get(), *claim, seen, cause_by(storage_class.meta, Kind::StorageClass), out);
  }
}

void Tracker::event(const objects::Event& event, Observed seen, Output& out) {
  if (event.about_kind.get() != "PersistentVolumeClaim" || !event.about.uid) return;
  const bool failure = is_provisioning_failure(event);
  if (!failure && !is_provisioning_success(event)) return;
  const auto claim = view_.claim(event.about.uid);
  const auto memory = memory_.find(event.about.uid);
  if (!claim || memory == memory_.end()) {
    if (failure) {
      errors_of_unknown_claims_.put(event.about.uid, HeldError{event.message, event.last});
    } else {
      errors_of_unknown_claims_.take(event.about.uid);
    }
    return;
  }
  if (!memory->second.restore) return;
  RestoreMemory& restore = *memory->second.restore;
  const std::string old_text = restore.error ? restore.error->message : std::string();
  const State old_state = memory->second.state;
  if (!failure) {
    restore.error.reset();
  } else if (!restore.error || restore.error->message != event.message) {
    restore.error = HeldError{event.message, event.last};
  } else {
    return;
  }
  const auto cause = cause_by(event.meta, Kind::Event);
  classify(claim.get(), *claim, seen, cause, out);
  const bool stayed = old_state == State::Error && memory->second.state == State::Error;
  if (!stayed || old_text == event.message) return;
  const Relations relations = relations_.of(*claim);
  objects::Row row = make_row(*claim, relations, seen);
  row.type = objects::RowType::Fact;
  row.from = row.to = State::Error;
  row.cause = cause;
  row.message = event.message;
  row.fact = objects::Fact{objects::FactType::ErrorChanged, old_text, event.message};
  out.rows.push_back(std::move(row));
  out.records.push_back(make_record(*claim, memory->second, relations));
}

}  // namespace snaptrail::reconcilers
