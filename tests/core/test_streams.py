"""Three people talk to the bot in one group, all at once and in any order: nobody's answer goes astray."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import Chat, ChatKind, Commanded, Event, Pressed, Sender, TextSent
from bot.core.messages import Button
from bot.core.platform import Capabilities
from bot.core.router import Router
from bot.i18n import Catalogues
from bot.storage import database
from bot.storage.core_tables.conversation import InboxEvent
from bot.storage.store import ConversationStore
from bot.testing import PLAIN, RICH, FakePlatform, World

GROUP = Chat("fake", "g", "group")
PEOPLE = {name: Sender(f"id-{name}", name) for name in ("Hoa", "Lan", "Tâm")}


class Pick(Action, code="p"):
    owner: str
    what: str


def _router(seen: list[str], astray: list[str]) -> Router:
    """`seen` gets the id of each event that a handler took, `astray` what reached somebody else's conversation."""
    router = Router()

    @router.intercept()
    async def note(ctx: Context) -> bool:
        seen.append(ctx.event.id)
        return False

    @router.command("hoi", "hỏi")
    async def ask(ctx: Context) -> None:
        ctx.wait_for("name", "ask", {"owner": ctx.sender.name})
        ctx.reply(ctx.t("{owner}: bác nói gì?", owner=ctx.sender.name), expects="text")

    @router.step("name", "ask", TextSent)
    async def answered(ctx: Context) -> None:
        assert isinstance(ctx.event, TextSent)
        assert ctx.flow is not None
        owner = ctx.flow.data["owner"]
        if owner != ctx.sender.name:
            astray.append(f"{ctx.sender.name} answered {owner}")
        ctx.leave_flow()
        ctx.reply(ctx.t("{owner} nói: {words}", owner=owner, words=ctx.event.text))

    @router.command("chon", "chọn")
    async def choose(ctx: Context) -> None:
        owner = ctx.sender.name
        ctx.reply(
            ctx.t("{owner} chọn gì?", owner=owner),
            [Button.to("Gà", Pick(owner, "gà")), Button.to("Vịt", Pick(owner, "vịt"))],
        )

    @router.action(Pick)
    async def picked(ctx: Context, action: Pick) -> None:
        if isinstance(ctx.event, TextSent) and action.owner != ctx.sender.name:
            astray.append(f"{ctx.sender.name} chose for {action.owner}")
        ctx.reply(ctx.t("{who} lấy {what}", who=ctx.sender.name, what=action.what))

    @router.otherwise
    async def otherwise(ctx: Context) -> None:
        ctx.reply(ctx.t("{who}: tôi chưa hiểu.", who=ctx.sender.name))

    @router.stale
    async def lost(ctx: Context) -> None:
        ctx.reply(ctx.t("Nút này không còn dùng."))

    return router


@dataclass(frozen=True)
class Deed:
    """What somebody does; `said` is words, a command after "/", or a press after "!"."""

    person: str
    said: str
    addressed: bool
    repeats: int
    late: int


deeds = st.builds(
    Deed,
    st.sampled_from(sorted(PEOPLE)),
    st.sampled_from(
        ["hỏi", "chọn", "/hoi", "/chon", "/lạ", "1", "2", "3", "số 4", "gà", "vịt", "tôi là Hoa", "mai họp", "30",
         "!p|Hoa|g%c3%a0", "!p|forged", "!", "5 con"]
    ),
    st.booleans(),
    st.integers(0, 2),
    st.integers(0, 6),
)  # fmt: skip


def _event(number: int, deed: Deed, world: World) -> Event:
    common = (f"e{number}", GROUP, PEOPLE[deed.person], world.clock.now())
    if deed.said.startswith("/"):
        return Commanded(*common, name=deed.said[1:], args="")
    if deed.said.startswith("!"):
        return Pressed(*common, data=deed.said[1:], message_id="m1")
    return TextSent(*common, text=deed.said, addressed=deed.addressed)


def _arrivals(stream: list[Deed], world: World) -> list[Event]:
    """Each event in its order, its repeats some places later."""
    arrivals: list[tuple[float, Event]] = []
    for number, deed in enumerate(stream):
        event = _event(number, deed, world)
        arrivals.append((number, event))
        arrivals += [(number + deed.late + 0.1 * n, event) for n in range(1, deed.repeats + 1)]
    return [event for _, event in sorted(arrivals, key=lambda pair: pair[0])]


async def _play(
    capabilities: Mapping[ChatKind, Capabilities], stream: list[Deed], chunk: int, *, restarts: bool
) -> None:
    seen: list[str] = []
    astray: list[str] = []
    async with database.created(database.MEMORY) as db:
        world = World(db, lambda: _router(seen, astray), Catalogues.load().translate, FakePlatform(capabilities))
        events = _arrivals(stream, world)
        for at in range(0, len(events), chunk):
            await asyncio.gather(*[world.engine.receive([event]) for event in events[at : at + chunk]])
            if restarts and at % 3 == 0:
                await world.restarts()
        await world.engine.idle()

        assert await ConversationStore(db).unfinished() == []
        assert await InboxEvent.filter(failed__not_isnull=True).count() == 0
        assert await InboxEvent.filter(body__not_isnull=True).count() == 0
        assert await InboxEvent.all().count() == len(stream)
        assert astray == []
        assert len(seen) == len(set(seen)), "an event was handled twice"
        addressed = {f"e{n}" for n, deed in enumerate(stream) if deed.addressed or deed.said.startswith(("/", "!"))}
        assert addressed <= set(seen)
        assert len(world.platform.chats.get("g", [])) >= len(addressed)
        assert world.platform.calls <= len(seen)
        await world.engine.stop()


@pytest.mark.parametrize("capabilities", [RICH, PLAIN], ids=["rich", "plain"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(stream=st.lists(deeds, min_size=1, max_size=25), chunk=st.integers(1, 8), restarts=st.booleans())
def test_every_event_is_done_once_and_answered_to_whom_it_came_from(
    capabilities: Mapping[ChatKind, Capabilities], stream: list[Deed], chunk: int, *, restarts: bool
) -> None:
    asyncio.run(_play(capabilities, stream, chunk, restarts=restarts))


@pytest.mark.parametrize("capabilities", [RICH, PLAIN], ids=["rich", "plain"])
def test_a_long_evening_in_the_group(capabilities: Mapping[ChatKind, Capabilities]) -> None:
    chance = random.Random(47)  # noqa: S311 - the same evening at every run
    said = ["hỏi", "chọn", "1", "2", "gà", "mai họp nhé", "/chon", "tôi là Lan", "số 3", "9"]
    stream = [
        Deed(chance.choice(sorted(PEOPLE)), chance.choice(said), chance.random() < 0.5, chance.randrange(2), 3)
        for _ in range(300)
    ]
    asyncio.run(_play(capabilities, stream, 10, restarts=False))


@pytest.mark.parametrize("capabilities", [RICH, PLAIN], ids=["rich", "plain"])
async def test_a_thousand_messages_that_are_not_for_the_bot_cost_no_call(
    capabilities: Mapping[ChatKind, Capabilities],
) -> None:
    seen: list[str] = []
    async with database.created(database.MEMORY) as db:
        world = World(db, lambda: _router(seen, []), Catalogues.load().translate, FakePlatform(capabilities))
        people = list(PEOPLE.values())
        await world.happens(
            *[
                TextSent(f"o{n}", GROUP, people[n % 3], world.clock.now(), text=text, addressed=False)
                for n in range(1000)
                for text in (("1", "hỏi", "chọn", "mai họp")[n % 4],)
            ]
        )
        assert (world.platform.calls, seen) == (0, [])
        assert await ConversationStore(db).unfinished() == []
        await world.engine.stop()
