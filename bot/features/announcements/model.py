"""An announcement as the rest of the program sees it, and the states that it passes through."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from bot.core.events import Chat
from bot.core.lean import patterns
from bot.core.messages import Attachment
from bot.core.text import fold
from bot.i18n import msg
from bot.storage.tables.announcements import Announcement as Row
from bot.storage.tables.announcements import AnnouncementTarget as TargetRow

from .audience import Audience

Klass = Literal["routine", "urgent"]
State = Literal["draft", "waiting", "approved", "late", "sending", "done", "cancelled", "expired"]

STATES: Mapping[State, str] = {
    "draft": msg("đang soạn"),
    "waiting": msg("chờ duyệt"),
    "approved": msg("đã duyệt, chờ đến giờ"),
    "late": msg("đã lỡ giờ, chờ quyết định"),
    "sending": msg("đang gửi"),
    "done": msg("đã gửi xong"),
    "cancelled": msg("đã hủy"),
    "expired": msg("đã hết hạn"),
}
FOLLOWS: Mapping[State, frozenset[State]] = {
    "draft": frozenset({"waiting", "approved", "sending", "cancelled"}),
    "waiting": frozenset({"draft", "approved", "sending", "cancelled", "expired"}),
    "approved": frozenset({"sending", "late", "cancelled", "expired"}),
    "late": frozenset({"sending", "cancelled", "expired"}),
    "sending": frozenset({"done", "cancelled", "expired"}),
    "done": frozenset({"sending"}),
    "cancelled": frozenset(),
    "expired": frozenset(),
}
"""What may follow what. A draft may go at once when it is urgent. From `approved` on the rows are in the outbox, and
what was approved does not change any more: it is cancelled, or corrected by another one. What is `done` is sent again
where an official asks for it: to a group that took the bot back, or where nobody knew whether it had arrived."""

OPEN: tuple[State, ...] = ("draft", "waiting", "approved", "late", "sending")

LONGEST_TEXT, LONGEST_TITLE, LONGEST_SOURCE, LONGEST_REASON = 3000, 120, 200, 300
MOST_ATTACHMENTS = 5
RECALL = "recall"
"""The `template` of an announcement that takes another one back."""

CONSOLE = "machine"
"""The `template` of an announcement that whoever set up the machine wrote, before anybody had an account."""

_LABEL = patterns.compile(r"(?:tb)?[ -]*0*(\d{1,7})")


class Announcement(Struct, frozen=True):
    """As `bot.storage.tables.announcements.Announcement`, with its parts read."""

    id: int
    commune_id: int
    number: int
    klass: Klass
    template: str
    title: str
    text: str
    attachments: tuple[Attachment, ...]
    source: str
    not_before: datetime | None
    expires_at: datetime | None
    audience: Audience
    author_id: int | None
    approver_id: int | None
    state: State
    version: int
    content_hash: str
    audience_hash: str
    channels: int
    rows: int
    everybody: bool
    corrects: int
    reason: str
    refusal: str
    created_at: datetime
    updated_at: datetime
    approved_at: datetime | None
    ended_at: datetime | None

    @property
    def label(self) -> str:
        """`TB-0123`, unique in the commune."""
        return f"TB-{self.number:04}"

    @property
    def heading(self) -> str:
        """The name that lists show: its title, else the beginning of its text."""
        return self.title or self.text[:60]

    @property
    def urgent(self) -> bool:
        return self.klass == "urgent"

    @property
    def from_console(self) -> bool:
        """Whether it was written at the machine: no account wrote it, so every official is another person."""
        return self.template == CONSOLE and self.author_id is None

    @property
    def has_audio(self) -> bool:
        return any(item.kind == "audio" for item in self.attachments)

    @property
    def speaks_of(self) -> datetime:
        """The time that the message itself carries: when it was meant to go, else when it was approved or written."""
        return self.not_before or self.approved_at or self.updated_at

    def fingerprint(self) -> str:
        """Return the SHA-256 of all that an approval covers: everything a reader will see, when and how it is sent."""
        parts: list[object] = [
            self.klass,
            self.title,
            self.text,
            [[item.kind, item.media, item.alt] for item in self.attachments],
            self.source,
            None if self.not_before is None else self.not_before.timestamp(),
            None if self.expires_at is None else self.expires_at.timestamp(),
            self.corrects,
        ]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


class AnnouncementRefused(Struct, frozen=True):
    """Nothing was changed; `why` is a Vietnamese template for `values`."""

    why: str
    values: Mapping[str, str | int] = field(default_factory=dict)


class AnnouncementTarget(Struct, frozen=True):
    """A group that an announcement was frozen for. `chat` is its address at that time."""

    id: int
    announcement_id: int
    channel_id: int
    unit_id: int
    platform: str
    native_id: str
    ack_at: datetime | None
    ack_by: int | None
    played_at: datetime | None
    played_by: int | None
    reminders: int = 0

    @property
    def chat(self) -> Chat:
        return Chat(self.platform, self.native_id, "group")

    @property
    def package(self) -> str:
        """The key of the group's package in the outbox."""
        return package(self.announcement_id, self.channel_id)


def package(announcement_id: int, channel_id: int) -> str:
    return f"tb{announcement_id}:{channel_id}"


def number_in(text: str) -> int | None:
    """Return the number that a person means by `TB-0123`, `tb 123` or `0123`; None for anything else."""
    found = _LABEL.fullmatch(fold(text).strip())
    return int(found[1]) if found else None


def announcement(row: Row) -> Announcement:
    """Convert a row of the database."""
    klass: Klass = "urgent" if row.klass == "urgent" else "routine"
    return Announcement(
        id=row.id,
        commune_id=row.key_of("commune"),
        number=row.number,
        klass=klass,
        template=row.template,
        title=row.title,
        text=row.text,
        attachments=tuple(Attachment(*item) for item in json.loads(row.attachments)),
        source=row.source,
        not_before=row.not_before,
        expires_at=row.expires_at,
        audience=Audience.from_json(row.audience),
        author_id=row.key_or_none("author"),
        approver_id=row.key_or_none("approver"),
        state=next(state for state in STATES if state == row.state),
        version=row.version,
        content_hash=row.content_hash,
        audience_hash=row.audience_hash,
        channels=row.channels,
        rows=row.rows,
        everybody=row.everybody,
        corrects=row.corrects,
        reason=row.reason,
        refusal=row.refusal,
        created_at=row.created_at,
        updated_at=row.updated_at,
        approved_at=row.approved_at,
        ended_at=row.ended_at,
    )


def target(row: TargetRow) -> AnnouncementTarget:
    return AnnouncementTarget(
        id=row.id,
        announcement_id=row.key_of("announcement"),
        channel_id=row.key_of("channel"),
        unit_id=row.key_of("unit"),
        platform=row.platform,
        native_id=row.native_id,
        ack_at=row.ack_at,
        ack_by=row.key_or_none("ack_by"),
        played_at=row.played_at,
        played_by=row.key_or_none("played_by"),
        reminders=row.reminders,
    )


def attachments_to_json(items: Sequence[Attachment]) -> str:
    return json.dumps([[item.kind, item.media, item.alt, item.size] for item in items], ensure_ascii=False)
