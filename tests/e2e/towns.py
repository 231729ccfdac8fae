"""A commune with its bot at work on one messenger, in this process: the program as `serve` runs it, over real HTTP."""

from __future__ import annotations

import gc
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tortoise.transactions import in_transaction

from bot.assembly.app import DATABASE, serving
from bot.features.calendar.periods import at
from bot.features.calendar.vietnam import VIETNAM
from bot.features.demo import village as demo
from bot.settings import load
from bot.storage import database, schema
from bot.storage.tables.checkins import RoundPlan
from bot.storage.tables.places import Unit
from tests.ports import unused_port

from .messenger_people import Messenger, Opener, private_chat
from .phones import Phone

COMMUNE = 'code = "yen-mo"\nname = "Yên Mô"\nprovince = "Ninh Bình"\n[quiet]\nstart = 00:00:00\nend = 00:00:00\n'
OFFICIALS = {"officer": "lan", "chair": "nam", "leader": "tu"}


@dataclass(frozen=True)
class Town:
    """Xã Yên Mô with thôn Lạc Hiền; `url` is where the bot's pages are.

    The officials are `here`, too, except where nobody can have a role or answer: then they have another messenger.
    """

    here: Messenger
    office: Messenger
    url: str

    async def official(self, who: str) -> Phone:
        """Who has said hello: nobody can be written to who never wrote."""
        phone = self.office.phone(who)
        await phone.says("/menu", "Bác cần việc gì?")
        return phone


async def prepare(path: Path) -> None:
    """A new database with the commune's units and nobody in it."""
    schema.create(path)
    async with database.opened(database.file_url(path)), in_transaction("default"):
        await demo.fill()


@asynccontextmanager
async def at_work(
    prepared: Path,
    folder: Path,
    here: Opener,
    office: Opener | None,
    *,
    groups: bool,
    asks: bool,
    besides: Sequence[str] = (),
) -> AsyncIterator[Town]:
    """`groups`: the village has its group. `asks`: the villages' figures of a week are due and nobody was asked.

    `besides` are platforms that need no account.
    """
    async with AsyncExitStack() as stack:
        stack.callback(gc.unfreeze)  # a program that serves freezes what it has; this process goes on
        mine = await stack.enter_async_context(here())
        officials = mine if office is None else await stack.enter_async_context(office())
        shutil.copy(prepared, folder / DATABASE)
        (folder / "commune.toml").write_text(COMMUNE, "utf-8")
        await _settle(folder, officials, groups=groups, asks=asks)
        messengers = [mine] if office is None else [mine, officials]
        environ = _environ(messengers, folder, unused_port(), besides)
        settings = load(environ, [*(one.name for one in messengers), *besides])
        running = await stack.enter_async_context(serving(settings, environ))
        yield Town(mine, officials, running.url)


async def _settle(folder: Path, office: Messenger, *, groups: bool, asks: bool) -> None:
    now = datetime.now(UTC)
    own = {key: (office.account(who), private_chat(office, who)) for key, who in OFFICIALS.items()}
    async with database.opened(database.file_url(folder / DATABASE)), in_transaction("default"):
        await demo.settle(office.name, own, {"lac-hien": office.group} if groups else {}, now)
        if asks:
            commune = await Unit.get(code=demo.COMMUNE)
            overslept = at((now - timedelta(days=14)).astimezone(VIETNAM).date(), "week")
            await RoundPlan.create(unit_id=commune.id, cadence="week", next_period=overslept.name, remind_at=0)


def _environ(messengers: Sequence[Messenger], folder: Path, port: int, besides: Sequence[str]) -> dict[str, str]:
    """As fast as the messengers let it."""
    url = f"http://127.0.0.1:{port}"
    environ = {
        "BOT_PLATFORMS": ",".join([*(one.name for one in messengers), *besides]),
        "BOT_DATA_DIR": str(folder),
        "BOT_PORT": str(port),
        "BOT_PUBLIC_URL": url,
    }
    for one in messengers:
        name = one.name.upper()
        environ |= {f"BOT_{name}_{option.upper()}": value for option, value in one.options(url).items()}
        for limit in ("PER_SECOND", "CHAT_PER_SECOND", "GROUP_PER_MINUTE"):
            environ[f"BOT_PACE_{name}_{limit}"] = "60000"
    return environ
