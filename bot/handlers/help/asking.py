"""A resident asks for a person: consent, the village, one tap for the phone, and it is on its way."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import date

from msgspec import Struct

from bot.core.context import Context
from bot.core.events import Edited, TextSent
from bot.core.messages import Button
from bot.core.router import Handler, Router
from bot.core.text import Span, Text
from bot.features import units
from bot.features.commune.commune_settings import UNKNOWN
from bot.features.guides.library import Library
from bot.features.guides.navigation import resolve
from bot.features.help import requests
from bot.features.help.actions import (
    AskFromUnit,
    AskPerson,
    AskWithDevice,
)
from bot.features.help.requests import Asking, Device
from bot.features.help.service import HelpService
from bot.features.people import people
from bot.features.units import Place
from bot.handlers.front.edited import say_not_read
from bot.handlers.front.start import gives_up
from bot.handlers.kit.hooks import Understand
from bot.handlers.kit.provisions import Consent, Home
from bot.handlers.kit.speaker import account_of, to_menu
from bot.handlers.kit.typed import typed
from bot.handlers.people.home import VILLAGE
from bot.i18n import msg

from .own_requests import FLOW, OwnRequests
from .unsent import (
    CONSENT,
    PHONE,
    PLACE,
    TOPIC,
    Unsent,
    ask,
    drop,
    is_asked,
    quoted,
    rewritten,
    unsent,
    with_more,
    words_about,
)

_QUESTION = "hoi"
STEP_LINK, QUESTION_LINK = "k", "hoi"
_PURPOSE = msg("gửi lời nhờ giúp của bác")


class Elsewhere(Struct, frozen=True):
    """Answer words that are no part of a request for help.

    `understands` reads them first, `otherwise` answers as if no question were open, `give_up` ends what is being done.
    """

    understands: Iterable[Understand]
    otherwise: Handler
    give_up: Handler


class AskingConversation:
    """The questions up to a request that is sent; `own` talks about it from then on.

    Put in by who makes all conversations: `elsewhere` understands what is no part of a request, `otherwise` answers
    words as if no question were open, and `give_up` ends what is being done.
    """

    def __init__(
        self,
        help_: HelpService,
        own: OwnRequests,
        library: Library,
        consent: Consent,
        home: Home,
        elsewhere: Elsewhere,
    ) -> None:
        self._help = help_
        self._own = own
        self._library = library
        self._consent = consent
        self._home = home
        consent.on_consent(TOPIC, self._agreed, purpose=_PURPOSE, declined=drop)
        self.elsewhere = elsewhere

    async def begin(self, ctx: Context, action: AskPerson, words: str = "") -> None:
        """Ask for consent first: from here on personal data is kept. `words` are what they need help with."""
        if not ctx.private:
            code = f"{STEP_LINK}_{action.guide}_{action.step}" if action.guide else f"{QUESTION_LINK}_"
            ctx.reply(lead(ctx, code))
            return
        guide, step = self._known(action.guide, action.step)
        words = with_more(words_about(ctx, guide), words)
        if await self._consent.has_consent(ctx, TOPIC):
            await self._where(ctx, guide, step, words)
        else:
            self._ask_consent(ctx, guide, step, words)

    def _ask_consent(self, ctx: Context, guide: str, step: str, words: str) -> None:
        ask(ctx, CONSENT, guide, step, words)
        about = ctx.t(
            "Tôi chuyển việc này cho người trong Tổ công nghệ số của thôn: bài, bước, loại máy và lời bác viết. "
            "Người giúp không thấy tên, số điện thoại của bác, trừ khi bác tự viết ra. Lời nhờ xóa sau 30 ngày."
        )
        self._consent.ask_consent(ctx, TOPIC, f"{guide}/{step}", about=Text.join("\n\n", [*quoted(ctx, words), about]))

    async def _agreed(self, ctx: Context, arg: str) -> None:
        guide, step = self._known(*arg.partition("/")[::2])
        await self._where(ctx, guide, step, words_about(ctx, guide), changing=True)

    async def _where(self, ctx: Context, guide: str, step: str, words: str, *, changing: bool = False) -> None:
        """Ask for the next detail that is missing. `changing`: inside `ctx.changes()` already."""
        own = await self._own.mine(ctx)
        same = next((one for one in own if guide and (one.guide, one.step) == (guide, step)), None)
        village = await self._home.village(ctx)
        if same is not None:
            drop(ctx)
            await self._own.add(ctx, same, words, changing=changing)
        elif len(own) >= requests.MOST_OPEN:
            drop(ctx)
            await self._own.list_them(ctx, own, unsent=words)
        elif village is not None:
            await self._which_phone(ctx, guide, step, village, words, changing=changing)
        elif self._home.here(ctx) is UNKNOWN:
            await self._home.mine(ctx)
        else:
            await self._ask_village(ctx, guide, step, words)

    async def _ask_village(self, ctx: Context, guide: str, step: str, words: str) -> None:
        commune = await units.get(self._home.here(ctx).code)
        if commune is None:
            ctx.reply(ctx.t("Tôi chưa có danh sách thôn của xã."), to_menu(ctx))
            return
        buttons = [
            Button.to(one.full_name, AskFromUnit(guide, step, one.code))
            for one in await units.villages(commune.id, self._today(ctx))
        ]
        other = Button.to(ctx.word("Nơi khác, để xã giúp"), AskFromUnit(guide, step, commune.code))
        ask(ctx, PLACE, guide, step, words)
        asked = ctx.t("Bác ở thôn nào, để tôi nhờ đúng người gần bác?")
        ctx.reply(Text.join("\n", [*quoted(ctx, words), asked]), [*buttons, other])

    async def from_unit(self, ctx: Context, action: AskFromUnit) -> None:
        place = await self._entrance(ctx, action.guide, action.step, action.unit)
        if place is not None:
            if place.level == "village":
                ctx.session.facts[VILLAGE] = place.code
            guide, step = self._known(action.guide, action.step)
            await self._which_phone(ctx, guide, step, place, words_about(ctx, guide))

    async def _which_phone(
        self,
        ctx: Context,
        guide: str,
        step: str,
        place: Place,
        words: str,
        *,
        changing: bool = False,
        again: bool = False,
    ) -> None:
        if not guide and words:
            await self._send(ctx, place, "", "", text=words, changing=changing)
            return
        if not guide:
            ctx.wait_for(FLOW, _QUESTION, {"unit": place.code})
            ctx.reply(
                ctx.t("Bác gõ điều cần hỏi bằng một tin. Bác đừng gửi mật khẩu, mã OTP, số căn cước."), expects="text"
            )
            return
        kinds: list[tuple[str, Device]] = [
            (ctx.word("iPhone"), "iphone"),
            (ctx.word("Android (Samsung, Oppo, Xiaomi …)"), "android"),
            (ctx.word("Tôi không biết"), "unknown"),
            (ctx.word("Bỏ qua"), ""),
        ]
        ask(ctx, PHONE, guide, step, words, unit=place.code, again=again)
        ctx.reply(
            Text.join("\n", [*quoted(ctx, words), ctx.t("Điện thoại của bác là loại nào?")]),
            [Button.to(label, AskWithDevice(guide, step, place.code, kind)) for label, kind in kinds],
        )

    async def take_answer(self, ctx: Context) -> None:
        """Keep words in place of an answer for the request, and ask the question again."""
        if isinstance(ctx.event, Edited):
            await self._edited(ctx, ctx.event)
            return
        one, words = unsent(ctx), typed(ctx)
        if one is None or not is_asked(ctx):
            if one is not None and not one.words:
                ctx.leave_flow()
            await self.elsewhere.otherwise(ctx)
            return
        if gives_up(words):
            await self.elsewhere.give_up(ctx)
            return
        for reads in self.elsewhere.understands:
            if await reads(ctx, words):
                return
        lives = await self._home.lives_in(ctx, words)
        if lives is not None and one.question == PLACE:
            await self.from_unit(ctx, AskFromUnit(one.guide, one.step, lives))
        else:
            await self._keep(ctx, one, with_more(one.words, words))

    async def _edited(self, ctx: Context, event: Edited) -> None:
        one = unsent(ctx)
        if one is None or not one.words or not event.text.strip():
            await say_not_read(ctx)
        else:
            await self._keep(ctx, one, rewritten(one.words, event.text), more=False)

    async def _keep(self, ctx: Context, one: Unsent, words: str, *, more: bool = True) -> None:
        """Keep the words; a person asked for the phone twice who only tells more has said enough, and it is sent."""
        if one.question == CONSENT:
            self._ask_consent(ctx, one.guide, one.step, words)
        elif one.question == PLACE:
            await self._ask_village(ctx, one.guide, one.step, words)
        elif (place := await self._entrance(ctx, one.guide, one.step, one.unit)) is not None:
            told = more and words != one.words
            if one.again and told:
                await self._send(ctx, place, one.guide, one.step, text=words)
            else:
                await self._which_phone(ctx, one.guide, one.step, place, words, again=one.again or told)

    async def with_device(self, ctx: Context, action: AskWithDevice) -> None:
        place = await self._entrance(ctx, action.guide, action.step, action.unit)
        if place is None:
            return
        guide, step = self._known(action.guide, action.step)
        words = words_about(ctx, guide)
        if not guide:
            await self._which_phone(ctx, "", "", place, words)
            return
        if any((one.guide, one.step) == (guide, step) for one in await self._own.mine(ctx)):
            await self._where(ctx, guide, step, words)
            return
        known: tuple[Device, ...] = ("iphone", "android", "unknown", "")
        device = next((one for one in known if one == action.device), known[-1])
        await self._send(ctx, place, guide, step, device=device, text=words)

    async def asked(self, ctx: Context) -> None:
        """Send the person's own question."""
        flow = ctx.flow
        ctx.leave_flow()
        place = await self._entrance(ctx, "", "", "" if flow is None else flow.data.get("unit", ""))
        if place is not None and isinstance(ctx.event, TextSent):
            await self._send(ctx, place, "", "", text=ctx.event.text)

    async def _send(
        self,
        ctx: Context,
        place: Place,
        guide: str,
        step: str,
        *,
        device: Device = "",
        text: str = "",
        changing: bool = False,
    ) -> None:
        """Open the request. `changing`: inside `ctx.changes()` already, of which an event has one."""
        if len(await self._own.mine(ctx)) >= requests.MOST_OPEN:
            await self._where(ctx, guide, step, text)
            return
        who = await people.who(account_of(ctx), ctx.now)
        async with nullcontext() if changing else ctx.changes():
            new = Asking(who.account_id, place.id, guide, step, device, ctx.locale, text)
            one, turn = await self._help.open(new, ctx.now)
            await self._own.sent(ctx, one, turn, place)

    def _known(self, guide: str, step: str) -> tuple[str, str]:
        """Return the guide and the present name of the step of a button; both "" for a guide that is gone."""
        found = self._library.get(guide)
        resolved = None if found is None else resolve(found, step)
        return ("", "") if found is None else (guide, resolved.step.id if resolved is not None else found.start)

    async def _entrance(self, ctx: Context, guide: str, step: str, unit: str) -> Place | None:
        """Return the place of a person who has consented; None when something had to be said first."""
        if not ctx.private or not await self._consent.has_consent(ctx, TOPIC):
            await self.begin(ctx, AskPerson(guide, step))
            return None
        place = await self.place(ctx, unit)
        if place is None:
            ctx.reply(ctx.t("Tôi không có nơi này. Bác chọn lại giúp tôi."), to_menu(ctx))
        return place

    async def place(self, ctx: Context, code: str) -> Place | None:
        """Return a village of the commune here, or the commune itself, as it is called today."""
        named = await units.get(code) if code else None
        place = None if named is None else await units.successor(named.id, self._today(ctx))
        commune = None if place is None else await units.commune_of(place.id, self._today(ctx))
        here = self._home.here(ctx)
        inside = commune is not None and (here is UNKNOWN or commune.code == here.code)
        return place if inside else None

    def _today(self, ctx: Context) -> date:
        return ctx.now.astimezone(self._help.zone).date()


def lead(ctx: Context, code: str) -> Text:
    """Lead from a group to the private chat, which goes on with `code`."""
    text = ctx.t("Bác cần người giúp thì nhờ riêng với tôi, để việc của bác không hiện trong nhóm.")
    address = ctx.private_link(code)
    if address is None:
        return text + ctx.t(" Bác nhắn riêng cho tôi hai chữ: giúp đỡ")
    return text + Text((Span("\n"), Span(ctx.word("Nhờ người giúp"), link=address)))


def build(conversation: AskingConversation) -> Router:
    router = Router()
    router.action(AskPerson)(conversation.begin)
    router.action(AskFromUnit)(conversation.from_unit)
    router.action(AskWithDevice)(conversation.with_device)
    router.step(FLOW, _QUESTION, TextSent, prose=True)(conversation.asked)
    for question in (CONSENT, PLACE, PHONE):
        router.step(FLOW, question, TextSent, Edited, prose=True)(conversation.take_answer)
    return router
