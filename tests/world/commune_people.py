"""The people of the commune, each with a goal, and with the ways in which people miss it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, ClassVar

from bot.core.actions import pack
from bot.core.events import Chat, Commanded, Event, Pressed, Sender, TextSent
from bot.core.messages import Message
from bot.core.small_words import slashed
from bot.features.announcements.actions import Approve, Cancel, CorrectIt, OpenReceipt, Toggle

from .vendor import Call

if TYPE_CHECKING:
    from .world import World

_NUMBERED = re.compile(r"^(\d{1,2})\. (.+)$", re.MULTILINE)
VNEID = "Cài và kích hoạt VNeID mức 2"
NEEDLESS = "Bỏ số này"
NOTICE = "Sáng mai bà con đi quét đường. Bà con tập trung lúc 6 giờ 30 ở đầu thôn."
_APPROVED = "Đã duyệt", "đã duyệt lúc"
NOT_UNDERSTOOD = ("Tôi chưa hiểu ý bác", "Tôi vẫn chưa hiểu")
PATIENCE = 90.0


class GaveUp(Exception):
    """What was to come did not come; the story begins anew."""


@dataclass(frozen=True)
class Says:
    """Say something, and go on when a message comes that has `wants` (or `also`) in it or among its choices."""

    text: str
    wants: str = ""
    also: str = ""


@dataclass(frozen=True)
class Picks:
    """Choose a line: press the button, or type the number beside it; then as in Says. `twice`: impatiently."""

    label: str
    wants: str = ""
    twice: bool = False
    also: str = ""


@dataclass(frozen=True)
class Presses:
    """Press what no button carries."""

    data: str


@dataclass(frozen=True)
class Waits:
    """Wait for a message, for as long as that takes; `then` some seconds more, in which much is forgotten."""

    wants: str
    then: float = 2.0


Act = Says | Picks | Presses | Waits


class Storyteller:
    """Somebody who acts out a story, and begins it anew when it gets stuck."""

    on: ClassVar[str] = "rich"
    who: ClassVar[str] = ""
    most: ClassVar[int] = 60
    """Messages in which the goal must be reached."""

    def __init__(self, world: World) -> None:
        self.name = type(self).__name__
        self.finished = False
        self.world = world
        self.chance = Random(f"{world.plan.seed}:{self.name}")
        self.vendor = world.vendors[self.on]
        me = self.who or self.name.lower()
        self.me = Sender(f"id-{me}", self.name)
        self.private = Chat(self.on, f"c-{me}", "private")
        self.said = 0
        self.misunderstood: list[str] = []
        self.lacks = "has not begun"
        self._story: Iterator[Act] | None = None
        self._act: Act | None = None
        self._turn = 0
        self._seen = 0
        self._heard: set[str] = set()

    # A story, to be written by who inherits

    def story(self) -> Iterator[Act]:
        raise NotImplementedError

    def reached(self) -> str:
        """Say what is still lacking when the story is told."""
        return ""

    # How it is told

    def begin(self) -> None:
        self.vendor.watching.setdefault(self.private.id, []).append(self._hears)
        self._later(self.chance.uniform(1.0, 90.0), self._starts)

    def goal(self) -> str:
        return self.lacks

    @property
    def screen(self) -> list[Message]:
        return [shown.message for shown in self.vendor.screens.chats.get(self.private.id, [])]

    def reads(self, *wanted: str) -> bool:
        """Tell whether one of these stands in the chat."""
        return any(one in message.text.plain for one in wanted for message in self.screen)

    def choices(self) -> list[str]:
        """What can be chosen under the newest message that has choices."""
        for message in reversed(self.screen[-3:]):
            if found := _choices(message):
                return found
        return []

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        self._turn += 1
        turn = self._turn
        self.world.timeline.after(seconds, lambda: what() if turn == self._turn else None)

    def _starts(self) -> None:
        self._story, self.lacks = self.story(), "is still at it"
        self._goes_on()

    def _goes_on(self) -> None:
        if self._story is None:
            return
        if self.said >= min(self.most, self.world.plan.actions):
            self.lacks = f"{self.reached() or 'is not at the end of the story'} after {self.said} messages"
            self.finished = True
            return
        try:
            self._act = next(self._story)
            self._does(self._act)
        except StopIteration:
            self.lacks, self.finished, self._story, self._act = self.reached(), True, None, None
        except GaveUp:
            self._later(self.chance.uniform(5.0, 40.0), self._starts)

    def _does(self, act: Act) -> None:
        self._seen = len(self.vendor.calls)
        if isinstance(act, Waits):
            if self.reads(act.wants):
                self._later(act.then, self._goes_on)
            return
        match act:
            case Says(text):
                self.speaks(text)
            case Picks(label):
                self.picks(label)
                if act.twice:
                    self.picks(label)
            case Presses(data):
                self.presses(data, "m0")
        wants = getattr(act, "wants", "")
        if not wants and isinstance(act, Presses):
            self._later(self.chance.uniform(1.0, 8.0), self._goes_on)
        else:
            self._later(PATIENCE, self._starts)

    def _hears(self, call: Call) -> None:
        again = call.key in self._heard  # after a kill nobody can know that it came
        self._heard.add(call.key)
        if again:
            pass
        elif call.text.startswith(NOT_UNDERSTOOD):
            self.misunderstood.append(call.text)
        else:
            self.misunderstood.append("")
        act = self._act
        if act is None or (call.number < self._seen and not isinstance(act, Waits)):
            return
        if any(one in words for one in _wanted(act) for words in (call.text, *_choices(call.message))):
            self._act = None
            self._later(act.then if isinstance(act, Waits) else self.chance.uniform(0.5, 8.0), self._goes_on)

    # What a hand can do

    def speaks(self, text: str, chat: Chat | None = None) -> None:
        place, at, command = chat or self.private, self.world.timeline.wall, slashed(text)

        def event(event_id: str) -> Event:
            if command is not None:
                return Commanded(event_id, place, self.me, at, name=command.name, args=command.args)
            return TextSent(event_id, place, self.me, at, text=text)

        self._posts(event, text)

    def picks(self, label: str) -> None:
        """Choose in the newest message that has this line."""
        shown = self.vendor.screens.chats.get(self.private.id, [])
        for one in reversed(shown[-4:]):
            for button in one.message.buttons:
                if button.label.removeprefix("✅ ") == label:
                    self.presses(button.data, one.id, f"[{label}]")
                    return
            for number, line in _NUMBERED.findall(one.message.text.plain):
                if line.removeprefix("✅ ") == label:
                    self.speaks(number)
                    return
        raise GaveUp(label)

    def presses(self, data: str, message: str, words: str = "") -> None:
        at = self.world.timeline.wall
        self._posts(
            lambda event_id: Pressed(event_id, self.private, self.me, at, data=data, message_id=message),
            words or f"[{data}]",
        )

    def _posts(self, event: Callable[[str], Event], words: str) -> None:
        self.said += 1
        self.world.timeline.say(f"{self.name}: {words}")
        self.vendor.post(event(f"{self.name}-{self.said}"))


def _wanted(act: Act) -> tuple[str, ...]:
    wants, also = getattr(act, "wants", ""), getattr(act, "also", "")
    return (wants, also) if also else (wants,)


def _choices(message: Message) -> list[str]:
    lines = dict(_NUMBERED.findall(message.text.plain))
    if message.buttons:
        return [lines.get(button.label, button.label) for button in message.buttons]
    return list(lines.values())


_DIGRESSIONS = ("cảm ơn", "trời nóng quá nhỉ", "mấy giờ rồi", "qwrt plmk zzz", "menu", "ừ", "alo", "5 giờ chiều mai à")


class Resident(Storyteller):
    """Follows a guide, and talks of other things in between."""

    def story(self) -> Iterator[Act]:
        yield Says("cai vneid", VNEID)
        yield Picks(VNEID, "")
        if "Làm tiếp" in self.choices():
            yield Picks("Làm lại từ đầu", "Làm rồi, chưa kích hoạt")
        yield Picks("Làm rồi, chưa kích hoạt", "Tiếp")
        yield Picks("Tiếp", "Tiếp")
        for _ in range(self.chance.randrange(3)):
            yield Says(self.chance.choice(_DIGRESSIONS))
        yield Says("tiep tuc", "Tiếp")
        yield Picks("Tiếp", "Tiếp")
        yield Picks("Tiếp", "Đã cài xong")
        yield Picks("Đã cài xong", "Đọc lại")


class Asker(Resident):
    """The same without buttons."""

    on = "plain"


class Gossip(Storyteller):
    """Says what no machine understands, again and again."""

    on = "plain"

    def story(self) -> Iterator[Act]:
        for words in ("qwrt plmk zzz", "bnmq wert xxk", "lkjh gfds vvv", "hướng dẫn"):
            yield Says(words)


class Leader(Storyteller):
    """Reports, corrects himself, and says that it is right.

    Who got no answer reports once more; asked about the number that stands, he learns that the first report counted.
    """

    who = "leader"

    def story(self) -> Iterator[Act]:
        yield Says("bc vneid 12, hồ sơ 5", "Đúng không ạ", also=NEEDLESS)
        if NEEDLESS in self.choices():
            yield Picks(NEEDLESS)
            return
        yield Says("à nhầm, vneid 13", "Đúng không ạ")
        yield Picks("Đúng", "Đã ghi", twice=self.chance.random() < 0.4)


class Officer(Storyteller):
    """Writes an announcement to all villages and asks for approval."""

    who = "officer"

    def story(self) -> Iterator[Act]:
        yield Says("/thongbao", "Soạn mới")
        yield Picks("Soạn mới", "Tự viết")
        yield Picks("Tự viết", "gõ nội dung")
        yield Says(NOTICE, "Nơi nhận")
        yield Picks("Nơi nhận", "Tất cả các thôn (12)")
        yield Picks("Tất cả các thôn (12)", "sẽ đến 2 nhóm")
        yield Picks("Xong", "Xin duyệt")
        yield Picks("Xin duyệt", "Đã chốt 2 nhóm", twice=self.chance.random() < 0.4)


class Chair(Storyteller):
    """Approves, twice."""

    who = "chair"

    def story(self) -> Iterator[Act]:
        yield Waits("Có thông báo chờ duyệt", self.chance.uniform(1.0, 60.0))
        if not self.reads(*_APPROVED):  # her answer may come when she had given up, and pushed the button away
            # Where the answer is lost, she learns by the second press that the first one counted.
            yield Picks("Duyệt", _APPROVED[0], twice=True, also=_APPROVED[1])


class Relay(Storyteller):
    """Gets words to paste into the village's group, forgets, and says so when asked again."""

    on, who = "plain", "relay"

    def story(self) -> Iterator[Act]:
        yield Waits("Đã dán vào nhóm", self.chance.choice((3.0, 40.0, 200.0)))
        yield Picks("Đã dán vào nhóm", "ghi")  # or that it was noted before


class Attacker(Storyteller):
    """A stranger who presses what only officials may."""

    def story(self) -> Iterator[Act]:
        yield Says("chào", "")
        for _ in range(8):
            number, version = self.chance.randrange(1, 3), self.chance.randrange(1, 6)
            yield Presses(
                pack(
                    self.chance.choice(
                        (
                            Approve(number, version),
                            Toggle(number, version, "all"),
                            OpenReceipt(number),
                            Cancel(number, version, True),
                            CorrectIt(number, False),
                        )
                    )
                )
            )
