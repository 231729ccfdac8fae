"""The contract of a family of conversations: what it needs, what it provides, what it contributes.

Each folder of `bot/handlers` that is a family has an `entry.py` with one object, `FAMILY`:

    FAMILY = Family("lost", build, needs=(HOME,))

    def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
        conversation = LostConversation(given[HOME], base.services.mail)
        hooks.menu.add(conversation.menu_items, order=85)
        return Contribution([router_of(conversation)], jobs={"lost photo": conversation.fetch})

Assembly finds the families, sorts them by need, builds each once and freezes the hooks. Nothing is registered
elsewhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from bot.core.router import Router
from bot.features.guides.model import Guide
from bot.features.jobs.queue import JobFunction
from bot.features.privacy.personal_table import PersonalTable
from bot.features.privacy.retention import Rule

from .base import Base
from .desk_hooks import MakeDesk
from .hooks import Hooks
from .joints import Given, Provision
from .pages import Pages, Routes

Tick = Callable[[datetime], Awaitable[float | None]]
"""Does what is due at a moment; returns the seconds until it wants to be called again, None for its usual pace."""


FindGuide = Callable[[str], Guide | None]
"""Finds a guide by its slug; None for one that is gone."""


class Work(Struct, frozen=True):
    """Work on a clock: `tick` is called every `seconds`, by one process of the installation at a time.

    `by_all`: by each process for itself.
    """

    name: str
    seconds: float
    tick: Tick
    by_all: bool = False


class Contribution(Struct, frozen=True):
    """All that a family brings to the bot, besides what it adds to hooks.

    `provided` holds a value for each provision that the family names in `provides`. `desk` makes its pages for
    officials where the desk is open, and imports them only then; `routes` are addresses for programs that need more
    than the ground of public pages.
    """

    routers: Sequence[Router] = ()
    provided: Mapping[Provision[Any], object] = field(default_factory=dict)
    jobs: Mapping[str, JobFunction] = field(default_factory=dict)
    work: Sequence[Work] = ()
    desk: MakeDesk = tuple
    routes: Routes = ()


Build = Callable[[Base, Given, Hooks], Contribution]


class Family(Struct, frozen=True):
    """A family of conversations. `always`: it cannot be switched off.

    `needs` must be provided by another family, `wants` may be. `tables` is the dotted name of a module of Tortoise
    models, with the package `migrations` beside it; `locales` is a folder with `LOCALE/LC_MESSAGES/*.po`. `personal`
    lists what it keeps of a person and how that is erased, in `erase_order` (smaller first: rows that name a person
    before the person), `kept_until` what goes by itself after some time. `pages` are open to everybody; `templates`
    is the folder of those of its pages at the desk, which name them `FAMILY/file.html`.
    """

    name: str
    build: Build
    needs: Sequence[Provision[Any]] = ()
    wants: Sequence[Provision[Any]] = ()
    provides: Sequence[Provision[Any]] = ()
    tables: str = ""
    locales: Path | None = None
    always: bool = False
    erase_order: int = 50
    personal: Callable[[FindGuide], Sequence[PersonalTable]] = lambda find_guide: ()
    kept_until: Callable[[], Sequence[Rule]] = tuple
    pages: Pages | None = None
    templates: Path | None = None
