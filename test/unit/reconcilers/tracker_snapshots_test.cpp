#include <catch2/catch_test_macros.hpp>

#include "cluster.hpp"

using namespace snaptrail;
using namespace snaptrail::test;
using objects::FactType;
using objects::Outcome;
using objects::RowType;

namespace {

/// A cluster where snapshot 1 has been cut as `handle` and is Ready, with its content's policy.
void make_ready(Cluster& cluster, objects::DeletionPolicy policy) {
  cluster.open();
  cluster.put(snapshot(), 1);
  auto its = content();
  its.policy = policy;
  cluster.put(its, 1);
  auto bound = snapshot();
  bound.bound_content = "content-1";
  bound.ready = Ready::False;
  cluster.put(bound, 2);
  its = cut(its);
  cluster.put(its, 5);
  cluster.put(ready(snapshot()), 5);
}

}  // namespace

TEST_CASE("a good backup goes nil, false, true and says so in each row", "[tracker]") {
  Cluster cluster;
  make_ready(cluster, objects::DeletionPolicy::Delete);
  CHECK(cluster.moves(uid(1)) == "-→Pending Pending→Creating Creating→Ready");
  const auto rows = cluster.rows(RowType::Transition);
  CHECK(rows[0].ready == objects::ReadyChange{Ready::Nil, Ready::Nil});
  CHECK(rows[2].ready == objects::ReadyChange{Ready::Nil, Ready::False});
  CHECK(rows.back().ready == objects::ReadyChange{Ready::False, Ready::True});
  CHECK(rows.back().snapshot_handle == "snap-h");
  CHECK(rows.back().driver == "csi.example.com");
  CHECK(rows.back().volume_handle == "vol-1");
  CHECK(rows.back().content == "content-1");
  CHECK_FALSE(rows.back().late);
}

TEST_CASE("states may be skipped: nil to true at once", "[tracker]") {
  Cluster cluster;
  cluster.open();
  cluster.put(snapshot(), 1);
  cluster.put(ready(snapshot()), 2);
  CHECK(cluster.moves(uid(1)) == "-→Pending Pending→Ready");
  CHECK(cluster.last().ready == objects::ReadyChange{Ready::Nil, Ready::True});
}

TEST_CASE("a Ready snapshot that is ready no more is Broken, and Ready again when it is", "[tracker]") {
  Cluster cluster;
  make_ready(cluster, objects::DeletionPolicy::Delete);
  auto broken = ready(snapshot());
  broken.ready = Ready::False;
  broken.error = {true, "VolumeSnapshotContent is missing", at(9)};
  cluster.put(broken, 10);
  CHECK(cluster.last().to == State::Broken);
  CHECK(cluster.last().message == "VolumeSnapshotContent is missing");
  CHECK(cluster.last().api_time == at(9));
  cluster.put(ready(snapshot()), 11);
  CHECK(cluster.last().to == State::Ready);
}

TEST_CASE("an event that changes no state and no fact makes no row", "[tracker]") {
  Cluster cluster;
  make_ready(cluster, objects::DeletionPolicy::Delete);
  const auto count = cluster.out.rows.size();
  cluster.put(ready(snapshot()), 9);
  CHECK(cluster.out.rows.size() == count);
}

TEST_CASE("a same name with a new uid is a new object", "[tracker]") {
  Cluster cluster;
  cluster.open();
  cluster.put(snapshot(1), 1);
  auto again = snapshot(2);
  again.meta.name = "snap-1";
  cluster.drop(snapshot(1), 2);
  cluster.put(again, 3);
  CHECK(cluster.moves(uid(1)) == "-→Pending Pending→Deleted");
  CHECK(cluster.moves(uid(2)) == "-→Pending");
}

TEST_CASE("policy Delete with the handle cleared first: Destroyed, for content and snapshot", "[tracker][outcome]") {
  Cluster cluster;
  make_ready(cluster, objects::DeletionPolicy::Delete);
  auto emptied = content();
  cluster.put(emptied, 10);
  CHECK(cluster.last().fact == objects::Fact{FactType::HandleCleared, "snap-h", ""});
  CHECK(cluster.last().snapshot_handle == "snap-h");
  cluster.drop(emptied, 11);
  CHECK(cluster.last().outcome == Outcome::Destroyed);
  cluster.drop(ready(snapshot()), 12);
  CHECK(cluster.last().outcome == Outcome::Destroyed);
  CHECK(cluster.last().snapshot_handle == "snap-h");
}

TEST_CASE("policy Delete with the handle still set at the end: Leaked", "[tracker][outcome]") {
  Cluster cluster;
  make_ready(cluster, objects::DeletionPolicy::Delete);
  cluster.drop(cut(content()), 10);
  CHECK(cluster.last().outcome == Outcome::Leaked);
}

TEST_CASE("policy Retain: Retained at once, while the content is still there", "[tracker][outcome]") {
  Cluster cluster;
  make_ready(cluster, objects::DeletionPolicy::Retain);
  cluster.drop(ready(snapshot()), 10);
  CHECK(cluster.last().outcome == Outcome::Retained);
}

TEST_CASE("a snapshot that goes before its content gets its outcome when that goes", "[tracker][outcome]") {
  Cluster cluster;
  make_ready(cluster, objects::DeletionPolicy::Delete);
  cluster.drop(ready(snapshot()), 10);
  CHECK_FALSE(cluster.last().outcome);
  CHECK(cluster.out.records.back().outcome_pending);
  cluster.put(content(), 11);
  cluster.drop(content(), 12);
  const auto outcomes = cluster.rows(RowType::Outcome);
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].uid == uid(1));
  CHECK(outcomes[0].outcome == Outcome::Destroyed);
  CHECK(outcomes[0].from == State::Deleted);
  CHECK(outcomes[0].cause->uid == uid(101));
  CHECK_FALSE(cluster.out.records.back().outcome_pending);
}

TEST_CASE("never a handle: NeverCut, but Unknown while a creation was under way", "[tracker][outcome]") {
  Cluster cluster;
  cluster.open();
  cluster.put(snapshot(1), 1);
  cluster.drop(snapshot(1), 2);
  CHECK(cluster.last().outcome == Outcome::NeverCut);
  cluster.put(content(2), 3);
  cluster.drop(content(2), 4);
  CHECK(cluster.last().outcome == Outcome::NeverCut);
  auto creating = content(3);
  creating.being_created = true;
  cluster.put(creating, 5);
  cluster.drop(creating, 6);
  CHECK(cluster.last().outcome == Outcome::Unknown);
}

TEST_CASE("an end that a list found is Unknown whatever the policy", "[tracker][outcome]") {
  Cluster cluster;
  make_ready(cluster, objects::DeletionPolicy::Retain);
  auto its = cut(content());
  its.policy = objects::DeletionPolicy::Retain;
  cluster.drop(its, 10, true);
  CHECK(cluster.last().outcome == Outcome::Unknown);
  CHECK(cluster.last().late);
}

TEST_CASE("a changed policy, removed finalizers and a changed error are facts", "[tracker][facts]") {
  Cluster cluster;
  cluster.open();
  auto its = content();
  its.meta.finalizers = {objects::Symbol("a"), objects::Symbol("b"), objects::Symbol("c")};
  its.error = {true, "first", at(1)};
  cluster.put(its, 1);
  its.policy = objects::DeletionPolicy::Retain;
  its.meta.finalizers = {objects::Symbol("b")};
  its.error.message = "second";
  cluster.put(its, 2);
  const auto facts = cluster.rows(RowType::Fact);
  REQUIRE(facts.size() == 3);
  CHECK(facts[0].fact == objects::Fact{FactType::DeletionPolicyChanged, "Delete", "Retain"});
  CHECK(facts[1].fact == objects::Fact{FactType::FinalizersRemoved, "a,c", ""});
  CHECK(facts[2].fact == objects::Fact{FactType::ErrorChanged, "first", "second"});
  CHECK(facts[2].message == "second");
  CHECK(facts[2].from == State::Error);
}

TEST_CASE("a content is Orphaned five seconds after its snapshot went, dated when it went", "[tracker][orphan]") {
  Cluster cluster;
  make_ready(cluster, objects::DeletionPolicy::Retain);
  cluster.drop(ready(snapshot()), 10);
  CHECK(cluster.tracker.next_timer() == at(15));
  cluster.pass(14);
  CHECK(cluster.last().uid == uid(1));
  cluster.pass(15);
  CHECK(cluster.last().uid == uid(101));
  CHECK(cluster.last().to == State::Orphaned);
  CHECK(cluster.last().at == at(10));
  CHECK(cluster.last().cause->uid == uid(1));
}

TEST_CASE("an orphan whose reference is cleared or changed is none until another five seconds have passed",
          "[tracker][orphan]") {
  Cluster cluster;
  make_ready(cluster, objects::DeletionPolicy::Retain);
  cluster.drop(ready(snapshot()), 10);
  cluster.pass(15);
  REQUIRE(cluster.tracker.state(uid(101)) == State::Orphaned);
  auto its = cut(content());
  its.policy = objects::DeletionPolicy::Retain;
  cluster.put(its, 16);
  CHECK(cluster.tracker.state(uid(101)) == State::Orphaned);
  its.snapshot.uid = uid(7);
  cluster.put(its, 20);
  CHECK(cluster.tracker.state(uid(101)) == State::Ready);
  CHECK(cluster.tracker.next_timer() == at(25));
  cluster.pass(25);
  CHECK(cluster.tracker.state(uid(101)) == State::Orphaned);
  its.snapshot.uid = {};
  cluster.put(its, 30);
  CHECK(cluster.tracker.state(uid(101)) == State::Ready);
  CHECK_FALSE(cluster.tracker.next_timer());
}

TEST_CASE("the five seconds begin anew when the reference changes, and end when it is cleared", "[tracker][orphan]") {
  Cluster cluster;
  cluster.open();
  auto its = content();
  cluster.put(its, 1);
  its.snapshot.uid = uid(7);
  cluster.put(its, 4);
  CHECK(cluster.tracker.next_timer() == at(9));
  its.snapshot.uid = {};
  cluster.put(its, 5);
  CHECK_FALSE(cluster.tracker.next_timer());
}

TEST_CASE("a content that goes or whose snapshot appears in time is no orphan", "[tracker][orphan]") {
  Cluster cluster;
  cluster.open();
  cluster.put(content(1), 1);
  cluster.put(content(2), 1);
  CHECK(cluster.tracker.next_timer() == at(6));
  cluster.put(snapshot(1), 2);
  cluster.drop(content(2), 3);
  CHECK_FALSE(cluster.tracker.next_timer());
}

TEST_CASE("without VolumeSnapshots in sight nothing is an orphan, until they are", "[tracker][orphan]") {
  Cluster cluster;
  cluster.stores.set_synced(Kind::VolumeSnapshot, false);
  cluster.open();
  cluster.put(content(1), 1);
  CHECK_FALSE(cluster.tracker.next_timer());
  cluster.stores.set_synced(Kind::VolumeSnapshot, true);
  cluster.tracker.kind_synced(Kind::VolumeSnapshot, at(20), cluster.out);
  CHECK(cluster.tracker.next_timer() == at(25));
}
