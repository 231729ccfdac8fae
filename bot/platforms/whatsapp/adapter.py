"""WhatsApp's Cloud API: a phone number's signed webhook with a challenge, buttons in two forms, a window of a day.

Sending has no idempotency key. There are no groups for bots of this kind.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress

from aiohttp import FormData, web
from pydantic import AliasPath, BaseModel, ConfigDict, Field, SecretStr

from bot.core.events import Chat, Event, Incoming
from bot.core.messages import Message
from bot.core.platform import (
    Adapter,
    Budget,
    ChatGone,
    Platform,
    PlatformError,
    RateLimited,
    Rejected,
    Sent,
    Sink,
    TokenRefused,
    Unreachable,
    WindowShut,
)
from bot.core.text import msg
from bot.platforms import Kit
from bot.platforms._shared.bearer import Answer, BearerApi
from bot.platforms._shared.hook import SignedHook, hmac_hex, same
from bot.platforms._shared.http import read, same_origin
from bot.platforms._shared.shut import Shut
from bot.platforms._shared.uploads import Uploads
from bot.settings import WebAddress, validate

from .wire import NAME, WINDOW_SHUT, Said, Status, parse, values_of
from .write import CAPABILITIES, allowed, body_of

log = logging.getLogger(__name__)

HOOK, SIGNATURE = "/hooks/whatsapp", "X-Hub-Signature-256"
UPLOAD_SECONDS = 120.0
PHOTO_LASTS = 25 * 86_400.0
CHALLENGE_LIMIT = 200
CHOOSE = msg("Choose")
_BUSY = frozenset({4, 80007, 130429, 131048})
_PAIR, _PAIR_SECONDS = 131056, 6.0
"""Too many messages to one person: one in six seconds is always allowed."""
_GONE = frozenset({131026, 131030, 131045})
_TOKEN = frozenset({0, 3, 10, 190, 368, 131005, 131031})
_INVALID = 100
_PASSING = frozenset({1, 2, 131000, 131016, 131057, 133004})


class WhatsappOptions(BaseModel, defer_build=True):
    """`BOT_WHATSAPP_…`. `app_secret` signs the webhook; `verify_token` is made up and given to the vendor's page."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr = Field(min_length=1)
    phone_id: str = Field(pattern=r"^[0-9]{1,30}$")
    app_secret: SecretStr = Field(min_length=1)
    verify_token: SecretStr = Field(min_length=16)
    api_base: WebAddress = "https://graph.facebook.com/v23.0"
    media_base: WebAddress = "https://lookaside.fbsbx.com"


class _Id(BaseModel, defer_build=True):
    id: str = Field(min_length=1)


class _Taken(BaseModel, defer_build=True):
    id: str = Field(min_length=1, validation_alias=AliasPath("messages", 0, "id"))


class _Failed(BaseModel, defer_build=True):
    code: int = Field(validation_alias=AliasPath("error", "code"))
    message: str = Field("", validation_alias=AliasPath("error", "message"))


class _Media(BaseModel, defer_build=True):
    url: str


class Whatsapp(Adapter):
    name = NAME
    capabilities = CAPABILITIES
    budget = Budget(per_second=20)

    def __init__(self, kit: Kit, options: WhatsappOptions) -> None:
        self._kit = kit
        self._clock = kit.clock
        self._options = options
        self._api = BearerApi(options.api_base, options.token.get_secret_value())
        self._phone = options.phone_id
        self._menu = [one for one in kit.menu.get("", ()) if len(one.name) <= 32][:30]
        self._shut = Shut(kit.clock)
        self._uploads = Uploads(kit.media, kit.clock, PHOTO_LASTS, self._upload)
        self._hook = SignedHook(SIGNATURE, self._signature, self._hear)
        kit.web.router.add_post(kit.hook(HOOK), self._hook.answer)
        kit.web.router.add_get(kit.hook(HOOK), self._verify)

    async def listen(self, sink: Sink) -> None:
        """Wait while the webhook receives; its address is entered on the vendor's page by hand."""
        self._hook.sink = sink
        await self._offer([{"command_name": one.name, "command_description": one.about[:256]} for one in self._menu])
        await asyncio.Event().wait()

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        """Send a message. Nothing can be edited here: with `replacing` it is sent anew."""
        allowed(message)
        self._shut.heed(chat.id)
        item = message.attachment
        photo = await self._uploads.id_of(item) if item is not None else ""
        answer = await self._post(chat, message, photo)
        if item is not None and _code(answer) == _INVALID:  # it does not know the photo any more
            answer = await self._post(chat, message, await self._uploads.id_of(item, refused=photo))
        taken = read(_Taken, answer.body)
        if answer.status != 200 or taken is None:
            error = self._decide(answer)
            if isinstance(error, WindowShut):
                self._shut.remember(chat.id)
            raise error
        return Sent(taken.id)

    async def probe(self) -> None:
        if (await self._api.ask("GET", f"/{self._phone}", query={"fields": "id"})).status >= 500:
            raise Unreachable("the phone number: out of order", maybe_sent=False)

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        """Ask where the file lies, and fetch it if that is the vendor's own server: the token goes along."""
        if not (file.ref.isascii() and file.ref.isdigit()):
            raise Rejected("no file of a message")
        answer = await self._api.ask("GET", f"/{file.ref}")
        found = read(_Media, answer.body)
        if answer.status == 200 and found is not None and same_origin(found.url, self._options.media_base):
            return await self._api.download(found.url, limit)
        error = self._decide(answer)
        if answer.status == 200 or isinstance(error, (ChatGone, Rejected)):
            raise Rejected("the file cannot be had")
        raise Unreachable(str(error), maybe_sent=False) if isinstance(error, Unreachable) else error

    async def close(self) -> None:
        await self._api.close()

    async def _post(self, chat: Chat, message: Message, photo: str) -> Answer:
        choose = (await self._kit.words_of(chat))(CHOOSE)
        return await self._api.ask("POST", f"/{self._phone}/messages", fields=body_of(chat, message, photo, choose))

    async def _offer(self, commands: Sequence[Mapping[str, str]]) -> None:
        """Set the commands that people see after a slash. Nothing depends on it."""
        with suppress(PlatformError):
            if commands:
                await self._api.ask("POST", f"/{self._phone}/conversational_automation", fields={"commands": commands})

    async def _upload(self, data: bytes, name: str, mime: str) -> str:
        form = FormData({"messaging_product": "whatsapp", "type": mime})
        form.add_field("file", io.BytesIO(data), filename=name, content_type=mime)
        answer = await self._api.ask("POST", f"/{self._phone}/media", data=form, seconds=UPLOAD_SECONDS)
        found = read(_Id, answer.body)
        if answer.status != 200 or found is None:
            raise self._decide(answer)
        return found.id

    async def _verify(self, request: web.Request) -> web.Response:
        """Answer the challenge by which the vendor's page makes sure that this address is ours."""
        given, wanted = request.query.get("hub.verify_token", ""), self._options.verify_token.get_secret_value()
        if not same(given, wanted) or request.query.get("hub.mode") != "subscribe":
            return web.Response(status=401)
        return web.Response(text=request.query.get("hub.challenge", "")[:CHALLENGE_LIMIT])

    def _signature(self, body: bytes) -> str:
        return f"sha256={hmac_hex(self._options.app_secret.get_secret_value(), body)}"

    def _hear(self, body: bytes) -> Sequence[Event]:
        events = []
        for value in values_of(body, self._phone):
            for status in (read(Status, each) for each in value.statuses):
                if status is not None and status.shut:
                    log.warning("WhatsApp: a message did not arrive, for the person has not written for a day")
                    self._shut.remember(status.who)
            for said in (read(Said, each) for each in value.messages):
                if said is not None:
                    self._shut.opens(said.who)
                    events.append(parse(said, value, self._clock.now()))
        return [event for event in events if event is not None]

    def _decide(self, answer: Answer) -> PlatformError:
        failed = read(_Failed, answer.body)
        if failed is None:
            return Unreachable(f"HTTP {answer.status} without a readable answer", maybe_sent=True)
        code, words = failed.code, self._api.words(f"error {failed.code}: {failed.message}")
        if code == WINDOW_SHUT:
            return WindowShut(words)
        if code in _TOKEN or 200 <= code < 300:
            log.error("BOT_WHATSAPP_TOKEN: WhatsApp takes nothing from it (error %d)", code)
            return TokenRefused()
        if code == _PAIR:
            return RateLimited(_PAIR_SECONDS)
        if code in _BUSY or answer.status == 429:
            return RateLimited(answer.pause, "token")
        if code in _GONE:
            return ChatGone(words)
        if code in _PASSING or not 400 <= answer.status < 500:
            return Unreachable(words, maybe_sent=True)
        return Rejected(words)


def _code(answer: Answer) -> int:
    failed = read(_Failed, answer.body)
    return 0 if failed is None else failed.code


def create(kit: Kit) -> Platform:
    """Create the platform; raise SettingsError."""
    return Whatsapp(kit, validate(WhatsappOptions, kit.options, "BOT_WHATSAPP_"))
