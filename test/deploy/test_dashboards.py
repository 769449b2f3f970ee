"""The dashboards: what every panel asks is answered by a real Prometheus that scrapes real daemons."""
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import context  # before what it makes importable
import build
import helm
import prometheus
import yaml
from harness import wait
from harness.daemon import binary
from harness.ports import free_ports
from harness.process import Process

# Recording -> how many times as fast as it was: all are over within half a minute.
RECORDINGS = {"velero-backup-restore.ndjson": 3, "hazards.ndjson": 2, "night.ndjson.gz": 12}

NEEDS_HISTORY = "needs two weeks of history"
NEEDS_RPO = "nothing is proven in recordings of minutes: protection is unknown until a volume was watched for as long as its target"
# (dashboard, type, title): titles alone are not unique, a number and its table share one.
MAY_BE_EMPTY = {
    ("overview", "table", "Volumes beyond their RPO"): NEEDS_RPO,
    ("overview", "table", "Volumes without a recoverable point"): NEEDS_RPO,
    ("overview", "table", "Volumes that a Completed backup left out"): "the Completed backups of these recordings took every volume",
    ("backup-latency", "timeseries", "Against the driver's own history"): NEEDS_HISTORY,
    ("application", "table", "Claims beyond their target, age of the last recoverable point"): NEEDS_RPO,
    ("application", "table", "Claims without a recoverable point"): NEEDS_RPO,
    ("daemon", "timeseries", "Gaps an hour"): "recordings without a gap have none",
    ("daemon", "timeseries", "Values that went to \"other\""): "no metric reaches its limit",
}


def dashboards():
    return {file.stem: json.loads(file.read_text(encoding="utf-8"))
            for file in sorted(context.DASHBOARDS.glob("*.json"))}


def chart_dashboards(**values):
    """{name: dashboard} as the chart's ConfigMaps have them."""
    return {item["metadata"]["name"].removeprefix("snaptrail-dashboard-"): json.loads(next(iter(item["data"].values())))
            for item in helm.template(**{"dashboards.enabled": True, **values})
            if item["kind"] == "ConfigMap" and "-dashboard-" in item["metadata"]["name"]}


def filled(expr, **choices):
    """The query as Grafana sends it."""
    values = {"cluster": ".*", "driver": ".*", "app": ".*", "window": "1m", "phase": "upload", "__rate_interval": "5s",
              **choices}
    return re.sub(r"\$(\w+)", lambda match: values[match[1]], expr)


def panels(dashboard):
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def place(name, panel):
    """A panel's key in MAY_BE_EMPTY."""
    return name, panel["type"], panel["title"]


class Daemon:
    """A daemon that plays a recording."""

    def __init__(self, recording, speed, folder):
        self.port = free_ports(1)[0]
        self.process = Process(recording,
                               [binary(), "demo", "--recording",
                                context.ROOT / "test" / "data" / "recordings" / recording,
                                           "--speed", speed, "--listen", f"127.0.0.1:{self.port}"],
                               f"{folder}/{recording}.log")


class Dashboards(unittest.TestCase):
    """Three daemons play their recordings while two Prometheus servers scrape them; then everything is asked."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="snaptrail-dashboards-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        daemons = {name.split(".")[0]: Daemon(name, speed, cls.folder) for name, speed in RECORDINGS.items()}
        targets = {name: daemon.port for name, daemon in daemons.items()}
        newest, _ = build.build_prometheus(lambda line: print(line, file=sys.stderr))
        cls.renamed = cls.rules_of_chart(**{"metrics.namespaceLabel": "exported_namespace"})
        cls.plain = context.RULES.read_text(encoding="utf-8")
        cls.servers = {
            "the distribution's Prometheus": cls.server("distribution", prometheus.distribution(), targets, cls.plain),
            "Prometheus 3": cls.server("newest", newest, targets, cls.plain)}
        cls.enforcing = cls.server("enforcing", newest, targets, cls.renamed, honor_labels=False)
        cls.start = time.time()
        # Only now: what happens before the first scrape is in no increase.
        for daemon in daemons.values():
            daemon.process.start()
            cls.addClassCleanup(daemon.process.kill)
        asked = next(iter(cls.servers.values()))
        wait.until("the restore at the end of the first recording", lambda: asked.instant(
            'snaptrail_restores_finished_total{cluster="velero-backup-restore",outcome="bound"} == 1'), 300)
        wait.until("the night's last snapshots", lambda: asked.instant(
            'changes(snaptrail_informer_last_receive_timestamp_seconds{cluster="night",resource="volumesnapshots"}[10s]) == 0'), 300)
        # The last finding of the night; it stands at its end, as all that panels without a reason in MAY_BE_EMPTY wait for came before.
        wait.until("the night's orphan", lambda: asked.instant(
            'snaptrail_hazards{cluster="night",hazard="OrphanedContent"} == 1'), 300)
        time.sleep(3)  # the rules are evaluated every second
        cls.end = time.time()

    @classmethod
    def server(cls, name, program, targets, rules, **more):
        one = prometheus.Prometheus(name, program, cls.folder, targets, rules, **more).start()
        cls.addClassCleanup(one.stop)
        return one

    @staticmethod
    def rules_of_chart(**values):
        rule = helm.of_kind(helm.template(**{"prometheusRule.enabled": True, **values}), "PrometheusRule")
        return yaml.safe_dump(rule["spec"])

    def answers(self, server, panel):
        return [server.range(filled(target["expr"]), self.start, self.end) for target in panel["targets"]]

    def check_panels(self, server, found, name):
        for panel in panels(found):
            answers = self.answers(server, panel)
            if place(name, panel) not in MAY_BE_EMPTY:
                for target, answer in zip(panel["targets"], answers):
                    self.assertTrue(answer, f"{panel['title']}: {target['expr']} has no data")

    def test_every_panel_has_data_or_a_reason_to_have_none(self):
        for version, server in self.servers.items():
            for name, found in dashboards().items():
                with self.subTest(version=version, dashboard=name):
                    self.check_panels(server, found, name)

    def test_where_the_namespace_label_is_enforced_they_have_the_same_data_under_its_other_name(self):
        renamed = chart_dashboards(**{"metrics.namespaceLabel": "exported_namespace"})
        for name, found in renamed.items():
            with self.subTest(dashboard=name):
                self.check_panels(self.enforcing, found, name)
        # Of the snapshots that are there at the end: those that live for seconds are between the scrapes of the one or the other.
        usual = next(iter(self.servers.values())).instant("count by (namespace) (snaptrail_snapshots)")
        other = self.enforcing.instant("count by (exported_namespace) (snaptrail_snapshots)")
        self.assertTrue(usual)
        self.assertEqual({one["metric"]["exported_namespace"] for one in other},
                         {one["metric"]["namespace"] for one in usual})

    def test_reasons_are_given_only_for_panels_that_exist(self):
        there = {place(name, panel) for name, found in dashboards().items() for panel in panels(found)}
        self.assertEqual(set(MAY_BE_EMPTY) - there, set())

    def test_no_reason_is_given_for_a_panel_that_every_server_fills(self):
        renamed = chart_dashboards(**{"metrics.namespaceLabel": "exported_namespace"})
        asked = [*((server, dashboards()) for server in self.servers.values()), (self.enforcing, renamed)]
        empty_somewhere = {place(name, panel) for server, all_of_them in asked
                           for name, found in all_of_them.items() for panel in panels(found)
                           if place(name, panel) in MAY_BE_EMPTY and not all(self.answers(server, panel))}
        self.assertEqual(set(MAY_BE_EMPTY) - empty_somewhere, set(), "take these off the list: they have data")

    def test_every_choice_of_a_variable_has_values(self):
        for name, found in dashboards().items():
            for variable in found["templating"]["list"]:
                if variable["type"] != "query":
                    continue
                with self.subTest(dashboard=name, variable=variable["name"]):
                    match = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"])
                    for server in self.servers.values():
                        self.assertTrue(server.label_values(filled(match[1]), match[2]))

    def test_a_choice_narrows_what_is_shown(self):
        server = next(iter(self.servers.values()))
        found = next(panel for panel in panels(dashboards()["overview"]) if panel["title"] == "Snapshots by state")
        expr = found["targets"][0]["expr"].replace("sum by (state)", "count by (cluster)")
        clusters = {json.loads(labels)["cluster"]
                    for labels in server.range(filled(expr, cluster="night"), self.start, self.end)}
        self.assertEqual(clusters, {"night"})

    def test_every_rule_can_be_evaluated(self):
        for server in [*self.servers.values(), self.enforcing]:
            self.assertEqual(server.broken_rules(), {})
        self.assertTrue(self.servers["Prometheus 3"].instant("cluster_driver_state:snaptrail_snapshots:sum"))

    def test_the_rules_are_good_for_prometheus_3_too(self):
        _, promtool = build.build_prometheus()
        done = subprocess.run([promtool, "check", "rules", "--lint=all", "--lint-fatal", context.RULES],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_queries_of_the_runbooks_can_be_asked(self):
        for page in sorted(context.RUNBOOKS.glob("*.md")):
            for block in re.findall(r"```promql\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
                for query in block.strip().splitlines():
                    with self.subTest(page=page.stem, query=query):
                        for server in self.servers.values():
                            server.instant(query)

    def test_dashboards_can_be_imported_anywhere(self):
        uids = set()
        for name, found in dashboards().items():
            with self.subTest(name):
                self.assertEqual(found["id"], None)
                self.assertGreaterEqual(found["schemaVersion"], 39)
                self.assertEqual(found["templating"]["list"][0]["type"], "datasource")
                uids.add(found["uid"])
                self.assertEqual(len({panel["id"] for panel in found["panels"]}), len(found["panels"]))
                for panel in panels(found):
                    self.assertEqual(panel["datasource"]["uid"], "${datasource}")
                    self.assertTrue(all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"]))
        self.assertEqual(len(uids), len(dashboards()))

    def test_the_chart_changes_the_namespace_label_and_nothing_else(self):
        self.assertEqual(chart_dashboards(), dashboards())
        changed = chart_dashboards(**{"metrics.namespaceLabel": "app_ns"})
        for name, found in dashboards().items():
            text = json.dumps(found)
            self.assertEqual(json.dumps(changed[name]), re.sub(r"\bnamespace\b", "app_ns", text))
            # The bare word is a label wherever it is: in a query, or in what is read from its answer.
            for panel in panels(found):
                panel["targets"] = []
            found["templating"] = {}
            self.assertNotRegex(json.dumps(found), r"\bnamespace\b")

    def test_metrics_are_those_that_the_daemon_documents(self):
        page = (context.ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
        known = set(re.findall(r"^\| `((?:snaptrail|kube|process)_\w+)` \|", page, re.MULTILINE))
        text = context.RULES.read_text(encoding="utf-8") + "".join(map(json.dumps, dashboards().values()))
        used = set(re.findall(r"(?<![\w:/])((?:snaptrail|kube|process)_\w+)(?![\w:])", text))
        self.assertEqual({re.sub(r"_(bucket|sum|count)$", "", name) for name in used} - known, set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
