"""The events of the bot, as the adapters report them.

`data` of a press and everything typed are as the network gave them: the engine unpacks and checks.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import ClassVar, Literal

ChatKind = Literal["private", "group"]


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation on one platform; `id` is the platform's own id as a string."""

    platform: str
    id: str
    kind: ChatKind


@dataclass(frozen=True, slots=True)
class Sender:
    """The person who acted.

    `id` is "" if the platform does not tell it; `locale` is the setting of the person's app.
    """

    id: str
    name: str
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events. `id` is unique on its platform and the same when the platform repeats itself; `at` is UTC.

    `addressed` is False for what the bot merely overhears in a group. `findings` are the guard's: what it masked.
    """

    id: str
    chat: Chat
    sender: Sender
    at: datetime
    kind: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class TextSent(Event):
    text: str
    addressed: bool = True
    findings: tuple[str, ...] = ()
    kind = "said"


@dataclass(frozen=True, slots=True)
class Edited(Event):
    """A message changed after it was sent; `message_id` is the platform's id of it."""

    text: str
    message_id: str
    addressed: bool = True
    findings: tuple[str, ...] = ()
    kind = "edited"


@dataclass(frozen=True, slots=True)
class Commanded(Event):
    """`/name args`; the slash and a mention of the bot are taken off."""

    name: str
    args: str
    findings: tuple[str, ...] = ()
    kind = "commanded"


@dataclass(frozen=True, slots=True)
class Pressed(Event):
    """A button under message `message_id`; `data` is what the button carried."""

    data: str
    message_id: str | None = None
    kind = "pressed"


@dataclass(frozen=True, slots=True)
class PollAnswered(Event):
    """A vote in a native poll; `data` is what the chosen button of its message carried."""

    data: str
    kind = "voted"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that a person sent: where the adapter can fetch it (`ref`), its MIME type and its size in bytes."""

    ref: str
    mime: str
    size: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class VoiceSent(Event):
    """`seconds` is the length of the recording, 0 when the platform does not say."""

    file: Incoming
    seconds: int = 0
    addressed: bool = True
    kind = "voice"


@dataclass(frozen=True, slots=True)
class Heard(Event):
    """The transcript of a voice note; the person has not seen it yet."""

    text: str
    findings: tuple[str, ...] = ()
    kind = "heard"


@dataclass(frozen=True, slots=True)
class PhotoSent(Event):
    """One or more photos sent together. `album` is what those have in common that come one by one; the queue of the
    chat joins them (see bot.core.chat_queue), so a handler sees them as one event."""

    files: tuple[Incoming, ...]
    caption: str = ""
    addressed: bool = True
    findings: tuple[str, ...] = ()
    album: str = ""
    kind = "photo"

    def with_more(self, more: PhotoSent) -> PhotoSent:
        """Return both photos as one event, with the id of the last photo.

        An album may be received again with photos that were missing the first time: with this id it is no duplicate.
        """
        return replace(
            self,
            id=more.id,
            files=self.files + more.files,
            caption=self.caption or more.caption,
            addressed=self.addressed or more.addressed,
            findings=self.findings or more.findings,
        )


@dataclass(frozen=True, slots=True)
class FileSent(Event):
    file: Incoming
    caption: str = ""
    addressed: bool = True
    findings: tuple[str, ...] = ()
    kind = "file"


@dataclass(frozen=True, slots=True)
class OtherSent(Event):
    """A sticker, GIF, place, contact card: something that people send and the bot cannot read; `what` names it."""

    what: str
    addressed: bool = True
    kind = "other"


@dataclass(frozen=True, slots=True)
class BotJoined(Event):
    title: str
    kind = "joined"


@dataclass(frozen=True, slots=True)
class BotLeft(Event):
    """Removed from a group, or blocked in private."""

    kind = "left"


@dataclass(frozen=True, slots=True)
class ChatMoved(Event):
    """The chat goes on under another id (a group that became a supergroup)."""

    new_chat_id: str
    kind = "moved"


TextEvent = TextSent | Edited | Commanded | Heard | PhotoSent | FileSent
_KINDS: dict[str, type[Event]] = {
    of.kind: of
    for of in (
        TextSent, Edited, Commanded, Pressed, PollAnswered, VoiceSent, Heard, PhotoSent, FileSent, OtherSent, BotJoined,
        BotLeft, ChatMoved,
    )
}  # fmt: skip
_COMMON = frozenset(field.name for field in fields(Event))

FIELDS: dict[type[Event], tuple[str, ...]] = {
    kind: tuple(field.name for field in fields(kind)) for kind in _KINDS.values()
}
_OWN = {kind: tuple(name for name in names if name not in _COMMON) for kind, names in FIELDS.items()}


def is_addressed(event: Event) -> bool:
    """Tell whether the event was meant for the bot; presses, votes, commands and service events always are."""
    return bool(getattr(event, "addressed", True))


def pictures(event: Event) -> tuple[Incoming, ...]:
    """Return the photos that an event brings, including one sent as a file."""
    if isinstance(event, FileSent):
        return (event.file,) if event.file.mime.startswith("image/") else ()
    return event.files if isinstance(event, PhotoSent) else ()


def files_of(event: Event) -> tuple[Incoming, ...]:
    """Return all photos and files that an event brings."""
    if isinstance(event, FileSent):
        return (event.file,)
    return event.files if isinstance(event, PhotoSent) else ()


class UnreadableEvent(ValueError):
    """A row of the database holds something else than the bot stores there."""


def event_to_json(event: Event) -> dict[str, object]:
    """Return the stored form for the inbox; `event_from_json` reads it back."""
    own = {name: _plain(getattr(event, name)) for name in _OWN[type(event)]}
    return {
        "kind": event.kind,
        "id": event.id,
        "chat": [event.chat.platform, event.chat.id, event.chat.kind],
        "sender": [event.sender.id, event.sender.name, event.sender.locale],
        "at": event.at.timestamp(),
        **own,
    }


def event_from_json(stored: dict[str, object]) -> Event:
    """Return the event that `event_to_json` stored; raise UnreadableEvent for anything else."""
    try:
        return _event(dict(stored))
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise UnreadableEvent("not a stored event") from error


def _event(own: dict[str, object]) -> Event:
    kind, event_id, chat, sender, at = (own.pop(name) for name in ("kind", "id", "chat", "sender", "at"))
    if not isinstance(chat, list) or not isinstance(sender, list) or not isinstance(at, int | float):
        raise TypeError("not a stored event")
    if "file" in own:
        own["file"] = _incoming(own["file"])
    if "files" in own:
        own["files"] = tuple(_incoming(item) for item in _items(own["files"]))
    if "findings" in own:
        own["findings"] = tuple(_items(own["findings"]))
    common = {"id": event_id, "chat": Chat(*chat), "sender": Sender(*sender), "at": datetime.fromtimestamp(at, UTC)}
    return _KINDS[str(kind)](**common, **own)  # type: ignore[arg-type]  # checked against the dataclass by the call


def _plain(value: object) -> object:
    if isinstance(value, Incoming):
        return [value.ref, value.mime, value.size, value.name]
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _incoming(value: object) -> Incoming:
    ref, mime, size, name = _items(value)
    return Incoming(str(ref), str(mime), int(str(size)), str(name))


def _items(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("not a stored event")
    return value
