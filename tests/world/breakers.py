"""For each truth a way to break its mechanism in the product, and a seed whose world then is red.

python -m tests.world.breakers [NAME]   look for such seeds
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from unittest.mock import patch

from bot.core.delivery import Delivery
from bot.core.engine import Engine
from bot.core.events import Chat, Event
from bot.core.flood import Flood
from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.sessions import Key, RecordedEvent, Session, session_to_json
from bot.core.text import Text
from bot.features.audit import Audit
from bot.features.outbox import bulkhead, quota, send
from bot.features.outbox.before import Before
from bot.features.outbox.box import Outbox
from bot.features.outbox.call import Call
from bot.features.outbox.digest import Digest
from bot.features.outbox.gathered import Gathered
from bot.features.outbox.row import Leased, Outcome
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.upkeep import Due, Upkeep
from bot.framework import process
from bot.handlers.front.start import FrontConversation
from bot.storage import database
from bot.storage.sql import asked
from bot.storage.store import ConversationStore

from . import little
from .plan import Fault

Patch = tuple[object, str, object]


async def _none(*_: object) -> list[RecordedEvent]:
    return []


def _forgets(*_: object) -> None:
    return


async def _nothing(*_: object, **__: object) -> None:
    return


async def _marks_only_done(store: ConversationStore, sent: Sequence[tuple[Key, int]], done: Sequence[int]) -> None:
    await _mark(store, [], done)


_mark = ConversationStore.mark
_record = ConversationStore.record
_send = Call.send
_recover = Rows.recover
_add = Outbox.add
_deliver = Delivery._deliver


async def _notes_repeats(store: ConversationStore, events: Sequence[Event]) -> list[RecordedEvent]:
    """What is known already is handled once more."""
    fresh = await _record(store, events)
    if fresh:
        return fresh
    rows = await store._sql.rows("select max(seq) as n from inbox")
    seq = int(str(rows[0]["n"])) + 1
    await store._sql.rows(
        "insert into inbox (seq, platform, event_id, chat_id, noted_at, attempts) values (?, 'x', ?, 'x', '2026', 0)",
        [seq, f"x{seq}"],
    )
    event = events[0]
    session = await store.load(Key(event.chat.platform, event.chat.id), event.chat.kind)
    return [RecordedEvent(seq, event, session)]


async def _takes_silence_for_sent(call: Call, row: Leased) -> Outcome:
    outcome = await _send(call, row)
    return Outcome(row, "sent") if outcome.to == "uncertain" else outcome


async def _sends_again(
    rows: Rows, platform: str, now: datetime, ended: datetime, *, again: bool = False, but: Collection[int] = ()
) -> None:
    await _recover(rows, platform, now, ended, again=True, but=but)


async def _drops_requests(outbox: Outbox, chat: Chat, message: Message, **named: object) -> bool:
    if named.get("klass") == "request":
        return True
    return await _add(outbox, chat, message, **named)  # type: ignore[arg-type]


async def _all_urgent(outbox: Outbox, chat: Chat, message: Message, **named: object) -> bool:
    return await _add(outbox, chat, message, **{**named, "klass": "urgent"})  # type: ignore[arg-type]


async def _counts_one_less(text: str, values: Sequence[object]) -> list[dict[str, object]]:
    rows = [dict(row) for row in await asked(text, values)]  # type: ignore[arg-type]
    return [{name: int(str(value)) - 1 for name, value in row.items()} for row in rows]


async def _backwards(delivery: Delivery, session: Session) -> None:
    for reply in reversed(list(session.out)):
        if await _deliver(delivery, session, reply):
            delivery._unmarked_sent[session.key] = session.out_seq
    session.sent(session.out_seq)
    delivery._sent.put(session.key, session.out_seq)


_fly = OutboxSender._fly
_last_key: dict[str, Key] = {}


async def _to_the_one_before(delivery: Delivery, session: Session, reply: object) -> bool:
    """Sometimes an answer goes to whoever asked before."""
    key, other = session.key, _last_key.get(session.key.platform, session.key)
    _last_key[key.platform] = key
    if reply.seq % 7 == 0:  # type: ignore[attr-defined]
        session.key = other
    try:
        return await _deliver(delivery, session, reply)  # type: ignore[arg-type]
    finally:
        session.key = key


async def _gives_up_at_once(delivery: Delivery, session: Session, reply: object) -> bool:
    """An outage costs each reply that is said in it."""
    try:
        await delivery._platforms[session.key.platform].send(
            Chat(session.key.platform, session.key.chat_id, "group" if session.kind == "group" else "private"),
            reply.message,  # type: ignore[attr-defined]
            key=f"reply:{session.key.chat_id}:{session.done_seq}:{reply.seq}",  # type: ignore[attr-defined]
        )
    except Exception:
        return True
    return True


_due = Upkeep.due


async def _finds_nothing_waiting(
    rows: Upkeep, platforms: Sequence[str], now: datetime, ended: datetime
) -> dict[str, Due]:
    found = await _due(rows, platforms, now, ended)
    return {name: replace(due, waiting=False) for name, due in found.items()}


_counts = Rows.counts


async def _counts_one_more(rows: Rows, announcement: int) -> dict[str, int]:
    return {state: number + 1 for state, number in (await _counts(rows, announcement)).items()}


class _Passes:
    """Errors of the database stay what they are."""

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        return


_append = Audit.append


async def _loses_count(audit: Audit, *args: object, **named: object) -> int:
    """The head of the log knows of one row less."""
    number = await _append(audit, *args, **named)  # type: ignore[arg-type]
    await asked("update audit_head set count = count - 1 where id = 1")
    return number


async def _for_nothing(
    outbox: Outbox,
    chat: Chat,
    key: str,
    announcement: int,
    start: datetime,
    now: datetime,
    *,
    any_hour: bool,
    behind: bool = False,
) -> tuple[str, datetime]:
    return "", start


async def _flies_at_any_hour(sender: OutboxSender, row: Leased) -> None:
    await _fly(sender, replace(row, any_hour=True))


async def _always(*_: object) -> bool:
    return True


def _empty(digest: Digest, rows: Sequence[Leased], locale: str) -> Message:
    return Message(Text.verbatim("Tin trong ngày (0 tin)"))


def _no_facts(session: Session) -> str:
    return session_to_json(replace(session, facts={}))


def _no_delay(*_: object) -> tuple[float, bool]:
    return 0.0, False


@dataclass(frozen=True)
class Breaker:
    """`truth` is how the violation begins, `seed` a world of `town` in which it does."""

    truth: str
    breaks: str
    patches: tuple[Patch, ...]
    faults: tuple[Fault, ...] = ()
    seed: int = 0
    town: str = "little"
    calm: bool = False
    """Whether it shows in worlds without faults."""


def _commune(truth: str, breaks: str, *patches: Patch) -> Breaker:
    return Breaker(truth, breaks, patches, (), 0, "commune")


def _everywhere(kind: str, much: float) -> tuple[Fault, ...]:
    return tuple(Fault(kind, 5.0, 300.0, on, much=much) for on in ("rich", "plain"))


def _kills(after: str) -> tuple[Fault, ...]:
    return tuple(Fault("kill", 10.0 + 20.0 * nth, 1.0, steps=9 + 5 * nth, after=after) for nth in range(3))


BREAKERS: Mapping[str, Breaker] = {
    "start": Breaker(
        "handled once", "a start takes up nothing", ((ConversationStore, "unfinished", _none),), _kills("bring")
    ),
    "clear": Breaker(
        "handled once",
        "what was handled before a kill keeps its words",
        ((ConversationStore, "clear_handled", _nothing),),
        _kills("answer"),
        seed=4,
    ),
    "repeats": Breaker(
        "no effect twice",
        "an event that comes again is handled again",
        ((ConversationStore, "record", _notes_repeats),),
        _everywhere("doubled", 1.0),
    ),
    "marks": Breaker(
        "no effect twice",
        "nothing remembers which replies were sent",
        ((ConversationStore, "mark", _marks_only_done),),
        _kills("answer"),
    ),
    "resends": Breaker(
        "no effect twice",
        "a call that was cut off is made once more",
        ((Rows, "recover", _sends_again),),
        _kills("row"),
    ),
    "astray": Breaker(
        "answers go to who asked",
        "a reply goes to another chat",
        ((Delivery, "_deliver", _to_the_one_before),),
    ),
    "gives up": Breaker(
        "answered",
        "a reply does not outlive an outage",
        ((Delivery, "_deliver", _gives_up_at_once),),
        _everywhere("outage", 0.5),
    ),
    "silence": Breaker(
        "receipts are true",
        "no answer is taken for a yes",
        ((Call, "send", _takes_silence_for_sent),),
        _everywhere("unclear", 0.8),
    ),
    "numbers": Breaker(
        "numbers on the screen",
        "the choices of a notice are never opened",
        ((send, "open_choices", _nothing),),
    ),
    "order": Breaker("in order", "replies leave in any order", ((Delivery, "send_out", _backwards),)),
    "errors": Breaker(
        "no error of ours",
        "a broken disk is an error like any other",
        (("bot.storage.store", "available", _Passes), ("bot.storage.sql", "available", _Passes)),
        tuple(Fault("broken disk", 10.0 + 9.0 * nth, 2.0) for nth in range(9)),
    ),
    "lazy disk": Breaker(
        "handled once",
        "SQLite does not wait for the disk",
        ((database, "_SQLITE_PRAGMAS", "busy_timeout=10000&synchronous=OFF"),),
        tuple(replace(kill, kind="power") for kill in _kills("bring")),
    ),
    "leases": Breaker("rows move rightly", "a lease lasts an hour", ((bulkhead, "LEASE", timedelta(hours=1)),)),
    "sleeps": Breaker(
        "prompt", "nothing wakes the senders", ((process, "_wake", lambda senders: None),), (), calm=True
    ),
    "haste": Breaker("rows are as asked for", "whatever is said is urgent", ((Outbox, "add", _all_urgent),)),
    "crowds": Breaker(
        "answers are right", "a count is read from another moment", ((little, "asked", _counts_one_less),)
    ),
    "unmarked": Breaker(
        "bounded",
        "marks are never written",
        ((Engine, "_mark_soon", lambda engine: None),),
    ),
    "figures": Breaker(
        "screens are right", "the states of an announcement are counted wrong", ((Rows, "counts", _counts_one_more),)
    ),
    "month": Breaker(
        "quota",
        "a month without room for announcements takes them",
        ((quota, "left_for_bulk", lambda usage: usage.sent_limit),),
        seed=22,
    ),
    "kinds": Breaker(
        "answers go to who asked: reply:",
        "a reply calls each chat a private one",
        (("bot.core.delivery", "Chat", lambda platform, chat_id, kind: Chat(platform, chat_id, "private")),),
    ),
    "once more": Breaker(
        "receipts are true: gap:",
        "what is urgent and unclear is not said again",
        ((Rows, "_repeat", _nothing),),
        _everywhere("unclear", 0.8),
        seed=7,
    ),
    "hours": Breaker(
        "at its hour",
        "quiet spells hold nothing back",
        (
            (Upkeep, "keep_quiet", _nothing),
            (Outbox, "_waits_for", _for_nothing),
            (OutboxSender, "_fly", _flies_at_any_hour),
        ),
        seed=37,
        calm=True,
    ),
    "windows": Breaker(
        "windows",
        "a chat that never wrote is written to",
        ((Outbox, "may_push", _always), (Upkeep, "keep_windows", _nothing), (Before, "shut_out", _none)),
        seed=2,
        calm=True,
    ),
    "digest": Breaker("digest", "a digest tells nothing of what it gathered", ((Digest, "_joined", _empty),), seed=33),
    "memory": Breaker(
        "remembered", "what is remembered of a chat is not kept", (("bot.storage.store", "session_to_json", _no_facts),)
    ),
    "crowd": Breaker(
        "floods", "whoever asks much is answered at once", ((Flood, "delay", _no_delay),), seed=8, calm=True
    ),
    "bodies": Breaker(
        "bodies",
        "what the version before wrote stays",
        (("bot.features.outbox.bodies", "part_old_rows", _nothing),),
        seed=1,
    ),
    "gone": Breaker(
        "gone",
        "nobody hears that a chat has blocked the bot",
        ((Upkeep, "gone", _none), (Engine, "_report", _nothing)),
        seed=22,
        calm=True,
    ),
    "unheard": Breaker(
        "handled once",
        "what was noted unheard is known already",
        ((Engine, "_take_unheard", _nothing),),
        tuple(Fault("failover", 10.0 + 12.0 * nth, 1.5) for nth in range(9)),
    ),
    "next": Breaker(
        "in step: next_time",
        "nobody knows when there is something to do again",
        ((Upkeep, "next_time", _nothing),),
        calm=True,
    ),
    "parts": Breaker(
        "in step: record",
        "what is behind a part that failed still leaves",
        ((Rows, "_cancel_rest", _nothing),),
        calm=True,
    ),
    "room": Breaker(
        "in step: drill, box",
        "a message leaves no room for the mark of its repeat",
        ((Outbox, "_with_room_for_mark", lambda outbox, caps, locale: caps),),
        calm=True,
    ),
    "pauses of others": Breaker(
        "in step: drill, sender",
        "a look takes over no pauses",
        ((Before, "_take_over_pauses", _nothing),),
        calm=True,
    ),
    "insists": Breaker(
        "in step: drill, flight",
        "what became of a row is written after ten seconds, where the database was away",
        ((send, "RETRY_AFTER", 10.0),),
        calm=True,
    ),
    "survey": Breaker(
        "in step: due",
        "a look does not hear that rows are due",
        ((Upkeep, "due", _finds_nothing_waiting),),
        calm=True,
    ),
    "put in": Breaker(
        "in step: add",
        "nothing that is put in waits for anything",
        ((Outbox, "_waits_for", _for_nothing),),
        seed=1,
    ),
    "answers": Breaker(
        "in step: sender: row",
        "what was not taken waits for an hour",
        ((Call, "_later", lambda call, row: call._clock.now() + timedelta(hours=1)),),
        _everywhere("outage", 0.5),
    ),
    "looks": Breaker(
        "in step: sender: officials",
        "a look heeds no stop",
        ((Before, "_heed_stops", _always),),
        # Not for long: whoever heeds no stop calls a messenger that refuses it without a rest.
        tuple(Fault("token", 20.0, 10.0, on, much=0.6) for on in ("rich", "plain")),
        seed=2,
    ),
    "need": Breaker(
        "screens are right",
        "a month keeps half of itself for what cannot wait",
        ((quota, "RESERVE", 0.5),),
        seed=6,
        calm=True,
    ),
    "news": Breaker(
        "digest: news", "what waits for its minute is never told", ((Gathered, "together", _none),), calm=True
    ),
    "haste of commits": Breaker(
        "prompt: notices",
        "outcomes and intents are gathered for ten seconds",
        ((bulkhead, "APART", 10.0),),
        calm=True,
    ),
    "sweep": Breaker(
        "handled once",
        "nobody looks for what the broker lost",
        (("bot.framework.rabbit.Rabbit", "sweep", _nothing),),
        tuple(Fault("broker lost", 5.0 + 8.0 * nth, 1.0) for nth in range(9)),
        seed=16,
    ),
    "seal": _commune("audit", "the head of the log knows of one row less", (Audit, "append", _loses_count)),
    "ways": _commune(
        "a new way",
        "nobody remembers that nothing was understood",
        (FrontConversation, "remember_unclear", _nothing),
    ),
    "requests": _commune("goal", "the chair is not asked", (Outbox, "add", _drops_requests)),
}


@contextmanager
def broken(breaker: Breaker) -> Iterator[None]:
    with ExitStack() as stack:
        for owner, name, other in breaker.patches:
            if isinstance(owner, str):
                stack.enter_context(patch(f"{owner}.{name}", other))
            else:
                stack.enter_context(patch.object(owner, name, other))
        yield


def red(breaker: Breaker, seed: int) -> bool:
    """Tell whether the truth is violated in the world of this seed."""
    from .towns import town_of
    from .world import run

    town = town_of(breaker.town)
    with broken(breaker):
        plan = town.plan(str(seed))
        faults = () if breaker.calm else breaker.faults or plan.faults
        outcome = run(replace(plan, faults=faults), town)
    return any(violation.startswith(breaker.truth) for violation in outcome.violations)


def main() -> None:
    for name, breaker in BREAKERS.items():
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        found = next((seed for seed in range(8) if red(breaker, seed)), None)
        sys.stdout.write(f"{name}: {breaker.truth}: seed {found}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
