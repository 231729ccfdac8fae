"""Answers of the database, and what is made of them, for as long as nobody has changed the tables that they are from.

A menu asks who somebody is, which units there are and what is open; between two events of the same hour hardly any of
that has changed. An answer that is taken from here was true when the event was noted, or later (`table_versions`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeVar, cast

from bot.storage.group_commit import Answer

from .table_versions import TableVersions

MOST_ROWS, MOST_OF_ONE = 10_000, 2_000
"""Rows that are kept in all, and of one answer; a row is some 500 bytes."""
_Made = TypeVar("_Made")
_Question = tuple[str, tuple[object, ...]]


class KeptAnswers:
    """The answers asked for last; an answer without rows counts as one."""

    def __init__(self, versions: TableVersions) -> None:
        self._versions = versions
        self._answers: OrderedDict[_Question, tuple[int, Answer]] = OrderedDict()
        self._made: dict[type, tuple[int, object]] = {}
        self._rows = 0
        self._cleared = 0

    @property
    def questions(self) -> Sequence[_Question]:
        """Return what was asked, the question that was asked last at the end."""
        return list(self._answers)

    def find(self, question: _Question, version: int) -> Answer | None:
        found = self._answers.get(question)
        if found is None or found[0] != version:
            return None
        self._answers.move_to_end(question)
        return found[1]

    def keep(self, question: _Question, version: int, answer: Answer) -> None:
        """Keep an answer that was asked for at this version."""
        if self._versions.cleared != self._cleared:  # what was deleted, as of who is erased, is in no memory either
            self._cleared = self._versions.cleared
            self._answers.clear()
            self._rows = 0
        if len(answer.rows) > MOST_OF_ONE:
            return
        if (before := self._answers.pop(question, None)) is not None:
            self._rows -= _size(before[1])
        self._answers[question] = version, answer
        self._rows += _size(answer)
        while self._rows > MOST_ROWS:
            _, (_, oldest) = self._answers.popitem(last=False)
            self._rows -= _size(oldest)

    def made(self, kind: type[_Made], tables: Sequence[str]) -> _Made | None:
        """Return the one of this kind that is made of rows of these tables, a new one after each change to them.

        None when nobody knows whether they have changed.
        """
        version = self._versions.version_of(tuple(tables))
        if version is None:
            return None
        found = self._made.get(kind)
        if found is None or found[0] != version:
            found = self._made[kind] = version, kind()
        return cast("_Made", found[1])


def _size(answer: Answer) -> int:
    return len(answer.rows) or 1
