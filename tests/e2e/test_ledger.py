"""The record of closed periods on real parts: minutes that close are recorded with what the provider served, to the
token, and with who was refused; over a crash exactly once.

Needs BURSAR (the binary); starts everything else itself. Two minutes of the clock have to pass; they are shared.
"""

import copy
import datetime
import json
import os
import subprocess
import time
import unittest

from testenv import environment as testenv_environment
from testenv import module_plane
from testenv.environment import Environment, condition, wait_for
from testenv.gateway import served_tokens
from testenv.traffic import call

ENV = None
TEAMS = ("steady", "limited", "quiet")
# So long after its end a window is closed (docs/adr/0012-ledger.md), and recorded a poll later.
CLOSING_SECONDS = 15


def team(name, forecast):
    return [module_plane.namespace(name), module_plane.quota(name, forecast)]


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def this_minute():
    return now().strftime("%Y-%m-%dT%H:%M:00Z")


def sleep_until_second(second):
    """Of this minute, or of the next where it has passed."""
    moment = now()
    time.sleep((second - moment.second - moment.microsecond / 1e6) % 60)


def ask(name, tokens):
    return call(ENV.gateway.ports["gateway"], f"sk-{name}", "gpt-4o", tokens // 2, tokens - tokens // 2)


def served(name):
    return served_tokens(ENV.gateway.served(), name)


def head():
    return ENV.control_plane.get("configmap", "-n", "bursar-system", "bursar-ledger.main")


def windows():
    """What is recorded, {start: {team: (forecast, baseline, consumed, windows, refused)}}; a window twice is an error."""
    found = {}
    for line in head()["data"]["records"].splitlines():
        for entry in json.loads(line.split(" ", 1)[1])["entries"]:
            if entry["from"] == entry["until"] or "gaps" in entry:
                continue
            assert entry["from"] not in found, f"{entry['from']} is recorded twice"
            found[entry["from"]] = {name: tuple(map(int, text.split()))
                                    for name, text in entry.get("teams", {}).items()}
    return found


def wait_recorded(minute):
    return wait_for(f"the record of {minute}", lambda: windows().get(minute), 60 + CLOSING_SECONDS + 10)


def slim(config_map):
    """As kubectl can replace it whatever was written since."""
    metadata = config_map["metadata"]
    return {"apiVersion": "v1", "kind": "ConfigMap", "data": config_map["data"],
            "metadata": {name: metadata[name] for name in ("name", "namespace", "labels", "annotations")}}


def bursar(*arguments):
    return subprocess.run([ENV.bursar, *arguments, "--kubeconfig", ENV.control_plane.kubeconfig], text=True,
                          capture_output=True, check=False)


def setUpModule():
    global ENV
    testenv_environment.TEAM_KEYS.update({f"sk-{name}": name for name in TEAMS})
    ENV = Environment(os.environ["BURSAR"])
    unittest.addModuleCleanup(ENV.__exit__)
    ENV.start_control_plane()
    ENV.start_traffic_plane()
    ENV.start_metering()
    ENV.start_operator(status_max_age="1s")
    ENV.control_plane.apply([module_plane.metered_policy(ENV.gateway.prometheus_url, "4s"), *team("steady", 1_000_000),
                             *team("limited", 1000), *team("quiet", 500)])
    wait_for("the limits", lambda: ENV.control_plane.get("configmap", "-n", "bursar-system", "-l",
                                                         "bursar.dev/gateway=main.envoy")["items"])
    ENV.start_limiter()
    wait_for("the limit of every team", lambda: all(
        f'"{name}"' in "".join(path.read_text() for path in ENV.gateway.limits.glob("*.yaml")) for name in TEAMS))
    time.sleep(0.5)


class Ledger(unittest.TestCase):
    def test_minutes_are_recorded_to_the_token_and_over_a_crash_exactly_once(self):
        if now().second > 35:  # what is served must also be scraped within its minute
            sleep_until_second(1)
        first = this_minute()
        self.assertEqual([ask("steady", 137) for _ in range(5)], [200] * 5)
        answers = [ask("limited", 400) for _ in range(6)]
        self.assertIn(429, answers)
        expected = {name: served(name) for name in TEAMS}
        self.assertEqual(expected["steady"], 5 * 137)
        self.assertEqual(this_minute(), first)

        sleep_until_second(1)
        second = this_minute()
        self.assertEqual(ask("steady", 1001), 200)
        recorded = wait_recorded(first)
        self.assertEqual(recorded, {"steady": (1_000_000, 1_000_000, expected["steady"], 1, 0),
                                    "limited": (1000, 1000, expected["limited"], 1, 1),
                                    "quiet": (500, 500, 0, 1, 0)})
        ENV.operator.kill()
        self.assertEqual(ask("limited", 10), 200)  # while no operator runs
        self.assertEqual(this_minute(), second)
        sleep_until_second(2)
        ENV.start_operator(status_max_age="1s")
        recorded = wait_recorded(second)
        self.assertEqual(recorded, {"steady": (1_000_000, 1_000_000, 1001, 1, 0), "limited": (1000, 1000, 10, 1, 0),
                                    "quiet": (500, 500, 0, 1, 0)})
        total = {name: sum(teams[name][2] for teams in windows().values() if name in teams) for name in TEAMS}
        self.assertEqual(total, {name: served(name) for name in TEAMS})
        wait_for("the condition", lambda: self.record_condition("True"))
        self.check_command_line()


    def check_command_line(self):
        verified = bursar("ledger", "verify", "--policy", "main")
        self.assertEqual(verified.returncode, 0, verified.stderr)
        shown = json.loads(bursar("ledger", "show", "-o", "json").stdout)
        self.assertEqual(shown["policies"][0]["pools"][0]["name"], "chat")
        before = head()
        changed = copy.deepcopy(before)
        changed["data"]["records"] = before["data"]["records"].replace(" 1001 1 0", " 1 1 0")
        ENV.operator.stop()  # it would find a conflict and read again; here only the store is looked at
        ENV.control_plane.apply(slim(changed))
        broken = bursar("ledger", "verify")
        self.assertEqual(broken.returncode, 2)
        self.assertRegex(broken.stderr, r"main: record \d+ is broken: its content is not what its hash says")
        ENV.start_operator(status_max_age="1s")
        found = wait_for("the condition", lambda: self.record_condition("False"))
        self.assertEqual(found["reason"], "LedgerNotRead")
        self.assertIn("is broken", found["message"])
        ENV.control_plane.apply(slim(before))
        wait_for("the record again", lambda: self.record_condition("True"), 90)

    def record_condition(self, status):
        found = condition(ENV.control_plane.get("apol", "main"), "RecordUpToDate")
        return found if found and found["status"] == status else None


if __name__ == "__main__":
    unittest.main()
