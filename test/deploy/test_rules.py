"""The alerts: they fire when they should, are quiet otherwise, end, and lead to a page that helps."""
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
from rule_cases import CASES, NAMESPACE, UP

ALERT_NAME = re.compile(r"Snaptrail[A-Z][A-Za-z]+")
RECORD_NAME = re.compile(r"[a-z_0-9]+:[a-z_0-9]+:[a-z0-9_]+")


def plain_rules():
    return yaml.safe_load(context.RULES.read_text(encoding="utf-8"))["groups"]


def chart_rules(**values):
    """The groups of the chart's PrometheusRule."""
    documents = helm.template(**{"prometheusRule.enabled": True, **values})
    return next(item for item in documents if item["kind"] == "PrometheusRule")["spec"]["groups"]


def alerts_of(groups):
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def sample_of(alert):
    labels = ", ".join(f"{key}={json.dumps(value)}" for key, value in sorted({**alert, "alertstate": "firing"}.items()))
    return {"labels": f"ALERTS{{{labels}}}", "value": 1}


def test_group(case, label):
    """A case as promtool's test format has it."""
    series = dict(case.series)
    if case.up:
        series.setdefault(UP, case.up)
    return {
        "name": case.name, "interval": case.interval,
        "input_series": [{"series": name.replace(NAMESPACE, label), "values": values} for name,
                         values in series.items()],
        "promql_expr_test": [{"expr": 'ALERTS{alertstate="firing"}', "eval_time": at,
                              "exp_samples": [sample_of(one) for one in firing]}
                             for at, firing in case.firing.items()]}


class Promtool:
    """promtool on one set of rules. One call for all cases: the program is large, and slow to start."""

    def __init__(self, folder, groups):
        self.folder = pathlib.Path(folder)
        self.rules = self.folder / "rules.yaml"
        self.rules.write_text(yaml.safe_dump({"groups": groups}), encoding="utf-8")
        self.order = [group["name"] for group in groups]

    def run(self, *arguments):
        return subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)

    def check(self):
        return self.run("check", "rules", "--lint=all", "--lint-fatal", self.rules)

    def test(self, cases, label):
        files = []
        # Samples that are further apart than Prometheus looks back come and go: rules are evaluated when there is one.
        for interval in sorted({case.interval for case in cases}):
            files.append(self.folder / f"{interval}.yaml")
            files[-1].write_text(json.dumps({
                "rule_files": [self.rules.name], "evaluation_interval": interval, "group_eval_order": self.order,
                "tests": [test_group(case, label) for case in cases if case.interval == interval]}), encoding="utf-8")
        return self.run("test", "rules", *files)


class Rules(unittest.TestCase):
    maxDiff = None

    def promtool(self, groups):
        folder = tempfile.TemporaryDirectory(prefix="snaptrail-rules-")
        self.addCleanup(folder.cleanup)
        return Promtool(folder.name, groups)

    def run_cases(self, groups, label):
        done = self.promtool(groups).test(CASES, label)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_alerts_of_the_plain_file_do_as_the_cases_say(self):
        self.run_cases(plain_rules(), "namespace")

    def test_the_alerts_of_the_chart_do_the_same_under_another_namespace_label(self):
        self.run_cases(chart_rules(**{"metrics.namespaceLabel": "exported_namespace"}), "exported_namespace")

    def test_every_alert_has_a_case_in_which_it_begins_and_ends(self):
        begins, ends = set(), set()
        for case in CASES:
            before = set()
            for firing in case.firing.values():
                now = {alert["alertname"] for alert in firing}
                begins |= now
                ends |= before - now
                before = now
        self.assertEqual(begins, set(alerts_of(plain_rules())))
        self.assertEqual(ends, begins)

    def test_the_chart_has_the_rules_of_the_plain_file(self):
        base = "https://wiki.example.com/runbooks/"
        of_chart = chart_rules(**{"prometheusRule.runbookUrl": base, "prometheusRule.alertLabels.team": "storage"})
        expected = plain_rules()
        for rule in alerts_of(expected).values():
            rule["labels"]["team"] = "storage"
            rule["annotations"]["runbook_url"] = base + rule["alert"] + ".md"
        self.assertEqual(of_chart, expected)
        self.assertEqual(chart_rules(), plain_rules())

    def test_the_namespace_label_changes_expressions_only(self):
        changed = chart_rules(**{"metrics.namespaceLabel": "app_ns"})
        expected = json.loads(re.sub(r'("expr": "(?:[^"\\]|\\.)*")',
                                     lambda match: re.sub(r"\bnamespace\b", "app_ns", match[1]),
                                     json.dumps(plain_rules())))
        self.assertEqual(changed, expected)
        self.assertNotEqual(changed, plain_rules())

    def test_an_alert_can_be_left_out(self):
        left = alerts_of(chart_rules(**{"prometheusRule.disabled": "{SnaptrailNeverProtected,SnaptrailHazard}"}))
        self.assertEqual(set(alerts_of(plain_rules())) - set(left), {"SnaptrailNeverProtected", "SnaptrailHazard"})

    def test_no_alert_warns_of_rights_that_the_chart_was_told_not_to_give(self):
        def missing(**values):
            return set(alerts_of(plain_rules())) - set(alerts_of(chart_rules(**values)))
        named = {"config.watch.namespaces": ["shop"]}
        self.assertEqual(missing(**named, **{"rbac.clusterScoped": False}), {"SnaptrailBlind"})
        self.assertEqual(missing(**named, **{"rbac.clusterScoped": False, "prometheusRule.disabled": ["SnaptrailHazard"]}),
                         {"SnaptrailBlind", "SnaptrailHazard"})
        self.assertEqual(missing(**named), set())
        # Without names the rights are the cluster's, whatever this says.
        self.assertEqual(missing(**{"rbac.clusterScoped": False}), set())

    def test_promtool_finds_nothing_to_say(self):
        for groups in (plain_rules(), chart_rules(**{"metrics.namespaceLabel": "exported_namespace"})):
            done = self.promtool(groups).check()
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_names_and_texts_are_as_the_field_has_them(self):
        for group in plain_rules():
            for rule in group["rules"]:
                with self.subTest(rule.get("alert") or rule["record"]):
                    if "record" in rule:
                        self.assertRegex(rule["record"], f"^{RECORD_NAME.pattern}$")
                        continue
                    self.assertRegex(rule["alert"], f"^{ALERT_NAME.pattern}$")
                    self.assertIn(rule["labels"]["severity"], ("critical", "warning", "info"))
                    self.assertEqual(set(rule["annotations"]), {"summary", "description", "runbook_url"})
                    self.assertLess(len(rule["annotations"]["summary"]), 140)

    def test_no_alert_is_about_a_single_object(self):
        for name, rule in alerts_of(plain_rules()).items():
            with self.subTest(name):
                self.assertRegex(rule["expr"], r"by \(cluster|cluster_[a-z_]*:")
                for grouping in re.findall(r"by \(([^)]*)\)", rule["expr"]):
                    allowed = {"cluster", "driver", "reason", "hazard", "resource", "phase", "metric"}
                    self.assertLessEqual(set(re.split(r",\s*", grouping)), allowed)

    def test_reasons_are_those_of_the_diagnosis_and_each_has_its_advice(self):
        header = (context.ROOT / "reconcilers" / "diagnosis" / "reason.hpp").read_text(encoding="utf-8")
        body = re.search(r"enum class Reason[^{]*\{(.*?)\};", header, re.DOTALL)[1]
        reasons = set(re.findall(r"^  ([A-Z]\w+)", body, re.MULTILINE))
        matchers = re.findall(r'(?:reason|hazard)(?:=~|!~|=|!=)"([^"]+)"', context.RULES.read_text(encoding="utf-8"))
        named = {reason for matcher in matchers for reason in matcher.split("|")}
        self.assertTrue(named)
        self.assertLessEqual(named, reasons)
        advised = {word for page in context.RUNBOOKS.glob("*.md")
                   for word in re.findall(r"`(\w+)`", page.read_text(encoding="utf-8"))}
        # The one is no alert at all, the other has one without a reason.
        self.assertEqual(reasons - advised, {"WaitingForConsumer", "OrphanedContent"})

    def test_the_commands_of_the_runbooks_exist(self):
        helps = {}
        for page in sorted(context.RUNBOOKS.glob("*.md")):
            for command, rest in re.findall(r"(?m)^\$ snaptrail (\w+)([^|#\n]*)", page.read_text(encoding="utf-8")):
                if command not in helps:
                    done = subprocess.run([binary(), command, "--help"], capture_output=True, text=True, check=False)
                    self.assertEqual(done.returncode, 0, f"{page.stem}: {command}: {done.stderr}")
                    helps[command] = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", done.stdout))
                self.assertLessEqual(set(re.findall(r"(?<!\S)--?[a-z-]+", rest)), helps[command],
                                     f"{page.stem}: snaptrail {command}{rest}")
        self.assertIn("explain", helps)

    def test_every_alert_has_a_runbook_and_every_runbook_an_alert(self):
        alerts = alerts_of(plain_rules())
        pages = {file.stem: file.read_text(encoding="utf-8") for file in context.RUNBOOKS.glob("Snaptrail*.md")}
        self.assertEqual(set(pages), set(alerts))
        index = (context.RUNBOOKS / "README.md").read_text(encoding="utf-8")
        for name, page in pages.items():
            with self.subTest(name):
                self.assertTrue(alerts[name]["annotations"]["runbook_url"].endswith(f"/{name}.md"))
                self.assertIn(f"({name}.md)", index)
                self.assertTrue(page.startswith(f"# {name}\n"))
                self.assertEqual(re.findall(r"^## (.*)$", page, re.MULTILINE),
                                 ["What it means", "How to look", "What to do"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
