"""The audit log: who did what to which object, append-only, in a chain that only the holder of the key can write.

A row's MAC is HMAC(key, seal ‖ row), where the seal is HMAC(key, count ‖ MAC) of the row before. Count and last seal
are kept apart in the head row: whoever cuts rows off the end, or starts the chain anew, cannot make a seal that fits.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from tortoise.connection import get_connections
from tortoise.transactions import in_transaction

from bot.features import people
from bot.storage.audit import AuditHead, AuditRow
from bot.storage.sql import Sql

Detail = str | int | bool
_CODE = re.compile(r"[a-z][a-z0-9_.:*-]{0,63}")
_NAME = re.compile(r"[a-z][a-z_]{0,31}")
_OBJECT = re.compile(r"[a-z_]{1,20}:[a-z0-9_.:-]{1,56}")
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Verified:
    """The chain is whole: `n` rows, `head` is the seal of the last one."""

    n: int
    head: str


@dataclass(frozen=True, slots=True)
class Broken:
    """`id` is the first row that does not fit, 0 when rows are missing at the end."""

    id: int


class Audit:
    """The log under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    async def append(
        self,
        person_id: int | None,
        act: str,
        subject: str,
        now: datetime,
        details: Mapping[str, Detail] | None = None,
    ) -> int:
        """Write a row within the caller's transaction; returns its id. `person_id` None is the machine or the console.

        `subject` is `kind:id`. Raises ValueError for anything but codes and numbers: the log holds no name, no platform
        id and no free text.
        """
        text = _checked(act, subject, details or {})
        async with in_transaction("default"):
            # One statement takes the lock that makes concurrent appends wait, and reads what to go on from.
            count, seal = await self._next()
            actor = None if person_id is None else await people.number(person_id)
            row = AuditRow(at=now, actor=actor, act=act, object=subject, details=text)
            row.mac = self._mac(seal, row)
            await row.save()
            await AuditHead.filter(id=1).update(head=self._seal(count, row.mac))
        return int(row.id)

    async def verify(self) -> Verified | Broken:
        """Read the whole chain and compare it with the head."""
        count, seal = 0, self._seal(0, "")
        async for row in _rows():
            if not hmac.compare_digest(row.mac, self._mac(seal, row)):
                return Broken(row.id)
            count += 1
            seal = self._seal(count, row.mac)
        head = await AuditHead.get_or_none(id=1)
        known = (0, self._seal(0, "")) if head is None else (head.count, head.head)
        return Verified(count, seal) if known == (count, seal) else Broken(0)

    async def head(self) -> Verified:
        """What is printed on reports: the count and the seal as they stand, not verified."""
        head = await AuditHead.get_or_none(id=1)
        return Verified(0, self._seal(0, "")) if head is None else Verified(head.count, head.head)

    async def _next(self) -> tuple[int, str]:
        db = get_connections().get("default")
        sql = Sql(db)
        raise_count = "update audit_head set count = count + 1 where id = 1 returning count, head"
        rows = await sql.rows(raise_count)
        if not rows:
            begin = "insert into audit_head (id, count, head) values (1, 0, ?) on conflict (id) do nothing"
            await sql.rows(begin, [self._seal(0, "")])
            rows = await sql.rows(raise_count)
        return int(str(rows[0]["count"])), str(rows[0]["head"])

    def _mac(self, seal: str, row: AuditRow) -> str:
        at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
        return self._hmac("row", seal, at, row.actor, row.act, row.object, row.details)

    def _seal(self, count: int, mac: str) -> str:
        return self._hmac("seal", count, mac)

    def _hmac(self, *parts: str | int | None) -> str:
        canonical = json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
        return hmac.new(self._key, canonical.encode(), sha256).hexdigest()


async def _rows() -> AsyncIterator[AuditRow]:
    last = 0
    while page := await AuditRow.filter(id__gt=last).order_by("id").limit(_PAGE):
        for row in page:
            yield row
        last = page[-1].id


def _checked(act: str, subject: str, details: Mapping[str, Detail]) -> str:
    if not _CODE.fullmatch(act) or len(act) > 40:
        raise ValueError(f"not the name of an act: {act[:40]!r}")
    if not _OBJECT.fullmatch(subject):
        raise ValueError("an object is kind:id in lower-case ASCII")
    for name, value in details.items():
        if not _NAME.fullmatch(name):
            raise ValueError("a detail is named in lower-case ASCII")
        # A code begins with a letter, so that no phone number or platform id passes for one.
        if isinstance(value, str) and not _CODE.fullmatch(value):
            raise ValueError(f"detail {name}: numbers and codes only")
    return json.dumps(dict(details), sort_keys=True, separators=(",", ":"))
