"""Announcements on the first page: to be approved, late, not confirmed, to be decided, to be called."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.text import Text
from bot.features.announcements import store
from bot.features.announcements.approval import may_approve
from bot.features.announcements.model import Announcement
from bot.features.announcements.receipts import reminding, standing
from bot.features.rights import Act, decide
from bot.i18n import msg
from bot.office.desk.visit import TodayLine, Visit

from . import addresses

_MOST = 5
"""Announcements of one kind that have a line of their own."""
_NAMES = 6
_APPROVE = msg("**{label}** “{title}” chờ duyệt")
_ASKED = msg("**{label}** “{title}” đang chờ người khác duyệt")
_LATE = msg("**{label}** “{title}” đã lỡ giờ gửi, chờ quyết định")
_SILENT = msg("**{label}** “{title}”: {count} thôn chưa xác nhận")
_UNCLEAR = msg("**{label}** “{title}”: {count} tin chưa rõ đã tới chưa, cần quyết định")
_CALLS = msg("**{label}** “{title}”: {count} thôn cần gọi điện, chưa ai dán tin")


async def lines(visit: Visit) -> Sequence[TodayLine]:
    """Return the lines for who announces or approves; nothing for everybody else."""
    writes = (await decide(visit.who, Act.BROADCAST, visit.commune.id, on=visit.now)).allowed
    found: list[TodayLine] = []
    shown = 0
    for one in await store.open_ones(visit.commune.id):
        if one.state == "waiting" and shown < _MOST:
            decides = await may_approve(one, visit.who, visit.now)
            if decides or writes:
                found.append(TodayLine("waits", _words(visit, _APPROVE if decides else _ASKED, one), addresses.of(one)))
                shown += 1
        elif one.state == "late" and writes:
            found.append(TodayLine("late", _words(visit, _LATE, one), addresses.of(one)))
    return [*found, *(await _sent(visit) if writes else ())]


async def _sent(visit: Visit) -> Sequence[TodayLine]:
    """Return the lines of what was sent in the last days, with a handful of statements for all of it."""
    sent = [one for one in await reminding.to_confirm(visit.now) if one.commune_id == visit.commune.id][-_MOST:]
    how_far = await standing.of_each([one.id for one in sent])
    found: list[TodayLine] = []
    for one in reversed(sent):
        now, to = how_far[one.id], addresses.of(one)
        if now.groups.undecided:
            found.append(TodayLine("bad", _words(visit, _UNCLEAR, one, now.groups.undecided), to))
        if now.to_call:
            found.append(TodayLine("late", _words(visit, _CALLS, one, now.to_call), to))
        if silent := now.groups.silent:
            more = Text.verbatim(", ".join(silent[:_NAMES]) + (" …" if len(silent) > _NAMES else ""))
            found.append(TodayLine("late", _words(visit, _SILENT, one, len(silent)), to, more))
    return found


def _words(visit: Visit, template: str, one: Announcement, count: int = 0) -> Text:
    return visit.t(template, label=one.label, title=one.heading, count=count)
