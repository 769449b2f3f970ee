"""The chart: it renders for whatever its schema takes, asks for no more than it needs, and refuses what is wrong."""
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import context
import helm
import yaml
from harness.daemon import binary

EVERYTHING = {
    "config.cluster": "prod-eu-1", "metrics.annotations": True, "metrics.serviceMonitor.enabled": True,
    "metrics.serviceMonitor.labels.release": "prometheus", "prometheusRule.enabled": True, "dashboards.enabled": True,
    "rbac.proxyRole": True, "commonLabels.team": "storage", "podLabels.tier": "ops", "podAnnotations.note": "1",
    "serviceAccount.annotations.a": "b", "service.annotations.c": "d", "ledger.annotations.e": "f",
    "ledger.storageClassName": "fast", "priorityClassName": "system-cluster-critical", "nodeSelector.zone": "a",
    "tolerations": [{"key": "infra", "operator": "Exists"}], "extraEnv": [{"name": "TZ", "value": "UTC"}],
    "affinity": {"nodeAffinity": {}}, "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone",
                                                                     "whenUnsatisfiable": "DoNotSchedule"}],
    "networkPolicy.apiServerCidrs": ["10.0.0.0/28", "fd00::/64"],
    "networkPolicy.extraFrom": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "image.registry": "mirror.example.com/tools",
    "image.pullSecrets": [{"name": "mirror"}], "dashboards.annotations.grafana_folder": "Backup",
    "metrics.serviceMonitor.metricRelabelings": [{"action": "labeldrop", "regex": "uid"}],
}
NOTHING = {"rbac.create": False, "serviceAccount.create": False, "networkPolicy.enabled": False,
           "podDisruptionBudget.enabled": False,
           "tests.enabled": False, "resources": {}}
MATRIX = {
    "defaults": {},
    "everything": EVERYTHING,
    "nothing that can be left out": NOTHING,
    "OpenShift": {"openshift": True},
    "OpenShift with everything": {**EVERYTHING, "openshift": True, "metrics.namespaceLabel": "exported_namespace"},
    "a ledger that goes with the pod": {"ledger.volume": "emptyDir"},
    "a claim that exists": {"ledger.existingClaim": "trail"},
    "a digest": {"image.digest": "sha256:" + "0123456789abcdef" * 4, "image.registry": "mirror.example.com"},
    "no Velero": {"config.velero.enabled": False},
    "named namespaces": {"config.watch.namespaces": ["shop", "payments"]},
    "named namespaces and nothing else": {"config.watch.namespaces": ["shop", "default"], "rbac.clusterScoped": False,
                                          "config.velero.enabled": False},
    "Velero among the named namespaces": {"config.watch.namespaces": ["velero"]},
    "named namespaces with Events": {"config.watch.namespaces": ["shop", "payments"], "config.events.enabled": True},
    "named namespaces with Events and nothing else": {
        "config.watch.namespaces": ["shop", "payments"], "config.events.enabled": True, "rbac.clusterScoped": False,
        "config.velero.enabled": False},
    "Velero and default among the named namespaces, with Events": {
        "config.watch.namespaces": ["openshift-adp", "default"], "config.velero.namespace": "openshift-adp",
        "config.events.enabled": True},
    "a selector of namespaces with Events": {"config.watch.namespaceSelector": "team=payments",
                                             "config.events.enabled": True},
    "a selector of namespaces": {"config.watch.namespaceSelector": "team=payments"},
    "another account": {"serviceAccount.create": False, "serviceAccount.name": "other"},
    "another port and IPv4 only": {"config.listen": "0.0.0.0:9100", "service.port": 80},
    "a label of its own": {**EVERYTHING, "metrics.namespaceLabel": "app_namespace"},
    "TLS": {"tls.secretName": "snaptrail-tls", "metrics.serviceMonitor.enabled": True, "metrics.annotations": True,
            "rbac.proxyRole": True},
    "TLS, tokens and Events": {
        "tls.secretName": "snaptrail-tls", "config.auth.enabled": True, "config.events.enabled": True,
        "metrics.serviceMonitor.enabled": True,
        "rbac.metricsReaders": [{"kind": "ServiceAccount", "name": "prometheus", "namespace": "monitoring"}],
        "rbac.apiReaders": [{"kind": "Group", "name": "sre", "apiGroup": "rbac.authorization.k8s.io"}]},
    "tokens in the clear, and a secret for Prometheus": {
        "config.auth.enabled": True, "metrics.serviceMonitor.enabled": True, "rbac.create": False,
        "metrics.serviceMonitor.authorization": {"credentials": {"name": "scraper", "key": "token"}}},
    "every key of the configuration": {
        "config": {"cluster": "c", "ledger": {"retention": "0", "commitDelay": "10ms", "maxQueuedRows": 5000},
                   "retryAbsent": "1m30s",
                   "objectMetrics": {"enabled": False, "maxObjects": 0, "namespaces": ["a"]},
                   "diagnosis": {"learned": False,
                                 "stuckAfter": {"uploading": "1h", "drivers": ["ebs.csi.aws.com uploading 2h"],
                                                                  "classes": ["slow creating 10m"]}},
                   "coverage": {"target": "none", "namespaces": ["payments 4h", "ci-cache none"],
                                "storageClasses": ["fast 1d12h"], "claimMetrics": False, "maxClaims": 10},
                   "watch": {"namespaces": ["a"], "namespaceSelector": "", "audit": "0"},
                   "velero": {"enabled": "auto", "namespace": "openshift-adp"},
                   "auth": {"enabled": True}, "events": {"enabled": True},
                   "shutdown": {"timeout": "20s"}}},
}
REFUSED = {
    "an unknown key": {"imagee": "1"},
    "an unknown key of the configuration": {"config.ledger.retentoin": "10d"},
    "a path of the ledger": {"config.ledger.path": "/tmp/x"},
    "health that the kubelet can't ask for": {"config.auth.openHealth": False},
    "a certificate's path": {"config.tls": {"certFile": "/tmp/x"}},
    "a secret's name that is none": {"tls.secretName": "Snap_Trail"},
    "a reader of no kind": {"rbac.metricsReaders": [{"name": "prometheus"}]},
    "a number for a text": {"image.tag": 1},
    "a digest that is none": {"image.digest": "latest"},
    "a level that is none": {"config.log.level": "trace"},
    "a duration without a unit": {"config.ledger.retention": "180"},
    "a phase that is none": {"config.diagnosis.stuckAfter.drivers": ["ebs.csi.aws.com upload 2h"]},
    "a target without a namespace": {"config.coverage.namespaces": ["4h"]},
    "a volume that is neither": {"ledger.volume": "hostPath"},
    "two ways to say which namespaces": {"config.watch": {"namespaces": ["a"], "namespaceSelector": "b=c"}},
    "a namespace that can't be one": {"config.watch.namespaces": ["A b"]},
    "an address without a port": {"config.listen": "0.0.0.0"},
    "a label that Prometheus can't have": {"metrics.namespaceLabel": "app-namespace"},
    "a pull secret without a name": {"image.pullSecrets": [{}]},
    "an address that is no range": {"networkPolicy.apiServerCidrs": ["10.0.0.1"]},
    "an alert that can't exist": {"prometheusRule.disabled": ["stuck"]},
}


def pods(documents):
    """(name, metadata, spec) of everything that becomes a pod."""
    for item in documents:
        if item["kind"] == "StatefulSet":
            yield item["metadata"]["name"], item["spec"]["template"]["metadata"], item["spec"]["template"]["spec"]
        if item["kind"] == "Pod":
            yield item["metadata"]["name"], item["metadata"], item["spec"]


class Chart(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.rendered = {name: helm.template(**values) for name, values in MATRIX.items()}

    def for_each(self, check):
        """Calls check with the documents of every set of values, told apart in the output."""
        for name, documents in self.rendered.items():
            with self.subTest(name):
                check(documents)

    def test_lint_finds_nothing(self):
        done = helm.run("lint", "--strict", "--kube-version", helm.KUBE_VERSION, context.CHART)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotRegex(done.stdout, r"\[(WARNING|ERROR)\]")

    def test_wrong_values_are_refused_by_name(self):
        for name, values in REFUSED.items():
            with self.subTest(name):
                message = helm.refused(**values)
                self.assertIn("values don't meet the specifications", message)
                self.assertIn(next(iter(values)).split(".")[-1], message)

    def volumes_of(self, name):
        spec = helm.of_kind(self.rendered[name], "StatefulSet")["spec"]["template"]["spec"]
        return {volume["name"]: volume for volume in spec["volumes"]}, spec["containers"][0]

    def test_tls_is_the_secrets_and_everybody_who_asks_knows_it(self):
        volumes, container = self.volumes_of("TLS")
        self.assertEqual(volumes["tls"], {"name": "tls", "secret": {"secretName": "snaptrail-tls"}})
        self.assertIn({"name": "tls", "mountPath": "/etc/snaptrail-tls", "readOnly": True}, container["volumeMounts"])
        config = yaml.safe_load(helm.of_kind(self.rendered["TLS"], "ConfigMap")["data"]["config.yaml"])
        self.assertEqual(config["tls"],
                         {"certFile": "/etc/snaptrail-tls/tls.crt", "keyFile": "/etc/snaptrail-tls/tls.key"})
        for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
            self.assertEqual((container[probe]["httpGet"]["port"], container[probe]["httpGet"]["scheme"]),
                             ("https", "HTTPS"))
        self.assertEqual(container["ports"][0]["name"], "https")
        service = helm.of_kind(self.rendered["TLS"], "Service")
        self.assertEqual(service["spec"]["ports"], [{"name": "https", "port": 8080, "targetPort": "https"}])
        self.assertEqual(service["metadata"]["annotations"]["prometheus.io/scheme"], "https")
        policy = helm.of_kind(self.rendered["TLS"], "NetworkPolicy")["spec"]["ingress"][0]["ports"]
        self.assertEqual(policy, [{"port": "https"}])
        self.assertIn("https:snaptrail:https",
                      helm.of_kind(self.rendered["TLS"], "Role")["rules"][0]["resourceNames"])
        endpoint = helm.of_kind(self.rendered["TLS"], "ServiceMonitor")["spec"]["endpoints"][0]
        self.assertEqual((endpoint["port"], endpoint["scheme"]), ("https", "https"))
        self.assertEqual(endpoint["tlsConfig"], {"serverName": "snaptrail.snaptrail.svc",
                                                 "ca": {"secret": {"name": "snaptrail-tls", "key": "ca.crt"}}})
        self.assertNotIn("bearerTokenFile", endpoint)
        volumes, container = self.volumes_of("defaults")
        self.assertNotIn("tls", volumes)
        self.assertEqual(container["livenessProbe"]["httpGet"],
                         {"path": "/healthz", "port": "http", "scheme": "HTTP"})

    def test_each_feature_has_a_role_of_its_own_and_none_is_there_unasked(self):
        def roles(name):
            return {item["metadata"]["name"]: item["rules"] for item in self.rendered[name]
                    if item["kind"] == "ClusterRole"}

        def bound(name):
            return {item["metadata"]["name"]: item["subjects"] for item in self.rendered[name]
                    if item["kind"] == "ClusterRoleBinding"}
        self.assertEqual(set(roles("defaults")), {"snaptrail"})
        self.assertEqual(set(bound("defaults")), {"snaptrail"})
        both = roles("TLS, tokens and Events")
        self.assertEqual(set(both), {"snaptrail", "snaptrail-auth", "snaptrail-events", "snaptrail-metrics",
                                     "snaptrail-api"})
        self.assertEqual(both["snaptrail"], roles("defaults")["snaptrail"])
        self.assertEqual(both["snaptrail-events"],
                         [{"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]}])
        self.assertEqual({rule["resources"][0] for rule in both["snaptrail-auth"]},
                         {"tokenreviews", "subjectaccessreviews"})
        self.assertEqual({verb for rule in both["snaptrail-auth"] for verb in rule["verbs"]}, {"create"})
        self.assertEqual(both["snaptrail-metrics"], [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}])
        subjects = bound("TLS, tokens and Events")
        self.assertEqual(subjects["snaptrail-metrics"],
                         [{"kind": "ServiceAccount", "name": "prometheus", "namespace": "monitoring"}])
        self.assertEqual(subjects["snaptrail-api"][0]["name"], "sre")
        self.assertEqual(subjects["snaptrail-auth"], subjects["snaptrail"])
        self.assertEqual(set(roles("tokens in the clear, and a secret for Prometheus")),
                         {"snaptrail-metrics", "snaptrail-api"})
        self.assertEqual(bound("tokens in the clear, and a secret for Prometheus"), {})

    def test_prometheus_says_who_it_is_where_that_is_asked(self):
        def endpoint(name):
            return helm.of_kind(self.rendered[name], "ServiceMonitor")["spec"]["endpoints"][0]
        self.assertEqual(endpoint("TLS, tokens and Events")["bearerTokenFile"],
                         "/var/run/secrets/kubernetes.io/serviceaccount/token")
        other = endpoint("tokens in the clear, and a secret for Prometheus")
        self.assertEqual(other["authorization"], {"credentials": {"name": "scraper", "key": "token"}})
        self.assertNotIn("bearerTokenFile", other)
        self.assertNotIn("scheme", other)

    def test_the_api_role_is_for_all_paths_of_the_daemon_and_no_other_server(self):
        rules = next(item["rules"] for item in self.rendered["TLS, tokens and Events"]
                     if item["metadata"]["name"] == "snaptrail-api")
        self.assertEqual(rules, [{"nonResourceURLs": ["/snaptrail/*"], "verbs": ["get"]}])

    def test_only_what_takes_a_restart_is_another_pod(self):
        def checksum(**values):
            template = helm.of_kind(helm.template(**values), "StatefulSet")["spec"]["template"]
            return template["metadata"]["annotations"]["checksum/config"]
        same = checksum()
        for values in ({"config.log.level": "debug"}, {"config.diagnosis.stuckAfter.creating": "9m"},
                       {"config.objectMetrics.maxObjects": 1}):
            self.assertEqual(checksum(**values), same, values)
        for values in ({"config.log.format": "text"}, {"config.ledger.retention": "1d"},
                       {"config.events.enabled": True}, {"tls.secretName": "a"}):
            self.assertNotEqual(checksum(**values), same, values)

    def test_pods_are_what_pod_security_calls_restricted(self):
        def check(documents):
            found = list(pods(documents))
            self.assertTrue(found)
            for _, _, spec in found:
                self.assertTrue(spec["securityContext"]["runAsNonRoot"])
                self.assertEqual(spec["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
                self.assertNotIn("runAsUser", spec["securityContext"])
                for forbidden in ("hostNetwork", "hostPID", "hostIPC", "initContainers"):
                    self.assertNotIn(forbidden, spec)
                for container in spec["containers"]:
                    self.assertEqual(container["securityContext"],
                                     {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                                                    "capabilities": {"drop": ["ALL"]}})
                for volume in spec.get("volumes", []):
                    self.assertLessEqual(set(volume) - {"name"}, {"configMap", "emptyDir", "persistentVolumeClaim", "secret"})
        self.for_each(check)

    def test_openshift_gives_the_groups_itself(self):
        for name, group in (("defaults", 65532), ("OpenShift", None)):
            spec = helm.of_kind(self.rendered[name], "StatefulSet")["spec"]["template"]["spec"]
            self.assertEqual(spec["securityContext"].get("fsGroup"), group)
        found = helm.template("--api-versions", "security.openshift.io/v1")
        self.assertNotIn("fsGroup", helm.of_kind(found, "StatefulSet")["spec"]["template"]["spec"]["securityContext"])

    def test_rights_are_to_list_and_to_watch_and_no_secret_is_asked_for(self):
        def check(documents):
            for item in documents:
                self.assertNotEqual(item["kind"], "Secret")
                own = item["metadata"]["name"].removeprefix("snaptrail-")  # roles of what is off by default
                if item["kind"] != "ClusterRole" or own in ("auth", "events", "metrics", "api"):
                    continue
                for rule in item["rules"]:
                    self.assertLessEqual(set(rule["verbs"]), {"list", "watch"})
                    self.assertNotIn("*", rule["resources"] + rule["apiGroups"])
                    self.assertNotIn("secrets", rule["resources"])
        self.for_each(check)

    def test_the_role_is_the_one_that_the_readme_tells_of(self):
        page = (context.ROOT / "README.md").read_text(encoding="utf-8")
        block = next(block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
                     if "kind: ClusterRole" in block)
        self.assertEqual(helm.of_kind(self.rendered["defaults"], "ClusterRole")["rules"],
                         yaml.safe_load(block)["rules"])

    def test_no_role_besides_is_made_unless_asked_for(self):
        self.assertEqual([item for item in self.rendered["defaults"] if item["kind"] in ("Role", "RoleBinding")], [])
        proxy = helm.of_kind(self.rendered["everything"], "Role")
        self.assertEqual(proxy["rules"][0]["resources"], ["services/proxy"])
        self.assertTrue(all("snaptrail" in name for name in proxy["rules"][0]["resourceNames"]))

    def test_without_velero_no_right_to_see_it_is_asked_for(self):
        groups = [group for rule in helm.of_kind(self.rendered["no Velero"], "ClusterRole")["rules"]
                  for group in rule["apiGroups"]]
        self.assertFalse({"velero.io", "oadp.openshift.io"} & set(groups))
        self.assertIn("velero.io", json.dumps(self.rendered["defaults"]))

    def test_selectors_select_the_pod(self):
        def check(documents):
            labels = helm.of_kind(documents, "StatefulSet")["spec"]["template"]["metadata"]["labels"]
            for item in documents:
                spec = item.get("spec", {})
                selector = {"Service": spec.get("selector"),
                            "NetworkPolicy": spec.get("podSelector", {}).get("matchLabels"),
                            "PodDisruptionBudget": (spec.get("selector") or {}).get("matchLabels"),
                            "StatefulSet": (spec.get("selector") or {}).get("matchLabels")}.get(item["kind"])
                if selector is not None:
                    self.assertLessEqual(selector.items(), labels.items(), item["kind"])
            for _, metadata, _ in (pod for pod in pods(documents) if pod[0].endswith("-test")):
                self.assertNotEqual(metadata["labels"]["app.kubernetes.io/name"], labels["app.kubernetes.io/name"],
                                    "the Service must not send requests to the test's pod")
        self.for_each(check)

    def roles(self, name):
        """{(namespace or None, name): the resources} of all roles, each of them bound to the account, and for list and watch only or to
        write Events only."""
        documents = self.rendered[name]
        bound = {(item["kind"].removesuffix("Binding"), item["metadata"].get("namespace"), item["roleRef"]["name"]): item
                 for item in documents if item["kind"].endswith("RoleBinding")}
        found = {}
        for item in documents:
            if item["kind"] not in ("Role", "ClusterRole"):
                continue
            place = item["metadata"].get("namespace"), item["metadata"]["name"]
            binding = bound.pop((item["kind"], *place))
            self.assertEqual(binding["roleRef"]["kind"], item["kind"])
            self.assertEqual([(one["name"], one["namespace"]) for one in binding["subjects"]], [("snaptrail", "snaptrail")])
            if "create" in item["rules"][0]["verbs"]:
                self.assertEqual(item["rules"],
                                 [{"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]}])
                found[place] = {"events, to write"}
                continue
            for rule in item["rules"]:
                self.assertLessEqual(set(rule["verbs"]), {"list", "watch"})
            found[place] = {resource for rule in item["rules"] for resource in rule["resources"]}
        self.assertEqual(bound, {}, "a binding without its role")
        return found

    def test_named_namespaces_have_roles_of_their_own_in_place_of_rights_everywhere(self):
        everything = self.roles("defaults")[None, "snaptrail"]
        roles = self.roles("named namespaces")
        self.assertEqual(set(roles), {(None, "snaptrail"), ("shop", "snaptrail"), ("payments", "snaptrail"),
                                      ("velero", "snaptrail-velero"), ("default", "snaptrail-events")})
        self.assertEqual(roles["shop", "snaptrail"], roles["payments", "snaptrail"])
        self.assertEqual(roles["default", "snaptrail-events"], {"events"})
        self.assertFalse(roles[None, "snaptrail"] & roles["shop", "snaptrail"])
        self.assertNotIn("volumesnapshots", roles[None, "snaptrail"])
        self.assertEqual(set().union(*roles.values()), everything, "together they are what the ClusterRole would be")

    def test_without_rights_in_the_cluster_there_is_no_cluster_role(self):
        roles = self.roles("named namespaces and nothing else")
        self.assertEqual(set(roles), {("shop", "snaptrail"), ("default", "snaptrail")})
        self.assertNotIn("nonadminbackups", roles["shop", "snaptrail"])

    def test_velero_in_a_named_namespace_has_a_role_beside_that_one(self):
        self.assertIn("backups", self.roles("Velero among the named namespaces")["velero", "snaptrail-velero"])
        self.assertNotIn("backups", self.roles("Velero among the named namespaces")["velero", "snaptrail"])

    def writes(self, name):
        """{namespace or None} in which the account may write Events."""
        return {place[0] for place, resources in self.roles(name).items() if resources == {"events, to write"}}

    def test_events_are_written_only_where_what_they_are_about_is_followed(self):
        self.assertEqual(self.writes("named namespaces with Events"), {"shop", "payments", "velero", "default"})
        self.assertEqual(self.writes("named namespaces with Events and nothing else"), {"shop", "payments"})
        self.assertEqual(self.writes("Velero and default among the named namespaces, with Events"),
                         {"openshift-adp", "default"})
        self.assertEqual(self.writes("a selector of namespaces with Events"), {None})
        self.assertEqual(self.writes("named namespaces"), set())

    def test_the_roles_to_write_events_come_beside_those_to_read(self):
        for name in ("named namespaces", "named namespaces with Events"):
            reads = {place: what for place, what in self.roles(name).items() if what != {"events, to write"}}
            self.assertEqual(reads, self.roles("named namespaces"))

    def test_no_two_objects_of_a_release_have_one_name(self):
        def check(documents):
            places = [(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) for item in documents]
            self.assertEqual(len(set(places)), len(places))
        self.for_each(check)

    def test_what_a_selector_will_match_is_not_known_so_that_the_rights_are_the_cluster_s(self):
        self.assertEqual(self.roles("a selector of namespaces"), self.roles("defaults"))

    def test_the_ledger_is_where_it_was_asked_for(self):
        def volumes(name):
            stateful_set = helm.of_kind(self.rendered[name], "StatefulSet")["spec"]
            return stateful_set.get("volumeClaimTemplates"), {volume["name"]: volume
                                                              for volume in stateful_set["template"]["spec"]["volumes"]}
        claims, plain = volumes("defaults")
        self.assertEqual(claims[0]["spec"],
                         {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}})
        self.assertNotIn("ledger", plain)
        claims, plain = volumes("a ledger that goes with the pod")
        self.assertIsNone(claims)
        self.assertIn("emptyDir", plain["ledger"])
        claims, plain = volumes("a claim that exists")
        self.assertIsNone(claims)
        self.assertEqual(plain["ledger"]["persistentVolumeClaim"]["claimName"], "trail")

    def test_an_uninstallation_keeps_the_trail(self):
        spec = helm.of_kind(self.rendered["defaults"], "StatefulSet")["spec"]
        self.assertEqual(set(spec["persistentVolumeClaimRetentionPolicy"].values()), {"Retain"})

    def test_a_rollback_replaces_a_pod_that_never_got_ready(self):
        def check(documents):
            spec = helm.of_kind(documents, "StatefulSet")["spec"]
            self.assertEqual(spec["replicas"], 1)
            # With OrderedReady, the default, the controller waits for that pod to be ready before it deletes it.
            self.assertEqual(spec.get("podManagementPolicy"), "Parallel")
        self.for_each(check)

    def test_images_come_from_one_place(self):
        expected = {"defaults": "snaptrail:0.1.0", "everything": "mirror.example.com/tools/snaptrail:0.1.0",
                    "a digest": "mirror.example.com/snaptrail@sha256:" + "0123456789abcdef" * 4}
        for name, image in expected.items():
            for _, _, spec in pods(self.rendered[name]):
                self.assertEqual([container["image"] for container in spec["containers"]], [image])
        for _, _, spec in pods(self.rendered["everything"]):
            self.assertEqual(spec["imagePullSecrets"], [{"name": "mirror"}])

    def test_the_network_lets_in_who_has_to_come_and_nobody_else(self):
        def sources(name):
            return helm.of_kind(self.rendered[name], "NetworkPolicy")["spec"]["ingress"][0]["from"]

        def namespaces(name):
            return {label for one in sources(name)
                    for label in one.get("namespaceSelector", {}).get("matchLabels", {}).items()}
        self.assertIn(("kubernetes.io/metadata.name", "monitoring"), namespaces("defaults"))
        host = ("policy-group.network.openshift.io/host-network", "")
        self.assertNotIn(host, namespaces("defaults"))
        self.assertIn(host, namespaces("OpenShift"))
        self.assertEqual([one["ipBlock"]["cidr"] for one in sources("everything") if "ipBlock" in one],
                         ["10.0.0.0/28", "fd00::/64", "10.0.0.0/8"])
        for name in ("defaults", "OpenShift", "everything"):
            for one in sources(name):
                self.assertNotIn(one, ({}, {"namespaceSelector": {}}), "that would let in everybody")

    def test_ports_agree(self):
        documents = self.rendered["another port and IPv4 only"]
        container = helm.of_kind(documents, "StatefulSet")["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual(container["ports"], [{"name": "http", "containerPort": 9100}])
        self.assertEqual(helm.of_kind(documents, "Service")["spec"]["ports"],
                         [{"name": "http", "port": 80, "targetPort": "http"}])

    def test_the_termination_grace_is_longer_than_the_shutdown(self):
        spec = helm.of_kind(self.rendered["defaults"], "StatefulSet")["spec"]["template"]["spec"]
        self.assertGreater(spec["terminationGracePeriodSeconds"], 25)

    def test_the_namespace_of_samples_is_the_snapshots(self):
        def endpoint(name):
            return helm.of_kind(self.rendered[name], "ServiceMonitor")["spec"]["endpoints"][0]
        self.assertTrue(endpoint("everything")["honorLabels"])
        self.assertEqual(endpoint("everything")["relabelings"],
                         [{"action": "replace", "targetLabel": "cluster", "replacement": "prod-eu-1"}])
        self.assertFalse(endpoint("OpenShift with everything")["honorLabels"])
        self.assertEqual(endpoint("OpenShift with everything")["metricRelabelings"],
                         EVERYTHING["metrics.serviceMonitor.metricRelabelings"])
        own = endpoint("a label of its own")
        self.assertFalse(own["honorLabels"])
        self.assertEqual(own["metricRelabelings"][0],
                         {"action": "replace", "sourceLabels": ["exported_namespace"], "targetLabel": "app_namespace"})

    def test_another_configuration_is_another_pod(self):
        def checksum(documents):
            return helm.of_kind(documents,
                                "StatefulSet")["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
        self.assertNotEqual(checksum(self.rendered["defaults"]),
                            checksum(self.rendered["every key of the configuration"]))
        self.assertEqual(checksum(self.rendered["defaults"]), checksum(self.rendered["OpenShift"]))

    def test_two_releases_share_nothing_that_belongs_to_the_cluster(self):
        names = [{item["metadata"]["name"] for item in helm.template(namespace=namespace)
                  if item["kind"].startswith("ClusterRole")}
                 for namespace in ("snaptrail", "other")]
        self.assertFalse(names[0] & names[1])

    def test_the_schema_has_every_key_of_the_configuration(self):
        page = (context.ROOT / "docs" / "config.md").read_text(encoding="utf-8")
        documented = set(re.findall(r"^\| `([a-zA-Z.]+)` \|", page, re.MULTILINE))
        self.assertIn("ledger.retention", documented)

        def keys(schema, prefix=""):
            for name, one in schema["properties"].items():
                if "properties" in one:
                    yield from keys(one, f"{prefix}{name}.")
                else:
                    yield prefix + name
        schema = json.loads((context.CHART / "values.schema.json").read_text(encoding="utf-8"))
        # In a pod the connection is the service account's, files are where their volumes are, and the kubelet asks for health.
        self.assertEqual(set(keys(schema["properties"]["config"])),
                         documented - {"kubeconfig", "context", "ledger.path", "tls.certFile", "tls.keyFile", "auth.openHealth"})

    def test_the_daemon_takes_every_configuration_that_the_schema_takes(self):
        with tempfile.TemporaryDirectory(prefix="snaptrail-config-") as folder:
            file = pathlib.Path(folder, "config.yaml")

            def told(text):
                file.write_text(text, encoding="utf-8")
                done = subprocess.run([binary(), "run", "--config", file, "--kubeconfig", f"{folder}/none"],
                                      capture_output=True, text=True,
                                      check=False, timeout=60)
                return done.stderr

            def check(documents):
                text = next(item["data"]["config.yaml"] for item in documents if "config.yaml" in item.get("data", {}))
                self.assertIn("can't read the kubeconfig", told(text),
                              "the first failure is what comes after the configuration")
            self.for_each(check)
            self.assertIn("unknown key", told("ledgerr: {}"))

    def test_every_value_is_explained_and_in_the_schema(self):
        text = (context.CHART / "values.yaml").read_text(encoding="utf-8")
        schema = json.loads((context.CHART / "values.schema.json").read_text(encoding="utf-8"))

        def compare(values, one, path):
            for key, value in values.items():
                self.assertIn(key, one["properties"], path)
                if isinstance(value, dict) and "properties" in one["properties"][key] and value:
                    compare(value, one["properties"][key], f"{path}.{key}")
        compare(yaml.safe_load(text), schema, "values")
        lines = text.splitlines()
        for number, line in enumerate(lines):
            leaf = re.match(r"^( *)([a-zA-Z]+): *(\S.*)$", line)
            if leaf and not re.match(r"^ {4,}(cpu|memory):", line):
                self.assertRegex(lines[number - 1], r"^ *# ", f"values.yaml:{number + 1}: {line} has no comment")


if __name__ == "__main__":
    unittest.main(verbosity=2)
