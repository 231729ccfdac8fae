"""The 34 provinces and cities since 1 July 2025, and the names they had before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from msgspec import Struct

from bot.core.text import fold

from .problem import AnswerProblem

_FILE = Path(__file__).with_name("provinces.tsv")


class Province(Struct, frozen=True):
    """`kind` is tỉnh or thành phố; `former` are provinces that became a part of it."""

    name: str
    kind: str
    former: tuple[str, ...]


@cache
def provinces() -> Sequence[Province]:
    """Return all of them, cities first, then by name."""
    rows = (line.split("\t") for line in _FILE.read_text("utf-8").splitlines())
    return tuple(
        Province(name, kind, tuple(filter(None, (old.strip() for old in former.split(";")))))
        for name, kind, former in rows
    )


def province_named(words: str) -> Province:
    """Return a province by its number in the list, its name or a former one, with or without kind and marks.

    Raises AnswerProblem.
    """
    typed = fold(words).strip(" .")
    if typed.isdecimal() and 1 <= int(typed) <= len(provinces()):
        return provinces()[int(typed) - 1]
    bare = typed.removeprefix("tinh ").removeprefix("thanh pho ").removeprefix("tp. ").removeprefix("tp ")
    for one in provinces():
        if bare in {fold(one.name), *map(fold, one.former)}:
            return one
    raise AnswerProblem(
        f"Không có tỉnh nào tên “{words.strip()}” trong 34 tỉnh, thành: gõ số hoặc tên trong danh sách."
    )
