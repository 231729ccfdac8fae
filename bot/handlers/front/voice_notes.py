"""A voice note in private: listened to, read back, and after "Đúng" taken as if it had been typed.

In a group nobody is listened to: what people say there is meant for each other, and a machine's mistakes would be read
by all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

from bot.core.answers import Chosen, recognise
from bot.core.context import Context
from bot.core.events import Heard, TextSent, VoiceSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.jobs.queue import Jobs
from bot.features.speech import hearing
from bot.features.speech.actions import HeardRight, SayAgain, TypeInstead
from bot.features.speech.words import MOST_BYTES, MOST_SECONDS, TOO_LARGE, TOO_LONG

HEARD = "heard"
"""The fact that keeps what was heard until the person has answered: id of the note, a blank, the words."""


class VoiceNoteConversation(Struct, frozen=True):
    """`dispatch` takes the event of a context through the conversations, from the beginning."""

    jobs: Jobs
    dispatch: Callable[[Context], Awaitable[None]]

    async def listen(self, ctx: Context) -> None:
        event = ctx.event
        if not isinstance(event, VoiceSent):
            return
        if not ctx.private:
            if event.addressed:
                ctx.reply(ctx.t("Trong nhóm tôi không nghe tin thoại. Bác gõ vài chữ, hoặc nhắn riêng cho tôi."))
        elif event.seconds > MOST_SECONDS:
            ctx.reply(ctx.t(TOO_LONG))
        elif event.file.size > MOST_BYTES:
            ctx.reply(ctx.t(TOO_LARGE))
        elif ctx.stale:
            ctx.reply(ctx.t("Tin thoại này bác gửi đã lâu nên tôi không nghe nữa. Bác nói lại giúp tôi."))
        else:
            async with ctx.changes():
                await hearing.ask(self.jobs, event, ctx.locale, ctx.now)
                ctx.reply(ctx.t("Tôi đang nghe, bác chờ một chút."))

    async def read_back(self, ctx: Context) -> None:
        """Repeat the words that were recognised and ask whether they are right.

        If they are a choice of the present question, "Đúng" is that choice itself.
        """
        event = ctx.event
        if not isinstance(event, Heard):
            return
        meant = recognise(ctx.session, ctx.person, event.text)
        if isinstance(meant, Chosen):
            right = Button(ctx.word("Đúng"), meant.button.data)
        else:
            right = Button.to(ctx.word("Đúng"), HeardRight(event.id))
            ctx.session.facts[HEARD] = f"{event.id} {event.text}"
        ctx.reply(
            ctx.t("Tôi nghe được: «{words}». Đúng không ạ?", words=Text.verbatim(event.text)),
            [right, Button.to(ctx.word("Nói lại"), SayAgain()), Button.to(ctx.word("Gõ chữ"), TypeInstead())],
            rows=(3,),
        )

    async def right(self, ctx: Context, action: HeardRight) -> None:
        note, _, words = ctx.session.facts.pop(HEARD, "").partition(" ")
        if not note or note != action.note:
            ctx.reply(ctx.t("Tôi không còn giữ câu này. Bác nói lại, hoặc gõ vài chữ giúp tôi."))
            return
        ctx.session.lists = []  # “hai” is no choice among the buttons of the read-back
        event = ctx.event
        ctx.event = TextSent(event.id, event.chat, event.sender, event.at, words)
        await self.dispatch(ctx)

    async def again(self, ctx: Context, action: SayAgain) -> None:
        ctx.session.facts.pop(HEARD, None)
        ctx.reply(ctx.t("Bác giữ nút micrô, để máy gần miệng rồi nói lại chậm giúp tôi."), expects="text")

    async def type_instead(self, ctx: Context, action: TypeInstead) -> None:
        ctx.session.facts.pop(HEARD, None)
        ctx.reply(ctx.t("Bác gõ vài chữ giúp tôi, có dấu hay không dấu đều được."), expects="text")


def build(conversation: VoiceNoteConversation, *, hears: bool) -> Router:
    """Register the handlers; without a recogniser (`hears` False) voice notes fall to the general refusal."""
    router = Router()
    if hears:
        router.on(VoiceSent)(conversation.listen)
    router.on(Heard)(conversation.read_back)
    router.action(HeardRight)(conversation.right)
    router.action(SayAgain)(conversation.again)
    router.action(TypeInstead)(conversation.type_instead)
    return router
