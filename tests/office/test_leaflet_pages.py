"""A guide on paper: every step and branch in words, whom to call, a code that leads to the same step."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Sequence

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.assembly import pages
from bot.core.lean.values import replace
from bot.features.commune.settings import DEMO
from bot.features.guides.library import Library
from bot.features.invites import qr
from bot.office.leaflet_pages import routes
from bot.office.shelf import Shelf
from bot.settings import Settings
from tests.office.test_library_pages import SHIPPED, VNEID, Client, Page, hostile, read, shelf

GUIDES = SHIPPED.guides.guides


async def opened(shown: Shelf) -> Client:
    app = web.Application()
    app.add_routes(routes(shown))
    client = TestClient(TestServer(app))
    await client.start_server()
    return client


def telegram(code: str) -> Sequence[str]:
    return [f"https://t.me/xa_bot?start={code}"] if len(code) <= 64 else []


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    made = await opened(replace(shelf(), links=telegram, public_url="https://xa.example"))
    yield made
    await made.close()


def words(page: str) -> str:
    """What stands on the page, tags taken off."""
    return html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL))


@pytest.mark.parametrize("slug", list(GUIDES))
async def test_every_step_is_there_and_every_number_leads_to_one(client: Client, slug: str) -> None:
    page = await read(client, f"/huong-dan/{slug}/to-roi")
    steps = [step.id for step in GUIDES[slug].steps.values() if step.quiz is None]
    shown = Page(page)
    assert [ident for ident in shown.ids if ident in GUIDES[slug].steps] == steps
    said = words(page)
    numbers = {int(number) for number in re.findall(r"mục (\d+)\.", said)}
    assert numbers <= set(range(1, len(steps) + 1))
    assert "xem tờ “”" not in said
    assert "script" not in shown.tags
    assert "0229 000 0000" in said


async def test_branches_are_sentences_that_name_the_number_of_the_step(client: Client) -> None:
    said = words(await read(client, f"/huong-dan/{VNEID}/to-roi"))
    assert "Nếu “Làm rồi, chưa kích hoạt” thì làm mục 8." in said
    assert "8. Chuẩn bị" in said
    assert "Nếu “Để tôi hỏi sau” thì dừng ở đây." in said
    assert "Nếu “Không thấy thẻ” thì gọi người giúp, số máy ở cuối tờ." in said
    assert "thì xem tờ “VNeID: đổi máy mới, quên mật khẩu, mất điện thoại”." in said
    assert "Làm câu đố nhanh" not in said, "nobody answers a quiz on paper"


async def test_answers_that_lead_to_one_place_share_a_sentence(client: Client) -> None:
    said = words(await read(client, "/huong-dan/lo-bam-link-la/to-roi"))
    assert "Nếu “Đã đổi xong” hoặc “Không đổi được” thì làm mục 7." in said
    assert "7. Bác có máy khác để gọi ngân hàng không?" in said


def drawn(address: str) -> str:
    """The dark modules of an address's code."""
    found = re.search(r' d="([^"]+)"', qr.svg(address).decode())
    assert found is not None
    return found[1]


async def test_the_codes_open_the_messenger_at_the_guide_and_at_the_step_with_a_picture(client: Client) -> None:
    page = await read(client, f"/huong-dan/{VNEID}/to-roi")
    assert drawn(f"https://t.me/xa_bot?start=g_{VNEID}") in page
    assert drawn(f"https://t.me/xa_bot?start=g_{VNEID}_the-can-cuoc") not in page
    assert drawn(f"https://t.me/xa_bot?start=g_{VNEID}_nhap-so") in page


@pytest.mark.parametrize(
    ("chat", "address"),
    [
        ("/chat", f"https://xa.example/chat?start=g_{VNEID}_nhap-so"),
        (None, f"https://xa.example/huong-dan/{VNEID}#nhap-so"),
    ],
)
async def test_without_a_messenger_the_code_opens_the_web_chat_and_without_that_the_page(
    chat: str | None, address: str
) -> None:
    client = await opened(replace(shelf(chat=chat), public_url="https://xa.example"))
    assert drawn(address) in await read(client, f"/huong-dan/{VNEID}/to-roi")
    await client.close()


async def test_a_grandchild_finds_what_to_send_and_an_official_what_to_read(client: Client) -> None:
    said = words(await read(client, f"/huong-dan/{VNEID}/to-roi"))
    assert "Ông bà ơi, cháu gửi bài “Cài và kích hoạt VNeID mức 2”." in said
    assert f"https://t.me/xa_bot?start=g_{VNEID}\n" in said
    assert "Kính thưa bà con." in said


async def test_english_is_english_and_the_loudspeaker_stays_vietnamese(client: Client) -> None:
    page = await read(client, f"/huong-dan/{VNEID}/to-roi?lang=en")
    said = words(page)
    assert '<html lang="en">' in page
    assert re.search(r"If “[^”]+”, do number 8\.", said)
    assert "Nếu “" not in said
    assert '<p class="copy" lang="vi">Kính thưa bà con.' in page


async def test_a_guide_that_does_not_exist_leads_to_the_list(client: Client) -> None:
    response = await client.get("/huong-dan/khong-co/to-roi", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (302, "/huong-dan")


async def test_texts_cannot_become_markup() -> None:
    guide = hostile()
    commune = DEMO.model_copy(update={"name": "<img src=x onerror=alert(1)>", "phone": '"><script>'})
    client = await opened(shelf(Library({guide.slug: guide}), commune))
    response = await client.get(f"/huong-dan/{guide.slug}/to-roi")
    page = await response.text()
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "<i>" not in page
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    await client.close()


def test_the_leaflet_has_an_address_where_the_commune_has_a_page() -> None:
    address = pages.leaflet_address(Settings(public_url="https://xa.example"))
    assert address("abc") == "https://xa.example/huong-dan/abc/to-roi"
    assert address("") is None
    assert pages.leaflet_address(Settings())("abc") is None
