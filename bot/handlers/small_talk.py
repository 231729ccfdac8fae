"""Words that ask for nothing: yes and no to nobody, thanks, good-bye; and who it is that answers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.spoken import NO, READY, YES, without_courtesy
from bot.core.text import Text
from bot.features.emergency import TOLD_BY_GUIDES, number_for

from .inviting import to_menu
from .start import HandOver
from .typed import says

_WHOM = r"(?:may|ban|chau|em|con|anh|chi|co|chu|bac|day|do|ben kia|bot|robot|may nay|cai nay|so nay)"
_THING = r"(?:nguoi that|nguoi|may moc|may|robot|bot)"
_END = r"(?: (?:day|do|vay|the|ta|ha|a|nhi|khong|phai khong))*"
_WHO = re.compile(
    rf"(?:(?:cho hoi|cho toi hoi|alo) )?(?:"
    rf"(?:{_WHOM} )?(?:la )?ai(?: (?:dang noi|noi|nhan tin|nhan|goi|tra loi)(?: cho (?:toi|bac))?)?{_END}"
    rf"|(?:{_WHOM} )?ten(?: la)? gi{_END}"
    rf"|(?:{_WHOM} )?(?:la )?{_THING} hay(?: la)? {_THING}{_END}"
    rf"|(?:{_WHOM} )?(?:co phai|phai|co)(?: la)? {_THING}(?: that)? (?:khong|a)"
    rf"|(?:{_WHOM} (?:la )?|la ){_THING}(?: that)?{_END}|ai (?:la )?bot{_END}"
    rf"|{_WHOM} la (?:cai )?gi{_END}|(?:cai )?gi (?:day|the|vay)"
    rf"|(?:{_WHOM} )?(?:(?:la )?cua |o )?xa nao{_END}"
    rf"|(?!co lua)(?:{_WHOM} )?(?:co phai |phai )?(?:la )?lua dao (?:a|khong|phai khong)"
    rf"|(?:dung|hoi|nhan tin)(?: (?:cai nay|may nay|o day|the nay))? (?:co )?mat (?:tien|phi)(?: gi)? khong"
    rf")"
)
_HOW_MUCH = re.compile(
    rf"(?:(?:co|phai|ton|het|mat|tra|dong|nop|lam|xong|le|phi|cai|viec|nay|thi|vay|khoang) )*"
    rf"(?:bao nhieu(?: tien)?|(?:mat|ton) (?:tien|phi)(?: gi)? khong){_END}"
)
"""“Hết bao nhiêu tiền?” of nothing that is named; “bao nhiêu” alone is said of anything."""
_ADDRESSED = frozenset(
    {"bot", "em", "e", "chau", "ad", "admin", "xa", "hey", "hi"}
    | {"o", "a", "ui", "oi", "chi", "troi", "oi troi", "oi gioi", "hu hu", "huhu", "hic", "hix", "haiz", "haizz"}
    | {"", "ha", "ua", "sao", "sao the", "gi", "he lo", "helo"}
    | {"co ai khong", "co ai o do khong", "co ai day khong", "co ai tra loi khong", "co day khong"}
)
_CAN = re.compile(
    rf"(?:{_WHOM} )?(?:co the |the )?(?:lam|giup|biet|ho tro)(?: duoc)?(?: (?:toi|ba|ong|bac|chi))?(?: duoc)?"
    rf"(?: nhung)? (?:gi|viec gi)(?: cho (?:toi|ba|ong|bac|chi|minh|ba con))?{_END}"
    rf"|(?:{_WHOM} )?co (?:nhung )?(?:gi|bai gi|chuc nang gi|viec gi){_END}"
    rf"|(?:cach )?(?:su )?dung (?:the nao|sao){_END}"
)
_MAY_ASK = re.compile(
    r"(?:(?:cho|toi|ba|ong|bac|em|chau|chi|anh|xin|muon|lam on|alo) )*hoi(?: (?:toi|ty|ti|chut|cai|mot|nay|xiu|"
    r"voi))+|cho hoi|(?:(?:ai|chau|con|em|oi) )*(?:chi|day|bay|giup|lam ho|chi cho|day cho) "
    r"(?:toi|ba|ong|bac|ma|me|bo|chi|anh|minh)(?: (?:voi|cai|di|chut|nha|nhe))*"
)
_ANGRY = re.compile(
    rf"(?:(?:sao|the|lai|qua|that|cai|toi|ba|ong|gi|ma|dung la|{_WHOM[3:-1]}) )*"
    rf"(?:ngu|dot|vo dung|vo tich su|chan|buc(?: minh| ca minh)?|te|do hoi|tra loi vo van|vo van|"
    rf"phien(?: phuc)?|mat thoi gian|mat thi gio|chang ra gi|nham nhi|dm|dcm|vcl|vl)"
    rf"(?: (?:the|vay|qua|lam|that|day|roi|chet|di duoc|ca nguoi|hieu|biet|gi|ca|luon|may|bot|nay|cai))*"
)
_AFRAID = re.compile(
    r"(?:(?:toi|ba|ong|bac|chau|em|gio|dang|thay) )*(?:so|lo|run|hoang|rung|lo lang|so hai|lo so)(?: (?:qua|"
    r"lam|the|roi|a))+"
)
_SAD = re.compile(
    r"(?:(?:toi|ba|ong|bac|chau|em|minh|song|thay|dang) )*(?:buon|co don|tui than|nho con|khong ai noi chuyen)"
    r"(?: (?:cung|voi|toi|ba|ong|bac|qua|lam|the|roi|tam|minh|ca ngay))*"
)
_BE_QUIET = frozenset({"im", "im di", "cam mom", "thoi im", "im mom", "dung noi nua"})
_NOT_THIS = re.compile(
    r"(?:(?:y|toi|ba|ong|bac|bai|cai|may|bot|oi|deu|nham|hieu|that ra|the) )*"
    r"(?:khong phai(?: la)?|khong dung|nham|sai|hieu nham|hieu sai)"
    r"(?: (?:cai|bai|y|viec|dieu|chuyen|the|do|nay|kia|vay|roi|toi|ba|ong|hoi|can|muon))+"
)
_FINE = (
    YES
    | READY
    | NO
    | {"biet roi", "toi biet roi", "the", "the ha", "vay", "tot", "tot qua", "hay qua", "gioi qua", "nhat tri"}
    | {"chua", "khong co", "khong biet", "toi khong biet", "khong ro", "khong nho", "khong co gi", "khong can", "khoi"}
    | {"thoi khong can", "khong co gi nua", "the thoi", "het roi", "tam biet", "bye", "bye bye", "hen gap lai"}
    | {"chao tam biet", "hihi", "haha", "hehe", "hi hi", "ha ha", "good", "nice", "gioi", "gioi the"}
)
_CROSS = frozenset("😡🤬👎😠😤")
_SIGNS = frozenset("👍👌🙏❤♥😊🙂😀😁👏")
_LEAD = r"(?:(?:ok|oke|vang|da|u|duoc roi|xong roi|hieu roi|tot qua|hay qua|the|toi|ba|ong|xin|rat|chan thanh) )*"
_THANKS = re.compile(
    rf"{_LEAD}(?:cam on|thank you|thanks)(?: (?:chau|em|ban|bac|anh|chi|xa|bot|may|cac|can bo|nhieu|rat|lam|that|nhe|a|"
    rf"nha|vi|da|giup|giup do|toi|ba|ong|roi))*"
)
_THANKED = re.compile(r"\b(?:cam on|thank|thanks|da ta|biet on)\b")
_ASKS = re.compile(r"\b(?:gi|sao|dau|nao|khong|hoi|muon|can|nho|giup toi|bao gio|bao nhieu|ai|xin)\b")
_LONGEST_THANKS = 16
"""Words."""

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
        elif says(_ANGRY, words) or plain in _BE_QUIET or (not plain and _CROSS.intersection(words)):
            await self._apologise(ctx)
        elif says(_AFRAID, words):
            await self._calm(ctx)
        elif says(_SAD, words):
            await self._console(ctx)
        elif says(_NOT_THIS, words):
            await self._ask_anew(ctx)
        elif says(_HOW_MUCH, words) and plain != "bao nhieu":
            await self._say_fees(ctx)
        elif plain in _FINE or (not plain and _SIGNS.intersection(words)):
            await self._go_on(ctx)
        elif not ctx.private and plain.isdecimal():
            # No list of this group has numbers, or it would have been a choice.
            ctx.reply(ctx.t("Tôi chưa rõ bác chọn gì. Bác bấm nút, hoặc gõ điều cần hỏi bằng vài chữ."))
        elif says(_CAN, words):
            await self._say_what(ctx)
        elif plain in _ADDRESSED or says(_MAY_ASK, words):
            said = ctx.t("Tôi nghe đây. Bác cần việc gì? Bác gõ vài chữ, ví dụ “cài vneid”.")
            ctx.reply(said, [*await self._ways_on(ctx), *to_menu(ctx)] if ctx.private else to_menu(ctx))
        else:
            return False
        return True

    async def thanks(self, ctx: Context) -> None:
        if ctx.private:
            ctx.reply(ctx.t("Không có gì ạ. Khi cần, bác cứ gõ “menu”."))

    async def call_first(self, ctx: Context, words: str) -> bool:
        """Under the number to call nothing else matters: no guide is offered that has a word in common."""
        danger = number_for(words)
        return danger is not None and danger not in TOLD_BY_GUIDES and await self.after_danger(ctx, words)

    async def after_danger(self, ctx: Context, words: str) -> bool:
        """The same where a guide might have gone on, and none does."""
        if number_for(words) is None:
            return False
        _, person = await self._hand_over(ctx)
        said = ctx.t("Bác làm việc trên trước đã. Xong rồi cần gì nữa, bác gõ cho tôi.")
        ctx.reply(said, [*person, *to_menu(ctx)], aside=True)
        return True

    async def thanked(self, ctx: Context, words: str) -> bool:
        """Thanks among other kind words that no guide knows and that ask nothing: “… phiền cháu quá”."""
        plain = without_courtesy(words)
        if len(plain.split()) > _LONGEST_THANKS or _THANKED.search(plain) is None or _ASKS.search(plain):
            return False
        await self.thanks(ctx)
        return True

    async def _apologise(self, ctx: Context) -> None:
        if not ctx.private:
            ctx.reply(ctx.t("Vâng, tôi xin lỗi. Trong nhóm tôi chỉ trả lời khi có người gọi."))
            return
        said = ctx.t("Tôi xin lỗi vì làm bác bực. Tôi là máy, nhiều câu tôi chưa hiểu. Bác hỏi người thì chắc hơn.")
        await self._to_a_person(ctx, said)

    async def _say_what(self, ctx: Context) -> None:
        said = ctx.t(
            "Tôi bảo bác từng bước các việc trên điện thoại: VNeID, dịch vụ công, bảo hiểm, thuế, bán hàng, phòng lừa "
            "đảo. Tôi đưa tin của xã, và nhờ người trong thôn giúp bác."
        )
        offer, person = await self._hand_over(ctx)
        buttons = [*await self._ways_on(ctx), *person] if ctx.private else []
        ctx.reply(Text.join("\n\n", [said, offer] if offer else [said]), [*buttons, *to_menu(ctx)], aside=True)

    async def _calm(self, ctx: Context) -> None:
        said = ctx.t("Bác bình tĩnh, chưa phải làm gì vội. Bác kể bằng một câu: ai gọi, họ bảo gì, bác đã làm gì chưa?")
        await self._to_a_person(ctx, said)

    async def _console(self, ctx: Context) -> None:
        said = ctx.t("Tôi nghe bác. Tôi chỉ là máy; bác gọi cho con cháu, hoặc sang hàng xóm nói chuyện cho nhẹ lòng.")
        await self._to_a_person(ctx, said)

    async def _ask_anew(self, ctx: Context) -> None:
        await self._to_a_person(ctx, ctx.t("Tôi xin lỗi, tôi hiểu nhầm. Bác gõ lại việc bác cần bằng vài chữ khác."))

    async def _say_fees(self, ctx: Context) -> None:
        """No guide knows what a matter costs; whoever is asked for money should know whom to ask."""
        said = ctx.t(
            "Hỏi tôi và xem hướng dẫn thì không mất tiền. Việc bác làm có lệ phí hay không thì hỏi cán bộ; "
            "đừng nộp tiền qua đường dẫn hay cho người gọi đến."
        )
        await self._to_a_person(ctx, said)

    async def _to_a_person(self, ctx: Context, said: Text) -> None:
        whom = self._whom_to_meet(ctx) if ctx.private else Text()
        offer, person = await self._hand_over(ctx)
        parts = [part for part in (said, whom, offer) if part]
        buttons = [*await self._ways_on(ctx), *person] if ctx.private else []
        ctx.reply(Text.join("\n\n", parts), [*buttons, *to_menu(ctx)], aside=True)

    async def _go_on(self, ctx: Context) -> None:
        """What is still asked is asked once more; where nothing is, there is nothing to offer either."""
        if not ctx.private:
            return
        asked = ctx.session.asks
        offered = [*await self._ways_on(ctx), *(await self._hand_over(ctx))[1], *to_menu(ctx)]
        idle = {button.data for button in offered}
        if asked is None or all(button.data in idle for button in asked.buttons):
            ctx.reply(ctx.t("Vâng. Khi cần, bác cứ gõ “menu”."))
        else:
            ctx.reply(ctx.t("Bác chọn một việc dưới đây giúp tôi nhé."), asked.buttons, expects=asked.expects)


def build(talk: SmallTalk) -> Router:
    router = Router()
    router.command("gioithieu", "giới thiệu", "bạn là ai", "mày là ai", "ai đấy")(talk.introduce)
    router.command("camon", "cảm ơn", "cám ơn", "cảm ơn nhé", "cảm ơn cháu", "thank you", "thanks")(talk.thanks)
    return router
