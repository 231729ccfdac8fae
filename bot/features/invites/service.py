"""Making and using one-time codes: for a role, for somebody who is listed, for a second messenger, for a group.

Only keyed hashes are stored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tortoise.expressions import F

from bot.features import merging, people, rights, units
from bot.features.accounts import Account
from bot.features.audit import Audit, Detail
from bot.features.people import Who, keyed_hash
from bot.features.rights.table import OBSERVER, RESIDENT
from bot.i18n import msg
from bot.storage.people import Invite, WrongCode

from . import listed
from .codes import new_code, normal
from .listed import Listed
from .tries import must_wait

Purpose = Literal["role", "listed", "link", "channel"]

MOST_USES, MOST_DAYS = 500, 90
ROLE_DAYS, LISTED_DAYS = 7, 14
"""A slip of paper takes longer to its person than a message."""
LINK_FOR = timedelta(hours=1)

WRONG = msg("Mã này không đúng. Bác xem lại từng chữ, hoặc hỏi người đã gửi mã.")
USED = msg("Mã này đã được dùng. Bác xin người gửi một mã mới nhé.")
EXPIRED = msg("Mã này đã hết hạn. Bác xin người gửi một mã mới nhé.")
OTHER_COMMUNE = msg("Mã này của xã khác nên tôi không dùng được. Bác hỏi lại người đã gửi mã.")
TOO_MANY = msg("Bác đã gõ sai mã 5 lần. Bác chờ một giờ rồi thử lại giúp tôi.")
PRIVATE_ONLY = msg("Mã này bác gõ trong cuộc trò chuyện riêng với tôi, đừng gõ trong nhóm.")
GROUP_ONLY = msg("Mã này để đăng ký nhóm. Bác thêm tôi vào nhóm rồi gõ trong nhóm: /dangky và mã.")
ON_MESSENGER_ONLY = msg("Mã này chỉ dùng trên ứng dụng nhắn tin, không dùng trên trang web.")
THEIRS = msg("Bác đã dùng mã này rồi, không cần dùng lại. Bác gõ “menu” để làm việc nhé.")
ALREADY = msg("Bác đã có vai trò này rồi, mã vẫn còn nguyên.")
_WRONG_NUMBERS = msg("Số lần dùng từ 1 đến 500, số ngày từ 1 đến 90.")


@dataclass(frozen=True, slots=True)
class Created:
    """A new code. It is shown once: nobody can read it from the database."""

    code: str
    invite_id: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """`why` is one Vietnamese sentence for the person, to be translated where it is shown."""

    why: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a code is good for, before it is used. `proof` ties it to one account, so that a press cannot be forged."""

    invite_id: int
    proof: str
    purpose: Purpose
    role: str
    unit_id: int
    listed: Listed | None = None
    """Whom the code was made for; `role` and `unit_id` are the first of theirs."""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What the account got. A link to another messenger has the role "" and the unit 0.

    `before` is the person whose role ended with it, None when nobody's did; `listed` is who the account is now.
    """

    person_id: int
    role: str
    unit_id: int
    before: int | None = None
    listed: Listed | None = None


@dataclass(frozen=True, slots=True)
class ChannelGrant:
    unit_id: int
    purpose: str


class Invites:
    """Codes under one key."""

    def __init__(self, key: bytes, audit: Audit) -> None:
        self._key = key
        self.audit = audit

    # Making codes

    async def create(
        self,
        role: str,
        unit_id: int,
        *,
        by: Who | None,
        now: datetime,
        uses: int = 1,
        days: int = ROLE_DAYS,
        replacing: int | None = None,
    ) -> Created | Refused:
        """A code for a role. `by` None is the command line, which may invite anybody.

        `replacing` is the person who holds the role until a successor takes it.
        """
        decision = None if by is None else await rights.may_invite(by, role, unit_id, on=now)
        if decision is not None and not decision.allowed:
            return Refused(decision.why)
        if not await rights.fits(role, unit_id):
            return Refused(msg("Vai trò này không dùng cho đơn vị đã chọn."))
        if not (1 <= uses <= MOST_USES and 1 <= days <= MOST_DAYS):
            return Refused(_WRONG_NUMBERS)
        until = now + timedelta(days=days)
        return await self._store("role", role, unit_id, by, now, uses, until, person_id=replacing)

    async def create_channel(
        self, purpose: str, unit_id: int, *, by: Who | None, now: datetime, days: int = 7
    ) -> Created | Refused:
        """A code that registers one group for a unit."""
        if by is not None:
            decision = await rights.decide(by, rights.Act.REGISTER_CHAT, unit_id, on=now)
            if not decision.allowed:
                return Refused(decision.why)
        return await self._store("channel", purpose, unit_id, by, now, 1, now + timedelta(days=days))

    async def create_link(self, who: Who, now: datetime) -> Created:
        """A code by which a person brings another messenger or a new phone. Raises ValueError for a stranger."""
        if who.person_id is None:
            raise ValueError("only a known person can link accounts")
        return await self._store("link", "", None, who, now, 1, now + LINK_FOR, person_id=who.person_id)

    async def create_listed(self, person_id: int, *, by: Who | None, now: datetime) -> Created | Refused:
        """A code by which somebody who is listed comes to their own roles; an earlier one ends with it.

        Belongs inside a transaction.
        """
        why = await listed.refused(by, await listed.get(person_id, now), now)
        if why:
            return Refused(why)
        await listed.end_codes([person_id], now)
        until = now + timedelta(days=LISTED_DAYS)
        return await self._store("listed", "", None, by, now, 1, until, person_id=person_id)

    async def create_slips(
        self, codes: Mapping[int, str], *, by: Who | None, now: datetime, days: int = LISTED_DAYS
    ) -> int:
        """The same for many: by person a code from `new_code` that is on paper already; returns how many hold.

        Who came meanwhile has a slip too many. Belongs inside a transaction.
        """
        found = await listed.among(codes.keys(), now, by=by)
        await listed.end_codes([one.person_id for one in found], now)
        until = now + timedelta(days=days)
        for one in found:
            await self._store("listed", "", None, by, now, 1, until, person_id=one.person_id, code=codes[one.person_id])
        return len(found)

    async def cancel_listed(self, person_ids: Collection[int], *, by: Who, now: datetime) -> int:
        """End the codes of those whom `by` may invite; returns how many. Belongs inside a transaction."""
        mine = await listed.among(person_ids, now, by=by)
        ended = await listed.end_codes([one.person_id for one in mine], now)
        if ended:
            await self.audit.append(by.person_id, "invites_ended", "invites:listed", now, {"count": ended})
        return ended

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
        await self.audit.append(maker, "invite", f"invite:{row.id}", now, _about(details, role, unit_id))
        return Created(code, int(row.id), until)

    # Using codes

    async def look(
        self, code: str, account: Account, chat_id: str, now: datetime, *, private: bool, messenger: bool
    ) -> Invitation | Refused:
        """What a code would give this account; nothing is used up yet. A wrong one is counted."""
        if not private:
            return Refused(PRIVATE_ONLY)
        if await listed.came_with(self._hash(code), (await people.who(account, now)).person_id):
            return Refused(THEIRS)
        tries = (self._subject("account", *account), self._subject("chat", account.platform, chat_id))
        row = await self._known(code, tries, now)
        if isinstance(row, Refused):
            return row
        if row.purpose == "channel":
            return Refused(GROUP_ONLY)
        refused = await self._unfit(row, account, now, messenger=messenger)
        if refused is not None:
            return refused
        proof, of = self._proof(row.id, account), await _listed(row, now)
        if of is not None:
            return Invitation(row.id, proof, "listed", of.grants[0].role, of.grants[0].unit_id or 0, of)
        return Invitation(row.id, proof, _purpose(row), row.role, _id(row, "unit_id") or 0)

    async def accept(
        self, invite_id: int, proof: str, account: Account, chat_id: str, name: str, now: datetime, *, messenger: bool
    ) -> Redeemed | Refused:
        """Use up what `look` showed. Belongs inside a transaction, after consent; of several at once one wins."""
        row = await Invite.get_or_none(id=invite_id)
        if row is None or proof != self._proof(invite_id, account):
            return Refused(WRONG)
        if row.purpose == listed.PURPOSE:
            await listed.lock(_id(row, "person_id"))
        refused = self._spent(row, now) or await self._unfit(row, account, now, messenger=messenger)
        if refused is not None:
            return refused
        if not await self._take(row, now):
            return Refused(USED)
        if row.purpose == "link":
            return await self._link(row, account, chat_id, now)
        of = await _listed(row, now)
        if of is not None:
            return await self._become(row, of, account, chat_id, now)
        return await self._give(row, account, chat_id, name, now)

    async def redeem(
        self, code: str, account: Account, chat_id: str, now: datetime, *, name: str, private: bool, messenger: bool
    ) -> Redeemed | Refused:
        """`look` and `accept` in one, for somebody who has consented already."""
        found = await self.look(code, account, chat_id, now, private=private, messenger=messenger)
        if isinstance(found, Refused):
            return found
        return await self.accept(found.invite_id, found.proof, account, chat_id, name, now, messenger=messenger)

    async def redeem_channel(self, code: str, subject: str, now: datetime) -> ChannelGrant | Refused:
        """Use up a code for a group; `subject` names who tries, such as platform, chat and person in one text."""
        row = await self._known(code, (self._subject("group", subject),), now)
        if isinstance(row, Refused):
            return row
        unit_id = _id(row, "unit_id")
        if row.purpose != "channel" or unit_id is None:
            return Refused(PRIVATE_ONLY)
        if not await self._maker_still_may(row, now):
            return Refused(EXPIRED)
        return ChannelGrant(unit_id, row.role) if await self._take(row, now) else Refused(USED)

    async def _known(self, code: str, tries: tuple[str, ...], now: datetime) -> Invite | Refused:
        for subject in tries:
            if await must_wait(subject, now):
                return Refused(TOO_MANY)
        row = await Invite.get_or_none(code_hash=self._hash(code))
        refused = Refused(WRONG) if row is None else self._spent(row, now)
        if row is not None and refused is None:
            return row
        await WrongCode.bulk_create([WrongCode(subject=subject, at=now) for subject in tries])
        return refused or Refused(WRONG)

    def _spent(self, row: Invite, now: datetime) -> Refused | None:
        if row.expires_at <= now:
            return Refused(EXPIRED)
        return Refused(USED) if row.uses_left < 1 else None

    async def _unfit(self, row: Invite, account: Account, now: datetime, *, messenger: bool) -> Refused | None:
        """Why a good code is not for this account now."""
        if not messenger and (row.purpose == "link" or row.role != RESIDENT):
            return Refused(ON_MESSENGER_ONLY)
        if row.purpose == "link":
            person_id = _id(row, "person_id")
            free = person_id is not None and await people.can_link(account, person_id, now)
            return None if free else Refused(people.HAS_ANOTHER_PERSON)
        who = await people.who(account, now)
        if row.purpose == "listed":
            return await self._not_theirs(row, who, now)
        unit_id = _id(row, "unit_id")
        if any((grant.role, grant.unit_id) == (row.role, unit_id) for grant in who.grants):
            return Refused(ALREADY)
        if unit_id is None or not await self._maker_still_may(row, now):
            return Refused(EXPIRED)
        return Refused(OTHER_COMMUNE) if await _is_elsewhere(who, row.role, unit_id) else None

    async def _not_theirs(self, row: Invite, who: Who, now: datetime) -> Refused | None:
        """Why somebody cannot become the one who is listed: nobody waits any more, or they serve elsewhere."""
        of = await _listed(row, now)
        maker = None if row.created_by is None else await people.who_is(row.created_by, now)
        if of is None or await listed.refused(maker, of, now):
            return Refused(EXPIRED)
        for grant in of.grants:
            if await _is_elsewhere(who, grant.role, grant.unit_id or 0):
                return Refused(OTHER_COMMUNE)
        return None

    async def _maker_still_may(self, row: Invite, now: datetime) -> bool:
        """Rights are those of now: a code dies with the role of the person who made it."""
        unit_id = _id(row, "unit_id")
        if row.created_by is None or unit_id is None:
            return unit_id is not None
        maker = await people.who_is(row.created_by, now)
        if row.purpose == "channel":
            return (await rights.decide(maker, rights.Act.REGISTER_CHAT, unit_id, on=now)).allowed
        return (await rights.may_invite(maker, row.role, unit_id, on=now)).allowed

    async def _take(self, row: Invite, now: datetime) -> bool:
        left = Invite.filter(id=row.id, uses_left__gt=0, expires_at__gt=now)
        return bool(await left.update(uses_left=F("uses_left") - 1))

    async def _give(self, row: Invite, account: Account, chat_id: str, name: str, now: datetime) -> Redeemed:
        person_id, unit_id, before = await people.remember(account, chat_id, name, now), _id(row, "unit_id"), None
        if unit_id is None:
            raise ValueError("an invite to a role names a unit")
        if (before := _id(row, "person_id")) is not None:
            ended = await people.end_all(before, row.role, unit_id, now)
            before = before if ended and before != person_id else None
        await people.grant(person_id, row.role, unit_id, now)
        details: Mapping[str, Detail] = {"successor": before is not None}
        await self.audit.append(
            person_id, "role_taken", f"invite:{row.id}", now, _about(dict(details), row.role, unit_id)
        )
        return Redeemed(person_id, row.role, unit_id, before)

    async def _become(self, row: Invite, of: Listed, account: Account, chat_id: str, now: datetime) -> Redeemed:
        was = await people.number(of.person_id)
        person_id = await people.remember(account, chat_id, of.name, now)
        await merging.absorb(of.person_id, person_id, now)
        details: Mapping[str, Detail] = {"roles": len(of.grants), "was": was}
        await self.audit.append(person_id, merging.ACT, f"invite:{row.id}", now, details)
        first = of.grants[0]
        return Redeemed(person_id, first.role, first.unit_id or 0, listed=of)

    async def _link(self, row: Invite, account: Account, chat_id: str, now: datetime) -> Redeemed | Refused:
        person_id = _id(row, "person_id")
        if person_id is None or not await people.link(account, chat_id, person_id, now):
            return Refused(people.HAS_ANOTHER_PERSON)
        await self.audit.append(person_id, "account_linked", f"invite:{row.id}", now)
        return Redeemed(person_id, "", 0)

    # Hashes

    def _hash(self, code: str) -> str:
        return keyed_hash(self._key, "invite", normal(code) or "")

    def _subject(self, *parts: str) -> str:
        return keyed_hash(self._key, "tries", *parts)

    def subjects(self, account: Account, chat_id: str) -> tuple[str, str]:
        """How wrong tries of an account and its private chat are stored."""
        return self._subject("account", *account), self._subject("chat", account.platform, chat_id)

    def _proof(self, invite_id: int, account: Account) -> str:
        return keyed_hash(self._key, "proof", str(invite_id), *account)[:16]


async def _is_elsewhere(who: Who, role: str, unit_id: int) -> bool:
    """Whether the person serves another commune. Observers may serve several."""
    commune = await units.commune_of(unit_id)
    own = {
        found.id
        for grant in who.grants
        if grant.role != OBSERVER
        and grant.unit_id is not None
        and (found := await units.commune_of(grant.unit_id)) is not None
    }
    return role != OBSERVER and bool(own) and (commune is None or commune.id not in own)


def _about(details: dict[str, Detail], role: str, unit_id: int | None) -> Mapping[str, Detail]:
    if role:
        details["role"] = role
    if unit_id is not None:
        details["unit"] = unit_id
    return details


async def _listed(row: Invite, now: datetime) -> Listed | None:
    """Whom the code is for, where it is for somebody who is listed and has not come."""
    person_id = _id(row, "person_id")
    return None if row.purpose != "listed" or person_id is None else await listed.get(person_id, now)


def _purpose(row: Invite) -> Purpose:
    return "link" if row.purpose == "link" else "channel" if row.purpose == "channel" else "role"


def _id(row: Invite, name: Literal["unit_id", "person_id"]) -> int | None:
    # Tortoise makes these attributes at run time, where no type checker sees them.
    value: int | None = getattr(row, name)
    return value
