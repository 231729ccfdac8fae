"""The terminal of somebody who sets up: sentences on stderr, answers from stdin, a keyboard or a file alike."""

from __future__ import annotations

import contextlib
import getpass
import io
import select
import sys
from collections.abc import Sequence

from rich.console import Console

_TYPED_WITHIN = 0.1
"""Seconds in which nobody types a line."""


class Ended(Exception):
    """There is nothing more to read, and not everything is answered."""


class Screen:
    """Sentences that can be read without colours; letters that a terminal does not have become question marks."""

    def __init__(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                with contextlib.suppress(OSError):  # of a stream that was replaced underneath
                    stream.reconfigure(errors="replace")
        self._console = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

    @property
    def has_keyboard(self) -> bool:
        return sys.stdin.isatty()

    def say(self, text: str, style: str | None = None) -> None:
        self._console.print(text, style=style)

    def columns(self, lines: Sequence[str], *, least: int) -> None:
        """Show a list, in as many columns as fit where it has more than `least` lines."""
        widest = max(map(len, lines), default=0) + 3
        across = max(1, self._console.width // widest) if len(lines) > least else 1
        rows = -(-len(lines) // across)
        for row in range(rows):
            self.say("".join(line.ljust(widest) for line in lines[row::rows]).rstrip())

    def draw(self, text: str) -> None:
        """Show a drawing made of blocks, if the terminal has them."""
        with contextlib.suppress(UnicodeEncodeError, LookupError):
            text.encode(sys.stderr.encoding or "ascii")
            self._console.print(text, style="bright_white on black")

    def line(self, prompt: str, *, hidden: bool = False) -> str:
        """Read a line; raise Ended at the end of the input."""
        if hidden and self.has_keyboard:
            try:
                return getpass.getpass(prompt)
            except EOFError:
                raise Ended from None
        if self.has_keyboard:
            sys.stderr.write(prompt)
            sys.stderr.flush()
        read = sys.stdin.readline()
        if not read:
            raise Ended
        return read.rstrip("\r\n")

    def lines(self, prompt: str) -> str:
        """Read lines up to an empty one; of a paste, an empty one between others ends nothing."""
        found: list[str] = []
        while True:
            try:
                line = self.line(prompt if not found else "  ")
            except Ended:
                if found:
                    break
                raise
            if not line.strip() and not self._more_is_pasted():
                break
            found.append(line)
        return "\n".join(found)

    def _more_is_pasted(self) -> bool:
        """Tell whether a terminal has more lines ready than anybody could have typed meanwhile."""
        with contextlib.suppress(OSError, ValueError):  # Windows knows this of sockets only
            return self.has_keyboard and bool(select.select([sys.stdin], [], [], _TYPED_WITHIN)[0])
        return False
