#!/usr/bin/env python3
"""A long run with many teams on the real control plane: memory, descriptors and threads of the operator must not grow.

Consumption of every team grows all the time (a stand-in for ratelimit's metrics, a real Prometheus), windows close each
minute, and every few seconds a forecast changes or a loan comes and goes. Usage: soak.py BURSAR [--minutes M] [--teams N].
Exit code 0 only where nothing grew after the first third, which warms up.
"""

import argparse
import concurrent.futures
import os
import pathlib
import random
import re
import shutil
import statistics
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(REPOSITORY / "hack")]

from chaos import organisation  # noqa: E402
from chaos.api import POLICIES, Api, ApiError, loans, quotas  # noqa: E402
from chaos.meter import Meter  # noqa: E402
from testenv import binaries  # noqa: E402
from testenv.control_plane import ControlPlane  # noqa: E402
from testenv.environment import wait_for  # noqa: E402
from testenv.gateway import Gateway  # noqa: E402
from testenv.processes import Process  # noqa: E402

SAMPLE_SECONDS = 10
SAY_EVERY = 12
CHANGE_SECONDS = 5
WARM_UP = 1 / 3
# Growth of memory from the first to the last fifth after the warm-up. Less cannot be distinguished from allocator noise.
MEMORY_PERCENT = 4
COUNT_NOISE = 3


def policy(url, teams):
    def pool(name, window, models):
        return {"name": name, "models": models, "window": window, "tokensPerWindow": 10_000 * teams, "burstPercent": 20}
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "main"},
            "spec": {"period": "Month",
                     "pools": [pool("chat", "Minute", ["gpt-4o"]), pool("embed", "Day", ["text-*"])],
                     "borrowing": {"maxPercentOfGrant": 1000, "cooldown": "0s"},
                     "pricing": {"currency": "EUR", "models": [{"model": "*", "effectiveFrom": "2026-01-01",
                                                                "inputPerMillion": "2.50", "outputPerMillion": "10"}]},
                     "gateways": [{"name": "envoy", "type": "EnvoyRateLimit", "envoyRateLimit": {}}],
                     "usage": {"type": "Prometheus", "prometheus": {"url": url, "pollInterval": "5s"}}}}


def sample(pid):
    """Resident KiB, descriptors, threads."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return (int(re.search(r"VmRSS:\s+(\d+)", status)[1]), len(os.listdir(f"/proc/{pid}/fd")),
            int(re.search(r"Threads:\s+(\d+)", status)[1]))


def processor_seconds(pid):
    ran = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(ran[11]) + int(ran[12])) / os.sysconf("SC_CLK_TCK")


class Churn:
    """Changes a forecast, and now and then creates and deletes a loan."""

    def __init__(self, api, teams):
        self.api, self.teams = api, teams
        self.dice = random.Random("churn")
        self.count = 0
        self.loan = None
        self.missed = 0

    def step(self):
        self.count += 1
        team = self.dice.choice(self.teams)
        try:
            self.api.apply(quotas(team), organisation.quota(team, {"chat": self.dice.randrange(1_000, 20_000), "embed": 9_000}))
            if self.count % 4 == 0:
                if self.loan:
                    self.api.delete(self.loan)
                made = organisation.loan(f"loan-{self.count}", team, "chat", 500, int(time.time()) + 1, 600)
                self.loan = f"{loans(team)}/{made['metadata']['name']}"
                self.api.apply(loans(team), made)
        except ApiError:
            self.missed += 1  # a machine that is busy; what was asked for does not matter here


def judge(samples, seconds):
    """(report, grew)"""
    warm = [entry for entry in samples if entry[0] >= seconds * WARM_UP]
    fifth = max(1, len(warm) // 5)
    lines, grew = [], False
    for column, (name, unit) in enumerate((("resident memory", "KiB"), ("descriptors", ""), ("threads", "")), 1):
        values = [entry[column] for entry in warm]
        first, last = statistics.median(values[:fifth]), statistics.median(values[-fifth:])
        if column == 1:
            bad = last > (1 + MEMORY_PERCENT / 100) * first
        else:
            half = len(values) // 2
            bad = max(values[half:]) > max(values[:half]) + COUNT_NOISE
        grew = grew or bad
        lines.append(f"{name}: at the start {samples[0][column]:,}, after warm-up between {min(values):,} and {max(values):,} "
                     f"{unit}; median of its first fifth {first:,.0f}, of its last {last:,.0f}: {'GREW' if bad else 'no growth'}")
    return lines, grew


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bursar", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--teams", type=int, default=1000)
    given = parser.parse_args()
    bursar, seconds = given.bursar.resolve(), 60 * given.minutes
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bursar-soak-"))
    found = binaries.locate()
    plane, gateway = ControlPlane(found, folder), Gateway(found, folder, {}, {})
    operator = meter = None
    try:
        plane.start(controller_manager=False)
        plane.install_bursar()
        api = Api(plane, timeout=30)
        teams = [f"team-{index:04}" for index in range(given.teams)]
        meter = Meter(gateway.ports["metrics"], {(team, pool): 20 + index % 50 for index, team in enumerate(teams)
                                                 for pool in ("chat", "embed")})
        gateway.start_prometheus()
        api.apply(POLICIES, policy(gateway.prometheus_url, given.teams))

        def create(team):
            api.apply("/api/v1/namespaces", organisation.namespace(team))
            api.apply(quotas(team), organisation.quota(team, {"chat": 9_000, "embed": 9_000}))
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(create, teams))
        operator = Process("operator", [bursar, "operator", "--kubeconfig", plane.service_account_kubeconfig("bursar-operator"),
                                        "--leader-elect=false"], plane.logs, lambda: True).start()
        wait_for("every limit", lambda: any(entry.get("limits") == 2 * given.teams for entry in api.get(f"{POLICIES}/main").get(
            "status", {}).get("gateways", [])), 120)
        before = processor_seconds(operator.pid)
        samples = soak(operator, Churn(api, teams), seconds)
        percent = 100 * (processor_seconds(operator.pid) - before) / seconds
        lines, grew = judge(samples, seconds)
        statuses = api.get(f"{POLICIES}/main")["status"]["conditions"]
        print(f"{given.teams} teams, {given.minutes:g} minutes, {len(samples)} samples; "
              + ", ".join(f"{entry['type']} {entry['status']}" for entry in statuses), *lines,
              f"processor: {percent:.1f} % of a core", sep="\n", flush=True)
        return 1 if grew else 0
    finally:
        for part in (operator, gateway, plane, meter):
            if part is not None:
                part.stop()
        shutil.rmtree(folder, ignore_errors=True)


def soak(operator, churn, seconds):
    begun = time.monotonic()
    samples, next_sample = [], 0.0
    while (passed := time.monotonic() - begun) < seconds:
        if not operator.running():
            raise SystemExit(f"the operator ended after {passed:.0f} s; its log ends:\n{operator.log_tail()}")
        if passed >= next_sample:
            samples.append((passed, *sample(operator.pid)))
            next_sample += SAMPLE_SECONDS
            if len(samples) % SAY_EVERY == 1:
                print(f"{passed:6.0f} s: {samples[-1][1] // 1024} MiB, {samples[-1][2]} descriptors, {samples[-1][3]} threads",
                      flush=True)
        churn.step()
        time.sleep(CHANGE_SECONDS)
    return samples


if __name__ == "__main__":
    sys.exit(main())
