"""A stand-in for ratelimit's metrics where thousands of teams, or none of the gateway, are wanted: counters that grow.

`served` is what it has counted, by (team, pool); growth is by the clock, so that it costs nothing between two scrapes.
"""

import contextlib
import http.server
import threading
import time

MODEL = "gpt-4o"


class Meter:
    """`rates` are tokens a second by (team, pool). Serves on 127.0.0.1:port until stop()."""

    def __init__(self, port, rates):
        self.rates = rates
        self.started = time.time()
        self.until = None
        meter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, format, *arguments):  # noqa: A002 (the base class's name)
                pass

            def do_GET(self):
                body = meter.exposition().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(OSError):  # a scrape that was given up
                    self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def served(self):
        passed = (self.until or time.time()) - self.started
        return {key: int(rate * passed) for key, rate in self.rates.items()}

    def rest(self):
        """Stops counting; the counters keep their values."""
        self.until = time.time()

    def exposition(self):
        lines = ["# TYPE process_start_time_seconds gauge", f"process_start_time_seconds {self.started}",
                 "# TYPE bursar_gateway_tokens_total counter"]
        for (team, pool), tokens in self.served().items():
            lines.append(f'bursar_gateway_tokens_total{{team="{team}",pool="{pool}",model="{MODEL}",token_type="input"}} '
                         f"{tokens}")
        return "\n".join(lines) + "\n"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
