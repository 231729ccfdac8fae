"""The audience of an announcement: the choice that a person makes, and the groups and villages it resolves to now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from msgspec import Struct

from bot.core.events import ChatKind
from bot.core.lean.values import replace
from bot.core.platform import Capabilities
from bot.features import units
from bot.features.groups import channels
from bot.features.groups.channels import Channel, Purpose
from bot.features.notices import delivery_channels
from bot.features.units import Place

from .relay_people import Relay

EXTRA: tuple[Purpose, ...] = ("commune", "team", "enterprise")
"""Groups besides those of the villages: the commune-wide one, those of the teams, those of enterprises."""


class Audience(Struct, frozen=True):
    """The chosen recipients.

    `every`: all villages; else those of the ids `villages` or of one of the `kinds` ("xóm"). `extra` are purposes of
    EXTRA. A correction has `only` (ids of channels) and `relayed` (ids of villages that were told through a person);
    then nothing else counts.
    """

    every: bool = False
    villages: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()
    extra: frozenset[str] = frozenset()
    only: frozenset[int] = frozenset()
    relayed: frozenset[int] = frozenset()

    @property
    def fixed(self) -> bool:
        """Whether it is that of a correction, which goes exactly to who has the first announcement."""
        return bool(self.only or self.relayed)

    @property
    def empty(self) -> bool:
        return not (self.every or self.villages or self.kinds or self.extra or self.fixed)

    def toggled(self, part: str) -> Audience:
        """Return it with one part switched on or off: `all`, a purpose of EXTRA, `kind:xóm`, `unit:12`.

        Raises ValueError for other parts, and for the fixed audience of a correction.
        """
        name, _, value = part.partition(":")
        if self.fixed:
            raise ValueError("the audience of a correction is fixed")
        if part == "all":
            return replace(self, every=not self.every, villages=frozenset(), kinds=frozenset())
        if part in EXTRA:
            return replace(self, extra=self.extra ^ {part})
        if name == "kind" and value:
            return replace(self, every=False, kinds=self.kinds ^ {value})
        if name == "unit" and value.isdecimal():
            return replace(self, every=False, villages=self.villages ^ {int(value)})
        raise ValueError(f"no part of an audience: {part!r}")

    def has_village(self, place: Place) -> bool:
        return self.every or place.id in self.villages or place.kind in self.kinds

    def to_json(self) -> str:
        return json.dumps(
            {
                "every": self.every,
                "villages": sorted(self.villages),
                "kinds": sorted(self.kinds),
                "extra": sorted(self.extra),
                "only": sorted(self.only),
                "relayed": sorted(self.relayed),
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, stored: str) -> Audience:
        read = json.loads(stored)
        return cls(
            bool(read.get("every")),
            frozenset(read.get("villages", ())),
            frozenset(read.get("kinds", ())),
            frozenset(read.get("extra", ())),
            frozenset(read.get("only", ())),
            frozenset(read.get("relayed", ())),
        )


class RelayedVillage(Struct, frozen=True):
    """A village that is told through one of these persons, the first one first."""

    place: Place
    relays: tuple[Relay, ...]

    @property
    def living(self) -> tuple[Relay, ...]:
        """Those whom a message would reach now; without any the village has to be told by telephone."""
        return tuple(one for one in self.relays if one.lives)


class ResolvedAudience(Struct, frozen=True):
    """An audience as groups, the villages told through a person, and the chosen ones that are told in neither way.

    Each of `members` are groups of the same people on several messengers, the cheapest first; `channels` are the groups
    to send to, one for each member and in the same order.
    """

    members: tuple[tuple[Channel, ...], ...]
    channels: tuple[Channel, ...]
    villages: tuple[Place, ...]
    unreached: tuple[Place, ...]
    relayed: tuple[RelayedVillage, ...] = ()

    @property
    def nobody(self) -> bool:
        return not (self.channels or self.relayed)

    def fingerprint(self) -> str:
        """Return the SHA-256 of all groups through which the audience may be reached, and of its other villages.

        The choice among groups depends on the hour, and so does who is asked in a village. A group that moves to
        another id is still the same group.
        """
        parts: list[object] = [*sorted(one.id for same in self.members for one in same)]
        if self.relayed:
            parts.append(sorted(one.place.id for one in self.relayed))
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


async def resolve(
    audience: Audience, commune_id: int, on: date, capabilities: Mapping[str, Mapping[ChatKind, Capabilities]]
) -> ResolvedAudience:
    """Return the groups of the commune that are meant, of those that are active and on a platform that runs.

    Of several groups of the same people the cheapest is chosen.
    """
    platforms = [name for name, kinds in capabilities.items() if "group" in kinds]
    villages = await units.villages(commune_id, on)
    if audience.fixed:
        return await _exactly(audience.only, commune_id, villages, on, platforms)
    found: dict[int, Channel] = {}
    chosen = [one for one in villages if audience.has_village(one)]
    unreached: list[Place] = []
    groups = await channels.of_each([one.id for one in chosen], on, purpose="village")
    for village in chosen:
        living = _living(groups[village.id], platforms)
        found.update((one.id, one) for one in living)
        if not living:
            unreached.append(village)
    for purpose in EXTRA:
        if purpose in audience.extra:
            groups = await channels.of_each([commune_id, *(one.id for one in villages)], on, purpose=purpose)
            for own in groups.values():
                found.update((one.id, one) for one in _living(own, platforms))
    members = delivery_channels.audiences(found.values(), capabilities)
    return ResolvedAudience(tuple(members), tuple(same[0] for same in members), tuple(chosen), tuple(unreached))


async def _exactly(
    only: frozenset[int], commune_id: int, villages: Sequence[Place], on: date, platforms: Collection[str]
) -> ResolvedAudience:
    """Return exactly the groups that have the first announcement, each as a member of its own.

    A group that was lost since then is replaced by the active groups of the same unit and purpose.
    """
    everything = await channels.of_commune(commune_id, on, active_only=False)
    known = [one for one in everything if one.id in only]
    active = [one for one in _living(everything, platforms) if one.active]
    told: dict[int, Channel] = {}
    for one in known:
        heirs = [other for other in active if (other.unit_id, other.purpose) == (one.unit_id, one.purpose)]
        told.update((heir.id, heir) for heir in ([one] if one in active else heirs))
    reached = {one.unit_id for one in told.values()}
    meant = {one.unit_id for one in known}
    chosen = [place for place in villages if place.id in meant]
    unreached = tuple(place for place in chosen if place.id not in reached)
    return ResolvedAudience(tuple((one,) for one in told.values()), tuple(told.values()), tuple(chosen), unreached)


def _living(found: Sequence[Channel], platforms: Collection[str]) -> list[Channel]:
    return [one for one in found if one.platform in platforms]
