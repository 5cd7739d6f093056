"""The schedule of a run, drawn from a seed before the run begins, so that a seed identifies a run."""

import dataclasses
import random

from chaos import organisation

# Kinds of faults. Each occurs once before any occurs again.
FAULTS = (
    "leader-killed", "leader-paused", "leader-paused-past-its-lease", "leader-terminated", "standby-killed",
    "both-replicas-killed", "leader-connections-cut", "leader-parted", "leader-stalled", "sidecar-killed", "sidecar-parted",
    "apiserver-killed", "apiserver-paused", "etcd-killed", "prometheus-killed", "ratelimit-killed", "redis-killed",
    "redis-emptied", "limits-deleted", "limits-edited")
CHANGE_SECONDS = 1.5


@dataclasses.dataclass(frozen=True)
class Step:
    at: float        # seconds from the start
    kind: str
    choice: float    # 0 <= choice < 1: which of several, where there are several
    seconds: float   # how long a fault lasts, where it lasts; of a loan, how long it runs
    values: tuple = ()


def faults(seed, seconds, count):
    """`count` faults over `seconds`, with jitter; the last one ends before the time is over."""
    dice = random.Random(f"faults {seed}")
    steps, deck = [], []
    pace = seconds / count
    for index in range(count):
        if not deck:
            deck = list(FAULTS)
            dice.shuffle(deck)
        steps.append(Step((index + 0.6 * dice.random()) * pace, deck.pop(), dice.random(), dice.uniform(0.3, 3.0)))
    return steps


def changes(seed, seconds):
    dice = random.Random(f"changes {seed}")
    steps = []
    at = 0.0
    while (at := at + CHANGE_SECONDS * dice.uniform(0.5, 1.5)) < seconds:
        kind = dice.choices(("forecast", "weights", "capacity", "loan", "return", "visitor"), (8, 6, 3, 5, 2, 1))[0]
        steps.append(Step(at, kind, dice.random(), dice.uniform(5, 40), _values(dice, kind)))
    return steps


def _values(dice, kind):
    pool = dice.choice(sorted(organisation.POOLS))
    if kind == "forecast":
        return dice.choice(organisation.TEAMS), pool, dice.randrange(5_000, 90_000)
    if kind == "weights":
        return tuple((team, dice.choice((10, 100, 400))) for team in organisation.TEAMS)
    if kind == "capacity":
        return pool, dice.choice(organisation.CAPACITIES[pool])
    if kind == "loan":
        return dice.choice(organisation.TEAMS), pool, dice.randrange(500, 15_000), dice.choice((0, 2, 10))
    return ()
