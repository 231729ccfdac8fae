"""How often one event asks the database: counted at the driver over everything that a role is offered and may type.

A person presses what stands on the screen, from the menu three screens deep, then types every command and presses what
it shows. What is said here is the most that any of it costs, with the note of the event and the save. Marks that are
written afterwards in batches are not counted. Whatever fails fails the test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import aiosqlite
import pytest

from bot.features.difficulties import difficulties
from bot.features.tasks import board
from bot.storage.core_tables.conversation import InboxEvent
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.event_reads import EventReads, is_read
from bot.storage.tables.announcements import Announcement, AnnouncementTarget
from bot.testing import RICH, FakePlatform, Participant, World
from tests.features.village import Places, counted, group, places, somebody

DEPTH = 3
READING, WRITING, TABLE = 5, 12, 8
"""The most visits to the driver of an event that only reads, of one that changes something, of a large table."""
TABLES = {
    "bcd": "the figures of a village in five periods beside one another",
    "/sodabao": "the same",
    "wf": "the sums of a commune, with targets and lights",
    "wg": "the same by indicator",
    "ws": "the same by group of people",
    "wr": "the same by stage, with the visits",
    "/tonghop": "the same",
    "tfb": "the four ways to a village, with who stands behind each",
    "/trangthai": "messengers, groups, villages without one and who stands in for it, the machine",
}
EXCEPTIONS = {
    "/dulieu": (75, "all that is kept of a person, from every table that names one"),
    "/xoadulieu": (75, "the same, before it is erased"),
    "pe": (75, "the same, by a button"),
    "px": (145, "a person is erased from every table, in one transaction"),
    "ca": (15, "the first consent makes an account, a person, a number and the consent: once in a life"),
    "ldj": (18, "the first question of a commune copies those of the guides into its bank: once"),
    "tfc": (24, "the card of a village's ways is read again within the change of their order"),
}
"""With the most that each may ask, and why."""
LEAST = {"resident": 100, "leader": 120, "officer": 130, "chair": 125}
"""Kinds of presses and commands that the walk reaches at least."""
_OWN = re.compile(r"insert into inbox|(insert into|update) sessions")
_MARK = re.compile(r"update sessions set sent_seq|update inbox set body = null")
_WRITES = re.compile(r"\s*(insert|update|delete|replace)\b", re.IGNORECASE)


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform(RICH)


@dataclass
class Counted:
    """Visits to the driver: the statements of each."""

    visits: list[list[str]] = field(default_factory=list)
    found: dict[str, tuple[int, bool]] = field(default_factory=dict)
    """The most visits of each kind of event, and whether it wrote."""

    @contextmanager
    def of(self, kind: str) -> Iterator[None]:
        before = len(self.visits)
        yield
        visits = [one for one in self.visits[before:] if not one or not all(map(_MARK.match, one))]
        wrote = any(_WRITES.match(text) and not _OWN.match(text) for visit in visits for text in visit)
        most, ever = self.found.get(kind, (0, False))
        self.found[kind] = max(most, len(visits)), wrote or ever

    def too_many(self) -> dict[str, int]:
        return {kind: times for kind, (times, wrote) in self.found.items() if times > _allowed(kind, wrote)}


def _allowed(kind: str, wrote: bool) -> int:
    if kind in EXCEPTIONS:
        return EXCEPTIONS[kind][0]
    if wrote:
        return WRITING
    return TABLE if kind in TABLES else READING


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Counted:
    found = Counted()
    execute = aiosqlite.Connection._execute

    async def counting(connection: aiosqlite.Connection, function: Callable[..., object], *rest: object) -> object:
        found.visits.append([text for one in rest for text in _texts(one)])
        return await execute(connection, function, *rest)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counting)
    return found


def _texts(given: object) -> list[str]:
    """Return the statements in what the driver was given: a text, or one or several that wait for a group commit."""
    if isinstance(given, str):
        return [given]
    if isinstance(given, list):
        return [text for one in given for text in _texts(one)]
    if statements := getattr(given, "statements", None):
        return [one.text for one in statements]
    return [given.text] if hasattr(given, "text") else []


async def _village(world: World) -> Places:
    """Build a commune in use: a group, a notice that went out, a task, a difficulty."""
    at, now = await places(), world.clock.now()
    await counted(at.village, 326, 410)
    groups = await group(world.platform.name, "g-1", at.village, "Nhóm thôn", now)
    leader = await somebody("hoa", "leader", at.village)
    await somebody("lan", "officer", at.commune)
    await somebody("mai", "chair", at.commune)
    task = await board.draft(at.village, "Kẻ lại biển loa", "", now.date(), giver=None, now=now)
    assert leader.person_id is not None
    assert await board.give(task, leader.person_id, now, giver=None)
    await difficulties.raise_one(at.village, "Mất sóng ở xóm núi", reporter=leader.person_id, owner=None, now=now)
    sent = await Announcement.create(
        commune_id=at.commune, number=1, title="Họp thôn", text="Mời bà con đến họp.", state="done", everybody=True,
        rows=1, channels=1, approved_at=now, created_at=now, updated_at=now,
    )  # fmt: skip
    await AnnouncementTarget.create(
        announcement_id=sent.id, channel_id=groups.id, unit_id=at.village, platform=groups.platform, native_id="g-1"
    )
    await OutboxRow.create(
        klass="routine", announcement=sent.id, package="p1", key="k1", platform=groups.platform, chat_id="g-1",
        chat_kind="group", locale="vi", message="{}", state="sent", not_before=now, created_at=now, updated_at=now,
    )  # fmt: skip
    return at


async def _pressed(talk: Participant, count: Counted, depth: int) -> None:
    """Press what stands on the screen and was not pressed before, and go on with what comes."""
    if not depth:
        return
    offered = [(button, shown.id) for shown in talk.shown[-2:] for button in shown.message.buttons]
    for button, message in offered:
        kind = button.data.partition("|")[0]
        if kind not in count.found:
            talk.world.clock.passes(seconds=10)
            with count.of(kind):
                await talk.presses(button, message)
            await _pressed(talk, count, depth - 1)


@pytest.mark.parametrize("role", LEAST)
async def test_no_event_asks_often(world: World, count: Counted, role: str) -> None:
    await _village(world)
    name = {"resident": "nam", "leader": "hoa", "officer": "lan", "chair": "mai"}[role]
    talk = world.talk(name, chat=f"chat-{name}")
    await world.talk("hoa", chat="chat-hoa").says("/caidat")  # the first entry of the audit log makes its head
    await talk.says("menu")
    with count.of("/menu"):
        await talk.says("menu")
    await _pressed(talk, count, DEPTH)
    for command in sorted(world.router().commands):
        talk.world.clock.passes(minutes=1)
        with count.of(f"/{command}"):
            await talk.says(f"/{command}")
        await _pressed(talk, count, 1)
    assert count.too_many() == {}
    assert await InboxEvent.filter(failed__isnull=False).values_list("failed", flat=True) == []
    assert len(count.found) >= LEAST[role], "so many kinds of presses and commands are reached"


@pytest.mark.parametrize("role", LEAST)
async def test_a_menu_asks_the_same_a_moment_later(world: World, role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mechanism: a question with the very moment in it is another one for each event, so its answer is never kept."""
    await _village(world)
    name = {"resident": "nam", "leader": "hoa", "officer": "lan", "chair": "mai"}[role]
    talk = world.talk(name, chat=f"chat-{name}")
    asked = _questions(monkeypatch)
    await talk.says("menu")
    asked.clear()
    await talk.says("menu")
    before = list(asked)
    talk.world.clock.passes(seconds=1)
    asked.clear()
    await talk.says("menu")
    assert before
    assert asked == before


async def test_a_menu_looks_for_no_enterprises_where_a_village_tells(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _village(world)
    talk = world.talk("lan", chat="chat-lan")
    asked = _questions(monkeypatch)
    await talk.says("menu")
    assert "Công việc" in talk.choices
    assert [one for one in asked if "enterprise" in one] == []


def _questions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what events ask from now on."""
    asked: list[str] = []
    answer = EventReads.answer

    def noted(reads: EventReads, kind: str, query: str, values: Sequence[object], *rest: object) -> object:
        asked.extend([f"{query} {values}"] * is_read(query))
        return answer(reads, kind, query, values, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(EventReads, "answer", noted)
    return asked


def test_the_exceptions_are_few() -> None:
    assert len(EXCEPTIONS) <= 10
