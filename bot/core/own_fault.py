"""A handler, a job or a reader of files fails alone: however it ends, the process and everybody's next message go on.

Libraries in Rust panic over what their authors held for impossible, and somebody's file may hold just that.
"""

from __future__ import annotations

from types import TracebackType

_HOME = "pyo3_runtime"
"""The module that the class of a panic names; no module of that name can be imported."""


class Panicked(Exception):
    """A library panicked; a panic itself is no Exception, so it would end every task on its way."""


class PanicsAreErrors:
    """Within, a panic becomes Panicked: the fault of one piece of work, like any other."""

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and type(error).__module__ == _HOME:
            raise Panicked(str(error)) from error


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
        if error is not None and _is_stray(error):
            raise EndedWrongly("it awaited something that was cancelled") from error


def _is_stray(error: BaseException) -> bool:
    """Tell whether a task ends cancelled though nobody has cancelled it."""
    import asyncio  # which a process that reads files does without

    task = asyncio.current_task() if isinstance(error, asyncio.CancelledError) else None
    return task is not None and not task.cancelling()
