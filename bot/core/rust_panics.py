"""Libraries in Rust panic over what their authors held for impossible, and somebody's file may hold just that."""

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
