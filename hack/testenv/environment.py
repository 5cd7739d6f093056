"""Control plane, gateway and operator as one environment, for the demo and the end-to-end tests."""

import datetime
import pathlib
import shutil
import subprocess
import tempfile
import time

from testenv import binaries
from testenv.control_plane import ControlPlane
from testenv.gateway import Gateway
from testenv.processes import Process

TEAM_KEYS = {"sk-research": "research", "sk-storefront": "storefront", "sk-insights": "insights", "sk-guest": "guest"}
POOLS = {"chat": ["gpt-4o", "gpt-4o-mini"], "embed": ["text-embedding-3-small"]}


class Environment:
    """Use as a context manager; everything that was started is stopped, and the folder removed unless `keep`."""

    def __init__(self, bursar, keep=False, audit=False):
        self.bursar = pathlib.Path(bursar).resolve()
        self.keep = keep
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bursar-"))
        found = binaries.locate()
        self.control_plane = ControlPlane(found, self.folder, audit)
        self.gateway = Gateway(found, self.folder, TEAM_KEYS, POOLS)
        self.operator = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start_control_plane(self):
        self.control_plane.start()
        self.control_plane.install_bursar()

    def start_traffic_plane(self):
        """What there is before Bursar: the provider and Envoy."""
        self.gateway.start_provider()
        self.gateway.start_envoy()

    def start_metering(self):
        self.gateway.start_redis()
        self.gateway.start_prometheus()

    def start_operator(self, status_max_age="3s"):
        """One replica without an election: started again after a kill it decides at once, not when a lease expires."""
        kubeconfig = self.control_plane.service_account_kubeconfig("bursar-operator")
        # Healthy is what it says itself: the policies' conditions; here only that it lives.
        self.operator = Process(
            "operator", [self.bursar, "operator", "--kubeconfig", kubeconfig, "--status-max-age", status_max_age,
                         "--leader-elect=false"],
            self.control_plane.logs, lambda: True)
        self.operator.start()
        return self.operator

    def start_limiter(self, gateway_label="main.envoy"):
        """The sidecar and ratelimit; comes up once the operator has published the first limits."""
        kubeconfig = self.control_plane.service_account_kubeconfig("bursar-sync-limits")
        self.gateway.start_sync(self.bursar, kubeconfig, gateway_label)
        self.gateway.start_ratelimit()

    def stop(self):
        if self.operator is not None:
            self.operator.stop()
        self.gateway.stop()
        self.control_plane.stop()

    # What the tests and the demo ask for

    def kubectl(self, *arguments, **options):
        return self.control_plane.kubectl(*arguments, **options)

    def bursar_output(self, *arguments):
        """What a verb of `bursar` prints, run by an administrator; notes for people are on standard error."""
        return subprocess.run([self.bursar, *arguments, "--kubeconfig", self.control_plane.kubeconfig], check=True,
                              capture_output=True, text=True).stdout

    def policy(self, text):
        """The policy's manifest with this environment's addresses."""
        return text.replace("http://prometheus.monitoring:9090", self.gateway.prometheus_url)

    def team_quota(self, namespace, name):
        return self.control_plane.get("teamquota", "-n", namespace, name)


def wait_out_midnight(needed, say=print):
    """An account is that of one UTC day; a run that straddles two would show half of it. `needed` is in seconds."""
    now = datetime.datetime.now(datetime.timezone.utc)
    left = 86_400 - (now.hour * 3600 + now.minute * 60 + now.second)
    if left < needed:
        say(f"The budget window (the UTC day) ends in {left} s; starting in the new one.")
        time.sleep(left + 1)


def wait_for(what, check, timeout=60, interval=0.2):
    """The first true value of check(). AssertionError with `what` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(interval)


def condition(resource, kind):
    """A condition of a resource as {status, reason, message}; None where it has none."""
    for entry in resource.get("status", {}).get("conditions", []):
        if entry["type"] == kind:
            return entry
    return None
