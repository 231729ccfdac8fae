"""The job that listens to a voice note. The sound is never stored; its words come back as an event of the chat."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from msgspec import Struct

from bot.core.events import Chat, Event, Heard, Incoming, Sender, VoiceSent
from bot.core.platform import Platform, Rejected
from bot.features.jobs import lease as job_lease
from bot.features.jobs.queue import JobFunction, JobRefused, Jobs, answer_to, chat_of

from .recogniser import Recogniser
from .words import GONE, MOST_BYTES, NOT_INSTALLED, TOO_LARGE

KIND = "speech"


async def ask(jobs: Jobs, event: VoiceSent, locale: str, now: datetime) -> None:
    """Have it listened to, inside the caller's transaction; once for each voice note."""
    note = hashlib.sha256(event.id.encode()).hexdigest()[:24]
    body = {
        **answer_to(event.chat),
        "note": note,
        "locale": locale,
        "sender": event.sender.id,
        "name": event.sender.name,
        "ref": event.file.ref,
        "mime": event.file.mime,
        "size": str(event.file.size),
    }
    await jobs.ask(KIND, body, key=f"{KIND}:{event.chat.platform}:{note}", now=now)


def kinds(
    platforms: Mapping[str, Platform],
    recogniser: Recogniser | None,
    report: Callable[[Event], Awaitable[None]],
) -> Mapping[str, JobFunction]:
    """Return the jobs for the worker; see Hearing. `report` notes an event as if a messenger had brought it."""
    return {KIND: Hearing(platforms, recogniser, report).call}


class Hearing(Struct, frozen=True):
    """`platforms` by name; `recogniser` None: this process cannot hear."""

    platforms: Mapping[str, Platform]
    recogniser: Recogniser | None
    report: Callable[[Event], Awaitable[None]]

    async def call(self, body: Mapping[str, str], now: datetime) -> None:
        """Run twice it is heard once, for the event has the note's id. Raises JobRefused for whoever spoke."""
        chat = chat_of(body)
        platform = self.platforms.get(body["platform"])
        if chat is None or platform is None:
            raise JobRefused(GONE)
        if self.recogniser is None:
            raise JobRefused(NOT_INSTALLED)
        text = await self.recogniser.hear(await _fetched(platform, body))
        await job_lease.fence()
        await self.report(_heard(chat, body, text, now))


async def _fetched(platform: Platform, body: Mapping[str, str]) -> bytes:
    file = Incoming(body["ref"], body["mime"], int(body["size"]))
    try:
        return await platform.fetch(file, MOST_BYTES)
    except Rejected as error:
        raise JobRefused(TOO_LARGE if "large" in error.reason or "big" in error.reason else GONE) from None


def _heard(chat: Chat, body: Mapping[str, str], text: str, now: datetime) -> Heard:
    return Heard(f"heard:{body['note']}", chat, Sender(body["sender"], body["name"]), now, text)
