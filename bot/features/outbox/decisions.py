"""Decisions of people about rows."""

from __future__ import annotations

from datetime import datetime

from .gathered import Gathered
from .row import COLUMNS, Delivered, leased
from .states import BREAKER, CANARY, CUT_OFF, POISON, QUOTA, RESTORED, TOKEN, WAITING, Decision, State, check

_RESUMABLE = (BREAKER, POISON, RESTORED)


class Decisions(Gathered):
    async def cancel(self, now: datetime, *, package: str = "", announcement: int = 0, reason: str) -> int:
        """Cancel what is not being sent, of one package or of one announcement; returns how many rows."""
        check(WAITING, "cancelled")
        column, value = ("package", package) if package else ("announcement", announcement)
        async with self.transaction():
            await self._in_doubt(f"{column} = ?", [value], now, "drop")
            rows = await self._run(
                "update outbox set state = 'cancelled', reason = ?, updated_at = ?"
                f" where {column} = ? and state in ('pending', 'held', 'leased') returning id",
                [reason[:200], now, value],
            )
        return len(rows)

    async def decide(self, row_id: int, decision: Decision, now: datetime) -> bool:
        """Apply a person's decision about an uncertain row; False if it is not uncertain or was decided before."""
        async with self.transaction():
            return await self._decide(row_id, decision, now)

    async def decide_all(
        self, announcement: int, decision: Decision, now: datetime, *, since: datetime, until: datetime, cause: str
    ) -> int:
        """Apply one decision to all rows of an announcement that became uncertain in this time; return how many rows.

        `cause` "cut" is for those whose process ended in mid-call, "lost" for the others, "" for both.
        """
        which = {"cut": " and reason = ?", "lost": " and reason <> ?"}.get(cause, "")
        async with self.transaction():
            rows = await self._run(
                "select id from outbox where announcement = ? and state = 'uncertain' and decision = ''"
                f" and updated_at >= ? and updated_at <= ?{which} order by id",
                [announcement, since, until, *([CUT_OFF] if which else [])],
            )
            return sum([await self._decide(int(str(row["id"])), decision, now) for row in rows])

    async def _decide(self, row_id: int, decision: Decision, now: datetime) -> bool:
        state: State = "sent" if decision == "received" else "uncertain"
        rows = await self._run(
            "update outbox set state = ?, decision = ?, updated_at = ?,"
            " reason = case when ? = 'sent' then '' else reason end"
            f" where id = ? and state = 'uncertain' and decision = '' returning {COLUMNS}",
            [state, decision, now, state, row_id],
        )
        if not rows:
            return False
        row = leased(rows[0])
        if decision == "received":
            await self._release(row.package, now)
        elif decision == "resend":
            await self._repeat(row, now)
            await self._release(row.package, now)
        else:
            await self._cancel_rest(row.package, row.part, now)
        return True

    async def arrived(self, package: str, now: datetime) -> int:
        """Mark uncertain rows of this package as sent, since a person in that chat pressed one of its buttons."""
        check(["uncertain"], "sent")
        async with self.transaction():
            rows = await self._run(
                "update outbox set state = 'sent', reason = '', updated_at = ?"
                " where package = ? and state = 'uncertain' returning package, part, decision",
                [now, package],
            )
            for row in rows:
                await self._arrived(row, now)
        return len(rows)

    async def vouched(self, package: str, now: datetime) -> int:
        """Mark uncertain rows of this package as received by a person's word; return how many rows.

        The last part is the question that this word answers, and the word came from elsewhere: whether that part
        arrived stays unknown, and nobody has to find out. If only the question still waits, it does not leave.
        """
        check(["uncertain"], "sent")
        check(WAITING, "cancelled")
        async with self.transaction():
            rows = await self._run(
                "update outbox set state = 'sent', reason = '', decision = 'received', updated_at = ?"
                " where package = ? and state = 'uncertain' and part <"
                " (select max(w.part) from outbox w where w.package = outbox.package) returning package, part",
                [now, package],
            )
            await self._run(
                "update outbox set decision = 'drop', updated_at = ?"
                " where package = ? and state = 'uncertain' and decision = '' returning id",
                [now, package],
            )
            for row in rows:
                await self._arrived(row, now)
            await self._run(
                "update outbox set state = 'cancelled', reason = 'answered', updated_at = ?"
                " where package = ? and state in ('pending', 'held', 'leased')"
                " and part = (select max(w.part) from outbox w where w.package = outbox.package)"
                " and not exists (select 1 from outbox w where w.package = outbox.package and w.part < outbox.part"
                " and w.state in ('pending', 'held', 'leased')) returning id",
                [now, package],
            )
        return len(rows)

    async def resume(self, announcement: int, now: datetime) -> int:
        """Resume rows that were stopped or held by the quota, on a person's decision; return how many rows that are.

        `announcement` 0 means the notices, which are held after a restore. On a platform on which no chat has the
        message yet, it begins with a canary again. Chats reported gone while the breaker tripped are not taken for gone
        any more: those answers were doubtful.
        """
        check(["held"], "held")
        check(["held"], "pending")
        async with self.transaction():
            platforms = await self._run(
                "select distinct platform from outbox where announcement = ? and state = 'held'", [announcement]
            )
            names = sorted(str(row["platform"]) for row in platforms)
            await self._run(
                "update outbox set gone = ? where announcement = ? and state in ('failed', 'uncertain') and gone"
                " and exists (select 1 from outbox_stops s where s.announcement = outbox.announcement"
                " and s.resumed_at is null) returning id",
                [False, announcement],
            )
            await self._run(
                "update outbox_stops set resumed_at = ? where announcement = ? and resumed_at is null returning id",
                [now, announcement],
            )
            await self.gather_again(announcement, now)
            marks = ", ".join("?" * len(_RESUMABLE))
            to: tuple[State, str] = ("held", CANARY) if announcement else ("pending", "")
            stopped = await self._run(
                "update outbox set state = ?, reason = ?, updated_at = ?"
                f" where announcement = ? and state = 'held' and reason in ({marks}) returning id",
                [*to, now, announcement, *_RESUMABLE],
            )
            metered = await self._run(
                "update outbox set state = 'held', reason = ?, decision = 'send', not_before = ?, updated_at = ?"
                " where announcement = ? and state = 'held' and reason = ? returning id",
                [CANARY, now, now, announcement, QUOTA],
            )
            refused = await self._run(
                "select distinct platform, count(*) as n from outbox where announcement = ? and state = 'held'"
                " and reason = ? group by platform",
                [announcement, TOKEN],
            )
            await self.try_token_again([str(row["platform"]) for row in refused], now)
            for name in names:
                await self.advance(name, now)
        return len(stopped) + len(metered) + sum(int(str(row["n"])) for row in refused)

    async def retry(self, announcement: int, now: datetime, package: str = "") -> int:
        """Try once more what the messenger surely did not take, and the parts behind it; returns how many new rows.

        Only rows that have no repeat yet: a second press writes nothing. Nor what another chat got instead.
        """
        own = " and r.package = ?" if package else ""
        async with self.transaction():
            rows = await self._run(
                f"select {COLUMNS} from outbox r where announcement = ? and (state = 'failed' or (state = 'cancelled'"
                " and reason like 'part %' and exists (select 1 from outbox f where f.package = r.package"
                " and f.part < r.part and f.state = 'failed')))"
                f" and not exists (select 1 from detours d where d.instead_of = r.package){own} order by id",
                [announcement, *([package] if package else [])],
            )
            return await self._again([leased(row) for row in rows], now)

    async def delivered(self, package: str) -> list[Delivered]:
        """Return the parts of a package that a chat has received, in order; of a repeated part the last."""
        rows = await self._run(
            f"select {COLUMNS}, message_id from outbox where package = ? and state = 'sent' order by part, id",
            [package],
        )
        parts: dict[int, Delivered] = {}
        for found in rows:
            row = leased(found)
            parts[row.part] = Delivered(row.part, row.chat, row.locale, row.message, str(found["message_id"]))
        return list(parts.values())
