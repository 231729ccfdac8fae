"""The rest of an official account's monthly quota: by the operator's number, or as the vendor reports of its plan."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from pydantic import BaseModel, Field

from bot.core.events import ChatKind
from bot.core.platform import Clock, KeyValue, PlatformError, Usage
from bot.core.sessions import StoreUnavailable
from bot.platforms._shared.http import read
from bot.platforms._shared.month import Month, name_of

from .api import Api, Failed
from .token import Tokens

log = logging.getLogger(__name__)

PATH = "/v3.0/oa/quota/message"
_QUESTION = {"quota_owner": "OA", "product_type": "cs", "quota_type": "sub_quota"}
"""The consultation messages of the package. Messages to groups are not among them."""
KEPT = "quota"
FREE = "reply"
"""The answer's name for a message outside the package: one sent soon after the person wrote."""


class Left(BaseModel, defer_build=True):
    """Numbers may come as strings."""

    remain: int = Field(ge=0)
    total: int = Field(gt=0)


class _Used(BaseModel, defer_build=True):
    quota_type: str = ""


class _Kept(Left):
    """`counted`: how many messages of the package we had counted when the vendor said so."""

    month: str
    counted: int = 0


class Quota:
    """`per_month` is what the operator knows of the contract; then all messages count. 0: the vendor is asked."""

    def __init__(self, values: KeyValue, clock: Clock, per_month: int) -> None:
        self._values = values
        self._clock = clock
        self._per_month = per_month
        self._month = Month(values, clock, "sent")
        self._package = Month(values, clock, "sent_package")

    async def learn(self, api: Api, tokens: Tokens) -> None:
        """Ask the vendor and keep the answer for all processes; one that says nothing readable changes nothing."""
        if self._per_month:
            return
        try:
            # Before the question: what is sent in between is counted twice, until the next answer.
            counted = await self._package.so_far()
            found = left_in(await self.ask(api, tokens))
            if found is not None:
                kept = _Kept(remain=found.remain, total=found.total, month=name_of(self._clock.now()), counted=counted)
                await self._values.swap(KEPT, await self._values.get(KEPT), kept.model_dump_json())
        except (Failed, PlatformError, StoreUnavailable) as error:
            log.info("Zalo OA: what is left of the month is not known: %s", error)

    async def ask(self, api: Api, tokens: Tokens) -> object:
        """Return the vendor's answer about the month, as it came; raise Failed or Unreachable."""
        return await api.ask(tokens, PATH, _QUESTION)

    async def sent(self, kind: ChatKind, quota: object) -> None:
        """Count a message that was taken; `quota` is what the answer says of it, in whatever form."""
        await self._month.sent()
        used = read(_Used, quota)
        if kind == "private" and (used is None or used.quota_type != FREE) and not self._per_month:
            await self._package.sent()

    async def usage(self) -> Usage:
        """Return the vendor's numbers of the last hour plus messages sent since; without them nothing is limited."""
        if self._per_month:
            return Usage(await self._month.so_far(), self._per_month, since=await self._month.since())
        kept = read(_Kept, (await self._values.get(KEPT) or "").encode())
        if kept is None or kept.month != name_of(self._clock.now()):
            return Usage(await self._month.so_far(), None)
        since = max(0, await self._package.so_far() - kept.counted)
        return Usage(max(0, kept.total - kept.remain) + since, kept.total, kinds=frozenset({"private"}))


def left_in(data: object) -> Left | None:
    """Return the first pair of numbers in an answer, of which only the names of the two fields are known."""
    return next((found for each in _inside(data) if (found := read(Left, each)) is not None), None)


def _inside(data: object) -> Sequence[object]:
    if isinstance(data, dict):
        return [data, *data.values()]
    return data if isinstance(data, list) else []
