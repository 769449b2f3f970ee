#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"

/// What the ledger's tests share: a directory that goes away, rows and records, raw SQL beside the ledger.
namespace snaptrail::ledger::test {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path file() const { return path_ / "ledger.db"; }

 private:
  std::filesystem::path path_;
};

/// A different UID for each number.
objects::Uid uid(int number);
/// Milliseconds after some day in 2026.
objects::Instant at(std::int64_t millis);

/// A transition of the object uid(number) at at(number).
objects::Row row(int number);
objects::ObjectRecord record(int number, objects::State state);

Batch batch_of(std::vector<objects::Row> rows);

Ledger open(const std::filesystem::path& file);
Ledger open_reader(const std::filesystem::path& file);

std::vector<objects::Row> rows_of(const Ledger& ledger, const Query& query = {});
std::vector<std::string> names_of(const Ledger& ledger, const Query& query = {});
std::vector<std::int64_t> seqs_of(const Ledger& ledger, const Query& query = {});
std::vector<objects::ObjectRecord> records_of(const Ledger& ledger, bool ended_too);

/// Runs SQL as the sqlite3 shell would; returns the first column of the last row. Fails the test on an error.
std::string sql(const std::filesystem::path& file, const std::string& statements);

void write_file(const std::filesystem::path& file, const std::string& content);
std::string read_file(const std::filesystem::path& file);

/// The error that `action` throws; fails the test if it throws none.
Error error_of(const std::function<void()>& action);

/// Ledger::retain() until nothing is left to delete; how many rows went.
std::size_t retain_all(Ledger& ledger, const Retention& retention, objects::Instant now);

}  // namespace snaptrail::ledger::test
