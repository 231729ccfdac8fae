"""Photos that come with the words of a report: which of them it would keep, and what is said about the others."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.text import Text
from bot.features.announcements.writing import files
from bot.features.checkins import photos
from bot.features.checkins.sent import SentPhotos, count, sent
from bot.i18n import msg

_TOO_MANY = msg("Mỗi báo cáo tôi giữ nhiều nhất {most} ảnh, các ảnh sau tôi không lấy.")
_ALONE = msg("Ảnh tôi chỉ giữ kèm số liệu nên tôi không lưu ảnh này.")


def brought(ctx: Context) -> SentPhotos | None:
    """Return the photos that had the words of a report as their caption."""
    pictures = ctx.take_photos()
    return sent(ctx.event, pictures, ctx.locale) if pictures else None


def kept_beside(
    ctx: Context, old: Sequence[SentPhotos], new: SentPhotos | None
) -> tuple[tuple[SentPhotos, ...], list[Text]]:
    """Return the photos kept with a report that already has `old` ones, and the reasons for those refused."""
    if new is None:
        return tuple(old), []
    refused = [one for one in map(files.problem, new.files) if one is not None]
    why = [ctx.t(one.why, **one.values) for one in refused]
    good = [one for one in new.files if files.problem(one) is None]
    room = photos.MOST - count(old)
    if len(good) > room:
        why.append(ctx.t(_TOO_MANY, most=photos.MOST))
    kept = new.model_copy(update={"files": tuple(good[:room])})
    notes = [Text.verbatim("⚠️ ") + one for one in dict.fromkeys(why)]
    return (*old, kept) if kept.files else tuple(old), notes


def alone(ctx: Context) -> Text:
    """Refuse photos that come without a figure, and keep nothing of them."""
    ctx.keep_nothing()
    return Text.verbatim("⚠️ ") + ctx.t(_ALONE)
