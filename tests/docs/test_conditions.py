"""Condition types and reasons are documented constants, and every breach of that is found.

Needs nothing. hack/reference/conditions.py has the rules; docs/reference/conditions.md is compared in test_docs.py.
"""

import pathlib
import shutil
import tempfile
import unittest

from reference.conditions import REASONS, REPOSITORY, TYPES, Conditions, constants


class Sources(unittest.TestCase):
    def test_they_name_types_and_reasons_by_their_constants(self):
        self.assertEqual(list(Conditions().complaints()), [])


class Breaches(unittest.TestCase):
    """A copy of the sources with one change is refused."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bursar-conditions-"))
        self.addCleanup(shutil.rmtree, self.folder)
        for part in ("controllers", "operator"):
            shutil.copytree(REPOSITORY / part, self.folder / part)

    def change(self, path, old, new):
        file = self.folder / path
        text = file.read_text()
        self.assertIn(old, text)
        file.write_text(text.replace(old, new, 1))

    def refused(self, message):
        complaints = list(Conditions(self.folder).complaints())
        self.assertTrue(any(message in complaint for complaint in complaints), complaints)

    def test_a_literal_that_has_a_constant(self):
        self.change("controllers/treasury/decide.cpp", "api::reason::kInvalidSpec", '"InvalidSpec"')
        self.refused('controllers/treasury/decide.cpp: write the constant')

    def test_a_reason_without_a_constant(self):
        self.change("controllers/treasury/decide.cpp", "api::reason::kInvalidSpec", '"SpecIsOdd"')
        self.refused('"SpecIsOdd" looks like a reason')

    def test_a_constant_without_a_meaning(self):
        self.change(REASONS, "// The policy is in use.\n", "")
        self.refused("Valid: say what it means")

    def test_a_constant_that_no_condition_has(self):
        self.change(TYPES, "Valid, InvalidSpec", "InvalidSpec")
        self.refused("Valid: no condition")

    def test_a_condition_with_a_reason_that_is_no_constant(self):
        self.change(TYPES, "Valid, InvalidSpec", "Valid, SpecIsOdd, InvalidSpec")
        self.refused("has no reason SpecIsOdd")

    def test_a_constant_that_no_source_uses(self):
        self.change(REASONS, "// The policy is in use.\n",
                    '// Unused.\ninline constexpr const char* kUnused = "Unused";\n\n// The policy is in use.\n')
        self.refused("no source uses kUnused")

    def test_a_constant_that_cannot_be_read(self):
        with self.assertRaises(ValueError):
            constants('inline constexpr std::string_view kValid = "Valid";')


if __name__ == "__main__":
    unittest.main()
