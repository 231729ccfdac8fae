"""The messages to who pastes an announcement: the words to be forwarded as they are, the files, one question."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from bot.core.context import Translate
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features.announcements.letter import files, words
from bot.features.announcements.model import RECALL, Announcement
from bot.i18n import msg

from .actions import SayNotPasted, SayPasted, TellNotPasted, TellPasted

_READ = msg("Đọc lại, hỏi lại, xem tin thật hay giả ở: {address}")
_HEAR = msg("Nghe đọc, hỏi lại, xem tin thật hay giả ở: {address}")
_OFFICE = msg("Muốn hỏi lại, bà con gọi Ủy ban nhân dân {commune} và nói số {label}")
_ASK = msg(
    "Nhờ bác chuyển tin {label} ở trên vào nhóm của {village}: nhấn giữ tin, chọn Chuyển tiếp. Xong bác chọn giúp tôi."
)
_ASK_ALL = msg(
    "Nhờ bác chuyển tin {label} và {count} tệp ở trên vào nhóm của {village}: nhấn giữ từng tin, chọn Chuyển tiếp. "
    "Xong bác chọn giúp tôi."
)
_OLD = msg("Tin cũ {label} trong nhóm: bác xóa giúp, hoặc dán tin này.")
PASTED, NOT_PASTED = msg("Đã dán vào nhóm"), msg("Chưa dán được")


class RelayLetter(Struct, frozen=True):
    """The words of an announcement for the people of one village, and the question to the person who pastes it.

    `commune` and `village` as people say them, `corrects` the labels that it puts right or takes back, "" for none.
    `address` is where residents read it, None without a public address. `at` is the time that the message shows.
    """

    one: Announcement
    commune: str
    village: str
    corrects: str
    address: str | None
    at: datetime
    translate: Translate
    locale: str

    def messages(self, ask: int) -> list[Message]:
        """Return the messages for the person of this ask, in their order; the question comes last."""
        buttons = (
            Button.to(self._word(PASTED), TellPasted(ask)),
            Button.to(self._word(NOT_PASTED), TellNotPasted(ask)),
        )
        return [*self.to_forward(), Message(self._question(), buttons)]

    def to_forward(self) -> list[Message]:
        """Return what is forwarded: no word in it is meant for the person who does so."""
        one = self.one
        heard = any(item.kind == "audio" for item in one.attachments)
        where = (
            self._t(_OFFICE, commune=self.commune, label=one.label)
            if self.address is None
            else self._t(_HEAR if heard else _READ, address=self.address)
        )
        text = words(
            one, commune=self.commune, corrects=self.corrects, translate=self.translate, locale=self.locale,
            at=self.at, last=where,
        )  # fmt: skip
        attached = files(one, commune=self.commune, translate=self.translate, locale=self.locale, at=self.at)
        return [Message(text), *attached]

    def _question(self) -> Text:
        one = self.one
        many = len(one.attachments)
        question = self._t(_ASK_ALL if many else _ASK, label=one.label, village=self.village, count=str(many))
        if not self.corrects:
            return question
        old = self._t(_OLD, label=self.corrects)
        return Text.join("\n", [old, question] if one.template == RECALL else [question, old])

    def _t(self, template: str, **values: str) -> Text:
        return Text.of(self._word(template), **values)

    def _word(self, template: str) -> str:
        return self.translate(self.locale, template)


def answers(ask: int, translate: Translate, locale: str) -> tuple[Button, ...]:
    """Return the two buttons with which a person answers an ask away from its own question."""
    return (
        Button.to(translate(locale, PASTED), SayPasted(ask)),
        Button.to(translate(locale, NOT_PASTED), SayNotPasted(ask)),
    )
