#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"

namespace snaptrail::ledger {

/// How the writer is doing, for /readyz, metrics and log.
struct WriterHealth {
  bool failing = false;
  std::string error;               ///< why the last commit failed; empty if it did not
  std::size_t queued_rows = 0;     ///< taken in, not committed yet
  std::uint64_t dropped_rows = 0;  ///< given up because the queue was full (each covered by a gap row)
  std::uint64_t committed_rows = 0;
  std::uint64_t commits = 0;
  std::uint64_t failed_commits = 0;
  std::uint64_t expired_rows = 0;  ///< deleted by retention
  std::string retention_error;     ///< why the last retention failed; empty if it did not
};

struct WriterOptions {
  std::chrono::milliseconds commit_delay{5};  ///< a batch waits at most this long for company
  std::size_t max_batch_rows = 5'000;         ///< commits earlier once this many wait
  std::size_t max_queued_rows = 1'000'000;    ///< memory bound while the disk fails; beyond it rows are dropped
  std::chrono::milliseconds retry_min{500};   ///< first pause after a failed commit, doubled each time
  std::chrono::milliseconds retry_max{30'000};
  std::chrono::hours retention{24 * 180};
  std::chrono::minutes retention_every{60};
  std::size_t retention_slice = 5'000;  ///< rows deleted at a time, between two commits
  /// The clock of gap rows and retention; the system's if empty. Called on the writer's thread.
  std::function<objects::Instant()> now;
  /// Called on the writer's thread after a commit that left nothing queued: there is room for more. May be empty.
  std::function<void()> on_drained;
  /// Called on the writer's thread with the Kubernetes Events of a commit that told something new, in order; their `change` is given.
  /// May be empty.
  std::function<void(std::vector<objects::EventRecord> events)> on_events;
  /// Waits before a failed commit is tried again, on the writer's thread. If empty, the pause that stop() cuts short.
  std::function<void(std::chrono::milliseconds)> pause;
};

/// Owns the Ledger on a thread of its own and commits batches in the order they came, several to a transaction. append() never
/// blocks on the disk. When commits fail, batches stay queued and are tried again for as long as it takes; past
/// max_queued_rows the newest rows are dropped, and once the disk works again a gap row (cause overload, from the
/// first dropped row to the recovery) takes their place, while records and positions are kept at their newest.
///
/// Retention runs on the same thread in slices between commits, first at the start, then every `retention_every`.
///
/// `on_committed` is called on the writer's thread with the committed batches' rows (seq given), in order; not for
/// batches that had none. `on_health` is called there whenever `failing` changes. Neither may throw, or stop the writer.
/// append() and health() may be called from any thread, also from these.
class Writer {
 public:
  using Committed = std::function<void(std::vector<objects::Row> rows)>;
  using HealthChanged = std::function<void(WriterHealth health)>;

  Writer(Ledger ledger, WriterOptions options, Committed on_committed, HealthChanged on_health);

  /// A ledger that could not be opened yet.
  struct Missing {
    std::function<Ledger()> open;    ///< tried again as a failed commit is; throws Error
    std::string error;               ///< why it could not be opened
    std::function<void()> on_trail;  ///< see below; called once, on the writer's thread
  };
  /// Begins with what failing means: batches wait, health() says why. Once the ledger can be opened they are committed as after any
  /// other failure, if nothing was ever recorded in it. If it holds an earlier run's trail they are not: they were made without
  /// knowing it. Then on_trail is called, and nothing more is committed; who is told starts over with that ledger.
  Writer(Missing ledger, WriterOptions options, Committed on_committed, HealthChanged on_health);
  /// As stop() with no patience.
  ~Writer();

  /// Rows that come after stop() count as dropped.
  void append(Batch batch);
  WriterHealth health() const;
  /// Records taken in and not committed yet, for callers that make theirs as they find room.
  std::size_t queued_records() const;

  /// Commits all that is queued, for at most `patience`, then closes the ledger and ends the thread. Returns the number of rows that could
  /// not be committed. No commit is begun after `patience` (with none: at all); one under way is waited for. A second
  /// call changes nothing and returns the same.
  std::size_t stop(std::chrono::milliseconds patience);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snaptrail::ledger
