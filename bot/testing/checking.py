"""Checks of the contract: how they are registered, for whom they run, and what every one of them watches besides."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeVar

from bot.core.events import ChatKind, Event
from bot.core.lean.values import replace
from bot.core.messages import Attachment, Message
from bot.core.platform import Capabilities, PlatformError
from bot.core.text import Text

from . import inbox
from .rig import Case, Rig

E = TypeVar("E", bound=Event)
Per = Literal["chat", "adapter", "fault", "webhook"]


@dataclass(frozen=True)
class Scene:
    """The means of a check: a rig that was just opened, a kind of chat, and a fault if it is about one."""

    case: Case
    rig: Rig
    kind: ChatKind
    fault: str = ""

    @property
    def caps(self) -> Capabilities:
        return self.rig.platform.capabilities[self.kind]

    async def sends(self, message: Message | str, *, replacing: str | None = None, key: str = "") -> str:
        """Send to the chat; return the id of the message."""
        wanted = Message(Text.verbatim(message)) if isinstance(message, str) else message
        sent = await self.rig.platform.send(self.rig.chat(self.kind), wanted, replacing=replacing, key=key)
        return sent.message_id

    async def texts(self) -> list[str]:
        return [shown.text for shown in await self.rig.shown(self.rig.chat(self.kind))]

    async def stored(self, kind: Literal["photo", "audio", "file"], data: bytes) -> Attachment:
        mime = {"photo": "image/png", "audio": "audio/mpeg", "file": "application/pdf"}[kind]
        return Attachment(kind, await self.rig.kit.media.store(data, mime), "what it shows", len(data))


Checked = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True)
class Check:
    """`needs` are controls without which it says nothing, `kinds` the chats that it is about."""

    name: str
    run: Checked
    per: Per
    needs: tuple[str, ...]
    kinds: tuple[ChatKind, ...]

    @property
    def part(self) -> str:
        return self.run.__module__.rpartition(".")[2]

    def scenes(self, case: Case) -> Iterator[tuple[ChatKind, str]]:
        """Yield the kinds of chat and the faults with which it runs for an adapter."""
        if not all(case.can(control) for control in self.needs) or (self.per == "webhook" and not case.webhook):
            return
        if case.parts and not {self.part, *self.needs} & {*case.parts}:
            return
        if self.per == "fault":
            for fault in case.faults:
                yield "private", fault
        elif self.per == "chat":
            for kind in case.kinds:
                if kind in self.kinds:
                    yield kind, ""
        elif self.kinds[0] in case.kinds:
            yield self.kinds[0], ""


CHECKS: list[Check] = []


def check(
    per: Per = "chat", *, needs: tuple[str, ...] = (), kinds: tuple[ChatKind, ...] = ("private", "group")
) -> Callable[[Checked], Checked]:
    """Register a check. Its name, with spaces, is the promise that it holds an adapter to."""

    def register(run: Checked) -> Checked:
        name = getattr(run, "__name__", "")
        CHECKS.append(Check(name, run, per, needs, kinds))
        return run

    return register


@dataclass(frozen=True)
class Item:
    """A check of one adapter, in one kind of chat, with one fault."""

    case: Case
    check: Check
    kind: ChatKind
    fault: str

    @property
    def name(self) -> str:
        parts = [self.case.name, self.kind if self.check.per == "chat" else "", self.fault]
        return f"{self.check.name}[{'-'.join(part for part in parts if part)}]"

    async def run(self) -> None:
        """Open the rig, run the check, and see that no secret stands in a log or an exception."""
        with watched() as watch:
            async with self.case.open() as rig:
                watch.secrets = rig.secrets
                try:
                    await self.check.run(Scene(self.case, rig, self.kind, self.fault))
                except PlatformError as error:
                    watch.look_at("".join(traceback.format_exception(error)))
                    raise
        watch.conclude()


class Watch(logging.Handler):
    """Keeps what is logged, however softly."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.secrets: tuple[str, ...] = ()
        self.errors: list[str] = []
        self._said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "aiohttp.access":  # of the fake, which may say what it is asked
            return
        words = record.getMessage()
        if record.exc_info is not None and record.exc_info[1] is not None:
            words += "".join(traceback.format_exception(record.exc_info[1]))
        self._said.append(words)
        if record.levelno >= logging.ERROR:
            self.errors.append(words)

    def look_at(self, text: str) -> None:
        self._said.append(text)

    def conclude(self) -> None:
        """Raise AssertionError if a secret was said."""
        told = [words for words in self._said for secret in self.secrets if secret in words]
        assert told == [], "a secret stands in a log or an exception"


@contextmanager
def watched() -> Iterator[Watch]:
    """Listen to all loggers of the process."""
    root, watch = logging.getLogger(), Watch()
    level = root.level
    ours = logging.getLogger("bot")
    level_of_ours = ours.level
    root.addHandler(watch)
    root.setLevel(logging.DEBUG)
    ours.setLevel(logging.DEBUG)
    try:
        yield watch
    finally:
        root.removeHandler(watch)
        root.setLevel(level)
        ours.setLevel(level_of_ours)


async def failure(call: Awaitable[object]) -> PlatformError:
    """Return the decision with which a call fails; no secret may stand in it."""
    try:
        await call
    except PlatformError as error:
        return error
    raise AssertionError("it was taken")


def only(events: list[Event], kind: type[E]) -> E:
    """Return the one event that there is, which is of this kind."""
    assert len(events) == 1, events
    [event] = events
    assert isinstance(event, kind), event
    return event


def with_file(message: Message, item: Attachment) -> Message:
    return replace(message, attachment=item)


async def nobody_answers(rig: Rig) -> None:
    """Let the vendor go away, and the adapter notice that its lines are closed: what it wrote into one may be taken."""
    await rig.goes_away()
    await asyncio.sleep(0.05)


async def settles(done: Callable[[], bool]) -> bool:
    """Tell whether something comes true before patience ends."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(inbox.patience):
            while not done():  # noqa: ASYNC110 - a rig tells nobody
                await asyncio.sleep(0.005)
    return done()


async def stays(untrue: Callable[[], bool], seconds: float = 0.05) -> bool:
    """Tell whether something is still untrue after a moment, in which it could have come true."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not untrue():  # noqa: ASYNC110
                await asyncio.sleep(0.005)
    return not untrue()
