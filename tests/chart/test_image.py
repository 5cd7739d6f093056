"""The image, as far as it can be tried without a registry: its list of packages is enough to run the binary as a user
without rights on a root that cannot be written, and its bill of materials is valid and true.

Needs BURSAR (the binary) and root, to make a root folder and go into it.
"""

import functools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from testenv import pypi
from testenv.helm import REPOSITORY

IMAGE = REPOSITORY / "hack" / "image"
BINARY = pathlib.Path(os.environ["BURSAR"]).resolve()
STATUS = pathlib.Path("/var/lib/dpkg/status")
MOMENT = "1764111600"  # 2025-11-25T23:00:00Z
QUOTA = """
apiVersion: bursar.dev/v1alpha1
kind: TeamQuota
metadata: {name: search, namespace: search}
spec: {policy: main, team: search, requests: [{pool: chat, forecast: 1k}]}
"""
VALIDATE = ("from cyclonedx.validation.json import JsonStrictValidator as V; from cyclonedx.schema import SchemaVersion as S; "
            "error = V(S.V1_6).validate_str(sys.stdin.read()); sys.exit(str(error)[:2000] if error else 0)")


@functools.cache
def needed():
    return subprocess.run([IMAGE / "runtime_packages.sh", BINARY], check=True, capture_output=True, text=True).stdout.split()


def bill(packages, status=STATUS):
    with tempfile.TemporaryDirectory() as scratch:
        listed = pathlib.Path(scratch) / "packages"
        listed.write_text("\n".join(packages))
        return subprocess.run(
            [IMAGE / "sbom.py", "--version", "0.1.0", "--packages", listed, "--binary", BINARY, status],
            env=dict(os.environ, SOURCE_DATE_EPOCH=MOMENT), check=True, capture_output=True, text=True).stdout


def complaint(text):
    folder = pypi.locate("cyclonedx")
    return subprocess.run(pypi.command(folder, VALIDATE), input=text, text=True, capture_output=True, check=False).stderr


def with_all_they_need(packages):
    """The status of these packages and of those they depend on: an image that has nothing else."""
    found = json.loads(bill(packages))
    depends = {entry["ref"]: entry.get("dependsOn", []) for entry in found["dependencies"]}
    names = {entry["bom-ref"]: entry["name"] for entry in found["components"]}
    wanted, waiting = set(), list(depends[found["metadata"]["component"]["bom-ref"]])
    while waiting:
        reference = waiting.pop()
        if reference not in wanted:
            wanted.add(reference)
            waiting += depends[reference]
    return sorted({names[reference] for reference in wanted})


class Image(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bursar-image-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def root_of(self, packages):
        """A root folder with the files of these packages, as this system has them installed, and the binary."""
        root = self.folder / "root"
        for folder in ("usr/bin", "usr/lib", "usr/lib64", "usr/local/bin"):
            (root / folder).mkdir(parents=True)
        for link in ("bin", "lib", "lib64"):
            (root / link).symlink_to(f"usr/{link}")
        listed = subprocess.run(["dpkg", "-L", *packages], check=True, capture_output=True, text=True).stdout
        files = sorted({line for line in listed.splitlines() if ".so" in line and os.path.isfile(line)})
        for file in files:
            target = root / file.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copy2(file, target, follow_symlinks=False)
        shutil.copy2(BINARY, root / "usr/local/bin/bursar")
        (root / "usr/local/bin/kubectl-bursar").symlink_to("bursar")
        return root

    def run_inside(self, root, *command):
        """As the image's user, on a root that is mounted read-only, without any other file system."""
        script = ('mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && '
                  'exec chroot --userspec=65532:65532 --groups= "$0" "$@"')
        return subprocess.run(["unshare", "--mount", "sh", "-c", script, root, *command], input=QUOTA, text=True,
                              capture_output=True, check=False, timeout=60)

    def test_the_listed_packages_are_enough(self):
        root = self.root_of(with_all_they_need(needed()))
        for name in ("bursar", "kubectl-bursar"):
            done = self.run_inside(root, f"/usr/local/bin/{name}", "validate", "-f", "-")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("all valid", done.stdout)

    def test_a_package_that_is_not_listed_is_missed(self):
        """The root folder has nothing but what was listed."""
        packages = with_all_they_need(needed())
        packages.remove("libcpprest2.10")
        done = self.run_inside(self.root_of(packages), "/usr/local/bin/bursar", "--help")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("libcpprest", done.stderr)

    def test_the_bill_of_materials_is_valid_and_complete(self):
        text = bill(needed())
        self.assertEqual(complaint(text), "")
        found = json.loads(text)
        self.assertEqual(found["metadata"]["timestamp"], "2025-11-25T23:00:00Z")
        installed = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status} ${Package} ${Version}\n"], check=True,
                                   capture_output=True, text=True).stdout.splitlines()
        self.assertEqual(sorted({(entry["name"], entry["version"]) for entry in found["components"]}),
                         sorted({tuple(line.split()[1:]) for line in installed if line.startswith("installed ")}))

    def test_what_is_not_valid_is_seen(self):
        found = json.loads(bill(needed()))
        del found["components"][0]["name"]
        self.assertIn("name", complaint(json.dumps(found)))

    def test_a_package_that_is_missing_ends_the_build(self):
        with self.assertRaises(subprocess.CalledProcessError) as failure:
            bill([*needed(), "no-such-package"])
        self.assertIn("not installed, but needed: no-such-package", failure.exception.stderr)

    def test_the_containerfile_agrees_with_the_chart(self):
        text = (IMAGE / "Containerfile").read_text()
        values = (REPOSITORY / "charts" / "bursar" / "values.yaml").read_text()
        self.assertIn("USER 65532:65532", text)
        self.assertIn("runAsUser: 65532", values)
        version = (REPOSITORY / "CMakeLists.txt").read_text().split("VERSION ")[2].split()[0]
        self.assertIn(f"appVersion: {version}\n", (REPOSITORY / "charts" / "bursar" / "Chart.yaml").read_text())
        self.assertIn(f"ARG VERSION={version}\n", text)


if __name__ == "__main__":
    unittest.main()
