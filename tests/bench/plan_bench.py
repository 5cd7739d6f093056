#!/usr/bin/env python3
"""How long `bursar plan` takes over 10,000 TeamQuotas, a file each: the whole process, as CI would wait for it.

Usage: plan_bench.py BURSAR [--teams N]

Prints the median of several runs for the manifests alone, with a base and a history of four quarters, and with 200 loans.
"""

import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time

RUNS = 5
TEAMS_PER_FOLDER = 100
AT = "2026-11-24T10:00:00Z"

POLICY = """apiVersion: bursar.dev/v1alpha1
kind: AllocationPolicy
metadata: {name: main}
spec:
  charter: {sponsor: VP Engineering}
  period: Quarter
  pools:
  - {name: chat, models: ["gpt-4o*"], window: Day, tokensPerWindow: 4G, tokensPerMinute: 20M}
  borrowing: {maxPercentOfPool: 100, maxPercentOfGrant: 1000}
  forecastDiscipline: {enforcement: Enforced}
"""

QUOTA = """apiVersion: bursar.dev/v1alpha1
kind: TeamQuota
metadata:
  name: quota
  namespace: {team}
spec:
  policy: main
  team: {team}
  costCenter: CC-{number}
  requests:
  - pool: chat
    forecast: {forecast}
    justification: What team {number} is going to build this quarter.
"""

LOAN = """apiVersion: bursar.dev/v1alpha1
kind: BurstLoan
metadata: {{name: launch, namespace: {team}}}
spec:
  teamQuota: quota
  pool: chat
  tokens: {tokens}
  start: "2026-12-{day:02}T08:00:00Z"
  end: "2026-12-{day:02}T20:00:00Z"
  reason: The launch of the product of this team
"""


def name_of(number):
    return f"team-{number:05}"


def forecast_of(number):
    return 200_000 + number * 7_919 % 900_000


def write_manifests(folder, teams, raised):
    folder.mkdir(parents=True)
    (folder / "policy.yaml").write_text(POLICY)
    for number in range(teams):
        part = folder / "teams" / f"{number // TEAMS_PER_FOLDER:03}"
        part.mkdir(parents=True, exist_ok=True)
        forecast = forecast_of(number) * (2 if number < raised else 1)
        text = QUOTA.format(team=name_of(number), number=number, forecast=forecast)
        (part / f"{name_of(number)}.yaml").write_text(text)


def write_loans(folder, count):
    folder.mkdir()
    for number in range(count):
        text = LOAN.format(team=name_of(number * 37), tokens=100_000 + number * 1_000, day=number % 28 + 1)
        (folder / f"loan-{number:03}.yaml").write_text(text)


def write_history(file, teams):
    rows = ["team,pool,period,forecast,actual,throttledPercent"]
    for number in range(teams):
        for quarter, factor in (("2025Q4", 90), ("2026Q1", 55), ("2026Q2", 80), ("2026Q3", 70)):
            forecast = forecast_of(number)
            rows.append(f"{name_of(number)},chat,{quarter},{forecast},{forecast * factor // 100},{number % 8}.5")
    file.write_text("\n".join(rows) + "\n")


def measure(label, command):
    seconds = []
    for _ in range(RUNS):
        began = time.monotonic()
        done = subprocess.run(command, capture_output=True, check=False)
        seconds.append(time.monotonic() - began)
        if done.returncode not in (0, 3):
            raise SystemExit(f"{label}: exit code {done.returncode}\n{done.stderr.decode()[:2000]}{done.stdout.decode()[:2000]}")
    print(f"plan, {label}: {statistics.median(seconds):.3f} s ({len(done.stdout):,} bytes)", flush=True)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("bursar")
    arguments.add_argument("--teams", type=int, default=10_000)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="bursar-bench-") as temporary:
        folder = pathlib.Path(temporary)
        write_manifests(folder / "base", given.teams, 0)
        write_manifests(folder / "change", given.teams, 5)
        write_loans(folder / "loans", min(200, given.teams // 37))
        write_history(folder / "history.csv", given.teams)
        plan = [given.bursar, "plan", "-R", "--at", AT, "-f", str(folder / "change")]
        label = f"{given.teams:,} manifests"
        measure(label, plan)
        measure(f"{label}, 200 loans", plan + ["-f", str(folder / "loans")])
        measure(f"{label}, JSON", plan + ["-o", "json"])
        measure(f"{label}, history of 4 quarters", plan + ["--history", str(folder / "history.csv")])
        measure(f"{label}, base of as many, history, Markdown",
                plan + ["--base", str(folder / "base"), "--history", str(folder / "history.csv"), "-o", "markdown"])


if __name__ == "__main__":
    main()
