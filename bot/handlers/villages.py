"""A group and its village: greeting, registering, what the bot can hear there, and what became of the group."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import BotJoined, BotLeft, ChatMoved, Said
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import channels, people, rights, units
from bot.features.accounts import Account
from bot.features.audit import Audit, Detail
from bot.features.channels import Channel, Conflict, Registered
from bot.features.commune import Commune
from bot.features.invites import ChannelGrant, Refused, looks_like_code
from bot.features.rights import Act
from bot.i18n import msg

from .start import OpenMenu

TITLE = "title"
"""What the session of a group remembers: its title, for the day on which it is registered."""
_FLOW, _ASKED = "dangky", "asked"

_REGISTER = re.compile(r"\s*(?:đăng\s*k[ýí]|dang\s*k[yi])\s+(?P<code>\S.*)", re.IGNORECASE | re.DOTALL)
# In a group one word with a digit is meant as a code even if it is none; "đăng ký tạm trú" asks for a guide.
_MEANT_AS_CODE = re.compile(r"(?=.*\d)[\w–—-]{6,40}")

_PURPOSES = {
    "village": msg("nhóm của {unit}"),
    "commune": msg("nhóm chung của {unit}"),
    "team": msg("nhóm Tổ công nghệ số của {unit}"),
    "enterprise": msg("nhóm doanh nghiệp của {unit}"),
    "sandbox": msg("nhóm làm thử của {unit}"),
}
_NEWS_REGISTERED = msg("✅ Nhóm “{group}” đã đăng ký làm {what}.")
_NEWS_REPLACED = msg("Nhóm “{group}” không còn nhận tin của {unit} nữa.")
_NEWS_LEFT = msg(
    "⚠️ Nhóm “{group}” ({what}): tôi đã bị đưa ra khỏi nhóm nên tin của xã không đến được nhóm này.\n"
    "Cách xử lý: nhờ quản trị viên nhóm thêm tôi vào lại, không cần mã mới. Thêm xong, gõ “kiểm tra” trong nhóm."
)
_NEWS_BACK = msg("✅ Nhóm “{group}” ({what}): tôi đã vào lại nhóm, tin của xã lại đến được.")
_NEWS_MOVED = msg(
    "Nhóm “{group}” ({what}) vừa được nâng cấp thành nhóm lớn. Tôi đã ghi lại theo nhóm mới, không cần làm gì thêm."
)


class DecideGroup(Action, code="dk"):
    """The answer to the question which village a group belongs to; what was asked stands in the presser's flow."""

    agree: bool


Redeem = Callable[[str, str, datetime], Awaitable[ChannelGrant | Refused]]
TellOfficers = Callable[[int, Text], Awaitable[None]]
Take = Callable[[Context, str], Awaitable[bool]]
Note = Callable[[Context], Awaitable[None]]
Offer = Callable[[Context, Channel], Awaitable[tuple[Text, list[Button]] | None]]


class VillageTalk:
    """`redeem` uses up a code, `tell_officers` writes a notice to the officers of a commune, by its unit's id.

    Both run inside the transaction of the event. `offer` is what to ask in a group that is registered beside another
    one of the same people.
    """

    def __init__(
        self,
        *,
        redeem: Redeem,
        tell_officers: TellOfficers,
        commune: Callable[[Context], Commune],
        zone: ZoneInfo,
        audit: Audit,
        offer: Offer | None = None,
    ) -> None:
        self._redeem = redeem
        self._offer = offer
        self._tell_officers = tell_officers
        self._commune = commune
        self._zone = zone
        self._audit = audit

    # Registering

    async def open_link(self, ctx: Context, code: str) -> bool:
        """`/start CODE` in a group: what a link that adds the bot to a group says by itself."""
        if ctx.private:
            return False
        await self.register(ctx, code)
        return True

    async def register(self, ctx: Context, code: str) -> None:
        """Use up a code for this group; where somebody else has a claim a person decides."""
        async with ctx.changes():
            subject = f"{ctx.chat.platform} {ctx.chat.id} {ctx.sender.id}"
            grant = await self._redeem(code, subject, ctx.now)
            if isinstance(grant, Refused):
                ctx.reply(ctx.t(grant.why))
                return
            unit = await units.successor(grant.unit_id, self._today(ctx))
            if unit is None:
                raise ValueError(f"a code names unit {grant.unit_id}, which does not exist")
            await self._claim(ctx, unit.id, _purpose(grant.purpose), frozenset())

    async def decide(self, ctx: Context, action: DecideGroup) -> None:
        flow = ctx.flow
        if flow is None or flow.name != _FLOW:
            ctx.reply(ctx.t("Câu hỏi này không chờ bác trả lời. Người đã gõ mã mới chọn được."))
            return
        async with ctx.changes():
            ctx.leave_flow()
            if not action.agree:
                ctx.reply(ctx.t("Tôi giữ nguyên như cũ. Mã vừa gõ không dùng lại được, khi cần bác xin mã mới."))
                return
            agreed = frozenset(int(one) for one in flow.data["replacing"].split(","))
            await self._claim(ctx, int(flow.data["unit"]), _purpose(flow.data["purpose"]), agreed)

    async def _claim(self, ctx: Context, unit_id: int, purpose: channels.Purpose, replacing: frozenset[int]) -> None:
        before = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        title = ctx.session.facts.get(TITLE, "")
        result = await channels.register(
            ctx.chat.platform, ctx.chat.id, unit_id, purpose, title, ctx.now, replacing=replacing
        )
        if isinstance(result, Conflict):
            await self._ask(ctx, unit_id, purpose, result)
            return
        if ctx.session.locale is not None:
            await channels.set_locale(ctx.chat.platform, ctx.chat.id, ctx.session.locale, ctx.now)
        offered = await self._offer(ctx, result.channel) if result.news and self._offer is not None else None
        question, buttons = offered or (Text(), [])
        said = ctx.t(
            "✅ Đã đăng ký: nhóm này là {what}. Từ nay tin của xã đến được đây.", what=await _what(result.channel)
        )
        ctx.reply(Text.join("\n", [part for part in (said, self._hearing(ctx), question) if part]), buttons)
        if result.news:
            await self._report(result, before)
            who = await people.who(Account(ctx.chat.platform, ctx.sender.id), ctx.now)
            details: dict[str, Detail] = {"unit": unit_id, "purpose": purpose, "replaced": len(result.replaced)}
            await self._audit.append(
                who.person_id, "group_registered", f"channel:{result.channel.id}", ctx.now, details
            )

    async def _ask(self, ctx: Context, unit_id: int, purpose: channels.Purpose, conflict: Conflict) -> None:
        data = {"unit": str(unit_id), "purpose": purpose, "replacing": ",".join(map(str, sorted(conflict.ids)))}
        ctx.wait_for(_FLOW, _ASKED, data)
        unit = await _unit_name(unit_id)
        lines = []
        if conflict.here is not None:
            lines.append(ctx.t("Nhóm này đang là {what}.", what=await _what(conflict.here)))
        lines += [
            ctx.t("Nhóm “{group}” đang nhận tin của {unit}.", group=_title(other), unit=unit)
            for other in conflict.others
        ]
        lines.append(ctx.t("Bác có muốn lấy nhóm này cho **{unit}** không?", unit=unit))
        buttons = [
            Button.to(ctx.word("Lấy nhóm này"), DecideGroup(True)),
            Button.to(ctx.word("Giữ như cũ"), DecideGroup(False)),
        ]
        ctx.reply(Text.join("\n", lines), buttons)

    async def _report(self, done: Registered, before: Channel | None) -> None:
        """The officers of the commune, and of the one that lost a group by it."""
        news = [Text.of(_NEWS_REGISTERED, group=_title(done.channel), what=await _what(done.channel))]
        news += [
            Text.of(_NEWS_REPLACED, group=_title(lost), unit=await _unit_name(lost.unit_id)) for lost in done.replaced
        ]
        await self._tell(done.channel.unit_id, Text.join("\n", news))
        if before is not None and before.unit_id != done.channel.unit_id:
            text = Text.of(_NEWS_REPLACED, group=_title(before), unit=await _unit_name(before.unit_id))
            await self._tell(before.unit_id, text)

    # What messengers report. It is true however late it comes: after a long outage the channels must still follow.

    async def joined(self, ctx: Context, title: str) -> None:
        ctx.stale = False
        async with ctx.changes():
            ctx.session.facts[TITLE] = title
            channel = await self._back(ctx, title)
            if channel is None:
                lines = [self._greeting(ctx), self._how_to_register(ctx)]
            elif channel.active:
                lines = [ctx.t("Chào bà con, tôi đã vào lại. Nhóm này là {what}.", what=await _what(channel))]
            else:
                unit = await _unit_name(channel.unit_id)
                lines = [
                    self._greeting(ctx),
                    ctx.t("Tin của {unit} đang gửi vào nhóm khác.", unit=unit),
                    self._how_to_register(ctx),
                ]
            ctx.reply(Text.join("\n", lines))

    async def left(self, ctx: Context) -> None:
        ctx.stale = False
        async with ctx.changes():
            channel = await channels.left(ctx.chat.platform, ctx.chat.id, channels.LEFT, ctx.now)
            if channel is not None:
                await self._tell_about(channel, _NEWS_LEFT)

    async def moved(self, ctx: Context, new_chat_id: str) -> None:
        ctx.stale = False
        async with ctx.changes():
            channel = await channels.moved(ctx.chat.platform, ctx.chat.id, new_chat_id, ctx.now)
            if channel is not None:
                await self._tell_about(channel, _NEWS_MOVED)

    # In which language the group is spoken to, here and in what the commune sends

    async def set_language(self, ctx: Context, locale: str) -> None:
        """Where the group belongs to a unit it is for those who may register it there: everybody has to read it."""
        channel = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        if channel is not None:
            who = await people.who(Account(ctx.chat.platform, ctx.sender.id), ctx.now)
            if not (await rights.decide(who, Act.REGISTER_CHAT, channel.unit_id, on=ctx.now)).allowed:
                ctx.reply(
                    ctx.t(
                        "Tiếng của nhóm này do Tổ trưởng hoặc cán bộ xã chọn. "
                        "Bác nhắn riêng cho tôi thì chọn tiếng nào cũng được."
                    )
                )
                return
        async with ctx.changes():
            ctx.session.locale = ctx.locale = locale
            await channels.set_locale(ctx.chat.platform, ctx.chat.id, locale, ctx.now)
            ctx.reply(ctx.t("Từ nay tôi nói tiếng Việt trong nhóm này."), [Button.to(ctx.word("Về menu"), OpenMenu())])

    # What the bot can hear here

    async def check(self, ctx: Context) -> None:
        if ctx.private:
            ctx.reply(
                ctx.t(
                    "Muốn biết một tin có đúng của xã không, bác gõ “kiểm tra” và số của tin, ví dụ "
                    "“kiểm tra TB-0123”. Muốn biết một nhóm thuộc thôn nào, bác gõ “kiểm tra” trong nhóm đó."
                )
            )
            return
        channel = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        if channel is not None and not channel.active:
            # Somebody speaks to the bot here, so it is back, even where the messenger does not tell.
            async with ctx.changes():
                channel = await self._back(ctx, "")
                await self._say_state(ctx, channel)
            return
        await self._say_state(ctx, channel)

    async def _say_state(self, ctx: Context, channel: Channel | None) -> None:
        if channel is None:
            lines = [ctx.t("Nhóm này chưa thuộc thôn nào."), self._how_to_register(ctx)]
        elif channel.active:
            lines = [ctx.t("Nhóm này là {what}. Tin của xã đến được đây.", what=await _what(channel))]
        else:
            unit = await _unit_name(channel.unit_id)
            lines = [ctx.t("Tin của {unit} đang gửi vào nhóm khác.", unit=unit), self._how_to_register(ctx)]
        ctx.reply(Text.join("\n", [*lines, self._hearing(ctx)]))

    def _hearing(self, ctx: Context) -> Text:
        """What the bot hears in this kind of chat, and how to be heard."""
        if ctx.capabilities.hears_everything:
            return ctx.t("Tôi thấy mọi tin trong nhóm, nhưng chỉ trả lời khi bà con nhắc tên tôi.")
        lines = [ctx.t("Tôi chỉ thấy tin có nhắc tên tôi, không thấy chuyện khác của bà con.")]
        if ctx.capabilities.sees_replies:
            lines.append(ctx.t("Muốn hỏi, bà con nhắc tên tôi, hoặc bấm trả lời vào tin của tôi."))
        else:
            lines.append(ctx.t("Muốn hỏi, bà con nhắc tên tôi ở mỗi tin."))
        lines.append(ctx.t("Nếu gọi mà tôi im lặng: quản trị viên đưa tôi ra rồi thêm lại, sau đó gõ “kiểm tra”."))
        return Text.join("\n", lines)

    def _greeting(self, ctx: Context) -> Text:
        return ctx.t(
            "Kính chào bà con. Tôi là **máy trả lời tự động** của Ủy ban nhân dân {commune}. "
            "Bà con nhắc tên tôi và gõ “hướng dẫn”, hoặc điều cần hỏi.",
            commune=self._commune(ctx).full_name,
        )

    def _how_to_register(self, ctx: Context) -> Text:
        return ctx.t("Tổ trưởng xin mã nhóm ở cán bộ xã, rồi nhắc tên tôi và gõ: đăng ký MÃ.")

    async def _back(self, ctx: Context, title: str) -> Channel | None:
        before = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        channel = await channels.joined(ctx.chat.platform, ctx.chat.id, title, ctx.now)
        if before is not None and channel is not None and channel.active and not before.active:
            await self._tell_about(channel, _NEWS_BACK)
        return channel

    async def _tell_about(self, channel: Channel, news: str) -> None:
        await self._tell(channel.unit_id, Text.of(news, group=_title(channel), what=await _what(channel)))

    async def _tell(self, unit_id: int, text: Text) -> None:
        # Officers read Vietnamese, whatever the language of the group is.
        commune = await units.commune_of(unit_id)
        if commune is not None:
            await self._tell_officers(commune.id, text)

    def _today(self, ctx: Context) -> date:
        return ctx.now.astimezone(self._zone).date()


def build(talk: VillageTalk, *, checks: Sequence[Take] = (), blocked: Sequence[Note] = ()) -> Router:
    """`checks` take what follows `/kiemtra` (the number of an announcement); `blocked` learn of a private BotLeft."""
    router = Router()

    @router.intercept
    async def register_in_words(ctx: Context) -> bool:
        """`đăng ký CODE`. Not a command word, because "đăng ký tạm trú" asks for a guide."""
        event = ctx.event
        if not isinstance(event, Said) or not event.addressed or (said := _REGISTER.fullmatch(event.text)) is None:
            return False
        code = said["code"].strip()
        if not looks_like_code(code) and (ctx.private or not _MEANT_AS_CODE.fullmatch(code)):
            return False
        await _register_or_explain(ctx, code)
        return True

    @router.command("dangky", "đăng ký nhóm", "đăng kí nhóm")
    async def register(ctx: Context) -> None:
        await _register_or_explain(ctx, ctx.args.strip())

    @router.action(DecideGroup)
    async def decide(ctx: Context, action: DecideGroup) -> None:
        await talk.decide(ctx, action)

    @router.step(_FLOW, _ASKED)
    async def asked(ctx: Context) -> None:
        """Waits for a choice only: what its person says to others meanwhile is none of the bot's business."""

    @router.command("kiemtra", "kiểm tra", "kiểm tra nhóm")
    async def check(ctx: Context) -> None:
        for takes in checks if ctx.args.strip() else ():
            if await takes(ctx, ctx.args.strip()):
                return
        await talk.check(ctx)

    @router.on(BotJoined)
    async def joined(ctx: Context) -> None:
        if isinstance(ctx.event, BotJoined) and not ctx.private:
            await talk.joined(ctx, ctx.event.title)

    @router.on(BotLeft)
    async def left(ctx: Context) -> None:
        if not ctx.private:
            await talk.left(ctx)
            return
        for note in blocked:
            await note(ctx)

    @router.on(ChatMoved)
    async def moved(ctx: Context) -> None:
        if isinstance(ctx.event, ChatMoved):
            await talk.moved(ctx, ctx.event.new_chat_id)

    async def _register_or_explain(ctx: Context, code: str) -> None:
        if ctx.private:
            ctx.reply(ctx.t("Bác thêm tôi vào nhóm của thôn, rồi nhắc tên tôi trong nhóm và gõ: đăng ký MÃ."))
        elif not code:
            ctx.reply(ctx.t("Bác gõ thêm mã: đăng ký MÃ. Tổ trưởng xin mã nhóm ở cán bộ xã."))
        else:
            await talk.register(ctx, code)

    return router


def _purpose(text: str) -> channels.Purpose:
    return next(known for known in channels.PURPOSES if known == text)


def _title(channel: Channel) -> str:
    return channel.title or "không tên"


async def _what(channel: Channel) -> Text:
    return Text.of(_PURPOSES[channel.purpose], unit=await _unit_name(channel.unit_id))


async def _unit_name(unit_id: int) -> str:
    unit = await units.successor(unit_id)
    return "" if unit is None else unit.full_name
