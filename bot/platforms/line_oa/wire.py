"""The wire format of LINE's webhook: what its events mean."""

from __future__ import annotations

import mimetypes
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field

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
    VoiceSent,
)
from bot.core.platform import typed
from bot.core.text import clean

NAME = "line_oa"
_LATEST = 253_402_300_799_000


class _Edge(BaseModel, defer_build=True):
    """An object sent by the vendor, who adds fields without notice."""

    model_config = ConfigDict(frozen=True)


class _Source(_Edge):
    user: str = Field("", alias="userId")
    group: str = Field("", alias="groupId")
    room: str = Field("", alias="roomId")


class _Mentioned(_Edge):
    """A place in a text, in UTF-16 units."""

    index: int = 0
    length: int = 0
    us: bool = Field(default=False, alias="isSelf")


class _Mention(_Edge):
    mentionees: tuple[_Mentioned, ...] = ()


class _Album(_Edge):
    id: str = ""


class _Message(_Edge):
    id: str = ""
    type: str = ""
    text: str = ""
    mention: _Mention = _Mention()
    album: _Album = Field(_Album(), alias="imageSet")
    file_name: str = Field("", alias="fileName")
    file_size: int = Field(0, alias="fileSize")
    duration: int = 0


class _Postback(_Edge):
    data: str


class Update(_Edge):
    """`timestamp` is in milliseconds; an account that another system answers for is on `standby`."""

    id: str = Field(alias="webhookEventId", min_length=1)
    type: str
    mode: str = "active"
    timestamp: int = Field(ge=0, le=_LATEST)
    source: _Source
    reply_token: str = Field("", alias="replyToken")
    message: _Message = _Message()
    postback: _Postback | None = None


class Hooked(_Edge):
    events: tuple[object, ...] = ()


def parse(update: Update, now: datetime) -> Event | None:
    """Return the event of an update, None if it is nothing for us. A time in the future counts as now."""
    source = update.source
    place = source.group or source.room
    if update.mode != "active" or not (place or source.user):
        return None
    chat = Chat(NAME, place or source.user, "group" if place else "private")
    at = min(datetime.fromtimestamp(update.timestamp / 1000, UTC), now)
    base = (update.id, chat, Sender(source.user, ""), at)
    match update.type:
        case "message" if update.message.id:
            return _message_event(update.message, base)
        case "postback" if update.postback is not None:
            return Pressed(*base, update.postback.data)
        case "follow":
            return Commanded(*base, "start", "")
        case "join":
            return BotJoined(*base, "")
        case "unfollow" | "leave":
            return BotLeft(*base)
    return None


def _message_event(message: _Message, base: tuple[str, Chat, Sender, datetime]) -> Event:
    mention = next((each for each in message.mention.mentionees if each.us), None)
    addressed = base[1].kind == "private" or mention is not None
    match message.type:
        case "text":
            return typed(base, _without(message.text, mention), addressed=addressed)
        case "image":
            return PhotoSent(*base, (Incoming(message.id, "image/jpeg"),), "", addressed, album=message.album.id)
        case "audio":
            return VoiceSent(*base, Incoming(message.id, "audio/mp4"), max(0, message.duration) // 1000, addressed)
        case "file":
            name = clean(message.file_name)
            mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
            return FileSent(*base, Incoming(message.id, mime, max(0, message.file_size), name), "", addressed)
    return OtherSent(*base, clean(message.type)[:40], addressed)


def _without(text: str, mention: _Mentioned | None) -> str:
    """Strip our name from the text before it is normalised: the mention counts the original characters."""
    units = text.encode("utf-16-le", "surrogatepass")
    if mention is None or not 0 <= 2 * mention.index <= len(units) or mention.length < 0:
        return text
    kept = units[: 2 * mention.index] + units[2 * (mention.index + mention.length) :]
    return kept.decode("utf-16-le", "replace")
