"""Observes the gateway at every change, and judges when all is over.

Three places are watched: the ConfigMaps (every version the API server has), the sidecar's folder (looked at every 10 ms; the
sidecar swaps whole sets, at least 30 ms apart), and what ratelimit itself says it enforces. While the API server is cut off,
the policy of a set is not known yet, so observations are kept and judged at the end.
"""

import http.client
import threading
import time

from chaos import limits
from chaos.api import CONFIG_MAPS, POLICIES

FOLDER_POLL_SECONDS = 0.01
LIMITER_POLL_SECONDS = 0.5
# ratelimit reads its folder within milliseconds, or later on a busy machine.
LOADED_SECONDS = 5


class PolicyVersions:
    """What the policy's capacities were, and which of them had been decided on, by resourceVersion."""

    def __init__(self):
        self.lock = threading.Lock()
        self.seen = {}  # resourceVersion: (generation, observedGeneration, {pool: capacity})

    def see(self, policy):
        metadata = policy["metadata"]
        capacities = {pool["name"]: int(pool["tokensPerWindow"]) for pool in policy["spec"]["pools"]}
        observed = policy.get("status", {}).get("observedGeneration", 0)
        with self.lock:
            self.seen[int(metadata["resourceVersion"])] = (metadata["generation"], observed, capacities)

    def capacities(self, version):
        """By pool, the largest capacity that a limit may have been decided on that was written at `version`: that of every
        policy there was until then, but for those whose successor had been decided on: limits come before the status."""
        with self.lock:
            # What was there before the first look, that look saw.
            first = min(self.seen)
            known = [state for at, state in self.seen.items() if at <= max(version, first)]
        decided = max((observed for _, observed, _ in known), default=0)
        return _largest(capacities for generation, _, capacities in known if generation >= decided)

    def largest(self):
        with self.lock:
            return _largest(capacities for _, _, capacities in self.seen.values())


def _largest(of_several):
    largest = {}
    for capacities in of_several:
        for pool, tokens in capacities.items():
            largest[pool] = max(tokens, largest.get(pool, 0))
    return largest


class Checker:
    """`kept` are the (team, pool) that have a limit from their first one on, for good."""

    def __init__(self, api, folder, debug_port, selector, kept):
        self.api = api
        self.folder = folder
        self.debug_port = debug_port
        self.selector = selector
        self.kept = kept
        self.policies = PolicyVersions()
        self.stopping = threading.Event()
        self.config_maps = {}
        self.sets = {}      # hash: (resourceVersion when it was first whole, sums, missing)
        self.folders = []   # (time, hash, limits)
        self.enforced = []  # (time, limits)
        self.problems = []
        self.threads = [threading.Thread(target=target, daemon=True) for target in (
            self._watch_config_maps, self._watch_policies, self._watch_folder, self._watch_limiter)]

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        self.stopping.set()
        for thread in self.threads[2:]:  # those that watch end with their connection
            thread.join()

    # Observing

    def _watch_config_maps(self):
        self.api.watch(CONFIG_MAPS, self.selector, self._see_config_map, self.stopping)

    def _see_config_map(self, item, deleted):
        if item is None:
            self.config_maps.clear()
            return
        name = item["metadata"]["name"]
        if deleted:
            self.config_maps.pop(name, None)
        else:
            self.config_maps[name] = item
        found = limits.whole_set(self.config_maps.values())
        if found and found[0] not in self.sets:
            parsed = limits.parse_all(found[1])
            version = max(int(one["metadata"]["resourceVersion"]) for one in self.config_maps.values())
            self.sets[found[0]] = version, limits.sums(parsed), self._missing(parsed)

    def _watch_policies(self):
        def see(policy, deleted):
            if policy is not None and not deleted:
                self.policies.see(policy)
        self.api.watch(POLICIES, "", see, self.stopping)

    def _watch_folder(self):
        data, before = self.folder / "..data", None
        while not self.stopping.wait(FOLDER_POLL_SECONDS):
            try:
                target = data.readlink()
                if target == before:
                    continue
                files = {path.name: path.read_text() for path in (self.folder / target).iterdir()}
            except FileNotFoundError:
                continue  # not there yet, or just swapped away: the next look has the new one
            before = target
            self.folders.append((time.time(), limits.digest(files), limits.parse_all(files)))

    def _watch_limiter(self):
        while not self.stopping.wait(LIMITER_POLL_SECONDS):
            text = self._limiter_config()
            if text:
                self.enforced.append((time.time(), limits.parse_dump(text)))

    def _limiter_config(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.debug_port, timeout=1)
        try:
            connection.request("GET", "/rlconfig")
            answer = connection.getresponse()
            return answer.read().decode() if answer.status == 200 else ""
        except (OSError, http.client.HTTPException):
            return ""  # it is down: it enforces nothing, and Envoy refuses
        finally:
            connection.close()

    def _missing(self, parsed):
        return sorted(key for key in self.kept if parsed.get(key, 0) == 0)

    # Judging

    def judge(self):
        """The violations, one sentence each."""
        wrong, allowed = [], {}
        for name, (version, total, missing) in list(self.sets.items()):
            allowed[name] = self.policies.capacities(version)
            wrong += _judge(f"ConfigMaps, set {name[:8]} at {version}", total, missing, allowed[name])
        for at, name, parsed in list(self.folders):
            wrong += _judge(f"sidecar's folder, set {name[:8]} at {_clock(at)}", limits.sums(parsed), self._missing(parsed),
                            allowed.get(name, self.policies.largest()))
        for at, parsed in list(self.enforced):
            if not any(parsed == there for there in self._folders_near(at)):
                wrong.append(f"ratelimit at {_clock(at)}: enforces what the folder did not say")
        return wrong

    def _folders_near(self, at):
        """The content of the folder at a time or shortly before."""
        for index, (since, _, parsed) in enumerate(self.folders):
            until = self.folders[index + 1][0] if index + 1 < len(self.folders) else float("inf")
            if since - 1 <= at <= until + LOADED_SECONDS:
                yield parsed

    def largest_limit(self, team, pool, since, until):
        """The largest limit that was in the folder at some time between."""
        held = [parsed.get((team, pool), 0) for index, (begun, _, parsed) in enumerate(self.folders)
                if begun <= until and (index + 1 == len(self.folders) or self.folders[index + 1][0] >= since)]
        return max(held, default=0)


def _judge(where, total, missing, capacities):
    wrong = [f"{where}: no limit of {team} in {pool}" for team, pool in missing]
    return wrong + [f"{where}: limits of {pool} add up to {tokens:,} of {capacities.get(pool, 0):,}"
                    for pool, tokens in total.items() if tokens > capacities.get(pool, 0)]


def _clock(at):
    return time.strftime("%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03}"
