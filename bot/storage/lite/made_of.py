"""Things that were made of answers of the database, as long as the answers are the same ones."""

from __future__ import annotations

from collections.abc import Callable
from operator import is_
from typing import Generic, TypeVar

_Made = TypeVar("_Made")
_MOST = 4


class MadeOf(Generic[_Made]):
    """The last few things that were made of answers.

    An answer that nobody has changed since is the very object that it was (`kept_answers`), and one that was asked for
    anew is another one, whatever is in it. So the same objects mean that nothing has changed.
    """

    def __init__(self) -> None:
        self._last: list[tuple[tuple[object, ...], tuple[object, ...], _Made]] = []

    def of(self, answers: tuple[object, ...], make: Callable[[], _Made], *equal: object) -> _Made:
        """Return what `make` made of these very answers, and of `equal` other things, or let it make that now."""
        for known, others, made in self._last:
            if len(known) == len(answers) and all(map(is_, known, answers)) and others == equal:
                return made
        made = make()
        self._last[:] = [(answers, equal, made), *self._last[: _MOST - 1]]
        return made
