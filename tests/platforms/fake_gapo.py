"""GapoWork on 127.0.0.1: its key, its 64-bit ids, exactly one receiver; a webhook that repeats itself."""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel, ConfigDict, JsonValue, StrictInt, ValidationError

from bot.core.text import utf16_len
from bot.testing.vendor import No, Vendor

BOT_ID = 5800000000000000001
PERSON, GROUP = 6900000000000000001, 555
TOKEN, OPENAPI_KEY = "gapo-token-of-a-test", "gapo-directory-key-of-a-test"
MENTION = "@Bot "
MARKED = re.compile(r"[*_`]+(.+?)[*_`]+")
"""What is no longer seen as it was typed where a text counts as Markdown."""
SEND, STAFF = "/3rd-bot/v1.0/3rd/messages", "/open-api/v2.0/exchange"
Json = dict[str, JsonValue]


@dataclass(frozen=True)
class Accepted:
    chat_id: str
    text: str


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: str
    text: str
    is_markdown_text: bool


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    bot_id: StrictInt
    receiver_id: StrictInt | None = None
    thread_id: StrictInt | None = None
    collab_id: StrictInt | None = None
    body: _Content


class FakeGapo(Vendor):
    """`async with FakeGapo() as gapo:`; give `gapo.options(secret)` to the adapter and its webhook to `gapo.hook`.

    `delivers_all`: what is said in a group without a mention too. `people`: who may be written to.
    """

    half = b'{"mess'
    odd = b'{"error": "?"}'

    def __init__(self) -> None:
        super().__init__()
        self.hook = ""
        self.token = TOKEN
        self.delivers_all = False
        self.staff = {"NV001": PERSON}
        self.people = {PERSON}
        self.accepted: list[Accepted] = []
        self.pushed: list[bytes] = []
        self.noted = False
        self._ids = itertools.count(1)

    def routes(self, app: web.Application) -> None:
        app.router.add_post(SEND, self._asked)
        app.router.add_get(STAFF, self._asked)

    async def _asked(self, request: web.Request) -> web.StreamResponse:
        return await self.serve(request.path, request)

    @property
    def sends(self) -> int:
        return self.calls.count(SEND)

    @property
    def look_ups(self) -> int:
        return self.calls.count(STAFF)

    def options(self, secret: str) -> dict[str, str]:
        return {
            "bot_id": str(BOT_ID), "token": self.token, "hook_secret": secret, "openapi_key": OPENAPI_KEY,
            "api_base": self.base,
        }  # fmt: skip

    def heard(self, chat_id: int) -> list[str]:
        return [item.text for item in self.accepted if item.chat_id == str(chat_id)]

    async def says(
        self, text: str, *, group: bool = False, mention: bool = False, who: int = PERSON, kind: str = "text"
    ) -> int:
        """Returns the status that the webhook gave, 0 when the message was not forwarded. Words come decomposed."""
        if group and not mention and not self.delivers_all:
            return 0
        words = unicodedata.normalize("NFD", text)
        mentions: JsonValue = (
            [{"target": str(BOT_ID), "offset": 0, "length": len(MENTION) - 1}] if group and mention else []
        )
        message: Json = {
            "id": f"m{next(self._ids)}", "type": kind, "text": MENTION + words if mentions else words,
            "payload": "", "thread": {"id": GROUP if group else 7, "type": "group" if group else "direct"},
            "metadata": {"mentions": mentions, "is_markdown_text": False, "reply_to_message": {}},
        }  # fmt: skip
        return await self.push({
            "id": f"ev{next(self._ids)}", "event": "message_created", "thread_id": GROUP if group else 7,
            "from_user_id": who, "to_bot_id": BOT_ID, "message": message,
        })  # fmt: skip

    async def push(self, update: Json) -> int:
        self.pushed.append(json.dumps(update, ensure_ascii=False).encode())
        return await self.again()

    async def again(self) -> int:
        """The newest update (once more), as after an answer that came too late."""
        return await self.post(self.pushed[-1], self.hook)

    async def post(self, body: bytes, address: str) -> int:
        status = await self.post_to(address, body, {})
        self.noted = status == 200
        return status

    def refusal(self, no: No, retry_after: int = 0) -> web.Response:
        headers = {"Retry-After": str(retry_after)} if retry_after else {}
        return web.json_response({"message": no.words}, status=no.status, headers=headers)

    async def carry_out(self, call: str, request: web.Request) -> web.Response:
        return self._take(request, await request.read()) if call == SEND else self._look_up(request)

    def _take(self, request: web.Request, raw: bytes) -> web.Response:
        if request.headers.get("x-gapo-api-key") != self.token:
            raise No(401, "unauthorized")
        try:
            body = _Body.model_validate_json(raw)
        except ValidationError:
            raise No(400, "invalid body") from None
        named = [each for each in (body.receiver_id, body.thread_id, body.collab_id) if each is not None]
        if len(named) != 1 or body.bot_id != BOT_ID or not body.body.text or utf16_len(body.body.text) > 2000:
            raise No(400, "invalid body")
        if (body.receiver_id or PERSON) not in self.people or (body.thread_id or GROUP) != GROUP:
            raise No(404, "not found")
        text = MARKED.sub(r"\1", body.body.text) if body.body.is_markdown_text else body.body.text
        self.accepted.append(Accepted(str(named[0]), text))
        return web.json_response({"message": "success", "data": {"id": next(self._ids)}})

    def _look_up(self, request: web.Request) -> web.Response:
        if request.headers.get("x-gapo-openapi-key") != OPENAPI_KEY:
            raise No(401, "unauthorized")
        found = self.staff.get(request.query.get("identifier_code", ""))
        return web.json_response({"message": "ok", "data": {"user_id": found} if found else None})
