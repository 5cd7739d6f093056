"""The allocation review: from files and from a live cluster, in a real browser at three widths, light, dark and on paper.

Needs BURSAR (the binary) and Chromium; starts the control plane and the operator itself.
"""

import datetime
import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

from testenv import pages, recorded
from testenv.chromium import Chromium
from testenv.environment import Environment, wait_for

EXAMPLE = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "examples" / "review"
INPUTS = ["-f", str(EXAMPLE / "policy.yaml"), "-f", str(EXAMPLE / "teams"), "--history", str(EXAMPLE / "history.csv"),
          "--statement", str(EXAMPLE / "statement-2026Q2.json"), "--statement", str(EXAMPLE / "statement-2026Q3.json"),
          "--at", "2026-10-05T09:00:00Z"]
HOSTILE = ["<script>document.title='owned'</script>", "\"><img src=x onerror=alert(1)>", "</style><h1>no</h1>",
           "\u202Egnp.exe", "x" * 200]
WIDTHS = (390, 820, 1440)
FOLDER = None


def setUpModule():
    global FOLDER
    scratch = tempfile.TemporaryDirectory(prefix="bursar-report-")
    unittest.addModuleCleanup(scratch.cleanup)
    FOLDER = pathlib.Path(scratch.name)


def report(*arguments, form="html", codes=(0,)):
    done = subprocess.run([os.environ["BURSAR"], "report", "-o", form, *arguments], text=True, capture_output=True,
                          check=False)
    assert done.returncode in codes, done.stderr
    return done.stdout


def page(*arguments, name="page.html", codes=(0,)):
    target = FOLDER / name
    target.write_text(report(*arguments, codes=codes))
    return target


def manifests(policy, teams, reason="A launch that was announced"):
    """A file with a policy of two pools and teams that say `reason` wherever they may say something."""
    documents = [{"apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "main"},
                  "spec": {"period": "Quarter", "charter": {"sponsor": reason}, "pools": [
                      {"name": "chat", "models": ["gpt-4o"], "window": "Day", "tokensPerWindow": policy},
                      {"name": "embed", "models": ["text-*"], "window": "Hour", "tokensPerWindow": policy}]}}]
    for index in range(teams):
        name = f"team-{index:03}"
        documents.append({"apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota",
                          "metadata": {"name": "quota", "namespace": name},
                          "spec": {"policy": "main", "team": name, "costCenter": f"CC-{index % 9}", "requests": [
                              {"pool": pool, "forecast": 1_000_000 * (index % 23 + 1), "justification": reason}
                              for pool in ("chat", "embed")]}})
    documents.append({"apiVersion": "bursar.dev/v1alpha1", "kind": "BurstLoan",
                      "metadata": {"name": "launch", "namespace": "team-000"},
                      "spec": {"teamQuota": "quota", "pool": "chat", "tokens": 1000, "start": "2026-11-01T00:00:00Z",
                               "end": "2026-11-02T00:00:00Z", "reason": reason}})
    target = FOLDER / "manifests.yaml"
    target.write_text("\n---\n".join(map(json.dumps, documents)))
    return ["-f", str(target), "--at", "2026-10-05T09:00:00Z"]


def history(teams):
    rows = [f"team-{index:03},{pool},{period},10M,{9 - index % 7}M,0" for index in range(teams)
            for pool in ("chat", "embed") for period in ("2026Q1", "2026Q2", "2026Q3")]
    target = FOLDER / "history.csv"
    target.write_text("\n".join(["team,pool,period,forecast,actual,throttledPercent", *rows]) + "\n")
    return ["--history", str(target)]


GRANTS = """[...document.querySelectorAll('[id^=pool-]')].map(heading => [...heading.closest('section')
  .querySelectorAll('tbody tr')].map(row => [row.querySelector('th bdi').textContent,
    Number(row.querySelector('data.grant').value), row.querySelector('data.grant').textContent]))"""

# What is drawn or written beyond the window or over its neighbour. A table that scrolls by itself may be wider.
OUTSIDE = """[...document.querySelectorAll('svg,td,th,dd,dt,h1,h2,h3,p,li,caption,summary')].filter(element => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && !element.closest('.scroll') && (box.left < -0.5 || box.right > innerWidth + 0.5);
}).map(element => element.outerHTML.slice(0, 120))"""
OVERLAPS = """[...document.querySelectorAll('tr')].flatMap(row => {
  const range = document.createRange();
  const boxes = [...row.cells].map(cell => { range.selectNodeContents(cell.querySelector('svg') || cell);
    return [cell, (cell.querySelector('svg') || range).getBoundingClientRect()]; }).filter(([, box]) => box.width > 0);
  return boxes.slice(1).filter(([, box], index) => box.left < boxes[index][1].right - 0.5)
    .map(([cell]) => cell.closest('table').caption.textContent + ': ' + row.textContent);
})"""
# Each waterfall: where its bars begin and end in parts of the drawing, and what stands beside them.
WATERFALLS = """[...document.querySelectorAll('.waterfall')].map(table => [...table.tBodies[0].rows].map(row => {
  const bar = row.querySelector('rect:not(.would)');
  return {kind: row.className, term: row.cells[0].firstChild.textContent, number: row.cells[2].textContent,
          from: bar ? parseFloat(bar.getAttribute('x')) : null,
          to: bar ? parseFloat(bar.getAttribute('x')) + parseFloat(bar.getAttribute('width')) : null};
}))"""


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = cls.enterClassContext(Chromium())

    def open(self, file):
        pages.open_alone(self, self.browser, file)

    def test_the_example_says_what_was_decided(self):
        file = page(*INPUTS)
        ElementTree.parse(file)
        self.open(file)
        decided = json.loads(report(*INPUTS, form="json"))
        expected = [[[grant["team"], grant["grant"], f"{grant['grant']:,}"] for grant in pool["grants"]]
                    for pool in decided["pools"]]
        self.assertEqual(self.browser.evaluate(GRANTS), expected)
        facts = self.browser.evaluate("document.querySelector('.facts').textContent")
        for value in decided["charter"].values():
            self.assertIn(value, facts)
        waterfalls = self.browser.evaluate(WATERFALLS)
        grants = [grant for pool in decided["pools"] for grant in pool["grants"]]
        self.assertEqual(len(waterfalls), len(grants))
        for shown, grant in zip(waterfalls, grants):
            self.assertEqual([step["term"] for step in shown], [step["term"] for step in grant["waterfall"]])
            self.assertEqual(shown[-1]["number"], f"{grant['grant']:,}")
            largest = max(max(step["from"], step["to"]) for step in grant["waterfall"])
            for bar, step in zip(shown, grant["waterfall"]):
                if bar["from"] is None:
                    self.assertEqual(step["from"], step["to"])
                    continue
                self.assertAlmostEqual(bar["from"], min(step["from"], step["to"]) / largest * 100, delta=0.02)
                self.assertAlmostEqual(bar["to"], max(step["from"], step["to"]) / largest * 100, delta=0.02)

    def test_it_is_for_everybody_at_every_width(self):
        self.open(page(*INPUTS))
        pages.check_for_everybody(self, self.browser)
        for width in WIDTHS:
            self.browser.show(width)
            self.assertEqual(self.browser.evaluate("document.documentElement.scrollWidth"), width)
            self.assertEqual(self.browser.evaluate(OUTSIDE), [], width)
            self.assertEqual(self.browser.evaluate(OVERLAPS), [], width)

    def test_two_hundred_teams_fold_up_and_are_printed_whole(self):
        file = page(*manifests("3G", 200), *history(200), codes=(0, 2))
        self.assertLess(file.stat().st_size, 3_000_000)
        self.open(file)
        for width in WIDTHS:
            self.browser.show(width)
            self.assertEqual(self.browser.evaluate("document.documentElement.scrollWidth"), width)
        details = "[...document.querySelectorAll('details')].map(each => each.getBoundingClientRect().height)"
        folded = self.browser.evaluate(details)
        self.assertEqual(len(folded), 400)
        self.assertLess(max(folded), 100)
        self.browser.show(794, media="print")
        self.assertGreater(min(self.browser.evaluate(details)), 200)

    def test_nothing_in_a_name_is_run_or_shown_as_markup(self):
        counts = set()
        for text in ["harmless", *HOSTILE]:
            self.open(page(*manifests("3G", 3, text + ", which is long enough"), codes=(0, 2)))
            counts.add(self.browser.evaluate("document.querySelectorAll('*').length"))
            self.assertEqual(self.browser.evaluate("document.querySelectorAll('script,img,iframe,object,a').length"), 0)
            self.assertEqual(self.browser.evaluate("document.title"), "Allocation review, Fourth quarter of 2026")
            self.browser.show(390)
            self.assertEqual(self.browser.evaluate("document.documentElement.scrollWidth"), 390, text)
        self.assertEqual(len(counts), 1)

    def test_paper_is_white_in_a_dark_scheme_too(self):
        self.open(page(*INPUTS))
        self.browser.show(794, "dark", media="print")
        self.assertEqual(self.browser.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
        self.assertEqual(self.browser.evaluate(pages.CONTRASTS), [])
        self.assertTrue(self.browser.printed().startswith(b"%PDF"))


def last_quarter():
    """The quarter that closed last: its name, and its first day and the one behind its last."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    until = datetime.date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    first = (until - datetime.timedelta(days=1)).replace(day=1)
    first = datetime.date(first.year, first.month - 2, 1)
    return f"{first.year}Q{(first.month + 2) // 3}", first, until


# Per day of the quarter: forecast, grant, use.
RECORDED = {"research": (400_000, 300_000, 100_000), "storefront": (200_000, 210_000, 190_000)}


def recorded_quarter():
    """What an operator would have recorded of it: its windows as a fold, and its last day as it was metered."""
    _, first, until = last_quarter()
    days = (until - first).days
    tallies = {team: " ".join(str(amount * days) for amount in amounts) + f" {days} 0" for team, amounts in RECORDED.items()}
    last = until - datetime.timedelta(days=1)
    return [
        recorded.config_map("ledger", "main", [{"level": "Month", "entries": [
            {"pool": "chat", "window": "Day", "from": f"{first}T00:00:00Z", "until": f"{until}T00:00:00Z",
             "teams": tallies}]}]),
        recorded.config_map("metering", "main", [{"begins": last.isoformat()}, {
            "day": last.isoformat(), "models": [["chat", "gpt-4o"]],
            "teams": {"research": ["CC-1041", "0 2000000 0 0"], "storefront": ["CC-2007", "0 1000000 0 0"]}}])]


def live_policy():
    return {"apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "main"}, "spec": {
        "period": "Quarter", "charter": {"sponsor": "CTO", "document": "https://wiki.example.com/charter"},
        "pools": [{"name": "chat", "models": ["gpt-4o"], "window": "Day", "tokensPerWindow": "1M"}],
        "pricing": {"currency": "EUR", "models": [{"model": "*", "effectiveFrom": "2020-01-01", "inputPerMillion": "2.00",
                                                   "outputPerMillion": "2.00"}]},
        "chargeback": {"closeAfter": "1s"},
        "gateways": [{"name": "envoy", "type": "EnvoyRateLimit", "envoyRateLimit": {}}],
        "usage": {"type": "Prometheus", "prometheus": {"url": "http://127.0.0.1:9"}}}}


def live_team(name):
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
            {"apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota", "metadata": {"name": "quota", "namespace": name},
             "spec": {"policy": "main", "team": name, "requests": [
                 {"pool": "chat", "forecast": "400k", "justification": f"{name} grows"}]}}]


class Live(unittest.TestCase):
    """The operator, its record of the quarter that closed, the statement it closes, and the page of it all."""

    @classmethod
    def setUpClass(cls):
        cls.environment = Environment(os.environ["BURSAR"])
        cls.addClassCleanup(cls.environment.__exit__)
        cls.environment.start_control_plane()

    def report(self, form):
        return report("--kubeconfig", str(self.environment.control_plane.kubeconfig), form=form)

    def baselines(self):
        return {team: budget["baseline"] for team in RECORDED for budget in
                self.environment.team_quota(team, "quota").get("status", {}).get("budgets", [])}

    def closed_statements(self):
        policy = self.environment.control_plane.get("allocationpolicy", "main")
        return [each["period"] for each in policy.get("status", {}).get("chargeback", {}).get("statements", [])]

    def test_a_cluster_is_reviewed_as_its_statuses_ledger_and_statement_say(self):
        quarter, _, _ = last_quarter()
        plane = self.environment.control_plane
        plane.apply(recorded_quarter())
        plane.apply([live_policy(), *(manifest for team in RECORDED for manifest in live_team(team))])
        self.environment.start_operator(status_max_age="1s")
        wait_for("the grants", lambda: len(self.baselines()) == len(RECORDED))
        wait_for("the statement", lambda: self.closed_statements() == [quarter])
        review = json.loads(self.report("json"))
        grants = {grant["team"]: grant for grant in review["pools"][0]["grants"]}
        self.assertEqual({team: grant["grant"] for team, grant in grants.items()}, self.baselines())
        self.assertEqual(review["charter"]["document"], "https://wiki.example.com/charter")
        self.assertEqual(review["before"], f"the mean of {quarter}")
        for team, (forecast, grant, used) in RECORDED.items():
            self.assertEqual(grants[team]["before"], grant)
            self.assertEqual(grants[team]["history"], used)
            self.assertEqual(grants[team]["justification"], f"{team} grows")
            self.assertEqual([(each["period"], each["forecast"]) for each in grants[team]["periods"]], [(quarter, forecast)])
        self.assertEqual((review["cost"]["period"], review["cost"]["amount"]), (quarter, "6.00"))
        self.assertEqual([(each["team"], each["amount"]) for each in review["cost"]["teams"]],
                         [("research", "4.00"), ("storefront", "2.00")])
        self.assertEqual(review["notes"], [])
        target = FOLDER / "live.html"
        target.write_text(self.report("html"))
        ElementTree.parse(target)
        with Chromium() as browser:
            pages.open_alone(self, browser, target)
            self.assertEqual({team: grant for team, grant, _ in browser.evaluate(GRANTS)[0]}, self.baselines())
            changes = browser.evaluate("document.querySelector('[aria-labelledby=changes]').textContent")
            self.assertIn(f"grants against the mean of {quarter}", changes)


if __name__ == "__main__":
    unittest.main()
