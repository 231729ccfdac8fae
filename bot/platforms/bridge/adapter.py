"""The bridge: any gateway that speaks docs/bridge.yaml becomes a platform (a messenger without an open API, SMS).

A gateway keeps the keys of the messages it took, so each message arrives exactly once however often it is asked. It
declares its capabilities itself; they are honoured within sane limits only, and a message that it refuses in spite of
them is refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import math
import re
from collections.abc import Coroutine, Mapping

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot.core.events import Chat, ChatKind, Incoming
from bot.core.machine import chance
from bot.core.messages import Message, message_to_json
from bot.core.platform import (
    START_LINK,
    Budget,
    Capabilities,
    Platform,
    Rejected,
    Sent,
    Sink,
    TokenRefused,
    Unreachable,
    Usage,
    VendorView,
)
from bot.core.sessions import StoreUnavailable
from bot.core.text import msg
from bot.platforms import Kit
from bot.platforms._shared.http import download, download_from_anywhere, read, same_origin, unanswered, up_to
from bot.platforms._shared.month import Month
from bot.settings import SettingsError, WebAddress, validate

from .capabilities import Declared
from .out import body_of, check, decide
from .wire import BOT, NAME, SIGNATURE, TIMESTAMP, Accepted, Out, is_signed, read_events, sign

log = logging.getLogger(__name__)

HOOK = "/hooks/bridge"
BODY_LIMIT = 1024 * 1024
ANSWER_LIMIT = 64 * 1024
CALL_SECONDS, ASK_SECONDS = 20.0, 5.0
ASK_AGAIN, READ_AGAIN = 1.0, 600.0
"""Seconds after which a gateway is asked once more what it can do: while it has not said so, and afterwards."""
KEPT = "capabilities"
_UNSIGNED = "bridge: the gateway does not take our signature"


class BridgeOptions(BaseModel, defer_build=True):
    """`BOT_BRIDGE_…`. `secret` is shared with the gateway, `name` tells a gateway of several bots which one this is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: WebAddress
    secret: SecretStr = Field(min_length=32)
    name: str = Field(default="bot", pattern=r"^[A-Za-z0-9_.-]{1,64}$")


class Bridge:
    name = NAME
    budget = Budget(per_second=5, idempotent=True)

    def __init__(self, kit: Kit, options: BridgeOptions) -> None:
        self._kit = kit
        self._url = options.url
        self._secret = options.secret.get_secret_value()
        self._bot = options.name
        self._keys = kit.derive("bridge-keys").encode()
        self._month = Month(kit.values, kit.clock, "sent")
        self._declared = Declared(public=kit.settings.public_url is not None)
        self._read_at = -math.inf
        self._refused = False
        self._learning = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None
        self._session: ClientSession | None = None
        self._sink: Sink | None = None
        kit.web.router.add_post(kit.hook(HOOK), self._hook)
        # Before anything is handled: messages are fitted to what the gateway can do.
        kit.web.on_startup.append(self._at_start)

    def begin(self) -> None:
        """Ask already now: a process that only works beside others serves no pages and listens to nobody."""
        self._read_aside(self._know())

    @property
    def capabilities(self) -> Mapping[ChatKind, Capabilities]:
        return self._declared

    async def listen(self, sink: Sink) -> None:
        """Wait for events; raise SettingsError when the gateway does not take our signature."""
        self._sink = sink
        await self._know()
        if self._refused:
            raise SettingsError.of(
                "BOT_BRIDGE_SECRET", msg("the gateway has another secret, or its clock differs by minutes")
            )
        await asyncio.Event().wait()

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        await self._know()
        if not self._declared.known:
            raise TokenRefused if self._refused else Unreachable("it is not known what it can do", maybe_sent=False)
        if chat.kind not in self._declared:
            raise Rejected(f"the gateway has no {chat.kind} chats")
        caps, item = self._declared[chat.kind], message.attachment
        check(message, caps)
        body = body_of(
            chat,
            self._declared.spelled(chat.kind, message),
            url=self._kit.media.url(item.media) if item is not None else None,
            replacing=replacing if caps.edit else None,
            key=self._wire_key(chat, message, replacing, key),
        )
        status, retry_after, raw = await self._call("POST", "/messages", body, CALL_SECONDS)
        if 200 <= status < 300 and (accepted := read(Accepted, raw)) is not None:
            await self._month.sent()
            return Sent(accepted.id)
        decision = decide(status, retry_after, raw)
        if isinstance(decision, TokenRefused):
            log.error(_UNSIGNED)
        elif isinstance(decision, Rejected):
            self._read_at = -math.inf  # it could do more when it was asked
        raise decision

    async def inspect(self) -> VendorView:
        """Ask the gateway what it can do, and change nothing by the answer."""
        status, _, _ = await self._call("GET", "/capabilities", None, ASK_SECONDS)
        if status == 401:
            raise TokenRefused
        if status != 200:
            raise Unreachable(f"HTTP {status}", maybe_sent=False)
        return VendorView(self._bot)

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        """Fetch from the gateway, or over HTTPS from the internet: no address may lead to hosts of our own network."""
        if same_origin(file.ref, self._url):
            return await download(self._http, file.ref, limit)
        return await download_from_anywhere(file.ref, limit)

    def link(self, code: str) -> str | None:
        form = self._declared.start_link
        return form.format(code=code) if form is not None and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", code) else None

    def group_link(self, code: str) -> str | None:
        return None

    async def usage(self) -> Usage | None:
        """Return our own count. Beyond its declared number the gateway refuses messages, or takes them all the same."""
        return Usage(await self._month.so_far(), self._declared.per_month, since=await self._month.since())

    async def close(self) -> None:
        if (reading := self._reading) is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _wire_key(self, chat: Chat, message: Message, replacing: str | None, key: str) -> str:
        """Return the key of a message, which includes its content.

        After a restored backup our numbers are used again, and must not stand for an old message.
        """
        if not key:
            return chance.unique()
        whole = json.dumps([key, chat.id, message_to_json(message), replacing])
        return hmac.new(self._keys, whole.encode(), hashlib.sha256).hexdigest()

    # What the gateway can do

    async def _at_start(self, app: web.Application) -> None:
        await self._know()

    async def _know(self) -> None:
        """Ask before anything else what the gateway can do, then now and then beside the work."""
        if not self._declared.known:
            async with self._learning:
                if not self._declared.known and self._age > ASK_AGAIN:
                    await self._recall()
                    await self._ask()
        elif self._age > READ_AGAIN and self._reading is None:
            self._read_aside(self._ask())

    @property
    def _age(self) -> float:
        """Return the seconds since the gateway was last asked."""
        return self._kit.clock.monotonic() - self._read_at

    def _read_aside(self, work: Coroutine[None, None, None]) -> None:
        self._reading = asyncio.create_task(work)
        self._reading.add_done_callback(self._was_read)

    def _was_read(self, task: asyncio.Task[None]) -> None:
        self._reading = None

    async def _ask(self) -> None:
        self._read_at = self._kit.clock.monotonic()
        try:
            status, _, raw = await self._call("GET", "/capabilities", None, ASK_SECONDS)
        except Unreachable as error:
            log.warning("bridge: %s; what it could do before is taken for granted", error)
            return
        self._refused = status == 401
        if self._refused:
            log.error(_UNSIGNED)
            return
        if status != 200 or not self._declared.take(raw):
            log.warning("bridge: HTTP %d without readable capabilities", status)
            return
        try:
            await self._kit.values.swap(KEPT, await self._kit.values.get(KEPT), raw.decode())
            if (form := self._declared.start_link) is not None:
                await self._kit.values.swap(START_LINK, await self._kit.values.get(START_LINK), form)
        except StoreUnavailable as error:
            log.warning("bridge: what the gateway can do is not kept: %s", error)

    async def _recall(self) -> None:
        """Load the capabilities declared to an earlier process, in case the gateway is away now."""
        try:
            kept = await self._kit.values.get(KEPT)
        except StoreUnavailable:
            return
        if kept is not None:
            self._declared.take(kept.encode())

    # HTTP

    @property
    def _http(self) -> ClientSession:
        """Return the session, made when it is first needed: aiohttp wants a running loop."""
        if self._session is None:
            self._session = ClientSession()
        return self._session

    async def _call(self, method: str, path: str, body: Out | None, seconds: float) -> tuple[int, str, bytes]:
        """Return (status, Retry-After, body) of the answer; raise Unreachable."""
        raw = b"" if body is None else body.model_dump_json().encode()
        timestamp = str(int(self._kit.clock.now().timestamp()))
        headers = {BOT: self._bot, TIMESTAMP: timestamp, SIGNATURE: sign(self._secret, timestamp, raw)}
        if body is not None:
            headers |= {"Idempotency-Key": body.key, "Content-Type": "application/json"}
        limit = ClientTimeout(total=seconds)
        try:
            async with self._http.request(
                method, f"{self._url}{path}", data=raw or None, headers=headers, timeout=limit, allow_redirects=False
            ) as answer:
                found = await up_to(ANSWER_LIMIT, answer.content)
                return answer.status, answer.headers.get("Retry-After", ""), found or b""
        except (ClientError, TimeoutError) as error:
            raise unanswered(error, path) from None

    async def _hook(self, request: web.Request) -> web.Response:
        if TIMESTAMP not in request.headers or SIGNATURE not in request.headers:
            return web.Response(status=401)
        body = await up_to(BODY_LIMIT, request.content)
        if body is None:
            return web.Response(status=413)
        now = self._kit.clock.now()
        if not is_signed(request.headers, body, self._secret, now):
            return web.Response(status=401)
        await self._know()
        if self._sink is None or not self._declared.known:
            return web.Response(status=503)
        batch = read_events(body, self._declared, now)
        try:
            if batch.events:
                await self._sink(batch.events)
        except Exception:
            log.exception("bridge: events could not be noted; they will come again")
            return web.Response(status=503)
        if batch.unread:
            log.warning(
                "bridge: %d events were taken, %d could not be read, the first because of %s",
                len(batch.events), len(batch.unread), batch.unread[0].why,
            )  # fmt: skip
        return web.json_response(batch.noted.model_dump())


def create(kit: Kit) -> Platform:
    """Create the platform; raise SettingsError for a missing or wrong option."""
    bridge = Bridge(kit, validate(BridgeOptions, kit.options, f"BOT_{NAME.upper()}_"))
    bridge.begin()
    return bridge
