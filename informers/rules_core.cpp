#include "informers/rules.hpp"
#include "objects/own_reporter.hpp"

/// The kinds of the core group and storage.k8s.io/v1.
namespace snaptrail::informers::rules {
namespace {

using objects::ClaimPhase;
using objects::Event;
using objects::Namespace;
using objects::ObjectRef;
using objects::PersistentVolume;
using objects::PersistentVolumeClaim;
using objects::StorageClass;
using objects::VolumePhase;

/// spec.dataSource or spec.dataSourceRef.
template <Draft::DataSource Draft::*Source>
void add_source(Tree& tree, NodeId node) {
  tree.at({}, node).enter = [](Draft& draft) {
    draft.*Source = Draft::DataSource();
    (draft.*Source).present = true;
  };
  tree.at({}, node).set = [](Draft& draft, const Scalar&) { draft.*Source = Draft::DataSource(); };
  tree.at({"kind"}, node).set = [](Draft& draft, const Scalar& value) {
    (draft.*Source).kind = value.text == "VolumeSnapshot";
  };
  tree.at({"apiGroup"}, node).set = [](Draft& draft, const Scalar& value) {
    (draft.*Source).group = value.text == kSnapshotGroup;
  };
  tree.at({"name"}, node).set = [](Draft& draft, const Scalar& value) { (draft.*Source).name = value.text; };
  tree.at({"namespace"}, node).set = [](Draft& draft, const Scalar& value) { (draft.*Source).ns = value.text; };
}

void claim_phase(Draft& draft, const Scalar& value) {
  field<&PersistentVolumeClaim::phase>(draft) = value.text == "Bound"     ? ClaimPhase::Bound
                                                : value.text == "Pending" ? ClaimPhase::Pending
                                                : value.text == "Lost"    ? ClaimPhase::Lost
                                                                          : ClaimPhase::None;
}

void volume_phase(Draft& draft, const Scalar& value) {
  field<&PersistentVolume::phase>(draft) = value.text == "Bound"       ? VolumePhase::Bound
                                           : value.text == "Released"  ? VolumePhase::Released
                                           : value.text == "Available" ? VolumePhase::Available
                                           : value.text == "Pending"   ? VolumePhase::Pending
                                           : value.text == "Failed"    ? VolumePhase::Failed
                                                                       : VolumePhase::None;
}

/// When an event happened last, the most telling member first: Draft::event_times by index.
template <std::size_t Index>
void event_time(Draft& draft, const Scalar& value) {
  draft.event_times[Index] = draft.times.of(value.text);
}

std::optional<std::int64_t> count_of(const Scalar& value) {
  if (value.type != Scalar::Type::Integer || value.integer < 0) return std::nullopt;
  return value.integer;
}

}  // namespace

void add_claim(Tree& tree, NodeId root) {
  tree.at({"spec", "storageClassName"}, root).set = symbol<&PersistentVolumeClaim::storage_class>;
  tree.at({"spec", "volumeName"}, root).set = text<&PersistentVolumeClaim::volume_name>;
  tree.at({"status", "phase"}, root).set = claim_phase;
  add_source<&Draft::source>(tree, tree.id({"spec", "dataSource"}, root));
  add_source<&Draft::source_ref>(tree, tree.id({"spec", "dataSourceRef"}, root));

  const NodeId annotations = tree.id({"metadata", kAnnotations}, root);
  tree.at({"volume.kubernetes.io/storage-provisioner"}, annotations).set = symbol<&PersistentVolumeClaim::provisioner>;
  tree.at({"volume.beta.kubernetes.io/storage-provisioner"}, annotations).set = [](Draft& draft, const Scalar& value) {
    draft.beta_provisioner = draft.symbols.of(value.text);
  };
  tree.at({"volume.kubernetes.io/selected-node"}, annotations).set = present<&PersistentVolumeClaim::selected_node>;
  tree.at({"kubectl.kubernetes.io/last-applied-configuration"}, annotations).set = [](Draft& draft,
                                                                                      const Scalar& value) {
    field<&PersistentVolumeClaim::applied_from_snapshot>(draft) =
        value.text.find(R"("kind":"VolumeSnapshot")") != std::string_view::npos;
  };
  tree.at({"snaptrail.io/rpo"}, annotations).set = symbol<&PersistentVolumeClaim::rpo>;
  tree.at({"metadata", kLabels, "velero.io/exclude-from-backup"}, root).set =
      flag<&PersistentVolumeClaim::excluded_from_backup>;
}

void finish_claim(Draft& draft) {
  auto& claim = *static_cast<PersistentVolumeClaim*>(draft.typed);
  if (claim.provisioner.get().empty()) claim.provisioner = draft.beta_provisioner;

  // dataSourceRef decides where it stands (KEP-1495); dataSource is its older form.
  const Draft::DataSource& source = draft.source_ref.present ? draft.source_ref : draft.source;
  if (!source.kind || !source.group || source.name.empty()) return;
  claim.source.name = source.name;
  // Only dataSourceRef may lead into another namespace (KEP-3294).
  const bool elsewhere = draft.source_ref.present && !source.ns.empty();
  claim.source.ns = elsewhere ? draft.symbols.of(source.ns) : claim.meta.ns;
}

void add_volume(Tree& tree, NodeId root) {
  tree.at({"status", "phase"}, root).set = volume_phase;
  tree.at({"status", "lastPhaseTransitionTime"}, root).set = time<&PersistentVolume::phase_since>;
  const NodeId reference = tree.id({"spec", "claimRef"}, root);
  tree.at({"namespace"}, reference).set = symbol<&PersistentVolume::claim, &ObjectRef::ns>;
  tree.at({"name"}, reference).set = text<&PersistentVolume::claim, &ObjectRef::name>;
  tree.at({"uid"}, reference).set = uid<&PersistentVolume::claim, &ObjectRef::uid>;
  tree.at({"spec", "csi", "driver"}, root).set = symbol<&PersistentVolume::driver>;
  tree.at({"spec", "csi", "volumeHandle"}, root).set = text<&PersistentVolume::volume_handle>;
  tree.at({"spec", "storageClassName"}, root).set = symbol<&PersistentVolume::storage_class>;
}

void add_storage_class(Tree& tree, NodeId root) {
  tree.at({"provisioner"}, root).set = symbol<&StorageClass::provisioner>;
  tree.at({"volumeBindingMode"}, root).set = [](Draft& draft, const Scalar& value) {
    field<&StorageClass::wait_for_first_consumer>(draft) = value.text == "WaitForFirstConsumer";
  };
  tree.at({"metadata", kAnnotations, "storageclass.kubernetes.io/is-default-class"}, root).set =
      flag<&StorageClass::is_default>;
}

void add_namespace(Tree& tree, NodeId root) {
  tree.at({"metadata", kAnnotations, "snaptrail.io/rpo"}, root).set = symbol<&Namespace::rpo>;
}

void add_event(Tree& tree, NodeId root) {
  const NodeId about = tree.id({"involvedObject"}, root);
  tree.at({"kind"}, about).set = symbol<&Event::about_kind>;
  tree.at({"namespace"}, about).set = symbol<&Event::about, &ObjectRef::ns>;
  tree.at({"name"}, about).set = text<&Event::about, &ObjectRef::name>;
  tree.at({"uid"}, about).set = uid<&Event::about, &ObjectRef::uid>;
  tree.at({"type"}, root).set = symbol<&Event::type>;
  tree.at({"reportingComponent"}, root).set = [](Draft& draft, const Scalar& value) {
    draft.own_event = value.text == objects::kOwnReporter;
  };

  tree.at({"count"}, root).set = [](Draft& draft, const Scalar& value) { draft.count = count_of(value); };
  tree.at({"series", "count"}, root).set = [](Draft& draft, const Scalar& value) {
    draft.series_count = count_of(value);
  };
  tree.at({"lastTimestamp"}, root).set = event_time<0>;
  tree.at({"series", "lastObservedTime"}, root).set = event_time<1>;
  tree.at({"eventTime"}, root).set = event_time<2>;
  tree.at({"firstTimestamp"}, root).set = event_time<3>;
}

void finish_event(Draft& draft) {
  auto& event = *static_cast<Event*>(draft.typed);
  event.reason = draft.symbols.of(draft.reason);
  event.message = draft.message;
  event.count = draft.count ? *draft.count : draft.series_count.value_or(0);
  event.last = event.meta.created;
  for (auto at = draft.event_times.rbegin(); at != draft.event_times.rend(); ++at) {
    if (*at) event.last = *at;
  }
  // An Event about no object is evidence for nothing.
  if (draft.own_event) {
    event.about = ObjectRef();
    event.about_kind = draft.symbols.of({});
  }
}

}  // namespace snaptrail::informers::rules
