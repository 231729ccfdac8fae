"""Every action of the bot, and the page or the click by which an official at the desk reaches it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from bot.core.engine import EngineLimits
from bot.core.events import Commanded, Event, Pressed, Sender, TextSent
from bot.core.flood import Flood
from bot.core.pacing import ChatPace
from bot.features.desk.sessions import PLATFORM
from bot.features.rights.table import CHAIR, OFFICER
from bot.framework.process import CLOCK
from bot.office.desk.conversation import chat_of
from bot.office.desk.visit import HOME
from bot.platforms.workdesk import Desk

from . import full_house
from .news_room import NewsRoom, NewsSeat, news_room

pytestmark = [pytest.mark.desk_walk, pytest.mark.asyncio(loop_scope="module")]

CLICKS, FAR = 3, 99
_TABLE = Path(__file__).parents[2] / "data" / "desk_reach.tsv"
_OTHERS = frozenset({"resident", "group", "leader", "observer", "phone"})
"""Whose an action is that no official does: somebody's about themselves, a group's, a village leader's, an observer's,
or one that belongs to a messenger (a voice, a file that was sent there, a way to the desk itself)."""
_DEEP = "deep"
"""An official's action behind more than three clicks, or a state that the walk does not make."""
_NOT_OF_OFFICIALS = frozenset(
    {
        "banlam", "boanh", "camon", "cauhoi", "chulon", "daphatloa", "dung", "dunglai", "ghichu", "gioithieu", "huy",
        "kiemtra", "lienket", "nhomthon", "phuongthuc", "start", "taikhoan", "thoigiucau", "thoihienten", "thoihoi",
        "tienganh", "tiengviet", "tim", "trogiup", "vaotaphuan",
    }
)  # fmt: skip
"""Commands about oneself, small talk, or of a village's group and its leader; and the way to the desk."""
_SAME: Mapping[str, str] = {
    "baocao": "bc", "cachduatin": "tfa", "chatluong": "ykx", "ghivanban": "vkg", "giaoviec": "nvm", "goilai": "gmo",
    "gopybaocao": "gyk", "guilaingay": "gt", "huongdan": "ls", "lichloa": "vs", "loichuahieu": "uhn", "nhatky": "ghl",
    "nhiemvu": "du", "taphuan": "lpm",
}  # fmt: skip
"""A command whose work a button does, by the action of the button."""
_BUTTON = re.compile(r'name="viec" value="(\w+\|[^"]*|\w+)"')
_COMMAND = re.compile(r'name="lenh" value="(\w+)"')
_LINK = re.compile(r'href="(/ban[^"#]*|\?[^"#]*)"')
_EACH = (
    f"{HOME}/thong-bao/",
    f"{HOME}/cai-dat/",
    f"{HOME}/viec/",
    f"{HOME}/bai/ban-sua/",
    f"{HOME}/bai/{full_house.GUIDE}",
)
"""Pages of which each is opened; of all others one of a kind."""
_NOT_PRESSED = frozenset({"rs", "px", "l", "lg", "dske", "pm", "mu", "ca", "cn"})
"""Actions after which the walk would be somebody else's: it ends a role or a session, or changes the language."""
_NOT_SAID = frozenset({"huy", "dung", "xoadulieu", "tienganh", "tiengviet"})
_TYPED: Mapping[str, tuple[str, ...]] = {
    "nvm": ("Phát tờ rơi, hạn 30/12/2026", "bỏ qua", "bỏ qua"),
    "bcv": ("TT03 8",),
    "bcn": ("Máy hỏng",),
    "lammau": ("VNeID",),
    "sd": ("0229 3 111 222",),
    "vs": ("Lạc Hiền: thứ 2 đến thứ 6, 5:30",),
    "lpp": ("30/12/2026 8:00, nhà văn hóa",),
    "vkg": ("Kế hoạch số 15/KH-UBND ngày 1/11/2026 về chuyển đổi số",),
    "kt": ("Mai sửa",),
    "jl": (),
    "ghiluot": ("Giúp 2 bà cài VNeID",),
}
"""Words that are typed where a click leads to a question; typing is no click."""


@dataclass
class Walked:
    """All that was found: an action's code → where, and how many clicks its button, or that of a command, is away.

    The first page is the start, a link is a click, and so is the button at the end.
    """

    pages: dict[str, str] = field(default_factory=dict)
    depths: dict[str, int] = field(default_factory=dict)
    commands: dict[str, int] = field(default_factory=dict)
    replies: dict[str, str] = field(default_factory=dict)


@dataclass
class Walker:
    """An official who opens each kind of page once, and then presses each kind of button once."""

    room: NewsRoom
    seat: NewsSeat
    person: int
    desk: Desk
    found: Walked
    pressed: set[str] = field(default_factory=set)
    waiting: dict[str, str] = field(default_factory=dict)

    async def pages(self) -> None:
        offered = self.room.bot.joined.desk
        patterns = [re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(HOME + re.sub(r":\[0-9\]\+", "", one.path))))
                    for one in offered]  # fmt: skip
        todo, seen, depths = [HOME], set[str](), {HOME: 0}
        while todo:
            address = todo.pop(0)
            path = address.partition("?")[0]
            at = next((at for at, one in reversed([*enumerate(patterns)]) if one.fullmatch(path)), None)
            kind = path if at is None else patterns[at].pattern
            for code in () if at is None else offered[at].reaches:
                self.found.depths[code] = min(self.found.depths.get(code, FAR), depths[address] + 1)
            mark = path if path.startswith(_EACH) else kind
            if mark in seen or path.endswith("/song"):
                continue
            seen.add(mark)
            async with self.seat.client.get(address) as answer:
                page = await answer.text() if answer.content_type == "text/html" else ""
            for data in _BUTTON.findall(page):
                code = unescape(data).partition("|")[0]
                self.found.pages.setdefault(code, path)
                self.found.depths[code] = min(self.found.depths.get(code, FAR), depths[address] + 1)
                self.waiting.setdefault(code, unescape(data))
            for name in _COMMAND.findall(page):
                self.found.commands[name] = min(self.found.commands.get(name, FAR), depths[address] + 1)
            for link in _LINK.findall(page):
                to = unescape(link) if link.startswith("/") else path + unescape(link)
                depths.setdefault(to, depths[address] + 1)
                todo.append(to)

    async def replies(self) -> None:
        """Say each command, press what stands on the pages, and then what the replies offer."""
        said = sorted(set(self.room.bot.joined.router.commands) - _NOT_SAID)
        await self._level([(name, Commanded, name) for name in said], 1)

    async def _level(self, level: list[tuple[str, type, str]], depth: int) -> None:
        after: list[tuple[str, type, str]] = []
        if depth == 1:
            fresh = self.waiting.keys() - self.pressed - _NOT_PRESSED
            after += [(code, Pressed, self.waiting[code]) for code in sorted(fresh)]
        for start, kind, data in level:
            self.pressed.add(data.partition("|")[0])
            async for code, button in self._does(start, kind, data):
                self.found.replies.setdefault(code, start)
                clicks = self.found.commands.get(start, FAR) + 1
                self.found.depths[code] = min(self.found.depths.get(code, FAR), clicks)
                again = code == start.rpartition(">")[2] and f"{code}+" not in self.pressed
                if (code not in self.pressed or again) and code not in _NOT_PRESSED and depth < CLICKS:
                    self.pressed |= {code, f"{code}+"} if again else {code}
                    after.append((f"{start}>{code}", Pressed, button))
        if depth < CLICKS:
            await self._level(after, depth + 1)

    async def _does(self, start: str, kind: type, data: str) -> AsyncIterator[tuple[str, str]]:
        chat, sender = chat_of(PLATFORM, self.person), Sender(str(self.person), "Cô Lan", "vi")
        last = await self.desk.last(chat.id)
        name = f"walk-{next(_EVENTS)}"
        made = CLOCK.now()
        event: Event = Pressed(name, chat, sender, made, data)
        if kind is Commanded:
            event = Commanded(name, chat, sender, made, data, "")
        await self._hears(event)
        for words in _TYPED.get(start.rpartition(">")[2], ()):
            await self._hears(TextSent(f"walk-{next(_EVENTS)}", chat, sender, CLOCK.now(), words))
        for entry in await self.desk.entries(chat.id, last):
            for _, button in entry.buttons:
                yield button.partition("|")[0], button

    async def _hears(self, event: Event) -> None:
        await self.room.bot.engine.receive([event])
        await self.room.bot.engine.idle()


_EVENTS = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NewsRoom]:
    async with news_room(tmp_path_factory.mktemp("reach")) as made:
        await full_house.fill(made)
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walked(room: NewsRoom) -> Walked:
    with pytest.MonkeyPatch.context() as patched:
        # One official would press some hundred buttons in a second: the flood's brake is not what is asked here.
        patched.setattr(Flood, "delay", lambda *_: (0.0, False))
        patched.setattr(ChatPace, "per_second", 10_000.0)
        patched.setattr(EngineLimits, "mark_after", 0.0)
        return await _walked(room)


async def _walked(room: NewsRoom) -> Walked:
    found = Walked()
    desk = next(one for one in room.bot.running if isinstance(one, Desk))
    for role in (OFFICER, CHAIR):
        person = await room.office.person(role)
        walker = Walker(room, await room.sits(person), person, desk, found)

        await walker.pages()
        await walker.replies()
    return found


def table() -> Mapping[str, tuple[str, str]]:
    rows = [line.split("\t") for line in _TABLE.read_text(encoding="utf-8").splitlines()[1:]]
    return {code: (action, reason) for code, action, reason in rows}


async def test_every_action_is_reached_from_the_desk_or_has_a_reason(room: NewsRoom, walked: Walked) -> None:
    kinds = {kind.code: kind.__name__ for kind in room.bot.joined.router.actions}
    declared = {code for page in room.bot.joined.desk for code in page.reaches}
    assert declared <= kinds.keys()
    known = table()
    assert {code: action for code, (action, _) in known.items() if kinds.get(code) != action} == {}
    assert {reason for _, reason in known.values()} <= _OTHERS | {_DEEP}
    left = kinds.keys() - walked.pages.keys() - walked.replies.keys() - declared
    assert {code: kinds[code] for code in left - known.keys()} == {}
    others = {code for code in left if known[code][1] in _OTHERS}
    assert {code for code, (_, reason) in known.items() if reason == _DEEP} == left - others
    assert len(left - others) <= (len(kinds) - len(others)) // 12, "of what is an official's, at most one in twelve"


async def test_every_command_of_an_official_is_three_clicks_away(room: NewsRoom, walked: Walked) -> None:
    names = {one.name for one in room.bot.joined.router.commands.values()}
    assert _NOT_OF_OFFICIALS | _SAME.keys() <= names
    # A button with the command itself, or one with the action that it is in the chat: whichever is nearer.
    away = {
        name: min(walked.commands.get(name, FAR), walked.depths.get(_SAME.get(name, ""), FAR))
        for name in names - _NOT_OF_OFFICIALS
    }
    assert {name: clicks for name, clicks in away.items() if clicks > CLICKS} == {}, sorted(away.items())
