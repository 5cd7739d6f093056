"""Clients of the gateway: threads that call as an application would, and count what came back."""

import collections
import http.client
import json
import threading
import time


def call(port, key, model, prompt_tokens, completion_tokens, stream=False, cache_key="", timeout=30):
    """One chat completion; the HTTP status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        body = {"model": model, "max_tokens": completion_tokens,
                "messages": [{"role": "user", "content": "x" * (4 * prompt_tokens)}]}
        if stream:
            body["stream"] = True
        if cache_key:
            body["prompt_cache_key"] = cache_key
        connection.request("POST", "/v1/chat/completions", json.dumps(body),
                           {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def try_call(*arguments, **options):
    """What call() says; `error` where no answer came."""
    try:
        return call(*arguments, **options)
    except (OSError, http.client.HTTPException):
        return "error"


class Caller:
    """`threads` callers of one team, each with `pause` seconds between its calls. Every third call is a stream."""

    def __init__(self, port, key, model, threads, pause, prompt_tokens=600, completion_tokens=400):
        self.port, self.key, self.model, self.pause = port, key, model, pause
        self.prompt_tokens, self.completion_tokens = prompt_tokens, completion_tokens
        self.lock = threading.Lock()
        self.statuses = collections.Counter()
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(index,), daemon=True) for index in range(threads)]

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        return self

    def count(self, status):
        with self.lock:
            return self.statuses[status]

    def _run(self, index):
        calls = index
        while not self.stopping.is_set():
            started = time.monotonic()
            status = try_call(self.port, self.key, self.model, self.prompt_tokens, self.completion_tokens,
                              stream=calls % 3 == 0, cache_key="system-prompt" if calls % 4 == 0 else "")
            calls += 1
            with self.lock:
                self.statuses[status] += 1
            # A refused client waits a little, as SDKs do.
            rest = self.pause if status == 200 else max(self.pause, 0.1)
            self.stopping.wait(max(0.0, rest - (time.monotonic() - started)) if status == 200 else rest)
