// What a cause's past changes: bursts, tries that come and go, sources that were deleted. One standing finding for one cause.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdint>
#include <string>

#include "patient.hpp"

using namespace snaptrail;
using namespace snaptrail::test;
using What = FindingChange::What;

namespace {

/// A snapshot that the controller has begun with.
objects::VolumeSnapshot begun(int n) {
  auto object = gold(n);
  object.meta.finalizers = {Symbol("snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection")};
  return object;
}

constexpr auto kTimeout =
    R"(failed to take snapshot of the volume vol-1: "rpc error: code = DeadlineExceeded desc = context deadline exceeded")";

objects::VolumeSnapshotContent timed_out(int second) {
  auto made = being_created();
  made.error = {true, kTimeout, at(second)};
  return made;
}

/// A cluster that is looked at whenever it changes, and at every second that asks for it; `+Reason@second`, `~`, `-`.
struct Watched : Patient {
  Watched() {
    findings.open(at(0), false);
    look(0);
  }
  template <class T>
  void show(T object, int second) {
    pass_to(second);
    put(object, second);
    findings.changed(object);
    look(second);
  }
  void bind(int n, int second) {
    show(being_created(n), second);
    show(bound(n), second);
  }
  void pass_to(int second) {
    for (; now_ < second; look(++now_)) {
    }
  }
  void look(int second) {
    now_ = second;
    commit();
    for (const auto& change : findings.evaluate(at(second))) {
      if (!story.empty()) story += ' ';
      story += change.what == What::Began ? '+' : change.what == What::Ended ? '-' : '~';
      story += std::string(to_string(change.finding.reason)) + '@' + std::to_string(second);
    }
  }
  std::string story;

 private:
  int now_ = 0;
};

}  // namespace

TEST_CASE("ControllerThrottled: several snapshots wait that the controller has begun with", "[diagnosis][past]") {
  Patient cluster;
  for (int n = 1; n <= 3; ++n) cluster.put(begun(n), 1);
  CHECK(cluster.of_snapshot(3) == "");
  CHECK(cluster.of_snapshot(4) == "ControllerThrottled");
  CHECK(cluster.first(Kind::VolumeSnapshot, 1, 4).category == Category::Waiting);
}

TEST_CASE("ControllerThrottled stands until the snapshot is bound, however many wait beside it", "[diagnosis][past]") {
  Watched cluster;
  for (int n = 1; n <= 3; ++n) cluster.show(begun(n), 1);
  cluster.pass_to(4);
  CHECK(cluster.story == "+ControllerThrottled@4 +ControllerThrottled@4 +ControllerThrottled@4");
  cluster.story.clear();
  // Two, three, two, one wait: nothing changes for the first.
  cluster.bind(2, 5);
  cluster.show(begun(4), 6);
  cluster.bind(3, 7);
  cluster.pass_to(9);
  cluster.bind(4, 9);
  CHECK(cluster.of_snapshot(10) == "ControllerThrottled");
  cluster.bind(1, 11);
  CHECK(cluster.story ==
        "-ControllerThrottled@5 -ControllerThrottled@7 +ControllerThrottled@9 -ControllerThrottled@9 "
        "-ControllerThrottled@11");
}

TEST_CASE("one alone, or one beside another, is no burst; one that waits is looked at again when others come",
          "[diagnosis][past]") {
  Watched cluster;
  cluster.show(begun(1), 1);
  cluster.show(begun(2), 1);
  cluster.pass_to(20);
  CHECK(cluster.story == "");
  auto third = begun(3);
  third.source_claim = "other";
  cluster.show(third, 21);
  cluster.pass_to(24);
  CHECK(cluster.story == "+ControllerThrottled@22 +ControllerThrottled@22");
}

TEST_CASE("a controller that binds others of a long burst isn't absent, one that binds nothing is",
          "[diagnosis][past]") {
  Patient cluster;
  for (int n = 1; n <= 50; ++n) cluster.put(gold(n), 1);  // in its queue: nothing of them is begun
  CHECK(cluster.of_snapshot(10, 50) == "");
  for (int n = 1; n <= 40; ++n) cluster.put(bound(n), 5 * n);
  CHECK(cluster.of_snapshot(200, 50) == "ControllerThrottled");
  CHECK(cluster.of_snapshot(259, 50) == "ControllerThrottled");
  CHECK(cluster.of_snapshot(260, 50) == "SnapshotControllerAbsent");
  Patient idle;
  for (int n = 1; n <= 50; ++n) idle.put(gold(n), 1);
  CHECK(idle.of_snapshot(61, 50) == "SnapshotControllerAbsent");
}

TEST_CASE("a snapshot that the controller never binds is told although it binds others", "[diagnosis][past]") {
  Patient cluster;
  for (int n = 1; n <= 3; ++n) cluster.put(gold(n), 1);
  for (int n = 2; n <= 90; ++n) {
    cluster.put(gold(n), 10 * n);
    cluster.put(bound(n), 10 * n + 1);
  }
  CHECK(cluster.of_snapshot(600) == "ControllerThrottled");
  CHECK(cluster.of_snapshot(661) == "SnapshotControllerAbsent");
}

TEST_CASE("a silent driver is one finding, before and after its sidecar gives up a try", "[diagnosis][past]") {
  Watched cluster;
  cluster.show(being_created(), 1);
  cluster.show(bound(), 1);
  // The sidecar waits for ten minutes (--timeout); the phase is too long after five.
  cluster.show(timed_out(601), 601);
  auto told = bound();
  told.error = {true, kTimeout, at(601)};
  cluster.show(told, 601);
  cluster.pass_to(1'300);
  CHECK(cluster.story == "+DriverNotResponding@301 ~DriverNotResponding@631");
  cluster.show(kept(), 1'301);
  cluster.show(ready(gold()), 1'301);
  CHECK(cluster.story == "+DriverNotResponding@301 ~DriverNotResponding@631 -DriverNotResponding@1301");
}

TEST_CASE("a silent driver is one finding, also where its sidecar takes the error back at each try",
          "[diagnosis][past]") {
  Watched cluster;
  cluster.show(being_created(), 1);
  cluster.show(bound(), 1);
  for (int second = 61; second < 900; second += 70) {
    cluster.show(timed_out(second), second);
    auto told = bound();
    told.error = {true, kTimeout, at(second)};
    cluster.show(told, second);
    cluster.show(being_created(), second + 10);  // the next try begins
    cluster.show(bound(), second + 10);
  }
  CHECK(cluster.story == "+DriverNotResponding@91");
  const Finding finding = cluster.first(Kind::VolumeSnapshot, 1, 905);
  CHECK(finding.category == Category::Error);
  CHECK(finding.since == at(61));
  REQUIRE(finding.evidence.size() == 1);
  CHECK(finding.evidence[0].source == reconcilers::Evidence::Source::Ledger);
  CHECK(finding.evidence[0].text == kTimeout);
}

TEST_CASE("another cause is another finding, and ends the first", "[diagnosis][past]") {
  Watched cluster;
  cluster.show(timed_out(1), 1);
  cluster.show(bound(), 1);
  cluster.pass_to(40);
  auto other = being_created();
  other.error = {true, "rpc error: code = Internal desc = provided secret is empty", at(50)};
  cluster.show(other, 50);
  cluster.pass_to(60);
  CHECK(cluster.story == "+DriverNotResponding@31 -DriverNotResponding@50 +SecretMissing@50");
}

TEST_CASE("a provisioner that gives up a try leaves one finding of a driver that doesn't answer", "[diagnosis][past]") {
  Watched cluster;
  cluster.show(kept(), 0);
  cluster.show(ready(gold()), 0);
  auto claim = restore_claim();
  claim.storage_class = Symbol("fast");
  claim.provisioner = Symbol(kDriver);
  cluster.show(claim, 1);
  cluster.says("PersistentVolumeClaim", 50, "Provisioning", "External provisioner is provisioning", 1, 1, "Normal");
  cluster.pass_to(400);
  const std::string message = "rpc error: code = DeadlineExceeded desc = context deadline exceeded";
  cluster.says("PersistentVolumeClaim", 50, "ProvisioningFailed", message, 401);
  cluster.event(claim_event("ProvisioningFailed", message), 401);
  cluster.findings.event_about(uid(50));
  cluster.look(401);
  cluster.pass_to(900);
  CHECK(cluster.story == "+DriverNotResponding@301 ~DriverNotResponding@431");
}

TEST_CASE("an error of before the cut says nothing of the upload after it", "[diagnosis][past]") {
  // external-snapshotter leaves an error until the snapshot is ready.
  const char* throttled = "rpc error: code = Internal desc = SnapshotCreationPerVolumeRateExceeded";
  Patient cluster;
  auto made = content();
  made.error = {true, throttled, at(10)};
  auto object = bound();
  object.error = made.error;
  cluster.put(made, 10);
  cluster.put(object, 10);
  cluster.says("VolumeSnapshotContent", 101, "SnapshotCreationFailed", throttled, 10);
  CHECK(cluster.of_snapshot(60) == "Throttled");
  made.snapshot_handle = "snap-h";
  made.ready = Ready::False;
  made.cut = at(100);
  cluster.put(made, 100);
  cluster.put(object, 100);
  SECTION("by the backend's time") {}
  SECTION("by the controller's Event, where the backend's clock is behind") {
    made.cut = at(-5'000);
    cluster.put(made, 101);
    cluster.says("VolumeSnapshot", 1, "SnapshotCreated", "was successfully created", 100, 1, "Normal");
  }
  CHECK(cluster.of_snapshot(200) == "");
  CHECK(cluster.of_snapshot(1'899) == "");
  CHECK(cluster.of_snapshot(1'901) == "UploadSlow");
  made.error = {true, "rpc error: code = Internal desc = provided secret is empty", at(300)};
  cluster.put(made, 300);
  CHECK(cluster.of_snapshot(310) == "SecretMissing");
}

TEST_CASE("what hindered the binding is over with it, though its Event stays", "[diagnosis][past]") {
  Patient cluster;
  cluster.put(gold(), 1);
  cluster.says("VolumeSnapshot", 1, "SnapshotContentCreationFailed",
               "Error creating volume snapshot content object for snapshot shop/snap-1: etcdserver: request timed out",
               2);
  CHECK(cluster.of_snapshot(40) == "Unknown");
  auto made = being_created();
  made.meta.created = at(50);
  cluster.put(made, 50);
  cluster.put(bound(), 50);
  CHECK(cluster.of_snapshot(200) == "");
  cluster.says("VolumeSnapshot", 1, "SnapshotStatusUpdateFailed", "something odd", 201);
  CHECK(cluster.of_snapshot(202) == "Unknown");
}

TEST_CASE("a source that was deleted is named with when it went, what became of its copy, and its handle",
          "[diagnosis][past]") {
  Patient cluster;
  auto made = cut(content());
  const bool is_kept = GENERATE(true, false);
  made.policy = is_kept ? DeletionPolicy::Retain : DeletionPolicy::Delete;
  cluster.put(made, 1);
  cluster.put(ready(gold()), 1);
  auto claim = restore_claim();
  claim.storage_class = Symbol("fast");
  cluster.put(claim, 2);
  if (!is_kept) {
    auto cleared = made;
    cleared.meta.deleted = at(29);
    cleared.snapshot_handle.clear();
    cluster.put(cleared, 29);
    cluster.drop(cleared, 30);
  }
  cluster.drop(ready(gold()), 30);
  cluster.put(claim, 31);
  const Finding finding = cluster.first(Kind::PersistentVolumeClaim, 50, 40);
  CHECK(finding.reason == Reason::SourceSnapshotMissing);
  REQUIRE(finding.evidence.size() == 4);
  CHECK(finding.evidence[1].what == "VolumeSnapshot shop/snap-1");
  CHECK(finding.evidence[1].text == "deleted");
  CHECK(*finding.evidence[1].at == at(30));
  CHECK(finding.evidence[2].text == (is_kept ? "Retained" : "Destroyed"));
  CHECK(finding.evidence[3].text == "snap-h");
  CHECK(finding.fix.text.find(is_kept ? "import handle snap-h" : "was destroyed") != std::string::npos);
  CHECK(finding.fix.command == "snaptrail timeline -n shop volumesnapshot/snap-1");
}

TEST_CASE("a source that is being deleted is the root of a restore that hadn't begun; the two wait for each other",
          "[diagnosis][past]") {
  Patient cluster;
  cluster.put(kept(), 1);
  auto claim = restore_claim();
  claim.storage_class = Symbol("fast");
  cluster.put(claim, 2);
  auto going = ready(gold());
  going.meta.deleted = at(10);
  cluster.put(going, 10);
  CHECK(cluster.of_snapshot(20) == "SnapshotInUse");
  const Finding finding = cluster.first(Kind::PersistentVolumeClaim, 50, 20);
  CHECK(finding.reason == Reason::SourceSnapshotNotReady);
  CHECK_FALSE(finding.consequence);
  REQUIRE(finding.blocking.size() == 1);  // and not the claim itself
  CHECK(finding.blocking[0].name == "snap-1");
  CHECK(*finding.evidence[0].at == at(10));
  CHECK(finding.evidence[2].text == "snap-h");
  CHECK(finding.fix.text.find("Delete the claim") != std::string::npos);
}

TEST_CASE("a restore that the provisioner has begun goes on while its source is being deleted", "[diagnosis][past]") {
  Patient cluster;
  cluster.put(kept(), 1);
  auto claim = restore_claim();
  claim.storage_class = Symbol("fast");
  claim.provisioner = Symbol(kDriver);
  cluster.put(claim, 2);
  auto going = ready(gold());
  going.meta.deleted = at(10);
  going.meta.finalizers = {Symbol("provisioner.storage.kubernetes.io/volumesnapshot-as-source-protection")};
  cluster.put(going, 10);
  CHECK(cluster.of_claim(100) == "");
  cluster.says("PersistentVolumeClaim", 50, "ProvisioningFailed",
               "rpc error: code = ResourceExhausted desc = no space left on device", 100);
  CHECK(cluster.of_claim(140) == "OutOfResources");
}

TEST_CASE("retention and data movers are no burst of deletions: what goes has a newer copy, or was made to go",
          "[diagnosis][past]") {
  reconcilers::TrailMemory trail;
  const auto row = [](Kind kind, int n, State to, int second) {
    objects::Row made;
    made.kind = kind;
    made.uid = uid(n);
    made.ns = "shop";
    made.name = "s-" + std::to_string(n);
    made.chain = made.uid.str();
    made.to = to;
    made.at = at(second);
    made.driver = kDriver;
    made.snapshot_handle = "snap-" + std::to_string(n);
    made.volume_handle = "vol";
    return made;
  };
  const auto destroy = [&](int n, int claim, const auto& change) {
    auto content = row(Kind::VolumeSnapshotContent, n, State::Deleted, 1'000);
    content.outcome = objects::Outcome::Destroyed;
    content.claim_uid = uid(claim);
    trail.recorded(content);
    auto gone = row(Kind::VolumeSnapshot, n, State::Deleted, 1'000);
    gone.outcome = objects::Outcome::Destroyed;
    change(gone);
    trail.recorded(gone);
  };
  // Twelve volumes, each with an older and a newer copy.
  for (int claim = 1; claim <= 12; ++claim) {
    for (const int n : {claim, claim + 100}) {
      auto content = row(Kind::VolumeSnapshotContent, n, State::Ready, n);
      content.claim_uid = uid(claim + 500);
      trail.recorded(content);
    }
  }
  const auto as_is = [](objects::Row&) {};
  for (int claim = 1; claim <= 12; ++claim) destroy(claim, claim + 500, as_is);
  CHECK(trail.findings(at(1'001)).empty());
  for (int n = 201; n <= 212; ++n) destroy(n, 0, [](objects::Row& gone) { gone.chain = "an import's"; });
  for (int n = 301; n <= 312; ++n) {
    destroy(n, 0, [](objects::Row& gone) { gone.initiator = objects::Initiator{"volsync", "source", ""}; });
  }
  CHECK(trail.findings(at(1'001)).empty());
  for (int claim = 1; claim <= 10; ++claim) destroy(claim + 100, claim + 500, as_is);
  REQUIRE(trail.findings(at(1'001)).size() == 1);
  CHECK(trail.findings(at(1'001))[0].reason == Reason::DeletionBurst);
}

namespace {

/// Copies of claims as their rows and records tell of them; times in seconds, the n-th copy has handle `snap-n`.
struct Copies {
  reconcilers::TrailMemory trail;

  static objects::Row row(Kind kind, int n, State to, int second) {
    objects::Row made;
    made.kind = kind;
    made.uid = uid(kind == Kind::VolumeSnapshot ? n : n + 5'000);
    made.ns = kind == Kind::VolumeSnapshot ? "shop" : "";
    made.name = "s-" + std::to_string(n);
    if (kind == Kind::VolumeSnapshot) made.chain = made.uid.str();
    made.to = to;
    made.at = at(second);
    made.driver = kDriver;
    made.snapshot_handle = "snap-" + std::to_string(n);
    made.volume_handle = "vol";
    return made;
  }
  void becomes_ready(int n, int claim, int second) {
    auto content = row(Kind::VolumeSnapshotContent, n, State::Ready, second);
    content.claim_uid = uid(claim);
    trail.recorded(content);
  }
  /// As the ledger remembers it at a restart.
  void is_remembered(int n, int claim, int cut_at) {
    objects::ObjectRecord record;
    record.kind = Kind::VolumeSnapshotContent;
    record.uid = uid(n + 5'000);
    record.state = State::Ready;
    record.ready = objects::Ready::True;
    record.driver = kDriver;
    record.snapshot_handle = "snap-" + std::to_string(n);
    record.volume_handle = "vol";
    record.claim_uid = uid(claim);
    record.first_seen = at(90'000);
    record.cut = at(cut_at);
    trail.recorded(record);
  }
  void is_destroyed(int n, int second) {
    for (const Kind kind : {Kind::VolumeSnapshotContent, Kind::VolumeSnapshot}) {
      auto gone = row(kind, n, State::Deleted, second);
      gone.outcome = objects::Outcome::Destroyed;
      trail.recorded(gone);
    }
  }
  /// How many snapshots the burst has; 0: there is none.
  std::int64_t burst(int second) const {
    const auto found = trail.findings(at(second));
    return found.empty() ? 0 : found.front().evidence.at(0).count;
  }
};

constexpr int kClaims = 3, kHours = 24;

/// Three claims with a copy of every hour: copy 100 * claim + hour.
Copies hourly() {
  Copies copies;
  for (int hour = 0; hour < kHours; ++hour) {
    for (int claim = 1; claim <= kClaims; ++claim) copies.becomes_ready(100 * claim + hour, claim, 3'600 * hour);
  }
  return copies;
}

}  // namespace

TEST_CASE("a burst that takes the copies of a claim from the oldest to the last counts them all", "[diagnosis][past]") {
  Copies copies = hourly();
  for (int hour = 0; hour < kHours; ++hour) {
    if (hour == kHours - 1) CHECK(copies.burst(90'000 + hour) == 0);  // till now it could be retention
    for (int claim = 1; claim <= kClaims; ++claim) copies.is_destroyed(100 * claim + hour, 90'000 + hour);
  }
  CHECK(copies.burst(90'030) == kClaims * kHours);
}

TEST_CASE("the copies that are destroyed newest first are counted as they go", "[diagnosis][past]") {
  Copies copies = hourly();
  for (int hour = kHours - 1; hour >= kHours - 4; --hour) {
    for (int claim = 1; claim <= kClaims; ++claim) copies.is_destroyed(100 * claim + hour, 90'000);
  }
  CHECK(copies.burst(90'001) == 4 * kClaims);
}

TEST_CASE("copies that went by retention long before the last one did are no part of a burst", "[diagnosis][past]") {
  Copies copies = hourly();
  for (int hour = 0; hour < kHours - 1; ++hour) {
    for (int claim = 1; claim <= kClaims; ++claim) copies.is_destroyed(100 * claim + hour, 90'000);
  }
  CHECK(copies.burst(90'001) == 0);
  for (int claim = 1; claim <= kClaims; ++claim) copies.is_destroyed(100 * claim + kHours - 1, 90'601);
  CHECK(copies.burst(90'602) == 0);
}

TEST_CASE("after a restart, too, retention is no burst: what was cut later decides, not what is told first",
          "[diagnosis][past]") {
  Copies copies;
  const bool newest_is_told_first = GENERATE(true, false);
  for (int claim = 1; claim <= 10; ++claim) {
    if (newest_is_told_first) copies.is_remembered(100 + claim, claim, 80'000);
    copies.is_remembered(200 + claim, claim, 10'000);
    if (!newest_is_told_first) copies.is_remembered(100 + claim, claim, 80'000);
    // The row of its getting ready may be told once more; the backend's word stands.
    copies.becomes_ready(200 + claim, claim, 95'000);
  }
  for (int claim = 1; claim <= 10; ++claim) copies.is_destroyed(200 + claim, 96'000);
  CHECK(copies.burst(96'001) == 0);
  for (int claim = 1; claim <= 10; ++claim) copies.is_destroyed(100 + claim, 96'100);
  CHECK(copies.burst(96'101) == 20);
}

TEST_CASE("what waits for the end of its claim's copies is kept for a burst's length, and no more than so many",
          "[diagnosis][past]") {
  reconcilers::Deletions deletions;
  for (int second = 0; second < 5'000; ++second) deletions.superseded(uid(1), "shop", at(second));
  CHECK(deletions.waiting() == 601);
  for (std::size_t n = 0; n < reconcilers::Deletions::kMost + 5; ++n) deletions.superseded(uid(2), "shop", at(5'000));
  CHECK(deletions.waiting() == reconcilers::Deletions::kMost);
  deletions.none_left(uid(2), at(5'001));
  CHECK(deletions.waiting() == 0);
  REQUIRE(deletions.findings(at(5'002)).size() == 1);
  CHECK(*deletions.look_again(at(5'002)) == at(5'600));
  CHECK(deletions.findings(at(5'600)).empty());
}

TEST_CASE("the memories of the past are bounded and empty themselves", "[diagnosis][past]") {
  reconcilers::DepartedSnapshots departed;
  objects::Row gone;
  gone.kind = Kind::VolumeSnapshot;
  gone.to = State::Deleted;
  gone.ns = "shop";
  for (int n = 0; n < 12'000; ++n) {
    gone.name = "s-" + std::to_string(n);
    gone.uid = uid(n);
    departed.recorded(gone);
  }
  CHECK(departed.size() == reconcilers::DepartedSnapshots::kMost);
  CHECK_FALSE(departed.find("shop", "s-0"));
  CHECK(departed.find("shop", "s-11999")->uid == uid(11'999));

  Patient cluster;
  cluster.put(timed_out(1), 1);
  cluster.put(bound(), 1);
  cluster.commit();
  CHECK(cluster.trail.attempt(uid(101))->failing);
  cluster.put(kept(), 2);
  cluster.commit();
  CHECK_FALSE(cluster.trail.attempt(uid(101)));
  cluster.put(gold(2), 3);
  cluster.commit();
  CHECK(cluster.trail.binding().size() == 1);
  cluster.drop(gold(2), 4);
  cluster.commit();
  CHECK(cluster.trail.binding().size() == 0);
}
