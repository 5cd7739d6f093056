"""Every rule of the CRDs against a real API server: an object that passes, and one refused with the message a user sees.

`bursar validate` interprets the same CRDs without a server: of every object it must think what the server thinks, and
say it in the same words. Needs KUBECONFIG, KUBECTL and BURSAR; hack/test.sh starts the control plane and sets them.
"""

import copy
import json
import os
import re
import subprocess
import unittest

ABSENT = object()
TOKENS = "must be whole tokens from 0 to 9e15"
DNS = "may hold lower-case letters, digits and '-'"
DURATION = "must be a duration such as 72h, 90m or 30s"
URL = "must be an http:// or https:// URL"
PRICE = "must be a decimal string such as"

POLICY = {
    "apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "full"},
    "spec": {
        "charter": {"sponsor": "VP Engineering", "document": "https://wiki.example.com/charter",
                    "approvedOn": "2026-10-01"},
        "period": "Quarter",
        "teams": {"namespaceSelector": {"matchExpressions": [{"key": "tier", "operator": "In", "values": ["prod"]}]},
                  "identityLabel": "bursar.dev/team"},
        "pools": [{"name": "chat", "models": ["gpt-4o*"], "window": "Day", "tokensPerWindow": "400M",
                   "tokensPerMinute": "1500k", "burstPercent": 15, "unallocated": "Hold"}],
        "allocation": {"historyPercent": 50, "defaultWeight": 100,
                       "weights": [{"team": "search", "pool": "chat", "weight": 300, "floor": "1M", "ceiling": 2000000}]},
        "borrowing": {"maxPercentOfPool": 50, "maxPercentOfGrant": 200, "maxDuration": "168h", "minNotice": "0s",
                      "cooldown": "24h", "maxActivePerTeam": 1, "minReasonLength": 20,
                      "maxAdvance": "2160h", "maxPromisedPerTeam": 10},
        "forecastDiscipline": {"enforcement": "Enforced", "tolerancePercent": 20, "severityPercent": 50,
                               "maxHaircutPercent": 90, "lookbackPeriods": 4},
        "pricing": {"currency": "EUR", "models": [{"model": "gpt-4o*", "effectiveFrom": "2026-10-01",
                                                   "inputPerMillion": "2.50", "cachedInputPerMillion": "1.25",
                                                   "outputPerMillion": "10"}]},
        "chargeback": {"financeContact": "finance@example.com", "closeAfter": "24h", "idleCost": "Share",
                       "delivery": {"webhook": {"url": "https://erp.example.com/in",
                                                "hmacSecretRef": {"namespace": "bursar-system", "name": "s", "key": "k"}}}},
        "gateways": [{"name": "envoy", "type": "EnvoyRateLimit",
                      "envoyRateLimit": {"namespace": "bursar-system", "configMapPrefix": "limits", "domain": "bursar"}}],
        "usage": {"type": "Prometheus",
                  "prometheus": {"url": "http://prometheus:9090", "preset": "EnvoyRateLimit",
                                 "selector": {"job": "ratelimit"}, "pollInterval": "15s", "staleAfter": "2m"}},
    },
}
QUOTA = {
    "apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota", "metadata": {"name": "search", "namespace": "search"},
    "spec": {"policy": "unwritten", "team": "search", "costCenter": "CC-1", "contact": "#search",
             "requests": [{"pool": "chat", "forecast": "400M", "peakTokensPerMinute": "1.5M", "justification": "launch"}]},
}
LOAN = {
    "apiVersion": "bursar.dev/v1alpha1", "kind": "BurstLoan", "metadata": {"name": "launch", "namespace": "search"},
    "spec": {"teamQuota": "search", "pool": "chat", "tokens": "20M", "tokensPerMinute": 100000,
             "start": "2026-12-01T00:00:00Z", "end": "2026-12-02T00:00:00Z", "reason": "Launch of the new search page"},
}

GATEWAY = "spec.gateways.0"
PROMETHEUS = "spec.usage.prometheus"
SECRET = {"namespace": "bursar-system", "name": "s", "key": "k"}

# (object, field, a value that passes, a value that is refused, what the refusal says)
RULES = [
    # AllocationPolicy
    (POLICY, "metadata.name", "m" * 63, "m" * 64, "metadata.name: at most 63 characters"),
    (POLICY, "spec.charter.document", "http://wiki/x", "wiki/x", URL),
    (POLICY, "spec.charter.approvedOn", "2026-01-31", "31.1.2026", "must be of type date"),
    (POLICY, "spec.charter.sponsor", "CTO", ABSENT, "Enforced needs charter.sponsor"),
    (POLICY, "spec.period", "Month", "Year", 'supported values: "Month", "Quarter"'),
    (POLICY, "spec.period", "Month", ABSENT, "spec.period: Required value"),
    (POLICY, "spec.teams.identityLabel", "team", "-bad-", "must be a label key such as bursar.dev/team"),
    (POLICY, "spec.teams.namespaceSelector.matchExpressions.0",
     {"key": "tier", "operator": "Exists"}, {"key": "tier", "operator": "In"}, "values must be given for In and NotIn"),
    (POLICY, "spec.teams.namespaceSelector.matchExpressions.0.operator", "NotIn", "Like", "supported values"),
    (POLICY, "spec.pools", ABSENT, ABSENT, "spec.pools: Required value"),
    (POLICY, "spec.pools", ABSENT, [], "should have at least 1 items"),
    (POLICY, "spec.pools.0.name", "chat", "Chat", DNS),
    (POLICY, "spec.pools.0.models", ["*"], [], "should have at least 1 items"),
    (POLICY, "spec.pools.0.window", "Hour", "Week", 'supported values: "Minute", "Hour", "Day"'),
    (POLICY, "spec.pools.0.tokensPerWindow", 0, -1, TOKENS),
    (POLICY, "spec.pools.0.tokensPerWindow", "1.2G", "1.5", TOKENS),
    (POLICY, "spec.pools.0.tokensPerWindow", "12e8", "400Mi", TOKENS),
    (POLICY, "spec.pools.0.tokensPerWindow", 9000000000000000, 9000000000000001, TOKENS),
    (POLICY, "spec.pools.0.tokensPerWindow", "9P", "10P", TOKENS),
    (POLICY, "spec.pools.0.tokensPerWindow", "1k", "a lot", TOKENS),
    (POLICY, "spec.pools.0.tokensPerMinute", "1k", "-1k", TOKENS),
    (POLICY, "spec.pools.0.burstPercent", 50, 51, "should be less than or equal to 50"),
    (POLICY, "spec.pools.0.burstPercent", 0, -1, "should be greater than or equal to 0"),
    (POLICY, "spec.pools.0.unallocated", "BurstPool", "Burn", "supported values"),
    (POLICY, "spec.allocation.historyPercent", 100, 101, "should be less than or equal to 100"),
    (POLICY, "spec.allocation.defaultWeight", 10000, 10001, "should be less than or equal to 10000"),
    (POLICY, "spec.allocation.weights.0.team", "a1", "A1", DNS),
    (POLICY, "spec.allocation.weights.0.pool", "", "embed", "an entry names a pool that spec.pools does not have"),
    (POLICY, "spec.allocation.weights.0.weight", 1, 0, "should be greater than or equal to 1"),
    (POLICY, "spec.allocation.weights.0.floor", "2M", "3M", "floor must not be above ceiling"),
    (POLICY, "spec.allocation.weights.0.floor", "2M", "x", TOKENS),
    (POLICY, "spec.allocation.weights.0.ceiling", "1M", "0.1", TOKENS),
    (POLICY, "spec.allocation.weights.0", {"team": "a", "weight": 5}, {"team": "a"},
     "an entry must give a weight, a floor or a ceiling"),
    (POLICY, "spec.allocation.weights", [{"team": "a", "weight": 1}, {"team": "a", "pool": "chat", "weight": 2}],
     [{"team": "a", "weight": 1}, {"team": "a", "weight": 2}], "Duplicate value"),
    (POLICY, "spec.borrowing.maxPercentOfPool", 100, 101, "should be less than or equal to 100"),
    (POLICY, "spec.borrowing.maxPercentOfGrant", 1000, 1001, "should be less than or equal to 1000"),
    (POLICY, "spec.borrowing.maxDuration", "1h30m", "7d", DURATION),
    (POLICY, "spec.borrowing.minNotice", "90m", "soon", DURATION),
    (POLICY, "spec.borrowing.cooldown", "500ms", "", DURATION),
    (POLICY, "spec.borrowing.maxActivePerTeam", 100, 0, "should be greater than or equal to 1"),
    (POLICY, "spec.borrowing.minReasonLength", 0, -1, "should be greater than or equal to 0"),
    (POLICY, "spec.borrowing.maxAdvance", "24h", "90d", DURATION),
    (POLICY, "spec.borrowing.maxPromisedPerTeam", 100, 101, "should be less than or equal to 100"),
    (POLICY, "spec.borrowing.maxPromisedPerTeam", 1, 0, "should be greater than or equal to 1"),
    (POLICY, "spec.forecastDiscipline.enforcement", "Off", "Strict", "supported values"),
    (POLICY, "spec.forecastDiscipline.tolerancePercent", 100, 101, "should be less than or equal to 100"),
    (POLICY, "spec.forecastDiscipline.severityPercent", 1000, 1001, "should be less than or equal to 1000"),
    (POLICY, "spec.forecastDiscipline.maxHaircutPercent", 0, 101, "should be less than or equal to 100"),
    (POLICY, "spec.forecastDiscipline.lookbackPeriods", 24, 25, "should be less than or equal to 24"),
    (POLICY, "spec.pricing.currency", "USD", "eur", "must be an ISO 4217 code"),
    (POLICY, "spec.pricing.currency", "USD", ABSENT, "spec.pricing.currency: Required value"),
    (POLICY, "spec.pricing.models.0.inputPerMillion", "0.000000001", "2,5", PRICE),
    (POLICY, "spec.pricing.models.0.inputPerMillion", "3", 2.5, "must be of type string"),
    (POLICY, "spec.pricing.models.0.cachedInputPerMillion", "0", "-1", PRICE),
    (POLICY, "spec.pricing.models.0.outputPerMillion", "15.00", "1e1", PRICE),
    (POLICY, "spec.pricing.models.0.effectiveFrom", "2026-12-31", "soon", "must be of type date"),
    (POLICY, "spec.chargeback.closeAfter", "48h", "2 days", DURATION),
    (POLICY, "spec.chargeback.idleCost", "Show", "Hide", "supported values"),
    (POLICY, "spec.chargeback.delivery.webhook.url", "http://erp/in", "ftp://erp/in", URL),
    (POLICY, "spec.chargeback.delivery.webhook.hmacSecretRef", SECRET, {"name": "s", "key": "k"},
     "hmacSecretRef.namespace: Required value"),
    (POLICY, f"{GATEWAY}.name", "gw-1", "gw_1", DNS),
    (POLICY, GATEWAY, {"name": "e", "type": "EnvoyRateLimit", "envoyRateLimit": {}},
     {"name": "e", "type": "EnvoyRateLimit"}, "exactly the block named after the type must be given"),
    (POLICY, GATEWAY, {"name": "e", "type": "EnvoyGateway", "envoyGateway": {"namespace": "n", "name": "g"}},
     {"name": "e", "type": "EnvoyGateway", "envoyRateLimit": {}}, "exactly the block named after the type must be given"),
    (POLICY, GATEWAY,
     {"name": "e", "type": "LiteLLM", "liteLLM": {"url": "http://litellm:4000", "adminKeySecretRef": SECRET}},
     {"name": "e", "type": "LiteLLM", "liteLLM": {"url": "litellm", "adminKeySecretRef": SECRET}}, URL),
    (POLICY, GATEWAY,
     {"name": "e", "type": "Kuadrant",
      "kuadrant": {"namespace": "n", "targetRef": {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "g"}}},
     {"name": "e", "type": "Kuadrant", "kuadrant": {"namespace": "n"}}, "targetRef: Required value"),
    (POLICY, f"{GATEWAY}.type", "EnvoyRateLimit", "Nginx", "supported values"),
    (POLICY, f"{GATEWAY}.envoyRateLimit.configMapPrefix", "a-b", "a_b", DNS),
    (POLICY, "spec.usage", {"type": "Prometheus", "prometheus": {"url": "http://p:9090"}}, {"type": "Prometheus"},
     "the block named after the type must be given: prometheus"),
    (POLICY, f"{PROMETHEUS}.url", "https://p", "p:9090", URL),
    (POLICY, f"{PROMETHEUS}.preset", "LiteLLM", "Datadog", "supported values"),
    (POLICY, PROMETHEUS,
     {"url": "http://p", "preset": "Custom", "metric": "tokens_total",
      "labels": {"team": "t", "model": "m", "tokenType": "k"}},
     {"url": "http://p", "preset": "Custom", "metric": "tokens_total"}, "metric and labels are given with preset Custom"),
    (POLICY, f"{PROMETHEUS}.metric", ABSENT, "tokens_total", "metric and labels are given with preset Custom"),
    (POLICY, PROMETHEUS,
     {"url": "http://p", "preset": "Custom", "metric": "a:b", "labels": {"team": "t", "model": "m", "tokenType": "k"}},
     {"url": "http://p", "preset": "Custom", "metric": "a b", "labels": {"team": "t", "model": "m", "tokenType": "k"}},
     "must be the name of a Prometheus metric"),
    (POLICY, PROMETHEUS,
     {"url": "http://p", "preset": "Custom", "metric": "a", "labels": {"team": "t", "model": "m", "tokenType": "k"}},
     {"url": "http://p", "preset": "Custom", "metric": "a", "labels": {"team": "t-1", "model": "m", "tokenType": "k"}},
     "must be the name of a Prometheus label"),
    (POLICY, f"{PROMETHEUS}.selector", {"job": "x\"}"}, {"job\"": "x"}, "keys must be names of Prometheus labels"),
    (POLICY, f"{PROMETHEUS}.pollInterval", "1s", "1", DURATION),
    (POLICY, f"{PROMETHEUS}.staleAfter", "5m", "5 m", DURATION),
    # TeamQuota
    (QUOTA, "spec.policy", "main", ABSENT, "spec.policy: Required value"),
    (QUOTA, "spec.team", "a", "Search", DNS),
    (QUOTA, "spec.team", "a" * 63, "a" * 64, "may not be more than 63"),
    (QUOTA, "spec.requests", ABSENT, [], "should have at least 1 items"),
    (QUOTA, "spec.requests", [{"pool": "chat", "forecast": 1}, {"pool": "embed", "forecast": 1}],
     [{"pool": "chat", "forecast": 1}, {"pool": "chat", "forecast": 2}], "Duplicate value"),
    (QUOTA, "spec.requests.0.forecast", 1, "four hundred", TOKENS),
    (QUOTA, "spec.requests.0.forecast", "1500k", "0.5", TOKENS),
    (QUOTA, "spec.requests.0.forecast", "1500k", ABSENT, "spec.requests[0].forecast: Required value"),
    (QUOTA, "spec.requests.0.peakTokensPerMinute", 0, -5, TOKENS),
    (QUOTA, "spec.costCenter", "c" * 63, "c" * 64, "may not be more than 63"),
    # BurstLoan
    (LOAN, "spec.tokens", "20M", "20Mi", TOKENS),
    (LOAN, "spec.tokens", 1, 0, "must be at least 1 token"),
    (LOAN, "spec.tokensPerMinute", 0, "x", TOKENS),
    (LOAN, "spec.end", "2026-12-01T00:00:01Z", "2026-12-01T00:00:00Z", "end must be after start"),
    (LOAN, "spec.start", "2026-11-30T23:00:00+01:00", "Tuesday", "must be of type date-time"),
    (LOAN, "spec.reason", "x", "", "should be at least 1 chars long"),
    (LOAN, "spec.teamQuota", "a", ABSENT, "spec.teamQuota: Required value"),
    (LOAN, "spec.pool", "a", ABSENT, "spec.pool: Required value"),
]


# Objects beyond the rules, each changed in one field: (object, field, value). Both sides must agree on them.
DISPUTED = [
    (QUOTA, "metadata.name", "Bad_Name"), (QUOTA, "metadata.name", "a.b"), (QUOTA, "metadata.name", ABSENT),
    (QUOTA, "metadata.name", "n" * 254), (QUOTA, "metadata.name", 5), (QUOTA, "metadata.foo", 1),
    (QUOTA, "metadata.labels", {"a b": "x y"}), (QUOTA, "metadata.labels", {"a/b": "C_d", "e": ""}),
    (QUOTA, "metadata.labels", {"a": 1}), (QUOTA, "metadata.labels", {"a": "b" * 64}),
    (QUOTA, "metadata.annotations", {"Not OK": "1"}), (QUOTA, "metadata.annotations", {"ok": "any thing"}),
    (QUOTA, "metadata.finalizers", ["example.com/x"]), (POLICY, "metadata.namespace", "x"),
    (QUOTA, "apiVersion", "bursar.dev/v1"), (QUOTA, "kind", "TeamQouta"), (QUOTA, "spec", None), (QUOTA, "spec", ABSENT),
    (QUOTA, "spec.weight", 1), (QUOTA, "status", {"budgets": [{"pool": "a", "foo": 1}]}),
    (QUOTA, "spec.requests.0.pool", 5), (QUOTA, "spec.requests", {}), (QUOTA, "spec.team", None),
    (QUOTA, "spec.contact", None), (QUOTA, "spec.costCenter", "é" * 63), (QUOTA, "spec.costCenter", "é" * 64),
    (QUOTA, "spec.requests", [{"pool": f"p{i}", "forecast": 1} for i in range(33)]),
    (QUOTA, "spec.requests.0.forecast", 1.5), (QUOTA, "spec.requests.0.forecast", True),
    (QUOTA, "spec.requests.0.forecast", "9" * 40), (QUOTA, "spec.requests.0.forecast", 2 ** 63),
    *((QUOTA, "spec.requests.0.forecast", amount) for amount in (
        "0", "1.0", "1.0k", "1.5000k", "0.0", "0.0k", "000012", "1.50k", "9000000000000000", "9000000000000001", "9.0P",
        "0.000001M", "1e15", "1e99", "0e5", "1E3", "1" + "0" * 17, "0" * 30 + "1", "1.000000000000000000k", "0.1k", "1u")),
    (QUOTA, "spec", {"policy": "p", "team": "Search!", "requests": [{"pool": "", "forecast": "x"}]}),
    (QUOTA, "spec", {"policy": "p", "team": "A" * 64, "requests": [{"pool": "", "forecast": "x"}]}),
    (POLICY, "spec.pools.0.models", ["a", "a"]), (POLICY, "spec.pools.0.burstPercent", "5"),
    (POLICY, "spec.usage.prometheus.selector", {"a": "b" * 254}),
    (POLICY, "spec.usage.prometheus.selector", {f"k{i}": "b" for i in range(17)}),
    *((POLICY, "spec.charter.document", url) for url in (
        "http://a b", "http://a/%zz", "http://[::1]:80/", "http://h:port/", "https://u:p@h/%20?x=%zz", "http://h%41/",
        "http://é/", "https://", "HTTP://a", "http://a\tb", "http:a", "http://us er@h/", "http://[::1")),
    *((POLICY, "spec.charter.approvedOn", day) for day in ("2026-02-30", "2028-02-29", "2026-1-1", "")),
    (LOAN, "spec.acceptPartial", "yes"),
    *((LOAN, "spec.end", time) for time in (
        "", "2026-13-01T00:00:00Z", "2026-12-02", "2026-12-02T23:59:60Z", "2026-12-02T24:00:00Z", "2026-12-02 00:00:00Z",
        "2026-12-02T00:00:00", "2026-12-02T00:00:00.123456789Z", "2026-12-02T00:00:00+00:00", "2026-12-02T00:00Z",
        "2026-12-01T00:30:00+01:00", "2026-12-01T00:00:00-00:01")),
]

# What YAML's plain scalars become on kubectl's way to the server; the refusal names the type.
SCALARS = ["yes", "y", "off", "012", "1_000", "0x1F", "0b11", "0o17", "08", "2026-10-01", "1e3", "1.0", "2.5", ".5", "1.5G",
           "1:30", "~", "!!str 12", "! 12", "'12'", "[a]", "{a: b}", "-1", "+1", "1e", "0x", "no one", "<<", "=", "nUll"]


def run(command, text):
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def kubectl(*arguments, value=None, text=None):
    code, out, problems = run([os.environ["KUBECTL"], *arguments], text if value is None else json.dumps(value))
    return code == 0, out if code == 0 else problems


def bursar(value=None, text=None):
    """Whether `bursar validate` accepts it, and its errors as `field: message`."""
    code, out, problems = run([os.environ["BURSAR"], "validate", "-f", "-", "-o", "json"],
                              json.dumps(value) if text is None else text)
    if code not in (0, 2):
        raise AssertionError(f"bursar validate ended with {code}: {problems}")
    errors = json.loads(out)["errors"]
    return code == 0, {f"{error['field'] or '<nil>'}: {error['message']}" for error in errors}


def causes(said):
    """The errors in a refusal of the API server, and whether it stopped before its rules."""
    _, _, listed = said.partition(" is invalid: ")
    lines = {line.removeprefix("* ").strip() for line in listed.strip().split("\n* ")}
    stopped = {line for line in lines if line.startswith("<nil>: Invalid value: null: some validation rules were not")}
    return lines - stopped, bool(stopped)


def changed(base, path, value):
    thing = copy.deepcopy(base)
    place = thing
    parts = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parts[:-1]:
        place = place[part]
    if value is ABSENT:
        del place[parts[-1]]
    else:
        place[parts[-1]] = value
    return thing


def dry_run(thing):
    return kubectl("create", "--dry-run=server", "-f", "-", value=thing)


def setUpModule():
    for namespace, labels in (("search", {}), ("labelled", {"bursar.dev/team": "ads"}), ("other", {"org/team": "maps"})):
        kubectl("apply", "-f", "-", value={"apiVersion": "v1", "kind": "Namespace",
                                           "metadata": {"name": namespace, "labels": labels}})


class Schema(unittest.TestCase):
    def test_the_complete_objects_pass(self):
        for base in (POLICY, QUOTA, LOAN):
            accepted, said = dry_run(base)
            self.assertTrue(accepted, said)

    def test_unknown_fields_are_named(self):
        accepted, said = kubectl("create", "--dry-run=server", "--validate=strict", "-f", "-",
                                 value=changed(QUOTA, "spec.weight", 10000))
        self.assertFalse(accepted)
        self.assertIn('unknown field "spec.weight"', said)

    def test_defaults(self):
        minimal = {"apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "minimal"},
                   "spec": {"period": "Month", "pools": [{"name": "chat", "models": ["*"], "window": "Day",
                                                          "tokensPerWindow": 1}],
                            "gateways": [{"name": "g", "type": "EnvoyRateLimit", "envoyRateLimit": {}}],
                            "usage": {"type": "Prometheus", "prometheus": {"url": "http://p"}}}}
        accepted, said = kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", value=minimal)
        self.assertTrue(accepted, said)
        spec = json.loads(said)["spec"]
        self.assertEqual(spec["pools"][0]["burstPercent"], 15)
        self.assertEqual(spec["pools"][0]["unallocated"], "BurstPool")
        self.assertEqual(spec["teams"]["identityLabel"], "bursar.dev/team")
        self.assertEqual(spec["allocation"], {"historyPercent": 50, "defaultWeight": 100})
        self.assertEqual(spec["borrowing"], {"maxPercentOfPool": 50, "maxPercentOfGrant": 200, "maxDuration": "168h",
                                             "minNotice": "0s", "cooldown": "24h", "maxActivePerTeam": 1,
                                             "minReasonLength": 20, "maxAdvance": "2160h",
                                             "maxPromisedPerTeam": 10})
        self.assertEqual(spec["forecastDiscipline"], {"enforcement": "Advisory", "tolerancePercent": 20,
                                                      "severityPercent": 50, "maxHaircutPercent": 90,
                                                      "lookbackPeriods": 4})
        self.assertEqual(spec["chargeback"], {"closeAfter": "24h", "idleCost": "Show"})
        self.assertEqual(spec["gateways"][0]["envoyRateLimit"], {
            "namespace": "bursar-system", "configMapPrefix": "bursar-ratelimit", "domain": "bursar"})
        self.assertEqual(spec["usage"]["prometheus"]["pollInterval"], "15s")

    def test_names_for_kubectl(self):
        for name in ("apol", "tq", "loan", "bursar"):
            accepted, said = kubectl("get", name, "-A")
            self.assertTrue(accepted, said)


class Agreement(unittest.TestCase):
    """`bursar validate` and the API server, of the same object."""

    def agree(self, label, **given):
        accepted, said = kubectl("create", "--dry-run=server", "--validate=strict", "-f", "-", **given)
        valid, errors = bursar(**given)
        self.assertEqual(valid, accepted, f"{label}: the server says {said}\nbursar says {errors}")
        if accepted or " is invalid: " not in said:
            return
        listed, stopped = causes(said)
        if stopped:  # bursar goes on with the rules of what is sound
            self.assertLessEqual(listed, errors, label)
        else:
            self.assertEqual(listed, errors, label)

    def test_complete_objects(self):
        for base in (POLICY, QUOTA, LOAN):
            self.agree(base["kind"], value=base)

    def test_disputed_objects(self):
        for base, path, value in DISPUTED:
            with self.subTest(path=path, value=value):
                self.agree(f"{path}={value!r}", value=changed(base, path, value))

    def test_scalars_of_yaml(self):
        quota = json.dumps(changed(QUOTA, "spec.costCenter", "SCALAR"), indent=1)
        for scalar in SCALARS:
            with self.subTest(scalar=scalar):
                self.agree(scalar, text="---\n" + quota.replace('"SCALAR"', scalar + "\n"))


def add_rule(index, base, path, good, bad, message):
    def test(self):
        if good is not ABSENT:
            accepted, said = dry_run(changed(base, path, good))
            self.assertTrue(accepted, f"{path}={good!r} should pass: {said}")
        accepted, said = dry_run(changed(base, path, bad))
        self.assertFalse(accepted, f"{path}={bad!r} should be refused")
        self.assertIn(message.lower(), said.lower())

    def test_agreement(self):
        for value in (good, bad):
            if value is not ABSENT or value is bad:
                self.agree(f"{path}={value!r}", value=changed(base, path, value))

    name = re.sub(r"[^a-z0-9]+", "_", f"{base['kind']}_{path}".lower())
    setattr(Schema, f"test_{index:02}_{name}", test)
    setattr(Agreement, f"test_{index:02}_{name}", test_agreement)


for number, rule in enumerate(RULES):
    add_rule(number, *rule)


class Transitions(unittest.TestCase):
    def test_team_is_immutable(self):
        quota = changed(QUOTA, "metadata.name", "immutable")
        self.assertTrue(kubectl("apply", "-f", "-", value=quota)[0])
        accepted, said = kubectl("apply", "-f", "-", value=changed(quota, "spec.team", "ads"))
        self.assertFalse(accepted)
        self.assertIn("is immutable: consumption and cost are booked under it", said)
        self.assertTrue(kubectl("apply", "-f", "-", value=changed(quota, "spec.costCenter", "CC-2"))[0])

    def loan_in_phase(self, name, phase):
        loan = changed(LOAN, "metadata.name", name)
        self.assertTrue(kubectl("apply", "-f", "-", value=loan)[0])
        accepted, said = kubectl("patch", "burstloan", name, "-n", "search", "--subresource=status", "--type=merge",
                                 "-p", json.dumps({"status": {"phase": phase}}))
        self.assertTrue(accepted, said)
        return loan

    def test_a_scheduled_loan_may_change(self):
        loan = self.loan_in_phase("scheduled", "Scheduled")
        accepted, said = kubectl("apply", "-f", "-", value=changed(loan, "spec.tokens", "30M"))
        self.assertTrue(accepted, said)

    def test_an_active_loan_may_only_end_earlier(self):
        loan = self.loan_in_phase("active", "Active")
        for field, value in (("tokens", "30M"), ("pool", "embed"), ("start", "2026-11-30T00:00:00Z"), ("start", ABSENT),
                             ("reason", "Other"),
                             ("teamQuota", "other"), ("tokensPerMinute", 1), ("acceptPartial", True)):
            accepted, said = kubectl("apply", "-f", "-", value=changed(loan, f"spec.{field}", value))
            self.assertFalse(accepted, field)
            self.assertIn("spec is immutable once the loan is Active", said)
        accepted, said = kubectl("apply", "-f", "-", value=changed(loan, "spec.end", "2026-12-03T00:00:00Z"))
        self.assertFalse(accepted)
        self.assertIn("spec.end may only move earlier", said)
        accepted, said = kubectl("apply", "-f", "-", value=changed(loan, "spec.end", "2026-12-01T12:00:00Z"))
        self.assertTrue(accepted, said)

    def test_a_loan_needs_no_start(self):
        accepted, said = kubectl("apply", "-f", "-", value=changed(changed(LOAN, "metadata.name", "soonest"),
                                                                   "spec.start", ABSENT))
        self.assertTrue(accepted, said)

    def test_a_returned_loan_is_history(self):
        loan = self.loan_in_phase("returned", "Returned")
        accepted, said = kubectl("apply", "-f", "-", value=changed(loan, "spec.end", "2026-12-01T12:00:00Z"))
        self.assertFalse(accepted)
        self.assertIn("spec.end cannot change once the loan is Returned", said)


class Identity(unittest.TestCase):
    """The admission policy: a team cannot claim another team's budget."""

    @classmethod
    def setUpClass(cls):
        kubectl("apply", "-f", "-", value=changed(POLICY, "metadata.name", "main"))
        maps = changed(changed(POLICY, "metadata.name", "maps"), "spec.teams.identityLabel", "org/team")
        kubectl("apply", "-f", "-", value=maps)

    def quota(self, namespace, team, policy="main"):
        quota = copy.deepcopy(QUOTA)
        quota["metadata"] = {"name": "probe", "namespace": namespace}
        quota["spec"].update(team=team, policy=policy)
        return quota

    def refused(self, thing, message):
        # The API server learns of a new policy through a watch of its own.
        for _ in range(50):
            accepted, said = dry_run(thing)
            if not accepted and message in said:
                return
        self.fail(f"not refused with {message!r}: {said}")

    def test_a_namespace_speaks_for_its_own_name(self):
        accepted, said = dry_run(self.quota("search", "search"))
        self.assertTrue(accepted, said)
        self.refused(self.quota("search", "ads"), 'namespace "search" speaks for team "search", not for "ads"')

    def test_a_label_gives_the_namespace_another_name(self):
        accepted, said = dry_run(self.quota("labelled", "ads"))
        self.assertTrue(accepted, said)
        self.refused(self.quota("labelled", "labelled"), 'speaks for team "ads"')

    def test_the_policy_names_the_label(self):
        self.refused(self.quota("other", "other", "maps"), 'speaks for team "maps"')
        accepted, said = dry_run(self.quota("other", "maps", "maps"))
        self.assertTrue(accepted, said)

    def test_other_policies_have_no_say(self):
        accepted, said = dry_run(self.quota("other", "other", "main"))
        self.assertTrue(accepted, said)


if __name__ == "__main__":
    unittest.main()
