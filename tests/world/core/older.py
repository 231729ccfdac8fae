"""The version before this one, as far as it left other rows behind than this one: each is read by this one yet.

- Of a list of choices that is open it did not note the reply that showed it.
- Of a photo it did not note its album.
- A messenger that says no, and not for how long, it left alone until midnight; it knew no tries. (Here it does, in its
  memory: that it is silent for so long would end most of its stories.)

Else it is this version, which handles and reads as it does. It could not read what this version writes, so all of its
processes end before the first one of this version begins, as docs/operations.md has it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.events import Event
from bot.core.machine import clock
from bot.core.probing import Probe
from bot.core.sessions import RecordedEvent, Session, to_json
from bot.framework.sharing import Sharing
from bot.storage.sql import Value, asked
from bot.storage.store import ConversationStore, noted_values, recorded_of
from tests.world.nodes import NodeStore
from tests.world.plan import Fault, Plan

if TYPE_CHECKING:
    from tests.world.life import Life
    from tests.world.world import World

HERE = timedelta(hours=7)
_WITH_REPLY = 7
"""Parts of a list of choices since its reply is noted."""
_BODY, _VALUES = 3, 5
"""Which of an event's values is its body."""


@dataclass
class Older:
    """Which processes are of the version before; `serves` until the upgrade."""

    serves: bool
    lives: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, plan: Plan) -> Older:
        return cls(any(fault.kind == "upgrade" for fault in plan.faults))

    def keeps_waiting(self, lives: Sequence[Life]) -> bool:
        """Tell whether a process of this version cannot begin yet."""
        return not self.serves and any(life.number in self.lives for life in lives)


def upgrade(world: World, fault: Fault) -> None:
    """End all processes, killed if the fault has seconds of its own; from here on this version begins."""
    world.older.serves = False
    for life in [*world.lives]:
        if fault.much:
            world.kills(life, fault.much)
        else:
            world._stops(life)


def sharing_of(world: World, life: Life, shared: Sharing) -> Sharing:
    """Return how a process shares the work, with the store of its version."""
    if not world.older.serves:
        return shared
    world.older.lives.add(life.number)
    made = _OldNodeStore if world.plan.nodes > 1 else _Old
    every = {one.name: getattr(shared, one.name) for one in fields(Sharing)}
    return _OldSharing(**every, kept=made(shared.db, strict=shared.strict))


class _Old(ConversationStore):
    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        self._probes: dict[str, Probe] = {}

    async def record(self, events: Sequence[Event]) -> list[RecordedEvent]:
        values = noted_values(events, clock.now())
        for at in range(_BODY, len(values), _VALUES):
            values[at] = _without_album(str(values[at]))
        return recorded_of(await self._sql.rows(self._note_statement(len(events)), values), events)

    def _saving(self, session: Session, version: int) -> tuple[str, list[Value]]:
        statement, values = super()._saving(session, version)
        return statement, [*map(_as_before, values)]

    def _new(self, session: Session) -> list[Value]:
        return [*map(_as_before, super()._new(session))]

    async def probe(self, platform: str) -> Probe | None:
        return self._probes.get(platform)

    async def probes(self) -> list[Probe]:
        return [*self._probes.values()]

    async def swap_probe(self, platform: str, old: Probe | None, new: Probe | None) -> bool:
        """Leave the messenger alone until midnight, as far as the next process knows; forget it when it takes again."""
        here = clock.now() + HERE
        midnight = here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) - HERE
        if new is None:
            await asked(
                "delete from pauses where platform = ? and chat_id = '' and until = ? returning id",
                [platform, midnight],
            )
            self._probes.pop(platform, None)
            return True
        await self.pause(platform, "", midnight)
        self._probes[platform] = new
        return True


class _OldNodeStore(_Old, NodeStore):
    """The same of several processes."""


@dataclass(frozen=True)
class _OldSharing(Sharing):
    kept: ConversationStore = field(kw_only=True)

    def store(self) -> ConversationStore:
        return self.kept


def _without_album(body: str) -> str:
    event = json.loads(body)
    event.pop("album", None)
    return to_json(event)


def _as_before(value: Value) -> Value:
    """Return the state of a session as that version wrote it, and any other value as it is."""
    if not isinstance(value, str) or not value.startswith('{"k":'):
        return value
    state = json.loads(value)
    lists = state.get("c", [])
    if not any(len(button) > 2 for buttons, *_ in lists for button in buttons) and not _overlap(lists):
        state["c"] = [one[: _WITH_REPLY - 1] for one in lists]
    return to_json(state) if lists else value


def _overlap(lists: Sequence[Sequence[object]]) -> bool:
    """Tell whether lists stand beside each other with the same numbers; that version knew neither them nor ways out."""
    firsts = [one[1] for one in lists if one[2]]
    return len(firsts) > len({*firsts})
