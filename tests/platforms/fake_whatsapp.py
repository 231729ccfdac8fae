"""WhatsApp's Cloud API on 127.0.0.1: a window of a day, a pace for each person, marks in texts that become styles."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import ClientSession, web
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from bot.core.text import utf16_len
from bot.testing.vendor import No, Vendor

TOKEN, APP_SECRET, VERIFY_TOKEN = "whatsapp-token-of-a-test", "app-secret-of-a-test", "verify-token-of-a-test"
PHONE = "106540352242922"
MESSAGES, MEDIA, LOOK = f"/{PHONE}/messages", f"/{PHONE}/media", "media"
MENU = f"/{PHONE}/conversational_automation"
DAY = 24 * 3600
PAIR_BURST, PAIR_SECONDS = 45, 6
"""So many messages to one person in so many seconds."""
STYLED = re.compile(r"(?<!\w)(?P<mark>[*_~`])(?=\S)(?P<inside>[^\n]*?)(?<=\S)(?P=mark)(?!\w)")
Json = dict[str, JsonValue]


def person(number: int) -> str:
    return f"84912{number:06d}"


@dataclass(frozen=True)
class Accepted:
    """A message as the person sees it: marks are no longer there, `bold` is what stood between stars."""

    chat_id: str
    id: str
    text: str
    bold: tuple[str, ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()
    photo: str = ""
    answers: str = ""
    form: str = ""


class _Strict(BaseModel):
    """The server refuses what it does not know."""

    model_config = ConfigDict(extra="forbid")


class _Text(_Strict):
    body: str = Field(min_length=1)
    preview_url: bool


class _Image(_Strict):
    id: str
    caption: str = ""


class _Body(_Strict):
    text: str = Field(min_length=1)


class _Reply(_Strict):
    id: str = Field(min_length=1, max_length=256)
    title: str = Field(min_length=1, max_length=20)


class _Button(_Strict):
    type: str = Field(pattern="^reply$")
    reply: _Reply


class _Row(_Strict):
    id: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=24)


class _Section(_Strict):
    rows: tuple[_Row, ...] = Field(min_length=1, max_length=10)


class _Action(_Strict):
    buttons: tuple[_Button, ...] = Field((), max_length=3)
    button: str = Field("", max_length=20)
    sections: tuple[_Section, ...] = Field((), max_length=1)


class _Interactive(_Strict):
    type: str = Field(pattern="^(button|list)$")
    body: _Body
    action: _Action


class _Context(_Strict):
    message_id: str


class _Command(_Strict):
    command_name: str
    command_description: str


class _Menu(_Strict):
    commands: list[_Command]


class _Message(_Strict):
    messaging_product: str = Field(pattern="^whatsapp$")
    recipient_type: str = Field(pattern="^individual$")
    to: str
    type: str
    text: _Text | None = None
    image: _Image | None = None
    interactive: _Interactive | None = None
    context: _Context | None = None


def signature(body: bytes, secret: str) -> str:
    """The vendor's own reckoning: one that the adapter shares with it would agree with every mistake."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class FakeWhatsapp(Vendor):
    """`async with FakeWhatsapp() as server:`; give `server.options()` to the adapter, its webhook to `server.hook`.

    `now` is the server's clock, `skew` the seconds by which it is wrong. `tells_later`: that a window is shut is told
    in a status of the message, and not in the answer.
    """

    half = b'{"messaging_product":"whats'
    odd = b'{"messages":[]}'

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.now = now
        self.hook = ""
        self.token = TOKEN
        self.skew = 0.0
        self.tells_later = False
        self.accepted: list[Accepted] = []
        self.uploaded: dict[str, bytes] = {}
        self.last_word: dict[str, float] = {}
        self.gone: set[str] = set()
        self.menu: dict[str, str] = {}
        self.pushed: list[bytes] = []
        self.noted = False
        self._sent: defaultdict[str, list[float]] = defaultdict(list)
        self._ids = itertools.count(1)

    def routes(self, app: web.Application) -> None:
        app.router.add_post(MESSAGES, self._asked)
        app.router.add_post(MEDIA, self._asked)
        app.router.add_post(MENU, self._asked)
        app.router.add_get(f"/{PHONE}", self._asked)
        app.router.add_get("/{media}", self._looked_up)

    async def _asked(self, request: web.Request) -> web.StreamResponse:
        return await self.serve(request.path, request)

    async def _looked_up(self, request: web.Request) -> web.StreamResponse:
        return await self.serve(LOOK, request)

    @property
    def sends(self) -> int:
        return self.calls.count(MESSAGES)

    def options(self) -> dict[str, str]:
        return {
            "token": self.token, "phone_id": PHONE, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN,
            "api_base": self.base, "media_base": self.base,
        }  # fmt: skip

    def heard(self, chat_id: str) -> list[str]:
        return [item.text for item in self.accepted if item.chat_id == chat_id]

    # What people do.

    async def says(self, text: str, *, who: str) -> int:
        """Returns the status that the webhook gave. Words come decomposed."""
        return await self.tells(who, {"type": "text", "text": {"body": unicodedata.normalize("NFD", text)}})

    async def presses(self, label: str, *, who: str) -> int:
        """The newest button with this label."""
        shown, data = next(
            (one, data)
            for one in reversed(self.accepted)
            if one.chat_id == who
            for name, data in one.buttons
            if name == label
        )
        kind = "button_reply" if shown.form == "button" else "list_reply"
        choice: JsonValue = {"type": kind, kind: {"id": data, "title": label}}
        return await self.tells(
            who, {"type": "interactive", "interactive": choice, "context": {"from": PHONE, "id": shown.id}}
        )

    async def sends_media(self, kind: str, data: bytes, *, who: str, **more: JsonValue) -> int:
        number = f"{next(self._ids)}"
        self.photos[number] = data
        return await self.tells(who, {"type": kind, kind: {"id": number, **more}})

    async def tells(self, who: str, message: Json, *, beside: JsonValue = None) -> int:
        """A message of somebody, after another one that may be unreadable."""
        self.last_word[who] = self.now()
        whole: Json = {"from": who, "id": f"wamid.in{next(self._ids)}", "timestamp": f"{int(self.now() + self.skew)}"}
        messages: JsonValue = [*([] if beside is None else [beside]), {**whole, **message}]
        name = {person(1): "Hoa", person(2): "Nam"}.get(who, who)
        contacts: JsonValue = [{"profile": {"name": name}, "wa_id": who}]
        return await self.push({"contacts": contacts, "messages": messages})

    async def fails(self, who: str, code: int) -> int:
        """Tell in a status that a message of the bot did not arrive."""
        return await self.push(
            {"statuses": [{"id": "x", "recipient_id": who, "status": "failed", "errors": [{"code": code}]}]}
        )

    async def push(self, value: Json, *, phone: str = PHONE) -> int:
        """Any news of a phone number, signed as the vendor signs."""
        metadata: JsonValue = {"display_phone_number": "84900000000", "phone_number_id": phone}
        change: JsonValue = {
            "field": "messages",
            "value": {"messaging_product": "whatsapp", "metadata": metadata, **value},
        }
        body = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
        self.pushed.append(json.dumps(body, ensure_ascii=False).encode())
        return await self.again()

    async def again(self) -> int:
        """The newest update (once more), as after an answer that came too late."""
        return await self.post(self.pushed[-1], signature(self.pushed[-1], APP_SECRET))

    async def post(self, body: bytes, signed: str | None) -> int:
        headers = {"Content-Type": "application/json"} | ({} if signed is None else {"X-Hub-Signature-256": signed})
        status = await self.post_to(self.hook, body, headers)
        self.noted = status == 200
        return status

    async def challenges(self, query: Mapping[str, str]) -> tuple[int, str]:
        """Ask the bot's address to prove that it is the bot's; returns status and words."""
        async with ClientSession() as http, http.get(self.hook, params=query) as answer:
            return answer.status, await answer.text()

    # The server.

    def refusal(self, no: No, retry_after: int = 0) -> web.Response:
        error: JsonValue = {"message": f"(#{no.code}) {no.words}", "type": "OAuthException", "code": no.code}
        return web.json_response({"error": error}, status=no.status)

    async def carry_out(self, call: str, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            raise No(190, "Invalid OAuth access token", 401)
        if call == f"/{PHONE}":
            return web.json_response({"id": PHONE})
        if call == MENU:
            self.menu = _menu(_Menu.model_validate_json(await request.read()))
            return web.json_response({"success": True})
        if call == LOOK:
            name = request.match_info["media"]
            if name not in self.photos:
                raise No(100, "Unsupported get request. Object does not exist", 400)
            return web.json_response({"url": f"{self.base}/photo/{name}", "mime_type": "image/jpeg", "id": name})
        if call == MEDIA:
            return web.json_response({"id": await self._take_photo(request)})
        try:
            return await self._take(_Message.model_validate_json(await request.read()))
        except ValidationError as error:
            raise No(100, f"Invalid parameter ({error.error_count()})", 400) from None

    async def _take_photo(self, request: web.Request) -> str:
        form = await request.post()
        field = form.get("file")
        data = field.file.read() if isinstance(field, web.FileField) else b""
        if form.get("messaging_product") != "whatsapp" or not 0 < len(data) <= 5 * 1024 * 1024:
            raise No(131053, "Media upload error", 400)
        photo = f"{next(self._ids)}"
        self.uploaded[photo] = data
        return photo

    async def _take(self, message: _Message) -> web.Response:
        who = message.to
        if who in self.gone:
            raise No(131026, "Message undeliverable", 400)
        self._check_pace(who)
        text, buttons, form = _content(message)
        photo = message.image.id if message.image is not None else ""
        if photo and photo not in self.uploaded:
            raise No(100, "Param image['id'] is not a valid whatsapp business account media attachment ID", 400)
        number = f"wamid.out{next(self._ids)}"
        answer = {
            "messaging_product": "whatsapp",
            "contacts": [{"input": who, "wa_id": who}],
            "messages": [{"id": number}],
        }
        if self.now() - self.last_word.get(who, float("-inf")) > DAY:
            if not self.tells_later:
                raise No(131047, "Re-engagement message", 400)
            await self.fails(who, 131047)
            return web.json_response(answer)
        answered = message.context.message_id if message.context is not None else ""
        earlier = next((one.text for one in self.accepted if one.id == answered), "")
        bold = tuple(found["inside"] for found in STYLED.finditer(text) if found["mark"] == "*")
        seen = STYLED.sub(lambda found: found["inside"], text)
        self.accepted.append(Accepted(who, number, seen, bold, buttons, photo, earlier, form))
        return web.json_response(answer)

    def _check_pace(self, who: str) -> None:
        lately = [at for at in self._sent[who] if time.monotonic() - at < PAIR_SECONDS]
        if len(lately) >= PAIR_BURST:
            raise No(131056, "(Business Account, Consumer Account) pair rate limit hit", 400)
        self._sent[who] = [*lately, time.monotonic()]


def _menu(menu: _Menu) -> dict[str, str]:
    for one in menu.commands:
        if not 0 < len(one.command_name) <= 32 or not 0 < len(one.command_description) <= 256:
            raise No(100, "Invalid parameter")
    if len(menu.commands) > 30:
        raise No(100, "Too many commands")
    return {one.command_name: one.command_description for one in menu.commands}


def _content(message: _Message) -> tuple[str, tuple[tuple[str, str], ...], str]:
    """Text, buttons and their form, within the limits."""
    given = [name for name in ("text", "image", "interactive") if getattr(message, name) is not None]
    if given != [message.type]:
        raise No(100, "Invalid parameter", 400)
    if message.text is not None:
        return _short(message.text.body, 4096), (), ""
    if message.image is not None:
        return _short(message.image.caption, 1024), (), ""
    assert message.interactive is not None
    form, action = message.interactive.type, message.interactive.action
    text = _short(message.interactive.body.text, 1024 if form == "button" else 4096)
    buttons = [(one.reply.title, one.reply.id) for one in action.buttons]
    rows = [(row.title, row.id) for section in action.sections for row in section.rows]
    if bool(buttons) != (form == "button") or bool(rows and action.button) != (form == "list"):
        raise No(100, "Invalid parameter", 400)
    return text, tuple(buttons or rows), form


def _short(text: str, limit: int) -> str:
    if utf16_len(text) > limit:
        raise No(100, f"Param text must be at most {limit} characters long", 400)
    return text
