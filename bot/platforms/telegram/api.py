"""The Bot API as the adapter uses it: calls that fail with a decision.

Frequent calls go out as JSON; everything else is one of aiogram's typed methods, in the form that aiogram builds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeVar

from aiohttp import FormData

from bot.core.events import Chat, Incoming
from bot.core.platform import (
    ChatGone,
    ChatReplaced,
    Clock,
    PlatformError,
    RateLimited,
    Rejected,
    TokenRefused,
    Unreachable,
)
from bot.platforms._shared.bot_api import TOO_LARGE, BotApi, Refused
from bot.platforms._shared.http import M, read

from .parse import KINDS, Me
from .vendor import AiohttpSession, Bot, methods
from .wire import HookInfo, Place, User

CALL_SECONDS = 30.0
DEFAULT_WAIT = 5.0
"""Seconds to wait after a 429 that does not say how long."""
_NO_CHAT = ("chat not found", "user not found", "PEER_ID_INVALID")

T = TypeVar("T")


def expect(model: type[M], result: object) -> M:
    """Read the result of a method as one of the wire's models."""
    answer = read(model, result)
    if answer is None:
        raise Unreachable(f"a result that is no {model.__name__}", maybe_sent=True)
    return answer


class Api:
    """The methods through one token; what they raise is a PlatformError."""

    def __init__(self, token: str, base: str, proxy: str | None, clock: Clock) -> None:
        self._http = BotApi(base, token, proxy)
        self._forms = AiohttpSession()  # builds forms only: it never opens a connection
        self._bot = Bot(token, self._forms)
        self._clock = clock
        self._floods: dict[str, float] = {}

    async def call(
        self, method: methods.TelegramMethod[T], chat: Chat | None = None, *, seconds: float = CALL_SECONDS
    ) -> object:
        """Call one of aiogram's methods, in its form; return `result` as it came, within `seconds`."""
        return await self.post(
            method.__api_method__, self._forms.build_form_data(self._bot, method), chat, seconds=seconds
        )

    async def post(
        self,
        name: str,
        body: Mapping[str, object] | FormData,
        chat: Chat | None = None,
        *,
        seconds: float = CALL_SECONDS,
    ) -> object:
        try:
            return await self._http.call(name, body, seconds)
        except Refused as refused:
            raise self._decide(refused, chat.id if chat is not None else "") from None

    async def me(self) -> Me:
        user = expect(User, await self.call(methods.GetMe()))
        return Me(user.id, user.username or "")

    async def hook(self) -> HookInfo:
        return expect(HookInfo, await self.call(methods.GetWebhookInfo()))

    @property
    def clock(self) -> datetime | None:
        """Return Telegram's time at its last answer."""
        return self._http.clock

    async def updates(self, offset: int | None, seconds: int) -> list[object]:
        """Wait up to `seconds` for updates, without aiogram's models: one unknown update would hold up all others."""
        ask: dict[str, object] = {"timeout": seconds, "allowed_updates": KINDS}
        if offset is not None:
            ask["offset"] = offset
        raw = await self.post("getUpdates", ask, seconds=seconds + 10)
        if not isinstance(raw, list):
            raise Unreachable("updates that are no list", maybe_sent=False)
        return raw

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        """Fetch as `Platform.fetch` does. The size is known from the update; Telegram gives no file over 20 MB."""
        if file.size > limit:
            raise Rejected(f"the file is larger than {limit} bytes")
        try:
            found = read(Place, await self.post("getFile", {"file_id": file.ref}))
        except Unreachable as error:
            raise Unreachable(error.reason, maybe_sent=False) from None
        if found is None:
            raise Rejected("the file is no longer there")
        return await self._http.download(found.file_path, limit)

    async def close(self) -> None:
        await self._http.close()

    def _decide(self, refused: Refused, chat_id: str) -> PlatformError:
        code = refused.code
        words = refused.words.removeprefix("Bad Request: ").removeprefix("Forbidden: ")
        if refused.moved_to is not None:
            return ChatReplaced(str(refused.moved_to))
        if code == 429 or refused.retry_after is not None or words.startswith("Too Many Requests"):
            return self._flood(chat_id, refused.retry_after or _told(words))
        if code == 401:
            return TokenRefused()
        if code == TOO_LARGE:
            return Rejected("the file is too large")
        if code >= 500:
            return Unreachable(str(refused), maybe_sent=True)
        if code == 403 or any(reason in words for reason in _NO_CHAT):
            return ChatGone(words)
        return Rejected(words)

    def _flood(self, chat_id: str, seconds: float) -> RateLimited:
        """Decide whose limit is exceeded, as Telegram does not tell: the token's if a second chat has to wait too."""
        now = self._clock.monotonic()
        self._floods = {chat: until for chat, until in self._floods.items() if until > now}
        scope: Literal["chat", "token"] = "token" if self._floods.keys() - {chat_id} else "chat"
        self._floods[chat_id] = now + seconds
        return RateLimited(seconds, scope)


def _told(words: str) -> float:
    told = re.search(r"retry after ([0-9]+)", words)
    return float(told[1]) if told else DEFAULT_WAIT
