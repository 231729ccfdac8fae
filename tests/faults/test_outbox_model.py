"""Two processes whose clocks disagree send from one outbox while everything goes wrong at random.

Whatever happens: no row is lost, no message comes twice unless a person said so, the order within a package holds.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import get_args

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.sqlite.client import SqliteClient

from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.platform import ChatGone, ChatReplaced, RateLimited, Rejected, Sent, TokenRefused, Unreachable
from bot.core.sessions import StoreUnavailable
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.states import FINAL, WAITING, Decision, State
from bot.storage.core_tables.outbox import OutboxRow
from bot.testing import TestClock
from tests.features.outbox_rig import NAME, PatientClock, Rig, Scripted, morning_clock

MARK = "(gửi lại) "
STEPS = 60
DECISIONS: tuple[Decision, ...] = get_args(Decision)
STATES: tuple[State, ...] = get_args(State)


class Everybody:
    """No lease of the token: both send at the same time, which the rows must survive."""

    def came(self) -> bool:
        return False  # what is taken up may be in the other's hand

    async def mine(self, now: datetime) -> bool:
        return True

    async def give_up(self, now: datetime) -> None:
        return

    def ask_anew(self) -> None:
        return


class Skewed(PatientClock):
    """The clock of a machine that is wrong by some minutes."""

    def __init__(self, right: TestClock, by: timedelta) -> None:
        super().__init__()
        self._right = right
        self._by = by

    def now(self) -> datetime:
        return self._right.now() + self._by

    def monotonic(self) -> float:
        return self._right.monotonic()

    def passes(self, **time: float) -> None:
        self._right.passes(**time)


class Moody(Scripted):
    """Answers at random; `hung` are the calls whose answer is still to come."""

    def __init__(self, random: Random, moods: Sequence[str]) -> None:
        super().__init__()
        self._random = random
        self._moods = moods
        self.calm = False
        self.hung: list[asyncio.Event] = []

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        mood = "takes" if self.calm else self._random.choice(self._moods)
        if mood in _REFUSALS:
            raise _REFUSALS[mood](chat)
        if mood != "loses":
            self.accepted.append((chat.id, message.text.plain))
        if mood == "hangs":
            event = asyncio.Event()
            self.hung.append(event)
            await event.wait()
        if mood in ("loses", "takes and loses"):
            raise Unreachable("no answer", maybe_sent=True)
        if mood == "breaks":
            raise RuntimeError("a bug after the messenger took it")
        return Sent("m")


_REFUSALS: dict[str, Callable[[Chat], Exception]] = {
    "limits": lambda chat: RateLimited(7),
    "limits all": lambda chat: RateLimited(3, "token"),
    "moves": lambda chat: ChatReplaced(chat.id + "x"),
    "is gone": lambda chat: ChatGone("kicked"),
    "rejects": lambda chat: Rejected("too odd"),
    "knows us no more": lambda chat: TokenRefused(),
    "is down": lambda chat: Unreachable("refused", maybe_sent=False),
}
_MOODS = (*_REFUSALS, "loses", "takes and loses", "breaks", "hangs", "hangs", *["takes"] * 8)


async def _run(sender: OutboxSender) -> float | None:
    """As the worker does: what the database could not do now is done at the next turn."""
    for _ in range(10):
        with contextlib.suppress(StoreUnavailable):
            return await sender.run()
    raise AssertionError("the database never answers")


@dataclass
class Model:
    """The world, and what must be true of it."""

    db: BaseDBAsyncClient
    random: Random
    moods: Sequence[str] = _MOODS
    written: int = 0
    resends: Counter[str] = field(default_factory=Counter)
    proved: set[str] = field(default_factory=set)
    """Rows of which a person said that they arrived."""
    packages: list[str] = field(default_factory=list)
    running: dict[int, asyncio.Task[float | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = morning_clock()
        self.platform = Moody(self.random, self.moods)
        clocks = (self.clock, Skewed(self.clock, timedelta(minutes=self.random.choice((-5, 0, 5)))))
        self.rigs = [Rig(self.db, self.platform, clock, Everybody()) for clock in clocks]

    async def adds(self) -> None:
        key = f"p{len(self.packages)}"
        texts = [f"{key}/{part}" for part in range(1, self.random.randint(1, 3) + 1)]
        chat = Chat(NAME, self.random.choice("abcd"), self.random.choice(("private", "group")))
        assert await self.rigs[0].add(chat, *texts, key=key, announcement=1)
        self.packages.append(key)
        self.written += len(texts)

    async def sends(self) -> None:
        who = self.random.randrange(2)
        self.rigs[who].sender.woken.set()
        if who not in self.running or self.running[who].done():
            self.running[who] = asyncio.create_task(_run(self.rigs[who].sender))

    async def dies(self) -> None:
        """A process loses its open calls and starts anew."""
        who = self.random.randrange(2)
        old: OutboxSender = self.rigs[who].sender
        old._stopping = True
        for flight in list(old._flights):
            flight.cancel()
        self.rigs[who].sender = self.rigs[who].new_sender()
        self.running.pop(who, None)

    async def answers(self) -> None:
        if self.platform.hung:
            self.platform.hung.pop(self.random.randrange(len(self.platform.hung))).set()

    async def waits(self) -> None:
        self.clock.passes(seconds=self.random.choice((1, 10, 130, 400)))

    async def decides(self) -> None:
        row = await OutboxRow.filter(state="uncertain", decision="").first()
        if row is None:
            return
        decision = self.random.choice(DECISIONS)
        if await self.rigs[0].outbox.decide(row.id, decision, self.clock.now()):
            self._decided(row, decision)

    async def presses(self) -> None:
        if self.packages:
            key = self.random.choice(self.packages)
            await self.rigs[0].outbox.arrived(key, self.clock.now())
            # The messenger's word comes with a message id, a person's without.
            self.proved.update([row.key for row in await OutboxRow.filter(package=key, state="sent", message_id="")])

    async def cancels(self) -> None:
        if self.packages and self.random.random() < 0.3:
            key = self.random.choice(self.packages)
            await self.rigs[0].outbox.cancel(self.clock.now(), key=key, reason="thôi")

    async def resumes(self) -> None:
        with contextlib.suppress(StoreUnavailable):
            await self.rigs[0].outbox.resume(1, self.clock.now())

    async def step(self) -> None:
        deeds: list[Callable[[], Awaitable[None]]] = [
            self.adds, self.adds, self.sends, self.sends, self.sends, self.dies, self.answers, self.answers,
            self.waits, self.decides, self.presses, self.cancels,
        ]  # fmt: skip
        with contextlib.suppress(StoreUnavailable):  # PostgreSQL ends a deadlock by rolling back one of the two
            await self.random.choice(deeds)()
        if self.random.random() < 0.7:  # what is stopped is seldom so for long, or little else would happen
            await self.resumes()
        # Not a wait for anything: how far the senders get before the next deed is part of the chance.
        open_runs = [task for task in self.running.values() if not task.done()]
        if open_runs:
            await asyncio.wait(open_runs, timeout=self.random.choice((0, 0.005, 0.03)))

    def _decided(self, row: OutboxRow, decision: Decision) -> None:
        if decision == "received":
            self.proved.add(row.key)
        elif decision == "resend":
            self.resends[f"{row.package}/{row.part}"] += 1

    async def check(self) -> None:
        rows = await OutboxRow.all()
        originals = [row for row in rows if not row.resend_of]
        assert len(originals) == self.written == sum((await self.rigs[0].rows.counts(1)).values())
        assert {row.state for row in rows} <= set(STATES)
        heard = Counter(text for _, text in self.platform.accepted)
        for text, times in heard.items():
            allowed = self.resends[text.removeprefix(MARK)] if text.startswith(MARK) else 1
            assert times <= allowed, f"{text}: {times} times, {allowed} allowed"
        for row in rows:
            if row.state == "sent" and row.key not in self.proved:
                text = f"{row.package}/{row.part}"
                assert heard[MARK + text if row.resend_of else text], f"{row.key} says sent and nobody has it"
        self._check_order()

    def _check_order(self) -> None:
        furthest: Counter[str] = Counter()
        for _, text in self.platform.accepted:
            package, part = text.removeprefix(MARK).split("/")
            assert int(part) >= furthest[package], f"{text} came after part {furthest[package]}"
            furthest[package] = int(part)

    async def comes_to_rest(self) -> None:
        """Everything works again and every question is answered: every row ends, and says truly how."""
        self.platform.calm = True
        for event in self.platform.hung:
            event.set()
        await asyncio.gather(*self.running.values())
        for _ in range(50):
            self.clock.passes(seconds=700)
            await _run(self.rigs[0].sender)
            for row in await OutboxRow.filter(state="uncertain", decision=""):
                if await self.rigs[0].outbox.decide(row.id, "resend", self.clock.now()):
                    self._decided(row, "resend")
            await self.resumes()
            if not await OutboxRow.filter(state__in=[*WAITING, "sending"]).exists():
                break
        states = {row.state for row in await OutboxRow.all()}
        assert states <= set(FINAL), states


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.fault(6, "two processes, everything at random")
async def test_whatever_goes_wrong_nothing_is_lost_or_repeated_unasked(db: BaseDBAsyncClient, seed: int) -> None:
    model = Model(db, Random(seed))  # noqa: S311 - chance that can be repeated, not secrets
    for _ in range(STEPS):
        await model.step()
        await model.check()
    await model.comes_to_rest()
    await model.check()
    assert model.written > 0
    # On a real server a seed may meet nothing but refusals, its timing is not its own; then nothing may count as sent.
    sent = await OutboxRow.filter(state="sent").exists()
    assert model.platform.accepted or not (sent or isinstance(db, SqliteClient))


async def _breaks(db: BaseDBAsyncClient, seeds: int) -> bool:
    """Whether some seed shows that a promise is broken."""
    for seed in range(seeds):
        await OutboxRow.all().delete()
        # Calls that hang while a process dies, and little else: the fault shows within a few seeds.
        model = Model(db, Random(seed), ("hangs", "takes"))  # noqa: S311 - chance that can be repeated, not secrets
        try:
            for _ in range(STEPS):
                await model.step()
                await model.check()
        except AssertionError:
            return True
        finally:
            model.platform.calm = True
            for event in model.platform.hung:
                event.set()
            await asyncio.gather(*model.running.values())
    return False


# Its seeds are known to meet the fault on SQLite; on a real server the timing is not theirs to choose.
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_the_model_notices_when_an_open_call_is_taken_for_none(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    recover = Rows.recover

    async def forgetful(
        self: Rows, platform: str, now: datetime, ended: datetime, *, again: bool = False, but: Collection[int] = ()
    ) -> None:
        await OutboxRow.filter(state="sending", lease_until__lte=ended).update(state="pending")
        await recover(self, platform, now, ended, again=again, but=but)

    monkeypatch.setattr(Rows, "recover", forgetful)
    assert await _breaks(db, 20)
