"""The decision that founds a team, with the list of its members, and a seller's pledge of quality."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from bot.core.lean.values import replace
from bot.core.text import upper_first

from . import figures, frame, nd30, wording
from .data import Letterhead, ReportError
from .paper import BODY, CENTRED, GridRow, OfficialDocument, PaperColumn, Shape, grid, paragraph


class FoundingMember(Struct, frozen=True):
    """A member of a team; `position` outside the team, `duty` within it."""

    name: str
    position: str
    duty: str


class Seller(Struct, frozen=True):
    """The seller who pledges; empty parts become dotted lines to write on."""

    business: str = ""
    owner: str = ""
    address: str = ""
    phone: str = ""
    products: str = ""


def team_decision(
    head: Letterhead,
    commune: str,
    village: str,
    members: Sequence[FoundingMember],
    *,
    year: int,
    bases: Sequence[str] = (),
) -> bytes:
    """Write the decision that founds a team (Quyết định thành lập Tổ).

    `head.symbol` is `QĐ-UBND`, `bases` the names of what it cites. Raises ReportError for a team without members.
    """
    if not members:
        raise ReportError(wording.NO_MEMBERS)
    subject = upper_first(wording.DECISION_SUBJECT.format(village=village))
    paper = OfficialDocument(title=f"Quyết định {figures.lower_first(subject)}", draft=not head.issued)
    paper.write(frame.letterhead(head, year), frame.title("QUYẾT ĐỊNH", subject))
    office = wording.DECISION_OFFICE.format(commune=commune).upper()
    paper.write(paragraph([(office, nd30.STRONG)], replace(CENTRED, before=120, after=160)))
    grounds = [*(wording.BASIS.format(name=name) for name in bases), wording.DECISION_PROPOSAL]
    paper.write(*(_basis(text, last=at == len(grounds)) for at, text in enumerate(grounds, start=1)))
    paper.write(paragraph([("QUYẾT ĐỊNH:", nd30.STRONG)], replace(CENTRED, before=120, after=160, keep_next=True)))
    articles = [text.format(village=village, commune=commune, count=len(members)) for text in wording.DECISION_ARTICLES]
    paper.write(*(_article(at, text, last=at == len(articles)) for at, text in enumerate(articles, start=1)))
    paper.write(frame.signature(head))
    paper.appendix(landscape=False)
    title = wording.MEMBERS_TITLE.format(village=village.upper())
    attached = frame.attached_to("Quyết định", head, wording.DECISION_OFFICE.format(commune=commune), year)
    paper.write(frame.appendix_head(title, order=1, total=1, attached=attached), _members(members))
    return paper.bytes()


def pledge(head: Letterhead, commune: str, seller: Seller, *, year: int) -> bytes:
    """Write a pledge of quality (Bản cam kết chất lượng), without an authority's name or number: it is the seller's."""
    paper = OfficialDocument(title=f"Bản cam kết: {wording.PLEDGE_SUBJECT}", draft=not head.issued)
    paper.write(frame.motto(), frame.title("BẢN CAM KẾT", wording.PLEDGE_SUBJECT), frame.addressees(head.addressees))
    given = (seller.business, seller.owner, seller.address, seller.phone, seller.products)
    paper.write(*(_line(label, value) for label, value in zip(wording.PLEDGE_FIELDS, given, strict=True)))
    paper.write(frame.body([wording.PLEDGE_OPENING.format(commune=commune)]))
    paper.write(frame.body([f"{at}. {text}" for at, text in enumerate(wording.PLEDGES, start=1)]))
    paper.write(frame.body([wording.PLEDGE_CLOSING], closing=True))
    signer = replace(head, recipients=(), authority=(wording.PLEDGE_SIGNER,), signer=seller.owner)
    paper.write(frame.signature(signer, hint=wording.SIGN_HINT, dated=year))
    return paper.bytes()


def _basis(text: str, *, last: bool) -> str:
    return paragraph([(text.rstrip(".;") + ("." if last else ";"), nd30.BASIS)], BODY)


def _article(order: int, text: str, *, last: bool) -> str:
    shape = replace(BODY, keep_next=last, keep_lines=last)
    return paragraph([(f"Điều {order}. ", nd30.STRONG), (text, nd30.BODY)], shape)


def _members(members: Sequence[FoundingMember]) -> str:
    widths = (560, 2700, 2500, 2000)
    head = [
        PaperColumn(title, width, "center" if title == "TT" else "left")
        for title, width in zip(wording.MEMBER_COLUMNS, (*widths, nd30.TEXT_WIDTH - sum(widths)), strict=True)
    ]
    return grid(
        head,
        (
            GridRow((str(at), member.name, member.position, member.duty, ""))
            for at, member in enumerate(members, start=1)
        ),
    )


def _line(label: str, value: str) -> str:
    if value:
        return paragraph([(f"{label}: {value}.", nd30.BODY)], BODY)
    # The dots run to the right margin; a justified line with a tab would be torn apart.
    return paragraph([(f"{label}: \t", nd30.BODY)], Shape(first_line=BODY.first_line, after=BODY.after, leader=True))
