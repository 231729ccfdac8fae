"""Which handler an event goes to: plain tables, one look-up.

A router is built by a factory with visible dependencies and included into one root; there are no singletons.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from bot.core.lean import patterns
from bot.core.small_words import beyond, without_courtesy, words_only

from .actions import Action
from .events import Event
from .text import fold

if TYPE_CHECKING:
    from .context import Context

A = TypeVar("A", bound=Action)
Handler = Callable[["Context"], Awaitable[None]]
Interceptor = Callable[["Context"], Awaitable[bool]]
ActionHandler = Callable[["Context", Any], Awaitable[None]]  # the action's type is checked where it is registered
_LONGEST_WORDS = 5
_WORD = patterns.compile(r"(?:[^\s.,:;!?…–—-]|-(?!\s|$))+")
_POLITE = frozenset({"a", "ah", "nhe", "nha", "di", "oi", "voi"})
"""The words that end a request."""


@dataclass(frozen=True, slots=True)
class Command:
    """`name` is typed after a slash; `words` mean the same without one. `takes_args`: words may be followed by more.

    `yields`: under a question that has the words as a choice they are that choice. `about` is its line in the menu of a
    messenger, "" for a command that is in none.
    """

    name: str
    words: tuple[str, ...]
    takes_args: bool
    handler: Handler
    yields: bool = False
    about: str = ""


class Overheard(NamedTuple):
    """`wants` says by the words alone whether `handler` is asked."""

    wants: Callable[[str], bool]
    handler: Handler


class Router:
    """Handlers by command, word, action, flow step and kind of event. Registering one place twice raises ValueError."""

    def __init__(self) -> None:
        self.commands: dict[str, Command] = {}
        self.actions: dict[type[Any], ActionHandler] = {}  # of Action
        self._interceptors: list[tuple[int, Interceptor]] = []
        self.endings: list[Handler] = []
        self.words: dict[str, Command] = {}
        self.steps: dict[tuple[str, str], tuple[tuple[type[Event], ...], Handler]] = {}
        self.prose: set[tuple[str, str]] = set()
        self.figures: set[tuple[str, str]] = set()
        self.events: dict[type[Event], Handler] = {}
        self.fallback: Handler | None = None
        self.overheard: Overheard | None = None
        self.stale_press: Handler | None = None
        self.complete = False

    @property
    def answered(self) -> frozenset[str] | None:
        """Return the codes of all actions with a handler, once the router is `complete`; None while more may come."""
        return frozenset(kind.code for kind in self.actions) if self.complete else None

    def command(
        self, name: str, *words: str, takes_args: bool = False, yields: bool = False, about: str = ""
    ) -> Callable[[Handler], Handler]:
        """Register the handler of `/name`, and of each of `words` said as a whole (case and accents aside).

        `about` puts it into the menu of commands, where the messenger has one: a line, translated like other texts.
        """

        def register(handler: Handler) -> Handler:
            command = Command(name, (name, *words), takes_args, handler, yields, about)
            _once(self.commands, name, command)
            for word in dict.fromkeys(fold(word) for word in command.words):
                _once(self.words, word, command)
            return handler

        return register

    def action(
        self, kind: type[A]
    ) -> Callable[[Callable[[Context, A], Awaitable[None]]], Callable[[Context, A], Awaitable[None]]]:
        """Register the handler of pressed buttons of this kind.

        It checks the person's right every time: data can be forged.
        """

        def register(handler: Callable[[Context, A], Awaitable[None]]) -> Callable[[Context, A], Awaitable[None]]:
            _once(self.actions, kind, handler)
            return handler

        return register

    def step(
        self, flow: str, step: str, *accepts: type[Event], prose: bool = False, figures: bool = False
    ) -> Callable[[Handler], Handler]:
        """Register the handler of the answer that a flow waits for, when it is an event of one of the kinds `accepts`.

        `prose`: the answer may be any sentence, even one that begins like a command: “Hội trường xã” is not “hỏi …”.
        `figures`: it may be a number, also under choices that have numbers of their own.
        """

        def register(handler: Handler) -> Handler:
            _once(self.steps, (flow, step), (accepts, handler))
            if prose:
                self.prose.add((flow, step))
            if figures:
                self.figures.add((flow, step))
            return handler

        return register

    def on(self, kind: type[Event]) -> Callable[[Handler], Handler]:
        """Register the handler of every event of this kind that no flow step took."""

        def register(handler: Handler) -> Handler:
            _once(self.events, kind, handler)
            return handler

        return register

    def intercept(self, *, order: int = 50) -> Callable[[Interceptor], Interceptor]:
        """Ask this before anything else; True ends the matter. Smaller orders come first, equal ones as registered."""

        def register(handler: Interceptor) -> Interceptor:
            self._intercept([(order, handler)])
            return handler

        return register

    @property
    def interceptors(self) -> Sequence[Interceptor]:
        """Return the handlers that are asked before anything else, in this order."""
        return [handler for _, handler in self._interceptors]

    def _intercept(self, added: Iterable[tuple[int, Interceptor]]) -> None:
        self._interceptors = sorted([*self._interceptors, *added], key=lambda one: one[0])

    def at_end(self, handler: Handler) -> Handler:
        """Register a handler to call before the commit of each handled event, within its changes if it has any.

        It says nothing.
        """
        self.endings.append(handler)
        return handler

    def otherwise(self, handler: Handler) -> Handler:
        """Register the handler of private messages that are no command, no choice and no answer."""
        if self.fallback is not None:
            raise ValueError(_taken("everything else", self.fallback, handler))
        self.fallback = handler
        return handler

    def overhear(self, wants: Callable[[str], bool]) -> Callable[[Handler], Handler]:
        """Register the handler of words that people say to each other in a group, if `wants` picks them.

        Works only if the messenger shows the bot such messages.
        """

        def register(handler: Handler) -> Handler:
            if self.overheard is not None:
                raise ValueError(_taken("what is overheard", self.overheard.handler, handler))
            self.overheard = Overheard(wants, handler)
            return handler

        return register

    def stale(self, handler: Handler) -> Handler:
        """Register the handler of a press without meaning (forged, cut, of an old version), or of a lost step."""
        if self.stale_press is not None:
            raise ValueError(_taken("lost presses", self.stale_press, handler))
        self.stale_press = handler
        return handler

    def include(self, *routers: Router) -> None:
        for router in routers:
            _all_once(self.commands, router.commands)
            _all_once(self.words, router.words)
            _all_once(self.actions, router.actions)
            _all_once(self.steps, router.steps)
            self.prose |= router.prose
            self.figures |= router.figures
            _all_once(self.events, router.events)
            self._intercept(router._interceptors)  # noqa: SLF001 - of the same class
            self.endings.extend(router.endings)
            if router.fallback is not None:
                self.otherwise(router.fallback)
            if router.overheard is not None:
                self.overhear(router.overheard.wants)(router.overheard.handler)
            if router.stale_press is not None:
                self.stale(router.stale_press)

    def wants_prose(self, flow: str, step: str) -> bool:
        """Whether any sentence may be the answer of this step."""
        return (flow, step) in self.prose

    def command_in(self, text: str) -> tuple[Command, str] | None:
        """Return the command that `text` is, and its arguments. A command without arguments must be the whole message.

        `menu!` and `thôi cháu ạ` are these words too, and `báo cáo: 12 hộ` has arguments; only addressing a person, as
        in `mời bác`, is no command, nor is a sentence that begins with another word: `hồi nớ …` is not `hỏi …`.
        """
        if len(text) <= 64 and (command := self._politely(text)):
            return command, ""
        ends = [word.end() for word in islice(_WORD.finditer(text), _LONGEST_WORDS)]
        for end in reversed(ends):
            command = self.words.get(fold(text[:end]))
            if command is None or not command.takes_args or _is_another_word(text[:end], command):
                continue
            if args := beyond(text[end:]):
                return command, args
        return None

    def _politely(self, text: str) -> Command | None:
        """Return the command among punctuation, quotes and particles: “nhé”, “ạ”."""
        answer = fold(words_only(text))
        if command := self.words.get(answer):
            return command
        words = answer.split()
        if len(words) < 2 or words[-1] not in _POLITE:
            return None
        return self.words.get(without_courtesy(answer))

    def step_for(self, flow: str, step: str, event: Event) -> Handler | None:
        """Return the handler of a flow step; None when it does not take this kind of event."""
        accepts, handler = self.steps[flow, step]
        return handler if isinstance(event, accepts) else None


_K = TypeVar("_K")
_V = TypeVar("_V")


def name_of(handler: Callable[..., object]) -> str:
    """Return the name by which a person finds a handler: its module and its function.

    >>> name_of(_once)
    'bot.core.router._once'
    """
    of = handler if hasattr(handler, "__qualname__") else type(handler)
    return f"{of.__module__}.{of.__qualname__}".replace(".<locals>", "")


def _once(table: dict[_K, _V], key: _K, value: _V) -> None:
    if key in table and table[key] is not value:
        raise ValueError(_taken(repr(key), _handler_in(table[key]), _handler_in(value)))
    table[key] = value


def _all_once(table: dict[_K, _V], added: dict[_K, _V]) -> None:
    """As `_once` for each; a start includes thousands, of which none is there."""
    for key in [key for key in added if key in table]:
        _once(table, key, added[key])
    table.update(added)


def _handler_in(value: object) -> object:
    """Return the handler in what a table holds."""
    return value.handler if isinstance(value, Command) else value[1] if isinstance(value, tuple) else value


def _taken(place: str, found: object, wanting: object) -> str:
    there, wants = (name_of(one) if callable(one) else repr(one) for one in (found, wanting))
    return f"{place} is registered twice: {there} has it, and {wants} wants it"


def _is_another_word(typed: str, command: Command) -> bool:
    """Return whether one word was typed with marks, and not with those of the command: they fold to the same."""
    word = typed.strip().lstrip("/").lower()
    return word != fold(word) and " " not in word and word not in command.words
