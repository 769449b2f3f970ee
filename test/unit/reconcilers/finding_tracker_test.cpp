#include "reconcilers/diagnosis/finding_tracker.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

#include "patient.hpp"

using namespace snaptrail;
using namespace snaptrail::test;
using What = FindingChange::What;

namespace {

/// What changed at that second: `+Reason`, `~Reason`, `-Reason`.
std::string look(Patient& cluster, int second) {
  cluster.commit();
  std::string text;
  for (const auto& change : cluster.findings.evaluate(at(second))) {
    if (!text.empty()) text += ' ';
    text += change.what == What::Began ? '+' : change.what == What::Ended ? '-' : '~';
    text += to_string(change.finding.reason);
  }
  return text;
}

template <class T>
void show(Patient& cluster, T object, int second) {
  cluster.put(object, second);
  cluster.findings.changed(object);
}

template <class T>
void lose(Patient& cluster, T object, int second) {
  cluster.drop(object, second);
  cluster.findings.gone(object);
}

}  // namespace

TEST_CASE("a finding begins by time alone, once, and ends with its cause, once", "[diagnosis][tracker]") {
  Patient cluster;
  cluster.findings.open(at(0), true);
  CHECK(look(cluster, 0) == "");
  auto object = snapshot();
  object.class_name = Symbol("absent");
  show(cluster, object, 1);
  CHECK(look(cluster, 1) == "");
  CHECK(*cluster.findings.next() == at(6));
  CHECK(look(cluster, 6) == "+SnapshotClassNotFound");
  CHECK(look(cluster, 20) == "");
  CHECK(cluster.findings.size() == 1);
  const auto added = Patient::snapshot_class("absent", 401);
  cluster.add(added);
  cluster.findings.changed(added);
  CHECK(look(cluster, 30) == "");  // an error is given a moment: it may only be between two tries
  CHECK(look(cluster, 40) == "-SnapshotClassNotFound");
  CHECK(cluster.findings.size() == 0);
}

TEST_CASE("a finding ends at once when its subject goes or is ready", "[diagnosis][tracker]") {
  Patient cluster;
  cluster.findings.open(at(0), true);
  auto object = snapshot();
  object.class_name = Symbol("absent");
  show(cluster, object, 1);
  look(cluster, 6);
  lose(cluster, object, 7);
  CHECK(look(cluster, 7) == "-SnapshotClassNotFound");
  CHECK_FALSE(cluster.findings.next());
}

TEST_CASE("an error that is cleared and set again at every retry is one finding", "[diagnosis][tracker]") {
  Patient cluster;
  cluster.findings.open(at(0), true);
  auto made = being_created();
  made.error = {true, "rpc error: code = InvalidArgument desc = bad parameter", at(1)};
  auto clean = made;
  clean.error = {};
  show(cluster, made, 1);
  show(cluster, bound(), 1);
  look(cluster, 1);
  CHECK(look(cluster, 7) == "+InvalidSpec");
  for (int second = 10; second < 60; second += 10) {
    show(cluster, clean, second);
    CHECK(look(cluster, second) == "");
    show(cluster, made, second + 1);
    CHECK(look(cluster, second + 6) == "");
  }
  show(cluster, cut(content()), 70);
  show(cluster, ready(gold()), 70);
  CHECK(look(cluster, 70) == "-InvalidSpec +LastCopyAtRisk");
}

TEST_CASE("severity, category and what blocks are changes; counts and times are none", "[diagnosis][tracker]") {
  Patient cluster;
  cluster.findings.open(at(0), true);
  auto made = cut(content());
  show(cluster, made, 1);
  show(cluster, ready(gold()), 1);
  CHECK(look(cluster, 1) == "+LastCopyAtRisk");
  objects::Namespace ns;
  ns.meta.uid = uid(700);
  ns.meta.name = "shop";
  ns.meta.deleted = at(2);
  cluster.add(ns);
  cluster.findings.changed(ns);
  CHECK(look(cluster, 2) == "~LastCopyAtRisk");
  CHECK(look(cluster, 3) == "");
}

TEST_CASE("what a relative's change brings is seen: the snapshot's finding and the restore's end together",
          "[diagnosis][tracker]") {
  Patient cluster;
  cluster.findings.open(at(0), true);
  auto source = snapshot();
  source.class_name = Symbol("absent");
  show(cluster, source, 1);
  show(cluster, restore_claim(), 1);
  look(cluster, 1);
  CHECK(look(cluster, 6) == "+SnapshotClassNotFound +SourceSnapshotNotReady");
  auto made = cut(content());
  made.policy = DeletionPolicy::Retain;
  show(cluster, made, 20);
  show(cluster, ready(gold()), 20);
  CHECK(look(cluster, 20) == "-SnapshotClassNotFound -SourceSnapshotNotReady");
}

TEST_CASE("another copy's coming and going ends and begins the hazard of the last one", "[diagnosis][tracker]") {
  Patient cluster;
  cluster.findings.open(at(0), true);
  show(cluster, cut(content()), 1);
  auto first = ready(gold());
  first.meta.velero.backup = Symbol("old");
  show(cluster, first, 1);
  CHECK(look(cluster, 1) == "+LastCopyAtRisk");
  auto other = cut(content(2), "snap-h2");
  other.policy = DeletionPolicy::Retain;
  show(cluster, other, 2);
  show(cluster, ready(gold(2), 2), 2);
  CHECK(look(cluster, 2) == "-LastCopyAtRisk");
  lose(cluster, ready(gold(2), 2), 3);
  lose(cluster, other, 3);
  cluster.commit();
  objects::ObjectRecord end;
  end.kind = Kind::VolumeSnapshotContent;
  end.outcome = objects::Outcome::Destroyed;
  end.driver = kDriver;
  end.snapshot_handle = "snap-h2";
  end.since = at(3);
  cluster.points.recorded(end);
  CHECK(look(cluster, 3) == "+LastCopyAtRisk");
}

TEST_CASE("a copy is at no risk once its Backup's deletion was asked for, and is again if that is taken back",
          "[diagnosis][tracker]") {
  Patient cluster;
  cluster.findings.open(at(0), true);
  auto backup = Patient::backup("Completed");
  backup.expires = at(1'000);
  cluster.add(backup);
  show(cluster, cut(content()), 1);
  auto object = ready(gold());
  object.meta.velero.backup = Symbol("nightly");
  show(cluster, object, 1);
  CHECK(look(cluster, 1) == "+LastCopyAtRisk");
  objects::DeleteBackupRequest request;
  request.meta.uid = uid(610);
  request.meta.ns = Symbol("elsewhere");
  request.meta.name = "nightly-1";
  request.backup_name = "nightly";
  cluster.add(request);
  cluster.findings.changed(request);
  CHECK(look(cluster, 2) == "");  // of another Velero's Backup
  request.meta.uid = uid(611);
  request.meta.ns = Symbol("velero");
  cluster.add(request);
  cluster.findings.changed(request);
  CHECK(look(cluster, 3) == "-LastCopyAtRisk");
  cluster.stores.delete_requests.remove(uid(611));
  cluster.findings.gone(request);
  CHECK(look(cluster, 4) == "+LastCopyAtRisk");
}

TEST_CASE("what was there at the first start is the baseline, what comes later is not", "[diagnosis][tracker]") {
  Patient cluster;
  objects::VolumeSnapshotClass marked = Patient::snapshot_class("velero", 401);
  marked.policy = DeletionPolicy::Delete;
  marked.velero_marked = true;
  marked.meta.created = at(-100);
  cluster.add(marked);
  cluster.findings.open(at(0), true);
  auto changes = cluster.findings.evaluate(at(0));
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].finding.baseline);
  auto object = snapshot();
  object.class_name = Symbol("absent");
  show(cluster, object, 1);
  look(cluster, 1);
  changes = cluster.findings.evaluate(at(6));
  REQUIRE(changes.size() == 1);
  CHECK_FALSE(changes[0].finding.baseline);
}

TEST_CASE("the baseline of an earlier run stays it while it stands, and what begins later is none",
          "[diagnosis][tracker]") {
  Patient cluster;
  auto object = snapshot();
  object.class_name = Symbol("absent");
  cluster.put(object, 1);
  cluster.commit();
  cluster.findings.restore_baseline({Kind::VolumeSnapshot, uid(1), "shop", "snap-1"}, Reason::SnapshotClassNotFound);
  cluster.findings.open(at(10), false);
  auto changes = cluster.findings.evaluate(at(10));
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].finding.reason == Reason::SnapshotClassNotFound);
  CHECK(changes[0].finding.baseline);
  REQUIRE(cluster.findings.all().size() == 1);
  CHECK(cluster.findings.all()[0]->baseline);
  const auto added = Patient::snapshot_class("absent", 401);
  cluster.add(added);
  cluster.findings.changed(added);
  CHECK(look(cluster, 20) == "");
  CHECK(look(cluster, 31) == "-SnapshotClassNotFound");
  object.class_name = Symbol("absent, too");
  show(cluster, object, 40);
  cluster.commit();
  changes = cluster.findings.evaluate(at(50));
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].finding.reason == Reason::SnapshotClassNotFound);
  CHECK_FALSE(changes[0].finding.baseline);
}

TEST_CASE("leaks and bursts come and go with the trail alone", "[diagnosis][tracker]") {
  Patient cluster;
  cluster.findings.open(at(0), true);
  objects::Row end;
  end.kind = Kind::VolumeSnapshotContent;
  end.type = objects::RowType::Transition;
  end.to = State::Deleted;
  end.outcome = objects::Outcome::Leaked;
  end.uid = uid(101);
  end.name = "content-1";
  end.at = at(5);
  cluster.trail.recorded(end);
  CHECK(look(cluster, 5) == "+Leaked");
  CHECK(look(cluster, 6) == "");
  const auto over = at(5) + reconcilers::TrailMemory::kLeakKept;
  CHECK(*cluster.findings.next() == over);
  const auto changes = cluster.findings.evaluate(over);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].what == What::Ended);
}

TEST_CASE("five thousand quiet snapshots are not looked at again", "[diagnosis][tracker]") {
  Patient cluster;
  for (int n = 1; n <= 5'000; ++n) {
    auto made = cut(content(n), "h" + std::to_string(n));
    std::array<std::uint8_t, 16> bytes{};
    bytes[0] = 7;
    bytes[12] = static_cast<std::uint8_t>(n >> 16);
    bytes[13] = static_cast<std::uint8_t>(n >> 8);
    bytes[14] = static_cast<std::uint8_t>(n);
    made.policy = DeletionPolicy::Retain;
    made.meta.uid = objects::Uid::from_bytes(bytes);
    auto object = ready(gold(n), n);
    object.source_claim = "data-" + std::to_string(n);
    bytes[0] = 8;
    object.meta.uid = objects::Uid::from_bytes(bytes);
    made.snapshot.uid = object.meta.uid;
    cluster.stores.contents.upsert(std::move(made));
    cluster.stores.snapshots.upsert(std::move(object));
  }
  cluster.findings.open(at(0), true);
  CHECK(look(cluster, 0) == "");
  const auto before = cluster.findings.looks();
  CHECK_FALSE(cluster.findings.next());
  for (int second = 1; second < 1'000; ++second) look(cluster, second);
  auto object = snapshot();
  object.class_name = Symbol("absent");
  show(cluster, object, 1'000);
  CHECK(look(cluster, 1'006) == "+SnapshotClassNotFound");
  CHECK(cluster.findings.looks() - before <= 3);
}

TEST_CASE("an annotation that can't be read is counted, and changes nothing", "[diagnosis][tracker]") {
  Patient cluster;
  cluster.findings.open(at(0), true);
  auto object = gold();
  object.meta.stuck_after = Symbol("soon");
  show(cluster, object, 1);
  CHECK(cluster.findings.malformed_thresholds() == 1);
  CHECK(look(cluster, 60) == "");
  CHECK(look(cluster, 61) == "+SnapshotControllerAbsent");
  object.meta.stuck_after = Symbol("1h");
  show(cluster, object, 62);
  CHECK(cluster.findings.malformed_thresholds() == 1);
  CHECK(look(cluster, 62) == "-SnapshotControllerAbsent");
}
