#include "reconcilers/diagnosis/error_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace snaptrail::reconcilers {
namespace {

using enum Reason;

/// All of `needles` that aren't empty occur.
struct Rule {
  std::array<std::string_view, 2> needles;
  Reason reason;
};

/// Messages of the controllers and the sidecars: what they say is exact, so they come first. external-snapshotter
/// pkg/common-controller and pkg/sidecar-controller, external-provisioner pkg/controller.
constexpr Rule kControllers[] = {
    {{"exceeded quota:"}, OutOfResources},
    {{"is forbidden: User", "cannot "}, RbacDenied},
    {{"the server could not find the requested resource"}, ApiMissing},
    {{"no matches for kind"}, ApiMissing},
    {{"custom resource definition is terminating"}, ApiMissing},
    {{"cannot find default snapshot class"}, NoSingleDefaultClass},
    {{"cannot find default group snapshot class"}, NoSingleDefaultClass},
    {{"default snapshot classes were found"}, NoSingleDefaultClass},
    {{"failed to get snapshot class with error", "not found"}, SnapshotClassNotFound},
    {{"failed to retrieve snapshot class"}, SnapshotClassNotFound},
    {{"failed to get snapshot class ", "not found"}, SnapshotClassNotFound},
    {{"volumegroupsnapshotclass.groupsnapshot.storage.k8s.io \"", "\" not found"}, SnapshotClassNotFound},
    {{"volumesnapshotclass.snapshot.storage.k8s.io \"", "\" not found"}, SnapshotClassNotFound},
    {{"storageclass.storage.k8s.io \"", "\" not found"}, StorageClassNotFound},
    {{"snapshotting non-CSI volumes is not supported"}, VolumeNotCsi},
    {{"cannot find CSI PersistentVolumeSource for volume"}, VolumeNotCsi},
    {{"Cannot snapshot a non-CSI volume"}, VolumeNotCsi},
    {{"label selector ", "for group snapshot not applied to any PVC"}, SourceClaimGone},
    {{"cannot get claim from snapshot"}, SourceClaimGone},
    {{"failed to retrieve PVC"}, SourceClaimGone},
    {{"cannot add finalizer on claim because it is being deleted"}, SourceClaimGone},
    {{"PVC source for snapshot ", " is missing"}, SourceClaimGone},
    {{"is not yet bound to a PV, will not attempt to take a snapshot"}, SourceClaimUnbound},
    {{"will not attempt to take a group snapshot"}, SourceClaimUnbound},
    {{"claim in dataSource not bound or invalid"}, SourceClaimUnbound},
    {{"error getting secret"}, SecretMissing},
    {{"secret name or namespace not specified"}, SecretMissing},
    {{"secrets specified, Both must be specified"}, SecretMissing},
    {{"provided secret is empty"}, SecretMissing},
    {{"cannot get credentials for snapshot content"}, SecretMissing},
    {{"cannot get credentials for group snapshot content"}, SecretMissing},
    {{"cannot retrieve secrets for group snapshot content"}, SecretMissing},
    {{"failed to get secret reference for group snapshot content"}, SecretMissing},
    {{"failed to get credentials for group snapshot content"}, SecretMissing},
    {{"failed to get snapshot credentials"}, SecretMissing},
    {{"secrets \"", "\" not found"}, SecretMissing},
    {{"VolumeSnapshotContent is missing"}, ContentMissing},
    {{"VolumeGroupSnapshotContent is missing"}, ContentMissing},
    {{"lost reference to VolumeSnapshotContent"}, ContentMissing},
    {{"requests an non-existing content"}, ContentMissing},
    {{"VolumeSnapshotContent is not bound to the VolumeSnapshot correctly"}, ContentMisbound},
    {{"while expecting a pre-provisioned one"}, ContentMisbound},
    {{"while expecting a dynamically provisioned one"}, ContentMisbound},
    {{"the VolumeSnapshotRef does not match"}, ContentMisbound},
    {{"VolumeGroupSnapshotContent is not bound to the VolumeGroupSnapshot correctly"}, ContentMisbound},
    {{"is bound to a different snapshot"}, ContentMisbound},
    {{"is bound to a different group snapshot"}, ContentMisbound},
    {{"the VolumeGroupSnapshotRef does not match"}, ContentMisbound},
    {{"is already bound to another snapshot"}, ContentMisbound},
    {{"Exactly one of "}, InvalidSpec},
    {{"modifies the mode of the source volume"}, InvalidSpec},
    {{"snapshot handle should not be set in content"}, InvalidSpec},
    {{"claim Selector is not supported"}, InvalidSpec},
    {{"Snapshot is being used to restore a PVC"}, SnapshotInUse},
    {{"belonging to VolumeGroupSnapshot ", " is being used to restore a PVC"}, SnapshotInUse},
    {{"is less than the size ", "for the source snapshot"}, SizeTooSmall},
    {{"is not handled by CSI driver of StorageClass"}, DriverMismatch},
    {{"dataSource from ", " isn't allowed"}, CrossNamespaceDenied},
    {{"CrossNamespaceVolumeDataSource feature is disabled"}, CrossNamespaceDenied},
    {{"error getting handle for DataSource Type VolumeSnapshot", "not found"}, SourceSnapshotMissing},
    {{"error getting handle for DataSource Type VolumeSnapshot", " is not Ready"}, SourceSnapshotNotReady},
    {{"error getting handle for DataSource Type VolumeSnapshot", " not bound"}, SourceSnapshotNotReady},
    {{"error getting handle for DataSource Type VolumeSnapshot", " is not available"}, SourceSnapshotNotReady},
    {{"error getting handle for DataSource Type VolumeSnapshot", "being deleted"}, SourceSnapshotNotReady},
    {{"can not find snapshot for snapshotID"}, HandleNotFound},
    {{"CSI driver does not support snapshot"}, OperationUnsupported},
    {{"volume content source missing"}, OperationUnsupported},
};

/// Words of drivers and backends. Limits before rates before rights: clouds wrap one into the status of the other.
constexpr Rule kDrivers[] = {
    // A rate that calls itself a quota (Google's "per minute").
    {{"quota exceeded for quota metric", "per minute"}, Throttled},
    // Ends in what other clouds call their limit.
    {{"ConcurrentSnapshotLimitExceeded"}, Throttled},
    {{"SnapshotOperationRateExceeded"}, Throttled},
    {{"reaches the configured maximum"}, OutOfResources},
    {{"max limit of snapshots reached"}, OutOfResources},
    {{"MaxNumberOfSnapshotsReached"}, OutOfResources},
    {{"exceed the maximum limit"}, OutOfResources},
    {{"maximum number of snapshots"}, OutOfResources},
    {{"SnapshotLimitExceeded: Maximum"}, OutOfResources},
    {{"SnapshotLimitExceeded"}, OutOfResources},
    {{"SnapshotCountExceeded"}, OutOfResources},
    {{"VolumeLimitExceeded"}, OutOfResources},
    {{"ExceedsAvailableQuota"}, OutOfResources},
    {{"InsufficientVolumeCapacity"}, OutOfResources},
    {{"ZONE_RESOURCE_POOL_EXHAUSTED"}, OutOfResources},
    {{"not have enough resources available"}, OutOfResources},
    {{"licensed maximum reached"}, OutOfResources},
    {{"equal or larger than snapshotMaxCount"}, OutOfResources},
    {{"ResourceLimitExceeded"}, OutOfResources},
    {{"too many snapshots"}, OutOfResources},
    {{"not enough quota"}, OutOfResources},
    {{"quota limit '"}, OutOfResources},
    {{"quota exceeded"}, OutOfResources},
    {{"QuotaExceeded"}, OutOfResources},
    {{"quotaExceeded"}, OutOfResources},
    {{"QuotaExceed."}, OutOfResources},
    {{"Quota '", "' exceeded"}, OutOfResources},
    {{"exceeding approved", "quota"}, OutOfResources},
    {{"not enough free space"}, OutOfResources},
    {{"not enough space"}, OutOfResources},
    {{"no space left on device"}, OutOfResources},
    {{"insufficient space"}, OutOfResources},
    {{"insufficient free space"}, OutOfResources},
    {{"insufficient capacity"}, OutOfResources},
    {{"out of space"}, OutOfResources},
    {{"SnapshotCreationPerVolumeRateExceeded"}, Throttled},
    {{"RequestLimitExceeded"}, Throttled},
    {{"ThrottlingException"}, Throttled},
    {{"Throttling: Rate exceeded"}, Throttled},
    {{"SubscriptionRequestsThrottled"}, Throttled},
    {{"TooManyRequests"}, Throttled},
    {{"request is being throttled"}, Throttled},
    {{"client throttled"}, Throttled},
    {{"Operation rate exceeded"}, Throttled},
    {{"denied due to ", " flow control"}, Throttled},
    {{"rateLimitExceeded"}, Throttled},
    {{"rate limit exceeded"}, Throttled},
    {{"HTTPStatusCode: 429"}, Throttled},
    {{"StatusCode=429"}, Throttled},
    {{"googleapi: Error 429"}, Throttled},
    {{"UnauthorizedOperation"}, BackendAccessDenied},
    {{"not authorized to perform"}, BackendAccessDenied},
    {{"is not authorized "}, BackendAccessDenied},
    {{"AuthorizationFailed"}, BackendAccessDenied},
    {{"AuthFailure"}, BackendAccessDenied},
    {{"AccessDenied"}, BackendAccessDenied},
    {{"ExpiredToken"}, BackendAccessDenied},
    {{"InvalidClientTokenId"}, BackendAccessDenied},
    {{"NoCredentialProviders"}, BackendAccessDenied},
    {{"failed to refresh cached credentials"}, BackendAccessDenied},
    {{"Forbidden.RAM"}, BackendAccessDenied},
    {{"ServerFaultCode: NoPermission"}, BackendAccessDenied},
    {{"Permission to perform this operation was denied"}, BackendAccessDenied},
    {{"permission denied"}, BackendAccessDenied},
    {{"Error 403: Required '", "' permission"}, BackendAccessDenied},
    {{"HTTPStatusCode: 403"}, BackendAccessDenied},
    {{"StatusCode=403"}, BackendAccessDenied},
    {{"invalid username or password"}, BackendAccessDenied},
    {{"InvalidSnapshot.NotFound"}, HandleNotFound},
    {{"InvalidVolume.NotFound"}, HandleNotFound},
    {{"SnapshotId.NotFound"}, HandleNotFound},
    {{"DiskId.NotFound"}, HandleNotFound},
    {{"ResourceNotFound"}, HandleNotFound},
    {{"itemNotFound"}, HandleNotFound},
    {{"googleapi: Error 404: The resource '", "' was not found"}, HandleNotFound},
    {{"snapshot not found"}, HandleNotFound},
    {{"image not found"}, HandleNotFound},
    {{"volume not found"}, HandleNotFound},
    {{"Failed to snapshot ", ": Dataset "}, HandleNotFound},
    {{"is smaller than snapshot"}, SizeTooSmall},
    {{"has dependent clones"}, SnapshotInUse},
    {{"snapshot is busy"}, SnapshotInUse},
    {{"an operation with the given "}, DriverNotResponding},
    {{"connection refused"}, DriverNotResponding},
    {{"context deadline exceeded"}, DriverNotResponding},
    {{"transport is closing"}, DriverNotResponding},
    {{"i/o timeout"}, DriverNotResponding},
    {{"Connection timed out"}, DriverNotResponding},
    {{"is initializing, please try again later"}, DriverNotResponding},
    {{"resourceNotReady"}, DriverNotResponding},
    {{"no such host"}, DriverNotResponding},
    {{"503 Service Unavailable"}, DriverNotResponding},
    {{"HTTPStatusCode: 50"}, DriverNotResponding},
};

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool occurs(std::string_view needle, std::string_view message) {
  if (needle.find(' ') == std::string_view::npos) return message.find(needle) != std::string_view::npos;
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  return std::search(message.begin(), message.end(), needle.begin(), needle.end(), same) != message.end();
}

template <std::size_t Size>
const Rule* first_match(const Rule (&rules)[Size], std::string_view message) {
  for (const Rule& rule : rules) {
    const bool all = std::ranges::all_of(
        rule.needles, [&](std::string_view needle) { return needle.empty() || occurs(needle, message); });
    if (all) return &rule;
  }
  return nullptr;
}

/// The word after the first `code = `, as google.golang.org/grpc/status prints it.
std::string_view grpc_code(std::string_view message) {
  constexpr std::string_view kMark = "rpc error: code = ";
  const std::size_t at = message.find(kMark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = message.substr(at + kMark.size());
  const auto end = std::ranges::find_if_not(rest, [](char c) { return std::isalpha(static_cast<unsigned char>(c)); });
  return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
}

/// What a gRPC code alone tells: CSI specification, the tables of errors of CreateSnapshot, DeleteSnapshot and
/// CreateVolume.
Reason by_code(std::string_view code, Call call) {
  if (code == "DeadlineExceeded" || code == "Canceled" || code == "Unavailable" || code == "Aborted") {
    return DriverNotResponding;
  }
  if (code == "ResourceExhausted") return OutOfResources;
  if (code == "NotFound") return HandleNotFound;
  if (code == "PermissionDenied" || code == "Unauthenticated") return BackendAccessDenied;
  if (code == "Unimplemented") return OperationUnsupported;
  if (code == "InvalidArgument") return InvalidSpec;
  // CreateVolume: "the capacity range is not allowed by the Plugin".
  if (code == "OutOfRange" && call == Call::CreateVolume) return InvalidSpec;
  // DeleteSnapshot: "the snapshot corresponding to the specified snapshot_id is in use by another resource".
  if (code == "FailedPrecondition" && call == Call::DeleteSnapshot) return SnapshotInUse;
  return Unknown;
}

}  // namespace

bool is_final(Reason reason) {
  switch (reason) {
    case DriverNotResponding:
    case Throttled:
    case OutOfResources:
    case SourceClaimUnbound:
    case SourceSnapshotNotReady:
    case SnapshotInUse:
    case Unknown: return false;
    default: return true;
  }
}

std::optional<TextVerdict> classify_text(std::string_view original, Call call) {
  if (original.empty()) return std::nullopt;
  // Components quote each other's messages, and what was quoted before gets backslashes.
  std::string message(original);
  std::erase(message, '\\');
  // The writer tries again with the new version; says nothing about the storage.
  if (occurs("the object has been modified; please apply your changes to the latest version", message)) {
    return std::nullopt;
  }
  Reason reason = Unknown;
  if (const Rule* rule = first_match(kControllers, message)) {
    reason = rule->reason;
  } else if (const Rule* driver_rule = first_match(kDrivers, message)) {
    reason = driver_rule->reason;
  } else {
    reason = by_code(grpc_code(message), call);
  }
  return TextVerdict{reason, is_final(reason)};
}

}  // namespace snaptrail::reconcilers
