"""The content of the messages in the chats, as far as this process knows: it avoids edits that would be refused."""

from __future__ import annotations

import logging

from bot.core.events import Chat
from bot.core.lru import Latest
from bot.core.messages import Message
from bot.core.platform import PlatformError, Rejected

from .api import Api
from .wire import Press

log = logging.getLogger(__name__)

_WORDS, _FILE = 0, 1


class Shown:
    """By chat and message; after a restart a press tells what kind of message it was under, the content nobody."""

    def __init__(self) -> None:
        self._kinds: Latest[int] = Latest()
        self._contents: Latest[int] = Latest()

    def keep(self, chat: Chat, message_id: str, message: Message) -> None:
        """Note the present content of a message."""
        self._kinds.put((chat.id, message_id), _WORDS if message.attachment is None else _FILE)
        self._contents.put((chat.id, message_id), hash(message))

    def forget(self, chat: Chat, message_id: str) -> None:
        """Drop the content of a message, which has changed."""
        self._contents.forget((chat.id, message_id))

    def pressed(self, press: Press) -> None:
        """Note from a pressed button whether its message has a file."""
        under = press.message
        if under is not None and (under.photo or under.audio or under.document):
            self._kinds.put((str(under.chat.id), str(under.message_id)), _FILE)

    def is_same(self, chat: Chat, message_id: str, message: Message) -> bool:
        return self._contents.get((chat.id, message_id)) == hash(message)

    def cannot_become(self, chat: Chat, message_id: str, message: Message) -> bool:
        """Tell whether a message cannot be edited into another: a file cannot be removed from a message."""
        return message.attachment is None and self._kinds.get((chat.id, message_id)) == _FILE


class Presses:
    """Answers each press once, so that its little clock stops. One that is delivered again has its answer already."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._answered: Latest[int] = Latest()

    async def answer(self, press_id: str) -> None:
        if self._answered.get((press_id,)) is not None:
            return
        self._answered.put((press_id,), 1)
        try:
            await self._api.post("answerCallbackQuery", {"callback_query_id": press_id})
        except PlatformError as error:
            log.debug("telegram: %s", error)
            if not isinstance(error, Rejected):  # perhaps it did not arrive: if the press comes again, so does this
                self._answered.forget((press_id,))
