"""The command line as `--help` tells it: which verbs there are, and which options each takes."""

import functools
import re
import shlex
import subprocess

PROGRAMS = (["kubectl", "bursar"], ["bursar"])


class CommandLine:
    def __init__(self, bursar):
        self.bursar = str(bursar)

    @functools.lru_cache(maxsize=None)
    def help(self, *verb):
        """What `bursar VERB --help` prints."""
        return subprocess.run(["bursar", *verb, "--help"], executable=self.bursar, capture_output=True, text=True,
                              check=True).stdout

    def verbs(self, *verb):
        """The verbs below a verb, in the order of its help."""
        below = self.help(*verb).partition("Subcommands:\n")[2]
        return re.findall(r"^  ([a-z][\w-]*)", below, re.MULTILINE)

    def every_verb(self, *verb):
        """Every verb with those below it, as tuples of words."""
        for name in self.verbs(*verb):
            yield (*verb, name)
            yield from self.every_verb(*verb, name)

    def options(self, *verb):
        return set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", self.help(*verb)))

    def complaint(self, code):
        """What is wrong with a command in a text, such as `bursar plan --live`; None where nothing is, or it is none."""
        try:
            words = shlex.split(code, comments=True)
        except ValueError:
            return None
        program = next((program for program in PROGRAMS if words[:len(program)] == program), None)
        if program is None:
            return None
        words, verb = words[len(program):], ()
        while words and words[0] in self.verbs(*verb):
            verb = (*verb, words.pop(0))
        if not verb and words and re.fullmatch(r"[a-z][\w-]*", words[0]):
            return f"`{code}`: there is no verb {words[0]}"
        known = self.options(*verb) | {"--help", "-h"}
        for word in words:
            option = word.split("=")[0]
            if re.fullmatch(r"--?[A-Za-z][\w-]*", option) and option not in known:
                return f"`{code}`: bursar {' '.join(verb)} has no option {option}"
        return None
