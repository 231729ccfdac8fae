"""What the demo knows of quality: invented opinions of the last months, and visits that can be asked about again."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.features import people, units
from bot.features.checkins import periods
from bot.features.quality.opinions import About
from bot.features.rights.table import LEADER, MEMBER
from bot.features.visits import Outcome
from bot.storage.quality import OpinionTally
from bot.storage.visits import Visit

_OPINIONS: tuple[tuple[str, About, tuple[int, int, int]], ...] = (
    ("lac-hien", "help", (21, 8, 5)), ("dong-sen", "help", (14, 5, 3)), ("ben-do", "help", (9, 5, 2)),
    ("cau-da", "help", (5, 2, 0)), ("xom-4", "help", (8, 2, 3)), ("lac-hien", "guide", (33, 9, 6)),
    ("dong-tay", "guide", (18, 5, 2)), ("xom-4", "guide", (7, 1, 2)), ("ben-do", "guide", (4, 1, 1)),
)  # fmt: skip
"""Village, about what, and how many said “Tốt”, “Tạm được” and “Chưa được” in a month."""
_VISITS: tuple[tuple[str, int, str, int, Outcome], ...] = (
    (LEADER, 33, "chinh-quyen-so", 1, "done"), (MEMBER, 36, "xa-hoi-so", 2, "done"),
    (LEADER, 41, "an-toan", 3, "done"), (MEMBER, 48, "chinh-quyen-so", 1, "again"),
    (MEMBER, 52, "kinh-te-so", 1, "done"), (LEADER, 60, "chinh-quyen-so", 2, "done"),
    (MEMBER, 71, "chinh-quyen-so", 1, "done"),
)  # fmt: skip
"""By whom, how many days ago, what, how many people, how it went."""
_MONTHS = 3


async def fill(village_code: str, now: datetime) -> bool:
    """Inside the caller's transaction, after the people have their roles; False when there are opinions already."""
    village = await units.get(village_code)
    if village is None:
        raise LookupError(village_code)
    if await OpinionTally.exists():
        return False
    month = periods.at(periods.today(now), "month")
    for _ in range(_MONTHS):
        month = periods.before(month)
        await OpinionTally.bulk_create(
            OpinionTally(unit=unit, month=month.name, about=about, mood=mood, count=count)
            for unit, about, counts in _OPINIONS
            for mood, count in zip(("good", "fair", "poor"), counts, strict=True)
        )
    helpers = {role: (await people.holders(role, village.id, now))[0].person_id for role in (LEADER, MEMBER)}
    await Visit.bulk_create(
        Visit(
            unit_id=village.id, person_id=helpers[role], role=role, topic=topic, people=count, outcome=outcome,
            minutes=30, day=periods.today(now) - timedelta(days=ago), key=f"demo-{at}",
            noted_at=now - timedelta(days=ago),
        )
        for at, (role, ago, topic, count, outcome) in enumerate(_VISITS)
    )  # fmt: skip
    return True
