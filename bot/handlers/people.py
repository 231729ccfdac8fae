"""Using a code, linking another messenger, what a role has to do, and giving it up."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import people, rights, units
from bot.features.audit import Audit
from bot.features.duties import PAGES
from bot.features.invites import Invites, Listed, Redeemed, Refused, looks_like_code, normal
from bot.i18n import msg

from .inviting import Codes, account_of, in_private, role_in_unit, role_name, to_menu
from .privacy import PrivacyTalk
from .roster import TellPerson
from .typed import says

IsMessenger = Callable[[str], bool]
Belongs = Callable[[Context, int], Awaitable[bool]]
"""Lets the commune of a unit answer in this conversation."""
First = Callable[[Context], Awaitable[bool]]
"""Whether something more urgent than one's duties was shown."""
_ROLE, _LINK = "role", "link"
_MOST_DIGITS = 19
"""No database takes a longer number; it comes back from the network."""
_JOIN = msg(
    "Mã này nối tài khoản này với tài khoản đã tạo mã: hai bên thành một người, xem được và xóa được dữ liệu của nhau. "
    "Bác chỉ nối khi tài khoản kia cũng là của bác."
)
_JOINED = msg(
    "Một tài khoản nữa vừa được nối với bác bằng mã liên kết. Nếu không phải bác nối, bác gõ “tài khoản của tôi” để bỏ "
    "tài khoản ấy."
)
_SUCCEEDED = msg("Kính gửi bác, đã có người mới nhận vai trò {role}, {unit} thay bác. Cảm ơn bác đã làm việc này.")


class ShowDuty(Action, code="du"):
    role: str
    page: int


class Resign(Action, code="rs"):
    grant: int
    sure: bool


class TakeLink(Action, code="lt"):
    """`arg` is what a code gives to this account alone: another messenger, or who is listed."""

    arg: str


_HAS_CODE = re.compile(
    r"(?:(?:toi|ba|ong|em|chau|da|duoc|co|nhan duoc|muon|can|lam sao|lam the nao|de|cach|cho) )*"
    r"(?:(?:co|nhap|dung|gui|go|dien) )*ma (?:moi|vao)?(?: (?:o dau|the nao|la gi|roi|nay|thi lam gi|lam sao))*"
)
_MY_WORK = re.compile(
    r"(?:(?:toi|bay gio|gio|hom nay|the|vao) )*(?:phai |can |nen )?lam (?:nhung )?(?:gi|viec gi)(?: (?:day|bay gio))*"
    r"|(?:nhung )?(?:viec|nhiem vu|vai tro) cua toi(?: la)? gi|toi (?:la ai|co vai tro gi|giu vai tro gi)"
)

_LEAVES = re.compile(
    r"(?:(?:toi|cho|muon|xin|em) )*(?:thoi|nghi|roi|bo)(?: lam| giu)?"
    r" (?:vai tro(?: nay| cua toi)?|to truong|to pho|thanh vien(?: to)?|to cong nghe(?: so)?|can bo)"
    r"|(?:toi )?(?:muon|xin) (?:thoi|nghi)(?: viec| lam)?|thoi lam|toi khong lam nua"
)


class PeopleTalk:
    """The conversation about one's own roles and accounts."""

    def __init__(
        self,
        invites: Invites,
        audit: Audit,
        privacy: PrivacyTalk,
        codes: Codes,
        *,
        is_messenger: IsMessenger,
        tell: TellPerson,
        belongs: Belongs | None = None,
        first: Sequence[First] = (),
    ) -> None:
        self._belongs = belongs
        self._first = first
        self._invites = invites
        self._audit = audit
        self._privacy = privacy
        self._codes = codes
        self._is_messenger = is_messenger
        self._tell = tell
        self._contacts = people.Contacts()
        privacy.on_consent(_ROLE, self._take_agreed)
        privacy.on_consent(_LINK, self._link_agreed)

    async def touch(self, ctx: Context) -> bool:
        if ctx.private and ctx.sender.id:
            await self._contacts.touch(account_of(ctx), ctx.chat.id, ctx.now)
        return False

    # Using a code

    async def open_link(self, ctx: Context, code: str) -> bool:
        """`/start CODE` in private; codes said in groups belong to the registration of groups."""
        if not ctx.private or normal(code) is None:
            return False
        await self._use(ctx, code)
        return True

    async def understand(self, ctx: Context, words: str) -> bool:
        """A code that was typed or pasted on its own."""
        if not ctx.private:
            return False
        if looks_like_code(words):
            await self._use(ctx, words)
        elif says(_HAS_CODE, words):
            ctx.reply(ctx.t("Bác gõ mã mời vào đây giúp tôi, cả chữ và số, ví dụ “ABCD-1234-EFGH5”."), to_menu(ctx))
        elif says(_MY_WORK, words) and (await people.who(account_of(ctx), ctx.now)).grants:
            await self.command(ctx)
        elif says(_LEAVES, words):
            return await self._ask_resign(ctx)
        else:
            return False
        return True

    async def _ask_resign(self, ctx: Context) -> bool:
        """“Tôi xin nghỉ” from who has a role; the button stands on the last page of what the role does."""
        grants = (await people.who(account_of(ctx), ctx.now)).grants
        if len(grants) == 1:
            await self.resign(ctx, Resign(grants[0].id, sure=False))
        elif grants:
            buttons = [Button.to(role_name(ctx, one.role), Resign(one.id, sure=False)) for one in grants]
            ctx.reply(ctx.t("Bác thôi vai trò nào?"), [*buttons, *to_menu(ctx)])
        return bool(grants)

    async def _use(self, ctx: Context, code: str, *, asked: bool = False) -> None:
        """`asked`: they said what a code for another messenger is for."""
        account, messenger = account_of(ctx), self._is_messenger(ctx.chat.platform)
        async with ctx.changes():
            found = await self._invites.look(
                code, account, ctx.chat.id, ctx.now, private=ctx.private, messenger=messenger
            )
            if isinstance(found, Refused):
                ctx.reply(ctx.t(found.why), to_menu(ctx))
                return
            arg = f"{found.invite_id}.{found.proof}"
            if found.listed is not None:
                await self._ask_listed(ctx, found.listed, arg)
                return
            if found.purpose == "link" and not asked:
                # Whoever follows somebody else's link would give them this account.
                ctx.reply(ctx.t(_JOIN), [Button.to(ctx.word("Tài khoản kia là của tôi"), TakeLink(arg)), *to_menu(ctx)])
                return
            if found.purpose == "link" or await self._privacy.has_consent(ctx):
                await self._take_agreed(ctx, arg)
                return
            unit = await units.by_id(found.unit_id)
            if unit is not None and self._belongs is not None:
                await self._belongs(ctx, unit.id)
            about = ctx.t(
                "Mã này mời bác làm **{role}**, {unit}.",
                role=role_name(ctx, found.role),
                unit=unit.full_name if unit is not None else "",
            )
            self._privacy.ask_consent(ctx, _ROLE, arg, about=about)

    async def _ask_listed(self, ctx: Context, one: Listed, arg: str) -> None:
        """Are they who is meant? Afterwards the account and the one in the list are one person for good."""
        roles = [await role_in_unit(ctx, grant) for grant in one.grants]
        about = ctx.t(
            "Mã này mời bác **{name}**: {roles}. Bác không phải người này thì đừng nhận, bác báo lại người đã gửi mã.",
            name=one.name,
            roles=Text.join("; ", roles),
        )
        if not await self._privacy.has_consent(ctx):
            if self._belongs is not None:
                await self._belongs(ctx, one.grants[0].unit_id or 0)
            self._privacy.ask_consent(ctx, _ROLE, arg, about=about)
            return
        about += ctx.t("\n\nNhận rồi thì tôi gọi bác theo tên này; những gì bác đã làm với tôi vẫn còn.")
        ctx.reply(about, [Button.to(ctx.word("Đúng là tôi"), TakeLink(arg)), *to_menu(ctx)], rows=(2,))

    async def take_link(self, ctx: Context, action: TakeLink) -> None:
        if in_private(ctx):
            async with ctx.changes():
                await self._take_agreed(ctx, action.arg)

    async def _take_agreed(self, ctx: Context, arg: str) -> None:
        number, _, proof = arg.partition(".")
        taken = await self._invites.accept(
            int(number) if number.isdecimal() and len(number) < _MOST_DIGITS else 0,
            proof,
            account_of(ctx),
            ctx.chat.id,
            ctx.sender.name,
            ctx.now,
            messenger=self._is_messenger(ctx.chat.platform),
        )
        if isinstance(taken, Refused):
            ctx.reply(ctx.t(taken.why), to_menu(ctx))
        elif not taken.role:
            # A code may have come into other hands: whoever made it hears that it was used.
            await self._tell(taken.person_id, Text.of(_JOINED))
            ctx.reply(ctx.t("Xong. Tài khoản này và tài khoản kia của bác nay là một người."), to_menu(ctx))
        else:
            await self._welcome(ctx, taken)

    async def _welcome(self, ctx: Context, taken: Redeemed) -> None:
        if taken.listed is not None:
            roles = [await role_in_unit(ctx, grant) for grant in taken.listed.grants]
            ctx.reply(
                ctx.t(
                    "Chào mừng bác **{name}**! Từ nay bác là {roles}.",
                    name=taken.listed.name,
                    roles=Text.join("; ", roles),
                ),
                [Button.to(ctx.word("Nhiệm vụ của tôi"), ShowDuty(taken.role, 0)), *to_menu(ctx)],
            )
            return
        unit = await units.by_id(taken.unit_id)
        if taken.before is not None:
            place = unit.full_name if unit is not None else ""
            await self._tell(taken.before, Text.of(_SUCCEEDED, role=rights.ROLES[taken.role], unit=place))
        ctx.reply(
            ctx.t(
                "Chào mừng bác! Từ nay bác là **{role}**, {unit}.",
                role=role_name(ctx, taken.role),
                unit=unit.full_name if unit is not None else "",
            ),
            [Button.to(ctx.word("Nhiệm vụ của tôi"), ShowDuty(taken.role, 0)), *to_menu(ctx)],
        )

    # Another messenger

    async def link(self, ctx: Context) -> None:
        if not in_private(ctx):
            return
        if ctx.args.strip():
            await self._use(ctx, ctx.args, asked=True)
        elif await self._privacy.has_consent(ctx):
            async with ctx.changes():
                await self._link_agreed(ctx, "")
        else:
            about = ctx.t("Liên kết giúp bác dùng ứng dụng thứ hai, hoặc điện thoại mới, với cùng vai trò.")
            self._privacy.ask_consent(ctx, _LINK, about=about)

    async def _link_agreed(self, ctx: Context, arg: str) -> None:
        who = await people.who(account_of(ctx), ctx.now)
        made = await self._invites.create_link(who, ctx.now)
        await self._codes.show(
            ctx,
            made,
            ctx.t(
                "Trên ứng dụng kia, hoặc điện thoại mới, bác mở cuộc trò chuyện riêng với tôi rồi gõ:\n\n"
                "`/lienket {code}`\n\nMã dùng một lần, trong một giờ. Bác đừng đưa mã này cho ai.",
                code=made.code,
            ),
        )

    # Duties

    async def command(self, ctx: Context) -> None:
        """`/nhiemvu`: what one has to do now, else what one's role has to do."""
        if not in_private(ctx):
            return
        for first in self._first:
            if await first(ctx):
                return
        await self.duties(ctx)

    async def duties(self, ctx: Context) -> None:
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        if not who.grants:
            ctx.reply(
                ctx.t("Bác chưa có vai trò nào. Người có vai trò dùng mã do cán bộ xã hoặc Tổ trưởng gửi."),
                to_menu(ctx),
            )
        elif len(who.grants) == 1:
            await self.show_duty(ctx, ShowDuty(who.grants[0].role, 0))
        else:
            roles = dict.fromkeys(grant.role for grant in who.grants)
            buttons = [Button.to(ctx.word(rights.ROLES[role]), ShowDuty(role, 0)) for role in roles]
            ctx.reply(ctx.t("Bác có nhiều vai trò. Bác xem vai trò nào?"), [*buttons, *to_menu(ctx)])

    async def show_duty(self, ctx: Context, action: ShowDuty) -> None:
        pages = PAGES.get(action.role, ())
        if not 0 <= action.page < len(pages):
            await self.duties(ctx)
            return
        number = ctx.t("({page}/{pages}) ", page=action.page + 1, pages=len(pages)) if len(pages) > 1 else Text()
        buttons: list[Button] = []
        if action.page + 1 < len(pages):
            buttons.append(Button.to(ctx.word("Tiếp"), ShowDuty(action.role, action.page + 1)))
        if action.page:
            buttons.append(Button.to(ctx.word("Quay lại"), ShowDuty(action.role, action.page - 1)))
        fixed = len(buttons) + 1
        if action.page + 1 == len(pages) and ctx.private:
            buttons += await self._resignations(ctx, action.role)
        ctx.replace(
            number + ctx.t(pages[action.page]), [*buttons, *to_menu(ctx)], rows=(fixed,) if fixed > len(buttons) else ()
        )

    async def _resignations(self, ctx: Context, role: str) -> list[Button]:
        who = await people.who(account_of(ctx), ctx.now)
        return [Button.to(ctx.word("Thôi vai trò này"), Resign(g.id, sure=False)) for g in who.grants if g.role == role]

    async def resign(self, ctx: Context, action: Resign) -> None:
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        grant = next((grant for grant in who.grants if grant.id == action.grant), None)
        if grant is None or who.person_id is None or grant.unit_id is None:
            ctx.reply(ctx.t("Vai trò này đã hết từ trước."), to_menu(ctx))
            return
        unit = await units.by_id(grant.unit_id)
        values = {"role": role_name(ctx, grant.role), "unit": unit.full_name if unit is not None else ""}
        if not action.sure:
            ctx.reply(
                ctx.t("Bác thôi làm **{role}**, {unit}? Muốn làm lại phải có mã mời mới.", **values),
                [
                    Button.to(ctx.word("Thôi làm"), Resign(grant.id, sure=True)),
                    Button.to(ctx.word("Không, làm tiếp"), ShowDuty(grant.role, 0)),
                ],
                rows=(2,),
            )
            return
        async with ctx.changes():
            await people.end(grant.id, who.person_id, ctx.now)
            await self._audit.append(
                who.person_id, "role_ended", f"grant:{grant.id}", ctx.now, {"role": grant.role, "unit": grant.unit_id}
            )
            ctx.reply(ctx.t("Bác đã thôi làm {role}, {unit}. Cảm ơn bác.", **values), to_menu(ctx))


def build(talk: PeopleTalk) -> Router:
    router = Router()
    router.intercept(talk.touch)
    router.command("lienket", "liên kết", takes_args=True)(talk.link)
    router.command("nhiemvu", "nhiệm vụ", "nhiệm vụ của tôi")(talk.command)
    router.action(ShowDuty)(talk.show_duty)
    router.action(Resign)(talk.resign)
    router.action(TakeLink)(talk.take_link)
    return router
