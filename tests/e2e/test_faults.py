"""Fail static: each neighbour fails in every way we know of, and no limit and no grant changes; a condition says what is
stale and since when, an event and a metric tell of it, and after the fault all is well again without a restart.

Needs BURSAR (the binary); starts everything else itself. The operator reaches the API server and Prometheus through proxies
that misbehave where the real parts cannot be made to. One environment serves all tests. docs/faults.md is the table.
"""

import base64
import contextlib
import datetime
import http.client
import json
import os
import pathlib
import re
import threading
import time
import unittest

from testenv import environment as testenv_environment
from testenv.control_plane import KubectlError
from testenv.environment import Environment, condition, wait_for, wait_out_midnight
from testenv.fault_proxy import Fault, FaultProxy, gone_in_watch, refused
from testenv.gateway import served_tokens
from testenv.pki import Authority
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
    """Until `spent` is refused for what it consumed, whatever else goes wrong on the way."""
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
    """Looks into the folder ratelimit reads, all the time, and keeps every set of limits it ever saw there."""

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
        """Sets in which a team's limit was another than its grant, or absent."""
        return [limits for limits in self.seen
                if PULSE not in limits or {team: limits.get(team) for team in STEADY} != STEADY]


def setUpModule():
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
    """From now on the API server refuses to change the head of the ledger; a minute has to close before it is missed, so
    this comes first and is looked at late."""
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
        """An object has a budget of events (event_correlator.hpp), and more happens here in minutes than in a year: a new
        process has all of it."""
        ENV.operator.stop()
        ENV.operator.start()

    @contextlib.contextmanager
    def steady(self, *kinds):
        """What happens within changes no limit and no grant. Afterwards a change gets through, and the conditions of these
        kinds are True."""
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
        """The condition says since when: its transition lies after the fault began."""
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


class ApiServer(FaultCase):
    def wait_asked(self, match, times=2, timeout=60):
        """Until the fault was met."""
        before = API.count(match)
        wait_for(f"{times} requests {match}", lambda: API.count(match) >= before + times, timeout, 0.05)

    def trouble(self, *faults, match="watch=true", times=2):
        """Every connection breaks, and who comes again meets the faults."""
        with self.steady():
            API.set(*faults)
            API.cut_all()
            self.wait_asked(match, times)
            API.clear()

    @contextlib.contextmanager
    def blind(self):
        """What happens within cuts every watch for longer than the grace, and that is told: by the metric meanwhile, by
        events once statuses can be written."""
        before = told("WatchFailed"), told("Watched")
        with self.steady():
            yield
            self.wait_metric("ResourcesFresh", "False")
            API.clear()
            self.wait_metric("ResourcesFresh", "True", timeout=60)
        self.wait_told("WatchFailed", before[0])
        self.wait_told("Watched", before[1])

    def test_it_is_killed_and_started_again(self):
        before = told("WatchFailed"), told("Watched")
        with self.steady():
            ENV.control_plane.api_server.kill()
            self.wait_metric("ResourcesFresh", "False")
            self.assertEqual(ask("calm"), 200)
            self.assertEqual(ask("spent"), 429)
            ENV.control_plane.api_server.start()
        self.wait_told("WatchFailed", before[0])
        self.wait_told("Watched", before[1])

    def test_it_answers_500(self):
        with self.blind():
            API.set(refused(500, "InternalError", "etcd has no leader"))
            API.cut_all()

    def test_it_answers_429_and_is_left_alone_for_as_long_as_it_asks(self):
        with self.blind():
            API.set(refused(429, "TooManyRequests", "try again later", retry_after=4))
            API.cut_all()
            self.wait_asked("teamquotas.*watch=true", 1)
            before = API.count("teamquotas.*watch=true")
            time.sleep(2)
            self.assertEqual(API.count("teamquotas.*watch=true"), before)

    def test_it_is_slow(self):
        self.trouble(Fault(delay=1.5))

    def test_it_hangs(self):
        with self.blind():
            API.set(Fault(hang=True))
            API.cut_all()

    def test_it_hangs_when_the_operator_is_told_to_end(self):
        """It ends within 5 s all the same: here every list is without an answer."""
        with self.steady():
            ENV.operator.stop()
            API.set(Fault(hang=True))
            before = API.count("limit=500")
            ENV.operator.start()
            wait_for("five lists to hang", lambda: API.count("limit=500") >= before + 5)
            self.assertEqual(ENV.operator.stop(grace=5), 0)
            API.clear()
            ENV.operator.start()

    def test_it_answers_byte_by_byte(self):
        with self.steady():
            API.set(Fault("PATCH .*/status", drip=0.2))
            FaultCase.pulse += 1
            self.apply_pulse(FaultCase.pulse)
            self.wait_asked("PATCH .*/status", 1)
            wait_for("it to be given up", lambda: "was not complete within 30 s" in ENV.operator.log_tail(40))
            API.clear()

    def test_it_answers_what_is_no_json(self):
        self.trouble(Fault(status=200, body=b"<html>a login page</html>", headers={"Content-Type": "text/html"}))

    def test_a_watch_is_cut_in_the_middle_of_a_line(self):
        with self.steady():
            API.set(Fault("teamquotas.*watch=true", cut=40))
            API.cut_all()
            self.wait_asked("teamquotas.*watch=true", 1)
            for _ in range(3):  # each is a line, and each is cut
                FaultCase.pulse += 1
                self.apply_pulse(FaultCase.pulse)
                self.wait_asked("teamquotas.*watch=true", 1)
            API.clear()

    def test_a_watch_is_gone(self):
        with self.steady():
            API.set(gone_in_watch())
            API.cut_all()
            self.wait_asked("teamquotas.limit=", 2)  # listed anew
            API.clear()

    def test_watches_are_refused_while_all_else_works(self):
        before = told("WatchFailed"), told("Watched")
        begun = now()
        with self.steady():
            API.set(refused(503, "ServiceUnavailable", "apiserver is shutting down", match="teamquotas.*watch=true"))
            API.cut_all()
            found = self.wait_condition("ResourcesFresh", "False", "WatchFailed", "teamquotas cannot be watched since 20")
            self.assertIn("shutting down", found["message"])
            self.assert_since(found, begun)
            self.wait_told("WatchFailed", before[0])
            self.wait_metric("ResourcesFresh", "False")
            API.clear()
        self.wait_told("Watched", before[1])

    def test_its_certificate_expires_and_is_renewed(self):
        authority = ENV.control_plane.authority
        with self.blind():
            API.serve_certificate(authority.issue("expired", "/CN=proxy", ["IP:127.0.0.1"], days=-1))
            wait_for("the refusal", lambda: "certificate" in ENV.operator.log_tail(40) or
                     "handshake" in ENV.operator.log_tail(40), 30)
            self.wait_metric("ResourcesFresh", "False")
            API.serve_certificate(authority.issue("renewed", "/CN=proxy", ["IP:127.0.0.1"]))

    def test_its_authority_is_replaced_and_the_kubeconfig_says_so_later(self):
        stranger = Authority(ENV.folder / "second-pki", "second")
        names = ["IP:127.0.0.1"]
        self.addCleanup(self.trust, ENV.control_plane.authority)
        self.addCleanup(API.serve_certificate, ENV.control_plane.authority.issue("proxy", "/CN=proxy", names))
        with self.steady():
            API.serve_certificate(stranger.issue("proxy", "/CN=proxy", names))
            wait_for("the refusal", lambda: "not signed by the configured authority" in ENV.operator.log_tail(40))
            self.trust(stranger)

    @staticmethod
    def trust(authority):
        """The operator's kubeconfig names this authority from now on."""
        path = ENV.control_plane.folder / "bursar-operator.kubeconfig"
        config = json.loads(path.read_text())
        pem = base64.b64encode(authority.certificate.read_bytes()).decode()
        config["clusters"][0]["cluster"]["certificate-authority-data"] = pem
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(config))
        fresh.replace(path)

    def test_the_token_is_rotated_and_the_old_one_refused(self):
        plane = ENV.control_plane
        with self.steady():
            for name in ("first", "second"):
                plane.kubectl("create", "secret", "generic", f"token-{name}", "-n", "bursar-system")
            plane.write_token("bursar-operator", secret="token-first")
            self.restart_operator()
            plane.write_token("bursar-operator", secret="token-second")
            plane.kubectl("delete", "secret", "token-first", "-n", "bursar-system")
            API.cut_all()

    def restart_operator(self):
        ENV.operator.stop()
        ENV.operator.start()

    def test_etcd_is_killed_and_started_again(self):
        etcd = next(process for process in ENV.control_plane.processes if process.name == "etcd")
        with self.steady():
            etcd.kill()
            time.sleep(2)
            self.assertEqual(ask("calm"), 200)
            etcd.start()


class Clock(FaultCase):
    """The operator's clock alone is wrong, by libfaketime; its steady clock goes on."""

    def set_clock(self, offset):
        self.offset.with_suffix(".new").write_text(f"{offset}\n")
        self.offset.with_suffix(".new").replace(self.offset)

    def setUp(self):
        library = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
        self.assertIsNotNone(library, "faketime is not installed; run hack/install.sh")
        self.offset = ENV.folder / "clock"
        self.set_clock("+0")
        ENV.operator.stop()
        ENV.operator.environment = {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(self.offset),
                                    "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        ENV.operator.start()

    def tearDown(self):
        ENV.operator.stop()
        ENV.operator.environment = None
        ENV.operator.start()

    def test_it_is_an_hour_ahead_and_set_right(self):
        self.wait_condition("UsageFresh", "True")
        before = told("Stale"), told("ClockSkewed"), told("Synchronized")
        with self.steady("UsageFresh", "ClockSynchronized"):
            self.set_clock("+1h")
            self.wait_condition("UsageFresh", "False", "Stale", "last successful scrape")
            self.wait_told("Stale", before[0])
            found = self.wait_condition("ClockSynchronized", "False", "ClockSkewed", "ahead of the API server's")
            self.assertRegex(found["message"], r"clock is 359\d s ahead")
            self.wait_told("ClockSkewed", before[1])
            self.wait_metric("ClockSynchronized", "False")
            self.assertAlmostEqual(metric("bursar_clock_skew_seconds"), 3600, delta=10)
            self.assertEqual(ask("calm"), 200)
            self.set_clock("+0")
        self.wait_told("Synchronized", before[2])
        served = served_tokens(ENV.gateway.served(), "calm")
        wait_for("the account", lambda: budget("calm")["consumed"] == served)


class ServersClock(FaultCase):
    def test_it_is_ahead_of_ours(self):
        before = told("ClockSkewed"), told("Synchronized")
        begun = now()
        with self.steady("ClockSynchronized"):
            API.set(Fault(date=90))
            for _ in range(8):  # each is answered, and dated
                FaultCase.pulse += 1
                self.apply_pulse(FaultCase.pulse)
                time.sleep(1)
            found = self.wait_condition("ClockSynchronized", "False", "ClockSkewed", "s behind the API server's")
            self.assert_since(found, begun)
            self.wait_told("ClockSkewed", before[0])
            self.assertAlmostEqual(metric("bursar_clock_skew_seconds"), -90, delta=10)
            API.clear()
        self.wait_told("Synchronized", before[1])


class GatewaySide(FaultCase):
    def test_the_limiter_is_down(self):
        before = told("Stale")
        begun = now()
        limiter = ENV.gateway.part("ratelimit")
        with self.steady("UsageFresh"):
            limiter.kill()
            self.assertEqual(ask("calm"), 500)  # fails closed: nobody is served what nobody counts
            found = self.wait_condition("UsageFresh", "False", "Stale", "last successful scrape")
            self.assert_since(found, begun)
            self.wait_told("Stale", before)
            self.wait_metric("UsageFresh", "False")
            limiter.start()
            wait_for("traffic again", lambda: ask("calm") == 200)
            # Redis remembers what was consumed; a limiter that comes up lets all pass until it has read its limits.
            wait_for("the refusal", lambda: ask("spent") == 429, 10)

    def test_its_store_is_down(self):
        redis = ENV.gateway.part("redis")
        with self.steady():
            redis.kill()
            wait_for("a refusal", lambda: ask("calm") == 500)
            redis.start()
            wait_for("traffic again", lambda: ask("calm") == 200)
            use_up()  # it keeps nothing over its end, so every window begins anew (docs/faults.md)

    def test_the_sidecar_is_killed(self):
        with self.steady():
            ENV.gateway.sync.kill()
            FaultCase.pulse += 1
            self.apply_pulse(FaultCase.pulse)
            wait_for("the decision", lambda: budget(PULSE)["granted"] == FaultCase.pulse)
            self.assertNotEqual(WATCH.now()[PULSE], FaultCase.pulse)
            ENV.gateway.sync.start()

    def test_its_limits_are_deleted_and_edited_by_hand(self):
        def drift():
            return metric('bursar_gateway_drift_repaired_total{policy="main",gateway="envoy"}')

        wait_for("the first decision", lambda: drift() is not None)
        before = drift()
        with self.steady():
            for item in config_maps():
                ENV.kubectl("delete", "configmap", "-n", "bursar-system", item["metadata"]["name"])
            wait_for("the limits to be back", config_maps, interval=0.05)
            item = config_maps()[0]
            wanted = item["data"]
            item["data"] = {name: text.replace(str(STEADY["calm"]), "1") for name, text in wanted.items()}
            # As somebody would who means it: what tells the sidecar of the set is changed, too.
            item["metadata"]["annotations"]["bursar.dev/set"] = "by-hand"
            item["metadata"]["annotations"]["bursar.dev/shards"] = "2"
            ENV.kubectl("replace", "-f", "-", stdin=json.dumps(item))
            wait_for("the repair", lambda: config_maps()[0]["data"] == wanted, interval=0.05)
            wait_for("the repairs to be counted", lambda: (drift() or 0) >= before + 2)

    def test_its_limits_may_not_be_written(self):
        before = told("GatewayNotProgrammed")
        begun = now()
        role = ENV.control_plane.get("role", "bursar-operator", "-n", "bursar-system")
        slim = {key: role[key] for key in ("apiVersion", "kind", "rules")}
        slim["metadata"] = {"name": "bursar-operator", "namespace": "bursar-system"}
        barred = dict(slim, rules=[dict(rule, verbs=[verb for verb in rule["verbs"] if verb in ("get", "list", "watch")])
                                   if "configmaps" in rule["resources"] else rule for rule in slim["rules"]])
        with self.steady():
            ENV.kubectl("replace", "-f", "-", stdin=json.dumps(barred))
            wait_for("the role to be known", lambda: not self.may_create())
            for item in config_maps():
                ENV.kubectl("delete", "configmap", "-n", "bursar-system", item["metadata"]["name"])
            found = self.wait_condition("GatewayProgrammed", "False", "GatewayNotProgrammed", "forbidden")
            self.assert_since(found, begun)
            self.wait_told("GatewayNotProgrammed", before)
            self.wait_metric("GatewayProgrammed", "False")
            self.assertEqual(ask("spent"), 429)
            ENV.kubectl("replace", "-f", "-", stdin=json.dumps(slim))

    @staticmethod
    def may_create():
        account = "system:serviceaccount:bursar-system:bursar-operator"
        try:
            return "yes" in ENV.kubectl("auth", "can-i", "create", "configmaps", "-n", "bursar-system", f"--as={account}")
        except KubectlError:
            return False


class Ledger(FaultCase):
    def test_it_cannot_be_written_and_then_has_every_window_once(self):
        before = told("Recorded")
        with self.steady("RecordUpToDate"):
            self.wait_condition("RecordUpToDate", "False", "LedgerNotWritten", "closed for a while", timeout=120)
            self.wait_told("LedgerNotWritten", 0)
            self.wait_metric("RecordUpToDate", "False")
            for kind in ("validatingadmissionpolicybinding", "validatingadmissionpolicy"):
                ENV.kubectl("delete", kind, LEDGER_CLOSED)
        self.wait_told("Recorded", before)
        ENV.bursar_output("ledger", "verify")
        minutes = recorded_minutes()
        self.assertGreaterEqual(len(minutes), 2)
        self.assertEqual(minutes, [minutes[0] + datetime.timedelta(minutes=at) for at in range(len(minutes))])


def recorded_minutes():
    """The beginnings of the minutes that are recorded, in order, each as often as it is."""
    head = ENV.control_plane.get("configmap", "-n", "bursar-system", "bursar-ledger.main")
    entries = [entry for line in head["data"]["records"].splitlines()
               for entry in json.loads(line.split(" ", 1)[1])["entries"]]
    return [datetime.datetime.fromisoformat(entry["from"].replace("Z", "+00:00"))
            for entry in entries if entry["pool"] == "embed" and entry["from"] != entry["until"]]


def rewritten(change):
    """An answer of Prometheus in which each series of tokens is what `change` makes of it; None: it is not there."""
    def rewrite(body):
        answer = json.loads(body)
        series = answer.get("data", {}).get("result", [])
        kept = [change(entry) if entry["metric"]["__name__"] == "bursar_gateway_tokens_total" else entry for entry in series]
        answer["data"]["result"] = [entry for entry in kept if entry is not None]
        return json.dumps(answer).encode()
    return Fault(rewrite=rewrite)


def with_values(entry, change):
    return dict(entry, values=[[at, change(value)] for at, value in entry["values"]])


def of_usage(name, status):
    """The series of a policy's UsageFresh."""
    return f'bursar_policy_condition{{policy="{name}",type="UsageFresh",status="{status}"}}'


def unaccounted():
    return served_tokens(ENV.gateway.served(), "calm") - (budget("calm")["consumed"] or 0)


class Usage(FaultCase):
    def stale(self, fault, contains, reason="Stale"):
        """While it applies consumption is stale and says why; afterwards it is current, and right to the token."""
        before = told(reason), told("Fresh")
        begun = now()
        with self.steady("UsageFresh"):
            PROMETHEUS.set(fault)
            found = self.wait_condition("UsageFresh", "False", reason, contains, timeout=60)
            self.assert_since(found, begun)
            self.assertRegex(found["message"], r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
            self.assertEqual(ask("calm"), 200)
            self.wait_metric("UsageFresh", "False")
            PROMETHEUS.clear()
        self.wait_told(reason, before[0])
        self.wait_told("Fresh", before[1])
        wait_for("the account", lambda: unaccounted() == self.unaccounted)

    def setUp(self):
        """A limiter that was killed, or lost its store, took what it had not told of with it; nothing more is lost here."""
        self.addCleanup(PROMETHEUS.clear)
        # The status may be an operator's that was restarted since; the metric is the one's that runs.
        self.wait_metric("UsageFresh", "True")
        self.wait_condition("UsageFresh", "True")
        last = 'bursar_usage_last_sample_timestamp_seconds{policy="main"}'
        wait_for("the operator to have caught up", lambda: (metric(last) or 0) > time.time() - STALE_SECONDS)
        time.sleep(3)  # what was served last is scraped
        self.unaccounted = unaccounted()

    def test_it_is_killed_and_started_again(self):
        before = told("Stale")
        prometheus = ENV.gateway.part("prometheus")
        with self.steady("UsageFresh"):
            prometheus.kill()
            self.assertEqual(ask("calm"), 200)
            self.wait_condition("UsageFresh", "False", "Stale")
            self.wait_told("Stale", before)
            prometheus.start()
        wait_for("the account", lambda: unaccounted() == self.unaccounted)

    def test_it_hangs(self):
        self.stale(Fault(hang=True), "last successful scrape")

    def test_it_answers_byte_by_byte(self):
        self.stale(Fault(drip=0.2), "was not complete within 20 s")

    def test_one_that_hangs_holds_up_no_other_policy(self):
        """Of the others, one reads Prometheus without the proxy, and one asks for what is not scraped."""
        usage = {"type": "Prometheus", "prometheus": dict(policy()["spec"]["usage"]["prometheus"],
                                                          url=f"http://127.0.0.1:{PROMETHEUS.server_port}")}
        nothing = dict(usage, prometheus=dict(usage["prometheus"], selector={"job": "nowhere"}))
        for name, source in (("other", usage), ("unseen", nothing)):
            ENV.control_plane.apply(dict(policy(), metadata={"name": name}, spec={
                "period": "Month", "pools": policy()["spec"]["pools"], "usage": source}))
            self.addCleanup(ENV.kubectl, "delete", "allocationpolicy", name)
        wait_for("what is not scraped to be missed", lambda: metric(of_usage("unseen", "False")) == 1)
        # Figures come before statuses, and events after them.
        wait_for("its status to say why", lambda: (condition(ENV.control_plane.get("allocationpolicy", "unseen"),
                                                             "UsageFresh") or {}).get("reason") == "NeverSeen")
        wait_for("an event to tell it", lambda: told("NeverSeen") > 0)
        wait_for("the other to be read", lambda: metric(of_usage("other", "True")) == 1)
        with self.steady("UsageFresh"):
            PROMETHEUS.set(Fault(hang=True))
            self.wait_metric("UsageFresh", "False")
            until = time.monotonic() + 2 * STALE_SECONDS
            while time.monotonic() < until:
                self.assertEqual(metric(of_usage("other", "True")), 1)
                time.sleep(0.2)
            self.wait_metric("UsageFresh", "False", timeout=0)
            PROMETHEUS.clear()

    def test_it_answers_500(self):
        self.stale(Fault(status=500, body=b"out of memory"), "HTTP 500: out of memory")

    def test_it_answers_what_is_no_json(self):
        self.stale(Fault(status=200, body=b"<html>a login page</html>"), "JSON")

    def test_it_answers_200_and_an_error(self):
        self.stale(Fault(status=200, body=b'{"status": "error", "error": "query timed out"}'), "query timed out")

    def test_it_answers_without_end(self):
        self.stale(Fault(endless=b" " * (1 << 20), times=100), "larger than")
        with open(f"/proc/{ENV.operator.pid}/status", encoding="ascii") as status:
            peak = int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1])
        self.assertLess(peak, 400 << 10, "kB at most")

    def test_a_counter_is_not_a_number(self):
        self.stale(rewritten(lambda entry: with_values(entry, lambda value: "NaN")), "not a finite number")

    def test_a_counter_goes_back(self):
        self.stale(rewritten(lambda entry: with_values(entry, lambda value: str(int(value) // 2))), "went back",
                   "CounterWentBack")

    def test_counters_are_absent(self):
        self.stale(rewritten(lambda entry: None), "absent since", "SeriesAbsent")


if __name__ == "__main__":
    unittest.main()
