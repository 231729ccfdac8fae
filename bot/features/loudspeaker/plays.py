"""When villages played what: “Đã phát loa 17:00”, as often as it is played, and the list for the commune."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import fold
from bot.features import units
from bot.features.announcements import public, store
from bot.features.announcements.model import AnnouncementTarget
from bot.features.announcements.public import PublicNotice
from bot.features.announcements.receipts import acknowledging
from bot.features.at_once import each
from bot.features.calendar.vietnam import VIETNAM, today
from bot.features.loudspeaker.tables import Play as Row
from bot.i18n import msg
from bot.storage.tables.announcements import AnnouncementTarget as TargetRow

from . import recordings
from .recordings import LoudspeakerRecording

LATEST = timedelta(days=14)
"""Older announcements are not offered any more."""
NOTED_WITHIN = timedelta(days=7)
_SLACK = timedelta(minutes=5)
_MOST = 50

NOT_YET = msg("Giờ này chưa tới. Bác gõ lại, ví dụ: đã phát loa 17:00 hôm qua.")
TOO_OLD = msg("Lần phát này đã quá 7 ngày nên tôi không ghi nữa.")
_TIME = patterns.compile(r"(?<!\d)([01]?\d|2[0-3])\s*(?:[:hg]|gio)\s*([0-5]\d)?(?!\d)")


class Playable(Struct, frozen=True):
    """An announcement with sound that a village's groups were given."""

    notice: PublicNotice
    recording: LoudspeakerRecording

    @property
    def label(self) -> str:
        return f"TB-{self.notice.number:04}"


class RecordedPlay(Struct, frozen=True):
    """One time that a village played something; `number` is that of the announcement."""

    unit_id: int
    number: int
    at: datetime


async def playable(unit_id: int, now: datetime, limit: int = 6) -> Sequence[Playable]:
    """Return the recordings that a village may play now, newest first."""
    return [item for item in await announced(unit_id, now) if item.notice.at >= now - LATEST][:limit]


async def announced(unit_id: int, now: datetime) -> Sequence[Playable]:
    """Return approved recordings of the latest _MOST announcements to a village, newest first."""
    commune = await units.commune_of(unit_id, today(now))
    if commune is None:
        return []
    told = await each([public.announced_to(part, now, _MOST) for part in await _parts(unit_id, now)])
    found = {notice.number: notice for some in told for notice in some}
    notices = [found[number] for number in sorted(found, reverse=True)]
    files = [item.media for notice in notices for item in notice.attachments if item.kind == "audio"]
    known = await recordings.approved(commune.id, files)
    return [
        Playable(notice, known[item.media]) for notice in notices for item in notice.attachments if item.media in known
    ]


def when(words: str, now: datetime) -> datetime | None:
    """Return the time (UTC) meant by `17:00`, `5 giờ chiều`, `17h30 hôm qua`; None when none is named."""
    answer = fold(words)
    found = _TIME.search(answer)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour < 12 and re.search(r"\b(?:chieu|toi)\b", answer):
        hour += 12
    local = now.astimezone(VIETNAM) - timedelta(days=1 if "hom qua" in answer else 0)
    return local.replace(hour=hour, minute=minute, second=0, microsecond=0).astimezone(UTC)


def problem(at: datetime, now: datetime) -> str | None:
    """Say why a time cannot be noted, as a Vietnamese sentence."""
    if at > now + _SLACK:
        return NOT_YET
    return TOO_OLD if at < now - NOTED_WITHIN else None


async def note(unit_id: int, item: Playable, at: datetime, person_id: int | None, now: datetime) -> bool:
    """Write it down, inside the caller's transaction; False when this very time was noted before.

    The announcement's receipt shows the first time.
    """
    minute = at.astimezone(UTC).replace(second=0, microsecond=0)
    number, recording = item.notice.number, item.recording.id
    same = Row.filter(unit_id=unit_id, announcement=number, recording=recording, played_at=minute)
    new = not await same.exists()
    row = Row(
        unit_id=unit_id,
        announcement=number,
        recording=recording,
        played_at=minute,
        person_id=person_id,
        noted_at=now,
    )
    await Row.bulk_create([row], ignore_conflicts=True)
    for target in await targets(unit_id, item, now):
        await acknowledging.played(target, person_id, minute)
    return new


async def targets(unit_id: int, item: Playable, now: datetime) -> Sequence[AnnouncementTarget]:
    """Return the groups of the village that the announcement went to."""
    one = await store.by_number(item.recording.commune_id, item.notice.number)
    parts = await _parts(unit_id, now)
    return [] if one is None else [target for target in await store.targets(one.id) if target.unit_id in parts]


async def times(unit_id: int, now: datetime) -> Mapping[int, Sequence[datetime]]:
    """Return when a village played what it may play now, by number of the announcement."""
    parts = await _parts(unit_id, now)
    noted = await Row.filter(unit_id__in=parts, noted_at__gte=now - 2 * LATEST).values_list("announcement", "played_at")
    told = await TargetRow.filter(unit_id__in=parts, played_at__gte=now - 2 * LATEST).values_list(
        "announcement__number", "played_at"
    )
    found: dict[int, list[datetime]] = {}
    for number, at in (*noted, *told):
        found.setdefault(int(str(number)), []).append(at)
    return found


async def log(commune_id: int, now: datetime, limit: int = 30) -> Sequence[RecordedPlay]:
    """List the playings in a commune of the last two weeks, newest first: noted here, or told by the button."""
    inside = [place.id for place in await units.everything(commune_id)]
    rows = await Row.filter(unit_id__in=inside, played_at__gte=now - LATEST)
    told = await TargetRow.filter(unit_id__in=inside, played_at__gte=now - LATEST).values_list(
        "unit_id", "announcement__number", "played_at"
    )
    noted = {RecordedPlay(row.key_of("unit"), row.announcement, row.played_at) for row in rows}
    pressed = {RecordedPlay(unit_id, number, at.replace(second=0, microsecond=0)) for unit_id, number, at in told}
    return sorted(noted | pressed, key=lambda one: (one.at, one.number, one.unit_id), reverse=True)[:limit]


async def _parts(unit_id: int, now: datetime) -> list[int]:
    """Return a village and those merged into it: their groups are its groups."""
    return [unit_id, *(part.id for part in await units.merged_parts(unit_id, today(now)))]
