"""The ledger in PostgreSQL goes away while the operator runs, and is away when it starts: no grant changes, conditions say
so, and afterwards every minute is recorded once.

Needs BURSAR (the binary); starts everything else itself. A minute of the clock has to end while the server is away.
"""

import datetime
import json
import os
import signal
import subprocess
import unittest

from testenv import module_plane
from testenv.environment import Environment, condition, wait_for
from testenv.postgres import Postgres
from testenv.processes import Process

TEAM = "steady"
FORECAST = 900_000
ENV, DATABASE = None, None


def setUpModule():
    global ENV, DATABASE
    DATABASE = Postgres()
    unittest.addModuleCleanup(DATABASE.stop)
    DATABASE.start()
    ENV = Environment(os.environ["BURSAR"])
    unittest.addModuleCleanup(ENV.__exit__)
    ENV.start_control_plane()
    ENV.start_metering()
    kubeconfig = ENV.control_plane.service_account_kubeconfig("bursar-operator")
    ENV.operator = Process("operator", [ENV.bursar, "operator", "--kubeconfig", kubeconfig, "--status-max-age", "1s",
                                        "--leader-elect=false", "--ledger", "postgresql"],
                           ENV.control_plane.logs, lambda: True, DATABASE.environment)
    ENV.operator.start()
    ENV.control_plane.apply([module_plane.metered_policy(ENV.gateway.prometheus_url, "10s"), module_plane.namespace(TEAM),
                             module_plane.quota(TEAM, FORECAST)])
    wait_for("the first limits", limits)
    ENV.start_limiter()


def limits():
    items = ENV.control_plane.get("configmap", "-n", "bursar-system", "-l", "bursar.dev/gateway=main.envoy")["items"]
    return [item["data"] for item in items]


def granted():
    budgets = ENV.team_quota(TEAM, TEAM).get("status", {}).get("budgets", [])
    return budgets[0]["granted"] if budgets else None


def told(reason):
    return sum(event.get("count") or 1 for event in ENV.control_plane.get("events", "-A")["items"]
               if event["reason"] == reason)


def recorded_minutes():
    """The beginnings of the minutes that are recorded, in order, each as often as it is."""
    lines = subprocess.run(["psql", "-At", "-c", "SELECT line FROM bursar.record WHERE kind = 'windows' ORDER BY seq"],
                           env=dict(os.environ, **DATABASE.environment), check=True, capture_output=True, text=True).stdout
    return [datetime.datetime.fromisoformat(entry["from"].replace("Z", "+00:00"))
            for line in lines.splitlines() for entry in json.loads(line.split(" ", 1)[1])["entries"]
            if entry["from"] != entry["until"]]


def wait_record(status, reason, timeout):
    def there():
        found = condition(ENV.control_plane.get("allocationpolicy", "main"), "RecordUpToDate")
        return found if found and (found["status"], found["reason"]) == (status, reason) else None
    return wait_for(f"RecordUpToDate to be {status} {reason}; the log ends {ENV.operator.log_tail()}", there, timeout)


class PostgreSql(unittest.TestCase):
    def test_it_goes_away_and_comes_back(self):
        wait_record("True", "Recorded", 60)
        before = limits()
        DATABASE.server.child.send_signal(signal.SIGQUIT)  # at once, as a machine that loses power
        DATABASE.server.child.wait(20)
        found = wait_record("False", "LedgerNotWritten", 120)
        self.assertIn("PostgreSQL cannot be reached", found["message"])
        self.assertGreater(told("LedgerNotWritten"), 0)
        self.assertEqual((granted(), limits()), (FORECAST, before))

        ENV.operator.kill()  # it starts without its ledger: the statuses stand in for it
        ENV.operator.start()
        found = wait_record("False", "LedgerNotRead", 60)
        self.assertIn("PostgreSQL cannot be reached", found["message"])
        wait_for("an event", lambda: told("LedgerNotRead") > 0)
        self.assertEqual((granted(), limits()), (FORECAST, before))

        DATABASE.server.start()
        wait_record("True", "Recorded", 90)
        wait_for("an event", lambda: told("Recorded") > 0)
        self.assertEqual((granted(), limits()), (FORECAST, before))
        self.assertTrue(ENV.operator.running())
        self.record_is_whole()

    def record_is_whole(self):
        os.environ.update(DATABASE.environment)
        ENV.bursar_output("ledger", "verify", "--ledger", "postgresql")
        minutes = recorded_minutes()
        self.assertGreaterEqual(len(minutes), 1)
        self.assertEqual(minutes, [minutes[0] + datetime.timedelta(minutes=at) for at in range(len(minutes))])


if __name__ == "__main__":
    unittest.main()
