"""Runs a file of unittest cases and writes a JUnit report: `python3 -m testenv.unittest_report FILE REPORT`."""

import pathlib
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree


class Result(unittest.TextTestResult):
    """Also remembers every test with its outcome. A skipped test counts as failed: nothing here is optional."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.outcomes = {}

    def startTest(self, test):
        self.outcomes[test.id()] = None
        super().startTest(test)

    def _fail(self, test, error):
        self.outcomes[test.id()] = self._exc_info_to_string(error, test)

    def addError(self, test, err):
        super().addError(test, err)
        self._fail(test, err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._fail(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._fail(test, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.outcomes[test.id()] = f"skipped: {reason}"


def main():
    path, report = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    sys.path.insert(0, str(path.parent))
    suite = unittest.defaultTestLoader.loadTestsFromName(path.stem)
    started = time.monotonic()
    result = unittest.TextTestRunner(verbosity=1, resultclass=Result).run(suite)
    root = ElementTree.Element("testsuite", name=path.stem, time=f"{time.monotonic() - started:.1f}")
    for name, failure in result.outcomes.items():
        case = ElementTree.SubElement(root, "testcase", classname=path.stem, name=name)
        if failure:
            ElementTree.SubElement(case, "failure").text = failure
    ElementTree.ElementTree(root).write(report)
    return 0 if result.wasSuccessful() and not result.skipped and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())
