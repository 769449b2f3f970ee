// Group snapshots, their contents and members.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <string>
#include <vector>

#include "patient.hpp"

using namespace snaptrail::test;
using snaptrail::objects::FieldsEntry;
using snaptrail::objects::VolumeGroupSnapshot;
using snaptrail::objects::VolumeGroupSnapshotClass;
using snaptrail::objects::VolumeGroupSnapshotContent;

namespace {

constexpr int kGroup = 800;
constexpr int kContent = 801;
constexpr int kLong = 3600;

/// With the class of groups `crew`, its driver's default.
class Crowd : public Patient {
 public:
  Crowd() {
    VolumeGroupSnapshotClass one;
    one.meta.uid = uid(810);
    one.meta.name = "crew";
    one.driver = Symbol(kDriver);
    one.is_default = true;
    set(one);
  }

  void set(VolumeGroupSnapshot object) { stores.group_snapshots.upsert(next(std::move(object))); }
  void set(VolumeGroupSnapshotContent object) { stores.group_contents.upsert(next(std::move(object))); }
  void set(VolumeGroupSnapshotClass object) { stores.group_classes.upsert(next(std::move(object))); }
  void drop_class() { stores.group_classes.remove(uid(810)); }

  std::string of_group(int second) { return reasons(Kind::VolumeGroupSnapshot, kGroup, second); }
  std::string of_group_content(int second) { return reasons(Kind::VolumeGroupSnapshotContent, kContent, second); }

 private:
  template <class T>
  T next(T object) {
    object.meta.resource_version = std::to_string(++version);
    return object;
  }
};

VolumeGroupSnapshot group() {
  VolumeGroupSnapshot one;
  one.meta.uid = uid(kGroup);
  one.meta.ns = Symbol("shop");
  one.meta.name = "all";
  one.meta.created = at(1);
  one.class_name = Symbol("crew");
  return one;
}

VolumeGroupSnapshot bound_group() {
  auto one = group();
  one.bound_content = "groupcontent";
  one.ready = Ready::False;
  return one;
}

/// As the snapshot-controller makes it.
VolumeGroupSnapshotContent group_content() {
  VolumeGroupSnapshotContent one;
  one.meta.uid = uid(kContent);
  one.meta.name = "groupcontent";
  one.meta.created = at(1);
  one.meta.managed_fields = {FieldsEntry{Symbol("maker"), 1, 1, at(1)}};
  one.driver = Symbol(kDriver);
  one.group_snapshot = {Symbol("shop"), "all", uid(kGroup)};
  return one;
}

VolumeGroupSnapshotContent taken_up() {
  auto one = group_content();
  one.meta.managed_fields.push_back(FieldsEntry{Symbol("sidecar"), 2, 2, at(2)});
  return one;
}

VolumeGroupSnapshotContent cut_content() {
  auto one = taken_up();
  one.group_handle = "g-1";
  one.cut = at(2);
  return one;
}

template <class T>
T with_error(T object, const std::string& message) {
  object.error = {true, message, at(3)};
  return object;
}

template <class T>
T deleted(T object, int second = 2) {
  object.meta.deleted = at(second);
  object.meta.finalizers = {Symbol("groupsnapshot.storage.kubernetes.io/protection")};
  return object;
}

struct Case {
  const char* name;
  std::function<void(Crowd&)> set;
  const char* reasons;
  const char* fix;  ///< part of the command
};

}  // namespace

TEST_CASE("what keeps a group snapshot has the code that a single one would have", "[diagnosis][group]") {
  const std::vector<Case> cases{
      {"a class that isn't there",
       [](Crowd& c) {
         c.drop_class();
         c.set(group());
       },
       "SnapshotClassNotFound", "volumegroupsnapshotclasses"},
      {"no class named, and no default",
       [](Crowd& c) {
         c.drop_class();
         auto one = group();
         one.class_name = Symbol("");
         c.set(one);
       },
       "NoSingleDefaultClass", "volumegroupsnapshotclasses"},
      {"nobody acts on it", [](Crowd& c) { c.set(group()); }, "SnapshotControllerAbsent", "snapshot-controller"},
      {"the content that it is bound to is gone", [](Crowd& c) { c.set(bound_group()); }, "ContentMissing",
       "volumegroupsnapshotcontent groupcontent"},
      {"the content that it imports isn't there",
       [](Crowd& c) {
         auto one = group();
         one.source_content = "elsewhere";
         c.set(one);
       },
       "ContentMissing", "volumegroupsnapshotcontent elsewhere"},
      {"the content is another group's",
       [](Crowd& c) {
         auto other = group_content();
         other.group_snapshot.uid = uid(899);
         c.set(other);
         c.set(bound_group());
       },
       "ContentMisbound", "volumegroupsnapshotcontent groupcontent"},
      {"nobody takes the content up",
       [](Crowd& c) {
         c.set(group_content());
         c.set(bound_group());
       },
       "SidecarAbsent", "kubectl get pods"},
      {"the driver doesn't answer",
       [](Crowd& c) {
         c.set(taken_up());
         c.set(bound_group());
       },
       "DriverNotResponding", "kubectl get pods"},
      {"whether anybody took it up can't be told",
       [](Crowd& c) {
         auto one = group_content();
         one.meta.managed_fields.clear();
         c.set(one);
         c.set(bound_group());
       },
       "Unknown", "volumegroupsnapshotcontent groupcontent"},
      {"cut, and not ready",
       [](Crowd& c) {
         c.set(cut_content());
         c.set(bound_group());
       },
       "UploadSlow", "volumegroupsnapshotcontent groupcontent"},
      {"ready, and not told",
       [](Crowd& c) {
         auto one = cut_content();
         one.ready = Ready::True;
         c.set(one);
         c.set(bound_group());
       },
       "SnapshotControllerAbsent", "snapshot-controller"},
      {"a secret is missing",
       [](Crowd& c) {
         c.set(with_error(taken_up(),
                          "failed to get credentials for group snapshot content groupcontent: error getting "
                          "secret creds in namespace csi: secrets \"creds\" not found"));
         c.set(bound_group());
       },
       "SecretMissing", "volumegroupsnapshotclasses"},
      {"the driver can't make groups",
       [](Crowd& c) {
         c.set(with_error(taken_up(),
                          "failed to take group snapshot of the volumes [vol-1]: \"rpc error: code = "
                          "Unimplemented desc = unknown service csi.v1.GroupController\""));
         c.set(bound_group());
       },
       "OperationUnsupported", "volumegroupsnapshotcontent groupcontent"},
      {"the selector selects nothing",
       [](Crowd& c) {
         c.set(with_error(group(),
                          "failed to create group snapshot content with error label selector app=x for group "
                          "snapshot not applied to any PVC"));
       },
       "SourceClaimGone", "volumegroupsnapshot -n shop all"},
      {"a claim isn't bound",
       [](Crowd& c) {
         c.set(with_error(group(),
                          "failed to create group snapshot content with error the PVC data is not yet bound to "
                          "a PV, will not attempt to take a group snapshot"));
       },
       "SourceClaimUnbound", "volumegroupsnapshot -n shop all"},
      {"a volume is no CSI volume",
       [](Crowd& c) {
         c.set(with_error(group(),
                          "failed to create group snapshot content with error snapshotting non-CSI volumes is "
                          "not supported, group snapshot:shop/all"));
       },
       "VolumeNotCsi", "volumegroupsnapshot -n shop all"},
      {"its deletion is held", [](Crowd& c) { c.set(deleted(group())); }, "FinalizerStuck", "volumegroupsnapshots"},
      {"its content's deletion is held",
       [](Crowd& c) {
         c.set(deleted(cut_content()));
         c.set(deleted(bound_group()));
       },
       "ContentHeld", "volumegroupsnapshotcontent groupcontent"},
      {"the driver refuses to delete it",
       [](Crowd& c) {
         c.set(deleted(with_error(cut_content(),
                                  "failed to delete group snapshot \"groupcontent\", err: rpc error: code "
                                  "= PermissionDenied desc = no")));
         c.set(deleted(bound_group()));
       },
       "BackendAccessDenied", "volumegroupsnapshotcontent groupcontent"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    Crowd cluster;
    one.set(cluster);
    CHECK(cluster.of_group(kLong) == one.reasons);
    const Finding found = cluster.first(Kind::VolumeGroupSnapshot, kGroup, kLong);
    CHECK(found.subject.name == "all");
    CHECK_FALSE(found.evidence.empty());
    CAPTURE(found.fix.command);
    CHECK(found.fix.command.find(one.fix) != std::string::npos);
    CHECK(cluster.of_group_content(kLong) == "");  // one cause, one finding
  }
}

TEST_CASE("a group that gets on in time has no finding", "[diagnosis][group]") {
  Crowd cluster;
  cluster.set(group());
  CHECK(cluster.of_group(4) == "");
  cluster.set(bound_group());
  CHECK(cluster.of_group(4) == "");  // the content's stream may be behind
  cluster.set(taken_up());
  CHECK(cluster.of_group(60) == "");
  auto content = cut_content();
  cluster.set(content);
  CHECK(cluster.of_group(600) == "");
  content.ready = Ready::True;
  cluster.set(content);
  auto done = bound_group();
  done.ready = Ready::True;
  cluster.set(done);
  CHECK(cluster.of_group(kLong) == "");
  CHECK(cluster.of_group_content(kLong) == "");
}

TEST_CASE("what can't be listed is never taken for absent", "[diagnosis][group]") {
  Crowd cluster;
  cluster.drop_class();
  cluster.set(bound_group());
  cluster.stores.set_synced(Kind::VolumeGroupSnapshotContent, false);
  cluster.stores.set_synced(Kind::VolumeGroupSnapshotClass, false);
  CHECK(cluster.of_group(30) == "");
  auto unnamed = group();
  unnamed.class_name = Symbol("");
  cluster.set(unnamed);
  CHECK(cluster.of_group(30) == "");
}

TEST_CASE("a group's change starts the grace of what is missing anew", "[diagnosis][group]") {
  Crowd cluster;
  auto one = bound_group();
  one.meta.managed_fields = {FieldsEntry{Symbol("controller"), 1, 1, at(100)}};
  cluster.set(one);
  CHECK(cluster.of_group(103) == "");
  CHECK(cluster.diagnosis(Kind::VolumeGroupSnapshot, kGroup, 103).look_again == at(105));
  CHECK(cluster.of_group(105) == "ContentMissing");
}

TEST_CASE("a group's content tells only what nobody else would tell", "[diagnosis][group]") {
  Crowd cluster;
  auto import = with_error(group_content(), "rpc error: code = NotFound desc = no such group");
  import.source_group_handle = "g-0";
  import.group_snapshot.uid = {};
  cluster.set(import);
  CHECK(cluster.of_group_content(kLong) == "HandleNotFound");

  auto alone = deleted(group_content());
  cluster.set(alone);
  CHECK(cluster.of_group_content(kLong) == "ContentHeld");
  cluster.stores.set_synced(Kind::VolumeGroupSnapshot, false);
  CHECK(cluster.of_group_content(kLong) == "");
  cluster.stores.set_synced(Kind::VolumeGroupSnapshot, true);
  cluster.set(bound_group());
  const Finding held = cluster.first(Kind::VolumeGroupSnapshotContent, kContent, kLong);
  CHECK(held.reason == Reason::ContentHeld);
  CHECK(held.blocking.front().kind == "VolumeGroupSnapshot");
  CHECK(held.fix.command == "kubectl get volumegroupsnapshot -n shop all");
}

TEST_CASE("a member's finding follows from its group's", "[diagnosis][group]") {
  Crowd cluster;
  cluster.set(group_content());
  cluster.set(bound_group());
  auto member = bound();
  member.group = Symbol("all");
  cluster.put(content(), 1);
  cluster.put(member, 1);
  const auto found = cluster.diagnosis(Kind::VolumeSnapshot, 1, kLong).findings;
  REQUIRE_FALSE(found.empty());
  CHECK(found.front().reason == Reason::SidecarAbsent);
  CHECK(found.front().consequence);
  CHECK(found.front().blocking.back().name == "groupcontent");
  CHECK(std::ranges::any_of(found.front().blocking, [](const auto& one) {
    return one.kind == "VolumeGroupSnapshot" && one.ns == "shop" && one.name == "all";
  }));

  // Without a finding of the group its own stands as ever.
  auto done = bound_group();
  done.ready = Ready::True;
  cluster.set(done);
  CHECK_FALSE(cluster.first(Kind::VolumeSnapshot, 1, kLong).consequence);
  // A group that isn't there says nothing.
  cluster.stores.group_snapshots.remove(uid(kGroup));
  CHECK_FALSE(cluster.first(Kind::VolumeSnapshot, 1, kLong).consequence);
}

TEST_CASE("a member that waits only for its group says so", "[diagnosis][group]") {
  Crowd cluster;
  cluster.set(group_content());
  cluster.set(bound_group());
  auto member = gold();
  member.group = Symbol("all");
  cluster.put(member, kLong - 20);
  const Finding found = cluster.first(Kind::VolumeSnapshot, 1, kLong);
  CHECK(found.reason == Reason::SidecarAbsent);
  CHECK(found.consequence);
  CHECK(found.evidence.back().text == "SidecarAbsent");
}

TEST_CASE("a group's finding begins and ends, and its members are looked at with it", "[diagnosis][group]") {
  Crowd cluster;
  cluster.set(bound_group());
  cluster.set(group_content());
  auto member = bound();
  member.group = Symbol("all");
  cluster.put(content(), 1);
  cluster.put(member, 1);
  cluster.commit();
  cluster.findings.open(at(2), false);
  cluster.findings.evaluate(at(2));
  const auto began = cluster.findings.evaluate(at(kLong));
  const auto of_group = std::ranges::find_if(
      began, [](const FindingChange& change) { return change.finding.subject.kind == Kind::VolumeGroupSnapshot; });
  REQUIRE(of_group != began.end());
  CHECK(of_group->what == FindingChange::What::Began);
  CHECK(of_group->finding.reason == Reason::SidecarAbsent);
  REQUIRE(cluster.findings.of(uid(1)).size() == 1);
  CHECK(cluster.findings.of(uid(1)).front()->consequence);

  auto done = bound_group();
  done.ready = Ready::True;
  cluster.set(done);
  cluster.findings.changed(done);
  const auto ended = cluster.findings.evaluate(at(kLong + 1));
  CHECK(std::ranges::any_of(ended, [](const FindingChange& change) {
    return change.what == FindingChange::What::Ended && change.finding.subject.uid == uid(kGroup);
  }));
  CHECK_FALSE(cluster.findings.of(uid(1)).front()->consequence);
}

TEST_CASE("a member's handle is verified once its group was seen ready from a cut, and no more once it is destroyed",
          "[diagnosis][group]") {
  Crowd cluster;
  // As the snapshot-controller makes a member's content, and as who restores it elsewhere imports it: without a volume.
  auto made = cut(content(), "snap-m");
  made.policy = DeletionPolicy::Retain;
  made.source_volume_handle.clear();
  made.source_snapshot_handle = "snap-m";
  auto imported = ready(snapshot());
  imported.source_claim.clear();
  imported.source_content = "content-1";
  cluster.put(made, 1);
  cluster.put(imported, 1);
  CHECK(cluster.of_snapshot(2) == "ReadyUnverified");

  auto of_group = cut_content();
  of_group.members = {{"snap-m", "vol-1"}, {"snap-n", ""}, {"", "vol-3"}};
  cluster.points.changed(of_group, at(3));  // cut, not ready
  CHECK(cluster.of_snapshot(3) == "ReadyUnverified");
  of_group.ready = Ready::True;
  auto foreign = of_group;
  foreign.source_group_handle = "g-1";  // imported: cut who knows when
  cluster.points.changed(foreign, at(4));
  CHECK(cluster.of_snapshot(4) == "ReadyUnverified");
  cluster.points.changed(of_group, at(5));
  CHECK(cluster.of_snapshot(5) == "");
  CHECK(cluster.points.was_cut(kDriver, "snap-m"));
  CHECK_FALSE(cluster.points.was_cut(kDriver, "snap-n"));
  CHECK_FALSE(cluster.points.was_cut("csi.other.example", "snap-m"));

  of_group.policy = DeletionPolicy::Retain;
  cluster.points.gone(of_group, at(6));
  CHECK(cluster.of_snapshot(6) == "");
  of_group.policy = DeletionPolicy::Delete;
  cluster.points.changed(deleted(of_group), at(7));
  cluster.points.gone(deleted(of_group), at(7));
  CHECK(cluster.of_snapshot(7) == "ReadyUnverified");
}

TEST_CASE("a member that was ready before its group is looked at again with it", "[diagnosis][group]") {
  Crowd cluster;
  auto made = cut(content(), "snap-m");
  made.policy = DeletionPolicy::Retain;
  made.source_volume_handle.clear();
  made.source_snapshot_handle = "snap-m";
  auto member = ready(snapshot());
  member.source_claim.clear();
  member.source_content = "content-1";
  member.group = Symbol("all");
  auto whole = cut_content();
  whole.members = {{"snap-m", "vol-1"}};
  cluster.set(bound_group());
  cluster.set(whole);
  cluster.put(made, 1);
  cluster.put(member, 1);
  cluster.commit();
  cluster.findings.open(at(2), false);
  cluster.findings.evaluate(at(2));
  REQUIRE(cluster.findings.of(uid(1)).size() == 1);
  CHECK(cluster.findings.of(uid(1)).front()->reason == Reason::ReadyUnverified);
  whole.ready = Ready::True;
  cluster.set(whole);
  cluster.points.changed(whole, at(3));
  cluster.findings.changed(whole);
  cluster.findings.evaluate(at(3));
  CHECK(cluster.findings.of(uid(1)).empty());
}

TEST_CASE("odd fields of groups crash nothing", "[diagnosis][group]") {
  Crowd cluster;
  auto one = bound_group();
  one.source_content = "x";
  one.meta.created = {};
  one.error = {true, "", {}};
  cluster.set(one);
  VolumeGroupSnapshotContent bare;
  bare.meta.uid = uid(kContent);
  cluster.set(bare);
  for (const int second : {0, 10, kLong}) {
    CHECK(cluster.diagnosis(Kind::VolumeGroupSnapshot, kGroup, second).findings.size() <= 1);
    CHECK(cluster.diagnosis(Kind::VolumeGroupSnapshotContent, kContent, second).findings.empty());
  }
}
