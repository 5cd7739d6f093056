"""Files as texts: formatting, length, width, parameter lists, words, and what lies at the top."""

import os
import pathlib
import re
import subprocess
from concurrent import futures

from tree import Memory, digest

MOST_LINES = 500
MOST_PARAMETERS = 6
WIDEST = 160
HERE = pathlib.Path(__file__).resolve().parent
# What may lie at the top of the repository.
TOP = {".ci", ".clang-format", ".clang-tidy", ".gitignore", "CMakeLists.txt", "CMakePresets.json", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE",
       "README.md", "charts", "cmake", "controllers", "crds", "docs", "hack", "operator", "tests"}


def formatting(tree):
    """Files that clang-format would change."""
    version = subprocess.run(["clang-format", "--version"], capture_output=True, text=True, check=True).stdout
    style, memory = tree.text(".clang-format"), Memory("formatting")
    keys = {name: digest(version, style, tree.text(name)) for name in tree.ending(".cpp", ".hpp")}
    unknown = [name for name in keys if keys[name] not in memory]

    def unformatted(names):
        done = subprocess.run(["clang-format", "--dry-run", *names], cwd=tree.root, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"clang-format ended with code {done.returncode}: {done.stderr.strip()[:500]}")
        return re.findall(r"^(\S+):(\d+):\d+: warning", done.stderr, re.MULTILINE)

    with futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        batches = [unknown[at:at + 20] for at in range(0, len(unknown), 20)]
        wrong = {}
        for name, line in sorted(found for batch in pool.map(unformatted, batches) for found in batch):
            wrong.setdefault(name, line)
    memory.add(keys[name] for name in unknown if name not in wrong)
    return [f"{name}:{line}: not formatted; run hack/update.sh" for name, line in wrong.items()]


def top(tree):
    """Files and folders at the top that do not belong there."""
    for name in sorted({file.split("/")[0] for file in tree.files} - TOP):
        yield f"{name}: does not belong at the top of the repository; move or remove it, or add it to hack/verify/texts.py"


def length(tree):
    for name in tree.ending(".cpp", ".hpp", ".py", ".sh", ".cmake", "CMakeLists.txt"):
        lines = tree.text(name).count("\n")
        if lines > MOST_LINES:
            yield f"{name}: {lines} lines; split it by subject (at most {MOST_LINES})"


def _can_be_wrapped(line):
    return not line.lstrip().startswith("|") and len(line.split()) > 3


def width(tree):
    """Lines of prose. Tables, code, links, generated pages and what a page shows of a golden file cannot be wrapped."""
    shown = {line for name in tree.ending(".md") if name.startswith("tests/golden/") for line in tree.text(name).splitlines()}
    for name in tree.ending(".md"):
        if name.startswith(("docs/reference/", "tests/")):
            continue
        fenced = False
        for number, line in enumerate(tree.text(name).splitlines(), 1):
            if line.lstrip().startswith("```"):
                fenced = not fenced
            elif len(line) >= WIDEST and not fenced and line not in shown and _can_be_wrapped(line):
                yield f"{name}:{number}: {len(line)} characters; wrap it below {WIDEST}"


PARAMETER = re.compile(r"(?:const |unsigned )?[\w:]+(?:<.*>)?(?: const)?[ &*]+(?:const )?\w+(?:\s*=.*|\s*\[\d*\])?", re.DOTALL)
# A name, its parameters, and what may follow those of a declaration.
HEAD = re.compile(r"[\w>&*] ?[\w:~]+(\()")
TAIL = re.compile(r"\s*(?:const|noexcept|override|final|REQUIRES|->|=\s*0|[;{:])")


def _split(text):
    """The parts of a list at its commas, but for those within brackets."""
    parts, depth, begin = [], 0, 0
    for at, character in enumerate(text):
        if character in "(<{[":
            depth += 1
        elif character in ")}]" or (character == ">" and text[at - 1] != "-"):
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[begin:at].strip())
            begin = at + 1
    return parts + [text[begin:].strip()]


def parameters(tree):
    """Functions with more parameters than a reader keeps in mind. By text: a declaration has a type and a name in each."""
    for name in tree.under("operator", "controllers"):
        text = re.sub(r"//[^\n]*", "", tree.text(name))
        for found in HEAD.finditer(text):
            depth, end = 0, found.end(1)
            for end in range(found.start(1), len(text)):
                depth += (text[end] == "(") - (text[end] == ")")
                if depth == 0:
                    break
            inside = text[found.end(1):end]
            if inside.count(",") < MOST_PARAMETERS or not TAIL.match(text, end + 1):
                continue
            listed = _split(inside)
            if len(listed) > MOST_PARAMETERS and all(PARAMETER.fullmatch(each) for each in listed):
                head = re.search(r"[\w:~]+$", text[:found.start(1)])[0]
                yield f"{name}: {head} has {len(listed)} parameters; group them in a struct (at most {MOST_PARAMETERS})"


def words(tree):
    """Words of hack/verify/words.txt, each a regular expression with what to write instead."""
    listed = [line.split("\t") for line in (HERE / "words.txt").read_text().splitlines() if line and not line.startswith("#")]
    patterns = [(re.compile(pattern), advice) for pattern, advice in listed]
    for name in tree.ending(".cpp", ".hpp", ".md", ".sh", ".py"):
        if name.startswith(("hack/verify/", "tests/golden/", "docs/adr/")):
            continue
        for number, line in enumerate(tree.text(name).splitlines(), 1):
            for pattern, advice in patterns:
                found = pattern.search(line)
                if found:
                    yield f"{name}:{number}: \"{found[0]}\": {advice}"
