"""An adapter with its fake, under one set of controls: what people do, what the vendor does, and what is seen of it.

A rig is written once for each adapter. Things that its messenger cannot do stand in `Case.lacks` with the reason: a
control that is neither there nor excused fails the contract.
"""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from aiohttp.test_utils import TestServer

from bot.core.events import Chat, ChatKind
from bot.core.platform import Clock, Platform
from bot.platforms import Kit
from bot.settings import Settings

from .doubles import MemoryLog, make_kit
from .inbox import Inbox, listening


@dataclass(frozen=True)
class Shown:
    """A message of the bot as people see it now. `file` tells one picture or recording from another."""

    text: str
    bold: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()
    attachment: str = ""
    asks_for_reply: bool = False
    large: bool = False
    poll: tuple[str, ...] = ()
    answers: str = ""
    """The words of the earlier message that it is shown with."""
    file: str = ""
    right: int = 0
    why: str = ""
    """Of a poll: the right choice, and why it is."""


FAULTS = (
    "the content is refused",
    "the chat is gone",
    "too many messages",
    "the token is refused",
    "the vendor is broken",
    "a page in HTML",
    "half an answer",
    "an answer that says neither yes nor no",
    "dropped before acceptance",
    "dropped after acceptance",
    "a refusal that says the token back",
)
"""What can go wrong between an adapter and its vendor; the table of their meanings is in suite/failing.py."""
MOVES = "the chat has a new id"
"""A fault of vendors whose chats may change their id."""


class Rig(ABC):
    """A platform that listens. `faults` break the next message to the private chat.

    `secrets` may stand in no log and no exception. `retry_after` is what "too many messages" says (None: nothing),
    `new_chat_id` what "the chat has a new id" says. `links`: how a link must look that opens this kind of chat.
    """

    faults: Mapping[str, Callable[[], None]] = {}
    secrets: tuple[str, ...] = ()
    retry_after: float | None = None
    new_chat_id = ""
    links: Mapping[ChatKind, str] = {}
    knows_keys = False
    """Whether the vendor takes a message with the same key only once."""

    def __init__(self, platform: Platform, kit: Kit, inbox: Inbox) -> None:
        self.platform = platform
        self.kit = kit
        self.inbox = inbox

    @abstractmethod
    def chat(self, kind: ChatKind) -> Chat:
        """Return a chat where the bot may write; the private one is Hoa's."""

    @abstractmethod
    async def shown(self, chat: Chat) -> Sequence[Shown]:
        """Return the bot's messages there as people see them now, oldest first."""

    @abstractmethod
    def calls(self) -> int:
        """Return how often the vendor was asked to show or change a message."""

    @abstractmethod
    async def says(self, text: str, kind: ChatKind, who: str = "Hoa") -> None:
        """Say something to the bot; return when it is delivered, or could not be."""

    def as_shown(self, text: str, kind: ChatKind) -> str:
        """Return a text as it must be shown, where some of it may not be shown as it is."""
        return text

    # What people do. Who does not say otherwise acts in the private chat, and is Hoa.

    async def repeats(self) -> None:
        """Deliver the newest update once more, as if the vendor had not heard that it was taken."""
        raise NotImplementedError

    async def retries(self) -> None:
        """Deliver once more what was not acknowledged, and nothing if all was."""
        raise NotImplementedError

    def acknowledged(self) -> bool:
        """Tell whether the vendor knows that the newest update was taken."""
        raise NotImplementedError

    async def overheard(self, text: str) -> None:
        """Say something in the group, not to the bot; it reaches the bot where the vendor brings such things."""
        raise NotImplementedError

    async def replies(self, text: str) -> None:
        """Answer the bot's newest message in the group."""
        raise NotImplementedError

    async def presses(self, label: str, kind: ChatKind, who: str = "Hoa") -> None:
        """Press the newest button of this label."""
        raise NotImplementedError

    async def edits(self, text: str, kind: ChatKind) -> str:
        """Say something and change it into `text`; return the vendor's id of the message."""
        raise NotImplementedError

    async def votes(self, choice: str, kind: ChatKind, who: str = "Hoa") -> None:
        """Vote in the newest poll."""
        raise NotImplementedError

    async def sends_photo(self, data: bytes, caption: str = "") -> None:
        raise NotImplementedError

    async def sends_album(self, number: int) -> None:
        """Send so many photos together."""
        raise NotImplementedError

    async def sends_voice(self, data: bytes) -> None:
        raise NotImplementedError

    async def sends_file(self, data: bytes, name: str) -> None:
        raise NotImplementedError

    async def sends_other(self) -> None:
        """Send what the bot cannot read, such as a sticker."""
        raise NotImplementedError

    async def says_and_goes(self, text: str) -> None:
        """Say something and hang up in the middle of the line."""
        raise NotImplementedError

    async def says_from_tomorrow(self, text: str) -> None:
        """Say something while the vendor's clock is a day ahead."""
        raise NotImplementedError

    async def says_beside_noise(self, text: str) -> None:
        """Say something that comes together with an update which nobody can read."""
        raise NotImplementedError

    async def another_bot_says(self, text: str) -> None:
        """Let another bot, or the bot itself, speak in the group, to ours."""
        raise NotImplementedError

    async def calls_another_bot(self) -> None:
        """Say a command in the group that is another bot's."""
        raise NotImplementedError

    async def adds_bot(self, title: str) -> None:
        """Add the bot to the group of this name."""
        raise NotImplementedError

    async def removes_bot(self) -> None:
        """Throw the bot out of the group."""
        raise NotImplementedError

    async def blocks(self) -> None:
        """Block the bot, or leave it for good."""
        raise NotImplementedError

    async def moves_group(self) -> str:
        """Give the group another id; return it."""
        raise NotImplementedError

    async def deletes(self, message_id: str) -> None:
        """Delete a message of the bot from the private chat."""
        raise NotImplementedError

    def is_kept_waiting(self) -> bool:
        """Tell whether somebody looks at a button that has not come to rest."""
        raise NotImplementedError

    # What the vendor does

    async def goes_away(self) -> None:
        """Let nobody answer at the vendor's address any more."""
        raise NotImplementedError

    def revokes_token(self) -> None:
        """Take nothing more from this token, and say so to whoever asks for news."""
        raise NotImplementedError

    def disturbs(self, times: int) -> None:
        """Refuse the next questions for news, as if another copy of the bot asked as well."""
        raise NotImplementedError

    def ends_access(self) -> None:
        """Let an access token run out that the adapter can renew."""
        raise NotImplementedError

    async def shuts_window(self) -> None:
        """Let the time be over in which Hoa may be written to without having written."""
        raise NotImplementedError

    def forgets_uploads(self) -> None:
        """Forget the files of the bot that were uploaded before."""
        raise NotImplementedError

    def loses_next_upload(self) -> None:
        """Lose the answer to the next upload, which is a call of its own."""
        raise NotImplementedError

    def loses_next_download(self) -> None:
        """Break the line in the next file that is fetched."""
        raise NotImplementedError

    def is_busy_at_next_download(self) -> None:
        """Answer the next fetch with a passing trouble."""
        raise NotImplementedError

    def forgets_photos(self) -> None:
        """Delete what people have sent."""
        raise NotImplementedError

    # What anybody can do

    async def posts(self, body: bytes, secret: str | None) -> int:
        """Post a raw body to the webhook, signed or marked with this secret; return the status."""
        raise NotImplementedError

    async def posts_altered(self) -> Sequence[int]:
        """Post words under signatures of others, and of nothing; return the statuses."""
        raise NotImplementedError

    async def posts_late(self) -> int:
        """Post what was rightly signed an hour ago; return the status."""
        raise NotImplementedError

    async def posts_from_a_strange_page(self) -> int:
        """Speak from a page of somebody else in a visitor's browser; return the status."""
        raise NotImplementedError

    # The adapter

    def another_start(self) -> Platform:
        """Begin the adapter anew beside this one, on what was stored; it only sends."""
        raise NotImplementedError


CONTROLS = tuple(
    name
    for name, member in vars(Rig).items()
    if callable(member)
    and not name.startswith("_")
    and name != "as_shown"
    and not hasattr(member, "__isabstractmethod__")
)
"""All that a rig may lack, with a reason."""
_OF_GROUPS = (
    "overheard", "replies", "another_bot_says", "calls_another_bot", "adds_bot", "removes_bot", "moves_group",
)  # fmt: skip
_OF_HOOKS = ("posts", "posts_altered", "posts_late")


@dataclass(frozen=True)
class Case:
    """One adapter of the suite, as it can be set up. `webhook` is the purpose of its secret, "" without a webhook.

    `platform` is the adapter's name where `name` tells its variants apart. `bodies` are updates of the vendor as they
    come. `lacks`: a control and the reason why there is none.
    """

    name: str
    open: Callable[[], AbstractAsyncContextManager[Rig]]
    kinds: tuple[ChatKind, ...] = ("private",)
    webhook: str = ""
    faults: tuple[str, ...] = ()
    bodies: Callable[[], Sequence[bytes]] = tuple
    lacks: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""
    parts: tuple[str, ...] = ()
    """Of the contract only these parts (`hearing`) and what needs these controls, for a variant of another case."""

    @property
    def adapter(self) -> str:
        return self.platform or self.name

    def can(self, control: str) -> bool:
        """Tell whether the rig has to have this control."""
        if control in self.lacks or (control in _OF_GROUPS and "group" not in self.kinds):
            return False
        return bool(self.webhook) or control not in _OF_HOOKS


@asynccontextmanager
async def hooked(
    create: Callable[[Kit], Platform],
    options: Mapping[str, str] | None = None,
    *,
    log: MemoryLog | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[tuple[Platform, Kit, Inbox]]:
    """Begin an adapter and let it listen behind a public address of its own."""
    inbox = Inbox()
    # The address is a setting, so it is taken before there is anything to serve, and held: others look for one too.
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{door.getsockname()[1]}"
        kit = make_kit(options, settings=Settings(public_url=address), log=log, clock=clock)
        platform = create(kit)
        server = TestServer(kit.web, socket_factory=lambda *_: door)
        async with server, listening(platform, inbox):
            yield platform, kit, inbox
