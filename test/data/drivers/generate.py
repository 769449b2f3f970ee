#!/usr/bin/env python3
"""Writes the recordings of this folder: what snapshots and restores look like with drivers and backup tools that no test runs.

Made by hand after the sources of external-snapshotter 6 to 8, external-provisioner, Velero, VolSync and Kasten K10 and after
messages that users of the drivers reported. `generate.py` writes them all anew; a test plays them.
"""
import copy
import datetime
import gzip
import hashlib
import json
import pathlib
import uuid

HERE = pathlib.Path(__file__).resolve().parent
BEGIN = 1795000000
SNAPSHOTS = "snapshot.storage.k8s.io/v1"
BEING_CREATED = "snapshot.storage.kubernetes.io/volumesnapshot-being-created"
BEING_DELETED = "snapshot.storage.kubernetes.io/volumesnapshot-being-deleted"
SOURCE_PROTECTION = "snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection"
BOUND_PROTECTION = "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection"
CONTENT_PROTECTION = "snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection"
PROVISIONER = "volume.kubernetes.io/storage-provisioner"
PLURALS = {"VolumeSnapshot": "volumesnapshots", "VolumeSnapshotContent": "volumesnapshotcontents",
           "VolumeSnapshotClass": "volumesnapshotclasses", "PersistentVolumeClaim": "persistentvolumeclaims",
           "PersistentVolume": "persistentvolumes", "StorageClass": "storageclasses", "Namespace": "namespaces",
           "Event": "events", "Backup": "backups"}


def rfc3339(second):
    return datetime.datetime.fromtimestamp(BEGIN + int(second), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class World:
    """A cluster's objects; every change is a line."""

    def __init__(self, name, driver):
        self.name, self.driver = name, driver
        self.lines, self.version, self.now = [], 1000, 0.0

    def line(self, kind, verb, item):
        self.version += 1
        item["metadata"]["resourceVersion"] = str(self.version)
        self.lines.append({"at": round(BEGIN + self.now, 3), "resource": PLURALS[kind],
                           "event": {"type": verb, "object": copy.deepcopy(item)}})
        self.now += 0.01

    def at(self, second):
        assert second >= self.now - 1, (second, self.now)
        self.now = max(self.now, second)

    def add(self, kind, name, namespace=None, api="v1", spec=None, status=None, **meta):
        seed = hashlib.sha256(f"{self.name}/{kind}/{namespace}/{name}/{self.version}".encode()).digest()[:16]
        item = {"apiVersion": api, "kind": kind,
                "metadata": {"name": name, "uid": str(uuid.UUID(bytes=seed, version=4)),
                             "creationTimestamp": rfc3339(self.now), **meta}}
        if namespace:
            item["metadata"]["namespace"] = namespace
        if spec is not None:
            item["spec"] = spec
        if status is not None:
            item["status"] = status
        self.line(kind, "ADDED", item)
        return item

    def change(self, item, **status):
        """Sets fields of the status; None takes them away."""
        fields = item.setdefault("status", {})
        for key, value in status.items():
            if value is None:
                fields.pop(key, None)
            else:
                fields[key] = value
        self.line(item["kind"], "MODIFIED", item)

    def annotate(self, item, key, value="yes"):
        notes = item["metadata"].setdefault("annotations", {})
        if value is None:
            notes.pop(key, None)
        else:
            notes[key] = value
        self.line(item["kind"], "MODIFIED", item)

    def finalize(self, item, *finalizers):
        item["metadata"]["finalizers"] = list(finalizers)
        self.line(item["kind"], "MODIFIED", item)

    def ask_deletion(self, item):
        item["metadata"]["deletionTimestamp"] = rfc3339(self.now)
        self.line(item["kind"], "MODIFIED", item)

    def remove(self, item):
        item["metadata"].pop("finalizers", None)
        self.line(item["kind"], "DELETED", item)

    def says(self, about, reason, message, count=1, kind="Warning"):
        meta = about["metadata"]
        name = f"{meta['name']}.{hashlib.sha256((reason + meta['uid']).encode()).hexdigest()[:16]}"
        event = {"apiVersion": "v1", "kind": "Event",
                 "metadata": {"name": name, "namespace": meta.get("namespace", "default"),
                              "uid": str(uuid.uuid5(uuid.NAMESPACE_URL, name))},
                 "involvedObject": {"kind": about["kind"], "name": meta["name"], "uid": meta["uid"],
                                    **({"namespace": meta["namespace"]} if "namespace" in meta else {})},
                 "reason": reason, "message": message, "type": kind, "count": count,
                 "firstTimestamp": rfc3339(self.now), "lastTimestamp": rfc3339(self.now)}
        self.line("Event", "ADDED" if count == 1 else "MODIFIED", event)

    # What every cluster has.

    def classes(self, policy="Delete", binding="Immediate", **meta):
        self.add("VolumeSnapshotClass", "snapclass", api=SNAPSHOTS, **meta)
        self.lines[-1]["event"]["object"].update({"driver": self.driver, "deletionPolicy": policy})
        self.add("StorageClass", "standard", api="storage.k8s.io/v1")
        self.lines[-1]["event"]["object"].update({"provisioner": self.driver, "volumeBindingMode": binding})

    def volume(self, claim, handle):
        """The claim's volume, bound."""
        meta = claim["metadata"]
        name = f"pvc-{meta['uid']}"
        self.add("PersistentVolume", name, spec={
            "csi": {"driver": self.driver, "volumeHandle": handle}, "storageClassName": "standard",
            "claimRef": {"kind": "PersistentVolumeClaim", "namespace": meta["namespace"], "name": meta["name"],
                         "uid": meta["uid"]}}, status={"phase": "Bound"})
        claim["spec"]["volumeName"] = name
        self.change(claim, phase="Bound")

    def claim(self, namespace, name, source=None, **meta):
        spec = {"storageClassName": "standard", "resources": {"requests": {"storage": "10Gi"}}}
        if source:
            spec["dataSource"] = spec["dataSourceRef"] = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot",
                                                          "name": source}
        return self.add("PersistentVolumeClaim", name, namespace, spec=spec, status={"phase": "Pending"}, **meta)

    def bound_claim(self, namespace, name, handle):
        made = self.claim(namespace, name)
        self.volume(made, handle)
        return made

    def snapshot(self, namespace, name, claim, **meta):
        return self.add("VolumeSnapshot", name, namespace, SNAPSHOTS, {
            "source": {"persistentVolumeClaimName": claim}, "volumeSnapshotClassName": "snapclass"}, **meta)

    def content_of(self, snapshot, volume, policy="Delete"):
        """What the snapshot-controller does with a new snapshot."""
        meta = snapshot["metadata"]
        self.finalize(snapshot, SOURCE_PROTECTION)
        content = self.add("VolumeSnapshotContent", f"snapcontent-{meta['uid']}", api=SNAPSHOTS, spec={
            "deletionPolicy": policy, "driver": self.driver, "source": {"volumeHandle": volume},
            "volumeSnapshotClassName": "snapclass",
            "volumeSnapshotRef": {"kind": "VolumeSnapshot", "namespace": meta["namespace"], "name": meta["name"],
                                  "uid": meta["uid"]}}, finalizers=[CONTENT_PROTECTION])
        self.annotate(content, BEING_CREATED)
        self.change(snapshot, boundVolumeSnapshotContentName=content["metadata"]["name"], readyToUse=False)
        return content

    def fails(self, snapshot, content, text, reason="SnapshotContentCheckandUpdateFailed", final=True):
        """One try of the sidecar: the error in both statuses and an Event, the annotation only while the call may be going on."""
        if final:
            self.annotate(content, BEING_CREATED, None)
        begin = "Failed to create snapshot" if reason == "SnapshotCreationFailed" else "Failed to check and update snapshot content"
        message = f"{begin}: failed to take snapshot of the volume {content['spec']['source'].get('volumeHandle')}: \"{text}\""
        error = {"message": message, "time": rfc3339(self.now)}
        self.change(content, readyToUse=False, error=error)
        self.says(content, reason, message)
        if snapshot:
            self.change(snapshot, error=error)

    def cut(self, snapshot, content, handle, ready=True):
        """The driver has answered. An error stays until the snapshot is ready."""
        status = {"snapshotHandle": handle, "creationTime": int((BEGIN + self.now) * 1e9), "readyToUse": ready,
                  "restoreSize": 10 << 30}
        if ready:
            status["error"] = None
        self.change(content, **status)
        self.annotate(content, BEING_CREATED, None)
        mirrored = {"creationTime": rfc3339(self.now), "readyToUse": ready, "restoreSize": "10Gi"}
        if ready:
            mirrored["error"] = None
        self.change(snapshot, **mirrored)
        self.says(snapshot, "SnapshotCreated", "Snapshot was successfully created by the CSI driver.", kind="Normal")
        if ready:
            self.says(snapshot, "SnapshotReady", "Snapshot is ready to use.", kind="Normal")

    def uploaded(self, snapshot, content):
        self.change(content, readyToUse=True, error=None)
        self.change(snapshot, readyToUse=True, error=None)
        self.says(snapshot, "SnapshotReady", "Snapshot is ready to use.", kind="Normal")

    def taken(self, namespace, name, claim, volume, handle, policy="Delete", **meta):
        snapshot = self.snapshot(namespace, name, claim, **meta)
        content = self.content_of(snapshot, volume, policy)
        self.at(self.now + 1)
        self.cut(snapshot, content, handle)
        return snapshot, content

    def destroy(self, snapshot, content):
        """Deleted with policy Delete: content, handle, then both objects."""
        self.finalize(snapshot, SOURCE_PROTECTION, BOUND_PROTECTION)
        self.ask_deletion(snapshot)
        self.annotate(content, BEING_DELETED)
        self.ask_deletion(content)
        self.change(content, snapshotHandle=None, readyToUse=None, creationTime=None, restoreSize=None)
        self.remove(content)
        self.remove(snapshot)

    def imported(self, namespace, name, handle, policy="Retain", uid_known=True, **meta):
        """Content first, as Velero's and others' importers do; then the snapshot, both ready."""
        content = self.add("VolumeSnapshotContent", name, api=SNAPSHOTS, spec={
            "deletionPolicy": policy, "driver": self.driver, "source": {"snapshotHandle": handle},
            "volumeSnapshotClassName": "snapclass", "volumeSnapshotRef": {"namespace": namespace, "name": name}})
        snapshot = self.add("VolumeSnapshot", name, namespace, SNAPSHOTS, {
            "source": {"volumeSnapshotContentName": name}, "volumeSnapshotClassName": "snapclass"}, **meta)
        if uid_known:
            content["spec"]["volumeSnapshotRef"]["uid"] = snapshot["metadata"]["uid"]
        self.change(content, snapshotHandle=handle, readyToUse=True, creationTime=int((BEGIN + self.now) * 1e9),
                    restoreSize=10 << 30)
        self.change(snapshot, boundVolumeSnapshotContentName=name, readyToUse=True, creationTime=rfc3339(self.now),
                    restoreSize="10Gi")
        return snapshot, content

    def provisioned(self, claim, handle, seconds=3):
        self.annotate(claim, PROVISIONER, self.driver)
        self.says(claim, "Provisioning", "External provisioner is provisioning volume for claim", kind="Normal")
        self.at(self.now + seconds)
        self.volume(claim, handle)
        self.says(claim, "ProvisioningSucceeded", "Successfully provisioned volume", kind="Normal")

    def end(self, second):
        """Time goes on to that second: something of no concern happens."""
        self.at(second)
        self.add("Namespace", f"end-{int(second)}", status={"phase": "Active"})

    def write(self):
        text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in self.lines)
        with open(HERE / f"{self.name}.ndjson.gz", "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as zipped:
            zipped.write(text.encode())


def ebs_by_k10():
    """Kasten K10 on EBS: throttled for a minute with a new request's id in each error, cut, uploading for ten minutes."""
    w = World("ebs-k10", "ebs.csi.aws.com")
    w.classes("Retain", annotations={"k10.kasten.io/is-snapshot-class": "true"})
    w.bound_claim("pg", "data-pg-0", "vol-0a1b2c3d")
    w.at(2)
    labels = {"k10.kasten.io/appNamespace": "pg"}
    snapshot = w.snapshot("pg", "k10-csi-snap-7xkfz", "data-pg-0", labels=labels)
    content = w.content_of(snapshot, "vol-0a1b2c3d", "Retain")
    for number, second in enumerate((3, 4, 6, 10, 18, 34, 66)):
        w.at(second)
        w.annotate(content, BEING_CREATED)
        w.fails(snapshot, content, "rpc error: code = Internal desc = Could not create snapshot \\\"snapshot-7\\\": error creating "
                "snapshot of volume vol-0a1b2c3d: operation error EC2: CreateSnapshot, https response error StatusCode: 400, "
                f"RequestID: 5f3a-{number}, api error SnapshotCreationPerVolumeRateExceeded: The maximum per volume "
                "CreateSnapshot request rate has been exceeded.",
                "SnapshotCreationFailed" if number == 0 else "SnapshotContentCheckandUpdateFailed")
    w.at(130)
    w.cut(snapshot, content, "snap-0f9e8d", ready=False)
    w.at(730)
    w.uploaded(snapshot, content)
    w.end(800)
    w.write()


def ceph_by_volsync():
    """VolSync on Ceph RBD (external-snapshotter 6): twelve sources of one namespace, each with a snapshot and a copy that last
    for a minute; the second round finds a clone still being flattened."""
    w = World("ceph-volsync", "rook-ceph.rbd.csi.ceph.com")
    w.classes("Delete")
    for number in range(12):
        w.bound_claim("home", f"app-{number}", f"0001-0009-rook-ceph-{number}")
    for round_number in range(2):
        for number in range(12):
            w.at(10 + round_number * 200 + number * 5)
            owner = [{"apiVersion": "volsync.backube/v1alpha1", "kind": "ReplicationSource", "name": f"app-{number}",
                      "uid": str(uuid.uuid5(uuid.NAMESPACE_URL, str(number))), "controller": True}]
            snapshot, content = w.taken("home", f"volsync-app-{number}-src", f"app-{number}",
                                        f"0001-0009-rook-ceph-{number}", f"0001-snap-{round_number}-{number}",
                                        ownerReferences=owner)
            copied = w.claim("home", f"volsync-app-{number}-src", f"volsync-app-{number}-src", ownerReferences=owner)
            if round_number == 1 and number == 3:
                w.says(copied, "ProvisioningFailed", "failed to provision volume with StorageClass \"standard\": rpc error: code = "
                       "Aborted desc = an operation with the given Volume ID pvc-3 already exists")
            w.provisioned(copied, f"0001-copy-{round_number}-{number}", 1)
            w.ask_deletion(copied)
            w.remove(copied)
            w.destroy(snapshot, content)
    w.end(500)
    w.write()


def vsphere_limit():
    """vSphere: a fourth snapshot of a volume that may have three, by snapscheduler; room is made after four minutes."""
    w = World("vsphere-limit", "csi.vsphere.vmware.com")
    w.classes("Delete")
    w.bound_claim("db", "data", "4b1e4fab-53a8")
    labels = {"snapscheduler.backube/schedule": "hourly"}
    kept = []
    for number in range(3):
        w.at(5 + number * 3)
        kept.append(w.taken("db", f"data-hourly-{number}", "data", "4b1e4fab-53a8", f"4b1e4fab+{number}", labels=labels))
    w.at(60)
    snapshot = w.snapshot("db", "data-hourly-3", "data", labels=labels)
    content = w.content_of(snapshot, "4b1e4fab-53a8")
    text = ("rpc error: code = FailedPrecondition desc = the number of snapshots on the source volume 4b1e4fab-53a8 reaches the "
            "configured maximum (3)")
    w.at(61)
    w.fails(snapshot, content, text, "SnapshotCreationFailed")
    w.at(62)
    w.fails(snapshot, content, text)
    w.at(240)
    w.destroy(*kept[0])
    w.at(300)
    w.cut(snapshot, content, "4b1e4fab+3")
    w.end(400)
    w.write()


def azure_by_data_mover():
    """Velero's data mover on Azure Disk: twelve volumes of a backup, each snapshot handed over into Velero's namespace, copied
    by a volume that waits for its pod, and destroyed."""
    w = World("azure-data-mover", "disk.csi.azure.com")
    w.classes("Delete", "WaitForFirstConsumer", labels={"velero.io/csi-volumesnapshot-class": "true"})
    disk = "/subscriptions/0/resourceGroups/mc/providers/Microsoft.Compute/disks/pvc-{}"
    for number in range(12):
        w.bound_claim("shop", f"data-{number}", disk.format(number))
    w.at(5)
    backup = w.add("Backup", "nightly", "velero", "velero.io/v1", {
        "includedNamespaces": ["shop"], "csiSnapshotTimeout": "10m0s", "snapshotMoveData": True}, {"phase": "InProgress"})
    taken = []
    for number in range(12):
        w.at(6 + number * 5)
        taken.append(w.taken("shop", f"velero-data-{number}-x{number}", f"data-{number}", disk.format(number),
                             f"/subscriptions/0/snapshots/s-{number}", labels={"velero.io/backup-name": "nightly"}))
    w.at(70)
    w.change(backup, phase="WaitingForPluginOperations")
    for number, (snapshot, content) in enumerate(taken):
        w.at(72 + number * 12)
        mover = f"nightly-{number}"
        content["spec"]["deletionPolicy"] = "Retain"
        w.line("VolumeSnapshotContent", "MODIFIED", content)
        w.ask_deletion(snapshot)
        w.remove(snapshot)
        w.ask_deletion(content)
        w.remove(content)
        copy_snapshot, copy_content = w.imported("velero", mover, f"/subscriptions/0/snapshots/s-{number}", "Delete")
        claim = w.claim("velero", mover, mover)
        w.says(claim, "WaitForFirstConsumer", "waiting for first consumer to be created before binding", kind="Normal")
        w.at(w.now + 2)
        w.annotate(claim, "volume.kubernetes.io/selected-node", "worker-1")
        w.provisioned(claim, disk.format(f"copy-{number}"), 4)
        w.ask_deletion(claim)
        w.remove(claim)
        w.destroy(copy_snapshot, copy_content)
    w.at(230)
    w.change(backup, phase="Finalizing")
    w.change(backup, phase="Completed")
    w.end(300)
    w.write()


def gce_small_restore():
    """GCE PD: a restore for which a quota has no room until somebody makes some, and a snapshot of a disk that is gone."""
    w = World("gce-restore", "pd.csi.storage.gke.io")
    w.classes("Retain", "Immediate")
    w.bound_claim("web", "data", "projects/p/zones/z/disks/pvc-1")
    w.at(3)
    w.taken("web", "before", "data", "projects/p/zones/z/disks/pvc-1", "projects/p/global/snapshots/snapshot-1", "Retain")
    w.at(10)
    full = w.claim("web", "full", "before")
    w.annotate(full, PROVISIONER, w.driver)
    w.says(full, "Provisioning", "External provisioner is provisioning volume for claim \"web/full\"", kind="Normal")
    w.says(full, "ProvisioningFailed", "failed to provision volume with StorageClass \"standard\": rpc error: code = "
           "ResourceExhausted desc = CreateVolume failed to create single zonal disk \"pvc-2\": failed to insert zonal disk: "
           "unknown Insert disk error: googleapi: Error 403: Quota 'SSD_TOTAL_GB' exceeded. Limit: 500.0 in region "
           "us-central1., quotaExceeded")
    w.at(20)
    snapshot = w.snapshot("web", "gone-disk", "data")
    content = w.content_of(snapshot, "projects/p/zones/z/disks/pvc-1", "Retain")
    w.at(21)
    w.fails(snapshot, content, "rpc error: code = Internal desc = Failed to create snapshot: googleapi: Error 404: The resource "
            "'projects/p/zones/z/disks/pvc-1' was not found, notFound", "SnapshotCreationFailed")
    w.at(200)
    w.provisioned(full, "projects/p/zones/z/disks/pvc-2", 2)
    w.end(260)
    w.write()


def longhorn_silent():
    """Longhorn with external-snapshotter 7, a sidecar that waits ten minutes for an answer: one finding of a silent driver."""
    w = World("longhorn-silent", "driver.longhorn.io")
    w.classes("Delete")
    w.bound_claim("media", "library", "pvc-78ca")
    w.at(5)
    snapshot = w.snapshot("media", "weekly", "library", annotations={"gemini.fairwinds.com/group": "library"})
    content = w.content_of(snapshot, "pvc-78ca")
    for number, second in enumerate((605, 1207)):
        w.at(second)
        w.fails(snapshot, content, "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
                "SnapshotCreationFailed" if number == 0 else "SnapshotContentCheckandUpdateFailed", final=False)
    w.at(1500)
    w.cut(snapshot, content, "bak://pvc-78ca/backup-1")
    w.end(1600)
    w.write()


def trident_deletion():
    """NetApp Trident: a snapshot that clones depend on can't be deleted until they are split off. Nothing says so but the log."""
    w = World("trident-deletion", "csi.trident.netapp.io")
    w.classes("Delete")
    w.bound_claim("ci", "cache", "pvc-ci")
    w.at(2)
    old, old_content = w.taken("ci", "old", "cache", "pvc-ci", "pvc-ci/snapshot-old")
    w.at(10)
    w.taken("ci", "new", "cache", "pvc-ci", "pvc-ci/snapshot-new")
    w.at(30)
    w.finalize(old, SOURCE_PROTECTION, BOUND_PROTECTION)
    w.ask_deletion(old)
    w.annotate(old_content, BEING_DELETED)
    w.ask_deletion(old_content)
    # The reason is in the sidecar's log alone.
    for number in range(7):
        w.says(old_content, "SnapshotDeleteError", "Failed to delete snapshot", number + 1)
        w.at(w.now + 2 ** number)
    w.at(300)
    w.change(old_content, snapshotHandle=None, readyToUse=None, creationTime=None, restoreSize=None, error=None)
    w.remove(old_content)
    w.remove(old)
    w.end(360)
    w.write()


def oadp_retained():
    """OADP on EBS with an older Velero, which leaves the snapshots after the backup, and a NonAdminBackup of a tenant. The restore
    comes in an odd order: claim, snapshot, content; its claim names what is made later."""
    w = World("oadp-odd-order", "ebs.csi.aws.com")
    w.classes("Retain", labels={"velero.io/csi-volumesnapshot-class": "true"})
    w.bound_claim("tenant", "data", "vol-1")
    w.at(4)
    backup = w.add("Backup", "nab-tenant-7f3", "openshift-adp", "velero.io/v1", {"includedNamespaces": ["tenant"]},
                   {"phase": "InProgress"}, annotations={"openshift.io/oadp-nab-origin-namespace": "tenant",
                                                          "openshift.io/oadp-nab-origin-name": "mine"})
    snapshot, content = w.taken("tenant", "velero-data-h2k", "data", "vol-1", "snap-1", "Retain",
                                labels={"velero.io/backup-name": "nab-tenant-7f3"})
    w.at(20)
    w.change(backup, phase="Completed", expiration=rfc3339(86400))
    w.at(40)
    labels = {"velero.io/backup-name": "nab-tenant-7f3", "velero.io/restore-name": "back"}
    claim = w.claim("copy", "data", "velero-data-h2k", labels=labels)
    w.says(claim, "ProvisioningFailed", "failed to provision volume with StorageClass \"standard\": error getting handle for "
           "DataSource Type VolumeSnapshot by Name velero-data-h2k: error getting snapshot velero-data-h2k from api server: "
           "volumesnapshots.snapshot.storage.k8s.io \"velero-data-h2k\" not found")
    w.at(42)
    restored = w.add("VolumeSnapshot", "velero-data-h2k", "copy", SNAPSHOTS, {
        "source": {"volumeSnapshotContentName": "velero-velero-data-h2k-x"}, "volumeSnapshotClassName": "snapclass"},
        labels=labels)
    w.change(restored, error={"message": "VolumeSnapshotContent is missing", "time": rfc3339(w.now)}, readyToUse=False)
    w.says(restored, "SnapshotContentMissing", "VolumeSnapshotContent is missing")
    w.at(44)
    made = w.add("VolumeSnapshotContent", "velero-velero-data-h2k-x", api=SNAPSHOTS, spec={
        "deletionPolicy": "Retain", "driver": w.driver, "source": {"snapshotHandle": "snap-1"},
        "volumeSnapshotRef": {"namespace": "copy", "name": "velero-data-h2k"}})
    made["spec"]["volumeSnapshotRef"]["uid"] = restored["metadata"]["uid"]
    w.change(made, snapshotHandle="snap-1", readyToUse=True, restoreSize=0, creationTime=int((BEGIN + w.now) * 1e9))
    w.change(restored, boundVolumeSnapshotContentName="velero-velero-data-h2k-x", readyToUse=True, error=None)
    w.at(50)
    w.provisioned(claim, "vol-2", 3)
    w.end(200)
    w.write()


def mass_scheduler():
    """A scheduler without mercy: forty snapshots at one moment, bound at the controller's five requests a second, and the forty
    of the night before deleted: a burst of waiting, and no burst of deletions."""
    w = World("scheduler-burst", "hostpath.csi.k8s.io")
    w.classes("Delete")
    labels = {"snapscheduler.backube/schedule": "nightly"}
    old = []
    for number in range(40):
        w.bound_claim("farm", f"c-{number:02}", f"vol-{number}")
    for number in range(40):
        w.at(1 + number * 1.5)
        old.append(w.taken("farm", f"c-{number:02}-old", f"c-{number:02}", f"vol-{number}", f"old-{number}", labels=labels))
    w.at(100)
    fresh = [w.snapshot("farm", f"c-{number:02}-new", f"c-{number:02}", labels=labels) for number in range(40)]
    for number, snapshot in enumerate(fresh):
        w.at(101 + number * 2)
        content = w.content_of(snapshot, f"vol-{number}")
        w.at(w.now + 0.5)
        w.cut(snapshot, content, f"new-{number}")
    w.at(190)
    for snapshot, content in old:
        w.destroy(snapshot, content)
    w.end(300)
    w.write()


def main():
    for make in (ebs_by_k10, ceph_by_volsync, vsphere_limit, azure_by_data_mover, gce_small_restore, longhorn_silent,
                 trident_deletion, oadp_retained, mass_scheduler):
        make()


if __name__ == "__main__":
    main()
