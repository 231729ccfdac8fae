"""The rest of the work at the desk: difficulties, help, tasks, guides, words, papers; each done as in the chat."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
import pytest_asyncio

from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.demo import village
from bot.features.difficulties import difficulties
from bot.features.help import requests
from bot.features.help.requests import Asking
from bot.features.showcase.tables import Product
from bot.features.tasks import board
from bot.features.unheard.tables import UnheardWord
from bot.features.units import Place
from bot.features.upkeep import texts
from bot.framework.process import CLOCK
from bot.office.desk.forms import new_id
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.people import Account
from bot.storage.tables.upkeep import GuideText

from .seats import Office, Seat, office

pytestmark = pytest.mark.asyncio(loop_scope="module")

GUIDE = "bhyt-vneid-vssid"
_TEXT = re.compile(r'<textarea id="chu"[^>]*>\n?(.*?)</textarea>', re.DOTALL)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """One bot for all: each test has its own rows."""
    async with office(tmp_path_factory.mktemp("rest")) as found:
        yield found


async def some_village() -> Place:
    commune = await units.get(village.COMMUNE)
    assert commune is not None
    return (await units.villages(commune.id, today(CLOCK.now())))[0]


async def elsewhere() -> Place:
    """A village of another commune."""
    day = today(CLOCK.now())
    if (known := await units.get("thon-khac")) is not None:
        return known
    await units.create("xa-khac", "xã", "Khác", valid_from=day)
    return await units.create("thon-khac", "thôn", "Khác", parent="xa-khac", valid_from=day)


async def a_difficulty(words: str, *, days: int = 0, place: Place | None = None) -> difficulties.Difficulty:
    unit = place or await some_village()
    at = CLOCK.now() - timedelta(days=days)
    return await difficulties.raise_one(unit.id, words, reporter=None, owner=None, now=at)


async def acts(subject: str) -> list[str]:
    return [row.act for row in await AuditRow.filter(object=subject).order_by("id")]


def typed(seat: Seat) -> str:
    """The text that stands in the editor."""
    found = _TEXT.search(seat.page)
    assert found is not None
    return unescape(found[1])


def hidden(seat: Seat, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', seat.page)
    assert found is not None
    return unescape(found[1])


# Difficulties


async def test_a_difficulty_is_found_answered_in_one_form_and_stays_open(desk: Office) -> None:
    one = await a_difficulty("Mất sóng <script>cả thôn</script>, gấp", days=20)
    async with desk.sat() as seat:
        assert "khó khăn quá hạn trả lời" in await seat.get("")
        assert f"/ban/kho-khan/{one.id}" in seat.page
        assert "quá hạn" in await seat.get("/kho-khan")
        assert "<script>cả" not in seat.page
        await seat.get(f"/kho-khan/{one.id}")
        form = new_id()
        fields = {"loi": "Thứ Năm sửa trạm", "ban": str(one.version), "ket-qua": "answered"}
        await seat.send(f"/kho-khan/{one.id}", fields, form=form)
        assert "Đã ghi câu trả lời" in seat.words
        assert "Xã trả lời “Thứ Năm sửa trạm”" in seat.words
        fresh = await difficulties.get(one.id)
        assert fresh is not None
        assert (fresh.state, fresh.response) == ("answered", "Thứ Năm sửa trạm")
        await seat.send(f"/kho-khan/{one.id}", fields, form=form)  # a double click, or the page loaded again
        again = await difficulties.get(one.id)
        assert again == fresh


async def test_an_answer_to_what_has_changed_is_not_sent_and_not_lost(desk: Office) -> None:
    one = await a_difficulty("Mười cụ chưa có điện thoại")
    async with desk.sat() as seat:
        await seat.get(f"/kho-khan/{one.id}")
        assert await difficulties.take(one, await desk.person("chair"), CLOCK.now())
        await seat.send(f"/kho-khan/{one.id}", {"loi": "Câu trả lời dài", "ban": str(one.version)})
        assert seat.status == 409
        assert "Đã có người cập nhật trước" in seat.words
        assert "Câu trả lời dài" in seat.page
        fresh = await difficulties.get(one.id)
        assert fresh is not None
        assert fresh.response == ""


async def test_difficulties_of_elsewhere_are_neither_listed_nor_opened(desk: Office) -> None:
    one = await a_difficulty("Chuyện xã khác", place=await elsewhere())
    async with desk.sat() as seat:
        assert "Chuyện xã khác" not in await seat.get("/kho-khan")
        for address in (f"/kho-khan/{one.id}", "/kho-khan/0", "/kho-khan/99999999999999999999", "/kho-khan/%27"):
            await seat.get(address)
            assert seat.status in (403, 404)
            assert "Chuyện xã khác" not in seat.words
        await seat.get("/kho-khan", thon=str(one.unit_id))
        assert seat.status == 404
        await seat.get("/kho-khan")
        await seat.send(f"/kho-khan/{one.id}", {"loi": "x", "ban": "1"})
        assert seat.status == 403
    fresh = await difficulties.get(one.id)
    assert fresh is not None
    assert fresh.response == ""


async def test_the_chair_directs_from_the_page(desk: Office) -> None:
    one = await a_difficulty("Thiếu máy in")
    async with desk.sat("chair") as seat:
        await seat.get(f"/kho-khan/{one.id}")
        fields = {"loi": "Mua ngay", "ban": str(one.version), "viec": "chi-dao"}
        assert "Đã gửi ý kiến" in await seat.send(f"/kho-khan/{one.id}", fields)
    assert await acts(f"difficulty:{one.id}") == ["difficulty_directed"]


# Help


async def test_the_words_of_a_person_are_for_whoever_helps_and_are_answered_below(desk: Office) -> None:
    place = await some_village()
    account = await Account.create(
        platform="web", native_id="cu-tam", chat_id="cu-tam", reachable=True, last_seen=CLOCK.now()
    )
    one = await requests.create(Asking(account.id, place.id, text="Mã báo sai, cháu ạ"), CLOCK.now())
    async with desk.sat() as seat, desk.sat("chair") as other:
        assert "bà con chờ người giúp" in await seat.get("")
        await seat.get(f"/giup-do/{one.id}")
        assert "Mã báo sai" not in seat.words
        await seat.press("Tôi giúp")
        assert "Mã báo sai, cháu ạ" in await seat.get(f"/giup-do/{one.id}")
        assert "Mã báo sai" not in await other.get(f"/giup-do/{one.id}")
        assert "đã có người khác nhận giúp" in other.words
        await seat.send(f"/giup-do/{one.id}", {"loi": "Bác tắt máy bật lại", "ban": hidden(seat, "ban")})
        assert "Đã chuyển cho bà con" in seat.words
    (told,) = await OutboxRow.filter(chat_id="cu-tam", key__contains="answer")
    assert told.platform == "web"


# Tasks


async def test_a_task_is_begun_in_one_form_and_given_by_the_conversation(desk: Office) -> None:
    place, due = await some_village(), today(CLOCK.now()) + timedelta(days=5)
    async with desk.sat() as seat:
        await seat.get("/viec")
        await seat.send("/viec", {"thon": place.code, "viec": "Dán áp phích, bảng tin", "han": "2020-01-01"})
        assert seat.status == 400
        assert "Ngày này đã qua rồi" in seat.words
        assert 'value="Dán áp phích, bảng tin"' in seat.page
        await seat.send("/viec", {"thon": place.code, "viec": "Dán áp phích, bảng tin", "han": due.isoformat()})
        assert "Làm sao biết là xong?" in seat.words
        for _ in ("how", "from whom"):
            await seat.send("/noi", {"loi": "bỏ qua", "ve": "/ban/viec"})
        await seat.press("Ai nhận cũng được")
        assert "chờ người nhận" in seat.words
        (one,) = [each for each in await board.of_units([place.id], "open") if each.title.startswith("Dán")]
        assert (one.title, one.due_on) == ("Dán áp phích, bảng tin", due)
        assert await acts(f"task:{one.id}") == ["task_given"]
        assert "Dán áp phích, bảng tin" in await seat.get(f"/viec/{one.id}")


async def test_ones_own_task_is_finished_with_its_result(desk: Office) -> None:
    place, person = await some_village(), await desk.person("officer")
    made = await board.draft(place.id, "Phát tờ rơi", "", today(CLOCK.now()), giver=person, now=CLOCK.now())
    assert await board.give(made, person, CLOCK.now(), giver=person)
    async with desk.sat() as seat:
        await seat.get(f"/viec/{made.id}")
        await seat.send(f"/viec/{made.id}", {"loi": "200 tờ", "viec": "xong", "ban": hidden(seat, "ban")})
    done = await board.get(made.id)
    assert done is not None
    assert (done.state, done.note) == ("done", "200 tờ")


# Guides


async def test_a_guide_is_edited_beside_its_checker_and_goes_to_the_chair_as_a_difference(desk: Office) -> None:
    await GuideText.all().delete()
    async with desk.sat() as seat, desk.sat("chair") as chair:
        await seat.get(f"/bai/{GUIDE}/sua")
        old, base = typed(seat), hidden(seat, "goc")
        assert "Điện thoại chỉ có chữ" in seat.words
        broken = old.replace("\n# ", "\n# <b>Lỗi</b> ", 1)
        await seat.send(f"/bai/{GUIDE}/sua", {"chu": broken, "goc": base, "nhap": "0", "viec": "luu"})
        assert seat.status == 400
        assert "Không dùng thẻ HTML" in seat.words
        assert typed(seat) == broken
        assert not await texts.begun(GUIDE)
        at = old.index("\n\n", old.index("\n# ") + 3)
        new = f"{old[:at]}\n\nBác nhớ sạc pin.{old[at:]}"
        await seat.send(f"/bai/{GUIDE}/sua", {"chu": new, "goc": base, "nhap": "0"})
        assert "+ Bác nhớ sạc pin." in seat.words
        assert not await texts.begun(GUIDE), "a look keeps nothing"
        await seat.send(f"/bai/{GUIDE}/sua", {"chu": new, "goc": base, "nhap": "0", "viec": "luu"})
        (draft,) = await texts.begun(GUIDE)
        assert seat.address == f"/ban/bai/ban-sua/{draft.id}"
        await seat.press("Gửi duyệt")
        assert "Đã gửi lãnh đạo xã duyệt" in seat.words
        assert "bản sửa bài hướng dẫn chờ duyệt" in await chair.get("")
        assert "+ Bác nhớ sạc pin." in await chair.get(f"/bai/ban-sua/{draft.id}")
        await chair.press("Duyệt")
        assert "điện thoại" in chair.words
        waits = await texts.get(draft.id)
        assert waits is not None
        assert waits.state == "waiting", "a page only prepares an approval"
        await chair.get(f"/bai/ban-sua/{draft.id}")
        await chair.send(f"/bai/ban-sua/{draft.id}", {"loi": "Thiếu ảnh", "ban": str(waits.version)})
        refused = await texts.get(draft.id)
        assert refused is not None
        assert (refused.state, refused.reason) == ("refused", "Thiếu ảnh")


async def test_a_guide_whose_file_was_spoilt_since_the_start_is_told_in_a_sentence(
    desk: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await GuideText.all().delete()
    (tmp_path / f"{GUIDE}.md").write_bytes(b"\xff\xfe\x00cut")
    monkeypatch.setattr(desk.bot.services.shown.library, "folder", tmp_path)
    async with desk.sat() as seat:
        await seat.get(f"/bai/{GUIDE}/sua")
        assert seat.status == 404
        assert "không đọc được tệp của bài hướng dẫn này" in seat.words
        assert "Nhờ người trông máy" in seat.words


async def test_a_draft_is_not_kept_over_what_somebody_wrote_meanwhile(desk: Office) -> None:
    await GuideText.all().delete()
    async with desk.sat() as seat:
        await seat.get(f"/bai/{GUIDE}/sua")
        old, base = typed(seat), hidden(seat, "goc")
        at = old.index("\n\n", old.index("\n# ") + 3)
        new = f"{old[:at]}\n\nBác nhớ sạc pin.{old[at:]}"
        sent = {"chu": new, "goc": "an older text", "nhap": "0", "viec": "luu"}
        await seat.send(f"/bai/{GUIDE}/sua", sent)
        assert seat.status == 409
        assert "Bài này vừa đổi" in seat.words
        assert typed(seat) == new
        assert hidden(seat, "goc") == base
        await seat.send(f"/bai/{GUIDE}/sua", {**sent, "goc": base})
        (draft,) = await texts.begun(GUIDE)
        other = f"{old[:at]}\n\nBác mang căn cước.{old[at:]}"
        second = {"chu": other, "goc": base, "nhap": "0", "viec": "luu"}  # a window that was open before
        await seat.send(f"/bai/{GUIDE}/sua", second)
        assert seat.status == 409
        assert "một cửa sổ khác" in seat.words
        assert typed(seat) == other
        assert [one.id for one in await texts.begun(GUIDE)] == [draft.id]


async def test_a_text_of_another_commune_is_gone_for_this_one(desk: Office) -> None:
    place = await elsewhere()
    person = await desk.person("officer")
    one = await texts.write(place.id, GUIDE, "0", "---\nsecret", author=person, now=CLOCK.now())
    async with desk.sat("chair") as seat:
        await seat.get(f"/bai/ban-sua/{one.id}")
        assert seat.status == 404
        await seat.get("/bai/khong-co")
        assert seat.status == 404
        await seat.get(f"/bai/{GUIDE}/sua")
        assert seat.status == 403, "who approves does not edit"


# Words, papers, products and the rest


async def test_one_press_names_what_words_meant(desk: Office) -> None:
    person = await desk.person("officer")
    word = await UnheardWord.create(
        key="k1", commune="", text="<i>giay khai sinh bi mat", offered="", at=CLOCK.now(), person_id=person
    )
    async with desk.sat() as seat:
        assert "câu chưa hiểu chờ nói nghĩa" in await seat.get("")
        assert "“<i>giay khai sinh bi mat”" in await seat.get("/loi-chua-hieu")
        await seat.press("Không có bài")
        assert "Đã ghi" in seat.words
    fresh = await UnheardWord.get(id=word.id)
    assert fresh.named
    assert await acts(f"unheard:{word.id}") == ["unheard_named"]


async def test_publishing_a_product_is_pressed_once_more_in_the_chat(desk: Office) -> None:
    place, person = await some_village(), await desk.person("leader", "lac-hien")
    row = await Product.create(
        unit_id=place.id, owner_id=person, behalf=False, name="Mật ong", text="Ngon", price=None, per="",
        contact="0912345678", state="waiting", changed_at=CLOCK.now(),
    )  # fmt: skip
    async with desk.sat() as seat:
        assert "Mật ong" in await seat.get("/san-pham")
        await seat.press("Cho hiện")
        assert "điện thoại" in seat.words
    assert (await Product.get(id=row.id)).state == "waiting"


async def test_every_page_of_the_list_opens_and_offers_its_actions(desk: Office) -> None:
    async with desk.sat() as seat:
        for address, offered in {
            "/van-ban": "Ghi văn bản đã ký",
            "/tap-huan": "Lập buổi mới",
            "/loa": "Đặt lịch",
            "/cach-lam-hay": "Gửi cách làm hay",
            "/hop": "Chưa thôn nào mời họp",
            "/giup-do": "Lịch trực",
            "/bai": "cần xem lại",
        }.items():
            assert offered in await seat.get(address)
            assert seat.status == 200
        await seat.get("/tap-huan")
        await seat.press("Lập buổi mới")
        assert "Buổi tập huấn của đơn vị nào?" in seat.words
        assert "Ngày này" not in await seat.get("/bai", tim="<script>alert(1)</script>", trang="-1")
        assert "<script>alert" not in seat.page
