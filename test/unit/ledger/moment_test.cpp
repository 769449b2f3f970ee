#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <string>
#include <vector>

#include "support.hpp"

using namespace snaptrail;
using namespace snaptrail::ledger;
using namespace snaptrail::ledger::test;

namespace {

using objects::State;
using Lines = std::vector<std::string>;

objects::Row moved(int number, std::optional<State> from, State to, std::int64_t when) {
  auto made = row(number);
  made.from = from;
  made.to = to;
  made.at = at(when);
  return made;
}

objects::ObjectRecord known(int number, State state, std::int64_t first_seen, std::int64_t since) {
  auto made = record(number, state);
  made.first_seen = at(first_seen);
  made.since = at(since);
  return made;
}

/// 1: seen from Pending (10) over Creating (20) and Ready (30) to its end (40). 2: there at the start (5), without a row, until it broke
/// (35). 3: there at the start, nothing has happened since. 4: came at 50.
void fill(Ledger& ledger) {
  auto batch = batch_of({moved(1, std::nullopt, State::Pending, 10), moved(1, State::Pending, State::Creating, 20),
                         moved(1, State::Creating, State::Ready, 30), moved(2, State::Ready, State::Broken, 35),
                         moved(1, State::Ready, State::Deleted, 40), moved(4, std::nullopt, State::Pending, 50)});
  batch.records = {known(1, State::Deleted, 10, 40), known(2, State::Broken, 5, 35), known(3, State::Ready, 5, 5),
                   known(4, State::Pending, 50, 50)};
  ledger.commit(batch);
}

Lines page_at(const Ledger& ledger, objects::MaybeInstant when, RecordQuery query = {}) {
  query.headlines = true;
  query.at = when;
  Lines lines;
  const auto total = ledger.page_of_records(query, [&](const objects::ObjectRecord& found) {
    lines.push_back(found.name + " " + std::string(to_string(found.state)));
  });
  if (query.first == 0 && query.skip == 0) CHECK(total == lines.size());
  return lines;
}

}  // namespace

TEST_CASE("of a moment there are the objects that were there, in the states of then, what changed last first",
          "[moment]") {
  TempDir dir;
  auto ledger = open(dir.file());
  fill(ledger);
  CHECK(page_at(ledger, at(4)).empty());
  CHECK(page_at(ledger, at(9)) == Lines{"snap-3 Ready", "snap-2 Ready"});
  CHECK(page_at(ledger, at(10)) == Lines{"snap-1 Pending", "snap-3 Ready", "snap-2 Ready"});
  CHECK(page_at(ledger, at(34)) == Lines{"snap-1 Ready", "snap-3 Ready", "snap-2 Ready"});
  CHECK(page_at(ledger, at(35)) == Lines{"snap-2 Broken", "snap-1 Ready", "snap-3 Ready"});
  CHECK(page_at(ledger, at(45)) == Lines{"snap-2 Broken", "snap-3 Ready"});
  CHECK(page_at(ledger, at(45), {.ended_too = true}) == Lines{"snap-1 Deleted", "snap-2 Broken", "snap-3 Ready"});
  CHECK(page_at(ledger, at(99)) == page_at(ledger, {}));
}

TEST_CASE("filters and pages hold for the states of the moment", "[moment]") {
  TempDir dir;
  auto ledger = open(dir.file());
  fill(ledger);
  CHECK(page_at(ledger, at(25), {.state = State::Creating}) == Lines{"snap-1 Creating"});
  CHECK(page_at(ledger, at(25), {.state = State::Deleted, .ended_too = true}).empty());
  CHECK(page_at(ledger, at(34), {.skip = 1, .first = 1}) == Lines{"snap-3 Ready"});
}

TEST_CASE("what there was is counted by the states of the moment", "[moment]") {
  TempDir dir;
  auto ledger = open(dir.file());
  fill(ledger);
  RecordQuery query;
  query.headlines = true;
  query.at = at(25);
  Lines lines;
  for (const auto& group : ledger.group_records(query)) {
    lines.push_back(std::string(to_string(group.state)) + " " + std::to_string(group.count));
  }
  CHECK(lines == Lines{"Creating 1", "Ready 2"});
}

TEST_CASE("a page says how many there are in all, whatever it shows", "[moment]") {
  TempDir dir;
  auto ledger = open(dir.file());
  fill(ledger);
  RecordQuery query;
  query.headlines = true;
  query.text = "SNAP";
  query.skip = 1;
  query.first = 1;
  std::size_t seen = 0;
  CHECK(ledger.page_of_records(query, [&seen](const objects::ObjectRecord&) { ++seen; }) == 3);
  CHECK(seen == 1);
}

TEST_CASE("the findings of a moment are those that stood then, as they were told of", "[moment]") {
  TempDir dir;
  auto ledger = open(dir.file());
  const auto finding = [](int object, objects::FindingEvent event, const char* category, const char* severity,
                          std::int64_t when) {
    auto found = row(object);
    found.type = objects::RowType::Finding;
    found.reason = "SidecarAbsent";
    found.at = at(when);
    found.finding = objects::FindingNote{event, category, severity, at(1), false, {}};
    return found;
  };
  using enum objects::FindingEvent;
  auto batch = batch_of({finding(1, Began, "waiting", "info", 10), finding(2, Began, "hazard", "critical", 20),
                         finding(1, Changed, "stuck", "warning", 30), finding(2, Ended, "hazard", "critical", 40),
                         finding(3, Began, "error", "critical", 50), finding(4, Began, "hazard", "warning", 60)});
  ledger.commit(batch);
  const auto standing = [&](FindingQuery query) {
    Lines lines;
    ledger.for_each_open_finding(
        query, [&](const objects::Row& found) { lines.push_back(found.name + " " + found.finding->category); });
    return lines;
  };
  CHECK(standing({.at = at(9)}).empty());
  CHECK(standing({.at = at(25)}) == Lines{"snap-1 waiting", "snap-2 hazard"});
  CHECK(standing({.at = at(35)}) == Lines{"snap-2 hazard", "snap-1 stuck"});
  CHECK(standing({}) == Lines{"snap-1 stuck", "snap-3 error", "snap-4 hazard"});
  CHECK(standing({.worst_first = true, .first = 2}) == Lines{"snap-3 error", "snap-1 stuck"});
  CHECK(standing({.of = std::vector{uid(4)}}) == Lines{"snap-4 hazard"});
  CHECK(standing({.of = std::vector<objects::Uid>{}}).empty());
  CHECK(standing({.category = "stuck"}) == Lines{"snap-1 stuck"});
  CHECK(standing({.uid = "no uid"}).empty());
  CHECK(ledger.count_open_findings({.at = at(25)}) ==
        std::map<std::string, std::uint64_t>{{"hazard", 1}, {"waiting", 1}});
}
