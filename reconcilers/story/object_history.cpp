#include "reconcilers/story/object_history.hpp"

namespace snaptrail::reconcilers {
namespace {

using objects::Instant;
using objects::Kind;
using objects::Row;
using objects::State;

void note(objects::MaybeInstant& first, Instant at) {
  if (!first) first = at;
}

/// What an object is, whenever that was told.
void identify(ObjectThen& object, const Row& row) {
  object.kind = *row.kind;
  object.uid = row.uid;
  object.ns = row.ns;
  object.name = row.name;
  if (!row.chain.empty()) object.chain = row.chain;
  if (row.initiator) object.initiator = row.initiator;
  if (row.claim_uid) object.claim = row.claim_uid;
  if (!row.driver.empty()) object.driver = row.driver;
  if (!row.content.empty()) object.content = row.content;
}

void note_state(ObjectThen& object, const Row& row) {
  const State to = *row.to;
  note(object.appeared, row.at);
  if (to == State::Creating) note(object.creating, row.at);
  if (to == State::Ready) note(object.ready_at, row.at);
  if (to == State::Bound) note(object.bound, row.at);
  if (to == State::Deleted) note(object.deleted, row.at);
  if (object.state != to) object.since = row.at;
  object.state = to;
  object.error = to == State::Error || to == State::Broken ? row.message : std::string();
}

void apply(ObjectThen& object, const Row& row) {
  if (row.type == objects::RowType::Transition && row.to) note_state(object, row);
  if (row.outcome) object.outcome = row.outcome;
  if (row.fact && row.fact->type == objects::FactType::ErrorChanged) object.error = row.fact->to;
  if (row.ready) {
    object.ready = row.ready->to;
    if (row.ready->to == objects::Ready::False) note(object.not_ready, row.at);
  }
  if (!row.snapshot_handle.empty()) {
    object.handle = row.snapshot_handle;
    note(object.handle_at, row.at);
  }
  if (!row.volume_handle.empty()) {
    object.volume = row.volume_handle;
    note(object.volume_at, row.at);
  }
}

bool has_ready(Kind kind) { return kind == Kind::VolumeSnapshot || kind == Kind::VolumeSnapshotContent; }

/// The object as the ledger remembers it now: where no row tells of the time before, it was so since it was first seen.
void apply(ObjectThen& object, const objects::ObjectRecord& record, objects::MaybeInstant at, bool has_rows) {
  object.kind = record.kind;
  object.uid = record.uid;
  object.ns = record.ns;
  object.name = record.name;
  if (object.chain.empty()) object.chain = record.chain;
  if (!object.initiator) object.initiator = record.initiator;
  if (!object.claim) object.claim = record.claim_uid;
  if (object.driver.empty()) object.driver = record.driver;
  if (object.content.empty()) object.content = record.content;
  object.first_seen = record.first_seen;
  const bool as_now = !at || (!has_rows && record.since <= *at);
  if (!as_now) return;
  object.state = record.state;
  object.since = record.since;
  object.error = record.error;
  object.outcome = record.outcome;
  if (has_ready(record.kind)) object.ready = record.ready;
  if (object.handle.empty()) object.handle = record.snapshot_handle;
  if (object.volume.empty()) object.volume = record.volume_handle;
}

}  // namespace

std::map<objects::Uid, ObjectThen> histories(std::span<const Row> rows, std::span<const objects::ObjectRecord> records,
                                             objects::MaybeInstant at) {
  std::map<objects::Uid, ObjectThen> objects;
  std::map<objects::Uid, const Row*> next;  // the first row after the moment
  for (const Row& row : rows) {
    if (!row.kind || !row.uid || row.type == objects::RowType::Finding) continue;
    ObjectThen& object = objects[row.uid];
    identify(object, row);
    if (!at || row.at <= *at) {
      apply(object, row);
    } else {
      next.try_emplace(row.uid, &row);
    }
  }
  for (const auto& record : records) {
    const bool has_rows = objects.contains(record.uid);
    apply(objects[record.uid], record, at, has_rows);
  }
  // Known before its first row: then that row tells what it came from.
  for (const auto& [uid, row] : next) {
    ObjectThen& object = objects[uid];
    if (object.state || !row->from || !object.first_seen || *object.first_seen > *at) continue;
    object.state = row->from;
    object.volume = row->volume_handle;
  }
  return objects;
}

}  // namespace snaptrail::reconcilers
