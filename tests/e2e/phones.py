"""What people do on their phones, each step waiting for the words that answer it and for the button it then presses.

lan = OnTelegram(telegram, telegram.person("Lan"))
await lan.says("/xuatbaocao", "Bác cần báo cáo của nơi nào?")
await lan.picks("xã Yên Mô", "kỳ nào?")      # presses it, or types its number where there are no buttons
"""

from __future__ import annotations

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.platforms.fake_telegram import FakeTelegram, Person, Room, Shown
from tests.platforms.fake_zalo import FakeZalo

PATIENCE = 30


_TOO_EARLY = ("Tôi chưa rõ bác chọn gì", "Không có số")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - another process makes it true, there is no event to wait for
            await asyncio.sleep(0.02)


async def seen(phone: Phone, *expected: str) -> None:
    try:
        await until(lambda: all(words in phone.heard for words in expected))
    except TimeoutError:
        raise AssertionError(f"not seen: {expected}; there was\n{phone.heard}") from None


class Phone(Protocol):
    """One person in one chat."""

    @property
    def heard(self) -> str:
        """All that came since the person last did something."""

    async def says(self, text: str, *expected: str) -> None: ...

    async def picks(self, label: str, *expected: str) -> None: ...

    async def sees(self, *expected: str) -> None: ...

    def texts(self) -> Sequence[str]:
        """All that the chat has been shown, as it looks now."""

    async def chooses(self, label: str) -> None:
        """Make the newest choice of this label, however long it has been there."""


@dataclass
class OnTelegram:
    """`where` is a group; without it the private chat."""

    server: FakeTelegram
    person: Person
    where: Room | None = None
    _before: dict[int, int] = field(default_factory=dict)

    @property
    def news(self) -> list[Shown]:
        """New messages, and those that have changed."""
        return [one for one in self.server.shown(self.where or self.person) if self._before.get(one.id) != one.edits]

    @property
    def heard(self) -> str:
        return "\n\n".join("\n".join([one.text, *(f"[{key.text}]" for key in one.keys)]) for one in self.news)

    async def says(self, text: str, *expected: str) -> None:
        self._acts()
        await self.server.says(self.person, text, self.where)
        await self.sees(*expected)

    async def picks(self, label: str, *expected: str) -> None:
        await until(lambda: self._with(label) is not None)
        shown = self._with(label)
        self._acts()
        await self.server.presses(self.person, label, self.where, on=shown)
        await self.sees(*expected)

    async def sees(self, *expected: str) -> None:
        await seen(self, *expected)

    def texts(self) -> Sequence[str]:
        return [one.text for one in self.server.shown(self.where or self.person)]

    async def chooses(self, label: str) -> None:
        self._acts()
        await self.server.presses(self.person, label, self.where)

    def _with(self, label: str) -> Shown | None:
        return next((one for one in reversed(self.news) if any(key.text == label for key in one.keys)), None)

    def _acts(self) -> None:
        self._before = {one.id: one.edits for one in self.server.shown(self.where or self.person)}


class ByNumber(ABC):
    """A chat without buttons: a choice is made by the number in front of its label."""

    _before: int = 0

    @abstractmethod
    def shown(self) -> Sequence[str]:
        """All that the chat has been shown."""

    @abstractmethod
    async def types(self, text: str) -> None: ...

    @property
    def news(self) -> Sequence[str]:
        return self.shown()[self._before :]

    @property
    def heard(self) -> str:
        return "\n\n".join(self.news)

    def looks_away(self) -> None:
        """What there is now is no news any more."""
        self._before += len(self.news)

    async def says(self, text: str, *expected: str) -> None:
        self.looks_away()
        await self.types(text)
        await self.sees(*expected)

    async def picks(self, label: str, *expected: str) -> None:
        await until(lambda: self._number(label) is not None)
        number = self._number(label) or ""
        await self.says(number)
        await until(lambda: self._was_too_early or all(words in self.heard for words in expected))
        # The messenger shows a choice some milliseconds before the bot has noted that it arrived. People type again.
        if self._was_too_early:
            await self.says(number)
        await self.sees(*expected)

    @property
    def _was_too_early(self) -> bool:
        return any(answer in self.heard for answer in _TOO_EARLY)

    async def sees(self, *expected: str) -> None:
        await seen(self, *expected)

    def texts(self) -> Sequence[str]:
        return self.shown()

    async def chooses(self, label: str) -> None:
        number = self._number(label, of="\n\n".join(self.shown()))
        assert number is not None, f"{label} is no choice"
        await self.says(number)

    def _number(self, label: str, *, of: str | None = None) -> str | None:
        words = self.heard if of is None else of
        found = re.findall(rf"^(\d+)\. {re.escape(label)}$", words, re.MULTILINE)
        return str(found[-1]) if found else None


@dataclass
class OnZalo(ByNumber):
    """`group` is a group's id; there everything is said with a mention."""

    server: FakeZalo
    person: str
    group: str = ""

    def shown(self) -> Sequence[str]:
        return self.server.heard(self.group or self.person)

    async def types(self, text: str) -> None:
        mention = self.server.account_name if self.group else None
        await self.server.says(text, who=self.person, name=self.person, chat=self.group, mention=mention)


def settings(telegram: FakeTelegram, zalo: FakeZalo, folder: Path, port: int) -> dict[str, str]:
    """`serve` on both messengers, as fast as they let it, with a public address for files."""
    return {
        "BOT_PLATFORMS": "telegram,zalo",
        "BOT_TELEGRAM_TOKEN": telegram.token,
        "BOT_TELEGRAM_API_BASE": telegram.base,
        "BOT_TELEGRAM_POLL_SECONDS": "2",
        "BOT_PACE_TELEGRAM_PER_SECOND": "1000",
        "BOT_PACE_TELEGRAM_CHAT_PER_SECOND": "1000",
        "BOT_PACE_TELEGRAM_GROUP_PER_MINUTE": "60000",
        "BOT_ZALO_TOKEN": zalo.token,
        "BOT_ZALO_API_BASE": zalo.base,
        "BOT_PACE_ZALO_PER_SECOND": "1000",
        "BOT_PACE_ZALO_CHAT_PER_SECOND": "1000",
        "BOT_PACE_ZALO_GROUP_PER_MINUTE": "60000",
        "BOT_DATA_DIR": str(folder),
        "BOT_PORT": str(port),
        "BOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
