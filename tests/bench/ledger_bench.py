"""What the ledger costs in Kubernetes and in PostgreSQL, on real servers: bench_ledger for a few numbers of teams.

Usage: ledger_bench.py BENCH_LEDGER [TEAMS…]
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "hack"))

from testenv import binaries  # noqa: E402
from testenv.control_plane import ControlPlane  # noqa: E402
from testenv.postgres import Postgres  # noqa: E402

TEAMS = ("100", "1000", "3000", "10000")


def in_kubernetes(program, teams):
    """A control plane for each, so that none is slowed down by what the one before stored."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bursar-bench-"))
    plane = ControlPlane(binaries.locate(data_plane=False), folder)
    try:
        plane.start()
        plane.kubectl("create", "namespace", "bursar-system")
        subprocess.run([program, "kubernetes", teams], check=False,
                       env=dict(os.environ, KUBECONFIG=str(plane.kubeconfig)))
    finally:
        plane.stop()
        shutil.rmtree(folder, ignore_errors=True)


def in_postgresql(program, teams):
    server = Postgres()
    try:
        server.start()
        subprocess.run([program, "postgresql", teams], check=False, env=dict(os.environ, **server.environment))
    finally:
        server.stop()


if __name__ == "__main__":
    for number in sys.argv[2:] or TEAMS:
        in_kubernetes(sys.argv[1], number)
        in_postgresql(sys.argv[1], number)
