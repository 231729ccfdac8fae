"""The bot's own processes: `serve` and `worker` on each host, as `python -m bot` starts them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import aiohttp

from benchmarks.traffic import TOKEN
from bot.framework.queues import Queues
from bot.framework.sharing import PARTITIONS, space_of
from tools.cluster import accounts, brokers, databases
from tools.cluster.accounts import Account
from tools.cluster.front import URL
from tools.cluster.network import FRONT, HOSTS, OUTSIDE, address, namespace
from tools.cluster.program import ROOT, Program, up

MESSENGER_PORT = 8081
_KEY = "cluster-" * 5
PER_SECOND = 300
"""Of the settings' account: far above what a messenger allows, for without others it stands for many communes."""
_TRIES = 240


def _account() -> dict[str, str]:
    """Return the settings of each account but its token."""
    return {"api_base": f"http://{address(OUTSIDE)}:{MESSENGER_PORT}", "mode": "webhook"}


def _environ(host: int, folder: Path) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "BOT_PLATFORMS": "telegram",
        "BOT_TELEGRAM_TOKEN": TOKEN,
        **{f"BOT_TELEGRAM_{name.upper()}": value for name, value in _account().items()},
        "BOT_PACE_TELEGRAM_PER_SECOND": str(PER_SECOND),
        "BOT_PACE_TELEGRAM_CHAT_PER_SECOND": "1000",
        "BOT_DATABASE_URL": databases.URL,
        "BOT_BROKER_URL": brokers.url(host),
        "BOT_SECRET_KEY": _KEY,
        "BOT_DATA_DIR": str(folder / "data"),
        "BOT_PUBLIC_URL": URL,
        "BOT_HOST": address(host),
        "BOT_PORT": "8080",
        "BOT_PROXIES": address(FRONT),
    }


def bot(kind: str, host: int, folder: Path) -> Program:
    return Program(
        f"{kind} {host}", host, [sys.executable, "-m", "bot", kind], folder / f"{kind}{host}.log",
        _environ(host, folder),
    )  # fmt: skip


async def queues() -> list[str]:
    """Return the names of the queues between the processes: not of those that were left."""
    used = Queues(f"langso.{space_of(_KEY.encode())}", PARTITIONS, databases.BrokerValues())
    await used.look()
    return [used.name(number) for number in range(PARTITIONS)]


def migrate(folder: Path) -> None:
    """Make the tables. Raises CalledProcessError."""
    subprocess.run(
        ["ip", "netns", "exec", namespace(HOSTS[0]), sys.executable, "-m", "bot", "migrate"],
        env=_environ(HOSTS[0], folder), check=True, cwd=ROOT, stdout=subprocess.DEVNULL,
    )  # fmt: skip


async def write_accounts(known: Sequence[Account]) -> None:
    """Add the accounts of the communes, with a messenger's own pace but in a chat."""
    pace = {"pace_chat_per_second": "1000"}
    await accounts.write(known, databases.URL, _KEY.encode(), {**_account(), **pace})


async def ready(known: Sequence[Account]) -> None:
    """Wait until each `serve` says that it is, and has begun all accounts. Raises TimeoutError."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        for host in HOSTS:
            base = f"http://{address(host)}:8080"
            await up(session, f"{base}/readyz", _TRIES)
            for one in known:
                await _begun(session, f"{base}/hooks/{one.platform}")


async def _begun(session: aiohttp.ClientSession, hook: str) -> None:
    """Wait until an account refuses who does not know its secret: before, nobody is there. Raises TimeoutError."""
    for _ in range(_TRIES):
        with suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(hook, json={}) as answer:
                if answer.status in (401, 403):
                    return
        await asyncio.sleep(0.5)
    raise TimeoutError(f"{hook} does not answer")
