"""Matrix: a private room with Hoa and a group, on a homeserver that is asked for news."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import JsonValue

from bot.core.events import Chat, ChatKind
from bot.core.platform import Platform
from bot.platforms import Kit
from bot.testing.inbox import Inbox
from bot.testing.rig import FAULTS, Case, Rig, Shown, hooked
from bot.testing.vendor import DROP_AFTER, DROP_BEFORE, HALF_BODY, HTML_502, ODD, PHOTO, Fault, error
from tests.platforms import fake_matrix
from tests.platforms.fake_matrix import BOT, DIRECT, GROUP, HOA, NAM, OTHER_BOT, FakeMatrix

from . import WEBHOOK_LACKS, Shipped, creator

PEOPLE = {"Hoa": HOA, "Nam": NAM}


class MatrixRig(Shipped):
    retry_after = 7.0
    knows_keys = True

    def __init__(self, server: FakeMatrix, platform: Platform, kit: Kit, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._server = server
        self.secrets = (fake_matrix.TOKEN,)
        self.faults = {
            "the content is refused": lambda: self._breaks(error(400, "M_BAD_JSON Content must be a JSON object.")),
            "the chat is gone": lambda: self._breaks(error(403, f"M_FORBIDDEN User {BOT} not in room")),
            "too many messages": lambda: self._breaks(error(429, "M_LIMIT_EXCEEDED Too Many Requests", retry_after=7)),
            "the token is refused": lambda: self._breaks(error(401, "M_UNKNOWN_TOKEN Unrecognised access token")),
            "the vendor is broken": lambda: self._breaks(error(500, "M_UNKNOWN Internal server error")),
            "a page in HTML": lambda: self._breaks(HTML_502),
            "half an answer": lambda: self._breaks(HALF_BODY),
            "an answer that says neither yes nor no": lambda: self._breaks(ODD),
            "dropped before acceptance": lambda: self._breaks(DROP_BEFORE),
            "dropped after acceptance": lambda: self._breaks(DROP_AFTER),
            "a refusal that says the token back": lambda: self._breaks(
                error(400, f"M_BAD_JSON no {fake_matrix.TOKEN} here")
            ),
        }

    def _breaks(self, fault: Fault) -> None:
        self._server.fail(fake_matrix.SEND, fault)

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("matrix", GROUP if kind == "group" else DIRECT, kind)

    async def shown(self, chat: Chat) -> list[Shown]:
        return [
            Shown(one.text, one.bold, one.links, attachment=one.kind, answers=one.answers, file=one.url)
            for one in self._server.shown(chat.id)
        ]

    def calls(self) -> int:
        return self._server.sends

    async def says(self, text: str, kind: ChatKind, who: str = "Hoa") -> None:
        group = kind == "group"
        await self._server.says(text, room=self.chat(kind).id, who=PEOPLE[who], calls=group)

    async def repeats(self) -> None:
        await self._server.again()

    async def retries(self) -> None:
        """The adapter asks again by itself from where it was."""

    def acknowledged(self) -> bool:
        return self._server.read >= len(self._server.stream)

    async def overheard(self, text: str) -> None:
        await self._server.says(text, room=GROUP)

    async def replies(self, text: str) -> None:
        newest = self._server.shown(GROUP)[-1].id
        answer: JsonValue = {"m.in_reply_to": {"event_id": newest}}
        body = f"> <{BOT}> Chào bác\n\n{text}"
        await self._server.posts(GROUP, HOA, {"msgtype": "m.text", "body": body, "m.relates_to": answer})

    async def edits(self, text: str, kind: ChatKind) -> str:
        room = self.chat(kind).id
        number = await self._server.says("sai", room=room, calls=kind == "group")
        new = f"{fake_matrix.BOT_NAME}: {text}" if kind == "group" else text
        await self._server.edits(number, new, room=room)
        return number

    async def sends_photo(self, data: bytes, caption: str = "") -> None:
        words = {"filename": "anh.jpg", "body": caption} if caption else {}
        await self._server.sends_media("m.image", data, room=DIRECT, **words)

    async def sends_voice(self, data: bytes) -> None:
        await self._server.sends_media("m.audio", data, room=DIRECT)

    async def sends_file(self, data: bytes, name: str) -> None:
        await self._server.sends_media("m.file", data, room=DIRECT, body=name)

    async def sends_other(self) -> None:
        await self._server.posts(DIRECT, HOA, {"body": "😀", "url": "mxc://x/y"}, "m.sticker")

    async def says_from_tomorrow(self, text: str) -> None:
        self._server.skew = 365 * 86_400
        await self._server.says(text, room=DIRECT)

    async def says_beside_noise(self, text: str) -> None:
        await self._server.posts(DIRECT, HOA, {"msgtype": [], "body": 7}, origin_server_ts="never")
        await self._server.says(text, room=DIRECT)

    async def another_bot_says(self, text: str) -> None:
        notice: JsonValue = {"user_ids": [BOT]}
        await self._server.posts(GROUP, OTHER_BOT, {"msgtype": "m.notice", "body": text, "m.mentions": notice})
        await self._server.posts(GROUP, BOT, {"msgtype": "m.text", "body": text, "m.mentions": {}})

    async def adds_bot(self, title: str) -> None:
        await self._server.invites(GROUP, name=title)
        await self._server.until(lambda: self._server.rooms[GROUP].members[BOT] == "join")

    async def removes_bot(self) -> None:
        await self._server.changes_member(GROUP, BOT, "leave", by=HOA)

    async def blocks(self) -> None:
        await self._server.changes_member(DIRECT, HOA, "leave")

    async def deletes(self, message_id: str) -> None:
        await self._server.posts(DIRECT, HOA, {}, "m.room.redaction", redacts=message_id)

    async def goes_away(self) -> None:
        await self._server.goes_away()

    def revokes_token(self) -> None:
        self._server.fail(fake_matrix.SYNC, error(401, "M_UNKNOWN_TOKEN Unrecognised access token"))
        self._server.revokes()

    def disturbs(self, times: int) -> None:
        self._server.fail(fake_matrix.SYNC, *[error(502, "M_UNKNOWN Bad Gateway")] * times)

    def loses_next_upload(self) -> None:
        self._server.fail(fake_matrix.UPLOAD, DROP_AFTER)

    def loses_next_download(self) -> None:
        self._server.fail(PHOTO, HALF_BODY)

    def is_busy_at_next_download(self) -> None:
        self._server.fail(PHOTO, error(503))

    def forgets_photos(self) -> None:
        self._server.photos.clear()


@asynccontextmanager
async def matrix() -> AsyncIterator[Rig]:
    async with FakeMatrix() as server, hooked(creator("matrix"), server.options()) as (platform, kit, inbox):
        await server.called(fake_matrix.SYNC, 2)
        yield MatrixRig(server, platform, kit, inbox)


CASES = (
    Case(
        "matrix", matrix, ("private", "group"), "", FAULTS,
        lacks={
            "says_and_goes": "an event comes whole or not at all",
            "posts_from_a_strange_page": WEBHOOK_LACKS["posts_from_a_strange_page"],
            "calls_another_bot": "whoever is called stands in the event",
            "sends_album": "the vendor does not say which photos were sent together",
            "moves_group": "a room that is upgraded invites anew",
            "is_kept_waiting": "there are no buttons",
            "ends_access": "the token lasts until it is revoked",
            "shuts_window": "people can be written to at any time",
            "forgets_uploads": "a homeserver keeps what was uploaded",
            "names of persons": "an event names its sender by an id alone",
            "refusing a long text": "an event has room for more than is declared",
        },
    ),
)  # fmt: skip
