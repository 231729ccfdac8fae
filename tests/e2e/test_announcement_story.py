"""A storm warning from the first word to the last group, on two messengers at once, over real HTTP.

The officer and the chair have different messengers; so have the villages. Groups that have thrown the bot out are seen,
and a process that is killed in the middle of it leaves nobody without the message unless it says so.
"""

from __future__ import annotations

import asyncio
import io
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import ClientSession
from python_calamine import CalamineWorkbook
from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.calendar.vietnam import VIETNAM
from bot.features.demo import village as demo
from bot.storage import database, schema
from bot.storage.media import MediaFiles
from tests.platforms.fake_telegram import FakeTelegram, accepted_and_held, as_usual, held
from tests.platforms.fake_zalo import FakeZalo
from tests.ports import unused_port
from tests.processes import bot

from .phones import OnTelegram, OnZalo, settings, until

COMMUNE = 'code = "yen-mo"\nname = "Yên Mô"\nprovince = "Ninh Bình"\n[quiet]\nstart = 00:00:00\nend = 00:00:00\n'
TEXT = "Sáng mai bà con đi quét đường."
VILLAGES = (
    "lac-hien", "thon-1-yen-hoa", "thon-1-khanh-duong", "thon-10", "dong-sen", "dong-tay", "ben-do", "cau-da", "xom-4",
    "xom-chua", "to-dan-pho-1", "to-dan-pho-2",
)  # fmt: skip
RECORDING = "Bão số 5 (giọng máy, ví dụ)"


async def _settle(
    folder: Path, people: Mapping[str, Mapping[str, str]], groups: Mapping[str, Mapping[str, str]]
) -> Mapping[str, str]:
    """The demo's villages and an approved recording; `people` and `groups` by messenger, as `demo.settle` has them.

    Returns the villages' codes by their names.
    """
    (folder / "commune.toml").write_text(COMMUNE, "utf-8")
    url, now = database.file_url(folder / "bot.sqlite3"), datetime.now(UTC)
    schema.create(folder / "bot.sqlite3")
    async with database.opened(url):
        async with in_transaction("default"):
            await demo.fill()
            for messenger, accounts in people.items():
                own = {key: (account, account) for key, account in accounts.items()}
                await demo.settle(messenger, own, groups[messenger], now)
        await demo.record(MediaFiles(folder / "media", folder, None).store_as, now)
        return {place.full_name: place.code for place in await units.everything()}


async def _storm_warning(lan: OnTelegram) -> None:
    """From a template, one question at a time, to all villages, with the recording."""
    tomorrow = datetime.now(UTC).astimezone(VIETNAM) + timedelta(days=1)
    await lan.says("/thongbao", "Thông báo của xã Yên Mô")
    await lan.picks("Soạn mới", "Bác soạn tin gì?")
    await lan.picks("Bão lũ", "Chuyện gì sắp đến?")
    await lan.says("bão số 5, gió cấp 9", "Khi nào?")
    await lan.says(f"từ 18 giờ ngày {tomorrow:%d/%m/%Y}", "Bà con cần làm gì?")
    await lan.says("chằng chống nhà cửa, không ra đồng", "Cần giúp thì gọi số nào?")
    await lan.says("bỏ qua", "Đã ghi. Bác xem lại rồi chọn nơi nhận.")
    await _to_all_villages(lan, "Cảnh báo mưa bão", groups=3)


async def _to_all_villages(lan: OnTelegram, title: str, groups: int) -> None:
    await lan.picks("Nơi nhận", "Gửi TB-0001 cho ai?")
    await lan.picks("Tất cả các thôn (12)", f"TB-0001 sẽ đến {groups} nhóm của {groups} thôn.")
    await lan.picks("Xong", f"TB-0001 · {title} (đang soạn)")
    await lan.picks("Thêm ảnh, tệp, ghi âm", "Bác gửi ảnh, bản ghi âm")
    await lan.picks(f"🔊 {RECORDING}", "Đã sửa.", f"📎 Âm thanh: {RECORDING}")


async def test_a_storm_warning_is_written_approved_delivered_and_confirmed(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram, FakeZalo() as zalo, ClientSession() as browser:
        lan = OnTelegram(telegram, telegram.person("Lan"))
        lac_hien, dong_sen = telegram.group("Bà con Lạc Hiền"), telegram.group("Bà con Đồng Sen")
        tu, hai = (OnTelegram(telegram, telegram.person(name), lac_hien) for name in ("Tư", "Hải"))
        nam, thuy = OnZalo(zalo, "nam"), OnZalo(zalo, "thuy", "zgr-ben-do")
        await _settle(
            tmp_path,
            people={
                "telegram": {"officer": str(lan.person.id), "leader": str(tu.person.id)},
                "zalo": {"chair": nam.person, "leader-3": thuy.person},
            },
            groups={
                "telegram": {"lac-hien": str(lac_hien.id), "dong-sen": str(dong_sen.id)},
                "zalo": {"ben-do": thuy.group},
            },
        )
        # Nobody has told the bot yet: it will find out by sending.
        dong_sen.refusal = "Forbidden: bot was kicked from the group chat"
        async with bot("serve", environ=settings(telegram, zalo, tmp_path, unused_port())):
            await _storm_warning(lan)
            await lan.picks("Xem trước", "Trên Telegram, bà con thấy 2 tin:", "Trên Zalo, bà con thấy 2 tin:")
            await lan.sees("│ [Đã nhận] [Đã phát loa]", "│ 1. Đã nhận", "Tổng cộng 6 tin tới 3 nhóm.")
            await lan.sees("│ Muốn biết tin này thật hay giả, nhắc tên tôi rồi gõ: kiểm tra TB-0001")
            await lan.picks("Xin duyệt", "Đã chốt 3 nhóm và xin duyệt, tôi đã báo 1 người có quyền duyệt.")
            await nam.sees("Có thông báo chờ duyệt.", "Bà con cần làm: chằng chống nhà cửa, không ra đồng.")
            await nam.picks("Duyệt", "✅ Đã duyệt cho 3 nhóm, 6 tin.")
            for group in (tu, thuy):
                await group.sees("TB-0001", "⚠️ Tin khẩn", "không ra đồng", RECORDING)
            await hai.picks("Đã nhận")
            await tu.picks("Đã nhận", "✅ Thôn Lạc Hiền đã nhận TB-0001 lúc")
            await lan.picks("Mở TB-0001", "TB-0001 · Cảnh báo mưa bão (đang gửi)")
            await lan.picks("Biên nhận", "Đã chuyển tới 2/3 nhóm.", "Đã xác nhận: 1/3 thôn.")
            await lan.sees("thôn Đồng Sen (ví dụ): tôi không còn trong nhóm. Nhờ quản trị viên nhóm thêm tôi vào lại")
            await lan.sees("• Chưa có nhóm: tổ dân phố 1 (ví dụ)", "Chưa xác nhận: thôn Bến Đò (ví dụ).")
            await thuy.picks("Đã nhận", "✅ Thôn Bến Đò (ví dụ) đã nhận TB-0001 lúc")

            await telegram.adds_bot(hai.person, dong_sen)
            await lan.sees("“Bà con Đồng Sen” (nhóm của thôn Đồng Sen (ví dụ)): tôi đã vào lại nhóm")
            await lan.picks("Gửi lại nhóm bị lỗi", "Tôi gửi tiếp 2 tin.")
            await OnTelegram(telegram, hai.person, dong_sen).sees("không ra đồng", RECORDING)
            # The group sees a message a moment before its row says so; a receipt is what rows say when it is asked for.
            await lan.sees("TB-0001 đã gửi xong.")
            await lan.picks("Biên nhận", "Đã chuyển tới 3/3 nhóm.", "Chưa xác nhận: thôn Đồng Sen (ví dụ).")
            await lan.picks("Tải Excel", "Biên nhận của TB-0001.")
            sound = await _linked(browser, thuy)
        # All have each message once. A whole village may press; only who leads it was answered.
        for room in (lac_hien, dong_sen):
            assert [one.kind for one in telegram.shown(room) if "TB-0001 ·" in one.text] == ["text", "audio"]
        assert sum("TB-0001 ·" in text for text in zalo.heard(thuy.group)) == 2
        (answer,) = [one.text for one in telegram.shown(lac_hien) if "TB-0001 ·" not in one.text]
        assert answer.startswith("✅ Thôn Lạc Hiền đã nhận TB-0001 lúc")
        (uploaded,) = {telegram.files[one.file_id] for one in telegram.shown(lac_hien) if one.kind == "audio"}
        assert sound == uploaded
        (receipt,) = [one for one in lan.news if one.kind == "document"]
        _is_the_receipt(telegram.files[receipt.file_id])


async def _linked(browser: ClientSession, phone: OnZalo) -> bytes:
    """The recording that the group was led to."""
    (url,) = set(re.findall(r"^Âm thanh: (http\S+\.mp3)$", "\n".join(phone.server.heard(phone.group)), re.MULTILINE))
    async with browser.get(url) as answer:
        assert answer.status == 200
        return await answer.read()


def _is_the_receipt(workbook: bytes) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    rows = book.get_sheet_by_name("Bien nhan").to_python()[1:]
    assert Counter(row[2] for row in rows) == {"đã chuyển tới nhóm": 3, "chưa có nhóm": 9}
    confirmed = {row[0]: row[7] for row in rows if row[6]}
    assert confirmed == {"thôn Lạc Hiền": "Bác Tư", "thôn Bến Đò (ví dụ)": "Cô Thủy"}
    page = {row[0]: row[1] for row in book.get_sheet_by_name("Chung cu").to_python()}
    assert page["Tệp kèm theo"] == RECORDING
    assert (page["Người soạn"], page["Người duyệt"]) == ("Cô Lan", "Ông Nam")
    assert page["Số tin đã chốt"] == "6; đếm lại theo tình trạng: 6"


async def test_after_a_power_cut_each_group_has_it_once_or_the_receipt_asks(tmp_path: Path) -> None:
    """Eight groups here and four there; the power goes while two recordings are on their way, one of them arrived."""
    async with FakeTelegram() as telegram, FakeZalo() as zalo:
        lan, nam = OnTelegram(telegram, telegram.person("Lan")), OnZalo(zalo, "nam")
        rooms = {code: telegram.group(f"Bà con {code}") for code in VILLAGES[:8]}
        groups = {code: f"zgr-{code}" for code in VILLAGES[8:]}
        names = await _settle(
            tmp_path,
            people={"telegram": {"officer": str(lan.person.id)}, "zalo": {"chair": nam.person}},
            groups={"telegram": {code: str(room.id) for code, room in rooms.items()}, "zalo": groups},
        )
        environ, for_ever = settings(telegram, zalo, tmp_path, unused_port()), asyncio.Event()

        def arrived() -> Counter[tuple[str, str]]:
            """How often each group was shown each of the two messages."""
            shown = [(code, one.text) for code, room in rooms.items() for one in telegram.shown(room)]
            shown += [(code, text) for code, group in groups.items() for text in zalo.heard(group)]
            return Counter((code, "words" if TEXT in text else "sound") for code, text in shown if "TB-0001 ·" in text)

        async with bot("serve", environ=environ) as first:
            await lan.says("/thongbao", "Thông báo của xã Yên Mô")
            await lan.picks("Soạn mới", "Bác soạn tin gì?")
            await lan.picks("Tự viết", "Bác gõ nội dung thông báo")
            await lan.says(TEXT, "Đã ghi. Bác xem lại rồi chọn nơi nhận.")
            await _to_all_villages(lan, "Thông báo", groups=12)
            await lan.picks("Xin duyệt", "Đã chốt 12 nhóm và xin duyệt")
            # The first group tries it for all others.
            telegram.fail("sendAudio", as_usual(), accepted_and_held(for_ever), held(for_ever))
            await nam.picks("Duyệt", "✅ Đã duyệt cho 12 nhóm, 24 tin.")
            await until(lambda: len(telegram.called("sendAudio")) >= 3)
            await first.kill()
        before = arrived()
        assert max(before.values()) == 1
        async with bot("serve", environ=environ):
            await until(lambda: not _under_way(tmp_path))
            after = arrived()
            assert max(after.values()) == 1, "what may have arrived is never sent again by itself"
            await lan.says("/thongbao", "Thông báo của xã Yên Mô")
            await lan.picks("TB-0001 Thông báo", "Tin: 24 (")
            assert _sum_of_the_card(lan.heard) == 24
            await lan.picks("Biên nhận", "nhóm chưa rõ đã có tin chưa")
            (unclear,) = re.findall(r"\[Quyết định tin chưa rõ \((\d+)\)\]", lan.heard)
            assert int(unclear) >= 2
            await lan.picks(f"Quyết định tin chưa rõ ({unclear})", "chưa rõ đã có TB-0001 chưa:")
            await lan.picks("Chọn từng nhóm", f"Còn {unclear} tin chưa rõ đã tới chưa.")
            for left in range(int(unclear) - 1, -1, -1):
                asked = r"^(.+) \(nhóm “.+”\), (lời thông báo|tệp kèm theo) của TB-0001"
                (name, part) = re.findall(asked, lan.heard, re.MULTILINE)[0]
                has_it = after[names[name[0].lower() + name[1:]], "words" if part == "lời thông báo" else "sound"]
                following = f"Còn {left} tin chưa rõ" if left else "Đã chuyển tới"
                await lan.picks("Nhóm đã nhận" if has_it else "Gửi lại", following)
            await until(lambda: not _under_way(tmp_path))
            await lan.says("/thongbao", "Thông báo của xã Yên Mô")
            await lan.picks("TB-0001 Thông báo", "Tin: 24 (24 đã chuyển tới nhóm)")
            await lan.picks("Biên nhận", "Đã chuyển tới 12/12 nhóm.")
        assert arrived() == {(code, what): 1 for code in VILLAGES for what in ("words", "sound")}


def _under_way(folder: Path) -> bool:
    """Whether a message of the announcement will still leave by itself."""
    with closing(sqlite3.connect(folder / "bot.sqlite3")) as db:
        query = "select count(*) from outbox where announcement = 1 and state in ('pending', 'leased', 'sending')"
        waiting = db.execute(query + " or (announcement = 1 and state = 'held' and reason = 'canary')").fetchone()
    return bool(waiting[0])


def _sum_of_the_card(card: str) -> int:
    """What `Tin: 24 (20 đã chuyển tới nhóm, 4 …)` adds up to."""
    (parts,) = re.findall(r"^Tin: \d+ \((.+)\)$", card, re.MULTILINE)
    return sum(int(number) for number in re.findall(r"\d+", parts))
