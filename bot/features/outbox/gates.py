"""Reasons to stop an announcement: its canary, a message that is refused, too many failures, a dead token."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from bot.storage.sql import Row, Value, moment

from .follow import Follow
from .row import Outcome, RowStop
from .states import BREAKER, CANARY, DECISION, OFF, OUTAGE, POISON, QUIET, RESTORED, TOKEN, WAITING, check

BREAKER_FAILURES = 5
BREAKER_SHARE = 0.2
"""An announcement stops when at least so many groups failed and they are more than this share of those tried."""
TRIAL_PATIENCE = timedelta(seconds=60)
"""So long does one platform wait for the canary of another, which may be switched off."""

# Every part of its package has a row that arrived.
_ARRIVED = (
    "s.state = 'sent' and not exists (select 1 from outbox o where o.package = s.package and o.state <> 'sent'"
    " and not exists (select 1 from outbox a where a.package = o.package and a.part = o.part and a.state = 'sent'))"
)
# A chat that was told to wait must not make all others wait with it.
_TRYING = (
    f"(t.state in ('leased', 'sending') or (t.state = 'held' and t.reason in ('{QUIET}', '{TOKEN}'))"
    " or (t.state = 'pending' and not exists (select 1 from pauses p"
    " where p.platform = t.platform and p.chat_id = t.chat_id and p.until > ?)))"
)


class Gates(Follow):
    async def advance(self, platform: str, now: datetime) -> None:
        """Let go what waits for a canary that has arrived; choose another where the last one came to nothing.

        The first package of all goes alone, one to a person before one to a group: fewer people see a message that is
        at fault, and where the month has room for a few, they are those. When it is there, each other platform begins
        with one of its own, for what `fit` made for it is another message.
        """
        check(["held"], "pending")
        waiting = await self._run(
            "select distinct announcement from outbox"
            " where platform = ? and state = 'held' and reason = ? and not_before <= ?",
            [platform, CANARY, now],
        )
        for row in waiting:
            await self._advance(int(str(row["announcement"])), platform, now)

    async def _advance(self, announcement: int, platform: str, now: datetime) -> None:
        let_go = (
            "update outbox set state = 'pending', reason = '', updated_at = ?"
            " where announcement = ? and platform = ? and state = 'held' and reason = ?"
        )
        values: list[Value] = [now, announcement, platform, CANARY]
        proved = await self._proved(announcement, platform)
        if not proved:
            if await self._is_tried(announcement, platform, now):
                return
            proved = await self._proved(announcement, platform)  # it may have arrived between the two looks
        if proved:
            await self._run(f"{let_go} returning id", values)
        else:
            await self._run(
                f"{let_go} and package = (select package from outbox where announcement = ? and platform = ?"
                " and state = 'held' and reason = ? and not_before <= ?"
                " order by case chat_kind when 'private' then 0 else 1 end, id limit 1) returning id",
                [*values, announcement, platform, CANARY, now],
            )

    async def _proved(self, announcement: int, platform: str = "") -> bool:
        """Tell whether a whole package of it has arrived, on this platform or on any."""
        own = " and s.platform = ?" if platform else ""
        values: list[Value] = [announcement, *([platform] if platform else [])]
        return bool(
            await self._run(
                f"select 1 as found from outbox s where s.announcement = ?{own} and {_ARRIVED} limit 1", values
            )
        )

    async def _is_tried(self, announcement: int, platform: str, now: datetime) -> bool:
        trying = f"select 1 as found from outbox t where t.announcement = ? and t.platform {{}} ? and {_TRYING}"
        if await self._run(f"{trying.format('=')} limit 1", [announcement, platform, now]):
            return True
        if await self._proved(announcement):
            return False
        # Elsewhere only what is under way, not what waits for a platform that is down.
        fresh = (
            f" and (t.state <> 'held' or t.reason <> '{TOKEN}')"
            " and (t.state <> 'pending' or (t.attempts = 0 and t.not_before > ?)) limit 1"
        )
        elsewhere: list[Value] = [announcement, platform, now, now - TRIAL_PATIENCE]
        return bool(await self._run(trying.format("<>") + fresh, elsewhere))

    async def _stop_for(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        """Stop other rows where an outcome calls for it; call it in the transaction that records the outcomes."""
        failed: set[int] = set()
        for outcome in outcomes:
            row = outcome.row
            if outcome.stop == "token":
                held = await self.hold_platform(row.chat.platform, now)
                await self._stop(RowStop(0, 0, row.chat.platform, TOKEN, outcome.reason, held, now), now)
            if outcome.stop == "outage":
                held = await self._waiting_for(row.chat.platform)
                await self._stop(RowStop(0, 0, row.chat.platform, OUTAGE, outcome.reason, held, now), now)
            if outcome.to == "failed" and row.announcement:
                failed.add(row.announcement)
            if outcome.stop == "poison" and row.announcement:
                await self._poisoned(outcome, now)
        for announcement in failed:
            await self._break(announcement, now)

    async def _waiting_for(self, platform: str) -> int:
        rows = await self._run(
            "select count(*) as n from outbox where platform = ? and state in ('pending', 'held', 'leased')", [platform]
        )
        return int(str(rows[0]["n"]))

    async def outage_over(self, platform: str, now: datetime) -> None:
        """End the stop of an outage, for the messenger answers again: officials are then told of the next one too."""
        await self._run(
            "update outbox_stops set resumed_at = ? where platform = ? and reason = ? and resumed_at is null"
            " returning id",
            [now, platform, OUTAGE],
        )

    async def running(self, platform: str) -> list[int]:
        """Return announcements that are not over there: rows of theirs wait, are on their way, or for a decision."""
        rows = await self._run(
            "select distinct announcement from outbox where platform = ? and announcement > 0 and (state in"
            " ('pending', 'held', 'leased', 'sending') or (state = 'uncertain' and decision = '')) order by 1",
            [platform],
        )
        return [int(str(row["announcement"])) for row in rows]

    async def hold_platform(self, platform: str, now: datetime) -> int:
        """Hold all rows of this platform, from which nothing can leave; return how many rows that are."""
        check(["pending", "leased"], "held")
        held = await self._run(
            "update outbox set state = 'held', reason = ?, token = '', updated_at = ?"
            " where platform = ? and state in ('pending', 'leased') returning id",
            [TOKEN, now, platform],
        )
        return len(held)

    async def switched_off(self, platform: str, now: datetime) -> RowStop | None:
        """Hold what would leave through an account that was switched off; call it in a transaction.

        Returns the stop that nobody was told of yet, None where nothing waits or it was told.
        """
        check(["pending", "leased"], "held")
        held = await self._run(
            "update outbox set state = 'held', reason = ?, token = '', updated_at = ?"
            " where platform = ? and state in ('pending', 'leased') returning id",
            [OFF, now, platform],
        )
        waiting = await self._waiting_for(platform)
        if held and waiting:
            await self._stop(RowStop(0, 0, platform, OFF, "", waiting, now), now)
        found = await self._run(
            "select * from outbox_stops where platform = ? and reason = ? and resumed_at is null and not told",
            [platform, OFF],
        )
        return _stop(found[0]) if found else None

    async def switched_on(self, platform: str, now: datetime) -> None:
        """Let go what was held because its account was off."""
        check(["held"], "pending")
        await self._run(
            "update outbox_stops set resumed_at = ? where reason = ? and platform = ? and resumed_at is null"
            " returning id",
            [now, OFF, platform],
        )
        await self._run(
            "update outbox set state = 'pending', reason = '', updated_at = ?"
            " where state = 'held' and reason = ? and platform = ? returning id",
            [now, OFF, platform],
        )

    async def _poisoned(self, outcome: Outcome, now: datetime) -> None:
        """Hold the rest of an announcement whose canary was refused by the messenger, until a person has looked."""
        announcement, platform = outcome.row.announcement, outcome.row.chat.platform
        if await self._proved(announcement, platform):
            return
        only = platform if await self._proved(announcement) else ""
        if held := await self._hold(announcement, only, POISON, now):
            await self._stop(RowStop(0, announcement, only, POISON, outcome.reason, held, now), now)

    async def _break(self, announcement: int, now: datetime) -> None:
        (resumed,) = await self._run(
            "select max(resumed_at) as t from outbox_stops where announcement = ?", [announcement]
        )
        since = "" if resumed["t"] is None else " and updated_at > ?"
        (tried,) = await self._run(
            "select count(*) as n, sum(case when state = 'failed' then 1 else 0 end) as failed from outbox"
            f" where announcement = ? and state in ('sent', 'failed', 'uncertain'){since}",
            [announcement, *([moment(resumed["t"])] if since else [])],
        )
        failed, all_tried = int(str(tried["failed"] or 0)), int(str(tried["n"]))
        if failed >= BREAKER_FAILURES and failed > BREAKER_SHARE * all_tried:
            held = await self._hold(announcement, "", BREAKER, now)
            await self._stop(RowStop(0, announcement, "", BREAKER, f"{failed}/{all_tried}", held, now), now)

    async def _hold(self, announcement: int, platform: str, reason: str, now: datetime) -> int:
        """Hold all rows of it that have not begun to leave, except those that wait for a decision of their own."""
        check(WAITING, "held")
        own = " and platform = ?" if platform else ""
        kept = (POISON, BREAKER, TOKEN, OFF, DECISION, RESTORED)
        held = await self._run(
            "update outbox set state = 'held', reason = ?, token = '', updated_at = ? where announcement = ?"
            f" and (state in ('pending', 'leased') or (state = 'held' and reason not in ({_marks(kept)}))){own}"
            " returning id",
            [reason, now, announcement, *kept, *([platform] if platform else [])],
        )
        return len(held)

    async def _stop(self, stop: RowStop, now: datetime) -> None:
        """Note it once, for as long as it stands."""
        standing = await self._run(
            "select id from outbox_stops where announcement = ? and platform = ? and reason = ? and resumed_at is null",
            [stop.announcement, stop.platform, stop.reason],
        )
        if not standing:
            await self._run(
                "insert into outbox_stops (announcement, platform, reason, detail, held, told, stopped_at)"
                " values (?, ?, ?, ?, ?, ?, ?) returning id",
                [stop.announcement, stop.platform, stop.reason, stop.detail[:200], stop.held, False, now],
            )

    async def stops(self, announcement: int) -> list[RowStop]:
        """Return the stops that hold rows of an announcement now: its own, and refused tokens of its platforms."""
        rows = await self._run(
            "select * from outbox_stops s where resumed_at is null and announcement in (?, 0) and exists (select 1"
            " from outbox r where r.announcement = ? and r.state = 'held' and r.reason = s.reason"
            " and (s.platform = '' or r.platform = s.platform)) order by id",
            [announcement, announcement],
        )
        return [_stop(row) for row in rows]

    async def news(self, platform: str) -> tuple[list[RowStop], bool]:
        """Return the stops not told to anybody yet, and whether the token of this platform is refused."""
        rows = await self._run(
            "select * from outbox_stops where not told or (platform = ? and reason = ? and resumed_at is null)",
            [platform, TOKEN],
        )
        refused = any(row["platform"] == platform and row["reason"] == TOKEN and not row["resumed_at"] for row in rows)
        return [_stop(row) for row in rows if not row["told"]], refused

    async def tell_of(self, stop: RowStop) -> bool:
        """Mark the stop as told, in the transaction that tells of it; False if another caller has."""
        return bool(
            await self._run("update outbox_stops set told = ? where id = ? and not told returning id", [True, stop.id])
        )

    async def try_token_again(self, platforms: Collection[str], now: datetime) -> int:
        """Release the rows that waited for a token of these platforms, since it may have been replaced."""
        if not platforms:
            return 0
        check(["held"], "pending")
        await self._run(
            "update outbox_stops set resumed_at = ? where reason = ? and resumed_at is null"
            f" and platform in ({_marks(platforms)}) returning id",
            [now, TOKEN, *platforms],
        )
        rows = await self._run(
            "update outbox set state = 'pending', reason = '', updated_at = ?"
            f" where state = 'held' and reason = ? and platform in ({_marks(platforms)}) returning id",
            [now, TOKEN, *platforms],
        )
        return len(rows)


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))


def _stop(row: Row) -> RowStop:
    return RowStop(
        id=int(str(row["id"])),
        announcement=int(str(row["announcement"])),
        platform=str(row["platform"]),
        reason=str(row["reason"]),
        detail=str(row["detail"]),
        held=int(str(row["held"])),
        stopped_at=moment(row["stopped_at"]),
    )
