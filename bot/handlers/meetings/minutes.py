"""After a meeting: its minutes from a few answers, tasks out of what was decided, questions to the commune."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.lean import patterns
from bot.core.router import Router
from bot.core.text import fold
from bot.features import units
from bot.features.audit import Audit
from bot.features.checkins.scope import FigureScope, scope
from bot.features.jobs.queue import Jobs, answer_to
from bot.features.meetings import book
from bot.features.meetings.actions import (
    AssignPoint,
    CollectQuestions,
    DrawInvitation,
    PassOnPoint,
    ReportMeeting,
    WriteMinutes,
)
from bot.features.meetings.model import LONGEST_LINE, MOST_LINES, MOST_PRESENT, Meeting, lines
from bot.features.units import Place
from bot.handlers.kit.provisions import GiveTask, TakeFigures
from bot.handlers.kit.speaker import account_of
from bot.handlers.kit.typed import answer, too_long
from bot.i18n import msg

from .common import FLOW, SKIP, opened, show
from .papers import INVITATION, KIND, MINUTES, MeetingPaperOrder

PRESENT, SECRETARY, DECISIONS, ASKED, QUESTIONS = "present", "secretary", "decisions", "asked", "questions"
_LONGEST_NAME = 80

_PRESENT = msg("Có bao nhiêu người dự? Bác gõ một con số.")
_WRONG_PRESENT = msg("Bác gõ một con số từ 1 đến {most}, ví dụ: 25.")
_SECRETARY = msg("Ai ghi biên bản? Bác gõ họ tên.")
_DECISIONS = msg(
    "Họp quyết những việc gì? Mỗi việc một dòng: việc gì, ai làm, hạn ngày nào. "
    "Ví dụ: dán áp phích ở chợ, anh Ba, hạn 5/12. Không có thì bác gõ BỎ QUA."
)
_ASKED = msg("Bà con hỏi những gì? Mỗi câu một dòng, không ghi tên ai. Không có thì bác gõ BỎ QUA.")
_MORE_QUESTIONS = msg("Bác gõ câu hỏi của bà con, mỗi câu một dòng, không ghi tên ai.")
_TOO_MANY = msg("Bác gõ nhiều nhất {most} dòng, mỗi dòng ngắn dưới {longest} chữ cái.")
_NUMBER = patterns.compile(r"(?<![\d/.,])(\d{1,4})(?![\d/.,])")

KeepDifficulty = Callable[[Context, FigureScope, Place, str, str], Awaitable[object]]
"""Inside the caller's transaction: keep a difficulty of a place and tell its owner."""


class MinutesConversation:
    """`report` reads words as a report of figures; `give` asks what a task still lacks."""

    def __init__(
        self, jobs: Jobs, audit: Audit, give: GiveTask, keep: KeepDifficulty | None, report: TakeFigures
    ) -> None:
        self._jobs = jobs
        self._audit = audit
        self._give = give
        self._keep = keep
        self._report = report

    async def draw_invitation(self, ctx: Context, action: DrawInvitation) -> None:
        found = await opened(ctx, action.meeting)
        if found is None:
            return
        async with ctx.changes():
            await self._ask_for(ctx, MeetingPaperOrder(found[1].id, INVITATION))
            ctx.reply(ctx.t("Đang soạn giấy mời…"))

    async def write(self, ctx: Context, action: WriteMinutes) -> None:
        found = await opened(ctx, action.meeting, action.version)
        if found is None:
            return
        one = found[1]
        if one.state == "cancelled":
            await show(ctx, one)
            return
        ctx.wait_for(FLOW, PRESENT, {"id": str(one.id), "version": str(one.version)})
        ctx.reply(ctx.t(_PRESENT), expects="text")

    async def take_present(self, ctx: Context) -> None:
        data, words = answer(ctx)
        number = _NUMBER.search(words)
        if number is None or not 0 < int(number[1]) <= MOST_PRESENT:
            ctx.reply(ctx.t(_WRONG_PRESENT, most=MOST_PRESENT), expects="text")
            return
        ctx.wait_for(FLOW, SECRETARY, {**data, "present": number[1]})
        ctx.reply(ctx.t(_SECRETARY), expects="text")

    async def take_secretary(self, ctx: Context) -> None:
        data, words = answer(ctx)
        if too_long(ctx, words, _LONGEST_NAME):
            return
        ctx.wait_for(FLOW, DECISIONS, {**data, "secretary": " ".join(words.split()).rstrip(" .,;")})
        ctx.reply(ctx.t(_DECISIONS), expects="text")

    async def take_decisions(self, ctx: Context) -> None:
        data, words = answer(ctx)
        if not _too_much(ctx, words):
            ctx.wait_for(FLOW, ASKED, {**data, "decisions": "" if fold(words) in SKIP else words})
            ctx.reply(ctx.t(_ASKED), expects="text")

    async def take_asked(self, ctx: Context) -> None:
        """Take the last answer and keep the minutes; a Word file follows by itself."""
        data, words = answer(ctx)
        if _too_much(ctx, words):
            return
        found = await opened(ctx, int(data["id"]), int(data["version"]))
        ctx.leave_flow()
        if found is None:
            return
        who, one = found
        asked = [] if fold(words) in SKIP else lines(words)
        async with ctx.changes():
            held = await book.hold(one, int(data["present"]), lines(data["decisions"]), asked, ctx.now)
            if held is None:
                await show(ctx, await book.get(one.id) or one)
                return
            await self._audit.append(who.person_id, "meeting_minuted", f"meeting:{one.id}", ctx.now)
            await self._ask_for(ctx, MeetingPaperOrder(one.id, MINUTES, data["secretary"]))
            await show(ctx, held, ctx.t("Đang soạn biên bản, xong tôi gửi bác ngay. Cuộc họp bây giờ:"))

    async def collect(self, ctx: Context, action: CollectQuestions) -> None:
        found = await opened(ctx, action.meeting)
        if found is not None:
            ctx.wait_for(FLOW, QUESTIONS, {"id": str(found[1].id)})
            ctx.reply(ctx.t(_MORE_QUESTIONS), expects="text")

    async def take_questions(self, ctx: Context) -> None:
        data, words = answer(ctx)
        if _too_much(ctx, words):
            return
        found = await opened(ctx, int(data["id"]))
        ctx.leave_flow()
        if found is None:
            return
        async with ctx.changes():
            count = await book.ask(found[1].id, [] if fold(words) in SKIP else lines(words))
            await show(ctx, found[1], ctx.t("✅ Đã ghi thêm {count} câu hỏi.", count=count))

    async def assign(self, ctx: Context, action: AssignPoint) -> None:
        """Begin a task from a decision; it is stored only when it is given, so pressing twice does no harm."""
        point = await book.get_point(action.point)
        found = await opened(ctx, 0 if point is None else point.meeting_id)
        place = None if found is None else await units.by_id(found[1].unit_id)
        if point is not None and point.kind == "decision" and place is not None:
            await self._give.begin(ctx, place.code, re.sub(r"\s+[-–]\s+", ", ", point.text))

    async def pass_on(self, ctx: Context, action: PassOnPoint) -> None:
        point = await book.get_point(action.point)
        found = await opened(ctx, 0 if point is None else point.meeting_id)
        if point is None or found is None:
            return
        one = found[1]
        if self._keep is None:
            await show(ctx, one, ctx.t("Xã không nhận khó khăn qua tôi: bác gọi cán bộ xã giúp."))
            return
        place, reach = await units.by_id(one.unit_id), await scope(account_of(ctx), None, ctx.now)
        if place is None or reach is None:
            return
        async with ctx.changes():
            if not await book.pass_on(point):
                await show(ctx, one, ctx.t("Câu này đã chuyển xã rồi."))
                return
            await self._keep(ctx, reach, place, point.text, ctx.event.id)
            await show(ctx, one, ctx.t("✅ Đã chuyển xã. Tôi sẽ báo lại bác khi xã trả lời."))

    async def figures(self, ctx: Context, action: ReportMeeting) -> None:
        """Report the figures that the meeting counts for; the signer says yes to the read-back."""
        found = await opened(ctx, action.meeting)
        place = None if found is None else await units.by_id(found[1].unit_id)
        if found is None or place is None:
            return
        one = found[1]
        if one.present is None:
            await show(ctx, one, ctx.t("Viết biên bản, ghi số người dự rồi, tôi mới đưa vào số liệu được."))
            return
        ctx.reply(ctx.t("Cuộc họp này đã báo số liệu rồi thì bác chọn “Hủy”, để không tính hai lần."))
        await self._report(ctx, _report_of(one, one.present), asked=True, unit=place.code)

    async def _ask_for(self, ctx: Context, order: MeetingPaperOrder) -> None:
        """Ask for the job, inside the transaction."""
        key = f"meeting:{sha256(f'{ctx.chat.platform} {ctx.chat.id} {ctx.event.id}'.encode()).hexdigest()[:32]}"
        body = {**order.body(), **answer_to(ctx.chat), "person": ctx.sender.id, "locale": ctx.locale, "key": key}
        await self._jobs.ask(KIND, body, key=key, now=ctx.now)


def _report_of(one: Meeting, present: int) -> str:
    """Put the meeting in the words of a leader's report: TT04 for a village's, and TT05."""
    return f"{'họp thôn +1, ' if one.kind == 'village' else ''}người dự họp +{present}"


def _too_much(ctx: Context, words: str) -> bool:
    """Ask again if there are too many lines, or too long ones; return whether there are."""
    found = lines(words)
    wrong = len(found) > MOST_LINES or any(len(line) > LONGEST_LINE for line in found)
    if wrong:
        ctx.reply(ctx.t(_TOO_MANY, most=MOST_LINES, longest=LONGEST_LINE), expects="text")
    return wrong


def build(conversation: MinutesConversation) -> Router:
    router = Router()
    router.action(DrawInvitation)(conversation.draw_invitation)
    router.action(WriteMinutes)(conversation.write)
    router.action(CollectQuestions)(conversation.collect)
    router.action(AssignPoint)(conversation.assign)
    router.action(PassOnPoint)(conversation.pass_on)
    router.action(ReportMeeting)(conversation.figures)
    router.step(FLOW, PRESENT, TextSent)(conversation.take_present)
    router.step(FLOW, SECRETARY, TextSent, prose=True)(conversation.take_secretary)
    router.step(FLOW, DECISIONS, TextSent, prose=True)(conversation.take_decisions)
    router.step(FLOW, ASKED, TextSent, prose=True)(conversation.take_asked)
    router.step(FLOW, QUESTIONS, TextSent, prose=True)(conversation.take_questions)
    return router
