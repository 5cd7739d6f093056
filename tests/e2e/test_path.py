"""The whole path on real parts: YAML in, limits at the gateway, consumption back in the status.

Needs BURSAR (the binary); starts everything else itself. One environment serves all tests; each test uses teams of its
own, so that their accounts do not meet.
"""

import copy
import json
import subprocess
import time
import unittest

import path_world as world
from path_loans import LoanCases
from path_world import (ask, budget, config_maps, consumed, limits_text, loan, loan_status, namespace, policy, quota, ready,
                        served_before_refusal, status_of, utc_in, wait_in_force)
from testenv.control_plane import KubectlError
from testenv.environment import condition, wait_for
from testenv.gateway import served_tokens
from testenv.traffic import Caller


def setUpModule():
    world.start()


class Account(unittest.TestCase):
    def test_the_status_equals_what_the_provider_served_to_the_token(self):
        world.ENV.control_plane.apply([namespace("exact"), quota("exact")])
        wait_in_force("exact", 1_000_000)
        for stream in (False, True):
            for model in ("gpt-4o", "gpt-4o-mini"):
                for cache_key in ("", "prefix", "prefix"):
                    self.assertEqual(ask("exact", model, 137, stream=stream, cache_key=cache_key), 200)
        served = world.ENV.gateway.served()["byTeam"]["exact"]
        self.assertEqual(served_tokens({"byTeam": {"exact": served}}, "exact"), 12 * 136 + 12)
        self.assertGreater(served["gpt-4o"]["cached_input"], 0)
        wait_for("the account", lambda: consumed("exact") == 12 * 137)
        status = status_of("exact")
        self.assertEqual(status["budgets"][0]["remaining"], 1_000_000 - 12 * 137)
        self.assertEqual(status["summary"]["consumed"], str(12 * 137))

    def test_a_team_over_its_grant_is_refused_and_nobody_else(self):
        world.ENV.control_plane.apply([namespace("limited"), namespace("calm"), quota("limited", 1000),
                                       quota("calm", 100_000)])
        wait_in_force("limited", 1000)
        wait_in_force("calm", 100_000)
        answered = served_before_refusal("limited", 400, 4)
        self.assertGreaterEqual(answered, 3)
        self.assertEqual([ask("limited", tokens=400) for _ in range(3)], [429] * 3)
        self.assertEqual([ask("calm", tokens=400) for _ in range(5)], [200] * 5)
        wait_for("the account", lambda: consumed("limited") == 400 * answered)
        self.assertEqual(served_tokens(world.ENV.gateway.served(), "limited"), 400 * answered)
        self.assertEqual(budget("limited")["remaining"], 0)
        self.assertEqual(budget("limited")["usedPercent"], 40 * answered)

    def test_a_pool_without_a_request_and_a_team_without_a_quota_get_nothing(self):
        world.ENV.control_plane.apply([namespace("nogrant"), quota("nogrant", 0)])
        wait_for("ready", lambda: ready("nogrant"))
        wait_in_force("nogrant", 0)
        self.assertEqual(ask("nogrant"), 429)
        self.assertEqual(ask("guest"), 429)
        self.assertEqual(ask("nogrant", "text-embedding-3-small"), 429)
        self.assertEqual(ask("nogrant", "a-model-nobody-sells"), 403)


class Operator(unittest.TestCase):
    def test_killing_it_changes_no_limit_and_loses_no_token(self):
        world.ENV.control_plane.apply([namespace("crash"), quota("crash", 900_000)])
        wait_in_force("crash", 900_000)
        caller = Caller(world.ENV.gateway.ports["gateway"], "sk-crash", "gpt-4o", threads=4, pause=0.0, prompt_tokens=60,
                        completion_tokens=40).start()
        self.addCleanup(caller.stop)
        wait_for("some consumption", lambda: consumed("crash") > 0, 60)
        before = {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in config_maps()}
        seen = consumed("crash")
        world.ENV.operator.kill()
        time.sleep(2)  # traffic continues while no operator runs
        self.assertEqual(caller.count(429), 0)
        world.ENV.start_operator(status_max_age="1s")
        lowest = []

        def caught_up():
            lowest.append(consumed("crash"))
            return lowest[-1] > seen
        wait_for("the account to go on", caught_up, interval=0.05)
        caller.stop()
        served = served_tokens(world.ENV.gateway.served(), "crash")
        wait_for("the account", lambda: consumed("crash") == served)
        self.assertGreaterEqual(min(lowest), seen, "the status never went back")
        self.assertEqual(caller.count(429), 0)
        after = {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in config_maps()}
        self.assertEqual(before, after)

    def test_it_stops_within_five_seconds(self):
        started = time.monotonic()
        self.assertEqual(world.ENV.operator.stop(), 0)
        self.assertLess(time.monotonic() - started, 5)
        world.ENV.start_operator(status_max_age="1s")

    def test_it_outlives_the_api_server(self):
        world.ENV.control_plane.restart_api_server()
        world.ENV.control_plane.apply([namespace("after-restart"), quota("after-restart", 4321)])
        wait_for("a decision after the outage", lambda: ready("after-restart"), 120)
        self.assertTrue(world.ENV.operator.running())

    def test_a_raised_grant_is_in_force_in_the_middle_of_a_window(self):
        world.ENV.control_plane.apply([namespace("raised"), quota("raised", 100)])
        wait_in_force("raised", 100)
        self.assertGreaterEqual(served_before_refusal("raised", 200, 2), 1)
        world.ENV.control_plane.apply(quota("raised", 5000))
        wait_for("the raise", lambda: ask("raised", tokens=10) == 200, interval=0.05)


class Loans(LoanCases, unittest.TestCase):
    pass


class CommandLine(unittest.TestCase):
    """What the pull request shows is what the cluster does."""

    def bursar(self, *arguments, manifests=None):
        done = subprocess.run([world.ENV.bursar, *arguments, "--kubeconfig", world.ENV.control_plane.kubeconfig], text=True,
                              input=json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests or []}),
                              capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_a_plan_against_the_cluster_says_what_the_cluster_then_does(self):
        world.ENV.control_plane.apply([namespace("planned"), quota("planned", 1000)])
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
        world.ENV.control_plane.apply(change)
        wait_for("the grant", lambda: budget("planned")["granted"] == 3000)
        self.assertEqual(status_of("planned")["rationale"][0]["sentence"], grant["sentence"])
        for name in ("launch", "greedy"):
            wait_for("the decision", lambda: loan_status("planned", name).get("phase") == planned[name]["phase"])
            self.assertEqual(loan_status("planned", name)["granted"], planned[name]["granted"])

    def test_the_derivation_and_the_calendar_from_the_cluster(self):
        world.ENV.control_plane.apply([namespace("told"), quota("told", 1000)])
        wait_for("a budget", lambda: budget("told"))
        code, out, err = self.bursar("explain", "told")
        self.assertEqual(code, 0, err)
        self.assertIn(status_of("told")["rationale"][0]["sentence"], out)
        world.ENV.control_plane.apply(loan("told", 700, utc_in(86_400), utc_in(90_000)))
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
        self.assertEqual(condition(world.ENV.team_quota(team, name or team), "Stalled")["status"], "True")

    def test_bad_reference(self):
        world.ENV.control_plane.apply([namespace("lost"), quota("lost", policy="mian")])
        self.expect("lost", "PolicyNotFound", "spec.policy", '"mian"', "name one of: main")

    def test_unknown_pool(self):
        both = quota("pooled")
        both["spec"]["requests"].append({"pool": "chta", "forecast": 5})
        world.ENV.control_plane.apply([namespace("pooled"), both])
        self.expect("pooled", "UnknownPool", "spec.requests[1].pool", '"chta"', "chat, embed")
        self.assertEqual(budget("pooled")["granted"], 1_000_000, "its good request is served")

    def test_duplicate_team(self):
        world.ENV.control_plane.apply([namespace("twice"), quota("twice", name="first")])
        wait_for("the first", lambda: ready("twice", "first"))
        world.ENV.control_plane.apply(quota("twice", name="second"))
        self.expect("twice", "DuplicateTeam", "spec.team", "twice/first", "delete this one", name="second")
        self.assertTrue(ready("twice", "first"))

    def test_unparsable_quantity(self):
        # The schema refuses it, but a cluster with an older CRD would accept it.
        schema = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/requests/items/properties/forecast"
        crd = world.ENV.control_plane.get("crd", "teamquotas.bursar.dev")
        strict = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
        strict = strict["requests"]["items"]["properties"]["forecast"]

        def set_schema(value):
            world.ENV.kubectl("patch", "crd", "teamquotas.bursar.dev", "--type=json",
                              "-p", json.dumps([{"op": "replace", "path": schema, "value": value}]))
        with self.assertRaisesRegex(KubectlError, "must be whole tokens"):
            world.ENV.control_plane.apply([namespace("muddled"), quota("muddled", "lots")])
        set_schema({"x-kubernetes-int-or-string": True})
        try:
            def applied():
                try:
                    return world.ENV.control_plane.apply(quota("muddled", "lots"))
                except KubectlError:
                    return None  # the API server has not taken the schema up yet
            wait_for("the looser schema", applied)
        finally:
            set_schema(strict)
        self.expect("muddled", "InvalidSpec", "spec.requests[0].forecast", '"lots"', "such as 400000000, 400M or 1.2G")
        world.ENV.control_plane.apply([namespace("served"), quota("served", 777)])
        wait_for("every other team to be served", lambda: ready("served"))


class Limits(unittest.TestCase):
    def test_drift_is_repaired_and_what_is_not_ours_is_left_alone(self):
        world.ENV.control_plane.apply([namespace("drift"), quota("drift", 5555)])
        wait_in_force("drift", 5555)
        foreign = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "bursar-ratelimit-notes",
                                                                         "namespace": "bursar-system"},
                   "data": {"notes": "not Bursar's"}}
        world.ENV.control_plane.apply(foreign)
        foreign_before = world.ENV.control_plane.get("configmap", "-n", "bursar-system", "bursar-ratelimit-notes")
        good = config_maps()[0]["data"]
        name = config_maps()[0]["metadata"]["name"]
        world.ENV.kubectl("patch", "configmap", "-n", "bursar-system", name, "--type=merge", "-p",
                          json.dumps({"data": {f"{name}.yaml": "domain: bursar\ndescriptors: []\n"}}))
        wait_for("the drift to be repaired", lambda: config_maps()[0]["data"] == good)
        world.ENV.kubectl("delete", "configmap", "-n", "bursar-system", name)
        wait_for("the ConfigMap to be back", lambda: config_maps() and config_maps()[0]["data"] == good)
        self.assertEqual(world.ENV.control_plane.get("configmap", "-n", "bursar-system", "bursar-ratelimit-notes"),
                         foreign_before)

    def test_a_removed_team_is_refused(self):
        world.ENV.control_plane.apply([namespace("gone"), quota("gone", 6666)])
        wait_in_force("gone", 6666)
        self.assertEqual(ask("gone"), 200)
        world.ENV.kubectl("delete", "teamquota", "-n", "gone", "gone")
        wait_for("the removal", lambda: ask("gone") == 429)
        self.assertNotIn('"gone"', limits_text())

    def test_a_limit_the_gateway_cannot_express(self):
        wide = copy.deepcopy(policy())
        wide["spec"]["pools"].append({"name": "bulk", "models": ["bulk-1"], "window": "Day", "tokensPerWindow": "90G"})
        world.ENV.control_plane.apply([wide, namespace("huge"), quota("huge", "50G", "bulk")])
        try:
            found = wait_for("the condition", lambda: ready("huge", value="False"))
            self.assertEqual(found["reason"], "LimitNotExpressible")
            self.assertIn("4,294,967,295", found["message"])
            self.assertIn("shorter window", found["message"])
            self.assertIn("requests_per_unit: 4294967295}", limits_text())
        finally:
            world.ENV.kubectl("delete", "teamquota", "-n", "huge", "huge")
            world.ENV.control_plane.apply(policy())

    def test_a_lost_usage_source_changes_no_limit(self):
        world.ENV.control_plane.apply([namespace("steady"), quota("steady", 3333)])
        wait_in_force("steady", 3333)
        before = limits_text()
        prometheus = world.ENV.gateway.part("prometheus")
        prometheus.stop()
        try:
            wait_for("consumption to be stale",
                     lambda: (condition(world.ENV.team_quota("steady", "steady"), "UsageFresh") or {}).get(
                         "status") == "False")
            self.assertTrue(ready("steady"), "a lost usage source takes nothing from anybody")
            self.assertEqual(limits_text(), before)
        finally:
            prometheus.start()
        wait_for("consumption to be fresh again",
                 lambda: condition(world.ENV.team_quota("steady", "steady"), "UsageFresh")["status"] == "True")


if __name__ == "__main__":
    unittest.main()
