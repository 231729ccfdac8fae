"""For whom an announcement is: a choice that a person makes, and the list of groups that it comes to now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.features import channels, units
from bot.features.channels import Channel, Purpose
from bot.features.units import Place

EXTRA: tuple[Purpose, ...] = ("commune", "team", "enterprise")
"""Groups besides those of the villages: the commune-wide one, those of the teams, those of enterprises."""


@dataclass(frozen=True, slots=True)
class Audience:
    """What was chosen. `every`: all villages; else those of the ids `villages` or of one of the `kinds` ("xóm").

    `extra` are purposes of EXTRA. With `only` (ids of channels, for a correction) nothing else counts.
    """

    every: bool = False
    villages: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()
    extra: frozenset[str] = frozenset()
    only: frozenset[int] = frozenset()

    @property
    def empty(self) -> bool:
        return not (self.every or self.villages or self.kinds or self.extra or self.only)

    def toggled(self, part: str) -> Audience:
        """With one part put on or off: `all`, a purpose of EXTRA, `kind:xóm`, `unit:12`; ValueError for others."""
        name, _, value = part.partition(":")
        if self.only:
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
        )


@dataclass(frozen=True, slots=True)
class Resolved:
    """The groups that an audience comes to, each once, and the chosen villages that no living group reaches."""

    channels: tuple[Channel, ...]
    villages: tuple[Place, ...]
    unreached: tuple[Place, ...]

    def fingerprint(self) -> str:
        """SHA-256 of which groups these are; a group that moves to another id is still the same group."""
        return hashlib.sha256(json.dumps(sorted(one.id for one in self.channels)).encode()).hexdigest()


async def resolve(audience: Audience, commune_id: int, on: date, platforms: Collection[str]) -> Resolved:
    """Which groups of the commune are meant, of those that live: active, and on one of the running `platforms`."""
    villages = await units.villages(commune_id, on)
    if audience.only:
        return await _exactly(audience.only, commune_id, villages, on, platforms)
    found: dict[int, Channel] = {}
    chosen = [one for one in villages if audience.has_village(one)]
    unreached: list[Place] = []
    for village in chosen:
        living = _living(await channels.of_unit(village.id, on, purpose="village"), platforms)
        found.update((one.id, one) for one in living)
        if not living:
            unreached.append(village)
    for purpose in EXTRA:
        if purpose in audience.extra:
            for unit_id in [commune_id, *(one.id for one in villages)]:
                living = _living(await channels.of_unit(unit_id, on, purpose=purpose), platforms)
                found.update((one.id, one) for one in living)
    return Resolved(tuple(found.values()), tuple(chosen), tuple(unreached))


async def _exactly(
    only: frozenset[int], commune_id: int, villages: Sequence[Place], on: date, platforms: Collection[str]
) -> Resolved:
    """Those who have the first; a group that we have lost since then cannot be told."""
    known = {one.id: one for one in await channels.of_commune(commune_id, on, active_only=False) if one.id in only}
    living = [one for one in _living(list(known.values()), platforms) if one.active]
    reached = {one.unit_id for one in living}
    meant = {one.unit_id for one in known.values()}
    chosen = [place for place in villages if place.id in meant]
    return Resolved(tuple(living), tuple(chosen), tuple(place for place in chosen if place.id not in reached))


def _living(found: Sequence[Channel], platforms: Collection[str]) -> list[Channel]:
    return [one for one in found if one.platform in platforms]
