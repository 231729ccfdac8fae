"""A resident on one messenger is stuck, a neighbour on another does not answer, the next one does: over real HTTP.

The clock of another process cannot be moved. So the time at which the request is looked at again is moved, between two
runs of the bot.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.demo import village as demo
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.storage import database, schema
from bot.storage.tables.help import HelpAsk, HelpRequest
from tests.platforms.fake_telegram import FakeTelegram, Person
from tests.platforms.fake_zalo import FakeZalo
from tests.ports import unused_port
from tests.processes import bot

PATIENCE = 30
COMMUNE = """\
code = "yen-mo"
name = "Yên Mô"
province = "Ninh Bình"
[help]
start = 00:00:00
end = 00:00:00
"""
HOA = "u-hoa"


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - another process makes it true, there is no event to wait for
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[None]:
    async with database.opened(database.file_url(folder / "bot.sqlite3")):
        yield


async def _settle(folder: Path, team: dict[str, Person]) -> None:
    """Thôn Lạc Hiền with its team."""
    (folder / "commune.toml").write_text(COMMUNE)
    schema.create(folder / "bot.sqlite3")
    now = datetime.now(UTC)
    async with _opened(folder), in_transaction("default"):
        await demo.fill()
        village = await units.get("lac-hien")
        assert village is not None
        for name, one in team.items():
            person_id = await people.remember(Account("telegram", str(one.id)), str(one.id), name, now)
            await people.grant(person_id, "member", village.id, now)


async def test_a_resident_is_helped_by_the_second_neighbour_across_messengers(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram, FakeZalo() as zalo:
        ba, tu = telegram.person("Ba"), telegram.person("Tư")
        await _settle(tmp_path, {"Ba": ba, "Tư": tu})
        environ = {
            "BOT_PLATFORMS": "telegram,zalo",
            "BOT_TELEGRAM_TOKEN": telegram.token,
            "BOT_TELEGRAM_API_BASE": telegram.base,
            "BOT_TELEGRAM_POLL_SECONDS": "2",
            "BOT_PACE_TELEGRAM_PER_SECOND": "1000",
            "BOT_ZALO_TOKEN": zalo.token,
            "BOT_ZALO_API_BASE": zalo.base,
            "BOT_PACE_ZALO_PER_SECOND": "1000",
            "BOT_DATA_DIR": str(tmp_path),
            "BOT_PORT": str(unused_port()),
        }

        def hears(words: str, who: Person) -> Callable[[], bool]:
            return lambda: any(words in message.text for message in telegram.shown(who))

        async def says(text: str, expected: str) -> None:
            before = len(zalo.heard(HOA))
            await zalo.says(text, who=HOA, name="Hoa")
            await _until(lambda: any(expected in heard for heard in zalo.heard(HOA)[before:]))

        async with bot("serve", environ=environ):
            await _until(lambda: bool(telegram.called("getUpdates")))
            for helper in (ba, tu):  # nobody can be written to who never wrote
                await telegram.says(helper, "/menu")
                await _until(hears("Bác cần việc gì?", helper))
            await says("/start xa_lac-hien", "Bác cần việc gì?")
            await says("/start g_vneid-cai-dat-muc-2_mat-khau", "Đặt mật khẩu")
            await says("tôi bị kẹt", "Nhờ người giúp")
            await says("nhờ người giúp", "Bác có đồng ý không?")
            await says("đồng ý", "Điện thoại của bác là loại nào?")
            await says("2", "Tôi đang nhờ Tổ công nghệ số thôn Lạc Hiền")
            await says("Máy cứ báo mật khẩu yếu", "Ai nhận giúp sẽ đọc được")
            await _until(hears("Có người cần giúp", ba))
            assert not hears("Có người cần giúp", tu)()
        async with _opened(tmp_path):
            assert await HelpRequest.all().update(next_at=datetime.now(UTC) - timedelta(seconds=1)) == 1
        async with bot("serve", environ=environ):
            await _until(hears("Có người cần giúp", tu))
            await telegram.presses(tu, "Tôi giúp")
            await _until(hears("Máy cứ báo mật khẩu yếu", tu))
            await _until(lambda: any("Có người nhận giúp bác rồi" in text for text in zalo.heard(HOA)))
            await telegram.says(tu, "Bác thêm một chữ hoa ở đầu nhé")
            await _until(lambda: any("Bác thêm một chữ hoa ở đầu nhé" in text for text in zalo.heard(HOA)))
            await telegram.presses(ba, "Tôi giúp")
            await _until(hears("đã có người khác nhận giúp", ba))
            await says("xong rồi", "Tốt quá!")
            await _until(hears("Bà con báo đã xong", tu))
        async with _opened(tmp_path):
            one = await HelpRequest.get()
            assert (one.state, one.guide, one.device) == ("closed", "vneid-cai-dat-muc-2", "android")
            assert one.first_answer_at is not None
            assert [ask.state for ask in await HelpAsk.all().order_by("id")] == ["passed", "taken"]
