"""What Prometheus reads: numbers, and nothing of a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly.metrics import add_metrics
from bot.core.events import Chat, Sender, TextSent
from bot.core.messages import Message
from bot.core.metrics import counters, latencies
from bot.core.probing import Probe
from bot.core.text import Text
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.framework import web_app
from bot.framework.process import CLOCK
from bot.settings import Settings
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
    counters.PERHAPS_TWICE.add("fake", 2)
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
    assert int(numbers['langso_answers_perhaps_twice_total{platform="fake"}']) >= 2
    assert "hoa" not in text.lower()
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")


def _histogram(text: str, name: str, label: str) -> tuple[list[tuple[float, int]], float, int]:
    """Read a histogram as Prometheus does: its buckets, sum and count."""
    numbers = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    begins = f"{name}_bucket{{{label},le="
    buckets = [(float(key[len(begins) + 1 : -2]), int(n)) for key, n in numbers.items() if key.startswith(begins)]
    return buckets, float(numbers[f"{name}_sum{{{label}}}"]), int(numbers[f"{name}_count{{{label}}}"])


async def test_latencies_are_told_as_histograms(db: BaseDBAsyncClient) -> None:
    app = web.Application()
    add_metrics(app, db)
    kind = f"report {type(db).__name__}"  # counts are those of the process
    for seconds in (0.001, 0.03, 0.03, 500.0):
        latencies.JOBS.took(kind, seconds)
    async with TestClient(TestServer(app)) as client:
        text = await (await client.get("/metrics")).text()
    assert "# TYPE langso_job_seconds histogram" in text
    buckets, total, count = _histogram(text, "langso_job_seconds", f'kind="{kind}"')
    assert [bound for bound, _ in buckets] == sorted(bound for bound, _ in buckets)
    assert [n for _, n in buckets] == sorted(n for _, n in buckets), "each bucket counts the ones below it"
    assert dict(buckets)[0.005] == 1
    assert dict(buckets)[0.05] == 3
    assert dict(buckets)[120.0] == 3
    assert dict(buckets)[float("inf")] == count == 4
    assert total == pytest.approx(500.061)


async def test_a_page_counts_by_the_first_part_of_an_address_of_ours() -> None:
    app = web_app.application(Settings(), CLOCK)

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="ok")

    app.router.add_get("/ban/{rest}", page)
    before = "\n".join(latencies.PAGES.lines())
    async with TestClient(TestServer(app)) as client:
        await client.get("/ban/so-lieu")
        await client.get("/made-up-by-a-stranger")
    text = "\n".join(latencies.PAGES.lines())
    assert text != before
    assert 'page="ban"' in text
    assert "stranger" not in text


def test_a_label_never_has_more_values_than_are_told_apart() -> None:
    many = latencies.Latency("x_seconds", "Says.", "kind")
    for number in range(200):
        many.took(f"k{number}", 1.0)
    assert sum(line.startswith("x_seconds_count") for line in many.lines()) == 61
    assert 'x_seconds_count{kind="other"} 140' in list(many.lines())
