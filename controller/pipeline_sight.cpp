// What can't be seen: windows in which something may have been missed, and resources that the server doesn't show.

#include <string>
#include <utility>

#include "controller/pipeline.hpp"

namespace snaptrail::controller {

using informers::Availability;
using informers::Target;
using objects::Instant;

namespace {

/// Every stream notices by itself that history went back; within this time it is the same rewind.
constexpr objects::Millis kOneRewind{10 * 60'000};

}  // namespace

void Pipeline::gap(const Target& target, objects::Gap gap, Instant at) {
  advance(at);
  if (!scope_.follows(target)) return;
  ledger::Batch batch;
  if (gap.cause == objects::GapCause::Rewound) {
    const bool same_rewind = rewound_at_ && at - *rewound_at_ < kOneRewind;
    if (!same_rewind) batch.epoch = ++epoch_;
    rewound_at_ = at;
    positions_.erase(informers::stream_name(target));
    stores_.with_store(target.kind, [](auto& store) { store.begin_history(); });
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
