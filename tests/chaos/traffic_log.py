"""Callers of the four teams, and a record of every call."""

import threading
import time

from chaos import organisation
from testenv.traffic import try_call

TOKENS = 160
PAUSE_SECONDS = 0.25
THREADS = 2  # a team and pool


class TrafficLog:
    """Calls end in `calls`: (time of the answer, team, pool, status)."""

    def __init__(self, port):
        self.port = port
        self.calls = []  # append is atomic
        self.stopping = threading.Event()
        self.threads = []

    def start(self):
        """Also again, after stop()."""
        self.stopping.clear()
        self.threads = [threading.Thread(target=self._run, args=(team, pool), daemon=True)
                        for team in organisation.TEAMS for pool in organisation.POOLS for _ in range(THREADS)]
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def _run(self, team, pool):
        while not self.stopping.is_set():
            status = try_call(self.port, f"sk-{team}", organisation.MODELS[pool], TOKENS // 2, TOKENS - TOKENS // 2)
            self.calls.append((time.time(), team, pool, status))
            self.stopping.wait(PAUSE_SECONDS)

    def tokens(self, team, since, until, pool=None):
        """An upper bound of the calls served between two times: all calls except the refused ones."""
        return TOKENS * sum(since <= at <= until and team == of and status != 429 and pool in (None, to)
                            for at, of, to, status in list(self.calls))
