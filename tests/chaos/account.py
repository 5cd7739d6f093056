"""Checks after the faults: every team has the right grant, the account adds up, and nothing is left over."""

import collections
import json
import subprocess
import time

from chaos import limits, organisation
from chaos.api import BURSAR, CONFIG_MAPS, ApiError, loans
from chaos.traffic_log import THREADS, TOKENS
from testenv.environment import wait_for
from testenv.gateway import served_tokens

CONVERGED_SECONDS = 90
# If ratelimit dies, the tokens it counted since the last scrape are lost; the statement shows a gap.
SCRAPED_SECONDS = 3
FORGETS = {"ratelimit-killed"}
REFILLS = {"redis-emptied"}
# A call passes while less than the limit has been charged; it is charged after its answer.
IN_FLIGHT = 2 * THREADS * TOKENS


class Account:
    def __init__(self, cluster, checker, traffic, faults):
        self.cluster, self.checker, self.traffic, self.faults = cluster, checker, traffic, faults
        self.wrong = []
        self.told = []  # figures for the report

    def bursar(self, *arguments, **options):
        return subprocess.run([self.cluster.bursar, *arguments, "--kubeconfig", self.cluster.control_plane.kubeconfig],
                              text=True, capture_output=True, check=False, **options)

    def check(self):
        for part in (self.grants, self.metering, self.record, self.nothing_left_over, self.enforcement):
            try:
                part()
            except (AssertionError, ApiError) as problem:
                self.wrong.append(str(problem))

    def take_wrong(self):
        """The violations since the last time, a sentence each."""
        wrong, self.wrong = self.wrong, []
        return wrong

    # Grants

    def grants(self):
        last = []

        def settled():
            last[:] = self._differences()
            return not last
        try:
            begun = time.monotonic()
            wait_for("the right grants", settled, CONVERGED_SECONDS, 0.5)
            self.told.append(f"every team at its right grant {time.monotonic() - begun:.1f} s after the last fault")
        except AssertionError:
            self.wrong += last

    def _differences(self):
        """Plan, status and gateway, of every team and pool."""
        try:
            planned = self._planned()
            told = {(quota["spec"]["team"], budget["pool"]): budget
                    for quota in self.cluster.api.get(f"{BURSAR}/teamquotas")["items"]
                    for budget in quota.get("status", {}).get("budgets", [])}
            items = self.cluster.config_maps()
        except ApiError as problem:
            return [f"the API server does not answer: {problem}"]
        if not self.checker.folders or not items:
            return ["there are no limits"]
        in_force = self.checker.folders[-1][2]
        differences = []
        for key, grant in planned.items():
            budget = told.get(key, {"baseline": None, "granted": None})
            if not (grant == budget["baseline"] == budget["granted"] == in_force.get(key)):
                differences.append(f"{key[0]} in {key[1]}: planned {grant}, status says {budget['granted']}, the gateway "
                                   f"has {in_force.get(key)}")
        differences += [f"{team} in {pool} has a limit and no quota" for team, pool in in_force.keys() - planned.keys()]
        return differences

    def _planned(self):
        done = self.bursar("plan", "--live", "-f", "-", "-o", "json",
                           input=json.dumps({"apiVersion": "v1", "kind": "List", "items": []}))
        if done.returncode not in (0, 3):
            raise ApiError(0, done.stderr)
        return {(grant["team"], pool["name"]): grant["grant"] for policy in json.loads(done.stdout)["policies"]
                for pool in policy["pools"] for grant in pool["grants"]}

    # What was served

    def served(self, team):
        return served_tokens(self.cluster.gateway.served(), team)

    def metered(self):
        done = self.bursar("statement", "--policy", "main", "-o", "json")
        if done.returncode != 0:
            raise AssertionError(f"no draft of the statement: {done.stderr}")
        draft = json.loads(done.stdout)
        tokens = collections.Counter()
        for line in draft["lines"]:
            if line["kind"] == "Usage":
                tokens[line["team"]] += line["tokens"]
        return tokens, draft["gaps"]

    def lost_at_most(self, team):
        return sum(self.traffic.tokens(team, begun - SCRAPED_SECONDS, until + SCRAPED_SECONDS)
                   for kind, begun, until in self.faults.spans if kind in FORGETS)

    def metering(self):
        served = {team: self.served(team) for team in organisation.TEAMS}

        def scraped():
            tokens, _ = self.metered()
            return all(0 <= served[team] - tokens[team] <= self.lost_at_most(team) for team in served)
        try:
            wait_for("the account", scraped, 30, 1)
        except AssertionError:
            pass  # said below, team by team
        tokens, gaps = self.metered()
        for team in served:
            missing, most = served[team] - tokens[team], self.lost_at_most(team)
            self.told.append(f"{team}: served {served[team]:,}, metered {tokens[team]:,}, missing {missing:,} of at most "
                             f"{most:,} in gaps")
            if not 0 <= missing <= most:
                self.wrong.append(f"{self.told[-1]}: the account does not add up")
        if sum(kind in FORGETS for kind, *_ in self.faults.spans) and not gaps:
            self.wrong.append("ratelimit was restarted, and the statement names no gap")

    # The record

    def record(self):
        verified = self.bursar("ledger", "verify")
        if verified.returncode != 0:
            self.wrong.append(f"ledger verify: {verified.stderr or verified.stdout}")
        windows = collections.Counter()
        for entry in self.entries():
            if entry["from"] != entry["until"]:
                windows[entry["pool"], entry["from"]] += 1
        self.told.append(f"{len(windows)} windows recorded, each once; ledger verify: whole")
        self.wrong += [f"the window of {pool} from {begun} is recorded {times} times"
                       for (pool, begun), times in windows.items() if times > 1]

    def entries(self):
        """Of the head: a run is too short for the record to be folded into parts."""
        head = self.cluster.api.get(f"{CONFIG_MAPS}/bursar-ledger.main")
        for line in head["data"]["records"].splitlines():
            yield from json.loads(line.split(" ", 1)[1])["entries"]

    def nothing_left_over(self):
        items = self.cluster.api.get(CONFIG_MAPS)["items"]
        ours = [item for item in items if item["metadata"].get("labels", {}).get("app.kubernetes.io/managed-by") == "bursar"]
        whole = limits.whole_set(ours)
        if whole is None or len(whole[1]) != len(ours):
            self.wrong.append(f"left over beside the limits: {sorted(item['metadata']['name'] for item in ours)}")
        parts = [item["metadata"]["name"] for item in items if item["metadata"]["name"].startswith("bursar-ledger-part.")]
        if parts:
            self.wrong.append(f"parts of the ledger that no head names: {parts}")
        for team in organisation.TEAMS:
            left = [item["metadata"]["name"] for item in self.cluster.api.get(loans(team))["items"]]
            if left:
                self.wrong.append(f"loans of {team} that were deleted are still there: {left}")

    # That the limits were enforced

    def enforcement(self):
        """In no minute a team got more than the largest limit it had in it and what was in flight."""
        got = collections.Counter()
        for at, team, pool, status in self.traffic.calls:
            if status == 200 and 1 <= at % 60 < 59:  # whose minute it is, is not in doubt
                got[int(at // 60), team, pool] += TOKENS
        refilled = {int(at // 60) for kind, *span in self.faults.spans if kind in REFILLS for at in span}
        most = 0
        for (minute, team, pool), tokens in got.items():
            limit = self.checker.largest_limit(team, pool, 60 * minute - 2, 60 * minute + 60)
            if minute in refilled:
                most = max(most, tokens - limit)
            elif tokens > limit + IN_FLIGHT:
                self.wrong.append(f"{team} got {tokens:,} tokens of {pool} in a minute in which {limit:,} were granted")
        if refilled:
            self.told.append(f"with a Redis that lost its counters a team got at most {max(most, 0):,} tokens more than its limit "
                             "in that minute")
