"""Matrix: a user of a homeserver, who asks `/sync` for news and names each message by a transaction id.

A server takes a transaction id once, so the platform is `idempotent`; Synapse remembers ids for a day. Invitations are
accepted; a room is private if it was made as one, which the server keeps in the account's data (`m.direct`).
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Field, RootModel, SecretStr

from bot.core.events import Chat, Event, Incoming
from bot.core.lean import patterns
from bot.core.lru import Latest
from bot.core.machine import chance
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
)
from bot.core.text import msg
from bot.platforms import Kit
from bot.platforms._shared.aside import Aside
from bot.platforms._shared.bearer import Answer, BearerApi
from bot.platforms._shared.http import read
from bot.platforms._shared.news import News
from bot.platforms._shared.uploads import Uploads
from bot.settings import SettingsError, WebAddress, validate

from .wire import NAME, TYPES, Me, Posted, Room, Sync, parse, posts
from .write import CAPABILITIES, content_of

log = logging.getLogger(__name__)

CLIENT, UPLOAD = "/_matrix/client/v3", "/_matrix/media/v3/upload"
WAIT, SYNC_SECONDS, UPLOAD_SECONDS = "30000", 45.0, 120.0
"""How long a question for news waits at the server (ms), and how long it and an upload may take."""
SYNC_LIMIT, PAGE, MOST_MISSED = 32 * 1024 * 1024, 100, 1000
JOIN_AGAIN = (5.0, 60.0, 600.0)
_NOTHING: Mapping[str, object] = {"types": []}
_ROOM = {"timeline": {"limit": PAGE, "types": TYPES}, "state": {"types": ["m.room.name"]}, "ephemeral": _NOTHING}
FILTER = json.dumps({"presence": _NOTHING, "account_data": _NOTHING, "room": _ROOM})
_MXC = patterns.compile(r"mxc://([A-Za-z0-9.:\[\]-]{1,255})/([A-Za-z0-9_=-]{1,255})")
_TOKEN_CODES = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_USER_SUSPENDED"})


class MatrixOptions(BaseModel, defer_build=True):
    """`BOT_MATRIX_…`: the homeserver's address, and the access token of the bot's user there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    homeserver: WebAddress
    token: SecretStr = Field(min_length=1)


class _Answer(BaseModel, defer_build=True):
    """The answers to questions; "" where it is not."""

    user_id: str = ""
    displayname: str = ""
    event_id: str = ""
    content_uri: str = ""
    chunk: tuple[object, ...] = ()
    end: str = ""
    code: str = Field("", alias="errcode")
    error: str = ""
    milliseconds: float | None = Field(None, alias="retry_after_ms")


class _Direct(RootModel[dict[str, list[str]]], defer_build=True):
    """The rooms with each person."""


class Matrix(Adapter):
    name = NAME
    capabilities = CAPABILITIES
    budget = Budget(per_second=5, idempotent=True)

    def __init__(self, kit: Kit, options: MatrixOptions) -> None:
        self._kit = kit
        self._server = options.homeserver.rstrip("/")
        self._api = BearerApi(self._server, options.token.get_secret_value())
        self._keys = kit.derive("matrix-keys")
        self._uploads = Uploads(kit.media, kit.clock, float("inf"), self._upload)
        self._ours: Latest[str] = Latest()
        self._direct: dict[str, list[str]] = {}
        self._news, self._aside = News(kit, "Matrix"), Aside()
        self._me = Me("")

    async def listen(self, sink: Sink) -> None:
        """Ask for news until cancelled; raise SettingsError when the server does not know the token."""
        try:
            await self._news.insist(self._learn)
            await self._kit.polling(partial(self._news.go_on, sink, self._ask_for_news))
        except TokenRefused:
            raise SettingsError.of("BOT_MATRIX_TOKEN", msg("the server refuses this token; log in anew")) from None

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        """Send a message under a transaction id. Nothing is edited: who types numbers looks at the newest message."""
        content_of(message, "")  # before anything is uploaded
        uploaded = await self._uploads.id_of(message.attachment) if message.attachment is not None else ""
        once = hashlib.sha256(f"{self._keys} {chat.id} {key}".encode()).hexdigest()[:32] if key else chance.unique()
        path = f"/rooms/{quote(chat.id, safe='')}/send/m.room.message/{once}"
        sent = (await self._ask("PUT", path, content_of(message, uploaded))).event_id
        if not sent:
            raise Unreachable("a message without an id", maybe_sent=True)
        self._ours.put((chat.id, sent), "")
        return Sent(sent)

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        found = _MXC.fullmatch(file.ref)
        if found is None:
            raise Rejected("no file of a room")
        return await self._api.download(f"{self._server}/_matrix/client/v1/media/download/{found[1]}/{found[2]}", limit)

    async def close(self) -> None:
        await self._aside.close()
        await self._api.close()

    async def _learn(self) -> None:
        who = (await self._ask("GET", "/account/whoami")).user_id
        person = quote(who, safe="")
        _, shown = await self._if_there(f"/profile/{person}/displayname")
        kept, _ = await self._if_there(f"/user/{person}/account_data/m.direct")
        self._direct = (read(_Direct, kept) or _Direct({})).root
        names = {name for name in (shown.displayname, who.removeprefix("@"), who[1:].partition(":")[0]) if name}
        self._me = Me(who, tuple(sorted(names, key=len, reverse=True)))

    async def _if_there(self, path: str) -> tuple[bytes, _Answer]:
        answer = await self._api.ask("GET", f"{CLIENT}{path}")
        return (b"{}", _Answer()) if answer.status == 404 else (answer.body, self._said(answer))

    async def _ask_for_news(self, since: str | None) -> tuple[str, Sequence[Event]]:
        """Return the next token and the events. Words from before the first question were not said to us."""
        query = {"filter": FILTER} | ({"timeout": "0"} if since is None else {"timeout": WAIT, "since": since})
        answer = await self._api.ask("GET", f"{CLIENT}/sync", query=query, seconds=SYNC_SECONDS, limit=SYNC_LIMIT)
        self._said(answer)
        sync = read(Sync, answer.body)
        if sync is None:
            raise Unreachable("news that nobody understands", maybe_sent=False)
        for room_id, raw in sync.invite.items():
            self._aside.begin(self._accept(room_id, posts((read(Room, raw) or Room()).invited)))
        events: list[Event] = []
        for room_id, raw in {**sync.join, **sync.leave}.items() if since is not None else ():
            events += await self._events(room_id, read(Room, raw) or Room(), since or "")
        return sync.next_batch, events

    async def _events(self, room_id: str, room: Room, since: str) -> Sequence[Event]:
        news, state = posts(room.timeline.events), posts(room.state)
        joined = next((at for at, each in enumerate(news) if each.lets_in(self._me)), None)
        if joined is None and room.timeline.limited:
            news = [*await self._missed(room_id, room.timeline.before, since), *news]
        title = next((each.content.name for each in reversed([*state, *news]) if each.type == "m.room.name"), "")
        chat = Chat(NAME, room_id, "private" if any(room_id in rooms for rooms in self._direct.values()) else "group")
        tell = partial(parse, chat=chat, title=title, me=self._me, now=self._kit.clock.now())
        ours = [self._ours.get((room_id, each.content.answers)) is not None for each in news]
        found = [tell(each, answers_us=to_us) for each, to_us in zip(news, ours, strict=True)]
        return [event for event in found[joined or 0 :] if event is not None]

    async def _missed(self, room_id: str, before: str, since: str) -> Sequence[Posted]:
        """Return what was said in a room between two answers and does not stand in the newer one."""
        missed: list[Posted] = []
        query = {"dir": "b", "to": since, "limit": f"{PAGE}", "filter": json.dumps({"types": TYPES})}
        where = f"/rooms/{quote(room_id, safe='')}/messages?{urlencode(query)}"
        with suppress(ChatGone, Rejected):  # of a room that is ours no more
            while before and len(missed) < MOST_MISSED:
                page = await self._ask("GET", f"{where}&from={quote(before, safe='')}")
                missed += posts(page.chunk)
                before = page.end if page.chunk and page.end != before else ""
        return missed[::-1]

    async def _accept(self, room_id: str, told: Sequence[Posted]) -> None:
        """Join, and before that keep that the room is private: the server tells it once only."""
        mine = next((each for each in told if each.state_key == self._me.id and each.type == "m.room.member"), None)
        if mine is not None and mine.content.direct:
            self._direct.setdefault(mine.sender, []).append(room_id)
        for pause in JOIN_AGAIN:
            try:
                await self._ask("PUT", f"/user/{quote(self._me.id, safe='')}/account_data/m.direct", self._direct)
                await self._ask("POST", f"/join/{quote(room_id, safe='')}", {})
                return
            except PlatformError as error:
                log.warning("Matrix: an invitation cannot be accepted: %s", error)
            await self._kit.clock.sleep(pause)

    async def _upload(self, data: bytes, name: str, mime: str) -> str:
        query, kind = {"filename": name}, {"Content-Type": mime}
        answer = await self._api.ask("POST", UPLOAD, query=query, data=data, headers=kind, seconds=UPLOAD_SECONDS)
        return self._said(answer).content_uri

    async def _ask(self, method: str, path: str, fields: Mapping[str, object] | None = None) -> _Answer:
        return self._said(await self._api.ask(method, f"{CLIENT}{path}", fields=fields))

    def _said(self, answer: Answer) -> _Answer:
        """Return what was answered; raise a decision for a no."""
        said = read(_Answer, answer.body)
        if said is None or answer.status >= 500 or (answer.status != 200 and not said.code):
            raise Unreachable(f"HTTP {answer.status} that nobody understands", maybe_sent=True)
        if answer.status == 200:
            return said
        words = self._api.words(f"{said.code}: {said.error}")
        if said.code in _TOKEN_CODES:
            raise TokenRefused
        if answer.status == 429:
            raise RateLimited(answer.pause if said.milliseconds is None else said.milliseconds / 1000, "token")
        raise ChatGone(words) if answer.status in (403, 404) else Rejected(words)


def create(kit: Kit) -> Platform:
    """Create the platform; raise SettingsError."""
    return Matrix(kit, validate(MatrixOptions, kit.options, "BOT_MATRIX_"))
