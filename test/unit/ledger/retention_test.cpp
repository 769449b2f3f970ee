#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "support.hpp"

using namespace snaptrail;
using namespace snaptrail::ledger;
using namespace snaptrail::ledger::test;

namespace {

using Seqs = std::vector<std::int64_t>;
using objects::State;

constexpr Retention kDay{std::chrono::hours(24)};
// All rows that row() makes are older than a day then.
const auto kLater = at(0) + std::chrono::hours(48);

objects::Row with_handle(int number, const std::string& handle, const std::string& driver = "d") {
  auto made = row(number);
  made.driver = driver;
  made.snapshot_handle = handle;
  return made;
}

objects::Row destroyed(objects::Row row) {
  row.outcome = objects::Outcome::Destroyed;
  row.to = State::Deleted;
  return row;
}

objects::Row finding(int number, objects::FindingEvent event, const std::string& reason = "VeleroClassDeletes") {
  auto made = row(number);
  made.type = objects::RowType::Finding;
  made.kind = objects::Kind::VolumeSnapshotClass;
  made.ns.clear();
  made.from.reset();
  made.to.reset();
  made.reason = reason;
  made.finding = objects::FindingNote{event, "hazard", "warning", at(0), true, {}};
  return made;
}

objects::Row of_content(objects::Row row) {
  row.kind = objects::Kind::VolumeSnapshotContent;
  return row;
}

Seqs standing(const Ledger& ledger) {
  Seqs seqs;
  ledger.for_each_open_finding({}, [&](const objects::Row& row) { seqs.push_back(row.seq); });
  return seqs;
}

void commit(Ledger& ledger, std::vector<objects::Row> rows, std::vector<objects::ObjectRecord> records = {}) {
  auto batch = batch_of(std::move(rows));
  batch.records = std::move(records);
  ledger.commit(batch);
}

}  // namespace

TEST_CASE("rows that are too old go and younger ones stay", "[retention]") {
  TempDir dir;
  auto ledger = open(dir.file());
  auto young = row(3);
  young.at = kLater - std::chrono::hours(24);
  auto gap = objects::Row();
  gap.at = at(5);
  commit(ledger, {row(1), row(2), young, gap}, {record(1, State::Deleted), record(2, State::Deleted)});
  CHECK(retain_all(ledger, kDay, kLater) == 3);
  CHECK(seqs_of(ledger) == Seqs{3});
  CHECK(records_of(ledger, true).empty());
}

TEST_CASE("a retention of nothing keeps all", "[retention]") {
  TempDir dir;
  auto ledger = open(dir.file());
  commit(ledger, {row(1)});
  CHECK(ledger.retain({std::chrono::hours(0)}, kLater, 100) == 0);
  CHECK(ledger.retain(kDay, kLater, 0) == 0);
  CHECK(rows_of(ledger).size() == 1);
}

TEST_CASE("objects that have not ended keep their rows and record whatever their age", "[retention]") {
  TempDir dir;
  auto ledger = open(dir.file());
  auto waiting = record(2, State::Deleted);
  waiting.outcome_pending = true;
  commit(ledger, {row(1), row(1), row(2), row(3)}, {record(1, State::Ready), waiting, record(3, State::Deleted)});
  CHECK(retain_all(ledger, kDay, kLater) == 1);
  CHECK(seqs_of(ledger) == Seqs{1, 2, 3});
  CHECK(records_of(ledger, true).size() == 2);
}

TEST_CASE("of a handle that is not known to be destroyed the last row stays, and its object's record", "[retention]") {
  TempDir dir;
  auto ledger = open(dir.file());
  commit(ledger,
         {with_handle(1, "h"), with_handle(1, "h"), with_handle(2, "h", "other driver"), with_handle(3, "h", "")},
         {record(1, State::Deleted), record(2, State::Deleted)});
  CHECK(retain_all(ledger, kDay, kLater) == 1);
  CHECK(seqs_of(ledger) == Seqs{2, 3, 4});
  CHECK(records_of(ledger, true).size() == 2);
}

TEST_CASE("a content's last row stays with its record though others of its handle have newer ones", "[retention]") {
  TempDir dir;
  auto ledger = open(dir.file());
  // Cut as 1, restored as 2 by an imported content 3.
  commit(ledger,
         {of_content(with_handle(1, "h")), of_content(with_handle(1, "h")), with_handle(2, "h"),
          of_content(with_handle(3, "h")), with_handle(4, "h")},
         {record(1, State::Deleted), record(2, State::Deleted), record(3, State::Deleted), record(4, State::Deleted)});
  CHECK(retain_all(ledger, kDay, kLater) == 2);
  CHECK(seqs_of(ledger) == Seqs{2, 4, 5});
  CHECK(records_of(ledger, true).size() == 3);
  // Once the handle is known to be destroyed it goes as any other.
  commit(ledger, {destroyed(of_content(with_handle(5, "h")))}, {record(5, State::Deleted)});
  CHECK(retain_all(ledger, kDay, kLater) == 4);
  CHECK(rows_of(ledger).empty());
  CHECK(records_of(ledger, true).empty());
}

TEST_CASE("a content's row with another handle is no newer one of this handle", "[retention]") {
  TempDir dir;
  auto ledger = open(dir.file());
  commit(ledger, {of_content(with_handle(1, "h")), of_content(with_handle(1, "i")), of_content(row(1))},
         {record(1, State::Deleted)});
  CHECK(retain_all(ledger, kDay, kLater) == 1);
  CHECK(seqs_of(ledger) == Seqs{1, 2});
}

TEST_CASE("a handle that is known to be destroyed leaves nothing behind", "[retention]") {
  TempDir dir;
  auto ledger = open(dir.file());
  const auto at_once = GENERATE(true, false);
  // The restored claim's row comes after the end.
  commit(ledger,
         {with_handle(1, "h"), destroyed(with_handle(1, "h")), with_handle(2, "h"), destroyed(with_handle(3, "h"))},
         {record(1, State::Deleted), record(2, State::Deleted), record(3, State::Deleted)});
  if (at_once) {
    CHECK(ledger.retain(kDay, kLater, 5'000) == 4);
  } else {
    while (ledger.retain(kDay, kLater, 1) != 0) {
    }
  }
  CHECK(rows_of(ledger).empty());
  CHECK(records_of(ledger, true).empty());
}

TEST_CASE("that a handle was destroyed is known as long as other rows of it stay", "[retention]") {
  TempDir dir;
  auto ledger = open(dir.file());
  commit(ledger, {with_handle(1, "h"), destroyed(with_handle(1, "h")), with_handle(2, "h")},
         {record(1, State::Deleted), record(2, State::Bound)});
  CHECK(retain_all(ledger, kDay, kLater) == 1);
  CHECK(seqs_of(ledger) == Seqs{2, 3});
  commit(ledger, {}, {record(2, State::Deleted)});
  CHECK(retain_all(ledger, kDay, kLater) == 2);
  CHECK(rows_of(ledger).empty());
}

TEST_CASE("a finding that stands stays, whatever its age and though its object has no record", "[retention]") {
  using enum objects::FindingEvent;
  TempDir dir;
  auto ledger = open(dir.file());
  auto nowhere = finding(0, Began);  // what the trail alone tells of may have no uid, namespace or name
  nowhere.uid = {};
  nowhere.name.clear();
  commit(ledger, {finding(1, Began), finding(1, Changed), finding(2, Began), finding(2, Ended), nowhere,
                  finding(1, Began, "Throttled")});
  CHECK(retain_all(ledger, kDay, kLater) == 3);
  CHECK(seqs_of(ledger) == Seqs{2, 5, 6});
  CHECK(standing(ledger) == Seqs{2, 5, 6});
  nowhere.finding->event = Ended;
  commit(ledger, {finding(1, Ended), nowhere});
  CHECK(retain_all(ledger, kDay, kLater) == 4);
  CHECK(seqs_of(ledger) == Seqs{6});
}

TEST_CASE("a finding's end stays as long as an earlier row of it, so that none stands again", "[retention]") {
  using enum objects::FindingEvent;
  TempDir dir;
  auto ledger = open(dir.file());
  // A clock that went back: the end is dated before the beginning, which is too young yet.
  auto began = finding(1, Began);
  began.at = kLater;
  commit(ledger, {began, finding(1, Ended)});
  CHECK(retain_all(ledger, kDay, kLater) == 0);
  CHECK(standing(ledger).empty());
  CHECK(retain_all(ledger, kDay, kLater + std::chrono::hours(48)) == 2);
}

TEST_CASE("a slice deletes no more rows than allowed and the next goes on", "[retention]") {
  TempDir dir;
  auto ledger = open(dir.file());
  std::vector<objects::Row> rows;
  std::vector<objects::ObjectRecord> open_ones;
  for (int i = 0; i < 2'500; ++i) {
    rows.push_back(row(i));
    if (i % 2 == 0) open_ones.push_back(record(i, State::Ready));
  }
  commit(ledger, rows, open_ones);
  CHECK(ledger.retain(kDay, kLater, 1'000) == 1'000);
  CHECK(rows_of(ledger).size() == 1'500);
  CHECK(ledger.retain(kDay, kLater, 1'000) == 250);
  CHECK(ledger.retain(kDay, kLater, 1'000) == 0);
  CHECK(rows_of(ledger).size() == 1'250);
  // What ends later goes with a later pass.
  for (auto& record : open_ones) record.state = State::Deleted;
  commit(ledger, {}, open_ones);
  CHECK(retain_all(ledger, kDay, kLater) == 1'250);
}

TEST_CASE("records of ended objects go even if their rows never were", "[retention]") {
  TempDir dir;
  auto ledger = open(dir.file());
  auto young = record(2, State::Deleted);
  young.since = kLater;
  commit(ledger, {}, {record(1, State::Deleted), young, record(3, State::Ready)});
  CHECK(ledger.retain(kDay, kLater, 100) == 0);
  CHECK(records_of(ledger, true).size() == 2);
}

TEST_CASE("a number is not given twice, even when retention deleted the newest row", "[retention]") {
  TempDir dir;
  {
    auto ledger = open(dir.file());
    commit(ledger, {row(1), row(2)});
    CHECK(retain_all(ledger, kDay, kLater) == 2);
    CHECK(ledger.last_seq() == 2);
  }
  auto ledger = open(dir.file());
  commit(ledger, {row(3)});
  CHECK(seqs_of(ledger) == Seqs{3});
}

TEST_CASE("an operation goes when it has been gone for too long, not while it is there or rows of its run are",
          "[retention]") {
  TempDir dir;
  auto ledger = open(dir.file());
  Batch batch;
  auto standing = row(1);
  standing.initiator = objects::Initiator{"velero", "told", ""};
  batch.rows = {standing};
  batch.records = {record(1, State::Ready)};
  for (int i = 1; i <= 4; ++i) {
    objects::Operation one;
    one.uid = uid(i);
    one.name = std::to_string(i);
    one.created = at(0);
    if (i != 3) one.gone = at(1);
    if (i == 2) one.gone = kLater - std::chrono::hours(1);
    one.backup = i == 4 ? "told" : "forgotten";
    batch.operations.push_back(one);
  }
  ledger.commit(batch);
  retain_all(ledger, kDay, kLater);
  std::string left;
  ledger.for_each_operation({}, [&](const objects::Operation& one) { left += one.name; });
  CHECK(left == "234");
}
