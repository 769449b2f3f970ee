#include "objects/kind_argument.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

namespace snaptrail::objects {
namespace {

/// As the CRDs and the core API declare them.
constexpr std::array<std::pair<std::string_view, Kind>, 12> kShortNames{{
    {"vs", Kind::VolumeSnapshot},
    {"vsc", Kind::VolumeSnapshotContent},
    {"vscs", Kind::VolumeSnapshotContent},
    {"vsclass", Kind::VolumeSnapshotClass},
    {"vgs", Kind::VolumeGroupSnapshot},
    {"vgsc", Kind::VolumeGroupSnapshotContent},
    {"vgscs", Kind::VolumeGroupSnapshotContent},
    {"vgsclass", Kind::VolumeGroupSnapshotClass},
    {"pvc", Kind::PersistentVolumeClaim},
    {"pv", Kind::PersistentVolume},
    {"sc", Kind::StorageClass},
    {"ns", Kind::Namespace},
}};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

std::optional<Kind> kind_of_argument(std::string_view text) {
  const std::string word = lower(text);
  const auto dot = word.find('.');
  const std::string name = word.substr(0, dot);
  const auto fits = [&](Kind kind) {
    return dot == std::string::npos || word.substr(dot + 1) == resource_of(kind).group;
  };
  for (const auto& [short_name, kind] : kShortNames) {
    if (name == short_name && fits(kind)) return kind;
  }
  for (const Kind kind : kAllKinds) {
    const Resource& resource = resource_of(kind);
    if ((name == resource.plural || name == lower(resource.kind_name)) && fits(kind)) return kind;
  }
  return std::nullopt;
}

}  // namespace snaptrail::objects
