"""A round opens by the clock, reminds who is missing, escalates, names its gaps, and survives an outage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.context import Translate
from bot.core.events import Chat, ChatKind
from bot.core.messages import Message
from bot.core.platform import Capabilities
from bot.features import units
from bot.features.calendar.periods import period
from bot.features.calendar.vietnam import VIETNAM
from bot.features.checkins import plans
from bot.features.checkins.reading import values
from bot.features.checkins.rounds import Rounds
from bot.features.groups import channels
from bot.features.outbox.homes import Homes
from bot.features.outbox.states import Klass
from bot.storage.database import MEMORY, created
from bot.storage.tables.checkins import Round, RoundPlan
from bot.testing import RICH, TestClock
from tests.features.village import Places, places, somebody
from tests.kit import catalogues


def hanoi(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=VIETNAM).astimezone(UTC)


@dataclass
class Letters:
    """Takes the place of the outbox; the same key again is no second letter."""

    keys: set[str] = field(default_factory=set)
    news: list[tuple[str, str]] = field(default_factory=list)
    capabilities: Mapping[str, Mapping[ChatKind, Capabilities]] = field(default_factory=lambda: {"fake": RICH})
    off: Mapping[str, str] = field(default_factory=dict)
    homes: Homes = field(default_factory=dict)
    translate: Translate = field(default_factory=lambda: catalogues().translate)
    locale: str = "vi"

    async def may_push(self, chat: Chat, now: datetime) -> bool:
        return True

    async def add(
        self,
        chat: Chat,
        message: Message | Sequence[Message],
        *,
        key: str,
        now: datetime,
        expires_at: datetime | None = None,
        answering: bool = False,
        low: bool = False,
        klass: Klass = "notice",
        locale: str | None = None,
    ) -> bool:
        assert isinstance(message, Message)
        if key in self.keys:
            return False
        self.keys.add(key)
        self.news.append((chat.id, message.text.plain))
        return True

    def read(self) -> list[tuple[str, str]]:
        found, self.news = sorted(self.news), []
        return found


@dataclass
class Commune:
    """Two villages with a group each, and the people who are told."""

    at: Places
    letters: Letters
    rounds: Rounds
    clock: TestClock

    async def until(self, moment: datetime) -> list[str]:
        """Who was written to when the clock struck."""
        self.clock.time = moment
        await self.rounds.tick(moment)
        return [chat for chat, _ in self.letters.read()]

    async def reports(self, unit_id: int, of: str = "2026-W48") -> None:
        new = values.NewFigure(unit_id, "TT02", period(of), Decimal(5), None, 0)
        await values.write([new], source="chat", by=None, now=self.clock.now())


@pytest.fixture
async def commune(db: BaseDBAsyncClient) -> Commune:
    at = await places()
    clock = TestClock()
    clock.time = hanoi(23, 7)
    for unit_id, group in ((at.village, "g-lac-hien"), (at.other_village, "g-dong-cao"), (at.far_village, "g-far")):
        await channels.register("fake", group, unit_id, "village", group, clock.now())
    for name, role, unit_id in (
        ("leader", "leader", at.other_village),
        ("deputy", "deputy", at.other_village),
        ("done", "leader", at.village),
        ("officer", "officer", at.commune),
        ("stranger", "officer", at.other_commune),
    ):
        await somebody(name, role, unit_id, clock.now())
    letters = Letters()
    rounds = Rounds(letters)
    await rounds.plan(at.commune, "week", clock.now())
    return Commune(at, letters, rounds, clock)


async def test_a_week_from_opening_to_closing(commune: Commune) -> None:
    assert await commune.until(hanoi(24, 9)) == []
    assert await commune.until(hanoi(25, 8)) == ["g-dong-cao", "g-lac-hien"]
    assert await commune.until(hanoi(25, 8)) == []
    await commune.reports(commune.at.village)
    assert await commune.until(hanoi(26, 19)) == []
    assert await commune.until(hanoi(26, 19, 30)) == ["chat-leader", "g-dong-cao"]
    assert await commune.until(hanoi(27, 16)) == []
    assert await commune.until(hanoi(27, 19, 30)) == ["chat-deputy"]
    commune.clock.time = hanoi(30, 8)
    await commune.rounds.tick(commune.clock.now())
    (chat, text), *rest = commune.letters.read()
    assert (chat, rest) == ("chat-officer", [])
    assert "1/2 đơn vị đã báo cáo" in text
    assert "Chưa báo cáo: thôn Đông Cao" in text
    status = await commune.rounds.status(commune.at.commune, "week", "2026-W48")
    assert status is not None
    assert (status.open, status.missing) == (False, ("dong-cao",))


async def test_who_oversees_villages_hears_once_which_of_them_are_late(commune: Commune) -> None:
    for name, villages in (("both", [commune.at.village, commune.at.other_village]), ("one", [commune.at.village])):
        for unit_id in villages:
            await somebody(name, "steering", unit_id, commune.clock.now())
    await commune.until(hanoi(25, 8))
    assert await commune.until(hanoi(27, 19, 30)) == ["chat-deputy"]
    commune.clock.time = hanoi(30, 8)
    await commune.rounds.tick(commune.clock.now())
    heard = dict(commune.letters.read())
    assert heard["chat-both"].startswith("Bác phụ trách thôn Đông Cao, thôn Lạc Hiền: chưa báo cáo")
    assert heard["chat-one"].startswith("Bác phụ trách thôn Lạc Hiền: chưa báo cáo")
    await commune.reports(commune.at.village, "2026-W49")
    await commune.until(hanoi(2, 8, month=12))
    await commune.until(hanoi(4, 19, 30, month=12))
    assert await commune.until(hanoi(7, 8, month=12)) == ["chat-both", "chat-officer"]


async def test_nobody_is_reminded_when_all_have_reported(commune: Commune) -> None:
    await commune.until(hanoi(25, 8))
    await commune.reports(commune.at.village)
    await commune.reports(commune.at.other_village)
    assert await commune.until(hanoi(26, 19, 30)) == []
    assert await commune.until(hanoi(27, 19, 30)) == []
    assert await commune.until(hanoi(30, 8)) == ["chat-officer"]


async def test_an_outage_over_two_reminders_sends_the_last_one_alone(commune: Commune) -> None:
    await commune.until(hanoi(25, 8))
    assert await commune.until(hanoi(27, 20)) == ["chat-deputy"]
    assert await commune.until(hanoi(27, 20)) == []


async def test_an_outage_of_three_weeks_asks_for_the_last_week_alone(commune: Commune) -> None:
    asked = await commune.until(hanoi(16, 9, month=12))
    assert asked == ["g-dong-cao", "g-lac-hien"]
    rows = await Round.all().order_by("id")
    assert [(one.period, one.state) for one in rows] == [
        ("2026-W48", "closed"),
        ("2026-W49", "closed"),
        ("2026-W50", "closed"),
        ("2026-W51", "open"),
    ]


async def test_a_week_that_was_overslept_to_its_end_is_asked_for_late(commune: Commune) -> None:
    assert await commune.until(hanoi(29, 9)) == ["g-dong-cao", "g-lac-hien"]
    status = await commune.rounds.awaited(commune.at.commune, "week")
    assert status is not None
    assert (status.period.name, status.due_at) == ("2026-W48", hanoi(30, 16))


@pytest.mark.fault(12, "Tết")
async def test_the_week_of_tet_is_skipped(commune: Commune) -> None:
    await commune.until(datetime(2027, 1, 27, 2, tzinfo=UTC))
    await commune.until(datetime(2027, 2, 17, 2, tzinfo=UTC))
    names = [one.period for one in await Round.filter(period__startswith="2027").order_by("id")]
    assert "2027-W04" in names
    assert "2027-W06" not in names
    assert "2027-W07" in names


async def test_a_closed_round_is_reopened_with_a_reason_and_closes_again(commune: Commune) -> None:
    await commune.until(hanoi(25, 8))
    await commune.until(hanoi(30, 8))
    one = await Round.get(period="2026-W48")
    with pytest.raises(ValueError, match="reason"):
        await commune.rounds.reopen(one.id, " ", hanoi(1, 16, month=12), commune.clock.now())
    assert await commune.rounds.reopen(one.id, "mất điện cả tuần", hanoi(1, 16, month=12), commune.clock.now())
    assert [chat for chat, text in commune.letters.read() if "mất điện cả tuần" in text] == ["g-dong-cao", "g-lac-hien"]
    assert not await commune.rounds.reopen(one.id, "lần nữa", hanoi(1, 16, month=12), commune.clock.now())
    assert await commune.until(hanoi(1, 19, 30, month=12)) == []
    assert await commune.until(hanoi(2, 8, month=12)) == ["chat-officer", "g-dong-cao", "g-lac-hien"]


async def test_a_reopened_round_is_told_in_the_groups_of_a_village_that_went_into_another_one_since(
    commune: Commune,
) -> None:
    await commune.until(hanoi(25, 8))
    await commune.until(hanoi(30, 8))
    await units.merge(["lac-hien"], "dong-cao", date(2026, 12, 1))
    one = await Round.get(period="2026-W48")
    late = hanoi(1, 9, month=12)
    assert await commune.rounds.reopen(one.id, "mất điện cả tuần", hanoi(2, 16, month=12), late)
    # The people of the one group are those of both villages now.
    told = [chat for chat, text in commune.letters.read() if "mất điện cả tuần" in text]
    assert told == ["g-dong-cao", "g-lac-hien"]


async def test_a_round_asks_no_more_of_the_database_for_many_villages_than_for_a_few() -> None:
    """The messages apart: on SQLite nobody else gets an answer meanwhile, and 500 villages took seconds."""

    async def asked(villages: int) -> list[int]:
        async with created(MEMORY) as db:
            at, now = await places(), hanoi(23, 7)
            for n in range(villages):
                place = await units.create(f"thon-{n}", "thôn", f"Số {n}", parent="yen-mo", valid_from=date(2025, 7, 1))
                await channels.register("fake", f"g{n}", place.id, "village", f"Nhóm {n}", now)
                for role in ("leader", "deputy", "steering"):
                    await somebody(f"{role}-{n}", role, place.id, now)
            letters = Letters()
            rounds = Rounds(letters)
            await rounds.plan(at.commune, "week", now)
            counts: list[int] = []
            for moment in (hanoi(25, 8), hanoi(26, 19, 30), hanoi(28, 10), hanoi(30, 8)):
                statements: list[str] = []
                await db._connection.set_trace_callback(statements.append)
                await rounds.tick(moment)
                await db._connection.set_trace_callback(None)
                assert len(letters.read()) >= villages
                counts.append(len(statements))
            return counts

    assert await asked(3) == await asked(30)


async def test_a_plan_is_made_once_and_two_processes_open_one_round(commune: Commune) -> None:
    await commune.rounds.plan(commune.at.commune, "week", commune.clock.now())
    other = Rounds(commune.letters)
    commune.clock.time = hanoi(25, 8)
    await commune.rounds.tick(commune.clock.now())
    await other.tick(commune.clock.now())
    assert await Round.all().count() == 1
    assert len(commune.letters.read()) == 2


async def test_a_round_that_another_process_closes_at_the_same_moment_stays_closed(commune: Commune) -> None:
    await commune.until(hanoi(25, 8))
    one = await Round.get(period="2026-W48")
    await commune.until(hanoi(30, 8))
    # A second process found it open, and its turn comes only now.
    await Rounds(commune.letters)._advance(one.id, commune.clock.now())
    assert (await Round.get(id=one.id)).state == "closed"


async def test_a_plan_that_is_switched_off_while_the_clock_strikes_stays_off(commune: Commune) -> None:
    plan = await RoundPlan.get(cadence="week")
    assert await plans.stop(commune.at.commune, "week")
    # The clock found it on, and its turn comes only now.
    await commune.rounds._open(plan.id, hanoi(25, 8))
    assert not (await RoundPlan.get(id=plan.id)).enabled
    assert commune.letters.read() == []


async def test_a_group_is_asked_and_reminded_in_the_language_that_it_chose(commune: Commune) -> None:
    await channels.set_locale("fake", "g-dong-cao", "en", commune.clock.now())
    for moment in (hanoi(25, 8), hanoi(26, 19, 30)):
        commune.clock.time = moment
        await commune.rounds.tick(moment)
        told = dict(commune.letters.read())
        assert "begin with my name" in told["g-dong-cao"]
        assert "nhắc tên tôi" in told["g-lac-hien"]
        if "chat-leader" in told:
            assert "Nhắc nhẹ" in told["chat-leader"], "a person is written to in the installation's language"


async def test_half_a_year_from_opening_to_closing_asks_for_its_last_month(commune: Commune) -> None:
    at, asked = commune.at, commune.rounds
    await plans.stop(at.commune, "week")
    await asked.plan(at.commune, "half", commune.clock.now())
    assert await commune.until(hanoi(15, 9, month=12)) == []
    commune.clock.time = hanoi(16, 8, month=12)
    await asked.tick(commune.clock.now())
    letters = dict(commune.letters.read())
    assert sorted(letters) == ["g-dong-cao", "g-lac-hien"]
    assert "đã đến lúc báo cáo 6 tháng cuối năm 2026, hạn 16 giờ ngày 31/12" in letters["g-lac-hien"]
    assert "báo nốt tháng 12" in letters["g-lac-hien"]
    # An earlier month, and a week that ends in the half-year, do not complete it; December does.
    await commune.reports(at.other_village, "2026-11")
    await commune.reports(at.other_village, "2026-W52")
    await commune.reports(at.village, "2026-12")
    commune.clock.time = hanoi(30, 19, 30, month=12)
    await asked.tick(commune.clock.now())
    letters = dict(commune.letters.read())
    assert sorted(letters) == ["chat-leader", "g-dong-cao"]
    assert "chưa nhận được số liệu tháng 12 để tính 6 tháng cuối năm 2026" in letters["chat-leader"]
    assert await commune.until(hanoi(31, 19, 30, month=12)) == ["chat-deputy"]
    commune.clock.time = datetime(2027, 1, 4, 8, tzinfo=VIETNAM).astimezone(UTC)
    await asked.tick(commune.clock.now())
    [(chat, text)] = commune.letters.read()
    assert chat == "chat-officer"
    assert "Đã khóa sổ 6 tháng cuối năm 2026: 1/2 đơn vị đã báo cáo" in text
    assert (await RoundPlan.get(cadence="half")).next_period == "2027-H1"


async def test_a_year_that_was_overslept_is_asked_for_once_and_its_own_figure_is_enough(commune: Commune) -> None:
    at = commune.at
    await plans.stop(at.commune, "week")
    await commune.rounds.plan(at.commune, "year", commune.clock.now())
    await commune.reports(at.village, "2027")
    assert await commune.until(datetime(2028, 1, 10, 9, tzinfo=VIETNAM).astimezone(UTC)) == ["g-dong-cao"]
    assert await Round.filter(period="2026", state="closed").count() == 1
    status = await commune.rounds.status(at.commune, "year", "2027")
    assert status is not None
    assert status.open


async def test_the_example_of_a_reminder_is_told_for_that_period(commune: Commune) -> None:
    """A leader who typed the example for a month was reminded again: it was a figure of the week."""
    await plans.stop(commune.at.commune, "week")
    await commune.rounds.plan(commune.at.commune, "month", commune.clock.now())
    await commune.until(hanoi(25, 8))
    await commune.rounds.tick(hanoi(29, 19, 30))
    assert all("“bc hồ sơ 0”" in text for _, text in commune.letters.read())


async def test_a_week_that_ends_with_the_year_does_not_complete_it(commune: Commune) -> None:
    await commune.reports(commune.at.village, "2028-W52")
    await commune.reports(commune.at.other_village, "2028-Q4")
    assert period("2028-W52").last == period("2028").last
    missing = await commune.rounds.missing(commune.at.commune, period("2028"))
    assert [one.code for one in missing] == ["lac-hien"]
