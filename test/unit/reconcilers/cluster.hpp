#pragma once

#include <string>
#include <vector>

#include "controller/cluster_stores.hpp"
#include "objects/row.hpp"
#include "reconcilers/tracker.hpp"

/// A cluster in memory with a tracker on it: put() and drop() are what an informer delivers.
namespace snaptrail::test {

using objects::Kind;
using objects::Ready;
using objects::State;

inline objects::Uid uid(int n) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[15] = static_cast<std::uint8_t>(n);
  bytes[14] = static_cast<std::uint8_t>(n >> 8);
  bytes[0] = 1;
  return objects::Uid::from_bytes(bytes);
}

inline objects::Instant at(int seconds) { return objects::Instant{objects::Millis{seconds * 1000LL}}; }

class Cluster {
 public:
  Cluster() : tracker(stores) {
    for (const Kind kind : objects::kAllKinds) stores.set_synced(kind, true);
  }

  void open(int second = 0) { tracker.open(at(second), out); }

  template <class T>
  void put(T object, int second, bool late = false) {
    object.meta.resource_version = std::to_string(++version);
    auto& store = store_of<T>();
    const auto change = store.upsert(std::move(object));
    tracker.changed(change.previous ? &*change.previous : nullptr, *change.object, {at(second), late}, out);
  }
  template <class T>
  void drop(T object, int second, bool late = false) {
    object.meta.resource_version = std::to_string(++version);
    store_of<T>().remove(object.meta.uid);
    tracker.gone(object, {at(second), late}, out);
  }
  void event(const objects::Event& event, int second) { tracker.event(event, {at(second), false}, out); }
  void pass(int second) { tracker.fire_timers(at(second), out); }

  /// "from→to" of the transitions of one object so far, e.g. "-→Pending Pending→Ready".
  std::string moves(const objects::Uid& of) const {
    std::string text;
    for (const auto& row : out.rows) {
      if (row.uid != of || row.type != objects::RowType::Transition) continue;
      if (!text.empty()) text += ' ';
      text += (row.from ? std::string(to_string(*row.from)) : "-") + "→" + std::string(to_string(*row.to));
    }
    return text;
  }
  const objects::Row& last() const { return out.rows.back(); }
  std::vector<objects::Row> rows(objects::RowType type) const {
    std::vector<objects::Row> found;
    for (const auto& row : out.rows) {
      if (row.type == type) found.push_back(row);
    }
    return found;
  }

  controller::ClusterStores stores;
  reconcilers::Tracker tracker;
  reconcilers::Output out;
  int version = 0;

 private:
  template <class T>
  auto& store_of() {
    if constexpr (std::is_same_v<T, objects::VolumeSnapshot>)
      return stores.snapshots;
    else if constexpr (std::is_same_v<T, objects::VolumeSnapshotContent>)
      return stores.contents;
    else if constexpr (std::is_same_v<T, objects::PersistentVolumeClaim>)
      return stores.claims;
    else
      return stores.volumes;
  }
};

inline objects::VolumeSnapshot snapshot(int n = 1) {
  objects::VolumeSnapshot snapshot;
  snapshot.meta.uid = uid(n);
  snapshot.meta.ns = objects::Symbol("shop");
  snapshot.meta.name = "snap-" + std::to_string(n);
  snapshot.source_claim = "data";
  return snapshot;
}

/// The content of snapshot(n), with the uid n + 100.
inline objects::VolumeSnapshotContent content(int n = 1) {
  objects::VolumeSnapshotContent content;
  content.meta.uid = uid(n + 100);
  content.meta.name = "content-" + std::to_string(n);
  content.policy = objects::DeletionPolicy::Delete;
  content.driver = objects::Symbol("csi.example.com");
  content.snapshot = {objects::Symbol("shop"), "snap-" + std::to_string(n), uid(n)};
  content.source_volume_handle = "vol-1";
  return content;
}

inline objects::VolumeSnapshotContent cut(objects::VolumeSnapshotContent content, std::string handle = "snap-h") {
  content.snapshot_handle = std::move(handle);
  content.ready = Ready::True;
  return content;
}

inline objects::VolumeSnapshot ready(objects::VolumeSnapshot snapshot, int n = 1) {
  snapshot.bound_content = "content-" + std::to_string(n);
  snapshot.ready = Ready::True;
  return snapshot;
}

/// A claim restored from snapshot(1).
inline objects::PersistentVolumeClaim restore_claim(int n = 50) {
  objects::PersistentVolumeClaim claim;
  claim.meta.uid = uid(n);
  claim.meta.ns = objects::Symbol("shop");
  claim.meta.name = "restored-" + std::to_string(n);
  claim.phase = objects::ClaimPhase::Pending;
  claim.source = {objects::Symbol("shop"), "snap-1", {}};
  return claim;
}

inline objects::Event claim_event(const std::string& reason, const std::string& message, int n = 50) {
  objects::Event event;
  event.meta.uid = uid(900);
  event.meta.resource_version = "7";
  event.about_kind = objects::Symbol("PersistentVolumeClaim");
  event.about.uid = uid(n);
  event.reason = objects::Symbol(reason);
  event.message = message;
  event.last = at(3);
  return event;
}

}  // namespace snaptrail::test
