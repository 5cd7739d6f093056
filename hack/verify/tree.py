"""The files of a checkout, and a memory of what was found to be right."""

import functools
import hashlib
import os
import pathlib
import re
import subprocess

INCLUDE = re.compile(r'^\s*#include "([^"]+)"', re.MULTILINE)
CPP = (".cpp", ".hpp")


class Tree:
    """A checkout of the repository. Files are named by their path from its top."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()

    @functools.cached_property
    def files(self):
        """Every file but those that .gitignore names."""
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=self.root,
                                capture_output=True, text=True, check=True).stdout
        return sorted(name for name in set(listed.split("\0")) - {""} if (self.root / name).is_file())

    def ending(self, *suffixes):
        return [name for name in self.files if name.endswith(suffixes)]

    def under(self, *folders):
        """C++ files below these folders."""
        return [name for name in self.ending(*CPP) if name.startswith(tuple(folder + "/" for folder in folders))]

    @functools.lru_cache(maxsize=None)
    def text(self, name):
        return (self.root / name).read_text(errors="replace")

    @functools.lru_cache(maxsize=None)
    def includes(self, name):
        """Files of the repository that a file includes."""
        return tuple(found for found in INCLUDE.findall(self.text(name)) if (self.root / found).is_file())

    def closure(self, names):
        """Files with everything that they include, directly or not."""
        reached, left = set(), list(names)
        while left:
            name = left.pop()
            if name not in reached:
                reached.add(name)
                left += self.includes(name)
        return sorted(reached)


class Memory:
    """Remembers, from run to run and for every checkout, inputs that passed a check. A key is a digest of everything that
    the result depends on."""

    KEPT = 20_000

    def __init__(self, name):
        folder = pathlib.Path(os.environ.get("BURSAR_CACHE", pathlib.Path.home() / ".cache" / "bursar")) / "verify"
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / name
        self.known = self.file.read_text().split() if self.file.exists() else []
        self.set = set(self.known)

    def __contains__(self, key):
        return key in self.set

    def add(self, keys):
        self.known = (self.known + [key for key in keys if key not in self.set])[-self.KEPT:]
        self.set = set(self.known)
        fresh = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        fresh.write_text("\n".join(self.known) + "\n")
        fresh.replace(self.file)


def digest(*parts):
    total = hashlib.sha256()
    for part in parts:
        total.update(part.encode() + b"\0")
    return total.hexdigest()
