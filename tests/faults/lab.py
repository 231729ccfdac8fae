"""A bot that is killed at a chosen point, started again, and looked at: one process for each life.

    python -m tests.faults.lab FOLDER KIND [--without PART] [--at NAME]

prints one JSON line for each kill point: what the person and the database had after the restart; the last line has the
names of all points, in order. With --at only points of that name are tried.
A point is each step of the event loop (so each await), and each database call before and after it ran, between the
arrival of an event and the end of its answer. PART takes one mechanism out, to see the promise break:

    inbox   the event is not written before it is acknowledged
    order   the reply leaves before the commit
    drain   the start takes nothing up
    marks   nothing remembers what was sent
    move    a group's session moves in a commit after that of the event which tells of the move
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import aiosqlite

from bot.core.context import Context
from bot.core.delivery import Delivery
from bot.core.engine import Engine, EngineLimits
from bot.core.events import Chat, ChatMoved, Event, Incoming, Sender, TextSent
from bot.core.messages import Message
from bot.core.pacing import Pacer
from bot.core.platform import Budget, Rejected, Sent, Sink, Usage
from bot.core.router import Router
from bot.core.sessions import Key, RecordedEvent, Session
from bot.storage import database, group_commit, schema, unit_of_work
from bot.storage.group_commit import Answer, Statement
from bot.storage.store import ConversationStore
from bot.storage.tables.learning import GuideCount
from bot.testing import PLAIN
from tests.models import work_out_once

CHAT = Chat("lab", "chat-1", "private")
GROUP, SUPERGROUP = Chat("lab", "group-1", "group"), Chat("lab", "group-2", "group")
ANSWER = "Đã ghi."
SHORTER_LIVES = 5
"""So many lives end in peace before it is sure that no point is left: on a busy machine one may be shorter."""
KINDS = ("change", "read", "move")


@dataclass
class Points:
    """Counts points while `watching`; at number `kill_at` the process dies as if the power had gone.

    With `only` just the points of this name count: the loop may take a step more or less from one life to the next.
    In `diary` stands then what this life had passed, for the same reason.
    """

    kill_at: int = 0
    only: str = ""
    watching: bool = False
    names: list[str] = field(default_factory=list)
    diary: Path | None = None

    def pass_by(self, name: str) -> None:
        if not self.watching:
            return
        self.names.append(name)
        passed = self.names.count(self.only) if self.only else len(self.names)
        if passed == self.kill_at and self.only in ("", name):
            if self.diary is not None:
                self.diary.write_text(json.dumps(self.names))
            os.kill(os.getpid(), signal.SIGKILL)


class Vendor:
    """The messenger's side, on disk: what it delivered, what was acknowledged, what it accepted.

    It delivers the one thing that a person says; or, of a group that `moves`, that and the word of the move, and then
    what the person says in the group's new place.
    """

    name = "lab"
    capabilities = PLAIN
    budget = Budget(per_second=1000)

    def __init__(self, folder: Path, points: Points, *, moves: bool = False) -> None:
        self._accepted = folder / "accepted.txt"
        self._acknowledged = folder / "acknowledged"
        self._points = points
        self._moves = moves

    async def listen(self, sink: Sink) -> None:
        """Deliver the first events again and again until they are acknowledged."""
        hoa, at = Sender("1", "Hoa"), datetime.now(UTC)
        first = TextSent("e1", GROUP if self._moves else CHAT, hoa, at, text="cộng")
        moved = ChatMoved("e2", GROUP, Sender("", ""), at, SUPERGROUP.id)
        await self._deliver("acknowledged", [first, moved] if self._moves else [first], sink)

    async def goes_on(self, sink: Sink) -> None:
        """Deliver what is said in the group's new place; it answers the question that was asked in the old one."""
        said = TextSent("e3", SUPERGROUP, Sender("1", "Hoa"), datetime.now(UTC), text="thôn Đông", addressed=False)
        await self._deliver("acknowledged there", [said], sink)

    async def _deliver(self, name: str, events: Sequence[Event], sink: Sink) -> None:
        acknowledged = self._acknowledged.with_name(name)
        if not acknowledged.exists():
            await sink(events)
            self._points.pass_by("noted, not acknowledged")
            acknowledged.touch()
            self._points.pass_by(name)

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        self._points.pass_by("before acceptance")
        with self._accepted.open("a", encoding="utf-8") as file:
            file.write(json.dumps(message.text.plain) + "\n")
        self._points.pass_by("after acceptance")
        return Sent("1")

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        raise Rejected("nobody sends files here")

    def link(self, code: str) -> str | None:
        return None

    def group_link(self, code: str) -> str | None:
        return None

    async def usage(self) -> Usage | None:
        return None

    async def close(self) -> None:
        return

    def accepted(self) -> list[str]:
        if not self._accepted.exists():
            return []
        return [str(json.loads(line)) for line in self._accepted.read_text("utf-8").splitlines()]


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.01))


def router(kind: str) -> Router:
    router = Router()

    @router.command("cong", "cộng")
    async def add(ctx: Context) -> None:
        if kind == "read":
            ctx.reply(ctx.t(ANSWER))
            return
        async with ctx.changes():
            row = await GuideCount.get_or_none(guide="lab")
            if row is None:
                await GuideCount.create(guide="lab", step="s", what="w", day=datetime.now(UTC).date(), count=1)
            else:
                await GuideCount.filter(id=row.id).update(count=row.count + 1)
            if kind == "move":
                ctx.wait_for("where", "ask")
                ctx.reply(ctx.t("Ở thôn nào?"), expects="text")
            else:
                ctx.reply(ctx.t(ANSWER))

    @router.step("where", "ask", TextSent)
    async def where(ctx: Context) -> None:
        ctx.leave_flow()
        ctx.reply(ctx.t(ANSWER))

    @router.on(ChatMoved)
    async def moved(ctx: Context) -> None:
        async with ctx.changes():
            pass

    return router


def instrument(points: Points) -> None:
    run = asyncio.Handle._run

    def counted_run(handle: asyncio.Handle) -> None:
        points.pass_by("loop step")
        run(handle)

    asyncio.Handle._run = counted_run  # type: ignore[method-assign, assignment]
    execute = aiosqlite.Connection._execute

    async def counted_execute(
        connection: aiosqlite.Connection, function: Callable[..., object], *args: object, **kwargs: object
    ) -> object:
        name = str(args[0]).split("(")[0][:60] if args and isinstance(args[0], str) else function.__name__

        def watched(*inner: object, **more: object) -> object:
            points.pass_by(f"before {name}")
            result = function(*inner, **more)
            points.pass_by(f"after {name}")
            return result

        return await execute(connection, watched, *args, **kwargs)  # type: ignore[no-untyped-call]

    aiosqlite.Connection._execute = counted_execute  # type: ignore[method-assign, assignment]
    run_statement, commit = group_commit.run, group_commit.commit

    def counted_statement(connection: sqlite3.Connection, statement: Statement) -> Answer:
        name = statement.text.split("(")[0][:60]
        points.pass_by(f"before {name}")
        answer = run_statement(connection, statement)
        points.pass_by(f"after {name}")
        return answer

    def counted_commit(connection: sqlite3.Connection) -> None:
        points.pass_by("before commit")
        commit(connection)
        points.pass_by("after commit")

    for module in (group_commit, unit_of_work):
        module.run = counted_statement  # type: ignore[attr-defined]
        module.commit = counted_commit  # type: ignore[attr-defined]


class _NoInbox(ConversationStore):
    async def record(self, events: Sequence[Event]) -> list[RecordedEvent]:
        return [RecordedEvent(1, event, await self.load(Key(*CHAT_KEY), "private")) for event in events]


class _NoDrain(ConversationStore):
    async def unfinished(self) -> list[RecordedEvent]:
        return []

    async def unsent(self) -> list[Session]:
        return []


class _NoMarks(ConversationStore):
    async def mark(self, sent: Sequence[tuple[Key, int]], done: Sequence[int]) -> None:
        await super().mark([], done)


class _MovesLater(ConversationStore):
    _later: Key | None = None

    @asynccontextmanager
    async def changes(self, session: Session) -> AsyncIterator[None]:
        async with super().changes(session):
            yield
        if self._later is not None:
            async with super().changes(session):
                await super().save(session, (), self._later)

    async def save(self, session: Session, stored: Sequence[str] = (), moves_to: Key | None = None) -> None:
        self._later = moves_to
        await super().save(session, stored)


CHAT_KEY = (CHAT.platform, CHAT.id)
_STORES = {"inbox": _NoInbox, "drain": _NoDrain, "marks": _NoMarks, "move": _MovesLater}


def _send_first() -> None:
    """Sabotage: replies leave before the commit."""
    vendor: list[Callable[[Message], Coroutine[Any, Any, object]]] = []

    async def hasty(ctx: Context) -> None:
        stored = ctx.settle()
        for reply in ctx.session.out:
            await vendor[0](reply.message)
        ctx.session.sent(ctx.session.out_seq)
        await ctx.store.save(ctx.session, stored)
        ctx.committed = True

    Context.commit = hasty  # type: ignore[method-assign, assignment]
    send_out = Delivery.send_out

    async def remembers(delivery: Delivery, session: Session) -> None:
        platform = delivery._platforms["lab"]
        vendor[:] = [lambda message: platform.send(CHAT, message)]
        await send_out(delivery, session)

    Delivery.send_out = remembers  # type: ignore[method-assign, assignment]


async def _live(folder: Path, kind: str, points: Points, without: str) -> list[str]:
    """One life: start, take what the messenger delivers, answer. Returns the names of the points passed."""
    async with database.opened(database.file_url(folder / "bot.sqlite3")) as db:
        vendor = Vendor(folder, points, moves=kind == "move")
        engine = Engine(
            router=router(kind),
            store=_STORES.get(without, ConversationStore)(db),
            platforms={"lab": vendor},
            pacers={"lab": Pacer(1000.0, SystemClock())},
            translate=lambda locale, message, context=None: message,
            link_to=lambda name: None,
            clock=SystemClock(),
            limits=EngineLimits(per_minute=1000, mark_after=0.001),
        )
        await engine.start()
        points.watching = True
        await vendor.listen(engine.receive)
        await engine.idle()
        if kind == "move":
            await vendor.goes_on(engine.receive)
            await engine.idle()
        points.watching = False
        await engine.stop()
    return points.names


def look(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(folder / "bot.sqlite3")) as connection:
        (total,) = connection.execute("select total(count) from guide_counts where guide = 'lab'").fetchone()
    return int(total)


@cache
def _empty() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder, "bot.sqlite3")
        schema.create(path)
        return path.read_bytes()


def prepared(folder: Path) -> Path:
    """The folder, made anew with an empty database in it."""
    folder.mkdir(parents=True)
    (folder / "bot.sqlite3").write_bytes(_empty())
    return folder


def warm_up(folder: Path) -> None:
    """Learn here, once, what each forked life would have to learn about the models."""

    async def open_and_ask() -> None:
        async with database.opened(database.file_url(prepared(folder) / "bot.sqlite3")):
            await GuideCount.all().count()

    work_out_once()
    asyncio.run(open_and_ask())


def fork(work: Callable[[], None]) -> int:
    """Run `work` in a process of its own; returns its exit status, negative for a signal."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--without", default="", choices=("", "order", *_STORES))
    parser.add_argument("--at", default="")
    arguments = parser.parse_args()
    if arguments.without == "order":
        _send_first()
    points = Points()
    instrument(points)

    def life(folder: Path, kill_at: int = 0) -> Callable[[], None]:
        def work() -> None:
            points.kill_at = kill_at
            points.only = arguments.at if kill_at else ""
            points.diary = folder / "passed.json"
            names = asyncio.run(_live(folder, arguments.kind, points, arguments.without))
            (folder / "points.json").write_text(json.dumps(names))

        return work

    warm_up(arguments.folder / "warm")
    undisturbed = prepared(arguments.folder / "undisturbed")
    fork(life(undisturbed))
    names: list[str] = json.loads((undisturbed / "points.json").read_text())
    # A few steps more than this time: the loop may take another turn on another day.
    numbers = [n for n, name in enumerate([*names, *[""] * 20], start=1) if arguments.at in ("", name)]
    survived = 0
    for nth, number in enumerate(numbers, start=1):
        folder = prepared(arguments.folder / f"{number}")
        if fork(life(folder, nth if arguments.at else number)) == 0:
            survived += 1
            if survived == SHORTER_LIVES:
                break
            continue
        passed = json.loads((folder / "passed.json").read_text())
        fork(life(folder))
        answers = Vendor(folder, points).accepted().count(ANSWER)
        told = {"point": number, "total": look(folder), "answers": answers, "passed": passed}
        sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.write(json.dumps({"names": names}) + "\n")


if __name__ == "__main__":
    main()
