"""GapoWork: recorded webhooks, the secret address, receivers, the staff list, settings."""

from __future__ import annotations

import json
import logging
import os
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from bot.core.events import (
    BotJoined,
    Chat,
    Commanded,
    Event,
    OtherSent,
    Sender,
    TextSent,
    event_from_json,
    event_to_json,
)
from bot.core.messages import Message
from bot.core.platform import ChatGone, RateLimited, TokenRefused, Unreachable
from bot.core.text import Text
from bot.platforms._shared.http import read
from bot.platforms.gapo.adapter import BODY_LIMIT, HOOK, Gapo, create
from bot.platforms.gapo.wire import Update, parse
from bot.settings import SettingsError
from bot.testing.inbox import Inbox, listening
from tests.kit import make_kit

from .fake_gapo import BOT_ID, GROUP, PERSON, SEND, FakeGapo
from .fake_zalo import DROP_AFTER, error
from .test_zalo_webhook import mutated

FOLDER = Path(__file__).parent / "payloads" / "gapo"
PAYLOADS = [path.read_bytes() for path in sorted(FOLDER.glob("*.json"))]
SECRET = "s" * 32
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
AN, OFFICE = Chat("gapo", "123456", "private"), Chat("gapo", "555", "group")
WHO = Sender("123456", "")
PRIVATE, IN_GROUP = (AN, WHO, NOW), (OFFICE, WHO, NOW)
HELLO = Message(Text.verbatim("Chào bác"))
EXPECTED: dict[str, Event] = {
    "text": TextSent("eev1", *PRIVATE, "Xin chào"),
    "text_nfd": TextSent("eev2", *PRIVATE, "Tiếp"),
    "command": Commanded("eev3", *PRIVATE, "dangky", "ABC 123"),
    "group_mention": TextSent("eev4", *IN_GROUP, "quiz"),
    "group_mention_in_the_middle": TextSent("eev5", *IN_GROUP, "chào  menu"),
    "group_mention_nowhere": TextSent("eev6", *IN_GROUP, "menu"),
    "group_mention_of_another": TextSent("eev7", *IN_GROUP, "@Hoa menu", addressed=False),
    "group_slash": Commanded("eev8", *IN_GROUP, "quiz", ""),
    "group_overheard": TextSent("eev9", *IN_GROUP, "trưa nay ăn gì", addressed=False),
    "quick_reply": TextSent("eev10", *IN_GROUP, "2"),
    "menu": TextSent("eev11", *PRIVATE, "Hướng dẫn"),
    "file": OtherSent("eev12", *PRIVATE, "file"),
    "large_ids": TextSent(
        "eev13", Chat("gapo", "9007199254740993", "private"), Sender("9007199254740993", ""), NOW, "menu"
    ),
    "group_created": BotJoined("eev14", *IN_GROUP, "Văn phòng xã"),
}


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.json")))
def test_a_recorded_update_is_the_event_it_looks_like(name: str) -> None:
    """Files that begin with `none_` mean nothing to us; every other file has its event in the table above."""
    update = read(Update, (FOLDER / f"{name}.json").read_bytes())
    event = None if update is None else parse(update, str(BOT_ID), NOW)
    assert event == (None if name.startswith("none_") else EXPECTED[name])
    if event is not None:
        assert event_from_json(event_to_json(event)) == event


def test_every_event_in_the_table_has_its_recording() -> None:
    assert set(EXPECTED) == {path.stem for path in FOLDER.glob("*.json") if not path.stem.startswith("none_")}


@dataclass
class Bot:
    gapo: FakeGapo
    platform: Gapo
    inbox: Inbox


@pytest.fixture
async def bot(unused_tcp_port: int) -> AsyncIterator[Bot]:
    inbox = Inbox()
    async with FakeGapo() as gapo:
        kit = make_kit(gapo.options(SECRET))
        platform = create(kit)
        assert isinstance(platform, Gapo)
        gapo.hook = f"http://127.0.0.1:{unused_tcp_port}{HOOK}/{SECRET}"
        async with TestServer(kit.web, port=unused_tcp_port), listening(platform, inbox):
            yield Bot(gapo, platform, inbox)


async def test_words_are_composed_and_a_repeat_is_the_same_event(bot: Bot) -> None:
    assert await bot.gapo.says("tiếp tục") == 200
    assert await bot.gapo.again() == 200
    first, second = bot.inbox.events
    assert isinstance(first, TextSent)
    assert (first.text, first) == ("tiếp tục", second)


async def test_an_update_that_cannot_be_noted_is_503(bot: Bot) -> None:
    bot.inbox.refusals = 1
    assert await bot.gapo.says("vneid +12") == 503
    assert await bot.gapo.again() == 200
    assert len(bot.inbox.events) == 1


async def test_whoever_does_not_know_the_address_is_401_and_leaves_no_trace(bot: Bot) -> None:
    base = bot.gapo.hook.removesuffix(SECRET)
    for wrong in ("x", SECRET[:-1], SECRET + "s", "%FF", "b%C3%AD%20m%E1%BA%ADt"):
        assert await bot.gapo.post(PAYLOADS[0], base + wrong) == 401
    assert await bot.gapo.post(b" " * (BODY_LIMIT + 1), bot.gapo.hook) == 413
    assert bot.inbox.attempts == 0


async def test_fuzzed_bodies_never_break_the_webhook(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    bodies = int(os.environ.get("FUZZ_BODIES", "2000"))
    chance = random.Random(20261124)  # noqa: S311 - repeatable on purpose
    for _ in range(bodies):
        body = mutated(chance, chance.choice(PAYLOADS))
        assert await bot.gapo.post(body, bot.gapo.hook) == 200, body
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert len(bot.inbox.events) > bodies / 20, "the wounds are so deep that nothing is tested behind the parser"
    for event in bot.inbox.events:
        json.dumps(event_to_json(event))


async def test_an_id_of_64_bits_arrives_whole_and_each_kind_of_chat_has_its_field(bot: Bot) -> None:
    await bot.platform.send(Chat("gapo", str(PERSON), "private"), HELLO)
    await bot.platform.send(Chat("gapo", str(GROUP), "group"), HELLO)
    assert (bot.gapo.heard(PERSON), bot.gapo.heard(GROUP)) == (["Chào bác"], ["Chào bác"])
    with pytest.raises(ChatGone):
        await bot.platform.send(Chat("gapo", "an", "private"), HELLO)
    assert bot.gapo.sends == 2


async def test_a_person_is_found_by_a_staff_code_once_and_nobodys_code_is_nobody(bot: Bot) -> None:
    for _ in range(2):
        await bot.platform.send(Chat("gapo", "staff:NV001", "private"), HELLO)
    assert (bot.gapo.look_ups, len(bot.gapo.heard(PERSON))) == (1, 2)
    with pytest.raises(ChatGone):
        await bot.platform.send(Chat("gapo", "staff:NV999", "private"), HELLO)
    assert bot.gapo.sends == 2


async def test_without_a_key_to_the_directory_only_the_operator_can_help() -> None:
    async with FakeGapo() as gapo:
        platform = create(make_kit(gapo.options(SECRET) | {"openapi_key": ""}))
        with pytest.raises(TokenRefused):
            await platform.send(Chat("gapo", "staff:NV001", "private"), HELLO)
        await platform.close()


async def test_no_error_holds_the_token_and_a_pause_is_for_the_whole_bot(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    chat, token = Chat("gapo", str(PERSON), "private"), bot.gapo.options(SECRET)["token"]
    bot.gapo.fail(SEND, error(429, token), error(503, "x" * 170 + token), DROP_AFTER, error(401, token))
    with pytest.raises(RateLimited) as limited:
        await bot.platform.send(chat, HELLO)
    assert (limited.value.retry_after, limited.value.scope) == (None, "token")
    for _ in range(3):
        with pytest.raises(Unreachable) as caught:
            await bot.platform.send(chat, HELLO)
        assert token[:10] not in str(caught.value)
    assert token not in caplog.text


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"bot_id": "abc"}, "BOT_GAPO_BOT_ID"),
        ({"hook_secret": "short"}, "BOT_GAPO_HOOK_SECRET"),
        ({"key_header": "a b"}, "BOT_GAPO_KEY_HEADER"),
        ({"colour": "red"}, "BOT_GAPO_COLOUR: there is no such setting"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(change: dict[str, str], names: str) -> None:
    options = FakeGapo().options(SECRET) | {"api_base": "http://127.0.0.1:1"}
    with pytest.raises(SettingsError, match=names):
        create(make_kit({**options, **change}))
