"""Generated pages, compared with what hack/update.sh would write. Golden files are compared by the suites that own them."""

import pathlib
import subprocess
import sys


def complaints(tree, bursar):
    if not pathlib.Path(bursar).is_file():
        return [f"{bursar}: no such binary; build it: cmake --preset release && cmake --build --preset release --target bursar"]
    done = subprocess.run([sys.executable, tree.root / "hack" / "generate_reference.py", "--check", bursar],
                          capture_output=True, text=True, check=False)
    return done.stderr.splitlines() or ([] if done.returncode == 0 else [f"hack/generate_reference.py: code {done.returncode}"])
