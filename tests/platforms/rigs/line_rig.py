"""LINE: one friend who has written, and one group that the account was invited to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from pydantic import JsonValue

from bot.core.events import Chat, ChatKind
from bot.core.platform import Platform
from bot.platforms import Kit
from bot.testing.inbox import Inbox
from bot.testing.rig import FAULTS, Case, Rig, Shown, hooked
from bot.testing.vendor import DROP_AFTER, DROP_BEFORE, HALF_BODY, HTML_502, ODD, PHOTO, Fault, error
from tests.platforms import fake_line
from tests.platforms.fake_line import FakeLine, person, signature

from . import WEBHOOK_LACKS, PatientClock, Shipped, bodies, creator

PEOPLE = {"Hoa": person(1), "Nam": person(2)}


class LineRig(Shipped):
    retry_after = None

    def __init__(self, line: FakeLine, platform: Platform, kit: Kit, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._line = line
        self.secrets = (fake_line.TOKEN, fake_line.SECRET)
        self.faults = {
            "the content is refused": lambda: self._breaks(error(400, "The request body has 1 error(s)")),
            "the chat is gone": lambda: self._breaks(error(400, "Failed to send messages")),
            "too many messages": lambda: self._breaks(error(429, "Too Many Requests")),
            "the token is refused": lambda: self._breaks(error(401, "Authentication failed.")),
            "the vendor is broken": lambda: self._breaks(error(500, "Internal server error")),
            "a page in HTML": lambda: self._breaks(HTML_502),
            "half an answer": lambda: self._breaks(HALF_BODY),
            "an answer that says neither yes nor no": lambda: self._breaks(ODD),
            "dropped before acceptance": lambda: self._breaks(DROP_BEFORE),
            "dropped after acceptance": lambda: self._breaks(DROP_AFTER),
            "a refusal that says the token back": lambda: self._breaks(error(400, f"no {fake_line.TOKEN} here")),
        }

    def _breaks(self, fault: Fault) -> None:
        self._line.fail(fake_line.PUSH, fault)

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("line_oa", fake_line.GROUP if kind == "group" else PEOPLE["Hoa"], kind)

    async def shown(self, chat: Chat) -> list[Shown]:
        return [
            Shown(one.text, buttons=one.buttons, attachment="photo" if one.photo else "", file=one.photo)
            for one in self._line.accepted
            if one.chat_id == chat.id
        ]

    def calls(self) -> int:
        return self._line.sends

    async def says(self, text: str, kind: ChatKind, who: str = "Hoa") -> None:
        group = fake_line.GROUP if kind == "group" else ""
        await self._line.says(text, who=PEOPLE[who], group=group, mention=bool(group))

    async def repeats(self) -> None:
        await self._line.again()

    async def retries(self) -> None:
        if not self._line.noted:
            await self._line.again()

    def acknowledged(self) -> bool:
        return self._line.noted

    async def presses(self, label: str, kind: ChatKind, who: str = "Hoa") -> None:
        await self._line.presses(label, who=PEOPLE[who], group=fake_line.GROUP if kind == "group" else "")

    async def overheard(self, text: str) -> None:
        await self._line.says(text, who=PEOPLE["Hoa"], group=fake_line.GROUP)

    async def adds_bot(self, title: str) -> None:
        await self._line.happens("join", "", fake_line.GROUP)

    async def removes_bot(self) -> None:
        await self._line.happens("leave", "", fake_line.GROUP)

    async def blocks(self) -> None:
        await self._line.happens("unfollow", PEOPLE["Hoa"])

    async def sends_photo(self, data: bytes, caption: str = "") -> None:
        await self._line.sends_content("image", data, who=PEOPLE["Hoa"])

    async def sends_album(self, number: int) -> None:
        for at in range(number):
            album: JsonValue = {"id": "set-1", "index": at + 1, "total": number}
            await self._line.sends_content("image", b"photo", who=PEOPLE["Hoa"], imageSet=album)

    async def sends_voice(self, data: bytes) -> None:
        await self._line.sends_content("audio", data, who=PEOPLE["Hoa"], duration=3000)

    async def sends_file(self, data: bytes, name: str) -> None:
        await self._line.sends_content("file", data, who=PEOPLE["Hoa"], fileName=name, fileSize=len(data))

    async def sends_other(self) -> None:
        await self._line.sends_content("sticker", who=PEOPLE["Hoa"], packageId="1", stickerId="2")

    async def says_from_tomorrow(self, text: str) -> None:
        self._line.skew = 86_400 * 365
        await self._line.says(text, who=PEOPLE["Hoa"])

    async def says_beside_noise(self, text: str) -> None:
        message: JsonValue = {"type": "text", "id": "5", "text": text}
        await self._line.push({"type": 7}, 8, self._line.event("message", PEOPLE["Hoa"], message=message))

    async def goes_away(self) -> None:
        await self._line.goes_away()

    def loses_next_download(self) -> None:
        self._line.fail(PHOTO, HALF_BODY)

    def is_busy_at_next_download(self) -> None:
        self._line.fail(PHOTO, error(503))

    def forgets_photos(self) -> None:
        self._line.photos.clear()

    async def posts(self, body: bytes, secret: str | None) -> int:
        """The vendor signs with the channel's secret; whoever has another one, or none, is not the vendor."""
        if not secret:
            return await self._line.post(body, secret)
        return await self._line.post(body, signature(body, self._signs_with(secret)))

    def _signs_with(self, secret: str) -> str:
        return fake_line.SECRET if secret == self.kit.derive("line_oa") else secret

    async def posts_altered(self) -> Sequence[int]:
        await self._line.says("Xin chào", who=PEOPLE["Hoa"])
        self.inbox.attempts = 0
        body = self._line.pushed[-1]
        other = body.replace(b"Xin", b"Ban")
        right = signature(other, fake_line.SECRET)
        signatures = (signature(body, fake_line.SECRET), signature(b"", fake_line.SECRET), right[:9], right.lower())
        return [await self._line.post(other, one) for one in signatures]


@asynccontextmanager
async def line() -> AsyncIterator[Rig]:
    async with (
        FakeLine() as server,
        hooked(creator("line_oa"), server.options(), clock=PatientClock()) as (platform, kit, inbox),
    ):
        server.hook = f"{kit.settings.public_url}/hooks/line_oa"
        await server.called(fake_line.USED, 1)
        yield LineRig(server, platform, kit, inbox)


CASES = (
    Case(
        "line_oa", line, ("private", "group"), "line_oa", FAULTS, bodies("line_oa"),
        {
            **WEBHOOK_LACKS,
            "replies": "an update names the message that it answers, and we keep no list of ours",
            "another_bot_says": "in a group there is no other account",
            "calls_another_bot": "in a group there is no other account",
            "edits": "the vendor tells of no change of a message",
            "deletes": "nothing answers a message, and nothing takes its place",
            "moves_group": "groups keep their ids",
            "is_kept_waiting": "a button does not turn",
            "ends_access": "the token lasts until it is revoked",
            "shuts_window": "friends can be written to at any time",
            "forgets_uploads": "nothing is uploaded",
            "loses_next_upload": "nothing is uploaded",
            "posts_late": "the vendor repeats an update with its old time for as long as it likes",
            "words under a photo": "a photo comes without words",
            "names of persons": "an update has no names",
            "names of groups": "an update has no names",
            "message of a press": "a press does not say below which message",
        },
    ),
)  # fmt: skip
