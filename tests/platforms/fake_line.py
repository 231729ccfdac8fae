"""LINE's Messaging API on 127.0.0.1, as the free plan has it: 200 pushes a month, replies once and for a minute."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import time
import unicodedata
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

from bot.core.text import utf16_len
from bot.testing.vendor import No, Vendor

TOKEN, SECRET = "line-token-of-a-test", "line-secret-of-a-test"
REPLY, PUSH = "/v2/bot/message/reply", "/v2/bot/message/push"
INFO, QUOTA, USED = "/v2/bot/info", "/v2/bot/message/quota", "/v2/bot/message/quota/consumption"
FREE_PLAN, REPLY_SECONDS = 200, 60
NAME = "@Làng Số 👵👴"
Json = dict[str, JsonValue]


def person(number: int) -> str:
    return f"U{number:032x}"


GROUP = f"C{7:032x}"


@dataclass(frozen=True)
class Accepted:
    """What one call showed in a chat."""

    chat_id: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    photo: str = ""
    by: str = PUSH


class _Strict(BaseModel):
    """The server refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)


class _Action(_Strict):
    type: str = Field(pattern="^postback$")
    label: str = Field(min_length=1, max_length=20)
    data: str = Field(min_length=1, max_length=300)
    display_text: str = Field(min_length=1, max_length=300)


class _Item(_Strict):
    type: str = Field(pattern="^action$")
    action: _Action


class _Quick(_Strict):
    items: tuple[_Item, ...] = Field(min_length=1, max_length=13)


class _Buttons(_Strict):
    type: str = Field(pattern="^buttons$")
    text: str = Field(min_length=1)
    actions: tuple[_Action, ...] = Field(min_length=1, max_length=4)


class _Object(_Strict):
    type: str
    text: str | None = None
    quick_reply: _Quick | None = None
    alt_text: str | None = None
    template: _Buttons | None = None
    original_content_url: str | None = None
    preview_image_url: str | None = None


class _Reply(_Strict):
    reply_token: str
    messages: tuple[_Object, ...] = Field(min_length=1, max_length=5)


class _Push(_Strict):
    to: str
    messages: tuple[_Object, ...] = Field(min_length=1, max_length=5)


def signature(body: bytes, secret: str) -> str:
    """The vendor's own reckoning: one that the adapter shares with it would agree with every mistake."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class FakeLine(Vendor):
    """`async with FakeLine() as line:`; give `line.options()` to the adapter and its webhook's address to `line.hook`.

    `friends` and `groups` may be pushed to. `used` are the pushes of this month, `skew` the seconds by which the
    server's clock is wrong, `content` what people sent by the ids of their messages.
    """

    half = b'{"sentMess'
    odd = b'{"sentMessages":[]}'

    def __init__(self) -> None:
        super().__init__()
        self.hook = ""
        self.token = TOKEN
        self.skew = 0.0
        self.friends = {person(1)}
        self.groups = {GROUP}
        self.used = 0
        self.accepted: list[Accepted] = []
        self.pushed: list[bytes] = []
        self.noted = False
        self._reply_tokens: dict[str, tuple[str, float]] = {}
        self._keys: dict[str, web.Response] = {}
        self._ids = itertools.count(1)

    def routes(self, app: web.Application) -> None:
        app.router.add_post(REPLY, self._asked)
        app.router.add_post(PUSH, self._asked)
        for path in (INFO, QUOTA, USED):
            app.router.add_get(path, self._asked)
        app.router.add_get("/v2/bot/message/{name}/content", self._serve_photo)

    async def _asked(self, request: web.Request) -> web.StreamResponse:
        return await self.serve(request.path, request)

    @property
    def sends(self) -> int:
        return self.calls.count(REPLY) + self.calls.count(PUSH)

    def options(self) -> dict[str, str]:
        return {"token": self.token, "secret": SECRET, "api_base": self.base, "data_base": self.base}

    def heard(self, chat_id: str) -> list[str]:
        return [item.text for item in self.accepted if item.chat_id == chat_id]

    # What people do.

    async def says(self, text: str, *, who: str, group: str = "", mention: bool = False) -> int:
        """Returns the status that the webhook gave. Words come decomposed."""
        words = unicodedata.normalize("NFD", text)
        content: Json = {"type": "text", "id": f"{next(self._ids)}", "text": words, "quoteToken": "q"}
        if mention:
            content["text"] = f"{NAME} {words}"
            place: JsonValue = {"index": 0, "length": utf16_len(NAME), "type": "user", "isSelf": True}
            content["mention"] = {"mentionees": [place]}
        return await self.happens("message", who, group, message=content)

    async def sends_content(self, kind: str, data: bytes = b"", *, who: str, **more: JsonValue) -> int:
        number = f"{next(self._ids)}"
        self.photos[number] = data
        return await self.happens("message", who, "", message={"type": kind, "id": number, **more})

    async def presses(self, label: str, *, who: str, group: str = "") -> int:
        """The newest button with this label."""
        mine = [one for one in self.accepted if one.chat_id == (group or who)]
        data = next(data for one in reversed(mine) for name, data in one.buttons if name == label)
        return await self.happens("postback", who, group, postback={"data": data})

    async def happens(self, kind: str, who: str, group: str = "", **more: JsonValue) -> int:
        return await self.push(self.event(kind, who, group, **more))

    def event(self, kind: str, who: str, group: str = "", **more: JsonValue) -> Json:
        token = f"reply-{next(self._ids)}"
        if kind not in ("unfollow", "leave"):
            self._reply_tokens[token] = (group or who, time.monotonic() + REPLY_SECONDS)
            more["replyToken"] = token
        source: Json = {"type": "group", "groupId": group} if group else {"type": "user"}
        if who:
            source["userId"] = who
        return {
            "type": kind, "mode": "active", "timestamp": int((time.time() + self.skew) * 1000), "source": source,
            "webhookEventId": f"01H{next(self._ids):023d}", "deliveryContext": {"isRedelivery": False}, **more,
        }  # fmt: skip

    async def push(self, *events: JsonValue) -> int:
        """Any events, signed as the vendor signs."""
        body = json.dumps({"destination": person(99), "events": [*events]}, ensure_ascii=False).encode()
        self.pushed.append(body)
        return await self.again()

    async def again(self) -> int:
        """The newest update (once more), as after an answer that came too late."""
        return await self.post(self.pushed[-1], signature(self.pushed[-1], SECRET))

    async def post(self, body: bytes, signed: str | None) -> int:
        headers = {"Content-Type": "application/json"} | ({} if signed is None else {"X-Line-Signature": signed})
        status = await self.post_to(self.hook, body, headers)
        self.noted = status == 200
        return status

    def forgets_reply_tokens(self) -> None:
        """A minute has passed."""
        self._reply_tokens.clear()

    # The server.

    def refusal(self, no: No, retry_after: int = 0) -> web.Response:
        return web.json_response({"message": no.words}, status=no.status)

    async def carry_out(self, call: str, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            raise No(401, "Authentication failed.")
        if call == INFO:
            return web.json_response({"userId": person(99), "displayName": NAME})
        if call == QUOTA:
            return web.json_response({"type": "limited", "value": FREE_PLAN})
        if call == USED:
            return web.json_response({"totalUsage": self.used})
        raw = await request.read()
        try:
            return self._reply(_Reply.model_validate_json(raw)) if call == REPLY else self._push(request, raw)
        except ValidationError as error:
            raise No(400, f"The request body has {error.error_count()} error(s)") from None

    def _reply(self, body: _Reply) -> web.Response:
        chat_id, until = self._reply_tokens.pop(body.reply_token, ("", 0.0))
        if time.monotonic() >= until:
            raise No(400, "Invalid reply token")
        return self._show(chat_id, body.messages, REPLY)

    def _push(self, request: web.Request, raw: bytes) -> web.Response:
        key = request.headers.get("X-Line-Retry-Key", "")
        if key and str(UUID(key)) in self._keys:
            taken = json.loads(self._keys[key].body or b"{}")  # type: ignore[arg-type]
            return web.json_response({"message": "The retry key is already accepted", **taken}, status=409)
        body = _Push.model_validate_json(raw)
        if self.used >= FREE_PLAN:
            raise No(429, "You have reached your monthly limit.")
        if body.to not in self.friends | self.groups:
            raise No(400, "Failed to send messages")
        answer = self._show(body.to, body.messages, PUSH)
        self.used += 1
        if key:
            self._keys[key] = answer
        return answer

    def _show(self, chat_id: str, objects: tuple[_Object, ...], by: str) -> web.Response:
        for each in objects:
            _check(each)
        words = [each.text for each in objects if each.type == "text" and each.text]
        templates = [each.template for each in objects if each.template is not None]
        actions = [action for template in templates for action in template.actions]
        last = objects[-1].quick_reply  # those of all others are never seen
        actions += [item.action for item in last.items] if last is not None else []
        photo = next((each.original_content_url or "" for each in objects if each.type == "image"), "")
        text = "\n".join(words or [template.text for template in templates])
        buttons = tuple((action.label, action.data) for action in actions)
        self.accepted.append(Accepted(chat_id, text, buttons, photo, by))
        return web.json_response({"sentMessages": [{"id": f"{next(self._ids)}"} for _ in objects]})


def _check(each: _Object) -> None:
    """The limits of one object."""
    right = {
        "text": each.text is not None and 0 < utf16_len(each.text) <= 5000 and each.template is None,
        "image": _is_address(each.original_content_url) and _is_address(each.preview_image_url) and each.text is None,
        "template": each.template is not None
        and utf16_len(each.template.text) <= 160
        and 0 < utf16_len(each.alt_text or "") <= 400,
    }
    if not right.get(each.type, False):
        raise No(400, "The request body has 1 error(s)")


def _is_address(url: str | None) -> bool:
    """HTTPS only; for a town of tests that has no certificate, this machine too."""
    return url is not None and url.startswith(("https://", "http://127.0.0.1"))
