#!/usr/bin/env python3
"""Kills the operator at random points of a reconcile, and checks that the next one comes to the same end.

A round gives the operator all kinds of work at once: a policy with a gateway, three TeamQuotas and a loan are new, those
of the round before are deleted. A proxy counts its writes and kills it with SIGKILL at the one that was drawn: before the
API server has it, or after it was stored and before its answer arrives. The operator is started again; the round ends as
the first one, in which nothing was killed, did: same limits, same statuses, one record of everything in the ledger,
nothing left over. Usage: kill_points.py BURSAR [--seed N] [--points N]. Exit code 0 only without a difference.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(REPOSITORY / "hack")]

from chaos import limits, organisation  # noqa: E402
from chaos.api import CONFIG_MAPS, POLICIES, Api, ApiError, loans, quotas  # noqa: E402
from chaos.api_proxy import ApiProxy  # noqa: E402
from chaos.meter import Meter  # noqa: E402
from testenv import binaries  # noqa: E402
from testenv.control_plane import ControlPlane  # noqa: E402
from testenv.environment import wait_for  # noqa: E402
from testenv.gateway import Gateway  # noqa: E402
from testenv.processes import Process, free_port  # noqa: E402

TEAMS = ("ads", "billing", "search")
STANDING = "main"  # a policy that is there all the time: its windows close each minute, through all that
SETTLED_SECONDS = 1.0
REST_SECONDS = 180  # on a machine that is busy a round's writes come slowly
SAY_EVERY = 10
AT_REST = "at rest"
NOTICE_SECONDS = 2  # a loan may not begin before it was asked for
# Fields that differ between rounds and between minutes.
VARIES = {"lastTransitionTime", "windowStart", "windowEnd", "decidedAt", "effectiveEnd", "observedGeneration", "lastAppliedTime",
          "nextChanges", "chargeback", "consumed", "remaining", "usedPercent", "drawn", "message", "at", "start", "end"}


def policy(name, url):
    pools = [{"name": "chat", "models": ["gpt-4o"], "window": "Minute", "tokensPerWindow": 1_000_000, "burstPercent": 20},
             {"name": "embed", "models": ["text-*"], "window": "Day", "tokensPerWindow": 5_000_000}]
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": name},
            "spec": {"period": "Month", "pools": pools, "borrowing": {"maxPercentOfGrant": 1000, "cooldown": "0s"},
                     "gateways": [{"name": "envoy", "type": "EnvoyRateLimit", "envoyRateLimit": {"configMapPrefix": name}}],
                     "usage": {"type": "Prometheus", "prometheus": {"url": url, "pollInterval": "1s"}}}}


def quota(name, team):
    made = organisation.quota(team, {"chat": 300_000, "embed": 900_000})
    made["metadata"]["name"] = made["spec"]["policy"] = name
    return made


def loan(name):
    made = organisation.loan(name, TEAMS[0], "chat", 50_000, int(time.time()) + NOTICE_SECONDS, 3600)
    made["spec"]["teamQuota"] = name
    return made


def scrubbed(value, name):
    """The object without varying fields and without the name of the round."""
    if isinstance(value, dict):
        return {key: scrubbed(inner, name) for key, inner in value.items() if key not in VARIES}
    if isinstance(value, list):
        return [scrubbed(inner, name) for inner in value]
    return value.replace(name, "ROUND") if isinstance(value, str) else value


def holds(status, kind):
    return any(entry["type"] == kind and entry["status"] == "True" for entry in status.get("conditions", []))


class Trigger:
    """Kills a process at its n-th write. Writes are counted while it is armed."""

    def __init__(self):
        self.lock = threading.Lock()
        self.disarm()

    def arm(self, pid, at=None, stored=False):
        with self.lock:
            self.pid, self.at, self.stored = pid, at, stored
            self.count, self.hit, self.last = 0, None, time.monotonic()

    def disarm(self):
        with self.lock:
            self.pid = self.at = None
            self.count, self.hit, self.last = 0, None, time.monotonic()

    def __call__(self, method, path, answered):
        """True where the process is killed, now."""
        if method == "GET" or self.pid is None:
            return False
        with self.lock:
            if not answered:
                self.count += 1
                self.last = time.monotonic()
            if self.count != self.at or answered != self.stored or self.hit is not None:
                return False
            self.hit = f"{method} {kind_of(path)}, {'stored' if answered else 'not sent'}"
            os.kill(self.pid, signal.SIGKILL)
            return True


def kind_of(path):
    """configmaps, teamquotas/status …; the ledger's ConfigMaps apart."""
    path = path.split("?")[0]
    for chain in ("bursar-ledger", "bursar-metering"):
        if chain in path:
            return chain
    parts = path.split("/")
    return "/".join(part for index, part in enumerate(parts)
                    if part in ("configmaps", "events", "allocationpolicies", "teamquotas", "burstloans", "status") and index > 2)


class Bench:
    def __init__(self, bursar):
        self.bursar = pathlib.Path(bursar).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bursar-kill-"))
        found = binaries.locate()
        self.plane = ControlPlane(found, self.folder)
        self.gateway = Gateway(found, self.folder, {}, {})
        self.meter = self.proxy = self.operator = None
        self.trigger = Trigger()

    def __enter__(self):
        try:
            return self._start()
        except BaseException:
            self.__exit__()
            raise

    def _start(self):
        self.plane.start(controller_manager=False)
        self.plane.install_bursar()
        self.api = Api(self.plane, timeout=60)  # nothing but the operator is killed here
        self.meter = Meter(self.gateway.ports["metrics"], {(team, "chat"): 50 + index for index, team in enumerate(TEAMS)})
        self.gateway.start_prometheus()
        self.proxy = ApiProxy(self.plane, free_port(), self.trigger)
        kubeconfig = self.proxy.kubeconfig(self.plane.service_account_kubeconfig("bursar-operator"),
                                           self.folder / "proxied.kubeconfig")
        self.operator = Process("operator", [self.bursar, "operator", "--kubeconfig", kubeconfig, "--leader-elect=false"],
                                self.plane.logs, lambda: True)
        self.api.apply(POLICIES, policy(STANDING, self.gateway.prometheus_url))
        for team in TEAMS:
            self.api.apply("/api/v1/namespaces", organisation.namespace(team))
            self.api.apply(quotas(team), quota(STANDING, team))
        self.operator.start()
        self.trigger.arm(self.operator.pid)
        return self

    def __exit__(self, *_):
        for part in (self.operator, self.gateway, self.plane, self.meter, self.proxy):
            if part is not None:
                part.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # A round

    def ask(self, name, before):
        self.api.apply(loans(TEAMS[0]), loan(name))
        self.api.apply(POLICIES, policy(name, self.gateway.prometheus_url))
        for team in TEAMS:
            self.api.apply(quotas(team), quota(name, team))
        if before:
            self.api.delete(f"{loans(TEAMS[0])}/{before}")
            for team in TEAMS:
                self.api.delete(f"{quotas(team)}/{before}")
            self.api.delete(f"{POLICIES}/{before}")

    def state(self, name):
        """The final state of a round, without varying fields."""
        items = self.api.get(CONFIG_MAPS)["items"]
        labels = {item["metadata"]["name"]: item["metadata"].get("labels", {}) for item in items}
        ours = [item for item in items if labels[item["metadata"]["name"]].get("app.kubernetes.io/managed-by") == "bursar"]
        whole = limits.whole_set(item for item in ours
                                 if labels[item["metadata"]["name"]]["bursar.dev/gateway"] == f"{name}.envoy")
        lent = self.api.get(loans(TEAMS[0]))["items"]
        found = {
            "ConfigMaps": [item["metadata"]["name"] for item in ours],
            "limits": [[*key, tokens] for key, tokens in sorted(limits.parse_all(whole[1]).items())] if whole else None,
            "policy": self.api.get(f"{POLICIES}/{name}").get("status"),
            "quotas": [[item["metadata"]["namespace"], item["metadata"]["name"], item.get("status")]
                       for team in TEAMS for item in self.api.get(quotas(team))["items"]],
            "loans": [[item["metadata"]["name"], item["metadata"].get("finalizers"), item.get("status")] for item in lent],
            "ledger": sorted(item["metadata"]["name"] for item in items
                             if item["metadata"]["name"] in (f"bursar-ledger.{name}", f"bursar-metering.{name}"))}
        return scrubbed(found, name)

    def settled(self, name):
        """The state once the operator has written nothing for a while."""
        wait_for("the operator to come to rest", lambda: time.monotonic() - self.trigger.last > SETTLED_SECONDS
                 and self.is_complete(name), REST_SECONDS, 0.05)
        return self.state(name)

    def is_complete(self, name):
        """Whether everything asked for is there, and usage was read: until then a rest is only a pause."""
        try:
            policy_status = self.api.get(f"{POLICIES}/{name}").get("status", {})
            every = [policy_status] + [self.api.get(f"{quotas(team)}/{name}").get("status", {}) for team in TEAMS]
            return (len(self.state(name)["ledger"]) == 2 and all(holds(status, "Ready") for status in every)
                    and all(holds(status, "UsageFresh") for status in every) and all(status.get("budgets") for status in every[1:])
                    and self.api.get(f"{loans(TEAMS[0])}/{name}").get("status", {}).get("phase") == "Active")
        except ApiError:
            return False

    def unaccounted(self):
        """What the meter counted and the draft of the standing policy's statement does not have, or has too much."""
        self.meter.rest()

        def missing():
            done = subprocess.run([self.bursar, "statement", "--policy", STANDING, "-o", "json", "--kubeconfig",
                                   self.plane.kubeconfig], text=True, capture_output=True, check=True)
            lines = json.loads(done.stdout)["lines"]
            return {team: tokens - sum(line["tokens"] for line in lines if line["team"] == team and line["kind"] == "Usage")
                    for (team, _), tokens in self.meter.served().items()}
        try:
            wait_for("the account", lambda: not any(missing().values()), 20, 1)
            return []
        except AssertionError:
            return [f"the account of {STANDING} does not add up: {missing()}"]

    def verify(self):
        """Violations in the ledger, over all rounds and all windows that closed in between."""
        done = subprocess.run([self.bursar, "ledger", "verify", "--kubeconfig", self.plane.kubeconfig], text=True,
                              capture_output=True, check=False)
        wrong = [] if done.returncode == 0 else [f"ledger verify: {done.stderr}"]
        seen = collections.Counter()
        for item in self.api.get(CONFIG_MAPS)["items"]:
            name = item["metadata"]["name"]
            if re.match(r"bursar-(ledger|metering)-part\.", name):
                wrong.append(f"a part of the ledger that no head names: {name}")
            if re.match(r"bursar-(ledger|metering)\.", name):
                for line in item["data"]["records"].splitlines():
                    record = json.loads(line.split(" ", 1)[1])
                    keys = [(entry["pool"], entry["from"], entry["until"]) for entry in record.get("entries", [])]
                    for key in keys or [(record.get("begins"), record.get("day"))]:
                        seen[name, key] += 1
        wrong += [f"{name} has {key} {times} times" for (name, key), times in seen.items() if times > 1]
        return wrong, len(seen)


def differences(expected, found, path=""):
    if isinstance(expected, dict) and isinstance(found, dict):
        return [line for key in sorted(expected.keys() | found.keys())
                for line in differences(expected.get(key), found.get(key), f"{path}.{key}")]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [line for index, pair in enumerate(zip(expected, found)) for line in differences(*pair, f"{path}[{index}]")]
    return [] if expected == found else [f"{path}: {json.dumps(expected)[:300]} was expected, not {json.dumps(found)[:300]}"]


def within(hits):
    return sum(hits.values()) - hits[AT_REST]


def run(bench, seed, points, say=print):
    """(violations, how often each point was hit)."""
    dice = random.Random(f"kill points {seed}")
    wrong, hits = [], collections.Counter()
    bench.ask("round-0", None)
    bench.settled("round-0")
    bench.trigger.arm(bench.operator.pid)
    bench.ask("round-1", "round-0")
    expected = bench.settled("round-1")
    writes = bench.trigger.count
    say(f"seed {seed}: a round has {writes} writes")
    before = "round-1"
    # A round may combine writes and have fewer than drawn. Then the kill hit an idle operator and does not count.
    for index in range(4 * points):
        if within(hits) == points:
            break
        name = f"round-{index + 2}"
        at, stored = dice.randint(1, writes), dice.random() < 0.5
        bench.trigger.arm(bench.operator.pid, at, stored)
        bench.ask(name, before)
        deadline = time.monotonic() + 20
        while bench.operator.running() and time.monotonic() < deadline:
            if time.monotonic() - bench.trigger.last > 2 * SETTLED_SECONDS:
                bench.operator.kill()  # it was done with fewer writes: killed at rest
            time.sleep(0.005)
        hits[bench.trigger.hit or AT_REST] += 1
        if bench.trigger.hit is None:  # how many a round joins depends on how busy the machine is
            writes = max(1, (writes + bench.trigger.count) // 2)
        bench.operator.child.wait()
        bench.trigger.disarm()
        bench.operator.start()
        bench.trigger.arm(bench.operator.pid)
        try:
            found = bench.settled(name)
        except AssertionError as problem:
            found = bench.state(name)
            wrong.append(f"{name}, killed at write {at}: {problem}")
        wrong += [f"{name}, killed at write {at}: {line}" for line in differences(expected, found)]
        before = name
        if (index + 1) % SAY_EVERY == 0:
            say(f"{index + 1} rounds, {within(hits)} killed at a write, {len(wrong)} violations", *wrong, sep="\n  ")
    if within(hits) < points:
        wrong.append(f"only {within(hits)} of {points} kills met a write")
    wrong += bench.unaccounted()
    of_ledger, records = bench.verify()
    say(f"{records} records and windows in {sum(hits.values()) + 2} ledgers, each once" if not of_ledger
        else "the ledger is not whole")
    return wrong + of_ledger, hits


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bursar", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--points", type=int, default=200)
    given = parser.parse_args()
    begun = time.monotonic()
    with Bench(given.bursar) as bench:
        wrong, hits = run(bench, given.seed, given.points)
    print(f"killed {sum(hits.values())} times in {time.monotonic() - begun:.0f} s:")
    for point, count in sorted(hits.items()):
        print(f"  {count:4}  {point}")
    print(f"{len(wrong)} violations", *wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
