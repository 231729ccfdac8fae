"""The example's adapter under the controls of the contract: `python -m bot adapter-check examples.letters_rig`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.framework import Chat, Message, Sent
from bot.platforms import Kit
from bot.testing import inbox
from bot.testing.doubles import make_kit
from bot.testing.rig import CONTROLS, Case, Rig, Shown
from examples.adapter import Letters


class Watched(Letters):
    """Letters, with a note of where each answer ends: in the file there is no sign of it."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.ends: dict[str, list[int]] = {}

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        sent = await super().send(chat, message, replacing=replacing, key=key)
        answers = self.folder / f"{chat.id}.answers"
        self.ends.setdefault(chat.id, []).append(len(answers.read_text()) if answers.exists() else 0)
        return sent


class LettersRig(Rig):
    platform: Watched
    folder: Path
    newest = ("", "")

    def chat(self, kind: str) -> Chat:
        return Chat("letters", "Hoa", "private")

    async def shown(self, chat: Chat) -> list[Shown]:
        answers = self.folder / f"{chat.id}.answers"
        written, ends = answers.read_text() if answers.exists() else "", self.platform.ends.get(chat.id, [])
        return [Shown(written[start:end].removesuffix("\n")) for start, end in pairwise([0, *ends])]

    def calls(self) -> int:
        return sum(map(len, self.platform.ends.values()))

    async def says(self, text: str, kind: str, who: str = "Hoa") -> None:
        self.newest = (who, text)
        await self._lies_there(0)

    async def _lies_there(self, stamp: int) -> None:
        """Put the letter into the folder, all at once; return when it was taken, or could not be noted."""
        who, text = self.newest
        part = self.folder / f"{who}.part"
        part.write_text(text)
        self.stamp = stamp or part.stat().st_mtime_ns
        os.utime(part, ns=(self.stamp, self.stamp))
        part.rename(self.folder / f"{who}.txt")
        failed = self.inbox.failed
        async with asyncio.timeout(inbox.patience):
            while not self.acknowledged() and self.inbox.failed == failed:  # noqa: ASYNC110 - a folder tells nobody
                await asyncio.sleep(0.01)

    async def repeats(self) -> None:
        """Put the letter back, as after a power cut before it was taken away."""
        await self._lies_there(self.stamp)

    def acknowledged(self) -> bool:
        letter = self.folder / f"{self.newest[0]}.txt"
        return not letter.exists() or letter.read_text() != self.newest[1]

    def another_start(self) -> Letters:
        again = Watched(self.kit)
        again.ends = self.platform.ends
        return again


@asynccontextmanager
async def letters() -> AsyncIterator[Rig]:
    with TemporaryDirectory() as folder:
        kit, box = make_kit({"folder": folder}), inbox.Inbox()
        rig = LettersRig(Watched(kit), kit, box)
        rig.folder = Path(folder)
        async with inbox.listening(rig.platform, box):
            yield rig


DONE = ("repeats", "acknowledged", "another_start")
LACKS = dict.fromkeys(
    (name for name in CONTROLS if name not in DONE), "there are letters in a folder, and nothing else"
)
LACKS["retries"] = "listening ends with the error, and the letter stays where it is"
LACKS["a question that sends nothing"] = "a folder is always there"
LACKS["refusing a long text"] = "a file takes a text of any length"
LACKS["ids of messages"] = "an answer in a file has no id"
CASES = (Case("letters", letters, lacks=LACKS),)
