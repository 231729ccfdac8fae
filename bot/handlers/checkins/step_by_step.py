"""Reporting step by step: one figure after the other, read back together at the end."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.lean.values import replace
from bot.core.messages import Button
from bot.core.small_words import DONE, without_courtesy
from bot.core.text import Text, fold
from bot.features import units
from bot.features.checkins.actions import EndSteps, SkipIndicator, StepByStep
from bot.features.checkins.reading.figures import number_of, read
from bot.features.units import Place
from bot.handlers.kit.provisions import TakeFigures
from bot.i18n import msg

from .answers import FLOW
from .common import NO_ROLE, CheckinService, is_addressed_here, text_of
from .wording import unread

FORM = "form"
LEAVE = msg("Gõ “hủy” để thôi báo cáo.")
_SKIP = frozenset({"bo qua", "boqua", "chua co", "bo", "skip"})


class StepByStepConversation:
    """`take` gets what was collected."""

    def __init__(self, service: CheckinService, take: TakeFigures) -> None:
        self._service = service
        self._take = take

    async def half_done(self, ctx: Context) -> tuple[Place, str] | None:
        """Return the village and the figures told so far, if there are some."""
        flow = ctx.flow
        if flow is None or flow.step != FORM or not flow.data["text"]:
            return None
        place = await units.get(flow.data["unit"])
        return None if place is None else (place, flow.data["text"])

    async def begin(self, ctx: Context, action: StepByStep) -> None:
        found = await self._service.scope(ctx)
        place = None if found is None else found.named(action.unit)
        if found is None or place is None or not (found.own or found.here or found.who.has("officer")):
            ctx.reply(ctx.t(NO_ROLE))
            return
        await self._ask(ctx, place, 0, "")

    async def take_answer(self, ctx: Context) -> None:
        flow = ctx.flow
        found = await self._service.scope(ctx)
        place = None if found is None or flow is None else found.named(flow.data["unit"])
        if flow is None or found is None or place is None:
            ctx.leave_flow()
            ctx.reply(ctx.t(NO_ROLE))
            return
        if fold(text_of(ctx)) in _SKIP:
            await self.skip(ctx, SkipIndicator())
            return
        if is_addressed_here(ctx) and without_courtesy(text_of(ctx)) in DONE:
            await self.end(ctx, EndSteps())
            return
        at, collected = int(flow.data["at"]), flow.data["text"]
        wanted = await self._service.wanted(place, ctx)
        if at >= len(wanted):
            await self._end(ctx, place, collected)
            return
        code = wanted[at].code
        line = f"{code} {text_of(ctx)}"
        lexicon = found.lexicon(await self._service.indicators())
        if number_of(code, text_of(ctx), lexicon) is None:
            if not is_addressed_here(ctx):
                return
            asked = [
                replace(one, text=one.text.removeprefix(code).strip())
                for one in read(line, lexicon, asked=True).questions
            ]
            notes = unread(ctx, asked, lexicon) or [ctx.t("Bác gõ một số giúp tôi.")]
            await self._ask(ctx, place, at, collected, [*notes, ctx.t(LEAVE)])
            return
        await self._ask(ctx, place, at + 1, f"{collected}; {line}" if collected else line)

    async def skip(self, ctx: Context, action: SkipIndicator) -> None:
        where = await self._where(ctx)
        if where is not None:
            place, at, collected = where
            await self._ask(ctx, place, at + 1, collected)

    async def end(self, ctx: Context, action: EndSteps) -> None:
        """Take the figures told so far as the report."""
        where = await self._where(ctx)
        if where is not None:
            place, _, collected = where
            await self._end(ctx, place, collected)

    async def _where(self, ctx: Context) -> tuple[Place, int, str] | None:
        """Return the village, the index of the figure asked for, and the figures so far.

        An old button gets the way to begin.
        """
        flow = ctx.flow
        place = None if flow is None or flow.step != FORM else await units.get(flow.data["unit"])
        if flow is None or place is None:
            ctx.reply(ctx.t("Bác gõ “bc” để báo số liệu."))
            return None
        return place, int(flow.data["at"]), flow.data["text"]

    async def _ask(self, ctx: Context, place: Place, at: int, collected: str, notes: Sequence[Text] = ()) -> None:
        wanted = await self._service.wanted(place, ctx)
        if at >= len(wanted):
            await self._end(ctx, place, collected)
            return
        one = wanted[at]
        question = ctx.t(
            "({at}/{all}) **{label}** ({unit})? {help}\nBác gõ số, ví dụ “+12” hoặc “=340”; chưa có thì gõ BỎ QUA, "
            "đủ rồi thì gõ XONG.",
            at=at + 1,
            all=len(wanted),
            label=one.label,
            unit=one.unit,
            help=one.help,
        )
        ctx.wait_for(FLOW, FORM, {"unit": place.code, "at": str(at), "text": collected})
        ways = [Button.to(ctx.word("BỎ QUA"), SkipIndicator()), Button.to(ctx.word("XONG"), EndSteps())]
        ctx.reply(Text.join("\n", [*notes, question]), ways, expects="figure")

    async def _end(self, ctx: Context, place: Place, collected: str) -> None:
        ctx.leave_flow()
        if not collected or not await self._take(ctx, collected, asked=True, unit=place.code):
            ctx.reply(ctx.t("Bác chưa báo số nào. Khi có, bác gõ “bc” và số liệu."))
