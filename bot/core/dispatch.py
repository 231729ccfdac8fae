"""From an event to the handler that answers it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from types import CoroutineType
from typing import ParamSpec, TypeVar

from bot.core.small_words import slashed

from .actions import TOKEN_PREFIX, Codec, UnknownAction
from .answers import Belongs, Chosen, NoSuch, Unclear, last_asked, recognise
from .context import Context
from .events import (
    Commanded,
    Edited,
    Event,
    FileSent,
    OtherSent,
    PhotoSent,
    PollAnswered,
    Pressed,
    TextSent,
    VoiceSent,
    is_addressed,
    pictures,
)
from .router import Command, Handler, Interceptor, Router, name_of
from .sessions import OpenList
from .text import Text, fold

log = logging.getLogger(__name__)

_Given = ParamSpec("_Given")
_T = TypeVar("_T")


class Dispatcher:
    """Commands and menu words win over open choices, choices over the step of a flow, a step over everything else.

    A step that takes any sentence wins over what only begins like a command. A command that yields gives way to the
    same words under the last question: there “Hủy” answers it.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self._codec = Codec(router.actions)

    @cached_property
    def _interceptors(self) -> Sequence[tuple[Interceptor, str]]:
        """Return the interceptors with their names."""
        return [(one, name_of(one)) for one in self._router.interceptors]

    def concerns(self, ctx: Context) -> bool:
        """Tell whether an event in a group concerns the bot.

        It does if it is addressed to the bot, its sender was asked something, or it has words the bot listens for.
        """
        if is_addressed(ctx.event) or ctx.flow is not None or self._overhears(ctx.event):
            return True
        return any(item.owner == ctx.person and item.numbered for item in ctx.session.lists)

    async def route(self, ctx: Context) -> None:
        event = ctx.event
        captioned = self._read_caption(ctx)
        for interceptor, name in self._interceptors:
            await ctx.pause()
            ctx.handler = name
            if await _work(ctx, interceptor(ctx)):
                return
        if captioned:
            unkept = ctx.t(
                "I cannot look at photos and files, and do not keep them. I only read what is written with them."
            )
            ctx.carry(pictures(event), unkept if ctx.private else None)
        await self._answer(ctx)

    async def again(self, ctx: Context, text: str) -> None:
        """Handle words that a person said before another question had to be asked, as if they said them now.

        All interceptors have seen them already. The open lists are cleared, so “2” does not choose from the question
        between.
        """
        event, command = ctx.event, slashed(text)
        ctx.session.lists = []
        if command is None:
            ctx.event = TextSent(event.id, event.chat, event.sender, event.at, text)
        else:
            ctx.event = Commanded(event.id, event.chat, event.sender, event.at, command.name, command.args)
        await self._answer(ctx)

    async def _answer(self, ctx: Context) -> None:
        event = ctx.event
        if isinstance(event, Pressed | PollAnswered):
            await self.press(ctx, event.data)
        elif isinstance(event, Commanded):
            await self._slashed(ctx, event)
        elif isinstance(event, TextSent):
            await self._text_sent(ctx, event)
        else:
            # A change of an old message is not about what is asked now.
            asked = None if ctx.stale and isinstance(event, Edited) else self._step(ctx)
            handler = asked or self._router.events.get(type(event))
            if handler is not None:
                await _call(ctx, handler, ctx)
            elif isinstance(event, VoiceSent | PhotoSent | FileSent | OtherSent):
                await self._otherwise(ctx)

    def _read_caption(self, ctx: Context) -> bool:
        """Treat the caption of a photo or file as words said, unless a step waits for the file; tell whether it did."""
        event = ctx.event
        if not isinstance(event, PhotoSent | FileSent) or not event.caption.strip() or self._waits_for(ctx, event):
            return False
        ctx.event = TextSent(
            event.id, event.chat, event.sender, event.at, event.caption, event.addressed, event.findings
        )
        return True

    def _waits_for(self, ctx: Context, event: Event) -> bool:
        flow = ctx.flow
        known = flow is not None and (flow.name, flow.step) in self._router.steps
        asked = known and flow is not None and self._router.step_for(flow.name, flow.step, event) is not None
        return asked or type(event) in self._router.events

    async def _slashed(self, ctx: Context, event: Commanded) -> None:
        """Find the command by its name, else by the words it begins with: `/báo cáo: 12` equals `báo cáo: 12`."""
        command, args = self._router.commands.get(fold(event.name)), event.args
        if command is None and (found_command := self._router.command_in(f"{event.name} {event.args}")) is not None:
            command, args = found_command
        await (self._command(ctx, command, args) if command else self._otherwise(ctx))

    async def press(self, ctx: Context, data: str) -> None:
        """Handle a pressed button. `data` is untrusted until unpacked.

        Data that is not one of our actions shows the present state and changes nothing.
        """
        packed: str | None = data
        if data.startswith(TOKEN_PREFIX):
            packed = await ctx.store.action(data)
        try:
            action = self._codec.unpack(packed or "")
        except UnknownAction:
            await self.stale(ctx)
        else:
            await _call(ctx, self._router.actions[type(action)], ctx, action)

    async def stale(self, ctx: Context) -> None:
        if self._router.stale_press is not None:
            await _call(ctx, self._router.stale_press, ctx)

    async def _text_sent(self, ctx: Context, event: TextSent) -> None:
        if event.addressed and (found_command := self._router.command_in(event.text)) is not None:
            command, args = found_command
            if args and self._asked_for_prose(ctx):
                await self._step_or_otherwise(ctx)
            elif command.yields and (button := last_asked(ctx.session, ctx.person, event.text)) is not None:
                await self.press(ctx, button.data)
            else:
                await self._command(ctx, command, args)
            return
        match recognise(ctx.session, ctx.person, event.text):
            case Chosen(button):
                await self.press(ctx, button.data)
            case Belongs(owner_name):
                owner = owner_name or ctx.word("somebody else")
                ctx.reply(ctx.t("This list belongs to {name}. Type “menu” to get one of your own.", name=owner))
            case NoSuch() | Unclear() as asked if not self._takes_numbers(ctx, asked.latest):
                ctx.reply(_asked_again(ctx, asked), asked.latest.buttons, expects=asked.latest.expects)
            case _:
                await self._step_or_otherwise(ctx)

    def _takes_numbers(self, ctx: Context, latest: OpenList) -> bool:
        """Tell whether a number that is on no list goes to the step that waits.

        Most steps want words, so a number under open choices was meant for the choices. In a group it may be addressed
        to another person, and a notice that came meanwhile asks nothing.
        """
        flow = ctx.flow
        if flow is None or (flow.name, flow.step) not in self._router.steps:
            return flow is not None
        if self._router.step_for(flow.name, flow.step, ctx.event) is None:
            return False
        asked = latest.owner == ctx.person and latest.seq > 0 and is_addressed(ctx.event)
        return not asked or (flow.name, flow.step) in self._router.figures

    def _asked_for_prose(self, ctx: Context) -> bool:
        return ctx.flow is not None and self._router.wants_prose(ctx.flow.name, ctx.flow.step)

    async def _command(self, ctx: Context, command: Command, args: str) -> None:
        ctx.args = args
        await _call(ctx, command.handler, ctx)

    async def _step_or_otherwise(self, ctx: Context) -> None:
        step = self._step(ctx)
        await (self._otherwise(ctx) if step is None else _call(ctx, step, ctx))

    def _step(self, ctx: Context) -> Handler | None:
        flow = ctx.flow
        if flow is None:
            return None
        if (flow.name, flow.step) not in self._router.steps:
            log.error("flow step %s/%s is gone; the conversation starts anew", flow.name, flow.step)
            ctx.leave_flow()
            return self.stale
        return self._router.step_for(flow.name, flow.step, ctx.event)

    async def _otherwise(self, ctx: Context) -> None:
        if is_addressed(ctx.event):
            if self._router.fallback is not None:
                await _call(ctx, self._router.fallback, ctx)
        elif self._router.overheard is not None and self._overhears(ctx.event):
            await _call(ctx, self._router.overheard.handler, ctx)

    def _overhears(self, event: Event) -> bool:
        listens = self._router.overheard
        return listens is not None and isinstance(event, TextSent) and listens.wants(event.text)


async def _call(
    ctx: Context, handler: Callable[_Given, Awaitable[_T]], *given: _Given.args, **named: _Given.kwargs
) -> _T:
    """Call a handler, and have its name with the context for whatever goes wrong in it."""
    ctx.handler = name_of(handler)
    return await _work(ctx, handler(*given, **named))


def _work(ctx: Context, work: Awaitable[_T]) -> Awaitable[_T]:
    """Return what a handler returned, if it can be waited for."""
    if type(work) is not CoroutineType and not isinstance(work, Awaitable):  # the second takes a look at all bases
        raise TypeError(f"{ctx.handler} is no handler: it must be an `async def`")
    return work


def _asked_again(ctx: Context, asked: NoSuch | Unclear) -> Text:
    if isinstance(asked, NoSuch):
        return ctx.t("There is no number {number}. Please choose again:", number=asked.number)
    if asked.latest.expects == "text":
        return ctx.t("A number alone does not tell me enough. Please write a sentence, or choose:")
    return ctx.t("Please choose just one:")
