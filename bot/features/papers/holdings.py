"""What the archive keeps of a person: that they recorded a paper. The paper is the commune's and stays."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.privacy.holding import Fact, Holding, Subject
from bot.i18n import msg
from bot.storage.papers import IssuedPaper


def holdings() -> list[Holding]:
    return [Holding("issued_papers", msg("Văn bản đã ghi vào kho"), _read, _erase)]


async def _read(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await IssuedPaper.filter(recorder_id=subject.person_id).order_by("id")
    return [Fact(msg("Ghi văn bản “{title}” lúc {at}"), {"title": row.subject, "at": row.recorded_at}) for row in rows]


async def _erase(subject: Subject) -> None:
    if subject.person_id is not None:
        await IssuedPaper.filter(recorder_id=subject.person_id).update(recorder_id=None)
