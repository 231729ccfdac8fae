"""Texts about a request for people who are not in the conversation at that moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from msgspec import Struct

from bot.core.context import Translate
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features.guides import pages
from bot.features.guides.library import Library
from bot.features.guides.markdown import plain
from bot.features.guides.navigation import resolve
from bot.i18n import msg

from . import hours
from .actions import (
    AnswerRequest,
    CloseRequest,
    DeclineRequest,
    GiveContact,
    HaveCalled,
    OpenRequest,
    SayMore,
    StillStuck,
    TakeRequest,
)
from .requests import Request, RequestMessage

DEVICES = {"iphone": msg("iPhone"), "android": msg("Android"), "unknown": msg("không rõ loại máy")}

_STEP = msg("bài “{guide}”, bước “{step}”")
_QUESTION = msg("một câu hỏi riêng")
_PROMISED = msg("đã hứa trước {by}")
_NOTICE = msg(
    "**Có người cần giúp** ở {unit} (số {id}): {what}. Điện thoại: {device}.\n"
    "Bác giúp được không? Lời của bà con, bác đọc được sau khi chọn “Tôi giúp”. Sau {minutes} phút tôi hỏi người khác."
)
_CALL = msg(
    "⚠️ **Chưa ai nhận giúp** yêu cầu số {id} ở {unit}: {what}. Điện thoại: {device}.\n"
    "Tôi đã hứa trả lời bà con trước {promise}. Bác giúp được thì chọn “Tôi giúp”."
)
_TAKEN = msg("✅ Có người nhận giúp bác rồi, về {what}. Bác chờ câu trả lời ở đây nhé.")
_ANSWER = msg("**Trả lời cho bác** về {what}:\n“{text}”\nBác làm được chưa?")
_CALLED = msg("Người giúp báo đã gọi điện hoặc gặp bác về {what}. Bác làm được chưa?")
_NEXT = msg("Người nhận giúp bác hiện không trả lời được. Tôi đang nhờ người tiếp theo.")
_NIGHT = msg("Tối nay chưa ai nhận được, về {what}. Sẽ có người trả lời bác trước {promise}.")
_CENTRE = msg("Trong thôn chưa ai nhận được. Tôi đã chuyển cán bộ xã; cán bộ trả lời bác trước {promise}.")
_SORRY = msg("Xin lỗi bác, đến giờ vẫn chưa ai nhận được việc bác nhờ. Tôi vẫn nhắc cán bộ xã.")
_CALL_PHONE = msg("Cần gấp, bác gọi {phone} ({hours}).")
_OLD = msg("Việc bác nhờ đã qua 7 ngày nên tôi đóng lại. Còn cần, bác gõ “giúp đỡ”.")
_REMIND = msg("Bà con đang chờ câu trả lời của bác cho yêu cầu số {id}: {what}. Bận thì bác chọn “Chưa giúp được”.")
_MORE = msg("**Bà con viết thêm** (yêu cầu số {id}):\n“{text}”")
_PHOTO = msg("**Bà con gửi ảnh** (yêu cầu số {id}).")
_CONTACT = msg("**Bà con để lại** (yêu cầu số {id}): {contact}")
_THANKS = msg("Bà con báo đã xong việc ở yêu cầu số {id}. Cảm ơn bác.")
_RESIDENT, _HELPER = msg("Bà con"), msg("Người giúp")
PHOTO_ALT = msg("ảnh màn hình bà con gửi")


class HelpWords(Struct, frozen=True):
    """`locale` is the language of those who help; a resident's stands in the request."""

    translate: Translate
    library: Library
    zone: tzinfo
    locale: str

    def say(self, locale: str, template: str, **values: Text | str | int) -> Text:
        return Text.of(self.translate(locale, template), **values)

    def what(self, one: Request, locale: str) -> str:
        """Name its step: `bài “Cài VNeID”, bước “Mở kho ứng dụng”`; name a deleted guide by its address."""
        if not one.guide:
            return self.translate(locale, _QUESTION)
        guide = self.library.get(one.guide)
        found = None if guide is None else resolve(guide, one.step)
        if guide is None or found is None:
            return self.say(locale, _STEP, guide=one.guide, step=one.step).plain
        step = pages.localised(guide, found.step, locale, self.translate)
        title = pages.title(guide, locale, self.translate)
        return self.say(locale, _STEP, guide=title, step=plain(step.title)).plain

    def device(self, one: Request, locale: str) -> str:
        return self.translate(locale, DEVICES.get(one.device, DEVICES["unknown"]))

    def state(self, one: Request, now: datetime, locale: str) -> str:
        """Say in a few words how far it is: taken, answered, promised by a time, or not taken."""
        if one.state == "taken":
            return self.translate(locale, msg("đang có người giúp"))
        if one.state == "answered":
            return self.translate(locale, msg("đã trả lời"))
        if one.promised_at is None:
            return self.translate(locale, msg("chưa ai nhận"))
        return self.say(locale, _PROMISED, by=self.promise(one.promised_at, now, locale)).plain

    def promise(self, at: datetime, now: datetime, locale: str) -> str:
        template, values = hours.promise(at, now, self.zone, locale)
        return self.say(locale, template, **values).plain

    # To helpers

    def notice(self, one: Request, unit: str, minutes: int) -> Message:
        text = self.say(
            self.locale, _NOTICE, id=one.id, unit=unit, what=self.what(one, self.locale),
            device=self.device(one, self.locale), minutes=minutes,
        )  # fmt: skip
        return Message(text, self.offer(one), rows=(2,))

    def call(self, one: Request, unit: str, promised: datetime, now: datetime) -> Message:
        text = self.say(
            self.locale, _CALL, id=one.id, unit=unit, what=self.what(one, self.locale),
            device=self.device(one, self.locale), promise=self.promise(promised, now, self.locale),
        )  # fmt: skip
        return Message(text, self.offer(one), rows=(2,))

    def reminder(self, one: Request) -> Message:
        text = self.say(self.locale, _REMIND, id=one.id, what=self.what(one, self.locale))
        return Message(text, self.at_work(one, self.locale))

    def more(self, one: Request, text: str) -> Message:
        return Message(self.say(self.locale, _MORE, id=one.id, text=text), self.at_work(one, self.locale))

    def photo(self, one: Request) -> Text:
        return self.say(self.locale, _PHOTO, id=one.id)

    def contact(self, one: Request, contact: str) -> Message:
        return Message(self.say(self.locale, _CONTACT, id=one.id, contact=contact), self.at_work(one, self.locale))

    def thanks(self, one: Request) -> Message:
        return Message(self.say(self.locale, _THANKS, id=one.id))

    def offer(self, one: Request) -> tuple[Button, ...]:
        return (
            Button.to(self.translate(self.locale, msg("Tôi giúp")), TakeRequest(one.id, one.version)),
            Button.to(self.translate(self.locale, msg("Chưa giúp được")), DeclineRequest(one.id, one.version)),
        )

    def at_work(self, one: Request, locale: str) -> tuple[Button, ...]:
        """Return the buttons for the helper who has taken it."""
        return (
            Button.to(self.translate(locale, msg("Trả lời")), AnswerRequest(one.id, one.version)),
            Button.to(self.translate(locale, msg("Đã gọi hoặc gặp")), HaveCalled(one.id, one.version)),
            Button.to(self.translate(locale, msg("Chưa giúp được")), DeclineRequest(one.id, one.version)),
        )

    def thread(self, written: Sequence[RequestMessage], locale: str) -> Text:
        """Return the messages of both so far; pictures are named, they go as messages of their own."""
        lines = [
            self.say(
                locale,
                "{who}: {text}",
                who=self.translate(locale, _RESIDENT if one.from_asker else _HELPER),
                text=f"“{one.text}”" if one.text else f"[{self.translate(locale, PHOTO_ALT)}]",
            )
            for one in written
        ]
        return Text.join("\n", lines)

    # To the resident

    def taken(self, one: Request) -> Message:
        return Message(self.say(one.locale, _TAKEN, what=self.what(one, one.locale)), self.while_waiting(one))

    def answer(self, one: Request, text: str) -> Message:
        reply = self.say(one.locale, _ANSWER, what=self.what(one, one.locale), text=text)
        return Message(reply, self.after_answer(one))

    def have_called(self, one: Request) -> Message:
        return Message(self.say(one.locale, _CALLED, what=self.what(one, one.locale)), self.after_answer(one))

    def next_one(self, one: Request) -> Message:
        return Message(self.say(one.locale, _NEXT))

    def night(self, one: Request, promised: datetime, now: datetime) -> Message:
        promise = self.promise(promised, now, one.locale)
        return Message(self.say(one.locale, _NIGHT, what=self.what(one, one.locale), promise=promise))

    def centre(self, one: Request, promised: datetime, now: datetime) -> Message:
        return Message(self.say(one.locale, _CENTRE, promise=self.promise(promised, now, one.locale)))

    def sorry(self, one: Request, phone: str, hours_of_office: str) -> Message:
        text = self.say(one.locale, _SORRY)
        if phone:
            text += Text.verbatim(" ") + self.say(one.locale, _CALL_PHONE, phone=phone, hours=hours_of_office)
        return Message(text, self.while_waiting(one))

    def too_old(self, one: Request) -> Message:
        return Message(self.say(one.locale, _OLD))

    def while_waiting(self, one: Request) -> tuple[Button, ...]:
        return (
            Button.to(self.translate(one.locale, msg("Viết thêm, gửi ảnh")), SayMore(one.id, one.version)),
            Button.to(self.translate(one.locale, msg("Nhờ gọi điện cho tôi")), GiveContact(one.id, one.version)),
            Button.to(self.translate(one.locale, msg("Thôi, tôi làm được rồi")), CloseRequest(one.id, one.version)),
        )

    def after_answer(self, one: Request) -> tuple[Button, ...]:
        return (
            Button.to(self.translate(one.locale, msg("Xong rồi")), CloseRequest(one.id, one.version)),
            Button.to(self.translate(one.locale, msg("Vẫn chưa được")), StillStuck(one.id, one.version)),
            Button.to(self.translate(one.locale, msg("Hỏi lại một câu")), SayMore(one.id, one.version)),
        )

    def opener(self, one: Request, locale: str) -> Button:
        return Button.to(self.translate(locale, msg("Mở số")) + f" {one.id}", OpenRequest(one.id))
