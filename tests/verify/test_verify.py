"""hack/verify.sh on this checkout, and on copies of it with a defect each, which it must find.

Needs BURSAR (the binary), and clang and clang-format (hack/install.sh).
"""

import functools
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
VERIFY = REPOSITORY / "hack" / "verify"
sys.path.insert(0, str(VERIFY))

import verify as checks  # noqa: E402


def verify(root, *names):
    """Exit code, and the lines that it prints."""
    done = subprocess.run([sys.executable, VERIFY / "verify.py", "--root", root, *names], text=True, capture_output=True,
                          check=False)
    return done.returncode, done.stdout + ("" if done.returncode in (0, 1) else done.stderr)


class Checkout(unittest.TestCase):
    """A test a check, made below: this checkout is right."""

    def check(self, name):
        self.assertEqual(verify(REPOSITORY, name), (0, ""))


for check in checks.BY_DEFAULT:
    setattr(Checkout, f"test_{check}", functools.partialmethod(Checkout.check, check))


class Defects(unittest.TestCase):
    """A copy with one defect is refused, and without it the same copy passes."""

    # Files that a check looks at; the whole repository would take longer to copy than to check.
    SMALL = ("operator/runtime/base", "operator/runtime/telemetry/metrics.cpp", "operator/runtime/telemetry/metrics.hpp",
             ".clang-format", "docs/README.md")

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="bursar-verify-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in self.SMALL:
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            source = REPOSITORY / name
            shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
        self.git("init", "--quiet")

    def git(self, *arguments):
        subprocess.run(["git", *arguments], cwd=self.root, check=True)

    def write(self, name, text):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def change(self, name, old, new):
        text = (self.root / name).read_text()
        self.assertIn(old, text)
        self.write(name, text.replace(old, new, 1))

    def assert_refused(self, check, *said):
        code, printed = verify(self.root, check)
        self.assertEqual(code, 1, printed)
        for part in said:
            self.assertIn(part, printed)

    def assert_passes(self, check):
        self.assertEqual(verify(self.root, check), (0, ""))

    def test_a_wrong_include(self):
        self.assert_passes("includes")
        self.write("controllers/treasury/decide.hpp", "#pragma once\n")
        self.write("operator/runtime/base/upwards.hpp", '#pragma once\n#include "controllers/treasury/decide.hpp"\n')
        self.assert_refused("includes", "operator/runtime/base/upwards.hpp: must not include controllers/treasury/decide.hpp")

    def test_folders_that_include_each_other(self):
        self.write("controllers/api/a.hpp", '#pragma once\n#include "controllers/api/below/b.hpp"\n')
        self.write("controllers/api/below/b.hpp", '#pragma once\n#include "controllers/api/a.hpp"\n')
        self.assert_refused("includes", "folders that include each other: controllers/api, controllers/api/below")

    def test_a_folder_without_a_rule(self):
        self.write("controllers/new/a.hpp", "#pragma once\n")
        self.assert_refused("includes", "has no rule for controllers/new")

    def test_a_folder_that_grew_into_a_hall(self):
        for number in range(46):
            self.write(f"controllers/treasury/part_{number}.hpp", "#pragma once\n")
        self.assert_refused("includes", "controllers/treasury: 46 files")

    def test_an_unformatted_file(self):
        self.assert_passes("formatting")
        self.change("operator/runtime/base/clock.cpp", "namespace bursar {\n", "namespace bursar {\nint   odd( int a );\n")
        self.assert_refused("formatting", "operator/runtime/base/clock.cpp:", "not formatted")

    def test_a_guarded_member_that_is_touched_without_its_lock(self):
        self.assert_passes("locks")
        self.change("operator/runtime/telemetry/metrics.cpp", "void ValueTable::set(const LabelValues& values, double value) {\n"
                    "    const MutexLock lock{mutex_};\n", "void ValueTable::set(const LabelValues& values, double value) {\n")
        self.assert_refused("locks", "operator/runtime/telemetry/metrics.cpp:", "'series_' requires holding mutex 'mutex_'")

    def test_a_mutex_that_guards_nothing(self):
        self.write("operator/runtime/base/idle.hpp", '#pragma once\n#include "operator/runtime/base/mutex.hpp"\n'
                   "class Idle {\n    Mutex mutex_;\n    int count_ = 0;\n};\n")
        self.assert_refused("locks", "operator/runtime/base/idle.hpp: mutex_ guards no member")

    def test_a_mutex_that_the_compiler_does_not_check(self):
        self.write("operator/runtime/base/bare.hpp", "#pragma once\n#include <mutex>\ninline std::mutex bare;\n")
        self.assert_refused("locks", "operator/runtime/base/bare.hpp:3: std::mutex")

    def test_a_page_that_is_not_what_its_sources_say(self):
        for name in ("hack/generate_reference.py", "hack/reference", "crds", "docs/reference", "tests/docs", "controllers",
                     "operator"):
            source, target = REPOSITORY / name, self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, target, dirs_exist_ok=True) if source.is_dir() else shutil.copy(source, target)
        self.assert_passes("generated")
        self.change("docs/reference/commands.md", "# Every command", "# Some commands")
        self.assert_refused("generated", "docs/reference/commands.md is not current")

    def test_a_stray_file_at_the_top(self):
        self.assert_passes("top")
        self.write("model_prices.json", "{}\n")
        self.assert_refused("top", "model_prices.json: does not belong at the top")
        self.write(".gitignore", "/model_prices.json\n")
        self.assert_passes("top")

    def test_a_file_with_too_many_lines(self):
        self.write("operator/runtime/base/long.cpp", "\n" * 501)
        self.assert_refused("length", "operator/runtime/base/long.cpp: 501 lines")

    def test_a_line_of_prose_that_is_too_wide(self):
        self.assert_passes("width")
        wide = "word " * 40 + "\n"
        self.write("docs/a.md", f"| {wide}\n```text\n{wide}```\n")
        self.assert_passes("width")
        self.write("docs/a.md", wide)
        self.assert_refused("width", "docs/a.md:1: 200 characters")

    def test_a_function_with_too_many_parameters(self):
        declared = "void place(int a, const std::map<int, int>& b, double c = f(1, 2), int d = 0, int e = 0, int f = 0{});\n"
        self.write("operator/runtime/base/many.hpp", "#pragma once\n" + declared.format(""))
        self.assert_passes("parameters")
        self.write("operator/runtime/base/many.hpp", "#pragma once\n" + declared.format(", int g = 0"))
        self.assert_refused("parameters", "operator/runtime/base/many.hpp: place has 7 parameters")

    def test_a_riddle(self):
        self.write("docs/a.md", "The first error is nobody's trouble.\n")
        self.assert_refused("words", 'docs/a.md:1: "nobody"')


if __name__ == "__main__":
    unittest.main()
