"""A platform that takes nothing for now and does not say until when: it is tried again, less and less often.

The pause is stored, so that a restart and every other process keep it. It ends with the first message that is taken,
or when a person lifts it. While it stands messages leave one at a time, so that each try costs one call.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from .pacing import Pacer, PacingSlot
from .platform import Clock

log = logging.getLogger(__name__)

STEPS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
"""How long the pauses are, one after the other; the last one goes on."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A standing pause: since when, when the next message tries again, and how many tries were refused in a row.

    `refusals` is 0 after a person has lifted the pause. `told`: the officials know.
    """

    platform: str
    since: datetime
    until: datetime
    refusals: int
    told: bool = False


class Probes(Protocol):
    """The store of standing pauses; each method may raise StoreUnavailable."""

    async def probe(self, platform: str) -> Probe | None: ...

    async def probes(self) -> list[Probe]: ...

    async def swap_probe(self, platform: str, old: Probe | None, new: Probe | None) -> bool:
        """Keep `new` (None: nothing) if `old` is what is kept; False when another process was first."""
        ...

    async def shorten_pauses(self, now: datetime) -> None:
        """Shorten, when a process starts, a whole token's pause to a minute if it is longer than any pause of ours.

        Before there were tries, a platform that named no time was left alone until midnight. A platform that did name a
        time, or a limit of our own, says it once more.
        """
        ...


def refused_again(old: Probe | None, platform: str, now: datetime) -> Probe:
    """Return the pause after one more refusal. A call that left before the pause began does not extend it."""
    if old is None:
        return Probe(platform, now, now + STEPS[0], 1)
    if now < old.until:
        return old
    return replace(old, until=now + STEPS[min(old.refusals, len(STEPS) - 1)], refusals=old.refusals + 1)


def lifted(old: Probe, now: datetime) -> Probe:
    """Return the pause after a person lifted it: the next message tries, and a refusal makes a short pause again."""
    return replace(old, until=min(old.until, now), refusals=0)


async def refused(platform: str, pacer: Pacer, probes: Probes, clock: Clock) -> None:
    """Pause after a refusal that named no time.

    Raises the errors of `probes`; this process pauses all the same.
    """
    now = clock.now()
    if not pacer.probing:
        pacer.probe(STEPS[0].total_seconds())
    while True:
        old = await probes.probe(platform)
        new = refused_again(old, platform, now)
        if new == old or await probes.swap_probe(platform, old, new):
            break
    pacer.probe((new.until - now).total_seconds())
    if old is None:
        log.error("%s takes no messages now and does not say until when; next try at %s", platform, new.until)
    elif new != old:
        log.info("%s still takes no messages; next try at %s", platform, new.until)


async def taken(platform: str, place: PacingSlot, pacer: Pacer, probes: Probes) -> None:
    """End the pause if the message sent from `place` was taken and had left after the pause was over."""
    if not pacer.is_try(place):
        return
    pacer.probe(None)
    while (old := await probes.probe(platform)) is not None:
        if await probes.swap_probe(platform, old, None):
            log.info("%s takes messages again", platform)
            return


async def follow(pacers: Mapping[str, Pacer], probes: Probes, clock: Clock) -> None:
    """Keep the pauses that are stored, by whichever process, and those alone."""
    standing = {probe.platform: probe for probe in await probes.probes()}
    now = clock.now()
    for platform, pacer in pacers.items():
        probe = standing.get(platform)
        pacer.probe(None if probe is None else (probe.until - now).total_seconds())
