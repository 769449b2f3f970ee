// What messages mean. Texts are those that users of the named drivers and releases reported.
#include <catch2/catch_test_macros.hpp>

#include <string>

#include "reconcilers/diagnosis/error_text.hpp"
#include "reconcilers/diagnosis/fix.hpp"

using namespace snaptrail::reconcilers;

namespace {

struct Sample {
  const char* who;
  Call call;
  Reason reason;
  const char* message;
};

constexpr auto kCut = Call::CreateSnapshot;
constexpr auto kDelete = Call::DeleteSnapshot;
constexpr auto kRestore = Call::CreateVolume;

const Sample kSamples[] =
    {
        // external-snapshotter 6 to 8, snapshot-controller and csi-snapshotter
        {"snapshot-controller", kCut, Reason::SnapshotClassNotFound,
         R"(Failed to get snapshot class with error volumesnapshotclass.snapshot.storage.k8s.io "absent" not found)"},
        {"snapshot-controller 6", kCut, Reason::SnapshotClassNotFound,
         R"(Failed to get snapshot class with error failed to retrieve snapshot class csi-class from the informer: "volumesnapshotclass.snapshot.storage.k8s.io \"csi-class\" not found")"},
        {"snapshot-controller", kCut, Reason::NoSingleDefaultClass,
         "Failed to set default snapshot class with error cannot find default snapshot class"},
        {"snapshot-controller", kCut, Reason::NoSingleDefaultClass,
         "Failed to set default snapshot class with error 2 default snapshot classes were found"},
        {"snapshot-controller", kCut, Reason::VolumeNotCsi,
         "Failed to create snapshot content with error snapshotting non-CSI volumes is not supported, "
         "snapshot:shop/s1"},
        {"snapshot-controller", kCut, Reason::VolumeNotCsi,
         "Failed to create snapshot content with error cannot find CSI PersistentVolumeSource for volume pv-nfs-1"},
        {"snapshot-controller", kCut, Reason::SourceClaimGone,
         "Failed to create snapshot content with error snapshot controller failed to update no-such-pvc on API server: "
         "cannot get claim from snapshot"},
        {"snapshot-controller", kCut, Reason::SourceClaimGone,
         "Failed to create snapshot content with error cannot add finalizer on claim because it is being deleted"},
        {"snapshot-controller", kCut, Reason::SourceClaimUnbound,
         R"(Failed to create snapshot content with error failed to get input parameters to create snapshot snap405: "the PVC scale-fset-pvc-10mb-405 is not yet bound to a PV, will not attempt to take a snapshot")"},
        {"snapshot-controller", kCut, Reason::ContentMissing, "VolumeSnapshotContent is missing"},
        {"snapshot-controller", kCut, Reason::ContentMisbound,
         "VolumeSnapshotContent is not bound to the VolumeSnapshot correctly"},
        {"snapshot-controller", kCut, Reason::ContentMisbound,
         "VolumeSnapshotContent [content-1] is bound to a different snapshot"},
        {"snapshot-controller, groups", kCut, Reason::NoSingleDefaultClass,
         "failed to set default group snapshot class: cannot find default group snapshot class"},
        {"snapshot-controller, groups", kCut, Reason::SnapshotClassNotFound,
         R"(volumegroupsnapshotclass.groupsnapshot.storage.k8s.io "crew" not found)"},
        {"snapshot-controller, groups", kCut, Reason::SourceClaimGone,
         "failed to create group snapshot content with error label selector app=x for group snapshot not applied to "
         "any "
         "PVC"},
        {"snapshot-controller, groups", kCut, Reason::SourceClaimUnbound,
         "failed to create group snapshot content with error the PVC data is not yet bound to a PV, will not attempt "
         "to "
         "take a group snapshot"},
        {"snapshot-controller, groups", kCut, Reason::ContentMissing, "VolumeGroupSnapshotContent is missing"},
        {"snapshot-controller, groups", kCut, Reason::ContentMisbound,
         "VolumeGroupSnapshotContent [c] is bound to a different group snapshot"},
        {"snapshot-controller, groups", kDelete, Reason::SnapshotInUse,
         "Snapshot shop/s1 belonging to VolumeGroupSnapshot shop/all is being used to restore a PVC"},
        {"csi-snapshotter, groups", kCut, Reason::SecretMissing,
         "cannot retrieve secrets for group snapshot content \"c\", err: secret name or namespace not specified"},
        {"snapshot-controller", kCut, Reason::InvalidSpec,
         "Exactly one of PersistentVolumeClaimName and VolumeSnapshotContentName should be specified"},
        {"csi-snapshotter", kCut, Reason::SecretMissing,
         R"(Failed to check and update snapshot content: error getting secret snapshot-secret in namespace storage: secrets "snapshot-secret" not found)"},
        {"csi-snapshotter", kCut, Reason::RbacDenied,
         R"(Failed to get credentials for snapshot snapcontent-cf7d9a52: error getting secret snapshot-secret in namespace storage: secrets "snapshot-secret" is forbidden: User "system:serviceaccount:storage:csi-gce-pd-controller-sa" cannot get resource "secrets" in API group "" in the namespace "storage")"},
        {"csi-snapshotter, ebs add-on without patch", kCut, Reason::RbacDenied,
         R"(failed to update snapshot content status: volumesnapshotcontents.snapshot.storage.k8s.io "snapcontent-1" is forbidden: User "system:serviceaccount:kube-system:ebs-csi-controller-sa" cannot patch resource "volumesnapshotcontents/status" in API group "snapshot.storage.k8s.io" at the cluster scope)"},
        {"csi-snapshotter, import", kCut, Reason::HandleNotFound,
         R"(failed to list snapshot for content velero-x: "can not find snapshot for snapshotID snap-0123")"},
        {"snapshot-controller, CRD going", kCut, Reason::ApiMissing,
         "create not allowed while custom resource definition is terminating"},
        {"API server", kCut, Reason::OutOfResources,
         R"(persistentvolumeclaims "data" is forbidden: exceeded quota: storage, requested: requests.storage=10Gi, used: requests.storage=95Gi, limited: requests.storage=100Gi)"},
        // external-provisioner
        {"csi-provisioner 1.4", kRestore, Reason::ApiMissing,
         R"(failed to provision volume with StorageClass "sc-snapshot": error getting handle for DataSource Type VolumeSnapshot by Name snap1: error getting snapshot snap1 from api server: the server could not find the requested resource (get volumesnapshots.snapshot.storage.k8s.io snap1))"},
        {"csi-provisioner", kRestore, Reason::SourceSnapshotMissing,
         R"(error getting handle for DataSource Type VolumeSnapshot by Name not-yet: error getting snapshot not-yet from api server: volumesnapshots.snapshot.storage.k8s.io "not-yet" not found)"},
        {"csi-provisioner, OADP on gp2", kRestore, Reason::SourceSnapshotNotReady,
         R"(failed to provision volume with StorageClass "gp2-csi": error getting handle for DataSource Type VolumeSnapshot by Name velero-mysql-l5sz5: snapshot velero-mysql-l5sz5 is not Ready)"},
        {"csi-provisioner, linstor", kRestore, Reason::SourceSnapshotNotReady,
         R"(failed to provision volume with StorageClass "sa-hdd": error getting handle for DataSource Type VolumeSnapshot by Name velero-data-wordpress-mariadb-0-fqsdz: snapshot velero-data-wordpress-mariadb-0-fqsdz not bound)"},
        {"csi-provisioner", kRestore, Reason::SizeTooSmall,
         "error getting handle for DataSource Type VolumeSnapshot by Name s: requested volume size 536870912 is less "
         "than "
         "the size 1073741824 for the source snapshot s"},
        {"csi-provisioner", kRestore, Reason::DriverMismatch,
         "error getting handle for DataSource Type VolumeSnapshot by Name s: snapshotcontent snapcontent-1 is not "
         "handled "
         "by CSI driver of StorageClass gp3"},
        {"csi-provisioner", kRestore, Reason::InvalidSpec,
         "error getting handle for DataSource Type VolumeSnapshot by Name s: requested volume default/restored "
         "modifies "
         "the mode of the source volume but does not have permission to do so. "
         "snapshot.storage.kubernetes.io/allow-volume-mode-change annotation is not present on snapshotcontent c"},
        {"csi-provisioner", kRestore, Reason::CrossNamespaceDenied,
         "accessing prod/s of VolumeSnapshot dataSource from test/restored isn't allowed"},
        {"csi-provisioner", kRestore, Reason::CrossNamespaceDenied,
         "dataSourceRef namespace specified but the CrossNamespaceVolumeDataSource feature is disabled"},
        {"csi-provisioner", kRestore, Reason::OperationUnsupported,
         "CSI driver does not support snapshot restore: controller CREATE_DELETE_SNAPSHOT capability is not reported"},
        {"csi-provisioner", kRestore, Reason::OperationUnsupported, "volume content source missing"},
        {"persistentvolume-controller", kRestore, Reason::StorageClassNotFound,
         R"(storageclass.storage.k8s.io "gp9" not found)"},
        // drivers
        {"aws-ebs", kCut, Reason::Throttled,
         R"(failed to take snapshot of the volume vol-0a1: "rpc error: code = Internal desc = Could not create snapshot \"snapshot-0b2\": error creating snapshot of volume vol-0a1: SnapshotCreationPerVolumeRateExceeded: The maximum per volume CreateSnapshot request rate has been exceeded.")"},
        {"aws-ebs", kCut, Reason::Throttled,
         R"(failed to take snapshot of the volume 7: "rpc error: code = ResourceExhausted desc = RequestLimitExceeded:")"},
        {"aws-ebs", kCut, Reason::BackendAccessDenied,
         "rpc error: code = Unknown desc = UnauthorizedOperation: You are not authorized to perform this operation.\n"
         "\tstatus code: 403, request id: 9d884399"},
        {"aws-ebs", kRestore, Reason::HandleNotFound,
         R"(failed to provision volume with StorageClass "ssd-xfs": rpc error: code = Internal desc = Could not create volume "pvc-29a8": failed to get an available volume in EC2: InvalidVolume.NotFound: The volume 'vol-04da06270c9fd721e' does not exist.)"},
        {"aws-ebs", kRestore, Reason::HandleNotFound,
         "rpc error: code = NotFound desc = InvalidSnapshot.NotFound: The snapshot 'snap-0a1b' does not exist."},
        {"azuredisk", kCut, Reason::DriverNotResponding, R"(failed to take snapshot of the volume /subscriptions/19ea/disks/pvc-3229: "rpc error: code = Internal desc = waitForSnapshotReady(, mc_app, snapshot-51f0) failed with Retriable: true, RetryAfter: 0s, HTTPStatusCode: 502, RawError: Internal Server Error")"},
        {"azuredisk", kRestore, Reason::Throttled,
         "rpc error: code = Unknown desc = Retriable: false, RetryAfter: 302s, HTTPStatusCode: 429, RawError: "
         R"({"error":{"code":"SubscriptionRequestsThrottled","message":"Number of write requests for subscription 'XYZ' exceeded the limit of '1200' for time interval '01:00:00'."}})"},
        {"azurefile", kCut, Reason::Throttled,
         "rpc error: code = Internal desc = failed to get file share(pvc-8494) quota: storage.FileSharesClient#Get: "
         "Failure "
         "responding to request: StatusCode=429 -- Original Error: autorest/azure: Service returned an error. "
         "Status=429"},
        {"gcp-pd", kRestore, Reason::BackendAccessDenied,
         "rpc error: code = Internal desc = CreateVolume failed to create single zonal disk \"pvc-2644\": failed to "
         "insert "
         "zonal disk: unknown Insert disk error: googleapi: Error 403: Required 'compute.snapshots.useReadOnly' "
         "permission "
         "for 'projects/my-project/global/snapshots/bsc-dataseed-0429-2', forbidden"},
        {"gcp-filestore", kCut, Reason::OutOfResources,
         "rpc error: code = Internal desc = Create Backup operation failed: googleapi: Error 429: Quota limit "
         "'BackupsPerRegion' has been exceeded. Limit: 208 in region us-east1."},
        {"gcp-pd", kCut, Reason::Throttled,
         "rpc error: code = Internal desc = googleapi: Error 403: Rate Limit Exceeded, rateLimitExceeded"},
        {"ceph rbd (rook)", kCut, Reason::SecretMissing, "rpc error: code = Internal desc = provided secret is empty"},
        {"ceph rbd (rook), group", kCut, Reason::SecretMissing,
         R"(failed to take group snapshot of the volumes [0001-0012]: "rpc error: code = InvalidArgument desc = failed to find required volume \"0001-0012\" for volume group snapshot \"groupsnapshot-0f62\": failed to get credentials: provided secret is empty")"},
        {"ceph rbd", kRestore, Reason::DriverNotResponding,
         R"(failed to provision volume with StorageClass "csi-rbd-sc": rpc error: code = Aborted desc = an operation with the given Volume ID pvc-4541 already exists)"},
        {"cephfs", kCut, Reason::DriverNotResponding,
         R"(failed to take snapshot of the volume 0001-0009: "rpc error: code = DeadlineExceeded desc = context deadline exceeded")"},
        {"vsphere", kCut, Reason::OutOfResources,
         "rpc error: code = FailedPrecondition desc = the number of snapshots on the source volume 4b1e4fab reaches "
         "the "
         "configured maximum (3)"},
        {"trident", kDelete, Reason::SnapshotInUse,
         "rpc error: code = FailedPrecondition desc = error deleting snapshot: snapshot is busy"},
        {"longhorn", kCut, Reason::DriverNotResponding,
         R"(Failed to create snapshot: failed to take snapshot of the volume, pvc-78ca: "rpc error: code = DeadlineExceeded desc = context deadline exceeded")"},
        {"longhorn", kCut, Reason::Unknown,
         "rpc error: code = Internal desc = waitForSnapshotToBeReady: error while waiting for snapshot snapshot-2e32 "
         "to be "
         "ready: Action [snapshotCRGet] not available on [&{pvc-31c4 volume}]"},
        {"dell powermax", kCut, Reason::OutOfResources,
         R"_(failed to take snapshot of the volume csi-csi-001-pmax: "rpc error: code = Internal desc = Failed to create snapshot: CreateSnapshot failed with error (csm-authorization: request denied: not enough quota)")_"},
        {"ibm spectrum scale", kCut, Reason::OutOfResources,
         "rpc error: code = OutOfRange desc = max limit of snapshots reached for fileset [fs1:pvc-43b0]. No more "
         "snapshots "
         "can be created for this fileset."},
        {"ibm vpc", kCut, Reason::BackendAccessDenied,
         "rpc error: code = Internal desc = {RequestID: 359f, Code: InternalError, BackendError: "
         "{Code:SnapshotSpaceOrderFailed, The user is not authorized Please check Check access permissions and try "
         "again., "
         "RC:500}}"},
        {"mayastor", kCut, Reason::OutOfResources,
         "rpc error: code = Internal desc = Operation failed: GenericOperation(\"error in response: status code '503 "
         "Service "
         "Unavailable', content: 'RestJsonError { details: \\\"Cannot create a snapshot for volume 1097 because it "
         "would "
         "exceed the maximum limit of 10 snapshots\\\", message: \\\"SvcError :: MaxNumberOfSnapshotsReached\\\" "
         "}'\")"},
        {"democratic-csi", kCut, Reason::HandleNotFound,
         R"(rpc error: code = Internal desc = Error: {"message":"Failed to snapshot vault/k3s/nfs/v/pvc-a687@x: Dataset vault/k3s/nfs/v/pvc-a687 not found","errno":14})"},
        {"truenas", kDelete, Reason::SnapshotInUse,
         "rpc error: code = Internal desc = [EINVAL] options.defer: snapshot has dependent clones: "
         "tank/k8s/iscsi/pvc-1"},
        {"hostpath", kCut, Reason::Unknown,
         "rpc error: code = Internal desc = failed create snapshot: exit status 2: tar: can't open"},
        {"linstor", kCut, Reason::OutOfResources,
         "rpc error: code = Internal desc = Not enough free space available for volume 0 of resource 'pm-6ae4'."},
        {"aws-ebs", kCut, Reason::Throttled,
         "operation error EC2: CreateSnapshot, https response error StatusCode: 400, RequestID: 77aa, api error "
         "ConcurrentSnapshotLimitExceeded: Maximum allowed in-progress snapshots for a single volume exceeded."},
        {"aws-ebs", kCut, Reason::BackendAccessDenied,
         "rpc error: code = Internal desc = Could not create snapshot \"snapshot-1\": error creating snapshot of "
         "volume "
         "vol-0a1: get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found"},
        {"aws-ebs", kRestore, Reason::OutOfResources,
         "rpc error: code = Internal desc = Could not create volume \"pvc-1\": api error VolumeLimitExceeded: You have "
         "exceeded your maximum gp3 storage limit of 50 TiB in this region."},
        {"aws-ebs", kRestore, Reason::SizeTooSmall,
         "api error InvalidParameterValue: Volume of 1GiB is smaller than snapshot 'snap-1', expect size >= 2GiB"},
        {"azuredisk, track 2 SDK", kCut, Reason::BackendAccessDenied,
         "rpc error: code = Internal desc = create snapshot error: PUT https://management.azure.com/x\n"
         "RESPONSE 403: 403 Forbidden\nERROR CODE: AuthorizationFailed"},
        {"azurefile", kCut, Reason::OutOfResources,
         "rpc error: code = Internal desc = failed to create snapshot from(rg#acc#share): RESPONSE 409\nERROR CODE: "
         "ShareSnapshotCountExceeded"},
        {"azure blob", kCut, Reason::Throttled, "RESPONSE 409\nERROR CODE: SnapshotOperationRateExceeded"},
        {"gcp-pd", kCut, Reason::OutOfResources,
         "rpc error: code = Internal desc = Failed to create snapshot: googleapi: Error 403: Quota 'SNAPSHOTS' "
         "exceeded. "
         "Limit: 1000.0 globally., quotaExceeded"},
        {"gcp-pd", kCut, Reason::HandleNotFound,
         "rpc error: code = Internal desc = Failed to create snapshot: googleapi: Error 404: The resource "
         "'projects/p/zones/z/disks/d' was not found, notFound"},
        {"gcp-pd", kCut, Reason::Throttled,
         "googleapi: Error 400: Operation rate exceeded for resource 'projects/p/zones/z/disks/d'. Too frequent "
         "operations from the source resource."},
        {"gcp-pd", kRestore, Reason::OutOfResources,
         "rpc error: code = Internal desc = ZONE_RESOURCE_POOL_EXHAUSTED: The zone 'projects/p/zones/z' does not have "
         "enough resources available to fulfill the request."},
        {"ceph rbd", kCut, Reason::DriverNotResponding,
         "rpc error: code = Internal desc = failed to get connection: connecting failed: rados: ret=-110, Connection "
         "timed out"},
        {"ceph rbd", kCut, Reason::OutOfResources,
         "rpc error: code = Internal desc = rbd: ret=-122, Disk quota exceeded"},
        {"ceph rbd", kCut, Reason::BackendAccessDenied,
         "rpc error: code = Internal desc = failed to get connection: connecting failed: rados: ret=-13, Permission "
         "denied"},
        {"ceph rbd", kRestore, Reason::DriverNotResponding,
         "rpc error: code = Aborted desc = flatten in progress: flatten is in progress for image csi-vol-1"},
        {"vsphere", kCut, Reason::BackendAccessDenied,
         "rpc error: code = Internal desc = failed to create snapshot on volume 4b1e: ServerFaultCode: NoPermission"},
        {"vsphere", kCut, Reason::OperationUnsupported,
         "rpc error: code = Unimplemented desc = cannot snapshot migrated vSphere volume. :[ds] pvc-1.vmdk"},
        {"longhorn", kCut, Reason::OutOfResources,
         "rpc error: code = Internal desc = failed to create snapshot: proxyServer=10.42.3.7:8501 "
         "destination=10.42.3.7:10010: failed to snapshot volume: rpc error: code = Unknown desc = failed to create "
         "snapshot 123 for volume 10.42.3.7:10010: rpc error: code = Unknown desc = snapshot count usage 10 is equal "
         "or "
         "larger than snapshotMaxCount 10"},
        {"trident", kCut, Reason::DriverNotResponding,
         "rpc error: code = FailedPrecondition desc = Trident is initializing, please try again later"},
        {"trident", kCut, Reason::Unknown,
         "error updating status for volume snapshot content c: snapshot controller failed to update c on API server: "
         "VolumeSnapshotContent.snapshot.storage.k8s.io \"c\" is invalid: status.restoreSize: Invalid value: -2252800: "
         "status.restoreSize in body should be greater than or equal to 0"},
        {"cinder", kCut, Reason::OutOfResources,
         R"(Expected HTTP response code [202] when accessing [POST https://x/snapshots], but got 413 instead {"overLimit": {"code": 413, "message": "SnapshotLimitExceeded: Maximum number of snapshots allowed (10) exceeded"}})"},
        {"cinder", kRestore, Reason::HandleNotFound,
         R"(rpc error: code = Internal desc = Resource not found: [POST https://x/volumes], error message: {"itemNotFound": {"code": 404, "message": "Snapshot 1f could not be found."}})"},
        {"cinder", kCut, Reason::Unknown,
         "rpc error: code = Internal desc = CreateSnapshot failed with error Bad request with: Invalid volume: Volume "
         "5cab status must be available, but current status is: in-use."},
        {"alibaba disk", kCut, Reason::Throttled,
         "ErrorCode: Throttling.User\nMessage: Request was denied due to user flow control."},
        {"alibaba disk", kCut, Reason::BackendAccessDenied,
         "ErrorCode: Forbidden.RAM\nMessage: User not authorized to operate on the specified resource."},
        {"alibaba disk", kRestore, Reason::HandleNotFound, "ErrorCode: InvalidSnapshotId.NotFound"},
        {"digitalocean", kCut, Reason::OutOfResources,
         "rpc error: code = ResourceExhausted desc = snapshot limit has been reached"},
        {"topolvm", kCut, Reason::OutOfResources,
         "rpc error: code = ResourceExhausted desc = no enough space left on VG: free=1, requested=2"},
        {"portworx", kCut, Reason::OutOfResources,
         "rpc error: code = Internal desc = Failed to create snapshot: Feature upgrade needed. Licensed maximum "
         "reached "
         "for 'LocalVolumeSnapshots' feature"},
        // what the controllers of 6 to 8 say besides
        {"csi-snapshotter 8, class gone", kCut, Reason::SnapshotClassNotFound,
         R"(Failed to create snapshot: failed to get input parameters to create snapshot for content c: "volumesnapshotclass.snapshot.storage.k8s.io \"gold\" not found")"},
        {"csi-snapshotter, half a secret", kCut, Reason::SecretMissing,
         "cannot retrieve secrets for snapshot content \"c\", err: secret name or namespace not specified"},
        {"csi-snapshotter, secret of a class", kCut, Reason::SecretMissing,
         R"(failed to get input parameters to create snapshot for content c: "either name and namespace for Snapshotter secrets specified, Both must be specified")"},
        {"csi-snapshotter, quoted secret", kCut, Reason::SecretMissing,
         R"(failed to get input parameters: "secrets \"login\" not found")"},
        {"snapshot-controller", kCut, Reason::ContentMissing,
         "snapshot shop/s1 requests an non-existing content content-1"},
        {"snapshot-controller", kCut, Reason::ContentMisbound,
         "VolumeSnapshotContent is dynamically provisioned while expecting a pre-provisioned one"},
        {"snapshot-controller", kCut, Reason::SourceClaimUnbound,
         R"(Failed to create snapshot content with error failed to get input parameters to create snapshot s1: "claim in dataSource not bound or invalid")"},
        {"snapshot-controller", kCut, Reason::InvalidSpec,
         "Snapshot handle should not be set in content c for dynamic provisioning"},
        {"csi-provisioner", kRestore, Reason::InvalidSpec, "claim Selector is not supported"},
        {"csi-provisioner", kRestore, Reason::ContentMisbound,
         "error getting handle for DataSource Type VolumeSnapshot by Name s: snapshotcontent c for snapshot s is bound "
         "to "
         "a different snapshot"},
        {"csi-provisioner", kRestore, Reason::Unknown,
         "error generating accessibility requirements: no topology key found on CSINode worker-1"},
        // the gRPC code alone, as the CSI specification has it
        {"any", kRestore, Reason::InvalidSpec, "rpc error: code = OutOfRange desc = "},
        {"any", kCut, Reason::Unknown, "rpc error: code = OutOfRange desc = "},
        {"any", kCut, Reason::OutOfResources, "rpc error: code = ResourceExhausted desc = "},
        {"any", kCut, Reason::DriverNotResponding, "rpc error: code = Unavailable desc = "},
        {"any", kCut, Reason::OperationUnsupported, "rpc error: code = Unimplemented desc = "},
        {"any", kRestore, Reason::HandleNotFound, "rpc error: code = NotFound desc = "},
        {"any", kDelete, Reason::SnapshotInUse, "rpc error: code = FailedPrecondition desc = "},
        {"any", kCut, Reason::Unknown, "rpc error: code = FailedPrecondition desc = "},
        {"any", kCut, Reason::Unknown, "something odd happened"},
};

}  // namespace

TEST_CASE("a message of a driver or controller means what its table says", "[diagnosis][text]") {
  for (const Sample& sample : kSamples) {
    CAPTURE(sample.who, sample.message);
    const auto verdict = classify_text(sample.message, sample.call);
    REQUIRE(verdict);
    CHECK(to_string(verdict->reason) == to_string(sample.reason));
    CHECK(verdict->final == is_final(sample.reason));
  }
}

TEST_CASE("an empty message and an update conflict say nothing of the cause", "[diagnosis][text]") {
  CHECK_FALSE(classify_text("", kCut));
  CHECK_FALSE(
      classify_text("Error saving claim: Operation cannot be fulfilled on persistentvolumeclaims \"mongo\": the "
                    "object has been modified; please apply your changes to the latest version and try again",
                    kRestore));
}

TEST_CASE("names of objects are not taken for phrases", "[diagnosis][text]") {
  // Names have no blanks and no capitals.
  CHECK(classify_text("rpc error: code = Internal desc = volume requestlimitexceeded-quota-exceeded: odd", kCut)
            ->reason == Reason::Unknown);
  CHECK(classify_text("rpc error: code = Internal desc = snapshot-not-found.no-space-left-on-device", kCut)->reason ==
        Reason::Unknown);
}

TEST_CASE("a fix names the object, and its command can be pasted whatever the names hold", "[diagnosis][fix]") {
  const Fix fix = fill_fix(Reason::SourceClaimUnbound, {{"ns", "shop"}, {"claim", "data; rm -rf '$HOME'"}});
  CHECK(fix.command == R"(kubectl describe persistentvolumeclaim -n shop 'data; rm -rf '\''$HOME'\''')");
  CHECK(fix.text.find("data; rm -rf") != std::string::npos);
  CHECK(shell_quoted("a\nb\x1b[31m") == R"('a\nb\x1b[31m')");
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("--all") == "./--all");
}

TEST_CASE("a fix of a cluster-scoped object names no namespace, and what is unknown is left to the reader",
          "[diagnosis][fix]") {
  CHECK(fill_fix(Reason::InvalidSpec, {{"kind", "volumesnapshotcontents"}, {"ns", ""}, {"name", "c1"}}).command ==
        "kubectl get volumesnapshotcontents c1 -o yaml");
  CHECK(fill_fix(Reason::SourceClaimUnbound, {{"ns", "shop"}}).command ==
        "kubectl describe persistentvolumeclaim -n shop '<claim>'");
}
