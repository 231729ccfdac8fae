"""The kill-point lab on Telegram: the real adapter over real HTTP to a fake server that outlives the bot.

    python -m tests.faults.telegram_lab FOLDER

prints the same lines as tests.faults.lab. The server runs in a thread of this process; each life of the bot is a fork.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TypeVar

from bot.core.engine import Engine, EngineLimits
from bot.core.pacing import Pacer
from bot.platforms.telegram import adapter as telegram
from bot.platforms.telegram.api import Api
from bot.storage import database
from bot.storage.store import ConversationStore
from tests.kit import make_kit
from tests.platforms.fake_telegram import FakeTelegram

from .lab import ANSWER, SHORTER_LIVES, Points, SystemClock, fork, instrument, look, prepared, router, warm_up

T = TypeVar("T")
LIFE_SECONDS = 20


class _Server:
    """The fake server on a loop of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def do(self, work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def soon(self, work: Coroutine[None, None, object]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop)


async def _live(folder: Path, options: dict[str, str], points: Points) -> list[str]:
    """Until the update is confirmed and everything is done, or nothing more comes."""
    async with database.opened(database.file_url(folder / "bot.sqlite3")) as db:
        clock = SystemClock()
        platform = telegram.create(make_kit(options))
        engine = Engine(
            router=router("change"),
            store=ConversationStore(db),
            platforms={platform.name: platform},
            pacers={platform.name: Pacer(1000.0, clock)},
            translate=lambda locale, message, context=None: message,
            link_to=lambda name: None,
            clock=clock,
            limits=EngineLimits(per_minute=1000, mark_after=0.001),
        )
        await engine.start()
        quiet = asyncio.Event()
        _watch_polls(points, quiet)
        listener = asyncio.create_task(platform.listen(engine.receive))
        async with asyncio.timeout(LIFE_SECONDS):
            await quiet.wait()
            await engine.idle()
        points.watching = False
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
        await engine.stop()
        await platform.close()
    return points.names


def _watch_polls(points: Points, quiet: asyncio.Event) -> None:
    """Points count from the update's arrival; `quiet` is set when a poll brings nothing, and the next one waits.

    Polls that went on would be points too, the more of them the slower the machine.
    """
    post = Api.post

    async def watched(api: Api, name: str, *args: object, **kwargs: object) -> object:
        if name == "getUpdates" and quiet.is_set():
            await asyncio.Event().wait()
        points.pass_by(f"before {name}")
        result: object = await post(api, name, *args, **kwargs)  # type: ignore[arg-type]
        if name == "getUpdates":
            if result:
                points.watching = True
            else:
                quiet.set()
        points.pass_by(f"after {name}")
        return result

    Api.post = watched  # type: ignore[method-assign, assignment]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="try only each n-th point")
    arguments = parser.parse_args()
    points = Points()
    instrument(points)
    warm_up(arguments.folder / "warm")  # before there are threads
    server = _Server()

    def life(folder: Path, options: dict[str, str], kill_at: int = 0) -> Callable[[], None]:
        def work() -> None:
            points.kill_at = kill_at
            points.diary = folder / "passed.json"
            names = asyncio.run(_live(folder, options, points))
            (folder / "points.json").write_text(json.dumps(names))

        return work

    def one(name: str, kill_at: int) -> tuple[bool, int, int]:
        """(whether the kill struck, effects, answers) of a message from a new person to a new server."""
        folder = prepared(arguments.folder / name)
        fake = FakeTelegram()
        server.do(fake.start())
        options = {**fake.options(), "poll_seconds": "0"}
        hoa = fake.person("Hoa")
        server.soon(fake.says(hoa, "cộng"))
        struck = fork(life(folder, options, kill_at)) != 0
        if struck:
            fork(life(folder, options))
        answers = sum(message.text == ANSWER for message in fake.shown(hoa))
        server.do(fake.stop())
        return struck, look(folder), answers

    one("undisturbed", 0)
    names: list[str] = json.loads((arguments.folder / "undisturbed" / "points.json").read_text())
    survived = 0
    for number in range(1, len(names) + 20, arguments.every):
        struck, total, answers = one(str(number), number)
        if not struck:
            survived += 1
            if survived == SHORTER_LIVES:
                break
            continue
        passed = json.loads((arguments.folder / str(number) / "passed.json").read_text())
        told = {"point": number, "total": total, "answers": answers, "passed": passed}
        sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.write(json.dumps({"names": names}) + "\n")


if __name__ == "__main__":
    main()
