"""Hostile updates: whatever stands in a body, nothing breaks, and without the secret nothing happens."""

from __future__ import annotations

import json
import logging
import os
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from bot.core.events import event_from_json, event_to_json
from bot.platforms import Kit
from bot.platforms._shared.http import read
from bot.platforms.telegram.adapter import SECRET_HEADER, create
from bot.platforms.telegram.parse import Me, join_albums, parse
from bot.platforms.telegram.wire import Update
from bot.settings import Settings
from bot.testing.inbox import Inbox, listening
from tests.kit import make_kit

from .fake_telegram import FakeTelegram

BODIES = int(os.environ.get("FUZZ_BODIES", "2000"))
PAYLOADS = Path(__file__).parent / "payloads" / "telegram"
NOW = datetime(2026, 11, 24, tzinfo=UTC)

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]
HOSTILE: tuple[Value, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63), 10**400, 1e300, float("nan"), float("inf"), 0.5,
    "", " ", "@", "/", "/start", "@lang_bot", "@lang_bot /menu@lang_bot", "\x00\u202e", "\ud800", "😀" * 5000, "7001",
    "private", "group", "supergroup", "channel", "mention", "text_mention", "kicked", "restricted", "creator",
    [], {}, [[]], [None], {"id": {}}, {"": ""}, [{"file_id": "x"}],
    {"id": 123456, "is_bot": True}, {"id": -5, "type": "group"},
    {"offset": 2**40, "length": 2**40, "type": "text_mention"},
)  # fmt: skip


def places(value: Value) -> list[tuple[dict[str, Value], str] | tuple[list[Value], int]]:
    found: list[tuple[dict[str, Value], str] | tuple[list[Value], int]] = []
    if isinstance(value, dict):
        found += [(value, key) for key in value]
        for inner in value.values():
            found += places(inner)
    elif isinstance(value, list):
        found += [(value, index) for index in range(len(value))]
        for inner in value:
            found += places(inner)
    return found


def mutate(update: Value, rng: random.Random, donors: list[Value]) -> Value:
    """A copy with up to four values replaced, removed or taken from another update."""
    changed: Value = json.loads(json.dumps(update))
    for _ in range(rng.choice([1, 1, 2, 4])):
        holder, key = rng.choice(places(changed) or [([None], 0)])
        donor, donor_key = rng.choice(places(rng.choice(donors)))
        taken = donor[donor_key] if rng.random() < 0.4 else rng.choice(HOSTILE)  # type: ignore[index]
        new = json.loads(json.dumps(taken))
        if rng.random() < 0.2:
            del holder[key]  # type: ignore[arg-type]  # a key of its own holder
        else:
            holder[key] = new  # type: ignore[index]
        if isinstance(changed, dict) and rng.random() < 0.1:
            changed[rng.choice(["message", "edited_message", "callback_query", "my_chat_member"])] = new
    return changed


def bodies(seed: int) -> list[tuple[Value, bytes]]:
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    updates: list[Value] = [
        update for path in sorted(PAYLOADS.glob("*.json")) for update in json.loads(path.read_text())
    ]
    usable = [update for update in updates if places(update)]
    made = []
    for number in range(BODIES):
        value = mutate(rng.choice(usable), rng, usable)
        if isinstance(value, dict) and type(value.get("update_id")) is int and rng.random() < 0.9:
            value["update_id"] = number  # the same id again would be a repeat
        raw = bytearray(json.dumps(value).encode())
        if rng.random() < 0.2:
            raw[rng.randrange(len(raw) or 1) :] = rng.randbytes(rng.randrange(9))
        made.append((value, bytes(raw)))
    return made


def test_the_parser_makes_an_event_or_nothing_of_any_update() -> None:
    events = 0
    for value, _ in bodies(seed=1):
        update = read(Update, value)
        if update is None:
            continue
        for event in join_albums([parse(update, Me(123456, "lang_bot"), NOW)]):
            events += 1
            assert event_from_json(json.loads(json.dumps(event_to_json(event)))) == event
            json.dumps(event_to_json(event), ensure_ascii=False).encode()
    assert events > BODIES / 10


@pytest.fixture
async def hook() -> AsyncIterator[tuple[Kit, str, Inbox]]:
    async with FakeTelegram() as telegram:
        # The fake takes any public address; the bodies are posted to the port that the bot really has.
        kit = make_kit(telegram.options(mode="webhook"), settings=Settings(public_url="https://xa.example"))
        platform, inbox = create(kit), Inbox()
        runner = web.AppRunner(kit.web, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with listening(platform, inbox):
            await telegram.until(lambda: telegram.webhook)
            host, port = runner.addresses[0][:2]
            yield kit, f"http://{host}:{port}/hooks/telegram", inbox
        await runner.cleanup()


async def test_no_body_breaks_the_webhook_and_none_without_the_secret_is_noted(
    hook: tuple[Kit, str, Inbox], caplog: pytest.LogCaptureFixture
) -> None:
    kit, url, inbox = hook
    secret = kit.derive("telegram-webhook")
    seen = {401: 0, 200: 0}
    caplog.set_level(logging.ERROR)
    async with ClientSession() as client:
        for number, (_, body) in enumerate(bodies(seed=2)):
            before = inbox.attempts
            headers = {SECRET_HEADER: secret if number % 2 else secret[:-1]}
            async with client.post(url, data=body, headers=headers) as answer:
                seen[answer.status] += 1
            if answer.status == 401:
                assert inbox.attempts == before
    assert seen == {401: (BODIES + 1) // 2, 200: BODIES // 2}
    assert len(inbox.events) > BODIES / 20
    assert [record.getMessage() for record in caplog.records] == []
