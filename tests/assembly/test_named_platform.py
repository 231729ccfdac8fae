"""An adapter under the name of a further account: it does not know, and the bot sees nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot.assembly.bots.named import under
from bot.core.events import Chat, Event, Incoming, Sender, TextSent
from bot.core.messages import Message
from bot.core.platform import RICH, Adapter, Inspected, Probed, Sent, Sink, Unreachable
from bot.core.text import Text
from bot.settings import SettingsError

HERE = Chat("fake@kt", "7", "private")


class Little(Adapter):
    name = "fake"
    capabilities = RICH

    def __init__(self) -> None:
        self.sent: list[Chat] = []
        self.may_answer = asyncio.Event()
        self.closed = False

    async def listen(self, sink: Sink) -> None:
        await sink([TextSent("1", Chat("fake", "7", "private"), Sender("7", "Hoa"), datetime.now(UTC), "chào")])
        raise SettingsError("BOT_FAKE_TOKEN: không đúng")

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        assert not self.closed
        await self.may_answer.wait()
        self.sent.append(chat)
        return Sent("1")

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        return b"photo"

    async def close(self) -> None:
        self.closed = True


async def test_events_and_messages_bear_the_name_of_the_account_outside_and_the_adapter_s_inside() -> None:
    inner, heard = Little(), list[Event]()
    platform = under(inner, "fake@kt")

    async def sink(events: Sequence[Event]) -> None:
        heard.extend(events)

    with pytest.raises(SettingsError, match=r"^fake@kt: TOKEN: không đúng$"):
        await platform.listen(sink)
    assert [one.chat for one in heard] == [HERE]
    inner.may_answer.set()
    await platform.send(HERE, Message(Text.of("chào")))
    assert inner.sent == [Chat("fake", "7", "private")]
    assert await platform.fetch(Incoming("a", "image/jpeg"), 10) == b"photo"
    assert not isinstance(platform, Probed)
    assert not isinstance(platform, Inspected)


async def test_a_call_that_is_open_ends_before_the_account_is_closed_and_none_begins() -> None:
    inner = Little()
    platform = under(inner, "fake@kt")
    call = asyncio.create_task(platform.send(HERE, Message(Text.of("chào"))))
    await asyncio.sleep(0)
    closing = asyncio.create_task(platform.close())
    await asyncio.sleep(0)
    assert not inner.closed
    with pytest.raises(Unreachable) as refused:
        await platform.send(HERE, Message(Text.of("nữa")))
    assert not refused.value.maybe_sent
    inner.may_answer.set()
    assert await call == Sent("1")
    await closing
    assert inner.closed
