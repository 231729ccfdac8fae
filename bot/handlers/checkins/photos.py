"""Photos beside the figures of a report: sent by who reported, looked at by officials, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.core.context import Context
from bot.core.events import FileSent, PhotoSent
from bot.core.messages import Attachment, Button
from bot.core.router import Router
from bot.core.sessions import VersionConflict
from bot.core.text import upper_first
from bot.features import rights
from bot.features.announcements.writing import files
from bot.features.calendar import periods
from bot.features.calendar.periods import PeriodError, period
from bot.features.checkins import answers, photos
from bot.features.checkins.actions import AddPhoto, DropPhotos, ShowPhotos, ShowReported
from bot.features.checkins.answers import Answer
from bot.features.checkins.sent import SentPhotos, count, sent
from bot.features.jobs.queue import Jobs
from bot.features.rights import Act
from bot.i18n import msg

from .answers import FLOW
from .common import IN_PRIVATE, NO_ROLE, CheckinService
from .report import CheckinConversation

PHOTO = "photo"
_MOST_SHOWN = 10
_MOST_ASKED = 5
_ASK = msg(
    "Bác gửi ảnh cho số vừa báo, ví dụ buổi hướng dẫn, loa thôn. Bác đừng chụp giấy tờ, và hỏi trước người có mặt "
    "trong ảnh. Gõ “hủy” để thôi."
)
_NO_FIGURES = msg("Bác báo số liệu trước, rồi gõ “thêm ảnh” và gửi ảnh.")


class CheckinPhotoConversation:
    """`figures` reads reports and knows whose they are, `jobs` fetch photos."""

    def __init__(self, service: CheckinService, figures: CheckinConversation, jobs: Jobs) -> None:
        self._service = service
        self._figures = figures
        self._jobs = jobs

    async def command(self, ctx: Context) -> None:
        """Handle `/themanh`: ask for photos beside one's last report."""
        who = await self._service.who(ctx)
        last = None if who.person_id is None else await answers.last_of(who.person_id)
        if last is None:
            ctx.reply(ctx.t(_NO_FIGURES if await self._service.scope(ctx) is not None else NO_ROLE))
        else:
            await self.ask(ctx, AddPhoto(last.id))

    async def ask(self, ctx: Context, action: AddPhoto) -> None:
        answer = await self.allowed(ctx, action.answer)
        if answer is None:
            return
        if len(answer.body.photos) >= photos.MOST:
            self.refuse_more(ctx, answer)
            return
        ctx.wait_for(FLOW, PHOTO, {"answer": str(answer.id)})
        ctx.reply(ctx.t(_ASK), self._drop(ctx, answer), expects="text")

    async def sent(self, ctx: Context) -> None:
        """Keep the photos that were asked for; a caption with figures makes them photos of a new report."""
        event, flow = ctx.event, ctx.flow
        if flow is None or not isinstance(event, PhotoSent | FileSent):
            return
        new = sent(event, event.files if isinstance(event, PhotoSent) else (event.file,), ctx.locale)
        if event.caption.strip() and await self._figures.take(ctx, event.caption, asked=False, sent=new):
            return
        answer = await self.allowed(ctx, int(flow.data["answer"]))
        if answer is None:
            ctx.leave_flow()
        else:
            await self.keep(ctx, answer, [new])

    async def keep(self, ctx: Context, answer: Answer, messages: Sequence[SentPhotos]) -> None:
        """Keep photos beside figures that count, or say why not."""
        refused = files.first_problem(file for one in messages for file in one.files)
        if refused is not None:
            ctx.reply(ctx.t(refused.why, **refused.values), expects="text")
        elif len(answer.body.photos) + count(messages) > photos.MOST:
            self.refuse_more(ctx, answer)
        else:
            ctx.leave_flow()
            async with ctx.changes():
                for one in messages:
                    await photos.fetch(self._jobs, answer, one, ctx.now)
                ctx.replace(ctx.t("Tôi đang nhận ảnh của bác."))

    def refuse_more(self, ctx: Context, answer: Answer) -> None:
        ctx.reply(ctx.t(photos.FULL, most=photos.MOST), self._drop(ctx, answer))

    async def drop_some(self, ctx: Context) -> None:
        """Handle `/boanh`: drop the photos of the only report that has some, else ask which report."""
        who = await self._service.who(ctx)
        since = ctx.now - photos.KEPT
        found = [] if who.person_id is None else await answers.illustrated(who.person_id, since, _MOST_ASKED)
        if not found:
            ctx.reply(ctx.t("Bác chưa gửi ảnh nào kèm số liệu."))
        elif len(found) == 1:
            await self.drop(ctx, DropPhotos(found[0].id))
        else:
            labels = {one.code: one.label for one in await self._service.indicators()}
            choices = [Button.to(_which(one, labels, ctx.now), DropPhotos(one.id)) for one in found]
            ctx.reply(ctx.t("Bác bỏ ảnh của báo cáo nào?"), choices)

    async def drop(self, ctx: Context, action: DropPhotos) -> None:
        answer = await self.allowed(ctx, action.answer)
        if answer is None:
            return
        place = await self._service.place(answer.unit_id)
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
        """Show the photos to a person who may read the village's figures."""
        found = await self._service.scope(ctx)
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
            of = period(action.period, self._service.cut_off)
        except PeriodError:
            ctx.reply(ctx.t("Không có kỳ này. Bác gõ “tổng hợp” để xem kỳ hiện nay."))
            return
        labels = {one.code: one.label for one in await self._service.indicators()}
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

    def _drop(self, ctx: Context, answer: Answer) -> Sequence[Button]:
        return [Button.to(ctx.word("Bỏ ảnh"), DropPhotos(answer.id))] if answer.body.photos else []

    async def allowed(self, ctx: Context, answer_id: int) -> Answer | None:
        """Return figures that count and are the sender's or theirs to sign, in private; else say what is wrong."""
        found, answer = await self._service.scope(ctx), await answers.get(answer_id)
        if found is None:
            ctx.reply(ctx.t(NO_ROLE))
        elif not ctx.private:
            ctx.reply(ctx.t(IN_PRIVATE))
        elif answer is None or answer.state != "done" or not answer.body.lines:
            ctx.reply(ctx.t(_NO_FIGURES))
        elif await self._figures.answers.mine(ctx, answer):
            return answer
        return None


def _which(answer: Answer, labels: Mapping[str, str], now: datetime) -> str:
    """Name a report as its author knows it: its time and its first figure."""
    first, at = answer.body.lines[0].indicator, (answer.done_at or now).astimezone(periods.VIETNAM)
    return f"{at:%d/%m %H:%M} {labels.get(first, first)}"


def build(conversation: CheckinPhotoConversation) -> Router:
    router = Router()
    router.command("themanh", "thêm ảnh", "ảnh báo cáo")(conversation.command)
    router.command("boanh", "bỏ ảnh")(conversation.drop_some)
    router.action(AddPhoto)(conversation.ask)
    router.action(DropPhotos)(conversation.drop)
    router.action(ShowPhotos)(conversation.show)
    router.step(FLOW, PHOTO, PhotoSent, FileSent)(conversation.sent)
    return router
