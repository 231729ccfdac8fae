"""In a group: its code, and a choice where two villages claim it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from types import MappingProxyType

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features.announcements.relay_people import Relay
from bot.features.bots.joining import ELSEWHERE, refusing
from bot.features.calendar.vietnam import today
from bot.features.groups.channels import Channel, Conflict
from bot.features.groups.naming import called
from bot.features.groups.plans import Plans
from bot.features.invites import InviteRefused, Invites
from bot.features.invites.kept import NO_GOOD
from bot.features.notices.news import News
from bot.features.outbox.homes import Homes
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.people.people import Who
from bot.i18n import msg

from .giving import (
    REGISTERED,
    TITLE,
    Giving,
    GroupWish,
    ids_of,
    may_register,
    purpose_of,
    unit_name,
    what_of,
    wished,
)
from .group_wishes import GroupWishes

FLOW, ASKED, CODE = "dangky", "asked", "code"

_FULL = msg(
    "{platform} theo gói đang dùng chỉ nhận {limit} nhóm và đã đủ, nên tôi chưa đăng ký được nhóm này. "
    "Mã vẫn còn nguyên."
)
_ELSEWHERE = msg("Còn chỗ ở: {names}. Bác lập nhóm của thôn ở đó, thêm tôi vào rồi gõ mã này.")
_OTHER_WAYS = msg(
    "Nhóm không cần có tôi. Tổ trưởng hoặc trưởng thôn nhắn riêng với tôi thì tin của xã tới người ấy để dán vào "
    "nhóm. Cách khác: cán bộ xã chuyển một thôn sang ứng dụng khác (gõ “chuyển kênh”), hoặc nâng gói. Tôi đã báo "
    "xã."
)
_NEWS_FULL = msg("⚠️ {what}: {platform} theo gói đang dùng đã đủ {limit} nhóm. Tin của xã tới {names} để dán vào nhóm.")
_NEWS_FULL_NOBODY = msg("⚠️ {what}: {platform} theo gói đang dùng đã đủ {limit} nhóm. Thôn chưa có ai đưa tin.")
_TOLD_FULL = "full"
"""What the session of a group remembers: the day on which its officers heard that there is no room for it."""


class DecideGroup(Action, code="dk"):
    """The answer to the question which village a group belongs to; what was asked stands in the presser's flow."""

    agree: bool


Relays = Callable[[Collection[int], datetime], Awaitable[Mapping[int, tuple[Relay, ...]]]]
Offer = Callable[[Context, Channel], Awaitable[tuple[Text, list[Button]] | None]]


class Registration:
    """`offer` is what to ask in a group that is registered beside another one of the same people.

    `relays` are those who pass on what the commune sends in a village without a group, by unit id.
    """

    def __init__(
        self,
        *,
        invites: Invites,
        plans: Plans,
        giving: Giving,
        wishes: GroupWishes,
        offer: Offer | None = None,
        relays: Relays | None = None,
        homes: Homes = MappingProxyType({}),
    ) -> None:
        self._invites = invites
        self._plans = plans
        self._giving = giving
        self._wishes = wishes
        self._offer = offer
        self._relays = relays
        self._homes = homes

    def ask_for_code(self, ctx: Context, how: Text) -> None:
        ctx.wait_for(FLOW, CODE)
        ctx.reply(Text.join("\n", [how, ctx.t("Có mã rồi thì bác gõ mã vào đây.")]), expects="text")

    async def register(self, ctx: Context, code: str) -> None:
        """Use a code for this group; if somebody else made it, or has a claim, let a person decide."""
        async with ctx.changes():
            if ctx.flow is not None and (ctx.flow.name, ctx.flow.step) == (FLOW, CODE):
                ctx.leave_flow()
            subject = f"{ctx.chat.platform} {ctx.chat.id} {ctx.sender.id}"
            who = await people.who(Account(ctx.chat.platform, ctx.sender.id), ctx.now)
            grant = await self._invites.look_channel(code, subject, ctx.now, who.person_id)
            if isinstance(grant, InviteRefused):
                ctx.reply(ctx.t(grant.why))
                return
            if (elsewhere := await refusing(self._homes, ctx.chat.platform, grant.unit_id)) is not None:
                ctx.reply(ctx.t(ELSEWHERE, commune=elsewhere))
                return
            limit = await self._plans.full(ctx.chat.platform, but=ctx.chat.id)
            if limit is not None:
                await self._say_full(ctx, limit)
                await self._tell_full(ctx, limit, await self._giving.wish(ctx, grant))
                return
            wish = await self._giving.wish(ctx, grant)
            its_maker = who.person_id is not None and who.person_id == grant.maker
            if not its_maker and not await may_register(ctx, who, wish.unit_id):
                await self._wishes.ask(ctx, grant, wish)
            elif await self._invites.use_channel(grant, ctx.now):
                await self._claim(ctx, wish, who)
            else:
                ctx.reply(ctx.t(NO_GOOD))

    async def decide(self, ctx: Context, action: DecideGroup) -> None:
        flow = ctx.flow
        if flow is None or (flow.name, flow.step) != (FLOW, ASKED):
            ctx.reply(ctx.t("Câu hỏi này không chờ bác trả lời. Người đã gõ mã mới chọn được."))
            return
        async with ctx.changes():
            ctx.leave_flow()
            if not action.agree:
                ctx.reply(ctx.t("Tôi giữ nguyên như cũ. Mã vừa gõ không dùng lại được, khi cần bác xin mã mới."))
                return
            agreed = frozenset(int(one) for one in flow.data["replacing"].split(","))
            wish = GroupWish(ctx.chat, int(flow.data["unit"]), purpose_of(flow.data["purpose"]), agreed)
            await self._claim(ctx, wish, await people.who(Account(ctx.chat.platform, ctx.sender.id), ctx.now))

    async def _claim(self, ctx: Context, wish: GroupWish, who: Who) -> None:
        done = await self._giving.give(wish, ctx.session.facts.get(TITLE, ""), ctx.session.locale, ctx)
        if isinstance(done, Conflict):
            data = {"unit": str(wish.unit_id), "purpose": wish.purpose, "replacing": ids_of(done)}
            ctx.wait_for(FLOW, ASKED, data)
            buttons = [
                Button.to(ctx.word("Lấy nhóm này"), DecideGroup(True)),
                Button.to(ctx.word("Giữ như cũ"), DecideGroup(False)),
            ]
            question = ctx.t("Bác có muốn lấy nhóm này cho **{unit}** không?", unit=await unit_name(wish.unit_id))
            ctx.reply(Text.join("\n", [*await self._giving.claims(ctx, done, wish), question]), buttons)
            return
        result, before = done
        offered = await self._offer(ctx, result.channel) if result.news and self._offer is not None else None
        question, buttons = offered or (Text(), [])
        reply = ctx.t(REGISTERED, what=await what_of(result.channel))
        ctx.reply(Text.join("\n", [part for part in (reply, hearing(ctx), question) if part]), buttons)
        if result.news:
            await self._giving.note(ctx, wish, who, result, before, typed_by=who.person_id)

    async def _say_full(self, ctx: Context, limit: int) -> None:
        lines = [ctx.t(_FULL, platform=called(ctx.chat.platform), limit=limit)]
        if others := [name for name in await self._plans.with_room() if name != ctx.chat.platform]:
            lines.append(ctx.t(_ELSEWHERE, names=", ".join(map(called, others))))
        ctx.reply(Text.join("\n", [*lines, ctx.t(_OTHER_WAYS)]))

    async def _tell_full(self, ctx: Context, limit: int, wish: GroupWish) -> None:
        """Tell the officers at once, once a day for each group however often its code is typed."""
        day = today(ctx.now).isoformat()
        if ctx.session.facts.get(_TOLD_FULL) == day:
            return
        ctx.session.facts[_TOLD_FULL] = day
        known = {} if self._relays is None else await self._relays([wish.unit_id], ctx.now)
        names = ", ".join(one.name for one in known.get(wish.unit_id, ()) if one.lives)
        values: dict[str, Text | str | int] = {
            "platform": called(ctx.chat.platform),
            "limit": limit,
            "what": await wished(wish),
        }
        if names:
            values["names"] = names
        text = Text.of(_NEWS_FULL if names else _NEWS_FULL_NOBODY, **values)
        await self._giving.tell_full(wish, News("full", text), limit, ctx.now)


def hearing(ctx: Context) -> Text:
    """Say which messages the bot sees in this kind of chat, and how to address it."""
    if ctx.capabilities.hears_everything:
        return ctx.t("Tôi thấy mọi tin trong nhóm, nhưng chỉ trả lời khi bà con nhắc tên tôi.")
    lines = [ctx.t("Tôi chỉ thấy tin có nhắc tên tôi, không thấy chuyện khác của bà con.")]
    if ctx.capabilities.sees_replies:
        lines.append(ctx.t("Muốn hỏi, bà con nhắc tên tôi, hoặc bấm trả lời vào tin của tôi."))
    else:
        lines.append(ctx.t("Muốn hỏi, bà con nhắc tên tôi ở mỗi tin."))
    lines.append(ctx.t("Nếu gọi mà tôi im lặng: quản trị viên đưa tôi ra rồi thêm lại. Xong, bác gõ “kiểm tra”."))
    return Text.join("\n", lines)
