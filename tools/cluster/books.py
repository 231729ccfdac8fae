"""What the messenger knows: what each person said and was answered, and which groups were written to how often."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic

from tools.cluster.accounts import OWN, Account


@dataclass(frozen=True)
class Words:
    """What people say, and what only its answer has in it."""

    said: str
    answered: str


@dataclass
class Said:
    """One event; times are those of our own clock, `accepted` is when the webhook answered 200."""

    number: int
    words: Words
    at: float
    accepted: float | None = None
    answers: list[float] = field(default_factory=list)
    tries: int = 0


@dataclass
class Talk:
    """The chat of one person with one account, who waits for an answer before saying more."""

    chat: int
    said: list[Said] = field(default_factory=list)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    account: Account = OWN

    def says(self, number: int, words: Words) -> Said:
        one = Said(number, words, monotonic())
        self.answered.clear()
        self.said.append(one)
        return one

    def hears(self, text: str) -> bool:
        """Note an answer with the newest words that it answers; tell whether there are any."""
        for one in reversed(self.said):
            if one.words.answered in text:
                one.answers.append(monotonic())
                if one is self.said[-1]:
                    self.answered.set()
                return True
        return False


@dataclass
class Books:
    """All talks by chat; `groups` counts the messages to each group, `unknown` the answers that nobody asked for.

    `strange` counts messages to a chat of another account's. Group -n is of the account at n in `accounts`.
    """

    talks: dict[int, Talk] = field(default_factory=dict)
    groups: Counter[int] = field(default_factory=Counter)
    group_times: list[float] = field(default_factory=list)
    unknown: int = 0
    accounts: Sequence[Account] = (OWN,)
    strange: int = 0

    def home(self, group: int) -> Account:
        return self.accounts[-group % len(self.accounts)]

    def took(self, chat: int, text: str, token: str = OWN.token) -> None:
        """Note a message that the messenger has taken from the account of this token."""
        home = self.home(chat) if chat < 0 else self.talks[chat].account if chat in self.talks else OWN
        self.strange += home.token != token
        if chat < 0:
            self.groups[chat] += 1
            self.group_times.append(monotonic())
        elif chat in self.talks and not self.talks[chat].hears(text):
            self.unknown += 1

    def all_said(self) -> Iterator[Said]:
        for talk in self.talks.values():
            yield from talk.said

    def count(self, what: Callable[[Said], bool]) -> int:
        return sum(1 for one in self.all_said() if what(one))

    @property
    def waiting(self) -> int:
        """Accepted events that have no answer."""
        return self.count(lambda one: one.accepted is not None and not one.answers)
