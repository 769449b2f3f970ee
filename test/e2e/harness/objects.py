"""The objects of the flow, as kubectl takes them."""

DRIVER = "snaptrail.mock.csi"
API = "snapshot.storage.k8s.io/v1"


def namespace(name):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def storage_class(name, driver=DRIVER):
    return {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}, "provisioner": driver,
            "volumeBindingMode": "Immediate", "reclaimPolicy": "Delete"}


def snapshot_class(name, policy, driver=DRIVER):
    return {"apiVersion": API, "kind": "VolumeSnapshotClass",
            "metadata": {"name": name, "labels": {"velero.io/csi-volumesnapshot-class": "true"}},
            "driver": driver, "deletionPolicy": policy}


def claim(ns, name, class_name, size="1Gi", snapshot=None):
    """`snapshot`: name of the VolumeSnapshot that the claim is restored from."""
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": class_name, "resources": {"requests": {"storage": size}}}
    if snapshot:
        spec["dataSource"] = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": snapshot}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"namespace": ns, "name": name}, "spec": spec}


def snapshot(ns, name, class_name, claim_name, labels=None):
    return {"apiVersion": API, "kind": "VolumeSnapshot",
            "metadata": {"namespace": ns, "name": name, "labels": labels or {}},
            "spec": {"volumeSnapshotClassName": class_name, "source": {"persistentVolumeClaimName": claim_name}}}


def pre_provisioned(ns, name, content_name, handle, class_name, labels=None, driver=DRIVER):
    """A content for a snapshot that the storage has already, and the VolumeSnapshot that is bound to it."""
    return (
        {"apiVersion": API, "kind": "VolumeSnapshotContent", "metadata": {"name": content_name},
         "spec": {"deletionPolicy": "Retain", "driver": driver, "source": {"snapshotHandle": handle},
                  "sourceVolumeMode": "Filesystem", "volumeSnapshotClassName": class_name,
                  "volumeSnapshotRef": {"namespace": ns, "name": name}}},
        {"apiVersion": API, "kind": "VolumeSnapshot",
         "metadata": {"namespace": ns, "name": name, "labels": labels or {}},
         "spec": {"volumeSnapshotClassName": class_name, "source": {"volumeSnapshotContentName": content_name}}},
    )
