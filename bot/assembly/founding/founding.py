"""A set-up under way: what was answered, what is asked next, and the end. The terminal and the page are its faces."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from bot import platforms
from bot.assembly.installation import migrated_by_command
from bot.core.lean.values import replace
from bot.core.sessions import StoreUnavailable
from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.commune import settings as commune
from bot.features.desk.sessions import PLATFORM as DESK
from bot.features.founding import questions as q
from bot.features.founding.files import KeptAnswers, write_whole
from bot.features.founding.problem import AnswerProblem
from bot.features.founding.questions import Question, Taken
from bot.features.founding.villages import VillageLine
from bot.framework.installation import DATABASE, RUNNING, AlreadyRunning, database_url, only_one
from bot.i18n import in_vietnamese
from bot.platforms._shared.setup import Introduced, Setup
from bot.settings import Settings, SettingsError, environment, load
from bot.storage import data_folder, database
from bot.storage.sql import available

from . import checking
from .applying import FirstSteps, Plan, carry_out

LOCK = "bat-dau.lock"
_PORTS = 20
"""Ports after a taken one that are tried."""


@dataclass
class Founding:
    """`folder` has the `.env`. `earlier`: an installation is here already, so only what is changed is asked again."""

    settings: Settings
    environ: Mapping[str, str]
    folder: Path
    kept: KeptAnswers
    setups: Mapping[str, Setup]
    asked: Sequence[Question]
    earlier: bool
    bots: dict[str, Introduced] = field(default_factory=dict)
    port: int = 0

    # Questions

    @property
    def answers(self) -> Mapping[str, str]:
        return self.kept.answers

    def open_questions(self) -> Sequence[Question]:
        """Return the questions that are asked after these answers, answered or not."""
        return q.open_questions(self.asked, self._readable())

    def question(self, key: str) -> Question:
        """Return a question that is asked now; raise AnswerProblem."""
        found = next((one for one in self.open_questions() if one.key == key), None)
        if found is None:
            keys = ", ".join(one.key for one in self.open_questions())
            raise AnswerProblem(f"Không có câu nào tên “{key}” lúc này; các câu: {keys}.", key)
        return found

    def next_question(self) -> Question | None:
        """Return the first question without an answer that can be read; None when all have one."""
        return next((one for one in self.open_questions() if not self.is_answered(one)), None)

    def is_answered(self, question: Question) -> bool:
        if question.key not in self.answers:
            return self.earlier and (question.key == q.PEOPLE or self._is_set(question))
        try:
            question.take(self.answers[question.key], self._readable())
        except AnswerProblem:
            return False
        return True

    def shown(self, question: Question) -> str:
        """Return an answer for a list of all: no secret, no long text."""
        value = self.answers.get(question.key, "")
        if question.kind == "secret":
            name = self.messenger_of(question)
            known = self.bots.get(name)
            return "đã có" if known is None or not known.name else f"đã có ({known.name})"
        if question.key == q.PEOPLE and not value:
            return "giữ như trong máy" if self.earlier else "mời sau"
        if question.key == q.QUIET and value == q.NO_QUIET:
            return "không có"
        label = next((one.label for one in question.choices(self._readable()) if one.key == value), value)
        lines = label.splitlines()
        return label if len(lines) < 2 else f"{lines[0]} … ({len(lines)} dòng)"

    def messenger_of(self, question: Question) -> str:
        """Return the messenger whose token a question is about, "" for another question."""
        return self.answers.get({q.TOKEN: q.MESSENGER, q.SECOND_TOKEN: q.SECOND}.get(question.key, ""), "")

    def how(self, question: Question) -> str:
        """Return the hint of a question, that of a token from its messenger."""
        setup = self.setups.get(self.messenger_of(question))
        if setup is None:
            return question.hint
        parts = "; ".join(label for _, label in setup.settings)
        return f"{setup.label}. {setup.how}" + (f" Mỗi dòng một mã: {parts}." if len(setup.settings) > 1 else "")

    def _readable(self) -> Mapping[str, str]:
        """Return the answers without those that no longer fit the ones before them, as when villages were changed."""
        fitting: dict[str, str] = {}
        for one in self.asked:
            value = self.answers.get(one.key)
            try:
                if value is not None and one.wanted(fitting):
                    fitting[one.key] = one.take(value, fitting).value
            except AnswerProblem:
                continue
        return fitting

    def _is_set(self, question: Question) -> bool:
        name = self.messenger_of(question)
        if name not in self.setups:
            return False
        names = [f"BOT_{name.upper()}_{option.upper()}" for option, _ in self.setups[name].settings]
        return all(self.environ.get(one) for one in names)

    # Answers

    async def take(self, key: str, text: str) -> str:
        """Take an answer and keep it; return what to tell whoever gave it. Raises AnswerProblem and OSError."""
        question = self.question(key)
        taken = question.take(text, self._readable())
        if question.kind == "secret":
            taken = replace(taken, note=await self._introduce(question, taken))
        elif key in (q.MESSENGER, q.SECOND) and self.answers.get(key) != taken.value:
            self.kept.answers.pop(q.TOKEN if key == q.MESSENGER else q.SECOND_TOKEN, None)
        given = {**self.answers, key: taken.value}
        self.kept.answers = {one.key: given[one.key] for one in self.asked if one.key in given}
        self.kept.save()
        return taken.note

    def take_workbook(self, content: bytes) -> None:
        """Keep a workbook of people beside the answers. Raises OSError."""
        write_whole(self.settings.data_dir / q.WORKBOOK, content)

    async def _introduce(self, question: Question, taken: Taken) -> str:
        name = self.messenger_of(question)
        values = checking.settings_of(name, self.setups[name], taken.value)
        try:
            known = await checking.introduced(name, self.setups, values, self.environ)
        except AnswerProblem as problem:
            raise AnswerProblem(str(problem), question.key) from None
        self.bots[name] = known
        label = self.setups[name].label
        named = f"{label}: đúng mã của “{known.name}”." if known.name else f"{label}: đã ghi."
        return f"{named} {known.warning}".strip()

    # The end

    async def finish(self, now: datetime) -> FirstSteps:
        """Carry out the answers. Raises AnswerProblem with the question to answer anew, DatabaseError and OSError."""
        waiting = self.next_question()
        if waiting is not None:
            raise AnswerProblem(f"Còn câu chưa trả lời: {waiting.title} ({waiting.key}).", waiting.key)
        answers = self._readable()
        env = self._env(answers)
        bots = await self._bots(answers)
        try:
            load({key: value for key, value in {**self.environ, **env}.items() if value is not None}, platforms.names())
            with available():
                steps = await carry_out(Plan(self.settings, self.folder, answers, env, bots), now)
        except StoreUnavailable as error:
            raise AnswerProblem(
                f"{self.settings.data_dir}: không ghi được cơ sở dữ liệu, thường là đĩa đầy ({error}): dọn chỗ "
                "rồi chạy lại, các câu trả lời còn nguyên."
            ) from None
        except SettingsError as error:
            raise AnswerProblem(f"{in_vietnamese(error)}.") from None
        except commune.CommuneError as error:
            raise AnswerProblem(f"{error}.") from None
        beaten = [name for name, value in env.items() if name in os.environ and os.environ[name] != (value or "")]
        if beaten:
            steps = replace(
                steps, notes=(*steps.notes, f"{', '.join(beaten)} đặt sẵn trong môi trường thắng dòng trong .env.")
            )
        self.kept.finish({one.key: one for one in self.asked if one.is_private})
        self.environ = environment(self.folder)
        self.settings = load(self.environ, platforms.names())
        return steps

    def _env(self, answers: Mapping[str, str]) -> dict[str, str | None]:
        used = [name for key in (q.MESSENGER, q.SECOND) if (name := answers.get(key, "")) in self.setups]
        others = [name for name in self.settings.platforms if name not in self.setups]
        env: dict[str, str | None] = {"BOT_PLATFORMS": ",".join(dict.fromkeys([*others, DESK, *used]))}
        for key, about in ((q.TOKEN, q.MESSENGER), (q.SECOND_TOKEN, q.SECOND)):
            if key in answers and (name := answers.get(about, "")) in self.setups:
                env |= checking.settings_of(name, self.setups[name], answers[key])
        env["BOT_PUBLIC_URL"] = answers.get(q.ADDRESS) or None
        if self.port != self.settings.port:
            env["BOT_PORT"] = str(self.port)
        return env

    async def _bots(self, answers: Mapping[str, str]) -> Mapping[str, Introduced]:
        """Return the bots by the label of their messenger; ask for those of an earlier set-up."""
        found = {}
        for key in (q.MESSENGER, q.SECOND):
            name = answers.get(key, "")
            if name in self.setups:
                if name not in self.bots:
                    self.bots[name] = await self._known_before(name, key, answers)
                found[self.setups[name].label] = self.bots[name]
        return found

    async def _known_before(self, name: str, key: str, answers: Mapping[str, str]) -> Introduced:
        token = q.TOKEN if key == q.MESSENGER else q.SECOND_TOKEN
        kept = checking.settings_of(name, self.setups[name], answers[token]) if token in answers else {}
        try:
            return await checking.introduced(name, self.setups, kept, self.environ)
        except AnswerProblem as problem:
            raise AnswerProblem(str(problem), token) from None

    def runs_already(self) -> bool:
        """Tell whether a bot is running on this data folder."""
        if not (self.settings.data_dir / RUNNING).exists():
            return False
        try:
            with only_one(self.settings.data_dir):
                return False
        except AlreadyRunning:
            return True


@contextmanager
def founding(settings: Settings, environ: Mapping[str, str], folder: Path = Path()) -> Iterator[Founding]:
    """Begin or go on with a set-up, one at a time. Raises AnswerProblem, and OSError for a folder without rights."""
    data_folder.prepare(settings.data_dir)
    check_rights(folder)
    lock = FileLock(settings.data_dir / LOCK, mode=0o600, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise AnswerProblem(
            f"{settings.data_dir}: đang có một lần cài đặt khác mở ở đây (lệnh init, hoặc trang /bat-dau): "
            "làm nốt hoặc đóng bên ấy rồi thử lại."
        ) from None
    try:
        kept = KeptAnswers.of(settings.data_dir)
        earlier = kept.done or "BOT_PLATFORMS" in environ or (settings.data_dir / commune.FILE).exists()
        setups = checking.setups()
        begun = Founding(
            settings, environ, folder, kept, setups, q.questions(checking.choices(setups)), earlier, port=settings.port
        )
        yield begun
    finally:
        # A folder in which nothing was answered stays empty: a backup can be restored into it.
        with suppress(OSError):  # Windows deletes no file that is open
            (settings.data_dir / LOCK).unlink()
        lock.release()


def check_rights(folder: Path) -> None:
    """Raise AnswerProblem for a folder in which no file can be made: better now than after fifteen questions."""
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except PermissionError:
        raise AnswerProblem(
            f"{folder.absolute()}: không có quyền ghi ở đây; chạy init bằng người dùng của bot, trong thư mục của "
            "người ấy."
        ) from None


async def learn(begun: Founding) -> None:
    """Learn from an installation that was made by hand, where nothing was answered yet. Raises CommuneError and others.

    The others are DatabaseError and OSError.
    """
    if begun.kept.answers or not begun.earlier:
        return
    settings, found = begun.settings, dict[str, str]()
    own = commune.load(settings.data_dir)
    if own.name != commune.UNNAMED:
        found[q.COMMUNE] = own.full_name
    if own.province != commune.UNNAMED:
        found[q.PROVINCE] = own.province
    found[q.CONTACT] = "; ".join(filter(None, (own.phone, own.hours)))
    found[q.QUIET] = f"{own.quiet.start:%H:%M}-{own.quiet.end:%H:%M}"
    found[q.LETTERHEAD] = "\n".join(
        f"{words[0]}: {value}"
        for key, words in q.HEAD_LINES.items()
        if key in own.letterhead.model_fields_set and (value := getattr(own.letterhead, key))
    )
    found[q.ADDRESS] = settings.public_url or ""
    for key, beside in ((q.MESSENGER, False), (q.SECOND, True)):
        used = [name for name, setup in begun.setups.items() if setup.beside == beside and name in settings.platforms]
        found[key] = next(iter(used), q.NONE)
    found[q.FIRST_VILLAGE] = q.NONE
    if settings.database_url is not None or (settings.data_dir / DATABASE).exists():
        await migrated_by_command(settings)
        async with database.opened(database_url(settings)):
            if (place := await units.get(own.code)) is not None:
                villages = await units.villages(place.id, today(datetime.now().astimezone()))
                lines = [VillageLine(one.kind, one.name, one.households).line for one in villages]
                found |= {q.VILLAGES: "\n".join(lines)} if lines else {}
    begun.kept.answers.update({key: value for key, value in found.items() if value or key != q.VILLAGES})


def free_port(settings: Settings) -> int:
    """Return the port of the settings, or one of the next that nobody uses. Raises OSError when none is free."""
    if settings.port == 0:
        return 0
    for port in range(settings.port, min(settings.port + _PORTS, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as tried:
            if os.name == "posix":  # elsewhere it would take a port from who has it
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((settings.host, port))
            except OSError as error:
                last = error
                continue
            return port
    raise last
