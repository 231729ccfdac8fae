"""The port between the core and a messenger: three methods, capabilities as data, failures as decisions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from .events import Chat, ChatKind, Event
from .messages import Message

Push = Literal["always", "window", "never"]
Photos = Literal["upload", "url", "none"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one kind of chat on one platform can do. Lengths in UTF-16 units, sizes in bytes, 0 means "cannot"."""

    text_limit: int
    caption_limit: int = 0
    buttons: int = 0
    row_width: int = 1
    label_limit: int = 0
    button_bytes: int = 0
    styles: bool = False
    links: bool = False
    edit: bool = False
    photos: Photos = "none"
    photo_limit: int = 0
    audio_limit: int = 0
    file_limit: int = 0
    quiz_poll: bool = False
    hears_everything: bool = True
    sees_replies: bool = True
    forces_reply: bool = False
    join_events: bool = False
    push: Push = "always"
    large_text: bool = False
    per_second: float = 1.0
    per_minute: float = 60.0


@dataclass(frozen=True, slots=True)
class Budget:
    """What one bot token may send: per second over all chats, and per month (None: not limited)."""

    per_second: float
    per_month: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the platform accepted; `message_id` is "" where the platform gives none."""

    message_id: str


class PlatformError(Exception):
    """Base of the decisions below; anything else that an adapter raises is a bug."""


class RateLimited(PlatformError):
    """Wait `retry_after` seconds, then the same call again. `scope` tells who has to wait."""

    def __init__(self, retry_after: float, scope: Literal["chat", "token"] = "chat") -> None:
        super().__init__(f"wait {retry_after:g} s ({scope})")
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
        """Receive until cancelled. Acknowledges an update only after `sink` returned."""
        ...

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None) -> Sent:
        """Send a message that already fits, in place of message `replacing` where the platform can edit.

        Raises RateLimited, ChatReplaced, ChatGone, Rejected or Unreachable.
        """
        ...

    def link(self, code: str) -> str | None:
        """Address that opens a private chat with the bot as if `/start code` was said; None where there is no such."""
        ...

    async def close(self) -> None: ...


class Media(Protocol):
    """Stored files. `name` is what `store` returned or what `Attachment.media` holds."""

    async def read(self, name: str) -> bytes:
        """Raises FileNotFoundError."""
        ...

    async def store(self, data: bytes, mime: str) -> str: ...

    def url(self, name: str) -> str | None:
        """The public address of a file (`/media/TOKEN`), or None when the installation has no public address."""
        ...


START_LINK = "start-link"
"""Under this key an adapter keeps the form of its private links, `{code}` in it, for who makes links without it."""


class KeyValue(Protocol):
    """A small durable store for an adapter's own state (offsets, tokens, budgets)."""

    async def get(self, key: str) -> str | None: ...

    async def swap(self, key: str, old: str | None, new: str) -> bool:
        """Set `key` to `new` if it holds `old` (None: if it is absent); False when somebody else was first."""
        ...


class Log(Protocol):
    """A durable, numbered log for each chat, for a platform that keeps its own history."""

    async def append(self, chat_id: str, body: str, *, key: str | None = None) -> int:
        """Number of the new entry (1, 2, … in each chat); the number it already has when `key` was appended before."""
        ...

    async def since(self, chat_id: str, number: int, limit: int = 500) -> list[tuple[int, str]]:
        """(number, body) of the entries after `number`, oldest first; at most the newest `limit` of them."""
        ...


class Clock(Protocol):
    """Time as the core sees it; tests bring their own."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...
