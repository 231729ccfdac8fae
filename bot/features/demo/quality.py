"""Quality data of the demo: invented opinions of the last months, and visits that can be asked about again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from bot.features import units
from bot.features.calendar import periods
from bot.features.calendar.vietnam import today
from bot.features.checkins.reading.stages import Stage
from bot.features.people import people
from bot.features.quality.opinions import About
from bot.features.quality.tables import OpinionTally
from bot.features.rights.table import LEADER, MEMBER
from bot.features.visits.apps import APPS
from bot.features.visits.log import Outcome, topic_of
from bot.features.visits.tables import Visit, VisitStage

_OPINIONS: tuple[tuple[str, About, tuple[int, int, int]], ...] = (
    ("lac-hien", "help", (21, 8, 5)), ("dong-sen", "help", (14, 5, 3)), ("ben-do", "help", (9, 5, 2)),
    ("cau-da", "help", (5, 2, 0)), ("xom-4", "help", (8, 2, 3)), ("lac-hien", "guide", (33, 9, 6)),
    ("dong-tay", "guide", (18, 5, 2)), ("xom-4", "guide", (7, 1, 2)), ("ben-do", "guide", (4, 1, 1)),
)  # fmt: skip
"""Village, about what, and how many said “Tốt”, “Tạm được” and “Chưa được” in a month."""
_VISITS: tuple[tuple[str, int, str, Stage | Literal[""], int, Outcome], ...] = (
    (LEADER, 33, "vneid", "uses", 1, "done"), (MEMBER, 36, "vssid", "has", 2, "done"),
    (LEADER, 41, "an-toan", "", 3, "done"), (MEMBER, 48, "dich-vu-cong", "knows", 1, "again"),
    (MEMBER, 52, "thanh-toan", "uses", 1, "done"), (LEADER, 60, "vneid", "has", 2, "done"),
    (MEMBER, 71, "vneid", "uses", 1, "done"),
)  # fmt: skip
"""By whom, how many days ago, which app or topic, how far people are, how many, how it went."""
_MONTHS = 3


async def fill(village_code: str, now: datetime) -> bool:
    """Add the data inside the caller's transaction, after the people have their roles.

    False if opinions exist already.
    """
    village = await units.get(village_code)
    if village is None:
        raise LookupError(village_code)
    if await OpinionTally.exists():
        return False
    month = periods.at(today(now), "month")
    for _ in range(_MONTHS):
        month = periods.before(month)
        await OpinionTally.bulk_create(
            OpinionTally(unit=unit, month=month.name, about=about, mood=mood, count=count)
            for unit, about, counts in _OPINIONS
            for mood, count in zip(("good", "fair", "poor"), counts, strict=True)
        )
    helpers = {role: (await people.holders(role, village.id, now))[0].person_id for role in (LEADER, MEMBER)}
    for at, (role, ago, subject, stage, count, outcome) in enumerate(_VISITS):
        row = await Visit.create(
            unit_id=village.id, person_id=helpers[role], role=role, topic=topic_of(subject), people=count,
            outcome=outcome, minutes=30, day=today(now) - timedelta(days=ago), key=f"demo-{at}",
            noted_at=now - timedelta(days=ago),
        )  # fmt: skip
        if subject in APPS:
            await VisitStage.create(visit_id=row.id, app=subject, stage=stage)
    return True
