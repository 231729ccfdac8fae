"""Every pair of states: the table says whether one may follow the other, and the database obeys the table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Literal, get_args

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import BotLeft
from bot.core.platform import Budget, ChatGone, PlatformError, Rejected, Unreachable
from bot.features.outbox.row import Leased, Outcome
from bot.features.outbox.rows import Rows
from bot.features.outbox.states import (
    AGAIN,
    BREAKER,
    CANARY,
    DECISION,
    FINAL,
    FOLLOWS,
    POISON,
    QUIET,
    QUOTA,
    RESTORED,
    TOKEN,
    WINDOW,
    ForbiddenRowMove,
    Klass,
    State,
    check,
)
from bot.storage.core_tables.outbox import OutboxRow, OutboxStop
from bot.storage.sql import Row, Value
from tests.features.outbox_rig import MORNING, NAME, Rig, private, said, same

STATES: tuple[State, ...] = get_args(State)
FORBIDDEN_FOR_GOOD = {
    ("sending", "leased"),
    ("sending", "cancelled"),
    ("sending", "expired"),
    ("sending", "held"),
    ("uncertain", "pending"),
    ("uncertain", "leased"),
    ("uncertain", "sending"),
    ("pending", "sending"),
    ("pending", "sent"),
    ("leased", "sent"),
    ("held", "sending"),
}
"""What would break a promise: a repeat unasked, a call without intent, a cancelled row that was sent."""


def test_the_table_has_every_state_and_check_obeys_it_for_all_pairs() -> None:
    assert set(FOLLOWS) == set(STATES)
    assert len(STATES) == 9
    for before, after in product(STATES, STATES):
        if after in FOLLOWS[before]:
            check([before], after)
        else:
            with pytest.raises(ForbiddenRowMove):
                check([before], after)


def test_what_would_break_a_promise_is_not_in_the_table() -> None:
    allowed = {(before, after) for before in STATES for after in FOLLOWS[before]}
    assert allowed & FORBIDDEN_FOR_GOOD == set()
    assert all(not FOLLOWS[state] for state in FINAL if state != "uncertain")


@dataclass(frozen=True)
class _Held:
    """The row as its holder has it."""

    row: Leased
    id: int


REASONS = ("", QUIET, DECISION, CANARY, POISON, BREAKER, TOKEN, QUOTA, WINDOW, RESTORED)
LATER = MORNING + timedelta(hours=1)


def _outcome(to: State, stop: Literal["", "poison", "token"] = "") -> Callable[[Rig, _Held], Awaitable[object]]:
    async def record(rig: Rig, held: _Held) -> object:
        return await rig.rows.record([Outcome(held.row, to, stop=stop)], LATER)

    return record


def _late(to: State) -> Callable[[Rig, _Held], Awaitable[object]]:
    async def late(rig: Rig, held: _Held) -> object:
        return await rig.rows.late(Outcome(held.row, to), LATER)

    return late


async def _in_doubt(rig: Rig, held: _Held) -> None:
    """It may have arrived, and is cancelled before it is asked for again."""
    await OutboxRow.filter(id=held.id).update(decision=AGAIN)
    await rig.rows.cancel(LATER, package="k1", reason="bỏ")


DEEDS: Mapping[str, Callable[[Rig, _Held], Awaitable[object]]] = {
    "lease": lambda rig, held: rig.rows.lease(NAME, LATER, LATER, 10),
    "intend": lambda rig, held: rig.rows.intend([held.row], LATER, LATER),
    "sent": _outcome("sent"),
    "pending": _outcome("pending"),
    "failed": _outcome("failed"),
    "uncertain": _outcome("uncertain"),
    "held": _outcome("held"),
    "expired": _outcome("expired"),
    "late sent": _late("sent"),
    "late failed": _late("failed"),
    "late pending": _late("pending"),
    "recover": lambda rig, held: rig.rows.recover(NAME, LATER, LATER),
    "in doubt": _in_doubt,
    "expire": lambda rig, held: rig.rows.expire(NAME, LATER),
    "quiet begins": lambda rig, held: rig.rows.keep_quiet(NAME, LATER, LATER + timedelta(hours=9)),
    "quiet ends": lambda rig, held: rig.rows.end_quiet(NAME, LATER),
    "cancel": lambda rig, held: rig.rows.cancel(LATER, package="k1", reason="bỏ"),
    "received": lambda rig, held: rig.rows.decide(held.id, "received", LATER),
    "resend": lambda rig, held: rig.rows.decide(held.id, "resend", LATER),
    "drop": lambda rig, held: rig.rows.decide(held.id, "drop", LATER),
    "pressed": lambda rig, held: rig.rows.arrived("k1", LATER),
    "vouched for": lambda rig, held: rig.rows.vouched("k1", LATER),
    "the canary's turn": lambda rig, held: rig.rows.advance(NAME, LATER),
    "poison": _outcome("failed", stop="poison"),
    "token refused": _outcome("pending", stop="token"),
    "token replaced": lambda rig, held: rig.rows.try_token_again([NAME], LATER),
    "a month used up": lambda rig, held: rig.rows.keep_quota(NAME, 0, LATER, LATER),
    "a new month": lambda rig, held: rig.rows.keep_quota(NAME, 100, LATER, LATER),
    "window shut": lambda rig, held: rig.rows.keep_windows(NAME, {"private": timedelta(hours=48)}, [], LATER),
    "never pushed": lambda rig, held: rig.rows.keep_windows(NAME, {}, ["private"], LATER),
    "resumed": lambda rig, held: rig.rows.resume(1, LATER),
    "tried again": lambda rig, held: rig.rows.retry(1, LATER),
}


async def test_whatever_is_done_to_a_row_in_any_state_it_goes_only_where_the_table_leads(
    db: BaseDBAsyncClient,
) -> None:
    seen: set[tuple[str, str]] = set()
    for state, reason, (name, deed) in product(STATES, REASONS, DEEDS.items()):
        if reason and state != "held":
            continue
        await OutboxRow.all().delete()
        await OutboxStop.all().delete()
        rig = Rig(db)
        held = await _row_in(rig, state, reason)
        await deed(rig, held)
        after = (await OutboxRow.get(id=held.id)).state
        if (state, after) == ("sending", "held"):
            assert name == "token refused", "over pending: the messenger has not taken it, and takes nothing else"
        elif after != state:
            seen.add((state, after))
            assert after in FOLLOWS[state], f"{name}: {state} -> {after}"
    reachable = {(before, after) for before in STATES for after in FOLLOWS[before] if before != after}
    assert reachable - seen == set(), "the table allows what nothing does"


async def _row_in(rig: Rig, state: State, reason: str) -> _Held:
    await rig.add(
        private("a"), "xin chào", expires_at=MORNING + timedelta(minutes=30), announcement=1,
        klass="routine",  # type: ignore[arg-type]
    )  # fmt: skip
    row = await rig.row()
    await OutboxRow.filter(id=row.id).update(
        state=state, reason=reason, token="mine", lease_until=MORNING + timedelta(minutes=1)
    )
    leased = Leased(
        id=row.id,
        klass="routine",
        announcement=1,
        package="k1",
        part=1,
        chat=private("a"),
        locale="vi",
        message=said("xin chào"),
        choices="",
        any_hour=False,
        reason="",
        expires_at=None,
        token="mine",
        attempts=0,
        resend_of=0,
    )
    return _Held(leased, row.id)


# What may have arrived


async def _asked_in_vain(db: BaseDBAsyncClient, klass: str) -> Rig:
    """A row that expires in a minute, to a messenger that knows keys, and whose first call has no clear answer."""
    rig = Rig(db)
    rig.platform.budget = Budget(1000, idempotent=True)
    rig.sender = rig.new_sender()
    rig.platform.script.append(Unreachable("the line broke", maybe_sent=True))
    options: dict[str, bool | int | datetime] = {"expires_at": MORNING + timedelta(minutes=1)}
    await rig.add(private("a"), "nước lên", klass=klass, **options)  # type: ignore[arg-type]
    await rig.sender.run()
    assert await rig.states() == ["pending(the line broke)"]
    return rig


async def test_what_expires_and_may_have_arrived_is_unclear(db: BaseDBAsyncClient) -> None:
    rig = await _asked_in_vain(db, "notice")
    rig.clock.passes(seconds=90)
    await rig.sender.run()
    assert await rig.states() == ["uncertain(no clear answer)"]
    assert (await rig.row()).decision == "", "a person decides"


async def test_what_is_urgent_expires_and_may_have_arrived_is_not_said_again(db: BaseDBAsyncClient) -> None:
    """Its repeat expires with it."""
    rig = await _asked_in_vain(db, "urgent")
    rig.clock.passes(seconds=90)
    await rig.run_out()
    assert await rig.states() == ["uncertain(no clear answer)", "expired"]
    assert rig.platform.calls == 1


async def test_what_is_cancelled_and_may_have_arrived_is_not_said_to_be_cancelled(db: BaseDBAsyncClient) -> None:
    rig = await _asked_in_vain(db, "urgent")
    assert await rig.rows.cancel(rig.clock.now(), package="k1", reason="bỏ") == 0
    await rig.run_out()
    assert await rig.states() == ["uncertain(no clear answer)"]
    assert (await rig.row()).decision == "drop"


async def test_a_process_that_ends_in_mid_call_leaves_what_may_have_arrived(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    await rig.add(private("a"), "nước lên", expires_at=MORNING + timedelta(minutes=1))
    (row,) = await rig.rows.lease(NAME, MORNING, LATER, 1)
    await rig.rows.intend([row], MORNING, LATER)
    await rig.rows.recover(NAME, LATER, LATER, again=True)
    await rig.rows.expire(NAME, LATER)
    assert await rig.states() == ["uncertain(no clear answer)"]


async def test_what_is_taken_in_the_end_is_sent_and_nothing_else(db: BaseDBAsyncClient) -> None:
    rig = await _asked_in_vain(db, "notice")
    rig.clock.passes(seconds=10)
    await rig.run_out()
    row = await rig.row()
    assert (row.state, row.reason, row.decision) == ("sent", "", "")


@pytest.mark.parametrize("refusal", [Rejected("the content is refused"), ChatGone("blocked")])
async def test_what_may_have_arrived_and_is_refused_when_it_is_asked_for_again_is_unclear(
    db: BaseDBAsyncClient, refusal: PlatformError
) -> None:
    """As in seed 30038 of the little town: it stood in its chat, and was said to have failed."""
    rig = await _asked_in_vain(db, "notice")
    rig.platform.script.append(refusal)
    rig.clock.passes(seconds=10)
    await rig.run_out()
    assert await rig.states() == [f"uncertain({refusal})"]
    assert (await rig.row()).decision == "", "a person decides"
    left = [type(event) for event in rig.reported]
    assert left == [BotLeft] * isinstance(refusal, ChatGone), "that a chat is gone is told of all the same"


async def test_what_surely_was_not_taken_and_is_refused_has_failed(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    rig.platform.budget = Budget(1000, idempotent=True)
    rig.sender = rig.new_sender()
    rig.platform.script += [Unreachable("no way there", maybe_sent=False), Rejected("the content is refused")]
    await rig.add(private("a"), "nước lên")
    await rig.run_out()
    assert await rig.states() == ["failed(the content is refused)"]


class _Counted(Rows):
    """Keeps how many rows each statement that takes chats for reachable again wrote."""

    wrote: list[int]

    async def _run(self, text: str, values: Sequence[Value]) -> list[Row]:
        found = await super()._run(text, values)
        if text.startswith("update outbox set gone"):
            self.wrote.append(len(found))
        return found


async def test_letting_go_on_writes_only_rows_whose_chat_counts_as_gone(db: BaseDBAsyncClient) -> None:
    """As in seed 50055 of the little town: each notice that ever failed or was unclear was written as it stood."""
    rig = Rig(db)
    for number, (state, gone) in enumerate([("failed", True), ("failed", False), ("uncertain", False)]):
        await rig.add(private(f"c{number}"), "xin chào", key=f"k{number}")
        await OutboxRow.filter(package=f"k{number}").update(state=state, gone=gone)
    await OutboxStop.create(platform=NAME, reason=TOKEN, stopped_at=MORNING)
    counted = _Counted(db, same)
    counted.wrote = []
    await counted.resume(0, LATER)
    assert counted.wrote == [1]
    assert await OutboxRow.filter(gone=True).count() == 0


@pytest.mark.parametrize(("klass", "states"), [("request", ["uncertain", "sent"]), ("notice", ["uncertain"])])
async def test_a_request_that_nobody_may_have_heard_of_is_made_once_more(
    db: BaseDBAsyncClient, klass: Klass, states: list[str]
) -> None:
    """As in seed 117 of the villages: its process died in mid-call, and the approval waited for ever."""
    rig = Rig(db)
    await rig.add(private("chair"), "Có thông báo chờ duyệt.", klass=klass)  # type: ignore[arg-type]
    (row,) = await rig.rows.lease(NAME, MORNING, LATER, 1)
    await rig.rows.intend([row], MORNING, LATER)
    await rig.rows.recover(NAME, LATER, LATER)
    await rig.run_out()
    assert [state.partition("(")[0] for state in await rig.states()] == states
    again = [("chair", "(gửi lại) Có thông báo chờ duyệt.")]
    assert rig.platform.accepted == (again if klass == "request" else [])


async def test_what_stands_behind_a_part_of_a_request_that_is_unclear_leaves_too(db: BaseDBAsyncClient) -> None:
    """Its buttons are in the last part. A repeat that is unclear as well is not made again."""
    rig = Rig(db)
    rig.platform.script += [Unreachable("the line broke", maybe_sent=True) for _ in range(2)]
    await rig.outbox.add(
        private("chair"), [said("Có thông báo chờ duyệt."), said("Duyệt?")], key="k1", now=MORNING, klass="request"
    )
    await rig.run_out()
    for _ in range(4):
        rig.clock.passes(minutes=5)
        await rig.run_out()
    assert [state.partition("(")[0] for state in await rig.states()] == ["uncertain", "sent", "uncertain"]
