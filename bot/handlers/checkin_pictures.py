"""Photos that come with the words of a report: which of them it would keep, and what is said about the others."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.text import Text
from bot.features.announcements import files
from bot.features.checkins import photos
from bot.features.checkins.sent import Sent, count, sent
from bot.i18n import msg

_TOO_MANY = msg("Mỗi báo cáo tôi giữ nhiều nhất {most} ảnh, các ảnh sau tôi không lấy.")
_ALONE = msg("Ảnh tôi chỉ giữ kèm số liệu nên tôi không lưu ảnh này.")


def brought(ctx: Context) -> Sent | None:
    """The photos under which the words of a report stood."""
    pictures = ctx.take_photos()
    return sent(ctx.event, pictures, ctx.locale) if pictures else None


def kept_beside(ctx: Context, old: Sequence[Sent], new: Sent | None) -> tuple[tuple[Sent, ...], list[Text]]:
    """What a report keeps that has `old` ones, and why it keeps no more."""
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
    """To photos where no figure is."""
    return Text.verbatim("⚠️ ") + ctx.t(_ALONE)
