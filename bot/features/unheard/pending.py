"""Words that were not understood, for the ten minutes in which the person may say what they meant.

They wait in the session and nowhere else. Only what was decided, by “Không phải” or by another choice, may be kept.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from bot.core.lean.values import replace
from bot.core.sessions import Session

FACT = "unheard"
"""Fact of a session: the words that wait, as JSON."""
PATIENCE = timedelta(minutes=10)
BREATH = timedelta(seconds=15)
"""Within so much of each other messages may be parts of one sentence."""
MOST = 3
"""So many messages in a row may be about one matter."""


class PendingWords(Struct, frozen=True):
    """`sure`: what was offered was offered as the answer, so choosing it says that the words were understood."""

    key: str
    text: str
    offered: tuple[str, ...]
    sure: bool
    at: datetime
    refused: bool = False
    chosen: str = ""

    @property
    def decided(self) -> bool:
        return self.refused or bool(self.chosen)


def waiting(session: Session, now: datetime) -> list[PendingWords]:
    """Return the words that still wait, oldest first."""
    return [one for one in read(session) if timedelta() <= now - one.at <= PATIENCE]


def just_before(session: Session, now: datetime, *, sure: bool = False) -> str:
    """Return the words that nothing understood and that were each typed within seconds of the next, joined.

    With `sure` also those that got an answer which may have been another one.
    """
    halves: list[str] = []
    later = now
    for one in reversed(read(session)):
        if (one.sure and not sure) or one.decided or not timedelta() <= later - one.at <= BREATH:
            break
        halves.insert(0, one.text)
        later = one.at
    return " ".join(halves)


def read(session: Session) -> list[PendingWords]:
    """Return all words in the session, however old; none where they cannot be read."""
    try:
        stored = json.loads(session.facts.get(FACT, "[]"))
        return [
            PendingWords(key, text, tuple(offered), bool(sure), datetime.fromisoformat(at), bool(refused), chosen)
            for key, text, offered, sure, at, refused, chosen in stored
        ]
    except (ValueError, TypeError):
        return []


def write(session: Session, words: Sequence[PendingWords]) -> None:
    """Let these words wait, and no others."""
    session.facts.pop(FACT, None)
    if words:
        session.facts[FACT] = json.dumps(
            [
                [one.key, one.text, one.offered, int(one.sure), one.at.isoformat(), int(one.refused), one.chosen]
                for one in words[-MOST:]
            ],
            ensure_ascii=False,
            separators=(",", ":"),
        )


def refused(words: Sequence[PendingWords]) -> list[PendingWords]:
    """Return the words with the last of them refused: “Không phải” was said to it."""
    return [*words[:-1], *(replace(one, refused=True) for one in words[-1:])]


def chose(words: Sequence[PendingWords], meaning: str) -> list[PendingWords]:
    """Return the words with what the person took next; words whose sure answer it was were understood, and go."""
    return [
        replace(one, chosen=one.chosen or meaning)
        for one in words
        if not one.sure or one.refused or meaning not in one.offered
    ]
