"""The port between the core and a messenger: three methods, capabilities as data, failures as decisions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, NamedTuple, Protocol, runtime_checkable

from .events import Chat, ChatKind, Commanded, Event, Incoming, Sender, TextSent
from .messages import Message
from .small_words import slashed
from .text import clean

EVERY_KIND: frozenset[ChatKind] = frozenset({"private", "group"})
Push = Literal["always", "window", "never"]
Photos = Literal["upload", "url", "none"]
Cost = Literal["free", "metered", "paid"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Capabilities of one kind of chat on one platform. Lengths in UTF-16 units, sizes in bytes, 0 means "cannot".

    `answers`: people can write back there at all. `reply`: our message can answer an earlier one of the chat, which is
    then shown with it. `window_hours`: how long after a person wrote there they may be written to, where `push` is
    "window". `keeps`: messages sent while the bot is away are delivered later. `cost`: the price of a message
    there: nothing, one of those that a plan allows in a month, or money.
    """

    text_limit: int
    caption_limit: int = 0
    buttons: int = 0
    row_width: int = 1
    label_limit: int = 0
    button_bytes: int = 0
    styles: bool = False
    links: bool = False
    edit: bool = False
    reply: bool = False
    photos: Photos = "none"
    photo_limit: int = 0
    audio_limit: int = 0
    file_limit: int = 0
    quiz_poll: bool = False
    hears_everything: bool = True
    sees_replies: bool = True
    answers: bool = True
    keeps: bool = True
    forces_reply: bool = False
    join_events: bool = False
    push: Push = "always"
    window_hours: float = 48.0
    large_text: bool = False
    per_second: float = 1.0
    per_minute: float = 60.0
    cost: Cost = "free"


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits for sending with one bot token: per second over all chats, and per month (None: not limited).

    `idempotent`: the platform knows the keys of messages and takes each message once, however often it is asked; so a
    call without a clear answer is simply made again.
    """

    per_second: float
    per_month: int | None = None
    idempotent: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the platform accepted; `message_id` is "" where the platform gives none."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Counters of a vendor's plan: messages of this month, people and groups ever seen, each with its limit.

    `sent_limit` None: the messages are counted without a limit. `kinds` are the chats whose messages count. A limit of
    people or groups that is 0 does not exist. `since`: when the first message ever was counted, None when that is not
    known or others were counted too.
    """

    sent: int
    sent_limit: int | None
    users: int = 0
    users_limit: int = 0
    groups: int = 0
    groups_limit: int = 0
    kinds: frozenset[ChatKind] = EVERY_KIND
    since: datetime | None = None


class PlatformError(Exception):
    """Base of the decisions below; anything else that an adapter raises is a bug."""


class RateLimited(PlatformError):
    """Wait `retry_after` seconds, then the same call again. `scope` tells who has to wait.

    None: the platform does not say for how long. Then the whole token is tried again after growing pauses.
    """

    def __init__(self, retry_after: float | None, scope: Literal["chat", "token"] = "chat") -> None:
        super().__init__(
            f"wait, nobody says how long ({scope})" if retry_after is None else f"wait {retry_after:g} s ({scope})"
        )
        self.retry_after = retry_after
        self.scope: Literal["chat", "token"] = scope


class ChatReplaced(PlatformError):
    """The chat goes on under `new_chat_id`: re-key it and send once more."""

    def __init__(self, new_chat_id: str) -> None:
        super().__init__("the chat has a new id")
        self.new_chat_id = new_chat_id


class ChatGone(PlatformError):
    """The bot was removed or blocked, or the chat does not exist: no use in trying again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Rejected(PlatformError):
    """The platform will never take this message: our fault or a limit we did not know."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(PlatformError):
    """No answer. `maybe_sent` is False only when the platform surely has not accepted the message."""

    def __init__(self, reason: str, *, maybe_sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.maybe_sent = maybe_sent


class FilesAway(Unreachable):
    """The store of files does not answer; texts go on, and what needs a file is tried again."""

    def __init__(self) -> None:
        super().__init__("the store of files does not answer", maybe_sent=False)


class WindowShut(Unreachable):
    """The person must write first; nothing was sent, and nothing is lost by waiting."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the person must write first ({why})", maybe_sent=False)


class TokenRefused(Unreachable):
    """The token is wrong or was revoked: nothing at all is accepted until it is replaced."""

    def __init__(self) -> None:
        super().__init__("the token was refused", maybe_sent=False)


Sink = Callable[[Sequence[Event]], Awaitable[None]]
"""Notes events durably; returns after the commit. If it raises, nothing may be acknowledged to the platform."""


class Platform(Protocol):
    """One messenger. `capabilities` has no "group" key where the platform has no groups."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Mapping[ChatKind, Capabilities]: ...

    @property
    def budget(self) -> Budget: ...

    async def listen(self, sink: Sink) -> None:
        """Receive until cancelled. Acknowledges an update only after `sink` returned.

        Raises SettingsError for what only the operator can mend, a token that was revoked for example.
        """
        ...

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        """Send a message that already fits, in place of message `replacing` where the platform can edit.

        `key` is the same whenever this message is sent again, also after a restart, and no other's; "" is none. Only a
        platform whose budget is `idempotent` heeds it.

        Raises RateLimited, ChatReplaced, ChatGone, Rejected or Unreachable; or StoreUnavailable when it could not look
        into its own store, and so has not made the call.
        """
        ...

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        """Return the content of a file that a person sent; reading stops at `limit` bytes.

        Raises Rejected when it is larger or cannot be had (any more), Unreachable(maybe_sent=False) when the messenger
        does not answer, and RateLimited.
        """
        ...

    def link(self, code: str) -> str | None:
        """Address that opens a private chat with the bot as if `/start code` was said; None where there is no such."""
        ...

    def group_link(self, code: str) -> str | None:
        """Address that adds the bot to a group of the person's choice, where it hears `/start code`; None likewise."""
        ...

    async def usage(self) -> Usage | None:
        """Return the usage of the vendor's plan, None if the vendor counts nothing.

        Makes no call: it is called again and again, also in transactions.
        """
        ...

    async def close(self) -> None: ...


OF_ACCOUNT = "@"
"""Stands between a messenger's name and the code of a further account on it: `telegram@yen-mo`."""


def vendor_of(platform: str) -> str:
    """Return the name of the adapter behind a platform: of `telegram@yen-mo` and of `telegram` it is `telegram`."""
    return platform.partition(OF_ACCOUNT)[0]


def account_of(platform: str) -> str:
    """Return the code of a further account, "" for the one of the settings."""
    return platform.partition(OF_ACCOUNT)[2]


def with_account(platform: str, called: Callable[[str], str]) -> str:
    """Return a platform's name for people; `called` is how the name of a messenger is shown to them."""
    vendor, _, account = platform.partition(OF_ACCOUNT)
    return f"{called(vendor)} ({account})" if account else called(vendor)


def owner_of(platform: str, native_id: str) -> str:
    """Name the owner of a received file: the platform and its id of the person."""
    return f"{platform} {native_id}"


@runtime_checkable
class Probed(Protocol):
    """A platform that can be asked something which sends nothing. Not all can, so it is no part of `Platform`.

    One that takes a message with the same key only once needs it not: there no call leaves anything unclear.
    """

    async def probe(self) -> None:
        """Return when the messenger has answered, whatever it said.

        Raises Unreachable when nobody answers, or TokenRefused, which is an answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class VendorView:
    """The bot as its vendor sees it.

    `name` is what people find it by. `hook` is the address that the vendor calls, "" when it calls none, None when it
    does not tell; `wanted` is the one that it should call, "" when news are asked for. `waiting` counts updates that
    were not taken yet, `trouble` is why the last calls failed, in the vendor's words. `clock` is the vendor's time of
    its answer, to the second. `asked` is False where only the bot at work may ask.
    """

    name: str = ""
    hook: str | None = None
    wanted: str = ""
    waiting: int = 0
    trouble: str = ""
    clock: datetime | None = None
    asked: bool = True


@runtime_checkable
class Inspected(Protocol):
    """A platform whose vendor tells how it sees the bot. Not all do, so it is no part of `Platform`."""

    async def inspect(self) -> VendorView:
        """Ask the vendor; nothing is sent and nothing is changed.

        Raises TokenRefused, or Unreachable when nobody answers.
        """
        ...


class NoRoom(Exception):
    """There is no room for another file of a person now."""


class Media(Protocol):
    """Stored files. `name` is what `store` returned or what `Attachment.media` holds."""

    async def read(self, name: str) -> bytes:
        """Return the content of a file; raise FileNotFoundError, or FilesAway."""
        ...

    async def store(self, data: bytes, mime: str) -> str:
        """Keep a file and return its name; raise NoRoom if the disk is full, or FilesAway."""
        ...

    async def receive(self, data: bytes, owner: str) -> str:
        """Keep a file that a person sent for a day or more, for `received` alone; return its name. Raises NoRoom.

        `owner` names the person as `owner_of` does: erasing the person's data deletes all their files too.
        """
        ...

    async def received(self, name: str) -> bytes:
        """Return a file kept by `receive`; `name` may be untrusted. Raises FileNotFoundError, or FilesAway."""
        ...

    def url(self, name: str) -> str | None:
        """Return the public address of a file (`/media/TOKEN`), or None when the installation has no public address."""
        ...


START_LINK = "start-link"
"""Under this key an adapter keeps the form of its private links, `{code}` in it, for who makes links without it."""


class KeyValue(Protocol):
    """A small durable store for an adapter's own state (offsets, tokens, budgets)."""

    async def get(self, key: str) -> str | None: ...

    async def swap(self, key: str, old: str | None, new: str) -> bool:
        """Set `key` to `new` if it holds `old` (None: if it is absent); False when somebody else was first."""
        ...


class Logged(NamedTuple):
    """The position of an entry in its chat's log (1, 2, …), and whether it is new there."""

    number: int
    new: bool


class Log(Protocol):
    """A durable, numbered log for each chat, for a platform that keeps its own history."""

    async def append(self, chat_id: str, body: str, *, key: str | None = None) -> Logged:
        """Append an entry. If `key` was appended before, its entry stands and `body` is not looked at."""
        ...

    async def since(self, chat_id: str, number: int, limit: int = 500) -> list[tuple[int, str]]:
        """Return (number, body) of the entries after `number`, oldest first; at most the newest `limit` of them."""
        ...


class Clock(Protocol):
    """Time as the core sees it; tests bring their own."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


# The two kinds of chat on which every conversation is tried.

RICH: Mapping[ChatKind, Capabilities] = {
    "private": Capabilities(
        text_limit=4096, caption_limit=1024, buttons=100, row_width=8, label_limit=64, button_bytes=64, styles=True,
        links=True, edit=True, reply=True, photos="upload", photo_limit=10_000_000, audio_limit=50_000_000,
        file_limit=50_000_000,
    ),
    "group": Capabilities(
        text_limit=4096, caption_limit=1024, buttons=100, row_width=8, label_limit=64, button_bytes=64, styles=True,
        links=True, edit=True, reply=True, photos="upload", photo_limit=10_000_000, audio_limit=50_000_000,
        file_limit=50_000_000,
        hears_everything=False, forces_reply=True, join_events=True, quiz_poll=True, per_minute=20,
    ),
}  # fmt: skip
"""Telegram: buttons, edits, styles, files, polls in groups."""

PLAIN: Mapping[ChatKind, Capabilities] = {
    "private": Capabilities(text_limit=2000, caption_limit=2000, photos="url", sees_replies=False),
    "group": Capabilities(
        text_limit=2000, caption_limit=2000, photos="url", sees_replies=False, hears_everything=False, per_minute=20
    ),
}
"""Zalo Bot at its poorest: text and numbers, photos by public address only."""


class Adapter:
    """Base of an adapter of one's own: it adds `listen` and `send`, and names itself and what its chats can do."""

    name: ClassVar[str]
    capabilities: Mapping[ChatKind, Capabilities]
    budget: Budget = Budget(per_second=30)

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        """Return what a person sent; raise Rejected, for no file comes here."""
        raise Rejected(f"{self.name} brings no files")

    def link(self, code: str) -> str | None:
        """Return None: no link opens this chat."""
        return None

    def group_link(self, code: str) -> str | None:
        return None

    async def usage(self) -> Usage | None:
        return None

    async def close(self) -> None:
        return

    def heard(
        self, event_id: str, chat: Chat, sender: Sender, at: datetime, words: str, *, addressed: bool = True
    ) -> Commanded | TextSent:
        """Return the event of what somebody typed: its letters in one form, and a command if it is one."""
        return typed((event_id, chat, sender, at), words, addressed=addressed)


def typed(base: tuple[str, Chat, Sender, datetime], words: str, *, addressed: bool = True) -> Commanded | TextSent:
    """Return the event of words: a command if they are one."""
    text = clean(words).strip()
    if (command := slashed(text)) is not None:
        return Commanded(*base, command.name, command.args)
    return TextSent(*base, text, addressed)
