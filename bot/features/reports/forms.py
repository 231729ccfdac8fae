"""The other documents of a commune: what has to be asked for each, and how an answer is read."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime

from msgspec import Struct

from bot.core.lean import patterns
from bot.features import units
from bot.features.calendar.vietnam import VIETNAM, today
from bot.features.calendar.written import DAY, day_of
from bot.features.units import Place
from bot.i18n import msg

from . import spans

LONGEST = 1500
"""Characters of one answer; whoever asks refuses a longer one."""
_HOUR = patterns.compile(r"(?<!\d)(\d{1,2})\s*(?:giờ|gio|h|g|:)\s*(\d{2})?(?!\d)", re.IGNORECASE)


class Asker(Struct, frozen=True):
    """The person who asks, as far as reading an answer needs it."""

    commune: Place
    now: datetime


Read = Callable[[str, Asker], Awaitable[str | None]]
"""An answer in the form in which it is kept; None when it has to be asked again."""


class FormQuestion(Struct, frozen=True):
    """`text` says what to type and gives an example. An optional one may be skipped."""

    key: str
    text: str
    read: Read
    optional: bool = False


class DocumentForm(Struct, frozen=True):
    code: str
    title: str
    questions: tuple[FormQuestion, ...]


async def _words(text: str, asker: Asker) -> str | None:
    # Documents put their own full stops and semicolons.
    lines = (" ".join(line.split()).rstrip(" .,;") for line in text.splitlines())
    return "\n".join(line for line in lines if line) or None


async def _moment(text: str, asker: Asker) -> str | None:
    """Read `8 giờ 30 ngày 24/11/2026`, `8h 24/11`; without a year the next such day."""
    # Without the day: the 24 of “8h 24/11” is no minute.
    hour, day = _HOUR.search(DAY.sub(" ", text, count=1)), _day(text, asker)
    if hour is None or day is None or int(hour[1]) > 23 or int(hour[2] or 0) > 59:
        return None
    return datetime(day.year, day.month, day.day, int(hour[1]), int(hour[2] or 0), tzinfo=VIETNAM).isoformat()


async def _deadline(text: str, asker: Asker) -> str | None:
    day = _day(text, asker)
    return None if day is None else day.isoformat()


def _day(text: str, asker: Asker) -> date | None:
    found = DAY.search(text)
    return None if found is None else day_of(found, today(asker.now), "next")


async def _period(text: str, asker: Asker) -> str | None:
    found = spans.coming(text, today(asker.now))
    return None if found is None else found.name


async def _village(text: str, asker: Asker) -> str | None:
    found = await units.find(text, asker.commune.id, today(asker.now))
    return found[0].code if len(found) == 1 and found[0].level == "village" else None


async def _members(text: str, asker: Asker) -> str | None:
    kept = await _words(text, asker)
    return kept if kept is not None and all(line.count("-") >= 2 for line in kept.splitlines()) else None


_SUBJECT = FormQuestion("subject", msg("Cuộc họp về việc gì? Ví dụ: họp giao ban Tổ công nghệ số tháng 11."), _words)
_STARTS = FormQuestion("starts", msg("Họp lúc nào? Ví dụ: 8 giờ ngày 24/11/2026."), _moment)
_PLACE = FormQuestion("place", msg("Họp ở đâu? Ví dụ: Hội trường Ủy ban nhân dân xã."), _words)
_CHAIR = FormQuestion("chair", msg("Ai chủ trì? Bác gõ chức vụ, họ tên."), _words)
_AGENDA = FormQuestion("agenda", msg("Nội dung cuộc họp, mỗi việc một dòng."), _words, optional=True)

FORMS: Mapping[str, DocumentForm] = {
    form.code: form
    for form in (
        DocumentForm(
            "gm",
            msg("Giấy mời họp"),
            (
                _SUBJECT,
                _STARTS,
                _PLACE,
                _CHAIR,
                FormQuestion("guests", msg("Mời những ai? Mỗi thành phần một dòng."), _words),
                _AGENDA,
            ),
        ),
        DocumentForm(
            "bb",
            msg("Biên bản họp"),
            (
                _SUBJECT,
                _STARTS,
                _PLACE,
                _CHAIR,
                FormQuestion("secretary", msg("Ai ghi biên bản?"), _words),
                FormQuestion("present", msg("Những ai dự họp? Mỗi người một dòng."), _words, optional=True),
                _AGENDA,
                FormQuestion("conclusions", msg("Kết luận của cuộc họp, mỗi ý một dòng."), _words, optional=True),
            ),
        ),
        DocumentForm(
            "cv",
            msg("Công văn giao chỉ tiêu"),
            (
                FormQuestion("period", msg("Chỉ tiêu của kỳ nào? Ví dụ: tháng 11, quý IV."), _period),
                FormQuestion("deadline", msg("Các Tổ báo cáo trước ngày nào? Ví dụ: 05/12/2026."), _deadline),
            ),
        ),
        DocumentForm(
            "qd",
            msg("Quyết định thành lập Tổ"),
            (
                FormQuestion("village", msg("Tổ của thôn nào? Bác gõ tên thôn."), _village),
                FormQuestion(
                    "members",
                    msg("Danh sách Tổ, mỗi người một dòng: họ tên - chức vụ - nhiệm vụ trong Tổ."),
                    _members,
                ),
            ),
        ),
        DocumentForm(
            "ck",
            msg("Bản cam kết chất lượng"),
            (
                FormQuestion("business", msg("Tên hộ, cơ sở kinh doanh là gì?"), _words, optional=True),
                FormQuestion("products", msg("Sản phẩm đưa lên sàn là gì?"), _words, optional=True),
            ),
        ),
    )
}
