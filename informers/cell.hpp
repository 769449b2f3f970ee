#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "objects/held.hpp"
#include "objects/packed.hpp"
#include "objects/types.hpp"

/// What a store keeps of one object: in one of two forms that differ in bytes and time, and in nothing else.
namespace snaptrail::informers {

/// What a store notes of an object.
struct Stamp {
  std::uint32_t generation = 0;  ///< how many lists had begun when it was named last
  std::uint32_t history = 0;     ///< that its resourceVersion belongs to
};

/// What an object is found by; views into it, or into the scratch that was given.
struct NameKey {
  std::string_view ns;
  std::string_view name;
  friend bool operator==(const NameKey&, const NameKey&) = default;
};

/// As it is: of kinds that have few objects, and many who look through them all.
template <class T>
class PlainCell {
 public:
  using Ptr = std::unique_ptr<PlainCell>;

  static Ptr make(const objects::Held<T>& object, Stamp stamp) { return Ptr(new PlainCell(object, stamp)); }
  /// The object, out of its cell.
  static T take(Ptr cell) { return *cell->object_; }

  const objects::Uid& uid() const { return object_->meta.uid; }
  NameKey key(std::string& /*scratch*/) const { return {object_->meta.ns.get(), object_->meta.name}; }
  const std::string& resource_version() const { return object_->meta.resource_version; }
  objects::MaybeInstant created() const { return object_->meta.created; }
  objects::Held<T> held() const { return object_; }
  const T& read(T& /*spare*/) const { return *object_; }

  Stamp stamp;

 private:
  PlainCell(objects::Held<T> object, Stamp of) : stamp(of), object_(std::move(object)) {}

  objects::Held<T> object_;
};

/// Packed, in one allocation: of kinds that have hundreds of thousands.
template <class T>
class PackedCell {
 public:
  struct Delete {
    void operator()(PackedCell* cell) const { take(Ptr(cell)); }  // ends its use of interned values
  };
  using Ptr = std::unique_ptr<PackedCell, Delete>;

  static Ptr make(const objects::Held<T>& object, Stamp stamp) {
    std::string bytes;
    bytes.reserve(256);
    objects::pack(*object, bytes);
    void* memory = ::operator new(sizeof(PackedCell) + bytes.size());
    std::memcpy(static_cast<char*>(memory) + sizeof(PackedCell), bytes.data(), bytes.size());
    return Ptr(new (memory) PackedCell(stamp));
  }
  static T take(Ptr cell) {
    T object;
    objects::take(cell->bytes(), object);
    ::operator delete(cell.release());
    return object;
  }

  objects::Uid uid() const { return objects::packed_uid<T>(bytes()); }
  NameKey key(std::string& scratch) const {
    const auto name = objects::packed_name<T>(bytes(), scratch);
    return {name.ns, name.name};
  }
  std::string resource_version() const { return objects::packed_resource_version<T>(bytes()); }
  objects::MaybeInstant created() const { return held()->meta.created; }
  objects::Held<T> held() const {
    auto object = std::make_shared<T>();
    objects::unpack(bytes(), *object);
    return object;
  }
  /// In `spare`, whose memory is used again.
  const T& read(T& spare) const {
    objects::unpack(bytes(), spare);
    return spare;
  }

  Stamp stamp;

 private:
  explicit PackedCell(Stamp of) : stamp(of) {}
  const char* bytes() const { return reinterpret_cast<const char*>(this) + sizeof(*this); }
};

template <class T>
using Cell = std::conditional_t<objects::kIsPacked<T>, PackedCell<T>, PlainCell<T>>;

}  // namespace snaptrail::informers
