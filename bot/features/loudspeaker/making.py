"""The job that makes a recording: fetch or read aloud, master, store, and give it to the official to be heard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.context import Translate
from bot.core.events import Chat, Incoming
from bot.core.messages import Message
from bot.core.platform import Platform, Rejected
from bot.core.text import Text
from bot.features.audio.sound import MOST_BYTES, SoundError, TooLarge
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import Jobs, about, answer_to, chat_of, file_of
from bot.features.notices.notice_outbox import NoticeOutbox
from bot.features.voice.port import Voice
from bot.i18n import msg

from . import recordings
from .mastering import Mastered
from .recordings import LoudspeakerRecording
from .sent import mastered

KIND = "loudspeaker"

_GONE = msg("Tôi không tải được tệp tiếng này. Bác gửi lại giúp tôi.")
_NO_VOICE = msg("Máy chủ của xã chưa cài giọng đọc. Bác thu tiếng của mình bằng tin thoại giúp tôi.")


class _CannotBeHad(SoundError):
    template = _GONE


class NoVoice(SoundError):
    template = _NO_VOICE


StoreAs = Callable[[str, bytes], Awaitable[str]]
"""Keeps a file under a name that people see, and says where."""
Show = Callable[[LoudspeakerRecording, Translate, str], Message]
"""How a recording is given to be heard, in a language."""


async def ask(
    jobs: Jobs, one: LoudspeakerRecording, chat: Chat, locale: str, now: datetime, file: Incoming | None = None
) -> None:
    """Have it made, inside the caller's transaction; `file` is what a person sent, None for a script to be read."""
    body = {"recording": str(one.id), "locale": locale, **answer_to(chat)}
    if file is not None:
        body |= about(file)
    await jobs.ask(KIND, body, key=f"{KIND}:{one.id}", now=now)


class Making(Struct, frozen=True):
    """`call` is the function for the job runner. `platforms` are by name; `voice` None: nothing reads aloud here."""

    platforms: Mapping[str, Platform]
    voice: Voice | None
    store_as: StoreAs
    outbox: NoticeOutbox
    show: Show

    async def call(self, body: Mapping[str, str], now: datetime) -> None:
        one = await recordings.get(int(body["recording"]))
        if one is None or one.state != "making":
            return
        try:
            sound = await self._sound(one, body)
            result = await mastered(sound, one.title)
        except SoundError as error:
            await self._refuse(one, body, error, now)
        else:
            await self._give(one, body, result, now)

    async def _sound(self, one: LoudspeakerRecording, body: Mapping[str, str]) -> bytes:
        if one.kind == "read":
            if self.voice is None:
                raise NoVoice
            return await self.voice.speak(one.script)
        platform = self.platforms.get(body["platform"])
        if platform is None:
            raise _CannotBeHad
        file = file_of(body)
        try:
            return await platform.fetch(file, MOST_BYTES)
        except Rejected as error:
            raise (TooLarge if file.size > MOST_BYTES else _CannotBeHad) from error

    async def _give(self, one: LoudspeakerRecording, body: Mapping[str, str], result: Mastered, now: datetime) -> None:
        name = await self.store_as(f"loa-{one.id}.mp3", result.mp3)
        async with in_transaction():
            ready = await recordings.made(one.id, name, result)
            if ready is None:
                # Another run of this job was first: one recording is heard once.
                await temporary_files.keep(name, now)
                return
            message = self.show(ready, self.outbox.translate, body["locale"])
            await self._tell(body, message, f"loa{one.id}-ready", now)

    async def _refuse(
        self, one: LoudspeakerRecording, body: Mapping[str, str], error: SoundError, now: datetime
    ) -> None:
        async with in_transaction():
            if await recordings.failed(one.id):
                sorry = Message(Text.of(self.outbox.translate(body["locale"], error.template)))
                await self._tell(body, sorry, f"loa{one.id}-failed", now)

    async def _tell(self, body: Mapping[str, str], message: Message, key: str, now: datetime) -> None:
        chat = chat_of(body)
        if chat is not None:
            await self.outbox.add(chat, message, key=key, now=now, answering=True, locale=body["locale"])
