"""Telegram: over its webhook, and polled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.core.events import Chat, ChatKind
from bot.core.lean.values import replace
from bot.core.platform import Platform
from bot.platforms import Kit
from bot.testing.inbox import Inbox
from bot.testing.rig import FAULTS, MOVES, Case, Rig, Shown, hooked
from tests.platforms import fake_telegram
from tests.platforms.fake_telegram import FakeTelegram

from . import WEBHOOK_LACKS, Shipped, bodies, creator

CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


class TelegramRig(Shipped):
    retry_after = 7.0
    new_chat_id = "-1001"

    def __init__(self, telegram: FakeTelegram, platform: Platform, kit: Kit, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._telegram = telegram
        self.secrets = (telegram.token, telegram.token.partition(":")[2])
        start = f"https://t.me/{telegram.username}?start"
        self.links = {"private": f"{start}={{code}}", "group": f"{start}group={{code}}"}
        self._people = {name: telegram.person(name) for name in ("Hoa", "Nam")}
        self._hoa = self._people["Hoa"]
        telegram.private(self._hoa)
        self._village = telegram.group("Thôn Lạc Hiền")
        refuse = fake_telegram.refuse
        moved = "Bad Request: group chat was upgraded to a supergroup chat"
        self.faults = {
            "the content is refused": lambda: self._breaks(refuse(400, "Bad Request: message is too long")),
            "the chat is gone": lambda: self._breaks(refuse(403, "Forbidden: bot was blocked by the user")),
            MOVES: lambda: self._breaks(refuse(400, moved, migrate_to_chat_id=-1001)),
            "too many messages": lambda: self._breaks(fake_telegram.too_many(7)),
            "the token is refused": lambda: self._breaks(refuse(401, "Unauthorized")),
            "the vendor is broken": lambda: self._breaks(refuse(500, "Internal Server Error")),
            "a page in HTML": lambda: self._breaks(fake_telegram.bad_gateway(accepted=True)),
            "half an answer": lambda: self._breaks(fake_telegram.half_body()),
            "an answer that says neither yes nor no": lambda: self._breaks(fake_telegram.noise()),
            "dropped before acceptance": lambda: self._breaks(fake_telegram.drop(accepted=False)),
            "dropped after acceptance": lambda: self._breaks(fake_telegram.drop(accepted=True)),
            "a refusal that says the token back": lambda: self._breaks(refuse(400, f"no /bot{telegram.token}/ here")),
        }

    def _breaks(self, fault: fake_telegram.Fault) -> None:
        self._telegram.fail("sendMessage", fault)

    def _where(self, kind: ChatKind, who: str = "Hoa") -> fake_telegram.Room:
        return self._village if kind == "group" else self._telegram.private(self._people[who])

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("telegram", str(self._where(kind).id), kind)

    async def shown(self, chat: Chat) -> list[Shown]:
        names = {"text": "", "poll": "", "photo": "photo", "audio": "audio", "document": "file", "voice": "audio"}
        here = self._telegram.shown(self._telegram.rooms[int(chat.id)])
        return [
            Shown(
                item.text,
                tuple(words for style, words, _ in item.styled if style == "bold"),
                tuple(url for style, _, url in item.styled if style == "text_link"),
                tuple((key.text, key.data) for key in item.keys),
                names[item.kind],
                item.forces_reply,
                poll=item.poll.options if item.poll is not None else (),
                answers=next((one.text for one in here if one.id == item.answers), ""),
                file=item.file_id,
                right=item.poll.right if item.poll is not None else 0,
                why=item.poll.why if item.poll is not None else "",
            )
            for item in here
        ]

    def calls(self) -> int:
        """Taking the buttons away from a message that another one replaces is no message."""
        shows = [call.method for call in self._telegram.calls if call.method.startswith(("send", "edit"))]
        return len(shows) - shows.count("editmessagereplymarkup")

    async def says(self, text: str, kind: ChatKind, who: str = "Hoa") -> None:
        await self._telegram.says(self._people[who], self._to_bot(text, kind), self._where(kind, who))

    def _to_bot(self, text: str, kind: ChatKind) -> str:
        return f"@{self._telegram.username} {text}" if kind == "group" else text

    async def repeats(self) -> None:
        await self._telegram.again()

    async def retries(self) -> None:
        """The server does it by itself."""

    def acknowledged(self) -> bool:
        return self._telegram.newest.delivered.is_set()

    async def overheard(self, text: str) -> None:
        """Privacy mode is off, as an operator may have it: other people's words come too."""
        self._telegram.privacy = False
        await self._telegram.says(self._hoa, text, self._village)
        self._telegram.privacy = True

    async def replies(self, text: str) -> None:
        await self._telegram.says(self._hoa, text, self._village, reply_to=self._telegram.shown(self._village)[-1])

    async def presses(self, label: str, kind: ChatKind, who: str = "Hoa") -> None:
        await self._telegram.presses(self._people[who], label, self._where(kind))

    async def edits(self, text: str, kind: ChatKind) -> str:
        number = await self._telegram.says(self._hoa, self._to_bot("sai", kind), self._where(kind))
        await self._telegram.edits(self._hoa, number, self._to_bot(text, kind), self._where(kind))
        return str(number)

    async def votes(self, choice: str, kind: ChatKind, who: str = "Hoa") -> None:
        await self._telegram.votes(self._people[who], choice, self._where(kind))

    async def sends_photo(self, data: bytes, caption: str = "") -> None:
        self._telegram.files |= {"in-small": data[:9], "in-1": data}
        sizes = [
            {"file_id": "in-small", "width": 9, "height": 9, "file_size": 9},
            {"file_id": "in-1", "width": 90, "height": 90, "file_size": len(data)},
        ]
        content: dict[str, object] = {"photo": sizes} | ({"caption": caption} if caption else {})
        await self._telegram.posts(self._hoa, None, reply_to=None, **content)

    async def sends_album(self, number: int) -> None:
        await self._telegram.sends_photos(self._hoa, number)

    async def sends_voice(self, data: bytes) -> None:
        self._telegram.files["in-2"] = data
        await self._telegram.posts(self._hoa, voice={"file_id": "in-2", "duration": 3})

    async def sends_file(self, data: bytes, name: str) -> None:
        self._telegram.files["in-3"] = data
        await self._telegram.posts(self._hoa, document={"file_id": "in-3", "file_name": name})

    async def sends_other(self) -> None:
        await self._telegram.posts(self._hoa, sticker={"file_id": "s"})

    async def another_bot_says(self, text: str) -> None:
        other = {"id": 99, "is_bot": True, "first_name": "Bot khác"}
        post = {**self._telegram._post(self._hoa, self._village, text=self._to_bot(text, "group")), "from": other}
        await self._telegram.delivers(self._village.id, message=post)

    async def calls_another_bot(self) -> None:
        await self._telegram.says(self._hoa, "/menu@other_bot", self._village)

    async def adds_bot(self, title: str) -> None:
        self._village.title = title
        await self._telegram.adds_bot(self._hoa, self._village)

    async def removes_bot(self) -> None:
        await self._telegram.removes_bot(self._hoa, self._village)

    async def blocks(self) -> None:
        await self._telegram.blocks(self._hoa)

    async def moves_group(self) -> str:
        return str((await self._telegram.upgrades(self._hoa, self._village)).id)

    async def deletes(self, message_id: str) -> None:
        del self._telegram.messages[self._where("private").id, int(message_id)]

    def is_kept_waiting(self) -> bool:
        return self._telegram.has_unanswered_presses

    async def goes_away(self) -> None:
        await self._telegram.goes_away()

    def forgets_uploads(self) -> None:
        self._telegram.forget_files()

    def loses_next_download(self) -> None:
        self._telegram.file_faults.append(fake_telegram.half_body())

    def is_busy_at_next_download(self) -> None:
        self._telegram.file_faults.append(fake_telegram.bad_gateway())

    def forgets_photos(self) -> None:
        self._telegram.forget_files()

    async def posts(self, body: bytes, secret: str | None) -> int:
        return await self._telegram.push(body, secret=secret)


class TelegramPollingRig(TelegramRig):
    def revokes_token(self) -> None:
        self._telegram.revokes()

    def disturbs(self, times: int) -> None:
        self._telegram.fail("getUpdates", *[fake_telegram.refuse(409, CONFLICT)] * times)

    async def says_beside_noise(self, text: str) -> None:
        number = self._telegram.waits({"message": {"date": "never"}})
        await self._telegram.says(self._hoa, text)
        assert number


@asynccontextmanager
async def webhook() -> AsyncIterator[Rig]:
    async with (
        FakeTelegram() as server,
        hooked(creator("telegram"), server.options(mode="webhook")) as (platform, kit, inbox),
    ):
        await server.until(lambda: server.webhook is not None)
        yield TelegramRig(server, platform, kit, inbox)


@asynccontextmanager
async def polling() -> AsyncIterator[Rig]:
    async with (
        FakeTelegram() as server,
        hooked(creator("telegram"), server.options(mode="polling")) as (platform, kit, inbox),
    ):
        await server.until(lambda: server.called("getUpdates"))
        yield TelegramPollingRig(server, platform, kit, inbox)


_LACKS = {
    "ends_access": "the token lasts until it is revoked",
    "shuts_window": "people can be written to at any time",
    "loses_next_upload": "a file goes with its message, in one call",
    "says_from_tomorrow": "the vendor's clock is trusted, as its servers write the time",
    "posts_altered": "the secret is no signature",
    "posts_late": "the secret is no signature",
}
_WEBHOOK = Case(
    "telegram", webhook, ("private", "group"), "telegram-webhook", (*FAULTS, MOVES), bodies("telegram"),
    {**_LACKS, **WEBHOOK_LACKS, "says_beside_noise": "over a webhook updates come one by one"},
)  # fmt: skip
POLLED = ("hearing", "revokes_token", "disturbs")
_POLLED = {
    "repeats": "what comes again is what was not confirmed, and that the server does by itself",
    "says_and_goes": WEBHOOK_LACKS["says_and_goes"],
    "posts_from_a_strange_page": WEBHOOK_LACKS["posts_from_a_strange_page"],
}
CASES = (
    _WEBHOOK,
    replace(
        _WEBHOOK,
        name="telegram-polling",
        platform="telegram",
        open=polling,
        webhook="",
        lacks={**_LACKS, **_POLLED},
        parts=POLLED,
    ),
)
