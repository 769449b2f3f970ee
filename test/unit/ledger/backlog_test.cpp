#include "ledger/backlog.hpp"

#include <catch2/catch_test_macros.hpp>

#include "support.hpp"

using namespace snaptrail;
using namespace snaptrail::ledger;
using namespace snaptrail::ledger::test;

namespace {

Batch batch(int first, int last) {
  Batch made;
  for (int i = first; i <= last; ++i) {
    made.rows.push_back(row(i));
    made.records.push_back(record(i, objects::State::Ready));
  }
  made.positions = {{"volumesnapshots", std::to_string(last), at(last)}};
  return made;
}

Batch rowless(int number) {
  auto made = batch(number, number);
  made.rows.clear();
  return made;
}

}  // namespace

TEST_CASE("batches are taken in order, several to a group", "[backlog]") {
  Backlog backlog(100);
  backlog.append(batch(1, 2), 0, {});
  backlog.append(batch(3, 3), 0, {});
  backlog.append(batch(4, 6), 0, {});
  CHECK(backlog.rows() == 6);
  const auto group = backlog.take(3);
  REQUIRE(group.size() == 2);
  CHECK(group[1].rows[0].name == "snap-3");
  CHECK(backlog.rows() == 3);
  CHECK(backlog.take(1).size() == 1);
  CHECK(backlog.empty());
  CHECK(backlog.take(1).empty());
}

TEST_CASE("what comes to others waits for company since the first of them came", "[backlog]") {
  using std::chrono::milliseconds;
  const Backlog::TimePoint begin{std::chrono::hours(1)};
  Backlog backlog(100);
  backlog.append(batch(1, 1), 0, begin);
  backlog.append(rowless(2), 0, begin + milliseconds(4));
  CHECK(backlog.waiting_since() == begin);
  backlog.take(100);
  REQUIRE(backlog.empty());
  backlog.append(rowless(3), 1, begin + milliseconds(9));
  CHECK(backlog.waiting_since() == begin + milliseconds(9));
}

TEST_CASE("batches without rows are merged, so that they need no memory without end", "[backlog]") {
  Backlog backlog(100);
  backlog.append(batch(1, 1), 0, {});
  for (int i = 0; i < 1'000; ++i) backlog.append(rowless(i % 3), 0, {});
  const auto group = backlog.take(100);
  REQUIRE(group.size() == 2);
  CHECK(group[1].records.size() == 3);
  REQUIRE(group[1].positions.size() == 1);
  CHECK(group[1].positions[0].resource_version == "0");
}

TEST_CASE("of an operation that changes while the disk is slow the newest version is kept", "[backlog]") {
  Backlog backlog(100);
  for (const char* phase : {"New", "InProgress", "Completed"}) {
    Batch made;
    made.operations.emplace_back();
    made.operations.back().uid = uid(1);
    made.operations.back().phase = phase;
    backlog.append(std::move(made), 0, {});
  }
  const auto group = backlog.take(100);
  REQUIRE(group.size() == 1);
  REQUIRE(group[0].operations.size() == 1);
  CHECK(group[0].operations[0].phase == "Completed");
}

TEST_CASE("a batch without rows keeps its place before a later batch with rows", "[backlog]") {
  Backlog backlog(100);
  backlog.append(rowless(1), 0, {});
  backlog.append(batch(2, 2), 0, {});
  const auto group = backlog.take(100);
  REQUIRE(group.size() == 2);
  CHECK(group[0].rows.empty());
  CHECK(group[1].rows.size() == 1);
}

TEST_CASE("past the bound rows are dropped until the disk works, and a gap row stands for them", "[backlog]") {
  Backlog backlog(3);
  CHECK(backlog.append(batch(1, 2), 0, {}) == 0);
  auto dropped = batch(3, 4);
  dropped.epoch = 7;
  const auto count = backlog.append(std::move(dropped), 0, {});
  CHECK(count == 2);
  // It would fit, but the gap is one window: nothing in it is recorded.
  CHECK(backlog.append(batch(5, 5), 0, {}) == 1);
  auto again = rowless(3);
  again.records[0].state = objects::State::Deleting;
  backlog.append(std::move(again), 0, {});
  CHECK(backlog.take(10).size() == 1);

  backlog.close_gap(at(50));
  const auto group = backlog.take(10);
  REQUIRE(group.size() == 1);
  REQUIRE(group[0].rows.size() == 1);
  const auto& gap = group[0].rows[0];
  CHECK(gap.type == objects::RowType::Gap);
  CHECK(gap.cluster == "prod");
  CHECK(gap.at == at(50));
  CHECK_FALSE(gap.kind);
  CHECK(gap.gap == objects::Gap{"ledger", at(3), at(50), "", "", objects::GapCause::Overload});
  CHECK(group[0].epoch == 7);
  REQUIRE(group[0].records.size() == 3);
  CHECK(group[0].records[0].state == objects::State::Deleting);
  REQUIRE(group[0].positions.size() == 1);
  CHECK(group[0].positions[0].resource_version == "3");
  CHECK(backlog.append(batch(6, 6), 0, {}) == 0);
}

TEST_CASE("rows that are being committed count towards the bound", "[backlog]") {
  Backlog backlog(3);
  CHECK(backlog.append(batch(1, 1), 3, {}) == 1);
}

TEST_CASE("a batch larger than the bound is taken when nothing else waits", "[backlog]") {
  Backlog backlog(3);
  CHECK(backlog.append(batch(1, 10), 0, {}) == 0);
  CHECK(backlog.append(batch(11, 11), 0, {}) == 1);
}

TEST_CASE("a gap does not end before it began when the clock was set back", "[backlog]") {
  Backlog backlog(1);
  backlog.append(batch(1, 1), 0, {});
  backlog.append(batch(2, 2), 0, {});
  backlog.close_gap(at(-1'000));
  const auto group = backlog.take(10);
  CHECK(group.back().rows[0].gap->until == at(2));
}

TEST_CASE("without a drop there is no gap to close", "[backlog]") {
  Backlog backlog(1);
  backlog.close_gap(at(1));
  CHECK(backlog.empty());
}

TEST_CASE("the records that wait are counted wherever they wait", "[backlog]") {
  Backlog backlog(2);
  backlog.append(rowless(1), 0, {});
  CHECK(backlog.records() == 1);
  backlog.append(batch(2, 3), 0, {});
  CHECK(backlog.records() == 3);
  backlog.append(batch(4, 4), 0, {});  // dropped, but for its record
  backlog.append(rowless(5), 0, {});
  CHECK(backlog.records() == 5);
  backlog.take(100);
  CHECK(backlog.records() == 2);
  backlog.close_gap(at(9));
  backlog.take(100);
  CHECK(backlog.records() == 0);
}
