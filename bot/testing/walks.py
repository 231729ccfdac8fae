"""Whole conversations on an adapter: a real engine and database, and people who press where there is a button.

A walk says what people do and see; it is told once and goes on every messenger, by buttons or by numbers.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.engine import Engine, EngineLimits
from bot.core.events import ChatKind, TextSent
from bot.core.messages import Button
from bot.core.pacing import Pacer
from bot.core.router import Router
from bot.framework.app import App
from bot.framework.catalogue import catalogue_of
from bot.framework.running import tables_of
from bot.storage import database
from bot.storage.store import ConversationStore

from . import inbox
from .rig import Case, Rig, Shown

_NUMBERED = re.compile(r"^(\d{1,2})\. (.+)$", re.MULTILINE)


class Borrow(Action, code="borrow"):
    days: int


def _router() -> Router:
    """Return the bot of the walks: a menu, and a form of two steps with a check."""
    router = Router()

    @router.command("menu")
    async def menu(ctx: Context) -> None:
        ctx.reply("For how long?", [Button.to("A week", Borrow(7)), Button.to("A month", Borrow(30))])

    @router.action(Borrow)
    async def borrow(ctx: Context, action: Borrow) -> None:
        ctx.ask("Which book?", "borrow", "title", {"days": str(action.days)})

    @router.step("borrow", "title", TextSent)
    async def title(ctx: Context) -> None:
        ctx.ask("The number on your card?", "borrow", "card", {**ctx.data, "title": ctx.text})

    @router.step("borrow", "card", TextSent)
    async def card(ctx: Context) -> None:
        if not ctx.text.startswith("card "):
            ctx.reply("That is no card.")
            return
        ctx.reply(f"{ctx.data['title']} is yours for {ctx.data['days']} days.")
        ctx.leave_flow()

    @router.otherwise
    async def echo(ctx: Context) -> None:
        ctx.reply(f"You said: {ctx.text}")

    return router


@dataclass
class Town:
    """One adapter and the engine behind it; `restarts` is what a power cut is to people."""

    rig: Rig
    db: BaseDBAsyncClient
    kind: ChatKind
    engine: Engine = field(init=False)
    _taken: int = 0
    _before: int = 0

    def begins(self) -> None:
        clock, platform = self.rig.kit.clock, self.rig.platform
        self.engine = Engine(
            router=_router(),
            store=ConversationStore(self.db),
            platforms={platform.name: platform},
            pacers={platform.name: Pacer(1000.0, clock)},
            translate=catalogue_of("en").translate,
            link_to=self.rig.kit.media.url,
            clock=clock,
            locale="en",
            limits=EngineLimits(per_minute=1000, mark_after=0),
        )

    async def restarts(self) -> None:
        await self.engine.stop()
        self.begins()
        await self.engine.start()
        await self.engine.idle()

    async def says(self, text: str) -> None:
        self._before = len(await self._shown())
        await self.rig.says(text, self.kind)
        await self._arrives()

    async def picks(self, label: str) -> None:
        """Press the button, or say the number where there is none."""
        shown = await self._shown()
        if any(label == name for name, _ in shown[-1].buttons):
            self._before = len(shown)
            await self.rig.presses(label, self.kind)
            await self._arrives()
            return
        numbers = {line: number for number, line in _NUMBERED.findall(shown[-1].text)}
        assert label in numbers, f"{label!r} cannot be chosen in {shown[-1].text!r}"
        await self.says(numbers[label])

    async def _arrives(self) -> None:
        events = await self.rig.inbox.holds(self._taken + 1)
        new, self._taken = events[self._taken :], len(events)
        await self.engine.receive(new)
        await self.engine.idle()

    async def sees(self, words: str) -> None:
        """Look at the newest message; it may have taken the place of an older one."""
        shown = await self._shown()
        assert shown, f"nothing is there; expected {words!r}"
        assert words in shown[-1].text, f"{shown[-1].text!r} instead of {words!r}"

    async def _shown(self) -> list[Shown]:
        return [*await self.rig.shown(self.rig.chat(self.kind))]


async def talk(town: Town) -> None:
    await town.says("good morning")
    await town.sees("You said: good morning")


async def menu(town: Town) -> None:
    await town.says("/menu")
    await town.sees("For how long?")
    await town.picks("A month")
    await town.sees("Which book?")


async def form(town: Town) -> None:
    await menu(town)
    await town.says("Tale of Kieu")
    await town.sees("The number on your card?")
    await town.says("what?")
    await town.sees("That is no card.")
    await town.says("card 1234")
    await town.sees("Tale of Kieu is yours for 30 days.")


async def restart(town: Town) -> None:
    """Go through the form although the power goes twice in the middle of it."""
    await menu(town)
    await town.restarts()
    await town.says("Tale of Kieu")
    await town.restarts()
    await town.sees("The number on your card?")
    await town.says("card 1234")
    await town.sees("Tale of Kieu is yours for 30 days.")


WALKS: Mapping[str, Callable[[Town], Awaitable[None]]] = {
    "talk": talk, "menu": menu, "form": form, "restart in mid-form": restart,
}  # fmt: skip


@asynccontextmanager
async def _town(case: Case, kind: ChatKind) -> AsyncIterator[Town]:
    tables = tables_of(App(_router()))
    async with case.open() as rig, database.created(database.MEMORY, tables) as db:
        town = Town(rig, db, kind)
        town.begins()
        await town.engine.start()
        try:
            yield town
        finally:
            await town.engine.stop()


async def walk(case: Case, kind: ChatKind, name: str) -> None:
    """Go a walk on an adapter; raise AssertionError with what people saw instead."""
    async with asyncio.timeout(6 * inbox.patience), _town(case, kind) as town:
        await WALKS[name](town)
