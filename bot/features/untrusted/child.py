"""The other process: `python -m bot.features.untrusted.child LIMITS`. It reads files until its parent is gone.

Its own standard output is the way to its parent; what libraries print goes nowhere. It knows no token, no key and no
database; a file that takes it over finds no network and can write nothing.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import get_type_hints

from bot.core.own_fault import PanicsAreErrors

from .frames import Cut, Frame, receive, send
from .limits import ProcessLimits, allow, impose
from .reader import FileRefused, RefusalBody, ReplyHead, RequestHead, WireModel

MOST_BYTES = 100_000_000
"""Of one file; each reader has a limit of its own, far below."""
_LONGEST_FAULT = 2_000


def main() -> None:
    memory, seconds = (int(argument) for argument in sys.argv[1:3])
    limits = ProcessLimits(memory, seconds)
    source, target = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    send(target, Frame(impose(limits).encode(), b""))
    while True:
        try:
            frame = receive(source, MOST_BYTES)
        except Cut:
            return
        allow(limits)
        send(target, _answer(frame))


def _answer(frame: Frame) -> Frame:
    asked = RequestHead.model_validate_json(frame.head)
    try:
        what, body = _read(asked, frame.body)
    except MemoryError:
        # As if it had been ended: what is left of the memory is in pieces.
        os._exit(1)
    return Frame(ReplyHead(number=asked.number, what=what).model_dump_json().encode(), body)


def _read(asked: RequestHead, data: bytes) -> tuple[str, bytes]:
    try:
        function, question = _known(asked.function)
    except (ImportError, AttributeError) as error:
        return "lost", repr(error).encode()[:_LONGEST_FAULT]
    try:
        with PanicsAreErrors():
            answer = function(data, question.model_validate_json(asked.question))
        return "answer", answer.model_dump_json().encode()
    except FileRefused as refusal:
        return "refused", RefusalBody(template=refusal.template, values=dict(refusal.values)).model_dump_json().encode()
    except MemoryError:
        raise
    except Exception as error:
        # Without what the error says: that may be a part of the file.
        at = " < ".join(f"{one.name}:{one.lineno}" for one in reversed(traceback.extract_tb(error.__traceback__)))
        return "fault", f"{type(error).__name__} in {at}".encode()[:_LONGEST_FAULT]


def _known(name: str) -> tuple[Callable[[bytes, WireModel], WireModel], type[WireModel]]:
    """Return the function, and the type of its questions."""
    module, _, function = name.partition(":")
    found: Callable[[bytes, WireModel], WireModel] = getattr(import_module(module), function)
    question: type[WireModel] = get_type_hints(found)["question"]
    return found, question


if __name__ == "__main__":
    main()
