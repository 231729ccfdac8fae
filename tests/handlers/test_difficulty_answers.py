"""What the commune answers about a difficulty: an answer is not yet a solution, and it is sent when it has left."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.calendar.vietnam import VIETNAM
from bot.features.checkins.actions import OpenDifficulty
from bot.features.difficulties import difficulties
from bot.features.difficulties.difficulty_schedule import DifficultySchedule
from bot.features.difficulties.tables import Difficulty
from bot.features.notices.mail import Mail
from bot.handlers.kit.base import Content
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.people import Account
from bot.storage.tables.places import Channel
from bot.testing import FakePlatform, Participant

from .announcing_world import LAC_HIEN, Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PROMISE = "Xã sẽ cử người xuống xem trạm sóng trong tuần."


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    made = await yard(db, platform, shipped)
    tu = made.world.talk("tu")
    await tu.says("khó khăn mất sóng ở cuối thôn")
    await made.sends()
    return made


async def answered(here: Yard, way: str = "Trả lời", said: str = PROMISE) -> Participant:
    lan = here.world.talk("lan")
    await lan.forges(pack(OpenDifficulty(1)))
    await lan.picks(way)
    await lan.says(said)
    return lan


async def strikes(here: Yard, day: int, hour: int) -> None:
    """The worker's clock, twice."""
    here.world.clock.time = datetime(2026, 11, day, hour, 15, tzinfo=VIETNAM).astimezone(UTC)
    for _ in range(2):
        await DifficultySchedule(Mail(here.features.outbox)).tick(here.world.clock.now())


async def told(here: Yard, words: str) -> int:
    """How many notices of these words were written for Lan."""
    return sum(words in row.message for row in await OutboxRow.filter(chat_id="chat-lan"))


async def test_the_receipt_of_a_difficulty_has_its_number_and_its_day(here: Yard) -> None:
    tu = here.world.talk("tu")
    await tu.says("khó khăn máy in của thôn hỏng")
    assert "Đã chuyển xã." in tu.heard
    assert "Khó khăn số 2, ghi ngày 24/11/2026, hạn trả lời 01/12/2026." in tu.heard
    await tu.says("bc vneid 12, khó khăn: thiếu người đi từng nhà")
    await tu.says("đúng")
    assert "Khó khăn số 3, ghi ngày 24/11/2026, hạn trả lời 01/12/2026." in tu.heard


async def test_a_promise_is_an_answer_and_not_a_solution(here: Yard) -> None:
    """Mechanism: the state “answered”. Each answer said “đã giải quyết” to the village, and left every list."""
    lan = await answered(here)
    await here.sends()
    for chat in ("chat-tu", LAC_HIEN):
        assert PROMISE in here.texts(chat)[-1]
        assert "đã trả lời" in here.texts(chat)[-1]
        assert "đã giải quyết" not in here.texts(chat)[-1]
    assert (await Difficulty.get()).state == "answered"
    await lan.says("khó khăn")
    assert "Số 1, thôn Lạc Hiền, 0 ngày, đã trả lời: mất sóng" in lan.heard, "it is not over"
    tu = here.world.talk("tu")
    await tu.says("khó khăn đến đâu rồi")
    assert "Xã đã trả lời, chưa báo xong:" in tu.heard
    assert f"Số 1: {PROMISE}" in tu.heard
    await strikes(here, 2 + 28, 8)
    await here.sends()
    assert not any("quá hạn trả lời" in text for text in here.texts("chat-lan")), "it was answered in time"


async def test_the_village_or_the_official_says_that_it_is_solved(here: Yard) -> None:
    await answered(here)
    await here.sends()
    tu = here.world.talk("tu")
    await tu.picks("Đã xong")
    assert "khó khăn số 1 là đã giải quyết" in tu.heard
    assert (await Difficulty.get()).state == "solved"
    await here.sends()
    assert "Thôn báo đã xong" in here.texts("chat-lan")[-1]
    await tu.says("khó khăn mất điện ở nhà văn hóa")
    await here.sends()
    lan = here.world.talk("lan")
    await lan.forges(pack(OpenDifficulty(2)))
    await lan.picks("Báo đã giải quyết")
    await lan.says("Điện lực đã sửa xong.")
    await here.sends()
    assert "đã giải quyết: Điện lực đã sửa xong." in here.texts(LAC_HIEN)[-1]
    assert (await Difficulty.get(id=2)).state == "solved"


async def test_what_was_answered_is_solved_later_and_asked_about_again(here: Yard) -> None:
    lan = await answered(here)
    await here.sends()
    tu = here.world.talk("tu")
    await tu.picks("Chưa xong")
    assert (await Difficulty.get()).state == "working"
    await here.sends()
    await answered(here, said="Thứ Tư thợ đến.")
    await here.sends()
    await lan.forges(pack(OpenDifficulty(1)))
    assert "Xã trả lời: Thứ Tư thợ đến." in lan.heard
    await lan.picks("Báo đã giải quyết")
    await lan.says("Trạm đã chạy.")
    assert (await Difficulty.get()).state == "solved"


async def test_it_says_sent_only_when_it_left(here: Yard) -> None:
    lan = await answered(here)
    assert "✅" not in lan.heard
    assert "Đã ghi câu trả lời, đang gửi về thôn." in lan.heard
    await lan.forges(pack(OpenDifficulty(1)))
    assert "✅" not in lan.heard
    await here.sends()
    await lan.forges(pack(OpenDifficulty(1)))
    assert "✅ Đã gửi câu trả lời về thôn lúc 15 giờ, 24/11/2026." in lan.heard
    await strikes(here, 24, 16)
    assert await told(here, "câu trả lời về thôn") == 0, "what went at once needs no further word"


async def test_in_the_night_it_waits_and_says_so_and_tells_when_it_went(here: Yard) -> None:
    here.world.clock.time = datetime(2026, 11, 24, 22, 0, tzinfo=VIETNAM).astimezone(UTC)
    lan = await answered(here)
    assert "Câu trả lời còn chờ: hết giờ yên tĩnh, 6 giờ, 25/11/2026." in lan.heard
    await here.sends()
    assert PROMISE not in "".join(here.texts(LAC_HIEN))
    await strikes(here, 25, 6)
    await here.sends()
    await strikes(here, 25, 7)
    assert await told(here, "✅ Đã gửi câu trả lời về thôn") == 1


async def test_what_waits_for_a_day_is_told_once(here: Yard) -> None:
    lan = await answered(here)
    await OutboxRow.filter(package__startswith="kk1-2-").update(state="held", reason="quota")
    await lan.forges(pack(OpenDifficulty(1)))
    assert "Câu trả lời còn chờ: hết số tin của tháng." in lan.heard
    await strikes(here, 25, 14)
    assert await told(here, "chờ hơn một ngày") == 0
    await strikes(here, 25, 16)
    await strikes(here, 26, 9)
    assert await told(here, "chờ hơn một ngày") == 1
    assert await told(here, "hết số tin của tháng") == 1


async def test_what_no_chat_takes_is_told_at_once(here: Yard) -> None:
    await answered(here)
    await OutboxRow.filter(package__startswith="kk1-2-").update(state="failed", reason="kicked")
    await strikes(here, 24, 16)
    assert await told(here, "chưa tới được thôn") == 1


async def test_without_any_way_it_says_so(here: Yard) -> None:
    await Channel.all().update(active=False)
    await Account.filter(native_id="id-tu").delete()
    lan = await answered(here)
    assert "chưa có đường nào về thôn" in lan.heard
    one = await difficulties.get(1)
    assert one is not None
    assert one.response == PROMISE
