#pragma once

#include <type_traits>

#include "objects/types.hpp"

namespace snaptrail::controller {

/// Whether objects of the type T go through the states of docs/states.md.
template <class T>
constexpr bool has_states =
    std::is_same_v<T, objects::VolumeSnapshot> || std::is_same_v<T, objects::VolumeSnapshotContent> ||
    std::is_same_v<T, objects::PersistentVolumeClaim> || std::is_same_v<T, objects::PersistentVolume>;

}  // namespace snaptrail::controller
