"""What differs from one little town to another, drawn from its seed: windows, quiet spells, what can wait, nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random

from bot.core.events import Chat, ChatKind
from bot.core.lean.values import replace
from bot.core.platform import PLAIN, RICH, Capabilities

from .timeline import BEGAN

WINDOWED, QUIET = 0.25, 0.2
"""How many towns have a messenger that is written to only after it wrote, and how many have quiet spells."""
SEVERAL = 0.2
"""How many towns are served by several processes."""
JOINS = 0.3
"""In how many towns the plain messenger joins when the process is at work already."""
OLD = 0.15
"""How many towns get a new version of the bot in mid-run."""
DIGEST_EVERY = 60.0
OPEN_LONGER, OPEN_SHORTER = 5.0, 0.8
"""A messenger's own window: some seconds longer than the bot knows where nothing goes wrong, else a little shorter."""


@dataclass(frozen=True)
class Spells:
    """Quiet for `lasts` seconds at the end of each `every`; no spell where `lasts` is 0. Implements QuietTime."""

    every: float
    lasts: float

    def until(self, moment: datetime) -> datetime | None:
        since = (moment - BEGAN).total_seconds() % self.every
        return moment + timedelta(seconds=self.every - since) if since >= self.every - self.lasts else None

    async def until_for(self, chat: Chat, moment: datetime) -> datetime | None:
        return self.until(moment)


@dataclass(frozen=True)
class Minutes:
    """The day's digest leaves once a minute. Implements DigestHour."""

    async def next_for(self, chat: Chat, moment: datetime) -> datetime:
        return moment + timedelta(seconds=DIGEST_EVERY - (moment - BEGAN).total_seconds() % DIGEST_EVERY)


@dataclass(frozen=True)
class Place:
    """`window` in seconds, on the plain messenger; its groups are `closed` to what is unasked. `nodes`: processes."""

    window: float | None
    closed: bool
    quiet: Spells
    nodes: int = 1
    joins: bool = False
    """Whether the plain messenger joins while the process is at work, as those that are added by hand."""
    old: bool = False
    """Whether the version before this one served it until its first end, which comes by itself."""

    def kinds(self, messenger: str) -> Mapping[ChatKind, Capabilities]:
        if messenger == "rich" or self.window is None:
            return RICH if messenger == "rich" else PLAIN
        hours = self.window / 3600.0
        group = replace(PLAIN["group"], push="never") if self.closed else PLAIN["group"]
        return {"private": replace(PLAIN["private"], push="window", window_hours=hours), "group": group}


def full_name(chat: Chat) -> str:
    """Both messengers have a group of one name."""
    return f"{chat.platform}:{chat.id}"


@cache
def place_of(seed: str) -> Place:
    chance = Random(f"{seed}:place")
    window = chance.choice((60.0, 120.0, 240.0)) if chance.random() < WINDOWED else None
    quiet = Spells(chance.choice((90.0, 200.0)), 30.0 if chance.random() < QUIET else 0.0)
    closed = chance.random() < 0.5
    work = Random(f"{seed}:work")
    nodes = work.choice((2, 3)) if work.random() < SEVERAL else 1
    joins = Random(f"{seed}:joins").random() < JOINS
    return Place(window, closed, quiet, nodes, joins, nodes == 1 and Random(f"{seed}:old").random() < OLD)
