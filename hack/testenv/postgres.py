"""A PostgreSQL server of its own: a unix socket in a temporary folder, no network, gone with the folder."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from testenv.processes import Process

ACCOUNT = "postgres"  # the server refuses to run as root


def _binaries():
    """The folder of the newest version Debian installed."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not found:
        raise SystemExit("postgresql is not installed; run hack/install.sh")
    return found[-1]


class Postgres:
    """`environment` is how a client of libpq finds it. Whoever may enter the folder is let in as anybody."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bursar-postgres-"))
        self.data = self.folder / "data"
        self.environment = {"PGHOST": str(self.folder), "PGUSER": ACCOUNT, "PGDATABASE": "postgres"}
        self.server = None

    def start(self):
        as_account = []
        if os.geteuid() == 0:
            account = pwd.getpwnam(ACCOUNT)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            as_account = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
        subprocess.run([*as_account, _binaries() / "initdb", "--pgdata", self.data, "--username", ACCOUNT,
                        "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"],
                       check=True, capture_output=True, cwd=self.folder)
        # Nothing here outlives the server, so nothing is flushed.
        settings = {"listen_addresses": "", "unix_socket_directories": self.folder, "fsync": "off",
                    "shared_buffers": "32MB", "log_statement": "none"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.server = Process("postgres", [*as_account, _binaries() / "postgres", "-D", self.data, *options],
                              self.folder, self._answers).start()
        return self

    def _answers(self):
        asked = subprocess.run([_binaries() / "pg_isready", "--quiet"], env=dict(os.environ, **self.environment),
                               check=False)
        return asked.returncode == 0

    def stop(self):
        if self.server is not None and self.server.running():
            # SIGTERM would wait for clients to leave.
            self.server.child.send_signal(signal.SIGINT)
            self.server.child.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)
