"""Tasks: what a team gives to its members, and what is to be done today."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.features.tasks import personal_data
from bot.features.tasks.notices import TaskNotices
from bot.features.tasks.scheduled_work import TaskSchedule
from bot.handlers.kit.base import Base
from bot.handlers.kit.desk_hooks import DeskHooks
from bot.handlers.kit.family import Contribution, Family, Work
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import GIVE_TASK
from bot.i18n import msg

from . import common, for_group, giving, tasks

MEANINGS = (
    Meaning("official:tasks", msg("Các việc đã giao"), command="congviec"),
    Meaning("leader:tasks", msg("Việc của tôi"), command="congviec"),
)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services = base.services
    notices = TaskNotices(services.mail)
    service = common.TaskService(notices, services.audit)
    work = tasks.TaskConversation(service, more=hooks.work)
    given_out = giving.TaskGivingConversation(service)
    hooks.menu.add(work.menu_items, order=30)
    hooks.new_role.add(work.first)
    hooks.forwards.add(for_group.KIND)
    for meaning in MEANINGS:
        hooks.meanings.add(meaning)
    return Contribution(
        [tasks.build(work), giving.build(given_out)],
        {GIVE_TASK: given_out},
        work=[Work("tasks", 300.0, TaskSchedule(notices).tick)],
        desk=lambda: _desk(hooks.desk),
    )


def _desk(desk: DeskHooks) -> Sequence[DeskPage]:
    from .desk import listed, one

    desk.today.add(listed.today_lines, order=45)
    desk.of_person.add(listed.of_person, order=30)
    return [listed.TasksPage().page(), one.TaskPage().page()]


FAMILY = Family(
    "tasks",
    build,
    provides=(GIVE_TASK,),
    always=True,
    personal=lambda find_guide: personal_data.personal_tables(),
    templates=Path(__file__).parent / "desk",
)
