"""WhatsApp: the challenge, two forms of buttons, a window of a day, marks in texts, files that the token may fetch."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import JsonValue

from bot.core.events import Chat, OtherSent, PhotoSent, Pressed, TextSent
from bot.core.lean.values import replace
from bot.core.messages import Button, Message
from bot.core.platform import ChatGone, RateLimited, Rejected, WindowShut
from bot.core.text import Text
from bot.platforms import Kit, MenuEntry
from bot.platforms.whatsapp.adapter import HOOK, Whatsapp, create
from bot.platforms.whatsapp.write import marked
from bot.settings import SettingsError
from bot.testing.checking import settles
from bot.testing.inbox import Inbox, listening
from bot.testing.rig import hooked
from bot.testing.vendor import error
from tests.kit import make_kit

from .fake_whatsapp import APP_SECRET, LOOK, MENU, MESSAGES, STYLED, VERIFY_TOKEN, FakeWhatsapp, person, signature
from .test_zalo_webhook import mutated

HOA = Chat("whatsapp", person(1), "private")
PAYLOADS = {path.stem: path.read_bytes() for path in sorted((Path(__file__).parent / "payloads/whatsapp").glob("*"))}


@dataclass
class Bot:
    platform: Whatsapp
    server: FakeWhatsapp
    kit: Kit
    inbox: Inbox

    async def says(self, words: str, *labels: str) -> None:
        await self.platform.send(HOA, Message(Text.verbatim(words), tuple(Button(one, f"d|{one}") for one in labels)))


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with FakeWhatsapp() as server, hooked(create, server.options()) as (platform, kit, inbox):
        server.hook = f"{kit.settings.public_url}{HOOK}"
        assert isinstance(platform, Whatsapp)
        await server.says("menu", who=HOA.id)
        inbox.events.clear()
        yield Bot(platform, server, kit, inbox)


async def test_the_vendor_s_page_is_answered_only_if_it_knows_our_word(bot: Bot) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}
    assert await bot.server.challenges(asked) == (200, "1158201444")
    for wrong in ({"hub.verify_token": "guessed"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}):
        status, words = await bot.server.challenges(asked | wrong)
        assert (status, "1158201444" in words) == (401, False)
    status, words = await bot.server.challenges(asked | {"hub.challenge": "<script>" * 100})
    assert (status, len(words)) == (200, 200)


@pytest.mark.parametrize(
    ("labels", "text", "form"),
    [
        (("Có", "Không"), "Đúng không ạ?", "button"),
        (("1", "2", "3"), "Bác chọn", "button"),
        (("1", "2", "3", "4"), "Bác chọn", "list"),
        (("Có", "Không"), "a" * 1025, "list"),
        (("a" * 21, "Không"), "Đúng không ạ?", "list"),
    ],
)
async def test_choices_are_buttons_where_they_fit_and_a_list_elsewhere(
    bot: Bot, labels: tuple[str, ...], text: str, form: str
) -> None:
    await bot.says(text, *labels)
    [shown] = bot.server.accepted
    assert (shown.form, [label for label, _ in shown.buttons]) == (form, [*labels])
    await bot.server.presses(labels[-1], who=HOA.id)
    [event] = bot.inbox.events
    assert isinstance(event, Pressed)
    assert (event.data, event.message_id) == (f"d|{labels[-1]}", shown.id)


async def test_a_window_that_shut_is_believed_from_a_status_too(bot: Bot) -> None:
    """The answer said yes: what is told later keeps the next message from being lost as well."""
    bot.server.tells_later = True
    bot.server.last_word.clear()
    await bot.says("Thông báo")
    with pytest.raises(WindowShut):
        await bot.says("Thông báo nữa")
    assert bot.server.calls.count(MESSAGES) == 1
    await bot.server.says("menu", who=HOA.id)
    await bot.says("Chào bác")
    assert bot.server.heard(HOA.id) == ["Chào bác"]


async def test_who_gets_too_much_at_once_waits_alone(bot: Bot) -> None:
    bot.server.fail(MESSAGES, error(131056, "pair rate limit hit", status=400))
    with pytest.raises(RateLimited) as limited:
        await bot.says("Chào bác")
    assert (limited.value.retry_after, limited.value.scope) == (6, "chat")


async def test_who_is_not_on_whatsapp_is_gone(bot: Bot) -> None:
    bot.server.gone.add(HOA.id)
    with pytest.raises(ChatGone):
        await bot.says("Chào bác")


async def test_news_of_another_number_of_the_account_are_not_ours(bot: Bot) -> None:
    text: JsonValue = {"from": HOA.id, "id": "w", "timestamp": "1790000000", "type": "text", "text": {"body": "menu"}}
    assert await bot.server.push({"messages": [text]}, phone="1") == 200
    assert await bot.server.push({"messages": [text]}) == 200
    assert [event.id for event in bot.inbox.events] == ["w"]


async def test_the_token_goes_to_no_server_but_the_vendor_s(bot: Bot) -> None:
    """Even if the vendor's own answer should name one."""
    await bot.server.sends_media("image", b"photo", who=HOA.id, mime_type="image/jpeg")
    [event] = bot.inbox.events
    assert isinstance(event, PhotoSent)
    async with FakeWhatsapp() as stranger:
        stranger.photos = bot.server.photos
        true, bot.server.base = bot.server.base, stranger.base
        with pytest.raises(Rejected):
            await bot.platform.fetch(event.files[0], 100)
        bot.server.base = true
        assert stranger.answers == []
    assert await bot.platform.fetch(event.files[0], 100) == b"photo"


async def test_a_file_waits_while_the_vendor_is_out_of_order(bot: Bot) -> None:
    await bot.server.sends_media("image", b"photo", who=HOA.id, mime_type="image/jpeg")
    [event] = bot.inbox.events
    assert isinstance(event, PhotoSent)
    bot.server.fail(LOOK, error(131000, "Something went wrong", status=500))
    with pytest.raises(Exception, match="131000") as failed:
        await bot.platform.fetch(event.files[0], 100)
    assert getattr(failed.value, "maybe_sent", None) is False


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("Bước **một** nhé", "Bước *một* nhé"),
        ("_Chú ý_ `123`", "_Chú ý_ `123`"),
        ("số**1**và", "số1và"),
        ("mở https://xa.example/a_b_c/_d", "mở https://xa.example/a_b_c/_d"),
    ],
)
def test_styles_are_marks(template: str, written: str) -> None:
    assert marked(Text.of(template)) == written


@pytest.mark.parametrize("words", ["*sao*", "**sao**", "~gạch~ _a_", "a *b\nc* d", "(*x*)", "``` x ```", "* một *"])
def test_what_was_typed_is_in_no_style_and_has_as_many_letters(words: str) -> None:
    assert not STYLED.search(marked(Text.verbatim(words)))
    assert len(marked(Text.verbatim(words))) == len(words)


@pytest.mark.parametrize("name", PAYLOADS)
async def test_a_recorded_update_is_what_it_looks_like(bot: Bot, name: str) -> None:
    """Files that begin with `none_` mean nothing to us."""
    assert await bot.server.post(PAYLOADS[name], signature(PAYLOADS[name], APP_SECRET)) == 200
    wanted = {"two_texts": 2}.get(name, 0 if name.startswith("none_") else 1)
    assert len(bot.inbox.events) == wanted
    kinds = {"text": TextSent, "button_reply": Pressed, "list_reply": Pressed, "unsupported": OtherSent}
    assert all(isinstance(event, kinds.get(name, object)) for event in bot.inbox.events)
    assert all(event.sender.name == "Hoa" for event in bot.inbox.events)


async def test_fuzzed_bodies_never_break_the_webhook_and_change_nothing_without_the_secret(bot: Bot) -> None:
    chance = random.Random(34)  # noqa: S311 - the same bodies each time, nothing secret
    for _ in range(int(os.environ.get("FUZZ_BODIES", "200"))):
        body = mutated(chance, chance.choice([*PAYLOADS.values()]))
        assert await bot.server.post(body, signature(body, "another")) == 401
        assert bot.inbox.attempts == 1
        assert await bot.server.post(body, signature(body, APP_SECRET)) == 200
        bot.inbox.attempts = 1


@pytest.mark.parametrize("missing", ["token", "phone_id", "app_secret", "verify_token"])
def test_what_it_needs_is_named(missing: str) -> None:
    options = {"token": "t", "phone_id": "1", "app_secret": "s", "verify_token": "v" * 16}
    del options[missing]
    with pytest.raises(SettingsError, match=f"BOT_WHATSAPP_{missing.upper()}"):
        create(make_kit(options))


async def test_the_commands_of_an_app_appear_after_a_slash(bot: Bot) -> None:
    """There are thirty at most, in one language."""
    entries = [MenuEntry(f"command{at}", "x" * 300) for at in range(31)]
    offering = create(replace(bot.kit, menu={"": entries, "de": entries[:1]}, pages=web.Application))
    async with listening(offering, Inbox()):
        assert await settles(lambda: bool(bot.server.menu))
        assert bot.server.menu == {f"command{at}": "x" * 256 for at in range(30)}
    bot.server.fail(MENU, error(500))
    async with listening(create(replace(bot.kit, menu={"": entries}, pages=web.Application)), Inbox()):
        await bot.server.called(MENU, 2)
    assert await bot.server.says("menu", who=HOA.id) == 200


async def test_an_app_without_a_menu_asks_for_none(bot: Bot) -> None:
    assert MENU not in bot.server.calls
