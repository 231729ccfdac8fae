"""Rounds: asking for a period's figures, reminding who is missing, closing with the gaps named.

Everything that is due stands in the database; `tick` does it, however late. What an outage overslept is not made up
for with a pile of messages: of several reminders only the last one goes out, and of several periods only the last one
is asked for.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol

from tortoise.transactions import in_transaction

from bot.core.context import Translate
from bot.core.events import Chat
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features import channels, people, units, ways
from bot.features.units import Place
from bot.i18n import msg
from bot.storage.checkins import Figure, Round, RoundPlan

from .actions import OpenReport
from .model import Cadence
from .periods import (
    VIETNAM,
    CutOff,
    Period,
    at,
    due,
    following,
    is_skipped,
    is_working,
    moment,
    period,
    today,
)  # fmt: skip
from .schedule import StepKind, opens, steps

log = logging.getLogger(__name__)

_ASK = msg(
    "Kính gửi Tổ công nghệ số {village}: đã đến lúc báo cáo **{period}**, hạn {due}.\n"
    "Tổ trưởng gõ một tin, ví dụ: “bc vneid +12, hồ sơ 5, khó khăn: …”, hoặc chọn nút dưới đây."
)
_REMIND = msg(
    "Nhắc nhẹ Tổ công nghệ số {village}: tôi chưa nhận được số liệu **{period}**, hạn {due}. "
    "Chưa có gì để báo thì gõ “bc” và số 0, ví dụ “bc loa 0”."
)
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


class Post(ways.Box, Protocol):
    """The outbox, as far as it is needed here."""

    @property
    def translate(self) -> Translate: ...

    @property
    def locale(self) -> str: ...

    async def add(
        self, chat: Chat, message: Message, *, key: str, now: datetime, locale: str | None = None
    ) -> bool: ...


@dataclass(frozen=True, slots=True)
class Status:
    """A round as people see it."""

    id: int
    commune_id: int
    period: Period
    open: bool
    due_at: datetime
    missing: tuple[str, ...]


class Rounds:
    """`cut_off` is the commune's."""

    def __init__(self, post: Post, cut_off: CutOff = "calendar") -> None:
        self._post = post
        self._cut_off = cut_off

    async def plan(self, commune_id: int, cadence: Cadence, now: datetime, *, reminders: int = 1) -> None:
        """Ask a commune's villages from the present period on; nothing happens when it is planned already."""
        if not await RoundPlan.exists(unit_id=commune_id, cadence=cadence):
            first = at(today(now), cadence, self._cut_off)
            await RoundPlan.create(unit_id=commune_id, cadence=cadence, next_period=first.name, reminders=reminders)

    async def tick(self, now: datetime) -> float | None:
        """Do what is due; safe at any time and twice. Returns the seconds until the next step, None if unknown."""
        for plan in await RoundPlan.filter(enabled=True).order_by("id"):
            await self._open(plan.id, now)
        for one in await Round.filter(state="open", next_at__lte=now).order_by("id"):
            await self._advance(one.id, now)
        coming = await Round.filter(state="open", next_at__isnull=False).order_by("next_at").first()
        return None if coming is None or coming.next_at is None else max(0.0, (coming.next_at - now).total_seconds())

    async def reopen(self, round_id: int, reason: str, due_at: datetime, now: datetime) -> bool:
        """Take late figures into a closed period; False when it is not closed. Raises ValueError without a reason."""
        if not reason.strip():
            raise ValueError("reopening needs a reason")
        async with in_transaction("default"):
            closed = Round.filter(id=round_id, state="closed")
            if not await closed.update(
                state="open", reopened_reason=reason, due_at=due_at, next_at=due_at, steps_done=0
            ):
                return False
            one = await Round.get(id=round_id).select_related("plan")
            of = period(one.period, self._cut_off)
            coming = steps(due_at, one.plan.reminders, one.plan.remind_at)
            await Round.filter(id=round_id).update(steps_done=len(coming) - 1, next_at=coming[-1].at)
            values = {"period": of.label, "due": _when(due_at), "reason": reason}
            for village in await self.missing(_commune(one.plan), of):
                await self._tell_group(village, _REOPENED, values, f"rd{round_id}-re-{due_at:%m%d%H%M}", now)
        return True

    async def status(self, commune_id: int, cadence: Cadence, name: str) -> Status | None:
        """The round of a period."""
        one = await Round.get_or_none(plan__unit_id=commune_id, plan__cadence=cadence, period=name)
        return None if one is None else self._status(one, commune_id)

    async def awaited(self, commune_id: int, cadence: Cadence) -> Status | None:
        """The oldest round that still takes figures."""
        rows = Round.filter(plan__unit_id=commune_id, plan__cadence=cadence, state="open")
        one = await rows.order_by("due_at").first()
        return None if one is None else self._status(one, commune_id)

    async def latest(self, commune_id: int, limit: int = 6) -> list[Status]:
        """The rounds of a commune, the last one first."""
        rows = await Round.filter(plan__unit_id=commune_id).order_by("-due_at", "-id").limit(limit)
        return [self._status(one, commune_id) for one in rows]

    async def get(self, round_id: int) -> Status | None:
        one = await Round.get_or_none(id=round_id).select_related("plan")
        return None if one is None else self._status(one, _commune(one.plan))

    async def _open(self, plan_id: int, now: datetime) -> None:
        async with in_transaction("default"):
            # The first statement writes: it takes SQLite's lock at once, and a second process waits here. What an
            # officer switched off meanwhile stays off.
            if not await RoundPlan.filter(id=plan_id, enabled=True).update(enabled=True):
                return
            plan = await RoundPlan.get(id=plan_id)
            ready: list[Period] = []
            of = period(plan.next_period, self._cut_off)
            while opens(of) <= now:
                if not is_skipped(of):
                    ready.append(of)
                of = following(of, self._cut_off)
            if of.name == plan.next_period:
                return
            await RoundPlan.filter(id=plan_id).update(next_period=of.name)
            for overslept in ready[:-1]:
                await self._record_missed(plan, overslept, now)
            for one in ready[-1:]:
                await self._begin(plan, one, now)

    async def _record_missed(self, plan: RoundPlan, of: Period, now: datetime) -> None:
        missing = [village.code for village in await self.missing(_commune(plan), of)]
        await Round.create(
            plan_id=plan.id, period=of.name, state="closed", opened_at=now, due_at=due(of), closed_at=now,
            missing=json.dumps(missing),
        )  # fmt: skip

    async def _begin(self, plan: RoundPlan, of: Period, now: datetime) -> None:
        due_at = due(of)
        if due_at <= now:
            day = today(now) + timedelta(days=1)
            while not is_working(day):
                day += timedelta(days=1)
            due_at = moment(day, time(16))
        coming = steps(due_at, plan.reminders, plan.remind_at)
        passed = sum(step.at <= now for step in coming)
        one = await Round.create(
            plan_id=plan.id, period=of.name, state="open", opened_at=now, due_at=due_at, steps_done=passed,
            next_at=coming[passed].at,
        )  # fmt: skip
        for village in await self.missing(_commune(plan), of):
            values = {"village": village.full_name, "period": of.label, "due": _when(due_at)}
            await self._tell_group(village, _ASK, values, f"rd{one.id}-ask", now)

    async def _advance(self, round_id: int, now: datetime) -> None:
        async with in_transaction("default"):
            # Likewise: what another process has closed meanwhile stays closed.
            if not await Round.filter(id=round_id, state="open").update(state="open"):
                return
            one = await Round.get(id=round_id).select_related("plan")
            if one.next_at is None or one.next_at > now:
                return
            coming = steps(one.due_at, one.plan.reminders, one.plan.remind_at)
            overdue = [step for step in coming[one.steps_done :] if step.at <= now]
            done = one.steps_done + len(overdue)
            following_at = coming[done].at if done < len(coming) else None
            await Round.filter(id=round_id).update(steps_done=done, next_at=following_at)
            if overdue:
                await self._do(overdue[-1].kind, one, now)

    async def _do(self, kind: StepKind, one: Round, now: datetime) -> None:
        of = period(one.period, self._cut_off)
        commune_id = _commune(one.plan)
        missing = await self.missing(commune_id, of)
        if kind == "close":
            await self._close(one, of, commune_id, missing, now)
            return
        for village in missing:
            values = {"village": village.full_name, "period": of.label, "due": _when(one.due_at)}
            key = f"rd{one.id}-{one.steps_done}"
            if kind == "remind":
                await self._tell_group(village, _REMIND, values, key, now)
                await self._tell_people("leader", village, self._t(self._post.locale, _REMIND, **values), key, now)
            else:
                await self._tell_people("deputy", village, self._t(self._post.locale, _DEPUTY, **values), key, now)

    async def _close(self, one: Round, of: Period, commune_id: int, missing: Sequence[Place], now: datetime) -> None:
        codes = [village.code for village in missing]
        await Round.filter(id=one.id).update(state="closed", closed_at=now, next_at=None, missing=json.dumps(codes))
        expected = len(await units.villages(commune_id, min(of.last, today(now))))
        text = self._t(
            self._post.locale, _CLOSED, period=of.label, done=str(expected - len(missing)), all=str(expected)
        )
        if missing:
            names = ", ".join(village.full_name for village in missing)
            text += Text.verbatim("\n") + self._t(self._post.locale, _GAPS, names=names)
        commune = await units.by_id(commune_id)
        if commune is not None:
            await self._tell_people("officer", commune, text, f"rd{one.id}-end-{now:%m%d%H}", now)
        await self._tell_who_oversees(one, of, missing, now)

    async def _tell_who_oversees(self, one: Round, of: Period, missing: Sequence[Place], now: datetime) -> None:
        """Members of the steering committee hear of their own villages, all in one message."""
        late: dict[int, list[str]] = {}
        for village in missing:
            for holder in await people.holders("steering", village.id, now):
                late.setdefault(holder.person_id, []).append(village.full_name)
        for person_id, names in late.items():
            text = self._t(self._post.locale, _LATE, names=", ".join(names), period=of.label)
            chats = (await ways.to_person(self._post, person_id, now))[:1]
            await self._tell(chats, text, f"rd{one.id}-late-{now:%m%d%H}", now)

    async def missing(self, commune_id: int, of: Period) -> list[Place]:
        """Villages that have not reported anything for a period."""
        villages = await units.villages(commune_id, of.last)
        ids = [village.id for village in villages]
        rows = await Figure.filter(unit_id__in=ids, period=of.name, current=True).distinct().values("unit_id")
        reported = {int(row["unit_id"]) for row in rows}
        return [village for village in villages if village.id not in reported]

    async def _tell_group(
        self, village: Place, template: str, values: Mapping[str, str], key: str, now: datetime
    ) -> None:
        """Each of its groups in the language that it chose."""
        for group in await ways.to_groups(self._post, await channels.of_unit(village.id, today(now)), now):
            locale = group.locale or self._post.locale
            lines = [self._t(locale, template, **values), self._t(locale, _CALL)]
            text = Text.join("\n", lines)
            await self._tell([ways.chat_of(group)], text, key, now, report_of=village, locale=locale)

    async def _tell_people(self, role: str, unit: Place, text: Text, key: str, now: datetime) -> None:
        chats: list[Chat] = []
        for holder in await people.holders(role, unit.id, now):
            chats += (await ways.to_person(self._post, holder.person_id, now))[:1]
        report_of = unit if unit.level == "village" else None
        await self._tell(chats, text, f"{key}-{role}", now, report_of=report_of)

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

    def _status(self, one: Round, commune_id: int) -> Status:
        codes = tuple(json.loads(one.missing))
        return Status(one.id, commune_id, period(one.period, self._cut_off), one.state == "open", one.due_at, codes)


def _when(at_time: datetime) -> str:
    local = at_time.astimezone(VIETNAM)
    return f"{local:%H} giờ ngày {local:%d/%m}"


def _commune(plan: RoundPlan) -> int:
    commune_id: int = getattr(plan, "unit_id")  # noqa: B009 - made at run time, where no type checker sees it
    return commune_id
