"""“Chất lượng”: how people found the help and the guides, by month and village; small numbers hidden."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.at_once import each
from bot.features.calendar import periods
from bot.features.calendar.periods import Period, PeriodError
from bot.features.insight import FEWEST
from bot.features.quality.actions import ShowOpinions
from bot.features.quality.opinions import ABOUT, MOODS, About, Given, Opinions, together
from bot.features.quality.publishing import by_village, told
from bot.features.units import Place
from bot.handlers.checkins.common import named
from bot.handlers.kit.speaker import to_menu
from bot.i18n import msg, sort_key

from .insight import commune_of

_FOR_OFFICIALS = msg("Ý kiến của bà con dành cho cán bộ xã xem.")


class QualityConversation:
    def __init__(self, opinions: Opinions) -> None:
        self._opinions = opinions

    async def command(self, ctx: Context) -> None:
        await self.show(ctx, ShowOpinions(""))

    async def show(self, ctx: Context, action: ShowOpinions) -> None:
        """Show a whole month: figures that grow by the hour would tell who answered in between."""
        commune = await commune_of(ctx, _FOR_OFFICIALS)
        if commune is None:
            return
        month = self._month(ctx, action.month)
        parts = [ctx.t("**Bà con thấy thế nào, {month}**, {unit}", month=named(ctx, month), unit=commune.full_name)]
        parts += await each([self._about(ctx, commune, about, month) for about in ABOUT])
        parts.append(
            ctx.t(
                "Tôi chỉ đếm lượt trả lời, không ghi ai trả lời. “ẩn”: số dưới {fewest}, và số mà từ đó tính ra được.",
                fewest=FEWEST,
            )
        )
        before = ShowOpinions(self._opinions.before(month).name)
        ctx.reply(Text.join("\n\n", parts), [Button.to(ctx.word("Tháng trước"), before), *to_menu(ctx)])

    async def _about(self, ctx: Context, commune: Place, about: About, month: Period) -> Text:
        found = await self._opinions.of_commune(commune.code, about, month)
        lines = [ctx.t("**{about}:** {sums}", about=ctx.word(ABOUT[about]), sums=_sums(ctx, together(found)))]
        shares = by_village(found) if len(found) > 1 else {}
        for place in sorted(shares, key=lambda one: (not one.name, sort_key(one.name))):
            share, name = shares[place], place.name or ctx.word("chưa rõ thôn")
            if share is None:
                lines.append(ctx.t("• {unit}: ẩn", unit=name))
            else:
                lines.append(
                    ctx.t("• {unit}: Tốt {good}/{answers} lượt", unit=name, good=share.good, answers=share.answers)
                )
        return Text.join("\n", lines)

    def _month(self, ctx: Context, name: str) -> Period:
        """Return the month that a button names, if it is over; else the last one."""
        present = self._opinions.month(ctx.now)
        try:
            month = periods.period(name, self._opinions.cut_off)
        except PeriodError:
            month = present
        over = month.kind == "month" and month.last < present.first
        return month if over else self._opinions.before(present)


def _sums(ctx: Context, given: Given) -> Text:
    found = told(given)
    if found.answers is None:
        return ctx.t("dưới {fewest} lượt trả lời", fewest=FEWEST)
    if found.nearly_all is not None:
        mood = ctx.word(MOODS[found.nearly_all])
        return ctx.t("{answers} lượt trả lời, hầu hết là “{mood}”", answers=found.answers, mood=mood)
    figures = ", ".join(
        f"{ctx.word(label)} {ctx.word('ẩn') if (count := found.moods[mood]) is None else count}"
        for mood, label in MOODS.items()
    )
    return ctx.t("{answers} lượt trả lời: {figures}", answers=found.answers, figures=figures)


def build(conversation: QualityConversation) -> Router:
    router = Router()
    router.command("chatluong", "chất lượng", "mức hài lòng", "bà con thấy thế nào", "ý kiến bà con")(
        conversation.command
    )
    router.action(ShowOpinions)(conversation.show)
    return router
