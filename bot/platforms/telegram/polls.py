"""Which chat and which buttons a poll stands for: the vendor tells only its id when somebody votes."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from bot.core.events import Chat, PollAnswered
from bot.core.lean.values import replace
from bot.core.messages import Button
from bot.core.platform import Clock, KeyValue
from bot.core.sessions import StoreUnavailable

from .parse import NAME, Heard, person

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
TRIES = 10
"""A vote may be here before the answer to the call that sent its poll, which holds the poll's id."""
_MOST_LOST = 1000


class Polls:
    """Keeps what was sent in `values`, so that any process can complete a vote, also after a restart."""

    def __init__(self, values: KeyValue, clock: Clock) -> None:
        self._values = values
        self._clock = clock
        self._lost: dict[str, None] = {}

    async def keep(self, poll_id: str, chat: Chat, choices: Sequence[Button]) -> None:
        """Keep a poll's chat and choices, however long the database is away: everybody can vote by now."""
        stored = json.dumps([chat.id, chat.kind, [button.data for button in choices]])
        while True:
            try:
                await self._values.swap(_key(poll_id), None, stored)
            except StoreUnavailable as error:
                log.warning("telegram: a poll waits for the database: %s", error)
                await self._clock.sleep(RETRY_SECONDS)
            else:
                return

    async def complete(self, heard: Heard) -> Heard:
        """Return a vote with its chat, as an event; anything else as it is.

        The update is not confirmed meanwhile: should the process end, it comes again. The votes of a poll whose id was
        lost with a process, between the vendor's acceptance and our note, are waited for once and then skipped.
        """
        vote = heard.vote
        if vote is None or vote.user is None or vote.user.is_bot or len(vote.option_ids) != 1:
            return heard
        stored = await self._find(vote.poll_id)
        if stored is None:
            return heard
        chat_id, kind, choices = json.loads(stored)
        if vote.option_ids[0] >= len(choices):
            return heard
        chat, data = Chat(NAME, chat_id, kind), choices[vote.option_ids[0]]
        event = PollAnswered(f"u{heard.update}", chat, person(vote.user), self._clock.now(), data)
        return replace(heard, event=event)

    async def _find(self, poll_id: str) -> str | None:
        for _ in range(TRIES):
            if (stored := await self._values.get(_key(poll_id))) is not None or poll_id in self._lost:
                return stored
            await self._clock.sleep(RETRY_SECONDS)
        log.warning("telegram: votes in a poll that is not known are passed over")
        self._lost[poll_id] = None
        if len(self._lost) > _MOST_LOST:
            self._lost.pop(next(iter(self._lost)))
        return None


def _key(poll_id: str) -> str:
    return f"poll:{poll_id[:64]}"
