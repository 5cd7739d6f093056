"""What a finance partner gets: FOCUS data sets that the specification's own validator accepts, and a page in a real
browser that shows what the statement says, to everybody, and runs nothing.

Needs BURSAR (the binary) and Chromium. Statements come from files; no cluster is started.
"""

import csv
import decimal
import io
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from testenv import focus, pages
from testenv.chromium import Chromium

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden" / "statement"
# They contradict each other: one of them fails whether there is an invoice or not.
CONTRADICTION = (["InvoiceId-C-004-C"], ["InvoiceId-C-005-C"])
HOSTILE = ["=cmd|'/C calc'!A0", "<script>document.title='owned'</script>", "\"><img src=x onerror=alert(1)>",
           "'><svg/onload=alert(1)>", "one\ntwo", "</style><h1>no</h1>", "a|b `c` [d](javascript:alert(1))",
           "\x1b[2Jred\u2028", "x" * 200]
FOLDER = None


def setUpModule():
    global FOLDER
    scratch = tempfile.TemporaryDirectory(prefix="bursar-statement-")
    unittest.addModuleCleanup(scratch.cleanup)
    FOLDER = pathlib.Path(scratch.name)


def golden(name):
    return json.loads((GOLDEN / name).read_text())


def summed(statement):
    """The statement with sums that are its lines', which `bursar statement -f` asks of a file."""
    centres = {}
    for line in statement["lines"]:
        centre = centres.setdefault(line["costCenter"], [decimal.Decimal(0), 0])
        centre[0] += decimal.Decimal(line["amount"])
        centre[1] += line["tokens"] if line["kind"] == "Usage" else 0
    statement["costCenters"] = [{"costCenter": name, "amount": str(amount), "tokens": tokens}
                                for name, (amount, tokens) in sorted(centres.items())]
    statement["total"] = {"amount": str(sum(amount for amount, _ in centres.values())),
                          "tokens": sum(tokens for _, tokens in centres.values())}
    return statement


def hostile(text):
    """The month, in which everything a person named has this name."""
    statement = golden("month.json")
    statement["policy"] = statement["sponsor"] = statement["financeContact"] = text
    statement["unpricedModels"] = [text]
    for table in ("lines", "gaps", "forecasts", "loans", "idle"):
        for row in statement[table]:
            for field in {"costCenter", "team", "pool", "model", "note", "why", "namespace", "name"} & row.keys():
                row[field] = text
    return summed(statement)


def long():
    """So many lines that the page begins folded up."""
    statement = golden("month.json")
    statement["lines"] = [dict(line, team=f"{line['team']}-{i}") for line in statement["lines"] for i in range(12)]
    return summed(statement)


def rendered(statement, form, suffix):
    source = FOLDER / "statement.json"
    source.write_text(json.dumps(statement))
    done = subprocess.run([os.environ["BURSAR"], "statement", "-f", str(source), "-o", form], text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    target = FOLDER / f"rendered{suffix}"
    target.write_text(done.stdout, newline="")
    return target


class Focus(unittest.TestCase):
    def check(self, statement):
        file = rendered(statement, "focus", ".csv")
        failures, passed = focus.validate(file)
        self.assertIn(failures, CONTRADICTION)
        self.assertGreater(passed, 190)
        rows = list(csv.DictReader(io.StringIO(file.read_text())))
        self.assertEqual(len(rows), len(statement["lines"]))
        self.assertEqual(sum(decimal.Decimal(row["BilledCost"]) for row in rows),
                         decimal.Decimal(statement["total"]["amount"]))

    def test_a_closed_month_is_accepted_whatever_names_hold(self):
        statement = golden("month.json")
        for line, text in zip(statement["lines"][-len(HOSTILE):], HOSTILE):
            line["team"] = line["model"] = line["costCenter"] = text
        self.check(summed(statement))

    def test_a_draft_in_yen_is_accepted(self):
        self.check(golden("draft.json"))


# What each cost centre's table says: its lines' amounts as text, and the total under them.
TABLES = """[...document.querySelectorAll('details')].map(details => ({
  title: details.querySelector('h3').textContent,
  amounts: [...details.querySelectorAll('tbody tr:not(.team) td:last-child')].map(cell => cell.textContent),
  total: details.querySelector('tfoot td:last-child').textContent,
  height: details.getBoundingClientRect().height,
}))"""


def amount(text):
    return decimal.Decimal(0) if text == "not charged" else decimal.Decimal(text.replace(",", ""))


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = cls.enterClassContext(Chromium())

    def open(self, file):
        pages.open_alone(self, self.browser, file)

    def test_the_page_says_what_the_statement_says(self):
        statement = golden("month.json")
        self.open(rendered(statement, "html", ".html"))
        tables = {table["title"]: table for table in self.browser.evaluate(TABLES)}
        self.assertEqual(len(tables), len(statement["costCenters"]))
        for centre in statement["costCenters"]:
            table = tables[centre["costCenter"] or "no cost centre"]
            self.assertEqual(sum(map(amount, table["amounts"])), decimal.Decimal(centre["amount"]))
            self.assertEqual(amount(table["total"]), decimal.Decimal(centre["amount"]))
            lines = [line for line in statement["lines"] if line["costCenter"] == centre["costCenter"]]
            self.assertEqual(len(table["amounts"]), len(lines))
        whole = self.browser.evaluate("document.querySelector('#by-cost-centre tfoot td:last-child').textContent")
        self.assertEqual(amount(whole), decimal.Decimal(statement["total"]["amount"]))
        self.assertEqual(self.browser.evaluate("document.querySelector('.total data').value"),
                         statement["total"]["amount"])
        warnings = self.browser.evaluate("document.querySelector('.warnings').textContent")
        self.assertIn("llama-4-scout-preview has no price", warnings)
        self.assertIn("Not metered from 2026-11-09 02:14:00 UTC", warnings)

    def test_the_page_is_for_everybody(self):
        self.open(GOLDEN / "trend.html")
        pages.check_for_everybody(self, self.browser)

    def test_nothing_is_wider_than_the_window(self):
        for file in (GOLDEN / "trend.html", GOLDEN / "draft.html", rendered(hostile("x" * 200), "html", ".html")):
            self.open(file)
            for width in (390, 820, 1280):
                self.browser.show(width)
                self.assertEqual(self.browser.evaluate("document.documentElement.scrollWidth"), width, file.name)

    def test_a_folded_page_is_printed_whole(self):
        self.open(rendered(long(), "html", ".html"))
        folded = self.browser.evaluate(TABLES)
        self.assertLess(max(table["height"] for table in folded), 100, "it begins folded up")
        self.browser.show(794, media="print")
        for table in self.browser.evaluate(TABLES):
            self.assertGreater(table["height"], 20 * len(table["amounts"]), table["title"])

    def test_nothing_in_a_name_is_run_or_shown_as_markup(self):
        expected = None
        for text in ["harmless", *HOSTILE]:
            self.open(rendered(hostile(text), "html", ".html"))
            elements = self.browser.evaluate("document.querySelectorAll('*').length")
            expected = expected or elements
            self.assertEqual(elements, expected, text)
            self.assertEqual(self.browser.evaluate("document.querySelectorAll('script,img,iframe,object,a').length"), 0)
            self.assertEqual(self.browser.evaluate("document.title"), "Token statement, November 2026")


if __name__ == "__main__":
    unittest.main()
