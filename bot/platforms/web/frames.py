"""What goes over the socket: frames of the browser, and entries of the history as JSON.

Browser to server: `{"since": n}`, `{"id": uuid, "text": "…"}`, `{"id": uuid, "press": data, "message": id}`; the last
two may name a `person`. Server to browser: `{"n": number, "message": entry}`, `{"ack": id}`,
`{"refused": id, "reason": "…"}`.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cached_property
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.core.messages import Attachment, Message
from bot.core.text import Text

FRAME_LIMIT = 64 * 1024
"""Longest frame in bytes that is read for its meaning; a longer one is refused with a word."""


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Since(_Frame):
    """Send what came after entry `since`; 0 for everything."""

    since: int = Field(ge=0, le=2**53)


class _Told(_Frame):
    """What a page repeats until it is acknowledged."""

    id: UUID

    @cached_property
    def key(self) -> str:
        """The id in its one form, however the page wrote it."""
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


def parse(raw: str) -> Frame | None:
    """The frame, or None for anything that our page could not have sent."""
    try:
        return _FRAMES.validate_json(raw)
    except ValidationError:
        return None


def numbered(number: int, entry: str) -> str:
    return f'{{"n":{number},"message":{entry}}}'


def ack(frame: Say | Press) -> str:
    return f'{{"ack":"{frame.key}"}}'


def refusal(frame: Say | Press, reason: str) -> str:
    return _to_json({"refused": frame.key, "reason": reason})


def bot_entry(message: Message, at: datetime, *, attachment_url: str | None, replaces: str | None) -> str:
    """The bot's message; `replaces` is the id of the message whose place it takes."""
    entry: dict[str, object] = {"from": "bot", "at": at.isoformat(), "text": _spans(message.text)}
    if message.buttons:
        entry["buttons"] = [[button.label, button.data] for button in message.buttons]
        entry["rows"] = list(message.rows)
    if message.attachment is not None:
        entry["attachment"] = _attachment(message.attachment, attachment_url)
    if message.large:
        entry["large"] = True
    if replaces is not None:
        entry["replaces"] = replaces
    return _to_json(entry)


def person_entry(person: str, name: str, text: str, at: datetime, key: str) -> str:
    """What a person typed or sent; `id` lets the page match it with what it shows as being on its way."""
    entry = {"from": "person", "person": person, "name": name, "at": at.isoformat(), "id": key}
    return _to_json({**entry, "text": _spans(Text.verbatim(text))})


def _spans(text: Text) -> list[list[str | None]]:
    return [[span.text, span.style, span.link] for span in text.spans]


def _attachment(attachment: Attachment, url: str | None) -> dict[str, str | int | None]:
    return {"kind": attachment.kind, "url": url, "alt": attachment.alt, "size": attachment.size}
