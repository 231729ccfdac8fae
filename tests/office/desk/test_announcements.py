"""Announcements at the desk, over HTTP: written on one page, looked at live, put right; and who may not."""

from __future__ import annotations

import asyncio
import errno
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, FormData
from python_calamine import CalamineWorkbook
from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.audience import Audience
from bot.features.announcements.model import Announcement
from bot.features.announcements.receipts import acknowledging, standing
from bot.features.announcements.receipts.receipt import receipt
from bot.features.announcements.receipts.standing import GroupsStanding
from bot.features.calendar.vietnam import today
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.rights.table import CHAIR, OBSERVER, OFFICER
from bot.framework.process import CLOCK
from bot.office.desk import live
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import Announcement as Row
from bot.storage.tables.announcements import AnnouncementTarget
from bot.storage.tables.audit import AuditRow

from .news_room import NewsRoom, NewsSeat, commune_id, fresh, holder, news_room

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIST, NEW = "/ban/thong-bao", "/ban/thong-bao/soan"
TEXT = "Sáng mai bà con đi quét đường."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NewsRoom]:
    folder: Path = tmp_path_factory.mktemp("desk")
    async with news_room(folder) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lan(room: NewsRoom) -> NewsSeat:
    return await room.official(OFFICER)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nam(room: NewsRoom) -> NewsSeat:
    return await room.official(CHAIR)


async def newest() -> Announcement:
    return (await store.listed(await commune_id(), limit=1))[0]


async def count() -> int:
    return await Row.filter(commune_id=await commune_id()).count()


async def test_from_empty_to_asked_in_four_clicks_and_its_text(lan: NewsSeat) -> None:
    await lan.reads("/ban")
    assert LIST in lan.page, "1: the list"
    await lan.reads(LIST)
    assert NEW in lan.page, "2: a new one"
    await lan.reads(NEW)
    before = await count()
    form = lan.form(NEW)
    # 3: to all villages, 4: asked for approval.
    words = await lan.sends(NEW, {"noi-dung": TEXT, "noi": "all", "lam": "duyet"})
    one = await newest()
    assert (one.state, one.text, one.audience.every) == ("waiting", TEXT, True)
    assert lan.path == f"{LIST}/{one.label}"
    assert "Đã chốt 3 nhóm và xin duyệt, tôi đã báo 1 người có quyền duyệt." in words
    # Reloading, the back button and a double click act once.
    await lan.sends(NEW, {"noi-dung": TEXT, "noi": "all", "lam": "duyet"}, form=form)
    assert await count() == before + 1
    await lan.sends(NEW, {"noi-dung": "Lời khác.", "noi": "all", "lam": "luu"}, form=form)
    assert (lan.status, await count()) == (409, before + 1), "other words in it are kept beside what it made"
    assert lan.form(f"{LIST}/{one.label}/sua")["noi-dung"] == ["Lời khác."]
    acts = await AuditRow.filter(object=f"announcement:{one.id}").order_by("id")
    assert [row.act for row in acts] == ["announcement.created", "announcement.asked"]


async def test_the_remarks_and_looks_beside_the_text_are_those_of_the_chat(lan: NewsSeat) -> None:
    await lan.reads(NEW)
    before = await count()
    form = lan.form(NEW)
    asks = "Bà con gửi mã OTP cho anh Nam, gọi 0912345678."
    words = await lan.sends(f"{NEW}/ben", {"noi-dung": asks, "noi": "all"}, form=form)
    assert "phải sửa Tin có câu hỏi mã OTP, mật khẩu hay số tài khoản." in words
    assert "Số điện thoại chưa có trong danh sách của xã: 0912345678." in words
    assert "Nơi nhận: 3 nhóm" in words
    assert "Trên Web, bà con thấy 1 tin" in words
    assert "[Đã nhận]" in words
    assert "<!doctype" not in lan.page
    assert await count() == before, "nothing is kept of it"
    # An error stops it, in the chat's own words.
    await lan.reads(NEW)
    words = await lan.sends(NEW, {"noi-dung": asks, "noi": "all", "lam": "duyet"})
    assert "còn điều phải sửa trước khi gửi." in words
    assert (await newest()).state == "draft"


async def test_a_template_asks_its_questions_on_one_page(lan: NewsSeat) -> None:
    page = f"{NEW}?mau=policy"
    await lan.reads(page)
    answers = {"h-what": "hỗ trợ học phí", "h-who": "con hộ nghèo", "h-do": "mang sổ hộ nghèo", "h-source": "theo xã"}
    words = await lan.sends(NEW, {**answers, "noi": "all", "gio": "lúc nào cũng được", "lam": "luu"})
    assert lan.status == 409
    assert "Tôi chưa thấy số văn bản" in words
    assert "Tôi chưa hiểu giờ này." in words
    assert 'value="con hộ nghèo"' in lan.page, "what was typed is still there"
    await lan.sends(NEW, {"h-source": "Công văn số 12/UBND-VHXH", "gio": "", "lam": "luu"})
    one = await newest()
    assert (one.template, one.source) == ("policy", "Công văn số 12/UBND-VHXH")
    assert "Ai được hưởng: con hộ nghèo." in one.text
    assert lan.path == f"{LIST}/{one.label}/sua"


async def test_the_later_of_two_windows_is_told_and_loses_nothing(lan: NewsSeat) -> None:
    await lan.reads(NEW)
    await lan.sends(NEW, {"noi-dung": TEXT, "noi": "all", "lam": "luu"})
    one = await newest()
    edit = f"{LIST}/{one.label}/sua"
    form = lan.form(edit)
    await lan.reads(edit)
    await lan.sends(edit, {"noi-dung": "Bản của cửa sổ đầu.", "gio": "23:59", "lam": "luu"})
    assert (await fresh(one)).text == "Bản của cửa sổ đầu."
    words = await lan.sends(edit, {"noi-dung": "Bản gõ sau.", "lam": "duyet"}, form=form)
    assert lan.status == 409
    assert "Bản này vừa được cập nhật, tình hình bây giờ ở dưới." in words
    assert "Bản của cửa sổ đầu." in words
    assert lan.form(edit)["noi-dung"] == ["Bản gõ sau."]
    assert (await fresh(one)).text == "Bản của cửa sổ đầu."
    await lan.sends(edit, {"lam": "luu"})
    assert (await fresh(one)).text == "Bản gõ sau.", "pressed again it takes its place"
    # Back in the browser the form is the same one: other words in it are not passed over in silence.
    await lan.sends(edit, {"noi-dung": "Bản gõ lúc quay lại.", "lam": "luu"}, form=form)
    assert lan.status == 409
    assert lan.form(edit)["noi-dung"] == ["Bản gõ lúc quay lại."]
    await lan.reads(edit)
    # What is as it was withdraws nothing.
    version = (await fresh(one)).version
    await lan.sends(edit, {"lam": "luu"})
    assert (await fresh(one)).version == version


async def test_a_draft_is_its_authors_and_anothers_words_become_a_copy(lan: NewsSeat, nam: NewsSeat) -> None:
    await lan.reads(NEW)
    await lan.sends(NEW, {"noi-dung": TEXT, "noi": "all", "lam": "luu"})
    one = await newest()
    edit = f"{LIST}/{one.label}/sua"
    assert f"Chỉ người soạn {one.label} sửa được." in await nam.reads(edit, 403)
    await nam.reads(NEW)
    words = await nam.sends(edit, {"noi-dung": "Lời của ông Nam.", "lam": "luu"}, form=nam.form(NEW))
    assert f"Chỉ người soạn {one.label} sửa được." in words
    assert nam.form(NEW)["noi-dung"] == ["Lời của ông Nam."]
    await nam.sends(NEW, {"lam": "luu"})
    mine = await newest()
    assert (mine.text, mine.author_id) == ("Lời của ông Nam.", (await holder(CHAIR)).person_id)
    assert (await fresh(one)).text == TEXT


async def test_what_comes_from_elsewhere_is_left_out_or_escaped(lan: NewsSeat) -> None:
    province = await units.get("ninh-binh")
    assert province is not None
    await lan.reads(NEW)
    script = "<script>alert(1)</script>"
    parts = [f"unit:{province.id}", "unit:x", "kind:tỉnh", "all|commune", "commune"]
    values = {"ten": script, "noi-dung": f"{script} {TEXT}", "noi": parts, "ban": "9" * 30}
    await lan.sends(NEW, {**values, "lam": "luu"})
    one = await newest()
    assert one.audience == Audience(extra=frozenset({"commune"}))
    for page in (LIST, f"{LIST}/{one.label}", f"{LIST}/{one.label}/sua", f"{LIST}?tim=%3Cscript%3E"):
        await lan.reads(page)
        assert script not in lan.page
    for path in ("TB-9999", "x", "TB-0001x/sua", "9" * 300, f"{one.id}%00"):
        await lan.reads(f"{LIST}/{path}", 404)
    await lan.reads(f"{LIST}?trang=99999999999&tt=x&tim=%25%00{'a' * 500}")
    for missing in ("song", "bien-nhan"):
        await lan.reads(f"{LIST}/TB-9999/{missing}", 404)
    assert "chưa có biên nhận" in await lan.reads(f"{LIST}/{one.label}/bien-nhan", 404)


async def test_the_list_is_searched_by_number_title_without_marks_and_state(lan: NewsSeat) -> None:
    await lan.reads(NEW)
    await lan.sends(NEW, {"ten": "Tiêm phòng dại", "noi-dung": "Mang chó ra sân đình.", "lam": "luu"})
    one = await newest()
    for query in (f"tim={one.label}", "tim=tiem+phong", "tim=sân+đình", "tt=draft"):
        assert one.label in await lan.reads(f"{LIST}?{query}"), query
    assert one.label not in await lan.reads(f"{LIST}?tt=done")
    assert "Không thấy tin nào như vậy." in await lan.reads(f"{LIST}?tim=khong+co+dau")


async def test_the_receipt_moves_by_itself_until_the_desk_is_closed(
    room: NewsRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "EVERY", 0.01)
    one = await room.sent()
    watcher = await room.official(OFFICER)
    words = await watcher.reads(f"{LIST}/{one.label}")
    assert "Thôn đã xác nhận 0/3" in words
    assert "Tải lại" in words, "without a script"
    assert f'hx-sse:connect="{LIST}/{one.label}/song"' in watcher.page
    async with watcher.client.get(f"{LIST}/{one.label}/song") as stream:
        assert stream.content_type == "text/event-stream"
        assert "0/3" in await _part(stream)
        target, second, _ = await store.targets(one.id)
        tu = await holder(OFFICER)
        async with in_transaction():
            await acknowledging.received(target, tu.person_id, CLOCK.now())
        moved = await _part(stream)
        assert "1/3" in moved
        assert tu.name in moved
        # Somebody closes the desk from a phone: the next change is not shown any more.
        assert tu.person_id is not None
        session = (await room.bot.services.desk.open_of(tu.person_id))[0]
        await room.bot.services.desk.end(tu.person_id, session.id)
        async with in_transaction():
            await acknowledging.received(second, None, CLOCK.now())
        ended = await _part(stream)
        assert "Bàn làm việc này đã đóng" in ended
        assert "2/3" not in ended
        assert f"event: {live.OVER}" in await _part(stream)
        assert await stream.content.read() == b""


async def test_a_page_that_refreshes_itself_is_nobody_at_work(room: NewsRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "EVERY", 0.01)
    monkeypatch.setattr(live, "ALIVE", 0.0)
    one = await room.sent()
    watcher = await room.official(OFFICER)
    person = await holder(OFFICER)
    assert person.person_id is not None
    session = (await room.bot.services.desk.open_of(person.person_id))[0]
    async with watcher.client.get(f"{LIST}/{one.label}/song") as stream:
        await _part(stream)
        for _ in range(3):
            assert await _part(stream) == ": ", "looked at, and nothing has changed"
    seen = next(each for each in await room.bot.services.desk.open_of(person.person_id) if each.id == session.id)
    assert seen.seen_at == session.seen_at


async def _part(stream: ClientResponse) -> str:
    """The next message of a stream of events."""
    lines: list[str] = []
    async with asyncio.timeout(30):
        while (line := (await stream.content.readline()).decode().removesuffix("\n")) or not lines:
            lines.append(line)
    return "\n".join(lines)


async def test_what_nobody_knows_is_decided_here_and_stands_on_the_first_page(room: NewsRoom, lan: NewsSeat) -> None:
    one = await room.sent()
    lost = await OutboxRow.get(package=(await store.targets(one.id))[0].package)
    await OutboxRow.filter(id=lost.id).update(state="uncertain", updated_at=CLOCK.now())
    today = await lan.reads("/ban")
    assert f"{one.label} “Quét đường”: 1 tin chưa rõ đã tới chưa, cần quyết định" in today
    assert f"{one.label} “Quét đường”: 2 thôn chưa xác nhận" in today
    words = await lan.reads(f"{LIST}/{one.label}")
    assert "Mất mạng" in words
    assert "1 nhóm chưa rõ đã có tin chưa" in words
    assert "Đã ghi: 1 tin nhóm đã nhận được." in await lan.press("Các nhóm đã có cả")
    assert (await OutboxRow.get(id=lost.id)).decision == "received"
    assert f"{one.label} “Quét đường”: 3 thôn chưa xác nhận" in await lan.reads("/ban")


async def test_silent_villages_are_reminded_once_an_hour(room: NewsRoom, lan: NewsSeat) -> None:
    one = await room.sent()
    await lan.reads(f"{LIST}/{one.label}")
    words = await lan.press("Nhắc thôn chưa xác nhận")
    assert "Đã nhắc người phụ trách của 3 thôn chưa xác nhận." in words, words
    asked = OutboxRow.filter(key__startswith=f"tb{one.id}:", key__contains=":asked")
    told = await asked.count()
    assert told >= 2
    await lan.reads(f"{LIST}/{one.label}")
    assert "Không nhắc thêm ai" in await lan.press("Nhắc thôn chưa xác nhận")
    assert await asked.count() == told


async def test_the_receipt_as_a_workbook_a_correction_and_a_recall(room: NewsRoom, lan: NewsSeat) -> None:
    one = await room.sent()
    here = f"{LIST}/{one.label}"
    answer = await lan.client.get(f"{here}/bien-nhan")
    assert f"bien-nhan-{one.label}.xlsx" in answer.headers["Content-Disposition"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(await answer.read()))
    assert len(book.get_sheet_by_name("Bien nhan").to_python()) == 13
    await Row.filter(id=one.id).update(state="done")
    await lan.reads(here)
    await lan.sends(here, {"noi-dung": "Chiều mai bà con mới đi quét đường."})
    right = await newest()
    assert (right.corrects, right.audience.fixed, right.state) == (one.id, True, "draft")
    assert lan.path == f"{LIST}/{right.label}/sua"
    assert "Đính chính và thu hồi chỉ gửi đúng những nơi đã có tin cũ." in lan.words
    await lan.reads(here)
    assert "Bác thu hồi tin này?" in await lan.press("Thu hồi")
    assert "Đã soạn tin thu hồi" in await lan.press("Đúng, soạn tin thu hồi")
    assert (await newest()).template == "recall"


async def test_a_correction_of_what_is_being_sent_is_refused_and_its_words_stay(room: NewsRoom, lan: NewsSeat) -> None:
    one = await room.sent()
    await Row.filter(id=one.id).update(state="done")
    await lan.reads(f"{LIST}/{one.label}")
    form = lan.form(f"{LIST}/{one.label}")
    await Row.filter(id=one.id).update(state="sending")
    words = await lan.sends(f"{LIST}/{one.label}", {"noi-dung": "Lời đúng."}, form=form)
    assert lan.status == 409
    assert f"{one.label} còn đang gửi." in words


async def chooses(lan: NewsSeat, one: Announcement, data: bytes, called: str) -> str:
    """Return what the page says to a file that is added to the announcement."""
    await lan.reads(f"{LIST}/{one.label}")
    form = FormData()
    for name, values in lan.form(f"{LIST}/{one.label}/tep").items():
        if name != "tep":
            form.add_field(name, called if name == "loi" else values[0])
    form.add_field("tep", data, filename="giay.pdf", content_type="application/pdf")
    return await (await lan.client.post(f"{LIST}/{one.label}/tep", data=form)).text()


async def test_a_file_is_checked_as_one_that_comes_over_a_messenger(lan: NewsSeat) -> None:
    await lan.reads(NEW)
    await lan.sends(NEW, {"noi-dung": TEXT, "noi": "all", "lam": "luu"})
    one = await newest()
    for data, said in ((b"MZ not a document", "Tôi"), (b"%PDF-1.4 a letter", "Đã thêm vào")):
        assert said in await chooses(lan, one, data, "Giấy mời")
    assert [(item.kind, item.alt) for item in (await fresh(one)).attachments] == [("file", "Giấy mời")]


async def test_a_disk_that_is_full_is_told_and_the_draft_stays_as_it_was(
    lan: NewsSeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red without the mechanism: an error 500 in English."""
    await lan.reads(NEW)
    await lan.sends(NEW, {"noi-dung": TEXT, "noi": "all", "lam": "luu"})
    one = await newest()
    assert "Đã thêm vào" in await chooses(lan, one, b"%PDF-1.4 a letter", "Giấy mời")

    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        assert "Máy hết chỗ để giữ tệp." in await chooses(lan, one, b"%PDF-1.4 another", "Bản đồ")
    assert [item.alt for item in (await fresh(one)).attachments] == ["Giấy mời"]
    assert (await fresh(one)).text == one.text
    assert "Đã thêm vào" in await chooses(lan, one, b"%PDF-1.4 another", "Bản đồ")


async def test_the_chair_sees_what_waits_and_approves_by_phone(room: NewsRoom, lan: NewsSeat, nam: NewsSeat) -> None:
    await lan.reads(NEW)
    await lan.sends(NEW, {"ten": "Họp dân", "noi-dung": TEXT, "noi": "all", "lam": "duyet"})
    one = await newest()
    assert f"{one.label} “Họp dân” chờ duyệt" in await nam.reads("/ban")
    assert f"{one.label} “Họp dân” đang chờ người khác duyệt" in await lan.reads("/ban")
    await nam.reads(f"{LIST}/{one.label}")
    assert "tôi vừa gửi nút" in await nam.press("Duyệt")
    assert (await fresh(one)).state == "waiting", "two may sit at one computer"
    assert await OutboxRow.filter(key__startswith="desk:").exists()


async def test_who_may_not_announce_finds_no_way_in(room: NewsRoom) -> None:
    one, now = await room.sent(), CLOCK.now()
    async with in_transaction():
        person = await people.remember(Account("web", "so"), "so", "Chị Sở", now)
        await people.grant(person, OBSERVER, await commune_id(), now)
    observer = await room.sits(person)
    assert one.label not in await observer.reads("/ban")
    assert LIST not in observer.page
    here = f"{LIST}/{one.label}"
    for page in (LIST, NEW, here, f"{here}/sua", f"{here}/song", f"{here}/bien-nhan"):
        await observer.reads(page, 403)
    form = observer.form("/ban/ra")
    before = await count()
    for action in (NEW, f"{NEW}/ben", here, f"{here}/sua", f"{here}/ben", f"{here}/tep"):
        await observer.sends(action, {"noi-dung": TEXT, "noi": "all", "lam": "duyet"}, form=form)
        assert observer.status == 403, action
    assert await count() == before


@pytest.mark.parametrize("state", ["sent", "failed", "uncertain"])
async def test_the_list_counts_what_the_receipt_counts(room: NewsRoom, state: str) -> None:
    """A list lets the database count where all arrived, and reads the messages where something is odd."""
    one = await room.sent("Chiều nay bà con nhận giống lúa ở kho.")
    first, *_ = await AnnouncementTarget.filter(announcement_id=one.id).order_by("id")
    await AnnouncementTarget.filter(id=first.id).update(ack_at=CLOCK.now())
    await OutboxRow.filter(announcement=one.id, chat_id=first.native_id).update(state=state)
    found = await receipt(one.id, today(CLOCK.now()))
    assert found is not None
    counted = (await standing.of_each([one.id]))[one.id]
    assert (counted.meant, counted.reached) == (found.meant, found.reached)
    assert counted.groups == GroupsStanding(
        meant=3,
        reached=len(found.groups("sent")),
        confirming=sum(each.confirms for each in found.deliveries),
        confirmed=len(found.acknowledged),
        silent=[each.village for each in found.deliveries if each.silent],
        undecided=sum(len(each.undecided) for each in found.deliveries),
    )
    assert (counted.groups.reached, counted.groups.undecided) == (2 + (state == "sent"), int(state == "uncertain"))
