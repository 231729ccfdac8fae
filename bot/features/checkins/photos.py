"""Photos beside the figures of a report: fetched, stripped of camera metadata, stored for a year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.messages import Button, Message
from bot.core.sessions import VersionConflict
from bot.core.text import Text
from bot.features.announcements.writing import files
from bot.features.calendar.periods import Period
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, Jobs, about, answer_to
from bot.features.notices.notice_outbox import NoticeOutbox
from bot.i18n import msg
from bot.storage.tables.checkins import Answer as Row
from bot.storage.tables.checkins import Figure

from . import answers
from .actions import DropPhotos
from .answers import Answer, AnswerBody
from .sent import SentPhotos

KIND = "figure photo"
MOST = 3
"""Photos of one report: a proof, and no album."""
KEPT = timedelta(days=365)
AWAITED = timedelta(days=60)
"""So long a report may wait for its “Đúng” or its signature and still have its photos: its period and the next one."""

NOT_A_PHOTO = msg("Tôi chỉ nhận được ảnh chụp. Bác gửi lại ảnh giúp tôi.")
FULL = msg("Mỗi báo cáo tôi giữ nhiều nhất {most} ảnh. Bác bỏ ảnh cũ rồi gửi lại.")
_GONE = msg("Bản báo cáo này không còn nên tôi không dùng ảnh này.")
_HAVE_IT = msg("✅ Đã nhận ảnh. Cán bộ xã xem được cùng với số liệu; ảnh tự xóa sau một năm.")
_HAVE_IT_HERE = msg("✅ Đã nhận ảnh cho cán bộ xã xem. Muốn bỏ ảnh, bác nhắn riêng tôi “bỏ ảnh”.")


class Photo(Struct, frozen=True):
    """`indicators` are the figures that it was sent with."""

    media: str
    indicators: tuple[str, ...]
    at: datetime


async def of_period(unit_id: int, of: Period, now: datetime) -> Sequence[Photo]:
    """List the photos still kept beside figures of a village that end within a period, the last told first."""
    rows = Figure.filter(unit_id=unit_id, ends_on__gte=of.first, ends_on__lte=of.last, answer__isnull=False)
    told = await rows.order_by("-reported_at", "id").values_list("answer", "indicator", "reported_at")
    bodies = dict(await Row.filter(id__in={answer for answer, _, _ in told}).values_list("id", "body"))
    codes: dict[int, dict[str, datetime]] = {}
    for answer, indicator, at in told:
        codes.setdefault(answer, {}).setdefault(indicator, at)
    found = [
        Photo(media, tuple(told_with), max(told_with.values()))
        for answer, told_with in codes.items()
        if answer in bodies
        for media in AnswerBody.model_validate_json(bodies[answer]).photos
    ]
    there = await temporary_files.kept([one.media for one in found], now)
    return [one for one in found if one.media in there]


async def awaited(now: datetime) -> frozenset[str]:
    """Return the names of photos in pending reports: not fetched yet, as their report does not count yet."""
    rows = Row.filter(state__in=("waiting", "proposed"), created_at__gt=now - AWAITED, body__contains='"sent":[{')
    bodies = [AnswerBody.model_validate_json(body) for (body,) in await rows.values_list("body")]
    return frozenset(file.ref for body in bodies for one in body.sent for file in one.files)


async def drop(answer: Answer, now: datetime) -> bool:
    """Remove all photos beside these figures and their files, inside the caller's transaction.

    Return False and remove nothing if the answer is no longer as the caller saw it: another photo may just have come.
    """
    if await answers.illustrate(answer, ()) is None:
        return False
    for media in answer.body.photos:
        await temporary_files.drop(media, now)
    return True


async def fetch(jobs: Jobs, answer: Answer, sent: SentPhotos, now: datetime) -> None:
    """Fetch, by a job, the photos of one message and keep them beside figures that count.

    Runs inside the caller's transaction.
    """
    await jobs.ask(KIND, body(answer, sent), key=_key(answer, sent), now=now)


def body(answer: Answer, sent: SentPhotos) -> Mapping[str, str]:
    """Build the body of the job."""
    return {
        **answer_to(sent.chat),
        "locale": sent.locale,
        "answer": str(answer.id),
        "sent": sent.model_dump_json(),
    }


def _key(answer: Answer, sent: SentPhotos) -> str:
    return f"figure{answer.id}-photo:{sent.key}"


class TakePhotos:
    """The job: the photos of one message, all or none. `messengers` by name."""

    def __init__(
        self, messengers: Mapping[str, files.FileMessenger], store_media: files.StoreMedia, outbox: NoticeOutbox
    ) -> None:
        self._messengers = messengers
        self._store_media = store_media
        self._outbox = outbox

    async def run(self, body: Mapping[str, str], now: datetime) -> None:
        """Fetch and store the photos; idempotent.

        Raises JobRefused, with an explanation for the person who sent them.
        """
        sent = SentPhotos.model_validate_json(body["sent"])
        messenger = self._messengers.get(sent.chat.platform)
        stored: list[str] = []
        try:
            for file in sent.files:
                stored.append(await files.photo(about(file), messenger, self._store_media, NOT_A_PHOTO))
                await temporary_files.keep(stored[-1], now + temporary_files.ORPHAN)
            async with in_transaction("default"):
                await self._keep(int(body["answer"]), sent, tuple(stored), now)
        except Exception:
            for media in stored:
                await temporary_files.drop(media, now)
            raise

    async def _keep(self, answer_id: int, sent: SentPhotos, stored: tuple[str, ...], now: datetime) -> None:
        answer = await answers.get(answer_id)
        if answer is None or answer.state != "done":
            raise JobRefused(_GONE)
        reply, key = self._receipt(answer, sent), _key(answer, sent)
        if not await self._outbox.add(sent.chat, reply, key=key, now=now, answering=True, locale=sent.locale):
            for media in stored:
                await temporary_files.drop(media, now)
        elif len(answer.body.photos) + len(stored) > MOST:
            raise JobRefused(FULL, most=MOST)
        elif await answers.illustrate(answer, (*answer.body.photos, *stored)) is None:
            raise VersionConflict  # changed at the same moment: the job runs again
        else:
            for media in stored:
                await temporary_files.extend(media, now + KEPT)

    def _receipt(self, answer: Answer, sent: SentPhotos) -> Message:
        """Say that the photos were received; in a group briefly, since photos are managed in private."""
        if sent.chat.kind == "group":
            return Message(Text.of(self._outbox.translate(sent.locale, _HAVE_IT_HERE)))
        button = Button.to(self._outbox.translate(sent.locale, msg("Bỏ ảnh")), DropPhotos(answer.id))
        return Message(Text.of(self._outbox.translate(sent.locale, _HAVE_IT)), (button,))
