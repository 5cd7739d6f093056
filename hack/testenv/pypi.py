"""Packages from PyPI in a folder of their own: fetched once by their exact versions, kept outside the tree."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

from testenv.binaries import cache_key, cache_root

TOOLS = pathlib.Path(__file__).resolve().parent / "tools"


def locate(name, *options, prepare=lambda folder: None):
    """The folder with what tools/NAME/requirements.txt lists, fetched where it is missing. `prepare` gets it once."""
    requirements = TOOLS / name / "requirements.txt"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    target = cache_root() / f"{name}-{cache_key(requirements.read_bytes() + version.encode())}"
    if target.exists():
        return target
    print(f"fetching {name} (once; kept in {cache_root()})", file=sys.stderr, flush=True)
    cache_root().mkdir(parents=True, exist_ok=True)
    staged = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}.", dir=cache_root()))
    try:
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             "--root-user-action=ignore", "--no-deps", "--only-binary", ":all:", *options, "--no-compile",
             "--target", str(staged), "-r", str(requirements)],
            check=True)
        prepare(staged)
        staged.rename(target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return target


def command(folder, statement):
    """Arguments that run a statement of Python with the folder's packages before all others."""
    return [sys.executable, "-c", f"import sys; sys.path[:] = [{str(folder)!r}] + sys.path[1:]; {statement}"]
