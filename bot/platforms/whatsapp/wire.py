"""The wire format of WhatsApp's webhook: what its messages and statuses mean."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from datetime import UTC, datetime

from pydantic import AliasPath, BaseModel, ConfigDict, Field

from bot.core.events import (
    Chat,
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
from bot.platforms._shared.http import read

NAME = "whatsapp"
WINDOW_SHUT = 131047
_SILENT = frozenset({"system", "reaction"})


class _Edge(BaseModel, defer_build=True):
    """An object sent by the vendor, who adds fields without notice."""

    model_config = ConfigDict(frozen=True)


class _File(_Edge):
    id: str = ""
    mime: str = Field("", alias="mime_type")
    filename: str = ""
    caption: str = ""


class Said(_Edge):
    """A message of a person; the time is in seconds."""

    id: str = Field(min_length=1)
    who: str = Field(alias="from", pattern=r"^[0-9]{1,20}$")
    timestamp: str = Field(pattern=r"^[0-9]{1,11}$")
    type: str
    text: str = Field("", validation_alias=AliasPath("text", "body"))
    image: _File = _File()
    audio: _File = _File()
    document: _File = _File()
    button: str = Field("", validation_alias=AliasPath("interactive", "button_reply", "id"))
    row: str = Field("", validation_alias=AliasPath("interactive", "list_reply", "id"))
    below: str = Field("", validation_alias=AliasPath("context", "id"))


class _Error(_Edge):
    code: int = 0


class Status(_Edge):
    """The fate of a message of ours."""

    who: str = Field("", alias="recipient_id")
    status: str = ""
    errors: tuple[_Error, ...] = ()

    @property
    def shut(self) -> bool:
        """Tell whether it failed because the person has not written for too long."""
        return self.status == "failed" and any(error.code == WINDOW_SHUT for error in self.errors)


class _Contact(_Edge):
    who: str = Field("", alias="wa_id")
    name: str = Field("", validation_alias=AliasPath("profile", "name"))


class Value(_Edge):
    phone: str = Field(validation_alias=AliasPath("metadata", "phone_number_id"))
    contacts: tuple[_Contact, ...] = ()
    messages: tuple[object, ...] = ()
    statuses: tuple[object, ...] = ()


class _Entry(_Edge):
    changes: tuple[object, ...] = ()


class _Hooked(_Edge):
    entry: tuple[object, ...] = ()


def values_of(body: bytes, phone: str) -> Iterator[Value]:
    """Yield what a body says about this phone number, passing over what nobody can read."""
    for entry in (read(_Hooked, body) or _Hooked()).entry:
        for change in (read(_Entry, entry) or _Entry()).changes:
            value = read(Value, change.get("value")) if isinstance(change, dict) else None
            if value is not None and value.phone == phone:
                yield value


def parse(said: Said, value: Value, now: datetime) -> Event | None:
    """Return the event of a message, None if it is nothing for us. A time in the future counts as now."""
    name = next((contact.name for contact in value.contacts if contact.who == said.who), "")
    at = min(datetime.fromtimestamp(int(said.timestamp), UTC), now)
    base = (said.id, Chat(NAME, said.who, "private"), Sender(said.who, clean(name)[:100]), at)
    match said.type:
        case "text":
            return typed(base, said.text)
        case "interactive" if said.button or said.row:
            return Pressed(*base, said.button or said.row, said.below or None)
        case "image" if said.image.id:
            return PhotoSent(*base, (_incoming(said.image),), clean(said.image.caption).strip())
        case "audio" if said.audio.id:
            return VoiceSent(*base, _incoming(said.audio))
        case "document" if said.document.id:
            return FileSent(*base, _incoming(said.document), clean(said.document.caption).strip())
        case kind if kind in _SILENT:
            return None
    return OtherSent(*base, clean(said.type)[:40])


def _incoming(file: _File) -> Incoming:
    name = clean(file.filename)
    mime = file.mime.partition(";")[0].strip() or mimetypes.guess_type(name)[0]
    return Incoming(file.id, mime or "application/octet-stream", 0, name)
