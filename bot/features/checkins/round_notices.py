"""The messages of a round: to groups that are asked and reminded, to leaders and deputies, to those who oversee it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.core.events import Chat
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features import units
from bot.features.calendar.periods import Period, PeriodKind, is_summed, period
from bot.features.calendar.vietnam import VIETNAM, today
from bot.features.forwarding.actions import words_button
from bot.features.groups import channels
from bot.features.groups.channels import Channel
from bot.features.notices import delivery_channels
from bot.features.notices.notice_outbox import NoticeOutbox
from bot.features.people import people
from bot.features.units import Place
from bot.i18n import msg
from bot.storage.tables.checkins import Round

from .actions import OpenReport

log = logging.getLogger(__name__)

_ASK = msg(
    "Kính gửi Tổ công nghệ số {village}: đã đến lúc báo cáo **{period}**, hạn {due}.\n"
    "Tổ trưởng gõ một tin, ví dụ: “bc vneid +12, hồ sơ 5, khó khăn: …”, hoặc chọn nút dưới đây."
)
_ASK_LAST = msg(
    "Kính gửi Tổ công nghệ số {village}: đã đến lúc báo cáo **{period}**, hạn {due}.\n"
    "Các tháng, quý bác đã báo thì tôi tự cộng. Nhờ bác báo nốt tháng {month}, ví dụ “bc tháng {month} hồ sơ 5”. "
    "Gõ “số đã báo” để xem còn thiếu gì."
)
"""For what is the sum of shorter periods."""
_REMIND = msg(
    "Nhắc nhẹ Tổ công nghệ số {village}: tôi chưa nhận được số liệu **{period}**, hạn {due}. "
    "Chưa có gì để báo thì gõ “bc” và số 0, ví dụ “bc {figure} 0”."
)
_REMIND_LAST = msg(
    "Nhắc nhẹ Tổ công nghệ số {village}: tôi chưa nhận được số liệu tháng {month} để tính **{period}**, hạn {due}. "
    "Chưa có gì để báo thì gõ “bc” và số 0, ví dụ “bc tháng {month} hồ sơ 0”."
)
_FIGURE: Mapping[PeriodKind, str] = {"week": "loa", "month": "hồ sơ", "quarter": "tập huấn"}
"""One that is told for such a period: another one would not end the reminding."""
_CALL = msg("Gõ trong nhóm thì nhắc tên tôi ở đầu tin, hoặc nhắn riêng cho tôi.")
_DEPUTY = msg(
    "Kính gửi Tổ phó {village}: đến hạn mà chưa có số liệu **{period}**. "
    "Nhờ bác báo thay Tổ trưởng, gõ “bc” và số liệu."
)
_CLOSED = msg("Đã khóa sổ **{period}**: {done}/{all} đơn vị đã báo cáo.")
_GAPS = msg("Chưa báo cáo: {names}. Số chưa báo không tính là 0.")
_LATE = msg("Bác phụ trách {names}: chưa báo cáo **{period}**, kỳ đã khóa.")
_REOPENED = msg("Xã mở lại kỳ **{period}** để báo thêm số liệu, hạn {due}. Lý do: {reason}")
_REPORT = msg("Báo số liệu")
FORWARD = "round"
"""The question of a round, as words for the group of a village that takes no bot."""
_GATHER = (
    "Tổ công nghệ số {village} đang gom số liệu {period}, báo xã trước {due}. "
    "Ai trong Tổ đã giúp bà con việc gì thì nhắn Tổ trưởng một câu."
)


class RoundNotices:
    """Writes messages inside the caller's transaction; a key of the round and its step makes each message unique."""

    def __init__(self, outbox: NoticeOutbox) -> None:
        self._outbox = outbox

    async def ask(self, round_id: int, of: Period, due_at: datetime, missing: Sequence[Place], now: datetime) -> None:
        """Ask the groups of villages that have not reported, and who reports for a village without a group."""
        asked = _ASK_LAST if is_summed(of) else _ASK
        values = {village.id: _values(village, of, due_at) for village in missing}
        await self._tell_each(round_id, asked, missing, values, f"rd{round_id}-ask", now)

    async def reopened(
        self, round_id: int, of: Period, due_at: datetime, reason: str, missing: Sequence[Place], now: datetime
    ) -> None:
        values_of_all = {"period": of.label, "due": _when(due_at), "reason": reason}
        values = {village.id: values_of_all for village in missing}
        await self._tell_each(round_id, _REOPENED, missing, values, f"rd{round_id}-re-{due_at:%m%d%H%M}", now)

    async def remind(
        self, one: Round, of: Period, missing: Sequence[Place], now: datetime, *, step: str | None = None
    ) -> int:
        """Remind the groups, and their leaders; where there is neither, the deputy. Return how many messages are new.

        `step` names the reminder, None for the next one of the round.
        """
        groups, leaders = await self._groups(missing, now), await self._people("leader", missing, now)
        alone = [village for village in missing if not groups[village.id] and not leaders[village.id]]
        deputies = await self._people("deputy", alone, now)
        key = f"rd{one.id}-{one.steps_done if step is None else step}"
        reminded, told = _REMIND_LAST if is_summed(of) else _REMIND, 0
        for village in missing:
            values = _values(village, of, one.due_at)
            told += await self._tell_groups(groups[village.id], village, reminded, values, key, now)
            text = self._t(self._outbox.locale, reminded, **values)
            chats = leaders[village.id] or deputies.get(village.id, ())
            told += await self._tell(chats, text, f"{key}-leader", now, report_of=village)
        return told

    async def turn_to_deputies(self, one: Round, of: Period, missing: Sequence[Place], now: datetime) -> None:
        deputies = await self._people("deputy", missing, now)
        for village in missing:
            text = self._t(self._outbox.locale, _DEPUTY, **_values(village, of, one.due_at))
            key = f"rd{one.id}-{one.steps_done}-deputy"
            await self._tell(deputies[village.id], text, key, now, report_of=village)

    async def closed(
        self, round_id: int, of: Period, commune_id: int, expected: int, missing: Sequence[Place], now: datetime
    ) -> None:
        """Tell the officers, with the gaps named. `expected` villages should have reported."""
        locale, done = self._outbox.locale, str(expected - len(missing))
        text = self._t(locale, _CLOSED, period=of.label, done=done, all=str(expected))
        if missing:
            names = ", ".join(village.full_name for village in missing)
            text += Text.verbatim("\n") + self._t(locale, _GAPS, names=names)
        commune = await units.by_id(commune_id)
        if commune is not None:
            officers = await self._people("officer", [commune], now)
            await self._tell(officers[commune.id], text, f"rd{round_id}-end-{now:%m%d%H}-officer", now)

    async def tell_who_oversees(self, round_id: int, of: Period, missing: Sequence[Place], now: datetime) -> None:
        """Tell the members of the steering committee about their own villages, all in one message."""
        held = await people.holders_of_each("steering", [village.id for village in missing], now)
        late: dict[int, list[str]] = {}
        for village in missing:
            for holder in held[village.id]:
                late.setdefault(holder.person_id, []).append(village.full_name)
        chats = await delivery_channels.to_people(self._outbox, late, now)
        for person_id, names in late.items():
            text = self._t(self._outbox.locale, _LATE, names=", ".join(names), period=of.label)
            await self._tell(chats[person_id][:1], text, f"rd{round_id}-late-{now:%m%d%H}", now)

    async def _tell_each(
        self,
        round_id: int,
        template: str,
        missing: Sequence[Place],
        values: Mapping[int, Mapping[str, str]],
        key: str,
        now: datetime,
    ) -> None:
        """Tell the group of each village; without one its leader, else its deputy, who may pass the question on."""
        groups = await self._groups(missing, now)
        alone = [village for village in missing if not groups[village.id]]
        leaders, deputies = await self._people("leader", alone, now), await self._people("deputy", alone, now)
        for village in missing:
            await self._tell_groups(groups[village.id], village, template, values[village.id], key, now)
        for village in alone:
            text = self._t(self._outbox.locale, template, **values[village.id])
            chats = leaders[village.id] or deputies[village.id]
            await self._tell(chats, text, f"{key}-leader", now, report_of=village, question=round_id)

    async def _groups(self, villages: Sequence[Place], now: datetime) -> Mapping[int, Sequence[Channel]]:
        """Return the groups in which each village is told, by its id, in few queries for all villages.

        Groups of a village that was merged into another one since the period are listed with their own village.
        """
        found = await channels.of_each([village.id for village in villages], today(now))
        everything = [group for groups in found.values() for group in groups]
        chosen = {group.id for group in await delivery_channels.to_groups(self._outbox, everything, now)}
        return {village: [group for group in groups if group.id in chosen] for village, groups in found.items()}

    async def _people(self, role: str, places: Sequence[Place], now: datetime) -> Mapping[int, Sequence[Chat]]:
        """Return the best chat of each person who holds a role in these units, by the unit's id."""
        held = await people.holders_of_each(role, [place.id for place in places], now)
        everybody = {holder.person_id for holders in held.values() for holder in holders}
        chats = await delivery_channels.to_people(self._outbox, everybody, now)
        return {
            place: [chat for holder in holders for chat in chats[holder.person_id][:1]]
            for place, holders in held.items()
        }

    async def _tell_groups(
        self,
        groups: Sequence[Channel],
        village: Place,
        template: str,
        values: Mapping[str, str],
        key: str,
        now: datetime,
    ) -> int:
        """Tell each group in the language that it chose; return how many messages are new."""
        told = 0
        for group in groups:
            locale = group.locale or self._outbox.locale
            lines = [self._t(locale, template, **values), self._t(locale, _CALL)]
            text = Text.join("\n", lines)
            chats = [delivery_channels.chat_of(group)]
            told += await self._tell(chats, text, key, now, report_of=village, locale=locale)
        return told

    async def _tell(
        self,
        chats: Iterable[Chat],
        text: Text,
        key: str,
        now: datetime,
        *,
        report_of: Place | None = None,
        question: int = 0,
        locale: str | None = None,
    ) -> int:
        """Return how many messages are new. `question`: the round whose question may be passed on to the group."""
        language = locale or self._outbox.locale

        def word(label: str) -> str:
            return self._outbox.translate(language, label)

        buttons = [] if report_of is None else [Button.to(word(_REPORT), OpenReport(report_of.code))]
        if report_of is not None and question:
            buttons.append(words_button(FORWARD, f"{question}.{report_of.id}", word))
        message, told = Message(text, tuple(buttons)), 0
        for chat in chats:
            try:
                own = f"{key}-{chat.platform}-{chat.id}"[:90]
                told += await self._outbox.add(chat, message, key=own, now=now, locale=language)
            except LookupError:
                log.warning("a round's message %s has no way out: %s is off", key, chat.platform)
        return told

    def _t(self, locale: str, template: str, /, **values: str) -> Text:
        return Text.of(self._outbox.translate(locale, template), **values)


async def to_pass_on(round_id: int, village: Place) -> Text | None:
    """Return the question for the group of a village, to be forwarded by who was asked; None once it is over."""
    row = await Round.get_or_none(id=round_id, state="open")
    return None if row is None else Text.of(_GATHER, **_values(village, period(row.period), row.due_at))


def _values(village: Place, of: Period, due_at: datetime) -> Mapping[str, str]:
    return {
        "village": village.full_name,
        "period": of.label,
        "due": _when(due_at),
        "month": str(of.last.month),
        "figure": _FIGURE.get(of.kind, ""),
    }


def _when(at_time: datetime) -> str:
    local = at_time.astimezone(VIETNAM)
    return f"{local:%H} giờ ngày {local:%d/%m}"
