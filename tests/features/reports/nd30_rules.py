"""Holds a .docx against the rules of Nghị định 30/2020 (phụ lục I) that a machine can check, reading its XML.

It knows nothing of how the documents are made, so it also judges files from elsewhere.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, fromstring

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
COUNTRY = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM")
MOTTO = "Độc lập - Tự do - Hạnh phúc"
DAY = re.compile(
    r"^[^,]+, ngày (0[1-9]|[12]\d|3[01]|[ …]+) tháng (0[12]|[3-9]|1[0-2]|[ …]+) năm \d{4}$",
)
NUMBER = re.compile(r"^Số: ?(\d{2,}| +)/[A-Za-zĐđ]+(-[A-ZĐ0-9]+)+$")


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    sizes: frozenset[float]
    bold: bool
    italic: bool
    align: str
    first_line: int
    in_table: bool
    fonts: frozenset[str]
    page_of_appendix: bool


def faults(content: bytes, *, numbered: bool = True, dated: bool = True) -> list[str]:
    """What a clerk would send back; empty for a right document. A paper without number or day says so."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        document = _parse(package.read("word/document.xml"))
        headers = {name: package.read(name) for name in package.namelist() if name.startswith("word/header")}
        links = _parse(package.read("word/_rels/document.xml.rels"))
    targets = {link.get("Id", ""): f"word/{link.get('Target')}" for link in links}
    paragraphs = list(read(document))
    found = [*_pages(document), *_page_numbers(document, headers, targets), *_texts(paragraphs)]
    found += _type(paragraphs, numbered=numbered, dated=dated)
    found += _bodies(paragraphs)
    found += _tables(document)
    return found


def _parse(xml: bytes) -> Element:
    return fromstring(xml)  # noqa: S314 - files that a test has just made


def read(document: Element) -> Iterator[Paragraph]:
    appendix = False
    in_tables = {element for table in document.iter(f"{W}tbl") for element in table.iter(f"{W}p")}
    for element in document.iter(f"{W}p"):
        runs = [run for run in element.iter(f"{W}r") if "".join(run.itertext()).strip()]
        text = "".join("".join(node.text or "" for node in run.iter(f"{W}t")) for run in element.iter(f"{W}r"))
        appendix = appendix or re.fullmatch(r"Phụ lục( [IVX]+)?", text.strip()) is not None
        indent, align = element.find(f"{W}pPr/{W}ind"), element.find(f"{W}pPr/{W}jc")
        yield Paragraph(
            text,
            frozenset(int(_value(run, "sz") or 0) / 2 for run in runs),
            bool(runs) and all(run.find(f"{W}rPr/{W}b") is not None for run in runs),
            bool(runs) and all(run.find(f"{W}rPr/{W}i") is not None for run in runs),
            "left" if align is None else align.get(f"{W}val", ""),
            0 if indent is None else int(indent.get(f"{W}firstLine", "0")),
            element in in_tables,
            frozenset(
                fonts.get(f"{W}{script}", "")
                for run in runs
                for fonts in run.iter(f"{W}rFonts")
                for script in ("ascii", "hAnsi", "cs", "eastAsia")
            ),
            appendix,
        )


def _value(run: Element, tag: str) -> str | None:
    found = run.find(f"{W}rPr/{W}{tag}")
    return None if found is None else found.get(f"{W}val")


def _pages(document: Element) -> Iterator[str]:
    for at, section in enumerate(document.iter(f"{W}sectPr")):
        size, margins = section.find(f"{W}pgSz"), section.find(f"{W}pgMar")
        if size is None or margins is None:
            yield f"section {at}: no page size or margins"
            continue
        page = (int(size.get(f"{W}w", "0")), int(size.get(f"{W}h", "0")))
        if page != (11906, 16838) and (at == 0 or page != (16838, 11906)):
            yield f"section {at}: page is {page}"
        for side, low, high in (("top", 20, 25), ("bottom", 20, 25), ("left", 30, 35), ("right", 15, 20)):
            millimetres = int(margins.get(f"{W}{side}", "0")) * 25.4 / 1440
            if not low - 0.05 <= millimetres <= high + 0.05:
                yield f"section {at}: margin {side} is {millimetres:.1f} mm"


def _page_numbers(document: Element, headers: dict[str, bytes], targets: dict[str, str]) -> Iterator[str]:
    first, *others = document.iter(f"{W}sectPr")
    kinds = {
        reference.get(f"{W}type", ""): headers[targets[reference.get(_RELATION, "")]]
        for reference in first.iter(f"{W}headerReference")
    }
    default = _parse(kinds["default"]) if "default" in kinds else None
    if default is None or "PAGE" not in "".join(default.itertext()):
        yield "no page number in the header"
    elif [jc.get(f"{W}val") for jc in default.iter(f"{W}jc")] != ["center"]:
        yield "the page number is not centred"
    elif {int(size.get(f"{W}val", "0")) / 2 for size in default.iter(f"{W}sz")} - {13.0, 14.0}:
        yield "the page number has another size than 13 or 14"
    if first.find(f"{W}titlePg") is None:
        yield "the first page is not different"
    if "first" not in kinds or "".join(_parse(kinds["first"]).itertext()).strip():
        yield "the header of the first page is not empty"
    for section in others:
        start = section.find(f"{W}pgNumType")
        if start is None or start.get(f"{W}start") != "1":
            yield "an appendix does not number its own pages"


_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def _texts(paragraphs: list[Paragraph]) -> Iterator[str]:
    for item in paragraphs:
        if item.text != unicodedata.normalize("NFC", item.text):
            yield f"not NFC: {item.text[:40]!r}"
        if item.fonts - {"Times New Roman"} or (item.text.strip() and not item.fonts):
            yield f"font {sorted(item.fonts)}: {item.text[:40]!r}"
        if re.search(r"\bNone\b|\bnan\b|\{\w*\}|\{\{", item.text):
            yield f"left over: {item.text[:60]!r}"


def _type(paragraphs: list[Paragraph], *, numbered: bool, dated: bool) -> Iterator[str]:
    yield from _one(paragraphs, "country", [p for p in paragraphs if p.text in COUNTRY], 12, 13, bold=True)
    yield from _one(paragraphs, "motto", [p for p in paragraphs if p.text == MOTTO], 13, 14, bold=True)
    if numbered:
        lines = [p for p in paragraphs if p.text.startswith("Số:")]
        yield from _one(paragraphs, "number", [p for p in lines if NUMBER.match(p.text)], 13, 13)
    if dated:
        yield from _one(paragraphs, "day", [p for p in paragraphs if DAY.match(p.text)], 13, 14, italic=True)
    recipients = [p for p in paragraphs if p.text == "Nơi nhận:"]
    for item in recipients:
        yield from _looks("recipients", item, 12, 12, bold=True, italic=True)
        listed = _following(paragraphs, item)
        if not listed or not listed[-1].text.endswith("."):
            yield "the list of recipients is empty or does not end with a full stop"
        for line in listed:
            yield from _looks("recipient", line, 11, 11)
    for item in paragraphs:
        if re.match(r"^(Phụ lục)( [IVX]+)?$", item.text):
            yield from _looks("appendix", item, 14, 14, bold=True)
        if item.text.startswith("(Kèm theo"):
            yield from _looks("attached to", item, 13, 14, italic=True)
        if re.match(r"^[IVX]+\. ", item.text) and not item.in_table:
            if item.text != item.text.upper():
                yield f"section not in capitals: {item.text!r}"
            yield from _looks("section", item, 13, 14, bold=True)
        if item.text.startswith("V/v "):
            yield from _looks("V/v", item, 12, 13)
        if item.text.startswith("Kính gửi:"):
            yield from _looks("addressee", item, 13, 14)


def _following(paragraphs: list[Paragraph], item: Paragraph) -> list[Paragraph]:
    listed = []
    for line in paragraphs[paragraphs.index(item) + 1 :]:
        if not line.text.startswith("- "):
            break
        listed.append(line)
    return listed


def _one(
    paragraphs: list[Paragraph],
    name: str,
    found: list[Paragraph],
    low: float,
    high: float,
    *,
    bold: bool = False,
    italic: bool = False,
) -> Iterator[str]:
    if len(found) != 1:
        yield f"{name}: {len(found)} found among {[p.text for p in paragraphs[:12]]}"
    for item in found:
        yield from _looks(name, item, low, high, bold=bold, italic=italic)


def _looks(
    name: str, item: Paragraph, low: float, high: float, *, bold: bool = False, italic: bool = False
) -> Iterator[str]:
    if not item.sizes or any(not low <= size <= high for size in item.sizes):
        yield f"{name}: size {sorted(item.sizes)}"
    if (item.bold, item.italic) != (bold, italic):
        yield f"{name}: bold {item.bold}, italic {item.italic}: {item.text!r}"


def _bodies(paragraphs: list[Paragraph]) -> Iterator[str]:
    """Full paragraphs of text stand justified, their first line indented by 1 or 1,27 cm."""
    body = [p for p in paragraphs if p.align == "both" and not p.in_table]
    if not body:
        yield "no justified text"
    for item in body:
        if item.first_line not in (567, 720):
            yield f"first line {item.first_line}: {item.text[:40]!r}"
        if any(not 13 <= size <= 14 for size in item.sizes):
            yield f"body size {sorted(item.sizes)}: {item.text[:40]!r}"
    for item in paragraphs:
        plain = not item.in_table and not item.page_of_appendix and len(item.text) > 120
        if plain and item.align not in ("both", "center") and max(item.sizes) > 8:
            yield f"long text is not justified: {item.text[:40]!r}"


def _tables(document: Element) -> Iterator[str]:
    for table in document.iter(f"{W}tbl"):
        rows = list(table.iter(f"{W}tr"))
        if any(row.find(f"{W}trPr/{W}cantSplit") is None for row in rows):
            yield "a row may break across pages"
        borders = table.find(f"{W}tblPr/{W}tblBorders/{W}top")
        if borders is not None and borders.get(f"{W}val") == "single":
            if rows[0].find(f"{W}trPr/{W}tblHeader") is None:
                yield "the head of a table is not repeated"
            if len(rows) < 2:
                yield "an empty table"
