"""Every query of the chart's dashboard, asked of a real Prometheus that scrapes a real operator: each has an answer, and
the figures that can be known beforehand are right.

Needs BURSAR (the binary); starts everything else itself.
"""

import os
import time
import unittest

from testenv import dashboard
from testenv.environment import wait_for

# What a team's cost comes to at the period's end is not said before an hour was metered.
LATER = "bursar_team_cost_forecast"
SCENARIO = None


def setUpModule():
    global SCENARIO
    SCENARIO = dashboard.Scenario(os.environ["BURSAR"])
    SCENARIO.__enter__()
    unittest.addModuleCleanup(SCENARIO.__exit__)
    SCENARIO.meter.use("research", "chat", "gpt-4o", 0)
    SCENARIO.meter.use("insights", "chat", dashboard.UNPRICED, 0)
    time.sleep(3)  # a counter's first sample is where counting begins
    SCENARIO.meter.use("research", "chat", "gpt-4o", 300_000)
    SCENARIO.meter.use("insights", "chat", dashboard.UNPRICED, 1000)
    SCENARIO.drift()


def unanswered():
    return [f"{panel['title']}: {dashboard.expanded(target['expr'])}" for panel in dashboard.panels()
            for target in panel.get("targets", []) if LATER not in target["expr"] and not SCENARIO.answer(target, 30)]


def values(title):
    panel = next(panel for panel in dashboard.panels() if panel["title"] == title)
    return {tuple(sorted(series["metric"].values())): float(series["value"][1])
            for target in panel["targets"] for series in SCENARIO.answer(target, 30)}


class Dashboard(unittest.TestCase):
    def test_every_query_has_an_answer(self):
        deadline = time.monotonic() + 60
        while (left := unanswered()) and time.monotonic() < deadline:
            time.sleep(1)
        self.assertEqual(left, [])

    def test_figures(self):
        wait_for("research's consumption", lambda: values("Budgets spent") == {(): 1.0}, 30)
        self.assertEqual(values("Teams"), {(): 3.0})
        self.assertEqual(values("Policies Ready"), {(): 1.0})
        self.assertEqual(values("Teams not Ready"), {(): 0.0})
        wait_for("the loan to begin", lambda: values("Loans active") == {(): 1.0}, 30)
        wait_for("the cost", lambda: values("To date, by cost centre").get(("CC-1041", "EUR")) == 3.0, 30)

    def test_ids_are_unique_and_nothing_overlaps(self):
        panels = dashboard.panels()
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        taken = set()
        for panel in panels:
            grid = panel["gridPos"]
            cells = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(grid["x"] + grid["w"], 24)
            taken |= cells


if __name__ == "__main__":
    unittest.main()
