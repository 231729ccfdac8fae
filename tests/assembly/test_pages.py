"""Public pages that families bring: joined by assembly, gone with their family, each address with one owner."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.assembly import families, pages
from bot.assembly.parts import put_together
from bot.core.lean.values import replace
from bot.features.commune.settings import Commune
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.joints import FamilyError
from bot.handlers.kit.pages import NamedPage, Pages
from bot.office.ground import PageGround
from bot.settings import Settings
from tests.office.test_library_pages import shelf


async def no_unit(commune: Commune) -> None: ...


GROUND = PageGround(shelf(), no_unit, lambda: datetime.now(UTC), lambda file: None, home=True)


async def answer(request: web.Request) -> web.StreamResponse:
    return web.Response(text=request.match_info.get("code", "bảng"))


def family(name: str, *paths: str, named: Sequence[NamedPage] = ()) -> Family:
    found = Pages(lambda ground: [web.get(path, answer) for path in paths], named)
    return Family(name, lambda base, given, hooks: Contribution(), pages=found)


async def test_a_stranger_s_family_brings_a_page_that_all_others_lead_to() -> None:
    lost = family("lost", "/do-roi", "/do-roi/{code}", named=[NamedPage("/do-roi", "Đồ rơi", 5)])
    bees = family("bees", "/ong", named=[NamedPage("/ong", "Ong", 4)])
    assert pages.named_pages([lost, family("quiet"), bees]) == [("/ong", "Ong"), ("/do-roi", "Đồ rơi")]
    app = web.Application()
    pages.add_public(app, [lost, bees], GROUND)
    async with TestClient(TestServer(app)) as client:
        assert await (await client.get("/do-roi")).text() == "bảng"
        assert await (await client.get("/do-roi/12")).text() == "12"


@pytest.mark.parametrize(
    ("found", "line"),
    [
        ([family("bees", "/ong"), family("lost", "/ong")], "lost: the page '/ong' belongs to bees"),
        ([family("bees", "/ong/{a}"), family("lost", "/ong/{b}")], "lost: the page '/ong/{b}' belongs to bees"),
        ([family("lost", "/healthz")], "lost: the page '/healthz' belongs to the bot itself"),
    ],
)
def test_two_owners_of_one_address_stop_the_start(found: list[Family], line: str) -> None:
    async def healthy(request: web.Request) -> web.StreamResponse:
        return web.Response()

    app = web.Application()
    app.router.add_get("/healthz", healthy)
    with pytest.raises(FamilyError) as refused:
        pages.add_public(app, found, GROUND)
    assert str(refused.value) == line


@pytest.mark.parametrize(
    ("off", "status", "led"), [((), (200, 200, 200), True), (("showcase", "loudspeaker"), (404, 404, 200), False)]
)
async def test_a_family_that_is_switched_off_has_no_page_and_nothing_leads_there(
    tmp_path: Path, off: tuple[str, ...], status: tuple[int, ...], led: bool
) -> None:
    settings = Settings(data_dir=tmp_path, families_off=off)
    async with put_together(settings, {}, demo=True) as bot, TestClient(TestServer(bot.pages)) as client:
        asked = [
            await client.get(path, allow_redirects=False) for path in ("/san-pham", "/loa/yen-mo.xml", "/thong-bao")
        ]
        assert tuple(one.status for one in asked) == status
        for path in ("/", "/huong-dan", "/thong-bao"):
            assert ("/san-pham" in await (await client.get(path)).text()) is led, path


async def test_pages_are_made_when_the_first_of_them_is_asked_for_and_once() -> None:
    made: list[PageGround] = []

    def routes(ground: PageGround) -> list[web.RouteDef]:
        made.append(ground)
        return [web.get("/ong", answer), web.get("/ong/{code}", answer)]

    found = Pages(routes, addresses=("/ong", "/ong/{code}"))
    app = web.Application()
    pages.add_public(app, [Family("bees", lambda base, given, hooks: Contribution(), pages=found)], GROUND)
    async with TestClient(TestServer(app)) as client:
        assert made == []
        asked = await asyncio.gather(client.get("/ong"), client.get("/ong/12"), client.head("/ong"))
        assert [await one.text() for one in asked] == ["bảng", "12", ""]
    assert made == [GROUND]


@pytest.mark.parametrize("home", [True, False])
def test_a_family_names_the_addresses_of_its_pages_as_it_makes_them(home: bool) -> None:
    """One that is not named answers nobody, and one that is not made fails whoever asks for it."""
    ground = replace(GROUND, home=home)
    known = [(one.name, one.pages) for one in families.shipped() if one.pages is not None and one.pages.addresses]
    assert [name for name, _ in known] == ["announcements", "guides", "loudspeaker", "showcase"]
    for name, one in known:
        made = [(route.method, route.path) for route in one.routes(ground)]
        assert made == [("GET", path) for path in one.addresses if home or path != "/"], name
