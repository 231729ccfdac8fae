"""The bridge, with the reference gateway on its other side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from bot.core.events import Chat, ChatKind
from bot.core.platform import Platform
from bot.platforms import Kit
from bot.testing.doubles import make_kit
from bot.testing.inbox import Inbox
from bot.testing.rig import FAULTS, MOVES, Case, Rig, Shown, hooked
from tests.platforms import fake_bridge
from tests.platforms.fake_bridge import RICH_PROFILE, FakeGateway

from . import WEBHOOK_LACKS, Shipped, bodies, creator

PEOPLE = {"Hoa": "c1", "Nam": "c2"}
START_LINK = "https://gateway.example/open?x={code}"
Event = dict[str, object]


class BridgeRig(Shipped):
    retry_after = 7.0
    new_chat_id = "g2"
    knows_keys = True

    def __init__(self, gateway: FakeGateway, platform: Platform, kit: Kit, inbox: Inbox) -> None:
        super().__init__(platform, kit, inbox)
        self._gateway = gateway
        self._newest: tuple[Mapping[str, object], ...] = ()
        self._noted = False
        self.secrets = (gateway.secret,)
        self.links = {"private": START_LINK}
        refuse, fault = fake_bridge.refuse, fake_bridge.Fault
        self.faults = {
            "the content is refused": lambda: self._breaks(refuse(422, "rejected")),
            "the chat is gone": lambda: self._breaks(refuse(410, "chat_gone")),
            MOVES: lambda: self._breaks(refuse(410, "chat_moved", new_chat_id="g2")),
            "too many messages": lambda: self._breaks(refuse(429, "rate_limited", retry_after=7)),
            "the token is refused": lambda: self._breaks(refuse(401, "unauthorized")),
            "the vendor is broken": lambda: self._breaks(fault(500, "oops")),
            "a page in HTML": lambda: self._breaks(fault(502, "<html>", taken=True)),
            "half an answer": lambda: self._breaks(fault(half=True, taken=True)),
            "an answer that says neither yes nor no": lambda: self._breaks(fault(200, "[]")),
            "dropped before acceptance": lambda: self._breaks(fault()),
            "dropped after acceptance": lambda: self._breaks(fault(taken=True)),
        }

    def _breaks(self, fault: fake_bridge.Fault) -> None:
        self._gateway.faults.append(fault)

    def chat(self, kind: ChatKind) -> Chat:
        return Chat("bridge", "c1" if kind == "private" else "g1", kind)

    async def shown(self, chat: Chat) -> list[Shown]:
        """A message that replaces another has its place."""
        return [shown for _, shown in self._seen(chat)]

    def _seen(self, chat: Chat) -> list[tuple[str, Shown]]:
        seen: dict[str, Shown] = {}
        for number, body in enumerate(self._gateway.delivered, start=1):
            if body.chat.id == chat.id:
                message, item = body.message, body.message.attachment
                seen[body.replacing or str(number)] = Shown(
                    message.text,
                    tuple(span.text for span in message.spans if span.style == "bold"),
                    tuple(span.link for span in message.spans if span.link),
                    tuple((button.label, button.data) for button in message.buttons),
                    item.kind if item is not None else "",
                    file=item.url if item is not None else "",
                )
        return list(seen.items())

    def calls(self) -> int:
        return self._gateway.calls

    async def _tells(self, *events: Mapping[str, object]) -> None:
        self._newest = events
        await self.repeats()

    def _made(self, kind: ChatKind, who: str = "Hoa", **fields: object) -> Event:
        sender = {"id": PEOPLE[who], "name": who}
        return self._gateway.said(str(fields.pop("text", "")), self.chat(kind).id, kind) | {"sender": sender} | fields

    async def says(self, text: str, kind: ChatKind, who: str = "Hoa") -> None:
        await self._tells(self._made(kind, who, text=text))

    async def repeats(self) -> None:
        self._noted = False
        self._noted = await self._gateway.tell(*self._newest) == 200

    async def retries(self) -> None:
        if not self._noted:
            await self.repeats()

    def acknowledged(self) -> bool:
        return self._noted

    async def overheard(self, text: str) -> None:
        """This gateway says that it does not hear everything, and brings it all the same."""
        await self._tells(self._made("group", text=text, addressed=False))

    async def replies(self, text: str) -> None:
        await self.says(text, "group")

    async def presses(self, label: str, kind: ChatKind, who: str = "Hoa") -> None:
        found = [
            (number, data)
            for number, shown in self._seen(self.chat(kind))
            for name, data in shown.buttons
            if name == label
        ]
        number, data = found[-1]
        await self._tells(self._made(kind, who, type="press", data=data, message_id=number))

    async def edits(self, text: str, kind: ChatKind) -> str:
        await self.says("sai", kind)
        await self._tells(self._made(kind, type="edited", text=text, message_id="in-7"))
        return "in-7"

    async def adds_bot(self, title: str) -> None:
        await self._tells(self._made("group", type="joined", chat={"id": "g1", "kind": "group", "title": title}))

    async def removes_bot(self) -> None:
        await self._tells(self._made("group", type="left"))

    async def blocks(self) -> None:
        await self._tells(self._made("private", type="left"))

    async def moves_group(self) -> str:
        await self._tells(self._made("group", type="moved", new_chat_id="g2"))
        return "g2"

    def _file(self, name: str, data: bytes, mime: str) -> Event:
        self._gateway.photos[name] = data
        return {"url": f"{self._gateway.base}/photo/{name}", "mime": mime, "name": name}

    async def sends_photo(self, data: bytes, caption: str = "") -> None:
        await self._tells(
            self._made("private", type="photo", text=caption, files=[self._file("1.jpg", data, "image/jpeg")])
        )

    async def sends_album(self, number: int) -> None:
        files = [self._file(f"{at}.jpg", b"photo", "image/jpeg") for at in range(number)]
        await self._tells(self._made("private", type="photo", files=files))

    async def sends_voice(self, data: bytes) -> None:
        await self._tells(self._made("private", type="voice", files=[self._file("1.ogg", data, "audio/ogg")]))

    async def sends_file(self, data: bytes, name: str) -> None:
        await self._tells(self._made("private", type="file", files=[self._file(name, data, "application/pdf")]))

    async def sends_other(self) -> None:
        await self._tells(self._made("private", type="other", what="sticker"))

    async def says_from_tomorrow(self, text: str) -> None:
        tomorrow = datetime.fromtimestamp(self._gateway.now(), UTC) + timedelta(days=1)
        await self._tells(self._made("private", text=text, at=tomorrow.isoformat()))

    async def says_beside_noise(self, text: str) -> None:
        await self._tells({"id": "noise", "type": "unheard of"}, self._made("private", text=text))

    async def goes_away(self) -> None:
        await self._gateway.goes_away()

    def loses_next_download(self) -> None:
        self._gateway.photo_faults.append(fake_bridge.Fault(200, half=True))

    def is_busy_at_next_download(self) -> None:
        self._gateway.photo_faults.append(fake_bridge.Fault(503))

    def forgets_photos(self) -> None:
        self._gateway.photos.clear()

    async def posts(self, body: bytes, secret: str | None) -> int:
        return await self._gateway.posts(body, secret)

    async def posts_altered(self) -> Sequence[int]:
        body, secret = bodies("bridge")()[0], self._gateway.secret
        return [
            await self._gateway.posts(body, secret, altered=body.replace(b"text", b"test") + b" "),
            await self._gateway.posts(b"", secret, altered=body),
        ]

    async def posts_late(self) -> int:
        return await self._gateway.posts(bodies("bridge")()[0], self._gateway.secret, skew=-3600)


@asynccontextmanager
async def bridge() -> AsyncIterator[Rig]:
    profile = {**RICH_PROFILE, "start_link": START_LINK}
    async with (
        FakeGateway(profile, secret=make_kit().derive("bridge")) as gateway,
        hooked(creator("bridge"), gateway.options()) as (platform, kit, inbox),
    ):
        gateway.bot = kit.settings.public_url or ""
        yield BridgeRig(gateway, platform, kit, inbox)


_PEOPLE = "a gateway brings what people say to the bot"
CASES = (
    Case(
        "bridge", bridge, ("private", "group"), "bridge",
        (*(fault for fault in FAULTS if fault != "a refusal that says the token back"), MOVES), bodies("bridge"),
        {
            **WEBHOOK_LACKS,
            "a refusal that says the token back": "the secret signs, and never goes over the line",
            "a question that sends nothing": "with its key a message can be asked for as often as needed",
            "another_bot_says": _PEOPLE,
            "calls_another_bot": _PEOPLE,
            "deletes": "a gateway keeps what it took",
            "is_kept_waiting": "a press needs no answer",
            "ends_access": "the secret lasts until it is changed",
            "shuts_window": "people can be written to at any time",
            "forgets_uploads": "a file is fetched from us each time",
            "loses_next_upload": "nothing is uploaded",
        },
    ),
)  # fmt: skip
