"""Telegram: aiogram's client with our own loop, so that nothing is confirmed to Telegram before it is noted.

Limits are those of Bot API 10 (core.telegram.org/bots/api, core.telegram.org/bots/faq).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from aiogram import methods, types
from aiohttp import web
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from bot.core.events import Chat
from bot.core.messages import Attachment, Message
from bot.core.platform import (
    START_LINK,
    Budget,
    Platform,
    PlatformError,
    RateLimited,
    Rejected,
    Sent,
    Sink,
    Unreachable,
)
from bot.settings import SettingsError, WebAddress, validate

from . import Kit
from ._telegram_api import CAPABILITIES, Api, TokenRefused, Updates, asks_for_reply, editing, file_id_of, menus, sending
from ._telegram_parse import KINDS, NAME, Heard, Me, join_albums, parse, read

log = logging.getLogger(__name__)

HOOK = "/hooks/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
ALBUM_SECONDS = 0.3
UPLOAD_SECONDS = 300
LONGEST_PAUSE = 60.0
SETTLED_ALBUM_PHOTOS = 1000
_NO_MESSAGE = ("message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID")
_OTHER_KIND = ("there is no text in the message", "there is no media in the message")
_NO_FILE = ("wrong file identifier", "wrong file_id", "wrong remote file")

T = TypeVar("T")
Outcome = Literal["done", "gone", "other kind"]


def _token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", value.get_secret_value()):
        raise ValueError("not a bot token (it looks like 123456:ABC…)")
    return value


class TelegramOptions(BaseModel):
    """`BOT_TELEGRAM_…`; `proxy` is an HTTP proxy, `poll_seconds` how long one question for updates may hang."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: Annotated[SecretStr, AfterValidator(_token)]
    api_base: WebAddress = "https://api.telegram.org"
    proxy: WebAddress | None = None
    mode: Literal["polling", "webhook"] = "polling"
    poll_seconds: int = Field(default=25, ge=0, le=50)


def create(kit: Kit) -> Platform:
    """Raises SettingsError for a missing or wrong option."""
    options = validate(TelegramOptions, kit.options, "BOT_TELEGRAM_")
    if options.mode == "webhook" and kit.settings.public_url is None:
        raise SettingsError("BOT_PUBLIC_URL: needed when BOT_TELEGRAM_MODE is webhook")
    return Telegram(kit, options)


@dataclass(slots=True)
class _Album:
    """Photos of one album that a webhook brought one by one; all are answered when `noted` is done."""

    parts: list[Heard]
    noted: asyncio.Task[None]


class Telegram:
    """The Bot API through one token."""

    name = NAME
    capabilities = CAPABILITIES
    budget = Budget(per_second=30)

    def __init__(self, kit: Kit, options: TelegramOptions) -> None:
        token = options.token.get_secret_value()
        self._kit = kit
        self._options = options
        self._owner = hashlib.sha256(token.encode()).hexdigest()[:16]
        self._secret = kit.derive("telegram-webhook")
        self._api = Api(token, options.api_base, options.proxy, kit.clock)
        self._username = ""
        self._hears: tuple[Me, Sink] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._albums: dict[str, _Album] = {}
        self._settled: dict[str, None] = {}
        self._uploading = asyncio.Lock()
        if options.mode == "webhook":
            kit.web.router.add_post(HOOK, self._hook)

    async def listen(self, sink: Sink) -> None:
        """Raises SettingsError when Telegram refuses the token or the address of the webhook."""
        try:
            who = await self._insist(methods.GetMe())
            self._username = who.username or ""
            me = Me(who.id, self._username)
            self._later(self._set_menus())
            self._later(self._keep_link())
            if self._options.mode == "polling":
                await self._insist(methods.DeleteWebhook())
                await self._poll(me, sink)
            self._hears = me, sink
            address = f"{self._kit.settings.public_url}{HOOK}"
            await self._insist(methods.SetWebhook(url=address, secret_token=self._secret, allowed_updates=list(KINDS)))
            await asyncio.Event().wait()
        except TokenRefused:
            log.error("telegram: the token is wrong or was revoked; this platform is off")
            raise SettingsError("BOT_TELEGRAM_TOKEN: Telegram does not know this token") from None
        except Rejected as error:
            name = "PUBLIC_URL" if self._hears else "TELEGRAM_TOKEN"
            log.error("telegram: refused to start: %s; this platform is off", error.reason)
            raise SettingsError(f"BOT_{name}: Telegram refuses: {error.reason}") from None
        finally:
            self._hears = None

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None) -> Sent:
        """A message that takes another's place is edited, or sent anew while the old one loses its buttons."""
        if replacing is None or not replacing.isdecimal():
            return Sent(await self._post(chat, message))
        outcome = await self._edit(chat, message, int(replacing))
        if outcome == "done":
            return Sent(replacing)
        sent = await self._post(chat, message)
        if outcome == "other kind":
            # The message is out already: if this fails, the old buttons stay and still do what they say.
            await self._aside(methods.EditMessageReplyMarkup(chat_id=chat.id, message_id=int(replacing)))
        return Sent(sent)

    def link(self, code: str) -> str | None:
        """None for a code that Telegram would not carry, and until the first `listen` has learnt the bot's name."""
        if not self._username or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", code):
            return None
        return f"https://t.me/{self._username}?start={code}"

    async def close(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._api.close()

    # Receiving

    async def _poll(self, me: Me, sink: Sink) -> None:
        offset: int | None = None
        failures = 0
        while True:
            try:
                batch, last = await self._batch(me, offset)
                if events := join_albums(batch):
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
        """What the next updates gave, and the last update's id (None when there was none)."""
        raw = await self._updates(offset, self._options.poll_seconds)
        batch = [self._heard(item, me) for item in raw]
        if any(heard.album for heard in batch):
            # The rest of an album may be a moment behind; what is not confirmed comes again with it.
            await self._kit.clock.sleep(ALBUM_SECONDS)
            raw = await self._updates(offset, 0)
            batch = [self._heard(item, me) for item in raw]
        ids = [number for item in raw if isinstance(item, dict) and type(number := item.get("update_id")) is int]
        if raw and not ids:
            raise Unreachable("updates without ids", maybe_sent=False)
        return batch, max(ids, default=None)

    async def _updates(self, offset: int | None, seconds: int) -> list[object]:
        ask = Updates(offset=offset, timeout=seconds, allowed_updates=list(KINDS))
        return await self._api.call(ask, seconds=seconds + 10)

    def _heard(self, raw: object, me: Me) -> Heard:
        update = read(raw)
        if update is None:
            log.warning("telegram: an update that cannot be read was passed over")
            return Heard(None)
        return parse(update, me, self._kit.clock.now())

    async def _hook(self, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret.encode()):
            return web.Response(status=401)
        if self._hears is None:
            return web.Response(status=503)
        me, sink = self._hears
        heard = self._heard(await request.read(), me)
        try:
            await self._note(heard, sink)
        except Exception:
            log.exception("telegram: an event was not noted; it will come again")
            return web.Response(status=503)
        self._answer([heard])
        return web.Response()

    async def _note(self, heard: Heard, sink: Sink) -> None:
        if heard.event is None or heard.event.id in self._settled:
            return
        if heard.album is None:
            await sink([heard.event])
            return
        key = f"{heard.event.chat.id} {heard.album}"
        album = self._albums.get(key)
        if album is None:
            album = self._albums[key] = _Album([], self._later(self._note_album(key, sink)))
        album.parts.append(heard)
        await asyncio.shield(album.noted)

    async def _note_album(self, key: str, sink: Sink) -> None:
        """One event of all photos that come within a moment.

        Telegram mostly waits for the answer to one photo before it brings the next one of the same chat; then each
        is an event of its own.
        """
        await self._kit.clock.sleep(ALBUM_SECONDS)
        parts = self._albums.pop(key).parts
        await sink(join_albums(parts))
        # The joined event has one photo's id; a repeat of another photo is known only from here.
        self._settled.update((part.event.id, None) for part in parts if part.event is not None)
        for old in list(self._settled)[:-SETTLED_ALBUM_PHOTOS]:
            del self._settled[old]

    def _answer(self, batch: Sequence[Heard]) -> None:
        """Stop the little clock on a pressed button, whatever the press leads to."""
        for heard in batch:
            if heard.callback is not None:
                self._later(self._aside(methods.AnswerCallbackQuery(callback_query_id=heard.callback)))

    # Sending

    async def _post(self, chat: Chat, message: Message) -> str:
        posted = await self._with_file(chat, message.attachment, lambda file: sending(chat, message, file))
        return str(posted.message_id)

    async def _edit(self, chat: Chat, message: Message, message_id: int) -> Outcome:
        if asks_for_reply(chat, message):  # no edit can do that
            return "other kind"
        try:
            await self._with_file(chat, message.attachment, lambda file: editing(chat, message, message_id, file))
        except Rejected as refused:
            if "message is not modified" in refused.reason:
                return "done"
            if any(words in refused.reason for words in _NO_MESSAGE):
                return "gone"
            if any(words in refused.reason for words in _OTHER_KIND):
                return "other kind"
            raise
        return "done"

    async def _with_file(
        self,
        chat: Chat,
        attachment: Attachment | None,
        make: Callable[[str | types.InputFile], methods.TelegramMethod[T]],
    ) -> T:
        """Call with the id under which Telegram knows the file; upload it when it does not (any more)."""
        if attachment is None:
            return await self._api.call(make(""), chat)
        key = f"telegram:file:{self._owner}:{attachment.kind}:{attachment.media}"
        known = await self._kit.values.get(key)
        if known is not None and (reply := await self._reuse(chat, make(known))) is not None:
            return reply
        async with self._uploading:
            current = await self._kit.values.get(key)
            if current is not None and current != known and (reply := await self._reuse(chat, make(current))):
                return reply
            try:
                data = await self._kit.media.read(attachment.media)
            except FileNotFoundError:
                raise Rejected(f"the {attachment.kind} is no longer stored") from None
            upload = types.BufferedInputFile(data, attachment.media.rpartition("/")[2])
            reply = await self._api.call(make(upload), chat, seconds=UPLOAD_SECONDS)
            if (file_id := file_id_of(reply)) is not None:
                await self._kit.values.swap(key, current, file_id)
            return reply

    async def _reuse(self, chat: Chat, method: methods.TelegramMethod[T]) -> T | None:
        """None when Telegram does not know the file under its id."""
        try:
            return await self._api.call(method, chat)
        except Rejected as refused:
            if any(words in refused.reason for words in _NO_FILE):
                return None
            raise

    async def _insist(self, method: methods.TelegramMethod[T]) -> T:
        """Call until Telegram answers; raises TokenRefused or Rejected."""
        failures = 0
        while True:
            try:
                return await self._api.call(method)
            except (TokenRefused, Rejected):
                raise
            except PlatformError as error:
                failures += 1
                await self._pause(error, failures)

    async def _pause(self, error: Exception, failures: int) -> None:
        seconds = error.retry_after if isinstance(error, RateLimited) else min(LONGEST_PAUSE, 2.0 ** (failures - 1))
        if isinstance(error, PlatformError):
            log.warning("telegram: %s; trying again in %g s", error, seconds)
        await self._kit.clock.sleep(seconds)

    async def _set_menus(self) -> None:
        for menu in menus():
            await self._aside(menu)

    async def _keep_link(self) -> None:
        form = f"https://t.me/{self._username}?start={{code}}"
        await self._kit.values.swap(START_LINK, await self._kit.values.get(START_LINK), form)

    async def _aside(self, method: methods.TelegramMethod[T]) -> None:
        """A call that nothing depends on."""
        try:
            await self._api.call(method)
        except PlatformError as error:
            log.debug("telegram: %s: %s", type(method).__name__, error)

    def _later(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
