#include "reconcilers/relations.hpp"

#include "reconcilers/chain.hpp"
#include "reconcilers/states.hpp"

namespace snaptrail::reconcilers {
namespace {

void fill(std::string& field, std::string_view value) {
  if (field.empty()) field = value;
}

/// Whom an object's own marks name: Velero, whose copies of other tools' objects keep their marks, before all others.
objects::Initiator marked(const objects::Meta& meta) {
  const std::string& backup = meta.velero.backup.get();
  const std::string& restore = meta.velero.restore.get();
  if (backup.empty() && restore.empty()) return meta.initiator.get();
  return {"velero", backup, restore};
}

bool refers_to(const objects::VolumeSnapshotContent& content, const objects::VolumeSnapshot& snapshot) {
  if (content.snapshot.uid) return content.snapshot.uid == snapshot.meta.uid;
  return content.snapshot.ns == snapshot.meta.ns && content.snapshot.name == snapshot.meta.name;
}

}  // namespace

void Relations::fill_initiator(const objects::Initiator& other) {
  if (initiator.type.empty()) initiator.type = other.type;
  if (initiator.type != other.type) return;
  fill(initiator.backup, other.backup);
  fill(initiator.restore, other.restore);
}

void Relations::fill_from(const Relations& other) {
  fill(chain, other.chain);
  fill(content, other.content);
  if (!content_uid) content_uid = other.content_uid;
  if (!claim_uid) claim_uid = other.claim_uid;
  if (policy == objects::DeletionPolicy::None) policy = other.policy;
  fill(driver, other.driver);
  fill(class_name, other.class_name);
  fill(snapshot_handle, other.snapshot_handle);
  fill(volume_handle, other.volume_handle);
  fill_initiator(other.initiator);
}

const Relations* RelationFinder::remembered(const objects::Uid& uid) const {
  const auto found = memory_.find(uid);
  return found == memory_.end() ? nullptr : &found->second;
}

objects::Held<objects::VolumeSnapshotContent> RelationFinder::content_of(
    const objects::VolumeSnapshot& snapshot) const {
  const std::string& name = !snapshot.bound_content.empty() ? snapshot.bound_content : snapshot.source_content;
  if (!name.empty()) {
    const auto content = view_.content(name);
    return content && refers_to(*content, snapshot) ? content : nullptr;
  }
  for (const auto& uid : index_.contents_of(snapshot.meta.uid)) {
    if (const auto content = view_.content(uid)) return content;
  }
  return nullptr;
}

std::string RelationFinder::content_name_of(const objects::VolumeSnapshot& snapshot) const {
  if (!snapshot.bound_content.empty()) return snapshot.bound_content;
  if (!snapshot.source_content.empty()) return snapshot.source_content;
  const auto content = content_of(snapshot);
  return content ? content->meta.name : std::string();
}

objects::Held<objects::VolumeSnapshot> RelationFinder::snapshot_of(
    const objects::VolumeSnapshotContent& content) const {
  if (content.snapshot.uid) return view_.snapshot(content.snapshot.uid);
  const auto snapshot = view_.snapshot(content.snapshot.ns.get(), content.snapshot.name);
  return snapshot && snapshot->source_content == content.meta.name ? snapshot : nullptr;
}

void RelationFinder::add_content(Relations& relations, const objects::VolumeSnapshotContent& content) const {
  relations.content = content.meta.name;
  relations.content_uid = content.meta.uid;
  relations.policy = content.policy;
  relations.driver = content.driver.get();
  relations.snapshot_handle = content.snapshot_handle;
  if (const auto* memory = remembered(content.meta.uid)) fill(relations.snapshot_handle, memory->snapshot_handle);
  fill(relations.snapshot_handle, content.source_snapshot_handle);
  relations.volume_handle = content.source_volume_handle;
}

Relations RelationFinder::of(const objects::VolumeSnapshot& snapshot) const {
  Relations relations;
  relations.chain = chain_of(snapshot);
  relations.class_name = snapshot.class_name.get();
  relations.initiator = marked(snapshot.meta);
  if (const auto content = content_of(snapshot)) {
    add_content(relations, *content);
    fill(relations.class_name, content->class_name.get());
  }
  if (const auto* memory = remembered(snapshot.meta.uid)) relations.fill_from(*memory);
  fill(relations.content, content_name_of(snapshot));
  if (!snapshot.source_claim.empty() && (!relations.claim_uid || relations.volume_handle.empty())) {
    const std::string& ns = snapshot.meta.ns.get();
    if (!relations.claim_uid) relations.claim_uid = view_.claim_uid(ns, snapshot.source_claim);
    if (relations.volume_handle.empty()) {
      const auto claim = view_.claim(ns, snapshot.source_claim);
      const auto volume = claim ? view_.volume(claim->volume_name) : nullptr;
      if (volume) relations.volume_handle = volume->volume_handle;
    }
  }
  if (relations.driver.empty()) {
    const auto* snapshot_class = view_.snapshot_class(snapshot.class_name.get());
    if (snapshot_class) relations.driver = snapshot_class->driver.get();
  }
  return relations;
}

Relations RelationFinder::of(const objects::VolumeSnapshotContent& content) const {
  Relations relations;
  add_content(relations, content);
  relations.chain = chain_of(content);
  relations.class_name = content.class_name.get();
  relations.initiator = marked(content.meta);
  if (const auto snapshot = snapshot_of(content)) {
    const Relations its = of(*snapshot);
    if (!relations.claim_uid) relations.claim_uid = its.claim_uid;
    relations.fill_initiator(its.initiator);
  }
  if (const auto* memory = remembered(content.meta.uid)) relations.fill_from(*memory);
  return relations;
}

Relations RelationFinder::of(const objects::PersistentVolumeClaim& claim) const {
  Relations relations;
  relations.claim_uid = claim.meta.uid;
  relations.class_name = claim.storage_class.get();
  relations.initiator = marked(claim.meta);
  if (const auto volume = view_.volume(claim.volume_name)) {
    relations.driver = volume->driver.get();
    relations.volume_handle = volume->volume_handle;
  }
  const auto* memory = remembered(claim.meta.uid);
  if (is_restore(claim)) {
    if (memory) relations.chain = memory->chain;
    if (const auto source = view_.snapshot(claim.source.ns.get(), claim.source.name)) {
      const Relations its = of(*source);
      if (!source->source_content.empty()) fill(relations.chain, its.chain);
      relations.content = its.content;
      relations.content_uid = its.content_uid;
      relations.policy = its.policy;
      relations.snapshot_handle = its.snapshot_handle;
    }
    fill(relations.chain, claim.meta.uid.str());
  }
  if (memory) relations.fill_from(*memory);
  fill(relations.driver, claim.provisioner.get());
  if (relations.driver.empty()) {
    const auto* storage_class = view_.storage_class(claim.storage_class.get());
    if (storage_class) relations.driver = storage_class->provisioner.get();
  }
  return relations;
}

Relations RelationFinder::of(const objects::PersistentVolume& volume) const {
  Relations relations;
  relations.driver = volume.driver.get();
  relations.class_name = volume.storage_class.get();
  relations.volume_handle = volume.volume_handle;
  relations.claim_uid = volume.claim.uid;
  const auto claim = volume.claim.uid ? view_.claim(volume.claim.uid) : nullptr;
  if (claim) {
    const Relations its = of(*claim);
    relations.initiator = its.initiator;
    if (is_restore(*claim)) {
      relations.chain = its.chain;
      relations.content = its.content;
      relations.content_uid = its.content_uid;
      relations.snapshot_handle = its.snapshot_handle;
    }
  }
  if (const auto* memory = remembered(volume.meta.uid)) relations.fill_from(*memory);
  return relations;
}

}  // namespace snaptrail::reconcilers
