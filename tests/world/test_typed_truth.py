"""The truth of typed numbers: another list's choice is right only if that list came after the number was typed."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from bot.core.events import Chat, Sender, TextSent

from . import little_typed
from .little_people import Said, Villager
from .vendor import Update

CHAT = Chat("plain", "c-3", "private")
TYPED = 18.6


def _list(event: int, token: str, taken: float | None, chat: Chat = CHAT) -> SimpleNamespace:
    text = "\n".join((f"Mời chọn {token}:", *(f"{at}. Mục {token}-{at}" for at in (1, 2, 3))))
    return SimpleNamespace(key=f"reply:{chat.id}:{event}:6", chat=chat, taken=taken, text=text)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (_list(48, "d7", 19.9), "d7-2"),  # as in seed 883 of the core: asked before it, and shown after the number
        (_list(48, "d7", 18.0), "d11-2"),  # it stood there when the number was typed
        (_list(48, "d7", None), "d11-2"),  # it never stood there
        (_list(55, "d7", 19.9), "d11-2"),  # it was noted after the number
        (_list(46, "d7", 17.0), "d11-2"),  # the list that was chosen from is the last one
        (_list(48, "d7", 19.9, Chat("plain", "c-4", "private")), "d11-2"),
    ],
)
def test_a_typed_number_means_what_stood_there_unless_another_list_overtook_it(
    other: SimpleNamespace, expected: str
) -> None:
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    database.execute("create table inbox (seq, platform, event_id)")
    database.execute("insert into inbox values (54, 'plain', 'Dũng-34')")
    number = TextSent("Dũng-34", CHAT, Sender("id-3", "Dũng"), datetime(2026, 11, 23, tzinfo=UTC), text="2")
    said = Said(Update(number), CHAT, ("d11-2",), "Đã chọn d11-2.", at=TYPED)
    world = SimpleNamespace(
        vendors={"plain": SimpleNamespace(calls=[_list(47, "d11", 17.5), other])},
        disk=SimpleNamespace(ask=lambda text, values: database.execute(text, values).fetchall()),
        said=[said],
    )
    (meant,) = little_typed.as_noted(world)  # type: ignore[arg-type]
    assert (meant.effects, meant.answer) == ((expected,), f"Đã chọn {expected}.")


@pytest.mark.parametrize(
    ("asked_at", "noted", "expected"),
    [
        (
            24.1,
            53,
            "Chào 2 của b4.",
        ),  # nobody was there for eleven seconds: all came at once, in any order
        (24.1, 55, "Đã chọn d11-2."),  # it came after the number
        (18.0, 53, "Đã chọn d11-2."),  # the person had asked before
    ],
)
def test_a_number_is_the_name_that_a_question_asks_for_which_overtook_it(
    asked_at: float, noted: int, expected: str
) -> None:
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    database.execute("create table inbox (seq, platform, event_id)")
    rows = [(54, "plain", "Dũng-34"), (noted, "plain", "Dũng-35"), (60, "plain", "Dũng-36")]
    database.executemany("insert into inbox values (?, ?, ?)", rows)

    def said(event_id: str, text: str, effect: str, answer: str, about: str, at: float) -> Said:
        event = TextSent(event_id, CHAT, Sender("id-3", "Dũng"), datetime(2026, 11, 23, tzinfo=UTC), text=text)
        return Said(Update(event), CHAT, (effect,) if effect else (), answer, about=about, at=at)

    world = SimpleNamespace(
        vendors={"plain": SimpleNamespace(calls=[_list(47, "d11", 17.5)])},
        disk=SimpleNamespace(ask=lambda text, values: database.execute(text, values).fetchall()),
        said=[
            said("Dũng-34", "2", "d11-2", "Đã chọn d11-2.", "", TYPED),
            said("Dũng-35", "tên b4", "", "Tên gì, cho b4?", "?b4", asked_at),
            said("Dũng-36", "ông b5", "b4 ông b5", "Chào ông b5 của b4.", "", 25.0),
        ],
    )
    number, _, name = little_typed.as_noted(world)  # type: ignore[arg-type]
    assert number.answer == expected
    assert bool(name.effects) is expected.startswith("Đã chọn")


@pytest.mark.parametrize(
    ("died", "asked", "expected"),
    [
        (11.54, 25, "b1-1"),  # as in seed 50213: the process died in mid-call, and a list overtook the number
        (11.54, 27, "got c13"),  # the list was noted after the number
        (30.0, 25, "got c13"),  # the notice's choices are open
    ],
)
def test_a_number_beside_a_notice_that_never_opened_chooses_from_the_list_that_was_noted_before_it(
    died: float, asked: int, expected: str
) -> None:
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    database.execute("create table inbox (seq, platform, event_id)")
    database.execute("insert into inbox values (26, 'plain', 'Bình-2')")
    number = TextSent("Bình-2", CHAT, Sender("id-1", "Bình"), datetime(2026, 11, 23, tzinfo=UTC), text="1")
    said = Said(Update(number), CHAT, ("got c13",), "Cảm ơn vì c13.", at=TYPED)
    notice = SimpleNamespace(
        key="row:2", chat=CHAT, life=1, taken=11.47, heard=11.53, text="Tin c13 cho bác.\n\n1. Đã nhận c13"
    )
    world = SimpleNamespace(
        vendors={"plain": SimpleNamespace(calls=[notice, _list(asked, "b1", 197.4)])},
        disk=SimpleNamespace(ask=lambda text, values: database.execute(text, values).fetchall()),
        deaths={1: died},
        disk_away=lambda since, until: 0.0,
        said=[said],
    )
    (meant,) = little_typed.as_noted(world)  # type: ignore[arg-type]
    assert meant.effects == (expected,)


@pytest.mark.parametrize(
    ("below", "typed"),
    [
        ([], ["2"]),
        ([_list(70, "b11", 33.6)], []),  # as in seed 41017 of the core
        ([_list(70, "b11", None)], ["2"]),
        ([_list(70, "b11", 33.6, Chat("plain", "c-4", "private"))], ["2"]),
    ],
)
def test_nobody_types_a_number_below_another_list_that_has_it(below: list[SimpleNamespace], typed: list[str]) -> None:
    asked, said, others = _list(67, "b16", 32.2), list[str](), list[str]()
    asked.number = 0
    for one in (asked, *below):
        one.message = SimpleNamespace(buttons=())
    person = SimpleNamespace(
        _vendor=SimpleNamespace(calls=[asked, *below], clock=0.0),
        _at_present=lambda chat: chat,
        _says=lambda words, *rest, **named: said.append(words),
        _acts=lambda: others.append("something else"),
        _turn=0,
        _chance=SimpleNamespace(uniform=lambda least, most: least),
        _later=lambda *of: None,
        _gives_up=lambda: None,
    )
    Villager._picks(person, asked, CHAT, "Mục b16-2", "b16-2", "Đã chọn b16-2.")  # type: ignore[arg-type]
    assert said == typed
    assert bool(others) is not bool(typed)
