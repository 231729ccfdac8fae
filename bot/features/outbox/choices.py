"""A message with choices has arrived: from now on the chat may answer it by number or word."""

from __future__ import annotations

import json

from bot.core.messages import Button
from bot.core.platform import Clock
from bot.core.sessions import SHARED, Key, OpenList, Store, StoreUnavailable, VersionConflict

from .row import Leased

RETRY_AFTER = 1.0


async def open_choices(store: Store, clock: Clock, row: Leased) -> None:
    """Put the choices of the row into the session of its chat, whoever else is writing there."""
    if not row.choices:
        return
    pairs, first, numbered, expects = json.loads(row.choices)
    buttons = tuple(Button(label, data) for label, data in pairs)
    while True:
        try:
            session = await store.load(Key(row.chat.platform, row.chat.id), row.chat.kind)
            session.kind = row.chat.kind
            session.open_list(OpenList(buttons, first, bool(numbered), expects, SHARED, ""))
            await store.save(session)
        except VersionConflict:
            continue
        except StoreUnavailable:
            await clock.sleep(RETRY_AFTER)
        else:
            return
