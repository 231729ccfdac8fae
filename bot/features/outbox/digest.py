"""The day's digest: notices that can wait, put into one message for each chat where messages are counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.text import Text
from bot.i18n import msg

from .box import Outbox
from .row import Leased

_HEAD = msg("**Tin trong ngày** ({number} tin)")
_ITEM = msg("**Tin {number}:**")
_NAMED = msg("Tin {number}")


class Digest(Struct, frozen=True):
    """A job of the worker. It takes rows and joins them in one transaction: no line is lost or told twice."""

    outbox: Outbox

    async def tick(self, now: datetime) -> None:
        """Queue the digests that are due. Raises StoreUnavailable."""
        for chat, locale in await self.outbox.rows.digests_due(now):
            if chat.kind not in self.outbox.capabilities.get(chat.platform, {}):
                continue  # the messenger is off; they wait until it is back
            async with self.outbox.rows.transaction():
                rows = await self.outbox.rows.take_gathered(chat, locale, now)
                if rows:
                    await self.outbox.add(
                        chat, self._joined(rows, locale), key=f"digest:{rows[0].id}", now=now, locale=locale
                    )

    def _joined(self, rows: Sequence[Leased], locale: str) -> Message:
        """Join the rows: a single one stays as it is; of several each has its number, and the choices below name it."""
        if len(rows) == 1:
            return rows[0].message

        def t(template: str, value: int) -> Text:
            return Text.of(self.outbox.translate(locale, template), number=value)

        numbered = list(enumerate((row.message for row in rows), start=1))
        items = [Text.join(" ", [t(_ITEM, number), message.text]) for number, message in numbered]
        buttons = [
            replace(button, label=f"{t(_NAMED, number).plain}: {button.label}")
            for number, message in numbered
            for button in message.buttons
        ]
        return Message(Text.join("\n\n", [t(_HEAD, len(rows)), *items]), tuple(buttons))
