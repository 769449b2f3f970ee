#include <chrono>

#include "informers/quantity.hpp"
#include "informers/rules.hpp"

/// The kinds of snapshot.storage.k8s.io/v1.
namespace snaptrail::informers::rules {
namespace {

using objects::ObjectRef;
using objects::VolumeSnapshot;
using objects::VolumeSnapshotClass;
using objects::VolumeSnapshotContent;

/// A content's status.creationTime: nanoseconds since 1970 (VolumeSnapshotContentStatus of external-snapshotter).
void content_cut(Draft& draft, const Scalar& value) {
  objects::MaybeInstant cut;
  if (value.type == Scalar::Type::Integer && value.integer > 0) {
    cut = objects::Instant(std::chrono::floor<objects::Millis>(std::chrono::nanoseconds(value.integer)));
  }
  field<&VolumeSnapshotContent::cut>(draft) = cut;
}

}  // namespace

void add_snapshot(Tree& tree, NodeId root) {
  tree.at({"spec", "source", "persistentVolumeClaimName"}, root).set = text<&VolumeSnapshot::source_claim>;
  tree.at({"spec", "source", "volumeSnapshotContentName"}, root).set = text<&VolumeSnapshot::source_content>;
  tree.at({"spec", "volumeSnapshotClassName"}, root).set = symbol<&VolumeSnapshot::class_name>;
  tree.at({"status", "boundVolumeSnapshotContentName"}, root).set = text<&VolumeSnapshot::bound_content>;
  tree.at({"status", "readyToUse"}, root).set = ready<&VolumeSnapshot::ready>;
  tree.at({"status", "creationTime"}, root).set = time<&VolumeSnapshot::cut>;
  tree.at({"status", "restoreSize"}, root).set = [](Draft& draft, const Scalar& value) {
    const bool whole = value.type == Scalar::Type::Integer && value.integer >= 0;  // quantities may be numbers
    field<&VolumeSnapshot::restore_size>(draft) = whole ? value.integer : parse_quantity(value.text).value_or(-1);
  };
  tree.at({"status", "volumeGroupSnapshotName"}, root).set = symbol<&VolumeSnapshot::group>;
  add_error<VolumeSnapshot>(tree, root);
}

void add_content(Tree& tree, NodeId root) {
  tree.at({"spec", "deletionPolicy"}, root).set = policy<&VolumeSnapshotContent::policy>;
  tree.at({"spec", "driver"}, root).set = symbol<&VolumeSnapshotContent::driver>;
  tree.at({"spec", "volumeSnapshotClassName"}, root).set = symbol<&VolumeSnapshotContent::class_name>;

  const NodeId reference = tree.id({"spec", "volumeSnapshotRef"}, root);
  constexpr auto kSnapshot = &VolumeSnapshotContent::snapshot;
  tree.at({"namespace"}, reference).set = symbol<kSnapshot, &ObjectRef::ns>;
  tree.at({"name"}, reference).set = text<kSnapshot, &ObjectRef::name>;
  tree.at({"uid"}, reference).set = uid<kSnapshot, &ObjectRef::uid>;

  tree.at({"spec", "source", "volumeHandle"}, root).set = text<&VolumeSnapshotContent::source_volume_handle>;
  tree.at({"spec", "source", "snapshotHandle"}, root).set = text<&VolumeSnapshotContent::source_snapshot_handle>;
  tree.at({"status", "snapshotHandle"}, root).set = text<&VolumeSnapshotContent::snapshot_handle>;
  tree.at({"status", "readyToUse"}, root).set = ready<&VolumeSnapshotContent::ready>;
  tree.at({"status", "creationTime"}, root).set = content_cut;
  tree.at({"status", "restoreSize"}, root).set = size<&VolumeSnapshotContent::restore_size>;
  add_error<VolumeSnapshotContent>(tree, root);

  const NodeId annotations = tree.id({"metadata", kAnnotations}, root);
  tree.at({"snapshot.storage.kubernetes.io/volumesnapshot-being-created"}, annotations).set =
      present<&VolumeSnapshotContent::being_created>;
  tree.at({"snapshot.storage.kubernetes.io/volumesnapshot-being-deleted"}, annotations).set =
      present<&VolumeSnapshotContent::being_deleted>;
}

void add_snapshot_class(Tree& tree, NodeId root) {
  tree.at({"driver"}, root).set = symbol<&VolumeSnapshotClass::driver>;
  tree.at({"deletionPolicy"}, root).set = policy<&VolumeSnapshotClass::policy>;
  tree.at({"metadata", kAnnotations, "snapshot.storage.kubernetes.io/is-default-class"}, root).set =
      flag<&VolumeSnapshotClass::is_default>;
  // Velero chooses a class by the label's presence, whatever its value.
  tree.at({"metadata", kLabels, "velero.io/csi-volumesnapshot-class"}, root).set =
      present<&VolumeSnapshotClass::velero_marked>;
}

}  // namespace snaptrail::informers::rules
