"""A client certificate that expires while the operator runs, and is replaced on disk: it goes on without a restart.

Needs BURSAR (the binary); starts everything else itself. The token and the authority are rotated in test_faults.py.
"""

import os
import shutil
import time
import unittest
import urllib.request

from testenv import module_plane
from testenv.environment import wait_for
from testenv.processes import Process, free_port, http_ok

LIFETIME = 30  # seconds that the first certificate is good for; the operator starts within it
PLANE, METRICS = None, free_port()


def setUpModule():
    global PLANE
    PLANE = module_plane.start("rotation")
    PLANE.apply([module_plane.policy("10M"), module_plane.namespace("search"), module_plane.quota("search", 1000)])


def granted():
    budgets = PLANE.get("teamquota", "-n", "search", "search").get("status", {}).get("budgets", [])
    return budgets[0]["granted"] if budgets else None


def series(name):
    """The lines of a metric."""
    with urllib.request.urlopen(f"http://127.0.0.1:{METRICS}/metrics", timeout=5) as answer:
        return [line for line in answer.read().decode().splitlines() if line.startswith(name)]


class ClientCertificate(unittest.TestCase):
    def issue(self, name, **lifetime):
        return PLANE.authority.issue(name, "/O=system:masters/CN=bursar-operator", **lifetime)

    def test_it_expires_and_is_replaced_on_disk(self):
        certificate, key = PLANE.folder / "client.crt", PLANE.folder / "client.key"
        for source, target in zip(self.issue("short", seconds=LIFETIME), (certificate, key)):
            shutil.copy(source, target)
        expires = time.time() + LIFETIME
        kubeconfig = PLANE.folder / "rotated.kubeconfig"
        PLANE.write_kubeconfig_of_files(kubeconfig, certificate, key)
        operator = Process("operator", [os.environ["BURSAR"], "operator", "--kubeconfig", kubeconfig, "--leader-elect=false",
                                        "--metrics-address", f"127.0.0.1:{METRICS}"],
                           PLANE.logs, lambda: http_ok(METRICS, "/metrics"))
        self.addCleanup(operator.stop)
        operator.start()
        wait_for("the grant", lambda: granted() == 1000)
        told = series("bursar_client_certificate_expiration_timestamp_seconds{")
        self.assertAlmostEqual(float(told[0].split()[-1]), expires, delta=10)

        time.sleep(max(0, expires + 2 - time.time()))
        PLANE.apply(module_plane.quota("search", 2000))
        wait_for("the refusal", lambda: "the client certificate expired at 20" in operator.log_tail(40))
        wait_for("the metric", lambda: series('bursar_policy_condition{policy="main",type="GatewayProgrammed",status="False"} 1'))
        self.assertTrue(series('rest_client_requests_total{code="401"'))
        self.assertEqual(granted(), 1000)

        fresh = self.issue("fresh")
        shutil.copy(fresh[1], key)  # half of the pair is not taken
        wait_for("half of the pair to be left aside",
                 lambda: "the client key is not that of the client certificate" in operator.log_tail(40))
        shutil.copy(fresh[0], certificate)
        wait_for("the new grant", lambda: granted() == 2000)
        wait_for("the limits", lambda: series('bursar_policy_condition{policy="main",type="GatewayProgrammed",status="True"} 1'))
        self.assertTrue(operator.running())
        told = series("bursar_client_certificate_expiration_timestamp_seconds{")
        self.assertGreater(float(told[0].split()[-1]), time.time() + 3600)


if __name__ == "__main__":
    unittest.main()
