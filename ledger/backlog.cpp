#include "ledger/backlog.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

namespace snaptrail::ledger {
namespace {

/// Moves the value to the place of its key, or to the end.
template <class Index, class Key, class Value>
void put(Index& index, const Key& key, std::vector<Value>& values, Value& value) {
  const auto [known, added] = index.try_emplace(key, values.size());
  if (added) {
    values.push_back(std::move(value));
  } else {
    values[known->second] = std::move(value);
  }
}

}  // namespace

void Merged::add(Batch batch) {
  for (auto& record : batch.records) put(records_, record.uid, batch_.records, record);
  for (auto& operation : batch.operations) put(operations_, operation.uid, batch_.operations, operation);
  for (auto& event : batch.events) {
    if (batch_.events.size() >= kMostEvents && !events_.contains(event.uid)) continue;
    put(events_, event.uid, batch_.events, event);
  }
  for (auto& position : batch.positions) put(positions_, position.target, batch_.positions, position);
  if (batch.epoch) batch_.epoch = batch.epoch;
}

Batch Merged::take() {
  records_.clear();
  events_.clear();
  operations_.clear();
  positions_.clear();
  return std::exchange(batch_, {});
}

std::size_t Backlog::append(Batch batch, std::size_t flying_rows, TimePoint now) {
  if (empty()) waiting_since_ = now;
  const auto rows = batch.rows.size();
  const auto waiting = rows_ + flying_rows;
  // Into an empty queue every batch fits: nothing else would ever get it out of the way.
  if (!drop_ && rows > 0 && waiting > 0 && waiting + rows > max_rows_) {
    const auto& first = batch.rows.front();
    drop_.emplace(Drop{.since = first.at, .cluster = first.cluster, .epoch = first.epoch, .rest = {}});
  }
  if (drop_) {
    if (rows > 0) drop_->epoch = batch.rows.back().epoch;
    drop_->rest.add(std::move(batch));
    return rows;
  }
  if (rows == 0) {
    rowless_.add(std::move(batch));
  } else {
    push(std::move(batch));
  }
  return 0;
}

void Backlog::push(Batch batch) {
  if (!rowless_.empty()) {
    records_ += rowless_.records();
    queue_.push_back(rowless_.take());
  }
  rows_ += batch.rows.size();
  records_ += batch.records.size();
  queue_.push_back(std::move(batch));
}

std::vector<Batch> Backlog::take(std::size_t rows) {
  std::vector<Batch> taken;
  std::size_t count = 0;
  while (!queue_.empty() && (count < rows || taken.empty())) {
    count += queue_.front().rows.size();
    records_ -= queue_.front().records.size();
    taken.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  rows_ -= count;
  if (queue_.empty() && !rowless_.empty()) taken.push_back(rowless_.take());
  return taken;
}

void Backlog::close_gap(objects::Instant until) {
  if (!drop_) return;
  auto drop = std::exchange(drop_, std::nullopt);
  until = std::max(until, drop->since);  // the clock may have been set back
  objects::Row row;
  row.type = objects::RowType::Gap;
  row.cluster = std::move(drop->cluster);
  row.epoch = drop->epoch;
  row.at = until;
  row.gap = objects::Gap{.resource = "ledger",
                         .since = drop->since,
                         .until = until,
                         .first_resource_version = {},
                         .last_resource_version = {},
                         .cause = objects::GapCause::Overload};
  Batch batch = drop->rest.take();
  batch.rows.push_back(std::move(row));
  push(std::move(batch));
}

}  // namespace snaptrail::ledger
