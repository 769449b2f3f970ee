#include <catch2/catch_test_macros.hpp>

#include "cluster.hpp"

/// Whom rows name as the one who asked (docs/states.md, "Initiators").
using namespace snaptrail;
using namespace snaptrail::test;
using objects::Initiator;
using objects::Symbol;

namespace {

objects::VolumeSnapshot cut_snapshot() {
  objects::VolumeSnapshot made;
  made.meta.uid = uid(1);
  made.meta.ns = "shop";
  made.meta.name = "s";
  made.source_claim = "data";
  return made;
}

objects::VolumeSnapshotContent its_content() {
  objects::VolumeSnapshotContent made;
  made.meta.uid = uid(2);
  made.meta.name = "c";
  made.snapshot.uid = uid(1);
  return made;
}

objects::VolumeSnapshot with(objects::VolumeSnapshot made, Initiator initiator) {
  made.meta.initiator = std::move(initiator);
  return made;
}

const Initiator kHourly{"snapscheduler", "hourly", ""};

}  // namespace

TEST_CASE("a content's initiator is its snapshot's, also after that has gone", "[initiator]") {
  Cluster cluster;
  cluster.open();
  cluster.put(with(cut_snapshot(), kHourly), 1);
  CHECK(cluster.last().initiator == kHourly);
  cluster.put(its_content(), 2);
  CHECK(cluster.last().initiator == kHourly);
  cluster.drop(with(cut_snapshot(), kHourly), 3);
  CHECK(cluster.last().initiator == kHourly);
  auto deleting = its_content();
  deleting.meta.deleted = at(4);
  cluster.put(deleting, 4);
  CHECK(cluster.last().to == State::Deleting);
  CHECK(cluster.last().initiator == kHourly);
}

TEST_CASE("Velero's labels decide before all other marks", "[initiator]") {
  Cluster cluster;
  cluster.open();
  auto both = with(cut_snapshot(), kHourly);
  both.meta.velero.restore = "back";
  cluster.put(both, 1);
  CHECK(cluster.last().initiator == Initiator{"velero", "", "back"});
}

TEST_CASE("a content that Velero marked, of a snapshot that another tool made, is Velero's", "[initiator]") {
  Cluster cluster;
  cluster.open();
  cluster.put(with(cut_snapshot(), kHourly), 1);
  auto marked = its_content();
  marked.meta.velero.backup = "full";
  cluster.put(marked, 2);
  CHECK(cluster.last().initiator == Initiator{"velero", "full", ""});
}

TEST_CASE("a PersistentVolume's initiator is its claim's", "[initiator]") {
  Cluster cluster;
  cluster.open();
  objects::PersistentVolumeClaim claim;
  claim.meta.uid = uid(5);
  claim.meta.ns = "shop";
  claim.meta.name = "data";
  claim.meta.initiator = Initiator{"kubevirt", "", "back"};
  cluster.put(claim, 1);
  CHECK(cluster.last().initiator == Initiator{"kubevirt", "", "back"});
  objects::PersistentVolume volume;
  volume.meta.uid = uid(6);
  volume.meta.name = "pv";
  volume.claim.uid = uid(5);
  cluster.put(volume, 2);
  CHECK(cluster.last().initiator == Initiator{"kubevirt", "", "back"});
}

TEST_CASE("an initiator outlives a restart in its record", "[initiator]") {
  Cluster before;
  before.open();
  before.put(with(cut_snapshot(), kHourly), 1);
  Cluster after;
  for (auto record : before.out.records) after.tracker.restore(std::move(record));
  after.open(2);
  // It went meanwhile: only the record can tell.
  REQUIRE_FALSE(after.out.rows.empty());
  CHECK(after.last().to == State::Deleted);
  CHECK(after.last().initiator == kHourly);
}
