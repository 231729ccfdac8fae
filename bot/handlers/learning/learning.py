"""Learning by questions: banks, one a day, the group's quiz, the village's board."""

from __future__ import annotations

from bot.core.router import Router
from bot.features.guides.library import Library
from bot.features.jobs.queue import Jobs
from bot.features.learning.shipped import Shipped
from bot.handlers.kit.provisions import Home

from . import board, daily_question, group_quiz, question_banks
from .for_group import QuizToForward


def build(library: Library, home: Home, jobs: Jobs, shipped: Shipped, to_forward: QuizToForward) -> Router:
    router = Router()
    router.include(
        question_banks.build(question_banks.QuestionBankConversation(jobs, shipped)),
        daily_question.build(daily_question.DailyQuestionConversation(library, home, shipped)),
        group_quiz.build(group_quiz.GroupQuizConversation(shipped, to_forward)),
        board.build(board.BoardConversation(home)),
    )
    return router
