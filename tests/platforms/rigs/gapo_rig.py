"""GapoWork."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.core.events import Chat, ChatKind
from bot.core.platform import Platform
from bot.platforms import Kit
from bot.testing.doubles import make_kit
from bot.testing.inbox import Inbox
from bot.testing.rig import FAULTS, Case, Rig, Shown, hooked
from bot.testing.vendor import DROP_AFTER, DROP_BEFORE, HALF_BODY, HTML_502, ODD, Fault, error
from tests.platforms import fake_gapo
from tests.platforms.fake_gapo import FakeGapo

from . import WEBHOOK_LACKS, Shipped, bodies, creator

PEOPLE = {"Hoa": fake_gapo.PERSON, "Nam": fake_gapo.PERSON + 1}


class GapoRig(Shipped):
    retry_after = 7.0

    def __init__(self, gapo: FakeGapo, platform: Platform, kit: Kit, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._gapo = gapo
        self.secrets = (fake_gapo.TOKEN, fake_gapo.OPENAPI_KEY)
        self.faults = {
            "the content is refused": lambda: self._breaks(error(400, "invalid body")),
            "the chat is gone": lambda: self._breaks(error(404, "not found")),
            "too many messages": lambda: self._breaks(error(429, "too many requests", retry_after=7)),
            "the token is refused": lambda: self._breaks(error(401, "unauthorized")),
            "the vendor is broken": lambda: self._breaks(error(500, "internal error")),
            "a page in HTML": lambda: self._breaks(HTML_502),
            "half an answer": lambda: self._breaks(HALF_BODY),
            "an answer that says neither yes nor no": lambda: self._breaks(ODD),
            "dropped before acceptance": lambda: self._breaks(DROP_BEFORE),
            "dropped after acceptance": lambda: self._breaks(DROP_AFTER),
            "a refusal that says the token back": lambda: self._breaks(error(400, f"bad key {fake_gapo.TOKEN}")),
        }

    def _breaks(self, fault: Fault) -> None:
        self._gapo.fail(fake_gapo.SEND, fault)

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("gapo", str(fake_gapo.GROUP if kind == "group" else fake_gapo.PERSON), kind)

    async def shown(self, chat: Chat) -> list[Shown]:
        return [Shown(text) for text in self._gapo.heard(int(chat.id))]

    def calls(self) -> int:
        return self._gapo.sends

    async def says(self, text: str, kind: ChatKind, who: str = "Hoa") -> None:
        await self._gapo.says(text, group=kind == "group", mention=kind == "group", who=PEOPLE[who])

    async def repeats(self) -> None:
        await self._gapo.again()

    async def retries(self) -> None:
        if not self._gapo.noted:
            await self._gapo.again()

    def acknowledged(self) -> bool:
        return self._gapo.noted

    async def overheard(self, text: str) -> None:
        self._gapo.delivers_all = True
        await self._gapo.says(text, group=True)
        self._gapo.delivers_all = False

    async def another_bot_says(self, text: str) -> None:
        """The bot's own message, as the webhook brings it back."""
        await self._gapo.says(text, group=True, mention=True, who=fake_gapo.BOT_ID)

    async def adds_bot(self, title: str) -> None:
        await self._gapo.push({
            "id": "ev-created", "event": "thread_created", "thread_id": fake_gapo.GROUP, "from_user_id": PEOPLE["Hoa"],
            "to_bot_id": fake_gapo.BOT_ID, "thread": {"id": fake_gapo.GROUP, "type": "group", "name": title},
        })  # fmt: skip

    async def sends_other(self) -> None:
        await self._gapo.says("", kind="image")

    async def goes_away(self) -> None:
        await self._gapo.goes_away()

    async def posts(self, body: bytes, secret: str | None) -> int:
        """The secret is a part of the address; whoever does not know it calls another one."""
        return await self._gapo.post(body, f"{self.kit.settings.public_url}/hooks/gapo/{secret or '-'}")


@asynccontextmanager
async def gapo() -> AsyncIterator[Rig]:
    secret = make_kit().derive("gapo")
    async with FakeGapo() as server, hooked(creator("gapo"), server.options(secret)) as (platform, kit, inbox):
        server.hook = f"{kit.settings.public_url}/hooks/gapo/{secret}"
        yield GapoRig(server, platform, kit, inbox)


CASES = (
    Case(
        "gapo", gapo, ("private", "group"), "gapo", FAULTS, bodies("gapo"),
        {
            **WEBHOOK_LACKS,
            "replies": "the vendor does not bring a reply without a mention",
            "edits": "the vendor tells of no change of a message",
            "deletes": "the vendor tells of no deleting, and nothing answers a message",
            "removes_bot": "the vendor does not tell of it",
            "blocks": "at a workplace nobody blocks the bot",
            "moves_group": "groups keep their ids",
            "calls_another_bot": "what is said to another bot does not come",
            "sends_photo": "files of this messenger cannot be had",
            "sends_album": "files of this messenger cannot be had",
            "sends_voice": "files of this messenger cannot be had",
            "sends_file": "files of this messenger cannot be had",
            "loses_next_download": "files of this messenger cannot be had",
            "is_busy_at_next_download": "files of this messenger cannot be had",
            "forgets_photos": "files of this messenger cannot be had",
            "is_kept_waiting": "there are no buttons",
            "ends_access": "the token lasts until it is revoked",
            "shuts_window": "people can be written to at any time",
            "forgets_uploads": "nothing is uploaded",
            "loses_next_upload": "nothing is uploaded",
            "says_beside_noise": "updates come one by one",
            "says_from_tomorrow": "an update has no time",
            "posts_altered": "the webhook is not signed",
            "posts_late": "the webhook is not signed",
            "names of persons": "an update has no names",
        },
    ),
)  # fmt: skip
