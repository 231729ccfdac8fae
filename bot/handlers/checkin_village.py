"""Of which village a report is, where its words do not say: asked for, and the report goes on with the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features import units
from bot.features.checkins import periods
from bot.features.checkins.actions import OpenReport, PickVillage
from bot.features.checkins.scope import Scope
from bot.features.checkins.sent import Sent
from bot.i18n import msg

from .checkin_answers import FLOW
from .checkin_desk import NO_ROLE, Desk, spoken_to, text_of
from .checkin_steps import LEAVE, Take

VILLAGE = "village"
_WHICH = msg("Bác báo cho nơi nào?")


class VillageQuestion:
    """`take` reads the report that waits for the answer; `open_form` asks for figures where none waits."""

    def __init__(self, desk: Desk, take: Take, open_form: Callable[[Context, OpenReport], Awaitable[None]]) -> None:
        self._desk = desk
        self._take = take
        self._open_form = open_form

    def ask(self, ctx: Context, found: Scope, text: str = "", sent: Sent | None = None) -> None:
        """The words of the report, and its photos, wait meanwhile."""
        _reply(ctx, found)
        photos = {} if sent is None else {"photos": sent.model_dump_json()}
        ctx.wait_for(FLOW, VILLAGE, {"text": text, **photos})

    async def said(self, ctx: Context) -> None:
        found = await self._desk.scope(ctx)
        flow = ctx.flow
        if found is None or flow is None:
            ctx.leave_flow()
            ctx.reply(ctx.t(NO_ROLE))
            return
        named = await units.find(text_of(ctx), found.commune.id, periods.today(ctx.now))
        if len(named) != 1:
            if spoken_to(ctx):
                _reply(ctx, found)
            return
        await self.pick(ctx, PickVillage(named[0].code))

    async def pick(self, ctx: Context, action: PickVillage) -> None:
        flow = ctx.flow
        data = flow.data if flow is not None and (flow.name, flow.step) == (FLOW, VILLAGE) else {}
        text, photos = data.get("text", ""), data.get("photos", "")
        ctx.leave_flow()
        if not text:
            await self._open_form(ctx, OpenReport(action.unit))
        else:
            sent = Sent.model_validate_json(photos) if photos else None
            await self._take(ctx, text, asked=True, unit=action.unit, sent=sent)


def _reply(ctx: Context, found: Scope) -> None:
    choices = [Button.to(one.full_name, PickVillage(one.code)) for one in found.own or found.villages]
    ctx.reply(Text.join("\n", [ctx.t(_WHICH), ctx.t(LEAVE)]), choices)
