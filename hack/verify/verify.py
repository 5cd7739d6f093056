#!/usr/bin/env python3
"""Checks what a program can check without running Bursar's code. Prints a line a problem; exit code 1 where there is one.

Usage: verify.py [--root CHECKOUT] [CHECK…]; every check where none is named. BURSAR is the binary, whose help is part of a
generated page; build/release/bursar of the checkout where it is not set.
"""

import argparse
import os
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import generated  # noqa: E402
import includes  # noqa: E402
import locks  # noqa: E402
import texts  # noqa: E402
from tree import Tree  # noqa: E402


def _binary(tree):
    return os.environ.get("BURSAR", tree.root / "build" / "release" / "bursar")


CHECKS = {
    "formatting": texts.formatting,
    "includes": includes.complaints,
    "locks": locks.complaints,
    "generated": lambda tree: generated.complaints(tree, _binary(tree)),
    "length": texts.length,
    "parameters": texts.parameters,
    "top": texts.top,
    "width": texts.width,
    "words": texts.words,
}
# `words` is not part of every run: add it here once `hack/verify.sh words` finds nothing.
BY_DEFAULT = [name for name in CHECKS if name != "words"]


def main():
    parser = argparse.ArgumentParser(description="Checks formatting, includes, guarded members and what is generated.")
    parser.add_argument("--root", default=HERE.parent.parent, help="the checkout")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=", ".join(CHECKS))
    options = parser.parse_args()
    unknown = set(options.checks) - set(CHECKS)
    if unknown:
        parser.error(f"there is no check {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}")
    tree, wrong = Tree(options.root), 0
    for name in options.checks or BY_DEFAULT:
        begun = time.monotonic()
        found = list(CHECKS[name](tree))
        wrong += len(found)
        for complaint in found:
            print(complaint)
        print(f"{name}: {len(found)} problems, {time.monotonic() - begun:.1f} s", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
