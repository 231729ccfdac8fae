"""An adapter under the name of a further account: what it brings and what it is given bears that name.

No adapter knows that there is another one of its kind, so one that somebody else wrote can have several accounts, too.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping, Sequence
from typing import TypeVar

from bot.core.events import Chat, ChatKind, Event, Incoming
from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.platform import (
    Budget,
    Capabilities,
    Inspected,
    Platform,
    Probed,
    Sent,
    Sink,
    Unreachable,
    Usage,
    VendorView,
)
from bot.framework.process import GRACE
from bot.i18n import in_vietnamese
from bot.settings import PREFIX, SettingsError

T = TypeVar("T")


class NamedPlatform:
    """Implements bot.core.platform.Platform, and Probed and Inspected where the adapter does."""

    def __init__(self, inner: Platform, name: str) -> None:
        self.name = name
        self._inner = inner
        self._own = inner.name
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False

    @property
    def capabilities(self) -> Mapping[ChatKind, Capabilities]:
        return self._inner.capabilities

    @property
    def budget(self) -> Budget:
        return self._inner.budget

    async def listen(self, sink: Sink) -> None:
        async def named(events: Sequence[Event]) -> None:
            await sink([replace(event, chat=replace(event.chat, platform=self.name)) for event in events])

        try:
            await self._inner.listen(named)
        except SettingsError as error:
            raise SettingsError(in_words_of(self.name, self._own, in_vietnamese(error))) from None

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        own = Chat(self._own, chat.id, chat.kind)
        return await self._called(self._inner.send(own, message, replacing=replacing, key=key))

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        return await self._called(self._inner.fetch(file, limit))

    def link(self, code: str) -> str | None:
        return self._inner.link(code)

    def group_link(self, code: str) -> str | None:
        return self._inner.group_link(code)

    async def usage(self) -> Usage | None:
        return await self._inner.usage()

    async def close(self) -> None:
        """Begin no call any more and let those end that are open: what one of them has become must be known."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), GRACE)
        await self._inner.close()

    async def _called(self, call: Coroutine[object, object, T]) -> T:
        if self._closed:
            call.close()
            raise Unreachable("this account is switched off", maybe_sent=False)
        self._open += 1
        self._idle.clear()
        try:
            return await call
        finally:
            self._open -= 1
            if not self._open:
                self._idle.set()


class _Probed(NamedPlatform):
    def __init__(self, inner: Platform, name: str, probed: Probed) -> None:
        super().__init__(inner, name)
        self._probed = probed

    async def probe(self) -> None:
        await self._called(self._probed.probe())


class _Inspected(_Probed):
    def __init__(self, inner: Platform, name: str, probed: Probed, inspected: Inspected) -> None:
        super().__init__(inner, name, probed)
        self._inspected = inspected

    async def inspect(self) -> VendorView:
        return await self._called(self._inspected.inspect())


def under(inner: Platform, name: str) -> NamedPlatform:
    """Return the adapter under another name; the bot sees of it what it can do and no more."""
    if isinstance(inner, Probed):
        return _Inspected(inner, name, inner, inner) if isinstance(inner, Inspected) else _Probed(inner, name, inner)
    return NamedPlatform(inner, name)


def in_words_of(name: str, vendor: str, why: str) -> str:
    """Return what an adapter says of its settings as it concerns an account: it has no variables of the environment."""
    return f"{name}: {why.replace(f'{PREFIX}{vendor.upper()}_', '')}"
