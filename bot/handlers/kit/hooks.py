"""The places where several families say something in one place: menu, links, help, what “dừng” may mean.

A family adds to them while it is built and reads them when somebody talks to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Protocol

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.handlers.kit.desk_hooks import DeskHooks
from bot.handlers.kit.forwarding import ForwardKind
from bot.handlers.kit.joints import Hook
from bot.handlers.kit.meanings import Meaning

Note = Callable[[Context], Awaitable[bool]]
"""Does something if it concerns this event; returns whether it did."""
MenuItems = Callable[[Context], Awaitable[Sequence[Button]]]
"""The buttons that somebody sees; none for who may not press them."""
OpenLink = Callable[[Context, str], Awaitable[bool]]
"""Opens what `/start CODE` names; returns False for a code of another family."""
Understand = Callable[[Context, str], Awaitable[bool]]
"""Answers free words if they are meant for this family; returns whether it did."""
AtMenu = Callable[[Context], Awaitable[Text]]
"""Ends what the menu ends; returns what waits all the same, or nothing."""
Offer = Callable[[Context], Awaitable[tuple[Text, Sequence[Button]]]]
"""A sentence and its buttons, both empty where there is nothing to offer."""
AfterQuiz = Callable[[Context, str], Sequence[Button]]
"""`(ctx, guide)`: the buttons that are shown first after a quiz that was passed."""
SetLanguageOfGroup = Callable[[Context, str], Awaitable[None]]
Resume = Callable[[Context, str, str], Awaitable[None]]
"""Goes on with what the person came for: the code of a link, or words; both "" for nothing."""


class Aside(Protocol):
    """Work that may wait while something else is asked: a report of figures without its “Đúng”."""

    async def put_aside(self, ctx: Context) -> str:
        """Return the name under which `shows_again` finds what waits, "" for nothing."""
        ...

    async def shows_again(self, ctx: Context, report: str) -> None: ...


@dataclass(frozen=True)
class Hooks:
    """All hooks of one bot. Each attribute says who reads it and when."""

    menu: Hook[MenuItems] = field(default_factory=lambda: Hook("menu"))
    """Buttons of the menu, from the first to the last."""
    links: Hook[OpenLink] = field(default_factory=lambda: Hook("links"))
    """Codes behind `/start`."""
    understand: Hook[Understand] = field(default_factory=lambda: Hook("understand"))
    """Free words in no conversation, asked one after the other; all numbers stand in docs/free-words.md."""
    meanings: Hook[Meaning] = field(default_factory=lambda: Hook("meanings"))
    """Wishes that free words may mean beside a guide, and what does them."""
    elsewhere: Hook[Understand] = field(default_factory=lambda: Hook("elsewhere"))
    """Free words that are no figures although figures are asked for."""
    after_help: Hook[Note] = field(default_factory=lambda: Hook("after help"))
    """Questions added to the text of `/trogiup`."""
    outstanding: Hook[Offer] = field(default_factory=lambda: Hook("outstanding"))
    """Work that goes on although somebody said that they stop."""
    stop_means: Hook[Note] = field(default_factory=lambda: Hook("stop means"))
    """Other things that “dừng” may mean: asks which, and returns True."""
    drops: Hook[Note] = field(default_factory=lambda: Hook("drops"))
    """Work in the database that “hủy” ends, and says so."""
    at_menu: Hook[AtMenu] = field(default_factory=lambda: Hook("at the menu"))
    """Work that the menu ends or keeps waiting."""
    photos: Hook[Note] = field(default_factory=lambda: Hook("photos"))
    """Uses for a photo or a file that nobody asked for."""
    photo_hints: Hook[Offer] = field(default_factory=lambda: Hook("photo hints"))
    """Places where a photo without a use may have been meant to go."""
    group_language: Hook[SetLanguageOfGroup] = field(default_factory=lambda: Hook("group language"))
    """Sets and tells the language of a group."""
    new_role: Hook[Note] = field(default_factory=lambda: Hook("new role"))
    """First words to who has taken a role, more urgent than the list of duties."""
    joined: Hook[Offer] = field(default_factory=lambda: Hook("joined"))
    """A question to who has just taken a role, in the welcome; asked inside the transaction."""
    work: Hook[MenuItems] = field(default_factory=lambda: Hook("work"))
    """Buttons of other work below the list of tasks."""
    group_checks: Hook[OpenLink] = field(default_factory=lambda: Hook("group checks"))
    """Words after `/kiemtra` in a group: the number of an announcement."""
    asking_for_help: Hook[Understand] = field(default_factory=lambda: Hook("asking for help"))
    """Free words that are no part of a request for help although one is being made."""
    passed_quiz: Hook[AfterQuiz] = field(default_factory=lambda: Hook("passed quiz"))
    """Buttons for who has passed the quiz of a guide."""
    about_figures: Hook[Understand] = field(default_factory=lambda: Hook("about figures"))
    """Words about figures that were reported, while more are asked for."""
    report_wanted: Hook[Understand] = field(default_factory=lambda: Hook("report wanted"))
    """Words after “báo cáo” that want a report and give no figures: “tháng này”."""
    aside: Hook[Aside] = field(default_factory=lambda: Hook("aside"))
    """Work that waits while something else is asked, and is shown again afterwards."""
    forwards: Hook[ForwardKind] = field(default_factory=lambda: Hook("forwards"))
    """Words that may be forwarded into the group of a village that takes no bot."""
    resume: Hook[Resume] = field(default_factory=lambda: Hook("resume"))
    """Goes on with what a newcomer said before the commune was asked for."""
    desk: DeskHooks = field(default_factory=DeskHooks)
    """What is read at the desk alone."""

    def freeze(self) -> None:
        """Let the hooks be read, and no longer added to; those of the desk when it is made."""
        for each in fields(self):
            hook: Hook[object] | DeskHooks = getattr(self, each.name)
            if isinstance(hook, Hook):
                hook.freeze()


async def taken(notes: Iterable[Note], ctx: Context) -> bool:
    """Ask each until one takes the matter; return whether one did."""
    for note in notes:
        if await note(ctx):
            return True
    return False


async def understood(readers: Iterable[Understand], ctx: Context, words: str) -> bool:
    """Ask each until one understands the words; return whether one did."""
    for reads in readers:
        await ctx.pause()
        if await reads(ctx, words):
            return True
    return False
