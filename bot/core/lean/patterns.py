"""Regular expressions that are compiled when they are first used: a start needs a few of some three hundred."""

from __future__ import annotations

import re
from typing import cast


class LateExpression:
    """An expression before its first use; then it has the methods that `re.compile` made, as attributes of its own."""

    def __init__(self, text: str, flags: int) -> None:
        self.pattern = text
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        found: object = getattr(re.compile(self.pattern, self._flags), name)
        vars(self)[name] = found
        return found


def compile(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return what is used like the result of `re.compile`, but costs nothing until then."""
    return cast("re.Pattern[str]", LateExpression(text, flags))
