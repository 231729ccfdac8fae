"""A message with choices has arrived: from now on the chat may answer it by number or word."""

from __future__ import annotations

import json

from bot.core.messages import button_from_json
from bot.core.platform import Clock
from bot.core.sessions import SHARED, Key, OpenList, Store, StoreUnavailable, VersionConflict

from .row import Leased

RETRY_AFTER = 1.0


def choices_of(stored: str) -> OpenList:
    """Return the stored choices of a row as the list that opens when the row has arrived."""
    pairs, first, numbered, expects = json.loads(stored)
    return OpenList(tuple(map(button_from_json, pairs)), first, bool(numbered), expects, SHARED, "")


async def open_choices(store: Store, clock: Clock, row: Leased) -> None:
    """Put the choices of the row into the session of its chat, whoever else is writing there."""
    if not row.choices:
        return
    choices = choices_of(row.choices)
    while True:
        try:
            session = await store.load(Key(row.chat.platform, row.chat.id), row.chat.kind)
            session.kind = row.chat.kind
            if choices.numbered and session.overtakes(choices):
                return  # as if the notice had come before the question was asked: its numbers are the question's now
            session.open_list(choices)
            await store.save(session)
        except VersionConflict:
            continue
        except StoreUnavailable:
            await clock.sleep(RETRY_AFTER)
        else:
            return
