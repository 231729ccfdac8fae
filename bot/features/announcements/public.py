"""What the commune has announced to everybody, as its public pages and the villages' feeds show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from bot.core.messages import Attachment
from bot.core.text import Text
from bot.storage.announcements import Announcement as Row
from bot.storage.announcements import AnnouncementTarget as TargetRow
from bot.storage.outbox import OutboxRow

from .model import announcement


@dataclass(frozen=True, slots=True)
class PublicNotice:
    """One announcement. `number` 123 is written TB-0123; `at` is when it went out, UTC.

    `corrects` is the number of the notice that this one puts right, `corrected_by` of the one that puts it right.
    """

    number: int
    at: datetime
    title: str
    text: Text
    source: str
    attachments: tuple[Attachment, ...] = ()
    corrects: int | None = None
    corrected_by: int | None = None


async def published(commune_id: int, now: datetime, limit: int, before: int | None = None) -> Sequence[PublicNotice]:
    """What a commune has announced to all its people, newest first; with `before` only smaller numbers."""
    rows = _gone_out(now).filter(commune_id=commune_id, everybody=True)
    if before is not None:
        rows = rows.filter(number__lt=before)
    return await _notices(await rows.order_by("-number").limit(limit))


async def notice(commune_id: int, number: int, now: datetime) -> PublicNotice | None:
    """One of those that `published` would list; `number` comes from anywhere."""
    if not 0 < number < 2**31:
        return None
    rows = _gone_out(now).filter(commune_id=commune_id, everybody=True, number=number)
    return next(iter(await _notices(await rows)), None)


async def announced_to(unit_id: int, now: datetime, limit: int) -> Sequence[PublicNotice]:
    """What went to the groups of a village, newest first, with its attachments: the village's feed picks the audio."""
    ids = await TargetRow.filter(unit_id=unit_id).order_by("-announcement_id").values_list("announcement_id", flat=True)
    rows = _gone_out(now).filter(id__in=list(dict.fromkeys(ids)))
    return await _notices(await rows.order_by("-number").limit(limit))


def _gone_out(now: datetime) -> QuerySet[Row]:
    """Done, or on its way; what was stopped is not to be read any more."""
    return Row.filter(Q(not_before__isnull=True) | Q(not_before__lte=now), state__in=["sending", "done"])


async def _notices(rows: Sequence[Row]) -> Sequence[PublicNotice]:
    """Those of which at least one message has arrived."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    arrived = set(
        await OutboxRow.filter(announcement__in=ids, state="sent").distinct().values_list("announcement", flat=True)
    )
    later = {row.corrects: row.number for row in await _gone_out_corrections(ids)}
    firsts = {row.id: row.number for row in await Row.filter(id__in=[row.corrects for row in rows if row.corrects])}
    found: list[PublicNotice] = []
    for row in rows:
        if row.id in arrived:
            one = announcement(row)
            found.append(
                PublicNotice(
                    number=one.number,
                    at=one.speaks_of,
                    title=one.title,
                    text=Text.verbatim(one.text),
                    source=one.source,
                    attachments=one.attachments,
                    corrects=firsts.get(one.corrects),
                    corrected_by=later.get(one.id),
                )
            )
    return found


async def _gone_out_corrections(ids: Sequence[int]) -> Sequence[Row]:
    return await Row.filter(corrects__in=list(ids), state__in=["sending", "done"]).order_by("number")
