"""Updates from Telegram and its answers to our calls, as far as the bot reads them.

Only the fields that the bot needs are here, so that an update with something new in it can still be read. Field names
are those of the Bot API (core.telegram.org/bots/api).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[int, Field(ge=-(2**53), le=2**53)]
Date = Annotated[int, Field(ge=0, le=253_402_300_799)]  # until the year 9999, the last one that datetime knows
Count = Annotated[int, Field(ge=0, le=2**53)]
_PRESENT = frozenset({"creator", "administrator", "member"})


class _Wire(BaseModel, defer_build=True):
    """A string limit makes pydantic refuse half characters (lone surrogates) too: they could not be stored."""

    model_config = ConfigDict(str_max_length=2**20)


class User(_Wire):
    id: Id
    is_bot: bool = False
    first_name: str = ""
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None


class Room(_Wire):
    """The API's Chat."""

    id: Id
    type: str
    title: str | None = None


class Entity(_Wire):
    type: str
    offset: Count
    length: Count
    user: User | None = None


class Stored(_Wire):
    """Any file: the API's PhotoSize, Voice, Audio, Document and Video."""

    file_id: str
    file_name: str | None = None
    mime_type: str | None = None
    file_size: Count | None = None
    duration: Count = 0
    width: Count = 0
    height: Count = 0


class Answered(_Wire):
    """The message that somebody replied to."""

    from_: User | None = Field(default=None, alias="from")


class Post(_Wire):
    """The API's Message."""

    message_id: Id
    date: Date
    chat: Room
    from_: User | None = Field(default=None, alias="from")
    sender_chat: Room | None = None
    reply_to_message: Answered | None = None
    text: str | None = None
    entities: tuple[Entity, ...] = ()
    caption: str | None = None
    caption_entities: tuple[Entity, ...] = ()
    media_group_id: str | None = None
    photo: tuple[Stored, ...] = ()
    voice: Stored | None = None
    audio: Stored | None = None
    document: Stored | None = None
    video: Stored | None = None
    migrate_to_chat_id: Id | None = None
    migrate_from_chat_id: Id | None = None
    # What people send and the bot cannot read; only its presence counts. A GIF carries a `document` as well.
    animation: object = None
    sticker: object = None
    video_note: object = None
    location: object = None
    venue: object = None
    contact: object = None
    poll: object = None
    dice: object = None
    story: object = None
    game: object = None
    checklist: object = None


class Under(_Wire):
    """The message under whose button somebody pressed; of an old one (InaccessibleMessage) this is all there is."""

    message_id: Id
    chat: Room
    photo: object = None
    audio: object = None
    document: object = None


class Press(_Wire):
    """The API's CallbackQuery; without `message` for messages sent in inline mode, without `data` for games."""

    id: str
    from_: User = Field(alias="from")
    message: Under | None = None
    data: str | None = None


class Vote(_Wire):
    """The API's PollAnswer: no chat. Without `user` it is an anonymous administrator's; no choice is one taken back."""

    poll_id: str
    user: User | None = None
    option_ids: tuple[Count, ...] = ()


class SentPoll(_Wire):
    """The API's Poll, as far as the bot needs it."""

    id: str


class Membership(_Wire):
    """The API's ChatMember; a restricted one may be inside or outside."""

    status: str
    is_member: bool = False

    @property
    def inside(self) -> bool:
        return self.status in _PRESENT or (self.status == "restricted" and self.is_member)


class MemberChange(_Wire):
    date: Date
    chat: Room
    from_: User = Field(alias="from")
    old_chat_member: Membership
    new_chat_member: Membership


class Update(_Wire):
    update_id: Id
    message: Post | None = None
    edited_message: Post | None = None
    callback_query: Press | None = None
    poll_answer: Vote | None = None
    my_chat_member: MemberChange | None = None


class Posted(_Wire):
    """A message that the bot sent or changed."""

    message_id: Id
    photo: tuple[Stored, ...] = ()
    audio: Stored | None = None
    animation: Stored | None = None
    video: Stored | None = None
    voice: Stored | None = None
    document: Stored | None = None
    poll: SentPoll | None = None

    @property
    def file_id(self) -> str | None:
        """Return the id of the sent file, whatever kind Telegram made of it."""
        if self.photo:
            return self.photo[-1].file_id
        file = self.audio or self.animation or self.video or self.voice or self.document
        return file.file_id if file is not None else None


class Place(_Wire):
    """The API's File: where a file can be fetched from for an hour."""

    file_path: str


class HookInfo(_Wire):
    """The webhook as Telegram has it; `url` is "" while updates are asked for."""

    url: str = ""
    pending_update_count: Count = 0
    last_error_date: Date = 0
    last_error_message: str = ""
