"""A training session as its trainer sees it: the card, what comes next, what is passed on, who came, the results."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256

from msgspec import Struct

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.lean import patterns
from bot.core.messages import Attachment, Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights, units
from bot.features.audit import Audit
from bot.features.invites import qr
from bot.features.jobs.queue import Jobs, answer_to
from bot.features.learning import seats, sessions, training_file
from bot.features.learning.sessions import MOST_PRESENT, NEXT, TrainingEvent
from bot.features.learning.topics import Topics, chosen
from bot.features.learning.training_actions import (
    CancelTraining,
    CountPresent,
    MoveTraining,
    OpenTraining,
    ShareTraining,
    TrainingFigures,
    TrainingFile,
)
from bot.features.learning.training_notices import TrainingNotices
from bot.features.people import people
from bot.features.rights import Act
from bot.handlers.kit.media import LinksAt, StoreMedia
from bot.handlers.kit.provisions import TakeFigures
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.i18n import msg

from .training_wording import buttons, counts, heading

FLOW, PRESENT = "training", "present"
JOIN_LINK = "th"

_GONE = msg("Không còn buổi tập huấn này.")
_NEWER = msg("Buổi này vừa thay đổi, tình hình bây giờ:")
_NO_QUESTIONS = msg("Nội dung này không còn câu hỏi nào nên chưa mở được. Bác hủy buổi này rồi lập buổi khác giúp tôi.")
_HOW_MANY = msg("Có bao nhiêu người ngồi dự, tính cả người không dùng điện thoại? Bác gõ con số, từ 1 đến {most}.")
_NUMBER = patterns.compile(r"(?<![\w.,])(\d{1,4})(?![\w.,]\d)")
_FEWEST_OF_MEETING = 5  # "Buổi tập trung, từ năm người dân trở lên" (TC04)

KeepUntil = Callable[[str, datetime], Awaitable[None]]


class Pass(Struct, frozen=True):
    """Hold the means to invite people: links of the messengers, a picture, the leaflet of a guide."""

    links: LinksAt
    store_media: StoreMedia
    keep_until: KeepUntil
    leaflet: Callable[[str], str | None]


class TrainingService:
    """`report` begins a report of figures from words."""

    def __init__(
        self, topics: Topics, notices: TrainingNotices, audit: Audit, jobs: Jobs, passed: Pass, report: TakeFigures
    ) -> None:
        self.topics = topics
        self.passed = passed
        self.notices = notices
        self.audit = audit
        self._jobs = jobs
        self._report = report

    async def held(self, ctx: Context, session_id: int) -> TrainingEvent | None:
        """Return the session for somebody who may teach in its unit; otherwise say why not."""
        one = await sessions.get(session_id)
        who = await people.who(account_of(ctx), ctx.now)
        if not in_private(ctx):
            return None
        if one is None:
            ctx.reply(ctx.t(_GONE), to_menu(ctx))
            return None
        decision = await rights.decide(who, Act.TEACH, one.unit_id, on=ctx.now)
        if not decision.allowed:
            ctx.leave_flow()
            ctx.reply(ctx.t(decision.why), to_menu(ctx))
            return None
        return one

    async def open(self, ctx: Context, action: OpenTraining) -> None:
        one = await self.held(ctx, action.session)
        if one is not None:
            await self.show(ctx, one)

    async def show(self, ctx: Context, one: TrainingEvent, note: Text | None = None) -> None:
        found = await seats.results(one)
        lines = [await heading(ctx, one), *counts(ctx, one, found)]
        ctx.reply(Text.join("\n", lines if note is None else [note, *lines]), [*buttons(ctx, one), *to_menu(ctx)])

    async def share(self, ctx: Context, action: ShareTraining) -> None:
        one = await self.held(ctx, action.session)
        if one is not None and one.live:
            await self.show_share(ctx, one)
        elif one is not None:
            await self.show(ctx, one)

    async def show_share(self, ctx: Context, one: TrainingEvent) -> None:
        """Show the invitation, to be passed on to the participants."""
        text = Text.join(
            "\n",
            [
                await heading(ctx, one),
                ctx.t("Bà con vào buổi học bằng cách nhắn riêng cho tôi: **vào tập huấn {code}**", code=one.code),
            ],
        )
        links = await self.passed.links(f"{JOIN_LINK}_{one.code}", one.unit_id)
        picture = None
        if links:
            text += ctx.t("\nHoặc mở đường dẫn, hay quét mã QR:")
            text += Text.verbatim("".join(f"\n{link}" for link in links))
            name = await self.passed.store_media(qr.png(links[0]), "image/png")
            await self.passed.keep_until(name, one.starts_at + sessions.CLOSED_AFTER)
            picture = Attachment("photo", name, ctx.word("Mã QR vào buổi tập huấn"))
        leaflet = self.passed.leaflet(self.topics.guide(one.topic))
        if leaflet is not None:
            text += ctx.t("\nTờ rơi để in phát cho bà con: {leaflet}", leaflet=leaflet)
        button = Button.to(ctx.word("Xem buổi học"), OpenTraining(one.id))
        ctx.reply(text, [button, *to_menu(ctx)], attachment=picture)

    async def move(self, ctx: Context, action: MoveTraining) -> None:
        one = await self.held(ctx, action.session)
        if one is None:
            return
        to = NEXT.get(one.state)
        if one.version != action.version or to is None:
            await self.show(ctx, one, ctx.t(_NEWER))
            return
        questions = None
        if to == "before":
            commune = await units.commune_of(one.unit_id)
            topic = await self.topics.get(one.topic, commune.id) if commune is not None else None
            if topic is None:
                ctx.reply(ctx.t(_NO_QUESTIONS), [*buttons(ctx, one), *to_menu(ctx)])
                return
            questions = chosen(topic, one.code)
        who = await people.who(account_of(ctx), ctx.now)
        async with ctx.changes():
            moved = await sessions.move(one, to, ctx.now, questions)
            fresh = await sessions.get(one.id) or one
            if not moved:
                await self.show(ctx, fresh, ctx.t(_NEWER))
                return
            await self.audit.append(who.person_id, f"training_{to}", f"training:{one.id}", ctx.now)
            note = None
            if to in ("before", "after"):
                told = await self.notices.opened(fresh, "before" if to == "before" else "after", ctx.now)
                note = ctx.t("✅ Đã mở câu hỏi. Tôi đã nhắn cho {count} người trong buổi.", count=told)
            await self.show(ctx, fresh, note)

    async def cancel(self, ctx: Context, action: CancelTraining) -> None:
        one = await self.held(ctx, action.session)
        if one is None:
            return
        if one.version != action.version or not one.live:
            await self.show(ctx, one, ctx.t(_NEWER))
            return
        if not action.sure:
            choices = [
                Button.to(ctx.word("Hủy buổi này"), CancelTraining(one.id, one.version, True)),
                Button.to(ctx.word("Không hủy"), OpenTraining(one.id)),
            ]
            ctx.reply(ctx.t("Hủy buổi “{title}”? Tôi sẽ báo cho những người đã vào.", title=one.title), choices)
            return
        who = await people.who(account_of(ctx), ctx.now)
        async with ctx.changes():
            if not await sessions.move(one, "cancelled", ctx.now):
                await self.show(ctx, await sessions.get(one.id) or one, ctx.t(_NEWER))
                return
            await self.audit.append(who.person_id, "training_cancelled", f"training:{one.id}", ctx.now)
            await self.notices.cancelled(one, ctx.now)
            ctx.replace(ctx.t("Đã hủy buổi tập huấn “{title}”.", title=one.title), to_menu(ctx))

    # How many came, and what becomes of it

    async def ask_present(self, ctx: Context, action: CountPresent) -> None:
        one = await self.held(ctx, action.session)
        if one is not None:
            ctx.wait_for(FLOW, PRESENT, {"session": str(one.id)})
            ctx.reply(ctx.t(_HOW_MANY, most=MOST_PRESENT), expects="text")

    async def take_present(self, ctx: Context) -> None:
        flow = ctx.flow
        one = None if flow is None else await self.held(ctx, int(flow.data["session"]))
        if one is None or not isinstance(ctx.event, TextSent):
            return
        found = _NUMBER.search(ctx.event.text)
        present = 0 if found is None else int(found[1])
        if not 0 < present <= MOST_PRESENT:
            ctx.reply(ctx.t(_HOW_MANY, most=MOST_PRESENT), expects="text")
            return
        ctx.leave_flow()
        async with ctx.changes():
            await sessions.count_present(one, present, ctx.now)
            note = ctx.t("✅ Đã ghi {count} người dự.", count=present)
            await self.show(ctx, await sessions.get(one.id) or one, note)

    async def figures(self, ctx: Context, action: TrainingFigures) -> None:
        """Report the figures that the session counts for; the signer says yes to the read-back."""
        one = await self.held(ctx, action.session)
        place = None if one is None else await units.by_id(one.unit_id)
        if one is None or place is None:
            return
        if place.level != "village":
            ctx.reply(ctx.t("Số liệu tính theo thôn, nên buổi chung toàn xã bác không báo ở đây."), to_menu(ctx))
        elif one.present is None or one.state not in ("taught", "after", "closed"):
            ctx.reply(ctx.t("Dạy xong và ghi số người dự rồi, tôi mới đưa vào số liệu được."), buttons(ctx, one))
        else:
            ctx.reply(ctx.t("Buổi này đã báo số liệu rồi thì bác chọn “Hủy”, để không tính hai lần."))
            await self._report(ctx, _report_of(one, one.present), asked=True, unit=place.code)

    async def file(self, ctx: Context, action: TrainingFile) -> None:
        """Ask for the job; the file comes by itself."""
        one = await self.held(ctx, action.session)
        if one is None:
            return
        event = sha256(f"{ctx.chat.platform} {ctx.chat.id} {ctx.event.id}".encode()).hexdigest()[:32]
        body = {"session": str(one.id), "event": event, "locale": ctx.locale, **answer_to(ctx.chat)}
        async with ctx.changes():
            await self._jobs.ask(training_file.JOB, body, key=f"th-xlsx:{event}", now=ctx.now)
            ctx.reply(ctx.t("Đang soạn tệp Excel, xong tôi gửi bác ngay…"))


def build(service: TrainingService) -> Router:
    router = Router()
    router.action(OpenTraining)(service.open)
    router.action(ShareTraining)(service.share)
    router.action(MoveTraining)(service.move)
    router.action(CancelTraining)(service.cancel)
    router.action(CountPresent)(service.ask_present)
    router.action(TrainingFigures)(service.figures)
    router.action(TrainingFile)(service.file)
    router.step(FLOW, PRESENT, TextSent)(service.take_present)
    return router


def _report_of(one: TrainingEvent, present: int) -> str:
    """Put the session in the words of a leader's report: TC03 or TC04, and TT05."""
    held = "tập huấn tổ +1, " if one.audience == "team" else "buổi hướng dẫn +1, "
    counts = one.audience == "team" or present >= _FEWEST_OF_MEETING
    return f"{held if counts else ''}người dự +{present}"
