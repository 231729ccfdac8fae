"""Parts of pages that move by themselves: server-sent events, for as long as whoever looks at them may."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from . import look

EVERY, ALIVE, AGAIN = 1.0, 15.0, 60.0
"""Seconds until it is asked again whether something has changed, until session and rights are looked at although
nothing has, and until the part is sent all the same: the time that it shows has passed."""
MOST_OF_ONE = 8
"""Pages that move at a time for one person; more stay as they are until they are loaded again."""
OVER = "het"
"""The event after which the page asks no more."""


class Streams:
    """All parts that are being sent. `now` counts seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._of: Counter[int] = Counter()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()

    async def serve(
        self,
        request: web.Request,
        person_id: int,
        mark: Callable[[], Awaitable[str]],
        part: Callable[[], Awaitable[str | None]],
        ended: str,
    ) -> web.StreamResponse:
        """Send the part now and whenever `mark` is another one; `ended`, and no more, once there is no part."""
        if self._of[person_id] >= MOST_OF_ONE:
            return web.Response(status=429, headers=look.HEADERS)
        response = web.StreamResponse(headers={**look.HEADERS, "X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        self._of[person_id] += 1
        try:
            # A reader who has left is noticed when something is sent.
            with suppress(ConnectionResetError):
                await self._send(request, response, mark, part, ended)
        finally:
            self._of -= Counter({person_id: 1})
        return response

    async def _send(
        self,
        request: web.Request,
        response: web.StreamResponse,
        mark: Callable[[], Awaitable[str]],
        part: Callable[[], Awaitable[str | None]],
        ended: str,
    ) -> None:
        shown, sent_at, seen_at = "", self._now() - AGAIN, self._now()
        while not self._stopping.is_set() and request.transport is not None:
            found, at = await mark(), self._now()
            if found != shown or at - sent_at >= AGAIN or at - seen_at >= ALIVE:
                made = await part()
                if made is None:
                    await response.write(_event(ended) + f"event: {OVER}\ndata: \n\n".encode())
                    return
                moved = found != shown or at - sent_at >= AGAIN
                await response.write(_event(made) if moved else b": \n\n")
                shown, seen_at = found, at
                sent_at = at if moved else sent_at
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), EVERY)


def _event(html: str) -> bytes:
    """Return one message: a line of it for each line of the part."""
    return "".join(f"data: {line}\n" for line in html.splitlines()).encode() + b"\n"
