"""What must be true of several processes between which chats are carried, besides all of the above."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.storage.sql import moment
from tests.world.core import pace
from tests.world.core.themes import OF_BROKERS
from tests.world.timeline import BEGAN

if TYPE_CHECKING:
    from tests.world.world import World

ON_ITS_WAY = 1.5
"""Seconds in which what is on its way to a process that ends may still reach it."""
SETTLED, NOTICED = 3.0, 6.0
ACKNOWLEDGED = 0.1
"""Seconds from a message's delivery until what leads to nothing any more is acknowledged, with others."""
_REPLY = re.compile(r"reply:(.*):(\d+):(\d+)")


def violations(world: World) -> list[str]:
    return [*_left(world), *_taken_at_end(world)] if world.plan.nodes > 1 else []


def _left(world: World) -> Iterator[str]:
    """When all has been at rest for a while the broker keeps nothing."""
    # A cut is noticed by the side that hears nothing, some seconds after it is over.
    cuts = [fault.at + fault.lasts + NOTICED for fault in world.plan.faults if fault.kind in OF_BROKERS]
    last = max((*world.conversations.handled.values(), *world.conversations.cleared.values(), *cuts), default=0.0)
    delivered = world.broker.delivered_at + ACKNOWLEDGED
    if (kept := world.broker.kept(stood=False)) and max(last + SETTLED, delivered) < world.timeline.now:
        yield f"bounded: the broker still has {sorted(kept)}"


def _taken_at_end(world: World) -> Iterator[str]:
    """A process that is about to end takes nothing new: another one has it."""
    noted = {
        int(seq): (moment(at) - BEGAN).total_seconds() for seq, at in world.disk.ask("select seq, noted_at from inbox")
    }
    for end in world.ends:
        until = end.asked if end.begun is None or not pace._disk_ill(world, end.asked, end.begun) else end.begun
        for vendor in world.vendors.values():
            for call in vendor.calls:
                found = _REPLY.fullmatch(call.key)
                came = noted.get(int(found[2])) if found else None
                if call.life == end.life and came is not None and came > until + ON_ITS_WAY and world.ledger.steady:
                    yield f"ends leave nothing: {call.key} is of life {end.life}, whose end began at {until:.1f}"
