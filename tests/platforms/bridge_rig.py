"""A gateway and a bot that listens to it, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp.test_utils import TestServer

from bot.core.events import Chat
from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.text import Text
from bot.platforms.bridge.adapter import Bridge, create
from bot.settings import Settings
from bot.testing.inbox import Inbox, listening
from tests.kit import MemoryValues, make_kit
from tests.ports import unused_port

from .fake_bridge import FakeGateway, Fault
from .test_bridge_document import DOCS

HOA = Chat("bridge", "c1", "private")
SMS: Mapping[str, object] = json.loads((DOCS / "gateway-sms.json").read_text("utf-8"))


def said(words: str) -> Message:
    return Message(Text.verbatim(words))


@dataclass
class Both:
    gateway: FakeGateway
    bridge: Bridge
    inbox: Inbox
    values: MemoryValues


@asynccontextmanager
async def both(
    gateway: FakeGateway, *, values: MemoryValues | None = None, public: bool = True, away: Fault | None = None
) -> AsyncIterator[Both]:
    """A gateway and a bot that listens to it; `away` is the gateway's only answer when it is asked what it can do."""
    port, values, inbox = unused_port(), values or MemoryValues(), Inbox()
    gateway.away = away
    async with gateway:
        gateway.bot = f"http://127.0.0.1:{port}"
        settings = Settings(public_url=gateway.bot if public else None)
        kit = replace(make_kit(gateway.options(), settings=settings, values=values), clock=gateway.clock)
        bridge = create(kit)
        assert isinstance(bridge, Bridge)
        async with TestServer(kit.web, port=port), listening(bridge, inbox):
            yield Both(gateway, bridge, inbox, values)
