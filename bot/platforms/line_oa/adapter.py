"""LINE Messaging API: a signed webhook, free replies for a minute, and pushes that a plan counts.

A push has a retry key, which LINE remembers for a day; a reply has none. So the platform is not `idempotent`, and a
push that is made again within the day is still taken once.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from functools import partial
from uuid import NAMESPACE_OID, uuid5

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot.core.events import Chat, Event, Incoming
from bot.core.lru import Latest
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
    Usage,
)
from bot.core.sessions import StoreUnavailable
from bot.core.text import msg
from bot.platforms import Kit
from bot.platforms._shared.bearer import Answer, BearerApi
from bot.platforms._shared.hook import SignedHook, hmac_base64
from bot.platforms._shared.http import delay, read
from bot.platforms._shared.month import Month, name_of
from bot.settings import SettingsError, WebAddress, validate

from .wire import NAME, Hooked, Update, parse
from .write import CAPABILITIES, objects_of

log = logging.getLogger(__name__)

HOOK, SIGNATURE = "/hooks/line_oa", "X-Line-Signature"
REPLY, PUSH, INFO = "/v2/bot/message/reply", "/v2/bot/message/push", "/v2/bot/info"
QUOTA, USED = "/v2/bot/message/quota", "/v2/bot/message/quota/consumption"
REPLY_SECONDS = 50.0
"""A reply token is good for a minute, some of which has passed when it comes."""
ASK_EVERY, HOUR = 3600.0, 3600.0
PLAN = "plan"
CHOOSE = msg("Choose:")


class LineOaOptions(BaseModel, defer_build=True):
    """`BOT_LINE_OA_…`: the channel's access token, and its secret, which signs the webhook."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr = Field(min_length=1)
    secret: SecretStr = Field(min_length=1)
    api_base: WebAddress = "https://api.line.me"
    data_base: WebAddress = "https://api-data.line.me"


class _One(BaseModel, defer_build=True):
    id: str = ""


class _Answer(BaseModel, defer_build=True):
    """`sentMessages` stand also in the refusal of a retry key that was taken before."""

    message: str = ""
    sent: tuple[_One, ...] = Field((), alias="sentMessages")


class _Quota(BaseModel, defer_build=True):
    value: int | None = None


class _Used(BaseModel, defer_build=True):
    total: int = Field(alias="totalUsage")


class _Plan(BaseModel, defer_build=True):
    """The vendor's numbers, and how many pushes of the month we had counted when it told them."""

    month: str
    limit: int | None
    used: int
    counted: int


class LineOa(Adapter):
    name = NAME
    capabilities = CAPABILITIES
    budget = Budget(per_second=20)

    def __init__(self, kit: Kit, options: LineOaOptions) -> None:
        self._kit = kit
        self._clock = kit.clock
        self._data_base = options.data_base
        self._api = BearerApi(options.api_base, options.token.get_secret_value())
        self._month = Month(kit.values, kit.clock, "sent")
        self._replies: Latest[tuple[str, float]] = Latest()
        self._hook = SignedHook(SIGNATURE, partial(hmac_base64, options.secret.get_secret_value()), self._hear)
        kit.web.router.add_post(kit.hook(HOOK), self._hook.answer)

    async def listen(self, sink: Sink) -> None:
        """Receive by webhook, and ask each hour what is left of the plan; raise SettingsError for a wrong token."""
        self._hook.sink = sink
        failures = 0
        while True:
            try:
                await self._learn()
            except TokenRefused:
                raise SettingsError.of(
                    "BOT_LINE_OA_TOKEN", msg("LINE does not take this token; issue a new one at LINE Developers")
                ) from None
            except (PlatformError, StoreUnavailable) as error:
                failures += 1
                log.warning("LINE: %s, trying again", error)
                await self._clock.sleep(delay(failures))
                continue
            failures = 0
            await self._clock.sleep(ASK_EVERY)

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        """Reply while the person's last word can be replied to, else push. Nothing can be edited here."""
        item = message.attachment
        photo = self._kit.media.url(item.media) if item is not None and item.kind == "photo" else None
        objects = objects_of(message, photo, (await self._kit.words_of(chat))(CHOOSE))
        token, until = self._replies.get((chat.id,)) or ("", -math.inf)
        self._replies.forget((chat.id,))
        if self._clock.monotonic() < until:
            answer = await self._api.ask("POST", REPLY, fields={"replyToken": token, "messages": objects})
            if not (answer.status == 400 and "invalid reply token" in self._words(answer).lower()):
                return self._taken(answer)
        again = {"X-Line-Retry-Key": str(uuid5(NAMESPACE_OID, f"{chat.id} {key}"))} if key else None
        answer = await self._api.ask("POST", PUSH, fields={"to": chat.id, "messages": objects}, headers=again)
        sent = self._taken(answer)
        await self._month.sent()
        return sent

    async def probe(self) -> None:
        if (await self._api.ask("GET", INFO)).status >= 500:
            raise Unreachable(f"{INFO}: out of order", maybe_sent=False)

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        if not (file.ref.isascii() and file.ref.isdigit()):
            raise Rejected("no file of a message")
        return await self._api.download(f"{self._data_base}/v2/bot/message/{file.ref}/content", limit)

    async def usage(self) -> Usage | None:
        """Return the vendor's numbers of the last hour, and the pushes since."""
        so_far = await self._month.so_far()
        plan = read(_Plan, (await self._kit.values.get(PLAN) or "").encode())
        if plan is None or plan.month != name_of(self._clock.now()):
            return Usage(so_far, None)
        return Usage(plan.used + max(0, so_far - plan.counted), plan.limit)

    async def close(self) -> None:
        await self._api.close()

    async def _learn(self) -> None:
        counted = await self._month.so_far()
        quota, used = [await self._api.ask("GET", path) for path in (QUOTA, USED)]
        for answer in (quota, used):
            if answer.status != 200:
                raise self._decide(answer)
        limit, total = read(_Quota, quota.body), read(_Used, used.body)
        if limit is not None and total is not None:
            month = name_of(self._clock.now())
            plan = _Plan(month=month, limit=limit.value, used=total.total, counted=counted)
            await self._kit.values.swap(PLAN, await self._kit.values.get(PLAN), plan.model_dump_json())

    def _hear(self, body: bytes) -> Sequence[Event]:
        hooked = read(Hooked, body) or Hooked()
        events = []
        for update in (read(Update, each) for each in hooked.events):
            event = None if update is None else parse(update, self._clock.now())
            if update is not None and event is not None:
                events.append(event)
                if update.reply_token:
                    # Before the note: the answer may be on its way before the note's end is told here.
                    self._replies.put((event.chat.id,), (update.reply_token, self._clock.monotonic() + REPLY_SECONDS))
        return events

    def _taken(self, answer: Answer) -> Sent:
        found = read(_Answer, answer.body)
        if answer.status not in (200, 409):
            raise self._decide(answer)
        if found is None or (answer.status == 200 and not found.sent):
            raise Unreachable("an answer that nobody understands", maybe_sent=True)
        return Sent(found.sent[-1].id if found.sent else "")

    def _words(self, answer: Answer) -> str:
        return self._api.words((read(_Answer, answer.body) or _Answer()).message)

    def _decide(self, answer: Answer) -> PlatformError:
        status, words = answer.status, f"HTTP {answer.status}: {self._words(answer)}"
        if status == 401:
            log.error("BOT_LINE_OA_TOKEN: LINE does not take this token")
            return TokenRefused()
        if status == 429:
            return RateLimited(HOUR) if "monthly limit" in words else RateLimited(answer.pause, "token")
        if status == 400 and ("Failed to send messages" in words or "'to'" in words):
            return ChatGone(words)
        return Rejected(words) if 400 <= status < 500 else Unreachable(words, maybe_sent=True)


def create(kit: Kit) -> Platform:
    """Create the platform; raise SettingsError."""
    return LineOa(kit, validate(LineOaOptions, kit.options, "BOT_LINE_OA_"))
