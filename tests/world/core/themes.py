"""What a town of the core is about: what its people do, and what goes wrong meanwhile; one theme for each seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from bot.core.lean.values import replace
from tests.world.plan import ENDS, MOST_KILLS, Fault

SECONDS = 28.0
"""In which people mostly do what they do, and all goes wrong that does."""
SHORT = (0.5, 2.0, 6.0, 15.0)
ARMED = frozenset({"kill", "power", "end", "spoilt event", "spoilt session"})
ORDERLY, MOST_ORDERLY = frozenset({"end", "restart"}), 5
"""Ends by which no attempt of an event is lost may be more than its attempts."""
OF_BROKERS = frozenset({"cut broker", "cut database", "broker away", "broker lost"})
LIKELIER: Mapping[str, float] = {"bug": 4.0, "refused": 2.5, "limits": 1.2, "token": 1.3}
"""How much likelier than elsewhere each of these is for a call."""
OF_DISKS = frozenset({"broken disk", "full disk", "slow disk", "failover", "stall"})
_AFTER = ("bring", "bring", "call", "answer", "answer", "start")
_MOST_STEPS = 90
USUAL: Mapping[str, int] = {
    "adds": 6, "counts": 4, "slowly": 4, "reads": 3, "breaks": 2, "long": 3, "lists": 8, "names": 4, "album": 5,
    "edits": 2, "forges": 2, "remembers": 5, "is_late": 2, "breaks_long": 1, "lists_long": 3, "lists_aside": 3,
    "lists_many": 2, "asks_what": 4, "mutters": 2, "relies": 2, "overdoes": 2, "pictures": 2, "speaks_long": 2,
    "silent": 2, "asks_when": 2,
}  # fmt: skip


@dataclass(frozen=True)
class Theme:
    """`odds` of what people do; `faults` that are drawn, `count` of them at least and at most; `actions` of each."""

    name: str
    odds: Mapping[str, int]
    faults: tuple[str, ...] = ()
    count: tuple[int, int] = (0, 0)
    actions: int = 7
    deadly: bool = False
    alone: bool = False
    """Whether one process serves it: who keeps a process for seconds costs it its line to the broker."""
    several: bool = False
    """Whether always more than one does."""
    between: tuple[str, ...] = field(default=("cut broker", "broker away", "broker lost"))
    """What goes wrong besides where several processes serve."""

    def drawn(self, seed: str, nodes: int) -> tuple[Fault, ...]:
        chance = Random(f"{seed}:theme")
        made: list[Fault] = []
        kinds = [*self.faults, *(self.between if nodes > 1 and self.faults else ())]
        for _ in range(chance.randint(*self.count)):
            kind = chance.choice(kinds)
            if kind == "own bug" and nodes > 1:
                continue  # what its process holds of the broker's, another one gets only at its end
            if kind in ENDS and sum(one.kind in ENDS for one in made) + self.deadly >= (
                MOST_ORDERLY if kind in ORDERLY and not self.deadly else MOST_KILLS
            ):
                continue
            made += _faults(chance, kind)
        return tuple(sorted(made, key=lambda fault: fault.at))


def _faults(chance: Random, kind: str) -> list[Fault]:
    """Return a fault, that of a messenger at times at both of them."""
    made = _fault(chance, kind)
    if not made.on or kind == "files away" or chance.random() < 0.4:
        return [made]
    return [replace(made, on=name) for name in ("rich", "plain")]


def _fault(chance: Random, kind: str) -> Fault:
    at, lasts = chance.uniform(1.0, SECONDS), chance.choice(SHORT)
    if kind in ARMED:
        return Fault(
            kind, at, chance.choice((0.5, 5.0)), steps=chance.randrange(_MOST_STEPS), after=chance.choice(_AFTER)
        )
    if kind == "restart":
        return Fault(kind, at, chance.choice((0.5, 5.0)), steps=chance.randrange(3))
    if kind == "own bug":
        return Fault(kind, at, steps=chance.randrange(1, 3))
    if kind == "jump":
        return Fault(kind, at, much=chance.choice((-3600.0, -60.0, 30.0, 600.0)))
    if kind == "forgotten":
        return Fault(kind, at + 4.0, steps=chance.randrange(6))
    if kind == "stall":
        return Fault(kind, at, much=chance.choice((1.5, 6.0)))
    if kind in OF_DISKS | OF_BROKERS:
        return Fault(kind, at, lasts, steps=chance.randrange(6))
    if kind == "files away":
        return Fault(kind, at, chance.choice((3.0, 30.0, 90.0)), "rich", much=1.0)
    much = chance.choice((0.5, 1.0)) * LIKELIER.get(kind, 1.0)
    return Fault(kind, at * 0.7, lasts + 2.0, chance.choice(("rich", "plain")), much=much)


def _mostly(**odds: int) -> Mapping[str, int]:
    return {**USUAL, **odds}


THEMES = (
    Theme("calm", USUAL),
    Theme(
        "ends",
        {"adds": 3, "slowly": 4, "dawdles": 3, "names": 3, "album": 4, "overdoes": 4, "floods": 2, "relies": 3},
        ("end", "end", "restart", "restart", "slow disk", "outage"),
        (3, 7),
    ),
    Theme("deaths", _mostly(overdoes=9), ("kill", "kill", "power"), (2, 4)),
    Theme(
        "database",
        _mostly(overdoes=6),
        ("broken disk", "broken disk", "full disk", "failover", "failover", "slow disk", "cut database"),
        (3, 7),
    ),
    Theme("unclear", _mostly(long=6), ("mute", "unclear", "unclear", "outage", "late", "kill"), (3, 6), actions=10),
    Theme("limits", _mostly(long=6, hurries=2), ("limits", "silence", "limits", "kill", "restart"), (4, 8), actions=10),
    Theme(
        "floods",
        {"floods": 6, "asks_when": 3, "computes": 3, "album": 2, "blocks": 2, "dawdles": 2},
        actions=4,
        alone=True,
    ),
    Theme(
        "bugs",
        {"overdoes": 9, "breaks_album": 9, "adds": 3, "counts": 3, "album": 2, "hurries": 2},
        ("own bug", "own bug", "own bug", "failover", "end"),
        (4, 8),
        actions=9,
    ),
    Theme(
        "moves",
        {"moves_twice": 6, "lists_many": 4, "names": 3, "adds": 3, "counts": 3, "asks_what": 3, "album": 3},
        ("kill", "outage", "own bug", "failover"),
        (0, 3),
    ),
    Theme(
        "spoilt",
        {"remembers": 9, "adds": 3, "counts": 2, "hurries": 3, "album": 2, "long": 2, "slowly": 2},
        ("spoilt event", "spoilt session", "spoilt session"),
        (2, 3),
        actions=10,
    ),
    Theme("deadly", _mostly(overdoes=9), ("outage", "full disk", "slow"), (1, 3), deadly=True, alone=True),
    Theme(
        "stalls",
        {"stalls": 2, "adds": 4, "hangs": 1, "names": 2, "slowly": 4, "overdoes": 2},
        ("stall",),
        (1, 3),
        4,
        alone=True,
    ),
    Theme(
        "refused",
        _mostly(pictures=14, blocks=5, long=4),
        ("refused", "bug", "token", "files away", "files away", "mute"),
        (5, 9),
        actions=9,
    ),
    Theme("network", _mostly(overdoes=6), ("lost", "doubled", "deaf", "kill", "end"), (3, 6)),
    Theme("forgotten", {"adds": 4, "reads": 4, "remembers": 3, "long": 2}, ("forgotten",), (4, 7), actions=9),
    Theme("crowds", {"crowds": 1}, actions=1, alone=True),
    Theme("deadly together", _mostly(overdoes=9), ("slow",), (1, 1), 5, deadly=True, several=True, between=()),
    Theme("clocks", _mostly(is_late=9, album=6), ("jump", "kill", "limits"), (2, 4)),
)


def theme_of(seed: str) -> Theme:
    number = int(seed) if seed.isdecimal() else Random(f"{seed}:number").randrange(len(THEMES))
    return THEMES[number % len(THEMES)]
