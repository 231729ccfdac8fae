"""What an outage and kills leave unclear, by the messenger's own book; `python -m tests.faults.outage` shows it."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.platform import Unreachable
from bot.features.outbox.bulkhead import LEASE
from bot.features.outbox.rows import Rows
from bot.features.outbox.states import OUTAGE
from bot.storage.core_tables.outbox import OutboxRow, OutboxStop
from tests.features.outbox_rig import MORNING, Rig, VirtualClock, group, same
from tests.memory import memory

from .matrix_rig import LOST, Run
from .outage import KILLS, Found, measure, standing_still, write

GROUPS = 1000


async def measured(kills: tuple[float, ...] = (), *, silent: bool = False, away: bool = True) -> Found:
    clock = VirtualClock(MORNING)
    async with memory() as db:
        await write(db, clock, GROUPS)
        with standing_still(clock):
            outage = (10.0, 20.0) if away else None
            return await measure(db, clock, GROUPS, kills, silent=silent, away=outage)


@pytest.mark.timeout(120)
@pytest.mark.fault(3, "an outage of ten seconds in the middle of a thousand groups")
@pytest.mark.parametrize("silent", [False, True], ids=["connections break", "nothing comes back"])
async def test_an_outage_leaves_no_more_unclear_than_was_open_when_it_began(silent: bool) -> None:
    """After the first unclear answer nothing is begun until a call that sends nothing is answered, and before that no
    more calls are open than the pace needs."""
    found = await measured(silent=silent)
    assert found.unclear == found.caught <= 5
    assert (found.lost, found.twice) == (0, 0)
    assert [stop.reason for stop in found.told] == [OUTAGE], "told once"


@pytest.mark.timeout(120)
@pytest.mark.fault(1, "an outage and three kills")
async def test_kills_leave_unclear_what_was_open_by_the_messengers_book() -> None:
    """A row waits for its room before it is written down that it is being sent."""
    found = await measured(KILLS)
    assert len(found.cut) == 3
    assert all(found.cut), "the kills came in the middle of calls"
    assert found.unclear <= found.caught + sum(found.cut)
    assert (found.lost, found.twice) == (0, 0)


@pytest.mark.timeout(120)
async def test_few_open_calls_are_enough_for_the_whole_pace() -> None:
    found = await measured(away=False)
    assert found.unclear == 0
    assert found.seconds < GROUPS / 24 * 1.05


@pytest.mark.fault(3, "the line answers, but no message is taken")
async def test_while_only_messages_have_no_answer_one_at_a_time_is_tried(db: BaseDBAsyncClient) -> None:
    """One message goes ahead of the others, and each time it fails the pause doubles."""
    run = Run(db)
    await run.announce(60)
    run.messenger.always = {f"g{n}": LOST for n in range(1, 60)}
    began = run.clock.now()
    await run.run_out()
    assert (run.clock.now() - began).total_seconds() > 3600
    told = [stop for stop in run.stops if stop.reason == OUTAGE]
    assert len(told) == 1
    assert told[0].held > 50


async def test_the_next_outage_is_told_anew(db: BaseDBAsyncClient) -> None:
    run = Run(db)
    for number in (1, 2):
        await run.announce(6, number=number)
        for n in range(1, 5):
            run.messenger.answers[f"g{n}"].append(LOST)
        await run.run_out()
    assert [stop.reason for stop in run.stops] == [OUTAGE, OUTAGE]
    assert await OutboxStop.filter(resumed_at__isnull=True).count() == 0


async def test_a_refused_connection_is_no_doubt(db: BaseDBAsyncClient) -> None:
    """Nothing was sent, so nothing has to be found out before the next one."""
    run = Run(db)
    await run.announce(4)
    run.messenger.answers["g1"].append(Unreachable("refused", maybe_sent=False))
    await run.run_out()
    assert await run.told() == {"sent": 4}
    assert run.sender._pacer.line.in_a_row == 0


@pytest.mark.fault(9, "the answer to taking rows up is lost")
async def test_what_was_taken_up_when_the_database_went_away_leaves_when_it_is_back(db: BaseDBAsyncClient) -> None:
    """The rows are nobody's, though their leases would last for two minutes."""
    rig = Rig(db)
    await rig.sender.run()
    for n in range(3):
        await rig.add(group(f"g{n}"), "tin", key=f"k{n}")
    now = rig.clock.now()
    rows = Rows(db, same)
    assert await rows.lease(rig.platform.name, now, now + LEASE, 10)
    rig.sender._unsure = True  # as after StoreUnavailable
    await rig.sender.run()
    assert await OutboxRow.filter(state="sent").count() == 3
    assert rig.clock.now() - now < LEASE / 10
