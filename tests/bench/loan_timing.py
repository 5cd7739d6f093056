"""How late a loan begins and ends at the gateway: from `start` and `end` to the file that ratelimit reads.

ratelimit loads that file within milliseconds (grant_in_force.py measures the whole way). Usage: loan_timing.py BURSAR
[LOANS]; run by hack/bench.sh.
"""

import datetime
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "hack"))

from testenv.environment import Environment, wait_for, wait_out_midnight  # noqa: E402


def instant(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def manifests(index, start):
    team = f"team-{index:02}"
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": team}},
            {"apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota", "metadata": {"name": team, "namespace": team},
             "spec": {"policy": "main", "team": team, "requests": [{"pool": "chat", "forecast": 10_000 + index}]}},
            {"apiVersion": "bursar.dev/v1alpha1", "kind": "BurstLoan", "metadata": {"name": "loan", "namespace": team},
             "spec": {"teamQuota": team, "pool": "chat", "tokens": 5000, "start": instant(start),
                      "end": instant(start + 20), "reason": "Measuring how late a loan begins"}}]


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    wait_out_midnight(300)
    with Environment(sys.argv[1]) as env:
        env.start_control_plane()
        env.control_plane.apply({
            "apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "main"},
            "spec": {"period": "Month",
                     "pools": [{"name": "chat", "models": ["*"], "window": "Day", "tokensPerWindow": "10M"}],
                     "gateways": [{"name": "envoy", "type": "EnvoyRateLimit", "envoyRateLimit": {}}]}})
        env.start_operator()
        first = int(time.time()) + 8
        env.control_plane.apply([item for index in range(count) for item in manifests(index, first + index)])
        wait_for("limits", lambda: env.control_plane.get("configmap", "-n", "bursar-system", "-l",
                                                         "bursar.dev/gateway=main.envoy")["items"])
        env.gateway.start_sync(env.bursar, env.control_plane.service_account_kubeconfig("bursar-sync-limits"),
                               "main.envoy")
        begun, ended = {}, {}
        deadline = time.time() + 60 + count
        while len(ended) < count and time.time() < deadline:
            text = "".join(path.read_text() for path in env.gateway.limits.glob("*.yaml"))
            now = time.time()
            for index in range(count):
                raised = f"requests_per_unit: {15_000 + index}}}" in text
                if raised and index not in begun:
                    begun[index] = now - (first + index)
                if not raised and index in begun and index not in ended:
                    ended[index] = now - (first + index + 20)
            time.sleep(0.002)
        for label, late in (("begins", begun), ("ends", ended)):
            values = sorted(late.values())
            print(f"a loan {label} at the gateway {statistics.median(values):.3f} s late (median), "
                  f"{values[-1]:.3f} s (most), {len(values)} loans", flush=True)


if __name__ == "__main__":
    main()
