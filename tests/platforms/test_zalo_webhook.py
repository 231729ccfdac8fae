"""Zalo's webhook over real HTTP: the secret first, then the note, then the answer."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import os
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from pydantic import JsonValue

from bot.core.events import PhotoSent, TextSent
from bot.platforms.zalo.adapter import BODY_LIMIT, HOOK, create
from bot.settings import Settings, SettingsError
from bot.testing.inbox import Inbox, listening
from tests.kit import MemoryValues, make_kit

from .fake_zalo import FakeZalo, error

PAYLOADS = [path.read_bytes() for path in sorted((Path(__file__).parent / "payloads" / "zalo").glob("*.json"))]


@dataclass
class Bot:
    """A bot that listens to its webhook; `values` is what it has stored."""

    zalo: FakeZalo
    inbox: Inbox
    values: MemoryValues
    hook: str
    secret: str


@asynccontextmanager
async def bot_with_webhook(port: int, inbox: Inbox) -> AsyncIterator[Bot]:
    values = MemoryValues()
    async with FakeZalo() as zalo:
        settings = Settings(public_url=f"http://127.0.0.1:{port}")
        kit = make_kit(
            {"token": zalo.token, "api_base": zalo.base, "mode": "webhook"}, settings=settings, values=values
        )
        platform = create(kit)
        async with TestServer(kit.web, port=port), listening(platform, inbox):
            await zalo.called("setWebhook", 1)
            yield Bot(zalo, inbox, values, f"http://127.0.0.1:{port}{HOOK}", kit.derive("zalo-webhook"))


@pytest.fixture
async def bot(unused_tcp_port: int) -> AsyncIterator[Bot]:
    async with bot_with_webhook(unused_tcp_port, Inbox()) as bot:
        yield bot


@pytest.mark.parametrize("wrapped", [True, False])
async def test_what_people_say_is_noted_before_the_answer(bot: Bot, wrapped: bool) -> None:
    bot.zalo.wrapped = wrapped
    bot.zalo.photo_field = "photo" if wrapped else "photo_url"
    assert bot.zalo.webhook == (bot.hook, bot.secret)
    assert await bot.zalo.says("Xin chào") == 200
    assert await bot.zalo.sends_photo("https://zalo.example/1.jpg", chat="zgr-1", mention="Bot LangSo") == 200
    said, photo = bot.inbox.events
    assert isinstance(said, TextSent)
    assert said.text == "Xin chào"
    assert isinstance(photo, PhotoSent)
    assert (photo.files[0].ref, photo.caption, photo.chat.kind) == ("https://zalo.example/1.jpg", "", "group")
    assert "getUpdates" not in bot.zalo.calls


@pytest.mark.parametrize("secret", [None, "", "wrong", "x" * 64, "bí mật", "k" * 5000])
async def test_a_forged_secret_is_401_and_leaves_no_trace(bot: Bot, secret: str | None) -> None:
    for body in PAYLOADS:
        assert await bot.zalo.post(bot.hook, body, secret) == 401
    assert bot.inbox.attempts == 0
    assert bot.values.values == {}


async def test_an_update_that_cannot_be_noted_is_503_and_not_an_answer(bot: Bot) -> None:
    bot.inbox.refusals = 1
    assert await bot.zalo.says("vneid +12") == 503
    assert bot.inbox.events == []
    assert await bot.zalo.says("vneid +12") == 200
    assert len(bot.inbox.events) == 1


async def test_an_update_that_comes_before_the_bot_listens_is_503(unused_tcp_port: int) -> None:
    settings = Settings(public_url=f"http://127.0.0.1:{unused_tcp_port}")
    kit = make_kit({"token": "1:a", "mode": "webhook"}, settings=settings)
    platform = create(kit)
    async with FakeZalo() as zalo, TestServer(kit.web, port=unused_tcp_port) as server:
        assert await zalo.post(str(server.make_url(HOOK)), PAYLOADS[-1], kit.derive("zalo-webhook")) == 503
    await platform.close()


async def test_unknown_and_broken_bodies_are_answered_200_and_mean_nothing(bot: Bot) -> None:
    """A refusal would only make the vendor repeat what we shall never understand."""
    nested = b"[" * 200_000
    long_number = b'{"event_name":"message.text.received","message":{"message_id":' + b"9" * 10_000 + b"}}"
    for body in (b"", b"null", b"[]", b'"text"', b"{", nested, long_number, b"\xff\xfe", b'{"ok":true,"result":null}'):
        assert await bot.zalo.post(bot.hook, body, bot.secret) == 200
    assert bot.inbox.attempts == 0


async def test_a_body_over_one_mebibyte_is_refused(bot: Bot) -> None:
    body = PAYLOADS[-1]
    assert await bot.zalo.post(bot.hook, body + b" " * (BODY_LIMIT - len(body)), bot.secret) == 200
    assert await bot.zalo.post(bot.hook, body + b" " * (BODY_LIMIT + 1 - len(body)), bot.secret) == 413
    assert len(bot.inbox.events) == 1


async def test_a_sender_that_hangs_up_in_mid_body_does_no_harm(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    port = int(bot.hook.split(":")[2].split("/")[0])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nX-Bot-Api-Secret-Token: {bot.secret}\r\nContent-Length: 500\r\n\r\n"
    writer.write(head.encode() + PAYLOADS[-1][:50])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await bot.zalo.says("Xin chào") == 200
    assert len(bot.inbox.events) == 1
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_refused_webhook_names_the_setting(unused_tcp_port: int) -> None:
    async with FakeZalo(allow_local_webhook=False) as zalo:
        settings = Settings(public_url=f"http://127.0.0.1:{unused_tcp_port}")
        platform = create(make_kit({"token": zalo.token, "api_base": zalo.base, "mode": "webhook"}, settings=settings))
        with pytest.raises(SettingsError, match=r"^BOT_PUBLIC_URL: .*public HTTPS address"):
            await platform.listen(Inbox().note)
        await platform.close()


async def test_a_webhook_is_set_again_and_again_until_the_vendor_answers(unused_tcp_port: int) -> None:
    async with FakeZalo() as zalo:
        zalo.fail("setWebhook", error(500), error(429), error(408))
        settings = Settings(public_url=f"http://127.0.0.1:{unused_tcp_port}")
        kit = make_kit({"token": zalo.token, "api_base": zalo.base, "mode": "webhook"}, settings=settings)
        async with listening(create(kit), Inbox()):
            await zalo.called("setWebhook", 4)


HOSTILE: tuple[JsonValue, ...] = (
    None, True, -1, 0, 1e300, float("nan"), float("inf"), 10**400, "", "@", "/", "@ /x", "\x00\u202e", "\ud800",
    "𐀀" * 3000, "/start " * 900, [], {}, [[[[[]]]]], {"id": {"id": 1}}, "GROUP",
    "message.image.received", "message.voice.received",
)  # fmt: skip


def mutated(chance: random.Random, body: bytes) -> bytes:
    """A recorded body with a few values replaced by hostile ones; every fourth also has bytes cut or changed."""
    root: JsonValue = json.loads(body)
    for _ in range(chance.randint(1, 3)):
        slots = list(_slots(root))
        inside, name = chance.choice(slots) if slots else ({}, "")
        inside[name] = copy.deepcopy(chance.choice(HOSTILE))
    body = json.dumps(root).encode()
    if chance.random() < 0.75:
        return body
    at = chance.randint(0, len(body))
    end = at + chance.randint(0, 40)
    middle = chance.choice((b"", body[at:end] * 2, chance.randbytes(3), b"[" * 2000))
    return body[:at] + middle + body[end:]


def _slots(value: JsonValue) -> Iterator[tuple[dict[str, JsonValue], str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield value, name
            yield from _slots(inner)


async def test_fuzzed_bodies_never_break_the_webhook_and_change_nothing_without_the_secret(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    bodies = int(os.environ.get("FUZZ_BODIES", "2000"))
    chance = random.Random(20261124)  # noqa: S311 - repeatable on purpose
    for _ in range(bodies):
        body = mutated(chance, chance.choice(PAYLOADS))
        if chance.random() < 0.2:
            noted, stored = bot.inbox.attempts, dict(bot.values.values)
            assert await bot.zalo.post(bot.hook, body, chance.choice((None, "", bot.secret[:-1]))) == 401
            assert (bot.inbox.attempts, bot.values.values) == (noted, stored)
        else:
            assert await bot.zalo.post(bot.hook, body, bot.secret) == 200, body
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert len(bot.inbox.events) > bodies / 20, "the wounds are so deep that nothing is tested behind the parser"


PUBLIC = "https://bot.yenmo.example"


async def test_with_a_public_address_the_webhook_is_the_default() -> None:
    """A vendor that keeps nothing for who polls loses what is said while the bot starts again."""
    async with FakeZalo() as zalo:
        kit = make_kit({"token": zalo.token, "api_base": zalo.base}, settings=Settings(public_url=PUBLIC))
        platform = create(kit)
        async with listening(platform, Inbox()):
            await zalo.called("setWebhook", 1)
            assert zalo.webhook == (f"{PUBLIC}{HOOK}", kit.derive("zalo-webhook"))
            assert all(caps.keeps for caps in platform.capabilities.values())
        assert "getUpdates" not in zalo.calls


@pytest.mark.parametrize("url", [None, "http://10.0.0.7:8080"])
async def test_without_one_it_polls_and_says_that_nothing_is_kept(url: str | None) -> None:
    async with FakeZalo() as zalo:
        platform = create(make_kit({"token": zalo.token, "api_base": zalo.base}, settings=Settings(public_url=url)))
        async with listening(platform, Inbox()):
            await zalo.called("getUpdates", 1)
        assert not any(caps.keeps for caps in platform.capabilities.values())


@pytest.mark.parametrize("reaches", [True, False], ids=["refused", "not reached"])
async def test_an_address_that_the_vendor_does_not_take_is_no_reason_to_be_deaf(
    reaches: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody has asked for a webhook; who did ask is told what to mend."""
    async with FakeZalo() as zalo:
        zalo.reaches = reaches
        if reaches:
            zalo.fail("setWebhook", error(400, "Bad webhook"))
        platform = create(make_kit({"token": zalo.token, "api_base": zalo.base}, settings=Settings(public_url=PUBLIC)))
        async with listening(platform, inbox := Inbox()):
            await zalo.called("getUpdates", 1)
            await zalo.says("Xin chào")
            await inbox.holds(1)
        assert not any(caps.keeps for caps in platform.capabilities.values())
    assert "BOT_PUBLIC_URL" in caplog.text
