"""The wire format of GapoWork: what its webhook means."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from bot.core.events import BotJoined, Chat, Commanded, Event, OtherSent, Sender, TextSent
from bot.core.small_words import slashed
from bot.core.text import clean

NAME = "gapo"


class _Edge(BaseModel, defer_build=True):
    """An object sent by the vendor: it may add fields. Ids are 64-bit numbers there and strings here."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)


class _Thread(_Edge):
    id: str = ""
    type: str = ""
    name: str = ""


class _Mention(_Edge):
    target: str = ""
    offset: int = Field(default=-1)
    length: int = 0


class _Metadata(_Edge):
    mentions: tuple[_Mention, ...] = ()


class _Message(_Edge):
    id: str = ""
    type: str = "text"
    text: str = ""
    payload: str = ""
    thread: _Thread = _Thread()
    metadata: _Metadata = _Metadata()


class Update(_Edge):
    id: str = Field(min_length=1)
    event: str
    thread_id: str = Field(pattern=r"^[0-9]{1,20}$")
    from_user_id: str = Field(pattern=r"^[0-9]{1,20}$")
    message: _Message = _Message()
    thread: _Thread = _Thread()


def parse(update: Update, bot_id: str, now: datetime) -> Event | None:
    """Return the event of an update, None if it is not meant for us. An update has no time: it is `now`.

    A private chat has the person's id, a group its thread's.
    """
    if update.from_user_id == bot_id:
        return None
    in_group = "group" in (update.message.thread.type, update.thread.type)
    group = Chat(NAME, update.thread_id, "group")
    chat = group if in_group else Chat(NAME, update.from_user_id, "private")
    base = (f"e{update.id}", chat, Sender(update.from_user_id, ""), now)
    match update.event:
        case "message_created" if update.message.id:
            return _text_event(update.message, base, bot_id, in_group=in_group)
        case "thread_created" if in_group:
            return BotJoined(*base, clean(update.thread.name or update.message.thread.name))
    return None


def _text_event(
    message: _Message, base: tuple[str, Chat, Sender, datetime], bot_id: str, *, in_group: bool
) -> Event | None:
    mention = next((each for each in message.metadata.mentions if each.target == bot_id), None)
    addressed = not in_group or mention is not None
    match message.type:
        case "text":
            words = clean(_without(message.text, mention)).strip()
        case "quick_reply" | "menu":
            words, addressed = clean(message.payload or message.text).strip(), True
        case other:
            return OtherSent(*base, clean(other)[:40], addressed)
    if (command := slashed(words)) is not None:
        return Commanded(*base, command.name, command.args)
    return TextSent(*base, words, addressed)


def _without(text: str, mention: _Mention | None) -> str:
    """Strip the mention from the text before it is normalised: the mention's offset counts the original characters."""
    if mention is None or not 0 <= mention.offset <= len(text) or mention.length < 0:
        return text
    return text[: mention.offset] + text[mention.offset + mention.length :]
