"""The right to read new texts of guides and to approve them, and the guide that such a text makes."""

from __future__ import annotations

from datetime import datetime

from bot.features import rights
from bot.features.guides.findings import FindingCollector
from bot.features.guides.model import Guide
from bot.features.people.people import Who
from bot.features.rights import Act, Condition
from bot.i18n import msg

from .shown import LibrarySync
from .texts import NewText

GONE = msg("Không còn bản sửa này, hoặc bác không xem được.")
SEVERAL = msg("Nhiều xã cùng dùng một bộ bài nên bản sửa do người vận hành đưa vào. Bác gửi tệp cho họ giúp.")
_SCAMS = "an toàn thông tin"
"""Guides of this area the police may approve, as they approve warnings of scams."""


async def may_read(who: Who, one: NewText, now: datetime) -> bool:
    verify = await rights.decide(who, Act.VERIFY_GUIDE, one.unit_id, on=now)
    approve = await rights.decide(who, Act.APPROVE_CONTENT, one.unit_id, on=now)
    return verify.allowed or approve.allowed


async def may_approve(who: Who, one: NewText, guide: Guide, now: datetime) -> bool:
    decision = await rights.decide(who, Act.APPROVE_CONTENT, one.unit_id, on=now)
    kinds = {cell.condition for cell in decision.cells}
    return Condition.APPROVE in kinds or (Condition.CATEGORY in kinds and guide.area == _SCAMS)


def parsed(shown: LibrarySync, one: NewText) -> Guide | None:
    """Return the guide that a new text makes; None where it cannot be read any more."""
    from bot.features.guides.parse import parse

    return parse(one.guide, one.text, FindingCollector(one.guide), shown.library.facts).guide
