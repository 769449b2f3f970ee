// What the ledger remembers of points, told anew to a daemon that starts.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <map>

#include "coverage.hpp"

using namespace snaptrail;
using namespace snaptrail::test;

namespace {

/// The last record of each object, as the ledger keeps them.
std::vector<objects::ObjectRecord> kept_records(const Watched& cluster) {
  std::map<objects::Uid, objects::ObjectRecord> last;
  for (const auto& record : cluster.out.records) last[record.uid] = record;
  std::vector<objects::ObjectRecord> records;
  for (auto& [uid, record] : last) records.push_back(std::move(record));
  return records;
}

/// The same cluster after a restart: nothing but the claim, its volume and the ledger is left.
struct Restarted {
  explicit Restarted(std::vector<objects::ObjectRecord> records, int second) : tracker(stores) {
    for (const Kind kind : objects::kAllKinds) stores.set_synced(kind, true);
    stores.claims.upsert(Watched::source_claim());
    stores.volumes.upsert(Watched::source_volume());
    for (auto& record : records) {
      points.recorded(record);
      if (record.state != State::Deleted) tracker.restore(record);
    }
    targets.standard = objects::Millis{kDay * 1000LL};
    reconcilers::Output out;
    tracker.open(at(second), out);
    points.open();
    for (const auto& record : out.records) points.recorded(record);
  }
  ClaimCoverage of(int second) {
    const auto all = reconcilers::assess({stores, tracker, points, targets, at(second)});
    REQUIRE(all.size() == 1);
    return all.front();
  }
  controller::ClusterStores stores;
  reconcilers::Tracker tracker;
  reconcilers::PointMemory points;
  reconcilers::RpoTargets targets;
};

}  // namespace

TEST_CASE("the kept handle of a Velero backup counts after a restart, its objects long gone", "[coverage]") {
  Watched before;
  before.cut_at(kDay, 1, DeletionPolicy::Retain, "nightly");
  before.objects_go(kDay + 60, 1, DeletionPolicy::Retain, "nightly");
  Restarted after(kept_records(before), kDay + 2 * kHour);
  const auto claim = after.of(kDay + 2 * kHour);
  CHECK(claim.status == CoverageStatus::Covered);
  REQUIRE(claim.last);
  CHECK(claim.last->cut == at(kDay));
  CHECK(claim.last->backup == "nightly");
  // Watching has gone on: the restart is not the beginning.
  CHECK(*claim.watched == at(0));
  CHECK(after.of(3 * kDay).status == CoverageStatus::Missed);
}

TEST_CASE("a handle that was destroyed stays so after a restart, in whatever order the ledger tells", "[coverage]") {
  Watched before;
  before.cut_at(kDay, 1, DeletionPolicy::Retain, "nightly");
  before.objects_go(kDay + 60, 1, DeletionPolicy::Retain, "nightly");
  auto import = content(7);
  import.source_volume_handle.clear();
  import.source_snapshot_handle = import.snapshot_handle = "handle-1";
  import.ready = Ready::True;
  before.put(import, kDay + 100);
  import.meta.deleted = at(kDay + 102);
  import.snapshot_handle.clear();
  before.put(import, kDay + 102);
  before.drop(import, kDay + 103);
  REQUIRE(before.of(kDay + 104).points == 0);
  auto records = kept_records(before);
  for (int order = 0; order < 2; ++order) {
    Restarted after(records, kDay + kHour);
    CHECK(after.of(kDay + kHour).points == 0);
    CHECK(after.of(kDay + kHour).ended->end == PointEnd::Destroyed);
    std::ranges::reverse(records);
  }
}

TEST_CASE("a content of policy Delete that went while the daemon was down counts no more", "[coverage]") {
  Watched before;
  before.cut_at(kDay, 1, DeletionPolicy::Delete);
  Restarted after(kept_records(before), kDay + kHour);
  CHECK(after.of(kDay + kHour).points == 0);
  CHECK(after.of(kDay + kHour).ended->end == PointEnd::Unseen);
}

TEST_CASE("one of policy Retain that went meanwhile counts on", "[coverage]") {
  Watched before;
  before.cut_at(kDay, 1, DeletionPolicy::Retain);
  Restarted after(kept_records(before), kDay + kHour);
  CHECK(after.of(kDay + kHour).status == CoverageStatus::Covered);
}

TEST_CASE("what was proven before a restart is proven after it", "[coverage]") {
  Watched before;
  before.note();
  Restarted after(kept_records(before), 2 * kDay);
  CHECK(after.of(2 * kDay).status == CoverageStatus::Never);
}
