"""Zalo's OpenAPI v3 for one official account on 127.0.0.1, with its limits and its awkward sides.

Errors come with HTTP 200. A refresh token works once. A window shuts seven days after a person's last word. Groups take
text only. What was accepted (`accepted`) is recorded apart from how it was answered.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from bot.core.text import utf16_len
from bot.testing.vendor import No, Vendor

from .fake_oa_manager import OaManager

CS, GROUP, TEMPLATE = "/v3.0/oa/message/cs", "/v3.0/oa/group/message", "/v3.0/oa/message/template"
UPLOAD, TOKEN = "/v2.0/oa/upload/image", "/v4/oa/access_token"
QUOTA = "/v3.0/oa/quota/message"
WEEK = 7 * 24 * 3600
APP_ID, APP_SECRET, OA_SECRET, OA_ID = "1234567890123456789", "app-secret-test", "oa-secret-test", "oa1"
FIRST = "refresh-0-of-a-test"
Json = dict[str, JsonValue]


@dataclass(frozen=True)
class Accepted:
    """A message that the server took."""

    path: str
    chat_id: str
    message_id: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    photo: str = ""
    token: str = ""
    proof: str = ""


class _Strict(BaseModel):
    """The server refuses what it does not know: a field that we only believe in must not pass."""

    model_config = ConfigDict(extra="forbid")


class _Button(_Strict):
    title: str
    type: str
    payload: str


class _Element(_Strict):
    media_type: str
    attachment_id: str


class _Payload(_Strict):
    template_type: str = ""
    elements: tuple[_Element, ...] = ()
    buttons: tuple[_Button, ...] = ()


class _Attachment(_Strict):
    type: str
    payload: _Payload


class _Content(_Strict):
    text: str = ""
    attachment: _Attachment | None = None


class _Recipient(_Strict):
    user_id: str = ""
    group_id: str = ""


class _Body(_Strict):
    recipient: _Recipient
    message: _Content


class _TemplateBody(_Strict):
    user_id: str
    template_id: str
    template_data: dict[str, str]


def signature(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """The vendor's own reckoning: one that the adapter shares with it would agree with every mistake."""
    return hashlib.sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


class FakeZaloOa(Vendor):
    """`async with FakeZaloOa() as oa:`; give `oa.options()` to the adapter and its webhook's address to `oa.hook`.

    `now` is the server's clock, `skew` the seconds by which it is wrong. `templates`: approved ones, each with its
    field. `noted`: the newest update was taken.
    """

    half = b'{"error":0,"data":{"mess'
    odd = b'{"data":{}}'

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.now = now
        self.manager = OaManager(now)
        self.hook = ""
        self.skew = 0.0
        self.refresh = FIRST
        self.access = ""
        self.renewals = 0
        self.accepted: list[Accepted] = []
        self.uploaded: dict[str, bytes] = {}
        self.last_word: dict[str, float] = {}
        self.blocked: set[str] = set()
        self.groups: set[str] = {"g1"}
        self.templates: dict[str, str] = {}
        self.quota: object = None
        self.quota_type = "reply"
        self.pushed: list[bytes] = []
        self.noted = False
        self._ids = itertools.count(1)

    def routes(self, app: web.Application) -> None:
        for path in (CS, GROUP, TEMPLATE, UPLOAD, TOKEN, QUOTA):
            app.router.add_post(path, self._asked)

    async def _asked(self, request: web.Request) -> web.StreamResponse:
        return await self.serve(request.path, request)

    # What a test sets up and looks at.

    def options(self, **more: str) -> dict[str, str]:
        return {
            "app_id": APP_ID, "app_secret": APP_SECRET, "secret": OA_SECRET, "refresh_token": FIRST,
            "name": "Xã Yên Mô", "api_base": self.base, "oauth_base": self.base, **more,
        }  # fmt: skip

    @property
    def sends(self) -> int:
        return sum(1 for path in self.calls if path in (CS, GROUP, TEMPLATE))

    def heard(self, chat_id: str) -> list[str]:
        return [item.text for item in self.accepted if item.chat_id == chat_id]

    # What people do.

    async def says(self, text: str, *, who: str = "u1", group: str = "", mention: bool = False) -> int:
        """Returns the status that the webhook gave."""
        words = f"@Xã Yên Mô {text}" if mention else text
        return await self._tells("text", who, group, {"text": words})

    async def presses(self, label: str, *, who: str = "u1") -> int:
        """The newest button with this label: its payload comes as if the person had typed it."""
        payload = next(
            data
            for item in reversed(self.accepted)
            if item.chat_id == who
            for name, data in item.buttons
            if name == label
        )
        return await self.says(payload, who=who)

    async def sends_file(self, kind: str, url: str, text: str = "", *, who: str = "u1", group: str = "") -> int:
        attachments: JsonValue = [{"type": kind, "payload": {"url": url, "thumbnail": url}}]
        return await self._tells(kind, who, group, {"text": text, "attachments": attachments})

    async def sends_files(self, kind: str, urls: Sequence[str], *, who: str = "u1") -> int:
        attachments: JsonValue = [{"type": kind, "payload": {"url": url, "thumbnail": url}} for url in urls]
        return await self._tells(kind, who, "", {"text": "", "attachments": attachments})

    async def happens(self, event_name: str, **fields: str) -> int:
        """follow, unfollow, create_group … with their fields."""
        if event_name == "follow":
            self.last_word[fields["who"]] = self._now()
            self.manager.followers.add(fields["who"])
        if event_name == "unfollow":
            self.manager.followers.discard(fields["who"])
        who = fields.pop("who", "")
        more: Json = {"follower": {"id": who}} if who else {}
        return await self.push({"event_name": event_name, "oa_id": OA_ID, **more, **fields})

    async def push(self, update: Json) -> int:
        """Any update, signed as the vendor signs."""
        stamp = str(int(self._now() * 1000))
        body = json.dumps({"app_id": APP_ID, **update, "timestamp": stamp}, ensure_ascii=False).encode()
        self.pushed.append(body)
        return await self.post(body, "mac=" + signature(APP_ID, body, stamp, OA_SECRET))

    async def again(self) -> int:
        """The newest update once more, as after an answer that came too late."""
        body = self.pushed[-1]
        stamp = str(json.loads(body)["timestamp"])
        return await self.post(body, "mac=" + signature(APP_ID, body, stamp, OA_SECRET))

    async def post(self, body: bytes, header: str | None, *, sent_at: bytes = b"") -> int:
        """A raw webhook body; `header` None sends no signature. `sent_at`: a time in a header, as some sources say."""
        headers = {"Content-Type": "application/json"} | ({} if header is None else {"X-ZEvent-Signature": header})
        if sent_at:
            headers["X-ZEvent-Timestamp"] = sent_at.decode("utf-8", "surrogateescape")
        status = await self.post_to(self.hook, body, headers)
        self.noted = status == 200
        return status

    async def _tells(self, kind: str, who: str, group: str, content: Json) -> int:
        self.last_word[who] = self._now()
        update: Json = {
            "event_name": f"user_send_{'group_' if group else ''}{kind}", "sender": {"id": who},
            "recipient": {"id": group or OA_ID}, "user_id_by_app": f"app-{who}",
            "message": {"msg_id": f"in{next(self._ids)}", **content},
        }  # fmt: skip
        return await self.push(update)

    def _now(self) -> float:
        return self.now() + self.skew

    # The server.

    def refusal(self, no: No, retry_after: int = 0) -> web.Response:
        return web.json_response({"error": no.code, "message": no.words}, status=no.status or 200)

    async def carry_out(self, call: str, request: web.Request) -> web.Response:
        try:
            if call == TOKEN:
                return web.json_response(self._token(await request.post(), request.headers.get("secret_key", "")))
            if not self.access or request.headers.get("access_token") != self.access:
                raise No(-216, "Access token is invalid", 200)
            data = self.quota if call == QUOTA else await self._run(call, request)
        except ValidationError:
            raise No(-201, "params is invalid", 200) from None
        return web.json_response({"error": 0, "message": "Success", "data": data})

    def _token(self, form: object, secret: str) -> Json:
        fields = dict(form) if hasattr(form, "keys") else {}  # type: ignore[call-overload]
        if secret != APP_SECRET:
            return {"error": -14004, "error_name": "Invalid secret key"}
        if (fields.get("app_id"), fields.get("grant_type")) != (APP_ID, "refresh_token"):
            return {"error": -14002, "error_name": "App is not active"}
        if fields.get("refresh_token") != self.refresh:
            return {"error": -14020, "error_name": "Invalid refresh token"}
        self.renewals += 1
        self.refresh, self.access = f"refresh-{self.renewals}-of-a-test", f"access-{self.renewals}-of-a-test"
        return {"access_token": self.access, "refresh_token": self.refresh, "expires_in": "90000"}

    async def _run(self, path: str, request: web.Request) -> Json:
        if path == UPLOAD:
            return {"attachment_id": await self._take_photo(request)}
        message_id = f"out{next(self._ids)}"
        token, proof = request.headers.get("access_token", ""), request.headers.get("appsecret_proof", "")
        if path == TEMPLATE:
            wanted = _TemplateBody.model_validate_json(await request.read())
            if [*wanted.template_data] != [self.templates.get(wanted.template_id)]:
                raise No(-133, "template data is invalid", 200)
            [text] = wanted.template_data.values()
            self.accepted.append(Accepted(path, wanted.user_id, message_id, text))
            return {"msg_id": message_id, "sent_time": "1790000000000"}
        body = _Body.model_validate_json(await request.read())
        chat_id = self._to_group(body) if path == GROUP else self._to_person(body)
        payload = body.message.attachment.payload if body.message.attachment is not None else _Payload()
        buttons = tuple((button.title, button.payload) for button in payload.buttons)
        photo = payload.elements[0].attachment_id if payload.elements else ""
        self.accepted.append(Accepted(path, chat_id, message_id, body.message.text, buttons, photo, token, proof))
        return {"message_id": message_id, "user_id": chat_id, "quota": {"quota_type": self.quota_type, "remain": "7"}}

    async def _take_photo(self, request: web.Request) -> str:
        field = (await request.post()).get("file")
        data = field.file.read() if isinstance(field, web.FileField) else b""
        if not 0 < len(data) <= 1024 * 1024:
            raise No(-210, "the file is too large", 200)
        photo = f"photo{next(self._ids)}"
        self.uploaded[photo] = data
        return photo

    def _to_group(self, body: _Body) -> str:
        if body.recipient.group_id not in self.groups:
            raise No(-403, "OA is not in the group", 200)
        if body.message.attachment is not None:
            raise No(-201, "attachment is invalid", 200)
        self._check_text(body.message.text, needed=True)
        return body.recipient.group_id

    def _to_person(self, body: _Body) -> str:
        who, item = body.recipient.user_id, body.message.attachment
        if who in self.blocked:
            raise No(-217, "user has blocked this OA", 200)
        if self._now() - self.last_word.get(who, float("-inf")) > WEEK:
            raise No(-230, "user has not interacted with the OA in the past 7 days", 200)
        self._check_text(body.message.text, needed=item is None or not item.payload.elements)
        if item is not None:
            if any(element.attachment_id not in self.uploaded for element in item.payload.elements):
                raise No(-100, "attachment id is invalid", 200)
            buttons = item.payload.buttons
            if len(buttons) > 5 or any(len(each.title) > 100 or len(each.payload) > 1000 for each in buttons):
                raise No(-201, "buttons are invalid", 200)
        return who

    @staticmethod
    def _check_text(text: str, *, needed: bool) -> None:
        if utf16_len(text) > 2000 or (needed and not text):
            raise No(-210, "text has 1 to 2000 characters", 200)
