#!/usr/bin/env python3
"""Runs every suite (tests/CMakeLists.txt says which needs what) and sums their test cases.

Usage: run_suites.py BUILD SANITIZER_BUILD

Suites of C++ are the lines `name path needs` of BUILD/test-suites.txt; those of Python are listed here. Both builds are
configured, and BUILD has the binary. This script compiles the suites of both while suites that mostly wait are running. A
suite that crashes, leaves no report, or misses its server counts as a failure, and so does a file that the tests left in the
working tree. The last line is `N passed, N failed`.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree
from concurrent import futures

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent
sys.path.insert(0, str(HERE))

from testenv import binaries  # noqa: E402
from testenv.control_plane import ControlPlane, KubectlError  # noqa: E402
from testenv.postgres import Postgres  # noqa: E402
from testenv.processes import StartError  # noqa: E402

CONTROL_PLANE_SUITES = ["tests/cluster/crds/test_crds.py"]
# Needs of C++ suites (tests/CMakeLists.txt).
OPTIMIZED = ("speed", "control-plane", "postgresql")
SANITIZED = ("none", "speed")
END_TO_END_SUITES = ["tests/e2e/test_path.py"]
# These mostly wait for the clock, for scrapes or for a browser. They run beside the others, a few at a time, in this order.
WAITING_SUITES = ["tests/docs/test_docs.py", "tests/verify/test_verify.py", "tests/e2e/test_faults.py", "tests/e2e/test_faults_postgresql.py",
                  "tests/e2e/test_rotation.py", "tests/e2e/test_security.py", "tests/e2e/test_hostile.py",
                  "tests/e2e/test_chaos.py", "tests/e2e/test_ledger.py",
                  "tests/e2e/test_chargeback.py", "tests/e2e/test_closing.py", "tests/e2e/test_gitops.py",
                  "tests/e2e/test_statement.py", "tests/e2e/test_report.py", "tests/e2e/test_leader.py",
                  "tests/e2e/test_telemetry.py", "tests/e2e/test_plugin.py", "tests/chart/test_rendering.py",
                  "tests/chart/test_image.py", "tests/chart/test_install.py", "tests/chart/test_dashboard.py",
                  "tests/docs/test_conditions.py"]
WAITING_AT_A_TIME = 2
SANITIZED_AT_A_TIME = 2
SUITE_TIMEOUT_SECONDS = 900


def read_suites(build):
    lines = (build / "test-suites.txt").read_text().splitlines()
    return [line.split() for line in lines if line.strip()]


def count_cases(report):
    """Passed and failed test cases of a JUnit report, which may list a case once per section. Prints the failed ones."""
    failed, every = set(), set()
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = case.get("classname", "") + "/" + case.get("name", "").split("/")[0]
        every.add(name)
        for trouble in [*case.findall("failure"), *case.findall("error")]:
            failed.add(name)
            print(f"FAILED {name}: {trouble.get('message') or ''}\n{(trouble.text or '').strip()}", flush=True)
    return len(every) - len(failed), len(failed)


class Runner:
    """Thread-safe: suites may run side by side. The output of a suite is printed in one piece when it has ended."""

    def __init__(self, results):
        self.results = results
        self.passed = 0
        self.failed = 0
        self.lock = threading.Lock()

    def _run(self, label, command, report, environment=None):
        report.unlink(missing_ok=True)
        code, printed, trouble = 1, "", ""
        begun = time.monotonic()
        try:
            done = subprocess.run(command, timeout=SUITE_TIMEOUT_SECONDS, check=False, text=True, errors="replace",
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  env=dict(os.environ, **(environment or {})))
            code, printed = done.returncode, done.stdout
        except (OSError, subprocess.TimeoutExpired) as problem:
            trouble = f"{label}: {problem}"
        took = time.monotonic() - begun
        with self.lock:
            if printed:
                print(printed.rstrip("\n"))
            try:
                passed, failed = count_cases(report)
            except (OSError, ElementTree.ParseError) as problem:
                trouble = trouble or f"{label}: {problem}"
                passed, failed = 0, 1
            if trouble:
                print(trouble)
            if code != 0 and failed == 0:
                failed = 1
            self.passed += passed
            self.failed += failed
            print(f"{label}: {passed} passed, {failed} failed, {took:.0f} s", flush=True)

    def catch(self, label, path, environment=None):
        report = self.results / (label.replace(" ", "-") + ".xml")
        self._run(label, [str(path), "-r", "junit", "-o", str(report)], report, environment)

    def python(self, file, environment=None):
        label = pathlib.Path(file).stem
        report = self.results / f"{label}.xml"
        environment = dict(environment or {}, PYTHONPATH=str(HERE))
        self._run(label, [sys.executable, "-m", "testenv.unittest_report", str(REPOSITORY / file), str(report)], report,
                  environment)


def run_on_control_plane(runner, suites, binary):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bursar-test-"))
    plane = ControlPlane(binaries.locate(data_plane=False), folder)
    try:
        try:
            plane.start()
            plane.install_bursar()
        except (StartError, KubectlError) as problem:
            print(f"the control plane: {problem}")
            runner.failed += 1
            return
        environment = {"KUBECONFIG": str(plane.kubeconfig), "KUBECTL": str(plane.binaries["kubectl"]),
                       "BURSAR_TEST_PKI": str(folder / "pki"), "BURSAR": str(binary)}
        for name, path, needs in suites:
            if needs == "control-plane":
                runner.catch(name, path, environment)
        for file in CONTROL_PLANE_SUITES:
            runner.python(file, environment)
    finally:
        plane.stop()
        shutil.rmtree(folder, ignore_errors=True)


def run_on_postgresql(runner, suites):
    server = Postgres()
    try:
        try:
            server.start()
        except (StartError, subprocess.CalledProcessError) as problem:
            print(f"the PostgreSQL server: {problem}")
            runner.failed += 1
            return
        for name, path, needs in suites:
            if needs == "postgresql":
                runner.catch(name, path, server.environment)
    finally:
        server.stop()


class BackgroundBuild:
    """Compiles suites at the lowest priority, beside the suites that are running."""

    def __init__(self, build, needs, log):
        self.suites = [suite for suite in read_suites(build) if suite[2] in needs]
        self.log = log
        command = ["nice", "-n", "19", "cmake", "--build", build, "--target", *(name for name, *_ in self.suites)]
        with log.open("w") as output:
            self.child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        # A kernel with autogroups schedules each session as a group, where `nice` counts within the group only.
        with contextlib.suppress(OSError):
            pathlib.Path(f"/proc/{self.child.pid}/autogroup").write_text("19")

    def finished(self, runner):
        """The suites. If they do not compile: none, and a failure."""
        if self.child.wait() == 0:
            return self.suites
        print(f"suites do not compile:\n{self.log.read_text()}")
        runner.failed += 1
        return []

    def close(self):
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGTERM)
            self.child.wait()


def working_tree():
    """What git lists as changed or new; nothing outside a git checkout."""
    return subprocess.run(["git", "status", "--porcelain"], cwd=REPOSITORY, capture_output=True, text=True,
                          check=False).stdout.splitlines()


def check_working_tree(runner, before):
    left = sorted(set(working_tree()) - set(before))
    if left:
        print("FAILED the tests changed the working tree:", *left, sep="\n  ")
        runner.failed += 1
    else:
        runner.passed += 1


def main():
    build, sanitized = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    results = build / "results"
    results.mkdir(exist_ok=True)
    runner = Runner(results)
    before = working_tree()
    end_to_end = {"BURSAR": str(build / "bursar")}
    waiting = futures.ThreadPoolExecutor(WAITING_AT_A_TIME)
    waited = [waiting.submit(runner.python, file, end_to_end) for file in WAITING_SUITES]
    with contextlib.closing(BackgroundBuild(build, OPTIMIZED, results / "build.log")) as optimized:
        suites = optimized.finished(runner)
    with contextlib.closing(BackgroundBuild(sanitized, SANITIZED, results / "sanitizer-build.log")) as under_sanitizers:
        for name, path, needs in suites:
            if needs == "speed":
                runner.catch(name, path)
        run_on_control_plane(runner, suites, build / "bursar")
        run_on_postgresql(runner, suites)
        for file in END_TO_END_SUITES:
            runner.python(file, end_to_end)
        with futures.ThreadPoolExecutor(SANITIZED_AT_A_TIME) as pool:
            running = [pool.submit(runner.catch, f"{name} under sanitizers", path)
                       for name, path, _ in under_sanitizers.finished(runner)]
    for suite in [*running, *waited]:
        suite.result()
    check_working_tree(runner, before)
    print(f"{runner.passed} passed, {runner.failed} failed")
    return 0 if runner.failed == 0 and runner.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
