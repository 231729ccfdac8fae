"""A meeting of a village's team or of the whole village, and the lines of its minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from bot.core.lean import patterns
from bot.features.meetings.tables import Meeting as Row
from bot.features.meetings.tables import MeetingPoint as PointRow
from bot.i18n import msg

Kind = Literal["team", "village"]
PointKind = Literal["decision", "question"]
KINDS: Mapping[Kind, str] = {"team": msg("Họp Tổ"), "village": msg("Họp bà con")}
LONGEST_SUBJECT, LONGEST_PLACE, LONGEST_AGENDA, LONGEST_LINE = 300, 200, 1500, 300
MOST_LINES, MOST_PRESENT = 20, 3000
_MARK = patterns.compile(r"^\s*(?:[-•*+]|\d{1,2}[.)])\s*")


class Meeting(Struct, frozen=True):
    id: int
    unit_id: int
    caller_id: int | None
    kind: Kind
    subject: str
    place: str
    agenda: tuple[str, ...]
    starts_at: datetime
    state: Literal["called", "held", "cancelled"]
    version: int
    present: int | None


class Point(Struct, frozen=True):
    id: int
    meeting_id: int
    kind: PointKind
    text: str
    passed_on: bool


class Minutes(Struct, frozen=True):
    """The contents of the minutes; `secretary` is kept nowhere else."""

    present: int
    secretary: str
    decisions: Sequence[str]
    questions: Sequence[str]


def lines(text: str) -> Sequence[str]:
    """Split into one item a line, without list marks and without a full stop: papers put their own."""
    found = (_MARK.sub("", " ".join(line.split())).rstrip(" .,;") for line in text.splitlines())
    return [line for line in found if line]


def meeting(row: Row) -> Meeting:
    unit_id = row.key_of("unit")
    caller = row.key_or_none("caller")
    kind: Kind = "team" if row.kind == "team" else "village"
    state: Literal["called", "held", "cancelled"] = row.state  # type: ignore[assignment]  # written by `book` alone
    return Meeting(
        row.id, unit_id, caller, kind, row.subject, row.place, tuple(lines(row.agenda)), row.starts_at, state,
        row.version, row.present,
    )  # fmt: skip


def point(row: PointRow) -> Point:
    meeting_id = row.key_of("meeting")
    return Point(row.id, meeting_id, "decision" if row.kind == "decision" else "question", row.text, row.passed_on)
