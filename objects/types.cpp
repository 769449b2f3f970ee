#include "objects/types.hpp"

namespace snaptrail::objects {

const Meta& meta_of(const Object& object) {
  return std::visit([](const auto& typed) -> const Meta& { return typed.meta; }, object);
}

Meta& meta_of(Object& object) {
  return std::visit([](auto& typed) -> Meta& { return typed.meta; }, object);
}

Object make_object(Kind kind) {
  switch (kind) {
    case Kind::VolumeSnapshot: return VolumeSnapshot{};
    case Kind::VolumeSnapshotContent: return VolumeSnapshotContent{};
    case Kind::VolumeSnapshotClass: return VolumeSnapshotClass{};
    case Kind::PersistentVolumeClaim: return PersistentVolumeClaim{};
    case Kind::PersistentVolume: return PersistentVolume{};
    case Kind::StorageClass: return StorageClass{};
    case Kind::Namespace: return Namespace{};
    case Kind::Event: return Event{};
    case Kind::Backup: return Backup{};
    case Kind::Restore: return Restore{};
  }
  return VolumeSnapshot{};
}

}  // namespace snaptrail::objects
