// Every check of the preflight: fine on a healthy cluster, and failing on one that lacks what it asks for.
#include "reconcilers/preflight/check.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <random>

#include "reconcilers/preflight/facts.hpp"

using namespace snaptrail::objects;
using namespace snaptrail::reconcilers::preflight;

namespace {

constexpr const char* kDriver = "ebs.csi.aws.com";
const Instant kNow = *parse_rfc3339("2026-11-22T12:00:00Z");

Instant ago(int seconds) { return kNow - Millis{seconds * 1000LL}; }

VolumeSnapshotClass snapshot_class(const std::string& name, const std::string& driver = kDriver) {
  VolumeSnapshotClass one;
  one.meta.name = name;
  one.driver = Symbol(driver);
  one.policy = DeletionPolicy::Retain;
  return one;
}

StorageClass storage_class(const std::string& name, const std::string& provisioner = kDriver) {
  StorageClass one;
  one.meta.name = name;
  one.provisioner = Symbol(provisioner);
  return one;
}

Lease lease(const std::string& name, int renewed_seconds_ago, const std::string& ns = "kube-system") {
  Lease one;
  one.meta.ns = Symbol(ns);
  one.meta.name = name;
  one.holder = name + "-0";
  one.renewed = ago(renewed_seconds_ago);
  one.duration_seconds = 15;
  return one;
}

VolumeSnapshot pending_snapshot(const std::string& name, int age) {
  VolumeSnapshot one;
  one.meta.ns = Symbol("shop");
  one.meta.name = name;
  one.meta.created = ago(age);
  return one;
}

VolumeSnapshotContent pending_content(const std::string& name, int age) {
  VolumeSnapshotContent one;
  one.meta.name = name;
  one.meta.created = ago(age);
  one.driver = Symbol(kDriver);
  return one;
}

ApiGroup group(std::vector<std::string> versions) {
  ApiGroup one;
  one.sight = Sight::Seen;
  one.versions = std::move(versions);
  return one;
}

Crd crd(const std::string& plural) {
  Crd one;
  one.sight = Sight::Seen;
  one.name = plural + ".snapshot.storage.k8s.io";
  one.served = {"v1"};
  one.stored = {"v1"};
  one.established = true;
  return one;
}

/// The document's set-up: one driver, one class with all marks, Velero, everything alive.
Facts healthy() {
  Facts facts;
  facts.now = kNow;
  facts.server_version = "v1.33.1-eks-1";
  facts.snapshot_api = group({"v1"});
  for (const char* kind : {"volumesnapshots", "volumesnapshotcontents", "volumesnapshotclasses"}) {
    facts.snapshot_api.plurals.insert(kind);
    facts.crds.push_back(crd(kind));
  }
  facts.group_api = group({"v1", "v1beta2"});
  facts.velero_api = group({"v1"});
  for (Looked* looked : std::initializer_list<Looked*>{
           &facts.classes, &facts.storage_classes, &facts.drivers, &facts.leases, &facts.locations, &facts.secrets,
           &facts.snapshots, &facts.contents, &facts.other_volumes, &facts.claims, &facts.daemon}) {
    looked->sight = Sight::Seen;
  }
  auto one = snapshot_class("oadp-example-snapclass");
  one.is_default = true;
  one.velero_marked = true;
  facts.classes.items = {one};
  auto storage = storage_class("gp2-csi");
  storage.is_default = true;
  facts.storage_classes.items = {storage};
  CSIDriver driver;
  driver.meta.name = kDriver;
  facts.drivers.items = {driver};
  facts.leases.items = {lease("snapshot-controller-leader", 3), lease("external-snapshotter-leader-ebs-csi-aws-com", 3),
                        lease("kube-controller-manager", 1)};
  BackupStorageLocation location;
  location.meta.ns = Symbol("velero");
  location.meta.name = "default";
  location.phase = Symbol("Available");
  facts.locations.items = {location};
  facts.bound_claims["gp2-csi"] = 2;
  facts.named_classes = {{"VolumeSnapshot shop/s1", "oadp-example-snapclass", ""}};
  for (const Kind kind : {Kind::VolumeSnapshot, Kind::PersistentVolume, Kind::Namespace}) {
    for (const char* verb : {"list", "watch"}) facts.rights.push_back({kind, verb, Right::Allowed::Yes, ""});
  }
  facts.daemon.where = "service snaptrail/snaptrail";
  return facts;
}

std::vector<Check> of(const std::vector<Check>& checks, std::string_view id) {
  std::vector<Check> found;
  std::ranges::copy_if(checks, std::back_inserter(found), [&](const Check& check) { return check.id == id; });
  return found;
}

std::string text_of(const Check& check) {
  std::string text = check.what + "\n" + check.fix.text + "\n" + check.fix.command;
  for (const auto& one : check.evidence) text += "\n" + one;
  return text;
}

struct Case {
  std::string_view id;
  std::string_view name;
  std::function<void(Facts&)> mutate;
  CheckStatus status;
  std::string_view about;
  std::string_view says;
};

constexpr auto kOk = CheckStatus::Ok;
constexpr auto kWarning = CheckStatus::Warning;
constexpr auto kProblem = CheckStatus::Problem;
constexpr auto kUnknown = CheckStatus::Unknown;
constexpr auto kSkipped = CheckStatus::Skipped;

void forbid(Looked& looked) {
  looked.sight = Sight::Forbidden;
  looked.why = "you may not list them";
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"server", "old", [](Facts& f) { f.server_version = "v1.19.16"; }, kProblem, "", "v1.19.16"},
      {"server", "a build without a version", [](Facts& f) { f.server_version = "v0.0.0-master+$Format:%H$"; },
       kUnknown, "", "v0.0.0-master"},
      {"server", "no version", [](Facts& f) { f.server_version = "v1.x"; }, kUnknown, "", "v1.x"},

      {"snapshot-api", "absent", [](Facts& f) { f.snapshot_api = {{Sight::Absent, ""}, {}, {}}; }, kProblem, "",
       "config/crd"},
      {"snapshot-api", "only v1beta1", [](Facts& f) { f.snapshot_api.versions = {"v1beta1"}; }, kProblem, "",
       "served: v1beta1"},
      {"snapshot-api", "v1beta1 too", [](Facts& f) { f.snapshot_api.versions = {"v1", "v1beta1"}; }, kWarning, "",
       "v1beta1"},
      {"snapshot-api", "a kind is missing", [](Facts& f) { f.snapshot_api.plurals.erase("volumesnapshotclasses"); },
       kProblem, "", "missing: volumesnapshotclasses"},
      {"snapshot-api", "forbidden", [](Facts& f) { forbid(f.snapshot_api); }, kUnknown, "", "you may not"},

      {"snapshot-crds", "terminating", [](Facts& f) { f.crds[0].deleted = ago(60); }, kProblem,
       "volumesnapshots.snapshot.storage.k8s.io", "2026-11-22T11:59:00.000Z"},
      {"snapshot-crds", "not established", [](Facts& f) { f.crds[1].established = false; }, kProblem,
       "volumesnapshotcontents.snapshot.storage.k8s.io", "Established"},
      {"snapshot-crds", "stored in the past", [](Facts& f) { f.crds[2].stored = {"v1beta1", "v1"}; }, kWarning,
       "volumesnapshotclasses.snapshot.storage.k8s.io", "storedVersions: v1beta1, v1"},
      {"snapshot-crds", "stored as alpha", [](Facts& f) { f.crds[0].stored = {"v1alpha1", "v1"}; }, kWarning,
       "volumesnapshots.snapshot.storage.k8s.io", "--subresource=status"},
      {"snapshot-crds", "forbidden",
       [](Facts& f) {
         for (auto& one : f.crds) forbid(one);
       },
       kUnknown, "", "you may not"},

      {"group-snapshot-api", "v1beta1 only", [](Facts& f) { f.group_api.versions = {"v1beta1"}; }, kWarning, "",
       "served: v1beta1"},
      {"group-snapshot-api", "absent", [](Facts& f) { f.group_api = {{Sight::Absent, ""}, {}, {}}; }, kSkipped, "", ""},

      {"snapshot-controller", "its lease is stale", [](Facts& f) { f.leases.items[0].renewed = ago(600); }, kProblem,
       "", "snapshot-controller-leader-0"},
      {"snapshot-controller", "its lease was given back", [](Facts& f) { f.leases.items[0].holder = ""; }, kProblem, "",
       "holder none"},
      {"snapshot-controller", "two lead",
       [](Facts& f) { f.leases.items.push_back(lease("snapshot-controller-leader", 2, "csi")); }, kProblem, "",
       "Lease csi/snapshot-controller-leader"},
      {"snapshot-controller", "no lease", [](Facts& f) { f.leases.items.erase(f.leases.items.begin()); }, kUnknown, "",
       "without leader election"},
      {"snapshot-controller", "leases can't be seen",
       [](Facts& f) {
         f.leases.items.clear();
         forbid(f.leases);
       },
       kUnknown, "", "you may not"},
      {"snapshot-controller", "snapshots are left alone, whatever a lease says",
       [](Facts& f) { f.snapshots.items = {pending_snapshot("s1", 300)}; }, kProblem, "", "shop/s1"},
      {"snapshot-controller", "a snapshot of this moment isn't left alone",
       [](Facts& f) { f.snapshots.items = {pending_snapshot("s1", 5)}; }, kOk, "", ""},
      {"snapshot-controller", "our clock is minutes ahead of theirs", [](Facts& f) { f.now += Millis{300'000}; }, kOk,
       "", ""},

      {"csi-snapshotter", "its lease is stale", [](Facts& f) { f.leases.items[1].renewed = ago(600); }, kProblem,
       kDriver, "external-snapshotter-leader-ebs-csi-aws-com"},
      {"csi-snapshotter", "no lease proves nothing", [](Facts& f) { f.leases.items.erase(f.leases.items.begin() + 1); },
       kUnknown, kDriver, "has none"},
      {"csi-snapshotter", "contents are left alone",
       [](Facts& f) { f.contents.items = {pending_content("snapcontent-1", 300)}; }, kProblem, kDriver,
       "snapcontent-1"},

      {"snapshot-class", "no class, and claims",
       [](Facts& f) {
         f.storage_classes.items[0].provisioner = Symbol("other.csi.io");
         f.drivers.items[0].meta.name = "other.csi.io";
       },
       kProblem, "gp2-csi", "2 bound claims"},
      {"snapshot-class", "no class, and no claims",
       [](Facts& f) {
         f.storage_classes.items.push_back(storage_class("nfs", "nfs.csi.k8s.io"));
         CSIDriver nfs;
         nfs.meta.name = "nfs.csi.k8s.io";
         f.drivers.items.push_back(nfs);
       },
       kWarning, "nfs", "\"driver\":\"'nfs.csi.k8s.io'\""},
      {"snapshot-class", "the driver's name is mistyped",
       [](Facts& f) { f.classes.items[0].driver = Symbol("ebs.csi.aws.co"); }, kProblem, "gp2-csi",
       "VolumeSnapshotClass oadp-example-snapclass has driver ebs.csi.aws.co"},
      {"snapshot-class", "in-tree with claims",
       [](Facts& f) { f.storage_classes.items[0].provisioner = Symbol("kubernetes.io/aws-ebs"); }, kWarning, "gp2-csi",
       "kubernetes.io/aws-ebs"},
      {"snapshot-class", "no CSI driver",
       [](Facts& f) { f.storage_classes.items = {storage_class("local", "kubernetes.io/no-provisioner")}; }, kSkipped,
       "local", ""},
      {"snapshot-class", "classes can't be seen", [](Facts& f) { forbid(f.classes); }, kUnknown, "", "you may not"},

      {"class-driver", "unknown",
       [](Facts& f) { f.classes.items.push_back(snapshot_class("gone", "pd.csi.storage.gke.io")); }, kWarning, "gone",
       "driver pd.csi.storage.gke.io"},
      {"class-driver", "mistyped", [](Facts& f) { f.classes.items[0].driver = Symbol("ebs.csi.aws.con"); }, kProblem,
       "oadp-example-snapclass", "there is ebs.csi.aws.com"},
      {"class-driver", "no class at all", [](Facts& f) { f.classes.items.clear(); }, kProblem, "", ""},

      {"class-name", "the document's own mismatch", [](Facts& f) { f.named_classes[0].class_name = "oadp-example"; },
       kProblem, "oadp-example", "Was oadp-example-snapclass meant?"},
      {"class-name", "nothing like it", [](Facts& f) { f.named_classes[0].class_name = "zfs"; }, kProblem, "zfs",
       "named by VolumeSnapshot shop/s1"},
      {"class-name", "for another driver",
       [](Facts& f) { f.named_classes = {{"Backup velero/b", "oadp-example-snapclass", "efs.csi.aws.com"}}; }, kProblem,
       "oadp-example-snapclass", "Backup velero/b names it for driver efs.csi.aws.com"},

      {"default-class", "none", [](Facts& f) { f.classes.items[0].is_default = false; }, kWarning, kDriver,
       "kubectl annotate volumesnapshotclass oadp-example-snapclass"},
      {"default-class", "two",
       [](Facts& f) {
         f.classes.items.push_back(snapshot_class("second"));
         f.classes.items.back().is_default = true;
       },
       kProblem, kDriver, "defaults oadp-example-snapclass, second"},

      {"default-storage-class", "none", [](Facts& f) { f.storage_classes.items[0].is_default = false; }, kWarning, "",
       "is-default-class"},
      {"default-storage-class", "two",
       [](Facts& f) {
         f.storage_classes.items.push_back(storage_class("fast"));
         f.storage_classes.items.back().is_default = true;
       },
       kWarning, "", "defaults fast, gp2-csi"},

      {"class-secret", "by half",
       [](Facts& f) { f.secrets.items = {{"c", "csi.storage.k8s.io/snapshotter-secret-name", "creds", ""}}; }, kProblem,
       "c", "the namespace is missing"},
      {"class-secret", "named and never read",
       [](Facts& f) { f.secrets.items = {{"c", "csi.storage.k8s.io/snapshotter-secret-name", "creds", "csi"}}; },
       kUnknown, "c", "kubectl get secret -n csi creds -o name"},
      {"class-secret", "a template",
       [](Facts& f) {
         f.secrets.items = {
             {"c", "csi.storage.k8s.io/snapshotter-secret-name", "creds", "${volumesnapshot.namespace}"}};
       },
       kUnknown, "c", "kubectl get volumesnapshotclass c -o yaml"},

      {"velero-class", "none, but one class", [](Facts& f) { f.classes.items[0].velero_marked = false; }, kWarning,
       kDriver, "kubectl label volumesnapshotclass oadp-example-snapclass"},
      {"velero-class", "none of two",
       [](Facts& f) {
         f.classes.items[0].velero_marked = false;
         f.classes.items.push_back(snapshot_class("second"));
       },
       kProblem, kDriver, "classes oadp-example-snapclass, second"},
      {"velero-class", "two",
       [](Facts& f) {
         f.classes.items.push_back(snapshot_class("second"));
         f.classes.items.back().velero_marked = true;
       },
       kWarning, kDriver, "oadp-example-snapclass, second"},
      {"velero-class", "no Velero", [](Facts& f) { f.velero_api = {{Sight::Absent, ""}, {}, {}}; }, kSkipped, "", ""},

      {"velero-class-policy", "deletes", [](Facts& f) { f.classes.items[0].policy = DeletionPolicy::Delete; }, kWarning,
       "oadp-example-snapclass", "{\"deletionPolicy\":\"Retain\"}"},

      {"backup-storage-location", "unavailable",
       [](Facts& f) {
         f.locations.items[0].phase = Symbol("Unavailable");
         f.locations.items[0].message = "AccessDenied";
       },
       kProblem, "velero/default", "AccessDenied"},
      {"backup-storage-location", "never looked at", [](Facts& f) { f.locations.items[0].phase = Symbol(""); },
       kUnknown, "velero/default", "kubectl get pods -n velero"},
      {"backup-storage-location", "read-only", [](Facts& f) { f.locations.items[0].read_only = true; }, kWarning,
       "velero/default", "ReadWrite"},
      {"backup-storage-location", "none", [](Facts& f) { f.locations.items.clear(); }, kProblem, "", ""},
      {"backup-storage-location", "forbidden", [](Facts& f) { forbid(f.locations); }, kUnknown, "", "you may not"},

      {"non-csi-volumes", "one",
       [](Facts& f) {
         PersistentVolume volume;
         volume.meta.name = "pv-host";
         volume.claim.ns = Symbol("shop");
         volume.claim.name = "data";
         f.other_volumes.items = {volume};
       },
       kWarning, "", "pv-host (shop/data)"},
      {"non-csi-volumes", "forbidden", [](Facts& f) { forbid(f.other_volumes); }, kUnknown, "", "you may not"},

      {"volume-binding", "waits", [](Facts& f) { f.storage_classes.items[0].wait_for_first_consumer = true; }, kOk, "",
       "WaitForFirstConsumer: gp2-csi"},
      {"volume-binding", "forbidden", [](Facts& f) { forbid(f.storage_classes); }, kUnknown, "", "you may not"},

      {"stuck-deletion", "a snapshot",
       [](Facts& f) {
         auto one = pending_snapshot("old", 9000);
         one.meta.deleted = ago(3600);
         one.meta.finalizers = {Symbol("snapshot.storage.kubernetes.io/volumesnapshot-bound-protection")};
         f.snapshots.items = {one};
       },
       kProblem, "", "VolumeSnapshot shop/old: for 60 min; finalizers snapshot.storage.kubernetes.io/volumesnapshot"},
      {"stuck-deletion", "a content",
       [](Facts& f) {
         auto one = pending_content("c", 9000);
         one.meta.deleted = ago(600);
         f.contents.items = {one};
       },
       kProblem, "", "snaptrail explain VolumeSnapshotContent/c"},
      {"stuck-deletion", "a deletion of this moment",
       [](Facts& f) {
         auto one = pending_content("c", 9000);
         one.meta.deleted = ago(5);
         f.contents.items = {one};
       },
       kOk, "", ""},
      {"stuck-deletion", "forbidden", [](Facts& f) { forbid(f.contents); }, kUnknown, "", "you may not"},

      {"rights", "a needed one", [](Facts& f) { f.rights[2].allowed = Right::Allowed::No; }, kProblem, "",
       "may not list persistentvolumes"},
      {"rights", "another one", [](Facts& f) { f.rights[5].allowed = Right::Allowed::No; }, kWarning, "",
       "kubectl auth can-i watch namespaces -A"},
      {"rights", "not told",
       [](Facts& f) {
         f.rights[0].allowed = Right::Allowed::Unknown;
         f.rights[0].why = "no reviews here";
       },
       kUnknown, "", "no reviews here"},

      {"daemon", "findings", [](Facts& f) { f.daemon.findings["SidecarAbsent"] = 2; }, kWarning,
       "service snaptrail/snaptrail", "2 SidecarAbsent"},
      {"daemon", "gaps", [](Facts& f) { f.daemon.gaps["volumesnapshots"] = 1; }, kWarning,
       "service snaptrail/snaptrail", "1 volumesnapshots"},
      {"daemon", "none", [](Facts& f) { f.daemon = {}; }, kSkipped, "", ""},
  };
  return all;
}

}  // namespace

TEST_CASE("a healthy cluster passes every check", "[preflight]") {
  const auto checks = examine(healthy());
  for (const CheckInfo& info : all_checks()) {
    CAPTURE(info.id);
    const auto answers = of(checks, info.id);
    REQUIRE_FALSE(answers.empty());
    for (const Check& check : answers) {
      CAPTURE(text_of(check));
      CHECK((check.status == kOk || (info.id == "class-secret" && check.status == kSkipped)));
      CHECK(check.fix == snaptrail::reconcilers::Fix());
    }
  }
}

TEST_CASE("each check says what is wrong, with evidence and what to do", "[preflight]") {
  for (const Case& one : cases()) {
    CAPTURE(one.id, one.name);
    Facts facts = healthy();
    one.mutate(facts);
    const auto answers = of(examine(facts), one.id);
    const auto found = std::ranges::find_if(
        answers, [&](const Check& check) { return check.about == one.about && check.status == one.status; });
    for (const Check& check : answers)
      UNSCOPED_INFO(check.about << " " << to_string(check.status) << " " << text_of(check));
    REQUIRE(found != answers.end());
    CHECK(text_of(*found).find(one.says) != std::string::npos);
    if (found->status == kProblem || found->status == kWarning) {
      CHECK_FALSE(found->fix.text.empty());
      CHECK_FALSE(found->fix.command.empty());
    }
  }
}

TEST_CASE("every check has a case in which it fails", "[preflight]") {
  for (const CheckInfo& info : all_checks()) {
    CAPTURE(info.id);
    CHECK(std::ranges::any_of(
        cases(), [&](const Case& one) { return one.id == info.id && one.status != kOk && one.status != kSkipped; }));
  }
}

TEST_CASE("without the snapshot API only its absence is a problem", "[preflight]") {
  Facts facts = healthy();
  facts.snapshot_api = {{Sight::Absent, ""}, {}, {}};
  facts.crds.clear();
  facts.named_classes.clear();
  for (Looked* looked :
       std::initializer_list<Looked*>{&facts.classes, &facts.secrets, &facts.snapshots, &facts.contents}) {
    looked->sight = Sight::Absent;
  }
  facts.classes.items.clear();
  for (const Check& check : examine(facts)) {
    CAPTURE(check.id, text_of(check));
    CHECK((check.status == kProblem) == (check.id == "snapshot-api"));
    CHECK(check.status != kUnknown);
  }
}

TEST_CASE("who may see nothing is told so, and nothing is guessed", "[preflight]") {
  Facts facts;
  facts.now = kNow;
  for (Looked* looked : std::initializer_list<Looked*>{
           &facts.snapshot_api, &facts.group_api, &facts.velero_api, &facts.classes, &facts.storage_classes,
           &facts.drivers, &facts.leases, &facts.locations, &facts.secrets, &facts.snapshots, &facts.contents,
           &facts.other_volumes, &facts.claims}) {
    forbid(*looked);
  }
  for (const Check& check : examine(facts)) {
    CAPTURE(check.id, text_of(check));
    CHECK((check.status == kUnknown || check.status == kSkipped));
  }
}

TEST_CASE("objects of a list are taken or left aside by what they tell", "[preflight]") {
  Facts facts;
  VolumeSnapshot ready = pending_snapshot("ready", 60);
  ready.ready = Ready::True;
  take(facts, ready);
  CHECK(facts.snapshots.items.empty());
  ready.meta.deleted = kNow;
  take(facts, ready);
  CHECK(facts.snapshots.items.size() == 1);
  VolumeSnapshot naming = pending_snapshot("naming", 60);
  naming.class_name = Symbol("c");
  take(facts, naming);
  REQUIRE(facts.named_classes.size() == 1);
  CHECK(facts.named_classes[0].by == "VolumeSnapshot shop/naming");
  PersistentVolume volume;
  volume.phase = VolumePhase::Bound;
  take(facts, volume);
  volume.driver = Symbol(kDriver);
  take(facts, volume);
  volume.driver = Symbol("");
  volume.phase = VolumePhase::Available;
  take(facts, volume);
  CHECK(facts.other_volumes.items.size() == 1);
  PersistentVolumeClaim claim;
  claim.storage_class = Symbol("gp2");
  take(facts, claim);
  claim.phase = ClaimPhase::Bound;
  take(facts, claim);
  CHECK(facts.bound_claims == std::map<std::string, std::size_t>{{"gp2", 1}});
  take(facts, Backup());
}

TEST_CASE("no combination of faults crashes, and each check answers", "[preflight]") {
  std::mt19937 random(7);  // NOLINT: the same cases in every run
  for (int round = 0; round < 300; ++round) {
    Facts facts = healthy();
    for (const Case& one : cases()) {
      // Cases name places in lists that others may have emptied.
      const bool whole = facts.crds.size() == 3 && facts.leases.items.size() >= 3 && !facts.classes.items.empty() &&
                         !facts.storage_classes.items.empty() && !facts.locations.items.empty() &&
                         !facts.named_classes.empty() && !facts.drivers.items.empty();
      if (whole && random() % 4 == 0) one.mutate(facts);
    }
    const auto checks = examine(facts);
    for (const CheckInfo& info : all_checks()) CHECK_FALSE(of(checks, info.id).empty());
    CHECK(std::ranges::is_sorted(checks, {}, [](const Check& check) {
      return std::ranges::find(all_checks(), check.id, &CheckInfo::id) - all_checks().begin();
    }));
  }
}
