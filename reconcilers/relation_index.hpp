#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "objects/types.hpp"
#include "objects/uid.hpp"

namespace snaptrail::reconcilers {

/// Who refers to whom, so that a change finds those whom it concerns without a scan. Names are kept as hashes: a hit is a
/// candidate that the caller checks.
class RelationIndex {
 public:
  void add(const objects::VolumeSnapshot& snapshot) {
    if (!snapshot.source_claim.empty()) {
      insert(snapshots_by_claim_, key(snapshot.meta.ns.get(), snapshot.source_claim), snapshot.meta.uid);
    }
  }
  void remove(const objects::VolumeSnapshot& snapshot) {
    erase(snapshots_by_claim_, key(snapshot.meta.ns.get(), snapshot.source_claim), snapshot.meta.uid);
  }
  void add(const objects::VolumeSnapshotContent& content) {
    if (content.snapshot.uid) insert(contents_by_snapshot_, content.snapshot.uid, content.meta.uid);
  }
  void remove(const objects::VolumeSnapshotContent& content) {
    erase(contents_by_snapshot_, content.snapshot.uid, content.meta.uid);
  }
  void add(const objects::PersistentVolumeClaim& claim) {
    if (!claim.source.name.empty()) {
      insert(claims_by_source_, key(claim.source.ns.get(), claim.source.name), claim.meta.uid);
    }
  }
  void remove(const objects::PersistentVolumeClaim& claim) {
    erase(claims_by_source_, key(claim.source.ns.get(), claim.source.name), claim.meta.uid);
  }

  std::vector<objects::Uid> contents_of(const objects::Uid& snapshot) const {
    return all(contents_by_snapshot_, snapshot);
  }
  /// Candidates: the hash may collide.
  std::vector<objects::Uid> claims_restored_from(std::string_view ns, std::string_view snapshot) const {
    return all(claims_by_source_, key(ns, snapshot));
  }
  /// Candidates: the hash may collide.
  std::vector<objects::Uid> snapshots_of_claim(std::string_view ns, std::string_view claim) const {
    return all(snapshots_by_claim_, key(ns, claim));
  }

 private:
  static std::size_t key(std::string_view ns, std::string_view name) {
    const std::hash<std::string_view> hash;
    return hash(ns) * 31 + hash(name);
  }
  template <class Map, class Key>
  static void insert(Map& map, const Key& key, const objects::Uid& uid) {
    const auto [first, last] = map.equal_range(key);
    for (auto it = first; it != last; ++it) {
      if (it->second == uid) return;
    }
    map.emplace(key, uid);
  }
  template <class Map, class Key>
  static void erase(Map& map, const Key& key, const objects::Uid& uid) {
    const auto [first, last] = map.equal_range(key);
    for (auto it = first; it != last; ++it) {
      if (it->second == uid) {
        map.erase(it);
        return;
      }
    }
  }
  template <class Map, class Key>
  static std::vector<objects::Uid> all(const Map& map, const Key& key) {
    std::vector<objects::Uid> uids;
    const auto [first, last] = map.equal_range(key);
    for (auto it = first; it != last; ++it) uids.push_back(it->second);
    return uids;
  }

  std::unordered_multimap<objects::Uid, objects::Uid> contents_by_snapshot_;
  std::unordered_multimap<std::size_t, objects::Uid> claims_by_source_;
  std::unordered_multimap<std::size_t, objects::Uid> snapshots_by_claim_;
};

}  // namespace snaptrail::reconcilers
