#include "cmd/snaptrail/row_printer.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch_test_macros.hpp>

#include "cmd/snaptrail/source.hpp"

using namespace snaptrail;
using namespace snaptrail::cmd;

namespace {

objects::Row snapshot_row() {
  objects::Row row;
  row.at = *objects::parse_rfc3339("2026-11-22T23:11:07.906Z");
  row.kind = objects::Kind::VolumeSnapshot;
  row.ns = "mongo";
  row.name = "nightly";
  row.uid = *objects::Uid::parse("8f6f0000-0000-0000-0000-000000000002");
  row.from = objects::State::Uploading;
  row.to = objects::State::Ready;
  row.ready = objects::ReadyChange{objects::Ready::False, objects::Ready::True};
  row.snapshot_handle = "h1";
  row.driver = "disk.example";
  return row;
}

std::vector<std::string> texts(const Line& line) {
  std::vector<std::string> result;
  for (const Cell& cell : line) result.push_back(cell.text);
  return result;
}

}  // namespace

TEST_CASE("a transition reads as a line", "[row_printer]") {
  CHECK(texts(row_line(snapshot_row(), Zone::Utc, false)) ==
        std::vector<std::string>{"2026-11-22 23:11:07.906", "snapshot", "mongo/nightly", "Uploading → Ready",
                                 "readyToUse=false→true  handle=h1"});
  const auto wide = texts(row_line(snapshot_row(), Zone::Utc, true));
  CHECK(wide.back().find("driver=disk.example") != std::string::npos);
  CHECK(wide.back().find("uid=8f6f0000-0000-0000-0000-000000000002") != std::string::npos);
}

TEST_CASE("facts, outcomes, findings and gaps read as lines", "[row_printer]") {
  auto fact = snapshot_row();
  fact.type = objects::RowType::Fact;
  fact.fact = objects::Fact{objects::FactType::DeletionPolicyChanged, "Retain", "Delete"};
  CHECK(texts(row_line(fact, Zone::Utc, false))[3].ends_with("Retain → Delete"));
  auto outcome = snapshot_row();
  outcome.type = objects::RowType::Outcome;
  outcome.outcome = objects::Outcome::Leaked;
  CHECK(texts(row_line(outcome, Zone::Utc, false))[3] == "ended: Leaked");
  auto finding = snapshot_row();
  finding.type = objects::RowType::Finding;
  finding.reason = "NoClass";
  finding.finding = objects::FindingNote{objects::FindingEvent::Began, "stuck", "warning", finding.at, false, ""};
  CHECK(texts(row_line(finding, Zone::Utc, false))[3] == "NoClass began");
  objects::Row gap;
  gap.type = objects::RowType::Gap;
  gap.gap = objects::Gap{"volumesnapshots", snapshot_row().at, snapshot_row().at, "", "", objects::GapCause::Expired};
  const auto line = texts(row_line(gap, Zone::Utc, false));
  CHECK(line[2] == "volumesnapshots");
  CHECK(line[3] == "gap: expired");
  CHECK(line[4] == "nothing-seen-since=2026-11-22 23:11:07.906");
}

TEST_CASE("no control character of a stranger's string reaches the terminal", "[row_printer]") {
  auto row = snapshot_row();
  row.name = "evil\x1b[2J\n";
  row.message = "a\x1b]0;title\x07 \u202e b\xff";
  row.snapshot_handle = "\r";
  row.initiator = objects::Initiator{"velero", "b\t", "r\x9b"};
  for (const std::string& cell : texts(row_line(row, Zone::Utc, true))) {
    CAPTURE(cell);
    for (const char c : cell) CHECK_FALSE((c >= 0 && c < 0x20));
    CHECK(cell.find("\u202e") == std::string::npos);
  }
}

TEST_CASE("a row survives its way through the API's JSON", "[row_from_json]") {
  auto row = snapshot_row();
  row.seq = 7;
  row.epoch = 2;
  row.cluster = "prod";
  row.late = true;
  row.cause = objects::Cause{objects::Kind::VolumeSnapshotContent, row.uid, "12"};
  row.initiator = objects::Initiator{"velero", "b", ""};
  row.fact = objects::Fact{objects::FactType::HandleCleared, "h1", ""};
  row.gap = objects::Gap{"x", row.at, row.at, "1", "2", objects::GapCause::Rewound};
  row.finding =
      objects::FindingNote{objects::FindingEvent::Changed, "stuck", "warning", row.at, true, R"({"fix":"x"})"};
  row.policy = objects::DeletionPolicy::Retain;
  const std::string text = objects::to_json(row);
  CHECK(objects::to_json(row_from_json(boost::json::parse(text).as_object())) == text);
}
