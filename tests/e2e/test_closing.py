"""A statement on the real control plane: closed from what was metered last month, kept, sent to a webhook, verified.

Needs BURSAR (the binary); starts everything else itself. A month cannot be waited for, so what was metered in the last
one is written as an operator would have written it; from there on nothing is made up.
"""

import hashlib
import hmac
import json
import os
import subprocess
import unittest

from testenv.closing import Receiver, last_month, metered_last_month, policy, webhook_secret
from testenv.control_plane import KubectlError
from testenv.environment import Environment, condition, wait_for

ENV = None
SECRET = "not-to-be-seen-anywhere"  # noqa: S105 (of a test)


def setUpModule():  # noqa: N802 (unittest's name)
    global ENV
    ENV = Environment(os.environ["BURSAR"])
    ENV.start_control_plane()
    ENV.receiver = Receiver.start()
    ENV.control_plane.apply([metered_last_month(), webhook_secret(SECRET), policy(ENV.receiver.server_port)])
    ENV.start_operator(status_max_age="500ms")


def tearDownModule():  # noqa: N802
    ENV.receiver.shutdown()
    ENV.receiver.server_close()
    ENV.stop()


def period():
    return last_month()[0].strftime("%Y-%m")


def the_policy():
    return ENV.control_plane.get("allocationpolicy", "main")


def statements():
    return the_policy().get("status", {}).get("chargeback", {}).get("statements", [])


def delivered():
    return (condition(the_policy(), "StatementsDelivered") or {}).get("status") == "True"


def verify():
    return subprocess.run([ENV.bursar, "ledger", "verify", "--kubeconfig", ENV.control_plane.kubeconfig], check=False,
                          capture_output=True, text=True)


class Statements(unittest.TestCase):
    def test_1_closed_and_delivered(self):
        wait_for("the statement to be delivered", lambda: statements() and delivered(), 60)
        (closed,) = statements()
        self.assertEqual(closed["period"], period())
        # 1.5 · 2.50 = 3.75; 0.5 · 1.25 = 0.625, to the even 0.62; 0.25 · 10 = 2.50. What has no price is in no amount.
        self.assertEqual(closed["amount"], "6.87")
        first, second = Receiver.received[0], Receiver.received[-1]
        self.assertEqual(len(Receiver.received), 2)
        path, headers, body = second
        self.assertEqual(path, "/hook?token=query-secret")
        self.assertEqual(first[2], body)
        self.assertEqual(first[1]["Idempotency-Key"], headers["Idempotency-Key"])
        self.assertEqual(hashlib.sha256(body).hexdigest(), closed["sha256"])
        stamp, signature = headers["X-Bursar-Signature"].split(",")
        meant = hmac.new(SECRET.encode(), stamp[2:].encode() + b"." + body, hashlib.sha256).hexdigest()
        self.assertEqual(signature, f"v1={meant}")

    def test_2_what_finance_reads(self):
        kept = json.loads(ENV.bursar_output("statement", "--period", period(), "-o", "json"))
        self.assertEqual(kept, json.loads(Receiver.received[-1][2]))
        self.assertEqual([(line["team"], line["model"], line["tokenType"], line["amount"]) for line in kept["lines"]],
                         [("stray", "=cmd()", "input", "0.00"), ("research", "gpt-4o", "input", "3.75"),
                          ("research", "gpt-4o", "cached_input", "0.62"), ("research", "gpt-4o", "output", "2.50")])
        self.assertEqual(kept["unpricedModels"], ["=cmd()"])
        self.assertEqual(kept["gaps"][0]["why"], "The meter was away.")
        table = ENV.bursar_output("statement", "--period", period())
        self.assertIn("The meter was away.", table)
        self.assertNotIn("\n=cmd()", ENV.bursar_output("statement", "--period", period(), "-o", "csv").replace(",", "\n"))

    def test_3_a_restart_sends_nothing_again(self):
        ENV.operator.stop()
        ENV.start_operator(status_max_age="500ms")
        ENV.kubectl("patch", "allocationpolicy", "main", "--type=merge", "-p", '{"spec":{"charter":{"sponsor":"CEO"}}}')
        wait_for("the operator to have seen the change",
                 lambda: the_policy()["status"].get("observedGeneration") == the_policy()["metadata"]["generation"], 30)
        wait_for("its word on deliveries", delivered, 30)
        self.assertEqual(len(Receiver.received), 2)

    def test_4_no_secret_anywhere(self):
        everything = json.dumps(the_policy()["status"]) + ENV.kubectl("get", "events", "-A", "-o", "json")
        logs = list(ENV.control_plane.logs.glob("operator*"))
        self.assertTrue(logs)
        everything += "".join(path.read_text(errors="replace") for path in logs)
        self.assertNotIn(SECRET, everything)
        self.assertNotIn("query-secret", everything)

    def test_5_altered_statement_is_found(self):
        self.assertEqual(verify().returncode, 0, verify().stderr)
        name = "bursar-statement.main." + period()
        kept = ENV.control_plane.get("configmap", "-n", "bursar-system", name)
        with self.assertRaises(KubectlError):  # immutable
            ENV.kubectl("patch", "configmap", "-n", "bursar-system", name, "--type=merge", "-p", '{"data":{"statement":"{}"}}')
        ENV.kubectl("delete", "configmap", "-n", "bursar-system", name)
        altered = {"apiVersion": "v1", "kind": "ConfigMap", "immutable": True,
                   "metadata": {key: kept["metadata"][key] for key in ("name", "namespace", "labels", "annotations")},
                   "data": {"statement": kept["data"]["statement"].replace('"3.75"', '"3.74"')}}
        ENV.kubectl("create", "-f", "-", stdin=json.dumps(altered))
        found = verify()
        self.assertEqual(found.returncode, 2)
        self.assertIn(period(), found.stderr)


if __name__ == "__main__":
    unittest.main()
