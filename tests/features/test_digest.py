"""What can wait comes once a day where messages are counted: whole, in order, numbered, and never twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Chat, ChatKind
from bot.core.messages import Attachment, Button, Message
from bot.core.platform import Capabilities, Usage
from bot.core.text import Text
from bot.features.calendar.vietnam import VIETNAM
from bot.features.commune.commune_settings import CommuneSettings
from bot.features.commune.quiet import CommuneDigest
from bot.features.commune.settings import Commune, Communes
from bot.features.outbox.digest import Digest
from bot.storage.core_tables.outbox import OutboxRow
from bot.testing import PLAIN, RICH

from .outbox_rig import MORNING, Rig, Scripted, group, private, said

LAN = private("lan")
FIVE_PM = MORNING.replace(hour=10)


class Metered(Scripted):
    """Counts messages; `limit` None does not limit them."""

    limit: int | None = 3000

    async def usage(self) -> Usage | None:
        return Usage(len(self.accepted), self.limit)


class Board(Rig):
    """An outbox with the job that makes the digest."""

    async def notes(self, chat: Chat, text: str | Message, key: str) -> bool:
        message = said(text) if isinstance(text, str) else text
        return await self.outbox.add(chat, message, key=key, now=self.clock.now(), low=True)

    async def comes(self, at: datetime = FIVE_PM) -> list[tuple[str, str]]:
        """It is this hour: what everybody got since."""
        before = len(self.platform.accepted)
        self.clock.time = at
        await Digest(self.outbox).tick(at)
        await self.run_out()
        return self.platform.accepted[before:]


@pytest.fixture(params=[PLAIN, RICH], ids=["plain", "rich"])
def board(db: BaseDBAsyncClient, request: pytest.FixtureRequest) -> Board:
    return Board(db, Metered(request.param))


async def test_what_can_wait_comes_once_a_day_in_order_and_numbered(board: Board) -> None:
    for number, text in enumerate(["An nhận việc.", "Bình làm xong.", "Thôn Đông Cao áp dụng."], start=1):
        assert await board.notes(LAN, text, f"n{number}")
    await board.notes(group("g1"), "Cách làm hay của thôn Lạc Hiền.", "n4")
    assert not await board.notes(LAN, "An nhận việc.", "n1"), "the same key again writes nothing"
    assert await board.comes(FIVE_PM - timedelta(minutes=1)) == []
    assert await board.states("n1") == ["held(digest)"]
    assert sorted(await board.comes()) == [
        ("g1", "Cách làm hay của thôn Lạc Hiền."),
        (
            "lan",
            "Tin trong ngày (3 tin)\n\nTin 1: An nhận việc.\n\nTin 2: Bình làm xong.\n\nTin 3: Thôn Đông Cao áp dụng.",
        ),
    ]
    assert await board.states("n1") == ["cancelled(in the digest)"]
    assert await board.comes() == [], "nothing is told twice"
    assert not await board.notes(LAN, "An nhận việc.", "n1"), "also when it was told already"


async def test_what_comes_after_the_hour_waits_for_the_next_day(board: Board) -> None:
    board.clock.time = FIVE_PM
    await board.notes(LAN, "Bình làm xong.", "n1")
    assert await board.comes(FIVE_PM + timedelta(hours=23)) == []
    assert await board.comes(FIVE_PM + timedelta(days=1)) == [("lan", "Bình làm xong.")]


async def test_who_waits_for_it_gets_it_at_once(board: Board) -> None:
    await board.add(LAN, "Việc của bác đến hạn hôm nay.", key="due")
    await board.notes(LAN, "Bình làm xong.", "n1")
    await board.run_out()
    assert board.platform.accepted == [("lan", "Việc của bác đến hạn hôm nay.")]


async def test_where_no_message_is_one_less_nothing_waits(db: BaseDBAsyncClient) -> None:
    platform = Metered()
    platform.limit = None
    for board in (Board(db, platform), Board(db)):
        await board.notes(LAN, "Bình làm xong.", f"n-{id(board)}")
        await board.sender.run()
        assert board.platform.accepted == [("lan", "Bình làm xong.")]


async def test_choices_stay_with_the_line_that_they_belong_to(board: Board) -> None:
    for number in (1, 2):
        message = Message(Text.verbatim(f"Tin về số {number}."), (Button("Mở", f"g|{number}|b"),))
        await board.notes(LAN, message, f"n{number}")
    await board.comes()
    row = await OutboxRow.get(package__startswith="digest:")
    assert "g|2|b" in row.choices + row.message
    if board.platform.capabilities is PLAIN:
        assert board.platform.accepted[-1][1].endswith("1. Tin 1: Mở\n2. Tin 2: Mở\n\n(Bác gõ số để chọn.)")
    else:
        assert "Tin 2: Mở" in row.message


async def test_a_day_with_too_much_for_one_message_comes_in_several_and_loses_nothing(db: BaseDBAsyncClient) -> None:
    board = Board(db, Metered(PLAIN))
    lines = [f"Số {number}: " + "việc dài " * 40 + "hết." for number in range(12)]
    for number, line in enumerate(lines):
        await board.notes(LAN, line, f"n{number}")
    told = await board.comes()
    assert len(told) > 1
    assert all(len(text) <= 2000 for _, text in told)
    whole = "\n".join(text for _, text in told)
    assert [whole.count(line.strip()) for line in lines] == [1] * 12
    assert whole.index("Tin 2:") < whole.index("Tin 12:")


async def test_a_restore_lets_the_digest_wait_again(board: Board) -> None:
    """A gathered row is not fitted: as it is it could not leave."""
    await board.notes(LAN, Message(Text.verbatim("Tin."), (Button("Mở", "g|1|b"),)), "n1")
    await OutboxRow.filter(state="held").update(reason="restored")
    await board.outbox.resume(0, board.clock.now())
    await board.sender.run()
    assert await board.states("n1") == ["held(digest)"]
    assert [text.splitlines()[0] for _, text in await board.comes()] == ["Tin."]


async def test_a_messenger_that_is_off_keeps_its_digest(db: BaseDBAsyncClient) -> None:
    board = Board(db, Metered())
    await board.notes(LAN, "Bình làm xong.", "n1")
    kinds: Mapping[ChatKind, Capabilities] = board.platform.capabilities
    board.outbox = board.new_outbox(capabilities={})
    with pytest.raises(LookupError):
        await board.notes(LAN, "Chung làm xong.", "n2")
    assert await board.comes() == []
    board.outbox = board.new_outbox(capabilities={board.platform.name: kinds})
    assert await board.comes(FIVE_PM + timedelta(hours=1)) == [("lan", "Bình làm xong.")]


async def test_quiet_hours_hold_a_late_digest(board: Board) -> None:
    await board.notes(LAN, "Bình làm xong.", "n1")
    late = MORNING.replace(hour=15)
    board.clock.time = late
    await Digest(board.outbox).tick(late)
    await board.sender.run()
    assert board.platform.accepted == []


async def test_each_commune_has_its_own_hour(db: BaseDBAsyncClient) -> None:
    book = CommuneSettings(Communes(Commune.model_validate({"digest": "11:30"})))
    at = await CommuneDigest(book, VIETNAM).next_for(LAN, datetime(2026, 11, 24, 8, tzinfo=UTC))
    assert at == datetime(2026, 11, 25, 4, 30, tzinfo=UTC)


async def test_a_picture_keeps_its_day(board: Board) -> None:
    """A message with a file cannot be a line of another one."""
    item = Attachment("photo", "a.png", "Ảnh sân nhà văn hóa")
    await board.notes(LAN, Message(Text.verbatim("Ảnh."), attachment=item), "n1")
    assert await board.states("n1") != ["held(digest)"]
