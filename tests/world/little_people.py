"""The people of the little town: they ask, choose, tell one another, send albums, forge buttons, and lose patience."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from bot.core.events import (
    Chat,
    ChatMoved,
    Commanded,
    Edited,
    Event,
    Incoming,
    OtherSent,
    PhotoSent,
    Pressed,
    Sender,
    TextSent,
)

from .vendor import Call, Update

if TYPE_CHECKING:
    from .world import World

_NUMBERED = re.compile(r"^(\d{1,2})\. (.+)$", re.MULTILINE)
AT_WORK = "c-0"
"""The chat of somebody who has more to do here than people who ask."""
STALE_HOURS, TOO_LATE = 6.0, "so I have changed nothing"
HANDLED_WITHIN = timedelta(minutes=20)
"""After it was said, also where it waits for a disk or for who is before it."""
CROSS_WITHIN = 0.5
"""Seconds, longer than a call takes."""
FORGED = ("wch|x", "wch|a|b", "wgi", "~aaaaaaaaaaaaaaaa", "zz|1", "", "wch|a|99999999999999999999")


@dataclass
class Said:
    """Something that was done, and what must come of it: these effects, and an answer with these words there."""

    update: Update
    chat: Chat
    effects: tuple[str, ...] = ()
    answer: str = ""
    fails: bool = False
    about: str = ""
    spoilt: bool = False
    """Whether the world made its bytes unreadable before it was handled."""
    at: float = 0.0
    heard: list[Call] = field(default_factory=list)


class Villager:
    """Somebody with a private chat on one messenger, in a group with those who are there, too."""

    def __init__(self, world: World, name: str, number: int) -> None:
        self.name = name
        self.finished = False
        self._world = world
        self._chance = Random(f"{world.plan.seed}:{name}")
        self._vendor = world.vendors["rich" if number % 2 == 0 else "plain"]
        self._me = Sender(f"id-{number}", name)
        self.private = Chat(self._vendor.name, f"c-{number}", "private")
        self._group = Chat(self._vendor.name, f"g-{self._vendor.name}", "group")
        self._at_group = number < 4
        self._moves = number < 2
        self._left = world.plan.actions
        self._number = number
        self._count = 0
        self._waits: tuple[Said, int] | None = None
        self._turn = 0
        self._hasty = self._calm = False
        """Whether there is no answer to what was done before this, and whether there was one to all of it."""

    def begin(self) -> None:
        for chat in (self.private, self._group) if self._at_group else (self.private,):
            self._vendor.watching.setdefault(chat.id, []).append(self._looks)
        self._later(self._chance.uniform(0.1, 60.0), self._acts)

    def goal(self) -> str:
        return ""

    # One thing after the other

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        """Do it then, unless something else came in between."""
        self._turn += 1
        turn = self._turn

        def now() -> None:
            if self._turn == turn:
                what()

        self._world.timeline.after(seconds, now)

    def _acts(self) -> None:
        self._waits = None
        if self._left <= 0:
            self.finished = True
            return
        self._left -= 1
        said = getattr(self, f"_{self._action()}")()
        self._calm = not self._hasty
        self._hasty = self._chance.random() < 0.1
        if self._hasty:  # somebody who does not wait for an answer
            self._later(self._chance.uniform(0.0, 2.0), self._acts)
        else:
            self._waits = said, self._turn
            self._later(self._chance.uniform(20.0, 100.0), self._gives_up)

    def _action(self) -> str:
        return self._chance.choices(_ACTIONS, _WEIGHTS)[0]

    def _gives_up(self) -> None:
        """Do something else without an answer; what comes then may be in any order."""
        self._hasty = True
        self._acts()

    def _looks(self, call: Call) -> None:
        if self._waits is not None and self._waits[0].answer and self._waits[0].answer in call.text:
            said, self._waits = self._waits[0], None
            said.heard.append(call)
            if said.about and self._calm and self._chance.random() < 0.9:
                self._later(self._chance.uniform(0.2, 3.0), partial(self._chooses, said, call))
            else:
                self._later(self._chance.expovariate(1.0), self._acts)
            return
        if (
            call.text.startswith("Tin ")
            and not call.text.startswith("Tin trong ngày")
            and call.chat == self.private
            and self._waits is None
            and self._left > 0
            and not self._hasty
        ):
            token = call.text.split()[1]
            self._later(self._chance.uniform(0.5, 9.0), partial(self._confirms, token, call))

    # What can be done

    def _token(self) -> str:
        self._count += 1
        return f"{'abcdefgh'[self._number]}{self._count}"

    def _place(self) -> Chat:
        if self._at_group and self._chance.random() < 0.25:
            return self._at_present(self._group)
        return self.private

    def _at_present(self, chat: Chat) -> Chat:
        """Where the chat goes on after its moves."""
        found = chat.id
        while found in self._vendor.moved:
            found = self._vendor.moved[found]
        return Chat(chat.platform, found, chat.kind)

    def _does(
        self, chat: Chat, event: Callable[[str], Event], effects: tuple[str, ...] = (), answer: str = "",
        *, fails: bool = False, about: str = "",
    ) -> Said:  # fmt: skip
        if chat == self.private:
            self._vendor.gone.discard(chat.id)  # who writes has not blocked it any more
        made = event(f"{self.name}-{len(self._vendor.updates)}")
        self._world.timeline.say(f"{self.name} in {chat.id}: {_words(made)}")
        now = self._world.timeline.now
        said = Said(self._vendor.post(made), chat, effects, answer, fails, about, at=now)
        self._world.said.append(said)
        return said

    def _says(
        self, text: str, effects: tuple[str, ...] = (), answer: str = "", *, chat: Chat | None = None,
        fails: bool = False, about: str = "",
    ) -> Said:  # fmt: skip
        place = self._place() if chat is None else self._at_present(chat)
        at = self._vendor.clock
        name, _, args = text.partition(" ")

        def event(event_id: str) -> Event:
            if name.isascii() and name.isalpha() and args:
                return Commanded(event_id, place, self._me, at, name=name, args=args)
            return TextSent(event_id, place, self._me, at, text=text)

        return self._does(place, event, effects, answer, fails=fails, about=about)

    def _adds(self) -> Said:
        token = self._token()
        return self._says(f"{self._chance.choice(('cong', 'cộng'))} {token}", (token,), f"Đã ghi {token}.")

    def _counts(self) -> Said:
        token = self._token()
        return self._says(f"đếm {token}", (token,), f"Đã ghi {token}, là")

    def _slowly(self) -> Said:
        token = self._token()
        return self._says(f"lâu {token}", (f"{token}a", f"{token}b"), f"Đã ghi {token}.")

    def _reads(self) -> Said:
        token = self._token()
        return self._says(f"xem {token}", (), f"Xem {token}:")

    def _breaks(self) -> Said:
        return self._says(f"hong {self._token()}", (), "", fails=True)

    def _long(self) -> Said:
        token = self._token()
        return self._says(f"dài {token}", (), f"Phần 3 của {token}.")

    def _hurries(self) -> Said:
        for _ in range(self._chance.randrange(3, 25)):
            said = self._reads()
        return said

    def _lists(self) -> Said:
        token = self._token()
        return self._says(f"chọn {token}", (), f"Mời chọn {token}:", about=token)

    def _chooses(self, said: Said, call: Call) -> None:
        if said.about.startswith("?"):
            self._is_called(said)
            return
        if self._crossed(call):
            self._acts()
            return
        at = self._chance.randrange(1, 4)
        token = f"{said.about}-{at}"
        self._picks(call, said.chat, f"Mục {token}", token, f"Đã chọn {token}.")
        if call.message.buttons and self._chance.random() < 0.1:  # twice is twice
            self._picks(call, said.chat, f"Mục {token}", token, f"Đã chọn {token}.")

    def _crossed(self, call: Call) -> bool:
        """Tell whether another list came at the same moment: two calls that cross may stand in either order.

        Below a question for words a number is an answer to that.
        """
        later = self._vendor.calls[call.number + 1 :]
        if any(other.chat == call.chat and other.text.startswith("Tên gì") for other in later):
            return True
        return any(
            other is not call and other.chat == call.chat and _NUMBERED.search(other.text) is not None
            and abs((other.taken or 0.0) - (call.taken or 0.0)) < CROSS_WITHIN
            for other in self._vendor.calls[-60:]
        )  # fmt: skip

    def _picks(self, call: Call, chat: Chat, label: str, effect: str, answer: str) -> None:
        """Press the button, or type the number that stands beside the label."""
        at, chat = self._vendor.clock, self._at_present(chat)
        # In large letters each choice is a message of its own, below the question.
        parts = [one for one in self._vendor.calls[call.number :] if one.chat == call.chat and one.taken is not None]
        button = next(((one, it.data) for one in parts for it in one.message.buttons if it.label == label), None)
        number = next((nr for one in parts for nr, line in _NUMBERED.findall(one.text) if line == label), "")
        if button is not None:
            part, pressed = button
            shown = self._vendor.screens.chats.get(call.chat.id, [])
            message = next((one.id for one in shown if one.message is part.message), "m0")
            waits = self._does(
                chat, lambda event_id: Pressed(event_id, chat, self._me, at, pressed, message), (effect,), answer
            )
        elif number and not _means_another(parts, number, label):
            waits = self._says(number, (effect,), answer, chat=chat)
        else:  # it is not there yet, or no more
            self._acts()
            return
        self._waits = waits, self._turn
        self._later(self._chance.uniform(20.0, 100.0), self._gives_up)

    def _confirms(self, token: str, call: Call) -> None:
        if self._crossed(call):
            self._acts()
            return
        self._picks(call, self.private, f"Đã nhận {token}", f"got {token}", f"Cảm ơn vì {token}.")

    def _tells(self) -> Said:
        token = self._token()
        to = self._chance.choice([name for name in self._world.chats() if name != self.name])
        return self._says(f"nhắn {to} {token}", (token,), f"Đã nhờ gửi {token}.")

    def _announces(self) -> Said:
        token = self._token()
        self._world.announced += 1
        self._world.loans[token] = self._world.announced
        return self._says(f"báo {self._world.announced} {token}", (), f"Đã loan {token}.")

    def _warns(self) -> Said:
        token = self._token()
        return self._says(f"gấp {token}", (), f"Đã báo gấp {token}.")

    def _changes_notice(self) -> Said:
        token = self._token()
        return self._says(f"sửa tin {token}", (), f"Đã sửa tin {token}.")

    def _cancels(self) -> Said:
        token = self._token()
        return self._says(f"hủy tin {token}", (), f"Đã hủy tin {token}.")

    def _decides(self) -> Said:
        token = self._token()
        return self._says(f"quyết {self._chance.randrange(3)} {token}", (), f"Đã quyết {token}.")

    def _inspects(self) -> Said:
        token = self._token()
        return self._says(f"soi {token}", (), f"Đã soi {token}.")

    def _settles(self) -> Said:
        token = self._token()
        return self._says(f"xử {self._chance.randrange(4)} {token}", (), f"Đã xử {token}.")

    def _somebody(self) -> str:
        return self._chance.choice([name for name in self._world.chats() if name != self.name])

    def _leaves_word(self) -> Said:
        token = self._token()
        return self._says(f"thấp {self._somebody()} {token}", (), f"Đã để đó {token}.")

    def _asks_for_later(self) -> Said:
        token = self._token()
        return self._says(f"hẹn {self._somebody()} {token}", (), f"Đã hẹn {token}.")

    def _goes_around(self) -> Said:
        token = self._token()
        return self._says(f"vòng {token}", (), f"Đã vòng {token}.")

    def _switches(self) -> Said:
        token = self._token()
        return self._says(f"tắt {token}", (), f"Đã tắt bật {token}.")

    def _lifts(self) -> Said:
        token = self._token()
        return self._says(f"nhấc {token}", (), f"Đã nhấc {token}.")

    def _remembers(self) -> Said:
        token = self._token()
        return self._says(f"nhớ {token}", (), f"Nhớ {token}:")

    def _hangs(self) -> Said:
        return self._says(f"treo {self._token()}", (), "", fails=True, chat=self.private)

    def _dawdles(self) -> Said:
        token = self._token()
        return self._says(f"chậm {token}", (), f"Chậm {token}.", chat=self.private)

    def _comes_late(self) -> Said:
        """Say what has lain for hours at the messenger: after six of them, by the bot's clock, it changes nothing."""
        token, place, hours = self._token(), self._place(), self._chance.choice((3.5, 8.5))
        at = self._vendor.clock - timedelta(hours=hours)
        late = _is_too_old(self._world, at)
        if late is None:
            return self._adds()
        return self._does(
            place, lambda event_id: Commanded(event_id, place, self._me, at, name="cong", args=token),
            () if late else (token,), TOO_LATE if late else f"Đã ghi {token}.",
        )  # fmt: skip

    def _blocks(self) -> Said:
        """Block the bot, and come back in a while."""
        said = self._says(f"xem {self._token()}", chat=self.private)
        self._world.timeline.after(self._chance.uniform(0.5, 4.0), partial(self._vendor.gone.add, self.private.id))
        return said

    def _tells_news(self) -> Said:
        token = self._token()
        return self._says(f"moi {self._somebody()} {token}", (), f"Đã có tin mới {token}.")

    def _vouches(self) -> Said:
        token = self._token()
        return self._says(f"chung {token}", (), f"Đã xử lời {token}.")

    def _restores(self) -> Said:
        token = self._token()
        return self._says(f"phuc {token}", (), f"Đã phục hồi {token}.")

    def _changes_hours(self) -> Said:
        token = self._token()
        return self._says(f"gio {token}", (), f"Đã đổi giờ {token}.")

    def _orders(self) -> Said:
        token = self._token()
        return self._says(f"việc {token}", (), f"Đã giao {token}.")

    def _names(self) -> Said:
        token = self._token()
        return self._says(f"tên {token}", (), f"Tên gì, cho {token}?", about=f"?{token}")

    def _is_called(self, said: Said) -> None:
        """Answer a question in words; in a group each has a question of their own."""
        token, name = said.about[1:], f"ông {self._token()}"
        waits = self._says(name, (f"{token} {name}",), f"Chào {name} của {token}.", chat=said.chat)
        self._waits = waits, self._turn
        self._later(self._chance.uniform(20.0, 100.0), self._gives_up)

    def _album(self) -> Said:
        token, chat, between = self._token(), self._place(), self._token()
        at = self._vendor.clock
        photos = self._chance.randrange(1, 5)
        for part in range(photos):
            file = Incoming(f"{token}-{part}", "image/jpeg", 1000)
            caption = token if part == 0 else ""

            def event(event_id: str, file: Incoming = file, caption: str = caption) -> Event:
                return PhotoSent(
                    event_id, chat, self._me, at, files=(file,), caption=caption, album=token if photos > 1 else ""
                )

            said = self._does(chat, event, (file.ref,), f"Đã nhận ảnh {token}:" if part == 0 else "")
            if part == 0 and self._chance.random() < 0.3:  # words between two photos keep their place
                self._says(f"cộng {between}", (between,), f"Đã ghi {between}.", chat=chat)
        return said

    def _edits(self) -> Said:
        token, chat, at = self._token(), self._place(), self._vendor.clock
        return self._does(
            chat, lambda event_id: Edited(event_id, chat, self._me, at, text=token, message_id="m0"), (token,),
            f"Đã sửa {token}.",
        )  # fmt: skip

    def _forges(self) -> Said:
        chat, at, data = self._place(), self._vendor.clock, self._chance.choice(FORGED)
        return self._does(
            chat, lambda event_id: Pressed(event_id, chat, self._me, at, data, "m0"), (), "Nút này cũ rồi."
        )

    def _stickers(self) -> Said:
        at = self._vendor.clock
        return self._does(
            self.private, lambda event_id: OtherSent(event_id, self.private, self._me, at, what="sticker"), (), "hiểu"
        )

    def _moves_group(self) -> Said:
        """The group gets another id, as Telegram's do when they grow."""
        old, at = self._place(), self._vendor.clock
        if not self._moves or old.kind != "group" or len(self._vendor.moved) > 2:
            return self._adds()
        new = f"{self._group.id}-{len(self._vendor.moved) + 2}"
        self._vendor.moved[old.id] = new
        said = self._does(old, lambda event_id: ChatMoved(event_id, old, self._me, at, new_chat_id=new))
        for watch in self._vendor.watching.get(old.id, []):
            self._vendor.watching.setdefault(new, []).append(watch)
        return said


def _is_too_old(world: World, at: datetime) -> bool | None:
    """Tell whether the bot will hold a moment for too long ago; None if that hangs on when its clock jumps."""
    jumps = [timedelta(seconds=fault.much) for fault in world.plan.faults if fault.kind == "jump"]
    age, none = world.timeline.wall - at, timedelta()
    if age + sum((jump for jump in jumps if jump < none), none) > timedelta(hours=STALE_HOURS):
        return True
    lasts = sum((jump for jump in jumps if jump > none), HANDLED_WITHIN)
    return False if age + lasts < timedelta(hours=STALE_HOURS) else None


def _means_another(parts: Sequence[Call], number: str, label: str) -> bool:
    """Tell whether the number stands beside something else in one of these."""
    return any(nr == number and line != label for one in parts for nr, line in _NUMBERED.findall(one.text))


_LIKELY = {
    "adds": 20, "counts": 10, "slowly": 8, "reads": 8, "breaks": 2, "long": 5, "hurries": 3, "lists": 18, "tells": 14,
    "orders": 7, "names": 6, "album": 9, "edits": 4, "forges": 5, "stickers": 2, "moves_group": 2, "announces": 3,
    "warns": 2, "changes_notice": 3, "cancels": 2, "decides": 6,
    "inspects": 4, "settles": 3, "leaves_word": 4, "asks_for_later": 4, "goes_around": 2, "switches": 1, "lifts": 2,
    "remembers": 6, "hangs": 1, "dawdles": 1, "blocks": 1, "comes_late": 4,
    "tells_news": 4, "vouches": 3, "restores": 1, "changes_hours": 2,
}  # fmt: skip
_ACTIONS, _WEIGHTS = tuple(_LIKELY), tuple(_LIKELY.values())


def _words(event: Event) -> str:
    match event:
        case TextSent():
            return event.text
        case Commanded():
            return f"/{event.name} {event.args}"
        case Pressed():
            return f"[{event.data}]"
        case PhotoSent():
            return f"(ảnh {event.files[0].ref})"
        case Edited():
            return f"(sửa thành {event.text})"
        case ChatMoved():
            return f"(nhóm thành {event.new_chat_id})"
    return f"({event.kind})"
