"""A resident asks for a person: consent, the village, one tap for the phone, and it is on its way."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Protocol

from bot.core.context import Context
from bot.core.events import Said
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.spoken import without_courtesy
from bot.core.text import Span, Text
from bot.features import channels, people, units
from bot.features.commune import Commune
from bot.features.commune_book import UNKNOWN
from bot.features.guides.library import Library
from bot.features.guides.navigation import resolve
from bot.features.help import requests
from bot.features.help.actions import (
    AskFromUnit,
    AskPerson,
    AskWithDevice,
    GiveContact,
)
from bot.features.help.requests import Asking, Device
from bot.features.help.service import Help
from bot.features.units import Place

from .help_own import FLOW, OwnRequests
from .home import VILLAGE
from .inviting import account_of, to_menu
from .privacy import PrivacyTalk
from .typed import says

_QUESTION = "hoi"
_TOPIC = "giup"
_STEP_LINK, _QUESTION_LINK = "k", "hoi"

_FOR_ME = r"(?: (?:toi|tui|ba|ong|bac|voi|duoc|khong|cho|do|mot|chut|ty|bay gio|day))*"
_NEEDS = re.compile(
    r"(?:(?:co|cho|toi|ba|bac|ong|can|muon|nho|goi|tim|xin|bao gio|khi nao|sao|van|chua|thay) )*"
    rf"(?:(?:ai|nguoi(?: nao| khac)?) (?:den |dang )?(?:giup(?: do)?|ho tro|lam ho|lam giup|tra loi){_FOR_ME}"
    rf"|(?:cuu|giup do|nho giup|giup) (?:toi|ba|ong|bac){_FOR_ME})"
)
"""“Ai giúp tôi với?”, “bao giờ có người giúp”: a person is wanted, and no guide about it."""
_NEEDS_AT_LAST = re.compile(
    rf".*\b(?:ai (?:den |sang )?(?:giup(?: do)?|chi|lam ho|bay)|(?:can|muon|cho|xin|doi) (?:toi |ba |ong |bac )*"
    rf"(?:gap|noi chuyen voi) (?:nguoi|can bo)|nho (?:nguoi|ai|xa|chau) (?:den |sang )?(?:giup|lam|chi|xem))\b"
    rf"(?: ho| giup| that| thi| nao)?{_FOR_ME}"
)
"""A story that ends with the call: “bà không biết dùng máy, ai giúp bà với”."""
_LONGEST_STORY = 300
_CALLS = re.compile(
    rf"(?:(?:chau|em|anh|chi|bao|nho|cho|ai|nguoi|hay|can|muon) )*goi(?: dien)?(?: thoai)?(?: lai)?(?: giup)?"
    rf" (?:cho )?(?:toi|ba|ong|bac){_FOR_ME}"
)
_HELPS = re.compile(r"(?:(?:toi|de|xin) )*nhan giup(?: (?:ba con|viec nay|roi))*|de toi giup")

Instead = Callable[[Context], Awaitable[bool]]
"""What the command does for those who help; False for everybody else."""


class Home(Protocol):
    """See bot.handlers.home."""

    def here(self, ctx: Context) -> Commune: ...

    async def village(self, ctx: Context) -> Place | None: ...

    async def mine(self, ctx: Context) -> None: ...


class HelpTalk:
    """Everything up to a request that is sent; `own` talks about it from then on."""

    def __init__(
        self, help_: Help, own: OwnRequests, library: Library, consent: PrivacyTalk, home: Home, helpers: Instead
    ) -> None:
        self._help = help_
        self._own = own
        self._library = library
        self._consent = consent
        self._home = home
        self._helpers = helpers
        consent.on_consent(_TOPIC, self._agreed)

    # The ways to it

    async def command(self, ctx: Context) -> None:
        """`/giupdo`: those who help see what waits, the others what they asked, or ask."""
        if not ctx.private:
            ctx.reply(await self.offer_in_group(ctx))
            return
        if await self._helpers(ctx):
            return
        own = await self._own.mine(ctx)
        if own:
            await self._own.list_them(ctx, own)
        else:
            await self.begin(ctx, AskPerson("", ""))

    async def understand(self, ctx: Context, words: str) -> bool:
        """Before the guides: whoever calls for a person is led to one, or hears how far it is."""
        if ctx.private and says(_HELPS, words):
            return await self._helpers(ctx)
        calls = says(_CALLS, words)
        own = await self._own.mine(ctx) if calls and ctx.private else []
        if len(own) == 1:
            await self._own.give_contact(ctx, GiveContact(own[0].id, own[0].version))
        elif calls or says(_NEEDS, words):
            await self.command(ctx)
        else:
            return False
        return True

    async def understand_at_last(self, ctx: Context, words: str) -> bool:
        """After the guides: no guide knows the matter, but a person is called for."""
        calls = len(words) <= _LONGEST_STORY and _NEEDS_AT_LAST.fullmatch(without_courtesy(words)) is not None
        if calls:
            await self.command(ctx)
        return calls

    async def open_link(self, ctx: Context, code: str) -> bool:
        """`k_SLUG_STEP` asks about a step, `hoi_UNIT` anything; the unit is that of the group with the link."""
        kind, _, rest = code.partition("_")
        if kind == _STEP_LINK and rest:
            slug, _, step = rest.partition("_")
            await self.begin(ctx, AskPerson(slug, step))
        elif kind == _QUESTION_LINK:
            if ctx.private and not ctx.session.facts.get(VILLAGE):
                place = await self._place(ctx, rest)
                if place is not None and place.level == "village":
                    ctx.session.facts[VILLAGE] = place.code
            await self.begin(ctx, AskPerson("", ""))
        else:
            return False
        return True

    async def offer_in_group(self, ctx: Context) -> Text:
        """What a group is told when the bot has no answer: a person has, in private."""
        channel = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        place = None if channel is None else await units.by_id(channel.unit_id)
        return self._lead(ctx, f"{_QUESTION_LINK}_{'' if place is None else place.code}")

    async def hand_over(self, ctx: Context) -> tuple[Text, Sequence[Button]]:
        """Under “Tôi chưa hiểu”: a button in private, in a group a link."""
        if ctx.private:
            return Text(), [Button.to(ctx.word("Hỏi người trong thôn"), AskPerson("", ""))]
        return await self.offer_in_group(ctx), []

    def _lead(self, ctx: Context, code: str) -> Text:
        text = ctx.t("Bác cần người giúp thì nhờ riêng với tôi, để việc của bác không hiện trong nhóm.")
        address = ctx.private_link(code)
        if address is None:
            return text + ctx.t(" Bác nhắn riêng cho tôi hai chữ: giúp đỡ")
        return text + Text((Span("\n"), Span(ctx.word("Nhờ người giúp"), link=address)))

    # Asking

    async def begin(self, ctx: Context, action: AskPerson) -> None:
        """Consent first: from here on something about the person is kept."""
        if not ctx.private:
            code = f"{_STEP_LINK}_{action.guide}_{action.step}" if action.guide else f"{_QUESTION_LINK}_"
            ctx.reply(self._lead(ctx, code))
        elif await self._consent.has_consent(ctx):
            await self._where(ctx, *self._known(action.guide, action.step))
        else:
            about = ctx.t(
                "Tôi chuyển việc này cho người trong Tổ công nghệ số của thôn: bài, bước, loại máy và lời bác viết. "
                "Người giúp không thấy tên, số điện thoại của bác, trừ khi bác tự viết ra. Lời nhờ xóa sau 30 ngày."
            )
            self._consent.ask_consent(ctx, _TOPIC, f"{action.guide}/{action.step}", about=about)

    async def _agreed(self, ctx: Context, arg: str) -> None:
        guide, _, step = arg.partition("/")
        await self._where(ctx, *self._known(guide, step))

    async def _where(self, ctx: Context, guide: str, step: str) -> None:
        own = await self._own.mine(ctx)
        same = next((one for one in own if guide and (one.guide, one.step) == (guide, step)), None)
        village = await self._home.village(ctx)
        if same is not None:
            self._own.show(ctx, same)
        elif len(own) >= requests.MOST_OPEN:
            await self._own.list_them(ctx, own)
        elif village is not None:
            self._which_phone(ctx, guide, step, village.code)
        elif self._home.here(ctx) is UNKNOWN:
            await self._home.mine(ctx)
        else:
            await self._ask_village(ctx, guide, step)

    async def _ask_village(self, ctx: Context, guide: str, step: str) -> None:
        commune = await units.get(self._home.here(ctx).code)
        if commune is None:
            ctx.reply(ctx.t("Tôi chưa có danh sách thôn của xã."), to_menu(ctx))
            return
        buttons = [
            Button.to(one.full_name, AskFromUnit(guide, step, one.code))
            for one in await units.villages(commune.id, self._today(ctx))
        ]
        other = Button.to(ctx.word("Nơi khác, để xã giúp"), AskFromUnit(guide, step, commune.code))
        ctx.reply(ctx.t("Bác ở thôn nào, để tôi nhờ đúng người gần bác?"), [*buttons, other])

    async def from_unit(self, ctx: Context, action: AskFromUnit) -> None:
        place = await self._entrance(ctx, action.guide, action.step, action.unit)
        if place is not None:
            if place.level == "village":
                ctx.session.facts[VILLAGE] = place.code
            self._which_phone(ctx, *self._known(action.guide, action.step), place.code)

    def _which_phone(self, ctx: Context, guide: str, step: str, unit: str) -> None:
        if not guide:
            ctx.wait_for(FLOW, _QUESTION, {"unit": unit})
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
        ctx.reply(
            ctx.t("Điện thoại của bác là loại nào?"),
            [Button.to(label, AskWithDevice(guide, step, unit, kind)) for label, kind in kinds],
        )

    async def with_device(self, ctx: Context, action: AskWithDevice) -> None:
        place = await self._entrance(ctx, action.guide, action.step, action.unit)
        if place is None:
            return
        guide, step = self._known(action.guide, action.step)
        if not guide:
            self._which_phone(ctx, "", "", place.code)
            return
        if any((one.guide, one.step) == (guide, step) for one in await self._own.mine(ctx)):
            await self._where(ctx, guide, step)
            return
        known: tuple[Device, ...] = ("iphone", "android", "unknown", "")
        device = next((one for one in known if one == action.device), known[-1])
        await self._send(ctx, place, guide, step, device=device)

    async def asked(self, ctx: Context) -> None:
        """The question of one's own."""
        flow = ctx.flow
        ctx.leave_flow()
        place = await self._entrance(ctx, "", "", "" if flow is None else flow.data.get("unit", ""))
        if place is not None and isinstance(ctx.event, Said):
            await self._send(ctx, place, "", "", text=ctx.event.text)

    async def _send(
        self, ctx: Context, place: Place, guide: str, step: str, *, device: Device = "", text: str = ""
    ) -> None:
        if len(await self._own.mine(ctx)) >= requests.MOST_OPEN:
            await self._where(ctx, guide, step)
            return
        who = await people.who(account_of(ctx), ctx.now)
        async with ctx.changes():
            new = Asking(who.account_id, place.id, guide, step, device, ctx.locale, text)
            one, turn = await self._help.open(new, ctx.now)
            await self._own.sent(ctx, one, turn, place)

    def _known(self, guide: str, step: str) -> tuple[str, str]:
        """The step that a button names, as it is called today; a guide that is gone makes it a question."""
        found = self._library.get(guide)
        resolved = None if found is None else resolve(found, step)
        return ("", "") if found is None else (guide, resolved.step.id if resolved is not None else found.start)

    async def _entrance(self, ctx: Context, guide: str, step: str, unit: str) -> Place | None:
        """The place of whoever presses, who has agreed; None when something had to be said first."""
        if not ctx.private or not await self._consent.has_consent(ctx):
            await self.begin(ctx, AskPerson(guide, step))
            return None
        place = await self._place(ctx, unit)
        if place is None:
            ctx.reply(ctx.t("Tôi không có nơi này. Bác chọn lại giúp tôi."), to_menu(ctx))
        return place

    async def _place(self, ctx: Context, code: str) -> Place | None:
        """A village of the commune here, or the commune itself, as it is called today."""
        named = await units.get(code) if code else None
        place = None if named is None else await units.successor(named.id, self._today(ctx))
        commune = None if place is None else await units.commune_of(place.id, self._today(ctx))
        here = self._home.here(ctx)
        inside = commune is not None and (here is UNKNOWN or commune.code == here.code)
        return place if inside else None

    def _today(self, ctx: Context) -> date:
        return ctx.now.astimezone(self._help.zone).date()


def build(talk: HelpTalk) -> Router:
    router = Router()
    # Not “nhờ người giúp”: that is the label under a step, and a command would win over the choice.
    router.command("giupdo", "giúp đỡ", "nhờ giúp", "giúp bà con")(talk.command)
    router.action(AskPerson)(talk.begin)
    router.action(AskFromUnit)(talk.from_unit)
    router.action(AskWithDevice)(talk.with_device)
    router.step(FLOW, _QUESTION, Said)(talk.asked)
    return router
