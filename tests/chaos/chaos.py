#!/usr/bin/env python3
"""The chaos suite: traffic, changes and faults at random, by a seed; the invariant is checked at the gateway all the time.

Usage: chaos.py BURSAR [--seed N] [--minutes M] [--faults K] [--ballast N]. Exit code 0 only without a violation.
"""

import argparse
import collections
import pathlib
import sys
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(REPOSITORY / "hack")]

from chaos import limits, organisation, schedule  # noqa: E402
from chaos.account import Account  # noqa: E402
from chaos.api import POLICIES, Writer, loans, quotas  # noqa: E402
from chaos.checker import Checker  # noqa: E402
from chaos.cluster import SELECTOR, Cluster  # noqa: E402
from chaos.faults import Faults  # noqa: E402
from chaos.traffic_log import TrafficLog  # noqa: E402
from testenv.environment import wait_for  # noqa: E402

CALM_SECONDS = 3
# Teams with 30 pools each that make the limits two ConfigMaps.
BALLAST = 150


class Organisation:
    """The current requests, and how a step of the schedule changes them."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.capacities = {pool: sizes[-1] for pool, sizes in organisation.CAPACITIES.items()}
        self.weights = dict.fromkeys(organisation.TEAMS, 100)
        self.forecasts = {team: {"chat": 40_000, "embed": 15_000} for team in organisation.TEAMS}
        self.loans = []  # (team, name) of those that were asked for and not deleted
        self.visiting = False
        self.asked = collections.Counter()

    def kept(self):
        """The teams that have a limit from start to end."""
        return [(team, pool) for team, of_team in self.forecasts.items() for pool in of_team] + [
            (team, pool) for team in self.cluster.ballast for pool in organisation.BALLAST_POOLS]

    def change(self, step, writer):
        self.asked[step.kind] += 1
        getattr(self, f"_{step.kind}")(step, writer)

    def _forecast(self, step, writer):
        team, pool, tokens = step.values
        self.forecasts[team][pool] = tokens
        writer.wish(quotas(team), organisation.quota(team, self.forecasts[team]))

    def _weights(self, step, writer):
        self.weights = dict(step.values)
        self._write_policy(writer)

    def _capacity(self, step, writer):
        pool, tokens = step.values
        self.capacities[pool] = tokens
        self._write_policy(writer)

    def _write_policy(self, writer):
        writer.wish(POLICIES, self.cluster.policy_manifest(self.capacities, self.weights))

    def _loan(self, step, writer):
        team, pool, tokens, delay = step.values
        name = f"loan-{self.asked['loan']}"
        self.loans.append((team, name))
        writer.wish(loans(team), organisation.loan(name, team, pool, tokens, int(time.time()) + delay, int(step.seconds)))

    def _return(self, step, writer):
        if self.loans:
            team, name = self.loans.pop(int(step.choice * len(self.loans)))
            writer.wish(loans(team), None, name)

    def _visitor(self, _step, writer):
        self.visiting = not self.visiting
        manifest = organisation.quota(organisation.VISITOR, {"chat": 5_000})
        writer.wish(quotas(organisation.VISITOR), manifest if self.visiting else None, organisation.VISITOR)

    def go_home(self, writer):
        """Removes loans and visitors, so that the plan gives the right result."""
        for team, name in self.loans:
            writer.wish(loans(team), None, name)
        writer.wish(quotas(organisation.VISITOR), None, organisation.VISITOR)


class Run:
    def __init__(self, cluster, seed, seconds, fault_count):
        self.cluster, self.seed, self.seconds = cluster, seed, seconds
        self.organisation = Organisation(cluster)
        self.changes = schedule.changes(seed, seconds)
        self.faults_to_do = schedule.faults(seed, seconds, fault_count)
        self.refused = []

    def start(self):
        self.cluster.start(self.organisation.capacities, self.organisation.weights, self.organisation.forecasts)
        self.cluster.api.apply("/api/v1/namespaces", organisation.namespace(organisation.VISITOR))
        self.checker = Checker(self.cluster.api, self.cluster.gateway.limits, self.cluster.gateway.ports["ratelimit_debug"],
                               SELECTOR, self.organisation.kept())
        self.wait_granted()
        self.checker.start()
        wait_for("the checker to see the limits", lambda: self.checker.folders and self.checker.sets and self.checker.enforced)
        self.traffic = TrafficLog(self.cluster.gateway.ports["gateway"]).start()
        self.faults = Faults(self.cluster)
        self.account = Account(self.cluster, self.checker, self.traffic, self.faults)

    def wait_granted(self):
        """Until every team that is kept has a limit at the gateway."""
        def granted():
            parsed = limits.parse_all({path.name: path.read_text() for path in self.cluster.gateway.limits.glob("*.yaml")})
            return all(parsed.get(key) for key in self.organisation.kept())
        wait_for("every first limit", granted, 120, 0.5)

    def roll(self):
        """Replaces both replicas under traffic, one after the other. Returns the violations."""
        begun = time.monotonic()
        for name in (self.faults.standby(), self.faults.leader()):
            self.faults.terminate(name)
            wait_for("a leader", lambda: self.faults.leader() != name, 30)
            self.cluster.wait_alive()
        took = time.monotonic() - begun
        time.sleep(CALM_SECONDS)
        self.traffic.stop()
        self.account.metering()
        wrong = self.account.take_wrong() + self.checker.judge() + self.cluster.crashes()
        # On a busy machine ratelimit may answer after Envoy's timeout; then Envoy refuses the call.
        late = sum(status not in (200, 429) for *_, status in self.traffic.calls)
        print(f"rolling restart: {took:.1f} s, {len(self.traffic.calls)} calls, {late} without ratelimit's answer, "
              f"{len(wrong)} violations", flush=True)
        self.traffic.start()
        return wrong

    def storm(self):
        writer = Writer(self.cluster.api, self._see_answer)
        steps = sorted([(step.at, 0, step) for step in self.changes] + [(step.at, 1, step) for step in self.faults_to_do],
                       key=lambda entry: entry[:2])
        begun = time.monotonic()
        for at, is_fault, step in steps:
            time.sleep(max(0.0, begun + at - time.monotonic()))
            if is_fault:
                self.faults.begin(step)
            else:
                self.organisation.change(step, writer)
        time.sleep(max(0.0, begun + self.seconds - time.monotonic()))
        self.faults.wait()
        self.cluster.wait_alive()
        self.organisation.go_home(writer)
        wait_for("every change to be taken", lambda: writer.pending() == 0, 90)
        writer.stop()
        self.refused = writer.refused

    def _see_answer(self, path, answer):
        if path == POLICIES:
            self.checker.policies.see(answer)

    def finish(self):
        """The violations."""
        time.sleep(CALM_SECONDS)
        self.traffic.stop()
        self.account.check()
        wrong = self.account.take_wrong()
        self.checker.stop()
        wrong += self.checker.judge() + self.cluster.crashes() + [f"a change was refused: {text}" for text in self.refused]
        return wrong

    def report(self, wrong):
        statuses = collections.Counter(status for *_, status in self.traffic.calls)
        checker = self.checker
        lines = [
            f"seed {self.seed}, {self.seconds:.0f} s, {len(self.cluster.ballast) + len(organisation.TEAMS)} teams, limits in "
            f"{len(self.cluster.config_maps())} ConfigMaps",
            f"{sum(self.faults.done.values())} faults: " + ", ".join(f"{kind} {count}" for kind, count in
                                                                     sorted(self.faults.done.items())),
            "changes: " + ", ".join(f"{kind} {count}" for kind, count in sorted(self.organisation.asked.items())),
            f"observed: {len(checker.sets)} sets of ConfigMaps, {len(checker.folders)} in the sidecar's folder, "
            f"{len(checker.enforced)} looks at ratelimit",
            "calls: " + ", ".join(f"{status} {count}" for status, count in sorted(statuses.items(), key=str)),
            *self.account.told,
            *[f"a fault that could not be done: {text}" for text in self.faults.missed],
            f"exits: {dict(self.cluster.keeper.exits)}",
            f"{len(wrong)} violations", *wrong]
        return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bursar", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--faults", type=int, default=None, help="default: one each five seconds")
    parser.add_argument("--ballast", type=int, default=BALLAST)
    parser.add_argument("--keep", action="store_true", help="leave the folder with logs")
    given = parser.parse_args()
    seconds = 60 * given.minutes
    with Cluster(given.bursar, given.ballast, given.keep) as cluster:
        run = Run(cluster, given.seed, seconds, given.faults or max(1, int(seconds / 5)))
        if given.keep:
            print(f"folder {cluster.folder}", flush=True)
        run.start()
        wrong = run.roll()
        run.storm()
        wrong += run.finish()
        print(run.report(wrong), flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
