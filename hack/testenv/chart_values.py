"""The table of the chart's values in docs/install.md, made from the comments of values.yaml.

`python3 -m testenv.chart_values` writes it; tests/chart/test_rendering.py holds the page to it.
"""

import itertools
import re

from testenv.helm import CHART, REPOSITORY

PAGE = "docs/install.md"
BEGIN, END = "<!-- values: begin -->\n", "<!-- values: end -->\n"


def rows():
    """(path, default, what it is) of each value that has a comment; those without one are only a level."""
    levels, comment, lines = [], [], (CHART / "values.yaml").read_text().splitlines()
    for number, line in enumerate(lines):
        if line.strip().startswith("# "):
            comment.append(line.strip()[2:])
            continue
        entry = re.match(r"^( *)([A-Za-z]+):(?: (.*))?$", line)
        if entry and comment:
            indent, key, default = entry.groups()
            path = ".".join([name for depth, name in levels if depth < len(indent)] + [key])
            yield path, default or _folded(lines, number, len(indent)), " ".join(comment)
        elif entry:
            levels = [level for level in levels if level[0] < len(entry[1])] + [(len(entry[1]), entry[2])]
        comment = []


def _folded(lines, number, indent):
    """A default of several lines, on one."""
    below = itertools.takewhile(lambda line: line.startswith(" " * (indent + 1)), lines[number + 1:])
    return "{" + ", ".join(line.strip() for line in below) + "}"


def table():
    lines = ["| Value | Default | |", "| --- | --- | --- |"]
    for path, default, text in rows():
        lines.append(f"| `{path}` | `{default}` | {text} |".replace("<", "&lt;"))
    return "\n".join(lines) + "\n"


def with_table():
    """The page with the table as it must be."""
    before, rest = (REPOSITORY / PAGE).read_text().split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    (REPOSITORY / PAGE).write_text(with_table())
