"""Every form that the desk's pages offer, sent by a browser that runs no scripts: each is answered by a page.

`make desk` runs it. No form is named here: pages are walked from the first one, and what they offer is filled in by
the kind of each field.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Locator, Page, Response

from bot.features.calendar.vietnam import today
from bot.features.workbook.nguoi import PeopleSheet
from bot.features.workbook.write import workbook
from bot.framework.process import CLOCK
from bot.office.desk.visit import HOME
from tests.office.desk import full_house
from tests.office.desk.news_room import NewsRoom, news_room

pytestmark = [pytest.mark.browser, pytest.mark.desk_walk, pytest.mark.asyncio(loop_scope="session")]

SEATS = (0, 1)
"""Of the officer and of the chair, as the door of the demo offers them."""
FEWEST = 100
"""Kinds of forms that a full house has at least: a walk that finds fewer has lost its way."""
_FORMS = """() => [...document.forms].map((form, at) => {
    const name = one => one.getAttribute('name') || '';
    const all = [...form.elements].filter(one => one.type !== 'submit').map(one => name(one).split('.')[0]);
    const fields = [...new Set(all.filter(Boolean))].sort().join(' ');
    const hidden = one => (form.querySelector(`input[type=hidden][name=${one}]`) || {value: ''}).value;
    const does = hidden('viec').split('|')[0] || hidden('lenh');
    const buttons = [...form.querySelectorAll('button:not([type=button])')];
    return buttons.map((button, which) => [
        at, which, form.method, form.getAttribute('action') || '', does, fields,
        name(button) === 'nhan' ? '' : button.value,
    ]);
}).flat()"""
_LINKS = "() => [...document.links].map(one => one.getAttribute('href'))"
_NUMBERS = re.compile(r"(?<=/)(?:\d+|TB-\d+)(?=/|$)|(?<==)[^&]+")
_ENDS = ("ra", "dske")
"""What ends the session comes last."""


@dataclass(frozen=True)
class OfferedForm:
    """A button of a form: the page that it stands on, its place there, and what makes it a kind of its own."""

    page: str
    at: int
    button: int
    kind: tuple[str, ...]


@dataclass
class Outcome:
    sent: dict[tuple[str, ...], str] = field(default_factory=dict)
    gone: set[tuple[str, ...]] = field(default_factory=set)
    errors: dict[tuple[str, ...], str] = field(default_factory=dict)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NewsRoom]:
    async with news_room(tmp_path_factory.mktemp("forms")) as made:
        await full_house.fill(made)
        yield made


@pytest.mark.timeout(900)
async def test_every_form_is_answered_by_a_page_where_no_script_runs(chromium: Browser, room: NewsRoom) -> None:
    """The officer sends all that the pages offer; the chair what is offered to nobody else."""
    outcome = Outcome()
    for seat in SEATS:
        context = await chromium.new_context(java_script_enabled=False, locale="vi-VN")
        page, origin = await context.new_page(), room.office.origin
        await _sits_down(page, origin, seat)
        offered = [one for one in await _offered(page, origin) if one.kind not in outcome.sent]
        offered.sort(key=lambda one: (one.kind[1].endswith(_ENDS[0]), one.kind[2] == _ENDS[1]))
        for one in offered:
            await _send(page, origin, seat, one, outcome)
        await context.close()
    assert outcome.errors == {}
    assert len(outcome.sent) >= FEWEST
    assert len(outcome.gone) <= len(outcome.sent) // 8, outcome.gone


async def _sits_down(page: Page, origin: str, seat: int) -> None:
    await page.goto(f"{origin}{HOME}")
    await page.locator("button").nth(seat).click()
    assert page.url == f"{origin}{HOME}"


async def _offered(page: Page, origin: str) -> list[OfferedForm]:
    """Walk all kinds of pages from the first one; return one form of each kind."""
    todo, seen = [HOME], set[str]()
    found: dict[tuple[str, ...], OfferedForm] = {}
    while todo:
        address = todo.pop(0)
        kind = _NUMBERS.sub("·", address)
        if kind in seen or address.endswith("/song"):
            continue
        seen.add(kind)
        answer = await page.request.get(f"{origin}{address}")
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        await page.goto(f"{origin}{address}")
        for at, which, method, action, does, fields, value in await page.evaluate(_FORMS):
            key = (method, _NUMBERS.sub("·", action), does, fields, value)
            found.setdefault(key, OfferedForm(address, at, which, key))
        for link in await page.evaluate(_LINKS):
            to = link.partition("#")[0]
            to = address.partition("?")[0] + to if to.startswith("?") else to
            if to.startswith(HOME):
                todo.append(to)
    return list(found.values())


async def _send(page: Page, origin: str, seat: int, one: OfferedForm, outcome: Outcome) -> None:
    await page.goto(f"{origin}{one.page}")
    if page.url.startswith(f"{origin}{HOME}/vao"):
        await _sits_down(page, origin, seat)
        await page.goto(f"{origin}{one.page}")
    there = [
        (at, which)
        for at, which, method, action, does, fields, value in await page.evaluate(_FORMS)
        if (method, _NUMBERS.sub("·", action), does, fields, value) == one.kind
    ]
    if not there:  # what was sent before has settled it
        outcome.gone.add(one.kind)
        return
    at, which = (one.at, one.button) if (one.at, one.button) in there else there[0]
    form = page.locator("form").nth(at)
    await _fill(form)
    for folded in await form.locator("xpath=ancestor::details[not(@open)]/summary").all():
        await folded.click()
    async with page.expect_response(_is_answer) as going:
        await form.locator("button:not([type=button])").nth(which).click()
    answer = await going.value
    outcome.sent[one.kind] = f"{answer.status} {answer.url}"
    if "attachment" in answer.headers.get("content-disposition", ""):
        return  # a file to keep: the page stays
    await page.wait_for_url(lambda url: url.partition("#")[0] == answer.url, wait_until="load")
    status = answer.status
    whole = await page.locator("main h1").count() == 1 and await page.locator("header.top").count() == 1
    words = " ".join((await page.locator("body").inner_text()).split())
    if status not in _ANSWERS or not whole:
        outcome.errors[one.kind] = f"{one.page}: {status} {words[:300]}"


def _is_answer(response: Response) -> bool:
    return response.request.is_navigation_request() and response.status not in (302, 303, 307)


_ANSWERS = frozenset({200, 400, 403, 409, 413, 422})
"""Done, or refused in a sentence on a page of ours."""


async def _fill(form: Locator) -> None:
    for box in await form.locator("input, select, textarea").all():
        tag = await box.evaluate("one => one.tagName")
        kind = await box.get_attribute("type") or "text"
        if tag == "SELECT":
            values = await box.evaluate("one => [...one.options].map(each => each.value)")
            await box.select_option(next((value for value in values if value), ""), force=True)
        elif tag == "TEXTAREA" or kind in _TYPED:
            if await box.evaluate(_WANTS):
                await _type(box, _word(kind, await box.get_attribute("inputmode") or ""))
        elif kind in ("checkbox", "radio"):
            await box.evaluate("one => { one.checked = true }")
        elif kind == "file":
            await box.set_input_files(_file(await box.get_attribute("accept") or ""))


_WANTS = "one => !one.value && (one.required || one.tagName === 'TEXTAREA' || one.type === 'number' || one.inputMode)"
"""An empty field that somebody would fill in; a line that may stay empty does."""


async def _type(box: Locator, words: str) -> None:
    await box.evaluate("(one, words) => { one.value = words }", words)


_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPED = frozenset({"text", "search", "tel", "number", "date", "time", "datetime-local", "url", "email"})
_WORDS: Mapping[str, str] = {
    "tel": "0912345678", "number": "3", "time": "08:00", "search": "Lan",
    "url": "https://example.org/tin", "email": "lan@example.org",
}  # fmt: skip


def _word(kind: str, mode: str) -> str:
    day = today(CLOCK.now()) + timedelta(days=1)
    if kind in ("date", "datetime-local"):
        return day.isoformat() + ("T08:00" if kind == "datetime-local" else "")
    return "3" if mode in ("numeric", "decimal") else _WORDS.get(kind, "Mời bà con đến nhà văn hóa.")


def _file(accept: str) -> FilePayload:
    if "xlsx" in accept or "sheet" in accept:
        data = workbook([(PeopleSheet.name, PeopleSheet.columns, [])])
        return {"name": "bang.xlsx", "mimeType": _WORKBOOK, "buffer": data}
    return {"name": "giay.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
