"""Two replicas on a real control plane: one leads, the other takes over, and the deposed one writes nothing more.

Needs BURSAR (the binary); starts everything else itself. The lease is short here, so that what is waited for is short.
"""

import os
import signal
import time
import unittest

from testenv import module_plane
from testenv.environment import wait_for
from testenv.processes import Process, free_port, http_ok

LEASE_SECONDS = 4
DEPOSED = 3  # the exit code of a replica that lost the lead
PLANE = None
KUBECONFIG = None


def setUpModule():
    global PLANE, KUBECONFIG
    PLANE = module_plane.start("leader")
    KUBECONFIG = PLANE.service_account_kubeconfig("bursar-operator")
    PLANE.apply([module_plane.policy("10M"), module_plane.namespace("search"), module_plane.quota("search", 1000)])


def replica(name):
    """Its pod is called `name`. Returns when it is ready: it leads and has decided, or it waits."""
    port = free_port()
    process = Process(name, [os.environ["BURSAR"], "operator", "--kubeconfig", KUBECONFIG,
                             "--leader-elect-lease-duration", f"{LEASE_SECONDS}s", "--leader-elect-renew-deadline", "3s",
                             "--leader-elect-retry-period", "500ms",
                             "--health-address", f"127.0.0.1:{port}"],
                      PLANE.logs, lambda: http_ok(port, "/healthz") and http_ok(port, "/readyz"), {"HOSTNAME": name})
    process.start()
    return process


def leader():
    """The pod that holds the lease; empty if none does."""
    holders = [item["spec"].get("holderIdentity", "") for item in PLANE.get("lease", "-n", "bursar-system")["items"]]
    return holders[0].rsplit("_", 1)[0] if holders else ""


def granted():
    budgets = PLANE.get("teamquota", "-n", "search", "search").get("status", {}).get("budgets", [])
    return budgets[0]["granted"] if budgets else None


def versions():
    """The resourceVersions of everything the operator writes; any write changes one."""
    found = {}
    for kind in ("allocationpolicies", "teamquotas", "configmaps", "events"):
        for item in PLANE.get(kind, "-A")["items"]:
            metadata = item["metadata"]
            found[kind, metadata.get("namespace"), metadata["name"]] = metadata["resourceVersion"]
    return found


def limits():
    return PLANE.get("configmap", "-n", "bursar-system", "-l", "bursar.dev/gateway=main.envoy")["items"]


class Leader(unittest.TestCase):
    """One story: each step begins with the replica that leads since the one before."""

    def take_over(self, name, within):
        started = time.monotonic()
        wait_for(f"{name} to lead", lambda: leader() == name, within + 5, 0.05)
        took = time.monotonic() - started
        self.assertLess(took, within)
        return took

    def test_hand_over_kill_and_a_deposed_leader(self):
        first = replica("first")
        self.addCleanup(first.stop)
        self.take_over("first", 2)  # the lease has no holder: at once
        wait_for("the first grant", lambda: granted() == 1000, interval=0.05)
        second = replica("second")
        self.addCleanup(second.stop)
        wait_for("the second to wait", lambda: 'leader="first' in second.log_tail(), interval=0.05)

        first.child.send_signal(signal.SIGTERM)
        handed = self.take_over("second", 2)
        self.assertEqual(first.child.wait(5), 0)
        wait_for("the second to decide", lambda: "operator started" in second.log_tail(), interval=0.05)
        PLANE.apply(module_plane.quota("search", 2000))
        wait_for("a decision of the second", lambda: granted() == 2000, 5, 0.05)

        third = replica("third")
        self.addCleanup(third.stop)
        wait_for("the third to wait", lambda: 'leader="second' in third.log_tail(), interval=0.05)
        before = limits(), granted()
        second.kill()
        killed = self.take_over("third", LEASE_SECONDS + 2)
        self.assertGreater(killed, 1)  # not while the second's word still holds
        wait_for("the third to begin", lambda: "operator started" in third.log_tail(), interval=0.05)
        self.assertEqual((limits(), granted()), before)
        PLANE.apply(module_plane.quota("search", 3000))
        wait_for("a decision of the third", lambda: granted() == 3000, 5, 0.05)
        print(f"hand-over {handed:.2f} s, after a kill {killed:.2f} s")
        self.deposed_leader_writes_nothing(third)

    def deposed_leader_writes_nothing(self, old):
        new = replica("fourth")
        self.addCleanup(new.stop)
        wait_for("the fourth to wait", lambda: 'leader="third' in new.log_tail(), interval=0.05)
        old.child.send_signal(signal.SIGSTOP)
        self.take_over("fourth", LEASE_SECONDS + 2)
        wait_for("the fourth to decide", lambda: "operator started" in new.log_tail(), interval=0.05)
        PLANE.apply(module_plane.quota("search", 4000))
        wait_for("a decision of the fourth", lambda: granted() == 4000, 5, 0.05)
        # Only the deposed replica could act now, and there is work: its objects were deleted and its team asks for more.
        new.child.send_signal(signal.SIGSTOP)
        for item in limits():
            PLANE.kubectl("delete", "configmap", "-n", "bursar-system", item["metadata"]["name"])
        PLANE.apply(module_plane.quota("search", 5000))
        before = versions()
        old.child.send_signal(signal.SIGCONT)
        self.assertEqual(old.child.wait(10), DEPOSED, old.log_tail())
        self.assertEqual(versions(), before)
        self.assertEqual(limits(), [])
        new.child.send_signal(signal.SIGCONT)
        # The next leader does the work: the fourth, or the fifth if the fourth was stopped for too long.
        fifth = replica("fifth")
        self.addCleanup(fifth.stop)
        wait_for("the limits to be back", limits, 2 * LEASE_SECONDS + 5, 0.05)
        wait_for("the team's new grant", lambda: granted() == 5000, 5, 0.05)


if __name__ == "__main__":
    unittest.main()
