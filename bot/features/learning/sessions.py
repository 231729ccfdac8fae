"""Training sessions: planned, questions before, taught, questions after, closed. Each is one conditional UPDATE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct

from bot.core.guard import mask
from bot.features.at_once import at_once
from bot.features.calendar.vietnam import VIETNAM, local_day
from bot.features.invites.codes import normal, short_code
from bot.features.learning.tables import TrainingSession as Row
from bot.i18n import msg

from .topics import FrozenQuestion, QuestionSheet

State = Literal["planned", "before", "taught", "after", "closed", "cancelled"]
Audience = Literal["team", "people"]

STATES: Mapping[State, str] = {
    "planned": msg("đang nhận người"),
    "before": msg("đang hỏi đầu buổi"),
    "taught": msg("đang học"),
    "after": msg("đang hỏi cuối buổi"),
    "closed": msg("đã đóng"),
    "cancelled": msg("đã hủy"),
}
AUDIENCES: Mapping[Audience, str] = {"people": msg("bà con"), "team": msg("thành viên Tổ")}
NEXT: Mapping[State, State] = {"planned": "before", "before": "taught", "taught": "after", "after": "closed"}
LIVE: tuple[State, ...] = ("planned", "before", "taught", "after")

CODE_LENGTH = 6
LONGEST_PLACE = 200
MOST_PRESENT = 1000
CLOSED_AFTER = timedelta(days=3)
"""So long after its beginning a session that nobody closed is closed by itself: its code leads nowhere then."""


class TrainingEvent(Struct, frozen=True):
    """`questions` are empty until they are opened; `present` is None until the trainer says how many came."""

    id: int
    unit_id: int
    trainer_id: int | None
    audience: Audience
    topic: str
    title: str
    place: str
    starts_at: datetime
    code: str
    state: State
    version: int
    present: int | None
    questions: tuple[FrozenQuestion, ...]

    @property
    def live(self) -> bool:
        return self.state in LIVE

    @property
    def day(self) -> date:
        return local_day(self.starts_at)


async def plan(
    unit_id: int,
    trainer_id: int | None,
    audience: Audience,
    topic: str,
    title: str,
    place: str,
    starts_at: datetime,
    now: datetime,
) -> TrainingEvent:
    """Plan a session with a code of its own, inside the caller's transaction."""
    row = await Row.create(
        unit_id=unit_id, trainer_id=trainer_id, audience=audience, topic=topic, title=title[:200], place=place,
        starts_at=starts_at, code=await _new_code(), state="planned", created_at=now, updated_at=now,
    )  # fmt: skip
    return _session(row)


async def get(session_id: int) -> TrainingEvent | None:
    row = await Row.get_or_none(id=session_id)
    return None if row is None else _session(row)


async def by_code(words: str) -> TrainingEvent | None:
    """Return the session whose code was typed, however it was typed."""
    code = normal(words, CODE_LENGTH) if len(words) < 20 else None
    row = None if code is None else await Row.get_or_none(code=code)
    return None if row is None else _session(row)


async def of_units(unit_ids: Sequence[int], most: int) -> Sequence[TrainingEvent]:
    """Return the live sessions of these units, the next one first; then those over, the last one first."""
    mine = Row.filter(unit_id__in=list(unit_ids))
    live, over = await at_once(
        mine.filter(state__in=list(LIVE)).order_by("starts_at", "id").limit(most),
        mine.filter(state="closed").order_by("-starts_at", "-id").limit(most),
    )
    return [_session(row) for row in (*live, *over)][:most]


async def move(
    one: TrainingEvent, to: State, now: datetime, questions: tuple[FrozenQuestion, ...] | None = None
) -> bool:
    """Move a session to the next state, or to cancelled; False if it is not any more as it was shown."""
    new: dict[str, str | int | datetime] = {"state": to, "version": one.version + 1, "updated_at": now}
    if questions is not None:
        new["questions"] = QuestionSheet(asked=questions).model_dump_json()
    return bool(await Row.filter(id=one.id, version=one.version, state=one.state).update(**new))


async def count_present(one: TrainingEvent, present: int, now: datetime) -> None:
    """Store how many people were in the room: a later count replaces an earlier one."""
    await Row.filter(id=one.id).update(present=present, updated_at=now)


async def on_day(day: date) -> Sequence[TrainingEvent]:
    """Return the planned sessions of this day."""
    first = datetime(day.year, day.month, day.day, tzinfo=VIETNAM)
    rows = await Row.filter(state="planned", starts_at__gte=first, starts_at__lt=first + timedelta(days=1))
    return [_session(row) for row in rows]


async def forgotten(now: datetime) -> Sequence[TrainingEvent]:
    """Return sessions that were not closed in time."""
    rows = await Row.filter(state__in=list(LIVE), starts_at__lt=now - CLOSED_AFTER).order_by("id")
    return [_session(row) for row in rows]


async def _new_code() -> str:
    while True:
        code = short_code(CODE_LENGTH)
        if not mask(code)[1] and not await Row.filter(code=code).exists():
            return code


def _session(row: Row) -> TrainingEvent:
    state: State = row.state  # type: ignore[assignment]  # written by this module alone
    audience: Audience = row.audience  # type: ignore[assignment]
    unit_id = row.key_of("unit")
    trainer_id = row.key_or_none("trainer")
    return TrainingEvent(
        row.id, unit_id, trainer_id, audience, row.topic, row.title, row.place, row.starts_at, row.code, state,
        row.version, row.present, QuestionSheet.model_validate_json(row.questions).asked,
    )  # fmt: skip
