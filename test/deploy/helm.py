"""helm on the chart of this tree."""
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile

import context
import yaml

sys.path.insert(0, str(context.ROOT / "test" / "e2e"))
import build  # noqa: E402  pylint: disable=wrong-import-position

KUBE_VERSION = "1.33.0"
HOME = tempfile.mkdtemp(prefix="snaptrail-helm-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)


def run(*arguments, env=None):
    """helm, as it ends. Its settings and caches never come from this user's home."""
    program = build.build_helm(lambda line: print(line, file=sys.stderr, flush=True))
    clean = {"PATH": os.environ.get("PATH", ""), "HOME": HOME, **(env or {})}
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, env=clean, check=False)


def must_run(*arguments, env=None):
    done = run(*arguments, env=env)
    if done.returncode != 0:
        raise AssertionError(f"helm {' '.join(map(str, arguments))}: exit code {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def settings(values):
    """{"a.b": 1} as --set arguments; texts that are lists or maps for helm are passed as JSON."""
    arguments = []
    for key, value in values.items():
        if isinstance(value, (dict, list)):
            arguments += ["--set-json", f"{key}={json.dumps(value)}"]
        elif isinstance(value, str) and value.startswith("{"):
            arguments += ["--set", f"{key}={value}"]
        elif isinstance(value, str):
            arguments += ["--set-string", f"{key}={value}"]
        else:
            arguments += ["--set-json", f"{key}={json.dumps(value)}"]
    return arguments


def template_text(*arguments, release="snaptrail", namespace="snaptrail", **values):
    return must_run("template", release, context.CHART, "--namespace", namespace, "--kube-version", KUBE_VERSION,
                    *arguments,
                    *settings(values))


def template(*arguments, release="snaptrail", namespace="snaptrail", **values):
    """The rendered objects."""
    text = template_text(*arguments, release=release, namespace=namespace, **values)
    return [item for item in yaml.safe_load_all(text) if item]


def refused(**values):
    """The message with which these values are refused; fails if they are not."""
    done = run("template", "snaptrail", context.CHART, "--kube-version", KUBE_VERSION, *settings(values))
    if done.returncode == 0:
        raise AssertionError(f"{values} were taken")
    return done.stderr


def of_kind(documents, kind):
    """The one object of a kind."""
    found = [item for item in documents if item["kind"] == kind]
    if len(found) != 1:
        raise AssertionError(f"{len(found)} objects of kind {kind}")
    return found[0]
