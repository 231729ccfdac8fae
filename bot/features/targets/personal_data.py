"""Personal data in targets, which stay when the person is erased, without the link to who set or took them."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import Q

from bot.features.privacy.personal_table import Fact, PersonalTable, Subject, Values
from bot.features.targets.tables import Target, TargetPlan
from bot.i18n import msg


def personal_tables() -> list[PersonalTable]:
    return [
        PersonalTable(
            "targets",
            msg("Chỉ tiêu"),
            _read_targets,
            _erase_targets,
            why=msg("biết ai giao, ai nhận"),
            until=msg("lâu như báo cáo của xã"),
            stays=msg("Chỉ tiêu đã giao, vì báo cáo của xã so với nó; không còn ghi ai giao, ai nhận."),
        ),
        PersonalTable(
            "target_plans",
            msg("Dự thảo chỉ tiêu"),
            _read_plans,
            _erase_plans,
            why=msg("sửa và ký chỉ tiêu"),
            until=msg("lâu như chỉ tiêu"),
            stays=msg("Chỉ tiêu đã ký, vì thôn đang làm theo; không còn ghi ai soạn."),
        ),
    ]


async def _read_targets(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    mine = Q(set_by_id=subject.person_id) | Q(acknowledged_by_id=subject.person_id)
    own = Target.filter(mine).order_by("set_at")
    count, first = await own.count(), await own.first()
    values: Values = {} if first is None else {"count": count, "at": first.set_at}
    return [Fact(msg("Đã giao hoặc nhận {count} chỉ tiêu, từ {at}"), values)] if values else []


async def _erase_targets(subject: Subject) -> None:
    if subject.person_id is None:
        return
    await Target.filter(set_by_id=subject.person_id).update(set_by_id=None)
    await Target.filter(acknowledged_by_id=subject.person_id).update(acknowledged_by_id=None)


async def _read_plans(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await TargetPlan.filter(author_id=subject.person_id).order_by("id")
    return [Fact(msg("Dự thảo chỉ tiêu lúc {at}"), {"at": row.created_at}) for row in rows]


async def _erase_plans(subject: Subject) -> None:
    if subject.person_id is None:
        return
    await TargetPlan.filter(author_id=subject.person_id, state__in=["draft", "cancelled"]).delete()
    await TargetPlan.filter(author_id=subject.person_id).update(author_id=None)
