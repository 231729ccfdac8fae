"""Acts that a page only prepares, with the words by which the phone asks about each of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import Struct

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.text import Text

A = TypeVar("A", bound=Action)
_LONGEST_NAME = 80


class Asked(Struct, frozen=True):
    """The question to the phone. `act` names what would be done and its object, `label` is that of the button."""

    act: Text
    label: str


class ByPhone(Struct, frozen=True):
    """A kind of act that is pressed once more in the chat of whoever does it.

    `says` puts the act into words at the moment of asking, from what the database holds and never from what the page
    said. None: it has refused, with the conversation's own sentence, and nothing goes to the phone.
    """

    kind: type[Action]
    says: Callable[[Context, Action], Awaitable[Asked | None]]


def by_phone(kind: type[A], says: Callable[[Context, A], Awaitable[Asked | None]]) -> ByPhone:
    async def checked(ctx: Context, action: Action) -> Asked | None:
        if not isinstance(action, kind):
            raise TypeError(f"{action!r} is no {kind.__name__}")
        return await says(ctx, action)

    return ByPhone(kind, checked)


def one_line(name: str) -> str:
    """Return a name that somebody typed so that it cannot look like more of the question than a name."""
    plain = " ".join(name.split())
    return plain if len(plain) <= _LONGEST_NAME else plain[: _LONGEST_NAME - 1].rstrip() + "…"
