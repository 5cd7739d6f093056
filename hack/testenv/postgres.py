"""A PostgreSQL server of its own: a unix socket in a temporary folder, no network, gone with the folder."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from testenv.processes import Process, free_port

ACCOUNT = "postgres"  # the server refuses to run as root


def _binaries():
    """The folder of the newest version Debian installed."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not found:
        raise SystemExit("postgresql is not installed; run hack/install.sh")
    return found[-1]


class Postgres:
    """`environment` is how a client of libpq finds it. Without a `password`, every user who may enter the folder may connect;
    with one, clients need it."""

    def __init__(self, password=None):
        self.password = password
        self.port = None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bursar-postgres-"))
        self.data = self.folder / "data"
        self.environment = {"PGHOST": str(self.folder), "PGUSER": ACCOUNT, "PGDATABASE": "postgres"}  # by its socket
        self.server = None

    def listen(self):
        """Listens on the loopback interface too, in plain text until it has a certificate. To be called before start()."""
        self.port = free_port()
        self.environment["PGPORT"] = str(self.port)

    def use_tls(self, certificate, key, newest_version="TLSv1.3"):
        """From the next connection on; None for plain text."""
        lines = ["ssl = off"]
        if certificate is not None:
            lines = ["ssl = on", f"ssl_max_protocol_version = '{newest_version}'", "ssl_min_protocol_version = 'TLSv1'",
                     "ssl_ciphers = 'ALL:@SECLEVEL=0'"]
            for name, source in (("server.crt", certificate), ("server.key", key)):
                shutil.copy(source, self.data / name)
                shutil.chown(self.data / name, *self._account())
                (self.data / name).chmod(0o600)
        (self.data / "postgresql.auto.conf").write_text("\n".join(lines) + "\n")
        self.server.child.send_signal(signal.SIGHUP)

    @staticmethod
    def _account():
        owner = pwd.getpwnam(ACCOUNT) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        return owner.pw_uid, owner.pw_gid

    def start(self):
        as_account = []
        if os.geteuid() == 0:
            user, group = self._account()
            os.chown(self.folder, user, group)
            as_account = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        secret = ["--auth", "trust"]
        if self.password is not None:
            file = self.folder / "initial-password"
            file.write_text(self.password)
            file.chmod(0o644)  # for the server's account; the folder is closed to others
            secret = ["--auth", "scram-sha-256", "--pwfile", file]
        subprocess.run([*as_account, _binaries() / "initdb", "--pgdata", self.data, "--username", ACCOUNT,
                        *secret, "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"],
                       check=True, capture_output=True, cwd=self.folder)
        # The data is not needed after the server ends, so nothing is flushed to disk.
        settings = {"listen_addresses": "127.0.0.1" if self.port else "", "port": self.port or 5432, "unix_socket_directories": self.folder, "fsync": "off",
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
