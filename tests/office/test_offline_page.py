"""All guides in one file that is opened from a memory stick."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.cli import office as office_commands
from bot.cli import parser as cli
from bot.core.lean.values import replace
from bot.features import units
from bot.features.commune.commune_settings import CommuneSettings
from bot.features.commune.settings import DEMO, Communes
from bot.features.guides.library import Library
from bot.office import library_pages, offline_page
from bot.office.guide_html import Voice
from bot.office.offline_page import render, routes
from bot.settings import Settings
from tests.conversations import pictures
from tests.office.test_library_pages import SHIPPED, VNEID, Page, read, shelf


@pytest.fixture(scope="module")
def find(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path | None]:
    return pictures(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def html(find: Callable[[str], Path | None]) -> str:
    return render(SHIPPED.guides, Voice("vi", SHIPPED.catalogues.translate, DEMO), find)


def test_the_file_holds_every_step_of_every_guide_and_no_link_is_dead(html: str) -> None:
    shown = Page(html)
    ids = set(shown.ids)
    assert len(ids) == len(shown.ids)
    for guide in SHIPPED.guides:
        assert guide.slug in ids
        assert {f"{guide.slug}_{step}" for step in guide.steps} <= ids
    assert {link[1:] for link in shown.links if link.startswith("#")} <= ids
    assert all(link.startswith(("#", "https://", "http://")) for link in shown.links)


def test_the_file_loads_nothing_and_is_small(html: str) -> None:
    assert len(html.encode()) < 5_000_000
    sources = re.findall(r'\bsrc="([^"]*)"', html)
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert "content=\"default-src 'none'; img-src data:;" in html
    assert "unsafe" not in html


def test_a_picture_that_is_missing_leaves_its_words() -> None:
    voice = Voice("vi", SHIPPED.catalogues.translate, DEMO)
    html = render(SHIPPED.guides, voice, lambda file: None)
    assert '<img src="data:," alt="Hai biểu tượng đặt cạnh nhau.' in html


async def test_the_list_of_guides_leads_to_the_file_in_the_reader_s_language(
    find: Callable[[str], Path | None],
) -> None:
    app = web.Application()
    app.add_routes(library_pages.routes(shelf(), home=False))
    app.add_routes(routes(shelf(), find))
    client = TestClient(TestServer(app))
    await client.start_server()
    [link] = [link for link in Page(await read(client, "/huong-dan?lang=en")).links if "tat-ca" in link]
    response = await client.get(link)
    page = await response.text()
    assert response.headers["Content-Disposition"] == 'attachment; filename="huong-dan.html"'
    assert '<html lang="en">' in page
    assert f'<article class="guide" id="{VNEID}"><h2>Install and activate VNeID level 2' in page
    await client.close()


async def test_hundreds_who_ask_for_the_file_at_once_cost_no_more_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(library: Library, voice: Voice, picture: object) -> str:
        made.append(voice.commune.full_name)
        time.sleep(0.05)  # a thread of its own
        return f"<h1>{voice.commune.full_name}</h1>" + "ệ" * 300_000

    commune = [DEMO]
    monkeypatch.setattr(offline_page, "render", make)
    app = web.Application()
    app.add_routes(routes(replace(shelf(), commune=lambda code: commune[0]), lambda file: None))
    async with TestClient(TestServer(app)) as client:

        async def asked(encoding: str) -> str:
            return await (await client.get("/huong-dan/tat-ca.html", headers={"Accept-Encoding": encoding})).text()

        answers = await asyncio.gather(*(asked(encoding) for encoding in ("gzip", "identity") * 20))
        assert set(answers) == {f"<h1>{DEMO.full_name}</h1>" + "ệ" * 300_000}
        assert made == [DEMO.full_name]
        head = await client.head("/huong-dan/tat-ca.html")
        assert (head.status, await head.read()) == (200, b"")
        commune[0] = DEMO.model_copy(update={"phone": "0229 111 2222"})
        await asked("gzip")
        assert len(made) == 2


def test_an_official_makes_the_file_at_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commune = 'name = "Yên Mô"\nprovince = "Ninh Bình"\nphone = "0229 111 2222"\n'
    (tmp_path / "commune.toml").write_text(commune, "utf-8")
    out = tmp_path / "bai.html"
    monkeypatch.setenv("BOT_DATA_DIR", str(tmp_path))
    for language, status in (("xx", 2), ("en", 0)):
        with pytest.raises(SystemExit) as ended:
            cli.main(["offline", "--out", str(out), "--lang", language])
        assert ended.value.code == status
        assert out.exists() == (status == 0)
    assert "0229 111 2222" in out.read_text("utf-8")


async def test_a_number_that_was_changed_in_chat_is_the_one_in_the_file(tmp_path: Path) -> None:
    settings, out, now = Settings(data_dir=tmp_path), tmp_path / "bai.html", datetime.now(UTC)
    async with office_commands.opened(settings):
        place = await units.create("yen-mo", "xã", "Yên Mô", valid_from=date(2025, 7, 1))
        book = CommuneSettings(Communes(DEMO))
        assert await book.change(place.id, DEMO, "phone", "0229 333 4444", 0, now)
    assert await office_commands.offline(settings, "vi", out) == 0
    assert "0229 333 4444" in out.read_text("utf-8")
