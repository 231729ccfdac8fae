"""Words that ask for nothing: yes and no to nobody, thanks, good-bye; and who it is that answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.small_words import NO, READY, YES, without_courtesy
from bot.core.text import Text
from bot.features.search.emergency import TOLD_BY_GUIDES, Emergency
from bot.handlers.kit.hooks import Offer
from bot.handlers.kit.meanings import Meaning, doing
from bot.handlers.kit.speaker import to_menu
from bot.handlers.kit.typed import MOST_WORDS
from bot.i18n import msg
from bot.understanding.danger import may_answer, sure
from bot.understanding.ranking import Ranking

from .wording import in_danger

_FINE = YES | READY | NO
_CROSS = frozenset("😡🤬👎😠😤")
_SIGNS = frozenset("👍👌🙏❤♥😊🙂😀😁👏")
_CALLED = frozenset({"bot", "em", "chau", "ad", "admin", "xa"})
"""Whom people speak to, where they say nothing else."""
_AN_ASIDE = 4
_LEAST = 2
"""So many letters say something."""
MenuItems = Callable[[Context], Awaitable[Sequence[Button]]]


class SmallTalkConversation:
    """`who` names the commune, or all of them; `whom_to_meet` is the commune's centre, where it has a number.

    `ways_on` stand below what is over and ask nothing: a guide to go on with, the list of guides. `unfinished` is the
    guide alone.
    """

    def __init__(
        self,
        who: Callable[[Context], str],
        whom_to_meet: Callable[[Context], Text],
        hand_over: Offer,
        ways_on: MenuItems,
        unfinished: MenuItems,
        search: Ranking,
        at_page: Callable[[Context], bool],
    ) -> None:
        self._at_page = at_page
        self._who = who
        self._whom_to_meet = whom_to_meet
        self._hand_over = hand_over
        self._ways_on = ways_on
        self._unfinished = unfinished
        self._search = search

    async def introduce(self, ctx: Context) -> None:
        """Answer “Mày là ai?”, often asked for fear of fraud: say all about the bot, and offer a person."""
        reply = ctx.t(
            "Tôi là **máy trả lời tự động** của Ủy ban nhân dân {commune}, không phải người. "
            "Tôi bảo bác từng bước và chuyển câu hỏi cho người giúp. "
            "Tôi không thu tiền, không bao giờ hỏi mật khẩu, mã OTP.",
            commune=self._who(ctx),
        )
        whom = self._whom_to_meet(ctx)
        if not ctx.private:
            ctx.reply(reply)
            return
        _, person = await self._hand_over(ctx)
        ctx.reply(Text.join("\n\n", [reply, whom] if whom else [reply]), [*person, *to_menu(ctx)], aside=True)

    @property
    def meanings(self) -> Sequence[Meaning]:
        """Return what people say to the bot itself, in any words."""
        return (
            Meaning("wish:who", msg("Tôi là ai"), does=doing(self.introduce)),
            Meaning("wish:thanks", does=doing(self.thanks)),
            Meaning("wish:angry", does=doing(self._apologise)),
            Meaning("wish:afraid", does=doing(self._calm)),
            Meaning("wish:sad", does=doing(self._console)),
            Meaning("wish:not-this", does=doing(self._ask_anew)),
            Meaning("wish:fees", does=doing(self._say_fees)),
            Meaning("wish:what", msg("Xem các việc tôi làm được"), does=doing(self._say_what)),
            Meaning("wish:yes", does=doing(self._go_on)),
            Meaning("wish:no", does=doing(self._go_on)),
            Meaning("wish:bye", does=doing(self._go_on)),
            Meaning("wish:test", does=doing(self._listen)),
            Meaning("wish:aloud", msg("Nghe đọc"), does=doing(self._read_aloud)),
            Meaning("wish:feedback", msg("Góp ý cho xã"), does=doing(self._take_opinion)),
            Meaning("wish:print", msg("Lấy bản in"), does=doing(self._say_print)),
        )

    async def understand(self, ctx: Context, words: str) -> bool:
        """Answer what is said to the bot itself, in a group too, and under the question for a person's help."""
        plain = without_courtesy(words)
        if plain in _FINE or (not plain and _SIGNS.intersection(words)):
            await self._go_on(ctx)
        elif not plain and _CROSS.intersection(words):
            await self._apologise(ctx)
        elif not ctx.private and plain.isdecimal():
            # No list of this group has numbers, or it would have been a choice.
            ctx.reply(ctx.t("Tôi chưa rõ bác chọn gì. Bác bấm nút, hoặc gõ điều cần hỏi bằng vài chữ."))
        elif plain in _CALLED or (len(plain) < _LEAST and not plain.isdecimal()):
            # Nothing but courtesy, or no words at all: “cháu ơi”, “ờ”, “???”.
            await self._listen(ctx)
        elif len(words.split()) > MOST_WORDS:
            return False
        else:
            meant = self._by_name.get(self._search.surely(words))
            return meant is not None and meant.does is not None and await meant.does(ctx, words)
        return True

    async def aside(self, ctx: Context, words: str) -> bool:
        """Answer a few words that are said to the bot while a request for help is made; more are part of the request.

        “Máy báo lỗi, cảm ơn cháu xem giúp” thanks, and tells what is wrong.
        """
        return len(without_courtesy(words).split()) <= _AN_ASIDE and await self.understand(ctx, words)

    @cached_property
    def _by_name(self) -> Mapping[str, Meaning]:
        return {one.name: one for one in self.meanings}

    async def thanks(self, ctx: Context) -> None:
        if ctx.private:
            ctx.reply(ctx.t("Không có gì ạ. Khi cần, bác cứ gõ “menu”."))

    async def call_first(self, ctx: Context, words: str) -> bool:
        """Give the emergency number before anything else, so that no guide with a word in common is offered."""
        danger = self._told(ctx, words)
        return danger is not None and danger not in TOLD_BY_GUIDES and await self.after_danger(ctx, words)

    def _told(self, ctx: Context, words: str) -> Emergency | None:
        """Return the danger that goes before the answer; a few words at a page of a guide may be an answer to it."""
        return None if self._at_page(ctx) and may_answer(words) else sure(words)

    async def after_danger(self, ctx: Context, words: str) -> bool:
        """Offer a person below the emergency number, after no guide has taken the words."""
        if self._told(ctx, words) is None:
            return False
        _, person = await self._hand_over(ctx)
        reply = ctx.t("Bác làm việc trên trước đã. Xong rồi cần gì nữa, bác gõ cho tôi.")
        ctx.reply(reply, [*person, *to_menu(ctx)], aside=True)
        return True

    async def _listen(self, ctx: Context) -> None:
        reply = ctx.t("Tôi nghe đây. Bác cần việc gì? Bác gõ vài chữ, ví dụ “cài vneid”.")
        ctx.reply(reply, [*await self._ways_on(ctx), *to_menu(ctx)] if ctx.private else to_menu(ctx))

    async def _read_aloud(self, ctx: Context) -> None:
        reply = ctx.t("Bài nào có tiếng đọc, dưới bước có nút “Nghe”. Mắt kém thì bác nhờ người giúp cho nhanh.")
        await self._to_a_person(ctx, reply)

    async def _take_opinion(self, ctx: Context) -> None:
        reply = ctx.t("Cảm ơn bác góp ý. Muốn cán bộ đọc được, bác bấm nút dưới rồi gõ lời của bác.")
        await self._to_a_person(ctx, reply)

    async def _say_print(self, ctx: Context) -> None:
        reply = ctx.t("Bài hướng dẫn nào cũng in được từ trang của bài. Không có máy in thì nhờ Trung tâm của xã.")
        await self._to_a_person(ctx, reply)

    async def _apologise(self, ctx: Context) -> None:
        if not ctx.private:
            ctx.reply(ctx.t("Vâng, tôi xin lỗi. Trong nhóm tôi chỉ trả lời khi có người gọi."))
            return
        reply = ctx.t("Tôi xin lỗi vì làm bác bực. Tôi là máy, nhiều câu tôi chưa hiểu. Bác hỏi người thì chắc hơn.")
        await self._to_a_person(ctx, Text.join("\n\n", [reply, in_danger(ctx)]))

    async def _say_what(self, ctx: Context) -> None:
        reply = ctx.t(
            "Tôi bảo bác từng bước các việc trên điện thoại: VNeID, dịch vụ công, bảo hiểm, thuế, bán hàng, phòng lừa "
            "đảo. Tôi đưa tin của xã, và nhờ người trong thôn giúp bác."
        )
        offer, person = await self._hand_over(ctx)
        buttons = [*await self._ways_on(ctx), *person] if ctx.private else []
        ctx.reply(Text.join("\n\n", [reply, offer] if offer else [reply]), [*buttons, *to_menu(ctx)], aside=True)

    async def _calm(self, ctx: Context) -> None:
        reply = ctx.t(
            "Bác bình tĩnh, chưa phải làm gì vội. Bác kể bằng một câu: ai gọi, họ bảo gì, bác đã làm gì chưa?"
        )
        await self._to_a_person(ctx, reply)

    async def _console(self, ctx: Context) -> None:
        reply = ctx.t("Tôi nghe bác. Tôi chỉ là máy; bác gọi cho con cháu, hoặc sang hàng xóm nói chuyện cho nhẹ lòng.")
        await self._to_a_person(ctx, reply)

    async def _ask_anew(self, ctx: Context) -> None:
        await self._to_a_person(ctx, ctx.t("Tôi xin lỗi, tôi hiểu nhầm. Bác gõ lại việc bác cần bằng vài chữ khác."))

    async def _say_fees(self, ctx: Context) -> None:
        """Say that the bot is free, and send questions about fees to a person: no guide knows what a matter costs."""
        reply = ctx.t(
            "Hỏi tôi và xem hướng dẫn thì không mất tiền. Việc bác làm có lệ phí hay không thì hỏi cán bộ; "
            "đừng nộp tiền qua đường dẫn hay cho người gọi đến."
        )
        await self._to_a_person(ctx, reply)

    async def _to_a_person(self, ctx: Context, reply: Text) -> None:
        whom = self._whom_to_meet(ctx) if ctx.private else Text()
        offer, person = await self._hand_over(ctx)
        parts = [part for part in (reply, whom, offer) if part]
        buttons = [*await self._ways_on(ctx), *person] if ctx.private else []
        ctx.reply(Text.join("\n\n", parts), [*buttons, *to_menu(ctx)], aside=True)

    async def _go_on(self, ctx: Context) -> None:
        """Repeat the question that is still open; if there is none, name the menu and the guide that was begun."""
        if not ctx.private:
            return
        asked = ctx.session.asks
        offered = [*await self._ways_on(ctx), *(await self._hand_over(ctx))[1], *to_menu(ctx)]
        idle = {button.data for button in offered}
        if asked is None or all(button.data in idle for button in asked.buttons):
            ctx.reply(ctx.t("Vâng. Khi cần, bác cứ gõ “menu”."), await self._unfinished(ctx))
        else:
            ctx.reply(ctx.t("Bác chọn một việc dưới đây giúp tôi nhé."), asked.buttons, expects=asked.expects)


def build(conversation: SmallTalkConversation) -> Router:
    router = Router()
    router.command("gioithieu", "giới thiệu", "bạn là ai", "mày là ai", "ai đấy")(conversation.introduce)
    router.command("camon", "cảm ơn", "cám ơn", "cảm ơn nhé", "cảm ơn cháu", "thank you", "thanks")(conversation.thanks)
    return router
