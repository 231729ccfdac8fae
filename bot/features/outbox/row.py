"""A row of the outbox: as it is written, as its holder has it, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from bot.core.context import Translate
from bot.core.events import Chat
from bot.core.messages import Message, message_to_json
from bot.storage.sql import Row, moment

from . import bodies
from .states import Klass, State

COLUMNS = (
    "id, klass, announcement, package, part, platform, chat_id, chat_kind, locale, message, choices, any_hour, reason,"
    f" expires_at, token, attempts, resend_of, replacing, {bodies.COLUMN}"
)
ORDER: Mapping[Klass, int] = {"urgent": 0, "request": 1, "notice": 2, "routine": 3}


class NewRow(Struct, frozen=True):
    """One row to be written; `choices` as in OutboxRow."""

    klass: Klass
    announcement: int
    package: str
    part: int
    key: str
    chat: Chat
    locale: str
    message: Message
    choices: str
    any_hour: bool
    state: State
    reason: str
    not_before: datetime
    expires_at: datetime | None
    resend_of: int = 0
    replacing: str = ""


Hold = tuple[int, str]
"""A row's id and the token of its lease."""


class Leased(Struct, frozen=True):
    """A row as its holder has it."""

    id: int
    klass: Klass
    announcement: int
    package: str
    part: int
    chat: Chat
    locale: str
    message: Message
    choices: str
    any_hour: bool
    reason: str
    expires_at: datetime | None
    token: str
    attempts: int
    resend_of: int
    replacing: str = ""

    @property
    def hold(self) -> Hold:
        """Tell this holder from one that has leased the row since."""
        return self.id, self.token


class Outcome(Struct, frozen=True):
    """The outcome of a row that was leased or being sent. `counted` is False when the call was no attempt.

    `stop` says that the answer is about more than this row: the message itself, the token, or (it was not the first
    that was unclear) the messenger. `gone`: the chat cannot be reached (any more). `perhaps`: it waits, and may
    be there.
    """

    row: Leased
    to: State
    reason: str = ""
    message_id: str = ""
    not_before: datetime | None = None
    counted: bool = True
    chat_id: str = ""
    stop: Literal["", "poison", "token", "outage"] = ""
    gone: bool = False
    perhaps: bool = False


class FrozenRows(Struct, frozen=True):
    """How many frozen rows of an announcement are in one state for one reason, and the first time they wait for."""

    state: State
    reason: str
    rows: int
    not_before: datetime


class Delivered(Struct, frozen=True):
    """A part of a package that is in its chat."""

    part: int
    chat: Chat
    locale: str
    message: Message
    message_id: str


class RowStop(Struct, frozen=True):
    """Why rows wait; as OutboxStop. `announcement` is 0 where a whole platform stops, `platform` "" for all."""

    id: int
    announcement: int
    platform: str
    reason: str
    detail: str
    held: int
    stopped_at: datetime


def resend_mark(translate: Translate, locale: str) -> str:
    """Return the mark with which a repeated message begins."""
    return translate(locale, "(gửi lại)")


def dump(message: Message) -> str:
    return json.dumps(message_to_json(message), ensure_ascii=False, separators=(",", ":"))


def leased(row: Row) -> Leased:
    kind = str(row["chat_kind"])
    return Leased(
        id=int(str(row["id"])),
        klass=next((known for known in ORDER if known == row["klass"]), "notice"),
        announcement=int(str(row["announcement"])),
        package=str(row["package"]),
        part=int(str(row["part"])),
        chat=Chat(str(row["platform"]), str(row["chat_id"]), "group" if kind == "group" else "private"),
        locale=str(row["locale"]),
        message=bodies.whole(str(row["message"]), None if row["words"] is None else str(row["words"])),
        choices=str(row["choices"]),
        any_hour=bool(row["any_hour"]),
        reason=str(row["reason"]),
        expires_at=moment(row["expires_at"]) if row["expires_at"] is not None else None,
        token=str(row["token"]),
        attempts=int(str(row["attempts"])),
        resend_of=int(str(row["resend_of"])),
        replacing=str(row["replacing"]),
    )
