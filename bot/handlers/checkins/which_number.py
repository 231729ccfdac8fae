"""Ask what a number of a report counts where neither rules nor model are sure: asked for, and the report goes on."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features.checkins.actions import PickFigure
from bot.features.checkins.reading.lexicon import Lexicon
from bot.i18n import msg
from bot.understanding.figures import Unsettled

from .answers import FLOW
from .common import is_addressed_here, text_of
from .step_by_step import LEAVE

WHICH = "which"
_WHAT = msg("Số “{number}” là số gì?")


class NumberQuestion:
    """`again` reads the report anew with what was chosen for its numbers; `words` reads other words as a report."""

    def __init__(
        self,
        again: Callable[[Context, str, str, Mapping[int, str]], Awaitable[bool]],
        words: Callable[[Context, str], Awaitable[bool]],
    ) -> None:
        self._again = again
        self._words = words

    def ask(
        self, ctx: Context, text: str, unit: str, asked: Unsettled, chosen: Mapping[int, str], lexicon: Lexicon
    ) -> None:
        """Ask what a number counts, and keep the words of the report and what was chosen meanwhile."""
        choices = [Button.to(lexicon.indicator(code).label, PickFigure(asked.start, code)) for code in asked.codes]
        choices.append(Button.to(ctx.word("Không phải số liệu"), PickFigure(asked.start, "")))
        ctx.reply(Text.join("\n", [ctx.t(_WHAT, number=asked.said), ctx.t(LEAVE)]), choices)
        ctx.wait_for(FLOW, WHICH, {"text": text, "unit": unit, "chosen": json.dumps(dict(chosen))})

    async def pick(self, ctx: Context, action: PickFigure) -> None:
        """Go on with the report that waits; nothing happens under a question that is over."""
        flow = ctx.flow
        if flow is None or (flow.name, flow.step) != (FLOW, WHICH):
            ctx.reply(ctx.t("Câu hỏi này đã xong. Bác gõ lại số liệu giúp tôi."))
            return
        chosen = {int(start): str(code) for start, code in json.loads(flow.data["chosen"]).items()}
        ctx.leave_flow()
        await self._again(ctx, flow.data["text"], flow.data["unit"], {**chosen, action.start: action.indicator})

    async def take_answer(self, ctx: Context) -> None:
        """Read other words than a button: they are a report of their own, and the question ends."""
        if is_addressed_here(ctx):
            ctx.leave_flow()
            await self._words(ctx, text_of(ctx))
