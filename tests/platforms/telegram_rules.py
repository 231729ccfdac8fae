"""The Telegram server's vocabulary: what is refused in which words, what can go wrong, what people see.

The words are those of the real server (tdlib/telegram-bot-api, Bot API 10).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

Json = dict[str, object]
Kind = Literal["text", "photo", "audio", "document", "voice", "poll"]
KINDS: dict[str, Kind] = {
    "sendphoto": "photo",
    "sendaudio": "audio",
    "senddocument": "document",
    "sendvoice": "voice",
}


class ApiError(Exception):
    def __init__(self, code: int, description: str | None, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call: `accepted` tells whether the method is carried out all the same.

    `held` keeps the call waiting, `answer_held` only its answer.
    """

    answer: Literal["as usual", "error", "drop", "page", "half", "noise"]
    accepted: bool = False
    error: ApiError | None = None
    held: asyncio.Event | None = None
    answer_held: asyncio.Event | None = None


def refuse(code: int, description: str | None, **parameters: int) -> Fault:
    return Fault("error", error=ApiError(code, description, **parameters))


def too_many(retry_after: int | None = None) -> Fault:
    """429, with the wait in words and parameters or (None) without any."""
    if retry_after is None:
        return refuse(429, "Too Many Requests")
    return refuse(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def bad_gateway(*, accepted: bool = False) -> Fault:
    """502 with a page in HTML, as a proxy in front of the server makes it."""
    return Fault("page", accepted)


def drop(*, accepted: bool) -> Fault:
    """The connection ends without an answer."""
    return Fault("drop", accepted)


def half_body() -> Fault:
    """Accepted, but the answer breaks off."""
    return Fault("half", accepted=True)


def noise() -> Fault:
    """Accepted, but the answer is bytes that are no text."""
    return Fault("noise", accepted=True)


def held(event: asyncio.Event) -> Fault:
    """The server is slow: nothing happens until `event` is set, then all goes as usual."""
    return Fault("as usual", accepted=True, held=event)


def as_usual() -> Fault:
    """Nothing goes wrong with this call: what follows is for the next one."""
    return Fault("as usual", accepted=True)


def accepted_and_held(event: asyncio.Event) -> Fault:
    """Everybody in the chat can read it, but nobody is told so until `event` is set."""
    return Fault("as usual", accepted=True, answer_held=event)


@dataclass(frozen=True)
class Person:
    id: int
    first_name: str
    language: str = "vi"

    @property
    def json(self) -> Json:
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, "language_code": self.language}


@dataclass
class Room:
    """A chat as the server knows it; `refusal` is why the bot may not write there (words of a 403), "" if it may."""

    id: int
    kind: Literal["private", "group", "supergroup"]
    title: str
    refusal: str = ""
    moved_to: int | None = None

    @property
    def json(self) -> Json:
        name = {"first_name": self.title} if self.kind == "private" else {"title": self.title}
        return {"id": self.id, "type": self.kind, **name}


@dataclass(frozen=True)
class Key:
    text: str
    data: str


@dataclass
class SentPoll:
    """A quiz poll; `votes` by person, the first one stands."""

    id: str
    question: str
    options: tuple[str, ...]
    right: int
    why: str
    votes: dict[int, int] = field(default_factory=dict)


@dataclass
class Shown:
    """A message of the bot as people see it now; `styled` are the ranges of its entities: (type, words, url)."""

    id: int
    chat_id: int
    kind: Kind
    text: str
    styled: tuple[tuple[str, str, str], ...]
    keyboard: tuple[tuple[Key, ...], ...]
    file_id: str = ""
    forces_reply: bool = False
    edits: int = 0
    poll: SentPoll | None = None
    answers: int = 0

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(itertools.chain.from_iterable(self.keyboard))

    @property
    def content(self) -> tuple[object, ...]:
        return self.text, self.styled, self.keyboard, self.file_id


@dataclass(frozen=True)
class Call:
    """One request, whatever became of it; `method` in lower case, `names` are what the files in it are called."""

    method: str
    params: Mapping[str, str]
    files: Mapping[str, bytes]
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Accepted:
    """The server did what was asked; the bot may never learn of it."""

    method: str
    chat_id: int
    message_id: int
    text: str


@dataclass
class Pending:
    id: int
    body: Json
    chat_id: int
    delivered: asyncio.Event = field(default_factory=asyncio.Event)


async def read_call(request: web.Request, method: str) -> Call:
    """Parameters as strings, as a form has them; what JSON holds inside them stays JSON."""
    params: dict[str, str] = {}
    files: dict[str, bytes] = {}
    if request.content_type == "application/json":
        for name, value in (await request.json()).items():
            params[name] = value if isinstance(value, str) else json.dumps(value)
        return Call(method, params, files)
    form = await request.post()
    names: list[str] = []
    for name, value in (*request.query.items(), *form.items()):
        if isinstance(value, web.FileField):
            files[name] = value.file.read()
            names.append(value.filename)
        else:
            params[name] = str(value)
    return Call(method, params, files, tuple(names))


def refused(error: ApiError) -> web.Response:
    body: Json = {"ok": False, "error_code": error.code}
    if error.description is not None:
        body["description"] = error.description
    if error.parameters:
        body["parameters"] = error.parameters
    return web.json_response(body, status=error.code)


async def give(request: web.Request, fault: Fault, answer: web.Response) -> web.StreamResponse:
    if fault.answer in ("as usual", "error"):
        return answer
    if fault.answer == "page":
        page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
        return web.Response(status=502, text=page, content_type="text/html")
    if fault.answer == "noise":
        return web.Response(body=b"\xff\xfe\x80{", content_type="application/json", charset="utf-8")
    if fault.answer == "half":
        body = answer.body if isinstance(answer.body, bytes) else b"{}"
        half = web.StreamResponse(headers={"Content-Length": str(len(body)), "Content-Type": "application/json"})
        await half.prepare(request)
        await half.write(body[: len(body) // 2])
        answer = web.Response()
    assert request.transport is not None
    request.transport.close()
    return answer


def words(params: Mapping[str, str], name: str) -> tuple[str, tuple[tuple[str, str, str], ...]]:
    """Text or caption within its limit, and its entities; offsets count UTF-16 units."""
    text = params.get(name, "")
    if name == "text" and not text:
        raise ApiError(400, "Bad Request: message text is empty")
    if name == "text" and not text.strip():
        raise ApiError(400, "Bad Request: text must be non-empty")
    if len(text) > 4096 and name == "text":
        raise ApiError(400, "Bad Request: message is too long")
    if len(text) > 1024 and name == "caption":
        raise ApiError(400, "Bad Request: message caption is too long")
    if "parse_mode" in params and re.search(r"[<>&*_`\[]", text):
        raise ApiError(400, "Bad Request: can't parse entities")
    units = text.encode("utf-16-le")
    styled = []
    for entity in json.loads(params.get("entities" if name == "text" else "caption_entities", "[]")):
        start, stop = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        try:
            words = units[start:stop].decode("utf-16-le")
            units[:start].decode("utf-16-le")
        except UnicodeDecodeError:
            raise ApiError(
                400,
                f"Bad Request: entity beginning at UTF-16 offset {entity['offset']} "
                "starts or ends in a middle of a UTF-16 symbol",
            ) from None
        styled.append((str(entity["type"]), words, str(entity.get("url", ""))))
    return text, tuple(styled)


def poll_of(params: Mapping[str, str], poll_id: str) -> SentPoll:
    """A quiz poll within the server's limits; one that is anonymous would never tell who voted."""
    question, options = params.get("question", ""), json.loads(params.get("options", "[]"))
    texts = tuple(str(option["text"]) for option in options)
    if params.get("type") != "quiz" or params.get("is_anonymous") != "false":
        raise ApiError(400, "Bad Request: the tests know only quizzes that are not anonymous")
    if not question:
        raise ApiError(400, "Bad Request: poll question must be non-empty")
    if _units(question) > 300:
        raise ApiError(400, "Bad Request: poll question length must not exceed 300")
    if not texts:
        raise ApiError(400, "Bad Request: poll must have at least one answer option")
    if len(texts) > 12:
        raise ApiError(400, "Bad Request: poll can't have more than 12 options")
    if not all(texts):
        raise ApiError(400, "Bad Request: poll options must be non-empty")
    if any(_units(text) > 100 for text in texts):
        raise ApiError(400, "Bad Request: poll options length must not exceed 100")
    right = json.loads(params.get("correct_option_ids", "[]"))
    if not right:
        raise ApiError(400, "Bad Request: correct quiz option list must be non-empty")
    if not 0 <= right[0] < len(texts):
        raise ApiError(400, "Bad Request: wrong quiz correct_option_id")
    why = params.get("explanation", "")
    if _units(why) > 200 or why.count("\n") > 2:
        raise ApiError(400, "Bad Request: quiz explanation is too long")
    return SentPoll(poll_id, question, texts, right[0], why)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def keyboard_of(markup: Mapping[str, object]) -> tuple[tuple[Key, ...], ...]:
    rows = markup.get("inline_keyboard", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise ApiError(
            400, 'Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
        )
    keyboard = tuple(tuple(_key(button) for button in row) for row in rows)
    if sum(map(len, keyboard)) > 100 or any(len(row) > 8 for row in keyboard):
        raise ApiError(400, "Bad Request: reply markup is too long")
    return keyboard


def _key(button: Mapping[str, str]) -> Key:
    if "callback_data" not in button:
        raise ApiError(
            400,
            "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        )
    if not 1 <= len(button["callback_data"].encode()) <= 64:
        raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
    return Key(button["text"], button["callback_data"])
