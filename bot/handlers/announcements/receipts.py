"""The outcome of an announcement: the receipt, “Đã nhận”, decisions on unclear messages, retries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from bot.core.context import Context
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, fold, upper_first
from bot.features import rights, units
from bot.features.announcements import other_channels, store
from bot.features.announcements.actions import ListAnnouncements, OpenReceipt, Received, TellPlayed
from bot.features.announcements.model import Announcement, AnnouncementTarget, number_in
from bot.features.announcements.receipts import acknowledging, evidence, reminding
from bot.features.announcements.receipts.actions import (
    GoOn,
    RemindSilent,
    RetryFailed,
    SendReceipt,
)
from bot.features.announcements.receipts.reminding import Reminders
from bot.features.audit import Audit
from bot.features.checkins.scope import scope
from bot.features.groups import channels
from bot.features.jobs.queue import Jobs, answer_to
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.rights import Act
from bot.handlers.kit.speaker import to_menu
from bot.i18n import msg
from bot.understanding.ranking import Ranking

from . import unclear
from .common import commune_to_write_for
from .receipt_wording import GOES_ON, clock, offers, shown
from .unclear import GONE, STOPPED, Decides, UnclearDeliveryConversation, allowed, sending_again

_SHOWN = 5
_REMINDED = msg("Đã nhắc người phụ trách của {count} thôn chưa xác nhận.")
_NOBODY_REMINDED = msg("Không nhắc thêm ai: các thôn ấy vừa được nhắc, hoặc chưa có ai nhận tin qua bot. Mời gọi điện.")
_NOT_TO_CONFIRM = msg("{label} đã hết hạn, hoặc đã có đính chính hay thu hồi, nên không nhắc xác nhận nữa.")
_LABEL = patterns.compile(r"\btb[ -]*\d{1,7}\b")


class ReceiptOutbox(Decides, Protocol):
    """The outbox, as far as it is needed here."""

    async def arrived(self, key: str, now: datetime) -> int: ...

    async def retry(self, announcement: int, now: datetime) -> int: ...

    async def resume(self, announcement: int, now: datetime) -> int: ...


class ReceiptConversation:
    def __init__(self, box: ReceiptOutbox, jobs: Jobs, search: Ranking, reminders: Reminders, audit: Audit) -> None:
        self._box = box
        self._reminders = reminders
        self._audit = audit
        self._search = search
        self._jobs = jobs
        self.unclear = UnclearDeliveryConversation(box)

    # In the villages

    async def received(self, ctx: Context, action: Received) -> None:
        await self._confirm(ctx, action.announcement, action.target, played=False)

    async def played(self, ctx: Context, action: TellPlayed) -> None:
        await self._confirm(ctx, action.announcement, action.target, played=True)

    async def hear_received(self, ctx: Context, words: str) -> bool:
        """Confirm for “đã nhận” the unconfirmed messages to the village; only from people who may confirm."""
        if not self._search.means(words, "leader:received"):
            return False
        found = await scope(_account(ctx), None if ctx.private else ctx.chat.id, ctx.now)
        if found is None:
            return False
        places = [found.here] if found.here is not None else found.own
        waiting = [each for place in places for each in await store.unconfirmed(place.id, _SHOWN)]
        if len(waiting) == 1:
            await self._confirm(ctx, waiting[0][0].id, waiting[0][1].id, played=False)
        elif waiting:
            buttons = [
                Button.to(f"{ctx.word('Đã nhận')} {one.label}", Received(one.id, target.id)) for one, target in waiting
            ]
            ctx.reply(ctx.t("Bác đã nhận tin nào?"), buttons)
        elif ctx.private:
            ctx.reply(ctx.t("Không có thông báo nào chờ bác xác nhận."), to_menu(ctx))
        return True

    async def _confirm(self, ctx: Context, announcement_id: int, target_id: int, *, played: bool) -> None:
        """Confirm the arrival, for those who lead the group; any press in that group proves that it arrived there."""
        one, target = await store.get(announcement_id), await store.target_of(target_id)
        if one is None or target is None or target.announcement_id != one.id:
            ctx.reply(ctx.t(GONE))
            return
        who = await people.who(_account(ctx), ctx.now)
        allowed = await rights.decide(who, Act.ACKNOWLEDGE, target.unit_id, on=ctx.now)
        here = await self._is_here(ctx, target)
        async with ctx.changes():
            if here:
                await self._box.arrived(target.package, ctx.now)
            if allowed.allowed:
                await self._say_confirmed(ctx, one, target, who.person_id, played=played)
            elif ctx.private:
                ctx.reply(ctx.t(allowed.why))
            # A whole village may press: in its group only those who lead it get an answer.

    async def _say_confirmed(
        self, ctx: Context, one: Announcement, target: AnnouncementTarget, person_id: int | None, *, played: bool
    ) -> None:
        say = acknowledging.played if played else acknowledging.received
        first = await say(target, person_id, ctx.now)
        fresh = await store.target_of(target.id) or target
        at = (fresh.played_at if played else fresh.ack_at) or ctx.now
        place = await units.by_id(target.unit_id)
        name = "" if place is None else upper_first(place.full_name)
        values = {"label": one.label, "time": clock(ctx, at)}
        if not first:
            ctx.reply(ctx.t("{village} đã xác nhận {label} lúc {time} rồi.", village=name, **values))
        elif played:
            ctx.reply(ctx.t("✅ {village} đã phát loa {label} lúc {time}. Cảm ơn bác.", village=name, **values))
        else:
            replies = [ctx.t("✅ {village} đã nhận {label} lúc {time}. Cảm ơn bác.", village=name, **values)]
            asked = [way for way in await other_channels.of(one.id) if way in other_channels.OF_VILLAGE]
            if asked:
                told = ", ".join(ctx.word(other_channels.OTHER_CHANNELS[way]) for way in asked)
                replies.append(ctx.t("Xã nhờ thôn đưa tin này thêm bằng: {ways}.", ways=told))
            ctx.reply(Text.join("\n", replies))

    async def _is_here(self, ctx: Context, target: AnnouncementTarget) -> bool:
        channel = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        return channel is not None and channel.id == target.channel_id

    # For the officials

    async def show(self, ctx: Context, words: str) -> bool:
        """Show the receipt of the announcement whose number is in the words, else of those that are sent.

        A resident's “biên nhận hồ sơ” is left to the other families.
        """
        named = _LABEL.search(fold(words))
        return await self._find(ctx, "" if named is None else named[0])

    async def _find(self, ctx: Context, label: str) -> bool:
        commune = await commune_to_write_for(ctx, await people.who(_account(ctx), ctx.now))
        if commune is None:
            return False
        if label:
            one = await store.by_number(commune.id, number_in(label) or 0)
            sent = [one] if one is not None and one.rows else []
        else:
            running = [one for one in await store.open_ones(commune.id) if one.rows]
            sent = [*running, *await store.ended(commune.id, _SHOWN)][:_SHOWN]
        if len(sent) == 1:
            await self.open(ctx, OpenReceipt(sent[0].id))
            return True
        buttons = [Button.to(f"{one.label} {one.title}"[:40], OpenReceipt(one.id)) for one in sent]
        if sent:
            reply = ctx.t("Bác xem biên nhận của tin nào?")
        elif label:
            reply = ctx.t("Chưa có biên nhận: {label} chưa gửi, hoặc không có.", label=label.upper())
        else:
            reply = ctx.t("Chưa có biên nhận: xã chưa gửi tin nào.")
        ctx.reply(reply, [*buttons, Button.to(ctx.word("Các thông báo"), ListAnnouncements())])
        return True

    async def open(self, ctx: Context, action: OpenReceipt) -> None:
        found = await allowed(ctx, action.announcement)
        if found is not None:
            ctx.replace(await shown(ctx, found), offers(ctx, found))

    async def send(self, ctx: Context, action: SendReceipt) -> None:
        found = await allowed(ctx, action.announcement)
        if found is None:
            return
        async with ctx.changes():
            body = {"announcement": str(action.announcement), "event": ctx.event.id, **answer_to(ctx.chat)}
            await self._jobs.ask(evidence.JOB, body, key=f"receipt:{ctx.event.id}"[:120], now=ctx.now)
            ctx.reply(ctx.t("Đang soạn tệp, xong tôi gửi bác ngay."))

    async def remind(self, ctx: Context, action: RemindSilent) -> None:
        """Remind the villages that have not confirmed; a second press within the hour tells nobody twice."""
        found = await allowed(ctx, action.announcement)
        if found is None:
            return
        one = found.announcement
        if not await reminding.is_to_confirm(one, ctx.now):
            ctx.reply(ctx.t(_NOT_TO_CONFIRM, label=one.label))
            return
        async with ctx.changes():
            count = await self._reminders.ask_again(found, ctx.now)
            if count:
                who = await people.who(_account(ctx), ctx.now)
                about = f"announcement:{one.id}"
                await self._audit.append(who.person_id, "announcement.reminded", about, ctx.now, {"villages": count})
            back = [Button.to(ctx.word("Biên nhận"), OpenReceipt(one.id))]
            ctx.reply(ctx.t(_REMINDED, count=count) if count else ctx.t(_NOBODY_REMINDED), back)

    async def retry(self, ctx: Context, action: RetryFailed) -> None:
        """Retry failed messages, also in groups that took the bot back; a second press finds nothing to retry."""
        await self._again(ctx, action.announcement, self._box.retry)

    async def go_on(self, ctx: Context, action: GoOn) -> None:
        await self._again(ctx, action.announcement, self._box.resume)

    async def _again(self, ctx: Context, announcement_id: int, act: Callable[[int, datetime], Awaitable[int]]) -> None:
        found = await allowed(ctx, announcement_id)
        if found is None:
            return
        if found.announcement.state not in GOES_ON:
            ctx.reply(ctx.t(STOPPED))
            return
        async with ctx.changes():
            count = await act(announcement_id, ctx.now)
            if count:
                await sending_again(found.announcement, ctx.now)
            ctx.reply(
                ctx.t("Tôi gửi tiếp {count} tin. Bác xem lại biên nhận sau ít phút.", count=count)
                if count
                else ctx.t("Không còn tin nào để gửi tiếp."),
                [Button.to(ctx.word("Biên nhận"), OpenReceipt(announcement_id))],
            )


def _account(ctx: Context) -> Account:
    return Account(ctx.chat.platform, ctx.sender.id)


def build(conversation: ReceiptConversation) -> Router:
    router = Router()
    router.action(Received)(conversation.received)
    router.action(TellPlayed)(conversation.played)
    router.action(OpenReceipt)(conversation.open)
    router.action(SendReceipt)(conversation.send)
    router.action(RemindSilent)(conversation.remind)
    router.action(RetryFailed)(conversation.retry)
    router.action(GoOn)(conversation.go_on)
    router.include(unclear.build(conversation.unclear))
    return router
