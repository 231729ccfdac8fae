"""WhatsApp: one person who has written to the phone number. It has no groups for bots."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.core.events import Chat, ChatKind
from bot.core.platform import Platform
from bot.platforms import Kit
from bot.testing.inbox import Inbox
from bot.testing.rig import FAULTS, Case, Rig, Shown, hooked
from bot.testing.vendor import DROP_AFTER, DROP_BEFORE, HALF_BODY, HTML_502, ODD, PHOTO, Fault, error
from tests.platforms import fake_whatsapp
from tests.platforms.fake_whatsapp import FakeWhatsapp, person, signature

from . import WEBHOOK_LACKS, Shipped, bodies, creator

HOA = person(1)
AS_IT_MUST_BE = str.maketrans({"*": "∗", "_": "ˍ", "`": "ˋ"})


class WhatsappRig(Shipped):
    retry_after = None

    def __init__(self, server: FakeWhatsapp, platform: Platform, kit: Kit, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._server = server
        self.secrets = (fake_whatsapp.TOKEN, fake_whatsapp.APP_SECRET, fake_whatsapp.VERIFY_TOKEN)
        self.faults = {
            "the content is refused": lambda: self._breaks(error(131009, "Parameter value is not valid", status=400)),
            "the chat is gone": lambda: self._breaks(error(131026, "Message undeliverable", status=400)),
            "too many messages": lambda: self._breaks(error(130429, "Rate limit hit", status=429)),
            "the token is refused": lambda: self._breaks(error(190, "access token has expired", status=401)),
            "the vendor is broken": lambda: self._breaks(error(131000, "Something went wrong", status=500)),
            "a page in HTML": lambda: self._breaks(HTML_502),
            "half an answer": lambda: self._breaks(HALF_BODY),
            "an answer that says neither yes nor no": lambda: self._breaks(ODD),
            "dropped before acceptance": lambda: self._breaks(DROP_BEFORE),
            "dropped after acceptance": lambda: self._breaks(DROP_AFTER),
            "a refusal that says the token back": lambda: self._breaks(
                error(131009, f"no {fake_whatsapp.TOKEN} here", status=400)
            ),
        }

    def _breaks(self, fault: Fault) -> None:
        self._server.fail(fake_whatsapp.MESSAGES, fault)

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("whatsapp", HOA, "private")

    async def shown(self, chat: Chat) -> list[Shown]:
        return [
            Shown(
                one.text,
                one.bold,
                buttons=one.buttons,
                attachment="photo" if one.photo else "",
                answers=one.answers,
                file=one.photo,
            )
            for one in self._server.accepted
            if one.chat_id == chat.id
        ]

    def calls(self) -> int:
        return self._server.sends

    def as_shown(self, text: str, kind: ChatKind) -> str:
        """The pairs in the contract's words: of each its first mark is another letter."""
        for pair in ("*sao*", "_gạch_", "`mã`"):
            text = text.replace(pair, pair[0].translate(AS_IT_MUST_BE) + pair[1:])
        return text

    async def says(self, text: str, kind: ChatKind, who: str = "Hoa") -> None:
        await self._server.says(text, who=HOA)

    async def repeats(self) -> None:
        await self._server.again()

    async def retries(self) -> None:
        if not self._server.noted:
            await self._server.again()

    def acknowledged(self) -> bool:
        return self._server.noted

    async def presses(self, label: str, kind: ChatKind, who: str = "Hoa") -> None:
        await self._server.presses(label, who=HOA)

    async def sends_photo(self, data: bytes, caption: str = "") -> None:
        await self._server.sends_media("image", data, who=HOA, mime_type="image/jpeg", caption=caption)

    async def sends_album(self, number: int) -> None:
        for _ in range(number):
            await self._server.sends_media("image", b"photo", who=HOA, mime_type="image/jpeg")

    async def sends_voice(self, data: bytes) -> None:
        await self._server.sends_media("audio", data, who=HOA, mime_type="audio/ogg; codecs=opus", voice=True)

    async def sends_file(self, data: bytes, name: str) -> None:
        await self._server.sends_media("document", data, who=HOA, filename=name, mime_type="application/pdf")

    async def sends_other(self) -> None:
        await self._server.tells(HOA, {"type": "sticker", "sticker": {"id": "7", "mime_type": "image/webp"}})

    async def says_from_tomorrow(self, text: str) -> None:
        self._server.skew = 365 * 86_400
        await self._server.says(text, who=HOA)

    async def says_beside_noise(self, text: str) -> None:
        await self._server.tells(HOA, {"type": "text", "text": {"body": text}}, beside={"id": 7, "type": []})

    async def goes_away(self) -> None:
        await self._server.goes_away()

    async def shuts_window(self) -> None:
        self._server.last_word.clear()

    def forgets_uploads(self) -> None:
        self._server.uploaded.clear()

    def loses_next_upload(self) -> None:
        self._server.fail(fake_whatsapp.MEDIA, DROP_AFTER)

    def loses_next_download(self) -> None:
        self._server.fail(PHOTO, HALF_BODY)

    def is_busy_at_next_download(self) -> None:
        self._server.fail(fake_whatsapp.LOOK, error(131000, "Something went wrong", status=500))

    def forgets_photos(self) -> None:
        self._server.photos.clear()

    async def posts(self, body: bytes, secret: str | None) -> int:
        """The vendor signs with the app's secret; whoever has another one, or none, is not the vendor."""
        if not secret:
            return await self._server.post(body, None if secret is None else "sha256=")
        right = secret == self.kit.derive("whatsapp")
        return await self._server.post(body, signature(body, fake_whatsapp.APP_SECRET if right else secret))

    async def posts_altered(self) -> Sequence[int]:
        await self._server.says("Xin chào", who=HOA)
        self.inbox.attempts = 0
        body = self._server.pushed[-1]
        other = body.replace(b"Xin", b"Ban")
        right = signature(other, fake_whatsapp.APP_SECRET)
        signatures = (signature(body, fake_whatsapp.APP_SECRET), signature(b"", fake_whatsapp.APP_SECRET), right[:20])
        return [await self._server.post(other, one) for one in (*signatures, right.removeprefix("sha256="))]


@asynccontextmanager
async def whatsapp() -> AsyncIterator[Rig]:
    async with FakeWhatsapp() as server, hooked(creator("whatsapp"), server.options()) as (platform, kit, inbox):
        server.hook = f"{kit.settings.public_url}/hooks/whatsapp"
        server.last_word[HOA] = time.time()
        yield WhatsappRig(server, platform, kit, inbox)


CASES = (
    Case(
        "whatsapp", whatsapp, ("private",), "whatsapp", FAULTS, bodies("whatsapp"),
        {
            **WEBHOOK_LACKS,
            "edits": "the vendor tells of no change of a message",
            "deletes": "who deletes a message deletes it on the own phone alone",
            "sends_album": "the vendor does not say which photos were sent together",
            "blocks": "the vendor does not tell of it: the next message is undeliverable",
            "is_kept_waiting": "a button does not turn",
            "ends_access": "the token lasts until it is revoked",
            "posts_late": "the vendor repeats an update with its old time for as long as it likes",
        },
    ),
)  # fmt: skip
