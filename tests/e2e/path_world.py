"""Shared by the tests of the path: the environment, manifests, and queries."""

import datetime
import os
import time
import unittest

from testenv import environment as testenv_environment
from testenv.environment import Environment, condition, wait_for, wait_out_midnight
from testenv.traffic import call

LABEL = "bursar.dev/gateway=main.envoy"
ENV = None


def policy(**changes):
    spec = {
        "period": "Month", "charter": {"sponsor": "CTO"},
        "pools": [{"name": "chat", "models": ["gpt-4o", "gpt-4o-mini"], "window": "Day", "tokensPerWindow": "10M"},
                  {"name": "embed", "models": ["text-embedding-3-small"], "window": "Hour", "tokensPerWindow": "1M",
                   "tokensPerMinute": "100k"}],
        "gateways": [{"name": "envoy", "type": "EnvoyRateLimit", "envoyRateLimit": {}}],
        "usage": {"type": "Prometheus", "prometheus": {"url": ENV.gateway.prometheus_url, "pollInterval": "500ms",
                                                       "staleAfter": "4s"}},
    }
    spec.update(changes)
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "main"}, "spec": spec}


def namespace(name):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def quota(team, forecast=1_000_000, pool="chat", name=None, **spec):
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota",
            "metadata": {"name": name or team, "namespace": team},
            "spec": dict({"policy": "main", "team": team, "requests": [{"pool": pool, "forecast": forecast}]}, **spec)}


def status_of(team, name=None):
    return ENV.team_quota(team, name or team).get("status", {})


def budget(team):
    budgets = status_of(team).get("budgets", [])
    return budgets[0] if budgets else None


def consumed(team):
    """What the team's status says it consumed; -1 until it has a budget."""
    return (budget(team) or {"consumed": -1})["consumed"]


def ready(team, name=None, value="True"):
    found = condition(ENV.team_quota(team, name or team), "Ready")
    return found if found and found["status"] == value else None


def config_maps():
    return ENV.control_plane.get("configmap", "-n", "bursar-system", "-l", LABEL)["items"]


def limits_text():
    return "".join(text for item in config_maps() for text in item["data"].values())


def published_text():
    return "".join(path.read_text() for path in sorted(ENV.gateway.limits.glob("*.yaml")))


def ask(team, model="gpt-4o", tokens=100, **options):
    return call(ENV.gateway.ports["gateway"], f"sk-{team}", model, tokens // 2, tokens - tokens // 2, **options)


def served_before_refusal(team, tokens, most):
    """How many calls, one after another, are answered before the first 429. The charge follows the answer, so the call
    right behind it may still pass."""
    for count in range(most + 1):
        if ask(team, tokens=tokens) == 429:
            return count
    raise AssertionError(f"{team} was not refused within {most + 1} calls")


def wait_in_force(team, tokens):
    """Until ratelimit's own folder holds the team's limit, and a moment for it to load (milliseconds, measured)."""
    def there():
        text = published_text()
        at = text.find(f'value: "{team}"')
        return at >= 0 and f"requests_per_unit: {tokens}}}" in text[at:at + 600]
    wait_for(f"the limit {tokens} of {team}", there, interval=0.05)
    time.sleep(0.3)


def start():
    """The environment for all tests of a module; it ends with the module."""
    global ENV
    testenv_environment.TEAM_KEYS.update(
        {f"sk-{team}": team for team in ("exact", "limited", "calm", "crash", "drift", "gone", "raised", "nogrant", "borrower",
                                           "returner")})
    wait_out_midnight(420)
    ENV = Environment(os.environ["BURSAR"])
    unittest.addModuleCleanup(ENV.__exit__)
    ENV.start_control_plane()
    ENV.start_traffic_plane()
    ENV.start_metering()
    ENV.start_operator(status_max_age="1s")
    ENV.control_plane.apply(policy())
    wait_for("the first limits", config_maps)
    ENV.start_limiter()


def loan(team, tokens, start, end, name="launch", **spec):
    def instant(moment):
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "BurstLoan", "metadata": {"name": name, "namespace": team},
            "spec": dict({"teamQuota": team, "pool": "chat", "tokens": tokens, "start": instant(start),
                          "end": instant(end), "reason": "Launch of the new search page"}, **spec)}


def loan_status(team, name="launch"):
    return ENV.control_plane.get("burstloan", "-n", team, name).get("status", {})


def utc_in(seconds):
    now = datetime.datetime.now(datetime.timezone.utc)
    return now + datetime.timedelta(seconds=seconds)
