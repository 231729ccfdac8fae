"""Words that were not understood and may be kept: for a month, for one officer to name what was meant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from bot.features.privacy import consent
from bot.features.unheard.pending import PendingWords
from bot.features.unheard.tables import UnheardWord as Row
from bot.i18n import msg

SHOWN = 10
TEXT = msg(
    "Để lần sau hiểu bác và bà con hơn, Ủy ban nhân dân {commune} xin giữ **câu bác gõ mà tôi chưa hiểu** và **việc "
    "bác chọn ngay sau đó**. Tôi che số và tên trong câu rồi mới giữ; cán bộ xã đọc câu, không thấy ai gõ.\n"
    "Câu giữ 30 ngày rồi xóa. Để bác xem bằng “dữ liệu của tôi”, xóa bằng “xóa dữ liệu” lúc nào cũng được, tôi giữ "
    "**tên hiển thị** và **tài khoản nhắn tin** của bác đến 90 ngày sau lần liên lạc cuối. Thôi giữ câu thì bác gõ "
    "“thôi giữ câu”.\n"
    "Bác có đồng ý không? Không đồng ý thì mọi việc vẫn như thường."
)
VERSION = f"{consent.WORDS}2026-11"
"""Of TEXT: a change of what is kept, why or how long needs a new one, and asks again."""


class Unheard(Struct, frozen=True):
    """Words as an officer sees them: without who wrote them."""

    id: int
    commune: str
    text: str
    offered: Sequence[str]
    chosen: str
    named: str
    at: datetime


async def keep(words: Sequence[PendingWords], person_id: int, commune: str) -> None:
    """Keep words, each once; what was chosen after they were kept is added."""
    for one in words:
        values = {
            "person_id": person_id,
            "commune": commune,
            "text": one.text,
            "offered": ",".join(one.offered)[:400],
            "chosen": one.chosen[:64],
            "at": one.at,
        }
        await Row.bulk_create([Row(key=one.key, **values)], ignore_conflicts=True)
        if one.chosen:
            await Row.filter(key=one.key).update(chosen=one.chosen[:64])


async def latest(communes: Sequence[str]) -> tuple[Sequence[Unheard], int]:
    """Return the newest words of these communes that have no meaning yet, and how many there are."""
    rows = Row.filter(commune__in=list(communes), named="")
    return [_unheard(row) for row in await rows.order_by("-at", "-id").limit(SHOWN)], await rows.count()


async def listed(communes: Sequence[str], skip: int, most: int) -> Sequence[Unheard]:
    """Return words of these communes that have no meaning yet, the newest first."""
    rows = Row.filter(commune__in=list(communes), named="").order_by("-at", "-id")
    return [_unheard(row) for row in await rows.offset(skip).limit(most)]


async def get(word_id: int) -> Unheard | None:
    row = await Row.get_or_none(id=word_id)
    return None if row is None else _unheard(row)


async def name(one: Unheard, meaning: str) -> bool:
    """Say what the words mean, inside the caller's transaction; return whether that is new."""
    return bool(await Row.filter(id=one.id).exclude(named=meaning).update(named=meaning))


async def drop(one: Unheard) -> bool:
    """Delete words, as when a name is left in them; return whether they were there."""
    return bool(await Row.filter(id=one.id).delete())


async def forget_of(person_id: int) -> int:
    """Delete all words of a person; return how many."""
    return await Row.filter(person_id=person_id).delete()


async def named() -> Sequence[tuple[str, str]]:
    """Return text and meaning of all words that were named, each pair once, without anything of a person."""
    rows = await Row.exclude(named="").order_by("id").values_list("text", "named")
    return list(dict.fromkeys((" ".join(str(text).split()), str(meaning)) for text, meaning in rows))


def _unheard(row: Row) -> Unheard:
    offered = tuple(filter(None, row.offered.split(",")))
    return Unheard(row.id, row.commune, row.text, offered, row.chosen, row.named, row.at)
