"""Signing in without a password: the bot sends a link and six digits in private, and either opens one session.

Nothing that opens anything is stored: of cookies, links and digits the database has keyed hashes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.machine import chance
from bot.features.people.people import keyed_hash
from bot.storage.tables.people import Account

from .tables import DeskKey, DeskSession

PLATFORM = "workdesk"
"""The platform of what an official does on a page."""
KEY_LIVES = timedelta(minutes=5)
SESSION_LIVES = timedelta(hours=12)
IDLE = timedelta(hours=2)
"""So long a session stays open with nobody at it: a meeting may come between, a night not."""
_NOTED_EVERY = timedelta(minutes=5)
_DIGITS = 6
MOST_KEYS = 5
"""Ways in that a person may have open at a time."""


class EntryPass(Struct, frozen=True):
    """A way in, as the bot sends it in private: the last part of a link, and digits to type."""

    link: str
    digits: str


class SignedIn(Struct, frozen=True):
    """An open session. `secret` signs its forms."""

    id: int
    person_id: int
    browser: str
    opened_at: datetime
    seen_at: datetime
    secret: str = ""


class DeskSessions:
    """Open, find and end sessions. `key` is the installation's secret."""

    def __init__(self, key: bytes, now: Callable[[], datetime]) -> None:
        self._key = key
        self._now = now

    async def offer(self, person_id: int) -> EntryPass:
        """Return a new way in for a person; the older ones of theirs beyond a few are taken back."""
        now = self._now()
        link, digits = chance.token_urlsafe(32), await self._new_digits(now)
        older = await DeskKey.filter(person_id=person_id, used_at__isnull=True).order_by("-id").offset(MOST_KEYS - 1)
        await DeskKey.filter(id__in=[one.id for one in older]).delete()
        await DeskKey.create(
            person_id=person_id,
            link=self._hash("link", link),
            digits=self._hash("digits", digits),
            ends_at=now + KEY_LIVES,
        )
        return EntryPass(link, digits)

    async def _new_digits(self, now: datetime) -> str:
        """Return digits that open nobody else's desk: of two officials with the same ones one would be the other."""
        while True:
            digits = f"{chance.below(10**_DIGITS):0{_DIGITS}}"
            if not await DeskKey.filter(
                digits=self._hash("digits", digits), used_at__isnull=True, ends_at__gt=now
            ).exists():
                return digits

    async def open_by_link(self, link: str, browser: str) -> str | None:
        """Open a session with a link and return its cookie; None for a link that is wrong, used or too old."""
        return await self._open(browser, link=self._hash("link", link))

    async def open_by_digits(self, digits: str, browser: str) -> str | None:
        """Open a session with digits, as `open_by_link`. The caller limits how often anybody may try."""
        return await self._open(browser, digits=self._hash("digits", "".join(digits.split())))

    async def _open(self, browser: str, **fits: str) -> str | None:
        now = self._now()
        async with in_transaction():
            found = await DeskKey.filter(**fits, used_at__isnull=True).order_by("-id").first()
            if found is None or found.ends_at <= now:
                return None
            # The update decides between two who come at once.
            if not await DeskKey.filter(id=found.id, used_at__isnull=True).update(used_at=now):
                return None
            person_id = found.key_of("person")
            await self._link(person_id, now)
            cookie = chance.token_urlsafe(32)
            await DeskSession.create(
                person_id=person_id,
                key=self._hash("cookie", cookie),
                browser=browser[:60],
                opened_at=now,
                seen_at=now,
                ends_at=now + SESSION_LIVES,
            )
        return cookie

    async def _link(self, person_id: int, now: datetime) -> None:
        """Let events of the desk be this person's. There is no chat to write to: nothing comes there unasked."""
        await Account.bulk_create(
            [Account(platform=PLATFORM, native_id=str(person_id), person_id=person_id, last_seen=now)],
            ignore_conflicts=True,
        )

    async def of(self, cookie: str, *, noting: bool = True) -> SignedIn | None:
        """Return the open session of a cookie and note that it was used; None for any other cookie.

        Without `noting` it is only looked at: a page that refreshes itself is nobody at work.
        """
        now = self._now()
        row = await DeskSession.get_or_none(key=self._hash("cookie", cookie))
        if row is None or row.ends_at <= now or row.seen_at <= now - IDLE:
            return None
        if noting and row.seen_at <= now - _NOTED_EVERY:
            await DeskSession.filter(id=row.id).update(seen_at=now)
        return _session(row, self._hash("forms", cookie))

    async def open_of(self, person_id: int) -> Sequence[SignedIn]:
        """Return the open sessions of a person, the newest first."""
        now = self._now()
        rows = DeskSession.filter(person_id=person_id, ends_at__gt=now, seen_at__gt=now - IDLE)
        return [_session(row) for row in await rows.order_by("-id")]

    async def end(self, person_id: int, session_id: int | None = None) -> int:
        """End one session of a person, or all of them with the ways in that are open; return how many ended."""
        now = self._now()
        rows = DeskSession.filter(person_id=person_id, ends_at__gt=now)
        if session_id is not None:
            return await rows.filter(id=session_id).update(ends_at=now)
        await DeskKey.filter(person_id=person_id, used_at__isnull=True).delete()
        return await rows.update(ends_at=now)

    def _hash(self, purpose: str, value: str) -> str:
        return keyed_hash(self._key, f"desk {purpose}", value)


def _session(row: DeskSession, secret: str = "") -> SignedIn:
    return SignedIn(int(row.id), row.key_of("person"), row.browser, row.opened_at, row.seen_at, secret)
