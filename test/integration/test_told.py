"""What a daemon takes over while it runs, and what it tells by Kubernetes Events, on a real API server."""
import json
import os
import signal

import context  # noqa: F401  pylint: disable=unused-import
from harness import kubeconfig, objects
from harness.api import claim_path
from harness.case import ClusterCase, main


class Told(ClusterCase):
    @classmethod
    def prepare(cls):
        # Nobody makes contents here: what waits for one is stuck after the limit.
        cls.snaptrail = cls.daemon(events={"enabled": True}, diagnosis={"stuckAfter": {"binding": "1h"}}).start_ready(120)
        cls.plane.kubectl.apply(
            objects.namespace("shop"), objects.snapshot_class("none", "Retain"),
            objects.volume("data", ("shop", "data"), objects.csi_source(objects.DRIVER, "v-1"), "none"),
            objects.claim("shop", "data", "none", volume="data"))
        cls.plane.api.merge_patch(claim_path("shop", "data") + "/status", {"status": {"phase": "Bound"}})
        cls.plane.kubectl.apply(objects.snapshot("shop", "nightly", "none", "data"))
        cls.snaptrail.until_row(120, kind="VolumeSnapshot", name="nightly", to="Pending")

    def configure(self, daemon=None, **changes):
        """Another version of the configuration in place of the one before, as a ConfigMap's volume does it."""
        file = (daemon or self.snaptrail).config
        config = {**json.loads(file.read_text(encoding="utf-8")), **changes}
        new = file.with_suffix(".new")
        new.write_text(json.dumps(config), encoding="utf-8")
        os.replace(new, file)

    def findings(self, name, event="began"):
        return [row for row in self.snaptrail.rows(type="finding", name=name) if row["finding"]["event"] == event]

    def events_about(self, name, namespace="shop"):
        text = self.plane.kubectl("get", "events", "-n", namespace, "-o", "json")
        return [item for item in json.loads(text)["items"] if item["involvedObject"]["name"] == name
                and item["reportingComponent"] == "snaptrail"]

    def test_1_a_limit_that_changes_takes_effect_on_what_waits_already(self):
        self.assertEqual(self.findings("nightly"), [])
        before = self.snaptrail.metric("snaptrail_config_last_reload_success_timestamp_seconds")
        self.assertGreater(before, 1e9)
        self.configure(diagnosis={"stuckAfter": {"binding": "1s"}}, retryAbsent="31s")
        found = self.snaptrail.until("the finding", lambda: self.findings("nightly"), 120)
        self.assertEqual(found[0]["finding"]["category"], "stuck")
        log = self.snaptrail.log_text()
        self.assertIn("diagnosis.stuckAfter.binding: 1h -> 1s", log)
        self.assertIn("takes a restart, and runs on as it was: retryAbsent", log)
        self.assertGreater(self.snaptrail.metric("snaptrail_config_last_reload_success_timestamp_seconds"), before)

    def test_2_a_finding_that_begins_is_an_event_that_kubectl_shows(self):
        row = self.findings("nightly")[0]
        event = self.snaptrail.until("the Event", lambda: self.events_about("nightly"), 120)[0]
        self.assertEqual(event["reason"], row["reason"])
        self.assertEqual(event["involvedObject"]["uid"], row["uid"])
        self.assertEqual(event["involvedObject"]["kind"], "VolumeSnapshot")
        self.assertEqual((event["count"], event["source"]), (1, {"component": "snaptrail"}))
        self.assertLessEqual(len(event["message"].encode()), 1024)
        told = self.plane.kubectl("describe", "volumesnapshot", "nightly", "-n", "shop")
        self.assertRegex(told, rf"(?m)^ +Warning +{row['reason']} .* snaptrail +\S")
        self.assertGreaterEqual(self.snaptrail.metric("snaptrail_kubernetes_events_total", result="created"), 1)
        self.assertEqual(self.snaptrail.metric("snaptrail_kubernetes_events_total", result="failed"), 0)

    def test_3_its_own_events_are_evidence_for_nothing(self):
        # The watch has brought it by the time that a later object's first row is there.
        self.snaptrail.until("the Event to be watched", lambda: self.snaptrail.metric(
            "snaptrail_informer_events_total", resource="events/VolumeSnapshot", type="ADDED"), 120)
        self.plane.kubectl.apply(objects.snapshot("shop", "later", "none", "data"))
        self.snaptrail.until("its finding", lambda: self.findings("later"), 120)
        status, text = self.snaptrail.get("/api/v1/findings?ns=shop")
        self.assertEqual(status, 200)
        for item in json.loads(text)["items"]:
            for mark in item["finding"]["detail"]["evidence"]:
                self.assertNotEqual(mark["source"], "event", mark)

    def test_4_a_file_that_cannot_be_used_changes_nothing_and_is_said(self):
        good = json.loads(self.snaptrail.config.read_text(encoding="utf-8"))
        self.configure(log={"level": "loud"})
        self.snaptrail.until("the metric to say so", lambda: self.snaptrail.metric(
            "snaptrail_config_last_reload_successful") == 0, 120)
        self.assertIn("can't be used, the one before stays", self.snaptrail.log_text())
        self.assertIn("log.level", self.snaptrail.log_text())
        self.configure(**good)
        config = {key: value for key, value in good.items() if key != "log"}
        self.snaptrail.config.write_text(json.dumps(config), encoding="utf-8")
        self.snaptrail.until("the metric to say so", lambda: self.snaptrail.metric(
            "snaptrail_config_last_reload_successful") == 1, 120)

    def test_5_a_hangup_makes_it_look_and_say_what_it_finds(self):
        def answers():
            return self.snaptrail.log_text().count("runs on as it was: retryAbsent")
        before = answers()
        self.snaptrail.process.signal(signal.SIGHUP)
        self.snaptrail.until("the answer", lambda: answers() > before, 60)
        self.assertIsNone(self.snaptrail.process.child.poll())

    def test_6_without_the_right_it_is_said_once_and_all_else_goes_on(self):
        self.plane.kubectl.apply(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "default", "name": "lister"}},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "lister"},
             "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["list", "watch"]}]},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "lister"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "lister"},
             "subjects": [{"kind": "ServiceAccount", "namespace": "default", "name": "lister"}]})
        token = self.plane.kubectl("create", "token", "lister").strip()
        file = kubeconfig.write(f"{self.work}/lister.kubeconfig", self.plane.server, self.plane.certs.ca, token=token)
        lister = self.daemon("lister", kubeconfig=file, events={"enabled": True},
                             diagnosis={"stuckAfter": {"binding": "1s"}}).start_ready(120)
        self.plane.kubectl.apply(*[objects.snapshot("shop", f"refused-{i}", "none", "data") for i in range(3)])
        lister.until("three refusals",
                     lambda: lister.metric("snaptrail_kubernetes_events_total", result="failed") >= 3, 120)
        self.assertEqual(lister.log_text().count("a Kubernetes Event about a finding can't be written"), 1)
        self.assertIn("grant `create` and `patch` on events", lister.log_text())
        self.assertEqual(len([row for row in lister.rows(type="finding") if row["name"].startswith("refused-")]), 3)
        self.assertEqual(lister.terminate(60), 0)


if __name__ == "__main__":
    main()
