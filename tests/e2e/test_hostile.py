"""Neighbours that speak Latin-1: finance's webhook refuses with a page that is no UTF-8, and Prometheus answers with one. The
operator stays up, and conditions tell what was said, with U+FFFD for what cannot be read.

Needs BURSAR (the binary); starts everything else itself.
"""

import http.client
import http.server
import os
import re
import threading
import unittest

from testenv import closing
from testenv.environment import Environment, condition, wait_for
from testenv.fault_proxy import Fault, FaultProxy
from testenv.processes import Process, free_port, http_ok

PAGE = "<h1>Zugriff verweigert für diesen Empfänger</h1>".encode("latin-1")
READ = "<h1>Zugriff verweigert f\N{REPLACEMENT CHARACTER}r diesen Empf\N{REPLACEMENT CHARACTER}nger</h1>"
METRICS_PORT = free_port()
ENV, PROMETHEUS, FINANCE = None, None, None


class Finance(http.server.BaseHTTPRequestHandler):
    """Refuses every statement."""

    asked = 0

    def log_message(self, format, *arguments):  # noqa: A002 (the base class's name)
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        Finance.asked += 1
        self.send_response(403)
        self.send_header("Content-Type", "text/html; charset=iso-8859-1")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)


def setUpModule():  # noqa: N802 (unittest's name)
    global ENV, PROMETHEUS, FINANCE
    ENV = Environment(os.environ["BURSAR"])
    unittest.addModuleCleanup(ENV.__exit__)
    ENV.start_control_plane()
    ENV.gateway.start_prometheus()
    PROMETHEUS = FaultProxy(ENV.gateway.ports["prometheus"]).start()
    unittest.addModuleCleanup(PROMETHEUS.stop)
    FINANCE = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Finance)
    unittest.addModuleCleanup(FINANCE.server_close)
    unittest.addModuleCleanup(FINANCE.shutdown)
    threading.Thread(target=FINANCE.serve_forever, daemon=True).start()
    ENV.control_plane.apply([closing.metered_last_month(), policy()])
    kubeconfig = ENV.control_plane.service_account_kubeconfig("bursar-operator")
    ENV.operator = Process("operator", [ENV.bursar, "operator", "--kubeconfig", kubeconfig, "--status-max-age", "500ms",
                                        "--leader-elect=false", "--metrics-address", f"127.0.0.1:{METRICS_PORT}"],
                           ENV.control_plane.logs, lambda: http_ok(METRICS_PORT, "/metrics"))
    ENV.operator.start()


def policy():
    made = closing.policy(FINANCE.server_port)
    del made["spec"]["chargeback"]["delivery"]["webhook"]["hmacSecretRef"]
    made["spec"]["usage"]["prometheus"] = {"url": f"http://127.0.0.1:{PROMETHEUS.port}", "pollInterval": "300ms",
                                           "staleAfter": "2s"}
    return made


def exceptions():
    """Exceptions that threads of the operator caught, by thread."""
    connection = http.client.HTTPConnection("127.0.0.1", METRICS_PORT, timeout=5)
    try:
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
    finally:
        connection.close()
    return {thread: float(value) for thread, value in
            re.findall(r'^bursar_thread_exceptions_total\{thread="([^"]+)"\} (\S+)$', text, re.MULTILINE)}


class Latin1(unittest.TestCase):
    def wait_condition(self, kind, status, contains=""):
        def there():
            found = condition(ENV.control_plane.get("allocationpolicy", "main"), kind)
            return found and found["status"] == status and contains in found["message"]
        try:
            wait_for(f"{kind} to be {status} and to say {contains!r}", there, 60)
        except AssertionError as late:
            found = condition(ENV.control_plane.get("allocationpolicy", "main"), kind)
            raise AssertionError(f"{late}: it is {found}; {ENV.operator.log_tail()}") from None

    def tearDown(self):
        self.assertTrue(ENV.operator.running(), ENV.operator.log_tail())
        self.assertEqual(set(exceptions().values()), {0.0}, exceptions())

    def test_the_webhook(self):
        self.wait_condition("StatementsDelivered", "False", f"HTTP 403: {READ}")
        asked = Finance.asked
        wait_for("finance to be asked again", lambda: Finance.asked > asked, 60)

    def test_prometheus_refuses(self):
        PROMETHEUS.set(Fault(status=500, body=PAGE))
        self.addCleanup(PROMETHEUS.clear)
        self.wait_condition("UsageFresh", "False", f"HTTP 500: {READ}")

    def test_prometheus_answers_no_utf8(self):
        PROMETHEUS.set(Fault(status=200, body=b'{"status": "error", "error": "' + PAGE + b'"}'))
        self.addCleanup(PROMETHEUS.clear)
        self.wait_condition("UsageFresh", "False", "ill-formed UTF-8 byte")


if __name__ == "__main__":
    unittest.main()
