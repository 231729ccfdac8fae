"""Listed people who have not joined: the list, a code for each, slips for all, and taking codes back."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import rights
from bot.features.invites import InviteRefused, Invites, ListedPerson, listed
from bot.features.jobs.queue import Jobs, answer_to
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, reach, role_in_unit, role_name, to_menu
from bot.i18n import msg, short_date

from .inviting import Codes, InviteListed, ShowListed, last_whole_day, places_to_invite
from .slips import KIND

_DRAWING = msg("Tôi đang làm phiếu mời, bác chờ một chút.")


class MakeSlips(Action, code="ils"):
    """`unit` as in ShowListed; `again` is also for those who have a code that holds, and ends it."""

    unit: str
    again: bool


class EndCodes(Action, code="ilx"):
    unit: str
    sure: bool


class ListedPeopleConversation:
    """The conversation about those who have not come."""

    def __init__(self, invites: Invites, codes: Codes, jobs: Jobs) -> None:
        self._invites = invites
        self._codes = codes
        self._jobs = jobs

    async def command(self, ctx: Context) -> None:
        await self.show(ctx, ShowListed(""))

    async def show(self, ctx: Context, action: ShowListed) -> None:
        """List all by unit, or those of one unit by name."""
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        places = await places_to_invite(ctx, who)
        if not places:
            return
        found = await self._found(ctx, who, places, action.unit)
        if not found:
            ctx.reply(ctx.t("Không còn ai có tên trong danh sách mà chưa vào."), to_menu(ctx))
            return
        there = [(place, [one for one in found if _is_in(one, place)]) for place in places]
        there = [(place, some) for place, some in there if some and action.unit in ("", place.code)]
        buttons = self._slips(ctx, action.unit, found)
        if len(there) == 1:
            place, some = there[0]
            lines = [ctx.t("**{unit}**, có tên mà chưa vào:", unit=upper_first(place.full_name))]
            lines += [self._line(ctx, one, place) for one in some]
            word = ctx.word("Mã cho")
            buttons += [Button.to(f"{word} {one.name}"[:60], InviteListed(one.person_id)) for one in some]
        else:
            lines = [
                ctx.t("**{count} người** có tên trong danh sách mà chưa vào, nên chưa nghe tin gì:", count=len(found))
            ]
            lines += [ctx.t("• {unit}: {count}", unit=place.full_name, count=len(some)) for place, some in there]
            buttons += [Button.to(place.full_name, ShowListed(place.code)) for place, _ in there]
        if any(one.code_until is not None for one in found):
            buttons.append(Button.to(ctx.word("Bỏ các mã chưa dùng"), EndCodes(action.unit, sure=False)))
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def invite(self, ctx: Context, action: InviteListed) -> None:
        if not in_private(ctx):
            return
        async with ctx.changes():
            who = await people.who(account_of(ctx), ctx.now)
            one = await listed.get(action.person, ctx.now)
            made = await self._invites.create_listed(action.person, by=who, now=ctx.now)
            if one is None or isinstance(made, InviteRefused):
                ctx.reply(ctx.t(made.why if isinstance(made, InviteRefused) else listed.HAS_COME), to_menu(ctx))
                return
            await self._codes.show(
                ctx,
                made,
                ctx.t(
                    "Mã riêng của **{name}** ({roles}), dùng một lần, đến hết {day}:\n\n`{code}`\n\n"
                    "Bác gửi riêng cho đúng người ấy: ai dùng mã là nhận vai trò này. Mã cũ của người ấy hết dùng.",
                    name=one.name,
                    roles=Text.join("; ", [await role_in_unit(ctx, grant) for grant in one.grants]),
                    day=short_date(last_whole_day(made.expires_at), ctx.locale),
                    code=made.code,
                ),
                one.grants[0].unit_id or 0,
            )

    async def meant(self, ctx: Context, action: MakeSlips) -> Sequence[ListedPerson]:
        """Return whom slips would be made for; where it is nobody, show the list."""
        if not in_private(ctx):
            return []
        who = await people.who(account_of(ctx), ctx.now)
        found = await self._found(ctx, who, await reach(ctx, who, set(rights.INVITABLE)), action.unit)
        meant = [one for one in found if action.again or one.code_until is None]
        if not meant:
            await self.show(ctx, ShowListed(action.unit))
        return meant

    async def slips(self, ctx: Context, action: MakeSlips) -> None:
        meant = [str(one.person_id) for one in await self.meant(ctx, action)]
        if not meant:
            return
        # Of two files for the same people only the second one's codes would hold.
        drawn = {one for body in await self._jobs.unfinished(KIND, ctx.chat) for one in body["people"].split(",")}
        meant = [one for one in meant if one not in drawn]
        if not meant:
            ctx.reply(ctx.t(_DRAWING))
            return
        asked = f"{ctx.chat.platform} {ctx.chat.id} {ctx.event.id}"
        key = f"{KIND}:{sha256(asked.encode()).hexdigest()[:32]}"
        body = {**answer_to(ctx.chat), "unit": action.unit, "people": ",".join(meant)}
        body |= {"person": ctx.sender.id, "locale": ctx.locale, "key": key}
        async with ctx.changes():
            await self._jobs.ask(KIND, body, key=key, now=ctx.now)
            ctx.reply(ctx.t(_DRAWING))

    async def end_codes(self, ctx: Context, action: EndCodes) -> None:
        if not in_private(ctx):
            return
        if not action.sure:
            ctx.reply(
                ctx.t("Bỏ các mã đã đưa mà chưa ai dùng? Phiếu đã in cũng hết dùng."),
                [Button.to(ctx.word("Bỏ các mã"), EndCodes(action.unit, sure=True)), *to_menu(ctx)],
                rows=(2,),
            )
            return
        async with ctx.changes():
            who = await people.who(account_of(ctx), ctx.now)
            found = await self._found(ctx, who, await reach(ctx, who, set(rights.INVITABLE)), action.unit)
            ended = await self._invites.cancel_listed([one.person_id for one in found], by=who, now=ctx.now)
            ctx.reply(
                ctx.t("Đã bỏ {count} mã.", count=ended),
                [Button.to(ctx.word("Người chưa vào"), ShowListed(action.unit)), *to_menu(ctx)],
            )

    async def _found(self, ctx: Context, who: Who, places: Sequence[Place], unit: str) -> Sequence[ListedPerson]:
        ids = [place.id for place in places if unit in ("", place.code)]
        return await listed.find(ids, ctx.now, by=who)

    def _slips(self, ctx: Context, unit: str, found: Sequence[ListedPerson]) -> list[Button]:
        """Offer slips for those without a code first: existing slips stay valid."""
        without = sum(one.code_until is None for one in found)
        buttons = []
        if without:
            label = ctx.t("Phiếu mời {count} người (Word)", count=without).plain
            buttons.append(Button.to(label, MakeSlips(unit, again=False)))
        if without < len(found):
            label = ctx.t("Làm lại phiếu, {count} người", count=len(found)).plain
            buttons.append(Button.to(label, MakeSlips(unit, again=True)))
        return buttons

    def _line(self, ctx: Context, one: ListedPerson, place: Place) -> Text:
        roles = ", ".join(role_name(ctx, grant.role) for grant in one.grants if grant.unit_id == place.id)
        if one.code_until is None:
            return ctx.t("• {name}: {roles}", name=one.name, roles=roles)
        day = short_date(last_whole_day(one.code_until), ctx.locale)
        return ctx.t("• {name}: {roles} (đã có mã, đến {day})", name=one.name, roles=roles, day=day)


def build(conversation: ListedPeopleConversation) -> Router:
    router = Router()
    router.command("chuavao", "ai chưa vào", "người chưa vào", "danh sách chưa vào", "phiếu mời")(conversation.command)
    router.action(ShowListed)(conversation.show)
    router.action(InviteListed)(conversation.invite)
    router.action(MakeSlips)(conversation.slips)
    router.action(EndCodes)(conversation.end_codes)
    return router


def _is_in(one: ListedPerson, place: Place) -> bool:
    return any(grant.unit_id == place.id for grant in one.grants)
