"""Fifteen villages whose groups take no bots: how many have an announcement within half an hour, through people.

    python -m tests.faults.relays [--seeds N] [--groups 0|3] [--files N]
        [--on zalo|zalo_oa|gapo|bridge|telegram|mixed] [--shut N]

Of the persons who are asked 65 % answer within ten minutes, 15 % within twenty, 20 % never; 3 % press the wrong number,
and half of those say the right one later. Each village has a leader and a deputy. The people keep a book of their own:
the receipt has to say what they said. Conversations, outbox, ladder and adapters are the real ones, over HTTP against
the fakes of the messengers, Zalo's with its free plan on; time is simulated.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from statistics import median

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.events import Chat
from bot.core.messages import Attachment
from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.audience import Audience
from bot.features.announcements.model import Announcement
from bot.features.announcements.receipts.receipt import receipt
from bot.features.announcements.receipts.relayed import RelayedDelivery
from bot.features.calendar.vietnam import today
from bot.features.guides.contacts import Allowed
from bot.features.people import people as accounts
from bot.features.people.accounts import Account
from bot.handlers.kit.base import Content
from tests.e2e.phones import Phone
from tests.features.village import group
from tests.memory import memory

from .relay_town import MESSENGERS, Opener, RelayTown, start, town

VILLAGES = 15
SOON, LATE, NEVER, WRONG = 0.65, 0.15, 0.20, 0.03
PASTED, NOT_PASTED = "Đã dán vào nhóm", "Chưa dán được"
ASKS, REMINDS = "Nhờ bác chuyển tin", "Nhắc bác"
GREETING = "Kính chào bác. Đây là máy trả lời tự động"
"""Said to everybody once, and not for each announcement."""
THANKS, NEEDLESS, ANSWERS = "✅ Đã ghi", "Bác không cần dán nữa", "ghi"
WITHIN, _WATCHED, _LONGEST = timedelta(minutes=30), timedelta(minutes=45), timedelta(minutes=3)
_LONG_AGO = timedelta(days=8)
_STANDS_IN, _AGAIN = timedelta(minutes=15), timedelta(minutes=2)


@dataclass(frozen=True)
class Setting:
    """On what the commune's people are. `groups` villages have a group with the bot, on the first messenger.

    The leader of village n has the n-th messenger, the deputy the one after it, round and round. `shut`: so many
    leaders have not written for eight days, and the last of these villages' deputies neither. `files` go with it.
    """

    messengers: Sequence[str] = ("zalo",)
    groups: int = 3
    shut: int = 0
    files: int = 0
    office: str = "zalo"
    openers: Mapping[str, Opener] = field(default_factory=lambda: MESSENGERS)

    @property
    def used(self) -> Mapping[str, Opener]:
        return {name: self.openers[name] for name in (*self.messengers, self.office)}

    def of(self, number: int) -> str:
        return self.messengers[number % len(self.messengers)]

    def away(self, number: int, role: str) -> bool:
        return number <= self.shut and (role == "leader" or number == self.shut)


@dataclass
class Person:
    """One who may be asked: what they will do, and when. `said` is their own book: what they told the bot, and when."""

    name: str
    village: str
    phone: Phone
    away: bool
    answers_after: timedelta | None
    first: str
    known: int = 0
    asked_at: datetime | None = None
    todo: list[tuple[datetime, str]] = field(default_factory=list)
    said: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def pasted_at(self) -> datetime | None:
        """When they said it, if that is the last thing they said."""
        return self.said[-1][0] if self.said and self.said[-1][1] == PASTED else None

    @property
    def news(self) -> Sequence[str]:
        """What came since the announcement was written."""
        return [text for text in self.phone.texts()[self.known :] if not text.startswith(GREETING)]

    def draws(self, random: Random) -> None:
        """Make up what they do when they are asked the next time."""
        drawn, wrong = random.random(), random.random() < WRONG
        self.known, self.asked_at, self.answers_after = len(self.phone.texts()), None, None
        self.todo, self.said, self.first = [], [], NOT_PASTED if wrong else PASTED
        if drawn < SOON:
            self.answers_after = timedelta(minutes=random.uniform(0.5, 10))
        elif drawn < SOON + LATE:
            self.answers_after = timedelta(minutes=random.uniform(10, 20))


@dataclass(frozen=True)
class Found:
    """`pasted` villages within half an hour, of those told through people; messages by what they are for.

    `words` are what is forwarded, with its files; `needless` say that another one was faster, `answers` that it is
    noted that somebody could not. `office` is what the officials were sent, `inbound` what relays wrote. `most` is what
    these people's answers allow at best, whatever the messenger.
    """

    seed: int
    groups: int
    pasted: int
    asks: int
    words: int
    reminders: int
    needless: int
    answers: int
    office: int
    inbound: int
    most: int

    @property
    def reached(self) -> int:
        return self.groups + self.pasted

    @property
    def out(self) -> int:
        return self.groups + self.words + self.asks + self.reminders + self.needless + self.answers + self.office


async def run(db: BaseDBAsyncClient, shipped: Content, seed: int, setting: Setting) -> Found:
    """Send one announcement to all villages, let people answer, and compare the receipt with their books."""
    random = Random(seed)  # noqa: S311 - people, not secrets
    async with town(db, shipped, setting.used) as here:
        people = await commune(here, setting)
        return await announced(here, people, random, setting, seed)


Write = Callable[[], Awaitable[Announcement]]


async def announced(
    here: RelayTown, people: Sequence[Person], random: Random, setting: Setting, seed: int, write: Write | None = None
) -> Found:
    """The same in a commune that is there already. `write` makes an announcement and has it approved."""
    for each in people:
        each.draws(random)
    began = here.clock.now()
    one = await (approved(here, setting) if write is None else write())
    while here.clock.now() < began + _WATCHED:
        wait = await here.works(here.clock.now())
        acted = [await _acts(here, each, random) for each in people]
        due = [min(at for at, _ in each.todo) - here.clock.now() for each in people if each.todo]
        longest = min([_LONGEST, *due]).total_seconds()
        if not any(acted):
            here.clock.passes(seconds=max(1.0, longest if wait is None else min(wait, longest)))
    return await _compared(here, one, people, setting, seed, began)


async def commune(here: RelayTown, setting: Setting) -> list[Person]:
    """Fifteen villages, an officer, a chair; whoever is away has written before everybody else."""
    since, office, found = date(2025, 7, 1), setting.office, list[Person]()
    await units.create("ninh-binh", "tỉnh", "Ninh Bình", parent=None, valid_from=since)
    made = await units.create("yen-mo", "xã", "Yên Mô", parent="ninh-binh", valid_from=since)
    roles: list[tuple[Person, str, int, str]] = []
    for number in range(1, VILLAGES + 1):
        place = await units.create(f"thon-{number}", "thôn", f"Số {number}", parent="yen-mo", valid_from=since)
        if number <= setting.groups:
            await group(setting.of(0), f"zgr-{number}", place.id, f"Nhóm {number}", here.clock.now())
        for turn, role in enumerate(("leader", "deputy")):
            name, messenger = f"{role}{number}", setting.of(number + turn)
            phone, away = here.phone(messenger, name), setting.away(number, role)
            found.append(Person(name, place.full_name, phone, away, None, PASTED))
            roles.append((found[-1], role, place.id, messenger))
    for away in (True, False):
        for person, role, place_id, messenger in roles:
            if person.away == away:
                await here.settles(messenger, person.name, role, place_id)
        if away and setting.shut:
            here.clock.passes(seconds=_LONG_AGO.total_seconds())
    await here.settles(office, "lan", "officer", made.id)
    await here.settles(office, "nam", "chair", made.id)
    return found


async def approved(here: RelayTown, setting: Setting) -> Announcement:
    """An announcement to all villages, written and approved."""
    native, now = here.lines[setting.office].messenger, here.clock.now()
    lan, nam = [await accounts.who(Account(native.name, native.account(name)), now) for name in ("lan", "nam")]
    place = await units.get("yen-mo")
    assert place is not None
    text = "Mời bà con ra đình quét đường, mang theo chổi và bao tải."
    async with in_transaction("default"):
        made = await here.features.drafts.create(
            place.id, lan, now, title="Quét đường", text=text, source="Ủy ban xã", audience=Audience(every=True)
        )
        assert isinstance(made, Announcement)
        for number in range(setting.files):
            item = Attachment("photo", f"{number}.jpg", f"{number}.jpg")
            assert await here.features.drafts.attach(made, lan, item, now) is None
            again = await store.get(made.id)
            assert again is not None
            made = again
        asked = await here.features.approval.ask(made, lan, Allowed(), now)
        assert isinstance(asked, Announcement), asked
        done = await here.features.approval.approve(asked, asked.version, nam, now)
    assert isinstance(done, Announcement), done
    return done


async def _acts(here: RelayTown, each: Person, random: Random) -> bool:
    """Let a person read what came and answer when their time has come; return whether they wrote."""
    now = here.clock.now()
    if each.asked_at is None and any(ASKS in text for text in each.news):
        each.asked_at = now
        if each.answers_after is not None:
            each.todo.append((now + each.answers_after, each.first))
            if each.first == NOT_PASTED and random.random() < 0.5:
                each.todo.append((now + each.answers_after + _AGAIN, PASTED))
    due = [one for one in each.todo if one[0] <= now]
    for one in due:
        each.todo.remove(one)
        each.said.append((now, one[1]))
        await here.does(each.phone.chooses(one[1]))
    return bool(due)


async def _compared(
    here: RelayTown, one: Announcement, people: Sequence[Person], setting: Setting, seed: int, began: datetime
) -> Found:
    found = await receipt(one.id, today(began))
    assert found is not None
    assert len(found.relayed) == VILLAGES - setting.groups
    for village in found.relayed:
        own = [each for each in people if each.village == village.village]
        _same(village, own, f"seed {seed}: {village.village}")
    # In a month other things reach people in the same hour, such as the question for the week's figures.
    kinds = Counter(_kind(text) for each in people for text in each.news if one.label in text)
    assert not kinds[THANKS] or not await _metered(here, setting), f"seed {seed}: thanks where each message counts"
    assert kinds[""] == kinds[ASKS] * (1 + setting.files), f"seed {seed}: {kinds}"
    in_time = [v for v in found.relayed if v.pasted and v.pasted.answered_at and v.pasted.answered_at <= began + WITHIN]
    office = [here.phone(setting.office, name) for name in ("lan", "nam")]
    return Found(
        seed, setting.groups, len(in_time), kinds[ASKS], kinds[""], kinds[REMINDS], kinds[NEEDLESS], kinds[ANSWERS],
        sum(one.label in text for phone in office for text in phone.texts()), sum(len(each.said) for each in people),
        most(people, setting),
    )  # fmt: skip


def most(people: Sequence[Person], setting: Setting) -> int:
    """Return how many villages can have it in time if nothing is lost and who pressed wrong puts it right.

    The second one is asked once the first one says no, or after a quarter of an hour.
    """
    villages: dict[str, list[Person]] = {}
    for each in people:
        villages.setdefault(each.village, []).append(each)
    told = [_told_after(own) for own in list(villages.values())[setting.groups :]]
    return setting.groups + sum(after is not None and after <= WITHIN for after in told)


def _told_after(own: Sequence[Person]) -> timedelta | None:
    asked, told = timedelta(), list[timedelta]()
    for each in (each for each in own if not each.away):
        if any(after <= asked for after in told):
            break
        answered = each.answers_after
        refused = answered is not None and each.first != PASTED
        if answered is not None:
            told.append(asked + answered + (_AGAIN if refused else timedelta()))
        asked += answered if answered is not None and refused and answered < _STANDS_IN else _STANDS_IN
    return min(told, default=None)


def _same(village: RelayedDelivery, own: Sequence[Person], where: str) -> None:
    """The receipt says of a village what its people did."""
    times = {each.name: each.pasted_at for each in own if each.pasted_at is not None}
    assert (village.pasted is not None) == bool(times), where
    if village.pasted is not None and village.pasted.answered_at is not None:
        # Some messengers tell times in seconds.
        assert abs(village.pasted.answered_at - min(times.values())) < timedelta(seconds=2), where
        assert abs(times[village.pasted.name] - min(times.values())) < timedelta(seconds=2), where
    asked = {line.name for line in village.lines if line.asked_at is not None}
    assert asked == {each.name for each in own if each.asked_at is not None}, where
    assert not asked & {each.name for each in own if each.away}, where
    assert asked or village.by_phone, where


def _kind(text: str) -> str:
    return next((kind for kind in (ASKS, REMINDS, NEEDLESS, THANKS, ANSWERS) if kind in text), "")


async def _metered(here: RelayTown, setting: Setting) -> bool:
    outbox = here.services.outbox
    return all([await outbox.months.counts(Chat(name, "", "private")) for name in setting.messengers])


def failures(found: Sequence[Found], setting: Setting) -> list[str]:
    """Return what does not hold that the documents promise of many runs: all villages but one, or nobody to ask."""
    usual = median(one.reached for one in found)
    nobody = 1 if setting.shut else 0
    return [f"median {usual:g} of {VILLAGES} villages"] if usual < VILLAGES - 1 - nobody else []


def table(found: Sequence[Found], setting: Setting) -> str:
    """Return some lines for people: median and worst, and what one announcement costs."""
    reached, allowed = [one.reached for one in found], [one.most for one in found]
    who, relayed = " and ".join(setting.messengers), VILLAGES - setting.groups
    lines = [
        f"{who}: {setting.groups} groups, {relayed} villages through people, {setting.files} files, {len(found)} seeds",
        f"have it within 30 minutes, of {VILLAGES}: median {median(reached):g}, worst {min(reached)}",
        f"answers allow: median {median(allowed):g}, worst {min(allowed)}; missed {sum(allowed) - sum(reached)}",
        "messages for one announcement: "
        + "; ".join(
            f"{words} median {median(counts):g}, worst {max(counts)}"
            for words, counts in (
                ("asks and words", [one.asks + one.words for one in found]),
                ("reminders", [one.reminders for one in found]),
                ("not needed any more", [one.needless for one in found]),
                ("answers", [one.answers for one in found]),
                ("to officials", [one.office for one in found]),
                ("sent in all", [one.out for one in found]),
                ("received", [one.inbound for one in found]),
            )
        ),
    ]
    return "\n".join(lines) + "\n"


async def main(seeds: int, setting: Setting) -> list[Found]:
    shipped, found = start(), list[Found]()
    for seed in range(seeds):
        async with memory() as db:
            found.append(await run(db, shipped, seed, setting))
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--groups", type=int, default=0, choices=(0, 3))
    parser.add_argument("--files", type=int, default=0)
    parser.add_argument("--shut", type=int, default=0)
    parser.add_argument("--on", default="zalo", choices=(*MESSENGERS, "mixed"))
    given = parser.parse_args()
    on = list(MESSENGERS) if given.on == "mixed" else [given.on]
    chosen = Setting(on, given.groups, given.shut, given.files)
    results = asyncio.run(main(given.seeds, chosen))
    sys.stdout.write(table(results, chosen))
    sys.exit("\n".join(failures(results, chosen)) or 0)
