#include "objects/kind.hpp"

#include <algorithm>

namespace snaptrail::objects {
namespace {

constexpr std::string_view kSnapshotGroup = "snapshot.storage.k8s.io";

constexpr std::array<Resource, kAllKinds.size()> kResources = {{
    {Kind::VolumeSnapshot, kSnapshotGroup, "v1", "volumesnapshots", "VolumeSnapshot", true},
    {Kind::VolumeSnapshotContent, kSnapshotGroup, "v1", "volumesnapshotcontents", "VolumeSnapshotContent", false},
    {Kind::VolumeSnapshotClass, kSnapshotGroup, "v1", "volumesnapshotclasses", "VolumeSnapshotClass", false},
    {Kind::PersistentVolumeClaim, "", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true},
    {Kind::PersistentVolume, "", "v1", "persistentvolumes", "PersistentVolume", false},
    {Kind::StorageClass, "storage.k8s.io", "v1", "storageclasses", "StorageClass", false},
    {Kind::Namespace, "", "v1", "namespaces", "Namespace", false},
    {Kind::Event, "", "v1", "events", "Event", true},
    {Kind::Backup, "velero.io", "v1", "backups", "Backup", true},
    {Kind::Restore, "velero.io", "v1", "restores", "Restore", true},
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
