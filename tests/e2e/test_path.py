"""The whole path on real parts: YAML in, limits at the gateway, consumption back in the status.

Needs BURSAR (the binary); starts everything else itself. One environment serves all tests; each test uses teams of its
own, so that their accounts do not meet.
"""

import copy
import datetime
import json
import os
import subprocess
import time
import unittest

from testenv import environment as testenv_environment
from testenv.control_plane import KubectlError
from testenv.environment import Environment, condition, wait_for, wait_out_midnight
from testenv.gateway import served_tokens
from testenv.traffic import Caller, call

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


def setUpModule():
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


class Account(unittest.TestCase):
    def test_the_status_equals_what_the_provider_served_to_the_token(self):
        ENV.control_plane.apply([namespace("exact"), quota("exact")])
        wait_in_force("exact", 1_000_000)
        for stream in (False, True):
            for model in ("gpt-4o", "gpt-4o-mini"):
                for cache_key in ("", "prefix", "prefix"):
                    self.assertEqual(ask("exact", model, 137, stream=stream, cache_key=cache_key), 200)
        served = ENV.gateway.served()["byTeam"]["exact"]
        self.assertEqual(served_tokens({"byTeam": {"exact": served}}, "exact"), 12 * 136 + 12)
        self.assertGreater(served["gpt-4o"]["cached_input"], 0)
        wait_for("the account", lambda: consumed("exact") == 12 * 137)
        status = status_of("exact")
        self.assertEqual(status["budgets"][0]["remaining"], 1_000_000 - 12 * 137)
        self.assertEqual(status["summary"]["consumed"], str(12 * 137))

    def test_a_team_over_its_grant_is_refused_and_nobody_else(self):
        ENV.control_plane.apply([namespace("limited"), namespace("calm"), quota("limited", 1000), quota("calm", 100_000)])
        wait_in_force("limited", 1000)
        wait_in_force("calm", 100_000)
        answered = served_before_refusal("limited", 400, 4)
        self.assertGreaterEqual(answered, 3)
        self.assertEqual([ask("limited", tokens=400) for _ in range(3)], [429] * 3)
        self.assertEqual([ask("calm", tokens=400) for _ in range(5)], [200] * 5)
        wait_for("the account", lambda: consumed("limited") == 400 * answered)
        self.assertEqual(served_tokens(ENV.gateway.served(), "limited"), 400 * answered)
        self.assertEqual(budget("limited")["remaining"], 0)
        self.assertEqual(budget("limited")["usedPercent"], 40 * answered)

    def test_a_pool_without_a_request_and_a_team_without_a_quota_get_nothing(self):
        ENV.control_plane.apply([namespace("nogrant"), quota("nogrant", 0)])
        wait_for("ready", lambda: ready("nogrant"))
        wait_in_force("nogrant", 0)
        self.assertEqual(ask("nogrant"), 429)
        self.assertEqual(ask("guest"), 429)
        self.assertEqual(ask("nogrant", "text-embedding-3-small"), 429)
        self.assertEqual(ask("nogrant", "a-model-nobody-sells"), 403)


class Operator(unittest.TestCase):
    def test_killing_it_changes_no_limit_and_loses_no_token(self):
        ENV.control_plane.apply([namespace("crash"), quota("crash", 900_000)])
        wait_in_force("crash", 900_000)
        caller = Caller(ENV.gateway.ports["gateway"], "sk-crash", "gpt-4o", threads=4, pause=0.0, prompt_tokens=60,
                        completion_tokens=40).start()
        self.addCleanup(caller.stop)
        wait_for("some consumption", lambda: consumed("crash") > 0, 60)
        before = {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in config_maps()}
        seen = consumed("crash")
        ENV.operator.kill()
        time.sleep(2)  # traffic runs on while nobody watches
        self.assertEqual(caller.count(429), 0)
        ENV.start_operator(status_max_age="1s")
        lowest = []

        def caught_up():
            lowest.append(consumed("crash"))
            return lowest[-1] > seen
        wait_for("the account to go on", caught_up, interval=0.05)
        caller.stop()
        served = served_tokens(ENV.gateway.served(), "crash")
        wait_for("the account", lambda: consumed("crash") == served)
        self.assertGreaterEqual(min(lowest), seen, "the status never went back")
        self.assertEqual(caller.count(429), 0)
        after = {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in config_maps()}
        self.assertEqual(before, after)

    def test_it_stops_within_five_seconds(self):
        started = time.monotonic()
        self.assertEqual(ENV.operator.stop(), 0)
        self.assertLess(time.monotonic() - started, 5)
        ENV.start_operator(status_max_age="1s")

    def test_it_outlives_the_api_server(self):
        ENV.control_plane.restart_api_server()
        ENV.control_plane.apply([namespace("after-restart"), quota("after-restart", 4321)])
        wait_for("a decision after the outage", lambda: ready("after-restart"), 120)
        self.assertTrue(ENV.operator.running())

    def test_a_raised_grant_is_in_force_in_the_middle_of_a_window(self):
        ENV.control_plane.apply([namespace("raised"), quota("raised", 100)])
        wait_in_force("raised", 100)
        self.assertGreaterEqual(served_before_refusal("raised", 200, 2), 1)
        ENV.control_plane.apply(quota("raised", 5000))
        wait_for("the raise", lambda: ask("raised", tokens=10) == 200, interval=0.05)


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


class Loans(unittest.TestCase):
    def wait_consumed(self, team, tokens):
        wait_for(f"{team} to have consumed {tokens}", lambda: consumed(team) == tokens, interval=0.1)

    def wait_phase(self, team, phase, name="launch", timeout=60):
        wait_for(f"the loan of {team} to be {phase}", lambda: loan_status(team, name).get("phase") == phase, timeout, 0.05)

    def return_at(self, team, end, name="launch"):
        """Early return: the end may move earlier while the loan is active."""
        ENV.kubectl("patch", "burstloan", "-n", team, name, "--type=merge", "-p",
                    json.dumps({"spec": {"end": end.strftime("%Y-%m-%dT%H:%M:%SZ")}}))

    def test_a_loan_raises_the_limit_in_the_middle_of_a_window_and_leaves_the_baseline(self):
        ENV.control_plane.apply([namespace("borrower"), quota("borrower", 1000)])
        wait_in_force("borrower", 1000)
        self.assertEqual(ask("borrower", tokens=700), 200)
        self.wait_consumed("borrower", 700)
        later = utc_in(3600)
        ENV.control_plane.apply(loan("borrower", 500, later, later + datetime.timedelta(hours=1)))
        self.wait_phase("borrower", "Scheduled")
        self.assertEqual(budget("borrower")["granted"], 1000)
        ENV.control_plane.apply(loan("borrower", 500, utc_in(3), later))  # not begun: an edit is a new request
        wait_in_force("borrower", 1500)
        self.wait_phase("borrower", "Active")
        wait_for("the budget", lambda: budget("borrower")["granted"] == 1500)
        self.assertEqual(budget("borrower")["loaned"], 500)
        self.assertEqual(budget("borrower")["baseline"], 1000)
        self.assertEqual(ask("borrower", tokens=200), 200)
        self.assertEqual(ask("borrower", tokens=100), 200)
        self.wait_consumed("borrower", 1000)
        wait_for("what was drawn", lambda: loan_status("borrower")["drawn"] == 300)
        self.return_at("borrower", utc_in(2))
        self.wait_phase("borrower", "Returned")
        wait_in_force("borrower", 1300)  # baseline 1,000 + drawn 300: the event was paid by the loan
        wait_for("the status", lambda: budget("borrower")["remaining"] == 300)
        answered = served_before_refusal("borrower", 100, 6)
        self.assertGreaterEqual(answered, 4)  # the check is `consumed > limit`, and the last charge may come late
        self.assertLessEqual(answered, 5)
        reasons = [event["reason"] for event in ENV.control_plane.get("events", "-n", "borrower")["items"]
                   if event["involvedObject"]["kind"] == "BurstLoan"]
        self.assertEqual(sorted(set(reasons)), ["Active", "Returned", "Scheduled"])

    def test_deleting_an_active_loan_returns_it_first(self):
        ENV.control_plane.apply([namespace("returner"), quota("returner", 1000)])
        wait_in_force("returner", 1000)
        ENV.control_plane.apply(loan("returner", 500, utc_in(2), utc_in(3600)))
        wait_in_force("returner", 1500)
        self.wait_phase("returner", "Active")
        held = ENV.control_plane.get("burstloan", "-n", "returner", "launch")["metadata"]
        self.assertEqual(held["finalizers"], ["bursar.dev/return"])
        ENV.kubectl("delete", "burstloan", "-n", "returner", "launch", "--timeout=20s")
        wait_in_force("returner", 1000)
        wait_for("the status", lambda: budget("returner")["granted"] == 1000)

    def test_a_deleted_loan_waits_for_a_gateway_that_cannot_be_written_and_says_until_when(self):
        def gateway(prefix):
            return [{"name": "envoy", "type": "EnvoyRateLimit", "envoyRateLimit": {"configMapPrefix": prefix}}]
        stuck = policy(gateways=gateway("stuck-ratelimit"))
        stuck["metadata"]["name"] = "stuck"
        taken = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "taken-0", "namespace": "bursar-system"}}
        ENV.control_plane.apply([stuck, taken, namespace("stuck"), quota("stuck", 1000, policy="stuck")])
        wait_for("a budget", lambda: budget("stuck"))
        ENV.control_plane.apply(loan("stuck", 500, utc_in(1), utc_in(3600)))
        self.wait_phase("stuck", "Active")
        stuck["spec"]["gateways"] = gateway("taken")
        ENV.control_plane.apply(stuck)
        wait_for("the gateway to fail", lambda: ready("stuck", value="False"))
        ENV.kubectl("delete", "burstloan", "-n", "stuck", "launch", "--wait=false")

        def waits():
            found = condition(ENV.control_plane.get("burstloan", "-n", "stuck", "launch"), "Ready")
            return found if found["reason"] == "ReturningToBaseline" else None
        told = wait_for("the loan to say why it waits", waits)["message"]
        self.assertRegex(told, r"taken-0 exists and was not made by Bursar.*waiting until 20\d\d-.*Z at the latest")
        stuck["spec"]["gateways"] = gateway("stuck-ratelimit")
        ENV.control_plane.apply(stuck)
        wait_for("the loan to be gone", lambda: not [
            item for item in ENV.control_plane.get("burstloan", "-n", "stuck")["items"]])
        ENV.kubectl("delete", "apol", "stuck")

    def test_a_denial_says_what_would_be_approved_and_that_is_then_approved(self):
        ENV.control_plane.apply([namespace("denied"), quota("denied", 1000)])
        wait_for("a budget", lambda: budget("denied"))
        start, end = utc_in(86_400), utc_in(90_000)
        ENV.control_plane.apply(loan("denied", 5000, start, end))
        self.wait_phase("denied", "Denied")
        status = loan_status("denied")
        self.assertEqual(status["decision"]["rule"], "OverBorrowingLimit")
        self.assertEqual(status["decision"]["largestApprovable"], 2000)
        self.assertIn("200 % of its baseline 1,000", status["decision"]["message"])
        ENV.control_plane.apply(loan("denied", 2000, start, end))
        self.wait_phase("denied", "Scheduled")

    def test_a_loan_for_a_team_of_another_namespace(self):
        ENV.control_plane.apply([namespace("stranger"), loan("stranger", 5, utc_in(60), utc_in(120), teamQuota="exact")])
        found = wait_for("a condition", lambda: condition(ENV.control_plane.get("burstloan", "-n", "stranger", "launch"),
                                                          "Ready"))
        self.assertEqual((found["status"], found["reason"]), ("False", "QuotaNotFound"))

    def test_two_hundred_teams_at_once_and_a_restart_in_the_middle(self):
        crowd = policy(pools=[{"name": "chat", "models": ["gpt-4o"], "window": "Day", "tokensPerWindow": 1_000_000,
                               "burstPercent": 20}],
                       gateways=[{"name": "envoy", "type": "EnvoyRateLimit",
                                  "envoyRateLimit": {"configMapPrefix": "crowd-ratelimit"}}],
                       borrowing={"maxPercentOfGrant": 1000})
        crowd["metadata"]["name"] = "crowd"
        teams = [f"crowd-{index:03}" for index in range(200)]
        ENV.control_plane.apply(crowd)
        ENV.control_plane.apply([namespace(team) for team in teams])
        ENV.control_plane.apply([quota(team, 4000, policy="crowd") for team in teams])
        wait_for("every budget", lambda: ENV.control_plane.get("apol", "crowd").get("status", {}).get("teamCount") == 200)
        start, end = utc_in(86_400), utc_in(90_000)
        asked = {team: 1500 + 37 * (index % 11) for index, team in enumerate(teams)}
        ENV.control_plane.apply([loan(team, tokens, start, end) for team, tokens in asked.items()])
        ENV.operator.kill()
        ENV.start_operator(status_max_age="1s")

        def decided():
            found = [item for item in ENV.control_plane.get("burstloan", "-A")["items"]
                     if item["metadata"]["namespace"] in asked]
            return found if all(item.get("status", {}).get("phase") for item in found) else None
        loans = wait_for("every decision", decided, 120)
        # The set that §3 names: in order of creation, then namespace and name, whatever fits what is left.
        left, expected = 200_000, {}
        for item in sorted(loans, key=lambda one: (one["metadata"]["creationTimestamp"], one["metadata"]["namespace"])):
            team = item["metadata"]["namespace"]
            expected[team] = asked[team] <= left
            left -= asked[team] if expected[team] else 0
        got = {item["metadata"]["namespace"]: item["status"]["phase"] == "Scheduled" for item in loans}
        self.assertEqual(got, expected)
        denied = [item for item in loans if item["status"]["phase"] == "Denied"]
        self.assertGreater(len(denied), 0)
        self.assertEqual({item["status"]["decision"]["rule"] for item in denied}, {"PoolExhausted"})
        # What a denial names is kept current: a request decided after it may have taken some of what was left then.
        wait_for(f"every denial to name {left}", lambda: {
            item["status"]["decision"]["largestApprovable"] for item in decided() if item["status"]["phase"] == "Denied"} == {left})
        if left > 0:
            retry = denied[0]["metadata"]["namespace"]
            ENV.control_plane.apply(loan(retry, left, start, end))
            self.wait_phase(retry, "Scheduled")
        ENV.kubectl("delete", "apol", "crowd")

    def test_a_promise_outlives_the_operator(self):
        ENV.control_plane.apply([namespace("keeper"), quota("keeper", 1000)])
        wait_for("a budget", lambda: budget("keeper"))
        ENV.control_plane.apply(loan("keeper", 700, utc_in(86_400), utc_in(90_000)))
        self.wait_phase("keeper", "Scheduled")
        before = loan_status("keeper")
        ENV.operator.kill()
        ENV.start_operator(status_max_age="1s")
        ENV.control_plane.apply([namespace("witness"), quota("witness", 5)])
        wait_for("the new operator", lambda: ready("witness"))
        self.assertEqual(loan_status("keeper"), before)


class CommandLine(unittest.TestCase):
    """What the pull request shows is what the cluster does."""

    def bursar(self, *arguments, manifests=None):
        done = subprocess.run([ENV.bursar, *arguments, "--kubeconfig", ENV.control_plane.kubeconfig], text=True,
                              input=json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests or []}),
                              capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_a_plan_against_the_cluster_says_what_the_cluster_then_does(self):
        ENV.control_plane.apply([namespace("planned"), quota("planned", 1000)])
        wait_for("a budget", lambda: budget("planned"))
        change = [quota("planned", 3000), loan("planned", 2500, utc_in(86_400), utc_in(90_000)),
                  loan("planned", 9_999_999, utc_in(86_400), utc_in(90_000), name="greedy")]
        code, out, err = self.bursar("plan", "--live", "-f", "-", "-o", "json", manifests=change)
        self.assertEqual(code, 3, out + err)  # the policy refuses a loan
        plan = json.loads(out)
        self.assertEqual(plan["errors"], [])
        chat = next(pool for policy in plan["policies"] if policy["name"] == "main" for pool in policy["pools"]
                    if pool["name"] == "chat")
        grant = next(item for item in chat["grants"] if item["team"] == "planned")
        self.assertEqual((grant["before"], grant["grant"]), (1000, 3000))
        planned = {item["name"]: item for item in plan["loans"] if item["namespace"] == "planned"}
        self.assertEqual(planned["launch"]["phase"], "Scheduled")
        self.assertEqual(planned["greedy"]["rule"], "OverLoanLimit")
        ENV.control_plane.apply(change)
        wait_for("the grant", lambda: budget("planned")["granted"] == 3000)
        self.assertEqual(status_of("planned")["rationale"][0]["sentence"], grant["sentence"])
        for name in ("launch", "greedy"):
            wait_for("the decision", lambda: loan_status("planned", name).get("phase") == planned[name]["phase"])
            self.assertEqual(loan_status("planned", name)["granted"], planned[name]["granted"])

    def test_the_derivation_and_the_calendar_from_the_cluster(self):
        ENV.control_plane.apply([namespace("told"), quota("told", 1000)])
        wait_for("a budget", lambda: budget("told"))
        code, out, err = self.bursar("explain", "told")
        self.assertEqual(code, 0, err)
        self.assertIn(status_of("told")["rationale"][0]["sentence"], out)
        ENV.control_plane.apply(loan("told", 700, utc_in(86_400), utc_in(90_000)))
        wait_for("the promise", lambda: loan_status("told").get("phase") == "Scheduled")
        code, out, err = self.bursar("pool", "--policy", "main")
        self.assertEqual(code, 0, err)
        self.assertIn("told/launch 700", out)
        code, out, err = self.bursar("explain", "tolt")
        self.assertEqual(code, 1)
        self.assertIn('did you mean "told"?', err)


class BadInput(unittest.TestCase):
    """One broken TeamQuota gets a condition naming field and remedy; every other team is served."""

    def expect(self, team, reason, *parts, name=None):
        found = wait_for(f"a condition of {team}", lambda: ready(team, name, "False"))
        self.assertEqual(found["reason"], reason)
        for part in parts:
            self.assertIn(part, found["message"])
        self.assertEqual(condition(ENV.team_quota(team, name or team), "Stalled")["status"], "True")

    def test_bad_reference(self):
        ENV.control_plane.apply([namespace("lost"), quota("lost", policy="mian")])
        self.expect("lost", "PolicyNotFound", "spec.policy", '"mian"', "name one of: main")

    def test_unknown_pool(self):
        both = quota("pooled")
        both["spec"]["requests"].append({"pool": "chta", "forecast": 5})
        ENV.control_plane.apply([namespace("pooled"), both])
        self.expect("pooled", "UnknownPool", "spec.requests[1].pool", '"chta"', "chat, embed")
        self.assertEqual(budget("pooled")["granted"], 1_000_000, "its good request is served")

    def test_duplicate_team(self):
        ENV.control_plane.apply([namespace("twice"), quota("twice", name="first")])
        wait_for("the first", lambda: ready("twice", "first"))
        ENV.control_plane.apply(quota("twice", name="second"))
        self.expect("twice", "DuplicateTeam", "spec.team", "twice/first", "delete this one", name="second")
        self.assertTrue(ready("twice", "first"))

    def test_unparsable_quantity(self):
        # The schema refuses it; a cluster whose CRD is older than the operator would not.
        schema = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/requests/items/properties/forecast"
        crd = ENV.control_plane.get("crd", "teamquotas.bursar.dev")
        strict = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
        strict = strict["requests"]["items"]["properties"]["forecast"]

        def set_schema(value):
            ENV.kubectl("patch", "crd", "teamquotas.bursar.dev", "--type=json",
                        "-p", json.dumps([{"op": "replace", "path": schema, "value": value}]))
        with self.assertRaisesRegex(KubectlError, "must be whole tokens"):
            ENV.control_plane.apply([namespace("muddled"), quota("muddled", "lots")])
        set_schema({"x-kubernetes-int-or-string": True})
        try:
            def applied():
                try:
                    return ENV.control_plane.apply(quota("muddled", "lots"))
                except KubectlError:
                    return None  # the API server has not taken the schema up yet
            wait_for("the looser schema", applied)
        finally:
            set_schema(strict)
        self.expect("muddled", "InvalidSpec", "spec.requests[0].forecast", '"lots"', "such as 400000000, 400M or 1.2G")
        ENV.control_plane.apply([namespace("served"), quota("served", 777)])
        wait_for("every other team to be served", lambda: ready("served"))


class Limits(unittest.TestCase):
    def test_drift_is_repaired_and_what_is_not_ours_is_left_alone(self):
        ENV.control_plane.apply([namespace("drift"), quota("drift", 5555)])
        wait_in_force("drift", 5555)
        foreign = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "bursar-ratelimit-notes",
                                                                         "namespace": "bursar-system"},
                   "data": {"notes": "not Bursar's"}}
        ENV.control_plane.apply(foreign)
        foreign_before = ENV.control_plane.get("configmap", "-n", "bursar-system", "bursar-ratelimit-notes")
        good = config_maps()[0]["data"]
        name = config_maps()[0]["metadata"]["name"]
        ENV.kubectl("patch", "configmap", "-n", "bursar-system", name, "--type=merge", "-p",
                    json.dumps({"data": {f"{name}.yaml": "domain: bursar\ndescriptors: []\n"}}))
        wait_for("the drift to be repaired", lambda: config_maps()[0]["data"] == good)
        ENV.kubectl("delete", "configmap", "-n", "bursar-system", name)
        wait_for("the ConfigMap to be back", lambda: config_maps() and config_maps()[0]["data"] == good)
        self.assertEqual(ENV.control_plane.get("configmap", "-n", "bursar-system", "bursar-ratelimit-notes"),
                         foreign_before)

    def test_a_removed_team_is_refused(self):
        ENV.control_plane.apply([namespace("gone"), quota("gone", 6666)])
        wait_in_force("gone", 6666)
        self.assertEqual(ask("gone"), 200)
        ENV.kubectl("delete", "teamquota", "-n", "gone", "gone")
        wait_for("the removal", lambda: ask("gone") == 429)
        self.assertNotIn('"gone"', limits_text())

    def test_a_limit_the_gateway_cannot_express(self):
        wide = copy.deepcopy(policy())
        wide["spec"]["pools"].append({"name": "bulk", "models": ["bulk-1"], "window": "Day", "tokensPerWindow": "90G"})
        ENV.control_plane.apply([wide, namespace("huge"), quota("huge", "50G", "bulk")])
        try:
            found = wait_for("the condition", lambda: ready("huge", value="False"))
            self.assertEqual(found["reason"], "LimitNotExpressible")
            self.assertIn("4,294,967,295", found["message"])
            self.assertIn("shorter window", found["message"])
            self.assertIn("requests_per_unit: 4294967295}", limits_text())
        finally:
            ENV.kubectl("delete", "teamquota", "-n", "huge", "huge")
            ENV.control_plane.apply(policy())

    def test_a_lost_usage_source_changes_no_limit(self):
        ENV.control_plane.apply([namespace("steady"), quota("steady", 3333)])
        wait_in_force("steady", 3333)
        before = limits_text()
        prometheus = ENV.gateway.part("prometheus")
        prometheus.stop()
        try:
            wait_for("consumption to be stale",
                     lambda: (condition(ENV.team_quota("steady", "steady"), "UsageFresh") or {}).get("status") == "False")
            self.assertTrue(ready("steady"), "a lost usage source takes nothing from anybody")
            self.assertEqual(limits_text(), before)
        finally:
            prometheus.start()
        wait_for("consumption to be fresh again",
                 lambda: condition(ENV.team_quota("steady", "steady"), "UsageFresh")["status"] == "True")


if __name__ == "__main__":
    unittest.main()
