"""The public page of products: by village, escaped, without a script, and nothing of what is not public."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.commune.commune_settings import commune_id
from bot.features.commune.settings import Commune
from bot.features.showcase import store
from bot.features.showcase.model import Price
from bot.features.showcase.tables import Product as Row
from bot.handlers.showcase import pages
from bot.office.ground import PageGround
from tests.features.village import NOW, Places, places, somebody
from tests.office.test_library_pages import Page, read, shelf

Client = TestClient[web.Request, web.Application]
PHOTO = f"{'a' * 32}.jpg"


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


class Goods:
    def __init__(self, at: Places, owner: int) -> None:
        self.at = at
        self.owner = owner

    async def put(self, name: str, unit_id: int, *, contact: str = "0912345678", state: str = "published") -> int:
        one = await store.write(
            unit_id, self.owner, name, "Ngon <b>lắm</b> & thật.", Price(60_000, "túi"), contact, behalf=False, now=NOW
        )
        assert await store.hand_in(one, NOW)
        fresh = await store.get(one.id)
        assert fresh is not None
        assert await store.publish(fresh, self.owner, NOW)
        await Row.filter(id=one.id).update(state=state, photo=PHOTO)
        return one.id


@pytest.fixture
async def goods(db: BaseDBAsyncClient) -> Goods:
    at = await places()
    who = await somebody("hoa", "leader", at.village)
    assert who.person_id is not None
    return Goods(at, who.person_id)


async def unit_of(commune: Commune) -> int | None:
    return await commune_id(commune.code)


@pytest.fixture
async def client(goods: Goods) -> AsyncIterator[Client]:
    app = web.Application()
    app.add_routes(pages.routes(PageGround(shelf(), unit_of, lambda: NOW, lambda file: None, home=True)))
    made = TestClient(TestServer(app))
    await made.start_server()
    yield made
    await made.close()


async def test_what_is_public_stands_under_its_village_and_nothing_else_does(client: Client, goods: Goods) -> None:
    one = await goods.put("Chuối <script>", goods.at.village)
    await goods.put("Bánh đa", goods.at.other_village, contact="https://shop.example.com/a?b=1&c=2")
    await goods.put("Mật ong", goods.at.far_village)
    for state in ("draft", "waiting", "returned"):
        await goods.put(f"Chưa hiện {state}", goods.at.village, state=state)
    html = await read(client, "/san-pham")
    shown = Page(html)
    assert "<h2>Thôn Đông Cao</h2>" in html
    assert "<h3>Chuối &lt;script&gt;</h3><p>Ngon &lt;b&gt;lắm&lt;/b&gt; &amp; thật.</p>" in html
    assert "Giá: <strong>60.000 đồng/túi</strong>" in html
    assert f'<img src="/media/{PHOTO}" alt="Chuối &lt;script&gt;" loading="lazy">' in html
    assert 'Hỏi mua: <a href="tel:0912345678">0912 345 678</a>' in html
    assert 'href="https://shop.example.com/a?b=1&amp;c=2" rel="nofollow noreferrer"' in html
    assert "script" not in shown.tags
    assert [name for name in shown.ids if name.startswith("hang-")] == [f"hang-{one + 1}", f"hang-{one}"]
    assert "Chưa hiện" not in html
    assert "Mật ong" not in html, "of another commune"
    assert "hoa" not in html


async def test_a_village_shows_all_of_its_own_a_page_at_a_time(client: Client, goods: Goods) -> None:
    ids = [await goods.put(f"Chuối {number}", goods.at.village) for number in range(30)]
    await goods.put("Bánh đa", goods.at.other_village)
    html = await read(client, "/san-pham")
    assert html.count("<article") == 5, "a few of each village"
    assert "/san-pham?thon=lac-hien" in Page(html).links
    html = await read(client, "/san-pham?thon=lac-hien")
    assert "Bánh đa" not in html
    assert html.count("<article") == 24
    older = f"/san-pham?thon=lac-hien&truoc={ids[6]}"
    assert older in Page(html).links
    assert (await read(client, older)).count("<article") == 6


@pytest.mark.parametrize("query", ["thon=%22%3E%3Cscript%3E", "truoc=99999999999999999999", "thon=lac-hien&truoc=²"])
async def test_an_address_that_means_nothing_is_the_whole_list(client: Client, goods: Goods, query: str) -> None:
    await goods.put("Chuối", goods.at.village)
    html = await read(client, f"/san-pham?{query}")
    assert "Chuối" in html
    assert "<script" not in html


async def test_an_empty_page_says_how_to_show_something_also_in_english(client: Client) -> None:
    html = await read(client, "/san-pham")
    assert "Bà con chưa giới thiệu hàng nào." in html
    assert "bà con nhắn “sản phẩm” cho máy trả lời của xã" in html
    assert "0229 000 0000" in html
    english = await read(client, "/san-pham?lang=en")
    assert '<html lang="en">' in english
    assert "Nobody shows a product here yet." in english
