"""`/phuongthuc`: in which ways a village's team works; its leaders choose, everybody of the village sees."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, fold, upper_first
from bot.features import rights, units
from bot.features.audit import Audit
from bot.features.calendar.vietnam import today
from bot.features.checkins.scope import FigureScope, scope
from bot.features.people import people
from bot.features.practices import methods
from bot.features.practices.methods import LONGEST_OWN, METHODS, ChosenMethods
from bot.features.rights import OFFICIALS, Act
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.kit.typed import too_long, typed
from bot.handlers.kit.village import village_asked
from bot.i18n import msg

FLOW, OWN = "methods", "own"
_LONGEST = 300
_PIECES = patterns.compile(r"[,;/+]|\bvà\b|\bva\b|\n")
_OFF = patterns.compile(r"(?:bỏ|bo|thôi|thoi|không|khong|không còn|khong con)\s+", re.IGNORECASE)

_HOW = msg("Bác chọn cách hợp với thôn mình, chọn lại lần nữa là bỏ. Mỗi thôn một khác, xã không bắt buộc cách nào.")
_ASK_OWN = msg("Thôn còn cách nào của riêng mình? Bác gõ vài chữ, ví dụ: tối thứ Năm ở đình. Đừng nêu tên ai.")

Home = Callable[[Context], Awaitable[Place | None]]


class ShowMethods(Action, code="pt"):
    """Of a village; "" one's own, or all of the commune for its officials."""

    unit: str


class SetMethod(Action, code="pts"):
    """`on` says how it is to be, so that pressing twice is once."""

    unit: str
    method: str
    on: bool


class WriteOwn(Action, code="ptw"):
    unit: str


class SetOwn(Action, code="pto"):
    """`words` "" takes it away."""

    unit: str
    words: str


class MethodConversation:
    """`home` is the village that a resident named in a private chat."""

    def __init__(self, audit: Audit, home: Home) -> None:
        self._audit = audit
        self._home = home

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return a button for those who choose."""
        who = await people.who(account_of(ctx), ctx.now)
        may = await rights.decide(who, Act.CHOOSE_METHODS, None, on=ctx.now)
        return [Button.to(ctx.word("Phương thức của thôn"), ShowMethods(""))] if may.allowed else []

    async def command(self, ctx: Context) -> None:
        """Show the methods; a village's leader may add some at once: “phương thức đến nhà, loa, bỏ ngoài chợ”."""
        words = ctx.args.strip()
        found = await self._scope(ctx)
        if not words or found is None or not ctx.private:
            await self.show(ctx, ShowMethods(""))
            return
        named = [one for one in await units.find(words, found.commune.id, today(ctx.now)) if one in found.villages]
        if len(named) == 1 and not any(methods.method_in(piece) for piece in _PIECES.split(words)):
            await self.show(ctx, ShowMethods(named[0].code))
            return
        own = [one for one in found.own if (await self._may(ctx, one.id)).allowed]
        if len(own) != 1 or too_long(ctx, words, _LONGEST):
            await self.show(ctx, ShowMethods(""))
            return
        await self._take(ctx, own[0], words)

    async def _take(self, ctx: Context, place: Place, words: str) -> None:
        """Choose the listed methods, or with “bỏ” give them up; offer the rest as the village's own."""
        pieces = [piece.strip(' .:“”"') for piece in _PIECES.split(words)]
        wishes = [(methods.method_in(_OFF.sub("", piece, count=1)), piece) for piece in pieces if piece]
        strange = [methods.own_of(piece) for code, piece in wishes if not code and not _OFF.match(piece)]
        async with ctx.changes():
            new = False
            for code, piece in wishes:
                new = await methods.choose(place.id, code, ctx.now, on=_OFF.match(piece) is None) or new
            if new:
                await self._note(ctx, place)
            more = [
                Button.to(ctx.t("Thêm “{method}”", method=piece).plain, SetOwn(place.code, piece))
                for piece in dict.fromkeys(strange) if piece
            ]  # fmt: skip
            if more:
                ctx.reply(
                    ctx.t("Cách này chưa có trong danh sách. Bác thêm làm cách riêng của thôn chứ?"),
                    [*more, Button.to(ctx.word("Xem danh sách"), ShowMethods(place.code))],
                )
            else:
                await self._card(ctx, place, sets=True)

    async def show(self, ctx: Context, action: ShowMethods) -> None:
        found = await self._scope(ctx)
        place = await village_asked(ctx, action.unit, found)
        if place is not None:
            await self._card(ctx, place, sets=ctx.private and (await self._may(ctx, place.id)).allowed)
        elif found is not None and ctx.private and found.who.has(*OFFICIALS):
            await self._overview(ctx, found)
        elif found is not None and len(found.own) > 1 and ctx.private:
            buttons = [Button.to(one.full_name, ShowMethods(one.code)) for one in found.own]
            ctx.reply(ctx.t("Phương thức của thôn nào?"), [*buttons, *to_menu(ctx)])
        else:
            own = found.own[0] if found is not None and found.own else await self._home(ctx)
            if own is None:
                reply = ctx.t("Tôi chưa biết bác ở thôn nào. Bác gõ “thôn của tôi” trước giúp tôi.")
                ctx.reply(reply, to_menu(ctx) if ctx.private else ())
                return
            await self._card(ctx, own, sets=ctx.private and (await self._may(ctx, own.id)).allowed)

    async def set(self, ctx: Context, action: SetMethod) -> None:
        place = await self._chooser(ctx, action.unit)
        if place is None or action.method not in METHODS:
            return
        async with ctx.changes():
            if await methods.choose(place.id, action.method, ctx.now, on=action.on):
                await self._note(ctx, place)
            await self._card(ctx, place, sets=True)

    async def write_own(self, ctx: Context, action: WriteOwn) -> None:
        place = await self._chooser(ctx, action.unit)
        if place is not None:
            ctx.wait_for(FLOW, OWN, {"unit": place.code})
            ctx.reply(ctx.t(_ASK_OWN), expects="text")

    async def take_own(self, ctx: Context) -> None:
        flow, words = ctx.flow, typed(ctx)
        if flow is None or not words or too_long(ctx, words, LONGEST_OWN):
            return
        ctx.leave_flow()
        await self.set_own(ctx, SetOwn(flow.data["unit"], methods.own_of(words)))

    async def set_own(self, ctx: Context, action: SetOwn) -> None:
        """Set the village's own method; if it is on the list, choose it there."""
        place = await self._chooser(ctx, action.unit)
        words = methods.own_of(action.words)
        if place is None or words != action.words:
            return
        known = next((code for code, label in METHODS.items() if fold(label) == fold(words)), "")
        async with ctx.changes():
            if known:
                new = await methods.choose(place.id, known, ctx.now, on=True)
            else:
                new = await methods.set_own(place.id, words, ctx.now)
            if new:
                await self._note(ctx, place)
            await self._card(ctx, place, sets=True)

    async def _card(self, ctx: Context, place: Place, *, sets: bool) -> None:
        chosen = await methods.of_village(place.id, today(ctx.now))
        if chosen:
            text = ctx.t(
                "**{village}** làm bằng: {methods}.", village=upper_first(place.full_name), methods=_told(ctx, chosen)
            )
        else:
            text = ctx.t("**{village}** chưa chọn phương thức.", village=upper_first(place.full_name))
        if not sets:
            ctx.reply(text, to_menu(ctx) if ctx.private else ())
            return
        buttons = [
            Button.to(
                f"{'✅' if code in chosen.codes else '▫️'} {upper_first(ctx.word(label))}",
                SetMethod(place.code, code, code not in chosen.codes),
            )
            for code, label in METHODS.items()
        ]
        if chosen.own:
            buttons.append(Button.to(f"✅ {upper_first(chosen.own)}", SetOwn(place.code, "")))
        label = ctx.word("Đổi cách riêng của thôn") if chosen.own else ctx.word("Thêm cách riêng của thôn")
        buttons.append(Button.to(label, WriteOwn(place.code)))
        ctx.replace(Text.join("\n", [text, ctx.t(_HOW)]), [*buttons, *to_menu(ctx)])

    async def _overview(self, ctx: Context, found: FigureScope) -> None:
        """Show the officials, who do not choose, the methods of all villages."""
        chosen = await methods.of_each([one.id for one in found.villages], today(ctx.now))
        lines = [ctx.t("**Phương thức của các thôn, {commune}**", commune=found.commune.full_name)]
        lines += [
            ctx.t("• {village}: {methods}", village=one.full_name, methods=_told(ctx, chosen[one.id]))
            for one in found.villages
            if chosen[one.id]
        ]
        without = [one.full_name for one in found.villages if not chosen[one.id]]
        if without:
            lines.append(ctx.t("Chưa chọn: {villages}.", villages=", ".join(without)))
        lines.append(ctx.t("Mỗi thôn tự chọn cách hợp với mình; báo cáo của xã có phần này."))
        ctx.reply(Text.join("\n", lines), to_menu(ctx))

    async def _chooser(self, ctx: Context, code: str) -> Place | None:
        """Return the village as it is today for somebody who chooses for it; refuse otherwise."""
        if not in_private(ctx):
            return None
        known = await units.get(code)
        place = None if known is None else await units.successor(known.id, today(ctx.now))
        if place is None or place.level != "village":
            ctx.reply(ctx.t("Tôi không có nơi này. Bác chọn lại giúp tôi."), to_menu(ctx))
            return None
        decision = await self._may(ctx, place.id)
        if not decision.allowed:
            ctx.reply(ctx.t(decision.why), to_menu(ctx))
        return place if decision.allowed else None

    async def _note(self, ctx: Context, place: Place) -> None:
        who = await people.who(account_of(ctx), ctx.now)
        await self._audit.append(who.person_id, "methods_chosen", f"unit:{place.id}", ctx.now)

    async def _may(self, ctx: Context, unit_id: int) -> rights.Decision:
        who = await people.who(account_of(ctx), ctx.now)
        return await rights.decide(who, Act.CHOOSE_METHODS, unit_id, on=ctx.now)

    async def _scope(self, ctx: Context) -> FigureScope | None:
        return await scope(account_of(ctx), None if ctx.private else ctx.chat.id, ctx.now)


def _told(ctx: Context, chosen: ChosenMethods) -> str:
    words = [ctx.word(METHODS[code]) for code in chosen.codes]
    return ", ".join([*words, *([chosen.own] if chosen.own else [])])


def build(conversation: MethodConversation) -> Router:
    router = Router()
    router.command(
        "phuongthuc", "phương thức", "phương thức của thôn", "cách làm của thôn", "thôn làm cách nào", takes_args=True
    )(conversation.command)
    router.action(ShowMethods)(conversation.show)
    router.action(SetMethod)(conversation.set)
    router.action(WriteOwn)(conversation.write_own)
    router.action(SetOwn)(conversation.set_own)
    router.step(FLOW, OWN, TextSent, prose=True)(conversation.take_own)
    return router
