// Whatever the fields hold: nothing crashes, and no object gets two answers that contradict each other.
#include <catch2/catch_test_macros.hpp>

#include <random>
#include <set>
#include <string>

#include "patient.hpp"

using namespace snaptrail;
using namespace snaptrail::test;

namespace {

using What = FindingChange::What;

class Chaos {
 public:
  explicit Chaos(unsigned seed) : random_(seed) {}

  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
  bool coin() { return below(2) == 0; }
  bool rarely() { return below(6) == 0; }
  objects::MaybeInstant moment() {
    return coin() ? objects::MaybeInstant() : objects::MaybeInstant(at(below(4'000) - 1'000));
  }
  Ready readiness() { return static_cast<Ready>(below(3)); }
  std::string text() {
    static const std::vector<std::string> kTexts = {
        "",
        "rpc error: code = ",
        "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
        "VolumeSnapshotContent is missing",
        "cannot find default snapshot class",
        "Failed to get snapshot class with error x not found",
        "cannot get claim from snapshot",
        "provided secret is empty",
        "snapshot is busy",
        "requested volume size 1 is less than the size 2 for the source snapshot s",
        "\xff\xfe{ns}\n'",
        std::string(5'000, 'x'),
    };
    return kTexts[static_cast<std::size_t>(below(static_cast<int>(kTexts.size())))];
  }
  std::string name(const std::string& stem, int most = 4) { return rarely() ? "" : stem + std::to_string(below(most)); }
  objects::StatusError error() { return {coin(), text(), moment()}; }
  void meta(objects::Meta& meta, int n, const char* stem, bool namespaced) {
    meta.uid = uid(n);
    meta.name = stem + std::to_string(n % 10);
    if (namespaced) meta.ns = Symbol(rarely() ? "odd ns'" : "shop");
    meta.created = moment();
    if (rarely()) meta.deleted = at(below(2'000));
    if (rarely()) meta.velero.backup = Symbol("nightly");
    if (rarely()) meta.velero.restore = Symbol("r");
    if (rarely()) meta.gitops = Symbol("app");
    if (rarely()) meta.stuck_after = Symbol(coin() ? "1m" : "soon");
    if (coin()) meta.finalizers = {Symbol("snapshot.storage.kubernetes.io/pvc-as-source-protection"), Symbol("x")};
  }
  Symbol driver() {
    return Symbol(std::vector<const char*>{"", kDriver, "other.example.com"}[static_cast<std::size_t>(below(3))]);
  }

 private:
  std::mt19937 random_;
};

objects::VolumeSnapshot odd_snapshot(Chaos& chaos, int n) {
  objects::VolumeSnapshot made;
  chaos.meta(made.meta, n, "snap-", true);
  if (chaos.coin()) made.source_claim = chaos.name("claim-");
  if (chaos.rarely()) made.source_content = chaos.name("content-");
  made.class_name = Symbol(chaos.coin() ? "gold" : chaos.name("class-"));
  if (chaos.coin()) made.bound_content = chaos.name("content-");
  made.ready = chaos.readiness();
  made.cut = chaos.moment();
  made.error = chaos.error();
  if (chaos.rarely()) made.group = Symbol("g");
  return made;
}

objects::VolumeSnapshotContent odd_content(Chaos& chaos, int n) {
  objects::VolumeSnapshotContent made;
  chaos.meta(made.meta, n, "content-", false);
  made.policy = static_cast<DeletionPolicy>(chaos.below(3));
  made.driver = chaos.driver();
  made.snapshot = {Symbol("shop"), chaos.name("snap-"), chaos.coin() ? uid(10 + chaos.below(4)) : objects::Uid()};
  if (chaos.coin()) made.source_volume_handle = "vol";
  if (chaos.rarely()) made.source_snapshot_handle = "h" + std::to_string(chaos.below(3));
  if (chaos.coin()) made.snapshot_handle = "h" + std::to_string(chaos.below(3));
  made.ready = chaos.readiness();
  made.cut = chaos.moment();
  made.error = chaos.error();
  made.being_created = chaos.coin();
  made.being_deleted = chaos.coin();
  return made;
}

objects::PersistentVolumeClaim odd_claim(Chaos& chaos, int n) {
  objects::PersistentVolumeClaim made;
  chaos.meta(made.meta, n, "claim-", true);
  made.storage_class = Symbol(chaos.coin() ? "fast" : chaos.name("sc-"));
  if (chaos.coin()) made.volume_name = chaos.name("pv-");
  made.phase = static_cast<ClaimPhase>(chaos.below(4));
  if (chaos.coin()) made.source = {Symbol(chaos.rarely() ? "elsewhere" : "shop"), chaos.name("snap-"), {}};
  made.provisioner = chaos.driver();
  made.selected_node = chaos.coin();
  made.applied_from_snapshot = chaos.rarely();
  return made;
}

objects::PersistentVolume odd_volume(Chaos& chaos, int n) {
  objects::PersistentVolume made;
  chaos.meta(made.meta, n, "pv-", false);
  made.phase = static_cast<objects::VolumePhase>(chaos.below(6));
  made.claim = {Symbol("shop"), chaos.name("claim-"), uid(30 + chaos.below(4))};
  made.driver = chaos.driver();
  made.volume_handle = "vol";
  return made;
}

/// Facts that can't hold together of one object at one time.
void check_consistent(const Diagnosis& diagnosis) {
  std::set<Reason> reasons;
  int primary = 0;
  for (const Finding& finding : diagnosis.findings) {
    CAPTURE(to_string(finding.reason), finding.subject.name);
    CHECK(reasons.insert(finding.reason).second);
    CHECK_FALSE(finding.evidence.empty());
    CHECK_FALSE(finding.fix.text.empty());
    CHECK_FALSE(finding.fix.command.empty());
    CHECK(finding.fix.command.find('\n') == std::string::npos);
    if (finding.category != Category::Hazard && !finding.consequence) ++primary;
  }
  CHECK(primary <= 1);
}

void play(unsigned seed) {
  CAPTURE(seed);
  Chaos chaos(seed);
  Patient cluster;
  cluster.findings.open(at(0), chaos.coin());
  if (chaos.coin()) cluster.add(Patient::backup(chaos.coin() ? "InProgress" : "Completed"));
  for (const Kind kind : objects::kAllKinds) cluster.stores.set_synced(kind, !chaos.rarely());
  std::set<std::pair<objects::Uid, Reason>> open;
  for (int step = 1; step <= 50; ++step) {
    const int second = step * 40;
    const int n = chaos.below(4);
    const auto act = [&](auto object) {
      if (chaos.below(5) == 0) {
        cluster.drop(object, second);
        cluster.findings.gone(object);
      } else {
        cluster.put(object, second);
        cluster.findings.changed(object);
      }
    };
    switch (chaos.below(5)) {
      case 0: act(odd_snapshot(chaos, 10 + n)); break;
      case 1: act(odd_content(chaos, 20 + n)); break;
      case 2: act(odd_claim(chaos, 30 + n)); break;
      case 3: act(odd_volume(chaos, 40 + n)); break;
      default: {
        const int about = 10 + 10 * chaos.below(3) + n;
        const char* kinds[] = {"VolumeSnapshot", "VolumeSnapshotContent", "PersistentVolumeClaim"};
        cluster.says(kinds[about / 10 - 1], about, "SnapshotR" + std::to_string(chaos.below(9)), chaos.text(), second,
                     chaos.below(100) - 3);
        cluster.findings.event_about(uid(about));
      }
    }
    cluster.pass(second);
    cluster.commit();
    for (const auto& change : cluster.findings.evaluate(at(second))) {
      const std::pair key(change.finding.subject.uid, change.finding.reason);
      if (change.what == What::Began) CHECK(open.insert(key).second);
      if (change.what == What::Changed) CHECK(open.contains(key));
      if (change.what == What::Ended) CHECK(open.erase(key) == 1);
    }
    if (step % 5 != 0) continue;
    for (int kind = 0; kind < 3; ++kind) {
      constexpr Kind kKinds[] = {Kind::VolumeSnapshot, Kind::VolumeSnapshotContent, Kind::PersistentVolumeClaim};
      for (int object = 0; object < 4; ++object) {
        check_consistent(cluster.diagnosis(kKinds[kind], 10 + 10 * kind + object, second));
      }
    }
    check_consistent(cluster.diagnosis(Kind::Backup, 600, second));
  }
  CHECK(open.size() == cluster.findings.size());
}

}  // namespace

TEST_CASE("thousands of odd objects never crash diagnosis, nor get it to contradict itself", "[diagnosis][property]") {
  for (unsigned seed = 1; seed <= 100; ++seed) play(seed);
}
