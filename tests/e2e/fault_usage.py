"""Faults of the usage source, for test_faults.py."""

import json
import re
import time

import fault_world as world
from fault_world import STALE_SECONDS, ask, budget, metric, now, policy, told
from testenv.environment import condition, wait_for
from testenv.fault_proxy import Fault
from testenv.gateway import served_tokens


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
    return served_tokens(world.ENV.gateway.served(), "calm") - (budget("calm")["consumed"] or 0)


class UsageFaults:
    """Cases of a FaultCase: the usage source fails."""

    def stale(self, fault, contains, reason="Stale"):
        """While it applies consumption is stale and says why; afterwards it is current, and right to the token."""
        before = told(reason), told("Fresh")
        begun = now()
        with self.steady("UsageFresh"):
            world.PROMETHEUS.set(fault)
            found = self.wait_condition("UsageFresh", "False", reason, contains, timeout=60)
            self.assert_since(found, begun)
            self.assertRegex(found["message"], r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
            self.assertEqual(ask("calm"), 200)
            self.wait_metric("UsageFresh", "False")
            world.PROMETHEUS.clear()
        self.wait_told(reason, before[0])
        self.wait_told("Fresh", before[1])
        wait_for("the account", lambda: unaccounted() == self.unaccounted)

    def setUp(self):
        """A limiter that was killed or lost its store may have lost unscraped tokens. These tests must lose no more."""
        self.addCleanup(world.PROMETHEUS.clear)
        # The status may be an operator's that was restarted since; the metric is the one's that runs.
        self.wait_metric("UsageFresh", "True")
        self.wait_condition("UsageFresh", "True")
        last = 'bursar_usage_last_sample_timestamp_seconds{policy="main"}'
        wait_for("the operator to have caught up", lambda: (metric(last) or 0) > time.time() - STALE_SECONDS)
        time.sleep(3)  # what was served last is scraped
        self.unaccounted = unaccounted()

    def test_it_is_killed_and_started_again(self):
        before = told("Stale")
        prometheus = world.ENV.gateway.part("prometheus")
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
                                                          url=f"http://127.0.0.1:{world.PROMETHEUS.server_port}")}
        nothing = dict(usage, prometheus=dict(usage["prometheus"], selector={"job": "nowhere"}))
        for name, source in (("other", usage), ("unseen", nothing)):
            world.ENV.control_plane.apply(dict(policy(), metadata={"name": name}, spec={
                "period": "Month", "pools": policy()["spec"]["pools"], "usage": source}))
            self.addCleanup(world.ENV.kubectl, "delete", "allocationpolicy", name)
        wait_for("what is not scraped to be missed", lambda: metric(of_usage("unseen", "False")) == 1)
        # Figures come before statuses, and events after them.
        wait_for("its status to say why", lambda: (condition(world.ENV.control_plane.get("allocationpolicy", "unseen"),
                                                             "UsageFresh") or {}).get("reason") == "NeverSeen")
        wait_for("an event to tell it", lambda: told("NeverSeen") > 0)
        wait_for("the other to be read", lambda: metric(of_usage("other", "True")) == 1)
        with self.steady("UsageFresh"):
            world.PROMETHEUS.set(Fault(hang=True))
            self.wait_metric("UsageFresh", "False")
            until = time.monotonic() + 2 * STALE_SECONDS
            while time.monotonic() < until:
                self.assertEqual(metric(of_usage("other", "True")), 1)
                time.sleep(0.2)
            self.wait_metric("UsageFresh", "False", timeout=0)
            world.PROMETHEUS.clear()

    def test_it_answers_500(self):
        self.stale(Fault(status=500, body=b"out of memory"), "HTTP 500: out of memory")

    def test_it_answers_what_is_no_json(self):
        self.stale(Fault(status=200, body=b"<html>a login page</html>"), "JSON")

    def test_it_answers_200_and_an_error(self):
        self.stale(Fault(status=200, body=b'{"status": "error", "error": "query timed out"}'), "query timed out")

    def test_it_answers_without_end(self):
        self.stale(Fault(endless=b" " * (1 << 20), times=100), "larger than")
        with open(f"/proc/{world.ENV.operator.pid}/status", encoding="ascii") as status:
            peak = int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1])
        self.assertLess(peak, 400 << 10, "kB at most")

    def test_a_counter_is_not_a_number(self):
        self.stale(rewritten(lambda entry: with_values(entry, lambda value: "NaN")), "not a finite number")

    def test_a_counter_goes_back(self):
        self.stale(rewritten(lambda entry: with_values(entry, lambda value: str(int(value) // 2))), "went back",
                   "CounterWentBack")

    def test_counters_are_absent(self):
        self.stale(rewritten(lambda entry: None), "absent since", "SeriesAbsent")
