"""Genuine or not: `kiểm tra TB-0123` says whether the commune really sent it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.small_words import words_only
from bot.core.text import Text, fold
from bot.features import rights, units
from bot.features.announcements import leaving, store
from bot.features.announcements.actions import OpenReceipt
from bot.features.announcements.letter import moment
from bot.features.announcements.model import RECALL, Announcement, number_in
from bot.features.calendar import periods
from bot.features.commune.settings import Commune
from bot.features.groups import channels
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.rights import Act

from .common import open_button

# The number alone, or after "kiểm tra"; a bare figure after it, but nothing else: "kiểm tra tin giả" asks for a guide.
_ASKED = patterns.compile(
    r"(?:(?:kiem tra|xem|mo|doc|tin|thong bao|so) )*(?P<label>tb[ -]*\d{1,7})"
    r"(?: (?:nay|co|la|that|gia|dung|hay|khong|ko|k|phai|a))*|kiem tra (?P<figure>\d{1,7})"
)

_MOST_COMMUNES = 20
"""So many are looked at for who has not said where they live."""


class Verification(Struct, frozen=True):
    """`here` is the commune of a conversation."""

    here: Callable[[Context], Commune]

    async def verify(self, ctx: Context, words: str) -> bool:
        """Answer `kiểm tra TB-0123`: whether the commune really sent it. Return False when no number is meant.

        Writers open their announcements from here too, for a list shows only the newest ones.
        """
        number = number_in(words)
        if number is None:
            return False
        whose = await self._communes(ctx)
        if len(whose) > _MOST_COMMUNES:
            ctx.reply(ctx.t("Bác ở xã nào? Bác nói tên xã, rồi hỏi lại số {number}.", number=f"TB-{number:04}"))
            return True
        known = [one for commune_id in whose if (one := await store.by_number(commune_id, number)) is not None]
        for one in [one for one in known if not _went_out(one) and await _writes(ctx, one)]:
            ctx.reply(ctx.t("{label} chưa gửi cho bà con.", label=one.label), _ways_on(ctx, one))
            return True
        found = [one for one in known if _went_out(one)]
        if not found:
            ctx.reply(
                ctx.t(
                    "❌ Xã **không** gửi thông báo số {number}. Có thể là tin giả: bác đừng bấm đường dẫn, đừng chuyển "
                    "tiền, và báo tổ trưởng.",
                    number=f"TB-{number:04}",
                )
            )
            return True
        for one in found:
            ctx.reply(await _genuine(ctx, one), _ways_on(ctx, one) if await _writes(ctx, one) else [])
        return True

    async def _communes(self, ctx: Context) -> Sequence[int]:
        """Return the commune of the group or those of the person's roles; else the one in which they live.

        Of who has not said where, they are some of the installation's, one more than are looked at.
        """
        if not ctx.private:
            channel = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
            homes = [None if channel is None else await units.commune_of(channel.unit_id)]
        else:
            who = await people.who(Account(ctx.chat.platform, ctx.sender.id), ctx.now)
            homes = [await units.commune_of(grant.unit_id) for grant in who.grants if grant.unit_id is not None]
        ids = {home.id for home in homes if home is not None}
        if ids:
            return sorted(ids)
        own = await units.get(self.here(ctx).code)
        some = [] if own is not None else await units.some_communes(periods.today(ctx.now), _MOST_COMMUNES + 1)
        return [one.id for one in some] if own is None else [own.id]


async def _writes(ctx: Context, one: Announcement) -> bool:
    who = await people.who(Account(ctx.chat.platform, ctx.sender.id), ctx.now)
    return ctx.private and (await rights.decide(who, Act.BROADCAST, one.commune_id, on=ctx.now)).allowed


def _ways_on(ctx: Context, one: Announcement) -> list[Button]:
    receipt = [Button.to(ctx.word("Biên nhận"), OpenReceipt(one.id))] if one.rows else []
    return [open_button(ctx, one), *receipt]


def _went_out(one: Announcement) -> bool:
    return one.rows > 0 and one.state in ("sending", "done", "cancelled", "expired")


async def _genuine(ctx: Context, one: Announcement) -> Text:
    commune = await units.by_id(one.commune_id)
    lines = [
        ctx.t(
            "✅ Tin thật: {label} “{title}” do Ủy ban nhân dân {commune} gửi lúc {time}.",
            label=one.label,
            title=one.heading,
            commune="" if commune is None else commune.full_name,
            time=moment(await leaving.left_at(one), ctx.locale),
        )
    ]
    if one.source:
        lines.append(ctx.t("Nguồn: {source}", source=one.source))
    if one.state == "cancelled":
        lines.append(ctx.t("Xã đã dừng thông báo này."))
    if one.expires_at is not None and one.expires_at <= ctx.now:
        lines.append(ctx.t("Tin đã hết giá trị từ {time}.", time=moment(one.expires_at, ctx.locale)))
    later = await store.corrections(one.id)
    lines += [
        ctx.t("⚠️ Đã có đính chính: {label} “{title}”.", label=each.label, title=each.heading)
        for each in later
        if _went_out(each) and each.template != RECALL
    ]
    recall = await store.recall_of(one)
    if recall is not None and recall.id != one.id and _went_out(recall):
        lines.append(ctx.t("⚠️ Xã đã thu hồi tin này bằng {label}.", label=recall.label))
    return Text.join("\n", lines)


def build(verification: Verification) -> Router:
    router = Router()

    @router.intercept(order=60)
    async def asked(ctx: Context) -> bool:
        event = ctx.event
        if not isinstance(event, TextSent) or not (event.addressed or ctx.private):
            return False
        found = _ASKED.fullmatch(fold(words_only(event.text)))
        return found is not None and await verification.verify(ctx, found["label"] or found["figure"])

    return router
