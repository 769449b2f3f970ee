#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/pipeline.hpp"
#include "world.hpp"

namespace snaptrail::simulation {

/// The ledger of a run: takes what the pipeline hands on, commits it in order, and compares each commit with the world's true history.
/// etcd's guarantees for watches, here between etcd and the ledger: ordered, unique, reliable or in a recorded gap, resumable (what
/// a position claims to cover is covered), bookmarkable (the same at each bookmark). Atomic holds by itself: the API has one object
/// a revision.
class Oracle : public controller::PipelineSink {
 public:
  explicit Oracle(World& world);

  void record(ledger::Batch batch) override;
  void availability_changed(const informers::Target&, informers::Availability, std::string_view) override {}
  void operation_finished(const controller::FinishedOperation&) override {}
  void gate_opened(objects::Instant) override {}

  /// Commits all but the last `keep` batches.
  void commit(std::size_t keep = 0);
  /// The process is killed: what is not committed is lost.
  void crash();
  /// etcd was restored to `number`.
  void rewound(std::int64_t number);
  /// All streams have noticed that.
  bool all_noticed() const;
  /// The highest version that any reader of `resource` was told of.
  std::int64_t seen(std::size_t resource) const { return books_[resource].seen; }
  void told(std::size_t resource, std::int64_t number) {
    books_[resource].seen = std::max(books_[resource].seen, number);
  }

  const std::map<std::string, ledger::Position>& positions() const { return positions_; }
  const std::map<std::string, objects::ObjectRecord>& records() const { return records_; }
  std::int64_t epoch() const { return epoch_; }
  /// Everything that was violated, in words.
  const std::vector<std::string>& violations() const { return violations_; }
  void violated(std::string what);
  std::uint64_t rows = 0;
  std::uint64_t gaps = 0;
  std::uint64_t trace = 14695981039346656037ULL;  ///< of all that was committed: the same for the same run

 private:
  struct Life {
    std::int64_t last = 0;
    bool ended = false;
  };
  /// Of one resource, in the history that its reader knows.
  struct Book {
    std::size_t branch = 0;
    std::int64_t checked = -1;  ///< everything up to here is accounted for; -1: not begun
    std::int64_t last_live = 0;
    std::int64_t seen = 0, seen_committed = 0;
    std::int64_t restored_to = -1;  ///< etcd was, and this reader has not noticed; -1: nothing to notice
    std::map<std::string, Life> lives;
    std::vector<std::pair<std::int64_t, std::int64_t>> gaps;
    std::set<std::int64_t> recorded;
  };
  struct Pending {
    ledger::Batch batch;
    std::size_t branch;
  };

  std::size_t resource_of(const std::string& plural) const;
  void take(const objects::Row& row, std::size_t branch);
  void take_gap(const objects::Gap& gap, std::size_t branch);
  void take_transition(const objects::Row& row, Book& book, std::size_t resource);
  void check_until(std::size_t resource, std::int64_t position);
  void mix(const std::string& text);

  World& world_;
  std::deque<Pending> pending_;
  std::vector<Book> books_;
  std::map<std::string, ledger::Position> positions_;
  std::map<std::string, objects::ObjectRecord> records_;
  std::int64_t epoch_ = 1;
  std::vector<std::string> violations_;
};

}  // namespace snaptrail::simulation
