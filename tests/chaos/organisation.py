"""The policy and the teams of the chaos suite, and what is changed about them.

Four teams call all the time and want more than there is, so that every change moves tokens from one to another. Between
the names of the first two and the last two stand `BALLAST` teams with many pools: limits come in two ConfigMaps then, and
a change of a team at each end is in both.
"""

import datetime

POOLS = {"chat": ["gpt-4o", "gpt-4o-mini"], "embed": ["text-embedding-3-small"]}
MODELS = {"chat": "gpt-4o", "embed": "text-embedding-3-small"}
TEAMS = ("ads", "billing", "search", "zoo")
VISITOR = "visitor"
CAPACITIES = {"chat": (60_000, 80_000, 100_000, 120_000), "embed": (30_000, 40_000, 50_000)}
BURST_PERCENT = {"chat": 5, "embed": 30}
BALLAST_POOLS = [f"ballast-{index:02}-{'x' * 50}" for index in range(30)]
BALLAST_FORECAST = 1000


def ballast(count):
    return [f"m-ballast-{index:03}" for index in range(count)]


def policy(url, capacities, weights, ballast_count):
    def pool(name):
        return {"name": name, "models": POOLS[name], "window": "Minute", "tokensPerWindow": capacities[name],
                "burstPercent": BURST_PERCENT[name]}
    still = [{"name": name, "models": [name], "window": "Day", "tokensPerWindow": 2 * BALLAST_FORECAST * ballast_count}
             for name in BALLAST_POOLS if ballast_count]
    return {
        "apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "main"},
        "spec": {
            "period": "Month", "charter": {"sponsor": "CTO"},
            "pools": [pool("chat"), pool("embed"), *still],
            "allocation": {"weights": [{"team": team, "weight": weight} for team, weight in sorted(weights.items())]},
            "borrowing": {"maxPercentOfPool": 100, "maxPercentOfGrant": 1000, "cooldown": "0s", "maxActivePerTeam": 10,
                          "maxPromisedPerTeam": 100},
            "gateways": [{"name": "envoy", "type": "EnvoyRateLimit", "envoyRateLimit": {}}],
            "usage": {"type": "Prometheus", "prometheus": {"url": url, "pollInterval": "1s", "staleAfter": "5s"}}}}


def namespace(team):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": team}}


def quota(team, forecasts):
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota", "metadata": {"name": team, "namespace": team},
            "spec": {"policy": "main", "team": team,
                     "requests": [{"pool": pool, "forecast": tokens} for pool, tokens in sorted(forecasts.items())]}}


def ballast_quota(team):
    return quota(team, dict.fromkeys(BALLAST_POOLS, BALLAST_FORECAST))


def loan(name, team, pool, tokens, start, seconds):
    """`start` is the epoch's second it begins."""
    def instant(moment):
        return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "BurstLoan", "metadata": {"name": name, "namespace": team},
            "spec": {"teamQuota": team, "pool": pool, "tokens": tokens, "start": instant(start),
                     "end": instant(start + seconds), "reason": "Chaos wants it, for a while", "acceptPartial": True}}
