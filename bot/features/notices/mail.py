"""Notices from one person's work to another person or to a group.

Persons are written to in the installation's language, a group in the one that it chose.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.events import Chat
from bot.core.lean.values import replace
from bot.core.messages import Attachment, Button, Message
from bot.core.text import Text
from bot.features.calendar.vietnam import today
from bot.features.groups import channels
from bot.features.groups.channels import Purpose
from bot.features.notices import delivery_channels
from bot.features.notices.notice_outbox import NoticeOutbox

log = logging.getLogger(__name__)
_LONGEST_KEY = 90


class Mail(Struct, frozen=True):
    """A writer of notices, inside the caller's transaction; the same key again writes nothing.

    A `low` notice may come with the day's digest; an `urging` one asks for a decision and overtakes news. `language` is
    the language, None the installation's.
    """

    outbox: NoticeOutbox
    low: bool = False
    urging: bool = False
    language: str | None = None

    @property
    def later(self) -> Mail:
        """For what nobody waits for and what has no day by which it must be read."""
        return replace(self, low=True)

    @property
    def asking(self) -> Mail:
        """For a question that somebody's work waits for."""
        return replace(self, urging=True)

    def t(self, template: str, /, **values: Text | str | int) -> Text:
        return Text.of(self.outbox.translate(self.locale, template), **values)

    def word(self, label: str, /) -> str:
        return self.outbox.translate(self.locale, label)

    @property
    def locale(self) -> str:
        return self.language or self.outbox.locale

    async def tell(
        self, person_id: int | None, text: Text, buttons: Sequence[Button] = (), *, key: str, now: datetime
    ) -> bool:
        """Tell a person on the best of their messengers; False without a way to them."""
        if person_id is None:
            return False
        for chat in await delivery_channels.to_person(self.outbox, person_id, now):
            if await self._add(chat, Message(text, tuple(buttons)), f"{key}:{person_id}", now):
                return True
        return False

    async def tell_all(
        self, person_ids: Iterable[int], text: Text, buttons: Sequence[Button] = (), *, key: str, now: datetime
    ) -> int:
        """Tell each person once; return how many can be reached."""
        told = 0
        for person_id in dict.fromkeys(person_ids):
            told += await self.tell(person_id, text, buttons, key=key, now=now)
        return told

    async def groups(self, unit_id: int, purpose: Purpose, write: Write, *, key: str, now: datetime) -> int:
        """Tell the groups of a unit with this purpose, one of those of the same people; return how many.

        `write` is called with a mail that speaks the group's language.
        """
        told = 0
        found = await channels.of_unit(unit_id, today(now), purpose=purpose)
        for group in await delivery_channels.to_groups(self.outbox, found, now):
            text, buttons = await write(replace(self, language=group.locale))
            message, own = Message(text, tuple(buttons)), f"{key}:g{group.id}"
            told += await self._add(delivery_channels.chat_of(group), message, own, now, locale=group.locale)
        return told

    async def send_file(self, chat: Chat, text: Text, item: Attachment, *, key: str, now: datetime) -> bool:
        """Send a file to somebody who waits for it, at any hour."""
        return await self._add(chat, Message(text, attachment=item), key, now, answering=True)

    async def _add(
        self,
        chat: Chat,
        message: Message,
        key: str,
        now: datetime,
        *,
        answering: bool = False,
        locale: str | None = None,
    ) -> bool:
        """Queue the message; return False when the chat's messenger is switched off."""
        if len(key) > _LONGEST_KEY:
            raise ValueError(f"a key has at most {_LONGEST_KEY} characters: {key!r}")
        try:
            await self.outbox.add(
                chat,
                message,
                key=key,
                now=now,
                answering=answering,
                low=self.low,
                klass="request" if self.urging else "notice",
                locale=locale or self.language,
            )
        except LookupError:
            log.warning("a notice has no way out: %s is off", chat.platform)
            return False
        return True


Write = Callable[[Mail], Awaitable[tuple[Text, Sequence[Button]]]]
"""Returns the text and its buttons, in the language of the mail."""
