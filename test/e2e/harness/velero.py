"""A real Velero beside the control plane: its server, its plugin for S3, and an S3 server in memory. No pod runs."""
import pathlib
import sys

from . import objects
from .ports import free_ports

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import build  # noqa: E402  pylint: disable=wrong-import-position

NAMESPACE = "velero"
API = "velero.io/v1"
BUCKET = "backups"
PATH = f"/apis/{API}/namespaces/{NAMESPACE}"
# Velero's final phases.
FINAL = ("Completed", "PartiallyFailed", "Failed", "FailedValidation")


class Velero:
    """Started after the plane's controllers; its programs end with the plane's."""

    def __init__(self, plane):
        self.plane = plane
        self.programs = build.build_velero(lambda line: print(line, file=sys.stderr, flush=True))
        self.folder = plane.folder / "velero"
        self.plugins = self.folder / "plugins"
        self.plugins.mkdir(parents=True, exist_ok=True)

    def start(self):
        s3_port, metrics_port, profiler_port = free_ports(3)
        self.plane.run("gofakes3", "-backend", "memory", "-initialbucket", BUCKET, "-host", f"127.0.0.1:{s3_port}")
        self._install(f"http://127.0.0.1:{s3_port}")
        plugin = self.plugins / "velero-plugin-for-aws"
        plugin.unlink(missing_ok=True)
        plugin.symlink_to(self.programs / plugin.name)
        credentials = self.folder / "credentials"
        credentials.write_text("[default]\naws_access_key_id=any\naws_secret_access_key=any\n")
        # Looks each few seconds whether what it waits for has come: seconds count here.
        self.plane.run("velero", "server", "--namespace", NAMESPACE, "--kubeconfig", self.plane.kubeconfig,
                       "--plugin-dir", self.plugins, "--features=EnableCSI",
                       "--metrics-address", f"127.0.0.1:{metrics_port}", "--profiler-address", f"127.0.0.1:{profiler_port}",
                       "--item-operation-sync-frequency", "2s", "--client-qps", 100, "--client-burst", 200,
                       more_env={"AWS_SHARED_CREDENTIALS_FILE": str(credentials), "AWS_EC2_METADATA_DISABLED": "true"})
        self.plane.until("Velero's storage location to be available", lambda: self.get(
            "backupstoragelocations", "default")["status"]["phase"] == "Available")
        return self

    def _install(self, s3_url):
        kubectl = self.plane.kubectl
        kubectl("apply", "--server-side", "--validate=false", "-f", build.CACHE / "velero-crd")
        self.plane.until("Velero's API to be served", lambda: "backupstoragelocations" in {
            resource["name"] for resource in self.plane.api.get(f"/apis/{API}")["resources"]})
        labels = {"app": "velero"}
        kubectl.apply(objects.namespace(NAMESPACE), {
            # Restores look up the image of their helpers in it; nobody runs it.
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "velero", "namespace": NAMESPACE},
            "spec": {"selector": {"matchLabels": labels}, "template": {
                "metadata": {"labels": labels}, "spec": {"containers": [{"name": "velero", "image": "velero/velero:v1.18.3"}]}}}})
        kubectl.apply({
            "apiVersion": API, "kind": "BackupStorageLocation", "metadata": {"name": "default", "namespace": NAMESPACE},
            "spec": {"provider": "aws", "default": True, "objectStorage": {"bucket": BUCKET},
                     "config": {"region": "minio", "s3ForcePathStyle": "true", "s3Url": s3_url}}})

    def get(self, resource, name):
        return self.plane.api.get(f"{PATH}/{resource}/{name}")

    def back_up(self, name, namespace):
        self.plane.kubectl.apply({
            "apiVersion": API, "kind": "Backup", "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"includedNamespaces": [namespace], "storageLocation": "default", "csiSnapshotTimeout": "10m0s",
                     "ttl": "24h0m0s"}})

    def restore(self, name, backup):
        self.plane.kubectl.apply({
            "apiVersion": API, "kind": "Restore", "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"backupName": backup, "restorePVs": True}})

    def until_over(self, resource, name, seconds=300):
        """Waits for the end of a Backup (`backups`) or Restore (`restores`), and returns its phase."""
        def phase():
            now = self.get(resource, name).get("status", {}).get("phase")
            return now if now in FINAL else None
        return self.plane.until(f"the end of {name} of {resource}", phase, seconds)

