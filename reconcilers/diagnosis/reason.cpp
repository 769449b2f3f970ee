#include "reconcilers/diagnosis/reason.hpp"

#include <array>
#include <cstddef>

namespace snaptrail::reconcilers {
namespace {

using enum Reason;
using enum Category;
using enum Severity;

// Placeholders: {kind} {ns} {name} of the subject; {driver} {class} {claim} {content} {volume} {storageclass} {backup};
// {blocker_kind} {blocker_ns} {blocker} of the nearest blocking object; {finalizers}. docs/diagnoses.md says the same.
constexpr std::array kCatalogue = {
    ReasonInfo{
        SnapshotControllerAbsent, "SnapshotControllerAbsent", Stuck, Critical,
        "The snapshot-controller doesn't act on the object",
        "Install the snapshot-controller, or see why it doesn't run; one per cluster, whatever the number of drivers.",
        "kubectl get pods,leases -A | grep snapshot-controller"},
    ReasonInfo{ControllerThrottled, "ControllerThrottled", Waiting, Info,
               "Many snapshots at once wait for the snapshot-controller's own rate limit; the driver isn't involved",
               "Nothing to do for this one. Raise the snapshot-controller's --kube-api-qps and --kube-api-burst if "
               "bursts are usual.",
               "kubectl get deployments -A -o wide | grep snapshot-controller"},
    ReasonInfo{SnapshotClassNotFound, "SnapshotClassNotFound", Error, Critical,
               "The VolumeSnapshotClass that is named doesn't exist",
               "Name a class that exists and has the driver of the volume, or create VolumeSnapshotClass {class}.",
               "kubectl get volumesnapshotclasses"},
    ReasonInfo{NoSingleDefaultClass, "NoSingleDefaultClass", Error, Critical,
               "No class is named, and the driver has no default class or several",
               "Give exactly one class of driver {driver} the annotation "
               "snapshot.storage.kubernetes.io/is-default-class=true, or name "
               "a class in spec.volumeSnapshotClassName.",
               "kubectl get volumesnapshotclasses -o yaml | grep -e ' name:' -e driver: -e is-default-class"},
    ReasonInfo{VolumeNotCsi, "VolumeNotCsi", Error, Critical, "The volume is no CSI volume, so it can't have snapshots",
               "Back the claim up by its files (Velero: file system backup), or move the data to a CSI volume.",
               "kubectl get persistentvolume {volume} -o yaml"},
    ReasonInfo{SourceClaimGone, "SourceClaimGone", Error, Critical,
               "The claim to take a snapshot of doesn't exist or is being deleted",
               "Correct spec.source.persistentVolumeClaimName by making the snapshot anew, or delete it.",
               "kubectl get persistentvolumeclaims -n {ns}"},
    ReasonInfo{SourceClaimUnbound, "SourceClaimUnbound", Error, Warning,
               "The claim to take a snapshot of has no volume yet",
               "See why claim {claim} isn't bound; the snapshot is taken once it is.",
               "kubectl describe persistentvolumeclaim -n {ns} {claim}"},
    ReasonInfo{DriverMismatch, "DriverMismatch", Error, Critical,
               "The class belongs to another driver than the volume or the snapshot",
               "Use a class whose driver is that of the volume; this object never gets on: delete it and make it anew.",
               "kubectl get volumesnapshotclasses,storageclasses"},
    ReasonInfo{SidecarAbsent, "SidecarAbsent", Stuck, Critical,
               "No csi-snapshotter sidecar of the driver acts on the content",
               "See whether the controller of driver {driver} runs and has the csi-snapshotter sidecar.",
               "kubectl get pods -A -o wide | grep -i -e snapshotter -e csi"},
    ReasonInfo{
        UploadSlow, "UploadSlow", Stuck, Warning, "The snapshot is cut, but isn't ready for longer than it should take",
        "Look at the snapshot in the storage backend. If it is ready there, the sidecar asks again within 5 minutes.",
        "kubectl describe volumesnapshotcontent {content}"},
    ReasonInfo{
        ContentMissing, "ContentMissing", Error, Critical, "The VolumeSnapshotContent that is named doesn't exist",
        "If the snapshot still exists in the backend, import it anew with its handle; else delete this VolumeSnapshot.",
        "kubectl get volumesnapshotcontent {content}"},
    ReasonInfo{ContentMisbound, "ContentMisbound", Error, Critical,
               "The VolumeSnapshotContent belongs to another VolumeSnapshot",
               "Make content and snapshot anew, with spec.volumeSnapshotRef and spec.source.volumeSnapshotContentName "
               "naming each other.",
               "kubectl get volumesnapshotcontent {content} -o yaml"},
    ReasonInfo{
        DriverNotResponding, "DriverNotResponding", Error, Warning,
        "The driver or its backend doesn't answer, answers too late, or still works on an earlier call",
        "Look at the log of driver {driver}'s controller and at the storage backend; the sidecar goes on trying.",
        "kubectl get pods -A -o wide | grep -i csi"},
    ReasonInfo{SecretMissing, "SecretMissing", Error, Critical, "The Secret for the driver doesn't exist or is empty",
               "Create the Secret that class {class} names in csi.storage.k8s.io/snapshotter-secret-name and "
               "-namespace, or correct the "
               "class.",
               "kubectl get volumesnapshotclass {class} -o yaml"},
    ReasonInfo{Throttled, "Throttled", Error, Warning, "The backend limits the rate of requests",
               "Take fewer snapshots at once, or have the backend's rate limit raised; the sidecar goes on trying.",
               "kubectl describe {kind} -n {ns} {name}"},
    ReasonInfo{OutOfResources, "OutOfResources", Error, Critical,
               "The backend has no room: a limit on snapshots, a quota, or space",
               "Delete snapshots of the volume that are no longer needed, or have the limit raised.",
               "kubectl get volumesnapshots -n {ns}"},
    ReasonInfo{
        HandleNotFound, "HandleNotFound", Error, Critical,
        "The backend doesn't know the volume or snapshot of that handle",
        "Look for the handle in the storage backend. If it is gone, this copy is lost: restore from another one.",
        "snaptrail timeline -n {ns} {name}"},
    ReasonInfo{BackendAccessDenied, "BackendAccessDenied", Error, Critical,
               "The backend refuses the driver's credentials or rights",
               "Give the identity of driver {driver} the right that the message names (cloud role, account, key).",
               "kubectl describe {kind} -n {ns} {name}"},
    ReasonInfo{OperationUnsupported, "OperationUnsupported", Error, Critical,
               "The driver can't do that: snapshots, or restores from them",
               "Use a driver, or a version of it, with the capability CREATE_DELETE_SNAPSHOT.",
               "kubectl get csidriver {driver} -o yaml"},
    ReasonInfo{RbacDenied, "RbacDenied", Error, Critical,
               "The API server refuses what a controller or sidecar needs to do",
               "Add the right that the message names to the service account's ClusterRole; the manifests of the "
               "component's release have "
               "it.",
               "kubectl describe {kind} -n {ns} {name}"},
    ReasonInfo{ApiMissing, "ApiMissing", Error, Critical,
               "A CRD is missing, being deleted, or not served in the version that is asked for",
               "Install the snapshot CRDs of the release that the controller and sidecars belong to.",
               "kubectl get crds | grep snapshot.storage.k8s.io"},
    ReasonInfo{InvalidSpec, "InvalidSpec", Error, Critical, "The spec or the class's parameters are refused",
               "Correct what the message names and make the object anew.", "kubectl get {kind} -n {ns} {name} -o yaml"},
    ReasonInfo{SnapshotInUse, "SnapshotInUse", Waiting, Info,
               "The snapshot isn't deleted because a restore or clone still needs it",
               "It goes once {blocker_kind} {blocker} is bound or deleted.",
               "kubectl get persistentvolumeclaims -n {ns}"},
    ReasonInfo{FinalizerStuck, "FinalizerStuck", Stuck, Warning,
               "A finalizer holds the object, and nobody takes it away",
               "See why the owner of {finalizers} doesn't act (external-provisioner or snapshot-controller: rights, "
               "version). Remove the "
               "finalizer by hand only if nothing is restored from the snapshot.",
               "kubectl get {kind} -n {ns} {name} -o jsonpath='{.metadata.finalizers}'"},
    ReasonInfo{ContentHeld, "ContentHeld", Stuck, Warning,
               "A VolumeSnapshotContent is not deleted, and holds what it belongs to",
               "See the log of the csi-snapshotter of driver {driver}: it must end the creation or deletion of content "
               "{content}.",
               "kubectl get volumesnapshotcontent {content} -o yaml"},
    ReasonInfo{ClaimHeldBySnapshot, "ClaimHeldBySnapshot", Stuck, Warning,
               "The claim isn't deleted because a snapshot of it isn't finished",
               "Finish or delete VolumeSnapshot {blocker}; the snapshot-controller then releases the claim.",
               "kubectl describe volumesnapshot -n {ns} {blocker}"},
    ReasonInfo{SourceSnapshotMissing, "SourceSnapshotMissing", Error, Critical,
               "The VolumeSnapshot to restore from doesn't exist",
               "Create VolumeSnapshot {blocker}, or make the claim anew with one that exists.",
               "kubectl get volumesnapshots -n {blocker_ns}"},
    ReasonInfo{SourceSnapshotNotReady, "SourceSnapshotNotReady", Waiting, Warning,
               "The VolumeSnapshot to restore from isn't ready",
               "The restore goes on by itself once VolumeSnapshot {blocker} is ready; see what that one waits for.",
               "snaptrail explain volumesnapshot/{blocker} -n {blocker_ns}"},
    ReasonInfo{SizeTooSmall, "SizeTooSmall", Error, Critical, "The claim asks for less than the snapshot's size",
               "Make the claim anew with a request of at least the snapshot's restoreSize.",
               "kubectl get volumesnapshot -n {blocker_ns} {blocker} -o jsonpath='{.status.restoreSize}'"},
    ReasonInfo{WaitingForConsumer, "WaitingForConsumer", Waiting, Info,
               "The claim waits for its first pod, as its class says",
               "Start the pod that uses claim {name}; nothing is wrong.",
               "kubectl describe persistentvolumeclaim -n {ns} {name}"},
    ReasonInfo{CrossNamespaceDenied, "CrossNamespaceDenied", Error, Critical,
               "A restore from another namespace is not allowed or not enabled",
               "Create a ReferenceGrant in namespace {blocker_ns} for claims of namespace {ns}, and enable "
               "CrossNamespaceVolumeDataSource "
               "in the API server and the csi-provisioner.",
               "kubectl get referencegrants -n {blocker_ns} -o yaml"},
    ReasonInfo{StorageClassNotFound, "StorageClassNotFound", Error, Critical, "The claim's StorageClass doesn't exist",
               "Create StorageClass {storageclass}, or map it to another one (Velero: change-storage-class-config).",
               "kubectl get storageclasses"},
    ReasonInfo{ProvisionerAbsent, "ProvisionerAbsent", Stuck, Critical,
               "No csi-provisioner of the driver acts on the claim",
               "See whether the controller of driver {driver} runs and has the csi-provisioner sidecar.",
               "kubectl get pods -A -o wide | grep -i -e provisioner -e csi"},
    ReasonInfo{BackupHeldUp, "BackupHeldUp", Stuck, Warning,
               "A backup stands still because one of its snapshots does; what comes after waits too",
               "See to VolumeSnapshot {blocker}; Velero goes on with the other volumes only after it.",
               "snaptrail explain volumesnapshot/{blocker} -n {blocker_ns}"},
    ReasonInfo{BackupTimeout, "BackupTimeout", Error, Warning,
               "The snapshot won't be cut within its backup's csiSnapshotTimeout, or wasn't",
               "Solve the snapshot's own finding, or give the backup a longer csiSnapshotTimeout.",
               "velero backup describe {backup} --details"},
    ReasonInfo{BackupLocationUnavailable, "BackupLocationUnavailable", Error, Critical,
               "Velero can't reach a BackupStorageLocation: no backup is written there, and none restored from there",
               "See to the object storage, its credentials and its certificate; Velero looks again every minute.",
               "kubectl get backupstoragelocations -n {ns} {name} -o yaml"},
    ReasonInfo{
        LastCopyAtRisk, "LastCopyAtRisk", Hazard, Warning,
        "With this snapshot, its namespace or its volume a recoverable copy is lost for good",
        "Set the content's deletionPolicy to Retain before anybody deletes the snapshot or its namespace.",
        "kubectl patch volumesnapshotcontent {content} --type merge -p '{\"spec\":{\"deletionPolicy\":\"Retain\"}}'"},
    ReasonInfo{VeleroClassDeletes, "VeleroClassDeletes", Hazard, Warning,
               "The class that Velero uses deletes the backend's copy with the object",
               "Use deletionPolicy Retain in the class with the label velero.io/csi-volumesnapshot-class (the policy "
               "can't be changed: make "
               "the class anew).",
               "kubectl get volumesnapshotclass {name} -o yaml"},
    ReasonInfo{GitOpsOwned, "GitOpsOwned", Hazard, Warning,
               "The snapshot carries its claim's GitOps label: Argo CD or Flux may delete it as not being in Git",
               "Exclude VolumeSnapshots from the application's pruning, or switch Argo CD to tracking by annotation.",
               "kubectl get volumesnapshot -n {ns} {name} --show-labels"},
    ReasonInfo{ReadyUnverified, "ReadyUnverified", Hazard, Info,
               "The imported snapshot says that it is ready, but nobody saw its handle cut",
               "Restore it once, or look for the handle in the backend, before you rely on it: a driver without "
               "ListSnapshots says ready "
               "to any handle.",
               "kubectl get volumesnapshotcontent {content} -o yaml"},
    ReasonInfo{RestoredEmpty, "RestoredEmpty", Hazard, Critical,
               "The claim names a snapshot, but its volume wasn't made from it",
               "Check the data before you use the volume. Delete the claim and restore it anew.",
               "kubectl get persistentvolumeclaim -n {ns} {name} -o yaml"},
    ReasonInfo{DeletionBurst, "DeletionBurst", Hazard, Critical,
               "Many snapshots of a namespace were destroyed within minutes", "Find out who deletes them and stop it.",
               "snaptrail timeline -n {name}"},
    ReasonInfo{OrphanedContent, "OrphanedContent", Hazard, Info,
               "The content's VolumeSnapshot is gone: its copy stays in the backend, costs, and is easily forgotten",
               "If the copy is no longer needed, set the content's deletionPolicy to Delete and delete the content; "
               "else bind a new "
               "VolumeSnapshot to it.",
               "kubectl get volumesnapshotcontent {content} -o yaml"},
    ReasonInfo{Leaked, "Leaked", Hazard, Warning,
               "The content is gone although its copy was never deleted in the backend: it stays and costs, and no "
               "object tells of it",
               "Delete the snapshot of that handle in the storage backend if it is no longer needed.",
               "snaptrail timeline {name}"},
    ReasonInfo{Reason::Unknown, "Unknown", Error, Warning,
               "It fails or stands still, and the cause can't be told from outside",
               "Read the message, and the log of the component that wrote it.",
               "kubectl describe {kind} -n {ns} {name}"},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kCatalogue.size(); ++i) {
    if (static_cast<std::size_t>(kCatalogue.at(i).reason) != i) return false;
  }
  return true;
}
static_assert(in_order());
static_assert(kCatalogue.size() == static_cast<std::size_t>(Reason::Unknown) + 1 && kCatalogue.size() <= 45);

}  // namespace

std::span<const ReasonInfo> all_reasons() { return kCatalogue; }

const ReasonInfo& info_of(Reason reason) {
  const auto index = static_cast<std::size_t>(reason);
  return index < kCatalogue.size() ? kCatalogue.at(index) : kCatalogue.back();
}

std::string_view to_string(Reason reason) { return info_of(reason).name; }

std::string_view to_string(Category category) {
  switch (category) {
    case Stuck: return "stuck";
    case Error: return "error";
    case Waiting: return "waiting";
    case Hazard: return "hazard";
  }
  return {};
}

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Info: return "info";
    case Warning: return "warning";
    case Critical: return "critical";
  }
  return {};
}

std::optional<Reason> reason_of(std::string_view name) {
  for (const auto& info : kCatalogue) {
    if (info.name == name) return info.reason;
  }
  return std::nullopt;
}

}  // namespace snaptrail::reconcilers
