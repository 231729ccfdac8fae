"""The words with which the phone asks about giving and ending roles, writing lists, and erasing."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.text import Text
from bot.features import rights
from bot.features.invites import listed
from bot.features.jobs.queue import JobRefused
from bot.features.people import people
from bot.features.privacy.names import called
from bot.features.units import by_id
from bot.features.workbook import UnreadableFile
from bot.features.workbook.office import scope_of, workbook_of
from bot.handlers.kit.by_phone import Asked, ByPhone, by_phone, one_line
from bot.handlers.kit.media import Uploads
from bot.handlers.kit.speaker import account_of, in_private, role_in_unit, role_name, to_menu
from bot.handlers.people.accounts import AccountsConversation, Resign
from bot.handlers.people.importing import GONE, WriteList
from bot.handlers.people.inviting import InviteConversation, InviteListed, MakeInvite, PickInviteUnit, PickRole
from bot.handlers.people.listed import ListedPeopleConversation, MakeSlips
from bot.handlers.people.me import OwnEntryConversation, Unlink
from bot.handlers.people.privacy import Erase
from bot.handlers.people.roster import EndRole, RosterConversation
from bot.i18n import number

_NAMED_CHANGES = 12


class GivingByPhone:
    """Codes that give a role. Each of the first three may make one at once, and a code is a role."""

    def __init__(self, invites: InviteConversation, absent: ListedPeopleConversation) -> None:
        self._invites = invites
        self._absent = absent

    async def role(self, ctx: Context, action: PickRole) -> Asked | None:
        who = await people.who(account_of(ctx), ctx.now)
        places = await self._invites.places(ctx, who, action.role) if action.role in rights.ROLES else []
        if not places:
            await self._invites.invite(ctx)
            return None
        role = role_name(ctx, action.role)
        if len(places) == 1:
            act = ctx.t("Mời người làm **{role}**, {unit}", role=role, unit=places[0].full_name)
        else:
            act = ctx.t("Mời người làm **{role}**, nơi nào thì chọn ngay sau đó", role=role)
        return Asked(act, f"{ctx.word('Mời')} {role}")

    async def unit(self, ctx: Context, action: PickInviteUnit) -> Asked | None:
        return await self._code(ctx, action.role, action.unit, 0)

    async def code(self, ctx: Context, action: MakeInvite) -> Asked | None:
        return await self._code(ctx, action.role, action.unit, action.replacing)

    async def _code(self, ctx: Context, role: str, unit_code: str, replacing: int) -> Asked | None:
        unit = await self._invites.unit_to_invite(ctx, role, unit_code)
        if unit is None:
            return None
        name = role_name(ctx, role)
        act = ctx.t("Tạo mã mời làm **{role}**, {unit}", role=name, unit=unit.full_name)
        held = await people.holders(role, unit.id, ctx.now) if replacing else []
        for before in held:
            if before.grant_id == replacing:
                act += ctx.t(", thay {name}", name=one_line(before.name or ctx.word("một người")))
        return Asked(act, f"{ctx.word('Mời')} {name}, {unit.full_name}")

    async def listed(self, ctx: Context, action: InviteListed) -> Asked | None:
        one = await listed.get(action.person, ctx.now)
        refused = await listed.refused(await people.who(account_of(ctx), ctx.now), one, ctx.now)
        if one is None or refused:
            ctx.reply(ctx.t(refused), to_menu(ctx))
            return None
        name = one_line(one.name)
        roles = Text.join("; ", [await role_in_unit(ctx, grant) for grant in one.grants])
        act = ctx.t("Tạo mã riêng cho **{name}**: {roles}", name=name, roles=roles)
        return Asked(act, f"{ctx.word('Mã cho')} {name}")

    async def slips(self, ctx: Context, action: MakeSlips) -> Asked | None:
        meant = await self._absent.meant(ctx, action)
        if not meant:
            return None
        count = number(len(meant), ctx.locale)
        names = ", ".join(one_line(one.name) for one in meant[:_NAMED_CHANGES])
        act = ctx.t(
            "Làm phiếu mời, mỗi phiếu một mã nhận vai trò, cho **{count} người**: {names}", count=count, names=names
        )
        if len(meant) > _NAMED_CHANGES:
            act += Text.verbatim(", …")
        return Asked(act, f"{ctx.word('Làm phiếu mời, số người')}: {count}")

    def kinds(self) -> Sequence[ByPhone]:
        return [
            by_phone(PickRole, self.role),
            by_phone(PickInviteUnit, self.unit),
            by_phone(MakeInvite, self.code),
            by_phone(InviteListed, self.listed),
            by_phone(MakeSlips, self.slips),
        ]


class EndingByPhone:
    """Roles and accounts that end, and erasing."""

    def __init__(self, holders: RosterConversation, accounts: AccountsConversation, own: OwnEntryConversation) -> None:
        self._holders = holders
        self._accounts = accounts
        self._own = own

    async def role(self, ctx: Context, action: EndRole) -> Asked | None:
        found = await self._holders.to_end(ctx, action)
        if found is None:
            return None
        act = ctx.t(
            "Cho **{name}** thôi làm **{role}**, {unit}", name=one_line(found.name), role=found.role, unit=found.unit
        )
        return Asked(act, f"{ctx.word('Thôi vai trò')}: {one_line(found.name)}")

    async def own_role(self, ctx: Context, action: Resign) -> Asked | None:
        grant = await self._accounts.to_resign(ctx, action)
        if grant is None:
            return None
        act = ctx.t("Chính bác thôi làm {role}", role=await role_in_unit(ctx, grant))
        return Asked(act, f"{ctx.word('Thôi làm')} {role_name(ctx, grant.role)}")

    async def account(self, ctx: Context, action: Unlink) -> Asked | None:
        one = await self._own.to_unlink(ctx, action)
        if one is None:
            return None
        act = ctx.t("Bỏ tài khoản **{platform}** khỏi tên bác", platform=called(one.platform))
        return Asked(act, f"{ctx.word('Bỏ tài khoản')} {called(one.platform)}")

    async def erase(self, ctx: Context, action: Erase) -> Asked | None:
        who = await people.who(account_of(ctx), ctx.now)
        act = ctx.t("**Xóa hết** những gì tôi giữ về bác, trên mọi ứng dụng, không lấy lại được")
        if who.grants:
            act += ctx.t("; vai trò của bác cũng hết")
        return Asked(act, ctx.word("Xóa hết dữ liệu của tôi"))

    def kinds(self) -> Sequence[ByPhone]:
        return [
            by_phone(EndRole, self.role),
            by_phone(Resign, self.own_role),
            by_phone(Unlink, self.account),
            by_phone(Erase, self.erase),
        ]


class ListByPhone:
    """A workbook that would be written. It is read anew: what the page says of it may be forged."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    async def write(self, ctx: Context, action: WriteList) -> Asked | None:
        if not in_private(ctx):
            return None
        who = await people.who(account_of(ctx), ctx.now)
        decision = await rights.decide(who, rights.Act.INVITE, action.commune, on=ctx.now)
        place = await by_id(action.commune)
        if not decision.allowed or place is None:
            ctx.reply(ctx.t(decision.why), to_menu(ctx))
            return None
        book = await workbook_of(who, action.commune, ctx.now)
        try:
            data = await self._uploads.received(action.file)
            proposal = await book.propose(data, scope_of(action.commune, ctx.now))
        except (FileNotFoundError, UnreadableFile, JobRefused):
            ctx.reply(ctx.t(GONE), to_menu(ctx))
            return None
        if proposal.mark != action.mark or not proposal.clean:
            ctx.reply(ctx.t(GONE), to_menu(ctx))
            return None
        count = number(len(proposal.changes), ctx.locale)
        lines = [ctx.t("Ghi **{count} thay đổi** vào danh sách của {commune}:", count=count, commune=place.full_name)]
        lines += [Text.verbatim(f"{one.mark} {one_line(one.text)}") for one in proposal.changes[:_NAMED_CHANGES]]
        if len(proposal.changes) > _NAMED_CHANGES:
            lines.append(Text.verbatim("…"))
        return Asked(Text.join("\n", lines), f"{ctx.word('Ghi danh sách, số thay đổi')}: {count}")

    def kind(self) -> ByPhone:
        return by_phone(WriteList, self.write)
