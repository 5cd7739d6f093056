"""A stand-in for a model provider: an OpenAI-compatible API that answers with text of the length asked for.

The one fake of the environment, because a real provider is not to be had offline. It counts every token it served, by
the x-team header the gateway sets, and answers 429 once its capacity is spent, as a provider does whose quota is gone.
Run as a program: `python3 -m testenv.provider PORT`.
"""

import http.server
import json
import sys
import threading
import time

LATENCY_SECONDS = 0.15


class Ledger:
    """What was served, and what is left. Thread-safe."""

    def __init__(self):
        self.lock = threading.Lock()
        self.reset(None)

    def reset(self, capacity):
        with self.lock:
            self.capacity = capacity  # None: unlimited
            self.total = 0
            self.by_team = {}
            self.refused = 0
            self.cache_keys = set()

    def serve(self, team, model, prompt, completion, cache_key):
        """The usage of one answer, or None where the capacity is spent."""
        with self.lock:
            if self.capacity is not None and self.total >= self.capacity:
                self.refused += 1
                return None
            cached = prompt // 2 if cache_key and (model, cache_key) in self.cache_keys else 0
            if cache_key:
                self.cache_keys.add((model, cache_key))
            counts = self.by_team.setdefault(team, {}).setdefault(model, {"input": 0, "cached_input": 0, "output": 0})
            counts["input"] += prompt - cached
            counts["cached_input"] += cached
            counts["output"] += completion
            self.total += prompt + completion
            return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
                    "prompt_tokens_details": {"cached_tokens": cached}}

    def report(self):
        with self.lock:
            return {"total": self.total, "refused": self.refused, "byTeam": json.loads(json.dumps(self.by_team))}


LEDGER = Ledger()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format, *arguments):  # noqa: A002 (the base class's name)
        pass

    def do_GET(self):
        if self.path == "/admin/served":
            self._answer(200, LEDGER.report())
        elif self.path == "/healthz":
            self._answer(200, {"ok": True})
        else:
            self._answer(404, {"error": {"message": "unknown path"}})

    def do_POST(self):
        body = json.loads(self._body() or b"{}")
        if self.path == "/admin/reset":
            LEDGER.reset(body.get("capacity"))
            self._answer(200, {"ok": True})
        elif self.path == "/v1/chat/completions":
            self._complete(body)
        else:
            self._answer(404, {"error": {"message": "unknown path"}})

    def _body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(parts)

    def _complete(self, body):
        time.sleep(LATENCY_SECONDS)
        model = body.get("model", "unknown")
        prompt = sum(len(message.get("content", "")) for message in body.get("messages", [])) // 4
        usage = LEDGER.serve(self.headers.get("x-team", ""), model, prompt, int(body.get("max_tokens", 16)),
                             body.get("prompt_cache_key", ""))
        if usage is None:
            self._answer(429, {"error": {"type": "insufficient_quota", "message": "the organisation's quota is spent"}})
        elif body.get("stream"):
            self._stream(body, usage)
        else:
            self._answer(200, {"id": "chatcmpl-1", "object": "chat.completion", "model": model, "usage": usage,
                               "choices": [{"index": 0, "finish_reason": "length",
                                            "message": {"role": "assistant", "content": "word " * 8}}]})

    def _answer(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, body, usage):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(4):
            self._event({"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "word "}}],
                         "usage": None})
        # As OpenAI does: the usage comes in a last chunk of its own, and only where it was asked for.
        if body.get("stream_options", {}).get("include_usage"):
            self._event({"object": "chat.completion.chunk", "choices": [], "usage": usage})
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _event(self, value):
        self._chunk(b"data: " + json.dumps(value).encode() + b"\n\n")

    def _chunk(self, data):
        self.wfile.write(b"%x\r\n" % len(data) + data + b"\r\n")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
