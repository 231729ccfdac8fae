"""Each platform with its fake, under the controls of the contract: a file for each, whose CASES the plugin finds."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.core.platform import Platform
from bot.platforms import Kit, load
from bot.testing.doubles import StillClock, next_start
from bot.testing.rig import Case, Rig

PAYLOADS = Path(__file__).parent.parent / "payloads"
LONG_SLEEP = 600


class PatientClock(StillClock):
    """Long sleeps last as long as the test: what is done every hour is done once."""

    async def sleep(self, seconds: float) -> None:
        if seconds >= LONG_SLEEP:
            await asyncio.Event().wait()
        await super().sleep(seconds)


def bodies(name: str) -> Callable[[], Sequence[bytes]]:
    """Return what reads the updates of a vendor as they came."""
    return lambda: [path.read_bytes() for path in sorted((PAYLOADS / name).glob("*.json"))]


class Shipped(Rig):
    """A rig of one of our own adapters."""

    def another_start(self) -> Platform:
        return load(self.platform.name).create(next_start(self.kit))


def creator(name: str) -> Callable[[Kit], Platform]:
    return load(name).create


def shipped() -> list[Case]:
    """Return the cases of all rigs here, by their files."""
    here = Path(__file__).parent
    modules = [importlib.import_module(f"{__name__}.{path.stem}") for path in sorted(here.glob("*_rig.py"))]
    return [case for module in modules for case in module.CASES]


WEBHOOK_LACKS = {
    "revokes_token": "over a webhook nobody is asked: the next message tells it",
    "disturbs": "over a webhook nobody is asked for news",
    "says_and_goes": "an update comes whole or not at all",
    "posts_from_a_strange_page": "no browser speaks to a webhook",
}
