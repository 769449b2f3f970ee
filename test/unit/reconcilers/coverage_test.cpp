// docs/coverage.md, sentence by sentence.
#include <catch2/catch_test_macros.hpp>

#include "coverage.hpp"

using namespace snaptrail;
using namespace snaptrail::test;
using reconcilers::PointMemory;

namespace {

objects::Gap gap_of(int since, int until, const std::string& resource = "volumesnapshotcontents") {
  objects::Gap gap;
  gap.resource = resource;
  gap.since = at(since);
  gap.until = at(until);
  return gap;
}

objects::DataUpload upload(const std::string& phase, int created) {
  objects::DataUpload made;
  made.meta.uid = uid(650);
  made.meta.ns = Symbol("velero");
  made.meta.name = "nightly-x";
  made.meta.created = at(created);
  made.meta.velero.backup = Symbol("nightly");
  made.phase = Symbol(phase);
  made.claim = {Symbol("shop"), "data", {}};
  made.snapshot_id = "kopia-1";
  return made;
}

objects::PodVolumeBackup pod_backup(int started) {
  objects::PodVolumeBackup made;
  made.meta.uid = uid(651);
  made.meta.ns = Symbol("velero");
  made.meta.name = "nightly-y";
  made.meta.velero.backup = Symbol("nightly");
  made.phase = Symbol("Completed");
  made.claim = {Symbol("shop"), "data", uid(300)};
  made.snapshot_id = "kopia-2";
  made.started = at(started);
  return made;
}

objects::DeleteBackupRequest delete_request(const std::string& backup) {
  objects::DeleteBackupRequest made;
  made.meta.uid = uid(660);
  made.meta.ns = Symbol("velero");
  made.meta.name = backup + "-xyz";
  made.backup_name = backup;
  made.phase = Symbol("New");
  return made;
}

}  // namespace

TEST_CASE("a claim is unknown until it has been watched for as long as its target, then proven never protected",
          "[coverage]") {
  Watched cluster;
  CHECK(cluster.status(0) == CoverageStatus::Unknown);
  CHECK(cluster.status(kDay - 1) == CoverageStatus::Unknown);
  CHECK(cluster.status(kDay) == CoverageStatus::Never);
  const auto claim = cluster.of(kDay);
  CHECK(*claim.due == at(kDay));
  CHECK(*claim.watched == at(0));
  CHECK_FALSE(claim.last);
  CHECK(is_violation(claim.status));
}

TEST_CASE("a content that became ready is a point of its volume, dated by the cut", "[coverage]") {
  Watched cluster;
  auto content = cluster.made_content(1, 100, DeletionPolicy::Retain, {});
  content.ready = Ready::False;
  cluster.put(cluster.snapshot_of(1, {}), 100);
  cluster.put(content, 110);
  CHECK(cluster.of(120).points == 0);  // cut, but not ready
  content.ready = Ready::True;
  cluster.put(content, 500);
  const auto claim = cluster.of(600);
  REQUIRE(claim.last);
  CHECK(claim.last->cut == at(100));
  CHECK(claim.last->handle == "handle-1");
  CHECK(claim.status == CoverageStatus::Covered);
  CHECK(claim.points == 1);
}

TEST_CASE("the VolumeSnapshot's own status may never say ready", "[coverage]") {
  Watched cluster;
  auto snapshot = cluster.snapshot_of(1, "nightly");
  snapshot.ready = Ready::False;
  cluster.put(snapshot, 100);
  cluster.put(cluster.made_content(1, 100, DeletionPolicy::Retain, "nightly"), 101);
  CHECK(cluster.of(102).points == 1);
}

TEST_CASE("a point covers for as long as the target, then it is missed until the next one", "[coverage]") {
  Watched cluster;
  cluster.cut_at(kDay);
  CHECK(cluster.status(2 * kDay) == CoverageStatus::Covered);
  CHECK(cluster.status(2 * kDay + 1) == CoverageStatus::Missed);
  CHECK(*cluster.of(2 * kDay + 1).due == at(2 * kDay));
  CHECK(cluster.of(2 * kDay + 1).last->cut == at(kDay));
  cluster.cut_at(2 * kDay + 10, 2);
  CHECK(cluster.status(2 * kDay + 11) == CoverageStatus::Covered);
  CHECK(cluster.of(2 * kDay + 11).points == 2);
}

TEST_CASE("a point that is older than the target proves nothing before the claim was watched for as long",
          "[coverage]") {
  Watched cluster;
  cluster.cut_at(-2 * kDay);
  CHECK(cluster.status(10) == CoverageStatus::Unknown);
  CHECK(cluster.of(10).last->cut == at(-2 * kDay));
  CHECK(cluster.status(kDay) == CoverageStatus::Missed);
  CHECK(*cluster.of(kDay).due == at(kDay));
}

TEST_CASE("a kept handle counts after its objects are gone, as at the end of a good Velero backup", "[coverage]") {
  Watched cluster;
  cluster.cut_at(kDay, 1, DeletionPolicy::Retain, "nightly");
  cluster.objects_go(kDay + 60, 1, DeletionPolicy::Retain, "nightly");
  CHECK(cluster.status(2 * kDay) == CoverageStatus::Covered);
  CHECK(cluster.of(2 * kDay).last->backup == "nightly");
}

TEST_CASE("a handle that is destroyed counts no more, and the one before it does again", "[coverage]") {
  Watched cluster;
  cluster.cut_at(kDay, 1);
  cluster.cut_at(kDay + kHour, 2, DeletionPolicy::Delete);
  CHECK(cluster.of(kDay + 2 * kHour).last->handle == "handle-2");
  cluster.destroy(kDay + 3 * kHour, 2);
  const auto claim = cluster.of(kDay + 4 * kHour);
  CHECK(claim.last->handle == "handle-1");
  REQUIRE(claim.ended);
  CHECK(claim.ended->end == PointEnd::Destroyed);
  CHECK(claim.ended->at == at(kDay + 3 * kHour));
  CHECK(claim.ended->point.handle == "handle-2");
}

TEST_CASE("with its only point destroyed a claim has missed its target from then on, and not never had one",
          "[coverage]") {
  Watched cluster;
  cluster.cut_at(2 * kDay, 1, DeletionPolicy::Delete);
  cluster.destroy(2 * kDay + 60, 1);
  const auto claim = cluster.of(2 * kDay + 120);
  CHECK(claim.status == CoverageStatus::Missed);
  CHECK(*claim.due == at(2 * kDay + 60));
  CHECK_FALSE(claim.last);
  CHECK(claim.points == 0);
}

TEST_CASE("a kept handle ends when an imported content of policy Delete takes it along", "[coverage]") {
  Watched cluster;
  cluster.cut_at(kDay, 1, DeletionPolicy::Retain, "nightly");
  cluster.objects_go(kDay + 60, 1, DeletionPolicy::Retain, "nightly");
  // As Velero deletes a backup's snapshots: a content of its own for the handle, which it then deletes.
  auto import = content(7);
  import.source_volume_handle.clear();
  import.source_snapshot_handle = import.snapshot_handle = "handle-1";
  import.ready = Ready::True;
  cluster.put(import, kDay + 100);
  CHECK(cluster.of(kDay + 101).points == 1);
  import.meta.deleted = at(kDay + 102);
  import.snapshot_handle.clear();
  cluster.put(import, kDay + 102);
  cluster.drop(import, kDay + 103);
  const auto claim = cluster.of(kDay + 104);
  CHECK(claim.points == 0);
  CHECK(claim.ended->end == PointEnd::Destroyed);
}

TEST_CASE("a handle that leaked counts no more", "[coverage]") {
  Watched cluster;
  cluster.cut_at(kDay, 1, DeletionPolicy::Delete);
  cluster.objects_go(kDay + 60, 1, DeletionPolicy::Delete);  // with its handle still set
  const auto claim = cluster.of(kDay + 61);
  CHECK(claim.points == 0);
  CHECK(claim.ended->end == PointEnd::Leaked);
}

TEST_CASE("what went while nobody watched counts if its policy was Retain, and no more if it was Delete",
          "[coverage]") {
  for (const auto policy : {DeletionPolicy::Retain, DeletionPolicy::Delete}) {
    Watched cluster;
    cluster.cut_at(kDay, 1, policy);
    cluster.drop(cluster.made_content(1, kDay, policy, {}), kDay + 60, true);
    const auto claim = cluster.of(kDay + 61);
    CHECK(claim.points == (policy == DeletionPolicy::Retain ? 1U : 0U));
    CHECK(claim.ended.has_value() == (policy == DeletionPolicy::Delete));
    if (claim.ended) CHECK(claim.ended->end == PointEnd::Unseen);
  }
}

TEST_CASE("an imported handle whose cut was never seen is no point of any claim", "[coverage]") {
  Watched cluster;
  auto import = content(7);
  import.source_volume_handle.clear();
  import.source_snapshot_handle = import.snapshot_handle = "foreign";
  import.ready = Ready::True;
  cluster.put(import, 100);
  CHECK(cluster.of(101).points == 0);
}

TEST_CASE("a handle of an expired Backup counts no more from the expiry on", "[coverage]") {
  Watched cluster;
  auto backup = cluster.finished_backup(kDay, kDay + 100);
  backup.expires = at(kDay + 5 * kHour);
  cluster.add(backup);
  cluster.cut_at(kDay + 10, 1, DeletionPolicy::Retain, "nightly");
  CHECK(cluster.status(kDay + 5 * kHour - 1) == CoverageStatus::Covered);
  const auto claim = cluster.of(kDay + 5 * kHour);
  CHECK(claim.status == CoverageStatus::Missed);
  CHECK(claim.ended->end == PointEnd::BackupExpired);
  CHECK(claim.ended->at == at(kDay + 5 * kHour));
  // Velero takes the Backup away an hour later: what has ended stays so.
  cluster.stores.backups.remove(backup.meta.uid);
  cluster.goes(backup, kDay + 6 * kHour);
  CHECK(cluster.of(kDay + 7 * kHour).ended->end == PointEnd::BackupExpired);
}

TEST_CASE("a DeleteBackupRequest ends the points of its Backup, and they stay ended when both are gone", "[coverage]") {
  Watched cluster;
  const auto backup = cluster.finished_backup(kDay, kDay + 100);
  cluster.add(backup);
  cluster.cut_at(kDay + 10, 1, DeletionPolicy::Retain, "nightly");
  cluster.cut_at(kDay + 20, 2, DeletionPolicy::Retain, "other");
  auto elsewhere = delete_request("nightly");
  elsewhere.meta.ns = Symbol("velero-2");
  cluster.store(cluster.stores.delete_requests, elsewhere);
  CHECK(cluster.of(kDay + 200).points == 2);
  cluster.stores.delete_requests.remove(elsewhere.meta.uid);
  cluster.store(cluster.stores.delete_requests, delete_request("nightly"));
  CHECK(cluster.of(kDay + 200).points == 1);
  CHECK(cluster.of(kDay + 200).last->backup == "other");
  cluster.stores.backups.remove(backup.meta.uid);
  cluster.goes(backup, kDay + 300);
  cluster.stores.delete_requests.remove(uid(660));
  CHECK(cluster.of(kDay + 400).points == 1);
}

TEST_CASE("a Backup that says Deleting ends its points; one whose object just goes leaves the handles", "[coverage]") {
  for (const bool deleting : {true, false}) {
    Watched cluster;
    auto backup = cluster.finished_backup(kDay, kDay + 100);
    if (deleting) backup.phase = Symbol("Deleting");
    cluster.add(backup);
    cluster.cut_at(kDay + 10, 1, DeletionPolicy::Retain, "nightly");
    CHECK(cluster.of(kDay + 200).points == (deleting ? 0U : 1U));
    cluster.stores.backups.remove(backup.meta.uid);
    cluster.goes(backup, kDay + 300);
    const auto claim = cluster.of(kDay + 400);
    CHECK(claim.points == (deleting ? 0U : 1U));
    if (deleting) CHECK(claim.ended->end == PointEnd::BackupDeleted);
  }
}

TEST_CASE("a finished DataUpload is a point of its own, whatever becomes of its snapshot", "[coverage]") {
  Watched cluster;
  cluster.store(cluster.stores.data_uploads, upload("InProgress", kDay));
  CHECK(cluster.of(kDay + 10).points == 0);
  cluster.store(cluster.stores.data_uploads, upload("Completed", kDay));
  auto claim = cluster.of(kDay + 20);
  REQUIRE(claim.last);
  CHECK(claim.last->kind == PointKind::DataUpload);
  CHECK(claim.last->cut == at(kDay));
  CHECK(claim.status == CoverageStatus::Covered);
  cluster.stores.data_uploads.remove(uid(650));
  cluster.goes(upload("Completed", kDay), kDay + 30);
  claim = cluster.of(kDay + 40);
  CHECK(claim.status == CoverageStatus::Missed);
  CHECK(claim.ended->end == PointEnd::CopyGone);
}

TEST_CASE("a finished PodVolumeBackup is a point as of its start; its expired Backup ends it", "[coverage]") {
  Watched cluster;
  cluster.store(cluster.stores.pod_volume_backups, pod_backup(kDay + 5));
  CHECK(cluster.of(kDay + 10).last->kind == PointKind::PodVolumeBackup);
  CHECK(cluster.of(kDay + 10).last->cut == at(kDay + 5));
  auto backup = cluster.finished_backup(kDay, kDay + 100);
  backup.expires = at(kDay + 1'000);
  cluster.add(backup);
  CHECK(cluster.status(kDay + 999) == CoverageStatus::Covered);
  CHECK(cluster.of(kDay + 1'000).ended->end == PointEnd::BackupExpired);
}

TEST_CASE("a copy of a namesake that was there before is not the claim's", "[coverage]") {
  Watched cluster;
  auto claim = Watched::source_claim();
  claim.meta.created = at(kHour);
  cluster.put(claim, kHour);
  cluster.store(cluster.stores.data_uploads, upload("Completed", kHour - 1));
  auto other = pod_backup(2 * kHour);
  other.claim.uid = uid(999);
  cluster.store(cluster.stores.pod_volume_backups, other);
  CHECK(cluster.of(3 * kHour).points == 0);
}

TEST_CASE("an empty or failed copy is no point", "[coverage]") {
  Watched cluster;
  auto failed = upload("Failed", kDay);
  cluster.store(cluster.stores.data_uploads, failed);
  auto empty = pod_backup(kDay);
  empty.snapshot_id.clear();
  cluster.store(cluster.stores.pod_volume_backups, empty);
  CHECK(cluster.of(kDay + 1).points == 0);
}

TEST_CASE("a handle is verified once a content of it became ready from a cut, and until it is destroyed",
          "[coverage]") {
  Watched cluster;
  cluster.put(snapshot(), kDay);
  auto made = cluster.made_content(1, kDay, DeletionPolicy::Retain, {});
  made.ready = Ready::False;
  cluster.put(made, kDay);
  cluster.commit();
  CHECK_FALSE(cluster.points.was_cut(kDriver, "handle-1"));
  made.ready = Ready::True;
  cluster.put(made, kDay + 1);
  cluster.commit();
  CHECK(cluster.points.was_cut(kDriver, "handle-1"));
  CHECK_FALSE(cluster.points.was_cut("other.example.com", "handle-1"));
  // Another content of the handle is deleted with it; that the one of the cut is heard of again revives nothing.
  auto import = content(7);
  import.source_volume_handle.clear();
  import.source_snapshot_handle = import.snapshot_handle = "handle-1";
  import.ready = Ready::True;
  cluster.put(import, kDay + 2);
  import.meta.deleted = at(kDay + 3);
  import.snapshot_handle.clear();
  cluster.put(import, kDay + 3);
  cluster.drop(import, kDay + 4);
  cluster.commit();
  CHECK_FALSE(cluster.points.was_cut(kDriver, "handle-1"));
  made.meta.finalizers = {Symbol("x")};
  cluster.put(made, kDay + 5);
  cluster.commit();
  CHECK_FALSE(cluster.points.was_cut(kDriver, "handle-1"));
}

TEST_CASE("an imported handle was not cut", "[coverage]") {
  Watched cluster;
  auto import = cut(content(), "handle-1");
  import.source_volume_handle.clear();
  import.source_snapshot_handle = "handle-1";
  cluster.put(import, kDay);
  cluster.commit();
  CHECK_FALSE(cluster.points.was_cut(kDriver, "handle-1"));
}

TEST_CASE("of two Veleros' Backups of one name each ends its own points alone", "[coverage]") {
  Watched cluster;
  auto ours = cluster.finished_backup(kDay, kDay + 100);
  auto theirs = cluster.finished_backup(kDay, kDay + 100, 601);
  theirs.meta.ns = Symbol("velero-2");
  theirs.included_namespaces = {Symbol("bank")};
  theirs.expires = at(kDay + kHour);
  cluster.add(ours);
  cluster.add(theirs);
  cluster.cut_at(kDay + 10, 1, DeletionPolicy::Retain, "nightly");
  auto copy = upload("Completed", kDay + 20);
  copy.meta.ns = Symbol("velero-2");
  copy.meta.velero.backup = Symbol("nightly");
  cluster.store(cluster.stores.data_uploads, copy);
  CHECK(cluster.of(kDay + 200).points == 2);
  CHECK(cluster.of(kDay + kHour).points == 1);
  CHECK(cluster.of(kDay + kHour).last->handle == "handle-1");
  // Where both may be it, neither is blamed.
  theirs.included_namespaces = {};
  cluster.add(theirs);
  CHECK(cluster.of(kDay + kHour).points == 1);
  // By time it can be told again.
  ours.meta.created = ours.started = at(kDay + 2 * kHour);
  ours.completed = at(kDay + 3 * kHour);
  cluster.add(ours);
  CHECK(cluster.of(kDay + kHour).points == 0);
}

TEST_CASE("the members of a group snapshot are points of their volumes", "[coverage]") {
  Watched cluster;
  objects::VolumeGroupSnapshotContent group;
  group.meta.uid = uid(670);
  group.driver = Symbol(kDriver);
  group.policy = DeletionPolicy::Delete;
  group.ready = Ready::True;
  group.cut = at(kDay);
  group.members = {{"member-1", "vol-1"}, {"member-2", "vol-2"}};
  cluster.points.changed(group, at(kDay + 1));
  REQUIRE(cluster.of(kDay + 2).last);
  CHECK(cluster.of(kDay + 2).last->handle == "member-1");
  cluster.points.gone(group, at(kDay + 3));
  CHECK(cluster.of(kDay + 4).ended->end == PointEnd::Destroyed);
}

TEST_CASE("a hole of ten minutes in watching contents makes protection unknown again, a shorter one doesn't",
          "[coverage]") {
  Watched cluster;
  REQUIRE(cluster.status(kDay) == CoverageStatus::Never);
  cluster.points.gap(gap_of(kDay, kDay + 599));
  cluster.points.gap(gap_of(kDay, kDay + kHour, "volumesnapshots"));
  CHECK(cluster.status(kDay + kHour) == CoverageStatus::Never);
  cluster.points.gap(gap_of(kDay + kHour, kDay + 2 * kHour));
  CHECK(cluster.status(kDay + 2 * kHour) == CoverageStatus::Unknown);
  CHECK(*cluster.of(kDay + 2 * kHour).watched == at(kDay + 2 * kHour));
  CHECK(cluster.status(2 * kDay + 2 * kHour) == CoverageStatus::Never);
}

TEST_CASE("where a Backup went during a hole its kept handles are not counted on", "[coverage]") {
  Watched cluster;
  const auto backup = cluster.finished_backup(kDay, kDay + 100);
  cluster.add(backup);
  cluster.cut_at(kDay + 10, 1, DeletionPolicy::Retain, "nightly");
  cluster.objects_go(kDay + 60, 1, DeletionPolicy::Retain, "nightly");
  cluster.points.gap(gap_of(kDay + kHour, kDay + 2 * kHour));
  CHECK(cluster.of(kDay + 3 * kHour).points == 1);  // the Backup is still there
  cluster.stores.backups.remove(backup.meta.uid);
  CHECK(cluster.of(kDay + 3 * kHour).ended->end == PointEnd::Unseen);
  cluster.stores.set_synced(Kind::Backup, false);
  CHECK(cluster.of(kDay + 3 * kHour).points == 1);  // Velero's objects can't be seen: that says nothing
}

TEST_CASE("where contents can't be watched nothing is proven", "[coverage]") {
  Watched cluster;
  cluster.stores.set_synced(Kind::VolumeSnapshotContent, false);
  CHECK(cluster.status(10 * kDay) == CoverageStatus::Unknown);
  CHECK_FALSE(cluster.of(10 * kDay).watched);
}

TEST_CASE("only bound claims with a CSI volume that stay are assessed", "[coverage]") {
  Watched cluster;
  CHECK(cluster.all(1).size() == 1);
  auto claim = Watched::source_claim();
  claim.phase = ClaimPhase::Pending;
  cluster.put(claim, 2);
  CHECK(cluster.all(3).empty());
  claim.phase = ClaimPhase::Bound;
  cluster.put(claim, 4);
  auto volume = Watched::source_volume();
  volume.driver = Symbol("");
  cluster.put(volume, 5);
  CHECK(cluster.all(6).empty());
  cluster.put(Watched::source_volume(), 7);
  claim.meta.deleted = at(8);
  cluster.put(claim, 8);
  CHECK(cluster.all(9).empty());
}

TEST_CASE("a claim that is bound to the same volume again has that volume's points", "[coverage]") {
  Watched cluster;
  cluster.cut_at(100);
  cluster.drop(Watched::source_claim(), 200);
  auto claim = Watched::source_claim();
  claim.meta.uid = uid(310);
  claim.meta.name = "data-again";
  cluster.put(claim, 300);
  const auto again = cluster.of(400, "data-again");
  REQUIRE(again.last);
  CHECK(again.last->cut == at(100));
  CHECK(*again.watched == at(300));
}

TEST_CASE("a cut without the backend's time is dated by the first sight of its content", "[coverage]") {
  Watched cluster;
  auto content = cluster.made_content(1, 0, DeletionPolicy::Retain, {});
  content.cut = {};
  content.ready = Ready::False;
  cluster.put(content, 100);
  content.ready = Ready::True;
  cluster.put(content, 900);
  CHECK(cluster.of(901).last->cut == at(100));
}

TEST_CASE("a Completed Backup that has no point of a claim of its namespaces has skipped it", "[coverage]") {
  Watched cluster;
  cluster.add(cluster.finished_backup(100, 200));
  const auto claim = cluster.of(300);
  REQUIRE(claim.skipped);
  CHECK(claim.skipped->backup == "nightly");
  CHECK(claim.skipped->completed == at(200));
  cluster.cut_at(150, 1, DeletionPolicy::Retain, "nightly");
  CHECK_FALSE(cluster.of(300).skipped);
  // The newest one decides.
  cluster.add(cluster.finished_backup(400, 500, 601, "nightly-2"));
  CHECK(cluster.of(600).skipped->backup == "nightly-2");
  cluster.store(cluster.stores.data_uploads, [] {
    auto made = upload("Completed", 450);
    made.meta.velero.backup = Symbol("nightly-2");
    return made;
  }());
  CHECK_FALSE(cluster.of(600).skipped);
}

TEST_CASE("a point that has ended since shows that the Backup had not skipped the claim", "[coverage]") {
  Watched cluster;
  cluster.add(cluster.finished_backup(100, 200));
  cluster.cut_at(150, 1, DeletionPolicy::Delete, "nightly");
  cluster.destroy(250, 1);
  CHECK_FALSE(cluster.of(300).skipped);
}

TEST_CASE("no Backup is said to have skipped what it need not have taken, or what nobody saw", "[coverage]") {
  struct Case {
    const char* name;
    void (*change)(Watched& cluster, objects::Backup& backup, objects::PersistentVolumeClaim& claim);
  };
  const Case cases[] = {
      {"not over", [](Watched&, objects::Backup& b, auto&) { b.phase = Symbol("InProgress"); }},
      {"it says that it failed in part",
       [](Watched&, objects::Backup& b, auto&) { b.phase = Symbol("PartiallyFailed"); }},
      {"selective", [](Watched&, objects::Backup& b, auto&) { b.selective = true; }},
      {"another namespace", [](Watched&, objects::Backup& b, auto&) { b.included_namespaces = {Symbol("crm")}; }},
      {"excluded namespace", [](Watched&, objects::Backup& b, auto&) { b.excluded_namespaces = {Symbol("shop")}; }},
      {"a pattern of names", [](Watched&, objects::Backup& b, auto&) { b.included_namespaces = {Symbol("sh*")}; }},
      {"before the watching", [](Watched&, objects::Backup& b, auto&) { b.started = at(-10); }},
      {"excluded claim", [](Watched&, objects::Backup&, auto& c) { c.excluded_from_backup = true; }},
      {"bound only afterwards",
       [](Watched& cluster, objects::Backup&, auto& c) {
         c.phase = ClaimPhase::Pending;
         cluster.put(c, 150);
         c.phase = ClaimPhase::Bound;
       }},
      {"a hole", [](Watched& cluster, objects::Backup&, auto&) { cluster.points.gap(gap_of(50, 900)); }},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    Watched cluster;
    auto backup = cluster.finished_backup(100, 200);
    auto claim = Watched::source_claim();
    one.change(cluster, backup, claim);
    cluster.add(backup);
    cluster.put(claim, 250);
    CHECK_FALSE(cluster.of(1'000).skipped);
  }
}

TEST_CASE("a Backup of all namespaces takes this one too", "[coverage]") {
  for (const auto& included : std::vector<std::vector<Symbol>>{{}, {Symbol("*")}}) {
    Watched cluster;
    auto backup = cluster.finished_backup(100, 200);
    backup.included_namespaces = included;
    cluster.add(backup);
    CHECK(cluster.of(300).skipped);
  }
}

TEST_CASE("of a volume that went the points that count are kept, and nothing once all have ended", "[coverage]") {
  Watched cluster;
  cluster.cut_at(100, 1, DeletionPolicy::Delete);
  cluster.cut_at(200, 2, DeletionPolicy::Delete);
  cluster.destroy(300, 1);
  cluster.commit();
  cluster.points.gone(Watched::source_volume(), at(400));
  CHECK(cluster.points.of_volume(kDriver, "vol-1").size() == 2);
  cluster.destroy(500, 2);
  cluster.commit();
  CHECK(cluster.points.of_volume(kDriver, "vol-1").empty());
}

TEST_CASE("a deleted copy is told of its claim for as long as that is there", "[coverage]") {
  Watched cluster;
  cluster.goes(upload("Completed", kDay), kDay + 30);
  CHECK(cluster.points.gone_copies("shop", "data").size() == 1);
  cluster.points.gone(Watched::source_claim(), at(kDay + 40));
  CHECK(cluster.points.gone_copies("shop", "data").empty());
  cluster.stores.claims.remove(uid(300));
  cluster.goes(upload("Completed", kDay), kDay + 50);
  CHECK(cluster.points.gone_copies("shop", "data").empty());
}

TEST_CASE("only so many points of a volume are kept, the newest", "[coverage]") {
  Watched cluster;
  objects::ObjectRecord record;
  record.kind = Kind::VolumeSnapshotContent;
  record.driver = kDriver;
  record.volume_handle = "vol-1";
  record.was_ready = true;
  for (int n = 0; n < 1'005; ++n) {
    record.snapshot_handle = "h" + std::to_string(n);
    record.cut = at(n);
    cluster.points.recorded(record);
  }
  const auto claim = cluster.of(2'000);
  CHECK(claim.points == PointMemory::kMostLive);
  CHECK(claim.last->handle == "h1004");
}
