#include "objects/kind.hpp"

#include <algorithm>

namespace snaptrail::objects {
namespace {

constexpr std::string_view kSnapshotGroup = "snapshot.storage.k8s.io";
constexpr std::string_view kGroupSnapshotGroup = "groupsnapshot.storage.k8s.io";
constexpr std::string_view kVeleroGroup = "velero.io";
// external-snapshotter 8.6 serves all three; earlier ones the betas only, in the end of which v1beta1 will go first.
constexpr std::array<std::string_view, 2> kGroupSnapshotBetas = {"v1beta2", "v1beta1"};
// external-provisioner reads v1beta1, which the Gateway API serves beside v1 for now.
constexpr std::array<std::string_view, 2> kReferenceGrantFallbacks = {"v1", ""};

constexpr std::array<Resource, kAllKinds.size()> kResources = {{
    {Kind::VolumeSnapshot, kSnapshotGroup, "v1", "volumesnapshots", "VolumeSnapshot", true},
    {Kind::VolumeSnapshotContent, kSnapshotGroup, "v1", "volumesnapshotcontents", "VolumeSnapshotContent", false},
    {Kind::VolumeSnapshotClass, kSnapshotGroup, "v1", "volumesnapshotclasses", "VolumeSnapshotClass", false},
    {Kind::PersistentVolumeClaim, "", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true},
    {Kind::PersistentVolume, "", "v1", "persistentvolumes", "PersistentVolume", false},
    {Kind::StorageClass, "storage.k8s.io", "v1", "storageclasses", "StorageClass", false},
    {Kind::Namespace, "", "v1", "namespaces", "Namespace", false},
    {Kind::Event, "", "v1", "events", "Event", true},
    {Kind::Backup, kVeleroGroup, "v1", "backups", "Backup", true},
    {Kind::Restore, kVeleroGroup, "v1", "restores", "Restore", true},
    {Kind::Lease, "coordination.k8s.io", "v1", "leases", "Lease", true},
    {Kind::CSIDriver, "storage.k8s.io", "v1", "csidrivers", "CSIDriver", false},
    {Kind::ReferenceGrant, "gateway.networking.k8s.io", "v1beta1", "referencegrants", "ReferenceGrant", true,
     kReferenceGrantFallbacks},
    {Kind::VolumeGroupSnapshot, kGroupSnapshotGroup, "v1", "volumegroupsnapshots", "VolumeGroupSnapshot", true,
     kGroupSnapshotBetas},
    {Kind::VolumeGroupSnapshotContent, kGroupSnapshotGroup, "v1", "volumegroupsnapshotcontents",
     "VolumeGroupSnapshotContent", false, kGroupSnapshotBetas},
    {Kind::VolumeGroupSnapshotClass, kGroupSnapshotGroup, "v1", "volumegroupsnapshotclasses",
     "VolumeGroupSnapshotClass", false, kGroupSnapshotBetas},
    {Kind::BackupStorageLocation, kVeleroGroup, "v1", "backupstoragelocations", "BackupStorageLocation", true},
    {Kind::Schedule, kVeleroGroup, "v1", "schedules", "Schedule", true},
    {Kind::DeleteBackupRequest, kVeleroGroup, "v1", "deletebackuprequests", "DeleteBackupRequest", true},
    {Kind::DataUpload, kVeleroGroup, "v2alpha1", "datauploads", "DataUpload", true},
    {Kind::DataDownload, kVeleroGroup, "v2alpha1", "datadownloads", "DataDownload", true},
    {Kind::PodVolumeBackup, kVeleroGroup, "v1", "podvolumebackups", "PodVolumeBackup", true},
    {Kind::NonAdminBackup, "oadp.openshift.io", "v1alpha1", "nonadminbackups", "NonAdminBackup", true},
}};

}  // namespace

const Resource& resource_of(Kind kind) { return kResources[static_cast<std::size_t>(kind)]; }

std::string_view to_string(Kind kind) { return resource_of(kind).kind_name; }

std::optional<Kind> kind_of(std::string_view kind_name) {
  const auto found = std::ranges::find(kResources, kind_name, &Resource::kind_name);
  return found == kResources.end() ? std::nullopt : std::optional(found->kind);
}

std::optional<Kind> kind_of_plural(std::string_view plural) {
  const auto found = std::ranges::find(kResources, plural, &Resource::plural);
  return found == kResources.end() ? std::nullopt : std::optional(found->kind);
}

}  // namespace snaptrail::objects
