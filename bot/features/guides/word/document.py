"""A guide as it was written in Word, and the reasons why a file is none.

The reader is `word`, which loads python-docx.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.features.guides.model import BlockKind
from bot.i18n import msg

TOO_LARGE = msg("Tệp Word lớn quá 20 MB. Bác bỏ bớt ảnh rồi gửi lại.")
TOO_LONG = msg("Tệp Word dài quá một bài hướng dẫn. Bác chia thành nhiều bài rồi gửi lại.")
OLD_FORMAT = msg("Đây là tệp Word đời cũ (.doc). Bác mở bằng Word, chọn Lưu thành…, loại .docx rồi gửi lại.")
NOT_WORD = msg("Đây không phải tệp Word (.docx). Bác chọn đúng tệp rồi gửi lại.")
BROKEN = msg("Tệp Word bị hỏng nên không mở được. Bác mở bằng Word, lưu lại rồi gửi lại.")
MACROS = msg("Tệp Word có macro (.docm) nên không nhận. Bác chọn Lưu thành…, loại .docx rồi gửi lại.")
NO_HEADING = msg("Tệp Word chưa có bước nào. Mỗi tên bước bác đặt kiểu chữ “Heading 1” (Tiêu đề 1).")


class NotAGuide(Exception):
    """The file cannot be read; the text is one or two Vietnamese sentences for the person who sent it."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph; `text` is inline CommonMark, a list item begins with `• ` or its number as in model.Block."""

    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True)
class WordPicture:
    """`suffix` is with its dot; `step` the title of the step where it stands."""

    data: bytes
    suffix: str
    step: str


@dataclass(slots=True)
class WordStep:
    title: str
    passages: list[Passage] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WordGuide:
    """`title` is "" when nothing stands above the first step; `notes` are sentences for the author."""

    title: str
    steps: tuple[WordStep, ...]
    pictures: tuple[WordPicture, ...]
    notes: tuple[str, ...]
