"""Hostile bodies from a gateway: whatever stands in them, nothing breaks, and without the secret nothing happens."""

from __future__ import annotations

import json
import logging
import os
import random
from pathlib import Path

import pytest

from bot.core.events import event_from_json, event_to_json
from bot.platforms.bridge.capabilities import Declared
from bot.platforms.bridge.out import decide
from bot.platforms.bridge.wire import read_events

from .bridge_rig import both
from .fake_bridge import RICH_PROFILE, SECRET, FakeGateway
from .test_telegram_fuzz import Value, mutate, places

BODIES = int(os.environ.get("FUZZ_BODIES", "2000"))
EVENTS = Path(__file__).parent / "payloads" / "bridge" / "events.json"
REFUSALS: tuple[Value, ...] = (
    {"error": "rejected", "reason": "quá dài"},
    {"error": "rate_limited", "retry_after": 7, "scope": "token"},
    {"error": "chat_moved", "new_chat_id": "g2"},
    {"id": "17"},
)


def bodies(seed: int, *seeds: Value) -> list[bytes]:
    """Mutated copies of `seeds`, some of them cut off."""
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    usable = [value for value in seeds if places(value)]
    made = []
    for number in range(BODIES):
        value = mutate(rng.choice(usable), rng, usable)
        text = json.dumps(value).replace('"id": "e', f'"id": "{number}e')  # the same id again would be a repeat
        raw = bytearray(text.encode())
        if rng.random() < 0.1:
            raw[rng.randrange(len(raw) or 1) :] = rng.randbytes(rng.randrange(9))
        made.append(bytes(raw))
    return made


def batches(seed: int) -> list[bytes]:
    events = json.loads(EVENTS.read_text("utf-8"))["events"]
    return bodies(seed, *({"events": events[at : at + 2]} for at in range(len(events))))


def test_the_parser_makes_events_that_can_be_stored_or_nothing() -> None:
    now = FakeGateway().clock.now()
    events = 0
    for body in batches(seed=1):
        for event in read_events(body, {"private", "group"}, now).events:
            events += 1
            assert event_from_json(json.loads(json.dumps(event_to_json(event)))) == event
            json.dumps(event_to_json(event), ensure_ascii=False).encode()
            assert event.at <= now
            assert 0 < len(event.chat.id) <= 128
            assert 0 < len(event.id) <= 200
    assert events > BODIES / 2


def test_any_document_leaves_sane_capabilities() -> None:
    taken = 0
    for body in bodies(3, dict(RICH_PROFILE)):  # type: ignore[arg-type]  # a document is a value
        declared = Declared(public=True)
        taken += declared.take(body)
        for caps in declared.values():
            assert 70 <= caps.text_limit <= 4096
            assert 0 <= caps.caption_limit <= caps.text_limit
            assert 0 <= caps.buttons <= 100
            assert 1 <= caps.row_width <= 8
            assert 0.01 <= caps.per_second <= 30
            assert 0.1 <= caps.per_minute <= 1800
    assert taken > BODIES / 3


def test_any_answer_is_a_decision() -> None:
    rng = random.Random(4)  # noqa: S311 - not for secrets
    for body in bodies(4, *REFUSALS):
        str(decide(rng.randrange(100, 600), rng.choice(["", "7", "soon", "-1", "9" * 50]), body))


async def test_no_body_breaks_the_hook_and_none_without_the_secret_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    seen = {401: 0, 200: 0}
    async with both(FakeGateway()) as two:
        for number, body in enumerate(batches(seed=2)):
            before = two.inbox.attempts
            status = await two.gateway.posts(body, SECRET if number % 2 else SECRET[:-1])
            seen[status] += 1
            if status == 401:
                assert two.inbox.attempts == before
        assert seen == {401: (BODIES + 1) // 2, 200: BODIES // 2}
        assert len(two.inbox.events) > BODIES / 4
    lines = [record.getMessage() for record in caplog.records]
    assert all("could not be read" in line for line in lines), "none of an error of ours"
    assert len(lines) <= seen[200]
