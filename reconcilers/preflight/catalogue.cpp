#include <array>
#include <utility>

#include "reconcilers/preflight/report.hpp"

namespace snaptrail::reconcilers::preflight {
namespace {

constexpr std::array<CheckInfo, 20> kChecks{{
    {"server", "does the API server answer, and is it new enough for the snapshot API"},
    {"snapshot-api", "is snapshot.storage.k8s.io/v1 served, with all three kinds"},
    {"snapshot-crds", "are the CRDs established, not being deleted, and free of stored versions of the past"},
    {"group-snapshot-api", "is the API of group snapshots one that today's components speak"},
    {"snapshot-controller", "is exactly one snapshot-controller alive"},
    {"csi-snapshotter", "is the driver's csi-snapshotter sidecar alive"},
    {"snapshot-class", "has each StorageClass a VolumeSnapshotClass of its driver"},
    {"class-driver", "is there a driver for each VolumeSnapshotClass"},
    {"class-name", "do the VolumeSnapshotClasses that are named exist"},
    {"default-class", "has each driver exactly one default VolumeSnapshotClass"},
    {"default-storage-class", "is there exactly one default StorageClass"},
    {"class-secret", "are the Secrets that a VolumeSnapshotClass names named in full"},
    {"velero-class", "has each driver exactly one VolumeSnapshotClass with Velero's label"},
    {"velero-class-policy", "do the VolumeSnapshotClasses with Velero's label retain what they cut"},
    {"backup-storage-location", "can Velero write to and read from its BackupStorageLocations"},
    {"non-csi-volumes", "are there volumes that can't be snapshotted, because they are no CSI volumes"},
    {"volume-binding", "do restored claims wait for their first pod"},
    {"stuck-deletion", "are there VolumeSnapshots or contents that aren't deleted, although they should be"},
    {"rights", "may the asker list and watch all that the daemon follows"},
    {"daemon", "what does the running daemon find"},
}};

using CheckFunction = void (*)(const Facts&, Report&);
constexpr std::array<CheckFunction, kChecks.size()> kFunctions = {
    check_server,
    check_snapshot_api,
    check_crds,
    check_group_api,
    check_controller,
    check_sidecars,
    check_storage_classes,
    check_class_drivers,
    check_class_names,
    check_default_classes,
    check_default_storage_class,
    check_class_secrets,
    check_velero_classes,
    check_velero_policies,
    check_backup_locations,
    check_other_volumes,
    check_volume_binding,
    check_stuck_deletions,
    check_rights,
    check_daemon,
};

}  // namespace

std::string_view to_string(CheckStatus status) {
  switch (status) {
    case CheckStatus::Ok: return "ok";
    case CheckStatus::Warning: return "warning";
    case CheckStatus::Problem: return "problem";
    case CheckStatus::Unknown: return "unknown";
    case CheckStatus::Skipped: return "skipped";
  }
  return "unknown";
}

std::span<const CheckInfo> all_checks() { return kChecks; }

std::vector<Check> examine(const Facts& facts) {
  Report report;
  for (const CheckFunction check : kFunctions) check(facts, report);
  return std::move(report.checks());
}

}  // namespace snaptrail::reconcilers::preflight
