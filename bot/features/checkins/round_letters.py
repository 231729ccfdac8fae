"""What a round says: to groups that are asked and reminded, to leaders and deputies, to those who watch over it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.core.events import Chat
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features import channels, people, units, ways
from bot.features.channels import Channel
from bot.features.post import Post
from bot.features.units import Place
from bot.i18n import msg
from bot.storage.checkins import Round

from .actions import OpenReport
from .periods import VIETNAM, Period, PeriodKind, is_summed, today

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
_REOPENED = msg("Xã mở lại kỳ **{period}** để bổ sung số liệu, hạn {due}. Lý do: {reason}")
_REPORT = msg("Báo số liệu")


class RoundLetters:
    """Everything is written inside the caller's transaction; a key is of the round and its step, so each goes once."""

    def __init__(self, post: Post) -> None:
        self._post = post

    async def ask(self, round_id: int, of: Period, due_at: datetime, missing: Sequence[Place], now: datetime) -> None:
        """The groups of villages that have not reported."""
        groups, asked = await self._groups(missing, now), _ASK_LAST if is_summed(of) else _ASK
        for village in missing:
            values = _values(village, of, due_at)
            await self._tell_groups(groups[village.id], village, asked, values, f"rd{round_id}-ask", now)

    async def reopened(
        self, round_id: int, of: Period, due_at: datetime, reason: str, missing: Sequence[Place], now: datetime
    ) -> None:
        groups = await self._groups(missing, now)
        values = {"period": of.label, "due": _when(due_at), "reason": reason}
        for village in missing:
            key = f"rd{round_id}-re-{due_at:%m%d%H%M}"
            await self._tell_groups(groups[village.id], village, _REOPENED, values, key, now)

    async def remind(self, one: Round, of: Period, missing: Sequence[Place], now: datetime) -> None:
        """The groups, and their leaders."""
        groups, leaders = await self._groups(missing, now), await self._people("leader", missing, now)
        key, reminded = f"rd{one.id}-{one.steps_done}", _REMIND_LAST if is_summed(of) else _REMIND
        for village in missing:
            values = _values(village, of, one.due_at)
            await self._tell_groups(groups[village.id], village, reminded, values, key, now)
            text = self._t(self._post.locale, reminded, **values)
            await self._tell(leaders[village.id], text, f"{key}-leader", now, report_of=village)

    async def turn_to_deputies(self, one: Round, of: Period, missing: Sequence[Place], now: datetime) -> None:
        deputies = await self._people("deputy", missing, now)
        for village in missing:
            text = self._t(self._post.locale, _DEPUTY, **_values(village, of, one.due_at))
            key = f"rd{one.id}-{one.steps_done}-deputy"
            await self._tell(deputies[village.id], text, key, now, report_of=village)

    async def closed(
        self, round_id: int, of: Period, commune_id: int, expected: int, missing: Sequence[Place], now: datetime
    ) -> None:
        """The officers, with the gaps named. `expected` villages should have reported."""
        locale, done = self._post.locale, str(expected - len(missing))
        text = self._t(locale, _CLOSED, period=of.label, done=done, all=str(expected))
        if missing:
            names = ", ".join(village.full_name for village in missing)
            text += Text.verbatim("\n") + self._t(locale, _GAPS, names=names)
        commune = await units.by_id(commune_id)
        if commune is not None:
            officers = await self._people("officer", [commune], now)
            await self._tell(officers[commune.id], text, f"rd{round_id}-end-{now:%m%d%H}-officer", now)

    async def tell_who_oversees(self, round_id: int, of: Period, missing: Sequence[Place], now: datetime) -> None:
        """Members of the steering committee hear of their own villages, all in one message."""
        held = await people.holders_of_each("steering", [village.id for village in missing], now)
        late: dict[int, list[str]] = {}
        for village in missing:
            for holder in held[village.id]:
                late.setdefault(holder.person_id, []).append(village.full_name)
        chats = await ways.to_people(self._post, late, now)
        for person_id, names in late.items():
            text = self._t(self._post.locale, _LATE, names=", ".join(names), period=of.label)
            await self._tell(chats[person_id][:1], text, f"rd{round_id}-late-{now:%m%d%H}", now)

    async def _groups(self, villages: Sequence[Place], now: datetime) -> Mapping[int, Sequence[Channel]]:
        """The groups in which each village is told, by its id: few questions for all villages.

        Those of one that went into another one since the period are told with their own village.
        """
        found = await channels.of_each([village.id for village in villages], today(now))
        everything = [group for groups in found.values() for group in groups]
        chosen = {group.id for group in await ways.to_groups(self._post, everything, now)}
        return {village: [group for group in groups if group.id in chosen] for village, groups in found.items()}

    async def _people(self, role: str, places: Sequence[Place], now: datetime) -> Mapping[int, Sequence[Chat]]:
        """The best chat of each who holds a role in these units, by the unit's id."""
        held = await people.holders_of_each(role, [place.id for place in places], now)
        everybody = {holder.person_id for holders in held.values() for holder in holders}
        chats = await ways.to_people(self._post, everybody, now)
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
    ) -> None:
        """Each in the language that it chose."""
        for group in groups:
            locale = group.locale or self._post.locale
            lines = [self._t(locale, template, **values), self._t(locale, _CALL)]
            text = Text.join("\n", lines)
            await self._tell([ways.chat_of(group)], text, key, now, report_of=village, locale=locale)

    async def _tell(
        self,
        chats: Iterable[Chat],
        text: Text,
        key: str,
        now: datetime,
        *,
        report_of: Place | None = None,
        locale: str | None = None,
    ) -> None:
        language = locale or self._post.locale
        label = self._post.translate(language, _REPORT)
        message = Message(text, () if report_of is None else (Button.to(label, OpenReport(report_of.code)),))
        for chat in chats:
            try:
                own = f"{key}-{chat.platform}-{chat.id}"[:90]
                await self._post.add(chat, message, key=own, now=now, locale=language)
            except LookupError:
                log.warning("a round's message %s has no way out: %s is off", key, chat.platform)

    def _t(self, locale: str, template: str, /, **values: str) -> Text:
        return Text.of(self._post.translate(locale, template), **values)


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
