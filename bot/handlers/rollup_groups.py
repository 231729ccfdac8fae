"""The roll-up seen by whom it is about, and by what people know, have and can use."""

from __future__ import annotations

from datetime import date

from bot.core.context import Context
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import units
from bot.features.checkins.actions import ShowGroups, ShowStages
from bot.features.checkins.groups import by_group
from bot.features.checkins.stages import apps
from bot.features.visit_apps import reached_in

from .checkin_desk import named
from .rollup_texts import head, stage_lines, sum_lines
from .rollups import RollUpTalk, has_news
from .visit_log import reached_lines


class GroupTalk:
    def __init__(self, sums: RollUpTalk) -> None:
        self._sums = sums

    async def groups(self, ctx: Context, action: ShowGroups) -> None:
        """Residents, household businesses, enterprises, and the work of the teams, each with its sums."""
        seen = await self._sums.seen(ctx, action.period)
        if seen is None:
            return
        found, of = seen
        table = await self._sums.table(ctx, found.commune.id, of)
        parts = [head(ctx, found.commune, table)]
        told = [one for one in table.indicators if has_news(table, one)]
        for group, those in by_group(told).items():
            title = ctx.t("**{group}**", group=upper_first(ctx.word(group)))
            parts.append(Text.join("\n", [title, *sum_lines(ctx, table, those)]))
        if not told:
            parts.append(ctx.t("Kỳ này chưa có số liệu nào."))
        ctx.reply(Text.join("\n\n", parts), [self._sums.back(ctx, of)])

    async def stages(self, ctx: Context, action: ShowStages) -> None:
        """Each app with its three stages, those that nothing counts among them."""
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
                "Mức nào chưa bật, người quản trị bật bằng tệp Excel (trang chi_tieu, cột dung ghi “co”), hoặc thêm "
                "chỉ tiêu tên như “Biết VNeID”, “Dùng được VNeID”."
            )
        )
        ctx.reply(Text.join("\n\n", parts), [self._sums.back(ctx, of)])


async def _whole(commune_id: int, on: date) -> list[int]:
    """Ids of a commune, its villages and what has gone into them."""
    ids = [commune_id, *(one.id for one in await units.descendants(commune_id, on))]
    gone = await units.parts_of_each(ids, on)
    return [*ids, *(part.id for parts in gone.values() for part in parts)]


def build(talk: GroupTalk) -> Router:
    router = Router()
    router.action(ShowGroups)(talk.groups)
    router.action(ShowStages)(talk.stages)
    return router
