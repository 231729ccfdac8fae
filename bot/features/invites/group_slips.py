"""Slips to cut apart and hand out to leaders: a village, the code of its group, and what to do with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from bot.core.text import upper_first
from bot.i18n import SOURCE, long_date

from . import qr

_PICTURE = 1900  # twips, as on the slips for people
_WARNING = (
    "Mỗi phiếu có mã riêng của một thôn. Bác cắt rời, đưa cho Tổ trưởng của thôn ấy; không chụp gửi vào nhóm. Đưa xong "
    "thì xóa tệp. Người khác gõ mã thì tôi hỏi cán bộ xã trước khi nhận nhóm."
)


class GroupSlip(Struct, frozen=True):
    """The slip of one village. Of `links` the first one is drawn."""

    unit_id: int
    village: str
    code: str
    links: Sequence[str]


def document(slips: Sequence[GroupSlip], of: str, last_day: date) -> bytes:
    """Make the Word file; `of` names the commune. Runs in a thread."""
    from bot.features.reports import nd30, paper  # large, and few ever hand out slips

    page = paper.OfficialDocument(title=f"Mã nhóm – {of}", draft=False)
    page.write(
        paper.paragraph([(f"MÃ NHÓM – {upper_first(of)}", nd30.TITLE)], paper.CENTRED),
        paper.paragraph([(_WARNING, nd30.SIGNING_HINT)], paper.Shape("both", before=120, after=120)),
    )
    small = paper.Shape(after=40)
    for one in slips:
        steps = f"Thêm trợ lý của xã vào nhóm của thôn, rồi gõ trong nhóm: /dangky {one.code}."
        if one.links:
            steps += " Hoặc quét mã QR, chọn nhóm, trợ lý tự đăng ký."
        lines = [
            paper.paragraph([(upper_first(one.village), nd30.STRONG)], small),
            paper.paragraph([("Mã nhóm: ", nd30.NUMBER), (one.code, nd30.Role(18, bold=True))], small),
            paper.paragraph(
                [(f"{steps} Dùng một lần, đến hết {long_date(last_day, SOURCE)}.", nd30.RECIPIENTS)], small
            ),
            *(paper.paragraph([(link, nd30.RECIPIENTS)], small) for link in one.links),
        ]
        drawn = page.picture(qr.png(one.links[0]), _PICTURE) if one.links else paper.paragraph([], small)
        page.write(
            paper.paragraph([], paper.Shape(rule=True, before=120, keep_next=True)),
            paper.columns([nd30.TEXT_WIDTH - _PICTURE - 200, _PICTURE + 200], ["".join(lines), drawn]),
        )
    return page.bytes()
