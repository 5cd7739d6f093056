"""What an operator on a real control plane tells the real Prometheus.

Needs BURSAR (the binary); starts everything else itself.
"""

import json
import os
import signal
import subprocess
import unittest
import urllib.parse
import urllib.request

from testenv import module_plane
from testenv.environment import wait_for
from testenv.processes import Process, free_port, http_ok

PLANE = None
OPERATOR = None
PROMETHEUS = free_port()
METRICS = free_port()


def setUpModule():
    global PLANE, OPERATOR
    PLANE = module_plane.start("telemetry", data_plane=True)
    PLANE.apply([module_plane.policy("10M"), module_plane.namespace("search"), module_plane.quota("search", 1000)])
    OPERATOR = start_operator()
    start_prometheus(PLANE.binaries["prometheus"])


def start(process):
    unittest.addModuleCleanup(process.stop)
    return process.start()


def start_operator():
    kubeconfig = PLANE.service_account_kubeconfig("bursar-operator")
    return start(Process("operator", [os.environ["BURSAR"], "operator", "--kubeconfig", kubeconfig,
                                      "--metrics-address", f"127.0.0.1:{METRICS}", "--log-format", "json"],
                         PLANE.logs, lambda: http_ok(METRICS, "/metrics")))


def start_prometheus(binary):
    config = PLANE.folder / "prometheus.yaml"
    config.write_text(json.dumps({
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [{"job_name": "bursar", "static_configs": [{"targets": [f"127.0.0.1:{METRICS}"]}]}]}))
    start(Process("prometheus", [binary, f"--config.file={config}", f"--storage.tsdb.path={PLANE.folder / 'prometheus'}",
                                 f"--web.listen-address=127.0.0.1:{PROMETHEUS}", "--log.level=warn"],
                  PLANE.logs, lambda: http_ok(PROMETHEUS, "/-/ready")))


def scraped():
    with urllib.request.urlopen(f"http://127.0.0.1:{METRICS}/metrics", timeout=5) as answer:
        return answer.read().decode()


def query(expression):
    """Values by their labels, without name, job and instance."""
    url = f"http://127.0.0.1:{PROMETHEUS}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(url, timeout=5) as answer:
        result = json.load(answer)["data"]["result"]
    own = {"__name__", "job", "instance"}
    return [({label: value for label, value in series["metric"].items() if label not in own}, float(series["value"][1]))
            for series in result]


class Telemetry(unittest.TestCase):
    def test_prometheus_has_what_was_decided_and_loses_who_is_gone(self):
        team = {"policy": "main", "namespace": "search", "team": "search"}
        wait_for("the grant in Prometheus",
                 lambda: query("bursar_team_granted_tokens") == [({**team, "pool": "chat"}, 1000.0)])
        wait_for("the team to be ready", lambda: query("bursar_team_ready") == [(team, 1.0)])
        self.assertEqual(query("bursar_pool_capacity_tokens"), [({"policy": "main", "pool": "chat"}, 10_000_000.0)])
        self.assertEqual(query('bursar_policy_condition{type="GatewayProgrammed"} == 1'),
                         [({"policy": "main", "type": "GatewayProgrammed", "status": "True"}, 1.0)])
        self.assertGreater(query("bursar_decisions_total")[0][1], 0)
        PLANE.kubectl("delete", "teamquota", "-n", "search", "search")
        wait_for("the team to be gone", lambda: query("bursar_team_granted_tokens") == [])
        PLANE.apply(module_plane.quota("search", 1000))

    def test_the_runtime_is_counted_and_drift_is_told_from_change(self):
        wait_for("the leader in Prometheus", lambda: query("leader_election_master_status") == [({"name": "bursar"}, 1.0)])
        host = PLANE.url.removeprefix("https://")
        self.assertGreater(query(f'rest_client_requests_total{{code="200", method="GET", host="{host}"}}')[0][1], 0)
        self.assertEqual(query(f'rest_client_requests_total{{host!="{host}"}}'), [])
        self.assertGreater(query('workqueue_adds_total{name="status"}')[0][1], 0)
        self.assertGreater(query("process_open_fds")[0][1], 0)
        gateway = {"policy": "main", "gateway": "envoy"}
        self.assertEqual(query("bursar_gateway_drift_repaired_total"), [(gateway, 0.0)])
        PLANE.kubectl("delete", "configmap", "-n", "bursar-system", "-l", "bursar.dev/gateway=main.envoy")
        wait_for("the repair to be counted", lambda: query("bursar_gateway_drift_repaired_total") == [(gateway, 1.0)])
        self.assertEqual(query("bursar_gateway_errors_total"), [(gateway, 0.0)])

    def test_a_loan_is_counted_once_when_it_is_decided(self):
        PLANE.apply({"apiVersion": "bursar.dev/v1alpha1", "kind": "BurstLoan", "metadata": {"name": "hasty", "namespace": "search"},
                     "spec": {"teamQuota": "search", "pool": "chat", "tokens": 100, "start": "2099-12-01T08:00:00Z",
                              "end": "2099-12-01T20:00:00Z", "reason": "because"}})
        denied = {"policy": "main", "pool": "chat", "decision": "denied", "rule": "ReasonTooShort"}
        wait_for("the denial to be counted", lambda: query("bursar_loan_decisions_total") == [(denied, 1.0)])
        wait_for("the loan in its phase", lambda: query('bursar_loans{phase="Denied"}')[0][1] == 1)
        self.assertEqual(query("bursar_loan_decisions_total"), [(denied, 1.0)])
        self.assertEqual(query('bursar_events_total{reason="Denied"}'), [({"type": "Warning", "reason": "Denied"}, 1.0)])

    def test_logs_are_json_and_their_level_moves_while_it_runs(self):
        def messages():
            return [json.loads(line)["msg"] for line in OPERATOR.log.read_text().splitlines()]

        wait_for("the limits to be published", lambda: "limits published" in messages())
        self.assertNotIn("request", messages())
        OPERATOR.child.send_signal(signal.SIGUSR1)
        wait_for("requests in the log", lambda: "request" in messages())
        OPERATOR.child.send_signal(signal.SIGUSR2)
        wait_for("the level to be back", lambda: messages().count("log level changed") == 2)
        before = messages().count("request")
        self.addCleanup(PLANE.apply, module_plane.quota("search", 1000))
        PLANE.apply(module_plane.quota("search", 2000))
        wait_for("a decision", lambda: PLANE.get("teamquota", "-n", "search", "search")["status"]["budgets"][0]["granted"] == 2000)
        self.assertLessEqual(messages().count("request"), before + 1)  # one may have been under way

    def test_promtool_finds_nothing_to_complain_about(self):
        checked = subprocess.run(["promtool", "check", "metrics"], input=scraped(), capture_output=True, text=True, check=False)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
