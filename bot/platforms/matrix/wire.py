"""The wire format of Matrix: what `/sync` brings, and what its events mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import AliasPath, BaseModel, ConfigDict, Field

from bot.core.events import (
    BotJoined,
    BotLeft,
    Chat,
    Commanded,
    Edited,
    Event,
    FileSent,
    Incoming,
    OtherSent,
    PhotoSent,
    Sender,
    TextSent,
    VoiceSent,
)
from bot.core.lean import patterns
from bot.core.platform import typed
from bot.core.text import clean
from bot.platforms._shared.http import read
from bot.platforms._shared.mention import without_name

NAME = "matrix"
TYPES = ("m.room.message", "m.room.member", "m.room.encrypted", "m.sticker", "m.room.name")
_LATEST = 253_402_300_799_000
_AWAY = ("leave", "ban")
_QUOTED = patterns.compile(r"\A(?:> [^\n]*\n)+\n?")
"""The message that an old client repeats in front of an answer to it."""


@dataclass(frozen=True, slots=True)
class Me:
    """The bot's id, and the names by which people call it, the longest first."""

    id: str
    names: tuple[str, ...] = ()


class _Edge(BaseModel, defer_build=True):
    """An object sent by a server, or through it by whoever is in a room: it may hold anything besides."""

    model_config = ConfigDict(frozen=True)


class _Timeline(_Edge):
    events: tuple[object, ...] = ()
    limited: bool = False
    before: str = Field("", alias="prev_batch")


class Room(_Edge):
    """News of a room: `timeline` in order, and the state before it; for an invitation what it tells."""

    timeline: _Timeline = _Timeline()
    state: tuple[object, ...] = Field((), validation_alias=AliasPath("state", "events"))
    invited: tuple[object, ...] = Field((), validation_alias=AliasPath("invite_state", "events"))


class Sync(_Edge):
    next_batch: str = Field(min_length=1)
    join: dict[str, object] = Field({}, validation_alias=AliasPath("rooms", "join"))
    invite: dict[str, object] = Field({}, validation_alias=AliasPath("rooms", "invite"))
    leave: dict[str, object] = Field({}, validation_alias=AliasPath("rooms", "leave"))


class Content(_Edge):
    """Of a message, of a member, or of the state of a room."""

    kind: str = Field("", alias="msgtype")
    body: str = ""
    filename: str = ""
    url: str = ""
    mime: str = Field("", validation_alias=AliasPath("info", "mimetype"))
    size: int = Field(0, validation_alias=AliasPath("info", "size"))
    milliseconds: int = Field(0, validation_alias=AliasPath("info", "duration"))
    called: tuple[str, ...] = Field((), validation_alias=AliasPath("m.mentions", "user_ids"))
    relation: str = Field("", validation_alias=AliasPath("m.relates_to", "rel_type"))
    replaces: str = Field("", validation_alias=AliasPath("m.relates_to", "event_id"))
    answers: str = Field("", validation_alias=AliasPath("m.relates_to", "m.in_reply_to", "event_id"))
    replacement: str = Field("", validation_alias=AliasPath("m.new_content", "body"))
    membership: str = ""
    direct: bool = Field(default=False, alias="is_direct")
    name: str = ""


class Posted(_Edge):
    """An event of a room; those that tell of an invitation have no id and no time."""

    id: str = Field("", alias="event_id")
    type: str
    sender: str = Field(min_length=1)
    state_key: str | None = None
    time: int = Field(0, alias="origin_server_ts", ge=0, le=_LATEST)
    content: Content = Content()
    was: str = Field("", validation_alias=AliasPath("unsigned", "prev_content", "membership"))

    def lets_in(self, me: Me) -> bool:
        """Tell whether it is the moment at which the bot came into the room."""
        about_us = self.type == "m.room.member" and self.state_key == me.id
        return about_us and self.content.membership == "join" and self.was != "join"


def posts(raw: Sequence[object]) -> list[Posted]:
    """Return the events that can be read."""
    return [posted for posted in (read(Posted, each) for each in raw) if posted is not None]


def parse(posted: Posted, chat: Chat, title: str, me: Me, now: datetime, *, answers_us: bool) -> Event | None:
    """Return what an event means, None if it is nothing for us. A time in the future counts as now."""
    at = min(datetime.fromtimestamp(posted.time / 1000, UTC), now)
    name = clean(posted.sender.removeprefix("@").partition(":")[0])[:100]
    base, private = (posted.id, chat, Sender(posted.sender, name), at), chat.kind == "private"
    match posted.type:
        case "m.room.member" if posted.content.membership in _AWAY and (posted.state_key == me.id or private):
            return BotLeft(*base)
        case "m.room.member" if posted.lets_in(me):
            return Commanded(*base, "start", "") if private else BotJoined(*base, clean(title))
        case _ if posted.sender == me.id or not posted.id:
            return None
        case "m.room.message" if posted.content.kind != "m.notice":  # a notice is what another bot says
            return _message_event(posted.content, base, me, addressed=private or answers_us)
        case "m.sticker" | "m.room.encrypted":
            return OtherSent(*base, posted.type, private)
    return None


def _message_event(content: Content, base: tuple[str, Chat, Sender, datetime], me: Me, *, addressed: bool) -> Event:
    edited = content.relation == "m.replace"
    body = content.replacement if edited else content.body
    words, called = without_name(_QUOTED.sub("", body) if content.answers else body, me.names)
    addressed = addressed or called or me.id in content.called
    if edited or content.kind in ("m.text", "m.emote"):
        said = typed(base, words, addressed=addressed)
        edit = edited and isinstance(said, TextSent)
        return Edited(*base, clean(words).strip(), content.replaces, addressed) if edit else said
    caption = clean(content.body).strip() if content.filename not in ("", content.body) else ""
    name = clean(content.filename or content.body)
    file = Incoming(content.url, content.mime or "application/octet-stream", max(0, content.size), name)
    match content.kind:
        case "m.image" if content.url:
            return PhotoSent(*base, (file,), caption, addressed)
        case "m.audio" if content.url:
            return VoiceSent(*base, file, max(0, content.milliseconds) // 1000, addressed)
        case "m.file" if content.url:
            return FileSent(*base, file, caption, addressed)
    return OtherSent(*base, clean(content.kind)[:40], addressed)
