#include <catch2/catch_test_macros.hpp>

#include "cluster.hpp"

using namespace snaptrail;
using namespace snaptrail::test;
using objects::ClaimPhase;
using objects::RowType;

TEST_CASE("a restore waits for its snapshot, is provisioned and bound", "[tracker][claims]") {
  Cluster cluster;
  cluster.open();
  cluster.put(restore_claim(), 1);
  cluster.put(snapshot(), 2);
  cluster.put(ready(snapshot()), 3);
  CHECK(cluster.last().uid == uid(50));
  CHECK(cluster.last().cause->kind == Kind::VolumeSnapshot);
  CHECK(cluster.last().cause->uid == uid(1));
  auto claim = restore_claim();
  claim.provisioner = objects::Symbol("csi.example.com");
  cluster.put(claim, 4);
  claim.volume_name = "pv";
  claim.phase = ClaimPhase::Bound;
  cluster.put(claim, 5);
  CHECK(cluster.moves(uid(50)) ==
        "-→WaitingForSnapshot WaitingForSnapshot→Requested Requested→Provisioning Provisioning→Bound");
}

TEST_CASE("a failure is held until it succeeds, its text makes a fact and repeats make nothing", "[tracker][claims]") {
  Cluster cluster;
  cluster.open();
  cluster.put(ready(snapshot()), 1);
  cluster.put(restore_claim(), 2);
  cluster.event(claim_event("ProvisioningFailed", "too small"), 3);
  CHECK(cluster.last().to == State::Error);
  CHECK(cluster.last().message == "too small");
  CHECK(cluster.last().api_time == at(3));
  CHECK(cluster.last().cause->kind == Kind::Event);
  const auto count = cluster.out.rows.size();
  cluster.event(claim_event("ProvisioningFailed", "too small"), 4);
  CHECK(cluster.out.rows.size() == count);
  cluster.event(claim_event("ProvisioningFailed", "still too small"), 5);
  REQUIRE(cluster.out.rows.size() == count + 1);
  CHECK(cluster.last().fact == objects::Fact{objects::FactType::ErrorChanged, "too small", "still too small"});
  cluster.event(claim_event("ProvisioningSucceeded", ""), 6);
  CHECK(cluster.last().to == State::Requested);
}

TEST_CASE("a change of the source ends a held error", "[tracker][claims]") {
  Cluster cluster;
  cluster.open();
  cluster.put(ready(snapshot()), 1);
  cluster.put(restore_claim(), 2);
  cluster.event(claim_event("ProvisioningFailed", "NotFound"), 3);
  auto unready = ready(snapshot());
  unready.ready = Ready::False;
  cluster.put(unready, 4);
  CHECK(cluster.last().to == State::WaitingForSnapshot);
  cluster.put(ready(snapshot()), 5);
  CHECK(cluster.last().to == State::Requested);
}

TEST_CASE("an event that overtakes its claim counts when the claim appears", "[tracker][claims]") {
  Cluster cluster;
  cluster.open();
  cluster.put(ready(snapshot()), 1);
  cluster.event(claim_event("ProvisioningFailed", "NotFound"), 2);
  cluster.put(restore_claim(), 3);
  CHECK(cluster.moves(uid(50)) == "-→Error");
  CHECK(cluster.last().message == "NotFound");
}

TEST_CASE("a claim with a late-binding class waits for its consumer", "[tracker][claims]") {
  Cluster cluster;
  objects::StorageClass late_binding;
  late_binding.meta.uid = uid(70);
  late_binding.meta.name = "late";
  late_binding.wait_for_first_consumer = true;
  cluster.stores.storage_classes.upsert(objects::StorageClass(late_binding));
  cluster.open();
  cluster.put(ready(snapshot()), 1);
  auto claim = restore_claim();
  claim.storage_class = objects::Symbol("late");
  cluster.put(claim, 2);
  claim.selected_node = true;
  cluster.put(claim, 3);
  CHECK(cluster.moves(uid(50)) == "-→WaitingForConsumer WaitingForConsumer→Requested");
}

TEST_CASE("backup and restore meet in driver and handle after every object has gone", "[tracker][claims]") {
  Cluster cluster;
  cluster.open();
  cluster.put(snapshot(), 1);
  cluster.put(cut(content()), 2);
  cluster.put(ready(snapshot()), 2);
  cluster.drop(cut(content()), 3);
  cluster.drop(ready(snapshot()), 3);
  const std::string backup_handle = cluster.last().snapshot_handle;

  auto imported = content(2);
  imported.source_volume_handle.clear();
  imported.source_snapshot_handle = "snap-h";
  cluster.put(imported, 10);
  auto again = snapshot(2);
  again.source_claim.clear();
  again.source_content = "content-2";
  cluster.put(ready(again, 2), 11);
  auto claim = restore_claim();
  claim.source.name = "snap-2";
  cluster.put(claim, 12);
  CHECK(cluster.last().snapshot_handle == backup_handle);
  CHECK(cluster.last().driver.empty());
  CHECK(cluster.last().content == "content-2");
  const std::string chain = cluster.last().chain;
  CHECK(chain == cluster.rows(RowType::Transition)[5].chain);

  cluster.drop(imported, 13);
  cluster.drop(ready(again, 2), 14);
  claim.phase = ClaimPhase::Bound;
  claim.volume_name = "pv";
  cluster.put(claim, 15);
  CHECK(cluster.last().to == State::Bound);
  CHECK(cluster.last().snapshot_handle == "snap-h");
  CHECK(cluster.last().chain == chain);
}

TEST_CASE("a claim and a volume without a snapshot go by their phase", "[tracker][claims]") {
  Cluster cluster;
  cluster.open();
  objects::PersistentVolumeClaim claim;
  claim.meta.uid = uid(60);
  claim.meta.name = "plain";
  cluster.put(claim, 1);
  claim.phase = ClaimPhase::Bound;
  cluster.put(claim, 2);
  claim.phase = ClaimPhase::Lost;
  cluster.put(claim, 3);
  CHECK(cluster.moves(uid(60)) == "-→Pending Pending→Bound Bound→Lost");
  CHECK(cluster.last().chain.empty());
  objects::PersistentVolume volume;
  volume.meta.uid = uid(61);
  volume.meta.name = "pv";
  volume.phase = objects::VolumePhase::Available;
  volume.phase_since = at(4);
  cluster.put(volume, 5);
  CHECK(cluster.last().api_time == at(4));
  volume.phase = objects::VolumePhase::Bound;
  cluster.put(volume, 6);
  cluster.drop(volume, 7);
  CHECK(cluster.moves(uid(61)) == "-→Available Available→Bound Bound→Deleted");
}

TEST_CASE("a restored claim whose source can't be seen is judged without it, and by it once it can",
          "[tracker][claims]") {
  Cluster cluster;
  cluster.stores.set_synced(Kind::VolumeSnapshot, false);
  cluster.open();
  cluster.put(restore_claim(), 1);
  cluster.event(claim_event("ProvisioningFailed", "quota exceeded"), 2);
  CHECK(cluster.moves(uid(50)) == "-→Requested Requested→Error");
  cluster.stores.set_synced(Kind::VolumeSnapshot, true, "elsewhere");
  cluster.tracker.kind_synced(Kind::VolumeSnapshot, at(3), cluster.out);
  CHECK(cluster.moves(uid(50)) == "-→Requested Requested→Error");
  cluster.stores.set_synced(Kind::VolumeSnapshot, true, "shop");
  cluster.tracker.kind_synced(Kind::VolumeSnapshot, at(4), cluster.out);
  CHECK(cluster.moves(uid(50)) == "-→Requested Requested→Error Error→WaitingForSnapshot");
  CHECK(cluster.last().late);
  CHECK(cluster.last().at == at(4));
}

TEST_CASE("a source that comes into sight ready ends no error that a claim holds", "[tracker][claims]") {
  Cluster cluster;
  cluster.stores.set_synced(Kind::VolumeSnapshot, false);
  cluster.open();
  cluster.put(restore_claim(), 1);
  cluster.event(claim_event("ProvisioningFailed", "quota exceeded"), 2);
  cluster.put(ready(snapshot()), 3, true);
  CHECK(cluster.moves(uid(50)) == "-→Requested Requested→Error");
}

TEST_CASE("a claim out of sight is not deleted, and goes on from its record when it is back", "[tracker][claims]") {
  Cluster cluster;
  cluster.open();
  cluster.put(restore_claim(), 1);
  cluster.tracker.out_of_sight(*cluster.stores.claims.find(uid(50)));
  cluster.stores.claims.remove(uid(50));
  cluster.stores.set_synced(Kind::PersistentVolumeClaim, false);
  CHECK_FALSE(cluster.tracker.state(uid(50)));
  CHECK(cluster.moves(uid(50)) == "-→WaitingForSnapshot");
  auto bound = restore_claim();
  bound.phase = ClaimPhase::Bound;
  cluster.put(bound, 9, true);
  CHECK(cluster.moves(uid(50)) == "-→WaitingForSnapshot WaitingForSnapshot→Bound");
}

TEST_CASE("errors of claims that never come make room for those of claims that do", "[tracker][claims]") {
  Cluster cluster;
  cluster.open();
  cluster.put(ready(snapshot()), 1);
  constexpr int kMost = 10'000;
  constexpr int kFirst = 1'000;
  for (int n = kFirst; n <= kFirst + kMost; ++n) cluster.event(claim_event("ProvisioningFailed", "too small", n), 2);
  cluster.put(restore_claim(kFirst + kMost), 3);
  CHECK(cluster.tracker.state(uid(kFirst + kMost)) == State::Error);
  cluster.put(restore_claim(kFirst), 3);
  CHECK(cluster.tracker.state(uid(kFirst)) == State::Requested);
  // A claim's success, or its end, takes its error away.
  cluster.event(claim_event("ProvisioningSucceeded", "", kFirst + 1), 4);
  cluster.put(restore_claim(kFirst + 1), 5);
  CHECK(cluster.tracker.state(uid(kFirst + 1)) == State::Requested);
  cluster.put(restore_claim(kFirst + 2), 5);
  CHECK(cluster.tracker.state(uid(kFirst + 2)) == State::Error);
}
