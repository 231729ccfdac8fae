"""Faults that strike at random, and are healed after a while."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from tools.cluster import bots, brokers, databases, network
from tools.cluster.cluster import Cluster
from tools.cluster.program import Program

Kind = Literal["process", "rabbitmq", "postgresql", "link", "host", "queue", "none"]
KINDS: tuple[Kind, ...] = ("process", "rabbitmq", "postgresql", "link")
ALL_KINDS: tuple[Kind, ...] = (*KINDS, "host", "queue", "none")
"""A host that dies is to be away for longer than the others' patience: it goes with a longer `--heal`.

`queue` lets all members of one queue stand still, for ever: as RabbitMQ did with some by itself.
`none` is a turn without a fault: its waits are those of the load alone.
"""


@dataclass(frozen=True)
class Fault:
    """`at` is when it struck; `waited` are the seconds before, until all was back that an earlier one had struck."""

    kind: Kind
    what: str
    at: float
    waited: float = 0.0


class Faults:
    """Strikes a cluster; `seed` makes the same ones again."""

    def __init__(self, cluster: Cluster, kinds: Sequence[Kind], seed: int) -> None:
        self.struck: list[Fault] = []
        self._cluster = cluster
        self._kinds = kinds
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._left: list[Kind] = []
        self._waited = 0.0

    async def ready(self) -> None:
        """Wait until all is back that was struck. Raises TimeoutError."""
        self._waited = await self._cluster.whole()

    async def strike(self, heal_after: float) -> None:
        """Strike once and heal it; each kind has its turn, in a random order."""
        if not self._left:
            self._left = self._random.sample(self._kinds, len(self._kinds))
        kind = self._left.pop()
        strikes: dict[Kind, Callable[[float], Awaitable[None]]] = {
            "process": self._process,
            "rabbitmq": self._broker,
            "postgresql": self._server,
            "link": self._link,
            "host": self._host,
            "queue": self._queue,
            "none": self._none,
        }
        await strikes[kind](heal_after)

    def _note(self, kind: Kind, what: str) -> None:
        self.struck.append(Fault(kind, what, monotonic(), self._waited))
        print(f"  {what} (all was whole after {self._waited:.1f} s)", flush=True)

    async def _process(self, heal_after: float) -> None:
        await self._killed("process", self._random.choice(self._cluster.bots), heal_after)

    async def _queue(self, heal_after: float) -> None:
        name = self._random.choice(await bots.queues())
        self._note("queue", f"stands still: {name}")
        brokers.stand_still(self._cluster.brokers[0], name)
        await asyncio.sleep(heal_after)

    async def _none(self, _: float) -> None:
        self._note("none", "no fault")

    async def _broker(self, heal_after: float) -> None:
        await self._killed("rabbitmq", self._random.choice(self._cluster.brokers), heal_after)

    async def _killed(self, kind: Kind, program: Program, heal_after: float) -> None:
        self._note(kind, f"kill -9: {program.name}")
        program.kill()
        await asyncio.sleep(heal_after)
        program.start()

    async def _server(self, heal_after: float) -> None:
        host = databases.primary(self._cluster.folder)
        if host is None:
            print("  PostgreSQL has no primary now: no fault", flush=True)
            return
        self._note("postgresql", f"kill -9: the primary, postgres {host}")
        databases.kill(self._cluster.folder, host)  # Patroni heals it
        await asyncio.sleep(heal_after)

    async def _host(self, heal_after: float) -> None:
        """Let a host vanish as by a power cut: nobody hears of the end of its connections."""
        host = self._random.choice(network.HOSTS)
        self._note("host", f"host {host} dies{self._whose(host)}")
        network.cut(host)
        own = [one for one in self._cluster.programs if one.host == host]
        try:
            network.kill(host)
            for one in own:
                one.kill()
            await asyncio.sleep(heal_after)
        finally:
            network.join(host)
        for one in own:
            one.start()

    def _whose(self, host: int) -> str:
        return " (the primary's)" if host == databases.primary(self._cluster.folder) else ""

    async def _link(self, heal_after: float) -> None:
        host = self._random.choice(network.HOSTS)
        self._note("link", f"link down: host {host}{self._whose(host)}")
        network.cut(host)
        try:
            await asyncio.sleep(heal_after)
        finally:
            network.join(host)
