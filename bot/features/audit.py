"""The audit log: who did what to which object, append-only, in a chain that only the holder of the key can write.

A row's MAC is HMAC(key, seal ‖ row), where the seal is HMAC(key, count ‖ MAC) of the row before. Count and last seal
are kept apart in the head row: an attacker who cuts rows off the end, or starts the chain anew, cannot make a seal that
fits.

The chain alone shows neither a log that was emptied together with its head, nor one put back to an earlier state: roles
and invitations, which are never given without a row, bear witness. Against somebody who has the key only a seal helps
that left the machine: `NotedSeal`.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from msgspec import Struct

from bot.core.lean import patterns
from bot.features.at_once import at_once
from bot.features.people import people
from bot.storage.prepared import row_of
from bot.storage.sql import asked
from bot.storage.tables.audit import Actor, AuditHead, AuditRow
from bot.storage.tables.people import Invite, Role
from bot.storage.transactions import inside_transaction

Detail = str | int | bool
_CODE = patterns.compile(r"[a-z][a-z0-9_.:*@-]{0,63}")
_NAME = patterns.compile(r"[a-z][a-z_]{0,31}")
_OBJECT = patterns.compile(r"[a-z_]{1,20}:[a-z0-9_.:@-]{1,56}")
_PAGE = 500
SHOWN = 16
"""Digits of a seal that people note down: enough that nobody finds other rows with the same ones."""
_NOTED = patterns.compile(rf"(\d{{1,18}}):([0-9a-f]{{{SHOWN},64}})")
GRANTING = ("role_taken", "imported", "demo_settled")
"""Acts that give roles, each at the moment that the role names."""
SELDOM = timedelta(hours=1)
_LOOKED_AT = 1000
"""How many of the last rows are looked at for one that says the same: the log has no index but its own order."""


class NotedSeal(Struct, frozen=True):
    """The seal of row number `n`, or its first digits, as somebody noted it down outside this machine."""

    n: int
    head: str

    @classmethod
    def read(cls, text: str) -> NotedSeal | None:
        """From `N:HEAD`; None for anything else."""
        found = _NOTED.fullmatch(text.strip().lower())
        return None if found is None else cls(int(found[1]), found[2])


class Verified(Struct, frozen=True):
    """The chain is whole: `n` rows, `head` is the seal of the last one."""

    n: int
    head: str

    @property
    def shown(self) -> str:
        """A head as people note it down, and `NotedSeal.read` reads it."""
        return f"{self.n}:{self.head[:SHOWN]}"


@dataclass(frozen=True, slots=True)
class Broken:
    """`id` is the first row that does not fit, 0 when rows are missing; `why` is for the operator."""

    id: int
    why: str = field(default="", compare=False)


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
        """Write a row within the caller's transaction; return its id. `person_id` None is the machine or the console.

        `subject` is `kind:id`. Raises ValueError for anything but codes and numbers: the log holds no name, no platform
        id and no free text.
        """
        text = _checked(act, subject, details or {})
        async with inside_transaction():
            # One statement takes the lock that makes concurrent appends wait, and reads what to go on from.
            count, seal, actor = await self._next(person_id or 0)
            if person_id is not None and actor is None:
                actor = await people.number(person_id)
            row = AuditRow(at=now, actor=actor, act=act, object=subject, details=text)
            row.mac = self._mac(seal, row)
            await row.save()
            await AuditHead.filter(id=1).update(head=self._seal(count, row.mac))
        return int(row.id)

    async def append_seldom(
        self,
        person_id: int | None,
        act: str,
        subject: str,
        now: datetime,
        details: Mapping[str, Detail] | None = None,
        *,
        most: int = 1,
    ) -> None:
        """Run `append` for acts that a person may cause at will, limited to `most` rows an hour.

        The limit is for each person, act and subject; all unknown persons count as one.
        """
        actor, last = await at_once(Actor.get_or_none(person_id=person_id or 0), AuditRow.all().order_by("-id").first())
        if person_id is None or actor is not None:
            same = AuditRow.filter(
                id__gt=(0 if last is None else last.id) - _LOOKED_AT,
                at__gt=now - SELDOM,
                act=act,
                object=subject,
                **({"actor__isnull": True} if actor is None else {"actor": actor.number}),
            )
            if await same.count() >= most:
                return
        await self.append(person_id, act, subject, now, details)

    async def verify(self, noted: Sequence[NotedSeal] = ()) -> Verified | Broken:
        """Read the whole chain and compare it with the head, and with what was noted down elsewhere."""
        count, seal = 0, self._seal(0, "")
        async for row in _rows():
            if not hmac.compare_digest(row.mac, self._mac(seal, row)):
                return Broken(row.id, "hàng này bị sửa, hoặc trước nó có hàng bị bỏ hay chen vào")
            count += 1
            seal = self._seal(count, row.mac)
            if not all(seal.startswith(one.head) for one in noted if one.n == count):
                return Broken(row.id, f"đến hàng thứ {count} sổ không còn như lúc mã được ghi lại: đã bị viết lại")
        head = await AuditHead.get_or_none(id=1)
        known = (0, self._seal(0, "")) if head is None else (head.count, head.head)
        if known != (count, seal):
            return Broken(0, "thiếu hàng ở cuối sổ")
        if any(one.n > count or not one.n for one in noted):
            return Broken(0, f"sổ chỉ có {count} hàng, ít hơn lúc mã được ghi lại")
        return Verified(count, seal)

    async def verify_beside(self, noted: Sequence[NotedSeal] = ()) -> Verified | Broken:
        """`verify`, and no role and no invitation is there of which the log knows nothing."""
        found = await self.verify(noted)
        return (await _unknown_to_the_log() or found) if isinstance(found, Verified) else found

    async def head(self) -> Verified:
        """Return the count and the seal that reports print, as they stand, not verified."""
        head = await row_of(AuditHead, "id = ?", [1])
        return Verified(0, self._seal(0, "")) if head is None else Verified(head.count, head.head)

    async def _next(self, person_id: int) -> tuple[int, str, int | None]:
        """Count one row more; return its number, the seal before it, and the number by which the person is named."""
        raise_count = (
            "update audit_head set count = count + 1 where id = 1"
            " returning count, head, (select number from actors where person_id = ?) as actor"
        )
        rows = await asked(raise_count, [person_id])
        if not rows:
            begin = "insert into audit_head (id, count, head) values (1, 0, ?) on conflict (id) do nothing"
            await asked(begin, [self._seal(0, "")])
            rows = await asked(raise_count, [person_id])
        actor = rows[0]["actor"]
        return int(str(rows[0]["count"])), str(rows[0]["head"]), None if actor is None else int(str(actor))

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


async def _unknown_to_the_log() -> Broken | None:
    made = {row.object for row in await AuditRow.filter(act="invite")}
    for invite in await Invite.all().order_by("id"):
        if f"invite:{invite.id}" not in made:
            return Broken(0, f"sổ không biết mã mời số {invite.id}: sổ bị bỏ hàng hoặc đưa về bản cũ")
    given = {row.at for row in await AuditRow.filter(act__in=GRANTING)}
    for role in await Role.all().order_by("id"):
        if role.granted_at not in given:
            return Broken(0, f"sổ không biết vai trò số {role.id}: sổ bị bỏ hàng hoặc đưa về bản cũ")
    return None


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
