"""The limits in ratelimit's files, and whether a set of files is complete."""

import hashlib
import re

TEAM = re.compile(r'^- key: team\n  value: "([^"]+)"\n', re.M)
POOL = re.compile(r'^  - key: pool\n    value: "([^"]+)"\n', re.M)
BUDGET = re.compile(r"\{key: window, value: (?:minute|hour|day), rate_limit: \{unit: \w+, requests_per_unit: (\d+)\}\}")
SET, SHARDS = "bursar.dev/set", "bursar.dev/shards"


def _sections(pattern, text):
    """(name, text until the next) of each match."""
    found = list(pattern.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [(match[1], text[match.end():end]) for match, end in zip(found, ends)]


def parse(text):
    """{(team, pool): tokens a window} of one file. A pool of a team that has no budget line is a KeyError of ours."""
    limits = {}
    for team, of_team in _sections(TEAM, text):
        for pool, of_pool in _sections(POOL, of_team):
            limits[team, pool] = int(BUDGET.search(of_pool)[1])
    return limits


def parse_all(files):
    limits = {}
    for text in files.values():
        limits.update(parse(text))
    return limits


def sums(limits):
    """By pool."""
    total = {}
    for (_, pool), tokens in limits.items():
        total[pool] = total.get(pool, 0) + tokens
    return total


def digest(files):
    """The hash a set carries; `files` by ConfigMap key (`NAME.yaml`)."""
    content = hashlib.sha256()
    for key in sorted(files):
        content.update(key.encode() + b"\0" + files[key].encode())
    return content.hexdigest()


def whole_set(config_maps):
    """(hash, files) of the set that is whole: every shard is there, and it is what its hash says. None where none is."""
    by_set = {}
    for item in config_maps:
        annotations = item["metadata"].get("annotations", {})
        if SET in annotations:
            by_set.setdefault((annotations[SET], int(annotations[SHARDS])), []).append(item)
    for (name, shards), items in by_set.items():
        files = {key: text for item in items for key, text in item.get("data", {}).items()}
        if len(items) == shards and digest(files) == name:
            return name, files
    return None


DUMPED = re.compile(r"^bursar\.team_([a-z0-9-]+)\.pool_([a-z0-9-]+)\.window_\w+: unit=\w+ requests_per_unit=(\d+),", re.M)


def parse_dump(text):
    """As parse(), of what ratelimit's debug port says it enforces."""
    return {(team, pool): int(tokens) for team, pool, tokens in DUMPED.findall(text)}
