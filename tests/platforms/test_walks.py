"""Whole conversations on every adapter, in private and in the group: a talk, a menu, a form, a power cut in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.core.events import Chat, ChatKind
from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.platform import Sent
from bot.testing.rig import Case, Rig
from bot.testing.walks import WALKS, walk
from examples import letters_rig
from tests.platforms.rigs import shipped

CASES = [*shipped(), *letters_rig.CASES]


@pytest.mark.parametrize(
    ("case", "kind", "name"),
    [
        pytest.param(case, kind, name, id=f"{case.name}-{kind}-{name.replace(' ', '_')}")
        for case in CASES
        for kind in case.kinds
        for name in WALKS
    ],
)
async def test_people_get_through_on_every_adapter(case: Case, kind: ChatKind, name: str) -> None:
    await walk(case, kind, name)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
async def test_a_walk_notices_an_adapter_that_tells_and_does_not_send(case: Case) -> None:
    """Each says that all is well, and people see nothing."""

    async def send(chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        return Sent("x")

    @asynccontextmanager
    async def broken() -> AsyncIterator[Rig]:
        async with case.open() as rig:
            rig.platform.send = send  # type: ignore[method-assign]
            yield rig

    with pytest.raises(AssertionError):
        await walk(replace(case, open=broken), case.kinds[0], "menu")


@pytest.mark.parametrize("name", WALKS)
async def test_each_walk_notices_a_choice_that_leads_nowhere(name: str) -> None:
    """On the example: what is typed arrives without its last letter."""

    @asynccontextmanager
    async def broken() -> AsyncIterator[Rig]:
        async with letters_rig.letters() as rig:
            says = rig.says

            async def cut(text: str, kind: ChatKind, who: str = "Hoa") -> None:
                await says(text[:-1] + "#", kind, who)

            rig.says = cut  # type: ignore[method-assign]
            yield rig

    with pytest.raises(AssertionError):
        await walk(replace(letters_rig.CASES[0], open=broken), "private", name)
