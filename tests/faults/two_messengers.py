"""A commune whose villages have groups on two messengers: one is free, of the other each message is one of a plan."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.events import ChatKind, Event
from bot.core.lean.values import replace
from bot.core.pacing import Pacer
from bot.core.platform import Capabilities, ChatGone, Cost, TokenRefused
from bot.features import units
from bot.features.announcements.model import Announcement
from bot.features.announcements.receipts.receipt import Receipt, receipt
from bot.features.announcements.service import Announcements
from bot.features.audit import Audit
from bot.features.calendar.vietnam import VIETNAM
from bot.features.groups import channels
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.turn import Alone
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.store import ConversationStore
from bot.testing import PLAIN, RICH
from tests.features.announcements.office import Office
from tests.features.outbox_rig import PatientClock, same
from tests.features.village import KEY, NOW, Places, places, somebody

from .matrix_rig import Messenger

FREE, PLAN = "free", "plan"
GONE = ChatGone("bot was kicked from the group chat")
REFUSED = TokenRefused()


def costing(kinds: Mapping[ChatKind, Capabilities], cost: Cost) -> Mapping[ChatKind, Capabilities]:
    return {kind: replace(caps, cost=cost) for kind, caps in kinds.items()}


@dataclass
class Town(Office):
    """An office whose outbox has two messengers. A village v1 has the groups `v1` on each of them."""

    db: BaseDBAsyncClient = None  # type: ignore[assignment]
    messengers: Mapping[str, Messenger] = None  # type: ignore[assignment]
    outbox: Outbox = None  # type: ignore[assignment]
    off: dict[str, str] = None  # type: ignore[assignment]
    reported: list[Event] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.clock = PatientClock()
        self.clock.time = NOW
        self.frozen: dict[int, int] = {}
        for messenger in self.messengers.values():
            messenger.look = self.holds
        self.start()

    def start(self) -> None:
        """A process; the one before has stopped or died."""
        self.senders = [self._sender(messenger) for messenger in self.messengers.values()]

    def _sender(self, messenger: Messenger) -> OutboxSender:
        async def report(event: Event) -> None:
            self.reported.append(event)

        return OutboxSender(
            platform=messenger, pacer=Pacer(1000, self.clock), rows=self.outbox.rows, store=ConversationStore(self.db),
            turn=Alone(), clock=self.clock, report=report,
        )  # fmt: skip

    async def village(self, name: str, *platforms: str) -> int:
        """A village with a group of its name on each of the platforms; its unit."""
        async with in_transaction("default"):
            place = await units.create(name, "thôn", name.upper(), parent="yen-mo", valid_from=self.now.date())
            for platform in platforms:
                await self.joins(platform, name, place.id)
        return int(place.id)

    async def joins(self, platform: str, name: str, unit_id: int) -> int:
        made = await channels.register(platform, name, unit_id, "village", f"Nhóm {name} ({platform})", self.now)
        assert isinstance(made, channels.Registered)
        return made.channel.id

    async def announces(self, one: Announcement | None = None) -> Announcement:
        """Written, approved, frozen."""
        done = await self.approved(one or await self.draft())
        self.frozen[done.id] = done.rows
        return done

    async def goes(self) -> None:
        """Both messengers are sent to, and the clock ticks, until nothing moves any more."""
        for _ in range(6):
            for sender in self.senders:
                await sender.run()
            self.now = self.clock.now()
            await self.ticks()
            await self.holds()

    async def dies(self, running: asyncio.Task[object]) -> None:
        flights = [flight for sender in self.senders for flight in sender._flights]
        for task in (running, *flights):
            task.cancel()
        await asyncio.gather(running, *flights, return_exceptions=True)
        self.start()

    async def holds(self) -> None:
        """The frozen rows sum to the frozen count, and no group has anything twice."""
        for number, count in self.frozen.items():
            counts = await self.outbox.rows.counts(number)
            assert sum(counts.values()) == count, counts
        for name, messenger in self.messengers.items():
            for (chat, text), times in Counter(messenger.accepted).items():
                assert times == 1, f"{chat} on {name} has {text!r} {times} times"

    def heard(self) -> dict[str, list[str]]:
        """Messenger → groups that have something, in order."""
        return {
            name: sorted({chat for chat, _ in one.accepted if not chat.startswith("chat-")})
            for name, one in self.messengers.items()
        }

    async def receipt(self, one: Announcement) -> Receipt:
        found = await receipt(one.id, self.now.astimezone(VIETNAM).date())
        assert found is not None
        return found

    async def told_in(self, one: Announcement) -> dict[str, str]:
        """Village → group and state, with the groups before it."""
        found = await self.receipt(one)
        return {
            each.village: " → ".join(f"{at.target.chat.platform}:{at.state}" for at in (*each.before, each))
            for each in found.deliveries
        }

    async def notices_in(self, platform: str, chat: str) -> list[str]:
        rows = await OutboxRow.filter(platform=platform, chat_id=chat, announcement=0).order_by("id")
        return [f"{row.state} {row.message}" for row in rows]


async def town(
    db: BaseDBAsyncClient,
    *,
    plan: int | None = None,
    costs: tuple[Cost, Cost] = ("free", "metered"),
    at: Places | None = None,
) -> Town:
    at = at or await places()
    lan, nam, hoa = [
        await somebody(name, role, at.commune, platform=FREE)
        for name, role in (("lan", "officer"), ("nam", "chair"), ("hoa", "chair"))
    ]
    free, metered = Messenger(costing(RICH, costs[0])), Messenger(costing(PLAIN, costs[1]), plan)
    free.name, metered.name = FREE, PLAN
    messengers = {FREE: free, PLAN: metered}
    off: dict[str, str] = {}
    outbox = Outbox(
        Rows(db, same),
        {name: one.capabilities for name, one in messengers.items()},
        same,
        lambda name: f"https://xa.example/media/{name}",
        usage={name: one.usage for name, one in messengers.items()},
        off=off,
    )
    return Town(at, Announcements(outbox, Audit(KEY)), lan, nam, hoa, NOW, {}, db, messengers, outbox, off, [])
