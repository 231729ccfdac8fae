"""The common ground of the conversations about meetings: rights, a meeting in its shown version, card and offers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features import rights, units
from bot.features.meetings import book
from bot.features.meetings.actions import (
    AssignPoint,
    CancelMeeting,
    CollectQuestions,
    DrawInvitation,
    ListMeetings,
    PassOnPoint,
    ReportMeeting,
    WriteMinutes,
)
from bot.features.meetings.model import KINDS, Meeting, Point
from bot.features.meetings.notices import moment
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.features.rights.table import DEPUTY, LEADER
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, reach, to_menu
from bot.i18n import msg, number

FLOW = "meeting"
SKIP = frozenset({"bo qua", "boqua", "khong", "khong co", "khong co gi", "thoi"})
NOT_LEADER = msg("Việc mời họp Tổ, họp thôn là của Tổ trưởng, Tổ phó.")
STATES = {"called": msg("chưa có biên bản"), "held": msg("đã có biên bản")}
_LABEL = 36


async def led(ctx: Context, who: Who) -> Sequence[Place]:
    """Return the villages that somebody leads: a team meets on the word of its leader or deputy."""
    places = [one for one in await reach(ctx, who, {LEADER, DEPUTY}) if one.level == "village"]
    return [one for one in places if await leads(who, one.id, ctx.now)]


async def leads(who: Who, unit_id: int, now: datetime) -> bool:
    """Return whether somebody calls meetings of this village and writes their minutes."""
    own = Who(who.account, who.person_id, who.name, tuple(one for one in who.grants if one.role in (LEADER, DEPUTY)))
    return (await rights.decide(own, Act.ASSIGN_TASKS, unit_id, on=now)).allowed


async def opened(ctx: Context, meeting_id: int, version: int | None = None) -> tuple[Who, Meeting] | None:
    """Return the meeting in its shown version for its leader; else say why not, or show it as it is now."""
    if not in_private(ctx):
        return None
    who, one = await people.who(account_of(ctx), ctx.now), await book.get(meeting_id)
    if one is None:
        ctx.reply(ctx.t("Không còn cuộc họp này."), to_menu(ctx))
        return None
    if not await leads(who, one.unit_id, ctx.now):
        ctx.leave_flow()
        ctx.reply(ctx.t(NOT_LEADER), to_menu(ctx))
        return None
    if version is not None and one.version != version:
        ctx.leave_flow()
        await show(ctx, one, ctx.t("Cuộc họp này vừa thay đổi, tình hình bây giờ:"))
        return None
    return who, one


async def show(ctx: Context, one: Meeting, note: Text | None = None) -> None:
    """Show the card with the actions that are possible now."""
    lines = [] if note is None else [note]
    ctx.reply(Text.join("\n", [*lines, await card(ctx, one)]), await offers(ctx, one))


async def card(ctx: Context, one: Meeting) -> Text:
    place = await units.by_id(one.unit_id)
    lines = [
        ctx.t(
            "**{kind}** {unit}: {subject}",
            kind=ctx.word(KINDS[one.kind]), unit="" if place is None else place.full_name, subject=one.subject,
        ),
        ctx.t("Lúc {time}, tại {place}.", time=moment(one.starts_at, ctx.locale), place=one.place),
    ]  # fmt: skip
    if one.agenda:
        lines += [ctx.t("Nội dung:"), *(Text.verbatim(f"• {item}") for item in one.agenda)]
    if one.state == "cancelled":
        lines.append(ctx.t("Cuộc họp này đã hoãn."))
    if one.present is not None:
        lines.append(ctx.t("Số người dự: {count}.", count=number(one.present, ctx.locale)))
    decided = await book.points(one.id, "decision")
    asked = await book.points(one.id, "question")
    lines += [ctx.t("Việc đã quyết:"), *(Text.verbatim(f"• {each.text}") for each in decided)] if decided else []
    lines += [ctx.t("Bà con hỏi:"), *(_question(ctx, each) for each in asked)] if asked else []
    return Text.join("\n", lines)


async def offers(ctx: Context, one: Meeting) -> list[Button]:
    found: list[Button] = []
    if one.state == "held":
        found += [
            Button.to(_label(ctx.word("Giao việc"), each), AssignPoint(each.id))
            for each in await book.points(one.id, "decision")
        ]
        found += [
            Button.to(_label(ctx.word("Chuyển xã"), each), PassOnPoint(each.id))
            for each in await book.points(one.id, "question")
            if not each.passed_on
        ]
        found.append(Button.to(ctx.word("Đưa vào số liệu"), ReportMeeting(one.id)))
    if one.state != "cancelled":
        again = ctx.word("Viết biên bản") if one.state == "called" else ctx.word("Viết lại biên bản")
        found.append(Button.to(again, WriteMinutes(one.id, one.version)))
        found.append(Button.to(ctx.word("Ghi câu hỏi của bà con"), CollectQuestions(one.id)))
    if one.state == "called":
        found.append(Button.to(ctx.word("Giấy mời (Word)"), DrawInvitation(one.id)))
        found.append(Button.to(ctx.word("Hoãn họp"), CancelMeeting(one.id, one.version, sure=False)))
    return [*found, Button.to(ctx.word("Các cuộc họp"), ListMeetings()), *to_menu(ctx)]


def _question(ctx: Context, one: Point) -> Text:
    return Text.verbatim(f"• {one.text}") + (ctx.t(" (đã chuyển xã)") if one.passed_on else Text())


def _label(verb: str, one: Point) -> str:
    text = one.text if len(one.text) <= _LABEL else one.text[: _LABEL - 1].rstrip() + "…"
    return f"{verb}: {text}"
