"""What an operator on a real control plane tells the real Prometheus.

Needs BURSAR (the binary); starts everything else itself.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse
import urllib.request

from testenv import binaries
from testenv.control_plane import ControlPlane
from testenv.environment import wait_for
from testenv.processes import Process, free_port, http_ok

PLANE = None
FOLDER = None
PROMETHEUS = free_port()
METRICS = free_port()


def setUpModule():
    global PLANE, FOLDER
    FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="bursar-telemetry-"))
    unittest.addModuleCleanup(shutil.rmtree, FOLDER, ignore_errors=True)
    found = binaries.locate()
    PLANE = ControlPlane(found, FOLDER)
    unittest.addModuleCleanup(PLANE.stop)
    PLANE.start(controller_manager=False)
    PLANE.install_bursar()
    PLANE.apply([
        {"apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "main"},
         "spec": {"period": "Month",
                  "pools": [{"name": "chat", "models": ["gpt-4o"], "window": "Day", "tokensPerWindow": "10M"}],
                  "gateways": [{"name": "envoy", "type": "EnvoyRateLimit", "envoyRateLimit": {}}]}},
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "search"}}, quota(1000)])
    start_operator()
    start_prometheus(found["prometheus"])


def quota(forecast):
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota", "metadata": {"name": "search", "namespace": "search"},
            "spec": {"policy": "main", "team": "search", "requests": [{"pool": "chat", "forecast": forecast}]}}


def start(process):
    unittest.addModuleCleanup(process.stop)
    return process.start()


def start_operator():
    kubeconfig = PLANE.service_account_kubeconfig("bursar-operator")
    return start(Process("operator", [os.environ["BURSAR"], "operator", "--kubeconfig", kubeconfig,
                                      "--metrics-address", f"127.0.0.1:{METRICS}"],
                         PLANE.logs, lambda: http_ok(METRICS, "/metrics")))


def start_prometheus(binary):
    config = FOLDER / "prometheus.yaml"
    config.write_text(json.dumps({
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [{"job_name": "bursar", "static_configs": [{"targets": [f"127.0.0.1:{METRICS}"]}]}]}))
    start(Process("prometheus", [binary, f"--config.file={config}", f"--storage.tsdb.path={FOLDER / 'prometheus'}",
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
        PLANE.apply(quota(1000))

    def test_promtool_finds_nothing_to_complain_about(self):
        checked = subprocess.run(["promtool", "check", "metrics"], input=scraped(), capture_output=True, text=True, check=False)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
