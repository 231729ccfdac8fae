"""A Zalo Official Account, with buttons and without: one person who has written, and one group that it has made."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from bot.core.events import Chat, ChatKind
from bot.core.lean.values import replace
from bot.core.platform import Platform
from bot.platforms import Kit
from bot.testing.inbox import Inbox
from bot.testing.rig import FAULTS, Case, Rig, Shown, hooked
from bot.testing.vendor import DROP_AFTER, DROP_BEFORE, HALF_BODY, HTML_502, ODD, PHOTO, Fault, error
from tests.platforms import fake_zalo_oa
from tests.platforms.fake_zalo_oa import FakeZaloOa, signature

from . import WEBHOOK_LACKS, PatientClock, Shipped, bodies, creator

PEOPLE = {"Hoa": "u1", "Nam": "u2"}
PRESSED = "#:"
TOKEN = "access-1-of-a-test"


class ZaloOaRig(Shipped):
    def __init__(self, oa: FakeZaloOa, platform: Platform, kit: Kit, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._oa = oa
        self.secrets = (fake_zalo_oa.APP_SECRET, fake_zalo_oa.OA_SECRET, TOKEN, "refresh-1-of", "refresh-0-of")
        self.faults = {
            "the content is refused": lambda: self._breaks(error(-201, "params is invalid", status=200)),
            "the chat is gone": lambda: self._breaks(error(-217, "user has blocked this OA", status=200)),
            "too many messages": lambda: self._breaks(error(-32, "too many requests", status=200)),
            "the token is refused": lambda: self._breaks(error(-209, "app is not active", status=200)),
            "the vendor is broken": lambda: self._breaks(error(-1, "internal error", status=500)),
            "a page in HTML": lambda: self._breaks(HTML_502),
            "half an answer": lambda: self._breaks(HALF_BODY),
            "an answer that says neither yes nor no": lambda: self._breaks(ODD),
            "dropped before acceptance": lambda: self._breaks(DROP_BEFORE),
            "dropped after acceptance": lambda: self._breaks(DROP_AFTER),
            "a refusal that says the token back": lambda: self._breaks(error(-201, f"no {TOKEN} here", status=200)),
        }

    def _breaks(self, fault: Fault) -> None:
        self._oa.fail(fake_zalo_oa.CS, fault)

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("zalo_oa", PEOPLE["Hoa"] if kind == "private" else "g1", kind)

    async def shown(self, chat: Chat) -> list[Shown]:
        return [
            Shown(
                item.text,
                buttons=tuple((label, data.removeprefix(PRESSED)) for label, data in item.buttons),
                attachment="photo" if item.photo else "",
                file=item.photo,
            )
            for item in self._oa.accepted
            if item.chat_id == chat.id
        ]

    def calls(self) -> int:
        return self._oa.sends

    def as_shown(self, text: str, kind: ChatKind) -> str:
        """What would ring the whole group's phones is written otherwise."""
        return text.replace("[@", "(@") if kind == "group" else text

    async def says(self, text: str, kind: ChatKind, who: str = "Hoa") -> None:
        group = "g1" if kind == "group" else ""
        await self._oa.says(text, who=PEOPLE[who], group=group, mention=bool(group))

    async def repeats(self) -> None:
        await self._oa.again()

    async def retries(self) -> None:
        if not self._oa.noted:
            await self._oa.again()

    def acknowledged(self) -> bool:
        return self._oa.noted

    async def presses(self, label: str, kind: ChatKind, who: str = "Hoa") -> None:
        await self._oa.presses(label, who=PEOPLE[who])

    async def overheard(self, text: str) -> None:
        await self._oa.says(text, group="g1")

    async def adds_bot(self, title: str) -> None:
        await self._oa.happens("create_group", group_id="g1", group_name=title)

    async def removes_bot(self) -> None:
        await self._oa.happens("delete_group", group_id="g1")

    async def blocks(self) -> None:
        await self._oa.happens("unfollow", who=PEOPLE["Hoa"])

    async def sends_photo(self, data: bytes, caption: str = "") -> None:
        self._oa.photos["1.jpg"] = data
        await self._oa.sends_file("image", f"{self._oa.base}/photo/1.jpg", caption)

    async def sends_album(self, number: int) -> None:
        await self._oa.sends_files("image", [f"{self._oa.base}/photo/{at}.jpg" for at in range(number)])

    async def sends_voice(self, data: bytes) -> None:
        self._oa.photos["1.aac"] = data
        await self._oa.sends_file("audio", f"{self._oa.base}/photo/1.aac")

    async def sends_file(self, data: bytes, name: str) -> None:
        self._oa.photos[name] = data
        await self._oa.sends_file("file", f"{self._oa.base}/photo/{name}")

    async def sends_other(self) -> None:
        await self._oa.sends_file("sticker", "https://zalo.example/s1.png")

    async def says_from_tomorrow(self, text: str) -> None:
        self._oa.skew = 30 * 86_400
        await self._oa.says(text)

    async def goes_away(self) -> None:
        await self._oa.goes_away()

    def ends_access(self) -> None:
        self._oa.access = "a newer one"

    async def shuts_window(self) -> None:
        self._oa.last_word.clear()

    def forgets_uploads(self) -> None:
        self._oa.uploaded.clear()

    def loses_next_upload(self) -> None:
        self._oa.fail(fake_zalo_oa.UPLOAD, DROP_AFTER)

    def loses_next_download(self) -> None:
        self._oa.fail(PHOTO, HALF_BODY)

    def is_busy_at_next_download(self) -> None:
        self._oa.fail(PHOTO, error(503))

    def forgets_photos(self) -> None:
        self._oa.photos.clear()

    async def posts(self, body: bytes, secret: str | None) -> int:
        """The vendor signs with a secret of its own; whoever has another one, or none, is not the vendor."""
        if secret is None:
            return await self._oa.post(body, None)
        if not secret:
            return await self._oa.post(body, "mac=")
        key = fake_zalo_oa.OA_SECRET if secret == self.kit.derive("zalo_oa") else secret
        try:
            stamp = str(json.loads(body).get("timestamp", ""))
        except (ValueError, AttributeError):
            stamp = ""
        return await self._oa.post(body, "mac=" + signature(fake_zalo_oa.APP_ID, body, stamp, key))

    async def posts_altered(self) -> Sequence[int]:
        await self._oa.says("Xin chào")
        self.inbox.attempts = 0
        body = self._oa.pushed[-1]
        stamp = str(json.loads(body)["timestamp"])
        other = body.replace("Xin chào".encode(), b"ma moi")
        made_of = (body, b"")
        return [
            await self._oa.post(other, "mac=" + signature(fake_zalo_oa.APP_ID, signed, stamp, fake_zalo_oa.OA_SECRET))
            for signed in made_of
        ]


@asynccontextmanager
async def zalo_oa(*, buttons: bool) -> AsyncIterator[Rig]:
    async with FakeZaloOa() as server:
        server.last_word[PEOPLE["Hoa"]] = time.time()
        options = server.options(**({"buttons": "1"} if buttons else {}))
        async with hooked(creator("zalo_oa"), options, clock=PatientClock()) as (platform, kit, inbox):
            server.hook = f"{kit.settings.public_url}/hooks/zalo_oa"
            yield ZaloOaRig(server, platform, kit, inbox)


_PLAIN = Case(
    "zalo_oa", partial(zalo_oa, buttons=False), ("private", "group"), "zalo_oa", FAULTS, bodies("zalo_oa"),
    {
        **WEBHOOK_LACKS,
        "replies": "the vendor does not say what a message answers",
        "edits": "the vendor tells of no change of a message",
        "deletes": "the vendor tells of no deleting, and nothing answers a message",
        "moves_group": "groups keep their ids",
        "calls_another_bot": "in a group of the account there is no other bot",
        "another_bot_says": "in a group of the account there is no other bot",
        "is_kept_waiting": "a press is a message like any other",
        "says_beside_noise": "updates come one by one",
        "posts_late": "the vendor repeats an update with its old time for as long as it likes",
        "names of persons": "an update has no names",
        "names of files": "the name is a part of the address",
        "message of a press": "a press is a message like any other",
    },
)  # fmt: skip
CASES = (_PLAIN, replace(_PLAIN, name="zalo_oa-buttons", platform="zalo_oa", open=partial(zalo_oa, buttons=True)))
