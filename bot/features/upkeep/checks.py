"""Which guides have to be tried again, and what it means that one was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct
from tortoise.functions import Max

from bot.features.guides.model import Guide
from bot.i18n import msg
from bot.storage.tables.upkeep import GuideCheck, GuideReminder

OWNERS: Mapping[str, str] = {
    "cb-vhxh": msg("Công chức Văn hóa – Xã hội"),
    "cong-an-xa": msg("Công an xã"),
    "tram-y-te": msg("Trạm y tế"),
    "to-cong-nghe-thon": msg("Tổ công nghệ số của thôn"),
    "trung-tam-hcc": msg("Trung tâm Phục vụ hành chính công"),
    "truong-hoc": msg("Trường học"),
    "buu-dien": msg("Bưu điện"),
}
"""Owner of a guide, as its front matter names it → what people call them."""


class DueCheck(Struct, frozen=True):
    """A guide to try again: `since` is the day on which it fell due, None when nobody has tried it yet."""

    guide: Guide
    since: date | None
    flagged: int


def due(guides: Iterable[Guide], flagged: Mapping[str, int], today: date) -> Sequence[DueCheck]:
    """Return guides with steps that need a look first, then those that wait longest."""
    found = []
    for guide in guides:
        steps = flagged.get(guide.slug, 0)
        since = None if guide.verified is None else guide.verified + timedelta(days=guide.review_every)
        if steps or (not guide.archival and (since is None or since <= today)):
            found.append(DueCheck(guide, since, steps))
    return sorted(found, key=lambda one: (-one.flagged, one.since or date.min, one.guide.slug))


async def confirm(unit_id: int, guide: Guide, person_id: int | None, today: date) -> bool:
    """Record that this text was tried and found right; inside the caller's transaction. False if that is known."""
    if await GuideCheck.filter(unit_id=unit_id, guide=guide.slug, content=guide.content, on=today).exists():
        return False
    await GuideCheck.create(unit_id=unit_id, guide=guide.slug, content=guide.content, on=today, person_id=person_id)
    return True


async def last_checks() -> Mapping[tuple[str, str], date]:
    """Return by (guide, content) the last day on which just this text was tried."""
    rows = (
        await GuideCheck.all()
        .annotate(last=Max("on"))
        .group_by("guide", "content")
        .values_list("guide", "content", "last")
    )
    return {(str(guide), str(content)): _day(last) for guide, content, last in rows}


async def told(unit_id: int) -> Mapping[str, date]:
    """Return, by guide, the day on which the officers of a commune last heard that it is due."""
    return {row.guide: row.told_on for row in await GuideReminder.filter(unit_id=unit_id)}


async def set_told(unit_id: int, guides: Sequence[str], today: date) -> None:
    """Record that exactly these are due and were told today; inside the caller's transaction."""
    await GuideReminder.filter(unit_id=unit_id).delete()
    await GuideReminder.bulk_create([GuideReminder(unit_id=unit_id, guide=guide, told_on=today) for guide in guides])


def _day(value: object) -> date:
    """Return a day, which SQLite gives as text if it is the greatest of several."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))
