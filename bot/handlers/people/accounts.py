"""Using a code, linking another messenger, what a role has to do, and giving it up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from types import MappingProxyType

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights, units
from bot.features.audit import Audit
from bot.features.bots.joining import ELSEWHERE, refusing
from bot.features.desk.sessions import PLATFORM as DESK
from bot.features.invites import InviteRefused, Invites, ListedPerson, Redeemed, looks_like_code, normal
from bot.features.invites.service import ON_MESSENGER_ONLY
from bot.features.outbox.homes import Homes
from bot.features.people import people
from bot.features.people.duties import PAGES
from bot.features.people.people import Grant
from bot.handlers.kit.hooks import Note, Offer
from bot.handlers.kit.speaker import account_of, in_private, role_in_unit, role_name, to_menu
from bot.i18n import msg

from .inviting import Codes
from .privacy import PrivacyConversation
from .roster import TellPerson

IsMessenger = Callable[[str], bool]
Belongs = Callable[[Context, int], Awaitable[bool]]
"""Lets the commune of a unit answer in this conversation."""
_ROLE, _LINK = "role", "link"
_MOST_DIGITS = 19
"""No database takes a longer number; it comes back from the network."""
_JOIN = msg(
    "Mã này nối tài khoản này với tài khoản đã tạo mã. Hai bên thành một người, xem được và xóa được dữ liệu của nhau. "
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


class AccountsConversation:
    """The conversation about one's own roles and accounts."""

    def __init__(
        self,
        invites: Invites,
        audit: Audit,
        privacy: PrivacyConversation,
        codes: Codes,
        *,
        is_messenger: IsMessenger,
        tell: TellPerson,
        belongs: Belongs | None = None,
        first: Iterable[Note] = (),
        joined: Iterable[Offer] = (),
        homes: Homes = MappingProxyType({}),
    ) -> None:
        self._joined = joined
        self._homes = homes
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
        # At the desk people look when they like: nobody is written to there.
        if ctx.private and ctx.sender.id and ctx.chat.platform != DESK:
            await self._contacts.touch(account_of(ctx), ctx.chat.id, ctx.now)
        return False

    # Using a code

    async def open_link(self, ctx: Context, code: str) -> bool:
        """Use `/start CODE` in private; codes said in groups belong to the registration of groups."""
        if not ctx.private or normal(code) is None:
            return False
        await self._use(ctx, code)
        return True

    async def understand(self, ctx: Context, words: str) -> bool:
        """Use a code that was typed or pasted on its own."""
        found = ctx.private and looks_like_code(words)
        if found:
            await self._use(ctx, words)
        return found

    async def ask_code(self, ctx: Context, words: str) -> bool:
        """Ask for the code that somebody says they have."""
        ctx.reply(ctx.t("Bác gõ mã mời vào đây giúp tôi, cả chữ và số, ví dụ “ABCD-1234-EFGH5”."), to_menu(ctx))
        return True

    async def hand_over(self, ctx: Context, words: str) -> bool:
        """Ask which role to end, of who has one."""
        return await self._ask_resign(ctx)

    async def _ask_resign(self, ctx: Context) -> bool:
        """Ask which role to end after “tôi xin nghỉ”, whose button is on the last page of the duties."""
        grants = (await people.who(account_of(ctx), ctx.now)).grants
        if len(grants) == 1:
            await self.resign(ctx, Resign(grants[0].id, sure=False))
        elif grants:
            buttons = [Button.to(role_name(ctx, one.role), Resign(one.id, sure=False)) for one in grants]
            ctx.reply(ctx.t("Bác thôi vai trò nào?"), [*buttons, *to_menu(ctx)])
        return bool(grants)

    async def _use(self, ctx: Context, code: str, *, asked: bool = False) -> None:
        """Use the code; `asked`: they said what a code for another messenger is for."""
        account, messenger = account_of(ctx), self._is_messenger(ctx.chat.platform)
        async with ctx.changes():
            found = await self._invites.look(
                code, account, ctx.chat.id, ctx.now, private=ctx.private, messenger=messenger
            )
            if isinstance(found, InviteRefused):
                ctx.reply(ctx.t(found.why), to_menu(ctx))
                return
            unit_id = 0 if found.purpose == "link" else found.unit_id
            if unit_id and (elsewhere := await refusing(self._homes, account.platform, unit_id)) is not None:
                ctx.reply(ctx.t(ELSEWHERE, commune=elsewhere), to_menu(ctx))
                return
            arg = f"{found.invite_id}.{found.proof}"
            if found.listed is not None:
                await self._ask_listed(ctx, found.listed, arg)
                return
            if found.purpose == "link" and not asked:
                # Whoever follows somebody else's link would give them this account.
                ctx.reply(ctx.t(_JOIN), [Button.to(ctx.word("Tài khoản kia là của tôi"), TakeLink(arg)), *to_menu(ctx)])
                return
            if found.purpose == "link" or await self._privacy.has_consent(ctx, _ROLE):
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

    async def _ask_listed(self, ctx: Context, one: ListedPerson, arg: str) -> None:
        """Ask whether they are the listed person; a yes joins account and list entry for good."""
        roles = [await role_in_unit(ctx, grant) for grant in one.grants]
        about = ctx.t(
            "Mã này mời bác **{name}**: {roles}. Bác không phải người này thì đừng nhận, bác báo lại người đã gửi mã.",
            name=one.name,
            roles=Text.join("; ", roles),
        )
        if not await self._privacy.has_consent(ctx, _ROLE):
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
        if isinstance(taken, InviteRefused):
            ctx.reply(ctx.t(taken.why), to_menu(ctx))
        elif not taken.role:
            # A code may have come into other hands: whoever made it hears that it was used.
            await self._tell(taken.person_id, Text.of(_JOINED))
            ctx.reply(ctx.t("Xong. Tài khoản này và tài khoản kia của bác nay là một người."), to_menu(ctx))
        else:
            await self._welcome(ctx, taken)

    async def _welcome(self, ctx: Context, taken: Redeemed) -> None:
        buttons = [Button.to(ctx.word("Nhiệm vụ của tôi"), ShowDuty(taken.role, 0)), *to_menu(ctx)]
        questions = [await ask(ctx) for ask in self._joined]
        asked, more = next((each for each in questions if each[1]), (Text(), ()))
        if taken.listed is not None:
            roles = [await role_in_unit(ctx, grant) for grant in taken.listed.grants]
            welcome = ctx.t(
                "Chào mừng bác **{name}**! Từ nay bác là {roles}.",
                name=taken.listed.name,
                roles=Text.join("; ", roles),
            )
            ctx.reply(Text.join("\n\n", [part for part in (welcome, asked) if part]), [*buttons, *more])
            return
        unit = await units.by_id(taken.unit_id)
        if taken.before is not None:
            place = unit.full_name if unit is not None else ""
            await self._tell(taken.before, Text.of(_SUCCEEDED, role=rights.ROLES[taken.role], unit=place))
        welcome = ctx.t(
            "Chào mừng bác! Từ nay bác là **{role}**, {unit}.",
            role=role_name(ctx, taken.role),
            unit=unit.full_name if unit is not None else "",
        )
        ctx.reply(Text.join("\n\n", [part for part in (welcome, asked) if part]), [*buttons, *more])

    # Another messenger

    async def link(self, ctx: Context) -> None:
        if not in_private(ctx):
            return
        if ctx.args.strip():
            await self._use(ctx, ctx.args, asked=True)
        elif await self._privacy.has_consent(ctx, _LINK):
            async with ctx.changes():
                await self._link_agreed(ctx, "")
        else:
            about = ctx.t("Liên kết giúp bác dùng ứng dụng thứ hai, hoặc điện thoại mới, với cùng vai trò.")
            self._privacy.ask_consent(ctx, _LINK, about=about)

    async def _link_agreed(self, ctx: Context, arg: str) -> None:
        # At an open desk a code would make the messenger of whoever sits there the official's own, phone and all.
        if ctx.chat.platform == DESK:
            ctx.reply(ctx.t(ON_MESSENGER_ONLY), to_menu(ctx))
            return
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
        """Handle `/nhiemvu`: show one's work for now, else the duties of one's role."""
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

    async def to_resign(self, ctx: Context, action: Resign) -> Grant | None:
        """Return a role that the person has in a unit; otherwise say that it has ended."""
        if not in_private(ctx):
            return None
        who = await people.who(account_of(ctx), ctx.now)
        grant = next((one for one in who.grants if one.id == action.grant and one.unit_id is not None), None)
        if grant is None:
            ctx.reply(ctx.t("Vai trò này đã hết từ trước."), to_menu(ctx))
        return grant

    async def resign(self, ctx: Context, action: Resign) -> None:
        grant, who = await self.to_resign(ctx, action), await people.who(account_of(ctx), ctx.now)
        if grant is None or who.person_id is None or grant.unit_id is None:
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


def build(conversation: AccountsConversation) -> Router:
    router = Router()
    router.intercept(order=40)(conversation.touch)
    router.command("lienket", "liên kết", takes_args=True)(conversation.link)
    router.command("nhiemvu", "nhiệm vụ", "nhiệm vụ của tôi")(conversation.command)
    router.action(ShowDuty)(conversation.show_duty)
    router.action(Resign)(conversation.resign)
    router.action(TakeLink)(conversation.take_link)
    return router
