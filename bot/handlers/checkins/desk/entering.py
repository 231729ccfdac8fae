"""Typing figures into a table, and pasting one. Nothing that was typed is lost where something is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from bot.core.lean import patterns
from bot.core.text import Text
from bot.features.calendar.vietnam import VIETNAM
from bot.features.checkins import answers, reported
from bot.features.checkins.actions import AddNote
from bot.features.checkins.answers import LONGEST_NOTE, FigureLine
from bot.features.checkins.lights import IndicatorCell
from bot.features.checkins.model import FigureEntry, Indicator
from bot.features.checkins.reading import cells, values
from bot.features.checkins.reading.cells import Typed, is_empty, read_cell
from bot.features.checkins.reading.pasted import PastedCell, TableNames, read_paste
from bot.features.checkins.reading.values import HeldFigure
from bot.features.checkins.reported import FigureVersion
from bot.features.checkins.scope import may_each
from bot.features.rights import Act
from bot.features.units import Place, villages
from bot.handlers.checkins.common import named
from bot.handlers.checkins.figure_wording import short_value
from bot.handlers.checkins.lines import closed, not_yours
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg, number, short_date, short_time
from bot.office.desk.visit import Answer, Go, No, Sheet, Visit

from . import drafts, problems
from .ground import ENTER, NO_INDICATOR, NO_PLACE, PASTE, RHYTHMS, TABLE, FiguresGround, Seen, title, to

_FIELD = patterns.compile(r"o\.(\d{1,15})\.([A-Z]{2}\d{2})\.(\d{1,6})")
_NOTHING = msg("Chưa có ô nào thay đổi, nên chưa ghi gì.")
_CLOSED = msg(
    "Kỳ này đã khóa sổ, chưa bắt đầu, hoặc không có chỉ tiêu báo theo kỳ này cho vai trò này. Mời chọn kỳ khác."
)
_OTHER_RHYTHM = msg("{label} {rhythm}: mời mở đúng kỳ ấy rồi dán.")
_LONG_NOTE = msg("Ghi chú dài quá. Mời viết gọn trong {count} chữ cái.")

_Key = tuple[int, str]


class Input(Struct, frozen=True):
    """A cell to type into; `name` tells unit, indicator and the version that was shown, `hint` an earlier value."""

    name: str
    label: str
    value: str
    hint: str
    wrong: Text | None = None


class _Read(Struct):
    """A form that was read: what was typed by unit and indicator, the lines it makes, what is wrong with it."""

    typed: dict[_Key, str] = field(default_factory=dict)
    lines: list[FigureLine] = field(default_factory=list)
    wrong: dict[_Key, Text] = field(default_factory=dict)


class EnterPage:
    """Inputs for one village, one indicator, or the whole table of a period."""

    def __init__(self, ground: FiguresGround) -> None:
        self._ground = ground

    async def show(self, visit: Visit) -> Answer:
        seen = await self._ground.seen(visit)
        if isinstance(seen, No):
            return seen
        return await self._sheet(visit, seen, _Read(typed=await self._drafted(visit)))

    async def take(self, visit: Visit) -> Answer:
        seen = await self._ground.seen(visit)
        if isinstance(seen, No):
            return seen
        places = await villages(visit.commune.id, seen.of.last)
        read = await self._read(visit, seen, places)
        if isinstance(read, No):
            return read
        note = visit.said("ghi_chu")
        if len(note) > LONGEST_NOTE:
            too_long = visit.t(_LONG_NOTE, count=number(LONGEST_NOTE, visit.locale))
            return await self._sheet(visit, seen, read, too_long)
        if read.wrong:
            return await self._sheet(visit, seen, read)
        if not read.lines:
            return Go(to(TABLE, ky=seen.of.name), visit.t(_NOTHING))
        return await drafts.begin(visit, self._ground, read.lines, note)

    async def _read(self, visit: Visit, seen: Seen, places: Sequence[Place]) -> _Read | No:
        """Read all inputs; an id of another commune's village is no address of ours."""
        inside = {one.id for one in places}
        told = await reported.versions(sorted(inside), [one.code for one in seen.indicators], seen.of.name)
        asked: dict[_Key, tuple[int, str]] = {}
        for name, given in visit.fields.items():
            if (found := _FIELD.fullmatch(name)) is None:
                continue
            key = int(found[1]), found[2]
            if key[0] not in inside or seen.indicator(key[1]) is None:
                return No(visit.t(NO_PLACE))
            asked[key] = int(found[3]), given[0].strip()
        allowed = await self._ground.open_here(visit, seen, [one for one in places if one.id in {k[0] for k in asked}])
        read = _Read()
        for key, (base, text) in asked.items():
            indicator = seen.indicator(key[1])
            if indicator is not None:
                _take(visit, read, key, base, text, indicator, seen, told.get((key[1], key[0]), ()), key in allowed)
        if any(key not in allowed for key in read.typed):
            await self._refuse(visit, seen, read, places, allowed)
        return read

    async def _refuse(
        self, visit: Visit, seen: Seen, read: _Read, places: Sequence[Place], allowed: frozenset[_Key]
    ) -> None:
        """Say in the chat's words why a figure is not taken: the period is closed, or it is another's to report."""
        refused = [key for key in read.typed if key not in allowed]
        rights = await may_each(visit.who, refused, visit.now)
        by_id = {one.id: one for one in places}
        for key in refused:
            indicator = seen.indicator(key[1])
            if indicator is None:
                continue
            why = rights[key]
            text = closed(visit, indicator, seen.of)
            read.wrong[key] = text if why.report else not_yours(visit, indicator, by_id[key[0]], why.why)
        read.lines = [one for one in read.lines if (one.unit_id, one.indicator) in allowed]

    async def _drafted(self, visit: Visit) -> dict[_Key, str]:
        """Return what stands in a list of changes that the official goes back from."""
        number_ = visit.query.get("nhap", "")
        answer = await answers.get(int(number_)) if number_.isdecimal() and len(number_) < 16 else None
        if answer is None or answer.author_id != visit.person_id or answer.state != "waiting":
            return {}
        by_code = {one.code: one for one in await self._ground.service.indicators()}
        return {
            (one.unit_id, one.indicator): ("+" if one.sign == "+" else "")
            + cells.shown(one.value, one.out_of, by_code[one.indicator])
            for one in answer.body.lines
            if one.indicator in by_code
        }

    async def _sheet(self, visit: Visit, seen: Seen, read: _Read, note: Text | None = None) -> Answer:
        table = await self._ground.table(visit, seen)
        noi, chi_tieu = (visit.said(one) or visit.query.get(one, "") for one in ("noi", "chi-tieu"))
        places = [one for one in table.villages if not noi or one.code == noi]
        if noi and not places:
            return No(visit.t(NO_PLACE))
        if chi_tieu and seen.indicator(chi_tieu) is None:
            return No(visit.t(NO_INDICATOR))
        allowed = await self._ground.open_here(visit, seen, places)
        codes = {code for _, code in allowed}
        heads = [one for one in seen.indicators if one.code in codes and chi_tieu in ("", one.code)]
        told = await values.held([one.id for one in places], [one.code for one in heads], seen.of.name)
        rows = [
            (place, [_input(visit, place, one, read, told, table.cell(one.code, place.id), allowed) for one in heads])
            for place in places
        ]
        shows: Mapping[str, object] = {
            "seen": seen,
            "period": named(visit, seen.of),
            "heads": heads,
            "rows": rows if heads else [],
            "noi": noi,
            "chi_tieu": chi_tieu,
            "note": visit.said("ghi_chu"),
            "problem": note,
            "wrong": _listed(read, table.villages),
            "all_places": table.villages,
            "all_heads": [
                one for one in seen.indicators if one.code in {c for _, c in allowed} or one.code == chi_tieu
            ],
            "paste": to(PASTE, ky=seen.of.name),
            "back": to(TABLE, ky=seen.of.name),
            "closed": visit.t(_CLOSED),
            "action": to(ENTER),
        }
        status = 422 if read.wrong or note is not None else 200
        return Sheet("checkins/enter.html", title(visit, msg("Ghi số liệu {period}"), seen.of), shows, status)

    def page(self) -> DeskPage:
        about = msg("Gõ tổng đến nay (hoặc +5 là thêm 5). Để trống ô không báo. Bước sau xem lại rồi mới ghi.")
        return DeskPage(
            ENTER,
            self.show,
            self.take,
            act=Act.UPDATE_FIGURES,
            about=about,
            largest=1024 * 1024,
            reaches=(AddNote.code,),
        )


class PastePage:
    """A table from a spreadsheet, for one period."""

    def __init__(self, ground: FiguresGround) -> None:
        self._ground = ground

    async def show(self, visit: Visit) -> Answer:
        seen = await self._ground.seen(visit)
        if isinstance(seen, No):
            return seen
        return await self._sheet(visit, seen, "", [], 0)

    async def take(self, visit: Visit) -> Answer:
        seen = await self._ground.seen(visit)
        if isinstance(seen, No):
            return seen
        text = next(iter(visit.fields.get("bang", ())), "")
        places = await villages(visit.commune.id, seen.of.last)
        pasted = read_paste(text, TableNames(places, seen.indicators))
        found = list(problems.sentences(visit, pasted.problems))
        kept, refused = await self._allowed(visit, seen, pasted.cells)
        found += refused
        told = await values.held({one.place.id for one in kept}, {one.indicator.code for one in kept}, seen.of.name)
        lines = [_line(one.place.id, one.indicator, one.typed, seen) for one in kept if not _same(one, told)]
        if found and not (visit.said("bo_qua") and lines):
            return await self._sheet(visit, seen, text, found, len(lines))
        if not lines:
            return await self._sheet(visit, seen, text, [visit.t(_NOTHING)], 0)
        return await drafts.begin(visit, self._ground, lines, "")

    async def _allowed(
        self, visit: Visit, seen: Seen, pasted: Sequence[PastedCell]
    ) -> tuple[Sequence[PastedCell], Sequence[Text]]:
        """Part what may be written from what may not; a sentence is said once for all cells that it is about."""
        places = list({one.place.id: one.place for one in pasted}.values())
        allowed = await self._ground.open_here(visit, seen, places)
        rights = await may_each(visit.who, [(one.place.id, one.indicator.code) for one in pasted], visit.now)
        kept, sentences = [], dict[str, Text]()
        for one in pasted:
            key = one.place.id, one.indicator.code
            if key in allowed:
                kept.append(one)
                continue
            if one.indicator.cadence != seen.of.kind:
                rhythm = visit.word(RHYTHMS[one.indicator.cadence])
                why = visit.t(_OTHER_RHYTHM, label=one.indicator.label, rhythm=rhythm)
            elif not rights[key].report:
                why = not_yours(visit, one.indicator, one.place, rights[key].why)
            else:
                why = closed(visit, one.indicator, seen.of)
            sentences.setdefault(why.plain, why)
        return kept, list(sentences.values())

    async def _sheet(self, visit: Visit, seen: Seen, text: str, found: Sequence[Text], good: int) -> Answer:
        writes = await self._ground.open_here(visit, seen, await villages(visit.commune.id, seen.of.last))
        shows: Mapping[str, object] = {
            "seen": seen,
            "period": named(visit, seen.of),
            "text": text,
            "problems": found,
            "good": good,
            "open": bool(writes),
            "closed": visit.t(_CLOSED),
            "back": to(TABLE, ky=seen.of.name),
            "action": to(PASTE),
        }
        page = title(visit, msg("Dán bảng số liệu {period}"), seen.of)
        return Sheet("checkins/paste.html", page, shows, 422 if found else 200)

    def page(self) -> DeskPage:
        about = msg("Chép cả bảng trong Excel rồi dán vào ô: thôn và chỉ tiêu theo thứ tự nào cũng được.")
        return DeskPage(PASTE, self.show, self.take, act=Act.UPDATE_FIGURES, about=about, largest=960 * 1024)


def _listed(read: _Read, places: Sequence[Place]) -> Sequence[tuple[str, Text]]:
    """Return what is wrong with its place: a sentence in the chat's words names it already."""
    names = {one.id: one.full_name for one in places}
    return [(f"{names.get(unit_id, '')}, {code}", why) for (unit_id, code), why in read.wrong.items()]


def _take(
    visit: Visit,
    read: _Read,
    key: _Key,
    base: int,
    text: str,
    indicator: Indicator,
    seen: Seen,
    told: Sequence[FigureVersion],
    may: bool,
) -> None:
    """Take one input: leave it where it says what was shown, else make a line of it or say what is wrong."""
    was = next((cells.shown(one.value, one.out_of, indicator) for one in told if one.version == base), "")
    if text == was:
        return
    read.typed[key] = text
    if not may:
        return
    if is_empty(text):
        read.wrong[key] = visit.t(problems.EMPTIED)
        return
    found = read_cell(text, indicator)
    if not isinstance(found, Typed):
        read.wrong[key] = problems.wrong(visit, found, text)
        return
    last = told[-1] if told else None
    if last is not None and last.version != base:
        value = cells.shown(last.value, last.out_of, indicator)
        if value == text:
            del read.typed[key]
            return
        at = last.at.astimezone(VIETNAM)
        when = f"{short_time(at.time(), visit.locale)} {short_date(at.date(), visit.locale)}"
        read.wrong[key] = visit.t(problems.TAKEN, name=last.name or "–", value=value, at=when)
        return
    read.lines.append(_line(key[0], indicator, found, seen))


def _line(unit_id: int, indicator: Indicator, typed: Typed, seen: Seen) -> FigureLine:
    entry = FigureEntry(indicator.code, typed.sign, typed.value, out_of=typed.out_of)
    return answers.line_of(entry, unit_id, seen.of)


def _same(one: PastedCell, told: Mapping[tuple[str, int], HeldFigure]) -> bool:
    """Tell whether a pasted cell says what stands there already."""
    last = told.get((one.indicator.code, one.place.id))
    typed = one.typed
    return last is not None and (typed.sign, typed.value, typed.out_of or last.out_of) == ("=", last.value, last.out_of)


def _input(
    visit: Visit,
    place: Place,
    indicator: Indicator,
    read: _Read,
    told: Mapping[tuple[str, int], HeldFigure],
    cell: IndicatorCell,
    allowed: frozenset[_Key],
) -> Input | None:
    key = place.id, indicator.code
    if key not in allowed:
        return None
    last = told.get((indicator.code, place.id))
    value = "" if last is None else cells.shown(last.value, last.out_of, indicator)
    return Input(
        f"o.{place.id}.{indicator.code}.{0 if last is None else last.version}",
        f"{place.full_name}, {indicator.label}",
        read.typed.get(key, value),
        short_value(visit, indicator, cell) or "" if cell.carried else "",
        read.wrong.get(key),
    )
