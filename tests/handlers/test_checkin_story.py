"""A week of a commune with twelve villages, from its targets to the closed round and an answered difficulty."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.assembly.app import CLOCK
from bot.features import units
from bot.features.audit import Audit
from bot.features.calendar.vietnam import VIETNAM
from bot.features.checkins.reading.values import of_period
from bot.features.checkins.rounds import Rounds
from bot.features.checkins.sheets import IndicatorsSheet, TargetsSheet
from bot.features.demo import village as demo
from bot.features.groups import channels
from bot.features.workbook import WorkbookScope
from bot.features.workbook.book import Workbook
from bot.features.workbook.write import workbook
from bot.testing import FakePlatform, Participant, World
from tests.features.village import KEY, somebody
from tests.handlers.checkin_world import WEEK, Letters, conversations
from tests.kit import catalogues


class Commune:
    """Twelve villages; each has a group, a leader and a deputy called after its code."""

    def __init__(self, world: World, letters: Letters, rounds: Rounds, codes: list[str]) -> None:
        self.world = world
        self.letters = letters
        self.rounds = rounds
        self.codes = codes

    async def until(self, day: int, hour: int, minute: int = 0) -> list[tuple[str, str]]:
        """The clock strikes; who was written to, and what."""
        known = set(self.letters.sent)
        moment = datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM).astimezone(UTC)
        with time_machine.travel(moment, tick=False):
            self.world.clock.time = CLOCK.now()
            await self.rounds.tick(CLOCK.now())
        new = [letter for key, letter in self.letters.sent.items() if key not in known]
        return [(chat.id, message.text.plain) for chat, message in new]

    def leader(self, code: str) -> Participant:
        return self.world.talk(f"L-{code}", chat=f"chat-l-{code}")

    async def figures(self, code: str) -> dict[str, int]:
        place = await units.get(code)
        assert place is not None
        return {name: int(one.value) for name, one in (await of_period(place.id, WEEK)).items()}


@pytest.fixture
async def commune(db: BaseDBAsyncClient, platform: FakePlatform) -> Commune:
    letters = Letters()
    rounds = Rounds(letters)
    world = World(db, conversations(db, letters, rounds), catalogues().translate, platform)
    world.clock.time = now = datetime(2026, 11, 23, 7, tzinfo=VIETNAM).astimezone(UTC)
    async with in_transaction("default"):
        await demo.fill()
    place = await units.get(demo.COMMUNE)
    assert place is not None
    villages = await units.villages(place.id, now.date())
    for village in villages:
        await somebody(f"l-{village.code}", "leader", village.id, now)
        await somebody(f"d-{village.code}", "deputy", village.id, now)
        await channels.register("fake", f"g-{village.code}", village.id, "village", village.name, now)
    await somebody("lan", "officer", place.id, now)
    await rounds.plan(place.id, "week", now)
    return Commune(world, letters, rounds, [village.code for village in villages])


async def test_a_week_from_targets_to_the_closed_round_and_an_answered_difficulty(commune: Commune) -> None:
    codes = commune.codes
    assert len(codes) == 12
    await _targets_come_as_a_workbook(codes)
    asked = await commune.until(25, 8)
    assert sorted(chat for chat, _ in asked) == sorted(f"g-{code}" for code in codes)
    assert all("đã đến lúc báo cáo tuần 48/2026, hạn 16 giờ ngày 27/11" in text for _, text in asked)

    await _one_message_with_marks(commune)
    await _one_message_without_marks_in_the_group(commune)
    await _step_by_step(commune)
    await _corrected_before_it_counts(commune)

    done = {"lac-hien", "dong-sen", "ben-do", "cau-da"}
    missing = [code for code in codes if code not in done]
    reminded = await commune.until(26, 19, 30)
    assert sorted(chat for chat, _ in reminded) == sorted(
        [*(f"g-{code}" for code in missing), *(f"chat-l-{code}" for code in missing)]
    )
    escalated = await commune.until(27, 19, 30)
    assert sorted(chat for chat, _ in escalated) == sorted(f"chat-d-{code}" for code in missing)
    ((chat, text),) = await commune.until(30, 8)
    assert chat == "chat-lan"
    assert "4/12 đơn vị đã báo cáo" in text
    assert text.count("(ví dụ)") == 8
    assert "xóm Chùa" in text

    lan = commune.world.talk("Lan", chat="chat-lan")
    await lan.says("tổng hợp tuần 48")
    assert "4/12 đơn vị đã báo cáo." in lan.heard
    assert "Số lượt phát trên loa thôn: 18 lượt, chỉ tiêu 48 lượt; 4/12 nơi" in lan.heard
    await _difficulty_is_answered(commune, lan)


async def _targets_come_as_a_workbook(codes: list[str]) -> None:
    sheet = TargetsSheet(Audit(KEY))
    book, scope = (
        Workbook([IndicatorsSheet(Audit(KEY)), sheet]),
        WorkbookScope(CLOCK.now(), ZoneInfo("Asia/Ho_Chi_Minh")),
    )
    data = workbook([(sheet.name, sheet.columns, [("TT02", code, WEEK, 4, "") for code in codes])])
    proposal = await book.propose(data, scope)
    assert proposal.clean
    assert len(proposal.changes) == 12
    await book.apply(proposal, scope)


async def _one_message_with_marks(commune: Commune) -> None:
    talk = commune.leader("lac-hien")
    await talk.says("báo cáo tuần: phát loa 6 lượt, hướng dẫn 14 lượt, khó khăn: mất sóng ở cuối thôn")
    assert "6 lượt; đạt 150% chỉ tiêu 4" in talk.heard
    await talk.picks("Đúng")
    assert await commune.figures("lac-hien") == {"TT02": 6, "TC05": 14}


async def _one_message_without_marks_in_the_group(commune: Commune) -> None:
    talk = commune.world.talk("L-dong-sen", chat="g-dong-sen", kind="group")
    await talk.says("bc loa 4, huong dan 9")
    assert "thôn Đồng Sen" in talk.heard
    await talk.picks("Đúng")
    assert await commune.figures("dong-sen") == {"TT02": 4, "TC05": 9}


async def _step_by_step(commune: Commune) -> None:
    talk = commune.leader("ben-do")
    await talk.says("bc")
    await talk.says("từng số một")
    assert "(1/1) Số lượt phát trên loa thôn" in talk.heard
    await talk.says("năm")
    assert "5 lượt" in talk.heard
    await talk.picks("Đúng")
    assert await commune.figures("ben-do") == {"TT02": 5}


async def _corrected_before_it_counts(commune: Commune) -> None:
    """By editing the message where that is seen, else by saying so."""
    talk = commune.leader("cau-da")
    await talk.says("bc loa 30")
    if commune.world.platform.capabilities["private"].edit:
        await talk.edits("x", "bc loa 3")
    else:
        await talk.says("à nhầm, loa 3")
    assert "3 lượt; đạt 75% chỉ tiêu 4" in talk.heard
    await talk.picks("Đúng")
    assert await commune.figures("cau-da") == {"TT02": 3}


async def _difficulty_is_answered(commune: Commune, lan: Participant) -> None:
    card = commune.letters.to("chat-lan")[0]
    assert "mất sóng ở cuối thôn" in card.text.plain
    await lan.presses(card.buttons[1], "m")
    await lan.says("Viettel lắp trạm mới tuần sau.")
    for chat in ("chat-l-lac-hien", "g-lac-hien"):
        told = commune.letters.to(chat)[-1].text.plain
        assert "Xã trả lời khó khăn số 1" in told
        assert "Viettel lắp trạm mới tuần sau." in told
