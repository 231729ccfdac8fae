"""The pages of setting up: one question, all answers, and what is left to do with telephones. They need no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.features.founding.questions import ChoiceOption, Question

from .html import Frame, Html, e, join, link, page
from .paper import qr_code

PATH, ENTER, FINISH = "/bat-dau", "/bat-dau/ma", "/bat-dau/ghi"
KEY, ANSWER, FILE, TOKEN, CODE = "cau", "tra_loi", "tep", "khoa", "ma"
"""The fields of the forms."""
_MANY = 12
"""More choices than that are a list to open."""
_STYLE = """
.founding form { display: block; }
.founding label.answer, .founding fieldset { display: block; margin: 0 0 .8rem; border: 0; padding: 0; }
.founding input[type=text], .founding textarea, .founding select { display: block; width: 100%; font: inherit;
  font-weight: 400;
  padding: .5rem .8rem; min-height: 3rem; color: inherit; background: var(--paper); border: 2px solid var(--line);
  border-radius: .7rem; }
.founding label.choice { display: flex; gap: .7rem; padding: .6rem .8rem; margin: .4rem 0; font-weight: 400;
  border: 2px solid var(--line); border-radius: .7rem; background: var(--paper); cursor: pointer; }
.founding label.choice:has(:checked) { border-color: var(--accent); background: #e6f2ec; }
.founding label.choice input { width: 1.3rem; height: 1.3rem; flex: none; margin: .2rem 0 0; }
.founding dl { margin: 0; } .founding dt { font-weight: 700; } .founding dd { margin: 0 0 .8rem;
  white-space: pre-line; overflow-wrap: anywhere; }
.founding .codes { display: flex; flex-wrap: wrap; gap: 1rem 2rem; }
.founding .codes > section { flex: 1 1 15rem; }
.founding .code { font-size: 1.3rem; font-weight: 700; letter-spacing: .04em; user-select: all; }
.founding ol { padding-left: 1.5rem; } .founding .done { font-weight: 700; color: var(--accent); }
"""


@dataclass(frozen=True, slots=True)
class QuestionView:
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


@dataclass(frozen=True, slots=True)
class CodeView:
    """A code with its links, and what is to be done with it."""

    title: str
    how: str
    code: str
    links: Mapping[str, str]


def question_page(view: QuestionView, token: str) -> web.Response:
    """Return the page of one question."""
    asked = view.question
    status = 422 if view.problem else 200
    back = link(f"{PATH}?{KEY}={view.before}", "← Câu trước") if view.before else Html("")
    file = (
        Html(
            f'<label class="answer">Hoặc chọn tệp Excel '
            f'<input type="file" name="{FILE}" accept=".xlsx,.xlsm,.ods"></label>'
        )
        if asked.takes_file
        else Html("")
    )
    form = Html(
        f'<form method="post" action="{PATH}" enctype="multipart/form-data">{_hidden(token)}'
        f'<input type="hidden" name="{KEY}" value="{e(asked.key)}">'
        f"{_field(view)}{file}<button>Tiếp tục</button></form>"
    )
    content = join(
        f'<p class="soft">Câu {view.number} trên {view.of}</p><h1>{e(asked.title)}</h1>',
        _sentence(view.note, "tip"),
        _sentence(view.problem, "warning"),
        f'<p id="goi-y">{e(view.hint)}</p>' if view.hint else "",
        form,
        f"<p>{back} {link(f'{PATH}?{KEY}=tat-ca', 'Xem các câu đã trả lời')}</p>",
    )
    return _page(asked.title, content, status)


def overview_page(
    answers: Sequence[tuple[Question, str]], token: str, *, ready: bool, problem: str = "", note: str = ""
) -> web.Response:
    """Return all answers, each with the way to change it; `ready` has the button that ends it."""
    items = join(
        *(
            f"<dt>{e(question.title)}</dt><dd>{e(shown or '(để trống)')} "
            f"{link(f'{PATH}?{KEY}={question.key}', 'Sửa')}</dd>"
            for question, shown in answers
        )
    )
    button = (
        f'<form method="post" action="{FINISH}">{_hidden(token)}<button>Ghi cấu hình và bật bot</button></form>'
        if ready
        else f"<p>{link(PATH, 'Trả lời nốt', 'button')}</p>"
    )
    content = join(
        "<h1>Các câu trả lời</h1>",
        _sentence(note, "tip"),
        _sentence(problem, "warning"),
        f'<section class="box"><dl>{items}</dl></section>',
        button,
    )
    return _page("Các câu trả lời", content, 422 if problem else 200)


def steps_page(
    commune: str,
    codes: Sequence[CodeView],
    steps: Sequence[tuple[str, bool]],
    notes: Sequence[str],
    *,
    again_after: int,
) -> web.Response:
    """Return what is left to do with telephones; the page comes again by itself after so many seconds, 0 for never."""
    sections = join(*(_code(one) for one in codes))
    items = join(
        *(f'<li class="{"done" if done else "soft"}">{"✔" if done else "…"} {e(text)}</li>' for text, done in steps)
    )
    finished = bool(steps) and all(done for _, done in steps)
    heading = (
        f"{commune} đã sẵn sàng" if finished or not codes else f"Đã cài xong cho {commune}. Còn việc trên điện thoại"
    )
    content = join(
        f"<h1>{e(heading)}</h1>",
        *(_sentence(note, "tip") for note in notes),
        f'<section class="box"><ol>{items}</ol></section>' if steps else "",
        f'<div class="codes">{sections}</div>' if codes and not finished else "",
        f"<p>{link('/huong-dan', 'Trang của bà con')}</p>" if steps else "<p>Bot đang bật…</p>",
    )
    answer = _page(heading, content, 200)
    if again_after and not finished:
        answer.headers["Refresh"] = f"{again_after}; url={PATH}"
    return answer


def code_page(problem: str = "") -> web.Response:
    """Return the page for who opens it from another machine."""
    content = join(
        "<h1>Mã một lần</h1>",
        _sentence(problem, "warning"),
        "<p>Trang này chỉ mở ngay trên máy chạy bot. Từ máy khác thì gõ mã mà chương trình vừa in ra.</p>",
        f'<form method="post" action="{ENTER}"><label class="answer">Mã<input type="text" name="{CODE}" '
        'inputmode="numeric" autocomplete="off" autofocus></label><button>Mở</button></form>',
    )
    return _page("Mã một lần", content, 403)


def _page(title: str, content: Html, status: int) -> web.Response:
    frame = Frame("vi", "Cài đặt bot của xã", PATH, "Đến nội dung chính", ())
    answer = page(frame, title, join('<div class="founding">', content, "</div>"), status=status, style=_STYLE)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _hidden(token: str) -> str:
    return f'<input type="hidden" name="{TOKEN}" value="{e(token)}">'


def _sentence(text: str, css: str) -> str:
    return f'<p class="{css}"{" role=alert" if css == "warning" else ""}>{e(text)}</p>' if text else ""


def _field(view: QuestionView) -> str:
    asked, value = view.question, view.value
    about = f'aria-label="{e(asked.title)}"' + (' aria-describedby="goi-y"' if view.hint else "")
    if view.choices and len(view.choices) <= _MANY:
        return join("<fieldset>", *(_radio(one, value) for one in view.choices), "</fieldset>")
    if view.choices:
        options = join(
            *(
                f'<option value="{e(one.key)}"{" selected" if one.key == value else ""}>{e(one.label)}</option>'
                for one in view.choices
            )
        )
        return f'<label class="answer"><select name="{ANSWER}" {about}>{options}</select></label>'
    if view.rows > 1:
        field = f'<textarea name="{ANSWER}" rows="{view.rows}" spellcheck="false" {about}>'
        return f'<label class="answer">{field}\n{e(value)}</textarea></label>'
    return (
        f'<label class="answer"><input type="text" name="{ANSWER}" value="{e(value)}" autocomplete="off" '
        f'spellcheck="false" {about}></label>'
    )


def _radio(one: ChoiceOption, value: str) -> str:
    checked = " checked" if one.key == value else ""
    return (
        f'<label class="choice"><input type="radio" name="{ANSWER}" value="{e(one.key)}"{checked}>'
        f"<span>{e(one.label)}</span></label>"
    )


def _code(one: CodeView) -> str:
    drawn = join(*(qr_code(address, label) for label, address in one.links.items()))
    told = f'<p>{e(one.how)}</p><p class="code">{e(one.code)}</p>'
    return f'<section class="box"><h2>{e(one.title)}</h2>{drawn}{told}</section>'
