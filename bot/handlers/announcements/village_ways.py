"""`/cachduatin`: in which order a village is told, and who answers for each way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import rights, units
from bot.features.announcements import relay_people
from bot.features.announcements.relays import ways
from bot.features.announcements.relays.actions import (
    ChooseAnswerer,
    ListVillageWays,
    NameAnswerer,
    PutFirst,
    ShowVillageWays,
)
from bot.features.announcements.relays.ways import WAYS, Way
from bot.features.at_once import at_once, each
from bot.features.audit import Audit
from bot.features.calendar.vietnam import today
from bot.features.groups import channels
from bot.features.groups.naming import name_of
from bot.features.outbox.box import Outbox
from bot.features.people import people
from bot.features.rights import Act
from bot.features.units import Place
from bot.handlers.kit.speaker import in_private, to_menu
from bot.i18n import msg

from .common import account, commune_to_write_for

_PAGE = 8
_NOT_YOURS = msg("Cách đưa tin của thôn là việc của người soạn thông báo của xã.")
_HEAD = msg("**Cách đưa tin của các thôn trong {commune}.** Theo lệ, cách trước không được mới sang cách sau: {ways}.")
_OTHERS = msg("Thôn theo thứ tự khác:")
_LINE = msg("• {village}: {ways}")
_OF = msg("**{village}** được báo theo thứ tự này:")
_GROUPS = msg("{at}. {way}: {names}")
_NO_GROUP = msg("{at}. {way}: chưa có nhóm nào đăng ký")
_RELAYS = msg("{at}. {way}: {names}")
_NO_RELAY = msg("{at}. {way}: chưa có ai nhắn riêng với tôi. Bác mời tổ trưởng, tổ phó hoặc trưởng thôn.")
_WHO = msg("{at}. {way}: {name} lo")
_WHO_NOT = msg("{at}. {way}: chưa ghi ai lo")
_HOW = msg(
    "Hai cách đầu tôi tự làm: cách trước không được thì sang cách sau. Không ai dán được thì tôi nhắc cán bộ hai cách "
    "cuối, và ai lo."
)
_FIRST = msg("{way} trước")
_CHANGE = msg("Ai lo: {way}")
_ASK_WHO = msg("Ai ở {village} lo việc này: {way}?")
_NOBODY_THERE = msg("{village} chưa có ai giữ vai trò nào. Bác gõ “mời” để mời người trước.")
_USUAL = msg("Theo lệ: tổ trưởng, tổ phó, trưởng thôn")
_NONE = msg("Không ghi ai")
_GONE = msg("Người này không còn vai trò ở {village}. Bác chọn người khác.")


class VillageWaysConversation:
    def __init__(self, outbox: Outbox, audit: Audit) -> None:
        self._outbox = outbox
        self._audit = audit

    async def command(self, ctx: Context) -> None:
        if not in_private(ctx):
            return
        commune = await commune_to_write_for(ctx, await people.who(account(ctx), ctx.now))
        if commune is None:
            ctx.reply(ctx.t(_NOT_YOURS), to_menu(ctx))
        else:
            await self.listed(ctx, ListVillageWays(commune.id, 0))

    async def listed(self, ctx: Context, action: ListVillageWays) -> None:
        commune = await self._allowed(ctx, action.commune)
        if commune is None:
            return
        places = await units.villages(commune.id, today(ctx.now))
        page = action.page if 0 <= action.page * _PAGE < len(places) else 0
        here = places[page * _PAGE : (page + 1) * _PAGE]
        order = await ways.of_each([place.id for place in here])
        lines = [ctx.t(_HEAD, commune=commune.full_name, ways=_listed(ctx, list(WAYS)))]
        if others := [place for place in here if list(order[place.id]) != list(WAYS)]:
            lines.append(ctx.t(_OTHERS))
            lines += [ctx.t(_LINE, village=place.full_name, ways=_listed(ctx, order[place.id])) for place in others]
        buttons = [Button.to(upper_first(place.full_name), ShowVillageWays(place.id)) for place in here]
        if (page + 1) * _PAGE < len(places):
            buttons.append(Button.to(ctx.word("Xem tiếp"), ListVillageWays(commune.id, page + 1)))
        ctx.replace(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def show(self, ctx: Context, action: ShowVillageWays) -> None:
        place = await self._village(ctx, action.village)
        if place is not None:
            await self._offer(ctx, place)

    async def put_first(self, ctx: Context, action: PutFirst) -> None:
        place, way = await self._village(ctx, action.village), _way(action.way)
        if place is None or way is None:
            return
        orders, people_of = await at_once(ways.of_each([place.id]), ways.named([place.id]))
        await self._set(ctx, place, ways.with_first(orders[place.id], way), people_of[place.id])

    async def choose(self, ctx: Context, action: ChooseAnswerer) -> None:
        place, way = await self._village(ctx, action.village), _way(action.way)
        if place is None or way is None or way == "group":
            return
        known = (await relay_people.of_village([place.id], ctx.now))[place.id]
        back = Button.to(ctx.word("Quay lại"), ShowVillageWays(place.id))
        if not known:
            ctx.reply(ctx.t(_NOBODY_THERE, village=upper_first(place.full_name)), [back])
            return
        buttons = [Button.to(name, NameAnswerer(place.id, way, person)) for person, name in known.items()]
        buttons.append(Button.to(ctx.word(_USUAL if way == "relay" else _NONE), NameAnswerer(place.id, way, 0)))
        ctx.replace(ctx.t(_ASK_WHO, village=place.full_name, way=ctx.word(WAYS[way])), [*buttons, back])

    async def name(self, ctx: Context, action: NameAnswerer) -> None:
        """Name somebody who holds a role in the village; the number may be forged, or old."""
        place, way = await self._village(ctx, action.village), _way(action.way)
        if place is None or way is None or way == "group":
            return
        known = (await relay_people.of_village([place.id], ctx.now))[place.id]
        if action.person and action.person not in known:
            ctx.reply(
                ctx.t(_GONE, village=place.full_name), [Button.to(ctx.word("Quay lại"), ShowVillageWays(place.id))]
            )
            return
        people_of = dict((await ways.named([place.id]))[place.id])
        people_of.pop(way, None)
        if action.person:
            people_of[way] = action.person
        await self._set(ctx, place, (await ways.of_each([place.id]))[place.id], people_of)

    async def _set(self, ctx: Context, place: Place, order: Sequence[Way], people_of: Mapping[Way, int]) -> None:
        who = await people.who(account(ctx), ctx.now)
        async with ctx.changes():
            await ways.set_order(place.id, order, people_of)
            details: dict[str, str | int | bool] = {way: at for at, way in enumerate(order, start=1)}
            details["named"] = len(people_of)
            await self._audit.append(who.person_id, "village.ways", f"unit:{place.id}", ctx.now, details)
            await self._offer(ctx, place)

    async def _offer(self, ctx: Context, place: Place) -> None:
        order = (await ways.of_each([place.id]))[place.id]
        lines = [ctx.t(_OF, village=upper_first(place.full_name))]
        lines += await each([self._line(ctx, place, at, way) for at, way in enumerate(order, start=1)])
        behind = [order[1], order[3]]
        buttons = [Button.to(ctx.word(_FIRST).format(way=_named(ctx, way)), PutFirst(place.id, way)) for way in behind]
        buttons += [
            Button.to(ctx.word(_CHANGE).format(way=ctx.word(WAYS[way])), ChooseAnswerer(place.id, way))
            for way in order
            if way != "group"
        ]
        commune = await units.commune_of(place.id)
        back = [] if commune is None else [Button.to(ctx.word("Các thôn"), ListVillageWays(commune.id, 0))]
        ctx.replace(Text.join("\n", [*lines, ctx.t(_HOW)]), [*buttons, *back, *to_menu(ctx)])

    async def _line(self, ctx: Context, place: Place, at: int, way: Way) -> Text:
        """Say of a way whether it can be gone, and through whom."""
        label = _named(ctx, way)
        if way == "group":
            found = await channels.of_each([place.id], today(ctx.now), purpose="village")
            names = ", ".join([f"“{await name_of(one, place.full_name)}”" for one in found[place.id]])
            return ctx.t(_GROUPS, at=at, way=label, names=names) if names else ctx.t(_NO_GROUP, at=at, way=label)
        if way == "relay":
            relays = (await relay_people.of_each([place.id], self._outbox, ctx.now))[place.id]
            names = ", ".join(one.name for one in relays)
            return ctx.t(_RELAYS, at=at, way=label, names=names) if names else ctx.t(_NO_RELAY, at=at, way=label)
        named, known = await at_once(ways.named([place.id]), relay_people.of_village([place.id], ctx.now))
        name = known[place.id].get(named[place.id].get(way, 0), "")
        return ctx.t(_WHO, at=at, way=label, name=name) if name else ctx.t(_WHO_NOT, at=at, way=label)

    async def _village(self, ctx: Context, unit_id: int) -> Place | None:
        """Return a village of a commune for which the person announces; its number may be forged."""
        place, _ = await at_once(units.by_id(unit_id), people.who(account(ctx), ctx.now))
        commune = None if place is None or place.level != "village" else await units.commune_of(place.id)
        if place is None or commune is None:
            ctx.reply(ctx.t(_NOT_YOURS), to_menu(ctx))
            return None
        return place if await self._allowed(ctx, commune.id) is not None else None

    async def _allowed(self, ctx: Context, commune_id: int) -> Place | None:
        if not in_private(ctx):
            return None
        who = await people.who(account(ctx), ctx.now)
        commune = await units.by_id(commune_id)
        if commune is not None and (await rights.decide(who, Act.BROADCAST, commune_id, on=ctx.now)).allowed:
            return commune
        ctx.reply(ctx.t(_NOT_YOURS), to_menu(ctx))
        return None


def _way(code: str) -> Way | None:
    return next((way for way in WAYS if way == code), None)


def _listed(ctx: Context, order: Sequence[Way]) -> str:
    return ", ".join(ctx.word(WAYS[way]) for way in order)


def _named(ctx: Context, way: Way) -> str:
    return upper_first(ctx.word(WAYS[way]))


def build(conversation: VillageWaysConversation) -> Router:
    router = Router()
    router.command("cachduatin", "cách đưa tin", "cách đưa tin của thôn")(conversation.command)
    router.action(ListVillageWays)(conversation.listed)
    router.action(ShowVillageWays)(conversation.show)
    router.action(PutFirst)(conversation.put_first)
    router.action(ChooseAnswerer)(conversation.choose)
    router.action(NameAnswerer)(conversation.name)
    return router
