"""The peer of bench_statement: the same sums by SQLite in memory, as a script of a finance team would have them.

Usage: statement_peer.py [TEAMS]     (default 1,000 teams of 20 models, 92 days: 5.5 million rows)
Only the query is timed; what SQLite does not do (verify hashes, round each line by decimal, write JSON) is not in it.
"""

import resource
import sqlite3
import sys
import time

MODELS, DAYS = 20, 92


def rows(teams):
    for day in range(DAYS):
        for team in range(teams):
            for model in range(MODELS):
                yield day, team, model, "input", 123_456 + team * 17 + model
                yield day, team, model, "cached_input", 45_678 + model
                yield day, team, model, "output", 34_567 + team


def main():
    teams = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE usage (day INTEGER, team INTEGER, model INTEGER, type TEXT, tokens INTEGER)")
    database.execute("CREATE TABLE price (model INTEGER, type TEXT, billionths INTEGER, PRIMARY KEY (model, type))")
    database.executemany("INSERT INTO usage VALUES (?, ?, ?, ?, ?)", rows(teams))
    database.executemany("INSERT INTO price VALUES (?, ?, ?)",
                         [(model, kind, 2_500_000_000) for model in range(MODELS) for kind in ("input", "cached_input", "output")])
    started = time.monotonic()
    lines = database.execute("SELECT team, model, type, SUM(tokens), SUM(tokens) * billionths FROM usage JOIN price "
                             "USING (model, type) GROUP BY team, model, type").fetchall()
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peer (SQLite {sqlite3.sqlite_version} in memory): {teams} teams x {MODELS} models x {DAYS} days: {len(lines)} lines in "
          f"{seconds:.2f} s, {peak:.0f} MB")


if __name__ == "__main__":
    main()
