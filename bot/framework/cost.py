"""The processor time that pages may cost for one address: requests beyond it wait, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.core.flood import Spent, measured
from bot.core.platform import Clock
from bot.platforms._shared.pace import Known, Pace

OF_ONE = (6.0, 0.25)
"""Seconds of the processor at once, and then in each second: a hall opens its pages at one moment."""
_LEAST = 0.000_5
_FREE = ("/hooks/", "/healthz", "/readyz")
"""Messengers call at the first, for everybody, and prove who they are; the others tell whether the bot is well."""


class Whose(Protocol):
    def __call__(self, request: web.Request) -> str: ...


@dataclass(slots=True)
class _Party:
    pace: Pace
    sockets: int = 0


class Costs:
    """The processor time of each address, as it was measured. `whose` tells them apart."""

    def __init__(self, clock: Clock, whose: Whose) -> None:
        self._whose = whose
        self._known: Known[_Party] = Known(lambda: _Party(Pace(clock, *OF_ONE)))

    @web.middleware
    async def counted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(_FREE):
            return await handler(request)
        pace = self._known.of(self._whose(request)).pace
        await pace.step(_LEAST)
        spent = Spent()

        async def handled() -> web.StreamResponse:
            return await handler(request)

        counts = True
        try:
            answer = await measured(handled(), spent)
            # An open socket is there for hours, and counts what is said on it by itself.
            counts = not isinstance(answer, web.WebSocketResponse)
            return answer
        finally:
            if counts:
                pace.owe(max(0.0, spent.seconds - _LEAST))
