"""The validator of FOCUS data sets (PyPI's `focus-validator`), fetched once, kept outside the tree, and run."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from testenv import pypi

# Version of the rules; the package brings them along.
MODEL = "1.2.0.1"
# What Bursar's data sets have beyond what every data set has. There is no list of public prices.
CRITERIA = ["ACCOUNT_NAMING_SUPPORTED", "SUB_ACCOUNT_SUPPORTED", "TAGGING_SUPPORTED", "UNIT_PRICING_SUPPORTED",
            "USAGE_MEASUREMENT_SUPPORTED"]

# The package asks for Python 3.12 because of one expression: before 3.12 no backslash may stand inside of an f-string.
# Debian 12 has 3.11, for which it is written differently here. The rules are the same, and so is every answer.
NEWER_SYNTAX = """f"'{k.replace('\\"', '\\"\\"')}'\""""
OLDER_SYNTAX = """"'" + k.replace('"', '""') + "'\""""


def _rewrite_for_older_python(folder):
    file = folder / "focus_validator" / "config_objects" / "focus_to_duckdb_converter.py"
    text = file.read_text()
    if text.count(NEWER_SYNTAX) != 1:
        raise RuntimeError(f"{file.name} of focus-validator is not the one this was written for")
    file.write_text(text.replace(NEWER_SYNTAX, OLDER_SYNTAX))


def _prepare(folder):
    if sys.version_info < (3, 12):
        _rewrite_for_older_python(folder)


def locate():
    """The folder with the validator and what it needs, fetched where it is missing."""
    return pypi.locate("focus-validator", "--no-binary", "focus-validator", "--ignore-requires-python", prepare=_prepare)


def validate(file):
    """Names of the rules that failed, and how many passed."""
    folder = locate()
    with tempfile.TemporaryDirectory() as scratch:
        # It looks for this list under the folder it runs in.
        rules = pathlib.Path(scratch) / "focus_validator" / "rules"
        rules.mkdir(parents=True)
        shutil.copy2(folder / "focus_validator" / "rules" / "currency_codes.csv", rules)
        command = [*pypi.command(folder, "from focus_validator.main import main; main()"),
                   "--data-file", str(pathlib.Path(file).resolve()), "--validate-version", MODEL, "--block-download",
                   "--applicability-criteria", ",".join(CRITERIA)]
        done = subprocess.run(command, cwd=scratch, text=True, capture_output=True, check=False)
    # Its exit code is always 0.
    total = re.search(r"^Total: \d+ \| Pass: (\d+) \| Fail: (\d+)", done.stdout, re.MULTILINE)
    if total is None:
        raise RuntimeError(f"focus-validator said nothing of use:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    failures = re.findall(r"^- ([\w-]+): violations=", done.stdout.partition("--- Failures ---")[2], re.MULTILINE)
    if len(failures) != int(total[2]):
        raise RuntimeError(f"focus-validator counts {total[2]} failures and names {failures}")
    return sorted(failures), int(total[1])


if __name__ == "__main__":
    locate()
