"""Guarded members: clang checks the annotations of operator/runtime/base/mutex.hpp, and no other mutex is used."""

import collections
import os
import re
import subprocess
import tempfile
from concurrent import futures

from tree import Memory, digest

MUTEX = "operator/runtime/base/mutex.hpp"
OTHERS = re.compile(r"std::(?:(?:recursive_|shared_|timed_)*mutex|lock_guard|unique_lock|scoped_lock|shared_lock|condition_variable)\b")
MEMBER = re.compile(r"^\s*(?:mutable )?Mutex (\w+_);", re.MULTILINE)
FLAGS = ["-std=c++20", "-fsyntax-only", "-I.", "-DSPDLOG_FMT_EXTERNAL", "-Wno-everything", "-Wthread-safety",
         "-Werror=thread-safety"]


def complaints(tree):
    for name in tree.under("operator", "controllers"):
        text = tree.text(name)
        if name != MUTEX:
            for found in OTHERS.finditer(text):
                line = text.count("\n", 0, found.start()) + 1
                yield f"{name}:{line}: {found[0]}: use Mutex, MutexLock and std::condition_variable_any ({MUTEX})"
            for found in MEMBER.finditer(text):
                if not re.search(rf"\b(GUARDED_BY|REQUIRES)\({found[1]}\)", text):
                    yield f"{name}: {found[1]} guards no member; mark what it guards with GUARDED_BY({found[1]})"
    yield from _annotations(tree)


def _annotations(tree):
    """Sources that see guarded members, a folder at a time: their headers are the same and are read once."""
    memory, version = Memory("locks"), subprocess.run(["clang++", "--version"], capture_output=True, text=True,
                                                      check=True).stdout
    annotated = {MUTEX, *(name for name in tree.under("operator", "controllers") if MUTEX in tree.includes(name))}
    folders = collections.defaultdict(list)
    for name in tree.under("operator", "controllers"):
        if name.endswith(".cpp") and (name in annotated or annotated & set(tree.includes(name))):
            folders[os.path.dirname(name)].append(name)
    keys = {folder: digest(version, " ".join(FLAGS), *sources, *map(tree.text, tree.closure(sources)))
            for folder, sources in folders.items()}
    unknown = [folder for folder in folders if keys[folder] not in memory]
    with futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = dict(zip(unknown, pool.map(lambda folder: _check(tree, folders[folder]), unknown)))
    memory.add(keys[folder] for folder, found in results.items() if not found)
    for found in results.values():
        yield from found


def _compile(tree, sources):
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as unit:
        unit.write("".join(f'#include "{name}"\n' for name in sources))
        unit.flush()
        postgres = subprocess.run(["pkg-config", "--cflags", "libpq"], capture_output=True, text=True, check=False).stdout
        return subprocess.run(["clang++", *FLAGS, *postgres.split(), unit.name], cwd=tree.root, capture_output=True,
                              text=True, check=False)


def _check(tree, sources):
    done = _compile(tree, sources)
    if done.returncode != 0 and len(sources) > 1:
        # Names of two sources may clash. Then each is compiled by itself.
        return [complaint for name in sources for complaint in _check(tree, [name])]
    if done.returncode == 0:
        return []
    errors = [line for line in done.stderr.splitlines() if ": error:" in line or ": fatal error:" in line]
    return errors or [f"{sources[0]}: clang++ ended with code {done.returncode}: {done.stderr.strip()[:500]}"]
