"""The public pages of the guides: anybody reads, searches and prints them, without a script."""

from __future__ import annotations

from collections.abc import AsyncIterator
from html.parser import HTMLParser

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.core.lean.values import replace
from bot.features.commune.settings import DEMO, Commune
from bot.features.guides.library import Library
from bot.features.guides.model import Block, Guide, GuideStep
from bot.features.guides.recordings import Recordings, StepRecording, words_of
from bot.features.search.index import Index, entry_of
from bot.office.library_pages import routes
from bot.office.shelf import Shelf
from bot.understanding.ranking import Ranking
from tests.conversations import content

Client = TestClient[web.Request, web.Application]
SHIPPED = content()
VNEID = "vneid-cai-dat-muc-2"


def shelf(library: Library = SHIPPED.guides, commune: Commune = DEMO, chat: str | None = "/chat") -> Shelf:
    catalogues = SHIPPED.catalogues
    search = SHIPPED.search if library is SHIPPED.guides else Ranking(Index(map(entry_of, library)))
    return Shelf(library, search, lambda code: commune, catalogues.translate, catalogues.names, chat)


async def opened(shown: Shelf) -> Client:
    app = web.Application()
    app.add_routes(routes(shown, home=True))
    client = TestClient(TestServer(app))
    await client.start_server()
    return client


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    made = await opened(shelf())
    yield made
    await made.close()


class Page(HTMLParser):
    """Ids, links and tags of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.ids += [values["id"] or ""] if "id" in values else []
        self.links += [values["href"] or ""] if tag == "a" else []


async def read(client: Client, path: str, status: int = 200) -> str:
    response = await client.get(path)
    assert response.status == status
    return await response.text()


@pytest.mark.parametrize("path", ["/", "/huong-dan"])
async def test_all_guides_are_listed_by_area_and_lead_to_their_pages(client: Client, path: str) -> None:
    html = await read(client, path)
    assert "<h2>Chính quyền số</h2>" in html
    assert "<h2>Bản lưu</h2>" in html
    links = Page(html).links
    assert {f"/huong-dan/{guide.slug}" for guide in SHIPPED.guides} <= set(links)
    assert "/chat" in links
    assert "xã Yên Mô" in html


async def test_a_shopkeeper_sees_the_guides_for_shops_alone_and_goes_back_to_all(client: Client) -> None:
    shown = Page(await read(client, "/huong-dan"))
    assert [link for link in shown.links if "?cho=" in link] == [
        "/huong-dan?cho=nguoi-dan",
        "/huong-dan?cho=ho-kinh-doanh",
        "/huong-dan?cho=doanh-nghiep",
    ]
    html = await read(client, "/huong-dan?cho=ho-kinh-doanh")
    links = Page(html).links
    assert "/huong-dan/thue-ho-kinh-doanh-etax" in links
    assert "/huong-dan/so-suc-khoe-dien-tu-vneid" not in links
    assert '<a href="/huong-dan?cho=ho-kinh-doanh" aria-current="page">Cho hộ kinh doanh (13)</a>' in html
    assert "/huong-dan" in links
    english = Page(await read(client, "/huong-dan?cho=ho-kinh-doanh&lang=en")).links
    assert "/huong-dan?cho=doanh-nghiep&lang=en" in english


async def test_an_audience_that_does_not_exist_is_everybody(client: Client) -> None:
    html = await read(client, "/huong-dan?cho=%22%3E%3Cscript%3E")
    assert "/huong-dan/so-suc-khoe-dien-tu-vneid" in html
    assert "<script" not in html


async def test_a_search_without_marks_finds_the_guide(client: Client) -> None:
    html = await read(client, "/?q=cai+vneid")
    links = [link for link in Page(html).links if link.startswith("/huong-dan/")]
    assert links[0] == f"/huong-dan/{VNEID}"
    assert 'value="cai vneid"' in html


@pytest.mark.parametrize("query", ["xyzzyq", "😀", "%00", "+", "a" * 5000, "%C3%28"])
async def test_a_search_for_nothing_shows_the_list(client: Client, query: str) -> None:
    html = await read(client, f"/huong-dan?q={query}")
    assert f"/huong-dan/{VNEID}" in html


async def test_a_query_is_text_and_never_markup(client: Client) -> None:
    html = await read(client, "/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E+vneid")
    assert "<script" not in html


@pytest.mark.parametrize("slug", list(SHIPPED.guides.guides))
async def test_every_guide_is_read_from_top_to_bottom_and_no_link_is_dead(client: Client, slug: str) -> None:
    guide = SHIPPED.guides.guides[slug]
    shown = Page(await read(client, f"/huong-dan/{slug}"))
    assert [ident for ident in shown.ids if ident in guide.steps] == list(guide.steps)
    assert len(shown.ids) == len(set(shown.ids))
    assert {link[1:] for link in shown.links if link.startswith("#")} <= set(shown.ids)
    for link in shown.links:
        if link.startswith("/huong-dan/"):
            other, _, step = link.removeprefix("/huong-dan/").partition("#")
            assert not step or step in SHIPPED.guides.guides[other].steps
    assert f"/chat?start=g_{slug}" in shown.links
    assert "script" not in shown.tags


async def test_a_page_tells_what_is_unsure_and_whom_to_call(client: Client) -> None:
    html = await read(client, f"/huong-dan/{VNEID}")
    assert "chưa kiểm tra" not in html[: html.index("<section")], "nothing to worry of before the first step"
    steps = html.split('<section class="step"')
    shown = [step for step in steps if "<img" in step and "bấm “" in step.lower()]
    assert shown
    assert all("Màn hình của bác khác?" in step or "Bước này chưa kiểm tra" in step for step in shown)
    assert html.count("hỏi theo số ở cuối bài") == 1, "what to do if the screen differs is said once"
    assert "0229 000 0000" in html
    assert 'alt="Hai biểu tượng đặt cạnh nhau.' in html
    assert 'src="/media/guides/img/kho-ung-dung.png"' in html
    assert "<summary>Xem câu trả lời</summary>" in html
    assert html.count("Đến công an làm trực tiếp") == 3, "as a choice, behind the summary, and on paper"


async def test_below_a_paper_stands_that_it_is_drawn_and_nothing_of_screens(client: Client) -> None:
    html = await read(client, "/huong-dan/dang-ky-ket-hon")
    [paper] = [step for step in html.split('<section class="step"') if step.startswith(' id="to-khai"')]
    assert "Tờ giấy này máy vẽ" in paper
    assert "Màn hình" not in paper


@pytest.mark.parametrize("slug", ["quay-ho-tro-khong-smartphone", "gia-dinh-so", "lo-bam-link-la"])
async def test_a_guide_that_shows_and_presses_nothing_speaks_of_no_screen(client: Client, slug: str) -> None:
    """The notice stood on the first page of those who have no smartphone, and under our own button."""
    assert "Màn hình của bác khác?" not in await read(client, f"/huong-dan/{slug}")


async def test_an_old_guide_says_first_that_it_is_old_and_leads_on(client: Client) -> None:
    html = await read(client, "/huong-dan/pc-covid-luu-tru")
    assert "bản lưu" in html[: html.index("<section")]
    assert any(link.startswith("/huong-dan/") for link in Page(html).links)


async def test_a_page_without_a_chat_does_not_lead_to_one() -> None:
    client = await opened(shelf(chat=None))
    for path in ("/", f"/huong-dan/{VNEID}"):
        assert not [link for link in Page(await read(client, path)).links if link.startswith("/chat")]
    await client.close()


async def test_a_guide_that_does_not_exist_is_said_kindly_with_the_list(client: Client) -> None:
    html = await read(client, "/huong-dan/khong-co", status=404)
    assert "Không có bài hướng dẫn này." in html
    assert f"/huong-dan/{VNEID}" in html


async def test_english_readers_get_english_and_stay_in_english(client: Client) -> None:
    html = await read(client, f"/huong-dan/{VNEID}?lang=en")
    assert '<html lang="en">' in html
    assert "Install and activate VNeID level 2" in html
    shown = Page(html)
    assert "/huong-dan?lang=en" in shown.links
    assert "/huong-dan/vneid-doi-may-quen-mat-khau?lang=en" in shown.links
    assert f"/chat?start=g_{VNEID}" in shown.links
    listed = await read(client, "/?lang=en")
    assert '<input type="hidden" name="lang" value="en">' in listed


async def test_a_language_that_does_not_exist_is_vietnamese(client: Client) -> None:
    assert '<html lang="vi">' in await read(client, "/?lang=%22%3E%3Cb")


async def test_a_step_that_was_recorded_can_be_listened_to_in_the_reader_s_language_or_in_vietnamese() -> None:
    guide = SHIPPED.guides.guides[VNEID]
    step = guide.steps[guide.start]
    said = words_of(guide, step, "vi", SHIPPED.catalogues.translate)
    file = f"audio/{VNEID}/{step.id}.vi.mp3"
    known = Recordings({(VNEID, step.id, "vi"): StepRecording(file, "vi", 1000, said)})
    client = await opened(replace(shelf(), recordings=known))
    response = await client.get(f"/huong-dan/{VNEID}")
    html = await response.text()
    assert html.count("<audio controls") == 1
    assert f'src="/media/guides/{file}"' in html
    assert "media-src 'self'" in response.headers["Content-Security-Policy"]
    assert "mới có tiếng Việt" not in html
    english = await read(client, f"/huong-dan/{VNEID}?lang=en")
    assert f'src="/media/guides/{file}"' in english
    assert SHIPPED.catalogues.translate("en", "Bước này mới có tiếng Việt.") in english
    await client.close()


async def test_a_page_says_when_a_machine_reads() -> None:
    guide = SHIPPED.guides.guides[VNEID]
    step = guide.steps[guide.start]
    digest = words_of(guide, step, "vi", SHIPPED.catalogues.translate)
    for by_machine in (True, False):
        one = StepRecording(f"audio/{VNEID}/{step.id}.vi.mp3", "vi", 1000, digest, by_machine)
        client = await opened(replace(shelf(), recordings=Recordings({(VNEID, step.id, "vi"): one})))
        assert ("Giọng máy đọc." in await read(client, f"/huong-dan/{VNEID}")) is by_machine
        await client.close()


def hostile() -> Guide:
    """A guide and a commune that try to break out of their places."""
    guide = SHIPPED.guides.guides[VNEID]
    step = guide.steps[guide.start]
    block = Block("text", "Xã {xa} [bấm](javascript:alert(1)) <b>đậm</b> [trang](https://vneid.gov.vn)", 1)
    start: GuideStep = replace(step, title='A "<i>" & B', blocks=(block,))
    return replace(guide, title="<script>alert(1)</script>", steps={**guide.steps, start.id: start})


async def test_texts_cannot_become_markup_or_run() -> None:
    guide = hostile()
    commune = DEMO.model_copy(update={"name": "<img src=x onerror=alert(1)>", "phone": '"><script>'})
    client = await opened(shelf(Library({guide.slug: guide}), commune))
    response = await client.get(f"/huong-dan/{guide.slug}")
    html = await response.text()
    assert "<script" not in html
    assert "<img src=x" not in html
    assert "javascript:" not in html
    assert "<i>" not in html
    assert 'href="https://vneid.gov.vn"' in html
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    await client.close()
