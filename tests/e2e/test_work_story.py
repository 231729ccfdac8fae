"""The work behind the figures, over real HTTP: a task given, handed over, done; a visit; a good practice for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.demo import village as demo
from bot.features.groups import channels
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.practices.tables import GoodPractice, PracticeUse
from bot.features.visits.tables import Visit
from bot.storage import database, schema
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.tasks import Task
from tests.platforms.fake_telegram import FakeTelegram, Person, Room
from tests.ports import unused_port
from tests.processes import bot

PATIENCE = 30
COMMUNE = """\
code = "yen-mo"
name = "Yên Mô"
province = "Ninh Bình"
[quiet]
start = 00:00:00
end = 00:00:00
"""
ROLES = (
    ("Tư", "leader", "lac-hien"), ("Hoa", "member", "lac-hien"), ("Ba", "member", "lac-hien"),
    ("Sen", "leader", "dong-sen"), ("Lan", "officer", "yen-mo"),
)  # fmt: skip


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - another process makes it true, there is no event to wait for
            await asyncio.sleep(0.02)


async def _settle(folder: Path, accounts: dict[str, str], everybody: str) -> None:
    """The demo's villages, the people of two of them, and a group of the whole commune."""
    (folder / "commune.toml").write_text(COMMUNE)
    url = database.file_url(folder / "bot.sqlite3")
    schema.create(folder / "bot.sqlite3")
    now = datetime.now(UTC)
    async with database.opened(url), in_transaction("default"):
        await demo.fill()
        for name, role, code in ROLES:
            place = await units.get(code)
            assert place is not None
            person_id = await people.remember(Account("telegram", accounts[name]), accounts[name], name, now)
            await people.grant(person_id, role, place.id, now)
        commune = await units.get("yen-mo")
        assert commune is not None
        await channels.register("telegram", everybody, commune.id, "commune", "Cả xã", now)


async def test_on_telegram_a_task_a_visit_and_a_good_practice(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram:
        who = {name: telegram.person(name) for name, _, _ in ROLES}
        everybody = telegram.group("Cả xã")
        await _settle(tmp_path, {name: str(one.id) for name, one in who.items()}, str(everybody.id))
        environ = {
            "BOT_PLATFORMS": "telegram",
            "BOT_TELEGRAM_TOKEN": telegram.token,
            "BOT_TELEGRAM_API_BASE": telegram.base,
            "BOT_TELEGRAM_POLL_SECONDS": "2",
            "BOT_PACE_TELEGRAM_PER_SECOND": "1000",
            "BOT_PACE_TELEGRAM_CHAT_PER_SECOND": "1000",
            "BOT_PACE_TELEGRAM_GROUP_PER_MINUTE": "60000",
            "BOT_DATA_DIR": str(tmp_path),
            "BOT_PORT": str(unused_port()),
        }

        async def sees(where: Person | Room, words: str) -> None:
            await _until(lambda: any(words in message.text for message in telegram.shown(where)))

        async def says(name: str, words: str, expected: str) -> None:
            await telegram.says(who[name], words)
            await sees(who[name], expected)

        async def presses(name: str, label: str, expected: str, where: Room | None = None) -> None:
            await telegram.presses(who[name], label, where) if where else await telegram.presses(who[name], label)
            await sees(where or who[name], expected)

        async with bot("serve", environ=environ):
            for name in who:
                await says(name, "/menu", "Bác cần việc gì?")
            await says("Tư", "giao việc dán áp phích ở chợ, hạn mai", "Làm sao biết là xong?")
            await says("Tư", "đủ 20 tờ", "Bác giao cho ai?")
            await presses("Tư", "Hoa (0)", "Tôi đã nhắn cho người ấy")
            await sees(who["Hoa"], "Bác được giao một việc")
            await presses("Hoa", "Chuyển cho người khác", "Bác chuyển cho ai?")
            await presses("Hoa", "Ba (0)", "Đã chuyển việc “dán áp phích ở chợ” cho Ba")
            await sees(who["Ba"], "Bác được giao một việc")
            await presses("Ba", "Nhận", "Ba đã nhận việc này")
            await presses("Ba", "Xong", "Kết quả thế nào?")
            await says("Ba", "22 tờ", "là xong")
            await sees(who["Tư"], "Ba đã làm xong: “dán áp phích ở chợ”. Kết quả: 22 tờ")

            await says("Hoa", "/ghiluot", "Bác vừa giúp bà con việc gì?")
            await presses("Hoa", "Chính quyền số", "Kết quả thế nào?")
            await presses("Hoa", "Làm được", "✅ Đã ghi: Chính quyền số, 1 người, làm được")

            await says("Hoa", "cách làm hay", "chưa đăng cách làm hay nào")
            await presses("Hoa", "Gửi cách làm hay", "đặt tên ngắn")
            await says("Hoa", "Lớp VNeID buổi tối", "Thôn đã làm thế nào")
            await says("Hoa", "Mỗi tối thứ Năm mở lớp ở nhà văn hóa", "Kết quả ra sao?")
            await says("Hoa", "40 người cài được", "được người ấy đồng ý")
            await presses("Hoa", "Không nêu tên ai", "Đã gửi xã xem")
            await sees(who["Lan"], "Có cách làm hay mới")
            await presses("Lan", "Đăng", "Đã đăng lên nhóm chung")
            await sees(everybody, "Cách làm hay của thôn Lạc Hiền")
            await presses("Sen", "Áp dụng ở thôn tôi", "Đã có 1 thôn làm theo", everybody)
            await sees(who["Hoa"], "áp dụng cách làm của bác")
        async with database.opened(database.file_url(tmp_path / "bot.sqlite3")):
            assert [(one.state, one.note) for one in await Task.all()] == [("done", "22 tờ")]
            assert [(one.topic, one.people) for one in await Visit.all()] == [("chinh-quyen-so", 1)]
            assert [one.state for one in await GoodPractice.all()] == ["published"]
            assert await PracticeUse.all().count() == 1
            acts = set(await AuditRow.all().values_list("act", flat=True))
            assert {"task_given", "practice_published"} <= acts
