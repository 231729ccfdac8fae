"""Slips to cut apart and hand out: a name, the roles, the code with its QR picture, and what to do with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date

from msgspec import Struct

from bot.core.text import upper_first
from bot.features import units
from bot.features.people.people import Grant
from bot.features.rights.table import ROLES
from bot.i18n import SOURCE, long_date

from . import qr
from .codes import new_code
from .listed import ListedPerson

_PICTURE = 1900  # twips: 3.4 cm are read from a table
_WARNING = (
    "Tờ này có họ tên và mã riêng của từng người. Bác cắt rời từng phiếu, đưa tận tay đúng người; không chụp gửi vào "
    "nhóm, không để người khác xem. Đưa xong thì xóa tệp. Ai dùng mã là nhận vai trò ghi trên phiếu; mất phiếu thì làm "
    "mã mới, mã cũ hết dùng ngay."
)


class Slip(Struct, frozen=True):
    """The slip of one person. Of `links` the first one is drawn."""

    person_id: int
    name: str
    roles: Sequence[str]
    code: str
    links: Sequence[str]


async def written(
    found: Sequence[ListedPerson], links: Callable[[str, int], Awaitable[Sequence[str]]]
) -> Sequence[Slip]:
    """Make slips with new codes, which are not stored yet.

    `links` returns the addresses that say a code to the bot of a unit.
    """
    slips = []
    for one in found:
        code, roles = new_code(), [await role_in_unit(grant) for grant in one.grants]
        slips.append(Slip(one.person_id, one.name, roles, code, await links(code, one.grants[0].unit_id or 0)))
    return slips


async def role_in_unit(grant: Grant) -> str:
    unit = await units.by_id(grant.unit_id or 0)
    return f"{ROLES[grant.role]}, {unit.full_name}" if unit is not None else ROLES[grant.role]


def document(slips: Sequence[Slip], of: str, last_day: date) -> bytes:
    """Make the Word file; `of` names the unit. Runs in a thread."""
    from bot.features.reports import nd30, paper  # large, and few ever hand out slips

    page = paper.OfficialDocument(title=f"Phiếu mời – {of}", draft=False)
    page.write(
        paper.paragraph([(f"PHIẾU MỜI – {upper_first(of)}", nd30.TITLE)], paper.CENTRED),
        paper.paragraph([(_WARNING, nd30.SIGNING_HINT)], paper.Shape("both", before=120, after=120)),
    )
    small = paper.Shape(after=40)
    for one in slips:
        steps = "Mở ứng dụng nhắn tin, tìm trợ lý của xã, nhắn riêng mã này."
        if one.links:
            steps = "Quét mã QR bằng điện thoại, hoặc mở đường dẫn dưới đây, hoặc nhắn riêng mã này cho trợ lý của xã."
        lines = [
            paper.paragraph([(f"Kính gửi bác {one.name}", nd30.STRONG)], small),
            *(paper.paragraph([(role, nd30.NUMBER)], small) for role in one.roles),
            paper.paragraph([("Mã: ", nd30.NUMBER), (one.code, nd30.Role(18, bold=True))], small),
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
