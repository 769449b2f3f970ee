#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "objects/row.hpp"
#include "reconcilers/cluster_view.hpp"
#include "reconcilers/relation_index.hpp"

namespace snaptrail::reconcilers {

/// What a row says of the objects around its own (docs/states.md, "Fields of a row"). Empty where unknown.
struct Relations {
  std::string chain;
  std::string content;
  objects::Uid content_uid;
  objects::Uid claim_uid;
  objects::DeletionPolicy policy = objects::DeletionPolicy::None;
  std::string driver;
  std::string class_name;
  std::string snapshot_handle;
  std::string volume_handle;
  objects::Initiator initiator;  ///< of type "" where none is known

  /// Takes what is missing from another account of the same initiator, or all of it where none is known.
  void fill_initiator(const objects::Initiator& other);
  /// Takes from `other` what is empty here.
  void fill_from(const Relations& other);
};

/// What related objects said before they went, by the UID of the object that remembers it. Only objects that lost a
/// relative, and claims restored from a snapshot, have an entry.
using RelationMemory = std::unordered_map<objects::Uid, Relations>;

/// Finds an object's relations in the cluster as it is now, and in memory what is no longer there. One thread;
/// lifetime: as its three sources.
class RelationFinder {
 public:
  RelationFinder(const ClusterView& view, const RelationIndex& index, const RelationMemory& memory)
      : view_(view), index_(index), memory_(memory) {}

  Relations of(const objects::VolumeSnapshot& snapshot) const;
  Relations of(const objects::VolumeSnapshotContent& content) const;
  Relations of(const objects::PersistentVolumeClaim& claim) const;
  Relations of(const objects::PersistentVolume& volume) const;

  /// The content that belongs to a snapshot: bound, else named by its source, else found by its reference; null if that is
  /// not there or belongs to another.
  objects::Held<objects::VolumeSnapshotContent> content_of(const objects::VolumeSnapshot& snapshot) const;
  /// The name of that content, also when it is not there.
  std::string content_name_of(const objects::VolumeSnapshot& snapshot) const;
  /// The snapshot that a content belongs to; null if it is not there.
  objects::Held<objects::VolumeSnapshot> snapshot_of(const objects::VolumeSnapshotContent& content) const;

 private:
  const Relations* remembered(const objects::Uid& uid) const;
  void add_content(Relations& relations, const objects::VolumeSnapshotContent& content) const;

  const ClusterView& view_;
  const RelationIndex& index_;
  const RelationMemory& memory_;
};

}  // namespace snaptrail::reconcilers
