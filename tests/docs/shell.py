"""Runs what a page shows as its reader would: in a shell that keeps its folder and variables from block to block."""

import json
import re
import shlex
import shutil
import subprocess
import time

import yaml

from comparison import difference
from page import blocks_of, commands_of

# Commands that only read are repeated until their output is the page's: the operator needs a moment after an apply.
READS = re.compile(r"(kubectl (get|describe|wait|bursar)|bursar) ")
SETTLED_SECONDS = 60
COMMAND_SECONDS = 120
# These run until they are stopped: a test only checks that they start and end without an error.
SERVICES = re.compile(r"(kubectl[ -])?bursar (operator|sync-limits)\b")
SERVICE_SECONDS = 1.5
OWN_API = "bursar.dev/v1alpha1"
# What `within KIND` is laid over.
SMALLEST = {
    "AllocationPolicy": {"apiVersion": OWN_API, "kind": "AllocationPolicy", "metadata": {"name": "example"},
                         "spec": {"period": "Month", "pools": [
                             {"name": "chat", "models": ["*"], "window": "Day", "tokensPerWindow": 1}]}},
    "TeamQuota": {"apiVersion": OWN_API, "kind": "TeamQuota", "metadata": {"name": "search", "namespace": "search"},
                  "spec": {"policy": "main", "team": "search", "requests": [{"pool": "chat", "forecast": 1}]}},
}


class Wrong(Exception):
    """The page is wrong. The message begins with the line."""


def merged(base, part):
    """`part` laid over `base`: mappings are merged, everything else is replaced."""
    if not isinstance(base, dict) or not isinstance(part, dict):
        return part
    return {key: merged(base[key], part[key]) if key in base and key in part else part.get(key, base.get(key))
            for key in {**base, **part}}


class Session:
    """One run of a page. Its commands run in `folder`, a copy of the repository, and so cannot change the repository."""

    def __init__(self, world, repository, folder):
        self.world = world
        self.folder = folder
        self.kubeconfig = world.kubeconfig
        self.code = 0
        self.services = []
        self.skipped = []
        self.ran = 0
        left_out = [str(repository / name) for name in (".git", "build")]
        shutil.copytree(repository, folder, symlinks=True, dirs_exist_ok=True,
                        ignore=lambda parent, names: [name for name in names if f"{parent}/{name}" in left_out])
        self.state = folder / ".state"
        self.state.write_text(f"export KUBECONFIG={shlex.quote(str(self.kubeconfig))}\ncd {shlex.quote(str(folder))}\n")

    # One page

    def run(self, text):
        for block in blocks_of(text):
            if block.not_run:
                self.skipped.append((block.line, block.not_run))
                continue
            if "as of now" in block.directives:
                block.text = self.world.as_of_now(block.text, block.directives["as of now"].split())
            getattr(self, "_" + (block.language or "plain"), self._unknown)(block)

    def close(self):
        for process in self.services:
            process.terminate()
            if process.wait(15) != 0:
                raise Wrong(f"`{process.args[-1]}` ended with code {process.returncode} when it was told to stop")

    # Blocks by language

    def _unknown(self, block):
        raise Wrong(f"line {block.line}: a block of {block.language} cannot be run; name a language that can, or `text`")

    def _plain(self, block):
        if any(line.lstrip().startswith(("$ ", "kubectl ", "bursar ", "helm ")) for line in block.text.splitlines()):
            raise Wrong(f"line {block.line}: this looks like commands; call the block console or sh")

    _text = _markdown = _plain

    def _in(self, block):
        self._append_state(f"cd {shlex.quote(str(self.folder / block.text.strip()))}")

    def _on(self, block):
        self.kubeconfig = self.world.empty_cluster()
        self._append_state(f"export KUBECONFIG={shlex.quote(str(self.kubeconfig))}")

    def _prepare(self, block):
        self._script(block.line, block.text)

    def _sh(self, block):
        self._script(block.line, block.text, int(block.directives.get("exit code", 0)))
        self.ran += 1

    _bash = _sh

    def _console(self, block):
        commands = commands_of(block)
        for index, command in enumerate(commands):
            asks_code = index + 1 < len(commands) and commands[index + 1].text.strip() == "echo $?"
            wanted = None if asks_code else 0
            if command is commands[-1] and "exit code" in block.directives:
                wanted = int(block.directives["exit code"])
            self._command(command, wanted)
            self.ran += 1

    def _yaml(self, block):
        self._keep(block)
        if "values" in block.directives:
            trouble = self.world.values(block.text)
            if trouble:
                raise Wrong(f"line {block.line}: the chart refuses these values: {trouble}")
            self.ran += 1
            return
        documents = [document for document in yaml.safe_load_all(block.text) if document is not None]
        if "within" in block.directives:
            documents = [merged(SMALLEST[block.directives["within"]], document) for document in documents]
        for document in documents:
            if "apiVersion" not in document or "kind" not in document:
                raise Wrong(f"line {block.line}: not a Kubernetes resource; say what it is `within`")
            trouble = self.world.dry_run(document)
            if trouble:
                raise Wrong(f"line {block.line}: the API server refuses this: {trouble}")
        self.ran += 1

    def _csv(self, block):
        if "file" not in block.directives:
            raise Wrong(f"line {block.line}: nothing reads this CSV; give it a file's name, and read it in a command")
        self._keep(block)

    def _json(self, block):
        """One value, or one a line."""
        self._keep(block)
        try:
            json.loads(block.text)
        except ValueError:
            try:
                for line in block.text.splitlines():
                    json.loads(line)
            except ValueError as trouble:
                raise Wrong(f"line {block.line}: this is no JSON: {trouble}") from trouble

    def _sql(self, block):
        trouble = self.world.sql(block.text)
        if trouble:
            raise Wrong(f"line {block.line}: PostgreSQL refuses this: {trouble}")
        self.ran += 1

    def _promql(self, block):
        for line in block.text.splitlines():
            trouble = line.strip() and self.world.promql(line)
            if trouble:
                raise Wrong(f"line {block.line}: Prometheus refuses {line!r}: {trouble}")
        self.ran += 1

    def _python(self, block):
        (self.folder / "example.py").write_text(block.text)
        self._script(block.line, "python3 example.py")
        self.ran += 1

    def _keep(self, block):
        if "file" in block.directives:
            target = self.folder / block.directives["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text)

    # The shell

    def _append_state(self, line):
        with open(self.state, "a") as state:
            state.write(line + "\n")

    def _bash_command(self, text):
        """The command with what came before it, which leaves behind what comes after it."""
        return (f"source {shlex.quote(str(self.state))}\n(exit {self.code})\n{text}\n"
                f"code=$?\n{{ export -p; printf 'cd %q\\n' \"$PWD\"; }} >{shlex.quote(str(self.state))}\nexit $code\n")

    def _once(self, text):
        try:
            done = subprocess.run(["bash", "-o", "pipefail", "-c", self._bash_command(text)], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                  timeout=COMMAND_SECONDS, env=self.world.variables(self.folder), check=False)
        except subprocess.TimeoutExpired as expired:
            return 124, f"{expired.stdout}\n(not ended after {COMMAND_SECONDS} s)"
        return done.returncode, done.stdout

    def _script(self, line, text, wanted=0):
        code, printed = self._once("set -e\n" + text)
        if code != wanted:
            raise Wrong(f"line {line}: ended with code {code}, not {wanted}:\n{printed.strip()}")

    def _command(self, command, wanted):
        if SERVICES.match(command.text) and "--help" not in command.text:
            self._service(command)
            return
        deadline = time.monotonic() + (SETTLED_SECONDS if READS.match(command.text) else 0)
        while True:
            code, printed = self._once(command.text)
            trouble = None
            if wanted is not None and code != wanted:
                trouble = f"ended with code {code}, not {wanted}:\n{printed.strip()}"
            elif command.shown is not None:
                trouble = difference(command.shown, printed.splitlines())
                trouble = trouble and f"{trouble}\nall of it:\n{printed.strip()}"
            if trouble is None or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        self.code = code
        if trouble:
            raise Wrong(f"line {command.line}: `{command.text}`: {trouble}")

    def _service(self, command):
        log = self.folder / f"service-{len(self.services)}.log"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", f"source {shlex.quote(str(self.state))}\nexec {command.text}"], stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, env=self.world.variables(self.folder), start_new_session=True)
        time.sleep(SERVICE_SECONDS)
        if process.poll() is not None:
            raise Wrong(f"line {command.line}: `{command.text}` ended with code {process.returncode}:\n{log.read_text()}")
        self.services.append(process)

