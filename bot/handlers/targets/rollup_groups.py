"""The roll-up seen by whom it is about, and by what people know, have and can use."""

from __future__ import annotations

from datetime import date

from bot.core.context import Context
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import units
from bot.features.checkins.actions import ShowRollUpGroups, ShowStages
from bot.features.checkins.groups import by_group
from bot.features.checkins.reading.stages import apps
from bot.features.visits.apps import reached_in
from bot.handlers.checkins.common import named
from bot.handlers.visits.log import reached_lines

from .rollup_wording import head, stage_lines, sum_lines
from .rollups import RollUpConversation


class RollUpGroupConversation:
    def __init__(self, sums: RollUpConversation) -> None:
        self._sums = sums

    async def groups(self, ctx: Context, action: ShowRollUpGroups) -> None:
        """Show the sums of residents, household businesses, enterprises, and of the work of the teams."""
        seen = await self._sums.seen(ctx, action.period)
        if seen is None:
            return
        found, of = seen
        table = await self._sums.table(ctx, found.commune.id, of)
        parts = [head(ctx, found.commune, table)]
        told = table.with_news
        for group, those in by_group(told).items():
            title = ctx.t("**{group}**", group=upper_first(ctx.word(group)))
            parts.append(Text.join("\n", [title, *sum_lines(ctx, table, those)]))
        if not told:
            parts.append(ctx.t("Kỳ này chưa có số liệu nào."))
        ctx.reply(Text.join("\n\n", parts), [self._sums.back(ctx, of)])

    async def stages(self, ctx: Context, action: ShowStages) -> None:
        """Show each app with its three stages, also those without an indicator that counts them."""
        seen = await self._sums.seen(ctx, action.period)
        if seen is None:
            return
        found, of = seen
        table = await self._sums.table(ctx, found.commune.id, of)
        parts = [
            ctx.t(
                "**Biết đến, đã có, dùng được**, {place}, {period}. Có rồi mà chưa dùng được thì chưa xong.",
                place=found.commune.full_name,
                period=named(ctx, of),
            )
        ]
        parts += [Text.join("\n", stage_lines(ctx, app, table)) for app in apps(table.indicators)]
        helped = reached_lines(ctx, await reached_in(await _whole(found.commune.id, of.last), of.first, of.last))
        if helped:
            parts.append(Text.join("\n", helped))
        parts.append(
            ctx.t(
                "Mức nào chưa bật, người quản trị bật bằng tệp Excel (trang chi_tieu, cột dung ghi “co”). Cũng có thể "
                "thêm chỉ tiêu tên như “Biết VNeID”, “Dùng được VNeID”."
            )
        )
        ctx.reply(Text.join("\n\n", parts), [self._sums.back(ctx, of)])


async def _whole(commune_id: int, on: date) -> list[int]:
    """Return the ids of a commune, its villages and the units merged into them."""
    ids = [commune_id, *(one.id for one in await units.descendants(commune_id, on))]
    gone = await units.parts_of_each(ids, on)
    return [*ids, *(part.id for parts in gone.values() for part in parts)]


def build(conversation: RollUpGroupConversation) -> Router:
    router = Router()
    router.action(ShowRollUpGroups)(conversation.groups)
    router.action(ShowStages)(conversation.stages)
    return router
