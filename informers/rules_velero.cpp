#include "informers/rules.hpp"

/// The kinds of velero.io, and OADP's around them.
namespace snaptrail::informers::rules {
namespace {

using objects::Backup;
using objects::BackupStorageLocation;
using objects::DataDownload;
using objects::DataUpload;
using objects::DeleteBackupRequest;
using objects::NonAdminBackup;
using objects::ObjectRef;
using objects::PodVolumeBackup;
using objects::Restore;
using objects::Schedule;

template <class T>
void add_progress(Tree& tree, NodeId root) {
  tree.at({"status", "phase"}, root).set = symbol<&T::phase>;
  tree.at({"status", "startTimestamp"}, root).set = time<&T::started>;
  tree.at({"status", "completionTimestamp"}, root).set = time<&T::completed>;
}

/// A Go duration as Velero writes them: whole numbers with h, m, s (`1h30m0s`). Anything else is 0.
objects::Millis go_duration(std::string_view text) {
  objects::Millis total{0};
  std::int64_t number = -1;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      number = (number < 0 ? 0 : number) * 10 + (c - '0');
      if (number > 1'000'000) return objects::Millis{0};
      continue;
    }
    const std::int64_t unit = c == 'h' ? 3'600'000 : c == 'm' ? 60'000 : c == 's' ? 1'000 : 0;
    if (unit == 0 || number < 0) return objects::Millis{0};
    total += objects::Millis{number * unit};
    number = -1;
  }
  return number < 0 ? total : objects::Millis{0};
}

// ---- which claims a Backup takes ----

void mark_selective(Draft& draft) { field<&Backup::selective>(draft) = true; }

/// Whether a resource that a Backup names is one without which a claim is left out of it.
bool concerns_claims(std::string_view resource) {
  return resource.starts_with("persistentvolume") || resource == "pvc" || resource == "pv" || resource == "*";
}

void excluded_resource(Draft& draft, const Scalar& value) {
  if (concerns_claims(value.text)) mark_selective(draft);
}

void included_resource(Draft& draft, const Scalar& value) {
  if (value.type == Scalar::Type::Text && value.text != "*") mark_selective(draft);
}

/// Something that only narrows: an object, or a list with elements.
void narrowing(Draft& draft, const Scalar& value) {
  if (value.type != Scalar::Type::Null) mark_selective(draft);
}

void add_selection(Tree& tree, NodeId spec) {
  add_symbols<&Backup::included_namespaces>(tree, {"includedNamespaces"}, spec);
  add_symbols<&Backup::excluded_namespaces>(tree, {"excludedNamespaces"}, spec);
  for (const std::string_view list : {"includedResources", "includedNamespaceScopedResources"}) {
    tree.at({list, Tree::kEach}, spec).set = included_resource;
  }
  for (const std::string_view list :
       {"excludedResources", "excludedNamespaceScopedResources", "excludedClusterScopedResources"}) {
    tree.at({list, Tree::kEach}, spec).set = excluded_resource;
  }
  tree.at({"labelSelector"}, spec).set = narrowing;
  tree.at({"orLabelSelectors", Tree::kEach}, spec).set = narrowing;
  tree.at({"resourcePolicy"}, spec).set = narrowing;
  tree.at({"snapshotVolumes"}, spec).set = [](Draft& draft, const Scalar& value) {
    if (value.type == Scalar::Type::Bool && !value.boolean) mark_selective(draft);
  };
}

}  // namespace

void add_backup(Tree& tree, NodeId root) {
  add_progress<Backup>(tree, root);
  tree.at({"status", "expiration"}, root).set = time<&Backup::expires>;
  tree.at({"spec", "csiSnapshotTimeout"}, root).set = [](Draft& draft, const Scalar& value) {
    field<&Backup::csi_snapshot_timeout>(draft) = go_duration(value.text);
  };
  tree.at({"spec", "storageLocation"}, root).set = symbol<&Backup::storage_location>;
  add_selection(tree, tree.id({"spec"}, root));

  // migtools/oadp-non-admin, internal/common/constant
  const NodeId annotations = tree.id({"metadata", kAnnotations}, root);
  tree.at({"openshift.io/oadp-nab-origin-namespace"}, annotations).set = [](Draft& draft, const Scalar& value) {
    draft.reference.ns = value.text;
  };
  tree.at({"openshift.io/oadp-nab-origin-name"}, annotations).set = [](Draft& draft, const Scalar& value) {
    draft.reference.name = value.text;
  };
}

void finish_backup(Draft& draft) {
  if (draft.reference.name.empty()) return;
  field<&Backup::non_admin_origin>(draft) = draft.symbols.of(draft.reference.ns + "/" + draft.reference.name);
}

void add_restore(Tree& tree, NodeId root) {
  add_progress<Restore>(tree, root);
  tree.at({"spec", "backupName"}, root).set = text<&Restore::backup_name>;
}

void add_backup_location(Tree& tree, NodeId root) {
  tree.at({"spec", "default"}, root).set = boolean<&BackupStorageLocation::is_default>;
  tree.at({"spec", "accessMode"}, root).set = [](Draft& draft, const Scalar& value) {
    field<&BackupStorageLocation::read_only>(draft) = value.text == "ReadOnly";
  };
  tree.at({"status", "phase"}, root).set = symbol<&BackupStorageLocation::phase>;
  tree.at({"status", "lastValidationTime"}, root).set = time<&BackupStorageLocation::validated>;
  tree.at({"status", "message"}, root).set = text<&BackupStorageLocation::message>;
}

void add_schedule(Tree& tree, NodeId root) {
  tree.at({"spec", "schedule"}, root).set = text<&Schedule::cron>;
  tree.at({"spec", "paused"}, root).set = boolean<&Schedule::paused>;
  tree.at({"status", "phase"}, root).set = symbol<&Schedule::phase>;
  tree.at({"status", "lastBackup"}, root).set = time<&Schedule::last_backup>;
}

void add_delete_request(Tree& tree, NodeId root) {
  tree.at({"spec", "backupName"}, root).set = text<&DeleteBackupRequest::backup_name>;
  tree.at({"status", "phase"}, root).set = symbol<&DeleteBackupRequest::phase>;
}

void add_data_upload(Tree& tree, NodeId root) {
  add_progress<DataUpload>(tree, root);
  tree.at({"spec", "sourceNamespace"}, root).set = symbol<&DataUpload::claim, &ObjectRef::ns>;
  tree.at({"spec", "sourcePVC"}, root).set = text<&DataUpload::claim, &ObjectRef::name>;
  tree.at({"spec", "csiSnapshot", "volumeSnapshot"}, root).set = text<&DataUpload::snapshot>;
  tree.at({"spec", "csiSnapshot", "driver"}, root).set = symbol<&DataUpload::driver>;
  tree.at({"status", "snapshotID"}, root).set = text<&DataUpload::snapshot_id>;
  tree.at({"status", "message"}, root).set = text<&DataUpload::message>;
}

void add_data_download(Tree& tree, NodeId root) {
  add_progress<DataDownload>(tree, root);
  tree.at({"spec", "targetVolume", "namespace"}, root).set = symbol<&DataDownload::claim, &ObjectRef::ns>;
  tree.at({"spec", "targetVolume", "pvc"}, root).set = text<&DataDownload::claim, &ObjectRef::name>;
  tree.at({"spec", "snapshotID"}, root).set = text<&DataDownload::snapshot_id>;
  tree.at({"status", "message"}, root).set = text<&DataDownload::message>;
}

void add_pod_volume_backup(Tree& tree, NodeId root) {
  add_progress<PodVolumeBackup>(tree, root);
  tree.at({"spec", "pod", "namespace"}, root).set = symbol<&PodVolumeBackup::claim, &ObjectRef::ns>;
  tree.at({"metadata", kAnnotations, "velero.io/pvc-name"}, root).set = text<&PodVolumeBackup::claim, &ObjectRef::name>;
  tree.at({"metadata", kLabels, "velero.io/pvc-uid"}, root).set = uid<&PodVolumeBackup::claim, &ObjectRef::uid>;
  tree.at({"status", "snapshotID"}, root).set = text<&PodVolumeBackup::snapshot_id>;
  tree.at({"status", "message"}, root).set = text<&PodVolumeBackup::message>;
}

void add_non_admin_backup(Tree& tree, NodeId root) {
  tree.at({"status", "phase"}, root).set = symbol<&NonAdminBackup::phase>;
  tree.at({"status", "veleroBackup", "name"}, root).set = text<&NonAdminBackup::velero_backup>;
}

}  // namespace snaptrail::informers::rules
