"""The one error of setting up."""

from __future__ import annotations


class AnswerProblem(Exception):
    """An answer that cannot be taken; the text says in one Vietnamese sentence why and what to do.

    `key` is the question that it is about, "" where none is to blame.
    """

    def __init__(self, why: str, key: str = "") -> None:
        super().__init__(why)
        self.key = key
