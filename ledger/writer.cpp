#include "ledger/writer.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "ledger/backlog.hpp"

namespace snaptrail::ledger {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Longer waits are cut to this, which no clock overflows by.
constexpr milliseconds kLongest = std::chrono::hours(24 * 365);

objects::Instant system_now() { return std::chrono::floor<objects::Millis>(std::chrono::system_clock::now()); }

std::size_t rows_of(const std::vector<Batch>& batches) {
  std::size_t rows = 0;
  for (const auto& batch : batches) rows += batch.rows.size();
  return rows;
}

std::size_t records_of(const std::vector<Batch>& batches) {
  std::size_t records = 0;
  for (const auto& batch : batches) records += batch.records.size();
  return records;
}

}  // namespace

struct Writer::Impl {
  Impl(std::optional<Ledger> opened, Missing absent, WriterOptions how, Committed committed,
       HealthChanged health_changed)
      : ledger(std::move(opened)),
        missing(std::move(absent)),
        options(std::move(how)),
        on_committed(std::move(committed)),
        on_health(std::move(health_changed)),
        backlog(options.max_queued_rows) {
    if (!options.now) options.now = system_now;
    health.failing = !ledger;
    health.error = missing.error;
    thread = std::thread([this] { run(); });
  }

  // The thread: a group is in `flying` from when it is taken until it is committed.
  void run();
  bool open_missing();
  bool await_work();
  void commit_flying();
  void committed();
  void failed(const std::string& why, bool commit);
  bool works(std::unique_lock<std::mutex> lock);  ///< whether nothing waits
  void retain_slice();
  bool out_of_time() const { return stopping && Steady::now() >= deadline; }  // under the mutex
  bool full() const { return backlog.rows() >= options.max_batch_rows; }      // under the mutex

  std::optional<Ledger> ledger;  // the thread's own; closed at its end
  Missing missing;
  WriterOptions options;
  Committed on_committed;
  HealthChanged on_health;

  // The thread's own.
  std::vector<Batch> flying;
  milliseconds next_pause{0};
  Steady::time_point next_retention = Steady::now();

  mutable std::mutex mutex;  // guards what follows
  std::condition_variable wake;
  Backlog backlog;
  std::size_t flying_rows = 0;
  std::size_t flying_records = 0;
  WriterHealth health;
  bool stopping = false;
  Steady::time_point deadline;
  /// What the thread sleeps for; a wake that it doesn't need costs each event two switches of threads.
  enum class Awaits : std::uint8_t { nothing, work, company } awaits = Awaits::nothing;

  std::thread thread;
};

void Writer::Impl::run() {
  const bool usable = ledger || open_missing();
  while (usable && await_work()) {
    if (!flying.empty()) commit_flying();
    if (flying.empty() && Steady::now() >= next_retention) retain_slice();
  }
  ledger.reset();
}

// Returns false when the thread is to end: it was stopped, or the ledger is none to go on with.
bool Writer::Impl::open_missing() {
  std::string why = missing.error;
  while (!ledger) {
    failed(why, false);
    {
      const std::lock_guard lock(mutex);
      if (out_of_time()) return false;
    }
    try {
      ledger = missing.open();
    } catch (const std::exception& error) {
      why = error.what();
    }
  }
  try {
    if (ledger->is_new()) {
      next_pause = milliseconds(0);
      works(std::unique_lock(mutex));
      return true;
    }
  } catch (const std::exception&) {
    // Whoever starts over finds out what is wrong with it.
  }
  missing.on_trail();
  return false;
}

// Returns false when the thread is to end. Else a group is flying, or retention is due, or both.
bool Writer::Impl::await_work() {
  std::unique_lock lock(mutex);
  if (flying.empty()) {
    awaits = Awaits::work;
    wake.wait_until(lock, next_retention, [this] { return stopping || !backlog.empty(); });
    if (!backlog.empty() && !stopping) {
      awaits = Awaits::company;
      // What came during the last commit has waited for company by then.
      wake.wait_until(lock, backlog.waiting_since() + std::min(options.commit_delay, kLongest),
                      [this] { return stopping || full(); });
    }
    awaits = Awaits::nothing;
  }
  if (out_of_time()) return false;
  if (flying.empty()) {
    flying = backlog.take(options.max_batch_rows);
    flying_rows = rows_of(flying);
    flying_records = records_of(flying);
  }
  return !stopping || !flying.empty();
}

void Writer::Impl::commit_flying() {
  try {
    ledger->commit(flying);
  } catch (const std::exception& error) {
    failed(error.what(), true);
    return;
  }
  committed();
}

void Writer::Impl::committed() {
  std::vector<objects::Row> rows;
  std::vector<objects::EventRecord> events;
  rows.reserve(flying_rows);  // only this thread writes it
  for (auto& batch : flying) {
    std::ranges::move(batch.rows, std::back_inserter(rows));
    std::erase_if(batch.events, [](const objects::EventRecord& event) { return event.change == 0; });
    std::ranges::move(batch.events, std::back_inserter(events));
  }
  flying.clear();
  next_pause = milliseconds(0);
  std::unique_lock lock(mutex);
  flying_rows = flying_records = 0;
  health.committed_rows += rows.size();
  ++health.commits;
  const bool drained = works(std::move(lock));
  if (!rows.empty() && on_committed) on_committed(std::move(rows));
  if (!events.empty() && options.on_events) options.on_events(std::move(events));
  if (drained && options.on_drained) options.on_drained();
}

bool Writer::Impl::works(std::unique_lock<std::mutex> lock) {
  std::optional<WriterHealth> changed;
  health.error.clear();
  backlog.close_gap(options.now());
  if (std::exchange(health.failing, false)) {
    changed = health;
    changed->queued_rows = backlog.rows();
  }
  const bool drained = backlog.empty();
  lock.unlock();
  if (changed && on_health) on_health(std::move(*changed));
  return drained;
}

void Writer::Impl::failed(const std::string& why, bool commit) {
  next_pause = next_pause.count() == 0 ? options.retry_min : std::min(next_pause * 2, options.retry_max);
  std::optional<WriterHealth> changed;
  bool was_stopping = false;
  {
    const std::lock_guard lock(mutex);
    was_stopping = stopping;
    if (commit) ++health.failed_commits;
    health.error = why;
    if (!std::exchange(health.failing, true)) {
      changed = health;
      changed->queued_rows = backlog.rows() + flying_rows;
    }
  }
  if (changed && on_health) on_health(std::move(*changed));
  if (options.pause) {
    options.pause(next_pause);
    return;
  }
  std::unique_lock lock(mutex);
  const auto until = Steady::now() + next_pause;
  // stop() wakes the pause for one more try at once; while stopping, a pause lasts as long as patience allows.
  wake.wait_until(lock, was_stopping ? std::min(until, deadline) : until, [&] { return stopping && !was_stopping; });
}

void Writer::Impl::retain_slice() {
  {
    const std::lock_guard lock(mutex);
    if (stopping) return;
  }
  std::size_t deleted = 0;
  std::string error;
  try {
    deleted = ledger->retain({options.retention}, options.now(), options.retention_slice);
  } catch (const std::exception& failure) {
    error = failure.what();
  }
  // A full slice may have left more, which follows after the next commit.
  if (deleted < options.retention_slice) {
    next_retention =
        Steady::now() + std::clamp<milliseconds>(options.retention_every, std::chrono::minutes(1), kLongest);
  }
  const std::lock_guard lock(mutex);
  health.expired_rows += deleted;
  health.retention_error = std::move(error);
}

Writer::Writer(Ledger ledger, WriterOptions options, Committed on_committed, HealthChanged on_health)
    : impl_(std::make_unique<Impl>(std::move(ledger), Missing{}, std::move(options), std::move(on_committed),
                                   std::move(on_health))) {}

Writer::Writer(Missing ledger, WriterOptions options, Committed on_committed, HealthChanged on_health)
    : impl_(std::make_unique<Impl>(std::nullopt, std::move(ledger), std::move(options), std::move(on_committed),
                                   std::move(on_health))) {}

Writer::~Writer() { stop(milliseconds(0)); }

void Writer::append(Batch batch) {
  if (batch.empty()) return;
  bool awaited = false;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->health.dropped_rows += impl_->stopping
                                      ? batch.rows.size()
                                      : impl_->backlog.append(std::move(batch), impl_->flying_rows, Steady::now());
    awaited = impl_->awaits == Impl::Awaits::work || (impl_->awaits == Impl::Awaits::company && impl_->full());
  }
  if (awaited) impl_->wake.notify_one();
}

WriterHealth Writer::health() const {
  const std::lock_guard lock(impl_->mutex);
  auto health = impl_->health;
  health.queued_rows = impl_->backlog.rows() + impl_->flying_rows;
  return health;
}

std::size_t Writer::queued_records() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->backlog.records() + impl_->flying_records;
}

std::size_t Writer::stop(milliseconds patience) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->stopping) {
      impl_->stopping = true;
      impl_->deadline = Steady::now() + std::min(patience, kLongest);
    }
  }
  impl_->wake.notify_one();
  if (impl_->thread.joinable()) impl_->thread.join();
  return health().queued_rows;
}

}  // namespace snaptrail::ledger
