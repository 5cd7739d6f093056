"""Fail static: each neighbour fails in every way we know of, and no limit and no grant changes; a condition says what is
stale and since when, an event and a metric report it, and after the fault everything recovers without a restart.

Needs BURSAR (the binary); starts everything else itself. The operator reaches the API server and Prometheus through proxies
that misbehave where the real parts cannot be made to. One environment serves all tests. docs/faults.md is the table.
"""

import base64
import contextlib
import datetime
import json
import pathlib
import time
import unittest

import fault_world as world
from fault_usage import UsageFaults
from fault_world import FaultCase, LEDGER_CLOSED, PULSE, STEADY, ask, budget, config_maps, metric, now, told, use_up
from testenv.control_plane import KubectlError
from testenv.environment import wait_for
from testenv.fault_proxy import Fault, gone_in_watch, refused
from testenv.gateway import served_tokens
from testenv.pki import Authority


def setUpModule():
    world.start()


class ApiServer(FaultCase):
    def wait_asked(self, match, times=2, timeout=60):
        """Until the fault was met."""
        before = world.API.count(match)
        wait_for(f"{times} requests {match}", lambda: world.API.count(match) >= before + times, timeout, 0.05)

    def trouble(self, *faults, match="watch=true", times=2):
        """Breaks every connection; the next requests meet the faults."""
        with self.steady():
            world.API.set(*faults)
            world.API.cut_all()
            self.wait_asked(match, times)
            world.API.clear()

    @contextlib.contextmanager
    def blind(self):
        """The body cuts every watch for longer than the grace. The metric reports it at once, and events report it when the API
        server can be written."""
        before = told("WatchFailed"), told("Watched")
        with self.steady():
            yield
            self.wait_metric("ResourcesFresh", "False")
            world.API.clear()
            self.wait_metric("ResourcesFresh", "True", timeout=60)
        self.wait_told("WatchFailed", before[0])
        self.wait_told("Watched", before[1])

    def test_it_is_killed_and_started_again(self):
        before = told("WatchFailed"), told("Watched")
        with self.steady():
            world.ENV.control_plane.api_server.kill()
            self.wait_metric("ResourcesFresh", "False")
            self.assertEqual(ask("calm"), 200)
            self.assertEqual(ask("spent"), 429)
            world.ENV.control_plane.api_server.start()
        self.wait_told("WatchFailed", before[0])
        self.wait_told("Watched", before[1])

    def test_it_answers_500(self):
        with self.blind():
            world.API.set(refused(500, "InternalError", "etcd has no leader"))
            world.API.cut_all()

    def test_it_answers_429_and_is_left_alone_for_as_long_as_it_asks(self):
        with self.blind():
            world.API.set(refused(429, "TooManyRequests", "try again later", retry_after=4))
            world.API.cut_all()
            self.wait_asked("teamquotas.*watch=true", 1)
            before = world.API.count("teamquotas.*watch=true")
            time.sleep(2)
            self.assertEqual(world.API.count("teamquotas.*watch=true"), before)

    def test_it_is_slow(self):
        self.trouble(Fault(delay=1.5))

    def test_it_hangs(self):
        with self.blind():
            world.API.set(Fault(hang=True))
            world.API.cut_all()

    def test_it_hangs_when_the_operator_is_told_to_end(self):
        """It still ends within 5 s, while no list gets an answer."""
        with self.steady():
            world.ENV.operator.stop()
            world.API.set(Fault(hang=True))
            before = world.API.count("limit=500")
            world.ENV.operator.start()
            wait_for("five lists to hang", lambda: world.API.count("limit=500") >= before + 5)
            self.assertEqual(world.ENV.operator.stop(grace=5), 0)
            world.API.clear()
            world.ENV.operator.start()

    def test_it_answers_byte_by_byte(self):
        with self.steady():
            world.API.set(Fault("PATCH .*/status", drip=0.2))
            FaultCase.pulse += 1
            self.apply_pulse(FaultCase.pulse)
            self.wait_asked("PATCH .*/status", 1)
            wait_for("it to be given up", lambda: "was not complete within 30 s" in world.ENV.operator.log_tail(40))
            world.API.clear()

    def test_it_answers_what_is_no_json(self):
        self.trouble(Fault(status=200, body=b"<html>a login page</html>", headers={"Content-Type": "text/html"}))

    def test_a_watch_is_cut_in_the_middle_of_a_line(self):
        with self.steady():
            world.API.set(Fault("teamquotas.*watch=true", cut=40))
            world.API.cut_all()
            self.wait_asked("teamquotas.*watch=true", 1)
            for _ in range(3):  # each is a line, and each is cut
                FaultCase.pulse += 1
                self.apply_pulse(FaultCase.pulse)
                self.wait_asked("teamquotas.*watch=true", 1)
            world.API.clear()

    def test_a_watch_is_gone(self):
        with self.steady():
            world.API.set(gone_in_watch())
            world.API.cut_all()
            self.wait_asked("teamquotas.limit=", 2)  # listed again
            world.API.clear()

    def test_watches_are_refused_while_all_else_works(self):
        before = told("WatchFailed"), told("Watched")
        begun = now()
        with self.steady():
            world.API.set(refused(503, "ServiceUnavailable", "apiserver is shutting down", match="teamquotas.*watch=true"))
            world.API.cut_all()
            found = self.wait_condition("ResourcesFresh", "False", "WatchFailed", "teamquotas cannot be watched since 20")
            self.assertIn("shutting down", found["message"])
            self.assert_since(found, begun)
            self.wait_told("WatchFailed", before[0])
            self.wait_metric("ResourcesFresh", "False")
            world.API.clear()
        self.wait_told("Watched", before[1])

    def test_its_certificate_expires_and_is_renewed(self):
        authority = world.ENV.control_plane.authority
        with self.blind():
            world.API.serve_certificate(authority.issue("expired", "/CN=proxy", ["IP:127.0.0.1"], days=-1))
            wait_for("the refusal", lambda: "certificate" in world.ENV.operator.log_tail(40) or
                     "handshake" in world.ENV.operator.log_tail(40), 30)
            self.wait_metric("ResourcesFresh", "False")
            world.API.serve_certificate(authority.issue("renewed", "/CN=proxy", ["IP:127.0.0.1"]))

    def test_its_authority_is_replaced_and_the_kubeconfig_says_so_later(self):
        stranger = Authority(world.ENV.folder / "second-pki", "second")
        names = ["IP:127.0.0.1"]
        self.addCleanup(self.trust, world.ENV.control_plane.authority)
        self.addCleanup(world.API.serve_certificate, world.ENV.control_plane.authority.issue("proxy", "/CN=proxy", names))
        with self.steady():
            world.API.serve_certificate(stranger.issue("proxy", "/CN=proxy", names))
            wait_for("the refusal", lambda: "not signed by the configured authority" in world.ENV.operator.log_tail(40))
            self.trust(stranger)

    @staticmethod
    def trust(authority):
        """The operator's kubeconfig names this authority from now on."""
        path = world.ENV.control_plane.folder / "bursar-operator.kubeconfig"
        config = json.loads(path.read_text())
        pem = base64.b64encode(authority.certificate.read_bytes()).decode()
        config["clusters"][0]["cluster"]["certificate-authority-data"] = pem
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(config))
        fresh.replace(path)

    def test_the_token_is_rotated_and_the_old_one_refused(self):
        plane = world.ENV.control_plane
        with self.steady():
            for name in ("first", "second"):
                plane.kubectl("create", "secret", "generic", f"token-{name}", "-n", "bursar-system")
            plane.write_token("bursar-operator", secret="token-first")
            self.restart_operator()
            plane.write_token("bursar-operator", secret="token-second")
            plane.kubectl("delete", "secret", "token-first", "-n", "bursar-system")
            world.API.cut_all()

    def restart_operator(self):
        world.ENV.operator.stop()
        world.ENV.operator.start()

    def test_etcd_is_killed_and_started_again(self):
        etcd = next(process for process in world.ENV.control_plane.processes if process.name == "etcd")
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
        self.offset = world.ENV.folder / "clock"
        self.set_clock("+0")
        world.ENV.operator.stop()
        world.ENV.operator.environment = {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(self.offset),
                                          "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        world.ENV.operator.start()

    def tearDown(self):
        world.ENV.operator.stop()
        world.ENV.operator.environment = None
        world.ENV.operator.start()

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
        served = served_tokens(world.ENV.gateway.served(), "calm")
        wait_for("the account", lambda: budget("calm")["consumed"] == served)


class ServersClock(FaultCase):
    def test_it_is_ahead_of_ours(self):
        before = told("ClockSkewed"), told("Synchronized")
        begun = now()
        with self.steady("ClockSynchronized"):
            world.API.set(Fault(date=90))
            for _ in range(8):  # each gets an answer with a date
                FaultCase.pulse += 1
                self.apply_pulse(FaultCase.pulse)
                time.sleep(1)
            found = self.wait_condition("ClockSynchronized", "False", "ClockSkewed", "s behind the API server's")
            self.assert_since(found, begun)
            self.wait_told("ClockSkewed", before[0])
            self.assertAlmostEqual(metric("bursar_clock_skew_seconds"), -90, delta=10)
            world.API.clear()
        self.wait_told("Synchronized", before[1])


class GatewaySide(FaultCase):
    def test_the_limiter_is_down(self):
        before = told("Stale")
        begun = now()
        limiter = world.ENV.gateway.part("ratelimit")
        with self.steady("UsageFresh"):
            limiter.kill()
            self.assertEqual(ask("calm"), 500)  # fails closed: a call that cannot be counted is not served
            found = self.wait_condition("UsageFresh", "False", "Stale", "last successful scrape")
            self.assert_since(found, begun)
            self.wait_told("Stale", before)
            self.wait_metric("UsageFresh", "False")
            limiter.start()
            wait_for("traffic again", lambda: ask("calm") == 200)
            # Redis remembers what was consumed; a limiter that comes up lets all pass until it has read its limits.
            wait_for("the refusal", lambda: ask("spent") == 429, 10)

    def test_its_store_is_down(self):
        redis = world.ENV.gateway.part("redis")
        with self.steady():
            redis.kill()
            wait_for("a refusal", lambda: ask("calm") == 500)
            redis.start()
            wait_for("traffic again", lambda: ask("calm") == 200)
            use_up()  # Redis is not persistent, so every window starts at zero (docs/faults.md)

    def test_the_sidecar_is_killed(self):
        with self.steady():
            world.ENV.gateway.sync.kill()
            FaultCase.pulse += 1
            self.apply_pulse(FaultCase.pulse)
            wait_for("the decision", lambda: budget(PULSE)["granted"] == FaultCase.pulse)
            self.assertNotEqual(world.WATCH.now()[PULSE], FaultCase.pulse)
            world.ENV.gateway.sync.start()

    def test_its_limits_are_deleted_and_edited_by_hand(self):
        def drift():
            return metric('bursar_gateway_drift_repaired_total{policy="main",gateway="envoy"}')

        wait_for("the first decision", lambda: drift() is not None)
        before = drift()
        with self.steady():
            for item in config_maps():
                world.ENV.kubectl("delete", "configmap", "-n", "bursar-system", item["metadata"]["name"])
            wait_for("the limits to be back", config_maps, interval=0.05)
            item = config_maps()[0]
            wanted = item["data"]
            item["data"] = {name: text.replace(str(STEADY["calm"]), "1") for name, text in wanted.items()}
            # A thorough edit by hand: it changes the annotations that describe the set to the sidecar as well.
            item["metadata"]["annotations"]["bursar.dev/set"] = "by-hand"
            item["metadata"]["annotations"]["bursar.dev/shards"] = "2"
            world.ENV.kubectl("replace", "-f", "-", stdin=json.dumps(item))
            wait_for("the repair", lambda: config_maps()[0]["data"] == wanted, interval=0.05)
            wait_for("the repairs to be counted", lambda: (drift() or 0) >= before + 2)

    def test_its_limits_may_not_be_written(self):
        before = told("GatewayNotProgrammed")
        begun = now()
        role = world.ENV.control_plane.get("role", "bursar-operator", "-n", "bursar-system")
        slim = {key: role[key] for key in ("apiVersion", "kind", "rules")}
        slim["metadata"] = {"name": "bursar-operator", "namespace": "bursar-system"}
        barred = dict(slim, rules=[dict(rule, verbs=[verb for verb in rule["verbs"] if verb in ("get", "list", "watch")])
                                   if "configmaps" in rule["resources"] else rule for rule in slim["rules"]])
        with self.steady():
            world.ENV.kubectl("replace", "-f", "-", stdin=json.dumps(barred))
            wait_for("the role to be known", lambda: not self.may_create())
            for item in config_maps():
                world.ENV.kubectl("delete", "configmap", "-n", "bursar-system", item["metadata"]["name"])
            found = self.wait_condition("GatewayProgrammed", "False", "GatewayNotProgrammed", "forbidden")
            self.assert_since(found, begun)
            self.wait_told("GatewayNotProgrammed", before)
            self.wait_metric("GatewayProgrammed", "False")
            self.assertEqual(ask("spent"), 429)
            world.ENV.kubectl("replace", "-f", "-", stdin=json.dumps(slim))

    @staticmethod
    def may_create():
        account = "system:serviceaccount:bursar-system:bursar-operator"
        try:
            return "yes" in world.ENV.kubectl("auth", "can-i", "create", "configmaps", "-n", "bursar-system",
                                              f"--as={account}")
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
                world.ENV.kubectl("delete", kind, LEDGER_CLOSED)
        self.wait_told("Recorded", before)
        world.ENV.bursar_output("ledger", "verify")
        minutes = recorded_minutes()
        self.assertGreaterEqual(len(minutes), 2)
        self.assertEqual(minutes, [minutes[0] + datetime.timedelta(minutes=at) for at in range(len(minutes))])


def recorded_minutes():
    """The beginnings of the minutes that are recorded, in order, each as often as it is."""
    head = world.ENV.control_plane.get("configmap", "-n", "bursar-system", "bursar-ledger.main")
    entries = [entry for line in head["data"]["records"].splitlines()
               for entry in json.loads(line.split(" ", 1)[1])["entries"]]
    return [datetime.datetime.fromisoformat(entry["from"].replace("Z", "+00:00"))
            for entry in entries if entry["pool"] == "embed" and entry["from"] != entry["until"]]


class Usage(UsageFaults, FaultCase):
    pass


if __name__ == "__main__":
    unittest.main()
