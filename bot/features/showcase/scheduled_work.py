"""Jobs of products as time passes: a question before the season ends, an end to products whose season is over."""

from __future__ import annotations

from datetime import datetime

from tortoise.transactions import in_transaction

from . import store
from .notices import ProductNotices


class ShowcaseSchedule:
    """A job of the worker; run twice it does it once: a question has a key, an end wants the product as it was."""

    def __init__(self, notices: ProductNotices) -> None:
        self._notices = notices

    async def tick(self, now: datetime) -> None:
        for one in await store.near_end(now):
            async with in_transaction("default"):
                await self._notices.ask_still_sold(one, now)
        for one in await store.over(now):
            async with in_transaction("default"):
                if await store.remove(one, now):
                    await self._notices.over(one, now)
        for one in await store.left_lying(now):
            async with in_transaction("default"):
                if await store.remove(one, now) and one.state == "waiting":
                    await self._notices.unseen(one, now)
