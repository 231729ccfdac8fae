"""The Zalo Bot Platform: over its webhook, and polled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.core.events import Chat, ChatKind
from bot.core.lean.values import replace
from bot.core.platform import Platform
from bot.platforms import Kit
from bot.testing.inbox import Inbox
from bot.testing.rig import FAULTS, Case, Rig, Shown, hooked
from bot.testing.vendor import ODD, PHOTO
from tests.platforms import fake_zalo
from tests.platforms.fake_zalo import FakeZalo

from . import WEBHOOK_LACKS, Shipped, bodies, creator

PEOPLE = {"Hoa": "u1", "Nam": "u2"}
GROUP = "zgr-1"
CALLED = "Bot LangSo"


class ZaloRig(Shipped):
    def __init__(self, zalo: FakeZalo, platform: Platform, kit: Kit, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._zalo = zalo
        self.secrets = (zalo.token,)
        error = fake_zalo.error
        self.faults = {
            "the content is refused": lambda: self._breaks(error(400, "Bad request")),
            "the chat is gone": lambda: self._breaks(error(404, "Not found")),
            "too many messages": lambda: self._breaks(error(429, "Quota exceeded", status=200)),
            "the token is refused": lambda: self._breaks(error(401, "Unauthorized")),
            "the vendor is broken": lambda: self._breaks(error(500, "Internal server error")),
            "a page in HTML": lambda: self._breaks(fake_zalo.HTML_502),
            "half an answer": lambda: self._breaks(fake_zalo.HALF_BODY),
            "an answer that says neither yes nor no": lambda: self._breaks(ODD),
            "dropped before acceptance": lambda: self._breaks(fake_zalo.DROP_BEFORE),
            "dropped after acceptance": lambda: self._breaks(fake_zalo.DROP_AFTER),
            "a refusal that says the token back": lambda: self._breaks(error(400, f"no /bot{zalo.token}/ here")),
        }

    def _breaks(self, fault: fake_zalo.Fault) -> None:
        self._zalo.fail("sendMessage", fault)

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("zalo", PEOPLE["Hoa"] if kind == "private" else GROUP, kind)

    async def shown(self, chat: Chat) -> list[Shown]:
        return [
            Shown(item.text, _ranges(item), attachment="photo" if item.photo else "", file=item.photo)
            for item in self._zalo.accepted
            if item.chat_id == chat.id and item.delivered
        ]

    def calls(self) -> int:
        return self._zalo.sends

    async def says(self, text: str, kind: ChatKind, who: str = "Hoa") -> None:
        group = GROUP if kind == "group" else ""
        await self._zalo.says(text, who=PEOPLE[who], name=who, chat=group, mention=CALLED if group else None)

    async def repeats(self) -> None:
        await self._zalo.again()

    async def retries(self) -> None:
        if not self._zalo.noted:
            await self._zalo.again()

    def acknowledged(self) -> bool:
        return self._zalo.noted

    async def overheard(self, text: str) -> None:
        await self._zalo.says(text, chat=GROUP)

    async def another_bot_says(self, text: str) -> None:
        await self._zalo.says(text, who="b9", name="Bot khác", chat=GROUP, mention=CALLED, is_bot=True)

    async def sends_photo(self, data: bytes, caption: str = "") -> None:
        self._zalo.photos["1.jpg"] = data
        await self._zalo.sends_photo(f"{self._zalo.base}/photo/1.jpg", caption)

    async def sends_voice(self, data: bytes) -> None:
        self._zalo.photos["1.aac"] = data
        await self._zalo.sends_voice(f"{self._zalo.base}/photo/1.aac")

    async def sends_other(self) -> None:
        await self._zalo.sends_sticker()

    async def goes_away(self) -> None:
        await self._zalo.goes_away()

    def loses_next_download(self) -> None:
        self._zalo.fail(PHOTO, fake_zalo.HALF_BODY)

    def is_busy_at_next_download(self) -> None:
        self._zalo.fail(PHOTO, fake_zalo.error(503))

    def forgets_photos(self) -> None:
        self._zalo.photos.clear()

    async def posts(self, body: bytes, secret: str | None) -> int:
        return await self._zalo.post(f"{self.kit.settings.public_url}/hooks/zalo", body, secret)


class ZaloPollingRig(ZaloRig):
    """Once given to a poll an update never comes again: there is nothing to acknowledge."""

    async def retries(self) -> None:
        """The adapter keeps it until it is noted."""

    def revokes_token(self) -> None:
        self._zalo.token = "another one"

    def disturbs(self, times: int) -> None:
        self._zalo.fail("getUpdates", *[fake_zalo.error(409, "Conflict")] * times)


def _ranges(item: fake_zalo.Accepted) -> tuple[str, ...]:
    units = item.text.encode("utf-16-le")
    return tuple(
        units[2 * start : 2 * (start + length)].decode("utf-16-le")
        for start, length, codes in item.styles
        if "b" in codes
    )


@asynccontextmanager
async def webhook() -> AsyncIterator[Rig]:
    async with FakeZalo() as server:
        options = {"token": server.token, "api_base": server.base, "mode": "webhook"}
        async with hooked(creator("zalo"), {**options, "name": CALLED}) as (platform, kit, inbox):
            await server.called("setWebhook", 1)
            yield ZaloRig(server, platform, kit, inbox)


@asynccontextmanager
async def polling() -> AsyncIterator[Rig]:
    """From an earlier time a webhook is set."""
    async with FakeZalo() as server:
        server.webhook = ("https://old.example/hooks/zalo", "an old secret")
        options = {"token": server.token, "api_base": server.base, "mode": "polling", "name": CALLED}
        async with hooked(creator("zalo"), options) as (platform, kit, inbox):
            await server.called("getUpdates", 1)
            yield ZaloPollingRig(server, platform, kit, inbox)


_LACKS = {
    "replies": "the vendor does not bring a reply without a mention",
    "edits": "the vendor tells of no change of a message",
    "deletes": "the vendor tells of no deleting, and nothing answers a message",
    "adds_bot": "the vendor does not tell of it",
    "removes_bot": "the vendor does not tell of it",
    "blocks": "the vendor does not tell of it; the next message is refused",
    "moves_group": "groups keep their ids",
    "calls_another_bot": "what is said to another bot does not come",
    "sends_album": "each photo comes alone",
    "sends_file": "the vendor brings no files",
    "is_kept_waiting": "there are no buttons",
    "ends_access": "the token lasts until it is revoked",
    "shuts_window": "people can be written to at any time",
    "forgets_uploads": "a picture is fetched from us each time",
    "loses_next_upload": "nothing is uploaded",
    "says_beside_noise": "updates come one by one",
    "says_from_tomorrow": "the vendor's clock is trusted, as its servers write the time",
    "posts_altered": "the secret is no signature",
    "posts_late": "the secret is no signature",
}
_WEBHOOK = Case(
    "zalo", webhook, ("private", "group"), "zalo-webhook", FAULTS, bodies("zalo"), {**_LACKS, **WEBHOOK_LACKS}
)
POLLED = ("hearing", "revokes_token", "disturbs")
_POLLED = {
    "acknowledged": "a poll takes an update, and nothing acknowledges it",
    "repeats": "an update that was given to a poll does not come again",
    "says_and_goes": WEBHOOK_LACKS["says_and_goes"],
    "posts_from_a_strange_page": WEBHOOK_LACKS["posts_from_a_strange_page"],
}
CASES = (
    _WEBHOOK,
    replace(
        _WEBHOOK,
        name="zalo-polling",
        platform="zalo",
        open=polling,
        webhook="",
        lacks={**_LACKS, **_POLLED},
        parts=POLLED,
    ),
)
