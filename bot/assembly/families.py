"""Find the families of conversations, sort them by need, build each once, and join what they contribute.

A family is a folder of `bot/handlers` with an `entry.py`, or an entry point of the group `langso.features` whose value
is a `Family`. Nothing else names one.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import EntryPoint, entry_points

from aiohttp import web
from msgspec import Struct

import bot.handlers
from bot.core.actions import Codec
from bot.core.context import Context
from bot.core.dispatch import Dispatcher
from bot.core.router import Router
from bot.features.desk.sessions import PLATFORM as DESK
from bot.features.jobs.queue import JobFunction
from bot.features.privacy.personal_table import PersonalTable
from bot.features.privacy.retention import Rule
from bot.handlers.kit.base import Base
from bot.handlers.kit.family import Contribution, Family, FindGuide, Work
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import FamilyError, Given
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import DISPATCH
from bot.settings import SettingsError
from bot.storage import apps

GROUP = "langso.features"
"""The entry-point group of families that other packages bring."""
_GIVE_UP = "huy"


class Conversations(Struct, frozen=True):
    """All families joined: one router, the kinds of jobs, the work on a clock."""

    router: Router
    jobs: Mapping[str, JobFunction]
    work: Sequence[Work]
    desk: Sequence[DeskPage] = ()
    """Its pages for officials, where it is open."""
    routes: Sequence[tuple[str, web.RouteDef]] = ()
    """Addresses for programs, each with the name of its family."""


class _Dispatch:
    """Implements `Dispatch` for families that are built before the router is complete."""

    def __init__(self) -> None:
        self.router = Router()

    @cached_property
    def _whole(self) -> Dispatcher:
        """Return the dispatcher of all families, made when somebody first talks: only then is the router complete."""
        return Dispatcher(self.router)

    async def route(self, ctx: Context) -> None:
        await self._whole.route(ctx)

    async def again(self, ctx: Context, text: str) -> None:
        await self._whole.again(ctx, text)

    def wants_prose(self, ctx: Context) -> bool:
        return ctx.flow is not None and self.router.wants_prose(ctx.flow.name, ctx.flow.step)

    async def otherwise(self, ctx: Context) -> None:
        if self.router.fallback is not None:
            await self.router.fallback(ctx)

    async def run(self, ctx: Context, command: str) -> None:
        ctx.args = ""
        await self.router.commands[command].handler(ctx)

    async def press(self, ctx: Context, data: str) -> None:
        await self._whole.press(ctx, data)

    async def give_up(self, ctx: Context) -> None:
        await self.run(ctx, _GIVE_UP)

    def knows(self, words: str) -> bool:
        return self.router.command_in(words) is not None


def discover(off: Iterable[str] = ()) -> list[Family]:
    """Return the families of this installation without those that are switched `off`, sorted by name.

    The tables of all of them are known to the database afterwards.
    Raises FamilyError for one that cannot be read or bears another's name, SettingsError for a name in `off` that is
    none or may not be switched off.
    """
    found: dict[str, Family] = {}
    for family in [*shipped(), *_foreign(_installed(tuple(sys.path)), skipping=frozenset(off))]:
        if family.name in found:
            raise FamilyError(f"{family.name}: two families have this name")
        found[family.name] = family
        know_tables(family)
    for name in off:
        if name not in found:
            may = ", ".join(sorted(other.name for other in found.values() if not other.always))
            raise SettingsError(f"BOT_FAMILIES_OFF: không có phần việc tên {name!r}; tắt được: {may}")
        if found[name].always:
            raise SettingsError(f"BOT_FAMILIES_OFF: phần việc {name!r} ai cũng cần, không tắt được")
        del found[name]
    return [found[name] for name in sorted(found)]


def know_tables(family: Family) -> None:
    """Let the tables of a family be opened and migrated, also of one that is switched off: its rows stay."""
    if not family.tables:
        return
    try:
        apps.add(family.name, family.tables, f"{family.tables.rpartition('.')[0]}.migrations")
    except ValueError as error:
        raise FamilyError(str(error)) from None
    except Exception as error:
        raise FamilyError(f"{family.name}: cannot read its tables in {family.tables}: {error}") from error


@cache
def shipped() -> Sequence[Family]:
    """Return the families that come with the bot. A start asks three times, and looks through the folders once."""
    return tuple(
        _checked(module.name.rpartition(".")[2], importlib.import_module(f"{module.name}.entry").FAMILY)
        for module in pkgutil.iter_modules(bot.handlers.__path__, f"{bot.handlers.__name__}.")
        if module.ispkg and importlib.util.find_spec(f"{module.name}.entry") is not None
    )


@cache
def _installed(path: tuple[str, ...]) -> Sequence[EntryPoint]:
    """Return what packages on this path bring: the files of all of them are read, so once."""
    return tuple(entry_points(group=GROUP))


def _foreign(points: Iterable[EntryPoint], *, skipping: frozenset[str]) -> Iterable[Family]:
    for point in points:
        if point.name in skipping:
            yield Family(point.name, lambda base, given, hooks: Contribution())
            continue
        try:
            loaded = point.load()
        except Exception as error:
            raise FamilyError(f"{point.name}: cannot be loaded from {point.value}: {error}") from error
        yield _checked(point.name, loaded)


def _checked(name: str, found: object) -> Family:
    if not isinstance(found, Family):
        raise FamilyError(f"{name}: is no Family but {type(found).__name__}")
    if found.name != name:
        raise FamilyError(f"{name}: calls itself {found.name!r}")
    return found


def by_need(families: Sequence[Family]) -> list[Family]:
    """Return the families in an order in which each comes after those that it needs something of.

    Raises FamilyError for a provision with two owners, a need without a provider, and a circle of needs.
    """
    owner: dict[str, Family] = {}
    for family in families:
        for provided in family.provides:
            if provided.name in owner:
                raise FamilyError(f"{family.name}: provides {provided.name!r}, as {owner[provided.name].name} does")
            owner[provided.name] = family
    after: dict[str, list[str]] = {}
    for family in families:
        for needed in family.needs:
            if needed.name not in owner and needed.name != DISPATCH.name:
                raise FamilyError(f"{family.name}: needs {needed.name!r}, which no family provides")
        asked = [*family.needs, *family.wants]
        after[family.name] = sorted({owner[one.name].name for one in asked if one.name in owner})
    named = {family.name: family for family in families}
    try:
        return [named[name] for name in TopologicalSorter(after).static_order()]
    except CycleError as error:
        raise FamilyError(f"families need each other in a circle: {' → '.join(reversed(error.args[1]))}") from None


def join(families: Sequence[Family], base: Base) -> Conversations:
    """Build all families and join what they contribute.

    Raises FamilyError where two families claim one command, word, action code, step, kind of event, job or clock.
    """
    hooks, dispatch = Hooks(), _Dispatch()
    provided: dict[str, object] = {DISPATCH.name: dispatch}
    jobs: dict[str, JobFunction] = {}
    work: dict[str, Work] = {}
    routes: list[tuple[str, web.RouteDef]] = []
    owner: dict[str, str] = {}
    for family in by_need(families):
        made = _built(family, base, Given(provided, [*family.needs, *family.wants]), hooks)
        provided |= {one.name: value for one, value in made.provided.items()}
        try:
            dispatch.router.include(*made.routers)
        except ValueError as error:
            raise FamilyError(f"{family.name}: {error}") from None
        for kind, run in made.jobs.items():
            if kind in jobs:
                raise FamilyError(f"{family.name}: the job {kind!r} belongs to {owner[kind]}")
            jobs[kind], owner[kind] = run, family.name
        for one in made.work:
            if one.name in work:
                raise FamilyError(f"{family.name}: there is work called {one.name!r} already")
            work[one.name] = one
        hooks.desk.add(family.name, made.desk)
        routes += [(family.name, one) for one in made.routes]
    try:
        Codec(dispatch.router.actions)
    except TypeError as error:
        raise FamilyError(str(error)) from None
    hooks.freeze()
    dispatch.router.complete = True
    desk = hooks.desk.pages() if DESK in base.by_name else ()
    return Conversations(dispatch.router, jobs, tuple(work.values()), desk, tuple(routes))


def _built(family: Family, base: Base, given: Given, hooks: Hooks) -> Contribution:
    try:
        made = family.build(base, given, hooks)
    except FamilyError as error:
        raise FamilyError(f"{family.name}: {error}") from None
    promised, kept = {one.name for one in family.provides}, {one.name for one in made.provided}
    if promised != kept:
        raise FamilyError(f"{family.name}: promises to provide {sorted(promised)}, and provides {sorted(kept)}")
    return made


def personal(families: Iterable[Family], find_guide: FindGuide) -> list[PersonalTable]:
    """Return what families keep of people, in the order in which it can be erased."""
    ordered = sorted(families, key=lambda one: one.erase_order)
    return [held for family in ordered for held in family.personal(find_guide)]


def kept_until(families: Iterable[Family]) -> list[Rule]:
    """Return the rules by which what families keep goes by itself."""
    return [rule for family in families for rule in family.kept_until()]
