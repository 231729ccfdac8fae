"""The office's commands while `serve` writes without a pause on the same SQLite file: nobody finds it locked."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.platforms.fake_telegram import FakeTelegram, Person
from tests.ports import unused_port
from tests.processes import bot

from .test_village_story import command, prepare

TALKERS = 4


async def test_invite_import_and_report_go_through_while_the_bot_is_busy(tmp_path: Path) -> None:
    """Mechanism: writers wait for each other (busy timeout), and an import takes the write lock with its first word."""
    async with FakeTelegram() as telegram:
        environ = {
            "BOT_PLATFORMS": "telegram",
            "BOT_TELEGRAM_TOKEN": telegram.token,
            "BOT_TELEGRAM_API_BASE": telegram.base,
            "BOT_TELEGRAM_POLL_SECONDS": "2",
            "BOT_PACE_TELEGRAM_PER_SECOND": "1000",
            "BOT_DATA_DIR": str(tmp_path),
            "BOT_PORT": str(unused_port()),
        }
        book = prepare(tmp_path)
        done, said = asyncio.Event(), 0

        async def talks(who: Person) -> None:
            nonlocal said
            while not done.is_set():
                await telegram.says(who, "cảm ơn")
                said += 1

        async with bot("serve", environ=environ):
            await command(environ, "import", str(book), "--yes")
            talkers = [asyncio.create_task(talks(telegram.person(f"Hoa {n}"))) for n in range(TALKERS)]
            changed = prepare(tmp_path, ("moi", "thôn", "Mới", "yen-mo"), name="moi.xlsx")
            invite = ("invite", "--role", "leader", "--unit", "lac-hien")
            await asyncio.gather(
                command(environ, *invite),
                command(environ, *invite),
                command(environ, "import", str(changed), "--yes"),
                command(environ, "report", "--unit", "yen-mo", "--period", "2026-11", "--out", str(tmp_path / "bc")),
            )
            done.set()
            await asyncio.gather(*talkers)
        assert said > 10, "the bot was not busy"
