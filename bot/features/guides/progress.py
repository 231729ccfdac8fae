"""Where a person is in each guide, kept until 90 days after the last contact.

Who has linked several messengers goes on in any of them: the place is the newest of them all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q

from bot.features import people
from bot.features.accounts import Account
from bot.storage.learning import GuideRun


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
    row = await GuideRun.filter(await _of_person(account), guide=guide).order_by("-updated_at").first()
    return None if row is None else _place(row)


async def latest(account: Account) -> Place | None:
    """The unfinished guide that the person was in last."""
    runs: dict[str, GuideRun] = {}
    for row in await GuideRun.filter(await _of_person(account)).order_by("updated_at"):
        runs[row.guide] = row
    unfinished = [row for row in runs.values() if not row.finished]
    return _place(max(unfinished, key=lambda row: row.updated_at)) if unfinished else None


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


async def _of_person(account: Account) -> Q:
    """The runs of all accounts of the person who writes on this one."""
    own = Q(platform=account.platform, person=account.person)
    person_id = await people.person_of(account)
    accounts = [] if person_id is None else await people.all_accounts(person_id)
    return Q(own, *(Q(platform=one.platform, person=one.person) for one in accounts), join_type=Q.OR)


def _place(row: GuideRun) -> Place:
    return Place(row.guide, row.step, row.fingerprint, tuple(json.loads(row.trail)), row.attempt, row.finished)
