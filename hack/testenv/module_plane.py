"""A control plane for the tests of one module, and the smallest objects that it decides about."""

import pathlib
import shutil
import tempfile
import unittest

from testenv import binaries
from testenv.control_plane import ControlPlane


def start(name, data_plane=False, controller_manager=False, bursar=True):
    """Called in setUpModule: the control plane, stopped after the module's last test, with its `folder` removed. Without
    `bursar` it knows nothing of Bursar; its `binaries` have those of the gateway where `data_plane` asks for them."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"bursar-{name}-"))
    unittest.addModuleCleanup(shutil.rmtree, folder, ignore_errors=True)
    plane = ControlPlane(binaries.locate(data_plane=data_plane), folder)
    unittest.addModuleCleanup(plane.stop)
    plane.start(controller_manager=controller_manager)
    if bursar:
        plane.install_bursar()
    return plane


def policy(tokens_per_window, window="Day", **spec):
    """`main`, with one pool and one gateway."""
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "main"},
            "spec": {"period": "Month",
                     "pools": [{"name": "chat", "models": ["gpt-4o"], "window": window, "tokensPerWindow": tokens_per_window}],
                     "gateways": [{"name": "envoy", "type": "EnvoyRateLimit", "envoyRateLimit": {}}], **spec}}


def metered_policy(url, stale_after):
    """The same, whose windows close each minute by what the Prometheus at the URL has counted."""
    return policy("10M", "Minute", charter={"sponsor": "CTO"},
                  usage={"type": "Prometheus",
                         "prometheus": {"url": url, "pollInterval": "500ms", "staleAfter": stale_after}})


def namespace(name):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def quota(team, forecast, **spec):
    """Of the namespace of the team's name."""
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota", "metadata": {"name": team, "namespace": team},
            "spec": {"policy": "main", "team": team, "requests": [{"pool": "chat", "forecast": forecast}], **spec}}
