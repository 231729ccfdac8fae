"""Difficulties: told by villages, answered by the commune, and advice from those who watch over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.features.difficulties import personal_data
from bot.features.difficulties.difficulty_schedule import DifficultySchedule
from bot.handlers.kit.base import Base
from bot.handlers.kit.desk_hooks import DeskHooks
from bot.handlers.kit.family import Contribution, Family, Work
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import DISPATCH, KEEP_DIFFICULTY
from bot.i18n import msg

from . import answering, difficulties, for_group, grades, mentors, merging

MEANINGS = (Meaning("official:difficulties", msg("Sổ khó khăn"), command="khokhan"),)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services = base.services
    hard = difficulties.DifficultyConversation(services.outbox, hooks.aside, given[DISPATCH].otherwise)
    advice = mentors.MentorConversation(hard, services.mail, services.audit)
    urgency = grades.DifficultyGradeConversation(hard, services.audit)
    hooks.menu.add(advice.menu_items, order=50)
    hooks.forwards.add(for_group.KIND)
    hooks.understand.add(urgency.understand, order=60)
    raised = Meaning("leader:difficulty", msg("Gửi khó khăn lên xã"), does=hard.raise_in_words)
    asked = Meaning("leader:difficulty-status", msg("Xã đã trả lời chưa"), does=hard.how_far)
    for meaning in (*MEANINGS, raised, asked):
        hooks.meanings.add(meaning)
    return Contribution(
        [
            difficulties.build(hard),
            answering.build(answering.DifficultyAnswerConversation(hard, services.mail)),
            grades.build(urgency),
            mentors.build(advice),
            merging.build(merging.DifficultyMore(hard, services.audit)),
        ],
        {KEEP_DIFFICULTY: hard.keep},
        work=[Work("difficulties", 300.0, DifficultySchedule(services.mail).tick)],
        desk=lambda: _desk(base, hooks.desk),
    )


def _desk(base: Base, desk: DeskHooks) -> Sequence[DeskPage]:
    from .desk import listed, one

    desk.today.add(listed.today_lines, order=40)
    desk.of_person.add(listed.of_person, order=20)
    return [listed.DifficultiesPage().page(), one.DifficultyPage(base.services.outbox).page()]


FAMILY = Family(
    "difficulties",
    build,
    tables="bot.features.difficulties.tables",
    needs=(DISPATCH,),
    provides=(KEEP_DIFFICULTY,),
    erase_order=10,
    personal=lambda find_guide: personal_data.personal_tables(),
    templates=Path(__file__).parent / "desk",
)
