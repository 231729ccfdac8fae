"""A quiz in the village's group: native polls where there are some, buttons, numbers or letters elsewhere.

Afterwards the group reads only numbers; nothing ever tells who was wrong.
"""

from __future__ import annotations

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import PollAnswered
from bot.core.lean.values import replace
from bot.core.messages import Button, Poll
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights, units
from bot.features.calendar.vietnam import VIETNAM
from bot.features.groups import channels
from bot.features.guides.quizzes import choice_id
from bot.features.learning import answers, banks, quiz
from bot.features.learning.answers import FEW, Tally
from bot.features.learning.banks import Bank, QuizQuestion
from bot.features.learning.quiz import LEAST, MOST, USUAL, GroupQuizState
from bot.features.learning.shipped import Shipped
from bot.features.people import people
from bot.features.rights import Act
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of

from .for_group import QuizToForward


class StartQuiz(Action, code="lqs"):
    bank: int
    count: int


class AnswerQuizOf(Action, code="lqa"):
    """An answer to a question of a quiz; `choice` is the name of a choice."""

    quiz: int
    question: int
    choice: str


class NextGroupQuestion(Action, code="lqn"):
    """On from the question number `at`."""

    quiz: int
    at: int


class EndQuiz(Action, code="lqe"):
    quiz: int


class GroupQuizConversation:
    def __init__(self, shipped: Shipped, to_forward: QuizToForward) -> None:
        self._shipped = shipped
        self._to_forward = to_forward

    async def command(self, ctx: Context) -> None:
        """Handle `đố vui`, or `đố vui 8`; where the group takes no bot, its leader gets a quiz to forward."""
        if await self._to_forward.offer(ctx):
            return
        unit_id = await self._leads(ctx)
        if unit_id is None:
            return
        if (open_ := await quiz.running(ctx.chat)) is not None:
            buttons = [_next(ctx, open_), Button.to(ctx.word("Dừng đố vui"), EndQuiz(open_.id))]
            ctx.reply(ctx.t("Nhóm đang có đố vui, đến câu {at}.", at=open_.at + 1), buttons)
            return
        commune = await units.commune_of(unit_id, ctx.now.astimezone(VIETNAM).date())
        found = [] if commune is None else await banks.of_commune(commune.id)
        count = int(ctx.args) if ctx.args.isdecimal() and len(ctx.args) < 3 else USUAL
        count = min(max(count, LEAST), MOST)
        if len(found) > 1:
            buttons = [Button.to(one.name, StartQuiz(one.id, count)) for one in found]
            ctx.reply(ctx.t("Đố vui bộ nào?"), buttons)
        elif found:
            await self._start(ctx, found[0], unit_id, count)
        elif commune is not None and self._shipped.count:
            await self._start(ctx, commune, unit_id, count)
        else:
            ctx.reply(ctx.t("Xã chưa có bộ câu hỏi. Cán bộ xã gõ “ngân hàng câu hỏi” để thêm."))

    async def start(self, ctx: Context, action: StartQuiz) -> None:
        unit_id = await self._leads(ctx)
        bank = await banks.get(action.bank)
        if unit_id is None:
            return
        commune = await units.commune_of(unit_id, ctx.now.astimezone(VIETNAM).date())
        if bank is None or commune is None or bank.commune_id != commune.id or not bank.questions:
            ctx.reply(ctx.t("Bộ câu hỏi này không còn. Bác gõ “đố vui” để chọn bộ khác."))
            return
        await self._start(ctx, bank, unit_id, min(max(action.count, LEAST), MOST))

    async def _start(self, ctx: Context, source: Bank | Place, unit_id: int, count: int) -> None:
        """Begin a quiz with a bank, or with the questions of the guides for a commune without one."""
        async with ctx.changes():
            if await quiz.running(ctx.chat) is not None:
                ctx.reply(ctx.t("Nhóm đang có đố vui rồi."))
                return
            bank = source if isinstance(source, Bank) else (await self._shipped.to_ask(source.id, ctx.now))[0]
            one = await quiz.start(bank, ctx.chat, unit_id, count, ctx.now)
            ctx.reply(
                ctx.t(
                    "**Đố vui: {bank}**, {count} câu. Ai cũng trả lời được; câu trả lời đầu tiên được tính. "
                    "Người dẫn chọn “Câu tiếp”.",
                    bank=bank.title,
                    count=len(one.questions),
                )
            )
            await self._ask(ctx, one)

    async def _ask(self, ctx: Context, one: GroupQuizState) -> None:
        question = (await banks.questions([one.open]))[one.open]
        choices = [
            Button.to(choice, AnswerQuizOf(one.id, question.id, choice_id(choice))) for choice in question.choices
        ]
        number = ctx.word("Câu") + f" {one.at + 1}/{len(one.questions)}. "
        ctx.reply(
            Text.verbatim(number + question.text),
            [*choices, replace(_next(ctx, one), apart=True)],
            expects="quiz",
            for_all=True,
            poll=Poll(len(choices), question.right, question.why),
        )

    async def answer(self, ctx: Context, action: AnswerQuizOf) -> None:
        """Count an answer without a reply: the group is told numbers, and nobody's answer."""
        voted = isinstance(ctx.event, PollAnswered)
        one = await quiz.get(action.quiz)
        question = None if one is None else (await banks.questions([action.question])).get(action.question)
        choice = None if question is None else question.choice(action.choice)
        if one is None or question is None or choice is None or not await self._belongs(ctx, one):
            return
        if not ctx.sender.id or ctx.stale or not one.running or one.open != question.id:
            if not voted:
                ctx.reply(ctx.t("Câu này đã đóng, bà con chờ câu sau nhé."))
            return
        async with ctx.changes():
            right = choice == question.right
            await answers.give(
                account_of(ctx), question.id, one.occasion, right=right, unit_id=one.unit_id, now=ctx.now
            )

    async def next(self, ctx: Context, action: NextGroupQuestion) -> None:
        """Go to the next question; a second press of the same button does nothing."""
        one = await quiz.get(action.quiz)
        if one is None or not await self._belongs(ctx, one) or await self._leads(ctx) is None:
            return
        async with ctx.changes():
            after = await quiz.advance(one) if one.at == action.at else None
            if after is None:
                return
            if after.running:
                if not ctx.capabilities.quiz_poll:
                    await self._tell_answer(ctx, one)
                await self._ask(ctx, after)
                return
            if not ctx.capabilities.quiz_poll:
                await self._tell_answer(ctx, one)
            await self._tell_result(ctx, after)

    async def end(self, ctx: Context, action: EndQuiz) -> None:
        one = await quiz.get(action.quiz)
        if one is None or not await self._belongs(ctx, one) or await self._leads(ctx) is None:
            return
        async with ctx.changes():
            if await quiz.end(one):
                await self._tell_result(ctx, one)

    async def _tell_answer(self, ctx: Context, one: GroupQuizState) -> None:
        """Tell the right answer; a native poll has shown it itself."""
        question = (await banks.questions([one.open]))[one.open]
        count = (await answers.tally(one.occasion, [one.open]))[one.open]
        told = ctx.t(
            "Câu {at}: đúng là **{choice}**.", at=one.at + 1, choice=question.choices[question.right].rstrip(".")
        )
        ctx.reply(Text.join("\n", [told, Text.verbatim(question.why), _counted(ctx, count)]))

    async def _tell_result(self, ctx: Context, one: GroupQuizState) -> None:
        found = await quiz.questions_of(one)
        asked = found[: one.at + 1]
        counts = await answers.tally(one.occasion, one.questions)
        lines = [
            ctx.t(
                "**Đố vui xong:** {count} câu, {people} người tham gia.",
                count=len(asked),
                people=await answers.people_in(one.occasion),
            )
        ]
        lines += [self._line(ctx, at, counts[each.id], each) for at, each in enumerate(asked, start=1)]
        lines.append(ctx.t("Ai muốn có tên trên bảng của thôn, nhắn riêng cho tôi: “bảng đố vui”."))
        ctx.reply(Text.join("\n", lines))

    def _line(self, ctx: Context, at: int, count: Tally, question: QuizQuestion) -> Text:
        return ctx.t("• Câu {at}:", at=at) + Text.verbatim(" ") + _counted(ctx, count)

    async def _leads(self, ctx: Context) -> int | None:
        """Return the unit of this group if this person may hold a quiz there; otherwise say why not."""
        channel = None if ctx.private else await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        if channel is None or not channel.active:
            ctx.reply(ctx.t("Đố vui mở trong nhóm của thôn đã đăng ký với xã."))
            return None
        decision = await rights.decide(
            await people.who(account_of(ctx), ctx.now), Act.TEACH, channel.unit_id, on=ctx.now
        )
        if not decision.allowed:
            ctx.reply(ctx.t("Đố vui do Tổ công nghệ số hoặc cán bộ xã mở và chuyển câu."))
            return None
        return channel.unit_id

    async def _belongs(self, ctx: Context, one: GroupQuizState) -> bool:
        """Return whether the quiz is this group's, also when the group goes on under another id."""
        if (one.chat.platform, one.chat.id) == (ctx.chat.platform, ctx.chat.id):
            return True
        channel = None if ctx.private else await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        return channel is not None and channel.unit_id == one.unit_id


def _next(ctx: Context, one: GroupQuizState) -> Button:
    return Button.to(ctx.word("Xem kết quả") if one.last else ctx.word("Câu tiếp"), NextGroupQuestion(one.id, one.at))


def _counted(ctx: Context, count: Tally) -> Text:
    """Say how many answered and how many were right; of fewer than FEW only the former, else the group knows who."""
    if count.answered < FEW:
        return ctx.t("{answered} người trả lời.", answered=count.answered)
    return ctx.t("{answered} người trả lời, {right} người đúng.", answered=count.answered, right=count.right)


def build(conversation: GroupQuizConversation) -> Router:
    router = Router()
    router.command("dovui", "đố vui", "chơi đố vui", takes_args=True)(conversation.command)
    router.action(StartQuiz)(conversation.start)
    router.action(AnswerQuizOf)(conversation.answer)
    router.action(NextGroupQuestion)(conversation.next)
    router.action(EndQuiz)(conversation.end)
    return router
