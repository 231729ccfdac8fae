"""The pages of setting up: one question, all answers, and what is left to do with telephones. They need no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from msgspec import Struct

from bot.features.founding.questions import ChoiceOption, Question

from . import styles
from .html import Frame, page
from .paper import PaperCode
from .templates import render

PATH, ENTER, FINISH = "/bat-dau", "/bat-dau/ma", "/bat-dau/ghi"
KEY, ANSWER, FILE, TOKEN, CODE = "cau", "tra_loi", "tep", "khoa", "ma"
"""The fields of the forms."""
_NAMES = {"key": KEY, "answer": ANSWER, "file": FILE, "token": TOKEN, "code": CODE}
_TO = {"path": PATH, "enter": ENTER, "finish": FINISH}
_MANY = 12
"""More choices than that are a list to open."""


class QuestionView(Struct, frozen=True):
    """A question as it stands. `value` is shown in it, in `rows` lines; `problem` and `note` are sentences or ""."""

    question: Question
    hint: str
    choices: Sequence[ChoiceOption]
    value: str
    number: int
    of: int
    before: str
    rows: int
    problem: str = ""
    note: str = ""


class CodeView(Struct, frozen=True):
    """A code with its links, and what is to be done with it."""

    title: str
    how: str
    code: str
    links: Mapping[str, str]


class _ShownCode(Struct, frozen=True):
    title: str
    how: str
    code: str
    drawn: Sequence[PaperCode]


def question_page(view: QuestionView, token: str) -> web.Response:
    """Return the page of one question."""
    return _page(view.question.title, 422 if view.problem else 200, what="question", view=view, token=token)


def overview_page(
    answers: Sequence[tuple[Question, str]], token: str, *, ready: bool, problem: str = "", note: str = ""
) -> web.Response:
    """Return all answers, each with the way to change it; `ready` has the button that ends it."""
    status = 422 if problem else 200
    return _page(
        "Các câu trả lời",
        status,
        what="overview",
        answers=answers,
        token=token,
        ready=ready,
        problem=problem,
        note=note,
    )


def steps_page(
    commune: str,
    codes: Sequence[CodeView],
    steps: Sequence[tuple[str, bool]],
    notes: Sequence[str],
    *,
    again_after: int,
) -> web.Response:
    """Return what is left to do with telephones; the page comes again by itself after so many seconds, 0 for never."""
    finished = bool(steps) and all(done for _, done in steps)
    heading = (
        f"{commune} đã sẵn sàng" if finished or not codes else f"Đã cài xong cho {commune}. Còn việc trên điện thoại"
    )
    shown = [
        _ShownCode(one.title, one.how, one.code, [PaperCode(to, label) for label, to in one.links.items()])
        for one in (() if finished else codes)
    ]
    answer = _page(heading, 200, what="steps", heading=heading, codes=shown, steps=steps, notes=notes)
    if again_after and not finished:
        answer.headers["Refresh"] = f"{again_after}; url={PATH}"
    return answer


def code_page(problem: str = "") -> web.Response:
    """Return the page for who opens it from another machine."""
    return _page("Mã một lần", 403, what="code", problem=problem)


def _page(title: str, status: int, **shows: object) -> web.Response:
    frame = Frame("vi", "Cài đặt bot của xã", PATH, "Đến nội dung chính", ())
    content = render("founding.html", names=_NAMES, to=_TO, many=_MANY, **shows)
    answer = page(frame, title, content, status=status, style=styles.FOUNDING)
    answer.headers["Cache-Control"] = "no-store"
    return answer
