"""One look of an official at the desk, and what a page may answer to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec import field as struct_field
from tortoise.transactions import in_transaction

from bot.core.actions import Action
from bot.core.context import Translate
from bot.core.text import Text
from bot.features.desk import forms
from bot.features.desk.tables import DeskForm
from bot.features.people.people import Who
from bot.features.rights.table import Act
from bot.features.units import Place

_NOTHING = Text()
HOME = "/ban"
"""The address of the first page; all others are below it."""


class Upload(Struct, frozen=True):
    """A file that came with a form, in memory: forms take no more than a few MB."""

    name: str
    mime: str
    data: bytes


class Visit(Struct, frozen=True):
    """A request of somebody who is signed in. `commune` is the one that they work for, or look at.

    `path` are the variable parts of the address, `query` what stands behind its “?”, `fields` those of a form that was
    sent, each with all its values, and `form` the id of that form.
    """

    who: Who
    commune: Place
    locale: str
    translate: Translate
    now: datetime
    address: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    fields: Mapping[str, Sequence[str]] = struct_field(default_factory=dict)
    files: Mapping[str, Upload] = struct_field(default_factory=dict)
    form: str = ""

    @property
    def person_id(self) -> int:
        """Return the id of the person, who is known: strangers don't come in."""
        if self.who.person_id is None:
            raise ValueError("nobody is signed in")
        return self.who.person_id

    def t(self, message: str, /, **values: Text | str | int) -> Text:
        """Translate a Vietnamese template, parse its markup, then fill in the values, as `Context.t` does."""
        return Text.of(self.translate(self.locale, message), **values)

    def word(self, message: str, /) -> str:
        """Translate a label: plain characters, no markup and no values."""
        return self.translate(self.locale, message)

    def said(self, name: str) -> str:
        """Return the value of a field, without blanks around it; "" where there is none."""
        return next(iter(self.fields.get(name, ())), "").strip()

    def all_said(self, name: str) -> Sequence[str]:
        """Return all values of a field, as of ticked boxes."""
        return self.fields.get(name, ())

    async def led_to(self) -> str:
        """Return where this very form led when it was sent before; "" for one that was not."""
        row = await DeskForm.filter(form=self.form, person_id=self.person_id).first()
        return "" if row is None else row.led_to

    async def leads(self, to: str) -> None:
        """Say, inside `once`, where the form leads after all: what it made has an address of its own."""
        await DeskForm.filter(form=self.form).update(led_to=to[:200])

    @asynccontextmanager
    async def once(self, leads_to: str) -> AsyncIterator[bool]:
        """Do what a form asks for exactly once: all of it in one transaction with the note that it was sent.

        Yield False for a form that was sent before: do nothing, and lead to the same page.

            async with visit.once("/ban/muc-tieu") as first:
                if first:
                    await targets.set(…)
        """
        async with in_transaction():
            yield await forms.note(self.form, self.person_id, leads_to, self.now)


class Sheet(Struct, frozen=True):
    """A page: a template of the family (`announcements/list.html`), with what it shows. `title` stands above it."""

    template: str
    title: Text
    shows: Mapping[str, object] = struct_field(default_factory=dict)
    status: int = 200


class Go(Struct, frozen=True):
    """To another page after a form was sent, with a sentence above it."""

    to: str
    said: Text = _NOTHING


@dataclass(frozen=True)
class Do:
    """An act that the bot's conversation does, as if its button had been pressed. `back` is where the answer stands.

    `words` are what the form already says to the question that follows, as if typed after the press. They are
    not said to a conversation that refuses instead of asking: then what was typed is shown again.
    """

    action: Action
    back: str
    shown: str = ""
    words: str = ""


class Ask(Struct, frozen=True):
    """A command with its words (`command="thongbao"`), or free words (`command=""`), said to the bot's conversation."""

    command: str
    words: str = ""
    back: str = ""
    shown: str = ""


class File(Struct, frozen=True):
    """A file to keep: a report, a workbook."""

    name: str
    mime: str
    data: bytes


class No(Struct, frozen=True):
    """A refusal, or something that is not there: one sentence, and the way back."""

    why: Text
    status: Literal[400, 403, 404, 409, 413] = 404
    sentence: str = ""
    """The sentence of a missing right as the table gave it: the audit log notes it."""


class Events(Struct, frozen=True):
    """A part of a page that is sent again whenever it has changed, as long as the session and the right last.

    `mark` returns a short text, another one whenever the part may have changed: it is asked each second and costs one
    statement. `part` is made then, from a template that extends none, for a visit with the roles of that moment.
    """

    mark: Callable[[], Awaitable[str]]
    part: Callable[[Visit], Awaitable[Sheet | No]]


Answer = Sheet | Go | Do | Ask | File | No | Events
Handle = Callable[[Visit], Awaitable[Answer]]

Grade = Literal["bad", "late", "waits", "plan", "fine"]


class TodayLine(Struct, frozen=True):
    """A line of the first page: what is so, and the address where it is mended. Worse ones stand higher."""

    grade: Grade
    text: Text
    to: str
    more: Text = _NOTHING


Today = Callable[[Visit], Awaitable[Sequence[TodayLine]]]
"""What a family has to say on the first page; nothing where all is well."""


class PersonLine(Struct, frozen=True):
    """A line about a person, with its moment and the page that has all of it, "" for none."""

    text: str
    at: datetime | None
    to: str = ""


class PersonPart(Struct, frozen=True):
    """A heading with lines on the page of one person."""

    title: str
    lines: Sequence[PersonLine]


OF_PERSON = 20
"""Lines of a part, at most."""
OfPerson = Callable[[Visit, int], Awaitable[Sequence[PersonPart]]]
"""What a family knows of a person, by their id: nothing that the visitor has no right to."""


class DeskPage(Struct, frozen=True):
    """A page of the desk, brought by a family in its `Contribution.desk`.

    `path` is below `HOME` (`/thong-bao/{label}`). `show` answers a look at it, `take` a form that was sent to it.
    `act` is the right without which it is neither shown nor in the list; None is for everybody who may come in.
    `label` and `order` put it into the list of pages, "" leaves it out. `reaches` names the codes of actions that can
    be done from it, other than by buttons of the conversation.
    """

    path: str
    show: Handle | None = None
    take: Handle | None = None
    act: Act | None = None
    label: str = ""
    order: int = 50
    about: str = ""
    """One line of what the page is for, below its title."""
    largest: int = 256 * 1024
    """Bytes of a form."""
    reaches: tuple[str, ...] = ()
