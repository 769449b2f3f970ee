#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ledger/ledger.hpp"

namespace snaptrail::ledger {

/// Records, operations, Events, positions and epoch of several batches as one, the newest of each kept. Of Events at most kMostEvents: past that
/// further ones are left out.
class Merged {
 public:
  void add(Batch batch);  ///< without its rows
  bool empty() const { return batch_.empty(); }
  std::size_t records() const { return batch_.records.size(); }
  Batch take();

  static constexpr std::size_t kMostEvents = 10'000;

 private:
  Batch batch_;
  std::unordered_map<objects::Uid, std::size_t> records_;
  std::unordered_map<objects::Uid, std::size_t> events_;
  std::unordered_map<objects::Uid, std::size_t> operations_;
  std::unordered_map<std::string, std::size_t> positions_;
};

/// What waits for the disk, in order and bounded. Pure: no clock, no thread.
///
/// Past the bound, rows are dropped until close_gap() says that the disk works again; a gap row then stands for them,
/// and what their batches said of records and positions follows with it.
class Backlog {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit Backlog(std::size_t max_rows) : max_rows_(max_rows) {}

  /// `flying_rows` were taken and are not committed yet; they count towards the bound. Returns how many rows were
  /// dropped.
  std::size_t append(Batch batch, std::size_t flying_rows, TimePoint now);
  /// The oldest batches, until they have at least `rows` rows or all are taken.
  std::vector<Batch> take(std::size_t rows);
  /// Ends a drop, if one is under way, by the row of its gap.
  void close_gap(objects::Instant until);

  /// Since when something has been waiting without a break. Only if it isn't empty.
  TimePoint waiting_since() const { return waiting_since_; }
  bool empty() const { return queue_.empty() && rowless_.empty(); }
  std::size_t rows() const { return rows_; }
  /// Those that come without rows, too.
  std::size_t records() const { return records_ + rowless_.records() + (drop_ ? drop_->rest.records() : 0); }

 private:
  struct Drop {
    objects::Instant since;
    std::string cluster;
    std::int64_t epoch = 1;
    Merged rest;
  };

  void push(Batch batch);

  std::size_t max_rows_;
  std::size_t rows_ = 0;
  std::size_t records_ = 0;  // in queue_
  TimePoint waiting_since_;
  std::deque<Batch> queue_;
  Merged rowless_;  // comes after queue_; merged, so that no number of batches without rows takes memory without end
  std::optional<Drop> drop_;
};

}  // namespace snaptrail::ledger
