"""What Prometheus reads: numbers, and nothing of a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly.metrics import add_metrics
from bot.core.events import Chat, Sender, TextSent
from bot.core.messages import Message
from bot.core.probing import Probe
from bot.core.text import Text
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.storage.probes import ProbeStore
from bot.storage.store import ConversationStore
from bot.testing import PLAIN
from tests.features.outbox_rig import same

CHAT = Chat("fake", "chat-hoa", "private")


async def test_what_waits_and_what_failed_is_told_in_numbers(db: BaseDBAsyncClient) -> None:
    now = datetime.now(UTC)
    outbox = Outbox(Rows(db, same), {"fake": PLAIN}, same, lambda name: None)
    earlier = now - timedelta(seconds=100)
    for number in range(2):
        message = Message(Text.verbatim("Mời bác Hoa"))
        await outbox.add(CHAT, message, key=f"k{number}", now=earlier, answering=True)
    store = ConversationStore(db)
    first, _ = await store.record([TextSent(f"e{n}", CHAT, Sender("p", "Hoa"), now, text="chào") for n in range(2)])
    await store.save_failed(first.session, first.seq, "ValueError: x")
    await ProbeStore().swap_probe("fake", None, Probe("fake", now, now + timedelta(minutes=15), 3))
    app = web.Application()
    add_metrics(app, db)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/metrics")
        text = await answer.text()
    numbers = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert numbers['langso_outbox_messages{platform="fake",state="pending"}'] == "2"
    paused_until = float(numbers['langso_paused_until_seconds{platform="fake"}'])
    assert abs(paused_until - (now + timedelta(minutes=15)).timestamp()) < 1
    assert 100 <= float(numbers["langso_outbox_late_seconds"]) < 1000
    assert (numbers["langso_events_waiting"], numbers["langso_events_failed"]) == ("1", "1")
    assert "hoa" not in text.lower()
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
