"""Deciding what nobody knows: whether a message arrived whose answer was lost. All at once, or group by group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from bot.core.context import Context, ReaderNow
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import rights
from bot.features.announcements.actions import OpenReceipt
from bot.features.announcements.model import Announcement
from bot.features.announcements.moving import move
from bot.features.announcements.receipts.actions import (
    ChooseUndecided,
    DecideMany,
    DecideRow,
    NextUndecided,
    OpenIncident,
)
from bot.features.announcements.receipts.incidents import Incident, incidents
from bot.features.announcements.receipts.receipt import Receipt, receipt, row_of
from bot.features.calendar import periods
from bot.features.outbox.states import CUT_OFF, Decision
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.rights import Act
from bot.i18n import msg

from .receipt_wording import GOES_ON, decisions, happened, incident_line, offers, shown

GONE = msg("Không còn thông báo này.")
STOPPED = msg("Thông báo này đã dừng, không gửi thêm được.")
_DECIDED = msg("Tin này đã có người quyết định, hoặc đã rõ.")
_DECISIONS: dict[str, Decision] = {"received": "received", "resend": "resend", "drop": "drop"}
_LAST = 2**32
"""A press is hostile until it was looked at: no calendar knows some numbers."""
_MOST = 5
"""Incidents that have a button of their own; the others are in “all”."""


class Decides(Protocol):
    """The outbox, as far as it is needed here."""

    async def decide(self, row_id: int, decision: Decision, now: datetime) -> bool: ...

    async def decide_all(
        self, announcement: int, decision: Decision, now: datetime, *, since: datetime, until: datetime, cause: str
    ) -> int: ...


class UnclearDeliveryConversation:
    def __init__(self, box: Decides) -> None:
        self._box = box

    async def next_undecided(self, ctx: Context, action: NextUndecided) -> None:
        found = await allowed(ctx, action.announcement)
        if found is not None:
            await self._ask(ctx, found, incidents(found))

    async def incident(self, ctx: Context, action: OpenIncident) -> None:
        found = await allowed(ctx, action.announcement)
        if found is not None:
            these = [one for one in incidents(found) if one.seconds[0] == action.since and _cause(one) == action.cause]
            await self._ask(ctx, found, these)

    async def choose(self, ctx: Context, action: ChooseUndecided) -> None:
        found = await allowed(ctx, action.announcement)
        if found is not None:
            await self._ask_one(ctx, found)

    async def decide(self, ctx: Context, action: DecideRow) -> None:
        named, decision = await row_of(action.row), _DECISIONS.get(action.decision)
        if named is None or decision is None:
            ctx.reply(ctx.t(GONE))
            return
        found = await self._may_decide(ctx, named[0], decision)
        if found is None:
            return
        async with ctx.changes():
            if not await self._box.decide(action.row, decision, ctx.now):
                ctx.reply(ctx.t(_DECIDED))
            elif decision == "resend":
                await sending_again(found.announcement, ctx.now)
            fresh = await receipt(named[0], periods.today(ctx.now))
            await self._ask_one(ctx, fresh or found)

    async def decide_many(self, ctx: Context, action: DecideMany) -> None:
        """Decide all messages that became unclear in this period, and none that came after it was shown."""
        decision = _DECISIONS.get(action.decision)
        if decision is None:
            ctx.reply(ctx.t(GONE))
            return
        found = await self._may_decide(ctx, action.announcement, decision)
        if found is None:
            return
        since, until = (datetime.fromtimestamp(min(max(0, at), _LAST), UTC) for at in (action.since, action.until))
        async with ctx.changes():
            count = await self._box.decide_all(
                found.announcement.id, decision, ctx.now, since=since, until=until, cause=action.cause
            )
            if count and decision == "resend":
                await sending_again(found.announcement, ctx.now)
                reply = ctx.t("Tôi gửi lại {count} tin, ghi rõ “(gửi lại)” ở đầu tin.", count=count)
            elif count:
                reply = ctx.t("Đã ghi: {count} tin nhóm đã nhận được.", count=count)
            else:
                reply = ctx.t(_DECIDED)
            fresh = await receipt(found.announcement.id, periods.today(ctx.now)) or found
            ctx.reply(Text.join("\n", [reply, await shown(ctx, fresh)]), offers(ctx, fresh))

    async def _may_decide(self, ctx: Context, announcement: int, decision: Decision) -> Receipt | None:
        found = await allowed(ctx, announcement)
        if found is not None and decision == "resend" and found.announcement.state not in GOES_ON:
            ctx.reply(ctx.t(STOPPED))
            return None
        return found

    async def _ask(self, ctx: Context, found: Receipt, these: Sequence[Incident]) -> None:
        """Ask one question for all of these incidents; for a single message, the question about its group."""
        if sum(len(one.parts) for one in these) < 2:
            await self._ask_one(ctx, found)
            return
        one = found.announcement
        groups = len({delivery.target.id for each in these for delivery, _ in each.parts})
        text = ctx.t("{count} nhóm chưa rõ đã có {label} chưa:", count=groups, label=one.label)
        lines = [text, *(incident_line(ctx, each) for each in these)]
        lines.append(ctx.t("Gửi lại thì nhóm đã có sẽ thấy tin hai lần, lần sau ghi “(gửi lại)”."))
        buttons = decide_all(ctx, one, these)
        if len(these) > 1:
            buttons += [
                Button.to(happened(ctx, each), OpenIncident(one.id, each.seconds[0], _cause(each)))
                for each in these[:_MOST]
            ]
        buttons.append(Button.to(ctx.word("Chọn từng nhóm"), ChooseUndecided(one.id)))
        ctx.reply(Text.join("\n", lines), [*buttons, Button.to(ctx.word("Biên nhận"), OpenReceipt(one.id))])

    async def _ask_one(self, ctx: Context, found: Receipt) -> None:
        waiting = [(one, part) for one in found.deliveries for part in one.undecided]
        if not waiting:
            ctx.reply(await shown(ctx, found), offers(ctx, found))
            return
        one, part = waiting[0]
        text = ctx.t(
            "Còn {count} tin chưa rõ đã tới chưa.\n**{village}** (nhóm “{group}”), {what} của {label}. "
            "{happened}. Bác hỏi tổ trưởng xem nhóm đã thấy tin chưa.",
            count=len(waiting),
            village=upper_first(one.village),
            group=one.group,
            what=ctx.word("lời thông báo") if part.number == 1 else ctx.word("tệp kèm theo"),
            label=found.announcement.label,
            happened=happened(ctx, Incident(part.reason == CUT_OFF, ((one, part),))),
        )
        ctx.reply(text, [*decisions(ctx, part), Button.to(ctx.word("Biên nhận"), OpenReceipt(found.announcement.id))])


def decide_all(ctx: ReaderNow, one: Announcement, these: Sequence[Incident]) -> list[Button]:
    """Return the buttons that decide all messages of incidents at once."""
    since, until = min(each.seconds[0] for each in these), max(each.seconds[1] for each in these)
    cause = _cause(these[0]) if len(these) == 1 else ""
    return [
        Button.to(ctx.word("Gửi lại tất cả"), DecideMany(one.id, "resend", since, until, cause)),
        Button.to(ctx.word("Các nhóm đã có cả"), DecideMany(one.id, "received", since, until, cause)),
    ]


def _cause(one: Incident) -> str:
    return "cut" if one.cut_off else "lost"


async def allowed(ctx: Context, announcement_id: int) -> Receipt | None:
    """Return the receipt for somebody who may send announcements in that commune; refuse otherwise."""
    found = await receipt(announcement_id, periods.today(ctx.now))
    if found is None:
        ctx.reply(ctx.t(GONE))
        return None
    who = await people.who(Account(ctx.chat.platform, ctx.sender.id), ctx.now)
    decision = await rights.decide(who, Act.BROADCAST, found.announcement.commune_id, on=ctx.now)
    if decision.allowed:
        return found
    ctx.reply(ctx.t(decision.why))
    return None


async def sending_again(one: Announcement, now: datetime) -> None:
    """Set a finished announcement back to sending, as it has work again; a second call changes nothing."""
    if one.state == "done":
        await move(one, "sending", now, ended_at=None)


def build(conversation: UnclearDeliveryConversation) -> Router:
    router = Router()
    router.action(NextUndecided)(conversation.next_undecided)
    router.action(OpenIncident)(conversation.incident)
    router.action(ChooseUndecided)(conversation.choose)
    router.action(DecideRow)(conversation.decide)
    router.action(DecideMany)(conversation.decide_many)
    return router
