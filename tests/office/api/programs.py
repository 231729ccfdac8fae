"""Another program: it reads with a token, and hears at an address of its own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.demo import village
from bot.office.api.reading import ROOT
from tests.office.desk.seats import Office


@dataclass
class Program:
    """What it read last: `status`, `headers`, and `found`, the decoded body."""

    http: ClientSession
    token: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""

    async def get(self, path: str, *, method: str = "GET", etag: str = "", **query: str | int) -> int:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= {"If-None-Match": etag} if etag else {}
        async with self.http.request(method, ROOT + path, params=query, headers=headers) as answer:
            self.status, self.headers, self.body = answer.status, answer.headers, await answer.text()
        return self.status

    @property
    def said(self) -> dict[str, object]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found

    @property
    def items(self) -> list[dict[str, object]]:
        found = self.said["items"]
        assert isinstance(found, list)
        return found


@asynccontextmanager
async def program(office: Office, role: str = "officer", unit: str = village.COMMUNE) -> AsyncIterator[Program]:
    """A program with a token of who holds a role in a commune."""
    token = await token_of(office, await office.person(role, unit), unit)
    async with ClientSession(office.origin) as http:
        yield Program(http, token)


async def token_of(office: Office, person_id: int, unit: str = village.COMMUNE, name: str = "Trang tin xã") -> str:
    place = await units.get(unit)
    assert place is not None
    async with in_transaction():
        token = await office.bot.services.tokens.make(person_id, place.id, name)
    assert token is not None
    return token


@dataclass(frozen=True)
class Heard:
    """A call that came to the address."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, object]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass
class Receiver:
    """An address that answers with `status`, and keeps what came."""

    url: str = ""
    status: int = 204
    heard: list[Heard] = field(default_factory=list)


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()

    async def take(request: web.Request) -> web.Response:
        found.heard.append(Heard(dict(request.headers), await request.read()))
        return web.Response(status=found.status, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", take)
    server = TestServer(app)
    await server.start_server()
    try:
        found.url = str(server.make_url("/nhan"))
        yield found
    finally:
        await server.close()
