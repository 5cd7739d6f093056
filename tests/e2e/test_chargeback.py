"""Metering on real parts: three teams use four models of two pools, as JSON and as SSE, with cached tokens, while the
operator, Prometheus and ratelimit are each killed and started again. What the draft of the statement and the statuses say
is what the provider served, by team, pool, model and token type; usage that was not metered is named as a gap.

Needs BURSAR (the binary); starts everything else itself.
"""

import collections
import concurrent.futures
import datetime
import http.client
import json
import os
import subprocess
import time
import unittest
import urllib.parse

from testenv import environment as testenv_environment
from testenv.environment import Environment, wait_for, wait_out_midnight
from testenv.traffic import call

ENV = None
POOLS = {"chat": ["gpt-4o", "gpt-4o-mini"], "embed": ["text-embedding-3-small", "text-embedding-3-large"]}
POOL_OF = {model: pool for pool, models in POOLS.items() for model in models}
COST_CENTERS = {"research": "CC-1001", "storefront": "CC-2007", "insights": "CC-3003"}
STATUS_FIELDS = {"input": "inputTokens", "cached_input": "cachedInputTokens", "output": "outputTokens"}


def policy():
    prices = [{"model": "gpt-4o*", "effectiveFrom": "2026-01-01", "inputPerMillion": "2.50",
               "cachedInputPerMillion": "1.25", "outputPerMillion": "10.00"},
              {"model": "text-*", "effectiveFrom": "2026-01-01", "inputPerMillion": "0.02", "outputPerMillion": "0.02"}]
    return {
        "apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "main"},
        "spec": {
            "period": "Month", "charter": {"sponsor": "CTO"},
            "pools": [{"name": pool, "models": models, "window": window, "tokensPerWindow": "100M"}
                      for (pool, models), window in zip(POOLS.items(), ("Day", "Hour"))],
            "pricing": {"currency": "EUR", "models": prices},
            "gateways": [{"name": "envoy", "type": "EnvoyRateLimit", "envoyRateLimit": {}}],
            "usage": {"type": "Prometheus", "prometheus": {"url": ENV.gateway.prometheus_url, "pollInterval": "500ms",
                                                           "staleAfter": "4s"}}}}


def team(name):
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
            {"apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota", "metadata": {"name": name, "namespace": name},
             "spec": {"policy": "main", "team": name, "costCenter": COST_CENTERS[name],
                      "requests": [{"pool": pool, "forecast": "10M"} for pool in POOLS]}}]


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def serve(tokens):
    """A round: every team asks every model, as JSON and as a stream, the second time with a prefix in the cache."""
    def ask(name):
        statuses = []
        for index, model in enumerate(POOL_OF):
            for stream in (False, True):
                key = f"{name}-prefix" if stream or tokens % 2 else ""
                statuses.append(call(ENV.gateway.ports["gateway"], f"sk-{name}", model, tokens + index, 7 + index,
                                     stream=stream, cache_key=key))
        return statuses
    with concurrent.futures.ThreadPoolExecutor() as callers:
        answers = [status for statuses in callers.map(ask, COST_CENTERS) for status in statuses]
    assert answers == [200] * len(answers), answers


def served():
    """What the provider served, by (team, pool, model, type); zeros left out."""
    return collections.Counter({
        (name, POOL_OF[model], model, kind): tokens
        for name, models in ENV.gateway.served()["byTeam"].items()
        for model, counts in models.items() for kind, tokens in counts.items() if tokens})


def scraped_tokens():
    """What the process of ratelimit that lives has told Prometheus that it counted."""
    connection = http.client.HTTPConnection("127.0.0.1", ENV.gateway.ports["prometheus"], timeout=10)
    try:
        connection.request("GET", "/api/v1/query?" + urllib.parse.urlencode({"query": "sum(bursar_gateway_tokens_total)"}))
        found = json.loads(connection.getresponse().read())["data"]["result"]
    finally:
        connection.close()
    return int(found[0]["value"][1]) if found else 0


def wait_scraped(since):
    """Until everything that was served since then (a former served()) was scraped."""
    wait_for("the scrape", lambda: scraped_tokens() == sum((served() - since).values()), 20)


def restart(name):
    ENV.gateway.part(name).kill()
    ENV.gateway.part(name).start()


def statement():
    """The draft of the open period."""
    done = subprocess.run([ENV.bursar, "statement", "--policy", "main", "-o", "json", "--kubeconfig",
                           ENV.control_plane.kubeconfig], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def metered(draft):
    """As served(), of the usage lines."""
    sums = collections.Counter()
    for line in draft["lines"]:
        if line["kind"] == "Usage":
            sums[line["team"], line["pool"], line["model"], line["tokenType"]] += line["tokens"]
    return +sums


def charged():
    """As served(), of the statuses, which do not tell pools."""
    sums = collections.Counter()
    for name in COST_CENTERS:
        for model in ENV.team_quota(name, name)["status"].get("chargeback", {}).get("models", []):
            for kind, field in STATUS_FIELDS.items():
                sums[name, POOL_OF[model["model"]], model["model"], kind] += model[field]
    return +sums


def gaps_at(draft, moment):
    """Gaps that hold the moment; what is written has whole seconds."""
    at = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return [gap for gap in draft["gaps"] if gap["from"] <= at <= gap["until"]]


def setUpModule():
    global ENV
    testenv_environment.POOLS.clear()
    testenv_environment.POOLS.update(POOLS)
    wait_out_midnight(180)
    ENV = Environment(os.environ["BURSAR"])
    unittest.addModuleCleanup(ENV.__exit__)
    ENV.start_control_plane()
    ENV.start_traffic_plane()
    ENV.start_metering()
    ENV.start_operator(status_max_age="1s")
    ENV.control_plane.apply([policy(), *[manifest for name in COST_CENTERS for manifest in team(name)]])
    wait_for("the limits", lambda: ENV.control_plane.get("configmap", "-n", "bursar-system", "-l",
                                                         "bursar.dev/gateway=main.envoy")["items"])
    ENV.start_limiter()
    wait_for("the limit of every team", lambda: all(
        f'"{name}"' in "".join(path.read_text() for path in ENV.gateway.limits.glob("*.yaml")) for name in COST_CENTERS))
    time.sleep(0.5)


class Chargeback(unittest.TestCase):
    def test_the_statement_is_what_was_served_or_names_the_gap(self):
        nothing = collections.Counter()
        serve(100)
        ENV.operator.kill()
        serve(111)  # while no operator runs
        ENV.start_operator(status_max_age="1s")
        self.check_exact()

        restart("prometheus")
        serve(122)
        ENV.gateway.part("prometheus").kill()
        serve(133)  # while nothing is scraped: the counters show it later
        ENV.gateway.part("prometheus").start()
        wait_scraped(nothing)
        self.check_exact()

        # All that was counted is scraped: the restart of the meter may have lost something, and has not.
        before = served()
        killed = now()
        restart("ratelimit")
        serve(144)
        wait_scraped(before)
        self.check_exact()
        self.assertIn("restarted", gaps_at(statement(), killed)[0]["why"])

        # It is not: what the meter had counted since its last reading is gone, and so is the operator at that time.
        before = served()
        serve(155)
        lost_at_most = served() - before
        ENV.operator.kill()
        killed = now()
        restart("ratelimit")
        before = served()
        serve(167)
        wait_scraped(before)
        ENV.start_operator(status_max_age="1s")
        expected = served()
        draft = statement()
        missing = expected - metered(draft)
        self.assertEqual(metered(draft) - expected, nothing, "nothing is counted that was not served")
        self.assertEqual(missing - lost_at_most, nothing, "nothing else is missing")
        self.assertNotEqual(missing, nothing, "a scrape came in between: the case was not met")
        self.assertIn("restarted", gaps_at(draft, killed)[0]["why"])
        wait_for("the statuses", lambda: charged() == expected - missing)

    def check_exact(self):
        expected = served()
        wait_for("the draft of the statement", lambda: metered(statement()) == expected, 20)
        draft = statement()
        self.assertEqual({(line["team"], line["costCenter"]) for line in draft["lines"]}, set(COST_CENTERS.items()))
        self.assertGreater(sum(tokens for (*_, kind), tokens in expected.items() if kind == "cached_input"), 0)
        self.assertFalse(draft["closed"])
        wait_for("the statuses", lambda: charged() == expected)


if __name__ == "__main__":
    unittest.main()
