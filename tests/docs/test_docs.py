"""Every command and every YAML of the README and the guides, taken out of the pages and run on the real parts.

Needs BURSAR (the binary); starts everything else itself: the control plane with the gateway and the README's three teams,
an API server that knows nothing of Bursar for the pages that install it, PostgreSQL where a page has SQL. How a page says
what is not run, and why: page.py. A link that leads nowhere fails as well.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from commands import CommandLine
from comparison import difference
from page import PageError, blocks_of, commands_of, inline_code_of
from shell import Session, Wrong
from testenv.environment import wait_out_midnight
from world import REPOSITORY, World

WORLD = None
DOCS = REPOSITORY / "docs"
# Decisions (docs/adr) stand as they were made.
PAGES = [REPOSITORY / "README.md",
         *(page for page in sorted(DOCS.rglob("*.md")) if "adr" not in page.relative_to(DOCS).parts)]


def setUpModule():
    global WORLD
    wait_out_midnight(150)
    WORLD = World(os.environ["BURSAR"])
    unittest.addModuleCleanup(WORLD.stop)
    WORLD.start()


def run(text):
    """Runs a page; the session, to ask what was run."""
    with tempfile.TemporaryDirectory(prefix="bursar-page-") as folder:
        session = Session(WORLD, REPOSITORY, pathlib.Path(folder))
        try:
            session.run(text)
        finally:
            session.close()
        return session


def anchors_of(text):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


class Pages(unittest.TestCase):
    """A test a page, made below: what it shows is what happens."""

    def check(self, page):
        text = page.read_text()
        try:
            session = run(text)
        except (Wrong, PageError) as wrong:
            WORLD.tidy()
            self.fail(f"{page.relative_to(REPOSITORY)}, {wrong}")
        if session.ran:
            WORLD.tidy()
        for line, reason in session.skipped:
            print(f"not run: {page.relative_to(REPOSITORY)}:{line}: {reason}")
        print(f"{page.relative_to(REPOSITORY)}: {session.ran} commands and manifests run, {len(session.skipped)} blocks not run")


for path in PAGES:
    def check(self, path=path):
        self.check(path)
    setattr(Pages, "test_" + re.sub(r"\W", "_", str(path.relative_to(REPOSITORY))), check)


class Texts(unittest.TestCase):
    def test_commands_within_a_sentence_name_verbs_and_options_there_are(self):
        command_line, wrong = CommandLine(os.environ["BURSAR"]), []
        for page in PAGES:
            for line, code in inline_code_of(page.read_text()):
                complaint = command_line.complaint(code)
                if complaint:
                    wrong.append(f"{page.relative_to(REPOSITORY)}:{line}: {complaint}")
        self.assertEqual(wrong, [])
        self.assertIn("no option --livee", command_line.complaint("bursar plan --livee"))
        self.assertIn("no verb plann", command_line.complaint("bursar plann -f x"))

    def test_links_lead_somewhere(self):
        wrong = []
        for page in PAGES:
            for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", page.read_text())):
                if re.match(r"[a-z]+:", target):
                    continue
                file, _, anchor = target.partition("#")
                there = (page.parent / file).resolve() if file else page
                if not there.exists():
                    wrong.append(f"{page.relative_to(REPOSITORY)}: {target}: there is no such file")
                elif anchor and anchor not in anchors_of(there.read_text()):
                    wrong.append(f"{page.relative_to(REPOSITORY)}: {target}: there is no such heading")
        self.assertEqual(wrong, [])


class Reference(unittest.TestCase):
    def test_it_is_what_its_sources_say(self):
        done = subprocess.run([sys.executable, REPOSITORY / "hack" / "generate_reference.py", "--check", os.environ["BURSAR"]],
                              text=True, capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_every_field_has_a_description(self):
        rows = re.findall(r"^\| `(\S+)` \|.*\|([^|]*)\|$", (DOCS / "reference" / "resources.md").read_text(), re.MULTILINE)
        self.assertGreater(len(rows), 200)
        self.assertEqual([field for field, description in rows if field.startswith(("spec.", "status."))
                          and not description.strip()], [])


class Itself(unittest.TestCase):
    """A page that says what is not so is refused."""

    def refused(self, text, message):
        with self.assertRaises((Wrong, PageError)) as caught:
            run(text)
        self.assertIn(message, str(caught.exception))

    def test_an_output_that_is_another(self):
        self.refused("```console\n$ echo three\nfour\n```\n", "the page shows 'four', the output has 'three'")

    def test_an_output_that_goes_on(self):
        self.refused("```console\n$ printf 'a\\nb\\n'\na\n```\n", "the output goes on with 'b'")

    def test_a_command_that_fails(self):
        self.refused("```sh\nfalse\ntrue\n```\n", "ended with code 1")
        self.refused("```console\n$ false\n```\n", "ended with code 1")

    def test_yaml_the_api_server_does_not_take(self):
        self.refused("```yaml\napiVersion: bursar.dev/v1alpha1\nkind: TeamQuota\nmetadata: {name: a, namespace: default}\n"
                     "spec: {policy: main, team: default, requests: [{pool: chat, forecast: 400Mi}]}\n```\n", "whole tokens")
        self.refused("<!-- test: within AllocationPolicy -->\n```yaml\nspec: {period: Year}\n```\n", "supported values")

    def test_json_that_is_none(self):
        self.refused("```json\n{'single': 1}\n```\n", "this is no JSON")
        run('```json\n{"a": 1}\n{"b": 2}\n```\n')

    def test_comments_that_say_nothing_known(self):
        self.refused("<!-- test: nut run, x -->\n```sh\ntrue\n```\n", "is none of")
        self.refused("<!-- test: not run -->\n```sh\ntrue\n```\n", "is none of")
        self.refused("<!-- test: file a -->\ntext\n", "a block must follow")

    def test_commands_in_a_block_without_a_language(self):
        self.refused("```\nkubectl get tq\n```\n", "looks like commands")

    def test_commands_write_into_a_copy_of_the_repository(self):
        for where in ("", "<!-- test: in docs -->\n\n"):
            run(where + "```sh\necho changed >>README.md\necho stray >stray.json\n```\n")
        self.assertFalse(any((folder / "stray.json").exists() for folder in (REPOSITORY, DOCS)))
        self.assertFalse(any("changed" in (folder / "README.md").read_text().splitlines() for folder in (REPOSITORY, DOCS)))

    def test_what_runs_stays_in_the_shell(self):
        run("```sh\nmkdir -p there && cd there && export WORD=kept\n```\n\n"
            "```console\n$ echo $WORD $(basename $PWD)\nkept there\n$ exit 3\n$ echo $?\n3\n```\n")

    def test_what_differs_by_the_day_does_not_matter(self):
        self.assertIsNone(difference(["READY  AGE", "True   5s"], ["READY   AGE", "True    1m7s"]))
        self.assertIsNone(difference(["at 2026-11-25T02:07:55Z"], ["at 2031-01-01T00:00:00.123Z"]))
        self.assertIsNone(difference(["a", "…", "z 1 …"], ["a", "b", "c", "z 1 2 3"]))
        self.assertIsNotNone(difference(["a", "…", "z"], ["a", "b"]))
        self.assertIsNotNone(difference(["3000"], ["3001"]))

    def test_a_command_goes_on_over_lines(self):
        block = blocks_of("```console\n$ cat <<EOF\none\nEOF\none\n$ echo a \\\n  b\na b\n```\n")[0]
        self.assertEqual([(command.text, command.shown) for command in commands_of(block)],
                         [("cat <<EOF\none\nEOF", ["one"]), ("echo a \\\n  b", ["a b"])])


if __name__ == "__main__":
    unittest.main()
