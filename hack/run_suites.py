#!/usr/bin/env python3
"""Runs the suites of a build and of its sanitizer twin, and sums their test cases.

Usage: run_suites.py BUILD [SANITIZER_BUILD]

Suites are the lines `name path needs` of BUILD/test-suites.txt. A suite that crashes or leaves no report counts as one
failure. The last line is `N passed, N failed`.
"""

import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ElementTree


def read_suites(build):
    lines = (build / "test-suites.txt").read_text().splitlines()
    return [line.split() for line in lines if line.strip()]


def count_cases(report):
    """Passed and failed test cases of a Catch2 JUnit report, which lists a case once or once a section."""
    failed, every = set(), set()
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = case.get("classname", "") + "/" + case.get("name", "").split("/")[0]
        every.add(name)
        if case.find("failure") is not None or case.find("error") is not None:
            failed.add(name)
    return len(every) - len(failed), len(failed)


def run_catch(label, path, results):
    report = results / (label.replace(" ", "-") + ".xml")
    report.unlink(missing_ok=True)
    code = subprocess.run([path, "-r", "junit", "-o", str(report)], timeout=900, check=False).returncode
    try:
        passed, failed = count_cases(report)
    except (OSError, ElementTree.ParseError):
        passed, failed = 0, 1
    if code != 0 and failed == 0:
        failed = 1
    print(f"{label}: {passed} passed, {failed} failed", flush=True)
    if failed:
        subprocess.run([path], timeout=900, check=False)  # once more, for the reader
    return passed, failed


def main():
    builds = [pathlib.Path(argument) for argument in sys.argv[1:]]
    results = builds[0] / "results"
    results.mkdir(exist_ok=True)
    totals = [0, 0]
    for index, build in enumerate(builds):
        for name, _, needs in read_suites(builds[0]):
            if needs != "none":
                continue
            label = name if index == 0 else f"{name} under sanitizers"
            for position, count in enumerate(run_catch(label, build / "suites" / name, results)):
                totals[position] += count
    print(f"{totals[0]} passed, {totals[1]} failed")
    return 0 if totals[1] == 0 and totals[0] > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
