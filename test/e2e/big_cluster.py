#!/usr/bin/env python3
"""Loads a large cluster into a control plane started by hand: chains of four objects, straight into etcd.

  test/e2e/controlplane.py up --dir /tmp/cluster
  test/e2e/big_cluster.py --dir /tmp/cluster --chains 50000
"""
import argparse
import contextlib
import json
import pathlib
import sys
import time

from harness import bulk
from harness.etcd import Etcd


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=pathlib.Path, required=True, help="as given to controlplane.py")
    parser.add_argument("--chains", type=int, default=50_000)
    arguments = parser.parse_args()
    file = arguments.dir / "processes.json"
    if not file.exists():
        print(f"no control plane in {arguments.dir}: start it with `controlplane.py up --dir {arguments.dir}`",
              file=sys.stderr)
        return 2
    start = time.monotonic()
    with contextlib.closing(Etcd(json.loads(file.read_text())["etcdPort"])) as etcd:
        count, size = etcd.put_all(bulk.chains(arguments.chains))
    print(f"{count} objects, {size / 1e6:.0f} MB, in {time.monotonic() - start:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
