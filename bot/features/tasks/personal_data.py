"""Personal data of tasks: what was given, by whom and to whom. A result that they wrote goes with them."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import Q

from bot.features.privacy.personal_table import Fact, PersonalTable, Subject
from bot.i18n import msg
from bot.storage.tables.tasks import Task


def personal_tables() -> list[PersonalTable]:
    return [
        PersonalTable(
            "tasks",
            msg("Việc được giao"),
            _read,
            _erase,
            why=msg("biết ai giao, ai làm và làm đến đâu"),
            until=msg("lâu như hồ sơ công việc của xã"),
            stays=msg("Việc đã giao, vì xã còn theo dõi; không còn ghi ai giao, ai làm."),
            own=_results,
        ),
    ]


async def _read(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await Task.filter(Q(giver_id=subject.person_id) | Q(doer_id=subject.person_id)).order_by("id")
    return [Fact(msg("Việc lúc {at}: {title}"), {"at": row.created_at, "title": row.title}) for row in rows]


async def _results(subject: Subject) -> Sequence[str]:
    rows = [] if subject.person_id is None else await Task.filter(doer_id=subject.person_id)
    return [row.note for row in rows]


async def _erase(subject: Subject) -> None:
    if subject.person_id is not None:
        await Task.filter(giver_id=subject.person_id, state="draft").delete()
        await Task.filter(giver_id=subject.person_id).update(giver_id=None)
        await Task.filter(doer_id=subject.person_id).update(doer_id=None, note="")
