#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace snaptrail::objects {

/// The kinds that are watched.
enum class Kind : std::uint8_t {
  VolumeSnapshot,
  VolumeSnapshotContent,
  VolumeSnapshotClass,
  PersistentVolumeClaim,
  PersistentVolume,
  StorageClass,
  Namespace,
  Event,
  Backup,
  Restore,
  Lease,
  CSIDriver,
  ReferenceGrant,
  VolumeGroupSnapshot,
  VolumeGroupSnapshotContent,
  VolumeGroupSnapshotClass,
  BackupStorageLocation,
  Schedule,
  DeleteBackupRequest,
  DataUpload,
  DataDownload,
  PodVolumeBackup,
  NonAdminBackup,
};

inline constexpr std::array kAllKinds = {
    Kind::VolumeSnapshot,
    Kind::VolumeSnapshotContent,
    Kind::VolumeSnapshotClass,
    Kind::PersistentVolumeClaim,
    Kind::PersistentVolume,
    Kind::StorageClass,
    Kind::Namespace,
    Kind::Event,
    Kind::Backup,
    Kind::Restore,
    Kind::Lease,
    Kind::CSIDriver,
    Kind::ReferenceGrant,
    Kind::VolumeGroupSnapshot,
    Kind::VolumeGroupSnapshotContent,
    Kind::VolumeGroupSnapshotClass,
    Kind::BackupStorageLocation,
    Kind::Schedule,
    Kind::DeleteBackupRequest,
    Kind::DataUpload,
    Kind::DataDownload,
    Kind::PodVolumeBackup,
    Kind::NonAdminBackup,
};

/// How the API names a kind: `snapshot.storage.k8s.io/v1`, `volumesnapshots`, `VolumeSnapshot`.
struct Resource {
  Kind kind;
  std::string_view group;    ///< empty for the core group
  std::string_view version;  ///< the one that is asked for first
  std::string_view plural;
  std::string_view kind_name;
  bool namespaced;
  /// Asked for in this order where a cluster does not serve `version`; empty ones are none.
  std::array<std::string_view, 2> fallbacks{};

  /// version and fallbacks, counted from 0; empty beyond the last one.
  constexpr std::string_view version_at(std::size_t index) const {
    if (index == 0) return version;
    return index <= fallbacks.size() ? fallbacks.at(index - 1) : std::string_view();
  }
};

/// The API's names of a kind. The reference lives as long as the program.
const Resource& resource_of(Kind kind);
std::string_view to_string(Kind kind);
/// The kind of that name (`VolumeSnapshot`), or nullopt.
std::optional<Kind> kind_of(std::string_view kind_name);
/// The kind whose resource has that plural (`volumesnapshots`), or nullopt.
std::optional<Kind> kind_of_plural(std::string_view plural);

}  // namespace snaptrail::objects
