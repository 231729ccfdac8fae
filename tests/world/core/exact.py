"""When each event of a private chat is handled, worked out from what came: a plain queue for each chat, and no engine.

Only where nothing goes wrong: an event begins when it is there, when all before it are answered, and when its chat has
room in its minute.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bot.core.events import Chat, Sender
from bot.storage.sql import moment
from tests.world.little_people import AT_WORK
from tests.world.little_place import place_of
from tests.world.timeline import BEGAN

if TYPE_CHECKING:
    from tests.world.little_people import Said
    from tests.world.world import World

MINUTE, PER_MINUTE, AT_WORK_PER_MINUTE, IN_GROUP_PER_MINUTE = 60.0, 20, 120, 300
ANNOUNCED_AGAIN = 300.0
SLACK, ALBUM = 0.9, 1.0
"""Seconds that reading, handling and a commit take at most; photos wait for each other."""
TAKES = {
    "cham": 11.0, "chậm": 11.0, "cho ngan": 9.5, "chờ ngan": 9.5, "cho dai": 10.5, "chờ dai": 10.5, "giu": 0.6,
    "giữ": 0.6, "treo": 20.0,
}  # fmt: skip
BLOCKS = {"chặn ngan": (1.8, 7), "chặn dai": (2.6, 10)}
"""Seconds that these keep their process, and as how many more events each counts."""
EDGE = 0.1
"""Seconds by which a try of `giữ`, which relies on another chat, may begin or end later than its sum says."""
_REPLY = re.compile(r"reply:(.*):(\d+):(\d+)")


def violations(world: World) -> list[str]:
    if world.plan.faults or world.plan.nodes > 1 or place_of(world.plan.seed).joins:
        return []
    found = [*_asked_rightly(world)]
    rows = world.disk.ask("select platform, chat_id, seq, event_id, noted_at from inbox order by seq")
    chats: dict[tuple[str, str], list[tuple[int, str, float]]] = defaultdict(list)
    for platform, chat, seq, event, noted in rows:
        chats[str(platform), str(chat)].append((int(seq), str(event), (moment(noted) - BEGAN).total_seconds()))
    for (platform, chat), events in chats.items():
        if chat.startswith("c-") or (chat == "g-own" and not world.vendors[platform].moved):
            found += _chat(world, platform, chat, events)
    return found


async def asked_at_work(world: World, chat: Chat, sender: Sender, now: datetime) -> bool:
    world.asked_at_work.append((world.timeline.now, chat))
    return chat.id == AT_WORK


def _asked_rightly(world: World) -> Iterator[str]:
    """Whether somebody is at work is asked only of who is fast."""
    for at, chat in world.asked_at_work:
        times = world.conversations.handled_in[chat.platform, chat.id]
        kept = any(end + MINUTE > at for _, end in world.timeline.kept)
        if chat.kind != "private" or (sum(at - MINUTE - SLACK < one <= at for one in times) < PER_MINUTE and not kept):
            yield f"floods: at {at:.1f} it was asked whether somebody in {chat.id} is at work, who was not fast"


def _words(said: Said | None) -> str:
    event = said.update.event if said is not None else None
    return str(getattr(event, "text", "") or f"{getattr(event, 'name', '')} {getattr(event, 'args', '')}")


def _takes(words: str) -> float:
    return next((seconds for name, seconds in TAKES.items() if words.startswith(f"{name} ")), 0.0)


def _changes(world: World, chat: str, words: str) -> list[float]:
    """Return when something changed in another chat that these words rely on."""
    relies, _, rest = words.partition(" ")
    platform, _, other = rest.partition(" ")[0].partition(":")
    if relies not in ("giu", "giữ") or other == chat:
        return []
    changing = {one.update.event.id for one in world.said if one.chat.id == other and one.effects}
    noted = world.disk.ask("select event_id, seq from inbox where platform = ? and chat_id = ?", (platform, other))
    return [world.conversations.handled.get(int(seq), 0.0) for event, seq in noted if event in changing]


def _anew(begins: float, changes: Sequence[float]) -> float:
    """Return how much longer it takes at most, for each try is in vain that meets a change."""
    tries = 0
    while any(-EDGE < at - begins - tries * TAKES["giữ"] < TAKES["giữ"] + EDGE for at in changes):
        tries += 1
    return tries * TAKES["giữ"]


def _most(chat: str) -> int:
    return IN_GROUP_PER_MINUTE if chat.startswith("g-") else AT_WORK_PER_MINUTE if chat == AT_WORK else PER_MINUTE


def _chat(world: World, platform: str, chat: str, events: Sequence[tuple[int, str, float]]) -> Iterator[str]:
    """Work out when each event of one chat began and was handled, and hold that against what was."""
    said = {one.update.event.id: one for one in world.said if one.chat.platform == platform}
    answered, told = _answers(world, platform, chat)
    most, free, counted = _most(chat), 0.0, list[float]()
    waited: float | None = None
    announced = 0
    blocked = max((end - begin for begin, end in world.timeline.kept), default=0.0)  # begun so much later, and counted
    for seq, event, noted in events:
        handled = world.conversations.handled.get(seq)
        if handled is None:  # with its album, or no business of the bot's
            continue
        one = said.get(event)
        photo = one is not None and one.update.event.kind == "photo"
        album = photo and bool(getattr(one.update.event, "album", "")) if one is not None else False
        begins = ready = max(noted, free) + (ALBUM if album else 0.0)
        full = len(counted) >= most and counted[-most] > ready - MINUTE
        if album and not full:
            begins = ready = max(handled - SLACK, ready)
        if full:
            begins = counted[-most] + MINUTE
            first = waited is None or ready - waited > ANNOUNCED_AGAIN
            announced += first and not chat.startswith("g-") and not event.startswith("gone:")
            waited = ready
        words = _words(one)
        kept, more = next((had for name, had in BLOCKS.items() if words.startswith(f"{name} ")), (0.0, 0))
        due = begins + _takes(words) + kept
        anew = _anew(begins, _changes(world, chat, words))
        others = world.timeline.kept_for(noted, handled)
        # When the minute of one that had to wait began is known as exactly as that of the event before it.
        unsure = SLACK if full else 0.0
        if handled < due - 0.05 - blocked - unsure:
            yield f"prompt: {event} in {chat} was handled at {handled:.2f}, and could not be before {due:.2f}"
        elif handled > due + anew + SLACK + unsure + others - kept + blocked + (1.6 if album else 0.0):
            yield f"prompt: {event} in {chat} was handled at {handled:.2f}, and its time was {due:.2f}"
        # It is counted when it begins, and others may have kept the process before that or until its end.
        after = max(0.0, world.timeline.kept_for(begins, handled) - kept)
        counted.append(begins if begins > ready else max(begins, handled - due - anew + begins - SLACK - after))
        counted += [handled] * more
        free = max(handled, answered.get(seq, 0.0))
    if announced != told:
        yield f"floods: {chat} was told to wait {told} times instead of {announced}"


def _answers(world: World, platform: str, chat: str) -> tuple[dict[int, float], int]:
    """Return when the last reply to each event was over, and how often the chat was told to wait."""
    answered: dict[int, float] = defaultdict(float)
    told = 0
    for call in world.vendors[platform].calls:
        found = _REPLY.fullmatch(call.key)
        if found is not None and found[1] == chat:
            waiting = "one message at a time" in call.text
            told += waiting
            # What tells to wait is said while the next event waits, under the number of the one before.
            if not waiting:
                answered[int(found[2])] = max(answered[int(found[2])], call.ended or call.at)
    return answered, told
