"""Changes of rows that come with time: leases end, times come, quiet hours, windows and months pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import astuple

from bot.core.events import Chat
from bot.core.platform import EVERY_KIND
from bot.storage.sql import Value, moment

from .gates import TRIAL_PATIENCE, Gates
from .row import COLUMNS, Leased, leased
from .states import AGAIN, CANARY, CUT_OFF, QUIET, QUOTA, TOKEN, WINDOW, check

_OPEN = (
    "exists (select 1 from inbox i where i.platform = outbox.platform and i.chat_id = outbox.chat_id"
    " and i.noted_at > ?)"
)


_KNOWN = "exists (select 1 from outbox where platform = p.name and {})"
_LOOK = f"""
select p.name as platform,
 {_KNOWN.format("state in ('leased', 'sending') and lease_until <= ?")} as leases,
 {_KNOWN.format("state in ('pending', 'held') and expires_at <= ?")} as expired,
 {_KNOWN.format("state = 'pending' and not_before <= ?")} as waiting,
 {_KNOWN.format(f"state = 'held' and reason = '{QUIET}' and not_before <= ?")} as quiet,
 {_KNOWN.format(f"state = 'held' and reason = '{CANARY}' and not_before <= ?")} as canary,
 {_KNOWN.format(f"state = 'held' and reason in ('{WINDOW}', '{QUOTA}')")} as shut,
 {_KNOWN.format("state in ('failed', 'uncertain') and gone")} as gone,
 exists (select 1 from outbox_stops where not told
  or (platform = p.name and reason = '{TOKEN}' and resumed_at is null)) as stops,
 exists (select 1 from pauses where platform = p.name and until > ?) as pauses
from p"""
LONGER_THAN_A_LEASE = timedelta(days=1)
MOST_PLATFORMS = 500
"""In one statement: databases take no statement of any length."""


class Due(Struct, frozen=True):
    """The work of the next look at the rows of a platform. Most looks find nothing of all this.

    `leases` and `expired`: their time is over. `waiting`: rows are due, `quiet`: rows that were held for quiet hours
    are, `canary`: those that waited for another. `shut`: a window or a month holds rows. `gone`: a chat is, and nobody
    was told; `stops`: nobody was told of a stop, or the token is refused. `pauses`: the messenger or a chat has one.
    """

    leases: bool
    expired: bool
    waiting: bool
    quiet: bool
    canary: bool
    shut: bool
    gone: bool
    stops: bool
    pauses: bool

    @property
    def is_any(self) -> bool:
        """Tell whether somebody has to look; a pause alone ends by itself."""
        return any(astuple(self)[:-1])


class Upkeep(Gates):
    async def due(self, platforms: Sequence[str], now: datetime, ended: datetime) -> dict[str, Due]:
        """Return what has come due on each platform; leases count that end by `ended`."""
        found: dict[str, Due] = {}
        for at in range(0, len(platforms), MOST_PLATFORMS):
            some = platforms[at : at + MOST_PLATFORMS]
            names = ", ".join(["(cast(? as varchar(64)))"] * len(some))
            rows = await self._run(f"with p(name) as (values {names}){_LOOK}", [*some, ended, *[now] * 5])
            found |= {str(row["platform"]): Due(*[bool(row[name]) for name in Due.__struct_fields__]) for row in rows}
        return found

    async def restless(self, platforms: Sequence[str], now: datetime) -> list[str]:
        """Return the platforms with rows for which something has come due, or that somebody has taken up.

        Their holder may have died, and whoever gets its turn need not wait for the end of their leases.
        """
        found = await self.due(platforms, now, now + LONGER_THAN_A_LEASE)
        return [name for name, due in found.items() if due.is_any]

    async def recover(
        self, platform: str, now: datetime, ended: datetime, *, again: bool = False, but: Collection[int] = ()
    ) -> None:
        """End the leases due by `ended`: rows not begun wait again, those begun are uncertain and not tried again.

        With `again` they are tried again: the platform takes a message with the same key only once. The rows `but` are
        left as they are.
        """
        check(["leased"], "pending")
        check(["sending"], "pending" if again else "uncertain")
        waiting = "state in ('leased', 'sending')" if again else "state = 'leased'"
        which = f"lease_until <= ? and id not in ({', '.join('?' * len(but))})" if but else "lease_until <= ?"
        values: list[Value] = [now, platform, ended, *but]
        async with self.transaction():
            await self._run(
                "update outbox set state = 'pending', token = '', updated_at = ?,"
                f" decision = case state when 'sending' then '{AGAIN}' else decision end"
                f" where platform = ? and {waiting} and {which} returning id",
                values,
            )
            rows = await self._run(
                f"update outbox set state = 'uncertain', reason = '{CUT_OFF}', decision = '', token = '',"
                f" updated_at = ? where platform = ? and state = 'sending' and {which} returning {COLUMNS}",
                values,
            )
            for row in rows:
                await self._uncertain(leased(row), now)

    async def expire(self, platform: str, now: datetime) -> None:
        check(["pending", "held"], "expired")
        async with self.transaction():
            await self._in_doubt("platform = ? and state <> 'leased' and expires_at <= ?", [platform, now], now)
            rows = await self._run(
                "update outbox set state = 'expired', updated_at = ?"
                " where platform = ? and state in ('pending', 'held') and expires_at <= ? returning package, part",
                [now, platform, now],
            )
            for row in rows:
                await self._cancel_rest(str(row["package"]), int(str(row["part"])), now)

    async def keep_quiet(self, platform: str, now: datetime, until: datetime) -> None:
        """Hold rows that are due, as phones must not ring `until` then."""
        check(["pending"], "held")
        await self._run(
            "update outbox set state = 'held', reason = ?, not_before = ?, updated_at = ?"
            " where platform = ? and state = 'pending' and not any_hour and not_before <= ? returning id",
            [QUIET, until, now, platform, now],
        )

    async def end_quiet(self, platform: str, now: datetime) -> None:
        """Release the rows that were held for quiet hours and are due now."""
        check(["held"], "pending")
        await self._run(
            "update outbox set state = 'pending', reason = '', updated_at = ?"
            " where platform = ? and state = 'held' and reason = ? and not_before <= ? returning id",
            [now, platform, QUIET, now],
        )

    async def quiet_changed(self, now: datetime) -> None:
        """Look again at rows that were held for quiet hours, since other hours are quiet now."""
        await self._run(
            "update outbox set not_before = ?, updated_at = ? where state = 'held' and reason = ? returning id",
            [now, now, QUIET],
        )

    async def keep_windows(
        self, platform: str, windows: Mapping[str, timedelta], never: Collection[str], now: datetime
    ) -> None:
        """Hold rows to kinds of chats writable only for so long after they wrote, or `never`; release open ones."""
        check(["pending"], "held")
        check(["held"], "pending")
        hold = (
            "update outbox set state = 'held', reason = ?, updated_at = ?"
            " where platform = ? and chat_kind = ? and state = 'pending' and not_before <= ?"
        )
        for kind in never:
            await self._run(f"{hold} returning id", [WINDOW, now, platform, kind, now])
        for kind, lasts in windows.items():
            since = now - lasts
            await self._run(f"{hold} and not {_OPEN} returning id", [WINDOW, now, platform, kind, now, since])
            await self._run(
                "update outbox set state = 'pending', reason = '', updated_at = ?"
                f" where platform = ? and chat_kind = ? and state = 'held' and reason = ? and {_OPEN} returning id",
                [now, platform, kind, WINDOW, since],
            )

    async def shut_out(
        self, rows: Sequence[Leased], windows: Mapping[str, timedelta], never: Collection[str], now: datetime
    ) -> set[int]:
        """Return the ids of those of these rows that `keep_windows` would hold."""
        shut = [*["chat_kind = ?"] * len(never), *[f"(chat_kind = ? and not {_OPEN})"] * len(windows)]
        values: list[Value] = [row.id for row in rows]
        values += [*never, *(value for kind, lasts in windows.items() for value in (kind, now - lasts))]
        marks = ", ".join("?" * len(rows))
        found = await self._run(f"select id from outbox where id in ({marks}) and ({' or '.join(shut)})", values)
        return {int(str(row["id"])) for row in found}

    async def window_is_open(self, chat: Chat, since: datetime) -> bool:
        """Tell whether somebody wrote there after `since`, and the messenger has not said later that it is shut."""
        return bool(
            await self._run(
                "select 1 as found from inbox i where platform = ? and chat_id = ? and noted_at > ?"
                " and not exists (select 1 from outbox o where o.platform = i.platform and o.chat_id = i.chat_id"
                " and o.state in ('pending', 'leased', 'sending') and o.reason = ? and o.updated_at >= i.noted_at)"
                " limit 1",
                [chat.platform, chat.id, since, WINDOW],
            )
        )

    async def on_their_way(self, platform: str) -> Counter[str]:
        """Count by kind of chat the routine rows taken up, of which the messenger may or may not know yet."""
        rows = await self._run(
            "select chat_kind, count(*) as n from outbox"
            " where platform = ? and klass = 'routine' and state in ('leased', 'sending') group by chat_kind",
            [platform],
        )
        return Counter({str(row["chat_kind"]): int(str(row["n"])) for row in rows})

    async def keep_quota(
        self, platform: str, room: int, now: datetime, next_month: datetime, kinds: Collection[str] = EVERY_KIND
    ) -> None:
        """Release as many routine rows that are due as the month has `room` for, whole packages first come.

        Those to persons go before those to groups: who pastes an announcement tells a whole village with two messages.
        The others are held until the next month, or until there is room again. A row that a person let go is passed by,
        and so are chats of other than these `kinds`.
        """
        check(["pending"], "held")
        check(["held"], "pending")
        counted = "klass = 'routine' and chat_kind in ('{}')".format("', '".join(sorted(kinds)))
        async with self.transaction():
            waiting = (
                "with waiting as (select package, count(*) as n, min(id) as head,"
                " min(case chat_kind when 'private' then 0 else 1 end) as turn from outbox where platform = ?"
                f" and {counted} and decision = '' and ((state = 'pending' and not_before <= ?)"
                " or (state = 'held' and reason = ?)) group by package),"
                " summed as (select package, cast(sum(n) over (order by turn, head) as bigint) as total from waiting)"
            )
            values: list[Value] = [platform, now, QUOTA]
            await self._run(
                f"{waiting} update outbox set state = 'held', reason = ?, not_before = ?, updated_at = ?"
                f" where platform = ? and {counted} and decision = '' and state = 'pending' and not_before <= ?"
                " and package in (select package from summed where total > ?) returning id",
                [*values, QUOTA, next_month, now, platform, now, room],
            )
            await self._run(
                f"{waiting} update outbox set state = 'pending', reason = '', not_before = ?, updated_at = ?"
                " where platform = ? and state = 'held' and reason = ?"
                " and package in (select package from summed where total <= ?) returning id",
                [*values, now, now, platform, QUOTA, room],
            )

    async def last_counted(self, rows: Sequence[Leased], most: int, kinds: Collection[str]) -> set[int]:
        """Return the ids of at most so many of these rows that a month without room keeps, as `keep_quota` does."""
        found = await self._run(
            f"select id from outbox where id in ({', '.join('?' * len(rows))}) and klass = 'routine' and decision = ''"
            f" and chat_kind in ({', '.join('?' * len(kinds))})"
            " order by case chat_kind when 'private' then 1 else 0 end, id desc limit ?",
            [*(row.id for row in rows), *sorted(kinds), most],
        )
        return {int(str(row["id"])) for row in found}

    async def gone(self, platform: str, now: datetime) -> list[Leased]:
        """Return rows whose chat cannot be reached, of which the rest of the program is still to hear.

        Of an announcement only when its run is over and was not stopped: when many fail at once, it is more likely the
        messenger's fault, and nobody must be struck off for that.
        """
        rows = await self._run(
            f"select {COLUMNS} from outbox r where platform = ? and state in ('failed', 'uncertain') and gone"
            " and (announcement = 0 or (not exists (select 1 from outbox_stops s"
            " where s.announcement = r.announcement and s.resumed_at is null) and (updated_at <= ?"
            " or not exists (select 1 from outbox w where w.announcement = r.announcement"
            " and w.platform = r.platform and w.state in ('pending', 'leased', 'sending')))))",
            [platform, now - TRIAL_PATIENCE],
        )
        return [leased(row) for row in rows]

    async def told_gone(self, rows: Sequence[Leased]) -> None:
        if rows:
            await self._run(
                f"update outbox set gone = ? where id in ({', '.join('?' * len(rows))}) returning id",
                [False, *(row.id for row in rows)],
            )

    async def next_time(self, platform: str, now: datetime) -> datetime | None:
        """Return the next moment at which something may have to be done."""
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
