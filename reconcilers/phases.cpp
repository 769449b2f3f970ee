#include "reconcilers/phases.hpp"

#include <algorithm>

namespace snaptrail::reconcilers {
namespace {

using objects::Kind;
using objects::Row;
using objects::RowType;
using objects::State;

/// How long one half of a chain waits for the other half's rows. Streams are independent, but seconds apart at most;
/// a half that has not come by then was over before we began to look.
constexpr std::chrono::minutes kGrace{5};

bool is_transition(const Row& row) { return row.type == RowType::Transition && row.to.has_value(); }

/// Whether a snapshot or content in this state has something before it that is measured.
bool is_under_way(State state) {
  return state == State::Pending || state == State::Creating || state == State::Uploading || state == State::Error ||
         state == State::Deleting;
}

/// VolumeSnapshots that were Ready once are Ready, Broken or on their way out ever after.
bool was_never_ready(std::optional<State> state) { return state && is_under_way(*state) && *state != State::Deleting; }

bool is_waiting(State state) { return state == State::WaitingForSnapshot || state == State::WaitingForConsumer; }

bool is_before_bound(std::optional<State> state) {
  return state && (is_waiting(*state) || state == State::Requested || state == State::Provisioning ||
                   state == State::Error || state == State::Pending);
}

/// A list that finds an object for the first time tells nothing about when it got there.
bool is_found_by_list(const Row& row) { return !row.from && row.late; }

}  // namespace

PhaseResults PhaseClock::recorded(const Row& row) {
  results_ = {};
  ++ordinal_;
  if (row.epoch != epoch_) {
    // History went back: what the old one began will not be ended by the new one.
    snapshots_.clear(), restores_.clear(), expiries_.clear();
    epoch_ = row.epoch;
  }
  expire(row.at);
  if (!row.kind || (row.type != RowType::Transition && row.type != RowType::Fact)) return {};
  if (row.kind == Kind::VolumeSnapshot || row.kind == Kind::VolumeSnapshotContent) take_snapshot_row(row);
  if (row.kind == Kind::PersistentVolumeClaim && !row.chain.empty()) take_claim_row(row);
  if (row.kind == Kind::PersistentVolume && row.claim_uid) take_volume_row(row);
  return std::exchange(results_, {});
}

void PhaseClock::take_snapshot_row(const Row& row) {
  const std::string key = row.chain.empty() ? row.uid.str() : row.chain;
  auto found = snapshots_.find(key);
  SnapshotStory unremembered;
  if (found == snapshots_.end() && is_transition(row) && (is_under_way(*row.to) || (!row.from && !row.late))) {
    found = snapshots_.try_emplace(key).first;
  }
  SnapshotStory& story = found == snapshots_.end() ? unremembered : found->second;
  if (row.late) story.spoiled_until = ordinal_;
  if (row.kind == Kind::VolumeSnapshot) {
    snapshot_row(row, story);
  } else {
    content_row(row, story);
  }
  joint_phases(story);
  if (found == snapshots_.end()) return;

  const bool snapshot_over = story.snapshot_gone || (story.snapshot_ready.noted() && !story.snapshot_deleting);
  const bool content_over = story.content_gone || (story.content_ready.noted() && !story.content_is_deleting);
  if (snapshot_over && content_over) {
    snapshots_.erase(found);
  } else if ((snapshot_over && !story.content) || (content_over && !story.snapshot)) {
    story.expires = row.at + kGrace;
    expiries_.emplace_back(*story.expires, key);
  } else {
    story.expires.reset();
  }
}

void PhaseClock::snapshot_row(const Row& row, SnapshotStory& story) {
  if (story.snapshot != row.uid) {
    // The same pre-provisioned pair made again has the same chain; only the UID tells the difference.
    story.snapshot = row.uid;
    story.snapshot_seen = story.snapshot_ready = {};
    story.never_ready = story.snapshot_deleting = story.snapshot_gone = story.bind_done = story.mirror_done = false;
  }
  describe(row, story);
  if (!is_transition(row)) return;
  story.imported = !row.chain.empty() && row.chain != row.uid.str();
  note(story.snapshot_seen, row, !row.from);
  if (*row.to == State::Ready && !story.snapshot_ready.noted()) {
    note(story.snapshot_ready, row, row.from != State::Broken);
    if (row.from == State::Broken || is_found_by_list(row)) return;
    count(PhaseEnd::SnapshotFinished, "ready", story);
    // One that was ready when it was first seen took a time that we don't know, not none.
    if (!story.imported && row.from)
      measure(Measure::SnapshotReady, "ready", story.snapshot_seen, story.snapshot_ready, story);
  } else if (*row.to == State::Deleting) {
    story.snapshot_deleting = true;
    story.never_ready = was_never_ready(row.from);
  } else if (*row.to == State::Deleted) {
    snapshot_gone(row, story);
  }
}

void PhaseClock::snapshot_gone(const Row& row, SnapshotStory& story) {
  story.snapshot_gone = true;
  if (!was_never_ready(row.from) && !(row.from == State::Deleting && story.never_ready)) return;
  count(PhaseEnd::SnapshotFinished, "failed", story);
  Mark end;
  note(end, row, true);
  if (!story.imported) measure(Measure::SnapshotReady, "failed", story.snapshot_seen, end, story);
}

void PhaseClock::content_row(const Row& row, SnapshotStory& story) {
  const bool first = story.content != row.uid;
  if (first) {
    story.content = row.uid;
    story.content_seen = story.handle_known = story.content_ready = story.content_deleting = {};
    story.content_is_deleting = story.content_gone = story.bind_done = story.mirror_done = false;
  }
  describe(row, story);
  if (is_transition(row)) note(story.content_seen, row, !row.from);
  note_handle(row, story, first);
  if (!is_transition(row)) return;
  if (*row.to == State::Ready && !story.content_ready.noted()) {
    note(story.content_ready, row, true);
    measure(Measure::SnapshotPhase, "upload", story.handle_known, story.content_ready, story);
  } else if (*row.to == State::Deleting) {
    story.content_is_deleting = true;
    note(story.content_deleting, row, true);
  } else if (*row.to == State::Deleted) {
    story.content_gone = true;
    Mark end;
    note(end, row, true);
    measure(Measure::SnapshotPhase, "delete", story.content_deleting, end, story);
    if (row.outcome) count(PhaseEnd::SnapshotDeleted, objects::to_string(*row.outcome), story);
  }
}

void PhaseClock::note_handle(const Row& row, SnapshotStory& story, bool first) {
  if (row.snapshot_handle.empty() || story.handle_known.noted()) return;
  // A handle that was there when the content was first seen was cut before, or elsewhere: it has no instant here.
  note(story.handle_known, row, !first);
  measure(Measure::SnapshotPhase, "create", story.content_seen, story.handle_known, story);
}

/// Phases between rows of two objects, whose streams may deliver them in either order.
void PhaseClock::joint_phases(SnapshotStory& story) {
  if (!story.bind_done && story.snapshot_seen.noted() && story.content_seen.noted()) {
    story.bind_done = true;
    if (!story.imported) {
      measure(Measure::SnapshotPhase, "bind", story.snapshot_seen, story.content_seen, story);
    }
  }
  if (!story.mirror_done && story.content_ready.noted() && story.snapshot_ready.noted()) {
    story.mirror_done = true;
    if (!story.imported) {
      measure(Measure::SnapshotPhase, "mirror", story.content_ready, story.snapshot_ready, story);
    }
  }
}

void PhaseClock::take_claim_row(const Row& row) {
  auto found = restores_.find(row.uid);
  RestoreStory unremembered;
  if (found == restores_.end() && is_transition(row) &&
      (is_before_bound(row.to) || *row.to == State::Deleting || (!row.from && !row.late))) {
    found = restores_.try_emplace(row.uid).first;
  }
  RestoreStory& story = found == restores_.end() ? unremembered : found->second;
  if (row.late) story.spoiled_until = ordinal_;
  describe(row, story);
  if (is_transition(row)) claim_row(row, story);
  if (found == restores_.end()) return;
  if (row.to == State::Deleted || (story.bound.noted() && story.volume_seen.noted() && !story.deleting)) {
    restores_.erase(found);
  } else if (story.bound.noted() && !story.deleting) {
    story.expires = row.at + kGrace;
    expiries_.emplace_back(*story.expires, row.uid.str());
  }
}

void PhaseClock::claim_row(const Row& row, RestoreStory& story) {
  note(story.seen, row, !row.from);
  const State to = *row.to;
  const bool is_past_waiting = to == State::Bound || (is_before_bound(to) && !is_waiting(to));
  if (is_past_waiting && !story.past_waiting.noted()) {
    // Only a claim that was seen waiting, or is new, passes on here; others did so before we looked, and one
    // that is bound at once passed on at a moment that nobody saw.
    note(story.past_waiting, row, to != State::Bound && (!row.from || is_waiting(*row.from)));
    measure(Measure::RestorePhase, "wait", story.seen, story.past_waiting, story);
  }
  if (to == State::Bound && !story.bound.noted()) {
    claim_bound(row, story);
  } else if (to == State::Deleting) {
    story.deleting = true;
    story.never_bound = is_before_bound(row.from);
  } else if (to == State::Deleted &&
             (is_before_bound(row.from) || (row.from == State::Deleting && story.never_bound))) {
    count(PhaseEnd::RestoreFinished, "failed", story);
    Mark end;
    note(end, row, true);
    measure(Measure::RestoreReady, "failed", story.seen, end, story);
  }
}

void PhaseClock::claim_bound(const Row& row, RestoreStory& story) {
  note(story.bound, row, row.from != State::Lost);
  if (row.from == State::Lost || is_found_by_list(row)) return;
  count(PhaseEnd::RestoreFinished, "bound", story);
  // A claim that was bound when it was first seen took a time that we don't know, not none.
  if (row.from) measure(Measure::RestoreReady, "bound", story.seen, story.bound, story);
  if (story.volume_seen.noted()) measure(Measure::RestorePhase, "bind", story.volume_seen, story.bound, story);
}

void PhaseClock::take_volume_row(const Row& row) {
  const auto found = restores_.find(row.claim_uid);
  if (found == restores_.end()) return;
  RestoreStory& story = found->second;
  if (row.late) story.spoiled_until = ordinal_;
  if (story.driver.empty()) story.driver = row.driver;
  if (is_transition(row) && !story.volume_seen.noted()) volume_row(row, story);
  if (story.bound.noted() && story.volume_seen.noted() && !story.deleting) restores_.erase(found);
}

void PhaseClock::volume_row(const Row& row, RestoreStory& story) {
  note(story.volume_seen, row, !row.from);
  measure(Measure::RestorePhase, "provision", story.past_waiting, story.volume_seen, story);
  if (story.bound.noted()) measure(Measure::RestorePhase, "bind", story.volume_seen, story.bound, story);
}

void PhaseClock::expire(objects::Instant now) {
  for (; !expiries_.empty() && expiries_.front().first <= now; expiries_.pop_front()) {
    const auto& [due, key] = expiries_.front();
    const auto snapshot = snapshots_.find(key);
    if (snapshot != snapshots_.end() && snapshot->second.expires == due) snapshots_.erase(snapshot);
    const auto uid = objects::Uid::parse(key);
    const auto restore = uid ? restores_.find(*uid) : restores_.end();
    if (restore != restores_.end() && restore->second.expires == due) restores_.erase(restore);
  }
}

/// Keeps what names the series; the class is asked for while the object exists.
void PhaseClock::describe(const Row& row, Story& story) {
  if (!row.driver.empty()) story.driver = row.driver;
  if (story.class_name.empty() && class_of_) story.class_name = class_of_(*row.kind, row.uid);
}

void PhaseClock::note(Mark& mark, const Row& row, bool seen_happening) {
  if (mark.noted()) return;
  if (seen_happening && !row.late) {
    mark.note(row.at, ordinal_);
  } else {
    mark.miss();
  }
}

void PhaseClock::measure(Measure measure, std::string_view step, const Mark& start, const Mark& end,
                         const Story& story) {
  if (!start.live() || !end.live()) return;
  if (std::min(start.ordinal(), end.ordinal()) <= story.spoiled_until) return;
  const objects::Millis length = end.at() - start.at();
  results_.durations.push_back({measure, step, story.driver, story.class_name, std::max(length, objects::Millis{0}),
                                length < objects::Millis{0}});
}

void PhaseClock::count(PhaseEnd end, std::string_view outcome, const Story& story) {
  results_.counts.push_back({end, outcome, story.driver, story.class_name});
}

}  // namespace snaptrail::reconcilers
