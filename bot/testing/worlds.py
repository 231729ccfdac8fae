"""Conversations told as a story, on a platform that enforces its limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.carrier import Carrier
from bot.core.context import Translate
from bot.core.engine import AtWork, Engine, EngineLimits
from bot.core.events import (
    Chat,
    ChatKind,
    Commanded,
    Edited,
    Event,
    FileSent,
    Incoming,
    PollAnswered,
    Pressed,
    Sender,
    TextSent,
)
from bot.core.messages import Button, Message
from bot.core.pacing import Pacer
from bot.core.platform import PLAIN as PLAIN
from bot.core.platform import RICH as RICH
from bot.core.platform import Budget, Capabilities, PlatformError, Rejected, Sent, Sink, Usage
from bot.core.router import Router
from bot.core.sessions import Store
from bot.core.small_words import slashed
from bot.core.text import fold, utf16_len
from bot.storage.store import ConversationStore

MEDIA = "https://xa.example/media"


class TestClock:
    """Stands still until somebody sleeps or a test says `passes`."""

    __test__ = False

    def __init__(self) -> None:
        self.time: datetime = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.passes(seconds=seconds)

    def passes(self, **time: float) -> None:
        self.time += timedelta(**time)


@dataclass(slots=True)
class Shown:
    """A message as it stands in a chat now."""

    id: str
    message: Message


class FakePlatform:
    """Takes what a real messenger with these capabilities would take, and refuses the rest with AssertionError.

    `faults` are raised one by one instead of accepting a message; `calls` counts all attempts to send. `files` are what
    people sent, by `Incoming.ref`; `fetch_faults` are raised one by one instead of handing one out. `used` is what the
    vendor's plan counts.
    """

    def __init__(self, capabilities: Mapping[ChatKind, Capabilities], name: str = "fake") -> None:
        self.name = name
        self.capabilities = capabilities
        self.budget: Budget = Budget(per_second=30)
        self.chats: dict[str, list[Shown]] = {}
        self.faults: list[PlatformError] = []
        self.files: dict[str, bytes] = {}
        self.fetch_faults: list[PlatformError] = []
        self.used: Usage | None = None
        self.calls: int = 0
        self._ids = count(1)

    async def listen(self, sink: Sink) -> None:
        del sink

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        if self.fetch_faults:
            raise self.fetch_faults.pop(0)
        if file.ref not in self.files:
            raise Rejected("the file is no longer there")
        if len(self.files[file.ref]) > limit:
            raise Rejected("the file is too large")
        return self.files[file.ref]

    def link(self, code: str) -> str | None:
        return f"https://chat.example/{self.name}?start={code}" if self.capabilities["private"].buttons else None

    def group_link(self, code: str) -> str | None:
        return f"https://chat.example/{self.name}?startgroup={code}" if self.capabilities["private"].buttons else None

    async def usage(self) -> Usage | None:
        return self.used

    async def close(self) -> None:
        return

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        self.calls += 1
        self._check(message, self.capabilities[chat.kind])
        if self.faults:
            raise self.faults.pop(0)
        shown = self.chats.setdefault(chat.id, [])
        if replacing is not None and self.capabilities[chat.kind].edit:
            for at, old in enumerate(shown):
                if old.id == replacing:
                    # The newest place, so that "the last message" is what a person would look at.
                    del shown[at]
                    shown.append(Shown(replacing, message))
                    return Sent(replacing)
        new = Shown(f"m{next(self._ids)}", message)
        shown.append(new)
        return Sent(new.id)

    def _check(self, message: Message, caps: Capabilities) -> None:
        units = utf16_len(message.text.plain)
        limit = caps.caption_limit if message.attachment else caps.text_limit
        assert units <= limit, f"{units} units in a text of at most {limit}"
        assert units or message.attachment, "an empty message"
        assert len(message.buttons) <= caps.buttons, f"{len(message.buttons)} buttons where {caps.buttons} fit"
        if message.poll is not None:
            assert caps.quiz_poll, "a poll"
            assert units <= 300, f"{units} units in the question of a poll"
        for button in message.buttons[0 if message.poll is None else message.poll.choices :]:
            assert 0 < utf16_len(button.label) <= caps.label_limit, f"label {button.label!r}"
            assert 0 < len(button.data.encode()) <= caps.button_bytes, f"data {button.data!r}"
        if not caps.styles:
            assert all(span.style == "plain" for span in message.text.spans), "styles"
        assert caps.reply or not message.reply_to, "an answer to a message"
        if not caps.links:
            assert all(span.link is None for span in message.text.spans), "links"
        if message.attachment is not None:
            allowed = {"photo": caps.photos != "none", "audio": caps.audio_limit > 0, "file": caps.file_limit > 0}
            assert allowed[message.attachment.kind], f"a {message.attachment.kind}"


RouterFactory = Callable[[], Router]


@dataclass
class World:
    """A bot on one fake platform and a real database. `router` and `store` are called anew at each start."""

    db: BaseDBAsyncClient
    router: RouterFactory
    translate: Translate
    platform: FakePlatform
    clock: TestClock = field(default_factory=TestClock)
    limits: EngineLimits = field(default_factory=lambda: EngineLimits(per_minute=1000, mark_after=0))
    store: Callable[[BaseDBAsyncClient], Store] = ConversationStore
    at_work: AtWork | None = None
    carrier: Carrier | None = None
    locale: str = "vi"
    engine: Engine = field(init=False)
    _events: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.engine = self._new_engine()

    def _new_engine(self) -> Engine:
        return Engine(
            router=self.router(),
            store=self.store(self.db),
            platforms={self.platform.name: self.platform},
            pacers={self.platform.name: Pacer(1000.0, self.clock)},
            translate=self.translate,
            link_to=lambda name: f"{MEDIA}/{name}",
            clock=self.clock,
            locale=self.locale,
            limits=self.limits,
            at_work=self.at_work,
            carrier=self.carrier,
        )

    def talk(self, person: str = "Hoa", *, chat: str | None = None, kind: ChatKind = "private") -> Participant:
        chat_id = chat or f"chat-{fold(person)}"
        return Participant(self, Chat(self.platform.name, chat_id, kind), Sender(f"id-{fold(person)}", person))

    async def restarts(self) -> None:
        await self.engine.stop()
        self.engine = self._new_engine()
        await self.engine.start()
        await self.engine.idle()

    async def happens(self, *events: Event) -> None:
        await self.engine.receive(events)
        await self.engine.idle()

    def next_id(self) -> str:
        return f"e{next(self._events)}"


_CALLED = re.compile(r"^[^:\n]+: (.+)$", re.MULTILINE)
_NUMBERED = re.compile(r"^(\d{1,2})\. (.+)$", re.MULTILINE)


@dataclass
class Participant:
    """One person in one chat. `heard` is what came since the person last did something."""

    world: World
    chat: Chat
    sender: Sender
    _before: list[Shown] = field(default_factory=list)

    @property
    def shown(self) -> list[Shown]:
        return self.world.platform.chats.get(self.chat.id, [])

    @property
    def news(self) -> list[Message]:
        return [new.message for new in self.shown if all(new is not old for old in self._before)]

    @property
    def heard(self) -> str:
        return "\n\n".join(_readable(message) for message in self.news)

    @property
    def choices(self) -> list[str]:
        """Return the labels that a person can choose from now, buttons or numbered lines, in order."""
        for message in reversed(self.news):
            lines = dict(_NUMBERED.findall(message.text.plain))
            if message.buttons:
                return [lines.get(button.label, button.label) for button in message.buttons]
            if lines:
                return list(lines.values())
        return []

    async def says(self, text: str, *, addressed: bool = True) -> None:
        if (command := slashed(text)) is not None:
            await self._does(Commanded(*self._common(), name=command.name, args=command.args))
        else:
            await self._does(TextSent(*self._common(), text=text, addressed=addressed))

    async def sends(self, data: bytes, name: str, mime: str) -> None:
        """Send a file."""
        ref = f"file-{len(self.world.platform.files)}"
        self.world.platform.files[ref] = data
        await self._does(FileSent(*self._common(), file=Incoming(ref, mime, len(data), name)))

    async def edits(self, message_id: str, text: str, *, addressed: bool = True, ago_hours: float = 0) -> None:
        """Change a message that was sent `ago_hours` before."""
        event_id, chat, sender, now = self._common()
        at = now - timedelta(hours=ago_hours)
        await self._does(Edited(event_id, chat, sender, at, text=text, message_id=message_id, addressed=addressed))

    async def picks(self, label: str) -> None:
        """Press the newest button with this label, or type the number of the newest such line, or the word itself."""
        for shown in reversed(self.shown):
            for button in shown.message.buttons:
                if button.label == label:
                    poll = shown.message.poll
                    if poll is not None and button in shown.message.buttons[: poll.choices]:
                        await self._does(PollAnswered(*self._common(), data=button.data))
                    else:
                        await self.presses(button, shown.id)
                    return
            for number, line in reversed(_NUMBERED.findall(shown.message.text.plain)):
                if line == label:
                    await self.says(number)
                    return
            if any(
                {label, label.upper()} & {*words.split(" · ")} for words in _CALLED.findall(shown.message.text.plain)
            ):
                await self.says(label)
                return
        raise AssertionError(f"{label!r} is not among {self.choices} in:\n{self.heard}")

    async def presses(self, button: Button, message_id: str) -> None:
        await self._does(Pressed(*self._common(), data=button.data, message_id=message_id))

    async def forges(self, data: str) -> None:
        """Send a press with data that no button carries."""
        await self._does(Pressed(*self._common(), data=data, message_id="m0"))

    async def restarts(self) -> None:
        await self.world.restarts()

    def _common(self) -> tuple[str, Chat, Sender, datetime]:
        return self.world.next_id(), self.chat, self.sender, self.world.clock.now()

    async def _does(self, event: Event) -> None:
        self._before = list(self.shown)
        await self.world.happens(event)


def _readable(message: Message) -> str:
    lines = [f"[{message.attachment.kind}: {message.attachment.alt}]"] if message.attachment else []
    lines += [message.text.plain] if message.text else []
    lines += [f"[{button.label}]" for button in message.buttons]
    return "\n".join(lines)
