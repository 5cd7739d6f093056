"""What a test needs to see a month closed without waiting for it: the record an operator would have written of the last one,
and finance's end of the webhook."""

import datetime
import http.server
import threading

from testenv import recorded


class Receiver(http.server.BaseHTTPRequestHandler):
    """Finance's end. Refuses the first attempt, as a service that restarts does."""

    received = []

    @classmethod
    def start(cls):
        """A server on a free port, serving until it is shut down."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), cls)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def log_message(self, format, *arguments):  # noqa: A002 (the base class's name)
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.path, dict(self.headers), body))
        self.send_response(503 if len(self.received) == 1 else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()


def last_month():
    """Its last day and the first of this month."""
    first = datetime.datetime.now(datetime.timezone.utc).date().replace(day=1)
    return first - datetime.timedelta(days=1), first


def metered_last_month():
    day, _ = last_month()
    return recorded.config_map("metering", "main", [
        {"begins": day.isoformat()},
        {"day": day.isoformat(), "models": [["chat", "=cmd()"], ["chat", "gpt-4o"]],
         "teams": {"research": ["CC-1041", "1 1500000 500000 250000"], "stray": ["", "0 7 0 0"]},
         "gaps": [{"from": f"{day}T00:00:00Z", "until": f"{day}T01:00:00Z", "why": "The meter was away."}]}])


def webhook_secret(key):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hook", "namespace": "bursar-system"},
            "stringData": {"key": key}}


def policy(port):
    """Closes a month a second after its end, and sends its statement to a Receiver's port."""
    return {
        "apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "main"},
        "spec": {
            "period": "Month", "charter": {"sponsor": "CTO"},
            "pools": [{"name": "chat", "models": ["*"], "window": "Day", "tokensPerWindow": "10M"}],
            "pricing": {"currency": "EUR", "models": [
                {"model": "gpt-4o", "effectiveFrom": "2020-01-01", "inputPerMillion": "2.50",
                 "cachedInputPerMillion": "1.25", "outputPerMillion": "10"}]},
            "chargeback": {"financeContact": "finance@example.com", "closeAfter": "1s", "delivery": {"webhook": {
                "url": f"http://127.0.0.1:{port}/hook?token=query-secret",
                "hmacSecretRef": {"namespace": "bursar-system", "name": "hook", "key": "key"}}}},
            "gateways": [{"name": "envoy", "type": "EnvoyRateLimit", "envoyRateLimit": {}}],
            "usage": {"type": "Prometheus", "prometheus": {"url": "http://127.0.0.1:9"}}}}
