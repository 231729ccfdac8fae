"""The outbox at the windows of an official account: rows wait in plain sight and leave when the person writes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Sender, TextSent
from bot.core.lean.values import replace
from bot.platforms.zalo_oa.api import Failed, decide
from bot.platforms.zalo_oa.write import CAPABILITIES
from bot.storage.core_tables.conversation import InboxEvent
from tests.features.outbox_rig import Rig, Scripted, group, private

HOA = private("hoa")
SHUT = decide(Failed(-230, "user has not interacted with the OA in the past 7 days"), until_morning=0)


async def writes(rig: Rig, event_id: str) -> None:
    """Hoa writes to the account."""
    now = rig.clock.now()
    await rig.store.record([TextSent(event_id, HOA, Sender("hoa", "Hoa"), now, "menu")])
    await InboxEvent.filter(event_id=event_id).update(noted_at=now)  # the store has the clock of the wall
    rig.sender.woken.set()


async def test_who_has_not_written_for_two_days_is_waited_for_and_a_group_is_not(db: BaseDBAsyncClient) -> None:
    rig = Rig(db, Scripted(CAPABILITIES))
    await rig.add(HOA, "Mai họp thôn")
    await rig.add(group("lac-hien"), "Mai họp thôn", key="g")
    await rig.sender.run()
    assert (await rig.states(), await rig.states("g")) == (["held(window)"], ["sent"])
    await writes(rig, "m1")
    await rig.sender.run()
    assert await rig.states() == ["sent"]
    assert rig.platform.calls == 2


async def test_a_window_that_shuts_after_the_approval_strikes_nobody_off_and_stops_no_announcement(
    db: BaseDBAsyncClient,
) -> None:
    """The vendor says so though Hoa wrote lately: the row waits, then stands as held; her next word lets it go."""
    rig = Rig(db, Scripted(CAPABILITIES))
    await writes(rig, "m1")
    rig.platform.script.extend([SHUT] * 2)
    await rig.add(HOA, "Mai họp thôn", announcement=7)
    await rig.sender.run()
    assert [state.partition("(")[0] for state in await rig.states()] == ["pending"]
    assert not await rig.outbox.may_push(HOA, rig.clock.now()), "nothing else is tried there before she writes"
    rig.clock.passes(seconds=5)
    await rig.sender.run()
    rig.clock.passes(seconds=timedelta(days=3).total_seconds())
    await rig.sender.run()
    assert await rig.states() == ["held(window)"]
    assert (rig.reported, rig.stops, rig.platform.accepted) == ([], [], [])
    await writes(rig, "m2")
    assert await rig.outbox.may_push(HOA, rig.clock.now())
    await rig.sender.run()
    assert await rig.states() == ["sent"]
    assert rig.platform.calls == 3


@pytest.mark.parametrize(("hours", "state"), [(48.0, "sent"), (24.0, "held(window)")])
async def test_each_messenger_has_a_window_of_its_own_length(db: BaseDBAsyncClient, hours: float, state: str) -> None:
    """Thirty hours after Hoa wrote, one may write to her and another may not."""
    caps = {kind: replace(caps, window_hours=hours) for kind, caps in CAPABILITIES.items()}
    rig = Rig(db, Scripted(caps))
    await writes(rig, "m1")
    rig.clock.passes(hours=30)
    assert await rig.outbox.may_push(HOA, rig.clock.now()) is (state == "sent")
    await rig.add(HOA, "Mai họp thôn")
    await rig.sender.run()
    assert await rig.states() == [state]
