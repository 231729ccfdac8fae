"""What became of an announcement: the receipt, “Đã nhận”, decisions on what is uncertain, trying again."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.spoken import words_only
from bot.core.text import Text, fold, upper_first
from bot.features import channels, people, rights, units
from bot.features.accounts import Account
from bot.features.announcements import acknowledging, evidence, store, ways
from bot.features.announcements.actions import ListAnnouncements, Played, Received
from bot.features.announcements.model import Announcement, Target, number_in
from bot.features.announcements.moving import move
from bot.features.announcements.receipt import Receipt, receipt, row_of
from bot.features.announcements.receipt_actions import (
    DecideRow,
    GoOn,
    NextUndecided,
    OpenReceipt,
    RetryFailed,
    SendReceipt,
)
from bot.features.checkins import periods
from bot.features.checkins.scope import scope
from bot.features.jobs import Jobs, answer_to
from bot.features.outbox.states import Decision
from bot.features.rights import Act
from bot.i18n import msg

from .announce_desk import commune_to_write_for
from .inviting import to_menu
from .receipt_texts import clock, decisions, offers, shown
from .typed import says

_DECISIONS: dict[str, Decision] = {"received": "received", "resend": "resend", "drop": "drop"}
_SHOWN = 5
_ASKED = re.compile(
    r"(?:(?:xem|mo|cho toi|gui toi|in) )*bien nhan(?: (?:cua|tin|thong bao|so))*(?: ?(?P<label>(?:tb)?[ -]*\d{1,7}))?"
    r"|nhac(?: lai)?(?: cac| nhung)? (?:thon|nhom|noi)(?: nao)? chua (?:xac )?nhan"
    r"|(?:nhung )?(?:ai|thon nao|nhom nao|noi nao|to nao)(?: con)? (?:chua|da) (?:xac )?nhan"
    r"(?: (?:duoc|tin|thong bao|roi))*"
)
_RECEIVED = re.compile(
    r"(?:(?:toi|thon|to|nhom|chung toi) )*(?:da nhan|nhan roi|nhan duoc roi)(?: (?:duoc|roi|tin|thong bao))*"
)
_GONE = msg("Không còn thông báo này.")
_GOES_ON = ("sending", "done")
_STOPPED = msg("Thông báo này đã dừng, không gửi thêm được.")
_DECIDED = msg("Tin này đã có người quyết định, hoặc đã rõ.")


class Box(Protocol):
    """The outbox, as far as it is needed here."""

    async def arrived(self, key: str, now: datetime) -> int: ...

    async def decide(self, row_id: int, decision: Decision, now: datetime) -> bool: ...

    async def retry(self, announcement: int, now: datetime) -> int: ...

    async def resume(self, announcement: int, now: datetime) -> int: ...


class ReceiptTalk:
    def __init__(self, box: Box, jobs: Jobs) -> None:
        self._box = box
        self._jobs = jobs

    # In the villages

    async def received(self, ctx: Context, action: Received) -> None:
        await self._confirm(ctx, action.announcement, action.target, played=False)

    async def played(self, ctx: Context, action: Played) -> None:
        await self._confirm(ctx, action.announcement, action.target, played=True)

    async def hear_received(self, ctx: Context, words: str) -> bool:
        """“Đã nhận” in words: what the village was sent and nobody has confirmed. Only from who may confirm."""
        if not says(_RECEIVED, words):
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
        """A press in that group proves that it arrived there, whoever pressed; confirming is for those who lead it."""
        one, target = await store.get(announcement_id), await store.target_of(target_id)
        if one is None or target is None or target.announcement_id != one.id:
            ctx.reply(ctx.t(_GONE))
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
        self, ctx: Context, one: Announcement, target: Target, person_id: int | None, *, played: bool
    ) -> None:
        say = acknowledging.played if played else acknowledging.received
        first = await say(target.id, person_id, ctx.now)
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
            said = [ctx.t("✅ {village} đã nhận {label} lúc {time}. Cảm ơn bác.", village=name, **values)]
            asked = [way for way in await ways.of(one.id) if way in ways.OF_VILLAGE]
            if asked:
                told = ", ".join(ctx.word(ways.WAYS[way]) for way in asked)
                said.append(ctx.t("Xã nhờ thôn đưa tin này thêm bằng: {ways}.", ways=told))
            ctx.reply(Text.join("\n", said))

    async def _is_here(self, ctx: Context, target: Target) -> bool:
        channel = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        return channel is not None and channel.id == target.channel_id

    # For the officials

    async def understand(self, ctx: Context, words: str) -> bool:
        """“Biên nhận TB-0001”, “thôn nào chưa nhận”; a resident's “biên nhận hồ sơ” is no matter of ours."""
        asked = _ASKED.fullmatch(fold(words_only(words))) if ctx.private else None
        commune = None if asked is None else await commune_to_write_for(ctx, await people.who(_account(ctx), ctx.now))
        if asked is None or commune is None:
            return False
        label = asked["label"] or ""
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
            said = ctx.t("Bác xem biên nhận của tin nào?")
        elif label:
            said = ctx.t("Chưa có biên nhận: {label} chưa gửi, hoặc không có.", label=label.upper())
        else:
            said = ctx.t("Chưa có biên nhận: xã chưa gửi tin nào.")
        ctx.reply(said, [*buttons, Button.to(ctx.word("Các thông báo"), ListAnnouncements())])
        return True

    async def open(self, ctx: Context, action: OpenReceipt) -> None:
        found = await self._allowed(ctx, action.announcement)
        if found is not None:
            ctx.replace(shown(ctx, found), offers(ctx, found))

    async def next_undecided(self, ctx: Context, action: NextUndecided) -> None:
        found = await self._allowed(ctx, action.announcement)
        if found is not None:
            self._ask(ctx, found)

    async def decide(self, ctx: Context, action: DecideRow) -> None:
        named, decision = await row_of(action.row), _DECISIONS.get(action.decision)
        if named is None or decision is None:
            ctx.reply(ctx.t(_GONE))
            return
        found = await self._allowed(ctx, named[0])
        if found is None:
            return
        if decision == "resend" and found.announcement.state not in _GOES_ON:
            ctx.reply(ctx.t(_STOPPED))
            return
        async with ctx.changes():
            if not await self._box.decide(action.row, decision, ctx.now):
                ctx.reply(ctx.t(_DECIDED))
            elif decision == "resend":
                await _sending_again(found.announcement, ctx.now)
            fresh = await receipt(named[0], periods.today(ctx.now))
            self._ask(ctx, fresh or found)

    async def send(self, ctx: Context, action: SendReceipt) -> None:
        found = await self._allowed(ctx, action.announcement)
        if found is None:
            return
        async with ctx.changes():
            body = {"announcement": str(action.announcement), "event": ctx.event.id, **answer_to(ctx.chat)}
            await self._jobs.ask(evidence.JOB, body, key=f"receipt:{ctx.event.id}"[:120], now=ctx.now)
            ctx.reply(ctx.t("Đang soạn tệp, xong tôi gửi bác ngay."))

    async def retry(self, ctx: Context, action: RetryFailed) -> None:
        """Also for groups that took the bot back in meanwhile. A second press finds nothing more to try."""
        await self._again(ctx, action.announcement, self._box.retry)

    async def go_on(self, ctx: Context, action: GoOn) -> None:
        await self._again(ctx, action.announcement, self._box.resume)

    async def _again(self, ctx: Context, announcement_id: int, act: Callable[[int, datetime], Awaitable[int]]) -> None:
        found = await self._allowed(ctx, announcement_id)
        if found is None:
            return
        if found.announcement.state not in _GOES_ON:
            ctx.reply(ctx.t(_STOPPED))
            return
        async with ctx.changes():
            count = await act(announcement_id, ctx.now)
            if count:
                await _sending_again(found.announcement, ctx.now)
            ctx.reply(
                ctx.t("Tôi gửi tiếp {count} tin. Bác xem lại biên nhận sau ít phút.", count=count)
                if count
                else ctx.t("Không còn tin nào để gửi tiếp."),
                [Button.to(ctx.word("Biên nhận"), OpenReceipt(announcement_id))],
            )

    def _ask(self, ctx: Context, found: Receipt) -> None:
        waiting = [(one, part) for one in found.deliveries for part in one.undecided]
        if not waiting:
            ctx.reply(shown(ctx, found), offers(ctx, found))
            return
        one, part = waiting[0]
        text = ctx.t(
            "Còn {count} tin chưa rõ đã tới chưa.\n**{village}** (nhóm “{group}”), {what} của {label}: "
            "mất mạng lúc {time}. Bác hỏi tổ trưởng xem nhóm đã thấy tin chưa.",
            count=len(waiting),
            village=upper_first(one.village),
            group=one.group,
            what=ctx.word("lời thông báo") if part.number == 1 else ctx.word("tệp kèm theo"),
            label=found.announcement.label,
            time=clock(ctx, part.at),
        )
        ctx.reply(text, [*decisions(ctx, part), Button.to(ctx.word("Biên nhận"), OpenReceipt(found.announcement.id))])

    async def _allowed(self, ctx: Context, announcement_id: int) -> Receipt | None:
        """The receipt, for somebody who may send announcements in that commune; otherwise the refusal is said."""
        found = await receipt(announcement_id, periods.today(ctx.now))
        if found is None:
            ctx.reply(ctx.t(_GONE))
            return None
        who = await people.who(_account(ctx), ctx.now)
        decision = await rights.decide(who, Act.BROADCAST, found.announcement.commune_id, on=ctx.now)
        if decision.allowed:
            return found
        ctx.reply(ctx.t(decision.why))
        return None


async def _sending_again(one: Announcement, now: datetime) -> None:
    """What was done has work again. Who comes second changes nothing: the first one has brought it there."""
    if one.state == "done":
        await move(one, "sending", now, ended_at=None)


def _account(ctx: Context) -> Account:
    return Account(ctx.chat.platform, ctx.sender.id)


def build(talk: ReceiptTalk) -> Router:
    router = Router()
    router.action(Received)(talk.received)
    router.action(Played)(talk.played)
    router.action(OpenReceipt)(talk.open)
    router.action(NextUndecided)(talk.next_undecided)
    router.action(DecideRow)(talk.decide)
    router.action(SendReceipt)(talk.send)
    router.action(RetryFailed)(talk.retry)
    router.action(GoOn)(talk.go_on)
    return router
