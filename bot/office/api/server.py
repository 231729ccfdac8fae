"""The reads over HTTP: whose token it is, whether it may, what the address asks for, and how the answer is written."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from aiohttp import web
from msgspec import Struct

from bot.core.sessions import StoreUnavailable
from bot.features import rights
from bot.features.audit import Audit
from bot.features.programs.tokens import Reader, Tokens
from bot.storage.event_reads import remembered

from . import problems
from .document import document
from .limits import Limits
from .problems import Problem
from .reading import ROOT, Answer, ApiRead, Asked, Listed, NotAllowed, NotThere, Parameter

log = logging.getLogger(__name__)

_DOCUMENT = "/openapi.json"
_BEARER = "bearer "
_HEADERS: Mapping[str, str] = {
    "Cache-Control": "private, no-cache",
    "Vary": "Authorization",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_METHODS = ("GET", "HEAD")


class Grounds(Struct, frozen=True):
    """`title` is the name of the commune; `monotonic` tells the seconds since any moment."""

    tokens: Tokens
    audit: Audit
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    title: str


class Server:
    """All reads that families bring."""

    def __init__(self, grounds: Grounds, reads: Sequence[ApiRead]) -> None:
        self._grounds = grounds
        self._limits = Limits(grounds.monotonic)
        self._reads = [(_pattern(one.path), one) for one in reads]
        self._document = json.dumps(document(reads, grounds.title), ensure_ascii=False).encode()

    async def serve(self, request: web.Request) -> web.Response:
        """Answer any request below ROOT; whatever goes wrong is told as a problem."""
        try:
            with remembered():
                return await self._answer(request)
        except Problem as problem:
            return _refused(problem)
        except StoreUnavailable:
            return _refused(problems.not_now())
        except Exception:
            log.exception("a read of another program failed")
            return _refused(problems.broken())

    async def _answer(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix(ROOT)
        if path == _DOCUMENT:
            if request.method not in _METHODS:
                raise problems.only_read()
            return _written(request, self._document)
        read, given = self._found(path)
        if request.method not in _METHODS:
            raise problems.only_read()
        reader = await self._reader(request)
        values = {**given, **_query(request, read.all_parameters)}
        asked = await self._allowed(reader, read, values)
        answer = await read.read(asked)
        body = await self._body(answer)
        await self._grounds.tokens.note(reader, read.kind)
        response = _written(request, body)
        if isinstance(answer, Listed) and answer.next:
            to = request.rel_url.update_query(cursor=answer.next)
            response.headers["Link"] = f'<{to}>; rel="next"'
        return response

    def _found(self, path: str) -> tuple[ApiRead, Mapping[str, str]]:
        for pattern, read in self._reads:
            found = pattern.fullmatch(path)
            if found is None:
                continue
            values = {name: value for name, value in found.groupdict().items() if value is not None}
            in_path = [one for one in read.parameters if one.place == "path"]
            if all(_fits(one, values[one.name]) for one in in_path):
                return read, values
        raise problems.not_there("There is nothing at this address.")

    async def _reader(self, request: web.Request) -> Reader:
        given = request.headers.get("Authorization", "")
        if not given.lower().startswith(_BEARER):
            raise problems.no_token()
        reader = await self._grounds.tokens.reader(given[len(_BEARER) :].strip())
        if reader is None:
            raise problems.wrong_token()
        seconds = self._limits.wait(reader.token_id)
        if seconds:
            raise problems.too_often(seconds)
        return reader

    async def _allowed(self, reader: Reader, read: ApiRead, values: Mapping[str, str]) -> Asked:
        """Ask the table of rights anew for this read: the role may have ended since the token was made."""
        now, decision = self._grounds.now(), reader.decision
        if decision.allowed:
            decision = await rights.decide(reader.who, read.act, reader.commune.id, on=now)
        if not decision.allowed:
            await rights.note(self._grounds.audit, decision.why, now)
            raise problems.not_allowed(decision.why)
        return Asked(reader.who, reader.commune, decision, now, values)

    async def _body(self, answer: Answer) -> bytes:
        if isinstance(answer, NotThere):
            raise problems.not_there(answer.what)
        if isinstance(answer, NotAllowed):
            await rights.note(self._grounds.audit, answer.why, self._grounds.now())
            raise problems.not_allowed(answer.why)
        if isinstance(answer, Listed):
            items = b",".join(one.model_dump_json().encode() for one in answer.items)
            return b'{"items":[' + items + b'],"next":' + json.dumps(answer.next or None).encode() + b"}"
        return answer.model_dump_json().encode()


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


def _query(request: web.Request, known: Sequence[Parameter]) -> Mapping[str, str]:
    """Return the parameters behind the “?”; raise for one that is unknown, twice there or of another form."""
    by_name = {one.name: one for one in known if one.place == "query"}
    found: dict[str, str] = {}
    for name, value in request.query.items():
        parameter = by_name.get(name)
        if parameter is None:
            raise problems.bad_parameter(f"There is no parameter {name[:40]!r} here; known: {', '.join(by_name)}.")
        if name in found:
            raise problems.bad_parameter(f"{name} is there twice.")
        if not _fits(parameter, value):
            raise problems.bad_parameter(f"{name}: {_wanted(parameter)}, as {parameter.example}.")
        found[name] = value
    return found


def _fits(one: Parameter, value: str) -> bool:
    if one.most:
        digits = value.isascii() and value.isdecimal() and len(value) <= len(str(one.most)) and value[0] != "0"
        return digits and one.least <= int(value) <= one.most
    return value in one.choices if one.choices else re.fullmatch(one.pattern, value) is not None


def _wanted(one: Parameter) -> str:
    if one.most:
        return f"a whole number from {one.least} to {one.most}"
    return f"one of {', '.join(one.choices)}" if one.choices else f"a value like {one.pattern}"


def _written(request: web.Request, body: bytes) -> web.Response:
    """Return the answer, or only that it is as it was."""
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {**_HEADERS, "ETag": etag}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    if etag in known or known == ["*"]:
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type="application/json", headers=headers)


def _refused(problem: Problem) -> web.Response:
    headers = {**_HEADERS, **problem.headers, "Content-Type": problems.MIME}
    return web.Response(status=problem.status, body=problem.body, headers=headers)
