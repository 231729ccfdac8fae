"""What the messenger answers, or does not: faults 2 to 8."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import BotLeft, ChatMoved
from bot.core.platform import ChatGone, ChatReplaced, RateLimited, Rejected, Unreachable
from bot.features.outbox.bulkhead import LEASE
from bot.storage.core_tables.outbox import OutboxRow
from tests.features.outbox_rig import NAME

from .matrix_rig import LOST, MARK, Run, Took


@pytest.mark.fault(1, "between the canary and the others, or among the others")
@pytest.mark.parametrize("where", ["g0", "g2"], ids=["canary", "others"])
async def test_a_process_that_dies_leaves_only_open_calls_uncertain(db: BaseDBAsyncClient, where: str) -> None:
    """The intent is committed before the call, so the next process knows which calls were open: those are uncertain and
    not made again, everything else leaves."""
    run = Run(db)
    await run.announce(6)
    run.messenger.hangs = {where}
    running = run.start()
    await run.messenger.begun.wait()
    calls = await run.dies(running)
    told = await run.goes()
    assert 1 <= told["uncertain"] <= calls
    assert told["sent"] + told["uncertain"] == 6
    assert {chat for chat, state in (await run.chat_states()).items() if state == "sent"} <= await run.heard()


@pytest.mark.fault(2, "the messenger has it, the process is gone")
@pytest.mark.parametrize(("klass", "again"), [("routine", 0), ("urgent", 1)], ids=["routine", "urgent"])
async def test_what_was_taken_before_the_commit(db: BaseDBAsyncClient, klass: str, again: int) -> None:
    """Routine: no second call before a person says so. Urgent: one repeat that says that it is one."""
    run = Run(db)
    await run.announce(1, "lũ về", klass=klass)
    run.messenger.hangs = {"g0"}
    running = run.start()
    await run.messenger.begun.wait()
    await run.dies(running)
    run.messenger.hangs = set()
    assert await run.goes() == {"uncertain": 1}
    assert [text for _, text in run.platform.accepted] == ["lũ về"] + [f"{MARK}lũ về"] * again


@pytest.mark.fault(3, "no clear answer")
@pytest.mark.parametrize(
    "answer",
    [LOST, Took(LOST), Took(Unreachable("half a body", maybe_sent=True)), Took(ValueError("no JSON"))],
    ids=["lost and not taken", "lost and taken", "half an answer", "an answer that makes no sense"],
)
async def test_what_is_not_clear_is_never_repeated_unasked(db: BaseDBAsyncClient, answer: Exception | Took) -> None:
    """Anything but a clear answer is uncertain: a person decides, and the other groups go on."""
    run = Run(db)
    await run.announce(4)
    run.messenger.answers["g1"].append(answer)
    assert await run.goes() == {"sent": 3, "uncertain": 1}
    run.clock.passes(days=3)
    assert await run.goes() == {"sent": 3, "uncertain": 1}
    assert run.messenger.tried.count("g1") == 1


@pytest.mark.fault(3, "a call hangs longer than its lease")
async def test_a_call_that_hangs_is_given_up_and_its_late_answer_counts(db: BaseDBAsyncClient) -> None:
    """Another process finds the lease ended: the row is uncertain, and the answer that comes after all resolves it."""
    run = Run(db)
    await run.announce(1, "một", "hai")
    run.messenger.hangs = {"g0"}
    running = run.start()
    await run.messenger.begun.wait()
    later = run.clock.now() + LEASE + timedelta(seconds=1)
    await run.rows.recover(NAME, later, later)
    assert await run.told() == {"uncertain": 1, "held(decision)": 1}
    run.messenger.hangs = set()
    run.messenger.go_on.set()
    await running
    assert await run.told() == {"sent": 2}


@pytest.mark.fault(4, "told to wait")
@pytest.mark.parametrize("seconds", [1, 60, 3600], ids=["a second", "a minute", "an hour"])
@pytest.mark.parametrize("scope", ["chat", "token"], ids=["one chat", "all chats"])
async def test_waiting_costs_no_attempt_and_says_until_when(db: BaseDBAsyncClient, seconds: int, scope: str) -> None:
    """A 429 is no attempt; the row tells its time, and one chat that waits does not hold up the others."""
    run = Run(db)
    await run.announce(5)
    run.messenger.answers["g0"].append(RateLimited(seconds, scope))  # type: ignore[arg-type]
    began = run.clock.now()
    wait = await run.sender.run()
    assert wait is not None
    row = await OutboxRow.get(key="tb1:0/1")
    assert (row.state, row.attempts) == ("pending", 0)
    assert row.not_before >= began + timedelta(seconds=seconds)
    assert await run.told() == ({"pending": 1, "sent": 4} if scope == "chat" else {"pending": 1, "held(canary)": 4})
    await run.run_out()
    assert await run.told() == {"sent": 5}
    assert (run.clock.now() - began).total_seconds() >= seconds
    assert (await OutboxRow.get(key="tb1:0/1")).attempts == 1


@pytest.mark.fault(4, "a storm: every group is told to wait, again and again")
async def test_a_storm_of_waits_ends_with_each_message_once(db: BaseDBAsyncClient) -> None:
    """Two chats told to wait within seconds pause the whole token, so a storm is a few calls and not hundreds."""
    run = Run(db)
    await run.announce(20)
    for n in range(1, 20):
        run.messenger.answers[f"g{n}"].extend([RateLimited(30), RateLimited(5)])
    await run.run_out()
    assert await run.told() == {"sent": 20}
    assert {row.attempts for row in await OutboxRow.all()} == {1}


@pytest.mark.fault(5, "the pause outlives the process")
async def test_a_restart_during_a_pause_keeps_it(db: BaseDBAsyncClient) -> None:
    """The pause stands in the database: also a row that was written after the restart waits for its end."""
    run = Run(db)
    run.messenger.answers["g0"].append(RateLimited(600, "token"))
    await run.announce(1)
    await run.sender.run()
    run.sender = run.new_sender()
    await run.announce(1, number=2, first=1)
    wait = await run.sender.run()
    assert wait is not None
    assert wait > 590
    assert run.messenger.tried == ["g0"]
    run.clock.passes(seconds=600)
    assert await run.goes() == {"sent": 2}


@pytest.mark.fault(7, "the send finds the group moved")
@pytest.mark.parametrize("told_first", [False, True], ids=["before the update", "after the update"])
async def test_a_group_that_became_a_supergroup_has_everything_once(db: BaseDBAsyncClient, told_first: bool) -> None:
    """The row and what waits behind it take the new address in one transaction; the event has one id always."""
    run = Run(db)
    await run.announce(3, "một", "hai")
    if told_first:  # the update came first, and the channels know already
        await OutboxRow.filter(chat_id="g1", part=2).update(chat_id="-1001")
    run.messenger.always["g1"] = ChatReplaced("-1001")
    assert await run.goes() == {"sent": 6}
    assert [text for chat, text in run.platform.accepted if chat == "-1001"] == ["một", "hai"]
    assert {event.id for event in run.reported if isinstance(event, ChatMoved)} == {"moved:g1:-1001"}


@pytest.mark.fault(8, "removed, then added again")
async def test_a_bot_that_was_removed_in_mid_run(db: BaseDBAsyncClient) -> None:
    """The group fails with the messenger's words, the others go on, the rest of the program hears of it; when the bot
    is back a person sends what the group lacks, once."""
    run = Run(db)
    await run.announce(4, "một", "hai")
    run.messenger.answers["g2"].extend([None, ChatGone("bot was kicked from the supergroup chat")])
    assert await run.goes() == {"sent": 7, "failed": 1}
    assert [(event.chat.id, type(event)) for event in run.reported] == [("g2", BotLeft)]
    now = run.clock.now()
    first, second = await asyncio.gather(run.outbox.retry(1, now), run.outbox.retry(1, now))
    assert first + second == 1, "two officials at once: one repeat"
    await run.goes()
    assert [text for chat, text in run.platform.accepted if chat == "g2"] == ["một", "hai"]
    assert await run.outbox.retry(1, now) == 0


@pytest.mark.fault(8, "may not write any more")
async def test_a_bot_that_may_not_write_says_so_and_the_others_go_on(db: BaseDBAsyncClient) -> None:
    """After the canary a refusal is that group's own matter: it fails with the messenger's words."""
    run = Run(db)
    await run.announce(4)
    run.messenger.always["g2"] = Rejected("not enough rights to send text messages to the chat")
    assert await run.goes() == {"sent": 3, "failed": 1}
    row = await OutboxRow.get(key="tb1:2/1")
    assert row.reason == "not enough rights to send text messages to the chat"
    assert run.stops == []


@pytest.mark.fault(8, "the canary's group is gone")
async def test_another_group_goes_first_when_the_canary_is_gone(db: BaseDBAsyncClient) -> None:
    """A group that is gone says nothing about the message: the next one tries it."""
    run = Run(db)
    await run.announce(5)
    run.messenger.always["g0"] = ChatGone("the group chat was deleted")
    assert await run.goes() == {"failed": 1, "sent": 4}
    assert run.messenger.tried[:2] == ["g0", "g1"]
