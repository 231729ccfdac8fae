"""What people do with the bot, on every messenger, over real HTTP: the README's table is made of these walks.

A job is told once, with what is said and what must be seen; `messenger_people` knows how one says and sees on a
messenger. The bot is the program that `serve` runs, in this process, with its own pages and its own database.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientSession
from tortoise.transactions import in_transaction

from bot.features.demo import village as demo
from bot.storage.tables.checkins import Figure
from bot.storage.tables.places import Channel

from .messenger_people import Opener, bridge, gapo, line, matrix, telegram, web, whatsapp, zalo, zalo_oa
from .phones import PATIENCE, Phone
from .towns import Town, at_work, prepare

GUIDE = "Nhận đơn, đóng gói và cam kết chất lượng"
NEWS = "Sáng mai bà con đi quét đường."
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}\b")


async def guide(town: Town) -> None:
    hoa = town.here.phone("hoa")
    await hoa.says("xin chào", "máy trả lời tự động")
    await hoa.says("dong goi hang", "Có phải bác cần")
    await hoa.picks(GUIDE, "Ký bản cam kết")
    await hoa.picks("Tiếp", "Mở ứng dụng bán hàng mỗi sáng")
    await hoa.says("tiep", "Đọc đơn: tên hàng")
    await hoa.says("tiep", "Hàng khách đặt có còn không?")
    await hoa.picks("Hết hàng", "Báo khách ngay, hỏi khách chờ hay hủy.")
    await hoa.says("quay lai", "Hàng khách đặt có còn không?")


async def quiz(town: Town) -> None:
    hoa = town.here.phone("hoa")
    await hoa.says("/start g_nhan-don-dong-goi-cam-ket_tat-ban", "Tắt bán món đó")
    await hoa.picks("Làm câu đố nhanh", "điều gì giữ khách lâu nhất?")
    await hoa.picks("Giảm giá thật sâu", "Chưa đúng.", "Giao đúng hàng, đúng chất lượng đã cam kết")
    await hoa.picks("Tiếp", "nhận tiền hàng")
    await hoa.picks("Tự mở ứng dụng ngân hàng xem tiền", "✅ Đúng rồi!")
    await hoa.picks("Tiếp", "Chụp ảnh lúc đóng gói để làm gì?")
    await hoa.picks("Làm bằng chứng khi khách khiếu nại", "✅ Đúng rồi!")
    await hoa.picks("Xem kết quả", "2/3")


async def check_in(town: Town) -> None:
    """The village's group is asked, its leader reports in one message, the officer sees the sum."""
    await town.here.in_group("tu").sees("đã đến lúc báo cáo")
    await _reports(town.here.phone("tu"), await town.official("lan"))


async def _reports(tu: Phone, lan: Phone) -> None:
    await tu.says("bc loa 6, huong dan 14", "Đúng không ạ?", "6 lượt", "14 lượt")
    await tu.picks("Đúng", "✅ Đã ghi 2 số liệu")
    await lan.says("tổng hợp", "1/12")
    assert sorted(await Figure.all().values_list("indicator", "value")) == [("TC05", 14000), ("TT02", 6000)]


async def difficulty(town: Town) -> None:
    """A leader says what is hard, the officer answers, and it comes back to the leader and the village's group."""
    tu, lan, group = await town.official("tu"), await town.official("lan"), town.here.in_group("tu")
    await _answered(tu, lan)
    await group.sees("Xã trả lời khó khăn số 1", "Tuần sau có trạm mới.")


async def _answered(tu: Phone, lan: Phone) -> None:
    await tu.says("khó khăn mất sóng ở cuối thôn", "Đã chuyển xã.")
    await lan.sees("Khó khăn số 1", "mất sóng ở cuối thôn")
    await lan.picks("Trả lời", "Bác gõ câu trả lời cho thôn")
    await lan.says("Tuần sau có trạm mới.")
    await tu.sees("Xã trả lời khó khăn số 1", "Tuần sau có trạm mới.")


async def check_in_alone(town: Town) -> None:
    """Where there is no group the leader reports in private, and the officer sees the sum."""
    tu, lan = await town.official("tu"), await town.official("lan")
    await _reports(tu, lan)


async def difficulty_alone(town: Town) -> None:
    await _answered(await town.official("tu"), await town.official("lan"))


async def registration_alone(town: Town) -> None:
    await _becomes_leader(town)


async def registration(town: Town) -> None:
    """Somebody becomes a leader by a code, and gives the village its group by another one."""
    lan, sau = await _becomes_leader(town)
    await sau.says("/moi", "Bác mời người vào vai trò nào?")
    await sau.picks("Mã đăng ký nhóm", "Bác đăng ký nhóm nào?")
    await sau.picks("Nhóm của thôn", "Mã đăng ký nhóm cho thôn Đông Tây")
    await town.here.in_group("sau").says(f"/dangky {_code(sau)}", "Đã đăng ký")
    await lan.sees("đã đăng ký làm nhóm của thôn Đông Tây")
    channel = await Channel.get(platform=town.here.name, native_id=town.here.group)
    assert channel.active


async def _becomes_leader(town: Town) -> tuple[Phone, Phone]:
    lan, sau = await town.official("lan"), town.here.phone("sau")
    await lan.says("/moi", "Bác mời người vào vai trò nào?")
    await lan.picks("Tổ trưởng Tổ công nghệ số", "của đơn vị nào?")
    await lan.picks("thôn Đông Tây (ví dụ)", "Mã mời")
    await sau.says(_code(lan), "Mã này mời bác làm Tổ trưởng", "Bác có đồng ý không?")
    await sau.picks("Đồng ý", "Chào mừng bác! Từ nay bác là Tổ trưởng")
    return lan, sau


def _code(phone: Phone) -> str:
    return str(CODE.findall(phone.heard)[-1])


async def announcement(town: Town) -> None:
    """Written, approved by another one, seen in the group and confirmed there; the author sees the receipt."""
    lan, nam = await town.official("lan"), await town.official("nam")
    await _write_and_approve(lan, nam)
    group = town.here.in_group("tu")
    await group.sees("TB-0001", NEWS)
    await group.picks("Đã nhận", "✅ Thôn Lạc Hiền đã nhận TB-0001 lúc")
    await lan.says("/thongbao", "Thông báo của xã Yên Mô")
    await lan.picks("TB-0001 Thông báo", "TB-0001 · Thông báo")
    await lan.picks("Biên nhận", "Đã chuyển tới 1/1 nhóm.", "Đã xác nhận: 1/1 thôn.")


async def announcement_on_a_page(town: Town) -> None:
    """Who looks at the page of the commune reads it there, and asks in the chat whether it is genuine."""
    await _write_and_approve(await town.official("lan"), await town.official("nam"))
    await town.office.in_group("tu").sees("TB-0001", NEWS)
    assert NEWS in await _page(f"{town.url}/thong-bao/TB-0001")
    await town.here.phone("hoa").says("kiểm tra TB-0001", "✅ Tin thật: TB-0001")


async def announcement_through_a_person(town: Town) -> None:
    """The village's group takes no bots: its leader is asked in private, pastes it, says so, and the author sees it."""
    lan, nam, tu = await town.official("lan"), await town.official("nam"), await town.official("tu")
    await _write(lan)
    await lan.picks("Tất cả các thôn (12)", "Qua người đưa tin: 1 thôn (thôn Lạc Hiền)")
    await lan.picks("Xong", "TB-0001 · Thông báo (đang soạn)")
    await lan.picks("Xin duyệt", "xin duyệt")
    await nam.sees("Có thông báo chờ duyệt.", NEWS)
    await nam.picks("Duyệt", "1 thôn qua người đưa tin.")
    await tu.sees("TB-0001", NEWS, "Nhờ bác chuyển tin TB-0001 ở trên vào nhóm của thôn Lạc Hiền")
    await lan.says("/thongbao", "Thông báo của xã Yên Mô")
    await lan.picks("TB-0001 Thông báo", "TB-0001 · Thông báo")
    await lan.picks("Biên nhận", "Qua người đưa tin: đã dán 0/1 thôn.", "thôn Lạc Hiền: đã nhờ")
    await tu.picks("Đã dán vào nhóm")
    await lan.says("/thongbao", "Thông báo của xã Yên Mô")
    await lan.picks("TB-0001 Thông báo", "TB-0001 · Thông báo")
    await lan.picks("Biên nhận", "Qua người đưa tin: đã dán 1/1 thôn.", "thôn Lạc Hiền: qua", "đã dán lúc")


async def no_relay_one_way(town: Town) -> None:
    """A leader who has nothing but a telephone cannot say that it is pasted, so that village has nobody to ask."""
    account = town.here.account("sau")
    async with in_transaction("default"):
        await demo.settle(town.here.name, {"leader-2": (account, account)}, {}, datetime.now(UTC))
    lan = await town.official("lan")
    await _write(lan)
    await lan.picks("Tất cả các thôn (12)", "Qua người đưa tin: 1 thôn (thôn Lạc Hiền)", "thôn Đồng Sen (ví dụ)")


async def _page(address: str) -> str:
    """As soon as it is there: the group can read a message before we know that it arrived."""
    async with asyncio.timeout(PATIENCE), ClientSession() as browser:
        while True:
            async with browser.get(address) as answer:
                if answer.status == 200:
                    return await answer.text()
            await asyncio.sleep(0.1)


async def announcement_one_way(town: Town) -> None:
    """Who may approve it, too, and has nothing but a telephone, reads there that it waits; another one answers."""
    account = town.here.account("sau")
    async with in_transaction("default"):
        await demo.settle(town.here.name, {"chair": (account, account)}, {}, datetime.now(UTC))
    await _write_and_approve(await town.official("lan"), await town.official("nam"))
    await town.here.phone("sau").sees("Co thong bao cho duyet.", "Sang mai ba con di quet duong.")


async def _write(lan: Phone) -> None:
    """Up to the question who is to get it."""
    await lan.says("/thongbao", "Thông báo của xã Yên Mô")
    await lan.picks("Soạn mới", "Bác soạn tin gì?")
    await lan.picks("Tự viết", "Bác gõ nội dung thông báo")
    await lan.says(NEWS, "Đã ghi. Bác xem lại rồi chọn nơi nhận.")
    await lan.picks("Nơi nhận", "Gửi TB-0001 cho ai?")


async def _write_and_approve(lan: Phone, nam: Phone) -> None:
    await _write(lan)
    await lan.picks("Tất cả các thôn (12)", "TB-0001 sẽ đến 1 nhóm của 1 thôn.")
    await lan.picks("Xong", "TB-0001 · Thông báo (đang soạn)")
    await lan.picks("Xin duyệt", "Đã chốt 1 nhóm và xin duyệt")
    await nam.sees("Có thông báo chờ duyệt.", NEWS)
    await nam.picks("Duyệt", "✅ Đã duyệt cho 1 nhóm")


async def no_report_from_anybody(town: Town) -> None:
    await town.here.phone("hoa").says("/baocao", "Việc báo số liệu là của Tổ công nghệ số và cán bộ xã.")


async def no_difficulty_from_anybody(town: Town) -> None:
    await town.here.phone("hoa").says("/khokhan mất sóng", "Bác nói với Tổ công nghệ số của thôn")


async def no_role_for_anybody(town: Town) -> None:
    """A good code is refused and stays good for the messenger where it belongs."""
    lan, sau, anybody = await town.official("lan"), town.office.phone("sau"), town.here.phone("sau")
    await lan.says("/moi", "Bác mời người vào vai trò nào?")
    await lan.picks("Tổ trưởng Tổ công nghệ số", "của đơn vị nào?")
    await lan.picks("thôn Đông Tây (ví dụ)", "Mã mời")
    await anybody.says(_code(lan), "Mã này chỉ dùng trên ứng dụng nhắn tin")
    await sau.says(_code(lan), "Mã này mời bác làm Tổ trưởng")


async def nobody_can_choose(town: Town) -> None:
    hoa = town.here.phone("hoa")
    await hoa.says("dong goi hang", "Co phai bac can bai nay khong?")
    assert "1." not in hoa.heard


Walk = Callable[[Town], Awaitable[None]]


@dataclass(frozen=True)
class Way:
    """How a job goes on a messenger, or, not `done`, how it is seen that it does not; `note` is for the README."""

    walk: Walk
    note: str = ""
    done: bool = True


@dataclass(frozen=True)
class Job:
    """`title` heads its column in the README; `way` is how it goes where a messenger has no other way."""

    title: str
    way: Way


@dataclass(frozen=True)
class On:
    """A messenger, a row of the README's table. `office`: where the officials are, if not here, with their `groups`."""

    title: str
    open: Opener
    office: Opener | None = None
    groups: bool = True
    other: Mapping[str, Way] = field(default_factory=dict)

    def way(self, job: str) -> Way:
        return self.other.get(job, JOBS[job].way)


JOBS: Mapping[str, Job] = {
    "guide": Job("hướng dẫn", Way(guide)),
    "quiz": Job("câu đố", Way(quiz)),
    "check-in": Job("báo số liệu", Way(check_in)),
    "announcement": Job("thông báo", Way(announcement)),
    "relay": Job("tin đưa qua người", Way(announcement_through_a_person)),
    "difficulty": Job("khó khăn", Way(difficulty)),
    "registration": Job("đăng ký nhóm", Way(registration)),
}
ANYBODY = "ai cũng mở được trang, nên không có vai trò"
NO_GROUPS = "bot không vào được nhóm"
ONE_WAY = Way(nobody_can_choose, "một chiều", done=False)
MESSENGERS: Mapping[str, On] = {
    "telegram": On("Telegram (`telegram`)", telegram),
    "web": On(
        "Trang web của xã (`web`)",
        web,
        office=zalo,
        other={
            "check-in": Way(no_report_from_anybody, ANYBODY, done=False),
            "announcement": Way(announcement_on_a_page, "đọc trên trang, hỏi thật hay giả"),
            "relay": Way(no_role_for_anybody, ANYBODY, done=False),
            "difficulty": Way(no_difficulty_from_anybody, ANYBODY, done=False),
            "registration": Way(no_role_for_anybody, "không có nhóm, không có vai trò", done=False),
        },
    ),
    "zalo": On("Zalo Bot (`zalo`)", zalo),
    "zalo_oa": On("Zalo OA (`zalo_oa`)", zalo_oa),
    "zalo_oa-buttons": On("Zalo OA, bật nút (`zalo_oa`)", partial(zalo_oa, buttons=True)),
    "gapo": On("GapoWork (`gapo`)", gapo),
    "line_oa": On("LINE (`line_oa`)", line),
    "whatsapp": On(
        "WhatsApp (`whatsapp`)",
        whatsapp,
        groups=False,
        other={
            "check-in": Way(check_in_alone),
            "announcement": Way(announcement_through_a_person, f"{NO_GROUPS}: qua người đưa tin"),
            "difficulty": Way(difficulty_alone),
            "registration": Way(registration_alone, f"{NO_GROUPS}: chỉ nhận vai trò", done=False),
        },
    ),
    "matrix": On("Matrix (`matrix`)", matrix),
    "mocha": On("Cổng nối, mẫu Mocha (`bridge`)", partial(bridge, "gateway-mocha.json")),
    "sms": On(
        "Cổng nối, mẫu SMS (`bridge`)",
        partial(bridge, "gateway-sms.json"),
        office=zalo,
        other={
            **dict.fromkeys(JOBS, ONE_WAY),
            "announcement": Way(announcement_one_way, "một chiều: chỉ tin báo cho cán bộ"),
            "relay": Way(no_relay_one_way, "một chiều: không báo lại được là đã dán", done=False),
        },
    ),
}
CELLS = [(messenger, job) for messenger in MESSENGERS for job in JOBS]


@pytest.fixture(scope="module")
def units_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a commune's units and nobody in it, made once for all walks."""
    path = tmp_path_factory.mktemp("units") / "units.sqlite3"
    asyncio.run(prepare(path))
    return path


@pytest.mark.parametrize(("messenger", "job"), CELLS)
async def test_a_job_goes_on_a_messenger_as_the_readme_says(
    messenger: str, job: str, units_only: Path, tmp_path: Path
) -> None:
    on = MESSENGERS[messenger]
    groups, asks = on.groups and job not in ("registration", "relay"), job == "check-in"
    async with at_work(units_only, tmp_path, on.open, on.office, groups=groups, asks=asks) as town:
        await on.way(job).walk(town)
