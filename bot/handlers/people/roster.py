"""The roles in a unit and their holders, and ending a role: for those who could invite to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.lean.values import replace
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import rights, units
from bot.features.at_once import at_once
from bot.features.audit import Audit
from bot.features.invites import listed
from bot.features.people import people
from bot.features.rights import roster
from bot.features.rights.roster import RosterEntry
from bot.features.rights.table import YOUTH
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, role_name, to_menu
from bot.i18n import msg

from .inviting import ShowListed, places_to_invite

TellPerson = Callable[[int, Text], Awaitable[None]]
_ENDED = msg(
    "Kính gửi bác, xã vừa ghi nhận bác thôi làm {role}, {unit}. Cảm ơn bác. Có gì chưa đúng, bác hỏi cán bộ xã."
)


_WORDS = (
    "thành viên tổ", "danh sách tổ", "danh sách thành viên", "tổ có những ai", "tổ em có những ai",
    "tổ tôi có những ai", "tổ có ai", "ai trong tổ", "trong tổ có ai", "tổ gồm những ai",
)  # fmt: skip


class ShowRoster(Action, code="ro"):
    """Show the holders of roles in a unit; "" asks for the unit."""

    unit: str


class EndRole(Action, code="re"):
    grant: int
    sure: bool


class RoleToEnd(Struct, frozen=True):
    """A role that holds, with the words for its holder, itself and its unit."""

    entry: RosterEntry
    name: str
    role: str
    unit: str


class RosterConversation:
    """`tell` writes to the person whose role has ended."""

    def __init__(self, audit: Audit, tell: TellPerson) -> None:
        self._audit = audit
        self._tell = tell

    async def show(self, ctx: Context) -> None:
        await self.show_unit(ctx, ShowRoster(""))

    async def show_unit(self, ctx: Context, action: ShowRoster) -> None:
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        places = await places_to_invite(ctx, who)
        if not places:
            return
        place = next((one for one in places if one.code == action.unit), places[0] if len(places) == 1 else None)
        if place is None:
            buttons = [Button.to(one.full_name, ShowRoster(one.code)) for one in places]
            ctx.reply(ctx.t("Bác xem người ở đơn vị nào?"), [*buttons, *to_menu(ctx)])
            return
        await self._list(ctx, who, place)

    async def _list(self, ctx: Context, who: people.Who, place: Place) -> None:
        entries, absentees = await at_once(self._seen(ctx, who, place), listed.find([place.id], ctx.now, by=who))
        if not entries:
            ctx.reply(ctx.t("{unit} chưa có ai giữ vai trò.", unit=upper_first(place.full_name)), to_menu(ctx))
            return
        lines = [ctx.t("**{unit}:**", unit=upper_first(place.full_name))]
        known, absent = msg("• {role}: {name}"), msg("• {role}: {name} (chưa vào)")
        lines += [
            ctx.t(known if one.come else absent, role=role_name(ctx, one.role), name=self._name(ctx, one))
            for one in entries
        ]
        buttons = [
            Button.to(f"{ctx.word('Thôi vai trò')}: {self._name(ctx, one)}"[:60], EndRole(one.grant_id, sure=False))
            for one in entries
            if one.person_id != who.person_id and (await rights.may_invite(who, one.role, place.id, on=ctx.now)).allowed
        ]
        if absentees:
            buttons.append(Button.to(ctx.word("Người chưa vào"), ShowListed(place.code)))
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def _seen(self, ctx: Context, who: people.Who, place: Place) -> Sequence[RosterEntry]:
        """Return everybody there; only the volunteers to a person who looks after these alone."""
        entries = await roster.of_unit(place.id, ctx.now)
        others = replace(who, grants=tuple(grant for grant in who.grants if grant.role != YOUTH))
        if (await rights.decide(others, rights.Act.INVITE, place.id, on=ctx.now)).allowed:
            return entries
        return [one for one in entries if one.role in rights.INVITABLE[YOUTH]]

    async def to_end(self, ctx: Context, action: EndRole) -> RoleToEnd | None:
        """Return the role that the person may end; otherwise say why not."""
        if not in_private(ctx):
            return None
        one = await roster.entry(action.grant, ctx.now)
        if one is None:
            ctx.reply(ctx.t("Vai trò này đã hết từ trước."), to_menu(ctx))
            return None
        who = await people.who(account_of(ctx), ctx.now)
        decision = await rights.may_invite(who, one.role, one.unit_id, on=ctx.now)
        if not decision.allowed:
            ctx.reply(ctx.t(decision.why), to_menu(ctx))
            return None
        unit = await units.by_id(one.unit_id)
        place = unit.full_name if unit is not None else ""
        return RoleToEnd(one, self._name(ctx, one), role_name(ctx, one.role), place)

    async def end(self, ctx: Context, action: EndRole) -> None:
        """End a role for good and tell its holder, who finds the right gone even in mid-conversation."""
        found = await self.to_end(ctx, action)
        if found is None:
            return
        one, who = found.entry, await people.who(account_of(ctx), ctx.now)
        values = {"name": found.name, "role": found.role, "unit": found.unit}
        if not action.sure:
            ctx.reply(
                ctx.t("Cho {name} thôi làm **{role}**, {unit}? Tôi sẽ báo cho người ấy biết.", **values),
                [Button.to(ctx.word("Cho thôi"), EndRole(one.grant_id, sure=True)), *to_menu(ctx)],
                rows=(2,),
            )
            return
        async with ctx.changes():
            if not await people.end(one.grant_id, one.person_id, ctx.now):
                ctx.reply(ctx.t("Vai trò này đã hết từ trước."), to_menu(ctx))
                return
            details: dict[str, str | int | bool] = {"role": one.role, "unit": one.unit_id, "by_other": True}
            await self._audit.append(who.person_id, "role_ended", f"grant:{one.grant_id}", ctx.now, details)
            await self._tell(one.person_id, Text.of(_ENDED, role=rights.ROLES[one.role], unit=values["unit"]))
            ctx.reply(ctx.t("{name} đã thôi làm {role}, {unit}. Tôi đã báo cho người ấy.", **values), to_menu(ctx))

    def _name(self, ctx: Context, one: RosterEntry) -> str:
        return one.name or ctx.word("một người")


def build(conversation: RosterConversation) -> Router:
    router = Router()
    router.command("nguoilam", "người giữ vai trò", "danh sách người", "ai làm gì", *_WORDS)(conversation.show)
    router.action(ShowRoster)(conversation.show_unit)
    router.action(EndRole)(conversation.end)
    return router
