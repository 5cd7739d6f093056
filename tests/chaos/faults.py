"""Every kind of fault, done to the real parts. Several may be under way at once; of one part, one after another."""

import collections
import re
import shutil
import signal
import threading
import time

from chaos.api import CONFIG_MAPS, LEASE, ApiError
from chaos.cluster import LEASE_SECONDS, REPLICAS

# How long a fault waits for an API server that answers, and how long a part may take to come back.
PATIENCE_SECONDS = 30


class Faults:
    def __init__(self, cluster):
        self.cluster = cluster
        self.locks = collections.defaultdict(threading.Lock)  # by part
        self.done = collections.Counter()
        self.spans = []  # (kind, from, until): until the part answered again
        self.missed = []
        self.threads = []
        self.last_leader = REPLICAS[0]

    def begin(self, step):
        thread = threading.Thread(target=self._do, args=(step,), daemon=True)
        thread.start()
        self.threads.append(thread)

    def wait(self):
        for thread in self.threads:
            thread.join()

    def _do(self, step):
        begun = time.time()
        try:
            KINDS[step.kind](self, step)
            self.done[step.kind] += 1
            self.spans.append((step.kind, begun, time.time()))
        except (ApiError, OSError, AssertionError) as problem:
            self.missed.append(f"{step.kind}: {problem}")

    # Who

    def leader(self):
        try:
            holder = self.cluster.api.get(LEASE)["spec"].get("holderIdentity", "").rsplit("_", 1)[0]
            self.last_leader = holder or self.last_leader
        except ApiError:
            pass  # it is whom it was when the API server was last heard of
        return self.last_leader

    def standby(self):
        return REPLICAS[1 - REPLICAS.index(self.leader())]

    # What

    def kill(self, name, seconds=0.0, meanwhile=lambda: None):
        """Killed, down for a while, started again by the keeper; returns when it answers."""
        with self.locks[name]:
            self.cluster.keeper.hold(name)
            try:
                self.cluster.part(name).child.kill()
                time.sleep(seconds)
                meanwhile()
            finally:
                self.cluster.keeper.let_go(name)
            self._wait_answer(name)

    def pause(self, name, seconds):
        with self.locks[name]:
            child = self.cluster.part(name).child
            child.send_signal(signal.SIGSTOP)
            try:
                time.sleep(seconds)
            finally:
                child.send_signal(signal.SIGCONT)

    def terminate(self, name):
        with self.locks[name]:
            self.cluster.part(name).child.terminate()
            self._wait_answer(name)

    def _wait_answer(self, name):
        """A part that needs another which is down waits for that one; this does not."""
        process = self.cluster.part(name)
        deadline = time.monotonic() + PATIENCE_SECONDS
        time.sleep(0.1)
        while time.monotonic() < deadline and not (process.running() and process.healthy()):
            time.sleep(0.1)

    def part_from_api(self, name, seconds):
        with self.locks[f"proxy {name}"]:
            proxy = self.cluster.proxies[name]
            proxy.refuse(True)
            time.sleep(seconds)
            proxy.refuse(False)

    def stall(self, name, seconds):
        with self.locks[f"proxy {name}"]:
            proxy = self.cluster.proxies[name]
            proxy.stall(True)
            time.sleep(seconds)
            proxy.stall(False)

    def empty_redis(self, step):
        self.kill("redis", step.seconds,
                  lambda: shutil.rmtree(self.cluster.folder / "appendonlydir", ignore_errors=True))

    def delete_limits(self, step):
        def delete(item):
            self.cluster.api.delete(f"{CONFIG_MAPS}/{item['metadata']['name']}")
        self._with_limits(step, delete)

    def edit_limits(self, step):
        """An administrator edits a limit by hand: a team gets ten times as much."""
        def edit(item):
            (key, text), = item["data"].items()
            lines = list(re.finditer(r"requests_per_unit: ([1-9]\d*)}", text))
            line = lines[int(step.choice * len(lines))]
            raised = text[:line.start(1)] + str(min(10 * int(line[1]), 4_294_967_295)) + text[line.end(1):]
            self.cluster.api.merge(f"{CONFIG_MAPS}/{item['metadata']['name']}", {"data": {key: raised}})
        self._with_limits(step, edit)

    def _with_limits(self, step, change):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                items = self.cluster.config_maps()
                if not items:
                    raise ApiError(404, "there are no limits to change")
                return change(items[int(step.choice * len(items))])
            except ApiError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


def _both(self, _step):
    for name in REPLICAS:
        self.cluster.part(name).child.kill()
    self._wait_answer(REPLICAS[0])


def _cut(self, _step):
    self.cluster.proxies[self.leader()].cut()


KINDS = {
    "leader-killed": lambda self, _: self.kill(self.leader()),
    "leader-paused": lambda self, step: self.pause(self.leader(), step.seconds / 2),
    "leader-paused-past-its-lease": lambda self, step: self.pause(self.leader(), LEASE_SECONDS + step.seconds),
    "leader-terminated": lambda self, _: self.terminate(self.leader()),
    "standby-killed": lambda self, _: self.kill(self.standby()),
    "both-replicas-killed": _both,
    "leader-connections-cut": _cut,
    "leader-parted": lambda self, step: self.part_from_api(self.leader(), 2 * step.seconds),
    "leader-stalled": lambda self, step: self.stall(self.leader(), 2 * step.seconds),
    "sidecar-killed": lambda self, step: self.kill("sync-limits", step.seconds),
    "sidecar-parted": lambda self, step: self.part_from_api("sidecar", step.seconds),
    "apiserver-killed": lambda self, step: self.kill("kube-apiserver", step.seconds),
    "apiserver-paused": lambda self, step: self.pause("kube-apiserver", step.seconds),
    "etcd-killed": lambda self, step: self.kill("etcd", step.seconds / 2),
    "prometheus-killed": lambda self, step: self.kill("prometheus", step.seconds),
    "ratelimit-killed": lambda self, step: self.kill("ratelimit", step.seconds / 2),
    "redis-killed": lambda self, step: self.kill("redis", step.seconds / 2),
    "redis-emptied": Faults.empty_redis,
    "limits-deleted": Faults.delete_limits,
    "limits-edited": Faults.edit_limits,
}
