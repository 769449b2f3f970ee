#pragma once

#include <array>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "controller/elsewhere.hpp"
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
  informers::Store<objects::Lease> leases;
  informers::Store<objects::CSIDriver> csi_drivers;
  informers::Store<objects::ReferenceGrant> reference_grants;
  informers::Store<objects::VolumeGroupSnapshot> group_snapshots;
  informers::Store<objects::VolumeGroupSnapshotContent> group_contents;
  informers::Store<objects::VolumeGroupSnapshotClass> group_classes;
  informers::Store<objects::BackupStorageLocation> backup_locations;
  informers::Store<objects::Schedule> schedules;
  informers::Store<objects::DeleteBackupRequest> delete_requests;
  informers::Store<objects::DataUpload> data_uploads;
  informers::Store<objects::DataDownload> data_downloads;
  informers::Store<objects::PodVolumeBackup> pod_volume_backups;
  informers::Store<objects::NonAdminBackup> non_admin_backups;

  /// `ns`: of a stream of one namespace; empty: everywhere.
  void set_synced(objects::Kind kind, bool synced, std::string_view ns = {}) {
    auto& where = synced_.at(static_cast<std::size_t>(kind));
    if (synced) {
      where.emplace(ns);
    } else if (const auto found = where.find(ns); found != where.end()) {
      where.erase(found);
    }
  }
  void set_hidden(objects::Kind kind, bool hidden) { hidden_.at(static_cast<std::size_t>(kind)) = hidden; }
  /// Of what is there and not followed.
  Elsewhere& elsewhere(objects::Kind kind) { return elsewhere_[kind]; }
  /// A complete list of that kind ended at that moment.
  void set_listed(objects::Kind kind, objects::Instant at) { listed_[static_cast<std::size_t>(kind)] = at; }

  /// Calls visit(store) with the store of that kind; not for events, which are not kept.
  template <class Visit>
  void with_store(objects::Kind kind, Visit visit) {
    with_store_of(*this, kind, visit);
  }
  template <class Visit>
  void with_store(objects::Kind kind, Visit visit) const {
    with_store_of(*this, kind, visit);
  }
  /// How many objects of a kind are held; 0 for events.
  std::size_t size(objects::Kind kind) const {
    std::size_t count = 0;
    with_store(kind, [&count](const auto& store) { count = store.size(); });
    return count;
  }

  objects::Held<objects::VolumeSnapshot> snapshot(const objects::Uid& uid) const override {
    return snapshots.find(uid);
  }
  objects::Held<objects::VolumeSnapshot> snapshot(std::string_view ns, std::string_view name) const override {
    return snapshots.find(ns, name);
  }
  objects::Held<objects::VolumeSnapshotContent> content(const objects::Uid& uid) const override {
    return contents.find(uid);
  }
  objects::Held<objects::VolumeSnapshotContent> content(std::string_view name) const override {
    return contents.find("", name);
  }
  const objects::VolumeSnapshotClass* snapshot_class(std::string_view name) const override {
    return snapshot_classes.find("", name).get();
  }
  objects::Held<objects::PersistentVolumeClaim> claim(const objects::Uid& uid) const override {
    return claims.find(uid);
  }
  objects::Held<objects::PersistentVolumeClaim> claim(std::string_view ns, std::string_view name) const override {
    return claims.find(ns, name);
  }
  objects::Uid claim_uid(std::string_view ns, std::string_view name) const override { return claims.uid_of(ns, name); }
  objects::Held<objects::PersistentVolume> volume(const objects::Uid& uid) const override { return volumes.find(uid); }
  objects::Held<objects::PersistentVolume> volume(std::string_view name) const override {
    return volumes.find("", name);
  }
  const objects::StorageClass* storage_class(std::string_view name) const override {
    return storage_classes.find("", name).get();
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
  const objects::Namespace* name_space(std::string_view name) const override { return namespaces.find("", name).get(); }
  void for_each(const std::function<void(const objects::VolumeSnapshotClass&)>& visit) const override {
    snapshot_classes.for_each(visit);
  }
  const objects::CSIDriver* csi_driver(std::string_view name) const override {
    return csi_drivers.find("", name).get();
  }
  const objects::VolumeGroupSnapshot* group_snapshot(std::string_view ns, std::string_view name) const override {
    return group_snapshots.find(ns, name).get();
  }
  const objects::VolumeGroupSnapshotContent* group_content(std::string_view name) const override {
    return group_contents.find("", name).get();
  }
  const objects::VolumeGroupSnapshotClass* group_class(std::string_view name) const override {
    return group_classes.find("", name).get();
  }
  void for_each(const std::function<void(const objects::Lease&)>& visit) const override { leases.for_each(visit); }
  void for_each(const std::function<void(const objects::ReferenceGrant&)>& visit) const override {
    reference_grants.for_each(visit);
  }
  void for_each(const std::function<void(const objects::VolumeGroupSnapshot&)>& visit) const override {
    group_snapshots.for_each(visit);
  }
  void for_each(const std::function<void(const objects::VolumeGroupSnapshotContent&)>& visit) const override {
    group_contents.for_each(visit);
  }
  void for_each(const std::function<void(const objects::VolumeGroupSnapshotClass&)>& visit) const override {
    group_classes.for_each(visit);
  }
  void for_each(const std::function<void(const objects::Backup&)>& visit) const override { backups.for_each(visit); }
  void for_each(const std::function<void(const objects::Restore&)>& visit) const override { restores.for_each(visit); }
  void for_each(const std::function<void(const objects::BackupStorageLocation&)>& visit) const override {
    backup_locations.for_each(visit);
  }
  void for_each(const std::function<void(const objects::Schedule&)>& visit) const override {
    schedules.for_each(visit);
  }
  void for_each(const std::function<void(const objects::DeleteBackupRequest&)>& visit) const override {
    delete_requests.for_each(visit);
  }
  void for_each(const std::function<void(const objects::DataUpload&)>& visit) const override {
    data_uploads.for_each(visit);
  }
  void for_each(const std::function<void(const objects::DataDownload&)>& visit) const override {
    data_downloads.for_each(visit);
  }
  void for_each(const std::function<void(const objects::PodVolumeBackup&)>& visit) const override {
    pod_volume_backups.for_each(visit);
  }
  void for_each(const std::function<void(const objects::NonAdminBackup&)>& visit) const override {
    non_admin_backups.for_each(visit);
  }
  bool synced(objects::Kind kind) const override { return !synced_.at(static_cast<std::size_t>(kind)).empty(); }
  bool synced(objects::Kind kind, std::string_view ns) const override {
    const auto& where = synced_.at(static_cast<std::size_t>(kind));
    return where.contains(std::string_view()) || where.contains(ns);
  }
  bool hidden(objects::Kind kind) const override { return hidden_.at(static_cast<std::size_t>(kind)); }
  bool exists_elsewhere(objects::Kind kind, std::string_view name) const override {
    const auto found = elsewhere_.find(kind);
    return found != elsewhere_.end() && found->second.has(name);
  }
  objects::MaybeInstant listed_at(objects::Kind kind) const override { return listed_[static_cast<std::size_t>(kind)]; }

 private:
  template <class Stores, class Visit>
  static void with_store_of(Stores& stores, objects::Kind kind, Visit visit) {
    using objects::Kind;
    switch (kind) {
      case Kind::VolumeSnapshot: return visit(stores.snapshots);
      case Kind::VolumeSnapshotContent: return visit(stores.contents);
      case Kind::VolumeSnapshotClass: return visit(stores.snapshot_classes);
      case Kind::PersistentVolumeClaim: return visit(stores.claims);
      case Kind::PersistentVolume: return visit(stores.volumes);
      case Kind::StorageClass: return visit(stores.storage_classes);
      case Kind::Namespace: return visit(stores.namespaces);
      case Kind::Event: return;
      case Kind::Backup: return visit(stores.backups);
      case Kind::Restore: return visit(stores.restores);
      case Kind::Lease: return visit(stores.leases);
      case Kind::CSIDriver: return visit(stores.csi_drivers);
      case Kind::ReferenceGrant: return visit(stores.reference_grants);
      case Kind::VolumeGroupSnapshot: return visit(stores.group_snapshots);
      case Kind::VolumeGroupSnapshotContent: return visit(stores.group_contents);
      case Kind::VolumeGroupSnapshotClass: return visit(stores.group_classes);
      case Kind::BackupStorageLocation: return visit(stores.backup_locations);
      case Kind::Schedule: return visit(stores.schedules);
      case Kind::DeleteBackupRequest: return visit(stores.delete_requests);
      case Kind::DataUpload: return visit(stores.data_uploads);
      case Kind::DataDownload: return visit(stores.data_downloads);
      case Kind::PodVolumeBackup: return visit(stores.pod_volume_backups);
      case Kind::NonAdminBackup: return visit(stores.non_admin_backups);
    }
  }

  std::array<std::set<std::string, std::less<>>, objects::kAllKinds.size()> synced_{};  ///< namespaces by Kind
  std::array<bool, objects::kAllKinds.size()> hidden_{};
  std::map<objects::Kind, Elsewhere> elsewhere_;
  std::array<objects::MaybeInstant, objects::kAllKinds.size()> listed_{};
};

}  // namespace snaptrail::controller
