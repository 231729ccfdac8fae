"""The public announcements: pages without a script, an Atom feed, and a podcast for each village's loudspeaker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.lean.values import replace
from bot.core.messages import Attachment
from bot.core.text import Text
from bot.features import units
from bot.features.announcements.public import PublicNotice, VillageNotice
from bot.features.commune.settings import DEMO, Commune
from bot.features.loudspeaker.plays import Playable
from bot.features.loudspeaker.recordings import LoudspeakerRecording
from bot.i18n import Catalogues
from bot.office.notice_pages import Board, routes
from bot.office.podcast import Station
from bot.office.podcast import routes as podcast_routes
from tests.features.village import Places, places
from tests.office.test_library_pages import Page

Client = TestClient[web.Request, web.Application]
CATALOGUES = Catalogues.load()
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
MP3 = Attachment("audio", "0" * 32 + "/loa-3.mp3", "Bản phát loa: Họp thôn", 480_000)
ELSEWHERE = Commune(name="Khánh Thiện", province="Ninh Bình", code="khanh-thien")


def announced(number: int, **changes: object) -> PublicNotice:
    made = PublicNotice(
        number,
        NOW - timedelta(days=20 - number),
        f"Họp thôn lần {number}",
        Text.of("Mời bà con họp lúc **19 giờ**.\nĐịa điểm: nhà văn hóa thôn."),
        "Văn phòng HĐND và UBND xã",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class Kept:
    """Announcements by commune: 1 is Yên Mô."""

    all: list[PublicNotice] = field(default_factory=list)
    opens: list[str] = field(default_factory=list)

    async def published(
        self, commune_id: int, now: datetime, limit: int, before: int | None = None
    ) -> Sequence[PublicNotice]:
        newest = sorted(self.all, key=lambda one: -one.number) if commune_id == 1 else []
        return [one for one in newest if before is None or one.number < before][:limit]

    async def notice(self, commune_id: int, number: int, now: datetime) -> PublicNotice | None:
        return next((one for one in await self.published(commune_id, now, 999) if one.number == number), None)

    async def by_code(self, code: str, now: datetime) -> VillageNotice | None:
        if code not in ("cu", "moi", "dung"):
            return None
        one = None if code == "dung" else self.all[0]
        return VillageNotice("TB-0001", "yen-mo", "thôn Đông Cao", "dong-cao", one, "moi" if code == "cu" else "")

    async def opened(self, code: str) -> None:
        self.opens.append(code)


@pytest.fixture
def kept() -> Kept:
    return Kept(
        [
            *(announced(number) for number in range(1, 10)),
            announced(10, corrected_by=11, attachments=(MP3, Attachment("file", "a.pdf", "Giấy mời", 12_345))),
            announced(11, corrects=10, attachments=(Attachment("photo", "b.png", "Sơ đồ đường đi"),)),
            announced(12, title="", text=Text.verbatim("Lời dài. " * 300)),
        ]
    )


def board(kept: Kept, commune: Commune = DEMO) -> Board:
    async def unit_of(one: Commune) -> int | None:
        return {commune.code: 1, "khanh-thien": 2}.get(one.code)

    return Board(
        kept,
        lambda code: ELSEWHERE if code == "khanh-thien" else commune,
        unit_of,
        CATALOGUES.translate,
        CATALOGUES.names,
        "/huong-dan",
        lambda: NOW,
        "https://xa.example",
    )


async def opened(shown: Board) -> Client:
    app = web.Application()
    app.add_routes(routes(shown))
    client = TestClient(TestServer(app))
    await client.start_server()
    return client


@pytest.fixture
async def client(kept: Kept) -> AsyncIterator[Client]:
    made = await opened(board(kept))
    yield made
    await made.close()


def parsed(xml: str) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 - what we wrote ourselves


async def read(client: Client, path: str, status: int = 200) -> str:
    response = await client.get(path)
    assert response.status == status
    return await response.text()


async def test_announcements_are_listed_newest_first_and_older_ones_are_a_page_away(client: Client) -> None:
    html = await read(client, "/thong-bao")
    labels = [ident for ident in Page(html).ids if ident.startswith("TB-")]
    assert labels == [f"TB-{number:04}" for number in range(12, 2, -1)]
    assert "/thong-bao?truoc=3" in Page(html).links
    older = await read(client, "/thong-bao?truoc=3")
    assert [ident for ident in Page(older).ids if ident.startswith("TB-")] == ["TB-0002", "TB-0001"]
    assert "/thong-bao" in Page(older).links
    assert "Không còn thông báo cũ hơn." in await read(client, "/thong-bao?truoc=1")


async def test_an_announcement_says_who_when_what_and_from_where(client: Client) -> None:
    html = await read(client, "/thong-bao/TB-0009")
    assert "<h1>TB-0009: Họp thôn lần 9</h1>" in html
    assert '<time datetime="2026-11-13T08:00:00+00:00">15 giờ, 13/11/2026</time>' in html
    assert "Ủy ban nhân dân xã Yên Mô" in html
    assert "Nguồn: Văn phòng HĐND và UBND xã" in html
    assert "<strong>19 giờ</strong>.<br>Địa điểm" in html
    assert "script" not in Page(html).tags


async def test_files_are_links_and_a_picture_is_shown_with_its_words(client: Client) -> None:
    html = await read(client, "/thong-bao/TB-0010")
    assert "Nghe bản phát loa: Bản phát loa: Họp thôn (480 kB)" in html
    assert {f"/media/{MP3.media}", "/media/a.pdf"} <= set(Page(html).links)
    assert '<img src="/media/b.png" alt="Sơ đồ đường đi" loading="lazy">' in await read(client, "/thong-bao/TB-0011")


async def test_a_correction_and_what_it_corrects_lead_to_each_other_before_the_text(client: Client) -> None:
    wrong = await read(client, "/thong-bao/TB-0010")
    assert wrong.index("đã được đính chính, mời xem TB-0011") < wrong.index("Mời bà con")
    assert "/thong-bao/TB-0011" in Page(wrong).links
    assert "Đính chính thông báo TB-0010" in await read(client, "/thong-bao/TB-0011")


async def test_a_long_text_is_cut_in_the_list_and_whole_on_its_page(client: Client) -> None:
    listed, whole = await read(client, "/thong-bao"), await read(client, "/thong-bao/TB-0012")
    assert listed.count("Lời dài.") < 90
    assert "Đọc hết TB-0012" in listed
    assert whole.count("Lời dài.") == 300


async def test_the_people_of_a_village_read_behind_a_code_what_was_pasted_and_only_the_opening_is_counted(
    client: Client, kept: Kept
) -> None:
    html = await read(client, "/t/moi")
    assert "Tin thật: Ủy ban nhân dân xã Yên Mô gửi thôn Đông Cao" in html
    assert "Họp thôn lần 1" in html
    assert (await client.head("/t/moi")).status == 200
    old = await read(client, "/t/cu")
    assert old.index("mời xem tin mới") < old.index("Mời bà con")
    assert any(each.startswith("/t/moi") for each in Page(old).links)
    assert "đã dừng thông báo TB-0001" in await read(client, "/t/dung", 410)
    assert "đừng làm theo tin lạ" in await read(client, "/t/la", 404)
    assert kept.opens == ["moi", "cu", "dung"]


async def test_from_what_was_pasted_people_hear_it_ask_and_find_the_guides(kept: Kept) -> None:
    kept.all.insert(0, announced(20, attachments=(MP3,)))
    client = await opened(replace(board(kept), chat="/chat"))
    try:
        html = await read(client, "/t/moi")
    finally:
        await client.close()
    links = Page(html).links
    assert "/chat?xa=dong-cao" in links
    assert any(each.startswith("/huong-dan") for each in links)
    assert '<audio controls preload="none" src="/media/' in html
    assert "Tin thật: Ủy ban nhân dân xã Yên Mô gửi thôn Đông Cao" in html
    assert "0229 000 0000" in html


@pytest.mark.parametrize("label", ["TB-0999", "TB-0000", "TB-", "x", "%3Cscript%3E", "TB-" + "9" * 40, "..%2f.."])
async def test_what_was_never_announced_is_said_with_the_commune_s_number(client: Client, label: str) -> None:
    html = await read(client, f"/thong-bao/{label}", status=404)
    assert "Không có thông báo này" in html
    assert "0229 000 0000" in html
    assert "<script" not in html


@pytest.mark.parametrize("asked", ["0", "-1", "abc", "²", "9" * 30, "%00", "1e3", "1 or 1=1"])
async def test_a_page_that_cannot_be_is_the_first_one(client: Client, asked: str) -> None:
    assert "TB-0012" in await read(client, f"/thong-bao?truoc={asked}")


async def test_people_may_write_the_number_as_they_like(client: Client) -> None:
    for label in ("tb-0009", "TB-9", "tb 9", "9"):
        assert "TB-0009" in await read(client, f"/thong-bao/{label}")


async def test_texts_cannot_become_markup(kept: Kept) -> None:
    evil = "<script>alert(1)</script>"
    kept.all = [announced(1, title=evil, text=Text.verbatim(evil), source=evil, attachments=(replace(MP3, alt=evil),))]
    client = await opened(board(kept, DEMO.model_copy(update={"name": evil})))
    for path in ("/thong-bao", "/thong-bao/TB-0001"):
        response = await client.get(path)
        assert "<script" not in await response.text()
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    (entry,) = parsed(await read(client, "/thong-bao.xml")).findall(f"{ATOM}entry")
    assert "<script" not in (entry.findtext(f"{ATOM}content") or "")
    await client.close()


async def test_english_readers_stay_in_english_and_the_text_is_marked_vietnamese(client: Client) -> None:
    html = await read(client, "/thong-bao?lang=en")
    assert '<html lang="en">' in html
    assert '<div lang="vi"><p>Mời bà con' in html
    assert "/thong-bao/TB-0009?lang=en" in Page(html).links


async def test_another_commune_of_the_installation_has_its_own_board(client: Client) -> None:
    html = await read(client, "/thong-bao?xa=khanh-thien")
    assert "Khánh Thiện" in html
    assert "Xã chưa có thông báo nào." in html
    assert "TB-0012" not in html


async def test_the_feed_is_atom_with_stable_ids_and_files(client: Client, kept: Kept) -> None:
    response = await client.get("/thong-bao.xml")
    assert response.content_type == "application/atom+xml"
    root = parsed(await response.text())
    assert root.tag == f"{ATOM}feed"
    assert root.findtext(f"{ATOM}title") == "Thông báo của xã Yên Mô"
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links == {"self": "https://xa.example/thong-bao.xml", "alternate": "https://xa.example/thong-bao"}
    entries = root.findall(f"{ATOM}entry")
    for element in (root, *entries):
        assert element.findtext(f"{ATOM}id", "").startswith("urn:uuid:")
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated", "")).tzinfo is not None
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == 12
    tenth = entries[2]
    assert tenth.findtext(f"{ATOM}title") == "TB-0010: Họp thôn lần 10"
    (sound, paper) = [link for link in tenth.findall(f"{ATOM}link") if link.get("rel") == "enclosure"]
    assert (sound.get("type"), sound.get("length")) == ("audio/mpeg", "480000")
    assert paper.get("href") == "https://xa.example/media/a.pdf"
    kept.all.append(announced(13))
    again = parsed(await read(client, "/thong-bao.xml"))
    assert [entry.findtext(f"{ATOM}id") for entry in again.findall(f"{ATOM}entry")][1:] == ids
    assert "/thong-bao.xml" in await read(client, "/thong-bao")


async def test_a_reader_who_has_the_feed_is_not_sent_it_again(client: Client, kept: Kept) -> None:
    first = await client.get("/thong-bao.xml")
    tag, at = first.headers["ETag"], first.headers["Last-Modified"]
    assert parsedate_to_datetime(at) == max(one.at for one in kept.all)
    for headers in ({"If-None-Match": tag}, {"If-Modified-Since": at}, {"If-None-Match": f'"x", W/{tag}'}):
        same = await client.get("/thong-bao.xml", headers=headers)
        assert (same.status, await same.read()) == (304, b"")
        assert same.headers["ETag"] == tag
    kept.all[0] = replace(kept.all[0], corrected_by=12)
    assert (await client.get("/thong-bao.xml", headers={"If-None-Match": tag, "If-Modified-Since": at})).status == 200


async def test_an_empty_feed_is_a_feed() -> None:
    client = await opened(board(Kept()))
    root = parsed(await read(client, "/thong-bao.xml"))
    assert root.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00+00:00"
    assert "Xã chưa có thông báo nào." in await read(client, "/thong-bao")
    await client.close()


# The podcast


def recording(number: int) -> LoudspeakerRecording:
    media = f"{number:032x}/loa-{number}.mp3"
    return LoudspeakerRecording(number, 1, "voice", "Họp thôn", "", "approved", media, 83, 664_000, None, NOW)


@dataclass
class Broadcast:
    client: Client
    at: Places
    items: dict[int, list[Playable]]


@pytest.fixture
async def broadcast(db: BaseDBAsyncClient) -> AsyncIterator[Broadcast]:
    at = await places()
    items: dict[int, list[Playable]] = {
        at.village: [Playable(announced(number), recording(number)) for number in (9, 8)]
    }

    async def of(unit_id: int, now: datetime) -> Sequence[Playable]:
        return items.get(unit_id, [])

    app = web.Application()
    app.add_routes(podcast_routes(Station(of, CATALOGUES.translate, lambda: NOW, "https://xa.example")))
    client = TestClient(TestServer(app))
    await client.start_server()
    yield Broadcast(client, at, items)
    await client.close()


def required(parent: ET.Element, *names: str) -> list[str]:
    """What RSS 2.0 and podcast directories insist on; each must be there with something in it."""
    found = [parent.findtext(name) or "" for name in names]
    assert all(found), dict(zip(names, found, strict=True))
    return found


async def test_a_village_s_feed_has_all_that_a_podcast_needs(broadcast: Broadcast) -> None:
    response = await broadcast.client.get("/loa/lac-hien.xml")
    assert response.content_type == "application/rss+xml"
    root = parsed(await response.text())
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    (channel,) = root
    title, *_ = required(channel, "title", "link", "description", "language", f"{ITUNES}author", f"{ITUNES}explicit")
    assert title == "Loa truyền thanh thôn Lạc Hiền"
    assert channel.find(f"{ITUNES}category") is not None
    own = channel.find(f"{ATOM}link")
    assert own is not None
    assert own.get("href") == "https://xa.example/loa/lac-hien.xml"
    items = channel.findall("item")
    assert len(items) == 2
    for number, item in zip((9, 8), items, strict=True):
        name, guid, date, length = required(item, "title", "guid", "pubDate", f"{ITUNES}duration")
        assert name == f"TB-{number:04}: Họp thôn lần {number}"
        assert guid.startswith("urn:uuid:")
        assert parsedate_to_datetime(date) == announced(number).at
        assert length == "83"
        enclosure = item.find("enclosure")
        assert enclosure is not None
        assert enclosure.attrib == {
            "url": f"https://xa.example/media/{number:032x}/loa-{number}.mp3",
            "length": "664000",
            "type": "audio/mpeg",
        }
    guids = [item.find("guid") for item in items]
    assert {guid.get("isPermaLink") for guid in guids if guid is not None} == {"false"}


async def test_guids_stay_and_the_feed_is_not_sent_twice(broadcast: Broadcast) -> None:
    first = await broadcast.client.get("/loa/lac-hien.xml")
    before = parsed(await first.text()).findall("channel/item/guid")
    known = {"If-None-Match": first.headers["ETag"]}
    assert (await broadcast.client.get("/loa/lac-hien.xml", headers=known)).status == 304
    broadcast.items[broadcast.at.village].insert(0, Playable(announced(10), recording(10)))
    second = await broadcast.client.get("/loa/lac-hien.xml", headers=known)
    after = parsed(await second.text()).findall("channel/item/guid")
    assert [guid.text for guid in after][1:] == [guid.text for guid in before]


async def test_a_village_without_sound_has_an_empty_feed(broadcast: Broadcast) -> None:
    response = await broadcast.client.get("/loa/dong-cao.xml")
    assert response.status == 200
    assert parsed(await response.text()).findall("channel/item") == []


@pytest.mark.parametrize("code", ["khong-co", "ninh-binh", "LAC-HIEN", "..%2f..", "a%00b", "x" * 200])
async def test_an_unknown_unit_has_no_feed(broadcast: Broadcast, code: str) -> None:
    assert (await broadcast.client.get(f"/loa/{code}.xml")).status == 404


async def test_the_feed_of_a_merged_village_leads_to_what_it_became(broadcast: Broadcast) -> None:
    await units.merge(["dong-cao"], "lac-hien", NOW.date() - timedelta(days=1))
    response = await broadcast.client.get("/loa/dong-cao.xml", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (301, "/loa/lac-hien.xml")


async def test_an_announcement_hangs_on_the_notice_board_with_a_code_to_the_rest(client: Client) -> None:
    assert "/thong-bao/TB-0009/ap-phich" in Page(await read(client, "/thong-bao/TB-0009")).links
    html = await read(client, "/thong-bao/TB-0009/ap-phich")
    assert "<h1>Họp thôn lần 9</h1>" in html
    assert "Mời bà con họp lúc 19 giờ.\nĐịa điểm: nhà văn hóa thôn." in html
    assert "nhắn cho máy trả lời của xã “kiểm tra TB-0009”" in html
    assert '<a href="https://xa.example/thong-bao/TB-0009"><span aria-hidden="true"><svg' in html
    said = "Xã Yên Mô, TB-0009: Họp thôn lần 9. Mời bà con họp lúc 19 giờ. Địa điểm: nhà văn hóa thôn."
    assert f'<p class="copy" lang="vi">{said}\nhttps://xa.example/thong-bao/TB-0009</p>' in html
    assert "Còn nữa" not in html
    assert {"h1", "svg"} <= set(Page(html).tags)
    assert "script" not in Page(html).tags


async def test_of_a_long_text_whole_sentences_stand_on_the_sheet(client: Client) -> None:
    html = await read(client, "/thong-bao/TB-0012/ap-phich")
    assert "<h1>TB-0012</h1>" in html
    assert html.count("Lời dài.") == 40 + 17, "as many as fit into 360 and into 160 characters"
    assert "Còn nữa: quét mã để đọc hết." in html


async def test_what_was_put_right_is_not_printed_any_more(client: Client) -> None:
    assert "/thong-bao/TB-0010/ap-phich" not in Page(await read(client, "/thong-bao/TB-0010")).links
    html = await read(client, "/thong-bao/TB-0010/ap-phich")
    assert "đừng in tờ cũ. Mời xem TB-0011" in html
    assert "/thong-bao/TB-0011" in Page(html).links
    assert "svg" not in Page(html).tags


@pytest.mark.parametrize("label", ["TB-0999", "x", "%2F%2Fevil.example", "%3Cb%3E"])
async def test_a_poster_of_nothing_says_that_there_is_no_such_announcement(client: Client, label: str) -> None:
    assert "Không có thông báo này" in await read(client, f"/thong-bao/{label}/ap-phich", 404)


async def test_words_on_a_poster_are_words(kept: Kept) -> None:
    kept.all = [announced(1, title="<b>Họp</b>", text=Text.verbatim("<script>1</script>"))]
    client = await opened(board(kept))
    html = await read(client, "/thong-bao/TB-0001/ap-phich")
    await client.close()
    assert not {"script", "b"} & set(Page(html).tags)
