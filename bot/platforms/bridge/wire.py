"""The bridge's wire format: signatures, the events of a gateway, and messages as a gateway takes them."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Container, Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bot.core.events import (
    BotJoined,
    BotLeft,
    Chat,
    ChatKind,
    ChatMoved,
    Commanded,
    Edited,
    Event,
    FileSent,
    Incoming,
    OtherSent,
    PhotoSent,
    Pressed,
    Sender,
    TextSent,
    VoiceSent,
)
from bot.core.small_words import slashed
from bot.core.text import Style, clean

NAME = "bridge"
TIMESTAMP, SIGNATURE, BOT = "X-Bridge-Timestamp", "X-Bridge-Signature", "X-Bridge-Bot"
SKEW = 300
"""Seconds that a signature may be away from our clock."""
NAME_LIMIT = ID_LIMIT = 200
REASONS = 20
"""So many events of a body are told apart that were not read."""
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

EventType = Literal[
    "text", "edited", "press", "photo", "voice", "file", "other", "joined", "left", "moved", "receipt"
]  # fmt: skip


def sign(secret: str, timestamp: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> bool:
    """Tell whether the sender knows the secret and signed just now; the signature is compared in constant time."""
    timestamp = headers.get(TIMESTAMP, "")
    given = headers.get(SIGNATURE, "").encode("utf-8", "surrogateescape")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        return False
    ours = sign(secret, timestamp, body).encode()
    return hmac.compare_digest(given, ours) and abs(now.timestamp() - int(timestamp)) <= SKEW


# What a gateway reports.


def _not_ancient(at: datetime) -> datetime:
    if at < _EARLIEST:
        raise ValueError("no time of ours")
    return at


Id = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
EventId = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Time = Annotated[AwareDatetime, AfterValidator(_not_ancient)]


class Edge(BaseModel, defer_build=True):
    """An object sent by a gateway: it may add fields, and give a number for an id."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)


class WireChat(Edge):
    id: Id
    kind: Literal["private", "group"]
    title: str = ""


class WireSender(Edge):
    id: str = Field(default="", max_length=128, pattern=r"^[^\x00-\x1f\x7f]*$")
    name: str = ""
    locale: str | None = Field(default=None, max_length=35)


class WireFile(Edge):
    url: str = Field(min_length=1, max_length=2000)
    mime: str = Field(default="application/octet-stream", max_length=100)
    size: int = Field(default=0, ge=0, lt=2**63)
    name: str = ""


class WireEvent(Edge):
    """One event; which of the later fields it needs depends on `type`."""

    id: EventId
    type: EventType
    at: Time
    chat: WireChat
    sender: WireSender = WireSender()
    text: str = ""
    addressed: bool = True
    data: str | None = Field(default=None, max_length=200)
    message_id: Id | None = None
    files: tuple[WireFile, ...] = Field(default=(), max_length=20)
    seconds: int = Field(default=0, ge=0, le=86_400)
    what: str = Field(default="", max_length=50)
    new_chat_id: Id | None = None
    state: Literal["delivered", "read", "failed"] | None = None


class WireBatch(Edge):
    events: list[object]


class Unread(BaseModel, defer_build=True):
    """An event that could not be read: its place among those of the body from 0 on, None for the body as a whole."""

    event: int | None
    id: str
    why: str


class Noted(BaseModel, defer_build=True):
    """The answer to events: how many were taken and not read, and why (of the first few)."""

    taken: int
    not_read: int
    why: list[Unread]


class Batch(NamedTuple):
    events: list[Event]
    unread: list[Unread]

    @property
    def noted(self) -> Noted:
        return Noted(taken=len(self.events), not_read=len(self.unread), why=self.unread[:REASONS])


def read_events(body: bytes, kinds: Container[ChatKind], now: datetime) -> Batch:
    """Return the events of a body, and its unreadable parts: no event, or a kind of chat not in `kinds`.

    Receipts are neither.
    """
    try:
        batch = WireBatch.model_validate_json(body)
    except ValidationError as error:
        return Batch([], [Unread(event=None, id="", why=_why(error))])
    events: list[Event] = []
    unread: list[Unread] = []
    for place, raw in enumerate(batch.events):
        made = _made(raw, kinds, now)
        if isinstance(made, str):
            given = raw.get("id") if isinstance(raw, dict) else None
            unread.append(Unread(event=place, id=clean(str(given))[:ID_LIMIT] if given is not None else "", why=made))
        elif made is not None:
            events.append(made)
    return Batch(events, unread)


def _made(raw: object, kinds: Container[ChatKind], now: datetime) -> Event | str | None:
    """Return the event, the reason why there is none, or None for a receipt: delivery is settled by the answer."""
    try:
        wire = WireEvent.model_validate(raw)
    except ValidationError as error:
        return _why(error)
    if wire.chat.kind not in kinds:
        return f"chat.kind: no {wire.chat.kind} chats are among the capabilities"
    if wire.type == "receipt":
        return None
    return _event(wire, now) or f"{wire.type}: a field that this type needs is missing or empty"


def _why(error: ValidationError) -> str:
    """Name the field and the rule, never the value, which may be a person's words."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field or 'body'}: {first['msg']}"[:NAME_LIMIT]


def _event(wire: WireEvent, now: datetime) -> Event | None:
    chat = Chat(NAME, wire.chat.id, wire.chat.kind)
    sender = Sender(wire.sender.id, _line(wire.sender.name), wire.sender.locale)
    # A gateway whose clock is fast must not make events that are still to come.
    base = (wire.id, chat, sender, min(wire.at.astimezone(UTC), now))
    words, addressed = clean(wire.text).strip(), wire.addressed or wire.chat.kind == "private"
    files = tuple(Incoming(file.url, file.mime, file.size, _line(file.name)) for file in wire.files)
    match wire.type:
        case "text" if words:
            if (command := slashed(words)) is not None:
                return Commanded(*base, command.name, command.args)
            return TextSent(*base, words, addressed)
        case "edited" if words and wire.message_id:
            return Edited(*base, words, wire.message_id, addressed)
        case "press" if wire.data:
            return Pressed(*base, wire.data, wire.message_id)
        case "photo" if files:
            return PhotoSent(*base, files, words, addressed)
        case "voice" if files:
            return VoiceSent(*base, files[0], wire.seconds, addressed)
        case "file" if files:
            return FileSent(*base, files[0], words, addressed)
        case "other":
            return OtherSent(*base, _line(wire.what), addressed)
        case "joined":
            return BotJoined(*base, _line(wire.chat.title))
        case "left":
            return BotLeft(*base)
        case "moved" if wire.new_chat_id:
            return ChatMoved(*base, wire.new_chat_id)
    return None


def _line(text: str) -> str:
    return " ".join(clean(text).split())[:NAME_LIMIT]


# What a gateway is asked to show.


class OutSpan(BaseModel, defer_build=True):
    text: str
    style: Style
    link: str | None


class OutButton(BaseModel, defer_build=True):
    label: str
    data: str


class OutAttachment(BaseModel, defer_build=True):
    kind: Literal["photo", "audio", "file"]
    url: str
    alt: str
    size: int


class OutChat(BaseModel, defer_build=True):
    id: str
    kind: Literal["private", "group"]


class OutMessage(BaseModel, defer_build=True):
    text: str
    spans: list[OutSpan]
    buttons: list[OutButton]
    rows: list[int]
    attachment: OutAttachment | None


class Out(BaseModel, defer_build=True):
    """The body of `POST /messages`; `key` stands in the header too, but only here it is signed."""

    key: str = Field(max_length=64)
    chat: OutChat
    message: OutMessage
    replacing: str | None


class Accepted(Edge):
    """The answer to a message that was taken, now or at an earlier call with this key."""

    id: str = Field(default="", max_length=64)


class Refusal(Edge):
    """Why a message was not taken; `retry_after` in seconds."""

    error: Literal["rejected", "chat_gone", "chat_moved", "rate_limited", "unauthorized", "busy", "unavailable"]
    reason: str = ""
    new_chat_id: Id | None = None
    retry_after: float | None = None
    scope: Literal["chat", "token"] = "chat"
