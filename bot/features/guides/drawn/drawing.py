"""A phone screen or a paper described in a fenced block of a guide, line by line.

```màn hình
tiêu đề: Nộp hồ sơ
ô: Tỉnh = Ninh Bình
bấm: Nộp trực tuyến
```
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import Enum
from typing import Literal

from msgspec import Struct

from bot.features.guides.findings import Code, FindingCollector

MAX_LINES = 8
MAX_LENGTH = 40
STYLE = 1
"""Rises whenever the same description is drawn otherwise: messengers keep pictures by their names."""

DrawingKind = Literal["screen", "paper"]


class Part(Enum):
    """A kind of line: its key."""

    TITLE = "tiêu đề"
    TEXT = "chữ"
    FIELD = "ô"
    ROW = "mục"
    BOX = "chọn"
    BUTTON = "nút"
    PRESS = "bấm"
    LINE = "dòng"
    FILL = "điền"
    SIGN = "ký"
    STAMP = "dấu"


FENCES: Mapping[str, DrawingKind] = {"màn hình": "screen", "giấy": "paper"}
_KEYS: Mapping[DrawingKind, tuple[Part, ...]] = {
    "screen": (Part.TITLE, Part.TEXT, Part.FIELD, Part.ROW, Part.BOX, Part.BUTTON, Part.PRESS),
    "paper": (Part.TITLE, Part.LINE, Part.FILL, Part.SIGN, Part.STAMP),
}


class Line(Struct, frozen=True):
    """`value` is what a field already says; `ticked` belongs to a box."""

    part: Part
    text: str
    value: str = ""
    ticked: bool = False


class Drawing(Struct, frozen=True):
    kind: DrawingKind
    lines: tuple[Line, ...]

    @property
    def file(self) -> str:
        """Return the name of its picture, which another description or style would not have."""
        shown = (STYLE, self.kind, tuple((one.part.value, one.text, one.value, one.ticked) for one in self.lines))
        return f"img/ve-{hashlib.sha256(repr(shown).encode()).hexdigest()[:16]}.png"

    @property
    def source(self) -> str:
        """Return the fenced block that describes it."""
        fence = next(name for name, kind in FENCES.items() if kind == self.kind)
        return "\n".join((f"```{fence}", *map(_written, self.lines), "```"))

    def of(self, *parts: Part) -> list[Line]:
        return [line for line in self.lines if line.part in parts]


def read(kind: DrawingKind, content: str, first_line: int, report: FindingCollector) -> Drawing:
    """Read the lines of a block; `first_line` is the one below the fence. A line that cannot be read is left out."""
    lines: list[Line] = []
    count = 0
    for number, written in enumerate(content.split("\n"), first_line):
        if not written.strip():
            continue
        count += 1
        if count == MAX_LINES + 1:
            message = f"Hình vẽ có nhiều nhất {MAX_LINES} dòng, hãy bỏ bớt những gì không cần bấm hay điền."
            report.add(Code.DRAWN_LONG, number, message)
        line = _line(kind, written, number, report)
        if line is not None and line.part is Part.PRESS and any(one.part is Part.PRESS for one in lines):
            report.add(Code.DRAWN_PRESS, number, "Mỗi hình chỉ có một dòng “bấm”. Nút khác viết là “nút: …”.")
        elif line is not None:
            lines.append(line)
    if not count:
        report.add(Code.DRAWN_LINE, first_line - 1, "Hình vẽ chưa có dòng nào, ví dụ “tiêu đề: Nộp hồ sơ”.")
    return Drawing(kind, tuple(lines))


def _line(kind: DrawingKind, written: str, number: int, report: FindingCollector) -> Line | None:
    def tell(code: Code, message: str) -> None:
        report.add(code, number, message)

    key, colon, rest = (piece.strip() for piece in written.partition(":"))
    keys = {part.value: part for part in _KEYS[kind]}
    part = keys.get(" ".join(key.lower().split()))
    if not colon or part is None:
        tell(Code.DRAWN_LINE, f"Dòng này phải bắt đầu bằng một trong: {', '.join(f'“{name}:”' for name in keys)}.")
        return None
    if not rest:
        tell(Code.DRAWN_LINE, f"Sau “{part.value}:” chưa có chữ nào.")
        return None
    if "{" in rest:
        tell(Code.DRAWN_LINE, "Hình vẽ giống nhau ở mọi xã, nên không dùng {…}. Hãy viết chữ thường.")
    if len(rest) > MAX_LENGTH:
        tell(Code.DRAWN_LONG, f"Dòng này dài {len(rest)} chữ cái, nhiều nhất {MAX_LENGTH}. Hãy rút gọn.")
    if part is Part.FIELD:
        name, _, value = (piece.strip() for piece in rest.partition("="))
        return Line(part, name or rest, value)
    if part is Part.BOX:
        mark, words = rest[:3].lower(), rest[3:].strip()
        if mark in ("[x]", "[ ]") and words:
            return Line(part, words, ticked=mark == "[x]")
        tell(Code.DRAWN_LINE, "Dòng “chọn” viết là “chọn: [x] chữ” (đã đánh dấu) hoặc “chọn: [ ] chữ”.")
        return None
    return Line(part, rest)


def _written(line: Line) -> str:
    if line.part is Part.BOX:
        return f"{line.part.value}: [{'x' if line.ticked else ' '}] {line.text}"
    return f"{line.part.value}: {line.text}{f' = {line.value}' if line.value else ''}"
