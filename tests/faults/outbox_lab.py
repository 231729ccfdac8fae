"""A sender that is killed at a chosen point, started again, and looked at: one process for each life.

    python -m tests.faults.outbox_lab FOLDER [--digest] [--without PART] [--at NAME]

Three rows of one announcement wait for two chats, the second chat for the first; with --digest three notices of one
chat, which a job first puts into one message. One JSON line for each kill point
tells what the database and the messenger had right after the kill, after the next life, and after a person decided
about what is uncertain; the last line has the names of all points, in order. Points between which neither the files nor
the open calls change leave the same behind: of each such stretch the first and the last are tried. PART takes one
mechanism out, to see the promise break:

    intent   `sending` is committed after the call
    expiry   a lease that ends in `sending` goes back to pending
    one      the digest is not one transaction
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.core.events import Chat, Event
from bot.core.messages import Message
from bot.core.pacing import Pacer
from bot.core.platform import Usage
from bot.core.text import Text
from bot.features.outbox.box import Outbox
from bot.features.outbox.digest import Digest
from bot.features.outbox.row import Hold, Leased, Outcome
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import TICK, OutboxSender
from bot.features.outbox.turn import Alone
from bot.storage import database
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.store import ConversationStore
from bot.testing import PLAIN
from tests.models import work_out_once

from .lab import Points, SystemClock, Vendor, fork, instrument, prepared

FIRST, SECOND = Chat("lab", "chat-1", "private"), Chat("lab", "chat-2", "private")


@dataclass
class OutboxPoints(Points):
    """Notes before the kill how many calls were open, and at each point what a kill would leave behind.

    `kill_at` counts all points, or with `kill_name` those of that name: the loop may take a step more another day.
    """

    kill_name: str = ""
    calls_open: Callable[[], int] = field(default=lambda: 0)
    note: Path = Path()
    left: list[str] = field(default_factory=list)

    def pass_by(self, name: str) -> None:
        if not self.watching:
            return
        self.names.append(name)
        if not self.kill_at:
            files = [*self.note.parent.glob("bot.sqlite3*"), self.note.parent / "accepted.txt"]
            sizes = [path.stat().st_size for path in sorted(files) if path.exists()]
            self.left.append(f"{sizes} {self.calls_open()}")
        elif self._passed() == self.kill_at and self.kill_name in ("", name):
            self.note.write_text(str(self.calls_open()))
            os.kill(os.getpid(), signal.SIGKILL)

    def _passed(self) -> int:
        return self.names.count(self.kill_name) if self.kill_name else len(self.names)


def _same(locale: str, message: str, context: str | None = None) -> str:
    return message


class _Morning(SystemClock):
    """A day whose hour is never quiet. The pace's seconds pass only in sleep: so the points stay where they are."""

    def __init__(self) -> None:
        self._passed = 0.0

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        if seconds >= TICK:
            await super().sleep(seconds)
            return
        self._passed += seconds
        await asyncio.sleep(0)

    def now(self) -> datetime:
        return datetime.now(UTC).replace(hour=3)


class _Forgetful(Rows):
    """Sabotage: a call that was open is taken for one that was never made."""

    async def recover(
        self, platform: str, now: datetime, ended: datetime, *, again: bool = False, but: Collection[int] = ()
    ) -> None:
        await OutboxRow.filter(platform=platform, state="sending").update(state="pending")
        await super().recover(platform, now, ended, again=again, but=but)


class _Late(Rows):
    """Sabotage: the intent is committed together with the outcome, after the call."""

    async def intend(self, rows: Sequence[Leased], now: datetime, until: datetime) -> set[Hold]:
        return {row.hold for row in rows}

    async def record(self, outcomes: Sequence[Outcome], now: datetime) -> set[Hold]:
        await super().intend([outcome.row for outcome in outcomes], now, now)
        return await super().record(outcomes, now)


class _Torn(Rows):
    """Sabotage: each statement is committed by itself."""

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield


_ROWS = {"intent": _Late, "expiry": _Forgetful, "one": _Torn}


async def _metered() -> Usage:
    return Usage(0, 3000)


async def _nobody(event: Event) -> None:
    raise AssertionError(event)


def _outbox(rows: Rows) -> Outbox:
    return Outbox(
        rows, capabilities={"lab": PLAIN}, translate=_same, link_to=lambda name: None, usage={"lab": _metered}
    )


async def _fill(folder: Path, *, digest: bool) -> None:
    """The file that each life begins with."""
    async with database.opened(database.file_url(folder / "bot.sqlite3")) as db:
        outbox, now = _outbox(Rows(db, _same)), _Morning().now()
        if digest:
            for text in ("một", "hai", "ba"):
                message = Message(Text.verbatim(text))
                await outbox.add(FIRST, message, key=text, now=now - timedelta(days=1), low=True)
            return
        for chat, texts in ((FIRST, ("một", "hai")), (SECOND, ("ba",))):
            messages = [Message(Text.verbatim(text)) for text in texts]
            await outbox.add(chat, messages, key=chat.id, now=now, klass="routine", announcement=1)


async def _live(folder: Path, points: OutboxPoints, without: str, *, digest: bool) -> None:
    async with database.opened(database.file_url(folder / "bot.sqlite3")) as db:
        clock = _Morning()
        rows = _ROWS.get(without, Rows)(db, _same)
        sender = OutboxSender(
            platform=Vendor(folder, points),
            pacer=Pacer(1000.0, clock),
            rows=rows,
            store=ConversationStore(db),
            turn=Alone(),
            clock=clock,
            report=_nobody,
        )
        points.calls_open = lambda: sender.calls_open
        points.note = folder / "calls_open"
        points.watching = True
        if digest:
            await Digest(_outbox(rows)).tick(clock.now())
        await sender.run()
        points.watching = False
        await sender.stop()
    (folder / "points.json").write_text(json.dumps([points.names, points.left]))


def _look(folder: Path) -> dict[str, list[str]]:
    """What the database says of the three rows, and what the messenger took."""
    with contextlib.closing(sqlite3.connect(folder / "bot.sqlite3")) as connection:
        rows = connection.execute("select state from outbox where resend_of = 0 order by id").fetchall()
    return {"states": [str(state) for (state,) in rows], "accepted": Vendor(folder, Points()).accepted()}


async def _decide(folder: Path) -> None:
    """A person looked: what is uncertain is to be sent again."""
    async with database.opened(database.file_url(folder / "bot.sqlite3")) as db:
        rows = Rows(db, _same)
        for row in await OutboxRow.filter(state="uncertain"):
            await rows.decide(row.id, "resend", _Morning().now())


def _edges(left: Sequence[str]) -> list[int]:
    """The first and the last point of each stretch in which a kill leaves the same behind: a log only grows."""
    return [
        number
        for number, what in enumerate(left, start=1)
        if number in (1, len(left)) or what != left[number - 2] or what != left[number]
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--digest", action="store_true")
    parser.add_argument("--without", default="", choices=("", *_ROWS))
    parser.add_argument("--at", default="")
    arguments = parser.parse_args()
    points = OutboxPoints(kill_name=arguments.at)
    instrument(points)

    def life(folder: Path, kill_at: int = 0) -> Callable[[], None]:
        def work() -> None:
            points.kill_at = kill_at
            asyncio.run(_live(folder, points, arguments.without, digest=arguments.digest))

        return work

    work_out_once()
    start = prepared(arguments.folder / "start")
    asyncio.run(_fill(start, digest=arguments.digest))
    undisturbed: Path = arguments.folder / "undisturbed"
    shutil.copytree(start, undisturbed)
    fork(life(undisturbed))
    names, left = json.loads((undisturbed / "points.json").read_text())
    if arguments.at:
        chosen = list(range(1, names.count(arguments.at) + 1))
    else:
        # A few steps more than this time: the loop may take another turn on another day.
        chosen = [*_edges(left), *range(len(names) + 1, len(names) + 20)]
    calm = {"names": names, **_look(undisturbed)}
    for number in chosen:
        folder: Path = arguments.folder / f"{number}"
        shutil.copytree(start, folder)
        if fork(life(folder, number)) == 0:
            # On a busy machine the undisturbed life may have taken more turns than this one: what follows is tried.
            if number > len(names):
                break
            continue
        calls_open = int((folder / "calls_open").read_text())
        killed = _look(folder)
        fork(life(folder))
        restarted = _look(folder)
        if "uncertain" in restarted["states"]:
            fork(lambda folder=folder: asyncio.run(_decide(folder)))  # type: ignore[misc]
            fork(life(folder))
        told = {"killed": killed, "restarted": restarted, "decided": _look(folder)}
        result = {"point": number, "calls_open": calls_open, **told}
        sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
    sys.stdout.write(json.dumps(calm, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
