#pragma once

#include <array>
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
};

/// How the API names a kind: `snapshot.storage.k8s.io/v1`, `volumesnapshots`, `VolumeSnapshot`.
struct Resource {
  Kind kind;
  std::string_view group;  ///< empty for the core group
  std::string_view version;
  std::string_view plural;
  std::string_view kind_name;
  bool namespaced;
};

/// The API's names of a kind. The reference lives as long as the program.
const Resource& resource_of(Kind kind);
std::string_view to_string(Kind kind);
/// The kind of that name (`VolumeSnapshot`), or nullopt.
std::optional<Kind> kind_of(std::string_view kind_name);
/// The kind whose resource has that plural (`volumesnapshots`), or nullopt.
std::optional<Kind> kind_of_plural(std::string_view plural);

}  // namespace snaptrail::objects
