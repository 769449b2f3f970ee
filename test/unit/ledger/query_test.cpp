#include <catch2/catch_test_macros.hpp>

#include "support.hpp"

using namespace snaptrail;
using namespace snaptrail::ledger;
using namespace snaptrail::ledger::test;

namespace {

using Names = std::vector<std::string>;
using Seqs = std::vector<std::int64_t>;

objects::Row in_chain(int number, const std::string& chain, const std::string& handle = {},
                      const std::string& backup = {}, const std::string& restore = {}) {
  auto made = row(number);
  made.chain = chain;
  made.snapshot_handle = handle;
  made.driver = handle.empty() ? "" : "d";
  if (!backup.empty() || !restore.empty()) made.initiator = objects::Initiator{"velero", backup, restore};
  return made;
}

// A backup's chain (1–3), the restore's of the same handle (4–5), another chain (6), and a row without one (7).
void fill(Ledger& ledger) {
  const auto backup = uid(1).str();
  auto batch = batch_of({in_chain(1, backup, "", "nightly"), in_chain(2, backup, "h"), in_chain(3, backup),
                         in_chain(4, "restored", "h"), in_chain(5, "restored", "", "", "r1"),
                         in_chain(6, uid(6).str(), "other"), in_chain(7, "", "h")});
  batch.rows[5].ns = "elsewhere";
  batch.rows[6].name = "snap-6";
  ledger.commit(batch);
}

}  // namespace

TEST_CASE("an empty query selects all rows, newest last", "[query]") {
  TempDir dir;
  auto ledger = open(dir.file());
  fill(ledger);
  CHECK(seqs_of(ledger) == Seqs{1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("rows are selected by namespace, name and UID, and by all of them together", "[query]") {
  TempDir dir;
  auto ledger = open(dir.file());
  fill(ledger);
  CHECK(seqs_of(ledger, {.ns = "elsewhere"}) == Seqs{6});
  CHECK(seqs_of(ledger, {.name = "snap-6"}) == Seqs{6, 7});
  CHECK(seqs_of(ledger, {.ns = "app", .name = "snap-6"}) == Seqs{7});
  CHECK(seqs_of(ledger, {.uid = uid(2).str()}) == Seqs{2});
  CHECK(seqs_of(ledger, {.ns = "elsewhere", .uid = uid(2).str()}).empty());
  CHECK(seqs_of(ledger, {.uid = "no uid at all"}).empty());
  CHECK(seqs_of(ledger, {.uid = "8F6F0000-0000-0000-0000-000000000002"}) == Seqs{2});
}

TEST_CASE("a chain has the rows of its own snapshot and of the others in it", "[query]") {
  TempDir dir;
  auto ledger = open(dir.file());
  fill(ledger);
  CHECK(seqs_of(ledger, {.chain = uid(1).str()}) == Seqs{1, 2, 3});
  CHECK(seqs_of(ledger, {.chain = "restored"}) == Seqs{4, 5});
  CHECK(seqs_of(ledger, {.chain = uid(2).str()}).empty());
}

TEST_CASE("a handle selects every chain of its story and the rows that show it without a chain", "[query]") {
  TempDir dir;
  auto ledger = open(dir.file());
  fill(ledger);
  CHECK(seqs_of(ledger, {.handle = "h"}) == Seqs{1, 2, 3, 4, 5, 7});
  CHECK(seqs_of(ledger, {.handle = "other"}) == Seqs{6});
  CHECK(seqs_of(ledger, {.handle = "none"}).empty());
}

TEST_CASE("a backup or restore selects the chains of its initiator, not those joined by the handle", "[query]") {
  TempDir dir;
  auto ledger = open(dir.file());
  fill(ledger);
  CHECK(seqs_of(ledger, {.backup = "nightly"}) == Seqs{1, 2, 3});
  CHECK(seqs_of(ledger, {.restore = "r1"}) == Seqs{4, 5});
  CHECK(seqs_of(ledger, {.backup = "r1"}).empty());
}

TEST_CASE("a limit gives the newest rows, in order", "[query]") {
  TempDir dir;
  auto ledger = open(dir.file());
  fill(ledger);
  CHECK(seqs_of(ledger, {.newest = 2}) == Seqs{6, 7});
  CHECK(seqs_of(ledger, {.handle = "h", .newest = 3}) == Seqs{4, 5, 7});
  CHECK(seqs_of(ledger, {.newest = 100}).size() == 7);
  CHECK(seqs_of(ledger, {.newest = SIZE_MAX}).size() == 7);
}

TEST_CASE("a limit after a seq gives the first rows after it", "[query]") {
  TempDir dir;
  auto ledger = open(dir.file());
  fill(ledger);
  CHECK(seqs_of(ledger, {.after_seq = 2, .first = 2}) == Seqs{3, 4});
  CHECK(seqs_of(ledger, {.ns = "app", .after_seq = 4, .first = 2}) == Seqs{5, 7});
  CHECK(seqs_of(ledger, {.handle = "h", .after_seq = 3}) == Seqs{4, 5, 7});
  CHECK(seqs_of(ledger, {.after_seq = 7}).empty());
  CHECK(seqs_of(ledger, {.after_seq = INT64_MAX}).empty());
}

TEST_CASE("the findings that stand are those whose newest row is no end", "[query]") {
  TempDir dir;
  auto ledger = open(dir.file());
  const auto finding = [](int object, const char* reason, objects::FindingEvent event) {
    auto found = row(object);
    found.type = objects::RowType::Finding;
    found.reason = reason;
    found.finding = objects::FindingNote{event, "stuck", "warning", at(1), false, {}};
    return found;
  };
  using enum objects::FindingEvent;
  auto batch =
      batch_of({finding(1, "SidecarAbsent", Began), finding(1, "Throttled", Began), finding(2, "SidecarAbsent", Began),
                row(1), finding(1, "SidecarAbsent", Ended), finding(1, "Throttled", Changed),
                finding(2, "SidecarAbsent", Ended), finding(2, "SidecarAbsent", Began)});
  ledger.commit(batch);
  std::vector<std::string> standing;
  ledger.for_each_open_finding({}, [&](const objects::Row& found) {
    standing.push_back(found.name + " " + found.reason + " " + std::string(to_string(found.finding->event)));
  });
  CHECK(standing == std::vector<std::string>{"snap-1 Throttled changed", "snap-2 SidecarAbsent began"});
}
