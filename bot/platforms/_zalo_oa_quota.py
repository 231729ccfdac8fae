"""What an official account may still send this month: the operator's number, or what the vendor says of its package."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from pydantic import BaseModel, Field

from bot.core.platform import Clock, KeyValue, PlatformError, Usage
from bot.core.sessions import StoreUnavailable

from ._http import read
from ._month import Month, name_of
from ._zalo_oa_api import Api, Failed
from ._zalo_oa_token import Tokens

log = logging.getLogger(__name__)

PATH = "/v3.0/oa/quota/message"
_QUESTION = {"quota_owner": "OA", "product_type": "cs", "quota_type": "sub_quota"}
"""The consultation messages of the package. Messages to groups are not among them."""
KEPT = "quota"


class Left(BaseModel):
    """Numbers may come as strings."""

    remain: int = Field(ge=0)
    total: int = Field(gt=0)


class _Kept(Left):
    month: str


class Quota:
    """`per_month` is what the operator knows of the contract; then all messages count. 0: the vendor is asked."""

    def __init__(self, values: KeyValue, clock: Clock, per_month: int) -> None:
        self._values = values
        self._clock = clock
        self._per_month = per_month
        self.month = Month(values, clock, "sent")

    async def learn(self, api: Api, tokens: Tokens) -> None:
        """Ask the vendor and keep the answer for all processes; one that says nothing readable changes nothing."""
        if self._per_month:
            return
        try:
            found = left_in(await api.ask(tokens, PATH, _QUESTION))
            if found is not None:
                kept = json.dumps({"month": name_of(self._clock.now()), "remain": found.remain, "total": found.total})
                await self._values.swap(KEPT, await self._values.get(KEPT), kept)
        except (Failed, PlatformError, StoreUnavailable) as error:
            log.info("Zalo OA: what is left of the month is not known: %s", error)

    async def usage(self) -> Usage:
        """The vendor's numbers are those of the last hour; without any the messages are counted and not limited."""
        if self._per_month:
            return Usage(await self.month.so_far(), self._per_month)
        kept = read(_Kept, (await self._values.get(KEPT) or "").encode())
        if kept is None or kept.month != name_of(self._clock.now()):
            return Usage(await self.month.so_far(), None)
        return Usage(max(0, kept.total - kept.remain), kept.total, kinds=frozenset({"private"}))


def left_in(data: object) -> Left | None:
    """The first pair of numbers in an answer, of which only the names of the two fields are known."""
    return next((found for each in _inside(data) if (found := read(Left, each)) is not None), None)


def _inside(data: object) -> Sequence[object]:
    if isinstance(data, dict):
        return [data, *data.values()]
    return data if isinstance(data, list) else []
