"""A round over real HTTP: asked, answered in several ways, reminded, closed; a difficulty comes back to the group.

The clock of another process cannot be moved. So the round's own times are moved, between two runs of the bot.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.calendar.periods import at
from bot.features.calendar.vietnam import VIETNAM
from bot.features.demo import village as demo
from bot.features.difficulties.tables import Difficulty
from bot.features.groups import channels
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.storage import database, schema
from bot.storage.tables.checkins import Figure, Round, RoundPlan
from tests.platforms.fake_telegram import FakeTelegram, Person, Room
from tests.platforms.fake_zalo import FakeZalo
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
ROLES = (("hoa", "leader", "lac-hien"), ("tu", "leader", "thon-10"), ("ba", "leader", "dong-sen"))
MORE = (("nam", "leader", "ben-do"), ("muon", "leader", "xom-chua"), ("pho", "deputy", "xom-chua"))
EVERYBODY = (*ROLES, *MORE, ("lan", "officer", "yen-mo"))


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - another process makes it true, there is no event to wait for
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[None]:
    async with database.opened(database.file_url(folder / "bot.sqlite3")):
        yield


async def _settle(folder: Path, platform: str, accounts: dict[str, str], group: str) -> None:
    """Twelve villages, their people on a messenger, and a week that has to be asked for as soon as the bot starts."""
    (folder / "commune.toml").write_text(COMMUNE)
    schema.create(folder / "bot.sqlite3")
    now = datetime.now(UTC)
    async with _opened(folder), in_transaction("default"):
        await demo.fill()
        for name, role, unit in EVERYBODY:
            person_id = await people.remember(Account(platform, accounts[name]), accounts[name], name, now)
            place = await units.get(unit)
            assert place is not None
            await people.grant(person_id, role, place.id, now)
        village, commune = await units.get("lac-hien"), await units.get("yen-mo")
        assert village is not None
        assert commune is not None
        await channels.register(platform, group, village.id, "village", "Thôn Lạc Hiền", now)
        overslept = at((now - timedelta(days=14)).astimezone(VIETNAM).date(), "week")
        await RoundPlan.create(unit_id=commune.id, cadence="week", next_period=overslept.name, remind_at=0)


async def _round_is(folder: Path, *, days_left: int, steps_done: int) -> None:
    """Move the open round in time: due in so many days, with so many steps behind it, the next one overdue."""
    now = datetime.now(UTC)
    due_at = datetime.combine(now.astimezone(VIETNAM).date() + timedelta(days=days_left), datetime.min.time(), VIETNAM)
    async with _opened(folder):
        await Round.filter(state="open").update(
            due_at=due_at + timedelta(hours=16), steps_done=steps_done, next_at=now - timedelta(minutes=1)
        )


async def test_on_telegram_a_round_is_asked_answered_in_four_ways_reminded_and_closed(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram:
        who = {name: telegram.person(name) for name, _, _ in EVERYBODY}
        group = telegram.group("Thôn Lạc Hiền")
        await _settle(tmp_path, "telegram", {name: str(one.id) for name, one in who.items()}, str(group.id))
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

        def hears(words: str, where: Person | Room) -> Callable[[], bool]:
            return lambda: any(words in message.text for message in telegram.shown(where))

        async def confirms(name: str) -> None:
            await _until(hears("Đúng không ạ?", who[name]))
            await telegram.presses(who[name], "Đúng")
            await _until(hears("✅ Đã ghi", who[name]))

        async with bot("serve", environ=environ):
            await _until(hears("đã đến lúc báo cáo", group))
            for name in ("lan", "muon"):  # nobody can be written to who never wrote
                await telegram.says(who[name], "/menu")
            await telegram.presses(who["hoa"], "Báo số liệu", group)
            await _until(hears("Báo số liệu thôn Lạc Hiền", group))
            await telegram.says(who["hoa"], "bc phát loa 6 lượt, hướng dẫn 14 lượt, khó khăn: mất sóng ở cuối thôn")
            await confirms("hoa")
            await telegram.says(who["tu"], "bc loa 4, huong dan 9")
            await confirms("tu")
            message = await telegram.says(who["ba"], "bc loa 30")
            await _until(hears("30 lượt", who["ba"]))
            await telegram.edits(who["ba"], message, "bc loa 3")
            await _until(lambda: "3 lượt" in telegram.shown(who["ba"])[-1].text)
            await telegram.presses(who["ba"], "Đúng")
            await _until(hears("✅ Đã ghi", who["ba"]))
            await telegram.says(who["nam"], "/baocao")
            await _until(hears("Xã đang cần", who["nam"]))
            await telegram.presses(who["nam"], "Từng số một")
            for at in range(1, 10):
                await _until(hears(f"({at}/9)", who["nam"]))
                await telegram.says(who["nam"], "5" if at == 2 else "bỏ qua")
            await confirms("nam")
            await _until(hears("Khó khăn số 1", who["lan"]))
            await telegram.presses(who["lan"], "Trả lời")
            await _until(hears("Bác gõ câu trả lời cho thôn", who["lan"]))
            await telegram.says(who["lan"], "Tuần sau có trạm mới.")
            await _until(hears("Tuần sau có trạm mới.", group))
            await _until(hears("Tuần sau có trạm mới.", who["hoa"]))
        async with _opened(tmp_path):
            assert sorted([one.value for one in await Figure.filter(indicator="TT02")]) == [3000, 4000, 5000, 6000]
            assert (await Difficulty.get()).state == "answered"
        await _round_is(tmp_path, days_left=1, steps_done=0)
        async with bot("serve", environ=environ):
            await _until(hears("Nhắc nhẹ Tổ công nghệ số xóm Chùa", who["muon"]))
        await _round_is(tmp_path, days_left=-10, steps_done=2)
        async with bot("serve", environ=environ):
            await _until(hears("4/12 đơn vị đã báo cáo", who["lan"]))
            await telegram.says(who["lan"], "tổng hợp")
            await _until(hears("Xã Yên Mô, tháng", who["lan"]))
            await telegram.presses(who["lan"], "Gửi tôi tệp Excel")
            await _until(lambda: bool(telegram.called("sendDocument")))
        closed = next(m.text for m in telegram.shown(who["lan"]) if "Đã khóa sổ" in m.text)
        assert "xóm Chùa" in closed
        assert "Lạc Hiền" not in closed
        assert not any("Nhắc nhẹ" in m.text for m in (*telegram.shown(who["hoa"]), *telegram.shown(group)))


async def test_on_zalo_the_same_in_words_and_the_deputy_is_asked_in_the_end(tmp_path: Path) -> None:
    async with FakeZalo() as zalo:
        names = {name: f"u-{name}" for name, _, _ in EVERYBODY}
        await _settle(tmp_path, "zalo", names, "zgr-1")
        environ = {
            "BOT_PLATFORMS": "zalo",
            "BOT_ZALO_TOKEN": zalo.token,
            "BOT_ZALO_API_BASE": zalo.base,
            "BOT_PACE_ZALO_PER_SECOND": "1000",
            "BOT_DATA_DIR": str(tmp_path),
            "BOT_PORT": str(unused_port()),
        }

        def hears(words: str, chat: str) -> Callable[[], bool]:
            return lambda: any(words in text for text in zalo.heard(chat))

        async def says(name: str, text: str, group: str = "") -> None:
            mention = zalo.account_name if group else None
            await zalo.says(text, who=names[name], name=name, chat=group, mention=mention)

        async with bot("serve", environ=environ):
            await _until(hears("đã đến lúc báo cáo", "zgr-1"))
            await says("hoa", "bc loa 6, hướng dẫn 14, khó khăn: mất sóng", "zgr-1")
            await _until(hears("Đúng không ạ?", "zgr-1"))
            await says("hoa", "đúng", "zgr-1")
            await _until(hears("✅ Đã ghi 2 số liệu", "zgr-1"))
            await says("tu", "bc loa 30, huong dan 9")
            await _until(hears("30 lượt", names["tu"]))
            await says("tu", "a nham loa 3")
            await _until(hears("• Số lượt phát trên loa thôn: 3 lượt", names["tu"]))
            await says("tu", "1")
            await _until(hears("✅ Đã ghi 2 số liệu", names["tu"]))
            await _until(hears("Khó khăn số 1", names["lan"]))
            await says("lan", "2")
            await _until(hears("Bác gõ câu trả lời cho thôn", names["lan"]))
            await says("lan", "Tuần sau có trạm mới.")
            await _until(hears("Tuần sau có trạm mới.", "zgr-1"))
        async with _opened(tmp_path):
            values = await Figure.all().values_list("indicator", "value")
            assert sorted(values) == [("TC05", 9000), ("TC05", 14000), ("TT02", 3000), ("TT02", 6000)]
        await _round_is(tmp_path, days_left=0, steps_done=1)
        async with bot("serve", environ=environ):
            await _until(hears("Kính gửi Tổ phó xóm Chùa", names["pho"]))
        assert not hears("Kính gửi Tổ phó", names["hoa"])()
