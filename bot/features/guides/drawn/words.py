"""A drawing in words: for those who cannot see it, and for messengers that show no pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.core.text import Text
from bot.i18n import msg

from .drawing import Drawing, Line, Part

Say = Callable[[str], str]
"""Translate a template of the program."""

_PARTS: Mapping[Part, str] = {
    Part.TEXT: msg("chữ “{text}”"),
    Part.FIELD: msg("ô “{text}” để điền"),
    Part.ROW: msg("dòng “{text}”"),
    Part.BOX: msg("ô chọn “{text}” còn trống"),
    Part.BUTTON: msg("nút “{text}”"),
    Part.LINE: msg("dòng “{text}”"),
    Part.FILL: msg("chỗ điền “{text}”"),
    Part.SIGN: msg("chỗ ký “{text}”"),
    Part.STAMP: msg("dấu “{text}”"),
}
_FILLED = msg("ô “{text}” đã ghi “{value}”")
_TICKED = msg("ô chọn “{text}” đã đánh dấu")
_NAMED = {"screen": msg("Màn hình “{title}” (minh họa)."), "paper": msg("Tờ giấy “{title}” (minh họa).")}
_UNNAMED = {"screen": msg("Một màn hình (minh họa)."), "paper": msg("Một tờ giấy (minh họa).")}
_HAS = msg("Trên đó có: {parts}.")
_PRESS = msg("Bấm nút “{text}”.")


def described(drawing: Drawing, say: Say = lambda message: message) -> str:
    """Describe what is drawn, in one line."""
    titles = drawing.of(Part.TITLE)
    head = Text.of(say(_NAMED[drawing.kind]), title=titles[0].text) if titles else Text.of(say(_UNNAMED[drawing.kind]))
    sentences = [head.plain]
    parts = [_part(line, say) for line in drawing.lines if line.part not in (Part.TITLE, Part.PRESS)]
    if parts:
        sentences.append(Text.of(say(_HAS), parts=", ".join(parts)).plain)
    sentences += [Text.of(say(_PRESS), text=line.text).plain for line in drawing.of(Part.PRESS)]
    return " ".join(sentences)


def _part(line: Line, say: Say) -> str:
    if line.value:
        return Text.of(say(_FILLED), text=line.text, value=line.value).plain
    return Text.of(say(_TICKED if line.ticked else _PARTS[line.part]), text=line.text).plain
