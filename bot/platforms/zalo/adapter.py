"""Zalo Bot Platform: no buttons, no edits, 2,000 characters; in groups it hears only mentions of it and replies to it.

Sending has no idempotency key, so a send without a clear answer is `Unreachable(maybe_sent=True)` and never repeated
here. Updates have no acknowledgement: one that was given to a poll is kept here until it is noted.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from typing import Literal

from aiohttp import web
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
    VendorView,
)
from bot.core.text import msg
from bot.platforms import Kit
from bot.platforms._shared.bot_api import BotApi, Refused
from bot.platforms._shared.http import delay, download, download_from_anywhere, has_secret, read, same_origin, up_to
from bot.platforms._shared.mention import letters
from bot.settings import SettingsError, WebAddress, needs_address, validate

from .meter import PER_MONTH, Meter
from .wire import Accepted, Hooked, HookInfo, Me, Update, parse, styled

log = logging.getLogger(__name__)

HOOK = "/hooks/zalo"
SECRET_HEADER = "X-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
BODY_LIMIT = 1024 * 1024
CALL_SECONDS = 20.0
PHOTO_SECONDS = 60.0
"""The vendor fetches a photo from us before it answers."""
WINDOW, PAUSE = 30, 1.0
"""Seconds: how long one poll waits at the vendor, and the pause after a poll that at once brought nothing new."""
_TOKEN_REFUSED = msg("Zalo does not take this token; get the bot's token anew")
_HOOK_REFUSED = msg("Zalo does not take this address for a webhook: {why}")

_PRIVATE = Capabilities(text_limit=2000, caption_limit=2000, styles=True, photos="url", cost="metered")
CAPABILITIES: Mapping[ChatKind, Capabilities] = {
    "private": _PRIVATE,
    "group": replace(_PRIVATE, hears_everything=False, sees_replies=False),
}


def _capabilities(*, keeps: bool) -> Mapping[ChatKind, Capabilities]:
    return {kind: replace(caps, keeps=keeps) for kind, caps in CAPABILITIES.items()}


class ZaloOptions(BaseModel, defer_build=True):
    """`BOT_ZALO_…`. `name` is the bot's name as a mention shows it: getMe is only sure to tell the account's name.

    Without a `mode` it is the webhook wherever there may be one: who polls hears nothing of what was said before.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr = Field(min_length=1)
    api_base: WebAddress = "https://bot-api.zaloplatforms.com"
    mode: Literal["polling", "webhook"] | None = None
    name: str = ""


class Zalo:
    name = "zalo"
    budget = Budget(per_second=5, per_month=PER_MONTH)

    def __init__(self, kit: Kit, options: ZaloOptions) -> None:
        self._kit = kit
        self._clock = kit.clock
        self._api = BotApi(options.api_base, options.token.get_secret_value())
        self._base = options.api_base
        self._meter = Meter(kit.values, kit.clock, kit.derive("zalo-seen").encode())
        self._names = frozenset({letters(options.name)} - {""})
        self._secret = kit.derive("zalo-webhook")
        self._webhook: str | None = None
        self._chosen = options.mode is not None
        self._sink: Sink | None = None
        url = kit.settings.public_url or ""
        if options.mode == "webhook" and not url:
            raise needs_address("BOT_ZALO_MODE")
        if options.mode == "webhook" or (options.mode is None and url.startswith("https://")):
            self._webhook = f"{url}{kit.hook(HOOK)}"
            kit.web.router.add_post(kit.hook(HOOK), self._hook)
        self.capabilities = _capabilities(keeps=self._webhook is not None)

    async def listen(self, sink: Sink) -> None:
        """Receive by webhook or polling; raise SettingsError when the vendor refuses the token or the address."""
        self._sink = sink
        await self._learn_name()
        if self._webhook is not None and await self._is_called(self._webhook):
            await asyncio.Event().wait()
        self.capabilities = _capabilities(keeps=False)
        await self._forget_webhook()
        await self._kit.polling(self._poll)

    async def _is_called(self, url: str) -> bool:
        """Tell whether the vendor takes the webhook; False, to poll instead, only if the settings do not demand it."""
        try:
            await self._set_webhook(url)
        except SettingsError as error:
            if self._chosen:
                raise
            log.warning("%s; it is asked for news instead", error)
            return False
        return True

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        """Send a message. Nothing can be edited here: with `replacing` it is sent anew."""
        method, body, seconds = self._prepare(chat, message)
        month = await self._meter.take()
        try:
            result = await self._api.call(method, body, seconds)
        except (Refused, Unreachable) as error:
            decision = self._decide(error) if isinstance(error, Refused) else error
            if not (isinstance(decision, Unreachable) and decision.maybe_sent):
                await self._meter.give_back(month)
            raise decision from None
        return Sent((read(Accepted, result) or Accepted()).message_id)

    async def probe(self) -> None:
        try:
            await self._api.call("getMe", {}, CALL_SECONDS)
        except Refused as refused:
            if refused.code >= 500:
                raise Unreachable(str(refused), maybe_sent=False) from None

    async def inspect(self) -> VendorView:
        """Ask who we are and which webhook is set; the vendor does not tell how its calls went."""
        me = await self._seen("getMe")
        try:
            hook = read(HookInfo, await self._seen("getWebhookInfo")) or HookInfo()
        except TokenRefused:  # it knew the bot a moment ago: there is no webhook, and it calls that "Not Found"
            hook = HookInfo()
        found = read(Me, me) or Me()
        return VendorView(
            found.display_name or found.account_name, hook.url, self._webhook or "", clock=self._api.clock
        )

    async def _seen(self, method: str) -> object:
        try:
            return await self._api.call(method, {}, CALL_SECONDS)
        except Refused as refused:
            if refused.code in (400, 401, 404):
                raise TokenRefused from None
            raise Unreachable(str(refused), maybe_sent=False) from None

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        """Fetch a file by its address from the update; a forged one must not lead to hosts of our own network."""
        if same_origin(file.ref, self._base):
            return await download(self._api.http, file.ref, limit)
        return await download_from_anywhere(file.ref, limit)

    def link(self, code: str) -> str | None:
        """Return None: a link to the bot cannot carry a code here."""
        return None

    def group_link(self, code: str) -> str | None:
        return None

    async def usage(self) -> Usage | None:
        return await self._meter.usage()

    async def close(self) -> None:
        await self._api.close()

    def _prepare(self, chat: Chat, message: Message) -> tuple[str, Mapping[str, object], float]:
        """Return (method, body, seconds to wait); raise Rejected when the message was not fitted to this platform."""
        item, text = message.attachment, message.text
        if message.buttons or any(span.link for span in text.spans):
            raise Rejected("buttons and links cannot be shown here")
        if item is None:
            return "sendMessage", {"chat_id": chat.id, "text": text.plain, "text_styles": styled(text)}, CALL_SECONDS
        url = self._kit.media.url(item.media) if item.kind == "photo" else None
        if url is None:
            raise Rejected("only a photo with a public address can be sent here")
        return "sendPhoto", {"chat_id": chat.id, "photo": url, "caption": text.plain}, PHOTO_SECONDS

    def _decide(self, refused: Refused) -> PlatformError:
        code, words = refused.code, refused.words
        # The vendor's error table has "Internal server error" under 403: that says nothing about the chat.
        if code == 408 or code >= 500 or code < 400 or (code == 403 and "internal" in words.lower()):
            return Unreachable(str(refused), maybe_sent=True)
        if code == 401:
            log.error(_TOKEN_REFUSED)
            return TokenRefused()
        if code == 429:
            # Which limit it is the vendor does not say, and until now never until when.
            return RateLimited(refused.retry_after or None, "token")
        return ChatGone(words) if code in (403, 404) else Rejected(words)

    async def _ask(self, method: str, body: Mapping[str, object]) -> object:
        """Call until the vendor can answer. Raises SettingsError when the token is wrong, else Refused for a no."""
        failures = 0
        while True:
            try:
                return await self._api.call(method, body, CALL_SECONDS)
            except (Refused, Unreachable) as error:
                if isinstance(error, Refused) and error.code in (400, 404):
                    raise
                failures += 1
                await self._back_off(failures, error)

    async def _back_off(self, failures: int, error: Refused | Unreachable) -> None:
        if isinstance(error, Refused) and error.code == 401:
            raise SettingsError.of("BOT_ZALO_TOKEN", _TOKEN_REFUSED) from None
        log.warning("Zalo: %s, trying again", error)
        await self._clock.sleep(delay(failures))

    async def _learn_name(self) -> None:
        """Learn the bot's name by the first call of all; a malformed token makes an address unknown to the vendor."""
        try:
            me = read(Me, await self._ask("getMe", {})) or Me()
        except Refused:
            raise SettingsError.of("BOT_ZALO_TOKEN", _TOKEN_REFUSED) from None
        self._names |= {letters(name) for name in (me.account_name, me.display_name)} - {""}

    async def _forget_webhook(self) -> None:
        """Delete the webhook: the vendor refuses polls while one is set, and may refuse to delete one that is not."""
        try:
            await self._ask("deleteWebhook", {})
        except Refused as refused:
            log.info("Zalo: no webhook was deleted: %s", refused)

    async def _set_webhook(self, url: str) -> None:
        try:
            result = await self._ask("setWebhook", {"url": url, "secret_token": self._secret})
        except Refused as refused:
            raise SettingsError.of("BOT_PUBLIC_URL", _HOOK_REFUSED, why=refused.words) from None
        if not self._chosen and not (read(Hooked, result) or Hooked()).verification.ok:
            raise SettingsError.of("BOT_PUBLIC_URL", msg("Zalo cannot reach this address"))

    async def _poll(self) -> None:
        """Poll without an offset: a poll takes one update, and some bots are given an old one again and again."""
        recent: deque[str] = deque(maxlen=500)
        failures = 0
        while True:
            since = self._clock.monotonic()
            update: object = None
            try:
                update = await self._api.call("getUpdates", {"timeout": str(WINDOW)}, WINDOW + 10)
            except (Refused, Unreachable) as error:
                if not (isinstance(error, Refused) and error.code == 408):
                    failures += 1
                    await self._back_off(failures, error)
                    continue
            failures = 0
            event = self._event(update)
            if event is not None and event.id not in recent:
                await self._note_in_the_end(event)
                recent.append(event.id)
            elif update is not None or self._clock.monotonic() - since < PAUSE:
                await self._clock.sleep(PAUSE)

    async def _note_in_the_end(self, event: Event) -> None:
        failures = 0
        while not await self._note(event):
            failures += 1
            await self._clock.sleep(delay(failures))

    async def _note(self, event: Event) -> bool:
        if self._sink is None:
            return False
        try:
            await self._sink([event])
            await self._meter.see(event)
        except Exception:
            log.exception("Zalo: event %s could not be noted", event.id)
            return False
        return True

    def _event(self, body: object) -> Event | None:
        update = read(Update, body)
        return None if update is None else parse(update, self._names)

    async def _hook(self, request: web.Request) -> web.Response:
        if not has_secret(request, SECRET_HEADER, self._secret):
            return web.Response(status=401)
        body = await up_to(BODY_LIMIT, request.content)
        if body is None:
            return web.Response(status=413)
        event = self._event(body)
        noted = event is None or await self._note(event)
        return web.Response(status=200 if noted else 503)


def create(kit: Kit) -> Platform:
    """Create the platform; raise SettingsError. Options with the prefix `oa_` belong to Zalo's official accounts."""
    own = {name: value for name, value in kit.options.items() if not name.startswith("oa_")}
    return Zalo(kit, validate(ZaloOptions, own, "BOT_ZALO_"))
