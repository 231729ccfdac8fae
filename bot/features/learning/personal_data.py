"""Personal data of learning: its rows, how they are erased, and the retention of answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tortoise.expressions import Q

from bot.features.learning.tables import BankImport, BoardName, DailyReader, QuestionAnswer
from bot.features.privacy.personal_table import Fact, PersonalTable, Subject
from bot.features.privacy.retention import Rule
from bot.i18n import msg

DAYS = 180
IMPORT_DAYS = 7


def personal_tables() -> list[PersonalTable]:
    return [
        PersonalTable(
            "question_answers",
            msg("Câu hỏi đã trả lời"),
            _read_answers,
            _erase_answers,
            why=msg("không hỏi lại câu bác đã đúng"),
            until=msg("180 ngày"),
        ),
        PersonalTable(
            "daily_readers",
            msg("Mỗi ngày một câu hỏi"),
            _read_daily,
            _erase_daily,
            why=msg("gửi câu hỏi đúng giờ bác chọn"),
            until=msg("đến khi bác dừng"),
        ),
        PersonalTable(
            "board_names",
            msg("Tên trên bảng của thôn"),
            _read_names,
            _erase_names,
            why=msg("hiện tên bác chọn trên bảng của thôn"),
            until=msg("đến khi bác bỏ tên"),
            own=_board_names,
        ),
        PersonalTable(
            "bank_imports",
            msg("Tệp câu hỏi chờ bác xác nhận"),
            _read_imports,
            _erase_imports,
            why=msg("chờ bác xác nhận"),
            until=msg("7 ngày"),
        ),
    ]


def rules() -> Sequence[Rule]:
    return [
        Rule("question_answers", DAYS, msg("sau khi trả lời"), _forget_answers),
        Rule("bank_imports", IMPORT_DAYS, msg("sau khi gửi tệp câu hỏi mà chưa xác nhận"), _forget_imports),
    ]


def _own(subject: Subject) -> Q:
    """Select the person's rows. No account means no row: an empty Q would mean all of them."""
    accounts = [Q(platform=held.platform, person=held.native_id) for held in subject.accounts]
    return Q(*accounts, join_type="OR") if accounts else Q(platform="")


async def _read_answers(subject: Subject) -> Sequence[Fact]:
    rows = await QuestionAnswer.filter(_own(subject)).order_by("id").select_related("question")
    right, wrong = msg("“{question}”, lúc {at}: đúng"), msg("“{question}”, lúc {at}: chưa đúng")
    return [Fact(right if row.right else wrong, {"question": row.question.text, "at": row.answered_at}) for row in rows]


async def _erase_answers(subject: Subject) -> None:
    await QuestionAnswer.filter(_own(subject)).delete()


async def _read_daily(subject: Subject) -> Sequence[Fact]:
    rows = await DailyReader.filter(_own(subject)).order_by("id")
    return [Fact(msg("Lúc {hour} giờ, từ {at}"), {"hour": row.hour, "at": row.since}) for row in rows]


async def _erase_daily(subject: Subject) -> None:
    await DailyReader.filter(_own(subject)).delete()


async def _read_names(subject: Subject) -> Sequence[Fact]:
    rows = await BoardName.filter(_own(subject)).order_by("id")
    return [Fact(msg("“{name}”, từ {at}"), {"name": row.name, "at": row.at}) for row in rows]


async def _board_names(subject: Subject) -> Sequence[str]:
    return [row.name for row in await BoardName.filter(_own(subject))]


async def _erase_names(subject: Subject) -> None:
    await BoardName.filter(_own(subject)).delete()


async def _read_imports(subject: Subject) -> Sequence[Fact]:
    rows = [] if subject.person_id is None else await BankImport.filter(person_id=subject.person_id).order_by("id")
    return [Fact(msg("Gửi lúc {at}"), {"at": row.at}) for row in rows]


async def _erase_imports(subject: Subject) -> None:
    if subject.person_id is not None:
        await BankImport.filter(person_id=subject.person_id).delete()


async def _forget_answers(before: datetime, now: datetime) -> int:
    return await QuestionAnswer.filter(answered_at__lt=before).delete()


async def _forget_imports(before: datetime, now: datetime) -> int:
    return await BankImport.filter(at__lt=before).delete()
