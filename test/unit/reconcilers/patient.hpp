#pragma once

#include <string>
#include <utility>

#include "cluster.hpp"
#include "reconcilers/diagnosis/finding_tracker.hpp"

/// A cluster in memory with diagnosis on it.
namespace snaptrail::test {

using objects::ClaimPhase;
using objects::DeletionPolicy;
using objects::Symbol;
using reconcilers::Category;
using reconcilers::Diagnosis;
using reconcilers::Finding;
using reconcilers::FindingChange;
using reconcilers::Phase;
using reconcilers::Reason;
using reconcilers::Severity;

inline constexpr auto kDriver = "csi.example.com";

/// Begins healthy: claim shop/data is bound to a CSI volume, class `gold` is the driver's default, StorageClass `fast`
/// is there.
class Patient : public Cluster {
 public:
  Patient() : findings(stores, tracker, events, trail, points, thresholds) {
    add(snapshot_class("gold"));
    add(storage_class("fast"));
    objects::Namespace ns;
    ns.meta.uid = uid(700);
    ns.meta.name = "shop";
    add(ns);
    open();
    points.open(stores);
    put(source_volume(), 0);
    put(source_claim(), 0);
  }

  static objects::PersistentVolumeClaim source_claim() {
    objects::PersistentVolumeClaim claim;
    claim.meta.uid = uid(300);
    claim.meta.ns = Symbol("shop");
    claim.meta.name = "data";
    claim.phase = ClaimPhase::Bound;
    claim.volume_name = "pv-data";
    claim.storage_class = Symbol("fast");
    return claim;
  }
  static objects::PersistentVolume source_volume() {
    objects::PersistentVolume volume;
    volume.meta.uid = uid(301);
    volume.meta.name = "pv-data";
    volume.driver = Symbol(kDriver);
    volume.volume_handle = "vol-1";
    volume.claim = {Symbol("shop"), "data", uid(300)};
    volume.phase = objects::VolumePhase::Bound;
    return volume;
  }
  static objects::VolumeSnapshotClass snapshot_class(const std::string& name, int n = 400) {
    objects::VolumeSnapshotClass made;
    made.meta.uid = uid(n);
    made.meta.name = name;
    made.driver = Symbol(kDriver);
    made.policy = DeletionPolicy::Retain;
    made.is_default = true;
    return made;
  }
  static objects::StorageClass storage_class(const std::string& name, bool wait = false) {
    objects::StorageClass made;
    made.meta.uid = uid(wait ? 501 : 500);
    made.meta.name = name;
    made.provisioner = Symbol(kDriver);
    made.wait_for_first_consumer = wait;
    return made;
  }
  static objects::Backup backup(const std::string& phase = "InProgress") {
    objects::Backup made;
    made.meta.uid = uid(600);
    made.meta.ns = Symbol("velero");
    made.meta.name = "nightly";
    made.phase = Symbol(phase);
    made.included_namespaces = {Symbol("shop")};
    return made;
  }

  /// An object of a kind without states.
  void add(objects::VolumeSnapshotClass object) { stores.snapshot_classes.upsert(versioned(std::move(object))); }
  void add(objects::StorageClass object) { stores.storage_classes.upsert(versioned(std::move(object))); }
  void add(objects::Namespace object) { stores.namespaces.upsert(versioned(std::move(object))); }
  void add(objects::BackupStorageLocation object) { stores.backup_locations.upsert(versioned(std::move(object))); }
  void add(objects::DeleteBackupRequest object) { stores.delete_requests.upsert(versioned(std::move(object))); }
  void add(objects::Backup object) { stores.backups.upsert(versioned(std::move(object))); }
  /// Of any kind without states.
  template <class T>
  void add_to(informers::Store<T>& store, T object) {
    store.upsert(versioned(std::move(object)));
  }

  void says(const char* kind, int about, const std::string& reason, const std::string& message, int second,
            std::int64_t count = 1, const char* type = "Warning") {
    objects::Event event;
    event.about_kind = Symbol(kind);
    event.about.uid = uid(about);
    event.type = Symbol(type);
    event.reason = Symbol(reason);
    event.message = message;
    event.count = count;
    event.last = at(second);
    events.add(event);
  }

  /// The rows and records so far reach the trail and the points, as they would be committed.
  void commit() {
    for (; remembered_ < out.records.size(); ++remembered_) points.recorded(out.records[remembered_]);
    for (; committed_ < out.rows.size(); ++committed_) trail.recorded(out.rows[committed_]);
  }

  Diagnosis diagnosis(Kind kind, int n, int second) {
    commit();
    const reconcilers::Recoverables recoverable(stores, points, at(second));
    const reconcilers::DiagnosisView view{stores, tracker, events, trail, recoverable, thresholds, at(second)};
    return reconcilers::diagnose(view, kind, uid(n));
  }
  /// The reasons found, by rank: `A B`.
  std::string reasons(Kind kind, int n, int second) {
    std::string text;
    for (const Finding& finding : diagnosis(kind, n, second).findings) {
      if (!text.empty()) text += ' ';
      text += to_string(finding.reason);
    }
    return text;
  }
  std::string of_snapshot(int second, int n = 1) { return reasons(Kind::VolumeSnapshot, n, second); }
  std::string of_claim(int second, int n = 50) { return reasons(Kind::PersistentVolumeClaim, n, second); }
  std::string of_content(int second, int n = 101) { return reasons(Kind::VolumeSnapshotContent, n, second); }
  Finding first(Kind kind, int n, int second) {
    const auto found = diagnosis(kind, n, second).findings;
    return found.empty() ? Finding() : found.front();
  }

  reconcilers::EventMemory events;
  reconcilers::TrailMemory trail;
  reconcilers::PointMemory points;
  reconcilers::Thresholds thresholds;
  reconcilers::FindingTracker findings;

 private:
  template <class T>
  T versioned(T object) {
    object.meta.resource_version = std::to_string(++version);
    return object;
  }
  std::size_t committed_ = 0;
  std::size_t remembered_ = 0;
};

/// content(n), ready and of policy Retain.
inline objects::VolumeSnapshotContent kept(int n = 1) {
  auto made = cut(content(n));
  made.policy = DeletionPolicy::Retain;
  return made;
}
/// snapshot(n) of class `gold`.
inline objects::VolumeSnapshot gold(int n = 1) {
  auto made = snapshot(n);
  made.class_name = Symbol("gold");
  return made;
}
inline objects::VolumeSnapshot bound(int n = 1) {
  auto made = gold(n);
  made.bound_content = "content-" + std::to_string(n);
  made.ready = Ready::False;
  return made;
}
inline objects::VolumeSnapshotContent being_created(int n = 1) {
  auto made = content(n);
  made.being_created = true;
  return made;
}

}  // namespace snaptrail::test
