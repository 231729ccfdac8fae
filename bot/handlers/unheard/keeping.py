"""Keeping words that were not understood, from people who agreed: they wait ten minutes for what was meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.actions import Action, Codec, UnknownAction
from bot.core.context import Context
from bot.core.machine import chance
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.commune.settings import Commune
from bot.features.jobs.queue import Jobs
from bot.features.people import people
from bot.features.privacy import consent
from bot.features.unheard import pending, second_look, words
from bot.features.unheard.masking import masked
from bot.features.unheard.pending import PendingWords
from bot.handlers.front.meanings import Mean
from bot.handlers.guides.page import OpenGuide
from bot.handlers.kit.speaker import account_of, in_private, to_menu

_ASKED = "unheard-asked"
"""Fact of a session: the question was put; it is not put again."""
_OFFERS = Codec((OpenGuide, Mean))


class AskToKeep(Action, code="uhk"):
    pass


class KeepWords(Action, code="uhy"):
    """`version` is that of the text which was shown."""

    version: str


class LeaveWords(Action, code="uhx"):
    pass


class KeepingConversation:
    """Implements bot.handlers.kit.provisions.Misheard, and asks for consent.

    `jobs` runs the second look at words that were not understood; None where nothing looks.
    """

    def __init__(self, commune: Callable[[Context], Commune], jobs: Jobs | None = None) -> None:
        self._commune = commune
        self._jobs = jobs

    def answered(self, ctx: Context, text: str, offered: Sequence[Button], *, sure: bool) -> None:
        kept = masked(text, [ctx.sender.name])
        if not ctx.private or ctx.stale or not kept:
            return
        meanings = tuple(filter(None, map(_meaning, offered)))
        new = PendingWords(chance.token_hex(12), kept, meanings, sure, ctx.now)
        pending.write(ctx.session, [*pending.waiting(ctx.session, ctx.now), new])

    def just_before(self, ctx: Context, *, guessed: bool = False) -> str:
        return pending.just_before(ctx.session, ctx.now, sure=guessed) if ctx.private and not ctx.stale else ""

    def chosen(self, ctx: Context, meaning: str) -> None:
        if ctx.private and not ctx.stale:
            pending.write(ctx.session, pending.chose(pending.waiting(ctx.session, ctx.now), meaning))

    async def refused(self, ctx: Context) -> tuple[Text, Sequence[Button]]:
        waiting = pending.waiting(ctx.session, ctx.now)
        if not ctx.private or ctx.stale or not waiting:
            return Text(), ()
        pending.write(ctx.session, pending.refused(waiting))
        if _ASKED in ctx.session.facts or await consent.about_words(account_of(ctx), words.VERSION) is not None:
            return Text(), ()
        ctx.session.facts[_ASKED] = "1"
        question = ctx.t("Tôi hiểu nhầm bác. Bác giúp tôi lần sau hiểu được câu ấy thì chọn “Giúp tôi hiểu hơn”.")
        return question, [Button.to(ctx.word("Giúp tôi hiểu hơn"), AskToKeep())]

    async def keep_decided(self, ctx: Context) -> None:
        """Keep what was decided from a person who agreed; forget what waited too long, and what was kept."""
        if pending.FACT not in ctx.session.facts or not ctx.private or ctx.stale:
            return
        waiting = pending.waiting(ctx.session, ctx.now)
        decided = [one for one in waiting if one.decided]
        if decided and await consent.about_words(account_of(ctx), words.VERSION):
            who = await people.who(account_of(ctx), ctx.now)
            if who.person_id is not None:
                await words.keep(decided, who.person_id, self._commune(ctx).code)
                # What was refused may still be chosen elsewhere; what was chosen is done.
                waiting = [one for one in waiting if not one.chosen]
        pending.write(ctx.session, waiting)

    async def look_again(self, ctx: Context) -> None:
        """Ask for a second look at words that have just not been understood; once, whatever comes twice."""
        if self._jobs is None or not ctx.private or ctx.stale:
            return
        for one in pending.waiting(ctx.session, ctx.now)[-1:]:
            if not one.sure and not one.decided and one.at == ctx.now:
                body = second_look.body(ctx.chat, one, ctx.session.done_seq, ctx.locale)
                await self._jobs.ask(second_look.KIND, body, key=f"look:{one.key}", now=ctx.now)

    async def ask(self, ctx: Context, action: AskToKeep) -> None:
        if not in_private(ctx):
            return
        ctx.reply(
            ctx.t(words.TEXT, commune=self._commune(ctx).full_name),
            [Button.to(ctx.word("Đồng ý"), KeepWords(words.VERSION)), Button.to(ctx.word("Không giữ"), LeaveWords())],
            rows=(2,),
        )

    async def agree(self, ctx: Context, action: KeepWords) -> None:
        if not in_private(ctx):
            return
        if action.version != words.VERSION:
            await self.ask(ctx, AskToKeep())
            return
        async with ctx.changes():
            await consent.agree_to_words(account_of(ctx), ctx.chat.id, ctx.sender.name, ctx.now, words.VERSION)
            ctx.reply(
                ctx.t("Cảm ơn bác. Câu nào tôi chưa hiểu thì tôi giữ 30 ngày để học, đã che số và tên."), to_menu(ctx)
            )

    async def leave(self, ctx: Context, action: LeaveWords) -> None:
        await self.stop(ctx)

    async def stop(self, ctx: Context) -> None:
        """Keep no words any more, and delete those that were kept."""
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        pending.write(ctx.session, [])
        ctx.session.facts[_ASKED] = "1"
        async with ctx.changes():
            await consent.decline(account_of(ctx), ctx.now, words.VERSION)
            gone = 0 if who.person_id is None else await words.forget_of(who.person_id)
            reply = (
                ctx.t("Vâng, tôi thôi giữ, và đã xóa {count} câu của bác.", count=gone)
                if gone
                else ctx.t("Vâng, tôi không giữ câu nào. Bác vẫn hỏi như thường.")
            )
            ctx.reply(reply, to_menu(ctx))


def _meaning(button: Button) -> str:
    """Return the meaning that a button opens, "" for any other button."""
    try:
        action = _OFFERS.unpack(button.data)
    except UnknownAction:
        return ""
    if isinstance(action, OpenGuide):
        return action.guide
    return action.meaning if isinstance(action, Mean) else ""


def build(conversation: KeepingConversation) -> Router:
    router = Router()
    router.at_end(conversation.keep_decided)
    router.at_end(conversation.look_again)
    router.action(AskToKeep)(conversation.ask)
    router.action(KeepWords)(conversation.agree)
    router.action(LeaveWords)(conversation.leave)
    router.command("thoigiucau", "thôi giữ câu", "đừng giữ câu", "đừng giữ câu của tôi")(conversation.stop)
    return router
