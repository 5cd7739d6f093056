"""Loans on the whole path, for test_path.py."""

import datetime
import json

import path_world as world
from path_world import (ask, budget, consumed, loan, loan_status, namespace, policy, quota, ready, served_before_refusal,
                        utc_in, wait_in_force)
from testenv.environment import condition, wait_for


class LoanCases:
    """Cases of a unittest.TestCase: loans from the request to the return."""

    def wait_consumed(self, team, tokens):
        wait_for(f"{team} to have consumed {tokens}", lambda: consumed(team) == tokens, interval=0.1)

    def wait_phase(self, team, phase, name="launch", timeout=60):
        wait_for(f"the loan of {team} to be {phase}", lambda: loan_status(team, name).get("phase") == phase, timeout, 0.05)

    def return_at(self, team, end, name="launch"):
        """Early return: the end may move earlier while the loan is active."""
        world.ENV.kubectl("patch", "burstloan", "-n", team, name, "--type=merge", "-p",
                          json.dumps({"spec": {"end": end.strftime("%Y-%m-%dT%H:%M:%SZ")}}))

    def test_a_loan_raises_the_limit_in_the_middle_of_a_window_and_leaves_the_baseline(self):
        world.ENV.control_plane.apply([namespace("borrower"), quota("borrower", 1000)])
        wait_in_force("borrower", 1000)
        self.assertEqual(ask("borrower", tokens=700), 200)
        self.wait_consumed("borrower", 700)
        later = utc_in(3600)
        world.ENV.control_plane.apply(loan("borrower", 500, later, later + datetime.timedelta(hours=1)))
        self.wait_phase("borrower", "Scheduled")
        self.assertEqual(budget("borrower")["granted"], 1000)
        world.ENV.control_plane.apply(loan("borrower", 500, utc_in(3), later))  # not begun: an edit is a new request
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
        reasons = [event["reason"] for event in world.ENV.control_plane.get("events", "-n", "borrower")["items"]
                   if event["involvedObject"]["kind"] == "BurstLoan"]
        self.assertEqual(sorted(set(reasons)), ["Active", "Returned", "Scheduled"])

    def test_deleting_an_active_loan_returns_it_first(self):
        world.ENV.control_plane.apply([namespace("returner"), quota("returner", 1000)])
        wait_in_force("returner", 1000)
        world.ENV.control_plane.apply(loan("returner", 500, utc_in(2), utc_in(3600)))
        wait_in_force("returner", 1500)
        self.wait_phase("returner", "Active")
        held = world.ENV.control_plane.get("burstloan", "-n", "returner", "launch")["metadata"]
        self.assertEqual(held["finalizers"], ["bursar.dev/return"])
        world.ENV.kubectl("delete", "burstloan", "-n", "returner", "launch", "--timeout=20s")
        wait_in_force("returner", 1000)
        wait_for("the status", lambda: budget("returner")["granted"] == 1000)

    def test_a_deleted_loan_waits_for_a_gateway_that_cannot_be_written_and_says_until_when(self):
        def gateway(prefix):
            return [{"name": "envoy", "type": "EnvoyRateLimit", "envoyRateLimit": {"configMapPrefix": prefix}}]
        stuck = policy(gateways=gateway("stuck-ratelimit"))
        stuck["metadata"]["name"] = "stuck"
        taken = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "taken-0", "namespace": "bursar-system"}}
        world.ENV.control_plane.apply([stuck, taken, namespace("stuck"), quota("stuck", 1000, policy="stuck")])
        wait_for("a budget", lambda: budget("stuck"))
        world.ENV.control_plane.apply(loan("stuck", 500, utc_in(1), utc_in(3600)))
        self.wait_phase("stuck", "Active")
        stuck["spec"]["gateways"] = gateway("taken")
        world.ENV.control_plane.apply(stuck)
        wait_for("the gateway to fail", lambda: ready("stuck", value="False"))
        world.ENV.kubectl("delete", "burstloan", "-n", "stuck", "launch", "--wait=false")

        def waits():
            found = condition(world.ENV.control_plane.get("burstloan", "-n", "stuck", "launch"), "Ready")
            return found if found["reason"] == "ReturningToBaseline" else None
        told = wait_for("the loan to say why it waits", waits)["message"]
        self.assertRegex(told, r"taken-0 exists and was not made by Bursar.*waiting until 20\d\d-.*Z at the latest")
        stuck["spec"]["gateways"] = gateway("stuck-ratelimit")
        world.ENV.control_plane.apply(stuck)
        wait_for("the loan to be gone", lambda: not [
            item for item in world.ENV.control_plane.get("burstloan", "-n", "stuck")["items"]])
        world.ENV.kubectl("delete", "apol", "stuck")

    def test_a_denial_says_what_would_be_approved_and_that_is_then_approved(self):
        world.ENV.control_plane.apply([namespace("denied"), quota("denied", 1000)])
        wait_for("a budget", lambda: budget("denied"))
        start, end = utc_in(86_400), utc_in(90_000)
        world.ENV.control_plane.apply(loan("denied", 5000, start, end))
        self.wait_phase("denied", "Denied")
        status = loan_status("denied")
        self.assertEqual(status["decision"]["rule"], "OverBorrowingLimit")
        self.assertEqual(status["decision"]["largestApprovable"], 2000)
        self.assertIn("200 % of its baseline 1,000", status["decision"]["message"])
        world.ENV.control_plane.apply(loan("denied", 2000, start, end))
        self.wait_phase("denied", "Scheduled")

    def test_a_loan_for_a_team_of_another_namespace(self):
        world.ENV.control_plane.apply([namespace("stranger"), loan("stranger", 5, utc_in(60), utc_in(120), teamQuota="exact")])
        found = wait_for("a condition", lambda: condition(world.ENV.control_plane.get("burstloan", "-n", "stranger", "launch"),
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
        world.ENV.control_plane.apply(crowd)
        world.ENV.control_plane.apply([namespace(team) for team in teams])
        world.ENV.control_plane.apply([quota(team, 4000, policy="crowd") for team in teams])
        wait_for("every budget", lambda: (world.ENV.control_plane.get("apol", "crowd").get("status", {})
                                          .get("teamCount") == 200))
        start, end = utc_in(86_400), utc_in(90_000)
        asked = {team: 1500 + 37 * (index % 11) for index, team in enumerate(teams)}
        world.ENV.control_plane.apply([loan(team, tokens, start, end) for team, tokens in asked.items()])
        world.ENV.operator.kill()
        world.ENV.start_operator(status_max_age="1s")

        def decided():
            found = [item for item in world.ENV.control_plane.get("burstloan", "-A")["items"]
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
            world.ENV.control_plane.apply(loan(retry, left, start, end))
            self.wait_phase(retry, "Scheduled")
        world.ENV.kubectl("delete", "apol", "crowd")

    def test_a_promise_outlives_the_operator(self):
        world.ENV.control_plane.apply([namespace("keeper"), quota("keeper", 1000)])
        wait_for("a budget", lambda: budget("keeper"))
        world.ENV.control_plane.apply(loan("keeper", 700, utc_in(86_400), utc_in(90_000)))
        self.wait_phase("keeper", "Scheduled")
        before = loan_status("keeper")
        world.ENV.operator.kill()
        world.ENV.start_operator(status_max_age="1s")
        world.ENV.control_plane.apply([namespace("witness"), quota("witness", 5)])
        wait_for("the new operator", lambda: ready("witness"))
        self.assertEqual(loan_status("keeper"), before)
