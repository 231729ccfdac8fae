"""The delivery of the commune's answer to the village, read from the rows of the outbox that carry it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.messages import Button
from bot.core.text import Text
from bot.features.announcements.letter import moment
from bot.features.checkins.actions import OpenDifficulty
from bot.features.notices.mail import Mail
from bot.features.outbox.states import OFF, QUIET, QUOTA, TOKEN, WINDOW
from bot.i18n import msg
from bot.storage.core_tables.outbox import OutboxRow

from .difficulties import Difficulty, answered_since

AT_ONCE = timedelta(minutes=10)
"""What leaves within this time needs no word of its own."""
A_DAY = timedelta(days=1)
_WATCHED = timedelta(days=4)

_REASONS: Mapping[str, str] = {
    WINDOW: msg("lâu chưa ai ở thôn nhắn cho tôi nên tôi chưa được gửi"),
    QUOTA: msg("hết số tin của tháng"),
    TOKEN: msg("ứng dụng nhắn tin không cho bot gửi nữa"),
    OFF: msg("tài khoản của bot ở đó đang tắt"),
}
_IN_TURN, _QUIET = msg("đang chờ đến lượt"), msg("hết giờ yên tĩnh, {time}")
_SENT = msg("✅ Đã gửi câu trả lời về thôn lúc {time}.")
_WAITS, _LOST = msg("Câu trả lời còn chờ: {why}."), msg("Câu trả lời chưa tới được thôn. Bác gọi điện giúp.")
_NUMBER = msg("Khó khăn số {id}: {said}")
_LATE = msg("Câu trả lời khó khăn số {id} chờ hơn một ngày vẫn chưa về thôn: {why}. Bác gọi điện giúp.")


class Travel(Struct, frozen=True):
    """The delivery of an answer given at `since`.

    `sent_at` is when the first chat had it; `lost`: no chat will have it. While it waits, `reason` is that of the
    outbox and `until` the time that it waits for.
    """

    since: datetime
    sent_at: datetime | None
    lost: bool
    reason: str = ""
    until: datetime | None = None

    @property
    def waits(self) -> bool:
        return self.sent_at is None and not self.lost


def key_of(one: Difficulty) -> str:
    """Return the prefix of the outbox keys of messages that tell the village about this version of a difficulty."""
    return f"kk{one.id}-{one.version}"


async def travel(one: Difficulty) -> Travel | None:
    """Return the delivery of the answer; None if no message was written because nobody there can be reached."""
    rows = await OutboxRow.filter(package__startswith=f"{key_of(one)}-").order_by("id")
    if not rows:
        return None
    since, sent = min(row.created_at for row in rows), [row.updated_at for row in rows if row.state == "sent"]
    if sent:
        return Travel(since, min(sent), lost=False)
    # What is unclear has perhaps arrived: it is not said to be lost.
    open_ones = [row for row in rows if row.state not in ("failed", "cancelled", "expired")]
    if not open_ones:
        return Travel(since, None, lost=True)
    soonest = min(open_ones, key=lambda row: (row.state == "held", row.not_before))
    held = soonest.state == "held"
    return Travel(since, None, False, soonest.reason if held else "", soonest.not_before if held else None)


def told(mail: Mail, found: Travel) -> Text:
    """Describe the delivery in one sentence."""
    if found.sent_at is not None:
        return mail.t(_SENT, time=moment(found.sent_at, mail.locale))
    return mail.t(_LOST) if found.lost else mail.t(_WAITS, why=_why(mail, found))


def _why(mail: Mail, found: Travel) -> Text:
    if found.reason == QUIET and found.until is not None:
        return mail.t(_QUIET, time=moment(found.until, mail.locale))
    return mail.t(_REASONS.get(found.reason, _IN_TURN))


class AnswerWatch:
    """A job of the worker. Idempotent: a key of the answer and its outcome makes it tell each outcome once."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    async def tick(self, now: datetime) -> None:
        for one in await answered_since(now - _WATCHED):
            found = await travel(one)
            if found is not None:
                async with in_transaction("default"):
                    await self._tell(one, found, now)

    async def _tell(self, one: Difficulty, found: Travel, now: datetime) -> None:
        """Tell the author of the answer that it went late, never will, or has waited for a day."""
        if found.sent_at is not None and found.sent_at - found.since > AT_ONCE:
            await self._say(one, "left", self._numbered(one, found), now)
        elif found.lost:
            await self._say(one, "lost", self._numbered(one, found), now)
        elif found.waits and now - found.since > A_DAY:
            text = self._mail.t(_LATE, id=one.id, why=_why(self._mail, found))
            await self._say(one, "late", text, now)

    def _numbered(self, one: Difficulty, found: Travel) -> Text:
        return self._mail.t(_NUMBER, id=one.id, said=told(self._mail, found))

    async def _say(self, one: Difficulty, what: str, text: Text, now: datetime) -> None:
        buttons: Sequence[Button] = [Button.to(f"{self._mail.word('Mở số')} {one.id}", OpenDifficulty(one.id))]
        await self._mail.tell(one.owner_id, text, buttons, key=f"kka:{one.id}:{one.version}:{what}", now=now)
