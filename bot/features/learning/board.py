"""The board of a village: names of those who want to be seen, and nothing about anybody else but counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from bot.core.lean import patterns
from bot.features.calendar.vietnam import VIETNAM, today
from bot.features.learning.tables import BoardName, QuestionAnswer
from bot.features.people.accounts import Account

from .answers import FEW

LONGEST_NAME = 40
SHOWN = 10
_NAME = patterns.compile(r"[^\W\d_]+(?:[ .'’-]+[^\W\d_]+)*\.?")


class BoardLine(Struct, frozen=True):
    """Right answers of somebody who wants to be named."""

    name: str
    right: int


class Board(Struct, frozen=True):
    """`others` is how many people are not named and `others_right` their right answers; 0 when they are too few."""

    first: date
    lines: Sequence[BoardLine]
    others: int
    others_right: int

    @property
    def empty(self) -> bool:
        return not self.lines and not self.others


def month_of(now: datetime) -> date:
    return today(now).replace(day=1)


def before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


async def of_village(unit_ids: Collection[int], first: date) -> Board:
    """Return the board of the month that begins on `first`, in the village and those merged into it."""
    start = datetime.combine(first, time(), VIETNAM)
    stop = datetime.combine((first + timedelta(days=32)).replace(day=1), time(), VIETNAM)
    rows = await QuestionAnswer.filter(
        unit_id__in=list(unit_ids), right=True, answered_at__gte=start, answered_at__lt=stop
    ).values_list("platform", "person")
    right = Counter(Account(str(platform), str(person)) for platform, person in rows)
    names = {Account(row.platform, row.person): row.name for row in await BoardName.all()} if right else {}
    lines = [BoardLine(names[account], count) for account, count in right.items() if account in names]
    lines.sort(key=lambda line: (-line.right, line.name))
    hidden = [count for account, count in right.items() if account not in names]
    if len(hidden) < FEW:
        hidden = []
    return Board(first, lines[:SHOWN], len(hidden), sum(hidden))


def clean_name(answer: str) -> str | None:
    """Return a name as it may stand on the board; None for anything that is more than a name."""
    name = " ".join(answer.split())
    return name if len(name) <= LONGEST_NAME and _NAME.fullmatch(name) else None


async def name_of(account: Account) -> str | None:
    row = await BoardName.get_or_none(platform=account.platform, person=account.person)
    return None if row is None else row.name


async def show_name(account: Account, name: str, now: datetime) -> None:
    await BoardName.update_or_create({"name": name, "at": now}, platform=account.platform, person=account.person)


async def hide_name(account: Account) -> bool:
    """Take the name off the board; return False when it was not shown."""
    return bool(await BoardName.filter(platform=account.platform, person=account.person).delete())
