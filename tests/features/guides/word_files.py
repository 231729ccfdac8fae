"""Word files as officials send them, good and bad, made for tests."""

from __future__ import annotations

import io
import zipfile

from docx import Document
from docx.document import Document as DocumentObject
from docx.oxml import OxmlElement
from docx.text.paragraph import Paragraph
from PIL import Image


def document(title: str = "") -> DocumentObject:
    made = Document()
    if title:
        made.add_paragraph(title, style="Title")
    return made


def data(of: DocumentObject) -> bytes:
    out = io.BytesIO()
    of.save(out)
    return out.getvalue()


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
