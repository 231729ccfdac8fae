"""A photo in private that nobody asked for and that says nothing: beside which figures does it belong?"""

from __future__ import annotations

from bot.core.context import Context
from bot.core.events import pictures
from bot.core.messages import Button
from bot.core.router import Router
from bot.features.announcements.writing import files
from bot.features.calendar import periods
from bot.features.checkins import answers, photos
from bot.features.checkins.actions import KeepPhotos
from bot.features.checkins.answers import Answer
from bot.features.checkins.sent import Offer, SentPhotos, count, sent
from bot.i18n import msg

from .answers import CONFIRM, FLOW, CheckinAnswerConversation
from .common import CheckinService
from .photos import CheckinPhotoConversation
from .photos_beside import alone, kept_beside

OFFERED = "anh"
"""The fact that keeps an `Offer` until somebody says that the photos belong there."""
_OFFER = msg(
    "Bác vừa gửi {count} ảnh. Nếu là ảnh của số bác vừa báo ({labels}), bác chọn dưới đây để cán bộ xã xem được. "
    "Không thì tôi không lưu ảnh."
)
_PAST = msg("Ảnh này tôi đã nhận rồi, hoặc không còn giữ. Cần thì bác gửi lại ảnh giúp tôi.")


class CheckinOfferConversation:
    """`reports` knows what waits for a "Đúng", `kept` keeps photos beside what counts."""

    def __init__(
        self, service: CheckinService, reports: CheckinAnswerConversation, kept: CheckinPhotoConversation
    ) -> None:
        self._service = service
        self._reports = reports
        self._kept = kept

    async def unasked(self, ctx: Context) -> bool:
        """Add an unasked photo to the pending report, or offer today's report for it; else return False."""
        incoming = pictures(ctx.event)
        if not ctx.private or not incoming:
            return False
        new = sent(ctx.event, incoming, ctx.locale)
        waiting = await self._reports.waiting(ctx)
        flow = ctx.flow
        if flow is not None and (waiting is None or (flow.name, flow.step) != (FLOW, CONFIRM)):
            return False
        if waiting is not None:
            await self._beside(ctx, waiting, new)
            return True
        last = await self._of_today(ctx)
        if last is None:
            return False
        await self._offer(ctx, last, new)
        return True

    async def keep(self, ctx: Context, action: KeepPhotos) -> None:
        answer = await self._kept.allowed(ctx, action.answer)
        if answer is None:
            return
        offer = _offered(ctx)
        if offer is None or KeepPhotos(offer.answer, offer.key) != action:
            ctx.reply(ctx.t(_PAST))
            return
        del ctx.session.facts[OFFERED]
        await self._kept.keep(ctx, answer, offer.sent)

    async def _beside(self, ctx: Context, waiting: Answer, new: SentPhotos) -> None:
        if not waiting.body.lines:
            await self._reports.show_again(ctx, waiting, alone(ctx))
            return
        kept, notes = kept_beside(ctx, waiting.body.sent, new)
        if kept != waiting.body.sent:
            notes = [ctx.t("Tôi đã thêm ảnh vào bản đang chờ."), *notes]
        await self._reports.rewrite(ctx, waiting, waiting.body.model_copy(update={"sent": kept}), *notes)

    async def _of_today(self, ctx: Context) -> Answer | None:
        found = await self._service.scope(ctx)
        last = None if found is None or found.who.person_id is None else await answers.last_of(found.who.person_id)
        if last is None or last.done_at is None or not last.body.lines:
            return None
        return last if periods.today(last.done_at) == periods.today(ctx.now) else None

    async def _offer(self, ctx: Context, last: Answer, new: SentPhotos) -> None:
        """Ask only one question for the photos of an album that came one by one."""
        refused = files.first_problem(new.files)
        if refused is not None:
            ctx.reply(ctx.t(refused.why, **refused.values), aside=True)
            return
        before = _offered(ctx)
        goes_on = before is not None and before.answer == last.id and _is_asked(ctx, before)
        offer = Offer(answer=last.id, sent=(*(before.sent if before is not None and goes_on else ()), new))
        if len(last.body.photos) + count(offer.sent) > photos.MOST:
            self._kept.refuse_more(ctx, last)
            return
        ctx.session.facts[OFFERED] = offer.model_dump_json()
        labels = {one.code: one.label for one in await self._service.indicators()}
        told = "; ".join(dict.fromkeys(labels[one.indicator] for one in last.body.lines if one.indicator in labels))
        ctx.reply(
            ctx.t(_OFFER, count=count(offer.sent), labels=told),
            [Button.to(ctx.word("Thêm vào số vừa báo"), KeepPhotos(offer.answer, offer.key))],
            aside=True,
        )


def _offered(ctx: Context) -> Offer | None:
    stored = ctx.session.facts.get(OFFERED)
    return None if stored is None else Offer.model_validate_json(stored)


def _is_asked(ctx: Context, offer: Offer) -> bool:
    """Return whether the offer is still the open question."""
    asked = ctx.session.asks
    button = Button.to("", KeepPhotos(offer.answer, offer.key))
    return asked is not None and any(one.data == button.data for one in asked.buttons)


def build(conversation: CheckinOfferConversation) -> Router:
    router = Router()
    router.action(KeepPhotos)(conversation.keep)
    return router
