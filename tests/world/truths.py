"""What must be true of any world, during it and at its end."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .vendor import Call, Vendor

if TYPE_CHECKING:
    from .world import World

MOST_TASKS = 100
UNREADABLE = "cannot be read"
_REPLY = re.compile(r"reply:(.*):(\d+):(\d+)")
_MARKED_WITHIN = 2.0
"""Seconds after an answer in which a process may die without a note of it."""
_WRONG = ("broke", "adapter failed", "cannot be read", "set aside", "was left", "job ")
"""Words of the log that only a fault of ours brings about."""


def violations(world: World) -> list[str]:
    found = [*_inbox(world), *_sessions(world), *_rest(world)]
    for vendor in world.vendors.values():
        found += [*_replies(world, vendor), *_rows(world, vendor)]
    return found


def _inbox(world: World) -> Iterator[str]:
    """Every event that was acknowledged is noted and done, and none is noted that nobody brought."""
    rows = world.disk.ask("select platform, event_id, body is null, failed from inbox")
    noted = {(str(platform), str(event_id)): (done, failed) for platform, event_id, done, failed in rows}
    for vendor in world.vendors.values():
        for update in vendor.updates:
            key = (vendor.name, update.event.id)
            if update.accepted is None:
                continue
            if key not in noted:
                yield f"handled once: {update.event.id} was acknowledged and never noted"
    expected = world.failing()
    for (platform, event_id), (done, failed) in noted.items():
        if failed is not None and event_id not in expected:
            truth = "screens are right" if "ScreenError" in str(failed) else "handled once"
            yield f"{truth}: {event_id} on {platform} failed: {failed}"
        elif failed is None and event_id in expected:
            yield f"handled once: {event_id} on {platform} should have failed"
        elif failed == UNREADABLE:
            if done:
                yield f"handled once: the words of {event_id} on {platform}, which nobody could read, are gone"
        elif not done:
            yield f"handled once: {event_id} on {platform} is not marked as done"


def _sessions(world: World) -> Iterator[str]:
    rows = world.disk.ask("select platform, chat_id, out_seq, sent_seq from sessions")
    for platform, chat_id, out_seq, sent_seq in rows:
        if out_seq != sent_seq:
            yield f"answered: {platform} {chat_id} has replies up to {out_seq}, sent up to {sent_seq}"
    chats = {(vendor.name, update.event.chat.id) for vendor in world.vendors.values() for update in vendor.updates}
    moved = {(vendor.name, new) for vendor in world.vendors.values() for new in vendor.moved.values()}
    for platform, chat_id, *_ in rows:
        if (platform, chat_id) not in chats | moved | world.noticed():
            yield f"bounded: a session of {platform} {chat_id}, where nobody ever was"


def _rest(world: World) -> Iterator[str]:
    """Nothing goes wrong unheard, and nothing is left in memory."""
    for failure in world.failures:
        yield f"no task dies unheard: {failure}"
    for line in world.errors:
        yield f"no error of ours: {line}"
    for life in world.lives:
        if life.engine is None:
            continue
        tasks = len(asyncio.all_tasks(life.loop))
        if tasks > MOST_TASKS:
            yield f"bounded: {tasks} tasks at the end"
        engine = life.engine
        if engine._queues or engine._delivery.has_marks or engine._broken:
            yield f"bounded: {len(engine._queues)} queues, broken {sorted(engine._broken)}"


def _replies(world: World, vendor: Vendor) -> Iterator[str]:
    """A reply stands once in its chat unless nobody can know that it does, and replies stand in their order."""
    by_key: dict[str, list[Call]] = defaultdict(list)
    newest: dict[str, int] = defaultdict(int)
    for call in sorted((one for one in vendor.calls if one.taken is not None), key=lambda one: one.taken or 0.0):
        found = _REPLY.fullmatch(call.key)
        if found is None:
            continue
        chat, _, seq = found[1], found[2], int(found[3])
        by_key[call.key].append(call)
        moves = chat in vendor.moved or chat in vendor.moved.values()
        moves = moves or (vendor.name, chat) in world.conversations.forgotten
        first = len(by_key[call.key]) == 1 and not _refused_unmarked(world, vendor, call)
        if seq < newest[chat] and first and not moves:
            yield f"in order: reply {seq} of {chat} stands after {newest[chat]}"
        newest[chat] = max(newest[chat], seq)
    for key, calls in by_key.items():
        for earlier in sorted(calls, key=lambda one: one.at)[:-1]:  # what a dead process asked may arrive later
            if not _may_repeat(world, earlier):
                yield f"no effect twice: {key} was taken {len(calls)} times, and heard at {earlier.heard:.3f}"


def _may_repeat(world: World, call: Call) -> bool:
    """Tell whether its answer is known to nobody, or only to a process that could not mark it before another went on.

    That is when it dies, and when its chats go to another one.
    """
    if call.heard is None or world.split(call.heard):
        return True
    died = world.deaths.get(call.life)
    gone_on = [at for at in (died, *world.parted_at()) if at is not None and at >= call.heard]
    heard = call.heard
    return any(
        at - heard < _MARKED_WITHIN + world.disk_away(heard, at) + world.timeline.kept_for(heard, at)
        or any(begin < at and end > heard for begin, end in world.stalled)
        for at in gone_on
    )


def _refused_unmarked(world: World, vendor: Vendor, call: Call) -> bool:
    """Tell whether this reply was refused before, so that others left behind it, and its mark was lost."""
    refused = [one for one in vendor.calls if one.key == call.key and one.fate in ("refused", "gone")]
    return any(one.at < call.at and one.heard is not None and _may_repeat(world, one) for one in refused)


def _rows(world: World, vendor: Vendor) -> Iterator[str]:
    """What the outbox says of each row is what stands in the messenger's books."""
    by_key: dict[str, list[Call]] = defaultdict(list)
    for call in vendor.calls:
        by_key[call.key].append(call)
    rows = world.disk.ask("select id, key, state, reason, decision from outbox where platform = ?", (vendor.name,))
    for number, key, state, reason, decision in rows:
        calls = by_key.get(f"row:{number}", [])
        taken = [call for call in calls if call.taken is not None]
        if len(taken) > 1:
            yield f"no effect twice: row {key} was taken {len(taken)} times"
        if state == "sent" and not taken and decision != "received":  # that was a person's word
            yield f"receipts are true: row {key} is said to be sent, and is in no chat"
        elif state in ("failed", "cancelled", "expired") and taken:
            yield f"receipts are true: row {key} is {state} ({reason}), and stands in its chat"
        elif state == "uncertain" and not _hidden(world, calls):
            yield f"receipts are true: row {key} is unclear, and nothing was hidden"
        elif (
            state in ("pending", "leased", "sending", "held")
            and not world.held(str(state), str(reason))
            and not _waits_for_decision(world, number)
        ):
            yield f"handled once: row {key} is still {state} {reason}"


def _waits_for_decision(world: World, row: int) -> bool:
    """Tell whether a part before this one is unclear, and nobody has said what is to be done."""
    behind = (
        "select 1 from outbox o join outbox u on u.package = o.package and u.part < o.part and u.state = 'uncertain'"
        " and u.decision = '' where o.id = ? and o.state = 'held' and o.reason = 'decision'"
    )
    return bool(world.disk.ask(behind, (row,)))


def _hidden(world: World, calls: list[Call]) -> bool:
    return (
        any(call.heard is None for call in calls)
        or (not calls and bool(world.deaths))
        or any(call.life in world.deaths for call in calls)
    )
