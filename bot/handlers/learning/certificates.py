"""“Nhận giấy chứng nhận”: what was learned is looked up, the name is asked and read back, a job draws the picture."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from hashlib import sha256

from msgspec import Struct

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.features import units
from bot.features.calendar.vietnam import VIETNAM
from bot.features.commune.settings import Commune
from bot.features.guides import progress, quizzes
from bot.features.guides.library import Library
from bot.features.jobs.queue import Jobs
from bot.features.learning import certificate_job, seats, sessions
from bot.features.learning.certificate import LONGEST_NAME, Certificate, Kind, name_of
from bot.features.people import people
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.i18n import msg

FLOW, NAME = "certificate", "name"
NO_NAME = msg("Bác gõ họ tên bằng chữ, từ 2 đến {most} chữ cái, ví dụ: Nguyễn Thị Hoa.")

_NOT_YET = msg("Bác trả lời hết các câu hỏi cuối bài, đúng từ hai phần ba trở lên, rồi tôi ghi giấy cho bác.")
_NOT_ATTENDED = msg("Giấy của buổi tập huấn dành cho người đã trả lời hết các câu hỏi cuối buổi.")
_ASK = msg(
    "Trên giấy tôi ghi tên bác thế nào? Bác gõ đầy đủ họ tên, có dấu.\n"
    "Tên chỉ dùng để vẽ giấy này, tôi không lưu vào danh sách nào."
)


class CertifyGuide(Action, code="cg"):
    guide: str


class CertifyTraining(Action, code="cgt"):
    training: str


class DrawCertificate(Action, code="cd"):
    """Yes to the name as it was read back."""


class _Learned(Struct, frozen=True):
    """Everything of a certificate but the name."""

    kind: Kind
    title: str
    day: date
    giver: str


class CertificateConversation:
    def __init__(self, library: Library, commune: Callable[[Context], Commune], jobs: Jobs) -> None:
        self._library = library
        self._commune = commune
        self._jobs = jobs

    async def for_guide(self, ctx: Context, action: CertifyGuide) -> None:
        await self._ask(ctx, "guide", action.guide)

    async def for_training(self, ctx: Context, action: CertifyTraining) -> None:
        await self._ask(ctx, "session", action.training)

    async def _ask(self, ctx: Context, kind: Kind, subject: str) -> None:
        if in_private(ctx) and await self._learned(ctx, kind, subject) is not None:
            ctx.wait_for(FLOW, NAME, {"kind": kind, "subject": subject, "name": ""})
            ctx.reply(ctx.t(_ASK), expects="text")

    async def take_name(self, ctx: Context) -> None:
        """Take the name, or another one as long as none was agreed to."""
        flow = ctx.flow
        if flow is None or not isinstance(ctx.event, TextSent):
            return
        name = name_of(ctx.event.text)
        if name is None:
            ctx.reply(ctx.t(NO_NAME, most=LONGEST_NAME), expects="text")
            return
        ctx.wait_for(FLOW, NAME, {**flow.data, "name": name})
        ctx.reply(
            ctx.t("Tên trên giấy là:\n\n**{name}**\n\nĐúng chưa ạ? Chưa đúng thì bác gõ lại.", name=name),
            [Button.to(ctx.word("Đúng, làm giấy"), DrawCertificate())],
        )

    async def draw(self, ctx: Context, action: DrawCertificate) -> None:
        """Queue the certificate, once for each name that was agreed to."""
        flow = ctx.flow
        name = flow.data.get("name", "") if flow is not None and flow.name == FLOW else ""
        if not in_private(ctx):
            return
        if flow is None or not name:
            ctx.reply(ctx.t("Giấy này tôi đã làm, hoặc bác chưa gõ tên. Bác chọn lại “Nhận giấy chứng nhận” nhé."))
            return
        kind: Kind = "session" if flow.data["kind"] == "session" else "guide"
        learned = await self._learned(ctx, kind, flow.data["subject"])
        if learned is None:
            return
        one = Certificate(name, learned.kind, learned.title, learned.day, learned.giver)
        event = sha256(f"{ctx.chat.platform} {ctx.chat.id} {ctx.event.id}".encode()).hexdigest()[:32]
        ctx.leave_flow()
        async with ctx.changes():
            body = certificate_job.body(one, ctx.chat, ctx.locale, event)
            await self._jobs.ask(certificate_job.JOB, body, key=f"cert:{event}", now=ctx.now)
            ctx.replace(ctx.t("Tôi đang vẽ giấy chứng nhận, xong tôi gửi bác ngay…"))

    async def _learned(self, ctx: Context, kind: Kind, subject: str) -> _Learned | None:
        """Return the achievement to be certified; otherwise say why not, and wait for nothing."""
        found = await (self._guide(ctx, subject) if kind == "guide" else self._training(ctx, subject))
        if found is None:
            ctx.leave_flow()
            why = _NOT_YET if kind == "guide" else _NOT_ATTENDED
            ctx.reply(ctx.t(why), to_menu(ctx))
        return found

    async def _guide(self, ctx: Context, slug: str) -> _Learned | None:
        guide = self._library.get(slug)
        place = await progress.place(account_of(ctx), slug) if guide is not None else None
        if guide is None or place is None:
            return None
        score = await quizzes.score(account_of(ctx), slug, guide.quiz_steps, place.attempt)
        if score is None or not score.passed(len(guide.quiz_steps)):
            return None
        giver = f"Ủy ban nhân dân {self._commune(ctx).full_name}"
        return _Learned("guide", guide.title, score.last.astimezone(VIETNAM).date(), giver)

    async def _training(self, ctx: Context, code: str) -> _Learned | None:
        one = await sessions.by_code(code)
        who = await people.who(account_of(ctx), ctx.now)
        seat = None if one is None else await seats.find(one.id, who.person_id)
        learned = None if one is None or seat is None else await seats.finished(one, seat)
        if one is None or learned is None:
            return None
        place, commune = await units.by_id(one.unit_id), await units.commune_of(one.unit_id)
        if place is None or commune is None:
            return None
        team = "" if place.id == commune.id else f"Tổ công nghệ số cộng đồng {place.full_name}, "
        return _Learned(
            "session", one.title, learned.astimezone(VIETNAM).date(), f"{team}Ủy ban nhân dân {commune.full_name}"
        )


def offer(ctx: Context, guide: str) -> list[Button]:
    """Offer the certificate to who has passed the quiz of a guide."""
    return [Button.to(ctx.word("Nhận giấy chứng nhận"), CertifyGuide(guide))]


def build(conversation: CertificateConversation) -> Router:
    router = Router()
    router.action(CertifyGuide)(conversation.for_guide)
    router.action(CertifyTraining)(conversation.for_training)
    router.action(DrawCertificate)(conversation.draw)
    router.step(FLOW, NAME, TextSent)(conversation.take_name)
    return router
