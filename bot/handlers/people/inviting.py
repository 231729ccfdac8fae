"""Inviting somebody to a role, and codes for groups: role, village, code, within one's own scope."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Attachment, Button
from bot.core.platform import account_of as further
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import rights, units
from bot.features.calendar.vietnam import VIETNAM
from bot.features.invites import Created, InviteRefused, Invites, listed, qr
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights.table import ANYWHERE, IN_VILLAGES, ONE_HOLDER
from bot.features.units import Place
from bot.handlers.kit.media import KeepUntil, LinksAt, StoreMedia
from bot.handlers.kit.speaker import account_of, in_private, reach, role_name, to_menu
from bot.i18n import short_date


class PickRole(Action, code="ir"):
    role: str


class PickInviteUnit(Action, code="iu"):
    role: str
    unit: str


class MakeInvite(Action, code="im"):
    """`replacing` is the grant that ends when a successor comes, 0 for none."""

    role: str
    unit: str
    replacing: int


class PickGroup(Action, code="ig"):
    """`purpose` "" asks for it."""

    purpose: str


class ShowListed(Action, code="il"):
    """Show the listed people of a unit who have not joined; "" is all units in which one may invite."""

    unit: str


class InviteListed(Action, code="ilm"):
    """Makes the code by which somebody who is listed comes to their own roles."""

    person: int


class Codes:
    """Shows a code with everything that leads to it: one link for each messenger, the first one also as a QR code.

    `group_links` add the bot to a group and say the code there. `keep_until` says when a picture may go.
    """

    def __init__(
        self,
        store_media: StoreMedia,
        links: LinksAt,
        group_links: LinksAt,
        *,
        keep_until: KeepUntil | None = None,
    ) -> None:
        self._store_media = store_media
        self._links = links
        self._keep_until = keep_until
        self.group_links = group_links

    async def show(self, ctx: Context, made: Created, text: Text, unit_id: int = 0) -> None:
        """Show a code into a unit; 0 is one that leads nowhere in particular."""
        # Asked on a commune's own bot, its address is the first also of a code that leads nowhere in particular.
        here = ctx.private_link(made.code) if further(ctx.chat.platform) else None
        links = list(dict.fromkeys([*([here] if here is not None else []), *await self._links(made.code, unit_id)]))
        picture = None
        if links:
            text += ctx.t("\n\nHoặc mở đường dẫn, hay quét mã QR:")
            text += Text.verbatim("".join(f"\n{link}" for link in links))
            name = await self._store_media(qr.png(links[0]), "image/png")
            if self._keep_until is not None:
                await self._keep_until(name, made.expires_at)
            picture = Attachment("photo", name, ctx.word("Mã QR mở cuộc trò chuyện với mã mời"))
        ctx.reply(text, to_menu(ctx), attachment=picture)


class InviteConversation:
    """The conversation that ends with a code."""

    def __init__(self, invites: Invites, codes: Codes) -> None:
        self._invites = invites
        self._codes = codes

    async def in_words(self, ctx: Context, words: str) -> bool:
        """Begin an invitation for “mời tổ trưởng”, from a person who may invite. Others have a party in mind."""
        if not ctx.private:
            return False
        who = await people.who(account_of(ctx), ctx.now)
        if not any(rights.INVITABLE.get(grant.role) for grant in who.grants):
            return False
        await self.invite(ctx)
        return True

    async def invite(self, ctx: Context) -> None:
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        roles = [role for role in rights.ROLES if any(role in rights.INVITABLE.get(g.role, ()) for g in who.grants)]
        group = await rights.decide(who, rights.Act.REGISTER_CHAT, None, on=ctx.now)
        if not roles and not group.allowed:
            decision = await rights.decide(who, rights.Act.INVITE, None, on=ctx.now)
            ctx.reply(ctx.t(decision.why), to_menu(ctx))
            return
        buttons = [Button.to(ctx.word(rights.ROLES[role]), PickRole(role)) for role in roles]
        places = await reach(ctx, who, set(rights.INVITABLE))
        if waiting := len(await listed.find([place.id for place in places], ctx.now, by=who)):
            label = ctx.t("Người có tên mà chưa vào: {count}", count=waiting).plain
            buttons.insert(0, Button.to(label, ShowListed("")))
        if group.allowed:
            buttons.append(Button.to(ctx.word("Mã đăng ký nhóm"), PickGroup("")))
        ctx.reply(ctx.t("Bác mời người vào vai trò nào?"), [*buttons, *to_menu(ctx)])

    async def pick_role(self, ctx: Context, action: PickRole) -> None:
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        places = await self.places(ctx, who, action.role)
        if not places:
            await self.invite(ctx)
        elif len(places) == 1:
            await self.pick_unit(ctx, PickInviteUnit(action.role, places[0].code))
        else:
            buttons = [Button.to(place.full_name, PickInviteUnit(action.role, place.code)) for place in places]
            ctx.reply(ctx.t("{role} của đơn vị nào?", role=role_name(ctx, action.role)), [*buttons, *to_menu(ctx)])

    async def pick_unit(self, ctx: Context, action: PickInviteUnit) -> None:
        """Offer by name the listed people who have not joined; a role's single holder may get a successor.

        Otherwise the invited person would become a second one beside the one in the list.
        """
        unit = await self.unit_to_invite(ctx, action.role, action.unit)
        if unit is None:
            return
        who = await people.who(account_of(ctx), ctx.now)
        away = [
            one
            for one in await listed.find([unit.id], ctx.now, by=who)
            if any((grant.role, grant.unit_id) == (action.role, unit.id) for grant in one.grants)
        ]
        held = await people.holders(action.role, unit.id, ctx.now) if action.role in ONE_HOLDER else []
        if not held and not away:
            await self.make_invite(ctx, MakeInvite(action.role, action.unit, 0))
            return
        there = upper_first(unit.full_name)
        role = role_name(ctx, action.role)
        buttons = [Button.to(f"{ctx.word('Mời')} {one.name}"[:60], InviteListed(one.person_id)) for one in away]
        if held:
            before = held[0]
            buttons += [
                Button.to(ctx.word("Thay người cũ"), MakeInvite(action.role, action.unit, before.grant_id)),
                Button.to(ctx.word("Cùng làm"), MakeInvite(action.role, action.unit, 0)),
            ]
        else:
            buttons.append(Button.to(ctx.word("Người khác"), MakeInvite(action.role, action.unit, 0)))
        if away:
            names = ", ".join(one.name for one in away)
            asked = ctx.t(
                "{unit} đã ghi tên {names} làm {role} mà chưa vào. Bác mời ai?", unit=there, names=names, role=role
            )
        else:
            name = held[0].name or ctx.word("một người")
            asked = ctx.t(
                "{unit} đã có {role} là {name}. Người mới thay hay cùng làm?", unit=there, role=role, name=name
            )
        ctx.reply(asked, buttons, rows=() if away else (2,))

    async def unit_to_invite(self, ctx: Context, role: str, code: str) -> Place | None:
        """Return the unit in which the person may invite to the role; otherwise say why not, or ask again."""
        if not in_private(ctx):
            return None
        unit = await units.get(code)
        if unit is None or role not in rights.ROLES:
            await self.invite(ctx)
            return None
        decision = await rights.may_invite(await people.who(account_of(ctx), ctx.now), role, unit.id, on=ctx.now)
        if not decision.allowed:
            ctx.reply(ctx.t(decision.why), to_menu(ctx))
            return None
        return unit

    async def make_invite(self, ctx: Context, action: MakeInvite) -> None:
        if not in_private(ctx):
            return
        unit = await units.get(action.unit)
        if unit is None or action.role not in rights.ROLES:
            await self.invite(ctx)
            return
        async with ctx.changes():
            who = await people.who(account_of(ctx), ctx.now)
            held = await people.holders(action.role, unit.id, ctx.now)
            before = next((one.person_id for one in held if one.grant_id == action.replacing), None)
            if action.replacing and before is None:
                ctx.reply(ctx.t("Vai trò này vừa thay đổi, bác chọn lại giúp tôi."), to_menu(ctx))
                return
            made = await self._invites.create(action.role, unit.id, by=who, now=ctx.now, replacing=before)
            if isinstance(made, InviteRefused):
                ctx.reply(ctx.t(made.why), to_menu(ctx))
                return
            await self._codes.show(
                ctx,
                made,
                ctx.t(
                    "Mã mời **{role}**, {unit}, dùng một lần, đến hết {day}:\n\n`{code}`\n\n"
                    "Bác gửi riêng cho người được mời. Người ấy mở cuộc trò chuyện riêng với tôi rồi gõ mã.",
                    role=role_name(ctx, action.role),
                    unit=unit.full_name,
                    day=short_date(last_whole_day(made.expires_at), ctx.locale),
                    code=made.code,
                ),
                unit.id,
            )

    async def places(self, ctx: Context, who: Who, role: str) -> list[Place]:
        """Return the units in which `who` may invite somebody to this role."""
        makers = {maker for maker, invitable in rights.INVITABLE.items() if role in invitable}
        places = await reach(ctx, who, makers)
        if role in ANYWHERE:
            return places
        level = "village" if role in IN_VILLAGES else "commune"
        return [place for place in places if place.level == level]


def build(conversation: InviteConversation) -> Router:
    router = Router()
    router.command("moi", "mời", "mời người", "mời thành viên")(conversation.invite)
    router.action(PickRole)(conversation.pick_role)
    router.action(PickInviteUnit)(conversation.pick_unit)
    router.action(MakeInvite)(conversation.make_invite)
    return router


async def places_to_invite(ctx: Context, who: Who) -> list[Place]:
    """Return the units in which the person may invite; if there are none, say so."""
    places = await reach(ctx, who, set(rights.INVITABLE))
    if not places:
        decision = await rights.decide(who, rights.Act.INVITE, None, on=ctx.now)
        ctx.reply(ctx.t(decision.why or "Bác chưa có đơn vị nào để xem."), to_menu(ctx))
    return places


def last_whole_day(expires_at: datetime) -> date:
    """Return the last day on which a code is good until the evening: it ends at the hour at which it was made."""
    return expires_at.astimezone(VIETNAM).date() - timedelta(days=1)
