"""Results for officers: answers by village and by question, and no number that could be a single person's."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from msgspec import Struct

from bot.features.calendar.vietnam import moment
from bot.features.learning.tables import BankQuestion, QuestionAnswer, QuestionBank

from .answers import FEW

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

HIDDEN = "ẩn"
_VILLAGES = (("Thôn", 30), ("Số người trả lời", 18), ("Lượt trả lời", 14), ("Lượt đúng", 12))
_QUESTIONS = (("Bộ câu hỏi", 24), ("Câu hỏi", 60), *_VILLAGES[1:])
_Key = TypeVar("_Key", bound=Hashable)


class AnonymousAnswer(NamedTuple):
    """One answer, without whose it is: `who` only tells people apart. `unit_id` None is a village not known."""

    who: str
    unit_id: int | None
    question_id: int
    right: bool


class ResultCell(Struct, frozen=True):
    """None is hidden: it is of fewer than FEW people, or would tell of such a part; `right` also if nearly all were."""

    people: int | None
    answers: int | None
    right: int | None


class AskedQuestion(Struct, frozen=True):
    bank: str
    text: str


class TrainingResults(Struct, frozen=True):
    """Twice the same answers. Not by village and question together: of so few at once the sums would tell."""

    villages: Mapping[int | None, ResultCell]
    questions: Mapping[int, ResultCell]
    asked: Mapping[int, AskedQuestion]


async def gather(commune_id: int, villages: Collection[int]) -> TrainingResults:
    """Gather the results of a commune's banks by village; answers from elsewhere count as of no known village."""
    names = {row.id: row.name for row in await QuestionBank.filter(commune_id=commune_id)}
    rows = await BankQuestion.filter(bank_id__in=list(names)).order_by("bank_id", "place", "id")
    asked = {row.id: AskedQuestion(names[row.key_of("bank")], row.text) for row in rows}
    answers = await QuestionAnswer.filter(question_id__in=list(asked)).values_list(
        "platform", "person", "unit_id", "question_id", "right"
    )
    known = set(villages)
    given = [
        AnonymousAnswer(f"{platform} {person}", unit if unit in known else None, int(str(question)), bool(right))
        for platform, person, unit, question, right in answers
    ]
    by_village: dict[int | None, list[AnonymousAnswer]] = defaultdict(list)
    by_question: dict[int, list[AnonymousAnswer]] = defaultdict(list)
    for one in given:
        by_village[one.unit_id].append(one)
        by_question[one.question_id].append(one)
    return TrainingResults(cells(by_village), cells(by_question), asked)


async def in_days(commune_id: int, first: date, last: date) -> ResultCell:
    """Count all questions of a commune's banks that were answered on these days, both included."""
    rows = await QuestionAnswer.filter(
        question__bank__commune_id=commune_id,
        answered_at__gte=moment(first, time()),
        answered_at__lt=moment(last + timedelta(days=1), time()),
    ).values_list("platform", "person", "unit_id", "question_id", "right")
    return cell(
        AnonymousAnswer(f"{platform} {person}", unit, int(str(question)), bool(right))
        for platform, person, unit, question, right in rows
    )


def cell(given: Iterable[AnonymousAnswer]) -> ResultCell:
    """Count answers that stand alone."""
    return cells({"": list(given)})[""]


def cells(parts: Mapping[_Key, Collection[AnonymousAnswer]]) -> Mapping[_Key, ResultCell]:
    """Count the parts of a sum that is known."""
    few = _kept_back(parts, _are_few)
    one_sided = _kept_back(parts, _are_one_sided)
    return {
        key: ResultCell(None, None, None)
        if key in few
        else ResultCell(len(_people(some)), len(some), None if key in one_sided else sum(one.right for one in some))
        for key, some in parts.items()
    }


def _kept_back(
    parts: Mapping[_Key, Collection[AnonymousAnswer]], small: Callable[[Collection[AnonymousAnswer]], bool]
) -> Collection[_Key]:
    """Return the small parts, and the next larger ones until what is missing from the sum is not small."""
    rising = sorted(parts, key=lambda key: len(parts[key]))
    back = [key for key in rising if small(parts[key])]
    larger = [key for key in rising if key not in back]
    while back and larger and small([one for key in back for one in parts[key]]):
        back.append(larger.pop(0))
    return back


def _are_few(given: Collection[AnonymousAnswer]) -> bool:
    """Count people, not answers: five answers of one person are still one person's."""
    return len(_people(given)) < FEW


def _are_one_sided(given: Collection[AnonymousAnswer]) -> bool:
    return any(_are_few([one for one in given if one.right is right]) for right in (True, False))


def _people(given: Iterable[AnonymousAnswer]) -> Collection[str]:
    return {one.who for one in given}


def workbook(title: str, found: TrainingResults, places: Mapping[int, str], today: date) -> bytes:
    """Return an .xlsx with two pages; typed text never becomes a formula. `places` are names by village."""
    import xlsxwriter  # large, and only an export needs it

    def place(unit_id: int | None) -> str:
        return "chưa rõ thôn" if unit_id is None else places[unit_id]

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        base = {"font_name": "Times New Roman", "font_size": 12, "border": 1, "text_wrap": True, "valign": "top"}
        formats = (
            book.add_format({"font_name": "Times New Roman", "font_size": 14, "bold": True}),
            book.add_format({**base, "bold": True, "bg_color": "#DDEBF7", "align": "center"}),
            book.add_format({**base, "num_format": "#,##0"}),
        )
        head = f"{title}, đến {today:%d/%m/%Y}. “{HIDDEN}”: dưới {FEW} người, hoặc từ đó tính ra được."
        units = sorted(found.villages, key=place)
        rows = [((place(unit),), found.villages[unit]) for unit in units]
        _page(book.add_worksheet("Theo thôn"), head, _VILLAGES, rows, formats)
        named = {key: (one.bank, one.text) for key, one in found.asked.items()}
        _page(
            book.add_worksheet("Theo câu hỏi"), head, _QUESTIONS,
            [(words, found.questions[key]) for key, words in named.items() if key in found.questions], formats,
        )  # fmt: skip
    return out.getvalue()


def _page(
    page: Worksheet,
    title: str,
    columns: Sequence[tuple[str, int]],
    rows: Sequence[tuple[tuple[str, ...], ResultCell]],
    formats: tuple[Format, Format, Format],
) -> None:
    large, head, normal = formats
    page.write_string(0, 0, title, large)
    for at, (label, width) in enumerate(columns):
        page.set_column(at, at, width)
        page.write_string(1, at, label, head)
    for number, (words, counts) in enumerate(rows, start=2):
        for at, text in enumerate(words):
            page.write_string(number, at, text, normal)
        for at, count in enumerate((counts.people, counts.answers, counts.right), start=len(words)):
            if count is None:
                page.write_string(number, at, HIDDEN, normal)
            else:
                page.write_number(number, at, count, normal)
    page.freeze_panes(2, 0)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0, 1)
