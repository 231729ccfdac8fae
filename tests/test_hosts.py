"""Names under which the pages may be asked for."""

from __future__ import annotations

import socket

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.framework import web_app
from bot.framework.hosts import STRANGE, OwnNames
from bot.settings import Settings
from tests.kit import StillClock

SETTINGS = Settings(public_url="https://bot.xa.example:8443", web_origins=("https://trang.xa.example",), host="may.lan")
HERE = "113.160.1.2"


@pytest.mark.parametrize(
    "host",
    [
        "bot.xa.example:8443", "BOT.xa.example", "bot.xa.example.", "trang.xa.example", "may.lan:8080",
        "localhost", "localhost:8080", "a.localhost", "127.0.0.1:8080", "[::1]:8080", "192.168.1.10:8080", "10.0.0.5",
        "[fe80::1]", "[fd00::5]:8080", HERE, f"{HERE}:8080", socket.gethostname(), f"{socket.gethostname()}.local",
    ],
)  # fmt: skip
def test_own_names_and_addresses_of_our_own_network_are_known(host: str) -> None:
    assert OwnNames(SETTINGS).knows(host, HERE)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "bot.xa.example.evil.example", "xa.example", "notlocalhost", "localhost.evil.example",
        "8.8.8.8", "0.0.0.0",  # noqa: S104
        "224.0.0.1", "[::]", "[64:ff9b::808:808]", "a@127.0.0.1", "127.0.0.1@evil.example",
        "127.0.0.1/x", "127.1", "2130706433", "", ":8080", "[::1", "a b", "local\u0131host",
    ],
)  # fmt: skip
def test_a_name_that_anybody_may_own_is_not(host: str) -> None:
    assert not OwnNames(SETTINGS).knows(host, HERE)


async def test_a_strange_name_is_answered_with_what_to_do_and_messengers_are_not_asked() -> None:
    """Red before: whoever let a name of theirs lead here could read the pages and talk under it."""
    app = web_app.application(Settings(), StillClock())

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="page")

    app.router.add_get("/", page)
    app.router.add_post("/hooks/one", page)
    async with TestClient(TestServer(app)) as client:
        strange = {"Host": "evil.example"}
        answer = await client.get("/", headers=strange)
        assert (answer.status, await answer.text()) == (421, STRANGE)
        assert (await client.get("/nowhere", headers=strange)).status == 421
        assert (await client.post("/hooks/one", headers=strange)).status == 200
        assert (await client.get("/")).status == 200
        assert (await client.get("/", headers={"Host": "192.168.1.10:8080"})).status == 200
