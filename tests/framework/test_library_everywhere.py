"""The quickstart's bot, its file unchanged, on Telegram and on a page: killed in the middle of its form."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.e2e.phones import until
from tests.e2e.web_visitor import OnWeb
from tests.platforms.fake_telegram import FakeTelegram
from tests.ports import unused_port

ROOT = Path(__file__).parent.parent.parent
LIBRARY = ROOT / "examples" / "library.py"


@asynccontextmanager
async def living(folder: Path, settings: Mapping[str, str]) -> AsyncIterator[None]:
    """Run the bot until the end of the block, then kill it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    bot = await asyncio.create_subprocess_exec(
        sys.executable, str(LIBRARY), cwd=folder, env={**kept, "PYTHONPATH": str(ROOT), **settings},
        stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert bot.stderr is not None
    try:
        said: list[str] = []
        while not said or "ready" not in said[-1]:
            line = await bot.stderr.readline()
            assert line, "\n".join(said)
            said.append(line.decode())
        yield
    finally:
        bot.kill()
        await bot.wait()


async def test_on_telegram(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram:
        settings = {"BOT_PLATFORMS": "telegram", "BOT_TELEGRAM_TOKEN": telegram.token}
        settings |= {"BOT_TELEGRAM_API_BASE": telegram.base}
        ann = telegram.person("Ann")

        async def answered(words: str) -> None:
            await telegram.until(lambda: any(words in one.text for one in telegram.shown(ann)), 60)

        async with living(tmp_path, settings):
            await telegram.says(ann, "hello")
            await answered("For how long?")
            await telegram.presses(ann, "A month")
            await answered("Which book?")
            await telegram.says(ann, "Dune")
            await answered("The number on your card?")
        async with living(tmp_path, settings):
            await telegram.says(ann, "1234")
            await answered("Dune is yours for 30 days.")
            await telegram.says(ann, "thanks")
            await answered("You said: thanks")


async def test_on_a_page(tmp_path: Path) -> None:
    port = unused_port()
    settings = {"BOT_PLATFORMS": "web", "BOT_PORT": str(port)}
    ann = OnWeb(f"http://127.0.0.1:{port}")
    try:
        async with living(tmp_path, settings):
            await ann.says("hello", "For how long?")
            await ann.picks("A month", "Which book?")
            await ann.says("Dune", "The number on your card?")
        async with living(tmp_path, settings):
            await ann.comes_back()
            await until(lambda: any("card?" in text for text in ann.texts()))
            await ann.says("1234", "Dune is yours for 30 days.")
            await ann.says("thanks", "You said: thanks")
    finally:
        await ann.closes()
