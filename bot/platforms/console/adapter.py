"""The bot in a terminal: a line is a message, choices are numbered. Works on a pipe too; its end ends `listen`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from typing import TextIO

from pydantic import BaseModel, ConfigDict

from bot.core.events import Chat, ChatKind, Commanded, Event, Incoming, Sender, TextSent
from bot.core.machine import chance
from bot.core.messages import Message
from bot.core.platform import Budget, Capabilities, Platform, Rejected, Sent, Sink, Usage
from bot.core.small_words import slashed
from bot.core.text import clean
from bot.platforms import Kit
from bot.settings import validate


class ConsoleOptions(BaseModel, defer_build=True):
    """There are none; a `BOT_CONSOLE_…` variable is a mistake and stops the start."""

    model_config = ConfigDict(extra="forbid")


class Console:
    """One private chat with whoever sits at `source` (a file descriptor) and reads `screen`."""

    name = "console"
    capabilities: Mapping[ChatKind, Capabilities] = {
        "private": Capabilities(text_limit=16_000, per_second=1000, per_minute=60_000)
    }
    budget = Budget(per_second=1000)

    def __init__(self, kit: Kit, source: int, screen: TextIO) -> None:
        self._clock = kit.clock
        self._source = source
        self._screen = screen
        self._chat = Chat(self.name, self.name, "private")
        self._sender = Sender(self.name, "")

    async def listen(self, sink: Sink) -> None:
        """Pass on each line. Errors of `sink` are raised: the person who typed the line sees them and retypes it."""
        async for line in self._lines():
            if text := clean(line).strip():
                await sink([self._event(text)])

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        if message.buttons or message.attachment is not None or any(span.link for span in message.text.spans):
            raise Rejected("a terminal shows text only")
        print(message.text.plain, end="\n\n", file=self._screen, flush=True)
        return Sent(chance.unique())

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        raise Rejected("a terminal sends text only")

    def link(self, code: str) -> str | None:
        """Return None: no link opens a terminal."""
        return None

    def group_link(self, code: str) -> str | None:
        return None

    async def usage(self) -> Usage | None:
        return None

    async def close(self) -> None:
        """Do nothing: nothing is held open."""

    def _event(self, text: str) -> Event:
        base = (chance.unique(), self._chat, self._sender, self._clock.now())
        if (command := slashed(text)) is not None:
            return Commanded(*base, command.name, command.args)
        return TextSent(*base, text)

    async def _lines(self) -> AsyncIterator[str]:
        rest = b""
        while chunk := await _chunk(self._source):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line.decode("utf-8", "replace")
        yield rest.decode("utf-8", "replace")


async def _chunk(source: int) -> bytes:
    """Return the input that can be read now, b"" at the end.

    No thread waits on a terminal: it would hold up the end of the program.
    """
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(source, ready.set)
    except (PermissionError, NotImplementedError):
        # A plain file can always be read and never be watched; Windows cannot watch a terminal at all.
        return await asyncio.to_thread(os.read, source, 65536)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(source)
    return os.read(source, 65536)


def create(kit: Kit) -> Platform:
    """Create the platform; raise SettingsError."""
    validate(ConsoleOptions, kit.options, "BOT_CONSOLE_")
    return Console(kit, sys.stdin.fileno(), sys.stdout)
