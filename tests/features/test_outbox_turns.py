"""Who comes first when more waits than is taken at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.lean.values import replace
from bot.features.outbox.row import Leased, NewRow
from bot.features.outbox.send import LOOK
from bot.features.outbox.states import DECISION, Klass
from tests.features.outbox_rig import NAME, Rig, Scripted, group, said


def _row(rig: Rig, announcement: int, chat: str, *, klass: Klass = "routine", part: int = 1) -> NewRow:
    return NewRow(
        klass=klass, announcement=announcement, package=f"{announcement}:{chat}", part=part,
        key=f"{announcement}:{chat}/{part}", chat=group(chat), locale="vi", message=said(f"{announcement} {part}"),
        choices="", any_hour=True, state="pending", reason="", not_before=rig.clock.now(), expires_at=None,
    )  # fmt: skip


async def _taken(rig: Rig, most: int) -> list[str]:
    now = rig.clock.now()
    return [row.package for row in await rig.rows.lease(NAME, now, now + timedelta(seconds=120), most)]


async def test_a_chat_gets_the_older_announcement_first_however_far_behind_it_stands_there(
    db: BaseDBAsyncClient,
) -> None:
    """Mechanism: a row goes only when none of its chat is before it, also where few rows of each are looked at."""
    rig = Rig(db)
    await rig.rows.insert([_row(rig, 1, f"g{n}") for n in range(50)] + [_row(rig, 2, "g49")], rig.clock.now())
    assert await _taken(rig, 2) == ["1:g0", "1:g1"]
    assert "2:g49" not in await _taken(rig, 40)
    assert await rig.states("2:g49") == ["pending"]


async def test_announcements_take_turns_behind_what_is_urgent(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    rows = [_row(rig, 1, f"a{n}") for n in range(20)] + [_row(rig, 2, f"b{n}") for n in range(2)]
    await rig.rows.insert([*rows, _row(rig, 3, "c", klass="urgent")], rig.clock.now())
    assert await _taken(rig, 4) == ["3:c", "1:a0", "2:b0", "1:a1"]


async def test_a_request_comes_before_all_notices_and_after_what_is_urgent(db: BaseDBAsyncClient) -> None:
    """Mechanism: requests are looked for by themselves; the oldest notices, which alone were read, hid them."""
    rig = Rig(db)
    rows = [_row(rig, 0, f"p{n}", klass="notice") for n in range(20)]
    rows += [_row(rig, 0, "own", klass="notice"), replace(_row(rig, 0, "own", klass="request"), package="q", key="q/1")]
    await rig.rows.insert([*rows, *(_row(rig, 3, f"c{n}", klass="urgent") for n in range(3))], rig.clock.now())
    assert await _taken(rig, 5) == ["3:c0", "3:c1", "3:c2", "q", "0:p0"]
    assert "0:own" not in await _taken(rig, 40), "one at a time in each chat"


async def test_after_a_long_silence_a_thousand_announcements_leave_and_the_urgent_one_first(
    db: BaseDBAsyncClient,
) -> None:
    """Mechanism: a lease looks at MOST_AT_ONCE announcements; one statement for all would be too long for SQLite."""
    rig = Rig(db)
    rows = [_row(rig, n, f"g{n}") for n in range(1, 1001)]
    await rig.rows.insert([*rows, _row(rig, 2000, "late", klass="urgent")], rig.clock.now())
    assert (await _taken(rig, 3))[0] == "2000:late"
    await rig.rows.recover(NAME, rig.clock.now(), rig.clock.now() + timedelta(days=1))
    await rig.run_out()
    assert len(rig.platform.accepted) == 1001


async def test_a_part_that_has_to_wait_keeps_nobody_else_of_its_chat_waiting(db: BaseDBAsyncClient) -> None:
    """Mechanism: a row is before another of its chat only if it could go itself."""
    rig = Rig(db)
    first = replace(_row(rig, 1, "g"), state="held", reason=DECISION)
    await rig.rows.insert([first, _row(rig, 1, "g", part=2), _row(rig, 2, "g")], rig.clock.now())
    assert await _taken(rig, 4) == ["2:g"]


async def test_while_rows_leave_they_are_brought_up_to_date_once_a_second(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: the sender looks again LOOK seconds after the last time, not each time it takes a few rows."""
    rig = Rig(db, platform=Scripted(per_second=20))
    looks: list[datetime] = []
    leases: list[datetime] = []
    expire, lease = rig.rows.expire, rig.rows.lease

    async def look(platform: str, now: datetime) -> None:
        looks.append(now)
        await expire(platform, now)

    async def take(platform: str, now: datetime, until: datetime, most: int) -> list[Leased]:
        leases.append(now)
        return await lease(platform, now, until, most)

    monkeypatch.setattr(rig.rows, "expire", look)
    monkeypatch.setattr(rig.rows, "lease", take)
    await rig.rows.insert([_row(rig, 1, f"g{n}") for n in range(120)], rig.clock.now())
    await rig.run_out()
    seconds = (leases[-1] - leases[0]).total_seconds()
    assert len(looks) <= seconds / LOOK + 4 < len(leases)
