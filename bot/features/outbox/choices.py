"""The choices of a message: numbers that are free when it leaves, and open for an answer once it has arrived."""

from __future__ import annotations

import json
import re

from msgspec import Struct

from bot.core.lean.values import replace
from bot.core.messages import Message, button_from_json, button_to_json
from bot.core.platform import Clock
from bot.core.sessions import SHARED, Key, OpenList, Session, Store, StoreUnavailable, VersionConflict
from bot.core.text import Span, Text, utf16_len

from .row import Leased

RETRY_AFTER = 1.0


def choices_of(stored: str) -> OpenList:
    """Return the stored choices of a row as the list that opens when the row has arrived."""
    pairs, first, numbered, expects = json.loads(stored)
    return OpenList(tuple(map(button_from_json, pairs)), first, bool(numbered), expects, SHARED, "")


class Leaving(Struct, frozen=True):
    """A row with the numbers that it leaves with; `asked` are the replies whose lists were open in its chat then."""

    row: Leased
    asked: frozenset[int] = frozenset()


async def with_free_numbers(store: Store, row: Leased, text_limit: int) -> Leaving:
    """Give the choices other numbers if a list that was opened since the row was written has one of its own.

    It may have waited for hours, and whoever is asked something meanwhile answers that.
    """
    if not row.choices:
        return Leaving(row)
    try:
        session = await _session_of(store, row)
    except StoreUnavailable:
        return Leaving(row)
    choices = choices_of(row.choices)
    asked = frozenset(item.seq for item in session.lists if not item.is_notice)
    taken = [item.numbers for item in session.lists if item.numbered]
    if not choices.numbered or not any(_overlap(choices.numbers, numbers) for numbers in taken):
        return Leaving(row, asked)
    count = len(choices.answers)
    first = session.number_for(count, taken)
    if any(_overlap(range(first, first + count), numbers) for numbers in taken):
        return Leaving(row, asked)  # all numbers are in use: what comes last counts
    message = _renumbered(row.message, choices, first)
    if message is None or utf16_len(message.text.plain) > text_limit:
        return Leaving(row, asked)
    stored = [[button_to_json(button) for button in choices.buttons], first, 1, choices.expects]
    return Leaving(replace(row, message=message, choices=json.dumps(stored, ensure_ascii=False)), asked)


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _renumbered(message: Message, choices: OpenList, first: int) -> Message | None:
    """Write the list of choices with other numbers; None when it does not stand in this message."""
    places = {
        f"{old}. {button.label}": at
        for at, (old, button) in enumerate(zip(choices.numbers, choices.answers, strict=True))
    }
    found: set[int] = set()

    def line(match: re.Match[str]) -> str:
        at = places.get(match[0])
        if at is None or at in found:
            return match[0]
        found.add(at)
        return f"{first + at}. {choices.answers[at].label}"

    spans = tuple(
        Span(re.sub(r"^\d+\. .+$", line, span.text, flags=re.MULTILINE), span.style, span.link)
        for span in message.text.spans
    )
    if len(found) != len(places):
        return None
    labels = {str(old): str(first + at) for at, old in enumerate(choices.numbers)}
    buttons = tuple(replace(button, label=labels.get(button.label, button.label)) for button in message.buttons)
    return replace(message, text=Text(spans), buttons=buttons)


async def _session_of(store: Store, row: Leased) -> Session:
    session = await store.load(Key(row.chat.platform, row.chat.id), row.chat.kind)
    session.kind = row.chat.kind
    return session


async def open_choices(store: Store, clock: Clock, leaving: Leaving) -> None:
    """Put the choices of the row into the session of its chat, whoever else is writing there.

    A question that was asked while the row was on its way stands below it: then its numbers are those of the question.
    """
    row = leaving.row
    if not row.choices:
        return
    choices = choices_of(row.choices)
    while True:
        try:
            session = await _session_of(store, row)
            later = [item for item in session.lists if item.numbered and item.seq and item.seq not in leaving.asked]
            if choices.numbered and any(_overlap(choices.numbers, item.numbers) for item in later):
                return
            session.open_list(choices)
            await store.save(session)
        except VersionConflict:
            continue
        except StoreUnavailable:
            await clock.sleep(RETRY_AFTER)
        else:
            return
