"""The chart installed into a real API server, and the daemon run with the chart's own service account and configuration."""
import json
import pathlib
import re
import shutil
import tempfile

import context  # before what it makes importable
import build
import helm
import yaml
from harness import kubeconfig
from harness.case import ClusterCase, main

ACCOUNT = "system:serviceaccount:snaptrail:snaptrail"
EVERYTHING = {"config.cluster": "test", "metrics.serviceMonitor.enabled": True, "prometheusRule.enabled": True,
              "dashboards.enabled": True,
              "rbac.proxyRole": True, "config.retryAbsent": "1s"}


# Of APIs whose own CRDs are not here.
KINDS = {kind.lower() + "s": kind for kind in (
    "Backup", "Restore", "BackupStorageLocation", "Schedule", "DeleteBackupRequest", "DataUpload", "DataDownload", "PodVolumeBackup",
    "NonAdminBackup", "ReferenceGrant", "VolumeGroupSnapshot", "VolumeGroupSnapshotContent")}
KINDS["volumegroupsnapshotclasses"] = "VolumeGroupSnapshotClass"


def rights(rules):
    """{(group, resource, verb)} of a role's rules."""
    return {(group, resource, verb) for rule in rules
            for group in rule["apiGroups"] for resource in rule["resources"] for verb in rule["verbs"]}


def crd(group, plural):
    """A CRD of one of KINDS, that takes anything."""
    versions = [{"name": name, "served": True, "storage": name == "v1",
                 "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}
                for name in ("v1", "v2alpha1", "v1beta1", "v1alpha1")]
    kind = KINDS[plural]
    approved = {"api-approved.kubernetes.io": "unapproved, a stand-in"}  # groups of k8s.io are refused without
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}", "annotations": approved},
            "spec": {"group": group, "scope": "Namespaced", "versions": versions,
                     "names": {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"}}}


class Install(ClusterCase):
    """One installation, looked at from several sides in the order of the tests' numbers."""

    @classmethod
    def prepare(cls):
        cls.audit = pathlib.Path(cls.work, "audit.log")
        policy = pathlib.Path(cls.work, "audit-policy.yaml")
        policy.write_text(json.dumps({"apiVersion": "audit.k8s.io/v1", "kind": "Policy",
                                      "rules": [{"level": "Metadata", "users": [ACCOUNT]}, {"level": "None"}]}),
                          encoding="utf-8")
        cls.plane.apiserver_flags = ("--audit-policy-file", policy, "--audit-log-path", cls.audit)
        cls.plane.restart_apiserver()
        cls.plane.kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {
            "name": "snaptrail", "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}},
            # No controller is here to make it.
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "snaptrail", "name": "default"}})
        build.build_helm(print)
        for name in ("servicemonitors", "prometheusrules"):
            cls.plane.kubectl("apply", "--server-side", "-f",
                              build.CACHE / "crd" / f"monitoring.coreos.com_{name}.yaml")
        cls.role = helm.of_kind(helm.template(), "ClusterRole")["rules"]
        served = {group["name"] for group in cls.plane.api.get("/apis")["groups"]}
        missing = sorted({(group, plural) for group, plural, _ in rights(cls.role) if group and group not in served})
        cls.plane.kubectl.apply(*[crd(group, plural) for group, plural in missing])
        cls.plane.kubectl("wait", "--for=condition=Established",
                          *[f"crd/{plural}.{group}" for group, plural in missing])
        # A kube-apiserver that was built without linker flags does not know its version: it can't be held against the chart's kubeVersion.
        cls.chart = pathlib.Path(cls.work, "chart")
        shutil.copytree(context.CHART, cls.chart)
        about = cls.chart / "Chart.yaml"
        about.write_text(re.sub(r"(?m)^kubeVersion: .*\n", "", about.read_text(encoding="utf-8")), encoding="utf-8")
        cls.helm("install", **EVERYTHING)

    @classmethod
    def helm(cls, command, **values):
        chart = [] if command in ("uninstall", "rollback", "history") else [cls.chart, *helm.settings(values)]
        return helm.must_run(command, "snaptrail", *chart, "--namespace", "snaptrail", "--kubeconfig",
                             cls.plane.kubeconfig)

    def stateful_set(self):
        return self.plane.api.get("/apis/apps/v1/namespaces/snaptrail/statefulsets/snaptrail")

    def test_1_the_api_server_keeps_every_object_as_the_chart_wrote_it(self):
        for item in helm.template(**EVERYTHING, **{"tests.enabled": False}):
            with self.subTest(kind=item["kind"], name=item["metadata"]["name"]):
                kind = item["kind"] + "." + item["apiVersion"].partition("/")[0] if "/" in item["apiVersion"] else item["kind"]
                there = json.loads(self.plane.kubectl("get", kind.lower(), item["metadata"]["name"], "-n", "snaptrail",
                                                      "-o", "json"))
                for part in ("spec", "data", "rules", "roleRef", "subjects"):
                    self.assert_kept(item.get(part), there.get(part), part)

    def assert_kept(self, wanted, there, path):
        """What the API server dropped (an unknown field) or changed; what it added as default is fine."""
        if isinstance(wanted, dict):
            self.assertIsInstance(there, dict, path)
            for key, value in wanted.items():
                self.assertIn(key, there, path)
                self.assert_kept(value, there[key], f"{path}.{key}")
        elif isinstance(wanted, list):
            self.assertEqual(len(wanted), len(there), path)
            for number, value in enumerate(wanted):
                self.assert_kept(value, there[number], f"{path}[{number}]")
        elif wanted is not None:
            self.assertEqual(wanted, there, path)

    def test_2_a_namespace_with_pod_security_restricted_takes_the_pods(self):
        template = self.stateful_set()["spec"]["template"]
        pod = {"apiVersion": "v1", "kind": "Pod",
               "metadata": {**template["metadata"], "name": "snaptrail-0", "namespace": "snaptrail"},
               "spec": template["spec"]}
        pod["spec"]["volumes"] = [*pod["spec"]["volumes"],
                                  {"name": "ledger", "persistentVolumeClaim": {"claimName": "ledger-snaptrail-0"}}]
        test = helm.of_kind(helm.template(), "Pod")
        for one in (pod, test):
            with self.subTest(one["metadata"]["name"]):
                one["metadata"].pop("creationTimestamp", None)
                self.assertIn("created",
                              self.plane.kubectl("create", "--dry-run=server", "-f", "-", stdin=json.dumps(one)))
        pod["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
        with self.assertRaisesRegex(AssertionError, "violates PodSecurity"):
            self.plane.kubectl("create", "--dry-run=server", "-f", "-", stdin=json.dumps(pod))

    def used_rights(self):
        """(rights, refused requests, other requests) of the service account, by the audit log."""
        used, refused, other = set(), [], []
        for line in self.audit.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["user"]["username"] != ACCOUNT:
                continue
            reference = event.get("objectRef")
            if event.get("responseStatus", {}).get("code") == 403:
                refused.append(event["requestURI"])
            elif reference and not reference.get("name"):
                used.add((reference.get("apiGroup", ""), reference["resource"], event["verb"]))
            else:
                other.append(f"{event['verb']} {event['requestURI']}")
        return used, refused, other

    def test_3_the_role_grants_what_the_daemon_uses_and_nothing_else(self):
        token = self.plane.kubectl("-n", "snaptrail", "create", "token", "snaptrail", "--duration=1h").strip()
        file = kubeconfig.write(f"{self.work}/account", self.plane.server, self.plane.certs.ca, token=token)
        text = self.plane.api.get("/api/v1/namespaces/snaptrail/configmaps/snaptrail")["data"]["config.yaml"]
        # The chart's configuration as it is, but for the two places that are the pod's.
        config = yaml.safe_load(text)
        self.assertEqual(config.pop("listen"), "[::]:8080")
        self.assertEqual(config["ledger"].pop("path"), "/var/lib/snaptrail/ledger.db")
        snaptrail = self.daemon(kubeconfig=file, **config)
        settings = json.loads(snaptrail.config.read_text(encoding="utf-8"))
        settings["ledger"]["path"] = str(snaptrail.ledger)
        snaptrail.config.write_text(json.dumps(settings), encoding="utf-8")
        snaptrail.start_ready(60)

        snaptrail.until("every kind to be in sync", lambda: all(
            value == 1 for _, value in snaptrail.samples("snaptrail_informer_synced")), 60)
        granted = rights(self.role)
        snaptrail.until("every right to be used", lambda: granted <= self.used_rights()[0], 60)
        used, refused, other = self.used_rights()
        self.assertEqual(used, granted)
        self.assertEqual(refused, [])
        self.assertEqual(other, [])
        self.assertEqual(snaptrail.samples("snaptrail_build_info")[0][1], 1)
        self.assertEqual(snaptrail.terminate(), 0)

    def may(self, account):
        """{(resources, verbs)} that kubectl says an account may do."""
        lines = self.plane.kubectl("auth", "can-i", "--list", "--no-headers", f"--as={account}", "-n",
                                   "snaptrail").splitlines()
        return {(line.split()[0], line[line.rindex("["):]) for line in lines if line.strip()}

    def test_4_kubectl_says_that_it_may_do_nothing_more(self):
        self.plane.kubectl("-n", "snaptrail", "create", "serviceaccount", "nobody")
        more = self.may(ACCOUNT) - self.may("system:serviceaccount:snaptrail:nobody")
        expected = {(f"{resource}.{group}" if group else resource, f"[{' '.join(rule['verbs'])}]")
                    for rule in self.role for group in rule["apiGroups"] for resource in rule["resources"]}
        self.assertEqual(more, expected)

    def test_5_the_proxy_role_lets_people_reach_the_daemon_and_no_other_service(self):
        self.plane.kubectl("-n", "snaptrail", "create", "rolebinding", "people", "--role=snaptrail-proxy", "--user=ann")

        def can(resource):
            try:
                return self.plane.kubectl("-n", "snaptrail", "auth", "can-i", "get", resource, "--subresource=proxy",
                                          "--as=ann").strip()
            except AssertionError:  # kubectl's exit code says no
                return "no"
        self.assertEqual([can(f"services/{name}") for name in ("snaptrail:http", "http:snaptrail:http", "other:http")],
                         ["yes", "yes", "no"])

    def test_6_an_upgrade_starts_another_pod_and_a_rollback_goes_back(self):
        def checksum():
            return self.stateful_set()["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
        before, claims = checksum(), self.stateful_set()["spec"]["volumeClaimTemplates"]
        self.helm("upgrade", **EVERYTHING, **{"config.log.level": "debug"})
        self.assertNotEqual(checksum(), before)
        self.assertEqual(self.stateful_set()["spec"]["volumeClaimTemplates"], claims)
        self.helm("rollback")
        self.assertEqual(checksum(), before)

    def test_7_the_plain_manifests_are_taken_as_well(self):
        self.helm("uninstall")
        self.assertEqual(self.plane.kubectl("get", "clusterrole,statefulset,role", "-A", "-l",
                                            "app.kubernetes.io/name=snaptrail", "-o", "name"), "")
        folder = tempfile.mkdtemp(prefix="snaptrail-kustomize-", dir=context.ROOT / ".cache")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        parts = [f"../../deploy/components/{part}" for part in ("monitoring", "dashboards")]
        pathlib.Path(folder,
                     "kustomization.yaml").write_text(json.dumps({"resources": ["../../deploy"], "components": parts}),
                                                      encoding="utf-8")
        told = self.plane.kubectl("apply", "-k", folder, timeout=120)
        for kind in ("statefulset.apps/snaptrail", "clusterrole.rbac.authorization.k8s.io/snaptrail",
                     "prometheusrule.monitoring.coreos.com/snaptrail",
                     "servicemonitor.monitoring.coreos.com/snaptrail"):
            self.assertIn(kind, told)
        self.assertEqual(rights(self.plane.api.get("/apis/rbac.authorization.k8s.io/v1/clusterroles/snaptrail")["rules"]), rights(self.role))


if __name__ == "__main__":
    main()
