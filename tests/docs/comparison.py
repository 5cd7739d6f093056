"""What a page shows against what a command printed: the same but for times, ages, hashes and the width of columns."""

import re

TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
AGE = re.compile(r"(?<![\w.-])(\d+d)?(\d+h)?(\d+m)?(\d+s)?(?![\w.-])")
HASH = re.compile(r"\b[0-9a-f]{64}\b")
ANYTHING = "…"


def normal(line):
    line = HASH.sub("<hash>", TIME.sub("<time>", line))
    line = AGE.sub(lambda found: "<age>" if found[0] else "", line)
    return re.sub(r"[ \t]+", " ", line).strip()


def _same_line(shown, printed):
    parts = [re.escape(part) for part in normal(shown).split(ANYTHING)]
    return re.fullmatch(".*".join(parts), normal(printed)) is not None


def difference(shown, printed):
    """None where `printed` (lines) is what the page shows; otherwise what the first line that differs is. A line `…` stands
    for any lines, `…` within a line for any text."""
    shown = [line for line in shown if line.strip()]
    printed = [line for line in printed if line.strip()]
    at = 0
    for index, line in enumerate(shown):
        if line.strip() == ANYTHING:
            following = next((later for later in shown[index + 1:] if later.strip() != ANYTHING), None)
            if following is None:
                return None
            while at < len(printed) and not _same_line(following, printed[at]):
                at += 1
            continue
        if at == len(printed):
            return f"the page goes on with {line!r}, the output has ended"
        if not _same_line(line, printed[at]):
            return f"the page shows {line!r}, the output has {printed[at]!r}"
        at += 1
    return None if at == len(printed) else f"the page ends, the output goes on with {printed[at]!r}"
