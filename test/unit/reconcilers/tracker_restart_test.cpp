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

/// A snapshot of policy Delete is deleted while its content is still there: its outcome is waited for.
void lose_the_snapshot(Cluster& cluster) {
  cluster.open();
  cluster.put(snapshot(), 1);
  cluster.put(cut(content()), 2);
  cluster.put(ready(snapshot()), 2);
  cluster.drop(ready(snapshot()), 3);
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

TEST_CASE("a handle that was cleared meanwhile is remembered: the content's end is Destroyed", "[tracker][restart]") {
  Cluster before;
  before.open();
  before.put(snapshot(), 1);
  before.put(cut(content()), 2);
  before.put(ready(snapshot()), 2);
  Cluster after;
  after.put(content(), 9);
  after.put(ready(snapshot()), 9);
  restart(after, before).open(10);
  const auto facts = after.rows(RowType::Fact);
  REQUIRE(facts.size() == 1);
  CHECK(facts[0].fact == objects::Fact{objects::FactType::HandleCleared, "snap-h", ""});
  CHECK(after.tracker.record(Kind::VolumeSnapshotContent, uid(101))->handle_cleared);
  // And so by the next restart.
  Cluster later;
  later.put(content(), 11);
  later.put(ready(snapshot()), 11);
  restart(later, after).open(12);
  for (Cluster* cluster : {&after, &later}) {
    cluster->drop(content(), 13);
    CHECK(cluster->last().outcome == Outcome::Destroyed);
    CHECK(cluster->last().snapshot_handle == "snap-h");
  }
}

TEST_CASE("a handle that was cleared while its content was out of sight is remembered", "[tracker][restart]") {
  Cluster cluster;
  cluster.open();
  cluster.put(snapshot(), 1);
  cluster.put(cut(content()), 2);
  cluster.tracker.out_of_sight(cut(content()));
  cluster.stores.contents.remove(uid(101));
  cluster.put(content(), 9, true);
  CHECK(cluster.rows(RowType::Fact).size() == 1);
  cluster.drop(content(), 10);
  CHECK(cluster.last().outcome == Outcome::Destroyed);
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
  lose_the_snapshot(before);
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

TEST_CASE("an outcome is waited for while its content is there, though no longer followed", "[tracker][restart]") {
  Cluster before;
  lose_the_snapshot(before);
  Cluster after;
  after.stores.elsewhere(Kind::VolumeSnapshotContent).add("content-1");
  restart(after, before).open(10);
  CHECK(after.out.rows.empty());
  Cluster later;
  restart(later, before).open(20);
  const auto outcomes = later.rows(RowType::Outcome);
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].outcome == Outcome::Unknown);
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

TEST_CASE("an event from before the recorded state fails no claim a second time, a later one does",
          "[tracker][restart]") {
  auto claim = restore_claim();
  claim.provisioner = objects::Symbol("csi.example.com");
  Cluster before;
  before.open();
  before.put(ready(snapshot()), 1);
  before.put(claim, 2);
  auto failed = claim_event("ProvisioningFailed", "NotFound");
  before.event(failed, 3);
  before.event(claim_event("ProvisioningSucceeded", ""), 5);
  REQUIRE(before.tracker.state(uid(50)) == State::Provisioning);
  Cluster unchanged;
  unchanged.put(ready(snapshot()), 9);
  unchanged.put(claim, 9);
  unchanged.event(failed, 9);  // listed again by every start
  restart(unchanged, before).open(10);
  CHECK(unchanged.out.rows.empty());
  CHECK(unchanged.tracker.state(uid(50)) == State::Provisioning);
  Cluster changed;
  changed.put(ready(snapshot()), 9);
  changed.put(claim, 9);
  failed.last = at(7);
  changed.event(failed, 9);
  restart(changed, before).open(10);
  CHECK(changed.moves(uid(50)) == "Provisioning→Error");
  Cluster undated;
  undated.put(ready(snapshot()), 9);
  undated.put(claim, 9);
  failed.last = {};
  undated.event(failed, 9);
  restart(undated, before).open(10);
  CHECK(undated.moves(uid(50)) == "Provisioning→Error");
}

TEST_CASE("opening in parts tells the same in the same order as at once", "[tracker][restart]") {
  const int count = 3 * static_cast<int>(reconcilers::Tracker::kPart) + 7;
  Cluster at_once, in_parts;
  for (Cluster* cluster : {&at_once, &in_parts}) {
    for (int n = 1'000; n < 1'000 + count; ++n) cluster->put(snapshot(n), 1);
    cluster->put(restore_claim(), 1);
  }
  at_once.open(2);
  std::vector<objects::Uid> rows, records;
  const auto take = [&](reconcilers::Output& part) {
    CHECK(part.records.size() <= reconcilers::Tracker::kPart);
    for (const auto& row : part.rows) rows.push_back(row.uid);
    for (const auto& record : part.records) records.push_back(record.uid);
    part = {};
  };
  in_parts.tracker.open(at(2), in_parts.out, take);
  CHECK(in_parts.out.records.size() < reconcilers::Tracker::kPart);
  take(in_parts.out);
  REQUIRE(rows.size() == at_once.out.rows.size());
  REQUIRE(records.size() == at_once.out.records.size());
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(rows[i] == at_once.out.rows[i].uid);
  for (std::size_t i = 0; i < records.size(); ++i) CHECK(records[i] == at_once.out.records[i].uid);
}

TEST_CASE("a record can be had as it is now, and not of what is gone", "[tracker][restart]") {
  Cluster cluster;
  cluster.open();
  cluster.put(snapshot(), 1);
  CHECK(cluster.tracker.record(Kind::VolumeSnapshot, uid(1))->state == State::Pending);
  cluster.put(ready(snapshot()), 2);
  CHECK(cluster.tracker.record(Kind::VolumeSnapshot, uid(1))->state == State::Ready);
  CHECK_FALSE(cluster.tracker.record(Kind::PersistentVolume, uid(1)));
  cluster.drop(ready(snapshot()), 3);
  CHECK_FALSE(cluster.tracker.record(Kind::VolumeSnapshot, uid(1)));
}
