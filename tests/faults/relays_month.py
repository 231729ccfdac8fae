"""A month of a commune on Zalo Bot's free plan: forty announcements, the weekly figures, and what officials write.

    python -m tests.faults.relays_month [--groups 0|3] [--office zalo|telegram] [--seed N]

It takes minutes and says on the error stream how far it is.

December 2026. Every announcement is written, approved and pasted as in `tests.faults.relays`, two hours of work a day
apart at least; four leaders of five report their figures on the day on which they are asked, half of the others after
the reminder. That everybody registers once is not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.model import Announcement
from bot.features.calendar.vietnam import VIETNAM
from bot.platforms.zalo.meter import PER_MONTH
from bot.storage.tables.announcements import Announcement as Row
from tests.memory import memory

from .relay_town import RelayTown, start, town
from .relays import VILLAGES, Found, Person, Setting, announced, commune

ANNOUNCEMENTS = 40
FIRST = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
"""Eight o'clock in Vietnam."""
_HOP = timedelta(hours=3)
FIGURES, RIGHT = "bc loa 6, huong dan 14", "Đúng"
ON_THE_DAY, AFTER_ALL = 0.8, 0.5


def slots() -> list[datetime]:
    """Return when announcements are written: at nine and at half past two, on days spread over the month."""
    days = [day for day in range(30) for _ in range(1 + (day % 3 == 0))][:ANNOUNCEMENTS]
    seen: Counter[int] = Counter()
    found: list[datetime] = []
    for day in days:
        found.append(FIRST + timedelta(days=day, hours=1 + 5.5 * seen[day]))
        seen[day] += 1
    return found


class Month:
    """One month. `found` are its announcements as they went."""

    def __init__(self, here: RelayTown, people: Sequence[Person], setting: Setting, seed: int) -> None:
        self.here, self.people, self.setting = here, people, setting
        self.seed = seed
        self.random = Random(seed)  # noqa: S311 - people, not secrets
        self.found: list[Found] = []
        zalo = here.lines["zalo"].zalo
        assert zalo is not None
        self.began_at, self.writers_at = len(zalo.accepted), len(zalo.writers)

    async def goes(self, slots: Sequence[datetime], end: datetime) -> None:
        commune_unit = await units.get("yen-mo")
        assert commune_unit is not None
        await self.here.services.rounds.plan(commune_unit.id, "week", self.here.clock.now())
        for number, slot in enumerate(slots, start=1):
            await self._until(slot)
            write = partial(self._write, number)
            self.found.append(await announced(self.here, self.people, self.random, self.setting, self.seed, write))
            sys.stderr.write(f"{number} of {len(slots)}: {self.found[-1].reached} of {VILLAGES} villages\n")
        await self._until(end)

    async def _until(self, end: datetime) -> None:
        """Let the hours pass; on Fridays and Sundays leaders report."""
        while (now := self.here.clock.now()) < end:
            await self.here.works(now)
            here = now.astimezone(VIETNAM)
            if here.weekday() in (4, 6) and 14 <= here.hour < 17:
                share = ON_THE_DAY if here.weekday() == 4 else AFTER_ALL
                await self._report(share, f"{here:%Y-%m-%d}")
            self.here.clock.passes(seconds=min(_HOP, end - now).total_seconds())

    async def _report(self, share: float, day: str) -> None:
        for each in self.people:
            waits = any("số liệu" in text for text in each.phone.texts()[-1:])
            friday = share == ON_THE_DAY
            if each.name.startswith("leader") and (friday or waits) and self.random.random() < share:
                await self.here.does(each.phone.says(FIGURES))
                await self.here.does(each.phone.chooses(RIGHT))

    async def _write(self, number: int) -> Announcement:
        """What the officer and the chair do in their chats."""
        here, office = self.here, self.setting.office
        lan, nam = here.phone(office, "lan"), here.phone(office, "nam")
        await here.does(lan.says("/thongbao"))
        await here.does(lan.picks("Soạn mới"))
        await here.does(lan.picks("Tự viết"))
        await here.does(lan.says(f"Mời bà con ra đình quét đường đợt {number}, mang theo chổi và bao tải."))
        await here.does(lan.picks("Nơi nhận"))
        await here.does(lan.picks(f"Tất cả các thôn ({VILLAGES})"))
        await here.does(lan.picks("Xong"))
        await here.does(lan.picks("Xin duyệt"))
        await here.works(here.clock.now())
        await here.does(nam.picks("Duyệt"))
        row = await Row.all().order_by("-id").first()
        assert row is not None
        one = await store.get(row.id)
        assert one is not None
        return one


def lines(month: Month) -> list[str]:
    """Return what was sent and received, by what it was for, and how many villages had their announcements."""
    zalo = month.here.lines["zalo"].zalo
    assert zalo is not None
    officials = {"u-lan", "u-nam"}
    sent = Counter(one.chat_id in officials for one in zalo.accepted[month.began_at :])
    parts = {
        "to groups": sum(one.groups for one in month.found),
        "asks and words": sum(one.asks + one.words for one in month.found),
        "reminders": sum(one.reminders for one in month.found),
        "not needed any more": sum(one.needless for one in month.found),
        "answers": sum(one.answers for one in month.found),
        "to officials": sent[True],
    }
    parts["weekly figures"] = sent.total() - sum(parts.values())
    received = Counter("officials" if who in officials else "relays" for who in zalo.writers[month.writers_at :])
    reached = sum(one.reached for one in month.found)
    return [
        f"{month.setting.groups} groups, officials on {month.setting.office}, {len(month.found)} announcements",
        "sent: " + ", ".join(f"{words} {count}" for words, count in parts.items()),
        f"sent in all {sent.total()}",
        f"received from relays {received['relays']}, from officials {received['officials']}",
        f"of {PER_MONTH}: {sent.total()}; if what is received counts: {sent.total() + received.total()}",
        f"villages that had it within 30 minutes: {reached} of {VILLAGES * len(month.found)}",
    ]


async def main(setting: Setting, seed: int, days: int = 30) -> list[str]:
    """Run the month, or its first days."""
    shipped, end = start(), FIRST + timedelta(days=days, hours=12)
    async with memory() as db, town(db, shipped, setting.used, FIRST) as here:
        month = Month(here, await commune(here, setting), setting, seed)
        await month.goes([slot for slot in slots() if slot < end], end)
        return lines(month)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--groups", type=int, default=0, choices=(0, 3))
    parser.add_argument("--office", default="zalo", choices=("zalo", "telegram"))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.stdout.write("\n".join(asyncio.run(main(Setting(groups=given.groups, office=given.office), given.seed))) + "\n")
