"""One way to read a file: which function does it in the other process, what it is asked, what it answers.

The answer is checked as if a stranger had written it, for a file may have taken the other process over: it is
JSON of a declared shape, never an object that was pickled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from msgspec import Struct
from pydantic import BaseModel, ConfigDict

from .limits import SMALL, ProcessLimits


class WireModel(BaseModel, defer_build=True):
    """The question and the answer; bytes travel as base64."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", ser_json_inf_nan="constants")


class Nothing(WireModel):
    """There is nothing more to ask."""


class FileRefused(Exception):
    """The file cannot be used. `template` is a Vietnamese sentence for whoever sent it, with `values`."""

    def __init__(self, template: str, /, **values: str | int) -> None:
        super().__init__(template)
        self.template = template
        self.values: Mapping[str, str | int] = values


Q = TypeVar("Q", bound=WireModel)
A = TypeVar("A", bound=WireModel)


class IsolatedReader(Struct, Generic[Q, A], frozen=True):
    """`function` is `package.module:name`, imported only in the other process: `(data: bytes, question: Q) -> A`.

    It may raise Refused with a template out of `refusals`. Anything else that it raises is told to whoever sent the
    file as a file that is broken.
    """

    function: str
    question: type[Q]
    answer: type[A]
    refusals: frozenset[str] = frozenset()
    limits: ProcessLimits = SMALL


class RequestHead(WireModel):
    """The head of one request; the bytes of the file follow it."""

    number: int
    function: str
    question: str


class ReplyHead(WireModel):
    """The head of one answer; its body follows it."""

    number: int
    what: str
    """`answer`; `refused`: its body is a Refusal; `fault`: the reader failed, its body says how; `lost`: there is no
    such reader here."""


class RefusalBody(WireModel):
    template: str
    values: dict[str, int | str] = {}
