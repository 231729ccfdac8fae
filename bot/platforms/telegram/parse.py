"""Telegram updates to events: pure, without the vendor library. Other bots and channels are not listened to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from bot.core.events import (
    BotJoined,
    BotLeft,
    Chat,
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
from bot.core.lean.values import replace
from bot.core.small_words import slashed
from bot.core.text import clean

from .wire import MemberChange, Post, Press, Room, Stored, Update, User, Vote

NAME = "telegram"
KINDS = ("message", "edited_message", "callback_query", "poll_answer", "my_chat_member")
"""The updates that we ask for."""

_AFTER_MENTION = " \t\n,:;.!-–"
_OTHERS = (
    "animation", "sticker", "video_note", "venue", "location", "contact", "poll", "dice", "story", "game", "checklist",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Me:
    """The bot itself; `username` without the @."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class Heard:
    """The content of one update: an event or none, a press to answer.

    `vote` is one whose poll has to be looked up before it is an event, `update` the number that it came with.
    """

    event: Event | None
    callback: str | None = None
    vote: Vote | None = None
    update: int = 0


def parse(update: Update, me: Me, now: datetime) -> Heard:
    """Read an update for the bot `me`; `now` dates a press, which has no time of its own."""
    event_id = f"u{update.update_id}"
    if update.message is not None:
        return Heard(_message(event_id, update.message, me))
    if update.edited_message is not None:
        return Heard(_edited(event_id, update.edited_message, me))
    if update.callback_query is not None:
        return Heard(_pressed(event_id, update.callback_query, now), callback=update.callback_query.id)
    if update.poll_answer is not None:
        return Heard(None, vote=update.poll_answer, update=update.update_id)
    if update.my_chat_member is not None:
        return Heard(_membership(event_id, update.my_chat_member))
    return Heard(None)


def join_albums(heard: Iterable[Heard]) -> list[Event]:
    """Return the events of one poll in order, with all photos of one album as one event."""
    events: list[Event] = []
    places: dict[tuple[str, str], int] = {}
    for item in heard:
        event = item.event
        if isinstance(event, PhotoSent) and event.album:
            place = places.setdefault((event.chat.id, event.album), len(events))
            event = replace(event, album="")
            if place < len(events):
                first = events[place]
                assert isinstance(first, PhotoSent)  # noqa: S101 - `places` points at albums only
                events[place] = first.with_more(event)
                continue
        if event is not None:
            events.append(event)
    return events


def _message(event_id: str, post: Post, me: Me) -> Event | None:
    chat = _chat(post.chat)
    sender = _sender(post)
    if chat is None or sender is None:
        return None
    at = _time(post.date)
    if post.migrate_to_chat_id is not None:
        return _moved(chat.id, str(post.migrate_to_chat_id), sender, at)
    if post.migrate_from_chat_id is not None:
        return _moved(str(post.migrate_from_chat_id), chat.id, sender, at)
    words, addressed = _words(post, chat, me)
    if post.text is not None:
        return _text(event_id, chat, sender, at, words, addressed, me)
    other = next((what for what in _OTHERS if getattr(post, what) is not None), None)
    if other is not None:
        return OtherSent(event_id, chat, sender, at, other, addressed)
    if post.photo:
        largest = max(post.photo, key=lambda size: size.width * size.height)
        photo = (_incoming(largest, "image/jpeg"),)
        return PhotoSent(event_id, chat, sender, at, photo, words, addressed, album=post.media_group_id or "")
    if (sound := post.voice or post.audio) is not None:
        mime = "audio/ogg" if post.voice is not None else "audio/mpeg"
        return VoiceSent(event_id, chat, sender, at, _incoming(sound, mime), sound.duration, addressed)
    if (file := post.document or post.video) is not None:
        mime = "application/octet-stream" if post.document is not None else "video/mp4"
        return FileSent(event_id, chat, sender, at, _incoming(file, mime), words, addressed)
    return None


def _text(
    event_id: str, chat: Chat, sender: Sender, at: datetime, words: str, addressed: bool, me: Me
) -> Commanded | TextSent | None:
    command = slashed(words)
    if command is None:
        return TextSent(event_id, chat, sender, at, words, addressed)
    if command.bot and command.bot.lower() != me.username.lower():
        return None
    return Commanded(event_id, chat, sender, at, command.name, command.args)


def _edited(event_id: str, post: Post, me: Me) -> Edited | None:
    chat, sender = _chat(post.chat), _sender(post)
    if chat is None or sender is None or (post.text is None and post.caption is None):
        return None
    words, addressed = _words(post, chat, me)
    return Edited(event_id, chat, sender, _time(post.date), words, str(post.message_id), addressed)


def _pressed(event_id: str, press: Press, now: datetime) -> Pressed | None:
    chat = _chat(press.message.chat) if press.message is not None else None
    if press.message is None or chat is None or press.data is None:
        return None
    return Pressed(event_id, chat, person(press.from_), now, press.data, str(press.message.message_id))


def _membership(event_id: str, change: MemberChange) -> BotJoined | BotLeft | None:
    """Return the event of the bot's joining or leaving a chat. In private, "kicked" means blocked."""
    chat = _chat(change.chat)
    if chat is None or change.old_chat_member.inside == change.new_chat_member.inside:
        return None
    sender, at = person(change.from_), _time(change.date)
    if change.new_chat_member.inside:
        return BotJoined(event_id, chat, sender, at, _line(change.chat.title or ""))
    return BotLeft(event_id, chat, sender, at)


def _moved(old: str, new: str, sender: Sender, at: datetime) -> ChatMoved:
    """Return the event of a move. The old group and the new supergroup both report it; the second has the same id."""
    return ChatMoved(f"moved{old}", Chat(NAME, old, "group"), sender, at, new)


def _chat(room: Room) -> Chat | None:
    if room.type == "private":
        return Chat(NAME, str(room.id), "private")
    if room.type in ("group", "supergroup"):
        return Chat(NAME, str(room.id), "group")
    return None


def _sender(post: Post) -> Sender | None:
    """Return the sender, None for another bot.

    An anonymous administrator speaks as the chat, a channel as itself: no person's id.
    """
    if post.sender_chat is not None:
        return Sender("", _line(post.sender_chat.title or ""))
    if post.from_ is None:
        return Sender("", "")
    return None if post.from_.is_bot else person(post.from_)


def person(user: User) -> Sender:
    return Sender(str(user.id), _line(f"{user.first_name} {user.last_name or ''}"), user.language_code)


def _words(post: Post, chat: Chat, me: Me) -> tuple[str, bool]:
    """Return text or caption without a mention of the bot at its beginning, and whether it is meant for the bot."""
    text = post.text if post.text is not None else post.caption or ""
    entities = post.entities if post.text is not None else post.caption_entities
    linked = [e for e in entities if e.type == "text_mention" and e.user is not None and e.user.id == me.id]
    mention = _mention(me.username)
    leading = mention.match(text.lstrip())
    rest = text
    if leading is not None:
        rest = text.lstrip()[leading.end() :].lstrip(_AFTER_MENTION)
    elif any(entity.offset == 0 for entity in linked):
        length = max(entity.length for entity in linked if entity.offset == 0)
        rest = text.encode("utf-16-le")[2 * length :].decode("utf-16-le", "ignore").lstrip(_AFTER_MENTION)
    answered = post.reply_to_message.from_ if post.reply_to_message is not None else None
    addressed = (
        chat.kind == "private"
        or bool(linked)
        or mention.search(text) is not None
        or (answered is not None and answered.id == me.id)
    )
    return clean(rest), addressed


@lru_cache(maxsize=64)
def _mention(username: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w@])@{re.escape(username)}(?!\w)", re.IGNORECASE)


def _incoming(file: Stored, mime: str) -> Incoming:
    return Incoming(file.file_id, file.mime_type or mime, file.file_size or 0, _line(file.file_name or ""))


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
