#include "ledger/schema.hpp"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "support.hpp"

using namespace snaptrail;
using namespace snaptrail::ledger;
using namespace snaptrail::ledger::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string this_version() { return std::to_string(migrations().back().version); }
std::string next_version() { return std::to_string(migrations().back().version + 1); }

std::string versions(const std::filesystem::path& file) {
  return sql(file,
             "SELECT (SELECT value FROM meta WHERE key = 'schema_version') || ' ' ||"
             " (SELECT value FROM meta WHERE key = 'min_reader_version')");
}

// The steps of this program and one more, as the next version would have them.
std::vector<Migration> with_next(bool breaking, const char* sql) {
  std::vector<Migration> steps(migrations().begin(), migrations().end());
  steps.push_back({steps.back().version + 1, breaking, sql});
  return steps;
}

}  // namespace

TEST_CASE("migrations are numbered from 1 without holes", "[schema]") {
  int expected = 1;
  for (const auto& step : migrations()) CHECK(step.version == expected++);
}

TEST_CASE("a new file says what it is and of which version", "[schema]") {
  TempDir dir;
  open(dir.file());
  CHECK(sql(dir.file(), "PRAGMA application_id") == std::to_string(kApplicationId));
  CHECK(sql(dir.file(), "PRAGMA user_version") == std::to_string(migrations().back().version));
  CHECK(sql(dir.file(), "SELECT value FROM meta WHERE key = 'created_by'") == "snaptrail");
  CHECK(versions(dir.file()) == this_version() + " 1");
}

TEST_CASE("an additive step of the next version leaves the file usable by this one, and its values alone", "[schema]") {
  TempDir dir;
  {
    auto ledger = open(dir.file());
    auto batch = batch_of({row(1)});
    batch.records = {record(1, objects::State::Creating)};
    ledger.commit(batch);
  }
  {
    const Database db(dir.file(), Access::ReadWrite);
    migrate(db, with_next(false,
                          "ALTER TABLE rows ADD COLUMN node TEXT; CREATE TABLE hazards (id INTEGER PRIMARY KEY);"
                          "ALTER TABLE objects ADD COLUMN node TEXT DEFAULT 'n1';"
                          "UPDATE objects SET node = 'n2'"));
  }
  CHECK(versions(dir.file()) == next_version() + " 1");
  {
    auto ledger = open(dir.file());
    auto batch = batch_of({row(2)});
    batch.records = {record(1, objects::State::Ready), record(2, objects::State::Ready)};
    ledger.commit(batch);
    CHECK(names_of(ledger) == std::vector<std::string>{"snap-1", "snap-2"});
    CHECK(names_of(open_reader(dir.file())).size() == 2);
  }
  CHECK(versions(dir.file()) == next_version() + " 1");
  CHECK(sql(dir.file(), "SELECT group_concat(node) FROM objects ORDER BY uid") == "n2,n1");
}

TEST_CASE("a breaking step of the next version is refused with both versions named", "[schema]") {
  TempDir dir;
  open(dir.file());
  {
    const Database db(dir.file(), Access::ReadWrite);
    migrate(db, with_next(true, "DROP VIEW trail; ALTER TABLE rows RENAME COLUMN name TO object_name"));
  }
  const auto before = read_file(dir.file());
  for (const auto mode : {Ledger::Mode::ReadWrite, Ledger::Mode::ReadOnly}) {
    const auto error = error_of([&] { Ledger(dir.file(), mode); });
    CHECK(error.code() == Errc::newer_version);
    CHECK_THAT(error.what(), ContainsSubstring("schema version " + next_version()) &&
                                 ContainsSubstring("knows version " + this_version()) &&
                                 ContainsSubstring("use a newer snaptrail"));
  }
  CHECK(read_file(dir.file()) == before);
}

TEST_CASE("an older file is brought up to date step by step, with its rows", "[schema]") {
  TempDir dir;
  {
    auto ledger = open(dir.file());
    auto batch = batch_of({row(1)});
    ledger.commit(batch);
  }
  const Database db(dir.file(), Access::ReadWrite);
  migrate(db, with_next(false, "ALTER TABLE rows ADD COLUMN node TEXT DEFAULT 'unknown'"));
  CHECK(db.text("SELECT name || node FROM rows") == "snap-1unknown");
  migrate(db, with_next(false, "this is not run again"));
}

TEST_CASE("a step that fails leaves the file at the step before", "[schema]") {
  TempDir dir;
  open(dir.file());
  {
    const Database db(dir.file(), Access::ReadWrite);
    CHECK_THROWS_AS(migrate(db, with_next(true, "CREATE TABLE half (a); CREATE TABLE rows (a)")), Error);
  }
  CHECK(versions(dir.file()) == this_version() + " 1");
  CHECK(sql(dir.file(), "SELECT count(*) FROM sqlite_master WHERE name = 'half'") == "0");
  CHECK(rows_of(open(dir.file())).empty());
}

TEST_CASE("a reader says so of a file that is older than it can read", "[schema]") {
  TempDir dir;
  {
    const Database db((write_file(dir.file(), ""), dir.file()), Access::ReadWrite);
    constexpr std::array steps = {Migration{-1, true, "CREATE TABLE meta (key TEXT PRIMARY KEY, value)"}};
    db.exec(steps[0].sql);
    db.exec(
        "INSERT INTO meta VALUES ('schema_version', -1), ('min_reader_version', -1); PRAGMA application_id = "
        "1953653097");
  }
  const auto error = error_of([&] { open_reader(dir.file()); });
  CHECK_THAT(error.what(), ContainsSubstring("let the daemon open it once"));
}
