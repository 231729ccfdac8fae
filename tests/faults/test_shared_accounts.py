"""An account that is added while two processes share the work: one of them asks the vendor, until it dies."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.framework.sharing import PARTITIONS, space_of
from tests.broker import delete_queues
from tests.conftest import BROKER
from tests.e2e.phones import OnTelegram
from tests.platforms.fake_telegram import FakeTelegram, Person
from tests.ports import unused_port
from tests.postgres import begin, run_on_postgres, url_of
from tests.processes import bot, ran

pytestmark = [pytest.mark.postgres, pytest.mark.broker]

LAB = "tests.faults.accounts_lab"
KEY = uuid.uuid4().hex
HOA = Person(7300112239, "Hoa")


@asynccontextmanager
async def _database() -> AsyncIterator[str]:
    name = f"langso_{uuid.uuid4().hex[:12]}"
    await run_on_postgres(f'create database "{name}"')
    try:
        await begin(url_of(name))
        yield url_of(name)
    finally:
        await run_on_postgres(f'drop database "{name}" with (force)')
        await delete_queues(space_of(KEY.encode()), PARTITIONS)


def _environ(url: str, folder: Path) -> Mapping[str, str]:
    """Each on a machine of its own: a mark that a command leaves in one folder is seen by one process."""
    port = unused_port()
    return {
        "BOT_PLATFORMS": "web",
        "BOT_DATABASE_URL": url,
        "BOT_BROKER_URL": BROKER,
        "BOT_SECRET_KEY": KEY,
        "BOT_DATA_DIR": str(folder),
        "BOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "BOT_PORT": str(port),
    }


async def test_one_of_two_processes_asks_for_a_new_account_and_the_other_goes_on_when_it_dies(tmp_path: Path) -> None:
    """Mechanisms: the lease of polling, and news over the fanout exchange to who does not see the command's mark."""
    async with _database() as url, FakeTelegram() as kt:
        first, second = (_environ(url, tmp_path / name) for name in ("first", "second"))
        async with (
            bot("serve", environ=first, module=LAB) as one,
            bot("serve", environ=second, module=LAB),
        ):
            options = "\n".join(f"{name}={value}" for name, value in kt.options(poll_seconds="1").items()).encode()
            done = await asyncio.to_thread(ran, "account", "add", "telegram", "kt", environ=first, stdin=options)
            assert (done.returncode, done.stdout) == (0, "telegram@kt\n"), done.stderr
            hoa = OnTelegram(kt, HOA)
            await hoa.says("xin chào", "máy trả lời tự động")
            await hoa.says("chữ lớn", "mỗi câu một tin")
            # Many questions later there was never a second one at the same time.
            await kt.until(lambda: len(kt.called("getUpdates")) > 5)
            assert kt.conflicts == 0
            await one.kill()
            await hoa.says("chữ thường", "Đã về cỡ chữ thường.")
        answers = [shown.text for shown in kt.shown(HOA)]
        assert sum("máy trả lời tự động" in text for text in answers) == 1
