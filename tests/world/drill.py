"""The outbox's own methods, drilled: each on rows drawn at random, beside the plain outbox, at the end of each world.

What the people of a world bring about in a minute is mostly the same; here rows are in states that take a month of bad
luck: parts behind what is unclear, a stop that stands, an answer to a row that has another holder. There is no loop and
no disk in between: a statement takes as long as SQLite needs for ten rows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, TypeVar

from bot.core.events import Chat
from bot.core.lean.values import replace
from bot.core.machine import chance as machine_chance
from bot.core.messages import Message
from bot.core.text import Text
from bot.features.outbox.row import Leased, NewRow, Outcome, RowStop

from .drill_bench import Bench, at_once, is_value
from .drill_box import BoxDrill, vendors
from .drill_flight import FlightDrill
from .drill_rows import AHEAD, PACKAGES, PLATFORMS, Drawn
from .drill_sender import SenderDrill
from .timeline import BEGAN

if TYPE_CHECKING:
    from .world import World

FLIGHTS, ALL_FLIGHTS = 2, 13
SCENES, FIRST, IN_THE_FIRST, CALLS = 2, 6, 40, 14
"""So many tables of rows, more of them in the first worlds, and calls of methods on each."""
_FIRST = frozenset(map(str, range(FIRST)))
T = TypeVar("T")


Given = tuple[Sequence[object], Mapping[str, object]]


class Drill:
    """`found` are the differences."""

    def __init__(self, bench: Bench, seed: str) -> None:
        self._bench = bench
        self._chance = Random(f"{seed}:drill")
        self._now = BEGAN

    @property
    def found(self) -> list[str]:
        return self._bench.lockstep.found

    def run(self) -> None:
        first = self._bench.plan.seed in _FIRST
        for _ in range(IN_THE_FIRST if first else SCENES):
            with self._bench.undone():
                drawn = Drawn(self._chance)
                drawn.put_into(self._bench.connection)
                self._now = drawn.now
                self._bench.reads()
                for _ in range(CALLS):
                    self._calls(self._chance.choices(_METHODS, _WEIGHTS)[0])
                self._bench.vendors, self._bench.timeline.wall = vendors(self._chance), self._now
                BoxDrill(self._bench, self._chance, self._now).run()
                SenderDrill(self._bench, self._chance, self._now).run()

        FlightDrill(self._bench, self._chance).run(ALL_FLIGHTS if first else FLIGHTS)

    def _calls(self, name: str) -> None:
        lockstep, ledger = self._bench.lockstep, self._bench.ledger
        given = _GIVEN[name](self)
        if given is None:
            return
        args, named = given
        with self._bench.undone():
            plain, since = lockstep.plain(name), ledger.version
            plain.read_stops()
            try:
                answer = at_once(getattr(self._bench.rows, name)(*args, **named))
            except Exception as error:
                lockstep.say(f"drill, {name}", f"{type(error).__name__}: {error}")
                return
            self._bench.reads()
            self._are_values(answer)
            wanted = getattr(plain, _NAMED.get(name, name))(*args, **named)
            lockstep._compare(name, plain, wanted, answer, since)
            lockstep._stops(name, plain)

    def _are_values(self, answer: object) -> None:
        """See that what the outbox answers with cannot be changed by whoever has it."""
        for one in answer if isinstance(answer, list) else answer.values() if isinstance(answer, dict) else ():
            if not is_value(one):
                self._bench.lockstep.say("drill", f"{type(one).__name__} can be changed")

    # What a method is called with

    def one_of(self, *choices: T) -> T:
        return self._chance.choice(choices)

    def platform(self) -> str:
        return self.one_of(*PLATFORMS)

    def later(self) -> datetime:
        return self._now + timedelta(seconds=self.one_of(*AHEAD))

    def chat(self) -> Chat:
        platform = self.platform()
        return self.one_of(Chat(platform, "c-0", "private"), Chat(platform, "c-1", "private"),
                           Chat(platform, "g-0", "group"))  # fmt: skip

    def some(self, rows: Sequence[Leased], most: int) -> list[Leased]:
        return self._chance.sample(rows, min(len(rows), self._chance.randrange(1, most + 1)))

    def holders(self, where: str, most: int = 4) -> list[Leased]:
        """Return some rows as somebody has them, who may be their holder no more."""
        return [
            replace(row, token="another") if self._chance.random() < 0.15 else row
            for row in self.some(self._bench.held(where), most)
        ]

    def outcome(self, row: Leased) -> Outcome:
        to = self.one_of("sent", "failed", "uncertain", "pending", "held", "expired")
        reason = {"sent": "", "pending": row.reason}.get(to, "a reason" * self.one_of(1, 1, 30))
        stop = self.one_of("", "", "poison") if to == "failed" else ""
        if to in ("uncertain", "pending"):
            stop = self.one_of("", "", "outage" if to == "uncertain" else "token")
        perhaps = to == "pending" and not stop and self.one_of(True, False)
        chat_id = self.one_of("", "", "c-9") if to in ("pending", "failed") else ""
        return Outcome(
            row, to, reason, "m7" * self.one_of(1, 40) if to == "sent" else "",  # type: ignore[arg-type]
            self.later() if to in ("pending", "held") and self.one_of(True, False) else None,
            to in ("failed", "uncertain", "sent") or self.one_of(True, False), chat_id, stop,  # type: ignore[arg-type]
            to == "failed" and not stop and self.one_of(True, False), perhaps,
        )  # fmt: skip

    def outcomes(self) -> list[Outcome]:
        if self._chance.random() < 0.2:
            return [Outcome(row, "sent", message_id=f"m{row.id}") for row in self.holders("state = 'sending'")]
        return [self.outcome(row) for row in self.holders("state in ('leased', 'sending')")]

    def windows(self) -> dict[str, timedelta]:
        return self.one_of({"private": timedelta(seconds=60)}, {},
                           {"private": timedelta(seconds=60), "group": timedelta(seconds=10)})  # fmt: skip

    def never(self, windows: Mapping[str, timedelta]) -> Sequence[str]:
        return () if "group" in windows else self.one_of((), ("group",))

    def stop(self) -> RowStop | None:
        found = at_once(self._bench.rows._run("select * from outbox_stops", []))
        if not found:
            return None
        row = self._chance.choice(found)
        return RowStop(int(str(row["id"])), 0, "", "", "", 0, self._now)

    def new_rows(self) -> list[NewRow]:
        package = self.one_of(*PACKAGES, "fresh", "fresh")
        announcement = self.one_of(0, 1)
        return [
            NewRow(
                "notice", announcement, package, part, f"{package}/{part}", self.chat(), "vi",
                Message(Text.verbatim(f"{package} {part}")), "", False, "pending", "", self._now, None,
                replacing=self.one_of("", "m1"),
            )
            for part in range(1, self.one_of(1, 2, 3) + 1)
        ]  # fmt: skip


def _given(*args: object, **named: object) -> Given:
    return args, named


def _if(rows: Sequence[object]) -> Given | None:
    return _given(rows) if rows else None


def _ends(d: Drill) -> datetime:
    return d.one_of(d._now, d._now, d.later(), d._now + timedelta(days=1))


_GIVEN: Mapping[str, Callable[[Drill], Given | None]] = {
    "lease": lambda d: _given(d.platform(), d._now, d._now + timedelta(seconds=120), d.one_of(1, 2, 3, 9)),
    "intend": lambda d: _ahead(d, d.holders("state = 'leased' or (state = 'pending' and attempts > 1)")),
    "record": lambda d: (d.outcomes() or None) and _given(d.outcomes(), d._now),
    "late": lambda d: _given(d.outcome(d.one_of(*d._bench.held("state = 'uncertain'"), *d.some(d._bench.held(), 2))),
                             d._now),
    "rest_chat": lambda d: _given(d.platform(), d.chat().id, d.later(), d._now, d.one_of(
        ["urgent", "request", "notice", "routine"], ["notice", "routine"])),
    "recover": lambda d: _given(d.platform(), d._now, _ends(d), again=d.one_of(True, False), but=d.one_of(
        (), [row.id for row in d.some(d._bench.held(), 3)])),
    "expire": lambda d: _given(d.platform(), d._now),
    "keep_quiet": lambda d: _given(d.platform(), d._now, d._now + timedelta(seconds=30)),
    "end_quiet": lambda d: _given(d.platform(), d._now),
    "quiet_changed": lambda d: _given(d._now),
    "keep_windows": lambda d: _given(d.platform(), windows := d.windows(), d.never(windows), d._now),
    "keep_quota": lambda d: _given(d.platform(), d.one_of(0, 1, 2, 3, 5), d._now, d._now + timedelta(days=9), d.one_of(
        frozenset({"private"}), frozenset({"private", "group"}))),
    "told_gone": lambda d: _given(d.some(d._bench.held("gone"), 2) if d.one_of(True, False) else []),
    "advance": lambda d: _given(d.platform(), d._now),
    "hold_platform": lambda d: _given(d.platform(), d._now),
    "switched_off": lambda d: _given(d.platform(), d._now),
    "switched_on": lambda d: _given(d.platform(), d._now),
    "outage_over": lambda d: _given(d.platform(), d._now),
    "tell_of": lambda d: None if (stop := d.stop()) is None else _given(stop),
    "try_token_again": lambda d: _given(d.one_of([], ["rich"], ["rich", "plain"]), d._now),
    "take_gathered": lambda d: _given(d.chat(), d.one_of("vi", "en"), d._now),
    "take_together": lambda d: _given(d.chat(), d.one_of("news:a:", "news:b:"), d._now),
    "cancel": lambda d: d.one_of(
        _given(d._now, reason="by hand" * d.one_of(1, 40), package=d.one_of(*PACKAGES)),
        _given(d._now, reason="by hand" * d.one_of(1, 40), announcement=d.one_of(1, 2))),
    "decide": lambda d: _given(d.one_of(*d._bench.held("state in ('uncertain', 'sent')"), *d._bench.held()).id,
                               d.one_of("received", "resend", "drop"), d._now),
    "decide_all": lambda d: _given(
        d.one_of(1, 2), d.one_of("received", "resend", "drop"), d._now, since=d._now - timedelta(seconds=60),
        until=d.one_of(d._now, d._now - timedelta(seconds=10)), cause=d.one_of("cut", "lost", "")),
    "arrived": lambda d: _given(d.one_of(*PACKAGES), d._now),
    "vouched": lambda d: _given(d.one_of(*PACKAGES), d._now),
    "resume": lambda d: _given(d.one_of(0, 1, 2), d._now),
    "retry": lambda d: _given(d.one_of(1, 2), d._now, d.one_of("", *PACKAGES)),
    "insert": lambda d: _given(d.new_rows(), d._now),
    "on_their_way": lambda d: _given(d.platform()),
    "last_counted": lambda d: _given(d._bench.held("state in ('leased', 'sending', 'pending')"), d.one_of(1, 2, 3),
                                     d.one_of(["private"], ["private", "group"])),
    "gone": lambda d: _given(d.platform(), d._now),
    "next_time": lambda d: _given(d.platform(), d._now),
    "window_is_open": lambda d: _given(d.chat(), d.one_of(d._now - timedelta(seconds=60), d._now)),
    "news": lambda d: _given(d.platform()),
    "digests_due": lambda d: _given(d._now),
    "together": lambda d: _given(d._now),
    "begun": lambda d: _given(d.chat(), d.one_of("news:a:", "news:b:"),
                              d.one_of(d._now, d._now - timedelta(seconds=60))),
    "is_whole": lambda d: _given(d.one_of(*PACKAGES)),
    "has_others": lambda d: _given(d.one_of(1, 2, 3), d.one_of(*PACKAGES)),
    "counts": lambda d: _given(d.one_of(1, 2)),
    "waiting": lambda d: _given(d.platform()),
    "planned": lambda d: _given(d.platform(), d.later()),
    "running": lambda d: _given(d.platform()),
    "numbers_waiting": lambda d: _given([d.chat(), d.chat()]),
    "present": lambda d: _given([f"{d.one_of(*PACKAGES)}/1", f"{d.one_of(*PACKAGES)}/{d.one_of(1, 2)}", "fresh/1"]),
    "due": lambda d: _given(d.one_of(["rich"], ["rich", "plain"]), d._now, _ends(d)),
    "restless": lambda d: _given(d.one_of(["rich"], ["rich", "plain"]), d._now),
    "shut_out": lambda d: _windowed(d),
    "standing": lambda d: _given(d.one_of(1, 2)),
    "stops": lambda d: _given(d.one_of(1, 2)),
    "delivered": lambda d: _given(d.one_of(*PACKAGES)),
}  # fmt: skip
_OFTEN = {
    "lease": 8, "record": 12, "late": 5, "advance": 9, "resume": 9, "decide": 6, "decide_all": 6, "vouched": 6,
    "arrived": 4, "retry": 5, "keep_quota": 6, "recover": 6, "expire": 5, "keep_windows": 4, "intend": 4, "cancel": 3,
    "gone": 4, "due": 4, "take_together": 3, "take_gathered": 3, "switched_off": 3, "begun": 3, "window_is_open": 3,
    "end_quiet": 3, "insert": 3,
}  # fmt: skip
"""The others twice: they look at one thing."""
_METHODS = tuple(_GIVEN)
_WEIGHTS = [_OFTEN.get(name, 2) for name in _METHODS]
_NAMED = {"stops": "holding"}
"""How the plain one calls it."""


def _ahead(d: Drill, rows: Sequence[Leased]) -> Given | None:
    return _given(rows, d._now, d._now + timedelta(seconds=120)) if rows else None


def _windowed(d: Drill) -> Given | None:
    windows = d.windows()
    never = d.never(windows)
    rows = d._bench.held("state = 'leased'")
    return _given(rows, windows, never, d._now) if rows and (windows or never) else None


def violations(world: World) -> list[str]:
    bench = Bench(world.plan, world.town.tables())
    drill = Drill(bench, world.plan.seed)
    logging.disable(logging.CRITICAL)
    try:
        with machine_chance.using(Random(f"{world.plan.seed}:tokens").randbytes):
            drill.run()
    finally:
        logging.disable(logging.NOTSET)
    bench.connection.close()
    return drill.found
