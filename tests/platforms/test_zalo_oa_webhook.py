"""The webhook of a Zalo Official Account over real HTTP: the signature first, then the note, then the answer."""

from __future__ import annotations

import json
import logging
import os
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from bot.core.events import BotLeft, Commanded, FileSent, Pressed, TextSent
from bot.platforms.zalo_oa.adapter import BODY_LIMIT, HOOK, create
from bot.platforms.zalo_oa.token import KEY, LEASE_KEY
from bot.platforms.zalo_oa.wire import signature
from bot.settings import Settings
from bot.testing.inbox import Inbox, listening
from tests.kit import MemoryValues, make_kit

from .fake_zalo_oa import APP_ID, APP_SECRET, OA_SECRET, FakeZaloOa
from .rigs import PatientClock
from .test_zalo_webhook import mutated

PAYLOADS = [path.read_bytes() for path in sorted((Path(__file__).parent / "payloads" / "zalo_oa").glob("*.json"))]


@dataclass
class Bot:
    oa: FakeZaloOa
    inbox: Inbox
    values: MemoryValues


@pytest.fixture
async def bot(unused_tcp_port: int) -> AsyncIterator[Bot]:
    values, inbox = MemoryValues(), Inbox()
    async with FakeZaloOa() as oa:
        oa.hook = f"http://127.0.0.1:{unused_tcp_port}{HOOK}"
        settings = Settings(public_url=f"http://127.0.0.1:{unused_tcp_port}")
        kit = make_kit(oa.options(), settings=settings, values=values, clock=PatientClock())
        platform = create(kit)
        async with TestServer(kit.web, port=unused_tcp_port), listening(platform, inbox):
            yield Bot(oa, inbox, values)


def signed(body: bytes, key: str = OA_SECRET) -> str:
    """As the vendor would sign these bytes; what holds no timestamp is signed without one."""
    try:
        stamp = json.loads(body).get("timestamp", "")
    except (ValueError, AttributeError, RecursionError):
        stamp = ""
    return "mac=" + signature(APP_ID, body, str(stamp) if str(stamp).isascii() else "", key)


async def test_what_people_do_is_noted_before_the_answer(bot: Bot) -> None:
    assert await bot.oa.happens("follow", who="u1") == 200
    assert await bot.oa.says("Xin chào") == 200
    assert await bot.oa.says("#:g|bai|b") == 200
    assert await bot.oa.sends_file("file", "https://zalo.example/f/1") == 200
    assert await bot.oa.says("chào cả nhà", group="g1") == 200
    assert await bot.oa.happens("unfollow", who="u1") == 200
    kinds = [type(event) for event in bot.inbox.events]
    assert kinds == [Commanded, TextSent, Pressed, FileSent, TextSent, BotLeft]


async def test_an_update_that_comes_twice_is_the_same_event(bot: Bot) -> None:
    await bot.oa.says("vneid +12")
    await bot.oa.again()
    await bot.oa.happens("follow", who="u2")
    await bot.oa.again()
    ids = [event.id for event in bot.inbox.events]
    assert (len(ids), len(set(ids))) == (4, 2)


async def test_a_clock_that_is_days_off_refuses_nobody_and_no_event_comes_from_the_future(bot: Bot) -> None:
    for skew in (-3 * 24 * 3600, 3 * 24 * 3600, 4 * 365 * 24 * 3600):
        bot.oa.skew = skew
        assert await bot.oa.says("menu") == 200
    assert len(bot.inbox.events) == 3
    assert all(event.at <= PatientClock().now() for event in bot.inbox.events)


async def test_an_update_that_cannot_be_noted_is_503_and_its_repeat_is_taken(bot: Bot) -> None:
    bot.inbox.refusals = 1
    assert await bot.oa.says("vneid +12") == 503
    assert await bot.oa.again() == 200
    assert len(bot.inbox.events) == 1


async def test_the_consoles_empty_test_is_answered_200_and_changes_nothing(bot: Bot) -> None:
    assert await bot.oa.post(b"", None) == 200
    assert bot.inbox.attempts == 0


@pytest.mark.parametrize("header", [None, "", "mac=", "mac=" + "0" * 64, "bí mật", "k" * 5000])
async def test_a_forged_signature_is_401_and_leaves_no_trace(bot: Bot, header: str | None) -> None:
    for body in PAYLOADS:
        assert await bot.oa.post(body, header) == 401
    assert bot.inbox.attempts == 0
    assert set(bot.values.values) <= {KEY, LEASE_KEY}


async def test_a_signature_of_one_body_is_none_of_another(bot: Bot) -> None:
    body = PAYLOADS[-1]
    assert await bot.oa.post(body + b" ", signed(body)) == 401
    assert await bot.oa.post(body, signed(body)) == 200


async def test_a_call_signed_with_the_wrong_key_is_refused_and_the_log_says_which(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    assert await bot.oa.post(PAYLOADS[-1], signed(PAYLOADS[-1], APP_SECRET)) == 401
    assert "seems to be signed with the application's secret key" in caplog.text
    assert await bot.oa.post(PAYLOADS[-1], "mac=x", sent_at=b"\xff") == 401
    assert bot.inbox.attempts == 0


async def test_a_body_over_one_mebibyte_is_refused(bot: Bot) -> None:
    assert await bot.oa.post(b" " * (BODY_LIMIT + 1), "mac=x") == 413


async def test_fuzzed_bodies_never_break_the_webhook_and_change_nothing_without_the_key(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    bodies = int(os.environ.get("FUZZ_BODIES", "2000"))
    chance = random.Random(20261124)  # noqa: S311 - repeatable on purpose
    for _ in range(bodies):
        body = mutated(chance, chance.choice(PAYLOADS))
        if chance.random() < 0.2:
            noted = bot.inbox.attempts
            assert await bot.oa.post(body, chance.choice((None, "", signed(body, "another key")))) == 401
            assert bot.inbox.attempts == noted
        else:
            # The same bytes may hold a timestamp that reads otherwise here than there: then they are not signed.
            assert await bot.oa.post(body, signed(body)) in (200, 401), body
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert len(bot.inbox.events) > bodies / 20, "the wounds are so deep that nothing is tested behind the parser"
