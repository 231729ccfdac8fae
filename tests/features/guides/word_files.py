"""Word files as officials send them, good and bad, made for tests."""

from __future__ import annotations

import io
import zipfile

from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.text import WD_BREAK
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from PIL import Image

from bot.features.guides.markdown import plain, to_text
from bot.features.guides.model import Guide

_PREFIX = {"text": "", "tip": "Mẹo: ", "warning": "Chú ý: "}


def document(title: str = "") -> DocumentObject:
    made = Document()
    if title:
        made.add_paragraph(title, style="Title")
    return made


def data(of: DocumentObject) -> bytes:
    out = io.BytesIO()
    of.save(out)
    return out.getvalue()


def word_of(guide: Guide) -> DocumentObject:
    """What an official has who copied the guide into Word: titles, texts, lists, bold and links, nothing else."""
    made = document(guide.title)
    for step in guide.steps.values():
        made.add_paragraph(plain(step.title), style="Heading 1")
        for block in step.blocks:
            head, _, rest = block.text.partition(" ")
            if block.kind == "text" and head == "•":
                styled(made.add_paragraph(style="List Bullet"), rest)
            elif block.kind == "text" and head[:-1].isdigit() and head.endswith("."):
                styled(made.add_paragraph(style="List Number"), rest)
            else:
                paragraph = made.add_paragraph(_PREFIX[block.kind])
                styled(paragraph, block.text)
    return made


def styled(paragraph: Paragraph, inline: str) -> None:
    """Inline CommonMark as runs and hyperlinks."""
    for span in to_text(inline, {}).spans:
        lines = span.text.split("\n")
        run = paragraph.add_run(lines[0])
        for line in lines[1:]:
            run.add_break(WD_BREAK.LINE)
            run.add_text(line)
        run.bold = span.style == "bold" or None
        if span.link:
            link = OxmlElement("w:hyperlink")
            link.set(qn("r:id"), paragraph.part.relate_to(span.link, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
            paragraph._p.remove(run._r)
            link.append(run._r)
            paragraph._p.append(link)


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "PNG")
    out.seek(0)
    return out


def archive(**parts: bytes) -> bytes:
    """A zip with these parts; `__` in a name stands for a slash, `_` before the suffix for a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            folder, _, file = name.rpartition("__")
            made.writestr(f"{folder}/{file.replace('_', '.')}" if folder else file.replace("_", "."), content)
    return out.getvalue()


def tracked(paragraph: Paragraph, inserted: str, deleted: str) -> None:
    """A change that nobody has accepted yet."""
    for tag, text_tag, words in (("w:ins", "w:t", inserted), ("w:del", "w:delText", deleted)):
        change, run, text = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(text_tag)
        text.text = words
        run.append(text)
        change.append(run)
        paragraph._p.append(change)


def text_box(paragraph: Paragraph, words: str) -> None:
    run, box, inner = OxmlElement("w:r"), OxmlElement("w:txbxContent"), OxmlElement("w:p")
    inner_run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = words
    inner_run.append(text)
    inner.append(inner_run)
    box.append(inner)
    picture_frame = OxmlElement("w:pict")
    picture_frame.append(box)
    run.append(picture_frame)
    paragraph._p.append(run)
