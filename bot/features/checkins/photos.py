"""Photos beside the figures of a report: fetched, stripped of what the camera wrote, stored for a year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from bot.core.events import Chat, Incoming
from bot.core.messages import Button, Message
from bot.core.sessions import VersionConflict
from bot.core.text import Text
from bot.features import passing
from bot.features.announcements import files
from bot.features.jobs import JobRefused, about, answer_to, chat_of
from bot.features.post import Post
from bot.i18n import msg
from bot.storage.checkins import Answer as Row
from bot.storage.checkins import Figure

from . import answers
from .actions import DropPhotos
from .answers import Answer, Body
from .periods import Period

KIND = "figure photo"
MOST = 3
"""Photos of one report: a proof, and no album."""
KEPT = timedelta(days=365)

NOT_A_PHOTO = msg("Tôi chỉ nhận được ảnh chụp. Bác gửi lại ảnh giúp tôi.")
FULL = msg("Mỗi báo cáo tôi giữ nhiều nhất {most} ảnh. Bác bỏ ảnh cũ rồi gửi lại.")
_GONE = msg("Bản báo cáo này không còn nên tôi không giữ ảnh.")
_HAVE_IT = msg("✅ Đã nhận ảnh. Cán bộ xã xem được cùng với số liệu; ảnh tự xóa sau một năm.")


@dataclass(frozen=True, slots=True)
class Photo:
    """`indicators` are the figures that it was sent with."""

    media: str
    indicators: tuple[str, ...]
    at: datetime


async def of_period(unit_id: int, of: Period, now: datetime) -> Sequence[Photo]:
    """What is still kept beside figures of a village that end within a period, the last told first."""
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
        for media in Body.model_validate_json(bodies[answer]).photos
    ]
    there = await passing.kept([one.media for one in found], now)
    return [one for one in found if one.media in there]


async def drop(answer: Answer, now: datetime) -> bool:
    """No photo stands beside these figures any more, inside the caller's transaction; the files go.

    False, and nothing goes, when the answer is no longer what the caller saw: another photo may just have come.
    """
    if await answers.illustrate(answer, ()) is None:
        return False
    for media in answer.body.photos:
        await passing.drop(media, now)
    return True


def body(answer: Answer, file: Incoming, chat: Chat, key: str, locale: str) -> Mapping[str, str]:
    """What the job needs to know; `key` is that of its answer."""
    return {
        "key": key,
        **answer_to(chat),
        "answer": str(answer.id),
        "locale": locale,
        **about(file),
    }


class TakePhoto:
    """The job. `messengers` by name."""

    def __init__(self, messengers: Mapping[str, files.Messenger], store_media: files.StoreMedia, post: Post) -> None:
        self._messengers = messengers
        self._store_media = store_media
        self._post = post

    async def run(self, body: Mapping[str, str], now: datetime) -> None:
        """Run twice it is kept once. Raises JobRefused for whoever sent it."""
        chat, messenger = chat_of(body), self._messengers.get(body["platform"])
        if chat is None:
            raise JobRefused(NOT_A_PHOTO)
        media = await files.photo(body, messenger, self._store_media, NOT_A_PHOTO)
        await passing.keep(media, now + KEPT)
        try:
            async with in_transaction("default"):
                await self._keep(body, media, chat, now)
        except (JobRefused, VersionConflict):
            await passing.drop(media, now)
            raise

    async def _keep(self, body: Mapping[str, str], media: str, chat: Chat, now: datetime) -> None:
        answer = await answers.get(int(body["answer"]))
        if answer is None or answer.state != "done":
            raise JobRefused(_GONE)
        locale = body["locale"]
        button = Button.to(self._post.translate(locale, msg("Bỏ ảnh")), DropPhotos(answer.id))
        said = Message(Text.of(self._post.translate(locale, _HAVE_IT)), (button,))
        if not await self._post.add(chat, said, key=body["key"], now=now, answering=True, locale=locale):
            await passing.drop(media, now)
        elif len(answer.body.photos) >= MOST:
            raise JobRefused(FULL, most=MOST)
        elif await answers.illustrate(answer, (*answer.body.photos, media)) is None:
            raise VersionConflict  # changed at the same moment: the job runs again
