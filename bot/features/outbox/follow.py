"""Consequences of the end of one row for the others of its package."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.lean.values import replace
from bot.core.text import Text
from bot.storage.sql import Row, Value

from .row import COLUMNS, Leased, NewRow, leased, resend_mark
from .states import AGAIN, DECISION, HASTY, IN_DOUBT, WAITING, Decision, check
from .table import OutboxRows


class Follow(OutboxRows):
    async def _cancel_rest(self, package: str, part: int, now: datetime) -> None:
        check(WAITING, "cancelled")
        await self._run(
            "update outbox set state = 'cancelled', reason = ?, updated_at = ?"
            " where package = ? and part > ? and state in ('pending', 'held', 'leased') returning id",
            [f"part {part}", now, package, part],
        )

    async def _in_doubt(
        self, which: str, values: Sequence[Value], now: datetime, decision: Decision | None = None
    ) -> int:
        """Make those of the waiting rows unclear that may have arrived and will not be asked for again.

        Without a `decision` a person decides; returns how many rows.
        """
        check(WAITING, "uncertain")
        rows = await self._run(
            "update outbox set state = 'uncertain', reason = ?, decision = ?, token = '', updated_at = ?"
            f" where {which} and state in ('pending', 'held', 'leased') and decision = ? returning {COLUMNS}",
            [IN_DOUBT, decision or "", now, *values, AGAIN],
        )
        if decision is None:
            for row in rows:
                await self._uncertain(leased(row), now)
        return len(rows)

    async def _uncertain(self, row: Leased, now: datetime) -> None:
        """Hold the rest of a package for a person; repeat once, saying so, what is hasty, and go on.

        Officials are asked about announcements alone: an approval that was not heard of would wait for ever.
        """
        if row.klass not in HASTY:
            check(WAITING, "held")
            await self._run(
                "update outbox set state = 'held', reason = ?, updated_at = ?"
                " where package = ? and part > ? and state in ('pending', 'held', 'leased') returning id",
                [DECISION, now, row.package, row.part],
            )
        elif not row.resend_of:
            await self._run(
                "update outbox set decision = 'resend', updated_at = ? where id = ? and decision = '' returning id",
                [now, row.id],
            )
            await self._repeat(row, now)

    async def _release(self, package: str, now: datetime) -> None:
        """Let the rest of the package go on, once nothing of it is undecided any more."""
        check(["held"], "pending")
        await self._run(
            "update outbox set state = 'pending', reason = '', updated_at = ?"
            " where package = ? and state = 'held' and reason = ? and not exists (select 1 from outbox u"
            " where u.package = outbox.package and u.state = 'uncertain' and u.decision = '') returning id",
            [now, package, DECISION],
        )

    async def _arrived(self, row: Row, now: datetime) -> None:
        """Cancel the repeats of a part that arrived after all and that have not left yet: they are not needed."""
        package, part = str(row["package"]), int(str(row["part"]))
        await self._run(
            "update outbox set state = 'cancelled', reason = 'the first arrived', updated_at = ?"
            " where package = ? and part = ? and resend_of <> 0 and state in ('pending', 'held', 'leased')"
            " returning id",
            [now, package, part],
        )
        await self._release(package, now)

    async def _drop_needless(self, repeats: Sequence[Leased], now: datetime) -> None:
        """Cancel those of these repeats that are not needed any more, because that part of the package arrived."""
        if not repeats:
            return
        check(["leased"], "cancelled")
        await self._run(
            "update outbox set state = 'cancelled', reason = 'the first arrived', updated_at = ?"
            f" where id in ({', '.join('?' * len(repeats))}) and state = 'leased' and exists (select 1 from outbox s"
            " where s.package = outbox.package and s.part = outbox.part and s.state = 'sent') returning id",
            [now, *(row.id for row in repeats)],
        )

    async def _repeat(self, row: Leased, now: datetime) -> None:
        """Send a row again that may have arrived, saying so. An edit is made again and needs no word about it."""
        message = row.message
        if not row.resend_of and not row.replacing:  # a repeat of a repeat is marked already
            mark = Text.verbatim(resend_mark(self._translate, row.locale))
            message = replace(message, text=Text.join(" ", [mark, message.text] if message.text else [mark]))
        await self._again([replace(row, message=message)], now)

    async def _again(self, rows: Sequence[Leased], now: datetime) -> int:
        """Insert a repeat of each of these rows, except those that have one already. Returns how many are new."""
        new = [
            NewRow(
                klass=row.klass, announcement=row.announcement, package=row.package, part=row.part,
                key=f"{row.package}/{row.part}/{row.id}", chat=row.chat, locale=row.locale, message=row.message,
                choices=row.choices, any_hour=row.any_hour, state="pending", reason="", not_before=now,
                expires_at=row.expires_at, resend_of=row.id, replacing=row.replacing,
            )
            for row in rows
        ]  # fmt: skip
        return sum([await self.insert([each], now) for each in new])
