"""A page of the documentation as what can be run in it: fenced blocks in order, each with what a comment says of it.

A comment `<!-- test: ... -->` is for the block behind it, and invisible to readers:
    not run, REASON        nothing of the block is run; the reason is printed and counted
    file NAME              the block is also a file of that name, in the folder where the page's commands run
    within KIND            a part of a resource: it is laid over a smallest resource of that kind
    exit code N            what the block's last command must end with
    as of now, 2026Q4 2026-11   where the block says this quarter and this month, take those of today
    values of the chart    the block is values for Helm
    in FOLDER              from here on commands run in this folder of the copy of the repository
    on an empty cluster    from here on commands run against an API server that knows nothing of Bursar
    prepare                the lines behind it, up to the comment's end, are run as a script
"""

import dataclasses
import re

FENCE = re.compile(r"^( *)(```+)([\w-]*)\s*$")
COMMENT = re.compile(r"<!--\s*test:\s*(.*?)\s*-->", re.DOTALL)
DIRECTIVES = {"not run": r"not run,\s+(\S.*)", "file": r"file\s+(\S+)", "within": r"within\s+(\w+)",
              "exit code": r"exit code\s+(\d+)", "as of now": r"as of now,\s+(\d{4}Q[1-4]\s+\d{4}-\d{2})",
              "values": r"(values) of the chart", "in": r"in\s+(\S+)", "on": r"on an (empty cluster)", "prepare": r"prepare\n(.*)"}
OF_THE_PAGE = ("in", "on", "prepare")  # a step of their own; the others belong to the block behind them


class PageError(Exception):
    """The page cannot be read; the message says where and why."""


@dataclasses.dataclass
class Block:
    line: int
    language: str
    text: str
    directives: dict

    @property
    def not_run(self):
        return self.directives.get("not run")


@dataclasses.dataclass
class Command:
    """What stands behind a `$ ` in a console block, and what it prints there (None where nothing is shown)."""

    line: int
    text: str
    shown: list


def _directive(text, line):
    for name, pattern in DIRECTIVES.items():
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found:
            return name, re.sub(r"\s+", " ", found[1]) if name != "prepare" else found[1]
    raise PageError(f"line {line}: \"test: {text}\" is none of: {', '.join(DIRECTIVES)}")


def _end_of(lines, start, fence):
    for index in range(start, len(lines)):
        if lines[index].strip() == fence:
            return index
    raise PageError(f"line {start}: this block is never closed")


def blocks_of(text):
    """Blocks of a page in order. A block of language `in`, `on` or `prepare` is a directive for the whole page."""
    lines = text.splitlines()
    blocks, directives, index = [], {}, 0
    while index < len(lines):
        fence = FENCE.match(lines[index])
        if fence:
            end = _end_of(lines, index + 1, fence[2])
            body = [line.removeprefix(fence[1]) for line in lines[index + 1:end]]
            blocks.append(Block(index + 1, fence[3], "\n".join(body) + "\n", directives))
            directives, index = {}, end + 1
            continue
        if "<!--" in lines[index] and "test:" in lines[index]:
            end = next((at for at in range(index, len(lines)) if "-->" in lines[at]), None)
            if end is None:
                raise PageError(f"line {index + 1}: this comment is never closed")
            found = COMMENT.search("\n".join(lines[index:end + 1]))
            name, value = _directive(found[1], index + 1)
            if name in OF_THE_PAGE:
                blocks.append(Block(index + 1, name, value, {}))
            else:
                directives[name] = value
            index = end + 1
            continue
        if directives and lines[index].strip():
            raise PageError(f"line {index + 1}: a block must follow the comment that speaks of it")
        index += 1
    if directives:
        raise PageError("the last comment speaks of no block")
    return blocks


def commands_of(block):
    """The commands of a console block. A command goes on over lines that end with a backslash, or a here-document."""
    commands, lines, index = [], block.text.splitlines(), 0
    while index < len(lines):
        if not lines[index].startswith("$ "):
            raise PageError(f"line {block.line + 1 + index}: a console block begins with \"$ \" and a command")
        start, command = index, lines[index][2:]
        document = re.search(r"<<-?'?(\w+)'?", command)
        while lines[index].endswith("\\") or (document and lines[index].strip() != document[1]):
            index += 1
            command += "\n" + lines[index]
        index += 1
        shown = []
        while index < len(lines) and not lines[index].startswith("$ "):
            shown.append(lines[index])
            index += 1
        while shown and not shown[-1].strip():
            shown.pop()
        commands.append(Command(block.line + 1 + start, command, shown or None))
    return commands


def inline_code_of(text):
    """(line, code) of every code span outside of fences."""
    inside, found = False, []
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            inside = not inside
        elif not inside:
            found += [(number, code) for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", line)]
    return found
