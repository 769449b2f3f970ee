// What the opening of the gate finds: told at once where it is news, else recorded as there is room.

#include <unordered_set>
#include <utility>

#include "controller/pipeline.hpp"

namespace snaptrail::controller {

using reconcilers::Output;

/// What is news is handed on at once. What has long been there is recorded as fast as it is taken: its records would be the
/// whole cluster a second time.
void Pipeline::take_opening(Output part) {
  for (const auto& record : part.records) {
    diagnoser_.recorded(record);
    points_.recorded(record);
  }
  ledger::Batch batch;
  batch.rows = news_of(std::move(part.rows));
  std::unordered_set<objects::Uid> in_rows;
  for (const auto& row : batch.rows) in_rows.insert(row.uid);
  for (auto& record : part.records) {
    if (in_rows.contains(record.uid)) {
      batch.records.push_back(std::move(record));
    } else {
      unwritten_.emplace_back(record.uid, record.kind);
    }
  }
  if (!batch.empty()) sink_.record(std::move(batch));
}

void Pipeline::write_unwritten() {
  while (!unwritten_.empty() && sink_.has_room()) {
    ledger::Batch batch;
    while (!unwritten_.empty() && batch.records.size() < reconcilers::Tracker::kPart) {
      const auto [uid, kind] = unwritten_.back();
      unwritten_.pop_back();
      // One that went meanwhile has told its end.
      if (auto record = tracker_.record(kind, uid)) batch.records.push_back(std::move(*record));
    }
    if (unwritten_.empty()) {
      unwritten_.shrink_to_fit();
      add_positions(batch);
    }
    sink_.record(std::move(batch));
  }
}

void Pipeline::add_positions(ledger::Batch& batch) const {
  for (const auto& [name, position] : positions_) batch.positions.push_back(position);
}

}  // namespace snaptrail::controller
