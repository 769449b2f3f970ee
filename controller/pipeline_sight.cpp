// What can't be seen: windows in which something may have been missed, and resources that the server doesn't show.

#include <algorithm>
#include <string>
#include <utility>

#include "controller/pipeline.hpp"
#include "informers/watch_rules.hpp"

namespace snaptrail::controller {

using informers::Availability;
using informers::Target;
using objects::Instant;

namespace {

/// Every stream notices by itself that history went back; within this time it is the same rewind.
constexpr objects::Millis kOneRewind{10 * 60'000};

}  // namespace

/// What was held back until classification begins is older than the list that begins, and would be lost against it or undo it. It lies
/// in the gap that the list ends.
void Pipeline::drop_deferred(const Target& target) {
  std::erase_if(deferred_, [&target](const Deferred& of) { return of.target == target; });
}

/// What came after the position was held back, and is in no row: the gap begins there.
void Pipeline::widen(const Target& target, objects::Gap& gap) const {
  const auto* recorded = position(target);
  if (recorded == nullptr || !informers::may_follow(gap.first_resource_version, recorded->resource_version)) return;
  gap.since = std::min(gap.since, recorded->at);
  gap.first_resource_version = recorded->resource_version;
}

void Pipeline::gap(const Target& target, objects::Gap gap, Instant at) {
  advance(at);
  if (!scope_.follows(target)) return;
  widen(target, gap);
  ledger::Batch batch;
  if (gap.cause == objects::GapCause::Rewound) {
    const bool same_rewind = rewound_at_ && at - *rewound_at_ < kOneRewind;
    if (!same_rewind) batch.epoch = ++epoch_;
    rewound_at_ = at;
    // From here on the new history counts: after a crash a position in the old one would hide what this one is missing.
    const std::string stream = informers::stream_name(target);
    positions_[stream] = ledger::Position{stream, gap.last_resource_version, at};
    // A stream that has no position yet gets its first one with the records of what it listed.
    const bool has_one = gate_.is_open() ? unwritten_.empty() : options_.followed_before.contains(stream);
    if (has_one) batch.positions.push_back(positions_[stream]);
    stores_.with_store(target.kind, [](auto& store) { store.begin_history(); });
    if (!gate_.is_open()) unlist(target);
  }
  objects::Row row;
  row.cluster = options_.cluster;
  row.epoch = epoch_;
  row.type = objects::RowType::Gap;
  row.at = at;
  row.ns = target.ns;
  points_.gap(gap);
  row.gap = std::move(gap);
  batch.rows.push_back(std::move(row));
  sink_.record(std::move(batch));
}

void Pipeline::availability(const Target& target, Availability availability, std::string_view why, Instant at) {
  advance(at);
  const bool unseen = availability == Availability::Absent || availability == Availability::Forbidden ||
                      availability == Availability::Failing;
  if (!scope_.follows(target)) return;
  if (unseen) stores_.set_synced(target.kind, false, target.ns);
  stores_.set_hidden(target.kind, availability == Availability::Forbidden || availability == Availability::Failing);
  diagnoser_.look_at_all();
  plan_diagnosis(at);
  std::string said(why);
  if (const std::string advice = scope_.advice(target, availability); !advice.empty()) said += "; " + advice;
  gate_.note(target, availability, said);
  sink_.availability_changed(target, availability, said);
  open_gate_if_ready(at);
}

}  // namespace snaptrail::controller
