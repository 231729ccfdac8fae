"""The wire format of a Zalo Official Account: what its webhook means, and who signed it."""

from __future__ import annotations

import hashlib
import hmac
import mimetypes
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.core.events import (
    BotJoined,
    BotLeft,
    Chat,
    Commanded,
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
from bot.core.text import clean
from bot.platforms._shared.mention import letters, without_mention

NAME = "zalo_oa"
PRESSED = "#:"
"""The prefix of a button's payload; no person types it."""
_SAYS = "user_send_"
_GROUP = "group_"
_LATEST = 253_402_300_800_000


class _Edge(BaseModel, defer_build=True):
    """An object sent by the vendor: it may add fields, and give a number for an id or a time."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)


class _Someone(_Edge):
    id: str = ""


class _Payload(_Edge):
    url: str = ""
    name: str = ""
    size: str = ""


class _Attachment(_Edge):
    payload: _Payload = _Payload()


class _Message(_Edge):
    msg_id: str = ""
    text: str = ""
    attachments: tuple[_Attachment, ...] = ()


class Update(_Edge):
    """`timestamp` is in milliseconds."""

    event_name: str
    timestamp: str = Field(pattern=r"^[0-9]{1,15}$")
    sender: _Someone = _Someone()
    recipient: _Someone = _Someone()
    follower: _Someone = _Someone()
    message: _Message = _Message()
    group_id: str = ""
    group_name: str = ""


class _Stamp(_Edge):
    timestamp: str = ""
    oa_id: str = ""


@dataclass(frozen=True, slots=True)
class Signer:
    """Checks `X-ZEvent-Signature: mac=HEX`, HEX = SHA-256 of application id, raw body, timestamp and the secret."""

    app_id: str
    secret: str
    app_secret: str

    def signed(self, body: bytes, header: str) -> bool:
        """Tell whether the signature is right, in constant time."""
        return _same(header, signature(self.app_id, body, _stamp(body).timestamp, self.secret))

    def guess(self, body: bytes, header: str, sent_at: str) -> str:
        """Guess what the caller signed with instead, for the operator's log; such a call is not accepted.

        Sources disagree about the secret, the id and the timestamp; `sent_at` is the header's.
        """
        stamp = _stamp(body)
        others = {
            "the application's secret key": signature(self.app_id, body, stamp.timestamp, self.app_secret),
            "the account's id": signature(stamp.oa_id, body, stamp.timestamp, self.secret),
            "the time in the header": signature(self.app_id, body, sent_at, self.secret),
        }
        return next((what for what, other in others.items() if _same(header, other)), "")


def signature(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    stamp = timestamp.encode("utf-8", "surrogateescape")
    return hashlib.sha256(app_id.encode() + body + stamp + secret.encode()).hexdigest()


def _same(header: str, wanted: str) -> bool:
    given = header.strip().removeprefix("mac=").lower()
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode())


def _stamp(body: bytes) -> _Stamp:
    try:
        return _Stamp.model_validate_json(body)
    except ValidationError:
        return _Stamp()


def parse(update: Update, names: frozenset[str], now: datetime) -> Event | None:
    """Return the event of an update, None if it is not meant for us. `names` are the account's own, letters only.

    A time in the future is an error of the vendor's clock and is replaced by `now`.
    """
    at = min(datetime.fromtimestamp(min(int(update.timestamp), _LATEST - 1) / 1000, UTC), now)
    if update.event_name.startswith(_SAYS):
        return _text_event(update, update.event_name.removeprefix(_SAYS), names, at)
    return _happened(update, at)


def _happened(update: Update, at: datetime) -> Event | None:
    person, group = update.follower.id or update.sender.id, update.group_id
    once = f"{update.event_name}:{group or person}:{update.timestamp}"
    private = Chat(NAME, person, "private")
    match update.event_name:
        case "follow" if person:
            return Commanded(once, private, Sender(person, ""), at, "start", "")
        case "unfollow" if person:
            return BotLeft(once, private, Sender(person, ""), at)
        case "create_group" if group:
            return BotJoined(once, Chat(NAME, group, "group"), Sender("", ""), at, clean(update.group_name))
        case "delete_group" if group:
            return BotLeft(once, Chat(NAME, group, "group"), Sender("", ""), at)
    return None


def _text_event(update: Update, what: str, names: frozenset[str], at: datetime) -> Event | None:
    """Return the event of a message to the account, or in a group, where every message is delivered to us."""
    message, in_group = update.message, what.startswith(_GROUP)
    chat_id = update.recipient.id if in_group else update.sender.id
    if not message.msg_id or not chat_id or not update.sender.id:
        return None
    words = clean(message.text).strip()
    addressed = not in_group or (words.startswith("@") and _names_us(words, names))
    words = without_mention(words, names) if in_group and addressed else words
    chat = Chat(NAME, chat_id, "group" if in_group else "private")
    base = (f"m{message.msg_id}", chat, Sender(update.sender.id, ""), at)
    files = [item.payload for item in message.attachments if item.payload.url]
    match what.removeprefix(_GROUP):
        case "text" | "link" if words or what.endswith("text"):
            return _event_of_text(base, words, addressed=addressed)
        case "image" if files:
            return PhotoSent(*base, tuple(Incoming(file.url, "image/jpeg") for file in files), words, addressed)
        case "audio" if files:
            return VoiceSent(*base, _incoming(files[0], "audio/aac"), addressed=addressed)
        case "file" if files:
            return FileSent(*base, _incoming(files[0], "application/octet-stream"), words, addressed)
        case "link" | "image" | "audio" | "file" | "video" | "sticker" | "gif" | "location" | "business_card" as other:
            return OtherSent(*base, other, addressed)
    return None


def _event_of_text(base: tuple[str, Chat, Sender, datetime], words: str, *, addressed: bool) -> Event:
    if words.startswith(PRESSED):
        return Pressed(*base, words.removeprefix(PRESSED))
    if (command := slashed(words)) is not None:
        return Commanded(*base, command.name, command.args)
    return TextSent(*base, words, addressed)


def _names_us(words: str, names: frozenset[str]) -> bool:
    """Tell whether the text begins with one of our names, however many words it has."""
    ends = (match.end() for match in re.finditer(r"\S+", words[:200]))
    return any(letters(words[:end]) in names for end in ends)


def _incoming(file: _Payload, otherwise: str) -> Incoming:
    name = clean(file.name)
    mime = mimetypes.guess_type(name or file.url.partition("?")[0])[0] or otherwise
    size = int(file.size) if file.size.isascii() and file.size.isdigit() and len(file.size) < 16 else 0
    return Incoming(file.url, mime, size, name)
