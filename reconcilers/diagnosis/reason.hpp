#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace snaptrail::reconcilers {

/// Why an object doesn't get on, or what is about to be lost: the closed set of docs/diagnoses.md. The names are
/// contracts (label values, rows, API); their order is not.
enum class Reason : std::uint8_t {
  // A snapshot is not made.
  SnapshotControllerAbsent,
  ControllerThrottled,
  SnapshotClassNotFound,
  NoSingleDefaultClass,
  VolumeNotCsi,
  SourceClaimGone,
  SourceClaimUnbound,
  DriverMismatch,
  SidecarAbsent,
  UploadSlow,
  ContentMissing,
  ContentMisbound,
  // What driver, backend or API server say.
  DriverNotResponding,
  SecretMissing,
  Throttled,
  OutOfResources,
  HandleNotFound,
  BackendAccessDenied,
  OperationUnsupported,
  RbacDenied,
  ApiMissing,
  InvalidSpec,
  // Something is not deleted.
  SnapshotInUse,
  FinalizerStuck,
  ContentHeld,
  ClaimHeldBySnapshot,
  // A restore.
  SourceSnapshotMissing,
  SourceSnapshotNotReady,
  SizeTooSmall,
  WaitingForConsumer,
  CrossNamespaceDenied,
  StorageClassNotFound,
  ProvisionerAbsent,
  // Velero.
  BackupHeldUp,
  BackupTimeout,
  BackupLocationUnavailable,
  // What is about to be lost, or is lost.
  LastCopyAtRisk,
  VeleroClassDeletes,
  GitOpsOwned,
  ReadyUnverified,
  RestoredEmpty,
  DeletionBurst,
  OrphanedContent,
  Leaked,
  Unknown,
};

enum class Category : std::uint8_t {
  Stuck,    ///< nothing happens, for longer than it should
  Error,    ///< a component says that it failed
  Waiting,  ///< as it should be: for a person, another object or the next try
  Hazard,   ///< works, but data is about to be lost, or is
};

enum class Severity : std::uint8_t { Info, Warning, Critical };

/// What the catalogue says of a reason. Texts are literals. `{placeholders}` in fix_text and fix_command are filled in
/// by fill_fix().
struct ReasonInfo {
  Reason reason;
  std::string_view name;
  Category category;  ///< the usual one; a finding has its own
  Severity severity;  ///< the usual one; a finding has its own
  std::string_view summary;
  std::string_view fix_text;
  std::string_view fix_command;
};

/// The catalogue, in the order of Reason.
std::span<const ReasonInfo> all_reasons();
const ReasonInfo& info_of(Reason reason);
std::string_view to_string(Reason reason);
std::string_view to_string(Category category);  ///< lower case: `stuck`
std::string_view to_string(Severity severity);  ///< lower case: `info`
/// The reason of that name, or nullopt.
std::optional<Reason> reason_of(std::string_view name);

}  // namespace snaptrail::reconcilers
