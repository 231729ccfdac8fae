"""A Matrix homeserver on 127.0.0.1: rooms, members, `/sync` with its tokens, transaction ids, media."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from bot.testing.vendor import No, Vendor

TOKEN = "matrix-token-of-a-test"
BOT, HOA, NAM, OTHER_BOT = "@langso:xa.example", "@hoa:xa.example", "@nam:xa.example", "@other:xa.example"
BOT_NAME = "Làng Số"
DIRECT, GROUP = "!rieng:xa.example", "!thon:xa.example"
CLIENT = "/_matrix/client/v3"
SEND, SYNC, JOIN, UPLOAD, MESSAGES, REST = "send", "sync", "join", "upload", "messages", "rest"
EVENT_BYTES, UPLOAD_BYTES = 65_536, 50 * 1024 * 1024
LONGEST_WAIT = 5.0
_TAG = re.compile(r"<(/?)(\w+)(?: href=\"([^\"]*)\")?>")
Json = dict[str, JsonValue]


@dataclass
class Room:
    id: str
    name: str = ""
    members: dict[str, str] = field(default_factory=dict)
    """Membership by person."""
    direct: bool = False
    inviter: str = ""


@dataclass(frozen=True)
class Posted:
    """An event, at its place in the stream of the server."""

    at: int
    room: str
    event: Json

    @property
    def content(self) -> Json:
        found = self.event["content"]
        assert isinstance(found, dict)
        return found


class Written(BaseModel):
    """What our bot may write: the server takes anything, its users would not see the rest."""

    model_config = ConfigDict(extra="forbid")

    msgtype: str = Field(pattern="^m[.](text|image|audio|file)$")
    body: str = Field(min_length=1)
    mentions: dict[str, JsonValue] = Field(alias="m.mentions", max_length=0)
    format: str = ""
    formatted_body: str = ""
    url: str = ""
    filename: str = ""
    relates_to: dict[str, dict[str, str]] = Field({}, alias="m.relates_to")


@dataclass(frozen=True)
class Seen:
    """A message of the bot as a client shows it: the HTML where there is one."""

    id: str
    text: str
    bold: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    kind: str = ""
    url: str = ""
    answers: str = ""


class FakeMatrix(Vendor):
    """`async with FakeMatrix() as server:`; give `server.options()` to the adapter.

    The bot is in a private room with Hoa and in a group. `read` is how far it has confirmed the news. `skew`: seconds
    by which the server's clock is wrong.
    """

    half = b'{"event_'
    odd = b"{}"

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.now = now
        self.skew = 0.0
        self.token = self.known = TOKEN
        self.read = 0
        self.page = 0
        self.media: dict[str, bytes] = {}
        self.direct: Json = {HOA: [DIRECT]}
        self.rooms = {
            DIRECT: Room(DIRECT, "", {BOT: "join", HOA: "join"}, direct=True),
            GROUP: Room(GROUP, "", {BOT: "join", HOA: "join", NAM: "join"}),
        }
        self.stream: list[Posted] = []
        self._known: dict[str, str] = {}
        self._repeated: list[Posted] = []
        self._carried = 0
        self._telling: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()
        self._numbers = itertools.count(1)
        self._invited: defaultdict[str, int] = defaultdict(int)

    def routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/_matrix/client/v1/media/download/{server}/{name}", self._download)
        app.router.add_route("*", "/_matrix/{tail:.*}", self._asked)

    async def _asked(self, request: web.Request) -> web.StreamResponse:
        return await self.serve(_call(request), request)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401)
        return await self._serve_photo(request)

    def options(self) -> dict[str, str]:
        return {"homeserver": self.base, "token": self.known}

    @property
    def sends(self) -> int:
        return self.calls.count(SEND)

    def private(self, who: str) -> str:
        """The private room with a person, made when it is first asked for."""
        found = next((room.id for room in self.rooms.values() if room.direct and who in room.members), "")
        if not found:
            found = f"!{who[1:].partition(':')[0]}:xa.example"
            self.rooms[found] = Room(found, "", {BOT: "join", who: "join"}, direct=True)
            self.direct[who] = [found]
        return found

    def shown(self, room_id: str) -> list[Seen]:
        words: dict[str, str] = {}
        found = []
        for posted in self.stream:
            if posted.room == room_id and posted.event["sender"] == BOT and posted.event["type"] == "m.room.message":
                content = Written.model_validate(posted.content)
                one = seen(str(posted.event["event_id"]), content, words)
                words[one.id] = one.text
                found.append(one)
        return found

    def heard(self, room_id: str) -> list[str]:
        return [one.text for one in self.shown(room_id)]

    # What people do.

    async def says(self, text: str, *, room: str, who: str = HOA, calls: bool = False, **more: JsonValue) -> str:
        """Words come decomposed. `calls`: the bot's name in front, as a client writes it."""
        words = unicodedata.normalize("NFD", text)
        content: Json = {"msgtype": "m.text", "body": f"{BOT_NAME}: {words}" if calls else words, **more}
        if calls:
            content["m.mentions"] = {"user_ids": [BOT]}
        return await self.posts(room, who, content)

    async def edits(self, number: str, text: str, *, room: str, who: str = HOA) -> None:
        """Change an earlier message, as clients write it."""
        relation: JsonValue = {"rel_type": "m.replace", "event_id": number}
        new: JsonValue = {"msgtype": "m.text", "body": text}
        content: Json = {"msgtype": "m.text", "body": f"* {text}", "m.relates_to": relation, "m.new_content": new}
        await self.posts(room, who, content)

    async def sends_media(self, kind: str, data: bytes, *, room: str, who: str = HOA, **more: JsonValue) -> str:
        name = f"file{next(self._numbers)}"
        self.photos[name] = data
        info: JsonValue = {"size": len(data), "mimetype": "image/jpeg"}
        return await self.posts(
            room, who, {"msgtype": kind, "body": name, "url": f"mxc://xa.example/{name}", "info": info, **more}
        )

    async def posts(
        self,
        room: str,
        who: str,
        content: Json,
        kind: str = "m.room.message",
        *,
        state_key: str | None = None,
        **more: JsonValue,
    ) -> str:
        """Post any event; return its id."""
        number = len(self.stream) + 1
        event: Json = {
            "event_id": f"$event{number}", "type": kind, "sender": who, "content": content,
            "origin_server_ts": int((self.now() + self.skew) * 1000), **more,
        }  # fmt: skip
        if state_key is not None:
            event["state_key"] = state_key
        async with self._news:
            self.stream.append(Posted(number, room, event))
            self._news.notify_all()
        return str(event["event_id"])

    async def changes_member(self, room: str, who: str, membership: str, *, by: str = "") -> None:
        before = self.rooms[room].members.get(who, "leave")
        self.rooms[room].members[who] = membership
        was: JsonValue = {"prev_content": {"membership": before}}
        await self.posts(room, by or who, {"membership": membership}, "m.room.member", state_key=who, unsigned=was)

    async def invites(self, room: str, *, by: str = HOA, name: str = "", direct: bool = False) -> None:
        """Invite the bot to a room."""
        found = self.rooms.setdefault(room, Room(room, members={by: "join"}))
        found.name, found.direct, found.inviter = name or found.name, direct, by
        found.members[BOT] = "invite"
        async with self._news:
            number = len(self.stream) + 1
            self.stream.append(Posted(number, "", {"content": {}}))
            self._invited[room] = number
            self._news.notify_all()

    async def again(self) -> None:
        """Bring the newest event once more, as after a power cut before its token was kept."""
        async with self._news:
            self._repeated.append(self.stream[-1])
            self._news.notify_all()
        await self.until(lambda: not self._repeated and self.calls.count(SYNC) > self._carried)

    def revokes(self) -> None:
        """Take nothing more from the bot's token, and tell it who asks for news."""
        self.token = "another"
        self._telling = asyncio.create_task(self._wakes())

    async def _wakes(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._called:
            await self._called.wait_for(done)

    # The server.

    def refusal(self, no: No, retry_after: int = 0) -> web.Response:
        body: Json = {"errcode": no.words.partition(" ")[0], "error": no.words.partition(" ")[2]}
        if retry_after:
            body["retry_after_ms"] = retry_after * 1000
        return web.json_response(body, status=no.status)

    async def carry_out(self, call: str, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            raise No(401, "M_UNKNOWN_TOKEN Unrecognised access token")
        path = [unquote(part) for part in request.raw_path.partition("?")[0].split("/")][4:]
        match call, path:
            case "sync", _:
                return web.json_response(await self._sync(request))
            case "send", ["rooms", room, "send", _, once]:
                return web.json_response({"event_id": await self._take(room, once, await request.read())})
            case "join", ["join", room]:
                return web.json_response(await self._join(room))
            case "upload", _:
                return web.json_response({"content_uri": self._keep(await request.read())})
            case "messages", ["rooms", room, "messages"]:
                return web.json_response(self._back(room, request))
            case _, ["account", "whoami"]:
                return web.json_response({"user_id": BOT})
            case _, ["profile", _, "displayname"]:
                return web.json_response({"displayname": BOT_NAME})
            case _, ["user", _, "account_data", "m.direct"] if request.method == "PUT":
                self.direct = json.loads(await request.read())
                return web.json_response({})
            case _, ["user", _, "account_data", "m.direct"]:
                return web.json_response(self.direct)
        raise No(404, "M_UNRECOGNIZED Unrecognized request")

    async def _take(self, room: str, once: str, raw: bytes) -> str:
        if f"{room} {once}" in self._known:
            return self._known[f"{room} {once}"]
        if room not in self.rooms or self.rooms[room].members.get(BOT) != "join":
            raise No(403, f"M_FORBIDDEN User {BOT} not in room {room}")
        if len(raw) > EVENT_BYTES - 2000:
            raise No(413, "M_TOO_LARGE event too large")
        try:
            content = Written.model_validate_json(raw)
        except ValidationError as error:
            raise No(400, f"M_BAD_JSON {error.error_count()} errors") from None
        if content.url and content.url.rpartition("/")[2] not in self.media:
            raise No(400, "M_BAD_JSON no such file")
        posted = await self.posts(room, BOT, json.loads(raw))
        self._known[f"{room} {once}"] = posted
        return posted

    async def _join(self, room: str) -> Json:
        if self.rooms[room].members.get(BOT) != "invite":
            raise No(403, "M_FORBIDDEN You are not invited to this room.")
        if self.rooms[room].name:
            await self.posts(room, HOA, {"name": self.rooms[room].name}, "m.room.name", state_key="")
        await self.changes_member(room, BOT, "join")
        return {"room_id": room}

    def _keep(self, data: bytes) -> str:
        if not 0 < len(data) <= UPLOAD_BYTES:
            raise No(413, "M_TOO_LARGE Content too large")
        name = f"out{next(self._numbers)}"
        self.media[name] = data
        return f"mxc://xa.example/{name}"

    async def _sync(self, request: web.Request) -> Json:
        since = int(request.query["since"].removeprefix("s")) if "since" in request.query else None
        async with self._called:
            self.read = max(self.read, since or 0)
            self._called.notify_all()
        wait = min(int(request.query.get("timeout", "0")) / 1000, LONGEST_WAIT)
        try:
            async with asyncio.timeout(wait), self._news:
                await self._news.wait_for(
                    lambda: self.token != self.known or len(self.stream) > (since or 0) or self._repeated
                )
        except TimeoutError:
            pass
        if self.token != self.known:
            raise No(401, "M_UNKNOWN_TOKEN Unrecognised access token")
        last, repeated = len(self.stream), self._repeated
        self._repeated, self._carried = [], self.calls.count(SYNC)
        fresh = [*repeated, *(one for one in self.stream[since or 0 : last] if one.room)]
        left = {room.id for room in self.rooms.values() if room.members.get(BOT) in ("leave", "ban")}
        rooms: dict[str, list[Posted]] = defaultdict(list)
        for one in fresh:
            rooms[one.room].append(one)
        parts: dict[str, Json] = {"join": {}, "leave": {}, "invite": {}}
        for room, events in rooms.items():
            kept = events[-self.page :] if self.page else events
            timeline: JsonValue = {
                "events": [one.event for one in kept],
                "limited": len(kept) < len(events),
                "prev_batch": f"t{kept[0].at}",
            }
            parts["leave" if room in left else "join"][room] = {"timeline": timeline, "state": {"events": []}}
        for room, at in self._invited.items():
            if (since is None or since < at <= last) and self.rooms[room].members[BOT] == "invite":
                parts["invite"][room] = self._invitation(self.rooms[room])
        return {"next_batch": f"s{last}", "rooms": {name: part for name, part in parts.items() if part}}

    def _invitation(self, room: Room) -> Json:
        member: JsonValue = {"membership": "invite", **({"is_direct": True} if room.direct else {})}
        told: JsonValue = [
            {"type": "m.room.name", "state_key": "", "sender": room.inviter, "content": {"name": room.name}},
            {"type": "m.room.member", "state_key": BOT, "sender": room.inviter, "content": member},
        ]
        return {"invite_state": {"events": told}}

    def _back(self, room: str, request: web.Request) -> Json:
        """A page of what was said before, newest first."""
        before, since = int(request.query["from"].removeprefix("t")), int(request.query["to"].removeprefix("s"))
        older = [one for one in self.stream if one.room == room and since < one.at < before][::-1]
        page = older[: self.page or len(older)]
        more: Json = {"end": f"t{page[-1].at}"} if len(page) < len(older) else {}
        return {"chunk": [one.event for one in page], **more}


def _call(request: web.Request) -> str:
    path = request.path
    for call in (SYNC, JOIN, UPLOAD, MESSAGES):
        if f"/{call}" in path:
            return call
    return SEND if "/send/" in path else REST


def seen(number: str, content: Written, words: dict[str, str]) -> Seen:
    html = content.formatted_body if content.format == "org.matrix.custom.html" else ""
    text, bold, links = _rendered(html) if html else (content.body, [], [])
    if content.url and content.filename == content.body:
        text = ""
    kind = {"m.image": "photo", "m.audio": "audio", "m.file": "file"}.get(content.msgtype, "")
    answered = content.relates_to.get("m.in_reply_to", {}).get("event_id", "")
    return Seen(number, text, tuple(bold), tuple(links), kind, content.url, words.get(answered, ""))


def _rendered(html: str) -> tuple[str, list[str], list[str]]:
    """The words of a simple HTML, those in bold, and where its links lead."""
    text, bold, links, at, open_at = "", [], [], 0, 0
    for tag in _TAG.finditer(html):
        text += unescape(html[at : tag.start()])
        at = tag.end()
        closes, name, href = tag.groups()
        if name == "br":
            text += "\n"
        elif name == "strong" and not closes:
            open_at = len(text)
        elif name == "strong":
            bold.append(text[open_at:])
        elif href is not None:
            links.append(unescape(href))
    return text + unescape(html[at:]), bold, links
