"""The questions of a guide: the first answer counts, and the quiz can be begun again."""

from __future__ import annotations

from typing import Protocol

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.router import Router
from bot.core.text import Text
from bot.features.guides import pages, progress, quizzes
from bot.features.guides.library import Library
from bot.features.guides.model import END, Guide, GuideStep, StepQuiz
from bot.features.guides.navigation import resolve
from bot.features.people.accounts import Account

from .page import AnswerQuiz, onward


class RetryQuiz(Action, code="qr"):
    guide: str


class QuizPages(Protocol):
    """Shows pages of guides; see bot.handlers.guides.reading."""

    async def show(self, ctx: Context, slug: str, step_id: str) -> None: ...

    def put_page(self, ctx: Context, guide: Guide, step: GuideStep) -> None: ...


class GuideQuizConversation:
    def __init__(self, library: Library, pages_: QuizPages) -> None:
        self._library = library
        self._pages = pages_

    async def answer(self, ctx: Context, action: AnswerQuiz) -> None:
        """Record the first answer, which counts; explain the right one either way."""
        guide = self._library.get(action.guide)
        resolved = resolve(guide, action.step) if guide is not None else None
        quiz = resolved.step.quiz if resolved is not None else None
        choice = quizzes.choice_of(quiz, action.choice) if quiz is not None else None
        if guide is None or resolved is None or quiz is None or choice is None:
            await self._pages.show(ctx, action.guide, action.step)
            return
        step = resolved.step
        if not ctx.private:
            self._explain(ctx, guide, step, quizzes.CountedQuizAnswer(choice, choice == quiz.answer, first=True))
            return
        place = await progress.place(_account(ctx), guide.slug)
        attempt = place.attempt if place is not None else 1
        async with ctx.changes():
            given = await quizzes.answer(_account(ctx), guide.slug, step.id, quiz, choice, attempt, ctx.now)
            self._explain(ctx, guide, step, given)

    def _explain(self, ctx: Context, guide: Guide, step: GuideStep, given: quizzes.CountedQuizAnswer) -> None:
        quiz = pages.localised(guide, step, ctx.locale, ctx.translate).quiz
        if quiz is None:
            raise ValueError(f"{guide.slug}/{step.id} has no question")
        pieces: list[Text] = []
        if not given.first:
            pieces.append(_counted_before(ctx, quiz, given))
        pieces.append(
            ctx.t("✅ **Đúng rồi!**")
            if given.right
            else ctx.t("**Chưa đúng.** Câu đúng là: {choice}.", choice=quiz.choices[quiz.answer].rstrip("."))
        )
        pieces.append(Text.verbatim(quiz.explanation))
        last = step.next == END
        ctx.reply(
            Text.join("\n\n", pieces),
            [onward(guide, step, ctx.word("Xem kết quả") if last else ctx.word("Tiếp"))],
        )

    async def retry(self, ctx: Context, action: RetryQuiz) -> None:
        guide = self._library.get(action.guide)
        if guide is None or not guide.quiz_steps or not ctx.private:
            await self._pages.show(ctx, action.guide, guide.start if guide is not None else "")
            return
        place = await progress.place(_account(ctx), guide.slug)
        first = guide.steps[guide.quiz_steps[0]]
        attempt = (place.attempt if place is not None else 0) + 1
        async with ctx.changes():
            await progress.reached(
                _account(ctx), guide.slug, first.id, first.fingerprint, (first.id,), ctx.now, attempt=attempt
            )
            self._pages.put_page(ctx, guide, first)


def build(conversation: GuideQuizConversation) -> Router:
    router = Router()
    router.action(AnswerQuiz)(conversation.answer)
    router.action(RetryQuiz)(conversation.retry)
    return router


def _account(ctx: Context) -> Account:
    return Account(ctx.chat.platform, ctx.sender.id)


def _counted_before(ctx: Context, quiz: StepQuiz, given: quizzes.CountedQuizAnswer) -> Text:
    if given.choice < 0:
        return ctx.t("Bác đã trả lời câu này rồi; câu trả lời đầu tiên được tính.")
    return ctx.t(
        "Bác đã trả lời câu này rồi; câu trả lời đầu tiên được tính: {choice}.",
        choice=quiz.choices[given.choice].rstrip("."),
    )
