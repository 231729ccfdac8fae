"""A webhook whose body is signed: bounded, checked before it is read, and answered after the note."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import Callable, Sequence

from aiohttp import web

from bot.core.events import Event
from bot.core.platform import Sink

from .http import up_to

log = logging.getLogger(__name__)

BODY_LIMIT = 1024 * 1024


class SignedHook:
    """`sign` makes the value that `header` must have from a body, `hear` the events of a body that has it."""

    def __init__(self, header: str, sign: Callable[[bytes], str], hear: Callable[[bytes], Sequence[Event]]) -> None:
        self._header = header
        self._sign = sign
        self._hear = hear
        self.sink: Sink | None = None

    async def answer(self, request: web.Request) -> web.Response:
        """Take an update signed over the bytes as they came; 503 when it could not be noted, so that it comes again."""
        body = await up_to(BODY_LIMIT, request.content)
        if body is None:
            return web.Response(status=413)
        if not same(request.headers.get(self._header, ""), self._sign(body)):
            return web.Response(status=401)
        events = self._hear(body)
        return web.Response(status=200 if not events or await self._note(events) else 503)

    async def _note(self, events: Sequence[Event]) -> bool:
        if self.sink is None:
            return False
        try:
            await self.sink(events)
        except Exception:
            log.exception("%s: %d events could not be noted", self._header, len(events))
            return False
        return True


def same(given: str, wanted: str) -> bool:
    """Compare what somebody sent with a secret, in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode())


def hmac_hex(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def hmac_base64(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
