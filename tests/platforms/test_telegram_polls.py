"""Votes: which chat and which choice they are for, whatever comes first, and who is not waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.core.events import Chat, PollAnswered
from bot.core.messages import Button, Message, Poll
from bot.core.platform import Platform, Unreachable
from bot.core.text import Text
from bot.platforms.telegram.adapter import create
from bot.testing.inbox import Inbox, listening
from tests.kit import MemoryValues, StillClock, make_kit

from .fake_telegram import PATIENCE, FakeTelegram, accepted_and_held, drop

QUIZ = Message(
    Text.verbatim("Ai được hỏi mã OTP?"),
    (Button("Ngân hàng", "a|1"), Button("Không ai cả", "a|2"), Button("Câu tiếp", "n|1")),
    poll=Poll(2, 1, "Không ai được hỏi mã OTP."),
)


def platform_of(telegram: FakeTelegram, values: MemoryValues, clock: StillClock | None = None) -> Platform:
    return create(make_kit(telegram.options(poll_seconds="1"), values=values, clock=clock))


class GatedClock(StillClock):
    """Who sleeps goes on when the gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.sleeps = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.sleeps.set()
        await self.gate.wait()
        await super().sleep(seconds)


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


async def test_a_poll_shows_its_question_its_reason_and_the_buttons_beside_it(telegram: FakeTelegram) -> None:
    group = telegram.group("Thôn Lạc Hiền")
    platform = platform_of(telegram, MemoryValues())
    sent = await platform.send(Chat("telegram", str(group.id), "group"), QUIZ)
    [shown] = telegram.shown(group)
    assert shown.poll is not None
    assert (shown.poll.options, shown.poll.right) == (("Ngân hàng", "Không ai cả"), 1)
    assert shown.poll.why == "Không ai được hỏi mã OTP."
    assert [key.text for key in shown.keys] == ["Câu tiếp"]
    assert sent.message_id == str(shown.id)
    await platform.close()


async def test_a_vote_after_a_restart_still_finds_its_group(telegram: FakeTelegram) -> None:
    group, hoa, values = telegram.group("Thôn Lạc Hiền"), telegram.person("Hoa"), MemoryValues()
    before = platform_of(telegram, values)
    await before.send(Chat("telegram", str(group.id), "group"), QUIZ)
    await before.close()
    inbox = Inbox()
    async with listening(platform_of(telegram, values), inbox):
        await telegram.votes(hoa, "Ngân hàng", group)
    [event] = inbox.events
    assert isinstance(event, PollAnswered)
    assert (event.chat.id, event.chat.kind, event.sender.id, event.data) == (str(group.id), "group", str(hoa.id), "a|1")


async def test_a_vote_that_is_faster_than_the_answer_to_the_call_waits_for_it(telegram: FakeTelegram) -> None:
    """The mechanism: `Polls._find` looks again, and the update is not confirmed meanwhile."""
    group, hoa = telegram.group("Thôn Lạc Hiền"), telegram.person("Hoa")
    clock, inbox, answer = GatedClock(), Inbox(), asyncio.Event()
    platform = platform_of(telegram, MemoryValues(), clock)
    telegram.fail("sendPoll", accepted_and_held(answer))
    async with listening(platform, inbox):
        sending = asyncio.create_task(platform.send(Chat("telegram", str(group.id), "group"), QUIZ))
        await telegram.until(lambda: telegram.shown(group))
        voting = asyncio.create_task(telegram.votes(hoa, "Không ai cả", group))
        async with asyncio.timeout(PATIENCE):
            await clock.sleeps.wait()
        assert inbox.events == []
        assert telegram.pending
        answer.set()
        await sending
        clock.gate.set()
        await voting
    [event] = inbox.events
    assert isinstance(event, PollAnswered)
    assert event.data == "a|2"


async def test_votes_in_a_poll_whose_id_was_lost_hold_up_nobody_for_long(
    telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    group, hoa, tam, clock = telegram.group("Thôn"), telegram.person("Hoa"), telegram.person("Tám"), StillClock()
    platform, inbox = platform_of(telegram, MemoryValues(), clock), Inbox()
    telegram.fail("sendPoll", drop(accepted=True))
    async with listening(platform, inbox):
        with pytest.raises(Unreachable):
            await platform.send(Chat("telegram", str(group.id), "group"), QUIZ)
        await telegram.votes(hoa, "Không ai cả", group)
        waited = len(clock.slept)
        await telegram.votes(tam, "Không ai cả", group)
        assert len(clock.slept) == waited
        await telegram.says(hoa, "/start")
    assert [event.kind for event in inbox.events] == ["commanded"]
    assert [record for record in caplog.records if "poll that is not known" in record.getMessage()] != []


async def test_a_strange_vote_is_no_event(telegram: FakeTelegram) -> None:
    group, hoa, values, inbox = telegram.group("Thôn"), telegram.person("Hoa"), MemoryValues(), Inbox()
    platform = platform_of(telegram, values, StillClock())
    await platform.send(Chat("telegram", str(group.id), "group"), QUIZ)
    poll = telegram.shown(group)[0].poll
    assert poll is not None
    async with listening(platform, inbox):
        for vote in (
            {"poll_id": poll.id, "user": hoa.json, "option_ids": []},
            {"poll_id": poll.id, "user": hoa.json, "option_ids": [7]},
            {"poll_id": poll.id, "user": hoa.json, "option_ids": [0, 1]},
            {"poll_id": poll.id, "voter_chat": group.json, "option_ids": [0]},
            {"poll_id": poll.id, "user": {**hoa.json, "is_bot": True}, "option_ids": [0]},
            {"poll_id": "x" * 300, "user": hoa.json, "option_ids": [0]},
        ):
            await telegram.delivers(group.id, poll_answer=vote)
    assert inbox.events == []
