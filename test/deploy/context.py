"""Makes the harness of test/e2e importable, and tells where things are."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "snaptrail"
RULES = CHART / "rules" / "snaptrail.rules.yaml"
DASHBOARDS = CHART / "dashboards"
RUNBOOKS = ROOT / "docs" / "runbooks"

sys.path.insert(0, str(ROOT / "test" / "e2e"))
