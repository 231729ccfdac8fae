"""Targets as people see them: an overview for officials, a village's own list, and who has acknowledged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bot.core.context import Context
from bot.core.events import Chat
from bot.core.messages import Button, Message
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features.calendar import periods
from bot.features.calendar.periods import Period, period
from bot.features.checkins import targets
from bot.features.checkins.actions import AcknowledgeTargets, AnnounceTargets, NewTargets, ShowTargets
from bot.features.checkins.scope import FigureScope
from bot.features.checkins.targets import IndicatorTarget
from bot.features.groups import channels
from bot.features.people import people
from bot.features.rights import Act
from bot.features.units import Place
from bot.handlers.checkins.common import CheckinService, named
from bot.i18n import msg

from .wording import out_of_reach, summed, target_line

_NEWER = msg("Xã vừa sửa chỉ tiêu. Bác xem bản mới dưới đây rồi chọn “Đã rõ”.")


class TargetLists:
    def __init__(self, service: CheckinService) -> None:
        self._service = service

    async def own(self, ctx: Context, found: FigureScope) -> None:
        """Show the targets of their villages to a team."""
        places = [found.here] if found.here is not None else list(found.own)
        shown = False
        for place in places:
            for of, held in _by_period(await self._ahead(ctx, [place])).items():
                shown = True
                ctx.reply(await self._list(ctx, place, of, held), _acknowledge(ctx, place, of, held))
        if not shown:
            ctx.reply(ctx.t("Xã chưa giao chỉ tiêu nào cho kỳ này."))

    async def overview(self, ctx: Context, found: FigureScope) -> None:
        """Show officials the periods ahead, the number of targets, and the villages without acknowledgement."""
        new = Button.to(ctx.word("Giao chỉ tiêu"), NewTargets())
        by_period = _by_period(await self._ahead(ctx, found.villages))
        if not by_period:
            ctx.reply(ctx.t("Chưa giao chỉ tiêu nào cho kỳ này và các kỳ tới."), [new])
            return
        lines = [ctx.t("Chỉ tiêu đã giao cho {commune}:", commune=found.commune.full_name)]
        buttons = [new]
        for of, held in by_period.items():
            villages = {one.unit_id for one in held}
            waiting = {one.unit_id for one in held if not one.acknowledged}
            lines.append(
                ctx.t(
                    "• **{period}**: {count} chỉ tiêu, {known}/{all} nơi đã rõ.",
                    period=named(ctx, of),
                    count=len({one.indicator for one in held}),
                    known=len(villages) - len(waiting),
                    all=len(villages),
                )
            )
            buttons.append(Button.to(f"{ctx.word('Xem')} {named(ctx, of)}", ShowTargets(of.name)))
        ctx.reply(Text.join("\n", lines), buttons)

    async def show(self, ctx: Context, action: ShowTargets) -> None:
        official = await self._service.official(ctx, Act.SET_TARGETS)
        of = _period(action.period, self._service)
        if official is None:
            return
        found, _ = official
        held = [] if of is None else await targets.of_period(of.name, [one.id for one in found.villages])
        if of is None or not held:
            await self.overview(ctx, found)
            return
        by_code = {one.code: one for one in await self._service.indicators()}
        by_indicator: dict[str, list[IndicatorTarget]] = defaultdict(list)
        for one in held:
            by_indicator[one.indicator].append(one)
        lines = [ctx.t("Chỉ tiêu **{period}**:", period=named(ctx, of))]
        lines += [summed(ctx, by_code[code], goals) for code, goals in by_indicator.items() if code in by_code]
        waiting = _waiting(found, held)
        buttons = [Button.to(ctx.word("Giao chỉ tiêu"), NewTargets())]
        if waiting:
            names = ", ".join(one.full_name for one in waiting)
            lines.append(ctx.t("Chưa chọn “Đã rõ”: {names}.", names=names))
            buttons.insert(0, Button.to(ctx.word("Báo lại nơi chưa rõ"), AnnounceTargets(of.name)))
        else:
            lines.append(ctx.t("Các nơi đều đã rõ."))
        ctx.reply(Text.join("\n", lines), buttons)

    async def announce(self, ctx: Context, action: AnnounceTargets) -> None:
        """Tell those who have not acknowledged, at most once a day; also what came in by a workbook."""
        official = await self._service.official(ctx, Act.SET_TARGETS)
        of = _period(action.period, self._service)
        if official is None or of is None:
            return
        found, _ = official
        async with ctx.changes():
            waiting = _waiting(found, await targets.of_period(of.name, [one.id for one in found.villages]))
            unreached = [one for one in waiting if not await self.tell_village(ctx, one, of)]
            told = ctx.t("Đã báo {count} nơi.", count=len(waiting) - len(unreached))
            ctx.reply(told + out_of_reach(ctx, unreached))

    async def tell_village(self, ctx: Context, place: Place, of: Period) -> bool:
        """Send the targets of a period to the leader, else the deputy, else the group; False if none is reached."""
        held = await targets.of_period(of.name, [place.id])
        if not held:
            return True
        text = Text.join("\n", [await self._list(ctx, place, of, held), ctx.t("Bác chọn “Đã rõ” giúp xã.")])
        buttons = _acknowledge(ctx, place, of, held)
        key = f"ct{place.id}-{max(one.id for one in held)}-{ctx.now:%m%d}"
        for role in ("leader", "deputy"):
            holders = [one.person_id for one in await people.holders(role, place.id, ctx.now)]
            if await self._service.tell(holders, text, key, ctx.now, buttons):
                return True
        told = False
        for group in await channels.of_unit(place.id, periods.today(ctx.now)):
            chat = Chat(group.platform, group.native_id, "group")
            told |= await self._service.put(chat, Message(text, tuple(buttons)), f"{key}-g{group.id}", ctx.now)
        return told

    async def acknowledge(self, ctx: Context, action: AcknowledgeTargets) -> None:
        found = await self._service.scope(ctx)
        place = None if found is None else found.named(action.unit)
        of = _period(action.period, self._service)
        if (
            found is None
            or place is None
            or of is None
            or not any(grant.role in ("leader", "deputy") and grant.unit_id == place.id for grant in found.who.grants)
        ):
            ctx.reply(ctx.t("Chỉ Tổ trưởng, Tổ phó của nơi này xác nhận chỉ tiêu."))
            return
        async with ctx.changes():
            by = found.who.person_id
            new = await targets.acknowledge(place.id, of.name, action.upto, by=by, now=ctx.now)
            left = [one for one in await targets.of_period(of.name, [place.id]) if not one.acknowledged]
            if left:
                note = ctx.t(_NEWER)
                ctx.reply(
                    Text.join("\n", [note, await self._list(ctx, place, of, left)]), _acknowledge(ctx, place, of, left)
                )
            else:
                reply = (
                    ctx.t("✅ Đã ghi nhận {village} nhận chỉ tiêu.", village=place.full_name)
                    if new
                    else ctx.t("{village} đã nhận chỉ tiêu này từ trước.", village=upper_first(place.full_name))
                )
                ctx.reply(reply)

    async def _ahead(self, ctx: Context, places: Sequence[Place]) -> Sequence[IndicatorTarget]:
        today = periods.today(ctx.now)
        held = await targets.everything([one.id for one in places])
        return [one for one in held if period(one.period, self._service.cut_off).last >= today]

    async def _list(self, ctx: Context, place: Place, of: Period, held: Iterable[IndicatorTarget]) -> Text:
        by_code = {one.code: one for one in await self._service.indicators()}
        head = ctx.t("Chỉ tiêu **{period}** của **{village}**:", period=named(ctx, of), village=place.full_name)
        lines = [target_line(ctx, by_code[one.indicator], one) for one in held if one.indicator in by_code]
        return Text.join("\n", [head, *lines])


def _waiting(found: FigureScope, held: Iterable[IndicatorTarget]) -> list[Place]:
    ids = {one.unit_id for one in held if not one.acknowledged}
    return [one for one in found.villages if one.id in ids]


def _by_period(held: Iterable[IndicatorTarget]) -> Mapping[Period, list[IndicatorTarget]]:
    found: dict[Period, list[IndicatorTarget]] = defaultdict(list)
    for one in held:
        found[period(one.period)].append(one)
    return found


def _acknowledge(ctx: Context, place: Place, of: Period, held: Sequence[IndicatorTarget]) -> list[Button]:
    if all(one.acknowledged for one in held):
        return []
    return [Button.to(ctx.word("Đã rõ"), AcknowledgeTargets(place.code, of.name, max(one.id for one in held)))]


def _period(name: str, service: CheckinService) -> Period | None:
    """Read the period of a button, which may be forged; None if there is no such period."""
    try:
        return period(name, service.cut_off)
    except periods.PeriodError:
        return None


def build(lists: TargetLists) -> Router:
    router = Router()
    router.action(ShowTargets)(lists.show)
    router.action(AnnounceTargets)(lists.announce)
    router.action(AcknowledgeTargets)(lists.acknowledge)
    return router
