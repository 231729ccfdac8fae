"""Reports that a screen looks different, by guide and step: counts, remarks, and people who want to hear back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from tortoise.expressions import Q
from tortoise.functions import Count
from tortoise.queryset import QuerySet

from bot.i18n import msg
from bot.storage.tables.people import Account
from bot.storage.tables.upkeep import GuideFlag as Row

Device = Literal["iphone", "android", "unknown"]
DEVICES: Mapping[str, str] = {
    "iphone": msg("iPhone"),
    "android": msg("Android (Samsung, Oppo, Xiaomi …)"),
    "unknown": msg("Tôi không biết"),
}
LONGEST_NOTE, LONGEST_REASON = 300, 300
FLAGGED_AT = 3
"""So many residents said "Màn hình của tôi khác" before a step needs a look; of officers one is enough."""
_TOLD_WITHIN = timedelta(days=1)
_MOST_NOTES = 5


class Flagged(Struct, frozen=True):
    """A step with open flags: how many residents, how many officers, and the last notes, each with its phone."""

    guide: str
    step: str
    residents: int
    officers: int
    devices: Mapping[str, int]
    notes: Sequence[tuple[str, str]]


class Waiting(Struct, frozen=True):
    """A person who wants to hear that a step was mended; `flag` is the row by which they asked."""

    flag: int
    step: str
    platform: str
    chat: str
    locale: str


async def raise_flag(guide: str, step: str, now: datetime) -> None:
    """Count one more resident whose screen looks different; nothing about them is kept."""
    await Row.create(guide=guide, step=step, source="resident", created_at=now)


async def tell_device(guide: str, step: str, device: Device, now: datetime) -> int | None:
    """Put the phone to a flag that has none yet and return its id; None when nobody has just raised one.

    Flags name nobody, so it does not matter to which of the day's it is put.
    """
    row = await _fresh(guide, step, now).filter(device="").first()
    if row is None:
        return None
    found: int = row.id
    await Row.filter(id=found).update(device=device)
    return found


async def tell_note(flag: int, note: str) -> None:
    await Row.filter(id=flag, closed_at__isnull=True).update(note=note)


async def hear_back(guide: str, step: str, account_id: int, locale: str, now: datetime) -> None:
    """Record that an account wants to hear back; once for a step, however often it presses."""
    if await Row.filter(guide=guide, step=step, account_id=account_id, closed_at__isnull=True).exists():
        return
    row = await _fresh(guide, step, now).filter(account_id__isnull=True).first()
    if row is not None:
        await Row.filter(id=row.id).update(account_id=account_id, locale=locale)


async def officer_note(guide: str, step: str, note: str, person_id: int | None, now: datetime) -> None:
    await Row.create(guide=guide, step=step, source="officer", note=note, person_id=person_id, created_at=now)


async def open_flags(guide: str | None = None) -> Sequence[Flagged]:
    """Return steps with open flags, of one guide or of all; the most reported first."""
    rows = await _open(guide).order_by("-id")
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        grouped.setdefault((row.guide, row.step), []).append(row)
    found = [_flagged(slug, step, group) for (slug, step), group in grouped.items()]
    return sorted(found, key=lambda one: (-one.officers, -one.residents, one.guide, one.step))


async def counts() -> Mapping[str, int]:
    """Return, by guide, how many of its steps need a look."""
    steps: dict[str, int] = {}
    rows = (
        await _open(None)
        .annotate(times=Count("id"))
        .group_by("guide", "step", "source")
        .values_list("guide", "step", "source", "times")
    )
    needed = {(guide, step) for guide, step, source, times in rows if source == "officer" or int(times) >= FLAGGED_AT}
    for guide, _ in needed:
        steps[str(guide)] = steps.get(str(guide), 0) + 1
    return steps


async def close(guide: str, steps: Collection[str], now: datetime) -> Sequence[Waiting]:
    """Close the open flags of these steps and return who wants to hear of it; inside the caller's transaction."""
    rows = await _open(guide).filter(step__in=list(steps)).select_related("account")
    await Row.filter(id__in=[row.id for row in rows]).update(closed_at=now)
    return [
        Waiting(row.id, row.step, account.platform, account.chat_id, row.locale)
        for row in rows
        if isinstance(account := row.account, Account) and account.reachable and account.chat_id
    ]


def _open(guide: str | None) -> QuerySet[Row]:
    return Row.filter(Q(closed_at__isnull=True) & (Q() if guide is None else Q(guide=guide)))


def _fresh(guide: str, step: str, now: datetime) -> QuerySet[Row]:
    return _open(guide).filter(step=step, source="resident", created_at__gte=now - _TOLD_WITHIN).order_by("-id")


def _flagged(guide: str, step: str, rows: Sequence[Row]) -> Flagged:
    devices: dict[str, int] = {}
    for row in rows:
        if row.device:
            devices[row.device] = devices.get(row.device, 0) + 1
    officers = sum(row.source == "officer" for row in rows)
    notes = [(row.device, row.note) for row in rows if row.note][:_MOST_NOTES]
    return Flagged(guide, step, len(rows) - officers, officers, devices, notes)
