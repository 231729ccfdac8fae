"""The log of field visits: one's own, the sums of a village, and both as an Excel file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import rights, units
from bot.features.calendar.vietnam import VIETNAM
from bot.features.checkins.reading.stages import STAGES
from bot.features.jobs.queue import Jobs, answer_to
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.quality.actions import ShowChecks
from bot.features.rights import Act
from bot.features.rights.table import DEPUTY, LEADER, OFFICIALS
from bot.features.units import Place
from bot.features.visits import log as visits
from bot.features.visits.apps import APPS, Reached, reached_in
from bot.features.visits.files import JOB
from bot.features.visits.log import OUTCOMES, TOPICS, Sum, Visit
from bot.handlers.kit.hooks import MenuItems, Note
from bot.handlers.kit.speaker import account_of, in_private, reach, to_menu
from bot.i18n import number, short_date

_SHOWN = 12


class LogVisit(Action, code="gh"):
    """Begin to note a visit."""


class ShowLog(Action, code="ghl"):
    """The log of a month (`2026-11`); of a unit by its code, "" one's own."""

    unit: str
    month: str


class LogFile(Action, code="ghx"):
    unit: str
    month: str


class VisitLogConversation:
    """`first` answers for those whose log is another one, `more` adds buttons to it."""

    def __init__(self, jobs: Jobs, *, first: Sequence[Note] = (), more: Sequence[MenuItems] = ()) -> None:
        self._jobs = jobs
        self._first = first
        self._more = more

    async def log(self, ctx: Context) -> None:
        for first in self._first:
            if await first(ctx):
                return
        await self.show_log(ctx, ShowLog("", month_of(ctx)))

    async def show_log(self, ctx: Context, action: ShowLog) -> None:
        """Show one's own visits of a month; to those who lead a village also the sums of its people."""
        days = days_of(action.month)
        if not in_private(ctx) or days is None:
            return
        who = await people.who(account_of(ctx), ctx.now)
        led = await self._led(ctx, who)
        buttons = [
            Button.to(ctx.word("Nhật ký của") + f" {one.full_name}", ShowLog(one.code, action.month))
            for one in led
            if one.code != action.unit
        ]
        if action.unit:
            place = next((one for one in led if one.code == action.unit), None)
            if place is None:
                ctx.reply(ctx.t("Nhật ký của nơi này chỉ mở cho Tổ trưởng, Tổ phó và cán bộ xã."), to_menu(ctx))
                return
            lines = await self._sums(ctx, place, days)
        else:
            lines = await self._own(ctx, who, days)
        buttons += [button for add in self._more for button in await add(ctx)]
        buttons += [
            Button.to(ctx.word("Tháng trước"), ShowLog(action.unit, month_before(days[0]))),
            Button.to(ctx.word("Xuất Excel"), LogFile(action.unit, action.month)),
            Button.to(ctx.word("Hỏi lại sau 30 ngày"), ShowChecks()),
        ]
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def _own(self, ctx: Context, who: Who, days: tuple[date, date]) -> list[Text]:
        found = [] if who.person_id is None else await visits.of_person(who.person_id, *days)
        if not found:
            return [
                ctx.t("Tháng {month} bác chưa ghi lượt hỗ trợ nào. Gõ “ghi lượt” để ghi.", month=f"{days[0]:%m/%Y}")
            ]
        lines = [
            ctx.t(
                "**Nhật ký của bác, tháng {month}:** {visits} lượt, {people} người, {hours} giờ.",
                month=f"{days[0]:%m/%Y}", visits=len(found), people=sum(one.people for one in found),
                hours=hours(ctx, sum(one.minutes for one in found)),
            )
        ]  # fmt: skip
        lines += [
            ctx.t(
                "• {day}: {topic}, {count} người, {outcome}",
                day=short_date(one.day, ctx.locale), topic=with_stage(ctx, one), count=one.people,
                outcome=ctx.word(OUTCOMES[one.outcome]),
            )
            for one in found[-_SHOWN:]
        ]  # fmt: skip
        return lines

    async def _sums(self, ctx: Context, place: Place, days: tuple[date, date]) -> list[Text]:
        ids = [place.id, *(one.id for one in await units.descendants(place.id, days[1]))]
        found = visits.sums(await visits.of_units(ids, *days))
        lines = [ctx.t("**Lượt hỗ trợ của {unit}, tháng {month}:**", unit=place.full_name, month=f"{days[0]:%m/%Y}")]
        if not found:
            lines = [
                ctx.t(
                    "{unit} chưa ghi lượt hỗ trợ nào trong tháng {month}.",
                    unit=upper_first(place.full_name),
                    month=f"{days[0]:%m/%Y}",
                )
            ]
        lines += [sum_line(ctx, one) for one in found[:_SHOWN]]
        lines += reached_lines(ctx, await reached_in(ids, *days))
        helping = await visits.volunteers(ids, ctx.now)
        if helping:
            lines.append(ctx.t("Đoàn viên tình nguyện đang giúp:"))
        lines += [
            ctx.t(
                "• {name}, đến {day}",
                name=one.name or ctx.word("một người"),
                day=ctx.word("khi thôi") if one.until is None else short_date(one.until, ctx.locale),
            )
            for one in helping[:_SHOWN]
        ]
        return lines

    async def file(self, ctx: Context, action: LogFile) -> None:
        """Ask for the job; the file comes by itself."""
        days = days_of(action.month)
        if not in_private(ctx) or days is None:
            return
        who = await people.who(account_of(ctx), ctx.now)
        led = await self._led(ctx, who)
        mine = visits.role_of(who)
        own = None if mine is None else await units.by_id(mine[1])
        place = next((one for one in led if one.code == action.unit), None) if action.unit else own
        if place is None or who.person_id is None:
            ctx.reply(ctx.t("Nhật ký của nơi này chỉ mở cho Tổ trưởng, Tổ phó và cán bộ xã."), to_menu(ctx))
            return
        event = sha256(f"{ctx.chat.platform} {ctx.chat.id} {ctx.event.id}".encode()).hexdigest()[:32]
        body = {
            "unit": place.code, "person": "" if action.unit else str(who.person_id), "first": days[0].isoformat(),
            "last": days[1].isoformat(), "event": event, "locale": ctx.locale, **answer_to(ctx.chat),
        }  # fmt: skip
        async with ctx.changes():
            await self._jobs.ask(JOB, body, key=f"visits:{event}", now=ctx.now)
            ctx.reply(ctx.t("Đang soạn tệp Excel, xong tôi gửi bác ngay…"))

    async def _led(self, ctx: Context, who: Who) -> list[Place]:
        """Return the units whose log somebody may see."""
        return [
            place
            for place in await reach(ctx, who, {LEADER, DEPUTY, *OFFICIALS})
            if (await rights.decide(who, Act.LOG_VISIT, place.id, on=ctx.now)).allowed
        ]


def with_stage(ctx: Context, one: Visit) -> str:
    """Name app or topic with its stage: `VNeID (dùng được)`, `VNeID` or `Chính quyền số`."""
    name = subject_name(ctx, one.app or one.topic)
    return f"{name} ({ctx.word(STAGES[one.stage]).lower()})" if one.stage else name


def sum_line(ctx: Context, one: Sum) -> Text:
    return ctx.t(
        "• {name}: {visits} lượt, {people} người, {hours} giờ",
        name=one.name or ctx.word("một người"), visits=one.visits, people=one.people, hours=hours(ctx, one.minutes),
    )  # fmt: skip


def reached_lines(ctx: Context, found: Reached) -> list[Text]:
    """List how many people were helped to which stage of which app, below a heading."""
    if not found:
        return []
    lines = [ctx.t("Bà con được giúp, theo ứng dụng:")]
    for app, stages in found.items():
        told = ", ".join(f"{ctx.word(STAGES[stage]).lower()} {count}" for stage, count in stages.items())
        lines.append(ctx.t("• {app}: {told} người", app=subject_name(ctx, app), told=told))
    return lines


def subject_name(ctx: Context, code: str) -> str:
    """Name an app or a topic."""
    return ctx.word(APPS[code].name) if code in APPS else topic_name(ctx, code)


def topic_name(ctx: Context, code: str) -> str:
    return ctx.word(TOPICS.get(code, TOPICS["khac"])).capitalize()


def month_of(ctx: Context) -> str:
    return f"{ctx.now.astimezone(VIETNAM):%Y-%m}"


def month_before(first: date) -> str:
    return f"{first - timedelta(days=1):%Y-%m}"


def hours(ctx: Context, minutes: int) -> str:
    return number(round(minutes / 60, 1), ctx.locale)


def days_of(month: str) -> tuple[date, date] | None:
    """Return the first and last day of `2026-11`; None if it is no month."""
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", month):
        return None
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def build(conversation: VisitLogConversation) -> Router:
    router = Router()
    router.command("nhatky", "nhật ký", "nhật ký hoạt động", "nhật ký hỗ trợ")(conversation.log)
    router.action(ShowLog)(conversation.show_log)
    router.action(LogFile)(conversation.file)
    return router
