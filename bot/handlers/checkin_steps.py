"""Reporting step by step: one figure after the other, read back together at the end."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import Protocol

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text, fold
from bot.features import units
from bot.features.checkins.actions import SkipIndicator, StepByStep
from bot.features.checkins.figures import number_of, read
from bot.features.checkins.sent import Sent
from bot.features.units import Place
from bot.i18n import msg

from .checkin_answers import FLOW
from .checkin_desk import NO_ROLE, Desk, spoken_to, text_of
from .checkin_texts import unread

FORM = "form"
LEAVE = msg("Gõ “hủy” để thôi báo cáo.")
_SKIP = frozenset({"bo qua", "boqua", "chua co", "bo", "skip"})


class Take(Protocol):
    """Reads a message as a report; False when it is none. `sent` are photos that came with it before."""

    def __call__(
        self, ctx: Context, text: str, *, asked: bool, unit: str = "", sent: Sent | None = None
    ) -> Awaitable[bool]: ...


class StepTalk:
    """`take` gets what was collected."""

    def __init__(self, desk: Desk, take: Take) -> None:
        self._desk = desk
        self._take = take

    async def half_done(self, ctx: Context) -> tuple[Place, str] | None:
        """The village and the figures told so far, while there are some."""
        flow = ctx.flow
        if flow is None or flow.step != FORM or not flow.data["text"]:
            return None
        place = await units.get(flow.data["unit"])
        return None if place is None else (place, flow.data["text"])

    async def begin(self, ctx: Context, action: StepByStep) -> None:
        found = await self._desk.scope(ctx)
        place = None if found is None else found.named(action.unit)
        if found is None or place is None or not (found.own or found.here or found.who.has("officer")):
            ctx.reply(ctx.t(NO_ROLE))
            return
        await self._ask(ctx, place, 0, "")

    async def said(self, ctx: Context) -> None:
        flow = ctx.flow
        found = await self._desk.scope(ctx)
        place = None if found is None or flow is None else found.named(flow.data["unit"])
        if flow is None or found is None or place is None:
            ctx.leave_flow()
            ctx.reply(ctx.t(NO_ROLE))
            return
        if fold(text_of(ctx)) in _SKIP:
            await self.skip(ctx, SkipIndicator())
            return
        at, collected = int(flow.data["at"]), flow.data["text"]
        wanted = await self._desk.wanted(place, ctx)
        if at >= len(wanted):
            await self._end(ctx, place, collected)
            return
        code = wanted[at].code
        said = f"{code} {text_of(ctx)}"
        lexicon = found.lexicon(await self._desk.indicators())
        if number_of(code, text_of(ctx), lexicon) is None:
            if not spoken_to(ctx):
                return
            asked = [
                replace(one, text=one.text.removeprefix(code).strip())
                for one in read(said, lexicon, asked=True).questions
            ]
            notes = unread(ctx, asked, lexicon) or [ctx.t("Bác gõ một số giúp tôi.")]
            await self._ask(ctx, place, at, collected, [*notes, ctx.t(LEAVE)])
            return
        await self._ask(ctx, place, at + 1, f"{collected}; {said}" if collected else said)

    async def skip(self, ctx: Context, action: SkipIndicator) -> None:
        flow = ctx.flow
        place = None if flow is None or flow.step != FORM else await units.get(flow.data["unit"])
        if flow is None or place is None:
            ctx.reply(ctx.t("Bác gõ “bc” để báo số liệu."))
            return
        await self._ask(ctx, place, int(flow.data["at"]) + 1, flow.data["text"])

    async def _ask(self, ctx: Context, place: Place, at: int, collected: str, notes: Sequence[Text] = ()) -> None:
        wanted = await self._desk.wanted(place, ctx)
        if at >= len(wanted):
            await self._end(ctx, place, collected)
            return
        one = wanted[at]
        question = ctx.t(
            "({at}/{all}) **{label}** ({unit})? {help}\nBác gõ số, ví dụ “+12” hoặc “=340”; chưa có thì gõ BỎ QUA.",
            at=at + 1,
            all=len(wanted),
            label=one.label,
            unit=one.unit,
            help=one.help,
        )
        ctx.wait_for(FLOW, FORM, {"unit": place.code, "at": str(at), "text": collected})
        ctx.reply(Text.join("\n", [*notes, question]), [Button.to(ctx.word("BỎ QUA"), SkipIndicator())], expects="text")

    async def _end(self, ctx: Context, place: Place, collected: str) -> None:
        ctx.leave_flow()
        if not collected or not await self._take(ctx, collected, asked=True, unit=place.code):
            ctx.reply(ctx.t("Bác chưa báo số nào. Khi có, bác gõ “bc” và số liệu."))
