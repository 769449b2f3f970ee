#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"

/// What a transition costs until it is on the disk: groups of 5,000 rows, each with its object's record, beside a plain
/// table of twelve columns written with SQLite alone. Items are rows; the disk is that of the temporary directory.
namespace {

using namespace snaptrail;

constexpr int kGroup = 5'000;

class TemporaryFile {
 public:
  TemporaryFile() : directory_(std::filesystem::temp_directory_path() / fmt::format("ledger-bench-{}", ::getpid())) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
  }
  ~TemporaryFile() { std::filesystem::remove_all(directory_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  std::filesystem::path path() const { return directory_ / "ledger.db"; }

 private:
  std::filesystem::path directory_;
};

objects::Uid random_uid(std::mt19937_64& random) {
  std::array<std::uint8_t, 16> bytes{};
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return objects::Uid::from_bytes(bytes);
}

// One snapshot or content, of which the daemon saw a transition.
struct Subject {
  objects::Uid uid;
  std::string chain;
  std::string name;
  std::string handle;
};

std::vector<Subject> make_subjects(int count, std::mt19937_64& random) {
  std::vector<Subject> subjects;
  for (int i = 0; i < count; ++i) {
    const auto uid = random_uid(random);
    subjects.push_back(
        {uid, uid.str(), fmt::format("snapshot-{:08}", random() % 100'000'000), fmt::format("snap-{:016x}", random())});
  }
  return subjects;
}

objects::Row row_of(const Subject& subject, std::int64_t number) {
  objects::Row row;
  row.cluster = "production";
  row.at = objects::Instant(objects::Millis(1'790'000'000'000 + number));
  row.api_time = row.at;
  row.kind = objects::Kind::VolumeSnapshot;
  row.ns = fmt::format("team-{}", number % 50);
  row.name = subject.name;
  row.uid = subject.uid;
  row.from = objects::State::Uploading;
  row.to = objects::State::Ready;
  row.ready = objects::ReadyChange{objects::Ready::False, objects::Ready::True};
  row.resource_version = std::to_string(1'000'000 + number);
  row.actor = "snapshot-controller";
  row.chain = subject.chain;
  row.content = "snapcontent-" + subject.chain;
  row.claim_uid = subject.uid;
  row.policy = objects::DeletionPolicy::Delete;
  row.driver = "hostpath.csi.k8s.io";
  row.snapshot_handle = subject.handle;
  row.volume_handle = "vol-" + subject.handle;
  return row;
}

objects::ObjectRecord record_of(const objects::Row& row) {
  objects::ObjectRecord record;
  record.uid = row.uid;
  record.ns = row.ns;
  record.name = row.name;
  record.state = *row.to;
  record.ready = row.ready->to;
  record.resource_version = row.resource_version;
  record.first_seen = record.since = row.at;
  record.policy = row.policy;
  record.driver = row.driver;
  record.class_name = "hostpath";
  record.snapshot_handle = row.snapshot_handle;
  record.volume_handle = row.volume_handle;
  record.content = row.content;
  record.claim_uid = row.claim_uid;
  record.chain = row.chain;
  return record;
}

void BM_LedgerGroupCommit(benchmark::State& state) {
  TemporaryFile file;
  ledger::Ledger ledger(file.path(), ledger::Ledger::Mode::ReadWrite);
  std::mt19937_64 random(1);
  const auto subjects = make_subjects(50'000, random);
  std::int64_t number = 0;
  for (auto _ : state) {
    state.PauseTiming();
    ledger::Batch batch;
    for (int i = 0; i < kGroup; ++i, ++number) {
      const auto& subject = subjects[static_cast<std::size_t>(number) % subjects.size()];
      batch.rows.push_back(row_of(subject, number));
      batch.records.push_back(record_of(batch.rows.back()));
    }
    state.ResumeTiming();
    ledger.commit(batch);
  }
  state.SetItemsProcessed(state.iterations() * kGroup);
  state.counters["bytes/row"] =
      static_cast<double>(std::filesystem::file_size(file.path())) / static_cast<double>(number);
}
BENCHMARK(BM_LedgerGroupCommit)->Unit(benchmark::kMillisecond)->Iterations(40)->UseRealTime();

// The floor: what SQLite itself takes for a plain schema.
class Plain {
 public:
  explicit Plain(const std::filesystem::path& path) {
    sqlite3_open(path.c_str(), &db_);
    exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    exec(
        "CREATE TABLE t (seq INTEGER PRIMARY KEY, at INTEGER, kind TEXT, ns TEXT, name TEXT, uid BLOB, f TEXT, t TEXT,"
        " rv TEXT, chain BLOB, driver TEXT, handle TEXT)");
    exec("CREATE INDEX i1 ON t (uid); CREATE INDEX i2 ON t (chain)");
    exec("CREATE TABLE o (uid BLOB PRIMARY KEY, state TEXT, rv TEXT, since INTEGER) WITHOUT ROWID");
    sqlite3_prepare_v2(db_, "INSERT INTO t VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", -1, &row_, nullptr);
    sqlite3_prepare_v2(db_, "INSERT OR REPLACE INTO o VALUES (?,?,?,?)", -1, &object_, nullptr);
  }
  ~Plain() {
    sqlite3_finalize(row_);
    sqlite3_finalize(object_);
    sqlite3_close(db_);
  }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;

  void exec(const char* sql) { sqlite3_exec(db_, sql, nullptr, nullptr, nullptr); }

  void insert(const objects::Row& row) {
    sqlite3_bind_null(row_, 1);
    sqlite3_bind_int64(row_, 2, row.at.time_since_epoch().count());
    text(row_, 3, "VolumeSnapshot");
    text(row_, 4, row.ns);
    text(row_, 5, row.name);
    sqlite3_bind_blob(row_, 6, row.uid.bytes().data(), 16, SQLITE_STATIC);
    text(row_, 7, "Uploading");
    text(row_, 8, "Ready");
    text(row_, 9, row.resource_version);
    sqlite3_bind_blob(row_, 10, row.uid.bytes().data(), 16, SQLITE_STATIC);
    text(row_, 11, row.driver);
    text(row_, 12, row.snapshot_handle);
    sqlite3_step(row_);
    sqlite3_reset(row_);
    sqlite3_bind_blob(object_, 1, row.uid.bytes().data(), 16, SQLITE_STATIC);
    text(object_, 2, "Ready");
    text(object_, 3, row.resource_version);
    sqlite3_bind_int64(object_, 4, row.at.time_since_epoch().count());
    sqlite3_step(object_);
    sqlite3_reset(object_);
  }

 private:
  static void text(sqlite3_stmt* statement, int index, std::string_view value) {
    sqlite3_bind_text(statement, index, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* row_ = nullptr;
  sqlite3_stmt* object_ = nullptr;
};

void BM_PlainSqliteTwelveColumns(benchmark::State& state) {
  TemporaryFile file;
  Plain plain(file.path());
  std::mt19937_64 random(1);
  const auto subjects = make_subjects(50'000, random);
  std::int64_t number = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<objects::Row> rows;
    for (int i = 0; i < kGroup; ++i, ++number) {
      rows.push_back(row_of(subjects[static_cast<std::size_t>(number) % subjects.size()], number));
    }
    state.ResumeTiming();
    plain.exec("BEGIN");
    for (const auto& row : rows) plain.insert(row);
    plain.exec("COMMIT");
  }
  state.SetItemsProcessed(state.iterations() * kGroup);
  state.counters["bytes/row"] =
      static_cast<double>(std::filesystem::file_size(file.path())) / static_cast<double>(number);
}
BENCHMARK(BM_PlainSqliteTwelveColumns)->Unit(benchmark::kMillisecond)->Iterations(40)->UseRealTime();

void BM_LedgerReadByHandle(benchmark::State& state) {
  TemporaryFile file;
  ledger::Ledger ledger(file.path(), ledger::Ledger::Mode::ReadWrite);
  std::mt19937_64 random(1);
  const auto subjects = make_subjects(50'000, random);
  for (std::int64_t number = 0; number < 200'000;) {
    ledger::Batch batch;
    for (int i = 0; i < kGroup; ++i, ++number) {
      batch.rows.push_back(row_of(subjects[static_cast<std::size_t>(number) % subjects.size()], number));
    }
    ledger.commit(batch);
  }
  std::int64_t rows = 0;
  for (auto _ : state) {
    ledger::Query query;
    query.handle = subjects[random() % subjects.size()].handle;
    ledger.for_each_row(query, [&rows](const objects::Row&) { ++rows; });
  }
  state.SetItemsProcessed(rows);
}
BENCHMARK(BM_LedgerReadByHandle)->Unit(benchmark::kMicrosecond);

}  // namespace
