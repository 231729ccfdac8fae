"""What a world is of: a bot, its messengers and its people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from random import Random
from typing import TYPE_CHECKING, Protocol

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.engine import Engine
from bot.core.events import Chat

from .life import Life
from .plan import Plan
from .vendor import Vendor

if TYPE_CHECKING:
    from .world import World


class Person(Protocol):
    """Somebody who acts until their goal is reached. `goal` says in words what is still lacking, "" for nothing."""

    name: str
    finished: bool
    private: Chat

    def begin(self) -> None: ...

    def goal(self) -> str: ...


class Town(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def in_step(self) -> bool:
        """Whether its outbox is held against a plain one, call by call."""
        ...

    def plan(self, seed: str) -> Plan: ...

    def tables(self) -> bytes:
        """The database before the first start."""
        ...

    def vendors(self, world: World, chance: Random) -> Mapping[str, Vendor]: ...

    def people(self, world: World) -> Sequence[Person]: ...

    def bot(self, life: Life, db: BaseDBAsyncClient, world: World) -> AbstractAsyncContextManager[Engine]: ...

    def violations(self, world: World) -> list[str]:
        """What must be true of this town alone, as `name: what was found`."""
        ...
