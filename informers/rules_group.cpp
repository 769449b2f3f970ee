#include "informers/rules.hpp"

/// The kinds of groupsnapshot.storage.k8s.io, v1beta1 to v1, which name all but the group's members alike.
namespace snaptrail::informers::rules {
namespace {

using objects::ObjectRef;
using objects::VolumeGroupSnapshot;
using objects::VolumeGroupSnapshotClass;
using objects::VolumeGroupSnapshotContent;
using Member = VolumeGroupSnapshotContent::Member;

std::vector<Member>& members(Draft& draft) { return field<&VolumeGroupSnapshotContent::members>(draft); }

void add_members(Tree& tree, NodeId list) {
  auto& array = tree.at({}, list);
  array.enter = [](Draft& draft) { members(draft).clear(); };
  const NodeId member = tree.id({Tree::kEach}, list);
  tree.at({}, member).enter = [](Draft& draft) { members(draft).emplace_back(); };
  tree.at({"snapshotHandle"}, member).set = [](Draft& draft, const Scalar& value) {
    members(draft).back().snapshot_handle = value.text;
  };
  tree.at({"volumeHandle"}, member).set = [](Draft& draft, const Scalar& value) {
    members(draft).back().volume_handle = value.text;
  };
}

}  // namespace

void add_group_snapshot(Tree& tree, NodeId root) {
  tree.at({"spec", "source", "volumeGroupSnapshotContentName"}, root).set = text<&VolumeGroupSnapshot::source_content>;
  tree.at({"spec", "volumeGroupSnapshotClassName"}, root).set = symbol<&VolumeGroupSnapshot::class_name>;
  tree.at({"status", "boundVolumeGroupSnapshotContentName"}, root).set = text<&VolumeGroupSnapshot::bound_content>;
  tree.at({"status", "readyToUse"}, root).set = ready<&VolumeGroupSnapshot::ready>;
  tree.at({"status", "creationTime"}, root).set = time<&VolumeGroupSnapshot::cut>;
  add_error<VolumeGroupSnapshot>(tree, root);
}

void add_group_content(Tree& tree, NodeId root) {
  tree.at({"spec", "deletionPolicy"}, root).set = policy<&VolumeGroupSnapshotContent::policy>;
  tree.at({"spec", "driver"}, root).set = symbol<&VolumeGroupSnapshotContent::driver>;
  tree.at({"spec", "volumeGroupSnapshotClassName"}, root).set = symbol<&VolumeGroupSnapshotContent::class_name>;

  const NodeId reference = tree.id({"spec", "volumeGroupSnapshotRef"}, root);
  constexpr auto kGroupSnapshot = &VolumeGroupSnapshotContent::group_snapshot;
  tree.at({"namespace"}, reference).set = symbol<kGroupSnapshot, &ObjectRef::ns>;
  tree.at({"name"}, reference).set = text<kGroupSnapshot, &ObjectRef::name>;
  tree.at({"uid"}, reference).set = uid<kGroupSnapshot, &ObjectRef::uid>;

  tree.at({"spec", "source", "groupSnapshotHandles", "volumeGroupSnapshotHandle"}, root).set =
      text<&VolumeGroupSnapshotContent::source_group_handle>;
  tree.at({"status", "volumeGroupSnapshotHandle"}, root).set = text<&VolumeGroupSnapshotContent::group_handle>;
  add_members(tree, tree.id({"status", "volumeSnapshotInfoList"}, root));
  add_members(tree, tree.id({"status", "volumeSnapshotHandlePairList"}, root));
  tree.at({"status", "readyToUse"}, root).set = ready<&VolumeGroupSnapshotContent::ready>;
  tree.at({"status", "creationTime"}, root).set = time<&VolumeGroupSnapshotContent::cut>;
  add_error<VolumeGroupSnapshotContent>(tree, root);
}

void add_group_class(Tree& tree, NodeId root) {
  tree.at({"driver"}, root).set = symbol<&VolumeGroupSnapshotClass::driver>;
  tree.at({"deletionPolicy"}, root).set = policy<&VolumeGroupSnapshotClass::policy>;
  tree.at({"metadata", kAnnotations, "groupsnapshot.storage.kubernetes.io/is-default-class"}, root).set =
      flag<&VolumeGroupSnapshotClass::is_default>;
}

}  // namespace snaptrail::informers::rules
