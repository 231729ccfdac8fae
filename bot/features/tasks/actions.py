"""The buttons of tasks. Those that change something name the task and the version that was shown."""

from __future__ import annotations

from bot.core.actions import Action


class OpenWork(Action, code="nvl"):
    """One's own tasks; for those who lead, the village's."""


class OpenTask(Action, code="nv"):
    task: int


class NewTask(Action, code="nvm"):
    """Begin a task in a village; "" asks for it."""

    unit: str


class ChooseDoer(Action, code="nvc"):
    task: int
    version: int


class GiveTo(Action, code="nvg"):
    """Give to a person; 0 is whoever wants it."""

    task: int
    version: int
    person: int


class TakeTask(Action, code="nvn"):
    task: int
    version: int


class RefuseTask(Action, code="nvk"):
    task: int
    version: int


class HandOver(Action, code="nvh"):
    """Ask to whom (person 0), or hand over."""

    task: int
    version: int
    person: int


class FinishTask(Action, code="nvx"):
    task: int
    version: int


class DropTask(Action, code="nvb"):
    task: int
    version: int


class NameSource(Action, code="nvs"):
    """Begin to say which level or sector wants it, and on what paper."""

    task: int
    version: int
