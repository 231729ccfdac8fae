"""The people of a town of the core: they do what its theme is about, in a hurry."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.core.events import Event, Incoming, PhotoSent
from tests.world.little_people import Said

from .people import Trier
from .themes import theme_of

if TYPE_CHECKING:
    from tests.world.world import World

NAMES = ("An", "Bình", "Chi", "Dũng", "Giang")
BEGINS_WITHIN = 5.0
IMPATIENT = (6.0, 20.0)
CROWD_AT_WORK, CROWD_IN_GROUP = 123, 304
"""A few more than a minute has for somebody at work, and for a group."""
LONG = 700
"""Letters of what is looked through with a rest in between."""


class Actor(Trier):
    def __init__(self, world: World, name: str, number: int) -> None:
        super().__init__(world, name, number)
        theme = theme_of(world.plan.seed)
        self._odds = theme.odds
        self._kills_at = self._left // 2 if theme.deadly and number == 2 else -1

    def begin(self) -> None:
        for chat in (self.private, self._group):
            self._vendor.watching.setdefault(chat.id, []).append(self._looks)
        self._later(self._chance.uniform(0.1, BEGINS_WITHIN), self._acts)

    def _action(self) -> str:
        if self._left == self._kills_at:
            return "kills"
        return self._chance.choices([*self._odds], [*self._odds.values()])[0]

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        super()._later(self._chance.uniform(*IMPATIENT) if what == self._gives_up else seconds, what)

    def _moves_on(self) -> Said:
        """Move the group that all of this messenger share: each move has an id of its own, and all follow."""
        self._moved = len(self._vendor.moved)
        watching = [*self._vendor.watching.get(self._at_present(self._group).id, [])]
        said = super()._moves_on()
        self._vendor.watching[self._at_present(self._group).id] = watching
        return said

    def _is_called(self, said: Said) -> None:
        """Answer a question in words, but where the group has moved: what asked may be under its old id yet."""
        if said.chat.kind == "private" or "moves_twice" not in self._odds:
            super()._is_called(said)
        else:
            self._acts()

    def _silent(self) -> Said:
        return self._says(f"lặng {self._token()}")

    def _asks_when(self) -> Said:
        token = self._token()
        return self._says(f"mấy giờ {token}", (), f"Giờ {token}:", chat=self.private)

    def _breaks_album(self) -> Said:
        """Send an album with words in its middle, and have a bug of ours strike right after it is handled."""
        token, between, chat, at = self._token(), self._token(), self.private, self._vendor.clock
        for part in range(2):
            file = Incoming(f"{token}-{part}", "image/jpeg", 1000)

            def event(event_id: str, file: Incoming = file, caption: str = "" if part else token) -> Event:
                return PhotoSent(event_id, chat, self._me, at, files=(file,), caption=caption, album=token)

            said = self._does(chat, event, (file.ref,), "" if part else f"Đã nhận ảnh {token}:")
            if not part:
                self._says(f"cộng {between}", (between,), f"Đã ghi {between}.", chat=chat)
        if self._world.plan.faults and self._world.plan.nodes == 1:
            self._world.timeline.after(self._chance.uniform(0.6, 1.4), self._bug)
        return said

    def _bug(self) -> None:
        if not self._world.is_over:
            self._world.happened["own bug"] = self._world.happened.get("own bug", 0) + 1
            self._world.bugs += 1

    def _floods(self) -> Said:
        """Ask more than a minute has, and what time it is among it."""
        for _ in range(self._chance.choice((12, 13, 15, 17))):
            said = (
                self._asks_when()
                if self._chance.random() < 0.6
                else self._says(f"xem {self._token()}", chat=self.private)
            )
        return said

    def _speaks_long(self) -> Said:
        token = self._token()
        return self._says(f"dài dòng {token} {'lời ' * (LONG // 4)}", (token,), f"Đã nghe {token}.")

    def _stalls(self) -> Said:
        """Ask for what is stopped each time while the database gives no answer."""
        return self._says(f"đọc lâu {self._token()}", (), "", fails=True, chat=self.private)

    def _crowds(self) -> Said:
        """Do so much that even a group, or somebody at work, has to wait."""
        many, chat = (CROWD_AT_WORK, self.private) if self._number == 0 else (CROWD_IN_GROUP, self._group)
        for _ in range(many if self._number < 2 else 3):
            self._says(f"lặng {self._token()}", chat=chat)
        token = self._token()
        return self._says(f"cộng {token}", (token,), f"Đã ghi {token}.", chat=chat)
