"""Helm with folders of its own: nothing of the user's configuration is read or written."""

import pathlib
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
CHART = REPOSITORY / "charts" / "bursar"
# Rendering without a cluster is for the oldest one that the chart supports.
OLDEST_KUBERNETES = "1.30.0"


class HelmError(RuntimeError):
    """Helm refused; the message is what it printed."""


class Helm:
    def __init__(self, binary, folder, kubeconfig=None):
        self.binary = binary
        self.environment = {f"HELM_{kind}_HOME": str(folder / "helm" / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
        self.environment["HOME"] = str(folder / "helm")  # for its cache of what the API server serves
        if kubeconfig is not None:
            self.environment["KUBECONFIG"] = str(kubeconfig)

    def __call__(self, *arguments):
        """What it prints on standard output."""
        done = subprocess.run([str(self.binary), *map(str, arguments)], capture_output=True, text=True, timeout=120,
                              check=False, env=self.environment)
        if done.returncode != 0:
            # The note that the chart has crds/ by a symbolic link comes with every call.
            lines = [line for line in done.stderr.splitlines() if "found symbolic link" not in line]
            raise HelmError("\n".join([done.stdout.strip(), *lines]).strip())
        return done.stdout

    def template(self, *arguments, release="bursar", namespace="bursar-system", chart=CHART):
        """The manifests as YAML, without a cluster."""
        return self("template", release, chart, "--namespace", namespace, "--kube-version", OLDEST_KUBERNETES, *arguments)
