"""Write a guide as a Word file: the words that its readers see, for an official to change and hand in again.

Headings, lists and styles are those that `word` reads; links, questions and pictures stay with the guide and are not in
the file.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.text import WD_BREAK
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.text.paragraph import Paragraph

from bot.features.guides.markdown import plain, to_text
from bot.features.guides.model import BlockKind, Guide

_MARKS: Mapping[BlockKind, str] = {"text": "", "tip": "Mẹo: ", "warning": "Chú ý: "}


def written(guide: Guide) -> bytes:
    """Write a .docx that `word.read` and `word_merge.merge` turn into the same guide."""
    out = io.BytesIO()
    document_of(guide).save(out)
    return out.getvalue()


def document_of(guide: Guide) -> DocumentObject:
    made = Document()
    made.sections[0].page_width, made.sections[0].page_height = Mm(210), Mm(297)
    made.add_paragraph(guide.title, style="Title")
    for step in guide.steps.values():
        made.add_paragraph(plain(step.title), style="Heading 1")
        for block in step.blocks:
            head, _, rest = block.text.partition(" ")
            if block.kind == "text" and head == "•":
                fill(made.add_paragraph(style="List Bullet"), rest)
            elif block.kind == "text" and head[:-1].isdigit() and head.endswith("."):
                fill(made.add_paragraph(style="List Number"), rest)
            else:
                fill(made.add_paragraph(_MARKS[block.kind]), block.text)
    return made


def fill(paragraph: Paragraph, inline: str) -> None:
    """Add inline CommonMark as runs and hyperlinks."""
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
            paragraph._p.remove(run._r)  # noqa: SLF001 - python-docx reads links and writes none
            link.append(run._r)  # noqa: SLF001
            paragraph._p.append(link)  # noqa: SLF001
