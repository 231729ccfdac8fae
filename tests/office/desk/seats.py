"""The whole bot with its desk over HTTP, on the demo's commune, and people who sit down at it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.assembly.parts import Parts, put_together
from bot.core.machine import clock
from bot.features import units
from bot.features.demo import village
from bot.features.people import people
from bot.framework.process import CLOCK, SystemClock
from bot.office.desk.forms import ID, TOKEN, new_id
from bot.office.desk.visit import HOME
from bot.settings import Settings
from tests import postgres

_TOKEN = re.compile(r'name="the" value="([^"]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_FORM = re.compile(r"<form[^>]*>.*?</form>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


@dataclass
class Seat:
    """A browser at the desk. `page` is the last page it was shown."""

    client: ClientSession
    page: str = ""
    status: int = 0
    address: str = ""

    @property
    def words(self) -> str:
        """The words of the page, without tags."""
        return " ".join(unescape(_TAG.sub(" ", self.page)).split())

    async def get(self, path: str = "", **query: str) -> str:
        return await self.shows(await self.client.get(HOME + path, params=query))

    async def send(
        self, path: str, fields: Mapping[str, str | Sequence[str]], *, form: str = "", token: str = ""
    ) -> str:
        """Send a form as the last page would: with its token and an id of its own."""
        given = token or self.token
        data = [(TOKEN, given), (ID, form or new_id())]
        for name, value in fields.items():
            data += [(name, value)] if isinstance(value, str) else [(name, one) for one in value]
        return await self.shows(await self.client.post(HOME + path, data=data))

    async def press(self, label: str) -> str:
        """Press a button of the last page by its label."""
        for form in _FORM.findall(self.page):
            if re.search(rf">\s*{re.escape(label)}\s*</button>", unescape(form)):
                action = re.search(r'action="([^"]+)"', form)
                button = re.search(r'<button[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)
                data = [(name, unescape(value)) for name, value in _HIDDEN.findall(form)]
                data += [(button[1], unescape(button[2]))] if button else []
                assert action is not None
                return await self.shows(await self.client.post(unescape(action[1]), data=data))
        raise AssertionError(f"no button {label!r} in {self.words}")

    async def shows(self, response: ClientResponse) -> str:
        self.page, self.status, self.address = await response.text(), response.status, response.url.path_qs
        return self.words

    @property
    def token(self) -> str:
        """Return the token of the last page's forms, "" where it has none."""
        found = _TOKEN.search(self.page)
        return "" if found is None else found[1]


@dataclass
class Office:
    """The bot at work, and the seats at its desk."""

    bot: Parts
    server: TestServer

    @asynccontextmanager
    async def seat(self) -> AsyncIterator[Seat]:
        """A browser that nobody has signed in with."""
        async with ClientSession(self.origin, cookie_jar=CookieJar(unsafe=True)) as client:
            yield Seat(client)

    @asynccontextmanager
    async def sat(self, role: str = "officer", unit: str = village.COMMUNE) -> AsyncIterator[Seat]:
        """The browser of who holds a role in the demo's commune."""
        async with self.seat() as seat:
            key = await self.bot.services.desk.offer(await self.person(role, unit))
            await self.enters(seat, ma=key.link)
            yield seat

    @property
    def origin(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    async def enters(self, seat: Seat, **given: str) -> str:
        """Send the form of the door: `so="123456"` or `ma=link`."""
        return await seat.shows(await seat.client.post(f"{HOME}/vao", data=given, headers={"Origin": self.origin}))

    async def person(self, role: str, unit: str = village.COMMUNE) -> int:
        place = await units.get(unit)
        assert place is not None
        return (await people.holders(role, place.id, CLOCK.now()))[0].person_id


def _never() -> None:
    raise AssertionError("a stranger made the demo begin again")


@asynccontextmanager
async def office(
    data: Path, *, webhooks_anywhere: bool = False, without: Sequence[str] = (), database_url: str = ""
) -> AsyncIterator[Office]:
    """The demo's commune with its desk open; the families `without` are switched off. SQLite without an address.

    It is always the same day: what a demo shows as late differs from month to month.
    """
    with always_then():
        async with _office(data, webhooks_anywhere, without, database_url) as found:
            yield found


THEN = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


@contextmanager
def always_then() -> Iterator[None]:
    """Let time go on from a Friday of November; what counts seconds only is left as it is."""
    behind = datetime.now(UTC) - THEN

    def now(*_: object) -> datetime:
        return datetime.now(UTC) - behind

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SystemClock, "now", now)
        patched.setattr(clock, "now", now)
        yield


@asynccontextmanager
async def _office(
    data: Path, webhooks_anywhere: bool, without: Sequence[str], database_url: str
) -> AsyncIterator[Office]:
    settings = Settings(data_dir=data, platforms=("web", "workdesk"), webhooks_anywhere=webhooks_anywhere)
    more: dict[str, object] = {"families_off": (*settings.families_off, *without)}
    if database_url:
        await postgres.begin(database_url)
        more |= {"database_url": SecretStr(database_url), "secret_key": SecretStr("k" * 32)}
    settings = settings.model_copy(update=more)
    async with put_together(settings, {}, demo=True, anew=_never) as bot:
        listening = [asyncio.create_task(one.listen(bot.engine.receive)) for one in bot.running]
        await bot.engine.start()
        server = TestServer(bot.pages)
        await server.start_server()
        try:
            yield Office(bot, server)
        finally:
            await server.close()
            await bot.engine.stop()
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
