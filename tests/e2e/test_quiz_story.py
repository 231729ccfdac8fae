"""A quiz in a village's group over real HTTP: native polls, votes as the vendor tells them, numbers at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.features.learning import importing
from bot.features.learning.reading import BankSheet, QuestionLine
from bot.features.learning.tables import QuestionAnswer
from bot.storage import database
from bot.storage.tables.places import Unit
from tests.platforms.fake_telegram import FakeTelegram, Room

from .messenger_people import Messenger, Telegram
from .phones import OnTelegram
from .towns import at_work, prepare

LINES = tuple(QuestionLine(row, f"Câu số {row}?", ("Nên", "Không nên"), 0, "Vì thế.", "") for row in range(2, 5))


async def fill(path: Path) -> None:
    await prepare(path)
    async with database.opened(database.file_url(path)):
        commune = await Unit.get(code="yen-mo")
        sheets = (BankSheet("An toàn", LINES),)
        shown = importing.digest(await importing.changes(commune.id, sheets), sheets)
        one = importing.Pending(0, commune.id, 0, sheets, shown)
        assert await importing.apply(one, datetime.now(UTC)) is not None


async def test_a_village_holds_a_quiz_with_native_polls(tmp_path: Path) -> None:
    await fill(tmp_path / "prepared.sqlite3")
    folder = tmp_path / "town"
    folder.mkdir()
    async with FakeTelegram() as server:

        @asynccontextmanager
        async def here() -> AsyncIterator[Messenger]:
            yield Telegram(server)

        town = at_work(tmp_path / "prepared.sqlite3", folder, here, None, groups=True, asks=False)
        async with town as yen_mo:
            leader = yen_mo.here.in_group("tu")
            assert isinstance(leader, OnTelegram)
            group = leader.where
            assert isinstance(group, Room)
            await leader.says("/dovui", "Đố vui: An toàn")
            await server.until(lambda: polls(server, group) == 1)
            people = [server.person(f"Dân {number}") for number in range(6)]
            for number, person in enumerate(people):
                await server.votes(person, "Nên" if number else "Không nên", group)
            for at in (2, 3):
                await leader.picks("Câu tiếp", f"Câu {at}/3.")
            await leader.picks("Xem kết quả", "3 câu, 6 người tham gia", "Câu 1: 6 người trả lời, 5 người đúng")
            assert all(person.first_name not in leader.heard for person in people)
            assert polls(server, group) == 3
            assert await QuestionAnswer.all().count() == 6


def polls(server: FakeTelegram, group: Room) -> int:
    return sum(message.poll is not None for message in server.shown(group))
