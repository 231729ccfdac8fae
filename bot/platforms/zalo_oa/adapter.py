"""Zalo Official Account, OpenAPI v3: one account for a whole commune; everything comes in by webhook.

People can be written to for 48 hours after they wrote (`push="window"`), with an approved template at any time. Groups
are those that the account itself has made. Sending has no idempotency key.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot.core.events import Chat, Event, Incoming
from bot.core.messages import Message
from bot.core.platform import (
    Budget,
    Platform,
    Sent,
    Sink,
    TokenRefused,
    Unreachable,
    Usage,
    VendorView,
    WindowShut,
)
from bot.platforms import Kit
from bot.platforms._shared.http import delay, download, download_from_anywhere, read, same_origin, up_to
from bot.platforms._shared.mention import letters
from bot.platforms._shared.uploads import Uploads
from bot.settings import WebAddress, validate

from .api import ATTACHMENT_OLD, Api, Data, Failed, decide
from .quota import Quota
from .token import Tokens
from .wire import NAME, Signer, Update, parse
from .write import TEMPLATE_PATH, allowed, body_for, capabilities, template_for

log = logging.getLogger(__name__)

HOOK = "/hooks/zalo_oa"
SIGNATURE_HEADER = "X-ZEvent-Signature"
TIME_HEADER = "X-ZEvent-Timestamp"
BODY_LIMIT = 1024 * 1024
PER_SECOND = 1.5
"""The smaller packages allow 100 calls a minute."""
LOOK_EVERY = 3600.0
PHOTO_LASTS = 6 * 86_400.0
SHUT_KEPT = 5000
SHUT_FOR = 600.0
"""Seconds for which a window is believed to be shut when the vendor has said so and the person has not written."""
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING = 6


class ZaloOaOptions(BaseModel, defer_build=True):
    """`BOT_ZALO_OA_…`. `secret` is the account's own key ("OA Secret Key"), which signs the webhook.

    `name` is the account's name as a mention in a group shows it. `zbs_field` is the template's field that takes a
    text. `proof`: every call carries `appsecret_proof`, where the application asks for it. `per_month`: how many
    messages the contract allows in a month; 0 leaves it to what the vendor says.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_id: str = Field(pattern=r"^[0-9]+$")
    app_secret: SecretStr = Field(min_length=1)
    secret: SecretStr = Field(min_length=1)
    refresh_token: SecretStr = Field(min_length=1)
    name: str = ""
    buttons: bool = False
    zbs_template: str = ""
    zbs_field: str = "noi_dung"
    proof: bool = False
    per_month: int = Field(default=0, ge=0)
    api_base: WebAddress = "https://openapi.zalo.me"
    oauth_base: WebAddress = "https://oauth.zaloapp.com"


class ZaloOa:
    name = NAME
    budget = Budget(per_second=PER_SECOND)

    def __init__(self, kit: Kit, options: ZaloOaOptions) -> None:
        self._kit = kit
        self._clock = kit.clock
        self._options = options
        self.capabilities = capabilities(buttons=options.buttons, template=bool(options.zbs_template))
        app_secret = options.app_secret.get_secret_value()
        self._api = Api(options.api_base, app_secret, proof=options.proof)
        self._tokens = Tokens(
            kit.values, kit.clock, self._api.http, address=options.oauth_base, app_id=options.app_id,
            app_secret=app_secret, first=options.refresh_token.get_secret_value(),
        )  # fmt: skip
        self._signer = Signer(options.app_id, options.secret.get_secret_value(), app_secret)
        self._quota = Quota(kit.values, kit.clock, options.per_month)
        self._names = frozenset({letters(options.name)} - {""})
        self._uploads = Uploads(kit.media, kit.clock, PHOTO_LASTS, partial(self._api.upload, self._tokens))
        self._shut: OrderedDict[str, float] = OrderedDict()
        self._sink: Sink | None = None
        kit.web.router.add_post(kit.hook(HOOK), self._hook)

    async def listen(self, sink: Sink) -> None:
        """Keep the access alive while the webhook receives, also if nobody writes for months.

        Raises SettingsError when the vendor takes none of the tokens and secrets any more.
        """
        self._sink = sink
        failures = 0
        while True:
            try:
                await self._tokens.access()
                if self._tokens.ended.is_set():
                    raise TokenRefused
            except TokenRefused:
                raise self._tokens.refusal() from None
            except Unreachable as error:
                failures += 1
                log.warning("Zalo OA: %s, trying again", error)
                await self._clock.sleep(delay(failures))
            else:
                failures = 0
                await self._quota.learn(self._api, self._tokens)
                await self._rest()

    async def _rest(self) -> None:
        """Wait for an hour, or until the access has ended."""
        ended = asyncio.create_task(self._tokens.ended.wait())
        hour = asyncio.ensure_future(self._clock.sleep(LOOK_EVERY))
        try:
            await asyncio.wait([ended, hour], return_when=asyncio.FIRST_COMPLETED)
            if hour.done():
                await hour
        finally:
            ended.cancel()
            hour.cancel()
            await asyncio.gather(ended, hour, return_exceptions=True)

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        """Send a message. Nothing can be edited here: with `replacing` it is sent anew.

        If the vendor's time window for answers is closed, it raises Unreachable(maybe_sent=False): the message waits
        until the person writes.
        """
        allowed(message, self.capabilities[chat.kind])
        self._heed_shut(chat)
        try:
            photo = "" if message.attachment is None else await self._uploads.id_of(message.attachment)
            try:
                accepted = await self._send(chat, message, photo)
            except Failed as failed:
                if failed.code != ATTACHMENT_OLD or message.attachment is None:
                    raise
                photo = await self._uploads.id_of(message.attachment, refused=photo)
                accepted = await self._send(chat, message, photo)
        except Failed as failed:
            decision = decide(failed, until_morning=self._until_morning())
            if not isinstance(decision, WindowShut):
                raise decision from None
            self._remember_shut(chat)
            accepted = await self._by_template(chat, message, decision)
        await self._quota.sent(chat.kind, accepted.quota)
        return Sent(accepted.message_id or accepted.msg_id)

    async def probe(self) -> None:
        """Ask for the rest of the month's quota: a question that costs nothing, whose answer does not matter here."""
        try:
            await self._quota.ask(self._api, self._tokens)
        except Failed as failed:
            log.info("Zalo OA answers: %s", failed)

    async def inspect(self) -> VendorView:
        """Ask for the quota with a token that need not be renewed: a command that renews may be killed over it."""
        if self._tokens.trouble:
            raise TokenRefused
        if not await self._tokens.is_fresh():
            return VendorView(asked=False)
        await self.probe()
        return VendorView(self._options.name)

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        """Fetch a file by its address from the update; a forged one must not lead to hosts of our own network."""
        if same_origin(file.ref, self._options.api_base):
            return await download(self._api.http(), file.ref, limit)
        return await download_from_anywhere(file.ref, limit)

    def link(self, code: str) -> str | None:
        """Return None: a link to the account cannot carry a code."""
        return None

    def group_link(self, code: str) -> str | None:
        return None

    async def usage(self) -> Usage | None:
        return await self._quota.usage()

    async def close(self) -> None:
        await self._tokens.close()
        await self._api.close()

    async def _send(self, chat: Chat, message: Message, photo: str) -> Data:
        path, body = body_for(chat, message, photo)
        return await self._api.call(self._tokens, path, body)

    async def _by_template(self, chat: Chat, message: Message, shut: WindowShut) -> Data:
        template = self._options.zbs_template
        body = template_for(chat, message, template, self._options.zbs_field) if template else None
        if body is None or chat.kind != "private":
            raise shut
        try:
            return await self._api.call(self._tokens, TEMPLATE_PATH, body)
        except Failed as failed:
            raise decide(failed, until_morning=self._until_morning()) from None

    def _heed_shut(self, chat: Chat) -> None:
        """Raise WindowShut if the vendor said so a while ago and there is no template, instead of asking again."""
        if self._shut.get(chat.id, 0.0) <= self._clock.monotonic():
            self._shut.pop(chat.id, None)
        elif not self._options.zbs_template:
            raise WindowShut("the vendor said so a while ago")

    def _remember_shut(self, chat: Chat) -> None:
        self._shut[chat.id] = self._clock.monotonic() + SHUT_FOR
        while len(self._shut) > SHUT_KEPT:
            self._shut.popitem(last=False)

    def _until_morning(self) -> float:
        here = self._clock.now().astimezone(ZONE)
        morning = here.replace(hour=MORNING, minute=0, second=0, microsecond=0)
        return ((morning if here < morning else morning + timedelta(days=1)) - here).total_seconds()

    async def _hook(self, request: web.Request) -> web.Response:
        """Take an update signed over the bytes as they came; the console's test sends an empty body unsigned."""
        body = await up_to(BODY_LIMIT, request.content)
        if body is None:
            return web.Response(status=413)
        if not body:
            return web.Response()
        header = request.headers.get(SIGNATURE_HEADER, "")
        if not self._signer.signed(body, header):
            if what := self._signer.guess(body, header, request.headers.get(TIME_HEADER, "")):
                log.warning("Zalo OA: a webhook was refused; it seems to be signed with %s", what)
            return web.Response(status=401)
        update = read(Update, body)
        event = None if update is None else parse(update, self._names, self._clock.now())
        noted = event is None or await self._note(event)
        return web.Response(status=200 if noted else 503)

    async def _note(self, event: Event) -> bool:
        if self._sink is None:
            return False
        try:
            await self._sink([event])
        except Exception:
            log.exception("Zalo OA: event %s could not be noted", event.id)
            return False
        self._shut.pop(event.chat.id, None)
        return True


def create(kit: Kit) -> Platform:
    """Create the platform; raise SettingsError."""
    return ZaloOa(kit, validate(ZaloOaOptions, kit.options, "BOT_ZALO_OA_"))
