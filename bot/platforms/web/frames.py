"""Frames of the socket as the browser sends them, and entries of the history as JSON.

Browser to server: `{"since": n}`, `{"id": uuid, "text": "…"}`, `{"id": uuid, "press": data, "message": id}`; the last
two may name a `person`. Server to browser: `{"n": number, "message": entry}`, `{"ack": id}`,
`{"refused": id, "reason": "…"}`, with null for what has no id, and `{"renew": ticket}`: fetch a new cookie with it.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cached_property
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.core.lean import patterns
from bot.core.messages import Attachment, Message
from bot.core.text import Text, clean

FRAME_LIMIT = 64 * 1024
"""Longest frame in bytes that is read for its meaning; a longer one is refused with a word."""


class _Frame(BaseModel, defer_build=True):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Since(_Frame):
    """Send what came after entry `since`; 0 for everything."""

    since: int = Field(ge=0, le=2**53)


class _Told(_Frame):
    """A frame that a page repeats until it is acknowledged."""

    id: UUID

    @cached_property
    def key(self) -> str:
        """Return the id in its one form, however the page wrote it."""
        return str(self.id)


class Say(_Told):
    text: str
    person: str | None = None


class Press(_Told):
    press: str = Field(min_length=1, max_length=512)
    message: Annotated[str, Field(max_length=64)] | None = None
    person: str | None = None


Frame = Since | Say | Press
_to_json = json.JSONEncoder(ensure_ascii=False).encode
_FRAMES: TypeAdapter[Frame] = TypeAdapter(Frame)
_HALF = patterns.compile(r"\\u[dD][89a-fA-F]")


class _Named(_Told):
    """The id of a frame, whatever else is in it."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


_TOLD: TypeAdapter[_Named] = TypeAdapter(_Named)


def parse(raw: str) -> Frame | None:
    """Return the frame, or None for anything that our page could not have sent."""
    try:
        return _FRAMES.validate_json(_whole(raw))
    except ValidationError:
        return None


def id_in(raw: str) -> str | None:
    """Return the id of a frame that is refused, in the form in which the page knows it."""
    try:
        return _TOLD.validate_json(raw).key
    except ValidationError:
        return None


def _whole(raw: str) -> str:
    """Leave out the unreadable half of an emoji that a keyboard cut in two (`\\ud83d`)."""
    if _HALF.search(raw) is None:
        return raw
    try:
        return _to_json(_cleaned(json.loads(raw)))
    except (ValueError, RecursionError):
        return raw


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): _cleaned(one) for key, one in value.items()}
    return [_cleaned(one) for one in value] if isinstance(value, list) else value


def numbered(number: int, entry: str) -> str:
    return f'{{"n":{number},"message":{entry}}}'


def ack(frame: Say | Press) -> str:
    return f'{{"ack":"{frame.key}"}}'


def refusal(key: str | None, reason: str) -> str:
    return _to_json({"refused": key, "reason": reason})


def renewal(ticket: str) -> str:
    return f'{{"renew":"{ticket}"}}'


def bot_entry(
    message: Message, at: datetime, *, attachment_url: str | None, replaces: str | None, rights: str = ""
) -> str:
    """Return the entry of the bot's message.

    `replaces` is the id of the message that it replaces, `rights` the mark of what the visitor may by then.
    """
    entry: dict[str, object] = {"from": "bot", "at": at.isoformat(), "text": _spans(message.text)}
    if message.buttons:
        entry["buttons"] = [[button.label, button.data] for button in message.buttons]
        entry["rows"] = list(message.rows)
    if message.attachment is not None:
        entry["attachment"] = _attachment(message.attachment, attachment_url)
    if message.asks_for_words:
        entry["asks"] = True
    if message.large:
        entry["large"] = True
    if replaces is not None:
        entry["replaces"] = replaces
    if rights:
        entry["rights"] = rights
    return _to_json(entry)


class _OfBot(BaseModel, defer_build=True):
    """An entry that the bot wrote; the rest of it is for the page."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    by: Literal["bot"] = Field(alias="from")
    rights: str = ""


def rights_in(entry: str) -> str | None:
    """Return the mark of the rights in an entry of the bot's, None for one of a person's."""
    try:
        return _OfBot.model_validate_json(entry).rights
    except ValidationError:
        return None


def person_entry(person: str, name: str, text: str, at: datetime, key: str) -> str:
    """Return the entry of a text from a person; by `id` the page finds its own copy, shown as being sent."""
    entry = {"from": "person", "person": person, "name": name, "at": at.isoformat(), "id": key}
    return _to_json({**entry, "text": _spans(Text.verbatim(text))})


def _spans(text: Text) -> list[list[str | None]]:
    return [[span.text, span.style, span.link] for span in text.spans]


def _attachment(attachment: Attachment, url: str | None) -> dict[str, str | int | None]:
    return {"kind": attachment.kind, "url": url, "alt": attachment.alt, "size": attachment.size}
