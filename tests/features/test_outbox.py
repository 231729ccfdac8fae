"""One person tells another through the bot: what arrives, in which order, and what everybody can see of it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.actions import Action
from bot.core.answers import Chosen, recognise
from bot.core.events import BotLeft, Chat, ChatMoved
from bot.core.lean.values import replace
from bot.core.lease import LASTS
from bot.core.messages import Attachment, Button, Message
from bot.core.platform import ChatGone, ChatReplaced, RateLimited, Rejected, TokenRefused, Unreachable
from bot.core.sessions import SHARED, Key, Session, StoreUnavailable, VersionConflict
from bot.core.text import Text, utf16_len
from bot.features.outbox import detours
from bot.features.outbox.bulkhead import LEASE
from bot.features.outbox.send import TICK
from bot.features.outbox.states import CUT_OFF
from bot.features.outbox.turn import Alone, LeasedTurn
from bot.framework.process import OUTBOX_TICK, looking
from bot.framework.worker import WAKE_AGAIN, Job, Worker
from bot.storage.core_tables.conversation import Pause
from bot.storage.core_tables.outbox import OutboxRow, OutboxStop
from bot.storage.platform_store import PlatformValues
from bot.testing import PLAIN, RICH
from tests.features.outbox_rig import MORNING, NAME, PatientClock, Rig, Scripted, group, private, said

LOST = Unreachable("no answer", maybe_sent=True)


async def test_a_notice_reaches_each_chat_once(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    await rig.add(private("hoa"), "Mời bác vào tổ", key="a")
    await rig.add(group("lac-hien"), "Họp thôn tối nay", key="b")
    await rig.sender.run()
    await rig.sender.run()
    assert sorted(rig.platform.accepted) == [("hoa", "Mời bác vào tổ"), ("lac-hien", "Họp thôn tối nay")]
    row = await rig.row("a/1")
    assert (row.state, row.message_id[:1], row.attempts) == ("sent", "m", 1)


async def test_the_same_key_again_writes_nothing(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    assert await rig.add(private("hoa"), "một", "hai")
    assert not await rig.add(private("hoa"), "một", "hai")
    await rig.sender.run()
    assert not await rig.add(private("hoa"), "một", "hai")
    await rig.sender.run()
    assert [text for _, text in rig.platform.accepted] == ["một", "hai"]


async def test_what_is_rolled_back_is_never_sent(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    async with in_transaction("default") as transaction:
        assert await rig.add(private("hoa"), "Mời bác vào tổ")
        await transaction.rollback()
    await rig.sender.run()
    assert rig.platform.accepted == []


async def test_a_long_text_leaves_in_order_one_row_for_each_call(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    text = "\n\n".join(f"Đoạn {n}: " + "chữ " * 200 for n in range(1, 8))
    await rig.add(private("hoa"), text)
    await rig.run_out()
    heard = [text for _, text in rig.platform.accepted]
    assert await OutboxRow.all().count() == len(heard) >= 3
    assert "\n\n".join(heard).split() == text.split()


async def test_a_platform_that_is_off_is_said_at_once(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    with pytest.raises(LookupError):
        await rig.outbox.add(Chat("off", "x", "group"), said("a"), key="k", now=rig.clock.now())
    with pytest.raises(ValueError, match="characters"):
        await rig.add(group("x"), "a", key="k" * 91)


async def test_after_a_refused_part_the_rest_is_cancelled_and_says_why(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    rig.platform.script.extend([None, Rejected("tin quá dài")])
    await rig.add(group("g"), "một", "hai", "ba", "bốn")
    await rig.sender.run()
    assert await rig.states() == ["sent", "failed(tin quá dài)", "cancelled(part 2)", "cancelled(part 2)"]
    assert [text for _, text in rig.platform.accepted] == ["một"]


async def test_a_bot_that_was_removed_is_reported(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    rig.platform.script.append(ChatGone("bot was kicked"))
    await rig.add(group("g"), "một", "hai")
    await rig.sender.run()
    assert await rig.states() == ["failed(bot was kicked)", "cancelled(part 1)"]
    (event,) = rig.reported
    assert isinstance(event, BotLeft)
    assert event.chat == group("g")


@pytest.mark.fault(5, "the row that was told to wait")
@pytest.mark.parametrize(("stopped", "struck_off"), [(1, False), (2, True)], ids=["its own", "another one"])
async def test_while_an_announcement_is_stopped_nobody_is_struck_off_for_it(
    db: BaseDBAsyncClient, stopped: int, *, struck_off: bool
) -> None:
    rig = Rig(db)
    await OutboxStop.create(
        announcement=stopped, platform=NAME, reason="breaker", detail="", held=0, stopped_at=rig.clock.now()
    )
    rig.platform.script.append(ChatGone("kicked"))
    await rig.add(group("g"), "chào", announcement=1)
    await rig.run_out()
    rig.clock.passes(days=1)
    await rig.sender.run()
    assert (await rig.row()).state == "failed"
    assert [event.chat.id for event in rig.reported] == (["g"] if struck_off else [])


async def test_while_the_token_is_refused_nothing_is_tried_and_it_is_looked_again_at_each_tick(
    db: BaseDBAsyncClient,
) -> None:
    rig = Rig(db)
    rig.platform.script.append(TokenRefused())
    await rig.add(group("g"), "chào")
    await rig.sender.run()
    assert [stop.reason for stop in rig.stops] == ["token"]
    await rig.add(group("h"), "chào", key="k2")
    assert await rig.sender.run() == TICK
    assert await rig.states("k2") == ["held(token)"]
    assert rig.platform.calls == 1


async def test_a_wait_that_the_messenger_asks_for_costs_no_attempt_and_outlives_a_restart(
    db: BaseDBAsyncClient,
) -> None:
    rig = Rig(db)
    began = rig.clock.now()
    rig.platform.script.append(RateLimited(300, "token"))
    await rig.add(private("hoa"), "một")
    wait = await rig.sender.run()
    row = await rig.row()
    assert (row.state, row.attempts) == ("pending", 0)
    assert await Pause.filter(platform=NAME, chat_id="").exists()
    assert wait is not None
    restarted = rig.new_sender()
    assert (await restarted.run() or 0) > 200
    assert rig.platform.calls == 1
    rig.clock.passes(seconds=300)
    await restarted.run()
    assert rig.platform.accepted == [("hoa", "một")]
    assert (rig.clock.now() - began).total_seconds() >= 300
    assert (await rig.row()).attempts == 1


async def test_a_messenger_whose_own_store_is_away_costs_no_attempt_and_no_doubt(db: BaseDBAsyncClient) -> None:
    """It has not made the call: nobody need decide whether the message arrived."""
    rig = Rig(db)
    rig.platform.script.append(StoreUnavailable("database or disk is full"))
    await rig.add(private("hoa"), "một")
    await rig.run_out()
    assert rig.platform.accepted == [("hoa", "một")]
    assert (await rig.row()).attempts == 1


@pytest.mark.fault(4, "two chats within seconds")
async def test_two_chats_told_to_wait_within_seconds_pause_the_token(db: BaseDBAsyncClient) -> None:
    """The calls are made one by one: on a virtual clock their order and distance would be anybody's guess."""
    rig = Rig(db)
    for name in ("a", "b"):
        await rig.add(private(name), "chào", key=name)
    first, second = await rig.rows.lease(NAME, rig.clock.now(), rig.clock.now() + timedelta(minutes=2), 10)
    rig.platform.script.extend([RateLimited(60), RateLimited(60)])
    await rig.sender._call.send(first)
    assert not await Pause.filter(chat_id="").exists()
    await rig.sender._call.send(second)
    assert await Pause.filter(chat_id="").exists()


@pytest.mark.fault(7, "other messages to the same group")
async def test_a_group_that_moved_gets_its_message_once_under_its_new_name(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    rig.platform.script.append(ChatReplaced("-100777"))
    await rig.add(group("-777"), "một", "hai")
    await rig.add(group("-777"), "chuyện khác", key="k2")
    await rig.sender.run()
    assert sorted(rig.platform.accepted) == [("-100777", "chuyện khác"), ("-100777", "hai"), ("-100777", "một")]
    assert (await rig.row()).attempts == 1
    (event,) = rig.reported
    assert isinstance(event, ChatMoved)
    assert (event.chat.id, event.new_chat_id) == ("-777", "-100777")


@pytest.mark.fault(7, "twice")
async def test_a_group_that_moves_on_and_on_is_given_up(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    rig.platform.script.extend([ChatReplaced("g2"), ChatReplaced("g3")])
    await rig.add(group("g1"), "một")
    await rig.sender.run()
    assert await rig.states() == ["failed(the chat moved twice)"]


async def test_an_outage_is_waited_out_longer_and_longer(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    down = Unreachable("connection refused", maybe_sent=False)
    rig.platform.script.extend([down] * 11)
    await rig.add(private("hoa"), "một")
    waits = []
    for _ in range(11):
        await rig.sender.run()
        row = await rig.row()
        assert row.state == "pending"
        waits.append(round((row.not_before - row.updated_at).total_seconds()))
        rig.clock.time = row.not_before
    await rig.sender.run()
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert await rig.states() == ["sent"]


@pytest.mark.parametrize("fault", [LOST, RuntimeError("a bug")], ids=["lost answer", "bug"])
@pytest.mark.fault(3, "in mid-package")
async def test_a_lost_answer_is_never_repeated_unasked(db: BaseDBAsyncClient, fault: Exception) -> None:
    rig = Rig(db)
    rig.platform.script.append(fault)
    await rig.add(group("g"), "một", "hai")
    await rig.sender.run()
    rig.clock.passes(days=2)
    await rig.sender.run()
    assert [state.split("(")[0] for state in await rig.states()] == ["uncertain", "held"]
    assert (await rig.row("k1/2")).reason == "decision"
    assert rig.platform.calls == 1


async def _uncertain(db: BaseDBAsyncClient, klass: str = "routine") -> tuple[Rig, int]:
    rig = Rig(db)
    rig.platform.script.append(LOST)
    await rig.add(group("g"), "một", "hai", klass=klass, announcement=7)  # type: ignore[arg-type]
    await rig.sender.run()
    return rig, (await rig.row()).id


async def test_received_says_the_official_and_the_rest_goes_on(db: BaseDBAsyncClient) -> None:
    rig, row_id = await _uncertain(db)
    assert await rig.outbox.decide(row_id, "received", rig.clock.now())
    assert not await rig.outbox.decide(row_id, "resend", rig.clock.now())
    await rig.sender.run()
    assert await rig.states() == ["sent", "sent"]
    assert [text for _, text in rig.platform.accepted] == ["hai"]


async def test_send_again_says_the_official_and_the_group_sees_that_it_is_a_repeat(db: BaseDBAsyncClient) -> None:
    rig, row_id = await _uncertain(db)
    assert await rig.outbox.decide(row_id, "resend", rig.clock.now())
    assert not await rig.outbox.decide(row_id, "resend", rig.clock.now())
    await rig.sender.run()
    assert [text for _, text in rig.platform.accepted] == ["(gửi lại) một", "hai"]
    assert await rig.rows.counts(7) == {"uncertain": 1, "sent": 1}
    old, new = await rig.row(), await OutboxRow.get(resend_of=row_id)
    assert (old.state, old.decision, new.state, new.announcement) == ("uncertain", "resend", "sent", 7)


async def test_drop_says_the_official_and_the_rest_is_cancelled(db: BaseDBAsyncClient) -> None:
    rig, row_id = await _uncertain(db)
    assert await rig.outbox.decide(row_id, "drop", rig.clock.now())
    await rig.sender.run()
    assert await rig.states() == ["uncertain(no answer)", "cancelled(part 1)"]
    assert rig.platform.accepted == []


@pytest.mark.parametrize(("cause", "decided"), [("cut", ["cut"]), ("lost", ["lost"]), ("", ["cut", "lost"])])
async def test_one_decision_is_for_all_rows_of_one_cause_in_one_announcement(
    db: BaseDBAsyncClient, cause: str, decided: list[str]
) -> None:
    rig = Rig(db)
    began = rig.clock.now()
    for key, announcement in (("cut", 7), ("lost", 7), ("other", 8)):
        rig.platform.script.append(LOST)
        await rig.add(group(key), "chào", key=key, announcement=announcement)
        await rig.sender.run()
        rig.clock.passes(minutes=10)
    await OutboxRow.filter(package="cut").update(reason=CUT_OFF)
    now = rig.clock.now()
    assert await rig.rows.decide_all(7, "drop", now, since=now, until=now, cause=cause) == 0, "they were lost before"
    assert await rig.rows.decide_all(7, "drop", now, since=began, until=now, cause=cause) == len(decided)
    assert [row.package for row in await OutboxRow.filter(decision="drop").order_by("id")] == decided


async def test_a_change_of_what_is_there_rings_nobody_and_what_is_added_waits_for_the_morning(
    db: BaseDBAsyncClient,
) -> None:
    rig = Rig(db, Scripted(RICH))
    await rig.add(group("g"), "Họp lúc 7 giờ", "Ở nhà văn hóa", key="old")
    await rig.sender.run()
    old = [(await rig.row(f"old/{part}")).message_id for part in (1, 2)]
    rig.clock.time = MORNING.replace(hour=17)
    words = ["Họp lúc 8 giờ", "Ở đình làng", "Nhớ mang sổ"]
    for key, count in (("same", 2), ("longer", 3)):
        assert await rig.outbox.edit("old", [said(text) for text in words[:count]], key=key, now=rig.clock.now())
    await rig.sender.run()
    assert await rig.states("same") == ["sent"] * 2
    assert await rig.states("longer") == ["held(quiet hours)"] * 3
    assert [(await rig.row(f"longer/{part}")).replacing for part in (1, 2, 3)] == [*old, ""]


async def test_what_an_official_gave_up_is_not_tried_again_with_what_failed(db: BaseDBAsyncClient) -> None:
    """Its first part may be there: only what the messenger surely did not take is repeated, and what stood behind."""
    rig = Rig(db)
    rig.platform.script.extend([LOST, Rejected("too long")])
    await rig.add(group("g"), "một", "hai", announcement=7)
    await rig.sender.run()
    rig.clock.passes(minutes=10)
    await rig.add(group("h"), "một", "hai", key="k2", announcement=7)
    await rig.run_out()
    await rig.outbox.decide((await rig.row()).id, "drop", rig.clock.now())
    assert [(await rig.states(key))[1] for key in ("k1", "k2")] == ["cancelled(part 1)"] * 2
    assert await rig.outbox.retry(7, rig.clock.now()) == 2
    assert {row.package for row in await OutboxRow.filter(resend_of__gt=0)} == {"k2"}


async def test_a_press_under_the_message_proves_that_it_arrived_and_stops_a_repeat(db: BaseDBAsyncClient) -> None:
    rig, row_id = await _uncertain(db)
    await rig.outbox.decide(row_id, "resend", rig.clock.now())
    assert await rig.outbox.arrived("k1", rig.clock.now()) == 1
    await rig.sender.run()
    assert await rig.states() == ["sent", "sent", "cancelled(the first arrived)"]
    assert [text for _, text in rig.platform.accepted] == ["hai"]


async def test_a_word_said_elsewhere_stands_for_the_words_and_proves_nothing_of_the_question(
    db: BaseDBAsyncClient,
) -> None:
    """Mechanism: `vouched` leaves the last part unclear, and a question that is answered does not leave."""
    rig, _ = await _uncertain(db)
    assert await rig.outbox.vouched("k1", rig.clock.now()) == 1
    await rig.run_out()
    assert await rig.states() == ["sent", "cancelled(answered)"]
    assert (await rig.row("k1/1")).decision == "received"
    rig.platform.script.extend([None, LOST])
    await rig.add(group("h"), "một", "hai", key="k2")
    await rig.run_out()
    assert await rig.outbox.vouched("k2", rig.clock.now()) == 0
    assert await rig.states("k2") == ["sent", "uncertain(no answer)"]
    assert (await rig.row("k2/2")).decision == "drop", "nobody is asked about it"


async def test_an_urgent_message_is_repeated_once_with_its_mark_and_goes_on(db: BaseDBAsyncClient) -> None:
    rig, _ = await _uncertain(db, "urgent")
    assert [text for _, text in rig.platform.accepted] == ["(gửi lại) một", "hai"]
    assert await rig.states() == ["uncertain(no answer)", "sent", "sent"]


async def test_a_message_is_whole_when_each_part_of_it_or_its_repeat_has_arrived(db: BaseDBAsyncClient) -> None:
    rig, row_id = await _uncertain(db)
    assert not await rig.rows.is_whole("k1")
    await rig.outbox.decide(row_id, "resend", rig.clock.now())
    await rig.run_out()
    assert (await rig.states())[0].startswith("uncertain")
    assert await rig.rows.is_whole("k1")


async def test_the_repeat_of_an_urgent_message_decides_about_no_other(db: BaseDBAsyncClient) -> None:
    rig, routine = await _uncertain(db)
    rig.clock.passes(minutes=10)
    rig.platform.script.append(LOST)
    await rig.add(group("g"), "lũ về", key="urgent", klass="urgent")  # type: ignore[arg-type]
    await rig.run_out()
    decided = await OutboxRow.filter(decision="resend")
    assert [(row.package, row.resend_of) for row in decided] == [("urgent", 0)]
    assert await rig.rows.decide(routine, "drop", rig.clock.now()), "the other one is still to be decided"


async def test_an_urgent_repeat_that_is_lost_too_does_not_stop_the_rest(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    rig.platform.script.extend([LOST, LOST])
    await rig.add(group("g"), "một", "hai", klass="urgent")  # type: ignore[arg-type]
    await rig.run_out()
    assert [text for _, text in rig.platform.accepted] == ["hai"]
    assert await rig.states() == ["uncertain(no answer)", "sent", "uncertain(no answer)"]


async def test_a_repeat_of_the_longest_text_is_still_one_call(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    limit = PLAIN["private"].text_limit
    rig.platform.script.append(LOST)
    await rig.add(private("hoa"), "ă" * (limit - len("(gửi lại) ")))
    await rig.sender.run()
    await rig.outbox.decide((await rig.row()).id, "resend", rig.clock.now())
    await rig.sender.run()
    ((_, heard),) = rig.platform.accepted
    assert utf16_len(heard) == limit
    assert heard.startswith("(gửi lại) ăă")


async def test_an_answer_that_comes_after_the_row_was_given_up_resolves_it(
    db: BaseDBAsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """A call that hangs longer than its lease: another process finds it uncertain, then the answer comes."""
    caplog.set_level(logging.INFO)
    rig = Rig(db)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        begun.set()
        await go_on.wait()

    rig.platform.script.append(hang)
    await rig.add(private("hoa"), "một", "hai")
    running = asyncio.create_task(rig.sender.run())
    await begun.wait()
    await rig.rows.recover(NAME, rig.clock.now(), rig.clock.now() + timedelta(hours=1))
    assert await rig.states() == ["uncertain(the sender stopped)", "held(decision)"]
    go_on.set()
    await running
    assert await rig.states() == ["sent", "sent"]
    assert "came late and resolves it" in caplog.text


async def test_a_stopped_process_leaves_what_it_had_not_begun_to_the_next_at_once(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    await rig.add(private("hoa"), "một")
    await rig.rows.lease(NAME, rig.clock.now(), rig.clock.now() + timedelta(seconds=120), 10)
    await rig.new_sender().run()
    assert await rig.states() == ["sent"]


async def test_quiet_hours_hold_a_notice_until_six(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    rig.clock.time = rig.clock.time.replace(hour=14, minute=30)  # 21:30 in Vietnam
    await rig.add(private("hoa"), "nhắc", key="nhac")
    await rig.add(private("lan"), "mã của bác đây", key="ma", answering=True)
    await rig.add(private("minh"), "lũ về", key="lu", klass="urgent")  # type: ignore[arg-type]
    assert await rig.states("nhac") == ["held(quiet hours)"]
    wait = await rig.sender.run()
    assert sorted(text for _, text in rig.platform.accepted) == ["lũ về", "mã của bác đây"]
    assert 8 * 3600 < (wait or 0) <= 8.5 * 3600
    rig.clock.time = rig.clock.time.replace(hour=22, minute=59, second=0)
    await rig.sender.run()
    assert await rig.states("nhac") == ["held(quiet hours)"]
    rig.clock.passes(minutes=1, seconds=1)
    await rig.sender.run()
    assert rig.platform.accepted[-1] == ("hoa", "nhắc")


async def test_what_is_for_a_quiet_hour_to_come_does_not_leave_when_other_hours_become_quiet(
    db: BaseDBAsyncClient,
) -> None:
    """It was held for the quiet hours from the beginning, and a change of these let it go at once."""
    rig = Rig(db)
    rig.clock.time = rig.clock.time.replace(hour=3, minute=0)  # ten in the morning in Vietnam
    evening = rig.clock.now() + timedelta(hours=11, minutes=30)
    await rig.outbox.add(private("hoa"), Message(Text.verbatim("nhắc")), key="nhac", now=rig.clock.now(),
                         not_before=evening)  # fmt: skip
    await rig.outbox.quiet_changed(rig.clock.now())
    await rig.sender.run()
    assert rig.platform.accepted == []
    rig.clock.time = evening
    await rig.sender.run()
    assert await rig.states("nhac") == ["held(quiet hours)"]


async def test_a_notice_that_was_late_for_the_evening_waits_for_the_morning(db: BaseDBAsyncClient) -> None:
    """Written before nine in the evening, the messenger was down until after."""
    rig = Rig(db)
    rig.clock.time = rig.clock.time.replace(hour=13, minute=59)
    await rig.add(private("hoa"), "nhắc")
    assert await rig.states() == ["pending"]
    rig.clock.passes(minutes=5)
    await rig.sender.run()
    assert await rig.states() == ["held(quiet hours)"]
    assert rig.platform.calls == 0


async def test_what_is_over_is_not_sent(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    await rig.add(group("g"), "Họp tối nay", "Bản đồ", expires_at=rig.clock.now() + timedelta(hours=1))
    rig.clock.passes(hours=2)
    await rig.sender.run()
    assert [state.split("(")[0] for state in await rig.states()] == ["expired", "expired"]
    assert rig.platform.calls == 0


async def test_cancelled_before_it_leaves_and_not_after(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    await rig.add(group("a"), "một", key="a", announcement=3)
    await rig.sender.run()
    await rig.add(group("b"), "hai", key="b", announcement=3, not_before=rig.clock.now() + timedelta(hours=1))
    assert await rig.outbox.cancel(rig.clock.now(), announcement=3, reason="sai giờ") == 1
    rig.clock.passes(hours=2)
    await rig.sender.run()
    assert await rig.rows.counts(3) == {"sent": 1, "cancelled": 1}


async def test_what_waits_for_its_turn_goes_elsewhere_only_where_that_is_asked_for(db: BaseDBAsyncClient) -> None:
    """What failed, or is stuck, is told in another chat; what is about to leave stays, unless its chat has ended."""
    rig = Rig(db)
    await rig.add(group("g"), "một", "hai")
    now = rig.clock.now()
    async with in_transaction():
        assert await detours.take_off("k1", now) == []
    assert await rig.states() == ["pending", "pending"]
    async with in_transaction():
        assert [row.part for row in await detours.take_off("k1", now, waiting=True)] == [1, 2]
    assert await rig.states() == ["cancelled(elsewhere)"] * 2


async def test_what_is_planned_for_tomorrow_is_not_let_go_with_what_arrived_today(db: BaseDBAsyncClient) -> None:
    """Until its own hour comes it stays held, so a stop meanwhile finds it where it looks for it."""
    rig = Rig(db)
    tomorrow = rig.clock.now() + timedelta(days=1)
    await rig.add(group("a"), "tin", key="k1", announcement=1)
    await rig.add(group("b"), "tin", key="k2", announcement=1, not_before=tomorrow)
    await rig.sender.run()
    await rig.sender.run()
    assert (await rig.states("k1"), await rig.states("k2")) == (["sent"], ["held(canary)"])
    rig.clock.time = tomorrow
    await rig.sender.run()
    assert await rig.states("k2") == ["sent"]


async def test_a_busy_group_rests_and_others_do_not_wait_for_it(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    for n in range(20):
        await rig.add(group("busy"), f"tin {n}", key=f"busy{n}")
    await rig.add(group("calm"), "chào", key="calm")
    began = rig.clock.now()
    await rig.run_out()
    assert len(rig.platform.accepted) == 21
    assert ("calm", "chào") in rig.platform.accepted[:3]
    assert (rig.clock.now() - began).total_seconds() >= 60


async def test_a_rest_of_one_chat_keeps_no_other_waiting(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    for name in ("busy", "calm"):
        await rig.add(group(name), "chào", key=name)
    began = rig.clock.now()
    until = began + timedelta(minutes=1)
    await rig.rows.rest_chat(NAME, "busy", until, began)
    assert [(await rig.row(f"{name}/1")).not_before for name in ("busy", "calm")] == [until, began]


async def test_the_third_lost_answer_in_a_row_is_told_as_an_outage(db: BaseDBAsyncClient) -> None:
    """One lost answer, or two, is an accident that officials decide about; they need not hear of the messenger."""
    rig = Rig(db)
    for number in range(1, 4):
        rig.platform.script.append(LOST)
        await rig.add(group(f"g{number}"), "chào", key=f"k{number}")
        await rig.sender.run()
        rig.clock.passes(minutes=10)
        assert [stop.reason for stop in rig.stops] == (["outage"] if number == 3 else [])


async def test_one_wake_during_a_long_call_is_one_look(db: BaseDBAsyncClient) -> None:
    """Mechanism: the wake is forgotten when it was heard. Else the sender asks the database until the call is over."""
    rig, turn, over = Rig(db), _Counted(), asyncio.Event()
    rig.sender._turn = turn
    rig.platform.script.append(lambda: _until(over))
    await rig.add(group("g"), "chào")
    running = asyncio.create_task(rig.sender.run())
    while not rig.platform.calls:  # noqa: ASYNC110 - the messenger has no event for it
        await asyncio.sleep(0)
    rig.sender.woken.set()
    for _ in range(100):
        await OutboxRow.all().count()
    assert turn.looks <= 4
    over.set()
    await running


async def test_a_slow_token_has_four_calls_open_and_takes_up_four_rows_at_a_time(db: BaseDBAsyncClient) -> None:
    """Each row that is taken up is one that waits for its lease's end when the process is killed."""
    rig, over = Rig(db, Scripted(per_second=4)), asyncio.Event()
    rig.platform.script.extend([lambda: _until(over)] * 6)
    for number in range(6):
        await rig.add(group(f"g{number}"), "chào", key=f"k{number}")
    running = asyncio.create_task(rig.sender.run())
    async with asyncio.timeout(20):  # PostgreSQL makes a connection meanwhile
        while rig.sender.calls_open < 4:
            await OutboxRow.all().count()
    for _ in range(100):
        await OutboxRow.all().count()
    assert rig.sender.calls_open == 4
    assert Counter([row.state for row in await OutboxRow.all()]) == {"sending": 4, "leased": 2}
    over.set()
    await running


async def test_a_lease_ends_at_its_very_moment_also_while_other_rows_are_in_hand(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    for name in ("mine", "left"):
        await rig.add(group(name), "chào", key=name)
    now = rig.clock.now()
    until = now + LEASE
    rows = {row.package: row.id for row in await rig.rows.lease(NAME, now, until, 10)}
    await rig.rows.recover(NAME, until, until, but=[rows["mine"]])
    assert [(await rig.row(f"{name}/1")).state for name in ("mine", "left")] == ["leased", "pending"]


class _Counted(Alone):
    looks = 0

    async def mine(self, now: datetime) -> bool:
        self.looks += 1
        return await super().mine(now)


async def _until(event: asyncio.Event) -> None:
    await event.wait()


async def test_while_one_process_sends_another_does_not(db: BaseDBAsyncClient) -> None:
    first = Rig(db, turn=LeasedTurn(PlatformValues(db, NAME)))
    second = Rig(db, turn=LeasedTurn(PlatformValues(db, NAME)), clock=first.clock, platform=Scripted())
    await first.sender.run()
    await second.add(private("hoa"), "một")
    await second.sender.run()
    assert second.platform.calls == 0
    await first.sender.run()
    assert first.platform.accepted == [("hoa", "một")]
    await first.sender.stop()
    second.sender.turn_is_free()
    await second.add(private("hoa"), "hai", key="k2")
    await second.sender.run()
    assert second.platform.accepted == [("hoa", "hai")]


async def test_a_process_that_died_is_replaced_after_its_lease(db: BaseDBAsyncClient) -> None:
    first = Rig(db, turn=LeasedTurn(PlatformValues(db, NAME)))
    second = Rig(db, turn=LeasedTurn(PlatformValues(db, NAME)), clock=first.clock, platform=Scripted())
    await first.sender.run()
    await second.add(private("hoa"), "một")
    first.clock.passes(seconds=LASTS.total_seconds() + 1)
    await second.sender.run()
    assert second.platform.accepted == [("hoa", "một")]


async def test_what_a_killed_process_had_taken_up_leaves_within_fifteen_seconds(db: BaseDBAsyncClient) -> None:
    """It had leased some rows for two minutes, and was in the middle of a call."""
    first = Rig(db, turn=LeasedTurn(PlatformValues(db, NAME)))
    for n in range(4):
        await first.add(group(f"g{n}"), "tin", key=f"k{n}", klass="routine")  # type: ignore[arg-type]
    await first.sender._turn.mine(first.clock.now())
    now = first.clock.now()
    leased = await first.rows.lease(NAME, now, now + LEASE, 10)
    await first.rows.intend(leased[:1], now, now + LEASE)
    second = Rig(db, turn=LeasedTurn(PlatformValues(db, NAME)), clock=first.clock, platform=Scripted())
    looks = looking([second.sender], second.rows, first.clock)
    first.clock.passes(seconds=OUTBOX_TICK / 2)
    while not second.platform.accepted and (first.clock.now() - now).total_seconds() < 15:
        first.clock.passes(seconds=OUTBOX_TICK)
        await looks.work()
        if second.sender.woken.is_set():
            await second.sender.run()
    assert (first.clock.now() - now).total_seconds() < 15
    assert len(second.platform.accepted) == 3
    assert [row.state for row in await OutboxRow.all().order_by("id")] == ["uncertain", "sent", "sent", "sent"]


class _Thank(Action, code="tk"):
    notice: int


async def test_a_person_answers_a_notice_by_number_where_there_are_no_buttons(db: BaseDBAsyncClient) -> None:
    """Only once it has arrived: a number typed before belongs to what was asked before."""
    rig = Rig(db)
    message = Message(Text.verbatim("Bác đã nhận chưa?"), (Button.to("Đã nhận", _Thank(5)),))
    await rig.outbox.add(private("hoa"), message, key="k1", now=rig.clock.now())
    assert (await rig.store.load(Key(NAME, "hoa"), "private")).lists == []
    await rig.sender.run()
    ((_, heard),) = rig.platform.accepted
    assert "1. Đã nhận" in heard
    (choices,) = (await rig.store.load(Key(NAME, "hoa"), "private")).lists
    assert [(button.label, button.data) for button in choices.buttons] == [("Đã nhận", "tk|5")]
    assert (choices.first, choices.numbered) == (1, True)


async def test_choices_open_also_where_the_person_writes_at_that_very_moment(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(db)
    save, conflicts = rig.store.save, [VersionConflict()]

    async def overtaken(session: Session) -> None:
        if conflicts:
            raise conflicts.pop()
        await save(session)

    monkeypatch.setattr(rig.store, "save", overtaken)
    message = Message(Text.verbatim("Bác đã nhận chưa?"), (Button.to("Đã nhận", _Thank(5)),))
    await rig.outbox.add(private("hoa"), message, key="k1", now=rig.clock.now())
    await rig.sender.run()
    assert not conflicts
    assert len((await rig.store.load(Key(NAME, "hoa"), "private")).lists) == 1


async def test_a_notice_knows_better_what_kind_of_chat_it_is_in(db: BaseDBAsyncClient) -> None:
    """In a group choices have other numbers; what was remembered of the chat may be from before it was one."""
    rig = Rig(db)
    await rig.store.save(Session(Key(NAME, "g"), "private"))
    message = Message(Text.verbatim("Bác đã nhận chưa?"), (Button.to("Đã nhận", _Thank(5)),))
    await rig.outbox.add(group("g"), message, key="k1", now=rig.clock.now())
    await rig.sender.run()
    assert (await rig.store.load(Key(NAME, "g"), "private")).kind == "group"


async def test_a_file_that_the_chat_cannot_show_becomes_words_in_its_language(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    await rig.outbox.add(
        private("hoa"),
        Message(Text.verbatim("Nghe nhé"), attachment=Attachment("audio", "a.mp3", "Thông báo họp", 10)),
        key="k1",
        now=rig.clock.now(),
    )
    await rig.sender.run()
    assert rig.platform.accepted == [("hoa", "Nghe nhé\n\n[Âm thanh: Thông báo họp]")]


class _UntilCommitted(PatientClock):
    """The worker looks again a moment after a wake; here the moment lasts until what it was woken for is committed."""

    def __init__(self) -> None:
        super().__init__()
        self.time = MORNING
        self.committed = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if seconds == WAKE_AGAIN:
            await self.committed.wait()
        await super().sleep(seconds)


async def test_a_notice_leaves_without_waiting_for_the_next_tick(db: BaseDBAsyncClient) -> None:
    """The worker's clock stands still: only the wake can have brought it on its way."""
    clock = _UntilCommitted()
    rig = Rig(db, clock=clock)
    looked, arrived = asyncio.Event(), asyncio.Event()

    async def work() -> float | None:
        wish = await rig.sender.run()
        looked.set()
        return wish

    job = Job("outbox", TICK, work, woken=rig.sender.woken)
    outbox = replace(rig.outbox, wake=lambda *_: job.woken.set())

    async def note() -> None:
        arrived.set()

    rig.platform.script.append(note)
    worker = asyncio.create_task(Worker([job], rig.clock, PlatformValues(db, "worker")).run())
    try:
        await looked.wait()
        async with in_transaction("default"):
            await outbox.add(private("hoa"), said("Mời bác vào tổ"), key="k1", now=rig.clock.now())
        clock.committed.set()
        await arrived.wait()
    finally:
        await rig.sender.stop()
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    assert await rig.states() == ["sent"]


@pytest.mark.parametrize("chat", [group("lac-hien"), private("tu")], ids=lambda chat: chat.kind)
async def test_numbers_of_notices_go_on_from_those_that_are_open_or_on_their_way(
    db: BaseDBAsyncClient, chat: Chat
) -> None:
    """Each number is on one list only, so that each notice can be answered."""
    rig = Rig(db)

    async def notice(which: str) -> None:
        message = Message(Text.verbatim(which), (Button("Nhận", f"{which}1"), Button("Xong", f"{which}2")))
        await rig.outbox.add(chat, message, key=which, now=rig.clock.now())

    await notice("a")
    await notice("b")
    await rig.run_out()
    await notice("c")
    await rig.run_out()
    lines = [text.splitlines()[2:4] for _, text in rig.platform.accepted]
    assert lines == [["1. Nhận", "2. Xong"], ["3. Nhận", "4. Xong"], ["5. Nhận", "6. Xong"]]
    session = await rig.store.load(Key(NAME, chat.id), chat.kind)
    answers = [recognise(session, SHARED, str(number)) for number in range(1, 7)]
    chosen = [answer.button.data for answer in answers if isinstance(answer, Chosen)]
    assert chosen == ["a1", "a2", "b1", "b2", "c1", "c2"]
