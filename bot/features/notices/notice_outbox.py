"""The outbox, as far as features and conversations write into it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.core.context import Translate
from bot.core.events import Chat
from bot.core.messages import Message
from bot.features.notices import delivery_channels
from bot.features.outbox.states import Klass


class NoticeOutbox(delivery_channels.ChannelOutbox, Protocol):
    @property
    def translate(self) -> Translate: ...

    @property
    def locale(self) -> str: ...

    async def add(
        self,
        chat: Chat,
        message: Message | Sequence[Message],
        *,
        key: str,
        now: datetime,
        expires_at: datetime | None = None,
        answering: bool = False,
        low: bool = False,
        klass: Klass = "notice",
        locale: str | None = None,
    ) -> bool: ...
