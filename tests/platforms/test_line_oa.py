"""LINE: free replies and counted pushes, keys that LINE remembers, buttons that stay and those that vanish."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core.events import Chat, TextSent
from bot.core.messages import Attachment, Button, Message
from bot.core.platform import ChatGone, RateLimited, Rejected
from bot.core.text import Text
from bot.platforms import Kit
from bot.platforms.line_oa.adapter import HOOK, LineOa, create
from bot.settings import SettingsError
from bot.testing.doubles import MemoryValues
from bot.testing.inbox import Inbox, listening
from bot.testing.rig import hooked
from bot.testing.vendor import DROP_AFTER, error
from tests.kit import make_kit

from .fake_line import FREE_PLAN, GROUP, PUSH, REPLY, SECRET, TOKEN, USED, FakeLine, person, signature
from .rigs import PatientClock
from .test_zalo_webhook import mutated

HOA, VILLAGE = Chat("line_oa", person(1), "private"), Chat("line_oa", GROUP, "group")
PAYLOADS = [path.read_bytes() for path in sorted((Path(__file__).parent / "payloads" / "line_oa").glob("*.json"))]


@dataclass
class Bot:
    platform: LineOa
    line: FakeLine
    kit: Kit
    inbox: Inbox

    async def says(self, words: str, *labels: str, chat: Chat = HOA, key: str = "") -> str:
        buttons = tuple(Button(label, f"d|{label}") for label in labels)
        return (await self.platform.send(chat, Message(Text.verbatim(words), buttons), key=key)).message_id


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with (
        FakeLine() as line,
        hooked(create, line.options(), clock=PatientClock()) as (platform, kit, inbox),
    ):
        line.hook = f"{kit.settings.public_url}{HOOK}"
        await line.called(USED, 1)
        assert isinstance(platform, LineOa)
        yield Bot(platform, line, kit, inbox)


async def test_an_answer_is_free_and_the_second_one_is_counted(bot: Bot) -> None:
    await bot.line.says("Xin chào", who=HOA.id)
    await bot.says("Chào bác")
    await bot.says("Bác cần việc gì?")
    assert [one.by for one in bot.line.accepted] == [REPLY, PUSH]
    usage = await bot.platform.usage()
    assert usage is not None
    assert (usage.sent, usage.sent_limit) == (1, FREE_PLAN)


async def test_a_reply_in_the_group_goes_to_the_group(bot: Bot) -> None:
    await bot.line.says("Xin chào", who=HOA.id, group=GROUP, mention=True)
    await bot.says("Của riêng bác")
    await bot.says("Chào bà con", chat=VILLAGE)
    assert [(one.chat_id, one.by) for one in bot.line.accepted] == [(HOA.id, PUSH), (GROUP, REPLY)]


async def test_after_a_minute_nobody_tries_to_reply(bot: Bot) -> None:
    await bot.line.says("Xin chào", who=HOA.id)
    await bot.kit.clock.sleep(55)
    await bot.says("Chào bác")
    assert bot.line.calls.count(REPLY) == 0
    assert bot.line.heard(HOA.id) == ["Chào bác"]


async def test_a_reply_that_comes_too_late_after_all_is_pushed(bot: Bot) -> None:
    await bot.line.says("Xin chào", who=HOA.id)
    bot.line.forgets_reply_tokens()
    await bot.says("Chào bác")
    assert [one.by for one in bot.line.accepted] == [PUSH]


async def test_a_push_whose_answer_was_lost_is_known_when_it_is_made_again(bot: Bot) -> None:
    bot.line.fail(PUSH, DROP_AFTER)
    with pytest.raises(Exception, match="Disconnected"):
        await bot.says("Chào bác", key="row:1")
    assert await bot.says("Chào bác", key="row:1") != ""
    assert bot.line.heard(HOA.id) == ["Chào bác"]
    await bot.says("Chào bác", key="row:2")
    assert bot.line.heard(HOA.id) == ["Chào bác"] * 2


async def test_when_the_month_is_used_up_pushes_wait_and_replies_go_on(bot: Bot) -> None:
    bot.line.used = FREE_PLAN
    with pytest.raises(RateLimited) as limited:
        await bot.says("Thông báo")
    assert (limited.value.retry_after, limited.value.scope) == (3600, "chat")
    await bot.line.says("Xin chào", who=HOA.id)
    await bot.says("Chào bác")
    assert bot.line.heard(HOA.id) == ["Chào bác"]


async def test_the_plan_is_what_the_vendor_says_with_what_was_sent_before_and_since() -> None:
    async with FakeLine() as line:
        line.used = 150
        async with hooked(create, line.options(), clock=PatientClock()) as (platform, _, _):
            await line.called(USED, 1)
            await platform.send(HOA, Message(Text.verbatim("Chào bác")))
            usage = await platform.usage()
            assert usage is not None
            assert (usage.sent, usage.sent_limit) == (151, FREE_PLAN)


async def test_few_buttons_stay_below_their_words_and_many_are_quick_replies(bot: Bot) -> None:
    await bot.says("Bác chọn", *"1234")
    await bot.says("a" * 161, *"1234")
    await bot.says("Bác chọn", *"12345")
    few, long, many = bot.line.accepted
    assert (few.text, [label for label, _ in few.buttons]) == ("Bác chọn", [*"1234"])
    assert (long.text, [label for label, _ in long.buttons]) == ("a" * 161, [*"1234"])
    assert (many.text, [label for label, _ in many.buttons]) == ("Bác chọn", [*"12345"])


async def test_a_photo_goes_with_its_words_and_buttons_in_one_call(bot: Bot) -> None:
    photo = Attachment("photo", await bot.kit.media.store(b"\x89PNG", "image/png"), "màn hình", 4)
    await bot.platform.send(HOA, Message(Text.verbatim("Nhìn"), (Button("Tiếp", "t"),), photo))
    [shown] = bot.line.accepted
    assert (shown.text, shown.buttons, shown.photo) == (
        "Nhìn",
        (("Tiếp", "t"),),
        f"https://xa.example/media/{photo.media}",
    )
    with pytest.raises(Rejected):
        await bot.platform.send(HOA, Message(Text.verbatim("Nghe"), attachment=Attachment("audio", "x", "loa", 4)))


async def test_who_is_no_friend_is_gone_and_never_a_mistake_of_the_message(bot: Bot) -> None:
    bot.line.fail(PUSH, error(400, "The property, 'to', in the request body is invalid (line: -, column: -)"))
    with pytest.raises(ChatGone):
        await bot.says("Chào bác")
    with pytest.raises(ChatGone):
        await bot.says("Chào bác", chat=Chat("line_oa", person(5), "private"))


async def test_several_events_of_one_call_are_noted_together_or_not_at_all(bot: Bot) -> None:
    events = [bot.line.event("message", HOA.id, message={"type": "text", "id": f"{n}", "text": f"{n}"}) for n in (1, 2)]
    bot.inbox.refusals = 1
    assert await bot.line.push(*events) == 503
    assert await bot.line.again() == 200
    assert [event.text for event in bot.inbox.events if isinstance(event, TextSent)] == ["1", "2"]


async def test_a_wrong_token_stops_the_start_with_a_word_for_the_operator() -> None:
    async with FakeLine() as line:
        platform, inbox = create(make_kit({**line.options(), "token": "x"}, values=MemoryValues())), Inbox()
        async with listening(platform, inbox) as task:
            with pytest.raises(SettingsError, match="BOT_LINE_OA_TOKEN"):
                await task


@pytest.mark.parametrize("missing", ["token", "secret"])
def test_what_it_needs_is_named(missing: str) -> None:
    options = {"token": TOKEN, "secret": "s"}
    del options[missing]
    with pytest.raises(SettingsError, match=f"BOT_LINE_OA_{missing.upper()}"):
        create(make_kit(options))


async def test_fuzzed_bodies_never_break_the_webhook_and_change_nothing_without_the_secret(bot: Bot) -> None:
    chance = random.Random(34)  # noqa: S311 - the same bodies each time, nothing secret
    for body in [mutated(chance, chance.choice(PAYLOADS)) for _ in range(int(os.environ.get("FUZZ_BODIES", "200")))]:
        assert await bot.line.post(body, signature(body, "another")) == 401
        assert bot.inbox.attempts == 0
        assert await bot.line.post(body, signature(body, SECRET)) == 200
        bot.inbox.attempts = 0
