"""The command `init`: the questions of setting up in the terminal, from a file, or on the page, and what follows."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from bot.assembly.founding import site
from bot.assembly.founding.applying import FirstSteps, Invitation, instructions
from bot.assembly.founding.entry import Entry
from bot.assembly.founding.founding import Founding, founding, free_port, learn
from bot.assembly.founding.watching import tell
from bot.features.founding import questions as q
from bot.features.founding.files import parse_answers
from bot.features.founding.kept import KEPT
from bot.features.founding.problem import AnswerProblem
from bot.features.founding.questions import Question
from bot.features.invites import qr
from bot.framework.process import CLOCK
from bot.settings import Settings

from .screen import Ended, Screen
from .signals import interrupted_at_once, set_on_signals

_MANY = 40
"""More choices than that are not listed."""
_FILES = (".xlsx", ".xlsm", ".ods")


@dataclass(frozen=True)
class Begun:
    """A set-up that is done, and a bot that may run: its settings, and what is left to do with telephones."""

    settings: Settings
    environ: Mapping[str, str]
    steps: FirstSteps
    entry: Entry
    screen: Screen

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the page that shows how far it is."""
        return site.ProgressSite(self.steps, self.entry, CLOCK.now).routes()

    async def told(self) -> None:
        """Say in the terminal how far it is, until the first announcement is confirmed."""
        await tell(self.steps, CLOCK.now, self.screen.say)
        if self.steps.announcement:
            self.screen.say(
                f"Xong: {self.steps.village} đã nhận tin đầu tiên. Bot chạy tiếp; dừng bằng Ctrl-C.", "bold"
            )


def in_terminal(settings: Settings, environ: Mapping[str, str], file: Path | None, *, as_json: bool) -> Begun | None:
    """Ask, or read the answers from a file; None where a bot runs already. Raises as `founding` and `finish` do."""
    screen = Screen()
    with founding(settings, environ) as begun:
        running = begun.runs_already()
        begun.port = settings.port if running else _port(settings, screen)
        try:
            with interrupted_at_once():
                steps = asyncio.run(_asked(begun, screen, file))
        except (Ended, KeyboardInterrupt):
            screen.say("")
            count = len(begun.answers)
            raise AnswerProblem(
                f"Chưa xong. Đã giữ {count} câu trả lời ở {settings.data_dir / KEPT}: chạy lại init để làm tiếp."
            ) from None
        _show(steps, screen, as_json=as_json)
        if running:
            screen.say("Bot đang chạy ở thư mục này: khởi động lại nó để dùng cấu hình mới.", "bold")
            return None
        return Begun(begun.settings, begun.environ, steps, Entry(screen.say), screen)


def on_page(settings: Settings, environ: Mapping[str, str]) -> Begun | None:
    """Ask on the page until all is written; None when told to stop before."""
    screen = Screen()
    with founding(settings, environ) as begun:
        running = begun.runs_already()
        begun.port = _port(settings, screen)
        found = asyncio.run(_served(begun, settings.model_copy(update={"port": begun.port}), screen))
        if found is not None:
            _show(found[0], screen, as_json=False)
        if running:
            screen.say("Bot đang chạy ở thư mục này: khởi động lại nó để dùng cấu hình mới.", "bold")
        return None if found is None or running else Begun(begun.settings, begun.environ, *found, screen)


def _port(settings: Settings, screen: Screen) -> int:
    if settings.database_url is not None:
        return settings.port  # where several processes may run, one of them may have it
    port = free_port(settings)
    if port != settings.port:
        screen.say(f"Cổng {settings.port} đã có chương trình khác dùng nên bot dùng cổng {port}.")
    return port


async def _served(begun: Founding, settings: Settings, screen: Screen) -> tuple[FirstSteps, Entry] | None:
    await learn(begun)
    stop, entry = asyncio.Event(), Entry(screen.say)
    set_on_signals(stop)
    async with site.serving(begun, settings, entry, CLOCK) as (address, page):
        print(f"ready {address}", flush=True)
        screen.say(f"Xã chưa được cài đặt. Mở {address} trên chính máy này. Từ máy khác thì mã một lần là {entry.code}")
        page.finished.add_done_callback(lambda _: stop.set())
        await stop.wait()
        if not page.finished.done():
            return None
        await asyncio.sleep(0.2)  # for the last page to leave
        return page.finished.result(), entry


# Questions


async def _asked(begun: Founding, screen: Screen, file: Path | None) -> FirstSteps:
    await learn(begun)
    if file is not None:
        await _from_file(begun, screen, file)
        return await begun.finish(CLOCK.now())
    if begun.next_question() is None or begun.answers:
        screen.say("Các câu đã trả lời được giữ nguyên. Lúc nào cũng dừng được: chạy lại init là làm tiếp.")
    while True:
        while (question := begun.next_question()) is not None:
            await _ask(begun, screen, question)
        if (chosen := _changed(begun, screen)) is not None:
            await _ask(begun, screen, chosen)
            continue
        try:
            return await begun.finish(CLOCK.now())
        except AnswerProblem as problem:
            again = next((one for one in begun.open_questions() if one.key == problem.key), None)
            if again is None:
                raise
            screen.say(f"✘ {problem}", "bold red")
            await _ask(begun, screen, again)


async def _from_file(begun: Founding, screen: Screen, file: Path) -> None:
    """Take the answers of a file, and the usual ones where it has none. Raises AnswerProblem and OSError."""
    given, _ = parse_answers(_content(file), "stdin" if str(file) == "-" else str(file))
    known = {one.key for one in begun.asked}
    if unknown := next((key for key in given if key not in known), None):
        raise AnswerProblem(f"Không có câu nào tên “{unknown}”; các câu: {', '.join(one.key for one in begun.asked)}.")
    for one in begun.asked:
        if one.key in given and one in begun.open_questions():
            await _take(begun, screen, one, given[one.key])
    while (question := begun.next_question()) is not None:
        if question.key not in given and (question.optional or question.default(begun.answers)):
            await _take(begun, screen, question, "")
        else:
            raise AnswerProblem(f"Thiếu câu trả lời “{question.key}”: {question.title}.", question.key)


def _content(file: Path) -> bytes:
    return sys.stdin.buffer.read() if str(file) == "-" else file.expanduser().read_bytes()


async def _ask(begun: Founding, screen: Screen, question: Question) -> None:
    """Ask until the answer can be taken."""
    asked = list(begun.open_questions())
    screen.say(f"\n{asked.index(question) + 1}/{len(asked)}  {question.title}", "bold")
    if hint := begun.how(question):
        screen.say(hint)
    options = question.choices(begun.answers)
    if len(options) <= _MANY:
        lines = [f"{number}. {one.label}" for number, one in enumerate(options, start=1)]
        screen.columns(lines, least=10)
    else:
        screen.say(f"{len(options)} lựa chọn: gõ tên.")
    before = begun.answers.get(question.key) or question.default(begun.answers)
    if before and question.kind != "secret":
        screen.say(f"(Enter: {_short(before, question, begun)})")
    while True:
        text = _read(begun, screen, question)
        try:
            await _take(begun, screen, question, text if text.strip() else before)
        except AnswerProblem as problem:
            screen.say(f"✘ {problem}", "bold red")
        else:
            return


def _short(before: str, question: Question, begun: Founding) -> str:
    label = next((one.label for one in question.choices(begun.answers) if one.key == before), before)
    lines = label.splitlines()
    return label if len(lines) < 2 else f"{lines[0]} … ({len(lines)} dòng)"


def _read(begun: Founding, screen: Screen, question: Question) -> str:
    if question.kind == "lines":
        if screen.has_keyboard:
            screen.say(
                "Dán vào đây, xong thì để một dòng trống." + (" Hoặc gõ tên tệp." if question.takes_file else "")
            )
        return screen.lines("> ")
    setup = begun.setups.get(begun.messenger_of(question))
    if setup is not None and len(setup.settings) > 1:
        return "\n".join(screen.line(f"{label}: ", hidden=True) for _, label in setup.settings)
    return screen.line("> ", hidden=question.kind == "secret")


async def _take(begun: Founding, screen: Screen, question: Question, text: str) -> None:
    """Give an answer to the set-up; of a workbook, its name."""
    name = text.strip()
    if question.takes_file and name.lower().endswith(_FILES) and "\n" not in name and name != q.WORKBOOK:
        try:
            begun.take_workbook(_content(Path(name)))
        except OSError as error:
            raise AnswerProblem(f"Không đọc được tệp {name} ({error.strerror}): xem lại tên.", question.key) from None
        text = q.WORKBOOK
    if note := await begun.take(question.key, text):
        screen.say(f"✔ {note}")


def _changed(begun: Founding, screen: Screen) -> Question | None:
    """Show all answers; return the question to answer anew, None to go on."""
    asked = begun.open_questions()
    screen.say("\nCác câu trả lời", "bold")
    for number, one in enumerate(asked, start=1):
        screen.say(f"{number}. {one.title}: {begun.shown(one) or '(để trống)'}")
    while True:
        try:
            text = screen.line("Gõ số để sửa, Enter để ghi và bật bot: ").strip()
        except Ended:
            if screen.has_keyboard:
                raise
            return None  # a file of answers ends here
        if not text:
            return None
        if text.isdecimal() and 1 <= int(text) <= len(asked):
            return asked[int(text) - 1]
        screen.say(f"Gõ số từ 1 đến {len(asked)}.")


# The end


def _show(steps: FirstSteps, screen: Screen, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_data(steps), ensure_ascii=False), flush=True)
    screen.say(f"\nĐã cài xong cho {steps.commune}.", "bold green")
    for note in steps.notes:
        screen.say(note)
    for one in instructions(steps):
        screen.say(f"\n{one.title}: {one.invitation.code}", "bold")
        screen.say(one.how)
        for label, address in one.invitation.links.items():
            screen.say(f"{label}: {address}")
            if one.invitation is steps.chair:
                with contextlib.suppress(ValueError):
                    screen.draw(qr.blocks(address))
    if steps.announcement:
        screen.say(
            f"\n{steps.announcement} chờ sẵn cho {steps.village}: nhóm (hoặc người đưa tin) và Chủ tịch đã vào thì bot "
            "hỏi Chủ tịch duyệt."
        )
    elif steps.chair is None:
        screen.say("Chưa có ứng dụng nhắn tin nào: có mã rồi thì chạy lại init để thêm.")


def _data(steps: FirstSteps) -> Mapping[str, object]:
    def invitation(one: Invitation | None) -> object:
        return None if one is None else {"code": one.code, "links": dict(one.links)}

    return {
        "commune": steps.commune,
        "village": steps.village,
        "chair": invitation(steps.chair),
        "helper": invitation(steps.helper),
        "group": invitation(steps.group),
        "announcement": steps.announcement,
        "notes": list(steps.notes),
    }
