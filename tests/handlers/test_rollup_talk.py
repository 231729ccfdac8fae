"""Officials see who has reported and how things stand; a file comes from the worker; groups see no ranking."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import units
from bot.features.calendar.periods import period
from bot.features.checkins import indicators, targets
from bot.features.checkins.period_files import PeriodFiles
from bot.features.checkins.reading import values
from bot.features.checkins.rollup import RollUps
from bot.features.jobs.queue import JobRefused, JobRunner
from bot.handlers.targets.rollups import WORKBOOK
from bot.storage.tables.commune import PassingFile
from bot.testing import FakePlatform
from tests.features.village import somebody
from tests.handlers.checkin_world import MONTH, Village, make_village
from tests.kit import catalogues


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    made = await make_village(db, platform)
    await units.count(made.at.other_village, date(2025, 7, 1), households=174, adults=190)
    return made


async def reported(village: Village, code: str, amount: int, unit_id: int, of: str = MONTH) -> None:
    new = values.NewFigure(unit_id, code, period(of), Decimal(amount), None, 0)
    await values.write([new], source="chat", by=None, now=village.world.clock.now())


async def test_an_official_sees_who_has_reported_each_light_in_words_and_drills_down(village: Village) -> None:
    now = village.world.clock.now()
    for unit_id in (village.at.village, village.at.other_village):
        await targets.assign(unit_id, "CQ01", MONTH, Decimal(90), reason="", by=None, now=now)
    await village.had("CQ01", [150, 160, 170])
    await reported(village, "CQ01", 180, village.at.village)
    await village.had("CQ01", [100], village.at.other_village)
    lan = village.lan()
    await lan.says("tổng hợp")
    assert "Xã Yên Mô, tháng 11/2026, đến 24/11/2026" in lan.heard
    assert "1/2 đơn vị đã báo cáo." in lan.heard
    assert "Chưa báo cáo: thôn Đông Cao. Số chưa báo không tính là 0." in lan.heard
    # The other village stands with its last value: (180 + 100) / (410 + 190).
    assert "280/600 (46,7%) người, chỉ tiêu 90%; 1/2 nơi" in lan.heard
    assert "🔴 Chậm" in lan.heard
    await lan.picks("Xem từng chỉ tiêu")
    await lan.picks("Người trưởng thành đã kích hoạt VNeID mức 2")
    assert "🔴 Chậm: thôn Lạc Hiền 180/410 (43,9%)" in lan.heard
    assert "⚪ Chưa báo cáo: thôn Đông Cao 100/190 (52,6%) (số kỳ trước)" in lan.heard
    assert "tháng 10/2026: 270/600 (45%); tháng 11/2026: 280/600 (46,7%)" in lan.heard
    await lan.picks("Về bảng tổng hợp")
    await lan.picks("Xem từng nơi")
    await lan.picks("thôn Lạc Hiền")
    assert "180/410 (43,9%) người, chỉ tiêu 90%" in lan.heard


@pytest.mark.parametrize("asked", ["ai chưa báo cáo", "ai chua bao cao thang 11", "thôn nào chưa báo cáo"])
async def test_who_has_not_reported_is_asked_in_one_s_own_words(village: Village, asked: str) -> None:
    await reported(village, "CQ02", 5, village.at.village)
    lan = village.lan()
    await lan.says(asked)
    assert "1/2 đơn vị đã báo cáo." in lan.heard
    assert "Chưa báo cáo: thôn Đông Cao." in lan.heard


@pytest.mark.parametrize("asked", ["tổng hợp", "tổng hợp tháng 11", "ai chưa báo cáo"])
async def test_a_leader_hears_who_sees_the_roll_up_and_what_there_is_for_the_own_village(
    village: Village, asked: str
) -> None:
    await reported(village, "CQ02", 5, village.at.other_village)
    hoa = village.hoa()
    await hoa.says(asked)
    assert "Bảng tổng hợp cả xã do cán bộ xã xem" in hoa.heard
    assert "“xuất báo cáo” để lấy báo cáo của thôn Lạc Hiền" in hoa.heard
    assert "không phải ở đơn vị này" not in hoa.heard
    member = village.world.talk("tu", chat="chat-tu")
    await member.says(asked)
    assert "xuất báo cáo" not in member.heard, "who may have no report is sent to none"


async def test_another_period_is_named_in_words(village: Village) -> None:
    await reported(village, "CQ02", 5, village.at.village, "2026-10")
    lan = village.lan()
    await lan.says("tổng hợp tháng 10")
    assert "tháng 10/2026, đến 31/10/2026" in lan.heard
    assert "5 hồ sơ; 1/2 nơi" in lan.heard
    await lan.picks("Kỳ trước")
    assert "tháng 9/2026" in lan.heard
    await lan.says("tổng hợp năm 2026")
    assert "năm 2026" in lan.heard
    assert "5 hồ sơ" in lan.heard
    await lan.says("tổng hợp hôm qua")
    assert "Tôi không rõ kỳ nào" in lan.heard


async def test_the_same_number_three_periods_in_a_row_is_flagged(village: Village) -> None:
    await village.had("CQ02", [7, 7])
    await village.had("KT01", [7, 7])
    hoa = village.hoa()
    await hoa.says("bc hồ sơ 7, gian hàng =8")
    assert "7 hồ sơ. Ba kỳ liền cùng một số, bác kiểm tra lại giúp" in hoa.heard
    assert hoa.heard.count("Ba kỳ liền") == 1
    await hoa.picks("Đúng")
    lan = village.lan()
    await lan.forges(f"wj|lac-hien|{MONTH}")
    assert lan.heard.count("Ba kỳ liền cùng một số, nên hỏi lại") == 1
    await lan.forges(f"wi|CQ02|{MONTH}")
    assert "thôn Lạc Hiền 7 (ba kỳ liền cùng một số, nên hỏi lại)" in lan.heard


async def test_nothing_to_report_three_times_or_a_gap_is_no_suspicion(village: Village) -> None:
    await village.had("CQ02", [0, 0])
    await reported(village, "TT04", 2, village.at.village, "2026-09")
    await reported(village, "TT04", 2, village.at.village, "2026-08")
    hoa = village.hoa()
    await hoa.says("bc hồ sơ 0, họp thôn 2")
    assert "2 cuộc" in hoa.heard
    assert "Ba kỳ liền" not in hoa.heard


async def test_nobody_but_officials_in_private_sees_other_villages(village: Village) -> None:
    await reported(village, "CQ02", 5, village.at.other_village)
    group = village.in_group("Lan")
    await group.says("/tonghop")
    assert "tôi chỉ làm trong nhắn tin riêng" in group.heard
    assert "5" not in group.heard
    for name in ("hoa", "tu", "ba"):
        talk = village.world.talk(name, chat=f"chat-{name}")
        for data in (f"wf|{MONTH}", f"wi|CQ02|{MONTH}", f"wj|dong-cao|{MONTH}", f"wk|{MONTH}"):
            await talk.forges(data)
            assert "hồ sơ" not in talk.heard
    await somebody("khac", "officer", village.at.other_commune)
    other = village.world.talk("Khac", chat="chat-khac")
    await other.forges(f"wj|dong-cao|{MONTH}")
    assert "Xã không còn đơn vị này" in other.heard


async def test_the_workbook_is_made_by_the_worker_and_comes_as_a_file(village: Village, db: BaseDBAsyncClient) -> None:
    await reported(village, "CQ02", 5, village.at.village)
    stored: dict[str, bytes] = {}

    async def store_as(name: str, data: bytes) -> str:
        stored[name] = data
        return f"{'0' * 32}/{name}"

    async def failed(body: Mapping[str, str], refusal: JobRefused) -> None:
        raise AssertionError(refusal)

    def now() -> datetime:
        return village.world.clock.now()

    files = PeriodFiles(RollUps(db), store_as, village.letters, catalogues().translate)
    runner = JobRunner({WORKBOOK: files.make}, db, failed, now)
    lan = village.lan()
    await lan.says("tổng hợp")
    await lan.picks("Gửi tôi tệp Excel")
    assert "Tôi đang làm tệp" in lan.heard
    assert not stored
    await runner.run()
    letter = village.letters.to("chat-lan")[-1]
    assert letter.attachment is not None
    assert letter.attachment.media.endswith("so-lieu-yen-mo-2026-11.xlsx")
    assert letter.attachment.media == (await PassingFile.get()).name, "it goes in time"
    (data,) = stored.values()
    keys, *rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(MONTH).to_python()
    row = next(row for row in rows if row[0] == "CQ02")
    assert [row[keys.index("thôn Lạc Hiền")], row[keys.index("thôn Đông Cao")]] == [5.0, ""]


async def test_who_knows_of_an_app_has_it_and_can_use_it_stand_side_by_side(village: Village) -> None:
    await reported(village, "CQ01", 180, village.at.village)
    await reported(village, "XH01", 90, village.at.village)
    lan = village.lan()
    await lan.says("tổng hợp")
    await lan.picks("Biết, có, dùng được")
    assert "Có rồi mà chưa dùng được thì chưa xong" in lan.heard
    vneid = next(part for part in lan.heard.split("\n\n") if part.startswith("VNeID"))
    assert vneid.splitlines()[1:] == [
        "• Biết đến: chưa bật chỉ tiêu CQ09",
        "• Đã cài, đã có: 180/410 (43,9%) người – Người trưởng thành đã kích hoạt VNeID mức 2",
        "• Dùng được: 90/410 (22%) người – Người tích hợp Sổ sức khỏe điện tử trên VNeID",
    ]
    await lan.picks("Về bảng tổng hợp")
    assert "1/2 đơn vị đã báo cáo" in lan.heard


async def test_what_ships_for_a_stage_is_switched_on_and_counts(village: Village) -> None:
    """Who knows of an app: off, or every village's blank report would be longer by it."""
    off = {row.ma: row for row in await indicators.rows() if not row.dung}
    assert set(off) == {"CQ09", "CQ10", "CQ11", "KT09", "KT10", "XH07"}
    for code in ("CQ09", "CQ10", "CQ11", "KT09", "KT10"):
        await indicators.write(off[code].model_copy(update={"dung": True}), village.world.clock.now())
    hoa = village.hoa()
    await hoa.says("bc biết vneid =300, dùng được công dân số =90, vneid =180, biết gian hàng =50")
    await hoa.picks("Đúng")
    lan = village.lan()
    await lan.forges("wr|2026-Q4")
    for line in (
        "• Biết đến: 300/410 (73,2%) người – Người biết VNeID",
        "• Dùng được: 90/410 (22%) người – Người dùng được Công dân số",
        "• Biết đến: 50/326 (15,3%) hộ – Hộ biết gian hàng điện tử",
        "• Biết đến: chưa có số – Người biết thanh toán không tiền mặt",
    ):
        assert line in lan.heard, line
    assert "chưa bật" not in lan.heard.partition("Mức nào")[0]


async def test_the_sums_stand_by_whom_they_are_about(village: Village) -> None:
    hoa = village.hoa()
    await hoa.says("bc hợp đồng điện tử 3/5")
    await hoa.picks("Đúng")
    for code, amount in (("CQ02", 5), ("KT01", 12), ("TT02", 4)):
        await reported(village, code, amount, village.at.village, "2026-Q4" if code != "TT02" else "2026-W47")
    await indicators.write(
        indicators.IndicatorRow(
            ma="BD01", ten="Hợp tác xã có trang bán hàng", don_vi_tinh="hợp tác xã", loai="L", ky="quy"
        ),
        village.world.clock.now(),
    )
    await reported(village, "BD01", 2, village.at.village, "2026-Q4")
    lan = village.lan()
    await lan.says("tổng hợp quý 4")
    await lan.picks("Theo đối tượng")
    groups = {part.splitlines()[0]: part.splitlines()[1:] for part in lan.heard.split("\n\n")[1:5]}
    assert list(groups) == ["Người dân", "Hộ kinh doanh", "Doanh nghiệp", "Việc của Tổ và của xã"]
    assert [len([line for line in lines if line.startswith("•")]) for lines in groups.values()] == [1, 1, 2, 1]
    assert "• Doanh nghiệp ký hợp đồng, xuất hóa đơn điện tử: 3/5 (60%) doanh nghiệp; 1/2 nơi" in groups["Doanh nghiệp"]
    assert "• Hợp tác xã có trang bán hàng: 2 hợp tác xã; 1/2 nơi" in groups["Doanh nghiệp"]
    assert "• Hộ, cơ sở có gian hàng thương mại điện tử: 12 gian hàng; 1/2 nơi" in groups["Hộ kinh doanh"]
    await hoa.forges("ws|2026-Q4")
    assert "Bảng tổng hợp cả xã do cán bộ xã xem" in hoa.heard


async def test_a_commune_adds_the_stage_that_is_missing_by_its_name(village: Village) -> None:
    for code, label in (("BD01", "Người biết VNeID"), ("DD01", "Số người dùng được VNeID")):
        row = indicators.IndicatorRow(
            ma=code, ten=label, don_vi_tinh="người", loai="L", mau_so="", ky="thang", chieu="tang"
        )
        await indicators.write(row, village.world.clock.now())
        await reported(village, code, 300, village.at.village)
    await reported(village, "XH01", 90, village.at.village)
    lan = village.lan()
    await lan.says("tổng hợp")
    await lan.picks("Biết, có, dùng được")
    assert "• Biết đến: 300 người – Người biết VNeID" in lan.heard
    assert "• Dùng được: 300 người – Số người dùng được VNeID" in lan.heard


async def test_what_an_indicator_was_before_is_seen_and_an_old_month_is_told_as_it_was(village: Village) -> None:
    """Mechanism: the past is kept at each change, and the roll-up takes indicators as of the period's end."""
    await village.had("CQ02", [7])
    lan = village.lan()
    await lan.says("lịch sử chỉ tiêu")
    assert "chưa chỉ tiêu nào đổi" in lan.heard
    (old,) = (one for one in await indicators.rows() if one.ma == "CQ02")
    new = old.model_copy(update={"ten": "Lượt nộp hồ sơ", "don_vi_tinh": "lượt"})
    await indicators.write(new, village.world.clock.now())
    village.world.clock.passes(days=1)
    await indicators.write(new.model_copy(update={"dung": False, "ky": "quy"}), village.world.clock.now())
    await reported(village, "CQ02", 5, village.at.village)
    await lan.says("tổng hợp tháng 10")
    assert "Hồ sơ nộp trực tuyến do Tổ hỗ trợ: 7 hồ sơ; 1/2 nơi" in lan.heard
    await lan.picks("Xem từng chỉ tiêu")
    await lan.picks("Hồ sơ nộp trực tuyến do Tổ hỗ trợ")
    first = "• 24/11/2026, CQ02: tên “Hồ sơ nộp trực tuyến do Tổ hỗ trợ” → “Lượt nộp hồ sơ”; đơn vị tính: hồ sơ → lượt"
    assert first in lan.heard
    await lan.picks("Đã đổi những gì")
    second = "• 25/11/2026, CQ02: kỳ báo: tháng → quý; tắt, từ đây không đếm"
    assert f"Người quản trị đổi bằng tệp Excel:\n{second}\n{first}" in lan.heard
    await lan.says("tổng hợp tháng 11")
    assert "hồ sơ" not in lan.heard
    hoa = village.hoa()
    await hoa.says("chỉ tiêu đã đổi")
    assert first in hoa.heard, "who reports it wants to know, too"
    stranger = village.world.talk("Khách", chat="chat-khach")
    await stranger.says("chỉ tiêu đã đổi")
    assert "CQ02" not in stranger.heard
    assert "Việc báo số liệu là của Tổ công nghệ số và cán bộ xã" in stranger.heard


async def test_a_leader_does_not_see_the_stages_of_the_commune(village: Village) -> None:
    await reported(village, "CQ01", 180, village.at.village)
    hoa = village.hoa()
    await hoa.forges("wr|2026-11")
    assert "Bảng tổng hợp cả xã do cán bộ xã xem" in hoa.heard
    assert "180" not in hoa.heard


async def test_half_a_year_and_a_year_are_seen_like_a_month(village: Village) -> None:
    for of, amount in (("2026-03", 4), ("2026-06", 5), ("2026-10", 6)):
        await reported(village, "CQ02", amount, village.at.village, of)
    lan = village.lan()
    await lan.says("tổng hợp cả năm 2026")
    assert "Xã Yên Mô, năm 2026" in lan.heard
    assert "15 hồ sơ; 1/2 nơi" in lan.heard
    await lan.picks("Theo 6 tháng")
    assert "6 tháng cuối năm 2026" in lan.heard
    assert "6 hồ sơ" in lan.heard
    await lan.picks("Xem từng chỉ tiêu")
    await lan.picks("Hồ sơ nộp trực tuyến do Tổ hỗ trợ")
    assert "6 tháng đầu năm 2026: 9; 6 tháng cuối năm 2026: 6" in lan.heard
    await lan.picks("Về bảng tổng hợp")
    await lan.picks("Kỳ trước")
    assert "9 hồ sơ" in lan.heard
    await lan.says("tong hop 6 thang cuoi nam 2025")
    assert "6 tháng cuối năm 2025" in lan.heard


async def test_where_no_village_has_its_people_counted_the_figures_still_add_up(
    db: BaseDBAsyncClient, platform: FakePlatform
) -> None:
    """12 people were shown as “0 người”: nothing was added up but shares of a whole."""
    village = await make_village(db, platform)
    await reported(village, "CQ01", 12, village.at.other_village)
    lan = village.lan()
    await lan.says("ai chưa báo?")
    assert "12 người; 1/2 nơi" in lan.heard


async def test_what_has_no_target_is_one_list_with_its_number_and_no_line_says_nothing(village: Village) -> None:
    """Mechanism: no target means no light, so there is no sign for it anywhere."""
    await reported(village, "CQ02", 5, village.at.village)
    await reported(village, "KT01", 3, village.at.village)
    lan = village.lan()
    await lan.says("tổng hợp")
    judged = lan.heard
    assert "Không giao chỉ tiêu (2):\n• " in judged
    assert judged.count("Không giao chỉ tiêu") == 1
    await lan.picks("Xem từng chỉ tiêu")
    await lan.picks("Hồ sơ nộp trực tuyến do Tổ hỗ trợ")
    one = lan.heard
    await lan.forges(f"wj|lac-hien|{MONTH}")
    assert "• Hồ sơ nộp trực tuyến do Tổ hỗ trợ: 5 hồ sơ" in lan.heard
    await lan.forges(f"ws|{MONTH}")
    for heard in (judged, one, lan.heard):
        assert "▫" not in heard
        assert "" not in [line.strip(" •.:") for line in heard.splitlines() if line.strip()]
