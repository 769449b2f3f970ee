#include "support.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace snaptrail::ledger::test {

TempDir::TempDir() {
  // In memory, where there is such a file system: what a test says of the disk it says through FaultVfs.
  const std::filesystem::path memory = "/dev/shm";
  const bool usable = std::filesystem::is_directory(memory) && ::access(memory.c_str(), W_OK) == 0;
  const auto parent = usable ? memory : std::filesystem::temp_directory_path();
  auto pattern = (parent / "snaptrail-ledger-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

objects::Uid uid(int number) {
  std::array<std::uint8_t, 16> bytes{0x8f, 0x6f};
  for (int i = 0; i < 4; ++i)
    bytes[12 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  return objects::Uid::from_bytes(bytes);
}

objects::Instant at(std::int64_t millis) { return objects::Instant(objects::Millis(1'795'000'000'000 + millis)); }

objects::Row row(int number) {
  objects::Row row;
  row.cluster = "prod";
  row.at = at(number);
  row.kind = objects::Kind::VolumeSnapshot;
  row.ns = "app";
  row.name = "snap-" + std::to_string(number);
  row.uid = uid(number);
  row.from = objects::State::Creating;
  row.to = objects::State::Ready;
  row.resource_version = std::to_string(1000 + number);
  return row;
}

objects::ObjectRecord record(int number, objects::State state) {
  objects::ObjectRecord record;
  record.uid = uid(number);
  record.ns = "app";
  record.name = "snap-" + std::to_string(number);
  record.state = state;
  record.first_seen = record.since = at(number);
  return record;
}

Batch batch_of(std::vector<objects::Row> rows) {
  Batch batch;
  batch.rows = std::move(rows);
  return batch;
}

Ledger open(const std::filesystem::path& file) { return {file, Ledger::Mode::ReadWrite}; }
Ledger open_reader(const std::filesystem::path& file) { return {file, Ledger::Mode::ReadOnly}; }

std::vector<objects::Row> rows_of(const Ledger& ledger, const Query& query) {
  std::vector<objects::Row> rows;
  ledger.for_each_row(query, [&rows](const objects::Row& row) { rows.push_back(row); });
  return rows;
}

std::vector<std::string> names_of(const Ledger& ledger, const Query& query) {
  std::vector<std::string> names;
  ledger.for_each_row(query, [&names](const objects::Row& row) { names.push_back(row.name); });
  return names;
}

std::vector<std::int64_t> seqs_of(const Ledger& ledger, const Query& query) {
  std::vector<std::int64_t> seqs;
  ledger.for_each_row(query, [&seqs](const objects::Row& row) { seqs.push_back(row.seq); });
  return seqs;
}

std::vector<objects::ObjectRecord> records_of(const Ledger& ledger, bool ended_too) {
  std::vector<objects::ObjectRecord> records;
  ledger.for_each_record(ended_too, [&records](const objects::ObjectRecord& record) { records.push_back(record); });
  return records;
}

std::string sql(const std::filesystem::path& file, const std::string& statements) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  std::string last;
  const auto keep = [](void* to, int, char** values, char**) {
    *static_cast<std::string*>(to) = values[0] != nullptr ? values[0] : "NULL";
    return 0;
  };
  char* error = nullptr;
  const int code = sqlite3_exec(db, statements.c_str(), keep, &last, &error);
  INFO(statements << ": " << (error != nullptr ? error : ""));
  REQUIRE(code == SQLITE_OK);
  sqlite3_close(db);
  return last;
}

void write_file(const std::filesystem::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary) << content;
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    UNSCOPED_INFO(error.what());
    return error;
  }
  FAIL("no error was thrown");
  throw std::logic_error("unreachable");
}

std::size_t retain_all(Ledger& ledger, const Retention& retention, objects::Instant now) {
  std::size_t deleted = 0;
  while (const auto slice = ledger.retain(retention, now, 5'000)) deleted += slice;
  return deleted;
}

}  // namespace snaptrail::ledger::test
