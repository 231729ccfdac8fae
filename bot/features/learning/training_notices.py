"""Messages of a training session to its participants: the questions are open, tomorrow it begins, it is cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.core.messages import Button
from bot.features.calendar.vietnam import VIETNAM
from bot.features.notices.mail import Mail
from bot.i18n import msg, time_in_words, weekday_date

from . import seats
from .seats import Phase
from .sessions import TrainingEvent
from .training_actions import NextTrainingQuestion, OpenSeat

_OPENED: Mapping[Phase, str] = {
    "before": msg("Buổi tập huấn “{title}” bắt đầu. Bác trả lời mấy câu hỏi đầu buổi nhé, chưa biết cũng không sao."),
    "after": msg("Buổi tập huấn “{title}” đã dạy xong. Bác trả lời lại các câu hỏi để xem mình tiến bộ nhé."),
}
_TOMORROW = msg("Nhắc bác: mai có buổi tập huấn “{title}”, lúc {time}, {day}, tại {place}.")
_CANCELLED = msg("Buổi tập huấn “{title}” ngày {day} không tổ chức nữa. Mong bác thông cảm.")


class TrainingNotices:
    """Everything is written inside the caller's transaction; each notice has a key of its own."""

    def __init__(self, mail: Mail) -> None:
        self.mail = mail

    async def opened(self, one: TrainingEvent, phase: Phase, now: datetime) -> int:
        """Tell them that the questions are open; return how many can be reached."""
        text = self.mail.t(_OPENED[phase], title=one.title)
        button = Button.to(self.mail.word("Trả lời câu hỏi"), NextTrainingQuestion(one.code))
        people = await seats.people_in(one.id)
        return await self.mail.tell_all(people, text, [button], key=f"th{one.id}:{phase}", now=now)

    async def tomorrow(self, one: TrainingEvent, now: datetime) -> None:
        at, locale = one.starts_at.astimezone(VIETNAM), self.mail.locale
        text = self.mail.t(
            _TOMORROW, title=one.title, place=one.place, time=time_in_words(at.time(), locale),
            day=weekday_date(at.date(), locale),
        )  # fmt: skip
        button = Button.to(self.mail.word("Xem buổi học"), OpenSeat(one.code))
        await self.mail.tell_all(await seats.people_in(one.id), text, [button], key=f"th{one.id}:mai", now=now)

    async def cancelled(self, one: TrainingEvent, now: datetime) -> None:
        text = self.mail.t(_CANCELLED, title=one.title, day=weekday_date(one.day, self.mail.locale))
        await self.mail.tell_all(await seats.people_in(one.id), text, key=f"th{one.id}:huy", now=now)
