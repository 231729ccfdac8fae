"""The truths of pauses: whose failures are counted together, and how long one that looks at another chat may take."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from bot.core.events import Chat, Sender, TextSent
from bot.core.messages import Attachment, Message
from bot.core.text import Text

from .core import pace
from .little_people import Said
from .timeline import Timeline
from .vendor import Call, Update

CHAT = Chat("rich", "g-own", "group")
KEY = "reply:g-own:41:6"
TAKEN_UP = "event 41: an answer is sent that may come twice (1)"
PICTURE = Attachment("photo", "m-c3", "hình c3", 1000)


def _call(at: float, life: int, fate: str, *, shown: bool = True) -> Call:
    words = "Ảnh c3 đây." if shown else f"Ảnh c3 đây.\nThe picture {pace.WITHOUT_FILE}."
    message = Message(Text.verbatim(words), attachment=PICTURE if shown else None)
    return Call(0, at, life, CHAT, message, KEY, fate, ended=at + 0.2)


def _found(calls: list[Call], *lines: tuple[float, int]) -> list[str]:
    vendor = SimpleNamespace(name="rich", calls=calls, limit=None, idempotent=False)
    world = SimpleNamespace(
        plan=SimpleNamespace(nodes=2),
        warned_in=[(at, life, TAKEN_UP) for at, life in lines],
        timeline=Timeline("1"),
        happened={},
    )
    return [*pace._waits(world, vendor), *pace._files(world, vendor)]  # type: ignore[arg-type]


OF_ONE = [_call(1.0, 1, "files"), _call(2.2, 1, "files"), _call(4.4, 1, "files"), _call(4.6, 1, "fine", shown=False)]


def test_who_takes_a_chat_up_changes_no_count_of_another_process() -> None:
    """As in seeds 4638 and 5646 of the core: cut from the broker, one process went on for a while."""
    of_another = [_call(3.0, 2, "files"), _call(4.2, 2, "fine")]
    assert _found(sorted([*OF_ONE, *of_another], key=lambda call: call.at), (2.9, 2)) == []
    assert len(_found([*OF_ONE[:2], _call(2.5, 1, "fine")], (2.4, 2))) == 1


def test_who_takes_its_own_chat_up_anew_counts_from_nought() -> None:
    """As in seed 8194: its queue went away with the line to the broker, and came back."""
    before = [_call(1.0, 1, "before"), _call(2.2, 1, "before")]
    again = [_call(3.0, 1, "files"), _call(4.2, 1, "files"), _call(6.4, 1, "files"), _call(6.6, 1, "fine", shown=False)]
    assert _found([*before, *again], (3.0, 1)) == []
    assert len(_found([*before, *again])) == 3
    assert _found([*OF_ONE[:2], *again], (3.0, 1)) == []
    assert len(_found([*before, _call(3.0, 1, "before"), _call(3.3, 1, "fine")], (3.0, 1))) == 1


def test_the_line_of_an_unclear_call_begins_no_count() -> None:
    calls = [_call(1.0, 1, "unclear"), _call(1.5, 1, "fine")]
    assert len(_found(calls, (1.2, 1))) == 1
    assert _found(calls, (1.2, 1), (1.4, 1)) == []


LOOKS = "giữ rich:c-2 a6"


def _said(event: str, chat: str, text: str, *effects: str) -> Said:
    of = Chat("rich", chat, "private")
    sent = TextSent(event, of, Sender("id-0", "An"), datetime(2026, 11, 23, tzinfo=UTC), text=text)
    return Said(Update(sent), of, effects)


@pytest.mark.parametrize(
    ("text", "changes", "waited"),
    [
        (LOOKS, 0, 2.1),
        (LOOKS, 2, 3.3),  # as in seed 9111: what it looked at changed twice until its commit
        ("cộng a6", 2, 1.5),
    ],
)
def test_who_looks_at_another_chat_may_look_once_more_for_each_change(text: str, changes: int, waited: float) -> None:
    said = [_said("a6", "c-0", text, "a6"), _said("c0", "c-2", "thế à c0")]
    said += [_said(f"c{at}", "c-2", f"cộng c{at}", f"c{at}") for at in range(1, changes + 1)]
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("create table inbox (seq, platform, chat_id, event_id)")
        for seq, one in enumerate(said, 1):
            database.execute("insert into inbox values (?, 'rich', ?, ?)", (seq, one.chat.id, one.update.event.id))

        def violations(done: float) -> list[str]:
            handled = {1: done, **{seq: 27.0 + seq / 10 for seq in range(2, len(said) + 1)}}
            world = SimpleNamespace(
                plan=SimpleNamespace(faults=()),
                timeline=SimpleNamespace(kept=[], told=[(20.4, "   warning: event 1 waits for the database: broken")]),
                disk=SimpleNamespace(ask=lambda text: database.execute(text).fetchall()),
                conversations=SimpleNamespace(handled=handled),
                mended=[26.5],
                said=said,
                deaths={},
            )
            return list(pace._goes_on(world))  # type: ignore[arg-type]

        assert violations(26.5 + waited) == []
        assert len(violations(26.5 + waited + 0.2)) == 1


@pytest.mark.parametrize(("done", "wrong"), [(7.1, 0), (8.0, 1)])
def test_what_finds_no_room_twice_has_waited_since_the_second_time(done: float, wrong: int) -> None:
    """As in seed 26272 of the core: others left some room before the disk was mended."""
    line = "   warning: event 1 waits for the database: database or disk is full"
    world = SimpleNamespace(
        plan=SimpleNamespace(faults=()),
        timeline=SimpleNamespace(kept=[], told=[(5.1, line), (6.1, line)]),
        disk=SimpleNamespace(ask=lambda text: [(1, "c-2")]),
        conversations=SimpleNamespace(handled={1: done}),
        mended=[8.9],
        said=[],
        deaths={},
    )
    assert len(list(pace._goes_on(world))) == wrong  # type: ignore[arg-type]


@pytest.mark.parametrize(("nodes", "again", "wrong"), [(2, 79.2, 0), (2, 76.0, 1), (1, 79.2, 1)])
def test_a_refusal_in_the_pause_of_another_process_does_not_extend_it(nodes: int, again: float, wrong: int) -> None:
    """As in seed 27923 of the core: the second process had not heard of the pause."""
    calls = [_call(17.0, 1, "silent429"), _call(19.9, 2, "silent429"), _call(again, 2, "fine")]
    vendor = SimpleNamespace(calls=calls)
    world = SimpleNamespace(plan=SimpleNamespace(nodes=nodes, faults=()), ledger=SimpleNamespace(steady=False), said=[])
    assert len(list(pace._paused(world, vendor))) == wrong  # type: ignore[arg-type]
