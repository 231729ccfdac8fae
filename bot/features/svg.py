"""Drawings in SVG, built of elements and never of strings: words in them are escaped, wherever they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from bot.core.text import compiled

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SPACE = "http://www.w3.org/2000/svg"
Shape: TypeAlias = "Element"
"""A shape, which may have others inside."""
Value = str | float | None

_NOT_XML = r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""What comes unseen with copied words; one such character would make the whole drawing unreadable."""


def shape(kind: str, *inside: Shape, words: str = "", **attributes: Value) -> Shape:
    """Return an element. `stroke_width=2` is `stroke-width="2"`; None leaves an attribute out."""
    made = _element(kind, attributes)
    made.text = compiled(_NOT_XML).sub("", words)
    made.extend(inside)
    return made


def text(
    x: float,
    y: float,
    words: str,
    size: int,
    colour: str,
    *,
    anchor: str | None = None,
    bold: bool = False,
) -> Shape:
    """Return a line of words."""
    weight = "bold" if bold else None
    return shape("text", words=words, x=x, y=y, font_size=size, fill=colour, font_weight=weight, text_anchor=anchor)


def drawing(width: float, height: float, inside: Iterable[Shape], **attributes: Value) -> str:
    """Return the whole drawing."""
    frame = f"0 0 {_written(width)} {_written(height)}"
    size: Mapping[str, Value] = {"xmlns": SPACE, "viewBox": frame, "width": width, "height": height}
    made = _element("svg", {**size, **attributes})
    made.extend(inside)
    from xml.etree.ElementTree import tostring

    return tostring(made, encoding="unicode")


def _element(kind: str, attributes: Mapping[str, Value]) -> Shape:
    from xml.etree.ElementTree import Element  # with the first drawing

    return Element(kind, {_named(name): _written(value) for name, value in attributes.items() if value is not None})


def _named(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _written(value: str | float) -> str:
    """Return a value; a tenth of a pixel is finer than anybody sees."""
    return compiled(_NOT_XML).sub("", value) if isinstance(value, str) else f"{round(value, 1):g}"
