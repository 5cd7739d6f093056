#!/usr/bin/env python3
"""Writes docs/reference from what it describes: the CRDs, the sources and the binary.

Usage: generate_reference.py [--check] BURSAR

With --check nothing is written: exit code 1 where a page is not what would be written, or where a source names a
condition or reason otherwise than by its constant (reference/conditions.py).
"""

import argparse
import pathlib
import re
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent
REFERENCE = REPOSITORY / "docs" / "reference"
CRDS = ("allocationpolicies", "teamquotas", "burstloans")
sys.path.insert(0, str(REPOSITORY / "tests" / "docs"))

from commands import CommandLine  # noqa: E402
from reference.conditions import KINDS, Conditions  # noqa: E402

NOTE = "<!-- Written by hack/generate_reference.py; a test holds it against its sources. Change those instead. -->\n\n"


def cell(text):
    return re.sub(r"\s+", " ", str(text)).replace("|", "\\|").strip()


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(map(cell, row)) + " |" for row in rows]) + "\n"


# Resources

def type_of(schema):
    if schema.get("x-kubernetes-int-or-string"):
        return "tokens"
    kind = schema.get("type", "")
    if kind == "array":
        return f"list of {type_of(schema['items'])}s"
    if kind == "object" and "additionalProperties" in schema:
        return f"map to {type_of(schema['additionalProperties'])}s"
    return schema.get("format", kind) if kind == "string" else kind


def bounds_of(schema):
    if "enum" in schema:
        yield " or ".join(f"`{value}`" for value in schema["enum"])
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        yield f"{low} to {high}"
    elif low is not None:
        yield f"at least {low}"
    elif high is not None:
        yield f"at most {high}"
    if schema.get("type") == "string" and "maxLength" in schema:
        yield f"at most {schema['maxLength']} characters"
    if "minItems" in schema or "maxItems" in schema:
        yield f"{schema.get('minItems', 0)} to {schema['maxItems']} entries"
    if "x-kubernetes-list-map-keys" in schema:
        yield "one entry a " + " and ".join(schema["x-kubernetes-list-map-keys"])


def rules_of(schema, required):
    if required:
        yield "required"
    yield from bounds_of(schema)
    if schema.get("x-kubernetes-int-or-string"):
        schema = {**schema, "x-kubernetes-validations": schema["x-kubernetes-validations"][1:]}  # told once, on top
    for part in (schema, schema.get("items", {})):
        yield from (rule["message"] for rule in part.get("x-kubernetes-validations", []))


def fields_of(path, schema, required=False):
    """A row a field, in the order of the CRD: path, type, default, rules, description."""
    default = f"`{schema['default']}`" if "default" in schema and schema["default"] not in ({}, "") else ""
    yield (f"`{path}`", type_of(schema), default, "; ".join(rules_of(schema, required)), schema.get("description", ""))
    below, suffix = schema, "."
    if schema.get("type") == "array":
        below, suffix = schema["items"], "[]."
    for name, part in below.get("properties", {}).items():
        yield from fields_of(path + suffix + name, part, name in below.get("required", []))


def crd(plural):
    return yaml.safe_load((REPOSITORY / "crds" / f"{plural}.yaml").read_text())["spec"]


def resource_section(spec):
    version = spec["versions"][0]
    schema = version["schema"]["openAPIV3Schema"]
    names = spec["names"]
    text = f"## {names['kind']}\n\n{schema['description']}\n\n`{spec['group']}/{version['name']}`, {spec['scope'].lower()}, "
    text += f"short name `{names['shortNames'][0]}`.\n\n"
    for rule in schema.get("x-kubernetes-validations", []):
        text += f"* {rule['message']}\n"
    for part in ("spec", "status"):
        top = schema["properties"][part]
        text += f"\n### {names['kind']}: {part}\n\n{top.get('description', '')}\n\n"
        text += "".join(f"* {rule['message']}\n" for rule in top.get("x-kubernetes-validations", [])) + "\n"
        rows = [row for name, below in top["properties"].items()
                for row in fields_of(f"{part}.{name}", below, name in top.get("required", []))]
        text += table(("Field", "Type", "Default", "Rule", "Description"), rows)
    columns = [(column["name"] + (" (wide)" if column.get("priority") else ""), f"`{column['jsonPath']}`",
                column.get("description", "")) for column in version["additionalPrinterColumns"]]
    return text + f"\n### {names['kind']}: what `kubectl get` prints\n\n" + table(("Column", "From", ""), columns)


def resources_page():
    return (NOTE + "# Every field of the three resources\n\n"
            "`tokens` are whole tokens from 0 to 9e15: an integer, or a decimal quantity such as `400M`, `1500k`, `1.2G`. "
            "A field that is not required and has no default may be left out.\n\n"
            + "\n".join(resource_section(crd(plural)) for plural in CRDS))


# Conditions

def conditions_page(conditions):
    text = NOTE + ("# Every condition and reason\n\n"
                   "Conditions are in `status.conditions`; each names the `observedGeneration` it is about. `Ready` is always "
                   "present, `Stalled` and `Reconciling` only while they are `True` "
                   "([kstatus](https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus)). "
                   "Whenever `Ready` changes, an event with the same reason says so; a loan has an event for every phase. "
                   "What to do by symptom: [troubleshooting](../troubleshooting.md).\n")
    for kind in KINDS:
        for name, about, reasons in conditions.of(kind):
            text += f"\n## {kind}: {name}\n\n{about}\n\n"
            text += table(("Reason", "What it means, and what to do"),
                          [(f"`{reason}`", conditions.reasons[reason]) for reason in reasons])
    return text


# Commands

def commands_page(command_line):
    text = NOTE + ("# Every command\n\n`bursar` as it says of itself with `--help`. Installed as `kubectl-bursar` it is a plugin of kubectl.\n")
    for verb in [(), *command_line.every_verb()]:
        text += f"\n## {' '.join(('bursar', *verb))}\n\n```text\n{command_line.help(*verb).strip()}\n```\n"
    return text


def main():
    parser = argparse.ArgumentParser(description="Writes docs/reference from what it describes.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where a page is not current")
    parser.add_argument("bursar", help="the binary")
    options = parser.parse_args()
    conditions = Conditions()
    pages = {"resources.md": resources_page(), "conditions.md": conditions_page(conditions),
             "commands.md": commands_page(CommandLine(options.bursar))}
    wrong = list(conditions.complaints())
    for name, text in pages.items():
        target = REFERENCE / name
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines()) + "\n")
        if target.exists() and target.read_text() == text:
            continue
        if options.check:
            wrong.append(f"docs/reference/{name} is not current: run hack/generate_reference.py BURSAR")
        else:
            REFERENCE.mkdir(exist_ok=True)
            target.write_text(text)
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
