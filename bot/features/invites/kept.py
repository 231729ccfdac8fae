"""Common parts of all one-time codes: only keyed hashes are stored, wrong tries are counted, a use is one less."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct
from tortoise.expressions import F

from bot.features import rights
from bot.features.audit import Audit, Detail
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.people.people import Who, keyed_hash
from bot.i18n import msg
from bot.storage.tables.people import Invite, WrongCode

from .codes import new_code, normal
from .tries import MOST_WRONG, must_wait, wrong_lately

Purpose = Literal["role", "listed", "link", "channel"]

NO_GOOD = msg(
    "Mã này không dùng được: có thể gõ nhầm, đã có người dùng hoặc đã hết hạn. "
    "Bác xem lại từng chữ, hoặc xin người gửi một mã mới."
)
"""One sentence for every code that opens nothing: who guesses learns of none that it was a code once."""
TOO_MANY = msg("Bác đã gõ sai mã 5 lần. Bác chờ một giờ rồi thử lại giúp tôi.")

_MOST_STRANGERS = 20
"""Wrong codes of people whom nobody knows that the audit log takes within an hour: accounts of the web cost nothing."""


class Created(Struct, frozen=True):
    """A new code. It is shown once: nobody can read it from the database."""

    code: str
    invite_id: int
    expires_at: datetime


class InviteRefused(Struct, frozen=True):
    """`why` is one Vietnamese sentence for the person, to be translated where it is shown."""

    why: str


class Kept:
    """Codes under one key, as rows."""

    def __init__(self, key: bytes, audit: Audit) -> None:
        self._key = key
        self.audit = audit

    async def _store(
        self,
        purpose: Purpose,
        role: str,
        unit_id: int | None,
        by: Who | None,
        now: datetime,
        uses: int,
        until: datetime,
        *,
        person_id: int | None = None,
        code: str | None = None,
    ) -> Created:
        code = code or new_code()
        maker = None if by is None else by.person_id
        row = await Invite.create(
            code_hash=self._hash(code),
            purpose=purpose,
            role=role,
            unit_id=unit_id,
            person_id=person_id,
            created_by=maker,
            uses_left=uses,
            expires_at=until,
            created_at=now,
        )
        details: dict[str, Detail] = {"purpose": purpose, "uses": uses}
        await self.audit.append(maker, "invite", f"invite:{row.id}", now, about(details, role, unit_id))
        return Created(code, int(row.id), until)

    async def _known(
        self, code: str, tries: tuple[str, ...], now: datetime, by: int | None = None
    ) -> Invite | InviteRefused:
        """Return the invite of a code that still holds. A wrong one is counted; `by` types it, None a stranger."""
        for subject in tries:
            if await must_wait(subject, now):
                return InviteRefused(TOO_MANY)
        row = await Invite.get_or_none(code_hash=self._hash(code))
        if row is not None and self._spent(row, now) is None:
            return row
        await self._note_wrong(row, tries[0], by, now)
        await WrongCode.bulk_create([WrongCode(subject=subject, at=now) for subject in tries])
        return InviteRefused(NO_GOOD)

    async def _note_wrong(self, row: Invite | None, subject: str, by: int | None, now: datetime) -> None:
        """Log the first wrong code within an hour, and the one after which they have to wait."""
        before = await wrong_lately(subject, now)
        if before not in (0, MOST_WRONG - 1):
            return
        act = "code_refused" if before == 0 else "codes_blocked"
        of = "invite:unknown" if row is None else f"invite:{row.id}"
        most = 1 if by is not None else _MOST_STRANGERS
        await self.audit.append_seldom(by, act, of, now, {"tries": before + 1}, most=most)

    def _spent(self, row: Invite, now: datetime) -> InviteRefused | None:
        return InviteRefused(NO_GOOD) if row.expires_at <= now or row.uses_left < 1 else None

    async def _maker_still_may(self, row: Invite, now: datetime) -> bool:
        """Check the maker's rights as of now: a code dies with the role of the person who made it."""
        unit_id = row.key_or_none("unit")
        if row.created_by is None or unit_id is None:
            return unit_id is not None
        maker = await people.who_is(row.created_by, now)
        if row.purpose == "channel":
            return (await rights.decide(maker, rights.Act.REGISTER_CHAT, unit_id, on=now)).allowed
        return (await rights.may_invite(maker, row.role, unit_id, on=now)).allowed

    async def _take(self, row: Invite, now: datetime) -> bool:
        left = Invite.filter(id=row.id, uses_left__gt=0, expires_at__gt=now)
        return bool(await left.update(uses_left=F("uses_left") - 1))

    def _hash(self, code: str) -> str:
        return keyed_hash(self._key, "invite", normal(code) or "")

    def _subject(self, *parts: str) -> str:
        return keyed_hash(self._key, "tries", *parts)

    def subjects(self, account: Account, chat_id: str) -> tuple[str, str]:
        """Return the subjects under which wrong tries of an account and its private chat are stored."""
        return self._subject("account", *account), self._subject("chat", account.platform, chat_id)


def about(details: dict[str, Detail], role: str, unit_id: int | None) -> Mapping[str, Detail]:
    if role:
        details["role"] = role
    if unit_id is not None:
        details["unit"] = unit_id
    return details
