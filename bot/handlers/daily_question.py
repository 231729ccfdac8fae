"""One question a day: asking for it, answering, stopping."""

from __future__ import annotations

from datetime import date

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import units
from bot.features.guides.library import Library
from bot.features.learning import answers, banks, daily
from bot.features.learning.actions import AnswerDaily, StopDaily
from bot.features.learning.banks import Question
from bot.features.learning.daily import HOURS, Reader, Wish
from bot.i18n import msg

from .guide_page import OpenGuide
from .home import HomeTalk
from .inviting import account_of, in_private, to_menu

_LABELS = {7: msg("7 giờ sáng"), 12: msg("12 giờ trưa"), 19: msg("7 giờ tối")}


class JoinDaily(Action, code="ldj"):
    """One question a day at this hour, please."""

    hour: int


class DailyTalk:
    def __init__(self, library: Library, home: HomeTalk) -> None:
        self._library = library
        self._home = home

    async def show(self, ctx: Context) -> None:
        """`/cauhoi`: who gets none is offered one a day, who gets them can change the hour or stop."""
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
            if commune is not None and not await banks.of_commune(commune.id):
                later = ctx.t("Xã chưa soạn câu hỏi nào. Bác đăng ký trước cũng được: khi có, tôi bắt đầu hỏi bác.")
                text = Text.join("\n\n", [later, text])
        else:
            text = ctx.t("Bác đang nhận mỗi ngày một câu hỏi, lúc {hour} giờ.", hour=reader.hour)
            buttons.append(Button.to(ctx.word("Thôi nhận câu hỏi"), StopDaily()))
        ctx.reply(text, [*buttons, *to_menu(ctx)])

    async def join(self, ctx: Context, action: JoinDaily) -> None:
        """The first question comes at once, so that the person sees what it is."""
        if not in_private(ctx):
            return
        commune = await units.get(self._home.here(ctx).code)
        if commune is None or action.hour not in HOURS:
            ctx.reply(ctx.t("Tôi chưa biết bác ở xã nào. Bác gõ “thôn của tôi” trước giúp tôi."), to_menu(ctx))
            return
        village = await self._home.village(ctx)
        account = account_of(ctx)
        wish = Wish(account, ctx.chat.id, commune.id, None if village is None else village.id, ctx.locale, action.hour)
        async with ctx.changes():
            reader = await daily.join(wish, ctx.now)
            stop = ctx.t("Khi nào không muốn nhận nữa, bác gõ “thôi hỏi”.")
            told = ctx.t("✅ Mỗi ngày lúc {hour} giờ tôi hỏi bác một câu.", hour=reader.hour)
            ctx.reply(Text.join(" ", [told, stop]))
            today = daily.day_of(ctx.now)
            question = await daily.ask(reader, today)
            if question is not None:
                shown = daily.message(question, today, ctx.t, ctx.word)
                ctx.reply(shown.text, shown.buttons, expects=shown.expects)
            elif not await banks.of_commune(commune.id):
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
        """Right or wrong, why, and the guide that teaches it. Only the question that was asked that day counts."""
        if not in_private(ctx):
            return
        question = (await banks.questions([action.question])).get(action.question)
        choice = None if question is None else question.choice(action.choice)
        if question is None or choice is None:
            ctx.reply(ctx.t("Câu hỏi này vừa được sửa, nên câu trả lời không tính. Mai bác có câu khác."), to_menu(ctx))
            return
        right = choice == question.right
        reader = await daily.find(account_of(ctx))
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
            said = self._explained(ctx, question, given.right)
            if not given.first:
                counted = ctx.t("Bác đã trả lời câu này rồi; câu trả lời đầu tiên được tính.")
                said = Text.join("\n\n", [counted, said])
            elif not given.right:
                said = Text.join("\n\n", [said, ctx.t("Mai tôi hỏi lại bác câu này.")])
            ctx.reply(said, self._onward(ctx, question))

    def _explained(self, ctx: Context, question: Question, right: bool) -> Text:
        verdict = (
            ctx.t("✅ **Đúng rồi!**")
            if right
            else ctx.t("**Chưa đúng.** Câu đúng là: {choice}.", choice=question.choices[question.right].rstrip("."))
        )
        return Text.join("\n\n", [verdict, Text.verbatim(question.why)])

    def _onward(self, ctx: Context, question: Question) -> list[Button]:
        guide = self._library.get(question.guide)
        learn = [] if guide is None else [Button.to(ctx.word("Xem bài hướng dẫn"), OpenGuide(guide.slug))]
        return [*learn, *to_menu(ctx)]


def _asked(reader: Reader, action: AnswerDaily) -> bool:
    """Whether this is the open question: a button can be forged, and yesterday's has given its answer away."""
    return reader.asked == action.question and str(reader.asked_on) == action.day


def build(talk: DailyTalk) -> Router:
    router = Router()
    router.command("cauhoi", "câu hỏi", "câu hỏi mỗi ngày", "mỗi ngày một câu", "câu đố mỗi ngày")(talk.show)
    router.command("thoihoi", "thôi hỏi", "thôi câu hỏi", "dừng câu hỏi", "thôi nhận câu hỏi")(talk.leave)
    router.action(JoinDaily)(talk.join)
    router.action(StopDaily)(talk.stop)
    router.action(AnswerDaily)(talk.answer)
    return router
