"""Errors of an installation, told to the person who runs it: a text of a catalogue, and what is filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_PLACE = re.compile(r"\{(\w+)\}")


class Told(Exception):
    """An error whose text is one clear line without any secret. `str` tells it as it stands in the code.

    A value may be a sentence of its own. A text without values is never a template: braces in it are braces.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        super().__init__(template)
        self.template = template
        self.values: Mapping[str, object] = values

    def said(self, words: Callable[[str], str]) -> str:
        """Return the line in the language of `words`, which translates a text."""
        template, values = words(self.template), self.values

        def value(place: re.Match[str]) -> str:
            found = values.get(place[1], place[0])
            return found.said(words) if isinstance(found, Told) else str(found)

        return _PLACE.sub(value, template) if values else template

    def __str__(self) -> str:
        return self.said(str)


def said(error: Exception, words: Callable[[str], str]) -> str:
    """Return the line of any error: one that is told in a language is told in that of `words`."""
    return error.said(words) if isinstance(error, Told) else str(error)
