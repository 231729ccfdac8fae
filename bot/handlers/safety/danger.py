"""The checks before everything else: emergencies, and secrets that somebody typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.core.context import Context
from bot.core.events import Heard, TextEvent, TextSent
from bot.core.guard import TOO_LONG, only_secret
from bot.core.router import Router
from bot.core.text import Text
from bot.core.words.short_answers import named
from bot.features.help.actions import AskPerson
from bot.features.search.emergency import CALLED, NAMED, Emergency, dialled, number_for
from bot.handlers.front.wording import still_open
from bot.handlers.kit.speaker import OpenMenu
from bot.understanding.danger import Alarm, heard, may_answer


def _figures(ctx: Context) -> bool:
    """Take every answer for a figure."""
    return False


def _answers(ctx: Context, words: str) -> bool:
    """Tell whether these few words name one of the choices just offered, and no rule knows them for a cry for help.

    Of two words examples teach too little: “xe cũ” sounded like an accident and “ở nhà” like violence.
    """
    asked = ctx.session.asks if ctx.private else None
    return (
        asked is not None
        and number_for(words) is None
        and named([one.label for one in asked.buttons], words) is not None
    )


def _of_itself(ctx: Context, words: str) -> bool:
    """Take all words for a matter of their own."""
    return True


def _nothing(ctx: Context) -> str:
    """Know of no words before."""
    return ""


_REMEMBERED = timedelta(minutes=30)
"""So long “chuyển rồi”, “làm sao đây” mean the danger of which somebody told."""
_FACT = "danger"
_FEW_WORDS = 8
_IDLE = frozenset({OpenMenu.code, AskPerson.code})


def _remember(ctx: Context, emergency: Emergency) -> None:
    name = next((name for name, one in NAMED.items() if one == emergency), "")
    ctx.session.facts[_FACT] = f"{name} {ctx.now.isoformat(timespec='seconds')}"


def _remembered(ctx: Context) -> Emergency | None:
    """Return the danger of the last half hour; an older one is forgotten."""
    name, _, at = ctx.session.facts.get(_FACT, "").partition(" ")
    if not at:
        return None
    if ctx.now - datetime.fromisoformat(at) > _REMEMBERED:
        del ctx.session.facts[_FACT]
        return None
    return NAMED.get(name)


def _heard(words: str, before: str) -> Alarm | None:
    """Hear danger in the words, or else surely in what was typed just before together with them."""
    alarm = heard(words)
    if before and (alarm is None or alarm.tier != "sure"):
        joined = heard(f"{before} {words}")
        if joined is not None and joined.tier == "sure":
            return joined
    return alarm


def _asked(ctx: Context) -> bool:
    """Tell whether the bot waits for an answer: more than the way to a person and to the menu is open."""
    asked = ctx.session.asks
    return ctx.flow is not None or (asked is not None and any(one.code not in _IDLE for one in asked.buttons))


def _say_number(ctx: Context, number: str, *, and_what_is_open: bool) -> None:
    reply = ctx.t("Bác bấm gọi ngay **{number}** ({whom}).", number=number, whom=ctx.word(CALLED[number]))
    reply = Text.join(" ", [reply, ctx.t("Tôi chỉ nhắn tin, không gọi thay bác được.")])
    ctx.reply(Text.join("\n\n", [reply, still_open(ctx)]) if and_what_is_open else reply)


def build(
    wants_prose: Callable[[Context], bool] = _figures,
    of_itself: Callable[[Context, str], bool] = _of_itself,
    at_page: Callable[[Context], bool] = _figures,
    before: Callable[[Context], str] = _nothing,
) -> Router:
    """Put danger before everything else.

    `wants_prose` tells whether any sentence may answer what is asked; `of_itself` whether words are a matter of their
    own even right after somebody told of danger; `at_page` whether a page of a guide is open; `before` what was typed
    some seconds ago and not understood.
    """
    router = Router()

    @router.intercept(order=10)
    async def help_at_once(ctx: Context) -> bool:
        """Put the number to call in the first line, in any state; the conversation then goes on.

        A number alone may be what was asked for, a figure say. If nothing was, or a sentence, it is no answer.
        """
        if not isinstance(ctx.event, TextSent | Heard):
            return False
        alarm = None if _answers(ctx, ctx.event.text) else _heard(ctx.event.text, before(ctx))
        if alarm is not None and alarm.tier == "sure" and not (at_page(ctx) and may_answer(ctx.event.text)):
            _remember(ctx, alarm.emergency)
            ctx.reply(ctx.t(alarm.emergency.line))
        elif (number := dialled(ctx.event.text)) is not None:
            prose = wants_prose(ctx)
            _say_number(ctx, number, and_what_is_open=prose)
            return prose or ctx.flow is None
        elif alarm is not None:
            ctx.add_below(Text.join(" ", [ctx.t("Nếu đang nguy hiểm:"), ctx.t(alarm.emergency.line)]))
        elif (danger := _remembered(ctx)) is not None:
            words = ctx.event.text
            if len(words.split()) <= _FEW_WORDS and not of_itself(ctx, words):
                if _asked(ctx):
                    ctx.reply(ctx.t(danger.line))
                    return False
                ctx.reply(Text.join("\n", [ctx.t(danger.line), ctx.t("Gọi xong, cần gì nữa bác gõ cho tôi.")]))
                return True
        return False

    @router.intercept(order=10)
    async def warn(ctx: Context) -> bool:
        event = ctx.event
        if not isinstance(event, TextEvent) or not event.findings:
            return False
        if TOO_LONG in event.findings:
            ctx.reply(ctx.t("Tin của bác dài quá nên tôi không đọc được. Bác chia thành vài tin ngắn giúp tôi nhé."))
            return True
        ctx.reply(
            ctx.t(
                "⚠️ Tôi đã ẩn số vừa gõ và không lưu lại. Bác đừng gửi mã OTP, mật khẩu, số căn cước, số tài khoản "
                "cho ai, kể cả tôi. Bác xóa tin vừa gửi đi nhé."
            )
        )
        return isinstance(event, TextSent | Heard) and only_secret(event.text)

    return router
