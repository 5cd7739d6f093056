"""The chart's dashboard on real parts: an operator that decides, a Prometheus that scrapes it, and the queries of every panel.

Only the gateway is a stand-in here: a meter that counts what `Meter.use` says. `python3 -m testenv.dashboard BURSAR
docs/pictures/dashboard.png 5` lets three teams work for five minutes and takes the picture.
"""

import datetime
import http.server
import json
import pathlib
import random
import re
import shutil
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

from testenv import binaries
from testenv.control_plane import OPERATOR_NAMESPACE, ControlPlane
from testenv.environment import condition, wait_for
from testenv.helm import CHART
from testenv.processes import Process, free_port, http_ok

TEAMS = {"research": ("CC-1041", {"chat": "400k"}), "storefront": ("CC-2007", {"chat": "300k", "embed": "60k"}),
         "insights": ("CC-3310", {"chat": "2M", "embed": "20k"})}
MODELS = {"chat": "gpt-4o", "embed": "text-embedding-3-small"}
UNPRICED = "gpt-4o-preview"  # so that there is a condition to show
PROMETHEUS = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
- job_name: gateway
  static_configs: [{{targets: ["127.0.0.1:{meter}"]}}]
- job_name: bursar
  honor_labels: true
  static_configs: [{{targets: ["127.0.0.1:{operator}"], labels: {{pod: bursar-0}}}}]
"""


class Meter:
    """Serves the counters of a gateway on a loopback port of its own."""

    def __init__(self):
        self.counters = {}
        self.started = time.time()
        meter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = meter.exposition().encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.port = free_port()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.handle_error = lambda *_: None  # a scrape that did not wait for its answer is made again
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def use(self, team, pool, model, tokens):
        for kind, share in (("input", 0.6), ("cached_input", 0.1), ("output", 0.3)):
            key = team, pool, model, kind
            self.counters[key] = self.counters.get(key, 0) + int(tokens * share)

    def exposition(self):
        lines = [f"process_start_time_seconds {self.started:.3f}"]
        for (team, pool, model, kind), value in list(self.counters.items()):
            lines.append(f'bursar_gateway_tokens_total{{team="{team}",pool="{pool}",model="{model}",token_type="{kind}"}} {value}')
        return "\n".join(lines) + "\n"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def in_seconds(seconds):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Scenario:
    """Use as a context manager; everything that was started is stopped."""

    def __init__(self, bursar):
        self.bursar = pathlib.Path(bursar).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bursar-dashboard-"))
        self.plane = ControlPlane(binaries.locate(data_plane=False), self.folder)
        self.meter = Meter()
        self.ports = {name: free_port() for name in ("operator", "prometheus")}
        self.processes = []

    def __enter__(self):
        try:
            self.plane.start(controller_manager=False)
            self.plane.install_bursar()
            self._start_prometheus()
            self._start_operator()
            self._apply()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.stop()
        self.plane.stop()
        self.meter.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start_prometheus(self):
        port, config = self.ports["prometheus"], self.folder / "prometheus.yaml"
        config.write_text(PROMETHEUS.format(meter=self.meter.port, operator=self.ports["operator"]))
        self.processes.append(Process(
            "prometheus", [shutil.which("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={self.folder / 'tsdb'}",
                           f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"],
            self.plane.logs, lambda: http_ok(port, "/-/ready")).start())

    def _start_operator(self):
        port = self.ports["operator"]
        self.processes.append(Process(
            "operator", [self.bursar, "operator", "--kubeconfig", self.plane.service_account_kubeconfig("bursar-operator"),
                         "--metrics-address", f"127.0.0.1:{port}"],
            self.plane.logs, lambda: http_ok(port, "/metrics")).start())

    def _apply(self):
        self.plane.apply({
            "apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "main"},
            "spec": {
                "period": "Quarter",
                "pools": [{"name": "chat", "models": ["gpt-4o*"], "window": "Day", "tokensPerWindow": "1M"},
                          {"name": "embed", "models": [MODELS["embed"]], "window": "Hour", "tokensPerWindow": "120k"}],
                "allocation": {"weights": [{"team": "storefront", "weight": 300}]},
                "pricing": {"currency": "EUR", "models": [
                    {"model": model, "effectiveFrom": "2026-01-01", "inputPerMillion": price, "outputPerMillion": price}
                    for model, price in ((MODELS["chat"], "10.00"), (MODELS["embed"], "0.02"))]},
                "gateways": [{"name": "envoy", "type": "EnvoyRateLimit", "envoyRateLimit": {}}],
                "usage": {"type": "Prometheus", "prometheus": {
                    "url": f"http://127.0.0.1:{self.ports['prometheus']}", "selector": {"job": "gateway"},
                    "pollInterval": "1s", "staleAfter": "30s"}}}})
        for team, (cost_center, forecasts) in TEAMS.items():
            requests = [{"pool": pool, "forecast": forecast} for pool, forecast in forecasts.items()]
            self.plane.apply([
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": team}},
                {"apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota", "metadata": {"name": team, "namespace": team},
                 "spec": {"policy": "main", "team": team, "costCenter": cost_center, "requests": requests}}])
        for team in TEAMS:
            wait_for(f"{team} to be Ready", lambda name=team: (condition(
                self.plane.get("teamquota", "-n", name, name), "Ready") or {}).get("status") == "True")
        self._ask("storefront", 60_000)
        self._ask("research", 900_000)

    def _ask(self, team, tokens):
        self.plane.apply({
            "apiVersion": "bursar.dev/v1alpha1", "kind": "BurstLoan", "metadata": {"name": "launch", "namespace": team},
            "spec": {"teamQuota": team, "pool": "chat", "tokens": tokens, "start": in_seconds(15), "end": in_seconds(7200),
                     "reason": "Launch of the new product assistant"}})

    def drift(self):
        """Somebody deletes what Bursar wrote."""
        self.plane.kubectl("delete", "configmap", "-n", OPERATOR_NAMESPACE, "-l", "bursar.dev/gateway=main.envoy")

    # What Grafana would ask

    def ask(self, path, **parameters):
        url = f"http://127.0.0.1:{self.ports['prometheus']}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.loads(answer.read())["data"]["result"]

    def answer(self, target, seconds):
        """Series of a panel's target over the last seconds, or its instant vector."""
        expression = expanded(target["expr"])
        if target.get("instant"):
            return self.ask("query", query=expression)
        now = time.time()
        return self.ask("query_range", query=expression, start=now - seconds, end=now, step=max(1, seconds // 200))


def expanded(expression):
    """With every variable of the dashboard at its default."""
    values = {"__rate_interval": "10s", "lease": "bursar"}
    return re.sub(r"\$(\w+)", lambda match: values.get(match[1], ".*"), expression)


def panels():
    text = (CHART / "files" / "dashboard.json").read_text()
    return json.loads(text)["panels"]


def work(scenario, seconds):
    """Research in waves that reach its grant, storefront evenly, insights now and then. The same run each time."""
    dice = random.Random(7)
    begin = time.monotonic()
    while (passed := time.monotonic() - begin) < seconds:
        part = passed / seconds
        scenario.meter.use("research", "chat", MODELS["chat"], 238_000 / seconds * (2.4 if part % 0.25 < 0.1 else 0.35))
        scenario.meter.use("storefront", "chat", MODELS["chat"], 210_000 / seconds)
        scenario.meter.use("storefront", "embed", MODELS["embed"], 40_000 / seconds)
        if dice.random() < 0.2:
            scenario.meter.use("insights", "chat", MODELS["chat"], 400_000 / seconds)
        if dice.random() < 0.1:
            scenario.meter.use("insights", "embed", MODELS["embed"], 90_000 / seconds)
        time.sleep(1)


def main():
    from testenv import dashboard_page  # needs a browser, which the tests of the queries do not
    bursar, picture, minutes = sys.argv[1], pathlib.Path(sys.argv[2]), float(sys.argv[3])
    with Scenario(bursar) as scenario:
        scenario.meter.use("insights", "chat", UNPRICED, 1000)
        threading.Timer(minutes * 30, scenario.drift).start()
        work(scenario, minutes * 60)
        picture.write_bytes(dashboard_page.picture(scenario, panels(), int(minutes * 60)))


if __name__ == "__main__":
    main()
