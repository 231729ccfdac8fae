"""The rows of the outbox in the database. Every change of a state passes the table and names where it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from bot.core.lean.values import replace
from bot.core.machine import chance
from bot.storage.sql import Row, Value

from .decisions import Decisions
from .row import COLUMNS, ORDER, Hold, Leased, Outcome, leased
from .states import AGAIN, HASTY, Klass, State, check

FENCE = "id = v.n and token = v.fence"
"""A write belongs to the one who holds the row now."""


MOST_AT_ONCE = 50
"""Announcements that take turns; after a long silence the others follow. Databases take no statement of any length."""


def _rank(row: str) -> str:
    known = " ".join(f"when '{klass}' then {rank}" for klass, rank in ORDER.items())
    return f"case {row}.klass {known} end"


def _may_go(row: str) -> str:
    """Return the condition that each earlier part has a row that was sent; for hasty ones uncertain is enough."""
    hasty = ", ".join(f"'{klass}'" for klass in HASTY)
    return (
        f"({row}.part = 1 or not exists (select 1 from outbox b where b.package = {row}.package"
        f" and b.part < {row}.part and b.state <> 'sent' and not (b.klass in ({hasty}) and b.state = 'uncertain')"
        " and not exists (select 1 from outbox s"
        " where s.package = b.package and s.part = b.part and s.state = 'sent')))"
    )


# One step along the index for each announcement, however many rows it has.
_DUE = f"""
with recursive due(announcement) as (
  select min(announcement) from outbox where platform = ? and state = 'pending'
  union all
  select (select min(o.announcement) from outbox o
    where o.platform = ? and o.state = 'pending' and o.announcement > due.announcement)
  from due where due.announcement is not null
) select announcement from due where exists (select 1 from outbox o where o.platform = ? and o.state = 'pending'
  and o.announcement = due.announcement and o.not_before <= ?)
order by (select {_rank("o")} from outbox o where o.platform = ? and o.state = 'pending'
  and o.announcement = due.announcement limit 1), announcement limit {MOST_AT_ONCE}"""
# Read along the index until there are enough: the others of a large announcement are not looked at.
_READY = f"""
select * from (
  select r.id, r.announcement, r.not_before, {_rank("r")} as rank from outbox r
  where r.platform = ? and r.state = 'pending' and r.announcement = ? and r.not_before <= ?{{only}}
  and not exists (select 1 from outbox o
    where o.platform = r.platform and o.chat_id = r.chat_id and o.state in ('leased', 'sending'))
  and not exists (select 1 from pauses p where p.platform = r.platform and p.chat_id = r.chat_id and p.until > ?)
  and {_may_go("r")}
  and not exists (select 1 from outbox e
    where e.platform = r.platform and e.chat_id = r.chat_id and e.state = 'pending' and e.not_before <= ?
    and ({_rank("e")} < {_rank("r")} or (e.klass = r.klass and e.id < r.id)) and {_may_go("e")})
  order by r.not_before, r.id limit ?
) a{{number}}"""


def _holds(rows: Sequence[Row]) -> set[Hold]:
    return {(int(str(row["id"])), str(row["token"])) for row in rows}


def _lease(groups: int) -> str:
    """Return the SQL that leases rows of so many groups. The last group are requests.

    Without a group of their own they would be hidden by the oldest notices, which are read along the index.
    """
    only = [*[""] * groups, " and r.klass = 'request'"]
    ready = " union ".join(_READY.format(number=number, only=one) for number, one in enumerate(only))
    return (
        "update outbox set state = 'leased', token = ?, lease_until = ?, updated_at = ? where state = 'pending'"
        " and id in (select id from (select id, rank,"
        f" row_number() over (partition by announcement order by not_before, id) as lap from ({ready}) ready"
        f" ) fair order by rank, lap, id limit ?) returning {COLUMNS}"
    )


class Rows(Decisions):
    """All statements on the outbox: here those of the one who sends, in the bases those of the clock and of people."""

    async def lease(self, platform: str, now: datetime, until: datetime, most: int) -> list[Leased]:
        """Take at most `most` due rows, one for each chat: urgent first, then requests, then notices, oldest first.

        Announcements take turns, so a large one does not keep another waiting.
        """
        check(["pending"], "leased")
        due = await self._run(_DUE, [platform, platform, platform, now, platform])
        if not due:
            return []
        values: list[Value] = [chance.unique(), until, now]
        for announcement in [*(int(str(one["announcement"])) for one in due), 0]:
            values += [platform, announcement, now, now, now, most]
        rows = await self._run(_lease(len(due)), [*values, most])
        laps: Counter[int] = Counter()
        ordered: list[tuple[int, int, int, Leased]] = []
        for row in sorted((leased(row) for row in rows), key=lambda row: row.id):
            laps[row.announcement] += 1
            ordered.append((ORDER[row.klass], laps[row.announcement], row.id, row))
        return [row for *_, row in sorted(ordered, key=lambda item: item[:3])]

    async def intend(self, rows: Sequence[Leased], now: datetime, until: datetime) -> set[Hold]:
        """Commit that these are about to be sent; returns the holds that are still good: their holders may send.

        The same row may be among them twice, by a lease that ended and by the one that followed.

        A repeat may have waited since its first was found to have arrived, and other parts have left: it is dropped.
        """
        check(["leased"], "sending")
        await self._drop_needless([row for row in rows if row.resend_of], now)
        marks = ", ".join(["(cast(? as bigint), cast(? as varchar(32)))"] * len(rows))
        found = await self._run(
            f"with v(n, fence) as (values {marks}) update outbox set state = 'sending', attempts = attempts + 1,"
            f" lease_until = ?, updated_at = ? from v where {FENCE} and state = 'leased' returning id, token",
            [*(value for row in rows for value in (row.id, row.token)), until, now],
        )
        return _holds(found)

    async def record(self, outcomes: Sequence[Outcome], now: datetime) -> set[Hold]:
        """Write what became of rows and what follows from it for the parts after them; returns the holds written.

        The others have another holder by now: see `late`.
        """
        if all(outcome.to == "sent" for outcome in outcomes):
            return await self._record_sent(outcomes, now)  # one statement, which is a commit of its own
        async with self.transaction():
            written = await self._record_sent([outcome for outcome in outcomes if outcome.to == "sent"], now)
            for outcome in outcomes:
                if outcome.to != "sent" and await self._record_one(outcome, now):
                    written.add(outcome.row.hold)
            await self._stop_for([each for each in outcomes if each.row.hold in written and each.to != "sent"], now)
        return written

    async def late(self, outcome: Outcome, now: datetime) -> bool:
        """Resolve a row that was given up as uncertain by the messenger's late answer, if that is clear."""
        if outcome.to not in ("sent", "failed"):
            return False
        check(["uncertain"], outcome.to)
        async with self.transaction():
            found = await self._run(
                "update outbox set state = ?, reason = ?, message_id = ?, updated_at = ?"
                " where id = ? and state = 'uncertain' returning package, part, decision",
                [outcome.to, outcome.reason[:200], outcome.message_id, now, outcome.row.id],
            )
            if found and outcome.to == "sent":
                await self._arrived(found[0], now)
            elif found:
                if not found[0]["decision"]:
                    await self._cancel_rest(outcome.row.package, outcome.row.part, now)
                await self._stop_for([outcome], now)
        return bool(found)

    async def rest_chat(
        self, platform: str, chat_id: str, until: datetime, now: datetime, classes: Collection[Klass] = tuple(ORDER)
    ) -> None:
        """Rest the chat until `until`, for it refused more of these classes: their pending rows wait until then."""
        await self._run(
            "update outbox set not_before = ?, updated_at = ? where platform = ? and chat_id = ? and state = 'pending'"
            f" and not_before < ? and klass in ({', '.join('?' * len(classes))}) returning id",
            [until, now, platform, chat_id, until, *classes],
        )

    async def _record_sent(self, outcomes: Sequence[Outcome], now: datetime) -> set[Hold]:
        if not outcomes:
            return set()
        check(["sending"], "sent")
        marks = ", ".join(["(cast(? as bigint), cast(? as varchar(32)), cast(? as varchar(64)))"] * len(outcomes))
        found = await self._run(
            f"with v(n, fence, native) as (values {marks}) update outbox set state = 'sent', reason = '',"
            f" decision = case decision when '{AGAIN}' then '' else decision end, message_id = v.native,"
            f" updated_at = ? from v where {FENCE} and state = 'sending' returning id, token",
            [*(value for o in outcomes for value in (o.row.id, o.row.token, o.message_id[:64])), now],
        )
        return _holds(found)

    async def _record_one(self, outcome: Outcome, now: datetime) -> bool:
        before: tuple[State, ...] = ("sending",) if outcome.to in ("failed", "uncertain") else ("leased", "sending")
        if outcome.to in ("held", "expired"):
            before = ("leased",)
        row = outcome.row
        if outcome.to == "failed" and await self._may_be_there(row):
            outcome = replace(outcome, to="uncertain")
        check(before, outcome.to)
        if outcome.to == "expired" and await self._in_doubt(
            "id = ? and token = ? and state = 'leased'", [row.id, row.token], now
        ):
            return True
        marks = ", ".join(f"'{state}'" for state in before)
        # Nobody has decided about this row yet, whatever was said of it before it left.
        undecided = " decision = ''," if outcome.to == "uncertain" else f" decision = '{AGAIN}'," * outcome.perhaps
        uncounted = "case when state = 'sending' then 1 else 0 end" if not outcome.counted else "0"
        found = await self._run(
            f"with v(n, fence) as (values (cast(? as bigint), cast(? as varchar(32))))"
            f" update outbox set state = ?, reason = ?, attempts = attempts - {uncounted}, token = '',"
            f"{undecided} gone = ?, not_before = coalesce(?, not_before), updated_at = ?"
            f" from v where {FENCE} and state in ({marks}) returning id",
            [row.id, row.token, outcome.to, outcome.reason[:200], outcome.gone, outcome.not_before, now],
        )
        if not found:
            return False
        if outcome.chat_id:
            await self._rekey(row, outcome.chat_id, now)
        if outcome.to in ("failed", "expired"):
            await self._cancel_rest(row.package, row.part, now)
        elif outcome.to == "uncertain":
            await self._uncertain(row, now)
        return True

    async def _may_be_there(self, row: Leased) -> bool:
        """Tell whether an earlier call for the row had no clear answer: that it is refused now says nothing of that."""
        return bool(
            await self._run(
                "select 1 from outbox where id = ? and token = ? and state = 'sending' and decision = ?",
                [row.id, row.token, AGAIN],
            )
        )

    async def _rekey(self, row: Leased, chat_id: str, now: datetime) -> None:
        await self._run(
            "update outbox set chat_id = ?, updated_at = ? where platform = ? and chat_id = ?"
            " and state in ('pending', 'held', 'leased') returning id",
            [chat_id, now, row.chat.platform, row.chat.id],
        )
