"""GapoWork, the workplace messenger of an office: one call to send, a webhook to hear, no buttons and no files.

Its webhook is not signed, so its address holds the secret. Sending has no idempotency key.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Mapping

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot.core.events import Chat, ChatKind, Event, Incoming
from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.platform import (
    Budget,
    Capabilities,
    ChatGone,
    Platform,
    PlatformError,
    RateLimited,
    Rejected,
    Sent,
    Sink,
    TokenRefused,
    Unreachable,
    Usage,
)
from bot.core.text import clean
from bot.platforms import Kit
from bot.platforms._shared.http import read, unanswered, up_to
from bot.settings import WebAddress, validate

from .wire import NAME, Update, parse

log = logging.getLogger(__name__)

HOOK = "/hooks/gapo"
SEND_PATH = "/3rd-bot/v1.0/3rd/messages"
STAFF_PATH = "/open-api/v2.0/exchange"
STAFF = "staff:"
"""A private chat may be named by a code of the workplace's staff list; the directory tells whose it is."""
BODY_LIMIT = 1024 * 1024
CALL_SECONDS = 20.0
WORDS_LIMIT = 200

_PRIVATE = Capabilities(text_limit=2000, sees_replies=False)
CAPABILITIES: Mapping[ChatKind, Capabilities] = {
    "private": _PRIVATE,
    "group": replace(_PRIVATE, hears_everything=False),
}


class GapoOptions(BaseModel, defer_build=True):
    """`BOT_GAPO_…`. The webhook is `BOT_PUBLIC_URL/hooks/gapo/HOOK_SECRET`; `openapi_key` opens the staff list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bot_id: str = Field(pattern=r"^[0-9]{1,20}$")
    token: SecretStr = Field(min_length=1)
    hook_secret: SecretStr = Field(min_length=32)
    openapi_key: SecretStr = SecretStr("")
    key_header: str = Field(default="x-gapo-api-key", pattern=r"^[A-Za-z0-9-]+$")
    api_base: WebAddress = "https://api.gapowork.vn"


class _Ids(BaseModel, defer_build=True):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str = ""
    message_id: str = ""
    user_id: str = ""


class _Answer(_Ids):
    """An answer, whose content is undocumented: an id, if there is one, and whether it reports an error."""

    data: object = None
    error: object = None


class Gapo:
    name = NAME
    capabilities = CAPABILITIES
    budget = Budget(per_second=5)

    def __init__(self, kit: Kit, options: GapoOptions) -> None:
        self._clock = kit.clock
        self._options = options
        self._token = options.token.get_secret_value()
        self._secret = options.hook_secret.get_secret_value()
        self._staff: dict[str, str] = {}
        self._session: ClientSession | None = None
        self._sink: Sink | None = None
        kit.web.router.add_post(kit.hook(HOOK) + "/{secret}", self._hook)

    async def listen(self, sink: Sink) -> None:
        """Wait while the webhook receives; its address is entered in the workplace's settings by hand."""
        self._sink = sink
        await asyncio.Event().wait()

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        """Send a message. Nothing can be edited here: with `replacing` it is sent anew."""
        if message.buttons or message.attachment is not None or any(span.link for span in message.text.spans):
            raise Rejected("only text can be shown here")
        body = {"type": "text", "text": message.text.plain, "is_markdown_text": False}
        to = await self._receiver(chat)
        headers = {self._options.key_header: self._token}
        answer = await self._call("POST", SEND_PATH, headers, {"bot_id": int(self._options.bot_id), **to, "body": body})
        ids = read(_Ids, answer.data) or _Ids()
        return Sent(answer.message_id or ids.message_id or ids.id or answer.id)

    async def probe(self) -> None:
        """Ask the server for its root: no method is known that sends nothing, but even a 404 is an answer."""
        address, limit = f"{self._options.api_base}/", ClientTimeout(total=CALL_SECONDS, sock_connect=10)
        try:
            async with self._http.get(address, timeout=limit, allow_redirects=False) as response:
                if response.status >= 500:
                    raise Unreachable(f"HTTP {response.status}", maybe_sent=False)
        except (ClientError, TimeoutError) as error:
            raise unanswered(error, "/") from None

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        raise Rejected("files of this messenger cannot be had")

    def link(self, code: str) -> str | None:
        return None

    def group_link(self, code: str) -> str | None:
        return None

    async def usage(self) -> Usage | None:
        return None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _receiver(self, chat: Chat) -> Mapping[str, int]:
        """Return exactly one of the ways to name a receiver; ids are numbers on the wire."""
        receiver = chat.id
        if chat.kind == "private" and receiver.startswith(STAFF):
            receiver = await self._look_up(receiver.removeprefix(STAFF))
        if not (receiver.isascii() and receiver.isdigit()):
            raise ChatGone("no such person or group")
        return {"thread_id" if chat.kind == "group" else "receiver_id": int(receiver)}

    async def _look_up(self, code: str) -> str:
        """Return the id of the person with this staff code; raise ChatGone for an unknown one."""
        if code not in self._staff:
            headers = {"x-gapo-openapi-key": self._options.openapi_key.get_secret_value()}
            try:
                answer = await self._call("GET", STAFF_PATH, headers, {"identifier_code": code})
            except Rejected as error:
                raise ChatGone(error.reason) from None
            except TokenRefused:
                raise
            except Unreachable as error:
                raise Unreachable(error.reason, maybe_sent=False) from None
            found = (read(_Ids, answer.data) or _Ids()).user_id
            if not found:
                raise ChatGone("nobody has this staff code")
            self._staff[code] = found
        return self._staff[code]

    @property
    def _http(self) -> ClientSession:
        """Return the session, made when it is first needed: aiohttp wants a running loop."""
        if self._session is None:
            self._session = ClientSession()
        return self._session

    async def _call(self, method: str, path: str, headers: Mapping[str, str], what: Mapping[str, object]) -> _Answer:
        limit = ClientTimeout(total=CALL_SECONDS, sock_connect=10)
        fields = what if method == "POST" else None
        query = {name: str(value) for name, value in what.items()} if method == "GET" else None
        try:
            async with self._http.request(
                method, f"{self._options.api_base}{path}", headers=headers, json=fields, params=query, timeout=limit,
                allow_redirects=False,
            ) as response:  # fmt: skip
                status, raw = response.status, await response.read()
                pause = response.headers.get("Retry-After", "")
        except (ClientError, TimeoutError) as error:
            raise unanswered(error, path) from None
        if status != 200:
            words = raw.decode("utf-8", "replace")
            for secret in headers.values():
                words = words.replace(secret, "…") if secret else words
            seconds = float(pause) if pause.isascii() and pause.isdigit() else None
            raise _decide(status, f"HTTP {status}: {clean(words)[:WORDS_LIMIT]}", seconds)
        answer = read(_Answer, raw)
        if answer is None or answer.error:
            raise Unreachable(f"{path}: an answer that nobody understands", maybe_sent=True)
        return answer

    async def _hook(self, request: web.Request) -> web.Response:
        given = request.match_info["secret"].encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret.encode()):
            return web.Response(status=401)
        body = await up_to(BODY_LIMIT, request.content)
        if body is None:
            return web.Response(status=413)
        update = read(Update, body)
        event = None if update is None else parse(update, self._options.bot_id, self._clock.now())
        noted = event is None or await self._note(event)
        return web.Response(status=200 if noted else 503)

    async def _note(self, event: Event) -> bool:
        if self._sink is None:
            return False
        try:
            await self._sink([event])
        except Exception:
            log.exception("GapoWork: event %s could not be noted", event.id)
            return False
        return True


def _decide(status: int, words: str, pause: float | None) -> PlatformError:
    if status == 401:
        log.error("BOT_GAPO_TOKEN or BOT_GAPO_OPENAPI_KEY: GapoWork does not take it")
        return TokenRefused()
    if status == 429:
        return RateLimited(pause, "token")
    if status in (403, 404, 410):
        return ChatGone(words)
    if 400 <= status < 500 and status != 408:
        return Rejected(words)
    return Unreachable(words, maybe_sent=True)


def create(kit: Kit) -> Platform:
    """Create the platform; raise SettingsError."""
    return Gapo(kit, validate(GapoOptions, kit.options, "BOT_GAPO_"))
