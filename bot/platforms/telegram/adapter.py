"""Telegram: aiogram's methods with our own loop, so that nothing is confirmed to Telegram before it is noted.

Over a webhook the photos of an album are noted one by one: Telegram brings the next update of a chat only when the one
before is answered, and only what is noted is answered. A poll brings an album together.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Literal, TypeVar

from aiohttp import web

from bot.core.events import Chat, Incoming, PhotoSent
from bot.core.messages import Message, Poll
from bot.core.platform import (
    START_LINK,
    Budget,
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
from bot.platforms._shared.aside import Aside
from bot.platforms._shared.http import delay, has_secret, read
from bot.settings import SettingsError, needs_address, validate

from .api import Api, expect
from .files import Files
from .options import TelegramOptions
from .parse import KINDS, NAME, Heard, Me, join_albums, parse
from .polls import Polls
from .shown import Presses, Shown
from .vendor import methods
from .view import seen_by
from .wire import Posted, Update
from .write import CAPABILITIES, asks_for_reply, edit_of, editing, menus, poll_of, sending, text_of

log = logging.getLogger(__name__)
HOOK = "/hooks/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
ALBUM_SECONDS = 0.3
_NO_MESSAGE = ("message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID")
_OTHER_KIND = ("there is no text in the message", "there is no media in the message")
T = TypeVar("T")
Outcome = Literal["done", "gone", "other kind"]


def create(kit: Kit) -> Platform:
    """Create the platform; raise SettingsError for a missing or wrong option."""
    options = validate(TelegramOptions, kit.options, "BOT_TELEGRAM_")
    if options.mode == "webhook" and kit.settings.public_url is None:
        raise needs_address("BOT_TELEGRAM_MODE")
    return Telegram(kit, options)


class Telegram:
    """The Bot API through one token."""

    name = NAME
    capabilities = CAPABILITIES
    budget = Budget(per_second=30)

    def __init__(self, kit: Kit, options: TelegramOptions) -> None:
        token = options.token.get_secret_value()
        self._kit = kit
        self._options = options
        self._secret = kit.derive("telegram-webhook")
        self._api = Api(token, options.api_base, options.proxy, kit.clock)
        self._files = Files(self._api, kit.values, kit.media, hashlib.sha256(token.encode()).hexdigest()[:16])
        self._polls = Polls(kit.values, kit.clock)
        self._shown = Shown()
        self._presses = Presses(self._api)
        self._username = ""
        self._hears: tuple[Me, Sink] | None = None
        self._aside = Aside()
        self._address = f"{kit.settings.public_url}{kit.hook(HOOK)}" if options.mode == "webhook" else ""
        if self._address:
            kit.web.router.add_post(kit.hook(HOOK), self._hook)

    async def listen(self, sink: Sink) -> None:
        """Receive by polling or webhook; raise SettingsError when Telegram refuses the token or the address."""
        try:
            me = await self._insist(self._api.me)
            self._username = me.username
            self._aside.begin(self._set_menus())
            self._aside.begin(self._keep_link())
            if self._options.mode == "polling":
                await self._insist(partial(self._api.call, methods.DeleteWebhook()))
                await self._kit.polling(partial(self._poll, me, sink))
            self._hears = me, sink
            hook = methods.SetWebhook(url=self._address, secret_token=self._secret, allowed_updates=list(KINDS))
            await self._insist(partial(self._api.call, hook))
            await asyncio.Event().wait()
        except TokenRefused:
            raise SettingsError.of(
                "BOT_TELEGRAM_TOKEN", msg("Telegram does not take this token; get it anew from @BotFather")
            ) from None
        except Rejected as error:
            name = "PUBLIC_URL" if self._hears else "TELEGRAM_TOKEN"
            raise SettingsError.of(f"BOT_{name}", msg("Telegram refuses it: {why}"), why=error.reason) from None
        finally:
            self._hears = None

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        """Send a message. One that replaces another is edited, or sent anew while the old one loses its buttons."""
        if replacing is None or not replacing.isdecimal():
            return Sent(await self._post(chat, message))
        outcome = await self._edit(chat, message, int(replacing))
        if outcome == "done":
            self._shown.keep(chat, replacing, message)
            return Sent(replacing)
        sent = await self._post(chat, message)
        self._shown.forget(chat, replacing)
        if outcome == "other kind":
            # The message is out already: if this fails, the old buttons stay and still do what they say.
            bare = methods.EditMessageReplyMarkup(chat_id=chat.id, message_id=int(replacing))
            await self._try(partial(self._api.call, bare))
        return Sent(sent)

    async def probe(self) -> None:
        await self._api.me()

    async def inspect(self) -> VendorView:
        return await seen_by(self._api, self._address, self._kit.clock.now())

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        return await self._api.fetch(file, limit)

    def link(self, code: str) -> str | None:
        """Return a private link; None for a code Telegram would not carry, and before the bot's name is known."""
        return self._link("start", code)

    def group_link(self, code: str) -> str | None:
        """Link as `link`; the command comes as `/start@NAME CODE`, from the person who chose the group."""
        return self._link("startgroup", code)

    def _link(self, way: str, code: str) -> str | None:
        if not self._username or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", code):
            return None
        return f"https://t.me/{self._username}?{way}={code}"

    async def usage(self) -> Usage | None:
        return None

    async def close(self) -> None:
        await self._aside.close(grace=2)
        await self._api.close()

    # Receiving

    async def _poll(self, me: Me, sink: Sink) -> None:
        offset: int | None = None
        failures = 0
        while True:
            try:
                batch, last = await self._batch(me, offset)
                if events := join_albums([await self._polls.complete(heard) for heard in batch]):
                    await sink(events)
            except TokenRefused:
                raise
            except Exception as error:
                failures += 1
                if not isinstance(error, PlatformError):
                    log.exception("telegram: events were not noted; they will come again")
                await self._pause(error, failures)
                continue
            failures = 0
            # Without news everything is confirmed, and no offset copes with ids that start anew after a quiet week.
            offset = None if last is None else last + 1
            self._answer(batch)

    async def _batch(self, me: Me, offset: int | None) -> tuple[list[Heard], int | None]:
        """Return the contents of the next updates, and the last update's id (None when there was none)."""
        raw = await self._api.updates(offset, self._options.poll_seconds)
        batch = [self._heard(item, me) for item in raw]
        if any(isinstance(heard.event, PhotoSent) and heard.event.album for heard in batch):
            # The rest of an album may be a moment behind; what is not confirmed comes again with it.
            await self._kit.clock.sleep(ALBUM_SECONDS)
            raw = await self._api.updates(offset, 0)
            batch = [self._heard(item, me) for item in raw]
        ids = [number for item in raw if isinstance(item, dict) and type(number := item.get("update_id")) is int]
        if raw and not ids:
            raise Unreachable("updates without ids", maybe_sent=False)
        return batch, max(ids, default=None)

    def _heard(self, raw: object, me: Me) -> Heard:
        update = read(Update, raw)
        if update is None:
            log.warning("telegram: an update that cannot be read was passed over")
            return Heard(None)
        if update.callback_query is not None:
            self._shown.pressed(update.callback_query)
        return parse(update, me, self._kit.clock.now())

    async def _hook(self, request: web.Request) -> web.Response:
        if not has_secret(request, SECRET_HEADER, self._secret):
            return web.Response(status=401)
        if self._hears is None:
            return web.Response(status=503)
        me, sink = self._hears
        heard = self._heard(await request.read(), me)
        try:
            heard = await self._polls.complete(heard)
            if heard.event is not None:
                await sink([heard.event])
        except Exception:
            log.exception("telegram: an event was not noted; it will come again")
            return web.Response(status=503)
        self._answer([heard])
        return web.Response()

    def _answer(self, batch: Sequence[Heard]) -> None:
        """Stop the little clock on a pressed button, whatever the press leads to."""
        for heard in batch:
            if heard.callback is not None:
                self._aside.begin(self._presses.answer(heard.callback))

    # Sending

    async def _post(self, chat: Chat, message: Message) -> str:
        if message.poll is not None:
            return await self._post_poll(chat, message, message.poll)
        if (item := message.attachment) is None:
            posted = expect(Posted, await self._api.post("sendMessage", text_of(chat, message), chat))
        else:
            posted = await self._files.post(chat, item, lambda file: sending(chat, message, item, file))
        self._shown.keep(chat, str(posted.message_id), message)
        return str(posted.message_id)

    async def _post_poll(self, chat: Chat, message: Message, poll: Poll) -> str:
        posted = expect(Posted, await self._api.post("sendPoll", poll_of(chat, message, poll), chat))
        if posted.poll is None:
            raise Unreachable("a message without the poll", maybe_sent=True)
        await self._polls.keep(posted.poll.id, chat, message.buttons[: poll.choices])
        return str(posted.message_id)

    async def _edit(self, chat: Chat, message: Message, message_id: int) -> Outcome:
        shown = str(message_id)
        if self._shown.is_same(chat, shown, message):
            return "done"
        if self._shown.cannot_become(chat, shown, message) or asks_for_reply(chat, message) or message.poll is not None:
            return "other kind"  # no edit can do that
        try:
            if (item := message.attachment) is None:
                await self._api.post("editMessageText", edit_of(chat, message, message_id), chat)
            else:
                await self._files.post(chat, item, lambda file: editing(chat, message, message_id, item, file))
        except Rejected as refused:
            if "message is not modified" in refused.reason:
                return "done"
            if any(words in refused.reason for words in _NO_MESSAGE):
                return "gone"
            if any(words in refused.reason for words in _OTHER_KIND):
                return "other kind"
            raise
        return "done"

    async def _insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call until Telegram answers; raises TokenRefused or Rejected."""
        failures = 0
        while True:
            try:
                return await call()
            except (TokenRefused, Rejected):
                raise
            except PlatformError as error:
                failures += 1
                await self._pause(error, failures)

    async def _pause(self, error: Exception, failures: int) -> None:
        told = error.retry_after if isinstance(error, RateLimited) else None
        seconds = delay(failures) if told is None else told
        if isinstance(error, PlatformError):
            log.warning("telegram: %s; trying again in %g s", error, seconds)
        await self._kit.clock.sleep(seconds)

    async def _set_menus(self) -> None:
        for menu in menus(self._kit.menu):
            await self._try(partial(self._api.call, menu))

    async def _keep_link(self) -> None:
        form = f"https://t.me/{self._username}?start={{code}}"
        await self._kit.values.swap(START_LINK, await self._kit.values.get(START_LINK), form)

    async def _try(self, call: Callable[[], Awaitable[object]]) -> None:
        """Make a call that nothing depends on."""
        try:
            await call()
        except PlatformError as error:
            log.debug("telegram: %s", error)
