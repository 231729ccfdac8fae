"""Personal data of the archive: who recorded a paper. The paper is the commune's and stays."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.papers.tables import IssuedPaper
from bot.features.privacy.personal_table import Fact, PersonalTable, Subject
from bot.i18n import msg


def personal_tables() -> list[PersonalTable]:
    return [
        PersonalTable(
            "issued_papers",
            msg("Văn bản đã ghi vào kho"),
            _read,
            _erase,
            why=msg("biết ai ghi văn bản vào kho"),
            until=msg("lâu như kho văn bản"),
            stays=msg("Văn bản trong kho, vì là của xã; không còn ghi ai đưa vào."),
        ),
    ]


async def _read(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await IssuedPaper.filter(recorder_id=subject.person_id).order_by("id")
    return [Fact(msg("Ghi văn bản “{title}” lúc {at}"), {"title": row.subject, "at": row.recorded_at}) for row in rows]


async def _erase(subject: Subject) -> None:
    if subject.person_id is not None:
        await IssuedPaper.filter(recorder_id=subject.person_id).update(recorder_id=None)
