"""Sentences about cells that are not taken: where, what stands there, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.text import Text
from bot.features.checkins.reading.cells import Wrong
from bot.features.checkins.reading.pasted import MOST_CELLS, PastedProblem, column_name
from bot.i18n import msg, number
from bot.office.desk.visit import Visit

_SHOWN, _QUOTED = 100, 40
WRONG: Mapping[Wrong, str] = {
    "formula": msg("“{text}” là công thức. Mời dán giá trị (trong Excel: Dán đặc biệt, Giá trị) hoặc gõ số."),
    "broken": msg("“{text}” là lỗi của Excel. Mời sửa ô ấy trong Excel rồi dán lại."),
    "percent": msg("“{text}” là phần trăm. Mời ghi số đếm được, tỷ lệ máy tự tính."),
    "negative": msg("“{text}” là số âm. Mời ghi tổng đến nay."),
    "number": msg("“{text}”: chưa chắc là số mấy. Mời viết như 12, 1.234 hoặc 12,5; số đếm thì không có phần lẻ."),
    "part": msg("“{text}”: dạng 13/20 chỉ dùng cho tỷ lệ, và số đầu không lớn hơn số sau."),
    "words": msg("“{text}” không phải là số."),
}
EMPTIED = msg("Số đã báo không xóa được. Nếu không có gì thì ghi 0.")
TAKEN = msg("{name} vừa ghi {value} lúc {at}. Số vừa gõ còn trong ô: gửi lại là thay số ấy.")
_NO_VILLAGE = msg("“{text}” không có trong xã này. Mời viết tên thôn như trong bảng, hoặc mã.")
_NO_INDICATOR = msg("“{text}” không phải chỉ tiêu kỳ này. Mời viết tên hoặc mã, ví dụ CQ01.")
_SEVERAL = msg("“{text}”: có nhiều tên giống vậy. Mời ghi mã.")
_TWICE = msg("“{text}”: ô này có hai số khác nhau trong bảng.")
_NAMELESS_ROW = msg("Dòng này có số mà không có tên.")
_NO_NAMES = msg(
    "Chưa thấy bảng: cần một hàng tên và một cột tên, một bên là thôn, một bên là chỉ tiêu (tên hoặc mã). "
    "Mời chọn cả hàng tên, cột tên trong Excel rồi chép."
)
_TOO_MANY = msg("Bảng lớn hơn {most} ô. Mời chia ra mà dán.")


def sentences(visit: Visit, problems: Sequence[PastedProblem]) -> Sequence[Text]:
    """Put each problem into a sentence that begins with its line; a long list ends with a count."""
    found = [_sentence(visit, one) for one in sorted(problems, key=lambda one: (one.row, one.column))[:_SHOWN]]
    if len(problems) > _SHOWN:
        found.append(visit.t("Và {count} chỗ nữa.", count=number(len(problems) - _SHOWN, visit.locale)))
    return found


def wrong(visit: Visit, kind: Wrong, text: str) -> Text:
    return visit.t(WRONG[kind], text=quoted(text))


def quoted(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _QUOTED else f"{words[:_QUOTED]}…"


def _sentence(visit: Visit, one: PastedProblem) -> Text:
    if one.kind == "no_names":
        return visit.t(_NO_NAMES)
    if one.kind == "too_many":
        return visit.t(_TOO_MANY, most=number(MOST_CELLS, visit.locale))
    where = visit.t("Dòng {row}, cột {column}", row=one.row, column=column_name(one.column))
    if one.place is not None and one.indicator is not None:
        names = f" ({one.place.full_name}, {one.indicator.label})"
        where += Text.verbatim(names)
    return Text.join(": ", [where, _why(visit, one)])


def _why(visit: Visit, one: PastedProblem) -> Text:
    text = quoted(one.text)
    if one.kind in ("no_village", "no_indicator") and not text:
        return visit.t(_NAMELESS_ROW)
    if one.kind == "no_village":
        return visit.t(_NO_VILLAGE, text=text)
    if one.kind == "no_indicator":
        return visit.t(_NO_INDICATOR, text=text)
    if one.kind == "several":
        return visit.t(_SEVERAL, text=text)
    if one.kind == "twice":
        return visit.t(_TWICE, text=text)
    known: Wrong | None = next((kind for kind in WRONG if kind == one.kind), None)
    return wrong(visit, known or "words", one.text)
