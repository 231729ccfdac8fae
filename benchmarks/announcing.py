"""An announcement in the outbox of the program that runs here."""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter

from tortoise.connection import get_connections

from benchmarks.flood import GROUPS
from benchmarks.worker import Figures
from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.text import Text
from bot.features.outbox.row import NewRow
from bot.features.outbox.rows import Rows
from bot.features.outbox.states import CANARY

TEXT = "UBND xã · TB-0001 · Mời bà con họp thôn tối thứ Bảy lúc 19 giờ tại nhà văn hóa, mang theo căn cước."


async def announce(count: int) -> Figures:
    """To `count` groups, one message each, the first of them first."""
    rows = Rows(get_connections().get("default"), lambda locale, message, context=None: message)
    now, began = datetime.now(UTC), perf_counter()
    number = int(now.timestamp())
    new = [
        NewRow(
            klass="routine",
            announcement=number,
            package=f"tb{number}:{n}",
            part=1,
            key=f"tb{number}:{n}/1",
            chat=Chat("telegram", f"-{GROUPS + n + 1}", "group"),
            locale="vi",
            message=Message(Text.verbatim(TEXT)),
            choices="",
            any_hour=True,
            state="held" if n else "pending",
            reason=CANARY if n else "",
            not_before=now,
            expires_at=None,
        )
        for n in range(count)
    ]
    async with rows.transaction():
        await rows.insert(new, now)
    return {"work": count, "wall": perf_counter() - began}
