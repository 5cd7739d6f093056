"""The invariant under fire, in short: two replicas are replaced under traffic, then a minute of random changes and faults by a
fixed seed, then kill -9 at random points of a reconcile. hack/chaos.sh runs the same for as long as one likes (docs/chaos.md).

Needs BURSAR (the binary); starts everything else itself.
"""

import os
import pathlib
import subprocess
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests"))

from chaos import kill_points, schedule  # noqa: E402
from chaos.chaos import Run  # noqa: E402
from chaos.cluster import Cluster  # noqa: E402

SEED = 8
SECONDS = 60
FAULTS = len(schedule.FAULTS)  # each kind once
POINTS = 12
NONE = []


class Chaos(unittest.TestCase):
    def test_a_rolling_restart_and_every_kind_of_fault(self):
        with Cluster(os.environ["BURSAR"]) as cluster:
            run = Run(cluster, SEED, SECONDS, FAULTS)
            run.start()
            self.assertEqual(run.roll(), NONE)
            run.storm()
            wrong = run.finish()
            print(run.report(wrong))
            self.assertEqual(wrong, NONE)
            # On a busy machine some faults find nothing to break in time.
            self.assertGreaterEqual(sum(run.faults.done.values()), FAULTS - 4)
            self.assertGreater(len(run.checker.sets), 3, "the limits were changed again and again")

    def test_killed_at_random_points_it_comes_to_the_same_end(self):
        with kill_points.Bench(os.environ["BURSAR"]) as bench:
            wrong, hits = kill_points.run(bench, SEED, POINTS)
        print(dict(hits))
        self.assertEqual(wrong, NONE)
        self.assertEqual(kill_points.within(hits), POINTS)

    def test_the_broken_build_can_still_be_made(self):
        """hack/chaos.sh --mutant needs the place it breaks to be where it was."""
        subprocess.run(["git", "apply", "--check", "tests/chaos/increases_first.patch"], cwd=REPOSITORY, check=True)


if __name__ == "__main__":
    unittest.main()
