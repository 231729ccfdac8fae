"""A second look at words that nobody understood: an endpoint chooses among meanings, and its choice is asked about.

The job holds no words: they wait in the session, masked, and only while the person has said nothing more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.events import Chat, UnreadableEvent
from bot.core.lean.values import replace
from bot.core.messages import Button, Message
from bot.core.sessions import Key, session_from_json
from bot.features.jobs.queue import answer_to, chat_of
from bot.features.notices.mail import Mail
from bot.features.unheard import pending
from bot.features.unheard.pending import PendingWords
from bot.i18n import msg
from bot.storage.core_tables.conversation import InboxEvent, SessionRow

KIND = "second look"
MOST = 10
"""Meanings to choose from."""
LATEST = timedelta(seconds=10)
"""A question that comes later is asked of somebody who has gone on: then nothing is looked at and nothing said."""

Choose = Callable[[str, Mapping[str, str]], Awaitable[str]]
"""`(text, titles by id)`: return one of the ids, "" for none of them. Raises nothing, and takes two seconds at most."""
Offers = Callable[[str, Callable[[str], str]], Mapping[str, Button]]
"""`(text, word)`: the likely meanings with their buttons, at most MOST; `word` translates a label."""


def body(chat: Chat, one: PendingWords, seq: int, locale: str) -> Mapping[str, str]:
    """Return the parameters of the job; `seq` is the number of the event that brought the words."""
    return {**answer_to(chat), "words": one.key, "seq": str(seq), "locale": locale}


class SecondLook(Struct, frozen=True):
    """The job; `choose` is None where no endpoint is set, `no` says “Không phải”."""

    choose: Choose | None
    offers: Offers
    no: Callable[[Callable[[str], str]], Button]
    mail: Mail

    async def run(self, body: Mapping[str, str], now: datetime) -> None:
        chat = chat_of(body)
        if chat is None or self.choose is None:
            return
        one = await self._waiting(chat, body)
        if one is None or now - one.at > LATEST:
            return
        say = replace(self.mail, language=body["locale"])
        offers = self.offers(one.text, say.word)
        chosen = await self.choose(one.text, {name: button.label for name, button in offers.items()})
        if chosen not in offers:
            return
        message = Message(say.t(msg("Có phải bác cần bài này không?")), self._buttons(offers[chosen], say))
        async with in_transaction("default"):
            if await self._waiting(chat, body) is not None:
                key = f"look:{one.key}"
                await say.outbox.add(chat, message, key=key, now=now, answering=True, locale=body["locale"])

    def _buttons(self, offered: Button, say: Mail) -> tuple[Button, ...]:
        return offered, self.no(say.word)

    async def _waiting(self, chat: Chat, body: Mapping[str, str]) -> PendingWords | None:
        """Return the words, if nothing was said since."""
        seq = int(body["seq"])
        row = await SessionRow.get_or_none(platform=chat.platform, chat_id=chat.id)
        if row is None or await InboxEvent.filter(platform=chat.platform, chat_id=chat.id, seq__gt=seq).exists():
            return None
        try:
            session = session_from_json(Key(row.platform, row.chat_id), row.version, seq, 0, 0, row.state)
        except UnreadableEvent:
            return None
        waiting: Sequence[PendingWords] = pending.read(session)
        return next((one for one in waiting if one.key == body["words"] and not one.decided), None)
