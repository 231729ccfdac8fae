"""Ask persons to paste an announcement: a village is written down once, each person gets one package of the outbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.events import Chat
from bot.core.machine import chance
from bot.features import units
from bot.features.announcements import leaving, recalling
from bot.features.announcements.audience import RelayedVillage
from bot.features.announcements.model import Announcement
from bot.features.announcements.relay_people import Relay
from bot.features.outbox import detours
from bot.features.outbox.box import Outbox
from bot.features.outbox.detours import Overtaken
from bot.storage.tables.announcements import RelayAsk as AskRow
from bot.storage.tables.announcements import RelayTarget as TargetRow

from .letter import RelayLetter
from .model import RelayAsk, RelayTarget, ask, target

ReadAt = Callable[[str], str | None]
"""The address behind a code; None without a public address."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE = 16
"""Letters that nobody confuses on paper; so many of them are 79 random bits."""


def nowhere(code: str) -> str | None:
    """Return no address: the installation has none."""
    return None


class RelayPosting(Struct, frozen=True):
    """One announcement as it goes to persons. The attributes are those of RelayLetter."""

    one: Announcement
    commune: str
    corrects: str
    outbox: Outbox
    read_at: ReadAt

    @classmethod
    async def of(cls, one: Announcement, outbox: Outbox, read_at: ReadAt) -> RelayPosting:
        commune = await units.by_id(one.commune_id)
        return cls(
            one,
            "" if commune is None else commune.full_name,
            await recalling.named(one, outbox.translate, outbox.locale),
            outbox,
            read_at,
        )

    async def to(self, village: RelayedVillage, now: datetime) -> RelayTarget:
        """Write down a village and ask its first living relay, inside the caller's transaction.

        An urgent announcement asks two at once. Without a living relay nobody is asked: the village is to be called.
        """
        row = await TargetRow.create(announcement_id=self.one.id, unit_id=village.place.id, code=new_code())
        made = target(row)
        for relay in village.living[: 2 if self.one.urgent else 1]:
            await self.ask(made, relay, now, turn=0)
        return made

    async def ask(self, to: RelayTarget, relay: Relay, now: datetime, *, turn: int) -> RelayAsk | None:
        """Ask a person, inside the caller's transaction; None if they were asked for this village before."""
        before = AskRow.filter(target_id=to.id)
        if await before.filter(person_id=relay.person_id).exists():
            return None
        package = f"{to.package}:{await before.count() + 1}"
        row = await AskRow.create(target_id=to.id, person_id=relay.person_id, package=package, turn=turn, asked_at=now)
        await self._send(to, row.id, package, relay.chat, now)
        return ask(row)

    async def elsewhere(self, to: RelayTarget, known: RelayAsk, chat: Chat, now: datetime) -> bool:
        """Send an ask to another chat of the same person in place of the one that it does not reach.

        Inside the caller's transaction. Return False if something of it may have arrived, or may still leave. Raises
        Overtaken if another process was faster.
        """
        if not await detours.take_off(known.package, now):
            return False
        first, _, number = known.package.partition(".")
        package = f"{first}.{int(number or 1) + 1}"
        await detours.note(package, known.package, now)
        asked = AskRow.filter(id=known.id, state="asked", package=known.package)
        if not await asked.update(package=package):
            raise Overtaken
        await self._send(to, known.id, package, chat, now)
        return True

    async def _send(self, to: RelayTarget, ask_id: int, package: str, chat: Chat, now: datetime) -> None:
        place = await units.by_id(to.unit_id)
        letter = RelayLetter(
            self.one,
            self.commune,
            "" if place is None else place.full_name,
            self.corrects,
            self.read_at(to.code),
            await leaving.expected(self.one, chat, self.outbox.quiet, now),
            self.outbox.translate,
            self.outbox.locale,
        )
        await self.outbox.add(
            chat,
            letter.messages(ask_id),
            key=package,
            now=now,
            klass=self.one.klass,
            not_before=self.one.not_before,
            expires_at=self.one.expires_at,
            announcement=self.one.id,
        )


def first_unasked(relays: Sequence[Relay], asks: Sequence[RelayAsk]) -> Relay | None:
    """Return the first living relay who has not been asked yet."""
    asked = {each.person_id for each in asks}
    return next((relay for relay in relays if relay.lives and relay.person_id not in asked), None)


def new_code() -> str:
    return "".join(chance.choice(_LETTERS) for _ in range(_CODE))
