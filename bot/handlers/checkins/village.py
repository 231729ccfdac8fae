"""Of which village a report is, where its words do not say: asked for, and the report goes on with the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.core.context import Context
from bot.core.events import Edited
from bot.core.messages import Button
from bot.core.sessions import Flow
from bot.core.text import Text
from bot.features import units
from bot.features.calendar import periods
from bot.features.checkins.actions import OpenReport, PickVillage
from bot.features.checkins.scope import FigureScope
from bot.features.checkins.sent import SentPhotos
from bot.handlers.front.edited import say_not_read
from bot.handlers.kit.provisions import TakeFigures
from bot.i18n import msg

from .answers import FLOW
from .common import NO_ROLE, CheckinService, is_addressed_here, text_of
from .step_by_step import LEAVE

VILLAGE = "village"
_WHICH = msg("Bác báo cho nơi nào?")


class VillageQuestion:
    """`take` reads the report that waits for the answer; `open_form` asks for figures where none waits."""

    def __init__(
        self, service: CheckinService, take: TakeFigures, open_form: Callable[[Context, OpenReport], Awaitable[None]]
    ) -> None:
        self._service = service
        self._take = take
        self._open_form = open_form

    def ask(self, ctx: Context, found: FigureScope, text: str = "", sent: SentPhotos | None = None) -> None:
        """Ask for the village, and keep the words of the report and its photos meanwhile."""
        _reply(ctx, found)
        photos = {} if sent is None else {"photos": sent.model_dump_json()}
        ctx.wait_for(FLOW, VILLAGE, {"text": text, **photos})

    async def take_answer(self, ctx: Context) -> None:
        found = await self._service.scope(ctx)
        flow = ctx.flow
        if found is None or flow is None:
            ctx.leave_flow()
            ctx.reply(ctx.t(NO_ROLE))
            return
        if isinstance(ctx.event, Edited):
            await self._edited(ctx, flow)
            return
        named = await units.find(text_of(ctx), found.commune.id, periods.today(ctx.now))
        if len(named) != 1:
            if is_addressed_here(ctx):
                _reply(ctx, found)
            return
        await self.pick(ctx, PickVillage(named[0].code))

    async def _edited(self, ctx: Context, flow: Flow) -> None:
        """Read again the edited report that waits for its village."""
        photos = flow.data.get("photos", "")
        sent = SentPhotos.model_validate_json(photos) if photos else None
        if not flow.data.get("text") or not await self._take(ctx, text_of(ctx), asked=True, sent=sent):
            await say_not_read(ctx)

    async def pick(self, ctx: Context, action: PickVillage) -> None:
        flow = ctx.flow
        data = flow.data if flow is not None and (flow.name, flow.step) == (FLOW, VILLAGE) else {}
        text, photos = data.get("text", ""), data.get("photos", "")
        ctx.leave_flow()
        if not text:
            await self._open_form(ctx, OpenReport(action.unit))
        else:
            sent = SentPhotos.model_validate_json(photos) if photos else None
            await self._take(ctx, text, asked=True, unit=action.unit, sent=sent)


def _reply(ctx: Context, found: FigureScope) -> None:
    choices = [Button.to(one.full_name, PickVillage(one.code)) for one in found.own or found.villages]
    ctx.reply(Text.join("\n", [ctx.t(_WHICH), ctx.t(LEAVE)]), choices)
