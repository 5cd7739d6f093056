"""How long a grant changed in YAML takes to be in force at the gateway, with many teams.

From the start of `kubectl apply` to the first call that Envoy lets through for a team that was refused before. Side by
side, in the same run: the same limit written by hand straight into ratelimit's folder, which is what the gateway alone
takes. Usage: grant_in_force.py BURSAR [TEAMS] [ROUNDS]; run by hack/bench.sh.
"""

import json
import os
import pathlib
import re
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "hack"))

from testenv import environment as testenv_environment  # noqa: E402
from testenv.environment import Environment, wait_for, wait_out_midnight  # noqa: E402
from testenv.traffic import call  # noqa: E402

PROBE = "team-0000"


def team_name(index):
    return f"team-{index:04}"


def quota(team, forecast):
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota", "metadata": {"name": team, "namespace": team},
            "spec": {"policy": "main", "team": team,
                     "requests": [{"pool": "chat", "forecast": forecast}, {"pool": "embed", "forecast": forecast}]}}


def policy(url, default_weight=100):
    def pool(name, models):
        return {"name": name, "models": models, "window": "Day", "tokensPerWindow": "4G", "tokensPerMinute": "100M"}
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "main"},
            "spec": {"period": "Month", "allocation": {"defaultWeight": default_weight},
                     "pools": [pool("chat", ["gpt-4o"]), pool("embed", ["text-embedding-3-small"])],
                     "gateways": [{"name": "envoy", "type": "EnvoyRateLimit", "envoyRateLimit": {}}],
                     "usage": {"type": "Prometheus", "prometheus": {"url": url, "pollInterval": "1s"}}}}


def ask(env):
    return call(env.gateway.ports["gateway"], "sk-probe", "gpt-4o", 50, 50)


def use_up(env):
    while ask(env) == 200:
        pass


def until_served(env, started):
    while True:
        if ask(env) == 200:
            return time.monotonic() - started
        if time.monotonic() - started > 60:
            raise SystemExit("the change is not in force after 60 s")
        time.sleep(0.005)


def by_yaml(env, rounds):
    """The probe team's forecast grows by a call's worth each round, in YAML."""
    times = []
    for index in range(rounds):
        use_up(env)
        manifest = json.dumps(quota(PROBE, 2000 + 1000 * index))
        started = time.monotonic()
        env.kubectl("apply", "-f", "-", stdin=manifest)
        times.append(until_served(env, started))
    return times


def by_hand(env, rounds):
    """The same change in ratelimit's own file, swapped in as a kubelet would: what the gateway takes by itself."""
    env.operator.stop()
    env.gateway.sync.stop()
    times = []
    data = env.gateway.limits / "..data"
    for index in range(rounds):
        use_up(env)
        files = {path.name: path.read_text() for path in data.iterdir()}
        marker = f'value: "{PROBE}"'
        for name, text in files.items():
            at = text.find(marker)
            if at >= 0:
                files[name] = text[:at] + re.sub(r"(unit: day, requests_per_unit: )(\d+)",
                                                 lambda m: m[1] + str(int(m[2]) + 1000), text[at:], count=1)
        fresh = env.gateway.limits / f"..by-hand-{index}"
        started = time.monotonic()
        fresh.mkdir()
        for name, text in files.items():
            (fresh / name).write_text(text)
        swap = env.gateway.limits / "..swap"
        swap.symlink_to(fresh.name)
        swap.rename(data)
        times.append(until_served(env, started))
    return times


def memory_mb(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(label, times):
    ordered = sorted(times)
    print(f"{label:<46} p50 {statistics.median(ordered):6.3f} s   max {ordered[-1]:6.3f} s   ({len(times)} rounds)",
          flush=True)


def main():
    bursar = sys.argv[1]
    teams = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    wait_out_midnight(600)
    testenv_environment.TEAM_KEYS["sk-probe"] = PROBE
    with Environment(bursar) as env:
        env.start_control_plane()
        env.start_traffic_plane()
        env.start_metering()
        env.control_plane.apply(policy(env.gateway.prometheus_url))
        started = time.monotonic()
        names = [team_name(index) for index in range(teams)]
        for first in range(0, teams, 250):
            batch = names[first:first + 250]
            spaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in batch]
            items = spaces + [quota(name, 1000) for name in batch]
            env.kubectl("create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        print(f"{teams} teams, 2 pools each, created in {time.monotonic() - started:.0f} s", flush=True)
        env.start_operator(status_max_age="5m")
        started = time.monotonic()
        wait_for("all limits", lambda: any(entry.get("limits") == 2 * teams for entry in env.control_plane.get(
            "allocationpolicy", "main").get("status", {}).get("gateways", [])), 120)
        env.start_limiter()
        print(f"operator started and every limit published in {time.monotonic() - started:.1f} s", flush=True)
        report("one grant changed in YAML", by_yaml(env, rounds))
        idle = cpu_seconds(env.operator)
        time.sleep(10)
        print(f"operator: {memory_mb(env.operator)} MB resident, "
              f"{(cpu_seconds(env.operator) - idle) * 10:.1f} % of a core while only polling usage", flush=True)
        report("the same limit by hand in ratelimit's folder", by_hand(env, rounds))


if __name__ == "__main__":
    main()
