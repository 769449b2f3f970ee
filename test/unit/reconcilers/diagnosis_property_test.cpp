// Whatever the fields hold: nothing crashes, and no object gets two answers that contradict each other.
#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>
#include <utility>

#include "odd_objects.hpp"
#include "reconcilers/coverage/assess.hpp"
#include "reconcilers/operation_book.hpp"

using namespace snaptrail;
using namespace snaptrail::test;

namespace {

using What = FindingChange::What;

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

/// A cluster of odd objects of every kind that diagnosis reads, with the findings that were told of it.
class OddCluster {
 public:
  explicit OddCluster(unsigned seed) : chaos_(seed) {
    cluster_.findings.open(at(0), chaos_.coin());
    if (chaos_.coin()) cluster_.add(Patient::backup(chaos_.coin() ? "InProgress" : "Completed"));
    for (const Kind kind : objects::kAllKinds) cluster_.stores.set_synced(kind, !chaos_.rarely());
  }

  void step(int second) {
    second_ = second;
    const int n = chaos_.below(4);
    auto& stores = cluster_.stores;
    switch (chaos_.below(17)) {
      case 0:
      case 1: with_states(odd_snapshot(chaos_, 10 + n)); break;
      case 2:
      case 3: with_states(odd_content(chaos_, 20 + n)); break;
      case 4:
      case 5: with_states(odd_claim(chaos_, 30 + n)); break;
      case 6: with_states(odd_volume(chaos_, 40 + n)); break;
      case 7: plain(stores.group_snapshots, odd_group(chaos_, 50 + n)); break;
      case 8: plain(stores.group_contents, odd_group_content(chaos_, 60 + n)); break;
      case 9: plain(stores.group_classes, odd_group_class(chaos_, 70 + n)); break;
      case 10: plain(stores.backup_locations, odd_location(chaos_, 80 + n)); break;
      case 11: plain(stores.reference_grants, odd_grant(chaos_, 90 + n)); break;
      case 12: plain(stores.data_uploads, odd_upload(chaos_, 100 + n)); break;
      case 13: plain(stores.data_downloads, odd_download(chaos_, 110 + n)); break;
      case 14: plain(stores.pod_volume_backups, odd_pod_copy(chaos_, 120 + n)); break;
      case 15: velero(n); break;
      default: event(n);
    }
    cluster_.pass(second);
    cluster_.commit();
    check_changes();
    if (second % 200 == 0) check_all();
  }
  void finish() const { CHECK(open_.size() == cluster_.findings.size()); }

 private:
  /// Comes, changes, or goes.
  template <class T>
  void with_states(T object) {
    if (chaos_.below(5) == 0) {
      cluster_.drop(object, second_);
      cluster_.findings.gone(object);
      if constexpr (requires { cluster_.points.gone(object, at(second_)); }) cluster_.points.gone(object, at(second_));
    } else {
      cluster_.put(object, second_);
      cluster_.findings.changed(object);
    }
  }
  template <class T>
  void plain(informers::Store<T>& store, T object) {
    if (chaos_.below(5) == 0) {
      store.remove(object.meta.uid);
      cluster_.findings.gone(object);
      if constexpr (requires { operations_.gone(object, at(second_)); }) operations_.gone(object, at(second_));
      if constexpr (requires { cluster_.points.gone(object, at(second_)); }) cluster_.points.gone(object, at(second_));
    } else {
      cluster_.add_to(store, object);
      cluster_.findings.changed(object);
      if constexpr (requires { cluster_.points.changed(object, at(second_)); }) {
        cluster_.points.changed(object, at(second_));
      }
    }
    for (const auto& operation : operations_.take()) cluster_.points.recorded(operation);
  }
  void velero(int n) {
    switch (chaos_.below(3)) {
      case 0: return plain(cluster_.stores.backups, odd_backup(chaos_, 130 + n));
      case 1: return plain(cluster_.stores.schedules, odd_schedule(chaos_, 140 + n));
      default: return plain(cluster_.stores.delete_requests, odd_request(chaos_, 150 + n));
    }
  }
  void event(int n) {
    const int about = 10 + 10 * chaos_.below(3) + n;
    const char* kinds[] = {"VolumeSnapshot", "VolumeSnapshotContent", "PersistentVolumeClaim"};
    cluster_.says(kinds[about / 10 - 1], about, "SnapshotR" + std::to_string(chaos_.below(9)), chaos_.text(), second_,
                  chaos_.below(100) - 3);
    cluster_.findings.event_about(uid(about));
  }

  void check_changes() {
    for (const auto& change : cluster_.findings.evaluate(at(second_))) {
      const std::pair key(change.finding.subject.uid, change.finding.reason);
      if (change.what == What::Began) CHECK(open_.insert(key).second);
      if (change.what == What::Changed) CHECK(open_.contains(key));
      if (change.what == What::Ended) CHECK(open_.erase(key) == 1);
    }
  }
  void check_all() {
    constexpr std::pair<Kind, int> kSubjects[] = {{Kind::VolumeSnapshot, 10},
                                                  {Kind::VolumeSnapshotContent, 20},
                                                  {Kind::PersistentVolumeClaim, 30},
                                                  {Kind::VolumeGroupSnapshot, 50},
                                                  {Kind::VolumeGroupSnapshotContent, 60},
                                                  {Kind::VolumeGroupSnapshotClass, 70},
                                                  {Kind::BackupStorageLocation, 80},
                                                  {Kind::DataUpload, 100},
                                                  {Kind::DataDownload, 110},
                                                  {Kind::PodVolumeBackup, 120},
                                                  {Kind::Backup, 130},
                                                  {Kind::Schedule, 140}};
    for (const auto& [kind, first] : kSubjects) {
      for (int n = first; n < first + 4; ++n) check_consistent(cluster_.diagnosis(kind, n, second_));
    }
    check_consistent(cluster_.diagnosis(Kind::Backup, 600, second_));
    // Coverage of the same objects answers, whatever they hold.
    const reconcilers::RpoTargets targets;
    for (const auto& claim :
         reconcilers::assess({cluster_.stores, cluster_.tracker, cluster_.points, targets, at(second_)})) {
      CHECK((claim.points == 0) == !claim.last);
    }
  }

  Chaos chaos_;
  Patient cluster_;
  reconcilers::OperationBook operations_{cluster_.stores};
  std::set<std::pair<objects::Uid, Reason>> open_;
  int second_ = 0;
};

void play(unsigned seed) {
  CAPTURE(seed);
  OddCluster cluster(seed);
  for (int step = 1; step <= 100; ++step) cluster.step(step * 40);
  cluster.finish();
}

}  // namespace

TEST_CASE("thousands of odd objects never crash diagnosis, nor get it to contradict itself", "[diagnosis][property]") {
  for (unsigned seed = 1; seed <= 100; ++seed) play(seed);
}
