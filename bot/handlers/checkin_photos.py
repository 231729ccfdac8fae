"""Photos beside the figures of a report: sent by who reported, looked at by officials, taken back."""

from __future__ import annotations

import hashlib

from bot.core.context import Context
from bot.core.events import FileSent, PhotoSent
from bot.core.messages import Attachment, Button
from bot.core.router import Router
from bot.core.sessions import VersionConflict
from bot.core.text import upper_first
from bot.features import rights
from bot.features.announcements import files
from bot.features.checkins import answers, periods, photos
from bot.features.checkins.actions import AddPhoto, DropPhotos, ShowPhotos, ShowReported
from bot.features.checkins.answers import Answer
from bot.features.checkins.periods import PeriodError, period
from bot.features.jobs import Jobs
from bot.features.rights import Act
from bot.i18n import msg

from .checkin_answers import FLOW, AnswerTalk
from .checkin_desk import IN_PRIVATE, NO_ROLE, Desk

PHOTO = "photo"
_MOST_SHOWN = 10
_ASK = msg(
    "Bác gửi ảnh cho số vừa báo, ví dụ buổi hướng dẫn, loa thôn. Bác đừng chụp giấy tờ, và hỏi trước người có mặt "
    "trong ảnh. Gõ “hủy” để thôi."
)
_NO_FIGURES = msg("Bác báo số liệu trước, rồi gõ “thêm ảnh” và gửi ảnh.")


class PhotoTalk:
    """`reports` knows whose a report is, `jobs` fetch photos."""

    def __init__(self, desk: Desk, reports: AnswerTalk, jobs: Jobs) -> None:
        self._desk = desk
        self._reports = reports
        self._jobs = jobs

    async def command(self, ctx: Context) -> None:
        """`/themanh`: beside one's last report."""
        who = await self._desk.who(ctx)
        last = None if who.person_id is None else await answers.last_of(who.person_id)
        if last is None:
            ctx.reply(ctx.t(_NO_FIGURES if await self._desk.scope(ctx) is not None else NO_ROLE))
        else:
            await self.ask(ctx, AddPhoto(last.id))

    async def ask(self, ctx: Context, action: AddPhoto) -> None:
        answer = await self._allowed(ctx, action.answer)
        if answer is None:
            return
        if len(answer.body.photos) >= photos.MOST:
            ctx.reply(ctx.t(photos.FULL, most=photos.MOST), [self._drop(ctx, answer)])
            return
        ctx.wait_for(FLOW, PHOTO, {"answer": str(answer.id)})
        ctx.reply(ctx.t(_ASK), expects="text")

    async def sent(self, ctx: Context) -> None:
        event, flow = ctx.event, ctx.flow
        if flow is None or not isinstance(event, PhotoSent | FileSent):
            return
        answer = await self._allowed(ctx, int(flow.data["answer"]))
        if answer is None:
            ctx.leave_flow()
            return
        incoming = event.files if isinstance(event, PhotoSent) else (event.file,)
        refused = next((one for one in map(files.problem, incoming) if one is not None), None)
        if refused is not None:
            ctx.reply(ctx.t(refused.why, **refused.values), expects="text")
        elif len(answer.body.photos) + len(incoming) > photos.MOST:
            drop = [self._drop(ctx, answer)] if answer.body.photos else []
            ctx.reply(ctx.t(photos.FULL, most=photos.MOST), drop, expects="text")
        else:
            ctx.leave_flow()
            async with ctx.changes():
                for number, file in enumerate(incoming):
                    message = hashlib.sha256(f"{ctx.chat.platform}:{ctx.event.id}".encode()).hexdigest()[:32]
                    key = f"figure{answer.id}-photo:{message}:{number}"
                    body = photos.body(answer, file, ctx.chat, key, ctx.locale)
                    await self._jobs.ask(photos.KIND, body, key=key, now=ctx.now)
                ctx.reply(ctx.t("Tôi đang nhận ảnh của bác."))

    async def drop(self, ctx: Context, action: DropPhotos) -> None:
        answer = await self._allowed(ctx, action.answer)
        if answer is None:
            return
        place = await self._desk.place(answer.unit_id)
        look = Button.to(ctx.word("Xem số đã báo"), ShowReported(place.code))
        if not answer.body.photos:
            ctx.reply(ctx.t("Ảnh này đã bỏ rồi."), [look])
            return
        async with ctx.changes():
            if not await photos.drop(answer, ctx.now):
                raise VersionConflict
            ctx.leave_flow()
            ctx.reply(ctx.t("Đã bỏ ảnh của báo cáo này. Số liệu tôi vẫn giữ."), [look])

    async def show(self, ctx: Context, action: ShowPhotos) -> None:
        """To who may read the village's figures."""
        found = await self._desk.scope(ctx)
        place = None if found is None else found.named(action.unit)
        if found is None or place is None:
            ctx.reply(ctx.t(NO_ROLE))
            return
        if not ctx.private:
            ctx.reply(ctx.t(IN_PRIVATE))
            return
        acts = (Act.UPDATE_FIGURES, Act.EXPORT_REPORTS)
        decisions = [await rights.decide(found.who, act, place.id, on=ctx.now) for act in acts]
        if not any(one.allowed for one in decisions):
            ctx.reply(ctx.t(decisions[0].why))
            return
        try:
            of = period(action.period, self._desk.cut_off)
        except PeriodError:
            ctx.reply(ctx.t("Không có kỳ này. Bác gõ “tổng hợp” để xem kỳ hiện nay."))
            return
        labels = {one.code: one.label for one in await self._desk.indicators()}
        shown = 0
        for one in await photos.of_period(place.id, of, ctx.now):
            seen = [
                code for code in one.indicators if any(may.allowed and may.for_indicator(code) for may in decisions)
            ]
            if not seen or shown == _MOST_SHOWN:
                continue
            shown += 1
            words = ctx.t(
                "{place}, báo ngày {day}: {labels}",
                place=upper_first(place.full_name),
                day=f"{one.at.astimezone(periods.VIETNAM):%d/%m/%Y}",
                labels="; ".join(labels[code] for code in seen if code in labels),
            )
            ctx.reply(words, attachment=Attachment("photo", one.media, words.plain))
        if not shown:
            ctx.reply(ctx.t("Kỳ này không còn ảnh nào."))

    def _drop(self, ctx: Context, answer: Answer) -> Button:
        return Button.to(ctx.word("Bỏ ảnh"), DropPhotos(answer.id))

    async def _allowed(self, ctx: Context, answer_id: int) -> Answer | None:
        """Figures that count, of the sender or to be signed by them, in private; otherwise what is wrong is said."""
        found, answer = await self._desk.scope(ctx), await answers.get(answer_id)
        if found is None:
            ctx.reply(ctx.t(NO_ROLE))
        elif not ctx.private:
            ctx.reply(ctx.t(IN_PRIVATE))
        elif answer is None or answer.state != "done" or not answer.body.lines:
            ctx.reply(ctx.t(_NO_FIGURES))
        elif await self._reports.mine(ctx, answer):
            return answer
        return None


def build(talk: PhotoTalk) -> Router:
    router = Router()
    router.command("themanh", "thêm ảnh", "ảnh báo cáo")(talk.command)
    router.action(AddPhoto)(talk.ask)
    router.action(DropPhotos)(talk.drop)
    router.action(ShowPhotos)(talk.show)
    router.step(FLOW, PHOTO, PhotoSent, FileSent)(talk.sent)
    return router
