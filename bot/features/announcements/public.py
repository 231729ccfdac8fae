"""Announcements to everybody, as the commune's public pages and the villages' feeds show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from tortoise.expressions import F, Q
from tortoise.queryset import QuerySet

from bot.core.lean import patterns
from bot.core.messages import Attachment
from bot.core.text import Text
from bot.features import units
from bot.features.at_once import at_once
from bot.storage.prepared import rows_of
from bot.storage.sql import Value, asked
from bot.storage.tables.announcements import Announcement as Row
from bot.storage.tables.announcements import RelayTarget as RelayRow

from . import leaving, store
from .model import RECALL, announcement

_SENT_TO = (
    "select announcement_id from announcement_targets where unit_id = ?"
    " union select announcement_id from relay_targets where unit_id = ?"
)
_NEWEST = (
    "select a.id from announcements a where a.state in ('sending', 'done')"
    " and (a.not_before is null or a.not_before <= ?) and {whose} order by a.number desc limit ?"
)
_IS_SENT_TO = _NEWEST.format(whose=f"a.id in ({_SENT_TO})")
_IS_PUBLISHED = _NEWEST.format(whose="a.commune_id = ? and a.everybody")
_ARRIVED = (
    "select 1 from ({newest}) n where exists (select 1 from outbox o where o.announcement = n.id and o.state = 'sent')"
)
_MINUTE = timedelta(minutes=1)
_VILLAGE_CODE = patterns.compile(r"[a-z0-9]{1,24}")


class PublicNotice(Struct, frozen=True):
    """One announcement. `number` 123 is written TB-0123; `at` is when it went out, UTC.

    `corrects` is the number of the notice that this one puts right, `corrected_by` of the one that puts it right.
    `urgent` holds as long as the notice does: until it expires, or another one puts it right.
    """

    number: int
    at: datetime
    title: str
    text: Text
    source: str
    attachments: tuple[Attachment, ...] = ()
    corrects: int | None = None
    corrected_by: int | None = None
    urgent: bool = False


async def published(commune_id: int, now: datetime, limit: int, before: int | None = None) -> Sequence[PublicNotice]:
    """List what a commune has announced to all its people, newest first; with `before` only smaller numbers."""
    rows = _gone_out(now).filter(commune_id=commune_id, everybody=True)
    if before is not None:
        rows = rows.filter(number__lt=before)
    return await _notices(await rows.order_by("-number").limit(limit), now)


async def notice(commune_id: int, number: int, now: datetime) -> PublicNotice | None:
    """Return one of those that `published` would list; `number` is untrusted and may come from anywhere."""
    if not 0 < number < 2**31:
        return None
    rows = _gone_out(now).filter(commune_id=commune_id, everybody=True, number=number)
    return next(iter(await _notices(await rows, now)), None)


class VillageNotice(Struct, frozen=True):
    """An announcement as the people of one village read it behind its secret address.

    `notice` is None when it was stopped. `newer` is the code of what puts it right in this village, "" without.
    """

    label: str
    commune_code: str
    village: str
    village_code: str
    notice: PublicNotice | None
    newer: str = ""


async def by_code(code: str, now: datetime) -> VillageNotice | None:
    """Return what the people of a village read behind a code, which is untrusted; it counts nobody."""
    row = await RelayRow.get_or_none(code=code) if _VILLAGE_CODE.fullmatch(code) else None
    one = None if row is None else await Row.get_or_none(id=row.key_of("announcement"))
    place = None if row is None else await units.by_id(row.key_of("unit"))
    if row is None or one is None or place is None:
        return None
    commune = await units.by_id(one.key_of("commune"))
    found = await _notices(await _gone_out(now).filter(id=one.id), now)
    later = [each.id for each in await store.standing(announcement(one)) if each.rows]
    newer = await RelayRow.filter(announcement_id__in=later, unit_id=place.id).order_by("-announcement_id").first()
    return VillageNotice(
        announcement(one).label,
        "" if commune is None else commune.code,
        place.full_name,
        place.code,
        next(iter(found), None),
        "" if newer is None else newer.code,
    )


async def is_any(unit_ids: Sequence[int], commune_id: int | None, now: datetime, limit: int) -> bool:
    """Tell whether `announced_to` lists anything for one of these units, or `published` for the commune.

    A message has arrived only of a notice that was let go, so the end of this minute serves as well as `now`, and asks
    the same as the next event.
    """
    now = now.replace(second=0, microsecond=0) + _MINUTE
    # The first that is found ends the search, and that of the commune is found at once: a village's are all gathered.
    parts: list[tuple[str, list[Value]]] = []
    parts += [] if commune_id is None else [(_IS_PUBLISHED, [now, commune_id, limit])]
    parts += [(_IS_SENT_TO, [now, unit_id, unit_id, limit]) for unit_id in dict.fromkeys(unit_ids)]
    if not parts:
        return False
    text = " union all ".join(_ARRIVED.format(newest=newest) for newest, _ in parts)
    values = [value for _, some in parts for value in some]
    return bool(await asked(f"select 1 as one where exists ({text})", values))


async def opened(code: str) -> None:
    """Count that an address was opened, and nothing else."""
    await RelayRow.filter(code=code).update(opened=F("opened") + 1)


async def announced_to(unit_id: int, now: datetime, limit: int) -> Sequence[PublicNotice]:
    """List announcements to a village, newest first; the village's feed picks the audio attachments."""
    rows = await rows_of(Row, f"id in ({_IS_SENT_TO})", [now, unit_id, unit_id, limit], order="number desc")
    return await _notices(rows, now)


def _gone_out(now: datetime) -> QuerySet[Row]:
    """Select announcements that are done or being sent; cancelled ones are no longer to be read."""
    return Row.filter(Q(not_before__isnull=True) | Q(not_before__lte=now), state__in=["sending", "done"])


async def _notices(rows: Sequence[Row], now: datetime) -> Sequence[PublicNotice]:
    """Convert those rows of which at least one message has arrived."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    corrected = Row.filter(id__in=[row.corrects for row in rows if row.corrects])
    arrived, (corrections, recalled, before) = await at_once(
        leaving.begun(ids),
        at_once(_gone_out_corrections(ids), _taken_back([row for row in rows if row.template != RECALL]), corrected),
    )
    later = {**{row.corrects: row.number for row in corrections}, **recalled}
    firsts = {row.id: row.number for row in before}
    found: list[PublicNotice] = []
    for row in rows:
        if row.id in arrived:
            one = announcement(row)
            found.append(
                PublicNotice(
                    number=one.number,
                    at=arrived[row.id],
                    title=one.title,
                    text=Text.verbatim(one.text),
                    source=one.source,
                    attachments=one.attachments,
                    corrects=firsts.get(one.corrects),
                    corrected_by=later.get(one.id),
                    urgent=one.urgent and one.id not in later and (one.expires_at is None or one.expires_at > now),
                )
            )
    return found


async def _gone_out_corrections(ids: Sequence[int]) -> Sequence[Row]:
    return await Row.filter(corrects__in=list(ids), state__in=["sending", "done"]).order_by("number")


async def _taken_back(rows: Sequence[Row]) -> dict[int, int]:
    """Map ids to the number of the recall: a recall of the first announcement is also that of all its corrections."""
    firsts = {row.id: (await store.first(announcement(row))).id for row in rows}
    recalls = Row.filter(corrects__in=list(set(firsts.values())), template=RECALL, state__in=["sending", "done"])
    numbers = {row.corrects: row.number for row in await recalls}
    return {row_id: numbers[first] for row_id, first in firsts.items() if first in numbers}
