"""Several bots of one messenger in one installation, added and switched off while it works, over real HTTP.

Each bot has its own Telegram here, with the same person on both: Telegram knows a person by one number for all bots.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from tortoise.transactions import in_transaction

from bot.assembly import parts
from bot.assembly.app import DATABASE, serving
from bot.features import units
from bot.features.demo import village as demo
from bot.platforms import names
from bot.settings import load
from bot.storage import database, schema
from tests.platforms.fake_telegram import FakeTelegram, Person
from tests.ports import unused_port
from tests.processes import Ran, ran

from .phones import OnTelegram, until

TOKEN_B = "234567:BBtestTESTtest-test_testB"
COMMUNE_B = "khanh-thien"
FOLDER_B = "Khánh Thiện"


@dataclass
class Installation:
    """Two communes: the bot of the settings is of both, and `b` is Telegram as the second bot sees it."""

    folder: Path
    url: str
    environ: Mapping[str, str]
    a: FakeTelegram
    b: FakeTelegram
    lines: list[str] = field(default_factory=list)

    async def command(self, *arguments: str, options: Mapping[str, str] | None = None) -> Ran:
        stdin = "\n".join(f"{name}={value}" for name, value in (options or {}).items()).encode()
        done = await asyncio.to_thread(ran, *arguments, environ=self.environ, stdin=stdin)
        assert TOKEN_B not in done.stdout + done.stderr
        return done

    async def adds_b(self, **more: str) -> None:
        options = self.b.options(mode="webhook", **more)
        done = await self.command("account", "add", "telegram", "kt", "--commune", COMMUNE_B, options=options)
        assert (done.returncode, done.stdout) == (0, "telegram@kt\n"), done.stderr
        await self.b.until(lambda: self.b.webhook is not None)

    def hook(self, name: str) -> str:
        return f"{self.url}/hooks/{name}"


class _Kept(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))


@asynccontextmanager
async def installation(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Installation]:
    monkeypatch.setattr(parts, "FOLLOW_TICK", 0.1)
    async with AsyncExitStack() as stack:
        stack.callback(gc.unfreeze)
        a = await stack.enter_async_context(FakeTelegram())
        b = await stack.enter_async_context(FakeTelegram(TOKEN_B, username="khanh_thien_bot"))
        await _prepare(folder)
        port = unused_port()
        url = f"http://127.0.0.1:{port}"
        environ = {
            "BOT_PLATFORMS": "telegram",
            "BOT_DATA_DIR": str(folder),
            "BOT_PORT": str(port),
            "BOT_PUBLIC_URL": url,
            **{f"BOT_TELEGRAM_{name.upper()}": value for name, value in a.options(mode="webhook").items()},
            **{f"BOT_PACE_TELEGRAM_{limit}": "60000" for limit in ("PER_SECOND", "CHAT_PER_SECOND")},
        }
        made = Installation(folder, url, environ, a, b)
        kept = _Kept(made.lines)
        logging.getLogger().addHandler(kept)
        stack.callback(logging.getLogger().removeHandler, kept)
        await stack.enter_async_context(serving(load(environ, names()), environ))
        await a.until(lambda: a.webhook is not None)
        yield made


async def _prepare(folder: Path) -> None:
    schema.create(folder / DATABASE)
    async with database.opened(database.file_url(folder / DATABASE)), in_transaction("default"):
        await demo.fill()
        begun = date(2025, 7, 1)
        await units.create(COMMUNE_B, "xã", FOLDER_B, parent=demo.PROVINCE, valid_from=begun)
        await units.create("dong-thien", "thôn", "Đồng Thiện", parent=COMMUNE_B, valid_from=begun)


async def test_a_bot_added_by_command_talks_for_its_commune_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with installation(tmp_path, monkeypatch) as here:
        hoa = Person(7300112239, "Hoa")
        with_a, with_b = OnTelegram(here.a, hoa), OnTelegram(here.b, hoa)
        await with_a.says("/start", "Bác ở xã nào?", "xã Yên Mô", "xã Khánh Thiện")
        await here.adds_b()
        assert here.b.webhook is not None
        assert here.b.webhook[0] == here.hook("telegram@kt")
        # The same number on both is not one conversation: here nothing is known yet, and nothing is asked.
        await with_b.says("/start", "xã Khánh Thiện")
        assert "Yên Mô" not in with_b.heard
        await with_b.says("thôn của tôi", "Bác ở thôn nào?", "thôn Đồng Thiện")
        assert "Lạc Hiền" not in with_b.heard
        await with_b.picks("thôn Đồng Thiện", "bác ở thôn Đồng Thiện")
        # Meanwhile the first one still waits for its answer, and each has only what was said to it.
        await with_a.picks("xã Yên Mô", "bác ở xã Yên Mô")
        assert not any("Đồng Thiện" in text for text in with_a.texts())
        assert TOKEN_B.encode() not in (tmp_path / DATABASE).read_bytes()
        assert not any(TOKEN_B in line for line in here.lines)
        await until(lambda: True)
