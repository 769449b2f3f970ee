"""The chart installed into a real API server, and the daemon run with the chart's own service account and configuration."""
import http.client
import json
import pathlib
import re
import shutil
import tempfile

import context  # before what it makes importable
import build
import helm
import yaml
from harness import kubeconfig, objects
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


class Installed(ClusterCase):
    """The chart in a real API server that writes down what the service account asks for."""

    values = EVERYTHING

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
        if cls.namespaces:
            cls.plane.kubectl.apply(*[objects.namespace(name) for name in cls.namespaces])
        cls.helm("install", **cls.values)

    namespaces = ()  # that the chart needs besides its own

    @classmethod
    def helm(cls, command, **values):
        chart = [] if command in ("uninstall", "rollback", "history") else [cls.chart, *helm.settings(values)]
        return helm.must_run(command, "snaptrail", *chart, "--namespace", "snaptrail", "--kubeconfig",
                             cls.plane.kubeconfig)

    def stateful_set(self):
        return self.plane.api.get("/apis/apps/v1/namespaces/snaptrail/statefulsets/snaptrail")

    def as_installed(self, name="snaptrail"):
        """The daemon with the service account's token and the chart's configuration, but for the two places that are the pod's."""
        token = self.plane.kubectl("-n", "snaptrail", "create", "token", "snaptrail", "--duration=1h").strip()
        file = kubeconfig.write(f"{self.work}/account", self.plane.server, self.plane.certs.ca, token=token)
        text = self.plane.api.get("/api/v1/namespaces/snaptrail/configmaps/snaptrail")["data"]["config.yaml"]
        config = yaml.safe_load(text)
        self.assertEqual(config.pop("listen"), "[::]:8080")
        self.assertEqual(config["ledger"].pop("path"), "/var/lib/snaptrail/ledger.db")
        snaptrail = self.daemon(name, kubeconfig=file, **config)
        settings = json.loads(snaptrail.config.read_text(encoding="utf-8"))
        settings["ledger"]["path"] = str(snaptrail.ledger)
        snaptrail.config.write_text(json.dumps(settings), encoding="utf-8")
        return snaptrail

    def synced_twice(self, limit):
        """A first list is streamed, which the API server takes for a watch. After a restart it comes in pages, by the right to list."""
        def synced():
            snaptrail = self.as_installed().start_ready(limit)
            snaptrail.until("every kind to be in sync", lambda: all(
                value == 1 for _, value in snaptrail.samples("snaptrail_informer_synced")), limit)
            return snaptrail
        self.assertEqual(synced().terminate(60), 0)
        return synced()

    def used_rights(self, of=lambda event: True):
        """(rights, refused requests, other requests) of the service account, by the audit log."""
        used, refused, other = set(), [], []
        for line in self.audit.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["user"]["username"] != ACCOUNT or not of(event):
                continue
            reference = event.get("objectRef")
            if event.get("responseStatus", {}).get("code") == 403:
                refused.append(event["requestURI"])
            elif reference and (event["verb"] == "create" or not reference.get("name")):
                used.add((reference.get("apiGroup", ""), reference["resource"], event["verb"]))
            else:
                other.append(f"{event['verb']} {event['requestURI']}")
        return used, refused, other


class Install(Installed):
    """One installation, looked at from several sides in the order of the tests' numbers."""

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

    def test_3_the_role_grants_what_the_daemon_uses_and_nothing_else(self):
        snaptrail = self.synced_twice(60)
        granted = rights(self.role)
        snaptrail.until("every right to be used", lambda: granted <= self.used_rights()[0], 60)
        used, refused, other = self.used_rights()
        self.assertEqual(used, granted)
        self.assertEqual(refused, [])
        self.assertEqual(other, [])
        self.assertEqual(snaptrail.samples("snaptrail_build_info")[0][1], 1)
        self.assertEqual(snaptrail.terminate(), 0)

    def test_3a_what_is_turned_on_uses_the_roles_that_come_with_it(self):
        options = {**EVERYTHING, "config.auth.enabled": True, "config.events.enabled": True,
                   "config.diagnosis.stuckAfter.binding": "1s"}
        self.helm("upgrade", **options)
        self.addCleanup(self.helm, "rollback")
        added = {right for item in helm.template(**options) if item["kind"] == "ClusterRole"
                 for right in rights([rule for rule in item["rules"] if "resources" in rule])} - rights(self.role)
        self.assertEqual(added, {("authentication.k8s.io", "tokenreviews", "create"),
                                 ("authorization.k8s.io", "subjectaccessreviews", "create"),
                                 ("", "events", "create"), ("", "events", "patch")})
        token = self.plane.kubectl("-n", "snaptrail", "create", "token", "snaptrail", "--duration=1h").strip()
        file = kubeconfig.write(f"{self.work}/with-options.kubeconfig", self.plane.server, self.plane.certs.ca, token=token)
        snaptrail = self.daemon("with-options", kubeconfig=file, auth={"enabled": True}, events={"enabled": True},
                                diagnosis={"stuckAfter": {"binding": "1s"}})
        snaptrail.start_ready(120)
        asked = http.client.HTTPConnection("127.0.0.1", snaptrail.port, timeout=30)
        self.addCleanup(asked.close)
        asked.request("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
        self.assertEqual(asked.getresponse().status, 403)  # known, and bound to no reader's role
        self.plane.kubectl.apply(objects.claim("default", "data", "none"),
                                 objects.snapshot("default", "waits", "none", "data"))
        # An Event is patched five minutes after it was created at the earliest: that right is not waited for.
        snaptrail.until("the rights to be used",
                        lambda: added - {("", "events", "patch")} <= self.used_rights()[0], 120)
        self.assertEqual(self.used_rights()[1], [])
        self.assertEqual(snaptrail.terminate(60), 0)
        self.plane.kubectl("delete", "volumesnapshot/waits", "pvc/data", "--wait=false")

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
        self.assertEqual(checksum(), before, "the daemon takes that over while it runs")
        self.helm("rollback")
        self.helm("upgrade", **EVERYTHING, **{"config.log.format": "text"})
        self.assertNotEqual(checksum(), before)
        self.assertEqual(self.stateful_set()["spec"]["volumeClaimTemplates"], claims)
        self.helm("rollback")
        self.assertEqual(checksum(), before)

    def test_7_a_release_of_the_version_before_goes_on_recording_on_the_same_ledger(self):
        """helm rollback by one minor. This chart under the next version's number stands for the later one: its ledger is what a later
        one may leave, since its schema's steps only add (unit tests open such files)."""
        def image():
            return self.stateful_set()["spec"]["template"]["spec"]["containers"][0]["image"]
        before = image()
        about = self.chart / "Chart.yaml"
        this = about.read_text(encoding="utf-8")
        self.addCleanup(about.write_text, this, encoding="utf-8")
        about.write_text(re.sub(r"(?m)^(version|appVersion): .*$", r"\1: 0.2.0", this), encoding="utf-8")
        self.helm("upgrade", **EVERYTHING)
        self.assertNotEqual(image(), before)
        snaptrail = self.as_installed("rollback").start_ready(60)
        self.plane.kubectl.apply(objects.snapshot("default", "later", "none", "data"))
        snaptrail.until_row(60, name="later")
        self.assertEqual(snaptrail.terminate(60), 0)

        self.helm("rollback")
        self.assertEqual(image(), before)
        snaptrail = self.as_installed("rollback").start_ready(60)
        self.plane.kubectl.apply(objects.snapshot("default", "earlier", "none", "data"))
        snaptrail.until_row(60, name="earlier")
        self.assertEqual(len(snaptrail.rows(type="transition", name="later", to="Pending")), 1)
        self.assertEqual(snaptrail.terminate(60), 0)
        self.assert_sequence_without_holes(snaptrail.rows())

    def test_8_the_plain_manifests_are_taken_as_well(self):
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


class NamedNamespaces(Installed):
    """Rights in two namespaces, in Velero's, and on what belongs to none."""

    values = {"config.cluster": "test", "config.watch.namespaces": ["shop", "payments"], "config.retryAbsent": "1s"}
    namespaces = ("shop", "payments", "velero")

    def test_1_the_roles_grant_what_the_daemon_uses_and_nothing_else(self):
        self.plane.kubectl.apply(*[objects.snapshot(ns, "first", "none", "data") for ns in ("shop", "default")])
        snaptrail = self.synced_twice(120)
        roles = [item for item in helm.template(**self.values) if item["kind"] in ("Role", "ClusterRole")]
        self.assertEqual(len(roles), 5)
        for role in roles:
            ns, granted = role["metadata"].get("namespace"), rights(role["rules"])
            with self.subTest(namespace=ns, name=role["metadata"]["name"]):
                beside = set().union(*[rights(other["rules"]) for other in roles
                                       if other is not role and other["metadata"].get("namespace") == ns])

                def used(ns=ns):
                    return self.used_rights(lambda event: event.get("objectRef", {}).get("namespace") == ns)[0]
                snaptrail.until("every right to be used", lambda used=used, granted=granted: granted <= used(), 120)
                self.assertEqual(used() - beside, granted)
        _, refused, other = self.used_rights()
        self.assertEqual(refused, [])
        self.assertEqual(other, [])
        self.plane.kubectl.apply(*[objects.snapshot(ns, "second", "none", "data") for ns in ("payments", "default")])
        snaptrail.until_row(60, name="second", namespace="payments")
        self.assertEqual(snaptrail.rows(type="transition", namespace="default"), [])
        self.assertEqual(snaptrail.terminate(60), 0)

    def may(self, verb, resource, ns):
        try:
            return self.plane.kubectl("-n", ns, "auth", "can-i", verb, resource, f"--as={ACCOUNT}").strip()
        except AssertionError:  # kubectl's exit code says no
            return "no"

    def test_2_an_upgrade_to_other_namespaces_takes_the_rights_along(self):
        def may(ns):
            return self.may("list", "volumesnapshots.snapshot.storage.k8s.io", ns)
        self.assertEqual([may(ns) for ns in ("shop", "payments", "default")], ["yes", "yes", "no"])
        self.helm("upgrade", **{**self.values, "config.watch.namespaces": ["payments"], "rbac.clusterScoped": False})
        self.assertEqual([may(ns) for ns in ("shop", "payments", "default")], ["no", "yes", "no"])
        self.assertEqual(self.plane.kubectl("get", "clusterrole", "snaptrail", "--ignore-not-found"), "")
        snaptrail = self.as_installed("less").start_ready(120)
        self.assertRegex(snaptrail.get("/readyz")[1], r"(?m)^volumesnapshotcontents: forbidden")
        self.assertEqual(snaptrail.metric("snaptrail_informer_synced", resource="volumesnapshots"), 1)
        self.assertEqual(snaptrail.terminate(60), 0)

    def test_3_events_can_be_written_where_something_is_followed_and_nowhere_else(self):
        self.helm("upgrade", **self.values, **{"config.events.enabled": True, "config.diagnosis.stuckAfter.binding": "1s"})
        for verb in ("create", "patch"):
            self.assertEqual([self.may(verb, "events", ns) for ns in ("shop", "payments", "velero", "default", "snaptrail",
                                                                      "kube-system")], ["yes"] * 4 + ["no"] * 2)
        snaptrail = self.as_installed("telling").start_ready(120)
        self.plane.kubectl.apply(objects.claim("shop", "data", "none"), objects.snapshot("shop", "waits", "none", "data"))

        def written(ns):
            return self.used_rights(lambda event: event["verb"] in ("create", "patch")
                                    and event.get("objectRef", {}).get("namespace") == ns)
        snaptrail.until("an Event about it", lambda: ("", "events", "create") in written("shop")[0], 120)
        self.assertEqual([written(ns)[1] for ns in ("shop", "payments", "velero", "default")], [[]] * 4)
        self.assertEqual(snaptrail.terminate(60), 0)


if __name__ == "__main__":
    main()
