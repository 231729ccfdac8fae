"""The rows of the outbox in the database. Every change of a state passes the table and names where it comes from."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections
from tortoise.transactions import in_transaction

from bot.core.actions import token_of
from bot.core.context import Translate
from bot.core.events import Chat
from bot.core.sessions import Key, Session, session_from_json
from bot.core.text import Text
from bot.storage.sql import Row, Sql, Value, available, moment

from .row import COLUMNS, ORDER, Leased, New, Outcome, dump, leased, resend_mark
from .states import DECISION, QUIET, WAITING, Decision, State, check

FENCE = "id = v.n and token = v.fence"
"""A write belongs to the one who holds the row now."""
_RANK = "case r.klass when 'urgent' then 0 when 'notice' then 1 else 2 end"
# A part waits until each part before it has a row that was sent; an urgent package goes on after an uncertain one.
_BEFORE_IT_UNSENT = (
    "exists (select 1 from outbox b where b.package = r.package and b.part < r.part and b.state <> 'sent'"
    " and not (b.klass = 'urgent' and b.state = 'uncertain') and not exists"
    " (select 1 from outbox s where s.package = b.package and s.part = b.part and s.state = 'sent'))"
)
_LEASE = f"""
update outbox set state = 'leased', token = ?, lease_until = ?, updated_at = ? where state = 'pending' and id in (
  select id from (
    select r.id, {_RANK} as rank, row_number() over (partition by r.chat_id order by {_RANK}, r.id) as turn
    from outbox r where r.platform = ? and r.state = 'pending' and r.not_before <= ?
    and not exists (select 1 from outbox o
      where o.platform = r.platform and o.chat_id = r.chat_id and o.state in ('leased', 'sending'))
    and not exists (select 1 from pauses p where p.platform = r.platform and p.chat_id = r.chat_id and p.until > ?)
    and (r.part = 1 or not {_BEFORE_IT_UNSENT})
  ) ready where turn = 1 order by rank, id limit ?
) returning {COLUMNS}"""


class Rows:
    """All statements on the outbox. Methods join the transaction of their task and may raise StoreUnavailable."""

    def __init__(self, db: BaseDBAsyncClient, translate: Translate) -> None:
        self._sql = Sql(db)
        self._translate = translate

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        with available():
            async with in_transaction("default"):
                yield

    async def insert(self, rows: Sequence[New], now: datetime, actions: Sequence[str] = ()) -> bool:
        """Write the rows and the long actions that they carry; False when the first key is there already."""
        for row in rows:
            found = await self._run(
                "insert into outbox (klass, announcement, package, part, key, platform, chat_id, chat_kind, locale,"
                " message, choices, any_hour, state, reason, decision, resend_of, not_before, expires_at, token,"
                " attempts, message_id, created_at, updated_at)"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, '', 0, '', ?, ?)"
                " on conflict (key) do nothing returning id",
                [
                    row.klass, row.announcement, row.package, row.part, row.key, row.chat.platform, row.chat.id,
                    row.chat.kind, row.locale, dump(row.message), row.choices, row.any_hour, row.state, row.reason,
                    row.resend_of, row.not_before, row.expires_at, now, now,
                ],
            )  # fmt: skip
            if not found:
                return False
        for packed in actions:
            await self._run(
                "insert into stored_actions (token, packed, created_at) values (?, ?, ?)"
                " on conflict (token) do nothing returning token",
                [token_of(packed), packed, now],
            )
        return True

    async def session(self, chat: Chat) -> Session:
        """What the chat's session is now; for reading only."""
        key = Key(chat.platform, chat.id)
        rows = await self._run("select state from sessions where platform = ? and chat_id = ?", [*key])
        if not rows:
            return Session(key, chat.kind)
        session = session_from_json(key, 0, 0, 0, 0, str(rows[0]["state"]))
        session.kind = chat.kind
        return session

    async def counts(self, announcement: int) -> dict[str, int]:
        """State → rows of the frozen audience; repeats are not counted a second time."""
        rows = await self._run(
            "select state, count(*) as n from outbox where announcement = ? and resend_of = 0 group by state",
            [announcement],
        )
        return {str(row["state"]): int(str(row["n"])) for row in rows}

    # A holder's writes

    async def lease(self, platform: str, now: datetime, until: datetime, most: int) -> list[Leased]:
        """Take at most `most` due rows, one for each chat, urgent first, then notices, oldest first."""
        check(["pending"], "leased")
        token = uuid.uuid4().hex
        rows = await self._run(_LEASE, [token, until, now, platform, now, now, most])
        return sorted((leased(row) for row in rows), key=lambda row: (ORDER[row.klass], row.id))

    async def intend(self, rows: Sequence[Leased], now: datetime, until: datetime) -> set[int]:
        """Commit that these are about to be sent; returns the ids that are still the caller's to send."""
        check(["leased"], "sending")
        marks = ", ".join(["(cast(? as bigint), cast(? as varchar(32)))"] * len(rows))
        found = await self._run(
            f"with v(n, fence) as (values {marks}) update outbox set state = 'sending', attempts = attempts + 1,"
            f" lease_until = ?, updated_at = ? from v where {FENCE} and state = 'leased' returning id",
            [*(value for row in rows for value in (row.id, row.token)), until, now],
        )
        return {int(str(row["id"])) for row in found}

    async def record(self, outcomes: Sequence[Outcome], now: datetime) -> set[int]:
        """Write what became of rows and what follows from it for the parts after them; returns the ids written.

        The others have another holder by now: see `late`.
        """
        async with self.transaction():
            written = await self._record_sent([outcome for outcome in outcomes if outcome.to == "sent"], now)
            for outcome in outcomes:
                if outcome.to != "sent" and await self._record_one(outcome, now):
                    written.add(outcome.row.id)
        return written

    async def late(self, outcome: Outcome, now: datetime) -> bool:
        """The messenger's answer to a call whose row was given up as uncertain: it resolves the row, if it is clear."""
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
            elif found and not found[0]["decision"]:
                await self._cancel_rest(outcome.row.package, outcome.row.part, now)
        return bool(found)

    async def rest_chat(self, platform: str, chat_id: str, until: datetime, now: datetime) -> None:
        """The chat has had enough for now: nothing of it is taken up before `until`."""
        await self._run(
            "update outbox set not_before = ?, updated_at = ?"
            " where platform = ? and chat_id = ? and state = 'pending' and not_before < ? returning id",
            [until, now, platform, chat_id, until],
        )

    # The clock's writes

    async def recover(self, platform: str, now: datetime, ended: datetime) -> None:
        """Leases that end by `ended`: what was not begun waits again, what was begun is uncertain, not tried again."""
        check(["leased"], "pending")
        check(["sending"], "uncertain")
        async with self.transaction():
            await self._run(
                "update outbox set state = 'pending', token = '', updated_at = ?"
                " where platform = ? and state = 'leased' and lease_until <= ? returning id",
                [now, platform, ended],
            )
            rows = await self._run(
                "update outbox set state = 'uncertain', reason = 'the sender stopped', token = '', updated_at = ?"
                f" where platform = ? and state = 'sending' and lease_until <= ? returning {COLUMNS}",
                [now, platform, ended],
            )
            for row in rows:
                await self._uncertain(leased(row), now)

    async def expire(self, platform: str, now: datetime) -> None:
        check(["pending", "held"], "expired")
        async with self.transaction():
            rows = await self._run(
                "update outbox set state = 'expired', updated_at = ?"
                " where platform = ? and state in ('pending', 'held') and expires_at <= ? returning package, part",
                [now, platform, now],
            )
            for row in rows:
                await self._cancel_rest(str(row["package"]), int(str(row["part"])), now)

    async def keep_quiet(self, platform: str, now: datetime, until: datetime | None) -> None:
        """`until` the phones must not ring (None: they may): hold what is due, or let go what was held."""
        if until is not None:
            check(["pending"], "held")
            await self._run(
                "update outbox set state = 'held', reason = ?, not_before = ?, updated_at = ?"
                " where platform = ? and state = 'pending' and not any_hour and not_before <= ? returning id",
                [QUIET, until, now, platform, now],
            )
        check(["held"], "pending")
        await self._run(
            "update outbox set state = 'pending', reason = '', updated_at = ?"
            " where platform = ? and state = 'held' and reason = ? and not_before <= ? returning id",
            [now, platform, QUIET, now],
        )

    async def next_time(self, platform: str, now: datetime) -> datetime | None:
        """The next moment at which something may have to be done."""
        values: list[Value] = [platform, now] * 4
        rows = await self._run(
            "select min(t) as t from ("
            " select min(not_before) as t from outbox"
            "  where platform = ? and state in ('pending', 'held') and not_before > ?"
            " union all select min(expires_at) from outbox"
            "  where platform = ? and state in ('pending', 'held') and expires_at > ?"
            " union all select min(lease_until) from outbox"
            "  where platform = ? and state in ('leased', 'sending') and lease_until > ?"
            " union all select min(until) from pauses where platform = ? and until > ?) times",
            values,
        )
        return moment(rows[0]["t"]) if rows[0]["t"] is not None else None

    # A person's writes

    async def cancel(self, now: datetime, *, package: str = "", announcement: int = 0, reason: str) -> int:
        """Cancel what is not being sent, of one package or of one announcement; returns how many rows."""
        check(WAITING, "cancelled")
        column, value = ("package", package) if package else ("announcement", announcement)
        rows = await self._run(
            "update outbox set state = 'cancelled', reason = ?, updated_at = ?"
            f" where {column} = ? and state in ('pending', 'held', 'leased') returning id",
            [reason[:200], now, value],
        )
        return len(rows)

    async def decide(self, row_id: int, decision: Decision, now: datetime) -> bool:
        """What a person says about an uncertain row; False when the row is not uncertain or was decided before."""
        async with self.transaction():
            state: State = "sent" if decision == "received" else "uncertain"
            rows = await self._run(
                "update outbox set state = ?, decision = ?, updated_at = ?,"
                " reason = case when ? = 'sent' then '' else reason end"
                f" where id = ? and state = 'uncertain' and decision = '' returning {COLUMNS}, announcement",
                [state, decision, now, state, row_id],
            )
            if not rows:
                return False
            row = leased(rows[0])
            if decision == "received":
                await self._release(row.package, now)
            elif decision == "resend":
                await self._resend(row, int(str(rows[0]["announcement"])), now)
                await self._release(row.package, now)
            else:
                await self._cancel_rest(row.package, row.part, now)
        return True

    async def arrived(self, package: str, now: datetime) -> int:
        """A person in that chat pressed a button of this package: what is uncertain of it has arrived."""
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

    # What follows

    async def _record_sent(self, outcomes: Sequence[Outcome], now: datetime) -> set[int]:
        if not outcomes:
            return set()
        check(["sending"], "sent")
        marks = ", ".join(["(cast(? as bigint), cast(? as varchar(32)), cast(? as varchar(64)))"] * len(outcomes))
        found = await self._run(
            f"with v(n, fence, native) as (values {marks}) update outbox set state = 'sent', reason = '',"
            f" message_id = v.native, updated_at = ? from v where {FENCE} and state = 'sending' returning id",
            [*(value for o in outcomes for value in (o.row.id, o.row.token, o.message_id[:64])), now],
        )
        return {int(str(row["id"])) for row in found}

    async def _record_one(self, outcome: Outcome, now: datetime) -> bool:
        before: tuple[State, ...] = ("sending",) if outcome.to in ("failed", "uncertain") else ("leased", "sending")
        if outcome.to in ("held", "expired"):
            before = ("leased",)
        check(before, outcome.to)
        row = outcome.row
        marks = ", ".join(f"'{state}'" for state in before)
        uncounted = "case when state = 'sending' then 1 else 0 end" if not outcome.counted else "0"
        found = await self._run(
            f"with v(n, fence) as (values (cast(? as bigint), cast(? as varchar(32))))"
            f" update outbox set state = ?, reason = ?, attempts = attempts - {uncounted}, token = '',"
            f" not_before = coalesce(?, not_before), updated_at = ? from v where {FENCE} and state in ({marks})"
            " returning id",
            [row.id, row.token, outcome.to, outcome.reason[:200], outcome.not_before, now],
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

    async def _rekey(self, row: Leased, chat_id: str, now: datetime) -> None:
        await self._run(
            "update outbox set chat_id = ?, updated_at = ? where platform = ? and chat_id = ?"
            " and state in ('pending', 'held', 'leased') returning id",
            [chat_id, now, row.chat.platform, row.chat.id],
        )

    async def _cancel_rest(self, package: str, part: int, now: datetime) -> None:
        check(WAITING, "cancelled")
        await self._run(
            "update outbox set state = 'cancelled', reason = ?, updated_at = ?"
            " where package = ? and part > ? and state in ('pending', 'held', 'leased') returning id",
            [f"part {part}", now, package, part],
        )

    async def _uncertain(self, row: Leased, now: datetime) -> None:
        """Routine: the rest waits for a person. Urgent: repeat it once, saying so, and go on."""
        if row.klass != "urgent":
            check(WAITING, "held")
            await self._run(
                "update outbox set state = 'held', reason = ?, updated_at = ?"
                " where package = ? and part > ? and state in ('pending', 'held', 'leased') returning id",
                [DECISION, now, row.package, row.part],
            )
        elif not row.resend_of:
            rows = await self._run(
                "update outbox set decision = 'resend', updated_at = ? where id = ? and decision = ''"
                " returning announcement",
                [now, row.id],
            )
            await self._resend(row, int(str(rows[0]["announcement"])), now)

    async def _release(self, package: str, now: datetime) -> None:
        """Nothing of the package is undecided any more: the rest may go on."""
        check(["held"], "pending")
        await self._run(
            "update outbox set state = 'pending', reason = '', updated_at = ?"
            " where package = ? and state = 'held' and reason = ? and not exists (select 1 from outbox u"
            " where u.package = outbox.package and u.state = 'uncertain' and u.decision = '') returning id",
            [now, package, DECISION],
        )

    async def _arrived(self, row: Row, now: datetime) -> None:
        """It arrived after all: a repeat that has not left yet is not needed."""
        package, part = str(row["package"]), int(str(row["part"]))
        await self._run(
            "update outbox set state = 'cancelled', reason = 'the first arrived', updated_at = ?"
            " where package = ? and part = ? and resend_of <> 0 and state in ('pending', 'held', 'leased')"
            " returning id",
            [now, package, part],
        )
        await self._release(package, now)

    async def _resend(self, row: Leased, announcement: int, now: datetime) -> None:
        message = row.message
        if not row.resend_of:  # a repeat of a repeat is marked already
            mark = Text.verbatim(resend_mark(self._translate, row.locale))
            message = replace(message, text=Text.join(" ", [mark, message.text] if message.text else [mark]))
        new = New(
            klass=row.klass, announcement=announcement, package=row.package, part=row.part,
            key=f"{row.package}/{row.part}/{row.id}", chat=row.chat, locale=row.locale, message=message,
            choices=row.choices, any_hour=row.any_hour, state="pending", reason="", not_before=now,
            expires_at=row.expires_at, resend_of=row.id,
        )  # fmt: skip
        await self.insert([new], now)

    async def _run(self, text: str, values: Sequence[Value]) -> list[Row]:
        return await self._sql.rows(text, values, get_connections().get("default"))
