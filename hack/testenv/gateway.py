"""The gateway: Redis, envoyproxy/ratelimit with Bursar's sidecar, Envoy, Prometheus, and the stand-in provider."""

import http.client
import json
import pathlib
import string
import sys

from testenv.processes import Process, free_port, http_ok, tcp_open

HERE = pathlib.Path(__file__).resolve().parent


class Gateway:
    """`teams` maps API keys to team names, `pools` pool names to the models sold from them."""

    def __init__(self, binaries, folder, teams, pools):
        self.binaries = binaries
        self.folder = folder
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.teams = teams
        self.pools = pools
        self.limits = folder / "ratelimit" / "limits" / "config"
        self.limits.mkdir(parents=True, exist_ok=True)
        names = ("redis", "ratelimit", "ratelimit_http", "ratelimit_debug", "metrics", "provider", "gateway", "open",
                 "admin", "prometheus")
        self.ports = {name: free_port() for name in names}
        self.processes = []
        self.sync = None

    def _add(self, process):
        self.processes.append(process)
        return process.start()

    def _render(self, name, **values):
        target = self.folder / name
        text = string.Template((HERE / "config" / name).read_text()).safe_substitute(values)
        target.write_text(text)
        return target

    def start_provider(self):
        port = self.ports["provider"]
        self._add(Process("provider", [sys.executable, "-m", "testenv.provider", port], self.logs,
                          lambda: http_ok(port, "/healthz"), {"PYTHONPATH": str(HERE.parent)}))

    def start_envoy(self):
        models = sorted(model for sold in self.pools.values() for model in sold)
        expression = "'none'"
        for pool, sold in sorted(self.pools.items()):
            listed = ", ".join(f"'{model}'" for model in sold)
            expression = f"metadata.filter_metadata['llm']['model'] in [{listed}] ? '{pool}' : ({expression})"
        config = self._render(
            "envoy.yaml", admin_port=self.ports["admin"], gateway_port=self.ports["gateway"],
            open_port=self.ports["open"], provider_port=self.ports["provider"],
            ratelimit_port=self.ports["ratelimit"], pool_expression=expression,
            credentials=json.dumps([{"key": key, "client": team} for key, team in sorted(self.teams.items())]),
            model_matchers=json.dumps([{"string_match": {"exact": model}} for model in models]))
        self._add(Process(
            "envoy", [self.binaries["envoy"], "-c", config, "--use-dynamic-base-id", "--concurrency", "1",
                      "--log-level", "warning"],
            self.logs, lambda: http_ok(self.ports["admin"], "/ready")))

    def start_redis(self, persistent=False):
        """A Redis without persistence loses every counter when it ends, and so refills every budget."""
        port = self.ports["redis"]
        self._add(Process("redis", [self.binaries["redis-server"], "--bind", "127.0.0.1", "--port", port, "--save", "",
                                    "--appendonly", "yes" if persistent else "no", "--dir", self.folder],
                          self.logs, lambda: tcp_open(port)))

    def start_sync(self, bursar, kubeconfig, gateway_label, namespace="bursar-system"):
        """The sidecar that keeps ratelimit's folder as the ConfigMaps say. Healthy once the first limits are there."""
        self.sync = self._add(Process(
            "sync-limits", [bursar, "sync-limits", "--kubeconfig", kubeconfig, "--namespace", namespace, "--selector",
                            f"bursar.dev/gateway={gateway_label}", "--directory", self.limits],
            self.logs, lambda: any(self.limits.glob("*.yaml"))))

    def start_ratelimit(self):
        self._add(Process("ratelimit", [self.binaries["ratelimit"]], self.logs,
                          lambda: http_ok(self.ports["ratelimit_http"], "/healthcheck"), self._ratelimit_settings()))

    def _ratelimit_settings(self):
        return {
            "HOST": "127.0.0.1", "PORT": str(self.ports["ratelimit_http"]),
            "GRPC_HOST": "127.0.0.1", "GRPC_PORT": str(self.ports["ratelimit"]),
            "DEBUG_HOST": "127.0.0.1", "DEBUG_PORT": str(self.ports["ratelimit_debug"]),
            "RUNTIME_ROOT": str(self.folder / "ratelimit"), "RUNTIME_SUBDIRECTORY": "limits",
            "RUNTIME_WATCH_ROOT": "false", "RUNTIME_IGNOREDOTFILES": "true", "MERGE_DOMAIN_CONFIG": "true",
            "HEALTHY_WITH_AT_LEAST_ONE_CONFIG_LOADED": "true", "LOCAL_CACHE_SIZE_IN_BYTES": "0",
            "REDIS_SOCKET_TYPE": "tcp", "REDIS_URL": f"127.0.0.1:{self.ports['redis']}",
            "USE_STATSD": "false", "USE_PROMETHEUS": "true", "PROMETHEUS_ADDR": f"127.0.0.1:{self.ports['metrics']}",
            "PROMETHEUS_PATH": "/metrics", "PROMETHEUS_MAPPER_YAML": str(HERE / "config" / "ratelimit-metrics.yaml"),
            "STATS_FLUSH_INTERVAL": "500ms", "LOG_LEVEL": "warn",
        }

    def start_prometheus(self):
        port = self.ports["prometheus"]
        config = self._render("prometheus.yaml", metrics_port=self.ports["metrics"])
        self._add(Process(
            "prometheus", [self.binaries["prometheus"], f"--config.file={config}",
                           f"--storage.tsdb.path={self.folder / 'prometheus'}", f"--web.listen-address=127.0.0.1:{port}",
                           "--log.level=warn"],
            self.logs, lambda: http_ok(port, "/-/ready")))

    def stop(self):
        for process in reversed(self.processes):
            process.stop()

    def part(self, name):
        return next(process for process in self.processes if process.name == name)

    @property
    def prometheus_url(self):
        return f"http://127.0.0.1:{self.ports['prometheus']}"

    # The provider's account

    def _provider(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["provider"], timeout=30)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def reset_provider(self, capacity=None):
        self._provider("POST", "/admin/reset", {"capacity": capacity})

    def served(self):
        """What the provider served: total, refused, byTeam[team][model][type]."""
        return self._provider("GET", "/admin/served")


def served_tokens(report, team):
    return sum(sum(counts.values()) for counts in report["byTeam"].get(team, {}).values())
