"""Codes for groups: of which kind, of which unit; and those of all villages as one file."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights, units
from bot.features.calendar.vietnam import VIETNAM
from bot.features.groups import channels
from bot.features.groups.naming import called
from bot.features.groups.plans import Plans
from bot.features.invites import InviteRefused, Invites
from bot.features.jobs.queue import Jobs, answer_to
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights.table import DEPUTY, LEADER, VILLAGE_HEAD
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, reach, role_name, to_menu
from bot.i18n import msg, short_date

from .group_slips import KIND
from .inviting import Codes, PickGroup, PickRole, last_whole_day

_PURPOSES = {
    "village": msg("Nhóm của thôn"),
    "commune": msg("Nhóm chung toàn xã"),
    "team": msg("Nhóm của Tổ"),
    "enterprise": msg("Nhóm doanh nghiệp"),
    "sandbox": msg("Nhóm làm thử"),
}
_OF_COMMUNE = frozenset({"commune", "enterprise", "sandbox"})
_FULL = msg("{platform} theo gói đang dùng chỉ nhận {limit} nhóm và đã đủ: mã này chưa dùng được ở đó.")
_ROOM = msg("Còn chỗ ở: {names}.")
_NO_ROOM = msg(
    "Chưa lấy mã được: {platforms} theo gói đang dùng đã đủ số nhóm. Cách khác: chuyển một thôn sang ứng dụng khác "
    "(gõ “chuyển kênh”), nâng gói, hoặc thêm một ứng dụng nhắn tin khác.\n{relay}"
)
_RELAY = msg(
    "Thôn không cần nhóm có bot: mời tổ trưởng, tổ phó hoặc trưởng thôn nhắn riêng với tôi. Tin của xã tới người ấy, "
    "người ấy dán vào nhóm sẵn có của thôn, biên nhận ghi giờ dán."
)
_NEXT = msg("{platform}: đây là nhóm thứ {number} trên {limit} của gói đang dùng.")
_NEXT_NONE_LEFT = msg("{platform}: đây là nhóm thứ {number} trên {limit} của gói đang dùng, sau đó hết chỗ.")
_INVITE = msg("Mời {role} đưa tin")
_DRAWING = msg("Tôi đang làm tệp mã nhóm, bác chờ một chút.")


class MakeGroupCode(Action, code="igm"):
    purpose: str
    unit: str


class MakeGroupSlips(Action, code="igs"):
    """A code for each village that has no group yet, as one file."""

    commune: int


class GroupCodeConversation:
    """Make the code for a group in private: leaders for their village, officials for the commune."""

    def __init__(self, invites: Invites, codes: Codes, plans: Plans, jobs: Jobs) -> None:
        self._invites = invites
        self._codes = codes
        self._plans = plans
        self._jobs = jobs

    async def offer(self, ctx: Context) -> bool:
        """Offer the codes; return False to a person who may not make them."""
        who = await people.who(account_of(ctx), ctx.now)
        if not (await rights.decide(who, rights.Act.REGISTER_CHAT, None, on=ctx.now)).allowed:
            return False
        await self.pick(ctx, PickGroup(""))
        return True

    async def pick(self, ctx: Context, action: PickGroup) -> None:
        """Ask for the kind of group, then for the unit, and make the code."""
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        official = who.has(*rights.OFFICIALS)
        purposes = [name for name in _PURPOSES if name not in _OF_COMMUNE or official]
        reached = await reach(ctx, who, {LEADER, *rights.OFFICIALS})
        if action.purpose not in purposes:
            buttons = [Button.to(ctx.word(_PURPOSES[name]), PickGroup(name)) for name in purposes]
            buttons += [
                Button.to(ctx.word("Mã của mọi thôn, một tệp"), MakeGroupSlips(place.id))
                for place in reached
                if official and place.level == "commune"
            ][:1]
            if await self._no_room(ctx):
                return
            lines = [ctx.t("Bác đăng ký nhóm nào?"), *await self._next(ctx), *await self._full(ctx)]
            ctx.reply(Text.join("\n\n", lines), [*buttons, *to_menu(ctx)])
            return
        level = "commune" if action.purpose in _OF_COMMUNE else "village"
        places = [place for place in reached if place.level == level]
        if len(places) == 1:
            await self.make(ctx, MakeGroupCode(action.purpose, places[0].code))
            return
        buttons = [Button.to(place.full_name, MakeGroupCode(action.purpose, place.code)) for place in places]
        ctx.reply(ctx.t("Nhóm của đơn vị nào?"), [*buttons, *to_menu(ctx)])

    async def make(self, ctx: Context, action: MakeGroupCode) -> None:
        if not in_private(ctx):
            return
        unit = await units.get(action.unit)
        if unit is None or action.purpose not in _PURPOSES:
            await self.pick(ctx, PickGroup(""))
            return
        if await self._no_room(ctx):
            return
        async with ctx.changes():
            who = await people.who(account_of(ctx), ctx.now)
            made = await self._invites.create_channel(action.purpose, unit.id, by=who, now=ctx.now)
            if isinstance(made, InviteRefused):
                ctx.reply(ctx.t(made.why), to_menu(ctx))
                return
            text = ctx.t(
                "Mã đăng ký nhóm cho {unit}, dùng một lần, đến hết {day}:\n\n`{code}`\n\n"
                "Bác thêm tôi vào nhóm, rồi gõ trong nhóm: /dangky {code}",
                unit=unit.full_name,
                day=short_date(last_whole_day(made.expires_at), ctx.locale),
                code=made.code,
            )
            if links := await self._codes.group_links(made.code, unit.id):
                text += ctx.t("\n\nHoặc mở đường dẫn này rồi chọn nhóm, tôi tự đăng ký:")
                text += Text.verbatim("".join(f"\n{link}" for link in links))
            ctx.reply(Text.join("\n\n", [text, *await self._next(ctx), *await self._full(ctx)]), to_menu(ctx))

    async def slips(self, ctx: Context, action: MakeGroupSlips) -> None:
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        decision = await rights.decide(who, rights.Act.REGISTER_CHAT, action.commune, on=ctx.now)
        if not decision.allowed:
            ctx.reply(ctx.t(decision.why), to_menu(ctx))
            return
        if await self._no_room(ctx):
            return
        without = await villages_without_group(action.commune, ctx)
        if not without:
            ctx.reply(ctx.t("Thôn nào cũng có nhóm rồi."), to_menu(ctx))
            return
        # Of two files for the same villages only one would be handed out.
        if not await self._jobs.unfinished(KIND, ctx.chat):
            asked = f"{ctx.chat.platform} {ctx.chat.id} {ctx.event.id}"
            key = f"{KIND}:{sha256(asked.encode()).hexdigest()[:32]}"
            body = {**answer_to(ctx.chat), "units": ",".join(str(place.id) for place in without)}
            body |= {"commune": str(action.commune), "person": ctx.sender.id, "locale": ctx.locale, "key": key}
            async with ctx.changes():
                await self._jobs.ask(KIND, body, key=key, now=ctx.now)
                ctx.reply(ctx.t(_DRAWING))
            return
        ctx.reply(ctx.t(_DRAWING))

    async def _no_room(self, ctx: Context) -> bool:
        """Return whether no messenger takes another group, after saying so."""
        full = await self._plans.full_ones()
        if not full or await self._plans.with_room():
            return False
        relay = ctx.word(_RELAY)
        who = await people.who(account_of(ctx), ctx.now)
        offers = [role for role in (LEADER, DEPUTY, VILLAGE_HEAD) if _may_invite(who, role)]
        buttons = [Button.to(ctx.word(_INVITE).format(role=role_name(ctx, role)), PickRole(role)) for role in offers]
        ctx.reply(ctx.t(_NO_ROOM, platforms=", ".join(map(called, full)), relay=relay), [*buttons, *to_menu(ctx)])
        return True

    async def _next(self, ctx: Context) -> Sequence[Text]:
        """Say how many groups the plans still take, and how a village without one is told."""
        lines: list[Text] = []
        for name, (number, limit) in (await self._plans.next_ones()).items():
            last = number == limit
            lines.append(ctx.t(_NEXT_NONE_LEFT if last else _NEXT, platform=called(name), number=number, limit=limit))
            lines += [ctx.t(_RELAY)] if last else []
        return [Text.join("\n", lines)] if lines else []

    async def _full(self, ctx: Context) -> Sequence[Text]:
        """Name the messengers on which a code is of no use now, and those that have room."""
        full = await self._plans.full_ones()
        lines = [ctx.t(_FULL, platform=called(name), limit=limit) for name, limit in full.items()]
        room = ctx.t(_ROOM, names=", ".join(map(called, await self._plans.with_room())))
        return [Text.join("\n", [*lines, room])] if lines else []


def build(conversation: GroupCodeConversation) -> Router:
    router = Router()
    router.action(PickGroup)(conversation.pick)
    router.action(MakeGroupCode)(conversation.make)
    router.action(MakeGroupSlips)(conversation.slips)
    return router


def _may_invite(who: Who, role: str) -> bool:
    return any(role in rights.INVITABLE.get(grant.role, ()) for grant in who.grants)


async def villages_without_group(commune_id: int, ctx: Context) -> list[Place]:
    today = ctx.now.astimezone(VIETNAM).date()
    places = await units.villages(commune_id, today)
    groups = await channels.of_each([place.id for place in places], today, purpose="village")
    return [place for place in places if not groups[place.id]]
