"""The bot's own processes: `serve` and `worker` on each host, as `python -m bot` starts them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import aiohttp

from benchmarks.traffic import TOKEN
from bot.framework.sharing import PARTITIONS, space_of
from tools.cluster import brokers, databases
from tools.cluster.front import URL
from tools.cluster.network import FRONT, HOSTS, OUTSIDE, address, namespace
from tools.cluster.program import ROOT, Program, up

MESSENGER_PORT = 8081
_KEY = "cluster-" * 5
PER_SECOND = 300
"""Of one token: far above what a messenger allows, for it stands for the tokens of many communes."""
_TRIES = 240


def _environ(host: int, folder: Path) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "BOT_PLATFORMS": "telegram",
        "BOT_TELEGRAM_TOKEN": TOKEN,
        "BOT_TELEGRAM_API_BASE": f"http://{address(OUTSIDE)}:{MESSENGER_PORT}",
        "BOT_TELEGRAM_MODE": "webhook",
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


def queues() -> list[str]:
    """Return the names of the queues between the processes."""
    return [f"langso.{space_of(_KEY.encode())}.events.{PARTITIONS}.{number}" for number in range(PARTITIONS)]


def migrate(folder: Path) -> None:
    """Make the tables. Raises CalledProcessError."""
    subprocess.run(
        ["ip", "netns", "exec", namespace(HOSTS[0]), sys.executable, "-m", "bot", "migrate"],
        env=_environ(HOSTS[0], folder), check=True, cwd=ROOT, stdout=subprocess.DEVNULL,
    )  # fmt: skip


async def ready() -> None:
    """Wait until each `serve` says that it is. Raises TimeoutError."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        for host in HOSTS:
            await up(session, f"http://{address(host)}:8080/readyz", _TRIES)
