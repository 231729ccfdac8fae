"""The wire format of the Zalo Bot Platform: what its updates mean, and text as it takes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.core.events import Chat, Commanded, Event, Incoming, OtherSent, PhotoSent, Sender, TextSent, VoiceSent
from bot.core.small_words import slashed
from bot.core.text import Style, Text, clean, utf16_len
from bot.platforms._shared.mention import without_mention

_CODES: dict[Style, str] = {"bold": "b", "italic": "i"}


class _Edge(BaseModel, defer_build=True):
    """An object sent by the vendor: it may add fields, and give a number for an id."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)


class _From(_Edge):
    id: str = ""
    display_name: str | None = None
    name: str | None = None
    is_bot: bool = False


class _Chat(_Edge):
    id: str = Field(min_length=1)
    chat_type: Literal["PRIVATE", "GROUP"]


class _Message(_Edge):
    message_id: str = Field(min_length=1)
    sender: _From = Field(default=_From(), alias="from")
    chat: _Chat
    date: int = Field(ge=0, lt=253_402_300_800_000, description="milliseconds")
    text: str | None = None
    photo: str | None = None
    photo_url: str | None = None
    voice_url: str | None = None
    caption: str | None = None


class Update(_Edge):
    event_name: str
    message: _Message

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, body: object) -> object:
        """Unwrap `{"ok": true, "result": …}`: the documentation wraps updates so, the live service does not always."""
        return body["result"] if isinstance(body, dict) and body.get("ok") is True and "result" in body else body


class Me(_Edge):
    account_name: str = ""
    display_name: str = ""


class _Verification(_Edge):
    ok: bool = True


class Hooked(_Edge):
    """The answer to a webhook that was set: the vendor may have tried to call it."""

    verification: _Verification = _Verification()


class HookInfo(_Edge):
    """The webhook as the vendor has it."""

    url: str = ""


class Accepted(_Edge):
    message_id: str = ""


def parse(update: Update, names: frozenset[str]) -> Event | None:
    """Return the event of an update, None if it is not meant for us. `names` are the bot's own, letters only."""
    message = update.message
    if message.sender.is_bot:
        return None
    in_group = message.chat.chat_type == "GROUP"
    sender = Sender(message.sender.id, clean(message.sender.display_name or message.sender.name or ""))
    at = datetime.fromtimestamp(message.date / 1000, UTC)
    base = (f"m{message.message_id}", Chat("zalo", message.chat.id, "group" if in_group else "private"), sender, at)
    words = clean(message.text or message.caption or "").strip()
    words = without_mention(words, names) if in_group else words
    match update.event_name:
        case "message.text.received" if message.text is not None:
            command = slashed(words)
            return Commanded(*base, command.name, command.args) if command is not None else TextSent(*base, words)
        case "message.image.received" if url := message.photo or message.photo_url:
            return PhotoSent(*base, (Incoming(url, "image/jpeg"),), words)
        case "message.voice.received" if message.voice_url:
            return VoiceSent(*base, Incoming(message.voice_url, "audio/aac"))
        case "message.sticker.received":
            return OtherSent(*base, "sticker")
        case "message.unsupported.received":
            return OtherSent(*base, "unsupported")
    return None


def styled(text: Text) -> list[dict[str, object]]:
    """Return the vendor's `text_styles`, with offsets in UTF-16 units. There is no style for code."""
    styles: list[dict[str, object]] = []
    at = 0
    for span in text.spans:
        length = utf16_len(span.text)
        if code := _CODES.get(span.style):
            styles.append({"start": at, "len": length, "st": [code]})
        at += length
    return styles
