"""The page of setting up: the same questions as in the terminal, then what is left to do with telephones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import web

from bot.assembly.os_errors import says
from bot.core.platform import Clock
from bot.features.commune.settings import CommuneError
from bot.features.founding import questions as q
from bot.features.founding.problem import AnswerProblem
from bot.features.founding.questions import Question
from bot.framework import gate, web_app
from bot.office import founding_page as view
from bot.office import styles
from bot.settings import Settings
from bot.storage.database import DatabaseError

from .applying import FirstSteps, instructions
from .entry import Entry
from .founding import Founding
from .watching import progress

ALL = "tat-ca"
_FAULTS = (AnswerProblem, CommuneError, DatabaseError, OSError)
_AGAIN_WHILE_STARTING, _AGAIN = 8, 4
"""Seconds until the last page comes again: while the bot starts, and while people come."""
_EXPIRED = "Trang này đã cũ: bấm lại giúp."


class FoundingSite:
    """The questions as pages. `finished` gets what is left to do once all is written."""

    def __init__(self, begun: Founding, entry: Entry, now: Callable[[], datetime]) -> None:
        self._begun = begun
        self._entry = entry
        self._now = now
        self._one_at_a_time = asyncio.Lock()
        self.finished: asyncio.Future[FirstSteps] = asyncio.get_running_loop().create_future()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", _to_beginning),
            web.get("/healthz", _healthy),
            web.get(view.PATH, guarded(self._entry, self._show)),
            web.post(view.PATH, guarded(self._entry, self._answer)),
            web.post(view.FINISH, guarded(self._entry, self._finish)),
            web.post(view.ENTER, entering(self._entry)),
            *styles.routes(),
        ]

    async def _show(self, request: web.Request, token: str) -> web.Response:
        if self.finished.done():
            return steps_page(self.finished.result(), [], _AGAIN_WHILE_STARTING)
        key = request.query.get(view.KEY, "")
        question = next((one for one in self._begun.open_questions() if one.key == key), None)
        if question is None and key != ALL:
            question = self._begun.next_question()
        return self._overview(token) if question is None else self._question(question, token)

    async def _answer(self, request: web.Request, token: str) -> web.Response:
        form = await request.post()
        key, given, file = str(form.get(view.KEY, "")), form.get(view.ANSWER, ""), form.get(view.FILE)
        text = given if isinstance(given, str) else ""
        async with self._one_at_a_time:
            try:
                question = self._begun.question(key)
                if isinstance(file, web.FileField) and (content := file.file.read()):
                    self._begun.take_workbook(content)
                    text = q.WORKBOOK
                elif question.takes_file and not text.strip() and self._begun.answers.get(key) == q.WORKBOOK:
                    text = q.WORKBOOK
                note = await self._begun.take(key, text)
            except _FAULTS as error:
                found = next((one for one in self._begun.open_questions() if one.key == key), None)
                why = _why(error)
                return self._overview(token, why) if found is None else self._question(question, token, why, text=text)
        following = self._begun.next_question()
        if note:
            return (
                self._overview(token, note=note) if following is None else self._question(following, token, note=note)
            )
        raise web.HTTPSeeOther(view.PATH)

    async def _finish(self, request: web.Request, token: str) -> web.Response:
        async with self._one_at_a_time:
            if self.finished.done():
                raise web.HTTPSeeOther(view.PATH)
            try:
                steps = await self._begun.finish(self._now())
            except _FAULTS as error:
                key = error.key if isinstance(error, AnswerProblem) else ""
                found = next((one for one in self._begun.open_questions() if one.key == key), None)
                why = _why(error)
                return self._overview(token, why) if found is None else self._question(found, token, why)
            self.finished.set_result(steps)
        return steps_page(steps, [], _AGAIN_WHILE_STARTING)

    def _question(
        self, question: Question, token: str, problem: str = "", note: str = "", text: str | None = None
    ) -> web.Response:
        begun = self._begun
        asked = list(begun.open_questions())
        at = asked.index(question)
        kept = begun.answers.get(question.key)
        value = text if text is not None else kept if kept is not None else question.default(begun.answers)
        setup = begun.setups.get(begun.messenger_of(question))
        rows = {"lines": 12, "secret": 1 if setup is None else len(setup.settings)}.get(question.kind, 1)
        shown = view.QuestionView(
            question,
            begun.how(question),
            question.choices(begun.answers),
            "" if value == q.WORKBOOK else value,
            at + 1,
            len(asked),
            asked[at - 1].key if at else "",
            rows,
            problem,
            note,
        )
        return view.question_page(shown, token)

    def _overview(self, token: str, problem: str = "", note: str = "") -> web.Response:
        begun = self._begun
        answers = [(one, begun.shown(one)) for one in begun.open_questions() if begun.is_answered(one)]
        return view.overview_page(answers, token, ready=begun.next_question() is None, problem=problem, note=note)


class ProgressSite:
    """The same address once the bot runs: what is left to do, until the first announcement is confirmed.

    Its styles are those of the bot's public pages, which serve them already.
    """

    def __init__(self, steps: FirstSteps, entry: Entry, now: Callable[[], datetime]) -> None:
        self._steps = steps
        self._entry = entry
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(view.PATH, guarded(self._entry, self._show)),
            web.post(view.ENTER, entering(self._entry)),
        ]

    async def _show(self, request: web.Request, token: str) -> web.Response:
        done = [(step.text, step.done) for step in await progress(self._steps, self._now())]
        return steps_page(self._steps, done, _AGAIN)


def steps_page(steps: FirstSteps, done: list[tuple[str, bool]], again_after: int) -> web.Response:
    codes = [
        view.CodeView(one.title, one.how, one.invitation.code, one.invitation.links) for one in instructions(steps)
    ]
    return view.steps_page(steps.commune, codes, done, steps.notes, again_after=again_after)


Page = Callable[[web.Request, str], Awaitable[web.Response]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(entry: Entry, show: Page) -> Handler:
    """Return the handler of a page that only this machine, or who had the code, may open; forms carry a token."""

    async def handle(request: web.Request) -> web.StreamResponse:
        session = entry.session(request)
        if session is None:
            return view.code_page()
        token = entry.token(session)
        if request.method == "POST":
            sent = (await request.post()).get(view.TOKEN, "")
            if not isinstance(sent, str) or not entry.is_own_form(session, sent):
                return view.code_page(_EXPIRED)
        try:
            answer: web.StreamResponse = await show(request, token)
        except web.HTTPSeeOther as there:
            answer = web.Response(status=there.status, headers={"Location": str(there.location)})
        entry.remember(answer, session)
        return answer

    return handle


def entering(entry: Entry) -> Handler:
    """Return the handler that takes the one-time code."""

    async def handle(request: web.Request) -> web.StreamResponse:
        code = (await request.post()).get(view.CODE, "")
        session = entry.redeem(code if isinstance(code, str) else "")
        if session is None:
            return view.code_page("Mã không đúng: xem lại mã mà chương trình in ra sau cùng.")
        answer = web.Response(status=303, headers={"Location": view.PATH})
        entry.remember(answer, session)
        return answer

    return handle


async def _to_beginning(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(view.PATH)


async def _healthy(request: web.Request) -> web.StreamResponse:
    return web.Response(text="ok\n")


def _why(error: Exception) -> str:
    return says(error) if isinstance(error, OSError) else str(error)


@asynccontextmanager
async def serving(
    begun: Founding, settings: Settings, entry: Entry, clock: Clock
) -> AsyncIterator[tuple[str, FoundingSite]]:
    """Serve the page; yield its address and what it does. Raises OSError for a port in use."""
    site = FoundingSite(begun, entry, clock.now)
    application = web_app.application(settings, clock)
    application.add_routes(site.routes())
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        async with gate.listening(runner, settings) as address:
            yield f"{address}{view.PATH}", site
    finally:
        await runner.cleanup()
