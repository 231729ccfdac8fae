"""What a seed decides beforehand: who is there, what goes wrong, and for how long. A shrinker leaves parts out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from bot.core.lean.values import replace

KINDS = (
    "kill", "restart", "lost", "doubled", "outage", "unclear", "limits", "silence", "refused", "slow", "broken disk",
    "full disk", "slow disk", "jump", "late", "token", "bug", "power", "deaf", "mute",
    "failover",
)  # fmt: skip
"""Every kind of fault."""
NODE_KINDS = ("cut broker", "cut database", "failover", "broker away", "broker lost")
"""What goes wrong between several processes, their broker and their database."""
CORE_KINDS = ("end", "files away", "spoilt event", "spoilt session", "own bug")
"""What befalls the core: an orderly end in mid-work, no files, bytes that cannot be read, an error of ours."""
MONTHS = ("month", "month by hours")
"""A plan whose month is used up in mid-run, of each kind that the bot's adapters know (month.py)."""
ENDS = ("kill", "restart", "power", "end", "spoilt event", "spoilt session", "upgrade")
"""What ends a life; bytes are spoilt while no process lives.

A power cut is a kill that the disk suffers, too: what no sync has covered is gone."""
CALM = 0.2
"""How many worlds have no fault: in them all must be prompt, and nothing done again."""
MOST_KILLS = 3
"""An event that was begun three times and killed each time is rightly set aside at the fourth."""


@dataclass(frozen=True)
class Fault:
    """`at` and `lasts` in seconds; `on` is a messenger. A kill comes `steps` after the next time that it is `after`."""

    kind: str
    at: float
    lasts: float = 0.0
    on: str = ""
    steps: int = 0
    after: str = ""
    much: float = 0.0

    def __str__(self) -> str:
        parts = [self.kind, f"at {self.at:.0f} s"]
        parts += [f"for {self.lasts:.0f} s"] if self.lasts else []
        parts += [f"on {self.on}"] if self.on else []
        parts += [f"{self.steps} steps after {self.after}"] if self.after else []
        parts += [f"{self.much:+.2f}"] if self.much else []
        return " ".join(parts)


@dataclass(frozen=True)
class Plan:
    """`people` are names; each does at most `actions` things. `disorder` as in Timeline."""

    seed: str
    town: str
    faults: tuple[Fault, ...]
    people: tuple[str, ...]
    actions: int
    disorder: float
    seconds: float
    nodes: int = 1

    def without_fault(self, number: int) -> Plan:
        return replace(self, faults=self.faults[:number] + self.faults[number + 1 :])

    def without_person(self, number: int) -> Plan:
        return replace(self, people=self.people[:number] + self.people[number + 1 :])


def plan_of(
    seed: str, town: str, people: Sequence[str], vendors: Sequence[str], seconds: float, actions: int, nodes: int = 1
) -> Plan:
    chance = Random(f"{seed}:plan")
    calm = chance.random() < CALM
    drawn = [] if calm else _faults(chance, vendors, seconds)
    if nodes > 1 and not calm:
        drawn += _between_nodes(Random(f"{seed}:nodes"), seconds)
    faults = sorted(drawn, key=lambda fault: fault.at)
    kept: list[Fault] = []
    kills = 0
    for fault in faults:
        kills += fault.kind in ENDS
        if fault.kind not in ENDS or kills <= MOST_KILLS:
            kept.append(fault)
    disorder = chance.choice((0.0, 0.0, 0.1, 0.5, 1.0))
    return Plan(seed, town, tuple(kept), tuple(people), actions, disorder, seconds, nodes)


def _between_nodes(chance: Random, seconds: float) -> list[Fault]:
    kinds = chance.sample(NODE_KINDS, chance.randrange(1, 4))
    return [
        Fault(kind, chance.uniform(1.0, seconds * 0.8), chance.choice((1.0, 8.0, 30.0)), steps=chance.randrange(6))
        for kind in (chance.choice(kinds) for _ in range(chance.randrange(0, 5)))
    ]


def _faults(chance: Random, vendors: Sequence[str], seconds: float) -> list[Fault]:
    # Some seeds have many of one kind: swarms find more than a little of everything.
    kinds = chance.sample(KINDS, chance.randrange(1, 6))
    if chance.random() < 0.6 and "kill" not in kinds:
        kinds.append("kill")
    made: list[Fault] = []
    for _ in range(chance.randrange(1, 9)):
        kind = chance.choice(kinds)
        at = chance.uniform(1.0, seconds * 0.8)
        made.append(_DRAWN.get(kind, _lasting)(chance, kind, at, vendors))
    return made


def _lasting(chance: Random, kind: str, at: float, vendors: Sequence[str]) -> Fault:
    return Fault(kind, at, chance.uniform(5.0, 120.0), chance.choice(vendors), much=chance.choice((0.1, 0.3, 0.8, 1.0)))


def _short(chance: Random, kind: str, at: float, vendors: Sequence[str]) -> Fault:
    return Fault(kind, at, chance.uniform(1.0, 40.0))


def _kill(chance: Random, kind: str, at: float, vendors: Sequence[str]) -> Fault:
    away = chance.choice((0.5, 5.0, 60.0))
    if kind == "restart":
        return Fault(kind, at, away)
    after = chance.choice(("bring", "bring", "call", "row", "answer", "start"))
    return Fault(kind, at, away, steps=chance.randrange(120), after=after)


def _jump(chance: Random, kind: str, at: float, vendors: Sequence[str]) -> Fault:
    return Fault(kind, at, much=chance.choice((-3600.0, -60.0, 30.0, 600.0, 3600.0)))


_DRAWN: dict[str, Callable[[Random, str, float, Sequence[str]], Fault]] = {
    "kill": _kill,
    "restart": _kill,
    "power": _kill,
    "jump": _jump,
    "broken disk": _short,
    "full disk": _short,
    "slow disk": _short,
    "failover": _short,
}
