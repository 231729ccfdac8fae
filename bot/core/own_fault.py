"""A handler or a job fails alone: however it ends, the process and everybody's next message go on."""

from __future__ import annotations

import asyncio
from types import TracebackType

from bot.core.rust_panics import PanicsAreErrors


class EndedWrongly(Exception):
    """A piece of work ended with what is no Exception, and nobody had asked it to end."""


class OwnFault(PanicsAreErrors):
    """Within, `sys.exit()`, a task that was cancelled by the work itself and a panic are errors like any other.

    Uncaught, the first would end the process, and of the second nobody would ever hear.
    """

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if isinstance(error, SystemExit):
            raise EndedWrongly(f"it called sys.exit({'' if error.code is None else error.code})") from error
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and (task is None or not task.cancelling()):
            raise EndedWrongly("it awaited something that was cancelled") from error
