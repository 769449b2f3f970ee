#pragma once

#include <array>
#include <functional>

#include "informers/store.hpp"
#include "objects/types.hpp"
#include "reconcilers/cluster_view.hpp"

namespace snaptrail::controller {

/// The stores of all kinds, as the reconcilers see them. One strand.
class ClusterStores : public reconcilers::ClusterView {
 public:
  informers::Store<objects::VolumeSnapshot> snapshots;
  informers::Store<objects::VolumeSnapshotContent> contents;
  informers::Store<objects::VolumeSnapshotClass> snapshot_classes;
  informers::Store<objects::PersistentVolumeClaim> claims;
  informers::Store<objects::PersistentVolume> volumes;
  informers::Store<objects::StorageClass> storage_classes;
  informers::Store<objects::Namespace> namespaces;
  informers::Store<objects::Backup> backups;
  informers::Store<objects::Restore> restores;

  void set_synced(objects::Kind kind, bool synced) { synced_[static_cast<std::size_t>(kind)] = synced; }
  /// How many objects of a kind are held; 0 for events, which are not kept.
  std::size_t size(objects::Kind kind) const {
    switch (kind) {
      case objects::Kind::VolumeSnapshot: return snapshots.size();
      case objects::Kind::VolumeSnapshotContent: return contents.size();
      case objects::Kind::VolumeSnapshotClass: return snapshot_classes.size();
      case objects::Kind::PersistentVolumeClaim: return claims.size();
      case objects::Kind::PersistentVolume: return volumes.size();
      case objects::Kind::StorageClass: return storage_classes.size();
      case objects::Kind::Namespace: return namespaces.size();
      case objects::Kind::Backup: return backups.size();
      case objects::Kind::Restore: return restores.size();
      case objects::Kind::Event: return 0;
    }
    return 0;
  }

  const objects::VolumeSnapshot* snapshot(const objects::Uid& uid) const override { return snapshots.find(uid); }
  const objects::VolumeSnapshot* snapshot(std::string_view ns, std::string_view name) const override {
    return snapshots.find(ns, name);
  }
  const objects::VolumeSnapshotContent* content(const objects::Uid& uid) const override { return contents.find(uid); }
  const objects::VolumeSnapshotContent* content(std::string_view name) const override {
    return contents.find("", name);
  }
  const objects::VolumeSnapshotClass* snapshot_class(std::string_view name) const override {
    return snapshot_classes.find("", name);
  }
  const objects::PersistentVolumeClaim* claim(const objects::Uid& uid) const override { return claims.find(uid); }
  const objects::PersistentVolumeClaim* claim(std::string_view ns, std::string_view name) const override {
    return claims.find(ns, name);
  }
  const objects::PersistentVolume* volume(const objects::Uid& uid) const override { return volumes.find(uid); }
  const objects::PersistentVolume* volume(std::string_view name) const override { return volumes.find("", name); }
  const objects::StorageClass* storage_class(std::string_view name) const override {
    return storage_classes.find("", name);
  }
  void for_each_snapshot(const std::function<void(const objects::VolumeSnapshot&)>& visit) const override {
    snapshots.for_each(visit);
  }
  void for_each_content(const std::function<void(const objects::VolumeSnapshotContent&)>& visit) const override {
    contents.for_each(visit);
  }
  void for_each_claim(const std::function<void(const objects::PersistentVolumeClaim&)>& visit) const override {
    claims.for_each(visit);
  }
  void for_each_volume(const std::function<void(const objects::PersistentVolume&)>& visit) const override {
    volumes.for_each(visit);
  }
  const objects::Namespace* name_space(std::string_view name) const override { return namespaces.find("", name); }
  void for_each(const std::function<void(const objects::VolumeSnapshotClass&)>& visit) const override {
    snapshot_classes.for_each(visit);
  }
  void for_each(const std::function<void(const objects::Backup&)>& visit) const override { backups.for_each(visit); }
  bool synced(objects::Kind kind) const override { return synced_[static_cast<std::size_t>(kind)]; }

 private:
  std::array<bool, objects::kAllKinds.size()> synced_{};
};

}  // namespace snaptrail::controller
