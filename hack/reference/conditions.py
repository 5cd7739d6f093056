"""The conditions and reasons of the resources, read from the headers that define them.

controllers/api/condition_types.hpp and condition_reasons.hpp are the only source: docs/reference/conditions.md is made
from their comments, and the sources name a type or reason by its constant, never by a literal.

Usage: conditions.py       prints what breaks these rules; exit code 1 if anything does. Needs no binary.
"""

import pathlib
import re
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
API = pathlib.Path("controllers") / "api"
TYPES = API / "condition_types.hpp"
REASONS = API / "condition_reasons.hpp"
KINDS = ("AllocationPolicy", "TeamQuota", "BurstLoan")

# Literals equal to a type or reason that name something else.
HOMONYMS = {
    ("controllers/api/allocation_policy.cpp", "Enforced"),  # a value of forecastDiscipline.enforcement
    ("controllers/treasury/rationale.cpp", "Overcommitted"),  # a value of rationale[].bound
    ("operator/cli/review/review.cpp", "Enforced"),  # a value of forecastDiscipline.enforcement
    ("operator/cli/review/review_html_grants.cpp", "Granted"),  # a label of a chart
}
# Folders that give reasons. A literal there that looks like a reason is one without a constant, or is listed here.
DECIDING = ("controllers/treasury", "controllers/reconcile", "controllers/usage")
OTHER_WORDS = {"AllocationPolicy", "TeamQuota", "BurstLoan", "FairShare", "IdleShare"}


def constants(text):
    """By constant (`kReady`): its value and the lines of the comment directly above it."""
    found, comment = {}, []
    for line in text.splitlines():
        defined = re.fullmatch(r'inline constexpr const char\* (k\w+) = "(\w+)";', line)
        if line.startswith("//"):
            comment.append(line[2:])
            continue
        if defined:
            found[defined[1]] = (defined[2], comment)
        elif "constexpr" in line:
            raise ValueError(f"not a constant of one line: {line}")
        comment = []
    return found


def sentence(lines):
    return " ".join(line.strip() for line in lines)


class Conditions:
    """`types`: by name (what it is about, {kind: [reason]}). `reasons`: by name what it means."""

    def __init__(self, repository=REPOSITORY):
        self.repository = repository
        self.type_constants = constants((repository / TYPES).read_text())
        self.reason_constants = constants((repository / REASONS).read_text())
        self.reasons = {name: sentence(comment) for name, comment in self.reason_constants.values()}
        self.types = {name: self._type(comment) for name, comment in self.type_constants.values()}

    @staticmethod
    def _type(comment):
        about, kinds = [], {}
        for line in comment:
            kind, colon, listed = line.strip().partition(":")
            if colon and kind in KINDS:
                kinds[kind] = listed
            elif kinds:
                kinds[list(kinds)[-1]] += line
            else:
                about.append(line)
        return sentence(about), {kind: re.findall(r"\w+", listed) for kind, listed in kinds.items()}

    def of(self, kind):
        """(type, what it is about, reasons) of each condition of a resource."""
        for name, (about, kinds) in self.types.items():
            if kind in kinds:
                yield name, about, kinds[kind]

    def reasons_of(self, kind, type_name):
        return self.types[type_name][1].get(kind, [])

    def complaints(self):
        yield from self._complaints_about_headers()
        yield from self._complaints_about_sources()

    def _complaints_about_headers(self):
        for name, (about, kinds) in self.types.items():
            if not about or not kinds:
                yield f"{TYPES}: {name}: say what it is about, and its reasons by resource"
            for kind, reasons in kinds.items():
                for reason in reasons:
                    if reason not in self.reasons:
                        yield f"{TYPES}: {name} of {kind}: {REASONS.name} has no reason {reason}"
        listed = {reason for _, kinds in self.types.values() for reasons in kinds.values() for reason in reasons}
        for name, meaning in self.reasons.items():
            if not meaning:
                yield f"{REASONS}: {name}: say what it means and what to do"
            if name not in listed:
                yield f"{REASONS}: {name}: no condition in {TYPES.name} has this reason"

    def _complaints_about_sources(self):
        words = set(self.types) | set(self.reasons)
        used = set()
        for file in self._sources():
            path, text = str(file.relative_to(self.repository)), file.read_text()
            used |= set(re.findall(r"\b(?:condition|reason)::k\w+", text))
            for literal in re.findall(r'"([A-Z][A-Za-z]+)"', text):
                if literal in words and (path, literal) not in HOMONYMS:
                    yield f'{path}: write the constant of {TYPES.name} or {REASONS.name} instead of "{literal}"'
                elif (path.startswith(DECIDING) and re.fullmatch("([A-Z][a-z]+){2,}", literal)
                      and literal not in words | OTHER_WORDS):
                    yield f'{path}: "{literal}" looks like a reason; give it a constant in {REASONS.name}'
        for namespace, names, header in (("condition", self.type_constants, TYPES),
                                         ("reason", self.reason_constants, REASONS)):
            for name in names:
                if f"{namespace}::{name}" not in used:
                    yield f"{header}: no source uses {name}"

    def _sources(self):
        headers = {self.repository / TYPES, self.repository / REASONS}
        for folder in ("controllers", "operator"):
            yield from (file for file in sorted((self.repository / folder).rglob("*.[ch]pp")) if file not in headers)


def main():
    complaints = list(Conditions().complaints())
    print("\n".join(complaints), file=sys.stderr, end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
