"""What comes to an installation: people who say things at a steady rate, and announcements to many groups."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from datetime import UTC, datetime
from time import monotonic

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError

from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.sessions import StoreUnavailable
from bot.core.text import Text
from bot.features.outbox.row import NewRow
from bot.features.outbox.rows import Rows
from bot.storage.sql import available
from tools.cluster.books import Books, Talk, Words
from tools.cluster.messenger import Messenger

WORDS = (
    Words("chữ lớn", "mỗi câu một tin"),
    Words("chữ thường", "Đã về cỡ chữ thường"),
    Words("/menu", "Bác cần việc gì?"),
    Words("khai sinh", "Có phải bác cần bài này"),
)
"""Each person says them in this order, from another one on."""
PEOPLE_PER_EVENT = 30
"""People for each event a second: so often somebody says something, who waits for the answer before."""
_FIRST_PERSON = 7001
_FIRST_GROUP = 1_000_001


class People:
    """`per_second` events, each of somebody who waits for nothing. `skipped`: everybody was waiting."""

    def __init__(self, messenger: Messenger, per_second: float) -> None:
        self.skipped = 0
        self._messenger = messenger
        self._per_second = per_second
        self._numbers = itertools.count(1)
        known = messenger.books.accounts
        count = max(8, int(per_second * PEOPLE_PER_EVENT))
        talks = [Talk(_FIRST_PERSON + n, account=known[n % len(known)]) for n in range(count)]
        messenger.books.talks = {talk.chat: talk for talk in talks}
        self._idle = deque(talks)
        self._under_way: set[asyncio.Task[None]] = set()

    async def say(self, seconds: float) -> None:
        """Say things for so long."""
        began = monotonic()
        for number in range(int(seconds * self._per_second)):
            await asyncio.sleep(max(0.0, began + number / self._per_second - monotonic()))
            if not self._idle:
                self.skipped += 1
                continue
            task = asyncio.create_task(self._say(self._idle.popleft()))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def answered(self, seconds: float) -> None:
        """Wait until everybody has an answer, at most so long."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)
        await self.leave()

    async def leave(self) -> None:
        """Let nobody wait any longer."""
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _say(self, talk: Talk) -> None:
        words = WORDS[(talk.chat + len(talk.said)) % len(WORDS)]
        await self._messenger.brings(talk, talk.says(next(self._numbers), words))
        await talk.answered.wait()
        self._idle.append(talk)


class Announcements:
    """Rows of the outbox as an announcement writes them, each to a group of its own; `groups` is how many."""

    def __init__(self, db: BaseDBAsyncClient, books: Books) -> None:
        self.groups = 0
        self._books = books
        self._rows = Rows(db, lambda locale, message, context=None: message)

    async def announce(self, count: int) -> None:
        """Write to `count` further groups; while the database is away, try again."""
        first, self.groups = self.groups, self.groups + count
        while True:
            try:
                with available():
                    async with self._rows.transaction():
                        await self._rows.insert(
                            [self._row(number) for number in range(first, first + count)], datetime.now(UTC)
                        )
                return
            except IntegrityError:  # the commit was cut off, and had been done
                return
            except StoreUnavailable:
                await asyncio.sleep(1)

    def _row(self, number: int) -> NewRow:
        group = -(_FIRST_GROUP + number)
        chat = Chat(self._books.home(group).platform, str(group), "group")
        return NewRow(
            klass="routine",
            announcement=0,
            package=f"cluster:{number}",
            part=1,
            key=f"cluster:{number}/1",
            chat=chat,
            locale="vi",
            message=Message(Text.verbatim("Mời bà con họp thôn tối thứ Bảy.")),
            choices="",
            any_hour=True,
            state="pending",
            reason="",
            not_before=datetime.now(UTC),
            expires_at=None,
        )
