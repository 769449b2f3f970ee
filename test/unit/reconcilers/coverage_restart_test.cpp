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
  explicit Restarted(std::vector<objects::ObjectRecord> records, int second,
                     const std::vector<objects::Operation>& operations = {})
      : tracker(stores) {
    for (const Kind kind : objects::kAllKinds) stores.set_synced(kind, true);
    stores.claims.upsert(Watched::source_claim());
    stores.volumes.upsert(Watched::source_volume());
    for (auto& record : records) {
      points.recorded(record);
      if (record.state != State::Deleted) tracker.restore(record);
    }
    reconcilers::OperationBook book(stores);
    for (const auto& operation : operations) {
      points.recorded(operation);
      book.restore(operation);
    }
    book.settle(at(second));
    for (const auto& operation : book.take()) points.recorded(operation);
    targets.standard = objects::Millis{kDay * 1000LL};
    reconcilers::Output out;
    tracker.open(at(second), out);
    points.open(stores);
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
  before.commit();
  Restarted after(kept_records(before), 2 * kDay);
  CHECK(after.of(2 * kDay).status == CoverageStatus::Never);
}

TEST_CASE("what ended with its Backup stays so after a restart, be it by expiry or on demand", "[coverage]") {
  for (const bool on_demand : {false, true}) {
    Watched before;
    auto backup = before.finished_backup(kDay, kDay + 100);
    if (on_demand) {
      backup.phase = Symbol("Deleting");
    } else {
      backup.expires = at(kDay + 300);
    }
    before.add(backup);
    before.cut_at(kDay + 10, 1, DeletionPolicy::Retain, "nightly");
    before.cut_at(kDay + 20, 2, DeletionPolicy::Retain, "other");
    before.stores.backups.remove(backup.meta.uid);
    before.goes(backup, kDay + 400);
    REQUIRE(before.of(kDay + 500).points == 1);
    Restarted after(kept_records(before), kDay + kHour, before.kept_operations);
    const auto claim = after.of(kDay + kHour);
    CHECK(claim.points == 1);
    CHECK(claim.last->backup == "other");
    // Of a later Backup of that name nothing is known.
    before.cut_at(kDay + 600, 3, DeletionPolicy::Retain, "nightly");
    Restarted later(kept_records(before), kDay + kHour, before.kept_operations);
    CHECK(later.of(kDay + kHour).points == 2);
  }
}

TEST_CASE("a Backup that expired and went while the daemon was down has ended its points", "[coverage]") {
  Watched before;
  auto backup = before.finished_backup(kDay, kDay + 100);
  backup.expires = at(kDay + 300);
  before.cut_at(kDay + 10, 1, DeletionPolicy::Retain, "nightly");
  before.commit();
  Restarted after(kept_records(before), kDay + kHour, {objects::operation_of(backup)});
  const auto claim = after.of(kDay + kHour);
  CHECK(claim.points == 0);
  REQUIRE(claim.ended);
  CHECK(claim.ended->end == PointEnd::BackupExpired);
  CHECK(claim.ended->at == at(kDay + 300));
}

TEST_CASE("a Backup that just went while the daemon was down leaves its points", "[coverage]") {
  Watched before;
  const auto backup = before.finished_backup(kDay, kDay + 100);
  before.cut_at(kDay + 10, 1, DeletionPolicy::Retain, "nightly");
  before.commit();
  Restarted after(kept_records(before), kDay + kHour, {objects::operation_of(backup)});
  CHECK(after.of(kDay + kHour).points == 1);
}

TEST_CASE("a copy that was gone before a restart is known to have been there", "[coverage]") {
  Watched before;
  objects::DataUpload upload;
  upload.meta.uid = uid(650);
  upload.meta.ns = Symbol("velero");
  upload.meta.created = at(kDay);
  upload.meta.velero.backup = Symbol("nightly");
  upload.claim = {Symbol("shop"), "data", {}};
  upload.phase = Symbol("Completed");
  upload.snapshot_id = "copy-1";
  before.goes(upload, kDay + 30);
  Restarted after(kept_records(before), kDay + kHour, before.kept_operations);
  const auto claim = after.of(kDay + kHour);
  CHECK(claim.points == 0);
  REQUIRE(claim.ended);
  CHECK(claim.ended->point.kind == PointKind::DataUpload);
  CHECK(claim.ended->end == PointEnd::CopyGone);
}
