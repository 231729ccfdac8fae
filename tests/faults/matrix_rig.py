"""Announcements to some groups through a messenger that is looked at from both sides in the middle of every call."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bot.core.events import Chat, ChatKind
from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.platform import Budget, Capabilities, Sent, Unreachable, Usage
from bot.storage.core_tables.outbox import OutboxRow
from bot.testing import PLAIN, RICH
from tests.features.outbox_rig import NAME, Rig, Scripted, group

LOST = Unreachable("no answer", maybe_sent=True)
MARK = "(gửi lại) "


@dataclass(frozen=True)
class Took:
    """The messenger takes the message, and then this is all that comes back."""

    error: Exception


class Messenger(Scripted):
    """Answers each group from a list of its own, then with `always`, else takes the message.

    `accepted` is what it took, whatever it answered. `hangs` names groups whose calls wait for `go_on`. With `plan` it
    counts the messages that it took, and refuses to be asked for more.
    """

    def __init__(self, capabilities: Mapping[ChatKind, Capabilities] = PLAIN, plan: int | None = None) -> None:
        super().__init__(capabilities)
        self.budget = Budget(1000, per_month=plan)
        self.answers: defaultdict[str, deque[Exception | Took | None]] = defaultdict(deque)
        self.always: dict[str, Exception] = {}
        self.hangs: set[str] = set()
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self.look: Callable[[], Awaitable[None]] | None = None
        self.tried: list[str] = []
        self.used = 0
        self.edited: list[tuple[str, str]] = []

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        if self.look is not None:
            await self.look()
        self.tried.append(chat.id)
        answer = self.answers[chat.id].popleft() if self.answers[chat.id] else self.always.get(chat.id)
        if isinstance(answer, Exception):
            raise answer
        self.used += 1
        if self.budget.per_month is not None:
            assert self.used <= self.budget.per_month, "more than the plan allows"
        sent = await super().send(chat, message, replacing=replacing, key=key)
        if replacing is not None:
            self.edited.append((replacing, message.text.plain))
        if chat.id in self.hangs:
            self.begun.set()
            await self.go_on.wait()
        if isinstance(answer, Took):
            raise answer.error
        return sent

    async def usage(self) -> Usage | None:
        if self.budget.per_month is None:
            return None
        return Usage(self.used, self.budget.per_month, 0, 50, 0, 3)


@dataclass
class Run(Rig):
    """`frozen` counts the rows of each announcement as they were written."""

    messenger: Messenger = field(default_factory=Messenger)
    frozen: Counter[int] = field(default_factory=Counter)
    asked_again: set[str] = field(default_factory=set)
    """Texts that a person had sent once more."""

    def __post_init__(self) -> None:
        self.platform = self.messenger
        self.messenger.look = self.holds
        super().__post_init__()

    async def announce(
        self,
        groups: int,
        *texts: str,
        number: int = 1,
        klass: str = "routine",
        first: int = 0,
        **options: object,
    ) -> None:
        """Group g0, g1, … each get `texts` as one package."""
        for n in range(first, first + groups):
            mine = texts or (f"TB-{number} cho g{n}",)
            assert await self.add(
                group(f"g{n}"), *mine, key=f"tb{number}:{n}", announcement=number, klass=klass, **options  # type: ignore[arg-type]
            )  # fmt: skip
        self.frozen[number] = await OutboxRow.filter(announcement=number, resend_of=0).count()

    async def holds(self) -> None:
        """What is true at every moment: nothing is lost from the books, and nobody has anything twice unasked."""
        for number, count in self.frozen.items():
            counts = await self.rows.counts(number)
            assert sum(counts.values()) == count, counts
        for (chat, text), times in Counter(self.platform.accepted).items():
            assert times == 1 or text.startswith(MARK) or text in self.asked_again, f"{chat} has {text} {times} times"

    async def goes(self) -> dict[str, int]:
        """Run until nothing may leave; state, with its reason where it is held, → frozen rows of all announcements."""
        await self.sender.run()
        return await self.told()

    async def told(self, number: int | None = None) -> dict[str, int]:
        await self.holds()
        found: Counter[str] = Counter()
        for each in self.frozen if number is None else [number]:
            for one in await self.outbox.standing(each):
                found[f"held({one.reason})" if one.state == "held" else one.state] += one.rows
        return dict(found)

    def start(self) -> asyncio.Task[float | None]:
        return asyncio.create_task(self.sender.run())

    async def dies(self, running: asyncio.Task[float | None]) -> int:
        """The process ends at once; returns how many calls were open. The next one has started."""
        old, calls = self.sender, self.sender.calls_open
        flights = list(old._flights)
        for task in (running, *flights):
            task.cancel()
        await asyncio.gather(running, *flights, return_exceptions=True)
        self.sender = self.new_sender()
        return calls

    async def heard(self) -> set[str]:
        return {chat for chat, _ in self.platform.accepted}

    async def chat_states(self, number: int = 1) -> dict[str, str]:
        """Group → state of the last of its first parts."""
        rows = await OutboxRow.filter(announcement=number, part=1).order_by("resend_of", "id")
        return {row.chat_id: row.state for row in rows}


def with_push(push: str) -> Mapping[ChatKind, Capabilities]:
    """PLAIN whose private chats can be written to in a window only, or never."""
    return {**PLAIN, "private": replace(PLAIN["private"], push=push)}  # type: ignore[arg-type]


EDITS = RICH
__all__ = ["EDITS", "LOST", "MARK", "NAME", "Messenger", "Run", "Took", "group", "with_push"]
