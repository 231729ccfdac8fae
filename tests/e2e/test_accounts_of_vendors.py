"""Two accounts of every messenger in one installation, each of another commune, over real HTTP.

The same people write to both, in chats of the same ids. Each account has its own server of the vendor with its own
token, so what left by another one's would be refused there, or be seen by somebody else.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Protocol, cast

import pytest
from tortoise.connection import get_connections
from tortoise.transactions import in_transaction

from bot import platforms
from bot.assembly.app import DATABASE, serving
from bot.assembly.bots.trying import Door
from bot.core.engine import Engine
from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.pacing import Pacer
from bot.core.platform import Platform
from bot.core.text import Text
from bot.features import units
from bot.features.bots import accounts
from bot.features.demo import village as demo
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.framework.installation import secret_key
from bot.framework.roster import Roster
from bot.platforms import names
from bot.settings import Settings, load
from bot.storage import data_folder, database
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.platform_store import PlatformValues
from bot.testing import RICH
from tests.ports import unused_port

from .messenger_people import (
    Messenger,
    OnButtons,
    Opener,
    bridge,
    gapo,
    line,
    matrix,
    private_chat,
    telegram,
    whatsapp,
    zalo,
    zalo_oa,
)
from .phones import until
from .towns import COMMUNE, prepare

OPENERS: Mapping[str, Opener] = {
    "telegram": telegram,
    "zalo": zalo,
    "zalo_oa": partial(zalo_oa, buttons=True),
    "gapo": gapo,
    "line_oa": line,
    "whatsapp": whatsapp,
    "matrix": matrix,
    "bridge": partial(bridge, "gateway-mocha.json"),
}
PLACES = {"ym": ("xã Yên Mô", "thôn Lạc Hiền"), "kt": ("xã Khánh Thiện", "thôn Đồng Thiện")}


class Server(Protocol):
    """The fakes, as far as one of them is given another token."""

    token: str
    known: str
    secret: str
    refresh: str
    access: str
    renewals: int
    hook: str


@dataclass(frozen=True)
class Account:
    name: str
    messenger: Messenger
    commune: str
    village: str

    def listens(self, engine: Engine) -> bool:
        """Whether a call of the vendor would be taken: one that comes earlier is to come again."""
        adapter = getattr(engine._platforms.get(self.name), "_inner", None)
        has_token = self.messenger.name != "zalo_oa" or bool(_server_of(self.messenger).access)
        return adapter is not None and getattr(adapter, "_sink", self) is not None and has_token

    async def talks(self) -> None:
        """Somebody says hello, is offered places of this commune alone, and settles in its village."""
        hoa = self.messenger.phone("hoa")
        await hoa.says("/start", self.commune)
        await hoa.says("thôn của tôi", "Bác ở thôn nào?")
        await hoa.picks(self.village, f"bác ở {self.village}")
        labels = hoa.labels() if isinstance(hoa, OnButtons) else []
        shown = "\n".join([*hoa.texts(), *(label for below in labels for label in below)])
        others = [name for places in PLACES.values() for name in places if name not in (self.commune, self.village)]
        assert not [name for name in others if name in shown]

    async def is_told(self) -> None:
        """What waits in the outbox for this account leaves through it alone, as one call."""
        chat, now = Chat(self.name, private_chat(self.messenger, "hoa"), "private"), datetime.now(UTC)
        words = f"Tin chờ của {self.name}"
        rows = Rows(get_connections().get("default"), _same)
        box = Outbox(rows, {self.name: RICH}, _same, lambda name: None)
        async with rows.transaction():
            assert await box.add(
                chat, Message(Text.of("{words}", words=words)), key=f"told:{self.name}", now=now, answering=True
            )
        phone = self.messenger.phone("hoa")
        async with asyncio.timeout(30):
            while not await OutboxRow.filter(platform=self.name, state="sent").exists():  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.05)
        await until(lambda: any(words in text for text in phone.texts()))
        assert sum("Tin chờ" in text for text in phone.texts()) == 1


def _same(locale: str, message: str, context: str | None = None) -> str:
    return message


def _server_of(messenger: Messenger) -> Server:
    return cast("Server", getattr(messenger, "_server", None) or getattr(messenger, "_gateway"))  # noqa: B009


def _gives_own_token(messenger: Messenger, code: str) -> None:
    """Let the server of a vendor know this account by another token than all others."""
    server = _server_of(messenger)
    number = 1 + [*PLACES].index(code)
    if messenger.name == "bridge":
        server.secret = f"{server.secret}, {code}"
    elif messenger.name == "zalo_oa":
        server.refresh, server.renewals = f"refresh-of-{code}", 100 * number
    elif messenger.name in ("telegram", "zalo"):
        server.token = f"{server.token[:-2]}{number:02d}"
    else:
        server.token = server.known = f"{server.token}-{code}"


def _options(messenger: Messenger, url: str, code: str) -> Mapping[str, str]:
    found = {**messenger.options(url)}
    server = _server_of(messenger)
    if isinstance(hook := getattr(server, "hook", None), str):
        server.hook = hook.replace(f"/hooks/{messenger.name}", f"/hooks/{messenger.name}@{code}")
    if messenger.name == "zalo_oa":
        found["refresh_token"] = server.refresh
    pace = ("pace_per_second", "pace_chat_per_second", "pace_group_per_minute")
    return {**found, **dict.fromkeys(pace, "60000")}


async def _adds(settings: Settings, environ: Mapping[str, str], found: list[Account], url: str) -> None:
    """As an official types them at the desk."""
    data_folder.prepare(settings.data_dir)
    door = Door(settings, environ, secret_key(settings))
    async with database.opened(database.file_url(settings.data_dir / DATABASE)):
        async with in_transaction("default"):
            await units.create("khanh-thien", "xã", "Khánh Thiện", parent=demo.PROVINCE, valid_from=date(2025, 7, 1))
            await units.create("dong-thien", "thôn", "Đồng Thiện", parent="khanh-thien", valid_from=date(2025, 7, 1))
        for one in found:
            vendor, _, code = one.name.partition("@")
            assert door.name_of(vendor, code) == one.name
            typed = "\n".join(f"{name}={value}" for name, value in _options(one.messenger, url, code).items())
            sealed = await door.sealed(one.name, typed)
            commune = await units.get(demo.COMMUNE if code == "ym" else "khanh-thien")
            assert commune is not None
            async with in_transaction("default"):
                await accounts.add(one.name, commune.id, sealed, datetime.now(UTC))


@asynccontextmanager
async def _at_work(folder: Path) -> AsyncIterator[list[Account]]:
    async with AsyncExitStack() as stack:
        stack.callback(gc.unfreeze)
        found: list[Account] = []
        for vendor, opener in OPENERS.items():
            for code, (commune, village) in PLACES.items():
                messenger = await stack.enter_async_context(opener())
                _gives_own_token(messenger, code)
                found.append(Account(f"{vendor}@{code}", messenger, commune, village))
        await prepare(folder / DATABASE)
        (folder / "commune.toml").write_text(COMMUNE, "utf-8")
        url = f"http://127.0.0.1:{(port := unused_port())}"
        environ = {
            "BOT_PLATFORMS": "web", "BOT_DATA_DIR": str(folder), "BOT_PORT": str(port), "BOT_PUBLIC_URL": url,
        }  # fmt: skip
        settings = load(environ, names())
        await _adds(settings, environ, found, url)
        running = await stack.enter_async_context(serving(settings, environ))
        await until(lambda: all(one.listens(running.engine) for one in found))
        yield found


def test_every_messenger_with_a_token_is_tried_here() -> None:
    assert sorted(OPENERS) == sorted(platforms.of_vendors())


async def test_two_accounts_of_every_messenger_answer_and_tell_each_by_its_own_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: dict[str, bool] = {}
    join = Roster.join

    def joins(roster: Roster, platform: Platform, pacer: Pacer) -> None:
        if (declared := getattr(getattr(platform, "_inner", None), "_declared", None)) is not None:
            known[platform.name] = declared.known
        join(roster, platform, pacer)

    monkeypatch.setattr(Roster, "join", joins)
    async with _at_work(tmp_path) as found:
        assert known == {"bridge@ym": True, "bridge@kt": True}, "messages would be fitted to nothing"
        ended = await asyncio.gather(*(one.talks() for one in found), return_exceptions=True)
        assert {one.name: what for one, what in zip(found, ended, strict=True) if what is not None} == {}
        told = await asyncio.gather(*(one.is_told() for one in found), return_exceptions=True)
        assert {one.name: what for one, what in zip(found, told, strict=True) if what is not None} == {}
        troubles = {one.name: one.trouble for one in await accounts.every() if one.trouble}
        assert troubles == {}
        db = get_connections().get("default")
        # Counts of a month, where a vendor sells so many messages, are of the account and not of the vendor.
        for vendor in OPENERS:
            assert await PlatformValues(db, vendor).get("sent") is None
