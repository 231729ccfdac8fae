"""The few things that families provide to each other, each with one owner and a type.

A family names the ones it needs; assembly builds the owner first. Two families that need each other cannot start:
what goes both ways is a hook (see `hooks`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features.checkins.scope import FigureScope
from bot.features.checkins.sent import SentPhotos
from bot.features.commune.settings import Commune
from bot.features.difficulties.difficulties import Difficulty
from bot.features.insight.tallies import What
from bot.features.units import Place
from bot.handlers.kit.joints import Provision

from .hooks import Note, Offer


class Home(Protocol):
    """Find the commune that answers a person, and the village that they named as theirs."""

    def here(self, ctx: Context) -> Commune: ...

    async def village(self, ctx: Context) -> Place | None: ...

    async def village_id(self, ctx: Context) -> int | None:
        """Return the id of the village, where no more of it is needed."""
        ...

    def unit_code(self, ctx: Context) -> str:
        """Return the code of the village that the person named, else of the commune, without asking the database."""
        ...

    async def belongs(self, ctx: Context, unit_id: int) -> bool:
        """Let the commune of a unit answer in this conversation."""
        ...

    async def lives_in(self, ctx: Context, words: str) -> str | None:
        """Return the code of the place of which somebody says that they live there."""
        ...

    async def mine(self, ctx: Context) -> None:
        """Show where the person lives, with buttons to change it."""
        ...

    def communes_named(self, ctx: Context) -> str: ...

    def ask_at_first(self, ctx: Context) -> bool: ...


class Consent(Protocol):
    """Consent before anything is kept of a person."""

    def on_consent(
        self,
        topic: str,
        then: Callable[[Context, str], Awaitable[None]],
        *,
        purpose: str = "",
        declined: Callable[[Context], None] | None = None,
    ) -> None:
        """Call `then(ctx, arg)` after “Đồng ý”, inside `ctx.changes()`. Raises ValueError for a topic in use.

        `purpose` ends the sentence “Để …” of a consent that asks for less than a role does; `declined` drops what
        waited for the answer.
        """
        ...

    async def has_consent(self, ctx: Context, topic: str) -> bool: ...

    def ask_consent(self, ctx: Context, topic: str, arg: str = "", *, about: Text | None = None) -> None: ...


class TakeFigures(Protocol):
    """Read a message as a report of figures; return False when it is none. `sent`: photos that came with it before."""

    def __call__(
        self, ctx: Context, text: str, *, asked: bool, unit: str = "", sent: SentPhotos | None = None
    ) -> Awaitable[bool]: ...


KeepDifficulty = Callable[[Context, FigureScope, Place, str, str], Awaitable[Difficulty]]
"""`(ctx, scope, village, text, key)`: keep a difficulty, once for each key, and tell who has to know."""


class GiveTask(Protocol):
    async def begin(self, ctx: Context, code: str, words: str) -> None:
        """Ask for what `words` do not say yet of a task; `code` names the village, "" asks for it."""
        ...


class Dispatch(Protocol):
    """The router of all families, for words that come a second time: after a question, out of a recording."""

    async def route(self, ctx: Context) -> None:
        """Handle the event of `ctx` from the beginning."""
        ...

    async def again(self, ctx: Context, text: str) -> None:
        """Answer what somebody said before something else had to be asked, as if they said it now."""
        ...

    def wants_prose(self, ctx: Context) -> bool:
        """Tell whether any sentence may be the answer to what is asked here."""
        ...

    async def otherwise(self, ctx: Context) -> None:
        """Answer words that are no command, no choice and no answer."""
        ...

    async def run(self, ctx: Context, command: str) -> None:
        """Do as a command does that was typed without anything behind it."""
        ...

    async def press(self, ctx: Context, data: str) -> None:
        """Do as a press of the button with this packed action does."""
        ...

    async def give_up(self, ctx: Context) -> None:
        """Do as “hủy” does."""
        ...

    def knows(self, words: str) -> bool:
        """Tell whether a family that is not switched off has a command of these words."""
        ...


class GuideReader(Protocol):
    async def unfinished(self, ctx: Context) -> Sequence[Button]:
        """Return buttons for the guides that somebody has begun."""
        ...

    def offer(self, ctx: Context, slug: str) -> Button | None:
        """Return a button that opens a guide, None where this commune has no such guide."""
        ...

    async def menu_items(self, ctx: Context) -> Sequence[Button]: ...

    def asks(self, ctx: Context) -> bool:
        """Tell whether a page of a guide is the last thing on the screen."""
        ...


class Misheard(Protocol):
    """Notices what was not understood, and what the person meant; keeps it only with consent."""

    def answered(self, ctx: Context, words: str, offered: Sequence[Button], *, sure: bool) -> None:
        """Notice that words got no more than guesses; `sure`: guesses that were offered as the answer."""
        ...

    def just_before(self, ctx: Context, *, guessed: bool = False) -> str:
        """Return what was typed some seconds ago and not understood: a sentence may come in several messages.

        `guessed`: also what was answered with the guide that it seemed to mean.
        """
        ...

    def chosen(self, ctx: Context, meaning: str) -> None:
        """Notice what somebody opened: the slug of a guide, or the name of a meaning."""
        ...

    async def refused(self, ctx: Context) -> tuple[Text, Sequence[Button]]:
        """Notice “Không phải”; return a question to add to the answer, empty where nothing is asked."""
        ...


class NothingMisheard:
    """Stands in for `MISHEARD` where no family keeps such words."""

    def answered(self, ctx: Context, words: str, offered: Sequence[Button], *, sure: bool) -> None: ...

    def just_before(self, ctx: Context, *, guessed: bool = False) -> str:
        return ""

    def chosen(self, ctx: Context, meaning: str) -> None: ...

    async def refused(self, ctx: Context) -> tuple[Text, Sequence[Button]]:
        return Text(), ()


CountStep = Callable[[Context, What, str, str], Awaitable[None]]
"""`(ctx, what, guide, step)`: count what happened at a step of a guide, in the transaction of the conversation."""
Question = tuple[Text, Sequence[Button]]
"""A question added to an answer that is given anyhow; both empty when nothing is asked."""
AskAfterGuide = Callable[[Context], Awaitable[Question]]
AskAfterHelp = Callable[[Context, str], Awaitable[Question]]

HOME: Provision[Home] = Provision("home")
GROUP_CODES: Provision[Note] = Provision("codes for groups")
"""Offers the codes by which a group is registered; returns whether the person may make one."""
CONSENT: Provision[Consent] = Provision("consent")
TAKE_FIGURES: Provision[TakeFigures] = Provision("taking figures")
KEEP_DIFFICULTY: Provision[KeepDifficulty] = Provision("keeping difficulties")
GIVE_TASK: Provision[GiveTask] = Provision("giving tasks")
DISPATCH: Provision[Dispatch] = Provision("dispatch")
HAND_OVER: Provision[Offer] = Provision("handing over to a person")
GUIDE_READER: Provision[GuideReader] = Provision("guides")
MISHEARD: Provision[Misheard] = Provision("words misheard")
COUNT_STEP: Provision[CountStep] = Provision("counting steps")
AFTER_GUIDE: Provision[AskAfterGuide] = Provision("asking after a guide")
AFTER_HELP: Provision[AskAfterHelp] = Provision("asking after help")


async def ask_nothing(ctx: Context, about: str = "") -> Question:
    """Stand in for `AFTER_GUIDE` and `AFTER_HELP` where no family asks anything."""
    return Text(), ()


async def count_nothing(ctx: Context, what: What, guide: str, step: str) -> None:
    """Stand in for `COUNT_STEP` where no family counts."""
