"""Making and using one-time codes: for a role, for somebody who is listed, for a second messenger, for a group.

Only keyed hashes are stored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from bot.features import rights, units
from bot.features.audit import Detail
from bot.features.people import merging, people
from bot.features.people.accounts import Account
from bot.features.people.people import Who, keyed_hash
from bot.features.rights.table import OBSERVER, RESIDENT
from bot.i18n import msg
from bot.storage.tables.people import Invite

from . import listed
from .group_codes import PRIVATE_ONLY, ChannelGrant, GroupCodes
from .kept import NO_GOOD, TOO_MANY, Created, InviteRefused, Purpose, about
from .listed import ListedPerson

__all__ = [
    "NO_GOOD",
    "PRIVATE_ONLY",
    "TOO_MANY",
    "ChannelGrant",
    "Created",
    "Invitation",
    "InviteRefused",
    "Invites",
    "Redeemed",
]

MOST_USES, MOST_DAYS = 500, 90
ROLE_DAYS, LISTED_DAYS = 7, 14
"""A slip of paper takes longer to its person than a message."""
LINK_FOR = timedelta(hours=1)

OTHER_COMMUNE = msg("Mã này của xã khác nên tôi không dùng được. Bác hỏi lại người đã gửi mã.")
GROUP_ONLY = msg("Mã này để đăng ký nhóm. Bác thêm tôi vào nhóm rồi gõ trong nhóm: /dangky và mã.")
ON_MESSENGER_ONLY = msg("Mã này chỉ dùng trên ứng dụng nhắn tin, không dùng trên trang web.")
THEIRS = msg("Bác đã dùng mã này rồi, không cần dùng lại. Bác gõ “menu” để làm việc nhé.")
ALREADY = msg("Bác đã có vai trò này rồi, mã vẫn còn nguyên.")
_WRONG_NUMBERS = msg("Số lần dùng từ 1 đến 500, số ngày từ 1 đến 90.")


class Invitation(Struct, frozen=True):
    """The use of a code, before it is used. `proof` ties it to one account, so that a press cannot be forged."""

    invite_id: int
    proof: str
    purpose: Purpose
    role: str
    unit_id: int
    listed: ListedPerson | None = None
    """The person the code was made for; `role` and `unit_id` are the first of theirs."""


class Redeemed(Struct, frozen=True):
    """The account's new role. A link to another messenger has the role "" and the unit 0.

    `before` is the person whose role ended with it, None when no role did; `listed` is the person the account is now.
    """

    person_id: int
    role: str
    unit_id: int
    before: int | None = None
    listed: ListedPerson | None = None


class Invites(GroupCodes):
    """Codes under one key."""

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
    ) -> Created | InviteRefused:
        """Create a code for a role. `by` None is the command line, which may invite anybody.

        `replacing` is the person who holds the role until a successor takes it.
        """
        decision = None if by is None else await rights.may_invite(by, role, unit_id, on=now)
        if decision is not None and not decision.allowed:
            return InviteRefused(decision.why)
        if not await rights.fits(role, unit_id):
            return InviteRefused(msg("Vai trò này không dùng cho đơn vị đã chọn."))
        if not (1 <= uses <= MOST_USES and 1 <= days <= MOST_DAYS):
            return InviteRefused(_WRONG_NUMBERS)
        until = now + timedelta(days=days)
        return await self._store("role", role, unit_id, by, now, uses, until, person_id=replacing)

    async def create_link(self, who: Who, now: datetime) -> Created:
        """Create a code for another messenger or a new phone of a person. Raises ValueError for a stranger."""
        if who.person_id is None:
            raise ValueError("only a known person can link accounts")
        return await self._store("link", "", None, who, now, 1, now + LINK_FOR, person_id=who.person_id)

    async def create_listed(self, person_id: int, *, by: Who | None, now: datetime) -> Created | InviteRefused:
        """Create a code by which somebody who is listed comes to their own roles; an earlier one ends with it.

        Belongs inside a transaction.
        """
        why = await listed.refused(by, await listed.get(person_id, now), now)
        if why:
            return InviteRefused(why)
        await listed.end_codes([person_id], now)
        until = now + timedelta(days=LISTED_DAYS)
        return await self._store("listed", "", None, by, now, 1, until, person_id=person_id)

    async def create_slips(
        self, codes: Mapping[int, str], *, by: Who | None, now: datetime, days: int = LISTED_DAYS
    ) -> int:
        """Store codes for many: by person a code from `new_code` that is on paper already; return how many hold.

        A person who came meanwhile has a slip too many. Belongs inside a transaction.
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

    # Using codes

    async def look(
        self, code: str, account: Account, chat_id: str, now: datetime, *, private: bool, messenger: bool
    ) -> Invitation | InviteRefused:
        """Look at the invitation that a code gives this account; nothing is used up yet. A wrong one is counted."""
        if not private:
            return InviteRefused(PRIVATE_ONLY)
        by = (await people.who(account, now)).person_id
        if await listed.came_with(self._hash(code), by):
            return InviteRefused(THEIRS)
        tries = (self._subject("account", *account), self._subject("chat", account.platform, chat_id))
        row = await self._known(code, tries, now, by)
        if isinstance(row, InviteRefused):
            return row
        if row.purpose == "channel":
            return InviteRefused(GROUP_ONLY)
        refused = await self._unfit(row, account, now, messenger=messenger)
        if refused is not None:
            return refused
        proof, of = self._proof(row.id, account), await _listed(row, now)
        if of is not None:
            return Invitation(row.id, proof, "listed", of.grants[0].role, of.grants[0].unit_id or 0, of)
        return Invitation(row.id, proof, _purpose(row), row.role, row.key_or_none("unit") or 0)

    async def accept(
        self, invite_id: int, proof: str, account: Account, chat_id: str, name: str, now: datetime, *, messenger: bool
    ) -> Redeemed | InviteRefused:
        """Use up what `look` showed. Belongs inside a transaction, after consent; of several at once one wins."""
        row = await Invite.get_or_none(id=invite_id)
        if row is None or proof != self._proof(invite_id, account):
            return InviteRefused(NO_GOOD)
        if row.purpose == listed.PURPOSE:
            await listed.lock(row.key_or_none("person"))
        refused = self._spent(row, now) or await self._unfit(row, account, now, messenger=messenger)
        if refused is not None:
            return refused
        if not await self._take(row, now):
            return InviteRefused(NO_GOOD)
        if row.purpose == "link":
            return await self._link(row, account, chat_id, now)
        of = await _listed(row, now)
        if of is not None:
            return await self._become(row, of, account, chat_id, now)
        return await self._give(row, account, chat_id, name, now)

    async def redeem(
        self, code: str, account: Account, chat_id: str, now: datetime, *, name: str, private: bool, messenger: bool
    ) -> Redeemed | InviteRefused:
        """Do `look` and `accept` in one, for somebody who has consented already."""
        found = await self.look(code, account, chat_id, now, private=private, messenger=messenger)
        if isinstance(found, InviteRefused):
            return found
        return await self.accept(found.invite_id, found.proof, account, chat_id, name, now, messenger=messenger)

    async def _unfit(self, row: Invite, account: Account, now: datetime, *, messenger: bool) -> InviteRefused | None:
        """Say why a good code is not for this account now."""
        if not messenger and (row.purpose == "link" or row.role != RESIDENT):
            return InviteRefused(ON_MESSENGER_ONLY)
        if row.purpose == "link":
            person_id = row.key_or_none("person")
            free = person_id is not None and await people.can_link(account, person_id, now)
            return None if free else InviteRefused(people.HAS_ANOTHER_PERSON)
        who = await people.who(account, now)
        if row.purpose == "listed":
            return await self._not_theirs(row, who, now)
        unit_id = row.key_or_none("unit")
        if any((grant.role, grant.unit_id) == (row.role, unit_id) for grant in who.grants):
            return InviteRefused(ALREADY)
        if unit_id is None or not await self._maker_still_may(row, now):
            return InviteRefused(NO_GOOD)
        return InviteRefused(OTHER_COMMUNE) if await _is_elsewhere(who, row.role, unit_id) else None

    async def _not_theirs(self, row: Invite, who: Who, now: datetime) -> InviteRefused | None:
        """Say why somebody cannot become the listed person: that one has come already, or they serve elsewhere."""
        of = await _listed(row, now)
        maker = None if row.created_by is None else await people.who_is(row.created_by, now)
        if of is None or await listed.refused(maker, of, now):
            return InviteRefused(NO_GOOD)
        for grant in of.grants:
            if await _is_elsewhere(who, grant.role, grant.unit_id or 0):
                return InviteRefused(OTHER_COMMUNE)
        return None

    async def _give(self, row: Invite, account: Account, chat_id: str, name: str, now: datetime) -> Redeemed:
        person_id, unit_id, before = await people.remember(account, chat_id, name, now), row.key_or_none("unit"), None
        if unit_id is None:
            raise ValueError("an invite to a role names a unit")
        if (before := row.key_or_none("person")) is not None:
            ended = await people.end_all(before, row.role, unit_id, now)
            before = before if ended and before != person_id else None
        await people.grant(person_id, row.role, unit_id, now)
        details: Mapping[str, Detail] = {"successor": before is not None}
        await self.audit.append(
            person_id, "role_taken", f"invite:{row.id}", now, about(dict(details), row.role, unit_id)
        )
        return Redeemed(person_id, row.role, unit_id, before)

    async def _become(self, row: Invite, of: ListedPerson, account: Account, chat_id: str, now: datetime) -> Redeemed:
        was = await people.number(of.person_id)
        person_id = await people.remember(account, chat_id, of.name, now)
        await merging.absorb(of.person_id, person_id, now)
        details: Mapping[str, Detail] = {"roles": len(of.grants), "was": was}
        await self.audit.append(person_id, merging.ACT, f"invite:{row.id}", now, details)
        first = of.grants[0]
        return Redeemed(person_id, first.role, first.unit_id or 0, listed=of)

    async def _link(self, row: Invite, account: Account, chat_id: str, now: datetime) -> Redeemed | InviteRefused:
        person_id = row.key_or_none("person")
        if person_id is None or not await people.link(account, chat_id, person_id, now):
            return InviteRefused(people.HAS_ANOTHER_PERSON)
        await self.audit.append(person_id, "account_linked", f"invite:{row.id}", now)
        return Redeemed(person_id, "", 0)

    def _proof(self, invite_id: int, account: Account) -> str:
        return keyed_hash(self._key, "proof", str(invite_id), *account)[:16]


async def _is_elsewhere(who: Who, role: str, unit_id: int) -> bool:
    """Tell whether the person serves another commune. Observers may serve several."""
    commune = await units.commune_of(unit_id)
    own = {
        found.id
        for grant in who.grants
        if grant.role != OBSERVER
        and grant.unit_id is not None
        and (found := await units.commune_of(grant.unit_id)) is not None
    }
    return role != OBSERVER and bool(own) and (commune is None or commune.id not in own)


async def _listed(row: Invite, now: datetime) -> ListedPerson | None:
    """Return the person that the code is for, if it is for somebody who is listed and has not come."""
    person_id = row.key_or_none("person")
    return None if row.purpose != "listed" or person_id is None else await listed.get(person_id, now)


def _purpose(row: Invite) -> Purpose:
    return "link" if row.purpose == "link" else "channel" if row.purpose == "channel" else "role"
