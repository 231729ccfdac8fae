"""A group is given to a unit: what both ways to it (its code, and the word of somebody who may) have in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from msgspec import Struct

from bot.core.context import Context
from bot.core.events import Chat
from bot.core.text import Text, upper_first
from bot.features import rights, units
from bot.features.audit import Audit, Detail
from bot.features.calendar.vietnam import VIETNAM
from bot.features.groups import channels
from bot.features.groups.channels import Channel, Conflict, Registered
from bot.features.invites import ChannelGrant
from bot.features.notices.news import News
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.i18n import msg

TITLE = "title"
"""What the session of a group remembers: its title, for the day on which it is registered."""

PURPOSES = {
    "village": msg("nhóm của {unit}"),
    "commune": msg("nhóm chung của {unit}"),
    "team": msg("nhóm Tổ công nghệ số của {unit}"),
    "enterprise": msg("nhóm doanh nghiệp của {unit}"),
    "sandbox": msg("nhóm làm thử của {unit}"),
}
_NEWS_REGISTERED = msg("✅ Nhóm “{group}” đã đăng ký làm {what}.")
_NEWS_REPLACED = msg("Nhóm “{group}” không còn nhận tin của {unit} nữa.")
REGISTERED = msg("✅ Đã đăng ký: nhóm này là {what}. Từ nay tin của xã đến được đây.")

TellOfficers = Callable[[int, News], Awaitable[None]]


class GroupWish(Struct, frozen=True):
    """A group, and what it is to be."""

    chat: Chat
    unit_id: int
    purpose: channels.Purpose
    replacing: frozenset[int] = frozenset()


class Giving:
    """`tell_officers` writes news to the officers of a commune, by its unit's id, inside the event's transaction."""

    def __init__(self, tell_officers: TellOfficers, audit: Audit) -> None:
        self._tell_officers = tell_officers
        self._audit = audit

    async def wish(
        self, ctx: Context, grant: ChannelGrant, chat: Chat | None = None, replacing: frozenset[int] = frozenset()
    ) -> GroupWish:
        unit = await units.successor(grant.unit_id, ctx.now.astimezone(VIETNAM).date())
        if unit is None:
            raise ValueError(f"a code names unit {grant.unit_id}, which does not exist")
        return GroupWish(chat or ctx.chat, unit.id, purpose_of(grant.purpose), replacing)

    async def give(
        self, wish: GroupWish, title: str, locale: str | None, ctx: Context
    ) -> Conflict | tuple[Registered, Channel | None]:
        """Make the group its unit's; return the conflict, or the registration and the group's former row."""
        at = (wish.chat.platform, wish.chat.id)
        before = await channels.of_chat(*at)
        result = await channels.register(*at, wish.unit_id, wish.purpose, title, ctx.now, replacing=wish.replacing)
        if isinstance(result, Conflict):
            return result
        if locale is not None:
            await channels.set_locale(*at, locale, ctx.now)
        return result, before

    async def claims(self, ctx: Context, conflict: Conflict, wish: GroupWish) -> list[Text]:
        """List the other claims on the group, or on being the group of this unit."""
        lines = []
        if conflict.here is not None:
            lines.append(ctx.t("Nhóm này đang là {what}.", what=await what_of(conflict.here)))
        unit = await unit_name(wish.unit_id)
        lines += [
            ctx.t("Nhóm “{group}” đang nhận tin của {unit}.", group=title_of(other), unit=unit)
            for other in conflict.others
        ]
        return lines

    async def note(
        self, ctx: Context, wish: GroupWish, who: Who, done: Registered, before: Channel | None, *, typed_by: int | None
    ) -> None:
        """Log the registration, on whose word it was and who typed the code; tell the officers of the communes."""
        details: dict[str, Detail] = {"unit": wish.unit_id, "purpose": wish.purpose, "replaced": len(done.replaced)}
        if typed_by != who.person_id:
            details["typed_by"] = "stranger" if typed_by is None else await people.number(typed_by)
        # The log makes those who register at the same moment come one after the other, so the news is after it.
        await self._audit.append(who.person_id, "group_registered", f"channel:{done.channel.id}", ctx.now, details)
        news = [Text.of(_NEWS_REGISTERED, group=title_of(done.channel), what=await what_of(done.channel))]
        news += [
            Text.of(_NEWS_REPLACED, group=title_of(lost), unit=await unit_name(lost.unit_id)) for lost in done.replaced
        ]
        await tell(self._tell_officers, done.channel.unit_id, News("registered", Text.join("\n", news)))
        if before is not None and before.unit_id != done.channel.unit_id:
            text = Text.of(_NEWS_REPLACED, group=title_of(before), unit=await unit_name(before.unit_id))
            await tell(self._tell_officers, before.unit_id, News("replaced", text))

    async def tell_full(self, wish: GroupWish, news: News, limit: int, now: datetime) -> None:
        """Tell the officers that there was no room for a group. The log makes such news come one after the other."""
        await self._audit.append(None, "group_full", f"unit:{wish.unit_id}", now, {"limit": limit})
        await tell(self._tell_officers, wish.unit_id, news)


async def tell(tell_officers: TellOfficers, unit_id: int, news: News) -> None:
    """Tell the officers of the commune, in Vietnamese whatever the language of the group is."""
    commune = await units.commune_of(unit_id)
    if commune is not None:
        await tell_officers(commune.id, news)


async def wished(wish: GroupWish) -> Text:
    """Return what a group was to be: “Nhóm của thôn Lạc Hiền”."""
    what = Text.of(PURPOSES[wish.purpose], unit=await unit_name(wish.unit_id)).plain
    return Text.verbatim(upper_first(what))


async def what_of(channel: Channel) -> Text:
    return Text.of(PURPOSES[channel.purpose], unit=await unit_name(channel.unit_id))


async def unit_name(unit_id: int) -> str:
    unit = await units.successor(unit_id)
    return "" if unit is None else unit.full_name


def title_of(channel: Channel) -> str:
    return channel.title or "không tên"


def purpose_of(text: str) -> channels.Purpose:
    return next(known for known in channels.PURPOSES if known == text)


async def may_register(ctx: Context, who: Who, unit_id: int) -> bool:
    return (await rights.decide(who, Act.REGISTER_CHAT, unit_id, on=ctx.now)).allowed


def ids_of(conflict: Conflict) -> str:
    return ",".join(map(str, sorted(conflict.ids)))
