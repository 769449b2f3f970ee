"""A Prometheus that scrapes daemons, with the project's rules."""
import http.client
import json
import pathlib
import shutil
import urllib.parse

import yaml
from harness import wait
from harness.ports import free_ports
from harness.process import Process


class QueryError(AssertionError):
    """Prometheus did not take a query."""


class Prometheus:
    """One server with a folder of its own. `targets`: {name of the cluster: port}. `honor_labels`: as in a scrape configuration; without it
    the label namespace of a sample becomes exported_namespace, as the target has one already."""

    def __init__(self, name, program, folder, targets, rules, honor_labels=True):
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir(parents=True)
        self.port = free_ports(1)[0]
        (self.folder / "rules.yaml").write_text(rules, encoding="utf-8")
        (self.folder / "prometheus.yaml").write_text(yaml.safe_dump({
            "global": {"scrape_interval": "500ms", "scrape_timeout": "400ms", "evaluation_interval": "1s"},
            "rule_files": ["rules.yaml"],
            "scrape_configs": [{
                "job_name": "snaptrail", "honor_labels": honor_labels,
                "static_configs": [{"targets": [f"127.0.0.1:{port}"],
                                    "labels": {"cluster": cluster, "namespace": "snaptrail"}}
                                   for cluster, port in targets.items()]}]}), encoding="utf-8")
        self.process = Process(name,
                               [program, f"--config.file={self.folder}/prometheus.yaml",
                                f"--storage.tsdb.path={self.folder}/data",
                                      f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn"],
                               self.folder / "log")

    def start(self):
        self.process.start()
        wait.until(f"{self.process.name} to be ready", lambda: self._get("/-/ready")[0] == 200, 60,
                   still_alive=self.process.must_run)
        return self

    def stop(self):
        self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8")
        finally:
            connection.close()

    def api(self, path, **parameters):
        status, text = self._get(f"/api/v1/{path}?{urllib.parse.urlencode(parameters, doseq=True)}")
        body = json.loads(text)
        if status != 200 or body["status"] != "success":
            raise QueryError(f"{self.process.name}: {path} {parameters}: {body.get('error', text)}")
        return body["data"]

    def instant(self, expr):
        return self.api("query", query=expr)["result"]

    def range(self, expr, start, end, step=1):
        """{labels as JSON: the values that are numbers}."""
        found = self.api("query_range", query=expr, start=start, end=end, step=step)["result"]
        return {json.dumps(one["metric"], sort_keys=True): values for one in found
                if (values := [float(value) for _, value in one["values"] if value != "NaN"])}

    def label_values(self, selector, label):
        return self.api(f"label/{label}/values", **{"match[]": selector})

    def broken_rules(self):
        """{name: error} of the rules that could not be evaluated."""
        return {rule["name"]: rule["lastError"] for group in self.api("rules")["groups"] for rule in group["rules"]
                if rule.get("lastError")}


def distribution():
    """The distribution's Prometheus."""
    program = shutil.which("prometheus")
    if program is None:
        raise RuntimeError("no prometheus on the PATH: ./dev e2e fetches it from the package prometheus")
    return program
