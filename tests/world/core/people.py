"""People who try the core: pictures, floods, groups that move twice, deadlines to the second, events that kill."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.events import Chat, ChatMoved, Commanded, TextSent
from tests.world.little_people import STALE_HOURS, TOO_LATE, Said, Villager
from tests.world.little_place import full_name
from tests.world.plan import ENDS, MOST_KILLS

if TYPE_CHECKING:
    from tests.world.world import World

NAMES = ("Ích", "Kim")
ODDS: Mapping[str, int] = {
    "adds": 5, "lists": 8, "names": 5, "remembers": 6, "reads": 4, "album": 4, "breaks_long": 2, "pictures": 9,
    "floods": 3, "moves_twice": 6, "is_late": 5, "computes": 2, "dawdles": 1, "overdoes": 2, "mutters": 3, "long": 3,
    "relies": 4, "lists_long": 5, "lists_aside": 5, "lists_many": 4, "asks_what": 7,
}  # fmt: skip
_JUST = 0.05
"""Seconds by which something comes too late, or long before that it comes in time."""
IN_TIME = 240.0


class Trier(Villager):
    """Somebody with a group of their own, which moves."""

    def __init__(self, world: World, name: str, number: int) -> None:
        super().__init__(world, name, number)
        self._group = Chat(self._vendor.name, "g-own", "group")  # both messengers have one of this name
        self._at_group = True
        self._moved = 0
        ends = sum(fault.kind in ENDS for fault in world.plan.faults)
        self._may_kill = bool(world.plan.faults) and ends < MOST_KILLS
        self._kills_at = self._chance.randrange(1, 2 * self._left) if self._may_kill and number % 2 == 0 else -1

    def _action(self) -> str:
        if self._left == self._kills_at:
            return "kills"
        return self._chance.choices([*ODDS], [*ODDS.values()])[0]

    def _place(self) -> Chat:
        return self._at_present(self._group) if self._chance.random() < 0.3 else self.private

    def _breaks_long(self) -> Said:
        """Fail for a reason of more words than are kept."""
        return self._says(f"hong {self._token()} {'x' * 600}", (), "", fails=True)

    def _pictures(self) -> Said:
        token = self._token()
        return self._says(f"ảnh {token}", (), f"Ảnh {token} đây.")

    def _relies(self) -> Said:
        token, other = self._token(), self._chance.choice([*self._world.chats().values()])
        return self._says(f"giữ {full_name(other)} {token}", (token,), f"Giữ {token}:")

    def _lists_long(self) -> Said:
        token = self._token()
        return self._says(f"chọn lâu {token}", (f"{token} lâu",), f"Mời chọn {token}:", about=token)

    def _lists_aside(self) -> Said:
        token = self._token()
        return self._says(f"chọn bên {token}", (), f"Mời chọn {token}:", about=token)

    def _lists_many(self) -> Said:
        """Have one list after the other in the own group: their numbers go up, and begin again after thirty."""
        for _ in range(self._chance.randrange(3, 9)):
            token = self._token()
            said = self._says(f"chọn {token}", (), f"Mời chọn {token}:", chat=self._group)
        return said

    def _asks_what(self) -> Said:
        """Ask which choices stand under the last reply, at times right after they were offered."""
        place = self._place()
        if self._chance.random() < 0.6:
            token = self._token()
            self._says(f"chọn {token}", (), f"Mời chọn {token}:", chat=place)
        token = self._token()
        return self._says(f"hỏi gì {token}", (), f"Hỏi {token}:", chat=place)

    def _kills(self) -> Said:
        """Say what no process outlives, and something behind it that must be answered."""
        token, after = self._token(), self._token()
        said = self._says(f"nổ {token}", (), "", fails=True, chat=self.private)
        self._says(f"cộng {after}", (after,), f"Đã ghi {after}.", chat=self.private)
        return said

    def _computes(self) -> Said:
        """Keep everybody waiting: what took so long counts as several."""
        for _ in range(self._chance.randrange(1, 4)):
            token, how = self._token(), self._chance.choice(("ngan", "dai"))
            said = self._says(f"chặn {how} {token}", (), f"Chặn {token}.", chat=self.private)
        for _ in range(self._chance.randrange(6)):
            said = self._reads()
        return said

    def _dawdles(self) -> Said:
        token, how = self._token(), self._chance.choice(("ngan", "dai"))
        return self._says(f"chờ {how} {token}", (), f"Chờ {token}.", chat=self.private)

    def _floods(self) -> Said:
        for _ in range(self._chance.choice((19, 21, 23))):
            token = self._token()
            said = self._says(f"xem {token}", (), f"Xem {token}:", chat=self.private)
        return said

    def _overdoes(self) -> Said:
        """Begin one thing after the other, and wait for nothing."""
        actions = (self._adds, self._lists, self._remembers, self._breaks, self._pictures, self._album)
        for _ in range(self._chance.randrange(2, 6)):
            said = self._chance.choice(actions)()
        return said

    def _mutters(self) -> Said:
        """Talk in the group, and not to the bot; where they were asked for a name, that would be one."""
        if any(said.about.startswith("?") and said.chat.kind == "group" for said in self._world.said):
            return self._reads()
        token, place, at = self._token(), self._at_present(self._group), self._vendor.clock
        return self._does(
            place, lambda event_id: TextSent(event_id, place, self._me, at, f"thế à {token}", addressed=False)
        )

    def _is_late(self) -> Said:
        """Say what is older than six hours by a moment, or younger by a little."""
        plan, timeline = self._world.plan, self._world.timeline
        steady = all(fault.kind != "jump" for fault in plan.faults)
        late = steady and (bool(plan.faults) or self._chance.random() < 0.5)
        age = timedelta(hours=STALE_HOURS, seconds=_JUST if late else -IN_TIME)
        if not steady or (not late and not self._calm):
            return self._adds()
        token, place, at = self._token(), self._place(), timeline.wall + timeline.skew - age
        return self._does(
            place, lambda event_id: Commanded(event_id, place, self._me, at, name="cong", args=token),
            () if late else (token,), TOO_LATE if late else f"Đã ghi {token}.",
        )  # fmt: skip

    def _moves_twice(self) -> Said:
        """The own group gets another id, and at times at once another one, while something is being answered there."""
        said = self._says(f"xem {self._token()}", chat=self._group)
        for _ in range(self._chance.choice((1, 1, 2))):
            said = self._moves_on()
        if self._chance.random() < 0.5:
            token = self._token()
            said = self._says(f"đếm {token}", (token,), f"Đã ghi {token}, là", chat=self._group)
        return said

    def _moves_on(self) -> Said:
        old, at = self._at_present(self._group), self._vendor.clock
        self._moved += 1
        new = f"{self._group.id}-{self._moved + 1}"
        self._vendor.moved[old.id] = new
        said = self._does(old, lambda event_id: ChatMoved(event_id, old, self._me, at, new_chat_id=new))
        self._vendor.watching.setdefault(new, []).append(self._looks)
        return said


def triers(world: World, first: int) -> list[Trier]:
    return [Trier(world, name, first + at) for at, name in enumerate(NAMES)]
