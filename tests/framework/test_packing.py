"""Pages over a poor line: they come compressed to whoever can read that, and not again as long as they are the same."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.framework import packing, web_app
from bot.office.html import Frame, Html
from bot.office.html import page as public_page
from bot.settings import Settings
from tests.kit import StillClock

FRAME = Frame("vi", "UBND xã", "/", "Đến nội dung chính", ())
TABLE = b"Ho ten;Dien thoai\n" * 200


@dataclass
class Site:
    """A site with one page, and what a browser gets of it."""

    words: str = "Mời bà con đọc."
    client: TestClient[web.Request, web.Application] = field(init=False)

    async def page(self, request: web.Request) -> web.StreamResponse:
        return public_page(FRAME, "Hướng dẫn", Html(f"<p>{self.words}</p>" * 50))

    async def table(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=TABLE, content_type="text/csv")

    async def got(self, headers: Mapping[str, str], path: str = "/trang", method: str = "GET") -> web.Response:
        """What came over the wire, as it came."""
        async with self.client.request(method, path, headers=headers) as answer:
            return web.Response(body=await answer.read(), status=answer.status, headers=answer.headers)


def bytes_of(answer: web.Response) -> bytes:
    assert isinstance(answer.body, bytes)
    return answer.body


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    app, made = web_app.application(Settings(), StillClock()), Site()
    app.router.add_get("/trang", made.page)
    app.router.add_get("/bang", made.table)
    async with TestClient(TestServer(app), auto_decompress=False) as made.client:
        yield made


PACKED = {"Accept-Encoding": "gzip, deflate, br"}
PLAIN = {"Accept-Encoding": "identity"}


async def test_a_page_is_the_same_packed_or_not(site: Site) -> None:
    packed, plain = await site.got(PACKED), await site.got(PLAIN)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(bytes_of(packed)) == bytes_of(plain)
    assert len(bytes_of(packed)) < len(bytes_of(plain)) / 2
    for one in (packed, plain):
        assert one.headers["Vary"] == "Accept-Encoding"
        assert one.headers["Content-Length"] == str(len(bytes_of(one)))
    assert "Content-Encoding" not in plain.headers
    asked = await site.got(PACKED, method="HEAD")
    assert (bytes_of(asked), asked.headers["Content-Length"]) == (b"", packed.headers["Content-Length"])


async def test_a_page_is_not_sent_again_until_it_says_something_else(site: Site) -> None:
    first = await site.got(PACKED)
    known = {"If-None-Match": first.headers["ETag"]}
    for accepted in (PACKED, PLAIN):
        again = await site.got({**accepted, **known})
        assert (again.status, bytes_of(again)) == (304, b"")
        for name in ("ETag", "Cache-Control", "Content-Security-Policy", "Vary"):
            assert again.headers[name] == first.headers[name]
    site.words = "Bão số 5: mời bà con chằng chống nhà cửa."
    changed = await site.got({**PACKED, **known})
    assert changed.status == 200
    assert site.words in gzip.decompress(bytes_of(changed)).decode()


async def test_what_is_not_a_page_stays_as_it_is(site: Site) -> None:
    """Mechanism: a table may hold names beside what somebody chose; its length is to say nothing of them."""
    table = await site.got(PACKED, "/bang")
    assert bytes_of(table) == TABLE
    assert "Content-Encoding" not in table.headers
    refused = await site.got(PACKED, "/khong-co")
    assert refused.status == 404
    assert "Content-Encoding" not in refused.headers


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True),
        ("br;q=1.0, GZIP;q=0.2", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*;q=0", False),
        ("br, deflate", False),
        ("", False),
    ],
)
def test_a_browser_says_what_it_reads(accepted: str, takes: bool) -> None:
    assert packing.takes_gzip([accepted]) is takes


async def test_a_page_is_compressed_once_and_what_nobody_asked_for_last_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def compressed(body: bytes) -> bytes:
        made.append(len(body))
        return gzip.compress(body)

    monkeypatch.setattr(packing, "_compressed", compressed)

    async def sized(request: web.Request) -> web.StreamResponse:
        return web.Response(text="a" * int(request.match_info["size"]), content_type="text/html")

    app = web.Application(middlewares=[packing.Packed(most=100).packing])
    app.router.add_get("/{size}", sized)
    async with TestClient(TestServer(app)) as client:
        for size in (1000, 1001, 1000, 200_000, 1001, 100):
            assert len(await (await client.get(f"/{size}")).text()) == size
    assert made == [1000, 1001, 200_000, 1001], "a page of 100 bytes fits into a packet"


async def test_a_page_for_one_person_alone_pushes_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def compressed(body: bytes) -> bytes:
        made.append(len(body))
        return gzip.compress(body)

    monkeypatch.setattr(packing, "_compressed", compressed)

    async def sized(request: web.Request) -> web.StreamResponse:
        headers = {"Cache-Control": "no-store"} if request.match_info["size"] == "2000" else {}
        return web.Response(text="a" * int(request.match_info["size"]), content_type="text/html", headers=headers)

    app = web.Application(middlewares=[packing.Packed(most=50).packing])
    app.router.add_get("/{size}", sized)
    async with TestClient(TestServer(app)) as client:
        for size in (1000, 2000, 2000, 1000):
            assert len(await (await client.get(f"/{size}")).text()) == size
    assert made == [1000, 2000, 2000], "the guide is still there"
