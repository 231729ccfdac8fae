"""Words that ask for nothing: yes and no to nobody, thanks, good-bye; and who it is that answers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.spoken import NO, READY, YES, without_courtesy
from bot.core.text import Text

from .inviting import to_menu
from .start import HandOver
from .typed import says

_WHOM = r"(?:may|ban|chau|em|con|anh|chi|co|chu|bac|day|do|ben kia|bot|robot|may nay|cai nay|so nay)"
_THING = r"(?:nguoi that|nguoi|may moc|may|robot|bot)"
_END = r"(?: (?:day|do|vay|the|ta|ha|a|nhi|khong|ko|k|phai khong))*"
_WHO = re.compile(
    rf"(?:(?:cho hoi|cho toi hoi|alo) )?(?:"
    rf"(?:{_WHOM} )?(?:la )?ai(?: (?:dang noi|noi|nhan tin|nhan|goi|tra loi)(?: cho (?:toi|bac))?)?{_END}"
    rf"|(?:{_WHOM} )?ten(?: la)? gi{_END}"
    rf"|(?:{_WHOM} )?(?:la )?{_THING} hay(?: la)? {_THING}{_END}"
    rf"|(?:{_WHOM} )?(?:co phai|phai|co)(?: la)? {_THING}(?: that)? (?:khong|ko|k|a)"
    rf"|{_WHOM} la (?:cai )?gi{_END}|(?:cai )?gi (?:day|the|vay)"
    rf"|(?:{_WHOM} )?(?:(?:la )?cua |o )?xa nao{_END}"
    rf"|(?:{_WHOM} )?(?:co phai |phai )?(?:la )?lua dao (?:a|khong|ko|k|phai khong)"
    rf"|(?:dung|hoi|nhan tin)(?: (?:cai nay|may nay|o day|the nay))? (?:co )?mat (?:tien|phi)(?: gi)? (?:khong|ko|k)"
    rf")"
)
_FINE = (
    YES
    | READY
    | NO
    | {"biet roi", "toi biet roi", "the", "the ha", "vay", "tot", "tot qua", "hay qua", "gioi qua", "nhat tri"}
    | {"chua", "khong co", "khong biet", "toi khong biet", "khong ro", "khong nho", "khong co gi", "khong can", "khoi"}
    | {"thoi khong can", "khong co gi nua", "the thoi", "het roi", "tam biet", "bye", "bye bye", "hen gap lai"}
    | {"chao tam biet"}
)
_SIGNS = frozenset("👍👌🙏❤♥😊🙂😀😁👏")
_LEAD = r"(?:(?:ok|oke|vang|da|u|duoc roi|xong roi|hieu roi|tot qua|hay qua|the|toi|ba|ong|xin|rat|chan thanh) )*"
_THANKS = re.compile(
    rf"{_LEAD}(?:cam on|thank you|thanks)(?: (?:chau|em|ban|bac|anh|chi|xa|bot|may|cac|can bo|nhieu|rat|lam|that|nhe|a|"
    rf"nha|vi|da|giup|giup do|toi|ba|ong|roi))*"
)

MenuItems = Callable[[Context], Awaitable[Sequence[Button]]]


class SmallTalk:
    """`who` names the commune, or all of them; `whom_to_meet` is the commune's centre, where it has a number.

    `ways_on` stand below what is over and ask nothing: a guide to go on with, the list of guides.
    """

    def __init__(
        self,
        who: Callable[[Context], str],
        whom_to_meet: Callable[[Context], Text],
        hand_over: HandOver,
        ways_on: MenuItems,
    ) -> None:
        self._who = who
        self._whom_to_meet = whom_to_meet
        self._hand_over = hand_over
        self._ways_on = ways_on

    async def introduce(self, ctx: Context) -> None:
        """“Mày là ai?” is asked by whoever fears to be cheated: say it all, and offer a person."""
        said = ctx.t(
            "Tôi là **máy trả lời tự động** của Ủy ban nhân dân {commune}, không phải người. "
            "Tôi bảo bác từng bước và chuyển câu hỏi cho người giúp. "
            "Tôi không thu tiền, không bao giờ hỏi mật khẩu, mã OTP.",
            commune=self._who(ctx),
        )
        whom = self._whom_to_meet(ctx)
        if not ctx.private:
            ctx.reply(said)
            return
        _, person = await self._hand_over(ctx)
        ctx.reply(Text.join("\n\n", [said, whom] if whom else [said]), [*person, *to_menu(ctx)], aside=True)

    async def understand(self, ctx: Context, words: str) -> bool:
        plain = without_courtesy(words)
        if says(_WHO, words):
            await self.introduce(ctx)
        elif says(_THANKS, words):
            await self.thanks(ctx)
        elif plain in _FINE or (not plain and _SIGNS.intersection(words)):
            await self._go_on(ctx)
        else:
            return False
        return True

    async def thanks(self, ctx: Context) -> None:
        if ctx.private:
            ctx.reply(ctx.t("Không có gì ạ. Khi cần, bác cứ gõ “menu”."))

    async def _go_on(self, ctx: Context) -> None:
        """What is still asked is asked once more; where nothing is, there is nothing to offer either."""
        if not ctx.private:
            return
        asked = ctx.session.asks
        idle = {button.data for button in [*await self._ways_on(ctx), *to_menu(ctx)]}
        if asked is None or all(button.data in idle for button in asked.buttons):
            ctx.reply(ctx.t("Vâng. Khi cần, bác cứ gõ “menu”."))
        else:
            ctx.reply(ctx.t("Bác chọn một việc dưới đây giúp tôi nhé."), asked.buttons, expects=asked.expects)


def build(talk: SmallTalk) -> Router:
    router = Router()
    router.command("gioithieu", "giới thiệu", "bạn là ai", "mày là ai", "ai đấy")(talk.introduce)
    router.command("camon", "cảm ơn", "cám ơn", "cảm ơn nhé", "cảm ơn cháu", "thank you", "thanks")(talk.thanks)
    return router
