"""Learning by questions: banks, one a day, the group's quiz, the village's board."""

from __future__ import annotations

from bot.core.router import Router
from bot.features.guides.library import Library
from bot.features.jobs import Jobs

from . import board, daily_question, group_quiz, question_banks
from .home import HomeTalk


def build(library: Library, home: HomeTalk, jobs: Jobs) -> Router:
    router = Router()
    router.include(
        question_banks.build(question_banks.BankTalk(jobs)),
        daily_question.build(daily_question.DailyTalk(library, home)),
        group_quiz.build(group_quiz.QuizTalk()),
        board.build(board.BoardTalk(home)),
    )
    return router
