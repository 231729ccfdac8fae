"""Runs of a bot at a Telegram of its own that end with kill -9, and what people see after the next start."""

from __future__ import annotations

import asyncio
import html
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.compare.sources import ROOT, Source
from bot.core.lean.values import replace
from tests.platforms.fake_telegram import Call, FakeTelegram, Fault, Person, accepted_and_held, held

T = TypeVar("T")
LAUNCH = Path(__file__).parent / "launch.py"
PEOPLE = 5
THINKS = 2.0
"""Seconds between a question and the power cut in the middle of a form."""
READS = 0.5
"""Seconds in which somebody reads a message; a bot may note only after it what it has asked."""
QUIET = 1.0
"""Seconds after which a bot has done all that it will do while its calls hang."""
SETTLES = 15.0
"""Seconds after a start in which what was left is answered."""
PATIENCE = 120.0


async def eventually(condition: Callable[[], object]) -> None:
    """Return when the condition holds; raise TimeoutError. A call that hangs wakes nobody at the fake."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - there is nobody to tell us
            await asyncio.sleep(0.02)


@dataclass(frozen=True)
class Toll:
    """How many of the people got no answer, and how many got it more than once."""

    lost: int
    doubled: int


class PlainTelegram(FakeTelegram):
    """Reads markup, which we never send, and shows the words alone."""

    @property
    def is_asked(self) -> bool:
        """Whether the bot has confirmed everything and waits for news: what comes next reaches it together."""
        return self._poller is not None and not self.pending

    async def _carry_out(self, call: Call) -> object:
        text = call.params.get("text", "")
        match call.params.get("parse_mode"):
            case "HTML":
                text = html.unescape(re.sub(r"</?b>", "", text))
            case "MarkdownV2":
                text = re.sub(r"\*|\\(?=.)", "", text)
        rest = {name: value for name, value in call.params.items() if name not in ("text", "parse_mode")}
        return await super()._carry_out(replace(call, params={**rest, "text": text} if text else rest))


class Machine:
    """One bot, its folder and its Telegram."""

    def __init__(self, source: Source, python: Path, folder: Path, redis: str) -> None:
        self.telegram = PlainTelegram()
        self._source = source
        self._folder = folder
        self._file = folder / "main.py"
        self._file.write_text(source.text, "utf-8")
        self._command = [str(python), str(LAUNCH)] if source.library else [sys.executable]
        self._redis = redis
        self._process: asyncio.subprocess.Process | None = None
        self._acts: list[asyncio.Future[object]] = []
        self.people = [self.telegram.person(f"Reader{number}") for number in range(PEOPLE)]
        for person in self.people:
            self.telegram.private(person)

    def _environ(self) -> Mapping[str, str]:
        """Return settings as each library reads them; nothing of them stands in a bot's file."""
        telegram = self.telegram
        ours = {"PYTHONPATH": str(ROOT), "BOT_PLATFORMS": "telegram", "BOT_TELEGRAM_TOKEN": telegram.token}
        ours |= {"BOT_TELEGRAM_API_BASE": telegram.base}
        theirs = {"BOT_TOKEN": telegram.token, "COMPARE_LIBRARY": self._source.library, "REDIS_URL": self._redis}
        theirs |= {"COMPARE_BASE": telegram.base}
        return {"PATH": os.environ["PATH"], **(theirs if self._source.library else ours)}

    async def starts(self) -> None:
        """Start the bot; return when it asks for news."""
        asked = len(self.telegram.called("getUpdates"))
        with (self._folder / "log").open("a") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, str(self._file), cwd=self._folder, env=self._environ(), stdout=log, stderr=log
            )
        try:
            await eventually(lambda: len(self.telegram.called("getUpdates")) > asked)
        except TimeoutError:
            raise RuntimeError(f"{self._source.name} does not start:\n{(self._folder / 'log').read_text()}") from None

    async def dies(self) -> None:
        """Kill it with SIGKILL; its open calls break off."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        await asyncio.sleep(0.5)

    def texts(self, person: Person) -> list[str]:
        return [message.text for message in self.telegram.shown(person)]

    def does(self, act: Coroutine[None, None, object]) -> None:
        """Let somebody do something, whether or not the bot ever confirms it."""
        self._acts.append(asyncio.ensure_future(act))

    async def hears(self, person: Person, act: Coroutine[None, None, object], words: str) -> None:
        """Let somebody do something, and return when an answer has these words. Raises TimeoutError."""
        await asyncio.sleep(READS)
        before = Counter(self.texts(person))
        self.does(act)
        await eventually(lambda: any(words in text for text in Counter(self.texts(person)) - before))

    async def ends(self) -> None:
        await self.dies()
        for act in self._acts:
            act.cancel()
        await asyncio.gather(*self._acts, return_exceptions=True)


@asynccontextmanager
async def machine(source: Source, python: Path, folder: Path, redis: str) -> AsyncIterator[Machine]:
    """Begin a machine whose bot has answered once already."""
    made = Machine(source, python, folder, redis)
    async with made.telegram:
        try:
            await made.starts()
            await made.hears(made.people[0], made.telegram.says(made.people[0], "good day"), "You said: good day")
            yield made
        finally:
            await made.ends()


async def in_mid_form(made: Machine) -> str:
    """Kill the bot while somebody looks for the card; return what is said to its number after the next start."""
    telegram, ann = made.telegram, made.people[0]
    await made.hears(ann, telegram.says(ann, "menu"), "For how long?")
    await made.hears(ann, telegram.presses(ann, "A month"), "Which book?")
    await made.hears(ann, telegram.says(ann, "Dune"), "The number on your card?")
    await asyncio.sleep(THINKS)
    await made.dies()
    await made.starts()
    await made.hears(ann, telegram.says(ann, "1234"), "")
    return made.texts(ann)[-1]


async def while_calls_hang(made: Machine, fault: Callable[[asyncio.Event], Fault]) -> Toll:
    """Kill the bot when it has handled what five people said and its answers hang in the network, as `fault` says."""
    over = asyncio.Event()
    await eventually(lambda: made.telegram.is_asked)
    made.telegram.fail("sendMessage", *[fault(over)] * 10 * PEOPLE)
    for person in made.people:
        made.does(made.telegram.says(person, "hear me"))
    await eventually(lambda: "hear me" in str(made.telegram.calls[-1].params))
    await asyncio.sleep(QUIET)
    return await _next_start(made, over)


async def before_the_acknowledgement(made: Machine) -> Toll:
    """Kill the bot when it has answered five people, and Telegram does not know that it has taken what they said."""
    over = asyncio.Event()
    await eventually(lambda: made.telegram.is_asked)
    made.telegram.fail("getUpdates", *[held(over)] * 10)
    for person in made.people:
        made.does(made.telegram.says(person, "hear me"))
    await eventually(lambda: all(_count(made, person) for person in made.people))
    await asyncio.sleep(QUIET)
    return await _next_start(made, over)


async def _next_start(made: Machine, over: asyncio.Event) -> Toll:
    """Kill the bot, let the network work again, start the bot, and count the answers."""
    await made.dies()
    over.set()
    await made.starts()
    await asyncio.sleep(SETTLES)
    counts = [_count(made, person) for person in made.people]
    return Toll(sum(count == 0 for count in counts), sum(count > 1 for count in counts))


def _count(made: Machine, person: Person) -> int:
    return made.texts(person).count("You said: hear me")


@dataclass(frozen=True)
class Outcome:
    """What one bot came to: `form` is what was said to the last answer, the rest counts people."""

    form: str
    unsent: Toll
    unmarked: Toll
    unacknowledged: Toll


async def outcome(source: Source, python: Path, folder: Path, redis: str) -> Outcome:
    """Run all four at once, each with a bot, a Telegram and a database of Redis of its own."""

    async def one(database: int, run: Callable[[Machine], Coroutine[None, None, T]]) -> T:
        (folder / str(database)).mkdir()
        async with machine(source, python, folder / str(database), f"{redis}/{database}") as made:
            return await run(made)

    return Outcome(
        *await asyncio.gather(
            one(0, in_mid_form),
            one(1, lambda made: while_calls_hang(made, held)),
            one(2, lambda made: while_calls_hang(made, accepted_and_held)),
            one(3, before_the_acknowledgement),
        )
    )
