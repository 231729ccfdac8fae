"""A diagnosis: what was looked at, how it is, and what mends it, in sentences that can be translated and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.core.text import Text

Grade = Literal["good", "soon", "bad"]
"""How it is: nothing to do, to be done before it breaks, or broken."""

Value = str | int


class Diagnosis(BaseModel, defer_build=True):
    """`what` and `mend` are templates marked with `msg`, filled with `values`; `mend` is "" when nothing is to do."""

    model_config = ConfigDict(frozen=True)

    check: str
    grade: Grade
    what: str
    mend: str = ""
    values: Mapping[str, Value] = {}

    def described(self, translate: Callable[[str], str]) -> Text:
        return Text.of(translate(self.what), **self.values)

    def mended(self, translate: Callable[[str], str]) -> Text:
        """Return the way to mend it, an empty text for none."""
        return Text.of(translate(self.mend), **self.values) if self.mend else Text()


def good(check: str, what: str, **values: Value) -> Diagnosis:
    return Diagnosis(check=check, grade="good", what=what, values=values)


def soon(check: str, what: str, mend: str, **values: Value) -> Diagnosis:
    return Diagnosis(check=check, grade="soon", what=what, mend=mend, values=values)


def bad(check: str, what: str, mend: str, **values: Value) -> Diagnosis:
    return Diagnosis(check=check, grade="bad", what=what, mend=mend, values=values)


def worst_first(found: Iterable[Diagnosis]) -> list[Diagnosis]:
    """Return what is to be done, broken things first; what is good is left out."""
    order: Mapping[Grade, int] = {"bad": 0, "soon": 1, "good": 2}
    return sorted((one for one in found if one.grade != "good"), key=lambda one: order[one.grade])
