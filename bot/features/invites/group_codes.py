"""Codes for groups: making them, using them, and what a code is worth that somebody else than its maker typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from bot.features import rights
from bot.features.people.people import Who, keyed_hash
from bot.i18n import msg
from bot.storage.tables.people import Invite

from .kept import NO_GOOD, Created, InviteRefused, Kept

GROUP_DAYS, SLIP_DAYS = 7, 14
PRIVATE_ONLY = msg("Mã này bác gõ trong cuộc trò chuyện riêng với tôi, đừng gõ trong nhóm.")


class ChannelGrant(Struct, frozen=True):
    """The registration that a code gives a group. `maker` is the person who made it, None for the command line."""

    unit_id: int
    purpose: str
    invite_id: int = 0
    maker: int | None = None


class GroupCodes(Kept):
    """A used code whose end has not come may stand for a group that waits for a yes; its row is all that is kept."""

    async def create_channel(
        self, purpose: str, unit_id: int, *, by: Who | None, now: datetime, days: int = GROUP_DAYS
    ) -> Created | InviteRefused:
        """Create a code that registers one group for a unit."""
        if by is not None:
            decision = await rights.decide(by, rights.Act.REGISTER_CHAT, unit_id, on=now)
            if not decision.allowed:
                return InviteRefused(decision.why)
        return await self._store("channel", purpose, unit_id, by, now, 1, now + timedelta(days=days))

    async def create_channels(self, codes: Mapping[int, str], *, by: Who, now: datetime) -> int:
        """Store codes for the groups of many villages: by unit a code from `new_code` that is on paper already.

        Returns how many hold. Belongs inside a transaction.
        """
        until, made = now + timedelta(days=SLIP_DAYS), 0
        for unit_id, code in codes.items():
            if (await rights.decide(by, rights.Act.REGISTER_CHAT, unit_id, on=now)).allowed:
                await self._store("channel", "village", unit_id, by, now, 1, until, code=code)
                made += 1
        return made

    async def look_channel(
        self, code: str, subject: str, now: datetime, by: int | None = None
    ) -> ChannelGrant | InviteRefused:
        """Look at the grant that a code gives a group; nothing is used up yet.

        `subject` names who tries: platform, chat and person; `by` is who that is, None for a stranger.
        """
        row = await self._known(code, (self._subject("group", subject),), now, by)
        if isinstance(row, InviteRefused):
            return row
        grant = _grant(row)
        if grant is None:
            return InviteRefused(PRIVATE_ONLY)
        return grant if await self._maker_still_may(row, now) else InviteRefused(NO_GOOD)

    async def use_channel(self, grant: ChannelGrant, now: datetime) -> bool:
        """Use a code inside a transaction; of several at once one wins."""
        row = await Invite.get_or_none(id=grant.invite_id)
        return row is not None and await self._take(row, now)

    async def redeem_channel(self, code: str, subject: str, now: datetime) -> ChannelGrant | InviteRefused:
        """Do `look_channel` and `use_channel` in one."""
        found = await self.look_channel(code, subject, now)
        if isinstance(found, InviteRefused):
            return found
        return found if await self.use_channel(found, now) else InviteRefused(NO_GOOD)

    def proof_for(self, invite_id: int, *group: str) -> str:
        """Return a proof that ties the question about a group to that group, so that a press cannot be forged."""
        return keyed_hash(self._key, "group asked for", str(invite_id), *group)[:16]

    async def asked_for(self, invite_id: int, now: datetime) -> ChannelGrant | None:
        """Return the grant of a code that is used up; None when that was decided, or its time is over."""
        row = await Invite.get_or_none(id=invite_id, uses_left=0, expires_at__gt=now)
        return None if row is None else _grant(row)

    async def settle(self, invite_id: int, now: datetime) -> bool:
        """Mark it as decided; False if somebody else did before. Inside a transaction."""
        open_ = Invite.filter(id=invite_id, purpose="channel", uses_left=0, expires_at__gt=now)
        return bool(await open_.update(expires_at=now))


def _grant(row: Invite) -> ChannelGrant | None:
    unit_id = row.key_or_none("unit")
    if row.purpose != "channel" or unit_id is None:
        return None
    return ChannelGrant(unit_id, row.role, int(row.id), row.created_by)
