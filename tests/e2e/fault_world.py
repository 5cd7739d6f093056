"""Shared by the tests of faults: the environment with its misbehaving neighbours, and queries."""

import contextlib
import datetime
import http.client
import os
import pathlib
import re
import threading
import unittest

from testenv import environment as testenv_environment
from testenv.control_plane import KubectlError
from testenv.environment import Environment, condition, wait_for, wait_out_midnight
from testenv.fault_proxy import FaultProxy
from testenv.processes import Process, free_port, http_ok
from testenv.traffic import call

LABEL = "bursar.dev/gateway=main.envoy"
STALE_SECONDS = 4      # spec.usage.prometheus.staleAfter
STEADY = {"calm": 300_000, "spent": 1000}  # team: grant, which no fault may touch
PULSE = "pulse"        # the team whose request changes, to see that a change gets through
LEDGER_CLOSED = "ledger-closed"
DOCUMENTED = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
ENV, API, PROMETHEUS, WATCH, METRICS_PORT = None, None, None, None, free_port()


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def policy():
    return {
        "apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "main"},
        "spec": {
            "period": "Month", "charter": {"sponsor": "CTO"},
            "pools": [{"name": "chat", "models": ["gpt-4o"], "window": "Day", "tokensPerWindow": "10M"},
                      {"name": "embed", "models": ["text-embedding-3-small"], "window": "Minute", "tokensPerWindow": "1M"}],
            "gateways": [{"name": "envoy", "type": "EnvoyRateLimit", "envoyRateLimit": {}}],
            "usage": {"type": "Prometheus",
                      "prometheus": {"url": f"http://127.0.0.1:{PROMETHEUS.port}", "pollInterval": "300ms",
                                     "staleAfter": f"{STALE_SECONDS}s"}}}}


def quota(team, forecast):
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota", "metadata": {"name": team, "namespace": team},
            "spec": {"policy": "main", "team": team, "requests": [{"pool": "chat", "forecast": forecast},
                                                                  {"pool": "embed", "forecast": 1000}]}}


def ask(team, tokens=100):
    return call(ENV.gateway.ports["gateway"], f"sk-{team}", "gpt-4o", tokens // 2, tokens - tokens // 2)


def use_up():
    """Until `spent` is refused because its budget is used up; other failures on the way are ignored."""
    wait_for("a refusal", lambda: ask("spent", 400) == 429, interval=0)


def budget(team):
    budgets = ENV.team_quota(team, team).get("status", {}).get("budgets", [])
    return next((entry for entry in budgets if entry["pool"] == "chat"), {"granted": None, "consumed": None})


def grants():
    return {team: budget(team)["granted"] for team in STEADY}


def policy_condition(kind):
    return condition(ENV.control_plane.get("allocationpolicy", "main"), kind)


def config_maps():
    return ENV.control_plane.get("configmap", "-n", "bursar-system", "-l", LABEL)["items"]


def told(reason):
    """How often an event of this reason was counted."""
    return sum(event.get("count") or 1 for event in ENV.control_plane.get("events", "-A")["items"]
               if event["reason"] == reason)


def metric(series):
    """The value of a series, written as Prometheus exposes it; None where there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", METRICS_PORT, timeout=5)
    try:
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
    finally:
        connection.close()
    found = re.search("^" + re.escape(series) + r" (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else None


def day_limits(text):
    """The budgets of a day in ratelimit's configuration, by team."""
    found = {}
    for part in text.split("\n- key: team\n")[1:]:
        name = re.search(r'value: "([^"]*)"', part)
        limit = re.search(r"value: day, rate_limit: \{unit: day, requests_per_unit: (\d+)\}", part)
        if name and limit:
            found[name[1]] = int(limit[1])
    return found


class LimitsWatch:
    """Polls ratelimit's folder and keeps every set of limits that it saw there."""

    def __init__(self):
        self.seen = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopping.wait(0.02):
            limits = self.now()
            if limits is not None and (not self.seen or self.seen[-1] != limits):
                self.seen.append(limits)

    @staticmethod
    def now():
        """None while a set takes the place of another: the folder is read file by file."""
        try:
            return day_limits("".join(path.read_text() for path in sorted(ENV.gateway.limits.glob("*.yaml"))))
        except FileNotFoundError:
            return None

    def stop(self):
        self.stopping.set()
        self.thread.join()

    def wrong(self):
        """The sets in which a team's limit differed from its grant or was absent."""
        return [limits for limits in self.seen
                if PULSE not in limits or {team: limits.get(team) for team in STEADY} != STEADY]


def start():
    """The environment for all tests of a module; it ends with the module."""
    global ENV, API, PROMETHEUS, WATCH
    testenv_environment.TEAM_KEYS.update({f"sk-{team}": team for team in (*STEADY, PULSE)})
    wait_out_midnight(420)
    ENV = Environment(os.environ["BURSAR"])
    unittest.addModuleCleanup(ENV.__exit__)
    ENV.start_control_plane()
    ENV.start_traffic_plane()
    ENV.start_metering()
    authority = ENV.control_plane.authority
    certificate = authority.issue("proxy", "/CN=proxy", ["IP:127.0.0.1"])
    API = FaultProxy(ENV.control_plane.api_port, certificate, authority.certificate).start()
    unittest.addModuleCleanup(API.stop)
    PROMETHEUS = FaultProxy(ENV.gateway.ports["prometheus"]).start()
    unittest.addModuleCleanup(PROMETHEUS.stop)
    start_operator()
    ENV.control_plane.apply([policy(), *({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": team}}
                                         for team in (*STEADY, PULSE)),
                             *(quota(team, forecast) for team, forecast in STEADY.items()), quota(PULSE, 500)])
    wait_for("the record to begin", lambda: (policy_condition("RecordUpToDate") or {}).get("status") == "True")
    close_ledger()
    wait_for("the first limits", lambda: set(STEADY) | {PULSE} <= set(day_limits(
        "".join(text for item in config_maps() for text in item["data"].values()))), 120)
    ENV.start_limiter()
    WATCH = LimitsWatch()
    unittest.addModuleCleanup(WATCH.stop)
    wait_for("the limits", lambda: (WATCH.now() or {}).get("calm") == STEADY["calm"])
    wait_for("the first answer", lambda: ask("calm") == 200)
    use_up()
    wait_for("the account", lambda: (budget("spent")["consumed"] or 0) >= STEADY["spent"])


def start_operator():
    kubeconfig = ENV.control_plane.service_account_kubeconfig("bursar-operator", url=f"https://127.0.0.1:{API.port}")
    ENV.operator = Process("operator", [ENV.bursar, "operator", "--kubeconfig", kubeconfig, "--status-max-age", "1s",
                                        "--leader-elect=false", "--metrics-address", f"127.0.0.1:{METRICS_PORT}"],
                           ENV.control_plane.logs, lambda: http_ok(METRICS_PORT, "/metrics"))
    ENV.operator.start()


def close_ledger():
    """From now on the API server refuses to change the head of the ledger. The effect shows after a minute closes, so this
    comes first and is checked late."""
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}
    ENV.control_plane.apply([
        {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
         "metadata": {"name": LEDGER_CLOSED},
         "spec": {"failurePolicy": "Fail", "matchConstraints": {"resourceRules": [rule]},
                  "validations": [{"expression": "!object.metadata.name.startsWith('bursar-ledger')",
                                   "message": "the ledger is closed for a while"}]}},
        {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
         "metadata": {"name": LEDGER_CLOSED}, "spec": {"policyName": LEDGER_CLOSED, "validationActions": ["Deny"]}}])


class FaultCase(unittest.TestCase):
    pulse = 500

    @classmethod
    def setUpClass(cls):
        """The events of an object are limited (event_correlator.hpp), and these tests cause more in minutes than normal in a
        year. A new process starts with the whole budget."""
        ENV.operator.stop()
        ENV.operator.start()

    @contextlib.contextmanager
    def steady(self, *kinds):
        """The body changes no limit and no grant. Afterwards a change takes effect, and the conditions of these kinds are
        True."""
        before = grants()
        self.assertEqual(before, STEADY)
        yield
        self.well_again(*kinds)
        self.assertEqual(grants(), before)
        self.assertEqual(WATCH.wrong(), [])
        self.assertTrue(ENV.operator.running())

    def well_again(self, *kinds):
        FaultCase.pulse += 1
        wait_for("a change to be taken", lambda: self.apply_pulse(FaultCase.pulse), 60)
        wait_for("a change to be in force", lambda: (WATCH.now() or {}).get(PULSE) == FaultCase.pulse, 60, 0.05)
        for kind in ("Ready", "GatewayProgrammed", "ResourcesFresh", *kinds):
            self.wait_condition(kind, "True", timeout=60)

    @staticmethod
    def apply_pulse(forecast):
        try:
            return ENV.control_plane.apply(quota(PULSE, forecast))
        except KubectlError:
            return None  # the API server is on its way up

    def wait_condition(self, kind, status, reason=None, contains="", timeout=30):
        def there():
            found = policy_condition(kind)
            good = found and found["status"] == status and reason in (None, found["reason"]) and contains in found["message"]
            return found if good else None
        try:
            return wait_for(f"{kind} to be {status} {reason or ''} {contains}", there, timeout, 0.1)
        except AssertionError as late:
            raise AssertionError(f"{late}: it is {policy_condition(kind)}; {ENV.operator.log_tail()}") from None

    def assert_since(self, found, begun):
        """The condition's transition lies after the fault began."""
        turned = datetime.datetime.fromisoformat(found["lastTransitionTime"].replace("Z", "+00:00"))
        self.assertLess(begun - turned, datetime.timedelta(seconds=1))

    def wait_metric(self, kind, status, timeout=30):
        """Until the policy's condition has this status in /metrics, which needs no API server."""
        series = f'bursar_policy_condition{{policy="main",status="{status}",type="{kind}"}}'
        alike = f'bursar_policy_condition{{policy="main",type="{kind}",status="{status}"}}'
        wait_for(series, lambda: 1 in (metric(series), metric(alike)), timeout, 0.1)

    def wait_told(self, reason, before, timeout=30):
        self.assertIn(f"`{reason}`", DOCUMENTED)
        wait_for(f"an event {reason}", lambda: told(reason) > before, timeout, 0.1)
