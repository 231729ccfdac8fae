"""Several processes on one PostgreSQL and one RabbitMQ, over real HTTP, while processes die and the broker fails."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tortoise.connection import get_connections
from tortoise.expressions import F

from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.text import Text
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.framework.sharing import PARTITIONS, space_of
from bot.platforms.telegram.adapter import Telegram
from bot.storage import database
from bot.storage.core_tables.conversation import InboxEvent, SessionRow
from bot.storage.core_tables.outbox import OutboxRow
from tests.broker import delete_queues
from tests.conftest import BROKER
from tests.platforms.fake_telegram import Call, FakeTelegram, Room, held
from tests.platforms.telegram_rules import Json
from tests.ports import unused_port
from tests.postgres import begin, run_on_postgres, url_of
from tests.processes import Bot, bot

pytestmark = [pytest.mark.postgres, pytest.mark.broker]

LAB = "tests.faults.shared_lab"
ROWS = 320
PER_SECOND = 120
OPEN_CALLS = 4
PATIENCE = 30
KEY = uuid.uuid4().hex
SPACE = space_of(KEY.encode())


@dataclass(frozen=True)
class Shared:
    """What the processes have in common."""

    url: str
    telegram: FakeTelegram
    folder: Path

    def environ(self, port: int = 0) -> dict[str, str]:
        return {
            "BOT_PLATFORMS": "telegram",
            "BOT_TELEGRAM_TOKEN": self.telegram.token,
            "BOT_TELEGRAM_API_BASE": self.telegram.base,
            "BOT_TELEGRAM_MODE": "webhook",
            "BOT_PACE_TELEGRAM_PER_SECOND": str(PER_SECOND),
            "BOT_PACE_TELEGRAM_CHAT_PER_SECOND": "1000",
            "BOT_DATABASE_URL": self.url,
            "BOT_BROKER_URL": BROKER,
            "BOT_SECRET_KEY": KEY,
            "BOT_DATA_DIR": str(self.folder),
            "BOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "BOT_PORT": str(port),
        }


@pytest.fixture
def migrated_url() -> Iterator[str]:
    name = f"langso_{uuid.uuid4().hex[:12]}"
    url = url_of(name)
    asyncio.run(run_on_postgres(f'create database "{name}"'))
    asyncio.run(begin(url))
    yield url
    asyncio.run(run_on_postgres(f'drop database "{name}" with (force)'))


@pytest.fixture
async def shared(migrated_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shared]:
    async with database.opened(migrated_url), FakeTelegram() as telegram:
        yield Shared(migrated_url, telegram, tmp_path_factory.getbasetemp() / "shared data")
    await delete_queues(SPACE, PARTITIONS)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - another process makes it true, there is no event to wait for
            await asyncio.sleep(0.02)


async def _states() -> Counter[str]:
    return Counter([str(state) for state in await OutboxRow.all().values_list("state", flat=True)])


async def _fill(telegram: FakeTelegram) -> list[Room]:
    """One row for each of many villages, as an announcement makes them."""

    def same(locale: str, message: str, context: str | None = None) -> str:
        return message

    client = get_connections().get("default")
    outbox = Outbox(Rows(client, same), {"telegram": Telegram.capabilities}, same, lambda name: None)
    rooms = [telegram.group(f"Thôn {number}") for number in range(ROWS)]
    now = datetime.now(UTC)
    for room in rooms:
        chat = Chat("telegram", str(room.id), "group")
        text = Message(Text.verbatim("Mời bà con họp thôn."))
        await outbox.add(chat, text, key=f"tb:{room.id}", now=now, klass="routine", answering=True)
    return rooms


@pytest.mark.fault(6, "two workers, one killed, the broker emptied")
async def test_of_two_workers_one_is_killed_and_the_broker_is_emptied_and_every_village_gets_its_message_once(
    shared: Shared,
) -> None:
    """Mechanisms: the rows' leases and tokens, `sending` before the call, ticks beside wakes."""
    telegram = shared.telegram
    async with (
        bot("worker", environ=shared.environ(), module=LAB) as first,
        bot("worker", environ=shared.environ(), module=LAB),
    ):
        # The first to come sends, as long as it lives.
        rooms = await _fill(telegram)
        await _until(lambda: len(telegram.accepted) > ROWS // 10)
        await delete_queues(SPACE, PARTITIONS)
        assert sum((await _states()).values()) == ROWS
        telegram.fail("sendMessage", *[held(asyncio.Event())] * OPEN_CALLS)
        await _until(lambda: not telegram._faults["sendmessage"])
        await first.kill()
        states = await _states()
        assert states["pending"] + states["leased"], "the first worker was done before it could be killed"
        assert sum(states.values()) == ROWS
        async with asyncio.timeout(PATIENCE):
            while (await _states()).keys() - {"sent", "uncertain"}:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.1)
    states = await _states()
    assert sum(states.values()) == ROWS
    times = Counter(taken.chat_id for taken in telegram.accepted)
    assert max(times.values()) == 1, "a village has it twice"
    by_chat = {row.chat_id: row.state for row in await OutboxRow.all()}
    assert [room.id for room in rooms if by_chat[str(room.id)] == "sent" and not times[room.id]] == []
    # The calls that were held open, and those that were on their way at that very moment.
    assert OPEN_CALLS <= states["uncertain"] <= OPEN_CALLS + PER_SECOND // 10


async def test_of_three_processes_two_are_killed_and_the_third_goes_on_in_order(shared: Shared) -> None:
    """Mechanisms: one active consumer of the chat's queue; what it did not acknowledge comes to the next one.

    An answer comes twice at most once: it was on its way at the kill.
    """
    telegram, hoa = shared.telegram, shared.telegram.person("Hoa")
    words, answers = ("chữ lớn", "chữ thường"), ("mỗi câu một tin", "Đã về cỡ chữ thường.")
    ports = unused_port(), unused_port()

    def heard() -> list[int]:
        return [at for shown in telegram.shown(hoa) for at, answer in enumerate(answers) if answer in shown.text]

    async def says_through(running: Bot, number: int) -> None:
        assert telegram.webhook is not None
        telegram.webhook = f"{running.url}/hooks/telegram", telegram.webhook[1]
        await telegram.says(hoa, words[number % 2])

    async with AsyncExitStack() as stack:
        serving, working = await asyncio.gather(
            stack.enter_async_context(bot("serve", environ=shared.environ(ports[0]), module=LAB)),
            stack.enter_async_context(bot("worker", environ=shared.environ(), module=LAB)),
        )
        await _until(lambda: len(telegram.called("setWebhook")) == 1)
        for number in range(10):
            await says_through(serving, number)
        await _until(lambda: len(heard()) >= 10)
        assert heard() == [0, 1] * 5

        telegram.fail("sendMessage", held(asyncio.Event()))
        await says_through(serving, 0)
        await _until(lambda: not telegram._faults["sendmessage"])
        third = await stack.enter_async_context(bot("serve", environ=shared.environ(ports[1]), module=LAB))
        await _until(lambda: len(telegram.called("setWebhook")) == 2)
        for number in range(1, 6):
            # One of the first two has the chat and cannot get on; all that comes in anywhere is left to it.
            await says_through((serving, third)[number % 2], number)
        for killed in (serving, working):
            await killed.kill()
        await _until(lambda: len(heard()) >= 16)
        await _all_marked()
    later = heard()[10:]
    repeats = [at for at in range(1, len(later)) if later[at] == later[at - 1]]
    assert len(repeats) <= 1
    assert [answer for at, answer in enumerate(later) if at not in repeats] == [0, 1] * 3


async def _all_marked() -> None:
    unmarked = InboxEvent.filter(body__isnull=False), SessionRow.filter(out_seq__gt=F("sent_seq"))
    async with asyncio.timeout(PATIENCE):
        while any([await rows.exists() for rows in unmarked]):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)


async def test_one_of_two_processes_polls_and_when_it_is_killed_the_other_does(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: the lease of polling. Two that poll at once would take each other's updates away."""
    telegram, hoa = shared.telegram, shared.telegram.person("Hoa")
    get_updates, together = telegram._get_updates, []

    async def watched(call: Call) -> list[Json]:
        if telegram._poller is not None:
            together.append(call)
        return await get_updates(call)

    monkeypatch.setattr(telegram, "_get_updates", watched)
    environ = {**shared.environ(), "BOT_TELEGRAM_MODE": "polling"}

    def heard(answer: str) -> bool:
        return any(answer in shown.text for shown in telegram.shown(hoa))

    async with bot("serve", environ=environ, module=LAB) as first:
        await _until(lambda: bool(telegram.called("getUpdates")))
        async with bot("serve", environ=environ, module=LAB):
            await telegram.says(hoa, "chữ lớn")
            await _until(lambda: heard("mỗi câu một tin"))
            assert together == []
            await first.kill()
            await telegram.says(hoa, "chữ thường")
            await _until(lambda: heard("Đã về cỡ chữ thường."))
            await _all_marked()


async def test_without_a_broker_a_second_process_waits_and_goes_on_when_the_first_is_killed(shared: Shared) -> None:
    """Mechanism: the advisory lock, which ends with its connection; what was noted is taken up as after a restart."""
    telegram, hoa = shared.telegram, shared.telegram.person("Hoa")
    environs = [shared.environ(unused_port()) for _ in range(2)]
    for environ in environs:
        del environ["BOT_BROKER_URL"]

    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(bot("serve", environ=environs[0], module=LAB))
        standby = asyncio.create_task(stack.enter_async_context(bot("serve", environ=environs[1], module=LAB)))
        await _until(lambda: len(telegram.called("setWebhook")) == 1)
        telegram.fail("sendMessage", held(asyncio.Event()))
        await telegram.says(hoa, "chữ lớn")
        await _until(lambda: not telegram._faults["sendmessage"])
        assert not standby.done()
        await first.kill()
        await standby
        await _until(lambda: any("mỗi câu một tin" in shown.text for shown in telegram.shown(hoa)))
        await _all_marked()
