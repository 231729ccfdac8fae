"""Which handler an event goes to: plain tables, one look-up.

A router is built by a factory with visible dependencies and included into one root; there are no singletons.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from .actions import Action
from .events import Event
from .spoken import beyond, without_courtesy, words_only
from .text import fold

if TYPE_CHECKING:
    from .context import Context

A = TypeVar("A", bound=Action)
Handler = Callable[["Context"], Awaitable[None]]
Interceptor = Callable[["Context"], Awaitable[bool]]
ActionHandler = Callable[["Context", Any], Awaitable[None]]  # the action's type is checked where it is registered
_LONGEST_WORDS = 5
_WORD = re.compile(r"(?:[^\s.,:;!?…–—-]|-(?!\s|$))+")
_POLITE = frozenset({"a", "ah", "nhe", "nha", "di", "oi", "voi"})
"""What ends a request."""


@dataclass(frozen=True, slots=True)
class Command:
    """`name` is typed after a slash; `words` mean the same without one. `takes_args`: words may be followed by more.

    `yields`: under a question that has the words as a choice they are that choice.
    """

    name: str
    words: tuple[str, ...]
    takes_args: bool
    handler: Handler
    yields: bool = False


class Router:
    """Handlers by command, word, action, flow step and kind of event. Registering one place twice raises ValueError."""

    def __init__(self) -> None:
        self.commands: dict[str, Command] = {}
        self.actions: dict[type[Any], ActionHandler] = {}  # of Action
        self.interceptors: list[Interceptor] = []
        self.words: dict[str, Command] = {}
        self.steps: dict[tuple[str, str], tuple[tuple[type[Event], ...], Handler]] = {}
        self.prose: set[tuple[str, str]] = set()
        self.events: dict[type[Event], Handler] = {}
        self.fallback: Handler | None = None
        self.lost_press: Handler | None = None

    def command(
        self, name: str, *words: str, takes_args: bool = False, yields: bool = False
    ) -> Callable[[Handler], Handler]:
        """`/name`, and each of `words` said as a whole (case and accents aside)."""

        def register(handler: Handler) -> Handler:
            command = Command(name, (name, *words), takes_args, handler, yields)
            _once(self.commands, name, command)
            for word in dict.fromkeys(fold(word) for word in command.words):
                _once(self.words, word, command)
            return handler

        return register

    def action(
        self, kind: type[A]
    ) -> Callable[[Callable[[Context, A], Awaitable[None]]], Callable[[Context, A], Awaitable[None]]]:
        """A pressed button of this kind; the handler checks the person's right every time, data can be forged."""

        def register(handler: Callable[[Context, A], Awaitable[None]]) -> Callable[[Context, A], Awaitable[None]]:
            _once(self.actions, kind, handler)
            return handler

        return register

    def step(self, flow: str, step: str, *accepts: type[Event], prose: bool = False) -> Callable[[Handler], Handler]:
        """The answer that a flow waits for, when it is an event of one of the kinds `accepts`.

        `prose`: it may be any sentence. What only begins like a command is the answer then, “Hội trường xã” no “hỏi …”.
        """

        def register(handler: Handler) -> Handler:
            _once(self.steps, (flow, step), (accepts, handler))
            if prose:
                self.prose.add((flow, step))
            return handler

        return register

    def on(self, kind: type[Event]) -> Callable[[Handler], Handler]:
        """Every event of this kind that no flow step took."""

        def register(handler: Handler) -> Handler:
            _once(self.events, kind, handler)
            return handler

        return register

    def intercept(self, handler: Interceptor) -> Interceptor:
        """Asked before anything else, in the order of registration; True ends the matter."""
        self.interceptors.append(handler)
        return handler

    def otherwise(self, handler: Handler) -> Handler:
        """What a person said in private that is no command, no choice and no answer."""
        if self.fallback is not None:
            raise ValueError("there is already a handler for everything else")
        self.fallback = handler
        return handler

    def lost(self, handler: Handler) -> Handler:
        """A press that means nothing (forged, cut, from a version that is gone), or a step that is gone."""
        if self.lost_press is not None:
            raise ValueError("there is already a handler for lost presses")
        self.lost_press = handler
        return handler

    def include(self, *routers: Router) -> None:
        for router in routers:
            for name, command in router.commands.items():
                _once(self.commands, name, command)
            for word, command in router.words.items():
                _once(self.words, word, command)
            for action, action_handler in router.actions.items():
                _once(self.actions, action, action_handler)
            for place, step in router.steps.items():
                _once(self.steps, place, step)
            self.prose |= router.prose
            for event_kind, event_handler in router.events.items():
                _once(self.events, event_kind, event_handler)
            self.interceptors.extend(router.interceptors)
            if router.fallback is not None:
                self.otherwise(router.fallback)
            if router.lost_press is not None:
                self.lost(router.lost_press)

    def spoken(self, text: str) -> tuple[Command, str] | None:
        """The command that `text` is, and its arguments. Words that take none must be the whole message.

        `menu!` and `thôi cháu ạ` are these words too, and `báo cáo: 12 hộ` has arguments; who only calls somebody,
        `mời bác`, gives no command.
        """
        if len(text) <= 64 and (command := self._politely(text)):
            return command, ""
        ends = [word.end() for word in islice(_WORD.finditer(text), _LONGEST_WORDS)]
        for end in reversed(ends):
            command = self.words.get(fold(text[:end]))
            if command is not None and command.takes_args and (args := beyond(text[end:])):
                return command, args
        return None

    def _politely(self, text: str) -> Command | None:
        """The command among stops, quotes and small words: “nhé”, “ạ”."""
        said = fold(words_only(text))
        if command := self.words.get(said):
            return command
        words = said.split()
        if len(words) < 2 or words[-1] not in _POLITE:
            return None
        return self.words.get(without_courtesy(said))

    def step_for(self, flow: str, step: str, event: Event) -> Handler | None:
        """The handler of a flow step; None when it does not take this kind of event."""
        accepts, handler = self.steps[flow, step]
        return handler if isinstance(event, accepts) else None


_K = TypeVar("_K")
_V = TypeVar("_V")


def _once(table: dict[_K, _V], key: _K, value: _V) -> None:
    if key in table and table[key] is not value:
        raise ValueError(f"{key!r} is registered twice")
    table[key] = value
