"""The messenger's books against the database, and how long people waited around each fault."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import monotonic

import asyncpg

from tools.cluster.books import Books, Said
from tools.cluster.faults import Fault

WAITS_MOST = 120.0


@dataclass(frozen=True)
class Noted:
    """What the database has: events by number with what became of them, sessions, rows of the outbox by group.

    `doubted`: whose answers were sent again by somebody who said so. `inbox`: the row of each event, for who looks
    into a late one.
    """

    done: frozenset[int]
    open: frozenset[int]
    failed: dict[int, str]
    doubted: frozenset[int]
    versions: dict[int, int]
    unsent: int
    rows: dict[int, str]
    listed: int
    inbox: dict[int, str]


_LEFT = (
    "select count(*) from outbox where state in ('pending', 'leased', 'sending')",
    "select count(*) from inbox where body is not null and failed is null",
    "select count(*) from sessions where out_seq > sent_seq",
)


async def settled(db: asyncpg.Connection) -> float:
    """Wait until nothing is left to send and all that was sent is marked, at most WAITS_MOST; return the seconds."""
    began = monotonic()
    while monotonic() < began + WAITS_MOST:
        if not any([await db.fetchval(count) for count in _LEFT]):
            break
        await asyncio.sleep(1)
    return monotonic() - began


_EVENTS = "select seq, event_id, failed, body is null and failed is null as done, noted_at, attempts from inbox"
_DOUBTED = re.compile(r"event (\d+): an answer is sent that may come twice")


async def noted(db: asyncpg.Connection, logs: Iterable[Path]) -> Noted:
    """Read the database, and in the logs which answers somebody sent who did not know whether they had arrived."""
    events = await db.fetch(_EVENTS)
    doubted = {int(seq) for path in logs for seq in _DOUBTED.findall(path.read_text(errors="replace"))}
    rows = await db.fetch("select chat_id, state from outbox where key like 'cluster:%'")
    sessions = await db.fetch("select chat_id, version, out_seq > sent_seq as unsent from sessions")
    return Noted(
        done=frozenset(int(row["event_id"][1:]) for row in events if row["done"]),
        open=frozenset(int(row["event_id"][1:]) for row in events if not row["done"]),
        failed={int(row["event_id"][1:]): row["failed"] for row in events if row["failed"] is not None},
        doubted=frozenset(int(row["event_id"][1:]) for row in events if row["seq"] in doubted),
        versions={int(row["chat_id"]): int(row["version"]) for row in sessions},
        unsent=sum(1 for row in sessions if row["unsent"]),
        rows={int(row["chat_id"]): str(row["state"]) for row in rows},
        listed=len(rows),
        inbox={int(row["event_id"][1:]): f"row {row['seq']}, noted {row['noted_at']:%T.%f}" for row in events},
    )


@dataclass(frozen=True)
class Verdict:
    """Each line is what was counted, its number, and whether it must be 0."""

    lines: Sequence[tuple[str, int, bool]]

    @property
    def is_good(self) -> bool:
        return not any(number for _, number, must_be_none in self.lines if must_be_none)


def verdict(books: Books, *, skipped: int, groups: int, now: Noted) -> Verdict:
    """Compare; `groups` is how many were to be written to, `skipped` how much nobody was free to say."""
    accepted = {one.number for one in books.all_said() if one.accepted is not None}
    in_inbox = now.done | now.open
    events = {chat: sum(one.number in in_inbox for one in talk.said) for chat, talk in books.talks.items()}
    states = Counter(now.rows.values())
    sent = [group for group, state in now.rows.items() if state == "sent"]
    others = [group for group, state in now.rows.items() if state not in ("sent", "uncertain")]
    twice = {one.number for one in books.all_said() if len(one.answers) > 1}
    return Verdict(
        [
            ("events accepted by the webhook", len(accepted), False),
            ("not even said, for everybody was waiting", skipped, False),
            ("never accepted", books.count(lambda one: one.accepted is None), False),
            ("accepted, but not in the inbox", len(accepted - in_inbox), True),
            ("accepted, but not handled", len(accepted & now.open), True),
            ("of these set aside as failed", len(now.failed), True),
            ("accepted, but without an answer", books.waiting, True),
            ("effects twice: a session counts more events than its inbox", _above(now.versions, events), True),
            ("effects missing: it counts fewer", _above(events, now.versions), True),
            ("sessions with an unsent answer", now.unsent, True),
            ("answers that were sent again, and told of as perhaps twice", len(now.doubted), False),
            ("answers that came twice, and told of", len(twice & now.doubted), False),
            ("answers that came twice, and not told of", len(twice - now.doubted), True),
            ("messages through another commune's account", books.strange, True),
            ("rows to groups", groups, False),
            ("rows to groups that are not in the outbox", groups - now.listed, True),
            ("sent", states["sent"], False),
            ("uncertain: a person is asked", states["uncertain"], False),
            ("neither sent nor uncertain", len(others), True),
            ("sent, but not in the messenger's books", sum(not books.groups[group] for group in sent), True),
            ("sent, and twice in its books", sum(books.groups[group] > 1 for group in sent), True),
            ("uncertain, and twice in its books", _twice(books, now), True),
        ]
    )


def _twice(books: Books, now: Noted) -> int:
    return sum(1 for group, state in now.rows.items() if state == "uncertain" and books.groups[group] > 1)


def _above(some: dict[int, int], others: dict[int, int]) -> int:
    return sum(1 for chat, number in some.items() if number > others.get(chat, 0))


@dataclass(frozen=True)
class Waits:
    """Around one fault: the longest wait for the webhook's 200, for an answer, and between messages to groups."""

    fault: Fault
    accepted: float
    answered: float
    late: int
    groups: float


LATE = 1.0


def waits(books: Books, faults: Sequence[Fault], end: float) -> list[Waits]:
    """Return what was waited for around each fault; a wait counts from the fault on, if the event was said before.

    What was said in the last moment before the next fault, and waits for that to be over, is the next one's alone.
    """
    found = []
    for number, fault in enumerate(faults):
        until = faults[number + 1].at if number + 1 < len(faults) else end
        around = [
            one
            for one in books.all_said()
            if one.at < until
            and _answered(one, end) > fault.at
            and not (one.at > until - LATE and _answered(one, end) > until < end)
        ]
        answered = [_answered(one, end) - max(one.at, fault.at) for one in around]
        accepted = [(one.accepted or end) - max(one.at, fault.at) for one in around]
        times = [fault.at, *(at for at in books.group_times if fault.at < at < until)]
        gaps = [after - before for before, after in pairwise(times)]
        found.append(
            Waits(
                fault,
                max([0.0, *accepted]),
                max(answered, default=0.0),
                sum(one > LATE for one in answered),
                max(gaps, default=0.0),
            )
        )
    return found


def late_ones(books: Books, faults: Sequence[Fault]) -> list[tuple[Fault, Said]]:
    """Return what was answered late, with the fault before its answer."""
    found = []
    for one in books.all_said():
        before = [fault for fault in faults if one.answers and fault.at < one.answers[0]]
        if before and one.answers[0] - max(one.at, before[-1].at) > LATE:
            found.append((before[-1], one))
    return found


def _answered(one: Said, end: float) -> float:
    return one.answers[0] if one.answers else end


def usual(books: Books) -> tuple[float, float]:
    """Return the median and the 99th percentile of all waits for an answer."""
    all_waits = sorted(one.answers[0] - one.at for one in books.all_said() if one.answers)
    if not all_waits:
        return 0.0, 0.0
    return median(all_waits), all_waits[int(len(all_waits) * 0.99)]
