"""A commune that reports: two villages, their teams, an officer and a chair, letters instead of the outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.context import Translate
from bot.core.events import Chat, ChatKind
from bot.core.messages import Message
from bot.core.platform import Capabilities
from bot.core.router import Router
from bot.features import commune
from bot.features.audit import Audit
from bot.features.checkins import values
from bot.features.checkins.periods import CutOff, period
from bot.features.checkins.rollup import RollUps
from bot.features.checkins.rounds import Rounds
from bot.features.jobs import Jobs
from bot.handlers import (
    assigning,
    checkin_notes,
    checkin_offers,
    checkin_own,
    checkin_photos,
    checkin_said,
    checkins,
    difficulties,
    difficulty_grades,
    difficulty_more,
    indicator_changes,
    rollup_groups,
    rollups,
    rounds,
    safety,
    start,
    target_lists,
)
from bot.handlers.checkin_desk import Desk
from bot.testing import RICH, FakePlatform, Talk, World
from tests.features.village import KEY, Places, counted, group, places, somebody
from tests.kit import catalogues

MONTH, WEEK = "2026-11", "2026-W48"


@dataclass
class Letters:
    """Takes the place of the outbox: what was written to whom."""

    sent: dict[str, tuple[Chat, Message]] = field(default_factory=dict)
    capabilities: Mapping[str, Mapping[ChatKind, Capabilities]] = field(default_factory=lambda: {"fake": RICH})
    off: Mapping[str, str] = field(default_factory=dict)
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
        locale: str | None = None,
    ) -> bool:
        assert isinstance(message, Message)
        new = key not in self.sent
        self.sent.setdefault(key, (chat, message))
        return new

    def to(self, chat_id: str) -> list[Message]:
        return [message for chat, message in self.sent.values() if chat.id == chat_id]


@dataclass
class Village:
    world: World
    at: Places
    letters: Letters
    rounds: Rounds

    def hoa(self) -> Talk:
        return self.world.talk("Hoa", chat="chat-Hoa")

    def lan(self) -> Talk:
        """The officer."""
        return self.world.talk("Lan", chat="chat-lan")

    def nam(self) -> Talk:
        """The chair."""
        return self.world.talk("Nam", chat="chat-nam")

    def in_group(self, name: str) -> Talk:
        return self.world.talk(name, chat="g1", kind="group")

    async def figure(self, code: str, of: str = MONTH) -> Decimal | None:
        held = (await values.of_period(self.at.village, of)).get(code)
        return None if held is None else held.value

    async def had(self, code: str, amounts: list[int], unit_id: int | None = None) -> None:
        """Figures of the months up to October."""
        for back, amount in enumerate(reversed(amounts)):
            of = period(f"2026-{10 - back:02}")
            new = values.New(unit_id or self.at.village, code, of, Decimal(amount), None, 0)
            await values.write([new], source="chat", by=None, now=self.world.clock.now())


def conversations(
    db: BaseDBAsyncClient, letters: Letters, asked: Rounds, cut_off: CutOff = "calendar"
) -> Callable[[], Router]:
    """The talks about check-ins, as they are put together for the bot."""

    def router() -> Router:
        hard = difficulties.DifficultyTalk(letters)
        desk = Desk(asked, letters, Audit(KEY), cut_off)
        talk = checkins.CheckinTalk(desk, hard.keep, Jobs(db))
        hard.report = talk
        goals = target_lists.TargetLists(desk)
        sums = rollups.RollUpTalk(desk, RollUps(db), Jobs(db))
        own = checkin_own.OwnTalk(desk, RollUps(db), talk)
        pictures = checkin_photos.PhotoTalk(desk, talk, Jobs(db))
        offers = checkin_offers.OfferTalk(desk, talk.answers, pictures)
        told = checkin_said.SaidTalk(desk, own, talk)
        talk.about_figures = told.understand
        root = Router()
        root.include(
            safety.build(),
            checkins.build(talk),
            checkin_notes.build(checkin_notes.NoteTalk(desk, talk.answers)),
            checkin_photos.build(pictures),
            checkin_offers.build(offers),
            checkin_own.build(own),
            assigning.build(assigning.AssignTalk(desk, goals)),
            target_lists.build(goals),
            rollups.build(sums),
            rollup_groups.build(rollup_groups.GroupTalk(sums)),
            indicator_changes.build(indicator_changes.ChangesTalk(desk)),
            rounds.build(rounds.RoundTalk(desk)),
            difficulties.build(hard),
            difficulty_grades.build(difficulty_grades.GradeTalk(hard, Audit(KEY))),
            difficulty_more.build(difficulty_more.DifficultyMore(hard, Audit(KEY))),
            start.build(
                commune=lambda ctx: commune.DEMO,
                languages={"vi": "Tiếng Việt", "en": "English"},
                menu_items=[talk.menu_items, sums.menu_items, start.settings_items],
                links=[],
                understand=[told.understand, talk.understand, hard.understand],
                at_menu=talk.at_menu,
                drops=talk.drops,
                take_photo=offers.unasked,
            ),
        )
        return root

    return router


async def make_village(db: BaseDBAsyncClient, platform: FakePlatform, cut_off: CutOff = "calendar") -> Village:
    at = await places()
    letters = Letters()
    asked = Rounds(letters, cut_off)
    await counted(at.village, 326, 410)
    for name, role, unit_id in (
        ("hoa", "leader", at.village),
        ("ba", "deputy", at.village),
        ("tu", "member", at.village),
        ("lan", "officer", at.commune),
        ("nam", "chair", at.commune),
        ("xa", "leader", at.far_village),
    ):
        await somebody(name, role, unit_id)

    world = World(db, conversations(db, letters, asked, cut_off), catalogues().translate, platform)
    await group("fake", "g1", at.village, "Thôn Lạc Hiền", world.clock.now())
    return Village(world, at, letters, asked)
