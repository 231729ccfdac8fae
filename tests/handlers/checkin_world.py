"""A commune that reports: two villages, their teams, an officer and a chair, letters instead of the outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.context import Context, Translate
from bot.core.events import Chat, ChatKind
from bot.core.messages import Message
from bot.core.platform import Capabilities
from bot.core.router import Router
from bot.features.audit import Audit
from bot.features.calendar.periods import CutOff, period
from bot.features.checkins.reading import values
from bot.features.checkins.rollup import RollUps
from bot.features.checkins.rounds import Rounds
from bot.features.commune import settings as commune
from bot.features.jobs.queue import Jobs
from bot.features.notices.mail import Mail
from bot.features.outbox.homes import Homes
from bot.features.outbox.states import Klass
from bot.handlers.checkins import history as checkin_own
from bot.handlers.checkins import notes as checkin_notes
from bot.handlers.checkins import offers as checkin_offers
from bot.handlers.checkins import photos as checkin_photos
from bot.handlers.checkins import questions as checkin_said
from bot.handlers.checkins import report as checkins
from bot.handlers.checkins.common import CheckinService
from bot.handlers.difficulties import answering, difficulties
from bot.handlers.difficulties import grades as difficulty_grades
from bot.handlers.difficulties import merging as difficulty_more
from bot.handlers.front import start
from bot.handlers.kit.hooks import Hooks, Understand
from bot.handlers.safety import danger as safety
from bot.handlers.targets import assigning, indicator_changes, rollup_groups, rollups, rounds
from bot.handlers.targets import lists as target_lists
from bot.testing import RICH, FakePlatform, Participant, World
from tests.conversations import content
from tests.features.village import KEY, Places, counted, group, places, somebody
from tests.front import front
from tests.kit import catalogues

MONTH, WEEK = "2026-11", "2026-W48"


@dataclass
class Letters:
    """Takes the place of the outbox: what was written to whom."""

    sent: dict[str, tuple[Chat, Message]] = field(default_factory=dict)
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

    def hoa(self) -> Participant:
        return self.world.talk("Hoa", chat="chat-Hoa")

    def lan(self) -> Participant:
        """The officer."""
        return self.world.talk("Lan", chat="chat-lan")

    def nam(self) -> Participant:
        """The chair."""
        return self.world.talk("Nam", chat="chat-nam")

    def in_group(self, name: str) -> Participant:
        return self.world.talk(name, chat="g1", kind="group")

    async def figure(self, code: str, of: str = MONTH) -> Decimal | None:
        held = (await values.of_period(self.at.village, of)).get(code)
        return None if held is None else held.value

    async def had(self, code: str, amounts: list[int], unit_id: int | None = None) -> None:
        """Figures of the months up to October."""
        for back, amount in enumerate(reversed(amounts)):
            of = period(f"2026-{10 - back:02}")
            new = values.NewFigure(unit_id or self.at.village, code, of, Decimal(amount), None, 0)
            await values.write([new], source="chat", by=None, now=self.world.clock.now())


async def _nothing(ctx: Context) -> None: ...


def conversations(
    db: BaseDBAsyncClient, letters: Letters, asked: Rounds, cut_off: CutOff = "calendar"
) -> Callable[[], Router]:
    """The talks about check-ins, as they are put together for the bot."""

    def router() -> Router:
        hooks = Hooks()
        hard = difficulties.DifficultyConversation(letters, hooks.aside, _nothing)
        desk = CheckinService(asked, letters, Audit(KEY), cut_off)
        talk = checkins.CheckinConversation(desk, hard.keep, Jobs(db), about_figures=hooks.about_figures)
        hooks.aside.add(talk)
        stories = Router()

        @stories.command("kể", takes_args=True)
        async def story(ctx: Context) -> None:
            """Take the words as what the model of meanings calls a report."""
            await talk.take_story(ctx, ctx.args)

        goals = target_lists.TargetLists(desk)
        sums = rollups.RollUpConversation(desk, RollUps(db), Jobs(db))
        own = checkin_own.CheckinHistoryConversation(desk, RollUps(db), talk)
        pictures = checkin_photos.CheckinPhotoConversation(desk, talk, Jobs(db))
        offers = checkin_offers.CheckinOfferConversation(desk, talk.answers, pictures)
        told = checkin_said.CheckinQuestionConversation(desk, own, talk)
        hooks.about_figures.add(told.understand)
        hooks.freeze()
        root = Router()
        root.include(
            safety.build(),
            checkins.build(talk),
            stories,
            checkin_notes.build(checkin_notes.CheckinNoteConversation(desk, talk.answers)),
            checkin_photos.build(pictures),
            checkin_offers.build(offers),
            checkin_own.build(own),
            assigning.build(assigning.TargetAssigningConversation(desk, goals)),
            target_lists.build(goals),
            rollups.build(sums),
            rollup_groups.build(rollup_groups.RollUpGroupConversation(sums)),
            indicator_changes.build(indicator_changes.IndicatorChangeConversation(desk)),
            rounds.build(rounds.RoundConversation(desk)),
            difficulties.build(hard),
            answering.build(answering.DifficultyAnswerConversation(hard, Mail(letters))),
            difficulty_grades.build(difficulty_grades.DifficultyGradeConversation(hard, Audit(KEY))),
            difficulty_more.build(difficulty_more.DifficultyMore(hard, Audit(KEY))),
            front(
                commune=lambda ctx: commune.DEMO,
                languages={"vi": "Tiếng Việt", "en": "English"},
                menu_items=[talk.menu_items, sums.menu_items, start.settings_items],
                links=[],
                understand=[told.understand, talk.understand, _asks_how_far(hard), _asks_for_own(own)],
                at_menu=talk.at_menu,
                drops=talk.drops,
                take_photo=offers.unasked,
            ),
        )
        return root

    return router


def _asks_how_far(hard: difficulties.DifficultyConversation) -> Understand:
    async def reads(ctx: Context, words: str) -> bool:
        return content().search.means(words, "leader:difficulty-status") and await hard.how_far(ctx, words)

    return reads


def _asks_for_own(own: checkin_own.CheckinHistoryConversation) -> Understand:
    async def reads(ctx: Context, words: str) -> bool:
        meant = content().search.means(words, "leader:my-figures")
        if meant:
            await own.command(ctx)
        return meant

    return reads


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
