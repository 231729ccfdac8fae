"""Where a person is in each guide, kept until 90 days after the last contact; counts that name nobody."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from tortoise.expressions import F
from tortoise.functions import Sum

from bot.features.accounts import Account
from bot.storage.learning import GuideCount, GuideRun

Counted = Literal["opened", "finished", "stuck", "different"]


FLAGGED_AT = 3
"""So many people said "Màn hình của tôi khác" before a step is flagged."""


class Flag(NamedTuple):
    """A step that looks different on people's phones, and how often that was said."""

    guide: str
    step: str
    times: int


@dataclass(frozen=True, slots=True)
class Place:
    """`trail` are the steps up to and with `step`; `fingerprint` is that of the page when it was shown."""

    guide: str
    step: str
    fingerprint: str
    trail: tuple[str, ...]
    attempt: int
    finished: bool


async def place(account: Account, guide: str) -> Place | None:
    row = await GuideRun.get_or_none(platform=account.platform, person=account.person, guide=guide)
    return None if row is None else _place(row)


async def latest(account: Account) -> Place | None:
    """The unfinished guide that the person was in last."""
    row = await (
        GuideRun.filter(platform=account.platform, person=account.person, finished=False)
        .order_by("-updated_at")
        .first()
    )
    return None if row is None else _place(row)


async def reached(
    account: Account,
    guide: str,
    step: str,
    fingerprint: str,
    trail: Sequence[str],
    now: datetime,
    *,
    attempt: int = 1,
    finished: bool = False,
) -> None:
    """Remember the page that is being shown."""
    row = GuideRun(
        platform=account.platform,
        person=account.person,
        guide=guide,
        step=step,
        fingerprint=fingerprint,
        trail=json.dumps(list(trail)),
        attempt=attempt,
        finished=finished,
        updated_at=now,
    )
    await GuideRun.bulk_create(
        [row],
        on_conflict=("platform", "person", "guide"),
        update_fields=("step", "fingerprint", "trail", "attempt", "finished", "updated_at"),
    )


async def count(what: Counted, guide: str, step: str, day: date) -> None:
    """One more of `what` at this step on this day."""
    key = {"guide": guide, "step": step, "what": what, "day": day}
    await GuideCount.bulk_create([GuideCount(**key, count=0)], ignore_conflicts=True)
    await GuideCount.filter(**key).update(count=F("count") + 1)


async def counted(what: Counted, guide: str, step: str) -> int:
    """How often `what` happened at this step, over all days."""
    rows = await GuideCount.filter(guide=guide, step=step, what=what).values_list("count", flat=True)
    return sum(int(str(row)) for row in rows)


async def flagged() -> list[Flag]:
    """Steps that need a look, the most reported first."""
    rows = await (
        GuideCount.filter(what="different")
        .annotate(total=Sum("count"))
        .group_by("guide", "step")
        .filter(total__gte=FLAGGED_AT)
        .order_by("-total", "guide", "step")
        .values_list("guide", "step", "total")
    )
    return [Flag(str(guide), str(step), int(str(total))) for guide, step, total in rows]


def _place(row: GuideRun) -> Place:
    return Place(row.guide, row.step, row.fingerprint, tuple(json.loads(row.trail)), row.attempt, row.finished)
