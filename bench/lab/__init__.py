"""What the parts of the benchmarks have in common. Control plane, daemon and chains are those of the end-to-end tests."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "e2e"))
