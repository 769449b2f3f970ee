#include <catch2/catch_test_macros.hpp>
#include <string>
#include <utility>
#include <vector>

#include "ledger/backlog.hpp"
#include "ledger/sqlite.hpp"
#include "support.hpp"

using namespace snaptrail;
using namespace snaptrail::ledger;
using namespace snaptrail::ledger::test;

namespace {

/// The Event uid(100 + number) about uid(about).
objects::EventRecord event(int number, int about, std::int64_t said, std::int64_t count = 1) {
  objects::EventRecord made;
  made.uid = uid(100 + number);
  made.ns = "app";
  made.name = "snap-" + std::to_string(about);
  made.about = uid(about);
  made.warning = true;
  made.reason = "SnapshotContentCreationFailed";
  made.message = "failed " + std::to_string(count) + " times\xff";
  made.count = count;
  made.at = at(said);
  made.first = at(1);
  made.api_time = at(said);
  return made;
}

void commit(Ledger& ledger, std::vector<objects::EventRecord> events) {
  Batch batch;
  batch.events = std::move(events);
  ledger.commit(batch);
}

std::vector<std::int64_t> counts(const Ledger& ledger, int about) {
  std::vector<std::int64_t> found;
  for (const auto& one : ledger.events_about({uid(about)})) found.push_back(one.count);
  return found;
}

}  // namespace

TEST_CASE("an Event comes back with every field as it was, after a restart too", "[events]") {
  TempDir dir;
  auto one = event(1, 1, 5);
  auto bare = event(2, 1, 6);
  bare.ns = bare.reason = bare.message = "";
  bare.first = bare.api_time = {};
  bare.warning = false;
  bare.late = true;
  {
    auto ledger = open(dir.file());
    commit(ledger, {one, bare});
  }
  one.change = 1;
  bare.change = 2;
  CHECK(open(dir.file()).events_about({uid(1)}) == std::vector{one, bare});
}

TEST_CASE("Events about several objects come by when they were last said", "[events]") {
  TempDir dir;
  auto ledger = open(dir.file());
  commit(ledger, {event(1, 1, 9), event(2, 2, 5), event(3, 3, 1), event(4, 1, 3)});
  std::vector<objects::Instant> times;
  for (const auto& one : ledger.events_about({uid(1), uid(2)})) times.push_back(one.at);
  CHECK(times == std::vector{at(3), at(5), at(9)});
  CHECK(ledger.events_about({uid(9)}).empty());
}

TEST_CASE("an Event that is counted up is one, and what was known already replaces nothing", "[events]") {
  TempDir dir;
  auto ledger = open(dir.file());
  commit(ledger, {event(1, 1, 5, 1)});
  commit(ledger, {event(1, 1, 8, 3)});
  auto listed = event(1, 1, 8, 3);
  listed.at = at(7);
  listed.late = true;
  commit(ledger, {listed});
  commit(ledger, {event(1, 1, 5, 1)});
  const auto found = ledger.events_about({uid(1)});
  auto expected = event(1, 1, 8, 3);
  expected.change = 2;
  CHECK(found == std::vector{expected});
}

TEST_CASE("of an object the Events that were said last are kept", "[events]") {
  TempDir dir;
  auto ledger = open(dir.file());
  commit(ledger, {event(999, 2, 1)});
  const int most = static_cast<int>(kEventsPerObject);
  for (int i = 0; i < most + 10; ++i) commit(ledger, {event(i, 1, i, i + 1)});
  const auto left = counts(ledger, 1);
  REQUIRE(left.size() == kEventsPerObject);
  CHECK(left.front() == 11);
  CHECK(left.back() == most + 10);
  CHECK(counts(ledger, 2).size() == 1);
}

TEST_CASE("Events that are too old go, whatever their object", "[events]") {
  TempDir dir;
  auto ledger = open(dir.file());
  const auto later = at(0) + std::chrono::hours(48);
  auto young = event(2, 1, 0);
  young.at = later - std::chrono::hours(1);
  Batch batch;
  batch.events = {event(1, 1, 5), young};
  batch.records = {record(1, objects::State::Creating)};
  ledger.commit(batch);
  retain_all(ledger, {std::chrono::hours(24)}, later);
  young.change = 2;
  CHECK(ledger.events_about({uid(1)}) == std::vector{young});
}

TEST_CASE("each change of an Event has a number of its own, which is never given twice", "[events]") {
  TempDir dir;
  {
    auto ledger = open(dir.file());
    Batch batch;
    batch.events = {event(1, 1, 5, 1), event(2, 1, 6, 1), event(1, 1, 8, 2), event(2, 1, 6, 1)};
    ledger.commit(batch);
    std::vector<std::int64_t> given;
    for (const auto& one : batch.events) given.push_back(one.change);
    CHECK(given == std::vector<std::int64_t>{1, 2, 3, 0});
    CHECK(ledger.last_event() == 3);
    retain_all(ledger, {std::chrono::hours(24)}, at(0) + std::chrono::hours(48));
  }
  auto ledger = open(dir.file());
  CHECK(ledger.events_about({uid(1)}).empty());
  CHECK(ledger.last_event() == 3);
  commit(ledger, {event(3, 1, 9)});
  CHECK(ledger.last_event() == 4);
}

TEST_CASE("what changed behind a number comes in the order of its change, each Event as it was said last", "[events]") {
  TempDir dir;
  auto ledger = open(dir.file());
  commit(ledger, {event(1, 1, 5, 1), event(2, 2, 5, 1), event(3, 1, 5, 1)});
  commit(ledger, {event(1, 1, 9, 2)});
  const auto behind = [&ledger](std::int64_t after, std::size_t most) {
    std::vector<std::pair<std::int64_t, std::int64_t>> found;
    ledger.for_each_event(after, most,
                          [&](const objects::EventRecord& one) { found.emplace_back(one.change, one.count); });
    return found;
  };
  using Found = std::vector<std::pair<std::int64_t, std::int64_t>>;
  CHECK(behind(0, 10) == Found{{2, 1}, {3, 1}, {4, 2}});
  CHECK(behind(0, 2) == Found{{2, 1}, {3, 1}});
  CHECK(behind(3, 10) == Found{{4, 2}});
  CHECK(behind(4, 10).empty());
}

TEST_CASE("a file that is older than the changes' numbers, and is only read, has its Events and no changes",
          "[events]") {
  TempDir dir;
  {
    auto ledger = open(dir.file());
    commit(ledger, {event(1, 1, 5)});
  }
  sql(dir.file(),
      "DROP INDEX events_change; ALTER TABLE events DROP COLUMN change; DELETE FROM meta WHERE key = 'last_event'");
  const auto ledger = open_reader(dir.file());
  CHECK(ledger.events_about({uid(1)}) == std::vector{event(1, 1, 5)});
  CHECK(ledger.last_event() == 0);
  int found = 0;
  ledger.for_each_event(0, 10, [&found](const objects::EventRecord&) { ++found; });
  CHECK(found == 0);
}

TEST_CASE("a file that is older than the table, and is only read, has no Events", "[events]") {
  TempDir dir;
  { auto ledger = open(dir.file()); }
  sql(dir.file(), "DROP TABLE events");
  CHECK(open_reader(dir.file()).events_about({uid(1)}).empty());
}

TEST_CASE("Events that wait for the disk are merged by their own uid, and need no memory without end", "[events]") {
  Merged merged;
  const int most = static_cast<int>(Merged::kMostEvents);
  for (int i = 0; i < most + 5; ++i) {
    Batch batch;
    batch.events = {event(i, 1, 1)};
    merged.add(std::move(batch));
  }
  Batch again;
  again.events = {event(0, 1, 9, 7)};
  merged.add(std::move(again));
  const auto taken = merged.take();
  REQUIRE(taken.events.size() == Merged::kMostEvents);
  CHECK(taken.events.front().count == 7);
}
