"""Child processes with a log file, a health check and a clean stop."""

import fcntl
import http.client
import os
import pathlib
import random
import signal
import socket
import ssl
import subprocess
import tempfile
import time

_reserved_ports = []  # open lock files; closed, and so given back, when this process ends


def _listening_ports():
    """Ports that the kernel does not hand to outgoing connections: one of those could take ours before it is used."""
    ephemeral = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    first, last = (int(bound) for bound in ephemeral)
    return range(10_000, first) if first > 12_000 else range(last + 1, 65_536)


def free_port():
    """A free port, reserved by a lock file until this process ends, so that suites side by side do not take the same one."""
    locks = pathlib.Path(tempfile.gettempdir()) / f"bursar-ports-{os.getuid()}"
    locks.mkdir(mode=0o700, exist_ok=True)
    ports = list(_listening_ports())
    random.shuffle(ports)
    for port in ports:
        lock = open(locks / str(port), "ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            lock.close()
            continue
        _reserved_ports.append(lock)
        return port
    raise StartError("no free port to listen on: end what still runs from earlier tests")


def tcp_open(port):
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def http_ok(port, path, context=None):
    """True where GET path answers 200. `context` is an SSL context for https."""
    if context is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    else:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, ssl.SSLError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class StartError(RuntimeError):
    """A part did not come up; the message carries the end of its log."""


class Process:
    """One child. `healthy` is asked until it says yes."""

    def __init__(self, name, command, log_dir, healthy, environment=None, timeout=120):
        self.name = name
        self.command = [str(part) for part in command]
        self.log = log_dir / f"{name}.log"
        self.healthy = healthy
        self.environment = environment
        self.timeout = timeout
        self.child = None

    def start(self, wait=True):
        environment = dict(os.environ)
        environment.update(self.environment or {})
        with open(self.log, "ab") as log:
            # A group of its own: Ctrl-C at the terminal reaches us first, and we stop the parts in order.
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          env=environment, start_new_session=True)
        if wait:
            self.wait_healthy()
        return self

    def wait_healthy(self):
        deadline = time.monotonic() + self.timeout
        while time.monotonic() < deadline:
            if self.child.poll() is not None:
                raise StartError(f"{self.name} ended with code {self.child.returncode}; its log ends:\n{self.log_tail()}")
            if self.healthy():
                return
            time.sleep(0.05)
        raise StartError(f"{self.name} is not healthy after {self.timeout} s; its log ends:\n{self.log_tail()}")

    def log_tail(self, lines=15):
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return "(no log)"

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child is not None and self.child.poll() is None

    def kill(self):
        """SIGKILL, as a machine that loses power."""
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def stop(self, grace=10):
        """SIGTERM, then SIGKILL after `grace` seconds. Returns the exit code; negative for a signal."""
        if self.child is None:
            return None
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(grace)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        return self.child.returncode
