#include <catch2/catch_test_macros.hpp>

#include "cluster.hpp"

using namespace snaptrail;
using namespace snaptrail::test;
using objects::Outcome;
using objects::RowType;

namespace {

/// The last record of every object, as a ledger would hold them.
std::vector<objects::ObjectRecord> recorded(const Cluster& cluster) {
  std::vector<objects::ObjectRecord> records;
  for (const auto& record : cluster.out.records) {
    std::erase_if(records, [&](const auto& older) { return older.uid == record.uid; });
    records.push_back(record);
  }
  return records;
}

Cluster& restart(Cluster& next, const Cluster& before) {
  for (auto& record : recorded(before)) next.tracker.restore(std::move(record));
  return next;
}

}  // namespace

TEST_CASE("after a restart an unchanged object makes no row", "[tracker][restart]") {
  Cluster before;
  before.open();
  before.put(snapshot(), 1);
  before.put(content(), 1);
  Cluster after;
  after.put(snapshot(), 9);
  after.put(content(), 9);
  restart(after, before).open(10);
  CHECK(after.out.rows.empty());
}

TEST_CASE("what changed meanwhile is recorded once, late, from the recorded state", "[tracker][restart]") {
  Cluster before;
  before.open();
  before.put(snapshot(), 1);
  before.put(content(), 1);
  Cluster after;
  after.put(ready(snapshot()), 9);
  after.put(cut(content()), 9);
  restart(after, before).open(10);
  CHECK(after.moves(uid(1)) == "Pending→Ready");
  CHECK(after.moves(uid(101)) == "Pending→Ready");
  for (const auto& row : after.out.rows) CHECK(row.late);
  CHECK(after.last().ready == objects::ReadyChange{Ready::Nil, Ready::True});
  after.put(ready(snapshot()), 11);
  CHECK(after.out.rows.size() == 2);
}

TEST_CASE("what went meanwhile is Deleted, late, with outcome Unknown", "[tracker][restart]") {
  Cluster before;
  before.open();
  before.put(snapshot(), 1);
  before.put(cut(content()), 2);
  before.put(ready(snapshot()), 2);
  Cluster after;
  restart(after, before).open(10);
  CHECK(after.moves(uid(1)) == "Ready→Deleted");
  CHECK(after.moves(uid(101)) == "Ready→Deleted");
  for (const auto& row : after.out.rows) {
    CHECK(row.outcome == Outcome::Unknown);
    CHECK(row.snapshot_handle == "snap-h");
  }
}

TEST_CASE("a patch of the policy meanwhile is a late fact", "[tracker][restart]") {
  Cluster before;
  before.open();
  before.put(cut(content()), 2);
  before.put(snapshot(), 2);
  Cluster after;
  auto patched = cut(content());
  patched.policy = objects::DeletionPolicy::Retain;
  after.put(patched, 9);
  after.put(snapshot(), 9);
  restart(after, before).open(10);
  const auto facts = after.rows(RowType::Fact);
  REQUIRE(facts.size() == 1);
  CHECK(facts[0].fact->from == "Delete");
  CHECK(facts[0].fact->to == "Retain");
  CHECK(facts[0].late);
}

TEST_CASE("a kind that can't be seen after a restart has not lost its objects", "[tracker][restart]") {
  Cluster before;
  before.open();
  before.put(snapshot(), 1);
  Cluster after;
  after.stores.set_synced(Kind::VolumeSnapshot, false);
  restart(after, before).open(10);
  CHECK(after.out.rows.empty());
  after.stores.set_synced(Kind::VolumeSnapshot, true);
  after.tracker.kind_synced(Kind::VolumeSnapshot, at(20), after.out);
  CHECK(after.moves(uid(1)) == "Pending→Deleted");
}

TEST_CASE("an outcome that was waited for is settled after a restart", "[tracker][restart]") {
  Cluster before;
  before.open();
  before.put(snapshot(), 1);
  before.put(cut(content()), 2);
  before.put(ready(snapshot()), 2);
  before.drop(ready(snapshot()), 3);
  Cluster after;
  after.put(cut(content()), 9);
  restart(after, before).open(10);
  after.put(content(), 12);
  after.drop(content(), 13);
  const auto outcomes = after.rows(RowType::Outcome);
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].uid == uid(1));
  CHECK(outcomes[0].outcome == Outcome::Destroyed);
}

TEST_CASE("a restore's error outlives a restart and the expiry of its event", "[tracker][restart]") {
  Cluster before;
  before.open();
  before.put(ready(snapshot()), 1);
  before.put(restore_claim(), 2);
  before.event(claim_event("ProvisioningFailed", "NotFound"), 3);
  Cluster after;
  after.put(ready(snapshot()), 9);
  after.put(restore_claim(), 9);
  restart(after, before).open(10);
  CHECK(after.out.rows.empty());
  CHECK(after.tracker.state(uid(50)) == State::Error);
}
