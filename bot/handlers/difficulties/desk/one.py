"""One difficulty: its story, the answer, and everything else that can be done with it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from bot.core.messages import Button
from bot.core.text import Text
from bot.features.checkins.actions import (
    AnswerDifficulty,
    AskMentor,
    DirectDifficulty,
    GradeDifficulty,
    MergeDifficulty,
    TakeDifficulty,
)
from bot.features.difficulties import answers, difficulties, handling, mentors
from bot.features.difficulties.difficulties import STATES, Difficulty, State
from bot.features.difficulties.grades import GRADES, LABELS
from bot.features.difficulties.handling import DIRECTS, HANDLERS
from bot.features.forwarding.actions import words_button
from bot.features.notices.mail import Mail
from bot.features.notices.notice_outbox import NoticeOutbox
from bot.features.people import people
from bot.features.rights import Act
from bot.features.rights.table import STEERING
from bot.handlers.difficulties.for_group import FORWARD
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.addresses import number_of
from bot.office.desk.visit import HOME, Answer, Do, No, Sheet, Visit

from .listed import ADDRESS, names_in, row_of

_ANSWERS: Mapping[State, str] = {
    "answered": msg("Trả lời, việc vẫn để mở"),
    "solved": msg("Báo đã giải quyết"),
    "passed_on": msg("Chuyển cấp trên"),
}
_DIRECTIVE = "chi-dao"
_NOTHING = Text()


class DifficultyEntry(Struct, frozen=True):
    """A part of the story: who said something, and the words."""

    by: str
    words: str
    more: Text = _NOTHING


class DifficultyPage:
    def __init__(self, outbox: NoticeOutbox) -> None:
        self._outbox = outbox

    async def _found(self, visit: Visit) -> Difficulty | No:
        one = await difficulties.get(number_of(visit.path["id"]))
        if one is None:
            return No(visit.t(handling.GONE))
        if await handling.may_handle(visit.who, one, visit.now, (*HANDLERS, STEERING)):
            return one
        return No(visit.t(handling.NOT_YOURS), 403)

    async def show(self, visit: Visit) -> Answer:
        one = await self._found(visit)
        if isinstance(one, No):
            return one
        handles = one.open and visit.who.has(*HANDLERS)
        return Sheet(
            "difficulties/one.html",
            visit.t("Khó khăn số {id}", id=one.id),
            {
                "row": row_of(visit, one, await names_in(visit)),
                "one": one,
                "owner": "" if one.owner_id is None else await people.name_of(one.owner_id),
                "story": await self._story(visit, one),
                "same": await difficulties.same(one.id),
                "answers": {state: visit.word(label) for state, label in _ANSWERS.items()} if handles else {},
                "buttons": await self._buttons(visit, one) if handles else [],
                "grades": self._grades(visit, one) if handles and one.waits else [],
                "pass_on": words_button(FORWARD, str(one.id), visit.word) if one.response else None,
                "directs": visit.who.has(*DIRECTS),
                "longest": difficulties.LONGEST,
                "home": HOME + ADDRESS,
            },
        )

    async def _story(self, visit: Visit, one: Difficulty) -> list[DifficultyEntry]:
        story = [DifficultyEntry(visit.word("Thôn báo"), one.text)]
        for asked in await mentors.about(one.id):
            waits = visit.t("Đã hỏi quan sát viên, chờ trả lời.") if not asked.answered else Text()
            story.append(DifficultyEntry(visit.word("Hỏi quan sát viên"), asked.text, waits))
            if asked.answered:
                story.append(DifficultyEntry(visit.word("Quan sát viên"), asked.answer))
        if one.directive:
            story.append(DifficultyEntry(visit.word("Ý kiến chỉ đạo"), one.directive))
        if one.response:
            way = None if one.waits else await answers.travel(one)
            told = Text() if way is None else answers.told(Mail(self._outbox, language=visit.locale), way)
            story.append(DifficultyEntry(visit.word("Xã trả lời"), one.response, told))
        return story

    async def _buttons(self, visit: Visit, one: Difficulty) -> list[Button]:
        found = [Button.to(visit.word("Nhận xử lý"), TakeDifficulty(one.id, one.version))] if one.state == "new" else []
        if one.waits:
            found.append(Button.to(visit.word("Trùng với khó khăn khác"), MergeDifficulty(one.id, one.version, 0)))
        if await mentors.mentors(visit.commune.id, visit.now):
            found.append(Button.to(visit.word("Hỏi quan sát viên"), AskMentor(one.id)))
        return found

    def _grades(self, visit: Visit, one: Difficulty) -> list[Button]:
        return [
            Button.to(visit.word(LABELS[grade]), GradeDifficulty(one.id, one.grade, grade))
            for grade in GRADES
            if grade != one.grade
        ]

    async def take(self, visit: Visit) -> Answer:
        """Give the answer, or what the leaders say about it, to the conversation."""
        one = await self._found(visit)
        if isinstance(one, No):
            return one
        words, version = visit.said("loi"), number_of(visit.said("ban"))
        if not words:
            return No(visit.t("Chưa có chữ nào để gửi."), 400)
        if visit.said("viec") == _DIRECTIVE:
            act: AnswerDifficulty | DirectDifficulty = DirectDifficulty(one.id, version)
            return Do(act, visit.address, visit.word("Ý kiến chỉ đạo"), words)
        wanted = visit.said("ket-qua")
        state: State = next((known for known in _ANSWERS if known == wanted), "answered")
        return Do(
            AnswerDifficulty(one.id, version, state), visit.address, visit.word(STATES[state]).capitalize(), words
        )

    def page(self) -> DeskPage:
        return DeskPage(f"{ADDRESS}/{{id}}", self.show, self.take, act=Act.HANDLE_DIFFICULTIES)
