"""What the loudspeaker keeps of a person: whose recordings are whose, who noted a playing, who is to press play."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import F, Q

from bot.features import passing
from bot.features.privacy.holding import Fact, Holding, Subject
from bot.i18n import msg
from bot.storage.loudspeaker import LoudspeakerPlan, Play, Recording


def holdings() -> list[Holding]:
    """One for each table that names people."""
    return [
        Holding("recordings", msg("Bản phát loa"), _read_recordings, _erase_recordings),
        Holding("plays", msg("Lần phát loa"), _read_plays, _erase_plays),
        Holding("loudspeaker_plans", msg("Lịch phát loa"), _read_plans, _erase_plans),
    ]


async def _read_recordings(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    mine = Q(author_id=subject.person_id) | Q(approver_id=subject.person_id)
    rows = await Recording.filter(mine).order_by("id")
    return [Fact(msg("Bản phát loa lúc {at}: {title}"), {"at": row.created_at, "title": row.title}) for row in rows]


async def _erase_recordings(subject: Subject) -> None:
    """What was announced stays; what nobody approved goes with who made it."""
    if subject.person_id is not None:
        own = Recording.filter(author_id=subject.person_id).exclude(state="approved")
        for row in await own.exclude(media=""):
            await passing.keep(row.media, row.created_at)
        await own.delete()
        await Recording.filter(author_id=subject.person_id).update(author_id=None)
        await Recording.filter(approver_id=subject.person_id).update(approver_id=None)


async def _read_plays(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    count = await Play.filter(person_id=subject.person_id).count()
    return [Fact(msg("Đã ghi {count} lần phát loa của thôn"), {"count": count})] if count else []


async def _erase_plays(subject: Subject) -> None:
    if subject.person_id is not None:
        await Play.filter(person_id=subject.person_id).update(person_id=None)


async def _read_plans(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await LoudspeakerPlan.filter(player_id=subject.person_id).order_by("id").select_related("unit")
    return [
        Fact(msg("Là người bật loa của {village}"), {"village": f"{row.unit.kind} {row.unit.name}"}) for row in rows
    ]


async def _erase_plans(subject: Subject) -> None:
    """The village keeps its hours; those who lead it are reminded instead."""
    if subject.person_id is not None:
        own = LoudspeakerPlan.filter(player_id=subject.person_id)
        await own.update(player_id=None, version=F("version") + 1)
