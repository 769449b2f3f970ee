"""The objects of the flow, as kubectl takes them."""

DRIVER = "snaptrail.mock.csi"
API = "snapshot.storage.k8s.io/v1"


def namespace(name):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def storage_class(name, driver=DRIVER, binding="Immediate"):
    return {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}, "provisioner": driver,
            "volumeBindingMode": binding, "reclaimPolicy": "Delete"}


def snapshot_class(name, policy, driver=DRIVER, annotations=None, parameters=None):
    return {"apiVersion": API, "kind": "VolumeSnapshotClass",
            "metadata": {"name": name, "labels": {"velero.io/csi-volumesnapshot-class": "true"},
                         "annotations": annotations or {}},
            "driver": driver, "deletionPolicy": policy, "parameters": parameters or {}}


def claim(ns, name, class_name, size="1Gi", snapshot=None, volume=None, annotations=None):
    """`snapshot`: name of the VolumeSnapshot that the claim is restored from. `volume`: the PersistentVolume that it names."""
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": class_name, "resources": {"requests": {"storage": size}}}
    if snapshot:
        spec["dataSource"] = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": snapshot}
    if volume:
        spec["volumeName"] = volume
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"namespace": ns, "name": name, "annotations": annotations or {}}, "spec": spec}


def volume(name, claim_of, source, class_name=""):
    """A PersistentVolume that nobody provisions, for the claim (namespace, name). `source`: {"csi": {…}}, {"hostPath": {…}}."""
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name},
            "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": class_name,
                     "persistentVolumeReclaimPolicy": "Retain",
                     "claimRef": {"namespace": claim_of[0], "name": claim_of[1]}, **source}}


def csi_source(driver, handle):
    return {"csi": {"driver": driver, "volumeHandle": handle}}


def snapshot(ns, name, class_name, claim_name, labels=None, annotations=None):
    """`class_name` None: the driver's default class."""
    spec = {"source": {"persistentVolumeClaimName": claim_name}}
    if class_name is not None:
        spec["volumeSnapshotClassName"] = class_name
    return {"apiVersion": API, "kind": "VolumeSnapshot",
            "metadata": {"namespace": ns, "name": name, "labels": labels or {}, "annotations": annotations or {}},
            "spec": spec}


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
