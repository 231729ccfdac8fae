"""The frame around the text of every document: letterhead, title, addressees, signature, recipients, appendix head."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.lean.values import replace
from bot.i18n import long_date

from . import nd30, wording
from .data import Letterhead
from .paper import BODY, CENTRED, HEADING, Shape, columns, line, paragraph

_LEFT_COLUMN = 4000
_RIGHT_COLUMN = nd30.TEXT_WIDTH - _LEFT_COLUMN
_ADDRESSEE_INDENT = 2126
_DASHES_INDENT = 3402  # where the colon of "Kính gửi:" stands
_TIGHT = replace(CENTRED, line=240)


def letterhead(head: Letterhead, year: int, *, subject: str = "", dated: bool = True) -> str:
    """Return ô 1 to 4, and 5b for an official letter. `year` stands in a date that is not given yet."""
    left = [paragraph([(head.superior.upper(), nd30.SUPERIOR)], _TIGHT)] if head.superior else []
    left += [paragraph([(name.upper(), nd30.ISSUER)], _TIGHT) for name in head.issuer]
    longest = nd30.text_width(head.issuer[-1].upper() if head.issuer else "", nd30.ISSUER.size)
    left.append(line(max(567, min(longest, _LEFT_COLUMN) * 2 // 5), _LEFT_COLUMN))
    right = [paragraph([(nd30.COUNTRY, nd30.COUNTRY_TYPE)], _TIGHT), paragraph([(nd30.MOTTO, nd30.MOTTO_TYPE)], _TIGHT)]
    right.append(line(nd30.text_width(nd30.MOTTO, nd30.MOTTO_TYPE.size), _RIGHT_COLUMN))
    number = [paragraph([(nd30.number_line(head.symbol, head.number), nd30.NUMBER)], CENTRED)] if head.symbol else []
    if subject:
        number.append(paragraph([(f"V/v {subject}", nd30.LETTER_SUBJECT)], replace(CENTRED, before=120)))
    day = paragraph([(nd30.day_line(head.place, head.day, year), nd30.PLACE_AND_DAY)], CENTRED) if dated else _nothing()
    widths = (_LEFT_COLUMN, _RIGHT_COLUMN)
    # Two rows, so that number and day stand on one line however long the names above are.
    return (
        columns(widths, ("".join(left), "".join(right)))
        + _gap(60)
        + columns(widths, ("".join(number) or _nothing(), day))
    )


def motto() -> str:
    """Return ô 1 alone, across the page: for a paper that a person hands in."""
    return (
        paragraph([(nd30.COUNTRY, nd30.COUNTRY_TYPE)], _TIGHT)
        + paragraph([(nd30.MOTTO, nd30.MOTTO_TYPE)], _TIGHT)
        + line(nd30.text_width(nd30.MOTTO, nd30.MOTTO_TYPE.size), nd30.TEXT_WIDTH)
    )


def title(name: str, subject: str) -> str:
    """Return ô 5a: the kind of document, what it is about, and a line under both."""
    length = min(nd30.text_width(subject, nd30.SUBJECT.size), nd30.TEXT_WIDTH) * 2 // 5
    return (
        paragraph([(name, nd30.TITLE)], replace(CENTRED, before=320, keep_next=True))
        + paragraph([(subject, nd30.SUBJECT)], replace(CENTRED, keep_next=True))
        + line(length, nd30.TEXT_WIDTH)
        + _gap(120)
    )


def addressees(names: Sequence[str], *, label: str = "Kính gửi:") -> str:
    """Return ô 9a: one on the line of the label; several each on a line, the dashes under the colon."""
    if not names:
        return ""
    if len(names) == 1:
        shape = replace(CENTRED, before=120, after=240)
        return paragraph([(f"{label} {names[0].rstrip('.')}.", nd30.ADDRESSEE)], shape)
    lines = [paragraph([(label, nd30.ADDRESSEE)], Shape(left=_ADDRESSEE_INDENT, before=240, keep_next=True))]
    for at, name in enumerate(names, start=1):
        end, after = (".", 240) if at == len(names) else (";", 0)
        shape = Shape(left=_DASHES_INDENT, after=after)
        lines.append(paragraph([(f"- {name.rstrip('.;')}{end}", nd30.ADDRESSEE)], shape))
    return "".join(lines)


def body(texts: Sequence[str], *, closing: bool = False) -> str:
    """Return plain paragraphs. With `closing` they stay on the page of the signature that follows."""
    shape = HEADING if closing else BODY
    return "".join(paragraph([(text, nd30.BODY)], shape) for text in texts)


def heading(text: str) -> str:
    return paragraph([(text, nd30.STRONG)], HEADING)


def signature(
    head: Letterhead, *, hint: str = "", second: tuple[str, str] | None = None, dated: int | None = None
) -> str:
    """Return ô 7 to 9b in one row that does not break.

    `second` signs on the left: title and name, as a secretary does. `dated` is the year of a day that stands above the
    signature instead of at the top.
    """
    left = [_signer((second[0],), second[1], hint)] if second else []
    left += [_recipients(head.recipients)] if head.recipients else []
    right = _signer(head.authority, head.signer, hint)
    if dated is not None:
        day = nd30.day_line(head.place, head.day, dated)
        right = paragraph([(day, nd30.PLACE_AND_DAY)], replace(_TIGHT, keep_next=True)) + right
    half = nd30.TEXT_WIDTH // 2
    return _gap(60, keep=True) + columns((half, nd30.TEXT_WIDTH - half), ("".join(left) or _nothing(), right))


def _recipients(names: Sequence[str]) -> str:
    lines = [paragraph([("Nơi nhận:", nd30.RECIPIENTS_TITLE)], Shape(keep_next=True))]
    for at, name in enumerate(names, start=1):
        end = "." if at == len(names) else ";"
        lines.append(paragraph([(f"- {name.rstrip('.;')}{end}", nd30.RECIPIENTS)], Shape(keep_next=at < len(names))))
    return "".join(lines)


def _signer(authority: Sequence[str], name: str, hint: str) -> str:
    lines = [paragraph([(part.upper(), nd30.SIGNER)], replace(_TIGHT, keep_next=True)) for part in authority]
    if hint:
        lines.append(paragraph([(hint, nd30.SIGNING_HINT)], replace(_TIGHT, keep_next=True)))
    lines.append(paragraph([(name, nd30.SIGNER)], replace(_TIGHT, before=nd30.SIGNING_ROOM)))
    return "".join(lines)


def appendix_head(title_text: str, *, order: int, total: int, attached: str) -> str:
    """Return the head `Phụ lục I`, with a Roman number where there are several."""
    name = f"Phụ lục {nd30.ROMAN[order - 1]}" if total > 1 else "Phụ lục"
    return (
        paragraph([(name, nd30.APPENDIX)], replace(CENTRED, keep_next=True))
        + paragraph([(title_text, nd30.APPENDIX_TITLE)], replace(CENTRED, keep_next=True))
        + paragraph([(attached, nd30.APPENDIX_OF)], replace(CENTRED, after=80, keep_next=True))
    )


def attached_to(document: str, head: Letterhead, issuer: str, year: int) -> str:
    """Write `(Kèm theo Báo cáo số 05/BC-UBND ngày 05 tháng 02 năm 2026 của …)`; open where not given."""
    number = f"{wording.BLANK if head.number is None else f'{head.number:02}'}/{head.symbol}"
    day = wording.OPEN_DAY.format(year=year) if head.day is None else long_date(head.day, "vi")
    return wording.ATTACHED.format(document=document, number=number, day=day, issuer=issuer)


def trace(head: Letterhead, audit_head: str, *, fictitious: bool) -> str:
    """Return a small line at the end: that this is a draft, and the head of the audit chain behind its figures."""
    draft = ("" if head.issued else wording.DRAFT) + (wording.FICTITIOUS if fictitious else "")
    text = wording.TRACE.format(draft=draft, head=audit_head) if audit_head else draft.strip()
    return paragraph([(text, nd30.SMALL)], Shape(before=120)) if text else ""


def _gap(height: int, *, keep: bool = False) -> str:
    return paragraph([], Shape(before=height, line=20, keep_next=keep))


def _nothing() -> str:
    """Return an empty paragraph, as a cell must hold one."""
    return paragraph([], Shape())
