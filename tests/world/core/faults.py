"""Faults that aim at the core, beside those that every plan draws: drawn from a chance of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from bot.core.lean.values import replace
from bot.core.sessions import Key
from tests.world.month import Month
from tests.world.plan import CORE_KINDS, ENDS, MONTHS, MOST_KILLS, Fault, Plan
from tests.world.vendor import Weather

from .older import upgrade

if TYPE_CHECKING:
    from tests.world.world import World

ARMED = ("end", "spoilt event", "spoilt session")
"""Those that come so many steps after something."""
RARE = 1 / 12
"""In how many towns of the core a plan ends, and how many the version before serves first; of several processes in how
many a queue stands still."""
NEW_QUEUE_WITHIN = 20.0
"""Seconds from then until what waits goes through another one."""


def with_core_faults(plan: Plan, seconds: float) -> Plan:
    """Add some of these faults; a world without any other has none of them."""
    if not plan.faults:
        return plan
    chance = Random(f"{plan.seed}:core")
    ends = sum(fault.kind in ENDS for fault in plan.faults)
    made = [*plan.faults]
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        fault = _drawn(chance, seconds)
        ends += fault.kind in ENDS
        if fault.kind == "own bug" and plan.nodes > 1:
            continue  # what its process holds of the broker's, another one gets only at its end
        if fault.kind not in ENDS or ends <= MOST_KILLS:
            made.append(fault)
    return replace(plan, faults=tuple(sorted(made, key=lambda fault: fault.at)))


def with_rare_faults(plan: Plan, seconds: float) -> Plan:
    """Add what is rare, each by a chance of its own: all else of the story stays as drawn."""
    made = [*plan.faults]
    chance = Random(f"{plan.seed}:month")
    if chance.random() < RARE:
        made += _plan_ends(chance, seconds, long=plan.nodes == 1)
    chance = Random(f"{plan.seed}:upgrade")
    if chance.random() < RARE:
        at, silent = chance.uniform(3.0, seconds), chance.random() < 0.3
        killed = chance.random() < 0.5 and sum(fault.kind in ENDS for fault in made) < MOST_KILLS
        made.append(Fault("upgrade", at, much=0.5 if killed else 0.0))
        if silent:  # what that version made of it is another thing than what this one does
            made.append(Fault("silence", max(1.0, at - 8.0), 8.0, chance.choice(("rich", "plain")), much=1.0))
    chance = Random(f"{plan.seed}:queue")
    if plan.nodes > 1 and chance.random() < RARE:
        much = chance.choice((4.0, 20.0, 90.0))
        made.append(Fault("standing queue", chance.uniform(3.0, seconds), steps=chance.randrange(4), much=much))
    return replace(plan, faults=tuple(sorted(made, key=lambda fault: fault.at)))


def _plan_ends(chance: Random, seconds: float, *, long: bool) -> list[Fault]:
    """Return the end of the plan of one messenger, or of both at once; `steps` is what is left of the month.

    Where several processes serve, each minute of a month without room costs as much as the rest of a world: it is short
    there.
    """
    made = []
    for on in chance.choice((("rich",), ("plain",), ("rich", "plain"))):
        soon, later, late = chance.uniform(5.0, 90.0), chance.uniform(90.0, 400.0), chance.uniform(1500.0, 6000.0)
        ends = chance.choice((soon, later, late if long else later))
        at = chance.uniform(0.0, seconds / 2)
        made.append(Fault(chance.choice(MONTHS), at, on=on, steps=chance.randrange(12), much=ends))
    return made


def _drawn(chance: Random, seconds: float) -> Fault:
    kind, at = chance.choice(CORE_KINDS), chance.uniform(1.0, seconds * 0.9)
    if kind in ARMED:
        after = chance.choice(("bring", "bring", "call", "answer"))
        return Fault(kind, at, chance.choice((0.5, 5.0)), steps=chance.randrange(60), after=after)
    if kind == "files away":
        return Fault(kind, at, chance.choice((3.0, 30.0, 90.0)), "rich", much=chance.choice((0.6, 1.0)))
    return Fault(kind, at, steps=chance.randrange(1, 3))


def _files_away(world: World, fault: Fault) -> None:
    world.vendors[fault.on].weather = Weather(files_away=fault.much)


def _own_bug(world: World, fault: Fault) -> None:
    world.bugs += fault.steps


def stall(world: World, seconds: float) -> None:
    """Let the next visit of the disk take so much longer."""
    usual, now = world.disk.takes, world.timeline.now
    world.stalled.append((now, now + seconds))

    def takes() -> float:
        world.disk.takes = usual  # type: ignore[method-assign]
        return usual() + seconds

    world.disk.takes = takes  # type: ignore[method-assign]


def _stall(world: World, fault: Fault) -> None:
    stall(world, fault.much)


def _forget(world: World, fault: Fault) -> None:
    """A chat at rest is forgotten, as after its time or by a person's wish: it begins anew, and counts from nought."""
    lives = [life for life in world.lives if life.engine is not None]
    busy = {key for life in lives if life.engine is not None for key in life.engine._queues}
    rows = world.disk.ask(
        "select platform, chat_id, state from sessions s where out_seq = sent_seq and chat_id like 'c-%' and not exists"
        " (select 1 from inbox i where i.platform = s.platform and i.chat_id = s.chat_id and body is not null)"
        " order by id"
    )
    free = [
        (str(platform), str(chat)) for platform, chat, state in rows
        if (platform, chat) not in busy and not json.loads(state).keys() & {"f", "c", "o"}
    ]  # fmt: skip
    if not lives or not free:
        return
    for platform, chat in free:
        world.conversations.forgets(platform, chat)
        world.disk.ask("delete from sessions where platform = ? and chat_id = ? returning id", (platform, chat))
        engine = lives[fault.steps % len(lives)].engine  # another one learns of it when the chat comes back to it
        if engine is not None:
            engine.forget(Key(platform, chat))
        world.timeline.say(f"-- {chat} is forgotten")


def _month(world: World, fault: Fault) -> None:
    ends = world.timeline.now + fault.much
    struck = partial(world.strikes, fault)
    world.vendors[fault.on].month = Month(fault.steps, ends, fault.kind == "month", struck)


def _stand(world: World, fault: Fault) -> None:
    world.parts(fault.at, fault.at + fault.much)
    name = world.broker.stands(fault.steps)
    world.timeline.after(fault.much, partial(world.broker.stirs, name))
    if len(world.plan.faults) == 1 and fault.much > NEW_QUEUE_WITHIN:
        world.timeline.after(0.0, partial(_is_passed_by, world))


def _is_passed_by(world: World) -> None:
    """Look whether all that had been said when a queue stood still is handled in time, by a new one."""
    (last,), *_ = world.disk.ask("select coalesce(max(seq), 0) from inbox")

    def look() -> None:
        waiting = "select count(*) from inbox where seq <= ? and body is not null and failed is null"
        (late,), *_ = world.disk.ask(waiting, (last,))
        if late and not world.is_over and not world.deaths:
            world.conversations.found.append(
                f"new queue: {late} events wait {NEW_QUEUE_WITHIN:.0f} s after one stood still"
            )

    world.timeline.after(NEW_QUEUE_WITHIN, look)


BEGINS: Mapping[str, Callable[[World, Fault], None]] = {
    "forgotten": _forget, "files away": _files_away, "own bug": _own_bug, "stall": _stall, "upgrade": upgrade,
    "standing queue": _stand,
    **dict.fromkeys(MONTHS, _month),
}  # fmt: skip


# Bytes that nobody can read. No process lives while they are spoilt.

_BODIES: tuple[Callable[[dict[str, object]], object], ...] = (
    lambda body: [],
    lambda body: {**body, "kind": "from a version to come"},
    lambda body: {**body, "chat": 5},
    lambda body: {name: value for name, value in body.items() if name != "sender"},
)
_STATES: tuple[Callable[[dict[str, object]], object], ...] = (
    lambda state: [],
    lambda state: {name: value for name, value in state.items() if name != "k"},
    lambda state: {**state, "f": 5},
    lambda state: {**state, "c": [[1]]},
    lambda state: {**state, "l": 7, "f": []},
)


def spoil_event(world: World, fault: Fault) -> None:
    """Of what waits in a chat one event cannot be read any more: it is set aside, and what follows goes on."""
    rows = world.disk.ask(
        "select i.seq, i.platform, i.event_id, i.body from inbox i left join sessions s on s.platform = i.platform"
        " and s.chat_id = i.chat_id where body is not null and failed is null and i.seq > coalesce(s.done_seq, 0)"
        " order by seq"
    )
    chats: set[str] = set()
    told = {(one.chat.platform, one.update.event.id): one for one in world.said}
    for seq, platform, event, body in rows:
        said = told.get((platform, event))
        if said is None or said.fails or said.update.event.kind in ("photo", "moved") or said.chat.id in chats:
            continue
        chats.add(said.chat.id)
        if seq in world.conversations.unreadable:
            continue
        said.effects, said.answer, said.spoilt = (), "", True
        which = (fault.steps + len(chats)) % (len(_BODIES) + 1)
        spoilt = "{" if which == len(_BODIES) else json.dumps(_BODIES[which](json.loads(body)))
        world.disk.ask("update inbox set body = ? where seq = ? returning seq", (spoilt, seq))
        world.conversations.unreadable.add(seq)
        world.timeline.say(f"-- {event} cannot be read from here on")


def spoil_session(world: World, fault: Fault) -> None:
    """What is remembered of chats cannot be read: they begin anew, and speak as they did if that can be read."""
    rows = world.disk.ask(
        "select id, platform, chat_id, state from sessions where out_seq = sent_seq and chat_id like 'c-%' order by id"
    )
    for at, (number, platform, chat, stored) in enumerate(rows):
        if world.conversations.is_spoilt(platform, chat, stored):
            continue
        state = json.loads(stored)
        if state.keys() & {"f", "c", "o"}:
            continue
        which = (fault.steps + at) % (len(_STATES) + 1)
        spoilt = "{" if which == len(_STATES) else json.dumps(_STATES[which](state))
        world.disk.ask("update sessions set state = ? where id = ? returning id", (spoilt, number))
        readable = which not in (0, len(_STATES))
        locale = state.get("l") if readable and which != 4 else None
        world.conversations.begins_anew(platform, chat, locale, state.get("g", 0) if readable else 0)
        world.timeline.say(f"-- what is remembered of {chat} cannot be read from here on")


SPOILS: Mapping[str, Callable[[World, Fault], None]] = {"spoilt event": spoil_event, "spoilt session": spoil_session}
