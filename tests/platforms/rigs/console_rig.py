"""The terminal, on a pipe and a screen in memory."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.core.events import Chat, ChatKind
from bot.core.platform import Platform
from bot.platforms import Kit
from bot.platforms.console.adapter import Console
from bot.testing.doubles import make_kit
from bot.testing.inbox import Inbox, listening
from bot.testing.rig import Case, Rig, Shown


class ConsoleRig(Rig):
    def __init__(self, kit: Kit, inbox: Inbox) -> None:
        self.source, self._keyboard = os.pipe()
        self._screen = _Screen()
        super().__init__(Console(kit, self.source, self._screen), kit, inbox)

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("console", "console", kind)

    async def shown(self, chat: Chat) -> list[Shown]:
        return [Shown(text) for text in self._screen.printed]

    def calls(self) -> int:
        return len(self._screen.printed)

    async def says(self, text: str, kind: ChatKind, who: str = "Hoa") -> None:
        """A terminal may bring half a letter, and the rest of it later."""
        letters = f"{text}\n".encode()
        half = next((at + 1 for at, byte in enumerate(letters) if byte > 0x7F), 0)
        os.write(self._keyboard, letters[:half])
        for _ in range(20):  # turns of the loop, in which it is read
            await asyncio.sleep(0)
        os.write(self._keyboard, letters[half:])

    async def says_and_goes(self, text: str) -> None:
        os.write(self._keyboard, text.encode())
        os.close(self._keyboard)
        self._keyboard = -1

    def another_start(self) -> Platform:
        return Console(self.kit, self.source, self._screen)

    def close(self) -> None:
        if self._keyboard >= 0:
            os.close(self._keyboard)
        os.close(self.source)


class _Screen(io.StringIO):
    """Every flush ends a message."""

    def __init__(self) -> None:
        super().__init__()
        self.printed: list[str] = []

    def flush(self) -> None:
        if text := self.getvalue().strip():
            self.printed.append(text)
        self.seek(0)
        self.truncate()


@asynccontextmanager
async def console() -> AsyncIterator[Rig]:
    inbox = Inbox()
    rig = ConsoleRig(make_kit(), inbox)
    async with listening(rig.platform, inbox):
        yield rig
    rig.close()


_TERMINAL = "a terminal has one line after the other, and nothing else"
_NOBODY = "there is no vendor between the person and the bot"
CASES = (
    Case(
        "console",
        console,
        lacks={
            **dict.fromkeys(
                (
                    "edits", "deletes", "blocks", "sends_photo", "sends_album", "sends_voice", "sends_file",
                    "sends_other",
                ),
                _TERMINAL,
            ),
            **dict.fromkeys(
                (
                    "repeats", "retries", "acknowledged", "goes_away", "revokes_token", "disturbs", "ends_access",
                    "shuts_window", "forgets_uploads", "loses_next_upload", "loses_next_download", "forgets_photos",
                    "is_busy_at_next_download", "says_from_tomorrow", "says_beside_noise", "is_kept_waiting",
                    "posts_from_a_strange_page", "a question that sends nothing",
                ),
                _NOBODY,
            ),
            "refusing a long text": "a terminal shows a text of any length",
            "names of persons": "whoever sits there has no name",
        },
    ),
)  # fmt: skip
