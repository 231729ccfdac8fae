"""Read a guide written in Word: steps by "Heading 1", and a sentence about everything left out or changed.

Nothing in the file is trusted: it is checked as an archive before it is opened, and its XML has no entities.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from docx import Document
from docx.document import Document as DocumentObject
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.table import Table
from docx.text.paragraph import Paragraph

from bot.core.lean import patterns
from bot.features.guides.model import MOST_OF_WORD, BlockKind
from bot.features.untrusted.zips import Room, TooMuch

from .document import (
    BROKEN,
    MACROS,
    NO_HEADING,
    NOT_WORD,
    OLD_FORMAT,
    TOO_LARGE,
    TOO_LONG,
    NotAGuide,
    Passage,
    WordGuide,
    WordPicture,
    WordStep,
)
from .text import escaped, inline, one_line, tidy

_MOST_UNPACKED = 100_000_000
_MOST_MARKUP = 10_000_000
"""Bytes beside the pictures: opened, they take some twenty times as much memory."""
_MOST_PARTS = 5_000
_PICTURES = "word/media/"
_MOST_PARAGRAPHS = 3_000
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError)
"""What a damaged file raises; RuntimeError for one with a password or an unknown way of packing."""
_OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_AT_START = patterns.compile(r"([#+~-])")
_CALLOUT = patterns.compile(r"\s*(?:⚠️?\s*)?(?P<name>mẹo|chú ý|cảnh báo)\s*:\s*", re.IGNORECASE)


def read(data: bytes) -> WordGuide:
    """Read a Word document. Raises NotAGuide."""
    packed = _packed_anew(data)
    try:
        document = Document(packed)
    except (PackageNotFoundError, SyntaxError, KeyError, *_UNREADABLE):
        raise NotAGuide(BROKEN) from None
    if document.element.tag != qn("w:document") or document.element.body is None:
        raise NotAGuide(BROKEN)
    if sum(1 for _ in document.element.body.iter(qn("w:p"))) > _MOST_PARAGRAPHS:
        raise NotAGuide(TOO_LONG)
    return _Reader(document).read()


def _packed_anew(data: bytes) -> io.BytesIO:
    """Pack the file anew for the library: every part once, counted as it came out. Raises NotAGuide."""
    _look(data)
    out, markup, pictures = io.BytesIO(), Room(_MOST_MARKUP), Room(_MOST_UNPACKED)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as kept:
            for name, part in source.NameToInfo.items():
                kept.writestr(name, (pictures if name.startswith(_PICTURES) else markup).read(source, part))
    except TooMuch as part:
        raise NotAGuide(TOO_LARGE if str(part).startswith(_PICTURES) else TOO_LONG) from None
    except _UNREADABLE:
        raise NotAGuide(BROKEN) from None
    return out


def _look(data: bytes) -> None:
    """Check what can be checked without opening the document. Raises NotAGuide."""
    if len(data) > MOST_OF_WORD:
        raise NotAGuide(TOO_LARGE)
    if data.startswith(_OLD_WORD):
        raise NotAGuide(OLD_FORMAT)
    if not data.startswith(b"PK"):
        raise NotAGuide(NOT_WORD)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except _UNREADABLE:
        raise NotAGuide(BROKEN) from None
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
        raise NotAGuide(TOO_LARGE)
    if sum(part.file_size for part in parts if not part.filename.startswith(_PICTURES)) > _MOST_MARKUP:
        raise NotAGuide(TOO_LONG)
    names = {part.filename for part in parts}
    if any(name.endswith("vbaProject.bin") for name in names):
        raise NotAGuide(MACROS)
    if "word/document.xml" not in names:
        raise NotAGuide(NOT_WORD)


class _Reader:
    def __init__(self, document: DocumentObject) -> None:
        self._document = document
        self._steps: list[WordStep] = []
        self._pictures: list[WordPicture] = []
        self._notes: list[str] = []
        self._number = 0
        self._styles: dict[str | None, str] = {}

    def read(self) -> WordGuide:
        self._settle_changes()
        self._note_what_is_lost()
        title = ""
        for item in self._document.iter_inner_content():
            if isinstance(item, Table):
                self._table(item)
            elif not self._steps and not title and self._style(item) != "Heading 1" and item.text.strip():
                title = one_line(item.text)
            else:
                self._paragraph(item)
        if not self._steps:
            raise NotAGuide(NO_HEADING)
        return WordGuide(title, tuple(self._steps), tuple(self._pictures), tuple(dict.fromkeys(self._notes)))

    # What Word knows and a guide does not

    def _settle_changes(self) -> None:
        """Accept tracked changes, and replace content controls by their content."""
        body = self._document.element.body
        gone, stays = (qn("w:del"), qn("w:moveFrom")), (qn("w:ins"), qn("w:moveTo"))
        changes = [*body.iter(*gone, *stays)]
        if changes:
            self._notes.append("Bản Word còn chỗ sửa có theo dõi (Track Changes); tôi lấy như đã chấp nhận hết.")
        for element in changes:
            if element.tag in gone and element.getparent() is not None:
                element.getparent().remove(element)
        for element in [*body.iter(*stays), *body.iter(qn("w:sdt")), *body.iter(qn("w:smartTag"))]:
            _unwrap(element)

    def _note_what_is_lost(self) -> None:
        body = self._document.element.body
        lost = {
            qn("w:commentReference"): "Các ghi chú (comment) trong bản Word không đưa vào bài.",
            qn("w:txbxContent"): "Chữ trong khung (text box) không đọc được; bác chuyển thành đoạn thường.",
            qn("w:footnoteReference"): "Chú thích cuối trang không đưa vào bài.",
        }
        self._notes += [note for tag, note in lost.items() if next(body.iter(tag), None) is not None]

    # Paragraphs

    def _paragraph(self, item: Paragraph) -> None:
        style = self._style(item)
        if style == "Heading 1":
            if title := one_line(item.text):
                self._steps.append(WordStep(title))
                self._number = 0
            self._take_pictures(item)
            return
        self._take_pictures(item)
        text = tidy("".join(inline(item)))
        if not text:
            return
        if not self._steps:
            self._notes.append("Chữ đứng trước tên bước đầu tiên không đưa vào bài.")
            return
        if style.startswith("Heading"):
            self._notes.append(f"Tiêu đề nhỏ “{one_line(item.text)}” thành chữ đậm: bài chỉ có một cấp tiêu đề.")
            text = f"**{escaped(one_line(item.text))}**"
        self._put(text, _listed(item, style))

    def _style(self, item: Paragraph) -> str:
        """Return the name of a style; Word keeps the English names of its own styles in every language.

        The library looks through all styles of the document for each paragraph, so each style is asked for once.
        """
        key = item._p.style  # noqa: SLF001 - its id
        if key not in self._styles:
            self._styles[key] = "" if item.style is None or item.style.name is None else item.style.name
        return self._styles[key]

    def _put(self, text: str, listed: str) -> None:
        passages = self._steps[-1].passages
        self._number = self._number + 1 if listed == "number" else 0
        if listed:
            passages.append(Passage("text", f"• {text}" if listed == "bullet" else f"{self._number}. {text}"))
            return
        plain = text.replace("**", "")
        callout = _CALLOUT.match(plain)
        if callout is None:
            passages.append(Passage("text", _AT_START.sub(r"\\\1", text, count=1) if text[0] in "#+~-" else text))
            return
        kind: BlockKind = "tip" if callout["name"].lower() == "mẹo" else "warning"
        # The mark is often bold together with its colon; what follows keeps its own bold.
        rest = plain[callout.end() :] if text.count("**") <= 2 and text.startswith("**") else _after(text, callout)
        if rest.strip():
            passages.append(Passage(kind, rest.strip()))

    def _table(self, table: Table) -> None:
        if not self._steps:
            self._notes.append("Chữ đứng trước tên bước đầu tiên không đưa vào bài.")
            return
        self._notes.append(f"Bảng ở bước “{self._steps[-1].title}” thành từng dòng chữ; bác xem lại.")
        for row in table.rows:
            cells: dict[BaseOxmlElement, str] = {}
            for cell in row.cells:
                cells[cell._tc] = one_line(cell.text)  # noqa: SLF001 - a merged cell comes several times
                for paragraph in cell.paragraphs:
                    self._take_pictures(paragraph)
            words = ": ".join(escaped(text) for text in cells.values() if text)
            if words:
                self._steps[-1].passages.append(Passage("text", f"• {words}"))

    def _take_pictures(self, item: Paragraph) -> None:
        step = self._steps[-1].title if self._steps else ""
        for blip in item._p.iter(qn("a:blip")):  # noqa: SLF001 - python-docx has no name for it
            part = item.part.related_parts.get(blip.get(qn("r:embed"), ""))
            if part is None:
                self._notes.append("Một ảnh chỉ là liên kết ra ngoài nên không lấy được.")
                continue
            suffix = "." + str(part.partname).rpartition(".")[2].lower()
            self._pictures.append(WordPicture(part.blob, suffix, step))


def _listed(item: Paragraph, style: str) -> str:
    """Return "bullet", "number" or "": by the style's name, else by the numbering that the paragraph points to."""
    if style.startswith("List Bullet"):
        return "bullet"
    if style.startswith("List Number"):
        return "number"
    numbers = item._p.xpath("./w:pPr/w:numPr/w:numId/@w:val")  # noqa: SLF001
    if not numbers or not numbers[0].isdecimal() or numbers[0] == "0":
        return ""
    try:
        numbering = item.part.numbering_part.element  # type: ignore[attr-defined]  # python-docx types the base part
    except (KeyError, NotImplementedError):
        return "bullet"
    abstract = numbering.xpath(f"./w:num[@w:numId='{int(numbers[0])}']/w:abstractNumId/@w:val")
    formats = (
        abstract
        and abstract[0].isdecimal()
        and numbering.xpath(
            f"./w:abstractNum[@w:abstractNumId='{int(abstract[0])}']/w:lvl[@w:ilvl='0']/w:numFmt/@w:val"
        )
    )
    return "number" if formats and formats[0] != "bullet" else "bullet"


def _after(text: str, callout: re.Match[str]) -> str:
    """Return the styled text after the mark: drop as many visible characters as the mark has."""
    at = seen = 0
    while seen < callout.end():
        if text.startswith("**", at):
            at += 2
        else:
            at, seen = at + 1, seen + 1
    rest = text[at:]
    return rest.removeprefix("**") if rest.count("**") % 2 else rest


def _unwrap(element: BaseOxmlElement) -> None:
    """Replace an element by its children; a content control by those of its content."""
    parent = element.getparent()
    if parent is None:
        return
    inside = element.find(qn("w:sdtContent")) if element.tag == qn("w:sdt") else element
    at = parent.index(element)
    for child in reversed(list(inside) if inside is not None else []):
        parent.insert(at, child)
    parent.remove(element)
