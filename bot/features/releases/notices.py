"""After an upgrade the officials read what is new, once, in a message that may wait for the day's digest."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.platform import KeyValue
from bot.core.text import Text
from bot.features import units
from bot.features.calendar.vietnam import local_day
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.releases.changelog import FIRST, between, parse
from bot.features.rights.table import CHAIR, OFFICER
from bot.i18n import msg

_TOLD = "version told"
MOST = 10
"""News of one message; after several versions at once the newest come first."""
_HEAD = msg("**Tôi vừa có bản mới ({version}).** Bác không phải làm gì. Từ nay:")
_END = msg("Thấy điều gì khác trước mà khó dùng, bác nhắn người phụ trách máy.")


class ReleaseNews(Struct, frozen=True):
    """`memory` keeps which version was told last; `changelog` is the file, `installed` the version of the program."""

    mail: Mail
    memory: KeyValue
    changelog: Path
    installed: str

    async def tick(self, now: datetime) -> float | None:
        """Tell the officials of all communes once for each version. Raises StoreUnavailable and OSError."""
        told = await self.memory.get(_TOLD)
        if told == self.installed:
            return None
        text = await asyncio.to_thread(self.changelog.read_text, "utf-8")
        news = [line for one in between(parse(text), told or FIRST, self.installed) for line in one.news]
        if news:
            await self._tell(news[:MOST], now)
        await self.memory.swap(_TOLD, told, self.installed)
        return None

    async def _tell(self, news: list[str], now: datetime) -> None:
        mail = self.mail.later
        lines = [Text.of("• {line}", line=line) for line in news]
        text = Text.join("\n", [mail.t(_HEAD, version=self.installed), *lines, mail.t(_END)])
        async with in_transaction("default"):
            for commune in await units.communes(local_day(now)):
                held = [one for role in (OFFICER, CHAIR) for one in await people.holders(role, commune.id, now)]
                key = f"release:{self.installed}"[:60]
                await mail.tell_all([one.person_id for one in held], text, key=key, now=now)
