"""From an event to the handler that answers it."""

from __future__ import annotations

import logging

from .actions import TOKEN_PREFIX, Codec, UnknownAction
from .answers import Belongs, Chosen, NoSuch, last_asked, recognise
from .context import Context
from .events import (
    Commanded,
    Event,
    FileSent,
    OtherSent,
    PhotoSent,
    PollAnswered,
    Pressed,
    Said,
    VoiceSent,
    is_addressed,
    pictures,
)
from .router import Command, Handler, Router
from .spoken import slashed
from .text import fold

log = logging.getLogger(__name__)


class Dispatcher:
    """Commands and menu words win over open choices, choices over the step of a flow, a step over everything else.

    A step that takes any sentence wins over what only begins like a command. A command that yields gives way to the
    same words under the last question: there “Hủy” answers it.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self._codec = Codec(router.actions)

    def concerns(self, ctx: Context) -> bool:
        """In a group the bot minds only what is addressed to it, or comes from somebody whom it has asked something."""
        if is_addressed(ctx.event) or ctx.flow is not None:
            return True
        return any(item.owner == ctx.person and item.numbered for item in ctx.session.lists)

    async def route(self, ctx: Context) -> None:
        event = ctx.event
        captioned = self._read_caption(ctx)
        for interceptor in self._router.interceptors:
            if await interceptor(ctx):
                return
        if captioned:
            unkept = ctx.t("Tôi không xem được ảnh, tệp và không lưu lại. Tôi chỉ đọc lời ghi kèm.")
            ctx.carry(pictures(event), unkept if ctx.private else None)
        await self._answer(ctx)

    async def again(self, ctx: Context, text: str) -> None:
        """What somebody said before something else had to be asked, as if they said it now.

        Every interceptor has heard it; “2” is no line of what was asked in between.
        """
        event, command = ctx.event, slashed(text)
        ctx.session.lists = []
        if command is None:
            ctx.event = Said(event.id, event.chat, event.sender, event.at, text)
        else:
            ctx.event = Commanded(event.id, event.chat, event.sender, event.at, command.name, command.args)
        await self._answer(ctx)

    async def _answer(self, ctx: Context) -> None:
        event = ctx.event
        if isinstance(event, Pressed | PollAnswered):
            await self.press(ctx, event.data)
        elif isinstance(event, Commanded):
            await self._slashed(ctx, event)
        elif isinstance(event, Said):
            await self._said(ctx, event)
        else:
            handler = self._step(ctx) or self._router.events.get(type(event))
            if handler is not None:
                await handler(ctx)
            elif isinstance(event, VoiceSent | PhotoSent | FileSent | OtherSent):
                await self._otherwise(ctx)

    def _read_caption(self, ctx: Context) -> bool:
        """Where nobody waits for a picture or a file, what was written under it counts as what was said."""
        event = ctx.event
        if not isinstance(event, PhotoSent | FileSent) or not event.caption.strip() or self._waits_for(ctx, event):
            return False
        ctx.event = Said(event.id, event.chat, event.sender, event.at, event.caption, event.addressed, event.findings)
        return True

    def _waits_for(self, ctx: Context, event: Event) -> bool:
        flow = ctx.flow
        known = flow is not None and (flow.name, flow.step) in self._router.steps
        asked = known and flow is not None and self._router.step_for(flow.name, flow.step, event) is not None
        return asked or type(event) in self._router.events

    async def _slashed(self, ctx: Context, event: Commanded) -> None:
        """By its name, else by the words that it begins: `/báo cáo: 12` is `báo cáo: 12`."""
        command, args = self._router.commands.get(fold(event.name)), event.args
        if command is None and (spoken := self._router.spoken(f"{event.name} {event.args}")) is not None:
            command, args = spoken
        await (self._command(ctx, command, args) if command else self._otherwise(ctx))

    async def press(self, ctx: Context, data: str) -> None:
        """`data` is hostile until unpacked: what is no action of ours shows the present state and changes nothing."""
        packed: str | None = data
        if data.startswith(TOKEN_PREFIX):
            packed = await ctx.store.action(data)
        try:
            action = self._codec.unpack(packed or "")
        except UnknownAction:
            await self.lost(ctx)
        else:
            await self._router.actions[type(action)](ctx, action)

    async def lost(self, ctx: Context) -> None:
        if self._router.lost_press is not None:
            await self._router.lost_press(ctx)

    async def _said(self, ctx: Context, event: Said) -> None:
        if event.addressed and (spoken := self._router.spoken(event.text)) is not None:
            command, args = spoken
            if args and self._asked_for_prose(ctx):
                await (self._step(ctx) or self._otherwise)(ctx)
            elif command.yields and (button := last_asked(ctx.session, ctx.person, event.text)) is not None:
                await self.press(ctx, button.data)
            else:
                await self._command(ctx, command, args)
            return
        match recognise(ctx.session, ctx.person, event.text):
            case Chosen(button):
                await self.press(ctx, button.data)
            case Belongs(owner_name):
                owner = owner_name or ctx.word("người khác")
                ctx.reply(ctx.t("Danh sách này của {name}. Bác gõ “menu” để có danh sách riêng.", name=owner))
            case NoSuch(number, latest) if self._step(ctx) is None:
                ctx.reply(ctx.t("Không có số {number}. Bác chọn lại giúp tôi:", number=number), latest.buttons)
            case _:
                await (self._step(ctx) or self._otherwise)(ctx)

    def _asked_for_prose(self, ctx: Context) -> bool:
        return ctx.flow is not None and (ctx.flow.name, ctx.flow.step) in self._router.prose

    async def _command(self, ctx: Context, command: Command, args: str) -> None:
        ctx.args = args
        await command.handler(ctx)

    def _step(self, ctx: Context) -> Handler | None:
        flow = ctx.flow
        if flow is None:
            return None
        if (flow.name, flow.step) not in self._router.steps:
            log.error("flow step %s/%s is gone; the conversation starts anew", flow.name, flow.step)
            ctx.leave_flow()
            return self.lost
        return self._router.step_for(flow.name, flow.step, ctx.event)

    async def _otherwise(self, ctx: Context) -> None:
        if is_addressed(ctx.event) and self._router.fallback is not None:
            await self._router.fallback(ctx)
