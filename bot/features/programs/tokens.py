"""Tokens with which another program reads: made by an official, shown once, and worth no more than that official."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.lean import patterns
from bot.core.machine import chance
from bot.features import rights, units
from bot.features.audit import Audit, Detail
from bot.features.calendar.vietnam import today
from bot.features.people import people
from bot.features.people.people import Who, keyed_hash
from bot.features.rights import Act, Decision
from bot.features.units import Place
from bot.storage.sql import asked
from bot.storage.tables.programs import ProgramToken

MADE, REVOKED, READ = "program_token_made", "program_token_revoked", "program_read"
"""Acts of the audit log."""
PREFIX = "langso_"
"""The beginning of every token, by which scanners of published code know it."""
_TOKEN = patterns.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
DAYS, MOST_DAYS = 365, 1095
MOST = 20
"""Tokens of a commune that are open at a time."""
LONGEST_NAME = 60
_USED_EVERY = timedelta(minutes=5)
_LIVE = "revoked_at is null and ends_at > ?"


class ListedToken(Struct, frozen=True):
    """A token as lists show it; `maker` is the name of whose rights it has."""

    id: int
    name: str
    person_id: int
    maker: str
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None

    def open(self, now: datetime) -> bool:
        return self.revoked_at is None and self.ends_at > now


class Reader(Struct, frozen=True):
    """The one who reads with a token: the maker with the roles that hold now, and the commune.

    `decision` tells whether the maker may still give programs access; a role that has ended is refused by it.
    """

    token_id: int
    who: Who
    commune: Place
    decision: Decision


class Tokens:
    """Make, find and revoke tokens. `key` is the installation's secret."""

    def __init__(self, key: bytes, audit: Audit, now: Callable[[], datetime]) -> None:
        self._key = key
        self._audit = audit
        self._now = now

    async def make(self, person_id: int, commune_id: int, name: str, days: int = DAYS) -> str | None:
        """Make a token inside the caller's transaction and return it; None where the commune has too many.

        It cannot be read again, for the database has its keyed hash.
        """
        now = self._now()
        if await ProgramToken.filter(unit_id=commune_id, revoked_at__isnull=True, ends_at__gt=now).count() >= MOST:
            return None
        token = PREFIX + chance.token_urlsafe(32)
        row = await ProgramToken.create(
            person_id=person_id,
            unit_id=commune_id,
            name=" ".join(name.split())[:LONGEST_NAME],
            key=self._hash(token),
            made_at=now,
            ends_at=now + timedelta(days=days),
        )
        await self._audit.append(person_id, MADE, f"token:{row.id}", now, {"unit": commune_id})
        return token

    async def revoke(self, token_id: int, commune_id: int, by: int | None) -> bool:
        """End a token of a commune inside the caller's transaction; False if it had ended, or is of another commune."""
        now = self._now()
        rows = ProgramToken.filter(id=token_id, unit_id=commune_id, revoked_at__isnull=True)
        if not await rows.update(revoked_at=now):
            return False
        await self._audit.append(by, REVOKED, f"token:{token_id}", now, {"unit": commune_id})
        return True

    async def listed(self, commune_id: int, limit: int = 50) -> Sequence[ListedToken]:
        """Return the tokens of a commune, the newest first."""
        rows = await ProgramToken.filter(unit_id=commune_id).order_by("-id").limit(limit)
        names = await people.names_of({row.key_of("person") for row in rows})
        return [_listed(row, names.get(row.key_of("person"), "")) for row in rows]

    async def reader(self, token: str) -> Reader | None:
        """Return who reads with this token; None for one that is wrong, revoked or too old.

        The roles of its maker are read anew each time.
        """
        if not _TOKEN.fullmatch(token):
            return None
        now = self._now()
        found = await asked(
            f"select id, person_id, unit_id, used_at from program_tokens where key = ? and {_LIVE}",
            [self._hash(token), now],
        )
        if not found:
            return None
        token_id, person_id = int(str(found[0]["id"])), int(str(found[0]["person_id"]))
        commune = await units.successor(int(str(found[0]["unit_id"])), today(now))
        if commune is None:
            return None
        who = await people.who_is(person_id, now)
        decision = await rights.decide(who, Act.CONNECT_PROGRAMS, commune.id, on=now)
        await self._used(token_id, now)
        return Reader(token_id, who, commune, decision)

    async def _used(self, token_id: int, now: datetime) -> None:
        await ProgramToken.filter(id=token_id, used_at__isnull=True).update(used_at=now)
        await ProgramToken.filter(id=token_id, used_at__lte=now - _USED_EVERY).update(used_at=now)

    async def note(self, reader: Reader, kind: str) -> None:
        """Write down, once a day for each token and kind of data, that it was read."""
        now = self._now()
        day = today(now).isoformat()
        row = await ProgramToken.get_or_none(id=reader.token_id)
        if row is None:
            return
        noted = row.noted.split()
        if noted[:1] == [day] and kind in noted[1:]:
            return
        new = " ".join([*noted, kind] if noted[:1] == [day] else [day, kind])
        async with in_transaction():
            # Of two who read at once one writes it down.
            if await ProgramToken.filter(id=row.id, noted=row.noted).update(noted=new):
                details: dict[str, Detail] = {"kind": kind, "unit": reader.commune.id}
                await self._audit.append(reader.who.person_id, READ, f"token:{row.id}", now, details)

    def _hash(self, token: str) -> str:
        return keyed_hash(self._key, "program token", token)


def _listed(row: ProgramToken, maker: str) -> ListedToken:
    return ListedToken(
        row.id, row.name, row.key_of("person"), maker, row.made_at, row.ends_at, row.used_at, row.revoked_at
    )
