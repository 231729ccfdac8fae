"""Inviting somebody to a role, and codes for groups: role, village, code, within one's own scope."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Attachment, Button
from bot.core.platform import Platform
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import people, rights, units
from bot.features.accounts import Account
from bot.features.invites import Created, Invites, Refused, listed, qr
from bot.features.outbox.hours import VIETNAM
from bot.features.people import Grant, Who
from bot.features.rights.table import ANYWHERE, IN_VILLAGES, LEADER, ONE_HOLDER
from bot.features.units import Place
from bot.i18n import msg, short_date

from .start import OpenMenu
from .typed import says

StoreMedia = Callable[[bytes, str], Awaitable[str]]
Links = Callable[[str], Sequence[str]]
KeepUntil = Callable[[str, datetime], Awaitable[None]]

_PURPOSES = {
    "village": msg("Nhóm của thôn"),
    "commune": msg("Nhóm chung toàn xã"),
    "team": msg("Nhóm của Tổ"),
    "enterprise": msg("Nhóm doanh nghiệp"),
    "sandbox": msg("Nhóm làm thử"),
}
_OF_COMMUNE = frozenset({"commune", "enterprise", "sandbox"})


class PickRole(Action, code="ir"):
    role: str


class PickUnit(Action, code="iu"):
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


class MakeGroupCode(Action, code="igm"):
    purpose: str
    unit: str


class ShowListed(Action, code="il"):
    """Who is listed and has not come, in a unit; "" is wherever one may invite."""

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
        links: Links,
        *,
        group_links: Links = lambda code: (),
        keep_until: KeepUntil | None = None,
    ) -> None:
        self._store_media = store_media
        self._links = links
        self._keep_until = keep_until
        self.group_links = group_links

    async def show(self, ctx: Context, made: Created, text: Text) -> None:
        links = self._links(made.code)
        picture = None
        if links:
            text += ctx.t("\n\nHoặc mở đường dẫn, hay quét mã QR:")
            text += Text.verbatim("".join(f"\n{link}" for link in links))
            name = await self._store_media(qr.png(links[0]), "image/png")
            if self._keep_until is not None:
                await self._keep_until(name, made.expires_at)
            picture = Attachment("photo", name, ctx.word("Mã QR mở cuộc trò chuyện với mã mời"))
        ctx.reply(text, to_menu(ctx), attachment=picture)


_INVITES = re.compile(
    r"(?:(?:toi|muon|lam sao|lam the nao|cach|de|can|them|cho) )*(?:moi|them)(?: them)? "
    r"(?:nguoi|to truong|to pho|thanh vien|doan vien|tinh nguyen vien|truong thon|bi thu|can bo|cong an|chu tich|nhom)"
    r"(?: (?:moi|vao|to|khac|thon|xa|bot|the nao|duoc khong))*"
    r"(?: (?:thon|xom|ap|ban|lang|khu|to dan pho|xa|phuong) [\w ]{1,30})?"
    r"|(?:(?:toi|em|muon|can|cho|xin|gio) )*(?:moi|them|ket nap|dua) (?!(?:toi|minh|ba|bac) )(?:\S+ ){1,5}"
    r"(?:vao|vo) (?:to|nhom|bot|doi)(?: .{0,30})?"
)


class InviteTalk:
    """The conversation that ends with a code."""

    def __init__(self, invites: Invites, codes: Codes) -> None:
        self._invites = invites
        self._codes = codes

    async def understand(self, ctx: Context, words: str) -> bool:
        """“Mời tổ trưởng”, “làm sao để mời người”: from whoever may invite, others have a party in mind."""
        if not ctx.private or not says(_INVITES, words):
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
        places = await self._places(ctx, who, action.role)
        if not places:
            await self.invite(ctx)
        elif len(places) == 1:
            await self.pick_unit(ctx, PickUnit(action.role, places[0].code))
        else:
            buttons = [Button.to(place.full_name, PickUnit(action.role, place.code)) for place in places]
            ctx.reply(ctx.t("{role} của đơn vị nào?", role=role_name(ctx, action.role)), [*buttons, *to_menu(ctx)])

    async def pick_unit(self, ctx: Context, action: PickUnit) -> None:
        """Who is listed there and has not come is offered by name; where a role has one holder, a newcomer may follow.

        Otherwise whoever is meant would become a second person beside the one in the list.
        """
        if not in_private(ctx):
            return
        unit = await units.get(action.unit)
        who = await people.who(account_of(ctx), ctx.now)
        if unit is None:
            await self.invite(ctx)
            return
        decision = await rights.may_invite(who, action.role, unit.id, on=ctx.now)
        if not decision.allowed:
            ctx.reply(ctx.t(decision.why), to_menu(ctx))
            return
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
            if isinstance(made, Refused):
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
            )

    async def pick_group(self, ctx: Context, action: PickGroup) -> None:
        """A code for a group: of which kind, then of which unit."""
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        purposes = [name for name in _PURPOSES if name not in _OF_COMMUNE or who.has(*rights.OFFICIALS)]
        if action.purpose not in purposes:
            buttons = [Button.to(ctx.word(_PURPOSES[name]), PickGroup(name)) for name in purposes]
            ctx.reply(ctx.t("Bác đăng ký nhóm nào?"), [*buttons, *to_menu(ctx)])
            return
        level = "commune" if action.purpose in _OF_COMMUNE else "village"
        places = [place for place in await reach(ctx, who, {LEADER, *rights.OFFICIALS}) if place.level == level]
        if len(places) == 1:
            await self.make_group_code(ctx, MakeGroupCode(action.purpose, places[0].code))
            return
        buttons = [Button.to(place.full_name, MakeGroupCode(action.purpose, place.code)) for place in places]
        ctx.reply(ctx.t("Nhóm của đơn vị nào?"), [*buttons, *to_menu(ctx)])

    async def make_group_code(self, ctx: Context, action: MakeGroupCode) -> None:
        if not in_private(ctx):
            return
        unit = await units.get(action.unit)
        if unit is None or action.purpose not in _PURPOSES:
            await self.invite(ctx)
            return
        async with ctx.changes():
            who = await people.who(account_of(ctx), ctx.now)
            made = await self._invites.create_channel(action.purpose, unit.id, by=who, now=ctx.now)
            if isinstance(made, Refused):
                ctx.reply(ctx.t(made.why), to_menu(ctx))
                return
            text = ctx.t(
                "Mã đăng ký nhóm cho {unit}, dùng một lần, đến hết {day}:\n\n`{code}`\n\n"
                "Bác thêm tôi vào nhóm, rồi gõ trong nhóm: /dangky {code}",
                unit=unit.full_name,
                day=short_date(last_whole_day(made.expires_at), ctx.locale),
                code=made.code,
            )
            if links := self._codes.group_links(made.code):
                text += ctx.t("\n\nHoặc mở đường dẫn này rồi chọn nhóm, tôi tự đăng ký:")
                text += Text.verbatim("".join(f"\n{link}" for link in links))
            ctx.reply(text, to_menu(ctx))

    async def _places(self, ctx: Context, who: Who, role: str) -> list[Place]:
        """Where `who` may invite somebody to this role."""
        makers = {maker for maker, invitable in rights.INVITABLE.items() if role in invitable}
        places = await reach(ctx, who, makers)
        if role in ANYWHERE:
            return places
        level = "village" if role in IN_VILLAGES else "commune"
        return [place for place in places if place.level == level]


def build(talk: InviteTalk) -> Router:
    router = Router()
    router.command("moi", "mời", "mời người", "mời thành viên")(talk.invite)
    router.action(PickRole)(talk.pick_role)
    router.action(PickUnit)(talk.pick_unit)
    router.action(MakeInvite)(talk.make_invite)
    router.action(PickGroup)(talk.pick_group)
    router.action(MakeGroupCode)(talk.make_group_code)
    return router


async def reach(ctx: Context, who: Who, roles: set[str]) -> list[Place]:
    return await reach_of(who, roles, ctx.now)


async def places_to_invite(ctx: Context, who: Who) -> list[Place]:
    """Where the person may invite; for who may nowhere that is said, and nothing is left to do."""
    places = await reach(ctx, who, set(rights.INVITABLE))
    if not places:
        decision = await rights.decide(who, rights.Act.INVITE, None, on=ctx.now)
        ctx.reply(ctx.t(decision.why or "Bác chưa có đơn vị nào để xem."), to_menu(ctx))
    return places


async def reach_of(who: Who, roles: set[str], now: datetime) -> list[Place]:
    """The units of the person's grants with one of these roles; the whole commune for an official."""
    found: dict[int, Place] = {}
    today = now.astimezone(VIETNAM).date()
    for grant in who.grants:
        if grant.role not in roles or grant.unit_id is None:
            continue
        official = grant.role in rights.OFFICIALS
        top = await (units.commune_of(grant.unit_id) if official else units.by_id(grant.unit_id))
        if top is not None:
            found[top.id] = top
            found.update((below.id, below) for below in await units.descendants(top.id, today))
    return list(found.values())


def last_whole_day(expires_at: datetime) -> date:
    """The last day on which a code is good until the evening: it ends at the hour at which it was made."""
    return expires_at.astimezone(VIETNAM).date() - timedelta(days=1)


def links_of(platforms: Sequence[Platform], anonymous: frozenset[str]) -> Links:
    """The addresses that say a code to the bot, where people can have roles."""

    def links(code: str) -> Sequence[str]:
        found = (platform.link(code) for platform in platforms if platform.name not in anonymous)
        return [link for link in found if link is not None]

    return links


def account_of(ctx: Context) -> Account:
    return Account(ctx.chat.platform, ctx.sender.id)


def to_menu(ctx: Context) -> list[Button]:
    return [Button.to(ctx.word("Về menu"), OpenMenu())]


def role_name(ctx: Context, role: str) -> str:
    return ctx.word(rights.ROLES[role])


async def role_in_unit(ctx: Context, grant: Grant) -> Text:
    unit = await units.by_id(grant.unit_id or 0)
    place = unit.full_name if unit is not None else ""
    return ctx.t("**{role}**, {unit}", role=role_name(ctx, grant.role), unit=place)


def in_private(ctx: Context) -> bool:
    if not ctx.private:
        ctx.reply(ctx.t("Việc này bác làm trong cuộc trò chuyện riêng với tôi."))
    return ctx.private
