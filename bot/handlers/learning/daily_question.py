"""One question a day: asking for it, answering, stopping."""

from __future__ import annotations

from datetime import date

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import units
from bot.features.at_once import at_once
from bot.features.guides.library import Library
from bot.features.learning import answers, banks, daily
from bot.features.learning.actions import AnswerDaily, StopDaily
from bot.features.learning.banks import QuizQuestion
from bot.features.learning.daily import HOURS, DailyQuestionReader, DailyWish
from bot.features.learning.shipped import Shipped
from bot.handlers.guides.page import OpenGuide
from bot.handlers.kit.provisions import Home
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.i18n import msg

from .for_group import offer_one

_LABELS = {7: msg("7 giờ sáng"), 12: msg("12 giờ trưa"), 19: msg("7 giờ tối")}


class JoinDaily(Action, code="ldj"):
    """One question a day at this hour, please."""

    hour: int


class DailyQuestionConversation:
    def __init__(self, library: Library, home: Home, shipped: Shipped) -> None:
        self._library = library
        self._home = home
        self._shipped = shipped

    async def show(self, ctx: Context) -> None:
        """Handle `/cauhoi`: offer a daily question to a newcomer, and another hour or the end to a subscriber."""
        if not in_private(ctx):
            return
        reader = await daily.find(account_of(ctx))
        hours = [hour for hour in HOURS if reader is None or hour != reader.hour]
        buttons = [Button.to(ctx.word(_LABELS[hour]), JoinDaily(hour)) for hour in hours]
        if reader is None:
            text = ctx.t(
                "Mỗi ngày tôi hỏi bác một câu ngắn về dùng điện thoại, dịch vụ công, phòng lừa đảo. "
                "Bác muốn nhận lúc mấy giờ?"
            )
            commune = await units.get(self._home.here(ctx).code)
            if commune is not None and not self._shipped.count and not await banks.of_commune(commune.id):
                later = ctx.t("Xã chưa soạn câu hỏi nào. Bác đăng ký trước cũng được: khi có, tôi bắt đầu hỏi bác.")
                text = Text.join("\n\n", [later, text])
        else:
            text = ctx.t("Bác đang nhận mỗi ngày một câu hỏi, lúc {hour} giờ.", hour=reader.hour)
            buttons.append(Button.to(ctx.word("Thôi nhận câu hỏi"), StopDaily()))
        ctx.reply(text, [*buttons, *to_menu(ctx)])

    async def join(self, ctx: Context, action: JoinDaily) -> None:
        """Subscribe, and ask the first question at once, so that the person sees what it is."""
        if not in_private(ctx):
            return
        commune = await units.get(self._home.here(ctx).code)
        if commune is None or action.hour not in HOURS:
            ctx.reply(ctx.t("Tôi chưa biết bác ở xã nào. Bác gõ “thôn của tôi” trước giúp tôi."), to_menu(ctx))
            return
        village = await self._home.village(ctx)
        account = account_of(ctx)
        wish = DailyWish(
            account, ctx.chat.id, commune.id, None if village is None else village.id, ctx.locale, action.hour
        )
        async with ctx.changes():
            reader = await daily.join(wish, ctx.now)
            stop = ctx.t("Khi nào không muốn nhận nữa, bác gõ “thôi hỏi”.")
            told = ctx.t("✅ Mỗi ngày lúc {hour} giờ tôi hỏi bác một câu.", hour=reader.hour)
            ctx.reply(Text.join(" ", [told, stop]))
            today = daily.day_of(ctx.now)
            question = await daily.ask(reader, self._shipped, ctx.now)
            if question is not None:
                shown = daily.message(question, today, ctx.t, ctx.word)
                ctx.reply(shown.text, shown.buttons, expects=shown.expects)
            elif not self._shipped.count and not await banks.of_commune(commune.id):
                ctx.reply(ctx.t("Xã chưa soạn câu hỏi nào. Khi có, tôi bắt đầu hỏi bác."), to_menu(ctx))

    async def leave(self, ctx: Context) -> None:
        if not in_private(ctx):
            return
        async with ctx.changes():
            left = await daily.leave(account_of(ctx))
            ctx.reply(
                ctx.t("Vâng, tôi thôi hỏi bác mỗi ngày. Muốn nhận lại, bác gõ “câu hỏi mỗi ngày”.")
                if left
                else ctx.t("Bác đang không nhận câu hỏi mỗi ngày."),
                to_menu(ctx),
            )

    async def stop(self, ctx: Context, action: StopDaily) -> None:
        await self.leave(ctx)

    async def answer(self, ctx: Context, action: AnswerDaily) -> None:
        """Say whether it was right, why, and which guide teaches it; only the question asked that day counts."""
        if not in_private(ctx):
            return
        found, reader = await at_once(banks.questions([action.question]), daily.find(account_of(ctx)))
        question = found.get(action.question)
        choice = None if question is None else question.choice(action.choice)
        if question is None or choice is None:
            ctx.reply(ctx.t("Câu hỏi này vừa được sửa, nên câu trả lời không tính. Mai bác có câu khác."), to_menu(ctx))
            return
        right = choice == question.right
        if reader is None or ctx.stale or not _asked(reader, action):
            late = ctx.t("Câu này đã qua ngày nên không tính nữa.")
            ctx.reply(Text.join("\n\n", [late, self._explained(ctx, question, right)]), self._onward(ctx, question))
            return
        async with ctx.changes():
            day = date.fromisoformat(action.day)
            given = await answers.give(
                reader.account,
                question.id,
                daily.occasion(day),
                right=right,
                unit_id=reader.unit_id,
                now=ctx.now,
            )
            reply = self._explained(ctx, question, given.right)
            if not given.first:
                counted = ctx.t("Bác đã trả lời câu này rồi; câu trả lời đầu tiên được tính.")
                reply = Text.join("\n\n", [counted, reply])
            elif not given.right:
                reply = Text.join("\n\n", [reply, ctx.t("Mai tôi hỏi lại bác câu này.")])
            onward = self._onward(ctx, question)
            ctx.reply(reply, [*onward[:-1], *await offer_one(ctx, question), *onward[-1:]])

    def _explained(self, ctx: Context, question: QuizQuestion, right: bool) -> Text:
        verdict = (
            ctx.t("✅ **Đúng rồi!**")
            if right
            else ctx.t("**Chưa đúng.** Câu đúng là: {choice}.", choice=question.choices[question.right].rstrip("."))
        )
        return Text.join("\n\n", [verdict, Text.verbatim(question.why)])

    def _onward(self, ctx: Context, question: QuizQuestion) -> list[Button]:
        guide = self._library.get(question.guide)
        learn = [] if guide is None else [Button.to(ctx.word("Xem bài hướng dẫn"), OpenGuide(guide.slug))]
        return [*learn, *to_menu(ctx)]


def _asked(reader: DailyQuestionReader, action: AnswerDaily) -> bool:
    """Return whether this is the open question: a button can be forged, and yesterday's has given its answer away."""
    return reader.asked == action.question and str(reader.asked_on) == action.day


def build(conversation: DailyQuestionConversation) -> Router:
    router = Router()
    router.command("cauhoi", "câu hỏi", "câu hỏi mỗi ngày", "mỗi ngày một câu", "câu đố mỗi ngày")(conversation.show)
    router.command("thoihoi", "thôi hỏi", "thôi câu hỏi", "dừng câu hỏi", "thôi nhận câu hỏi")(conversation.leave)
    router.action(JoinDaily)(conversation.join)
    router.action(StopDaily)(conversation.stop)
    router.action(AnswerDaily)(conversation.answer)
    return router
