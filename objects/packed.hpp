#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "objects/types.hpp"

/// Objects as a few bytes: what kinds with hundreds of thousands of objects are kept as. Only what differs from an empty object
/// is there; times are distances, interned values numbers, a UUID in a text its 16 bytes. The bytes are users of the interned
/// values in them, so each packing ends in one take(). They are of this process alone. No field can be left out: all of a type
/// are walked by reflection. Thread-safe for different bytes.
namespace snaptrail::objects {

/// The kinds that can be packed.
template <class T>
inline constexpr bool kIsPacked = std::same_as<T, VolumeSnapshot> || std::same_as<T, VolumeSnapshotContent> ||
                                  std::same_as<T, PersistentVolumeClaim> || std::same_as<T, PersistentVolume>;

/// Appends an object to `out`.
template <class T>
void pack(const T& object, std::string& out);

/// Reads what pack() wrote into an object of any content, whose memory is used again.
template <class T>
void unpack(const char* bytes, T& object);

/// As unpack(), for the last time: the object becomes the user of the interned values in place of the bytes.
template <class T>
void take(const char* bytes, T& object);

// What is asked of an object before it is worth to be unpacked.

template <class T>
Uid packed_uid(const char* bytes);

struct PackedName {
  std::string_view ns;
  std::string_view name;
};
/// Views into the bytes or `scratch`, valid until either changes.
template <class T>
PackedName packed_name(const char* bytes, std::string& scratch);

template <class T>
std::string packed_resource_version(const char* bytes);

}  // namespace snaptrail::objects
