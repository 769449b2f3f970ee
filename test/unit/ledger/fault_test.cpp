#include <sqlite3.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>
#include <string>

#include "fault_vfs.hpp"
#include "support.hpp"

using namespace snaptrail;
using namespace snaptrail::ledger;
using namespace snaptrail::ledger::test;

namespace {

constexpr int kBatches = 4;
constexpr int kRowsOfBatch = 3;

Batch numbered(int number) {
  Batch batch;
  for (int i = 0; i < kRowsOfBatch; ++i) {
    batch.rows.push_back(row(number * kRowsOfBatch + i));
    batch.rows.back().message.assign(1'500, static_cast<char>('a' + number));
    batch.records.push_back(record(number * kRowsOfBatch + i, objects::State::Ready));
  }
  batch.positions = {{"volumesnapshots", std::to_string(number), at(number)}};
  return batch;
}

bool is_disk(const Error& error) { return error.code() == Errc::full || error.code() == Errc::io; }

// What a daemon does over two runs: open, commit, close (which writes the log back into the file), open, commit. Gives up
// at the second failure of a commit in a row. Adds the batches whose commit returned to `acknowledged`.
void two_runs(const TempDir& dir, std::set<int>& acknowledged) {
  for (int run = 0; run < 2; ++run) {
    auto ledger = open(dir.file());
    for (int i = 0; i < kBatches / 2; ++i) {
      const int number = run * kBatches / 2 + i;
      auto batch = numbered(number);
      try {
        ledger.commit(batch);
      } catch (const Error& error) {
        if (!is_disk(error)) throw;
        CHECK(batch.rows.size() == kRowsOfBatch);
        ledger.commit(batch);
      }
      acknowledged.insert(number);
    }
  }
}

// Every acknowledged batch is there exactly once, no batch is there in part, the order and the numbers are right.
void check_whole(const TempDir& dir, const std::set<int>& acknowledged) {
  REQUIRE(sql(dir.file(), "PRAGMA integrity_check") == "ok");
  auto ledger = open(dir.file());
  const auto rows = rows_of(ledger);
  std::set<int> present;
  REQUIRE(rows.size() % kRowsOfBatch == 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    REQUIRE(rows[i].seq == static_cast<std::int64_t>(i) + 1);
    const int number = std::stoi(rows[i].name.substr(5));
    if (i % kRowsOfBatch == 0) REQUIRE(present.insert(number / kRowsOfBatch).second);
    REQUIRE(number / kRowsOfBatch == *present.rbegin());
    REQUIRE(number % kRowsOfBatch == static_cast<int>(i % kRowsOfBatch));
  }
  REQUIRE(std::ranges::includes(present, acknowledged));
  REQUIRE(records_of(ledger, true).size() == present.size() * kRowsOfBatch);
  if (!present.empty()) REQUIRE(ledger.positions().at(0).resource_version == std::to_string(*present.rbegin()));
  for (int number = 0; number < kBatches; ++number) {
    if (present.contains(number)) continue;
    auto batch = numbered(number);
    ledger.commit(batch);
  }
  REQUIRE(ledger.last_seq() == kBatches * kRowsOfBatch);
}

std::int64_t operations_of_two_runs() {
  const TempDir dir;
  FaultVfs disk;
  std::set<int> acknowledged;
  two_runs(dir, acknowledged);
  REQUIRE(acknowledged.size() == kBatches);
  return disk.operations();
}

}  // namespace

TEST_CASE("one write, sync or truncate that fails costs nothing, whichever it is", "[fault]") {
  const auto operations = operations_of_two_runs();
  REQUIRE(operations > 50);
  for (const int code : {SQLITE_FULL, SQLITE_IOERR_FSYNC}) {
    for (std::int64_t nth = 1; nth <= operations; ++nth) {
      CAPTURE(code, nth);
      const TempDir dir;
      FaultVfs disk;
      std::set<int> acknowledged;
      disk.fail(nth, code, false);
      try {
        two_runs(dir, acknowledged);
        // The commit that failed succeeded when it was tried again.
        REQUIRE(acknowledged.size() == kBatches);
      } catch (const Error& error) {
        // Opening is not tried again by two_runs().
        INFO(error.what());
        REQUIRE(is_disk(error));
        REQUIRE(acknowledged.size() % 2 == 0);
      }
      REQUIRE(disk.failed());
      disk.work();
      check_whole(dir, acknowledged);
    }
  }
}

TEST_CASE("a disk that is full from some moment on loses nothing that was acknowledged", "[fault]") {
  const auto operations = operations_of_two_runs();
  for (std::int64_t nth = 1; nth <= operations; ++nth) {
    CAPTURE(nth);
    const TempDir dir;
    FaultVfs disk;
    std::set<int> acknowledged;
    disk.fail(nth, SQLITE_FULL, true);
    try {
      two_runs(dir, acknowledged);
    } catch (const Error& error) {
      INFO(error.what());
      REQUIRE(is_disk(error));
    }
    disk.work();
    check_whole(dir, acknowledged);
  }
}

TEST_CASE("a power cut at any moment loses nothing that was acknowledged", "[fault]") {
  const auto operations = operations_of_two_runs();
  for (std::int64_t nth = 1; nth <= operations; ++nth) {
    CAPTURE(nth);
    const TempDir dir;
    FaultVfs disk;
    std::set<int> acknowledged;
    disk.fail(nth, SQLITE_IOERR_WRITE, true);
    try {
      two_runs(dir, acknowledged);
    } catch (const Error& error) {
      INFO(error.what());
      REQUIRE(is_disk(error));
    }
    disk.lose_unsynced(dir.path());
    disk.work();
    check_whole(dir, acknowledged);
  }
}

TEST_CASE("a commit that fails leaves the batch as it was, and seq without a hole", "[fault]") {
  const TempDir dir;
  FaultVfs disk;
  auto ledger = open(dir.file());
  std::vector<Batch> group;
  group.push_back(numbered(0));
  group.push_back(numbered(1));
  disk.fail(1, SQLITE_FULL, true);
  const auto error = error_of([&] { ledger.commit(group); });
  CHECK(error.code() == Errc::full);
  CHECK(std::string(error.what()).find("no space left") != std::string::npos);
  CHECK(group[0].rows[0].seq == 0);
  CHECK(ledger.last_seq() == 0);
  disk.work();
  ledger.commit(group);
  CHECK(group[1].rows.back().seq == 2 * kRowsOfBatch);
}

TEST_CASE("a retention that fails in the middle deletes nothing and goes on later", "[fault]") {
  const TempDir dir;
  FaultVfs disk;
  auto ledger = open(dir.file());
  auto batch = numbered(0);
  batch.records.clear();
  ledger.commit(batch);
  const auto later = at(0) + std::chrono::hours(48);
  disk.fail(1, SQLITE_IOERR_WRITE, true);
  CHECK(error_of([&] { ledger.retain({std::chrono::hours(24)}, later, 100); }).code() == Errc::io);
  CHECK(rows_of(ledger).size() == kRowsOfBatch);
  disk.work();
  CHECK(retain_all(ledger, {std::chrono::hours(24)}, later) == kRowsOfBatch);
}
