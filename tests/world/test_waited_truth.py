"""Truths of what waited: an official ends a pause before its time, and a window may open too late for what it kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from types import SimpleNamespace

import pytest

from bot.core.events import Chat, PhotoSent, Sender, TextSent

from . import little_model
from .core import pace
from .little_people import Said
from .plan import Fault
from .timeline import BEGAN
from .vendor import Update

GROUP, OFFICIAL = Chat("plain", "g-plain", "group"), Chat("rich", "c-2", "private")
WINDOW = 245.0


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute("create table inbox (seq, platform, chat_id, event_id, noted_at)")
        columns = "id, key, platform, chat_id, state, reason, decision, attempts, created_at, expires_at"
        made.execute(f"create table outbox ({columns})")
        yield made


def _asks(database: sqlite3.Connection) -> SimpleNamespace:
    return SimpleNamespace(ask=lambda text, values=(): database.execute(text, values).fetchall())


@pytest.mark.parametrize(
    ("words", "lifted", "faults", "early"),
    [
        ("Đã nhấc c31.", 105.2, [], False),  # as in seed 20180
        ("Đã nhấc c31.", 87.0, [], True),  # before the pause began
        ("Đã nhấc c31.", 112.0, [], True),
        ("Đã soi c31.", 105.2, [], True),
        ("Đã soi c31.", 105.2, [Fault("jump", 90.0, much=3600.0)], False),  # as in seed 20297
        ("Đã soi c31.", 105.2, [Fault("jump", 90.0, much=30.0)], True),
        ("Đã soi c31.", 105.2, [Fault("jump", 90.0, much=-3600.0)], True),
        ("Đã soi c31.", 105.2, [Fault("jump", 87.0, much=3600.0)], True),
    ],
)
def test_a_pause_without_a_time_is_over_when_an_official_or_the_clock_ends_it(
    database: sqlite3.Connection, words: str, lifted: float, faults: list[Fault], early: bool
) -> None:
    database.execute("insert into inbox values (118, 'rich', 'c-2', 'Chi-31', '')")
    told = Said(Update(TextSent("Chi-31", OFFICIAL, Sender("id", "Chi"), BEGAN, text="x")), OFFICIAL, (), words)
    refused, again = (
        SimpleNamespace(key="reply:g-plain:108:3", chat=GROUP, life=3, cut=False, waits=None, **of)
        for of in ({"at": 87.9, "ended": 88.0, "fate": "silent429"}, {"at": 110.0, "ended": 110.2, "fate": "fine"})
    )
    world = SimpleNamespace(
        said=[told],
        disk=_asks(database),
        conversations=SimpleNamespace(handled={118: lifted}),
        ledger=SimpleNamespace(steady=True),
        plan=SimpleNamespace(nodes=1, faults=faults),
        timeline=SimpleNamespace(kept=[]),
        stalled=[],
        deaths={},
    )
    found = [*pace._paused(world, SimpleNamespace(calls=[refused, again]))]  # type: ignore[arg-type]
    assert bool(found) is early


@pytest.mark.parametrize(
    ("wrote", "window", "wrong"),
    [
        ((33.0, 43.5), WINDOW, False),  # as in seed 20077: the look that let it go came when its 40 seconds were over
        ((15.0, 43.5), WINDOW, True),  # a look had time to find that
        ((-60.0, 33.0), WINDOW, True),  # it had not to wait at all
        ((), WINDOW, True),
        ((33.0,), None, True),
    ],
)
def test_what_waits_for_its_chat_may_expire_before_a_look_lets_it_go(
    database: sqlite3.Connection, wrote: tuple[float, ...], window: float | None, wrong: bool
) -> None:
    created, expires = BEGAN + timedelta(seconds=8), BEGAN + timedelta(seconds=48)
    row = (9, "gap:c2:Kim/1", "plain", "c-7", "expired", "", "", 0, created.isoformat(), expires.isoformat())
    database.execute("insert into outbox values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    noted = [(seq, (BEGAN + timedelta(seconds=at)).isoformat()) for seq, at in enumerate(wrote)]
    database.executemany("insert into inbox values (?, 'plain', 'c-7', '', ?)", noted)
    vendor = SimpleNamespace(calls=[], window=window, moved={})
    world = SimpleNamespace(vendors={"plain": vendor}, disk=_asks(database), warned=[])
    assert bool([*little_model._once(world)]) is wrong  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kept", "wrong"),
    [
        ([(4.8, 7.4), (7.4, 10.0)], False),  # as in seed 43566 of the core: begun at 4.8, handled at 10.0
        ([(7.4, 9.0)], False),
        ([], True),
        ([(12.0, 17.2)], True),
    ],
)
def test_an_event_counts_for_its_minute_since_it_was_begun(kept: list[tuple[float, float]], wrong: bool) -> None:
    world = SimpleNamespace(
        deaths={},
        plan=SimpleNamespace(faults=()),
        vendors={"plain": SimpleNamespace(name="plain", calls=[], month=None)},
        conversations=SimpleNamespace(handled_in={("plain", "c-3"): [10.0, *[20.0] * 19, 64.8]}),
        timeline=SimpleNamespace(kept=kept),
        said=[],
    )
    assert bool([*pace._minutes(world)]) is wrong  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lines", "handled", "late"),
    [
        ((16.6, 17.6, 18.6), 19.7, False),  # as in seed 45478 of the core: the disk was well at 23.5
        ((16.6,), 19.7, True),
        ((16.6, 18.6), 19.7, True),
        ((16.6, 17.6), 19.7, True),
    ],
)
def test_what_waits_for_a_full_disk_goes_on_a_second_after_each_time_that_it_found_it_full(
    database: sqlite3.Connection, lines: tuple[float, ...], handled: float, late: bool
) -> None:
    database.execute("insert into inbox values (33, 'rich', 'c-1', '', '')")
    world = SimpleNamespace(
        plan=SimpleNamespace(faults=()),
        timeline=SimpleNamespace(
            kept=[], told=[(at, "   warning: event 33 waits for the database: it is full") for at in lines]
        ),
        disk=_asks(database),
        conversations=SimpleNamespace(handled={33: handled}),
        mended=[23.5],
        said=[],
        deaths={},
    )
    assert bool([*pace._goes_on(world)]) is late  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("noted", "handled", "wrong"),
    [
        ((34.931611, 34.932536), 36.93, False),  # as in seed 30165: the queue began with the first one alone
        ((34.932536, 34.932536), 36.93, True),  # it had both
        ((34.931611, 34.932536), 37.9, True),
        ((34.931611, 34.932536), 35.3, True),
    ],
)
def test_an_album_of_which_more_is_found_after_a_second_waits_for_another_one(
    database: sqlite3.Connection, noted: tuple[float, ...], handled: float, wrong: bool
) -> None:
    said = []
    for nth, at in enumerate(noted):
        values = (nth, "rich", "c-2", f"Chi-{nth}", (BEGAN + timedelta(seconds=at)).isoformat())
        database.execute("insert into inbox values (?, ?, ?, ?, ?)", values)
        photo = PhotoSent(f"Chi-{nth}", OFFICIAL, Sender("id", "Chi"), BEGAN, files=(), album="c1")
        said.append(Said(Update(photo), OFFICIAL, at=34.8))
    world = SimpleNamespace(
        plan=SimpleNamespace(faults=(), nodes=1),
        town=SimpleNamespace(name="little"),
        deaths={},
        disk=_asks(database),
        said=said,
        conversations=SimpleNamespace(handled={len(noted) - 1: handled}),
        timeline=SimpleNamespace(kept=[]),
    )
    assert bool([*pace._albums(world)]) is wrong  # type: ignore[arg-type]
