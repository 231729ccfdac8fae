"""A Word document as paragraphs and tables, written as WordprocessingML.

python-docx keeps the package, the sections and the headers. Body and tables are written as XML: the decree needs
borders, keeps and repeated rows that python-docx has no words for, and a table of a thousand cells is some twenty times
faster this way.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import Literal
from xml.sax.saxutils import escape

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Twips
from msgspec import Struct

from bot.core.lean import patterns
from bot.core.lean.values import replace
from bot.core.text import clean

from . import nd30
from .nd30 import Role

Align = Literal["left", "center", "right", "both"]
Pieces = Sequence[tuple[str, Role]]

_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_FONTS = " ".join(f'w:{script}="{nd30.FONT}"' for script in ("ascii", "hAnsi", "cs", "eastAsia"))
_BREAKS = patterns.compile(r"[\n\ufffe\uffff]+")  # ends of lines that a person typed, and what XML cannot hold


class Shape(Struct, frozen=True):
    """A paragraph: indents and gaps in twips, `line` in 240ths of single spacing. `rule` draws a line above it.

    `leader` leads a tab with dots to the right margin, to be written on by hand.
    """

    align: Align = "left"
    first_line: int = 0
    left: int = 0
    right: int = 0
    before: int = 0
    after: int = 0
    line: int = 240
    keep_next: bool = False
    keep_lines: bool = False
    rule: bool = False
    leader: bool = False
    new_page: bool = False


CENTRED = Shape("center")
BODY = Shape("both", nd30.FIRST_LINE, after=nd30.PARAGRAPH_GAP, line=nd30.LINE)
HEADING = replace(BODY, keep_next=True, keep_lines=True)


def run(text: str, role: Role) -> str:
    weight = ("<w:b/>" if role.bold else "") + ("<w:i/>" if role.italic else "")
    half_points = round(role.size * 2)
    parts = _BREAKS.sub(" ", clean(text)).split("\t")
    body = "<w:tab/>".join(f'<w:t xml:space="preserve">{escape(part)}</w:t>' for part in parts)
    return (
        f'<w:r><w:rPr><w:rFonts {_FONTS}/>{weight}<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/></w:rPr>'
        f"{body}</w:r>"
    )


def paragraph(pieces: Pieces, shape: Shape = BODY) -> str:
    """Return a paragraph; `pieces` are texts with their type."""
    return f"<w:p>{_paragraph_properties(shape)}{''.join(run(*piece) for piece in pieces)}</w:p>"


def line(length: int, width: int) -> str:
    """Return a line of `length`, centred in a column of `width`, drawn as the border of an empty paragraph."""
    side = max(0, (width - length) // 2)
    return paragraph([], Shape(left=side, right=side, rule=True, before=110))


def _paragraph_properties(shape: Shape) -> str:
    exact = ' w:lineRule="exact"' if shape.rule else ' w:lineRule="auto"'
    height = 80 if shape.rule else shape.line
    parts = [
        "<w:keepNext/>" if shape.keep_next else "",
        "<w:keepLines/>" if shape.keep_lines else "",
        "<w:pageBreakBefore/>" if shape.new_page else "",
        "<w:widowControl/>",
        '<w:pBdr><w:top w:val="single" w:sz="6" w:space="1" w:color="000000"/></w:pBdr>' if shape.rule else "",
        f'<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{nd30.TEXT_WIDTH}"/></w:tabs>' if shape.leader else "",
        f'<w:spacing w:before="{shape.before}" w:after="{shape.after}" w:line="{height}"{exact}/>',
        f'<w:ind w:left="{shape.left}" w:right="{shape.right}" w:firstLine="{shape.first_line}"/>',
        f'<w:jc w:val="{shape.align}"/>',
    ]
    return f"<w:pPr>{''.join(parts)}</w:pPr>"


def columns(widths: Sequence[int], cells: Sequence[str]) -> str:
    """Return a row of cells without borders that never breaks across pages; `cells` are paragraphs."""
    row = "".join(_cell(content, width) for content, width in zip(cells, widths, strict=True))
    return _table(widths, f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{row}</w:tr>", borders=False)


class PaperColumn(Struct, frozen=True):
    title: str
    width: int
    align: Align = "left"


class GridRow(Struct, frozen=True):
    """Cells of a grid, as many as columns after spans; `spans` maps a cell's place to the columns it takes."""

    cells: Sequence[str]
    spans: tuple[tuple[int, int], ...] = ()
    bold: bool = False


def grid(head: Sequence[PaperColumn], rows: Iterable[GridRow], *, role: Role = nd30.CELL) -> str:
    """Return a table with borders. The head row is repeated on each page, no row breaks across pages."""
    bold = replace(role, bold=True)
    title = bold if role == nd30.CELL else nd30.DENSE_HEAD
    titles = "".join(
        _cell(_cell_text(column.title, "center", title, keep=True), column.width, shade=True) for column in head
    )
    body = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{titles}</w:tr>"]
    body += [_grid_row(head, row, bold if row.bold else role) for row in rows]
    return _table([column.width for column in head], "".join(body), borders=True)


def _grid_row(head: Sequence[PaperColumn], row: GridRow, role: Role) -> str:
    spans, at, cells = dict(row.spans), 0, []
    for place, text in enumerate(row.cells):
        span = spans.get(place, 1)
        align = head[at].align if span == 1 else ("left" if row.bold else "center")
        width = sum(column.width for column in head[at : at + span])
        cells.append(_cell(_cell_text(text, align, role, keep=row.bold), width, span))
        at += span
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"


def _cell_text(text: str, align: Align, role: Role, *, keep: bool) -> str:
    gap = 20 if role.size >= nd30.CELL.size else 0
    return paragraph([(text, role)], Shape(align, before=gap, after=gap, keep_next=keep))


def _cell(content: str, width: int, span: int = 1, *, shade: bool = False) -> str:
    spread = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    fill = '<w:shd w:val="clear" w:color="auto" w:fill="EDEDED"/><w:vAlign w:val="center"/>' if shade else ""
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spread}{fill}</w:tcPr>{content}</w:tc>'


def _table(widths: Sequence[int], rows: str, *, borders: bool) -> str:
    style = "single" if borders else "nil"
    edges = "".join(
        f'<w:{edge} w:val="{style}" w:sz="4" w:space="0" w:color="000000"/>'
        for edge in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    padding = 70 if borders else 0
    places = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{edges}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="{padding}" w:type="dxa"/>'
        f'<w:right w:w="{padding}" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{places}</w:tblGrid>{rows}</w:tbl>"
    )


class OfficialDocument:
    """An A4 document with the decree's margins and page numbers. Write top down, then take `bytes`."""

    def __init__(self, *, title: str, draft: bool) -> None:
        self._document = Document()
        self._plain_styles()
        properties = self._document.core_properties
        properties.title, properties.author, properties.language = title[:255], "", "vi-VN"
        properties.content_status = "Dự thảo" if draft else ""
        properties.comments = ""
        section = self._document.sections[0]
        _page(section, landscape=False)
        _number_pages(section)

    def write(self, *blocks: str) -> None:
        """Add paragraphs and tables, in order."""
        body = self._document.element.body
        for block in parse_xml(f'<w:body xmlns:w="{_NAMESPACE}">{"".join(blocks)}</w:body>'):
            body.insert_element_before(block, "w:sectPr")

    def picture(self, png: bytes, side: int) -> str:
        """Return a paragraph with a square picture, centred."""
        inline = self._document.part.new_pic_inline(io.BytesIO(png), width=Twips(side), height=Twips(side))
        return f"<w:p>{_paragraph_properties(CENTRED)}<w:r><w:drawing>{inline.xml}</w:drawing></w:r></w:p>"

    def foot(self, text: str) -> None:
        """Write the address at the foot of the first page, under a line across (ô 13)."""
        footer = self._document.sections[0].first_page_footer
        footer.is_linked_to_previous = False
        element = footer.paragraphs[0]._p  # noqa: SLF001 - python-docx gives no other way to its XML
        element.addprevious(_parse(line(nd30.TEXT_WIDTH, nd30.TEXT_WIDTH)))
        element.addprevious(_parse(paragraph([(text, nd30.CONTACT)], CENTRED)))
        element.getparent().remove(element)

    def appendix(self, *, landscape: bool) -> None:
        """Start an appendix: a new section whose pages are numbered from 1 again."""
        before = len(self._document.element.body)
        section = self._document.add_section(WD_SECTION.NEW_PAGE)
        # The paragraph that ends the section must not open a page of its own after a full one.
        ending = self._document.element.body[before - 1]
        ending.get_or_add_pPr().insert(
            0, _parse('<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>')
        )
        _page(section, landscape=landscape)
        section.different_first_page_header_footer = True
        section.first_page_footer.is_linked_to_previous = False
        for old in section._sectPr.findall(qn("w:pgNumType")):  # noqa: SLF001
            section._sectPr.remove(old)  # noqa: SLF001
        section._sectPr.find(qn("w:pgMar")).addnext(_parse('<w:pgNumType w:start="1"/>'))  # noqa: SLF001

    def bytes(self) -> bytes:
        out = io.BytesIO()
        self._document.save(out)
        return out.getvalue()

    def _plain_styles(self) -> None:
        """Replace the template's fonts, which come from a theme, by the decree's."""
        fonts = _parse(f"<w:rFonts {_FONTS}/>")
        styles = self._document.styles.element
        for old in list(styles.iter(qn("w:rFonts"))):
            old.getparent().replace(old, _parse(f"<w:rFonts {_FONTS}/>"))
        for tongue in styles.iter(qn("w:lang")):
            tongue.set(qn("w:val"), "vi-VN")
        normal = self._document.styles["Normal"].element.get_or_add_rPr()
        if normal.find(qn("w:rFonts")) is None:
            normal.insert(0, fonts)


def _parse(xml: str):  # type: ignore[no-untyped-def]
    opening, rest = re.match(r"(<[\w:]+)(.*)", xml, re.DOTALL).groups()  # type: ignore[union-attr]
    return parse_xml(f'{opening} xmlns:w="{_NAMESPACE}"{rest}')


def _page(section: Section, *, landscape: bool) -> None:
    width, height = nd30.PAGE
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (
        (Twips(height), Twips(width)) if landscape else (Twips(width), Twips(height))
    )
    section.top_margin, section.bottom_margin = Twips(nd30.TOP), Twips(nd30.BOTTOM)
    section.left_margin, section.right_margin = Twips(nd30.LEFT), Twips(nd30.RIGHT)
    section.header_distance = section.footer_distance = Twips(nd30.TOP // 2)


def _number_pages(section: Section) -> None:
    """Put a centred number in the upper margin from page 2 on; the first page has an empty header."""
    section.different_first_page_header_footer = True
    section.first_page_header.is_linked_to_previous = False
    section.header.is_linked_to_previous = False
    element = section.header.paragraphs[0]._p  # noqa: SLF001
    size = round(nd30.PAGE_NUMBER.size * 2)
    properties = f'<w:rPr><w:rFonts {_FONTS}/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>'
    parts = [
        f'<w:r>{properties}<w:fldChar w:fldCharType="begin"/></w:r>',
        f'<w:r>{properties}<w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>',
        f'<w:r>{properties}<w:fldChar w:fldCharType="separate"/></w:r>',
        f"<w:r>{properties}<w:t>2</w:t></w:r>",
        f'<w:r>{properties}<w:fldChar w:fldCharType="end"/></w:r>',
    ]
    element.addprevious(_parse(f"<w:p>{_paragraph_properties(CENTRED)}{''.join(parts)}</w:p>"))
    element.getparent().remove(element)
