"""The real parts of the chaos suite, each kept alive as a kubelet would: two replicas of the operator, each behind a proxy
of its own, the control plane, and the gateway with its sidecar."""

import collections
import concurrent.futures
import signal
import threading
import time

from chaos import organisation
from chaos.api import NAMESPACE, POLICIES, Api, quotas
from chaos.api_proxy import ApiProxy
from testenv import environment as testenv_environment
from testenv.environment import Environment, wait_for
from testenv.processes import Process, free_port, http_ok

REPLICAS = ("first", "second")
LEASE_SECONDS = 6
LEASE = ("--leader-elect-lease-duration", f"{LEASE_SECONDS}s", "--leader-elect-renew-deadline", "5s",
         "--leader-elect-retry-period", "500ms")
RESTART_SECONDS = 0.5
SELECTOR = "bursar.dev/gateway=main.envoy"
CLEAN_EXITS = {0, -signal.SIGKILL, -signal.SIGTERM}
DEPOSED = 3


class Keeper:
    """Restarts processes that ended, except those a fault keeps down. Records how each one ended."""

    def __init__(self):
        self.lock = threading.Lock()
        self.parts = {}
        self.held = collections.Counter()
        self.exits = collections.Counter()  # (name, code)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def keep(self, *processes):
        for process in processes:
            self.parts[process.name] = process

    def start(self):
        self.thread.start()

    def stop(self):
        self.stopping.set()
        self.thread.join()

    def hold(self, name):
        with self.lock:
            self.held[name] += 1

    def let_go(self, name):
        with self.lock:
            self.held[name] -= 1

    def _run(self):
        ended = {}
        while not self.stopping.wait(0.05):
            for name, process in self.parts.items():
                if process.running():
                    continue
                if name not in ended:
                    ended[name] = time.monotonic()
                    self.exits[name, process.child.returncode] += 1
                with self.lock:
                    free = not self.held[name]
                if free and time.monotonic() - ended[name] >= RESTART_SECONDS:
                    process.start(wait=False)
                    del ended[name]


class Cluster(Environment):
    """Use as a context manager. `ballast` teams with many pools stand between the teams that call."""

    def __init__(self, bursar, ballast=0, keep=False):
        testenv_environment.POOLS.clear()
        testenv_environment.POOLS.update(organisation.POOLS)
        testenv_environment.TEAM_KEYS.update({f"sk-{team}": team for team in (*organisation.TEAMS, organisation.VISITOR)})
        super().__init__(bursar, keep)
        self.ballast = organisation.ballast(ballast)
        self.keeper = Keeper()
        self.replicas, self.proxies = {}, {}
        self.api = None

    def stop(self):
        if self.keeper.thread.is_alive():
            self.keeper.stop()
        for replica in self.replicas.values():
            if replica.running():
                replica.child.send_signal(signal.SIGCONT)
            replica.stop()
        super().stop()
        for proxy in self.proxies.values():
            proxy.stop()

    def start(self, capacities, weights, forecasts):
        """Everything, with every limit in force. `forecasts` by team, then pool."""
        self.start_control_plane()
        self.api = Api(self.control_plane)
        self.start_traffic_plane()
        self.gateway.start_redis(persistent=True)
        self.gateway.start_prometheus()
        self.api.apply(POLICIES, self.policy_manifest(capacities, weights))
        quotas_wanted = [organisation.quota(team, of_team) for team, of_team in forecasts.items()]
        quotas_wanted += [organisation.ballast_quota(team) for team in self.ballast]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(self._create_team, quotas_wanted))
        for name in REPLICAS:
            self._start_replica(name)
        kubeconfig = self._proxied("sidecar", self.control_plane.service_account_kubeconfig("bursar-sync-limits"))
        wait_for("the first limits", lambda: self.config_maps(), 60)
        self.gateway.start_sync(self.bursar, kubeconfig, "main.envoy")
        self.gateway.start_ratelimit()
        self.keeper.keep(*self.replicas.values(), *self.control_plane.processes, *self.gateway.processes)
        self.keeper.start()

    def policy_manifest(self, capacities, weights):
        return organisation.policy(self.gateway.prometheus_url, capacities, weights, len(self.ballast))

    def _create_team(self, quota):
        self.api.apply("/api/v1/namespaces", organisation.namespace(quota["metadata"]["name"]))
        self.api.apply(quotas(quota["metadata"]["namespace"]), quota)

    def _proxied(self, name, kubeconfig):
        self.proxies[name] = ApiProxy(self.control_plane, free_port())
        return self.proxies[name].kubeconfig(kubeconfig, self.folder / f"{name}.kubeconfig")

    def _start_replica(self, name):
        kubeconfig = self._proxied(name, self.control_plane.service_account_kubeconfig("bursar-operator"))
        health = free_port()
        self.replicas[name] = Process(
            name, [self.bursar, "operator", "--kubeconfig", kubeconfig, "--status-max-age", "2s", *LEASE,
                   "--health-address", f"127.0.0.1:{health}"],
            self.control_plane.logs, lambda: http_ok(health, "/healthz") and http_ok(health, "/readyz"), {"HOSTNAME": name})
        self.replicas[name].start()

    # What is asked of it

    def config_maps(self):
        return self.api.get(f"{NAMESPACE}/configmaps?labelSelector={SELECTOR}")["items"]

    def part(self, name):
        return self.keeper.parts[name]

    def wait_alive(self, timeout=60):
        """Until every part is up and answers."""
        for process in self.keeper.parts.values():
            wait_for(f"{process.name} to be healthy; its log ends:\n{process.log_tail()}",
                     lambda process=process: process.running() and process.healthy(), timeout)

    def crashes(self):
        """Exits of the operator and the sidecar that no fault explains."""
        ours = {*REPLICAS, "sync-limits"}
        return [f"{name} ended with code {code}, {count} times; its log ends:\n{self.part(name).log_tail()}"
                for (name, code), count in sorted(self.keeper.exits.items())
                if name in ours and code not in CLEAN_EXITS and not (name in REPLICAS and code == DEPOSED)]
