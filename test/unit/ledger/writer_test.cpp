#include "ledger/writer.hpp"

#include <sqlite3.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "fault_vfs.hpp"
#include "support.hpp"

using namespace snaptrail;
using namespace snaptrail::ledger;
using namespace snaptrail::ledger::test;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

namespace {

using Names = std::vector<std::string>;

// Far more than any test takes: it ends a hang, no test waits for it.
constexpr auto kPatience = 60s;

// Collects what the writer calls back with and lets the test wait for it.
class Collector {
 public:
  Writer::Committed on_committed() {
    return [this](std::vector<objects::Row> rows) {
      const std::lock_guard lock(mutex_);
      for (auto& row : rows) rows_.push_back(std::move(row));
      changed_.notify_all();
    };
  }
  Writer::HealthChanged on_health() {
    return [this](WriterHealth health) {
      const std::lock_guard lock(mutex_);
      health_.push_back(std::move(health));
      changed_.notify_all();
    };
  }
  std::vector<objects::Row> await_rows(std::size_t count) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, kPatience, [&] { return rows_.size() >= count; }));
    return rows_;
  }
  std::vector<WriterHealth> await_health(std::size_t changes) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, kPatience, [&] { return health_.size() >= changes; }));
    return health_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<objects::Row> rows_;
  std::vector<WriterHealth> health_;
};

Batch one(int number) {
  auto batch = batch_of({row(number)});
  batch.records = {record(number, objects::State::Ready)};
  return batch;
}

WriterOptions quick() {
  WriterOptions options;
  options.commit_delay = 0ms;
  options.retention = std::chrono::hours(0);
  options.now = [] { return at(1'000); };
  return options;
}

}  // namespace

TEST_CASE("what is appended is committed in order and reported with its seq", "[writer]") {
  const TempDir dir;
  Collector seen;
  Writer writer(open(dir.file()), quick(), seen.on_committed(), seen.on_health());
  for (int i = 1; i <= 50; ++i) writer.append(one(i));
  const auto rows = seen.await_rows(50);
  for (std::size_t i = 0; i < 50; ++i) {
    REQUIRE(rows[i].seq == static_cast<std::int64_t>(i) + 1);
    REQUIRE(rows[i].name == "snap-" + std::to_string(i + 1));
  }
  CHECK(writer.stop(kPatience) == 0);
  const auto health = writer.health();
  CHECK_FALSE(health.failing);
  CHECK(health.committed_rows == 50);
  CHECK(health.commits >= 1);
  CHECK(health.queued_rows == 0);
  CHECK(rows_of(open(dir.file())).size() == 50);
}

namespace {

/// A ledger that can be opened once `works` is true.
Writer::Missing missing(const std::filesystem::path& file, const std::atomic<bool>& works,
                        std::function<void()> on_trail) {
  return {[file, &works] {
            if (!works) throw Error(Errc::io, "the volume is not there");
            return Ledger(file, Ledger::Mode::ReadWrite);
          },
          "no such directory", std::move(on_trail)};
}

/// Options whose pauses take no time and are counted.
WriterOptions unhurried(std::atomic<int>& pauses) {
  auto options = quick();
  options.pause = [&pauses](milliseconds) {
    ++pauses;
    std::this_thread::yield();
  };
  return options;
}

}  // namespace

TEST_CASE("rows that came before the ledger could be opened are committed once it can", "[writer]") {
  const TempDir dir;
  std::atomic<bool> works = false;
  std::atomic<int> pauses = 0;
  Collector seen;
  Writer writer(missing(dir.file(), works, [] { FAIL("nothing was recorded before"); }), unhurried(pauses),
                seen.on_committed(), seen.on_health());
  CHECK(writer.health().failing);
  writer.append(one(1));
  writer.append(one(2));
  while (pauses < 3) std::this_thread::yield();
  CHECK(writer.health().error == "the volume is not there");
  CHECK(writer.health().queued_rows == 2);
  works = true;
  const auto rows = seen.await_rows(2);
  CHECK(rows[0].seq == 1);
  CHECK(seen.await_health(1).front().failing == false);
  CHECK(writer.stop(kPatience) == 0);
  CHECK(writer.health().failed_commits == 0);
  CHECK(names_of(open(dir.file())) == Names{"snap-1", "snap-2"});
}

TEST_CASE("what was seen without knowing a ledger's trail is not put behind it", "[writer]") {
  const TempDir dir;
  {
    auto ledger = open(dir.file());
    auto batch = one(7);
    ledger.commit(batch);
  }
  std::atomic<bool> works = false;
  std::atomic<int> pauses = 0;
  std::promise<void> told;
  Collector seen;
  Writer writer(missing(dir.file(), works, [&told] { told.set_value(); }), unhurried(pauses), seen.on_committed(),
                seen.on_health());
  writer.append(one(1));
  works = true;
  REQUIRE(told.get_future().wait_for(kPatience) == std::future_status::ready);
  CHECK(writer.health().failing);
  CHECK(writer.stop(kPatience) == 1);
  CHECK(names_of(open(dir.file())) == Names{"snap-7"});
}

TEST_CASE("a writer whose ledger can't be opened ends when it is told to", "[writer]") {
  const TempDir dir;
  const std::atomic<bool> works = false;
  Collector seen;
  Writer writer(missing(dir.file(), works, [] {}), quick(), seen.on_committed(), seen.on_health());
  writer.append(one(1));
  CHECK(writer.stop(0ms) == 1);
  CHECK_FALSE(std::filesystem::exists(dir.file()));
}

TEST_CASE("batches that come while a commit is under way share the next one", "[writer]") {
  const TempDir dir;
  auto options = quick();
  Writer* self = nullptr;
  std::promise<void> ready;
  Collector seen;
  bool first = true;
  const auto collect = seen.on_committed();
  Writer writer(
      open(dir.file()), options,
      [&](std::vector<objects::Row> rows) {
        if (std::exchange(first, false)) {
          ready.get_future().wait();
          for (int i = 2; i <= 10; ++i) self->append(one(i));
        }
        collect(std::move(rows));
      },
      seen.on_health());
  self = &writer;
  writer.append(one(1));
  ready.set_value();
  seen.await_rows(10);
  CHECK(writer.stop(kPatience) == 0);
  CHECK(writer.health().commits == 2);
}

TEST_CASE("a group is committed as soon as it is full, without waiting for more company", "[writer]") {
  const TempDir dir;
  auto options = quick();
  options.commit_delay = 1h;
  options.max_batch_rows = 3;
  Collector seen;
  Writer writer(open(dir.file()), options, seen.on_committed(), seen.on_health());
  for (int i = 1; i <= 3; ++i) writer.append(one(i));
  CHECK(seen.await_rows(3).size() == 3);
  writer.append(one(4));
  // stop() does not wait for company either.
  CHECK(writer.stop(kPatience) == 0);
  CHECK(rows_of(open(dir.file())).size() == 4);
}

TEST_CASE("a full disk is waited for with doubling pauses and nothing is lost", "[writer]") {
  const TempDir dir;
  FaultVfs disk;
  auto ledger = open(dir.file());
  auto options = quick();
  options.retry_max = 3s;
  std::vector<milliseconds> pauses;
  Writer* self = nullptr;
  options.pause = [&](milliseconds pause) {
    pauses.push_back(pause);
    if (pauses.size() == 2) self->append(one(2));
    if (pauses.size() == 5) disk.work();
  };
  Collector seen;
  Writer writer(std::move(ledger), options, seen.on_committed(), seen.on_health());
  self = &writer;
  disk.fail(1, SQLITE_FULL, true);
  writer.append(one(1));
  const auto rows = seen.await_rows(2);
  CHECK(rows[0].name == "snap-1");
  CHECK(rows[1].name == "snap-2");
  CHECK(rows[1].seq == 2);
  CHECK(writer.stop(kPatience) == 0);
  CHECK(pauses == std::vector<milliseconds>{500ms, 1s, 2s, 3s, 3s});
  const auto changes = seen.await_health(2);
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].failing);
  CHECK(changes[0].error.find("no space left") != std::string::npos);
  CHECK(changes[0].queued_rows == 1);
  CHECK_FALSE(changes[1].failing);
  CHECK(changes[1].error.empty());
  CHECK(changes[1].failed_commits == 5);
  CHECK(names_of(open(dir.file())) == Names{"snap-1", "snap-2"});
}

TEST_CASE("pauses begin anew after a commit that succeeded", "[writer]") {
  const TempDir dir;
  FaultVfs disk;
  auto ledger = open(dir.file());
  auto options = quick();
  std::vector<milliseconds> pauses;
  options.pause = [&](milliseconds pause) {
    pauses.push_back(pause);
    if (pauses.size() % 2 == 0) disk.work();
  };
  Collector seen;
  Writer writer(std::move(ledger), options, seen.on_committed(), seen.on_health());
  for (std::size_t i = 1; i <= 2; ++i) {
    disk.fail(1, SQLITE_IOERR_FSYNC, true);
    writer.append(one(static_cast<int>(i)));
    seen.await_rows(i);
  }
  writer.stop(kPatience);
  CHECK(pauses == std::vector<milliseconds>{500ms, 1s, 500ms, 1s});
}

TEST_CASE("rows beyond the bound are dropped, counted and stand in the trail as a gap", "[writer]") {
  const TempDir dir;
  FaultVfs disk;
  auto ledger = open(dir.file());
  auto options = quick();
  options.max_queued_rows = 3;
  Writer* self = nullptr;
  int pauses = 0;
  options.pause = [&](milliseconds) {
    if (++pauses == 1) {
      for (int i = 2; i <= 6; ++i) {
        auto batch = one(i);
        batch.positions = {{"volumesnapshots", std::to_string(i), at(i)}};
        self->append(std::move(batch));
      }
    }
    if (pauses == 2) disk.work();
  };
  Collector seen;
  Writer writer(std::move(ledger), options, seen.on_committed(), seen.on_health());
  self = &writer;
  disk.fail(1, SQLITE_FULL, true);
  writer.append(one(1));
  const auto rows = seen.await_rows(4);
  writer.append(one(7));
  seen.await_rows(5);
  CHECK(writer.stop(kPatience) == 0);
  CHECK(writer.health().dropped_rows == 3);
  CHECK(writer.health().committed_rows == 5);

  const auto reopened = open(dir.file());
  CHECK(names_of(reopened) == Names{"snap-1", "snap-2", "snap-3", "", "snap-7"});
  const auto gap = rows_of(reopened)[3];
  CHECK(gap.type == objects::RowType::Gap);
  CHECK(gap.seq == 4);
  CHECK(gap.gap == objects::Gap{"ledger", at(4), at(1'000), "", "", objects::GapCause::Overload});
  // What the dropped batches said of objects and positions is kept.
  CHECK(records_of(reopened, true).size() == 7);
  CHECK(reopened.positions().at(0).resource_version == "6");
}

TEST_CASE("stopping commits all that is queued", "[writer]") {
  const TempDir dir;
  auto options = quick();
  options.max_batch_rows = 10;
  Writer writer(open(dir.file()), options, nullptr, nullptr);
  for (int i = 0; i < 1'000; ++i) writer.append(one(i));
  CHECK(writer.stop(kPatience) == 0);
  CHECK(rows_of(open(dir.file())).size() == 1'000);
}

TEST_CASE("stopping without patience begins no commit and says how many rows were left", "[writer]") {
  const TempDir dir;
  FaultVfs disk;
  auto ledger = open(dir.file());
  auto options = quick();
  Writer* self = nullptr;
  std::promise<void> pausing;
  std::promise<void> stopped;
  options.pause = [&](milliseconds) {
    self->append(one(2));
    pausing.set_value();
    stopped.get_future().wait();
  };
  Writer writer(std::move(ledger), options, nullptr, nullptr);
  self = &writer;
  disk.fail(1, SQLITE_FULL, true);
  writer.append(one(1));
  pausing.get_future().wait();
  auto left = std::async(std::launch::async, [&] { return writer.stop(0ms); });
  // stop() has taken effect once rows are refused.
  while (writer.health().dropped_rows == 0) {
    writer.append(one(3));
    std::this_thread::yield();
  }
  stopped.set_value();
  const auto taken = left.get();
  CHECK(taken >= 2);
  CHECK(writer.stop(kPatience) == taken);
  disk.work();
}

TEST_CASE("stopping ends the pause for another try", "[writer]") {
  const TempDir dir;
  FaultVfs disk;
  auto ledger = open(dir.file());
  auto options = quick();
  options.retry_min = options.retry_max = std::chrono::hours(1);
  Collector seen;
  Writer writer(std::move(ledger), options, seen.on_committed(), seen.on_health());
  disk.fail(1, SQLITE_FULL, false);
  writer.append(one(1));
  CHECK(seen.await_health(1)[0].failing);
  CHECK(writer.stop(kPatience) == 0);
  CHECK(writer.health().failed_commits == 1);
  CHECK(writer.health().committed_rows == 1);
}

TEST_CASE("rows appended after the stop are counted as dropped", "[writer]") {
  const TempDir dir;
  Writer writer(open(dir.file()), quick(), nullptr, nullptr);
  writer.append(Batch());
  CHECK(writer.stop(kPatience) == 0);
  writer.append(one(1));
  CHECK(writer.health().dropped_rows == 1);
  CHECK(rows_of(open(dir.file())).empty());
}

TEST_CASE("threads may append at the same time", "[writer]") {
  const TempDir dir;
  Writer writer(open(dir.file()), quick(), nullptr, nullptr);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&writer, t] {
      for (int i = 0; i < 250; ++i) writer.append(one(t * 250 + i));
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(writer.stop(kPatience) == 0);
  const auto ledger = open(dir.file());
  CHECK(rows_of(ledger).size() == 1'000);
  CHECK(ledger.last_seq() == 1'000);
  CHECK(records_of(ledger, true).size() == 1'000);
}

TEST_CASE("retention deletes slice by slice, and a commit waits for one slice at most", "[writer]") {
  const TempDir dir;
  auto ledger = open(dir.file());
  auto old = batch_of({row(1), row(2), row(3), row(4), row(5), row(6)});
  ledger.commit(old);
  auto options = quick();
  options.retention = std::chrono::hours(24);
  options.retention_slice = 2;
  Writer* self = nullptr;
  std::promise<void> ready;
  bool first = true;
  auto young = one(7);
  young.rows[0].at = at(0) + std::chrono::hours(48);
  // The clock is asked right before each slice.
  options.now = [&] {
    if (std::exchange(first, false)) {
      ready.get_future().wait();
      self->append(std::move(young));
    }
    return at(0) + std::chrono::hours(48);
  };
  std::promise<std::uint64_t> expired_before;
  Writer writer(
      std::move(ledger), options,
      [&](const std::vector<objects::Row>&) { expired_before.set_value(self->health().expired_rows); }, nullptr);
  self = &writer;
  ready.set_value();
  CHECK(expired_before.get_future().get() == 2);
  while (writer.health().expired_rows < 6) std::this_thread::yield();
  CHECK(writer.stop(kPatience) == 0);
  CHECK(writer.health().retention_error.empty());
  CHECK(names_of(open(dir.file())) == Names{"snap-7"});
}

TEST_CASE("whoever waits for room is told when nothing is queued any more", "[writer]") {
  const TempDir dir;
  std::promise<void> drained;
  std::once_flag once;
  auto options = quick();
  options.on_drained = [&] { std::call_once(once, [&] { drained.set_value(); }); };
  Collector seen;
  Writer writer(Ledger(dir.file(), Ledger::Mode::ReadWrite), options, seen.on_committed(), seen.on_health());
  CHECK(writer.queued_records() == 0);
  Batch rowless;
  rowless.records = {record(1, objects::State::Ready), record(2, objects::State::Ready)};
  writer.append(std::move(rowless));
  REQUIRE(drained.get_future().wait_for(kPatience) == std::future_status::ready);
  CHECK(writer.queued_records() == 0);
  CHECK(writer.stop(kPatience) == 0);
  const Ledger ledger(dir.file(), Ledger::Mode::ReadOnly);
  int records = 0;
  ledger.for_each_record(true, [&](const objects::ObjectRecord&) { ++records; });
  CHECK(records == 2);
}

TEST_CASE("what Events say is told once it is committed, and only what is new", "[writer]") {
  const TempDir dir;
  Collector seen;
  std::promise<std::vector<objects::EventRecord>> told;
  auto options = quick();
  options.on_events = [&told](std::vector<objects::EventRecord> events) { told.set_value(std::move(events)); };
  Writer writer(open(dir.file()), options, seen.on_committed(), seen.on_health());
  objects::EventRecord event;
  event.uid = uid(101);
  event.about = uid(1);
  event.api_time = at(5);
  objects::EventRecord counted = event;
  counted.uid = uid(102);
  Batch batch;
  batch.events = {event, event, counted};  // a second time without anything new
  writer.append(batch);
  auto future = told.get_future();
  REQUIRE(future.wait_for(kPatience) == std::future_status::ready);
  const auto events = future.get();
  REQUIRE(events.size() == 2);
  CHECK(events[0].uid == uid(101));
  CHECK(events[0].change == 1);
  CHECK(events[1].uid == uid(102));
  CHECK(events[1].change == 2);
}
