"""The audit log: searched by person, act and day, read page by page, verified, printed. Reading it is noted in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from msgspec import Struct

from bot.features import audit_reading, rights, units
from bot.features.audit import Audit, Broken, NotedSeal
from bot.features.audit_reading import AuditEntry, AuditSearch
from bot.features.audit_words import ACTS, KINDS, READ, VERIFIED
from bot.features.calendar.vietnam import VIETNAM, today
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.visit import HOME, Answer, Go, No, Sheet, Visit

ADDRESS = "/nhat-ky"
_PAGE = 50
_MOST_PAGES = 2000
_NO_SEAL = msg("Mã sổ ghi như ở cuối báo cáo: SỐ:MÃ, ví dụ 123:3f9c2a7be1d04c55.")
_WHOLE = msg("Nhật ký nguyên vẹn: {count} hàng, mã sổ {seal}.")
_BROKEN_AT = msg("Nhật ký KHÔNG còn nguyên vẹn, từ hàng {row}: {why}. Mời báo ngay người phụ trách máy và Chủ tịch.")
_BROKEN = msg("Nhật ký KHÔNG còn nguyên vẹn: {why}. Mời báo ngay người phụ trách máy và Chủ tịch.")


class LogLine(Struct, frozen=True):
    """A row in words. `person_id` leads to everything else that the person did."""

    entry: AuditEntry
    who: str
    act: str
    subject: str
    details: str


class LogPage:
    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def show(self, visit: Visit) -> Answer:
        words, act = visit.query.get("ai", "").strip()[:80], visit.query.get("viec", "")
        since, until = _day(visit.query.get("tu", "")), _day(visit.query.get("den", ""))
        number = _number(visit.query.get("trang", ""))
        there = [visit.commune, *await units.everything(visit.commune.id)]
        ids = [place.id for place in there]
        alone = await units.only_commune(today(visit.now)) is not None
        search = AuditSearch(
            units=None if alone else ids,
            people=await audit_reading.people_called(words, ids) if words else None,
            act=act[:40],
            since=None if since is None else _midnight(since),
            until=None if until is None else _midnight(until + timedelta(days=1)),
        )
        found = await audit_reading.find(search, limit=_PAGE + 1, skip=(number - 1) * _PAGE)
        await self._audit.append_seldom(visit.person_id, READ, f"unit:{visit.commune.id}", visit.now)
        asked = {"ai": words, "viec": act, "tu": visit.query.get("tu", ""), "den": visit.query.get("den", "")}
        return Sheet(
            "commune/log.html",
            visit.t("Nhật ký"),
            {
                "lines": _lines(visit, found[:_PAGE], {place.id: place.full_name for place in there}),
                "asked": asked,
                "any": any(asked.values()),
                "acts": sorted(((code, visit.word(label)) for code, label in ACTS.items()), key=lambda one: one[1]),
                "number": number,
                "more": len(found) > _PAGE,
                "address": f"{HOME}{ADDRESS}?{urlencode(asked)}&",
                "reading": READ,
            },
        )

    async def verify(self, visit: Visit) -> Answer:
        """Read the whole chain, compare it with a seal that was noted down, and say how it stands."""
        text = visit.said("ma-so")
        noted = NotedSeal.read(text) if text else None
        if text and noted is None:
            return No(visit.t(_NO_SEAL), 400)
        found = await self._audit.verify_beside([] if noted is None else [noted])
        whole = not isinstance(found, Broken)
        details: dict[str, str | int | bool] = {"whole": whole}
        await self._audit.append_seldom(
            visit.person_id, VERIFIED, f"unit:{visit.commune.id}", visit.now, details, most=5
        )
        if not isinstance(found, Broken):
            return Go(HOME + ADDRESS, visit.t(_WHOLE, count=found.n, seal=found.shown))
        reply = visit.t(_BROKEN_AT, row=found.id, why=found.why) if found.id else visit.t(_BROKEN, why=found.why)
        return Go(HOME + ADDRESS, reply)

    def page(self) -> DeskPage:
        about = msg("Ai làm gì lúc nào. Hàng nào bị sửa hay bị bỏ thì nút kiểm tra ở dưới cho biết.")
        act = rights.Act.READ_AUDIT
        return DeskPage(ADDRESS, self.show, self.verify, act=act, label=msg("Nhật ký"), order=86, about=about)


def _lines(visit: Visit, found: Sequence[AuditEntry], places: Mapping[int, str]) -> Sequence[LogLine]:
    return [
        LogLine(
            one,
            audit_reading.actor_name(one, visit.word),
            visit.word(ACTS[one.act]) if one.act in ACTS else one.act,
            _subject(visit, one, places),
            _details(visit, one, places),
        )
        for one in found
    ]


def _subject(visit: Visit, one: AuditEntry, places: Mapping[int, str]) -> str:
    if one.kind == "unit" and one.subject.isdecimal() and int(one.subject) in places:
        return places[int(one.subject)]
    if one.kind in KINDS:
        return f"{visit.word(KINDS[one.kind])} {one.subject}"
    return "" if one.kind in ("person", "actor") else f"{one.kind}:{one.subject}"


def _details(visit: Visit, one: AuditEntry, places: Mapping[int, str]) -> str:
    """Put roles and units in words; other details are codes and numbers, as they stand in the log."""
    shown = []
    for name, value in one.details.items():
        if name == "role" and value in rights.ROLES:
            shown.append(visit.word(rights.ROLES[str(value)]))
        elif name == "unit" and isinstance(value, int) and value in places:
            shown.append(places[value])
        else:
            shown.append(f"{name}={str(value).lower() if isinstance(value, bool) else value}")
    return ", ".join(shown)


def _day(text: str) -> date | None:
    """Read a day as browsers send it; None for anything else, and for days no log reaches."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2999 else None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM)


def _number(text: str) -> int:
    return min(max(int(text), 1), _MOST_PAGES) if text.isascii() and text.isdigit() and len(text) < 6 else 1
